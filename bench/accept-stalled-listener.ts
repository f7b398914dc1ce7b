import { sql, type Kysely } from 'kysely';
import pg from 'pg';
import { connect } from '@homeward/db/connect.ts';
import type { DB } from '@homeward/db/types.ts';
import { startHomeward } from '../tests/homeward.ts';
import { acceptOf, checkBooked, eventsSoFar, makeAcceptWorld, reopenAll } from './accept-world.ts';
import { inTurn, type Benchmark } from './benchmark.ts';
import { Loader } from './loader.ts';

const clients = 16;

export const benchmark: Benchmark = {
  name: 'accept.stalled-listener',
  workload: '16 clients take distinct shifts over HTTP while one connection listens to the feed’s channel and reads nothing',
  baseline: 'the same without that connection',
  async measure(bench) {
    const url = await bench.databaseUrl();
    const db = connect(url, { max: 4, patient: true });
    const people = bench.isSmoke ? 48 : 480;
    const { world, shiftIds } = await makeAcceptWorld(db, { people });
    const homeward = await startHomeward({ url });
    const loader = new Loader();
    const questions = world.workers.map((who, at) => acceptOf(homeward.url, who, shiftIds[at]!));
    const accepts = async (count: number) => {
      const before = await eventsSoFar(db);
      const { ms, statuses } = await loader.run({ questions: questions.slice(0, count), clients });
      if (statuses.some((status) => status !== 201))
        throw new Error(`not everybody was answered 201: ${[...new Set(statuses)].join(', ')}`);
      await checkBooked(db, count, before);
      await reopenAll(db);
      return (count / ms) * 1000;
    };
    await accepts(Math.min(people, 160));
    const measured = await inTurn(
      bench.rounds,
      async () => {
        const stalled = await stall(url, db);
        const rate = await accepts(people);
        if (!(await isStuck(db, stalled.pid))) throw new Error('the listener was read after all');
        stalled.end();
        return rate;
      },
      () => accepts(people),
    );
    loader.stop();
    await homeward.kill();
    await db.destroy();
    bench.note(
      `${people} accepts a round. The listener’s connection is full: its backend waits to write before, and still after, each round.`,
    );
    return [{ what: 'accepts a second', ...measured, target: { of: 'ratio', atLeast: 0.95 } }];
  },
};

/** Listens as every process of the program does, reads nothing, and is sent more than the sockets between hold. */
async function stall(url: string, db: Kysely<DB>): Promise<{ pid: number; end(): void }> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  await client.query('listen homeward');
  // A channel of its own to fill it by, which the program under test doesn't hear.
  await client.query('listen flood');
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const { pid } = rows[0]!;
  const { stream } = (client as unknown as { connection: { stream: { pause(): void; destroy(): void } } }).connection;
  stream.pause();
  for (let sent = 0; !(await isStuck(db, pid)); sent += 1) {
    if (sent === 40) throw new Error('the listener could not be filled');
    await sql`select pg_notify('flood', repeat('x', 7900) || n) from generate_series(1, 500) n`.execute(db);
    await sql`select pg_sleep(0.05)`.execute(db);
  }
  return { pid, end: () => stream.destroy() };
}

async function isStuck(db: Kysely<DB>, pid: number): Promise<boolean> {
  const { rows } = await sql<{ event: string | null }>`select wait_event as event from pg_stat_activity where pid = ${pid}`.execute(db);
  return rows[0]?.event === 'ClientWrite';
}
