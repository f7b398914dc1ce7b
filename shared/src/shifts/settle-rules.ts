import type { Check, Decision } from '../kernel/decision.ts';
import { dayMs, type Instant } from '../kernel/interval.ts';
import type { ShiftFacts } from './facts.ts';
import { decisionForHost } from './rules.ts';

/** A booked shift as its booking is decided afresh: waves and preferences say who may take it when, and not who may go on holding it. */
export const heldShift = (shift: ShiftFacts): ShiftFacts => ({ ...shift, waves: null, preferred: null });

/** The checks for which a booking doesn't stand: those that fail, and those to override that its last yes didn't override. */
export function inTheWay(fresh: Decision, accepted: Decision): Check[] {
  const overridden = new Set(accepted.checks.filter((check) => check.result === 'override').map((check) => check.code));
  return fresh.checks.filter((check) => check.result === 'fail' || (check.result === 'override' && !overridden.has(check.code)));
}

const asSentence = (words: string) => (/[.!?]$/.test(words.trim()) ? words.trim() : `${words.trim()}.`);

/**
 * Why a booking has to be looked at again: what happened, then the sentence of each check in the way.
 * @param host given, the words are those a host may read: one elsewhere isn't told where somebody's other hours go (quality, section 4)
 */
export function reviewReason(because: string, fresh: Decision, accepted: Decision, host?: { sameTrust: boolean }): string {
  const shown = host ? decisionForHost(fresh, host) : fresh;
  const sentences = inTheWay(fresh, accepted).flatMap((check) => {
    const same = shown.checks.find((one) => one.code === check.code) ?? shown.checks.find((one) => one.code === 'not-available');
    return same?.sentence ?? [];
  });
  return [asSentence(because), ...new Set(sentences)].join(' ');
}

/**
 * When a booking made, kept or looked at `now` is next decided again by the clock: a day before its shift starts, then at the start; null
 * once it has started (issue of safe sharing, 6: "24 h before a shift and at its start").
 */
export function nextCheckAt(start: Instant, now: Instant): Instant | null {
  if (now < start - dayMs) return start - dayMs;
  return now < start ? start : null;
}

/** What keeping a booking under review would take, with the reason in words where it may not be kept. */
export interface Keep {
  may: boolean;
  because: string;
  /** Rest is cut: say when this person gets it back (Working Time Regulations 1998, reg. 24). */
  needsRest: boolean;
}

/**
 * May a booking under review be kept, by the decision as it would be taken now? Where that is a yes, or one the ward may override with a
 * reason; never where a check fails (rules-staffing, section 3).
 */
export function keepOf(fresh: Decision): Keep {
  const overrides = fresh.checks.filter((check) => check.result === 'override');
  const needsRest = overrides.some((check) => check.code.endsWith('-rest') || check.code === 'not-available');
  if (fresh.outcome === 'eligible') return { may: true, because: 'Every check passes again.', needsRest: false };
  if (fresh.outcome === 'override') {
    return { may: true, because: `It may be kept with a reason: ${overrides.map((check) => check.sentence).join(' ')}`, needsRest };
  }
  const failing = fresh.checks.filter((check) => check.result === 'fail');
  return { may: false, because: `It cannot be kept: ${failing.map((check) => check.sentence).join(' ')}`, needsRest };
}
