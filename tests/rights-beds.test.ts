import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from 'kysely';
import { testDatabase } from '@homeward/db/test-database.ts';
import { accountRoles, type AccountRole } from '@homeward/shared/accounts/contract.ts';
import { usualSetting } from '@homeward/shared/beds/setting-rules.ts';
import type { BedView } from '@homeward/shared/beds/contract.ts';
import { hourMs, minuteMs, rfc3339 } from '@homeward/shared/kernel/interval.ts';
import { scopeOfToken, tokenHash } from '../api/src/platform/session.ts';
import { openHouse, type House } from './house.ts';
import { addBeds, makeWorld, type Beds, type Person, type World } from './world.ts';

// Test H, of what answers and frames hold: each thing that isn't for everybody is written down once in words of its own, and then everyone asks for
// everything. Who has read or heard which words must be who may (quality, section 4). Whose things an operation takes at all is in rights.test.ts.
const { db, url } = await testDatabase();
let world: World;
let house: House;
let beds: Beds;
const trusts = ['NORTH', 'SOUTH', 'APART'] as const;
const day = (days: number) => world.span(days, '12:00', '13:00').startsAt.slice(0, 10);

/** What each has been told, over a socket that stays open from before anything happened. */
const heard = new Map<string, string[]>();

beforeAll(async () => {
  world = await makeWorld(db, { workers: 4 });
  beds = await addBeds(db, world, 12);
  house = await openHouse(db, url, world.now);
  for (const { name, who } of everyone()) {
    const token = who.cookie.slice('homeward='.length);
    const told: string[] = [];
    heard.set(name, told);
    const listener = { scope: (await scopeOfToken(db, token))!, sessionHash: tokenHash(token), ready: () => {}, close: () => {} };
    await house.live.follow({ ...listener, tell: (frame) => void told.push(JSON.stringify(frame)) }, {});
  }
}, 60_000);
afterAll(() => house.live.stop());

const personOf = (role: AccountRole, trust: string) => world.staff[role]![trust]!;
const manager = (trust: string) => personOf('bed-manager', trust);
const everyone = () =>
  accountRoles.flatMap((role) => trusts.map((trust) => ({ role, trust, name: `${role} ${trust}`, who: personOf(role, trust) })));

// eslint-disable-next-line @typescript-eslint/no-explicit-any
async function made(who: Person, path: string, body: unknown = {}): Promise<any> {
  const answer = await house.ask(who, 'POST', path, body);
  expect([path, answer.status < 300, answer.body]).toEqual([path, true, answer.body]);
  return answer.body;
}

async function described(trust: string, more: Record<string, unknown> = {}): Promise<{ id: string; reference: string }> {
  const need = { homePlace: 'Southtown', bedType: '200', ageBand: 'adult', sex: 'female', legalStatus: '02', securityLevel: 0 };
  return made(manager(trust), '/placements', { ...need, whereNow: 'community', neededBy: rfc3339(world.now + hourMs), ...more });
}
async function held(trust: string, bedId: string, need: Record<string, unknown> = {}): Promise<{ id: string; requestId: string }> {
  const { id: requestId } = await described(trust, need);
  const { id } = await made(manager(trust), `/placements/${requestId}/allocations`, { bedId, reason: 'said-of-the-choice' });
  return { id, requestId };
}

/** Ids of things, by the part of a path that they stand after. */
const ids: Record<string, Set<string>> = {};
const note = (kind: string, id: string) => (ids[kind] ??= new Set()).add(id);

/** Everyone asks for everything there is to ask for that their role may ask. @returns who has read which of the words */
async function readersOf(words: Record<string, string>): Promise<Record<string, string[]>> {
  const readers: Record<string, Set<string>> = Object.fromEntries(Object.keys(words).map((word) => [word, new Set()]));
  const all = Object.values(ids).flatMap((some) => [...some]);
  for (const { method, path, rights, request } of house.operations.filter((one) => one.method === 'get')) {
    const asked = Object.keys((request?.query as { shape?: object } | undefined)?.shape ?? {});
    const places = path.includes('{')
      ? [...(ids[/(\w[\w-]*)\/\{id\}/.exec(path)?.[1] ?? ''] ?? all)].map((id) => path.replace('{id}', id))
      : [path];
    const queries = [
      asked.includes('limit') ? '?limit=100' : '',
      ...(asked.includes('trust') ? trusts.map((trust) => `?trust=${trust}`) : []),
      ...(asked.includes('wardId') ? Object.values(world.wards).map((wardId) => `?wardId=${wardId}`) : []),
    ];
    for (const { name, who } of everyone().filter(({ role }) => !Array.isArray(rights.who) || rights.who.includes(role))) {
      for (const address of places.flatMap((place) => queries.map((query) => place + query))) {
        const answer = await house.ask(who, method, address);
        expect([address, answer.status < 500 && answer.status !== 429]).toEqual([address, true]);
        const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
        for (const [word, said] of Object.entries(words)) if (text.includes(said)) readers[word]!.add(name);
      }
    }
  }
  return sorted(readers);
}

async function hearersOf(words: Record<string, string>): Promise<Record<string, string[]>> {
  const head = (await sql<{ head: number }>`select head from stream`.execute(db)).rows[0]!.head;
  while (house.live.position.offset < head) await new Promise((resolve) => setTimeout(resolve, 2));
  const hearers = (said: string) => [...heard].flatMap(([name, told]) => (told.some((frame) => frame.includes(said)) ? name : []));
  return sorted(Object.fromEntries(Object.entries(words).map(([word, said]) => [word, hearers(said)])));
}
const sorted = (names: Record<string, Iterable<string>>) =>
  Object.fromEntries(Object.entries(names).map(([word, some]) => [word, [...some].sort()]));

test('what is said of a bed, a need and the register is read and heard by those it is for, before and after a referral', async () => {
  const { north } = world.wards;
  const [leave, staffing, retired, target, other] = beds.north as [string, string, string, string, string];
  const back = rfc3339(world.now + 5 * hourMs + 7 * minuteMs);
  // ————— The ward’s own —————
  await made(manager('NORTH'), `/beds/${leave}/state`, { state: 'on-leave', expectedReturn: back, note: 'said-on-the-bed' });
  await made(manager('NORTH'), `/beds/${leave}/ready`, { readyOn: day(-377), delayReasons: ['18'] });
  const posted = await made(personOf('ward-manager', 'NORTH'), '/shifts', {
    ...{ wardId: north, role: 'rmn', band: 5, ...world.span(3, '07:00', '15:00'), breakMinutes: 30, reason: 'vacancy' },
  });
  const shiftId = posted.items[0].id as string;
  const closing = { state: 'closed', reason: 'staffing', closedUntilShifts: [shiftId], note: 'said-of-staffing' };
  await made(manager('NORTH'), `/beds/${staffing}/state`, closing);
  await made(manager('NORTH'), `/beds/${retired}/retire`, { reason: 'said-when-retired' });
  const items = [{ about: 'everyone', outcome: 'ask', words: 'said-by-criteria' }];
  await made(manager('NORTH'), `/wards/${north}/criteria`, { items, reason: 'said-of-criteria' });
  await made(manager('NORTH'), '/bed-settings', {
    ...usualSetting,
    freshMinutes: 200,
    trust: 'NORTH',
    from: rfc3339(world.now),
    reason: 'said-of-clocks',
  });
  await made(manager('NORTH'), `/wards/${world.wards.north2}/admissions/pause`, {
    reason: 'said-of-a-pause',
    reviewAt: back.replace(':07:', ':08:'),
  });
  // ————— The sender’s —————
  const need = { wishes: 'said-as-wishes', notes: 'said-as-notes', legalStatus: '03', needs: ['step-free'] };
  const asked = await held('SOUTH', target, need);
  const letGo = await held('SOUTH', other);
  await made(manager('SOUTH'), `/allocations/${letGo.id}/release`, { reason: 'said-when-let-go' });
  const withdrawn = await held('SOUTH', other);
  await made(manager('SOUTH'), `/placements/${withdrawn.requestId}/withdraw`, { reason: 'said-when-withdrawn' });
  const away = await described('SOUTH');
  const { outOfAreaId } = await made(manager('SOUTH'), `/placements/${away.id}/unable-to-place`, { reason: 'said-when-unable' });
  await made(manager('SOUTH'), `/out-of-area/${outOfAreaId}`, {
    ...{
      state: 'away',
      receiver: 'said-of-the-receiver',
      receiverKind: 'independent',
      receiverTrust: null,
      place: 'said-of-the-place',
      distanceKm: 213,
    },
    ...{ reasonCode: '10', startedOn: day(0), endedOn: null, costPerNightPence: 91_733, lastReviewedOn: null, intendsReturn: true },
    ...{ continuityContact: 'said-of-the-contact', wishes: 'said-of-going-home', why: 'said-of-the-line' },
  });
  for (const id of Object.values(world.wards)) note('wards', id);
  for (const { id, requestId } of [asked, letGo, withdrawn]) {
    note('placements', requestId);
    note('allocations', id);
  }
  note('placements', away.id);
  note('out-of-area', outOfAreaId);
  note('shifts', shiftId);
  note('workers', world.workers[0]!.workerId!);

  const ward = ['bed-manager NORTH', 'ward-manager NORTH'];
  const board = ['bed-manager NORTH', 'bed-manager SOUTH'];
  const sender = ['bed-manager SOUTH'];
  const both = [...board, 'ward-manager NORTH'];
  /** What an act rests on stands in the record of acts, which auditors read. */
  const auditors = trusts.map((trust) => `auditor ${trust}`);
  interface Said {
    words: string;
    read: string[];
    heard: string[];
  }
  const said = (words: string, read: string[], heard: string[] = read): Said => ({
    words,
    read: [...read].sort(),
    heard: [...heard].sort(),
  });
  // What each is of, who may read it, and who hears it without asking.
  const always = {
    note: said('said-on-the-bed', ward),
    return: said(back, ward),
    readiness: said(day(-377), [...ward, ...auditors], ward),
    staffing: said('said-of-staffing', ward),
    retirement: said('said-when-retired', auditors, []),
    shift: said(shiftId, [...ward, 'bank-office NORTH', ...auditors], ward),
    criteria: said('said-by-criteria', both, []),
    version: said('said-of-criteria', [...both, ...auditors], []),
    clocks: said('said-of-clocks', [...board, ...auditors], []),
    pause: said('said-of-a-pause', [...board, ...auditors], board),
    letGo: said('said-when-let-go', [...sender, ...auditors], sender),
    withdrawal: said('said-when-withdrawn', [...sender, ...auditors], sender),
    unable: said('said-when-unable', [...sender, ...auditors], sender),
    receiver: said('said-of-the-receiver', sender, []),
    place: said('said-of-the-place', sender, []),
    // As a value: five digits alone may stand in any id.
    cost: said(':91733', sender, []),
    contact: said('said-of-the-contact', sender, []),
    home: said('said-of-going-home', sender, []),
    line: said('said-of-the-line', sender, []),
    away: said(away.reference, sender),
  };
  // What somebody is told that they have no part in would tell them that it happened.
  const types = {
    'bed.changed': both,
    'readiness.changed': ward,
    'admissions.changed': board,
    'criteria.changed': both,
    'setting.changed': both,
    'allocation.changed': both,
    'placement.changed': sender,
    'register.changed': sender,
  };
  // A ward sees by whom and until when a bed is held; for whom and why only once it is asked.
  const theNeed = (by: string[]) => ({
    wishes: said('said-as-wishes', by),
    notes: said('said-as-notes', by),
    status: said('"legalStatus":"03"', by),
    needs: said('"needs":["step-free"]', by),
    choice: said('said-of-the-choice', [...by, ...auditors], by),
  });
  const expectAll = async (all: Record<string, Said>) => {
    const words = Object.fromEntries(Object.entries(all).map(([name, one]) => [name, one.words]));
    const expected = (which: 'read' | 'heard') => Object.fromEntries(Object.entries(all).map(([name, one]) => [name, one[which]]));
    expect(await hearersOf(words)).toEqual(expected('heard'));
    expect(await readersOf(words)).toEqual(expected('read'));
  };
  const typeWords = Object.fromEntries(Object.keys(types).map((type) => [type, `"type":"${type}"`]));
  expect(await hearersOf(typeWords)).toEqual(sorted(types));
  await expectAll({ ...always, ...theNeed(sender) });
  await made(manager('SOUTH'), `/allocations/${asked.id}/refer`);
  await expectAll({ ...always, ...theNeed(both) });
}, 120_000);

test('of a bed elsewhere a bed manager sees type, sex, security, state and how fresh that is; the ward’s own side all of it', async () => {
  const [leave, staffing] = beds.north as [string, string];
  const commissioned = { labels: ['Commissioned'], commissionedBy: 'APART' };
  const added = (await made(manager('NORTH'), `/wards/${world.wards.north}/beds`, commissioned)).beds.at(-1) as BedView;
  const kept = await held('SOUTH', added.id);
  const seenBy = async (who: Person) => {
    const { items } = (await house.ask(who, 'GET', `/beds?wardId=${world.wards.north}&limit=100`)).body as { items: BedView[] };
    return [leave, staffing, added.id].map((id) => items.find((one) => one.id === id)!);
  };
  const hidden = { note: null, expectedReturn: null, commissionedBy: null, shifts: [], mayReopen: false, ready: null };
  const shown = { bedType: '200', sex: 'female', securityLevel: 0, freshness: 'fresh' };
  const elsewhere = await seenBy(manager('SOUTH'));
  for (const bed of elsewhere) expect(bed).toMatchObject({ ...shown, ...hidden });
  expect(elsewhere.map((bed) => [bed.state, bed.reason])).toEqual([['on-leave', null], ['closed', 'staffing'], ['held', null]]); // prettier-ignore
  expect(elsewhere[2]!.held).toMatchObject({ allocationId: null, by: 'SOUTH', state: 'held' });
  for (const who of [manager('NORTH'), personOf('ward-manager', 'NORTH')]) {
    const [away, closed, mine] = (await seenBy(who)) as [BedView, BedView, BedView];
    expect(away).toMatchObject({ ...shown, note: 'said-on-the-bed', ready: { readyOn: day(-377) } });
    expect(away.expectedReturn).not.toBeNull();
    expect(closed.shifts).toHaveLength(1);
    expect(mine).toMatchObject({ commissionedBy: 'APART', held: { allocationId: kept.id } });
  }
}, 60_000);

/** What says whose an item of a list is. */
type Listed = Record<'id' | 'wardId' | 'trust' | 'sendingTrust' | 'sender', string> & { ward: { id: string } };

test('lists hold only what is theirs: beds, needs, allocations, the register, places of safety', async () => {
  const of = Object.fromEntries(Object.entries(world.wards).map(([name, id]) => [id, name]));
  for (const trust of trusts) await made(manager(trust), '/suites', { site: trust.toLowerCase(), name: `Suite of ${trust}` });
  const own = await held('NORTH', beds.north2.at(-1)!, { sex: 'male' });
  const across = await held('NORTH', beds.south.at(-1)!);
  const far = await held('APART', beds.apart.at(-1)!);
  const allocations = { [own.id]: 'NORTH in NORTH', [across.id]: 'NORTH in SOUTH', [far.id]: 'APART in APART' };
  const lists: Record<string, (item: Listed) => string> = {
    '/beds': ({ wardId }) => of[wardId]!,
    '/beds/board': ({ ward }) => of[ward.id]!,
    '/suites': ({ trust }) => trust,
    '/placements': ({ sendingTrust }) => sendingTrust,
    '/allocations': ({ id }) => allocations[id] ?? 'SOUTH in NORTH',
    '/out-of-area': ({ sender }) => sender,
    '/out-of-area?trust=SOUTH': ({ sender }) => sender,
  };
  const expected: Record<string, Record<string, string[]>> = {
    'bed-manager NORTH': {
      ...{ '/beds': ['north', 'north2', 'south'], '/beds/board': ['north', 'north2', 'south'], '/suites': ['NORTH', 'SOUTH'] },
      ...{ '/placements': ['NORTH'], '/allocations': ['NORTH in NORTH', 'NORTH in SOUTH', 'SOUTH in NORTH'] },
      ...{ '/out-of-area': [], '/out-of-area?trust=SOUTH': [] },
    },
    'bed-manager SOUTH': {
      ...{ '/beds': ['north', 'north2', 'south'], '/beds/board': ['north', 'north2', 'south'], '/suites': ['NORTH', 'SOUTH'] },
      ...{ '/placements': ['SOUTH'], '/allocations': ['NORTH in SOUTH', 'SOUTH in NORTH'] },
      ...{ '/out-of-area': ['SOUTH'], '/out-of-area?trust=SOUTH': ['SOUTH'] },
    },
    'bed-manager APART': {
      ...{ '/beds': ['apart'], '/beds/board': ['apart'], '/suites': ['APART'], '/placements': ['APART'] },
      ...{ '/allocations': ['APART in APART'], '/out-of-area': [], '/out-of-area?trust=SOUTH': [] },
    },
    'ward-manager NORTH': { '/beds': ['north'], '/allocations': ['SOUTH in NORTH'] },
    'ward-manager SOUTH': { '/beds': ['south'], '/allocations': ['NORTH in SOUTH'] },
    'ward-manager APART': { '/beds': ['apart'], '/allocations': ['APART in APART'] },
  };
  for (const [name, each] of Object.entries(expected)) {
    const [role, trust] = name.split(' ') as [AccountRole, string];
    for (const [path, found] of Object.entries(each)) {
      const answer = await house.ask(
        personOf(role, trust),
        'GET',
        `${path}${path.includes('?') ? '&' : '?'}${path === '/beds/board' || path === '/suites' ? '' : 'limit=100'}`,
      );
      expect([name, path, [...new Set(answer.body.items.map(lists[path]!))].sort()]).toEqual([name, path, found]);
    }
  }
  const file = await house.ask(manager('NORTH'), 'GET', '/out-of-area/export?trust=SOUTH');
  expect(String(file.body).trim().split('\n')).toHaveLength(1);
}, 60_000);
