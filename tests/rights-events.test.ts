import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '@homeward/db/test-database.ts';
import { accountRoles, type AccountRole } from '@homeward/shared/accounts/contract.ts';
import type { Frame } from '@homeward/shared/kernel/event.ts';
import { scopeOfToken, tokenHash } from '../api/src/platform/session.ts';
import { noteFigures } from './figures.ts';
import { openHouse, type House } from './house.ts';
import { makeWorld, type Person, type World } from './world.ts';

// Test H, of the feed: everybody listens while each thing about shifts, people, training and agreements happens once, and hears of what is
// theirs and of nothing else. Beds and placements are in rights-beds.test.ts; rights lost while a screen is open in feed.test.ts.
const { db, url } = await testDatabase();
let world: World;
let house: House;
const trusts = ['NORTH', 'SOUTH', 'APART'] as const;
const heard = new Map<string, Frame[]>();

beforeAll(async () => {
  world = await makeWorld(db, { workers: 4 });
  house = await openHouse(db, url, world.now);
  for (const role of accountRoles) for (const trust of trusts) await listen(`${role} ${trust}`, personOf(role, trust));
  await listen('another worker NORTH', world.workers[2]!);
}, 60_000);
afterAll(() => house.live.stop());

async function listen(name: string, who: Person): Promise<void> {
  const token = who.cookie.slice('homeward='.length);
  const told: Frame[] = [];
  heard.set(name, told);
  const listener = { scope: (await scopeOfToken(db, token))!, sessionHash: tokenHash(token), ready: () => {}, close: () => {} };
  await house.live.follow({ ...listener, tell: (frame) => void told.push(frame) }, {});
}

const personOf = (role: AccountRole, trust: string) => world.staff[role]![trust]!;
const of = (roles: string, ...where: readonly string[]) => roles.split(' ').flatMap((role) => where.map((trust) => `${role} ${trust}`));
const day = (days: number) => world.span(days, '12:00', '13:00').startsAt.slice(0, 10);
const because = { reason: 'As agreed by phone' };

// eslint-disable-next-line @typescript-eslint/no-explicit-any
async function made(who: Person, path: string, body: unknown = {}): Promise<any> {
  const answer = await house.ask(who, 'POST', path, body);
  expect([path, answer.status < 300, answer.body]).toEqual([path, true, answer.body]);
  return answer.body;
}

/** What a frame may hold, by whom it is told to: an office hears that something of theirs changed, and reads it by its own rights. */
const says: Record<string, string[]> = {
  worker: ['shiftId', 'shift', 'cards', 'reason', 'takenAt', 'booking', 'request', 'reload'],
  'ward-manager': ['wardId', 'shiftId', 'shift', 'shifts', 'cancelledPercent', 'reload', 'board', 'beds'],
  'bed-manager': ['wardId', 'board', 'beds', 'reload'],
  ...Object.fromEntries(
    ['bank-office', 'training-lead', 'programme', 'auditor', 'administrator'].map((role) => [role, ['workerId', 'reload']]),
  ),
};

/** Who was told of what somebody did, and as what. */
async function heardOf(act: () => Promise<unknown>): Promise<Record<string, string[]>> {
  for (const told of heard.values()) told.length = 0;
  await act();
  const head = (await sql<{ head: number }>`select head from stream`.execute(db)).rows[0]!.head;
  while (house.live.position.offset < head) await new Promise((resolve) => setTimeout(resolve, 2));
  const found: Record<string, Set<string>> = {};
  for (const [name, told] of heard) {
    for (const { type, data } of told) {
      (found[type] ??= new Set()).add(name);
      const more = Object.keys(data).filter((key) => !(says[name.split(' ')[0]!] ?? says['worker']!).includes(key));
      expect([name, type, more]).toEqual([name, type, []]);
    }
  }
  return Object.fromEntries(Object.entries(found).map(([type, names]) => [type, [...names].sort()]));
}
const sorted = (expected: Record<string, string[]>) =>
  Object.fromEntries(Object.entries(expected).map(([type, names]) => [type, [...names].sort()]));

test('each event is heard by those it is for, as what it is to them', async () => {
  const [manager, office, lead] = (['ward-manager', 'bank-office', 'training-lead'] as const).map((role) => personOf(role, 'NORTH')) as [
    Person,
    Person,
    Person,
  ];
  const south = world.workers[1]!;
  const post = async (days: number) =>
    (
      await made(manager, '/shifts', {
        ...{ wardId: world.wards.north, role: 'hcsw', band: 3, ...world.span(days, '07:00', '15:00') },
        ...{ breakMinutes: 30, reason: 'vacancy' },
      })
    ).items[0].id as string;
  const shifts: string[] = [];
  const bookings: string[] = [];
  let [alignment, course, restriction, agreement] = ['', '', '', ''];
  const takers = [...of('worker', 'NORTH', 'SOUTH'), 'another worker NORTH'];
  const others = takers.filter((name) => name !== 'worker SOUTH');
  const ward = of('ward-manager', 'NORTH');
  const bedSide = of('bed-manager', 'NORTH');
  const all = (roles: string) => of(roles, ...trusts);

  const afresh = [...takers, ...ward];
  // Of what is agreed everyone who looks after agreements hears that something changed, and no more.
  const agreed = all('training-lead bank-office programme administrator auditor');
  const offered = [...all('auditor programme'), ...of('bank-office', 'SOUTH', 'APART'), 'ward-manager APART', 'worker SOUTH'];
  const kept = [...of('bank-office', 'NORTH', 'SOUTH'), ...ward, 'worker SOUTH'];
  const told: [what: string, act: () => Promise<unknown>, by: Record<string, string[]>][] = [];
  const when = (what: string, act: () => Promise<unknown>, by: Record<string, string[]>) => void told.push([what, act, by]);
  const posted = { 'shift.posted': [...ward, ...bedSide], 'shift.offered': takers };
  when('a shift is posted', async () => shifts.push(await post(3)), posted);
  when('it is taken', async () => bookings.push((await made(south, `/shifts/${shifts[0]}/accept`)).id), {
    ...{ 'booking.confirmed': ['worker SOUTH'], 'shift.filled': [...ward, ...bedSide], 'shift.withdrawn': others },
  });
  when('it is given back', () => made(south, `/bookings/${bookings[0]}/undo`), {
    ...{ 'booking.cancelled': [...of('bank-office', 'NORTH', 'SOUTH'), 'worker SOUTH'], 'shift.reopened': [...ward, ...bedSide] },
    'shift.offered': takers,
  });
  when('another is posted', async () => shifts.push(await post(7)), posted);
  const cancelled = { 'shift.cancelled': [...ward, ...bedSide], 'shift.withdrawn': takers };
  when('and cancelled', () => made(manager, `/shifts/${shifts[1]}/cancel`, { reason: 'no-longer-needed' }), cancelled);
  const keepOff = { wardId: world.wards.north, workerId: south.workerId, from: day(200), until: day(210), ...because, reviewer: 'Matron' };
  when('somebody is kept off a ward', async () => (restriction = (await made(office, '/restrictions', keepOff)).id), {
    'restriction.changed': kept,
  });
  when('and let back', () => made(office, `/restrictions/${restriction}/lift`, because), { 'restriction.changed': kept });
  const own = { 'worker.changed': ['bank-office SOUTH', 'worker SOUTH'] };
  when('somebody says no to sharing', () => made(south, '/me/consent', { consents: false }), own);
  when('and yes again', () => made(south, '/me/consent', { consents: true }), own);
  const record = `/training/records/${world.recordOf.get(south.workerId!)}`;
  when('training is revoked', () => made(personOf('training-lead', 'SOUTH'), `${record}/revoke`, because), {
    'training.changed': ['bank-office SOUTH', 'training-lead SOUTH', 'worker SOUTH'],
  });
  const described = { code: 'NORTH-NEW', version: '1', title: 'New', meets: 'pmva-team', useOfForce: true };
  when('a course is described', async () => (course = (await made(lead, '/training/courses', described)).course.id), {
    'course.changed': agreed,
  });
  const propose = async () => (alignment = (await made(lead, '/training/alignments', { courseId: course, competency: 'pmva-team' })).id);
  when('an alignment is proposed', propose, { 'alignment.changed': agreed });
  const comment = () => made(lead, `/training/alignments/${alignment}/comments`, { words: 'As ours' });
  when('and commented on', comment, { 'alignment.changed': agreed });
  const period = { competency: 'pmva-team', trust: 'NORTH', months: 11, from: day(0), ...because };
  when('a period is set', () => made(lead, '/training/periods', period), { 'period.changed': [...agreed, ...afresh] });
  const asked = { competency: 'pmva-team', role: 'rmn', ...because };
  when('a ward asks for something', () => made(manager, `/wards/${world.wards.north}/requirements`, asked), {
    'ward.changed': [...afresh, ...of('bed-manager', 'NORTH', 'SOUTH'), ...all('programme'), 'training-lead NORTH'],
  });
  const between = { homeTrust: 'SOUTH', hostTrust: 'APART', staffGroup: 'therapies', from: day(1) };
  const offer = async () => (agreement = (await made(personOf('bank-office', 'SOUTH'), '/agreements', between)).id);
  when('an agreement is offered', offer, { 'agreement.changed': offered });
  when('and signed', () => made(personOf('bank-office', 'APART'), `/agreements/${agreement}/sign`), { 'agreement.changed': offered });

  const found: Record<string, unknown> = {};
  const expected: Record<string, unknown> = {};
  for (const [what, act, by] of told) {
    found[what] = await heardOf(act);
    expected[what] = sorted(by);
  }
  expect(found).toEqual(expected);
  noteFigures('H', { 'kinds of acts listened to by everybody': told.length });
}, 60_000);
