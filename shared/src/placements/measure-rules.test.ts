import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDays, daysBetween } from '../kernel/local-time.ts';
import type { Period, Spell } from './facts.ts';
import { isInappropriate, measuresOf, nightsAway, periodsOf, reviewDueOn, spellsJoined } from './measure-rules.ts';

const spell = (receivedOn: string, endedOn: string | null, change: Partial<Spell> = {}): Spell => ({
  requestId: 'a',
  continues: null,
  bedType: '200',
  reasonCode: '10',
  receivedOn,
  startedOn: receivedOn,
  endedOn,
  ...change,
});
const chained = (requestId: string, continues: string, receivedOn: string, endedOn: string | null, change: Partial<Spell> = {}) =>
  spell(receivedOn, endedOn, { requestId, continues, ...change });

const november: Period = { from: '2026-11-01', until: '2026-12-01' };
const february: Period = { from: '2028-02-01', until: '2028-03-01' };
const october: Period = { from: '2026-10-01', until: '2026-11-01' };

describe('the national measures', { timeout: 60_000 }, () => {
  // started, bed days, active at the end, ended
  test.each<[string, Period, Spell[], [number, number, number, number], string]>([
    ['nothing', november, [], [0, 0, 0, 0], 'no line, nothing to count'],
    ['within the month', november, [spell('2026-11-05', '2026-11-15')], [1, 10, 0, 1], 'the day it ended is no bed day'],
    ['open, begun in the month', november, [spell('2026-11-20', null)], [1, 11, 1, 0], '20 to 30 November and the day after the last'],
    ['open, begun before', november, [spell('2026-09-10', null)], [0, 30, 1, 0], 'the whole month'],
    ['open, begun after', november, [spell('2026-12-01', null)], [0, 0, 0, 0], 'the day after the last is outside'],
    ['received on the first day', november, [spell('2026-11-01', '2026-11-03')], [1, 2, 0, 1], 'the first day belongs to it'],
    ['received on the last day', november, [spell('2026-11-30', null)], [1, 1, 1, 0], 'the last day belongs to it and is one bed day'],
    ['received the day before the first', november, [spell('2026-10-31', '2026-11-03')], [0, 2, 0, 1], 'counted from the first day on'],
    ['ended on the first day', november, [spell('2026-10-20', '2026-11-01')], [0, 0, 0, 1], 'ended in it, with no day in it'],
    ['ended on the last day', november, [spell('2026-11-28', '2026-11-30')], [1, 2, 0, 1], 'ended in it, so not active at its end'],
    ['ended the day after the last', november, [spell('2026-11-28', '2026-12-01')], [1, 3, 1, 0], 'still there when it closed'],
    ['ended the day before the first', november, [spell('2026-10-20', '2026-10-31')], [0, 0, 0, 0], 'over before it began'],
    ['from before until after', november, [spell('2026-10-20', '2026-12-20')], [0, 30, 1, 0], 'neither begins nor ends in it'],
    ['begun and ended on one day', november, [spell('2026-11-10', '2026-11-10')], [1, 0, 0, 1], 'a placement without a night'],
    ['reason 11', november, [spell('2026-11-05', '2026-11-15', { reasonCode: '11' })], [0, 0, 0, 0], 'safeguarding is appropriate'],
    ['reason 12', november, [spell('2026-11-05', null, { reasonCode: '12' })], [0, 0, 0, 0], 'offending restrictions are'],
    ['reason 14', november, [spell('2026-11-05', null, { reasonCode: '14' })], [0, 0, 0, 0], 'choice is'],
    ['reason 99', november, [spell('2026-11-05', null, { reasonCode: '99' })], [0, 0, 0, 0], 'what is not known is not counted'],
    ['older adults', november, [spell('2026-11-05', '2026-11-15', { bedType: '201' })], [1, 10, 0, 1], '201 is measured'],
    ['psychiatric intensive care', november, [spell('2026-11-05', '2026-11-15', { bedType: '202' })], [1, 10, 0, 1], '202 is measured'],
    ['eating disorders', november, [spell('2026-11-05', '2026-11-15', { bedType: '203' })], [0, 0, 0, 0], '203 is not'],
    ['low secure', november, [spell('2026-11-05', null, { bedType: '206' })], [0, 0, 0, 0], '206 is not'],
    ['no hospital spell', november, [spell('2026-11-05', null, { startedOn: null })], [0, 0, 0, 0], 'a referral alone is nothing'],
    [
      'admitted days after it was asked for',
      november,
      [spell('2026-11-05', '2026-11-15', { startedOn: '2026-11-08' })],
      [1, 10, 0, 1],
      'it starts on the day the referral was received',
    ],
    [
      'two people',
      november,
      [spell('2026-11-05', '2026-11-15'), spell('2026-11-10', null, { requestId: 'b' })],
      [2, 31, 1, 1],
      'each on their own, though they overlap',
    ],
    [
      'overlap joined',
      november,
      [spell('2026-11-05', '2026-11-15'), chained('b', 'a', '2026-11-10', '2026-11-20')],
      [1, 15, 0, 1],
      'one spell from the 5th to the 20th',
    ],
    [
      'overlap of an open one',
      november,
      [spell('2026-11-05', null), chained('b', 'a', '2026-11-10', '2026-11-20')],
      [1, 26, 1, 0],
      'the first is open still, so the joined one is',
    ],
    [
      'overlap by an open one',
      november,
      [spell('2026-11-05', '2026-11-15'), chained('b', 'a', '2026-11-10', null)],
      [1, 26, 1, 0],
      'the later is open, so the joined one is',
    ],
    [
      'one within the other',
      november,
      [spell('2026-11-05', '2026-11-25'), chained('b', 'a', '2026-11-10', '2026-11-12')],
      [1, 20, 0, 1],
      'the longer one says when it ended',
    ],
    [
      'received on one day',
      november,
      [spell('2026-11-05', '2026-11-05'), chained('b', 'a', '2026-11-05', '2026-11-12')],
      [1, 7, 0, 1],
      'two referrals of one day are one spell, the longer of them',
    ],
    [
      'touching',
      november,
      [spell('2026-11-05', '2026-11-15'), chained('b', 'a', '2026-11-15', '2026-11-20')],
      [2, 15, 0, 2],
      'one had ended when the other was received: nothing overlaps, and no day counts twice',
    ],
    [
      'a gap',
      november,
      [spell('2026-11-05', '2026-11-10'), chained('b', 'a', '2026-11-15', '2026-11-20')],
      [2, 10, 0, 2],
      'the days at home are none',
    ],
    [
      'a chain of three',
      november,
      [spell('2026-11-01', '2026-11-10'), chained('b', 'a', '2026-11-08', '2026-11-16'), chained('c', 'b', '2026-11-14', '2026-11-24')],
      [1, 23, 0, 1],
      'each overlaps the one before: one spell',
    ],
    [
      'a chain of three, the middle apart',
      november,
      [spell('2026-11-01', '2026-11-20'), chained('b', 'a', '2026-11-25', '2026-11-26'), chained('c', 'b', '2026-11-10', '2026-11-22')],
      [2, 22, 0, 2],
      'the first and the third overlap, whatever order they continue in',
    ],
    [
      'a chain over a line that is not measured',
      november,
      [
        spell('2026-11-01', '2026-11-20'),
        chained('b', 'a', '2026-11-05', null, { reasonCode: '14' }),
        chained('c', 'b', '2026-11-10', '2026-11-22'),
      ],
      [1, 21, 0, 1],
      'choice lengthens nothing, and the chain goes through it',
    ],
    [
      'a chain whose first has no hospital spell',
      november,
      [spell('2026-11-01', null, { startedOn: null }), chained('b', 'a', '2026-11-05', '2026-11-10')],
      [1, 5, 0, 1],
      'a referral alone lengthens nothing',
    ],
    [
      'joined over the start of the month',
      november,
      [spell('2026-10-20', '2026-11-05'), chained('b', 'a', '2026-11-03', '2026-11-10')],
      [0, 9, 0, 1],
      'it began in October, as one',
    ],
    [
      'the same, in October',
      october,
      [spell('2026-10-20', '2026-11-05'), chained('b', 'a', '2026-11-03', '2026-11-10')],
      [1, 12, 1, 0],
      'and is active at the end of October',
    ],
    ['a leap day', february, [spell('2028-02-20', null)], [1, 10, 1, 0], '20 to 29 February'],
    ['ended on a leap day', february, [spell('2028-02-20', '2028-02-29')], [1, 9, 0, 1], 'the leap day is the last of the month'],
    [
      'over the clocks going back',
      october,
      [spell('2026-10-24', '2026-10-27')],
      [1, 3, 0, 1],
      'days are days of the calendar, not of 24 hours',
    ],
  ])('%s', (_, period, spells, [started, bedDays, activeAtEnd, ended]) => {
    expect(measuresOf(spells, period)).toEqual({ started, bedDays, activeAtEnd, ended });
    expect(measuresOf([...spells].reverse(), period)).toEqual({ started, bedDays, activeAtEnd, ended });
  });

  test('spells of the same days stand by their requests', () => {
    const [a, b] = [spell('2026-11-10', '2026-11-12'), spell('2026-11-10', '2026-11-12', { requestId: 'b' })];
    for (const order of [
      [a, b],
      [b, a],
    ])
      expect(spellsJoined(order).map((one) => one.requestIds)).toEqual([['a'], ['b']]);
  });

  test('of a period under way count bed days up to today, and nobody who is yet to leave as gone', () => {
    const spells = [spell('2026-11-10', null), spell('2026-10-01', '2026-11-05', { requestId: 'b' })];
    expect(measuresOf(spells, november, '2026-11-20')).toEqual({ started: 1, bedDays: 14, activeAtEnd: 1, ended: 1 });
    expect(measuresOf(spells, november, '2027-03-01')).toEqual(measuresOf(spells, november));
  });

  test('over months that follow one another the days add up, and who is there goes over from one to the next', () => {
    const days = fc.integer({ min: -60, max: 120 }).map((count) => addDays('2026-10-01', count));
    const some = fc.array(
      fc.record({
        received: days,
        nights: fc.option(fc.nat(60)),
        continues: fc.option(fc.nat(5)),
        reason: fc.constantFrom('10', '10', '11'),
      }),
      {
        maxLength: 8,
      },
    );
    fc.assert(
      fc.property(some, (made) => {
        const spells = made.map(({ received, nights, continues, reason }, at) =>
          spell(received, nights === null ? null : addDays(received, nights), {
            requestId: `r${at}`,
            continues: continues === null ? null : `r${continues}`,
            reasonCode: reason,
          }),
        );
        const two = [measuresOf(spells, october), measuresOf(spells, november)];
        const whole = measuresOf(spells, { from: october.from, until: november.until });
        expect(two[0]!.bedDays + two[1]!.bedDays).toBe(whole.bedDays);
        expect(two[0]!.started + two[1]!.started).toBe(whole.started);
        expect(two[0]!.activeAtEnd + two[1]!.started - two[1]!.ended).toBe(two[1]!.activeAtEnd);
        const alone = spells
          .filter((each) => each.reasonCode === '10')
          .reduce((sum, each) => sum + measuresOf([{ ...each, continues: null }], october).bedDays, 0);
        expect(two[0]!.bedDays).toBeLessThanOrEqual(alone);
        expect(
          spellsJoined(spells)
            .flatMap((each) => each.requestIds)
            .sort(),
        ).toEqual(
          spells
            .filter((each) => each.reasonCode === '10')
            .map((each) => each.requestId)
            .sort(),
        );
      }),
    );
  });
});

test('requests that continue one another in a ring end the search, and each counts once', () => {
  const ring = [chained('a', 'b', '2026-11-01', '2026-11-10'), chained('b', 'a', '2026-11-05', '2026-11-12')];
  expect(
    spellsJoined(ring)
      .map((each) => each.requestIds.length)
      .reduce((a, b) => a + b),
  ).toBe(2);
});

describe('periods', { timeout: 60_000 }, () => {
  test.each<['month' | 'quarter' | 'year', string, number, string[], string]>([
    ['month', '2026-11-20', 13, ['2026-11-01', '2026-12-01', '2026-10-01', '2026-11-01'], '2025-11-01'],
    ['month', '2027-01-31', 13, ['2027-01-01', '2027-02-01', '2026-12-01', '2027-01-01'], '2026-01-01'],
    ['quarter', '2026-11-20', 8, ['2026-10-01', '2027-01-01', '2026-07-01', '2026-10-01'], '2025-01-01'],
    ['quarter', '2026-12-31', 8, ['2026-10-01', '2027-01-01', '2026-07-01', '2026-10-01'], '2025-01-01'],
    ['quarter', '2026-04-01', 8, ['2026-04-01', '2026-07-01', '2026-01-01', '2026-04-01'], '2024-07-01'],
    ['quarter', '2026-03-31', 8, ['2026-01-01', '2026-04-01', '2025-10-01', '2026-01-01'], '2024-04-01'],
    ['year', '2026-11-20', 3, ['2026-04-01', '2027-04-01', '2025-04-01', '2026-04-01'], '2024-04-01'],
    ['year', '2027-03-31', 3, ['2026-04-01', '2027-04-01', '2025-04-01', '2026-04-01'], '2024-04-01'],
    ['year', '2027-04-01', 3, ['2027-04-01', '2028-04-01', '2026-04-01', '2027-04-01'], '2025-04-01'],
  ])('%s on %s', (by, today, count, [from, until, before, beforeUntil], oldest) => {
    const periods = periodsOf(by, today);
    expect(periods).toHaveLength(count);
    expect(periods[0]).toEqual({ from, until, isUnderWay: true });
    expect(periods[1]).toEqual({ from: before, until: beforeUntil, isUnderWay: false });
    expect(periods.at(-1)!.from).toBe(oldest);
  });

  test('follow one another without a gap, and today is in the first', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4000 }),
        fc.constantFrom('month' as const, 'quarter' as const, 'year' as const),
        (count, by) => {
          const today = addDays('2024-02-29', count);
          const periods = periodsOf(by, today);
          expect(periods[0]!.from <= today && today < periods[0]!.until).toBe(true);
          for (const [at, period] of periods.entries()) if (at > 0) expect(period.until).toBe(periods[at - 1]!.from);
          expect(periods.every((period) => daysBetween(period.from, period.until) > 27)).toBe(true);
        },
      ),
    );
  });
});

test('nights away, when a review is due, and what is inappropriate', () => {
  expect(nightsAway('2026-11-01', null, '2026-11-20')).toBe(19);
  expect(nightsAway('2026-11-01', '2026-11-05', '2026-11-20')).toBe(4);
  expect(nightsAway('2026-11-25', null, '2026-11-20')).toBe(0);
  expect(nightsAway(null, null, '2026-11-20')).toBeNull();
  expect(reviewDueOn('2026-11-10', '2026-10-01', 7)).toBe('2026-11-17');
  expect(reviewDueOn(null, '2026-11-10', 7)).toBe('2026-11-17');
  expect(reviewDueOn(null, null, 7)).toBeNull();
  expect(['10', '11', '14', '99'].map(isInappropriate)).toEqual([true, false, false, null]);
});
