import { expect, test } from 'vitest';
import { sql } from 'kysely';
import { testDatabase } from '@homeward/db/test-database.ts';
import { clockFrom } from './clock.ts';
import { changeGround, changePeople, readGround } from './ground.ts';

const { db } = await testDatabase();
const clock = clockFrom(undefined);

test('a change bears a later instant than the decision before it, however close it follows', async () => {
  await db.transaction().execute(async (trx) => {
    for (let round = 0; round < 40; round += 1) {
      const decided = await readGround(trx, clock);
      expect(await changePeople(trx, clock)).toBeGreaterThan(decided);
      const again = await readGround(trx, clock);
      expect(await changeGround(trx, clock)).toBeGreaterThan(again);
    }
  });
});

test('who changes the ground waits for those who decide, and is stamped after them; nobody decides meanwhile', async () => {
  const order: [who: string, at: number][] = [];
  const note = (who: string) => (at: number) => void order.push([who, at]);
  let change!: Promise<void>;
  let second!: Promise<void>;
  const waiting = async (count: number) => {
    for (let seen = 0; seen < count;) {
      const { rows } = await sql<{ count: number }>`select count(*)::int as count from pg_stat_activity
        where datname = current_database() and wait_event = 'advisory'`.execute(db);
      seen = rows[0]!.count;
    }
  };
  await db.transaction().execute(async (trx) => {
    await readGround(trx, clock).then(note('first decision'));
    change = db.transaction().execute((other) => changeGround(other, clock).then(note('change')));
    await waiting(1);
    second = db.transaction().execute((other) => readGround(other, clock).then(note('second decision')));
    await waiting(2);
    expect(order).toHaveLength(1);
  });
  await Promise.all([change, second]);
  expect(order.map(([who]) => who)).toEqual(['first decision', 'change', 'second decision']);
  expect(order.map(([, at]) => at)).toEqual(order.map(([, at]) => at).toSorted((a, b) => a - b));
});
