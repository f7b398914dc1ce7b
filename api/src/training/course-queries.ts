import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { localDayOf, sayDay, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import type { CourseDetail } from '@homeward/shared/training/contract.ts';
import { recordCountsOn } from '@homeward/shared/training/rules.ts';
import { notHere, ok, type Result } from '../platform/problem.ts';
import type { Scope } from '../platform/scope.ts';
import { groundFacts, workerFacts } from '../shifts/facts.ts';
import { noHours } from './facts.ts';

interface RevisionRow {
  courseId: string;
  recordedAt: Date;
  by: string | null;
  reason: string | null;
  title: string;
  meets: string;
  provider: string | null;
  certificate: string | null;
  certifiedUntil: LocalDay | null;
  useOfForce: boolean;
  syllabusMinutes: number | null;
  techniques: string[];
  refresherMonths: number | null;
  refresherMinutes: number | null;
}

interface CourseRow {
  id: string;
  trust: string;
  code: string;
  version: string;
  holders: number;
  alignments: CourseDetail['alignments'];
  versions: CourseDetail['versions'];
}

/** What one revision changed of the one before it, in words; the first is what the course was recorded as. */
function whatChanged(revision: RevisionRow, before: RevisionRow | undefined): string {
  if (!before) return 'Recorded';
  const changed = [
    ...(revision.title === before.title ? [] : ['title']),
    ...(revision.meets === before.meets ? [] : ['the standard it is for']),
    ...(revision.useOfForce === before.useOfForce ? [] : ['whether it teaches the use of force']),
    ...(revision.provider === before.provider ? [] : ['provider']),
    ...(revision.certificate === before.certificate ? [] : ['certificate']),
    ...(revision.syllabusMinutes === before.syllabusMinutes ? [] : ['length']),
    ...(revision.techniques.toSorted().join(' ') === before.techniques.toSorted().join(' ') ? [] : ['techniques']),
    ...(revision.refresherMonths === before.refresherMonths && revision.refresherMinutes === before.refresherMinutes ? [] : ['refresher']),
  ];
  const until = revision.certifiedUntil;
  const certified =
    until === before.certifiedUntil
      ? null
      : until === null
        ? 'The provider is no longer certified'
        : `The provider is certified until ${sayDay(until, true)}`;
  const rest = changed.length === 0 ? null : `Changed: ${changed.join(', ')}`;
  return [certified, rest].filter((part) => part !== null).join('. ') || 'Recorded again';
}

/**
 * Course versions whole, by id: two statements however many.
 * @param where selects among `course c` joined to its current revision `r`
 */
export async function courseDetails(db: Kysely<DB>, where: RawBuilder<unknown>): Promise<Map<string, CourseDetail>> {
  const { rows } = await sql<CourseRow>`
    select c.id, c.trust, c.code, c.version,
      (select count(distinct t.worker_id)::int from training_record t left join training_revocation v on v.record_id = t.id
        where t.course_id = c.id and v.record_id is null) as holders,
      (select coalesce(json_agg(json_build_object('id', a.id, 'competency', a.competency, 'state', s.state, 'since', s.since)
          order by a.competency, a.id), '[]')
        from alignment a join alignment_state s on s.alignment_id = a.id and s.replaced_at is null where a.course_id = c.id) as alignments,
      (select coalesce(json_agg(json_build_object('id', o.id, 'version', o.version) order by f.recorded_at desc, length(o.version) desc, o.version desc), '[]')
        from course o join lateral (select min(recorded_at) as recorded_at from course_revision where course_id = o.id) f on true
        where o.trust = c.trust and o.code = c.code and o.id <> c.id) as versions
    from course c join course_revision r on r.course_id = c.id and r.replaced_at is null where ${where}`.execute(db);
  if (rows.length === 0) return new Map();
  const revisions = (
    await sql<RevisionRow>`
    select course_id, recorded_at, recorded_by_name as by, reason, title, meets, provider, certificate, certified_until, use_of_force, syllabus_minutes,
      techniques, refresher_months, refresher_minutes
    from course_revision where course_id = any(${rows.map((row) => row.id)}::uuid[]) order by recorded_at, replaced_at nulls last, id`.execute(
      db,
    )
  ).rows;
  const revisionsBy = Map.groupBy(revisions, (row) => row.courseId);
  return new Map(
    rows.map((row): [string, CourseDetail] => {
      const ofIt = revisionsBy.get(row.id)!;
      const { courseId: _, recordedAt: _at, by: _by, reason: _reason, ...current } = ofIt.at(-1)!;
      return [
        row.id,
        {
          ...row,
          ...current,
          alignments: row.alignments.map((one) => ({ ...one, since: rfc3339(Date.parse(one.since)) })),
          history: ofIt
            .map((revision, at) => ({
              recordedAt: rfc3339(revision.recordedAt.getTime()),
              by: revision.by,
              reason: revision.reason,
              what: whatChanged(revision, ofIt[at - 1]),
            }))
            .reverse(),
        },
      ];
    }),
  );
}

/** One course version: what a trust teaches there, how far it is aligned, what was said of it before. */
export async function courseDetail(db: Kysely<DB>, _scope: Scope, id: string): Promise<Result<CourseDetail>> {
  const course = (await courseDetails(db, sql`c.id = ${id}`)).get(id);
  return course ? ok(course) : notHere();
}

/** Everything a course may teach, in the order people list it. */
export async function techniques(db: Kysely<DB>, _scope: Scope): Promise<{ code: string; title: string }[]> {
  return db.selectFrom('technique').select(['code', 'title']).orderBy('position').orderBy('code').execute();
}

/**
 * Whom another version of a course touches: how many hold this one, and for how many of them nothing else would count at their own trust
 * today, by its own period for the competency.
 */
export async function holdersOf(db: Kysely<DB>, courseId: string, now: Instant): Promise<{ holders: number; onlyThat: number }> {
  const { rows } = await sql<{ id: string }>`
    select distinct t.worker_id as id from training_record t left join training_revocation v on v.record_id = t.id
    where t.course_id = ${courseId} and v.record_id is null`.execute(db);
  const ground = await groundFacts(db, now);
  const competency = ground.courses.get(courseId)!.competency;
  const today = localDayOf(now);
  const periods = await sql<{ trust: string; months: number }>`
    select trust, months from competency_period where competency = ${competency} and replaced_at is null and days @> ${today}::date`.execute(
    db,
  );
  const monthsAt = new Map(periods.rows.map((row) => [row.trust, row.months]));
  const workers = await workerFacts(
    db,
    rows.map((row) => row.id),
    noHours,
  );
  let onlyThat = 0;
  for (const worker of workers.values()) {
    const periodMonths = monthsAt.get(worker.homeTrust) ?? 0;
    const requirement = { id: competency, competency, title: competency, role: null, periodMonths, minimumOnShift: null };
    const counts = (records: typeof worker.records) =>
      recordCountsOn(records, requirement, { wardId: '', hostTrust: worker.homeTrust, start: now }, today, ground);
    if (counts(worker.records) && !counts(worker.records.filter((record) => record.courseId !== courseId))) onlyThat += 1;
  }
  return { holders: workers.size, onlyThat };
}
