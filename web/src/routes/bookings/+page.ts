import { cancelReasons, myBookings, myRequests, shiftsAskedFor } from '#lib/shifts/client.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch }) => {
  const [bookings, requests, reasons] = await Promise.all([myBookings(fetch), myRequests(fetch), cancelReasons(fetch)]);
  const open = requests.body.items.filter((request) => request.status === 'asked' || request.status === 'refused');
  return {
    bookings: bookings.body.items,
    requests: open,
    asked: await shiftsAskedFor(fetch, open),
    reasons: reasons.body.worker,
    at: bookings.at,
  };
};
