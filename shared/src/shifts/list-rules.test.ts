import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MyShift } from './contract.ts';
import { groupsOf, stretchesOf, type Group, type Wanted } from './list-rules.ts';

const now = Date.parse('2026-11-27T14:00:00Z');
const all: Wanted = { sort: 'best', withinKm: null, nights: false, myWards: false };

/** As much of a card as the list looks at. */
const card = (id: string, startsAt: string, rest: Partial<MyShift> = {}): MyShift =>
  ({
    id,
    startsAt,
    endsAt: new Date(Date.parse(startsAt) + 8 * 3_600_000).toISOString(),
    distanceKm: 5,
    regular: false,
    preferred: false,
    ...rest,
  }) as MyShift;

const ids = (groups: readonly Group[]) => groups.map(({ heading, shifts }) => [heading, shifts.map((shift) => shift.id).join(' ')]);

describe('a worker’s list', () => {
  const list = [
    card('tonight', '2026-11-27T20:00:00Z', { distanceKm: 12 }),
    card('late-today', '2026-11-27T15:00:00Z', { distanceKm: 3 }),
    card('near-tomorrow', '2026-11-28T13:30:00Z', { distanceKm: 1 }),
    card('mine-tomorrow', '2026-11-28T20:00:00Z', { distanceKm: 30, regular: true }),
    card('unknown', '2026-11-29T07:00:00Z', { distanceKm: null }),
  ];

  test('stands by day, the best of each day first', () => {
    for (const order of [list, list.toReversed()])
      expect(ids(groupsOf(order, all, now))).toEqual([
        ['Today', 'late-today'],
        ['Tonight', 'tonight'],
        ['Tomorrow, Sat 28 Nov', 'mine-tomorrow near-tomorrow'],
        ['Sun 29 Nov', 'unknown'],
      ]);
  });

  test('soonest first is by start', () => {
    for (const order of [list, list.toReversed()])
      expect(ids(groupsOf(order, { ...all, sort: 'soonest' }, now))[2]).toEqual(['Tomorrow, Sat 28 Nov', 'near-tomorrow mine-tomorrow']);
    // Of two that start together the better one.
    const together = [card('a', '2026-11-28T07:00:00Z'), card('b', '2026-11-28T07:00:00Z', { regular: true })];
    for (const order of [together, together.toReversed()])
      expect(ids(groupsOf(order, { ...all, sort: 'soonest' }, now))[0]).toEqual(['Tomorrow, Sat 28 Nov', 'b a']);
  });

  test('nearest first says how near, and a distance that isn’t known comes last', () => {
    expect(ids(groupsOf(list, { ...all, sort: 'nearest' }, now))).toEqual([
      ['Within 5 km', 'near-tomorrow late-today'],
      ['Within 20 km', 'tonight'],
      ['Within 40 km', 'mine-tomorrow'],
      ['Distance not known', 'unknown'],
    ]);
    // Of two as near, or as unknown, the sooner one.
    for (const distanceKm of [3, null]) {
      const alike = [card('later', '2026-11-29T07:00:00Z', { distanceKm }), card('sooner', '2026-11-28T07:00:00Z', { distanceKm })];
      for (const order of [alike, alike.toReversed()])
        expect(ids(groupsOf(order, { ...all, sort: 'nearest' }, now))[0]![1]).toBe('sooner later');
    }
  });

  test('narrowing keeps what fits everything asked for', () => {
    expect(ids(groupsOf(list, { ...all, withinKm: 12 }, now))).toEqual([
      ['Today', 'late-today'],
      ['Tonight', 'tonight'],
      ['Tomorrow, Sat 28 Nov', 'near-tomorrow'],
    ]);
    expect(ids(groupsOf(list, { ...all, nights: true }, now))).toEqual([
      ['Tonight', 'tonight'],
      ['Tomorrow, Sat 28 Nov', 'mine-tomorrow'],
    ]);
    expect(ids(groupsOf(list, { ...all, myWards: true }, now))).toEqual([['Tomorrow, Sat 28 Nov', 'mine-tomorrow']]);
    expect(ids(groupsOf(list, { ...all, nights: true, myWards: true, withinKm: 20 }, now))).toEqual([]);
  });

  test('today’s best may be at night: the headings still stand in the order of the day, each once', () => {
    const three = [
      card('a', '2026-11-27T20:00:00Z', { preferred: true }),
      card('b', '2026-11-27T15:00:00Z'),
      card('c', '2026-11-27T21:00:00Z'),
    ];
    expect(ids(groupsOf(three, all, now))).toEqual([
      ['Today', 'b'],
      ['Tonight', 'a c'],
    ]);
  });
});

test('what just fits stays together, and a stretch is filled before the next begins', () => {
  const groupsOf = (...counts: number[]) =>
    counts.map((count, day) => ({
      heading: `day ${day}`,
      shifts: Array.from({ length: count }, (_, at) => card(`${day}-${at}`, '2026-11-28T07:00:00Z')),
    }));
  const sizes = (...counts: number[]) => stretchesOf(groupsOf(...counts)).map((parts) => parts.map((part) => part.shifts.length));
  expect(sizes(6)).toEqual([[6]]);
  expect(sizes(18)).toEqual([[6], [12]]);
  expect(sizes(6, 4, 8)).toEqual([[6], [4, 8]]);
  expect(sizes(6, 11, 1, 1)).toEqual([[6], [11, 1], [1]]);
  expect(sizes(5, 7, 7)).toEqual([[5], [7], [7]]);
  expect(sizes(6, 5, 10)).toEqual([[6], [5, 6], [4]]);
});

test('stretches hold every card once and in order, six at first and never more than twelve, and cut a day only where two columns and three are full', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 20 }), (counts) => {
      let id = 0;
      const groups = counts.map((count, day) => ({
        heading: `day ${day}`,
        shifts: Array.from({ length: count }, () => card(String(id++), '2026-11-28T07:00:00Z')),
      }));
      const stretches = stretchesOf(groups);
      expect(stretches.flat().flatMap((part) => part.shifts.map((shift) => shift.id))).toEqual(
        groups.flatMap((group) => group.shifts.map((shift) => shift.id)),
      );
      for (const [index, parts] of stretches.entries()) {
        expect(parts.reduce((sum, part) => sum + part.shifts.length, 0)).toBeLessThanOrEqual(index === 0 ? 6 : 12);
        expect(parts.length).toBeGreaterThan(0);
        for (const part of parts) {
          expect(part.shifts.length).toBeGreaterThan(0);
          if (part.goesOn) expect(part.shifts.length % 6).toBe(0);
        }
      }
      for (const { heading, shifts } of groups) {
        const parts = stretches.flat().filter((part) => part.heading === heading);
        expect(parts.map((part) => part.isRest)).toEqual(parts.map((_, index) => index > 0));
        expect(parts.map((part) => part.goesOn)).toEqual(parts.map((_, index) => index < parts.length - 1));
        expect(parts.reduce((sum, part) => sum + part.shifts.length, 0)).toBe(shifts.length);
      }
    }),
  );
});
