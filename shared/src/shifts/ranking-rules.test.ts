import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aDuty, aShift, aWorker, now } from '../kernel/examples.ts';
import { compareRanking, rankingTermsOf, wholeKm } from './ranking-rules.ts';
import type { RankingTerms } from './ranking-rules.ts';

const terms = (change: Partial<RankingTerms> = {}): RankingTerms => ({
  workerId: 'm',
  preferred: false,
  wardRegular: false,
  homeTrust: false,
  distanceKm: 10,
  headRoomMinutes: 600,
  recentOffers: 3,
  ...change,
});

describe('the order of candidates', () => {
  // Each is better by one term and worse by every later one.
  const worse = { headRoomMinutes: 0, recentOffers: 9, workerId: 'z' };
  test.each<[string, Partial<RankingTerms>, Partial<RankingTerms>]>([
    ['preferred', { preferred: true, ...worse, distanceKm: 99 }, { wardRegular: true, homeTrust: true }],
    ['ward regular', { wardRegular: true, ...worse, distanceKm: 99 }, { homeTrust: true }],
    ['home trust', { homeTrust: true, ...worse, distanceKm: 99 }, {}],
    ['nearer', { distanceKm: 9, ...worse }, {}],
    ['distance known', { distanceKm: 999, ...worse }, { distanceKm: null }],
    ['more head-room', { headRoomMinutes: 601, recentOffers: 9, workerId: 'z' }, {}],
    ['head-room known', { headRoomMinutes: 0, recentOffers: 9, workerId: 'z' }, { headRoomMinutes: null }],
    ['fewer offers of late', { recentOffers: 2, workerId: 'z' }, {}],
    ['offers known', { recentOffers: 99, workerId: 'z' }, { recentOffers: null }],
    ['the id at last', { workerId: 'a' }, {}],
    ['the id where neither distance is known', { distanceKm: null, workerId: 'a' }, { distanceKm: null }],
  ])('%s goes first', (_, first, second) => {
    expect(compareRanking(terms(first), terms(second))).toBeLessThan(0);
    expect(compareRanking(terms(second), terms(first))).toBeGreaterThan(0);
  });

  test('is one and the same whatever order they come in', () => {
    const some = fc.uniqueArray(
      fc.record({
        workerId: fc.string({ minLength: 1, maxLength: 4 }),
        preferred: fc.boolean(),
        wardRegular: fc.boolean(),
        homeTrust: fc.boolean(),
        distanceKm: fc.constantFrom(null, 1, 2),
        headRoomMinutes: fc.constantFrom(null, 0, 60),
        recentOffers: fc.constantFrom(null, 0, 1),
      }),
      { selector: (each) => each.workerId, maxLength: 12 },
    );
    fc.assert(
      fc.property(some, fc.infiniteStream(fc.nat()), (list, numbers) => {
        const shuffled = list.map((each) => ({ each, key: numbers.next().value as number })).sort((a, b) => a.key - b.key);
        expect(shuffled.map(({ each }) => each).sort(compareRanking)).toEqual([...list].sort(compareRanking));
      }),
    );
  });
});

describe('the terms of one candidate', () => {
  const ground = { regular: { regularDuties: 1, regularWeeks: 13 }, workerPlace: null, wardPlace: null, recentOffers: null };

  test('someone from elsewhere of whom little is known', () => {
    expect(rankingTermsOf(aWorker(), aShift(), ground, now)).toEqual({
      workerId: 'worker-1',
      preferred: false,
      wardRegular: false,
      homeTrust: false,
      distanceKm: null,
      headRoomMinutes: 48_960,
      recentOffers: null,
    });
  });

  test('a distance in whole kilometres, where both places are known', () => {
    const [leeds, bradford] = [
      { latitude: 53.8008, longitude: -1.5491 },
      { latitude: 53.795, longitude: -1.7594 },
    ];
    expect([wholeKm(leeds, bradford), wholeKm(leeds, leeds), wholeKm(leeds, null), wholeKm(null, bradford)]).toEqual([14, 0, null, null]);
  });

  test('the ward’s own, asked for by name', () => {
    const worker = aWorker({ homeTrust: 'RXG', duties: [aDuty('2026-10-01T08:00Z', 12, { wardId: 'the-dales/elmdale' })] });
    const places = { workerPlace: { latitude: 53.8008, longitude: -1.5491 }, wardPlace: { latitude: 53.795, longitude: -1.7594 } };
    const shift = aShift({ preferred: { workerId: 'worker-1', until: now } });
    expect(rankingTermsOf(worker, shift, { ...ground, ...places, recentOffers: 2 }, now)).toEqual({
      workerId: 'worker-1',
      preferred: true,
      wardRegular: true,
      homeTrust: true,
      distanceKm: 14,
      headRoomMinutes: 48_960 - 720,
      recentOffers: 2,
    });
  });
});
