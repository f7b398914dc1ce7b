import type { Instant } from '../kernel/interval.ts';
import { distanceKm } from '../places/rules.ts';
import type { Coordinates } from '../places/rules.ts';
import { headRoomMinutes } from '../working-time/hours-rules.ts';
import type { WorkerFacts } from '../workers/facts.ts';
import type { ShiftFacts } from './facts.ts';
import { isRegularOf } from './wave-rules.ts';
import type { WaveRule } from './wave-rules.ts';

/** Why someone stands where they do in a list: shown whole, never as a hidden score (rules-staffing, section 5). */
export interface RankingTerms {
  workerId: string;
  preferred: boolean;
  wardRegular: boolean;
  homeTrust: boolean;
  /** Whole kilometres, so that a list can't be used to find someone's home; null where a place isn't known. */
  distanceKm: number | null;
  headRoomMinutes: number | null;
  /** Offers of late: fewer first, so that work goes round. */
  recentOffers: number | null;
}

/** What ranking needs beyond the facts of a decision. `regular` is the ward's wave rule, or the trust's own figures where a ward has no waves. */
export interface RankingGround {
  regular: Pick<WaveRule, 'regularDuties' | 'regularWeeks'>;
  workerPlace: Coordinates | null;
  wardPlace: Coordinates | null;
  recentOffers: number | null;
}

/** The terms on which one worker is ranked for one shift at `now`. Head-room is worked out only where an order turns on it or somebody is shown it. */
export function rankingTermsOf(worker: WorkerFacts, shift: ShiftFacts, ground: RankingGround, now: Instant): RankingTerms {
  let room: number | undefined;
  return {
    workerId: worker.id,
    preferred: shift.preferred?.workerId === worker.id,
    wardRegular: isRegularOf(worker, shift.wardId, ground.regular, now),
    homeTrust: worker.homeTrust === shift.hostTrust,
    distanceKm: wholeKm(ground.workerPlace, ground.wardPlace),
    get headRoomMinutes() {
      return (room ??= headRoomMinutes(worker, now));
    },
    recentOffers: ground.recentOffers,
  };
}

/** Whole kilometres between two places; null where one isn't known. */
export function wholeKm(workerPlace: Coordinates | null, wardPlace: Coordinates | null): number | null {
  return workerPlace && wardPlace ? Math.round(distanceKm(workerPlace, wardPlace)) : null;
}

/** Smaller first, and what isn't known last. */
function compareKnown(a: number | null, b: number | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return a - b;
}

/**
 * Orders two candidates: preferred, ward regular, home trust, nearer, more head-room, fewer recent offers, and at last the id, so that the
 * same facts always give the same list (rules-staffing, section 5). For `Array.sort`.
 */
export function compareRanking(a: RankingTerms, b: RankingTerms): number {
  return (
    compareFirstTerms(a, b) ||
    compareKnown(negated(a.headRoomMinutes), negated(b.headRoomMinutes)) ||
    compareKnown(a.recentOffers, b.recentOffers) ||
    (a.workerId < b.workerId ? -1 : Number(a.workerId > b.workerId))
  );
}

export type FirstTerms = Pick<RankingTerms, 'preferred' | 'wardRegular' | 'homeTrust' | 'distanceKm'>;

/** The order as far as it is known without anybody's duties: whoever comes later by these comes later by all. */
export function compareFirstTerms(a: FirstTerms, b: FirstTerms): number {
  return (
    Number(b.preferred) - Number(a.preferred) ||
    Number(b.wardRegular) - Number(a.wardRegular) ||
    Number(b.homeTrust) - Number(a.homeTrust) ||
    compareKnown(a.distanceKm, b.distanceKm)
  );
}

function negated(value: number | null): number | null {
  return value === null ? null : -value;
}
