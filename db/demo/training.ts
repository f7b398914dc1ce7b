// Competencies, courses, alignments and what the wards ask for, from the reference; and who has done which course, and when.
import { dayMs } from '@homeward/shared/kernel/interval.ts';
import { addDays, addMonths, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import type { Offices } from './accounts.ts';
import { alignmentsOf } from './alignments.ts';
import { Chance } from './chance.ts';
import type { Places, WardRow } from './places.ts';
import { standardsReference, trainingReference } from './reference.ts';
import { at, days, type Clock, type Row } from './rows.ts';
import type { Worker, Workers } from './workers.ts';

/** What wards of a bed type ask for. A competency nobody could meet at the ward's trust is left out. */
const asked: Record<string, { competency: string; role?: string; minimumOnShift?: number }[]> = (() => {
  const lifeSupport = [{ competency: 'resus-bls' }, { competency: 'resus-ils', role: 'rmn' }];
  const acute = [{ competency: 'pmva-team', minimumOnShift: 3 }, ...lifeSupport];
  const secure = [{ competency: 'pmva-team', minimumOnShift: 2 }, ...lifeSupport];
  const older = [{ competency: 'pmva-breakaway' }, { competency: 'fire-safety' }, ...lifeSupport];
  const rehabilitation = [{ competency: 'fire-safety' }, ...lifeSupport];
  return {
    '200': acute,
    '201': older,
    '202': acute,
    '203': lifeSupport,
    '204': lifeSupport,
    '205': [{ competency: 'pmva-team', minimumOnShift: 2 }, { competency: 'resus-bls' }],
    '206': secure,
    '207': secure,
    '209': lifeSupport,
    '212': rehabilitation,
    '301': secure,
    '309': acute,
  };
})();

/** Courses one trust buys from another for its own people, because it teaches none of its own or to work further afield. */
const boughtFrom: Record<string, { trust: string; code: string; version: string; roles?: string[]; share: number }[]> = {
  RY6: [
    { trust: 'RGD', code: 'LY-PMVA', version: '3', share: 1 },
    { trust: 'RGD', code: 'LY-ILS', version: '1', roles: ['rmn', 'rnld', 'doctor'], share: 1 },
    { trust: 'RGD', code: 'LY-FIRE', version: '1', share: 0.5 },
  ],
  RXG: [
    { trust: 'TAD', code: 'BD-MVA', version: '2', share: 0.3 },
    { trust: 'RGD', code: 'LY-PMVA', version: '3', share: 0.2 },
    { trust: 'TAD', code: 'BD-FIRE', version: '1', share: 0.5 },
  ],
  TAD: [{ trust: 'RGD', code: 'LY-BRK', version: '1', share: 0.1 }],
};

export type Course = Row<'course'> & {
  id: string;
  title: string;
  meets: string;
  useOfForce: boolean;
  certifiedUntil: LocalDay | null;
  provider: string;
};

/**
 * A use-of-force course that is still taught has a provider that is certified now: an end in the reference that the clock has
 * passed is renewed by whole years. A withdrawn course keeps the end it had, which is why it was withdrawn.
 */
function certifiedUntil(known: { certifiedUntil: string | null }, isTaught: boolean, today: LocalDay): LocalDay | null {
  let until = known.certifiedUntil;
  while (until !== null && isTaught && until < addDays(today, 30)) until = addMonths(until, 12);
  return until;
}

export function coursesOf({ now, today }: Clock, places: Places, offices: Offices) {
  const chance = new Chance('courses');
  const id = () => chance.id(now - 400 * dayMs);
  const { competencies, alignments } = trainingReference;
  const courses = [...trainingReference.courses, ...standardsReference.underWay.courses];
  const shortOf = (trust: string) => places.rows.trust.find((row) => row.odsCode === trust)!.short;
  const recordedAt = at(now - 380 * dayMs);

  const list: Course[] = courses.map((known) => {
    const aligned = alignments.find((row) => row.trust === known.trust && row.code === known.code && row.version === known.version);
    return {
      id: id(),
      trust: known.trust,
      code: known.code,
      version: known.version,
      title: known.title,
      meets: known.meets,
      useOfForce: known.useOfForce,
      provider: `${shortOf(known.trust)} training team`,
      certifiedUntil: certifiedUntil(known, aligned?.state !== 'withdrawn', today),
    };
  });
  const courseOf = (wanted: { trust: string; code: string; version: string }): Course => {
    const found = list.find((course) => course.trust === wanted.trust && course.code === wanted.code && course.version === wanted.version);
    if (!found) throw new Error(`The reference has no course ${wanted.trust} ${wanted.code} ${wanted.version}.`);
    return found;
  };

  const aligned = alignmentsOf({ now, today }, places, offices, courseOf);

  const validatedCourses = new Set(alignments.filter((known) => known.state === 'validated').map((known) => courseOf(known).id));
  const canBeMetAt = (trust: string, competency: string) =>
    competencies.some((known) => known.code === competency && known.periodMonths[trust] !== undefined) &&
    list.some((course) => course.meets === competency && (course.trust === trust || validatedCourses.has(course.id)));

  const requirement: (Row<'requirement'> & { id: string; competency: string })[] = places.wards.flatMap((ward: WardRow) =>
    (asked[ward.bedType] ?? [])
      .filter(({ competency }) => canBeMetAt(ward.trust, competency))
      .map(({ competency, role = null, minimumOnShift = null }) => ({
        id: id(),
        wardId: ward.id,
        competency,
        role,
        minimumOnShift,
        recordedAt,
        replacedAt: null,
        recordedBy: null as string | null,
        recordedByName: null as string | null,
        reason: null as string | null,
      })),
  );

  const longAgo = { fromDay: addDays(today, -3 * 365), recordedAt: at(now - 3 * 365 * dayMs) };
  const competencyPeriod: (Row<'competencyPeriod'> & { id: string })[] = competencies.flatMap(({ code, periodMonths }) =>
    Object.entries(periodMonths).map(([trust, months]) => ({
      id: id(),
      competency: code,
      trust,
      months,
      days: days(longAgo.fromDay, null),
      recordedAt: longAgo.recordedAt,
      replacedAt: null,
      recordedBy: null,
      recordedByName: null,
      reason: null,
    })),
  );
  const before = periodsBefore({ now, today }, offices, competencyPeriod, longAgo, id);
  const standing = standingSince({ now, today }, places, offices, requirement, id);

  return {
    list,
    courseOf,
    events: aligned.events,
    before: { requirement: standing.before, competencyPeriod: before },
    rows: {
      technique: standardsReference.techniques.map(({ code, title }, position) => ({ code, title, position })),
      competencyStandard: standardsReference.standards.map((standard) => ({
        id: id(),
        ...standard,
        source: standardsReference.source,
        recordedAt,
        replacedAt: null,
      })),
      competency: competencies.map(({ code, title, useOfForce }) => ({ code, collaborativeId: places.collaborativeId, title, useOfForce })),
      competencyPeriod,
      course: list.map(({ id: courseId, trust, code, version }) => ({ id: courseId, trust, code, version })),
      courseRevision: list.map((course) => {
        const { id: courseId, title, meets, provider, certifiedUntil: until, useOfForce } = course;
        const described = standardsReference.descriptions.find(
          (known) => known.trust === course.trust && known.code === course.code && known.version === course.version,
        );
        if (!described) throw new Error(`Nobody has described ${course.trust} ${course.code} ${course.version}.`);
        const lead = offices.officerOf('training-lead', course.trust);
        return {
          id: id(),
          courseId,
          recordedAt: isProposed(course) ? at(now - 20 * dayMs) : recordedAt,
          replacedAt: null,
          title,
          meets,
          provider,
          certifiedUntil: until,
          useOfForce,
          syllabusMinutes: described.syllabusMinutes,
          techniques: described.techniques,
          certificate: described.certificate,
          refresherMonths: described.refresherMonths,
          refresherMinutes: described.refresherMinutes,
          recordedBy: lead.accountId,
          recordedByName: lead.name,
          reason: null,
        };
      }),
      ...aligned.rows,
      requirement,
    },
  };
}
/** Two wards asked for one holder fewer until some months ago: what they asked before stays. */
function standingSince(
  { now }: Clock,
  places: Places,
  offices: Offices,
  current: (Row<'requirement'> & { id: string })[],
  id: () => string,
): { before: Row<'requirement'>[] } {
  const raised = current.filter((row) => row.minimumOnShift === 3).filter((_, index) => index % 4 === 1);
  const before = raised.slice(0, 2).map((row, index): Row<'requirement'> => {
    const { accountId, name } = offices.officerOf('ward-manager', places.wards.find((ward) => ward.id === row.wardId)!.trust);
    const reason = 'Two incidents in a week with too few on the team: agreed at the ward’s safety meeting';
    const since = at(now - (150 - 40 * index) * dayMs);
    const was = {
      ...row,
      id: id(),
      minimumOnShift: 2,
      replacedAt: since,
      replacedBy: accountId,
      replacedByName: name,
      replacedReason: reason,
    };
    Object.assign(row, { recordedAt: since, recordedBy: accountId, recordedByName: name, reason });
    return was;
  });
  return { before };
}

/**
 * One trust let its fire training count for longer, from a day some while ago: the row of old was replaced by two, of which the first had an end.
 * @returns the row of old and that first one; the second stands among the current
 */
function periodsBefore(
  { now, today }: Clock,
  offices: Offices,
  current: (Row<'competencyPeriod'> & { id: string })[],
  longAgo: { fromDay: LocalDay; recordedAt: string },
  id: () => string,
): Row<'competencyPeriod'>[] {
  const changed = current.find((row) => row.competency === 'fire-safety' && row.months === 24);
  if (!changed) return [];
  const decidedAt = at(now - 420 * dayMs);
  const from = addDays(today, -400);
  const { accountId, name } = offices.officerOf('training-lead', changed.trust);
  const said = {
    recordedAt: decidedAt,
    recordedBy: accountId,
    recordedByName: name,
    reason: 'The fire officer accepts two years with a walk-round each spring',
  };
  const was = { ...changed, months: 12 };
  Object.assign(changed, { ...said, days: days(from, null) });
  return [
    { ...was, id: id(), days: days(longAgo.fromDay, null), recordedAt: longAgo.recordedAt, replacedAt: decidedAt },
    { ...was, ...said, id: id(), days: days(longAgo.fromDay, addDays(from, -1)) },
  ];
}

/** Proposed, and taught to nobody yet. */
const isProposed = (course: Pick<Course, 'trust' | 'code' | 'version'>) =>
  standardsReference.underWay.alignments.some(
    (known) => known.trust === course.trust && known.code === course.code && known.version === course.version,
  );
/** Beside those of the reference: no ward asks for what it meets. */
const isUnderWay = (course: Pick<Course, 'trust' | 'code'>) =>
  standardsReference.underWay.courses.some((known) => known.trust === course.trust && known.code === course.code);

export type Courses = ReturnType<typeof coursesOf>;

export type Training = ReturnType<typeof trainingOf>;

/** Who has done what. Nearly everyone is in order; the gaps are those the workers were given (workers.ts). */
export function trainingOf({ now, today }: Clock, courses: Courses, workers: Workers) {
  const chance = new Chance('training');
  const trainingRecord: (Row<'trainingRecord'> & { id: string; workerId: string; courseId: string; completedOn: string })[] = [];
  const trainingRevocation: Row<'trainingRevocation'>[] = [];

  const record = (worker: Worker, course: Course, completedOn: LocalDay): string => {
    const recordedAt = Math.min(now - dayMs, Date.parse(completedOn) + 3 * dayMs);
    const id = chance.id(recordedAt);
    trainingRecord.push({
      id,
      workerId: worker.id,
      courseId: course.id,
      completedOn,
      evidence: `Certificate ${course.code}-${chance.whole(10_000, 99_999)}`,
      source: 'import',
      recordedAt: at(recordedAt),
      recordedBy: null,
    });
    return id;
  };

  for (const worker of workers.list) {
    // The course their ward stands on comes first: a gap of theirs is in that one.
    const main = mainCoursesOf(worker, courses, chance);
    for (const course of main) {
      const isTeam = course.meets === 'pmva-team';
      // In date for at least four weeks under the shortest period any trust has set.
      let completedOn = addDays(today, -chance.whole(15, 330));
      if (isTeam && worker.gap === 'team course lapsed') completedOn = addDays(addMonths(today, -12), -chance.whole(2, 60));
      if (isTeam && worker.gap === 'team course lapses soon') completedOn = addDays(addMonths(today, -12), chance.whole(2, 9));
      if (isTeam && worker.gap === 'team course still to come') completedOn = addDays(today, chance.whole(3, 20));
      if (course.meets === 'resus-bls' && worker.gap === 'life support lapsed')
        completedOn = addDays(addMonths(today, -12), -chance.whole(1, 40));
      const id = record(worker, course, completedOn);
      if (isTeam && worker.gap === 'record revoked') {
        trainingRevocation.push({
          recordId: id,
          at: at(now - chance.whole(2, 20) * dayMs),
          byAccount: null,
          byName: 'Training office',
          reason: 'The register of the day shows that the last two days were missed',
        });
      }
      // The course they did the time before: shows that the newest one is what counts.
      if (chance.happens(0.25)) record(worker, course, addDays(completedOn, -chance.whole(350, 400)));
    }
  }

  // Half the nurses of a trust that teaches what no ward asks for: a new version of that course touches them.
  const also = new Chance('training under way');
  for (const course of courses.list.filter((one) => isUnderWay(one) && !isProposed(one))) {
    for (const worker of workers.list.filter((one) => one.trust === course.trust && one.role === 'rmn')) {
      if (!also.happens(0.5)) continue;
      const completedOn = addDays(today, -also.whole(40, 900));
      const recordedAt = Date.parse(completedOn) + 3 * dayMs;
      trainingRecord.push({
        id: also.id(recordedAt),
        workerId: worker.id,
        courseId: course.id,
        completedOn,
        evidence: `Certificate ${course.code}-${also.whole(10_000, 99_999)}`,
        source: 'import',
        recordedAt: at(recordedAt),
        recordedBy: null,
      });
    }
  }
  return { rows: { trainingRecord, trainingRevocation } };
}

/** The courses of their own trust that their role needs, those bought from another, and what their gap makes of the list. */
function mainCoursesOf(worker: Worker, courses: Courses, chance: Chance): Course[] {
  const needsImmediate = ['rmn', 'rnld', 'doctor'].includes(worker.role);
  const isClinical = worker.staffGroup === 'nursing' || worker.role === 'doctor';
  const withdrawnCourses = withdrawnOf(courses);
  const own = courses.list
    .filter((course) => course.trust === worker.trust && !withdrawnCourses.has(course.id) && !isUnderWay(course))
    .filter((course) => isClinical || !['pmva-team', 'resus-ils'].includes(course.meets))
    .filter((course) => needsImmediate || course.meets !== 'resus-ils');
  const bought = (boughtFrom[worker.trust] ?? [])
    .filter(({ roles, share }) => isClinical && (!roles || roles.includes(worker.role)) && chance.happens(share))
    .map(courses.courseOf);
  const taken = [...own, ...bought];
  const withoutTeam = taken.filter((course) => course.meets !== 'pmva-team');
  switch (worker.gap) {
    case 'no team course':
      return withoutTeam;
    case 'only a withdrawn course': {
      const old = [...withdrawnCourses.values()].find((course) => course.trust === worker.trust) ?? [...withdrawnCourses.values()][0]!;
      return [...withoutTeam, old];
    }
    case 'only the own course': {
      const ownTeam = own.filter((course) => course.meets === 'pmva-team');
      return [...withoutTeam, ...ownTeam];
    }
    case 'team course lapsed':
    case 'team course lapses soon':
    case 'team course still to come':
    case 'record revoked': {
      // One team course only, or the other would cover for it.
      const team = taken.filter((course) => course.meets === 'pmva-team').slice(0, 1);
      return [...withoutTeam, ...team];
    }
    default:
      return taken;
  }
}

function withdrawnOf(courses: Courses): Map<string, Course> {
  const withdrawn = trainingReference.alignments.filter((known) => known.state === 'withdrawn').map(courses.courseOf);
  return new Map(withdrawn.map((course) => [course.id, course]));
}
