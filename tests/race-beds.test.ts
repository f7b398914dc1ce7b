import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import { v7 as newId } from 'uuid';
import { connect } from '@homeward/db/connect.ts';
import { testDatabase } from '@homeward/db/test-database.ts';
import type { DB } from '@homeward/db/types.ts';
import { hourMs, minuteMs, rfc3339 } from '@homeward/shared/kernel/interval.ts';
import { nextState } from '@homeward/shared/placements/allocation-rules.ts';
import type { AllocationState } from '@homeward/shared/placements/facts.ts';
import { sweepAllocations } from '../api/src/placements/jobs.ts';
import { complaintsOf } from './doctor.ts';
import { isFull, noteFigures } from './figures.ts';
import { brokenHistories, somebody, type Look, type Take } from './histories.ts';
import { openHouse, type Answer, type House } from './house.ts';
import { addBeds, makeAccount, makeWorld, type Beds, type Person, type World } from './world.ts';

// Test C of the programme: a bed never has two people, and a hold ends when it says. Four processes on one database, and the clock of each is ten
// minutes wrong, one way or the other: nothing here may notice.
const people = isFull ? 50 : 20;
const rounds = isFull ? 500 : 8;
const skews = [-10, 10, -10, 10];

const { db, url } = await testDatabase({ max: 6 });
const pools: Kysely<DB>[] = [];
let world: World;
let beds: Beds;
let houses: House[];
let managers: Person[];
/** Each manager's own request. */
let requests: string[];
/** What everybody here was told of who has which bed, and when. */
const history: (Take | Look)[] = [];
/** By allocation: its bed and who holds it. */
const holds = new Map<string, { resource: string; owner: string }>();
const counted = { asked: 0, held: 0, ranOut: 0, keptAfterTheEnd: 0 };

beforeAll(async () => {
  world = await makeWorld(db, { workers: 0, now: Date.now() });
  beds = await addBeds(db, world, 12);
  for (const skew of skews) {
    const pool = connect(url, { max: 6 });
    pools.push(pool);
    const wrong = skew * minuteMs;
    // As a machine's own clock is wrong: what it reads off itself, never what the database says.
    const clock = { now: () => Date.now() + wrong, at: (databaseTime: Date) => databaseTime.getTime() };
    (houses ??= []).push(await openHouse(pool, url, clock));
  }
  managers = [];
  for (let at = 0; at < people; at += 1) {
    const trust = at % 2 === 0 ? 'NORTH' : 'SOUTH';
    managers.push(await makeAccount(db, { name: `Bed manager ${at}`, trust, role: 'bed-manager', grants: [{ trust }] }));
  }
  requests = [];
  for (const who of managers) requests.push(await described(who));
}, 120_000);
afterAll(async () => {
  await Promise.all(houses.map((house) => house.live.stop()));
  await Promise.all(pools.map((pool) => pool.destroy()));
});

const either = (index: number) => houses[index % houses.length]!;
const ask = (index: number, who: Person, path: string, body: unknown = {}): Promise<Answer> => either(index).ask(who, 'POST', path, body);
const wardManager = () => world.staff['ward-manager']!['SOUTH']!;

async function described(who: Person): Promise<string> {
  const answer = await ask(0, who, '/placements', {
    homePlace: 'Northtown',
    bedType: '200',
    ageBand: 'adult',
    sex: 'female',
    legalStatus: '02',
    securityLevel: 0,
    whereNow: 'community',
    neededBy: rfc3339(Date.now() + hourMs),
  });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body.id as string;
}

async function holdFor(index: number, who: Person, requestId: string, bedId: string): Promise<Answer> {
  const startedAt = performance.now();
  const answer = await ask(index, who, `/placements/${requestId}/allocations`, { bedId });
  const take = { kind: 'take', resource: bedId, owner: who.name, startedAt, endedAt: performance.now() } as const;
  counted.asked += 1;
  if (answer.status === 201) {
    counted.held += 1;
    holds.set(answer.body.id as string, { resource: bedId, owner: who.name });
    history.push({ ...take, outcome: 'yes' });
  } else if (answer.body.code === 'bed-taken') history.push({ ...take, outcome: 'no' });
  return answer;
}
const hold = (index: number, bedId: string, by = index) => holdFor(index, managers[by]!, requests[by]!, bedId);

/** An act on a hold: a yes says that its bed is still its holder's, or was until now; `hold-expired` that it is not. */
async function act(index: number, who: Person, id: string, verb: string): Promise<Answer> {
  const startedAt = performance.now();
  const answer = await ask(index, who, `/allocations/${id}/${verb}`, { reason: 'no-longer-needed' });
  const times = { startedAt, endedAt: performance.now() };
  const of = holds.get(id)!;
  const isOver = answer.body.code === 'hold-expired';
  if (isOver || (answer.status === 200 && ['release', 'decline'].includes(verb))) {
    history.push({ kind: 'release', ...of, ...times, outcome: isOver ? 'no' : 'yes' });
  } else if (answer.status === 200) history.push({ kind: 'look', resource: of.resource, sees: of.owner, ...times });
  return answer;
}
const letGo = (by: number, id: string) => act(by, managers[by]!, id, 'release');

async function withdraw(index: number, who: Person, requestId: string, id: string): Promise<Answer> {
  const startedAt = performance.now();
  const answer = await ask(index, who, `/placements/${requestId}/withdraw`, { reason: 'Went home' });
  // It lets go of the bed if nobody has before.
  history.push({ kind: 'release', ...holds.get(id)!, startedAt, endedAt: performance.now(), outcome: 'unknown' });
  return answer;
}

async function setState(index: number, bedId: string, state: { state: string; reason?: string }): Promise<Answer> {
  const startedAt = performance.now();
  const answer = await ask(index, wardManager(), `/beds/${bedId}/state`, state);
  const sees = answer.body.code === 'bed-taken' ? somebody : null;
  history.push({ kind: 'look', resource: bedId, sees, startedAt, endedAt: performance.now() });
  return answer;
}

async function heldBy(by: number, bedId: string): Promise<string> {
  const answer = await hold(by, bedId);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body.id as string;
}

/** Writes when a hold ends, a little after the database's now. @returns between which instants of ours that is */
async function endsIn(id: string, ms: number): Promise<{ startedAt: number; endedAt: number }> {
  const before = performance.now();
  await sql`update allocation set expires_at = clock_timestamp() + make_interval(secs => ${ms / 1000}) where id = ${id}`.execute(db);
  return { startedAt: before + ms, endedAt: performance.now() + ms };
}
/** Nobody kept it: its time was its end. */
function ranOut(id: string, end: { startedAt: number; endedAt: number }): void {
  counted.ranOut += 1;
  history.push({ kind: 'release', ...holds.get(id)!, ...end, outcome: 'yes' });
}
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Says what was told of one allocation: each change from the state before it, and each one the rules know. */
async function changesOf(id: string): Promise<string[]> {
  const { rows } = await sql<{ was: AllocationState | null; state: AllocationState; act: string | null }>`
    select data->>'was' as was, data->>'state' as state, data->>'act' as act from event where data->>'allocationId' = ${id} order by "offset"`.execute(
    db,
  );
  let before: AllocationState | null = null;
  for (const { was, state, act: by } of rows) {
    expect(was).toBe(before);
    if (was !== null) {
      const verbs = ['refer', 'accept', 'decline', 'release', 'arrive', 'expire'] as const;
      expect(by === 'extended' ? nextState(was, 'extend') === state : verbs.some((verb) => nextState(was, verb) === state)).toBe(true);
    }
    before = state;
  }
  const { state } = await db.selectFrom('allocation').select('state').where('id', '=', id).executeTakeFirstOrThrow();
  expect(state).toBe(before);
  return rows.map((row) => row.act ?? row.state);
}

test(`${people} bed managers hold one bed at once: one does, the others are told that it is taken and until when`, async () => {
  const won: string[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const bedId = beds.south[round % 3]!;
    const answers = await Promise.all(managers.map((_, at) => hold(at + round, bedId, at)));
    const winners = answers.flatMap((answer, by) => (answer.status === 201 ? [{ by, answer }] : []));
    expect(winners).toHaveLength(1);
    const { by, answer } = winners[0]!;
    expect([answer.body.bedId, answer.body.state]).toEqual([bedId, 'held']);
    // Its half hour is the database's, whichever clock the winner's process goes by.
    expect(Math.abs(answer.body.expiresInSeconds - 30 * 60)).toBeLessThan(60);
    for (const [at, lost] of answers.entries()) {
      if (at === by) continue;
      expect([lost.status, lost.body.code, lost.body.by, lost.body.until]).toEqual([
        409,
        'bed-taken',
        managers[by]!.trust,
        answer.body.expiresAt,
      ]);
    }
    won.push(answer.body.id as string);
    // Half are let go; the others run out under the next round's feet.
    if (round % 2 === 0) expect((await letGo(by, answer.body.id as string)).status).toBe(200);
    else ranOut(answer.body.id as string, await endsIn(answer.body.id as string, 5));
    await pause(round % 2 === 0 ? 0 : 6);
  }
  const { rows } = await sql<{ id: string }>`select id from allocation order by held_at, id`.execute(db);
  expect(rows.map((row) => row.id)).toEqual(won);
}, 3_600_000);

test('somebody holds several beds for one person at once: one hold, the others hear that there is one', async () => {
  for (let round = 0; round < rounds; round += 1) {
    const answers = await Promise.all(beds.south.slice(3, 9).map((bedId, at) => hold(at, bedId, 0)));
    expect(answers.map((answer) => answer.body.code ?? answer.status).sort()).toEqual([201, ...Array<string>(5).fill('already-held')]);
    const [id] = answers.flatMap((answer) => (answer.status === 201 ? [answer.body.id as string] : []));
    expect((await letGo(0, id!)).status).toBe(200);
  }
}, 3_600_000);

/** Until somebody waits for a lock that the caller holds. */
async function untilOneWaits(): Promise<void> {
  for (let waiting = 0; waiting === 0;) {
    const { rows } = await sql<{ count: number }>`select count(*)::int as count from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(pools[0]!);
    waiting = rows[0]!.count;
  }
}

test('an act that waits for the bed while the hold runs out finds it run out; one who waits to take it gets it', async () => {
  const bedId = beds.south[0]!;
  for (const [verb, prepare] of [
    ['refer', []],
    ['extend', []],
    ['release', []],
    ['arrive', ['refer', 'accept']],
  ] as const) {
    const id = await heldBy(0, bedId);
    for (const step of prepare) {
      expect((await act(0, step === 'accept' ? wardManager() : managers[0]!, id, step)).status).toBe(200);
    }
    ranOut(id, await endsIn(id, 400));
    let waits!: Promise<Answer>;
    await db.transaction().execute(async (trx) => {
      await sql`select 1 from bed where id = ${bedId} for no key update`.execute(trx);
      // By the clock of this process there are ten minutes left.
      waits = act(0, managers[0]!, id, verb);
      await untilOneWaits();
      await sql`select pg_sleep(0.45)`.execute(trx);
    });
    const late = await waits;
    expect([verb, late.status, late.body.code]).toEqual([verb, 409, 'hold-expired']);
    await sweepAllocations(houses[0]!.platform);
  }

  const id = await heldBy(0, bedId);
  ranOut(id, await endsIn(id, 400));
  let waits!: Promise<Answer>;
  await db.transaction().execute(async (trx) => {
    await sql`select 1 from bed where id = ${bedId} for no key update`.execute(trx);
    waits = hold(1, bedId, 1);
    await untilOneWaits();
    await sql`select pg_sleep(0.45)`.execute(trx);
  });
  const taken = await waits;
  expect(taken.status).toBe(201);
  // Its time began when it was written, not when it began to wait.
  const { rows } = await sql<{ whole: boolean }>`
    select n.held_at > b.expires_at and n.expires_at = n.held_at + interval '30 minutes' as whole from allocation n, allocation b
    where n.id = ${taken.body.id} and b.id = ${id}`.execute(db);
  expect(rows).toEqual([{ whole: true }]);
  expect((await letGo(1, taken.body.id as string)).status).toBe(200);
});

test('around the moment a hold ends it is referred, kept longer, swept and taken again: never two, nothing confirmed after its time', async () => {
  const bedId = beds.south[1]!;
  for (let round = 0; round < rounds * 2; round += 1) {
    const [first, second] = [round % people, (round + 1) % people];
    const id = await heldBy(first, bedId);
    const end = await endsIn(id, 50);
    const { rows } = await sql<{ endsAt: string }>`select expires_at::text as ends_at from allocation where id = ${id}`.execute(db);
    const endsAt = rows[0]!.endsAt;
    const at = (ms: number, work: () => Promise<unknown>) => pause(ms).then(work);
    const [referred, extended, , taken] = (await Promise.all([
      at(30 + (round % 5) * 10, () => act(round, managers[first]!, id, 'refer')),
      round % 3 === 0 ? at(35 + (round % 4) * 10, () => act(1, managers[first]!, id, 'extend')) : null,
      round % 2 === 0 ? at(50, () => sweepAllocations(houses[2]!.platform)) : null,
      at(40 + (round % 7) * 5, () => hold(3, bedId, second)),
    ])) as [Answer, Answer | null, unknown, Answer];
    expect([200, 409]).toContain(referred.status);
    if (referred.status === 409) expect(referred.body.code).toBe('hold-expired');
    if (extended && extended.status !== 200) expect(['hold-expired', 'wrong-state']).toContain(extended.body.code);
    expect([201, 409]).toContain(taken.status);
    const isKept = referred.status === 200 || extended?.status === 200;
    // Whoever kept it in time has it; where nobody did, it was free to take from its last moment on.
    if (isKept) expect(taken.body.code).toBe('bed-taken');
    else ranOut(id, end);
    const { rows: kept } = await sql<{ inTime: boolean }>`
      select coalesce(extended_at < ${endsAt}::timestamptz, true) and coalesce(extended_at is not null or referred_at < ${endsAt}::timestamptz, true) as in_time
      from allocation where id = ${id}`.execute(db);
    counted.keptAfterTheEnd += kept[0]!.inTime ? 0 : 1;
    expect(kept).toEqual([{ inTime: true }]);
    const next = taken.status === 201 ? { id: taken.body.id as string, by: second } : { id, by: first };
    const last = await letGo(next.by, next.id);
    expect(last.status === 200 || last.body.code === 'hold-expired').toBe(true);
    await sweepAllocations(houses[0]!.platform);
    await changesOf(id);
  }
}, 3_600_000);

test('extend, refer, release and the sweep at once: each that was answered with yes happened, in an order the rules know', async () => {
  for (let round = 0; round < rounds; round += 1) {
    const by = round % people;
    const id = await heldBy(by, beds.south[2]!);
    const answers = await Promise.all([
      ...['extend', 'extend', 'refer', 'refer', 'release', 'release'].map((verb, at) => act(at + round, managers[by]!, id, verb)),
      sweepAllocations(houses[0]!.platform),
    ]);
    const told = answers.slice(0, -1) as Answer[];
    for (const answer of told) expect([200, 409], JSON.stringify(answer.body)).toContain(answer.status);
    const changes = await changesOf(id);
    expect(changes).toHaveLength(1 + told.filter((answer) => answer.status === 200).length);
    expect(changes.filter((change) => change === 'extended').length).toBeLessThanOrEqual(1);
    expect(changes.at(-1)).toBe('released');
  }
}, 3_600_000);

test('the ward answers while the sender lets go or withdraws: one order, and nothing live on a closed request', async () => {
  for (let round = 0; round < rounds; round += 1) {
    // Of North, as every second one is: South's ward answers somebody else.
    const who = managers[(round * 2) % people]!;
    const requestId = await described(who);
    const held = await holdFor(0, who, requestId, beds.south[3]!);
    const id = held.body.id as string;
    expect((await act(0, who, id, 'refer')).status).toBe(200);
    const answers = await Promise.all([
      act(1, wardManager(), id, round % 2 === 0 ? 'accept' : 'decline'),
      act(2, wardManager(), id, round % 4 === 0 ? 'accept' : 'release'),
      act(3, who, id, 'release'),
      withdraw(0, who, requestId, id),
    ]);
    for (const answer of answers) expect([200, 409], JSON.stringify(answer.body)).toContain(answer.status);
    expect(answers[3]!.status).toBe(200);
    const changes = await changesOf(id);
    const byAct = answers.slice(0, 3).filter((answer) => answer.status === 200).length;
    expect([2 + byAct, 3 + byAct]).toContain(changes.length);
    expect(['released', 'declined']).toContain(changes.at(-1));
  }
}, 3_600_000);

test('a ward closes a bed while somebody holds it: one of them, and the other hears the truth', async () => {
  for (let round = 0; round < rounds; round += 1) {
    const bedId = beds.south[4]!;
    const close = () => setState(1, bedId, { state: 'closed', reason: 'infection' });
    const take = () => hold(2, bedId, round % people);
    const [closed, taken] = round % 2 === 0 ? await Promise.all([close(), take()]) : (await Promise.all([take(), close()])).reverse();
    expect([
      ['200', 'bed-closed'],
      ['bed-taken', '201'],
    ]).toContainEqual([closed!.body.code ?? `${closed!.status}`, taken!.body.code ?? `${taken!.status}`]);
    if (taken!.status === 201) expect((await letGo(round % people, taken!.body.id as string)).status).toBe(200);
    expect((await setState(1, bedId, { state: 'available' })).status).toBe(200);
  }
}, 3_600_000);

test('somebody arrives once, whoever says so, and the bed is theirs', async () => {
  for (let round = 0; round < Math.min(rounds, 8); round += 1) {
    const who = managers[round % people]!;
    const bedId = beds.north[round]!;
    const requestId = await described(who);
    const id = (await holdFor(0, who, requestId, bedId)).body.id as string;
    const ward = world.staff['ward-manager']!['NORTH']!;
    await act(0, who, id, 'refer');
    await act(0, ward, id, 'accept');
    const answers = await Promise.all([
      act(0, who, id, 'arrive'),
      act(1, ward, id, 'arrive'),
      withdraw(2, who, requestId, id),
      hold(3, bedId, (round + 1) % people),
    ]);
    const changes = await changesOf(id);
    expect(['arrived', 'released']).toContain(changes.at(-1));
    expect(answers.slice(0, 3).filter((answer) => answer.status === 200)).toHaveLength(1);
    if (answers[3].status === 201) await letGo((round + 1) % people, answers[3].body.id as string);
    else expect(answers[3].body.code).toBe('bed-taken');
  }
}, 3_600_000);

test('the database alone refuses a second live allocation of one bed, and of one request', async () => {
  const bedId = beds.south[10]!;
  const id = await heldBy(0, bedId);
  const alsoHeld = (other: Record<string, string>) =>
    sql`insert into allocation select r.* from allocation a, jsonb_populate_record(a, ${JSON.stringify({ id: newId(), ...other })}::jsonb) r
      where a.id = ${id}`.execute(db);
  await expect(alsoHeld({ request_id: requests[1]! })).rejects.toMatchObject({ constraint: 'a_bed_has_one_live_allocation' });
  await expect(alsoHeld({ bed_id: beds.south[11]! })).rejects.toMatchObject({ constraint: 'a_request_has_one_live_allocation' });
  expect((await letGo(0, id)).status).toBe(200);
});

test('the histories of all these beds and requests are chains, and the doctor finds nothing', async () => {
  const { rows } = await sql<{ id: string }>`
    select a.id from allocation a join allocation b on b.id > a.id and (b.bed_id = a.bed_id or b.request_id = a.request_id)
      and tstzrange(a.held_at, a.ended_at) && tstzrange(b.held_at, b.ended_at)`.execute(db);
  expect(rows).toEqual([]);
  expect(brokenHistories(history)).toEqual([]);
  expect(await complaintsOf(db)).toEqual([]);
  noteFigures('C', {
    'holds asked for': counted.asked,
    'holds given': counted.held,
    'holds that ran out': counted.ranOut,
    'beds held twice at once': rows.length,
    'kept after its end': counted.keptAfterTheEnd,
    'clocks wrong by, minutes': '−10 and +10',
  });
}, 300_000);
