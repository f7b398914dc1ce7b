/** A worker, a shift and the ground on which every check passes: a test changes one thing and sees what follows. Only tests import this. */
import { minuteMs } from './interval.ts';
import type { Instant } from './interval.ts';
import type { AgreementFact } from '../places/facts.ts';
import type { AlignmentFact, AskedFact, AskingWard, CourseFact, RequirementFact, TrainingRecordFact } from '../training/facts.ts';
import type { BankFact, WorkerFacts } from '../workers/facts.ts';
import type { DutyFact } from '../working-time/facts.ts';
import type { GroundFacts, ShiftFacts } from '../shifts/facts.ts';
import { usualSexRules } from '../beds/setting-rules.ts';
import type { MatchGround, NeedFacts, WardToMatch } from '../placements/facts.ts';

/** '2026-11-10T07:30Z' as an instant. */
export const at = (text: string): Instant => {
  const instant = Date.parse(text);
  if (Number.isNaN(instant)) throw new Error(`${text} is not an instant`);
  return instant;
};

export const now = at('2026-10-20T09:00Z');

const bank: BankFact = {
  id: 'bank-nursing',
  name: 'West Yorkshire nursing bank',
  staffGroups: ['nursing'],
  members: ['RGD', 'TAD', 'RXG', 'RY6'].map((trust) => ({ trust, fromDay: '2024-01-01', untilDay: null })),
};

export const anAgreement = (change: Partial<AgreementFact> = {}): AgreementFact => ({
  id: 'agreement-1',
  homeTrust: 'RGD',
  hostTrust: 'RXG',
  staffGroup: 'nursing',
  fromDay: '2025-10-20',
  untilDay: '2027-10-20',
  ...change,
});

export const aCourse = (change: Partial<CourseFact> = {}): CourseFact => ({
  id: 'course-pmva',
  trust: 'RGD',
  code: 'LY-PMVA',
  version: '3',
  title: 'PMVA five-day',
  competency: 'pmva-team',
  useOfForce: true,
  provider: 'Leeds training team',
  certifiedUntil: '2027-06-30',
  ...change,
});

export const anAlignment = (change: Partial<AlignmentFact> = {}): AlignmentFact => ({
  id: 'alignment-pmva',
  courseId: 'course-pmva',
  competency: 'pmva-team',
  state: 'validated',
  stateSince: at('2026-01-05T10:00Z'),
  decidedBy: 'Training leads of RGD, RXG, RY6 and TAD',
  countsFrom: null,
  pilotWardIds: [],
  pilotUntil: null,
  reason: null,
  trusts: ['RGD', 'TAD', 'RXG', 'RY6'],
  ...change,
});

export const aRecord = (change: Partial<TrainingRecordFact> = {}): TrainingRecordFact => ({
  id: 'record-pmva',
  courseId: 'course-pmva',
  completedOn: '2026-06-01',
  evidence: null,
  revoked: null,
  ...change,
});

export const aRequirement = (change: Partial<RequirementFact> = {}): RequirementFact => ({
  id: 'requirement-pmva',
  competency: 'pmva-team',
  title: 'PMVA team interventions',
  role: null,
  periodMonths: 12,
  minimumOnShift: null,
  ...change,
});

export const anAsked = (change: Partial<AskedFact> = {}): AskedFact => ({
  id: 'requirement-pmva',
  competency: 'pmva-team',
  title: 'PMVA team interventions',
  role: null,
  minimumOnShift: null,
  periods: [{ months: 12, fromDay: '2020-01-01', untilDay: null }],
  ...change,
});

/** The ward of `aShift`, asking for what that does. */
export const aWard = (change: Partial<AskingWard> = {}): AskingWard => ({
  id: 'the-dales/elmdale',
  name: 'Elmdale',
  trust: 'RXG',
  requirements: [anAsked()],
  competencies: [],
  ...change,
});

export const aGround = (change: Partial<GroundFacts> = {}): GroundFacts => ({
  trustNames: new Map([
    ['RGD', 'Leeds and York Partnership'],
    ['RXG', 'South West Yorkshire Partnership'],
    ['TAD', 'Bradford District Care'],
    ['RY6', 'Leeds Community Healthcare'],
  ]),
  banks: [bank],
  agreements: [anAgreement()],
  courses: new Map([['course-pmva', aCourse()]]),
  alignments: [anAlignment()],
  localCaps: [],
  ...change,
});

const check = { onDay: '2023-01-10', untilDay: null };

/** A nurse of RGD, in order in every way and with nothing else to do. */
export const aWorker = (change: Partial<WorkerFacts> = {}): WorkerFacts => ({
  id: 'worker-1',
  personId: 'person-1',
  staffNumber: 'RGD-0001',
  name: 'Amira Khan',
  homeTrust: 'RGD',
  role: 'rmn',
  band: 5,
  staffGroup: 'nursing',
  banks: [{ bankId: 'bank-nursing', fromDay: '2024-01-01', untilDay: null }],
  registration: { body: 'NMC', number: '12A1000E', field: 'mental-health', untilDay: '2027-03-31' },
  checks: {
    identity: check,
    'right-to-work': check,
    qualifications: check,
    references: check,
    dbs: check,
    'work-health': check,
  },
  joinedOn: '2020-02-01',
  consentsToShare: true,
  optOut: null,
  worksDown: false,
  records: [aRecord()],
  duties: [],
  unavailable: [],
  restrictions: [],
  ...change,
});

/** A day shift at RXG, three weeks after `now`. */
export const aShift = (change: Partial<ShiftFacts> = {}): ShiftFacts => ({
  id: 'shift-1',
  wardId: 'the-dales/elmdale',
  wardName: 'Elmdale',
  hostTrust: 'RXG',
  role: 'rmn',
  band: 5,
  staffGroup: 'nursing',
  breakMinutes: 0,
  start: at('2026-11-10T07:30Z'),
  end: at('2026-11-10T19:30Z'),
  requirements: [aRequirement()],
  waves: null,
  preferred: null,
  ...change,
});

/** One of the options, as a test would have it. */
export type Choose = <T>(...options: readonly T[]) => T;

/**
 * Wards, workers, courses and alignments in which anything may be out of order, each thing as `choose` has it: for properties that have to
 * hold whatever the facts are. Mostly in order, or nobody could ever work anywhere.
 */
export function aWorld(choose: Choose) {
  const mostly = <T>(usual: T, ...rare: readonly T[]): T =>
    choose(...Array.from({ length: 15 }, () => true), false) ? usual : choose(...rare);
  const days = ['2026-10-19', '2026-10-20', '2026-10-21', '2026-11-12', '2026-12-20'];
  const untilDay = () => mostly<string | null>(null, ...days);
  const wardPlaces = [
    ['elmdale', 'RXG'],
    ['ashdale', 'RXG'],
    ['fern', 'TAD'],
    ['ward-5', 'RGD'],
  ] as const;
  const competencies = ['pmva-team', 'resus-bls'];
  const courses = [
    aCourse({ id: 'rgd-pmva', trust: 'RGD', certifiedUntil: mostly<string | null>('2027-06-30', null, '2026-05-31', '2026-06-01') }),
    aCourse({ id: 'tad-pmva', trust: 'TAD' }),
    aCourse({ id: 'rgd-bls', trust: 'RGD', competency: 'resus-bls', useOfForce: false, certifiedUntil: null }),
    aCourse({ id: 'rxg-bls', trust: 'RXG', competency: 'resus-bls', useOfForce: false, certifiedUntil: null }),
  ];
  const alignment = (id: string, courseId: string): AlignmentFact =>
    anAlignment({
      id,
      courseId,
      competency: mostly(courses.find((course) => course.id === courseId)!.competency, ...competencies),
      state: choose('validated', 'validated', 'validated', 'stress-testing', 'in-review', 'withdrawn'),
      countsFrom: mostly<string | null>(null, ...days),
      pilotWardIds: choose([], ['elmdale'], ['ashdale', 'fern']),
      pilotUntil: choose<number | null>(now, now + 1, at('2026-11-12T00:00Z'), at('2026-12-20T12:00Z'), null),
      trusts: mostly(['RGD', 'TAD', 'RXG', 'RY6'], ['RGD', 'RXG']),
    });
  const periodsBy = new Map(
    ['RXG', 'TAD', 'RGD'].flatMap((trust) =>
      competencies.map((competency) => [
        `${trust} ${competency}`,
        choose(
          [{ months: 12, fromDay: null, untilDay: null }],
          [{ months: 24, fromDay: '2020-01-01', untilDay: null }],
          [
            { months: 12, fromDay: '2020-01-01', untilDay: '2026-11-11' },
            { months: 4, fromDay: '2026-11-12', untilDay: null },
          ],
          mostly([{ months: 12, fromDay: '2020-01-01', untilDay: '2026-12-19' }], []),
        ),
      ]),
    ),
  );
  const periodsOf = (trust: string, competency: string) => periodsBy.get(`${trust} ${competency}`)!;
  const wards = wardPlaces.map(([id, trust]) =>
    aWard({
      id,
      trust,
      name: id,
      requirements: competencies.flatMap((competency) =>
        choose(true, false)
          ? [
              anAsked({
                id: `${id}:${competency}`,
                competency,
                role: mostly<'rmn' | 'hcsw' | null>(null, 'rmn', 'hcsw'),
                minimumOnShift: choose(null, 1, 2),
                periods: periodsOf(trust, competency),
              }),
            ]
          : [],
      ),
      competencies: competencies.map((competency) => ({ competency, title: competency, periods: periodsOf(trust, competency) })),
    }),
  );
  const record = (id: string): TrainingRecordFact =>
    aRecord({
      id,
      courseId: choose(...courses).id,
      completedOn: choose('2025-10-20', '2025-10-21', '2025-11-12', '2026-06-01', '2026-06-20', '2026-07-12'),
      revoked: mostly<TrainingRecordFact['revoked']>(null, { at: now, by: 'Sam Cole', reason: 'Not assessed' }),
    });
  const worker = (id: string): WorkerFacts => {
    const role = mostly<WorkerFacts['role']>('rmn', 'hcsw');
    return aWorker({
      id,
      personId: id,
      homeTrust: choose('RGD', 'RGD', 'TAD'),
      role,
      banks: mostly([{ bankId: 'bank-nursing', fromDay: '2024-01-01', untilDay: untilDay() }], []),
      registration: { ...aWorker().registration, untilDay: mostly<string | null>('2027-03-31', null, ...days) },
      checks: { ...aWorker().checks, dbs: { onDay: mostly<string | null>('2023-01-10', null), untilDay: untilDay() } },
      consentsToShare: mostly(true, false),
      records: choose([], ['a'], ['a', 'b'], ['a', 'b', 'c']).map((name) => record(`${id}-${name}`)),
      restrictions: mostly<WorkerFacts['restrictions']>(
        [],
        [{ id: 'r', wardId: 'elmdale', fromDay: choose(...days), untilDay: untilDay(), reason: '', reviewer: '' }],
      ),
    });
  };
  const ground = aGround({
    courses: new Map(courses.map((course) => [course.id, course])),
    alignments: [alignment('a-rgd-pmva', 'rgd-pmva'), alignment('a-tad-pmva', 'tad-pmva'), alignment('a-rgd-bls', 'rgd-bls')],
    agreements: ['RXG', 'TAD', 'RGD'].flatMap((hostTrust) =>
      ['RGD', 'TAD'].map((homeTrust) =>
        anAgreement({
          id: `${homeTrust}-${hostTrust}`,
          homeTrust,
          hostTrust,
          fromDay: mostly('2025-10-20', ...days),
          untilDay: untilDay(),
        }),
      ),
    ),
  });
  return { ground, wards, workers: ['w1', 'w2', 'w3'].map(worker), days };
}

let made = 0;

/** A roster duty at the home trust, from one instant, so many hours long. */
export const aDuty = (start: string | Instant, hours: number, change: Partial<DutyFact> = {}): DutyFact => {
  const from = typeof start === 'string' ? at(start) : start;
  return {
    id: `duty-${++made}`,
    start: from,
    end: from + Math.round(hours * 60) * minuteMs,
    source: 'roster',
    kind: 'duty',
    trust: 'RGD',
    wardId: null,
    where: 'Leeds and York Partnership',
    breakMinutes: 0,
    ...change,
  };
};

/** A woman of Leeds, informal, who needs an acute adult bed. */
export const aNeed = (change: Partial<NeedFacts> = {}): NeedFacts => ({
  homePlace: 'Leeds',
  bedType: '200',
  ageBand: 'adult',
  sex: 'female',
  legalStatus: '01',
  securityLevel: 0,
  needs: [],
  whereNow: 'community',
  ...change,
});

/** A ward of Wakefield that meets `aNeed` in every way, with a bed free and figures confirmed an hour ago. */
export const aWardToMatch = (change: Partial<WardToMatch> = {}): WardToMatch => ({
  wardId: 'walton',
  name: 'Walton',
  trust: 'RXG',
  place: 'Wakefield',
  coordinates: { latitude: 53.683, longitude: -1.498 },
  bedType: '200',
  sex: 'female',
  ageGroup: '13',
  securityLevel: 0,
  locked: false,
  freshness: 'fresh',
  confirmedAt: now - 60 * minuteMs,
  pause: null,
  criteria: { version: 0, items: [] },
  freeBeds: [{ id: 'bed-1', label: 'Bed 1' }],
  ...change,
});

export const aMatchGround = (change: Partial<MatchGround> = {}): MatchGround => ({
  places: new Map([
    ['Leeds', { latitude: 53.8, longitude: -1.549, insideIcb: true }],
    ['Wakefield', { latitude: 53.683, longitude: -1.498, insideIcb: true }],
    ['Calderdale', { latitude: 53.722, longitude: -1.86, insideIcb: true }],
    ['Barnsley', { latitude: 53.553, longitude: -1.483, insideIcb: false }],
  ]),
  members: new Set(['RGD', 'TAD', 'RXG', 'RY6']),
  sexRules: () => usualSexRules,
  rankingTerms: ['least-restrictive', 'nearest-home', 'freshest'],
  needNames: new Map([['en-suite', 'En suite']]),
  ...change,
});
