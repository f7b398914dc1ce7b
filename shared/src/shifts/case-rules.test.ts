/**
 * Whole decisions, from files that say what a worker, their training and roster are and what each check must come to. The same files go
 * through imports and POST /decisions, so a difference between the rules and the program shows.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { CheckResult, Outcome } from '../kernel/decision.ts';
import { dayMs } from '../kernel/interval.ts';
import { addMonths, localDayOf } from '../kernel/local-time.ts';
import type { AgreementFact } from '../places/facts.ts';
import type { AlignmentFact, AlignmentState, CourseFact, RequirementFact } from '../training/facts.ts';
import { staffGroups } from '../workers/facts.ts';
import type { RegistrationBody, RegistrationField, Role, StaffGroup, WorkerFacts } from '../workers/facts.ts';
import type { DutyFact, DutyKind } from '../working-time/facts.ts';
import { dutiesOf } from '../working-time/rules.ts';
import { staffGroupOf } from '../workers/rules.ts';
import { at } from '../kernel/examples.ts';
import type { GroundFacts, ShiftFacts } from './facts.ts';
import { decide } from './rules.ts';

interface CaseFile {
  now: string;
  requirements: [trust: string, ward: string, competency: string][];
  cases: Case[];
}

interface Case {
  name: string;
  worker: Record<string, string | number | boolean | undefined>;
  training: [code: string, version: string, completedOn: string][];
  roster: { ward_code: string; starts_at: string; ends_at: string; kind?: DutyKind; break_minutes?: number }[];
  shift: { ward: string; role: Role; band: number; startsAt: string; endsAt: string; breakMinutes?: number };
  outcome?: Outcome;
  expect: Record<string, CheckResult>;
}

interface TrainingFile {
  competencies: { code: string; title: string; periodMonths: Record<string, number> }[];
  courses: {
    trust: string;
    code: string;
    version: string;
    title: string;
    meets: string;
    certifiedUntil: string | null;
    useOfForce: boolean;
  }[];
  alignments: { trust: string; code: string; version: string; state: AlignmentState; reason?: string; pilotWards?: string[] }[];
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../../reference/${name}`, import.meta.url), 'utf8')) as T;
}

const training = read<TrainingFile>('training.json');
const trusts = ['RGD', 'TAD', 'RXG', 'RY6'];

function groundAt(now: number): GroundFacts {
  const today = localDayOf(now);
  const agreements = trusts.flatMap((homeTrust) =>
    trusts
      .filter((hostTrust) => hostTrust !== homeTrust)
      .map((hostTrust): AgreementFact => {
        const dates = { fromDay: addMonths(today, -12), untilDay: addMonths(today, 12) };
        return { id: `${homeTrust} to ${hostTrust}`, homeTrust, hostTrust, staffGroup: 'nursing', ...dates };
      }),
  );
  const courses = training.courses.map((course): CourseFact => {
    const { trust, code, version, title, meets, certifiedUntil, useOfForce } = course;
    return {
      id: `${trust} ${code} ${version}`,
      trust,
      code,
      version,
      title,
      competency: meets,
      useOfForce,
      provider: null,
      certifiedUntil,
    };
  });
  const alignments = training.alignments.map((alignment): AlignmentFact => {
    const courseId = `${alignment.trust} ${alignment.code} ${alignment.version}`;
    return {
      id: `alignment of ${courseId}`,
      courseId,
      competency: courses.find((course) => course.id === courseId)!.competency,
      state: alignment.state,
      stateSince: now - 30 * dayMs,
      decidedBy: 'the training leads',
      countsFrom: null,
      pilotWardIds: alignment.pilotWards ?? [],
      pilotUntil: alignment.state === 'stress-testing' ? now + 90 * dayMs : null,
      reason: alignment.reason ?? null,
      trusts,
    };
  });
  const members = trusts.map((trust) => ({ trust, fromDay: '2020-01-01', untilDay: null }));
  return {
    trustNames: new Map(trusts.map((trust) => [trust, trust])),
    banks: staffGroups.map((group) => ({ id: group, name: `${group} bank`, staffGroups: [group], members })),
    agreements,
    courses: new Map(courses.map((course) => [course.id, course])),
    alignments,
    localCaps: [],
  };
}

function workerOf({ worker: row, training: records, roster }: Case): WorkerFacts {
  const text = (column: string) => (row[column] ? String(row[column]) : null);
  const trust = text('trust')!;
  const checked = (on: string, until?: string) => ({ onDay: text(on), untilDay: until ? text(until) : null });
  const duties = roster.map((duty, index): DutyFact => {
    const { ward_code, starts_at, ends_at, kind = 'duty', break_minutes = 0 } = duty;
    const place = { trust, wardId: ward_code || null, where: ward_code || trust };
    return { id: `row ${index}`, source: 'roster', kind, start: at(starts_at), end: at(ends_at), breakMinutes: break_minutes, ...place };
  });
  const optOutFrom = text('opt_out_from');
  return {
    id: 'worker',
    personId: 'person',
    staffNumber: text('staff_number') ?? 'CASE',
    name: 'Case',
    homeTrust: trust,
    role: row['role'] as Role,
    band: Number(row['band']),
    staffGroup: row['staff_group'] as StaffGroup,
    banks: [{ bankId: String(row['staff_group']), fromDay: text('bank_from'), untilDay: text('bank_until') }],
    registration: {
      body: text('registration_body') as RegistrationBody | null,
      number: text('registration_number'),
      field: text('registration_field') as RegistrationField | null,
      untilDay: text('registration_until'),
    },
    checks: {
      identity: checked('identity_checked_on'),
      'right-to-work': checked('right_to_work_checked_on', 'right_to_work_until'),
      qualifications: checked('qualifications_checked_on'),
      references: checked('references_checked_on'),
      dbs: checked('dbs_checked_on', 'dbs_until'),
      'work-health': checked('work_health_cleared_on'),
    },
    joinedOn: text('joined_on'),
    consentsToShare: row['consents_to_share'] === true,
    optOut: optOutFrom ? { fromDay: optOutFrom, untilDay: text('opt_out_until') } : null,
    worksDown: row['works_down'] === true,
    records: records.map(([code, version, completedOn], index) => ({
      id: `record ${index}`,
      courseId: `${trust} ${code} ${version}`,
      completedOn,
      evidence: null,
      revoked: null,
    })),
    duties: dutiesOf(duties, []),
    unavailable: [],
    restrictions: [],
  };
}

function shiftOf({ shift }: Case, { requirements }: CaseFile): ShiftFacts {
  const here = requirements.filter(([, ward]) => ward === shift.ward);
  const hostTrust = here[0]![0];
  return {
    id: null,
    wardId: shift.ward,
    wardName: shift.ward,
    hostTrust,
    role: shift.role,
    band: shift.band,
    staffGroup: staffGroupOf(shift.role),
    breakMinutes: shift.breakMinutes ?? 0,
    start: at(shift.startsAt),
    end: at(shift.endsAt),
    requirements: here.map(([, , competency]): RequirementFact => {
      const { title, periodMonths } = training.competencies.find((candidate) => candidate.code === competency)!;
      return {
        id: `${shift.ward} ${competency}`,
        competency,
        title,
        role: null,
        periodMonths: periodMonths[hostTrust]!,
        minimumOnShift: null,
      };
    }),
    waves: null,
    preferred: null,
  };
}

for (const name of ['cases-decisions.json', 'cases-homeward.json']) {
  const file = read<CaseFile>(name);
  const now = at(file.now);
  const ground = groundAt(now);
  describe(name, () => {
    test.each(file.cases.map((each) => [each.name, each] as const))('%s', (_, each) => {
      const decision = decide(workerOf(each), shiftOf(each, file), ground, now);
      const results = Object.fromEntries(decision.checks.map((check) => [check.code, check.result]));
      const said = decision.checks.map((check) => `${check.code}: ${check.sentence}`).join('\n');
      expect(results, said).toMatchObject(each.expect);
      if (each.outcome) expect(decision.outcome, said).toBe(each.outcome);
    });
  });
}
