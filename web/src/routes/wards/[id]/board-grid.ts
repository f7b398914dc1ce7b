import type { WardBoard, WardShift } from '@homeward/shared/shifts/contract.ts';
import { hourMs } from '@homeward/shared/kernel/interval.ts';
import type { Interval } from '@homeward/shared/kernel/interval.ts';
import { addDays, instantsOf, localDayOf, localTimeOf, sayDay } from '@homeward/shared/kernel/local-time.ts';
import type { LocalDay } from '@homeward/shared/kernel/local-time.ts';
import { spanOf } from '#lib/wards/client.ts';

export const weeksShown = 6;

export const slots = ['early', 'late', 'night', 'other'] as const;
/** The rows a ward manager reads a day by. */
export type Slot = (typeof slots)[number];

export const slotTitles: Record<Slot, string> = { early: 'Early', late: 'Late', night: 'Night', other: 'Long day' };

export const groups = ['nurses', 'support', 'others'] as const;
export type Group = (typeof groups)[number];
export const groupTitles: Record<Group, string> = { nurses: 'Nurses', support: 'Support', others: 'Others' };

type RosteredDuty = WardBoard['roster'][number];

export interface Cell {
  shifts: WardShift[];
  roster: RosteredDuty[];
  /** On duty or posted, and how many of them there is a person for. */
  wanted: number;
  filled: number;
}

/** `hasRoster` is false on a day the roster hasn't reached yet: a low count there says nothing about the night it is for. */
export interface PmvaLine {
  count: number;
  minimum: number | null;
  missing: number;
  hasRoster: boolean;
}

export interface SlotOfDay {
  slot: Slot;
  groups: Record<Group, Cell>;
  /** The shift of this slot with the fewest PMVA holders against the ward's minimum. */
  pmva: PmvaLine | null;
  /** "07:00–15:00" where everybody keeps the same times. */
  times: string | null;
}

export interface BoardDay {
  day: LocalDay;
  slots: Record<Slot, SlotOfDay>;
  cancelled: WardShift[];
}

export function slotOf({ start, end }: Interval): Slot {
  // The night of the working-time rules: three hours or more between 23:00 and 06:00 (rules-staffing, section 3).
  for (const day of [addDays(localDayOf(start), -1), localDayOf(start)]) {
    const from = instantsOf(day, '23:00')[0] ?? start;
    const until = instantsOf(addDays(day, 1), '06:00')[0] ?? end;
    if (Math.min(end, until) - Math.max(start, from) >= 3 * hourMs) return 'night';
  }
  if (end - start > 10 * hourMs) return 'other';
  return localTimeOf(start) < '12:00' ? 'early' : 'late';
}

function groupOf(role: string): Group {
  if (role === 'rmn' || role === 'rnld') return 'nurses';
  return role === 'hcsw' || role === 'nursing-associate' ? 'support' : 'others';
}

function emptySlot(slot: Slot): SlotOfDay {
  const cell = (): Cell => ({ shifts: [], roster: [], wanted: 0, filled: 0 });
  return { slot, groups: { nurses: cell(), support: cell(), others: cell() }, pmva: null, times: null };
}

/** The local days on which the ward's own roster has somebody. */
export function rosterDaysOf(board: WardBoard): ReadonlySet<LocalDay> {
  return new Set(board.roster.map((duty) => localDayOf(Date.parse(duty.startsAt))));
}

export function pmvaLineOf(shift: Pick<WardShift, 'pmva' | 'startsAt'>, rosterDays: ReadonlySet<LocalDay>): PmvaLine {
  const missing = Math.max(0, (shift.pmva.minimum ?? 0) - shift.pmva.count);
  return { ...shift.pmva, missing, hasRoster: rosterDays.has(localDayOf(Date.parse(shift.startsAt))) };
}

/** The board, day by day: what is posted and who is on the roster, by the time of day and the kind of work. */
export function daysOf(board: WardBoard, firstDay: LocalDay, count: number): BoardDay[] {
  const days = new Map<LocalDay, BoardDay>();
  for (let offset = 0; offset < count; offset++) {
    const day = addDays(firstDay, offset);
    days.set(day, {
      day,
      slots: { early: emptySlot('early'), late: emptySlot('late'), night: emptySlot('night'), other: emptySlot('other') },
      cancelled: [],
    });
  }
  const rosterDays = rosterDaysOf(board);
  const seen = new Map<SlotOfDay, Set<string>>();
  const placeOf = (timed: { startsAt: string; endsAt: string }) => {
    const span = spanOf(timed);
    const slot = days.get(localDayOf(span.start))?.slots[slotOf(span)];
    if (!slot) return undefined;
    const times = `${localTimeOf(span.start)}–${localTimeOf(span.end)}`;
    seen.set(slot, (seen.get(slot) ?? new Set()).add(times));
    return slot;
  };
  for (const shift of [...board.shifts].sort((a, b) => Date.parse(a.startsAt) - Date.parse(b.startsAt) || a.id.localeCompare(b.id))) {
    if (shift.status === 'cancelled') {
      days.get(localDayOf(Date.parse(shift.startsAt)))?.cancelled.push(shift);
      continue;
    }
    const slot = placeOf(shift);
    if (!slot) continue;
    const cell = slot.groups[groupOf(shift.role)];
    cell.shifts.push(shift);
    cell.wanted++;
    if (shift.booking) cell.filled++;
    const line = pmvaLineOf(shift, rosterDays);
    if (!slot.pmva || line.missing > slot.pmva.missing || (line.missing === slot.pmva.missing && line.count < slot.pmva.count))
      slot.pmva = line;
  }
  for (const duty of board.roster) {
    const cell = placeOf(duty)?.groups[groupOf(duty.role)];
    if (!cell) continue;
    cell.roster.push(duty);
    cell.wanted++;
    cell.filled++;
  }
  for (const [slot, times] of seen) slot.times = times.size === 1 ? [...times][0]! : null;
  return [...days.values()];
}

export interface WeekSummary {
  firstDay: LocalDay;
  title: string;
  open: number;
  belowMinimum: number;
}

function sayRange(from: LocalDay, to: LocalDay): string {
  const [, first = '', month = ''] = sayDay(from).split(' ');
  const [, last, lastMonth] = sayDay(to).split(' ');
  return month === lastMonth ? `${first}–${last} ${month}` : `${first} ${month} – ${last} ${lastMonth}`;
}

/** The six weeks in a line each: how many shifts are open, and how many times of day have too few PMVA holders. */
export function weeksOf(board: WardBoard, today: LocalDay): WeekSummary[] {
  return Array.from({ length: weeksShown }, (_, week) => {
    const firstDay = addDays(today, week * 7);
    let open = 0;
    let belowMinimum = 0;
    for (const { slots: ofDay } of daysOf(board, firstDay, 7)) {
      for (const slot of slots) {
        for (const group of groups) open += ofDay[slot].groups[group].shifts.filter((shift) => shift.status === 'open').length;
        if (ofDay[slot].pmva?.missing && ofDay[slot].pmva.hasRoster) belowMinimum++;
      }
    }
    return { firstDay, title: sayRange(firstDay, addDays(firstDay, 6)), open, belowMinimum };
  });
}
