import { sql, type Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { localDayOf, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import type { CompetencyView, CourseView } from '@homeward/shared/training/contract.ts';
import type { TrainingRecordFact } from '@homeward/shared/training/facts.ts';
import type { Scope } from '../platform/scope.ts';

export interface RecordRow {
  id: string;
  courseId: string;
  completedOn: LocalDay;
  evidence: string | null;
  at: Date | null;
  byName: string | null;
  reason: string | null;
}

/** A training record with its revocation, where it has one, as the rules see it. */
export function recordFact(row: RecordRow): TrainingRecordFact {
  const { id, courseId, completedOn, evidence } = row;
  return { id, courseId, completedOn, evidence, revoked: row.at ? { at: row.at.getTime(), by: row.byName!, reason: row.reason! } : null };
}

/** The competencies that are shared, each with its standard and the period each trust gives it on the local day of `now`. */
export async function competencies(db: Kysely<DB>, _scope: Scope, now: Instant): Promise<CompetencyView[]> {
  const { rows } = await sql<CompetencyView>`
    select c.code, c.title, c.use_of_force,
      (select coalesce(json_agg(json_build_object('trust', p.trust, 'months', p.months) order by p.trust), '[]')
        from competency_period p where p.competency = c.code and p.replaced_at is null and p.days @> ${localDayOf(now)}::date) as periods,
      (select json_build_object('minimumMinutes', s.minimum_minutes, 'techniques', s.techniques, 'refresherMonths', s.refresher_months,
          'refresherMinutes', s.refresher_minutes, 'source', s.source, 'since', s.recorded_at)
        from competency_standard s where s.competency = c.code and s.replaced_at is null) as standard
    from competency c order by c.code`.execute(db);
  return rows.map((row) => ({ ...row, standard: row.standard && { ...row.standard, since: rfc3339(Date.parse(row.standard.since)) } }));
}

export async function courses(db: Kysely<DB>, _scope: Scope): Promise<CourseView[]> {
  const { rows } = await sql<CourseView>`
    select c.id, c.trust, c.code, c.version, r.title, r.meets, r.provider, r.certified_until, r.use_of_force
    from course c join course_revision r on r.course_id = c.id and r.replaced_at is null order by c.trust, c.code, c.version`.execute(db);
  return rows;
}
