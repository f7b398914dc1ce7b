import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { expect, onTestFinished, test, vi } from 'vitest';
import { connect } from '@homeward/db/connect.ts';
import { migrateToLatest } from '@homeward/db/migrate.ts';
import { ownServer } from '@homeward/db/test-database.ts';
import type { Frame } from '@homeward/shared/kernel/event.ts';
import { dayMs, rfc3339 } from '@homeward/shared/kernel/interval.ts';
import type { MyShift, MyShifts, WardBoard } from '@homeward/shared/shifts/contract.ts';
import { applyToBoard, applyToMyShifts } from '@homeward/shared/shifts/live-rules.ts';
import { brokenInvariants } from '../api/src/assurance/queries.ts';
import { askOver, openScreen, placeOf, startHomeward, type Homeward } from './homeward.ts';
import type { Answer } from './house.ts';
import { makeWorld, type Person } from './world.ts';

// Test D of the programme: a kill -9 of the program or of PostgreSQL at any instant loses no acknowledged act, leaves no half act and
// does none twice; every screen that was open catches up exactly.
const isFull = process.env['HOMEWARD_FULL'] === '1';
const loadMs = isFull ? 240_000 : 26_000;
const seed = Number(process.env['HOMEWARD_SEED'] ?? Date.now() % 1_000_000_000);
const actors = 10;

test(
  `nothing acknowledged is lost, half done or done twice, and every screen catches up (HOMEWARD_SEED=${seed})`,
  async () => {
    // Given a server that really writes to disk and two processes of the program on it
    const server = await ownServer({ keptAlive: true });
    const db = connect(server.url, { max: 4, patient: true });
    onTestFinished(() => db.destroy());
    await migrateToLatest(db);
    const world = await makeWorld(db, { workers: actors + 2 });
    const processes = [await startHomeward({ url: server.url }), await startHomeward({ url: server.url })] as [Homeward, Homeward];
    let [isBusy, isWatched, isOver] = [true, true, false];
    const lookedAfter: Promise<void>[] = [];
    onTestFinished(async () => {
      [isBusy, isWatched, isOver] = [false, false, true];
      await Promise.all(processes.map((process) => process.kill()));
      await Promise.all(lookedAfter);
    });
    const load = randomFrom(seed);
    const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(load() * from.length)];

    // …whom people ask, each act under its own key, again and again with that key until there is an answer
    let asked = 0;
    const unknown = { outcomes: 0, away: 0 };
    const errors: Answer[] = [];
    async function act(who: Person, path: string, body?: unknown): Promise<Answer> {
      const key = `act-${(asked += 1)}`;
      for (;;) {
        try {
          const answer = await askOver(pick(processes)!.url, who, 'POST', path, body, { 'idempotency-key': key });
          if (answer.status < 500 && answer.status !== 429) return answer;
          if (answer.status >= 500 && answer.status !== 503) errors.push(answer);
          unknown.away += 1;
        } catch {
          unknown.outcomes += 1;
        }
        await sleep(40 + load() * 160);
      }
    }

    // What was acknowledged, and nothing else.
    const posted = new Map<string, { wardId: string }>();
    const booked = new Map<string, { shiftId: string; who: Person }>();
    const givenUp = new Set<string>();
    const cancelled = new Set<string>();
    const refused: Record<string, number> = {};
    const noteRefusal = (answer: Answer) => {
      const what = `${answer.status} ${answer.body.code}`;
      refused[what] = (refused[what] ?? 0) + 1;
    };
    const noteOnce = (done: Set<string>, id: string) => {
      expect(done.has(id)).toBe(false);
      done.add(id);
    };
    const hours = [
      ['07:00', '15:00'],
      ['13:00', '21:00'],
      ['21:00', '07:00'],
    ] as const;

    async function post(manager: Person, wardId: string): Promise<void> {
      const [from, to] = pick(hours)!;
      const span = world.span(2 + Math.floor(load() * 60), from, to);
      const answer = await act(manager, '/shifts', {
        wardId,
        role: 'hcsw',
        band: 3,
        ...span,
        breakMinutes: 30,
        count: load() < 0.3 ? 2 : 1,
        reason: 'vacancy',
      });
      expect(answer.status).toBe(201);
      for (const shift of answer.body.items as { id: string }[]) {
        expect(posted.has(shift.id)).toBe(false);
        posted.set(shift.id, { wardId });
      }
    }
    async function manage(manager: Person, wardId: string): Promise<void> {
      while (isBusy) {
        const mine = [...posted].filter(([id, shift]) => shift.wardId === wardId && !cancelled.has(id)).map(([id]) => id);
        const dice = load();
        if (dice < 0.75 || mine.length < 5) {
          await post(manager, wardId);
        } else if (dice < 0.87) {
          const id = pick(mine)!;
          const answer = await act(manager, `/shifts/${id}/cancel`, { reason: 'no-longer-needed' });
          if (answer.status === 200) noteOnce(cancelled, id);
          else noteRefusal(answer);
        } else {
          const id = pick(
            [...booked]
              .filter(([bookingId, booking]) => mine.includes(booking.shiftId) && !givenUp.has(bookingId))
              .map(([bookingId]) => bookingId),
          );
          if (!id) continue;
          const answer = await act(manager, `/bookings/${id}/cancel`, { reason: 'no-longer-needed' });
          if (answer.status === 200) noteOnce(givenUp, id);
          else noteRefusal(answer);
        }
        await sleep(30 + load() * 80);
      }
    }
    async function work(worker: Person): Promise<void> {
      while (isBusy) {
        await sleep(20 + load() * 60);
        const live = new Set([...booked].filter(([id]) => !givenUp.has(id)).map(([, { shiftId }]) => shiftId));
        const free = [...posted.keys()].filter((id) => !cancelled.has(id) && !live.has(id));
        const mine = [...booked].filter(([id, booking]) => booking.who === worker && !givenUp.has(id)).map(([id]) => id);
        const id = load() < 0.3 ? pick(mine) : undefined;
        if (id) {
          const answer =
            load() < 0.5 ? await act(worker, `/bookings/${id}/undo`) : await act(worker, `/bookings/${id}/cancel`, { reason: 'sickness' });
          if (answer.status === 200) noteOnce(givenUp, id);
          else noteRefusal(answer);
          continue;
        }
        const shiftId = pick(free.slice(-12));
        if (!shiftId) continue;
        const answer = await act(worker, `/shifts/${shiftId}/accept`);
        if (answer.status !== 201) {
          noteRefusal(answer);
          continue;
        }
        expect(booked.has(answer.body.id)).toBe(false);
        booked.set(answer.body.id, { shiftId, who: worker });
      }
    }

    // …and who have screens open, at whichever process answers, that go on from where they were
    interface Follower {
      who: Person;
      start: number;
      after: number;
      frames: Frame[];
      broken: string[];
      connections: number;
    }
    async function follow(follower: Follower, epoch: string): Promise<void> {
      while (isWatched) {
        const from = { epoch, after: follower.after };
        const screen = openScreen(pick(processes)!.url, follower.who.cookie, from);
        let isFirst = true;
        screen.socket.on('ready', (ready) => {
          if (ready.resync || ready.offset !== from.after || !isFirst)
            follower.broken.push(`asked to go on from ${JSON.stringify(from)}, told ${JSON.stringify(ready)}`);
          isFirst = false;
        });
        screen.socket.on('event', (frame) => {
          if (isFirst || frame.previous !== follower.after || frame.offset <= follower.after)
            follower.broken.push(`had ${follower.after}, told ${frame.offset} after ${frame.previous}`);
          follower.after = frame.offset;
          follower.frames.push(frame);
        });
        const leavesAt = Date.now() + 1500 + load() * 6000; // now and then a phone goes into a pocket
        while (screen.ended === null && Date.now() < leavesAt && isWatched) await sleep(50);
        if (!isFirst) follower.connections += 1;
        screen.close();
        await sleep(load() * 300);
      }
    }
    const page = await askOver(processes[0].url, world.workers[0]!, 'GET', '/session');
    const { epoch, after: start } = placeOf(page);
    const [north, south] = [world.staff['ward-manager']!['NORTH']!, world.staff['ward-manager']!['SOUTH']!];
    const [idleNorth, idleSouth] = world.workers.slice(actors) as [Person, Person];
    const stranger = world.staff['worker']!['APART']!;
    const followers = [north, south, idleNorth, idleSouth, stranger, ...world.workers.slice(0, 3)].map((who): Follower => ({
      who,
      start,
      after: start,
      frames: [],
      broken: [],
      connections: 0,
    }));
    const span = `from=${rfc3339(world.now)}&to=${rfc3339(world.now + 90 * dayMs)}`;
    const boardOf = async (who: Person, wardId: string) =>
      (await askOver(processes[0].url, who, 'GET', `/wards/${wardId}/board?${span}`)).body as WardBoard;
    const boards = [await boardOf(north, world.wards.north), await boardOf(south, world.wards.south)];

    // When one or another is killed at random instants, and comes back
    const following = followers.map((follower) => follow(follower, epoch));
    const loading = [manage(north, world.wards.north), manage(south, world.wards.south), ...world.workers.slice(0, actors).map(work)];
    const ended: string[] = [];
    /** Starts a process again when it was killed, as whoever looks after a server does; where it finds no database it ends by itself. */
    async function lookAfter(which: 0 | 1): Promise<void> {
      while (!isOver) {
        const how = await processes[which].exited;
        if (isOver) return;
        if (how !== 'SIGKILL') ended.push(`${how}: ${processes[which].said()}`);
        const isBack = async () => {
          processes[which] = await startHomeward({ url: server.url });
          return true;
        };
        while (!isOver && !(await isBack().catch(() => false))) await sleep(300);
        if (isOver) await processes[which].kill();
      }
    }
    lookedAfter.push(lookAfter(0), lookAfter(1));
    const kill = {
      postgres: () => process.kill(Number(readFileSync(join(server.dataDir, 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL'),
      first: () => processes[0].kill(),
      second: () => processes[1].kill(),
    };
    const plan = randomFrom(seed + 1);
    const kills: string[] = [];
    const began = Date.now();
    const round = (['first', 'postgres', 'second', 'postgres'] as const).toSorted(() => plan() - 0.5);
    for (let next = 1000 + plan() * 1500, turn = 0; next < loadMs; next += 2000 + plan() * 2500, turn += 1) {
      await sleep(Math.max(0, began + next - Date.now()));
      const victim = round[turn % round.length]!;
      try {
        void kill[victim]();
        kills.push(`${victim} at ${Math.round(Date.now() - began)} ms`);
      } catch {
        // PostgreSQL is not back yet.
      }
    }
    // …the last time just as the last answers come in
    isBusy = false;
    await Promise.all(loading);
    kill.postgres();
    const isReady = async () => (await Promise.all(processes.map(({ url }) => fetch(`${url}/readyz`)))).every((answer) => answer.ok);
    await vi.waitUntil(() => isReady().catch(() => false), { timeout: 30_000, interval: 200 });

    // Then what was acknowledged is what is stored, no less, no more, and nothing half
    const bookings = (
      await sql<{
        id: string;
        shiftId: string;
        workerId: string;
        status: string;
      }>`select id, shift_id, worker_id, status from booking`.execute(db)
    ).rows;
    const shifts = (await sql<{ id: string; status: string }>`select id, status from shift`.execute(db)).rows;
    const events = (
      await sql<{ offset: number; type: string; wardId: string; shiftId: string; workerId: string | null; bookingId: string | null }>`
    select "offset", type, ward_id, shift_id, worker_id, data->>'bookingId' as booking_id from event order by "offset"`.execute(db)
    ).rows;
    console.log(
      `HOMEWARD_SEED=${seed}: ${asked} acts, ${posted.size} shifts, ${booked.size} bookings, ${givenUp.size} given up, ${cancelled.size} cancelled, ${events.length} events;`,
      `${unknown.outcomes} unknown outcomes and ${unknown.away} answers of 503 tried again; refused ${JSON.stringify(refused)};`,
      `killed ${kills.join(', ')}; screens connected ${followers.map((follower) => follower.connections).join('/')} times`,
    );
    expect(kills.length).toBeGreaterThan(4);
    expect(unknown.outcomes).toBeGreaterThan(0);
    expect(booked.size).toBeGreaterThan(10);
    expect(errors).toEqual([]);
    expect(ended).toEqual([]);
    expect(Object.keys(refused).filter((what) => !/^(409|422 not-eligible)/.test(what))).toEqual([]);

    const expectedStatus = (id: string) => (givenUp.has(id) || cancelled.has(booked.get(id)!.shiftId) ? 'cancelled' : 'confirmed');
    const sorted = (lines: string[]) => lines.toSorted();
    expect(sorted(bookings.map((one) => `${one.id} ${one.shiftId} ${one.workerId} ${one.status}`))).toEqual(
      sorted([...booked].map(([id, { shiftId, who }]) => `${id} ${shiftId} ${who.workerId} ${expectedStatus(id)}`)),
    );
    const filled = new Set([...booked].filter(([id]) => expectedStatus(id) === 'confirmed').map(([, { shiftId }]) => shiftId));
    expect(sorted(shifts.map((one) => `${one.id} ${one.status}`))).toEqual(
      sorted([...posted.keys()].map((id) => `${id} ${cancelled.has(id) ? 'cancelled' : filled.has(id) ? 'filled' : 'open'}`)),
    );
    const told = (type: string) => events.filter((event) => event.type === type);
    expect(sorted(told('shift.posted').map((event) => event.shiftId))).toEqual(sorted([...posted.keys()]));
    expect(sorted(told('booking.confirmed').map((event) => event.bookingId!))).toEqual(sorted([...booked.keys()]));
    expect(sorted(told('shift.filled').map((event) => event.bookingId!))).toEqual(sorted([...booked.keys()]));
    expect(sorted(told('shift.cancelled').map((event) => event.shiftId))).toEqual(sorted([...cancelled]));
    expect(sorted(told('booking.cancelled').map((event) => event.bookingId!))).toEqual(
      sorted([...booked.keys()].filter((id) => expectedStatus(id) === 'cancelled')),
    );
    expect(await brokenInvariants(db)).toEqual([]);

    // …and every screen was told everything it should be, once and in order
    const onBoard = new Set(['shift.posted', 'shift.filled', 'shift.cancelled', 'shift.reopened']);
    const ofWorker = new Set(['booking.confirmed', 'booking.cancelled']);
    const shouldHear = ({ who }: Follower) =>
      events
        .filter((event) => event.offset > start)
        .filter((event) => {
          if (who === north) return onBoard.has(event.type) && event.wardId === world.wards.north;
          if (who === south) return onBoard.has(event.type) && event.wardId === world.wards.south;
          return ofWorker.has(event.type) && event.workerId === who.workerId;
        })
        .map((event) => `${event.offset} ${event.type}`);
    const heard = ({ who, frames }: Follower) =>
      frames.filter((frame) => who.workerId === null || ofWorker.has(frame.type)).map((frame) => `${frame.offset} ${frame.type}`);
    const caughtUp = () => followers.every((follower) => heard(follower).length >= shouldHear(follower).length);
    await vi.waitUntil(caughtUp, { timeout: 15_000, interval: 100 }).catch(() => {});
    await sleep(1500);
    isWatched = false;
    await Promise.all(following);
    const became = new Map([
      ['shift.posted', 'shift.offered'],
      ['shift.reopened', 'shift.offered'],
      ['shift.filled', 'shift.withdrawn'],
      ['shift.cancelled', 'shift.withdrawn'],
    ]);
    for (const follower of followers) {
      expect(follower.broken).toEqual([]);
      expect(heard(follower)).toEqual(shouldHear(follower));
      for (const frame of follower.frames) {
        const event = events[frame.offset - 1]!;
        if (frame.type === event.type || frame.type === 'shift.noticed') continue;
        expect([frame.type, frame.data.shiftId]).toEqual([became.get(event.type), event.shiftId]);
      }
      expect(follower.connections).toBeGreaterThan(1);
    }
    expect(followers.find((follower) => follower.who === stranger)!.frames).toEqual([]);

    // …so that it shows what a fresh load shows
    for (const [index, who] of [north, south].entries()) {
      const before = boards[index]!;
      const shown = followers[index]!.frames.reduce<WardBoard | 'reload'>(
        (board, frame) => (board === 'reload' ? board : applyToBoard(board, frame)),
        before,
      );
      expect(shown).toEqual(await boardOf(who, before.ward.id));
    }
    for (const who of [idleNorth, idleSouth]) {
      const empty: MyShifts = {
        items: [],
        nextCursor: null,
        counts: { eligible: 0, override: 0, blocked: 0 },
        headRoomMinutes: 0,
        unlocks: [],
      };
      const { frames } = followers.find((follower) => follower.who === who)!;
      const shown = frames.reduce<MyShifts | 'reload'>(
        (list, frame) => (list === 'reload' ? list : applyToMyShifts(list, frame)),
        empty,
      ) as MyShifts;
      const fresh: MyShift[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const next: Answer = await askOver(processes[0].url, who, 'GET', `/me/shifts${cursor && `?cursor=${cursor}`}`);
        fresh.push(...(next.body.items as MyShift[]));
        cursor = next.body.nextCursor as string | null;
      }
      expect(fresh.length).toBeGreaterThan(0);
      expect(shown.items).toEqual(fresh);
      expect(shown.counts.eligible).toBe(fresh.length);
    }
  },
  loadMs + 90_000,
);

/** The same numbers for the same seed. */
function randomFrom(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
