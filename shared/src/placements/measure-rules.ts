import { addDays, addMonths, daysBetween, type LocalDay } from '../kernel/local-time.ts';
import type { Measures, Period, Spell } from './facts.ts';

/** "No bed": the one reason that makes a placement inappropriate by the national definition. */
const noBed = '10';
/** Acute adult, acute older adult, psychiatric intensive care. */
const measuredBedTypes: readonly string[] = ['200', '201', '202'];

/** Is a placement inappropriate by the national definition? Null where the reason isn't known (99). */
export function isInappropriate(reasonCode: string): boolean | null {
  return reasonCode === '99' ? null : reasonCode === noBed;
}

/** Spells of one person that overlap, as one: from the day the first was asked for until the last of them ended; null: somebody is away still. */
export interface JoinedSpell {
  requestIds: string[];
  receivedOn: LocalDay;
  endedOn: LocalDay | null;
}

/**
 * The spells that the national measures count, those of one person joined where they overlap (rules-beds, section 5). Counted are reason 10 in
 * a bed of type 200, 201 or 202 with a hospital spell. One person is a chain of requests that each `continues` another; a request without a
 * line of its own breaks the chain. Two overlap where the later was received before the earlier had ended; on the very day it ended is after it.
 */
export function spellsJoined(spells: readonly Spell[]): JoinedSpell[] {
  const continued = new Map(spells.map((spell) => [spell.requestId, spell.continues]));
  const firstOf = (requestId: string) => {
    const seen = new Set([requestId]);
    for (let at = requestId; ;) {
      const before = continued.get(at);
      if (before === undefined || before === null || seen.has(before)) return at;
      seen.add((at = before));
    }
  };
  const counted = spells
    .filter((spell) => spell.reasonCode === noBed && measuredBedTypes.includes(spell.bedType) && spell.startedOn !== null)
    .sort(
      (a, b) => compare(a.receivedOn, b.receivedOn) || compare(b.endedOn ?? '~', a.endedOn ?? '~') || compare(a.requestId, b.requestId),
    );
  const joined: JoinedSpell[] = [];
  const lastOf = new Map<string, JoinedSpell>();
  for (const spell of counted) {
    const chain = firstOf(spell.requestId);
    const last = lastOf.get(chain);
    if (last && (last.endedOn === null || spell.receivedOn < last.endedOn)) {
      last.requestIds.push(spell.requestId);
      if (last.endedOn !== null) last.endedOn = spell.endedOn === null || spell.endedOn > last.endedOn ? spell.endedOn : last.endedOn;
    } else {
      const one = { requestIds: [spell.requestId], receivedOn: spell.receivedOn, endedOn: spell.endedOn };
      joined.push(one);
      lastOf.set(chain, one);
    }
  }
  return joined;
}

/**
 * The national out-of-area measures of one sender in a period, as they are published (rules-beds, section 5): spells received in it; whole
 * days between the later of the day received and the period's first, and the earlier of the end and the day after the period's last;
 * spells not ended by its last day; spells ended in it, its first and last day included.
 * @param spells lines of the register of one sender
 * @param period `until` is the day after its last
 * @param today where the period is under way: bed days are counted up to this day, not to an end nobody knows
 */
export function measuresOf(spells: readonly Spell[], period: Period, today?: LocalDay): Measures {
  const isWithin = (day: LocalDay) => period.from <= day && day < period.until;
  const upTo = today === undefined ? period.until : earlier(today, period.until);
  const measures: Measures = { started: 0, bedDays: 0, activeAtEnd: 0, ended: 0 };
  for (const { receivedOn, endedOn } of spellsJoined(spells)) {
    if (isWithin(receivedOn)) measures.started += 1;
    if (endedOn !== null && isWithin(endedOn)) measures.ended += 1;
    if (receivedOn < period.until && (endedOn === null || endedOn >= period.until)) measures.activeAtEnd += 1;
    const from = receivedOn > period.from ? receivedOn : period.from;
    const until = endedOn === null ? upTo : earlier(endedOn, upTo);
    measures.bedDays += Math.max(0, daysBetween(from, until));
  }
  return measures;
}

const monthsOf = { month: 1, quarter: 3, year: 12 } as const;
/** A month may be set beside the same one a year ago; a quarter beside the seven before it; a year beside the two before it. */
const shownOf = { month: 13, quarter: 8, year: 3 } as const;

/**
 * The periods that the measures are shown for, newest first; the first is the one under way. Quarters and years are those of the financial
 * year, which begins on 1 April.
 */
export function periodsOf(by: 'month' | 'quarter' | 'year', today: LocalDay): (Period & { isUnderWay: boolean })[] {
  const length = monthsOf[by];
  const monthsSinceApril = (Number(today.slice(5, 7)) + 8) % 12;
  const first = addMonths(`${today.slice(0, 7)}-01`, -(monthsSinceApril % length));
  return Array.from({ length: shownOf[by] }, (_, back) => ({
    from: addMonths(first, -back * length),
    until: addMonths(first, (1 - back) * length),
    isUnderWay: back === 0,
  }));
}

/** Whole nights somebody has been away: from the day the stay began until it ended, or until today. Null where no stay has begun. */
export function nightsAway(startedOn: LocalDay | null, endedOn: LocalDay | null, today: LocalDay): number | null {
  return startedOn === null ? null : Math.max(0, daysBetween(startedOn, endedOn ?? today));
}

/** The day a placement must be looked at again: so many days after the last time, or after it began. Null where no stay has begun. */
export function reviewDueOn(lastReviewedOn: LocalDay | null, startedOn: LocalDay | null, reviewDays: number): LocalDay | null {
  const since = lastReviewedOn ?? startedOn;
  return since === null ? null : addDays(since, reviewDays);
}

function earlier(a: LocalDay, b: LocalDay): LocalDay {
  return a < b ? a : b;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
