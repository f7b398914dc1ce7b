import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { criterionAbout, type Criterion } from '../beds/contract.ts';
import { freshnesses, outcomes, rankingTerms, wardSexes, type Outcome } from '../beds/facts.ts';
import { usualSexRules } from '../beds/setting-rules.ts';
import { aMatchGround, aNeed, at, aWardToMatch, now } from '../kernel/examples.ts';
import { hourMs } from '../kernel/interval.ts';
import { ageBands, whereNows, type Match, type NeedFacts, type WardToMatch } from './facts.ts';
import { canTake, matchesOf, matchOf, rankMatches, reasonsOf } from './match-rules.ts';

const ground = aMatchGround();
const pause = { reason: 'Two staff are with one person', reviewAt: at('2026-10-20T18:00Z') };
const criterionOf = (match: Match, code: string) => match.criteria.find((criterion) => criterion.code === code);
const saying = (...items: Criterion[]) => ({ version: 3, items });

describe('a ward against a need', () => {
  test('that it meets in every way', () => {
    const match = matchOf(aNeed(), aWardToMatch(), ground);
    expect(match).toMatchObject({ wardId: 'walton', outcome: 'meets', samePlace: false, freshness: 'fresh', distanceKm: 13.4 });
    expect(match.criteria.map((criterion) => criterion.code)).toEqual(['admissions', 'sex', 'age-band', 'security', 'legal-status']);
  });

  test.each<[string, Partial<NeedFacts>, Partial<WardToMatch>, string, Outcome]>([
    ['admissions paused', {}, { pause }, 'admissions', 'does-not-meet'],
    ['no bed free is no criterion', {}, { freeBeds: [] }, 'admissions', 'meets'],
    ['a woman, a ward for men', {}, { sex: 'male' }, 'sex', 'does-not-meet'],
    ['a man, a ward for women', { sex: 'male' }, {}, 'sex', 'does-not-meet'],
    ['a man, a ward for men', { sex: 'male' }, { sex: 'male' }, 'sex', 'meets'],
    ['a mixed ward', {}, { sex: 'mixed' }, 'sex', 'ask'],
    ['a flexible ward', { sex: 'male' }, { sex: 'flexible' }, 'sex', 'ask'],
    ['a ward in separate parts', {}, { sex: 'separate' }, 'sex', 'ask'],
    ['a ward without a designation', {}, { sex: null }, 'sex', 'ask'],
    ['a child, children', { ageBand: 'child' }, { ageGroup: '10' }, 'age-band', 'meets'],
    ['a child, adolescents', { ageBand: 'child' }, { ageGroup: '11' }, 'age-band', 'does-not-meet'],
    ['a child, both', { ageBand: 'child' }, { ageGroup: '12' }, 'age-band', 'meets'],
    ['a young person, children', { ageBand: 'young-person' }, { ageGroup: '10' }, 'age-band', 'does-not-meet'],
    ['a young person, adolescents', { ageBand: 'young-person' }, { ageGroup: '11' }, 'age-band', 'meets'],
    ['a young person, both', { ageBand: 'young-person' }, { ageGroup: '12' }, 'age-band', 'meets'],
    ['a young person, adults', { ageBand: 'young-person' }, { ageGroup: '13' }, 'age-band', 'does-not-meet'],
    ['an adult, adults and older adults', {}, { ageGroup: '15' }, 'age-band', 'meets'],
    ['an adult, older adults', {}, { ageGroup: '14' }, 'age-band', 'does-not-meet'],
    ['an older adult, older adults', { ageBand: 'older-adult' }, { ageGroup: '14' }, 'age-band', 'meets'],
    ['an older adult, both', { ageBand: 'older-adult' }, { ageGroup: '15' }, 'age-band', 'meets'],
    ['an older adult, adults', { ageBand: 'older-adult' }, {}, 'age-band', 'does-not-meet'],
    ['any age', { ageBand: 'child' }, { ageGroup: '99' }, 'age-band', 'meets'],
    ['any age, older', { ageBand: 'older-adult' }, { ageGroup: '99' }, 'age-band', 'meets'],
    ['any age, young', { ageBand: 'young-person' }, { ageGroup: '99' }, 'age-band', 'meets'],
    ['any age, adult', {}, { ageGroup: '99' }, 'age-band', 'meets'],
    ['ages unknown', {}, { ageGroup: null }, 'age-band', 'ask'],
    ['ages by a code nobody knows', {}, { ageGroup: '77' }, 'age-band', 'ask'],
    ['secure enough', { securityLevel: 1 }, { securityLevel: 1 }, 'security', 'meets'],
    ['more secure', { securityLevel: 1 }, { securityLevel: 2 }, 'security', 'meets'],
    ['not secure enough', { securityLevel: 1 }, {}, 'security', 'does-not-meet'],
    ["a doctor's holding power on another ward", { legalStatus: '05', whereNow: 'another-ward' }, {}, 'legal-status', 'ask'],
    ["a nurse's holding power on another ward", { legalStatus: '06', whereNow: 'another-ward' }, {}, 'legal-status', 'ask'],
    ['a holding power elsewhere', { legalStatus: '05', whereNow: 'emergency-department' }, {}, 'legal-status', 'meets'],
    ['section 3 on another ward', { legalStatus: '03', whereNow: 'another-ward' }, {}, 'legal-status', 'meets'],
  ])('%s', (_, needed, has, code, result) => {
    const match = matchOf(aNeed(needed), aWardToMatch(has), ground);
    expect(criterionOf(match, code)).toMatchObject({ result });
    expect(match.outcome).toBe(result);
  });

  test('says how secure a ward is in words, and a level nobody has a word for by its number', () => {
    const levels = [0, 1, 2, 3, 4].map((securityLevel) =>
      matchOf(aNeed({ securityLevel: 5 }), aWardToMatch({ securityLevel, name: 'Elm' }), ground),
    );
    expect(levels.map((match) => criterionOf(match, 'security')?.sentence)).toEqual(
      ['general', 'low secure', 'medium secure', 'high secure', 'security level 4'].map(
        (words) => `Elm is ${words}; security level 5 is needed.`,
      ),
    );
  });

  test('says whom a ward takes or not', () => {
    const says = (need: 'female' | 'male', ward: 'female' | 'male' | 'mixed') =>
      criterionOf(matchOf(aNeed({ sex: need }), aWardToMatch({ sex: ward, name: 'Elm' }), ground), 'sex')?.sentence;
    expect([says('female', 'female'), says('male', 'female'), says('female', 'mixed'), says('male', 'mixed')]).toEqual([
      'Elm is for women, and takes a woman.',
      "Elm is for women, and doesn't take a man.",
      'Elm is mixed, so ask whether it can take a woman now.',
      'Elm is mixed, so ask whether it can take a man now.',
    ]);
  });

  test("answers by its own trust's sex rules", () => {
    const own = aMatchGround({
      sexRules: (trust) => (trust === 'RXG' ? { ...usualSexRules, mixed: { female: 'meets', male: 'does-not-meet' } } : usualSexRules),
    });
    expect(matchOf(aNeed(), aWardToMatch({ sex: 'mixed' }), own).outcome).toBe('meets');
    expect(matchOf(aNeed({ sex: 'male' }), aWardToMatch({ sex: 'mixed' }), own).outcome).toBe('does-not-meet');
    expect(matchOf(aNeed(), aWardToMatch({ sex: 'mixed', trust: 'RGD' }), own).outcome).toBe('ask');
  });

  test('each need once: what the ward says in its words and version, else to be asked', () => {
    const ward = aWardToMatch({
      criteria: saying(
        { about: 'need', code: 'en-suite', outcome: 'meets', words: 'Every room.' },
        { about: 'need', code: 'hoist', outcome: 'meets', words: 'One hoist.' },
        { about: 'need', code: 'hoist', outcome: 'does-not-meet', words: 'None over 150 kg.' },
      ),
    });
    const match = matchOf(aNeed({ needs: ['en-suite', 'hoist', 'step-free', 'hoist'] }), ward, ground);
    expect(match.criteria.slice(5)).toEqual([
      { code: 'need:en-suite', result: 'meets', sentence: 'Walton meets this need (en suite).', words: 'Every room.', version: 3 },
      {
        code: 'need:hoist',
        result: 'does-not-meet',
        sentence: "Walton doesn't meet this need (hoist).",
        words: 'None over 150 kg.',
        version: 3,
      },
      { code: 'need:step-free', result: 'ask', sentence: 'Walton has said nothing about this need (step free), so ask.' },
    ]);
  });

  test('a need stands in a sentence in lower case, but for letters that are read one by one', () => {
    const on = {
      ...ground,
      needNames: new Map([
        ['ect', 'ECT suite'],
        ['hoist', 'Hoist'],
      ]),
    };
    const said = matchOf(aNeed({ needs: ['ect', 'hoist'] }), aWardToMatch(), on)
      .criteria.slice(5)
      .map(({ sentence }) => sentence);
    expect(said).toEqual([
      'Walton has said nothing about this need (ECT suite), so ask.',
      'Walton has said nothing about this need (hoist), so ask.',
    ]);
  });

  test("the ward's own rules that apply, numbered as they stand in its version, and no others", () => {
    const ward = aWardToMatch({
      criteria: saying(
        { about: 'everyone', code: '', outcome: 'meets', words: 'Lives in West Yorkshire.' },
        { about: 'legal-status', code: '03', outcome: 'does-not-meet', words: 'Assessment only.' },
        { about: 'legal-status', code: '02', outcome: 'ask', words: 'Ring first.' },
        { about: 'where-now', code: 'emergency-department', outcome: 'ask', words: 'Medically fit?' },
        { about: 'where-now', code: 'community', outcome: 'meets', words: 'With a care coordinator.' },
        { about: 'age-band', code: 'adult', outcome: 'does-not-meet', words: 'Under 60 only.' },
        { about: 'age-band', code: 'older-adult', outcome: 'ask', words: 'Frailty.' },
        { about: 'need', code: 'en-suite', outcome: 'does-not-meet', words: 'None.' },
        { about: 'everyone', code: '', outcome: 'ask', words: 'Speak to the consultant.' },
      ),
    });
    const match = matchOf(aNeed({ legalStatus: '02', whereNow: 'emergency-department' }), ward, ground);
    expect(match.criteria.slice(5).map(({ code, result, words, version }) => [code, result, words, version])).toEqual([
      ['ward:1', 'meets', 'Lives in West Yorkshire.', 3],
      ['ward:3', 'ask', 'Ring first.', 3],
      ['ward:4', 'ask', 'Medically fit?', 3],
      ['ward:6', 'does-not-meet', 'Under 60 only.', 3],
      ['ward:9', 'ask', 'Speak to the consultant.', 3],
    ]);
    expect(match.outcome).toBe('does-not-meet');
    expect(match.criteria.slice(5, 9).map((criterion) => criterion.sentence)).toEqual([
      'Walton says of everyone it admits:',
      'Walton asks to be asked about this legal status, by its own rule:',
      'Walton asks to be asked about somebody who is there now, by its own rule:',
      "Walton doesn't take this age, by its own rule:",
    ]);
    expect(match.criteria[9]!.sentence).toBe('Walton asks to be asked about anyone, by its own rule:');
  });

  test("a pause says its reason in the ward's words and when it is looked at again", () => {
    expect(criterionOf(matchOf(aNeed(), aWardToMatch({ pause }), ground), 'admissions')).toEqual({
      code: 'admissions',
      result: 'does-not-meet',
      sentence: 'Walton has paused admissions and looks at that again on Tue 20 Oct, 19:00.',
      words: 'Two staff are with one person',
    });
  });
});

describe('the order of wards', () => {
  // The first comes first by one term, though it is worse by every later one.
  const far = { place: 'Calderdale', coordinates: { latitude: 54.9, longitude: -1.5 }, trust: 'OTHER' };
  const old = { freshness: 'ageing' as const, confirmedAt: now - 9 * hourMs };
  test.each<[string, Partial<WardToMatch>, Partial<WardToMatch>]>([
    ['meets before ask', { freeBeds: [], ...far, ...old, freshness: 'stale', securityLevel: 2 }, { sex: null }],
    ['ask before does not meet', { sex: null, freeBeds: [], ...far, freshness: 'stale' }, { sex: 'male' }],
    ['a bed free before none', { freshness: 'stale', securityLevel: 3, ...far }, { freeBeds: [] }],
    ['not stale before stale', { ...old, securityLevel: 3, ...far }, { freshness: 'stale' }],
    ['less secure before more', { locked: null, ...far, ...old }, { securityLevel: 1 }],
    ['open before locked', { ...far, ...old }, { locked: true }],
    ['locked before not known', { locked: true, ...far, ...old }, { locked: null }],
    ['the home place before another', { place: 'Leeds', trust: 'OTHER', coordinates: null, ...old }, {}],
    ['the collaborative before others', { coordinates: { latitude: 58, longitude: -1.5 }, ...old }, { trust: 'OTHER' }],
    ['nearer before farther', { ...old }, { coordinates: { latitude: 53.5, longitude: -1.5 } }],
    ['a known distance before none', { coordinates: { latitude: 58, longitude: -1.5 }, ...old }, { coordinates: null }],
    ['fresh before ageing', { confirmedAt: now - 9 * hourMs }, { freshness: 'ageing' }],
    ['confirmed later before earlier', { confirmedAt: now - hourMs + 1 }, {}],
    ['confirmed before never', { freshness: 'stale', confirmedAt: now - 90 * hourMs }, { freshness: 'stale', confirmedAt: null }],
    ['the id at last', { wardId: 'a' }, {}],
  ])('%s', (_, better, worse) => {
    const first = aWardToMatch({ wardId: 'y', ...better });
    const second = aWardToMatch({ wardId: 'x', ...worse });
    for (const wards of [
      [first, second],
      [second, first],
    ]) {
      expect(matchesOf(aNeed(), wards, ground).map((match) => match.wardId)).toEqual([first.wardId, second.wardId]);
    }
  });

  test("goes by the sender's order of terms", () => {
    const nearButSecure = aWardToMatch({ wardId: 'near', place: 'Leeds', securityLevel: 1, ...old });
    const openAndFar = aWardToMatch({ wardId: 'open', ...old });
    const freshest = aWardToMatch({ wardId: 'fresh', ...far, securityLevel: 2 });
    const first = (...terms: (typeof rankingTerms)[number][]) =>
      matchesOf(aNeed(), [nearButSecure, openAndFar, freshest], aMatchGround({ rankingTerms: terms })).map((match) => match.wardId);
    expect(first('least-restrictive', 'nearest-home', 'freshest')).toEqual(['open', 'near', 'fresh']);
    expect(first('nearest-home', 'least-restrictive', 'freshest')).toEqual(['near', 'open', 'fresh']);
    expect(first('freshest', 'nearest-home', 'least-restrictive')).toEqual(['fresh', 'near', 'open']);
  });

  test('a paused ward with beds does not stand before one that admits: a bed free and able to admit are two facts', () => {
    const other = { ...usualSexRules, female: { female: 'does-not-meet' as const, male: 'does-not-meet' as const } };
    const none = aMatchGround({ sexRules: () => other });
    const order = matchesOf(aNeed(), [aWardToMatch({ wardId: 'a', pause }), aWardToMatch({ wardId: 'b', securityLevel: 3 })], none);
    expect(order.map((match) => match.wardId)).toEqual(['b', 'a']);
  });

  test('says its terms in that order, in words', () => {
    const [match] = matchesOf(aNeed(), [aWardToMatch()], ground);
    expect(match!.terms).toEqual([
      { term: 'availability', value: '1 bed free' },
      { term: 'age-of-figures', value: 'not stale' },
      { term: 'least-restrictive', value: 'general, open' },
      { term: 'nearest-home', value: 'in Wakefield, same collaborative, 13 km from Leeds' },
      { term: 'freshest', value: 'fresh, confirmed Tue 20 Oct, 09:00' },
    ]);
    expect(matchesOf(aNeed(), [aWardToMatch({ pause })], ground)[0]!.terms[0]).toEqual({
      term: 'availability',
      value: 'admissions paused',
    });
    const odd = aWardToMatch({
      locked: null,
      place: null,
      coordinates: null,
      trust: 'OTHER',
      freeBeds: [],
      freshness: 'stale',
      confirmedAt: null,
      securityLevel: 2,
    });
    expect(matchOf(aNeed(), odd, ground).terms.map((term) => term.value)).toEqual([
      'no bed free',
      'stale: the ward is asked first',
      'medium secure, not known whether locked',
      'place unknown, outside the collaborative, distance unknown',
      'stale, never confirmed',
    ]);
  });

  test('counts the beds that are free', () => {
    const free = ['a', 'b', 'c'].map((id) => ({ ...aWardToMatch().freeBeds[0]!, id }));
    const says = (count: number) => matchOf(aNeed(), aWardToMatch({ freeBeds: free.slice(0, count) }), ground).terms[0]!.value;
    expect([0, 1, 2, 3].map(says)).toEqual(['no bed free', '1 bed free', '2 beds free', '3 beds free']);
  });

  test('leaves out wards of another bed type', () => {
    const wards = [aWardToMatch(), aWardToMatch({ wardId: 'picu', bedType: '202' }), aWardToMatch({ wardId: 'unknown', bedType: null })];
    expect(matchesOf(aNeed(), wards, ground).map((match) => match.wardId)).toEqual(['walton']);
  });
});

describe('why none can take somebody', () => {
  test('each reason counts its wards, the most common first', () => {
    const wards = [
      aWardToMatch({ wardId: 'taken' }),
      aWardToMatch({ wardId: 'a', sex: 'male' }),
      aWardToMatch({ wardId: 'b', sex: 'male', ageGroup: '14', pause }),
      aWardToMatch({ wardId: 'c', freeBeds: [] }),
      aWardToMatch({
        wardId: 'd',
        criteria: saying(
          { about: 'everyone', code: '', outcome: 'does-not-meet', words: 'Closed to all.' },
          { about: 'age-band', code: 'adult', outcome: 'does-not-meet', words: 'Under 60.' },
          { about: 'need', code: 'en-suite', outcome: 'does-not-meet', words: 'None.' },
        ),
      }),
      aWardToMatch({ wardId: 'e', sex: 'male', freeBeds: [] }),
    ];
    const matches = matchesOf(aNeed({ needs: ['en-suite'] }), wards, ground);
    expect(matches.filter(canTake).map((match) => match.wardId)).toEqual(['taken']);
    const reasons = reasonsOf(matches, ground.needNames);
    expect(reasons.map(({ code, count }) => [code, count])).toEqual([
      ['sex', 3],
      ['admissions', 1],
      ['age-band', 1],
      ['need:en-suite', 1],
      ['no-free-bed', 1],
      ['ward', 1],
    ]);
    expect(reasons[3]!.sentence).toBe("A need isn't met: en suite");
    expect(reasonsOf(matches)[3]!.sentence).toBe("A need isn't met: en suite");
    expect(new Set(reasons.map((reason) => reason.sentence)).size).toBe(reasons.length);
    expect(reasonsOf([])).toEqual([]);
  });
});

const oneOf = fc.constantFrom;
const needCodes = ['en-suite', 'hoist', 'step-free'];
const legalStatuses = ['01', '02', '03', '05', '06', '20'];
const items = fc.array(
  oneOf(...criterionAbout).chain((about) =>
    fc.record({
      about: fc.constant(about),
      code: {
        everyone: fc.constant(''),
        need: oneOf(...needCodes),
        'legal-status': oneOf(...legalStatuses),
        'where-now': oneOf(...whereNows),
        'age-band': oneOf(...ageBands),
      }[about],
      outcome: oneOf(...outcomes),
      words: oneOf('As we said.', 'Ring the ward.'),
    }),
  ),
  { maxLength: 6 },
);
const placeNames = oneOf('Leeds', 'Wakefield', 'Barnsley', 'Elsewhere');
const needs: fc.Arbitrary<NeedFacts> = fc.record({
  homePlace: placeNames,
  bedType: oneOf('200', '202'),
  ageBand: oneOf(...ageBands),
  sex: oneOf('female', 'male'),
  legalStatus: oneOf(...legalStatuses),
  securityLevel: oneOf(0, 0, 1, 2),
  needs: fc.subarray(needCodes),
  whereNow: oneOf(...whereNows),
});
const wardFacts: fc.Arbitrary<Omit<WardToMatch, 'wardId'>> = fc.record({
  name: oneOf('Walton', 'Elmdale', 'Ward 5'),
  trust: oneOf('RXG', 'RGD', 'OTHER'),
  place: fc.option(placeNames),
  coordinates: fc.option(fc.record({ latitude: oneOf(53.5, 53.7), longitude: oneOf(-1.5, -1.9) })),
  bedType: oneOf('200', '200', '202', null),
  sex: oneOf(...wardSexes, null),
  ageGroup: oneOf('10', '12', '13', '13', '14', '15', '99', null),
  securityLevel: oneOf(0, 0, 1, 2),
  locked: oneOf(true, false, null),
  freshness: oneOf(...freshnesses),
  confirmedAt: oneOf(now, now - hourMs, null),
  pause: oneOf(null, null, null, pause),
  criteria: fc.record({ version: fc.integer({ min: 1, max: 9 }), items }),
  freeBeds: oneOf([], [{ id: 'bed-1', label: 'Bed 1' }]),
});
const boards = fc
  .array(wardFacts, { minLength: 2, maxLength: 12 })
  .map((some) => some.map((ward, index): WardToMatch => ({ ...ward, wardId: `ward-${index}` })));
const grounds = fc
  .tuple(fc.shuffledSubarray([...rankingTerms], { minLength: 3 }), fc.subarray(['RXG', 'RGD']))
  .map(([terms, members]) => aMatchGround({ rankingTerms: terms, members: new Set(members) }));

describe('whatever is needed and whatever the board', { timeout: 60_000 }, () => {
  test('legal status decides which wards can take somebody and never improves rank', () => {
    fc.assert(
      fc.property(needs, oneOf(...legalStatuses), boards, grounds, (need, legalStatus, wards, on) => {
        const one = matchesOf(need, wards, on);
        const other = matchesOf({ ...need, legalStatus }, wards, on);
        const inOther = new Map(other.map((match, index) => [match.wardId, { match, index }]));
        const aboutStatus = (match: Match) =>
          match.criteria.filter((criterion) => {
            const item = /^ward:\d+$/.test(criterion.code)
              ? wards.find((ward) => ward.wardId === match.wardId)!.criteria.items[Number(criterion.code.slice(5)) - 1]
              : undefined;
            return criterion.code !== 'legal-status' && item?.about !== 'legal-status';
          });
        for (const [index, match] of one.entries()) {
          const same = inOther.get(match.wardId)!;
          // No term knows it, nor any criterion but the ward's own about it and the holding powers.
          expect(same.match.terms).toEqual(match.terms);
          expect(aboutStatus(same.match)).toEqual(aboutStatus(match));
          for (const later of one.slice(index + 1)) {
            const laterSame = inOther.get(later.wardId)!;
            if (match.outcome === later.outcome && same.match.outcome === laterSame.match.outcome) {
              expect(same.index).toBeLessThan(laterSame.index);
            }
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test('a ward that has no word about legal status stands where it stood among those like it', () => {
    fc.assert(
      fc.property(needs, oneOf(...legalStatuses), boards, grounds, (need, legalStatus, wards, on) => {
        const silent = wards.map((ward) => ({
          ...ward,
          criteria: { ...ward.criteria, items: ward.criteria.items.filter((item) => item.about !== 'legal-status') },
        }));
        const anywhere = { ...need, whereNow: 'community' as const };
        const order = (status: string) =>
          matchesOf({ ...anywhere, legalStatus: status }, silent, on).map(({ wardId, outcome }) => [wardId, outcome]);
        expect(order(legalStatus)).toEqual(order(need.legalStatus));
      }),
    );
  });

  test('the order is one and the same however the wards come in, and has each of the right type once', () => {
    fc.assert(
      fc.property(
        needs,
        boards.chain((wards) => fc.tuple(fc.constant(wards), fc.shuffledSubarray(wards, { minLength: wards.length }))),
        grounds,
        (need, [wards, shuffled], on) => {
          const matches = matchesOf(need, wards, on);
          expect(matchesOf(need, shuffled, on)).toEqual(matches);
          expect(matches.map((match) => match.wardId).sort()).toEqual(
            wards
              .filter((ward) => ward.bedType === need.bedType)
              .map((ward) => ward.wardId)
              .sort(),
          );
          expect(rankMatches(matches, new Map(wards.map((ward) => [ward.wardId, ward])), on)).toEqual(matches);
        },
      ),
    );
  });

  test('the outcome is the worst of the criteria, each has a sentence, and the words and version of whoever said it', () => {
    fc.assert(
      fc.property(needs, boards, grounds, (need, wards, on) => {
        for (const match of matchesOf(need, wards, on)) {
          const ward = wards.find((each) => each.wardId === match.wardId)!;
          const results = match.criteria.map((criterion) => criterion.result);
          expect(match.outcome).toBe(results.includes('does-not-meet') ? 'does-not-meet' : results.includes('ask') ? 'ask' : 'meets');
          expect(new Set(match.criteria.map((criterion) => criterion.code)).size).toBe(match.criteria.length);
          for (const criterion of match.criteria) {
            expect(criterion.sentence).toMatch(/^[A-Z].{10,}[.:]$/);
            expect(criterion.sentence).not.toMatch(/undefined|null|NaN/);
            const ours = ward.criteria.items.some((item) => item.words === criterion.words);
            if (criterion.code.startsWith('ward:')) expect(ours).toBe(true);
            if (criterion.version !== undefined) expect([ours, criterion.version]).toEqual([true, ward.criteria.version]);
            if (criterion.code.startsWith('need:') && criterion.words === undefined) expect(criterion.result).toBe('ask');
          }
          expect(match.terms.map(({ term }) => term)).toEqual(['availability', 'age-of-figures', ...on.rankingTerms]);
          expect(match.terms.every(({ value }) => value !== '' && !/undefined|null|NaN/.test(value))).toBe(true);
        }
      }),
    );
  });
});
