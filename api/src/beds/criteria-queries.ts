import { sql, type Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import type { z } from 'zod';
import type { CriteriaView, Criterion, sexHistory } from '@homeward/shared/beds/contract.ts';
import type { WardSex } from '@homeward/shared/beds/facts.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { addDays, localDayOf, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import { wardLines } from '../places/queries.ts';
import { boardTrusts } from '../places/sharing-queries.ts';
import { notHere, ok, type Result } from '../platform/problem.ts';
import { trustsAs, type Scope } from '../platform/scope.ts';
import { looksAfter } from './queries.ts';

/**
 * May this scope see what a ward says of whom it takes, and may it say so? Those who look after the ward do both; bed managers who share its board
 * see it. Null: neither.
 */
async function sightOf(db: Kysely<DB>, scope: Scope, wardId: string, now: Instant): Promise<{ mayEdit: boolean } | null> {
  const ward = await db.selectFrom('ward').select(['trust', 'bedType']).where('id', '=', wardId).executeTakeFirst();
  if (!ward) return null;
  if (looksAfter(scope, { wardId, trust: ward.trust })) return { mayEdit: true };
  if (ward.bedType === null) return null;
  const onMyBoard = await boardTrusts(db, trustsAs(scope, 'bed-manager'), localDayOf(now));
  return onMyBoard.includes(ward.trust) ? { mayEdit: false } : null;
}

/** The admission criteria of a ward, version by version, newest first. Who wrote them is for those who look after it. */
export async function wardCriteria(db: Kysely<DB>, scope: Scope, wardId: string, now: Instant): Promise<Result<CriteriaView>> {
  const sight = await sightOf(db, scope, wardId, now);
  if (!sight) return notHere();
  const { rows } = await sql<{
    version: number;
    items: Criterion[];
    reason: string;
    by: string | null;
    recordedAt: Date;
    replacedAt: Date | null;
  }>`
    select c.version, c.items, c.reason, a.name as by, c.recorded_at, c.replaced_at
    from admission_criteria c left join account a on a.id = c.recorded_by
    where c.ward_id = ${wardId} order by c.version desc limit 200`.execute(db);
  return ok({
    ward: (await wardLines(db, [wardId])).get(wardId)!,
    mayEdit: sight.mayEdit,
    versions: rows.map(({ recordedAt, replacedAt, by, ...version }) => ({
      ...version,
      by: sight.mayEdit ? by : null,
      from: rfc3339(recordedAt.getTime()),
      until: replacedAt && rfc3339(replacedAt.getTime()),
    })),
  });
}

/** Whom a ward was, is and will be for, by local days, both ends included; what comes last stands first. */
export async function designations(
  db: Kysely<DB>,
  scope: Scope,
  wardId: string,
  now: Instant,
): Promise<Result<z.infer<typeof sexHistory>>> {
  const sight = await sightOf(db, scope, wardId, now);
  if (!sight) return notHere();
  const { rows } = await sql<{ sex: WardSex | null; firstDay: LocalDay; endDay: LocalDay | null; reason: string | null }>`
    select sex, lower(days) as first_day, upper(days) as end_day, reason from ward_sex where ward_id = ${wardId}
    order by lower(days) desc limit 200`.execute(db);
  return ok({
    wardId,
    items: rows.map(({ sex, firstDay, endDay, reason }) => ({ sex, from: firstDay, until: endDay && addDays(endDay, -1), reason })),
  });
}
