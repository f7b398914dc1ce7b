import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { outcomeOf } from '../kernel/decision.ts';
import type { Check, CheckResult, Decision } from '../kernel/decision.ts';
import { hourMs, minuteMs } from '../kernel/interval.ts';
import { addDays, startOfDay } from '../kernel/local-time.ts';
import type { TrainingRecordFact } from '../training/facts.ts';
import { employmentChecks } from '../workers/facts.ts';
import type { EmploymentCheck, WorkerFacts } from '../workers/facts.ts';
import type { DutyFact, UnavailableFact } from '../working-time/facts.ts';
import { dutiesOf } from '../working-time/rules.ts';
import { aCourse, aDuty, aGround, anAgreement, anAlignment, aRecord, aRequirement, aShift, at, aWorker, now } from '../kernel/examples.ts';
import type { ShiftFacts } from './facts.ts';
import { decide, decisionForHost, questionsOf, unlocks } from './rules.ts';

const inOrder = [
  'bank',
  'agreement',
  'consent',
  'checks',
  'registration',
  'role',
  'training:pmva-team',
  'training:resus-bls',
  'overlap',
  'daily-rest',
  'weekly-rest',
  'weekly-hours',
  'night-limit',
  'local-cap',
  'availability',
  'restriction',
  'wave',
];
const twoRequirements = [aRequirement(), aRequirement({ id: 'bls', competency: 'resus-bls', title: 'Basic life support' })];
const shift = aShift();
const resultOf = (decision: Decision, code: string) => decision.checks.find((check) => check.code === code)?.result;

describe('a decision', () => {
  test('has every check, in the order of the table, however many fail', () => {
    const hopeless = aWorker({
      banks: [],
      consentsToShare: false,
      registration: { body: null, number: null, field: null, untilDay: null },
      role: 'doctor',
      records: [],
      duties: [aDuty(shift.start, 12)],
    });
    const decision = decide(hopeless, aShift({ requirements: twoRequirements }), aGround({ agreements: [] }), now);
    expect(decision.checks.map((check) => check.code)).toEqual(inOrder);
    expect(decision.outcome).toBe('blocked');
    expect(decision.checks.filter((check) => check.result === 'fail').length).toBeGreaterThan(7);
  });

  test('someone in order may take it, and each pass says so', () => {
    const decision = decide(aWorker(), shift, aGround(), now);
    expect(decision.outcome).toBe('eligible');
    expect(decision.checks.every((check) => check.result === 'pass')).toBe(true);
  });

  test('a shift that does not exist has no wave; one that does, has', () => {
    const waves = { regularsAt: now, homeTrustAt: now, collaborativeAt: now + hourMs, regularDuties: 3, regularWeeks: 13 };
    const imagined = decide(aWorker(), aShift({ id: null, waves }), aGround(), now);
    expect(imagined.checks.map((check) => check.code)).not.toContain('wave');
    expect(imagined.outcome).toBe('eligible');
    expect(resultOf(decide(aWorker(), aShift({ waves }), aGround(), now), 'wave')).toBe('fail');
  });

  test.each<[string, Partial<WorkerFacts>, string, CheckResult, string]>([
    ['a rest cut short asks the ward', { duties: [aDuty(shift.start - 20 * hourMs, 12)] }, 'daily-rest', 'override', 'override'],
    ['marked time only warns', { unavailable: [{ id: 'u', start: shift.start, end: shift.end }] }, 'availability', 'warn', 'eligible'],
    ['no training blocks', { records: [] }, 'training:pmva-team', 'fail', 'blocked'],
  ])('%s', (_, change, code, result, outcome) => {
    const decision = decide(aWorker(change), shift, aGround(), now);
    expect(resultOf(decision, code)).toBe(result);
    expect(decision.outcome).toBe(outcome);
  });

  test('a fail outweighs an override', () => {
    const worker = aWorker({ records: [], duties: [aDuty(shift.start - 20 * hourMs, 12)] });
    expect(decide(worker, shift, aGround(), now).outcome).toBe('blocked');
  });

  test('the roster’s row of a booking is not a second duty, so it overlaps once and is worked once', () => {
    const booking = aDuty('2026-11-12T08:00Z', 12, { id: 'b', source: 'booking', wardId: 'w' });
    const row = aDuty('2026-11-12T08:00Z', 12, { id: 'r', wardId: 'w' });
    const worker = aWorker({ duties: dutiesOf([row], [booking]) });
    const same = aShift({ start: booking.start, end: booking.end });
    const check = decide(worker, same, aGround(), now).checks.find((each) => each.code === 'overlap');
    expect(check?.evidence).toHaveLength(1);
  });
});

// Workers and shifts with a little of everything, so that every check comes out every way.
const someDuties = fc
  .array(
    fc.record({
      start: fc.integer({ min: -130 * 24, max: 20 * 24 }),
      hours: fc.constantFrom(4, 8, 12, 24),
      kind: fc.constantFrom('duty' as const, 'training' as const, 'leave' as const),
    }),
    { maxLength: 90, size: 'max' },
  )
  .map((rows) =>
    dutiesOf(
      rows.map(({ start, hours, kind }) => aDuty(shift.start + start * hourMs, hours, { kind })),
      [],
    ),
  );
const someWorker: fc.Arbitrary<Partial<WorkerFacts>> = fc.record({
  homeTrust: fc.constantFrom('RGD', 'RXG'),
  consentsToShare: fc.boolean(),
  role: fc.constantFrom('rmn' as const, 'hcsw' as const, 'nursing-associate' as const),
  worksDown: fc.boolean(),
  joinedOn: fc.constantFrom(null, '2020-01-01', '2026-10-20'),
  optOut: fc.constantFrom(null, { fromDay: '2026-01-01', untilDay: null }),
  records: fc.constantFrom<TrainingRecordFact[]>([], [aRecord()], [aRecord({ completedOn: '2025-11-11' })]),
  unavailable: fc.constantFrom<UnavailableFact[]>([], [{ id: 'u', start: shift.start, end: shift.end }]),
  duties: fc.oneof(fc.constant<DutyFact[]>([]), someDuties),
});
const someShift: fc.Arbitrary<Partial<ShiftFacts>> = fc.record({
  role: fc.constantFrom('rmn' as const, 'hcsw' as const),
  band: fc.integer({ min: 3, max: 6 }),
  end: fc.integer({ min: 30, max: 1440 }).map((minutes) => shift.start + minutes * minuteMs),
  preferred: fc.constantFrom(null, { workerId: 'other', until: now + hourMs }),
});
const someDecision = fc
  .tuple(someWorker, someShift)
  .map(([worker, change]): Decision => decide(aWorker(worker), aShift(change), aGround(), now));

const rank = { pass: 0, warn: 0, override: 1, fail: 2 };
const outcomes = ['eligible', 'override', 'blocked'];

describe('any decision', { timeout: 60_000 }, () => {
  test('comes to its worst check; every refusal has a sentence and a fix, no pass has one', () => {
    fc.assert(
      fc.property(someDecision, (decision) => {
        expect(decision.outcome).toBe(outcomes[Math.max(...decision.checks.map((check) => rank[check.result]))]);
        for (const check of decision.checks) {
          expect(check.sentence).toMatch(/^[A-Z].*\.$/);
          expect(Boolean(check.fix)).toBe(check.result !== 'pass');
          if (check.fix) expect(check.fix).toMatch(/^[A-Z].*\.$/);
        }
      }),
    );
  });

  test('is the same whoever asks again, and leaves the facts alone', () => {
    fc.assert(
      fc.property(someWorker, (change) => {
        const worker = aWorker(change);
        const before = JSON.stringify(worker);
        const first = decide(worker, shift, aGround(), now);
        expect(decide(worker, shift, aGround(), now)).toEqual(first);
        expect(JSON.stringify(worker)).toBe(before);
      }),
    );
  });

  test('folding for a host changes neither outcome nor what may be seen', () => {
    fc.assert(
      fc.property(someDecision, fc.boolean(), (decision, sameTrust) => {
        const seen = decisionForHost(decision, { sameTrust });
        expect(seen.outcome).toBe(decision.outcome);
        expect(outcomeOf(seen.checks)).toBe(decision.outcome);
        expect(seen.checks.flatMap((check) => check.evidence)).toEqual([]);
      }),
    );
  });
});

describe('what a host sees', () => {
  const hidden = ['overlap', 'daily-rest', 'weekly-rest', 'weekly-hours', 'night-limit', 'local-cap', 'availability'];
  const check = (code: string, result: CheckResult): Check => ({
    code,
    result,
    sentence: `Says ${code}.`,
    evidence: [{ what: 'roster', id: 'secret' }],
    ...(result === 'pass' ? {} : { fix: 'Secret fix.' }),
  });
  const made = (results: Partial<Record<string, CheckResult>>): Decision => {
    const checks = ['bank', ...hidden, 'restriction'].map((code) => check(code, results[code] ?? 'pass'));
    return { outcome: outcomeOf(checks), checks };
  };

  test('at the worker’s own trust: every check, without evidence', () => {
    const seen = decisionForHost(made({ overlap: 'fail' }), { sameTrust: true });
    expect(seen.checks.map((each) => each.code)).toEqual(['bank', ...hidden, 'restriction']);
    expect(seen.checks[1]).toEqual({ code: 'overlap', result: 'fail', sentence: 'Says overlap.', evidence: [], fix: 'Secret fix.' });
  });

  test('elsewhere: one `not-available` in their place', () => {
    const seen = decisionForHost(made({ overlap: 'fail', availability: 'warn' }), { sameTrust: false });
    expect(seen.checks.map((each) => each.code)).toEqual(['bank', 'not-available', 'restriction']);
    expect(seen.checks[1]).toEqual({
      code: 'not-available',
      result: 'fail',
      sentence: 'Is not available at that time.',
      evidence: [],
      fix: 'Choose another worker.',
    });
  });

  test.each(hidden)('whatever stands behind it, %s reads the same', (code) => {
    for (const result of ['pass', 'warn', 'override', 'fail'] as const) {
      const [one, another] = [code, 'overlap'].map((each) => decisionForHost(made({ [each]: result }), { sameTrust: false }).checks[1]);
      expect(one).toEqual(another);
      expect(one?.result).toBe(result);
    }
  });

  test('the worst of them: fail, override, warn, pass', () => {
    const [alone] = decisionForHost(
      { outcome: 'blocked', checks: [{ code: 'overlap', result: 'fail', sentence: 'At Clover.', evidence: [] }] },
      { sameTrust: false },
    ).checks;
    expect(alone).toMatchObject({ code: 'not-available', result: 'fail', sentence: 'Is not available at that time.' });
    const worst = (results: Partial<Record<string, CheckResult>>) => decisionForHost(made(results), { sameTrust: false }).checks[1]?.result;
    expect(worst({ overlap: 'fail', 'daily-rest': 'override' })).toBe('fail');
    expect(worst({ 'daily-rest': 'override', availability: 'warn' })).toBe('override');
    expect(worst({ 'night-limit': 'warn' })).toBe('warn');
    expect(worst({})).toBe('pass');
  });

  test('nothing it reads names another employer, a place worked or when', () => {
    const worker = aWorker({
      duties: [aDuty(shift.start + hourMs, 8, { where: 'Lynfield Mount Clover', trust: 'TAD' })],
      unavailable: [{ id: 'u', start: shift.start, end: shift.end }],
    });
    const text = JSON.stringify(decisionForHost(decide(worker, shift, aGround(), now), { sameTrust: false }));
    expect(text).not.toMatch(/Clover|TAD|Bradford|08:30/);
    const own = JSON.stringify(decisionForHost(decide(worker, shift, aGround(), now), { sameTrust: true }));
    expect(own).not.toMatch(/Clover|TAD|Bradford/);
  });
});

describe('what would unlock more shifts', () => {
  const blocked = (...fails: [code: string, fix: string][]): Decision => {
    const checks = fails.map(([code, fix]): Check => ({ code, result: 'fail', sentence: 'No.', evidence: [], fix }));
    return { outcome: outcomeOf(checks), checks };
  };
  const renew: [string, string] = ['training:pmva-breakaway', 'Renew breakaway training.'];
  const consent: [string, string] = ['consent', 'Agree to share the passport.'];

  test('counts the shifts that one thing alone keeps from someone, most first', () => {
    const found = unlocks([
      blocked(renew),
      blocked(consent),
      blocked(renew),
      blocked(renew, consent),
      decide(aWorker(), shift, aGround(), now),
    ]);
    expect(found).toEqual([
      { code: renew[0], count: 2, fix: renew[1], sentence: 'Renew breakaway training: 2 more shifts' },
      { code: 'consent', count: 1, fix: consent[1], sentence: 'Agree to share the passport: 1 more shift' },
    ]);
  });

  test('the fix is the commonest, of equals the first in the alphabet, and codes that open as many are in order', () => {
    const other: [string, string] = [renew[0], 'Complete breakaway training before the shift.'];
    expect(unlocks([blocked(other), blocked(renew), blocked(renew)])[0]?.fix).toBe(renew[1]);
    for (const both of [
      [blocked(other), blocked(renew)],
      [blocked(renew), blocked(other)],
    ])
      expect(unlocks(both).map((each) => each.fix)).toEqual([other[1]]);
    for (const both of [
      [blocked(renew), blocked(consent)],
      [blocked(consent), blocked(renew)],
    ])
      expect(unlocks(both).map((each) => each.code)).toEqual(['consent', renew[0]]);
  });

  test('a shift that would still need an override counts', () => {
    const worker = aWorker({ consentsToShare: false, duties: [aDuty(shift.start - 20 * hourMs, 12)] });
    expect(unlocks([decide(worker, shift, aGround(), now)])).toMatchObject([{ code: 'consent', count: 1 }]);
  });

  test('work at the same time is never to be given up for another shift', () => {
    expect(unlocks([blocked(['overlap', 'Choose another time.']), blocked(consent)]).map((each) => each.code)).toEqual(['consent']);
  });

  test('nobody blocked, nothing to unlock', () => expect(unlocks([decide(aWorker(), shift, aGround(), now)])).toEqual([]));
});

describe('a decision is quick', { timeout: 60_000 }, () => {
  test('about as quick as writing its facts down: ten thousand candidates take well under a second', () => {
    const duties = dutiesOf(
      Array.from({ length: 100 }, (_, index) => aDuty(at('2026-06-15T08:00Z') + index * 36 * hourMs, 11, { breakMinutes: 30 })),
      [],
    );
    const records = Array.from({ length: 10 }, (_, index) => aRecord({ id: `r${index}`, completedOn: '2026-05-01' }));
    const worker = aWorker({ duties, records });
    const busy = aShift({ start: at('2026-11-14T08:00Z'), end: at('2026-11-14T20:00Z'), requirements: twoRequirements });
    const ground = aGround();
    const millisecondsFor = (task: () => unknown) => {
      let best = Infinity;
      for (let round = 0; round < 5; round++) {
        const started = performance.now();
        for (let run = 0; run < 300; run++) task();
        best = Math.min(best, performance.now() - started);
      }
      return best;
    };
    const deciding = millisecondsFor(() => decide(worker, busy, ground, now));
    const writing = millisecondsFor(() => JSON.stringify(worker));
    // A ratio taken in one run, so that a busy machine slows both. It is about 1; asking Intl for each day once made it hundreds.
    expect(deciding / writing).toBeLessThan(5);
  });
});

/** Where everything dated begins or ends within three weeks, the clocks' change among them: who is asked on which day matters. */
describe('a question that goes by the day', () => {
  const day = fc.integer({ min: 0, max: 20 }).map((count) => addDays('2026-10-15', count));
  const dated = fc.record({ fromDay: fc.option(day), untilDay: fc.option(day) });
  const check = fc.record({ onDay: fc.option(day), untilDay: fc.option(day) });
  const worker = fc
    .record({
      membership: dated,
      checks: fc.record(Object.fromEntries(employmentChecks.map((name) => [name, check])) as Record<EmploymentCheck, typeof check>),
      registeredUntil: fc.option(day),
      completed: fc.array(fc.record({ day, daysBefore: fc.constantFrom(0, 61), course: fc.constantFrom('course-pmva', 'course-other') }), {
        maxLength: 3,
      }),
    })
    .map(({ membership, checks, registeredUntil, completed }) =>
      aWorker({
        banks: [{ bankId: 'bank-nursing', ...membership }],
        checks,
        registration: { body: 'NMC', number: '12A1000E', field: 'mental-health', untilDay: registeredUntil },
        records: completed.map((one, at) =>
          aRecord({ id: `record-${at}`, completedOn: addDays(one.day, -one.daysBefore), courseId: one.course }),
        ),
      }),
    );
  const ground = fc
    .record({ member: dated, agreed: fc.array(dated, { maxLength: 2 }), counts: fc.option(day) })
    .map(({ member, agreed, counts }) =>
      aGround({
        banks: [
          {
            id: 'bank-nursing',
            name: 'Bank',
            staffGroups: ['nursing'],
            members: [{ trust: 'RXG', fromDay: member.fromDay ?? '2020-01-01', untilDay: member.untilDay }],
          },
        ],
        agreements: agreed.map(({ fromDay, untilDay }, at) =>
          anAgreement({ id: `agreement-${at}`, fromDay: fromDay ?? '2020-01-01', untilDay }),
        ),
        courses: new Map([
          ['course-pmva', aCourse()],
          ['course-other', aCourse({ id: 'course-other', trust: 'RXG' })],
        ]),
        alignments: [anAlignment({ countsFrom: counts })],
      }),
    );
  const asked = fc.record({ day, isNight: fc.boolean() }).map(({ day, isNight }) => {
    const start = startOfDay(day) + (isNight ? 20 : 8) * hourMs;
    return aShift({ start, end: start + 12 * hourMs, requirements: [aRequirement({ periodMonths: 2 })] });
  });

  test('is answered alike on all days between two on which it turns', () => {
    let alike = 0;
    fc.assert(
      fc.property(worker, ground, asked, asked, (who, stands, one, other) => {
        for (const question of questionsOf(one, stands)) {
          const { lasting } = question;
          const same = questionsOf(other, stands).find((candidate) => candidate.lasting?.about === lasting?.about);
          if (!lasting || !same?.lasting) continue;
          const first = lasting.first < same.lasting.first ? lasting.first : same.lasting.first;
          const last = lasting.last > same.lasting.last ? lasting.last : same.lasting.last;
          if (lasting.turns(who).some((turn) => first < turn && turn <= last)) continue;
          alike += 1;
          const results = (asking: typeof question) => asking.ask(who).map(({ code, result }) => [code, result]);
          expect(results(same)).toEqual(results(question));
        }
      }),
      { numRuns: 3000 },
    );
    expect(alike).toBeGreaterThan(2000);
  });
});
