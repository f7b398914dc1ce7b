import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sql } from 'kysely';
import { v7 as newId } from 'uuid';
import { testDatabase } from '@homeward/db/test-database.ts';
import { hourMs, minuteMs } from '@homeward/shared/kernel/interval.ts';
import type { Frame } from '@homeward/shared/kernel/event.ts';
import { scopeOfToken, tokenHash } from '../api/src/platform/session.ts';
import { sweepShifts } from '../api/src/shifts/jobs.ts';
import { openHouse, type House } from './house.ts';
import { openScreens, type OpenScreens } from './screens.ts';
import { makeWorld, type Person, type World } from './world.ts';

// Each command in a small story; after each step every open screen shows what a fresh load shows.
const { db, url } = await testDatabase();
let world: World;
let house: House;
let screens: OpenScreens;
let manager: Person;

beforeAll(async () => {
  world = await makeWorld(db, { workers: 4 });
  house = await openHouse(db, url, world.now);
  manager = world.staff['ward-manager']!['NORTH']!;
  screens = await openScreens(house, world);
}, 60_000);
afterAll(() => house.live.stop());

beforeEach(async () => {
  await sql`delete from shift_request`.execute(db);
  await sql`delete from booking_decision`.execute(db);
  await sql`delete from booking`.execute(db);
  await sql`delete from shift`.execute(db);
  house.setClock(world.now);
  await screens.load();
});

async function post(more: Record<string, unknown> & { startsAt: string; endsAt: string }) {
  const body = { wardId: world.wards.north, role: 'hcsw', band: 3, breakMinutes: 30, reason: 'vacancy', ...more };
  const answer = await house.ask(manager, 'POST', '/shifts', body);
  expect([answer.status, answer.body.errors]).toEqual([201, undefined]);
  await screens.settle();
  return (answer.body.items as { id: string }[]).map((shift) => shift.id);
}

const heardBy = (who: Person, type: string) =>
  screens.heard.filter((one) => one.who === who && one.frame.type === type).map((one) => one.frame);

/** A worker who has just worked a day and is asked to come back 10 hours later: rest is cut, so the ward must agree. */
async function restCut(who: Person, day: number) {
  const [first] = await post(world.span(day, '07:00', '15:00'));
  expect((await house.ask(who, 'POST', `/shifts/${first}/accept`)).status).toBe(201);
  const [second] = await post(world.span(day + 1, '01:00', '06:00'));
  await screens.settle();
  return second!;
}

test('a booking that is given back in the same moment as it was made never ended before it began', async () => {
  const who = world.workers[0]!;
  const made: string[] = [];
  for (const day of [3, 5]) {
    const [shiftId] = await post(world.span(day, '07:00', '15:00'));
    made.push((await house.ask(who, 'POST', `/shifts/${shiftId}/accept`)).body.id as string);
  }
  for (const bookingId of made) expect((await house.ask(who, 'POST', `/bookings/${bookingId}/undo`)).status).toBe(200);
  const { rows } = await sql<{ length: number }>`select extract(epoch from cancelled_at - booked_at)::float as length from booking`.execute(
    db,
  );
  expect(rows.map((row) => row.length)).toEqual([0, 0]);
});

test('a shift that cuts rest is asked for, agreed with compensatory rest, and booked on the decision taken then', async () => {
  const who = world.workers[0]!;
  const shiftId = await restCut(who, 3);
  const asWorker = await house.ask(who, 'GET', `/me/shifts/${shiftId}`);
  expect(asWorker.body.decision.outcome).toBe('override');
  const refusedAccept = await house.ask(who, 'POST', `/shifts/${shiftId}/accept`);
  expect([refusedAccept.status, refusedAccept.body.code]).toEqual([422, 'not-eligible']);

  const asked = await house.ask(who, 'POST', `/shifts/${shiftId}/requests`);
  expect(asked.status).toBe(201);
  await screens.settle();
  expect((await house.ask(who, 'POST', `/shifts/${shiftId}/requests`)).body.code).toBe('already-asked');

  const without = await house.ask(manager, 'POST', `/requests/${asked.body.id}/approve`, { reason: 'Known to the ward' });
  expect([without.status, without.body.errors[0].path]).toEqual([422, 'compensatoryRest']);
  const approved = await house.ask(manager, 'POST', `/requests/${asked.body.id}/approve`, {
    reason: 'Known to the ward',
    compensatoryRest: 'Starts at 13:00 the day after',
  });
  expect([approved.status, approved.body.status]).toEqual([201, 'approved']);
  // The manager reads the checks; what they rest on is the worker's and their bank office's.
  expect(approved.body.decision.checks.flatMap((check: { evidence: unknown[] }) => check.evidence)).toEqual([]);
  await screens.settle();
  const explained = await house.ask(who, 'GET', `/bookings/${approved.body.bookingId}/explanation`);
  expect(explained.body.decision.checks.find((check: { code: string }) => check.code === 'daily-rest').result).toBe('override');
  expect(heardBy(who, 'request.answered').at(-1)?.data.request).toMatchObject({ id: asked.body.id, status: 'approved' });
});

test('a request may be refused with a reason, and never answered twice', async () => {
  const who = world.workers[0]!;
  const shiftId = await restCut(who, 6);
  const asked = await house.ask(who, 'POST', `/shifts/${shiftId}/requests`);
  expect((await house.ask(manager, 'POST', `/requests/${asked.body.id}/refuse`, {})).status).toBe(422);
  const refused = await house.ask(manager, 'POST', `/requests/${asked.body.id}/refuse`, { reason: 'Two nights in a row already' });
  expect([refused.status, refused.body.status]).toEqual([201, 'refused']);
  await screens.settle();
  expect((await house.ask(manager, 'POST', `/requests/${asked.body.id}/approve`, { reason: 'Changed my mind' })).body.code).toBe(
    'already-answered',
  );
});

test('two managers answer one request at once: one answer stands', async () => {
  const who = world.workers[0]!;
  const shiftId = await restCut(who, 12);
  const asked = await house.ask(who, 'POST', `/shifts/${shiftId}/requests`);
  const yes = { reason: 'Known to the ward', compensatoryRest: 'Starts at 13:00 the day after' };
  const answers = await Promise.all([
    house.ask(manager, 'POST', `/requests/${asked.body.id}/approve`, yes),
    house.ask(manager, 'POST', `/requests/${asked.body.id}/refuse`, { reason: 'Not tonight' }),
    house.ask(manager, 'POST', `/requests/${asked.body.id}/approve`, yes),
  ]);
  expect(answers.map((answer) => answer.status).sort()).toEqual([201, 409, 409]);
  await screens.settle();
});

test('several different shifts are posted in one act, all or none, and a bad one says which it is', async () => {
  const one = { wardId: world.wards.north, role: 'hcsw', band: 3, breakMinutes: 30, reason: 'vacancy' };
  const bad = await house.ask(manager, 'POST', '/shifts/batch', {
    shifts: [
      { ...one, ...world.span(3, '07:00', '15:00') },
      { ...one, ...world.span(4, '07:00', '15:00'), breakMinutes: 0, reason: 'strike-cover' },
    ],
  });
  expect(bad.status).toBe(422);
  expect(bad.body.errors.map((error: { path: string; code: string }) => [error.path, error.code])).toEqual([
    ['shifts.1.breakMinutes', 'break-too-short'],
    ['shifts.1.reason', 'industrial-action'],
  ]);
  expect((await house.ask(manager, 'GET', '/shifts')).body.items).toEqual([]);
  const good = await house.ask(manager, 'POST', '/shifts/batch', {
    shifts: [3, 4, 5].map((day) => ({ ...one, ...world.span(day, '07:00', '15:00') })),
  });
  expect([good.status, good.body.items.length]).toEqual([201, 3]);
  await screens.settle();
});

test('with waves a shift opens to regulars, then the trust, then everyone, and each hears of it then', async () => {
  const [northern, southern] = [world.workers[0]!, world.workers[1]!];
  await sql`insert into ward_wave (id, ward_id, regulars_minutes, home_trust_minutes, days) values (${newId()}, ${world.wards.north}, 60, 120, '[2020-01-01,)')`.execute(
    db,
  );
  try {
    const [shiftId] = await post(world.span(10, '07:00', '15:00'));
    const mine = async (who: Person) => (await house.ask(who, 'GET', '/me/shifts')).body.items.map((item: { id: string }) => item.id);
    expect([await mine(northern), await mine(southern)]).toEqual([[], []]);
    const early = await house.ask(northern, 'POST', `/shifts/${shiftId}/accept`);
    expect(early.body.decision.checks.find((check: { code: string }) => check.code === 'wave')).toMatchObject({ result: 'fail' });

    house.setClock(world.now + hourMs + minuteMs);
    expect(await sweepShifts(house.platform)).toBe(1);
    await screens.settle();
    expect([await mine(northern), await mine(southern)]).toEqual([[shiftId], []]);
    expect(heardBy(northern, 'shift.offered').at(-1)?.data.shiftId).toBe(shiftId);

    house.setClock(world.now + 3 * hourMs + minuteMs);
    expect(await sweepShifts(house.platform)).toBe(1);
    await screens.settle();
    expect([await mine(northern), await mine(southern)]).toEqual([[shiftId], [shiftId]]);
    expect(await sweepShifts(house.platform)).toBe(0);
  } finally {
    await sql`delete from ward_wave`.execute(db);
  }
});

test('a shift kept for one person is hidden from the others until its time', async () => {
  const [kept, other] = [world.workers[0]!, world.workers[2]!];
  const span = world.span(10, '07:00', '15:00');
  const [shiftId] = await post({ ...span, preferredWorkerId: kept.workerId, preferredUntil: new Date(world.now + hourMs).toISOString() });
  expect((await house.ask(other, 'GET', `/me/shifts/${shiftId}`)).status).toBe(404);
  expect((await house.ask(other, 'POST', `/shifts/${shiftId}/accept`)).status).toBe(404);
  expect((await house.ask(kept, 'GET', `/me/shifts/${shiftId}`)).body.preferred).toBe(true);
  house.setClock(world.now + hourMs);
  expect(await sweepShifts(house.platform)).toBe(1);
  await screens.settle();
  expect((await house.ask(other, 'POST', `/shifts/${shiftId}/accept`)).status).toBe(201);
});

test('a shift nobody took expires at its start, once, and goes from every screen', async () => {
  const [shiftId] = await post(world.span(1, '07:00', '15:00'));
  house.setClock(Date.parse(world.span(1, '07:00', '15:00').startsAt));
  await screens.load();
  const late = await house.ask(world.workers[0]!, 'POST', `/shifts/${shiftId}/accept`);
  expect([late.status, late.body.code]).toEqual([409, 'shift-expired']);
  expect((await Promise.all([sweepShifts(house.platform), sweepShifts(house.platform)])).sort()).toEqual([0, 1]);
  await screens.settle();
  expect((await house.ask(manager, 'GET', `/shifts/${shiftId}`)).body.status).toBe('expired');
});

test('an acceptance is undone for five minutes, then only cancelled with a reason; the shift opens again', async () => {
  const who = world.workers[0]!;
  const [shiftId] = await post(world.span(5, '07:00', '15:00'));
  const booking = (await house.ask(who, 'POST', `/shifts/${shiftId}/accept`)).body;
  house.setClock(world.now + 5 * minuteMs);
  expect((await house.ask(who, 'POST', `/bookings/${booking.id}/undo`)).body.code).toBe('too-late');
  expect((await house.ask(who, 'POST', `/bookings/${booking.id}/cancel`, { reason: 'no-longer-needed' })).status).toBe(422);
  const cancelled = await house.ask(who, 'POST', `/bookings/${booking.id}/cancel`, { reason: 'sickness' });
  expect([cancelled.status, cancelled.body.status, cancelled.body.cancelReason]).toEqual([200, 'cancelled', 'I am ill']);
  await screens.settle();
  const again = await house.ask(who, 'POST', `/shifts/${shiftId}/accept`);
  expect(again.status).toBe(201);
  // Asked once more without its key, it isn't somebody else's: it is theirs.
  expect((await house.ask(who, 'POST', `/shifts/${shiftId}/accept`)).body).toMatchObject({
    code: 'already-yours',
    bookingId: again.body.id,
  });
  house.setClock(world.now + 5 * minuteMs + 4 * minuteMs + 59_000);
  const undone = await house.ask(who, 'POST', `/bookings/${again.body.id}/undo`);
  expect([undone.status, undone.body.cancelReason]).toEqual([200, 'Undone within five minutes']);
  await screens.settle();
});

test('whoever cancels may say why in their own words', async () => {
  const who = world.workers[0]!;
  const [shiftId] = await post(world.span(5, '07:00', '15:00'));
  const booking = (await house.ask(who, 'POST', `/shifts/${shiftId}/accept`)).body;
  expect((await house.ask(who, 'POST', `/bookings/${booking.id}/cancel`, { reason: ' ' })).status).toBe(422);
  const cancelled = await house.ask(who, 'POST', `/bookings/${booking.id}/cancel`, { reason: 'My train was cancelled' });
  expect([cancelled.status, cancelled.body.cancelReason]).toEqual([200, 'My train was cancelled']);
  const gone = await house.ask(manager, 'POST', `/shifts/${shiftId}/cancel`, { reason: 'The ward is being painted' });
  expect([gone.status, gone.body.cancelReason]).toEqual([200, 'The ward is being painted']);
  await screens.settle();
});

test('the decision of a booking is kept as it was, whatever changes after', async () => {
  const who = world.workers[1]!;
  const [shiftId] = await post(world.span(5, '07:00', '15:00'));
  const booking = (await house.ask(who, 'POST', `/shifts/${shiftId}/accept`)).body;
  const before = (await house.ask(who, 'GET', `/bookings/${booking.id}/explanation`)).body;
  expect(before.decision.outcome).toBe('eligible');
  expect(before.decision.checks.every((check: { evidence: unknown }) => Array.isArray(check.evidence))).toBe(true);
  await sql`update worker_revision set consents_to_share = false where worker_id = ${who.workerId}`.execute(db);
  expect((await house.ask(who, 'GET', `/bookings/${booking.id}/explanation`)).body).toEqual(before);
  await sql`update worker_revision set consents_to_share = true where worker_id = ${who.workerId}`.execute(db);
});

test('a time marked as not available warns and can be taken back; nobody else’s screen changes', async () => {
  const who = world.workers[0]!;
  const [shiftId] = await post(world.span(5, '07:00', '15:00'));
  const away = await house.ask(who, 'POST', '/me/unavailability', world.span(5, '00:00', '23:00'));
  await screens.settle();
  const availability = async () =>
    (await house.ask(who, 'GET', `/me/shifts/${shiftId}`)).body.decision.checks.find(
      (check: { code: string }) => check.code === 'availability',
    ).result;
  expect(await availability()).toBe('warn');
  expect((await house.ask(who, 'POST', `/me/unavailability/${away.body.id}/withdraw`)).status).toBe(200);
  await screens.settle();
  expect(await availability()).toBe('pass');
});

test('an import changes what shifts come to, and every screen with it', async () => {
  const who = world.workers[2]!;
  const [shiftId] = await post(world.span(5, '07:00', '15:00'));
  const mine = async () => (await house.ask(who, 'GET', '/me/shifts')).body.items.map((item: { id: string }) => item.id);
  expect(await mine()).toEqual([shiftId]);
  const { startsAt, endsAt } = world.span(5, '06:00', '14:00');
  const roster = `staff_number,trust,ward_code,starts_at,ends_at,break_minutes,kind,external_id\n${who.name.replace(' worker ', '-000')},NORTH,north/north,${startsAt},${endsAt},30,duty,r-1\n`;
  const office = world.staff['bank-office']!['NORTH']!;
  const leadHears: string[] = [];
  const lead = world.staff['training-lead']!['SOUTH']!.cookie.slice('homeward='.length);
  const scope = (await scopeOfToken(db, lead))!;
  const listener = {
    scope,
    sessionHash: tokenHash(lead),
    ready: () => {},
    tell: (frame: Frame) => void leadHears.push(frame.type),
    close: () => {},
  };
  await house.live.follow(listener, {});
  const brought = await house.ask(office, 'POST', '/imports/roster?mode=apply', roster, { 'content-type': 'text/csv' });
  expect([brought.status, brought.body.problems]).toEqual([200, []]);
  await screens.settle();
  expect(await mine()).toEqual([]);
  // Their screen and the boards were told to load afresh.
  expect(heardBy(who, 'import.applied').at(-1)?.data.reload).toBe(true);
  // An office hears that there was one, and nothing of whom it was about.
  expect(leadHears).toEqual(['import.applied']);
  house.live.unfollow(listener);
  await sql`delete from duty_revision`.execute(db);
});

test('a list filtered by status holds what the rule says has that status, at every hour of its life', async () => {
  const who = world.workers[0]!;
  const [filled] = await post(world.span(1, '07:00', '15:00'));
  await post(world.span(1, '08:00', '16:00'));
  const [cancelled] = await post(world.span(1, '09:00', '17:00'));
  expect((await house.ask(who, 'POST', `/shifts/${filled}/accept`)).status).toBe(201);
  expect((await house.ask(manager, 'POST', `/shifts/${cancelled}/cancel`, { reason: 'no-longer-needed' })).status).toBe(200);
  const { startsAt, endsAt } = world.span(1, '07:00', '15:00');
  const seen = new Set<string>();
  for (const at of [world.now, Date.parse(startsAt) - 1, Date.parse(startsAt), Date.parse(endsAt) - 1, Date.parse(endsAt)]) {
    house.setClock(at);
    const all = (await house.ask(manager, 'GET', '/shifts')).body.items as { id: string; status: string }[];
    expect(all).toHaveLength(3);
    for (const status of ['open', 'filled', 'started', 'finished', 'cancelled', 'expired']) {
      const listed = (await house.ask(manager, 'GET', `/shifts?status=${status}`)).body.items as { id: string }[];
      expect([at, status, listed.map((one) => one.id)]).toEqual([
        at,
        status,
        all.filter((one) => one.status === status).map((one) => one.id),
      ]);
      if (listed.length > 0) seen.add(status);
    }
  }
  expect(seen).toEqual(new Set(['open', 'filled', 'started', 'finished', 'cancelled', 'expired']));
});
