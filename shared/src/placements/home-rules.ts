import { type LocalDay } from '../kernel/local-time.ts';
import { distanceKm } from '../places/rules.ts';
import type { Away, Match, MatchGround, WardToMatch } from './facts.ts';
import { canTake, matchOf } from './match-rules.ts';
import { nightsAway, reviewDueOn } from './measure-rules.ts';

/** Somebody who could come home to a ward, with what the order of such people goes by. */
export interface WayHome<T extends Away = Away> {
  person: T;
  match: Match;
  nightsAway: number;
  /** How much nearer home the ward is than where they are; less than nothing where it is farther; null where either isn't known. */
  distanceSavedKm: number | null;
  reviewOverdue: boolean;
  terms: { term: 'nights-away' | 'distance-saved' | 'wishes' | 'review-overdue'; value: string }[];
  /** 1 for the first. */
  place: number;
}

/**
 * Who of those away could come home to a ward, best first (rules-beds, section 5): everybody who means to return, whose bed type it is, whom
 * it meets or may be asked about, where it has a bed free. More nights away first, then more distance saved, then wishes on record, then a
 * review that is overdue; the request's id at last. An offer, not a move. For a bed that is yet to open, give the ward that bed among its
 * free ones.
 * @param reviewDaysOf how often the sender of a person has set to look at a placement again, in days
 * @returns nobody where the ward has no bed free
 */
export function rankHome<T extends Away>(
  ward: WardToMatch,
  people: readonly T[],
  ground: MatchGround,
  today: LocalDay,
  reviewDaysOf: (person: T) => number,
): WayHome<T>[] {
  return people
    .filter((person) => person.intendsReturn && person.need.bedType === ward.bedType)
    .map((person) => ({ person, match: matchOf({ ...person.need, whereNow: 'out-of-area' }, ward, ground) }))
    .filter(({ match }) => canTake(match))
    .map(({ person, match }) => {
      const nights = nightsAway(person.startedOn, null, today)!;
      const home = ground.places.get(person.need.homePlace);
      const near = home && ward.coordinates ? distanceKm(home, ward.coordinates) : null;
      const distanceSavedKm = near === null || person.distanceKm === null ? null : Math.round((person.distanceKm - near) * 10) / 10;
      const reviewOverdue = reviewDueOn(person.lastReviewedOn, person.startedOn, reviewDaysOf(person))! < today;
      return {
        person,
        match,
        nightsAway: nights,
        distanceSavedKm,
        reviewOverdue,
        terms: termsOf(person, nights, distanceSavedKm, reviewOverdue),
      };
    })
    .sort(
      (a, b) =>
        b.nightsAway - a.nightsAway ||
        compareNumbers(b.distanceSavedKm ?? -Infinity, a.distanceSavedKm ?? -Infinity) ||
        Number(b.person.wishes !== '') - Number(a.person.wishes !== '') ||
        Number(b.reviewOverdue) - Number(a.reviewOverdue) ||
        (a.person.requestId < b.person.requestId ? -1 : 1),
    )
    .map((each, at) => ({ ...each, place: at + 1 }));
}

function termsOf(person: Away, nights: number, saved: number | null, isOverdue: boolean): WayHome['terms'] {
  const km = (length: number) => `${Math.round(length)} km`;
  return [
    { term: 'nights-away', value: nights === 1 ? '1 night' : `${nights} nights` },
    {
      term: 'distance-saved',
      value: saved === null ? 'not known' : saved >= 0 ? `${km(saved)} nearer home` : `${km(-saved)} farther from home`,
    },
    { term: 'wishes', value: person.wishes === '' ? 'none on record' : 'wishes on record' },
    { term: 'review-overdue', value: isOverdue ? 'review overdue' : 'review not due' },
  ];
}

// Infinity less Infinity is no number.
function compareNumbers(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
