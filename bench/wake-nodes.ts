import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { pino } from 'pino';
import { connect } from '@homeward/db/connect.ts';
import { Live, type Audience, type Listener } from '../api/src/platform/live.ts';
import { scopeOfToken, tokenHash } from '../api/src/platform/session.ts';
import { median, quantile, type Benchmark } from './benchmark.ts';
import { signIn } from './fanout.ts';

// Many nodes: does the news reach the others sooner by a stream in Redis than by NOTIFY and the table it is kept in anyway?
const nodes = 16;

export const benchmark: Benchmark = {
  name: 'wake.nodes',
  workload: `An act commits; ${nodes} processes' worth of the relay are told of it, woken by NOTIFY, reading the events' own table`,
  baseline: `The same commit, then XADD to a Redis stream that ${nodes} readers wait on with XREAD BLOCK`,
  async measure(bench) {
    const rounds = bench.rounds;
    const events = bench.isSmoke ? 15 : 100;
    const table = await openTable(await bench.databaseUrl());
    const redis = await openRedis();
    if (!redis) bench.note('redis-server is not on this machine, so that the other side could not be measured.');
    const [ours, theirs]: [number[], number[]] = [[], []];
    const [slowOurs, slowTheirs]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      for (const side of round % 2 === 0 ? (['redis', 'table'] as const) : (['table', 'redis'] as const)) {
        if (side === 'redis' && !redis) continue;
        const took: number[] = [];
        for (let event = 0; event < events; event += 1) {
          took.push(await (side === 'table' ? table.tell() : redis!.tell(table.commit)));
          await sleep(5);
        }
        (side === 'table' ? ours : theirs).push(median(took));
        (side === 'table' ? slowOurs : slowTheirs).push(quantile(took, 0.99));
      }
    }
    await redis?.close();
    await table.close();
    if (!redis) return [];
    bench.note(`From the end of the commit until the last of ${nodes} nodes has the event in its hands; ${events} events a round.`);
    bench.note('Redis would be one more server to keep, and its stream a second copy of what the table must hold all the same.');
    return [
      { what: 'commit to the last node, ms, median', ours, baseline: theirs, target: { of: 'ours', atMost: 100 } },
      { what: 'commit to the last node, ms, 99 of 100', ours: slowOurs, baseline: slowTheirs, target: { of: 'ours', atMost: 100 } },
    ];
  },
};

async function openTable(url: string) {
  const db = connect(url, { max: 4 });
  const told = new Map<number, { count: number; done: () => void }>();
  const audience: Audience = (_db, all, viewers) =>
    Promise.resolve(all.map((event) => viewers.map(() => ({ type: event.type, data: { wardId: event.wardId } }) as never)));
  // Whoever has no live session is shown out when rights are looked at again.
  const token = (await signIn(url)).slice('homeward='.length);
  const scope = (await scopeOfToken(db, token))!;
  const relays: { live: Live; pool: ReturnType<typeof connect> }[] = [];
  for (let node = 0; node < nodes; node += 1) {
    const pool = connect(url, { max: 2 });
    const live = new Live(pool, url, { now: () => Date.now(), at: (time) => time.getTime() }, pino({ level: 'silent' }), [audience]);
    await live.start();
    const listener: Listener = {
      sessionHash: tokenHash(token),
      scope,
      ready: () => {},
      close: () => {},
      tell({ offset }) {
        const waiting = told.get(offset);
        if (waiting && (waiting.count += 1) === nodes) waiting.done();
      },
    };
    await live.follow(listener, {});
    relays.push({ live, pool });
  }
  await sleep(500); // until each listens
  const commit = () =>
    sql<{ head: number }>`select append_events(jsonb_build_array(jsonb_build_object('type', 'shift.posted', 'at', now()))) as head`
      .execute(db)
      .then(({ rows }) => (head = rows[0]!.head));
  let { head } = await db.selectFrom('stream').select('head').executeTakeFirstOrThrow();
  return {
    commit,
    /** @returns milliseconds from the commit's return until every node has told its listener */
    async tell() {
      const next = head + 1;
      const all = new Promise<void>((done) => told.set(next, { count: 0, done }));
      await commit();
      const committed = performance.now();
      relays[0]!.live.wake();
      await all;
      told.delete(next);
      return performance.now() - committed;
    },
    async close() {
      for (const { live, pool } of relays) {
        await live.stop();
        await pool.destroy();
      }
      await db.destroy();
    },
  };
}

/** Redis where it is installed, spoken to in its own words: two commands do not need a library. */
async function openRedis() {
  if (spawnSync('redis-server', ['--version']).status !== 0) return null;
  const port = await freePort();
  const server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--appendonly', 'no', '--save', ''], {
    stdio: 'ignore',
  });
  const open = async (): Promise<Socket> => {
    for (;;) {
      const socket = createConnection(port, '127.0.0.1').setNoDelay(true);
      const isOpen = await once(socket, 'connect').then(
        () => true,
        () => false,
      );
      if (isOpen) return socket;
      await sleep(50);
    }
  };
  const words = (...all: string[]) => `*${all.length}\r\n${all.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
  const event = JSON.stringify({ type: 'shift.posted', data: 'x'.repeat(400) });
  const writer = await open();
  const readers = await Promise.all(Array.from({ length: nodes }, open));
  const wait = (reader: Socket) => reader.write(words('XREAD', 'BLOCK', '0', 'STREAMS', 'homeward', '$'));
  return {
    async tell(commit: () => Promise<number>) {
      for (const reader of readers) wait(reader);
      await sleep(3); // until each of them waits
      const all = Promise.all(readers.map((reader) => once(reader, 'data')));
      await commit();
      const committed = performance.now();
      writer.write(words('XADD', 'homeward', '*', 'event', event));
      await all;
      return performance.now() - committed;
    },
    async close() {
      for (const socket of [writer, ...readers]) socket.destroy();
      server.kill();
      await once(server, 'exit');
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => done(port));
    });
  });
}
