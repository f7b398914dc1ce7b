import type { Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import { brokenInvariants, verifyStream } from '../api/src/assurance/queries.ts';
import { recomputedSample } from '../api/src/assurance/record-queries.ts';
import { retakenSample } from '../api/src/placements/queries.ts';
import { isFull, seed } from './figures.ts';

/** What `homeward doctor` and `homeward audit verify` have against this database; a smaller sample where the form is small. */
export async function complaintsOf(db: Kysely<DB>): Promise<unknown[]> {
  const sample = { seed: String(seed), size: isFull ? 200 : 20 };
  const { brokenAt } = await verifyStream(db);
  return [
    ...(await brokenInvariants(db)),
    ...(await recomputedSample(db, sample)).different,
    ...(await retakenSample(db, sample)).different,
    ...(brokenAt === null ? [] : [`the chain of events breaks at ${brokenAt}`]),
  ];
}
