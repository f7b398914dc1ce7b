import type { Check, Evidence } from '../kernel/decision.ts';
import { hourMs, lengthMinutes, minuteMs, rfc3339 } from '../kernel/interval.ts';
import type { Instant, Interval } from '../kernel/interval.ts';
import { sayInstant, sayMinutes } from '../kernel/local-time.ts';
import type { WorkerFacts } from '../workers/facts.ts';
import type { DutyFact } from './facts.ts';
import { dutyEvidence, isWork } from './rules.ts';

// These are the law's own figures, the same for every trust; what a trust sets is data.
const dailyRestMs = 11 * hourMs;
const withCompensatoryRest = 'The ward manager may accept it with a reason and give the rest later.';

/** The earliest start that keeps the daily rest after a duty that ends at `end` (Working Time Regulations 1998, reg. 10). */
export function restedAt(end: Instant): Instant {
  return end + dailyRestMs;
}

/** The latest end that keeps the daily rest before a duty that starts at `start`. */
export function mustEndBy(start: Instant): Instant {
  return start - dailyRestMs;
}

/**
 * `daily-rest`: at least 11 h elapsed since the previous duty's end and before the next one's start, all trusts together; exactly 11 h
 * passes. Duties that overlap the shift are `overlap`'s. Else override with compensatory rest (Working Time Regulations 1998, reg. 10 and 24).
 */
export function dailyRestCheck(worker: Pick<WorkerFacts, 'duties'>, shift: Interval): Check {
  const code = 'daily-rest';
  let before: DutyFact | null = null;
  let after: DutyFact | null = null;
  for (const duty of worker.duties) {
    if (!isWork(duty)) continue;
    if (duty.end <= shift.start) {
      if (!before || before.end < duty.end) before = duty;
    } else if (duty.start >= shift.end && (!after || duty.start < after.start)) after = duty;
  }
  const restBefore = before ? shift.start - before.end : Infinity;
  const restAfter = after ? after.start - shift.end : Infinity;
  const tooLittle = (rest: number) => rest < dailyRestMs;
  if (!tooLittle(restBefore) && !tooLittle(restAfter)) {
    const evidence = [before, after].filter((duty) => duty !== null).map(dutyEvidence);
    return { code, result: 'pass', sentence: 'Has 11 h of rest before and after the shift.', evidence };
  }
  const short: string[] = [];
  const evidence: Evidence[] = [];
  if (before && tooLittle(restBefore)) {
    short.push(`${sayMinutes(restBefore / minuteMs)} before the shift`);
    evidence.push(dutyEvidence(before));
  }
  if (after && tooLittle(restAfter)) {
    short.push(`${sayMinutes(restAfter / minuteMs)} after the shift`);
    evidence.push(dutyEvidence(after));
  }
  return {
    code,
    result: 'override',
    sentence: `Rest is too short: ${short.join(', ')}. It must be 11 h.`,
    evidence,
    fix: withCompensatoryRest,
  };
}

/**
 * The run of duties around a shift: from the start of the first duty after one uninterrupted rest of at least `restMs` to the end of the
 * last before the next such rest. `duties` are in order of start. A long duty may outlast those that start after it, so a duty that is too
 * early is passed over rather than trusted to end the search.
 */
export function runAround(duties: readonly DutyFact[], shift: Interval, restMs: number): Interval {
  let start: Instant = shift.start;
  let end: Instant = shift.end;
  for (let index = duties.length - 1; index >= 0; index--) {
    const duty = duties[index]!;
    if (duty.start >= shift.start || !isWork(duty) || start - duty.end >= restMs) continue;
    start = Math.min(start, duty.start);
    end = Math.max(end, duty.end);
  }
  for (const duty of duties) {
    if (duty.start < shift.start || !isWork(duty)) continue;
    if (duty.start - end >= restMs) break;
    end = Math.max(end, duty.end);
  }
  return { start, end };
}

// Seven days less one full day's rest, or fourteen less two days together.
const weeklyRest = { restMs: 24 * hourMs, mostMs: 144 * hourMs };
const fortnightlyRest = { restMs: 48 * hourMs, mostMs: 288 * hourMs };

/**
 * `weekly-rest`: the run of duties around the shift, between rests of at least 24 h, is at most 144 h long; or, between rests of at least
 * 48 h, at most 288 h. Else override with compensatory rest (Working Time Regulations 1998, reg. 11 and 24; rules-staffing, section 3).
 */
export function weeklyRestCheck(worker: Pick<WorkerFacts, 'duties'>, shift: Interval): Check {
  const code = 'weekly-rest';
  const run = runAround(worker.duties, shift, weeklyRest.restMs);
  const evidence = [{ what: 'run of work', from: rfc3339(run.start), until: rfc3339(run.end) }];
  if (run.end - run.start <= weeklyRest.mostMs) {
    return { code, result: 'pass', sentence: 'Has a rest of 24 h at least once a week.', evidence };
  }
  const longRun = runAround(worker.duties, shift, fortnightlyRest.restMs);
  if (longRun.end - longRun.start <= fortnightlyRest.mostMs) {
    return { code, result: 'pass', sentence: 'Has a rest of 48 h at least once a fortnight.', evidence };
  }
  return {
    code,
    result: 'override',
    sentence: `Would go ${sayMinutes(lengthMinutes(run))} without a rest of 24 h (${sayInstant(run.start)} – ${sayInstant(run.end)}). The most is 144 h.`,
    evidence,
    fix: withCompensatoryRest,
  };
}
