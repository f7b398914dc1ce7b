import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aGround, anAgreement, aShift, at, aWorker } from '../kernel/examples.ts';
import { agreementCheck, distanceKm } from './rules.ts';

const night = aShift({ start: at('2026-11-10T20:00Z'), end: at('2026-11-11T08:00Z') });
const toMidnight = aShift({ start: at('2026-11-10T12:00Z'), end: at('2026-11-11T00:00Z') });
const withAgreements = (...agreements: ReturnType<typeof anAgreement>[]) => aGround({ agreements });

describe('a nurse of one trust, a shift at another', () => {
  test('a live agreement lets the trusts share', () => {
    const check = agreementCheck(aWorker(), night, aGround());
    expect(check.result).toBe('pass');
    expect(check.evidence).toEqual([
      { what: 'sharing agreement', id: 'agreement-1', from: '2025-10-20', until: '2027-10-20', by: 'RGD and RXG', detail: 'nursing' },
    ]);
  });

  test.each([
    ['ends on the night’s second day', { untilDay: '2026-11-11' }, night, 'pass'],
    ['ends on its first', { untilDay: '2026-11-10' }, night, 'fail'],
    ['ends on the day of a shift that ends at midnight', { untilDay: '2026-11-10' }, toMidnight, 'pass'],
    ['starts on its first day', { fromDay: '2026-11-10' }, night, 'pass'],
    ['starts on its second', { fromDay: '2026-11-11' }, night, 'fail'],
    ['has no end', { untilDay: null }, night, 'pass'],
    ['is for another staff group', { staffGroup: 'psychology' as const }, night, 'fail'],
    ['is with another host', { hostTrust: 'TAD' }, night, 'fail'],
    ['is another home trust’s', { homeTrust: 'TAD' }, night, 'fail'],
    ['runs the other way', { homeTrust: 'RXG', hostTrust: 'RGD' }, night, 'fail'],
  ])('an agreement that %s', (_, change, shift, result) => {
    expect(agreementCheck(aWorker(), shift, withAgreements(anAgreement(change))).result).toBe(result);
  });

  test('two agreements cover a night across their seam, and not a gap between them', () => {
    const first = anAgreement({ untilDay: '2026-11-10' });
    expect(agreementCheck(aWorker(), night, withAgreements(first, anAgreement({ id: 'next', fromDay: '2026-11-11' }))).result).toBe('pass');
    expect(agreementCheck(aWorker(), night, withAgreements(first, anAgreement({ id: 'next', fromDay: '2026-11-12' }))).result).toBe('fail');
  });

  test('the refusal says which day and why, and what would help', () => {
    const check = agreementCheck(aWorker(), night, withAgreements(anAgreement({ untilDay: '2026-11-10' })));
    expect(check.sentence).toBe(
      'Leeds and York Partnership and South West Yorkshire Partnership have no agreement to share nursing staff on Wed 11 Nov. The last agreement ends on Tue 10 Nov.',
    );
    expect(check.fix).toBe('The two trusts need to agree to share nursing staff.');
  });

  test('at home none is needed', () => {
    expect(agreementCheck(aWorker({ homeTrust: 'RXG' }), night, withAgreements()).result).toBe('pass');
  });
});

describe('distance', () => {
  const leeds = { latitude: 53.8008, longitude: -1.5491 };
  const bradford = { latitude: 53.795, longitude: -1.7594 };
  test('Leeds to Bradford is 13.8 km as the crow flies', () => expect(distanceKm(leeds, bradford)).toBeCloseTo(13.83, 1));
  test('a degree of latitude is 111.2 km', () =>
    expect(distanceKm({ latitude: 53, longitude: 0 }, { latitude: 54, longitude: 0 })).toBeCloseTo(111.19, 1));
  test('the other side of the earth is half its girth', () =>
    expect(distanceKm({ latitude: 0, longitude: 0 }, { latitude: 0, longitude: 180 })).toBeCloseTo(20015.1, 0));
  test('the same both ways, and never more than half the girth', () => {
    const place = fc.record({
      latitude: fc.double({ min: -90, max: 90, noNaN: true }),
      longitude: fc.double({ min: -180, max: 180, noNaN: true }),
    });
    fc.assert(
      fc.property(place, place, (a, b) => {
        expect(distanceKm(a, b)).toBeCloseTo(distanceKm(b, a), 6);
        expect(distanceKm(a, b)).toBeLessThan(20016);
        expect(distanceKm(a, a)).toBe(0);
      }),
    );
  });
});
