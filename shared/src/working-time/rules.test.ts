import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hourMs, overlaps } from '../kernel/interval.ts';
import { aDuty, aShift, at, aWorker } from '../kernel/examples.ts';
import { availabilityCheck, dutiesOf, overlapCheck, workedMinutesOf } from './rules.ts';

// 07:30–19:30 on 10 November.
const shift = aShift();
const withDuties = (...duties: ReturnType<typeof aDuty>[]) => aWorker({ duties: dutiesOf(duties, []) });

describe('overlap', () => {
  test.each([
    ['ends as the shift starts', '2026-11-10T05:30Z', 2, 'pass'],
    ['ends a minute into it', '2026-11-10T05:31Z', 2, 'fail'],
    ['starts a minute before its end', '2026-11-10T19:29Z', 8, 'fail'],
    ['starts as it ends', '2026-11-10T19:30Z', 8, 'pass'],
    ['lies inside it', '2026-11-10T12:00Z', 1, 'fail'],
    ['lies around it', '2026-11-10T00:00Z', 24, 'fail'],
    ['is the same time', '2026-11-10T07:30Z', 12, 'fail'],
  ])('a duty that %s', (_, start, hours, result) => expect(overlapCheck(withDuties(aDuty(start, hours)), shift).result).toBe(result));

  test('training overlaps, leave never does', () => {
    expect(overlapCheck(withDuties(aDuty(shift.start, 12, { kind: 'training' })), shift).result).toBe('fail');
    expect(overlapCheck(withDuties(aDuty(shift.start, 12, { kind: 'leave' })), shift).result).toBe('pass');
  });

  test('the sentence says when and never where; the evidence says both', () => {
    const check = overlapCheck(withDuties(aDuty('2026-11-09T20:00Z', 12, { id: 'd', where: 'Ward 5', trust: 'TAD' })), shift);
    expect(check.sentence).toBe('Already has work at that time: Mon 9 Nov, 20:00–08:00 (12 h).');
    expect(check.evidence).toEqual([
      { what: 'roster', id: 'd', from: '2026-11-09T20:00:00.000Z', until: '2026-11-10T08:00:00.000Z', detail: 'duty, Ward 5' },
    ]);
  });

  test('is symmetric', () => {
    const time = fc.tuple(fc.integer({ min: 0, max: 48 }), fc.integer({ min: 1, max: 24 })).map(([start, hours]) => {
      return { start: shift.start + start * hourMs, end: shift.start + (start + hours) * hourMs };
    });
    fc.assert(
      fc.property(time, time, (a, b) => {
        const one = overlapCheck(withDuties({ ...aDuty(a.start, 1), ...a }), b).result;
        const other = overlapCheck(withDuties({ ...aDuty(b.start, 1), ...b }), a).result;
        expect(one).toBe(other);
        expect(one === 'fail').toBe(overlaps(a, b));
      }),
    );
  });
});

describe('a roster row and a booking of the same ward, start and end are one duty', () => {
  const booking = aDuty(shift.start, 12, { id: 'booking', source: 'booking', wardId: 'becklin/ward-5' });
  const row = (change: object) => aDuty(shift.start, 12, { id: 'row', wardId: 'becklin/ward-5', ...change });
  const ids = (...roster: ReturnType<typeof aDuty>[]) => dutiesOf(roster, [booking]).map((duty) => duty.id);

  test('the booking stands for both', () => expect(ids(row({}))).toEqual(['booking']));
  test.each([
    ['ward', { wardId: 'the-dales/elmdale' }],
    ['place without a ward', { wardId: null }],
    ['start', { start: shift.start - 60_000 }],
    ['end', { end: shift.end + 60_000 }],
  ])('another %s is another duty', (_, change) => expect(ids(row(change))).toHaveLength(2));
  test('deciding a booking afresh leaves it out, and its roster row with it', () => {
    const other = row({ id: 'other', wardId: 'the-dales/elmdale' });
    expect(dutiesOf([row({}), other], [booking], 'booking').map((duty) => duty.id)).toEqual(['other']);
    expect(dutiesOf([row({}), other], [booking], 'another')).toHaveLength(2);
  });
  test('leave on a booked day stays leave', () => expect(ids(row({ kind: 'leave' }))).toHaveLength(2));
  test('two rows without a ward stay two', () => expect(dutiesOf([row({ wardId: null })], [{ ...booking, wardId: null }])).toHaveLength(2));

  test('they come in order of start, whatever order they were in', () => {
    const late = aDuty('2026-11-20T08:00Z', 8, { id: 'late' });
    const early = aDuty('2026-11-01T08:00Z', 8, { id: 'early' });
    expect(ids(late, early)).toEqual(['early', 'booking', 'late']);
    // By when they begin, and not by when they end; where both are the same, always alike.
    const long = aDuty('2026-11-01T07:00Z', 500, { id: 'long' });
    const short = aDuty('2026-11-01T07:00Z', 4, { id: 'short' });
    expect(ids(late, short, early, long)).toEqual(['short', 'long', 'early', 'booking', 'late']);
    const twins = [aDuty('2026-11-02T08:00Z', 8, { id: 'b', wardId: 'x' }), aDuty('2026-11-02T08:00Z', 8, { id: 'a', wardId: 'y' })];
    for (const order of [twins, twins.toReversed()]) expect(ids(...order)).toEqual(['a', 'b', 'booking']);
  });
});

describe('worked time', () => {
  test('is the length less the unpaid break', () => expect(workedMinutesOf(aDuty(shift.start, 12, { breakMinutes: 60 }))).toBe(660));
  test('is never below nothing', () => expect(workedMinutesOf(aDuty(shift.start, 1, { breakMinutes: 90 }))).toBe(0));
  test('is elapsed: a night on the October change is 13 h', () =>
    expect(workedMinutesOf({ start: at('2026-10-24T19:00Z'), end: at('2026-10-25T08:00Z'), breakMinutes: 0 })).toBe(780));
});

describe('availability warns and never forbids', () => {
  test('marked as not available', () => {
    const marked = (start: string, end: string) => aWorker({ unavailable: [{ id: 'u', start: at(start), end: at(end) }] });
    expect(availabilityCheck(marked('2026-11-10T00:00Z', '2026-11-11T00:00Z'), shift).result).toBe('warn');
    expect(availabilityCheck(marked('2026-11-10T00:00Z', '2026-11-10T07:30Z'), shift).result).toBe('pass');
    expect(availabilityCheck(marked('2026-11-10T19:30Z', '2026-11-11T00:00Z'), shift).result).toBe('pass');
    expect(availabilityCheck(marked('2026-11-10T19:29Z', '2026-11-11T00:00Z'), shift).result).toBe('warn');
  });
  test('on leave', () => {
    const check = availabilityCheck(withDuties(aDuty('2026-11-10T00:00Z', 24, { id: 'l', kind: 'leave' })), shift);
    expect(check).toMatchObject({ result: 'warn', sentence: 'Is on leave at that time, but may still accept.', fix: expect.any(String) });
    expect(check.evidence[0]?.id).toBe('l');
  });
  test('work at that time is overlap’s, not availability’s', () =>
    expect(availabilityCheck(withDuties(aDuty(shift.start, 12)), shift).result).toBe('pass'));
});
