import { distanceKm, type Coordinates } from '../places/rules.ts';
import type { BoardWard } from './contract.ts';
import type { Freshness } from './facts.ts';

/** What a bed manager narrowed the board to. Nothing of it is asked of the server: everyone's board is the same (quality, section 4). */
export interface BoardWish {
  /** Words that stand in the ward's, site's, place's or trust's name, in any order; empty: any. */
  text: string;
  /** National code; null: any. */
  bedType: string | null;
  /** Wards of the other sex are left out. One whose designation is mixed, flexible or unknown may be asked, so it stays. */
  sex: 'female' | 'male' | null;
  securityLevel: number | null;
  /** Bed types of a service line; null: any. */
  lineBedTypes: readonly string[] | null;
  site: string | null;
  /** Only with a bed free and admissions not paused. */
  freeOnly: boolean;
  /** Where distances are measured from; null: nowhere, and `withinKm` then leaves nothing out. */
  from: Coordinates | null;
  withinKm: number | null;
}

/** A card as the board orders it: what its figures are worth now, and how far it is. */
export interface SeenWard {
  card: BoardWard;
  freshness: Freshness;
  /** Straight-line; null where one of the two places isn't known. */
  km: number | null;
}

/** Kilometres as the crow flies from where the board is measured to a ward; null where either isn't known. */
export function kmTo(from: Coordinates | null, { ward }: Pick<BoardWard, 'ward'>): number | null {
  return from && ward.latitude !== null && ward.longitude !== null
    ? distanceKm(from, { latitude: ward.latitude, longitude: ward.longitude })
    : null;
}

/** Could somebody be admitted now: a bed is free and admissions aren't paused. Empty and able to admit are two facts (rules-beds, section 1). */
export const canAdmit = (card: Pick<BoardWard, 'counts' | 'pause'>): boolean => (card.counts?.free ?? 0) > 0 && card.pause === null;

/** Does a card belong on a board narrowed like this? A ward whose place nobody knows stays when a distance is asked: it may be near. */
export function isWanted({ card, km }: Pick<SeenWard, 'card' | 'km'>, wish: BoardWish): boolean {
  const { ward } = card;
  if (wish.bedType !== null && ward.bedType !== wish.bedType) return false;
  if (wish.lineBedTypes !== null && !(ward.bedType !== null && wish.lineBedTypes.includes(ward.bedType))) return false;
  if (wish.sex !== null && (ward.sex === 'female' || ward.sex === 'male') && ward.sex !== wish.sex) return false;
  if (wish.securityLevel !== null && ward.securityLevel !== wish.securityLevel) return false;
  if (wish.site !== null && ward.site !== wish.site) return false;
  if (wish.freeOnly && !canAdmit(card)) return false;
  if (wish.withinKm !== null && km !== null && km > wish.withinKm) return false;
  if (wish.text === '') return true;
  const names = `${ward.name} ${ward.siteName} ${ward.place ?? ''} ${ward.trustName}`.toLowerCase();
  return wish.text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => names.includes(word));
}

/**
 * The order of the board: stale figures last, and after them wards that have said nothing yet (rules-beds, section 1); then those that could admit;
 * then the nearer, by place and name where nothing is measured. One order for the same cards, so that it only changes when they do.
 */
export function compareSeen(a: SeenWard, b: SeenWard): number {
  return (
    standing(a) - standing(b) ||
    Number(canAdmit(b.card)) - Number(canAdmit(a.card)) ||
    // Infinity less Infinity is no number, and falls through to the words: as it should.
    (a.km ?? Infinity) - (b.km ?? Infinity) ||
    compareWords(a.card.ward.place ?? '~', b.card.ward.place ?? '~') ||
    compareWords(a.card.ward.siteName, b.card.ward.siteName) ||
    compareWords(a.card.ward.name, b.card.ward.name) ||
    compareWords(a.card.ward.id, b.card.ward.id)
  );
}

const standing = ({ card, freshness }: SeenWard) => (card.counts === null ? 2 : freshness === 'stale' ? 1 : 0);
const compareWords = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

export interface BoardTotals {
  wards: number;
  /** Free where somebody could be admitted, by what the figures are worth: those of stale wards are counted apart, never as free. */
  free: number;
  ageing: number;
  stale: number;
  /** Free on wards that have paused admissions. */
  paused: number;
  held: number;
  onLeave: number;
  closed: number;
  /** Wards whose trust has not set its beds. */
  unset: number;
}

/** What the wards on the board come to. `free` holds the fresh and the ageing ones, `ageing` says how many of those are ageing. */
export function totalsOf(seen: readonly SeenWard[]): BoardTotals {
  const totals: BoardTotals = { wards: seen.length, free: 0, ageing: 0, stale: 0, paused: 0, held: 0, onLeave: 0, closed: 0, unset: 0 };
  for (const { card, freshness } of seen) {
    const { counts } = card;
    if (counts === null) {
      totals.unset += 1;
      continue;
    }
    totals.held += counts.held;
    totals.onLeave += counts.onLeave;
    for (const { count } of counts.closed) totals.closed += count;
    if (card.pause) totals.paused += counts.free;
    else if (freshness === 'stale') totals.stale += counts.free;
    else {
      totals.free += counts.free;
      if (freshness === 'ageing') totals.ageing += counts.free;
    }
  }
  return totals;
}
