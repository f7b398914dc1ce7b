import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from 'kysely';
import { v7 as newId } from 'uuid';
import { testDatabase } from '@homeward/db/test-database.ts';
import { addDays, localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { restrictionView } from '@homeward/shared/workers/contract.ts';
import { openHouse, type House } from '../../../tests/house.ts';
import { makeWorld, type Person, type World } from '../../../tests/world.ts';

// A ward asks not to be sent somebody; they may challenge it, and whoever recorded it must answer (rules-staffing, section 3).
const { db, url } = await testDatabase();
let world: World;
let house: House;

beforeAll(async () => {
  world = await makeWorld(db, { workers: 4 });
  house = await openHouse(db, url, world.now);
}, 60_000);
afterAll(() => house.live.stop());

const office = (trust: string) => world.staff['bank-office']![trust]!;
const code = (answer: { status: number; body: { code?: string } }) => [answer.status, answer.body.code];

test('recorded, challenged, kept, challenged again, lifted: each step is its own side’s, and the ward’s bookings follow', async () => {
  const [worker, colleague] = [world.workers[1]!, world.workers[3]!];
  const today = localDayOf(world.now);
  const post = async () => {
    const body = {
      wardId: world.wards.north,
      role: 'hcsw',
      band: 3,
      ...world.span(4, '07:00', '15:00'),
      breakMinutes: 30,
      reason: 'vacancy',
    };
    return (await house.ask(world.staff['ward-manager']!['NORTH']!, 'POST', '/shifts', body)).body.items[0].id as string;
  };
  const booked = await house.ask(worker, 'POST', `/shifts/${await post()}/accept`);
  const entry = {
    wardId: world.wards.north,
    workerId: worker.workerId,
    from: today,
    until: addDays(today, 90),
    reason: 'Left a shift without handing over',
    reviewer: 'Matron of North',
  };
  const restrict = (who: Person, change: object = {}) => house.ask(who, 'POST', '/restrictions', { ...entry, ...change });

  // Given: only the ward's own office, only of somebody it may know of, only on days that can be.
  expect(code(await restrict(office('SOUTH')))).toEqual([404, 'not-found']);
  const stranger = world.staff['worker']!['APART']!.workerId;
  const [unknown, nobody] = [
    await restrict(office('NORTH'), { workerId: stranger }),
    await restrict(office('NORTH'), { workerId: newId() }),
  ];
  expect([unknown.status, unknown.body.errors]).toEqual([422, nobody.body.errors]);
  expect(code(await restrict(office('NORTH'), { until: addDays(today, -1) }))).toEqual([422, 'bad-input']);

  // When it is recorded: the booking there is looked at, and the person can take nothing there.
  const made = await restrict(office('NORTH'));
  expect(made.status).toBe(201);
  expect(restrictionView.strict().parse(made.body)).toEqual(made.body);
  const status = async () =>
    (await db.selectFrom('booking').select('status').where('id', '=', booked.body.id).executeTakeFirstOrThrow()).status;
  expect(await status()).toBe('needs-review');
  expect(code(await restrict(office('NORTH'), { from: addDays(today, 80), until: null }))).toEqual([409, 'already-restricted']);
  const taken = await house.ask(worker, 'POST', `/shifts/${await post()}/accept`);
  expect(taken.body.decision.checks.find((check: { code: string }) => check.code === 'restriction').result).toBe('fail');

  // Who reads it: the worker and both offices, nobody else.
  const listed = async (who: Person) => (await house.ask(who, 'GET', '/restrictions')).body.items.map((one: { id: string }) => one.id);
  expect(await listed(office('NORTH'))).toEqual([made.body.id]);
  expect(await listed(office('SOUTH'))).toEqual([made.body.id]);
  expect(await listed(office('APART'))).toEqual([]);
  const mine = async () => (await house.ask(worker, 'GET', '/me/passport')).body.restrictions;
  expect(await mine()).toMatchObject([{ id: made.body.id, reason: entry.reason, mayDecide: true }]);

  // Then: one challenge at a time, theirs alone, answered by the ward's office alone.
  const challenge = (who: Person) => house.ask(who, 'POST', `/me/restrictions/${made.body.id}/challenge`, { words: 'I did hand over' });
  const answer = (who: Person, outcome: 'kept' | 'lifted') =>
    house.ask(who, 'POST', `/restrictions/${made.body.id}/answer`, { outcome, answer: 'We looked at the notes' });
  expect(code(await answer(office('NORTH'), 'kept'))).toEqual([409, 'no-challenge']);
  expect(code(await challenge(colleague))).toEqual([404, 'not-found']);
  expect((await challenge(worker)).status).toBe(200);
  expect(code(await challenge(worker))).toEqual([409, 'already-challenged']);
  expect(code(await answer(office('SOUTH'), 'lifted'))).toEqual([404, 'not-found']);
  expect((await answer(office('NORTH'), 'kept')).body).toMatchObject({ lifted: null, challenges: [{ answer: { outcome: 'kept' } }] });
  expect((await challenge(worker)).status).toBe(200);
  const lifted = await answer(office('NORTH'), 'lifted');
  expect(lifted.body).toMatchObject({ lifted: { by: 'bank-office of NORTH', reason: 'We looked at the notes' }, mayDecide: false });
  expect(code(await challenge(worker))).toEqual([409, 'not-in-force']);
  expect(code(await house.ask(office('NORTH'), 'POST', `/restrictions/${made.body.id}/lift`, { reason: 'Again' }))).toEqual([
    409,
    'already-lifted',
  ]);
  expect((await house.ask(worker, 'POST', `/shifts/${await post()}/accept`)).body.decision?.checks?.find(isRestriction)?.result).not.toBe(
    'fail',
  );
  const { rows } = await sql<{
    change: string;
  }>`select data->>'change' as change from event where type = 'restriction.changed' order by "offset"`.execute(db);
  expect(rows.map((row) => row.change)).toEqual(['made', 'challenged', 'kept', 'challenged', 'lifted']);
});

test('who has worked on a ward, for its own managers and office', async () => {
  const people = (who: Person) => house.ask(who, 'GET', `/wards/${world.wards.north}/people`);
  const [own, officer] = [await people(world.staff['ward-manager']!['NORTH']!), await people(office('NORTH'))];
  expect(own.body).toEqual(officer.body);
  expect(own.body.items.map((one: { name: string }) => one.name)).toEqual([world.workers[1]!.name]);
  expect(code(await people(world.staff['ward-manager']!['SOUTH']!))).toEqual([404, 'not-found']);
  expect(code(await people(office('SOUTH')))).toEqual([404, 'not-found']);
});

const isRestriction = (check: { code: string }) => check.code === 'restriction';
