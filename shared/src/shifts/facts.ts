import type { Instant, Interval } from '../kernel/interval.ts';
import type { AgreementFact, TrustCode } from '../places/facts.ts';
import type { AlignmentFact, CourseFact, RequirementFact } from '../training/facts.ts';
import type { BankFact, Role, StaffGroup } from '../workers/facts.ts';
import type { LocalCapFact } from '../working-time/facts.ts';

/** When a shift opens to whom. Without waves the three are the instant it was posted. */
export interface WaveTimes {
  regularsAt: Instant;
  homeTrustAt: Instant;
  collaborativeAt: Instant;
  /** Someone is a regular of the ward with this many duties there in the weeks before now. */
  regularDuties: number;
  regularWeeks: number;
}

/** Everything the rules ask about one shift. A shift that doesn't exist yet has no `id`, no waves and nobody preferred. */
export interface ShiftFacts extends Interval {
  id: string | null;
  wardId: string;
  wardName: string;
  hostTrust: TrustCode;
  role: Role;
  band: number;
  staffGroup: StaffGroup;
  breakMinutes: number;
  /** Those of the ward for this shift's role, and any the shift adds. */
  requirements: RequirementFact[];
  waves: WaveTimes | null;
  /** Kept for one worker, and hidden from others, until an instant. */
  preferred: { workerId: string; until: Instant } | null;
}

/** What trusts have agreed and set: the same for every worker and shift of one decision. */
export interface GroundFacts {
  trustNames: ReadonlyMap<TrustCode, string>;
  banks: readonly BankFact[];
  agreements: readonly AgreementFact[];
  courses: ReadonlyMap<string, CourseFact>;
  alignments: readonly AlignmentFact[];
  localCaps: readonly LocalCapFact[];
}
