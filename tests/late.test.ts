import { sql } from 'kysely';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { testDatabase } from '@homeward/db/test-database.ts';
import { Turns } from '../api/src/platform/turns.ts';
import { ok } from '../api/src/platform/problem.ts';
import { openHouse, type House } from './house.ts';
import { makeWorld, type World } from './world.ts';

// No request hangs: whatever holds it up, it is answered within nine seconds of its beginning, and what it asked is done once.
const { db, url } = await testDatabase();
let world: World;
let house: House;
beforeAll(async () => {
  world = await makeWorld(db, { workers: 2 });
  house = await openHouse(db, url, world.now);
}, 60_000);
afterAll(() => house.live.stop());

/** As if it had begun nearly nine seconds ago. */
const nearlyLate = () => ({ beganAt: Date.now() - 8500 });

test('an accept that waits for a locked shift is answered in time; asked again with its key it says what became of it', async () => {
  const body = {
    wardId: world.wards.north,
    role: 'hcsw',
    band: 3,
    ...world.span(3, '07:00', '15:00'),
    breakMinutes: 30,
    reason: 'vacancy',
  };
  const shiftId = (await house.ask(world.staff['ward-manager']!['NORTH']!, 'POST', '/shifts', body)).body.items[0].id as string;
  // Given somebody who holds the shift's row
  const held = Promise.withResolvers<void>();
  const letGo = Promise.withResolvers<void>();
  const holding = db.transaction().execute(async (trx) => {
    await sql`select 1 from shift where id = ${shiftId} for update`.execute(trx);
    held.resolve();
    await letGo.promise;
  });
  await held.promise;
  // When a worker accepts it, whose nine seconds are nearly over
  const accept = () =>
    house.app.request(
      `http://test/api/v1/shifts/${shiftId}/accept`,
      { method: 'POST', headers: { cookie: world.workers[0]!.cookie, 'idempotency-key': 'late' } },
      nearlyLate(),
    );
  const late = await accept();
  // Then they hear to ask again, before the shift is free
  expect([late.status, late.headers.get('retry-after'), ((await late.json()) as { code: string }).code]).toEqual([503, '1', 'busy']);
  letGo.resolve();
  await holding;
  // And asked again, it is the one booking that there is
  const again = await accept();
  expect(again.status).toBe(201);
  const { rows } = await sql<{ id: string }>`select id from booking where shift_id = ${shiftId}`.execute(db);
  expect(rows).toEqual([{ id: ((await again.json()) as { id: string }).id }]);
});

test('what does not arrive in time is refused as too slow, and its connection is closed', async () => {
  const drip = new ReadableStream({ start: (stream) => stream.enqueue(new TextEncoder().encode('{"')) });
  const request = new Request('http://test/api/v1/me/unavailability', {
    method: 'POST',
    headers: { cookie: world.workers[0]!.cookie, 'content-type': 'application/json' },
    body: drip,
    duplex: 'half',
  } as RequestInit);
  const answer = await house.app.fetch(request, nearlyLate());
  expect([answer.status, answer.headers.get('connection')]).toEqual([408, 'close']);
  expect(await answer.json()).toMatchObject({ code: 'too-slow' });
});

test('whose turn comes after eight seconds is told to ask again, and nothing of theirs is begun', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const turns = new Turns();
  const begun: string[] = [];
  const work = (name: string, forMs: number) => async () => {
    begun.push(name);
    await new Promise((resolve) => setTimeout(resolve, forMs));
    return ok(name);
  };
  const first = turns.take('shift', work('first', 5000));
  await vi.advanceTimersByTimeAsync(0);
  // The fourth looks first whether there is anything left to wait for, and its time goes by all the same.
  const answers = [
    first,
    turns.take('shift', work('second', 4000)),
    turns.take('shift', work('third', 0)),
    turns.take('shift', work('fourth', 0), () => Promise.resolve(null)),
    turns.take(
      'shift',
      () => work('fifth', 0)(),
      () => Promise.resolve(ok('nothing is left')),
    ),
  ];
  await vi.advanceTimersByTimeAsync(9000);
  const isBusy = { ok: false, refusal: { status: 503, code: 'busy' } };
  expect(await Promise.all(answers)).toMatchObject([{ ok: true }, { ok: true }, isBusy, isBusy, { ok: true, value: 'nothing is left' }]);
  expect(begun).toEqual(['first', 'second']);
});
