import type { Instant } from '../kernel/interval.ts';
import type { LocalDay } from '../kernel/local-time.ts';
import type { TrustCode } from '../places/facts.ts';
import type { Role } from '../workers/facts.ts';

export type CompetencyCode = string;

export const alignmentStates = ['draft', 'in-review', 'stress-testing', 'validated', 'withdrawn'] as const;
export type AlignmentState = (typeof alignmentStates)[number];

/** What a lead may do to an alignment; `propose` begins one, or begins it again once withdrawn. */
export const alignmentSteps = ['propose', 'submit', 'sign', 'object', 'answer', 'stress-test', 'validate', 'return', 'withdraw'] as const;
export type AlignmentStep = (typeof alignmentSteps)[number];

/** What two courses are held beside each other in. */
export const aspects = ['length', 'technique', 'provider', 'certificate', 'refresher', 'use-of-force'] as const;
export type Aspect = (typeof aspects)[number];

export const pilotVerdicts = ['as-expected', 'concerns'] as const;

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

/** How long training counts at a trust, from one local day until another, both included. */
export interface PeriodFact {
  months: number;
  fromDay: LocalDay | null;
  untilDay: LocalDay | null;
}

/** What a ward asks before it is known for which day: the periods its trust has set, now and from a day to come. */
export interface AskedFact extends Omit<RequirementFact, 'periodMonths'> {
  periods: PeriodFact[];
}

/** A ward as its training is asked for: `competencies` are its trust's periods for what a shift may add to the ward's own. */
export interface AskingWard {
  id: string;
  name: string;
  trust: TrustCode;
  requirements: AskedFact[];
  competencies: { competency: CompetencyCode; title: string; periods: PeriodFact[] }[];
}

/** What a trust said in a round of signing. `answered`: the course's trust has answered this objection. */
export interface StanceFact {
  trust: TrustCode;
  stance: 'signed' | 'objected';
  answered: boolean;
  /** The account that gave it, where the program knows: a round that one account signed for everyone is nobody's agreement. */
  accountId: string | null;
}

/** An alignment as its next step is decided. `state` null: nobody has proposed it yet. */
export interface LifecycleFact {
  state: AlignmentState | null;
  courseTrust: TrustCode;
  /** Today's members of the collaborative: every one of them has to sign. */
  members: TrustCode[];
  /** The stances of the round that is open, oldest first. */
  stances: StanceFact[];
}

/** Who would take a step: a training lead of these trusts, with a delegation in force today for those. */
export interface LeadFact {
  leads: TrustCode[];
  signsFor: TrustCode[];
}
