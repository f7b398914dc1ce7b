import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from 'kysely';
import { v7 as newId } from 'uuid';
import { testDatabase } from '@homeward/db/test-database.ts';
import { accountRoles, type AccountRole } from '@homeward/shared/accounts/contract.ts';
import { usualSetting } from '@homeward/shared/beds/setting-rules.ts';
import { hourMs, rfc3339 } from '@homeward/shared/kernel/interval.ts';
import type { EffectView } from '@homeward/shared/training/contract.ts';
import { openHouse, type Answer, type House } from './house.ts';
import { addBeds, addMember, makeWorld, type Beds, type Person, type World } from './world.ts';

// Test H: each role of each trust, on its own things, a partner's, a stranger's and on nothing at all, generated from the labels the
// OpenAPI document itself carries. Forbidden and missing must look the same.
const { db, url } = await testDatabase();
let world: World;
let house: House;
let beds: Beds;
let things: Record<string, Thing>;

/** Something an operation is about: whose it is, which of an allocation is the sender. `also` is the second id of a path or a body that has two. */
interface Thing {
  id: string;
  trust: string;
  wardId: string;
  workerId: string;
  also?: string;
}

const trusts = ['NORTH', 'SOUTH', 'APART'] as const;
const missing = '01900000-0000-7000-8000-000000000000';

beforeAll(async () => {
  world = await makeWorld(db, { workers: 10 });
  beds = await addBeds(db, world, 12);
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

/** What somebody was answered who may do this. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
async function made(who: Person, path: string, body: unknown): Promise<any> {
  const answer = await house.ask(who, 'POST', path, body);
  expect([path, answer.status < 300, answer.body]).toEqual([path, true, answer.body]);
  return answer.body;
}

/** What acts and looks leave behind: what isn't theirs to do leaves nothing. */
async function written() {
  const { rows } = await sql`select (select head from stream) as head, (select count(*) from passport_read) as reads,
    (select count(*) from notice where seen_at is not null) as seen`.execute(db);
  return rows[0];
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

/** Whose a thing is, among those of one role: asked of somebody's trust, the thing and themselves. */
type Whose = (trust: string, thing: Thing, who: Person) => boolean;
const anyone: Whose = () => true;
const own: Whose = (trust, thing) => trust === thing.trust;
const theirWorker: Whose = (trust, thing) => trust === world.workers.find((one) => one.workerId === thing.workerId)?.trust;
const self: Whose = (_trust, thing, who) => who.workerId === thing.workerId;
/** The trusts that share: every member of the collaborative, or whom an agreement lets come. */
const sharing: Whose = (trust) => trust !== 'APART';
const sides: Whose = (trust) => trust === 'SOUTH' || trust === 'APART';
/** Those who run training, whatever they see of it. */
const trained = (whose: Whose) => ({ 'training-lead': whose, 'bank-office': whose, 'ward-manager': whose, programme: anyone });
const watching = { auditor: anyone, administrator: anyone };
const wardTrust = (wardId: string) => ({ [world.wards.south]: 'SOUTH', [world.wards.apart]: 'APART' })[wardId] ?? 'NORTH';
/** The side that a bed is on, and either side of an allocation. */
const receiver: Whose = (trust, thing) => trust === wardTrust(thing.wardId);
const either: Whose = (trust, thing, who) => own(trust, thing, who) || receiver(trust, thing, who);
const keepers = { 'ward-manager': own, 'bed-manager': own };
const readers = { 'ward-manager': own, 'bed-manager': sharing };
const eitherSide = { 'ward-manager': receiver, 'bed-manager': either };
const answering = { 'ward-manager': receiver, 'bed-manager': receiver };
const bedManager = (whose: Whose) => ({ 'bed-manager': whose });

/** What is asked about a thing: its id stands in the path, or in what is sent. */
interface Row {
  request: string;
  method: string;
  path: string;
  about: string;
  theirs: Partial<Record<AccountRole, Whose>>;
  body: (id: string, thing: Thing) => unknown;
}
const row = (request: string, about: string, theirs: Row['theirs'], body: Row['body'] = () => undefined): Row => {
  const [method, path] = request.split(' ') as [string, string];
  return { request: about === '' ? request : `${request}, about ${about}`, method, path, about, theirs, body };
};
const day = (days: number) => world.span(days, '12:00', '13:00').startsAt.slice(0, 10);
const because = { reason: 'As agreed by phone' };
const shiftOn = (wardId: string) => ({
  wardId,
  role: 'hcsw',
  band: 3,
  ...world.span(70, '07:00', '15:00'),
  breakMinutes: 30,
  reason: 'vacancy',
});
const need = () => ({
  homePlace: 'Southtown',
  bedType: '200',
  ageBand: 'adult',
  sex: 'female',
  legalStatus: '02',
  securityLevel: 0,
  whereNow: 'community',
  neededBy: rfc3339(world.now + hourMs),
});
const awayNow = () => ({
  state: 'away',
  receiver: 'Far Hospital',
  receiverKind: 'independent',
  receiverTrust: null,
  place: null,
  distanceKm: 120,
  reasonCode: '10',
  startedOn: day(0),
  endedOn: null,
  costPerNightPence: null,
  lastReviewedOn: null,
  continuityContact: '',
  wishes: '',
  intendsReturn: true,
  why: 'As agreed by phone',
});
const span = () => Object.entries(world.span(45, '07:00', '15:00')).map(([name, at]) => `${name}=${at}`).join('&'); // prettier-ignore

/**
 * Who may do what, written down a second time (quality, section 4; issue 3): every operation that isn't for whoever is signed in, and for
 * each role that has any part in it, whose things. A role that isn't named has none. In the order they are tried in: what ends a thing last.
 */
// prettier-ignore
const matrix: Row[] = [
  row('GET /shifts', '', { 'ward-manager': anyone, 'bank-office': anyone }),
  row('POST /shifts', 'ward', { 'ward-manager': own }, shiftOn),
  row('POST /shifts/batch', 'ward', { 'ward-manager': own }, (id) => ({ shifts: [shiftOn(id)] })),
  row('GET /shifts/{id}', 'shift', { 'ward-manager': own, 'bank-office': own }),
  row('GET /shifts/{id}/candidates', 'shift', { 'ward-manager': own, 'bank-office': own }),
  row('POST /shifts/{id}/cancel', 'shift', { 'ward-manager': own }, () => ({ reason: 'not-a-reason' })),
  row('GET /wards/{id}/board', 'ward', { 'ward-manager': own, 'bank-office': own }),
  row('GET /me/shifts', '', { worker: anyone }),
  row('GET /me/bookings', '', { worker: anyone }),
  row('GET /me/requests', '', { worker: anyone }),
  row('GET /me/shifts/{id}', 'open', { worker: sharing }),
  row('POST /shifts/{id}/accept', 'open', { worker: sharing }),
  row('POST /shifts/{id}/requests', 'open', { worker: sharing }),
  row('POST /requests/{id}/approve', 'request', { 'ward-manager': own }, () => because),
  row('POST /requests/{id}/refuse', 'request', { 'ward-manager': own }, () => because),
  row('POST /decisions', 'worker', { 'bank-office': sharing, administrator: anyone }, (id, thing) => ({ ...shiftOn(thing.wardId), workerId: id, breakMinutes: undefined, reason: undefined })),
  row('GET /bookings/{id}/explanation', 'booking', { worker: self, 'ward-manager': own, 'bank-office': theirWorker, auditor: anyone }),
  row('GET /reviews', '', { 'ward-manager': anyone, 'bank-office': anyone }),
  row('POST /bookings/{id}/review', 'booking', { 'ward-manager': own, 'bank-office': own }, () => ({ resolution: 'keep', ...because })),
  row('GET /audit', '', { auditor: anyone }),
  row('GET /audit/bookings/{id}', 'booking', { auditor: anyone }),
  row('GET /audit/could-have-worked', 'could', { auditor: anyone }),
  row('POST /bookings/{id}/cancel', 'booking', { worker: self, 'ward-manager': own }, () => ({ reason: 'not-a-reason' })),
  row('POST /bookings/{id}/undo', 'booking', { worker: self }),

  row('GET /workers', '', { worker: anyone, 'bank-office': anyone, 'training-lead': anyone, ...watching }),
  row('GET /workers/{id}/passport', 'worker', { worker: self, 'bank-office': sharing, 'ward-manager': sharing, 'training-lead': theirWorker, ...watching }),
  row('GET /workers/{id}/history', 'worker', { worker: self, 'bank-office': theirWorker, auditor: anyone }),
  row('GET /me/passport', '', { worker: anyone }),
  row('POST /me/consent', '', { worker: anyone }, () => ({ consents: true })),
  row('POST /workers/{id}/checks', 'worker', { 'bank-office': theirWorker }, () => ({ check: 'identity', onDay: day(-400) })),
  row('POST /workers/{id}/registration', 'worker', { 'bank-office': theirWorker }, () => ({ body: null, number: null, until: null, because: 'It has none' })),
  row('POST /workers/{id}/opt-out', 'worker', { 'bank-office': theirWorker }, () => ({ from: null })),
  row('GET /wards/{id}/people', 'ward', { 'ward-manager': own, 'bank-office': own }),
  row('GET /me/unavailability', '', { worker: anyone }),
  row('POST /me/unavailability', '', { worker: anyone }, () => world.span(61, '07:00', '15:00')),
  row('POST /me/unavailability/{id}/withdraw', 'away', { worker: self }),

  row('GET /restrictions', '', { 'bank-office': anyone, auditor: anyone }),
  row('POST /restrictions', 'ward', { 'bank-office': own }, (id, { workerId }) => ({ wardId: id, workerId, from: day(300), ...because, reviewer: 'Matron' })),
  row('POST /me/restrictions/{id}/challenge', 'restriction', { worker: self }, () => ({ words: 'I was not there' })),
  row('POST /restrictions/{id}/answer', 'restriction', { 'bank-office': own }, () => ({ outcome: 'kept', answer: 'You were' })),
  row('POST /restrictions/{id}/lift', 'restriction', { 'bank-office': own }, () => because),
  row('GET /notices', '', { worker: anyone, 'bank-office': anyone }),
  row('POST /me/notices/{id}/seen', 'notice', { worker: self }),

  row('GET /agreements', '', { 'bank-office': anyone, programme: anyone, auditor: anyone }),
  row('POST /agreements', 'agreement', { 'bank-office': sides }, () => ({ homeTrust: 'SOUTH', hostTrust: 'APART', staffGroup: 'medical', from: day(1) })),
  row('GET /agreements/{id}/effect', 'ending', { 'bank-office': sides }),
  row('POST /agreements/{id}/sign', 'agreement', { 'bank-office': sides }),
  row('POST /agreements/{id}/end', 'agreement', { 'bank-office': sides }, () => ({ lastDay: day(30), ...because })),

  row('GET /training/competencies', '', { ...trained(anyone), ...watching }),
  row('GET /training/techniques', '', { ...trained(anyone), ...watching }),
  row('GET /training/courses', '', { ...trained(anyone), ...watching }),
  row('GET /training/courses/{id}', 'course', { ...trained(anyone), ...watching }),
  row('POST /training/courses', 'course', { 'training-lead': own }, (_id, { trust }) => ({ trust, code: 'NORTH-PMVA', version: '3', title: 'Again', meets: 'pmva-team', useOfForce: true })),
  row('POST /training/courses/{id}/describe', 'plain', { 'training-lead': own }, () => ({ title: 'PMVA', ...because })),
  row('POST /training/courses/{id}/certificate', 'course', { 'training-lead': own }, () => ({ certifiedUntil: day(500), ...because })),
  row('POST /training/records/{id}/revoke', 'record', { 'training-lead': own }, () => because),
  row('GET /training/reach', '', { 'training-lead': anyone, programme: anyone, auditor: anyone }),
  row('GET /training/alignments', '', { ...trained(anyone), ...watching }),
  row('GET /training/alignments/{id}', 'alignment', { ...trained(sharing), ...watching }),
  row('GET /training/alignments/{id}/effect', 'withdrawing', { 'training-lead': sharing, programme: anyone, auditor: anyone }),
  row('POST /training/alignments', 'plain', { 'training-lead': own }, (id) => ({ courseId: id, competency: 'pmva-team' })),
  row('POST /training/alignments/{id}/comments', 'alignment', { 'training-lead': sharing, programme: anyone }, () => ({ words: 'It looks right' })),
  row('POST /training/alignments/{id}/reports', 'alignment', { 'ward-manager': (trust) => trust === 'SOUTH' }, (_id, { wardId }) => ({ wardId, verdict: 'as-expected', words: 'Fine' })),
  row('POST /training/alignments/{id}/submit', 'alignment', { 'training-lead': own }, () => ({})),
  row('POST /training/alignments/{id}/sign', 'alignment', { 'training-lead': sharing }, () => ({})),
  row('POST /training/alignments/{id}/object', 'alignment', { 'training-lead': sharing }, () => because),
  row('POST /training/alignments/{id}/answer', 'alignment', { 'training-lead': own }, () => ({ signatureId: missing, answer: 'It is as long' })),
  row('POST /training/alignments/{id}/stress-test', 'alignment', { 'training-lead': own }, (_id, { wardId }) => ({ pilotWardIds: [wardId] })),
  row('POST /training/alignments/{id}/validate', 'alignment', { 'training-lead': sharing }, () => ({ countsFrom: day(90) })),
  row('POST /training/alignments/{id}/return', 'alignment', { 'training-lead': sharing }, () => because),
  row('POST /training/alignments/{id}/withdraw', 'alignment', { 'training-lead': sharing }, () => because),
  row('GET /training/delegations', '', { 'training-lead': anyone, programme: anyone, ...watching }),
  row('POST /training/delegations', 'delegation', { administrator: anyone }, () => ({ trust: 'APART', email: 'nobody@test.example', responsiblePerson: 'Somebody', from: day(0) })),
  row('POST /training/delegations/{id}/end', 'delegation', { administrator: anyone }, () => because),
  row('GET /training/periods', '', { ...trained(anyone), ...watching }),
  row('GET /training/periods/effect', 'period', { 'training-lead': own }),
  row('POST /training/periods', 'period', { 'training-lead': own }, (_id, { trust }) => ({ competency: 'pmva-team', trust, months: 13, from: day(0), ...because })),
  row('GET /wards/{id}/requirements', 'ward', { 'ward-manager': own, 'training-lead': own, programme: anyone, auditor: anyone }),
  row('GET /wards/{id}/requirements', 'apart', { 'ward-manager': own, 'training-lead': own, auditor: anyone }),
  row('GET /wards/{id}/requirements/effect', 'asking', { 'ward-manager': own }),
  row('POST /wards/{id}/requirements', 'ward', { 'ward-manager': own }, () => ({ competency: 'pmva-team', minimumOnShift: 2, ...because })),
  row('POST /wards/{id}/requirements', 'ward', { 'ward-manager': own }, () => ({ competency: 'pmva-team', minimumOnShift: 3, ...because })),
  row('POST /wards/{id}/requirements/{requirementId}/end', 'elsewhere', {}, () => because),
  row('POST /wards/{id}/requirements/{requirementId}/end', 'requirement', { 'ward-manager': own }, () => because),
  row('GET /wards/{id}/short-shifts', 'ward', { 'ward-manager': own }),

  row('GET /beds/board', '', bedManager(anyone)),
  row('GET /beds', '', { 'ward-manager': anyone, 'bed-manager': anyone }),
  row('GET /beds', 'wardBeds', readers),
  row('GET /beds/openings', '', bedManager(anyone)),
  row('GET /wards/{id}/beds', 'ward', keepers),
  // What would be refused in any case says so only to those whose it is: here, and below.
  row('POST /wards/{id}/beds', 'ward', keepers, () => ({ labels: ['Twice', 'Twice'] })),
  row('POST /wards/{id}/beds', 'ward', keepers, () => ({ labels: ['The last room'] })),
  row('POST /beds/{id}/state', 'bed', keepers, () => ({ state: 'closed', reason: 'infection' })),
  row('POST /beds/{id}/ready', 'stay', keepers, () => ({ readyOn: day(-1), delayReasons: ['04'] })),
  row('POST /beds/{id}/not-ready', 'stay', keepers, () => ({})),
  row('POST /beds/{id}/retire', 'stay', keepers, () => because),
  row('POST /wards/{id}/beds/ask', 'ward', bedManager(sharing), () => ({})),
  row('POST /wards/{id}/beds/confirm', 'ward', keepers, () => ({})),
  row('POST /wards/{id}/admissions/pause', 'ward', keepers, () => ({ ...because, reviewAt: rfc3339(world.now + hourMs) })),
  row('POST /wards/{id}/admissions/resume', 'ward', keepers, () => ({})),
  row('GET /wards/{id}/criteria', 'ward', readers),
  row('POST /wards/{id}/criteria', 'ward', keepers, () => ({ items: [], ...because })),
  row('GET /wards/{id}/sex', 'ward', readers),
  row('POST /wards/{id}/sex', 'ward', keepers, () => ({ sex: 'female', from: day(-9), ...because })),
  row('GET /bed-settings', '', bedManager(anyone)),
  row('GET /bed-settings', 'ofTrust', bedManager(sharing)),
  row('POST /bed-settings', 'ofTrust', bedManager(own), (trust) => ({ ...usualSetting, freshMinutes: 239, trust, from: rfc3339(world.now), ...because })),
  row('GET /occupancy', '', bedManager(anyone)),
  row('GET /occupancy', 'ofTrust', bedManager(own)),
  row('GET /returns', '', bedManager(anyone)),
  row('GET /returns', 'ofTrust', bedManager(own)),
  row('GET /suites', '', bedManager(anyone)),
  row('POST /suites', 'ofTrust', bedManager(own), () => ({ site: 'north', name: 'Suite 2' })),
  row('POST /suites/{id}/state', 'suite', bedManager(own), () => ({ state: 'occupied' })),
  row('POST /service-lines/{code}/criteria', 'line', bedManager(own), () => ({ items: ['Seen by the home team'], ...because })),

  row('POST /placements', 'sender', bedManager(own), (sendingTrust) => ({ ...need(), homePlace: 'Nowhere', sendingTrust })),
  row('POST /placements', 'sender', bedManager(own), (sendingTrust) => ({ ...need(), sendingTrust })),
  row('GET /placements', '', bedManager(anyone)),
  row('GET /placements/{id}', 'need', bedManager(own)),
  row('GET /placements/{id}/matches', 'need', bedManager(own)),
  row('POST /placements/{id}/allocations', 'offBoard', {}, (_id, { also }) => ({ bedId: also })),
  row('POST /placements/{id}/allocations', 'need', bedManager(own), (_id, { also }) => ({ bedId: also })),
  row('GET /allocations', '', { 'ward-manager': anyone, 'bed-manager': anyone }),
  row('GET /allocations/{id}', 'held', eitherSide),
  row('GET /allocations/{id}/explanation', 'held', bedManager(own)),
  row('POST /allocations/{id}/extend', 'held', bedManager(own), () => ({})),
  row('POST /allocations/{id}/refer', 'held', bedManager(own), () => ({})),
  row('GET /allocations/{id}', 'referred', eitherSide),
  row('GET /allocations/{id}/explanation', 'referred', eitherSide),
  row('POST /allocations/{id}/accept', 'referred', answering, () => ({})),
  row('POST /allocations/{id}/arrive', 'referred', eitherSide, () => ({})),
  row('POST /allocations/{id}/decline', 'declining', answering, () => because),
  row('POST /allocations/{id}/release', 'letting', eitherSide, () => because),
  row('GET /allocations/{id}', 'within', keepers),
  row('POST /allocations/{id}/release', 'within', bedManager(own), () => because),
  row('POST /placements/{id}/out-of-area', 'placed', bedManager(own), () => ({ why: 'As agreed by phone' })),
  row('GET /out-of-area', '', bedManager(anyone)),
  row('GET /out-of-area/export', '', bedManager(anyone)),
  row('GET /out-of-area/measures', '', bedManager(anyone)),
  row('GET /out-of-area/measures', 'measured', bedManager(own)),
  row('GET /out-of-area/{id}', 'entry', bedManager(own)),
  row('POST /out-of-area/{id}', 'entry', bedManager(own), () => ({ ...awayNow(), startedOn: day(9) })),
  row('POST /out-of-area/{id}', 'entry', bedManager(own), awayNow),
  row('GET /placements/coming-home', '', bedManager(anyone)),
  row('POST /placements/{id}/bring-home', 'need', bedManager(own), (_id, { also }) => ({ bedId: also })),
  row('POST /placements/{id}/bring-home', 'gone', bedManager(own), (_id, { also }) => ({ bedId: also })),
  row('POST /placements/{id}/unable-to-place', 'hopeless', bedManager(own), () => ({})),
  row('POST /placements/{id}/unable-to-place', 'hopeless', bedManager(own), () => because),
  row('POST /placements/{id}/withdraw', 'placed', bedManager(own), () => because),
  row('POST /placements/{id}/withdraw', 'need', bedManager(own), () => because),
  row('POST /placements/{id}/withdraw', 'need', bedManager(own), () => because),
];
/** What is asked with a path: the rest of its address. */
const queries: Record<string, (id: string, thing: Thing) => string> = {
  could: () => `?wardId=${world.wards.north}&role=hcsw&band=3&${span()}&asOf=${world.span(-1, '12:00', '13:00').startsAt}`,
  ending: () => `?lastDay=${day(30)}`,
  withdrawing: () => '?step=withdraw',
  period: (_id, { trust }) => `?competency=pmva-team&trust=${trust}&months=6&from=${day(0)}`,
  asking: () => '?competency=pmva-team&minimumOnShift=3',
  wardBeds: (id) => `?wardId=${id}`,
  ofTrust: (id) => `?trust=${id}`,
  measured: (id) => `?trust=${id}`,
};
/** Where something is asked about a thing. */
function addressOf({ path, about }: Row, id: string, thing: Thing): string {
  const at = path.replace(/\{(id|code)\}/, id).replace('{requirementId}', thing.also ?? '');
  return at + (queries[about]?.(id, thing) ?? '');
}

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
      count: 2,
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
    const office = (trust: string) => personOf('bank-office', trust);
    const lead = (trust: string) => personOf('training-lead', trust);
    const course = await made(lead('NORTH'), '/training/courses', {
      code: 'NORTH-PMVA',
      version: '2',
      title: 'PMVA',
      meets: 'pmva-team',
      useOfForce: true,
      certifiedUntil: day(900),
    });
    const courseId = course.course.id as string;
    const plain = await made(lead('NORTH'), '/training/courses', {
      code: 'NORTH-NEW',
      version: '1',
      title: 'New',
      meets: 'pmva-team',
      useOfForce: true,
    });
    const { id: alignmentId } = await made(lead('NORTH'), '/training/alignments', { courseId, competency: 'pmva-team' });
    const step = (who: Person, name: string, body = {}) => made(who, `/training/alignments/${alignmentId}/${name}`, body);
    await step(lead('NORTH'), 'submit');
    for (const trust of ['NORTH', 'SOUTH']) await step(lead(trust), 'sign');
    await step(lead('NORTH'), 'stress-test', { pilotWardIds: [world.wards.south] });
    const restriction = await made(office('NORTH'), '/restrictions', {
      wardId: world.wards.north,
      workerId: south.workerId,
      from: day(200),
      until: day(210),
      reason: 'A complaint',
      reviewer: 'Matron',
    });
    const agreed = { homeTrust: 'SOUTH', hostTrust: 'APART', staffGroup: 'therapies', from: day(1) };
    const agreement = await made(office('SOUTH'), '/agreements', agreed);
    const asked = await made(personOf('ward-manager', 'NORTH'), `/wards/${world.wards.north}/requirements`, {
      competency: 'pmva-team',
      role: 'rmn',
      reason: 'They lead the shift',
    });
    const requirementId = asked.requirements.current.find((one: { role: string | null }) => one.role === 'rmn').id as string;
    const southRequirement = await db
      .selectFrom('requirement')
      .select('id')
      .where('wardId', '=', world.wards.south)
      .executeTakeFirstOrThrow();
    const delegation = await db.selectFrom('delegation').select('id').where('trust', '=', 'APART').executeTakeFirstOrThrow();
    const notice = await db
      .insertInto('notice')
      .values({
        id: missing.replace('7000', '7001'),
        workerId: south.workerId!,
        about: 'check',
        code: 'dbs',
        title: 'DBS check',
        endsOn: day(20),
        toldAt: rfc3339(world.now),
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    const shiftId = (await house.ask(south, 'GET', '/me/bookings')).body.items[0].shiftId as string;
    things = {
      shift: { ...north, id: shiftId },
      ward: { ...north, id: world.wards.north },
      booking,
      worker: { ...north, id: south.workerId! },
      record: { ...north, trust: 'SOUTH', id: world.recordOf.get(world.workers[5]!.workerId!)! },
      open: { ...north, id: open.body.items[0].id },
      free: { ...north, id: open.body.items[1].id },
      request: { ...north, id: request.body.id, workerId: north3.workerId! },
      away: { ...north, id: away.body.id },
      course: { ...north, id: courseId },
      // Nobody has been asked about it yet.
      plain: { ...north, id: plain.course.id },
      alignment: { ...north, id: alignmentId, wardId: world.wards.south },
      withdrawing: { ...north, id: alignmentId },
      restriction: { ...north, id: restriction.id },
      agreement: { ...north, id: agreement.id },
      ending: { ...north, id: agreement.id },
      delegation: { ...north, id: delegation.id },
      notice: { ...north, id: notice.id },
      requirement: { ...north, id: world.wards.north, also: requirementId },
      // Theirs and not theirs in one path: nobody's.
      elsewhere: { ...north, id: world.wards.north, also: southRequirement.id },
      apart: { ...north, trust: 'APART', id: world.wards.apart },
      asking: { ...north, id: world.wards.north },
      period: { ...north, id: 'pmva-team' },
      could: { ...north, id: world.wards.north },
      ...(await bedThings()),
      '': { ...north, id: missing },
    };
  }, 60_000);

  /** Beds are of NORTH’s ward, the needs of SOUTH: an allocation has two sides, and `trust` is the sender’s. */
  async function bedThings(): Promise<Record<string, Thing>> {
    const manager = (trust: string) => personOf('bed-manager', trust);
    const [bed, stay, free, held, declining, letting, homely] = beds.north as [string, ...[string, string, string, string, string, string]];
    await made(manager('NORTH'), `/beds/${stay}/state`, { state: 'occupied' });
    const suite = await made(manager('NORTH'), '/suites', { site: 'north', name: 'Suite 1' });
    await db
      .insertInto('serviceLine')
      .values({ id: newId(), code: 'secure', name: 'Secure', leadTrust: 'NORTH', bedTypes: ['202'], position: 0 })
      .execute();
    const described = async (trust: string) => (await made(manager(trust), '/placements', need())).id as string;
    const holding = async (trust: string, bedId: string) => {
      const requestId = await described(trust);
      const allocation = await made(manager(trust), `/placements/${requestId}/allocations`, { bedId, ...because });
      return { requestId, id: allocation.id as string };
    };
    const [first, second, third] = [await holding('SOUTH', held), await holding('SOUTH', declining), await holding('SOUTH', letting)];
    const within = await holding('NORTH', homely);
    await made(manager('SOUTH'), `/allocations/${second.id}/refer`, {});
    const gone = await described('SOUTH');
    const { outOfAreaId } = await made(manager('SOUTH'), `/placements/${gone}/unable-to-place`, because);
    await made(manager('SOUTH'), `/out-of-area/${outOfAreaId}`, awayNow());
    const north = { trust: 'NORTH', wardId: world.wards.north, workerId: world.workers[1]!.workerId! };
    const south = { ...north, trust: 'SOUTH' };
    const needId = await described('SOUTH');
    return {
      wardBeds: { ...north, id: world.wards.north },
      bed: { ...north, id: bed },
      stay: { ...north, id: stay },
      ofTrust: { ...north, id: 'NORTH' },
      suite: { ...north, id: suite.id },
      line: { ...north, id: 'secure' },
      sender: { ...south, id: 'SOUTH' },
      measured: { ...south, id: 'SOUTH' },
      need: { ...south, id: needId, also: free },
      offBoard: { ...south, id: needId, also: beds.apart[0]! },
      held: { ...south, id: first.id },
      referred: { ...south, id: first.id },
      placed: { ...south, id: first.requestId },
      declining: { ...south, id: second.id },
      letting: { ...south, id: third.id },
      within: { ...north, id: within.id },
      entry: { ...south, id: outOfAreaId },
      gone: { ...south, id: gone, also: beds.south[0]! },
      hopeless: { ...south, id: await described('SOUTH') },
    };
  }

  test('every operation that is not for whoever is signed in is in the table, with the roles it names', () => {
    const labelled = house.operations
      .filter(({ rights, path }) => Array.isArray(rights.who) && !path.includes('imports'))
      .map(({ method, path, rights }) => [`${method.toUpperCase()} ${path.replace('/api/v1', '')}`, [...rights.who].sort()] as const);
    const rolesOf = (request: string) => [
      ...new Set(matrix.filter((one) => `${one.method} ${one.path}` === request).flatMap((one) => Object.keys(one.theirs))),
    ];
    expect(Object.fromEntries(labelled)).toEqual(
      Object.fromEntries(matrix.map(({ method, path }) => [`${method} ${path}`, rolesOf(`${method} ${path}`).sort()])),
    );
  });

  test('a role that may do this elsewhere and another that is here do not add up', async () => {
    const mixed = personOf('worker', 'APART');
    const wards: Record<string, string> = { NORTH: world.wards.north, SOUTH: world.wards.south, APART: world.wards.apart };
    const mixable = ['ward-manager', 'bank-office', 'training-lead', 'bed-manager'] as const;
    const open: string[] = [];
    for (const row of matrix.filter((one) => one.about !== '')) {
      const { request, method, about, theirs, body } = row;
      const one = things[about]!;
      if (['worker' as const, ...mixable].some((role) => theirs[role]?.('APART', one, personOf(role, 'APART')))) continue;
      // What has two sides has two trusts.
      const here = [...new Set([one.trust, wardTrust(one.wardId)])];
      const grants = mixable.flatMap((role) => (role in theirs ? ['APART'] : here).map((trust) => ({ role, trust })));
      const added = await db
        .insertInto('accountRole')
        .values(
          grants.map(({ role, trust }) => ({
            id: newId(),
            accountId: mixed.accountId,
            role,
            ...(role === 'ward-manager' ? { wardId: wards[trust]! } : { trust }),
            fromAt: new Date(0),
          })),
        )
        .returning('id')
        .execute();
      const answer = await house.ask(mixed, method, addressOf(row, one.id, one), method === 'POST' ? body(one.id, one) : undefined);
      if (!isForbidden(answer)) open.push(request);
      await db
        .deleteFrom('accountRole')
        .where(
          'id',
          'in',
          added.map((row) => row.id),
        )
        .execute();
    }
    expect(open).toEqual([]);
  });

  test.each(matrix.map((row) => [row.request, row] as const))('%s: mine or not here', async (_request, row) => {
    const { method, path, about, theirs, body } = row;
    const one = things[about]!;
    const { response } = house.operations.find((each) => each.path === `/api/v1${path}` && each.method.toUpperCase() === method)!;
    const ask = (who: Person, id: string) => house.ask(who, method, addressOf(row, id, one), method === 'POST' ? body(id, one) : undefined);
    const everyone = accountRoles.flatMap((role) =>
      trusts.map((trust) => {
        const who = personOf(role, trust);
        return { trust, who, name: `${role} of ${trust}`, isNamed: role in theirs, isTheirs: theirs[role]?.(trust, one, who) ?? false };
      }),
    );
    // Those it isn't for first: an operation that goes through changes the thing.
    const before = await written();
    for (const { who, name, isNamed } of everyone.filter(({ isTheirs }) => !isTheirs)) {
      const answer = await ask(who, one.id);
      expect([name, isForbidden(answer)]).toEqual([name, true]);
      const isUnlike = isNamed && /\{(id|code)\}/.test(path) ? await ask(who, missing) : null;
      if (isUnlike) expect([name, shape(answer)]).toEqual([name, shape(isUnlike)]);
    }
    expect(await written()).toEqual(before);
    // The thing's own trust last: what it has withdrawn is no longer another's to withdraw.
    for (const { who, name } of everyone
      .filter(({ isTheirs }) => isTheirs)
      .sort((a, b) => Number(own(a.trust, one, a.who)) - Number(own(b.trust, one, b.who)))) {
      const answer = await ask(who, one.id);
      expect([name, isForbidden(answer), answer.status < 500 && answer.status !== 401]).toEqual([name, false, true]);
      // What it answers is what the document says, and nothing else.
      if (answer.status < 300 && response) expect(response.parse(answer.body)).toEqual(answer.body);
    }
  });

  // A file is no JSON: it has no row in the matrix.
  test('POST /imports/{kind}: for bank offices and administrators alone', async () => {
    const { rights } = house.operations.find(({ path }) => path === '/api/v1/imports/{kind}')!;
    expect(rights.who).toEqual(['bank-office', 'administrator']);
    for (const role of accountRoles) {
      for (const mode of ['check', 'apply']) {
        const file = 'staff_number,trust\n';
        const answer = await house.ask(personOf(role, 'NORTH'), 'POST', `/imports/training-records?mode=${mode}`, file, {
          'content-type': 'text/csv',
        });
        expect([role, mode, isForbidden(answer)]).toEqual([role, mode, !['bank-office', 'administrator'].includes(role)]);
      }
    }
  });

  test('a manager of one ward has no part in another of their trust', async () => {
    const ofWards = matrix.filter((one) => one.path.startsWith('/wards/{id}') || ['ward', 'wardBeds'].includes(one.about));
    for (const row of ofWards) {
      const { method, path, about, body } = row;
      const one = { ...things[about]!, wardId: world.wards.north2, id: world.wards.north2 };
      const answer = await house.ask(
        personOf('ward-manager', 'NORTH'),
        method,
        addressOf(row, one.id, one),
        method === 'POST' ? body(one.id, one) : undefined,
      );
      expect([method, path, isForbidden(answer)]).toEqual([method, path, true]);
    }
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
  await made(quiet, '/me/consent', { consents: false });
  const candidates = (await house.ask(personOf('ward-manager', 'NORTH'), 'GET', `/shifts/${things['free']!.id}/candidates`)).body;
  expect(candidates.items.map((one: { worker: { name: string } }) => one.worker.name)).not.toContain(quiet.name);
  expect(candidates.hidden).toBeGreaterThanOrEqual(1);
  const byName = (
    await house.ask(
      personOf('ward-manager', 'NORTH'),
      'GET',
      `/shifts/${things['free']!.id}/candidates?name=${encodeURIComponent(quiet.name)}`,
    )
  ).body;
  expect(byName.items).toEqual([]);
});

test('lists hold only what is theirs: reviews, do-not-books, notices, agreements, delegations, alignments', async () => {
  const [north, south] = [world.workers[6]!, world.workers[7]!];
  const ofNorth = await postAndBook('NORTH', north, 20);
  const ofSouth = await postAndBook('NORTH', south, 21);
  for (const worker of [north, south])
    await made(personOf('training-lead', worker.trust), `/training/records/${world.recordOf.get(worker.workerId!)}/revoke`, because);
  // What the notice tells of has to be so still: a notice of what was renewed isn't shown.
  const told = personOf('worker', 'SOUTH');
  await sql`update worker_revision set dbs_until = ${day(20)} where worker_id = ${told.workerId} and replaced_at is null`.execute(db);
  await made(personOf('bank-office', 'SOUTH'), '/agreements', {
    homeTrust: 'SOUTH',
    hostTrust: 'APART',
    staffGroup: 'psychology',
    from: day(1),
  });
  const delegationOf = async (trust: string) =>
    (await db.selectFrom('delegation').select('id').where('trust', '=', trust).executeTakeFirstOrThrow()).id;
  const [delegatedNorth, delegatedSouth, delegatedApart] = [
    await delegationOf('NORTH'),
    await delegationOf('SOUTH'),
    await delegationOf('APART'),
  ];
  const agreementBetween = async (home: string, host: string) =>
    (
      await db
        .selectFrom('sharingAgreement')
        .select('id')
        .where('homeTrust', '=', home)
        .where('hostTrust', '=', host)
        .orderBy('id', 'desc')
        .executeTakeFirstOrThrow()
    ).id;
  const [shared, offered] = [await agreementBetween('NORTH', 'SOUTH'), await agreementBetween('SOUTH', 'APART')];
  const all = {
    restriction: [things['restriction']!.id],
    notice: [things['notice']!.id],
    delegation: [delegatedNorth, delegatedSouth, delegatedApart],
  };

  // prettier-ignore
  const expected: [path: string, role: AccountRole, of: Record<(typeof trusts)[number], string[]>, among: string[]][] = [
    ['/reviews', 'ward-manager', { NORTH: [ofNorth.id, ofSouth.id], SOUTH: [], APART: [] }, [ofNorth.id, ofSouth.id]],
    ['/reviews', 'bank-office', { NORTH: [ofNorth.id, ofSouth.id], SOUTH: [ofSouth.id], APART: [] }, [ofNorth.id, ofSouth.id]],
    ['/restrictions', 'bank-office', { NORTH: all.restriction, SOUTH: all.restriction, APART: [] }, all.restriction],
    ['/restrictions', 'auditor', { NORTH: all.restriction, SOUTH: all.restriction, APART: all.restriction }, all.restriction],
    ['/notices', 'bank-office', { NORTH: [], SOUTH: all.notice, APART: [] }, all.notice],
    ['/notices', 'worker', { NORTH: [], SOUTH: all.notice, APART: [] }, all.notice],
    ['/agreements', 'bank-office', { NORTH: [shared], SOUTH: [shared, offered], APART: [offered] }, [shared, offered]],
    ['/training/delegations', 'training-lead', { NORTH: [delegatedNorth, delegatedSouth], SOUTH: [delegatedNorth, delegatedSouth], APART: [delegatedApart] }, all.delegation],
    ['/training/delegations', 'programme', { NORTH: [delegatedNorth, delegatedSouth], SOUTH: [delegatedNorth, delegatedSouth], APART: [delegatedNorth, delegatedSouth] }, all.delegation],
    ['/training/delegations', 'administrator', { NORTH: all.delegation, SOUTH: all.delegation, APART: all.delegation }, all.delegation],
    ...(['training-lead', 'bank-office', 'ward-manager'] as const).map((role): (typeof expected)[number] =>
      ['/training/alignments', role, { NORTH: [things['alignment']!.id], SOUTH: [things['alignment']!.id], APART: [] }, [things['alignment']!.id]]),
  ];
  for (const [path, role, of, among] of expected) {
    for (const trust of trusts) {
      const { items } = (await house.ask(personOf(role, trust), 'GET', path)).body as { items: { id?: string; bookingId?: string }[] };
      const seen = items.map((one) => one.id ?? one.bookingId!).filter((id) => among.includes(id));
      expect([path, role, trust, seen.sort()]).toEqual([path, role, trust, of[trust].toSorted()]);
      // A stranger's list is empty, whatever else there is.
      if (of[trust].length === 0) expect([path, role, trust, items]).toEqual([path, role, trust, []]);
    }
  }
  // The home's bank office sees a booking elsewhere, and settles nothing there; the host's sees no evidence.
  const reviewOf = async (trust: string) =>
    (await house.ask(personOf('bank-office', trust), 'GET', '/reviews')).body.items.find(
      (one: { bookingId: string }) => one.bookingId === ofSouth.id,
    );
  expect((await reviewOf('SOUTH')).maySettle).toBe(false);
  const kept = { resolution: 'keep', reason: 'As agreed' };
  const refused = await house.ask(personOf('ward-manager', 'NORTH'), 'POST', `/bookings/${ofSouth.id}/review`, kept);
  expect([refused.status, refused.body.decision.checks.flatMap((check: { evidence: unknown[] }) => check.evidence)]).toEqual([422, []]);
  const atHost = await reviewOf('NORTH');
  expect(atHost.maySettle).toBe(true);
  expect(atHost.decision.checks.flatMap((check: { evidence: unknown[] }) => check.evidence)).toEqual([]);
});

test('an effect names whoever is of my trust or booked on my wards; of anyone else only the trust', async () => {
  const { lead: east } = await addMember(db, world, 'EAST');
  const visitor = world.workers[3]!;
  await sql`update worker_revision set consents_to_share = true`.execute(db);
  const booking = await postAndBook('NORTH', visitor, 30);
  const { id: alignmentId } = await db
    .selectFrom('alignment')
    .select('id')
    .where('courseId', '=', world.courseOf.get('SOUTH')!)
    .executeTakeFirstOrThrow();
  const { id: agreementId } = await db
    .selectFrom('sharingAgreement')
    .select('id')
    .where('homeTrust', '=', 'SOUTH')
    .where('hostTrust', '=', 'NORTH')
    .executeTakeFirstOrThrow();
  const withdrawal = `/training/alignments/${alignmentId}/effect?step=withdraw`;
  const ending = `/agreements/${agreementId}/effect?lastDay=${day(1)}`;
  // One who has taken a shift there before, the visitor, and one who never came.
  const visitors = [world.workers[1]!.name, visitor.name];
  const everyone = [world.workers[9]!.name, ...visitors];
  // prettier-ignore
  const expected: [path: string, who: Person, names: string[]][] = [
    [withdrawal, personOf('training-lead', 'SOUTH'), everyone],
    [withdrawal, personOf('auditor', 'APART'), everyone],
    [withdrawal, personOf('training-lead', 'NORTH'), visitors],
    [withdrawal, east, []],
    [withdrawal, personOf('programme', 'NORTH'), []],
    [ending, personOf('bank-office', 'SOUTH'), everyone],
    [ending, personOf('bank-office', 'NORTH'), visitors],
  ];
  for (const [path, who, names] of expected) {
    const { losses, bookings } = (await house.ask(who, 'GET', path)).body as EffectView;
    const workers = losses.items.map((one) => one.worker);
    expect([
      who.name,
      path,
      workers
        .filter((one) => one.name !== null)
        .map((one) => one.name)
        .sort(),
    ]).toEqual([who.name, path, names]);
    expect(losses.workers).toBe(everyone.length);
    for (const { homeTrust, ...rest } of workers.filter((one) => one.name === null))
      expect([homeTrust, rest]).toEqual(['SOUTH', { id: null, name: null, staffNumber: null }]);
    const [booked] = bookings.filter((one) => one.id === booking.id);
    expect([who.name, path, booked?.worker.name]).toEqual([who.name, path, names.length > 0 ? visitor.name : null]);
    if (names.length === 0) expect(booked?.worker).toEqual({ id: null, name: null, staffNumber: null, homeTrust: 'SOUTH' });
  }
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
      `/shifts/${things['free']!.id}/candidates?name=${encodeURIComponent(south.name)}`,
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
  await house.ask(personOf('ward-manager', 'NORTH'), 'GET', `/shifts/${things['free']!.id}/candidates`);
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

test('what a view says that one may do, and what stands there for those who may, is for them alone', async () => {
  await db
    .insertInto('serviceLine')
    .values({ id: newId(), code: 'views', name: 'Views', leadTrust: 'NORTH', bedTypes: ['206'], position: 9 })
    .execute();
  const [manager, office] = [(trust: string) => personOf('bed-manager', trust), (trust: string) => personOf('bank-office', trust)];
  const south = world.workers[9]!;
  await made(manager('NORTH'), '/service-lines/views/criteria', { items: ['Known to a team'], ...because });
  await made(manager('NORTH'), '/bed-settings', {
    ...usualSetting,
    freshMinutes: 211,
    trust: 'NORTH',
    from: rfc3339(world.now),
    ...because,
  });
  const banned = { wardId: world.wards.north, workerId: south.workerId, from: day(400), until: day(410), ...because, reviewer: 'Matron' };
  const restriction = (await made(office('NORTH'), '/restrictions', banned)).id as string;
  const agreed = { homeTrust: 'SOUTH', hostTrust: 'APART', staffGroup: 'nursing', from: day(1) };
  const agreementId = (await made(office('SOUTH'), '/agreements', agreed)).id as string;
  const asked = (await made(office('APART'), '/agreements', { ...agreed, homeTrust: 'NORTH' })).id as string;
  const read = async (who: Person, path: string) => {
    const { status, body } = await house.ask(who, 'GET', path);
    expect([who.name, path, status]).toEqual([who.name, path, 200]);
    return body;
  };
  const one = async (who: Person, path: string, id: string) =>
    (await read(who, path)).items.find((item: { id?: string; code?: string }) => [item.id, item.code].includes(id));
  const found: Record<string, unknown> = {};
  for (const trust of ['NORTH', 'SOUTH']) {
    const setting = await read(manager(trust), '/bed-settings?trust=NORTH');
    found[`clocks, ${trust}`] = [setting.mayChange, setting.inForce.by];
    found[`do-not-book, ${trust}`] = (await one(office(trust), '/restrictions', restriction)).mayDecide;
    const line = await one(manager(trust), '/service-lines', 'views');
    found[`line, ${trust}`] = [line.mayEdit, line.criteria.by];
  }
  for (const trust of ['SOUTH', 'APART']) {
    const agreement = await one(office(trust), '/agreements', agreementId);
    found[`agreement, ${trust}`] = [agreement.mySignatureIsDue, agreement.mayEnd];
  }
  for (const trust of ['NORTH', 'APART'])
    found[`agreement asked for, ${trust}`] = (await one(office(trust), '/agreements', asked)).mySignatureIsDue;
  for (const role of ['programme', 'auditor'] as const) {
    const agreement = await one(personOf(role, 'NORTH'), '/agreements', agreementId);
    found[`agreement, ${role}`] = agreement ? [agreement.mySignatureIsDue, agreement.mayEnd] : null;
  }
  const passportOf = async (who: Person) =>
    (await read(who, `/workers/${south.workerId}/passport`)).restrictions.some((each: { id: string }) => each.id === restriction);
  found['passport, bank office'] = await passportOf(office('SOUTH'));
  found['passport, training lead'] = await passportOf(personOf('training-lead', 'SOUTH'));
  const settled = await house.ask(office('SOUTH'), 'GET', '/restrictions');
  found['challenge, home office'] = settled.body.items.find((item: { id: string }) => item.id === restriction).mayDecide;
  const looks = (await read(office('SOUTH'), `/workers/${south.workerId}/passport`)).readBy as unknown[] | undefined;
  found['looks, bank office'] = looks !== undefined;
  found['looks, themselves'] = (await read(south, '/me/passport')).readBy !== undefined;
  found['reach'] = (await Promise.all(trusts.map((trust) => read(personOf('training-lead', trust), '/training/reach')))).map(
    ({ trusts: counted }) => counted.length > 0,
  );
  expect(found).toEqual({
    'clocks, NORTH': [true, 'bed-manager of NORTH'],
    'clocks, SOUTH': [false, null],
    'do-not-book, NORTH': true,
    'do-not-book, SOUTH': false,
    'line, NORTH': [true, 'bed-manager of NORTH'],
    'line, SOUTH': [false, null],
    'agreement, SOUTH': [false, true],
    'agreement, APART': [true, true],
    'agreement asked for, NORTH': true,
    'agreement asked for, APART': false,
    'agreement, programme': [false, false],
    'agreement, auditor': [false, false],
    'challenge, home office': false,
    'looks, bank office': false,
    'looks, themselves': true,
    'passport, bank office': true,
    'passport, training lead': false,
    reach: [true, true, false],
  });
});

test('a programme office has no part in another collaborative', async () => {
  const office = personOf('worker', 'APART');
  const collaborativeId = newId();
  await db.insertInto('collaborative').values({ id: collaborativeId, code: 'another', name: 'Another collaborative' }).execute();
  const grant = { id: newId(), accountId: office.accountId, role: 'programme', collaborativeId, fromAt: new Date(0) };
  await db.insertInto('accountRole').values(grant).execute();
  const read = async (path: string) => (await house.ask(office, 'GET', path)) as Answer;
  const alignments = (await db.selectFrom('alignment').select('id').execute()).map(({ id }) => id);
  expect(isForbidden(await read(`/wards/${world.wards.north}/requirements`))).toBe(true);
  for (const id of alignments) expect(isForbidden(await read(`/training/alignments/${id}`))).toBe(true);
  for (const path of ['/training/alignments', '/training/delegations', '/agreements'])
    expect([path, (await read(path)).body.items]).toEqual([path, []]);
  expect((await read('/training/reach')).body.trusts).toEqual([]);
  await db.deleteFrom('accountRole').where('id', '=', grant.id).execute();
});

test('what is kept for one is no way out for another who came too late', async () => {
  const [first, second, late] = [world.workers[4]!, world.workers[6]!, world.workers[8]!];
  const wardId = world.wards.north;
  const posted = (days: number, more = {}) =>
    made(personOf('ward-manager', 'NORTH'), '/shifts', {
      ...{ wardId, role: 'hcsw', band: 3, ...world.span(days, '07:00', '15:00'), breakMinutes: 30, reason: 'vacancy', ...more },
    });
  const taken = (await posted(90)).items[0].id as string;
  const open = (await posted(92)).items[0].id as string;
  const until = world.span(88, '07:00', '15:00').startsAt;
  const kept = (await posted(91, { preferredWorkerId: second.workerId, preferredUntil: until })).items[0].id as string;
  await made(first, `/shifts/${taken}/accept`, {});
  const tooLate = await house.ask(late, 'POST', `/shifts/${taken}/accept`);
  const others = (tooLate.body.next as { id: string }[]).map(({ id }) => id);
  expect([tooLate.status, others.includes(open), others.includes(kept)]).toEqual([409, true, false]);
});
