import { describe, expect, test } from 'vitest';
import { at } from '../kernel/examples.ts';
import type { BedSpan } from './facts.ts';
import { censusAt, censusOf, occupancyPercent } from './occupancy-rules.ts';

test.each<[number, number, number | null, string]>([
  [0, 0, null, 'no bed staffed: there is nothing to be part of'],
  [0, 10, 0, 'empty'],
  [17, 20, 85, 'the line'],
  [20, 20, 100, 'full'],
  [2, 3, 66.7, 'one decimal, up'],
  [1, 3, 33.3, 'one decimal, down'],
  [1, 16, 6.3, 'half up: 6.25'],
])('%i of %i is %s per cent: %s', (occupied, staffed, expected) => {
  expect(occupancyPercent(occupied, staffed)).toBe(expected);
});

const span = (bedId: string, state: BedSpan['state'], start: string, end: string | null = null): BedSpan => ({
  bedId,
  state,
  closedReason: state === 'closed' ? 'staffing' : null,
  start: at(start),
  end: end === null ? null : at(end),
});

describe('the midnight census', () => {
  test('counts what each bed was when the local day ended', () => {
    const spans = [
      span('a', 'available', '2026-11-01T00:00Z', '2026-11-19T15:00Z'),
      span('a', 'occupied', '2026-11-19T15:00Z', '2026-11-20T09:00Z'),
      span('a', 'available', '2026-11-20T09:00Z'),
      span('b', 'occupied', '2026-11-10T12:00Z'),
      span('c', 'on-leave', '2026-11-18T12:00Z'),
      span('d', 'closed', '2026-11-01T00:00Z'),
      span('e', 'available', '2026-11-20T08:00Z'),
    ];
    expect(censusOf(spans, '2026-11-19')).toEqual({
      day: '2026-11-19',
      funded: 4,
      staffed: 3,
      occupied: 2,
      onLeave: 1,
      percent: 66.7,
      percentWithLeave: 100,
    });
    expect(censusOf(spans, '2026-11-20')).toMatchObject({
      funded: 5,
      staffed: 4,
      occupied: 1,
      onLeave: 1,
      percent: 25,
      percentWithLeave: 50,
    });
    expect(censusAt(spans, at('2026-11-20T09:00Z'))).toMatchObject({ day: '2026-11-20', funded: 5, occupied: 1 });
    expect(censusAt(spans, at('2026-11-20T08:59Z'))).toMatchObject({ funded: 5, occupied: 2 });
  });

  test('what begins at midnight is the next day, what ends at midnight is this one', () => {
    const spans = [span('a', 'occupied', '2026-11-19T00:00Z', '2026-11-20T00:00Z'), span('a', 'available', '2026-11-20T00:00Z')];
    expect(censusOf(spans, '2026-11-19').occupied).toBe(1);
    expect(censusOf(spans, '2026-11-18')).toMatchObject({ funded: 0, percent: null });
    expect(censusOf(spans, '2026-11-20')).toMatchObject({ funded: 1, occupied: 0 });
    expect(censusAt(spans, at('2026-11-20T00:00Z')).occupied).toBe(0);
  });

  test("midnight is London's, in summer and on the nights the clocks change", () => {
    const from = (start: string) => [span('a', 'occupied', start)];
    // Midnight of 10 July is 23:00 UTC; what comes at 23:30 UTC is the 11th's.
    expect(censusOf(from('2026-07-10T23:30Z'), '2026-07-10').occupied).toBe(0);
    expect(censusOf(from('2026-07-10T22:30Z'), '2026-07-10').occupied).toBe(1);
    expect(censusOf(from('2026-10-25T23:30Z'), '2026-10-25').occupied).toBe(1);
    expect(censusOf(from('2026-03-29T23:30Z'), '2026-03-29').occupied).toBe(0);
  });
});
