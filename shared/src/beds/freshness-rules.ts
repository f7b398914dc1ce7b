import { minuteMs, type Instant } from '../kernel/interval.ts';
import { addDays, instantsOf, localDayOf, type LocalDay } from '../kernel/local-time.ts';
import type { Freshness, FreshnessRule } from './facts.ts';

// A board has a thousand wards of a few rules, confirmed today or yesterday. The bound keeps a caller with wild days from filling the memory.
const duesByDay = new Map<string, Instant[]>();
const mostDaysKept = 10_000;

/**
 * The instants of a local day at which a ward's beds are due. A time that the March change skips is due when the clocks have jumped;
 * of one that the October change repeats, the first counts: nobody is asked twice.
 */
function duesOf(dueTimes: readonly string[], day: LocalDay): Instant[] {
  const key = `${day} ${dueTimes.join(' ')}`;
  const known = duesByDay.get(key);
  if (known) return known;
  const dues = dueTimes.flatMap((time) => instantsOf(day, time)[0] ?? instantsOf(day, '02:00')[0] ?? []).sort((a, b) => a - b);
  if (duesByDay.size >= mostDaysKept) duesByDay.clear();
  duesByDay.set(key, dues);
  return dues;
}

/**
 * The latest due time that has come by `now`; one that comes at `now` has come. Before a day's first it is the last of the day before.
 * @param dueTimes local times 'HH:MM', at least one, in any order
 */
export function lastDueAt(dueTimes: readonly string[], now: Instant): Instant {
  const today = localDayOf(now);
  const dues = [addDays(today, -1), today].flatMap((day) => duesOf(dueTimes, day));
  return dues.filter((due) => due <= now).at(-1)!;
}

/**
 * The first due time after `now`, and after it only: what is due at `now` is the last.
 * @param dueTimes local times 'HH:MM', at least one, in any order
 */
export function nextDueAt(dueTimes: readonly string[], now: Instant): Instant {
  const today = localDayOf(now);
  const dues = [today, addDays(today, 1)].flatMap((day) => duesOf(dueTimes, day));
  return dues.find((due) => due > now)!;
}

/** When a figure confirmed at an instant ages, and when it is stale, where nobody confirms it again. */
function losesStandingAt(confirmedAt: Instant, rule: FreshnessRule): { ageing: Instant; stale: Instant } {
  const due = nextDueAt(rule.dueTimes, confirmedAt);
  return { ageing: Math.min(due, confirmedAt + rule.freshMinutes * minuteMs), stale: due + rule.graceMinutes * minuteMs };
}

/**
 * How far a ward's figures may be trusted at `now` (rules-beds, section 1). Fresh: confirmed at or since the last due time, and less than
 * `freshMinutes` ago. Ageing: older than that with nothing due since, or due less than `graceMinutes` ago. Stale: due longer ago and not
 * answered; so is what nobody ever confirmed. Stale stays stale over the due times that follow: only a confirmation gives standing back.
 */
export function freshnessOf(confirmedAt: Instant | null, rule: FreshnessRule, now: Instant): Freshness {
  if (confirmedAt === null) return 'stale';
  const { ageing, stale } = losesStandingAt(confirmedAt, rule);
  return now >= stale ? 'stale' : now >= ageing ? 'ageing' : 'fresh';
}

/** When figures next lose standing after `now`, so that a page left open ages them by itself. Null: they are stale already. */
export function agesAt(confirmedAt: Instant | null, rule: FreshnessRule, now: Instant): Instant | null {
  if (confirmedAt === null) return null;
  const { ageing, stale } = losesStandingAt(confirmedAt, rule);
  return now < ageing ? ageing : now < stale ? stale : null;
}
