import { cancelReasons, myBookings, myRequests } from '#lib/shifts/client.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch }) => {
  const [bookings, requests, reasons] = await Promise.all([myBookings(fetch), myRequests(fetch), cancelReasons(fetch)]);
  return { bookings: bookings.body.items, requests: requests.body.items, reasons: reasons.body.worker, at: bookings.at };
};
