import { connect as connectTo } from 'node:net';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { testDatabase } from '@homeward/db/test-database.ts';
import { usualSetting } from '@homeward/shared/beds/setting-rules.ts';
import { hourMs, rfc3339 } from '@homeward/shared/kernel/interval.ts';
import { watchChanges } from './changes.ts';
import { isFull, noteFigures, randomFrom, seed } from './figures.ts';
import { askOver, startHomeward, type Homeward } from './homeward.ts';
import { openHouse } from './house.ts';
import { violations, type Schema } from './schema.ts';
import { addBeds, makeWorld, type Person } from './world.ts';

// Test G1 of the programme: no input crashes it or breaks its contract. From the OpenAPI document the program serves, each operation
// gets requests that are nearly right and requests that are wholly wrong, and must answer as the document says.
const inputs = isFull ? 1000 : 20;
console.log(`bad input: HOMEWARD_SEED=${seed}`);

interface Parameter {
  name: string;
  in: 'path' | 'query';
  schema: Schema;
}
interface Described {
  'x-rights': { who: string | string[] };
  parameters: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: Schema }> }>;
}

const { db, url } = await testDatabase();
const world = await makeWorld(db, { workers: 6 });
const beds = await addBeds(db, world, 40);
const house = await openHouse(db, url, world.now);
afterAll(() => house.live.stop());
const known = await makeThings();
const document = (await house.ask(null, 'GET', '/openapi.json')).body as { paths: Record<string, Record<string, Described>> };
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, described]) => ({ method: method.toUpperCase(), path, described })),
);

function day(days: number): string {
  return world.span(days, '12:00', '13:00').startsAt.slice(0, 10);
}

/** One of each thing an operation may be about, so that some of what is asked gets past the door. */
async function makeThings() {
  const manager = world.staff['ward-manager']!['NORTH']!;
  const shift = async (day: number) => {
    const body = {
      wardId: world.wards.north,
      role: 'hcsw',
      band: 3,
      ...world.span(day, '07:00', '15:00'),
      breakMinutes: 30,
      reason: 'vacancy',
      count: 2,
    };
    return (await house.ask(manager, 'POST', '/shifts', body)).body.items.map((item: { id: string }) => item.id) as string[];
  };
  const [open, taken] = [await shift(5), await shift(9)];
  const made = async (who: Person, path: string, body: unknown = {}) => {
    const answer = await house.ask(who, 'POST', path, body);
    expect([path, answer.status < 300, answer.body]).toEqual([path, true, answer.body]);
    return answer.body;
  };
  const [first, second] = [world.workers[0]!, world.workers[2]!];
  const booked = await made(first, `/shifts/${taken[0]}/accept`);
  const reviewed = await made(second, `/shifts/${taken[1]}/accept`);
  const lead = (trust: string) => world.staff['training-lead']![trust]!;
  await made(lead('NORTH'), `/training/records/${world.recordOf.get(second.workerId!)}/revoke`, { reason: 'Given in error' });
  const described = { code: 'NORTH-PMVA', title: 'PMVA', meets: 'pmva-team', useOfForce: true, certifiedUntil: day(900) };
  const draft = (await made(lead('NORTH'), '/training/courses', { ...described, version: '2' })).course.id as string;
  const inReview = (await made(lead('NORTH'), '/training/courses', { ...described, version: '3' })).course.id as string;
  const alignment = await made(lead('NORTH'), '/training/alignments', { courseId: inReview, competency: 'pmva-team' });
  await made(lead('NORTH'), `/training/alignments/${alignment.id}/submit`);
  const objected = await made(lead('SOUTH'), `/training/alignments/${alignment.id}/object`, { reason: 'Shorter than ours' });
  const validated = (await db.selectFrom('alignment').select('id').execute()).map((one) => one.id).filter((id) => id !== alignment.id);
  const office = world.staff['bank-office']!['NORTH']!;
  const restriction = await made(office, '/restrictions', {
    ...{ wardId: world.wards.north, workerId: first.workerId, from: day(200), reason: 'A complaint', reviewer: 'Matron' },
  });
  await made(first, `/me/restrictions/${restriction.id}/challenge`, { words: 'I was not there' });
  const proposed = { homeTrust: 'NORTH', hostTrust: 'APART', staffGroup: 'therapies', from: day(1) };
  const agreements = [await made(office, '/agreements', proposed), ...(await db.selectFrom('sharingAgreement').select('id').execute())];
  const notice = '01900000-0000-7001-8000-000000000000';
  await db
    .insertInto('notice')
    .values({
      id: notice,
      workerId: first.workerId!,
      about: 'check',
      code: 'dbs',
      title: 'DBS',
      endsOn: day(20),
      toldAt: rfc3339(world.now),
    })
    .execute();
  const idsOf = async (table: 'requirement' | 'delegation') => (await db.selectFrom(table).select('id').execute()).map((one) => one.id);
  const wards = [world.wards.north, world.wards.south, world.wards.apart];
  const workers = world.workers.map((one) => one.workerId!);
  const ids = [
    ...open,
    ...taken,
    booked.id as string,
    world.wards.north,
    world.wards.apart,
    world.workers[0]!.workerId!,
    world.recordOf.get(world.workers[1]!.workerId!)!,
  ];
  const bedThings = await makeBedThings(made);
  /** By where an id stands, in a path or a body: what is likely to be meant. */
  const likely: Record<string, string[]> = {
    bookings: [booked.id, reviewed.id],
    alignments: [alignment.id, ...validated],
    courses: [draft, inReview, world.courseOf.get('NORTH')!],
    delegations: await idsOf('delegation'),
    restrictions: [restriction.id],
    notices: [notice],
    agreements: agreements.map((one) => one.id as string),
    records: [...world.recordOf.values()],
    wards,
    workers,
    wardId: wards,
    workerId: workers,
    pilotWardIds: wards,
    courseId: [draft, inReview],
    signatureId: [objected.round.find((one: { id: string | null }) => one.id !== null).id],
    requirementId: await idsOf('requirement'),
    closedUntilShifts: open,
    ...bedThings,
  };
  return { ids, likely };
}

/** The sender is NORTH, whose bed manager asks; the beds are of both. One allocation in each state, and a stay, a suite and a line of the register. */
async function makeBedThings(
  made: (who: Person, path: string, body?: unknown) => Promise<{ id: string }>,
): Promise<Record<string, string[]>> {
  const manager = world.staff['bed-manager']!['NORTH']!;
  const need = { homePlace: 'Northtown', bedType: '200', ageBand: 'adult', sex: 'female', legalStatus: '02', securityLevel: 0 };
  const described = async () =>
    (await made(manager, '/placements', { ...need, whereNow: 'community', neededBy: rfc3339(world.now + hourMs) })).id;
  const placements = [await described(), await described()];
  const allocations: string[] = [];
  const ways = [[], ['refer'], ['refer', 'accept'], ['refer', 'accept', 'arrive']];
  for (const acts of [...ways, ...ways, [], ['refer'], ['refer', 'accept']]) {
    const requestId = await described();
    const bedId = beds.north[20 + allocations.length]!;
    const { id } = await made(manager, `/placements/${requestId}/allocations`, { bedId, reason: 'Near home' });
    for (const act of acts) await made(manager, `/allocations/${id}/${act}`, {});
    placements.push(requestId);
    allocations.push(id);
  }
  const away = await described();
  await made(manager, `/placements/${away}/unable-to-place`, { reason: 'Chosen elsewhere' });
  const { id: lineId } = await db.selectFrom('outOfArea').select('id').executeTakeFirstOrThrow();
  await made(manager, `/out-of-area/${lineId}`, {
    ...{ state: 'away', receiver: 'Far Hospital', receiverKind: 'independent', receiverTrust: null, place: null, distanceKm: 120 },
    ...{ reasonCode: '10', startedOn: day(0), endedOn: null, costPerNightPence: null, lastReviewedOn: null, intendsReturn: true },
    ...{ continuityContact: '', wishes: '', why: 'By phone' },
  });
  const [stay] = beds.north as [string];
  await made(manager, `/beds/${stay}/state`, { state: 'occupied' });
  const suite = await made(manager, '/suites', { site: 'north', name: 'Suite 1' });
  const line = { id: '01900000-0000-7002-8000-000000000000', code: 'secure', name: 'Secure', leadTrust: 'NORTH', bedTypes: ['202'] };
  await db
    .insertInto('serviceLine')
    .values({ ...line, position: 0 })
    .execute();
  return {
    beds: [stay, ...beds.north.slice(0, 12), beds.apart[0]!],
    bedId: [...beds.north.slice(0, 20), ...beds.south, beds.apart[0]!],
    placements: [...placements, away],
    continues: placements,
    allocations,
    'out-of-area': [lineId],
    suites: [suite.id],
    code: ['secure'],
  };
}

// ————— What is asked —————

const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
const base64url = (text: string) => Buffer.from(text).toString('base64url');
const tooDeep = `{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`;
const dashes = '-'.repeat(36);

/** Days and times that are none, or that only one of our readers would take. */
// prettier-ignore
const oddTimes = [
  '2026-02-30T20:00:00Z', '2026-02-29T20:00:00Z', '2027-13-01T00:00:00Z', '0000-01-01T00:00:00Z', '+275760-09-13T00:00:00Z', '2026-11-28', 'now', 'infinity',
  '2026-11-28T24:00:00Z', '2026-11-28T23:59:60Z', '2026-11-28T20:00:00', '2026-11-28T20:00Z', '2026-11-28T20:00:00.123456789012345678Z',
  '2026-11-28T20:00:00+15:59', '2026-11-28T20:00:00-00:00', '2026-11-28T20:00:00+24:00', '2026-11-28T20:00:00+23:59', '2026-11-28T20:00:00-16:00',
];
/** Places in a list that nobody gave out. */
// prettier-ignore
const strayPlaces = [
  '-5', '5', '999999999999999', 'null', '[null]', '{}', '[]', '[true,true,1,"x","y"]', '\0\0\0', 'NORTH \0', `1 ${dashes}`, `2026-11-28T20:00:00Z ${dashes}`,
  '1 01900000-0000-7000-8000-000000000000', '0000-01-01T00:00:00Z 01900000-0000-7000-8000-000000000000',
].map(base64url);
// prettier-ignore
const oddTexts = [
  '', ' ', '\0', 'a\0b', '\ud800', 'x\udc00', 'x'.repeat(5000), '\u2028', '\u202e', '😀', '🏳️‍🌈'.repeat(30), 'ﷺ', '%00', '%', '..', '../../x', "' or 1=1 --", '${7*7}', '__proto__',
  '-1', '0', '1.5', '1e9', '1e999', 'NaN', 'Infinity', '0x10', '9007199254740993', '99999999999999999999', '١',
  dashes, '{01900000-0000-7000-8000-000000000000}', '01900000000070008000000000000000', '01900000-0000-7000-8000-00000000000G', '00000000-0000-0000-0000-000000000000',
];
const oddText = fc.oneof(
  fc.constantFrom(...oddTexts, ...oddTimes, ...strayPlaces),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.base64String({ maxLength: 60 }),
);
const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: oddText },
  {
    weight: 2,
    arbitrary: fc.constantFrom<unknown>(null, true, 0, -1, 1.5, -0, 1e308, 2 ** 53, -(2 ** 31) - 1, [], {}, [null], { a: 1 }, [[]], {
      toString: 1,
      length: -1,
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom(30, 1000).map(nested) },
);

const knownId = fc.constantFrom(...known.ids, ...known.ids.map((id) => id.toUpperCase()), '01900000-0000-7000-8000-000000000000');
const instant = fc.oneof(
  fc.constantFrom(...[5, 6, 9, 40].flatMap((day) => Object.values(world.span(day, '07:00', '15:00')))),
  fc.date({ min: new Date('1999-01-01'), max: new Date('2101-01-01'), noInvalidDate: true }).map((date) => date.toISOString()),
);
const localDay = fc.constantFrom(...[-400, -30, -1, 0, 1, 30, 365].map((days) => day(days)));
/** What a field of this name usually holds. */
const usual: Record<string, fc.Arbitrary<unknown>> = {
  role: fc.constantFrom('hcsw', 'rmn', 'doctor', 'programme'),
  reason: fc.constantFrom('vacancy', 'strike-cover', 'industrial-action', 'no-longer-needed', 'sickness', 'Not on the list'),
  band: fc.integer({ min: -1, max: 11 }),
  count: fc.integer({ min: -1, max: 60 }),
  breakMinutes: fc.constantFrom(0, 30, 600, 601),
  requirements: fc.constantFrom([], ['pmva-team'], ['no-such-thing'], ['pmva-team', 'pmva-team']),
  email: fc.constantFrom('training-lead.of.north@test.example', 'north.worker.1@test.example', 'NOBODY@test.example', 'a@b'),
  password: fc.constantFrom('short', 'long enough it is'),
  trust: fc.constantFrom('NORTH', 'SOUTH', 'APART', 'NONE'),
  outcome: fc.constantFrom('eligible', 'override', 'blocked'),
  status: fc.constantFrom('open', 'filled', 'expired', 'started', 'finished', 'cancelled'),
  limit: fc.constantFrom('1', '2', '100'),
  everywhere: fc.constantFrom('true', 'false'),
  after: fc.constantFrom('0', '1', '3', '100000'),
  type: fc.constantFrom('shift.posted', 'none'),
  epoch: knownId,
  competency: fc.constantFrom('pmva-team', 'pmva-team', 'no-such-thing'),
  meets: fc.constantFrom('pmva-team', 'pmva-team', 'no-such-thing'),
  techniques: fc.constantFrom([], ['no-such-thing']),
  homePlace: fc.constantFrom('Northtown', 'Southtown', 'Nowhere'),
  bedType: fc.constantFrom('200', '200', '999'),
  legalStatus: fc.constantFrom('02', '05', '99'),
  reasonCode: fc.constantFrom('10', '14', '77'),
  receiverTrust: fc.constantFrom('APART', 'NONE'),
  needs: fc.constantFrom([], ['step-free'], ['no-such-thing'], ['step-free', 'step-free']),
  delayReasons: fc.constantFrom([], ['04'], ['04', '18'], ['77']),
  site: fc.constantFrom('north', 'south', 'nowhere'),
  labels: fc.array(fc.string({ minLength: 1, maxLength: 12 }), { maxLength: 4 }),
  dueTimes: fc.constantFrom(['10:00'], ['10:00', '10:00'], [], ['24:00']),
  time: fc.constantFrom('10:00', '23:59', '24:00'),
  sexRules: fc.constantFrom(usualSetting.sexRules, {}),
  rankingTerms: fc.constantFrom(usualSetting.rankingTerms, [], ['freshest', 'freshest', 'freshest']),
  ...Object.fromEntries(
    (['freshMinutes', 'graceMinutes', 'holdMinutes', 'extensionMinutes', 'answerMinutes', 'arrivalMinutes', 'askingMinutes'] as const).map(
      (name) => [name, fc.constantFrom<number>(usualSetting[name], 30, 60, 0)],
    ),
  ),
  closedUntilShifts: fc.array(fc.constantFrom(...known.likely['closedUntilShifts']!), { maxLength: 2 }),
  homeTrust: fc.constantFrom('NORTH', 'SOUTH'),
  hostTrust: fc.constantFrom('NORTH', 'SOUTH', 'APART'),
  cursor: fc.oneof(
    fc.constantFrom(...strayPlaces),
    fc.constantFrom('NORTH NORTH-0001', '1', '0', `${world.span(5, '07:00', '15:00').startsAt} ${known.ids[0]}`).map(base64url),
    fc.constantFrom('north/north', '3'),
  ),
};
function idOf(name: string, schema: Schema): fc.Arbitrary<unknown> {
  const meant = known.likely[name];
  const one = meant ? fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...meant) }, { weight: 1, arbitrary: knownId }) : knownId;
  if (schema.type === 'array') return fc.array(one, { maxLength: 3 });
  return name.endsWith('Ids') ? fc.array(one, { maxLength: 3 }).map((ids) => ids.join()) : one;
}
function usualOf(name: string, schema: Schema): fc.Arbitrary<unknown> {
  if (Array.isArray(schema.type)) return fc.oneof(...schema.type.map((type) => usualOf(type === 'null' ? '' : name, { ...schema, type })));
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => usualOf(one.type === 'null' ? '' : name, one)));
  if (schema.type === 'null') return fc.constant(null);
  if (schema.enum)
    return fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...schema.enum) }, { weight: 1, arbitrary: usual[name] ?? oddText });
  if (usual[name]) return usual[name];
  if (schema.format === 'date') return localDay;
  if (/(^id|Id|Ids)$/.test(name)) return idOf(name, schema);
  if (/(At|Until|from|to)$/.test(name)) return instant;
  if (schema.properties) return bodyOf(schema);
  if (schema.type === 'array') return fc.array(usualOf('', schema.items ?? {}), { maxLength: 3 });
  if (schema.type === 'integer' || schema.type === 'number') return fc.integer({ min: 0, max: 10 });
  if (schema.type === 'boolean') return fc.boolean();
  return fc.string({ maxLength: 20 });
}
const fieldOf = (name: string, schema: Schema) =>
  fc.oneof({ weight: 4, arbitrary: usualOf(name, schema) }, { weight: 1, arbitrary: oddValue });

function bodyOf(schema: Schema): fc.Arbitrary<unknown> {
  const fields = Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, property]) => [name, fieldOf(name, property)]));
  const whole = fc.record(fields, { noNullPrototype: true });
  const parts = fc.record({ ...fields, ...(fields['more'] ? {} : { more: oddValue }) }, { requiredKeys: [], noNullPrototype: true });
  // With many fields one of them is nearly always odd: some have none, and get as far as the act.
  const usualFields = Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, one]) => [name, usualOf(name, one)]));
  const requiredKeys = Object.keys(usualFields).filter((name) => schema.required?.includes(name));
  const fair = fc.record(usualFields, { requiredKeys, noNullPrototype: true });
  return fc.oneof({ weight: 4, arbitrary: whole }, { weight: 2, arbitrary: parts }, { weight: 3, arbitrary: fair });
}

/** What is no JSON, or not all of it, or more of it than anybody needs. */
// prettier-ignore
const oddBodies = [
  '', '{', 'null', '"', '{"a":1}x', '\ufeff{}', '{"__proto__":{"a":1}}', '{"constructor":1}', '{"a":"\\ud800"}', '{"a":1,"a":2}', "{'a':1}", '{"a":NaN}', '{"\\u0000":1}',
  tooDeep, `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`, `{"a":"${'x'.repeat(70_000)}"}`, `{"a":${'9'.repeat(400)}}`, `{"${'x'.repeat(60_000)}":1}`,
  `{"${'x'.repeat(60_000)}":"\\u0000"}`, `{${Array.from({ length: 2000 }, (_, index) => `"a${index}":1`).join()}}`,
];
const instantIn = (hours: number) => rfc3339(world.now + hours * hourMs);
const because = { reason: 'As agreed by phone' };
const lineOfAway = {
  ...{ state: 'away', receiver: 'Far Hospital', receiverKind: 'independent', receiverTrust: null, place: 'Farville', distanceKm: null },
  ...{ reasonCode: '10', startedOn: day(0), endedOn: null, costPerNightPence: 91_733, lastReviewedOn: day(0), intendsReturn: true },
  ...{ continuityContact: 'The home team', wishes: 'Home soon', why: 'By phone' },
};
const needOf = { homePlace: 'Northtown', bedType: '200', ageBand: 'adult', sex: 'female', legalStatus: '02', securityLevel: 0, needs: [] };
/** Bodies of many fields that are well as they stand: what chance would hardly make, with one field at a time as it may be. */
const wellMade: Record<string, Record<string, unknown>> = {
  '/placements': { ...needOf, whereNow: 'community', neededBy: instantIn(1), wishes: '', notes: '' },
  '/placements/{id}/allocations': { bedId: beds.north[13]!, ...because, usesLeaveBed: true },
  '/placements/{id}/bring-home': { bedId: beds.south[0]!, ...because, neededBy: instantIn(2), legalStatus: '02' },
  '/placements/{id}/unable-to-place': because,
  '/allocations/{id}/decline': because,
  '/allocations/{id}/release': because,
  '/out-of-area/{id}': lineOfAway,
  '/bed-settings': { ...usualSetting, freshMinutes: 200, trust: 'NORTH', from: instantIn(1), ...because },
  '/wards/{id}/criteria': { items: [{ about: 'need', code: 'step-free', outcome: 'ask', words: 'One room has a step' }], ...because },
  '/wards/{id}/sex': { sex: 'mixed', from: day(3), ...because },
  '/wards/{id}/admissions/pause': { ...because, reviewAt: instantIn(3) },
  '/beds/{id}/state': {
    state: 'on-leave',
    note: 'Home for the weekend',
    expectedReturn: instantIn(30),
    reason: null,
    closedUntilShifts: [],
  },
  '/beds/{id}/ready': { readyOn: day(-3), delayReasons: ['04'] },
};
function nearlyMade(path: string, schema: Schema): fc.Arbitrary<string>[] {
  const body = wellMade[path.replace('/api/v1', '')];
  if (!body) return [];
  const one = Object.keys(body).map((name) => fieldOf(name, schema.properties![name]!).map((value) => ({ [name]: value })));
  return [fc.oneof(fc.constant({}), ...one).map((odd) => JSON.stringify({ ...body, ...odd }))];
}
const sentBody = (path: string, schema: Schema): fc.Arbitrary<string> =>
  fc.oneof(
    ...nearlyMade(path, schema).map((arbitrary) => ({ weight: 8, arbitrary })),
    { weight: 8, arbitrary: bodyOf(schema).map((body) => JSON.stringify(body)) },
    { weight: 1, arbitrary: oddValue.map((body) => JSON.stringify(body)) },
    { weight: 1, arbitrary: fc.constantFrom(...oddBodies) },
  );

const heading = 'staff_number,trust,name,role,band,staff_group';
// prettier-ignore
const oddFiles = ['', '\n', heading, `${heading}\n`, `\ufeff${heading}\n`, `${heading}\nNORTH-9,NORTH,"unclosed`, `${heading},more\n`, `${heading},trust\n`, '"'.repeat(999)];
const sentFile = fc.oneof(
  fc.constantFrom(...oddFiles),
  fc
    .array(oddText, { minLength: 6, maxLength: 6 })
    .map((cells) => `${heading}\n${cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join()}\n`),
  fc.constantFrom('hcsw', 'boss').map((role) => `${heading}\nNORTH-9,NORTH,Somebody,${role},3,nursing\n`),
);

/** As somebody would put it into an address who isn't careful: lone surrogates as the bytes they would be. */
const escaped = (text: string) =>
  encodeURIComponent(text.toWellFormed() === text ? text : text.replace(/[\ud800-\udfff]/g, '�')).replaceAll('%EF%BF%BD', '%ED%A0%80');
const inAddress = (value: unknown) => escaped(typeof value === 'string' ? value : (JSON.stringify(value) ?? '').slice(0, 2000));

/** The ids that fit a path: of alignments after /alignments/. */
function meantIn(path: string, name: string): fc.Arbitrary<unknown> {
  const meant = known.likely[name === 'id' ? (/([\w-]+)\/\{id\}/.exec(path)?.[1] ?? '') : name];
  return meant ? fc.constantFrom(...meant) : knownId;
}

interface Asked {
  address: string;
  headers: Record<string, string>;
  body: string | undefined;
  who: Person | null;
}

function requestTo({ method, path, described }: (typeof operations)[number]): fc.Arbitrary<Asked> {
  const { who } = described['x-rights'];
  const named = Array.isArray(who) ? who : ['ward-manager'];
  const people = named.map((role) => (method === 'DELETE' ? world.staff['auditor']!['APART']! : world.staff[role]!['NORTH']!));
  const everyone = Object.values(world.staff).flatMap((byTrust) => Object.values(byTrust));
  const inPath = described.parameters.filter((parameter) => parameter.in === 'path');
  const inQuery = described.parameters.filter((parameter) => parameter.in === 'query');
  const [type, content] = Object.entries(described.requestBody?.content ?? {})[0] ?? [];
  const bodies =
    type === undefined
      ? fc.constantFrom(undefined, '', '{}', 'x')
      : type === 'application/json'
        ? sentBody(path, content!.schema)
        : sentFile;
  return fc.record({
    who: fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(...people) },
      { weight: 1, arbitrary: fc.constantFrom(null, ...(method === 'DELETE' ? [] : everyone)) },
    ),
    address: fc
      .tuple(
        fc.record(
          Object.fromEntries(
            inPath.map(({ name, schema }) => [
              name,
              fc.oneof({ weight: 3, arbitrary: meantIn(path, name) }, { weight: 2, arbitrary: fieldOf(name, schema) }),
            ]),
          ),
        ),
        fc.record({ ...Object.fromEntries(inQuery.map(({ name, schema }) => [name, fieldOf(name, schema)])) }, { requiredKeys: [] }),
        fc.option(fc.constantFrom('more=1', 'limit=1&limit=x', '%00=1', '&&=&', '__proto__=1', 'a[b]=1'), { freq: 8 }),
      )
      .map(([ids, query, more]) => {
        const asked = Object.entries(query).map(([name, value]) => `${name}=${inAddress(value)}`);
        if (more !== null) asked.push(more);
        return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => inAddress(ids[name])) + (asked.length > 0 ? `?${asked.join('&')}` : '');
      }),
    body: method === 'GET' ? fc.constant(undefined) : bodies,
    headers: fc.constantFrom<Record<string, string>>(
      ...Array.from({ length: 6 }, () => ({ 'content-type': type ?? 'application/json' })),
      { 'content-type': type ?? 'application/json', 'idempotency-key': 'one key for all' },
      { 'content-type': type ?? 'application/json', 'idempotency-key': 'one-key-for-all' },
      { 'content-type': type ?? 'application/json', 'idempotency-key': 'é'.repeat(201) },
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/json; charset=utf-16' },
      { 'content-type': type ?? 'application/json', cookie: `homeward=${'%'.repeat(4000)}` },
    ),
  });
}

/** Always asked: an odd time in each field for one, a stray place in each list, a NUL in anything, all else being usual; and brackets without end. */
function strays({ method, path, described }: (typeof operations)[number]): Asked[] {
  const [role] = [described['x-rights'].who].flat();
  const who = world.staff[role!]?.['NORTH'] ?? world.staff['ward-manager']!['NORTH']!;
  const isTime = (name: string) => /(At|Until|^from|^to)$/.test(name);
  const oddOf = (name: string) => ['a\0b', ...(name === 'cursor' ? strayPlaces : isTime(name) ? oddTimes : [])];
  const address = path.replaceAll(/\{\w+\}/g, known.ids[0]!);
  const fields = described.requestBody?.content['application/json']?.schema.properties;
  const usualFields = Object.entries(fields ?? {}).map(([name, schema]) => [name, usualOf(name, schema)] as const);
  const [sampled] = fc.sample(fc.record(Object.fromEntries(usualFields)), { seed, numRuns: 1 });
  const usualBody = wellMade[path.replace('/api/v1', '')] ?? sampled;
  const addresses = described.parameters
    .filter((parameter) => parameter.in === 'query')
    .flatMap(({ name }) => oddOf(name).map((odd) => ({ address: `${address}?${name}=${inAddress(odd)}`, body: undefined })));
  const bodies = usualFields.flatMap(([name]) =>
    oddOf(name).map((odd) => ({ address, body: JSON.stringify({ ...usualBody, [name]: odd }) })),
  );
  const all = [...addresses, ...bodies, ...(fields ? [{ address, body: tooDeep }] : [])];
  return method === 'DELETE' ? [] : all.map((asked) => ({ who, headers: { 'content-type': 'application/json' }, ...asked }));
}

// ————— What must be true of the answer —————

const machinery =
  /node_modules|file:\/\/|\/work\/|\.ts:\d|\\n\s+at |postgres|kysely|\bpg_|syntax error|relation "|violates|\bselect .+ from\b|insert into/i;

/** Nothing is written by what is refused; of a session only when it was last seen. */
const written = await watchChanges(db, ['session']);
const counted = { inputs: 0, taken: 0, refused: 0 };
afterAll(() => {
  noteFigures('G1', {
    operations: operations.length,
    'inputs to the operations': counted.inputs,
    'inputs taken': counted.taken,
    'inputs refused': counted.refused,
  });
});

describe('whatever is asked of it, an operation answers as the document says', () => {
  afterEach(() => void vi.useRealTimers());

  test.each(operations.map((operation) => [`${operation.method} ${operation.path}`, operation] as const))(
    '%s',
    async (_name, operation) => {
      const { method, path, described } = operation;
      const sentShape = described.requestBody?.content['application/json']?.schema;
      const response = house.operations.find((one) => one.path === path && one.method.toUpperCase() === method)!.response;
      const statuses: Record<number, number> = {};
      let state = await written();
      const always = strays(operation).map((asked): [Asked] => [asked]);
      await fc.assert(
        fc.asyncProperty(requestTo(operation), async ({ address, headers, body, who }) => {
          counted.inputs += 1;
          // Where one may ask only so often, time passes: what is tried is not the limit.
          if (described.responses['429']) vi.setSystemTime(Date.now() + 20_000);
          if (who && method === 'DELETE') await sql`update session set ended_at = null where account_id = ${who.accountId}`.execute(db);
          const before = method === 'DELETE' ? await written() : state;
          const answer = await house.app.request(`http://test${address}`, {
            method,
            headers: { ...(who && { cookie: who.cookie }), ...headers },
            ...(body !== undefined && { body }),
          });
          const text = await answer.text();
          statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
          state = await written();

          expect(Object.keys(described.responses)).toContain(String(answer.status));
          if (answer.status < 400) {
            counted.taken += 1;
            // What the document doesn't allow is never taken.
            if (sentShape && body) expect(violations(sentShape, JSON.parse(body), document)).toEqual([]);
            const contents = described.responses[answer.status]!.content ?? {};
            const type = answer.headers.get('content-type')?.split(';')[0] ?? '';
            if (Object.keys(contents).length === 0) expect(text).toBe('');
            else expect(Object.keys(contents)).toContain(type);
            if (type === 'application/json') expect(violations(contents[type]!.schema, JSON.parse(text), document)).toEqual([]);
            if (!response || answer.headers.get('content-type')?.startsWith('text/csv')) return;
            const parsed = response.safeParse(JSON.parse(text));
            expect(parsed.error).toBeUndefined();
            // Nothing is sent that the document doesn't name.
            expect(parsed.data).toEqual(JSON.parse(text));
            return;
          }
          counted.refused += 1;
          expect(state).toEqual(before);
          expect(answer.headers.get('content-type')).toBe('application/problem+json');
          expect(
            violations(described.responses[answer.status]!.content!['application/problem+json']!.schema, JSON.parse(text), document),
          ).toEqual([]);
          const problem = JSON.parse(text) as {
            title: string;
            status: number;
            code: string;
            requestId: string;
            errors?: { path: string; code: string; message: string }[];
          };
          expect(described.responses[answer.status]!.description.split(', ')).toContain(problem.code);
          expect(problem).toMatchObject({
            status: answer.status,
            title: expect.stringMatching(/\S/),
            requestId: answer.headers.get('x-request-id'),
          });
          if (problem.code === 'bad-input') {
            expect(problem.errors!.length).toBeGreaterThan(0);
            for (const error of problem.errors!)
              expect(error).toEqual({
                path: expect.any(String),
                code: expect.stringMatching(/^[a-z-]+$/),
                message: expect.stringMatching(/\S/),
              });
          }
          if (answer.status === 429 || answer.status === 503) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
          expect(text).not.toMatch(machinery);
          expect(text.length).toBeLessThan(30_000);
        }),
        { seed, examples: always, numRuns: always.length + inputs, endOnFailure: true },
      );
      // The requests were not all stopped at the door.
      if (described.requestBody && path !== '/api/v1/session/invitation') expect(Object.keys(statuses).length).toBeGreaterThan(1);
    },
    isFull ? 300_000 : 20_000,
  );
});

test('a place or a method that nobody offers is a problem like any other', async () => {
  for (const [method, path] of [
    ['GET', '/nowhere'],
    ['PUT', '/shifts'],
    ['PATCH', '/session'],
    ['POST', '/healthz'],
    ['GET', '/%E0%A4%A'],
    ['GET', '/shifts/%00'],
    ['GET', '/shifts/..%2f..'],
    ['OPTIONS', '/shifts'],
  ] as const) {
    const answer = await house.ask(
      world.staff['ward-manager']!['NORTH']!,
      method,
      path,
      method === 'GET' || method === 'OPTIONS' ? undefined : {},
    );
    expect([path, answer.status, answer.body.code]).toEqual([path, 404, 'not-found']);
  }
});

test('whatever a body or an answer doesn’t name is refused, and whatever may be asked has a bound', () => {
  const open: string[] = [];
  const walk = (schema: Schema, where: string, isAsked: boolean): void => {
    if (schema.properties && schema.additionalProperties !== false) open.push(`${where}: takes any other property`);
    if (isAsked) open.push(...unbounded(schema).map((what) => `${where}: ${what}`));
    for (const [name, inner] of Object.entries(schema.properties ?? {})) walk(inner, `${where}.${name}`, isAsked);
    for (const inner of [schema.items, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]) if (inner) walk(inner, where, isAsked);
  };
  for (const { method, path, described } of operations) {
    // A place in the stream is the one number that outgrows four bytes.
    for (const { name, schema } of described.parameters.filter((one) => one.name !== 'after'))
      walk(schema, `${method} ${path}?${name}`, true);
    const asked = described.requestBody?.content['application/json'];
    if (asked) walk(asked.schema, `${method} ${path}`, true);
    for (const { content } of Object.values(described.responses))
      if (content?.['application/json']) walk(content['application/json'].schema, `${method} ${path} answers`, false);
  }
  expect(open).toEqual([]);
});

/** What a text, a list or a number lacks so that no pattern, page or column meets more than it can hold. */
function unbounded({
  type,
  enum: list,
  const: one,
  format,
  pattern,
  maxLength,
  maxItems,
  minimum,
  exclusiveMinimum,
  maximum,
}: Schema): string[] {
  const types = [type].flat();
  const found: string[] = [];
  const isShort = pattern !== undefined && /^\^.*\$$/.test(pattern) && !/[*+]|,\}/.test(pattern);
  if (types.includes('string') && !list && one === undefined && !format && !isShort && maxLength === undefined)
    found.push('a text of any length');
  if (types.includes('array') && maxItems === undefined) found.push('a list of any length');
  const largest = 2 ** 31 - 1;
  const isWithin = maximum !== undefined && maximum <= largest && (minimum ?? exclusiveMinimum ?? -Infinity) >= -largest;
  if ((types.includes('integer') || types.includes('number')) && !isWithin) found.push('a number that no column holds');
  return found;
}

describe('over a real connection', () => {
  let home: Homeward;
  beforeAll(async () => {
    home = await startHomeward({ url });
  }, 60_000);
  afterAll(() => home.kill('SIGTERM'));

  /** The bytes as they are; answers what came back until the connection closed or fell silent. */
  function raw(bytes: string | Buffer, { hangUp = false } = {}): Promise<string> {
    const { hostname, port } = new URL(home.url);
    return new Promise((done) => {
      let heard = '';
      const socket = connectTo({ host: hostname, port: Number(port) }, () => {
        socket.write(bytes);
        if (hangUp) socket.end();
      });
      socket.setEncoding('latin1').setTimeout(1_500, () => socket.destroy());
      socket.on('data', (more: string) => {
        heard += more;
        if (!hangUp && /^HTTP\/1\.1 (?!100)\d/.test(heard)) socket.destroySoon();
      });
      socket.on('error', () => {});
      socket.on('close', () => done(heard));
    });
  }
  const statusOf = (heard: string) => Number(/^HTTP\/1\.[01] (\d{3})/.exec(heard.replace(/^HTTP\/1\.1 100[^]*?\r\n\r\n/, ''))?.[1] ?? 0);
  const asked = (line: string, ...headers: string[]) => [line, 'Host: 127.0.0.1', ...headers, '', ''].join('\r\n');
  const get = (path: string, ...headers: string[]) => asked(`GET ${path} HTTP/1.1`, 'Connection: close', ...headers);
  const post = (headers: string[], body = '', path = '/api/v1/session') => asked(`POST ${path} HTTP/1.1`, ...headers) + body;
  const long = (count: number) => 'x'.repeat(count);

  // prettier-ignore
  const malformed: (string | Buffer)[] = [
    // Addresses
    ...['/api/v1/%', '/api/v1/shifts/%E0%A4%A', '/api/v1/%00', '/%', '/%ff', '/%c0%ae%c0%ae/', '/..%2f..%2f..%2fetc%2fpasswd', '/../../etc/passwd', '/_app/%', '/_app/%00', '//', '///x', '//evil.example/api/v1/session', 'http://evil.example/api/v1/session',
      'http://[/', '*', '/shifts/%E0%A4%A', '/shifts?%=%&%zz', '/api/v1/shifts?cursor=%ff%fe', '/\\..\\', '/#x', '/?#', '/api/v1/session?%', '/api\\v1\\session', '/api/v1//session', '/API/V1/session', '/api/v1/session/', '/api/v1/session;x=1', '/beds?site=%F0%9F', '/__data.json', '/shifts/__data.json', '/%5f_data.json?x-sveltekit-invalidated=%',
      '/socket.io/', '/socket.io/?EIO=4&transport=polling', '/socket.io/?EIO=9&transport=websocket', '/socket.io/?EIO=4&transport=constructor', '/socket.io/?EIO=4&transport=websocket&sid=%00', '/socket.io/%', '/healthz/%', '/metrics?%', `/api/v1/${long(7_000)}`, `/${long(7_000)}`, `/?${'a=1&'.repeat(1_800)}`, `/api/v1/shifts?${'limit=1&'.repeat(900)}`].map((path) => get(path)),
    get(`/${long(40_000)}`), get('/api/v1/session', `X-Long: ${long(40_000)}`), get('/api/v1/session', ...Array.from({ length: 3_000 }, (_, at) => `X-${at}: 1`)),
    // Hosts, and what is said twice
    ...['', 'a b', '[::', 'x:99999', 'x:-1', '..', '%', 'evil.example@127.0.0.1', '127.0.0.1#', long(5_000), 'xn--', '127.0.0.1/x', '😀'].flatMap((host) => ['/', '/api/v1/session', '/signing-in'].map((path) => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)),
    'GET / HTTP/1.1\r\n\r\n', 'GET /api/v1/session HTTP/1.0\r\n\r\n', 'GET / HTTP/1.0\r\n\r\n', get('/api/v1/session', 'Host: other'), get('/', 'Host: other'), get('/', 'Cookie: homeward=a', 'Cookie: homeward=b'), get('/api/v1/session', 'Cookie: homeward=a', 'Cookie: homeward=b; homeward=c'),
    ...['homeward=%', 'homeward', '=', ';;;', `homeward=${long(9_000)}`, 'homeward="a', '__proto__=1; homeward=\x7f', `${'a=1; '.repeat(1_500)}`].flatMap((cookie) => [get('/api/v1/session', `Cookie: ${cookie}`), get('/', `Cookie: ${cookie}`)]),
    // Headers that others would believe
    ...['X-Forwarded-Proto: javascript', 'X-Forwarded-Host: a b', 'X-Forwarded-For: %', 'Origin: http://[', 'Origin: null', 'Referer: http://[', 'Accept: %', 'Accept: */*;q=x', 'Accept-Encoding: br;q=x, %', 'Accept-Language: %', 'Range: bytes=9-1', 'If-None-Match: "', 'If-Modified-Since: never', 'Sec-Fetch-Site: \xff', 'X-Sveltekit-Action: %', 'Content-Type: x', 'Transfer-Encoding: chunked'].flatMap((header) => [get('/', header), get('/api/v1/session', header)]),
    // Methods
    ...['TRACE', 'PROPFIND', 'PATCH', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'LINK', 'PURGE'].flatMap((method) => ['/', '/api/v1/session', '/api/v1/shifts', '/shifts'].map((path) => asked(`${method} ${path} HTTP/1.1`, 'Connection: close'))),
    asked('OPTIONS * HTTP/1.1'), asked('CONNECT 127.0.0.1:1 HTTP/1.1'), asked('BREW / HTTP/1.1'), asked('get / HTTP/1.1'), 'GET /\r\n\r\n', 'GET / HTTP/9.9\r\nHost: x\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'GET  /  HTTP/1.1\r\nHost: x\r\n\r\n', 'GET / HTTP/1.1\nHost: x\n\n', '\r\n\r\n\r\n', '\0\0\0\0', Buffer.from([0x16, 3, 1, 0, 0xa5, 1, 0, 0, 0xa1, 3, 3]),
    'GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n', 'GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n', 'GET / HTTP/1.1\r\nHost: x\r\n A: folded\r\n\r\n', 'GET / HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n',
    // Lengths and pieces of bodies
    ...['-1', 'abc', '1e3', '99999999999999999999', '0x10', '', '5, 5', '70000', '18446744073709551616'].map((length) => post(['Content-Type: application/json', `Content-Length: ${length}`], '{}')),
    // Hosts that HTTP lets pass and no address can have, where a body is read
    ...['g27.0.0.1', '1.2.3.4.5', '127.0.0.999', '127.099.1', 'x.0x100000000'].map((host) => `POST /api/v1/session HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`),
    post(['Content-Type: application/json', 'Content-Length: 2', 'Content-Length: 3'], '{}'), post(['Content-Type: application/json', 'Content-Length: 2', 'Transfer-Encoding: chunked'], '2\r\n{}\r\n0\r\n\r\n'), post(['Transfer-Encoding: gzip'], '{}'), post(['Transfer-Encoding: chunked, chunked'], '0\r\n\r\n'),
    ...['zz\r\n{}\r\n', '-1\r\n', 'ffffffffffffffff\r\n{}', '2\r\n{}\r\n0\r\nTrailer: x\r\n\r\n', '2\n{}\n0\n\n', '2;ext="\r\n{}\r\n0\r\n\r\n', `2;${long(20_000)}\r\n{}`, '1\r\n{\r\n1\r\n}\r\n0\r\n\r\n'].map((pieces) => post(['Content-Type: application/json', 'Transfer-Encoding: chunked'], pieces)),
    post(['Content-Type: application/json', 'Content-Encoding: gzip', 'Content-Length: 2'], '{}'), post(['Content-Type: application/json', 'Expect: 100-continue', 'Content-Length: 2'], '{}'), post(['Expect: something', 'Content-Length: 2'], '{}'), post(['Content-Type: application/json; charset="', 'Content-Length: 2'], '{}'), post(['Content-Type: multipart/form-data', 'Content-Length: 2'], '{}', '/'), post(['Content-Type: multipart/form-data; boundary=x', 'Content-Length: 2'], '--', '/shifts?/default'), post(['Content-Type: application/x-www-form-urlencoded', 'Content-Length: 1'], '%', '/signing-in'),
    // Upgrades
    ...['/', '/api/v1/session', '/socket.io/', '/socket.io/?EIO=4&transport=websocket'].flatMap((path) => [
      asked(`GET ${path} HTTP/1.1`, 'Connection: Upgrade', 'Upgrade: websocket'), asked(`GET ${path} HTTP/1.1`, 'Connection: Upgrade', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA'),
      asked(`GET ${path} HTTP/1.1`, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: short'), asked(`GET ${path} HTTP/1.1`, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 99', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='),
    ]),
  ];

  test('what is hardly HTTP is answered with a refusal or a closed connection, and the process lives on', async () => {
    const bad: unknown[] = [];
    const statuses: Record<string, number> = {};
    let sent = 0;
    const tried = async (bytes: string | Buffer, options = {}) => {
      const heard = await raw(bytes, options);
      const status = statusOf(heard);
      sent += 1;
      statuses[status] = (statuses[status] ?? 0) + 1;
      // 501 and 505 say that HTTP itself isn't spoken here.
      if ((status >= 500 && ![501, 505].includes(status)) || machinery.test(heard.slice(heard.indexOf('\r\n\r\n')).slice(0, 3_000)))
        bad.push([String(bytes).slice(0, 200), heard.slice(0, 300)]);
    };
    const random = randomFrom(seed);
    const waiting: [string | Buffer, object][] = malformed.map((bytes) => [bytes, { hangUp: random() < 0.2 }]);
    // Sound requests with a byte wrong, and cut off anywhere.
    const sound = post(
      ['Content-Type: application/json', 'Content-Length: 34', 'Connection: close'],
      '{"email":"a@b.example","password":""}',
    );
    for (let turn = 0; turn < (isFull ? 3_000 : 60); turn += 1) {
      const bytes = Buffer.from(random() < 0.5 ? sound : get('/shifts?day=1', 'Cookie: homeward=abc', 'Accept-Encoding: br'));
      const at = Math.floor(random() * bytes.length);
      if (random() < 0.2) waiting.push([bytes.subarray(0, at), { hangUp: true }]);
      else
        waiting.push([
          bytes.fill(Math.floor(random() * 256), at, Math.min(bytes.length, at + 1 + Math.floor(random() * 2))),
          { hangUp: true },
        ]);
    }
    const next = async () => {
      for (let one = waiting.pop(); one; one = waiting.pop()) await tried(...one);
    };
    await Promise.all(Array.from({ length: 12 }, next));
    expect(bad).toEqual([]);
    expect(await (await fetch(`${home.url}/readyz`)).text()).toBe('ready');
    expect(home.said()).not.toMatch(/unhandled|uncaught|\n\s+at /i);
    noteFigures('G1', { 'requests that are hardly HTTP': sent });
    console.log(JSON.stringify(statuses));
  }, 240_000);

  test('over the network an operation answers as it does inside', async () => {
    const each = isFull ? 25 : 1;
    let sent = 0;
    for (const operation of operations.filter(({ method }) => method !== 'DELETE')) {
      const { method, path, described } = operation;
      for (const { address, headers, body, who } of fc.sample(requestTo(operation), { seed, numRuns: each })) {
        const sendable = { ...headers, ...(headers['idempotency-key'] && { 'idempotency-key': 'one-key' }) };
        const answer = await fetch(`${home.url}${address}`, {
          method,
          headers: { ...(who && { cookie: who.cookie }), ...sendable },
          ...(body !== undefined && { body }),
        });
        const text = await answer.text();
        sent += 1;
        expect([method, path, Object.keys(described.responses)]).toEqual([method, path, expect.arrayContaining([String(answer.status)])]);
        const type = answer.headers.get('content-type')?.split(';')[0] ?? '';
        const contents = described.responses[answer.status]!.content ?? {};
        if (Object.keys(contents).length > 0) expect(Object.keys(contents)).toContain(type);
        if (/json$/.test(type)) expect(violations(contents[type]!.schema, JSON.parse(text), document)).toEqual([]);
      }
    }
    noteFigures('G1', { 'inputs over the network': sent });
  }, 600_000);
});

test('when every connection to the database is cut, requests wait a moment or say so, and the process lives on', async () => {
  const home = await startHomeward({ url });
  const [worker] = world.workers as [Person];
  const cut = () =>
    sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name like 'homeward%'
      and client_port <> all (${ours}::int[])`.execute(db);
  // Our own pool and the house's stay: only the process's are cut.
  const ours = (
    await sql<{
      port: number;
    }>`select client_port as port from pg_stat_activity where datname = current_database() and application_name like 'homeward%'`.execute(
      db,
    )
  ).rows.map((row) => row.port);
  try {
    for (let round = 0; round < 3; round += 1) {
      const asking = Promise.all(
        Array.from({ length: 24 }, (_, index) =>
          index % 3 === 0
            ? askOver(home.url, worker, 'POST', '/me/unavailability', world.span(20, '07:00', '15:00'), {
                'idempotency-key': `cut-${round}-${index}`,
              })
            : askOver(home.url, worker, 'GET', index % 3 === 1 ? '/me/shifts' : '/session'),
        ),
      );
      for (let times = 0; times < 5; times += 1) await cut();
      const after = Array.from({ length: 6 }, () => askOver(home.url, worker, 'GET', '/session'));
      for (const answer of [...(await asking), ...(await Promise.all(after))]) {
        if (answer.status < 400) continue;
        expect([answer.status, answer.body.code]).toEqual([503, 'database-away']);
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
        expect(JSON.stringify(answer.body)).not.toMatch(machinery);
      }
    }
    expect((await askOver(home.url, worker, 'GET', '/session')).status).toBe(200);
    // Asked again with their keys, each act was done once.
    for (let round = 0; round < 3; round += 1) {
      for (let index = 0; index < 24; index += 3) {
        const again = await askOver(home.url, worker, 'POST', '/me/unavailability', world.span(20, '07:00', '15:00'), {
          'idempotency-key': `cut-${round}-${index}`,
        });
        expect(again.status).toBe(201);
      }
    }
    const { rows } = await sql<{ count: number }>`select count(*)::int as count from unavailability where person_id = ${worker.personId}
      and lower(period) = ${world.span(20, '07:00', '15:00').startsAt}`.execute(db);
    expect(rows[0]!.count).toBe(24);
    expect(await (await fetch(`${home.url}/readyz`)).text()).toBe('ready');
  } finally {
    await home.kill();
  }
});

test('a database that is full, or in which two acts block each other for good, is no error of the asker’s', async () => {
  const [worker] = world.workers as [Person];
  const failing = async (code: string) => {
    await sql`create or replace function fail_now() returns trigger language plpgsql as ${sql.lit(`begin raise exception 'no' using errcode = '${code}'; end`)}`.execute(
      db,
    );
    await sql`create or replace trigger fail_now before insert on unavailability for each row execute function fail_now()`.execute(db);
    const answer = await house.ask(worker, 'POST', '/me/unavailability', world.span(30, '07:00', '15:00'));
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    return [answer.status, answer.body.code];
  };
  try {
    for (const code of ['53100', '53200', '57P03', '25006', '57014']) expect(await failing(code)).toEqual([503, 'database-away']);
    for (const code of ['40P01', '40001', '55P03']) expect(await failing(code)).toEqual([503, 'busy']);
  } finally {
    await sql`drop trigger if exists fail_now on unavailability`.execute(db);
  }
});
