import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { sql } from 'kysely';
import type { Frame } from '@homeward/shared/kernel/event.ts';
import type { BookingView, MyShifts, WardBoard } from '@homeward/shared/shifts/contract.ts';
import { applyToBoard, applyToBookings, applyToMyShifts, type Applied } from '@homeward/shared/shifts/live-rules.ts';
import type { Listener } from '../api/src/platform/live.ts';
import { scopeOfToken, tokenHash } from '../api/src/platform/session.ts';
import type { House } from './house.ts';
import type { Person, World } from './world.ts';

/** Every page that somebody of a world has open, kept right by the feed alone. */
export interface OpenScreens {
  /** How often a screen kept right by events was held against a fresh load. */
  readonly compared: number;
  /** Every frame anybody was told, newest last. */
  readonly heard: { who: Person; frame: Frame }[];
  load(): Promise<void>;
  /** Waits until all has been told, then expects every screen to show what a fresh load shows. */
  settle(): Promise<void>;
}

interface Page {
  load(): Promise<void>;
  hear(frame: Frame): void;
  /** @returns whether there was something to compare: a page told to load afresh agrees by itself */
  settle(): Promise<boolean>;
}

function page<T>(
  name: string,
  read: () => Promise<T>,
  apply: (state: T, frame: Frame) => Applied<T>,
  comparable: (state: T) => unknown = (state) => state,
): Page {
  let state: T;
  let mustReload = false;
  const load = async () => {
    state = await read();
    mustReload = false;
  };
  return {
    load,
    hear(frame) {
      const next = apply(state, frame);
      if (next === 'reload') mustReload = true;
      else state = next;
    },
    async settle() {
      if (mustReload) {
        await load();
        return false;
      }
      expect([name, comparable(state)]).toEqual([name, comparable(await read())]);
      return true;
    },
  };
}

/** Opens the list and the bookings of every worker and the boards of two wards, each following the feed as a browser would. */
export async function openScreens(house: House, world: World): Promise<OpenScreens> {
  const { db } = house.platform;
  const pages: Page[] = [];
  const heard: OpenScreens['heard'] = [];
  const read = async <T>(who: Person, path: string): Promise<T> => {
    let answer = await house.ask(who, 'GET', path);
    // The full form reads a list more often in a minute than anybody may.
    while (answer.status === 429) {
      await sleep(1000 * Number(answer.headers.get('retry-after')));
      answer = await house.ask(who, 'GET', path);
    }
    expect([path, answer.status]).toEqual([path, 200]);
    return answer.body as T;
  };
  const follow = async (who: Person, own: Page[]) => {
    const token = who.cookie.slice('homeward='.length);
    let previous = -1;
    for (const one of own) await one.load();
    const listener: Listener = {
      scope: (await scopeOfToken(db, token))!,
      sessionHash: tokenHash(token),
      ready: (ready) => {
        previous = ready.offset;
      },
      tell: (frame) => {
        expect(frame.previous).toBe(previous);
        previous = frame.offset;
        heard.push({ who, frame });
        for (const one of own) one.hear(frame);
      },
      close: () => {},
    };
    await house.live.follow(listener, {});
    pages.push(...own);
  };
  for (const who of world.workers) {
    await follow(who, [
      page(
        `shifts of ${who.name}`,
        () => read<MyShifts>(who, '/me/shifts?limit=100'),
        applyToMyShifts,
        // What a worker can't take is counted again by the page when it hears of a change; the list itself must be exact.
        ({ items, counts, headRoomMinutes }) => ({ items, eligible: counts.eligible, headRoomMinutes }),
      ),
      page(`bookings of ${who.name}`, async () => (await read<{ items: BookingView[] }>(who, '/me/bookings')).items, applyToBookings),
    ]);
  }
  for (const [trust, wardId] of [
    ['NORTH', world.wards.north],
    ['SOUTH', world.wards.south],
  ] as const) {
    const manager = world.staff['ward-manager']![trust]!;
    await follow(manager, [page(`board of ${trust}`, () => read<WardBoard>(manager, `/wards/${wardId}/board`), applyToBoard)]);
  }
  let compared = 0;
  return {
    heard,
    get compared() {
      return compared;
    },
    async load() {
      for (const one of pages) await one.load();
    },
    async settle() {
      const head = (await sql<{ head: number }>`select head from stream`.execute(db)).rows[0]!.head;
      while (house.live.position.offset < head) await new Promise((resolve) => setTimeout(resolve, 2));
      for (const one of pages) if (await one.settle()) compared += 1;
    },
  };
}
