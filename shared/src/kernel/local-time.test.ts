import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { at } from './examples.ts';
import { dayMs, hourMs, minuteMs } from './interval.ts';
import {
  addDays,
  addMonths,
  daysBetween,
  instantsOf,
  isInForce,
  isRealDay,
  lastLocalDayOf,
  localDayOf,
  localDaysOf,
  localTimeOf,
  mondayOf,
  msBetweenTimes,
  offsetMinutesAt,
  sayDay,
  sayDayBeside,
  sayInstant,
  sayMinutes,
  saySpan,
  sayTime,
  startOfDay,
  weekdayOf,
} from './local-time.ts';

const london = 'Europe/London';

// Temporal asks the same time-zone data by another road. From 1972, since when London has had no odd standard time.
const instants = fc.integer({ min: Date.UTC(1972, 0, 1), max: Date.UTC(2099, 11, 30) });
// The hours around both changes of a year, where everything that can go wrong does.
const nearAChange = fc
  .tuple(fc.integer({ min: 1981, max: 2090 }), fc.constantFrom(2, 9), fc.integer({ min: -30 * 60, max: 30 * 60 }))
  .map(([year, month, minutes]) => {
    const last = new Date(Date.UTC(year, month + 1, 0));
    return last.getTime() - last.getUTCDay() * dayMs + hourMs + minutes * minuteMs;
  });
const moments = fc.oneof(instants, nearAChange);
const days = moments.map(localDayOf);
const zoned = (instant: number) => Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(london);

describe('London days and times agree with Temporal', { timeout: 60_000 }, () => {
  test('offset, day and clock time of any instant', () => {
    fc.assert(
      fc.property(moments, (instant) => {
        const there = zoned(instant);
        expect(offsetMinutesAt(instant)).toBe(there.offsetNanoseconds / 60e9);
        expect(localDayOf(instant)).toBe(there.toPlainDate().toString());
        expect(localTimeOf(instant)).toBe(there.toPlainTime().toString({ smallestUnit: 'minute' }));
      }),
      { numRuns: 2000 },
    );
  });

  test('the start of any day', () => {
    fc.assert(
      fc.property(days, (day) => {
        expect(startOfDay(day)).toBe(Temporal.PlainDate.from(day).toZonedDateTime(london).epochMilliseconds);
      }),
      { numRuns: 1000 },
    );
  });

  test('adding days and months, the days between, weekday and Monday', () => {
    fc.assert(
      fc.property(days, fc.integer({ min: -500, max: 500 }), days, (day, count, other) => {
        const date = Temporal.PlainDate.from(day);
        expect(addDays(day, count)).toBe(date.add({ days: count }).toString());
        expect(addMonths(day, count)).toBe(date.add({ months: count }).toString());
        expect(daysBetween(day, other)).toBe(date.until(other).days);
        expect(weekdayOf(day)).toBe(date.dayOfWeek);
        expect(mondayOf(day)).toBe(date.subtract({ days: date.dayOfWeek - 1 }).toString());
      }),
      { numRuns: 1000 },
    );
  });

  test('every instant that shows a clock time, and no other', () => {
    const times = fc.integer({ min: 0, max: 1439 }).map((minute) => Temporal.PlainTime.from('00:00').add({ minutes: minute }));
    fc.assert(
      fc.property(days, times, (day, time) => {
        const wall = Temporal.PlainDate.from(day).toPlainDateTime(time);
        const found = instantsOf(day, time.toString({ smallestUnit: 'minute' }));
        const either = (['earlier', 'later'] as const).map((disambiguation) => wall.toZonedDateTime(london, { disambiguation }));
        const real = either.filter((candidate) => candidate.toPlainDateTime().equals(wall)).map((candidate) => candidate.epochMilliseconds);
        expect(found).toEqual([...new Set(real)]);
      }),
      { numRuns: 2000 },
    );
  });

  test('the local days of any interval', () => {
    fc.assert(
      fc.property(moments, fc.integer({ min: 1, max: 5 * dayMs }), (start, length) => {
        const interval = { start, end: start + length };
        const found = localDaysOf(interval);
        expect(found[0]).toBe(zoned(start).toPlainDate().toString());
        expect(found.at(-1)).toBe(
          zoned(interval.end - 1)
            .toPlainDate()
            .toString(),
        );
        expect(found.at(-1)).toBe(lastLocalDayOf(interval));
        expect(found).toHaveLength(daysBetween(found[0]!, found.at(-1)!) + 1);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a local time that is missing or happens twice is never guessed', () => {
  test('01:30 does not exist when the clocks go forward', () => expect(instantsOf('2027-03-28', '01:30')).toEqual([]));
  test('01:30 happens twice when they go back, an hour apart', () =>
    expect(instantsOf('2026-10-25', '01:30')).toEqual([at('2026-10-25T00:30Z'), at('2026-10-25T01:30Z')]));
  test('the hour before and the hour after are plain', () => {
    expect(instantsOf('2026-10-25', '00:59')).toEqual([at('2026-10-24T23:59Z')]);
    expect(instantsOf('2026-10-25', '02:00')).toEqual([at('2026-10-25T02:00Z')]);
    expect(instantsOf('2027-03-28', '00:59')).toEqual([at('2027-03-28T00:59Z')]);
    expect(instantsOf('2027-03-28', '02:00')).toEqual([at('2027-03-28T01:00Z')]);
  });
  test.each(['24:00', '7:30', '12:60', '', '12:30:00'])('"%s" is no time', (time) => expect(instantsOf('2026-11-10', time)).toEqual([]));
  test('nor is any time of a day that does not exist', () => expect(instantsOf('2026-02-29', '12:00')).toEqual([]));
});

describe('days', () => {
  test.each([
    ['2028-02-29', true],
    ['2026-02-29', false],
    ['2100-02-29', false],
    ['2026-13-01', false],
    ['2026-04-31', false],
    ['2026-00-10', false],
    ['2026-1-10', false],
    ['9999-12-31', true],
    ['0000-01-01', false],
    ['20260110', false],
    ['2026-01-10 ', false],
  ])('is %s a day? %s', (text, real) => expect(isRealDay(text)).toBe(real));

  test.each([
    ['2024-02-29', 12, '2025-02-28'],
    ['2024-02-29', 48, '2028-02-29'],
    ['2026-08-31', 6, '2027-02-28'],
    ['2026-01-31', 1, '2026-02-28'],
    ['2026-12-31', 12, '2027-12-31'],
    ['2026-12-15', 1, '2027-01-15'],
    ['2026-03-31', -1, '2026-02-28'],
  ])('%s and %i months is %s', (day, count, then) => expect(addMonths(day, count)).toBe(then));

  test('an end at midnight belongs to the day before', () => {
    const evening = { start: at('2026-11-10T12:00Z'), end: at('2026-11-11T00:00Z') };
    expect(localDaysOf(evening)).toEqual(['2026-11-10']);
    expect(localDaysOf({ ...evening, end: evening.end + 1 })).toEqual(['2026-11-10', '2026-11-11']);
  });

  test('in summer midnight is 23:00 UTC', () => {
    expect(localDayOf(at('2026-07-10T22:59Z'))).toBe('2026-07-10');
    expect(localDayOf(at('2026-07-10T23:00Z'))).toBe('2026-07-11');
  });

  test('something dated is in force on its first and its last day', () => {
    const dated = { fromDay: '2026-11-10', untilDay: '2026-11-12' };
    expect(['2026-11-09', '2026-11-10', '2026-11-12', '2026-11-13'].map((day) => isInForce(dated, day))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(isInForce({ fromDay: null, untilDay: null }, '2026-11-10')).toBe(true);
  });

  test('a number that is no instant is refused, not remembered', () => expect(() => offsetMinutesAt(NaN)).toThrow(RangeError));
});

describe('elapsed time between clock times', () => {
  const night = (start: string, end: string) => msBetweenTimes({ start: at(start), end: at(end) }, -60, 360) / minuteMs;
  test('a winter night has 7 h between 23:00 and 06:00', () => expect(night('2026-11-10T20:00Z', '2026-11-11T08:00Z')).toBe(420));
  test('8 h when the clocks go back', () => expect(night('2026-10-24T19:00Z', '2026-10-25T08:00Z')).toBe(480));
  test('6 h when they go forward', () => expect(night('2027-03-27T20:00Z', '2027-03-28T07:00Z')).toBe(360));
  test('a duty that starts at 02:00 has 4 h of it', () => expect(night('2026-11-11T02:00Z', '2026-11-11T10:00Z')).toBe(240));
  test('a day has none', () => expect(night('2026-11-10T06:00Z', '2026-11-10T23:00Z')).toBe(0));
  test('two days have two nights', () => expect(night('2026-11-10T12:00Z', '2026-11-12T12:00Z')).toBe(840));
});

describe('times as people say them', () => {
  test('days', () => {
    expect(sayDay('2026-11-28')).toBe('Sat 28 Nov');
    expect(sayDay('2026-11-08', true)).toBe('Sun 8 Nov 2026');
    expect(sayDayBeside('2026-11-28', '2026-01-01')).toBe('Sat 28 Nov');
    expect(sayDayBeside('2027-03-31', '2026-11-28')).toBe('Wed 31 Mar 2027');
  });

  test.each([
    [0, '0 min'],
    [45, '45 min'],
    [60, '1 h'],
    [450, '7 h 30 min'],
    [720, '12 h'],
    [659.9, '10 h 59 min'],
  ])('%s minutes are "%s"', (minutes, said) => expect(sayMinutes(minutes)).toBe(said));

  test.each([
    ['2026-11-28T20:00Z', '2026-11-29T08:00Z', 'Sat 28 Nov, 20:00–08:00 (12 h)'],
    ['2026-11-28T07:30Z', '2026-11-28T15:00Z', 'Sat 28 Nov, 07:30–15:00 (7 h 30 min)'],
    ['2026-10-24T19:00Z', '2026-10-25T08:00Z', 'Sat 24 Oct, 20:00–08:00 (13 h, clocks go back)'],
    ['2027-03-27T20:00Z', '2027-03-28T07:00Z', 'Sat 27 Mar, 20:00–08:00 (11 h, clocks go forward)'],
    ['2026-10-24T22:00Z', '2026-10-25T00:30Z', 'Sat 24 Oct, 23:00–01:30 BST (2 h 30 min)'],
    ['2026-10-24T22:00Z', '2026-10-25T01:30Z', 'Sat 24 Oct, 23:00–01:30 GMT (3 h 30 min, clocks go back)'],
    ['2026-11-28T20:00Z', '2026-11-30T08:00Z', 'Sat 28 Nov, 20:00 – Mon 30 Nov, 08:00 (36 h)'],
  ])('from %s to %s is "%s"', (start, end, said) => expect(saySpan({ start: at(start), end: at(end) })).toBe(said));

  test('with the year when asked', () => {
    expect(saySpan({ start: at('2026-11-28T20:00Z'), end: at('2026-11-29T08:00Z') }, true)).toBe('Sat 28 Nov 2026, 20:00–08:00 (12 h)');
    expect(sayInstant(at('2026-07-04T12:00Z'))).toBe('Sat 4 Jul, 13:00');
    expect(sayInstant(at('2026-07-04T12:00Z'), true)).toBe('Sat 4 Jul 2026, 13:00');
  });

  test('only the hour that happens twice names its clock', () => {
    expect(sayTime(at('2026-10-25T00:00Z'))).toBe('01:00 BST');
    expect(sayTime(at('2026-10-25T01:00Z'))).toBe('01:00 GMT');
    expect(sayTime(at('2026-10-24T23:59Z'))).toBe('00:59');
    expect(sayTime(at('2026-10-25T02:00Z'))).toBe('02:00');
    expect(sayTime(at('2027-03-28T01:00Z'))).toBe('02:00');
  });
});
