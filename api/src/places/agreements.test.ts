import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from 'kysely';
import { testDatabase } from '@homeward/db/test-database.ts';
import { dayMs } from '@homeward/shared/kernel/interval.ts';
import { addDays, localDayOf, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import { agreementView } from '@homeward/shared/places/contract.ts';
import { openHouse, type House } from '../../../tests/house.ts';
import { makeWorld, type Person, type World } from '../../../tests/world.ts';

// Two trusts agree to share, each signs for itself, and either ends it: that gates everything between them the moment it starts or ends.
const { db, url } = await testDatabase();
let world: World;
let house: House;
let today: LocalDay;

beforeAll(async () => {
  world = await makeWorld(db, { workers: 4 });
  house = await openHouse(db, url, world.now);
  today = localDayOf(world.now);
}, 60_000);
afterAll(() => house.live.stop());

const office = (trust: string) => world.staff['bank-office']![trust]!;
const code = (answer: { status: number; body: { code?: string } }) => [answer.status, answer.body.code];
const listed = async (who: Person) => (await house.ask(who, 'GET', '/agreements')).body.items;

async function book(worker: Person, day: number): Promise<string> {
  const body = {
    wardId: world.wards.north,
    role: 'hcsw',
    band: 3,
    ...world.span(day, '20:00', '08:00'),
    breakMinutes: 30,
    reason: 'vacancy',
  };
  const posted = await house.ask(world.staff['ward-manager']!['NORTH']!, 'POST', '/shifts', body);
  const booked = await house.ask(worker, 'POST', `/shifts/${posted.body.items[0].id}/accept`);
  expect(booked.status).toBe(201);
  return booked.body.id as string;
}

test('ending an agreement does exactly what its preview said: bookings it no longer covers are looked at, and what was known stays', async () => {
  const worker = world.workers[1]!;
  // A night that begins on the last day ends on the next, which the agreement doesn't cover any more.
  const [inside, across, after] = [await book(worker, 5), await book(worker, 7), await book(worker, 9)];
  const one = (await listed(office('SOUTH'))).find((row: { homeTrust: string }) => row.homeTrust === 'SOUTH');
  expect(agreementView.strict().parse(one)).toMatchObject({ state: 'in-force', mayEnd: true, until: null });
  const lastDay = addDays(today, 7);
  const effectOn = (who: Person, day: string) => house.ask(who, 'GET', `/agreements/${one.id}/effect?lastDay=${day}`);
  expect((await effectOn(office('APART'), lastDay)).status).toBe(404);
  expect((await effectOn(office('NORTH'), addDays(today, -2))).status).toBe(422);
  const preview = (await effectOn(office('NORTH'), lastDay)).body;
  expect(preview.bookings.map((row: { id: string }) => row.id)).toEqual([across, after]);
  expect([preview.losses.workers, preview.losses.places, preview.gains.workers]).toEqual([2, 4, 0]);

  const end = (who: Person, day: string) =>
    house.ask(who, 'POST', `/agreements/${one.id}/end`, { lastDay: day, reason: 'No longer needed' });
  expect(code(await end(office('APART'), lastDay))).toEqual([404, 'not-found']);
  house.setClock(world.now + 60_000);
  const ended = await end(office('NORTH'), lastDay);
  expect([ended.status, ended.body.effect]).toEqual([200, preview]);
  expect(ended.body.agreement).toMatchObject({
    state: 'in-force',
    until: lastDay,
    ended: { by: 'bank-office of NORTH', reason: 'No longer needed' },
  });
  const statuses = await db.selectFrom('booking').select(['id', 'status']).orderBy('period').execute();
  expect(new Map(statuses.map((row) => [row.id, row.status]))).toEqual(
    new Map([
      [inside, 'confirmed'],
      [across, 'needs-review'],
      [after, 'needs-review'],
    ]),
  );
  // The one that was replaced is kept, and known as it was until then.
  const { rows } = await sql<{
    days: string;
    isReplaced: boolean;
  }>`select days::text, replaced_at is not null as is_replaced from sharing_agreement
    where home_trust = 'SOUTH' order by recorded_at`.execute(db);
  expect(rows).toEqual([
    { days: '[2020-01-01,)', isReplaced: true },
    { days: `[2020-01-01,${addDays(lastDay, 1)})`, isReplaced: false },
  ]);
  expect(code(await end(office('NORTH'), addDays(today, 3)))).toEqual([409, 'already-over']);
});

test('an agreement counts once both sides have signed, each for itself; nobody signs twice, and days never overlap', async () => {
  const next = { homeTrust: 'SOUTH', hostTrust: 'NORTH', staffGroup: 'nursing', from: addDays(today, 8), until: addDays(today, 100) };
  const propose = (who: Person, change: object = {}) => house.ask(who, 'POST', '/agreements', { ...next, ...change });
  expect(code(await propose(office('APART')))).toEqual([404, 'not-found']);
  expect(code(await propose(office('SOUTH'), { hostTrust: 'SOUTH' }))).toEqual([422, 'bad-input']);
  expect(code(await propose(office('SOUTH'), { hostTrust: 'NOBODY' }))).toEqual([422, 'bad-input']);
  const overlap = await propose(office('SOUTH'), { from: addDays(today, 7) });
  expect([code(overlap), overlap.body.title]).toEqual([[409, 'agreement-overlaps'], expect.stringContaining('Wed 1 Jan 2020')]);

  const made = await propose(office('SOUTH'));
  expect([made.status, made.body]).toMatchObject([
    201,
    { state: 'waiting', mySignatureIsDue: false, host: null, home: { by: 'bank-office of SOUTH' } },
  ]);
  const sign = (who: Person, id = made.body.id) => house.ask(who, 'POST', `/agreements/${id}/sign`);
  expect(code(await propose(office('NORTH')))).toEqual([409, 'agreement-overlaps']);
  expect(code(await sign(office('SOUTH')))).toEqual([409, 'not-to-sign']);
  expect(code(await sign(office('APART')))).toEqual([404, 'not-found']);
  const decision = async () => {
    const asked = {
      workerId: world.workers[3]!.workerId,
      wardId: world.wards.north,
      role: 'hcsw',
      band: 3,
      ...world.span(20, '07:00', '15:00'),
    };
    return (await house.ask(office('SOUTH'), 'POST', '/decisions', asked)).body.outcome as string;
  };
  expect(await decision()).toBe('blocked');
  expect((await listed(office('NORTH'))).find((row: { id: string }) => row.id === made.body.id).mySignatureIsDue).toBe(true);
  expect((await sign(office('NORTH'))).body).toMatchObject({ state: 'coming', host: { by: 'bank-office of NORTH' } });
  expect(await decision()).toBe('eligible');
  expect(code(await sign(office('NORTH')))).toEqual([409, 'not-to-sign']);

  const later = await propose(office('NORTH'), { from: addDays(today, 101), until: null });
  const back = await house.ask(office('SOUTH'), 'POST', `/agreements/${later.body.id}/end`, { lastDay: today, reason: 'Not agreed' });
  expect(back.body.agreement).toMatchObject({ state: 'ended', ended: { by: 'bank-office of SOUTH', reason: 'Not agreed' } });
  expect(code(await sign(office('SOUTH'), later.body.id))).toEqual([409, 'not-to-sign']);
  expect((await listed(world.staff['programme']!['NORTH']!)).length).toBe(4);
  house.setClock(world.now + 200 * dayMs);
  expect((await listed(office('APART'))).length).toBe(0);
  const states = (await listed(office('SOUTH'))).map((row: { from: string; state: string }) => `${row.from} ${row.state}`);
  expect(new Set(states)).toEqual(
    new Set(['2020-01-01 in-force', '2020-01-01 ended', `${addDays(today, 8)} over`, `${addDays(today, 101)} ended`]),
  );
});
