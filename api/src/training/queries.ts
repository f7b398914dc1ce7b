import { sql, type Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import type { Instant } from '@homeward/shared/kernel/interval.ts';
import { localDayOf, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import type { AlignmentView, CompetencyView, CourseView } from '@homeward/shared/training/contract.ts';
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

/** The shared standards, with the period each trust gives them on the local day of `now`. */
export async function competencies(db: Kysely<DB>, _scope: Scope, now: Instant): Promise<CompetencyView[]> {
  const { rows } = await sql<CompetencyView>`
    select c.code, c.title, c.use_of_force,
      (select coalesce(json_agg(json_build_object('trust', p.trust, 'months', p.months) order by p.trust), '[]')
        from competency_period p where p.competency = c.code and p.days @> ${localDayOf(now)}::date) as periods
    from competency c order by c.code`.execute(db);
  return rows;
}

export async function courses(db: Kysely<DB>, _scope: Scope): Promise<CourseView[]> {
  const { rows } = await sql<CourseView>`
    select c.id, c.trust, c.code, c.version, r.title, r.meets, r.provider, r.certified_until, r.use_of_force
    from course c join course_revision r on r.course_id = c.id and r.replaced_at is null order by c.trust, c.code, c.version`.execute(db);
  return rows;
}

export async function alignments(db: Kysely<DB>, scope: Scope): Promise<AlignmentView[]> {
  const byId = new Map((await courses(db, scope)).map((course) => [course.id, course]));
  const { rows } = await sql<
    Omit<AlignmentView, 'course' | 'since' | 'pilotUntil'> & { courseId: string; since: Date; pilotUntil: Date | null }
  >`
    select a.id, a.course_id, a.competency, s.state, s.since, s.decided_by, s.reason, s.counts_from, s.pilot_until,
      (select coalesce(json_agg(json_build_object('id', w.id, 'code', w.code, 'name', w.name) order by w.code), '[]')
        from alignment_pilot_ward p join ward w on w.id = p.ward_id where p.alignment_state_id = s.id) as pilot_wards
    from alignment a join alignment_state s on s.alignment_id = a.id and s.replaced_at is null order by a.competency, a.id`.execute(db);
  return rows.map(({ courseId, since, pilotUntil, ...row }) => ({
    ...row,
    course: byId.get(courseId)!,
    since: since.toISOString(),
    pilotUntil: pilotUntil?.toISOString() ?? null,
  }));
}
