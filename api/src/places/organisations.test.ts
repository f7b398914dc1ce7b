import { readFileSync } from 'node:fs';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { testDatabase } from '@homeward/db/test-database.ts';
import { usualSetting } from '@homeward/shared/beds/setting-rules.ts';
import { organisations } from '@homeward/shared/imports/contract.ts';
import { openHouse } from '../../../tests/house.ts';
import { createAccount } from '../accounts/commands.ts';
import { settingsAt } from '../beds/facts.ts';
import { startSession } from '../platform/session.ts';
import { loadOrganisations } from './commands.ts';

// No code knows "four" or a trust's name: nine organisations that nobody here has heard of load from a file, and share.
const from = '2020-01-01';
const nine = Array.from({ length: 9 }, (_, index) => `ORG${index + 1}`);
const members = nine.map((trust) => ({ trust, from }));
const file = organisations.parse({
  trusts: nine.map((code) => ({ code, name: `Organisation ${code}`, short: code, independent: code === 'ORG9' })),
  collaboratives: [{ code: 'nine', name: 'Nine together', members }],
  sites: nine.map((code) => ({ code: code.toLowerCase(), trust: code, name: `${code} House` })),
  banks: [{ code: 'nine-bank', name: 'Bank of nine', staffGroups: ['nursing'], members }],
  agreements: nine.flatMap((homeTrust) =>
    nine.filter((hostTrust) => hostTrust !== homeTrust).map((hostTrust) => ({ homeTrust, hostTrust, staffGroup: 'nursing', from })),
  ),
  techniques: [
    { code: 'de-escalation', title: 'De-escalation' },
    { code: 'team-hold', title: 'Hold by a team' },
  ],
  competencies: [
    {
      code: 'pmva-team',
      title: 'PMVA team',
      useOfForce: true,
      collaborative: 'nine',
      periods: nine.map((trust) => ({ trust, months: 12, from })),
      standard: { minimumMinutes: 2100, techniques: ['de-escalation', 'team-hold'], refresherMonths: 12, refresherMinutes: 420 },
    },
  ],
  shiftReasons: [{ code: 'vacancy', title: 'Vacancy' }],
  cancelReasons: [{ code: 'ill', title: 'Ill', side: 'worker' }],
  codes: {
    'bed-type': [{ code: '200', title: 'Acute adult', detail: { group: 'adult' }, source: 'test' }],
    need: [{ code: 'hoist', title: 'Hoist' }],
  },
  serviceLines: [{ code: 'secure', name: 'Secure', lead: 'ORG1', bedTypes: ['206', '207'], partners: [{ trust: 'ORG9', from }] }],
  bedSettings: [{ ...usualSetting, trust: 'ORG2', holdMinutes: 20, from: '2020-01-01T00:00:00Z', reason: 'A short walk away' }],
});

test('nine organisations load from a file, once, and a worker of each may take a shift at the ninth', async () => {
  const { db, url } = await testDatabase();
  const now = Date.parse('2027-01-11T12:00:00Z');
  const house = await openHouse(db, url, now);
  const loaded = await loadOrganisations(house.platform, file);
  expect(loaded.ok && loaded.value.added).toBeGreaterThan(100);
  expect(await loadOrganisations(house.platform, file)).toEqual({ ok: true, value: { added: 0 } });
  const standards = sql<{ minutes: number; current: boolean }>`select minimum_minutes as minutes, replaced_at is null as current
    from competency_standard order by recorded_at`;
  const [competency] = file.competencies;
  const longer = { ...file, competencies: [{ ...competency!, standard: { ...competency!.standard!, minimumMinutes: 2400 } }] };
  expect(await loadOrganisations(house.platform, longer)).toEqual({ ok: true, value: { added: 1 } });
  expect((await standards.execute(db)).rows).toEqual([
    { minutes: 2100, current: false },
    { minutes: 2400, current: true },
  ]);
  // A list is brought up to date by its codes; a partnership and a setting are dated, and never twice the same.
  const renamed = { ...longer, codes: { 'bed-type': [{ ...file.codes['bed-type']![0]!, title: 'Acute adult mental health' }] } };
  expect(await loadOrganisations(house.platform, renamed)).toEqual({ ok: true, value: { added: 1 } });
  const lines =
    await sql`select l.code, l.lead_trust as lead, p.trust as partner from service_line l join service_line_partner p on p.service_line_id = l.id`.execute(
      db,
    );
  expect(lines.rows).toEqual([{ code: 'secure', lead: 'ORG1', partner: 'ORG9' }]);
  const settingOf = await settingsAt(db, nine, now);
  expect([settingOf('ORG2').holdMinutes, settingOf('ORG1').holdMinutes]).toEqual([20, usualSetting.holdMinutes]);
  const unheard = { ...file, competencies: [{ ...competency!, standard: { ...competency!.standard!, techniques: ['judo'] } }] };
  expect(await loadOrganisations(house.platform, unheard)).toMatchObject({ ok: false, refusal: { status: 409 } });

  const made = await createAccount(house.platform, { email: 'admin@nine.example', name: 'Admin', password: null, role: 'administrator' });
  const accountId = made.ok ? made.value.accountId : '';
  const admin = { accountId, cookie: `homeward=${await startSession(db, accountId)}`, workerId: null, personId: null, trust: '', name: '' };
  const bring = async (kind: string, csv: string) => {
    const answer = await house.ask(admin, 'POST', `/imports/${kind}?mode=apply`, csv, { 'content-type': 'text/csv' });
    expect([kind, answer.status, answer.body.problems]).toEqual([kind, 200, []]);
  };
  await bring(
    'wards',
    'trust,site,code,name,bed_type,sex,age_group,security_level,locked,beds\nORG9,org9,org9/ash,Ash,200,mixed,13,0,false,12\n',
  );
  const columns =
    'staff_number,trust,name,email,role,band,staff_group,bank_from,identity_checked_on,right_to_work_checked_on,qualifications_checked_on,references_checked_on,dbs_checked_on,work_health_cleared_on,joined_on,consents_to_share,works_down';
  const worker = (trust: string) =>
    `${trust}-1,${trust},Worker of ${trust},${trust}@nine.example,hcsw,3,nursing,2024-01-01,${'2024-01-01,'.repeat(6)}2024-01-01,true,false`;
  await bring('workers', `${columns}\n${nine.map(worker).join('\n')}\n`);

  const wardId = (await house.ask(admin, 'GET', '/wards?trust=ORG9')).body.items[0].id;
  for (const trust of nine) {
    const workerId = (await house.ask(admin, 'GET', `/workers?trust=${trust}`)).body.items[0].id;
    const shift = { wardId, role: 'hcsw', band: 3, startsAt: '2027-02-01T07:00:00Z', endsAt: '2027-02-01T15:00:00Z', breakMinutes: 30 };
    const decision = (await house.ask(admin, 'POST', '/decisions', { workerId, ...shift })).body;
    expect([trust, decision.outcome]).toEqual([trust, 'eligible']);
  }
  await house.live.stop();
});

test('a file with one row that can’t be is refused whole, and says which rule it breaks', async () => {
  const { db, url } = await testDatabase();
  const house = await openHouse(db, url, Date.parse('2027-01-11T12:00:00Z'));
  const overlapping = { ...file, agreements: [...file.agreements, { ...file.agreements[0]!, from: '2026-01-01' }] };
  const refused = await loadOrganisations(house.platform, overlapping);
  expect(refused).toMatchObject({ ok: false, refusal: { status: 409, title: expect.stringContaining('one agreement at a time') } });
  expect((await sql<{ count: number }>`select count(*)::int as count from trust`.execute(db)).rows[0]!.count).toBe(0);
  await house.live.stop();
});

test('the file for West Yorkshire in this repository loads', async () => {
  const { db, url } = await testDatabase();
  const house = await openHouse(db, url, Date.parse('2027-01-11T12:00:00Z'));
  const path = new URL('../../../reference/organisations.json', import.meta.url);
  const westYorkshire = organisations.parse(JSON.parse(readFileSync(path, 'utf8')));
  const loaded = await loadOrganisations(house.platform, westYorkshire);
  expect(loaded.ok && loaded.value.added).toBeGreaterThan(100);
  expect(await loadOrganisations(house.platform, westYorkshire)).toEqual({ ok: true, value: { added: 0 } });
  // Every line's bed types are on the list, and only adult secure care has independent partners.
  const { rows } = await sql<{ code: string; partners: string[]; unknown: string[] }>`select l.code,
      array(select p.trust from service_line_partner p join trust t on t.ods_code = p.trust where p.service_line_id = l.id and t.independent order by 1) as partners,
      array(select type from unnest(l.bed_types) as type where not exists (select 1 from code c where c.list = 'bed-type' and c.code = type)) as unknown
    from service_line l order by l.position`.execute(db);
  expect(rows).toHaveLength(9);
  expect(rows.filter((row) => row.unknown.length > 0)).toEqual([]);
  expect(rows.filter((row) => row.partners.length > 0)).toEqual([{ code: 'adult-secure', partners: ['CYGNET', 'INMIND'], unknown: [] }]);
  await house.live.stop();
});
