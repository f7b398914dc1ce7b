import { outcomeOf } from '../kernel/decision.ts';
import type { Check, CheckResult, Decision } from '../kernel/decision.ts';
import type { Instant } from '../kernel/interval.ts';
import { wholeDaysOf } from '../kernel/local-time.ts';
import { agreementCheck } from '../places/rules.ts';
import { requirementsOf, trainingCheck } from '../training/rules.ts';
import { bankCheck, consentCheck, employmentChecksCheck, registrationCheck, restrictionCheck, roleCheck } from '../workers/rules.ts';
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

/**
 * Some checks of a decision and all that they look at beside the worker and the ground: two shifts that ask a question with the same
 * `of` and `about` are answered the same by the same worker, evidence apart.
 */
export interface Question {
  of: 'bank' | 'sharing' | 'standing' | 'role' | 'training' | 'time' | 'restriction';
  about: object;
  ask(worker: WorkerFacts): Check[];
}

function question<About extends object>(of: Question['of'], about: About, ask: (worker: WorkerFacts, about: About) => Check[]): Question {
  return { of, about, ask: (worker) => ask(worker, about) };
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
 * asked by its competency, title and period: its id is evidence alone.
 */
function newQuestions(shift: ShiftFacts, ground: GroundFacts): Question[] {
  const { start, end, breakMinutes, wardId, hostTrust, staffGroup, role, band } = shift;
  const days = wholeDaysOf(shift);
  // A pilot ends at an hour, and only on its own wards.
  const isPilot = ground.alignments.some((alignment) => alignment.pilotWardIds.includes(wardId));
  const place = isPilot ? { start, end, wardId } : { ...days, wardId: '' };
  return [
    question('bank', { start: days.start, hostTrust, staffGroup }, (worker, about) => [bankCheck(worker, about, ground)]),
    question('sharing', { ...days, hostTrust, staffGroup }, (worker, about) => [
      agreementCheck(worker, about, ground),
      consentCheck(worker, about),
    ]),
    question('standing', { ...days, role }, (worker, about) => [employmentChecksCheck(worker, about), registrationCheck(worker, about)]),
    question('role', { role, band }, (worker, about) => [roleCheck(worker, about)]),
    ...requirementsOf(shift).map((requirement) => {
      const { competency, title, periodMonths } = requirement;
      const about = { competency, title, periodMonths, hostTrust, ...place };
      return question('training', about, (worker) => [trainingCheck(worker.records, requirement, about, ground)]);
    }),
    question('time', { start, end, breakMinutes }, (worker, about) => {
      const windows = hoursWindowsOf(worker, about);
      return [
        overlapCheck(worker, about),
        dailyRestCheck(worker, about),
        weeklyRestCheck(worker, about),
        weeklyHoursCheck(worker, about, windows),
        nightLimitCheck(worker, about, windows),
        localCapCheck(worker, about, ground),
        availabilityCheck(worker, about),
      ];
    }),
    question('restriction', { ...days, wardId }, (worker, about) => [restrictionCheck(worker, about)]),
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
