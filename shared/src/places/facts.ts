import type { LocalDay } from '../kernel/local-time.ts';
import type { StaffGroup } from '../workers/facts.ts';

/** An ODS code: `RGD`, `TAD`… Which trusts exist is data; no rule knows their number or names. */
export type TrustCode = string;

/** Home and host agree, for one staff group, that the host accepts the home trust's employment checks. `untilDay` is its last day. */
export interface AgreementFact {
  id: string;
  homeTrust: TrustCode;
  hostTrust: TrustCode;
  staffGroup: StaffGroup;
  fromDay: LocalDay;
  untilDay: LocalDay | null;
}
