import { sql } from 'kysely';
import { rfc3339 } from '@homeward/shared/kernel/interval.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { announce } from '../platform/announce.ts';
import type { Platform } from '../platform/platform.ts';
import { ok } from '../platform/problem.ts';
import { transact } from '../platform/transaction.ts';
import { endsOf } from './queries.ts';

const batch = 200;
const round = 'notices';

/**
 * Tells each worker and their bank office, once, of everything of theirs that ends within 60 days. Each local day every worker is looked at
 * once, some hundreds in a transaction, by whichever process comes first; a process that dies leaves the day where it was. What has been told
 * isn't told again, on that day or another: the same end of the same thing is one row.
 * @returns how many ends it told of
 */
export async function tellEnds(platform: Platform): Promise<number> {
  for (let told = 0; ;) {
    const done = await tellSome(platform);
    if (!done) return told;
    told += done.told;
  }
}

/** The next workers of today's round; null where it is done, or another process is at it. */
async function tellSome(platform: Platform): Promise<{ told: number } | null> {
  const result = await transact(platform, null, async (trx, now) => {
    const today = localDayOf(now);
    await trx
      .insertInto('dailyRound')
      .values({ name: round, day: today })
      .onConflict((clash) => clash.doNothing())
      .execute();
    const { rows: at } = await sql<{ reached: string | null; isDone: boolean }>`
      select reached, finished_at is not null as is_done from daily_round where name = ${round} and day = ${today} for no key update skip locked`.execute(
      trx,
    );
    if (!at[0] || at[0].isDone) return ok(null);
    const { rows: workers } = await sql<{ id: string; personId: string }>`
      select id, person_id from worker where ${at[0].reached}::uuid is null or id > ${at[0].reached}::uuid order by id limit ${batch}`.execute(
      trx,
    );
    const ends = await endsOf(
      trx,
      workers.map((worker) => worker.id),
      now,
    );
    const { rows: told } = await sql<{ id: string; workerId: string }>`
      insert into notice (id, worker_id, about, code, title, ends_on, told_at)
      select gen_random_uuid(), u.worker_id, u.about, u.code, u.title, u.ends_on, ${rfc3339(now)}
      from unnest(${ends.map((end) => end.workerId)}::uuid[], ${ends.map((end) => end.about)}::text[], ${ends.map((end) => end.code)}::text[],
        ${ends.map((end) => end.what)}::text[], ${ends.map((end) => end.on)}::date[]) as u(worker_id, about, code, title, ends_on)
      on conflict (worker_id, about, code, ends_on) do nothing returning id, worker_id`.execute(trx);
    const personOf = new Map(workers.map((worker) => [worker.id, worker.personId]));
    for (const { id, workerId } of told) {
      announce(trx, {
        type: 'notice.given',
        at: now,
        accountId: null,
        workerId,
        data: { noticeId: id, personId: personOf.get(workerId)! },
      });
    }
    await sql`update daily_round set reached = ${workers.at(-1)?.id ?? at[0].reached},
      finished_at = ${workers.length < batch ? rfc3339(now) : null} where name = ${round} and day = ${today}`.execute(trx);
    return ok({ told: told.length });
  });
  return result.ok ? result.value : null;
}
