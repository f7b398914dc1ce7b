import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { sql, type Kysely } from 'kysely';
import { connect } from '@homeward/db/connect.ts';
import type { DB } from '@homeward/db/types.ts';
import { editedTree } from '../tests/controls/broken-build.ts';
import { startHomeward, type Homeward } from '../tests/homeward.ts';
import type { Person } from '../tests/world.ts';
import { acceptOf, makeAcceptWorld, reopenAll, type AcceptWorld } from './accept-world.ts';
import { inTurn, median, type Benchmark } from './benchmark.ts';
import { Loader } from './loader.ts';

/** What keeps losers from queueing on the row: without it every accept opens its transaction and waits for the shift's lock. */
const withoutGate = [
  {
    file: 'api/src/shifts/commands.ts',
    find: 'await platform.turns.take<BookingView>(shiftId, async () => (await lost()) ?? take(), lost);',
    replace: 'await take();',
  },
];

export const benchmark: Benchmark = {
  name: 'accept.race200',
  workload: '200 people take one shift at once over HTTP, two processes on one database, durable',
  baseline: 'the same program without the gate for losers: each opens its transaction and queues on the row’s lock',
  async measure(bench) {
    const url = await bench.databaseUrl();
    const db = connect(url, { max: 4, patient: true });
    const people = bench.isSmoke ? 60 : 200;
    const racesARound = bench.isSmoke ? 1 : 40;
    // Four lots of people, so that nobody asks more often in a minute than the program lets them.
    const lots = bench.isSmoke ? 1 : 4;
    const given = await makeAcceptWorld(db, { people: people * lots, shifts: racesARound });
    const { folder, problem } = editedTree(withoutGate);
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    if (problem) throw new Error(problem);
    const program = join(folder, 'api', 'src', 'server.ts');
    const pair = (other: { program?: string } = {}) => Promise.all([startHomeward({ url, ...other }), startHomeward({ url, ...other })]);
    const [gated, ungated] = await Promise.all([pair(), pair({ program })]);
    const loader = new Loader();
    let raced = 0;
    let ungatedRaces = 0;
    const askedToWait = new Map<Homeward[], number>();
    const races = async (processes: Homeward[], most: number, untilMs: number) => {
      const times: number[] = [];
      const began = performance.now();
      while (times.length < most && (times.length === 0 || performance.now() - began < untilMs)) {
        raced += 1;
        const lot = given.world.workers.slice((raced % lots) * people, (raced % lots) * people + people);
        const { ms, busy } = await race(db, { ...given, processes, loader, lot, shiftId: given.shiftIds[raced % given.shiftIds.length]! });
        askedToWait.set(processes, (askedToWait.get(processes) ?? 0) + busy);
        times.push(ms);
      }
      return times;
    };
    await races(gated, bench.isSmoke ? 1 : 5, Infinity);
    if (!bench.isSmoke) await races(ungated, 1, Infinity);
    askedToWait.clear();
    const measured = await inTurn(
      bench.rounds,
      async () => median(await races(gated, racesARound, Infinity)),
      async () => {
        const times = await races(ungated, racesARound, bench.roundMs);
        ungatedRaces += times.length;
        return median(times);
      },
    );
    loader.stop();
    await Promise.all([...gated, ...ungated].map((one) => one.kill()));
    await db.destroy();
    bench.note(
      `${racesARound * bench.rounds} races with the gate, ${ungatedRaces} without (as many as fit in the time). In every one exactly one won and one booking stood; the others were told 409 shift-taken, with when it went and three to take instead, but for those who had waited too long and were asked to come back (503): ${askedToWait.get(gated)} with the gate, ${askedToWait.get(ungated)} without. A round’s figure is its median.`,
    );
    return [{ what: 'last of 200 answers, ms', ...measured, target: { of: 'ratio', atMost: 0.3 } }];
  },
};

interface Race extends AcceptWorld {
  processes: Homeward[];
  loader: Loader;
  lot: Person[];
  shiftId: string;
}

/** Everybody of a lot wants one shift; every answer is held against the database. @returns ms until the last, and how many heard 503 */
async function race(db: Kysely<DB>, { processes, loader, lot, shiftId, span }: Race): Promise<{ ms: number; busy: number }> {
  // Everybody may still take it: whoever won before is free again.
  await reopenAll(db);
  const questions = lot.map((who, at) => acceptOf(processes[at % processes.length]!.url, who, shiftId));
  const { ms, statuses, bodies } = await loader.run({ questions, clients: lot.length });
  const winners = statuses.flatMap((status, at) => (status === 201 ? [lot[at]!.workerId!] : []));
  const { rows } = await sql<{
    workerId: string;
    at: Date;
  }>`select b.worker_id, s.filled_at as at from booking b join shift s on s.id = b.shift_id
    where b.shift_id = ${shiftId} and b.status = 'confirmed'`.execute(db);
  const booked = rows[0]?.workerId;
  // Who has waited too long is asked to come back, though they may have won.
  const isWinner = winners.length === 0 ? statuses[lot.findIndex((who) => who.workerId === booked)] === 503 : winners[0] === booked;
  if (winners.length > 1 || rows.length !== 1 || !isWinner)
    throw new Error(`a race had ${winners.length} winners and ${rows.length} bookings: ${[...new Set(statuses)].join(', ')}`);
  for (const [at, status] of statuses.entries()) {
    if (status === 201 || status === 503) continue;
    const told = JSON.parse(bodies[at]!) as { code: string; takenAt?: string; next?: { startsAt: string }[] };
    const isTrue = status === 409 && told.code === 'shift-taken' && told.takenAt === rows[0]!.at.toISOString();
    if (!isTrue || told.next?.length !== 3 || told.next.some((one) => one.startsAt < span.startsAt))
      throw new Error(`a loser was told ${status}: ${bodies[at]!.slice(0, 300)}`);
  }
  return { ms, busy: statuses.filter((status) => status === 503).length };
}
