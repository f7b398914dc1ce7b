import type { Check } from '../kernel/decision.ts';
import { dayMs, hourMs, minuteMs, overlaps, rfc3339 } from '../kernel/interval.ts';
import type { Instant, Interval } from '../kernel/interval.ts';
import {
  addDays,
  isInForce,
  localDayOf,
  localDaysOf,
  mondayOf,
  msBetweenTimes,
  sayDay,
  sayMinutes,
  startOfDay,
} from '../kernel/local-time.ts';
import type { LocalDay } from '../kernel/local-time.ts';
import type { GroundFacts } from '../shifts/facts.ts';
import type { WorkerFacts } from '../workers/facts.ts';
import { isWork, workedMinutesOf } from './rules.ts';

// The law's own figures (Working Time Regulations 1998, reg. 4 and 6): 48 h a week over 17 weeks, 8 nightly hours on 6 days of each of 17 weeks.
const weekMs = 7 * dayMs;
const referenceWeeks = 17;
const weeklyMs = 48 * hourMs;
const nightLimitMs = 816 * hourMs;
const nightWorkerMs = 3 * hourMs;

/** Work with an unpaid break: a duty, or a shift that would become one. */
type Work = Interval & { breakMinutes: number };

/**
 * Worked time inside a window, exactly: whole milliseconds of the duties that lie in it, and a fraction for those that its edge cuts
 * (they count in proportion). A float would decide "exactly 48 h" by its last bit.
 */
interface Worked {
  ms: number;
  cut: { numerator: bigint; denominator: bigint };
}

function workedIn(window: Interval, duties: WorkerFacts['duties'], planned: Work | null): Worked {
  const worked: Worked = { ms: 0, cut: { numerator: 0n, denominator: 1n } };
  for (const duty of duties) {
    if (duty.start >= window.end) break;
    if (duty.end > window.start && isWork(duty)) addTo(worked, window, duty);
  }
  if (planned && overlaps(planned, window)) addTo(worked, window, planned);
  return worked;
}

function addTo(worked: Worked, window: Interval, duty: Work): void {
  const ms = Math.round(workedMinutesOf(duty) * minuteMs);
  if (duty.start >= window.start && duty.end <= window.end) {
    worked.ms += ms;
    return;
  }
  const inside = Math.min(duty.end, window.end) - Math.max(duty.start, window.start);
  const { numerator, denominator } = worked.cut;
  const length = BigInt(duty.end - duty.start);
  worked.cut = { numerator: numerator * length + BigInt(ms) * BigInt(inside) * denominator, denominator: denominator * length };
}

/** Is the worked time more than `limit / per` milliseconds? Both whole numbers, compared without rounding. */
function exceeds(worked: Worked, limit: number, per = 1): boolean {
  const { numerator, denominator } = worked.cut;
  if (numerator === 0n) return worked.ms * per > limit;
  return (BigInt(worked.ms) * denominator + numerator) * BigInt(per) > BigInt(limit) * denominator;
}

/** For sentences and for choosing which window to show, never for deciding. */
function roughMs(worked: Worked): number {
  return worked.ms + Number(worked.cut.numerator) / Number(worked.cut.denominator);
}

/** One window that the law averages over. `elapsedMs` is the time since joining that it may use: from 1 to 17 weeks. */
export interface HoursWindow extends Interval {
  worked: Worked;
  elapsedMs: number;
}

/** The leave inside each local day that has some, in order: one leave day each, however many rows it has. */
function leaveDaysOf(duties: WorkerFacts['duties']): Interval[] {
  const byDay = new Map<LocalDay, Interval>();
  for (const leave of duties) {
    if (isWork(leave)) continue;
    for (const day of localDaysOf(leave)) {
      const start = Math.max(leave.start, startOfDay(day));
      const end = Math.min(leave.end, startOfDay(addDays(day, 1)));
      const known = byDay.get(day);
      byDay.set(day, known ? { start: Math.min(known.start, start), end: Math.max(known.end, end) } : { start, end });
    }
  }
  return [...byDay.values()];
}

/** Where a window that ends at `end` starts: 119 days back, and one more for each leave day in it, those it meets on the way back included. */
function windowStart(end: Instant, leaveDays: readonly Interval[]): Instant {
  let start = end - referenceWeeks * weekMs;
  for (;;) {
    const window = { start, end };
    const reached = end - referenceWeeks * weekMs - leaveDays.filter((day) => overlaps(day, window)).length * dayMs;
    if (reached === start) return start;
    start = reached;
  }
}

/**
 * The windows in which taking a shift matters (section 3, `weekly-hours`): of 119 × 24 elapsed hours, the one ending at the shift's end and
 * one for each later end of a duty that still contains the shift's start. Leave days drop out and the window reaches back by as many.
 * `planned` is false to look at `around` as a mere moment. Where the day of joining is unknown all 17 weeks count: that gap is commonest in
 * people who joined long before the first import, and taking them for newcomers would refuse lawful work; rests still guard them.
 * `duties` must reach back 17 weeks and as many days as there is leave.
 */
export function hoursWindowsOf(worker: Pick<WorkerFacts, 'duties' | 'joinedOn'>, around: Work, planned = true): HoursWindow[] {
  const leaveDays = leaveDaysOf(worker.duties);
  const joinedAt = worker.joinedOn === null ? -Infinity : startOfDay(worker.joinedOn);
  const ends = new Set([around.end]);
  for (const duty of worker.duties) if (duty.end > around.end && isWork(duty)) ends.add(duty.end);
  const windows: HoursWindow[] = [];
  for (const end of ends) {
    const start = windowStart(end, leaveDays);
    if (start > around.start) continue;
    const worked = workedIn({ start, end }, worker.duties, planned ? around : null);
    const elapsedMs = Math.min(Math.max(end - joinedAt, weekMs), referenceWeeks * weekMs);
    windows.push({ start, end, worked, elapsedMs });
  }
  return windows;
}

/** Milliseconds that a window still allows, below 0 when it is over; for choosing and showing. */
function roomMs(window: HoursWindow): number {
  return (window.elapsedMs / weekMs) * weeklyMs - roughMs(window.worked);
}

function tightest(windows: readonly HoursWindow[]): HoursWindow {
  return windows.reduce((tight, window) => (roomMs(window) < roomMs(tight) ? window : tight));
}

/** Rounded up, so that a window that is over by seconds never reads as if it were at the limit; the small part forgives a float its last bit. */
function sayHoursAWeek(window: HoursWindow): string {
  return sayMinutes(Math.ceil(roughMs(window.worked) / minuteMs / (window.elapsedMs / weekMs) - 1e-6));
}

/**
 * `weekly-hours`: in every window the worked time is at most 48 h × weeks; weeks are the elapsed time from 00:00 on the day of joining to the
 * window's end, in fractions, from 1 to 17; exactly at the limit passes. Over it: pass with the opt-out as evidence where a written one is in
 * force on the day the shift starts, else fail (Working Time Regulations 1998, reg. 4 and 5). `windows` saves computing them twice.
 */
export function weeklyHoursCheck(
  worker: Pick<WorkerFacts, 'duties' | 'joinedOn' | 'optOut'>,
  shift: Work,
  windows = hoursWindowsOf(worker, shift),
): Check {
  const code = 'weekly-hours';
  // weeks × 48 h is elapsed × 48 / 168 = elapsed × 2 / 7: whole numbers to the end.
  const over = windows.filter((window) => exceeds(window.worked, window.elapsedMs * 2, 7));
  const shown = tightest(over.length > 0 ? over : windows);
  const weeks = shown.elapsedMs / weekMs;
  const evidence = [
    {
      what: 'hours averaged over 17 weeks',
      from: rfc3339(shown.start),
      until: rfc3339(shown.end),
      detail:
        `${sayMinutes(roughMs(shown.worked) / minuteMs)} worked, at most ${sayMinutes((weeks * weeklyMs) / minuteMs)} in ` +
        `${Number(weeks.toFixed(2))} weeks${worker.joinedOn === null ? '; the day of joining is not recorded, so all 17 weeks count' : ''}`,
    },
  ];
  const average = sayHoursAWeek(shown);
  if (over.length === 0) {
    return { code, result: 'pass', sentence: `Would work ${average} a week on average; the most is 48 h.`, evidence };
  }
  const { optOut } = worker;
  if (optOut && isInForce(optOut, localDayOf(shift.start))) {
    return {
      code,
      result: 'pass',
      sentence: `Would work ${average} a week on average, and has agreed in writing to work more than 48 h.`,
      evidence: [...evidence, { what: 'opt-out', from: optOut.fromDay, ...(optOut.untilDay === null ? {} : { until: optOut.untilDay }) }],
    };
  }
  return {
    code,
    result: 'fail',
    sentence: `Would work more than 48 h a week on average (${average}).`,
    evidence,
    fix: 'Work fewer hours first, or give the bank office a written opt-out.',
  };
}

/** Is 3 h or more of it between 23:00 and 06:00 local time? That night is 8 h long in October and 6 h in March. */
function isNightWork(duty: Interval): boolean {
  return msBetweenTimes(duty, -60, 360) >= nightWorkerMs;
}

/**
 * Asks of a window: is at least half of the duties in it night work, the shift among them? A duty that its edge cuts is in it, and is night
 * work or not as a whole. Each duty is looked at once, however many windows it is in, and only when someone asks.
 */
function mostlyNights(duties: WorkerFacts['duties'], shift: Interval): (window: Interval) => boolean {
  let known: { duty: Interval; isNight: boolean }[] | null = null;
  return (window) => {
    known ??= [shift, ...duties.filter(isWork)].map((duty) => ({ duty, isNight: isNightWork(duty) }));
    const inside = known.filter(({ duty }) => overlaps(duty, window));
    return inside.filter(({ isNight }) => isNight).length * 2 >= inside.length;
  };
}

/**
 * `night-limit`: in the windows of `weekly-hours`, someone who works 3 h or more between 23:00 and 06:00 on at least half of the duties works
 * at most 816 h in total, not pro-rated and with no opt-out. Else warn (Working Time Regulations 1998, reg. 6).
 */
export function nightLimitCheck(
  worker: Pick<WorkerFacts, 'duties' | 'joinedOn'>,
  shift: Work,
  windows = hoursWindowsOf(worker, shift),
): Check {
  const code = 'night-limit';
  const over = windows.filter((window) => exceeds(window.worked, nightLimitMs)).filter(mostlyNights(worker.duties, shift));
  if (over.length === 0) return { code, result: 'pass', sentence: 'Is within the limit for night workers.', evidence: [] };
  const shown = tightest(over);
  const hours = sayMinutes(roughMs(shown.worked) / minuteMs);
  return {
    code,
    result: 'warn',
    sentence: `Works mostly nights and would work ${hours} in 17 weeks; night workers should work 816 h at most.`,
    evidence: [{ what: 'night work over 17 weeks', from: rfc3339(shown.start), until: rfc3339(shown.end), detail: `${hours} worked` }],
    fix: 'Choose shifts by day for a while, or ask the bank office about night work.',
  };
}

/**
 * `local-cap`: where the home trust has set a cap that is in force on a day of the shift, worked minutes in the Monday–Sunday local week of
 * that day, the shift among them, are at most the cap. Else fail. A duty cut by the week's edge counts in proportion (section 3; the cap is data).
 */
export function localCapCheck(
  worker: Pick<WorkerFacts, 'duties' | 'homeTrust'>,
  shift: Work,
  ground: Pick<GroundFacts, 'localCaps'>,
): Check {
  const code = 'local-cap';
  const caps = ground.localCaps.filter((cap) => cap.trust === worker.homeTrust);
  const capOfWeek = new Map<LocalDay, number>();
  if (caps.length > 0) {
    for (const day of localDaysOf(shift)) {
      for (const cap of caps) {
        if (!isInForce(cap, day)) continue;
        const monday = mondayOf(day);
        capOfWeek.set(monday, Math.min(cap.capMinutes, capOfWeek.get(monday) ?? Infinity));
      }
    }
  }
  if (capOfWeek.size === 0) {
    return { code, result: 'pass', sentence: 'The home trust has set no weekly limit of its own.', evidence: [] };
  }
  const weeks = [...capOfWeek].map(([monday, capMinutes]) => {
    const week = { start: startOfDay(monday), end: startOfDay(addDays(monday, 7)) };
    return { monday, capMinutes, week, worked: workedIn(week, worker.duties, shift) };
  });
  const evidence = weeks.map(({ capMinutes, week, worked }) => ({
    what: 'weekly limit of the home trust',
    from: rfc3339(week.start),
    until: rfc3339(week.end),
    by: worker.homeTrust,
    detail: `${sayMinutes(roughMs(worked) / minuteMs)} worked, at most ${sayMinutes(capMinutes)}`,
  }));
  const over = weeks.find(({ capMinutes, worked }) => exceeds(worked, capMinutes * minuteMs));
  if (!over) return { code, result: 'pass', sentence: 'Is within the home trust’s weekly limit.', evidence };
  const hours = sayMinutes(roughMs(over.worked) / minuteMs);
  return {
    code,
    result: 'fail',
    sentence: `Would work ${hours} in the week from ${sayDay(over.monday)}; the home trust’s limit is ${sayMinutes(over.capMinutes)}.`,
    evidence,
    fix: 'Choose a shift in another week.',
  };
}

/**
 * Whole minutes that the 17-week average still allows at `now`: the least room in the window ending now and in those ending at later duties
 * that contain now; 0 when none is left. Work already planned counts. Used to rank, not to refuse (rules-staffing, section 5).
 */
export function headRoomMinutes(worker: Pick<WorkerFacts, 'duties' | 'joinedOn'>, now: Instant): number {
  const windows = hoursWindowsOf(worker, { start: now, end: now, breakMinutes: 0 }, false);
  return Math.max(0, Math.floor(roomMs(tightest(windows)) / minuteMs));
}

/** Minutes worked in the 17 weeks to `now` and the most those weeks allow: what a worker is shown beside their head-room. */
export function hoursNow(worker: Pick<WorkerFacts, 'duties' | 'joinedOn'>, now: Instant): { workedMinutes: number; limitMinutes: number } {
  const window = hoursWindowsOf(worker, { start: now, end: now, breakMinutes: 0 }, false).find((one) => one.end === now)!;
  return {
    workedMinutes: Math.floor(roughMs(window.worked) / minuteMs),
    limitMinutes: Math.floor(((window.elapsedMs / weekMs) * weeklyMs) / minuteMs),
  };
}
