import type { Check, CheckResult, Decision } from '../kernel/decision.ts';
import type { Instant } from '../kernel/interval.ts';
import { addDays, localDayOf, startOfDay } from '../kernel/local-time.ts';
import type { LocalDay } from '../kernel/local-time.ts';
import type { AgreementFact, TrustCode } from '../places/facts.ts';
import type { GroundFacts, ShiftFacts } from '../shifts/facts.ts';
import { stillHolds } from '../shifts/review-rules.ts';
import { decide } from '../shifts/rules.ts';
import { heldShift } from '../shifts/settle-rules.ts';
import type { WorkerFacts } from '../workers/facts.ts';
import type { AlignmentFact, AskedFact, AskingWard, CompetencyCode, PeriodFact } from './facts.ts';
import { wardsOpenTo } from './reach-rules.ts';
import type { ReachWorker } from './reach-rules.ts';
import { pmvaCountOf, pmvaTeam, requirementsAt, teamRequirementOn } from './rules.ts';
import type { TeamMember } from './rules.ts';

/** A live booking of a shift to come, with what its decision would be taken from again. */
export interface HeldBooking {
  id: string;
  /** Without this booking among the duties, as for deciding it afresh. */
  worker: WorkerFacts;
  /** `requirements` aren't read: they are worked out from the ward, so that a change to them is seen. */
  shift: ShiftFacts;
  extraCompetencies: readonly CompetencyCode[];
  /** The last one accepted: at booking, or when it was kept. */
  accepted: Decision;
}

/** A shift to come, and who is on its ward during it. */
export interface TeamShift {
  id: string;
  wardId: string;
  start: Instant;
  end: Instant;
  team: readonly TeamMember[];
}

/** Everything a change can touch; more does no harm. Wards of bookings and shifts must be among `wards`. */
export interface EffectFacts {
  ground: GroundFacts;
  wards: readonly AskingWard[];
  workers: readonly (ReachWorker & { id: string })[];
  bookings: readonly HeldBooking[];
  shifts: readonly TeamShift[];
}

/** What somebody is about to do, or did, to the ground that decisions stand on. */
export type Change =
  /** The alignment as it is afterwards; one that isn't there yet is added. */
  | { kind: 'alignment'; alignment: AlignmentFact }
  | { kind: 'certificate'; courseId: string; provider: string | null; certifiedUntil: LocalDay | null }
  /** From that day on, without end: it takes the place of every period of theirs that would last into it. */
  | { kind: 'period'; competency: CompetencyCode; trust: TrustCode; months: number; fromDay: LocalDay }
  /** Takes the place of what the ward asked of that competency and role. `asked.periods` are its trust's. */
  | { kind: 'requirement-set'; wardId: string; asked: AskedFact }
  | { kind: 'requirement-ended'; wardId: string; requirementId: string }
  /** Signed by both sides: it counts. */
  | { kind: 'agreement-signed'; agreement: AgreementFact }
  | { kind: 'agreement-ended'; agreementId: string; lastDay: LocalDay };

/** What a change does, in ids, each list in order of id. `gains` and `losses`: wards where a worker may work, as `mayWorkAt` says. */
export interface Effect {
  gains: { workerId: string; wardIds: string[] }[];
  losses: { workerId: string; wardIds: string[] }[];
  /** Bookings to mark as `needs-review`. */
  bookings: { bookingId: string; because: string }[];
  underMinimum: { shiftId: string; before: number; after: number; minimum: number }[];
}

/** The periods once a trust has said another from a day on: those before it end the day before, those after it are taken back. */
function periodsFrom(periods: readonly PeriodFact[], months: number, fromDay: LocalDay): PeriodFact[] {
  const before = periods
    .filter((period) => period.fromDay === null || period.fromDay < fromDay)
    .map((period) => (period.untilDay === null || period.untilDay >= fromDay ? { ...period, untilDay: addDays(fromDay, -1) } : period));
  return [...before, { months, fromDay, untilDay: null }];
}

const withAlignment = (alignments: readonly AlignmentFact[], changed: AlignmentFact) =>
  alignments.some((one) => one.id === changed.id)
    ? alignments.map((one) => (one.id === changed.id ? changed : one))
    : [...alignments, changed];

function changedGround(ground: GroundFacts, change: Change): GroundFacts {
  switch (change.kind) {
    case 'alignment':
      return { ...ground, alignments: withAlignment(ground.alignments, change.alignment) };
    case 'certificate': {
      const { courseId, provider, certifiedUntil } = change;
      const course = ground.courses.get(courseId);
      return course ? { ...ground, courses: new Map([...ground.courses, [courseId, { ...course, provider, certifiedUntil }]]) } : ground;
    }
    case 'agreement-signed':
      return { ...ground, agreements: [...ground.agreements.filter((one) => one.id !== change.agreement.id), change.agreement] };
    case 'agreement-ended':
      return {
        ...ground,
        agreements: ground.agreements.flatMap((one) => {
          if (one.id !== change.agreementId) return [one];
          return one.fromDay <= change.lastDay ? [{ ...one, untilDay: change.lastDay }] : [];
        }),
      };
    case 'period':
    case 'requirement-set':
    case 'requirement-ended':
      return ground;
  }
}

function changedWard(ward: AskingWard, change: Change): AskingWard {
  switch (change.kind) {
    case 'period': {
      if (ward.trust !== change.trust) return ward;
      const moved = <T extends { competency: CompetencyCode; periods: PeriodFact[] }>(one: T): T =>
        one.competency === change.competency ? { ...one, periods: periodsFrom(one.periods, change.months, change.fromDay) } : one;
      return { ...ward, requirements: ward.requirements.map(moved), competencies: ward.competencies.map(moved) };
    }
    case 'requirement-set': {
      if (ward.id !== change.wardId) return ward;
      const { asked } = change;
      const others = ward.requirements.filter((one) => one.competency !== asked.competency || one.role !== asked.role);
      return { ...ward, requirements: [...others, asked] };
    }
    case 'requirement-ended':
      if (ward.id !== change.wardId) return ward;
      return { ...ward, requirements: ward.requirements.filter((one) => one.id !== change.requirementId) };
    case 'alignment':
    case 'certificate':
    case 'agreement-signed':
    case 'agreement-ended':
      return ward;
  }
}

/** The facts as they are once the change is made; nothing else moves, and those given stay as they are. */
export function applied(facts: EffectFacts, change: Change): EffectFacts {
  return { ...facts, ground: changedGround(facts.ground, change), wards: facts.wards.map((ward) => changedWard(ward, change)) };
}

/** The instant from which a change decides where people may work: `now`, or the start of the local day it is for. */
export function bitesFrom(change: Change, now: Instant): Instant {
  const onDay = (day: LocalDay | null) => (day === null ? now : Math.max(now, startOfDay(day)));
  switch (change.kind) {
    case 'alignment':
      return change.alignment.state === 'validated' ? onDay(change.alignment.countsFrom) : now;
    case 'period':
      return onDay(change.fromDay);
    case 'agreement-signed':
      return onDay(change.agreement.fromDay);
    case 'agreement-ended':
      return onDay(addDays(change.lastDay, 1));
    case 'certificate':
    case 'requirement-set':
    case 'requirement-ended':
      return now;
  }
}

/** What a change can touch. Whatever it leaves out comes to the same before and after, so it isn't asked. */
interface Touched {
  ward: (ward: AskingWard) => boolean;
  worker: (worker: Pick<WorkerFacts, 'homeTrust' | 'records'>) => boolean;
  /** May a shift's count of PMVA team training move? */
  team: boolean;
}

const anyone = () => true;

function touchedBy(change: Change, before: GroundFacts): Touched {
  const holds =
    (courses: ReadonlySet<string>): Touched['worker'] =>
    (worker) =>
      worker.records.some((record) => courses.has(record.courseId));
  switch (change.kind) {
    case 'alignment': {
      const { id, trusts, courseId, competency } = change.alignment;
      const all = new Set([...trusts, ...(before.alignments.find((one) => one.id === id)?.trusts ?? [])]);
      return { ward: (ward) => all.has(ward.trust), worker: holds(new Set([courseId])), team: competency === pmvaTeam };
    }
    case 'certificate':
      return { ward: anyone, worker: holds(new Set([change.courseId])), team: true };
    case 'period': {
      const about = new Set(before.alignments.filter((one) => one.competency === change.competency).map((one) => one.courseId));
      for (const course of before.courses.values()) if (course.competency === change.competency) about.add(course.id);
      return { ward: (ward) => ward.trust === change.trust, worker: holds(about), team: change.competency === pmvaTeam };
    }
    case 'requirement-set':
    case 'requirement-ended':
      return { ward: (ward) => ward.id === change.wardId, worker: anyone, team: true };
    case 'agreement-signed':
    case 'agreement-ended': {
      const agreement =
        change.kind === 'agreement-signed' ? change.agreement : before.agreements.find((one) => one.id === change.agreementId);
      return {
        ward: (ward) => ward.trust === agreement?.hostTrust,
        worker: (worker) => worker.homeTrust === agreement?.homeTrust,
        team: false,
      };
    }
  }
}

const resultsFromBest: readonly CheckResult[] = ['pass', 'warn', 'override', 'fail'];

/** The checks that a change made worse; one that wasn't asked before counts from a pass. */
function worsened(before: Decision, after: Decision): Check[] {
  const was = new Map(before.checks.map((check) => [check.code, check.result]));
  const rank = (result: CheckResult) => resultsFromBest.indexOf(result);
  return after.checks.filter((check) => rank(check.result) > rank(was.get(check.code) ?? 'pass'));
}

const byId = <T>(idOf: (one: T) => string) => {
  return (a: T, b: T) => (idOf(a) < idOf(b) ? -1 : idOf(a) > idOf(b) ? 1 : 0);
};

/**
 * What `change` does between `before` and `after`, for a preview (`after` is `applied(before, change)`) and for the act itself (`after` is
 * read again once it is written) alike, so that the two agree (issue of safe sharing, "the effect preview and the effect agree exactly").
 *
 * - gains and losses: the wards on which a worker may work at `bitesFrom(change, now)`, and couldn't, or the reverse. Compared at one instant,
 *   so that what lapses by itself until then is nobody's gain or loss.
 * - bookings: the live ones that start after `now`, whose decision the change makes worse so that it no longer holds (shifts/review-rules).
 *   Why is the sentence of the first check it made worse; a change of the ground moves no hours, so any host may read it.
 * - underMinimum: shifts that start after `now`, with enough holders of PMVA team training before and fewer than their ward's minimum after
 *   (rules-staffing, section 2). One that had too few already isn't the change's doing.
 */
export function effectOf(before: EffectFacts, after: EffectFacts, change: Change, now: Instant): Effect {
  const touched = touchedBy(change, before.ground);
  const at = bitesFrom(change, now);
  const wards = before.wards.filter(touched.ward);
  const wardIds = new Set(wards.map((ward) => ward.id));
  const wardsAfter = after.wards.filter((ward) => wardIds.has(ward.id));
  const effect: Effect = { gains: [], losses: [], bookings: [], underMinimum: [] };

  for (const worker of before.workers) {
    if (!touched.worker(worker)) continue;
    const could = new Set(wardsOpenTo(worker, wards, before.ground, at).map((ward) => ward.id));
    const can = new Set(wardsOpenTo(worker, wardsAfter, after.ground, at).map((ward) => ward.id));
    const gained = [...can].filter((id) => !could.has(id)).sort();
    const lost = [...could].filter((id) => !can.has(id)).sort();
    if (gained.length > 0) effect.gains.push({ workerId: worker.id, wardIds: gained });
    if (lost.length > 0) effect.losses.push({ workerId: worker.id, wardIds: lost });
  }

  const asIn = (facts: EffectFacts) => {
    const byWard = new Map(facts.wards.map((ward) => [ward.id, ward]));
    return {
      decide({ worker, shift, extraCompetencies }: HeldBooking): Decision {
        const requirements = requirementsAt(byWard.get(shift.wardId)!, shift.role, extraCompetencies, localDayOf(shift.start));
        return decide(worker, heldShift({ ...shift, requirements }), facts.ground, now);
      },
      count(shift: TeamShift) {
        const ward = byWard.get(shift.wardId)!;
        const place = { start: shift.start, end: shift.end, wardId: ward.id, hostTrust: ward.trust };
        return pmvaCountOf(place, teamRequirementOn(ward, localDayOf(shift.start)), shift.team, facts.ground);
      },
    };
  };
  const [was, is] = [asIn(before), asIn(after)];

  for (const booking of before.bookings) {
    if (booking.shift.start <= now || !wardIds.has(booking.shift.wardId) || !touched.worker(booking.worker)) continue;
    const fresh = is.decide(booking);
    if (stillHolds(fresh, booking.accepted)) continue;
    const [first] = worsened(was.decide(booking), fresh);
    if (first) effect.bookings.push({ bookingId: booking.id, because: first.sentence });
  }

  for (const shift of touched.team ? before.shifts : []) {
    if (shift.start <= now || !wardIds.has(shift.wardId)) continue;
    const [had, has] = [was.count(shift), is.count(shift)];
    if (!had.isEnough || has.isEnough) continue;
    effect.underMinimum.push({ shiftId: shift.id, before: had.fewest, after: has.fewest, minimum: has.minimum! });
  }

  effect.gains.sort(byId((one) => one.workerId));
  effect.losses.sort(byId((one) => one.workerId));
  effect.bookings.sort(byId((one) => one.bookingId));
  effect.underMinimum.sort(byId((one) => one.shiftId));
  return effect;
}
