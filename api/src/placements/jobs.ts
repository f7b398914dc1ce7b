import { sql } from 'kysely';
import { announce } from '../platform/announce.ts';
import type { Platform } from '../platform/platform.ts';
import { ok } from '../platform/problem.ts';
import { timeNow, transact } from '../platform/transaction.ts';
import { expireLapsed } from './steps.ts';

const batch = 200;

/**
 * Tidies and tells, and decides nothing: holds and waits for arrival whose time has passed by the database's clock are ended, and referrals whose
 * answer is due are marked as escalated; they stay held until they are answered or let go (rules-beds, section 4). Any number of processes may
 * run it: each bed is taken by one, and one that somebody is acting on is left for the next time.
 * @returns how many it told of
 */
export async function sweepAllocations(platform: Platform): Promise<number> {
  const result = await transact(platform, null, async (trx) => {
    const { rows } = await sql<{ id: string }>`
      select id from bed where id in (
        select bed_id from allocation where state in ('held', 'accepted') and expires_at <= clock_timestamp()
        union select bed_id from allocation where state = 'referred' and escalated_at is null and answer_by <= clock_timestamp())
      order by id limit ${batch} for no key update skip locked`.execute(trx);
    if (rows.length === 0) return ok(0);
    const ofThese = sql`a.bed_id = any(${rows.map((row) => row.id)}::uuid[])`;
    const now = await timeNow(trx, platform.clock);
    const ended = await expireLapsed(trx, ofThese, now);
    const late = await sql<{ id: string; requestId: string; bedId: string; wardId: string }>`
      update allocation a set escalated_at = clock_timestamp()
      where a.state = 'referred' and a.escalated_at is null and a.answer_by <= clock_timestamp() and ${ofThese}
      returning a.id, a.request_id, a.bed_id, a.ward_id`.execute(trx);
    for (const { id, requestId, bedId, wardId } of late.rows) {
      announce(trx, {
        type: 'allocation.changed',
        at: now,
        accountId: null,
        wardId,
        data: { allocationId: id, requestId, bedId, was: 'referred', state: 'referred', act: 'escalated' },
      });
    }
    return ok(ended + late.rows.length);
  });
  return result.ok ? result.value : 0;
}
