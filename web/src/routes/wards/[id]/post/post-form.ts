import type { PostShift, WardBoard } from '@homeward/shared/shifts/contract.ts';
import { shiftProblems } from '@homeward/shared/shifts/posting-rules.ts';
import type { Role } from '@homeward/shared/workers/facts.ts';
import type { Instant } from '@homeward/shared/kernel/interval.ts';
import { hourMs, lengthMinutes } from '@homeward/shared/kernel/interval.ts';
import { addDays, instantsOf, isRealDay, localTimeOf, sayDay, sayMinutes, sayTime } from '@homeward/shared/kernel/local-time.ts';
import type { LocalDay } from '@homeward/shared/kernel/local-time.ts';
import type { FormError } from '#lib/ui/ErrorSummary.svelte';
import { spanOf } from '#lib/wards/client.ts';
import { slotOf, slots } from '../board-grid.ts';
import type { Slot } from '../board-grid.ts';

/** What is typed, as it is typed: a wrong number stays as it was written until it is put right. */
export interface PostForm {
  role: Role;
  band: string;
  days: LocalDay[];
  preset: Slot | 'own';
  start: string;
  end: string;
  breakMinutes: string;
  count: string;
  reason: string;
  requirements: string[];
  notes: string;
  preferredWorkerId: string;
  preferredHours: string;
  /** Which of two instants is meant where the clocks show a time twice, by `${day} ${time}`. */
  chosen: Record<string, string>;
}

export interface Preset {
  slot: Slot;
  start: string;
  end: string;
  breakMinutes: number;
}

const usual: Record<Slot, Preset> = {
  early: { slot: 'early', start: '07:00', end: '15:00', breakMinutes: 30 },
  late: { slot: 'late', start: '13:30', end: '21:30', breakMinutes: 30 },
  night: { slot: 'night', start: '20:00', end: '08:00', breakMinutes: 60 },
  other: { slot: 'other', start: '07:30', end: '19:30', breakMinutes: 60 },
};

function mostCommon<T>(values: T[], key: (value: T) => string): T | undefined {
  const groups = [...Map.groupBy(values, key).values()];
  return groups.sort((a, b) => b.length - a.length)[0]?.[0];
}

/** The times this ward really keeps, from what it posted; the usual ones where it posted none. */
export function presetsOf(board: WardBoard): Preset[] {
  const timed = board.shifts.map((shift) => {
    const span = spanOf(shift);
    return { slot: slotOf(span), start: localTimeOf(span.start), end: localTimeOf(span.end), breakMinutes: shift.breakMinutes };
  });
  return slots.map(
    (slot) =>
      mostCommon(
        timed.filter((one) => one.slot === slot),
        ({ start, end }) => `${start} ${end}`,
      ) ?? usual[slot],
  );
}

const bandOfRole: Record<Role, number> = {
  rmn: 5,
  rnld: 5,
  'nursing-associate': 4,
  hcsw: 3,
  psychologist: 7,
  'assistant-psychologist': 4,
  ot: 6,
  doctor: 9,
};

/** The band this ward posts the role at; else the usual one. */
export function bandFor(role: Role, board: WardBoard): string {
  const posted = mostCommon(
    board.shifts.filter((shift) => shift.role === role),
    (shift) => String(shift.band),
  );
  return String(posted?.band ?? bandOfRole[role]);
}

/** A time that the October change shows twice: the manager says which one is meant. */
export interface DoubledTime {
  key: string;
  day: LocalDay;
  options: { value: string; label: string }[];
}

export interface Checked {
  posts: PostShift[];
  errors: FormError[];
  doubled: DoubledTime[];
  /** "Ends on the next day, Sun 29 Nov. 12 h." */
  length: string | null;
}

function wholeNumber(text: string): number {
  return /^\d+$/.test(text.trim()) ? Number(text) : NaN;
}

/** What would be posted, and what is wrong with it, by the same rules the API refuses with. */
export function check(form: PostForm, wardId: string, now: Instant): Checked {
  const errors: FormError[] = [];
  const doubled: DoubledTime[] = [];
  const posts: PostShift[] = [];
  let length: string | null = null;
  const add = (error: FormError) => {
    if (!errors.some((other) => other.field === error.field && other.message === error.message)) errors.push(error);
  };
  const isTime = (time: string) => /^([01]\d|2[0-3]):[0-5]\d$/.test(time);
  if (form.days.length === 0) add({ field: 'days', message: 'Choose at least one day.' });
  if (!isTime(form.start)) add({ field: 'start', message: 'Give the start as a time, such as 20:00.' });
  if (!isTime(form.end)) add({ field: 'end', message: 'Give the end as a time, such as 08:00.' });
  if (!form.reason) add({ field: 'reason', message: 'Choose why the shift is needed.' });
  const band = wholeNumber(form.band);
  const breakMinutes = wholeNumber(form.breakMinutes || '0');
  const count = wholeNumber(form.count);
  if (!isTime(form.start) || !isTime(form.end)) return { posts, errors, doubled, length };

  /** The one instant meant, or none with the reason and the choices said. */
  const instantOf = (day: LocalDay, time: string, field: 'start' | 'end'): Instant | null => {
    const instants = instantsOf(day, time);
    if (instants.length === 1) return instants[0]!;
    if (instants.length === 0) {
      const message = `On ${sayDay(day)} the clocks go forward and ${time} does not happen. Choose 00:59 or earlier, or 02:00 or later.`;
      add({ field, message });
      return null;
    }
    const key = `${day} ${time}`;
    const words = ['before the clocks go back', 'after the clocks go back'];
    doubled.push({
      key,
      day,
      options: instants.map((instant, index) => ({ value: String(index), label: `${sayTime(instant)}, ${words[index]}` })),
    });
    const chosen = form.chosen[key];
    if (chosen === undefined) {
      add({ field: key, message: `On ${sayDay(day)} ${time} happens twice. Choose which one you mean.` });
      return null;
    }
    return instants[Number(chosen)] ?? null;
  };

  for (const day of [...form.days].sort()) {
    if (!isRealDay(day)) continue;
    const endDay = form.end > form.start ? day : addDays(day, 1);
    const startsAt = instantOf(day, form.start, 'start');
    const endsAt = instantOf(endDay, form.end, 'end');
    if (startsAt === null || endsAt === null) continue;
    length ??= `${endDay === day ? 'Ends the same day' : `Ends the next day, ${sayDay(endDay)}`}. ${sayMinutes(lengthMinutes({ start: startsAt, end: endsAt }))}.`;
    const fields: Record<string, string> = { startsAt: 'start', endsAt: 'end' };
    for (const problem of shiftProblems({ startsAt, endsAt, band, breakMinutes, count, reason: form.reason }, now)) {
      const aboutDay = problem.path === 'startsAt' && form.days.length > 1 ? ` (${sayDay(day)})` : '';
      add({ field: fields[problem.path] ?? problem.path, message: problem.message.replace(/\.$/, `${aboutDay}.`) });
    }
    posts.push({
      wardId,
      role: form.role,
      band,
      startsAt: new Date(startsAt).toISOString(),
      endsAt: new Date(endsAt).toISOString(),
      breakMinutes,
      count,
      reason: form.reason,
      notes: form.notes,
      ...(form.requirements.length > 0 ? { requirements: form.requirements } : {}),
      ...(form.preferredWorkerId
        ? {
            preferredWorkerId: form.preferredWorkerId,
            // Never past the start: the shift would be kept for somebody who can no longer come.
            preferredUntil: new Date(Math.min(now + Number(form.preferredHours) * hourMs, startsAt)).toISOString(),
          }
        : {}),
    });
  }
  return { posts, errors, doubled, length };
}
