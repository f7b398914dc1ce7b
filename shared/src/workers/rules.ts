import type { Check, Evidence } from '../kernel/decision.ts';
import type { Interval } from '../kernel/interval.ts';
import { isInForce, lastLocalDayOf, localDayOf, localDaysOf, sayDay, sayDayBeside, turnsOf } from '../kernel/local-time.ts';
import type { LocalDay } from '../kernel/local-time.ts';
import { staffGroupNames, trustNameOf } from '../places/rules.ts';
import type { GroundFacts, ShiftFacts } from '../shifts/facts.ts';
import { employmentChecks } from './facts.ts';
import type { EmploymentCheck, RegistrationBody, RegistrationField, Role, StaffGroup, WorkerFacts } from './facts.ts';

/** A role with its indefinite article, as a sentence needs it. */
export const roleNames: Record<Role, string> = {
  rmn: 'a registered mental-health nurse',
  rnld: 'a registered learning-disability nurse',
  'nursing-associate': 'a nursing associate',
  hcsw: 'a health-care support worker',
  psychologist: 'a psychologist',
  'assistant-psychologist': 'an assistant psychologist',
  ot: 'an occupational therapist',
  doctor: 'a doctor',
};

const groupOfRole: Record<Role, StaffGroup> = {
  rmn: 'nursing',
  rnld: 'nursing',
  'nursing-associate': 'nursing',
  hcsw: 'nursing',
  psychologist: 'psychology',
  'assistant-psychologist': 'psychology',
  ot: 'therapies',
  doctor: 'medical',
};

/** The staff group a role belongs to (rules-staffing, section 3): what banks and agreements are made for. */
export function staffGroupOf(role: Role): StaffGroup {
  return groupOfRole[role];
}

function dates(fromDay: LocalDay | null, untilDay: LocalDay | null): Pick<Evidence, 'from' | 'until'> {
  return { ...(fromDay === null ? {} : { from: fromDay }), ...(untilDay === null ? {} : { until: untilDay }) };
}

/**
 * `bank`: on the local day the shift starts, the worker is active on a bank of which the host is a member that day and which is for
 * the shift's staff group. Else fail. Only the first day counts: a membership that ends at midnight lets a night be finished.
 */
export function bankCheck(
  worker: Pick<WorkerFacts, 'banks'>,
  shift: Pick<ShiftFacts, 'start' | 'hostTrust' | 'staffGroup'>,
  ground: GroundFacts,
): Check {
  const code = 'bank';
  const day = localDayOf(shift.start);
  const evidence: Evidence[] = [];
  for (const membership of worker.banks) {
    const bank = ground.banks.find((candidate) => candidate.id === membership.bankId);
    if (!bank) continue;
    const item = { what: 'bank membership', id: bank.id, ...dates(membership.fromDay, membership.untilDay), detail: bank.name };
    const serves =
      bank.staffGroups.includes(shift.staffGroup) &&
      bank.members.some((member) => member.trust === shift.hostTrust && isInForce(member, day));
    if (serves && isInForce(membership, day)) {
      return { code, result: 'pass', sentence: `Is on a bank that serves this ward (${bank.name}).`, evidence: [item] };
    }
    evidence.push(item);
  }
  const host = trustNameOf(ground, shift.hostTrust);
  return {
    code,
    result: 'fail',
    sentence: `Is not on a bank that serves ${host} for ${staffGroupNames[shift.staffGroup]} staff on ${sayDay(day)}.`,
    evidence,
    fix: 'Ask the bank office to join or renew the bank.',
  };
}

/** The days on which what `bankCheck` comes to may change. */
export function bankTurns(worker: Pick<WorkerFacts, 'banks'>, shift: Pick<ShiftFacts, 'hostTrust'>, ground: GroundFacts): LocalDay[] {
  return worker.banks.flatMap((membership) => {
    const bank = ground.banks.find((candidate) => candidate.id === membership.bankId);
    return [membership, ...(bank?.members.filter((member) => member.trust === shift.hostTrust) ?? [])].flatMap(turnsOf);
  });
}

/** `consent`: home = host, or the worker consents to share the passport. Else fail (UK GDPR; rules-staffing, section 3). */
export function consentCheck(worker: Pick<WorkerFacts, 'homeTrust' | 'consentsToShare'>, shift: Pick<ShiftFacts, 'hostTrust'>): Check {
  const code = 'consent';
  if (worker.homeTrust === shift.hostTrust) {
    return { code, result: 'pass', sentence: 'The shift is at the home trust, so the passport is not shared.', evidence: [] };
  }
  if (worker.consentsToShare) {
    return { code, result: 'pass', sentence: 'Agrees to share the passport with other trusts.', evidence: [{ what: 'consent to share' }] };
  }
  return {
    code,
    result: 'fail',
    sentence: 'Has not agreed to share the passport with other trusts.',
    evidence: [],
    fix: 'Agree to share the passport.',
  };
}

/** The six checks as a sentence names them. */
export const employmentCheckNames: Record<EmploymentCheck, string> = {
  identity: 'identity',
  'right-to-work': 'right to work',
  qualifications: 'qualifications',
  references: 'employment history and references',
  dbs: 'criminal record',
  'work-health': 'work health',
};

/**
 * `checks`: each of the six NHS employment check standards was made on or before the shift's first local day and, where it ends, lasts
 * through the shift's last. A check with no day is unknown, and unknown is not a pass (contract, section 4). Else fail, naming each.
 */
export function employmentChecksCheck(worker: Pick<WorkerFacts, 'checks'>, shift: Interval): Check {
  const code = 'checks';
  const firstDay = localDayOf(shift.start);
  const lastDay = lastLocalDayOf(shift);
  const problems: string[] = [];
  const evidence: Evidence[] = [];
  for (const check of employmentChecks) {
    const { onDay, untilDay } = worker.checks[check];
    const name = employmentCheckNames[check];
    evidence.push({ what: `${name} check`, ...dates(onDay, untilDay) });
    if (onDay === null) problems.push(`${name} is not recorded`);
    else if (onDay > firstDay) problems.push(`${name} is only from ${sayDayBeside(onDay, firstDay)}`);
    else if (untilDay !== null && untilDay < lastDay) problems.push(`${name} ends on ${sayDayBeside(untilDay, firstDay)}`);
  }
  if (problems.length === 0) return { code, result: 'pass', sentence: 'All six employment checks are in date.', evidence };
  return {
    code,
    result: 'fail',
    sentence: `Employment checks do not cover this shift: ${problems.join('; ')}.`,
    evidence,
    fix: 'Ask the home bank office to bring the employment checks up to date.',
  };
}

const registrationOfRole: Record<Role, { body: RegistrationBody; field?: RegistrationField } | null> = {
  rmn: { body: 'NMC', field: 'mental-health' },
  rnld: { body: 'NMC', field: 'learning-disability' },
  'nursing-associate': { body: 'NMC' },
  hcsw: null,
  psychologist: { body: 'HCPC' },
  'assistant-psychologist': null,
  ot: { body: 'HCPC' },
  doctor: { body: 'GMC' },
};

export const fieldNames: Record<RegistrationField, string> = {
  'mental-health': 'mental health',
  'learning-disability': 'learning disability',
  adult: 'adult',
  children: 'children',
};

/**
 * `registration`: where the shift's role needs one, the body and field are right, a number is recorded and it lasts through the shift's
 * last local day. Else fail. An end that isn't recorded is unknown, and unknown is not a pass (Nursing and Midwifery Order 2001,
 * Health Professions Order 2001, Medical Act 1983; rules-staffing, section 3).
 */
export function registrationCheck(worker: Pick<WorkerFacts, 'registration'>, shift: Interval & Pick<ShiftFacts, 'role'>): Check {
  const code = 'registration';
  const needed = registrationOfRole[shift.role];
  if (!needed) return { code, result: 'pass', sentence: 'This role needs no registration.', evidence: [] };
  const { body, number, field, untilDay } = worker.registration;
  const evidence: Evidence[] = [
    {
      what: 'registration',
      ...(number === null ? {} : { id: number }),
      ...(untilDay === null ? {} : { until: untilDay }),
      ...(body === null ? {} : { by: body }),
      ...(field === null ? {} : { detail: fieldNames[field] }),
    },
  ];
  const fail = (sentence: string, fix: string): Check => ({ code, result: 'fail', sentence, evidence, fix });
  const record = `Ask the home bank office to record the ${needed.body} registration.`;
  const firstDay = localDayOf(shift.start);
  if (body !== needed.body) return fail(`This role needs registration with the ${needed.body}, and none is recorded.`, record);
  if (needed.field && field !== needed.field) {
    return fail(`This role needs registration with the ${body} in the field of ${fieldNames[needed.field]}.`, record);
  }
  if (number === null || number.trim() === '') return fail(`No registration number with the ${body} is recorded.`, record);
  if (untilDay === null) return fail(`The last day of registration with the ${body} is not recorded.`, record);
  if (untilDay < lastLocalDayOf(shift)) {
    const when = untilDay < firstDay ? 'before the shift starts' : 'before the shift ends';
    return fail(
      `Registration with the ${body} ends on ${sayDayBeside(untilDay, firstDay)}, ${when}.`,
      `Renew registration with the ${body}.`,
    );
  }
  return { code, result: 'pass', sentence: `Registered with the ${body} until ${sayDayBeside(untilDay, firstDay)}.`, evidence };
}

/** The days on which what `employmentChecksCheck` and `registrationCheck` come to may change. */
export function standingTurns(worker: Pick<WorkerFacts, 'checks' | 'registration'>): LocalDay[] {
  const made = employmentChecks.flatMap((check) =>
    turnsOf({ fromDay: worker.checks[check].onDay, untilDay: worker.checks[check].untilDay }),
  );
  return [...made, ...turnsOf({ fromDay: null, untilDay: worker.registration.untilDay })];
}

const rolesBelow: Partial<Record<Role, readonly Role[]>> = {
  rmn: ['nursing-associate', 'hcsw'],
  rnld: ['nursing-associate', 'hcsw'],
  'nursing-associate': ['hcsw'],
  psychologist: ['assistant-psychologist'],
};

/**
 * `role`: the same role with the shift's band or above, or a role below the worker's own when they opted in to work down (the band is
 * then not compared: pay is the shift's). Anything else, up included, fails (Agenda for Change; rules-staffing, section 3).
 */
export function roleCheck(worker: Pick<WorkerFacts, 'role' | 'band' | 'worksDown'>, shift: Pick<ShiftFacts, 'role' | 'band'>): Check {
  const code = 'role';
  const evidence: Evidence[] = [{ what: 'role', detail: `${worker.role}, band ${worker.band}` }];
  const wanted = roleNames[shift.role];
  if (worker.role === shift.role) {
    if (worker.band >= shift.band) return { code, result: 'pass', sentence: `Is ${wanted} at band ${worker.band}.`, evidence };
    return {
      code,
      result: 'fail',
      sentence: `This shift is for band ${shift.band} or above, and the worker is at band ${worker.band}.`,
      evidence,
      fix: `Choose a shift at band ${worker.band} or below.`,
    };
  }
  if (!rolesBelow[worker.role]?.includes(shift.role)) {
    return {
      code,
      result: 'fail',
      sentence: `This shift is for ${wanted}, and the worker is ${roleNames[worker.role]}.`,
      evidence,
      fix: 'Choose a shift for the worker’s own role.',
    };
  }
  if (worker.worksDown) return { code, result: 'pass', sentence: `Has agreed to work as ${wanted}.`, evidence };
  return {
    code,
    result: 'fail',
    sentence: `This shift is for ${wanted}, and the worker has not agreed to work in that role.`,
    evidence,
    fix: `Agree to work as ${wanted}.`,
  };
}

/**
 * `restriction`: the shift's ward has no do-not-book for this worker that is live on any local day of the shift. Else fail, with the
 * route to challenge it; the reason and the reviewer are evidence, for the worker and their bank office (rules-staffing, section 3).
 */
export function restrictionCheck(worker: Pick<WorkerFacts, 'restrictions'>, shift: Interval & Pick<ShiftFacts, 'wardId'>): Check {
  const code = 'restriction';
  const days = localDaysOf(shift);
  const live = worker.restrictions.filter(
    (restriction) => restriction.wardId === shift.wardId && days.some((day) => isInForce(restriction, day)),
  );
  if (live.length === 0) return { code, result: 'pass', sentence: 'The ward has no restriction on this worker.', evidence: [] };
  const ends = live.map((restriction) => restriction.untilDay);
  const last = ends.includes(null) ? null : ends.sort().at(-1)!;
  return {
    code,
    result: 'fail',
    sentence: last
      ? `The ward has asked not to have this worker until ${sayDayBeside(last, days[0]!)}.`
      : 'The ward has asked not to have this worker.',
    evidence: live.map((restriction) => ({
      what: 'restriction',
      id: restriction.id,
      ...dates(restriction.fromDay, restriction.untilDay),
      by: restriction.reviewer,
      detail: restriction.reason,
    })),
    fix: 'Challenge it with the home bank office, which asks the reviewer to look again.',
  };
}
