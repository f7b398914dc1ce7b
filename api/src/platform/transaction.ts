import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely';
import pg from 'pg';
import type { DB, JsonValue } from '@homeward/db/types.ts';
import type { Instant } from '@homeward/shared/kernel/interval.ts';
import { eventsOf } from './announce.ts';
import type { Clock } from './clock.ts';
import type { Once } from './idempotency.ts';
import { remember, recall } from './idempotency.ts';
import type { Platform } from './platform.ts';
import { busy, ok, refuse, type Refusal, type Result } from './problem.ts';
import type { Scope } from './scope.ts';

export type Trx = Transaction<DB>;

/** Who acts, and the key that makes a repeated request one act. */
export interface Act {
  scope: Scope;
  once: Once | null;
}

/** A refusal leaves the transaction as this, so that nothing of a refused act is written. */
class RolledBack extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.code);
    this.refusal = refusal;
  }
}

const DEADLOCK = '40P01';
const SERIALISATION = '40001';
const LOCK_NOT_AVAILABLE = '55P03';

/** The rows of some statements: asked side by side, or within a transaction, which has one connection, one after another. */
export async function rowsOf<Rows extends object[]>(
  db: Kysely<DB>,
  ...statements: { [Each in keyof Rows]: RawBuilder<Rows[Each]> }
): Promise<{ [Each in keyof Rows]: Rows[Each][] }> {
  type All = { [Each in keyof Rows]: Rows[Each][] };
  const ask = async (statement: RawBuilder<object>) => (await statement.execute(db)).rows;
  if (!db.isTransaction) return (await Promise.all(statements.map(ask))) as All;
  const rows: object[][] = [];
  for (const statement of statements) rows.push(await ask(statement));
  return rows as All;
}

/** The program's time now, by the database's clock: also for what is written under a lock taken since the transaction began. */
export async function timeNow(trx: Trx, clock: Clock): Promise<Instant> {
  const { rows } = await sql<{ at: Date }>`select clock_timestamp() as at`.execute(trx);
  return clock.at(rows[0]!.at);
}

/**
 * One act, one transaction: READ COMMITTED, so that a statement after a lock sees what the lock waited for (quality, section 2).
 * A refusal rolls back. A constraint that says no becomes its refusal. One retry on a deadlock, then 503 `busy`.
 * The events announced are written by the last statement before COMMIT; that statement fails in an aborted
 * transaction, so a swallowed SQL error can't turn COMMIT into a silent rollback.
 * @param once the request's idempotency key: an act already done answers what it answered then
 */
export async function transact<T>(
  platform: Platform,
  once: Once | null,
  work: (trx: Trx, now: Instant) => Promise<Result<T>>,
): Promise<Result<T>> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const value = await platform.db
        .transaction()
        .setIsolationLevel('read committed')
        .execute(async (trx) => {
          if (once) {
            const done = await recall(trx, once);
            if (!done.ok) throw new RolledBack(done.refusal);
            if (done.value) return done.value.body as T;
          }
          const result = await work(trx, await timeNow(trx, platform.clock));
          if (!result.ok) throw new RolledBack(result.refusal);
          if (once) await remember(trx, once, result.value as JsonValue);
          const events = eventsOf(trx);
          if (events.length > 0) await sql`select append_events(${JSON.stringify(events)}::jsonb)`.execute(trx);
          else await sql`select 1`.execute(trx);
          return result.value;
        });
      platform.wake();
      return ok(value);
    } catch (error) {
      if (error instanceof RolledBack) return { ok: false, refusal: error.refusal };
      if (error instanceof pg.DatabaseError) {
        const wasInTheWay = error.code === DEADLOCK || error.code === SERIALISATION;
        if (wasInTheWay && attempt === 1) continue;
        if (wasInTheWay || error.code === LOCK_NOT_AVAILABLE) {
          return busy();
        }
        const refusal = refusalOf(error.constraint);
        if (refusal) return refusal;
      }
      throw error;
    }
  }
}

/** The database's last word, in the words of a refusal. Commands ask first; this is for what only the database can know. */
function refusalOf(constraint: string | undefined) {
  switch (constraint) {
    case 'a_shift_has_one_live_booking':
      return refuse(409, 'shift-taken', 'Somebody else has just taken this shift.');
    case 'a_worker_is_in_one_place_at_a_time':
      return refuse(409, 'overlap', 'This person has just been booked elsewhere at the same time.');
    case 'one_open_request_of_a_worker':
      return refuse(409, 'already-asked', 'You have asked the ward already.');
    case 'one_registration_is_one_person':
      return refuse(409, 'registration-taken', 'Somebody has just recorded this registration for another worker. Try again.');
    case 'a_trust_signs_once_a_round':
      return refuse(409, 'already-signed', 'Your trust has signed in this round.');
    case 'a_bed_has_one_live_allocation':
      return refuse(409, 'bed-taken', 'Somebody else has just taken this bed.');
    case 'a_request_has_one_live_allocation':
      return refuse(409, 'already-held', 'A bed is held for this person already. Let it go first.');
    case 'a_request_is_continued_once':
      return refuse(409, 'already-continued', 'Another request goes on from that one already.');
    case 'a_bed_label_is_unique_on_a_ward':
      return refuse(409, 'label-taken', 'The ward has a bed of that name already.');
    case 'a_suite_name_is_unique_on_a_site':
      return refuse(409, 'name-taken', 'The site has a suite of that name already.');
    case 'a_bed_has_one_state_now':
    case 'a_ward_is_paused_once':
    case 'a_ward_has_one_version_now':
    case 'a_line_has_one_version_now':
    case 'a_register_line_has_one_revision_now':
      return refuse(409, 'changed-meanwhile', 'Somebody else has just changed this. Look again, then decide.');
    case 'a_course_version_is_unique_at_a_trust':
      return refuse(409, 'version-exists', 'This version is here already. Give the new version another name.');
    default:
      return null;
  }
}
