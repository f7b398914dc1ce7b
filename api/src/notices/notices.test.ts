import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from 'kysely';
import { connect } from '@homeward/db/connect.ts';
import { testDatabase } from '@homeward/db/test-database.ts';
import { dayMs } from '@homeward/shared/kernel/interval.ts';
import { addDays, localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { noticeView } from '@homeward/shared/notices/contract.ts';
import { openHouse, type House } from '../../../tests/house.ts';
import { makeWorld, type Person, type World } from '../../../tests/world.ts';
import { tellEnds } from './jobs.ts';

// What ends within 60 days is told to the worker and the bank office once, not daily, however many processes look.
const { db, url } = await testDatabase();
let world: World;
let house: House;
const second = connect(url, { max: 4 });

beforeAll(async () => {
  world = await makeWorld(db, { workers: 4 });
  house = await openHouse(db, url, world.now);
}, 60_000);
afterAll(async () => {
  await house.live.stop();
  await second.destroy();
});

const listed = async (who: Person) =>
  (await house.ask(who, 'GET', '/notices')).body.items as { id: string; title: string; seenAt: string | null }[];

test('told once over three days by two processes, to the worker and their office; gone from the list once renewed', async () => {
  const [worker, other] = [world.workers[1]!, world.workers[3]!];
  const today = localDayOf(world.now);
  // Told today: 60 days. Not before tomorrow: 61.
  await sql`update worker_revision set dbs_until = ${addDays(today, 60)} where worker_id = ${worker.workerId}`.execute(db);
  await sql`update worker_revision set dbs_until = ${addDays(today, 61)} where worker_id = ${other.workerId}`.execute(db);
  const processes = [house.platform, { ...house.platform, db: second }];
  const told: number[] = [];
  for (const day of [0, 1, 2]) {
    house.setClock(world.now + day * dayMs);
    const each = await Promise.all([...processes, ...processes].map((platform) => tellEnds(platform)));
    told.push(each.reduce((sum, one) => sum + one, 0));
  }
  expect(told).toEqual([1, 1, 0]);
  const { rows } = await sql<{ workerId: string }>`select worker_id from event where type = 'notice.given' order by "offset"`.execute(db);
  expect(rows.map((row) => row.workerId)).toEqual([worker.workerId, other.workerId]);

  const [notice] = await listed(worker);
  expect(noticeView.strict().parse(notice)).toMatchObject({
    about: 'check',
    title: 'DBS check ends',
    endsOn: addDays(today, 60),
    seenAt: null,
  });
  expect((await listed(world.staff['bank-office']!['SOUTH']!)).map((one) => one.title)).toEqual(['DBS check ends', 'DBS check ends']);
  expect(await listed(world.staff['bank-office']!['NORTH']!)).toEqual([]);
  const see = (who: Person) => house.ask(who, 'POST', `/me/notices/${notice!.id}/seen`);
  expect((await see(other)).status).toBe(404);
  const seen = (await see(worker)).body.seenAt;
  expect([typeof seen, (await see(worker)).body.seenAt]).toEqual(['string', seen]);

  const renewed = { check: 'dbs', onDay: today, untilDay: addDays(today, 900), because: 'Renewed' };
  await house.ask(world.staff['bank-office']!['SOUTH']!, 'POST', `/workers/${worker.workerId}/checks`, renewed);
  expect(await listed(worker)).toEqual([]);
});
