import { myBookings, myShift } from '#lib/shifts/client.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params }) => {
  const [shift, bookings] = await Promise.all([myShift(fetch, params.id), myBookings(fetch)]);
  const held = bookings.body.items.filter((booking) => booking.shiftId === params.id && booking.status !== 'cancelled');
  return { shift: shift.body, booking: held.at(-1) ?? null, at: shift.at };
};
