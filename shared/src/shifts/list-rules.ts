import { localDayOf } from '../kernel/local-time.ts';
import type { Instant } from '../kernel/interval.ts';
import type { MyShift } from './contract.ts';
import { compareMyShifts } from './live-rules.ts';
import { dayHeadingOf, isNight } from './words-rules.ts';

/** What a worker narrowed their list to, and how they want it ordered. */
export interface Wanted {
  sort: 'best' | 'soonest' | 'nearest';
  withinKm: number | null;
  nights: boolean;
  myWards: boolean;
}

export interface Group {
  heading: string;
  shifts: MyShift[];
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
export function groupsOf(shifts: readonly MyShift[], { sort, withinKm, nights, myWards }: Wanted, now: Instant): Group[] {
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
const stretchSize = 12;
/** In the first, which a tap on a filter draws before anything else: more than a phone's screen shows. */
const firstSize = 6;
const cutAt = 6;

/** A long list in stretches of a few cards, which come and go as one scrolls: thousands at once would take a phone a second. */
export function stretchesOf(groups: readonly Group[]): Part[][] {
  const stretches: Part[][] = [];
  let parts: Part[] = [];
  let room = firstSize;
  const close = () => {
    if (parts.length > 0) stretches.push(parts);
    parts = [];
    room = stretchSize;
  };
  for (const { heading, shifts } of groups) {
    for (let from = 0; from < shifts.length;) {
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
