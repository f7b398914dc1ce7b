import { describe, expect, test } from 'vitest';
import { aGround, aShift, at, aWorker } from '../kernel/examples.ts';
import { employmentChecks, roles } from './facts.ts';
import type { EmploymentCheck, RegistrationBody, RegistrationField, Role, WorkerFacts } from './facts.ts';
import { bankCheck, consentCheck, employmentChecksCheck, registrationCheck, restrictionCheck, roleCheck, staffGroupOf } from './rules.ts';

const night = aShift({ start: at('2026-11-10T20:00Z'), end: at('2026-11-11T08:00Z') });
const toMidnight = aShift({ start: at('2026-11-10T12:00Z'), end: at('2026-11-11T00:00Z') });

describe('bank', () => {
  const onBank = (fromDay: string | null, untilDay: string | null, bankId = 'bank-nursing') =>
    aWorker({ banks: [{ bankId, fromDay, untilDay }] });

  test.each([
    ['joined long ago', onBank('2024-01-01', null), 'pass'],
    ['joins on the day', onBank('2026-11-10', null), 'pass'],
    ['joins the day after', onBank('2026-11-11', null), 'fail'],
    ['leaves on the day the night starts', onBank('2024-01-01', '2026-11-10'), 'pass'],
    ['left the day before', onBank('2024-01-01', '2026-11-09'), 'fail'],
    ['has no dates', onBank(null, null), 'pass'],
    ['is on a bank nobody knows', onBank(null, null, 'bank-elsewhere'), 'fail'],
    ['is on none', aWorker({ banks: [] }), 'fail'],
  ])('a worker who %s', (_, worker, result) => expect(bankCheck(worker, night, aGround()).result).toBe(result));

  test('the bank must serve this host on that day and this staff group', () => {
    const [bank] = aGround().banks;
    const ground = (change: object) => aGround({ banks: [{ ...bank!, ...change }] });
    const member = (trust: string, untilDay: string | null) => ({ members: [{ trust, fromDay: '2024-01-01', untilDay }] });
    expect(bankCheck(aWorker(), night, ground(member('RXG', '2026-11-10'))).result).toBe('pass');
    expect(bankCheck(aWorker(), night, ground(member('RXG', '2026-11-09'))).result).toBe('fail');
    expect(bankCheck(aWorker(), night, ground(member('RGD', null))).result).toBe('fail');
    expect(bankCheck(aWorker(), night, ground({ staffGroups: ['psychology'] })).result).toBe('fail');
  });

  test('the second bank may be the one that serves', () => {
    const worker = aWorker({
      banks: [
        { bankId: 'bank-nursing', fromDay: '2024-01-01', untilDay: '2025-01-01' },
        { bankId: 'bank-nursing', fromDay: '2026-01-01', untilDay: null },
      ],
    });
    const check = bankCheck(worker, night, aGround());
    expect(check.result).toBe('pass');
    expect(check.evidence).toEqual([
      { what: 'bank membership', id: 'bank-nursing', from: '2026-01-01', detail: 'West Yorkshire nursing bank' },
    ]);
  });

  test('in words', () => {
    const check = bankCheck(aWorker({ banks: [] }), night, aGround());
    expect(check.sentence).toBe('Is not on a bank that serves South West Yorkshire Partnership for nursing staff on Tue 10 Nov.');
    expect(check.fix).toBe('Ask the bank office to join or renew the bank.');
  });
});

describe('consent', () => {
  test('is needed to work elsewhere', () => {
    expect(consentCheck(aWorker(), night).result).toBe('pass');
    const check = consentCheck(aWorker({ consentsToShare: false }), night);
    expect(check).toMatchObject({
      result: 'fail',
      sentence: 'Has not agreed to share the passport with other trusts.',
      fix: expect.any(String),
    });
  });
  test('and not at home', () => expect(consentCheck(aWorker({ homeTrust: 'RXG', consentsToShare: false }), night).result).toBe('pass'));
});

describe('the six employment checks', () => {
  const withCheck = (check: EmploymentCheck, onDay: string | null, untilDay: string | null): WorkerFacts => {
    const worker = aWorker();
    return { ...worker, checks: { ...worker.checks, [check]: { onDay, untilDay } } };
  };

  test.each(employmentChecks)('%s must be known, made in time and in date through the end', (check) => {
    const result = (onDay: string | null, untilDay: string | null, shift = night) =>
      employmentChecksCheck(withCheck(check, onDay, untilDay), shift).result;
    expect(result(null, null)).toBe('fail');
    expect(result(null, '2030-01-01')).toBe('fail');
    expect(result('2026-11-10', null)).toBe('pass');
    expect(result('2026-11-11', null)).toBe('fail');
    expect(result('2023-01-10', '2026-11-11')).toBe('pass');
    expect(result('2023-01-10', '2026-11-10')).toBe('fail');
    expect(result('2023-01-10', '2026-11-10', toMidnight)).toBe('pass');
    expect(result('2023-01-10', '2026-11-09', toMidnight)).toBe('fail');
  });

  test('every one that is wrong is named', () => {
    const worker = withCheck('dbs', null, null);
    worker.checks['right-to-work'] = { onDay: '2023-01-10', untilDay: '2026-11-10' };
    worker.checks.identity = { onDay: '2026-12-01', untilDay: null };
    const check = employmentChecksCheck(worker, night);
    expect(check.sentence).toBe(
      'Employment checks do not cover this shift: identity is only from Tue 1 Dec; right to work ends on Tue 10 Nov; criminal record is not recorded.',
    );
    expect(check.evidence).toHaveLength(6);
  });
});

describe('registration by the shift’s role', () => {
  const registered = (
    body: RegistrationBody | null,
    field: RegistrationField | null = null,
    number: string | null = '1',
    untilDay: string | null = '2027-03-31',
  ) => aWorker({ registration: { body, number, field, untilDay } });
  const result = (role: Role, worker: WorkerFacts) => registrationCheck(worker, { ...night, role }).result;

  test('the evidence holds what is on record and nothing else', () => {
    const evidence = (worker: WorkerFacts) => registrationCheck(worker, { ...night, role: 'rmn' }).evidence;
    expect(evidence(registered(null, null, null, null))).toStrictEqual([{ what: 'registration' }]);
    expect(evidence(registered('NMC', 'mental-health', '1'))).toStrictEqual([
      { what: 'registration', id: '1', until: '2027-03-31', by: 'NMC', detail: 'mental health' },
    ]);
  });

  test.each<[Role, RegistrationBody, RegistrationField | null]>([
    ['rmn', 'NMC', 'mental-health'],
    ['rnld', 'NMC', 'learning-disability'],
    ['nursing-associate', 'NMC', null],
    ['psychologist', 'HCPC', null],
    ['ot', 'HCPC', null],
    ['doctor', 'GMC', null],
  ])('%s needs the %s (%s)', (role, body, field) => {
    const others = (['NMC', 'HCPC', 'GMC'] as const).filter((other) => other !== body);
    expect(result(role, registered(body, field))).toBe('pass');
    for (const other of [...others, null]) expect(result(role, registered(other, field))).toBe('fail');
    if (field) for (const other of ['adult', 'children', null] as const) expect(result(role, registered(body, other))).toBe('fail');
    for (const number of [null, '', '  ']) expect(result(role, registered(body, field, number))).toBe('fail');
    expect(result(role, registered(body, field, '1', null))).toBe('fail');
  });

  test.each<Role>(['hcsw', 'assistant-psychologist'])('%s needs none', (role) =>
    expect(result(role, registered(null, null, null, null))).toBe('pass'),
  );

  test('it lasts through the end', () => {
    const until = (untilDay: string, shift = night) => registrationCheck(registered('NMC', 'mental-health', '1', untilDay), shift);
    expect(until('2026-11-11').result).toBe('pass');
    expect(until('2026-11-10').result).toBe('fail');
    expect(until('2026-11-10', toMidnight).result).toBe('pass');
    expect(until('2026-11-10').sentence).toBe('Registration with the NMC ends on Tue 10 Nov, before the shift ends.');
    expect(until('2025-11-09').sentence).toBe('Registration with the NMC ends on Sun 9 Nov 2025, before the shift starts.');
    expect(until('2026-11-10').fix).toBe('Renew registration with the NMC.');
  });
});

describe('role and band', () => {
  const lower: Partial<Record<Role, Role[]>> = {
    rmn: ['nursing-associate', 'hcsw'],
    rnld: ['nursing-associate', 'hcsw'],
    'nursing-associate': ['hcsw'],
    psychologist: ['assistant-psychologist'],
  };
  const result = (mine: Role, role: Role, worksDown: boolean) => roleCheck(aWorker({ role: mine, worksDown }), { ...night, role }).result;

  test('every pair of roles: the same, down when agreed, and nothing else', () => {
    for (const mine of roles) {
      for (const wanted of roles) {
        const isDown = lower[mine]?.includes(wanted) ?? false;
        expect([mine, wanted, result(mine, wanted, true)]).toEqual([mine, wanted, mine === wanted || isDown ? 'pass' : 'fail']);
        expect([mine, wanted, result(mine, wanted, false)]).toEqual([mine, wanted, mine === wanted ? 'pass' : 'fail']);
      }
    }
  });

  test('within a role the band must be the shift’s or above', () => {
    const band = (mine: number) => roleCheck(aWorker({ band: mine }), { ...night, band: 6 }).result;
    expect([band(5), band(6), band(7)]).toEqual(['fail', 'pass', 'pass']);
  });

  test('a lower band does not matter to someone who works down', () => {
    expect(roleCheck(aWorker({ role: 'nursing-associate', band: 3, worksDown: true }), { ...night, role: 'hcsw', band: 4 }).result).toBe(
      'pass',
    );
  });

  test('in words', () => {
    const say = (worker: Partial<WorkerFacts>, role: Role, band = 5) => roleCheck(aWorker(worker), { ...night, role, band }).sentence;
    expect(say({}, 'rmn', 6)).toBe('This shift is for band 6 or above, and the worker is at band 5.');
    expect(say({}, 'hcsw', 3)).toBe('This shift is for a health-care support worker, and the worker has not agreed to work in that role.');
    expect(say({ role: 'hcsw' }, 'rmn')).toBe(
      'This shift is for a registered mental-health nurse, and the worker is a health-care support worker.',
    );
  });

  test('each role belongs to one staff group', () => {
    expect(roles.map(staffGroupOf)).toEqual([
      'nursing',
      'nursing',
      'nursing',
      'nursing',
      'psychology',
      'psychology',
      'therapies',
      'medical',
    ]);
  });
});

describe('a ward that asks not to have someone', () => {
  const restricted = (fromDay: string, untilDay: string | null, wardId = 'the-dales/elmdale') =>
    aWorker({ restrictions: [{ id: 'restriction-1', wardId, fromDay, untilDay, reason: 'Complaint under review', reviewer: 'Jo Lee' }] });

  test.each([
    ['ended the day before', restricted('2026-01-01', '2026-11-09'), 'pass'],
    ['ends on the first day', restricted('2026-01-01', '2026-11-10'), 'fail'],
    ['starts on the second day', restricted('2026-11-11', null), 'fail'],
    ['starts the day after', restricted('2026-11-12', null), 'pass'],
    ['has no end', restricted('2026-01-01', null), 'fail'],
    ['is another ward’s', restricted('2026-01-01', null, 'becklin/ward-5'), 'pass'],
  ])('where it %s', (_, worker, result) => expect(restrictionCheck(worker, night).result).toBe(result));

  test('says until when and how to challenge it; the reason is evidence', () => {
    const check = restrictionCheck(restricted('2026-01-01', '2027-01-31'), night);
    expect(check.sentence).toBe('The ward has asked not to have this worker until Sun 31 Jan 2027.');
    expect(check.fix).toContain('Challenge');
    expect(check.evidence[0]).toEqual({
      what: 'restriction',
      id: 'restriction-1',
      from: '2026-01-01',
      until: '2027-01-31',
      by: 'Jo Lee',
      detail: 'Complaint under review',
    });
  });
});
