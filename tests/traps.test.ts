import { sql } from 'kysely';
import { afterAll, expect, test } from 'vitest';
import { testDatabase } from '@homeward/db/test-database.ts';
import { transact } from '../api/src/platform/transaction.ts';
import { announce } from '../api/src/platform/announce.ts';
import { ok } from '../api/src/platform/problem.ts';
import { openHouse } from './house.ts';
import { makeWorld } from './world.ts';

// What was measured to go wrong on PostgreSQL (quality, section 2) and no other test tries: the rest stand in tests/programme.ts.
const { db, url } = await testDatabase();
const world = await makeWorld(db, { workers: 2 });
const house = await openHouse(db, url, world.now);
afterAll(() => house.live.stop());

test('no span that an exclusion guards can be empty, unbounded, missing or closed at its end: such spans overlap with nothing', async () => {
  const { rows: guarded } = await sql<{ table: string; column: string; isRequired: boolean; checks: string }>`
    select c.relname as table, a.attname as column, a.attnotnull as is_required,
      (select string_agg(pg_get_constraintdef(k.oid), ' ') from pg_constraint k where k.conrelid = c.oid and k.contype = 'c') as checks
    from pg_constraint x join pg_class c on c.oid = x.conrelid
      join pg_attribute a on a.attrelid = c.oid and a.attnum = any(x.conkey) join pg_type t on t.oid = a.atttypid
    where x.contype = 'x' and t.typtype = 'r'`.execute(db);
  expect(guarded.length).toBeGreaterThan(5);
  for (const { table, column, isRequired, checks } of guarded) {
    expect([table, column, isRequired]).toEqual([table, column, true]);
    expect([table, checks]).toEqual([table, expect.stringContaining(`(NOT isempty(${column}))`)]);
  }

  const [who] = world.workers;
  const away = (period: string) =>
    sql`insert into unavailability (id, person_id, period, recorded_at) values (gen_random_uuid(), ${who!.personId}, ${period}::tstzrange, now())`.execute(
      db,
    );
  await expect(away('[2027-01-12 08:00Z,2027-01-12 09:00Z)')).resolves.toBeDefined();
  for (const period of ['empty', '[2027-01-12 08:00Z,)', '(,2027-01-12 08:00Z)', '[2027-01-12 08:00Z,2027-01-12 09:00Z]'])
    await expect(away(period)).rejects.toThrow('unavailability_is_a_bounded_half_open_time');
});

test('an error swallowed inside a transaction is no success: nothing of it is kept and nobody is told that it was', async () => {
  const headOf = async () => (await db.selectFrom('stream').select('head').executeTakeFirstOrThrow()).head;
  const before = await headOf();
  const swallowing = (isAnnounced: boolean) =>
    transact(house.platform, null, async (trx, now) => {
      await sql`update shift_reason set title = 'Never' where code = 'vacancy'`.execute(trx);
      await sql`select 1 / 0`.execute(trx).catch(() => {});
      if (isAnnounced) announce(trx, { type: 'shift.posted', at: now, accountId: null });
      return ok('done');
    });
  for (const isAnnounced of [true, false]) await expect(swallowing(isAnnounced)).rejects.toThrow('current transaction is aborted');
  expect(await headOf()).toBe(before);
  expect(await db.selectFrom('shiftReason').select('title').where('title', '=', 'Never').execute()).toEqual([]);
});
