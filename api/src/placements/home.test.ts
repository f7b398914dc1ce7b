import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sql } from 'kysely';
import pg from 'pg';
import { testDatabase } from '@homeward/db/test-database.ts';
import { openingsView } from '@homeward/shared/beds/contract.ts';
import { dayMs, hourMs, rfc3339 } from '@homeward/shared/kernel/interval.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { allocationView, comingHomeView } from '@homeward/shared/placements/contract.ts';
import { openHouse, type House } from '../../../tests/house.ts';
import { addBeds, makeWorld, type Beds, type Person, type World } from '../../../tests/world.ts';

// The way home: who could come home when a bed frees, the hold that starts it, and the shifts that would open more beds.
const { db, url } = await testDatabase();
let world: World;
let house: House;
let beds: Beds;
let north: Person;
let south: Person;
let northWard: Person;

beforeAll(async () => {
  world = await makeWorld(db);
  beds = await addBeds(db, world, 2);
  house = await openHouse(db, url, world.now);
  [north, south] = [world.staff['bed-manager']!['NORTH']!, world.staff['bed-manager']!['SOUTH']!];
  northWard = world.staff['ward-manager']!['NORTH']!;
}, 60_000);
afterAll(() => house.live.stop());

// One bed of North's ward for women is free, all others are occupied, and nobody is away.
beforeEach(async () => {
  house.setClock(world.now);
  await sql`truncate allocation, out_of_area_revision, out_of_area, placement_request cascade`.execute(db);
  for (const bedId of Object.values(beds).flat()) await setBed(bedId, { state: bedId === beds.north[0] ? 'available' : 'occupied' });
});

async function ask(who: Person, method: string, path: string, body?: unknown) {
  const answer = await house.ask(who, method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}
const wardOf = (bedId: string) => (Object.keys(beds) as (keyof Beds)[]).find((name) => beds[name].includes(bedId))!;
const trustOf = (bedId: string) => ({ north: 'NORTH', north2: 'NORTH', south: 'SOUTH', apart: 'APART' })[wardOf(bedId)];
const setBed = (bedId: string, state: Record<string, unknown>) =>
  ask(world.staff['bed-manager']![trustOf(bedId)]!, 'POST', `/beds/${bedId}/state`, state);

const need = {
  homePlace: 'Northtown',
  bedType: '200',
  ageBand: 'adult',
  sex: 'female',
  legalStatus: '02',
  securityLevel: 0,
  needs: [],
  whereNow: 'community',
  neededBy: '2027-03-01T12:00:00Z',
  wishes: '',
  notes: '',
};

/** Somebody who has been away for some nights, so far from home. */
async function away(
  who: Person,
  nights: number,
  given: { km?: number; need?: Record<string, unknown>; line?: Record<string, unknown> } = {},
) {
  const at = house.platform.clock.now();
  house.setClock(world.now - nights * dayMs);
  const { id, reference } = await ask(who, 'POST', '/placements', { ...need, ...given.need });
  const { outOfAreaId } = await ask(who, 'POST', `/placements/${id}/unable-to-place`, { reason: 'No bed' });
  await ask(who, 'POST', `/out-of-area/${outOfAreaId}`, {
    receiver: 'Clinic',
    receiverKind: 'independent',
    receiverTrust: null,
    place: null,
    distanceKm: given.km ?? 100,
    reasonCode: '10',
    startedOn: localDayOf(world.now - nights * dayMs),
    endedOn: null,
    costPerNightPence: null,
    lastReviewedOn: null,
    continuityContact: '',
    wishes: '',
    intendsReturn: true,
    state: 'away',
    why: 'Gone there',
    ...given.line,
  });
  house.setClock(at);
  return { id: id as string, reference: reference as string, lineId: outOfAreaId as string };
}
const coming = async (who: Person) => comingHomeView.strict().parse(await ask(who, 'GET', '/placements/coming-home'));
const bring = (who: Person, person: { id: string }, bedId: string, more: Record<string, unknown> = {}) =>
  house.ask(who, 'POST', `/placements/${person.id}/bring-home`, { bedId, ...more });
const lineOf = (who: Person, person: { lineId: string }) => ask(who, 'GET', `/out-of-area/${person.lineId}`);

test('when a bed frees: my own people by name of their request, with their place among everyone whom the ward fits', async () => {
  const short = await away(north, 3);
  const long = await away(north, 20, { line: { wishes: 'Near her sister' } });
  const longest = await away(south, 30, { need: { homePlace: 'Southtown' }, km: 15 });
  // None of these: a man, another type of bed, one who means to stay, one whose line is only a draft.
  await away(north, 40, { need: { sex: 'male' } });
  await away(north, 40, { need: { bedType: '202' } });
  await away(north, 40, { line: { intendsReturn: false } });
  await away(north, 40, { line: { state: 'draft' } });
  // Nor somebody whose trust doesn't share with this ward's.
  const stranger = world.staff['bed-manager']!['APART']!;
  await away(stranger, 50, { need: { homePlace: 'Farville' } });

  const mine = await coming(north);
  expect([mine.away, mine.couldComeHome, mine.items.length]).toEqual([5, 2, 1]);
  expect(mine.items[0]).toMatchObject({ ward: { code: 'north/north' }, freshness: 'fresh', fits: 3, freeBeds: [{ id: beds.north[0] }] });
  expect(mine.items[0]!.people.map((one) => [one.reference, one.place, one.nightsAway, one.distanceKm, one.distanceSavedKm])).toEqual([
    [long.reference, 2, 20, 100, 100],
    [short.reference, 3, 3, 100, 100],
  ]);
  expect(mine.items[0]!.people.map((one) => [one.placementId, one.outOfAreaId, one.wishes, one.reviewOverdue])).toEqual([
    [long.id, long.lineId, 'Near her sister', true],
    [short.id, short.lineId, '', false],
  ]);
  const theirs = await coming(south);
  expect(theirs.items[0]!.people.map((one) => [one.reference, one.place, one.distanceSavedKm])).toEqual([[longest.reference, 1, -5]]);
  expect([theirs.away, theirs.items[0]!.fits, JSON.stringify(theirs).includes(long.reference)]).toEqual([1, 3, false]);
  // Who shares with nobody sees their own alone, and nobody but bed managers may ask at all.
  const apart = await coming(stranger);
  expect([apart.items, apart.away]).toEqual([[], 1]);
  expect((await house.ask(northWard, 'GET', '/placements/coming-home')).status).toBe(404);

  // With the last free bed gone there is nothing to offer; they are away all the same.
  await setBed(beds.north[0]!, { state: 'occupied' });
  const none = await coming(north);
  expect([none.items, none.away, none.couldComeHome]).toEqual([[], 5, 0]);
});

describe('bringing somebody home', () => {
  test('holds the bed by a request that goes on from theirs; on arrival the stay away ends that day, also where requests lie between', async () => {
    const person = await away(north, 10, { line: { wishes: 'Near her sister' } });
    // She was looked for once more in between, in vain: the line she has stays the one.
    const again = await ask(north, 'POST', '/placements', { ...need, bedType: '200', continues: person.id, whereNow: 'out-of-area' });
    const inVain = await ask(north, 'POST', `/placements/${again.id}/unable-to-place`, { reason: 'None of them' });
    expect([inVain.outOfAreaId, inVain.placement.outOfAreaId]).toEqual([person.lineId, null]);

    const answer = await bring(north, person, beds.north[0]!, { legalStatus: '01' });
    expect(answer.status).toBe(201);
    const held = allocationView.strict().parse(answer.body);
    expect(held).toMatchObject({
      state: 'held',
      bedId: beds.north[0],
      need: { whereNow: 'out-of-area', legalStatus: '01', wishes: 'Near her sister' },
    });
    const request = await ask(north, 'GET', `/placements/${held.requestId}`);
    expect([request.continues.reference, request.receivedOn]).toEqual([again.reference, '2027-01-11']);
    // On her way she is offered no other bed, though one is free.
    await setBed(beds.south[0]!, { state: 'available' });
    expect((await coming(north)).items).toEqual([]);
    expect((await bring(north, person, beds.south[0]!)).body.code).toBe('already-held');

    await ask(north, 'POST', `/allocations/${held.id}/refer`, {});
    await ask(northWard, 'POST', `/allocations/${held.id}/accept`, {});
    // Just past midnight.
    house.setClock(world.now + 12 * hourMs + 1);
    await ask(northWard, 'POST', `/allocations/${held.id}/arrive`, {});
    expect(await lineOf(north, person)).toMatchObject({
      state: 'ended',
      endedOn: '2027-01-12',
      nights: 11,
      history: [{ state: 'ended', by: northWard.name, changed: ['state', 'end'] }, { state: 'away' }, { state: 'draft' }],
    });
    expect((await ask(north, 'GET', '/out-of-area')).items).toHaveLength(1);
    expect((await bring(north, person, beds.north[0]!)).body.code).toBe('not-away');
    expect((await coming(north)).away).toBe(0);
  });

  test('after a bed was declined, takes up the same request again, or describes it anew where the legal status has changed', async () => {
    const person = await away(north, 10);
    const first = (await bring(north, person, beds.north[0]!)).body;
    await ask(north, 'POST', `/allocations/${first.id}/refer`, {});
    await ask(northWard, 'POST', `/allocations/${first.id}/decline`, { reason: 'acuity' });
    expect((await coming(north)).items[0]!.people.map((one) => one.reference)).toEqual([person.reference]);

    const second = (await bring(north, person, beds.north[0]!)).body;
    expect([second.state, second.requestId]).toEqual(['held', first.requestId]);
    await ask(north, 'POST', `/allocations/${second.id}/release`, { reason: 'no-longer-needed' });

    const third = (await bring(north, person, beds.north[0]!, { legalStatus: '03' })).body;
    expect([third.requestId === first.requestId, third.need.legalStatus]).toEqual([false, '03']);
    expect((await ask(north, 'GET', `/placements/${first.requestId}`)).state).toBe('withdrawn');
    expect((await ask(north, 'GET', `/placements/${third.requestId}`)).continues.id).toBe(person.id);
  });

  test('refuses what any hold refuses, and leaves no request behind', async () => {
    const person = await away(north, 10);
    const man = await away(north, 10, { need: { sex: 'male' } });
    const draft = await away(north, 10, { line: { state: 'draft' } });
    const requests = async () => (await ask(north, 'GET', '/placements')).items.length;
    const before = await requests();
    const said = async (answer: Promise<Awaited<ReturnType<typeof bring>>>) => [(await answer).status, (await answer).body.code];
    expect(await said(bring(south, person, beds.north[0]!))).toEqual([404, 'not-found']);
    expect(await said(bring(north, person, beds.apart[0]!))).toEqual([404, 'not-found']);
    expect(await said(bring(north, person, beds.north[1]!))).toEqual([409, 'bed-taken']);
    expect(await said(bring(north, man, beds.north[0]!))).toEqual([422, 'does-not-meet']);
    expect(await said(bring(north, draft, beds.north[0]!))).toEqual([409, 'not-away']);
    expect(await said(bring(north, person, beds.north[0]!, { legalStatus: '98' }))).toEqual([422, 'bad-input']);
    expect(await said(bring(north, person, beds.north[0]!, { reason: 'NHS 943 476 5919' }))).toEqual([422, 'bad-input']);
    house.setClock(world.now + dayMs);
    expect(await said(bring(north, person, beds.north[0]!))).toEqual([409, 'ask-first']);
    expect(await requests()).toBe(before);
  });

  test('of two trusts that want one bed at once, one has it; the other is told so and has no request left over', async () => {
    const [hers, theirs] = [await away(north, 5), await away(south, 5)];
    for (let round = 0; round < 12; round += 1) {
      const both = round % 2 === 0 ? [north, south] : [south, north];
      const answers = await Promise.all(both.map((who) => bring(who, who === north ? hers : theirs, beds.north[0]!)));
      expect(answers.map((answer) => answer.status).toSorted()).toEqual([201, 409]);
      const [won, lost] = answers.toSorted((a, b) => a.status - b.status);
      expect([lost!.body.code, typeof lost!.body.until, lost!.body.by]).toEqual(['bed-taken', 'string', won!.body.sendingTrust]);
      const { rows } = await sql<{ held: number; orphans: number }>`
        select (select count(*) from allocation where state = 'held')::int as held,
          (select count(*) from placement_request r where r.state = 'open' and not exists (select 1 from allocation a where a.request_id = r.id))::int as orphans`.execute(
        db,
      );
      expect(rows).toEqual([{ held: 1, orphans: 0 }]);
      await ask(won!.body.sendingTrust === 'NORTH' ? north : south, 'POST', `/allocations/${won!.body.id}/release`, {
        reason: 'no-longer-needed',
      });
    }
  });

  test('of two beds wanted for one person at once, one is held', async () => {
    await setBed(beds.south[0]!, { state: 'available' });
    for (let round = 0; round < 8; round += 1) {
      const person = await away(north, 5);
      const answers = await Promise.all([bring(north, person, beds.north[0]!), bring(north, person, beds.south[0]!)]);
      expect(answers.map((answer) => `${answer.status} ${answer.body.code ?? ''}`).toSorted()).toEqual(['201 ', '409 already-held']);
      const won = answers.find((answer) => answer.status === 201)!;
      await ask(north, 'POST', `/allocations/${won.body.id}/release`, { reason: 'no-longer-needed' });
    }
  });

  test('a line changed while its person arrives: whichever comes second sees the other, and nobody stays away who is home', async () => {
    for (let round = 0; round < 6; round += 1) {
      const person = await away(north, 5);
      const held = (await bring(north, person, beds.north[0]!)).body;
      await ask(north, 'POST', `/allocations/${held.id}/refer`, {});
      await ask(northWard, 'POST', `/allocations/${held.id}/accept`, {});
      const { nights: _n, ...line } = await lineOf(north, person);
      const fields = Object.fromEntries(
        ['receiver', 'receiverKind', 'receiverTrust', 'place', 'distanceKm', 'reasonCode', 'startedOn', 'endedOn', 'costPerNightPence']
          .concat(['lastReviewedOn', 'continuityContact', 'wishes', 'intendsReturn'])
          .map((field) => [field, line[field]]),
      );
      const ended = { ...fields, state: 'ended', endedOn: localDayOf(world.now), why: 'She is on her way' };
      const [reviewed, arrived] = await Promise.all([
        house.ask(north, 'POST', `/out-of-area/${person.lineId}`, ended),
        house.ask(northWard, 'POST', `/allocations/${held.id}/arrive`, {}),
      ]);
      expect([reviewed.status, arrived.status]).toEqual([200, 200]);
      expect((await lineOf(north, person)).state).toBe('ended');
      const { rows } = await sql`select 1 from out_of_area_revision where replaced_at is null and state = 'away'`.execute(db);
      expect(rows).toEqual([]);
      await setBed(beds.north[0]!, { state: 'available' });
    }
  });
});

describe('shifts that would open beds', () => {
  const openingsOf = async (who: Person) => openingsView.strict().parse(await ask(who, 'GET', '/beds/openings'));
  const post = async (count: number, day: number) =>
    (
      await ask(northWard, 'POST', '/shifts', {
        wardId: world.wards.north,
        role: 'hcsw',
        band: 3,
        ...world.span(day, '07:00', '15:00'),
        breakMinutes: 30,
        reason: 'vacancy',
        count,
      })
    ).items.map((shift: { id: string }) => shift.id) as string[];

  test('how many shifts would open how many beds, and whom they would bring home; other trusts learn the numbers', async () => {
    const [first, second] = await post(2, 3);
    const close = (bedId: string, shifts: string[]) => setBed(bedId, { state: 'closed', reason: 'staffing', closedUntilShifts: shifts });
    await close(beds.north[0]!, [first!, second!]);
    await close(beds.north[1]!, [first!, second!]);
    const near = await away(north, 3, { km: 60 });
    const far = await away(north, 2, { km: 150 });
    const other = await away(south, 9, { need: { homePlace: 'Southtown' }, km: 80 });
    await away(north, 5, { need: { sex: 'male' } });

    const mine = await openingsOf(north);
    expect([mine.shiftsToFill, mine.bedsToOpen, mine.peopleAway]).toEqual([2, 2, 3]);
    expect(mine.items).toMatchObject([
      { ward: { code: 'north/north' }, beds: [{ label: 'Bed 1' }, { label: 'Bed 2' }], shiftsToFill: 2, mayReopen: false },
    ]);
    expect(mine.items[0]!.shifts.map((shift) => [shift.id, shift.status])).toEqual(
      [first, second].toSorted().map((shift) => [shift, 'open']),
    );
    expect(mine.people.map((one) => [one.reference, one.wardId, one.nightsAway, one.distanceSavedKm])).toEqual([
      [far.reference, world.wards.north, 2, 150],
      [near.reference, world.wards.north, 3, 60],
    ]);
    // A free bed it isn't: nobody is offered it yet.
    expect((await coming(north)).items).toEqual([]);

    const theirs = await openingsOf(south);
    expect([theirs.shiftsToFill, theirs.bedsToOpen, theirs.peopleAway, theirs.items[0]!.shiftsToFill, theirs.items[0]!.shifts]).toEqual([
      2,
      2,
      3,
      2,
      [],
    ]);
    expect(theirs.people.map((one) => [one.reference, one.distanceSavedKm])).toEqual([[other.reference, 60]]);
    expect(JSON.stringify(theirs)).not.toContain(first);

    await ask(world.workers[0]!, 'POST', `/shifts/${first}/accept`, {});
    const half = await openingsOf(north);
    expect([half.shiftsToFill, half.bedsToOpen, half.items[0]!.shiftsToFill, half.items[0]!.mayReopen]).toEqual([1, 2, 1, false]);
    await ask(world.workers[1]!, 'POST', `/shifts/${second}/accept`, {});
    const all = await openingsOf(north);
    expect([all.shiftsToFill, all.bedsToOpen, all.items[0]!.mayReopen]).toEqual([0, 0, true]);
  });

  test('a commissioned bed, one closed for another reason and one whose shift came to nothing open by no shift', async () => {
    const [filled] = await post(1, 6);
    await setBed(beds.north[0]!, { state: 'closed', reason: 'staffing', closedUntilShifts: [filled!] });
    await setBed(beds.north[1]!, { state: 'closed', reason: 'infection' });
    await sql`update bed set commissioned_by = 'APART' where id = ${beds.north[0]!}`.execute(db);
    expect((await openingsOf(north)).items).toEqual([]);
    await sql`update bed set commissioned_by = null where id = ${beds.north[0]!}`.execute(db);
    expect((await openingsOf(north)).items).toHaveLength(1);
    await ask(northWard, 'POST', `/shifts/${filled}/cancel`, { reason: 'no-longer-needed' });
    const none = await openingsOf(north);
    expect([none.items, none.people, none.shiftsToFill]).toEqual([[], [], 0]);
  });
});

test('takes the same statements for many people and wards as for few', async () => {
  let statements = 0;
  const original = pg.Client.prototype.query;
  await house.live.stop();
  pg.Client.prototype.query = function (this: pg.Client, ...args: never[]) {
    statements += 1;
    return (original as (...all: never[]) => never).apply(this, args);
  } as typeof original;
  try {
    const counted = async (path: string, people: number) => {
      const before = statements;
      const answer = await ask(north, 'GET', path);
      expect(answer.items.length > 0 && (answer.items[0].people ?? answer.people).length).toBe(people);
      return statements - before;
    };
    const [shift] = (await ask(northWard, 'GET', '/shifts?status=filled&limit=1')).items;
    await setBed(beds.north[1]!, { state: 'closed', reason: 'staffing', closedUntilShifts: [shift.id] });
    await away(north, 3);
    const few = [await counted('/placements/coming-home', 1), await counted('/beds/openings', 1)];
    for (let more = 0; more < 12; more += 1) await away(more % 2 === 0 ? north : south, more + 4);
    for (const bedId of [...beds.south, ...beds.north2]) await setBed(bedId, { state: 'available' });
    const many = [await counted('/placements/coming-home', 7), await counted('/beds/openings', 7)];
    expect(many).toEqual(few);
    expect(Math.max(...many)).toBeLessThan(20);
  } finally {
    pg.Client.prototype.query = original;
  }
  expect(rfc3339(world.now)).toBe('2027-01-11T12:00:00.000Z');
});
