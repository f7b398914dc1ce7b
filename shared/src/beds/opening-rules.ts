import type { OpeningShift } from './contract.ts';
import type { ClosedReason } from './facts.ts';

/** A closed bed as the openings see it: why, who decides about it, and the shifts its closing named, with how they stand. */
export interface ClosedBed {
  id: string;
  wardId: string;
  label: string;
  reason: ClosedReason;
  commissionedBy: string | null;
  shifts: readonly OpeningShift[];
}

/** Beds of one ward that wait for the same shifts. */
export interface Opening {
  wardId: string;
  beds: { id: string; label: string }[];
  /** All that the closings named, soonest first; what is still to fill is `open`. */
  shifts: OpeningShift[];
  mayReopen: boolean;
}

const isFilled = (shift: Pick<OpeningShift, 'status'>) => ['filled', 'started', 'finished'].includes(shift.status);

/** The shifts of a closing that are still open. */
export function shiftsToFill<T extends Pick<OpeningShift, 'status'>>(shifts: readonly T[]): T[] {
  return shifts.filter((shift) => shift.status === 'open');
}

/**
 * May the ward be asked to reopen a bed? Closed for staffing, every shift it named filled, and the bed the ward's own to open: a
 * commissioned one stays the commissioner's call (rules-beds, section 6). A shift cancelled or expired brought nobody. A person confirms.
 */
export function mayReopen(bed: {
  reason: ClosedReason | null;
  commissionedBy: string | null;
  shifts: readonly Pick<OpeningShift, 'status'>[];
}): boolean {
  return bed.reason === 'staffing' && bed.commissionedBy === null && bed.shifts.length > 0 && bed.shifts.every(isFilled);
}

/**
 * The closed beds that the shifts they name would open, or have: closed for staffing, the ward's own to open, with none of its shifts
 * cancelled or expired. Beds of a ward that wait for the same shifts stand together. First what may reopen, then what the fewest shifts
 * would open, then what comes soonest; the ward and bed at last, so that it is one order.
 */
export function openingsOf(beds: readonly ClosedBed[]): Opening[] {
  const groups = new Map<string, Opening>();
  for (const bed of [...beds].sort((a, b) => compare(a.label, b.label) || compare(a.id, b.id))) {
    const canOpen =
      bed.reason === 'staffing' &&
      bed.commissionedBy === null &&
      bed.shifts.length > 0 &&
      bed.shifts.every((shift) => shift.status === 'open' || isFilled(shift));
    if (!canOpen) continue;
    const shifts = [...bed.shifts].sort((a, b) => compare(a.startsAt, b.startsAt) || compare(a.id, b.id));
    const key = [bed.wardId, ...shifts.map((shift) => shift.id)].join(' ');
    const group = groups.get(key);
    if (group) group.beds.push({ id: bed.id, label: bed.label });
    else groups.set(key, { wardId: bed.wardId, beds: [{ id: bed.id, label: bed.label }], shifts, mayReopen: mayReopen(bed) });
  }
  const toFill = (opening: Opening) => shiftsToFill(opening.shifts);
  return [...groups.values()].sort(
    (a, b) =>
      toFill(a).length - toFill(b).length ||
      compare(toFill(a)[0]?.startsAt ?? '', toFill(b)[0]?.startsAt ?? '') ||
      compare(a.wardId, b.wardId) ||
      compare(a.beds[0]!.label, b.beds[0]!.label) ||
      compare(a.beds[0]!.id, b.beds[0]!.id),
  );
}

/** "2 shifts would open 3 beds": each shift once, and only the beds that still wait for one. */
export function openingTotals(openings: readonly Opening[]): { shiftsToFill: number; bedsToOpen: number } {
  const waiting = openings.filter((opening) => shiftsToFill(opening.shifts).length > 0);
  return {
    shiftsToFill: new Set(waiting.flatMap((opening) => shiftsToFill(opening.shifts).map((shift) => shift.id))).size,
    bedsToOpen: waiting.reduce((sum, opening) => sum + opening.beds.length, 0),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
