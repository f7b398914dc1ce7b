import type { Check, Decision } from '../kernel/decision.ts';
import type { Instant } from '../kernel/interval.ts';
import { addDays, localDayOf, sayDay, startOfDay } from '../kernel/local-time.ts';
import type { LocalDay } from '../kernel/local-time.ts';
import type { TrustCode } from '../places/facts.ts';
import { agreementCheck } from '../places/rules.ts';
import type { GroundFacts, ShiftFacts } from '../shifts/facts.ts';
import type { Role, WorkerFacts } from '../workers/facts.ts';
import { bankCheck, consentCheck, employmentChecksCheck, registrationCheck, restrictionCheck, staffGroupOf } from '../workers/rules.ts';
import { lapsingDays } from '../workers/lapse-rules.ts';
import type { AskingWard, CompetencyCode, CourseFact, RequirementFact, TrainingRecordFact } from './facts.ts';
import { firstDayOut, monthsOn, recordCountsOn, requirementsAt, requirementsOf, trainingCheck } from './rules.ts';

/** What reach asks of a worker: their standing, not their hours. */
export type ReachWorker = Pick<
  WorkerFacts,
  'homeTrust' | 'role' | 'banks' | 'registration' | 'checks' | 'consentsToShare' | 'records' | 'restrictions'
>;

/** May a worker work on a ward, until when, and what stands in the way. */
export interface WardReach {
  may: boolean;
  /** The last local day on which all of it holds; null where nothing known ends it, or where they may not. */
  until: LocalDay | null;
  sentence: string;
  missing: { code: string; sentence: string; fix: string | null }[];
}

/** The imagined work, and what is asked for it. */
interface Moment {
  shift: ShiftFacts;
  /** `key`: requirements with the same one come to the same on every ward of the trust. */
  asked: { requirement: RequirementFact; key: string }[];
}

// What is the same for every worker of a role is worked out once a ward and instant: ten thousand workers are asked of eighty wards.
const momentsOf = new WeakMap<AskingWard, { now: Instant; byRole: Map<Role, Moment> }>();

/**
 * The imagined work that reach is asked about: a role on this ward for the moment `now` alone, so that every rule that looks at a shift's
 * days looks at that one local day. No rule of reach looks at the band.
 */
function momentOn(role: Role, ward: AskingWard, now: Instant): Moment {
  let known = momentsOf.get(ward);
  if (known?.now !== now) momentsOf.set(ward, (known = { now, byRole: new Map() }));
  let moment = known.byRole.get(role);
  if (moment) return moment;
  const shift: ShiftFacts = {
    id: null,
    wardId: ward.id,
    wardName: ward.name,
    hostTrust: ward.trust,
    role,
    band: 0,
    staffGroup: staffGroupOf(role),
    start: now,
    end: now + 1,
    breakMinutes: 0,
    requirements: requirementsAt(ward, role, [], localDayOf(now)),
    waves: null,
    preferred: null,
  };
  const asked = requirementsOf(shift).map((requirement) => ({
    requirement,
    key: `${ward.trust} ${requirement.competency} ${requirement.periodMonths}`,
  }));
  moment = { shift, asked };
  known.byRole.set(role, moment);
  return moment;
}

/** Everything but the training and the ward's own restriction: the same on every ward of a trust. */
function* standingChecks(worker: ReachWorker, shift: ShiftFacts, ground: GroundFacts): Generator<Check> {
  yield consentCheck(worker, shift);
  yield agreementCheck(worker, shift, ground);
  yield bankCheck(worker, shift, ground);
  yield employmentChecksCheck(worker, shift);
  yield registrationCheck(worker, shift);
}

function standsAt(worker: ReachWorker, shift: ShiftFacts, ground: GroundFacts): boolean {
  for (const check of standingChecks(worker, shift, ground)) if (check.result !== 'pass') return false;
  return true;
}

/**
 * May this worker work on this ward at `now` in their own role: on a bank that serves it, under an agreement and with consent, with checks
 * and registration in date, without a restriction, and with every training the ward asks of the role? Hours and rests are a shift's, not a
 * ward's. The same answer as `wardReachOf`, without the words, for counting thousands.
 */
export function mayWorkAt(worker: ReachWorker, ward: AskingWard, ground: GroundFacts, now: Instant): boolean {
  return openTo(worker, ground, now)(ward);
}

/** Asks of one ward after another, and asks what is the same on many of them once. */
function openTo(worker: ReachWorker, ground: GroundFacts, now: Instant): (ward: AskingWard) => boolean {
  const day = localDayOf(now);
  const pilotWards = new Set(ground.alignments.flatMap((alignment) => alignment.pilotWardIds));
  const standing = new Map<TrustCode, boolean>();
  const counting = new Map<string, boolean>();
  const once = <K>(known: Map<K, boolean>, key: K, ask: () => boolean): boolean => {
    let answer = known.get(key);
    if (answer === undefined) known.set(key, (answer = ask()));
    return answer;
  };
  const counts = ({ requirement, key }: Moment['asked'][number], shift: ShiftFacts) =>
    // Only a pilot counts on one ward and not on the next of the same trust.
    once(counting, pilotWards.has(shift.wardId) ? `${key} ${shift.wardId}` : key, () =>
      recordCountsOn(worker.records, requirement, shift, day, ground),
    );
  return (ward) => {
    const { shift, asked } = momentOn(worker.role, ward, now);
    return (
      once(standing, ward.trust, () => standsAt(worker, shift, ground)) &&
      (worker.restrictions.length === 0 || restrictionCheck(worker, shift).result === 'pass') &&
      asked.every((one) => counts(one, shift))
    );
  };
}

/** Those of the wards where `mayWorkAt`, in their order. */
export function wardsOpenTo(worker: ReachWorker, wards: readonly AskingWard[], ground: GroundFacts, now: Instant): AskingWard[] {
  return wards.filter(openTo(worker, ground, now));
}

/** The trusts on at least one ward of which this worker may work at `now`: what the programme office counts. */
export function trustsOpenTo(worker: ReachWorker, wards: readonly AskingWard[], ground: GroundFacts, now: Instant): Set<TrustCode> {
  const isOpen = openTo(worker, ground, now);
  const open = new Set<TrustCode>();
  for (const ward of wards) if (!open.has(ward.trust) && isOpen(ward)) open.add(ward.trust);
  return open;
}

/** Every later day on which what holds today may stop holding, in order: the day after an end, or the first day of something new. */
function daysToLook(worker: ReachWorker, ward: AskingWard, ground: GroundFacts, today: LocalDay): LocalDay[] {
  const days = new Set<LocalDay>();
  const from = (day: LocalDay | null) => day !== null && days.add(day);
  const after = (last: LocalDay | null) => last !== null && days.add(addDays(last, 1));
  for (const membership of worker.banks) {
    after(membership.untilDay);
    for (const member of ground.banks.find((bank) => bank.id === membership.bankId)?.members ?? []) after(member.untilDay);
  }
  for (const agreement of ground.agreements) if (agreement.homeTrust === worker.homeTrust) after(agreement.untilDay);
  for (const check of Object.values(worker.checks)) after(check.untilDay);
  after(worker.registration.untilDay);
  for (const restriction of worker.restrictions) if (restriction.wardId === ward.id) from(restriction.fromDay);
  for (const { pilotUntil } of ground.alignments) {
    if (pilotUntil === null) continue;
    // It may end in the course of a day, which is then the first it doesn't last through; where that is today, tomorrow.
    from(localDayOf(pilotUntil));
    after(localDayOf(pilotUntil));
  }
  for (const { periods } of ward.requirements) {
    for (const period of periods) {
      from(period.fromDay);
      after(period.untilDay);
      for (const record of worker.records) from(firstDayOut(record, period.months));
    }
  }
  return [...days].filter((day) => day > today).sort();
}

/**
 * The last local day until which `mayWorkAt` holds without a gap, to that day's last moment; null where nothing known ends it. Facts are dated
 * by days (a pilot's end apart), so the answer can only change on the days looked at. Where it ends in the course of today: today.
 */
function holdsUntil(worker: ReachWorker, ward: AskingWard, ground: GroundFacts, today: LocalDay): LocalDay | null {
  const lastMomentOf = (day: LocalDay): Instant => startOfDay(addDays(day, 1)) - 1;
  const end = daysToLook(worker, ward, ground, today).find((day) => !mayWorkAt(worker, ward, ground, lastMomentOf(day)));
  return end === undefined ? null : addDays(end, -1);
}

// A check's words are about a shift; here nobody has chosen one.
const saidOfToday: readonly (readonly [of: string, today: string])[] = [
  ['do not cover this shift', 'are not in order'],
  [', before the shift starts', ''],
  [' when the shift starts', ''],
  [' ends before the shift', ' has ended'],
  [' before the shift.', '.'],
];

function asOfToday(words: string): string {
  return saidOfToday.reduce((said, [ofShift, today]) => said.replaceAll(ofShift, today), words);
}

/**
 * May this worker work on this ward today in their own role, as `mayWorkAt` says; until which local day; and each thing that is missing, with
 * what would mend it. Made of the checks of a decision, so that the passport says what a shift there would (rules-staffing, sections 2 and 3).
 */
export function wardReachOf(worker: ReachWorker, ward: AskingWard, ground: GroundFacts, now: Instant): WardReach {
  const { shift, asked } = momentOn(worker.role, ward, now);
  const checks = [
    ...standingChecks(worker, shift, ground),
    restrictionCheck(worker, shift),
    ...asked.map(({ requirement }) => trainingCheck(worker.records, requirement, shift, ground)),
  ];
  const missing = checks
    .filter((check) => check.result !== 'pass')
    .map(({ code, sentence, fix }) => ({ code, sentence: asOfToday(sentence), fix: fix === undefined ? null : asOfToday(fix) }));
  const [first, ...others] = missing;
  if (first) {
    const more = others.length === 0 ? '' : ` And ${others.length} more ${others.length === 1 ? 'thing is' : 'things are'} missing.`;
    return { may: false, until: null, sentence: `${first.sentence}${more}`, missing };
  }
  const today = localDayOf(now);
  const until = holdsUntil(worker, ward, ground, today);
  return { may: true, until, sentence: until === null ? 'May work here.' : `May work here until ${sayDay(until, true)}.`, missing: [] };
}

/** A decision on an open shift, and whose ward it is. */
export interface OpenShiftDecision {
  wardId: string;
  decision: Decision;
}

/** What one course would open to a worker. */
export interface Opening {
  competency: CompetencyCode;
  title: string;
  wards: number;
  shifts: number;
  /** "Renew breakaway training: 9 wards, 31 open shifts". */
  sentence: string;
}

const many = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`;

/**
 * What each course would open that the worker lacks somewhere, most open shifts first: with a record of it completed today at the host's own
 * course, on how many more wards they might work, and on how many open shifts nothing else stands in the way (`training:<competency>` alone
 * fails). A ward whose trust hasn't said how long it counts is not opened by any course. Renewing is for who holds one that is out of date
 * there; anybody else completes one. A course that opens nothing by itself is left out.
 */
export function openingsOf(
  worker: ReachWorker,
  wards: readonly AskingWard[],
  openShifts: readonly OpenShiftDecision[],
  ground: GroundFacts,
  now: Instant,
): Opening[] {
  const today = localDayOf(now);
  const byId = new Map(wards.map((ward) => [ward.id, ward]));
  const open = new Set(wardsOpenTo(worker, wards, ground, now));
  const onlyMissing = openShifts.flatMap(({ wardId, decision }) => {
    const [only, ...others] = decision.checks.filter((check) => check.result === 'fail');
    const ward = byId.get(wardId);
    return only && others.length === 0 && ward ? [{ ward, code: only.code }] : [];
  });
  const titles = new Map<CompetencyCode, string>();
  for (const ward of wards) {
    for (const { competency, title } of ward.competencies) titles.set(competency, title);
    for (const { competency, title } of ward.requirements) titles.set(competency, title);
  }

  const found: Opening[] = [];
  for (const [competency, title] of titles) {
    const trained = withFresh(worker, competency, wards, ground, today);
    const gained = wardsOpenTo(trained.worker, wards, trained.ground, now).filter((ward) => !open.has(ward));
    const opened = onlyMissing.filter((shift) => shift.code === `training:${competency}` && monthsAt(shift.ward, competency, today) > 0);
    if (gained.length === 0 && opened.length === 0) continue;
    const about = aboutOf(worker.records, competency, ground);
    // One that lapses soon fails on shifts that are open today.
    const isRenewal = [...gained, ...opened.map((shift) => shift.ward)].some((ward) =>
      about.some((record) => firstDayOut(record, monthsAt(ward, competency, today)) <= addDays(today, lapsingDays)),
    );
    const opens = [
      ...(gained.length > 0 ? [many(gained.length, 'ward')] : []),
      ...(opened.length > 0 ? [many(opened.length, 'open shift')] : []),
    ];
    found.push({
      competency,
      title,
      wards: gained.length,
      shifts: opened.length,
      sentence: `${isRenewal ? 'Renew' : 'Complete'} ${title}: ${opens.join(', ')}`,
    });
  }
  return found.sort((a, b) => b.shifts - a.shifts || b.wards - a.wards || (a.competency < b.competency ? -1 : 1));
}

function monthsAt(ward: AskingWard, competency: CompetencyCode, day: LocalDay): number {
  const said = [...ward.requirements, ...ward.competencies].find((one) => one.competency === competency);
  return monthsOn(said?.periods ?? [], day);
}

/** The records that aren't revoked, of courses that meet a competency at home or were put forward for it. */
function aboutOf(records: readonly TrainingRecordFact[], competency: CompetencyCode, ground: GroundFacts): TrainingRecordFact[] {
  return records.filter(
    (record) =>
      record.revoked === null &&
      (ground.courses.get(record.courseId)?.competency === competency ||
        ground.alignments.some((alignment) => alignment.courseId === record.courseId && alignment.competency === competency)),
  );
}

/** The same worker with a record completed today of each host's own course for a competency. */
function withFresh(
  worker: ReachWorker,
  competency: CompetencyCode,
  wards: readonly AskingWard[],
  ground: GroundFacts,
  today: LocalDay,
): { worker: ReachWorker; ground: GroundFacts } {
  const imagined = [...new Set(wards.map((ward) => ward.trust))].map((trust): CourseFact => ({
    id: `imagined:${trust}`,
    trust,
    code: competency,
    version: '',
    title: competency,
    competency,
    useOfForce: false,
    provider: null,
    certifiedUntil: null,
  }));
  const records = imagined.map(({ id }): TrainingRecordFact => ({ id, courseId: id, completedOn: today, evidence: null, revoked: null }));
  return {
    worker: { ...worker, records: [...worker.records, ...records] },
    ground: { ...ground, courses: new Map([...ground.courses, ...imagined.map((course) => [course.id, course] as const)]) },
  };
}
