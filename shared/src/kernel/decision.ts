/** What one check of a decision came to. A `warn` informs and changes nothing (rules-staffing, section 3). */
export type CheckResult = 'pass' | 'warn' | 'override' | 'fail';

/** `override` means: a ward manager of the host may accept it with a reason; `blocked` means nobody may. */
export type Outcome = 'eligible' | 'override' | 'blocked';

/**
 * One thing a check rests on, kept with the booking so that it can be shown again years later.
 * `what` names it in plain words; days are local days, instants RFC 3339.
 */
export interface Evidence {
  what: string;
  id?: string;
  from?: string;
  until?: string;
  by?: string;
  detail?: string;
}

export interface Check {
  code: string;
  result: CheckResult;
  sentence: string;
  evidence: Evidence[];
  /** What would make this check pass. Present whenever the result isn't `pass`. */
  fix?: string;
}

export interface Decision {
  outcome: Outcome;
  checks: Check[];
}

/** Any `fail` blocks; else any `override` asks the ward; else the worker may take it. */
export function outcomeOf(checks: readonly Check[]): Outcome {
  if (checks.some((check) => check.result === 'fail')) return 'blocked';
  if (checks.some((check) => check.result === 'override')) return 'override';
  return 'eligible';
}
