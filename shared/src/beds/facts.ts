import type { Instant } from '../kernel/interval.ts';

/** What a ward or a bed manager may say a bed is. `held` is said by a live allocation alone. */
export const settableStates = ['available', 'occupied', 'on-leave', 'closed'] as const;
export type SettableState = (typeof settableStates)[number];
export const bedStates = ['available', 'held', 'occupied', 'on-leave', 'closed'] as const;
export type BedState = (typeof bedStates)[number];

export const closedReasons = [
  'staffing',
  'infection',
  'damage-or-repair',
  'acuity',
  'sex-of-accommodation',
  'commissioner',
  'other',
] as const;
export type ClosedReason = (typeof closedReasons)[number];

export const freshnesses = ['fresh', 'ageing', 'stale'] as const;
export type Freshness = (typeof freshnesses)[number];

export const wardSexes = ['female', 'male', 'mixed', 'flexible', 'separate'] as const;
export type WardSex = (typeof wardSexes)[number];

/** The lists of codes that needs, answers and the register are described in. */
export const codeLists = [
  'bed-type',
  'legal-status',
  'out-of-area-reason',
  'delay-reason',
  'need',
  'decline-reason',
  'release-reason',
] as const;

export const outcomes = ['meets', 'ask', 'does-not-meet'] as const;
/** Three-valued: some things only a clinician can say. */
export type Outcome = (typeof outcomes)[number];

/** When a trust's wards say what they have, and for how long that counts. Local times `HH:MM`, Europe/London. */
export interface FreshnessRule {
  dueTimes: readonly string[];
  /** Confirmed longer ago than this, a figure ages though nothing was due since. */
  freshMinutes: number;
  /** A due time that passed this long ago unanswered makes a figure stale. */
  graceMinutes: number;
}

/** The terms of the ranking a trust may put in another order. Legal status is not one, and never can be. */
export const rankingTerms = ['least-restrictive', 'nearest-home', 'freshest'] as const;
export type RankingTerm = (typeof rankingTerms)[number];

/** What a ward of each designation, or of none known, answers to a need for each sex. */
export type SexRules = Record<WardSex | 'unknown', Record<'female' | 'male', Outcome>>;

/** A bed as the counts see it. */
export interface BedFact {
  state: BedState;
  closedReason: ClosedReason | null;
  /** How many shifts still to be filled would open it; 0 where none is named. */
  shiftsToFill: number;
  /** Which shifts those are, where that is known: one that several beds wait for is counted once then. */
  openShiftIds?: readonly string[];
  /** All the shifts that its closing named are filled. */
  mayReopen: boolean;
}

/** What a bed was over a time: for the occupancy and the return. `end` null is still so. */
export interface BedSpan {
  bedId: string;
  state: SettableState;
  closedReason: ClosedReason | null;
  start: Instant;
  end: Instant | null;
}
