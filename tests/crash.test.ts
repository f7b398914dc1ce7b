import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { expect, onTestFinished, test, vi } from 'vitest';
import { connect } from '@homeward/db/connect.ts';
import { migrateToLatest } from '@homeward/db/migrate.ts';
import { ownServer } from '@homeward/db/test-database.ts';
import { dayMs, hourMs, rfc3339 } from '@homeward/shared/kernel/interval.ts';
import type { MyShift, MyShifts, WardBoard } from '@homeward/shared/shifts/contract.ts';
import { applyToBoard, applyToMyShifts } from '@homeward/shared/shifts/live-rules.ts';
import { brokenInvariants, verifyStream } from '../api/src/assurance/queries.ts';
import { recomputedSample } from '../api/src/assurance/record-queries.ts';
import { retakenSample } from '../api/src/placements/queries.ts';
import { isFull, noteFigures, randomFrom, seed } from './figures.ts';
import { follow, type Follower } from './followers.ts';
import { brokenHistories, type Look, type Take } from './histories.ts';
import { askOver, placeOf, startHomeward, type Homeward } from './homeward.ts';
import type { Answer } from './house.ts';
import { addBeds, makeWorld, type Person } from './world.ts';

// Test D of the programme: a kill -9 of the program or of PostgreSQL at any instant loses no acknowledged act, leaves no half act and
// does none twice; every screen that was open catches up exactly.
const loadMs = isFull ? 240_000 : 22_000;
const actors = 10;
const slowestMs = 10_000;

test(
  `nothing acknowledged is lost, half done or done twice, and every screen catches up (HOMEWARD_SEED=${seed})`,
  async () => {
    // Given a server that really writes to disk and two processes of the program on it
    const server = await ownServer({ keptAlive: true });
    const db = connect(server.url, { max: 4, patient: true });
    onTestFinished(() => db.destroy());
    await migrateToLatest(db);
    const world = await makeWorld(db, { workers: actors + 2, now: Date.now() });
    const beds = (await addBeds(db, world)).south.slice(0, 3);
    const processes = [await startHomeward({ url: server.url }), await startHomeward({ url: server.url })] as [Homeward, Homeward];
    let [isBusy, isOver] = [true, false];
    const lookedAfter: Promise<void>[] = [];
    onTestFinished(async () => {
      [isBusy, isOver] = [false, true];
      await Promise.all(processes.map((process) => process.kill()));
      await Promise.all(lookedAfter);
    });
    const load = randomFrom(seed);
    const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(load() * from.length)];

    // …whom people ask, each act under its own key, again and again with that key until there is an answer
    let asked = 0;
    const unknown = { outcomes: 0, away: 0 };
    let slowest = { ms: 0, what: '' };
    const noteTime = (since: number, what: string) => {
      const ms = performance.now() - since;
      if (ms > slowest.ms) slowest = { ms, what: `${what}, at ${new Date().toISOString()}` };
    };
    const errors: Answer[] = [];
    /** With the times between which it took effect, if it did: from when it was first asked until it was answered. */
    async function act(who: Person, path: string, body?: unknown): Promise<Answer & { startedAt: number; endedAt: number }> {
      const key = `act-${(asked += 1)}`;
      const startedAt = performance.now();
      const told = (answer: Answer) => ({ ...answer, startedAt, endedAt: performance.now() });
      for (;;) {
        const tried = performance.now();
        try {
          const answer = await askOver(pick(processes)!.url, who, 'POST', path, body, { 'idempotency-key': key });
          if (answer.status < 500 && answer.status !== 429) {
            noteTime(tried, `${answer.status} to ${path}`);
            return told(answer);
          }
          if (answer.status >= 500 && answer.status !== 503) errors.push(answer);
          unknown.away += 1;
        } catch {
          unknown.outcomes += 1;
        }
        noteTime(tried, `none, or 503, to ${path}`);
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
    // …and the order it was done in, as far as those who asked can tell
    const history: (Take | Look)[] = [];
    const noteTake = (
      resource: string,
      owner: string,
      { startedAt, endedAt }: { startedAt: number; endedAt: number },
      outcome: Take['outcome'],
      kind: Take['kind'] = 'take',
    ) => void history.push({ kind, resource, owner, startedAt, endedAt, outcome });
    const noteRelease = (
      resource: string,
      owner: string,
      times: { startedAt: number; endedAt: number },
      outcome: Take['outcome'] = 'yes',
    ) => noteTake(resource, owner, times, outcome, 'release');
    const gone = new Set(['shift-taken', 'already-yours', 'shift-cancelled', 'bed-taken']);
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
    function noteGivenUp(id: string, answer: Awaited<ReturnType<typeof act>>): void {
      const { shiftId } = booked.get(id)!;
      if (answer.status === 200) {
        noteOnce(givenUp, id);
        noteRelease(shiftId, id, answer);
      } else {
        noteRefusal(answer);
        if (answer.body.code === 'already-cancelled') noteRelease(shiftId, id, answer, 'no');
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
          if (answer.status === 200) {
            noteOnce(cancelled, id);
            // Whoever had it has it no more, and nobody will.
            noteTake(id, 'ward', answer, 'yes');
          } else {
            noteRefusal(answer);
          }
        } else {
          const id = pick(
            [...booked]
              .filter(([bookingId, booking]) => mine.includes(booking.shiftId) && !givenUp.has(bookingId))
              .map(([bookingId]) => bookingId),
          );
          if (!id) continue;
          noteGivenUp(id, await act(manager, `/bookings/${id}/cancel`, { reason: 'no-longer-needed' }));
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
          noteGivenUp(id, answer);
          continue;
        }
        const shiftId = pick(free.slice(-12));
        if (!shiftId) continue;
        const answer = await act(worker, `/shifts/${shiftId}/accept`);
        if (answer.status !== 201) {
          noteRefusal(answer);
          if (gone.has(answer.body.code)) noteTake(shiftId, worker.name, answer, 'no');
          continue;
        }
        expect(booked.has(answer.body.id)).toBe(false);
        booked.set(answer.body.id, { shiftId, who: worker });
        noteTake(shiftId, answer.body.id, answer, 'yes');
      }
    }
    /** Looks at a whole board now and then: who has each of its shifts. */
    async function look(manager: Person, wardId: string): Promise<void> {
      while (isBusy) {
        const startedAt = performance.now();
        const answer = await askOver(pick(processes)!.url, manager, 'GET', `/wards/${wardId}/board?${span}`).catch(() => null);
        const endedAt = performance.now();
        noteTime(startedAt, `${answer?.status} to a board`);
        if (answer?.status === 200)
          for (const { id, status, booking } of (answer.body as WardBoard).shifts)
            history.push({ kind: 'look', resource: id, sees: status === 'cancelled' ? 'ward' : (booking?.id ?? null), startedAt, endedAt });
        await sleep(500 + load() * 1000);
      }
    }

    // Beds are held, referred to the ward, accepted there and let go
    const allocated = new Map<string, { bedId: string; requestId: string; states: string[] }>();
    async function place(manager: Person, ward: Person): Promise<void> {
      const need = { homePlace: 'Northtown', bedType: '200', ageBand: 'adult', sex: 'female', legalStatus: '02', securityLevel: 0 };
      const described = await act(manager, '/placements', { ...need, whereNow: 'community', neededBy: rfc3339(Date.now() + hourMs) });
      expect(described.status).toBe(201);
      const requestId = described.body.id as string;
      const does = async (who: Person, id: string, verb: string, state: string): Promise<void> => {
        await sleep(50 + load() * 200);
        const answer = await act(who, `/allocations/${id}/${verb}`, { reason: 'no-longer-needed' });
        expect([verb, answer.status, answer.body.state]).toEqual([verb, 200, state]);
        const { bedId, states } = allocated.get(id)!;
        states.push(state);
        if (state === 'released' || state === 'declined') noteRelease(bedId, id, answer);
      };
      while (isBusy) {
        await sleep(50 + load() * 150);
        const bedId = pick(beds)!;
        const answer = await act(manager, `/placements/${requestId}/allocations`, { bedId });
        if (answer.status !== 201) {
          noteRefusal(answer);
          if (gone.has(answer.body.code)) noteTake(bedId, requestId, answer, 'no');
          continue;
        }
        const id = answer.body.id as string;
        expect(allocated.has(id)).toBe(false);
        allocated.set(id, { bedId, requestId, states: ['held'] });
        noteTake(bedId, id, answer, 'yes');
        const dice = load();
        if (dice > 0.3) await does(manager, id, 'refer', 'referred');
        if (dice > 0.8) {
          await does(ward, id, 'decline', 'declined');
          continue;
        }
        if (dice > 0.5) await does(ward, id, 'accept', 'accepted');
        await does(manager, id, 'release', 'released');
      }
    }

    // …and who have screens open, at whichever process answers, that go on from where they were
    const page = await askOver(processes[0].url, world.workers[0]!, 'GET', '/session');
    const { epoch, after: start } = placeOf(page);
    const [north, south] = [world.staff['ward-manager']!['NORTH']!, world.staff['ward-manager']!['SOUTH']!];
    const [idleNorth, idleSouth] = world.workers.slice(actors) as [Person, Person];
    const stranger = world.staff['worker']!['APART']!;
    const [bedsNorth, bedsSouth] = [world.staff['bed-manager']!['NORTH']!, world.staff['bed-manager']!['SOUTH']!];
    // Now and then a phone goes into a pocket.
    const line = { url: () => pick(processes)!.url, stayMs: () => 1500 + load() * 6000, awayMs: () => load() * 300 };
    const followers = [north, south, idleNorth, idleSouth, stranger, bedsNorth, bedsSouth, ...world.workers.slice(0, 3)].map((who) =>
      follow(who, { epoch, after: start }, line),
    );
    onTestFinished(async () => void (await Promise.all(followers.map((follower) => follower.stop()))));
    const span = `from=${rfc3339(world.now)}&to=${rfc3339(world.now + 90 * dayMs)}`;
    const boardOf = async (who: Person, wardId: string) =>
      (await askOver(processes[0].url, who, 'GET', `/wards/${wardId}/board?${span}`)).body as WardBoard;
    const boards = [await boardOf(north, world.wards.north), await boardOf(south, world.wards.south)];

    // When one or another is killed at random instants, and comes back
    const loading = [manage(north, world.wards.north), manage(south, world.wards.south), ...world.workers.slice(0, actors).map(work)];
    loading.push(look(north, world.wards.north), look(south, world.wards.south));
    loading.push(place(bedsNorth, south), place(bedsNorth, south), place(bedsSouth, south), place(bedsSouth, south));
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
    // A machine that is busy with other things needs longer to get as much done.
    const isEnough = () => booked.size > 12 && allocated.size > 8;
    const spentMs = () => Date.now() - began;
    for (let turn = 0; spentMs() < loadMs || (!isEnough() && spentMs() < 4 * loadMs); turn += 1) {
      await sleep(1500 + plan() * 2500);
      // Something has to be under way to be hit, and what was killed last may take long to come back.
      const before = asked;
      await vi.waitUntil(() => asked > before + 8, { timeout: 30_000, interval: 5 }).catch(() => {});
      const victim = round[turn % round.length]!;
      try {
        void kill[victim]();
        kills.push(`${victim} at ${spentMs()} ms`);
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
    const allocations = (
      await sql<{
        id: string;
        bedId: string;
        requestId: string;
        state: string;
        trust: string;
      }>`select a.id, a.bed_id, a.request_id, a.state, r.sending_trust as trust from allocation a join placement_request r on r.id = a.request_id`.execute(
        db,
      )
    ).rows;
    const events = (
      await sql<{
        offset: number;
        type: string;
        wardId: string;
        shiftId: string;
        workerId: string | null;
        bookingId: string | null;
        allocationId: string | null;
        state: string | null;
      }>`
    select "offset", type, ward_id, shift_id, worker_id, data->>'bookingId' as booking_id, data->>'allocationId' as allocation_id, data->>'state' as state from event order by "offset"`.execute(
        db,
      )
    ).rows;
    console.log(`HOMEWARD_SEED=${seed}: refused ${JSON.stringify(refused)}; killed ${kills.join(', ')}`);
    noteFigures('D', {
      kills: kills.length,
      'acts acknowledged': asked,
      'outcomes unknown at first': unknown.outcomes,
      'answers of 503, asked again': unknown.away,
      bookings: booked.size,
      'holds of beds': allocated.size,
      'acts and looks in the history': history.length,
      events: events.length,
      'frames told': followers.reduce((sum, { frames }) => sum + frames.length, 0),
      'connections of screens': followers.reduce((sum, { connections }) => sum + connections, 0),
      'slowest answer, ms': Math.round(slowest.ms),
    });
    expect(kills.length).toBeGreaterThan(3);
    expect(allocated.size).toBeGreaterThan(5);
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
    expect(sorted(allocations.map((one) => `${one.id} ${one.bedId} ${one.requestId} ${one.state}`))).toEqual(
      sorted([...allocated].map(([id, { bedId, requestId, states }]) => `${id} ${bedId} ${requestId} ${states.at(-1)}`)),
    );
    for (const [id, { states }] of allocated)
      expect(
        events.filter((event) => event.type === 'allocation.changed' && event.allocationId === id).map((event) => event.state),
      ).toEqual(states);
    // …in an order that explains what everybody was told, and when
    for (const [id, { shiftId }] of booked) {
      const took = history.find((one) => one.kind === 'take' && one.resource === shiftId && one.owner === 'ward');
      // Cancelled with its shift, or given up just before: nobody was told which.
      if (took && !givenUp.has(id)) noteRelease(shiftId, id, took, 'unknown');
    }
    expect(brokenHistories(history)).toEqual([]);
    // …and nothing that the doctor knows of is wrong
    expect(await brokenInvariants(db)).toEqual([]);
    expect((await verifyStream(db)).brokenAt).toBeNull();
    const [decisions, matches] = [
      await recomputedSample(db, { seed: String(seed), size: 200 }),
      await retakenSample(db, { seed: String(seed), size: 200 }),
    ];
    expect([decisions.different, matches.different]).toEqual([[], []]);
    expect(Math.min(decisions.taken, matches.taken)).toBeGreaterThan(5);
    expect(slowest.ms, slowest.what).toBeLessThan(slowestMs);

    // …and every screen was told everything it should be, once and in order
    const onBoard = new Set(['shift.posted', 'shift.filled', 'shift.cancelled', 'shift.reopened']);
    const ofWorker = new Set(['booking.confirmed', 'booking.cancelled']);
    // Of shifts; what bed managers hear is looked at below.
    const forms = ({ who }: Follower) =>
      who === bedsNorth || who === bedsSouth ? new Set<string>() : who.workerId === null ? onBoard : ofWorker;
    const heard = (follower: Follower) =>
      follower.frames.filter((frame) => forms(follower).has(frame.type)).map((frame) => `${frame.offset} ${frame.type}`);
    const shouldHear = (follower: Follower) =>
      events
        .filter((event) => event.offset > start)
        .filter((event) => forms(follower).has(event.type))
        .filter(({ wardId, workerId }) =>
          follower.who === north
            ? wardId === world.wards.north
            : follower.who === south
              ? wardId === world.wards.south
              : workerId === follower.who.workerId,
        )
        .map((event) => `${event.offset} ${event.type}`);
    const caughtUp = () => followers.every((follower) => heard(follower).length >= shouldHear(follower).length);
    await vi.waitUntil(caughtUp, { timeout: 15_000, interval: 100 }).catch(() => {});
    await sleep(1500);
    await Promise.all(followers.map((follower) => follower.stop()));
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
    for (const who of [bedsNorth, bedsSouth]) {
      const { frames } = followers.find((follower) => follower.who === who)!;
      const ours = allocations.filter((one) => one.trust === who.trust).map((one) => one.id);
      expect(frames.filter(({ data }) => data.allocation && ours.includes(data.allocation.id)).map(({ offset }) => offset)).toEqual(
        told('allocation.changed')
          .filter((event) => ours.includes(event.allocationId!))
          .map(({ offset }) => offset),
      );
    }

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
  4 * loadMs + 180_000,
);
