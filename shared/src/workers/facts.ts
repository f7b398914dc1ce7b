import type { LocalDay } from '../kernel/local-time.ts';
import type { TrustCode } from '../places/facts.ts';
import type { TrainingRecordFact } from '../training/facts.ts';
import type { DutyFact, UnavailableFact } from '../working-time/facts.ts';

export const roles = ['rmn', 'rnld', 'nursing-associate', 'hcsw', 'psychologist', 'assistant-psychologist', 'ot', 'doctor'] as const;
export type Role = (typeof roles)[number];

export const staffGroups = ['nursing', 'psychology', 'therapies', 'medical'] as const;
export type StaffGroup = (typeof staffGroups)[number];

export const registrationBodies = ['NMC', 'HCPC', 'GMC'] as const;
export type RegistrationBody = (typeof registrationBodies)[number];

export const registrationFields = ['mental-health', 'learning-disability', 'adult', 'children'] as const;
export type RegistrationField = (typeof registrationFields)[number];

/** The six NHS employment check standards less registration, which has a check of its own. */
export const employmentChecks = ['identity', 'right-to-work', 'qualifications', 'references', 'dbs', 'work-health'] as const;
export type EmploymentCheck = (typeof employmentChecks)[number];

/** A pool of workers; it serves its member trusts for its staff groups, each membership from one day until another, both included. */
export interface BankFact {
  id: string;
  name: string;
  staffGroups: StaffGroup[];
  members: { trust: TrustCode; fromDay: LocalDay; untilDay: LocalDay | null }[];
}

export interface BankMembershipFact {
  bankId: string;
  fromDay: LocalDay | null;
  untilDay: LocalDay | null;
}

/** A ward asks not to be sent this person. Live on every local day from `fromDay` to `untilDay`, both included. */
export interface RestrictionFact {
  id: string;
  wardId: string;
  fromDay: LocalDay;
  untilDay: LocalDay | null;
  reason: string;
  reviewer: string;
}

/** Everything the rules ask about one worker. `duties` and `unavailable` are those of the person, at every trust, in order of start. */
export interface WorkerFacts {
  id: string;
  personId: string;
  staffNumber: string;
  name: string;
  homeTrust: TrustCode;
  role: Role;
  band: number;
  staffGroup: StaffGroup;
  banks: BankMembershipFact[];
  registration: {
    body: RegistrationBody | null;
    number: string | null;
    field: RegistrationField | null;
    untilDay: LocalDay | null;
  };
  /** A check passes from `onDay` until `untilDay` inclusive; no `onDay` is unknown, and unknown is not a pass. */
  checks: Record<EmploymentCheck, { onDay: LocalDay | null; untilDay: LocalDay | null }>;
  joinedOn: LocalDay | null;
  consentsToShare: boolean;
  optOut: { fromDay: LocalDay; untilDay: LocalDay | null } | null;
  worksDown: boolean;
  records: TrainingRecordFact[];
  duties: DutyFact[];
  unavailable: UnavailableFact[];
  restrictions: RestrictionFact[];
}
