import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql, type Kysely } from 'kysely';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { connect } from '@homeward/db/connect.ts';
import { startEmbedded, type Embedded } from '@homeward/db/embedded.ts';
import { migrateToLatest } from '@homeward/db/migrate.ts';
import { testDatabase } from '@homeward/db/test-database.ts';
import type { DB } from '@homeward/db/types.ts';
import { brokenInvariants, verifyStream } from '../api/src/assurance/queries.ts';
import { aShift, inexcusable, startAsking, type Asked, type Askers } from './askers.ts';
import { isFull, noteFigures, randomFrom, seed } from './figures.ts';
import { follow, type Follower } from './followers.ts';
import { askOver, placeOf, startHomeward, type Homeward } from './homeward.ts';
import { openHouse, type House } from './house.ts';
import { openProxy, type Proxy } from './proxy.ts';
import { makeWorld, type World } from './world.ts';

// Test L of the programme: while the database is away nobody's help is needed. The real program reaches PostgreSQL through a proxy; a house
// beside it, on a line that holds, goes on acting, so that there is always something the program has yet to tell.
const rounds = isFull ? 4 : 1;
const silentMs = isFull ? 16_000 : 4500;
const mostMs = 10_000;
const backWithinMs = 5000;
/** Somebody beside must first have done something new, so this is a guard against a feed that stays away, not the promise's figure. */
const heardWithinMs = 10_000;
const random = randomFrom(seed);

const figures: Record<string, number> = {};
/** A server of our own in the full form, which may be stopped and made read-only; else a database on the one the tests share. */
let own: { dataDir: string; postgres: Embedded } | null = null;
let db: Kysely<DB>;
let world: World;
let proxy: Proxy;
let home: Homeward;
let beside: House;
let besideDb: Kysely<DB>;
let followers: Follower[];
let start: number;
let askers: Askers;
let exited: unknown = null;
/** What somebody posts in another process, whose line holds. */
let acting: Promise<void>;
let isOver = false;
const postedBeside = new Set<string>();

beforeAll(async () => {
  console.log(`HOMEWARD_SEED=${seed}`);
  const url = isFull ? await ownUrl() : (await testDatabase()).url;
  db = connect(url, { max: 4, patient: true });
  await migrateToLatest(db);
  world = await makeWorld(db, { workers: 4, now: Date.now() });
  proxy = await openProxy(url);
  home = await startHomeward({ url: proxy.url });
  void home.exited.then((how) => (exited = how));
  besideDb = connect(url, { max: 4 });
  beside = await openHouse(besideDb, url, { now: () => Date.now(), at: (moment) => moment.getTime() });
  const place = placeOf(await askOver(home.url, manager('NORTH'), 'GET', '/session'));
  start = place.after;
  followers = [manager('NORTH'), manager('SOUTH'), world.workers[0]!, world.workers[1]!].map((who) =>
    follow(who, place, { url: () => home.url, stayMs: () => 15_000 + random() * 60_000, awayMs: () => random() * 300 }),
  );
  askers = startAsking({ url: () => home.url, world, random });
  for (let times = 0; times < 3; times += 1) askers.keepPosting(manager('NORTH'), world.wards.north);
  askers.keepReading(world.workers[0]!, '/me/shifts');
  askers.keepReading(world.workers[1]!, '/session');
  askers.keepReading(manager('NORTH'), `/wards/${world.wards.north}/board`);
  askers.keepReading(manager('SOUTH'), '/session');
  acting = actBeside();
  await vi.waitUntil(() => askers.posted.size > 5, { timeout: 10_000 });
}, 120_000);

afterAll(async () => {
  isOver = true;
  await home?.kill();
  await askers?.stop();
  await acting;
  await Promise.all((followers ?? []).map((follower) => follower.stop()));
  await beside?.live.stop();
  await besideDb?.destroy();
  await db?.destroy();
  await proxy?.close();
  await own?.postgres.stop();
  if (own) rmSync(join(own.dataDir, '..'), { recursive: true, force: true });
}, 60_000);

async function ownUrl(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-away-'));
  chmodSync(folder, 0o755); // the database runs as another account when we are root
  const dataDir = join(folder, 'postgres');
  own = { dataDir, postgres: await startEmbedded({ dataDir, outlivesUs: false }) };
  return own.postgres.url;
}

const manager = (trust: string) => world.staff['ward-manager']![trust]!;

/** What the screens of the program are to hear of once its line holds again. */
async function actBeside(): Promise<void> {
  while (!isOver) {
    const answer = await beside.ask(manager('SOUTH'), 'POST', '/shifts', aShift(world, world.wards.south, random));
    if (answer.status === 201) for (const { id } of answer.body.items as { id: string }[]) postedBeside.add(id);
    await sleep(150);
  }
}

const headOf = async () => (await sql<{ head: number }>`select head from stream`.execute(db)).rows[0]!.head;

/**
 * Goes through a fault and expects what is promised of every one of them. `fault` ends when the database is back.
 * @param alwaysReads true where the database could be read all the time
 */
async function goThrough(name: string, fault: () => Promise<void>, { alwaysReads = false } = {}): Promise<void> {
  const from = Date.now();
  const { asked } = askers;
  const first = asked.length;
  await fault();
  const back = Date.now();
  // What is done now is on every screen soon: the manager of the other ward hears of nothing but what is done beside.
  const head = await headOf();
  const heardWithin = vi
    .waitUntil(() => followers[1]!.after > head, { timeout: 12_000, interval: 20 })
    .then(
      () => Date.now() - back,
      () => Infinity,
    );
  const isSuccess = ({ status, ended }: Asked) => typeof status === 'number' && status < 300 && ended > back;
  const firstOf = (kind: Asked['kind']) => asked.slice(first).find((one) => one.kind === kind && isSuccess(one));
  await vi.waitUntil(() => firstOf('read') && firstOf('write'), { timeout: 30_000, interval: 20 }).catch(() => {});
  const heard = await heardWithin;
  // Who asked before it was back has an answer too.
  await vi.waitUntil(() => askers.oldest() > back, { timeout: 15_000, interval: 20 });
  const answers = asked.slice(first).filter((one) => one.ended > from);
  const slowest = Math.max(...answers.map((one) => one.ended - one.began));
  const away = answers.filter((one) => one.status === 503);
  const [read, write] = (['read', 'write'] as const).map((kind) => (firstOf(kind)?.ended ?? Infinity) - back);
  console.log(
    `${name}: ${answers.length} answers, ${away.length} of 503, slowest ${slowest} ms, first read ${read} ms and first act ${write} ms after, feed ${heard} ms after`,
  );
  figures['answers of 503'] = (figures['answers of 503'] ?? 0) + away.length;
  figures['answers'] = (figures['answers'] ?? 0) + answers.length;
  const most = (what: string, value: number) => (figures[what] = Math.max(figures[what] ?? 0, value));
  most('slowest answer, ms', slowest);
  most('first success after return, ms', Math.max(read!, write!));
  most('feed caught up after return, ms', heard);
  expect(exited).toBeNull();
  expect(inexcusable(answers)).toEqual([]);
  expect(slowest).toBeLessThan(mostMs);
  expect(away.length).toBeGreaterThan(0);
  if (alwaysReads) expect(away.filter((one) => one.kind === 'read')).toEqual([]);
  expect(read).toBeLessThan(backWithinMs);
  expect(write).toBeLessThan(backWithinMs);
  expect(heard).toBeLessThan(heardWithinMs);
}

test('every backend is ended, again and again', async () => {
  for (let round = 0; round < rounds; round += 1) {
    await goThrough('backends ended', async () => {
      for (let times = 0; times < 12; times += 1) {
        await sql`select pg_terminate_backend(pid) from pg_stat_activity where client_port = any(${proxy.ports()})`.execute(db);
        await sleep(random() * 120);
      }
    });
  }
}, 200_000);

test('the line is cut, with and without a word', async () => {
  for (let round = 0; round < rounds; round += 1) {
    for (const how of ['reset', 'end'] as const) {
      await goThrough(`line cut by ${how}`, async () => {
        for (let times = 0; times < 12; times += 1) {
          proxy.cut(how);
          await sleep(random() * 120);
        }
      });
    }
  }
}, 200_000);

test('the line falls silent: nothing goes through, and nothing says so', async () => {
  for (let round = 0; round < rounds; round += 1) {
    await goThrough('line silent', async () => {
      proxy.fallSilent();
      await sleep(silentMs + random() * 1000);
      proxy.speakAgain();
    });
  }
  if (!isFull) return;
  // A short one, after which everything that was open is dead.
  await goThrough('line silent a moment', async () => {
    proxy.fallSilent();
    await sleep(1000);
    proxy.speakAgain();
  });
}, 200_000);

test.runIf(isFull)(
  'the database can be read and not written',
  async () => {
    for (let round = 0; round < rounds; round += 1) {
      // Sessions whose use would now be noted: that can't be, and must not keep anybody from reading.
      await sql`update session set seen_at = clock_timestamp() - interval '5 minutes'`.execute(db);
      await goThrough(
        'read only',
        async () => {
          await sql`alter system set default_transaction_read_only = on`.execute(db);
          await sql`select pg_reload_conf()`.execute(db);
          await sleep(6000);
          await sql`alter system reset default_transaction_read_only`.execute(db);
          await sql`select pg_reload_conf()`.execute(db);
        },
        { alwaysReads: true },
      );
    }
  },
  200_000,
);

test.runIf(isFull)(
  'PostgreSQL is stopped, and started again later',
  async () => {
    for (let round = 0; round < rounds; round += 1) {
      await goThrough('stopped', async () => {
        const { dataDir, postgres } = own!;
        await postgres.stop();
        await sleep(4000 + random() * 8000);
        own!.postgres = await startEmbedded({ dataDir, outlivesUs: false, port: postgres.port });
      });
    }
  },
  200_000,
);

test('afterwards all is whole: what was acknowledged, what screens were told, and what runs by the clock', async () => {
  // Given that nobody acts any more
  isOver = true;
  await askers.stop();
  await acting;

  // Then every acknowledged post is stored, and nothing was done twice
  const shifts = (await sql<{ id: string }>`select id from shift`.execute(db)).rows.map(({ id }) => id);
  expect([...askers.posted, ...postedBeside].filter((id) => !shifts.includes(id))).toEqual([]);
  const keysUsed = (await sql<{ used: number }>`select count(*)::int as used from idempotency_key where key like 'post-%'`.execute(db))
    .rows[0]!.used;
  const ofNorth = await sql<{ count: number }>`select count(*)::int as count from shift where ward_id = ${world.wards.north}`.execute(db);
  expect(ofNorth.rows[0]!.count).toBe(keysUsed);
  expect(await brokenInvariants(db)).toEqual([]);
  expect((await verifyStream(db)).brokenAt).toBeNull();

  // …every screen was told all of it, once and in order
  const events = (
    await sql<{
      offset: number;
      type: string;
      wardId: string;
    }>`select "offset", type, ward_id from event where "offset" > ${start} order by "offset"`.execute(db)
  ).rows;
  for (const [index, ward] of [world.wards.north, world.wards.south].entries()) {
    const follower = followers[index]!;
    const should = events.filter((event) => event.type === 'shift.posted' && event.wardId === ward).map((event) => event.offset);
    const heard = () => follower.frames.filter((frame) => frame.type === 'shift.posted').map((frame) => frame.offset);
    await vi.waitUntil(() => heard().length >= should.length, { timeout: 10_000, interval: 50 }).catch(() => {});
    expect(heard()).toEqual(should);
  }
  for (const follower of followers) {
    expect(follower.broken).toEqual([]);
    expect(follower.frames.length).toBeGreaterThan(0);
  }

  // …and what runs by the clock runs
  const [passed] = shifts as [string];
  await sql`update shift set starts_at = clock_timestamp() - interval '9 hours', ends_at = clock_timestamp() - interval '1 hour' where id = ${passed}`.execute(
    db,
  );
  const status = async () => (await sql<{ status: string }>`select status from shift where id = ${passed}`.execute(db)).rows[0]!.status;
  await vi.waitUntil(async () => (await status()) === 'expired', { timeout: 15_000, interval: 200 });
  noteFigures('L', {
    ...figures,
    'acts acknowledged': askers.posted.size,
    'frames told': followers.reduce((sum, one) => sum + one.frames.length, 0),
  });
}, 60_000);

test('it can be stopped while the database is silent', async () => {
  isOver = true;
  await Promise.all([askers.stop(), acting, ...followers.map((follower) => follower.stop())]);
  proxy.fallSilent();
  await sleep(1500); // its poll waits for an answer now
  expect(await home.kill('SIGTERM')).toBe(0);
}, 15_000);
