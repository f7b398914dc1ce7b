import { afterAll, expect, test } from 'vitest';
import { sql } from 'kysely';
import { testDatabase } from '@homeward/db/test-database.ts';
import { usualSetting } from '@homeward/shared/beds/setting-rules.ts';
import { hourMs, rfc3339 } from '@homeward/shared/kernel/interval.ts';
import { openHouse } from './house.ts';
import { addBeds, makeWorld, type Person } from './world.ts';

// No identity anywhere (rules-beds, section 2): whatever text somebody may send about beds and placements is refused where it says who a person
// is, with the field and what was found. Which texts there are, the document says: one that nobody thought of here fails.
const { db, url } = await testDatabase();
const world = await makeWorld(db, { workers: 0 });
const beds = await addBeds(db, world, 12);
const house = await openHouse(db, url, world.now);
afterAll(() => house.live.stop());

const manager = (trust: string) => world.staff['bed-manager']![trust]!;
const north = manager('NORTH');
const south = manager('SOUTH');
const day = (days: number) => world.span(days, '12:00', '13:00').startsAt.slice(0, 10);

/** By the code they are refused with. None is anybody’s. */
const identities = {
  'nhs-number': 'Ring about 943 476 5919 first',
  'date-of-birth': 'Someone of 12/03/1984 we know',
  postcode: 'Lives near LS1 4AP',
  'e-mail': 'Ask ada@home.example',
};
/** What is none of them: a wrong check digit, today, half a postcode. */
const harmless = 'Form 943 476 5918, LS1 way';

// eslint-disable-next-line @typescript-eslint/no-explicit-any
async function made(who: Person, path: string, body: unknown): Promise<any> {
  const answer = await house.ask(who, 'POST', path, body);
  expect([path, answer.status < 300, answer.body]).toEqual([path, true, answer.body]);
  return answer.body;
}
const need = {
  ...{ homePlace: 'Southtown', bedType: '200', ageBand: 'adult', sex: 'female', legalStatus: '02', securityLevel: 0 },
  ...{ whereNow: 'community', neededBy: rfc3339(world.now + hourMs) },
};
const described = async (): Promise<string> => (await made(south, '/placements', need)).id;
async function held(bedId: string): Promise<{ id: string; requestId: string }> {
  const requestId = await described();
  return { id: (await made(south, `/placements/${requestId}/allocations`, { bedId, reason: 'Near home' })).id, requestId };
}
const line = {
  ...{ state: 'away', receiver: 'Far Hospital', receiverKind: 'independent', receiverTrust: null, place: 'Farville', distanceKm: null },
  ...{ reasonCode: '10', startedOn: day(0), endedOn: null, costPerNightPence: null, lastReviewedOn: null, intendsReturn: true },
  ...{ continuityContact: 'The home team', wishes: 'Home soon', why: 'By phone' },
};
async function away(): Promise<{ requestId: string; outOfAreaId: string }> {
  const requestId = await described();
  const { outOfAreaId } = await made(south, `/placements/${requestId}/unable-to-place`, { reason: 'Chosen elsewhere' });
  await made(south, `/out-of-area/${outOfAreaId}`, line);
  return { requestId, outOfAreaId };
}

interface Sent {
  operation: string;
  who: Person;
  address: string;
  /** What is well without any of the texts, which stand in `fields` by their paths. */
  body: Record<string, unknown>;
  fields: string[];
}
/** Texts that are looked up in a list and never kept as they were typed, or not kept at all. */
const listed: Record<string, string[]> = {
  'POST /placements': ['homePlace'],
  'POST /beds/{id}/ready': ['delayReasons.0'],
  'POST /wards/{id}/criteria': ['items.0.code'],
  ...Object.fromEntries(['extend', 'refer', 'accept', 'arrive'].map((act) => [`POST /allocations/{id}/${act}`, ['reason']])),
};

async function everyText(): Promise<Sent[]> {
  const { north: ward } = world.wards;
  const [state, retired, holdable, declined, released, homely] = beds.north as [string, string, string, string, string, string];
  await db
    .insertInto('serviceLine')
    .values({
      id: '01900000-0000-7002-8000-000000000000',
      code: 'secure',
      name: 'Secure',
      leadTrust: 'NORTH',
      bedTypes: ['202'],
      position: 0,
    })
    .execute();
  const [decline, release] = [await held(declined), await held(released)];
  await made(south, `/allocations/${decline.id}/refer`, {});
  const [gone, known] = [await away(), await away()];
  const placed = await held(homely);
  for (const act of ['refer', 'accept', 'arrive']) await made(act === 'accept' ? north : south, `/allocations/${placed.id}/${act}`, {});
  const sent = (operation: string, who: Person, body: Sent['body'], fields: string[], id = ''): Sent => {
    const address = operation.replace(/^POST /, '').replace(/\{\w+\}/, id);
    return { operation, who, address, body, fields };
  };
  return [
    sent('POST /wards/{id}/beds', north, {}, ['labels.0'], ward),
    sent('POST /beds/{id}/state', north, { state: 'occupied' }, ['note'], state),
    sent('POST /beds/{id}/retire', north, {}, ['reason'], retired),
    sent('POST /wards/{id}/admissions/pause', north, { reviewAt: rfc3339(world.now + hourMs) }, ['reason'], world.wards.north2),
    sent('POST /wards/{id}/criteria', north, { items: [{ about: 'everyone', outcome: 'ask' }] }, ['items.0.words', 'reason'], ward),
    sent('POST /wards/{id}/sex', north, { sex: 'mixed', from: day(3) }, ['reason'], ward),
    sent('POST /bed-settings', north, { ...usualSetting, freshMinutes: 200, trust: 'NORTH', from: rfc3339(world.now + hourMs) }, [
      'reason',
    ]),
    sent('POST /suites', north, { site: 'north' }, ['name']),
    sent('POST /service-lines/{code}/criteria', north, {}, ['items.0', 'reason'], 'secure'),
    sent('POST /placements', south, need, ['wishes', 'notes']),
    sent('POST /placements/{id}/allocations', south, { bedId: holdable }, ['reason'], await described()),
    sent('POST /allocations/{id}/decline', north, {}, ['reason'], decline.id),
    sent('POST /allocations/{id}/release', south, {}, ['reason'], release.id),
    sent('POST /placements/{id}/withdraw', south, {}, ['reason'], await described()),
    sent('POST /placements/{id}/unable-to-place', south, {}, ['reason'], await described()),
    sent('POST /placements/{id}/out-of-area', south, {}, ['why'], placed.requestId),
    sent('POST /placements/{id}/bring-home', south, { bedId: beds.south[0]! }, ['reason'], gone.requestId),
    sent('POST /out-of-area/{id}', south, line, ['receiver', 'place', 'continuityContact', 'wishes', 'why'], known.outOfAreaId),
  ];
}

/** A copy of `body` with each of these texts at its path. */
function withTexts(body: Record<string, unknown>, texts: Record<string, string>): Record<string, unknown> {
  const copy = structuredClone(body);
  for (const [path, text] of Object.entries(texts)) {
    const steps = path.split('.');
    let at = copy as Record<string, unknown>;
    steps.slice(0, -1).forEach((step, index) => {
      at = (at[step] ??= /^\d+$/.test(steps[index + 1]!) ? [] : {}) as Record<string, unknown>;
    });
    at[steps.at(-1)!] = text;
  }
  return copy;
}

interface Schema {
  type?: string;
  enum?: unknown[];
  format?: string;
  pattern?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
}
/** The paths of the fields in which anything may be written. */
function textsIn(schema: Schema, path: string[] = []): string[] {
  if (schema.anyOf) return schema.anyOf.flatMap((one) => textsIn(one, path));
  if (schema.items) return textsIn(schema.items, [...path, '0']);
  if (schema.properties) return Object.entries(schema.properties).flatMap(([name, one]) => textsIn(one, [...path, name]));
  return schema.type === 'string' && !schema.enum && !schema.format && !schema.pattern ? [path.join('.')] : [];
}

test('no text about beds and placements may say who somebody is, and none that does is kept anywhere', async () => {
  const all = await everyText();
  // ————— Every text there is —————
  const document = (await house.ask(null, 'GET', '/openapi.json')).body as {
    paths: Record<string, { post?: { requestBody?: { content: Record<string, { schema: Schema }> } } }>;
  };
  const isOurs = /\/(beds?|bed-settings|admissions|criteria|sex|suites|service-lines|placements|allocations|out-of-area)(\/|$)/;
  const texts = Object.entries(document.paths).flatMap(([path, { post }]) => {
    const schema = post?.requestBody?.content['application/json']?.schema;
    const found = schema && isOurs.test(path) ? textsIn(schema) : [];
    return found.length === 0 ? [] : [[`POST ${path.replace('/api/v1', '')}`, found.sort()] as const];
  });
  const tried = all.map(({ operation, fields }) => [operation, [...fields, ...(listed[operation] ?? [])].sort()] as const);
  const untried = Object.entries(listed).filter(([operation]) => all.every((one) => one.operation !== operation));
  expect(Object.fromEntries([...tried, ...untried])).toEqual(Object.fromEntries(texts));

  // ————— Each refused, saying where and what —————
  const head = async () => (await sql<{ head: number }>`select head from stream`.execute(db)).rows[0]!.head;
  const before = await head();
  for (const { operation, who, address, body, fields } of all) {
    const plain = Object.fromEntries(fields.map((field) => [field, harmless]));
    for (const field of fields) {
      for (const [code, text] of Object.entries(identities)) {
        const answer = await house.ask(who, 'POST', address, withTexts(body, { ...plain, [field]: text }));
        const errors = (answer.body.errors ?? []) as { path: string; code: string }[];
        const found = errors.map((error) => [error.path, error.code]);
        expect([operation, answer.status, answer.body.code, found]).toEqual([operation, 422, 'bad-input', [[field, code]]]);
        expect(JSON.stringify(answer.body)).not.toContain(text);
      }
    }
  }
  expect(await head()).toBe(before);

  // ————— And nothing that only looks like it is —————
  for (const { address, who, body, fields } of all)
    await made(who, address, withTexts(body, Object.fromEntries(fields.map((field) => [field, harmless]))));
  for (const [operation, fields] of untried) {
    // What an act on an allocation doesn't ask for isn't kept.
    const id = (await held(beds.north.at(-1)!)).id;
    for (const field of fields)
      await house.ask(operation.endsWith('accept') ? north : south, 'POST', operation.slice(5).replace('{id}', id), {
        [field]: identities['nhs-number'],
      });
    await sql`update allocation set state = 'released', ended_at = clock_timestamp() where id = ${id}`.execute(db);
  }

  // ————— Nowhere —————
  const { rows: tables } = await sql<{ name: string }>`select table_name as name from information_schema.tables
    where table_schema = current_schema() and table_type = 'BASE TABLE'`.execute(db);
  const holding: string[] = [];
  for (const { name } of tables)
    for (const text of Object.values(identities)) {
      const { rows } = await sql`select 1 from ${sql.table(name)} t where to_json(t)::text like ${`%${text}%`} limit 1`.execute(db);
      if (rows.length > 0) holding.push(`${name}: ${text}`);
    }
  expect(tables.length).toBeGreaterThan(40);
  expect(holding).toEqual([]);
}, 60_000);
