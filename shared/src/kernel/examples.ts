/** A worker, a shift and the ground on which every check passes: a test changes one thing and sees what follows. Only tests import this. */
import { minuteMs } from './interval.ts';
import type { Instant } from './interval.ts';
import type { AgreementFact } from '../places/facts.ts';
import type { AlignmentFact, CourseFact, RequirementFact, TrainingRecordFact } from '../training/facts.ts';
import type { BankFact, WorkerFacts } from '../workers/facts.ts';
import type { DutyFact } from '../working-time/facts.ts';
import type { GroundFacts, ShiftFacts } from '../shifts/facts.ts';

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
