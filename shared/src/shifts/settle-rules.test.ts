import { describe, expect, test } from 'vitest';
import { outcomeOf, type Check, type CheckResult, type Decision } from '../kernel/decision.ts';
import { aGround, aShift, at, aWorker, now } from '../kernel/examples.ts';
import { hourMs, minuteMs } from '../kernel/interval.ts';
import { decide } from './rules.ts';
import { heldShift, keepOf, nextCheckAt, reviewReason } from './settle-rules.ts';

const decisionOf = (results: Record<string, CheckResult>): Decision => {
  const checks = Object.entries(results).map(([code, result]): Check => ({
    code,
    result,
    sentence: `${code} says ${result}.`,
    evidence: [],
  }));
  return { outcome: outcomeOf(checks), checks };
};
const yes = decisionOf({ checks: 'pass', 'daily-rest': 'pass', overlap: 'pass' });

describe('why a booking has to be looked at again', () => {
  test('what happened, then every check in the way', () => {
    const fresh = decisionOf({ checks: 'fail', 'daily-rest': 'override', overlap: 'pass' });
    expect(reviewReason('A record was revoked', fresh, yes)).toBe('A record was revoked. checks says fail. daily-rest says override.');
  });
  test('an override its last yes had isn’t in the way', () => {
    const fresh = decisionOf({ checks: 'fail', 'daily-rest': 'override', overlap: 'pass' });
    const agreed = decisionOf({ checks: 'pass', 'daily-rest': 'override', overlap: 'pass' });
    expect(reviewReason('Something changed.', fresh, agreed)).toBe('Something changed. checks says fail.');
  });
  test('a host elsewhere isn’t told where somebody’s other hours go', () => {
    const fresh = decisionOf({ checks: 'pass', 'daily-rest': 'override', overlap: 'fail' });
    expect(reviewReason('A roster changed.', fresh, yes, { sameTrust: false })).toBe('A roster changed. Is not available at that time.');
    expect(reviewReason('A roster changed.', fresh, yes, { sameTrust: true })).toMatch(/daily-rest says override. overlap says fail.$/);
  });
});

test('it is decided again a day before, then at the start, then no more', () => {
  const start = at('2026-11-10T19:00Z');
  const dayBefore = at('2026-11-09T19:00Z');
  const table: [number, number | null][] = [
    [start - 30 * hourMs, dayBefore],
    [dayBefore - 1, dayBefore],
    [dayBefore, start],
    [start - minuteMs, start],
    [start, null],
    [start + hourMs, null],
  ];
  for (const [now, next] of table) expect(nextCheckAt(start, now)).toBe(next);
});

test('it may be kept where every check passes again or may be overridden, never where one fails', () => {
  expect(keepOf(yes)).toMatchObject({ may: true, needsRest: false });
  expect(keepOf(decisionOf({ checks: 'pass', availability: 'warn' }))).toMatchObject({ may: true, needsRest: false });
  const cut = keepOf(decisionOf({ checks: 'pass', 'weekly-rest': 'override' }));
  expect(cut).toEqual({ may: true, needsRest: true, because: 'It may be kept with a reason: weekly-rest says override.' });
  // One cut of rest among other things to be agreed is enough.
  expect(keepOf(decisionOf({ band: 'override', 'weekly-rest': 'override' })).needsRest).toBe(true);
  expect(keepOf(decisionOf({ band: 'override' })).needsRest).toBe(false);
  // As a host elsewhere sees it, rest is folded away, and still has to be given back.
  expect(keepOf(decisionOf({ checks: 'pass', 'not-available': 'override' })).needsRest).toBe(true);
  expect(keepOf(decisionOf({ checks: 'fail', 'daily-rest': 'override' }))).toMatchObject({
    may: false,
    because: 'It cannot be kept: checks says fail.',
  });
});

test('who holds a shift isn’t asked whether it has opened to them yet', () => {
  const later = now + 24 * hourMs;
  const waves = { regularsAt: later, homeTrustAt: later, collaborativeAt: later, regularDuties: 3, regularWeeks: 17 };
  const shift = aShift({ waves, preferred: { workerId: 'somebody-else', until: later } });
  expect(decide(aWorker(), shift, aGround(), now).outcome).toBe('blocked');
  expect(decide(aWorker(), heldShift(shift), aGround(), now).outcome).toBe('eligible');
});
