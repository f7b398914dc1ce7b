/**
 * Days and clock times in Europe/London. Time is counted in instants; a local day or time is only a way to read one.
 * Everything that reads or makes a local time goes through here, because two places would one day disagree by an hour.
 */
import { dayMs, hourMs, lengthMinutes, minuteMs, remembered } from './interval.ts';
import type { Instant, Interval } from './interval.ts';

/** A day in Europe/London, 'YYYY-MM-DD': days compare as strings. */
export type LocalDay = string;

const london = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/London',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
});

// London's clocks change at 01:00 UTC, so one answer holds for a whole UTC hour and ten thousand decisions ask Intl only a few times.
const offsetInHour = remembered((hour: number) => {
  const part: Record<string, number> = {};
  for (const { type, value } of london.formatToParts(hour * hourMs)) part[type] = Number(value);
  const shown = Date.UTC(part['year']!, part['month']! - 1, part['day'], part['hour'], part['minute']);
  return (shown - hour * hourMs) / minuteMs;
});

/** Minutes that London's clocks are ahead of UTC at an instant: 0 in winter, 60 in summer. Throws RangeError on a number that is no instant. */
export const offsetMinutesAt = (instant: Instant): number => offsetInHour(Math.floor(instant / hourMs));

/** The instant's clock reading in London, as if it were UTC: for reading days and times off, never for arithmetic on elapsed time. */
function readingOf(instant: Instant): number {
  return instant + offsetMinutesAt(instant) * minuteMs;
}

const utcOf = remembered((day: LocalDay) => Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1, Number(day.slice(8, 10))));

const twoDigits = (value: number) => (value < 10 ? `0${value}` : `${value}`);

const dayInDays = remembered((days: number): LocalDay => {
  const date = new Date(days * dayMs);
  return `${date.getUTCFullYear()}-${twoDigits(date.getUTCMonth() + 1)}-${twoDigits(date.getUTCDate())}`;
});
const dayOf = (utc: number): LocalDay => dayInDays(Math.floor(utc / dayMs));

/** Is it a day of the calendar, written 'YYYY-MM-DD'? 2026-02-29 isn't. */
export function isRealDay(text: string): boolean {
  return /^[1-9]\d{3}-\d\d-\d\d$/.test(text) && dayOf(utcOf(text)) === text;
}

/** The local day an instant falls on. */
export function localDayOf(instant: Instant): LocalDay {
  return dayOf(readingOf(instant));
}

/** The clock reading of an instant, 'HH:MM'. On the October change two instants an hour apart read the same. */
export function localTimeOf(instant: Instant): string {
  const minutes = Math.floor(readingOf(instant) / minuteMs);
  const minuteOfDay = minutes - Math.floor(minutes / 1440) * 1440;
  return `${twoDigits(Math.floor(minuteOfDay / 60))}:${twoDigits(minuteOfDay % 60)}`;
}

/** The first instant of a local day. London's midnight is never missing and never doubled: its changes come after it. */
export function startOfDay(day: LocalDay): Instant {
  const utc = utcOf(day);
  return utc - offsetMinutesAt(utc - hourMs) * minuteMs;
}

/** The day `count` days later, or earlier where it is negative. */
export function addDays(day: LocalDay, count: number): LocalDay {
  return dayOf(utcOf(day) + count * dayMs);
}

const monthsAdded = new Map<number, (day: LocalDay) => LocalDay>();

/** The same day of the month `count` months on, or the month's last day where it has no such day (rules-staffing, section 2). */
export function addMonths(day: LocalDay, count: number): LocalDay {
  let add = monthsAdded.get(count);
  if (!add) monthsAdded.set(count, (add = remembered((from: LocalDay) => plusMonths(from, count))));
  return add(day);
}

function plusMonths(day: LocalDay, count: number): LocalDay {
  const months = Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1 + count;
  const year = Math.floor(months / 12);
  const month = months % 12;
  const lastOfMonth = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return dayOf(Date.UTC(year, month, Math.min(Number(day.slice(8, 10)), lastOfMonth)));
}

/** Days from one day to another: 1 from a day to its tomorrow, negative backwards. */
export function daysBetween(from: LocalDay, to: LocalDay): number {
  return (utcOf(to) - utcOf(from)) / dayMs;
}

/** 1 for Monday to 7 for Sunday. */
export function weekdayOf(day: LocalDay): number {
  return new Date(utcOf(day)).getUTCDay() || 7;
}

/** The Monday of the Monday–Sunday week a day belongs to. */
export function mondayOf(day: LocalDay): LocalDay {
  return addDays(day, 1 - weekdayOf(day));
}

/**
 * Every instant at which London's clocks show `time` ('HH:MM') on `day`, in order: one, none in the hour that the March change skips,
 * two in the hour that the October change repeats, none for what isn't a day or a time. The caller shows the choices and never guesses.
 */
export function instantsOf(day: LocalDay, time: string): Instant[] {
  if (!isRealDay(day) || !/^([01]\d|2[0-3]):[0-5]\d$/.test(time)) return [];
  const reading = utcOf(day) + (Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))) * minuteMs;
  const offsets = new Set([offsetMinutesAt(reading - dayMs), offsetMinutesAt(reading + dayMs)]);
  return [...offsets]
    .map((offset) => reading - offset * minuteMs)
    .filter((instant) => readingOf(instant) === reading)
    .sort((a, b) => a - b);
}

/**
 * Elapsed milliseconds of an interval between two clock times of each day, given in minutes after the local midnight they stand around:
 * 23:00–06:00 is from -60 until 360. Neither may lie in the hour that the change skips or repeats (60 to 120).
 */
export function msBetweenTimes(interval: Interval, fromMinutes: number, untilMinutes: number): number {
  // As startOfDay: an hour before a reading taken as UTC, London already has the offset of that reading.
  const instantAt = (reading: number) => reading - offsetMinutesAt(reading - hourMs) * minuteMs;
  let ms = 0;
  for (let midnight = Math.floor(readingOf(interval.start) / dayMs) * dayMs; ; midnight += dayMs) {
    const from = instantAt(midnight + fromMinutes * minuteMs);
    if (from >= interval.end) return ms;
    const until = instantAt(midnight + untilMinutes * minuteMs);
    ms += Math.max(0, Math.min(interval.end, until) - Math.max(interval.start, from));
  }
}

/** The local day of an interval's last moment: an end at 00:00 belongs to the day before (rules-staffing, section 3, "through the end"). */
export function lastLocalDayOf(interval: Interval): LocalDay {
  return localDayOf(Math.max(interval.start, interval.end - 1));
}

/** Every local day that has a moment of the interval, in order; at least the day it starts. */
export function localDaysOf(interval: Interval): LocalDay[] {
  const last = lastLocalDayOf(interval);
  const days = [localDayOf(interval.start)];
  for (let day = days[0]!; day < last;) days.push((day = addDays(day, 1)));
  return days;
}

/** From the first moment of an interval's first local day to the last of its last: the same days, whatever the hours. */
export function wholeDaysOf(interval: Interval): Interval {
  return { start: startOfDay(localDayOf(interval.start)), end: startOfDay(addDays(lastLocalDayOf(interval), 1)) };
}

/** Is something dated from one day until another, both included, in force on `day`? No first or last day means no bound on that side. */
export function isInForce(dated: { fromDay: LocalDay | null; untilDay: LocalDay | null }, day: LocalDay): boolean {
  return (dated.fromDay === null || dated.fromDay <= day) && (dated.untilDay === null || day <= dated.untilDay);
}

/** The days on which something dated comes into force or is in force no more. */
export function turnsOf(dated: { fromDay: LocalDay | null; untilDay: LocalDay | null }): LocalDay[] {
  return [...(dated.fromDay === null ? [] : [dated.fromDay]), ...(dated.untilDay === null ? [] : [addDays(dated.untilDay, 1)])];
}

/** A local day as a number that grows by 1 a day: days beside one another in an array. */
export const numberOfDay = (day: LocalDay): number => utcOf(day) / dayMs;

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const dayInWords = remembered(
  (day: LocalDay) => `${weekdays[weekdayOf(day) - 1]} ${Number(day.slice(8, 10))} ${months[Number(day.slice(5, 7)) - 1]}`,
);

/** "Sat 28 Nov", and "Sat 28 Nov 2026" when asked for the year. */
export function sayDay(day: LocalDay, withYear = false): string {
  return withYear ? `${dayInWords(day)} ${day.slice(0, 4)}` : dayInWords(day);
}

/** "31 Mar 2027": the weekday of a date months away only makes a line longer. */
export const sayDate = (day: LocalDay): string => sayDay(day, true).slice(4);

/** A day said in a sentence about another: with its year only when that isn't the other's. */
export function sayDayBeside(day: LocalDay, other: LocalDay): string {
  return sayDay(day, day.slice(0, 4) !== other.slice(0, 4));
}

/** "20:00". In the hour that happens twice it says which one: "01:30 BST" is the first, "01:30 GMT" the second. */
export function sayTime(instant: Instant): string {
  const time = localTimeOf(instant);
  const offset = offsetMinutesAt(instant);
  const isDoubled = offset !== offsetMinutesAt(instant - hourMs) || offset !== offsetMinutesAt(instant + hourMs);
  return isDoubled && instantsOf(localDayOf(instant), time).length > 1 ? `${time} ${offset > 0 ? 'BST' : 'GMT'}` : time;
}

/** "7 h 30 min", "12 h", "45 min". Whole minutes; a part of one is left out. */
export function sayMinutes(minutes: number): string {
  const whole = Math.floor(minutes);
  const hours = Math.floor(whole / 60);
  const rest = whole - hours * 60;
  if (hours === 0) return `${rest} min`;
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}

/**
 * "Sat 28 Nov, 20:00–08:00 (12 h)": the length is elapsed time, with the reason where the clocks change in between.
 * An end more than a day after the start has its own day.
 */
export function saySpan(interval: Interval, withYear = false): string {
  const turn = offsetMinutesAt(interval.end) - offsetMinutesAt(interval.start);
  const clocks = turn < 0 ? ', clocks go back' : turn > 0 ? ', clocks go forward' : '';
  const first = localDayOf(interval.start);
  const isLong = interval.end - interval.start > dayMs;
  const end = isLong ? ` – ${sayDay(localDayOf(interval.end))}, ${sayTime(interval.end)}` : `–${sayTime(interval.end)}`;
  return `${sayDay(first, withYear)}, ${sayTime(interval.start)}${end} (${sayMinutes(lengthMinutes(interval))}${clocks})`;
}

const instantInWords = remembered((instant: Instant) => `${sayDay(localDayOf(instant))}, ${sayTime(instant)}`);

/** "Sat 28 Nov, 20:00", and "Sat 28 Nov 2026, 20:00" when asked for the year. */
export function sayInstant(instant: Instant, withYear = false): string {
  return withYear ? `${sayDay(localDayOf(instant), true)}, ${sayTime(instant)}` : instantInWords(instant);
}
