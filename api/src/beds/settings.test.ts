import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { v7 as newId } from 'uuid';
import { testDatabase, type TestDatabase } from '@homeward/db/test-database.ts';
import type { BedSettingsView, CriteriaView } from '@homeward/shared/beds/contract.ts';
import { usualSetting } from '@homeward/shared/beds/setting-rules.ts';
import { hourMs, minuteMs, rfc3339 } from '@homeward/shared/kernel/interval.ts';
import { addDays, localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { openHouse, type House } from '../../../tests/house.ts';
import { addBeds, makeWorld, type Person, type World } from '../../../tests/world.ts';

let db: TestDatabase['db'];
let world: World;
let house: House;
const because = { reason: 'As agreed at the bed meeting' };
const manager = (trust = 'NORTH') => world.staff['bed-manager']![trust]!;
const ward = (trust = 'NORTH') => world.staff['ward-manager']![trust]!;

beforeEach(async () => {
  const opened = await testDatabase();
  db = opened.db;
  world = await makeWorld(db);
  await addBeds(db, world);
  house = await openHouse(db, opened.url, world.now);
  return () => house.live.stop();
});

const events = async (type: string) =>
  (await sql<{ wardId: string | null; data: object }>`select ward_id, data from event where type = ${type} order by "offset"`.execute(db))
    .rows;
const codesOf = (body: { errors: { path: string; code: string }[] }) => body.errors.map(({ path, code }) => [path, code]);
const ok = (answer: { status: number; body: unknown }, status: number) =>
  expect([answer.status, answer.body]).toEqual([status, answer.body]);

test('a trust changes its clocks from an instant on: until then, and for what was decided, the old ones count', async () => {
  const change = (who: Person, over: object) =>
    house.ask(who, 'POST', '/bed-settings', { ...usualSetting, trust: 'NORTH', from: rfc3339(world.now), ...because, ...over });
  const look = async (who: Person, trust: string) => (await house.ask(who, 'GET', `/bed-settings?trust=${trust}`)).body as BedSettingsView;

  for (const past of [hourMs, 2 * minuteMs]) {
    const refused = await change(manager(), { holdMinutes: 20, from: rfc3339(world.now - past) });
    expect([refused.status, codesOf(refused.body)]).toEqual([422, [['from', 'in-past']]]);
  }
  expect(codesOf((await change(manager(), {})).body)).toEqual([['', 'nothing-changes']]);
  expect(codesOf((await change(manager(), { holdMinutes: 20, reason: 'Ask jo@nhs.net' })).body)).toEqual([['reason', 'e-mail']]);
  expect((await change(manager('SOUTH'), { holdMinutes: 20 })).status).toBe(404);
  expect(await events('setting.changed')).toEqual([]);

  // A bed held by the old clock, next to the change.
  const requestId = newId();
  await sql`insert into placement_request (id, reference, sending_trust, home_place, bed_type, age_band, sex, legal_status, security_level, where_now,
      needed_by, received_on, state, created_by, created_at)
    values (${requestId}, 'HW-7F3K9', 'SOUTH', 'Southtown', '200', 'adult', 'female', '02', 0, 'community', now(), current_date, 'open',
      ${manager('SOUTH').accountId}, now())`.execute(db);
  await sql`insert into allocation (id, request_id, bed_id, ward_id, state, held_by, held_at, expires_at, match)
    select ${newId()}, ${requestId}, id, ward_id, 'held', ${manager('SOUTH').accountId}, now(), now() + interval '30 minutes', '{}' from bed limit 1`.execute(
    db,
  );
  const held = async () => (await sql`select expires_at from allocation`.execute(db)).rows;
  const before = await held();

  const soon = rfc3339(world.now + hourMs);
  ok(await change(manager(), { holdMinutes: 20, dueTimes: ['18:00', '09:00', '18:00'], from: soon }), 201);
  const coming = await look(manager(), 'NORTH');
  expect([coming.inForce.holdMinutes, coming.inForce.by, coming.before]).toEqual([30, null, []]);
  expect(coming.coming).toMatchObject([
    { holdMinutes: 20, dueTimes: ['09:00', '18:00'], from: soon, by: 'bed-manager of NORTH', ...because },
  ]);
  // What begins together with it and is said later takes its place.
  ok(await change(manager(), { holdMinutes: 15, from: soon }), 201);
  expect((await look(manager(), 'NORTH')).coming.map((one) => one.holdMinutes)).toEqual([15]);

  house.setClock(world.now + 2 * hourMs);
  const after = await look(manager(), 'NORTH');
  expect([after.inForce.holdMinutes, after.coming, after.before.map((one) => one.holdMinutes)]).toEqual([15, [], [20]]);
  expect(await held()).toEqual(before);

  // Another trust of the board goes by it in its holds, and so may see it; who did it is not theirs. One that doesn't share sees nothing.
  const shared = await look(manager('SOUTH'), 'NORTH');
  expect([shared.mayChange, shared.inForce.holdMinutes, shared.inForce.by]).toEqual([false, 15, null]);
  expect((await house.ask(manager('APART'), 'GET', '/bed-settings?trust=NORTH')).status).toBe(404);
  expect(await events('setting.changed')).toMatchObject([
    { data: { trust: 'NORTH', from: soon } },
    { data: { trust: 'NORTH', from: soon } },
  ]);
});

test('a ward says whom it takes, version by version, in codes that a need is described in and words that name nobody', async () => {
  const path = `/wards/${world.wards.north}/criteria`;
  const save = (items: object[], who = ward(), reason = because.reason) => house.ask(who, 'POST', path, { items, reason });
  const stepFree = { about: 'need', code: 'step-free', outcome: 'does-not-meet', words: 'The ward is up a flight of stairs.' };

  const wrong = await save([
    stepFree,
    { ...stepFree, code: 'helipad' },
    { ...stepFree, outcome: 'ask' },
    { about: 'legal-status', code: '77', outcome: 'ask', words: 'Ask.' },
    { about: 'where-now', code: 'prison', outcome: 'ask', words: 'Ask.' },
    { about: 'age-band', code: 'infant', outcome: 'ask', words: 'Ask.' },
    { about: 'everyone', code: 'step-free', outcome: 'ask', words: 'Ask.' },
    { about: 'where-now', code: 'community', outcome: 'ask', words: 'Ring about 943 476 5919 first.' },
    { about: 'age-band', code: 'older-adult', outcome: 'ask', words: 'Ask.' },
  ]);
  expect([wrong.status, codesOf(wrong.body)]).toEqual([
    422,
    [
      ['items.1.code', 'unknown-code'],
      ['items.2.code', 'said-twice'],
      ['items.3.code', 'unknown-code'],
      ['items.4.code', 'unknown-code'],
      ['items.5.code', 'unknown-code'],
      ['items.6.code', 'unknown-code'],
      ['items.7.words', 'nhs-number'],
    ],
  ]);
  expect(codesOf((await save([stepFree], ward(), 'Asked by LS9 7BE')).body)).toEqual([['reason', 'postcode']]);
  ok(await save([stepFree]), 201);
  expect(codesOf((await save([stepFree])).body)).toEqual([['items', 'nothing-changes']]);

  // Two at once: each is a version, one after the other.
  const both = await Promise.all([save([{ ...stepFree, outcome: 'ask' }]), save([], manager())]);
  expect(both.map((answer) => answer.status)).toEqual([201, 201]);
  const mine = (await house.ask(manager(), 'GET', path)).body as CriteriaView;
  expect(mine.versions.map((one) => one.version)).toEqual([3, 2, 1]);
  expect(mine.versions.map((one) => one.until)).toEqual([null, mine.versions[0]!.from, mine.versions[1]!.from]);
  expect(mine.versions[2]).toMatchObject({ items: [stepFree], by: 'ward-manager of NORTH', ...because });

  const theirs = (await house.ask(manager('SOUTH'), 'GET', path)).body as CriteriaView;
  expect([mine.mayEdit, theirs.mayEdit, theirs.versions[2]!.items, theirs.versions[2]!.by]).toEqual([true, false, [stepFree], null]);
  for (const who of [manager('SOUTH'), ward('SOUTH'), manager('APART')]) expect((await save([], who)).status).toBe(404);
  for (const who of [ward('SOUTH'), manager('APART')]) expect((await house.ask(who, 'GET', path)).status).toBe(404);
  expect(await events('criteria.changed')).toMatchObject([1, 2, 3].map((version) => ({ wardId: world.wards.north, data: { version } })));
});

test('a ward is for somebody from a day on: days never overlap, and boards show the day’s', async () => {
  const path = `/wards/${world.wards.north}/sex`;
  const today = localDayOf(world.now);
  const say = (sex: string, days: number, who = ward()) => house.ask(who, 'POST', path, { sex, from: addDays(today, days), ...because });
  const shown = async () =>
    (await house.ask(manager('SOUTH'), 'GET', '/wards?trust=NORTH')).body.items.find((one: { id: string }) => one.id === world.wards.north)
      .sex;

  expect(codesOf((await say('male', -1)).body)).toEqual([['from', 'day-is-past']]);
  expect(codesOf((await say('female', 0)).body)).toEqual([['sex', 'nothing-changes']]);
  for (const who of [ward('SOUTH'), manager('SOUTH'), manager('APART')]) expect((await say('male', 0, who)).status).toBe(404);
  ok(await say('male', 7), 201);
  ok(await say('mixed', 14), 201);
  expect(await shown()).toBe('female');
  house.setClock(world.now + 8 * 24 * hourMs);
  expect(await shown()).toBe('male');
  house.setClock(world.now);
  // Today after all: what was to come no longer comes.
  const now = await say('flexible', 0);
  expect(now.body.items).toMatchObject([
    { sex: 'flexible', from: today, until: null, ...because },
    { sex: 'female', from: '2020-01-01', until: addDays(today, -1) },
  ]);
  expect(await shown()).toBe('flexible');
  expect((await events('designation.changed')).map((one) => one.data)).toMatchObject([
    { sex: 'male', instead: [{ sex: 'female' }] },
    { sex: 'mixed', instead: [{ sex: 'male' }] },
    { sex: 'flexible', instead: [{ sex: 'female' }, { sex: 'male' }, { sex: 'mixed' }] },
  ]);
});

test('a lead says what a referral to its line has to show; partners stand on the line, and the codes are listed in their order', async () => {
  const lineId = newId();
  await sql`insert into service_line (id, code, name, lead_trust, bed_types, position)
    values (${lineId}, 'secure', 'Secure', 'NORTH', '{200}', 0), (${newId()}, 'acute', 'Acute', null, '{200}', 1)`.execute(db);
  await sql`insert into service_line_partner (id, service_line_id, trust, days) values (${newId()}, ${lineId}, 'APART', '[2026-01-01,)')`.execute(
    db,
  );
  const write = (who: Person, code: string, items: string[]) =>
    house.ask(who, 'POST', `/service-lines/${code}/criteria`, { items, ...because });
  ok(await write(manager(), 'secure', ['Seen by the line’s own assessor']), 201);
  ok(await write(manager(), 'secure', ['Seen by the line’s own assessor', 'Home team stays in touch']), 201);
  for (const [who, code] of [
    [manager('SOUTH'), 'secure'],
    [manager('APART'), 'secure'],
    [manager(), 'acute'],
    [manager(), 'nowhere'],
  ] as const) {
    expect([code, (await write(who, code, [])).status]).toEqual([code, 404]);
  }
  const [secure, acute] = (await house.ask(world.workers[0]!, 'GET', '/service-lines')).body.items;
  expect(secure).toMatchObject({
    lead: { code: 'NORTH' },
    mayEdit: false,
    partners: [{ code: 'APART', wards: 1 }],
    criteria: { version: 2, by: null },
    before: [{ version: 1 }],
  });
  expect([acute.lead, acute.criteria]).toEqual([null, null]);
  // Its lead's board has the partner's ward now.
  expect((await house.ask(manager(), 'GET', `/wards/${world.wards.apart}/criteria`)).body).toMatchObject({ mayEdit: false, versions: [] });
  expect(await events('line.changed')).toMatchObject([{ data: { serviceLine: 'secure', version: 1 } }, { data: { version: 2 } }]);
  const codes = (await house.ask(world.workers[0]!, 'GET', '/bed-codes')).body;
  expect(codes.legalStatuses.map((one: { code: string }) => one.code)).toEqual(['01', '02', '03', '05', '06', '20']);
});

test('a place of safety is added, taken and free again; another trust’s isn’t there to change', async () => {
  const added = await house.ask(manager(), 'POST', '/suites', { site: 'north', name: 'Suite 1' });
  ok(added, 201);
  expect((await house.ask(manager(), 'POST', '/suites', { site: 'north', name: 'Suite 1' })).body.code).toBe('name-taken');
  expect((await house.ask(manager(), 'POST', '/suites', { site: 'south', name: 'Suite 1' })).status).toBe(404);
  const say = (who: Person, state: string) => house.ask(who, 'POST', `/suites/${added.body.id}/state`, { state });
  expect((await say(manager('SOUTH'), 'closed')).status).toBe(404);
  house.setClock(world.now + hourMs);
  expect((await say(manager(), 'occupied')).body).toMatchObject({ state: 'occupied', since: rfc3339(world.now + hourMs) });
  house.setClock(world.now + 2 * hourMs);
  expect((await say(manager(), 'occupied')).body.since).toBe(rfc3339(world.now + hourMs));
  expect((await house.ask(manager('SOUTH'), 'GET', '/suites')).body.items).toMatchObject([{ trust: 'NORTH', state: 'occupied' }]);
  expect((await house.ask(manager('APART'), 'GET', '/suites')).body.items).toEqual([]);
  expect(await events('suite.changed')).toMatchObject([{ data: { was: null } }, { data: { was: 'available', state: 'occupied' } }]);
});
