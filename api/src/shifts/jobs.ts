import { sql } from 'kysely';
import { nextCheckAt } from '@homeward/shared/shifts/settle-rules.ts';
import { waveAt } from '@homeward/shared/shifts/wave-rules.ts';
import { announce } from '../platform/announce.ts';
import { readGround } from '../platform/ground.ts';
import type { Platform } from '../platform/platform.ts';
import { ok } from '../platform/problem.ts';
import { transact } from '../platform/transaction.ts';
import { shiftFactsOf, wardFacts } from './facts.ts';
import { storedShifts } from './queries.ts';
import { decideBookings, lockBooking, markForReview } from './steps.ts';

const batch = 200;

/** When the circle a shift has been announced to is no longer the widest it is open to: in the words of its index, or PostgreSQL reads every shift. */
const widensAt = sql.raw(
  `(case s.wave when 'preferred' then s.preferred_until when 'regulars' then s.home_trust_at when 'home-trust' then s.collaborative_at end)`,
);

/**
 * What happens by the clock alone: a shift that nobody took expires at its start, one with waves opens to the next circle.
 * The rules know both without this; it tells the screens. Any number of processes may run it: each shift is taken by one.
 * @returns how many shifts it told of
 */
export async function sweepShifts(platform: Platform): Promise<number> {
  const result = await transact(platform, null, async (trx, now) => {
    const at = new Date(now);
    const expired = await sql<{ id: string; wardId: string }>`
      update shift set status = 'expired', version = version + 1 where id in (
        select id from shift where status = 'open' and starts_at <= ${at} order by starts_at limit ${batch} for no key update skip locked)
      returning id, ward_id`.execute(trx);
    for (const row of expired.rows) announce(trx, { type: 'shift.expired', at: now, accountId: null, wardId: row.wardId, shiftId: row.id });
    if (expired.rows.length > 0) {
      await sql`update shift_request set status = 'closed', answered_at = ${at}
        where status = 'asked' and shift_id = any(${expired.rows.map((row) => row.id)})`.execute(trx);
    }
    const due = await storedShifts(
      trx,
      sql`s.status = 'open' and s.wave <> 'collaborative' and ${widensAt} <= ${at}
      order by ${widensAt} limit ${batch} for no key update skip locked`,
    );
    const wards = await wardFacts(trx, [...new Set(due.map((row) => row.wardId))]);
    for (const row of due) {
      const wave = waveAt(shiftFactsOf(row, wards.get(row.wardId)!), now);
      await sql`update shift set wave = ${wave}, version = version + 1 where id = ${row.id}`.execute(trx);
      announce(trx, { type: 'shift.opened', at: now, accountId: null, wardId: row.wardId, shiftId: row.id, data: { wave } });
    }
    return ok(expired.rows.length + due.length);
  });
  return result.ok ? result.value : 0;
}

/**
 * Decides coming bookings again a day before their shift and at its start, each in a transaction of its own under the locks of an accept, and
 * marks as `needs-review` those whose decision no longer holds (issue of safe sharing, 6). Any number of processes may run it: whoever comes
 * second to a booking finds it done.
 * @returns how many it marked
 */
export async function recheckBookings(platform: Platform): Promise<number> {
  const due = await sql<{
    id: string;
  }>`select id from booking where status = 'confirmed' and next_check_at <= ${new Date(platform.clock.now())}
    order by next_check_at, id limit ${batch}`.execute(platform.db);
  let marked = 0;
  for (const { id } of due.rows) {
    const checked = transact(platform, null, async (trx) => {
      const locked = await lockBooking(trx, id);
      if (locked === null || locked === 'gone') return ok(0);
      const now = await readGround(trx, platform.clock);
      const start = locked.shift.startsAt.getTime();
      const next = nextCheckAt(start, now);
      const { rows } = await sql`update booking set next_check_at = ${next === null ? null : new Date(next)}
        where id = ${id} and status = 'confirmed' and next_check_at <= ${new Date(now)} returning id`.execute(trx);
      // Once a shift is over there is nothing left to keep somebody from.
      if (rows.length === 0 || locked.shift.endsAt.getTime() <= now) return ok(0);
      const failing = (await decideBookings(trx, sql`b.id = ${id}`, now)).filter((one) => !one.holds);
      const because = start > now ? 'Checked again a day before the shift.' : 'Checked again as the shift started.';
      return ok((await markForReview(trx, failing, { because, accountId: null, now })).length);
    });
    // One that can't be checked must not keep the others waiting.
    const result = await checked.catch((error: unknown) => ({ ok: false as const, refusal: error }));
    if (result.ok) marked += result.value;
    else platform.log.warn({ error: result.refusal, bookingId: id }, 'a booking was not checked again; it will be');
  }
  return marked;
}
