import { sql } from 'kysely';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { waveAt } from '@homeward/shared/shifts/wave-rules.ts';
import { announce } from '../platform/announce.ts';
import type { Platform } from '../platform/platform.ts';
import { ok } from '../platform/problem.ts';
import { transact } from '../platform/transaction.ts';
import { shiftFactsOf, wardFacts } from './facts.ts';
import { storedShifts } from './queries.ts';

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
    const due = await storedShifts(
      trx,
      sql`s.status = 'open' and s.wave <> 'collaborative'
        and (s.wave = 'preferred' and s.preferred_until <= ${at} or s.wave = 'regulars' and s.home_trust_at <= ${at}
          or s.wave <> 'preferred' and s.collaborative_at <= ${at})
      order by s.id limit ${batch} for no key update skip locked`,
    );
    const wards = await wardFacts(trx, [...new Set(due.map((row) => row.wardId))], localDayOf(now));
    for (const row of due) {
      const wave = waveAt(shiftFactsOf(row, wards.get(row.wardId)!), now);
      await sql`update shift set wave = ${wave}, version = version + 1 where id = ${row.id}`.execute(trx);
      announce(trx, { type: 'shift.opened', at: now, accountId: null, wardId: row.wardId, shiftId: row.id, data: { wave } });
    }
    return ok(expired.rows.length + due.length);
  });
  return result.ok ? result.value : 0;
}
