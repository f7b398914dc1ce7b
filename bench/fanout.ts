import { fork, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { connect } from '@homeward/db/connect.ts';
import type { Order, Report } from '../tests/crowd.ts';
import type { Bench } from './benchmark.ts';
import type { Sending } from './fanout-host.ts';

/** One server with its crowd, each in a process of its own. */
export interface Side {
  /** Sends `events` in one turn of the server's loop; answers its processor time a delivery in µs, once every screen has them all. */
  send(events: number): Promise<number>;
  /** Of all that was to be delivered so far, the share that was, once and in order. */
  delivered(): number;
  stop(): void;
}

const deliverWithinMs = 20_000;

/** The program's own feed, socket.io's own room, or a loop that writes, each with as many screens open. */
export async function openSide(bench: Bench, kind: 'ours' | 'socket.io' | 'loop', screens: number): Promise<Side> {
  const databaseUrl = kind === 'ours' ? await bench.databaseUrl() : '';
  const host = fork(fileURLToPath(new URL('fanout-host.ts', import.meta.url)), [kind, databaseUrl]);
  const { url } = await ask<{ url: string }>(host);
  const crowd = fork(fileURLToPath(new URL('../tests/crowd.ts', import.meta.url)));
  const cookies = [kind === 'ours' ? await signIn(databaseUrl) : ''];
  const opened = await ask<Report>(crowd, { do: 'open', url, cookies, count: screens, atOnce: 100 });
  if (opened.open !== screens) throw new Error(`${kind}: ${opened.open} of ${screens} screens opened: ${JSON.stringify(opened.ended)}`);
  let [asked, received] = [0, 0];
  return {
    async send(events) {
      await ask(crowd, { do: 'count' });
      await ask(host, { events });
      const told = await ask<Report>(crowd, { do: 'await', frames: events, withinMs: deliverWithinMs });
      asked += events * screens;
      received += told.frames - told.broken;
      if (told.most > events) throw new Error(`${kind}: a screen was told ${told.most} times of ${events} events`);
      return ((await ask<{ cpu: number }>(host, { events: 0 })).cpu * 1000) / (events * screens);
    },
    delivered: () => received / asked,
    stop() {
      crowd.kill();
      host.kill();
    },
  };
}

/** Sends a process that we forked a message, where there is one, and waits for its answer. */
export function ask<Answer>(child: ChildProcess, message?: Order | Sending): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const died = () => reject(new Error('a process of the benchmark has died'));
    child.once('exit', died);
    child.once('message', (answer) => {
      child.off('exit', died);
      resolve(answer as Answer);
    });
    if (message) child.send(message);
  });
}

/** A session of somebody who has no role: what they hear of is the benchmark's to say. */
export async function signIn(databaseUrl: string): Promise<string> {
  const db = connect(databaseUrl, { max: 1 });
  const token = randomBytes(32).toString('base64url');
  const account = await db
    .insertInto('account')
    .values({ id: crypto.randomUUID(), email: 'screen@bench.example', name: 'A screen' })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db
    .insertInto('session')
    .values({
      tokenHash: createHash('sha256').update(token).digest(),
      accountId: account.id,
      endsAt: new Date(Date.now() + 3_600_000),
    })
    .execute();
  await db.destroy();
  return `homeward=${token}`;
}
