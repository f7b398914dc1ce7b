import type { Instant } from '../kernel/interval.ts';
import type { LocalDay } from '../kernel/local-time.ts';
import type { TrustCode } from '../places/facts.ts';
import type { Role } from '../workers/facts.ts';

export type CompetencyCode = string;

export const alignmentStates = ['draft', 'in-review', 'stress-testing', 'validated', 'withdrawn'] as const;
export type AlignmentState = (typeof alignmentStates)[number];

/** What a trust really teaches, in one version. `certifiedUntil` is the last day its provider was certified; none = not certified. */
export interface CourseFact {
  id: string;
  trust: TrustCode;
  code: string;
  version: string;
  title: string;
  /** The competency it meets at its own trust. */
  competency: CompetencyCode;
  useOfForce: boolean;
  provider: string | null;
  certifiedUntil: LocalDay | null;
}

/** "This course version meets this competency", in the state it is in as the decision is taken. */
export interface AlignmentFact {
  id: string;
  courseId: string;
  competency: CompetencyCode;
  state: AlignmentState;
  stateSince: Instant;
  /** Who put it in that state, for the evidence. */
  decidedBy: string;
  /** Validated: it counts for shifts that start on or after this local day; none = always. */
  countsFrom: LocalDay | null;
  /** Stress testing: it counts only on these wards, for shifts that start before this instant. */
  pilotWardIds: string[];
  pilotUntil: Instant | null;
  reason: string | null;
  /** The trusts that share by this alignment: the members of its collaborative. */
  trusts: TrustCode[];
}

export interface TrainingRecordFact {
  id: string;
  courseId: string;
  completedOn: LocalDay;
  evidence: string | null;
  revoked: { at: Instant; by: string; reason: string } | null;
}

/** One competency a ward asks for, with the receiving trust's own validity period in months. */
export interface RequirementFact {
  id: string;
  competency: CompetencyCode;
  title: string;
  /** No role = every role. */
  role: Role | null;
  periodMonths: number;
  minimumOnShift: number | null;
}
