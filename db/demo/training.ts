// Competencies, courses, alignments and what the wards ask for, from the reference; and who has done which course, and when.
import { dayMs, type Instant } from '@homeward/shared/kernel/interval.ts';
import { addDays, addMonths, localDayOf, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import { officerOf } from './accounts.ts';
import { Chance } from './chance.ts';
import type { Places, WardRow } from './places.ts';
import { trainingReference } from './reference.ts';
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

export function coursesOf({ now, today }: Clock, places: Places) {
  const chance = new Chance('courses');
  const id = () => chance.id(now - 400 * dayMs);
  const { competencies, courses, alignments } = trainingReference;
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

  const alignment: (Row<'alignment'> & { id: string; courseId: string; competency: string })[] = [];
  const alignmentState: (Row<'alignmentState'> & { id: string })[] = [];
  const alignmentPilotWard: Row<'alignmentPilotWard'>[] = [];
  for (const known of alignments) {
    const course = courseOf(known);
    const aligned = { id: id(), collaborativeId: places.collaborativeId, courseId: course.id, competency: course.meets };
    alignment.push(aligned);
    const lead = officerOf('training-lead', course.trust, places);
    const steps = stepsTo(known.state, chance.whole(0, 40));
    steps.forEach(({ state, daysAgo, reason }, index) => {
      const since = now - daysAgo * dayMs;
      const replaced = steps[index + 1];
      const isPilot = state === 'stress-testing';
      const pilotUntil: Instant | null = isPilot ? (replaced ? now - replaced.daysAgo * dayMs : now + 90 * dayMs) : null;
      const stateId = id();
      alignmentState.push({
        id: stateId,
        alignmentId: aligned.id,
        state,
        since: at(since),
        replacedAt: replaced ? at(now - replaced.daysAgo * dayMs) : null,
        decidedBy: state === 'validated' ? `${lead}, after every trust signed` : lead,
        reason: replaced ? reason : (known.reason ?? reason),
        countsFrom: state === 'validated' ? localDayOf(since) : null,
        pilotUntil: pilotUntil === null ? null : at(pilotUntil),
      });
      if (isPilot) {
        const wards = known.pilotWards ?? pilotWardsElsewhere(course.trust, places, chance);
        for (const code of wards) alignmentPilotWard.push({ alignmentStateId: stateId, wardId: places.wardByCode.get(code)!.id });
      }
    });
  }

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
      })),
  );

  return {
    list,
    courseOf,
    rows: {
      competency: competencies.map(({ code, title, useOfForce }) => ({ code, collaborativeId: places.collaborativeId, title, useOfForce })),
      competencyPeriod: competencies.flatMap(({ code, periodMonths }) =>
        Object.entries(periodMonths).map(([trust, months]) => ({
          id: id(),
          competency: code,
          trust,
          months,
          days: days(addDays(today, -3 * 365), null),
        })),
      ),
      course: list.map(({ id: courseId, trust, code, version }) => ({ id: courseId, trust, code, version })),
      courseRevision: list.map(({ id: courseId, title, meets, provider, certifiedUntil: until, useOfForce }) => ({
        id: id(),
        courseId,
        recordedAt,
        replacedAt: null,
        title,
        meets,
        provider,
        certifiedUntil: until,
        useOfForce,
      })),
      alignment,
      alignmentState,
      alignmentPilotWard,
      requirement,
    },
  };
}
export type Courses = ReturnType<typeof coursesOf>;

interface Step {
  state: string;
  daysAgo: number;
  reason: string | null;
}

/** How an alignment came to where it is: the wards and the leads saw every step. */
function stepsTo(state: string, spread: number): Step[] {
  const step = (name: string, daysAgo: number, reason: string | null = null): Step => ({ state: name, daysAgo: daysAgo + spread, reason });
  const beginning = [step('draft', 330), step('in-review', 310)];
  const signed = 'All trusts signed';
  switch (state) {
    case 'draft':
      return [step('draft', 10)];
    case 'in-review':
      return [step('draft', 45), step('in-review', 12, 'Waiting for the other trusts to compare their course with it')];
    case 'stress-testing':
      return [step('draft', 120), step('in-review', 100), step('stress-testing', 20, 'Tried on two wards of other trusts')];
    case 'withdrawn':
      return [step('draft', 700), step('in-review', 680), step('validated', 640, signed), step('withdrawn', 120)];
    default:
      return [...beginning, step('stress-testing', 280, 'Tried on two wards of other trusts'), step('validated', 200, signed)];
  }
}

function pilotWardsElsewhere(trust: string, places: Places, chance: Chance): string[] {
  const elsewhere = places.wards.filter((ward) => ward.bedType === '200' && ward.trust !== trust && places.members.includes(ward.trust));
  return chance
    .shuffled(elsewhere)
    .slice(0, 2)
    .map((ward) => ward.code);
}

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
  return { rows: { trainingRecord, trainingRevocation } };
}

/** The courses of their own trust that their role needs, those bought from another, and what their gap makes of the list. */
function mainCoursesOf(worker: Worker, courses: Courses, chance: Chance): Course[] {
  const needsImmediate = ['rmn', 'rnld', 'doctor'].includes(worker.role);
  const isClinical = worker.staffGroup === 'nursing' || worker.role === 'doctor';
  const withdrawnCourses = withdrawnOf(courses);
  const own = courses.list
    .filter((course) => course.trust === worker.trust && !withdrawnCourses.has(course.id))
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
