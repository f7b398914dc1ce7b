import { sql } from 'kysely';
import { rfc3339 } from '@homeward/shared/kernel/interval.ts';
import type { NoticeView } from '@homeward/shared/notices/contract.ts';
import type { Platform } from '../platform/platform.ts';
import { notHere, ok, type Result } from '../platform/problem.ts';
import { transact, type Act } from '../platform/transaction.ts';
import { ownNotice } from './queries.ts';

/** A worker has seen a notice; seeing it again changes nothing. Refused: one about somebody else (404). */
export async function seeNotice(platform: Platform, act: Act, noticeId: string): Promise<Result<NoticeView>> {
  return transact(platform, act.once, async (trx, now) => {
    await sql`update notice set seen_at = ${rfc3339(now)} where id = ${noticeId} and worker_id = ${act.scope.workerId}::uuid and seen_at is null`.execute(
      trx,
    );
    const notice = await ownNotice(trx, act.scope, noticeId);
    return notice ? ok(notice) : notHere();
  });
}
