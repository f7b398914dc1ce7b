import type { Check, Evidence } from '../kernel/decision.ts';
import { contains, rfc3339 } from '../kernel/interval.ts';
import type { Instant, Interval } from '../kernel/interval.ts';
import { addDays, addMonths, isInForce, lastLocalDayOf, localDayOf, localDaysOf, sayDayBeside, startOfDay } from '../kernel/local-time.ts';
import type { LocalDay } from '../kernel/local-time.ts';
import type { TrustCode } from '../places/facts.ts';
import type { GroundFacts, ShiftFacts } from '../shifts/facts.ts';
import type { Role } from '../workers/facts.ts';
import type {
  AlignmentFact,
  AskedFact,
  AskingWard,
  CompetencyCode,
  CourseFact,
  PeriodFact,
  RequirementFact,
  TrainingRecordFact,
} from './facts.ts';

/** Where and from when training is asked for: a ward of the host trust, and the instant the duty there starts. */
export interface TrainingPlace {
  wardId: string;
  hostTrust: TrustCode;
  start: Instant;
}

type TrainingGround = Pick<GroundFacts, 'courses' | 'alignments'>;

/** Why a record, or having none, doesn't meet a requirement (rules-staffing, section 3, `training`). */
export type TrainingGap =
  | 'missing'
  | 'not yet completed'
  | 'expired'
  | 'lapses during the shift'
  | 'not aligned'
  | 'in review'
  | 'stress testing elsewhere'
  | 'withdrawn'
  | 'revoked'
  | 'provider not certified';

/** The first local day on which a record no longer counts: D + period, months clamped to the month's end (section 2, b). */
export function firstDayOut(record: Pick<TrainingRecordFact, 'completedOn'>, periodMonths: number): LocalDay {
  return addMonths(record.completedOn, periodMonths);
}

/**
 * Does an alignment count on a ward for a duty that starts at `place.start`, in the state it is in now? Validated: at every trust of its
 * collaborative, for shifts starting on or after its date, no date = always. Stress testing: on the pilot wards, for shifts starting before
 * the pilot's end; a pilot without an end counts nowhere, since nobody decided how long. Every other state: no (section 2).
 */
export function alignmentCounts(alignment: AlignmentFact, place: TrainingPlace): boolean {
  if (!alignment.trusts.includes(place.hostTrust)) return false;
  if (alignment.state === 'validated') return alignment.countsFrom === null || alignment.countsFrom <= localDayOf(place.start);
  return (
    alignment.state === 'stress-testing' &&
    alignment.pilotWardIds.includes(place.wardId) &&
    alignment.pilotUntil !== null &&
    place.start < alignment.pilotUntil
  );
}

/** Use-of-force training counts only when the provider was certified on the day of completion, the last day included (section 2, d). */
function isCertified(course: CourseFact, record: TrainingRecordFact): boolean {
  return !course.useOfForce || (course.certifiedUntil !== null && record.completedOn <= course.certifiedUntil);
}

function isHostsOwn(course: CourseFact, competency: CompetencyCode, place: TrainingPlace): boolean {
  return course.trust === place.hostTrust && course.competency === competency;
}

// A hundred collaboratives have thousands of alignments, and every record of everybody asks for those of one course.
const sorted = new WeakMap<readonly AlignmentFact[], Map<CompetencyCode, Map<string, AlignmentFact[]>>>();

/** The alignments that put courses forward for a competency, by course. */
function byCourseOf(alignments: readonly AlignmentFact[], competency: CompetencyCode): ReadonlyMap<string, readonly AlignmentFact[]> {
  let byCompetency = sorted.get(alignments);
  if (!byCompetency) sorted.set(alignments, (byCompetency = new Map()));
  let byCourse = byCompetency.get(competency);
  if (!byCourse) {
    const about = alignments.filter((alignment) => alignment.competency === competency);
    byCompetency.set(competency, (byCourse = Map.groupBy(about, (alignment) => alignment.courseId)));
  }
  return byCourse;
}

/** Of a course's alignments the one that decides at this ward: one that counts there, else the one whose state is newest. */
function alignmentOf(alignments: readonly AlignmentFact[], place: TrainingPlace): AlignmentFact | null {
  let newest: AlignmentFact | null = null;
  for (const alignment of alignments) {
    if (!alignment.trusts.includes(place.hostTrust)) continue;
    if (alignmentCounts(alignment, place)) return alignment;
    if (!newest || newest.stateSince < alignment.stateSince) newest = alignment;
  }
  return newest;
}

/** One record looked at for one requirement: what it rests on and which of (a)–(d) it fails. */
interface Appraisal {
  record: TrainingRecordFact;
  course: CourseFact;
  alignment: AlignmentFact | null;
  gaps: TrainingGap[];
}

function appraise(
  record: TrainingRecordFact,
  course: CourseFact,
  requirement: RequirementFact,
  alignments: readonly AlignmentFact[],
  place: TrainingPlace,
  firstDay: LocalDay,
  lastDay: LocalDay,
): Appraisal {
  const gaps: TrainingGap[] = [];
  let alignment: AlignmentFact | null = null;
  // (a) The host's own course counts there whatever became of its alignment.
  if (!isHostsOwn(course, requirement.competency, place)) {
    alignment = alignmentOf(alignments, place);
    if (!alignment || !alignmentCounts(alignment, place)) gaps.push(gapOfAlignment(alignment));
  }
  const out = firstDayOut(record, requirement.periodMonths);
  if (record.completedOn > firstDay) gaps.push('not yet completed');
  else if (out <= firstDay) gaps.push('expired');
  else if (out <= lastDay) gaps.push('lapses during the shift');
  if (record.revoked) gaps.push('revoked');
  if (!isCertified(course, record)) gaps.push('provider not certified');
  return { record, course, alignment, gaps };
}

function gapOfAlignment(alignment: AlignmentFact | null): TrainingGap {
  switch (alignment?.state) {
    case 'in-review':
      return 'in review';
    case 'stress-testing':
      return 'stress testing elsewhere';
    case 'withdrawn':
      return 'withdrawn';
    // Validated from a later day, a draft, or nothing at all: for this shift the course is not aligned.
    case 'validated':
    case 'draft':
    case undefined:
      return 'not aligned';
  }
}

/** Fewest gaps first, then the newest; the id settles what is left, so that the same facts give the same answer. */
function isBetter(a: Appraisal, b: Appraisal): boolean {
  if (a.gaps.length !== b.gaps.length) return a.gaps.length < b.gaps.length;
  if (a.record.completedOn !== b.record.completedOn) return a.record.completedOn > b.record.completedOn;
  return a.record.id < b.record.id;
}

/**
 * The record that meets a requirement at a place on every local day from `firstDay` to `lastDay`, or the one that fails least; null
 * when no record is of a course that meets the competency anywhere or was ever put forward for it.
 */
function bestOf(
  records: readonly TrainingRecordFact[],
  requirement: RequirementFact,
  place: TrainingPlace,
  firstDay: LocalDay,
  lastDay: LocalDay,
  ground: TrainingGround,
): Appraisal | null {
  const aligned = byCourseOf(ground.alignments, requirement.competency);
  let best: Appraisal | null = null;
  for (const record of records) {
    const course = ground.courses.get(record.courseId);
    if (!course) continue;
    const alignments = aligned.get(course.id) ?? [];
    if (course.competency !== requirement.competency && alignments.length === 0) continue;
    const appraisal = appraise(record, course, requirement, alignments, place, firstDay, lastDay);
    if (!best || isBetter(appraisal, best)) best = appraisal;
  }
  return best;
}

/**
 * Does one of the records alone meet the requirement at a place on one local day? The four conditions are those of
 * rules-staffing, section 2 (Mental Health Units (Use of Force) Act 2018, s.5(4): recent enough and of an equivalent standard).
 */
export function recordCountsOn(
  records: readonly TrainingRecordFact[],
  requirement: RequirementFact,
  place: TrainingPlace,
  day: LocalDay,
  ground: TrainingGround,
): boolean {
  return bestOf(records, requirement, place, day, day, ground)?.gaps.length === 0;
}

function clauseOf(gap: TrainingGap, best: Appraisal, requirement: RequirementFact, place: TrainingPlace, firstDay: LocalDay): string {
  const say = (day: LocalDay) => sayDayBeside(day, firstDay);
  const out = say(firstDayOut(best.record, requirement.periodMonths));
  const alignment = best.alignment;
  switch (gap) {
    case 'missing':
      return 'training is missing';
    case 'not yet completed':
      return `not yet completed when the shift starts (completed on ${say(best.record.completedOn)})`;
    case 'expired':
      // A period of 0 months: the host never said how long it counts, and unknown is not a pass.
      return requirement.periodMonths > 0 ? `expired on ${out}` : 'this trust has not said how long the training counts';
    case 'lapses during the shift':
      return `lapses during the shift, on ${out}`;
    case 'not aligned':
      return alignment?.state === 'validated' && alignment.countsFrom
        ? `the course is not aligned until ${say(alignment.countsFrom)}`
        : 'the course is not aligned here';
    case 'in review':
      return 'the course is in review and does not count yet';
    case 'stress testing elsewhere':
      return alignment?.pilotWardIds.includes(place.wardId)
        ? 'the course’s stress testing on this ward ends before the shift'
        : 'the course is in stress testing elsewhere, not on this ward';
    case 'withdrawn':
      return 'the course’s alignment was withdrawn';
    case 'revoked':
      return 'the record was revoked';
    case 'provider not certified':
      return 'the provider was not certified on the day of completion';
  }
}

function fixOf(gap: TrainingGap, { title, periodMonths }: RequirementFact): string {
  switch (gap) {
    case 'missing':
    case 'not yet completed':
      return `Complete ${title} before the shift.`;
    case 'expired':
    case 'lapses during the shift':
      return periodMonths > 0 ? `Renew ${title}.` : `Ask the host’s training lead how long ${title} counts.`;
    case 'not aligned':
    case 'in review':
    case 'stress testing elsewhere':
    case 'withdrawn':
      return `Complete a course for ${title} that counts on this ward.`;
    case 'revoked':
      return `Complete ${title} again.`;
    case 'provider not certified':
      return `Complete ${title} with a certified provider.`;
  }
}

function evidenceOf(best: Appraisal, requirement: RequirementFact): Evidence[] {
  const { record, course, alignment, gaps } = best;
  const evidence: Evidence[] = [
    {
      what: 'training record',
      id: record.id,
      from: record.completedOn,
      until: addDays(firstDayOut(record, requirement.periodMonths), -1),
      detail: gaps.length === 0 ? 'meets the requirement' : gaps.join(', '),
    },
    {
      what: 'course',
      id: course.id,
      by: course.trust,
      ...(course.useOfForce && course.certifiedUntil !== null ? { until: course.certifiedUntil } : {}),
      detail: `${course.code} version ${course.version}, ${course.title}${course.provider ? ` (${course.provider})` : ''}`,
    },
  ];
  if (alignment) {
    evidence.push({
      what: 'alignment',
      id: alignment.id,
      from: rfc3339(alignment.stateSince),
      by: alignment.decidedBy,
      detail: alignment.reason ? `${alignment.state}: ${alignment.reason}` : alignment.state,
    });
  }
  if (record.revoked) {
    evidence.push({
      what: 'revocation',
      id: record.id,
      from: rfc3339(record.revoked.at),
      by: record.revoked.by,
      detail: record.revoked.reason,
    });
  }
  return evidence;
}

/**
 * `training:<competency>`: one record meets (a) to (d) alone on every local day of the shift; else fail, reporting the record that fails
 * least, the newest on ties. The sentence names no trust: where someone trained could tell where they worked (rules-staffing, 2 and 3).
 */
export function trainingCheck(
  records: readonly TrainingRecordFact[],
  requirement: RequirementFact,
  shift: Pick<ShiftFacts, 'start' | 'end' | 'wardId' | 'hostTrust'>,
  ground: TrainingGround,
): Check {
  const code = `training:${requirement.competency}`;
  const { title } = requirement;
  const asked: Evidence = {
    what: 'requirement',
    id: requirement.id,
    detail: `${title}, valid for ${requirement.periodMonths} months here`,
  };
  const firstDay = localDayOf(shift.start);
  const best = bestOf(records, requirement, shift, firstDay, lastLocalDayOf(shift), ground);
  if (!best) {
    return {
      code,
      result: 'fail',
      sentence: `${title}: training is missing.`,
      evidence: [{ ...asked, detail: `${asked.detail}; missing` }],
      fix: fixOf('missing', requirement),
    };
  }
  const evidence = [asked, ...evidenceOf(best, requirement)];
  const [first] = best.gaps;
  if (!first) {
    const until = addDays(firstDayOut(best.record, requirement.periodMonths), -1);
    return { code, result: 'pass', sentence: `${title}: in date until ${sayDayBeside(until, firstDay)}.`, evidence };
  }
  const clauses = best.gaps.map((gap) => clauseOf(gap, best, requirement, shift, firstDay));
  return { code, result: 'fail', sentence: `${title}: ${clauses.join('; ')}.`, evidence, fix: fixOf(first, requirement) };
}

/** The days on which what `trainingCheck` comes to may change, away from pilot wards: a pilot ends at an hour. */
export function trainingTurns(
  records: readonly TrainingRecordFact[],
  requirement: Pick<RequirementFact, 'competency' | 'periodMonths'>,
  ground: TrainingGround,
): LocalDay[] {
  const aligned = byCourseOf(ground.alignments, requirement.competency);
  return records.flatMap((record) => {
    const alignments = aligned.get(record.courseId) ?? [];
    if (alignments.length === 0 && ground.courses.get(record.courseId)?.competency !== requirement.competency) return [];
    return [record.completedOn, firstDayOut(record, requirement.periodMonths), ...alignments.flatMap(({ countsFrom }) => countsFrom ?? [])];
  });
}

/**
 * The requirements a shift asks of its own role, one for each competency. Where a ward asks for one both of every role and of this one,
 * the shorter period is kept: meeting it meets both.
 */
export function requirementsOf(shift: Pick<ShiftFacts, 'requirements' | 'role'>): RequirementFact[] {
  const byCompetency = new Map<CompetencyCode, RequirementFact>();
  for (const requirement of shift.requirements) {
    if (requirement.role !== null && requirement.role !== shift.role) continue;
    const other = byCompetency.get(requirement.competency);
    if (!other || requirement.periodMonths < other.periodMonths) byCompetency.set(requirement.competency, requirement);
  }
  return [...byCompetency.values()];
}

/** Months by the period in force on a local day; 0 where the trust has said none, and unknown is not a pass. */
export function monthsOn(periods: readonly PeriodFact[], day: LocalDay): number {
  return periods.find((period) => isInForce(period, day))?.months ?? 0;
}

/**
 * What a ward asks, as it stands for a shift that starts on local day `day`: with the period its trust gives the competency on that day
 * (periods are dated, and a change may come from a later day; rules-staffing, section 2). No period that day = 0 months: nothing is in date.
 */
export function requirementOn({ periods, ...asked }: AskedFact, day: LocalDay): RequirementFact {
  return { ...asked, periodMonths: monthsOn(periods, day) };
}

/**
 * What a ward asks of one role for a shift that starts on local day `day`: its own requirements of every role and of this one, and those a
 * shift adds (`extra`), each with its trust's period of that day. What the ward asks of this role already isn't added again.
 */
export function requirementsAt(
  ward: Pick<AskingWard, 'id' | 'requirements' | 'competencies'>,
  role: Role,
  extra: readonly CompetencyCode[],
  day: LocalDay,
): RequirementFact[] {
  const own = ward.requirements.filter((asked) => asked.role === null || asked.role === role);
  const added = ward.competencies
    .filter(({ competency }) => extra.includes(competency) && !own.some((asked) => asked.competency === competency))
    .map(({ competency, title, periods }): AskedFact => ({
      id: `${ward.id}:${competency}`,
      competency,
      title,
      role: null,
      minimumOnShift: null,
      periods,
    }));
  return [...own, ...added].map((asked) => requirementOn(asked, day));
}

/** The one competency whose holders a ward counts on each shift (rules-staffing, section 2). */
export const pmvaTeam: CompetencyCode = 'pmva-team';

/**
 * What a ward's PMVA count on a local day is held to: its trust's period that day and the highest minimum it asks of anybody; without a
 * requirement of its own, the period alone and no minimum (rules-staffing, section 2).
 */
export function teamRequirementOn(ward: Pick<AskingWard, 'id' | 'requirements' | 'competencies'>, day: LocalDay): RequirementFact {
  const asked = ward.requirements.filter((one) => one.competency === pmvaTeam);
  const minima = asked.flatMap((one) => one.minimumOnShift ?? []);
  const minimumOnShift = minima.length > 0 ? Math.max(...minima) : null;
  const known = ward.competencies.find((one) => one.competency === pmvaTeam);
  const first = asked[0] ?? { id: ward.id, competency: pmvaTeam, title: known?.title ?? pmvaTeam, periods: known?.periods ?? [] };
  return requirementOn({ ...first, role: null, minimumOnShift }, day);
}

/** Someone on duty on a ward, from its roster or booked there: when, and what training they hold. */
export interface TeamMember extends Interval {
  personId: string;
  records: readonly TrainingRecordFact[];
}

/** How many hold the training at the moment when fewest do, and the ward's minimum where it has one. */
export interface TeamCount {
  fewest: number;
  minimum: number | null;
  isEnough: boolean;
}

/**
 * The PMVA count: the fewest holders of valid `pmva-team` training at any moment of the shift among the people on the ward then, over roster
 * duties and bookings, against the ward's minimum (rules-staffing, section 2). One person counts once, however many rows they have.
 */
export function pmvaCountOf(
  shift: Pick<ShiftFacts, 'start' | 'end' | 'wardId' | 'hostTrust'>,
  requirement: RequirementFact,
  team: readonly TeamMember[],
  ground: TrainingGround,
): TeamCount {
  // The count can only change where someone comes or goes, or at midnight, when a record may lapse or begin.
  const moments = new Set([shift.start]);
  for (const day of localDaysOf(shift)) moments.add(startOfDay(day));
  for (const member of team) moments.add(member.start).add(member.end);
  let fewest = Infinity;
  for (const moment of moments) {
    if (!contains(shift, moment)) continue;
    const day = localDayOf(moment);
    const holders = new Set<string>();
    for (const member of team) {
      if (!contains(member, moment)) continue;
      const place = { wardId: shift.wardId, hostTrust: shift.hostTrust, start: member.start };
      if (recordCountsOn(member.records, requirement, place, day, ground)) holders.add(member.personId);
    }
    fewest = Math.min(fewest, holders.size);
  }
  const minimum = requirement.minimumOnShift;
  return { fewest, minimum, isEnough: minimum === null || fewest >= minimum };
}
