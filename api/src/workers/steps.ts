import { sql, type Insertable, type Kysely } from 'kysely';
import { v7 as newId } from 'uuid';
import type { DB, WorkerRevision } from '@homeward/db/types.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import type { Scope } from '../platform/scope.ts';
import type { Trx } from '../platform/transaction.ts';

/**
 * Locks the person behind a worker, as every command about their time does before it reads it, and answers who that is; null where
 * there is no such worker. An import may just have found that the worker is another person: then that one is locked too.
 */
export async function lockPerson(trx: Trx, workerId: string): Promise<string | null> {
  const personOf = async () => (await trx.selectFrom('worker').select('personId').where('id', '=', workerId).executeTakeFirst())?.personId;
  for (let personId = await personOf(); personId !== undefined;) {
    await sql`select 1 from person where id = ${personId} for no key update`.execute(trx);
    const now = await personOf();
    if (now === personId) return personId;
    personId = now;
  }
  return null;
}

/** Who says something of a worker's record, from what instant it is known, and why. */
export interface Said {
  at: Instant;
  accountId: string | null;
  name: string;
  because: string | null;
}

type Facts = Omit<
  Insertable<WorkerRevision>,
  'id' | 'workerId' | 'recordedAt' | 'replacedAt' | 'recordedBy' | 'recordedByName' | 'because'
>;

/**
 * What is known of a worker from now on: the current revision with `change`, as a new row; the old one stays as it was. The caller holds
 * the person's lock and took `said.at` after it.
 */
export async function reviseWorker(trx: Trx, workerId: string, change: Partial<Facts>, said: Said): Promise<void> {
  const current = await trx
    .selectFrom('workerRevision')
    .selectAll()
    .where('workerId', '=', workerId)
    .where('replacedAt', 'is', null)
    .executeTakeFirstOrThrow();
  await sql`update worker_revision set replaced_at = greatest(${rfc3339(said.at)}::timestamptz, recorded_at) where id = ${current.id}`.execute(
    trx,
  );
  await trx
    .insertInto('workerRevision')
    .values({
      ...current,
      ...change,
      id: newId(),
      recordedAt: rfc3339(Math.max(said.at, current.recordedAt.getTime())),
      recordedBy: said.accountId,
      recordedByName: said.name,
      because: said.because,
    })
    .execute();
}

/** What of a person's record somebody else has opened. */
export type ReadOf = 'passport' | 'decision' | 'booking' | 'record';

/**
 * Notes that somebody opened this worker's record, which the worker is shown (quality, section 4). Their own look isn't noted. A ward's
 * manager is shown with the ward's trust.
 */
export async function noteRead(db: Kysely<DB>, scope: Scope, workerId: string, what: ReadOf, now: Instant): Promise<void> {
  if (scope.workerId === workerId) return;
  const trust = scope.grants.find((grant) => grant.trust !== null)?.trust ?? null;
  const wardId = scope.grants.find((grant) => grant.wardId !== null)?.wardId ?? null;
  await sql`insert into passport_read (id, worker_id, account_id, reader_name, reader_trust, at, what)
    values (${newId()}, ${workerId}, ${scope.accountId}, ${scope.name}, coalesce(${trust}::text, (select trust from ward where id = ${wardId})),
      ${rfc3339(now)}, ${what})`.execute(db);
}
