import type { Check } from '../kernel/decision.ts';
import { isInForce, localDayOf, localDaysOf, sayDay, sayDayBeside, turnsOf } from '../kernel/local-time.ts';
import type { LocalDay } from '../kernel/local-time.ts';
import type { GroundFacts, ShiftFacts } from '../shifts/facts.ts';
import type { StaffGroup, WorkerFacts } from '../workers/facts.ts';
import type { TrustCode } from './facts.ts';

/** WGS84, in degrees. */
export interface Coordinates {
  latitude: number;
  longitude: number;
}

/** A trust's name as people say it; its code where no name is known. */
export function trustNameOf(ground: Pick<GroundFacts, 'trustNames'>, trust: TrustCode): string {
  return ground.trustNames.get(trust) ?? trust;
}

export const staffGroupNames: Record<StaffGroup, string> = {
  nursing: 'nursing',
  psychology: 'psychology',
  therapies: 'therapy',
  medical: 'medical',
};

function agreementsFor(
  worker: Pick<WorkerFacts, 'homeTrust'>,
  shift: Pick<ShiftFacts, 'hostTrust' | 'staffGroup'>,
  ground: Pick<GroundFacts, 'agreements'>,
) {
  return ground.agreements.filter(
    (agreement) =>
      agreement.homeTrust === worker.homeTrust && agreement.hostTrust === shift.hostTrust && agreement.staffGroup === shift.staffGroup,
  );
}

/** The days on which what `agreementCheck` comes to may change. */
export function agreementTurns(
  worker: Pick<WorkerFacts, 'homeTrust'>,
  shift: Pick<ShiftFacts, 'hostTrust' | 'staffGroup'>,
  ground: GroundFacts,
): LocalDay[] {
  return agreementsFor(worker, shift, ground).flatMap(turnsOf);
}

/**
 * `agreement`: home = host, or on every local day of the shift a live sharing agreement from home to host covers its staff group.
 * Else fail: without one the host may not rely on the home trust's employment checks (rules-staffing, sections 1 and 3).
 * Two agreements that follow one another cover a night across their seam: each day needs one, not both days the same.
 */
export function agreementCheck(
  worker: Pick<WorkerFacts, 'homeTrust'>,
  shift: Pick<ShiftFacts, 'start' | 'end' | 'hostTrust' | 'staffGroup'>,
  ground: GroundFacts,
): Check {
  const code = 'agreement';
  if (worker.homeTrust === shift.hostTrust) {
    return { code, result: 'pass', sentence: 'The shift is at the home trust, so no agreement is needed.', evidence: [] };
  }
  const relevant = agreementsFor(worker, shift, ground);
  const uncovered = localDaysOf(shift).find((day) => !relevant.some((agreement) => isInForce(agreement, day)));
  const evidence = relevant.map((agreement) => ({
    what: 'sharing agreement',
    id: agreement.id,
    from: agreement.fromDay,
    ...(agreement.untilDay === null ? {} : { until: agreement.untilDay }),
    by: `${agreement.homeTrust} and ${agreement.hostTrust}`,
    detail: agreement.staffGroup,
  }));
  const home = trustNameOf(ground, worker.homeTrust);
  const host = trustNameOf(ground, shift.hostTrust);
  const staff = `${staffGroupNames[shift.staffGroup]} staff`;
  if (uncovered === undefined) {
    return { code, result: 'pass', sentence: `${home} and ${host} have agreed to share ${staff}.`, evidence };
  }
  const ended = relevant
    .map((agreement) => agreement.untilDay)
    .filter((day) => day !== null && day < uncovered)
    .sort()
    .at(-1);
  const why = ended ? ` The last agreement ends on ${sayDayBeside(ended, localDayOf(shift.start))}.` : '';
  return {
    code,
    result: 'fail',
    sentence: `${home} and ${host} have no agreement to share ${staff} on ${sayDay(uncovered)}.${why}`,
    evidence,
    fix: `The two trusts need to agree to share ${staff}.`,
  };
}

const earthRadiusKm = 6371.0088;

/** Kilometres between two places as the crow flies (haversine on the mean radius; at most 0.5 % off). */
export function distanceKm(a: Coordinates, b: Coordinates): number {
  const radians = Math.PI / 180;
  const halfLatitude = ((b.latitude - a.latitude) * radians) / 2;
  const halfLongitude = ((b.longitude - a.longitude) * radians) / 2;
  const chord =
    Math.sin(halfLatitude) ** 2 + Math.cos(a.latitude * radians) * Math.cos(b.latitude * radians) * Math.sin(halfLongitude) ** 2;
  return 2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(chord)));
}
