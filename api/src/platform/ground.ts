import { sql } from 'kysely';
import type { Instant } from '@homeward/shared/kernel/interval.ts';
import type { Clock } from './clock.ts';
import type { Trx } from './transaction.ts';

/**
 * The ground is what decisions rest on beside the worker and the shift: courses, alignments, periods, requirements, agreements, records
 * that came with an import. Whoever decides reads it under the shared lock, whoever changes it holds it alone, so that every decision stands
 * wholly before a change or wholly after it. The lock comes after shift and person (quality, section 2); a change of the ground takes
 * it first and needs neither, since nobody who decides holds it then. An advisory lock: a row that all share would be written by all.
 *
 * Each answers the program's time at which the lock was held. A change waits two milliseconds more: a decision taken before it
 * is stamped earlier, one taken after it not earlier, and so whatever was known at an instant can be read back exactly.
 */
const key = sql`hashtext('homeward ground')`;

async function held(trx: Trx, clock: Clock, lock: ReturnType<typeof sql>): Promise<Instant> {
  const { rows } = await sql<{ at: Date }>`select ${lock}, clock_timestamp() as at`.execute(trx);
  return clock.at(rows[0]!.at);
}

/** For a decision, after the shift and the person are locked. @returns the instant it is taken at */
export const readGround = (trx: Trx, clock: Clock): Promise<Instant> => held(trx, clock, sql`pg_advisory_xact_lock_shared(${key})`);

/** For a change of what is known of people whose rows this transaction has locked. @returns the instant it is known from */
export const changePeople = (trx: Trx, clock: Clock): Promise<Instant> =>
  held(trx, clock, sql`pg_advisory_xact_lock_shared(${key}), pg_sleep(0.002)`);

/** For a change of the ground itself: waits for the decisions under way, and lets none begin before this one commits. */
export const changeGround = (trx: Trx, clock: Clock): Promise<Instant> =>
  held(trx, clock, sql`pg_advisory_xact_lock(${key}), pg_sleep(0.002)`);
