import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hourMs, minuteMs, overlaps } from '../kernel/interval.ts';
import type { Interval } from '../kernel/interval.ts';
import { aDuty, aShift, at, aWorker } from '../kernel/examples.ts';
import type { DutyFact } from './facts.ts';
import { dailyRestCheck, mustEndBy, restedAt, weeklyRestCheck } from './rest-rules.ts';
import { dutiesOf } from './rules.ts';

const shift = aShift();
const withDuties = (...duties: DutyFact[]) => aWorker({ duties: dutiesOf(duties, []) });
const daily = (...duties: DutyFact[]) => dailyRestCheck(withDuties(...duties), shift);

test('what a passport says of rest is what the check says: a minute either side of it differs', () => {
  const before = aDuty(shift.start - 30 * hourMs, 10);
  const after = aDuty(shift.end + 20 * hourMs, 8);
  const worker = withDuties(before, after);
  const result = (start: number, end: number) => dailyRestCheck(worker, { start, end }).result;
  const [from, until] = [restedAt(before.end), mustEndBy(after.start)];
  expect([result(from, until), result(from - minuteMs, until), result(from, until + minuteMs)]).toEqual(['pass', 'override', 'override']);
});

describe('daily rest of 11 h', () => {
  test.each([
    ['11:00 before', '2026-11-09T12:30Z', 8, 'pass'],
    ['10:59 before', '2026-11-09T12:31Z', 8, 'override'],
    ['none before: the duty’s end touches', '2026-11-09T23:30Z', 8, 'override'],
    ['none after: the shift’s end touches', '2026-11-10T19:30Z', 8, 'override'],
    ['11:00 after', '2026-11-11T06:30Z', 8, 'pass'],
    ['10:59 after', '2026-11-11T06:29Z', 8, 'override'],
    ['an overlap, which is not rest’s affair', '2026-11-10T12:00Z', 12, 'pass'],
  ])('%s', (_, start, hours, result) => expect(daily(aDuty(start, hours)).result).toBe(result));

  test('leave is no duty and training is', () => {
    expect(daily(aDuty('2026-11-09T12:31Z', 8, { kind: 'leave' })).result).toBe('pass');
    expect(daily(aDuty('2026-11-09T12:31Z', 8, { kind: 'training' })).result).toBe('override');
  });

  test('all trusts count together', () => expect(daily(aDuty('2026-11-09T12:31Z', 8, { trust: 'TAD' })).result).toBe('override'));

  test('the longest of the earlier duties is the one that ends last', () => {
    // Started first, ends last: looking only at the latest start would miss it.
    expect(daily(aDuty('2026-11-09T08:00Z', 20), aDuty('2026-11-09T09:00Z', 2)).result).toBe('override');
  });

  test('across the October change a rest by the clock of 11 h is 12 h', () => {
    const after = aShift({ start: at('2026-10-25T07:00Z'), end: at('2026-10-25T19:00Z') });
    const until = (end: string) => withDuties({ ...aDuty('2026-10-24T08:00Z', 8), end: at(end) });
    // 20:00 to 07:00 by the clock.
    expect(dailyRestCheck(until('2026-10-24T19:00Z'), after).result).toBe('pass');
    expect(dailyRestCheck(until('2026-10-24T20:00Z'), after).result).toBe('pass');
    expect(dailyRestCheck(until('2026-10-24T20:01Z'), after).result).toBe('override');
  });

  test('across the March change a rest by the clock of 11 h is 10 h', () => {
    const after = aShift({ start: at('2027-03-28T06:00Z'), end: at('2027-03-28T18:00Z') });
    const until = (end: string) => withDuties({ ...aDuty('2027-03-27T08:00Z', 8), end: at(end) });
    expect(dailyRestCheck(until('2027-03-27T20:00Z'), after).result).toBe('override');
    expect(dailyRestCheck(until('2027-03-27T19:00Z'), after).result).toBe('pass');
  });

  test('in words, with the duties it rests on', () => {
    const check = daily(aDuty('2026-11-09T12:31Z', 8, { id: 'before' }), aDuty('2026-11-11T05:30Z', 8, { id: 'after' }));
    expect(check.sentence).toBe('Rest is too short: 10 h 59 min before the shift, 10 h after the shift. It must be 11 h.');
    expect(check.evidence.map((item) => item.id)).toEqual(['before', 'after']);
    expect(check.fix).toBe('The ward manager may accept it with a reason and give the rest later.');
    const enough = daily(aDuty('2026-11-09T08:00Z', 8, { id: 'before' }), aDuty('2026-11-11T08:30Z', 8, { id: 'after' }));
    expect([enough.result, ...enough.evidence.map((item) => item.id)]).toEqual(['pass', 'before', 'after']);
  });
});

describe('weekly rest', () => {
  // Duties of 12 h, so many hours between the end of one and the start of the next, the last so long before the shift.
  const before = (gaps: number[]): DutyFact[] => {
    let end = shift.start;
    return gaps.map((gap) => {
      const duty = aDuty(end - (gap + 12) * hourMs, 12);
      end = duty.start;
      return duty;
    });
  };
  const weekly = (...duties: DutyFact[]) => weeklyRestCheck(withDuties(...duties), shift);

  // Work so dense before it, after a rest of 30 h, that only a week's rest can help.
  const earlier = (start: number) => Array.from({ length: 12 }, (_, index) => aDuty(start - (30 + 12 + index * 24) * hourMs, 12));

  test('six days on end are 144 h at most: exactly passes, a minute more does not', () => {
    // The first duty starts 132 h before the shift; the shift ends 12 h later.
    const run = before([12, 12, 12, 12, 12]);
    const from = (start: number) => {
      const first = { ...run.at(-1)!, start };
      return weekly(...run.slice(0, -1), first, ...earlier(start)).result;
    };
    expect(from(shift.end - 144 * hourMs)).toBe('pass');
    expect(from(shift.end - 144 * hourMs - minuteMs)).toBe('override');
  });

  test('a rest of exactly 24 h breaks the run, a minute less does not', () => {
    const dense = Array.from({ length: 12 }, () => 12);
    const run = before([12, 12, 12, 24, ...dense]);
    expect(weekly(...run).result).toBe('pass');
    const late = run.map((duty, index) => (index === 3 ? { ...duty, end: duty.end + minuteMs } : duty));
    expect(weekly(...late).result).toBe('override');
  });

  test('two days together in a fortnight are enough: 288 h at most between rests of 48 h', () => {
    // Twelve duties with 12 h between are 276 h; the 13th makes a run of 300 h.
    const twelve = before(Array.from({ length: 11 }, () => 12));
    expect(weekly(...twelve).result).toBe('pass');
    const first = twelve.at(-1)!;
    const to288 = { ...first, start: shift.end - 288 * hourMs };
    expect(weekly(...twelve.slice(0, -1), to288).result).toBe('pass');
    expect(weekly(...twelve.slice(0, -1), { ...to288, start: to288.start - minuteMs }).result).toBe('override');
  });

  test('only rests of 48 h break the long run', () => {
    const gaps = [12, 12, 12, 12, 12, 12, 12, 48, 12, 12, 12, 12, 12, 12, 12];
    expect(weekly(...before(gaps)).result).toBe('pass');
    const short = before(gaps).map((duty, index) => (index === 7 ? { ...duty, end: duty.end + minuteMs } : duty));
    expect(weekly(...short).result).toBe('override');
  });

  test('the run goes on after the shift', () => {
    const after = Array.from({ length: 6 }, (_, index) => aDuty(shift.end + (12 + index * 24) * hourMs, 12));
    // 12 h of shift and six times 24 h: 156 h, and a fortnight's 288 h still holds.
    expect(weekly(...after).result).toBe('pass');
    expect(weekly(...after, ...before([12, 12, 12, 12, 12, 12])).result).toBe('override');
  });

  test('leave breaks nothing and is no duty', () => {
    const run = before(Array.from({ length: 13 }, () => 12));
    expect(weekly(...run).result).toBe('override');
    expect(weekly(...run.map((duty) => ({ ...duty, kind: 'leave' as const }))).result).toBe('pass');
    expect(weekly(...run, aDuty(shift.start - 12 * hourMs, 12, { kind: 'leave' })).result).toBe('override');
  });

  test('in words', () => {
    const check = weekly(...before(Array.from({ length: 13 }, () => 12)));
    expect(check.sentence).toBe('Would go 324 h without a rest of 24 h (Wed 28 Oct, 07:30 – Tue 10 Nov, 19:30). The most is 144 h.');
  });
});

/** The same two rules asked minute by minute of a picture of who works when: slow, and with nothing in it to get wrong. */
function pictured(duties: readonly DutyFact[], planned: Interval) {
  const margin = 60 * 24 * 60;
  const minute = (instant: number) => (instant - planned.start) / minuteMs + margin;
  const works = new Uint8Array(2 * margin + minute(planned.end));
  for (const duty of [...duties.filter((each) => each.kind !== 'leave'), planned]) {
    for (let index = minute(duty.start); index < minute(duty.end); index++) works[index] = 1;
  }
  const first = minute(planned.start);
  const last = minute(planned.end) - 1;
  const freeFrom = (index: number, step: number) => {
    let free = 0;
    for (; index >= 0 && index < works.length && !works[index]; index += step) free++;
    return index < 0 || index >= works.length ? Infinity : free;
  };
  const edge = (from: number, step: number, rest: number) => {
    let reached = from;
    for (let index = from; ;) {
      while (works[index]) index += step;
      reached = index - step;
      const free = freeFrom(index, step);
      if (free >= rest) return reached;
      index += step * free;
    }
  };
  const runMinutes = (rest: number) => edge(last, 1, rest) - edge(first, -1, rest) + 1;
  return {
    daily: Math.min(freeFrom(first - 1, -1), freeFrom(last + 1, 1)) >= 11 * 60,
    weekly: runMinutes(24 * 60) <= 144 * 60 || runMinutes(48 * 60) <= 288 * 60,
  };
}

describe('rests agree with a picture of every minute', { timeout: 60_000 }, () => {
  const planned = aShift();
  // Half hours and odd minutes, dense enough that long runs happen, up to 26 days either side.
  const duty = fc
    .record({
      start: fc.oneof(
        fc.integer({ min: -26 * 48, max: 26 * 48 }).map((halves) => halves * 30),
        fc.integer({ min: -20_000, max: 20_000 }),
        fc.integer({ min: -20, max: 20 }).map((day) => day * 1440),
      ),
      hours: fc.constantFrom(1, 7.5, 8, 12, 13, 24, 30),
      kind: fc.constantFrom('duty' as const, 'duty' as const, 'training' as const, 'leave' as const),
    })
    .map(({ start, hours, kind }) => aDuty(planned.start + start * minuteMs, hours, { kind }));

  test('daily rest, where nothing overlaps', () => {
    fc.assert(
      fc.property(fc.array(duty, { maxLength: 12 }), (duties) => {
        const apart = duties.filter((each) => each.kind === 'leave' || !overlaps(each, planned));
        const result = dailyRestCheck(aWorker({ duties: dutiesOf(apart, []) }), planned).result;
        expect(result).toBe(pictured(apart, planned).daily ? 'pass' : 'override');
      }),
      { numRuns: 300 },
    );
  });

  // Duties in a row with rests around the figures that matter, on both sides of the shift, and a few anywhere on top.
  const gap = fc.constantFrom(660, 720, 720, 720, 720, 720, 720, 720, 720, 720, 1439, 1440, 1441, 2879, 2880, 2881);
  const side = fc.array(gap, { minLength: 3, maxLength: 16, size: 'max' });
  const chain = fc.tuple(side, side).map(([back, forth]) => {
    const duties: DutyFact[] = [];
    let { start, end } = planned as Interval;
    for (const minutes of back) {
      start -= minutes * minuteMs + 12 * hourMs;
      duties.push(aDuty(start, 12));
    }
    for (const minutes of forth) {
      duties.push(aDuty(end + minutes * minuteMs, 12));
      end += minutes * minuteMs + 12 * hourMs;
    }
    return duties;
  });

  test('weekly rest, with whatever overlaps', () => {
    const seen = { pass: 0, override: 0 };
    fc.assert(
      fc.property(chain, fc.array(duty, { maxLength: 3 }), (inRow, anywhere) => {
        const duties = [...inRow, ...anywhere];
        const result = weeklyRestCheck(aWorker({ duties: dutiesOf(duties, []) }), planned).result;
        expect(result).toBe(pictured(duties, planned).weekly ? 'pass' : 'override');
        seen[result as 'pass' | 'override']++;
      }),
      { numRuns: 400 },
    );
    // The picture proves nothing unless both answers came up.
    expect(Math.min(seen.pass, seen.override)).toBeGreaterThan(20);
  });
});
