import { spawnSync } from 'node:child_process';
import { chmodSync, closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql, type Kysely } from 'kysely';
import { expect, onTestFinished, test, vi } from 'vitest';
import { connect } from '@homeward/db/connect.ts';
import { keepEmbeddedAlive } from '@homeward/db/embedded.ts';
import { migrateToLatest } from '@homeward/db/migrate.ts';
import type { DB } from '@homeward/db/types.ts';
import { brokenInvariants, verifyStream } from '../api/src/assurance/queries.ts';
import { inexcusable, startAsking } from './askers.ts';
import { isFull, noteFigures, randomFrom, seed } from './figures.ts';
import { follow } from './followers.ts';
import { askOver, placeOf, startHomeward } from './homeward.ts';
import { makeWorld } from './world.ts';

// Test K of the programme: PostgreSQL's folder lies on a small file system that fills up under load and is freed again.
const mostBytes = 320 * 1024 * 1024;
const fullMs = 12_000;
const backWithinMs = 20_000;
const whyNot = isFull ? mountProblem() : 'only in the full form';

const promise = 'when the disk is full writes stop cleanly, reads go on, and it heals by itself';
test.skipIf(whyNot !== null)(
  whyNot === null ? promise : `${promise} (not tried: ${whyNot})`,
  async () => {
    const random = randomFrom(seed);
    console.log(`HOMEWARD_SEED=${seed}`);
    // Given the program on a database whose disk is small, people who act and read, and screens that are open
    const disk = smallDisk();
    const said: string[] = [];
    const postgres = await keepEmbeddedAlive({ dataDir: join(disk, 'postgres'), outlivesUs: false, log: (line) => void said.push(line) });
    onTestFinished(() => postgres.stop());
    const db = connect(postgres.url, { max: 4, patient: true });
    onTestFinished(() => db.destroy());
    await migrateToLatest(db);
    const world = await makeWorld(db, { workers: 4, now: Date.now() });
    const home = await startHomeward({ url: postgres.url });
    let exited: unknown = null;
    void home.exited.then((how) => (exited = how));
    onTestFinished(() => void home.kill());
    const [north, worker] = [world.staff['ward-manager']!['NORTH']!, world.workers[0]!];
    const place = placeOf(await askOver(home.url, north, 'GET', '/session'));
    const line = { url: () => home.url, stayMs: () => 5000 + random() * 20_000, awayMs: () => random() * 300 };
    const followers = [north, worker].map((who) => follow(who, place, line));
    const askers = startAsking({ url: () => home.url, world, random });
    onTestFinished(async () => {
      await askers.stop();
      await Promise.all(followers.map((follower) => follower.stop()));
    });
    for (let times = 0; times < 4; times += 1) askers.keepPosting(north, world.wards.north);
    askers.keepReading(worker, '/me/shifts');
    askers.keepReading(north, `/wards/${world.wards.north}/board`);
    await vi.waitUntil(() => askers.posted.size > 10, { timeout: 20_000 });

    const figures: Record<string, number> = {};
    const most = (what: string, value: number) => (figures[what] = Math.max(figures[what] ?? 0, value));
    /** Fills the disk, does what there is to do meanwhile, frees it, and waits until somebody's act is done again. */
    async function whileFull(meanwhile: () => Promise<void>) {
      await sql`update session set seen_at = clock_timestamp() - interval '5 minutes'`.execute(db);
      const filler = fill(disk);
      const first = askers.asked.length;
      await meanwhile();
      rmSync(filler);
      const back = Date.now();
      const isDone = () => askers.asked.some(({ kind, status, began }) => kind === 'write' && status === 201 && began > back);
      await vi.waitUntil(isDone, { timeout: 60_000, interval: 20 });
      most('first act after it was freed, ms', Date.now() - back);
      await sleep(1000);
      const answers = askers.asked.slice(first);
      most('slowest answer, ms', Math.max(...answers.map(({ began, ended }) => ended - began)));
      expect(exited).toBeNull();
      expect(inexcusable(answers)).toEqual([]);
      return { reads: answers.filter(({ kind, ended }) => kind === 'read' && ended < back), answers };
    }

    // When the disk is full
    const first = await whileFull(() => sleep(fullMs));
    console.log(`full: ${first.reads.length} reads, ${first.answers.filter(({ status }) => status === 503).length} answers of 503`);
    const refusedWrites = first.answers.filter(({ kind, status }) => kind === 'write' && status === 503);
    // Then writes are refused and reads are answered
    expect(refusedWrites.length).toBeGreaterThan(20);
    expect(first.reads.filter(({ status }) => status !== 200)).toEqual([]);
    expect(first.reads.length).toBeGreaterThan(20);
    expect(said).toEqual(['Making a new database…']);

    // When there is no room even for PostgreSQL's own log, it stops, and can't start before there is
    const second = await whileFull(async () => {
      const takeNextFile = sql`select pg_logical_emit_message(true, 'test', 'x'), pg_switch_wal()`;
      for (let times = 0; times < 8; times += 1) await takeNextFile.execute(db).catch(() => {});
      await sleep(fullMs);
    });
    console.log(
      `no room for the log: ${second.reads.length} reads, of them ${second.reads.filter(({ status }) => status !== 200).length} of 503; ${said.join(' ')}`,
    );
    await askers.stop();

    // Then what was acknowledged is stored, each act once
    const shifts = (await sql<{ id: string }>`select id from shift`.execute(db)).rows.map(({ id }) => id);
    expect([...askers.posted].filter((id) => !shifts.includes(id))).toEqual([]);
    expect(shifts.length).toBe(await acts(db));
    expect(await brokenInvariants(db)).toEqual([]);
    expect((await verifyStream(db)).brokenAt).toBeNull();
    // …and screens were told all of it, once and in order
    const [board] = followers as [(typeof followers)[number]];
    const should = (
      await sql<{
        offset: number;
      }>`select "offset" from event where type = 'shift.posted' and "offset" > ${place.after} order by 1`.execute(db)
    ).rows.map(({ offset }) => offset);
    const heard = () => board.frames.filter(({ type }) => type === 'shift.posted').map(({ offset }) => offset);
    await vi.waitUntil(() => heard().length >= should.length, { timeout: 10_000, interval: 50 }).catch(() => {});
    expect(heard()).toEqual(should);
    for (const follower of followers) expect(follower.broken).toEqual([]);
    expect(figures['first act after it was freed, ms']).toBeLessThan(backWithinMs);
    expect(figures['slowest answer, ms']).toBeLessThan(10_000);
    noteFigures('K', {
      'acts acknowledged': askers.posted.size,
      'acts refused while it was full': refusedWrites.length,
      'reads answered while it was full': first.reads.length,
      ...figures,
    });
  },
  240_000,
);

const acts = async (db: Kysely<DB>) =>
  (await sql<{ count: number }>`select count(*)::int as count from idempotency_key where key like 'post-%'`.execute(db)).rows[0]!.count;

/** A file system of its own of so many bytes; taken down in the end. */
function smallDisk(): string {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-disk-'));
  const mounted = mount(folder);
  if (mounted !== null) throw new Error(mounted);
  onTestFinished(() => {
    // Whoever still holds a file there must not keep it for ever.
    if (spawnSync('umount', [folder]).status !== 0) spawnSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  chmodSync(folder, 0o755); // the database runs as another account when we are root
  return folder;
}

function mount(folder: string): string | null {
  const { status, stderr, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mostBytes},mode=755`, 'tmpfs', folder], {
    encoding: 'utf8',
  });
  return status === 0 ? null : (error?.message ?? stderr.trim());
}

function mountProblem(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-disk-'));
  const problem = mount(folder);
  if (problem === null) spawnSync('umount', [folder]);
  rmSync(folder, { recursive: true, force: true });
  return problem === null ? null : `no small file system can be mounted here: ${problem}`;
}

/** Takes every byte that is free. */
function fill(disk: string): string {
  const path = join(disk, 'filler');
  const file = openSync(path, 'w');
  for (const size of [1024 * 1024, 4096]) {
    const chunk = Buffer.alloc(size);
    try {
      for (;;) writeSync(file, chunk);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
  closeSync(file);
  return path;
}
