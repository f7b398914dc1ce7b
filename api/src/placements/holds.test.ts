import { beforeAll, beforeEach, afterAll, expect, test } from 'vitest';
import { sql } from 'kysely';
import { v7 as newId } from 'uuid';
import { testDatabase } from '@homeward/db/test-database.ts';
import { hourMs, minuteMs, rfc3339 } from '@homeward/shared/kernel/interval.ts';
import { openHouse, type House } from '../../../tests/house.ts';
import { addBeds, makeWorld, type Beds, type Person, type World } from '../../../tests/world.ts';
import { brokenInvariants } from '../assurance/queries.ts';
import { sweepAllocations } from './jobs.ts';

// Holds end by the database's clock, which no test can move: a time that has passed is written into the row.
const { db, url } = await testDatabase();
let world: World;
let house: House;
let beds: Beds;

beforeAll(async () => {
  world = await makeWorld(db, { workers: 0 });
  beds = await addBeds(db, world, 3);
  house = await openHouse(db, url, world.now);
}, 60_000);
afterAll(async () => {
  await house.live.stop();
});
beforeEach(async () => {
  house.setClock(world.now);
  await sql`delete from bed_setting`.execute(db);
  await post(ward(), `/wards/${world.wards.south}/admissions/resume`);
  await sweepAllocations(house.platform);
  const live = await sql<{ id: string; sendingTrust: string }>`
    select a.id, r.sending_trust from allocation a join placement_request r on r.id = a.request_id where a.state in ('held', 'referred', 'accepted')`.execute(
    db,
  );
  for (const { id, sendingTrust } of live.rows)
    await post(world.staff['bed-manager']![sendingTrust]!, `/allocations/${id}/release`, { reason: 'no-longer-needed' });
  for (const bedId of beds.south) await setState(bedId, 'available');
});

const manager = () => world.staff['bed-manager']!['NORTH']!;
const ward = () => world.staff['ward-manager']!['SOUTH']!;
const post = (who: Person, path: string, body: unknown = {}) => house.ask(who, 'POST', path, body);

async function described(who = manager()): Promise<string> {
  const answer = await post(who, '/placements', {
    homePlace: 'Northtown',
    bedType: '200',
    ageBand: 'adult',
    sex: 'female',
    legalStatus: '02',
    securityLevel: 0,
    whereNow: 'community',
    neededBy: rfc3339(world.now + hourMs),
  });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body.id as string;
}
const hold = async (bedId: string, more: Record<string, unknown> = {}, who = manager()) =>
  post(who, `/placements/${await described(who)}/allocations`, { bedId, ...more });
const refused = async (answer: Promise<{ status: number; body: { code: string } }>) => {
  const { status, body } = await answer;
  return `${status} ${body.code}`;
};
async function setState(bedId: string, state: string, reason: string | null = null): Promise<void> {
  const answer = await post(ward(), `/beds/${bedId}/state`, { state, reason });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
}
/** Moves an allocation's clocks into the past. */
const letPass = (id: string, minutes: number) =>
  sql`update allocation set expires_at = expires_at - make_interval(mins => ${minutes}),
    answer_by = answer_by - make_interval(mins => ${minutes}) where id = ${id}`.execute(db);

async function setting(trust: string, minutes: Partial<Record<'hold' | 'extension' | 'answer' | 'arrival' | 'asking', number>>) {
  const any = JSON.stringify(
    Object.fromEntries(['female', 'male', 'mixed', 'flexible', 'separate', 'unknown'].map((sex) => [sex, { female: 'ask', male: 'ask' }])),
  );
  const { hold = 30, extension = 30, answer = 60, arrival = 720, asking = 60 } = minutes;
  await sql`insert into bed_setting (id, trust, due_times, fresh_minutes, grace_minutes, hold_minutes, extension_minutes, answer_minutes, arrival_minutes,
      asking_minutes, review_days, sex_rules, ranking_terms, reason, from_at, recorded_at)
    values (${newId()}, ${trust}, '{10:00,14:00,18:00}', 240, 60, ${hold}, ${extension}, ${answer}, ${arrival}, ${asking}, 7, ${any},
      '{least-restrictive,nearest-home,freshest}', 'test', ${new Date(world.now - hourMs)}, ${new Date(world.now - hourMs)})`.execute(db);
}

test('a taken bed says by whom and until when; an occupied, closed or retired one, one of another type or off the board is refused truly', async () => {
  const first = await hold(beds.south[0]!);
  const south = world.staff['bed-manager']!['SOUTH']!;
  const second = await hold(beds.south[0]!, {}, south);
  expect([second.status, second.body.code, second.body.by, second.body.until]).toEqual([409, 'bed-taken', 'NORTH', first.body.expiresAt]);
  expect(second.body.title).toMatch(/^NORTH Trust holds this bed until /);
  await post(manager(), `/allocations/${first.body.id}/refer`);
  const third = await hold(beds.south[0]!, {}, south);
  expect([third.body.code, third.body.until]).toEqual(['bed-taken', null]);

  await setState(beds.south[1]!, 'occupied');
  expect(await refused(hold(beds.south[1]!))).toBe('409 bed-taken');
  await setState(beds.south[1]!, 'closed', 'staffing');
  expect(await refused(hold(beds.south[1]!))).toBe('409 bed-closed');
  expect(await refused(hold(beds.apart[0]!))).toBe('404 not-found');
  expect(await refused(hold(newId()))).toBe('404 not-found');
  await sql`update ward set bed_type = '201' where id = ${world.wards.south}`.execute(db);
  expect(await refused(hold(beds.south[2]!))).toBe('404 not-found');
  await sql`update ward set bed_type = '200' where id = ${world.wards.south}`.execute(db);
});

test('a request holds one bed, whoever asks and wherever', async () => {
  const id = await described();
  await post(manager(), `/placements/${id}/allocations`, { bedId: beds.south[0] });
  expect(await refused(post(manager(), `/placements/${id}/allocations`, { bedId: beds.south[1] }))).toBe('409 already-held');
});

test('a leave bed is used knowingly, a ward that does not meet the need for a reason, a paused ward too', async () => {
  await setState(beds.south[0]!, 'on-leave');
  expect(await refused(hold(beds.south[0]!))).toBe('422 leave-bed');
  expect(await refused(hold(beds.south[0]!, { usesLeaveBed: true }))).toBe('422 leave-bed');
  expect(await refused(hold(beds.south[0]!, { reason: 'Back on Friday' }))).toBe('422 leave-bed');
  const used = await hold(beds.south[0]!, { usesLeaveBed: true, reason: 'Back on Friday' });
  expect([used.status, used.body.usesLeaveBed, used.body.chosenReason]).toEqual([201, true, 'Back on Friday']);

  const forMen = await hold(beds.north2[0]!);
  expect([forMen.status, forMen.body.code, forMen.body.criteria.map((one: { code: string }) => one.code)]).toEqual([
    422,
    'does-not-meet',
    ['sex'],
  ]);
  const all = await hold(beds.north2[0]!, { reason: 'Agreed with the ward: single room by the door' });
  expect([all.status, all.body.chosenReason]).toEqual([201, 'Agreed with the ward: single room by the door']);

  await post(ward(), `/wards/${world.wards.south}/admissions/pause`, { reason: 'Infection', reviewAt: rfc3339(world.now + hourMs) });
  const paused = await hold(beds.south[1]!);
  expect([paused.body.code, paused.body.criteria.map((one: { code: string }) => one.code)]).toEqual(['does-not-meet', ['admissions']]);
});

test('a stale ward is asked first: by somebody, after its last word, and not long ago', async () => {
  // Confirmed at 11:59; the due time of 14:00 passed two hours ago.
  house.setClock(world.now + 4 * hourMs);
  const asked = (minutesAgo: number) =>
    sql`insert into ward_asking (id, ward_id, asked_at, account_id, trust) values (${newId()}, ${world.wards.south},
      ${new Date(world.now + 4 * hourMs - minutesAgo * minuteMs)}, ${manager().accountId}, 'NORTH')`.execute(db);
  expect(await refused(hold(beds.south[0]!))).toBe('409 ask-first');
  // Asked before it last spoke, though its trust would let an asking count for five hours.
  await setting('SOUTH', { asking: 300 });
  await asked(250);
  expect(await refused(hold(beds.south[0]!))).toBe('409 ask-first');
  await sql`delete from bed_setting`.execute(db);
  await asked(61);
  expect(await refused(hold(beds.south[0]!))).toBe('409 ask-first');
  await asked(59);
  expect((await hold(beds.south[0]!)).status).toBe(201);
  // North has not been asked, and its match says so.
  const found = await house.ask(manager(), 'GET', `/placements/${await described()}/matches`);
  const firstAsked = found.body.items.map((one: { ward: { id: string }; askFirst: boolean }) => [one.ward.id, one.askFirst]);
  expect(firstAsked).toContainEqual([world.wards.north, true]);
  expect(firstAsked).toContainEqual([world.wards.south, false]);
});

test('the clocks are those of the ward’s trust, by the database’s clock whatever the program’s says', async () => {
  await setting('SOUTH', { hold: 10, extension: 7, answer: 20, arrival: 90 });
  // The program's clock stands in 2027, and is then moved ten years on: nothing of a hold notices.
  const { body: first } = await hold(beds.south[0]!);
  const { rows } = await sql<{ minutes: number }>`
    select round(extract(epoch from expires_at - clock_timestamp()) / 60)::int as minutes from allocation where id = ${first.id}`.execute(
    db,
  );
  expect(rows[0]!.minutes).toBe(10);
  house.setClock(world.now + 10 * 365 * 24 * hourMs);
  const { body: longer } = await post(manager(), `/allocations/${first.id}/extend`);
  expect(Date.parse(longer.expiresAt) - Date.parse(first.expiresAt)).toBe(7 * minuteMs);
  expect(longer.may).toEqual(['release', 'refer']);
  expect(await refused(post(manager(), `/allocations/${first.id}/extend`))).toBe('409 extended-already');
  const { body: referred } = await post(manager(), `/allocations/${first.id}/refer`);
  expect(Math.ceil(referred.answerInSeconds / 60)).toBe(20);
  const { body: accepted } = await post(ward(), `/allocations/${first.id}/accept`);
  expect(Math.ceil(accepted.expiresInSeconds / 60)).toBe(90);
  house.setClock(world.now);

  await sql`delete from bed_setting`.execute(db);
  await setting('SOUTH', { extension: 0 });
  const { body: other } = await hold(beds.south[1]!);
  expect(await refused(post(manager(), `/allocations/${other.id}/extend`))).toBe('409 extended-already');
});

test('a hold whose time has passed is gone for everybody at once, swept or not', async () => {
  const { body: first } = await hold(beds.south[0]!);
  await letPass(first.id, 31);
  const view = await house.ask(manager(), 'GET', `/allocations/${first.id}`);
  expect([view.body.state, view.body.expiresInSeconds, view.body.may, view.body.endedAt]).toEqual([
    'expired',
    null,
    [],
    view.body.expiresAt,
  ]);
  expect((await house.ask(manager(), 'GET', `/placements/${first.requestId}`)).body.state).toBe('looking');
  expect((await house.ask(ward(), 'GET', `/allocations?wardId=${world.wards.south}&live=true`)).body.items).toEqual([]);
  for (const act of ['extend', 'refer']) expect(await refused(post(manager(), `/allocations/${first.id}/${act}`))).toBe('409 hold-expired');
  expect(await refused(post(manager(), `/allocations/${first.id}/release`, { reason: 'x' }))).toBe('409 hold-expired');

  // Another takes the bed before any sweep; the first request may hold another.
  const second = await hold(beds.south[0]!, {}, world.staff['bed-manager']!['SOUTH']!);
  expect(second.status).toBe(201);
  const { rows } = await sql<{ state: string }>`select state from allocation where id = ${first.id}`.execute(db);
  expect(rows[0]!.state).toBe('expired');
  expect((await post(manager(), `/placements/${first.requestId}/allocations`, { bedId: beds.south[1] })).status).toBe(201);

  // So is a wait for an arrival.
  await post(world.staff['bed-manager']!['SOUTH']!, `/allocations/${second.body.id}/refer`);
  await post(ward(), `/allocations/${second.body.id}/accept`);
  await letPass(second.body.id, 721);
  expect(await refused(post(ward(), `/allocations/${second.body.id}/arrive`))).toBe('409 hold-expired');
});

test('the sweep tidies and tells once: what lapsed has ended, and a referral unanswered in time is escalated and stays held', async () => {
  const { body: lapsed } = await hold(beds.south[0]!);
  const { body: late } = await hold(beds.south[1]!);
  const { body: running } = await hold(beds.south[2]!);
  await post(manager(), `/allocations/${late.id}/refer`);
  await letPass(lapsed.id, 31);
  await letPass(late.id, 61);
  expect(await sweepAllocations(house.platform)).toBe(2);
  expect(await sweepAllocations(house.platform)).toBe(0);
  const stateOf = async (id: string) => (await house.ask(manager(), 'GET', `/allocations/${id}`)).body;
  expect((await stateOf(lapsed.id)).state).toBe('expired');
  expect((await stateOf(running.id)).state).toBe('held');
  const escalated = await stateOf(late.id);
  // Overdue by a minute: said so, and not "due now" for as long as nobody answers.
  expect([escalated.state, escalated.escalatedAt === null, Math.round(escalated.answerInSeconds / 60)]).toEqual(['referred', false, -1]);
  const { rows } = await sql<{ type: string; state: string; act: string | null }>`
    select type, data->>'state' as state, data->>'act' as act from event where data->>'allocationId' = any(${[lapsed.id, late.id]}) order by "offset" desc limit 2`.execute(
    db,
  );
  expect(rows.map(({ state, act }) => [state, act])).toEqual(
    expect.arrayContaining([
      ['expired', null],
      ['referred', 'escalated'],
    ]),
  );
  // Late, and still the ward's to answer.
  expect((await post(ward(), `/allocations/${late.id}/accept`)).body.state).toBe('accepted');
});

test('a sweep that meets somebody at work on a bed leaves that one for the next time, and waits for nobody', async () => {
  const { body: inHand } = await hold(beds.south[0]!);
  const { body: lapsed } = await hold(beds.south[1]!);
  await letPass(inHand.id, 31);
  await letPass(lapsed.id, 31);
  await db.transaction().execute(async (trx) => {
    await sql`select 1 from bed where id = ${beds.south[0]} for no key update`.execute(trx);
    expect(await sweepAllocations(house.platform)).toBe(1);
  });
  expect(await sweepAllocations(house.platform)).toBe(1);
});

test('nothing that must never be has come about', async () => {
  expect(await brokenInvariants(db)).toEqual([]);
});
