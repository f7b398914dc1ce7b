import { localDayOf, sayDay, sayTime } from '@homeward/shared/kernel/local-time.ts';
import type { Frame } from '@homeward/shared/kernel/event.ts';
import type { MyShift, MyShifts } from '@homeward/shared/shifts/contract.ts';
import { applyToMyShifts, compareMyShifts } from '@homeward/shared/shifts/live-rules.ts';
import { dayHeadingOf, isNight } from './words.ts';

export type Sort = 'best' | 'soonest' | 'nearest';

/** What the worker narrowed the list to. Kept while they look at a shift and come back. */
export const wanted = $state<{ sort: Sort; withinKm: number | null; nights: boolean; myWards: boolean }>({
  sort: 'best',
  withinKm: null,
  nights: false,
  myWards: false,
});

export interface Group {
  heading: string;
  shifts: MyShift[];
}

/** How long a card that goes stays to say so. */
const goingMs = 2500;

/**
 * A worker's list as it stands on the screen. `list` is the truth and takes every frame at once; `shown` follows when nothing is
 * being touched, so that no card moves under a finger or away from the focus. A card that goes first says why, where it stands.
 */
export class ShiftsOnScreen {
  list = $state.raw<MyShifts>({ items: [], nextCursor: null, counts: { eligible: 0, override: 0, blocked: 0 }, headRoomMinutes: 0, unlocks: [] });
  shown = $state.raw<MyShift[]>([]);
  gone = $state<Record<string, string>>({});
  /** Changes that wait for the finger or the focus to leave. */
  waiting = $state(0);

  #held = false;
  #isWhole = true;
  #going = new Map<string, { shift: MyShift; until: number }>();
  #settle: (change: () => void) => void;

  /** @param settle does the change, keeping what the person looks at where it is */
  constructor(list: MyShifts, settle: (change: () => void) => void) {
    this.#settle = settle;
    this.reset(list);
  }

  /** Another list: it is shown as it comes. */
  reset(list: MyShifts): void {
    this.list = list;
    this.#going.clear();
    this.gone = {};
    this.waiting = 0;
    this.#isWhole = true;
    this.shown = list.items;
  }

  /** The same list, read again. What is shown stays until the rest of it is there too, so that it never shrinks and grows. */
  renew(list: MyShifts): void {
    this.list = list;
    this.#isWhole = list.nextCursor === null;
    this.waiting += 1;
    this.#show();
  }

  /** More of the same list, further down the server's order. */
  add(more: MyShifts): void {
    const known = new Set(this.list.items.map((shift) => shift.id));
    const items = [...this.list.items, ...more.items.filter((shift) => !known.has(shift.id))].sort(compareMyShifts);
    this.list = { ...this.list, items, nextCursor: more.nextCursor };
    this.#isWhole ||= more.nextCursor === null;
    this.#show();
  }

  /** @returns 'reload' where only a fresh load can tell */
  apply(frame: Frame, now: number): 'reload' | undefined {
    const next = applyToMyShifts(this.list, frame);
    if (next === 'reload') return next;
    if (next === this.list) return;
    const still = new Set(next.items.map((shift) => shift.id));
    for (const shift of this.list.items) {
      if (still.has(shift.id)) continue;
      this.gone[shift.id] = goneWords(frame, now);
      this.#going.set(shift.id, { shift, until: Date.now() + goingMs });
      setTimeout(() => this.#show(), goingMs + 50);
    }
    // A shift that comes back (its booking was undone) is no longer going.
    for (const id of still) if (this.#going.delete(id)) delete this.gone[id];
    this.list = next;
    this.waiting += 1;
    this.#show();
  }

  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    this.#show();
  }

  #show(): void {
    if (this.#held || !this.#isWhole) return;
    const now = Date.now();
    const past = [...this.#going].filter(([, going]) => going.until <= now).map(([id]) => id);
    const items = [...this.list.items];
    for (const [id, going] of this.#going) if (going.until > now) items.push(going.shift);
    this.#settle(() => {
      for (const id of past) {
        this.#going.delete(id);
        delete this.gone[id];
      }
      this.shown = items.sort(compareMyShifts);
      this.waiting = 0;
    });
  }
}

function goneWords({ data, type }: Frame, now: number): string {
  if (type !== 'shift.withdrawn') return 'No longer open to you';
  if (data.reason === 'cancelled') return 'Cancelled by the ward';
  if (data.reason === 'expired') return 'It has started';
  if (data.reason === 'not-eligible') return 'No longer open to you';
  const takenAt = data.takenAt ? Date.parse(data.takenAt) : now;
  return `Taken ${localDayOf(takenAt) === localDayOf(now) ? sayTime(takenAt) : sayDay(localDayOf(takenAt))}`;
}

interface Sorted {
  day: string;
  isNight: boolean;
}

// Worked out once for each card: a tap on a filter of a list of thousands then takes a few milliseconds on an old phone.
const sortedBy = new WeakMap<MyShift, Sorted>();

function sortOf(shift: MyShift): Sorted {
  let known = sortedBy.get(shift);
  if (!known) sortedBy.set(shift, (known = { day: localDayOf(Date.parse(shift.startsAt)), isNight: isNight(shift) }));
  return known;
}

/** The shifts that are wanted, in groups with a heading each. */
export function groupsOf(shifts: readonly MyShift[], { sort, withinKm, nights, myWards }: typeof wanted, now: number): Group[] {
  const kept = shifts.filter(
    (shift) =>
      (withinKm === null || (shift.distanceKm !== null && shift.distanceKm <= withinKm)) &&
      (!nights || sortOf(shift).isNight) &&
      (!myWards || shift.regular),
  );
  const bySoonest = (a: MyShift, b: MyShift) => (a.startsAt < b.startsAt ? -1 : a.startsAt > b.startsAt ? 1 : compareMyShifts(a, b));
  if (sort === 'nearest') {
    const byNearest = (a: MyShift, b: MyShift) => (a.distanceKm ?? Infinity) - (b.distanceKm ?? Infinity) || bySoonest(a, b);
    return grouped(kept.sort(byNearest), (shift) => distanceHeading(shift.distanceKm));
  }
  // Days come in order; within a day the best or the soonest is first.
  const within = sort === 'best' ? compareMyShifts : bySoonest;
  const byDay = (a: Sorted, b: Sorted) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0);
  kept.sort((a, b) => byDay(sortOf(a), sortOf(b)) || within(a, b));
  const today = localDayOf(now);
  const headings = new Map<string, string>();
  return grouped(kept, (shift) => {
    const { day } = sortOf(shift);
    // Only today's shifts differ among themselves: "Today" and "Tonight".
    if (day === today) return dayHeadingOf(shift, now);
    const heading = headings.get(day) ?? dayHeadingOf(shift, now);
    headings.set(day, heading);
    return heading;
  });
}

function grouped(shifts: readonly MyShift[], headingOf: (shift: MyShift) => string): Group[] {
  const groups: Group[] = [];
  // "Today" and "Tonight" may alternate within a day's best: each heading stands once.
  const byHeading = new Map<string, Group>();
  for (const shift of shifts) {
    const heading = headingOf(shift);
    let group = byHeading.get(heading);
    if (!group) {
      group = { heading, shifts: [] };
      byHeading.set(heading, group);
      groups.push(group);
    }
    group.shifts.push(shift);
  }
  const today = groups.findIndex((group) => group.heading === 'Today');
  const tonight = groups.findIndex((group) => group.heading === 'Tonight');
  if (tonight !== -1 && today > tonight) [groups[today], groups[tonight]] = [groups[tonight]!, groups[today]!];
  return groups;
}

function distanceHeading(km: number | null): string {
  if (km === null) return 'Distance not known';
  const band = [5, 10, 20, 40].find((most) => km <= most);
  return band ? `Within ${band} km` : 'More than 40 km';
}


/** A group's heading with some of its shifts. A group that doesn't fit goes on in the next stretch. */
export interface Part extends Group {
  isRest: boolean;
  goesOn: boolean;
}

/** Cards in one stretch. A group is cut where two columns and three are both full, so that the cut can't be seen. */
const stretchSize = 30;
const cutAt = 6;

/** A long list in stretches of some thirty cards, which come and go as one scrolls: thousands at once would take a phone a second. */
export function stretchesOf(groups: readonly Group[]): Part[][] {
  const stretches: Part[][] = [];
  let parts: Part[] = [];
  let room = stretchSize;
  const close = () => {
    if (parts.length > 0) stretches.push(parts);
    parts = [];
    room = stretchSize;
  };
  for (const { heading, shifts } of groups) {
    for (let from = 0; from < shifts.length; ) {
      const left = shifts.length - from;
      const count = left <= room ? left : Math.floor(room / cutAt) * cutAt;
      if (count > 0) parts.push({ heading, shifts: shifts.slice(from, from + count), isRest: from > 0, goesOn: count < left });
      from += count;
      room -= count;
      if (count < left || room <= 0) close();
    }
  }
  close();
  return stretches;
}
