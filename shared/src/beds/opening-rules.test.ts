import { describe, expect, test } from 'vitest';
import type { OpeningShift } from './contract.ts';
import { mayReopen, openingsOf, openingTotals, type ClosedBed } from './opening-rules.ts';

const shift = (id: string, status: OpeningShift['status'] = 'open', startsAt = '2026-11-20T07:30:00.000Z'): OpeningShift => ({
  id,
  wardId: 'walton',
  role: 'rmn',
  band: 5,
  startsAt,
  endsAt: '2026-11-20T19:30:00.000Z',
  status,
});
const closed = (id: string, shifts: OpeningShift[], change: Partial<ClosedBed> = {}): ClosedBed => ({
  id,
  wardId: 'walton',
  label: `Bed ${id}`,
  reason: 'staffing',
  commissionedBy: null,
  shifts,
  ...change,
});

describe('a bed may reopen', () => {
  test.each<[string, Partial<ClosedBed>, boolean]>([
    ['when its only shift is filled', { shifts: [shift('a', 'filled')] }, true],
    ['when all are filled, under way or worked', { shifts: [shift('a', 'filled'), shift('b', 'started'), shift('c', 'finished')] }, true],
    ['not while one is open', { shifts: [shift('a', 'filled'), shift('b')] }, false],
    ['not by a shift that was cancelled', { shifts: [shift('a', 'filled'), shift('b', 'cancelled')] }, false],
    ['not by a shift that nobody took', { shifts: [shift('a', 'expired')] }, false],
    ['not where it names none', { shifts: [] }, false],
    ['not where it is closed for something else', { shifts: [shift('a', 'filled')], reason: 'infection' }, false],
    ['not where a commissioner decides', { shifts: [shift('a', 'filled')], commissionedBy: 'RXG' }, false],
  ])('%s', (_, change, expected) => {
    expect(mayReopen(closed('1', [], change))).toBe(expected);
  });
});

test('beds that wait for the same shifts open together; first what may reopen, then the fewest shifts, then the soonest', () => {
  const openings = openingsOf([
    closed('5', [shift('f', 'open', '2026-11-22T07:30:00.000Z')]),
    closed('3', [shift('a'), shift('b')]),
    closed('2', [shift('b'), shift('a')]),
    closed('4', [shift('c', 'filled')]),
    closed('6', [shift('d'), shift('e', 'cancelled')]),
    closed('7', [shift('d')], { reason: 'infection' }),
    closed('8', [shift('d')], { commissionedBy: 'NHS England' }),
    closed('9', []),
    closed('1', [shift('a', 'open', '2026-11-21T07:30:00.000Z')], { wardId: 'elmdale' }),
  ]);
  expect(
    openings.map(({ wardId, beds, shifts, mayReopen: may }) => [wardId, beds.map((bed) => bed.id), shifts.map((each) => each.id), may]),
  ).toEqual([
    ['walton', ['4'], ['c'], true],
    ['elmdale', ['1'], ['a'], false],
    ['walton', ['5'], ['f'], false],
    ['walton', ['2', '3'], ['a', 'b'], false],
  ]);
  // a and b and f, each once; beds 1, 5, 2 and 3, not the one that waits for nobody
  expect(openingTotals(openings)).toEqual({ shiftsToFill: 3, bedsToOpen: 4 });
});

test('as many shifts and as soon, they stand by ward, then by bed; the shifts of each by when they start', () => {
  const late = (id: string) => shift(id, 'open', '2026-11-21T07:30:00.000Z');
  const ids = openingsOf([
    closed('4', [shift('d'), late('a')]),
    closed('3', [shift('c')]),
    closed('9', [shift('b')], { label: 'Bed 1' }),
    closed('8', [shift('f')], { wardId: 'elmdale', label: 'Bed 7' }),
    closed('2', [shift('e')], { label: 'Bed 3' }),
    closed('1', [late('h')], { wardId: 'abbey' }),
  ]).map(({ beds, shifts }) => `${beds[0]!.id}: ${shifts.map(({ id }) => id).join(' ')}`);
  expect(ids).toEqual(['8: f', '9: b', '2: e', '3: c', '1: h', '4: d a']);
});

test('with nothing closed for staffing there is nothing to open', () => {
  expect(openingTotals(openingsOf([closed('7', [shift('d')], { reason: 'acuity' })]))).toEqual({ shiftsToFill: 0, bedsToOpen: 0 });
});
