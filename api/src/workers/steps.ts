import { sql } from 'kysely';
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
