import type { Check, Decision, Evidence } from '../kernel/decision.ts';

/**
 * Does a booking still stand by a decision taken afresh? Not where it is blocked, nor where it would need an override that its last accepted
 * decision didn't have (rules-staffing, section 3: an override is a ward manager's own yes to that check).
 */
export function stillHolds(fresh: Decision, accepted: Decision): boolean {
  if (fresh.outcome === 'blocked') return false;
  const overridden = new Set(accepted.checks.filter((check) => check.result === 'override').map((check) => check.code));
  return fresh.checks.every((check) => check.result !== 'override' || overridden.has(check.code));
}

const sayEvidence = ({ what, id, from, until }: Evidence) =>
  [what, id, from && `from ${from}`, until && `until ${until}`].filter((word) => word !== undefined && word !== '').join(' ');

const sayRest = (check: Check) => check.evidence.map(sayEvidence).sort().join(', ');

/**
 * In what a decision taken again from the facts as they were known differs from the one that was stored: its outcome, and check by check the
 * result and what it rests on (what, which one, from when until when), in whatever order the rows came. Wording is left out: sentences,
 * details and names may be put better, and only the same version of the rules has to answer the same (rulesVersion). Empty = the same.
 */
export function sameDecision(stored: Decision, again: Decision): string[] {
  const differences: string[] = [];
  if (stored.outcome !== again.outcome) differences.push(`outcome: ${stored.outcome} then, ${again.outcome} now`);
  const [then, now] = [stored, again].map(({ checks }) => new Map(checks.map((check) => [check.code, check])));
  for (const code of new Set([...then!.keys(), ...now!.keys()])) {
    const [was, is] = [then!.get(code), now!.get(code)];
    if (!was || !is) {
      differences.push(`${code}: ${was ? 'not asked now' : 'not asked then'}`);
      continue;
    }
    if (was.result !== is.result) differences.push(`${code}: ${was.result} then, ${is.result} now`);
    if (sayRest(was) !== sayRest(is))
      differences.push(`${code}: rested on ${sayRest(was) || 'nothing'} then, ${sayRest(is) || 'nothing'} now`);
  }
  return differences;
}
