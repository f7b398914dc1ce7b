import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '@homeward/db/connect.ts';
import { testDatabase } from '@homeward/db/test-database.ts';
import type { Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import { sql } from 'kysely';
import { openHouse, type House } from './house.ts';
import { makeWorld, type Person, type World } from './world.ts';

// Test A and B of the programme: one shift, one winner, everyone else told truthfully; nobody in two places. Two processes on one database.
const people = 200;
const { db, url } = await testDatabase({ max: 20 });
let world: World;
let houses: [House, House];
let second: Kysely<DB>;

beforeAll(async () => {
  world = await makeWorld(db, { workers: people });
  second = connect(url, { max: 20 });
  houses = [await openHouse(db, url, world.now), await openHouse(second, url, world.now)];
}, 60_000);
afterAll(async () => {
  await Promise.all(houses.map((house) => house.live.stop()));
  await second.destroy();
});

const either = (index: number) => houses[index % 2]!;

async function post(wardId: string, span: { startsAt: string; endsAt: string }, count = 1): Promise<string[]> {
  const manager = Object.values(world.staff['ward-manager']!);
  for (const who of manager) {
    const answer = await houses[0].ask(who, 'POST', '/shifts', {
      wardId,
      role: 'hcsw',
      band: 3,
      ...span,
      breakMinutes: 60,
      count,
      reason: 'vacancy',
    });
    if (answer.status === 201) return answer.body.items.map((shift: { id: string }) => shift.id);
    expect(answer.status).toBe(404);
  }
  throw new Error('nobody may post there');
}

async function liveBookings(shiftId: string) {
  return (await sql<{ workerId: string }>`select worker_id from booking where shift_id = ${shiftId} and status = 'confirmed'`.execute(db))
    .rows;
}

/** Everyone tries at once; what each was told is held against what the database and a later read say. */
async function race(shiftId: string, tries: { who: Person; key: string }[]) {
  const answers = await Promise.all(
    tries.map(async ({ who, key }, index) => {
      const answer = await either(index).ask(who, 'POST', `/shifts/${shiftId}/accept`, undefined, { 'idempotency-key': key });
      return { who, answer };
    }),
  );
  const statuses = new Set(answers.map(({ answer }) => answer.status));
  expect([...statuses].filter((status) => status >= 500)).toEqual([]);
  return answers;
}

test('200 people take one shift at once: one does, the others are told when it went and what is next', async () => {
  const others = await post(world.wards.south, world.span(9, '07:00', '15:00'), 4);
  for (let round = 0; round < 4; round += 1) {
    const [shiftId] = await post(world.wards.north, world.span(3 + round * 2, '20:00', '08:00'));
    const answers = await race(
      shiftId!,
      world.workers.map((who, index) => ({ who, key: `round-${round}-${index}` })),
    );
    const won = answers.filter(({ answer }) => answer.status === 201);
    expect(won).toHaveLength(1);
    const [winner] = won;
    expect(await liveBookings(shiftId!)).toEqual([{ workerId: winner!.who.workerId }]);
    for (const { who, answer } of answers) {
      if (who === winner!.who) continue;
      // A past winner may be too tired for this one; everyone else lost to somebody.
      if (answer.status === 422) continue;
      expect(answer.status).toBe(409);
      expect(answer.body.code).toBe('shift-taken');
      const filledAt = (await sql<{ at: Date }>`select filled_at as at from shift where id = ${shiftId}`.execute(db)).rows[0]!.at;
      expect(answer.body.takenAt).toBe(filledAt.toISOString());
      expect(answer.body.next.length).toBeLessThanOrEqual(3);
      for (const next of answer.body.next) {
        expect(others).toContain(next.id);
        expect(next.decision.outcome).toBe('eligible');
      }
    }
  }
}, 60_000);

test('a double click with one key is one act and one answer', async () => {
  const [shiftId] = await post(world.wards.north, world.span(20, '07:00', '15:00'));
  const [who] = world.workers;
  const answers = await race(
    shiftId!,
    Array.from({ length: 6 }, () => ({ who: who!, key: 'the-same-click' })),
  );
  expect(answers.map(({ answer }) => answer.status)).toEqual([201, 201, 201, 201, 201, 201]);
  expect(new Set(answers.map(({ answer }) => answer.body.id)).size).toBe(1);
  const mismatch = await houses[0].ask(who!, 'POST', `/bookings/${answers[0]!.answer.body.id}/undo`, undefined, {
    'idempotency-key': 'the-same-click',
  });
  expect([mismatch.status, mismatch.body.code]).toEqual([422, 'idempotency-mismatch']);
});

test('a race in which some may not take it never gives it to one of them, and never to nobody', async () => {
  const [shiftId] = await post(world.wards.north, world.span(24, '07:00', '15:00'));
  const lapsed = world.workers.filter((_, index) => index % 3 === 0);
  for (const who of lapsed) {
    await sql`insert into training_revocation (record_id, at, by_name, reason)
      values (${world.recordOf.get(who.workerId!)}, now() - interval '1 minute', 'test', 'test') on conflict do nothing`.execute(db);
  }
  const answers = await race(
    shiftId!,
    world.workers.map((who, index) => ({ who, key: `thirds-${index}` })),
  );
  const won = answers.filter(({ answer }) => answer.status === 201);
  expect(won).toHaveLength(1);
  expect(lapsed).not.toContain(won[0]!.who);
  for (const { who, answer } of answers) if (lapsed.includes(who)) expect([409, 422]).toContain(answer.status);
  await sql`delete from training_revocation`.execute(db);
}, 60_000);

test('one person takes two overlapping shifts at two trusts at once: one of them, and the other says why not', async () => {
  for (let round = 0; round < 25; round += 1) {
    const who = world.workers[100 + round]!;
    const [north] = await post(world.wards.north, world.span(30, '07:00', '15:00'));
    const [south] = await post(world.wards.south, world.span(30, '14:00', '21:00'));
    const answers = await Promise.all([
      houses[0].ask(who, 'POST', `/shifts/${north}/accept`, undefined, { 'idempotency-key': `n${round}` }),
      houses[1].ask(who, 'POST', `/shifts/${south}/accept`, undefined, { 'idempotency-key': `s${round}` }),
    ]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 422]);
    const refused = answers.find((answer) => answer.status === 422)!;
    expect(refused.body.code).toBe('not-eligible');
    expect(refused.body.decision.checks.find((check: { code: string }) => check.code === 'overlap').result).toBe('fail');
  }
});

test('a record revoked at the same instant: never a live booking that rests on it', async () => {
  for (let round = 0; round < 40; round += 1) {
    const who = world.workers[130 + round]!;
    const [shiftId] = await post(world.wards.north, world.span(33 + (round % 5), '07:00', '15:00'));
    const lead = world.staff['training-lead']![who.trust]!;
    const recordId = world.recordOf.get(who.workerId!)!;
    const accept = () => houses[0].ask(who, 'POST', `/shifts/${shiftId}/accept`);
    const revoke = () => houses[1].ask(lead, 'POST', `/training/records/${recordId}/revoke`, { reason: 'Certificate was not theirs' });
    const [accepted, revoked] =
      round % 2 === 0 ? await Promise.all([accept(), revoke()]) : (await Promise.all([revoke(), accept()])).reverse();
    expect(revoked!.status).toBe(200);
    expect([201, 422]).toContain(accepted!.status);
    const { rows } = await sql<{ status: string }>`select status from booking where shift_id = ${shiftId}`.execute(db);
    expect(rows.map((row) => row.status)).toEqual(accepted!.status === 201 ? ['needs-review'] : []);
  }
}, 60_000);

test('a worker who turns out to be another person while they accept is booked as that person', async () => {
  const who = world.workers[190]!;
  const other = world.workers[191]!;
  const [shiftId] = await post(world.wards.north, world.span(60, '07:00', '15:00'));
  let accepted!: ReturnType<House['ask']>;
  await db.transaction().execute(async (trx) => {
    await sql`select 1 from person where id in (${who.personId}, ${other.personId}) order by id for no key update`.execute(trx);
    accepted = houses[1].ask(who, 'POST', `/shifts/${shiftId}/accept`);
    // Until it waits for the lock that we hold.
    for (let waiting = 0; waiting === 0;) {
      const { rows } = await sql<{ count: number }>`select count(*)::int as count from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(trx);
      waiting = rows[0]!.count;
    }
    await sql`update worker set person_id = ${other.personId} where id = ${who.workerId}`.execute(trx);
  });
  expect((await accepted).status).toBe(201);
  const { rows } = await sql<{ personId: string }>`select person_id from booking where shift_id = ${shiftId}`.execute(db);
  expect(rows).toEqual([{ personId: other.personId }]);
});
