import { sql, type Kysely } from 'kysely';
import { v7 as newId } from 'uuid';
import type { DB } from '@homeward/db/types.ts';
import type { Decision } from '@homeward/shared/kernel/decision.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { stillHolds } from '@homeward/shared/shifts/review-rules.ts';
import { decide, rulesVersion } from '@homeward/shared/shifts/rules.ts';
import { heldShift, reviewReason } from '@homeward/shared/shifts/settle-rules.ts';
import { announce } from '../platform/announce.ts';
import { badInput } from '../platform/problem.ts';
import type { Scope } from '../platform/scope.ts';
import type { Trx } from '../platform/transaction.ts';
import { lockPerson } from '../workers/steps.ts';
import { groundFacts, shiftFactsOf, wardFacts, workerFacts } from './facts.ts';
import { acceptedDecision, spanOf, storedShift, storedShifts, type StoredShift } from './queries.ts';

// ————— Bookings whose decision may no longer hold —————

/** Which coming bookings a change touched; leaving one out means all of that kind. Nothing else is decided again. */
export interface Within {
  wardIds?: readonly string[];
  bookingIds?: readonly string[];
  /** The trust whose wards the shifts are on, and the one the workers are of. */
  hostTrust?: string;
  homeTrust?: string;
  staffGroup?: string;
}

/** A live booking with what it comes to now, and whether that is still what its last yes allowed. */
export interface Reviewed {
  id: string;
  shiftId: string;
  workerId: string;
  personId: string;
  wardId: string;
  homeTrust: string;
  sameTrust: boolean;
  startsAt: Date;
  endsAt: Date;
  accepted: Decision;
  decision: Decision;
  holds: boolean;
}

/**
 * Decides these live bookings afresh, each as if it weren't booked yet: a fixed number of statements however many. `where` is about
 * booking b, ward w and worker k. The caller holds what keeps the facts still.
 */
export async function decideBookings(db: Kysely<DB>, where: ReturnType<typeof sql>, now: Instant): Promise<Reviewed[]> {
  const { rows } = await sql<Omit<Reviewed, 'decision' | 'holds'>>`
    select b.id, b.shift_id, b.worker_id, b.person_id, b.ward_id, k.trust as home_trust, w.trust = k.trust as same_trust, lower(b.period) as starts_at,
      upper(b.period) as ends_at, ${acceptedDecision} as accepted
    from booking b join ward w on w.id = b.ward_id join worker k on k.id = b.worker_id
    where b.status in ('confirmed', 'needs-review') and ${where} order by b.id`.execute(db);
  if (rows.length === 0) return [];
  const shifts = new Map((await storedShifts(db, sql`s.id = any(${rows.map((row) => row.shiftId)})`)).map((shift) => [shift.id, shift]));
  const wards = await wardFacts(db, [...new Set(rows.map((row) => row.wardId))]);
  const ground = await groundFacts(db, now);
  const workers = await workerFacts(db, [...new Set(rows.map((row) => row.workerId))], spanOf([...shifts.values()], now));
  return rows.map((row) => {
    const worker = workers.get(row.workerId)!;
    const without = { ...worker, duties: worker.duties.filter((duty) => duty.id !== row.id) };
    const shift = heldShift(shiftFactsOf(shifts.get(row.shiftId)!, wards.get(row.wardId)!));
    const decision = decide(without, shift, ground, now);
    return { ...row, decision, holds: stillHolds(decision, row.accepted) };
  });
}

/**
 * Marks as `needs-review` those of these bookings that are still confirmed, keeps the decision that says why, and tells of each.
 * @returns those it marked
 */
export async function markForReview(
  trx: Trx,
  reviewed: readonly Reviewed[],
  said: { because: string; accountId: string | null; now: Instant },
): Promise<Reviewed[]> {
  if (reviewed.length === 0) return [];
  const at = new Date(said.now);
  // What stands on the booking is read by its ward too.
  const reasons = reviewed.map((one) => reviewReason(said.because, one.decision, one.accepted, one));
  const { rows } = await sql<{ id: string }>`
    update booking b set status = 'needs-review', review_reason = u.reason, review_since = ${at}
    from unnest(${reviewed.map((one) => one.id)}::uuid[], ${reasons}::text[]) as u(id, reason)
    where b.id = u.id and b.status = 'confirmed' returning b.id`.execute(trx);
  const ids = new Set(rows.map((row) => row.id));
  const marked = reviewed.filter((one) => ids.has(one.id));
  if (marked.length === 0) return [];
  await trx
    .insertInto('bookingDecision')
    .values(
      marked.map((one) => ({
        id: newId(),
        bookingId: one.id,
        at: rfc3339(said.now),
        kind: 'review',
        because: said.because,
        decision: JSON.stringify(one.decision),
        rules: rulesVersion,
        byAccount: said.accountId,
      })),
    )
    .execute();
  for (const one of marked) {
    announce(trx, {
      type: 'booking.needs-review',
      at: said.now,
      accountId: said.accountId,
      wardId: one.wardId,
      shiftId: one.shiftId,
      workerId: one.workerId,
      data: { bookingId: one.id, personId: one.personId, because: said.because },
    });
  }
  return marked;
}

/**
 * Decides afresh the coming bookings that a change touched, and marks as `needs-review` those whose decision no longer holds, in the
 * transaction that made the change. What its workers' bookings were last accepted on, an override among it, isn't asked of them again.
 * The caller holds the persons' locks, or the ground alone.
 * @param workerIds whose bookings; `'all'` only with something in `within` that narrows it
 * @param because what happened, in plain words that worker and ward may both read; which check fails now is added to it
 * @param now the instant the change is known from
 * @returns how many it marked
 */
export async function reviewBookings(
  trx: Trx,
  workerIds: readonly string[] | 'all',
  because: string,
  accountId: string | null,
  now: Instant,
  within: Within = {},
): Promise<number> {
  const touched = [
    sql`b.status = 'confirmed' and lower(b.period) > ${new Date(now)}`,
    ...(workerIds === 'all' ? [] : [sql`b.worker_id = any(${[...workerIds]}::uuid[])`]),
    ...(within.wardIds ? [sql`b.ward_id = any(${[...within.wardIds]}::uuid[])`] : []),
    ...(within.bookingIds ? [sql`b.id = any(${[...within.bookingIds]}::uuid[])`] : []),
    ...(within.hostTrust === undefined ? [] : [sql`w.trust = ${within.hostTrust}`]),
    ...(within.homeTrust === undefined ? [] : [sql`k.trust = ${within.homeTrust}`]),
    ...(within.staffGroup === undefined
      ? []
      : [sql`exists (select 1 from shift s where s.id = b.shift_id and s.staff_group = ${within.staffGroup})`]),
  ];
  const reviewed = await decideBookings(trx, sql.join(touched, sql` and `), now);
  const failing = reviewed.filter((one) => !one.holds);
  return (await markForReview(trx, failing, { because, accountId, now })).length;
}

// ————— Giving a booking up —————

export interface LiveBooking {
  id: string;
  shiftId: string;
  wardId: string;
  workerId: string;
  personId: string;
  status: 'confirmed' | 'needs-review';
  bookedAt: Date;
  startsAt: Date;
}

export async function liveBooking(trx: Trx, where: ReturnType<typeof sql>): Promise<LiveBooking | undefined> {
  return (
    await sql<LiveBooking>`select b.id, b.shift_id, b.ward_id, b.worker_id, b.person_id, b.status, b.booked_at, lower(b.period) as starts_at
      from booking b where b.status in ('confirmed', 'needs-review') and ${where}`.execute(trx)
  ).rows[0];
}

export async function endBooking(
  trx: Trx,
  booking: LiveBooking,
  ended: { scope: Scope; side: 'ward' | 'worker'; reason: string | null; undone: boolean; now: Instant },
): Promise<void> {
  // A person's bookings are each stamped later than the one before, so this one may be stamped later than its own end was read off the clock.
  await sql`update booking set status = 'cancelled', cancelled_at = greatest(booked_at, ${new Date(ended.now)}), cancelled_by = ${ended.scope.accountId},
    cancel_reason = ${ended.reason}, cancelled_by_side = ${ended.side}, undone = ${ended.undone} where id = ${booking.id}`.execute(trx);
  announce(trx, {
    type: 'booking.cancelled',
    at: ended.now,
    accountId: ended.scope.accountId,
    wardId: booking.wardId,
    shiftId: booking.shiftId,
    workerId: booking.workerId,
    data: { bookingId: booking.id, personId: booking.personId, side: ended.side, reason: ended.reason, undone: ended.undone },
  });
}

/** Locks a booking's shift and person in order, then reads the booking again; null where it is no longer live. */
export async function lockBooking(trx: Trx, bookingId: string): Promise<{ booking: LiveBooking; shift: StoredShift } | 'gone' | null> {
  const seen = await trx.selectFrom('booking').select(['shiftId', 'workerId']).where('id', '=', bookingId).executeTakeFirst();
  if (!seen) return null;
  await sql`select 1 from shift where id = ${seen.shiftId} for no key update`.execute(trx);
  await lockPerson(trx, seen.workerId);
  const booking = await liveBooking(trx, sql`b.id = ${bookingId}`);
  const shift = await storedShift(trx, seen.shiftId);
  return booking && shift ? { booking, shift } : 'gone';
}

/** The shift of a booking that ended opens again to whoever its waves have reached; one already under way does not. */
export async function reopen(trx: Trx, shift: StoredShift, scope: Scope, now: Instant): Promise<void> {
  await sql`update shift set status = case when starts_at > ${new Date(now)} then 'open' else 'expired' end, filled_at = null, version = version + 1
    where id = ${shift.id}`.execute(trx);
  announce(trx, { type: 'shift.reopened', at: now, accountId: scope.accountId, wardId: shift.wardId, shiftId: shift.id });
}

/** Cancels a shift with the ward's reason, and closes what was asked of it. The caller holds its lock and has ended its booking. */
export async function cancelStored(
  trx: Trx,
  shift: { id: string; wardId: string },
  reason: string,
  scope: Scope,
  now: Instant,
): Promise<void> {
  await sql`update shift set status = 'cancelled', cancelled_at = ${new Date(now)}, cancel_reason = ${reason}, version = version + 1
    where id = ${shift.id}`.execute(trx);
  await sql`update shift_request set status = 'closed', answered_at = ${new Date(now)} where shift_id = ${shift.id} and status = 'asked'`.execute(
    trx,
  );
  announce(trx, {
    type: 'shift.cancelled',
    at: now,
    accountId: scope.accountId,
    wardId: shift.wardId,
    shiftId: shift.id,
    data: { reason },
  });
}

/** A code of this side's list, or words of one's own; not a code of the other side's, which would say what isn't true. */
export async function isCancelReason(trx: Trx, reason: string, side: 'ward' | 'worker'): Promise<boolean> {
  const listed = await trx.selectFrom('cancelReason').select('side').where('code', '=', reason).executeTakeFirst();
  return listed === undefined || listed.side === side;
}

export const unknownReason = () => badInput([{ path: 'reason', code: 'unknown-reason', message: 'Choose a reason from the list.' }]);
