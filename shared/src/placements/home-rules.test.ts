import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aMatchGround, aNeed, aWardToMatch } from '../kernel/examples.ts';
import { addDays } from '../kernel/local-time.ts';
import type { Away } from './facts.ts';
import { rankHome } from './home-rules.ts';

const today = '2026-11-20';
const ground = aMatchGround();
const ward = aWardToMatch();
const away = (requestId: string, change: Partial<Away> = {}): Away => ({
  requestId,
  need: aNeed(),
  startedOn: '2026-11-10',
  distanceKm: 63.4,
  wishes: '',
  intendsReturn: true,
  lastReviewedOn: '2026-11-18',
  ...change,
});
const week = () => 7;
const order = (people: Away[], on = ward) => rankHome(on, people, ground, today, week).map((each) => each.person.requestId);

describe('who could come home', () => {
  // The first comes first by one term, though it is worse by every later one.
  test.each<[string, Partial<Away>, Partial<Away>]>([
    [
      'more nights away first',
      { startedOn: '2026-11-09', distanceKm: null, lastReviewedOn: '2026-11-19' },
      { wishes: 'To be near family', lastReviewedOn: null },
    ],
    ['more distance saved first', { distanceKm: 64 }, { wishes: 'To be near family', lastReviewedOn: null }],
    ['even farther from home before a distance nobody knows', { distanceKm: 1 }, { distanceKm: null, wishes: 'To be near family' }],
    ['wishes on record first', { wishes: 'To be near family' }, { lastReviewedOn: '2026-11-12' }],
    ['a review overdue first', { lastReviewedOn: '2026-11-12' }, { lastReviewedOn: '2026-11-13' }],
  ])('%s', (_, first, second) => {
    expect(order([away('y', first), away('x', second)])).toEqual(['y', 'x']);
    expect(order([away('x', second), away('y', first)])).toEqual(['y', 'x']);
  });

  test('the request at last, so that it is one order', () => {
    expect(order([away('b'), away('a'), away('c', { distanceKm: null }), away('d', { distanceKm: null })])).toEqual(['a', 'b', 'c', 'd']);
  });

  test.each<[string, Partial<Away>, Partial<typeof ward>]>([
    ['does not mean to return', { intendsReturn: false }, {}],
    ['needs another bed type', { need: aNeed({ bedType: '202' }) }, {}],
    ['is not met by the ward', { need: aNeed({ sex: 'male' }) }, {}],
    ['would find no bed free', {}, { freeBeds: [] }],
    ['would come to a ward that admits nobody', {}, { pause: { reason: 'Acuity', reviewAt: 0 } }],
  ])('not who %s', (_, person, change) => {
    expect(order([away('a', person)], aWardToMatch(change))).toEqual([]);
  });

  test('who may be asked about stands among the others, and is matched as somebody out of area', () => {
    expect(order([away('a')], aWardToMatch({ sex: null }))).toEqual(['a']);
    const items = [{ about: 'where-now' as const, code: 'out-of-area', outcome: 'does-not-meet' as const, words: 'Not from far.' }];
    expect(order([away('a')], aWardToMatch({ criteria: { version: 1, items } }))).toEqual([]);
    const held = away('a', { need: aNeed({ legalStatus: '05', whereNow: 'another-ward' }) });
    expect(rankHome(ward, [held], ground, today, week)[0]!.match.outcome).toBe('meets');
  });

  test('says nights, distance saved, wishes and review in words, and the place', () => {
    const people = rankHome(
      ward,
      [
        away('a', { startedOn: '2026-11-19', distanceKm: 3, lastReviewedOn: '2026-11-13' }),
        away('b', { wishes: 'Her own bed', lastReviewedOn: null, startedOn: '2026-11-12' }),
        away('c', { startedOn: '2026-11-20', distanceKm: null, lastReviewedOn: null }),
      ],
      ground,
      today,
      week,
    );
    expect(
      people.map(({ person, place, nightsAway, distanceSavedKm, reviewOverdue, terms }) => [
        person.requestId,
        place,
        nightsAway,
        distanceSavedKm,
        reviewOverdue,
        terms.map((term) => term.value),
      ]),
    ).toEqual([
      ['b', 1, 8, 50, true, ['8 nights', '50 km nearer home', 'wishes on record', 'review overdue']],
      ['a', 2, 1, -10.4, false, ['1 night', '10 km farther from home', 'none on record', 'review not due']],
      ['c', 3, 0, null, false, ['0 nights', 'not known', 'none on record', 'review not due']],
    ]);
  });

  test('a few hundred metres, and none at all, are no way farther', () => {
    const saved = (distanceKm: number) =>
      rankHome(ward, [away('a', { distanceKm })], ground, today, week)[0]!.terms.find(({ term }) => term === 'distance-saved')!.value;
    const there = -rankHome(ward, [away('a', { distanceKm: 0 })], ground, today, week)[0]!.distanceSavedKm!;
    expect([saved(there), saved(there + 0.4), saved(there - 0.6)]).toEqual([
      '0 km nearer home',
      '0 km nearer home',
      '1 km farther from home',
    ]);
  });

  test('knows no distance saved where nobody knows where the ward or the home place is', () => {
    const saved = (person: Away, on: typeof ward) => rankHome(on, [person], ground, today, week)[0]!.distanceSavedKm;
    expect(saved(away('a'), aWardToMatch({ coordinates: null }))).toBeNull();
    expect(saved(away('a', { need: aNeed({ homePlace: 'Elsewhere' }) }), ward)).toBeNull();
  });

  test("goes by each sender's own days between reviews", () => {
    const people = [away('a', { lastReviewedOn: '2026-11-15' }), away('b', { lastReviewedOn: '2026-11-15' })];
    const ranked = rankHome(ward, people, ground, today, (person) => (person.requestId === 'b' ? 4 : 7));
    expect(ranked.map((each) => [each.person.requestId, each.reviewOverdue])).toEqual([
      ['b', true],
      ['a', false],
    ]);
  });

  test('is one order however they come in, and legal status is no part of it', () => {
    const people = fc
      .array(
        fc.record({
          startedOn: fc.nat(3).map((days) => addDays(today, -days)),
          distanceKm: fc.constantFrom(null, 5, 60),
          wishes: fc.constantFrom('', 'Near family'),
          lastReviewedOn: fc.constantFrom(null, '2026-11-01', '2026-11-19'),
          legalStatus: fc.constantFrom('01', '02', '03'),
        }),
        { maxLength: 8 },
      )
      .map((some) => some.map(({ legalStatus, ...change }, at) => away(`r${at}`, { ...change, need: aNeed({ legalStatus }) })));
    fc.assert(
      fc.property(people, (some) => {
        const ranked = order(some);
        expect(ranked).toHaveLength(some.length);
        expect(order([...some].reverse())).toEqual(ranked);
        expect(order(some.map((person) => ({ ...person, need: aNeed({ legalStatus: '03' }) })))).toEqual(ranked);
      }),
    );
  });
});
