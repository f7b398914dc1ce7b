import { describe, expect, test } from 'vitest';
import { compareSeen, isWanted, kmTo, totalsOf, type BoardWish, type SeenWard } from './board-rules.ts';
import type { BoardWard } from './contract.ts';

const anything: BoardWish = {
  text: '',
  bedType: null,
  sex: null,
  securityLevel: null,
  lineBedTypes: null,
  site: null,
  freeOnly: false,
  from: null,
  withinKm: null,
};

type Counts = NonNullable<BoardWard['counts']>;

function seen(
  name: string,
  given: Partial<Counts> & {
    freshness?: SeenWard['freshness'];
    km?: number;
    isPaused?: boolean;
    isUnset?: boolean;
    sex?: BoardWard['ward']['sex'];
  } = {},
): SeenWard {
  const { freshness = 'fresh', km = null, isPaused = false, isUnset = false, sex = 'female', ...counts } = given;
  return {
    freshness,
    km,
    card: {
      ward: {
        id: name,
        code: `site/${name}`,
        name,
        trust: 'T',
        trustName: 'Trust',
        site: 'site',
        siteName: 'Site',
        place: 'Leeds',
        latitude: null,
        longitude: null,
        serviceLine: 'Acute adult',
        bedType: '200',
        sex,
        ageGroup: '13',
        securityLevel: 0,
        locked: false,
        independent: false,
      },
      counts: isUnset ? null : { funded: 10, staffed: 10, free: 0, held: 0, occupied: 0, onLeave: 0, closed: [], ...counts },
      sourced: 10,
      pause: isPaused ? { reason: 'Unsettled', reviewAt: '2027-01-11T16:00:00Z', since: '2027-01-11T11:00:00Z' } : null,
      confirmed: null,
      askedAt: null,
      rule: { dueTimes: ['10:00'], freshMinutes: 240, graceMinutes: 60 },
      freshness,
    },
  };
}
const orderOf = (...wards: SeenWard[]) => wards.sort(compareSeen).map(({ card }) => card.ward.name);

test('a distance is known where both places are', () => {
  const at = (latitude: number | null, longitude: number | null) => ({ ward: { ...seen('a').card.ward, latitude, longitude } });
  const leeds = { latitude: 53.8008, longitude: -1.5491 };
  expect(Math.round(kmTo(leeds, at(53.795, -1.7594))!)).toBe(14);
  expect([kmTo(leeds, at(null, -1.7)), kmTo(leeds, at(53.7, null)), kmTo(null, at(53.7, -1.7))]).toEqual([null, null, null]);
});

describe('the order of the board', () => {
  test('where nothing is measured: by place, an unknown one last, then site, then name, then id', () => {
    const of = (id: string, place: string | null, siteName: string, name: string) => {
      const one = seen(id);
      return { ...one, card: { ...one.card, ward: { ...one.card.ward, place, siteName, name } } };
    };
    const wards = [
      of('f', null, 'A', 'A'),
      of('e', 'Leeds', 'B', 'A'),
      of('d', 'Leeds', 'A', 'B'),
      of('c', 'Leeds', 'A', 'A'),
      of('b', 'Leeds', 'A', 'A'),
      of('a', 'Bradford', 'Z', 'Z'),
    ];
    for (const order of [wards, wards.toReversed()])
      expect(order.toSorted(compareSeen).map(({ card }) => card.ward.id)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  test('a stale bed stands after every ward whose figures count, however near and free; a ward that has said nothing stands last', () => {
    expect(
      orderOf(
        seen('unset', { isUnset: true, freshness: 'stale', km: 0 }),
        seen('stale', { free: 5, freshness: 'stale', km: 1 }),
        seen('stale-and-full', { freshness: 'stale', km: 90 }),
        seen('full', { km: 2 }),
        seen('far', { free: 1, km: 60 }),
      ),
    ).toEqual(['far', 'full', 'stale', 'stale-and-full', 'unset']);
  });

  test('an empty bed on a ward that has paused admissions is not a bed somebody could have', () => {
    expect(orderOf(seen('paused', { free: 4, isPaused: true, km: 1 }), seen('open', { free: 1, km: 30 }))).toEqual(['open', 'paused']);
  });

  test('of those alike the nearer comes first, and where nothing is measured the name decides, whatever order they came in', () => {
    expect(orderOf(seen('b', { free: 1, km: 9 }), seen('a', { free: 3, km: 10 }), seen('c', { free: 1 }))).toEqual(['b', 'a', 'c']);
    expect(orderOf(seen('b'), seen('a'))).toEqual(['a', 'b']);
  });
});

describe('what is left out', () => {
  test('asked for women, wards for men go; those that can only be asked stay', () => {
    const left = (['female', 'male', 'mixed', 'flexible', 'separate', null] as const).filter((sex) =>
      isWanted(seen('x', { sex }), { ...anything, sex: 'female' }),
    );
    expect(left).toEqual(['female', 'mixed', 'flexible', 'separate', null]);
  });

  test('with a bed free leaves out a ward that has paused; a distance leaves nothing out that nobody can measure', () => {
    expect(isWanted(seen('x', { free: 2, isPaused: true }), { ...anything, freeOnly: true })).toBe(false);
    expect(isWanted(seen('x'), { ...anything, withinKm: 10 })).toBe(true);
    expect(isWanted(seen('x', { km: 10.5 }), { ...anything, withinKm: 10 })).toBe(false);
  });

  test('each wish narrows: bed type, line, site, security, a free bed', () => {
    const one = seen('x', { free: 1, km: 10 });
    const wishes: [Partial<BoardWish>, boolean][] = [
      [{ bedType: '200' }, true],
      [{ bedType: '201' }, false],
      [{ lineBedTypes: ['201', '200'] }, true],
      [{ lineBedTypes: ['201'] }, false],
      [{ site: 'site' }, true],
      [{ site: 'other' }, false],
      [{ securityLevel: 0 }, true],
      [{ securityLevel: 1 }, false],
      [{ freeOnly: true }, true],
      [{ withinKm: 10 }, true],
      [{ withinKm: 9 }, false],
    ];
    for (const [wish, expected] of wishes) expect([wish, isWanted(one, { ...anything, ...wish })]).toEqual([wish, expected]);
    const untyped = { ...one, card: { ...one.card, ward: { ...one.card.ward, bedType: null } } };
    expect(isWanted(untyped, { ...anything, lineBedTypes: ['200'] })).toBe(false);
    expect(isWanted(untyped, anything)).toBe(true);
  });

  test('words may stand in any of the names and in any order', () => {
    expect(isWanted(seen('Ward 5'), { ...anything, text: 'leeds  WARD' })).toBe(true);
    expect(isWanted(seen('Ward 5'), { ...anything, text: 'leeds ward 6' })).toBe(false);
  });
});

test('free beds of stale or paused wards are counted apart and never as free', () => {
  const totals = totalsOf([
    seen('fresh', { free: 2, held: 1 }),
    seen('ageing', { free: 3, freshness: 'ageing', onLeave: 2 }),
    seen('stale', { free: 5, freshness: 'stale' }),
    seen('paused', { free: 7, isPaused: true, closed: [{ reason: 'staffing', count: 2, shiftsToFill: 1, mayReopen: 0 }] }),
    seen('unset', { isUnset: true, freshness: 'stale' }),
  ]);
  expect(totals).toEqual({ wards: 5, free: 5, ageing: 3, stale: 5, paused: 7, held: 1, onLeave: 2, closed: 2, unset: 1 });
});
