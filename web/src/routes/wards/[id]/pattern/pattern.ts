import type { PostShift, WardBoard, WardShift } from '@homeward/shared/shifts/contract.ts';
import { shiftProblems } from '@homeward/shared/shifts/posting-rules.ts';
import type { Instant } from '@homeward/shared/kernel/interval.ts';
import { addDays, instantsOf, localDayOf, localTimeOf } from '@homeward/shared/kernel/local-time.ts';
import type { LocalDay } from '@homeward/shared/kernel/local-time.ts';
import { spanOf } from '#lib/wards/client.ts';

/** A shift of the week before, as it would be posted again seven days later. */
export interface Repeat {
  id: string;
  day: LocalDay;
  from: WardShift;
  /** Null where it can't be: `whyNot` says so. */
  post: PostShift | null;
  whyNot: string | null;
  /** It stands on the board already, so it isn't ticked. */
  isThere: boolean;
}

/** The same clock times a week later; the length may differ by the hour the clocks change. */
function aWeekLater(shift: WardShift): { startsAt: Instant; endsAt: Instant } | null {
  const { start, end } = spanOf(shift);
  const later = (instant: Instant) => instantsOf(addDays(localDayOf(instant), 7), localTimeOf(instant));
  const starts = later(start);
  const ends = later(end);
  return starts.length === 1 && ends.length === 1 ? { startsAt: starts[0]!, endsAt: ends[0]! } : null;
}

const likeness = (shift: { role: string; band: number; startsAt: string; endsAt: string }) =>
  `${shift.role} ${shift.band} ${Date.parse(shift.startsAt)} ${Date.parse(shift.endsAt)}`;

/** What this ward posted in the seven days before `firstDay` and didn't cancel, moved a week on. */
export function repeatsOf(board: WardBoard, firstDay: LocalDay, now: Instant): Repeat[] {
  // Two alike last week and one there already leaves one to post.
  const there = new Map<string, number>();
  for (const shift of board.shifts) {
    if (shift.status !== 'cancelled') there.set(likeness(shift), (there.get(likeness(shift)) ?? 0) + 1);
  }
  const repeats: Repeat[] = [];
  for (const from of board.shifts) {
    const day = addDays(localDayOf(Date.parse(from.startsAt)), 7);
    if (from.status === 'cancelled' || day < firstDay || day >= addDays(firstDay, 7)) continue;
    const times = aWeekLater(from);
    if (!times) {
      repeats.push({ id: from.id, day, from, post: null, isThere: false, whyNot: 'The clocks change at that time. Post it by hand.' });
      continue;
    }
    const own = new Set(board.requirements.map((requirement) => requirement.competency));
    const extra = from.requirements.map((requirement) => requirement.competency).filter((competency) => !own.has(competency));
    const post: PostShift = {
      wardId: from.wardId,
      role: from.role,
      band: from.band,
      startsAt: new Date(times.startsAt).toISOString(),
      endsAt: new Date(times.endsAt).toISOString(),
      breakMinutes: from.breakMinutes,
      count: 1,
      reason: from.reason,
      notes: from.notes,
      ...(extra.length > 0 ? { requirements: extra } : {}),
    };
    const [problem] = shiftProblems({ ...times, band: from.band, breakMinutes: from.breakMinutes, count: 1, reason: from.reason }, now);
    const left = there.get(likeness(post)) ?? 0;
    there.set(likeness(post), left - 1);
    const whyNot = problem?.code === 'start-in-past' ? 'It would start in the past.' : (problem?.message ?? null);
    repeats.push({ id: from.id, day, from, post: problem ? null : post, whyNot, isThere: left > 0 });
  }
  return repeats.sort((a, b) => Date.parse(a.from.startsAt) - Date.parse(b.from.startsAt) || (a.id < b.id ? -1 : 1));
}
