import { sql } from 'kysely';
import { v7 as newId } from 'uuid';
import type { z } from 'zod';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import type { reviewSettled, settleReview as settleShape } from '@homeward/shared/shifts/contract.ts';
import { decisionForHost, rulesVersion } from '@homeward/shared/shifts/rules.ts';
import { keepOf, nextCheckAt } from '@homeward/shared/shifts/settle-rules.ts';
import { announce } from '../platform/announce.ts';
import { changePeople } from '../platform/ground.ts';
import type { Platform } from '../platform/platform.ts';
import { badInput, notHere, ok, refuse, type Result } from '../platform/problem.ts';
import { isOfTrust, managesWard, type Scope } from '../platform/scope.ts';
import { transact, type Act, type Trx } from '../platform/transaction.ts';
import { shownStatus, storedShift } from './queries.ts';
import { cancelStored, decideBookings, endBooking, isCancelReason, lockBooking, reopen, unknownReason, type LiveBooking } from './steps.ts';

const longestCancelReason = 200;

/**
 * A ward's manager, or the bank office of the ward's trust, settles a booking under review, always with a reason: `keep` decides afresh under
 * the locks and keeps it on that decision; `replace` ends the booking and gives the shift back to whoever may take it; `cancel` ends both.
 * Refused: 404 for anyone else's, 409 `already-settled` where it isn't under review any more, 409 `too-late` to end one whose shift is over,
 * 422 `may-not-keep` with the decision where a check fails, 422 where rest is cut and nobody says when it is given back
 * (rules-staffing, section 3; Working Time Regulations 1998, reg. 24).
 */
export async function settleReview(
  platform: Platform,
  act: Act,
  bookingId: string,
  answer: z.output<typeof settleShape>,
): Promise<Result<z.infer<typeof reviewSettled>>> {
  return transact(platform, act.once, async (trx) => {
    const seen = await sql<{ wardId: string; trust: string }>`
      select b.ward_id, w.trust from booking b join ward w on w.id = b.ward_id where b.id = ${bookingId}`.execute(trx);
    const place = seen.rows[0];
    if (!place || !(managesWard(act.scope, place.wardId) || isOfTrust(act.scope, 'bank-office', place.trust))) return notHere();
    const locked = await lockBooking(trx, bookingId);
    if (locked === null) return notHere();
    // A booking that ends is a change: it must lie after every decision that counted it.
    const now = await changePeople(trx, platform.clock);
    if (locked === 'gone' || locked.booking.status !== 'needs-review') {
      return refuse(409, 'already-settled', 'This booking is no longer waiting to be looked at.');
    }
    const { booking, shift } = locked;
    if (answer.resolution === 'keep') {
      const refused = await keep(trx, booking, answer, act.scope, now);
      if (refused) return refused;
    } else {
      if (answer.reason.length > longestCancelReason) {
        const message = `Keep this to ${longestCancelReason} characters.`;
        return badInput([{ path: 'reason', code: 'too-long', message }]);
      }
      if (!(await isCancelReason(trx, answer.reason, 'ward'))) return unknownReason();
      if (shift.endsAt.getTime() <= now) return refuse(409, 'too-late', 'This shift has ended.');
      await endBooking(trx, booking, { scope: act.scope, side: 'ward', reason: answer.reason, undone: false, now });
      if (answer.resolution === 'replace') await reopen(trx, shift, act.scope, now);
      else await cancelStored(trx, shift, answer.reason, act.scope, now);
    }
    const after = (await storedShift(trx, shift.id))!;
    return ok({
      bookingId,
      resolution: answer.resolution,
      bookingStatus: answer.resolution === 'keep' ? 'confirmed' : 'cancelled',
      shiftStatus: shownStatus(after, now),
    });
  });
}

/** Keeps the booking on a decision taken now, which is stored beside the first; or why it may not be kept. */
async function keep(
  trx: Trx,
  booking: LiveBooking,
  answer: { reason: string; compensatoryRest?: string | undefined },
  scope: Scope,
  now: Instant,
): Promise<ReturnType<typeof refuse> | null> {
  const [afresh] = await decideBookings(trx, sql`b.id = ${booking.id}`, now);
  const { decision, homeTrust, sameTrust } = afresh!;
  const shown = isOfTrust(scope, 'bank-office', homeTrust) ? decision : decisionForHost(decision, { sameTrust });
  const { may, because, needsRest } = keepOf(shown);
  if (!may) return refuse(422, 'may-not-keep', because, { more: { decision: shown } });
  if (needsRest && !answer.compensatoryRest) {
    return badInput([
      { path: 'compensatoryRest', code: 'compensatory-rest-needed', message: 'Rest is cut short: say when this person gets it back.' },
    ]);
  }
  const checkAt = nextCheckAt(booking.startsAt.getTime(), now);
  await sql`update booking set status = 'confirmed', review_reason = null, review_since = null,
    next_check_at = ${checkAt === null ? null : new Date(checkAt)} where id = ${booking.id}`.execute(trx);
  await trx
    .insertInto('bookingDecision')
    .values({
      id: newId(),
      bookingId: booking.id,
      at: rfc3339(now),
      kind: 'kept',
      because: answer.reason,
      decision: JSON.stringify(decision),
      rules: rulesVersion,
      byAccount: scope.accountId,
      byName: scope.name,
      compensatoryRest: needsRest ? (answer.compensatoryRest ?? null) : null,
    })
    .execute();
  announce(trx, {
    type: 'booking.kept',
    at: now,
    accountId: scope.accountId,
    wardId: booking.wardId,
    shiftId: booking.shiftId,
    workerId: booking.workerId,
    data: { bookingId: booking.id, personId: booking.personId, outcome: decision.outcome },
  });
  return null;
}
