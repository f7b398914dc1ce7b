import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { at } from '../kernel/examples.ts';
import { dayMs, hourMs, minuteMs } from '../kernel/interval.ts';
import { localTimeOf } from '../kernel/local-time.ts';
import { freshnesses } from './facts.ts';
import { agesAt, freshnessOf, lastDueAt, nextDueAt } from './freshness-rules.ts';
import { usualSetting } from './setting-rules.ts';

const rule = usualSetting;
const { dueTimes } = rule;

describe('due times', { timeout: 60_000 }, () => {
  test.each<[string, string, string, string]>([
    // winter: London is at UTC
    ['between two of a day', '2026-11-20T12:00Z', '2026-11-20T10:00Z', '2026-11-20T14:00Z'],
    ['at one: it has come', '2026-11-20T14:00Z', '2026-11-20T14:00Z', '2026-11-20T18:00Z'],
    ['a moment before one', '2026-11-20T13:59:59Z', '2026-11-20T10:00Z', '2026-11-20T14:00Z'],
    ["before the day's first: yesterday's last", '2026-11-20T03:00Z', '2026-11-19T18:00Z', '2026-11-20T10:00Z'],
    ["after the day's last: tomorrow's first", '2026-11-20T23:30Z', '2026-11-20T18:00Z', '2026-11-21T10:00Z'],
    ['over the end of a year', '2027-01-01T00:00Z', '2026-12-31T18:00Z', '2027-01-01T10:00Z'],
    // summer: an hour ahead of UTC, so that the day turns at 23:00 UTC
    ['in summer time', '2026-07-10T09:00Z', '2026-07-10T09:00Z', '2026-07-10T13:00Z'],
    ['after a summer midnight', '2026-07-09T23:30Z', '2026-07-09T17:00Z', '2026-07-10T09:00Z'],
    // 29 March 2026, 01:00 UTC forward; 25 October 2026, 01:00 UTC back
    ['the night the clocks go forward', '2026-03-29T03:00Z', '2026-03-28T18:00Z', '2026-03-29T09:00Z'],
    ['the night the clocks go back', '2026-10-25T03:00Z', '2026-10-24T17:00Z', '2026-10-25T10:00Z'],
  ])('%s', (_, now, last, next) => {
    expect(lastDueAt(dueTimes, at(now))).toBe(at(last));
    expect(nextDueAt(dueTimes, at(now))).toBe(at(next));
  });

  test('a time that the clocks skip is due when they have jumped, one that they repeat is due the first time', () => {
    expect(nextDueAt(['01:30'], at('2026-03-28T12:00Z'))).toBe(at('2026-03-29T01:00Z'));
    expect(nextDueAt(['01:30'], at('2026-10-24T12:00Z'))).toBe(at('2026-10-25T00:30Z'));
    expect(lastDueAt(['01:30'], at('2026-10-25T01:30Z'))).toBe(at('2026-10-25T00:30Z'));
  });

  test('come in any order and any number, and the two sides of an instant belong together', () => {
    const times = fc.uniqueArray(
      fc
        .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
        .map(([h, m]) => `${`${h}`.padStart(2, '0')}:${`${m}`.padStart(2, '0')}`),
      { minLength: 1, maxLength: 6 },
    );
    const instants = fc.integer({ min: at('2025-01-01T00:00Z'), max: at('2029-01-01T00:00Z') });
    fc.assert(
      fc.property(times, instants, (some, now) => {
        const last = lastDueAt(some, now);
        const next = nextDueAt(some, now);
        expect(last <= now && now < next).toBe(true);
        expect(nextDueAt(some, last)).toBe(next);
        expect(lastDueAt([...some].reverse(), now)).toBe(last);
        expect(next - last).toBeLessThanOrEqual(25 * hourMs);
        if (localTimeOf(last) !== '02:00') expect(some).toContain(localTimeOf(last));
      }),
    );
  });
});

describe('freshness', { timeout: 60_000 }, () => {
  test.each<[string, string | null, string, string]>([
    ['never confirmed', null, '2026-11-20T12:00Z', 'stale'],
    ['confirmed since the last due time, under 4 h ago', '2026-11-20T10:05Z', '2026-11-20T13:59Z', 'fresh'],
    ['confirmed at the due time itself', '2026-11-20T10:00Z', '2026-11-20T12:00Z', 'fresh'],
    ['a minute short of 4 h in the evening', '2026-11-20T18:30Z', '2026-11-20T22:29Z', 'fresh'],
    ['4 h ago with nothing due since', '2026-11-20T18:30Z', '2026-11-20T22:30Z', 'ageing'],
    ['through the night until the first due time', '2026-11-20T18:30Z', '2026-11-21T09:59Z', 'ageing'],
    ['due this moment', '2026-11-20T13:30Z', '2026-11-20T14:00Z', 'ageing'],
    ['due under an hour ago, though confirmed just before', '2026-11-20T13:59Z', '2026-11-20T14:59Z', 'ageing'],
    ['due an hour ago', '2026-11-20T13:59Z', '2026-11-20T15:00Z', 'stale'],
    ['due this morning an hour ago', '2026-11-19T18:30Z', '2026-11-20T11:00Z', 'stale'],
    ['stale stays stale when the next is due', '2026-11-20T09:00Z', '2026-11-20T14:10Z', 'stale'],
    ['a week ago, minutes after a due time', '2026-11-13T10:05Z', '2026-11-20T10:05Z', 'stale'],
    ['confirmed after now by another clock', '2026-11-20T12:01Z', '2026-11-20T12:00Z', 'fresh'],
    // 25 October 2026: 18:30 BST on the 24th is 17:30 UTC; 10:00 GMT is the first due time, 16 h 30 later
    ['the night the clocks go back is an hour longer', '2026-10-24T17:30Z', '2026-10-25T09:59Z', 'ageing'],
    ['and its due time comes by London time', '2026-10-24T17:30Z', '2026-10-25T11:00Z', 'stale'],
    // 29 March 2026: 10:00 BST is 09:00 UTC
    ['the night the clocks go forward is an hour shorter', '2026-03-28T18:30Z', '2026-03-29T09:59Z', 'ageing'],
    ['and its due time too', '2026-03-28T18:30Z', '2026-03-29T10:00Z', 'stale'],
  ])('%s', (_, confirmed, now, expected) => {
    expect(freshnessOf(confirmed === null ? null : at(confirmed), rule, at(now))).toBe(expected);
  });

  test("goes by the trust's own due times, hours and grace", () => {
    const own = { dueTimes: ['07:00', '19:00'], freshMinutes: 600, graceMinutes: 120 };
    expect(freshnessOf(at('2026-11-20T07:10Z'), own, at('2026-11-20T17:09Z'))).toBe('fresh');
    expect(freshnessOf(at('2026-11-20T07:10Z'), own, at('2026-11-20T17:10Z'))).toBe('ageing');
    expect(freshnessOf(at('2026-11-20T07:10Z'), own, at('2026-11-20T20:59Z'))).toBe('ageing');
    expect(freshnessOf(at('2026-11-20T07:10Z'), own, at('2026-11-20T21:00Z'))).toBe('stale');
  });

  const instants = fc.integer({ min: at('2026-03-01T00:00Z'), max: at('2026-12-31T00:00Z') });

  test('is only lost as time goes by, and exactly when it was said to be', () => {
    fc.assert(
      fc.property(instants, fc.integer({ min: 0, max: 4 * dayMs }), (confirmedAt, later) => {
        const now = confirmedAt + later;
        const is = freshnessOf(confirmedAt, rule, now);
        const next = agesAt(confirmedAt, rule, now);
        if (next === null) {
          expect(is).toBe('stale');
          expect(freshnessOf(confirmedAt, rule, now + dayMs)).toBe('stale');
          return;
        }
        expect(next).toBeGreaterThan(now);
        expect(freshnessOf(confirmedAt, rule, next - 1)).toBe(is);
        expect(agesAt(confirmedAt, rule, next - 1)).toBe(next);
        expect(agesAt(confirmedAt, rule, next)).not.toBe(next);
        expect(freshnesses.indexOf(freshnessOf(confirmedAt, rule, next))).toBeGreaterThan(freshnesses.indexOf(is));
      }),
    );
    expect(agesAt(null, rule, at('2026-11-20T12:00Z'))).toBeNull();
  });

  test('as rules-beds says it, word by word, where a ward has missed no more than the last due time', () => {
    fc.assert(
      fc.property(instants, fc.integer({ min: 0, max: dayMs }), (confirmedAt, later) => {
        const now = confirmedAt + later;
        const due = lastDueAt(dueTimes, now);
        fc.pre(confirmedAt >= lastDueAt(dueTimes, due - 1));
        const isSince = confirmedAt >= due;
        const expected = isSince && now - confirmedAt < 4 * hourMs ? 'fresh' : isSince || now - due < 60 * minuteMs ? 'ageing' : 'stale';
        expect(freshnessOf(confirmedAt, rule, now)).toBe(expected);
      }),
    );
  });
});
