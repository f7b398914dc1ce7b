import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { pino } from 'pino';
import { connect } from '@homeward/db/connect.ts';
import { hourMs, rfc3339 } from '@homeward/shared/kernel/interval.ts';
import { brokenInvariants } from '../api/src/assurance/queries.ts';
import { Turns } from '../api/src/platform/turns.ts';
import { recheckBookings, sweepShifts } from '../api/src/shifts/jobs.ts';
import { median, type Bench, type Benchmark, type Line } from './benchmark.ts';
import { cookieOf, idAt } from './big-data.ts';
import { matchWorld } from './match-eligible.ts';
import { machineMs, startProgram } from './screens.ts';

// What one process is asked about in a day: ten areas of a hundred.
const areas = 10;
const wardsOfArea = 100;
const workersOfArea = 10_000;

export const benchmark: Benchmark = {
  name: 'scale',
  workload:
    'The program over HTTP, one request at a time, on 1,000,000 workers, 6,000,000 training records, 2,000,000 duties and 200,000 open shifts',
  baseline: 'the same requests on 10,000 workers and 2,000 open shifts',
  inTheWay: 'what grows faster than that is named in docs/scale.md.',
  async measure(bench) {
    const small = await measured(bench, { workers: bench.isSmoke ? 500 : 10_000, shifts: bench.isSmoke ? 100 : 2_000 });
    const large = await measured(bench, { workers: bench.isSmoke ? 5_000 : 1_000_000, shifts: bench.isSmoke ? 1_000 : 200_000 });
    for (const [size, { notes }] of [
      ['Small', small],
      ['Large', large],
    ] as const)
      for (const note of notes) bench.note(`${size}: ${note}`);
    // A hundred times the data may cost as much as the match may (match.eligible.x100).
    return [...large.times].map(([what, times]): Line => ({
      what: `${what}, ms`,
      ours: [median(times)],
      baseline: [median(small.times.get(what)!)],
      target: { of: 'ratio', atMost: 6 },
    }));
  },
};

async function measured(bench: Bench, size: { workers: number; shifts: number }) {
  const notes: string[] = [];
  const world = await matchWorld(bench, size);
  const { db } = world;
  const { rows: sizes } = await sql<{ name: string; bytes: number }>`select relname as name, pg_total_relation_size(oid) as bytes
    from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 2 desc limit 5`.execute(db);
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(2)} GB`;
  const { rows: all } = await sql<{ bytes: number }>`select pg_database_size(current_database()) as bytes`.execute(db);
  notes.push(`the database is ${gigabytes(all[0]!.bytes)}: ${sizes.map(({ name, bytes }) => `${name} ${gigabytes(bytes)}`).join(', ')}.`);

  const program = await startProgram(world.url);
  const times = new Map<string, number[]>();
  const first = new Map<string, number>();
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  const ask = async (what: string | null, account: number, method: string, path: string, body?: unknown): Promise<any> => {
    const from = machineMs();
    const response = await fetch(`${program.url}/api/v1${path}`, {
      method,
      headers: { cookie: cookieOf(account), 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const took = machineMs() - from;
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 300)}`);
    if (what !== null) {
      if (first.has(what)) times.set(what, [...(times.get(what) ?? []), took]);
      else first.set(what, took);
    }
    return JSON.parse(text) as unknown;
  };
  const wards = Math.ceil(size.workers / workersOfArea) * wardsOfArea;
  const near = { wards: Math.min(wards, areas * wardsOfArea), workers: Math.min(size.workers, areas * workersOfArea) };
  const shiftsOfWard = Map.groupBy(world.shifts, (shift) => shift.wardId);
  const each = bench.isSmoke ? 4 : 60;
  for (let nth = 0; nth < each; nth += 1) {
    const ward = (nth * 37) % near.wards;
    const wardId = idAt('ward', ward);
    await ask('a ward’s board', ward, 'GET', `/wards/${wardId}/board`);
    const shift = shiftsOfWard.get(wardId)?.[0];
    if (shift) await ask('who can take a shift', ward, 'GET', `/shifts/${shift.id}/candidates`);
    const starts = Math.ceil(world.now / hourMs) * hourMs + (24 + nth) * hourMs;
    await ask('posting a shift', ward, 'POST', '/shifts', {
      ...{ wardId, role: 'hcsw', band: 2, startsAt: rfc3339(starts), endsAt: rfc3339(starts + 8 * hourMs) },
      ...{ breakMinutes: 30, reason: 'vacancy' },
    });
    // Every hundredth worker has an account.
    const account = wards + ((nth * 41) % (near.workers / 100)) * 100;
    await ask('a worker’s passport', account, 'GET', '/me/passport');
    const mine = await ask('a worker’s list', account, 'GET', '/me/shifts');
    await ask('a worker’s list, read again', account, 'GET', '/me/shifts');
    const [offer] = mine.items as { id: string }[];
    if (offer) await ask('an accept', account, 'POST', `/shifts/${offer.id}/accept`);
  }
  const status = readFileSync(`/proc/${program.pid}/status`, 'utf8');
  notes.push(
    `the first request of each kind in a new process: ${[...first].map(([what, ms]) => `${what} ${Math.round(ms)} ms`).join(', ')}.`,
    `the process held ${Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1000)} MB after ${each} of each.`,
  );
  await program.kill();

  // What runs by the clock whether or not anybody asks.
  const platform = {
    ...{ db, log: pino({ level: 'silent' }), wake: () => {}, turns: new Turns(), demonstrationPassword: null, behindProxy: false },
    clock: { now: () => Date.now(), at: (instant: Date) => instant.getTime() },
  };
  const timed = async (what: string, work: () => Promise<unknown>) => {
    const taken: number[] = [];
    for (let nth = 0; nth < (bench.isSmoke ? 1 : 3); nth += 1) {
      const from = machineMs();
      await work();
      taken.push(machineMs() - from);
      await sleep(10);
    }
    times.set(what, taken);
  };
  await timed('the sweep, each 5 s', () => sweepShifts(platform));
  await timed('looking at bookings again', () => recheckBookings(platform));
  const { rows: kept } = await sql<{ event: number; decision: number }>`select
    (select avg(pg_column_size(e.*)) from event e)::int as event,
    (select avg(pg_column_size(b.decision)) from booking b)::int as decision`.execute(db);
  notes.push(`of what is kept for ever an event takes ${kept[0]!.event} bytes, the decision of a booking ${kept[0]!.decision}.`);
  const patient = connect(world.url, { patient: true, max: 2 });
  const from = machineMs();
  const broken = await brokenInvariants(patient);
  const tookS = ((machineMs() - from) / 1000).toFixed(1);
  // The shifts were written into the tables, so nothing announced them: that alone must be found.
  const others = broken.map(({ name }) => name).filter((name) => name !== 'the stream tells of every shift once');
  if (others.length > 0 || broken.length !== 1)
    throw new Error(`homeward doctor found broken: ${broken.map(({ name }) => name).join('; ')}`);
  notes.push(
    `the invariants of homeward doctor took ${tookS} s, and found what was so: these shifts were written into the tables and nothing told of them.`,
  );
  await patient.destroy();
  await world.client.end();
  await db.destroy();
  return { times, notes };
}
