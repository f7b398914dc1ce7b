import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  aCourse,
  aGround,
  anAgreement,
  anAlignment,
  anAsked,
  aRecord,
  aShift,
  aWard,
  aWorker,
  aWorld,
  at,
  now,
} from '../kernel/examples.ts';
import type { Choose } from '../kernel/examples.ts';
import { hourMs } from '../kernel/interval.ts';
import { localDayOf } from '../kernel/local-time.ts';
import { stillHolds } from '../shifts/review-rules.ts';
import { decide } from '../shifts/rules.ts';
import { applied, bitesFrom, effectOf } from './effect-rules.ts';
import type { Change, Effect, EffectFacts, HeldBooking } from './effect-rules.ts';
import type { AlignmentState } from './facts.ts';
import { mayWorkAt } from './reach-rules.ts';
import { pmvaCountOf, requirementsAt, teamRequirementOn } from './rules.ts';

/** One nurse of RGD booked on Elmdale at RXG, who is also the only one there with team training. */
function anEffect(
  change: Change,
  { facts = {}, worker = aWorker() }: { facts?: Partial<EffectFacts>; worker?: HeldBooking['worker'] } = {},
) {
  const shift = aShift();
  const ground = facts.ground ?? aGround();
  const before: EffectFacts = {
    wards: [aWard({ requirements: [anAsked({ minimumOnShift: 1 })] }), aWard({ id: 'becklin/ward-5', trust: 'RGD' })],
    workers: [worker],
    bookings: [{ id: 'booking-1', worker, shift, extraCompetencies: [], accepted: decide(worker, { ...shift, id: null }, aGround(), now) }],
    shifts: [
      {
        id: shift.id!,
        wardId: shift.wardId,
        start: shift.start,
        end: shift.end,
        team: [{ ...shift, personId: 'p', records: worker.records }],
      },
    ],
    ...facts,
    ground,
  };
  return effectOf(before, applied(before, change), change, now);
}

const withdrawn: Change = {
  kind: 'alignment',
  alignment: anAlignment({ state: 'withdrawn', stateSince: now, reason: 'The syllabus was cut' }),
};
const nothing: Effect = { gains: [], losses: [], bookings: [], underMinimum: [] };
const loses = [{ workerId: 'worker-1', wardIds: ['the-dales/elmdale'] }];
const marked = (because: string) => [{ bookingId: 'booking-1', because: `PMVA team interventions: ${because}.` }];
const under = [{ shiftId: 'shift-1', before: 1, after: 0, minimum: 1 }];

describe('what a change does', () => {
  test('withdrawing an alignment takes a ward, marks the booking and leaves the shift short; the home ward stays', () => {
    expect(anEffect(withdrawn)).toEqual({
      gains: [],
      losses: loses,
      bookings: marked('the course’s alignment was withdrawn'),
      underMinimum: under,
    });
  });

  test('whom it takes a ward from is said in one order, whatever order they are known in', () => {
    const three = ['worker-3', 'worker-1', 'worker-2'].map((id) => aWorker({ id }));
    expect(anEffect(withdrawn, { facts: { workers: three } }).losses.map(({ workerId }) => workerId)).toEqual([
      'worker-1',
      'worker-2',
      'worker-3',
    ]);
    const shift = aShift();
    const team = [{ ...shift, personId: 'p', records: aWorker().records }];
    const shifts = ['shift-3', 'shift-1', 'shift-2'].map((id) => ({ id, wardId: shift.wardId, start: shift.start, end: shift.end, team }));
    expect(anEffect(withdrawn, { facts: { shifts } }).underMinimum.map(({ shiftId }) => shiftId)).toEqual([
      'shift-1',
      'shift-2',
      'shift-3',
    ]);
    const accepted = decide(aWorker(), { ...shift, id: null }, aGround(), now);
    const bookings = ['booking-3', 'booking-1', 'booking-2'].map((id) => ({
      id,
      worker: aWorker(),
      shift,
      extraCompetencies: [],
      accepted,
    }));
    expect(anEffect(withdrawn, { facts: { bookings } }).bookings.map(({ bookingId }) => bookingId)).toEqual([
      'booking-1',
      'booking-2',
      'booking-3',
    ]);
    const validated: Change = { kind: 'alignment', alignment: anAlignment() };
    const gained = anEffect(validated, { facts: { workers: three, ground: aGround({ alignments: [] }) } });
    expect(gained.gains.map(({ workerId }) => workerId)).toEqual(['worker-1', 'worker-2', 'worker-3']);
  });

  test('validating one gives the ward, to whom holds the course', () => {
    const ground = aGround({ alignments: [] });
    const validated: Change = { kind: 'alignment', alignment: anAlignment() };
    expect(anEffect(validated, { facts: { ground } })).toEqual({ ...nothing, gains: loses });
    expect(anEffect(validated, { facts: { ground }, worker: aWorker({ records: [] }) }).gains).toEqual([]);
  });

  test('validating one from a later day looks at that day, and marks what the pilot allowed before it', () => {
    const pilot = anAlignment({ state: 'stress-testing', pilotWardIds: ['the-dales/elmdale'], pilotUntil: at('2027-01-01T00:00Z') });
    const change: Change = { kind: 'alignment', alignment: anAlignment({ countsFrom: '2026-12-01' }) };
    expect(anEffect(change, { facts: { ground: aGround({ alignments: [pilot] }) } })).toMatchObject({
      gains: [],
      losses: [],
      bookings: marked('the course is not aligned until Tue 1 Dec'),
    });
  });

  test('a certificate that ended before the training takes it all, at home too', () => {
    const effect = anEffect({ kind: 'certificate', courseId: 'course-pmva', provider: null, certifiedUntil: '2026-05-31' });
    expect(effect.losses).toEqual([{ workerId: 'worker-1', wardIds: ['becklin/ward-5', 'the-dales/elmdale'] }]);
    expect(effect.bookings).toEqual(marked('the provider was not certified on the day of completion'));
  });

  test('a shorter period from a later day reaches the shifts from that day on', () => {
    const shorter = (fromDay: string): Change => ({ kind: 'period', competency: 'pmva-team', trust: 'RXG', months: 5, fromDay });
    expect(anEffect(shorter('2026-11-10')).bookings).toEqual(marked('expired on Sun 1 Nov'));
    expect(anEffect(shorter('2026-11-11')).bookings).toEqual([]);
    // On that day the training is out, so the ward is lost from then, whatever it is today.
    expect(anEffect(shorter('2026-11-11')).losses).toEqual(loses);
    expect(anEffect(shorter('2026-10-20')).losses).toEqual([]);
    // Also of a course that its own trust gives for something else.
    const course = aCourse({ competency: 'physical-health' });
    const ground = aGround({ courses: new Map([[course.id, course]]) });
    expect(anEffect(shorter('2026-11-11'), { facts: { ground } }).losses).toEqual(loses);
  });

  test('a period said anew takes the place of those to come, and keeps those before it', () => {
    const periods = [
      { months: 12, fromDay: null, untilDay: '2026-10-31' },
      { months: 6, fromDay: '2026-11-01', untilDay: '2026-12-31' },
      { months: 3, fromDay: '2027-01-01', untilDay: null },
    ];
    const wards = [aWard({ requirements: [anAsked({ periods })], competencies: [{ competency: 'resus-bls', title: '', periods }] })];
    const facts = { ground: aGround(), wards, workers: [], bookings: [], shifts: [] };
    const change = { kind: 'period', competency: 'pmva-team', trust: 'RXG', months: 24, fromDay: '2026-12-01' } as const;
    const [ward] = applied(facts, change).wards;
    expect(ward?.requirements[0]?.periods).toEqual([
      periods[0],
      { months: 6, fromDay: '2026-11-01', untilDay: '2026-11-30' },
      { months: 24, fromDay: '2026-12-01', untilDay: null },
    ]);
    expect(ward?.competencies[0]?.periods).toBe(periods);
    expect(applied(facts, { ...change, trust: 'TAD' }).wards[0]).toBe(wards[0]);
    expect(facts.wards[0]?.requirements[0]?.periods).toBe(periods);
  });

  test('a requirement more loses whom it finds untrained, one ended gives the ward back', () => {
    const asked = anAsked({ id: 'bls', competency: 'resus-bls', title: 'Life support' });
    const set = anEffect({ kind: 'requirement-set', wardId: 'the-dales/elmdale', asked });
    expect(set.losses).toEqual(loses);
    expect(set.bookings).toEqual([{ bookingId: 'booking-1', because: 'Life support: training is missing.' }]);
    const ended: Change = { kind: 'requirement-ended', wardId: 'the-dales/elmdale', requirementId: 'requirement-pmva' };
    expect(anEffect(ended, { worker: aWorker({ records: [] }) })).toEqual({ ...nothing, gains: loses });
    expect(anEffect(ended)).toEqual(nothing);
  });

  test('a requirement of a role set again takes the place of the one it had, and not of another role’s', () => {
    const asked = anAsked({ id: 'new', minimumOnShift: 2 });
    const set: Change = { kind: 'requirement-set', wardId: 'the-dales/elmdale', asked };
    expect(anEffect(set).underMinimum).toEqual([{ shiftId: 'shift-1', before: 1, after: 1, minimum: 2 }]);
    const facts = { ground: aGround(), wards: [aWard()], workers: [], bookings: [], shifts: [] };
    expect(applied(facts, set).wards[0]?.requirements).toEqual([asked]);
    const ofRole = applied(facts, { ...set, asked: { ...asked, role: 'rmn' } }).wards[0]?.requirements;
    expect(ofRole?.map((one) => one.id)).toEqual(['requirement-pmva', 'new']);
  });

  test('an agreement that ends takes the wards of that way, from the day after; one signed gives them', () => {
    const end = (lastDay: string): Change => ({ kind: 'agreement-ended', agreementId: 'agreement-1', lastDay });
    expect(anEffect(end('2026-11-09'))).toMatchObject({ losses: loses, bookings: [{ bookingId: 'booking-1' }], underMinimum: [] });
    expect(anEffect(end('2026-11-10'))).toMatchObject({ losses: loses, bookings: [] });
    const facts = { ground: aGround(), wards: [], workers: [], bookings: [], shifts: [] };
    expect(applied(facts, end('2025-10-19')).ground.agreements).toEqual([]);
    const firstDay = aGround().agreements[0]!.fromDay;
    expect(applied(facts, end(firstDay)).ground.agreements[0]).toMatchObject({ fromDay: firstDay, untilDay: firstDay });
    const signed: Change = { kind: 'agreement-signed', agreement: anAgreement({ fromDay: '2026-12-01' }) };
    expect(anEffect(signed, { facts: { ground: aGround({ agreements: [] }) } })).toMatchObject({ gains: loses });
  });

  test('a booking that nobody noticed is broken is marked where the change breaks it further, and not where it changes nothing', () => {
    const broken = aWorker({ consentsToShare: false });
    expect(anEffect(withdrawn, { worker: broken }).bookings).toEqual(marked('the course’s alignment was withdrawn'));
    expect(anEffect(withdrawn, { worker: aWorker({ records: [aRecord({ completedOn: '2024-01-01' })] }) }).bookings).toEqual([]);
  });

  test('a shift that was short already is not the change’s doing, nor one that has started', () => {
    const shift = aShift();
    const facts = {
      wards: [aWard({ requirements: [anAsked({ minimumOnShift: 2 })] })],
      shifts: [
        { id: 's', wardId: shift.wardId, start: shift.start, end: shift.end, team: [{ ...shift, personId: 'p', records: [aRecord()] }] },
      ],
    };
    expect(anEffect(withdrawn, { facts }).underMinimum).toEqual([]);
    const started = { ...shift, start: now, end: now + hourMs };
    const worker = aWorker();
    const accepted = decide(worker, started, aGround(), now);
    expect(
      anEffect(withdrawn, {
        facts: {
          bookings: [{ id: 'b', worker, shift: started, extraCompetencies: [], accepted }],
          shifts: [
            { id: 's', wardId: shift.wardId, start: now, end: now + hourMs, team: [{ ...started, personId: 'p', records: [aRecord()] }] },
          ],
        },
      }),
    ).toMatchObject({ bookings: [], underMinimum: [] });
  });

  test('what a shift adds to its ward is asked of its booking', () => {
    const worker = aWorker({ records: [aRecord(), aRecord({ id: 'bls', courseId: 'bls' })] });
    const bls = anAlignment({ id: 'a-bls', courseId: 'bls', competency: 'resus-bls' });
    const ground = aGround({
      courses: new Map([...aGround().courses, ['bls', aCourse({ id: 'bls', competency: 'resus-bls', useOfForce: false })]]),
      alignments: [anAlignment(), bls],
    });
    const periods = anAsked().periods;
    const shift = aShift();
    const effect = anEffect(
      { kind: 'alignment', alignment: { ...bls, state: 'withdrawn' } },
      {
        worker,
        facts: {
          ground,
          wards: [aWard({ competencies: [{ competency: 'resus-bls', title: 'Life support', periods }] })],
          bookings: [{ id: 'b', worker, shift, extraCompetencies: ['resus-bls'], accepted: decide(worker, shift, ground, now) }],
        },
      },
    );
    expect(effect).toEqual({
      ...nothing,
      bookings: [{ bookingId: 'b', because: 'Life support: the course’s alignment was withdrawn.' }],
    });
  });
});

/** The same asked the long way: of everybody, every ward, every booking and every shift, one at a time. */
function theLongWay(before: EffectFacts, after: EffectFacts, change: Change): Effect {
  const when = bitesFrom(change, now);
  const ids = (facts: EffectFacts, worker: EffectFacts['workers'][number]) =>
    facts.wards.filter((ward) => mayWorkAt(worker, ward, facts.ground, when)).map((ward) => ward.id);
  const moved = (from: EffectFacts, to: EffectFacts) =>
    before.workers.flatMap((worker) => {
      const had = ids(from, worker);
      const wardIds = ids(to, worker).filter((id) => !had.includes(id));
      return wardIds.length > 0 ? [{ workerId: worker.id, wardIds: wardIds.sort() }] : [];
    });
  const fresh = (facts: EffectFacts, { worker, shift, extraCompetencies }: HeldBooking) => {
    const ward = facts.wards.find((one) => one.id === shift.wardId)!;
    const requirements = requirementsAt(ward, shift.role, extraCompetencies, localDayOf(shift.start));
    return decide(worker, { ...shift, requirements }, facts.ground, now);
  };
  const count = (facts: EffectFacts, shift: EffectFacts['shifts'][number]) => {
    const ward = facts.wards.find((one) => one.id === shift.wardId)!;
    return pmvaCountOf({ ...shift, hostTrust: ward.trust }, teamRequirementOn(ward, localDayOf(shift.start)), shift.team, facts.ground);
  };
  return {
    gains: moved(before, after),
    losses: moved(after, before),
    bookings: before.bookings.flatMap((booking) => {
      const [was, is] = [fresh(before, booking), fresh(after, booking)];
      if (stillHolds(is, booking.accepted)) return [];
      const failedBefore = was.checks.filter((check) => check.result === 'fail').map((check) => check.code);
      const first = is.checks.find((check) => check.result === 'fail' && !failedBefore.includes(check.code));
      return first ? [{ bookingId: booking.id, because: first.sentence }] : [];
    }),
    underMinimum: before.shifts.flatMap((shift) => {
      const [had, has] = [count(before, shift), count(after, shift)];
      return had.isEnough && !has.isEnough ? [{ shiftId: shift.id, before: had.fewest, after: has.fewest, minimum: has.minimum! }] : [];
    }),
  };
}

const cases = fc.noBias(fc.infiniteStream(fc.nat())).map((numbers) => {
  const choose: Choose = (...options) => options[(numbers.next().value as number) % options.length]!;
  const { ground, wards, workers, days } = aWorld(choose);
  const starts = [at('2026-10-21T19:00Z'), at('2026-11-11T20:00Z'), at('2026-12-19T20:00Z')];
  const bookings = workers.map((worker, index): HeldBooking => {
    const ward = choose(...wards);
    const start = choose(...starts);
    const extraCompetencies = choose([], ['resus-bls']);
    const requirements = requirementsAt(ward, worker.role, extraCompetencies, localDayOf(start));
    const shift = aShift({
      id: `s${index}`,
      wardId: ward.id,
      hostTrust: ward.trust,
      role: worker.role,
      start,
      end: start + 12 * hourMs,
      requirements,
    });
    return { id: `b${index}`, worker, shift, extraCompetencies, accepted: decide(worker, shift, ground, now) };
  });
  const shifts = bookings.map(({ shift }) => ({
    id: shift.id!,
    wardId: shift.wardId,
    start: shift.start,
    end: shift.end,
    team: workers.map((worker) => ({ personId: worker.personId, records: worker.records, start: shift.start, end: shift.end })),
  }));
  const facts: EffectFacts = { ground, wards, workers, bookings, shifts };
  const ward = choose(...wards);
  const asked = anAsked({
    id: 'new',
    competency: choose('pmva-team', 'resus-bls'),
    role: choose(null, 'rmn'),
    minimumOnShift: choose(null, 1, 3),
    periods: ward.competencies[0]!.periods,
  });
  const change: Change = choose<() => Change>(
    () => {
      const alignment = choose(...ground.alignments);
      const state = choose<AlignmentState>('validated', 'stress-testing', 'withdrawn', 'in-review');
      const change = { state, countsFrom: choose(null, ...days), pilotWardIds: [choose(...wards).id], pilotUntil: at('2026-12-01T00:00Z') };
      return { kind: 'alignment', alignment: { ...alignment, ...change, id: choose(alignment.id, 'another') } };
    },
    () => ({ kind: 'certificate', courseId: choose('rgd-pmva', 'tad-pmva'), provider: 'x', certifiedUntil: choose(null, '2026-06-10') }),
    () => ({
      kind: 'period',
      competency: choose('pmva-team', 'resus-bls'),
      trust: choose('RXG', 'TAD', 'RGD'),
      months: choose(1, 5, 36),
      fromDay: choose(...days),
    }),
    () => ({ kind: 'requirement-set', wardId: ward.id, asked }),
    () => ({ kind: 'requirement-ended', wardId: ward.id, requirementId: ward.requirements[0]?.id ?? 'none' }),
    () => ({ kind: 'agreement-ended', agreementId: choose(...ground.agreements).id, lastDay: choose(...days) }),
    () => ({ kind: 'agreement-signed', agreement: { ...choose(...ground.agreements), untilDay: null, fromDay: choose(...days) } }),
  )();
  return { facts, change };
});

test('whatever the facts and the change: nothing that was skipped would have moved', () => {
  const seen = { gains: 0, losses: 0, bookings: 0, underMinimum: 0 };
  fc.assert(
    fc.property(cases, ({ facts, change }) => {
      const after = applied(facts, change);
      const effect = effectOf(facts, after, change, now);
      expect(effect).toEqual(theLongWay(facts, after, change));
      for (const key of Object.keys(seen) as (keyof Effect)[]) seen[key] += effect[key].length;
    }),
    { numRuns: 400, seed: 20261122 },
  );
  // A property over worlds in which nothing ever moves would hold too.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(5);
});
