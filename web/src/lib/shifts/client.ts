import type { Outcome } from '@homeward/shared/kernel/decision.ts';
import type { BookingView, Explanation, MyShift, MyShifts, RequestView, ReviewItem } from '@homeward/shared/shifts/contract.ts';
import { untilWords } from '@homeward/shared/shifts/words-rules.ts';
import { act, read, readIf, type ActOptions } from '#lib/platform/api.ts';

type Fetch = typeof fetch;

export type { Explanation };

export interface Reason {
  code: string;
  title: string;
}

/** What a 409 `shift-taken` tells: since when, and what one could take instead. */
export interface Taken {
  takenAt: string;
  next: MyShift[];
}

export function myShifts(fetch: Fetch, outcome: Outcome, limit: number, cursor?: string) {
  const query = new URLSearchParams({ outcome, limit: String(limit) });
  if (cursor) query.set('cursor', cursor);
  return read<MyShifts>(fetch, `/me/shifts?${query}`);
}

export const myShift = (fetch: Fetch, id: string) => read<MyShift>(fetch, `/me/shifts/${id}`);

export const myBookings = (fetch: Fetch) => read<{ items: BookingView[]; nextCursor: string | null }>(fetch, '/me/bookings');

export const myRequests = (fetch: Fetch) => read<{ items: RequestView[]; nextCursor: string | null }>(fetch, '/me/requests');

/** The shifts behind requests: a request by itself doesn't say when and where. Those that are no longer theirs to see are left out. */
export async function shiftsAskedFor(fetch: Fetch, requests: readonly RequestView[]): Promise<MyShift[]> {
  const found = await Promise.all(requests.slice(0, 20).map((request) => readIf<MyShift>(fetch, `/me/shifts/${request.shiftId}`)));
  return found.flatMap((one) => (one ? [one.body] : []));
}

export const cancelReasons = (fetch: Fetch) => read<{ post: Reason[]; ward: Reason[]; worker: Reason[] }>(fetch, '/shifts/reasons');

export const explanationOf = (fetch: Fetch, bookingId: string) => read<Explanation>(fetch, `/bookings/${bookingId}/explanation`);

export const acceptShift = (shiftId: string, options: ActOptions) => act<BookingView>('POST', `/shifts/${shiftId}/accept`, {}, options);

export const askWard = (shiftId: string, options: ActOptions) => act<RequestView>('POST', `/shifts/${shiftId}/requests`, {}, options);

export const cancelBooking = (bookingId: string, reason: string, options: ActOptions) =>
  act<BookingView>('POST', `/bookings/${bookingId}/cancel`, { reason }, options);

export const undoBooking = (bookingId: string, options: ActOptions) => act<BookingView>('POST', `/bookings/${bookingId}/undo`, {}, options);

/** What to do with a booking under review: settled by the ward or its bank office, always with a reason. */
export const settleReview = (
  bookingId: string,
  answer: { resolution: 'keep' | 'replace' | 'cancel'; reason: string; compensatoryRest?: string },
  options: ActOptions,
) => act<{ shiftStatus: string }>('POST', `/bookings/${bookingId}/review`, answer, options);

/** How long there is left to settle it: "starts in 3 h", or that it has begun. */
export const timeLeft = (item: Pick<ReviewItem, 'startsAt'>, now: number): string =>
  Date.parse(item.startsAt) > now ? `starts ${untilWords(Date.parse(item.startsAt), now)}` : 'has started';

/** What would change it, once each: the hint of every check that stands in the way. */
export const fixesOf = ({ decision }: Pick<ReviewItem, 'decision'>): string[] => [
  ...new Set(
    decision.checks.flatMap((check) => ((check.result === 'fail' || check.result === 'override') && check.fix ? [check.fix] : [])),
  ),
];

/**
 * An accept whose answer hasn't come yet, kept for this tab: whoever reloads the page, or comes back out of a tunnel, gets the
 * answer to that one tap and never a second booking.
 */
const nameOf = (shiftId: string) => `homeward-accept-${shiftId}`;

export const pendingKey = (shiftId: string): string | null => sessionStorage.getItem(nameOf(shiftId));

export function setPending(shiftId: string, key: string | null): void {
  if (key) sessionStorage.setItem(nameOf(shiftId), key);
  else sessionStorage.removeItem(nameOf(shiftId));
}
