import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sql } from 'kysely';
import { testDatabase } from '@homeward/db/test-database.ts';
import type { BedView, BoardView, BoardWard, WardBeds } from '@homeward/shared/beds/contract.ts';
import { hourMs, minuteMs, rfc3339 } from '@homeward/shared/kernel/interval.ts';
import { brokenInvariants } from '../assurance/queries.ts';
import { openHouse, type House } from '../../../tests/house.ts';
import { addBeds, makeWorld, type Beds, type Person, type World } from '../../../tests/world.ts';

// What a ward says of its beds, who may say and see it, and what of it stands on the board.
const { db, url } = await testDatabase();
let world: World;
let house: House;
let beds: Beds;
let ward: Person;
let bedManager: Person;
let south: Person;

beforeAll(async () => {
  world = await makeWorld(db);
  beds = await addBeds(db, world);
  house = await openHouse(db, url, world.now);
  ward = world.staff['ward-manager']!['NORTH']!;
  bedManager = world.staff['bed-manager']!['NORTH']!;
  south = world.staff['bed-manager']!['SOUTH']!;
}, 60_000);
afterAll(async () => {
  await sql`delete from allocation`.execute(db);
  expect(await brokenInvariants(db)).toEqual([]);
  await house.live.stop();
});
beforeEach(async () => {
  house.setClock(world.now);
  await sql`delete from allocation`.execute(db);
  await sql`update admission_pause set replaced_at = recorded_at where replaced_at is null`.execute(db);
  await sql`delete from ward_asking`.execute(db);
  await sql`delete from ward_confirmation where confirmed_at >= ${new Date(world.now)}`.execute(db);
  for (const bedId of beds.north) await say(bedId, { state: 'available' }, bedManager);
});

const say = (bedId: string, body: object, who = ward) => house.ask(who, 'POST', `/beds/${bedId}/state`, body);
const boardOf = async (who: Person) => (await house.ask(who, 'GET', '/beds/board')).body as BoardView;
const cardOf = async (wardId: string, who = bedManager): Promise<BoardWard> =>
  (await boardOf(who)).items.find((card) => card.ward.id === wardId)!;
const bedsOf = async (wardId: string, who = ward) => (await house.ask(who, 'GET', `/wards/${wardId}/beds`)).body as WardBeds;
const faults = (answer: { status: number; body: { errors?: { path: string; code: string }[] } }) => [
  answer.status,
  ...(answer.body.errors ?? []).map(({ path, code }) => `${path} ${code}`),
];
const events = async () => (await sql<{ head: number }>`select head from stream`.execute(db)).rows[0]!.head;

/** South's bed manager holds a bed for somebody. */
async function hold(bedId: string): Promise<void> {
  const need = {
    homePlace: 'Southtown',
    bedType: '200',
    ageBand: 'adult',
    sex: 'female',
    legalStatus: '02',
    securityLevel: 0,
    whereNow: 'community',
    neededBy: rfc3339(world.now + hourMs),
  };
  const described = await house.ask(south, 'POST', '/placements', need);
  const held = await house.ask(south, 'POST', `/placements/${described.body.id}/allocations`, { bedId, reason: 'As agreed' });
  expect([described.status, held.status]).toEqual([201, 201]);
}

/** A shift of a ward tomorrow night. */
async function post(wardId: string, who: Person, times = world.span(1, '20:00', '08:00')): Promise<string> {
  const body = { wardId, role: 'hcsw', band: 3, ...times, breakMinutes: 30, reason: 'vacancy' };
  return (await house.ask(who, 'POST', '/shifts', body)).body.items[0].id as string;
}

describe('the board', () => {
  test('shows a bed manager the wards of every trust theirs shares with, and nobody else anything', async () => {
    const codes = async (who: Person) => (await boardOf(who)).items.map((card) => card.ward.code);
    expect(await codes(bedManager)).toEqual(['north/north', 'north/north2', 'south/south']);
    expect(await boardOf(south)).toEqual(await boardOf(bedManager));
    expect(await codes(world.staff['bed-manager']!['APART']!)).toEqual(['apart/apart']);
    for (const role of ['worker', 'ward-manager', 'bank-office', 'training-lead', 'programme', 'auditor', 'administrator']) {
      expect([role, (await house.ask(world.staff[role]!['NORTH']!, 'GET', '/beds/board')).status]).toEqual([role, 404]);
    }
  });

  test('counts each bed once, a held one as held, and a hold whose time has passed not at all', async () => {
    const [first, second, third, fourth] = beds.north;
    await say(first!, { state: 'occupied' });
    await say(second!, { state: 'on-leave', expectedReturn: rfc3339(world.now + hourMs) });
    await say(third!, { state: 'closed', reason: 'infection' });
    await hold(fourth!);
    expect((await cardOf(world.wards.north)).counts).toEqual({
      funded: 4,
      staffed: 3,
      free: 0,
      held: 1,
      occupied: 1,
      onLeave: 1,
      closed: [{ reason: 'infection', count: 1, shiftsToFill: 0, mayReopen: 0 }],
    });
    // Nobody has swept, nobody has to: the database's clock says so.
    await sql`update allocation set expires_at = clock_timestamp()`.execute(db);
    expect((await cardOf(world.wards.north)).counts).toMatchObject({ free: 1, held: 0 });
    const listed = (await house.ask(ward, 'GET', `/beds?state=held`)).body.items as BedView[];
    expect(listed).toEqual([]);
    expect((await bedsOf(world.wards.north)).beds.find((bed) => bed.id === fourth)).toMatchObject({ state: 'available', held: null });
  });

  test('says nothing of how many beds a ward has until its trust does, but what public pages say', async () => {
    await sql`update bed set retired_at = ${new Date(world.now)} where ward_id = ${world.wards.south}`.execute(db);
    expect(await cardOf(world.wards.south)).toMatchObject({ counts: null, sourced: 4 });
    await sql`update bed set retired_at = null where ward_id = ${world.wards.south}`.execute(db);
  });

  test('a shift that several beds wait for is to be filled once, and once it is, they may reopen', async () => {
    const shiftId = await post(world.wards.north, ward);
    for (const bedId of beds.north.slice(0, 2)) {
      await say(bedId, { state: 'closed', reason: 'staffing', closedUntilShifts: [shiftId] });
    }
    const closed = async () => (await cardOf(world.wards.north)).counts!.closed;
    expect(await closed()).toEqual([{ reason: 'staffing', count: 2, shiftsToFill: 1, mayReopen: 0 }]);
    const worker = world.workers[0]!;
    const offered = (await house.ask(worker, 'GET', `/me/shifts/${shiftId}`)).body;
    expect([offered.decision.outcome, offered.opensBeds]).toEqual(['eligible', 2]);
    expect((await house.ask(worker, 'POST', `/shifts/${shiftId}/accept`)).status).toBe(201);
    expect(await closed()).toEqual([{ reason: 'staffing', count: 2, shiftsToFill: 0, mayReopen: 2 }]);
    const [bed] = (await bedsOf(world.wards.north)).beds;
    expect(bed).toMatchObject({ mayReopen: true, shifts: [{ id: shiftId, status: 'filled' }] });
    await say(beds.north[0]!, { state: 'available' });
    expect((await house.ask(ward, 'GET', `/shifts/${shiftId}`)).body.opensBeds).toBe(1);
  });
});

describe('a bed', () => {
  test('as another trust sees it: that it is closed or held and by whom, and nothing of who is in it', async () => {
    const [onLeave, closed, held] = beds.north;
    const shiftId = await post(world.wards.north, ward);
    await say(onLeave!, { state: 'on-leave', expectedReturn: rfc3339(world.now + hourMs), note: 'Back for supper' });
    await say(closed!, { state: 'closed', reason: 'staffing', closedUntilShifts: [shiftId], note: 'Two short tonight' });
    await hold(held!);
    await sql`update bed set commissioned_by = 'QWO' where id = ${closed}`.execute(db);
    const seen = (await house.ask(south, 'GET', `/beds?wardId=${world.wards.north}`)).body.items as BedView[];
    const secret = { note: null, expectedReturn: null, commissionedBy: null, shifts: [], mayReopen: false, ready: null };
    expect(seen.slice(0, 3)).toMatchObject([
      { ...secret, state: 'on-leave', label: 'Bed 1', sex: 'female' },
      { ...secret, state: 'closed', reason: 'staffing' },
      { ...secret, state: 'held', recorded: 'available', held: { allocationId: null, by: 'SOUTH', state: 'held' } },
    ]);
    const own = (await house.ask(bedManager, 'GET', `/beds?wardId=${world.wards.north}`)).body.items as BedView[];
    expect(own.slice(0, 3)).toMatchObject([
      { note: 'Back for supper', expectedReturn: rfc3339(world.now + hourMs) },
      { note: 'Two short tonight', commissionedBy: 'QWO', shifts: [{ id: shiftId }] },
      { held: { allocationId: expect.any(String) as string, expiresInSeconds: expect.any(Number) as number } },
    ]);
    expect(own[2]!.held!.expiresInSeconds).toBeGreaterThan(20 * 60);
    await sql`update bed set commissioned_by = null where id = ${closed}`.execute(db);
  });

  test('is not there for whoever neither shares nor looks after its ward', async () => {
    const apart = world.staff['bed-manager']!['APART']!;
    const southWard = world.staff['ward-manager']!['SOUTH']!;
    const before = await events();
    for (const [who, path] of [
      [apart, `/beds?wardId=${world.wards.north}`],
      [southWard, `/beds?wardId=${world.wards.north}`],
      [ward, `/beds?wardId=${world.wards.north2}`],
      [south, `/wards/${world.wards.north}/beds`],
      [ward, `/wards/${world.wards.north2}/beds`],
    ] as const) {
      expect([path, (await house.ask(who, 'GET', path)).status]).toEqual([path, 404]);
    }
    expect((await house.ask(apart, 'GET', '/beds')).body.items).toHaveLength(4);
    expect((await house.ask(ward, 'GET', '/beds')).body.items).toHaveLength(4);
    expect((await house.ask(bedManager, 'GET', '/beds')).body.items).toHaveLength(12);
    for (const who of [south, apart, southWard]) {
      expect((await say(beds.north[0]!, { state: 'occupied' }, who)).status).toBe(404);
      expect((await house.ask(who, 'POST', `/beds/${beds.north[0]!}/retire`, { reason: 'Gone' })).status).toBe(404);
      for (const act of ['beds', 'beds/confirm', 'admissions/pause', 'admissions/resume']) {
        const body =
          act === 'beds' ? { labels: ['X'] } : act.endsWith('pause') ? { reason: 'Full', reviewAt: rfc3339(world.now + hourMs) } : {};
        expect([act, (await house.ask(who, 'POST', `/wards/${world.wards.north}/${act}`, body)).status]).toEqual([act, 404]);
      }
    }
    expect((await house.ask(apart, 'POST', `/wards/${world.wards.north}/beds/ask`, {})).status).toBe(404);
    expect(await events()).toBe(before);
  });

  test('is the same by its id in capitals', async () => {
    const bedId = beds.north[0]!.toUpperCase();
    expect((await say(bedId, { state: 'occupied' })).body).toMatchObject({ id: beds.north[0], state: 'occupied' });
    const seen = await bedsOf(world.wards.north.toUpperCase());
    expect(seen.beds).toHaveLength(4);
    expect((await house.ask(ward, 'GET', `/beds?wardId=${world.wards.north.toUpperCase()}`)).body.items).toEqual(seen.beds);
  });

  test('is listed in pages that follow each other, none twice and none left out', async () => {
    const read: string[] = [];
    let next = '';
    do {
      const answer = await house.ask(bedManager, 'GET', `/beds?limit=5${next && `&cursor=${next}`}`);
      read.push(...(answer.body.items as BedView[]).map((bed) => bed.id));
      next = answer.body.nextCursor ?? '';
    } while (next);
    expect(read).toEqual([...beds.north, ...beds.north2, ...beds.south]);
  });

  test('is said to be something with all that belongs to it, and nothing that doesn’t', async () => {
    const [bedId] = beds.north as [string];
    const past = rfc3339(world.now - minuteMs);
    const soon = rfc3339(world.now + hourMs);
    const shiftId = await post(world.wards.north, ward);
    const elsewhere = await post(world.wards.south, world.staff['ward-manager']!['SOUTH']!);
    const cancelled = await post(world.wards.north, ward);
    await house.ask(ward, 'POST', `/shifts/${cancelled}/cancel`, { reason: 'no-longer-needed' });
    const staffing = { state: 'closed', reason: 'staffing' };
    for (const [body, ...expected] of [
      [{ state: 'closed' }, 'reason missing'],
      [{ state: 'occupied', reason: 'infection' }, 'reason not-closed'],
      [{ state: 'occupied', expectedReturn: soon }, 'expectedReturn not-on-leave'],
      [{ state: 'on-leave', expectedReturn: past }, 'expectedReturn in-past'],
      [{ state: 'closed', reason: 'acuity', closedUntilShifts: [shiftId] }, 'closedUntilShifts not-staffing'],
      [{ ...staffing, closedUntilShifts: [elsewhere] }, 'closedUntilShifts.0 unknown-shift'],
      [{ ...staffing, closedUntilShifts: [shiftId, cancelled] }, 'closedUntilShifts.1 unknown-shift'],
      [{ state: 'held' }, 'state invalid-value'],
      [{ state: 'occupied', note: 'for 943 476 5919' }, 'note nhs-number'],
    ] as const) {
      expect([body, faults(await say(bedId, body))]).toEqual([body, [422, ...expected]]);
    }
    house.setClock(Date.parse(world.span(1, '21:00', '22:00').startsAt));
    expect(faults(await say(bedId, { ...staffing, closedUntilShifts: [shiftId] }))).toEqual([422, 'closedUntilShifts.0 unknown-shift']);
    expect((await bedsOf(world.wards.north)).beds[0]).toMatchObject({ state: 'available' });
  });

  test('said again without a difference writes nothing, and every difference is a new dated row', async () => {
    const [bedId] = beds.north as [string];
    const states = async () => (await sql`select 1 from bed_state where bed_id = ${bedId}`.execute(db)).rows.length;
    const closing = { state: 'closed', reason: 'acuity', note: 'Quiet please' };
    expect((await say(bedId, closing, bedManager)).status).toBe(200);
    const before = [await states(), await events()];
    expect((await say(bedId, closing)).body).toMatchObject({ state: 'closed', reason: 'acuity', note: 'Quiet please' });
    expect((await say(bedId, { state: 'closed', reason: 'acuity' })).body.note).toBe('Quiet please');
    expect([await states(), await events()]).toEqual(before);
    expect((await say(bedId, { ...closing, note: 'Calmer now' })).status).toBe(200);
    expect([await states(), await events()]).toEqual(before.map((count) => count + 1));
    const { rows } = await sql<{ source: string; by: string }>`select source, recorded_by as by from bed_state where bed_id = ${bedId}
      order by recorded_at desc, id desc limit 2`.execute(db);
    expect(rows).toEqual([
      { source: 'ward', by: ward.accountId },
      { source: 'bed-manager', by: bedManager.accountId },
    ]);
  });

  test('held for somebody stays so until it is let go: who holds it and until when is said', async () => {
    const [bedId] = beds.north as [string];
    await hold(bedId);
    const until = (await bedsOf(world.wards.north)).beds[0]!.held!.expiresAt;
    for (const state of ['occupied', 'available']) {
      const refused = await say(bedId, { state });
      expect([refused.status, refused.body.code, refused.body.by, refused.body.until]).toEqual([409, 'bed-taken', 'SOUTH', until]);
    }
    expect((await house.ask(ward, 'POST', `/beds/${bedId}/retire`, { reason: 'Ward closing' })).body.code).toBe('bed-taken');
    await sql`update allocation set state = 'referred', expires_at = null, answer_by = clock_timestamp()`.execute(db);
    expect((await say(bedId, { state: 'occupied' })).body).toMatchObject({ code: 'bed-taken', until: null });
    await sql`update allocation set state = 'held', expires_at = clock_timestamp() - interval '1 second', answer_by = null`.execute(db);
    expect((await say(bedId, { state: 'occupied' })).body.state).toBe('occupied');
    expect((await sql`select state from allocation`.execute(db)).rows).toEqual([{ state: 'expired' }]);
  });

  test('that is commissioned opens again only as its commissioner says, through the trust’s bed manager', async () => {
    const [bedId] = beds.north as [string];
    await sql`update bed set commissioned_by = 'QWO' where id = ${bedId}`.execute(db);
    for (const reason of ['commissioner', 'staffing']) {
      await say(bedId, { state: 'closed', reason });
      const refused = await say(bedId, { state: 'available' });
      expect([reason, refused.status, refused.body.code]).toEqual([reason, 409, 'commissioner-decides']);
      expect(refused.body.title).toContain('QWO');
      expect((await say(bedId, { state: 'available' }, bedManager)).status).toBe(200);
    }
    // Infection is the ward's own to be over.
    await say(bedId, { state: 'closed', reason: 'infection' });
    expect((await say(bedId, { state: 'available' })).status).toBe(200);
    await sql`update bed set commissioned_by = null where id = ${bedId}`.execute(db);
  });

  test('is added after the others and taken away for good, and its name may come back', async () => {
    const add = (labels: string[]) => house.ask(ward, 'POST', `/wards/${world.wards.north}/beds`, { labels });
    const added = await add(['Bed 5', 'Side room']);
    expect([added.status, (added.body as WardBeds).beds.map((bed) => bed.label)]).toEqual([
      201,
      ['Bed 1', 'Bed 2', 'Bed 3', 'Bed 4', 'Bed 5', 'Side room'],
    ]);
    expect((await add(['Bed 5'])).body.code).toBe('label-taken');
    expect(faults(await add(['A', 'A']))).toEqual([422, 'labels.1 label-twice']);
    const [, , , , fifth, side] = (added.body as WardBeds).beds;
    const retire = (bedId: string) => house.ask(ward, 'POST', `/beds/${bedId}/retire`, { reason: 'Turned into an office' });
    await say(side!.id, { state: 'occupied' });
    expect((await retire(side!.id)).body.code).toBe('bed-occupied');
    await say(side!.id, { state: 'available' });
    for (const bed of [fifth!, side!]) expect((await retire(bed.id)).status).toBe(200);
    expect([(await retire(side!.id)).status, (await say(side!.id, { state: 'occupied' })).status]).toEqual([404, 404]);
    expect((await cardOf(world.wards.north)).counts).toMatchObject({ funded: 4, free: 4 });
    const again = await add(['Side room']);
    expect(again.status).toBe(201);
    expect((await retire((again.body as WardBeds).beds.at(-1)!.id)).status).toBe(200);
  });

  test('two people who say different things at once are heard one after the other', async () => {
    const [bedId] = beds.north as [string];
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, turn) =>
        say(bedId, turn % 2 === 0 ? { state: 'occupied' } : { state: 'closed', reason: 'other' }, turn % 3 ? ward : bedManager),
      ),
    );
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 200));
    const { rows } = await sql<{
      n: number;
    }>`select count(*)::int as n from bed_state where bed_id = ${bedId} and replaced_at is null`.execute(db);
    expect(rows[0]!.n).toBe(1);
  });
});

describe('a ward', () => {
  test('that says "nothing changed" is fresh, until its trust’s due times and minutes have passed', async () => {
    const confirm = () => house.ask(ward, 'POST', `/wards/${world.wards.north}/beds/confirm`, {});
    const card = async () => (await cardOf(world.wards.north)).freshness;
    const confirmed = await confirm();
    expect([confirmed.status, confirmed.body.card.confirmed]).toEqual([200, { at: rfc3339(world.now), by: 'ward-manager' }]);
    expect([confirmed.body.card.freshness, await card()]).toEqual(['fresh', 'fresh']);
    // The world's clock stands at noon: 14:00 is due, an hour later it is stale.
    for (const [hours, freshness] of [
      [2, 'ageing'],
      [2.9, 'ageing'],
      [3, 'stale'],
      [30, 'stale'],
    ] as const) {
      house.setClock(world.now + hours * hourMs);
      expect([hours, await card()]).toEqual([hours, freshness]);
    }
    house.setClock(world.now + 3 * hourMs);
    // Changing one bed is not confirming the ward.
    await say(beds.north[0]!, { state: 'occupied' });
    expect(await card()).toBe('stale');
    expect((await bedsOf(world.wards.north)).nextDueAt).toBe(rfc3339(world.now + 6 * hourMs));
    expect((await house.ask(bedManager, 'POST', `/wards/${world.wards.north}/beds/confirm`, {})).body.card).toMatchObject({
      freshness: 'fresh',
      confirmed: { by: 'bed-manager' },
    });
    await sql`delete from ward_confirmation where confirmed_at > ${new Date(world.now)}`.execute(db);
  });

  test('without beds has nothing to confirm', async () => {
    await sql`update bed set retired_at = ${new Date(world.now)} where ward_id = ${world.wards.north2}`.execute(db);
    expect((await house.ask(bedManager, 'POST', `/wards/${world.wards.north2}/beds/confirm`, {})).body.code).toBe('no-beds');
    await sql`update bed set retired_at = null where ward_id = ${world.wards.north2}`.execute(db);
  });

  test('is asked by a bed manager elsewhere, and the asking stands until the ward confirms', async () => {
    house.setClock(world.now + 5 * minuteMs);
    const asked = await house.ask(south, 'POST', `/wards/${world.wards.north}/beds/ask`, {});
    const at = rfc3339(world.now + 5 * minuteMs);
    expect([asked.status, asked.body.askedAt, asked.body.card.askedAt]).toEqual([200, at, at]);
    expect((await sql`select trust from ward_asking`.execute(db)).rows).toEqual([{ trust: 'SOUTH' }]);
    house.setClock(world.now + 6 * minuteMs);
    expect((await cardOf(world.wards.north)).askedAt).toBe(at);
    await house.ask(ward, 'POST', `/wards/${world.wards.north}/beds/confirm`, {});
    expect((await cardOf(world.wards.north)).askedAt).toBeNull();
  });

  test('pauses admissions until somebody looks again, and opens them once', async () => {
    const pause = (reason: string, at: number) =>
      house.ask(ward, 'POST', `/wards/${world.wards.north}/admissions/pause`, { reason, reviewAt: rfc3339(at) });
    expect(faults(await pause('Unsettled', world.now))).toEqual([422, 'reviewAt in-past']);
    expect(faults(await pause('Ask jo@example.org', world.now + hourMs))).toEqual([422, 'reason e-mail']);
    expect((await pause('Unsettled', world.now + hourMs)).body.pause).toMatchObject({
      reason: 'Unsettled',
      reviewAt: rfc3339(world.now + hourMs),
    });
    await pause('Still unsettled', world.now + 2 * hourMs);
    expect(await cardOf(world.wards.north, south)).toMatchObject({ pause: { reason: 'Still unsettled' }, counts: { free: 4 } });
    const resume = () => house.ask(bedManager, 'POST', `/wards/${world.wards.north}/admissions/resume`, {});
    expect((await resume()).body.pause).toBeNull();
    const before = await events();
    expect((await resume()).status).toBe(200);
    expect(await events()).toBe(before);
  });
});
