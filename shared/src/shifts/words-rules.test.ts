import { describe, expect, test } from 'vitest';
import type { Check } from '../kernel/decision.ts';
import type { WardLine } from '../places/contract.ts';
import { roles } from '../workers/facts.ts';
import {
  countOfRole,
  dayHeadingOf,
  firstHurdle,
  hoursOf,
  hoursWords,
  isNight,
  kmOf,
  lengthOf,
  opensWords,
  pmvaWords,
  sayWhen,
  trustWords,
  untilWords,
  wardPlaceOf,
  whenOf,
} from './words-rules.ts';

const now = Date.parse('2026-11-27T14:00:00Z');
const timed = (startsAt: string, endsAt: string) => ({ startsAt, endsAt });
const tonight = timed('2026-11-27T20:00:00Z', '2026-11-28T08:00:00Z');

describe('when', () => {
  test('is said as people say it', () => {
    expect(whenOf(tonight)).toBe('Fri 27 Nov, 20:00–08:00 (12 h)');
    expect(hoursOf(tonight)).toBe('20:00–08:00');
    expect(lengthOf(tonight)).toBe('12 h');
  });

  test('across the October change a night is an hour longer, and says why', () => {
    const night = timed('2026-10-24T19:00:00Z', '2026-10-25T08:00:00Z');
    expect(hoursOf(night)).toBe('20:00–08:00');
    expect(lengthOf(night)).toBe('13 h, clocks go back');
  });

  test('a heading is by the local day: tonight from six in the evening, and midnight belongs to tomorrow', () => {
    expect(dayHeadingOf(tonight, now)).toBe('Tonight');
    expect(dayHeadingOf(timed('2026-11-27T17:59:00Z', '2026-11-27T22:00:00Z'), now)).toBe('Today');
    expect(dayHeadingOf(timed('2026-11-28T00:00:00Z', '2026-11-28T07:00:00Z'), now)).toBe('Tomorrow, Sat 28 Nov');
    expect(dayHeadingOf(timed('2026-11-29T07:00:00Z', '2026-11-29T15:00:00Z'), now)).toBe('Sun 29 Nov');
    // 23:30 UTC in June is half past midnight here
    expect(dayHeadingOf(timed('2026-06-01T23:30:00Z', '2026-06-02T06:00:00Z'), Date.parse('2026-06-02T08:00:00Z'))).toBe('Today');
  });

  test('how long until then rounds to what one plans by', () => {
    expect(untilWords(now + 25 * 60_000, now)).toBe('in 25 min');
    expect(untilWords(now + 6 * 3_600_000, now)).toBe('in 6 h');
    expect(untilWords(now + 119 * 60_000, now)).toBe('in 119 min');
    expect(untilWords(now + 120 * 60_000, now)).toBe('in 2 h');
    expect(untilWords(now + 47.4 * 3_600_000, now)).toBe('in 47 h');
    expect(untilWords(now + 47.5 * 3_600_000, now)).toBe('in 48 h');
    expect(untilWords(now + 48 * 3_600_000, now)).toBe('in 2 days');
    expect(untilWords(now - 60_000, now)).toBe('in 0 min');
    expect(untilWords(now + 72 * 3_600_000, now)).toBe('in 3 days');
    expect(untilWords(now - 1, now)).toBe('in 0 min');
  });
});

test('a night holds three hours or more of 23:00 to 06:00', () => {
  expect(isNight(tonight)).toBe(true);
  expect(isNight(timed('2026-11-27T13:30:00Z', '2026-11-27T21:30:00Z'))).toBe(false);
  expect(isNight(timed('2026-11-27T20:00:00Z', '2026-11-28T02:00:00Z'))).toBe(true);
  expect(isNight(timed('2026-11-27T20:00:00Z', '2026-11-28T01:59:00Z'))).toBe(false);
  // An early start counts what is left of the night before
  expect(isNight(timed('2026-11-27T03:00:00Z', '2026-11-27T11:00:00Z'))).toBe(true);
  expect(isNight(timed('2026-11-27T03:01:00Z', '2026-11-27T11:00:00Z'))).toBe(false);
});

test('numbers read as words do', () => {
  expect(kmOf(null)).toBeNull();
  expect(kmOf(0.4)).toBe('under 1 km');
  expect(kmOf(4)).toBe('4 km');
  expect(hoursWords(46 * 60 + 59)).toBe('46 h');
  expect(hoursWords(90)).toBe('1 h 30 min');
  expect([599, 600, 659].map(hoursWords)).toEqual(['9 h 59 min', '10 h', '10 h']);
  expect(hoursWords(-5)).toBe('0 min');
  expect(countOfRole(1, 'rmn')).toBe('1 mental-health nurse');
  expect(countOfRole(3, 'hcsw')).toBe('3 support workers');
  expect(pmvaWords({ pmva: { count: 1, minimum: 3 } })).toBe('PMVA team 1 of 3');
  expect(pmvaWords({ pmva: { count: 1, minimum: null } })).toBe('PMVA team 1, and the ward sets no minimum');
  expect([0, 1, 2].map((opensBeds) => opensWords({ opensBeds }))).toEqual([null, 'Opens a bed', 'Opens 2 beds']);
  for (const role of roles) expect(countOfRole(2, role)).toBe(`2 ${countOfRole(1, role).slice(2)}s`);
});

test('trusts go by the part of the name that tells them apart', () => {
  expect(trustWords('Leeds and York Partnership NHS Foundation Trust')).toBe('Leeds and York Partnership');
  expect(trustWords('Leeds Community Healthcare NHS Trust')).toBe('Leeds Community Healthcare');
  expect(trustWords('Cygnet')).toBe('Cygnet');
  const ward = { trustName: 'Leeds and York Partnership NHS Foundation Trust', place: 'Leeds' } as WardLine;
  expect(wardPlaceOf(ward)).toBe('Leeds · Leeds and York Partnership');
  expect(wardPlaceOf({ ...ward, place: null })).toBe('Leeds and York Partnership');
});

test('the hurdle named on a card is one that blocks, before one that asks', () => {
  const check = (code: string, result: Check['result']): Check => ({ code, result, sentence: code, evidence: [] });
  const hurdle = (...checks: Check[]) => firstHurdle({ decision: { outcome: 'blocked', checks } })?.code;
  expect(hurdle(check('bank', 'pass'), check('daily-rest', 'override'), check('role', 'fail'))).toBe('role');
  expect(hurdle(check('availability', 'warn'), check('daily-rest', 'override'))).toBe('daily-rest');
  expect(hurdle(check('bank', 'pass'))).toBeUndefined();
});

test('evidence holds days and instants, and both are said', () => {
  expect(sayWhen('2026-11-28')).toBe('Sat 28 Nov 2026');
  expect(sayWhen('2026-11-28T20:00:00Z')).toBe('Sat 28 Nov 2026, 20:00');
});
