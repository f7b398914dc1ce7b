import { afterAll, beforeAll, expect, test } from 'vitest';
import pg from 'pg';
import { testDatabase } from '@homeward/db/test-database.ts';
import type { BoardWard } from '@homeward/shared/beds/contract.ts';
import { audience as bedsAudience } from '../api/src/beds/audience.ts';
import type { StoredEvent } from '../api/src/platform/live.ts';
import { scopeOfToken } from '../api/src/platform/session.ts';
import { openHouse, type House } from './house.ts';
import { addBeds, addMember, makeWorld, type World } from './world.ts';

// No query runs once a row: ten times the workers, shifts and listeners take the same statements.
const [few, many] = [await testDatabase(), await testDatabase()];
let small: { house: House; world: World };
let large: { house: House; world: World };

let statements = 0;
const original = pg.Client.prototype.query;
async function counted(work: () => Promise<unknown>): Promise<number> {
  const before = statements;
  await work();
  return statements - before;
}

beforeAll(async () => {
  const open = async ({ db, url }: typeof few, workers: number, shifts: number) => {
    const world = await makeWorld(db, { workers });
    const house = await openHouse(db, url, world.now, { keepsRoll: true });
    for (const [trust, wardId] of [
      ['NORTH', world.wards.north],
      ['SOUTH', world.wards.south],
    ] as const) {
      const body = {
        wardId,
        role: 'hcsw',
        band: 3,
        ...world.span(3, '07:00', '15:00'),
        breakMinutes: 30,
        reason: 'vacancy',
        count: shifts,
      };
      expect((await house.ask(world.staff['ward-manager']![trust]!, 'POST', '/shifts', body)).status).toBe(201);
    }
    await addBeds(db, world, workers / 3);
    for (let member = 0; member < workers / 3; member += 1) {
      const { wardId } = await addMember(db, world, `MORE${member}`);
      await db.updateTable('ward').set({ bedType: '200' }).where('id', '=', wardId).execute();
    }
    return { house, world };
  };
  small = await open(few, 3, 2);
  large = await open(many, 60, 40);
  // The feed's own look at the stream is not the request's.
  await Promise.all([small.house.live.stop(), large.house.live.stop()]);
  pg.Client.prototype.query = function (this: pg.Client, ...args: never[]) {
    statements += 1;
    return (original as (...all: never[]) => never).apply(this, args);
  } as typeof original;
}, 60_000);
afterAll(() => {
  pg.Client.prototype.query = original;
});

const asks: [string, ({ house, world }: typeof small) => Promise<unknown>][] = [
  [
    'the candidates of a shift',
    async ({ house, world }) => {
      const manager = world.staff['ward-manager']!['NORTH']!;
      const [shift] = (await house.ask(manager, 'GET', '/shifts?limit=1')).body.items;
      expect((await house.ask(manager, 'GET', `/shifts/${shift.id}/candidates`)).body.items.length).toBe(world.workers.length);
    },
  ],
  [
    'a worker’s list',
    async ({ house, world }) => {
      expect((await house.ask(world.workers[0]!, 'GET', '/me/shifts')).body.items.length).toBeGreaterThan(3);
    },
  ],
  [
    'a worker’s passport',
    async ({ house, world }) => {
      expect((await house.ask(world.workers[1]!, 'GET', '/me/passport')).body.wards).toHaveLength(world.workers.length / 3 + 3);
    },
  ],
  [
    'the passport as a host sees it',
    async ({ house, world }) => {
      const manager = world.staff['ward-manager']!['NORTH']!;
      expect((await house.ask(manager, 'GET', `/workers/${world.workers[1]!.workerId}/passport`)).body.view).toBe('host');
    },
  ],
  [
    'a ward’s board',
    async ({ house, world }) => {
      expect((await house.ask(world.staff['ward-manager']!['NORTH']!, 'GET', `/wards/${world.wards.north}/board`)).status).toBe(200);
    },
  ],
  [
    'who could have worked',
    async ({ house, world }) => {
      const { startsAt, endsAt } = world.span(4, '07:00', '15:00');
      const asOf = new Date(world.now).toISOString();
      const asked = new URLSearchParams({ wardId: world.wards.north, role: 'hcsw', band: '3', startsAt, endsAt, asOf });
      const answer = await house.ask(world.staff['auditor']!['NORTH']!, 'GET', `/audit/could-have-worked?${asked.toString()}`);
      expect(answer.body.counts.eligible).toBe(world.workers.length);
    },
  ],
  [
    'a posting',
    async ({ house, world }) => {
      const body = {
        wardId: world.wards.north,
        role: 'hcsw',
        band: 3,
        ...world.span(5, '07:00', '15:00'),
        breakMinutes: 30,
        reason: 'vacancy',
        count: world.workers.length / 3,
      };
      expect((await house.ask(world.staff['ward-manager']!['NORTH']!, 'POST', '/shifts', body)).status).toBe(201);
    },
  ],
  [
    'the board of beds',
    async ({ house, world }) => {
      const answer = await house.ask(world.staff['bed-manager']!['NORTH']!, 'GET', '/beds/board');
      expect(answer.body.items.length).toBe(world.workers.length / 3 + 3);
    },
  ],
  [
    'the beds of a board',
    async ({ house, world }) => {
      const answer = await house.ask(world.staff['bed-manager']!['NORTH']!, 'GET', '/beds');
      expect(answer.body.items.length).toBe(world.workers.length);
    },
  ],
  [
    'telling every board of every ward',
    async ({ house, world }) => {
      const { db, clock } = house.platform;
      const wards = (await house.ask(world.staff['bed-manager']!['NORTH']!, 'GET', '/beds/board')).body.items as BoardWard[];
      const shift = (await house.ask(world.staff['ward-manager']!['NORTH']!, 'GET', '/shifts?limit=1')).body.items[0] as { id: string };
      const types = ['bed.changed', 'ward.confirmed', 'shift.filled', 'allocation.changed'] as const;
      const events = wards.flatMap(({ ward }) =>
        types.map((type): StoredEvent => {
          const at = new Date(world.now);
          return { offset: 1, type, at, recordedAt: at, wardId: ward.id, shiftId: shift.id, workerId: null, accountId: null, data: {} };
        }),
      );
      const people = [world.staff['bed-manager']!['NORTH']!, world.staff['bed-manager']!['APART']!, world.staff['ward-manager']!['NORTH']!];
      const scopes = await Promise.all(people.map(async (who) => (await scopeOfToken(db, who.cookie.slice('homeward='.length)))!));
      const viewers = world.workers.flatMap(() => scopes);
      const told = await bedsAudience(db, events, viewers, clock.now());
      expect(told.flatMap((each) => each.filter((telling) => telling?.data.board)).length).toBeGreaterThan(3 * wards.length);
    },
  ],
  [
    'the beds of a ward',
    async ({ house, world }) => {
      const answer = await house.ask(world.staff['bed-manager']!['NORTH']!, 'GET', `/wards/${world.wards.north}/beds`);
      expect(answer.body.beds.length).toBe(world.workers.length / 3);
    },
  ],
];

test.each(asks)('%s takes the same statements among many as among few', async (_what, ask) => {
  // What a process has on its roll was read once, by whoever asked first.
  for (const one of [small, large]) await ask(one);
  const withFew = await counted(() => ask(small));
  const withMany = await counted(() => ask(large));
  expect(withMany).toBe(withFew);
  expect(withMany).toBeLessThan(30);
});
