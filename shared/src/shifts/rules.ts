import { outcomeOf } from '../kernel/decision.ts';
import type { Check, CheckResult, Decision } from '../kernel/decision.ts';
import type { Instant, Interval } from '../kernel/interval.ts';
import { lastLocalDayOf, localDayOf, wholeDaysOf } from '../kernel/local-time.ts';
import type { LocalDay } from '../kernel/local-time.ts';
import { agreementCheck, agreementTurns } from '../places/rules.ts';
import { requirementsOf, trainingCheck, trainingTurns } from '../training/rules.ts';
import type { TrainingPlace } from '../training/rules.ts';
import {
  bankCheck,
  bankTurns,
  consentCheck,
  employmentChecksCheck,
  registrationCheck,
  restrictionCheck,
  roleCheck,
  standingTurns,
} from '../workers/rules.ts';
import type { WorkerFacts } from '../workers/facts.ts';
import { hoursWindowsOf, localCapCheck, nightLimitCheck, weeklyHoursCheck } from '../working-time/hours-rules.ts';
import { dailyRestCheck, weeklyRestCheck } from '../working-time/rest-rules.ts';
import { availabilityCheck, overlapCheck } from '../working-time/rules.ts';
import type { GroundFacts, ShiftFacts } from './facts.ts';
import { waveCheck } from './wave-rules.ts';

/**
 * Which version of the rules decides: kept with each booking, since only the same rules must answer the same again. Raise it with any
 * change that may make `decide` answer the same facts with another outcome, result or evidence; wording alone doesn't count.
 */
export const rulesVersion = 2;

/**
 * May this worker take this shift? Every check is evaluated, in the order of the table in rules-staffing, section 3, never just the first
 * to fail. `now` matters only to `wave`, which a shift that doesn't exist yet (no id) doesn't have. The worker's duties must not include
 * a booking of this same shift: whoever decides afresh on a booking leaves it out.
 */
export function decide(worker: WorkerFacts, shift: ShiftFacts, ground: GroundFacts, now: Instant): Decision {
  const checks = questionsOf(shift, ground).flatMap((question) => question.ask(worker));
  if (shift.id !== null) checks.push(waveCheck(worker, shift, now));
  return { outcome: outcomeOf(checks), checks };
}

/** Some checks of a decision. */
export interface Question {
  of: 'bank' | 'sharing' | 'standing' | 'role' | 'training' | 'time' | 'restriction';
  /** All that they look at beside the worker and the ground: two shifts that ask about the same are answered the same, evidence apart. */
  about: string;
  /** Where not the hours count but only the days: what else they look at, and on which days the answer turns. */
  lasting: Lasting | null;
  ask(worker: WorkerFacts): Check[];
}

export interface Lasting {
  about: string;
  first: LocalDay;
  last: LocalDay;
  /** On these days and on no others the result of a check may become another than the day before, for whoever asks about the same. */
  turns(worker: WorkerFacts): LocalDay[];
}

/** `asking` is all that the checks are told of a shift, so that they can't look at more. */
function question<Asking extends object>(
  of: Question['of'],
  asking: Asking,
  ask: (worker: WorkerFacts, asking: Asking) => Check[],
): Question {
  return { of, about: `${of} ${JSON.stringify(asking)}`, lasting: null, ask: (worker) => ask(worker, asking) };
}

function lastingQuestion<Asking extends object>(
  of: Question['of'],
  days: Interval,
  asking: Asking,
  ask: (worker: WorkerFacts, asking: Asking & Interval) => Check[],
  turns: (worker: WorkerFacts) => LocalDay[],
): Question {
  return {
    ...question(of, { ...asking, ...days }, ask),
    lasting: { about: `${of} ${JSON.stringify(asking)}`, first: localDayOf(days.start), last: lastLocalDayOf(days), turns },
  };
}

const questions = new WeakMap<ShiftFacts, { ground: GroundFacts; questions: readonly Question[] }>();

/** What a shift asks of everybody: thought of once, however many are asked. */
export function questionsOf(shift: ShiftFacts, ground: GroundFacts): readonly Question[] {
  let known = questions.get(shift);
  if (known?.ground !== ground) questions.set(shift, (known = { ground, questions: newQuestions(shift, ground) }));
  return known.questions;
}

/**
 * Everything a decision asks but `wave`, which goes by the clock, in the order of its checks. Each check is given no more of the shift than
 * its question is about, so that answers can be kept for other shifts: where only the days count it isn't told the hours. A requirement is
 * asked by its competency, title and period: its id is evidence alone. A bank is looked at on the first day only.
 */
function newQuestions(shift: ShiftFacts, ground: GroundFacts): Question[] {
  const { start, end, breakMinutes, wardId, hostTrust, staffGroup, role, band } = shift;
  const days = wholeDaysOf(shift);
  // A pilot ends at an hour, and only on its own wards.
  const isPilot = ground.alignments.some((alignment) => alignment.pilotWardIds.includes(wardId));
  return [
    lastingQuestion(
      'bank',
      days,
      { hostTrust, staffGroup },
      (worker, asking) => [bankCheck(worker, asking, ground)],
      (worker) => bankTurns(worker, shift, ground),
    ),
    lastingQuestion(
      'sharing',
      days,
      { hostTrust, staffGroup },
      (worker, asking) => [agreementCheck(worker, asking, ground), consentCheck(worker, asking)],
      (worker) => agreementTurns(worker, shift, ground),
    ),
    lastingQuestion(
      'standing',
      days,
      { role },
      (worker, asking) => [employmentChecksCheck(worker, asking), registrationCheck(worker, asking)],
      standingTurns,
    ),
    question('role', { role, band }, (worker, asking) => [roleCheck(worker, asking)]),
    ...requirementsOf(shift).map((requirement) => {
      const { competency, title, periodMonths } = requirement;
      const asking = { competency, title, periodMonths, hostTrust };
      const ask = (worker: WorkerFacts, place: Omit<TrainingPlace, 'start'> & Interval) => [
        trainingCheck(worker.records, requirement, place, ground),
      ];
      if (isPilot) return question('training', { ...asking, start, end, wardId }, ask);
      const turns = (worker: WorkerFacts) => trainingTurns(worker.records, requirement, ground);
      return lastingQuestion('training', days, { ...asking, wardId: '' }, ask, turns);
    }),
    question('time', { start, end, breakMinutes }, (worker, asking) => {
      const windows = hoursWindowsOf(worker, asking);
      return [
        overlapCheck(worker, asking),
        dailyRestCheck(worker, asking),
        weeklyRestCheck(worker, asking),
        weeklyHoursCheck(worker, asking, windows),
        nightLimitCheck(worker, asking, windows),
        localCapCheck(worker, asking, ground),
        availabilityCheck(worker, asking),
      ];
    }),
    question('restriction', { ...days, wardId }, (worker, asking) => [restrictionCheck(worker, asking)]),
  ];
}

// What would tell a host elsewhere that someone works, rests or is away, and so where their other hours go.
const folded = new Set(['overlap', 'daily-rest', 'weekly-rest', 'weekly-hours', 'night-limit', 'local-cap', 'availability']);
const resultsFromWorst: readonly CheckResult[] = ['fail', 'override', 'warn', 'pass'];

/** What a check is called to a host elsewhere. */
export const codeForHost = (code: string) => (folded.has(code) ? 'not-available' : code);

/** One sentence for each result, the same whichever checks stand behind it, so that nothing can be read from it. */
const notAvailable: Record<CheckResult, { sentence: string; fix?: string }> = {
  pass: { sentence: 'Is available at that time.' },
  warn: { sentence: 'May not be available at that time, but may still accept.', fix: 'Offer it and let the worker choose.' },
  override: {
    sentence: 'Is available at that time only if the ward manager agrees.',
    fix: 'The ward manager may agree, with a reason.',
  },
  fail: { sentence: 'Is not available at that time.', fix: 'Choose another worker.' },
};

/**
 * A decision as the host may see it: without evidence, which is for the worker, their bank office and auditors; and for a host elsewhere with
 * hours, rests and availability folded into one `not-available` with the worst of their results. The outcome stays
 * (rules-staffing, section 3; quality, section 4).
 */
export function decisionForHost(decision: Decision, { sameTrust }: { sameTrust: boolean }): Decision {
  const bare = decision.checks.map((check): Check => ({ ...check, evidence: [] }));
  if (sameTrust) return { outcome: decision.outcome, checks: bare };
  const hidden = bare.filter((check) => folded.has(check.code));
  if (hidden.length === 0) return { outcome: decision.outcome, checks: bare };
  const result = resultsFromWorst.find((candidate) => hidden.some((check) => check.result === candidate)) ?? 'pass';
  const one: Check = { code: codeForHost(hidden[0]!.code), result, evidence: [], ...notAvailable[result] };
  const place = bare.findIndex((check) => folded.has(check.code));
  const checks = bare.flatMap((check, index) => (index === place ? [one] : folded.has(check.code) ? [] : [check]));
  return { outcome: decision.outcome, checks };
}

/** One thing a worker could put right, and how many blocked shifts it would open. */
export interface Unlock {
  code: string;
  count: number;
  fix: string;
  /** "Renew breakaway training: 14 more shifts". */
  sentence: string;
}

/**
 * Over a worker's decisions: the blocked ones in which one check alone fails, counted by its code, most first. The fix is the one most of
 * them name. A shift that then needs an override still counts: it would no longer be blocked. Work at the same time is left out: nobody
 * should be told to give up one shift for another.
 */
export function unlocks(decisions: readonly Decision[]): Unlock[] {
  const fixesByCode = new Map<string, Map<string, number>>();
  for (const decision of decisions) {
    const failing = decision.checks.filter((check) => check.result === 'fail');
    const [only] = failing;
    if (!only || failing.length > 1 || only.code === 'overlap') continue;
    const fix = only.fix ?? only.sentence;
    const fixes = fixesByCode.get(only.code) ?? new Map<string, number>();
    fixesByCode.set(only.code, fixes.set(fix, (fixes.get(fix) ?? 0) + 1));
  }
  const found = [...fixesByCode].map(([code, fixes]): Unlock => {
    const [[fix]] = [...fixes].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)) as [[string, number]];
    const count = [...fixes.values()].reduce((sum, each) => sum + each, 0);
    return { code, count, fix, sentence: `${fix.replace(/\.$/, '')}: ${count} more ${count === 1 ? 'shift' : 'shifts'}` };
  });
  return found.sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
}
