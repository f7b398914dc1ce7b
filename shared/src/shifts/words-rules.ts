/** Shifts and decisions in the words that people use: what the pages say, and nothing that depends on a page. */
import { addDays, localDayOf, localTimeOf, sayDay, sayInstant, sayMinutes, saySpan, sayTime, startOfDay } from '../kernel/local-time.ts';
import { hourMs, type Instant } from '../kernel/interval.ts';
import type { Check, CheckResult } from '../kernel/decision.ts';
import type { WardLine } from '../places/contract.ts';
import type { MyShift } from './contract.ts';
import type { Role } from '../workers/facts.ts';

/** What a shift and a booking have in common for these words. */
interface Timed {
  startsAt: string;
  endsAt: string;
}

export const spanOf = ({ startsAt, endsAt }: Timed) => ({ start: Date.parse(startsAt), end: Date.parse(endsAt) });

/** "Sat 28 Nov, 20:00–08:00 (12 h)". */
export const whenOf = (timed: Timed) => saySpan(spanOf(timed));

/** "20:00–08:00", where the day stands above. */
export function hoursOf(timed: Timed): string {
  const { start, end } = spanOf(timed);
  return `${sayTime(start)}–${sayTime(end)}`;
}

/** "12 h", or "13 h, clocks go back". */
export function lengthOf(timed: Timed): string {
  const span = spanOf(timed);
  const inWords = saySpan(span);
  return inWords.slice(inWords.lastIndexOf('(') + 1, -1);
}

/** A shift is a night when it holds 3 hours or more of 23:00–06:00, as the night limit counts it. */
export function isNight(timed: Timed): boolean {
  const { start, end } = spanOf(timed);
  const day = localDayOf(start);
  let nightMs = 0;
  for (const from of [addDays(day, -1), day]) {
    const night = { start: startOfDay(from) + 23 * hourMs, end: startOfDay(addDays(from, 1)) + 6 * hourMs };
    nightMs += Math.max(0, Math.min(end, night.end) - Math.max(start, night.start));
  }
  return nightMs >= 3 * hourMs;
}

/** "Tonight", "Today", "Tomorrow" or "Sat 28 Nov": the heading a shift stands under. A shift after midnight tonight is still tomorrow's. */
export function dayHeadingOf(timed: Timed, now: Instant): string {
  const start = Date.parse(timed.startsAt);
  const day = localDayOf(start);
  const today = localDayOf(now);
  if (day === today) return localTimeOf(start) >= '18:00' ? 'Tonight' : 'Today';
  if (day === addDays(today, 1)) return `Tomorrow, ${sayDay(day)}`;
  return sayDay(day);
}

/** "Ward 5, Becklin Centre". */
export const wardNameOf = (ward: WardLine) => `${ward.name}, ${ward.siteName}`;

/** A trust as people call it: what every one of them is called at the end says nothing. */
export const trustWords = (name: string) => name.replace(/ NHS( Foundation)? Trust$/, '');

/** "Leeds · Leeds and York Partnership": the town where it is known, and whose ward it is. */
export const wardPlaceOf = (ward: WardLine) => [ward.place, trustWords(ward.trustName)].filter(Boolean).join(' · ');

/** "4 km". Whole kilometres, as the crow flies; under one is "under 1 km". */
export const kmOf = (km: number | null) => (km === null ? null : km < 1 ? 'under 1 km' : `${Math.round(km)} km`);

const manyOfRole: Record<Role, [one: string, many: string]> = {
  rmn: ['mental-health nurse', 'mental-health nurses'],
  rnld: ['learning-disability nurse', 'learning-disability nurses'],
  'nursing-associate': ['nursing associate', 'nursing associates'],
  hcsw: ['support worker', 'support workers'],
  psychologist: ['psychologist', 'psychologists'],
  'assistant-psychologist': ['assistant psychologist', 'assistant psychologists'],
  ot: ['occupational therapist', 'occupational therapists'],
  doctor: ['doctor', 'doctors'],
};

/** "1 support worker", "3 support workers". */
export const countOfRole = (count: number, role: Role) => `${count} ${manyOfRole[role][count === 1 ? 0 : 1]}`;

/** How long until then, in the largest sensible unit: "in 25 min", "in 3 h", "in 2 days". */
export function untilWords(instant: Instant, now: Instant): string {
  const minutes = Math.max(0, Math.round((instant - now) / 60_000));
  if (minutes < 120) return `in ${minutes} min`;
  if (minutes < 48 * 60) return `in ${Math.round(minutes / 60)} h`;
  return `in ${Math.round(minutes / (24 * 60))} days`;
}

/** Head-room in whole hours, rounded down: nobody plans by the minute. */
export const hoursWords = (minutes: number) => (minutes < 600 ? sayMinutes(Math.max(0, minutes)) : `${Math.floor(minutes / 60)} h`);

export function pmvaWords({ pmva }: Pick<MyShift, 'pmva'>): string {
  return pmva.minimum === null ? `PMVA team ${pmva.count}, and the ward sets no minimum` : `PMVA team ${pmva.count} of ${pmva.minimum}`;
}

/** What taking it does for somebody who waits for a bed: said only where a closed bed names the shift (rules-beds, section 6). */
export const opensWords = ({ opensBeds }: { opensBeds: number }): string | null =>
  opensBeds === 0 ? null : opensBeds === 1 ? 'Opens a bed' : `Opens ${opensBeds} beds`;

/** Who may see the shift just now, said only when it isn't simply everyone. */
export function waveWords(shift: Pick<MyShift, 'wave' | 'preferred'>): string | null {
  if (shift.preferred) return 'Kept for you';
  if (shift.wave === 'regulars') return 'For this ward’s regulars first';
  if (shift.wave === 'home-trust') return 'For your own trust first';
  return null;
}

/** The first thing that stands in the way, for a card. */
export const firstHurdle = (shift: Pick<MyShift, 'decision'>): Check | undefined =>
  shift.decision.checks.find((check) => check.result === 'fail') ?? shift.decision.checks.find((check) => check.result === 'override');

export const resultWords: Record<CheckResult, string> = {
  pass: 'Yes',
  warn: 'Yes, but look',
  override: 'Only if the ward agrees',
  fail: 'No',
};

/** A date or an instant of the evidence, as people say it. */
export function sayWhen(text: string): string {
  return /^\d{4}-\d\d-\d\d$/.test(text) ? sayDay(text, true) : sayInstant(Date.parse(text), true);
}
