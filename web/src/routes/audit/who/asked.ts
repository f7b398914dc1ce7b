import type { Instant } from '@homeward/shared/kernel/interval.ts';
import { addDays, instantsOf, isRealDay, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import type { FormError } from '#lib/ui/ErrorSummary.svelte';
import { readTime } from '#lib/wards/client.ts';

/** What is asked, as it is typed and as it stands in the page's address. */
export const fields = ['wardId', 'role', 'band', 'day', 'start', 'end', 'breakMinutes', 'asOfDay', 'asOfTime'] as const;
export type WhoForm = Record<(typeof fields)[number], string>;

export interface Asked {
  startsAt: Instant;
  endsAt: Instant;
  asOf: Instant;
}

/**
 * The instants behind the local days and times of the form, an end at or before the start being the next day's. A time that is missing or
 * happens twice when the clocks change is not guessed: it is an error that says what to give instead.
 */
export function instantsAsked(form: WhoForm, now: Instant): { errors: FormError[]; asked: Asked | null } {
  const errors: FormError[] = [];
  const instantOf = (day: LocalDay, typed: string, field: string): Instant | null => {
    const time = readTime(typed);
    if (!isRealDay(day)) return null;
    if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(time)) {
      errors.push({ field, message: 'Give a time, such as 20:00.' });
      return null;
    }
    const instants = instantsOf(day, time);
    if (instants.length === 1) return instants[0]!;
    errors.push({
      field,
      message: `The clocks change on that day and ${time} ${instants.length === 0 ? 'does not happen' : 'happens twice'}. Choose a time before 01:00 or from 02:00 on.`,
    });
    return null;
  };
  if (!form.wardId) errors.push({ field: 'wardId', message: 'Choose a ward.' });
  if (!isRealDay(form.day)) errors.push({ field: 'day', message: 'Give the whole date of the shift.' });
  if (!isRealDay(form.asOfDay)) errors.push({ field: 'asOfDay', message: 'Give the whole date to look back to.' });
  const startsAt = instantOf(form.day, form.start, 'start');
  const isOvernight = readTime(form.end) <= readTime(form.start);
  const endsAt = isRealDay(form.day) ? instantOf(isOvernight ? addDays(form.day, 1) : form.day, form.end, 'end') : null;
  const asOf = instantOf(form.asOfDay, form.asOfTime, 'asOfTime');
  if (asOf !== null && asOf > now)
    errors.push({ field: 'asOfDay', message: 'Give a time that has been: nobody knows what will be known.' });
  if (!/^\d{1,3}$/.test(form.breakMinutes)) errors.push({ field: 'breakMinutes', message: 'Give the break in minutes, such as 60.' });
  const isWhole = errors.length === 0 && startsAt !== null && endsAt !== null && asOf !== null;
  return { errors, asked: isWhole ? { startsAt, endsAt, asOf } : null };
}
