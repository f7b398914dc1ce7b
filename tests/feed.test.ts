import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { testDatabase } from '@homeward/db/test-database.ts';
import { hourMs, minuteMs } from '@homeward/shared/kernel/interval.ts';
import type { MyShift, WardShift } from '@homeward/shared/shifts/contract.ts';
import { openSockets } from '../api/src/platform/sockets.ts';
import { tokenHash } from '../api/src/platform/session.ts';
import { sweepShifts } from '../api/src/shifts/jobs.ts';
import { askOver, openScreen, placeOf, startHomeward, type Homeward, type Screen } from './homeward.ts';
import { openHouse } from './house.ts';
import { makeWorld, type Person, type World } from './world.ts';

// Every screen is right (quality, section 1): two processes on one database, and whoever is connected to either hears what they may
// see, once and in order, or is told to load afresh.
const { db, url } = await testDatabase();
let world: World;
let first: Homeward;
let second: Homeward;
let day = 3;

beforeAll(async () => {
  world = await makeWorld(db, { workers: 8 });
  [first, second] = await Promise.all([startHomeward({ url }), startHomeward({ url })]);
}, 60_000);
afterAll(() => Promise.all([first.kill(), second.kill()]));

const open: Screen[] = [];
afterEach(() => {
  for (const screen of open.splice(0)) screen.close();
});

/** A screen that is connected and has been told where it stands. */
async function screenOf(
  who: { cookie: string },
  at: Homeward | string = second,
  from: { epoch?: string; after?: number } = {},
): Promise<Screen> {
  const screen = openScreen(typeof at === 'string' ? at : at.url, who.cookie, from);
  open.push(screen);
  await vi.waitUntil(() => screen.readies.length > 0 || screen.ended !== null, { timeout: 5000 });
  expect(screen.ended).toBeNull();
  return screen;
}

const manager = (trust = 'NORTH') => world.staff['ward-manager']![trust]!;

/** A shift on a day of its own, so that nobody is too tired for it. */
async function post(at: Homeward = first, wardId = world.wards.north): Promise<string> {
  day += 2;
  const body = { wardId, role: 'hcsw', band: 3, ...world.span(day, '07:00', '15:00'), breakMinutes: 30, reason: 'vacancy' };
  const posted = await askOver(at.url, manager(wardId === world.wards.south ? 'SOUTH' : 'NORTH'), 'POST', '/shifts', body);
  expect(posted.status).toBe(201);
  return posted.body.items[0].id as string;
}

const framesOf = (screen: Screen, shiftId: string) => screen.frames.filter((frame) => frame.data.shiftId === shiftId);
const typesOf = (screen: Screen, shiftId: string) => framesOf(screen, shiftId).map((frame) => frame.type);
const hears = (screen: Screen, shiftId: string, type: string, timeout = 3000) =>
  vi.waitUntil(() => typesOf(screen, shiftId).includes(type as never), { timeout });
/** Whoever is connected to the second process has now heard of everything so far, or never will: a newer shift has been told of. */
async function settle(): Promise<void> {
  const watcher = await screenOf(manager());
  await hears(watcher, await post(), 'shift.posted');
  await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Gapless by its own account: each frame names the one before it. */
function expectUnbroken(screen: Screen): void {
  let previous = screen.readies[0]!.offset;
  for (const frame of screen.frames) {
    expect(frame.previous).toBe(previous);
    expect(frame.offset).toBeGreaterThan(previous);
    previous = frame.offset;
  }
}

async function headOffset(): Promise<number> {
  return (await sql<{ head: number }>`select head from stream`.execute(db)).rows[0]!.head;
}

/** Another browser of the same person's. */
async function anotherBrowser(who: Person): Promise<{ cookie: string; hash: Buffer }> {
  const token = randomBytes(32).toString('base64url');
  await sql`insert into session (token_hash, account_id, ends_at) values (${tokenHash(token)}, ${who.accountId}, clock_timestamp() + interval '1 hour')`.execute(
    db,
  );
  return { cookie: `homeward=${token}`, hash: tokenHash(token) };
}

describe('one feed from two processes', () => {
  test('a post in one process reaches, in the other, the ward and those who may take it; taking it tells the winner, the ward and the losers', async () => {
    const [winner, other, revoked] = world.workers as [Person, Person, Person];
    await sql`insert into training_revocation (record_id, at, by_name, reason) values (${world.recordOf.get(revoked.workerId!)}, now(), 'test', 'test')`.execute(
      db,
    );
    onTestFinished(() => sql`delete from training_revocation`.execute(db).then(() => {}));
    const screens = {
      ward: await screenOf(manager()),
      otherWard: await screenOf(manager('SOUTH')),
      winner: await screenOf(winner),
      other: await screenOf(other),
      revoked: await screenOf(revoked),
      apart: await screenOf(world.staff['worker']!['APART']!),
      auditor: await screenOf(world.staff['auditor']!['NORTH']!),
    };

    const shiftId = await post(first);
    await Promise.all([
      hears(screens.ward, shiftId, 'shift.posted'),
      hears(screens.winner, shiftId, 'shift.offered'),
      hears(screens.other, shiftId, 'shift.offered'),
    ]);
    const offered = framesOf(screens.other, shiftId)[0]!.data.shift as MyShift;
    expect([offered.id, offered.decision.outcome, offered.status]).toEqual([shiftId, 'eligible', 'open']);
    const posted = framesOf(screens.ward, shiftId)[0]!.data.shift as WardShift;
    expect([posted.status, posted.booking]).toEqual(['open', null]);

    const accepted = await askOver(first.url, winner, 'POST', `/shifts/${shiftId}/accept`);
    expect(accepted.status).toBe(201);
    await Promise.all([
      hears(screens.winner, shiftId, 'booking.confirmed'),
      hears(screens.other, shiftId, 'shift.withdrawn'),
      hears(screens.ward, shiftId, 'shift.filled'),
    ]);
    await settle();

    expect(typesOf(screens.winner, shiftId)).toEqual(['shift.offered', 'booking.confirmed']);
    expect(framesOf(screens.winner, shiftId)[1]!.data.booking).toEqual(accepted.body);
    expect(typesOf(screens.other, shiftId)).toEqual(['shift.offered', 'shift.withdrawn']);
    const filledAt = (
      await sql<{ at: Date }>`select filled_at as at from shift where id = ${shiftId}`.execute(db)
    ).rows[0]!.at.toISOString();
    expect(framesOf(screens.other, shiftId)[1]!.data).toEqual({ shiftId, reason: 'filled', takenAt: filledAt });
    // Somebody whose record was revoked learns that there is one more they can't take, never that it is offered to them.
    expect(typesOf(screens.revoked, shiftId)).toEqual(['shift.noticed', 'shift.withdrawn']);
    expect(framesOf(screens.revoked, shiftId)[0]!.data).toEqual({ shiftId });
    expect(typesOf(screens.ward, shiftId)).toEqual(['shift.posted', 'shift.filled']);
    const filled = framesOf(screens.ward, shiftId)[1]!.data.shift as WardShift;
    expect(filled.status).toBe('filled');
    expect(filled.booking).toMatchObject({ id: accepted.body.id, worker: { id: winner.workerId, name: winner.name, homeTrust: 'NORTH' } });
    for (const silent of [screens.otherWard, screens.apart, screens.auditor]) expect(silent.frames).toEqual([]);

    // By whom it was taken is nobody's business but the ward's.
    const secrets = [
      winner.name,
      winner.workerId!,
      winner.personId!,
      winner.accountId,
      'NORTH-0001',
      manager().accountId,
      accepted.body.id as string,
    ];
    for (const screen of [screens.other, screens.revoked, screens.apart, screens.otherWard]) {
      const told = JSON.stringify(screen.frames);
      expect(secrets.filter((secret) => told.includes(secret))).toEqual([]);
    }
    expect(JSON.stringify(screens.ward.frames)).not.toContain(winner.personId);
    for (const screen of Object.values(screens)) expectUnbroken(screen);
  });

  test('one who loses a shift hears so within a second, in whichever process', async () => {
    const shiftId = await post(second);
    const loser = await screenOf(world.workers[3]!, first);
    const took = performance.now();
    expect((await askOver(second.url, world.workers[4]!, 'POST', `/shifts/${shiftId}/accept`)).status).toBe(201);
    await hears(loser, shiftId, 'shift.withdrawn', 1500);
    expect(performance.now() - took).toBeLessThan(1000);
  });
});

describe('between loading and listening', () => {
  test('what happens after a page was loaded and before its socket is open is told when it opens', async () => {
    const [, who] = world.workers as [Person, Person];
    const page = await askOver(first.url, who, 'GET', '/me/shifts?outcome=eligible');
    const place = placeOf(page);
    const shiftId = await post();
    expect(page.body.items.map((shift: MyShift) => shift.id)).not.toContain(shiftId);
    // Loaded from one process, connected to the other.
    const screen = await screenOf(who, second, place);
    expect(screen.readies[0]).toMatchObject({ epoch: place.epoch, offset: place.after, resync: false });
    await hears(screen, shiftId, 'shift.offered');
    expectUnbroken(screen);
  });

  test('a screen that was away is told what it missed, once and in order, and goes on from there', async () => {
    const seen = await screenOf(manager(), first);
    const place = { epoch: seen.readies[0]!.epoch, after: seen.readies[0]!.offset };
    const shifts = [await post(), await post(second)];
    await hears(seen, shifts[1]!, 'shift.posted');
    // Away in the middle of it.
    const middle = await screenOf(manager(), second, { epoch: place.epoch, after: framesOf(seen, shifts[0]!)[0]!.offset });
    const whole = await screenOf(manager(), second, place);
    shifts.push(await post());
    await Promise.all([seen, middle, whole].map((screen) => hears(screen, shifts[2]!, 'shift.posted')));
    expect(whole.frames.map((frame) => frame.offset)).toEqual(seen.frames.map((frame) => frame.offset));
    expect(middle.frames.map((frame) => frame.offset)).toEqual(seen.frames.slice(1).map((frame) => frame.offset));
    for (const screen of [seen, middle, whole]) expectUnbroken(screen);
  });

  test('a place that means nothing any more is answered with "load afresh", and goes on from the head', async () => {
    const head = placeOf(await askOver(first.url, manager(), 'GET', '/session'));
    const anotherEpoch = { epoch: '00000000-0000-4000-8000-000000000000', after: head.after };
    const aheadOfHead = { epoch: head.epoch, after: head.after + 1000 };
    for (const from of [anotherEpoch, aheadOfHead]) {
      const screen = await screenOf(manager(), second, from);
      expect(screen.readies[0]).toMatchObject({ epoch: head.epoch, resync: true });
      expect(screen.readies[0]!.offset).toBe(await headOffset());
      await hears(screen, await post(), 'shift.posted');
      expectUnbroken(screen);
    }
  });

  test('after more than seven days away a screen loads afresh; after less it is told everything', async () => {
    const place = placeOf(await askOver(first.url, manager(), 'GET', '/session'));
    const shiftId = await post();
    const age = (interval: string) =>
      sql`do $$ begin
        alter table event disable trigger events_are_never_changed;
        update event set recorded_at = recorded_at ${sql.raw(interval)} where "offset" > ${sql.lit(place.after)};
        alter table event enable trigger events_are_never_changed;
      end $$`.execute(db);
    await age(`- interval '6 days 23 hours'`);
    const younger = await screenOf(manager(), second, place);
    expect(younger.readies[0]).toMatchObject({ resync: false, offset: place.after });
    await hears(younger, shiftId, 'shift.posted');
    await age(`- interval '2 hours'`);
    const older = await screenOf(manager(), second, place);
    expect(older.readies[0]).toMatchObject({ resync: true });
    expect(older.frames).toEqual([]);
    await age(`+ interval '7 days 1 hour'`);
  });

  test('an offer is told again only while it is still open', async () => {
    const who = world.workers[5]!;
    const place = placeOf(await askOver(first.url, who, 'GET', '/session'));
    const gone = await post();
    const still = await post();
    const cancelled = await askOver(first.url, manager(), 'POST', `/shifts/${gone}/cancel`, { reason: 'no-longer-needed' });
    expect(cancelled.status).toBe(200);
    const screen = await screenOf(who, second, place);
    await hears(screen, still, 'shift.offered');
    await hears(screen, gone, 'shift.withdrawn');
    expect(typesOf(screen, gone)).toEqual(['shift.withdrawn']);
    expect(framesOf(screen, gone)[0]!.data).toEqual({ shiftId: gone, reason: 'cancelled' });
    expectUnbroken(screen);
  });

  test('the same frames come over plain HTTP', async () => {
    const who = world.workers[6]!;
    const place = placeOf(await askOver(first.url, who, 'GET', '/session'));
    const shiftId = await post();
    await askOver(first.url, who, 'POST', `/shifts/${shiftId}/accept`);
    await post();
    for (const person of [who, manager()]) {
      const screen = await screenOf(person, second, place);
      const answer = await askOver(first.url, person, 'GET', `/events?epoch=${place.epoch}&after=${place.after}`);
      expect(answer.body.resync).toBe(false);
      expect(answer.body.offset).toBe(await headOffset());
      expect(answer.body.events.length).toBeGreaterThan(1);
      await vi.waitUntil(() => screen.frames.length >= answer.body.events.length, { timeout: 3000 });
      expect(answer.body.events).toEqual(screen.frames);
    }
    const later = await askOver(first.url, manager(), 'GET', `/events?epoch=00000000-0000-4000-8000-000000000000&after=${place.after}`);
    expect(later.body).toMatchObject({ resync: true, events: [], epoch: place.epoch });
  });
});

describe('who may listen', () => {
  const refused = async (cookie: string | null, headers: Record<string, string> = {}) => {
    const screen = openScreen(second.url, cookie, {}, headers);
    open.push(screen);
    await vi.waitUntil(() => screen.ended !== null || screen.readies.length > 0, { timeout: 5000 });
    expect(screen.readies).toEqual([]);
    return screen.ended;
  };

  test('nobody without a live session, nobody from another site’s page, nobody without a websocket', async () => {
    const who = world.workers[7]!;
    expect(await refused(null)).toBe('signed-out');
    expect(await refused('homeward=made-up')).toBe('signed-out');
    const ended = await anotherBrowser(who);
    await sql`update session set ends_at = clock_timestamp() - interval '1 second' where token_hash = ${ended.hash}`.execute(db);
    expect(await refused(ended.cookie)).toBe('signed-out');
    for (const origin of ['https://evil.example', 'null', `${second.url}.evil.example`, second.url.replace('127.0.0.1', 'localhost')]) {
      expect(await refused(who.cookie, { origin })).toMatch(/websocket error/);
    }
    await screenOf(who, second);
    const polling = await fetch(`${second.url}/socket.io/?EIO=4&transport=polling`, { headers: { cookie: who.cookie } });
    expect(polling.status).toBe(400);
    expect(await polling.text()).not.toContain('"sid"');
  });

  test('a message over 16 kB closes the socket it came on, and no other', async () => {
    const who = world.workers[7]!;
    const loud = await screenOf(who);
    const quiet = await screenOf(who);
    const send = (size: number) => (loud.socket.emit as (name: string, text: string) => void)('hello', 'a'.repeat(size));
    send(15_000);
    await hears(loud, await post(), 'shift.offered');
    send(17_000);
    await vi.waitUntil(() => loud.ended !== null, { timeout: 3000 });
    await hears(quiet, await post(), 'shift.offered');
    expect(quiet.ended).toBeNull();
  });

  test('a session that ends closes its own screens within five seconds, in every process', async () => {
    const who = world.workers[7]!;
    const signedOut = await anotherBrowser(who);
    const endedBySql = await anotherBrowser(who);
    const kept = await screenOf(who);
    const here = await screenOf(signedOut, first);
    const elsewhere = await screenOf(signedOut, second);
    const bySql = await screenOf(endedBySql, second);
    const began = performance.now();
    expect((await askOver(first.url, { ...who, cookie: signedOut.cookie }, 'DELETE', '/session')).status).toBe(204);
    await vi.waitUntil(() => here.ended !== null, { timeout: 500 });
    await sql`update session set ended_at = clock_timestamp() where token_hash = ${endedBySql.hash}`.execute(db);
    await vi.waitUntil(() => elsewhere.ended !== null && bySql.ended !== null, { timeout: 5000 });
    expect(performance.now() - began).toBeLessThan(5000);
    expect(kept.ended).toBeNull();
    // And what opened it no longer opens it.
    expect(await refused(signedOut.cookie)).toBe('signed-out');
  });

  test('a role that is taken away is said within five seconds, and nothing of it is told any more', async () => {
    const screen = await screenOf(manager('SOUTH'));
    await hears(screen, await post(first, world.wards.south), 'shift.posted');
    const place = { epoch: screen.readies[0]!.epoch, after: screen.frames.at(-1)!.offset };
    await sql`update account_role set until_at = clock_timestamp() where account_id = ${manager('SOUTH').accountId}`.execute(db);
    await vi.waitUntil(() => screen.readies.length === 2, { timeout: 5000 });
    expect(screen.readies[1]).toMatchObject({ epoch: screen.readies[0]!.epoch, offset: await headOffset(), resync: true });
    // What happens on their old ward is nobody's of theirs any more.
    const told = screen.frames.length;
    const changed = [{ type: 'ward.changed', at: new Date().toISOString(), wardId: world.wards.south }];
    await sql`select append_events(${JSON.stringify(changed)}::jsonb)`.execute(db);
    await settle();
    expect(screen.frames).toHaveLength(told);
    // One who was away when it happened loads afresh too.
    const back = await screenOf(manager('SOUTH'), second, place);
    expect(back.readies[0]).toMatchObject({ resync: true });
    // And so does one who is given it back.
    await sql`update account_role set until_at = null where account_id = ${manager('SOUTH').accountId}`.execute(db);
    await vi.waitUntil(() => screen.readies.length === 3, { timeout: 5000 });
    expect(screen.readies[2]).toMatchObject({ resync: true });
    await hears(screen, await post(first, world.wards.south), 'shift.posted');
  });

  test('a screen that leaves while it is still being let in is forgotten', async () => {
    const openScreens = async () => Number(/^homeward_open_screens (\d+)$/m.exec(await (await fetch(`${second.url}/metrics`)).text())![1]);
    const who = world.workers[7]!;
    await vi.waitUntil(async () => (await openScreens()) === 0, { timeout: 3000 });
    const fleeting = Array.from({ length: 30 }, () => openScreen(second.url, who.cookie, { after: 0 }));
    await vi.waitUntil(
      () => {
        for (const screen of fleeting) if (screen.socket.connected) screen.close();
        return fleeting.every((screen) => screen.ended !== null);
      },
      { timeout: 5000, interval: 1 },
    );
    await settle();
    for (const screen of open.splice(0)) screen.close();
    await vi.waitUntil(async () => (await openScreens()) === 0, { timeout: 3000 });
  });
});

const listeningLines = async () =>
  (
    await sql<{ pid: number }>`select pid from pg_stat_activity
      where application_name = 'homeward listener' and datname = current_database()`.execute(db)
  ).rows.map((row) => row.pid);
const cutLines = (pids: readonly number[]) => sql`select pg_terminate_backend(pid) from unnest(${pids}::int[]) as pid`.execute(db);

test('a lost wake-up costs a second, not the news: the poll tells, and the process listens again', async () => {
  const who = world.workers[7]!;
  const screen = await screenOf(who, second);
  const before = await listeningLines();
  expect(before).toHaveLength(2);
  await cutLines(before);
  const shiftId = await post(first);
  await hears(screen, shiftId, 'shift.offered', 2500);
  await vi.waitUntil(async () => (await listeningLines()).length === 2, { timeout: 5000 });
  expect((await listeningLines()).some((pid) => before.includes(pid))).toBe(false);
  expectUnbroken(screen);
});

test('where another database has taken over, every page loads afresh while the program goes on', async () => {
  const screen = await screenOf(world.workers[7]!, second);
  const { epoch } = screen.readies[0]!;
  // As a standby finds it that was promoted: the stream was counted by another.
  await sql`update stream set cluster = 'another/1/homeward'`.execute(db);
  await cutLines(await listeningLines());
  await vi.waitUntil(() => screen.readies.length === 2, { timeout: 5000 });
  expect(screen.readies[1]).toMatchObject({ resync: true, offset: await headOffset() });
  expect(screen.readies[1]!.epoch).not.toBe(epoch);
  await hears(screen, await post(first), 'shift.offered');
  await vi.waitUntil(async () => (await listeningLines()).length === 2, { timeout: 5000 });
});

test('a shift with waves is offered to each circle when it opens to it, and withdrawn from all when nobody took it', async () => {
  // Given a ward that keeps its shifts an hour for its regulars and two more for its own trust, and a clock that the test moves
  const own = await testDatabase();
  const there = await makeWorld(own.db, { workers: 2 });
  const house = await openHouse(own.db, own.url, there.now);
  const http = createServer();
  const sockets = openSockets(http, own.db, house.live, false);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const screen of open.splice(0)) screen.close();
    await sockets.close();
    await house.live.stop();
  });
  const address = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  await sql`insert into ward_wave (id, ward_id, regulars_minutes, home_trust_minutes, regular_duties, regular_weeks, days)
    values (gen_random_uuid(), ${there.wards.north}, 60, 120, 3, 17, '[2020-01-01,)')`.execute(own.db);
  const [home, elsewhere] = there.workers as [Person, Person];
  const [homeScreen, otherScreen] = [await screenOf(home, address), await screenOf(elsewhere, address)];

  // When a shift is posted
  const span = there.span(9, '07:00', '15:00');
  const body = { wardId: there.wards.north, role: 'hcsw', band: 3, ...span, breakMinutes: 30, reason: 'vacancy' };
  const posted = await house.ask(there.staff['ward-manager']!['NORTH']!, 'POST', '/shifts', body);
  const shiftId = posted.body.items[0].id as string;
  expect(posted.body.items[0].wave.now).toBe('regulars');
  // Then nobody who isn't a regular is offered it
  await hears(homeScreen, shiftId, 'shift.noticed');
  await hears(otherScreen, shiftId, 'shift.noticed');

  // When an hour has passed, it opens to the ward's own trust and to nobody else
  house.setClock(there.now + hourMs + minuteMs);
  expect(await sweepShifts(house.platform)).toBe(1);
  await hears(homeScreen, shiftId, 'shift.offered');
  expect(typesOf(otherScreen, shiftId)).not.toContain('shift.offered');

  // When three have, to everyone
  house.setClock(there.now + 3 * hourMs + minuteMs);
  expect(await sweepShifts(house.platform)).toBe(1);
  await hears(otherScreen, shiftId, 'shift.offered');
  const card = framesOf(otherScreen, shiftId).at(-1)!.data.shift as MyShift;
  expect([card.wave, card.decision.outcome]).toEqual(['collaborative', 'eligible']);
  expect(await sweepShifts(house.platform)).toBe(0);

  // When it starts and nobody took it, it is withdrawn from both
  house.setClock(Date.parse(span.startsAt));
  expect(await sweepShifts(house.platform)).toBe(1);
  for (const screen of [homeScreen, otherScreen]) {
    await hears(screen, shiftId, 'shift.withdrawn');
    expect(framesOf(screen, shiftId).at(-1)!.data).toEqual({ shiftId, reason: 'expired' });
    expectUnbroken(screen);
  }
});
