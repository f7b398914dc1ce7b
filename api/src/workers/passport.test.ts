import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from 'kysely';
import { testDatabase } from '@homeward/db/test-database.ts';
import { dayMs } from '@homeward/shared/kernel/interval.ts';
import { addDays, localDayOf, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import { hostPassport, passportView } from '@homeward/shared/workers/contract.ts';
import { openHouse, type House } from '../../../tests/house.ts';
import { makeWorld, type Person, type World } from '../../../tests/world.ts';
import { brokenInvariants } from '../assurance/queries.ts';

// What a worker's passport says, who may read how much of it, and what a change of it does at once (quality, section 4).
const { db, url } = await testDatabase();
let world: World;
let house: House;
let today: LocalDay;
/** Of SOUTH; NORTH is the host, under an agreement; APART shares with nobody. */
let worker: Person;

beforeAll(async () => {
  world = await makeWorld(db, { workers: 8 });
  house = await openHouse(db, url, world.now);
  worker = world.workers[1]!;
  today = localDayOf(world.now);
}, 60_000);
afterAll(() => house.live.stop());

const staff = (role: string, trust: string) => world.staff[role]![trust]!;
const passportOf = (who: Person, of = worker) => house.ask(who, 'GET', `/workers/${of.workerId}/passport`);
const mine = async (who = worker) => (await house.ask(who, 'GET', '/me/passport')).body;
const consent = (who: Person, consents: boolean) => house.ask(who, 'POST', '/me/consent', { consents });
const office = (path: string, body: object, of = worker) =>
  house.ask(staff('bank-office', of.trust), 'POST', `/workers/${of.workerId}/${path}`, body);

async function post(trust: 'NORTH' | 'SOUTH', day: number): Promise<string> {
  const wardId = trust === 'NORTH' ? world.wards.north : world.wards.south;
  const body = { wardId, role: 'hcsw', band: 3, ...world.span(day, '07:00', '15:00'), breakMinutes: 30, reason: 'vacancy' };
  return (await house.ask(staff('ward-manager', trust), 'POST', '/shifts', body)).body.items[0].id as string;
}

async function book(who: Person, trust: 'NORTH' | 'SOUTH', day: number): Promise<string> {
  const booked = await house.ask(who, 'POST', `/shifts/${await post(trust, day)}/accept`);
  expect(booked.status).toBe(201);
  return booked.body.id as string;
}

const statusOf = async (bookingId: string) =>
  (await db.selectFrom('booking').select('status').where('id', '=', bookingId).executeTakeFirstOrThrow()).status;

test('the passport says ward by ward where somebody may work, what lapses next with the shifts it touches, and what a course would open', async () => {
  const who = world.workers[3]!;
  await book(who, 'NORTH', 20);
  const after = await book(who, 'NORTH', 30);
  // In date for 25 days more, at every trust: the second booking comes after that.
  await sql`update training_record set completed_on = ${addDays(today, 26)}::date - interval '12 months'
    where id = ${world.recordOf.get(who.workerId!)}`.execute(db);
  await post('SOUTH', 40);
  const passport = await mine(who);
  expect(passportView.strict().parse(passport)).toEqual(passport);
  expect(passport.wards.map((one: { ward: { name: string }; may: boolean; until: string }) => [one.ward.name, one.may, one.until])).toEqual(
    [
      ['north ward', true, addDays(today, 25)],
      ['north2 ward', true, addDays(today, 25)],
      ['south ward', true, addDays(today, 25)],
    ],
  );
  expect(passport.comingUp).toMatchObject([{ on: addDays(today, 25), about: 'training', code: 'pmva-team', bookings: [{ id: after }] }]);
  expect(passport.openings).toEqual([
    { competency: 'pmva-team', title: 'PMVA team', wards: 0, shifts: 1, sentence: 'Renew PMVA team: 1 open shift' },
  ]);
  expect(passport.sharedWith.map((one: { trust: string; sees: string }) => [one.trust, one.sees])).toEqual([['NORTH', 'passport']]);
});

test('whole for the worker and their own trust, for a host only what it may see, for anybody else not here; each look told once', async () => {
  const everywhere = ['NORTH', 'SOUTH', 'APART'].flatMap((trust) => [`auditor ${trust}`, `administrator ${trust}`]);
  const whole = ['bank-office SOUTH', 'training-lead SOUTH', ...everywhere];
  const host = ['ward-manager NORTH', 'bank-office NORTH', 'ward-manager SOUTH'];
  const registration = { body: 'NMC', number: '12A3456E', field: 'adult', until: addDays(today, 300) };
  expect((await office('registration', registration)).status).toBe(200);
  const seen: Record<string, string> = {};
  for (const [role, byTrust] of Object.entries(world.staff)) {
    for (const [trust, who] of Object.entries(byTrust)) {
      if (who.workerId === worker.workerId) continue;
      const answer = await passportOf(who);
      if (answer.status !== 200) {
        expect([role, trust, answer.status, answer.body.code]).toEqual([role, trust, 404, 'not-found']);
        continue;
      }
      seen[`${role} ${trust}`] = answer.body.view;
      // Exactly its shape, and nothing beside it: what else there is of a person never leaves.
      const shape = answer.body.view === 'host' ? hostPassport.strict() : passportView.strict();
      expect(shape.parse(answer.body)).toEqual(answer.body);
    }
  }
  expect(seen).toEqual(Object.fromEntries([...whole.map((who) => [who, 'whole']), ...host.map((who) => [who, 'host'])]));
  const passport = await mine();
  expect(passport.readBy.map((read: { name: string; what: string }) => `${read.what}: ${read.name}`).sort()).toEqual(
    [...whole, ...host].map((who) => `passport: ${who.replace(' ', ' of ')}`).sort(),
  );
  expect(passport.readBy.find((read: { name: string }) => read.name === 'ward-manager of NORTH').trust).toBe('NORTH');
  const answer = (await passportOf(staff('ward-manager', 'NORTH'))).body;
  const until = addDays(addDays(today, -30), 364);
  expect(answer.competencies).toEqual([{ code: 'pmva-team', title: 'PMVA team', counts: true, until }]);
  expect(answer.registrationNumber).toBeNull();
});

test('taking consent back sends the partner’s bookings to review at once, and the name is gone from its lists; the home trust’s stand', async () => {
  const who = world.workers[3]!;
  const [away, home] = [await book(who, 'NORTH', 3), await book(who, 'SOUTH', 5)];
  const open = await post('NORTH', 8);
  const manager = staff('ward-manager', 'NORTH');
  const names = async () =>
    (await house.ask(manager, 'GET', `/shifts/${open}/candidates`)).body.items.map((one: { worker: { name: string } }) => one.worker.name);
  expect(await names()).toContain(who.name);
  const moved = await consent(who, false);
  expect([moved.status, moved.body]).toEqual([200, { workerId: who.workerId, bookingsToReview: 3 }]);
  expect([await statusOf(away), await statusOf(home)]).toEqual(['needs-review', 'confirmed']);
  expect(await names()).not.toContain(who.name);
  expect((await mine(who)).sharedWith).toMatchObject([{ trust: 'NORTH', sees: 'number' }]);
  // They are still booked there: the ward has to know who may come. Another office of the same host has no more of them than that.
  expect((await passportOf(manager, who)).body.view).toBe('host');
  const other = world.workers[7]!;
  await consent(other, false);
  expect((await passportOf(manager, other)).status).toBe(404);
  // Again changes nothing, not even its history.
  const revisions = () => db.selectFrom('workerRevision').select('id').where('workerId', '=', who.workerId!).execute();
  const count = (await revisions()).length;
  expect((await consent(who, false)).body).toEqual({ workerId: who.workerId, bookingsToReview: 0 });
  expect((await revisions()).length).toBe(count);
  expect((await mine(who)).consentSaidAt).not.toBeNull();
});

test('a host whose agreement has ended sees nobody it has not booked', async () => {
  const manager = staff('ward-manager', 'NORTH');
  expect((await passportOf(manager)).body.view).toBe('host');
  await sql`update sharing_agreement set replaced_at = now() where host_trust = 'NORTH'`.execute(db);
  expect((await passportOf(manager)).status).toBe(404);
  await sql`update sharing_agreement set replaced_at = null`.execute(db);
  await book(worker, 'NORTH', 12);
  await sql`update sharing_agreement set replaced_at = now() where host_trust = 'NORTH'`.execute(db);
  expect((await passportOf(manager)).body).toMatchObject({ view: 'host', agreementUntil: null, registrationNumber: '12A3456E' });
  await sql`update sharing_agreement set replaced_at = null`.execute(db);
});

test('the home bank office renews and takes back a check: nonsense is refused with its field, a loss is looked at, and the history tells it', async () => {
  const who = world.workers[2]!;
  const booked = await book(who, 'NORTH', 14);
  const refused: [object, string, string][] = [
    [{ check: 'dbs', onDay: addDays(today, 1) }, 'onDay', 'in-future'],
    [{ check: 'dbs', onDay: today, untilDay: addDays(today, -1) }, 'untilDay', 'before-start'],
    [{ check: 'dbs', onDay: null, untilDay: today, because: 'x' }, 'untilDay', 'no-start'],
    [{ check: 'identity', onDay: today, untilDay: today }, 'untilDay', 'has-no-end'],
    [{ check: 'identity', onDay: null }, 'because', 'reason-due'],
  ];
  for (const [body, path, code] of refused) {
    const answer = await office('checks', body, who);
    expect([answer.status, answer.body.errors?.map((one: { path: string; code: string }) => [one.path, one.code])]).toEqual([
      422,
      [[path, code]],
    ]);
  }
  const elsewhere = await house.ask(staff('bank-office', 'SOUTH'), 'POST', `/workers/${who.workerId}/checks`, {
    check: 'dbs',
    onDay: today,
  });
  expect(elsewhere.status).toBe(404);

  house.setClock(world.now + 60_000);
  const until = addDays(today, 400);
  expect((await office('checks', { check: 'dbs', onDay: today, untilDay: until, because: 'Renewed' }, who)).body.bookingsToReview).toBe(0);
  expect(await statusOf(booked)).toBe('confirmed');
  house.setClock(world.now + 120_000);
  const short = await office('checks', { check: 'dbs', onDay: today, untilDay: addDays(today, 10), because: 'Typed wrong' }, who);
  expect(short.body.bookingsToReview).toBe(1);
  expect(await statusOf(booked)).toBe('needs-review');
  const ends = addDays(today, 10);
  const history = (await house.ask(who, 'GET', `/workers/${who.workerId}/history`)).body;
  expect(history.items.map((one: { because: string }) => one.because)).toEqual(['Typed wrong', 'Renewed', null]);
  expect(history.items[0].by).toBe('bank-office of NORTH');
  expect(history.items[0].changes.map((one: { what: string }) => one.what)).toEqual(['Criminal record check']);
  expect(history.items[0].changes[0].after).toContain(`${Number(ends.slice(8))} Jan 2027`);
  expect(history.items[2].changes).toEqual([{ what: 'Record', before: null, after: 'First recorded' }]);
  expect((await house.ask(staff('bank-office', 'SOUTH'), 'GET', `/workers/${who.workerId}/history`)).status).toBe(404);
  house.setClock(world.now);
});

test('a registration that another worker has makes them one person, unless both are booked at one time; each day’s past keeps who it knew', async () => {
  const [one, other] = [world.workers[4]!, world.workers[5]!];
  const registration = { body: 'NMC', number: '98a7654b', field: 'mental-health', until: addDays(today, 300) };
  expect((await office('registration', { ...registration, field: null, body: 'HCPC', number: 'x y' }, one)).status).toBe(422);
  expect((await office('registration', registration, one)).status).toBe(200);
  const mineThen = await book(one, 'NORTH', 16);
  const theirs = await house.ask(other, 'POST', `/shifts/${await post('SOUTH', 16)}/accept`);
  house.setClock(world.now + dayMs);
  const refused = await office('registration', registration, other);
  expect([refused.status, refused.body.code]).toEqual([409, 'overlapping-bookings']);
  expect((await house.ask(other, 'POST', `/bookings/${theirs.body.id}/cancel`, { reason: 'sickness' })).status).toBe(200);
  const close = await book(other, 'SOUTH', 17);
  expect((await office('registration', registration, other)).status).toBe(200);
  const persons = await db.selectFrom('worker').select('personId').where('id', 'in', [one.workerId!, other.workerId!]).execute();
  expect(new Set(persons.map((row) => row.personId))).toEqual(new Set([one.personId]));
  expect([await statusOf(mineThen), await statusOf(close)]).toEqual(['confirmed', 'confirmed']);
  const { rows: was } = await sql<{ personId: string }>`select person_id from worker_person where worker_id = ${other.workerId}
    and recorded_at <= ${new Date(world.now)} and replaced_at > ${new Date(world.now)}`.execute(db);
  expect(was).toEqual([{ personId: other.personId }]);
  // The same duty at both is one person's now.
  const twice = await house.ask(other, 'POST', `/shifts/${await post('SOUTH', 16)}/accept`);
  expect(twice.body.decision.checks.find((check: { code: string }) => check.code === 'overlap').result).toBe('fail');
  expect(await brokenInvariants(db)).toEqual([]);
  house.setClock(world.now);
});
