import { sql } from 'kysely';
import { rfc3339 } from '@homeward/shared/kernel/interval.ts';
import { announce } from '../platform/announce.ts';
import { changePeople } from '../platform/ground.ts';
import type { Platform } from '../platform/platform.ts';
import { notHere, ok, refuse, type Result } from '../platform/problem.ts';
import { isOfTrust } from '../platform/scope.ts';
import { transact, type Act } from '../platform/transaction.ts';
import { lockPerson } from '../workers/steps.ts';
import { reviewBookings } from '../shifts/steps.ts';

export interface Revoked {
  id: string;
  revokedAt: string;
  bookingsToReview: number;
}

/**
 * A training lead takes back a record of their own trust's worker, with a reason; every future booking that rests on it needs review, in
 * the same transaction. The person's row is locked first, as accepting locks it, so neither can miss the other (quality, section 2).
 * Refused: another trust's record (404), one revoked already (409).
 */
export async function revokeRecord(platform: Platform, act: Act, recordId: string, reason: string): Promise<Result<Revoked>> {
  return transact(platform, act.once, async (trx) => {
    const record = await trx
      .selectFrom('trainingRecord')
      .innerJoin('worker', 'worker.id', 'trainingRecord.workerId')
      .select(['worker.id as workerId', 'worker.trust'])
      .where('trainingRecord.id', '=', recordId)
      .executeTakeFirst();
    if (!record || !isOfTrust(act.scope, 'training-lead', record.trust)) return notHere();
    const personId = await lockPerson(trx, record.workerId);
    const now = await changePeople(trx, platform.clock);
    await sql`select 1 from training_record where id = ${recordId} for share`.execute(trx);
    const before = await trx.selectFrom('trainingRevocation').select('at').where('recordId', '=', recordId).executeTakeFirst();
    if (before) return refuse(409, 'already-revoked', 'This record has been revoked already.');
    await trx
      .insertInto('trainingRevocation')
      .values({ recordId, at: rfc3339(now), byAccount: act.scope.accountId, byName: act.scope.name, reason })
      .execute();
    announce(trx, {
      type: 'training.changed',
      at: now,
      accountId: act.scope.accountId,
      workerId: record.workerId,
      data: { recordId, revoked: true, reason, personId },
    });
    const bookingsToReview = await reviewBookings(
      trx,
      [record.workerId],
      `A training record was revoked: ${reason}`,
      act.scope.accountId,
      now,
    );
    return ok({ id: recordId, revokedAt: rfc3339(now), bookingsToReview });
  });
}
