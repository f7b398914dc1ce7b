import { pino } from 'pino';
import type { Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import type { Instant } from '@homeward/shared/kernel/interval.ts';
import { makeApp, type App } from '../api/src/app.ts';
import type { Clock } from '../api/src/platform/clock.ts';
import { Live } from '../api/src/platform/live.ts';
import type { Platform } from '../api/src/platform/platform.ts';
import { Turns } from '../api/src/platform/turns.ts';
import { audience as bedsAudience } from '../api/src/beds/audience.ts';
import { audience as placementsAudience } from '../api/src/placements/audience.ts';
import { audience } from '../api/src/shifts/audience.ts';
import { rollOf } from '../api/src/shifts/roll-queries.ts';
import type { Person } from './world.ts';

export interface House extends App {
  platform: Platform;
  live: Live;
  setClock(now: Instant): void;
  /** A request as this person's browser would make it; null is somebody signed out. */
  ask(who: Person | null, method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

export interface Answer {
  status: number;
  // Whatever the operation answers: the tests say what they expect of it.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any;
  headers: Headers;
}

/**
 * One process of the program without its socket: the API and the feed on a test's own database, with a clock the test moves, or one
 * that runs by itself. Tests write to the tables without announcing it, so the roll is thrown away before each request: `keepsRoll` is for
 * those who call `forget` themselves where they do.
 */
export async function openHouse(
  db: Kysely<DB>,
  url: string,
  startsAt: Instant | Clock,
  { keepsRoll = false }: { keepsRoll?: boolean } = {},
): Promise<House> {
  let now = typeof startsAt === 'number' ? startsAt : startsAt.now();
  const log = pino({ level: process.env['LOG_LEVEL'] ?? 'silent' });
  const clock = typeof startsAt === 'number' ? { now: () => now, at: () => now } : startsAt;
  const live = new Live(db, url, clock, log, [audience, bedsAudience, placementsAudience]);
  const platform: Platform = {
    db,
    clock,
    log,
    wake: () => live.wake(),
    turns: new Turns(),
    demonstrationPassword: null,
    behindProxy: false,
  };
  await live.start();
  const { app, operations } = makeApp(platform, live);
  return {
    app,
    operations,
    platform,
    live,
    setClock: (next) => {
      now = next;
    },
    async ask(who, method, path, body, headers = {}) {
      if (!keepsRoll) rollOf(db).forget();
      const response = await app.request(`http://test${path.startsWith('/api') ? path : `/api/v1${path}`}`, {
        method,
        headers: { ...(who && { cookie: who.cookie }), ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = /json/.test(response.headers.get('content-type') ?? '');
      return { status: response.status, body: isJson && text ? (JSON.parse(text) as unknown) : text, headers: response.headers };
    },
  };
}
