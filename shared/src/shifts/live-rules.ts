import type { Frame } from '../kernel/event.ts';
import type { BookingView, MyShift, MyShifts, WardBoard, WardShift } from './contract.ts';

/**
 * What a page shows after an event, from what it showed before: the same functions for the page and for the test that
 * compares them with a fresh load. `reload` means that one fact changed what many shifts come to, and the list is loaded afresh.
 */
export type Applied<T> = T | 'reload';

/** What an order of my shifts goes by: kept for me, a ward that knows me, nearer, sooner; the id last, so that it is one order. */
export type MyShiftRank = Pick<MyShift, 'preferred' | 'regular' | 'distanceKm' | 'startsAt' | 'id'>;

/** Orders a worker's shifts best first (rules-staffing, section 5, from the worker's side). For `Array.sort`. */
export function compareMyShifts(a: MyShiftRank, b: MyShiftRank): number {
  return (
    Number(b.preferred) - Number(a.preferred) ||
    Number(b.regular) - Number(a.regular) ||
    (a.distanceKm ?? Infinity) - (b.distanceKm ?? Infinity) ||
    (a.startsAt < b.startsAt ? -1 : a.startsAt > b.startsAt ? 1 : 0) ||
    (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  );
}

/** The worker's list of shifts they may take. */
export function applyToMyShifts(list: MyShifts, frame: Frame): Applied<MyShifts> {
  const { data, type } = frame;
  if (data.reload) return 'reload';
  const gone = type === 'shift.withdrawn' ? data.shiftId : undefined;
  const changed = [...(type === 'shift.offered' && data.shift ? [data.shift as MyShift] : []), ...(data.cards ?? [])];
  if (gone === undefined && changed.length === 0) return list;
  const ids = new Set(changed.map((card) => card.id));
  const items = [...list.items.filter((item) => item.id !== gone && !ids.has(item.id)), ...changed].sort(compareMyShifts);
  return { ...list, items, counts: { ...list.counts, eligible: list.counts.eligible + items.length - list.items.length } };
}

/** The worker's bookings, soonest start first. */
export function applyToBookings(list: BookingView[], frame: Frame): Applied<BookingView[]> {
  const changed = frame.data.booking;
  if (!changed) return frame.data.reload ? 'reload' : list;
  return [...list.filter((item) => item.id !== changed.id), changed].sort(compareBookings);
}

export function compareBookings(a: BookingView, b: BookingView): number {
  return a.shift.startsAt < b.shift.startsAt ? -1 : a.shift.startsAt > b.shift.startsAt ? 1 : a.id < b.id ? -1 : 1;
}

/** Stands for all the wards somebody manages, where an import may have changed any of them. */
export const everyWard = '*';

/** A ward's board between its `from` and `to`, by start. */
export function applyToBoard(board: WardBoard, frame: Frame): Applied<WardBoard> {
  const { wardId, reload } = frame.data;
  if (reload && (wardId === board.ward.id || wardId === everyWard)) return 'reload';
  if (wardId !== board.ward.id) return board;
  if (!frame.data.shifts) return board;
  const changed = frame.data.shifts.filter((shift) => shift.startsAt < board.to && shift.endsAt > board.from);
  const ids = new Set(frame.data.shifts.map((shift) => shift.id));
  const shifts = [...board.shifts.filter((shift) => !ids.has(shift.id)), ...changed].sort(compareWardShifts);
  return { ...board, shifts, cancelledPercent: frame.data.cancelledPercent ?? board.cancelledPercent };
}

export function compareWardShifts(a: WardShift, b: WardShift): number {
  return a.startsAt < b.startsAt ? -1 : a.startsAt > b.startsAt ? 1 : a.id < b.id ? -1 : 1;
}
