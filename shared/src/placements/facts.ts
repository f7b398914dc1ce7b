import type { Criterion } from '../beds/contract.ts';
import type { Freshness, Outcome, RankingTerm, SexRules, WardSex } from '../beds/facts.ts';
import type { Instant } from '../kernel/interval.ts';
import type { LocalDay } from '../kernel/local-time.ts';
import type { Coordinates } from '../places/rules.ts';

export const ageBands = ['child', 'young-person', 'adult', 'older-adult'] as const;
export type AgeBand = (typeof ageBands)[number];
export const whereNows = ['community', 'emergency-department', 'place-of-safety', 'another-ward', 'out-of-area'] as const;
export type WhereNow = (typeof whereNows)[number];
export const liveStates = ['held', 'referred', 'accepted'] as const;
export const allocationStates = [...liveStates, 'declined', 'arrived', 'released', 'expired'] as const;
export type AllocationState = (typeof allocationStates)[number];

/** What somebody needs: coded, with nothing in it that says who they are. */
export interface NeedFacts {
  homePlace: string;
  bedType: string;
  ageBand: AgeBand;
  sex: 'female' | 'male';
  legalStatus: string;
  securityLevel: number;
  needs: readonly string[];
  whereNow: WhereNow;
}

/** A ward as the match sees it at one instant. */
export interface WardToMatch {
  wardId: string;
  name: string;
  trust: string;
  place: string | null;
  coordinates: Coordinates | null;
  bedType: string | null;
  sex: WardSex | null;
  ageGroup: string | null;
  securityLevel: number;
  locked: boolean | null;
  freshness: Freshness;
  confirmedAt: Instant | null;
  pause: { reason: string; reviewAt: Instant } | null;
  /** The version in force; 0 and nothing where the ward has said nothing yet. */
  criteria: { version: number; items: readonly Criterion[] };
  freeBeds: readonly { id: string; label: string }[];
}

/** What the match goes by beside the need and the wards: places, whose members share, and the sender's rules. */
export interface MatchGround {
  places: ReadonlyMap<string, Coordinates & { insideIcb: boolean }>;
  /** The trusts of the sender's collaborative. */
  members: ReadonlySet<string>;
  sexRules: (trust: string) => SexRules;
  rankingTerms: readonly RankingTerm[];
  needNames: ReadonlyMap<string, string>;
}

export interface CriterionResult {
  code: string;
  result: Outcome;
  sentence: string;
  /** The ward's own words, and the version of its criteria they stand in. */
  words?: string;
  version?: number;
}

export interface Term {
  term: 'availability' | 'age-of-figures' | RankingTerm;
  value: string;
}

export interface Match {
  wardId: string;
  outcome: Outcome;
  criteria: CriterionResult[];
  terms: Term[];
  freshness: Freshness;
  distanceKm: number | null;
  samePlace: boolean;
  freeBeds: readonly { id: string; label: string }[];
}

/** A line of the register as the measures see it. `continues` is the request it goes on from. */
export interface Spell {
  requestId: string;
  continues: string | null;
  bedType: string;
  reasonCode: string;
  receivedOn: LocalDay;
  /** The day the hospital spell began; null: a referral without one. */
  startedOn: LocalDay | null;
  endedOn: LocalDay | null;
}

/** From its first day up to, and without, the day after its last. */
export interface Period {
  from: LocalDay;
  until: LocalDay;
}

export interface Measures {
  started: number;
  bedDays: number;
  activeAtEnd: number;
  ended: number;
}

/** Somebody away as the way home sees them. */
export interface Away {
  requestId: string;
  need: NeedFacts;
  startedOn: LocalDay;
  /** Straight-line, from their home place to where they are; null where that isn't known. */
  distanceKm: number | null;
  wishes: string;
  intendsReturn: boolean;
  lastReviewedOn: LocalDay | null;
}
