import type { DescribeNeed } from '@homeward/shared/placements/contract.ts';
import type { NeedForm } from './need-form.ts';

/** What was sent and not yet answered: the same form is sent again under the same key, as it was. */
interface Sent {
  key: string;
  need: DescribeNeed;
  of: string;
}

interface Draft {
  /** Whose it is: the next person at this screen doesn't find it. */
  account: string;
  form: NeedForm;
  sent: Sent | null;
}

const name = 'homeward.need';

/** Kept for this tab alone and gone when it closes. Where a browser keeps nothing, nothing is kept. */
export function keepDraft(draft: Draft): void {
  try {
    sessionStorage.setItem(name, JSON.stringify(draft));
  } catch {
    // Full, or forbidden.
  }
}

export function keptDraft(account: string): Draft | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(name) ?? 'null') as Draft | null;
    if (kept?.account === account) return kept;
    sessionStorage.removeItem(name);
  } catch {
    // As if there were none.
  }
  return null;
}

export function dropDraft(): void {
  try {
    sessionStorage.removeItem(name);
  } catch {
    // There was none.
  }
}
