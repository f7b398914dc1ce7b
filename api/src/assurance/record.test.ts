import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from 'kysely';
import { testDatabase } from '@homeward/db/test-database.ts';
import { bookingRecord } from '@homeward/shared/assurance/contract.ts';
import { dayMs, hourMs, minuteMs, rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { openHouse, type House } from '../../../tests/house.ts';
import { makeWorld, type Person, type World } from '../../../tests/world.ts';

// What an auditor is told of the past, while the present has moved on.
const { db, url } = await testDatabase();
let world: World;
let house: House;
let auditor: Person;
let guest: Person;

beforeAll(async () => {
  world = await makeWorld(db, { workers: 4 });
  house = await openHouse(db, url, world.now);
  auditor = world.staff['auditor']!['NORTH']!;
  guest = world.workers.find((one) => one.trust === 'SOUTH')!;
}, 60_000);
afterAll(() => house.live.stop());

const lead = (trust: string) => world.staff['training-lead']![trust]!;
const asked = (asOf: Instant, more: Record<string, string> = {}) => {
  const span = world.span(5, '07:00', '15:00');
  const query = new URLSearchParams({ wardId: world.wards.north, role: 'hcsw', band: '3', ...span, asOf: rfc3339(asOf), ...more });
  return house.ask(auditor, 'GET', `/audit/could-have-worked?${query.toString()}`);
};
const outcomeOf = async (who: Person, asOf: Instant) =>
  ((await asked(asOf)).body.items as { worker: { id: string }; decision: { outcome: string } }[]).find(
    (one) => one.worker.id === who.workerId,
  )?.decision.outcome;

test('who could have worked is answered as things stood then, whatever came after', async () => {
  const ward = `/wards/${world.wards.north}/requirements`;
  const home = world.staff['bank-office']!['SOUTH']!;
  const steps: [what: string, act: () => Promise<{ status: number }>, after: 'eligible' | 'blocked'][] = [
    ['consent taken back', () => house.ask(guest, 'POST', '/me/consent', { consents: false }), 'blocked'],
    ['consent given', () => house.ask(guest, 'POST', '/me/consent', { consents: true }), 'eligible'],
    ['a shorter period', () => period(1), 'blocked'],
    ['a longer one', () => period(12), 'eligible'],
    [
      'a check ended',
      () => house.ask(home, 'POST', `/workers/${guest.workerId}/checks`, { check: 'dbs', onDay: null, because: 'Lost' }),
      'blocked',
    ],
    [
      'a check made',
      () => house.ask(home, 'POST', `/workers/${guest.workerId}/checks`, { check: 'dbs', onDay: '2026-12-01', because: 'Found' }),
      'eligible',
    ],
    ['the alignment withdrawn', withdrawn, 'blocked'],
    ['the requirement ended', ended, 'eligible'],
    [
      'the requirement made',
      () => house.ask(world.staff['ward-manager']!['NORTH']!, 'POST', ward, { competency: 'pmva-team', reason: 'Again' }),
      'blocked',
    ],
  ];
  const story: [what: string, at: Instant, outcome: string][] = [['at first', world.now, 'eligible']];
  let now = world.now;
  for (const [what, act, after] of steps) {
    house.setClock((now += hourMs));
    expect([what, (await act()).status]).toEqual([what, expect.toSatisfy((status: number) => status < 300)]);
    story.push([what, now, after]);
  }
  house.setClock(now + hourMs);
  for (const [what, at, outcome] of story) {
    expect([what, await outcomeOf(guest, at + minuteMs)]).toEqual([what, outcome]);
    // Until then it was as before.
    const before = story.findLast(([, earlier]) => earlier < at);
    if (before) expect([what, await outcomeOf(guest, at - 1)]).toEqual([what, before[2]]);
  }
  expect(await outcomeOf(guest, world.now - 350 * dayMs)).toBeUndefined();
});

const period = (months: number) =>
  house.ask(lead('NORTH'), 'POST', '/training/periods', {
    competency: 'pmva-team',
    months,
    from: new Date(house.platform.clock.now()).toISOString().slice(0, 10),
    reason: 'Agreed',
  });
async function withdrawn() {
  const { rows } = await sql<{
    id: string;
  }>`select a.id from alignment a join course c on c.id = a.course_id where c.trust = 'SOUTH'`.execute(db);
  return house.ask(lead('NORTH'), 'POST', `/training/alignments/${rows[0]!.id}/withdraw`, { reason: 'Not as ours' });
}
async function ended() {
  const { rows } = await sql<{
    id: string;
  }>`select id from requirement where ward_id = ${world.wards.north} and replaced_at is null`.execute(db);
  return house.ask(world.staff['ward-manager']!['NORTH']!, 'POST', `/wards/${world.wards.north}/requirements/${rows[0]!.id}/end`, {
    reason: 'Enough',
  });
}

test('the counts are of everyone and the pages of some; the future and what can’t be a shift are refused', async () => {
  const whole = (await asked(world.now)).body;
  // The fifth is of a trust that shares with nobody.
  expect(whole.counts).toEqual({ eligible: 4, override: 0, blocked: 1 });
  const first = (await asked(world.now, { limit: '3', outcome: 'eligible' })).body;
  const rest = (await asked(world.now, { limit: '3', outcome: 'eligible', cursor: first.nextCursor })).body;
  expect([...first.items, ...rest.items]).toEqual(whole.items.slice(0, 4));
  expect([first.counts, rest.nextCursor]).toEqual([whole.counts, null]);
  const later = await asked(house.platform.clock.now() + minuteMs);
  expect([later.status, later.body.errors[0].code]).toEqual([422, 'in-future']);
  expect((await asked(world.now, { endsAt: world.span(5, '06:00', '07:00').startsAt })).status).toBe(422);
});

test('a booking is opened with the alignment that stood when it was made and who had signed it, and the worker is told', async () => {
  house.setClock(world.now + 20 * hourMs);
  // Validated in the program this time: two rounds, and every trust in each.
  const { rows } = await sql<{ id: string }>`
    update alignment_state s set state = 'stress-testing', since = ${rfc3339(world.now - 20 * dayMs)}, replaced_at = ${rfc3339(world.now - 10 * dayMs)}
    from alignment a join course c on c.id = a.course_id where c.trust = 'SOUTH' and s.alignment_id = a.id and s.replaced_at is null returning s.id`.execute(
    db,
  );
  const validatedAt = rfc3339(world.now - 10 * dayMs);
  await sql`insert into alignment_state (id, alignment_id, state, since, decided_by)
    select gen_random_uuid(), alignment_id, 'validated', ${validatedAt}, 'Lead of SOUTH' from alignment_state where id = ${rows[0]!.id}`.execute(
    db,
  );
  for (const trust of ['NORTH', 'SOUTH']) {
    await sql`insert into alignment_signature (id, alignment_state_id, trust, stance, responsible_person, account_id, by_name, at)
      values (gen_random_uuid(), ${rows[0]!.id}, ${trust}, 'signed', 'Responsible person', ${lead(trust).accountId}, ${`Lead of ${trust}`}, ${validatedAt})`.execute(
      db,
    );
  }
  const posted = await house.ask(world.staff['ward-manager']!['NORTH']!, 'POST', '/shifts', {
    wardId: world.wards.north,
    role: 'hcsw',
    band: 3,
    breakMinutes: 30,
    reason: 'vacancy',
    ...world.span(5, '07:00', '15:00'),
  });
  const booked = await house.ask(guest, 'POST', `/shifts/${posted.body.items[0].id}/accept`);
  expect(booked.status).toBe(201);
  house.setClock(world.now + 21 * hourMs);
  await withdrawn();

  const record = bookingRecord.parse((await house.ask(auditor, 'GET', `/audit/bookings/${booked.body.id}`)).body);
  expect(record.booking.status).toBe('needs-review');
  expect(record.explanation.decision.outcome).toBe('eligible');
  expect(record.alignments.map(({ state }) => [state.state, state.signatures.map(({ trust, stance }) => [trust, stance]).sort()])).toEqual([
    [
      'validated',
      [
        ['NORTH', 'signed'],
        ['SOUTH', 'signed'],
      ],
    ],
  ]);
  expect(record.recomputed).toMatchObject({ same: true, outcome: 'eligible', differences: [] });
  const passport = await house.ask(guest, 'GET', '/me/passport');
  expect(passport.body.readBy[0]).toMatchObject({ name: auditor.name, what: 'booking' });
  for (const who of [guest, lead('NORTH'), world.staff['bank-office']!['SOUTH']!]) {
    expect((await house.ask(who, 'GET', `/audit/bookings/${booked.body.id}`)).status).toBe(404);
  }
});
