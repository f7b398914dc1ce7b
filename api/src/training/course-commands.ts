import { sql } from 'kysely';
import { v7 as newId } from 'uuid';
import type { z } from 'zod';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import type {
  courseMoved,
  describeCourse as describeShape,
  newCourse,
  newCourseView,
  renewCertificate as renewShape,
} from '@homeward/shared/training/contract.ts';
import { announce } from '../platform/announce.ts';
import { changeGround } from '../platform/ground.ts';
import type { Platform } from '../platform/platform.ts';
import { badInput, notHere, ok, refuse, type FieldError, type Result } from '../platform/problem.ts';
import { isOfTrust } from '../platform/scope.ts';
import { transact, type Act, type Trx } from '../platform/transaction.ts';
import { courseDetails, holdersOf } from './course-queries.ts';
import { carryOut, leadTrust } from './steps.ts';

type Described = Omit<z.output<typeof describeShape>, 'reason'>;

interface CurrentCourse extends Described {
  id: string;
  trust: string;
  code: string;
  version: string;
  meets: string;
  useOfForce: boolean;
}

/** The course as it is described now, with its row locked; undefined where there is none. Whoever changes the ground holds it already. */
async function lockCourse(trx: Trx, id: string): Promise<CurrentCourse | undefined> {
  await sql`select 1 from course where id = ${id} for no key update`.execute(trx);
  const { rows } = await sql<CurrentCourse>`
    select c.id, c.trust, c.code, c.version, r.meets, r.use_of_force, r.title, r.provider, r.certificate, r.certified_until, r.syllabus_minutes, r.techniques,
      r.refresher_months, r.refresher_minutes
    from course c join course_revision r on r.course_id = c.id and r.replaced_at is null where c.id = ${id}`.execute(trx);
  return rows[0];
}

/** Closes what was said of a course version and says it anew: what was known before stays readable (rules-staffing, section 2). */
async function revise(trx: Trx, act: Act, course: CurrentCourse, reason: string, now: Instant): Promise<void> {
  const at = rfc3339(now);
  await sql`update course_revision set replaced_at = greatest(${at}::timestamptz, recorded_at) where course_id = ${course.id} and replaced_at is null`.execute(
    trx,
  );
  const { id, trust: _trust, code: _code, version: _version, ...said } = course;
  await trx
    .insertInto('courseRevision')
    .values({ id: newId(), courseId: id, recordedAt: at, recordedBy: act.scope.accountId, recordedByName: act.scope.name, reason, ...said })
    .execute();
}

async function badTechniques(trx: Trx, codes: readonly string[]): Promise<FieldError[]> {
  const known = new Set((await trx.selectFrom('technique').select('code').execute()).map((row) => row.code));
  return codes.flatMap((code, at) =>
    known.has(code)
      ? []
      : [{ path: `techniques.${at}`, code: 'unknown-technique', message: 'Choose techniques from the list: this one is not on it.' }],
  );
}

/**
 * A training lead records a course of their own trust, or a new version of one. It starts with no alignment, and so counts nowhere but at
 * its own trust (rules-staffing, section 2). Answers whom a new version touches: how many hold the version before it, and for how many of
 * those nothing else counts at their own trust today.
 * Refused: a trust that isn't theirs (404); a version there is already (409 `version-exists`); a standard or technique nobody knows (422).
 */
export async function recordCourse(
  platform: Platform,
  act: Act,
  asked: z.output<typeof newCourse>,
): Promise<Result<z.infer<typeof newCourseView>>> {
  const lead = leadTrust(act.scope, asked.trust);
  if (!lead.ok) return lead;
  const trust = lead.value;
  return transact(platform, act.once, async (trx) => {
    const now = await changeGround(trx, platform.clock);
    const errors = await badTechniques(trx, asked.techniques);
    const competency = await trx.selectFrom('competency').select('useOfForce').where('code', '=', asked.meets).executeTakeFirst();
    if (!competency) errors.push({ path: 'meets', code: 'unknown-competency', message: 'Choose a shared standard from the list.' });
    if (errors.length > 0) return badInput(errors);
    const { rows: versions } = await sql<{ id: string; version: string }>`
      select c.id, c.version from course c join course_revision r on r.course_id = c.id where c.trust = ${trust} and c.code = ${asked.code}
      group by c.id, c.version order by min(r.recorded_at) desc, length(c.version) desc, c.version desc`.execute(trx);
    if (versions.some((one) => one.version === asked.version)) {
      return refuse(409, 'version-exists', `${asked.code} version ${asked.version} is here already. Give the new version another name.`);
    }
    const previous = versions[0] ?? null;
    const id = newId();
    const { trust: _asked, code, version, ...said } = asked;
    await trx.insertInto('course').values({ id, trust, code, version }).execute();
    await trx
      .insertInto('courseRevision')
      .values({
        id: newId(),
        courseId: id,
        recordedAt: rfc3339(now),
        recordedBy: act.scope.accountId,
        recordedByName: act.scope.name,
        ...said,
        techniques: [...new Set(said.techniques)],
      })
      .execute();
    announce(trx, {
      type: 'course.changed',
      at: now,
      accountId: act.scope.accountId,
      data: { courseId: id, competency: asked.meets, trust, version },
    });
    const touched = previous ? await holdersOf(trx, previous.id, now) : { holders: 0, onlyThat: 0 };
    const course = (await courseDetails(trx, sql`c.id = ${id}`)).get(id)!;
    return ok({ course, touched: { previousVersion: previous?.version ?? null, ...touched } });
  });
}

type Moved = z.infer<typeof courseMoved>;

/**
 * Writes what is said of a course version now. Its certificate is what its holders' training counts by, so this works out whom it moves and
 * marks the bookings that no longer hold.
 */
async function say(trx: Trx, act: Act, course: CurrentCourse, said: Partial<Described>, reason: string, now: Instant): Promise<Moved> {
  const next = { ...course, ...said };
  const { title } = await trx.selectFrom('competency').select('title').where('code', '=', course.meets).executeTakeFirstOrThrow();
  const effect = await carryOut(
    trx,
    act.scope,
    {
      change: { kind: 'certificate', courseId: course.id, provider: next.provider, certifiedUntil: next.certifiedUntil },
      because: `What is known of a provider of ${title} changed.`,
      now,
    },
    () => revise(trx, act, next, reason, now),
  );
  announce(trx, {
    type: 'course.changed',
    at: now,
    accountId: act.scope.accountId,
    data: { courseId: course.id, competency: course.meets, trust: course.trust, reason },
  });
  return { course: (await courseDetails(trx, sql`c.id = ${course.id}`)).get(course.id)!, effect };
}

/**
 * Puts right how a course version is described, while nobody else is being asked to look at it: with no alignment, or only drafts.
 * Refused: another trust's course (404); one that another trust has been asked about (409 `described-already`): changing what
 * was judged would change the judgement, so it takes a new version; a technique nobody knows (422).
 */
export async function describeCourse(
  platform: Platform,
  act: Act,
  id: string,
  asked: z.output<typeof describeShape>,
): Promise<Result<Moved>> {
  return transact(platform, act.once, async (trx) => {
    const now = await changeGround(trx, platform.clock);
    const course = await lockCourse(trx, id);
    if (!course || !isOfTrust(act.scope, 'training-lead', course.trust)) return notHere();
    const { rows } = await sql`select 1 from alignment a join alignment_state s on s.alignment_id = a.id
      where a.course_id = ${id} and s.replaced_at is null and s.state <> 'draft' limit 1`.execute(trx);
    if (rows.length > 0) {
      return refuse(
        409,
        'described-already',
        'The other trusts have been asked about this version as it is described. Make a new version: it starts with no alignment.',
      );
    }
    const errors = await badTechniques(trx, asked.techniques);
    if (errors.length > 0) return badInput(errors);
    const { reason, ...said } = asked;
    return ok(await say(trx, act, course, { ...said, techniques: [...new Set(said.techniques)] }, reason, now));
  });
}

/**
 * The provider's certificate was renewed, changed or ended: use-of-force training counts only where its provider was certified on the day of
 * completion, the last day included (rules-staffing, section 2, d). The one thing about a version that may change whatever its alignment's
 * state. Answers whom that moves; bookings that no longer hold are marked.
 * Refused: another trust's course (404); without a reason (422).
 */
export async function renewCertificate(
  platform: Platform,
  act: Act,
  id: string,
  asked: z.output<typeof renewShape>,
): Promise<Result<Moved>> {
  return transact(platform, act.once, async (trx) => {
    const now = await changeGround(trx, platform.clock);
    const course = await lockCourse(trx, id);
    if (!course || !isOfTrust(act.scope, 'training-lead', course.trust)) return notHere();
    const { reason, ...said } = asked;
    return ok(await say(trx, act, course, said, reason, now));
  });
}
