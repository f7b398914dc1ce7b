import { describe, expect, test } from 'vitest';
import { aCourse, aGround, anAlignment, anAsked, aRecord, aRequirement, aShift, at, aWard } from '../kernel/examples.ts';
import type { AlignmentFact, CourseFact, TrainingRecordFact } from './facts.ts';
import {
  alignmentCounts,
  pmvaCountOf,
  recordCountsOn,
  requirementOn,
  requirementsAt,
  requirementsOf,
  teamRequirementOn,
  trainingCheck,
  trainingTurns,
} from './rules.ts';
import type { TeamMember } from './rules.ts';

const day = aShift();
const night = aShift({ start: at('2026-11-10T20:00Z'), end: at('2026-11-11T08:00Z') });
const toMidnight = aShift({ start: at('2026-11-10T12:00Z'), end: at('2026-11-11T00:00Z') });

interface Given {
  course?: Partial<CourseFact>;
  alignments?: Partial<AlignmentFact>[];
  records?: Partial<TrainingRecordFact>[];
  shift?: typeof day;
  periodMonths?: number;
}

function check({ course = {}, alignments = [{}], records = [{}], shift = day, periodMonths = 12 }: Given) {
  const ground = aGround({ courses: new Map([['course-pmva', aCourse(course)]]), alignments: alignments.map(anAlignment) });
  return trainingCheck(records.map(aRecord), aRequirement({ periodMonths }), shift, ground);
}
const gapOf = (given: Given) => {
  const found = check(given);
  return found.result === 'pass' ? 'pass' : found.evidence.find((item) => item.what === 'training record')?.detail;
};

describe('(a) the course counts on this ward', () => {
  test.each<[string, Partial<AlignmentFact>[], string]>([
    ['is validated', [{}], 'pass'],
    ['is validated from the day of the shift', [{ countsFrom: '2026-11-10' }], 'pass'],
    ['is validated from the day after', [{ countsFrom: '2026-11-11' }], 'not aligned'],
    ['does not exist', [], 'not aligned'],
    ['is a draft', [{ state: 'draft' }], 'not aligned'],
    ['is in review', [{ state: 'in-review' }], 'in review'],
    ['was withdrawn', [{ state: 'withdrawn' }], 'withdrawn'],
    ['is another collaborative’s', [{ trusts: ['RGD', 'TAD'] }], 'not aligned'],
    ['is for another competency', [{ competency: 'pmva-breakaway' }], 'not aligned'],
    ['was withdrawn in one collaborative and validated in another', [{ id: 'a', state: 'withdrawn' }, { id: 'b' }], 'pass'],
    [
      'was withdrawn after an earlier draft',
      [
        { id: 'a', state: 'draft', stateSince: 1 },
        { id: 'b', state: 'withdrawn', stateSince: 2 },
      ],
      'withdrawn',
    ],
  ])('an alignment that %s', (_, alignments, gap) => expect(gapOf({ alignments })).toBe(gap));

  test.each<[string, Partial<AlignmentFact>, string]>([
    ['this ward, until the minute after the start', { pilotUntil: day.start + 60_000 }, 'pass'],
    ['this ward, until the very start', { pilotUntil: day.start }, 'stress testing elsewhere'],
    ['this ward, until nobody knows when', { pilotUntil: null }, 'stress testing elsewhere'],
    ['another ward', { pilotWardIds: ['becklin/ward-5'] }, 'stress testing elsewhere'],
    ['no ward', { pilotWardIds: [] }, 'stress testing elsewhere'],
  ])('stress testing on %s', (_, change, gap) => {
    const pilot = { state: 'stress-testing' as const, pilotWardIds: ['the-dales/elmdale'], pilotUntil: at('2027-01-18T09:00Z'), ...change };
    expect(gapOf({ alignments: [pilot] })).toBe(gap);
  });

  test('an alignment counts only at the trusts of its collaborative', () => {
    expect(alignmentCounts(anAlignment(), day)).toBe(true);
    expect(alignmentCounts(anAlignment({ trusts: ['RGD', 'TAD'] }), day)).toBe(false);
  });

  test('the host’s own course counts there whatever became of its alignment', () => {
    for (const alignments of [[], [{ state: 'withdrawn' as const }], [{ state: 'in-review' as const }]]) {
      expect(gapOf({ course: { trust: 'RXG' }, alignments })).toBe('pass');
    }
  });

  test('but only for the competency it meets there', () => {
    expect(gapOf({ course: { trust: 'RXG', competency: 'pmva-breakaway' }, alignments: [{ state: 'draft' }] })).toBe('not aligned');
    expect(gapOf({ course: { trust: 'RXG', competency: 'pmva-breakaway' } })).toBe('pass');
  });
});

describe('(b) the record is in date on every local day of the shift', () => {
  test.each<[string, string, typeof day, number, string]>([
    ['completed on the day', '2026-11-10', day, 12, 'pass'],
    ['completed the day after', '2026-11-11', day, 12, 'not yet completed'],
    ['completed on a night’s second day', '2026-11-11', night, 12, 'not yet completed'],
    ['a year old on the day', '2025-11-10', day, 12, 'expired'],
    ['a day short of a year', '2025-11-11', day, 12, 'pass'],
    ['a year old at midnight of a night', '2025-11-11', night, 12, 'lapses during the shift'],
    ['a year old the day after a night', '2025-11-12', night, 12, 'pass'],
    ['a year old when a shift ends at midnight', '2025-11-11', toMidnight, 12, 'pass'],
    ['two years old where the host allows two', '2024-11-11', day, 24, 'pass'],
    ['two years and a day old', '2024-11-10', day, 24, 'expired'],
  ])('%s', (_, completedOn, shift, periodMonths, gap) => expect(gapOf({ records: [{ completedOn }], shift, periodMonths })).toBe(gap));

  const on = (dayText: string) => aShift({ start: at(`${dayText}T09:00Z`), end: at(`${dayText}T17:00Z`) });
  test.each([
    ['2024-02-29', 12, '2025-02-27', 'pass'],
    ['2024-02-29', 12, '2025-02-28', 'expired'],
    ['2024-02-29', 48, '2028-02-28', 'pass'],
    ['2024-02-29', 48, '2028-02-29', 'expired'],
    ['2027-02-28', 12, '2028-02-27', 'pass'],
    ['2027-02-28', 12, '2028-02-28', 'expired'],
    ['2026-08-31', 6, '2027-02-27', 'pass'],
    ['2026-08-31', 6, '2027-02-28', 'expired'],
  ])('completed on %s for %i months, on %s: %s', (completedOn, periodMonths, dayText, gap) => {
    expect(gapOf({ records: [{ completedOn }], shift: on(dayText), periodMonths, course: { useOfForce: false } })).toBe(gap);
  });
});

describe('(c) and (d)', () => {
  test('a revoked record never counts', () => {
    const revoked = { at: at('2026-09-01T10:00Z'), by: 'Sam Cole', reason: 'Not assessed' };
    const found = check({ records: [{ revoked }] });
    expect(found.sentence).toBe('PMVA team interventions: the record was revoked.');
    expect(found.evidence.at(-1)).toEqual({
      what: 'revocation',
      id: 'record-pmva',
      from: '2026-09-01T10:00:00.000Z',
      by: 'Sam Cole',
      detail: 'Not assessed',
    });
  });

  test.each<[string, Partial<CourseFact>, string]>([
    ['certified until that day', { certifiedUntil: '2026-06-01' }, 'pass'],
    ['until the day before', { certifiedUntil: '2026-05-31' }, 'provider not certified'],
    ['not certified', { certifiedUntil: null }, 'provider not certified'],
    ['not certified, and no force is used', { certifiedUntil: null, useOfForce: false }, 'pass'],
  ])('completed on 1 June with a provider %s', (_, course, gap) => expect(gapOf({ course })).toBe(gap));
});

describe('one record must meet all alone', () => {
  const old = aRecord({ id: 'old', completedOn: '2024-01-01' });
  const revoked = { at: 0, by: 'x', reason: 'y' };

  test('two that each fail something do not add up', () => {
    expect(check({ records: [old, { id: 'bad', revoked }] }).result).toBe('fail');
  });
  test('one that meets all is enough, wherever it stands', () => {
    expect(check({ records: [old, {}, { id: 'bad', revoked }] }).result).toBe('pass');
  });
  test('the one that fails least is reported, though it is older', () => {
    const found = check({
      records: [
        { id: 'newer', completedOn: '2025-05-01', revoked },
        { id: 'older', completedOn: '2025-02-01' },
      ],
    });
    expect(found.evidence[1]).toMatchObject({ id: 'older', detail: 'expired' });
  });
  test('the newest on ties, and the same answer in any order', () => {
    const records = [
      { id: 'a', completedOn: '2025-02-01' },
      { id: 'b', completedOn: '2025-05-01' },
      { id: 'c', completedOn: '2025-05-01' },
    ];
    for (const order of [records, records.toReversed()]) expect(check({ records: order }).evidence[1]?.id).toBe('b');
  });
  test('everything it fails is said', () => {
    const found = check({ records: [{ completedOn: '2025-05-01', revoked }], alignments: [{ state: 'in-review' }] });
    expect(found.sentence).toBe(
      'PMVA team interventions: the course is in review and does not count yet; expired on Fri 1 May; the record was revoked.',
    );
  });
});

describe('the days on which it may turn', () => {
  const turns = (course: Partial<CourseFact>, alignments: Partial<AlignmentFact>[] = []) =>
    trainingTurns([aRecord()], aRequirement(), {
      ...aGround({ courses: new Map([['course-pmva', aCourse(course)]]), alignments: alignments.map(anAlignment) }),
    });
  const own = ['2026-06-01', '2027-06-01'];

  test('a record’s first and the first after its last, whether its course is for this or was aligned to it', () => {
    expect(turns({})).toEqual(own);
    expect(turns({ competency: 'pmva-breakaway' }, [{ countsFrom: '2026-09-01' }])).toEqual([...own, '2026-09-01']);
  });
  test('none of a course that is for something else', () => expect(turns({ competency: 'pmva-breakaway' })).toEqual([]));
});

describe('what a worker reads', () => {
  test.each<[Given, string, string]>([
    [{ records: [] }, 'training is missing', 'Complete PMVA team interventions before the shift.'],
    [{ records: [{ courseId: 'unknown' }] }, 'training is missing', 'Complete PMVA team interventions before the shift.'],
    [
      { records: [{ completedOn: '2026-12-01' }] },
      'not yet completed when the shift starts (completed on Tue 1 Dec)',
      'Complete PMVA team interventions before the shift.',
    ],
    [{ records: [{ completedOn: '2025-11-01' }] }, 'expired on Sun 1 Nov', 'Renew PMVA team interventions.'],
    [
      { periodMonths: 0 },
      'this trust has not said how long the training counts',
      'Ask the host’s training lead how long PMVA team interventions counts.',
    ],
    [
      { records: [{ completedOn: '2025-11-11' }], shift: night },
      'lapses during the shift, on Wed 11 Nov',
      'Renew PMVA team interventions.',
    ],
    [{ alignments: [] }, 'the course is not aligned here', 'Complete a course for PMVA team interventions that counts on this ward.'],
    [
      { alignments: [{ countsFrom: '2027-01-01' }] },
      'the course is not aligned until Fri 1 Jan 2027',
      'Complete a course for PMVA team interventions that counts on this ward.',
    ],
    [
      { alignments: [{ state: 'withdrawn' }] },
      'the course’s alignment was withdrawn',
      'Complete a course for PMVA team interventions that counts on this ward.',
    ],
    [
      { alignments: [{ state: 'stress-testing' }] },
      'the course is in stress testing elsewhere, not on this ward',
      'Complete a course for PMVA team interventions that counts on this ward.',
    ],
    [
      { course: { certifiedUntil: null } },
      'the provider was not certified on the day of completion',
      'Complete PMVA team interventions with a certified provider.',
    ],
  ])('case %#', (given, clause, fix) => {
    expect(check(given)).toMatchObject({ result: 'fail', sentence: `PMVA team interventions: ${clause}.`, fix });
  });

  test('where there is no record the evidence says what was asked, and that it is missing', () => {
    expect(check({ records: [] }).evidence).toEqual([
      { what: 'requirement', id: 'requirement-pmva', detail: 'PMVA team interventions, valid for 12 months here; missing' },
    ]);
  });

  test('a pass says until when, and rests on requirement, record, course and alignment', () => {
    const found = check({});
    expect(found.sentence).toBe('PMVA team interventions: in date until Mon 31 May 2027.');
    expect(found.evidence).toEqual([
      { what: 'requirement', id: 'requirement-pmva', detail: 'PMVA team interventions, valid for 12 months here' },
      { what: 'training record', id: 'record-pmva', from: '2026-06-01', until: '2027-05-31', detail: 'meets the requirement' },
      {
        what: 'course',
        id: 'course-pmva',
        by: 'RGD',
        until: '2027-06-30',
        detail: 'LY-PMVA version 3, PMVA five-day (Leeds training team)',
      },
      {
        what: 'alignment',
        id: 'alignment-pmva',
        from: '2026-01-05T10:00:00.000Z',
        by: 'Training leads of RGD, RXG, RY6 and TAD',
        detail: 'validated',
      },
    ]);
    expect(check({ course: { provider: null } }).evidence[2]!.detail).toBe('LY-PMVA version 3, PMVA five-day');
  });
});

describe('the requirements of a shift', () => {
  test('are those of every role and its own, one for each competency with the shorter period', () => {
    const requirements = [
      aRequirement({ id: 'all', periodMonths: 24 }),
      aRequirement({ id: 'nurses', role: 'rmn', periodMonths: 12 }),
      aRequirement({ id: 'others', role: 'hcsw', competency: 'resus-bls' }),
      aRequirement({ id: 'ils', role: 'rmn', competency: 'resus-ils' }),
    ];
    expect(requirementsOf(aShift({ requirements })).map((requirement) => requirement.id)).toEqual(['nurses', 'ils']);
    expect(requirementsOf(aShift({ requirements, role: 'hcsw' })).map((requirement) => requirement.id)).toEqual(['all', 'others']);
  });
});

describe('the PMVA count of a ward', () => {
  const ground = aGround();
  const requirement = aRequirement({ minimumOnShift: 2 });
  const member = (personId: string, start: string, end: string, change: Partial<TrainingRecordFact> | null = {}): TeamMember => ({
    personId,
    start: at(start),
    end: at(end),
    records: change ? [aRecord(change)] : [],
  });
  const count = (...team: TeamMember[]) => pmvaCountOf(night, requirement, team, ground);
  const [start, end] = ['2026-11-10T20:00Z', '2026-11-11T08:00Z'];

  test('nobody there is nobody', () => expect(count()).toEqual({ fewest: 0, minimum: 2, isEnough: false }));
  test('two holders through the night are enough', () =>
    expect(count(member('a', start, end), member('b', start, end))).toEqual({ fewest: 2, minimum: 2, isEnough: true }));
  test('one without the training is not counted', () =>
    expect(count(member('a', start, end), member('b', start, end, null)).fewest).toBe(1));
  test('a gap of a minute is the fewest', () => {
    const team = [member('a', start, end), member('b', start, '2026-11-11T02:00Z'), member('c', '2026-11-11T02:01Z', end)];
    expect(count(...team).fewest).toBe(1);
  });
  test('handing over with touching ends is not a gap', () => {
    const team = [member('a', start, end), member('b', start, '2026-11-11T02:00Z'), member('c', '2026-11-11T02:00Z', end)];
    expect(count(...team).fewest).toBe(2);
  });
  test('who leaves as it starts or comes as it ends was never there', () => {
    const team = [member('a', start, end), member('b', '2026-11-10T08:00Z', start), member('c', end, '2026-11-11T20:00Z')];
    expect(count(...team).fewest).toBe(1);
  });
  test('a record that lapses at midnight counts only before it', () => {
    expect(count(member('a', start, end), member('b', start, end, { completedOn: '2025-11-11' })).fewest).toBe(1);
    expect(count(member('a', start, end), member('b', start, end, { completedOn: '2025-11-12' })).fewest).toBe(2);
  });
  test('one person with two rows is one', () => expect(count(member('a', start, end), member('a', start, end)).fewest).toBe(1));
  test('a ward without a minimum has always enough', () =>
    expect(pmvaCountOf(night, aRequirement(), [], ground)).toEqual({ fewest: 0, minimum: null, isEnough: true }));
  test('a pilot counts for the colleague whose own duty starts before its end', () => {
    const pilot = { state: 'stress-testing' as const, pilotWardIds: [night.wardId], pilotUntil: at('2026-11-10T21:00Z') };
    const testing = aGround({ alignments: [anAlignment(pilot)] });
    const early = member('a', start, end);
    const late = member('b', '2026-11-10T21:00Z', end);
    expect(pmvaCountOf({ ...night, start: late.start }, requirement, [early, late], testing).fewest).toBe(1);
  });
  test('a record counts on a day or it does not', () => {
    expect(recordCountsOn([aRecord()], requirement, night, '2027-05-31', ground)).toBe(true);
    expect(recordCountsOn([aRecord()], requirement, night, '2027-06-01', ground)).toBe(false);
  });
});

describe('what a ward asks on a day', () => {
  const periods = [
    { months: 12, fromDay: null, untilDay: '2026-11-09' },
    { months: 24, fromDay: '2026-11-10', untilDay: '2026-12-31' },
  ];
  test.each([
    ['2026-11-09', 12],
    ['2026-11-10', 24],
    ['2026-12-31', 24],
    ['2027-01-01', 0],
  ])('by the period in force on %s: %i months', (dayText, months) => {
    expect(requirementOn(anAsked({ periods }), dayText)).toEqual(aRequirement({ periodMonths: months }));
  });

  const ward = aWard({
    requirements: [
      anAsked({ id: 'all' }),
      anAsked({ id: 'hcsw', competency: 'resus-bls', role: 'hcsw' }),
      anAsked({ id: 'rmn', competency: 'resus-ils', role: 'rmn' }),
    ],
    competencies: ['pmva-team', 'resus-bls', 'fire'].map((competency) => ({ competency, title: competency, periods })),
  });
  const asked = (role: 'rmn' | 'hcsw', ...extra: string[]) => requirementsAt(ward, role, extra, '2026-11-10').map((one) => one.id);
  test('of a role', () => {
    expect(asked('rmn')).toEqual(['all', 'rmn']);
    expect(asked('hcsw')).toEqual(['all', 'hcsw']);
  });
  test('with what a shift adds, unless the ward asks it of the role already', () => {
    expect(asked('rmn', 'fire', 'pmva-team', 'resus-bls')).toEqual(['all', 'rmn', `${ward.id}:resus-bls`, `${ward.id}:fire`]);
    expect(asked('hcsw', 'resus-bls')).toEqual(['all', 'hcsw']);
    expect(requirementsAt(ward, 'rmn', ['fire'], '2026-11-10').at(-1)).toMatchObject({
      periodMonths: 24,
      role: null,
      minimumOnShift: null,
    });
  });

  test('the team it counts has the highest minimum it asks of anybody', () => {
    const of = (...minima: (number | null)[]) =>
      teamRequirementOn(
        aWard({
          requirements: minima.map((minimumOnShift, index) => anAsked({ id: `${index}`, role: index ? 'rmn' : 'hcsw', minimumOnShift })),
        }),
        '2026-11-10',
      );
    expect(of(2, 3, null)).toMatchObject({ role: null, minimumOnShift: 3, periodMonths: 12 });
    expect(of(null)).toMatchObject({ minimumOnShift: null, periodMonths: 12 });
    expect(of()).toMatchObject({ minimumOnShift: null, periodMonths: 0 });
    expect(teamRequirementOn({ ...ward, requirements: [] }, '2026-11-10')).toMatchObject({
      id: ward.id,
      periodMonths: 24,
      minimumOnShift: null,
    });
  });
});
