import { sql } from 'kysely';
import { announce } from '../platform/announce.ts';
import type { Platform } from '../platform/platform.ts';
import { ok } from '../platform/problem.ts';
import { transact } from '../platform/transaction.ts';
import { widestOpen } from './commands.ts';

const batch = 200;

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
        select id from shift where status = 'open' and starts_at <= ${at} order by id limit ${batch} for no key update skip locked)
      returning id, ward_id`.execute(trx);
    for (const row of expired.rows) announce(trx, { type: 'shift.expired', at: now, accountId: null, wardId: row.wardId, shiftId: row.id });
    if (expired.rows.length > 0) {
      await sql`update shift_request set status = 'closed', answered_at = ${at}
        where status = 'asked' and shift_id = any(${expired.rows.map((row) => row.id)})`.execute(trx);
    }
    const due = await sql<{ id: string; wardId: string; wave: string; preferredUntil: Date | null; homeTrustAt: Date; collaborativeAt: Date }>`
      select id, ward_id, wave, preferred_until, home_trust_at, collaborative_at from shift
      where status = 'open' and wave <> 'collaborative'
        and (wave = 'preferred' and preferred_until <= ${at} or wave = 'regulars' and home_trust_at <= ${at} or wave <> 'preferred' and collaborative_at <= ${at})
      order by id limit ${batch} for no key update skip locked`.execute(trx);
    for (const row of due.rows) {
      const wave = widestOpen(
        { homeTrustAt: row.homeTrustAt.getTime(), collaborativeAt: row.collaborativeAt.getTime() },
        row.preferredUntil?.getTime() ?? null,
        now,
      );
      await sql`update shift set wave = ${wave}, version = version + 1 where id = ${row.id}`.execute(trx);
      announce(trx, { type: 'shift.opened', at: now, accountId: null, wardId: row.wardId, shiftId: row.id, data: { wave } });
    }
    return ok(expired.rows.length + due.rows.length);
  });
  return result.ok ? result.value : 0;
}
