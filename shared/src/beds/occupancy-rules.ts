import type { Instant } from '../kernel/interval.ts';
import { addDays, localDayOf, startOfDay, type LocalDay } from '../kernel/local-time.ts';
import type { OccupancyDay } from './contract.ts';
import type { BedSpan } from './facts.ts';

/** Occupied of staffed beds in percent, to one decimal; null where no bed is staffed. */
export function occupancyPercent(occupied: number, staffed: number): number | null {
  return staffed === 0 ? null : Math.round((occupied * 1000) / staffed) / 10;
}

function census(spans: readonly BedSpan[], day: LocalDay, isSo: (span: BedSpan) => boolean): OccupancyDay {
  const states = spans.filter(isSo).map((span) => span.state);
  const count = (state: BedSpan['state']) => states.filter((each) => each === state).length;
  const staffed = states.length - count('closed');
  const occupied = count('occupied');
  const onLeave = count('on-leave');
  return {
    day,
    funded: states.length,
    staffed,
    occupied,
    onLeave,
    percent: occupancyPercent(occupied, staffed),
    percentWithLeave: occupancyPercent(occupied + onLeave, staffed),
  };
}

/**
 * The midnight census of a local day: what each bed was at the day's last moment. What begins at midnight is the next day's. Occupancy is
 * over staffed beds, those not closed, without and with people on leave; a bed held for somebody who hasn't come is empty
 * (rules-beds, section 1).
 * @param spans what each bed was and when, at most one span a bed at a time
 */
export function censusOf(spans: readonly BedSpan[], day: LocalDay): OccupancyDay {
  const midnight = startOfDay(addDays(day, 1));
  return census(spans, day, (span) => span.start < midnight && (span.end === null || span.end >= midnight));
}

/** The same at one instant: what is so now, or was at 10:00. What begins at that instant is so. */
export function censusAt(spans: readonly BedSpan[], instant: Instant): OccupancyDay {
  return census(spans, localDayOf(instant), (span) => span.start <= instant && (span.end === null || span.end > instant));
}
