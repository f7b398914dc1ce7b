import { describe, expect, test } from 'vitest';
import type { Frame, FrameData } from '../kernel/event.ts';
import type { BookingView, MyShift, MyShifts, WardBoard, WardShift } from './contract.ts';
import { applyToBoard, applyToBookings, applyToMyShifts, compareMyShifts, everyWard, type MyShiftRank } from './live-rules.ts';

const frame = (type: Frame['type'], data: FrameData): Frame => ({ offset: 2, previous: 1, type, at: '2026-11-20T12:00:00.000Z', data });
const day = (of: number) => `2026-11-${of}T07:30:00.000Z`;
const ids = (shown: { id: string }[]) => shown.map(({ id }) => id);

describe('a worker’s shifts', () => {
  const card = (id: string, change: Partial<MyShift> = {}) =>
    ({ id, preferred: false, regular: false, distanceKm: 5, startsAt: day(20), ...change }) as MyShift;
  const listOf = (...items: MyShift[]) => ({ items, counts: { eligible: items.length + 4 } }) as MyShifts;
  const list = listOf(card('b'), card('d'));
  const applied = (type: Frame['type'], data: FrameData) => {
    const next = applyToMyShifts(list, frame(type, data));
    if (next === 'reload') throw new Error('nothing asked for a load');
    return [ids(next.items), next.counts.eligible];
  };

  test('kept for me, then a ward that knows me, then nearer, then sooner, then by id; unknown distances last', () => {
    const ordered: MyShiftRank[] = [
      card('z', { preferred: true, distanceKm: null, startsAt: day(29) }),
      card('y', { regular: true, distanceKm: 90, startsAt: day(28) }),
      card('x', { distanceKm: 1, startsAt: day(27) }),
      card('w', { distanceKm: 2, startsAt: day(21) }),
      card('v', { distanceKm: 2, startsAt: day(22) }),
      card('t', { distanceKm: 2, startsAt: day(23) }),
      card('u', { distanceKm: 2, startsAt: day(23) }),
      card('a', { distanceKm: null }),
      card('b', { distanceKm: null }),
    ];
    for (const [at, one] of ordered.entries())
      for (const [other, two] of ordered.entries()) expect(Math.sign(compareMyShifts(one, two))).toBe(Math.sign(at - other));
  });

  test('what is offered joins in its place, once however often it is told, and the count goes with it', () => {
    expect(applied('shift.offered', { shiftId: 'c', shift: card('c') })).toEqual([['b', 'c', 'd'], 7]);
    expect(applied('shift.offered', { shiftId: 'b', shift: card('b', { distanceKm: 9 }) })).toEqual([['d', 'b'], 6]);
    expect(applied('shift.noticed', { shiftId: 'b', cards: [card('d', { preferred: true })] })).toEqual([['d', 'b'], 6]);
  });

  test('what has gone leaves; what is only noticed, and a ward’s card, change nothing', () => {
    expect(applied('shift.withdrawn', { shiftId: 'b', reason: 'filled' })).toEqual([['d'], 5]);
    expect(applied('shift.withdrawn', { shiftId: 'e', reason: 'filled' })).toEqual([['b', 'd'], 6]);
    expect(applyToMyShifts(list, frame('shift.noticed', { shiftId: 'b' }))).toBe(list);
    expect(applyToMyShifts(list, frame('shift.posted', { shiftId: 'c', shift: card('c') }))).toBe(list);
    expect(applyToMyShifts(list, frame('shift.offered', { shift: card('c'), reload: true }))).toBe('reload');
  });
});

describe('a worker’s bookings', () => {
  const booking = (id: string, startsAt = day(20), status = 'confirmed') => ({ id, status, shift: { startsAt } }) as BookingView;
  const list = [booking('b'), booking('d', day(22))];

  test('a changed one takes the place of the old, a new one stands by when it starts, then by id', () => {
    const cancelled = booking('b', day(20), 'cancelled');
    expect(applyToBookings(list, frame('booking.cancelled', { booking: cancelled, reload: true }))).toEqual([cancelled, list[1]]);
    const joined = (one: BookingView) => ids(applyToBookings(list, frame('booking.confirmed', { booking: one })) as BookingView[]);
    expect(joined(booking('z', day(19)))).toEqual(['z', 'b', 'd']);
    expect(joined(booking('a', day(23)))).toEqual(['b', 'd', 'a']);
    expect(joined(booking('a'))).toEqual(['a', 'b', 'd']);
    expect(joined(booking('c'))).toEqual(['b', 'c', 'd']);
  });

  test('without one there is nothing to change, unless it asks for a load', () => {
    expect(applyToBookings(list, frame('shift.offered', {}))).toBe(list);
    expect(applyToBookings(list, frame('worker.changed', { reload: true }))).toBe('reload');
  });
});

describe('a ward’s board', () => {
  const shift = (id: string, startsAt = day(20), endsAt = startsAt.replace('07:30', '15:30')) => ({ id, startsAt, endsAt }) as WardShift;
  const board = { ward: { id: 'walton' }, from: day(18), to: day(25), shifts: [shift('b'), shift('d')], cancelledPercent: 3 } as WardBoard;
  const applied = (data: FrameData) => applyToBoard(board, frame('shift.posted', { wardId: 'walton', ...data })) as WardBoard;

  test('a card joins, changes and stands by when it starts, then by id', () => {
    expect(ids(applied({ shifts: [shift('c')] }).shifts)).toEqual(['b', 'c', 'd']);
    expect(ids(applied({ shifts: [shift('z', day(19))] }).shifts)).toEqual(['z', 'b', 'd']);
    expect(ids(applied({ shifts: [shift('a', day(21))] }).shifts)).toEqual(['b', 'd', 'a']);
    expect(ids(applied({ shifts: [shift('b', day(22))] }).shifts)).toEqual(['d', 'b']);
  });

  test('holds only what has a moment between its first and its last', () => {
    expect(ids(applied({ shifts: [shift('b', day(25))] }).shifts)).toEqual(['d']);
    expect(ids(applied({ shifts: [shift('b', day(17), board.from)] }).shifts)).toEqual(['d']);
    expect(ids(applied({ shifts: [shift('b', day(17), day(19))] }).shifts)).toEqual(['b', 'd']);
  });

  test('how many were cancelled stays as it was where nothing is said of it', () => {
    expect(applied({ shifts: [] }).cancelledPercent).toBe(3);
    expect(applied({ shifts: [], cancelledPercent: 0 }).cancelledPercent).toBe(0);
  });

  test('another ward’s is not its own; a load is asked for by its own and by all wards', () => {
    expect(applied({ wardId: 'elmdale', shifts: [shift('c')] })).toBe(board);
    expect(applied({ wardId: 'elmdale', reload: true })).toBe(board);
    expect(applied({})).toBe(board);
    expect(applied({ reload: true })).toBe('reload');
    expect(applied({ wardId: everyWard, reload: true })).toBe('reload');
  });
});
