import { sql, type Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import type { RequirementView, WardRequirements } from '@homeward/shared/training/contract.ts';
import type { Change } from '@homeward/shared/training/effect-rules.ts';
import type { Role } from '@homeward/shared/workers/facts.ts';
import { wardLines } from '../places/queries.ts';
import { badInput, notHere, ok, type Result } from '../platform/problem.ts';
import { hasRole, isOfTrust, managesWard, type Scope } from '../platform/scope.ts';
import { wardFacts } from '../shifts/facts.ts';

interface RequirementRow {
  id: string;
  competency: string;
  title: string;
  role: string | null;
  minimumOnShift: number | null;
  recordedAt: Date;
  by: string | null;
  reason: string | null;
  replacedAt: Date | null;
  endedBy: string | null;
  endedReason: string | null;
}

/**
 * What a ward asks and asked, newest first, and which standards its trust has a period for. For those who manage it, the training leads
 * of its trust, its collaborative’s programme office and auditors; whoever else asks is told that it isn't here.
 */
export async function wardRequirements(db: Kysely<DB>, scope: Scope, wardId: string, now: Instant): Promise<Result<WardRequirements>> {
  const ward = (await wardLines(db, [wardId])).get(wardId);
  if (!ward) return notHere();
  const { rows: shared } =
    await sql`select 1 from collaborative_member m where m.trust = ${ward.trust} and m.days @> ${localDayOf(now)}::date
    and m.collaborative_id = any(${scope.grants.flatMap((grant) => grant.collaborativeId ?? [])}::uuid[]) limit 1`.execute(db);
  const may =
    managesWard(scope, wardId) ||
    isOfTrust(scope, 'training-lead', ward.trust) ||
    hasRole(scope, 'auditor') ||
    (hasRole(scope, 'programme') && shared.length > 0);
  if (!may) return notHere();
  const { rows } = await sql<RequirementRow>`
    select q.id, q.competency, c.title, q.role, q.minimum_on_shift, q.recorded_at, q.recorded_by_name as by, q.reason, q.replaced_at,
      q.replaced_by_name as ended_by, q.replaced_reason as ended_reason
    from requirement q join competency c on c.code = q.competency
    where q.ward_id = ${wardId} order by q.recorded_at desc, q.competency, q.role nulls first, q.id desc`.execute(db);
  const { rows: mayAsk } = await sql<WardRequirements['mayAsk'][number]>`
    select c.code, c.title, p.months from competency c join competency_period p on p.competency = c.code and p.trust = ${ward.trust}
      and p.replaced_at is null and p.days @> ${localDayOf(now)}::date order by c.title`.execute(db);
  const views = rows.map((row): RequirementView => ({
    id: row.id,
    competency: row.competency,
    title: row.title,
    role: row.role,
    minimumOnShift: row.minimumOnShift,
    since: rfc3339(row.recordedAt.getTime()),
    by: row.by,
    reason: row.reason,
    ended: row.replacedAt && { at: rfc3339(row.replacedAt.getTime()), by: row.endedBy, reason: row.endedReason },
  }));
  return ok({
    ward,
    current: views
      .filter((one) => one.ended === null)
      .sort((a, b) => (a.title < b.title ? -1 : a.title > b.title ? 1 : (a.role ?? '') < (b.role ?? '') ? -1 : 1)),
    history: views.filter((one) => one.ended !== null),
    mayAsk,
  });
}

/**
 * Setting a requirement, as the change it is.
 * Refused: a competency the ward's trust has no period for, now or to come: nobody could meet it (422 `no-period`).
 */
export async function settingChange(
  db: Kysely<DB>,
  wardId: string,
  asked: { id: string; competency: string; role: Role | null; minimumOnShift: number | null },
  now: Instant,
): Promise<Result<Extract<Change, { kind: 'requirement-set' }>>> {
  const ward = (await wardFacts(db, [wardId])).get(wardId);
  if (!ward) return notHere();
  const known = ward.competencies.find((one) => one.competency === asked.competency);
  const today = localDayOf(now);
  if (!known?.periods.some((period) => period.untilDay === null || period.untilDay >= today)) {
    return badInput([
      { path: 'competency', code: 'no-period', message: 'Your trust has not said how long this training counts, so nobody could meet it.' },
    ]);
  }
  return ok({ kind: 'requirement-set', wardId, asked: { ...asked, title: known.title, periods: known.periods } });
}

export const endingChange = (wardId: string, requirementId: string): Change => ({ kind: 'requirement-ended', wardId, requirementId });
