import type { Interval } from '../kernel/interval.ts';
import type { LocalDay } from '../kernel/local-time.ts';
import type { TrustCode } from '../places/facts.ts';

export const dutyKinds = ['duty', 'training', 'leave'] as const;
export type DutyKind = (typeof dutyKinds)[number];

/**
 * Time a person works or will work, at any trust: a row of a trust's roster or a live booking.
 * Leave is kept here too, but it is no duty: it never overlaps and never breaks rest.
 */
export interface DutyFact extends Interval {
  id: string;
  source: 'roster' | 'booking';
  kind: DutyKind;
  trust: TrustCode;
  wardId: string | null;
  /** Where, in words: the ward's name, or the trust's. */
  where: string;
  breakMinutes: number;
}

/** Time the worker has marked as not available. */
export interface UnavailableFact extends Interval {
  id: string;
}

/** The most a home trust lets its workers work in a Monday–Sunday local week, in minutes, from one day on. */
export interface LocalCapFact {
  trust: TrustCode;
  fromDay: LocalDay;
  untilDay: LocalDay | null;
  capMinutes: number;
}
