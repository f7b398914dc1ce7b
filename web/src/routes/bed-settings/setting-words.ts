import type { BedSetting } from '@homeward/shared/beds/contract.ts';
import type { RankingTerm, WardSex } from '@homeward/shared/beds/facts.ts';

export const termTitles: Record<RankingTerm, string> = {
  'least-restrictive': 'Least restrictive',
  'nearest-home': 'Nearest home',
  freshest: 'Freshest figures',
};

export const wardTitles: Record<WardSex | 'unknown', string> = {
  female: 'Female ward',
  male: 'Male ward',
  mixed: 'Mixed ward',
  flexible: 'Flexible ward',
  separate: 'Ward with separate areas',
  unknown: 'Ward whose sex is not known',
};

/** The clocks of a trust's beds, in the order they come up: what each is for, and from where to where it may go (`changeBedSetting` of the contract). */
export const clocks = [
  {
    name: 'freshMinutes',
    label: 'A figure stays fresh for',
    unit: 'minutes',
    hint: 'After that it ages, even if nothing was due since.',
    least: 10,
    most: 1440,
  },
  {
    name: 'graceMinutes',
    label: 'Grace after a due time',
    unit: 'minutes',
    hint: 'Not confirmed by then, the figures are stale.',
    least: 5,
    most: 720,
  },
  {
    name: 'askingMinutes',
    label: 'Asking a ward counts for',
    unit: 'minutes',
    hint: 'So long after it was asked, a stale bed may be held.',
    least: 5,
    most: 720,
  },
  { name: 'holdMinutes', label: 'A hold lasts', unit: 'minutes', hint: 'On beds of this trust.', least: 5, most: 240 },
  { name: 'extensionMinutes', label: 'One extension adds', unit: 'minutes', hint: '0 means that there is none.', least: 0, most: 240 },
  {
    name: 'answerMinutes',
    label: 'A ward answers within',
    unit: 'minutes',
    hint: 'Then it is escalated; the bed stays held.',
    least: 5,
    most: 720,
  },
  { name: 'arrivalMinutes', label: 'An accepted bed waits', unit: 'minutes', hint: 'For the person to arrive.', least: 30, most: 4320 },
  { name: 'reviewDays', label: 'People away are reviewed every', unit: 'days', hint: 'Later, the review is overdue.', least: 1, most: 60 },
] as const satisfies { name: keyof BedSetting; label: string; unit: string; hint: string; least: number; most: number }[];

/** "1 h 30 min", "12 h", "45 min". */
export function sayClock(value: number, unit: 'minutes' | 'days'): string {
  if (unit === 'days') return value === 1 ? '1 day' : `${value} days`;
  const hours = Math.floor(value / 60);
  const minutes = value % 60;
  return [hours > 0 && `${hours} h`, (minutes > 0 || hours === 0) && `${minutes} min`].filter(Boolean).join(' ');
}
