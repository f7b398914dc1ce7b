import { sql } from 'kysely';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { addDays, isInForce, localDayOf, startOfDay, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import { trustsOpenTo } from '@homeward/shared/training/reach-rules.ts';
import { wasKnown } from '../platform/known.ts';
import type { Platform } from '../platform/platform.ts';
import { ok } from '../platform/problem.ts';
import { transact, type Trx } from '../platform/transaction.ts';
import { groundFacts, wardFacts, workerFacts } from '../shifts/facts.ts';
import { noHours } from './facts.ts';
import { daysToCount } from './reach-queries.ts';

const batch = 200;
const round = 'reach';

/**
 * Counts at how many trusts each worker could work: on the last day of each of the past twelve months, from what was known as it ended, and
 * today. A past day is counted once and for all; today's round is begun anew tomorrow. Some hundreds of workers in a transaction, by whichever
 * process comes first; one that dies leaves a day where it was.
 * @returns how many days it finished
 */
export async function countReach(platform: Platform): Promise<number> {
  const today = localDayOf(platform.clock.now());
  let finished = 0;
  for (const day of daysToCount(today)) {
    for (;;) {
      const result = await transact(platform, null, async (trx, now) => ok(await countSome(trx, day, now)));
      if (!result.ok || result.value === 'not mine') break;
      if (result.value === 'more') continue;
      finished += 1;
      break;
    }
  }
  return finished;
}

/** The next workers of one day's round. `not mine`: it is done, or another process is at it. */
async function countSome(trx: Trx, day: LocalDay, now: Instant): Promise<'more' | 'finished' | 'not mine'> {
  await trx
    .insertInto('dailyRound')
    .values({ name: round, day })
    .onConflict((clash) => clash.doNothing())
    .execute();
  const { rows } = await sql<{ reached: string | null; finishedAt: Date | null }>`
    select reached, finished_at from daily_round where name = ${round} and day = ${day} for no key update skip locked`.execute(trx);
  const [at] = rows;
  if (!at) return 'not mine';
  const dayEnds = startOfDay(addDays(day, 1));
  const isOver = dayEnds <= now;
  // Counted while the day was still going: it may have changed since, so it is counted again now that it is over.
  const isStale = at.finishedAt !== null && isOver && at.finishedAt.getTime() < dayEnds;
  if (at.finishedAt !== null && !isStale) return 'not mine';
  const reached = isStale ? null : at.reached;
  if (reached === null) await trx.deleteFrom('reachCount').where('day', '=', day).execute();

  const known = isOver ? dayEnds - 1 : now;
  const workers = (
    await sql<{
      id: string;
    }>`select id from worker where ${reached}::uuid is null or id > ${reached}::uuid order by id limit ${batch}`.execute(trx)
  ).rows.map((row) => row.id);
  for (const [collaborativeId, counts] of await countsOf(trx, workers, day, known)) {
    for (const [trusts, count] of counts) {
      await sql`insert into reach_count (collaborative_id, day, trusts, workers, counted_at)
        values (${collaborativeId}, ${day}, ${trusts}, ${count}, ${rfc3339(now)})
        on conflict (collaborative_id, day, trusts) do update set workers = reach_count.workers + excluded.workers, counted_at = excluded.counted_at`.execute(
        trx,
      );
    }
  }
  const isLast = workers.length < batch;
  await trx
    .updateTable('dailyRound')
    .set({ reached: workers.at(-1) ?? reached, finishedAt: isLast ? rfc3339(now) : null })
    .where('name', '=', round)
    .where('day', '=', day)
    .execute();
  return isLast ? 'finished' : 'more';
}

/** By collaborative: at how many of its trusts how many of these workers could work then. Whoever was on no bank that day is left out. */
async function countsOf(trx: Trx, workerIds: readonly string[], day: LocalDay, known: Instant): Promise<Map<string, Map<number, number>>> {
  const counted = new Map<string, Map<number, number>>();
  if (workerIds.length === 0) return counted;
  const { rows: collaboratives } = await sql<{ id: string; trusts: string[] }>`
    select m.collaborative_id as id, array_agg(m.trust order by m.trust) as trusts from collaborative_member m
    where m.days @> ${day}::date and ${wasKnown('m', known)} group by m.collaborative_id`.execute(trx);
  const ground = await groundFacts(trx, known, known);
  const { rows: wardIds } = await sql<{ id: string }>`select id from ward order by id`.execute(trx);
  const wards = [
    ...(
      await wardFacts(
        trx,
        wardIds.map((row) => row.id),
        known,
      )
    ).values(),
  ];
  const workers = await workerFacts(trx, workerIds, noHours, { known });
  for (const { id, trusts } of collaboratives) {
    const theirs = wards.filter((ward) => trusts.includes(ward.trust));
    const counts = new Map<number, number>();
    for (const worker of workers.values()) {
      if (!trusts.includes(worker.homeTrust) || !worker.banks.some((bank) => isInForce(bank, day))) continue;
      const reach = trustsOpenTo(worker, theirs, ground, known).size;
      counts.set(reach, (counts.get(reach) ?? 0) + 1);
    }
    counted.set(id, counts);
  }
  return counted;
}
