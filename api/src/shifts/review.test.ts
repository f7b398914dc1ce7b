import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sql } from 'kysely';
import { v7 as newId } from 'uuid';
import { testDatabase } from '@homeward/db/test-database.ts';
import type { AccountRole } from '@homeward/shared/accounts/contract.ts';
import type { Frame } from '@homeward/shared/kernel/event.ts';
import { hourMs, minuteMs, rfc3339 } from '@homeward/shared/kernel/interval.ts';
import type { ReviewItem } from '@homeward/shared/shifts/contract.ts';
import { announce, type Announcement } from '../platform/announce.ts';
import { ok } from '../platform/problem.ts';
import { scopeOfToken, tokenHash } from '../platform/session.ts';
import { transact } from '../platform/transaction.ts';
import { openHouse, type House } from '../../../tests/house.ts';
import { makeWorld, type Person, type World } from '../../../tests/world.ts';
import { recheckBookings } from './jobs.ts';

// A booking whose decision no longer holds is found, told of and settled; one that still holds is left alone.
const { db, url } = await testDatabase();
let world: World;
let house: House;
let other: House;

beforeAll(async () => {
  world = await makeWorld(db, { workers: 4 });
  [house, other] = await Promise.all([openHouse(db, url, world.now), openHouse(db, url, world.now)]);
}, 60_000);
afterAll(() => Promise.all([house.live.stop(), other.live.stop()]));

const setClock = (now: number) => [house, other].forEach((one) => one.setClock(now));
const staff = (role: AccountRole, trust = 'SOUTH') => world.staff[role]![trust]!;
/** Of NORTH, and of NORTH too: both may work on the wards of SOUTH. */
const northern = () => [world.workers[0]!, world.workers[2]!] as const;

beforeEach(async () => {
  setClock(world.now);
  for (const table of ['booking_decision', 'shift_request', 'booking', 'shift', 'training_revocation', 'passport_read']) {
    await sql`delete from ${sql.table(table)}`.execute(db);
  }
});

async function post(span: { startsAt: string; endsAt: string }, wardId = world.wards.south): Promise<string> {
  const manager = staff('ward-manager', wardId === world.wards.south ? 'SOUTH' : 'NORTH');
  const body = { wardId, role: 'hcsw', band: 3, breakMinutes: 30, reason: 'vacancy', ...span };
  const posted = await house.ask(manager, 'POST', '/shifts', body);
  expect(posted.status).toBe(201);
  return posted.body.items[0].id as string;
}

async function book(who: Person, span = world.span(3, '07:00', '15:00')): Promise<{ id: string; shiftId: string }> {
  const shiftId = await post(span);
  const booked = await house.ask(who, 'POST', `/shifts/${shiftId}/accept`);
  expect(booked.status).toBe(201);
  return { id: booked.body.id, shiftId };
}

const recordOf = (who: Person) => world.recordOf.get(who.workerId!)!;
const revoke = (who: Person) =>
  house.ask(staff('training-lead', who.trust), 'POST', `/training/records/${recordOf(who)}/revoke`, { reason: 'Given in error' });
/** What no command has told of: the clock has to find it. */
const revokeUnseen = (who: Person) =>
  sql`insert into training_revocation (record_id, at, by_name, reason) values (${recordOf(who)}, ${rfc3339(world.now)}, 'test', 'test')`.execute(
    db,
  );
const takeBack = () => sql`delete from training_revocation`.execute(db);

async function queueOf(who: Person): Promise<ReviewItem[]> {
  const answer = await house.ask(who, 'GET', '/reviews');
  expect(answer.status).toBe(200);
  return answer.body.items as ReviewItem[];
}

const settle = (who: Person, bookingId: string, resolution: string, more: Record<string, unknown> = {}) =>
  house.ask(who, 'POST', `/bookings/${bookingId}/review`, { resolution, reason: 'The ward agreed this', ...more });

async function bookingOf(id: string) {
  const { status, nextCheckAt, reviewReason } = await db
    .selectFrom('booking')
    .select(['status', 'nextCheckAt', 'reviewReason'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return { status, nextCheckAt: nextCheckAt?.getTime() ?? null, reviewReason };
}
const decisionsOf = (id: string) =>
  db.selectFrom('bookingDecision').select(['kind', 'because']).where('bookingId', '=', id).orderBy('at').orderBy('id').execute();

describe('the queue', () => {
  test('each sees what is theirs to settle or to see, with the decision as they may read it', async () => {
    const [who] = northern();
    const { id } = await book(who);
    expect((await revoke(who)).body.bookingsToReview).toBe(1);
    const seen = async (role: AccountRole, trust: string) =>
      (await queueOf(staff(role, trust))).map((item) => [item.bookingId, item.maySettle]);
    expect(await seen('ward-manager', 'SOUTH')).toEqual([[id, true]]);
    expect(await seen('bank-office', 'SOUTH')).toEqual([[id, true]]);
    expect(await seen('bank-office', 'NORTH')).toEqual([[id, false]]);
    for (const [role, trust] of [
      ['ward-manager', 'NORTH'],
      ['ward-manager', 'APART'],
      ['bank-office', 'APART'],
    ] as const) {
      expect([role, trust, await seen(role, trust)]).toEqual([role, trust, []]);
    }
    const [toHost] = await queueOf(staff('ward-manager'));
    const [toHome] = await queueOf(staff('bank-office', 'NORTH'));
    expect(toHost).toMatchObject({
      because: 'A training record was revoked: Given in error. PMVA team: the record was revoked.',
      worker: { name: who.name, homeTrust: 'NORTH' },
      decision: { outcome: 'blocked' },
      keep: { may: false, because: 'It cannot be kept: PMVA team: the record was revoked.', needsRest: false },
    });
    const codes = (item: ReviewItem | undefined) => item!.decision.checks.map((check) => check.code);
    expect(toHost!.decision.checks.flatMap((check) => check.evidence)).toEqual([]);
    expect([codes(toHost).includes('not-available'), codes(toHost).includes('overlap')]).toEqual([true, false]);
    expect(toHome!.decision.checks.flatMap((check) => check.evidence).length).toBeGreaterThan(5);
    expect(codes(toHome).includes('overlap')).toBe(true);
    // Once the shift is over there is nothing left to settle.
    setClock(Date.parse(world.span(3, '07:00', '15:00').endsAt));
    expect(await queueOf(staff('ward-manager'))).toEqual([]);
  });

  test('kept once it is a yes again, on a decision that is stored beside the first, and not twice; never while a check fails', async () => {
    const [who] = northern();
    const manager = staff('ward-manager');
    const { id } = await book(who);
    expect((await settle(manager, id, 'keep')).body.code).toBe('already-settled');
    await revoke(who);
    const no = await settle(manager, id, 'keep');
    expect([no.status, no.body.code, no.body.decision.outcome]).toEqual([422, 'may-not-keep', 'blocked']);
    expect(no.body.decision.checks.flatMap((check: { evidence: unknown[] }) => check.evidence)).toEqual([]);
    for (const stranger of [staff('bank-office', 'NORTH'), staff('ward-manager', 'NORTH'), staff('bank-office', 'APART'), who]) {
      expect((await settle(stranger, id, 'keep')).status).toBe(404);
    }
    expect((await settle(manager, id, 'keep', { reason: ' ' })).status).toBe(422);
    await takeBack();
    const kept = await settle(manager, id, 'keep');
    expect([kept.status, kept.body]).toEqual([
      200,
      { bookingId: id, resolution: 'keep', bookingStatus: 'confirmed', shiftStatus: 'filled' },
    ]);
    const start = Date.parse(world.span(3, '07:00', '15:00').startsAt);
    expect(await bookingOf(id)).toEqual({ status: 'confirmed', reviewReason: null, nextCheckAt: start - 24 * hourMs });
    expect((await settle(manager, id, 'keep')).body.code).toBe('already-settled');

    const mine = (await house.ask(who, 'GET', `/bookings/${id}/explanation`)).body;
    expect(mine.later).toMatchObject([
      { kind: 'review', because: 'A training record was revoked: Given in error', by: null, decision: { outcome: 'blocked' } },
      { kind: 'kept', because: 'The ward agreed this', by: manager.name, decision: { outcome: 'eligible' } },
    ]);
    expect(mine.decision.outcome).toBe('eligible');
    const reads = () => db.selectFrom('passportRead').select(['readerName', 'readerTrust', 'what']).execute();
    expect(await reads()).toEqual([]);
    const theirs = (await house.ask(manager, 'GET', `/bookings/${id}/explanation`)).body;
    expect(theirs.later.flatMap((one: ReviewItem) => one.decision.checks.flatMap((check) => check.evidence))).toEqual([]);
    expect(await reads()).toEqual([{ readerName: manager.name, readerTrust: 'SOUTH', what: 'booking' }]);
  });

  test.each([
    ['replace', 'ward-manager', 'open'],
    ['replace', 'bank-office', 'open'],
    ['cancel', 'ward-manager', 'cancelled'],
  ] as const)('%s by the %s ends the booking, and leaves its shift %s', async (resolution, role, shiftStatus) => {
    const [who, another] = northern();
    const { id, shiftId } = await book(who);
    await revoke(who);
    expect((await settle(staff(role), id, resolution, { reason: 'sickness' })).body.code).toBe('bad-input');
    expect((await settle(staff(role), id, resolution, { reason: 'x'.repeat(201) })).body.errors[0].path).toBe('reason');
    const settled = await settle(staff(role), id, resolution);
    expect([settled.status, settled.body]).toEqual([200, { bookingId: id, resolution, bookingStatus: 'cancelled', shiftStatus }]);
    expect((await settle(staff(role), id, resolution)).body.code).toBe('already-settled');
    expect((await bookingOf(id)).status).toBe('cancelled');
    expect((await house.ask(another, 'POST', `/shifts/${shiftId}/accept`)).status).toBe(shiftStatus === 'open' ? 201 : 409);
    const mine = (await house.ask(who, 'GET', '/me/bookings')).body.items[0];
    expect([mine.cancelledBySide, mine.cancelReason]).toEqual(['ward', 'The ward agreed this']);
  });
});

describe('decided again by the clock', () => {
  const span = () => world.span(3, '07:00', '15:00');
  const start = () => Date.parse(span().startsAt);

  test('a day before and at the start, once by whichever process; what still holds is left alone', async () => {
    const [who, fine] = northern();
    const { id } = await book(who);
    const good = await book(fine, world.span(3, '08:00', '16:00'));
    await revokeUnseen(who);
    const both = () => Promise.all([recheckBookings(house.platform), recheckBookings(other.platform)]);
    setClock(start() - 24 * hourMs - minuteMs);
    expect(await both()).toEqual([0, 0]);

    setClock(start() - 24 * hourMs);
    expect((await both()).sort()).toEqual([0, 1]);
    expect(await bookingOf(id)).toEqual({
      status: 'needs-review',
      nextCheckAt: start(),
      reviewReason: 'Checked again a day before the shift. PMVA team: the record was revoked.',
    });
    expect(await decisionsOf(id)).toEqual([{ kind: 'review', because: 'Checked again a day before the shift.' }]);
    const told = await sql`select 1 from event where type = 'booking.needs-review' and data->>'bookingId' = ${id}`.execute(db);
    expect(told.rows).toHaveLength(1);
    expect(await both()).toEqual([0, 0]);

    // Kept an hour later: the start is still to come.
    await takeBack();
    setClock(start() - 23 * hourMs);
    expect((await settle(staff('ward-manager'), id, 'keep')).status).toBe(200);
    expect((await bookingOf(id)).nextCheckAt).toBe(start());
    await revokeUnseen(who);
    setClock(start() + minuteMs);
    expect((await both()).sort()).toEqual([0, 1]);
    expect(await bookingOf(id)).toMatchObject({ status: 'needs-review', nextCheckAt: null });
    expect((await decisionsOf(id)).map((one) => one.because)).toEqual([
      'Checked again a day before the shift.',
      'The ward agreed this',
      'Checked again as the shift started.',
    ]);
    // Somebody at work may still be kept there, and is looked at no more.
    await takeBack();
    expect((await settle(staff('ward-manager'), id, 'keep')).status).toBe(200);
    expect(await bookingOf(id)).toMatchObject({ status: 'confirmed', nextCheckAt: null });

    // The other was due an hour after, and holds.
    expect(await bookingOf(good.id)).toMatchObject({ status: 'confirmed', nextCheckAt: start() + hourMs });
    setClock(start() + 2 * hourMs);
    expect(await both()).toEqual([0, 0]);
    expect(await bookingOf(good.id)).toMatchObject({ status: 'confirmed', nextCheckAt: null });
  });

  test('what a ward agreed to isn’t asked of it again; what it didn’t is, and kept with the rest given back', async () => {
    const [who] = northern();
    const manager = staff('ward-manager');
    const first = await book(who, world.span(3, '07:00', '15:00'));
    const shiftId = await post(world.span(4, '01:00', '06:00'));
    const asked = await house.ask(who, 'POST', `/shifts/${shiftId}/requests`);
    const approved = await house.ask(manager, 'POST', `/requests/${asked.body.id}/approve`, {
      reason: 'Known to the ward',
      compensatoryRest: 'Starts at 13:00 the day after',
    });
    expect(approved.status).toBe(201);
    setClock(Date.parse(world.span(4, '01:00', '06:00').startsAt));
    await sql`update booking set next_check_at = ${new Date(world.now)}`.execute(db);
    expect(await recheckBookings(house.platform)).toBe(0);
    expect((await bookingOf(approved.body.bookingId)).status).toBe('confirmed');

    // The one before it was taken without a cut in rest: nobody has agreed to that there.
    setClock(start() - 24 * hourMs);
    await sql`update booking set next_check_at = ${new Date(world.now)}`.execute(db);
    expect(await recheckBookings(house.platform)).toBe(1);
    const [item] = await queueOf(manager);
    expect(item).toMatchObject({ bookingId: first.id, keep: { may: true, needsRest: true } });
    // A host elsewhere learns that rest is in the way, and not whose other hours.
    expect(item!.because).toBe('Checked again a day before the shift. Is available at that time only if the ward manager agrees.');
    const mine = (await house.ask(who, 'GET', '/me/bookings')).body.items.find((one: { id: string }) => one.id === first.id);
    expect(mine.reviewReason).toMatch(/^Checked again a day before the shift\. .*rest/i);
    const without = await settle(manager, first.id, 'keep');
    expect([without.status, without.body.errors[0].path]).toEqual([422, 'compensatoryRest']);
    expect((await settle(manager, first.id, 'keep', { compensatoryRest: 'Off the day after' })).status).toBe(200);
    await sql`update booking set next_check_at = ${new Date(world.now)}`.execute(db);
    expect(await recheckBookings(house.platform)).toBe(0);
  });
});

describe('who hears', () => {
  /** Each says what they heard of one event, as `type` and what it came with. */
  async function hearing(people: Record<string, Person>, act: () => Promise<unknown>): Promise<Record<string, string[]>> {
    const heard: Record<string, string[]> = {};
    const listeners = [];
    for (const [name, who] of Object.entries(people)) {
      const token = who.cookie.slice('homeward='.length);
      const said = (frame: Frame) => {
        const { reload, booking, shifts, wardId } = frame.data;
        const place = wardId === world.wards.north ? 'north' : wardId === world.wards.south ? 'south' : wardId;
        return [frame.type, reload && 'reload', booking && `booking ${booking.status}`, shifts && `${shifts.length} shifts`, place]
          .filter(Boolean)
          .join(', ');
      };
      const listener = {
        scope: (await scopeOfToken(db, token))!,
        sessionHash: tokenHash(token),
        ready: () => {},
        tell: (frame: Frame) => void (heard[name] ??= []).push(said(frame)),
        close: () => {},
      };
      await house.live.follow(listener, {});
      listeners.push(listener);
    }
    await act();
    const { head } = (await sql<{ head: number }>`select head from stream`.execute(db)).rows[0]!;
    while (house.live.position.offset < head) await new Promise((resolve) => setTimeout(resolve, 2));
    for (const listener of listeners) house.live.unfollow(listener);
    return heard;
  }

  const everyone = () => {
    const people: Record<string, Person> = {
      holder: world.workers[0]!,
      southern: world.workers[1]!,
      apart: world.staff['worker']!['APART']!,
    };
    for (const role of ['ward-manager', 'bank-office', 'training-lead'] as const) {
      for (const trust of ['NORTH', 'SOUTH', 'APART']) people[`${role} ${trust}`] = staff(role, trust);
    }
    for (const role of ['programme', 'auditor', 'administrator', 'bed-manager'] as const) people[role] = staff(role, 'NORTH');
    return people;
  };
  const tell = (event: Omit<Announcement, 'at' | 'accountId'>) =>
    transact(house.platform, null, (trx, now) => {
      announce(trx, { ...event, at: now, accountId: null });
      return Promise.resolve(ok(null));
    });

  test('of a booking to look at again, and of one that was kept or ended: its worker, its ward and the offices of both trusts', async () => {
    const [who] = northern();
    const { id } = await book(who);
    const offices = (type: string) => ({ 'bank-office NORTH': [`${type}, reload`], 'bank-office SOUTH': [`${type}, reload`] });
    expect(await hearing(everyone(), () => revoke(who))).toEqual({
      holder: ['training.changed, reload', 'booking.needs-review, reload, booking needs-review'],
      'ward-manager SOUTH': ['training.changed, reload, south', 'booking.needs-review, 1 shifts, south'],
      'bank-office NORTH': ['training.changed, reload', 'booking.needs-review, reload'],
      'bank-office SOUTH': ['booking.needs-review, reload'],
      'training-lead NORTH': ['training.changed, reload'],
    });
    await takeBack();
    expect(await hearing(everyone(), () => settle(staff('bank-office'), id, 'keep'))).toEqual({
      holder: ['booking.kept, reload, booking confirmed'],
      'ward-manager SOUTH': ['booking.kept, 1 shifts, south'],
      ...offices('booking.kept'),
    });
    await revoke(who);
    const ended = await hearing(everyone(), () => settle(staff('ward-manager'), id, 'replace'));
    expect(ended).toMatchObject(offices('booking.cancelled'));
    expect(ended['ward-manager SOUTH']).toEqual(['shift.reopened, 1 shifts, south']);
    expect(ended['holder']?.[0]).toBe('booking.cancelled, reload, booking cancelled');
    expect(ended['southern']).toEqual(['shift.noticed', 'shift.offered']);
  });

  test('of what decisions rest on: whose lists and boards it may have changed, those who look after it, and nobody else', async () => {
    const [holder] = northern();
    await book(holder);
    const { courseId } = await db
      .selectFrom('trainingRecord')
      .select('courseId')
      .where('id', '=', recordOf(holder))
      .executeTakeFirstOrThrow();
    const workerId = holder.workerId!;
    const leads = (type: string) => ({
      'training-lead NORTH': [`${type}, reload`],
      'training-lead SOUTH': [`${type}, reload`],
      'training-lead APART': [`${type}, reload`],
      programme: [`${type}, reload`],
    });
    /** Everyone who reads the picture of what counts where. */
    const readers = (type: string) => ({
      ...leads(type),
      'bank-office NORTH': [`${type}, reload`],
      'bank-office SOUTH': [`${type}, reload`],
      'bank-office APART': [`${type}, reload`],
      administrator: [`${type}, reload`],
      auditor: [`${type}, reload`],
    });
    const table: [Omit<Announcement, 'at' | 'accountId'>, Record<string, string[]>][] = [
      [
        { type: 'alignment.changed', data: { courseId, competency: 'breakaway', state: 'withdrawn' } },
        {
          holder: ['alignment.changed, reload'],
          'ward-manager SOUTH': ['alignment.changed, reload, south'],
          ...readers('alignment.changed'),
        },
      ],
      // The count of its holders is on the cards of everybody who may see a shift of that ward.
      [
        { type: 'alignment.changed', data: { courseId, competency: 'pmva-team', state: 'withdrawn' } },
        {
          holder: ['alignment.changed, reload'],
          southern: ['alignment.changed, reload'],
          'ward-manager SOUTH': ['alignment.changed, reload, south'],
          ...readers('alignment.changed'),
        },
      ],
      [{ type: 'course.changed', data: { courseId: newId(), competency: 'pmva-team' } }, readers('course.changed')],
      [
        { type: 'period.changed', data: { competency: 'pmva-team', trust: 'APART' } },
        {
          apart: ['period.changed, reload'],
          'ward-manager APART': [`period.changed, reload, ${world.wards.apart}`],
          ...readers('period.changed'),
        },
      ],
      [
        { type: 'ward.changed', wardId: world.wards.north },
        {
          holder: ['ward.changed, reload'],
          southern: ['ward.changed, reload'],
          'ward-manager NORTH': ['ward.changed, reload, north'],
          'bed-manager': ['ward.changed, north'],
          'training-lead NORTH': ['ward.changed, reload'],
          programme: ['ward.changed, reload'],
        },
      ],
      [
        { type: 'agreement.changed', data: { homeTrust: 'SOUTH', hostTrust: 'NORTH', staffGroup: 'nursing' } },
        {
          southern: ['agreement.changed, reload'],
          'ward-manager NORTH': ['agreement.changed, reload, north'],
          'bank-office NORTH': ['agreement.changed, reload'],
          'bank-office SOUTH': ['agreement.changed, reload'],
          programme: ['agreement.changed, reload'],
          auditor: ['agreement.changed, reload'],
        },
      ],
      [
        { type: 'restriction.changed', workerId, wardId: world.wards.south, data: { personId: holder.personId, restrictionId: newId() } },
        {
          holder: ['restriction.changed, reload'],
          'ward-manager SOUTH': ['restriction.changed, reload, south'],
          'bank-office NORTH': ['restriction.changed, reload'],
          'bank-office SOUTH': ['restriction.changed, reload'],
        },
      ],
      [
        { type: 'notice.given', workerId, data: { noticeId: newId() } },
        { holder: ['notice.given, reload'], 'bank-office NORTH': ['notice.given, reload'] },
      ],
      [
        { type: 'delegation.changed', data: { trust: 'NORTH' } },
        { ...leads('delegation.changed'), auditor: ['delegation.changed, reload'], administrator: ['delegation.changed, reload'] },
      ],
    ];
    for (const [event, expected] of table) {
      expect([event, await hearing(everyone(), () => tell(event))]).toEqual([event, expected]);
    }
  });
});

test('a ward sees which coming shifts are short of PMVA holders, and what would mend them; another ward’s manager doesn’t', async () => {
  await sql`update requirement set minimum_on_shift = 2 where ward_id = ${world.wards.south}`.execute(db);
  try {
    const [who] = northern();
    const { shiftId } = await book(who);
    const open = await post(world.span(3, '07:00', '15:00'));
    const answer = await house.ask(staff('ward-manager'), 'GET', `/wards/${world.wards.south}/short-shifts`);
    expect(
      answer.body.items.map((item: { shiftId: string; count: number; minimum: number }) => [item.shiftId, item.count, item.minimum]),
    ).toEqual([shiftId, open].sort().map((one) => [one, 1, 2]));
    expect(answer.body.items.find((item: { shiftId: string }) => item.shiftId === open).fixes).toEqual([
      'Fill this shift with somebody who holds PMVA team.',
    ]);
    expect((await house.ask(world.workers[2]!, 'POST', `/shifts/${open}/accept`)).status).toBe(201);
    expect((await house.ask(staff('ward-manager'), 'GET', `/wards/${world.wards.south}/short-shifts`)).body.items).toEqual([]);
    for (const stranger of [staff('ward-manager', 'NORTH'), staff('bank-office')]) {
      expect((await house.ask(stranger, 'GET', `/wards/${world.wards.south}/short-shifts`)).status).toBe(404);
    }
  } finally {
    await sql`update requirement set minimum_on_shift = null`.execute(db);
  }
});
