import { createHash } from 'node:crypto';
import type { JsonValue } from '@homeward/db/types.ts';
import { ok, refuse, type Result } from './problem.ts';
import type { Trx } from './transaction.ts';

/** A request that may arrive twice: the account's key for it, and what it asked. */
export interface Once {
  accountId: string;
  key: string;
  requestHash: Buffer;
  /** The status a success answers with. */
  status: number;
}

export function onceOf(accountId: string, key: string, method: string, path: string, body: string, status: number): Once {
  const requestHash = createHash('sha256').update(`${method} ${path}\n${body}`).digest();
  return { accountId, key, requestHash, status };
}

/**
 * Takes the key, or answers what it answered before. A second request with the key of one still under way waits here, on the
 * row, until the first has committed or rolled back.
 */
export async function recall(trx: Trx, once: Once): Promise<Result<{ body: JsonValue } | null>> {
  const taken = await trx
    .insertInto('idempotencyKey')
    .values({ accountId: once.accountId, key: once.key, requestHash: once.requestHash })
    .onConflict((conflict) => conflict.columns(['accountId', 'key']).doNothing())
    .returning('key')
    .executeTakeFirst();
  if (taken) return ok(null);
  const before = await trx
    .selectFrom('idempotencyKey')
    .select(['requestHash', 'body'])
    .where('accountId', '=', once.accountId)
    .where('key', '=', once.key)
    .executeTakeFirstOrThrow();
  if (!before.requestHash.equals(once.requestHash)) {
    return refuse(422, 'idempotency-mismatch', 'This key was used for a different request. Send this one with a new key.');
  }
  return ok({ body: before.body });
}

export async function remember(trx: Trx, once: Once, body: JsonValue): Promise<void> {
  await trx
    .updateTable('idempotencyKey')
    .set({ status: once.status, body: JSON.stringify(body ?? null) })
    .where('accountId', '=', once.accountId)
    .where('key', '=', once.key)
    .execute();
}
