import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aCourse, aGround, anAgreement, anAlignment, anAsked, aRecord, aWard, aWorker, aWorld, at, now } from '../kernel/examples.ts';
import type { Choose } from '../kernel/examples.ts';
import { addDays, localDayOf, startOfDay } from '../kernel/local-time.ts';
import { decide } from '../shifts/rules.ts';
import type { WorkerFacts } from '../workers/facts.ts';
import { staffGroupOf } from '../workers/rules.ts';
import { mayWorkAt, openingsOf, trustsOpenTo, wardReachOf, wardsOpenTo } from './reach-rules.ts';
import { requirementsAt } from './rules.ts';

const worlds = fc.noBias(fc.infiniteStream(fc.nat())).map((numbers) => {
  const choose: Choose = (...options) => options[(numbers.next().value as number) % options.length]!;
  return aWorld(choose);
});
const today = localDayOf(now);
const lastMomentOf = (day: string) => startOfDay(addDays(day, 1)) - 1;

describe('where a worker may work', () => {
  const reach = (change: Partial<WorkerFacts>, ground = aGround(), ward = aWard()) => wardReachOf(aWorker(change), ward, ground, now);

  test('everything in order: until the first thing ends', () => {
    expect(reach({})).toEqual({ may: true, until: '2027-03-31', sentence: 'May work here until Wed 31 Mar 2027.', missing: [] });
  });
  test('what is missing is said of today, since nobody has chosen a shift', () => {
    expect(reach({ records: [aRecord({ completedOn: '2026-12-01' })] }).sentence).toBe(
      'PMVA team interventions: not yet completed (completed on Tue 1 Dec).',
    );
    const lapsed = { ...aWorker().checks, dbs: { onDay: '2020-01-01', untilDay: '2026-10-01' } };
    expect(reach({ checks: lapsed }).sentence).toMatch(/^Employment checks are not in order: /);
  });
  test('at the home trust with nothing that ends', () => {
    const worker = { role: 'hcsw' as const, records: [] };
    expect(reach(worker, aGround(), aWard({ trust: 'RGD', requirements: [] }))).toMatchObject({ until: null, sentence: 'May work here.' });
  });

  test.each<[string, Partial<WorkerFacts>, Partial<ReturnType<typeof aGround>>, string]>([
    ['the bank membership', { banks: [{ bankId: 'bank-nursing', fromDay: null, untilDay: '2026-11-01' }] }, {}, '2026-11-01'],
    [
      'a trust’s time on the bank',
      {},
      {
        banks: [
          { ...aGround().banks[0]!, id: 'another', members: [] },
          { ...aGround().banks[0]!, members: aGround().banks[0]!.members.map((member) => ({ ...member, untilDay: '2026-11-04' })) },
        ],
      },
      '2026-11-04',
    ],
    ['the agreement', {}, { agreements: [anAgreement({ untilDay: '2026-11-02' })] }, '2026-11-02'],
    [
      'the second of two agreements that follow one another',
      {},
      { agreements: [anAgreement({ untilDay: '2026-11-02' }), anAgreement({ id: 'b', fromDay: '2026-11-03', untilDay: '2026-12-01' })] },
      '2026-12-01',
    ],
    ['a check', { checks: { ...aWorker().checks, dbs: { onDay: '2020-01-01', untilDay: '2026-11-03' } } }, {}, '2026-11-03'],
    ['the training', { records: [aRecord({ completedOn: '2025-11-05' })] }, {}, '2026-11-04'],
    [
      'the later of two records',
      { records: [aRecord({ completedOn: '2025-11-05' }), aRecord({ id: 'b', completedOn: '2025-12-05' })] },
      {},
      '2026-12-04',
    ],
    [
      'the day before a restriction',
      { restrictions: [{ id: 'r', wardId: 'the-dales/elmdale', fromDay: '2026-11-06', untilDay: null, reason: '', reviewer: '' }] },
      {},
      '2026-11-05',
    ],
    [
      'today, where a pilot ends in the course of it',
      {},
      { alignments: [anAlignment({ state: 'stress-testing', pilotWardIds: ['the-dales/elmdale'], pilotUntil: now + 1 })] },
      '2026-10-20',
    ],
    [
      'a pilot, the day before the one it ends in the course of',
      {},
      { alignments: [anAlignment({ state: 'stress-testing', pilotWardIds: ['the-dales/elmdale'], pilotUntil: at('2026-11-07T12:00Z') })] },
      '2026-11-06',
    ],
  ])('until %s', (_, worker, ground, until) => expect(reach(worker, aGround(ground)).until).toBe(until));

  test('until the last day of a longer period', () => {
    const asked = anAsked({
      periods: [
        { months: 12, fromDay: null, untilDay: '2026-10-31' },
        { months: 3, fromDay: '2026-11-01', untilDay: null },
      ],
    });
    expect(reach({}, aGround(), aWard({ requirements: [asked] })).until).toBe('2026-10-31');
  });

  test('what is missing, with what would mend it, and in words about today', () => {
    const worker = { consentsToShare: false, registration: { ...aWorker().registration, untilDay: '2026-10-01' }, records: [] };
    expect(reach(worker)).toEqual({
      may: false,
      until: null,
      sentence: 'Has not agreed to share the passport with other trusts. And 2 more things are missing.',
      missing: [
        { code: 'consent', sentence: 'Has not agreed to share the passport with other trusts.', fix: 'Agree to share the passport.' },
        { code: 'registration', sentence: 'Registration with the NMC ends on Thu 1 Oct.', fix: 'Renew registration with the NMC.' },
        {
          code: 'training:pmva-team',
          sentence: 'PMVA team interventions: training is missing.',
          fix: 'Complete PMVA team interventions.',
        },
      ],
    });
  });

  test('one thing more is one thing', () =>
    expect(reach({ consentsToShare: false, records: [] }).sentence).toBe(
      'Has not agreed to share the passport with other trusts. And 1 more thing is missing.',
    ));

  test('a pilot here that is over is said of today too', () => {
    const over = { state: 'stress-testing' as const, pilotWardIds: ['the-dales/elmdale'], pilotUntil: now };
    expect(reach({}, aGround({ alignments: [anAlignment(over)] })).sentence).toBe(
      'PMVA team interventions: the course’s stress testing on this ward has ended.',
    );
  });
  test('one ward’s pilot or longer period says nothing of the next ward of the same trust', () => {
    const pilot = anAlignment({ state: 'stress-testing', pilotWardIds: ['b'], pilotUntil: at('2027-01-01T00:00Z') });
    const wards = ['a', 'b', 'c'].map((id) => aWard({ id }));
    const open = wardsOpenTo(aWorker(), wards, aGround({ alignments: [pilot] }), now);
    expect(open.map((ward) => ward.id)).toEqual(['b']);
    const short = aWard({ id: 'short', requirements: [anAsked({ periods: [{ months: 1, fromDay: null, untilDay: null }] })] });
    expect(wardsOpenTo(aWorker(), [aWard(), short, aWard()], aGround(), now)).toHaveLength(2);
  });

  test('whatever the facts: the count agrees with the words, day by day until the day that is said', () => {
    fc.assert(
      fc.property(worlds, ({ ground, wards, workers }) => {
        for (const worker of workers) {
          const open = wardsOpenTo(worker, wards, ground, now);
          expect(trustsOpenTo(worker, wards, ground, now)).toEqual(new Set(open.map((ward) => ward.trust)));
          for (const ward of wards) {
            const found = wardReachOf(worker, ward, ground, now);
            expect(found.may).toBe(open.includes(ward));
            expect(found.may).toBe(mayWorkAt(worker, ward, ground, now));
            expect(found.may).toBe(found.missing.length === 0);
            for (const { sentence, fix } of found.missing) expect(`${sentence} ${fix}`).not.toMatch(/\bshift/);
            if (!found.may) continue;
            // 70 days hold every end of these worlds but the far ones.
            let last = today;
            while (last < '2026-12-30' && mayWorkAt(worker, ward, ground, lastMomentOf(addDays(last, 1)))) last = addDays(last, 1);
            if (last < '2026-12-30') expect(found.until).toBe(last);
            else expect(found.until === null || found.until >= last).toBe(true);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test('whatever the facts: who may work on a ward today is blocked by nothing but hours on a shift there now', () => {
    fc.assert(
      fc.property(worlds, ({ ground, wards, workers }) => {
        for (const worker of workers) {
          for (const ward of wards) {
            const shift = {
              ...{ id: null, wardId: ward.id, wardName: ward.name, hostTrust: ward.trust, role: worker.role, band: worker.band },
              ...{ staffGroup: staffGroupOf(worker.role), start: now, end: now + 60_000, breakMinutes: 0, waves: null, preferred: null },
              requirements: requirementsAt(ward, worker.role, [], today),
            };
            expect(mayWorkAt(worker, ward, ground, now)).toBe(decide(worker, shift, ground, now).outcome === 'eligible');
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('what one course would open', () => {
  const periods = [{ months: 12, fromDay: null, untilDay: null }];
  const ward = (id: string, competency: string, change = {}) =>
    aWard({ id, requirements: [anAsked({ competency, title: competency === 'pmva-team' ? 'PMVA' : 'Life support', periods, ...change })] });
  const wards = [ward('one', 'pmva-team'), ward('two', 'resus-bls'), ward('three', 'resus-bls')];
  const decision = (...failing: string[]) => ({
    outcome: failing.length > 0 ? ('blocked' as const) : ('eligible' as const),
    checks: failing.map((code) => ({ code, result: 'fail' as const, sentence: '', evidence: [] })),
  });
  const openings = (worker: Partial<WorkerFacts>, shifts: [string, ...string[]][] = [], at = wards, ground = aGround()) =>
    openingsOf(
      aWorker(worker),
      at,
      shifts.map(([wardId, ...failing]) => ({ wardId, decision: decision(...failing) })),
      ground,
      now,
    );

  test.each([[wards], [wards.toReversed()]])('counts wards, and shifts on which nothing else fails, most shifts first (%#)', (at) => {
    const shifts: [string, ...string[]][] = [
      ['one', 'training:pmva-team'],
      ['one', 'training:pmva-team'],
      ['one', 'training:pmva-team', 'overlap'],
      ['one'],
      ['two', 'training:resus-bls'],
    ];
    expect(openings({ records: [] }, shifts, at).map((one) => one.sentence)).toEqual([
      'Complete PMVA: 1 ward, 2 open shifts',
      'Complete Life support: 2 wards, 1 open shift',
    ]);
  });
  test('is to renew for who holds one that is out of date, and not for who holds a revoked one', () => {
    expect(openings({ records: [aRecord({ completedOn: '2025-01-01' })] }).map((one) => one.sentence)).toEqual([
      'Complete Life support: 2 wards',
      'Renew PMVA: 1 ward',
    ]);
    const revoked = { at: 0, by: 'x', reason: 'y' };
    expect(openings({ records: [aRecord({ completedOn: '2025-01-01', revoked })] })[1]?.sentence).toBe('Complete PMVA: 1 ward');
  });
  test('is to complete for who holds something else, although another course was put forward for it', () => {
    const records = [aRecord({ courseId: 'first-aid', completedOn: '2025-01-01' })];
    const ground = aGround({ alignments: [anAlignment({ courseId: 'another' })] });
    expect(openings({ records }, [], wards, ground)[1]?.sentence).toBe('Complete PMVA: 1 ward');
    const forIt = aGround({ alignments: [anAlignment({ courseId: 'another' }), anAlignment({ courseId: 'first-aid' })] });
    expect(openings({ records }, [], wards, forIt)[1]?.sentence).toBe('Renew PMVA: 1 ward');
  });
  test('stands by the course where as much opens, in whatever order the wards come', () => {
    const two = [ward('one', 'pmva-team'), ward('two', 'resus-bls')];
    for (const order of [two, two.toReversed()])
      expect(openings({ records: [] }, [], order).map((one) => one.competency)).toEqual(['pmva-team', 'resus-bls']);
  });
  test('is to renew where it is out of date on one of the wards, though not on another that doesn’t take it', () => {
    const here = {
      agreements: [anAgreement(), anAgreement({ id: 'b', hostTrust: 'TAD' })],
      alignments: [anAlignment({ trusts: ['RGD', 'RXG'] })],
    };
    const longer = ward('four', 'pmva-team', { periods: [{ months: 24, fromDay: null, untilDay: null }] });
    const found = openings(
      { records: [aRecord({ completedOn: '2025-08-01' })] },
      [],
      [wards[0]!, { ...longer, trust: 'TAD' }],
      aGround(here),
    );
    expect(found.map((one) => one.sentence)).toEqual(['Renew PMVA: 2 wards']);
  });
  test('is to renew for who holds one that lapses before a shift that is open', () => {
    const found = openings({ records: [aRecord({ completedOn: '2025-11-01' })] }, [['one', 'training:pmva-team']]);
    expect(found[0]?.sentence).toBe('Renew PMVA: 1 open shift');
  });
  test('is worth doing for shifts that ask for more than their ward does', () => {
    const asking = { ...ward('one', 'pmva-team'), competencies: [{ competency: 'resus-bls', title: 'Life support', periods }] };
    const found = openings({}, [['one', 'training:resus-bls']], [asking]);
    expect(found.map((one) => one.sentence)).toEqual(['Complete Life support: 1 open shift']);
  });
  test('opens nothing where something else stands in the way, or the trust has not said how long it counts', () => {
    expect(openings({ records: [], consentsToShare: false })).toEqual([]);
    const unknown = [ward('one', 'pmva-team', { periods: [] })];
    expect(openings({ records: [] }, [['one', 'training:pmva-team']], unknown)).toEqual([]);
  });
  test('is no more than a real record of each host’s course would open', () => {
    fc.assert(
      fc.property(worlds, ({ ground, wards, workers }) => {
        const courses = [...new Set(wards.map((one) => one.trust))].map((trust) =>
          aCourse({ id: `own-${trust}`, trust, competency: 'pmva-team', certifiedUntil: '2030-01-01' }),
        );
        const richer = { ...ground, courses: new Map([...ground.courses, ...courses.map((course) => [course.id, course] as const)]) };
        for (const worker of workers) {
          const records = courses.map((course) => aRecord({ id: course.id, courseId: course.id, completedOn: today }));
          const trained = { ...worker, records: [...worker.records, ...records] };
          const more = wardsOpenTo(trained, wards, richer, now).length - wardsOpenTo(worker, wards, ground, now).length;
          expect(openingsOf(worker, wards, [], ground, now).find((one) => one.competency === 'pmva-team')?.wards ?? 0).toBe(more);
        }
      }),
      { numRuns: 60 },
    );
  });
});
