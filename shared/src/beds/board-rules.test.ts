import { describe, expect, test } from 'vitest';
import { compareSeen, isWanted, totalsOf, type BoardWish, type SeenWard } from './board-rules.ts';
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

describe('the order of the board', () => {
  test('a stale bed stands after every ward whose figures count, however near and free; a ward that has said nothing stands last', () => {
    expect(
      orderOf(
        seen('unset', { isUnset: true, freshness: 'stale', km: 0 }),
        seen('stale', { free: 5, freshness: 'stale', km: 1 }),
        seen('full', { km: 2 }),
        seen('far', { free: 1, km: 60 }),
      ),
    ).toEqual(['far', 'full', 'stale', 'unset']);
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
