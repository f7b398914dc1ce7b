import { connect } from '@homeward/db/connect.ts';
import { isFull } from './figures.ts';
import { askOver, startHomeward } from './homeward.ts';
import { openHouse, type Answer } from './house.ts';
import type { Person } from './world.ts';

/** Two processes of the program on one database. */
export interface Pair {
  /** Asks the one or the other, as `at` is even or odd. */
  ask(at: number, who: Person, method: string, path: string, body?: unknown, key?: string): Promise<Answer>;
  close(): Promise<void>;
}

/** A request between two instants of this process's clock. */
export interface Timed {
  who: Person;
  answer: Answer;
  startedAt: number;
  endedAt: number;
}

export async function timed(who: Person, asking: () => Promise<Answer>): Promise<Timed> {
  const startedAt = performance.now();
  const answer = await asking();
  return { who, answer, startedAt, endedAt: performance.now() };
}

export const runningClock = { now: () => Date.now(), at: (databaseTime: Date) => databaseTime.getTime() };

/** In the full form the real program twice, asked over HTTP; else two of it in this process, each with connections of its own. */
export async function openPair(url: string): Promise<Pair> {
  const headersOf = (key?: string): Record<string, string> => (key === undefined ? {} : { 'idempotency-key': key });
  if (isFull) {
    const running = [await startHomeward({ url }), await startHomeward({ url })];
    return {
      ask: (at, who, method, path, body, key) => askOver(running[at % 2]!.url, who, method, path, body, headersOf(key)),
      close: async () => void (await Promise.all(running.map((process) => process.kill()))),
    };
  }
  const pools = [connect(url, { max: 20 }), connect(url, { max: 20 })];
  const houses = await Promise.all(pools.map((pool) => openHouse(pool, url, runningClock)));
  return {
    ask: (at, who, method, path, body, key) => houses[at % 2]!.ask(who, method, path, body, headersOf(key)),
    async close() {
      await Promise.all(houses.map((house) => house.live.stop()));
      await Promise.all(pools.map((pool) => pool.destroy()));
    },
  };
}
