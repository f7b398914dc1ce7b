import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from 'kysely';
import { testDatabase } from '@homeward/db/test-database.ts';
import { accountRoles, type AccountRole } from '@homeward/shared/accounts/contract.ts';
import { openHouse, type Answer, type House } from './house.ts';
import { makeWorld, type Person, type World } from './world.ts';

// Test H: each role of each trust, on its own things, a partner's, a stranger's and on nothing at all, generated from the labels the
// OpenAPI document itself carries. Forbidden and missing must look the same.
const { db, url } = await testDatabase();
let world: World;
let house: House;
let things: Record<string, Thing>;

/** Something an operation is about: whose it is, and the request about it. */
interface Thing {
  id: string;
  trust: string;
  wardId: string;
  workerId: string;
}

const trusts = ['NORTH', 'SOUTH', 'APART'] as const;
const missing = '01900000-0000-7000-8000-000000000000';

beforeAll(async () => {
  world = await makeWorld(db, { workers: 6 });
  house = await openHouse(db, url, world.now);
}, 60_000);
afterAll(() => house.live.stop());

async function postAndBook(trust: 'NORTH' | 'SOUTH' | 'APART', worker: Person, day: number): Promise<Thing> {
  const wardId = { NORTH: world.wards.north, SOUTH: world.wards.south, APART: world.wards.apart }[trust];
  const body = { wardId, role: 'hcsw', band: 3, ...world.span(day, '07:00', '15:00'), breakMinutes: 30, reason: 'vacancy' };
  const posted = await house.ask(world.staff['ward-manager']![trust]!, 'POST', '/shifts', body);
  expect(posted.status).toBe(201);
  const shiftId = posted.body.items[0].id as string;
  const booked = await house.ask(worker, 'POST', `/shifts/${shiftId}/accept`);
  expect(booked.status).toBe(201);
  return { id: booked.body.id, trust, wardId, workerId: worker.workerId! };
}

const personOf = (role: AccountRole, trust: string) => world.staff[role]![trust]!;
const isForbidden = (answer: Answer) => answer.status === 404 && answer.body.code === 'not-found';

/** What a stranger is told of this, less the id of the request: whatever may not be seen must be told the same. */
const shape = (answer: Answer) => {
  const { requestId: _, ...rest } = answer.body as Record<string, unknown>;
  return { status: answer.status, ...rest };
};

test('every operation carries its own rights label, and the document names it', async () => {
  const document = (await house.ask(null, 'GET', '/openapi.json')).body;
  const operations = Object.values(document.paths as Record<string, Record<string, { 'x-rights'?: unknown }>>).flatMap((path) =>
    Object.values(path),
  );
  expect(operations.length).toBe(house.operations.length);
  for (const operation of operations) expect(operation['x-rights']).toMatchObject({ reach: expect.any(String) });
});

test('signed out, every operation but the public ones answers 401 and says nothing else', async () => {
  for (const { method, path, rights } of house.operations) {
    if (rights.who === 'anyone') continue;
    const answer = await house.ask(null, method.toUpperCase(), path.replaceAll(/\{\w+\}/g, missing), method === 'post' ? {} : undefined);
    expect([path, answer.status, answer.body.code]).toEqual([path, 401, 'signed-out']);
  }
});

test('a role that an operation does not name gets what a missing thing gets', async () => {
  for (const { method, path, rights } of house.operations) {
    if (!Array.isArray(rights.who)) continue;
    for (const role of accountRoles.filter((one) => !(rights.who as readonly string[]).includes(one))) {
      for (const trust of trusts) {
        const answer = await house.ask(
          personOf(role, trust),
          method.toUpperCase(),
          path.replaceAll(/\{\w+\}/g, missing),
          method === 'post' ? {} : undefined,
        );
        expect([path, role, trust, isForbidden(answer)]).toEqual([path, role, trust, true]);
      }
    }
  }
});

/** For every operation about one thing: how to ask, and for whom of its named roles it is theirs. */
interface About {
  path: string;
  method: 'GET' | 'POST';
  thing: () => Promise<Thing> | Thing;
  body?: (thing: Thing) => unknown;
  isTheirs: (role: AccountRole, trust: string, thing: Thing, who: Person) => boolean;
}

const ofTrust = (_role: AccountRole, trust: string, thing: Thing) => trust === thing.trust;
const workerTrust = (thing: Thing) => world.workers.find((one) => one.workerId === thing.workerId)?.trust;

const about: About[] = [
  { path: '/api/v1/shifts/{id}', method: 'GET', thing: () => things['shift']!, isTheirs: ofTrust },
  { path: '/api/v1/shifts/{id}/candidates', method: 'GET', thing: () => things['shift']!, isTheirs: ofTrust },
  {
    path: '/api/v1/shifts/{id}/cancel',
    method: 'POST',
    thing: () => things['shift']!,
    body: () => ({ reason: 'not-a-reason' }),
    isTheirs: ofTrust,
  },
  { path: '/api/v1/wards/{id}/board', method: 'GET', thing: () => things['ward']!, isTheirs: ofTrust },
  {
    path: '/api/v1/bookings/{id}/explanation',
    method: 'GET',
    thing: () => things['booking']!,
    isTheirs: (role, trust, thing, who) => {
      if (role === 'auditor') return true;
      if (role === 'worker') return who.workerId === thing.workerId;
      return role === 'bank-office' ? trust === workerTrust(thing) : trust === thing.trust;
    },
  },
  {
    path: '/api/v1/bookings/{id}/cancel',
    method: 'POST',
    thing: () => things['booking']!,
    body: () => ({ reason: 'not-a-reason' }),
    isTheirs: (role, trust, thing, who) => (role === 'worker' ? who.workerId === thing.workerId : trust === thing.trust),
  },
  {
    path: '/api/v1/bookings/{id}/undo',
    method: 'POST',
    thing: () => things['booking']!,
    isTheirs: (_role, _trust, thing, who) => who.workerId === thing.workerId,
  },
  {
    path: '/api/v1/workers/{id}/passport',
    method: 'GET',
    thing: () => things['worker']!,
    isTheirs: (role, trust, thing, who) =>
      role === 'administrator' ||
      role === 'auditor' ||
      (role === 'worker' ? who.workerId === thing.workerId : trust === workerTrust(thing)),
  },
  {
    path: '/api/v1/training/records/{id}/revoke',
    method: 'POST',
    thing: () => things['record']!,
    body: () => ({ reason: 'Given in error' }),
    isTheirs: (_role, trust, thing) => trust === thing.trust,
  },
  { path: '/api/v1/me/shifts/{id}', method: 'GET', thing: () => things['open']!, isTheirs: (_role, trust) => trust !== 'APART' },
  { path: '/api/v1/shifts/{id}/accept', method: 'POST', thing: () => things['open']!, isTheirs: (_role, trust) => trust !== 'APART' },
  { path: '/api/v1/shifts/{id}/requests', method: 'POST', thing: () => things['open']!, isTheirs: (_role, trust) => trust !== 'APART' },
  {
    path: '/api/v1/requests/{id}/approve',
    method: 'POST',
    thing: () => things['request']!,
    body: () => ({ reason: 'Agreed by phone' }),
    isTheirs: ofTrust,
  },
  {
    path: '/api/v1/requests/{id}/refuse',
    method: 'POST',
    thing: () => things['request']!,
    body: () => ({ reason: 'Not tonight' }),
    isTheirs: ofTrust,
  },
  {
    path: '/api/v1/me/unavailability/{id}/withdraw',
    method: 'POST',
    thing: () => things['away']!,
    isTheirs: (_role, _trust, thing, who) => who.workerId === thing.workerId,
  },
];

describe('whose things', () => {
  beforeAll(async () => {
    const [, south, north3] = [world.workers[0]!, world.workers[1]!, world.workers[2]!];
    const booking = await postAndBook('NORTH', south, 3);
    const open = await house.ask(personOf('ward-manager', 'NORTH'), 'POST', '/shifts', {
      wardId: world.wards.north,
      role: 'hcsw',
      band: 3,
      ...world.span(6, '07:00', '15:00'),
      breakMinutes: 30,
      reason: 'vacancy',
    });
    // A shift that starts 10 hours after a booked one ends may be asked for: rest is cut.
    await postAndBook('NORTH', north3, 9);
    const short = await house.ask(personOf('ward-manager', 'NORTH'), 'POST', '/shifts', {
      wardId: world.wards.north,
      role: 'hcsw',
      band: 3,
      ...world.span(10, '01:00', '06:00'),
      reason: 'vacancy',
    });
    const request = await house.ask(north3, 'POST', `/shifts/${short.body.items[0].id}/requests`);
    expect([request.status, request.body.status]).toEqual([201, 'asked']);
    const away = await house.ask(south, 'POST', '/me/unavailability', world.span(60, '07:00', '15:00'));
    expect(away.status).toBe(201);
    const north = { trust: 'NORTH', wardId: world.wards.north, workerId: south.workerId! };
    const shiftId = (await house.ask(south, 'GET', '/me/bookings')).body.items[0].shiftId as string;
    things = {
      shift: { ...north, id: shiftId },
      ward: { ...north, id: world.wards.north },
      booking,
      worker: { ...north, id: south.workerId! },
      record: { ...north, trust: 'SOUTH', id: world.recordOf.get(world.workers[5]!.workerId!)! },
      open: { ...north, id: open.body.items[0].id },
      request: { ...north, id: request.body.id, workerId: north3.workerId! },
      away: { ...north, id: away.body.id },
    };
  }, 60_000);

  test('every operation about one thing is in the table', () => {
    const withIds = house.operations.filter((operation) => operation.path.includes('{') && !operation.path.includes('imports'));
    expect(withIds.map((operation) => `${operation.method.toUpperCase()} ${operation.path}`).sort()).toEqual(
      about.map((one) => `${one.method} ${one.path}`).sort(),
    );
  });

  test.each(about)('$method $path: mine or not here', async ({ path, method, thing, body, isTheirs }) => {
    const one = await thing();
    const operation = house.operations.find((candidate) => candidate.path === path && candidate.method.toUpperCase() === method)!;
    const roles = operation.rights.who === 'signed-in' ? accountRoles : (operation.rights.who as readonly AccountRole[]);
    const ask = (who: Person, id: string) =>
      house.ask(who, method, path.replace('{id}', id), method === 'POST' ? (body?.(one) ?? undefined) : undefined);
    const notTheirs: [string, Answer, Answer][] = [];
    const theirs: [string, Answer][] = [];
    const everyone = [...roles.flatMap((role) => trusts.map((trust) => ({ role, trust, who: personOf(role, trust) })))];
    // Those it isn't for first: an operation that goes through changes the thing.
    for (const { role, trust, who } of everyone.filter(({ role, trust, who }) => !isTheirs(role, trust, one, who))) {
      notTheirs.push([`${role} of ${trust}`, await ask(who, one.id), await ask(who, missing)]);
    }
    const before = (await sql<{ head: number }>`select head from stream`.execute(db)).rows[0]!.head;
    for (const { role, trust, who } of everyone.filter(({ role, trust, who }) => isTheirs(role, trust, one, who)))
      theirs.push([`${role} of ${trust}`, await ask(who, one.id)]);
    for (const [who, answer, unknown] of notTheirs) {
      expect([who, isForbidden(answer)]).toEqual([who, true]);
      expect(shape(answer)).toEqual(shape(unknown));
    }
    for (const [who, answer] of theirs)
      expect([who, isForbidden(answer), answer.status < 500 && answer.status !== 401]).toEqual([who, false, true]);
    expect(theirs.length + notTheirs.length).toBeGreaterThan(2);
    expect(before).toBeGreaterThan(0);
  });
});

test('lists hold only what is theirs: wards, workers, shifts, and no names of those without consent', async () => {
  for (const trust of trusts) {
    const workers = await house.ask(personOf('bank-office', trust), 'GET', '/workers');
    expect(new Set(workers.body.items.map((one: { homeTrust: string }) => one.homeTrust))).toEqual(new Set([trust]));
    const shifts = await house.ask(personOf('ward-manager', trust), 'GET', '/shifts');
    for (const shift of shifts.body.items) expect(shift.ward.trust).toBe(trust);
    const other = trust === 'NORTH' ? world.wards.south : world.wards.north;
    expect(isForbidden(await house.ask(personOf('ward-manager', trust), 'GET', `/shifts?wardId=${other}`))).toBe(true);
  }
  const quiet = world.workers[3]!;
  await sql`update worker_revision set consents_to_share = false where worker_id = ${quiet.workerId}`.execute(db);
  const candidates = (await house.ask(personOf('ward-manager', 'NORTH'), 'GET', `/shifts/${things['open']!.id}/candidates`)).body;
  expect(candidates.items.map((one: { worker: { name: string } }) => one.worker.name)).not.toContain(quiet.name);
  expect(candidates.hidden).toBeGreaterThanOrEqual(1);
  const byName = (
    await house.ask(
      personOf('ward-manager', 'NORTH'),
      'GET',
      `/shifts/${things['open']!.id}/candidates?name=${encodeURIComponent(quiet.name)}`,
    )
  ).body;
  expect(byName.items).toEqual([]);
});

test('a manager posts on their own wards only, one bad ward refusing the whole act', async () => {
  const one = { role: 'hcsw', band: 3, ...world.span(40, '07:00', '15:00'), breakMinutes: 30, reason: 'vacancy' };
  for (const wardId of [world.wards.south, world.wards.north2, missing]) {
    expect(isForbidden(await house.ask(personOf('ward-manager', 'NORTH'), 'POST', '/shifts', { ...one, wardId }))).toBe(true);
    const both = {
      shifts: [
        { ...one, wardId: world.wards.north },
        { ...one, wardId },
      ],
    };
    expect(isForbidden(await house.ask(personOf('ward-manager', 'NORTH'), 'POST', '/shifts/batch', both))).toBe(true);
  }
  const { rows } = await sql`select 1 from shift where starts_at = ${one.startsAt}`.execute(db);
  expect(rows).toEqual([]);
});

test('a decision on a shift that doesn’t exist: in full to the home bank office, folded to the host’s, not here to anyone else', async () => {
  const south = world.workers[1]!;
  const asked = { workerId: south.workerId, wardId: world.wards.north, role: 'hcsw', band: 3, ...world.span(45, '07:00', '15:00') };
  const by = (role: AccountRole, trust: string) => house.ask(personOf(role, trust), 'POST', '/decisions', asked);
  const codes = (answer: Answer) => answer.body.checks.map((check: { code: string }) => check.code);
  expect(codes(await by('bank-office', 'SOUTH'))).toContain('daily-rest');
  expect(codes(await by('administrator', 'NORTH'))).toContain('daily-rest');
  const host = await by('bank-office', 'NORTH');
  expect(codes(host)).toContain('not-available');
  expect(host.body.checks.flatMap((check: { evidence: unknown[] }) => check.evidence)).toEqual([]);
  expect(isForbidden(await by('bank-office', 'APART'))).toBe(true);
  await sql`update worker_revision set consents_to_share = false where worker_id = ${south.workerId}`.execute(db);
  expect(isForbidden(await by('bank-office', 'NORTH'))).toBe(true);
  await sql`update worker_revision set consents_to_share = true where worker_id = ${south.workerId}`.execute(db);
});

test('a shift is kept only for somebody the ward may know of; anyone else is nobody, as one who doesn’t exist', async () => {
  const keep = (preferredWorkerId: string) =>
    house.ask(personOf('ward-manager', 'NORTH'), 'POST', '/shifts', {
      wardId: world.wards.north,
      role: 'hcsw',
      band: 3,
      ...world.span(50, '07:00', '15:00'),
      breakMinutes: 30,
      reason: 'vacancy',
      preferredWorkerId,
      preferredUntil: world.span(49, '07:00', '15:00').startsAt,
    });
  const south = world.workers[5]!;
  expect((await keep(south.workerId!)).status).toBe(201);
  const nobody = shape(await keep(missing));
  expect(nobody.status).toBe(422);
  expect(shape(await keep(personOf('worker', 'APART').workerId!))).toEqual(nobody);
  await sql`update worker_revision set consents_to_share = false where worker_id = ${south.workerId}`.execute(db);
  expect(shape(await keep(south.workerId!))).toEqual(nobody);
  await sql`update worker_revision set consents_to_share = true where worker_id = ${south.workerId}`.execute(db);
});

test('a host elsewhere reads no evidence, and hours, rest and other work as one "not available"', async () => {
  const south = world.workers[1]!;
  const candidates = (
    await house.ask(
      personOf('ward-manager', 'NORTH'),
      'GET',
      `/shifts/${things['open']!.id}/candidates?name=${encodeURIComponent(south.name)}`,
    )
  ).body;
  const [one] = candidates.items;
  const codes = one.decision.checks.map((check: { code: string }) => check.code);
  expect(codes).toContain('not-available');
  for (const hidden of ['overlap', 'daily-rest', 'weekly-rest', 'weekly-hours', 'night-limit', 'local-cap', 'availability'])
    expect(codes).not.toContain(hidden);
  expect(one.decision.checks.flatMap((check: { evidence: unknown[] }) => check.evidence)).toEqual([]);
  expect(one.terms.map((term: { term: string }) => term.term)).not.toContain('head-room');
});

test('a look at somebody’s record is listed to them; standing among candidates is not', async () => {
  const south = world.workers[1]!;
  const before = (await house.ask(south, 'GET', '/me/passport')).body.readBy.length;
  await house.ask(personOf('ward-manager', 'NORTH'), 'GET', `/shifts/${things['open']!.id}/candidates`);
  expect((await house.ask(south, 'GET', '/me/passport')).body.readBy).toHaveLength(before);
  await house.ask(personOf('bank-office', 'SOUTH'), 'GET', `/workers/${south.workerId}/passport`);
  const [latest, ...rest] = (await house.ask(south, 'GET', '/me/passport')).body.readBy;
  expect(rest).toHaveLength(before);
  expect(latest).toMatchObject({ name: 'bank-office of SOUTH', trust: 'SOUTH' });
});

test('a shift nobody of a trust may take is not there for them, taken or not', async () => {
  const apart = personOf('worker', 'APART');
  const answer = await house.ask(apart, 'POST', `/shifts/${things['shift']!.id}/accept`);
  expect(shape(answer)).toEqual(shape(await house.ask(apart, 'POST', `/shifts/${missing}/accept`)));
  expect((await house.ask(apart, 'GET', '/me/shifts?outcome=blocked')).body.items).toEqual([]);
});
