import { sql, type Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import type { Instant } from '@homeward/shared/kernel/interval.ts';
import { addDays, localDayOf, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import type { ReachPicture } from '@homeward/shared/training/contract.ts';
import { hasRole, trustsAs, type Scope } from '../platform/scope.ts';

const monthsBack = 12;

/** The last days of the past months, the oldest first, then today. */
export function daysToCount(today: LocalDay): LocalDay[] {
  const days = [today];
  for (let end = addDays(`${today.slice(0, 8)}01`, -1); days.length <= monthsBack; end = addDays(`${end.slice(0, 8)}01`, -1))
    days.unshift(end);
  return days;
}

/**
 * How many workers could work at one, two, three… trusts, at the end of each of the past months and on the day counted last: of the
 * programme office's collaborative, of the one a lead's trust is in, of the first there is for auditors. Counted by `countReach`.
 */
export async function reachPicture(db: Kysely<DB>, scope: Scope, now: Instant): Promise<ReachPicture> {
  const today = localDayOf(now);
  const { rows: trusts } = await sql<{ collaborativeId: string; code: string; name: string }>`
    select m.collaborative_id, t.ods_code as code, t.name from collaborative_member m join trust t on t.ods_code = m.trust
    where m.days @> ${today}::date and m.collaborative_id = (
      select c.id from collaborative c where ${hasRole(scope, 'auditor')} or c.id = any(${scope.grants.flatMap((grant) => grant.collaborativeId ?? [])}::uuid[])
        or exists (select 1 from collaborative_member o where o.collaborative_id = c.id and o.days @> ${today}::date
          and o.trust = any(${trustsAs(scope, 'training-lead')}::text[])) order by c.code limit 1)
    order by t.name`.execute(db);
  const collaborativeId = trusts[0]?.collaborativeId;
  if (!collaborativeId) return { trusts: [], days: [] };
  const monthEnds = daysToCount(today).slice(0, -1);
  const { rows } = await sql<{ day: LocalDay; trusts: number; workers: number }>`
    select r.day, r.trusts, r.workers from reach_count r join daily_round d on d.name = 'reach' and d.day = r.day and d.finished_at is not null
    where r.collaborative_id = ${collaborativeId} and (r.day = any(${monthEnds}::date[]) or r.day = (
      select max(day) from daily_round where name = 'reach' and finished_at is not null and day <= ${today}::date))
    order by r.day, r.trusts`.execute(db);
  return {
    trusts: trusts.map(({ code, name }) => ({ code, name })),
    days: [...Map.groupBy(rows, (row) => row.day)].map(([day, ofIt]) => ({
      day,
      counts: Array.from(
        { length: Math.max(trusts.length, ...ofIt.map((row) => row.trusts)) + 1 },
        (_, n) => ofIt.find((row) => row.trusts === n)?.workers ?? 0,
      ),
    })),
  };
}
