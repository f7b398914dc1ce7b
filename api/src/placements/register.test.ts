import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from 'kysely';
import { testDatabase } from '@homeward/db/test-database.ts';
import { dayMs, rfc3339 } from '@homeward/shared/kernel/interval.ts';
import { localDayOf, startOfDay } from '@homeward/shared/kernel/local-time.ts';
import { measuresView, outOfAreaLine, outOfAreaView, unablePlacedView } from '@homeward/shared/placements/contract.ts';
import { openHouse, type House } from '../../../tests/house.ts';
import { addBeds, makeWorld, type Beds, type Person, type World } from '../../../tests/world.ts';

// The register of people out of area: who may be put on it, what a line may say, what its history keeps, and what the national measures make of it.
const { db, url } = await testDatabase();
let world: World;
let house: House;
let beds: Beds;
let north: Person;
let south: Person;

beforeAll(async () => {
  world = await makeWorld(db);
  beds = await addBeds(db, world, 2);
  house = await openHouse(db, url, world.now);
  north = world.staff['bed-manager']!['NORTH']!;
  south = world.staff['bed-manager']!['SOUTH']!;
}, 60_000);
afterAll(() => house.live.stop());

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

async function ask(who: Person, method: string, path: string, body?: unknown) {
  const answer = await house.ask(who, method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}
const codesOf = (answer: { body: { errors?: { path: string; code: string }[] } }) =>
  (answer.body.errors ?? []).map((error) => `${error.path} ${error.code}`);

/** Somebody for whom no bed was found, with the draft of their line. */
async function unplaced(who: Person, changes: Record<string, unknown> = {}) {
  const { id, reference } = await ask(who, 'POST', '/placements', { ...need, ...changes });
  const { outOfAreaId } = await ask(who, 'POST', `/placements/${id}/unable-to-place`, { reason: 'Far too unsettled for any of them' });
  return { id: id as string, reference: reference as string, lineId: outOfAreaId as string };
}

const line = {
  receiver: 'Farville Clinic',
  receiverKind: 'independent',
  receiverTrust: null,
  place: 'Farville',
  distanceKm: null,
  reasonCode: '10',
  startedOn: null as string | null,
  endedOn: null as string | null,
  costPerNightPence: null as number | null,
  lastReviewedOn: null as string | null,
  continuityContact: '',
  wishes: '',
  intendsReturn: true,
  state: 'draft',
  why: 'As told by the clinic',
};
const today = () => localDayOf(house.platform.clock.now());
const on = (day: string) => house.setClock(startOfDay(day) + dayMs / 2);

describe('unable to place', () => {
  test('is refused while a bed remains, unless a reason is given; counts why, closes the request and drafts the line', async () => {
    on('2027-01-11');
    const { id } = await ask(north, 'POST', '/placements', need);
    const refused = await house.ask(north, 'POST', `/placements/${id}/unable-to-place`, {});
    expect([refused.status, refused.body.code]).toEqual([422, 'beds-remain']);
    expect(refused.body.wards.map((ward: { code: string; free: number }) => [ward.code, ward.free])).toEqual([
      ['north/north', 2],
      ['south/south', 2],
    ]);
    expect((await house.ask(north, 'GET', `/placements/${id}`)).body.state).toBe('looking');
    expect((await house.ask(south, 'POST', `/placements/${id}/unable-to-place`, { reason: 'Not mine' })).status).toBe(404);
    const told = await house.ask(north, 'POST', `/placements/${id}/unable-to-place`, { reason: 'Her NHS number is 943 476 5919' });
    expect([told.status, ...codesOf(told)]).toEqual([422, 'reason nhs-number']);

    const placed = await house.ask(north, 'POST', `/placements/${id}/unable-to-place`, { reason: 'She knows staff on both' });
    expect(placed.status).toBe(200);
    const view = unablePlacedView.strict().parse(placed.body);
    expect(view.placement).toMatchObject({
      state: 'unable-to-place',
      closedReason: 'She knows staff on both',
      outOfAreaId: view.outOfAreaId,
    });
    expect(view.reasons.map(({ code, count }) => [code, count])).toEqual([
      ['sex', 1],
      ['not-chosen', 2],
    ]);
    const drafted = outOfAreaView.strict().parse(await ask(north, 'GET', `/out-of-area/${view.outOfAreaId}`));
    expect(drafted).toMatchObject({ state: 'draft', reasonCode: '10', sender: 'NORTH', nights: null, proposal: null, inappropriate: true });
    expect((await house.ask(north, 'POST', `/placements/${id}/unable-to-place`, { reason: 'Again' })).body.code).toBe('not-open');
    const { rows } = await sql<{ reasons: unknown }>`
      select data->'reasons' as reasons from event where type = 'placement.changed' and data->>'requestId' = ${id} and data->>'state' = 'unable-to-place'`.execute(
      db,
    );
    expect(rows).toEqual([
      {
        reasons: [
          { code: 'sex', count: 1 },
          { code: 'not-chosen', count: 2 },
        ],
      },
    ]);
  });

  test('needs no reason where nothing is left; a stale ward and one with no bed free are counted as such; a held request is not given up', async () => {
    on('2027-01-11');
    const stranger = await ask(north, 'POST', '/placements', { ...need, bedType: '201' });
    const none = await ask(north, 'POST', `/placements/${stranger.id}/unable-to-place`, {});
    expect([none.placement.state, none.reasons]).toEqual(['unable-to-place', []]);

    for (const bedId of beds.south) await ask(south, 'POST', `/beds/${bedId}/state`, { state: 'closed', reason: 'acuity' });
    const person = await ask(north, 'POST', '/placements', need);
    const held = await ask(north, 'POST', `/placements/${person.id}/allocations`, { bedId: beds.north[0] });
    expect((await house.ask(north, 'POST', `/placements/${person.id}/unable-to-place`, { reason: 'No' })).body.code).toBe('already-held');
    await ask(north, 'POST', `/allocations/${held.id}/release`, { reason: 'no-longer-needed' });
    on('2027-01-12');
    const after = await ask(north, 'POST', `/placements/${person.id}/unable-to-place`, { reason: 'Nobody answers' });
    expect(after.reasons.map((reason: { code: string; count: number }) => [reason.code, reason.count])).toEqual([
      ['no-free-bed', 1],
      ['sex', 1],
      ['stale', 1],
    ]);
    for (const bedId of beds.south) await ask(south, 'POST', `/beds/${bedId}/state`, { state: 'available' });
  });
});

describe('a line of the register', () => {
  test('says what is missing, out of order or still to come, each by its field; nothing that says who somebody is', async () => {
    on('2027-01-20');
    const { lineId } = await unplaced(north);
    const say = (changes: Record<string, unknown>) => house.ask(north, 'POST', `/out-of-area/${lineId}`, { ...line, ...changes });
    const refused: [Record<string, unknown>, string[]][] = [
      [
        { state: 'away', receiver: null, receiverKind: null },
        ['receiver receiver-missing', 'receiverKind kind-missing', 'startedOn start-missing'],
      ],
      [{ state: 'away', startedOn: '2027-01-20', endedOn: '2027-01-20' }, ['endedOn not-away-any-more']],
      [{ state: 'ended', startedOn: '2027-01-20' }, ['endedOn end-missing']],
      [{ state: 'away', startedOn: '2027-01-21' }, ['startedOn in-the-future']],
      [{ state: 'away', startedOn: '2027-01-20', lastReviewedOn: '2027-01-21' }, ['lastReviewedOn in-the-future']],
      [{ state: 'away', startedOn: '2027-01-19' }, ['startedOn starts-before-it-was-asked']],
      [{ state: 'ended', startedOn: '2027-01-20', endedOn: '2027-01-19' }, ['endedOn ends-before-it-starts']],
      [{ reasonCode: '98' }, ['reasonCode unknown-reason']],
      [{ receiverTrust: 'NOBODY' }, ['receiverTrust unknown-trust']],
      [{ receiver: 'Clinic, LS9 7BE' }, ['receiver postcode']],
      [{ place: 'LS9 7BE' }, ['place postcode']],
      [{ continuityContact: 'nurse@clinic.example.org' }, ['continuityContact e-mail']],
      [{ wishes: 'Born 4 March 1980, wants to be near her sister' }, ['wishes date-of-birth']],
      [{ why: 'NHS number 9434765919' }, ['why nhs-number']],
    ];
    const answers = [];
    for (const [changes] of refused) answers.push(await say(changes));
    expect(answers.map((answer) => [answer.status, ...codesOf(answer)])).toEqual(refused.map(([, codes]) => [422, ...codes]));
    expect((await say({ why: '' })).status).toBe(422);
    expect((await house.ask(south, 'POST', `/out-of-area/${lineId}`, line)).status).toBe(404);
    expect((await house.ask(south, 'GET', `/out-of-area/${lineId}`)).status).toBe(404);
    expect((await ask(north, 'GET', `/out-of-area/${lineId}`)).history).toHaveLength(1);
  });

  test('goes from draft to away to ended and back, each change dated, with who, why and which fields; the figures follow', async () => {
    on('2027-01-20');
    const { id, lineId, reference } = await unplaced(north);
    const say = (changes: Record<string, unknown>) => ask(north, 'POST', `/out-of-area/${lineId}`, { ...line, ...changes });
    const away = { state: 'away', startedOn: '2027-01-20', costPerNightPence: 65_000, wishes: 'Near her sister' };
    const first = outOfAreaView.strict().parse(await say({ ...away, why: 'A bed was found' }));
    expect(first).toMatchObject({
      nights: 0,
      costSoFarPence: 0,
      reviewDueOn: '2027-01-27',
      reviewOverdue: false,
      receivedOn: '2027-01-20',
    });
    // From Northtown to Farville, which is not of the board: proposed, and measured where nobody gave a distance.
    expect([first.proposal?.outOfArea, first.distanceKm]).toEqual([true, 146]);

    on('2027-01-28');
    const later = await ask(north, 'GET', `/out-of-area/${lineId}`);
    expect(later).toMatchObject({ nights: 8, costSoFarPence: 520_000, reviewOverdue: true });
    expect(await say({ ...away, lastReviewedOn: '2027-01-28', why: 'Seen today' })).toMatchObject({
      reviewDueOn: '2027-02-04',
      reviewOverdue: false,
    });
    on('2027-02-10');
    const ended = { ...away, state: 'ended', endedOn: '2027-02-09', lastReviewedOn: '2027-01-28' };
    expect(await say({ ...ended, why: 'Discharged home' })).toMatchObject({ nights: 20, costSoFarPence: 1_300_000, reviewDueOn: null });
    // A mistake is put right the same way, and where they are said to be decides what is proposed and how far it is.
    await say({ ...away, lastReviewedOn: '2027-01-28', why: 'Not discharged after all' });
    const near = await say({ ...away, lastReviewedOn: '2027-01-28', place: 'Southtown', distanceKm: 146, why: 'Another clinic' });
    expect([near.proposal.outOfArea, near.distanceKm]).toEqual([false, 20]);
    const not = await say({ ...away, place: 'Southtown', lastReviewedOn: '2027-01-28', state: 'not-out-of-area', why: 'Within the area' });
    expect([not.nights, not.history.length]).toEqual([null, 7]);
    expect(not.history.map((one: { state: string; why: string; changed: string[] }) => [one.state, one.why, one.changed])).toEqual([
      ['not-out-of-area', 'Within the area', ['state']],
      ['away', 'Another clinic', ['place', 'distance']],
      ['away', 'Not discharged after all', ['state', 'end']],
      ['ended', 'Discharged home', ['state', 'end']],
      ['away', 'Seen today', ['last review']],
      ['away', 'A bed was found', ['state', 'receiver', 'kind of receiver', 'place', 'distance', 'start', 'cost a night', 'wishes']],
      ['draft', 'No ward of the board could take them.', []],
    ]);
    expect(new Set(not.history.map((one: { by: string }) => one.by))).toEqual(new Set(['bed-manager of NORTH']));
    const { rows } = await sql<{ data: { requestId: string; was: string | null; state: string } }>`
      select data from event where type = 'register.changed' and data->>'outOfAreaId' = ${lineId} order by "offset"`.execute(db);
    expect(rows.map(({ data }) => [data.requestId === id, data.was, data.state])).toEqual([
      [true, null, 'draft'],
      [true, 'draft', 'away'],
      [true, 'away', 'away'],
      [true, 'away', 'ended'],
      [true, 'ended', 'away'],
      [true, 'away', 'away'],
      [true, 'away', 'not-out-of-area'],
    ]);
    const listed = await ask(north, 'GET', '/out-of-area?state=not-out-of-area');
    expect(listed.items.map((one: { reference: string }) => one.reference)).toEqual([reference]);
    outOfAreaLine.strict().parse(listed.items[0]);
  });

  test('of two who change it at once, the second sees the first: every revision follows the one before', async () => {
    on('2027-02-11');
    const { lineId } = await unplaced(north);
    const changes = Array.from({ length: 12 }, (_, at) => ({ ...line, costPerNightPence: 1000 + at, why: `Change ${at}` }));
    const answers = await Promise.all(changes.map((change) => house.ask(north, 'POST', `/out-of-area/${lineId}`, change)));
    expect(answers.map((answer) => answer.status)).toEqual(changes.map(() => 200));
    const { rows } = await sql<{ broken: number; now: number }>`
      select (count(*) filter (where next is distinct from replaced_at))::int as broken, (count(*) filter (where replaced_at is null))::int as now
      from (select replaced_at, lead(recorded_at) over (order by recorded_at, id) as next from out_of_area_revision where out_of_area_id = ${lineId}) x`.execute(
      db,
    );
    expect(rows).toEqual([{ broken: 0, now: 1 }]);
    expect((await ask(north, 'GET', `/out-of-area/${lineId}`)).history).toHaveLength(13);
  });

  test('is made for somebody placed whom the sender says is out of area after all; nobody else, and once', async () => {
    on('2027-02-12');
    await ask(world.staff['ward-manager']!['SOUTH']!, 'POST', `/wards/${world.wards.south}/beds/confirm`, {});
    const { id } = await ask(north, 'POST', '/placements', need);
    const sayIt = (who: Person, why = 'Not her own community') => house.ask(who, 'POST', `/placements/${id}/out-of-area`, { why });
    expect((await sayIt(north)).body.code).toBe('not-placed');
    const held = await ask(north, 'POST', `/placements/${id}/allocations`, { bedId: beds.south[0] });
    await ask(north, 'POST', `/allocations/${held.id}/refer`, {});
    await ask(world.staff['ward-manager']!['SOUTH']!, 'POST', `/allocations/${held.id}/accept`, {});
    await ask(north, 'POST', `/allocations/${held.id}/arrive`, {});
    expect((await ask(north, 'GET', `/placements/${id}`)).outOfAreaId).toBeNull();
    expect((await sayIt(south)).status).toBe(404);
    expect(codesOf(await sayIt(north, 'Ring LS9 7BE'))).toEqual(['why postcode']);
    const made = await sayIt(north);
    expect(made.status).toBe(201);
    expect(outOfAreaView.strict().parse(made.body)).toMatchObject({
      state: 'draft',
      receiver: 'SOUTH Trust',
      receiverKind: 'nhs',
      receiverTrust: 'SOUTH',
      distanceKm: 20,
      reasonCode: '99',
      inappropriate: null,
      startedOn: today(),
      proposal: { outOfArea: false },
      history: [{ why: 'Not her own community', by: 'bed-manager of NORTH' }],
    });
    const again = await sayIt(north);
    expect([again.body.code, again.body.outOfAreaId]).toEqual(['in-the-register', made.body.id]);
  });
});

test('the file holds my trust’s lines with every item of the register, and nothing a spreadsheet would run', async () => {
  on('2027-02-15');
  const { reference, lineId } = await unplaced(south, { homePlace: 'Southtown' });
  const formulas = {
    receiver: '=HYPERLINK("http://x","y")',
    place: '@SUM(A1)',
    continuityContact: '+44 113 496 0000',
    wishes: '-1, "or" so',
  };
  await ask(south, 'POST', `/out-of-area/${lineId}`, {
    ...line,
    ...formulas,
    state: 'away',
    startedOn: '2027-02-15',
    costPerNightPence: 61_050,
  });
  on('2027-02-17');
  const answer = await house.ask(south, 'GET', '/out-of-area/export');
  expect([answer.status, answer.headers.get('content-type'), answer.headers.get('content-disposition')]).toEqual([
    200,
    'text/csv; charset=utf-8',
    'attachment; filename="out-of-area-2027-02-17.csv"',
  ]);
  const [header, ...rows] = (answer.body as string).trimEnd().split('\r\n');
  expect(header).toBe(
    'Reference,State,Sender,Receiver,Kind of receiver,Receiving trust,Place,Distance in km,Bed type,Reason code,Referral received,Start,End,Bed nights,' +
      'Cost a night in pounds,Cost in pounds,Last review,Review due,Continuity contact,Wishes,Intends to return,Continues,Home place',
  );
  expect(rows).toEqual([
    `${reference},away,SOUTH,"'=HYPERLINK(""http://x"",""y"")",independent,,'@SUM(A1),,200,10,2027-02-15,2027-02-15,,2,610.50,1221.00,,2027-02-22,'+44 113 496 0000,"'-1, ""or"" so",yes,,Southtown`,
  ]);
  const own = (await house.ask(north, 'GET', '/out-of-area/export')).body as string;
  expect([own.includes(reference), own.includes('NORTH')]).toEqual([false, true]);
  const foreign = (await house.ask(north, 'GET', '/out-of-area/export?trust=SOUTH')).body as string;
  expect(foreign.trimEnd().split('\r\n')).toHaveLength(1);
});

test('the list is of my trust, the newest line first, page by page without a line twice', async () => {
  const all = await ask(north, 'GET', '/out-of-area');
  const seen: string[] = [];
  for (let cursor = ''; ;) {
    const page = await ask(north, 'GET', `/out-of-area?limit=2${cursor && `&cursor=${cursor}`}`);
    seen.push(...page.items.map((one: { id: string }) => one.id));
    if (page.nextCursor === null) break;
    cursor = page.nextCursor;
  }
  expect(seen).toEqual(all.items.map((one: { id: string }) => one.id));
  expect(seen).toEqual(seen.toSorted().toReversed());
  expect(new Set(all.items.map((one: { sender: string }) => one.sender))).toEqual(new Set(['NORTH']));
});

describe('the national measures', () => {
  // Asked for on a day, in hospital from another until a third: as the sender would have recorded them, each a day's work of its own.
  interface Case {
    title: string;
    spells: {
      received: string;
      started: string | null;
      ended: string | null;
      reason?: string;
      bedType?: string;
      state?: string;
    }[];
    /** New, bed days, active at end, ended: of the months before, then of April 2025. */
    march: number[];
    april: number[];
  }
  const cases: Case[] = [
    {
      title: 'a stay wholly inside a month',
      spells: [{ received: '2025-04-03', started: '2025-04-03', ended: '2025-04-10' }],
      march: [0, 0, 0, 0],
      april: [1, 7, 0, 1],
    },
    {
      title: 'an open stay: every day of the month, and active at its end',
      spells: [{ received: '2025-03-20', started: '2025-03-21', ended: null }],
      march: [1, 12, 1, 0],
      april: [0, 30, 1, 0],
    },
    {
      title: 'it begins the day the referral was received, not the day the stay did',
      spells: [{ received: '2025-03-30', started: '2025-04-02', ended: '2025-04-05' }],
      march: [1, 2, 1, 0],
      april: [0, 4, 0, 1],
    },
    {
      title: 'over the edge of two periods: the last day of the first counts there',
      spells: [{ received: '2025-03-31', started: '2025-03-31', ended: '2025-04-01' }],
      march: [1, 1, 1, 0],
      april: [0, 0, 0, 1],
    },
    {
      title: 'ended on the day it began: no bed day, but new and ended',
      spells: [{ received: '2025-04-15', started: '2025-04-15', ended: '2025-04-15' }],
      march: [0, 0, 0, 0],
      april: [1, 0, 0, 1],
    },
    {
      title: 'moved on from one away place to another on overlapping days: one, to the later end',
      spells: [
        { received: '2025-03-20', started: '2025-03-20', ended: '2025-04-10' },
        { received: '2025-04-08', started: '2025-04-08', ended: '2025-04-20' },
      ],
      march: [1, 12, 1, 0],
      april: [0, 19, 0, 1],
    },
    {
      title: 'away again after a time at home: two',
      spells: [
        { received: '2025-04-02', started: '2025-04-02', ended: '2025-04-05' },
        { received: '2025-04-20', started: '2025-04-20', ended: '2025-04-24' },
      ],
      march: [0, 0, 0, 0],
      april: [2, 7, 0, 2],
    },
    {
      title: 'another reason than no bed',
      spells: [{ received: '2025-04-03', started: '2025-04-03', ended: null, reason: '11' }],
      march: [0, 0, 0, 0],
      april: [0, 0, 0, 0],
    },
    {
      title: 'another bed type than acute or intensive care stays in the register',
      spells: [{ received: '2025-04-03', started: '2025-04-03', ended: null, bedType: '206' }],
      march: [0, 0, 0, 0],
      april: [0, 0, 0, 0],
    },
    {
      title: 'a psychiatric intensive care bed counts',
      spells: [{ received: '2025-04-28', started: '2025-04-28', ended: null, bedType: '202' }],
      march: [0, 0, 0, 0],
      april: [1, 3, 1, 0],
    },
    {
      title: 'a referral without a hospital spell',
      spells: [{ received: '2025-04-03', started: null, ended: '2025-04-09' }],
      march: [0, 0, 0, 0],
      april: [0, 0, 0, 0],
    },
    {
      title: 'a draft, and one the sender says is not out of area',
      spells: [
        { received: '2025-04-03', started: '2025-04-03', ended: null, state: 'draft' },
        { received: '2025-04-04', started: '2025-04-04', ended: null, state: 'not-out-of-area' },
      ],
      march: [0, 0, 0, 0],
      april: [0, 0, 0, 0],
    },
  ];
  const monthOf = async (from: string) => {
    const view = measuresView.strict().parse(await ask(south, 'GET', '/out-of-area/measures?by=month'));
    const one = view.items.find((item) => item.from === from)!;
    return [one.started, one.bedDays, one.activeAtEnd, one.ended];
  };

  test.each(cases)('$title', async ({ spells, march, april }) => {
    on('2025-08-15');
    const before = [await monthOf('2025-03-01'), await monthOf('2025-04-01')];
    let earlier: string | undefined;
    for (const { received, started, ended, reason = '10', bedType = '200', state } of spells) {
      on(received);
      // Where a case has two, they are one person's, with a request between that came to nothing.
      if (earlier !== undefined) {
        const between = await ask(south, 'POST', '/placements', { ...need, continues: earlier });
        await ask(south, 'POST', `/placements/${between.id}/unable-to-place`, { reason: 'Looked again' });
        earlier = between.id as string;
      }
      const { id, lineId } = await unplaced(south, { bedType, ...(earlier !== undefined && { continues: earlier }) });
      earlier = id;
      on('2025-08-15');
      const said = { ...line, reasonCode: reason, startedOn: started, endedOn: ended, state: state ?? (ended === null ? 'away' : 'ended') };
      await ask(south, 'POST', `/out-of-area/${lineId}`, said);
    }
    const after = [await monthOf('2025-03-01'), await monthOf('2025-04-01')];
    const added = after.map((counts, at) => counts.map((count, which) => count - before[at]![which]!));
    expect(added).toEqual([march, april]);
    await db.deleteFrom('outOfAreaRevision').execute();
    await db.deleteFrom('outOfArea').execute();
  });

  test('come by month, quarter and financial year, newest first with the one under way; of my trust alone', async () => {
    on('2025-04-03');
    const { lineId } = await unplaced(south);
    await ask(south, 'POST', `/out-of-area/${lineId}`, { ...line, state: 'away', startedOn: '2025-04-03' });
    on('2025-08-15');
    const by = async (unit: string) => measuresView.strict().parse(await ask(south, 'GET', `/out-of-area/measures?by=${unit}`));
    const [month, quarter, year] = [await by('month'), await by('quarter'), await by('year')];
    expect([month, quarter, year].map(({ items }) => [items.length, items[0], items.filter((item) => item.isUnderWay).length])).toEqual([
      [13, { from: '2025-08-01', until: '2025-09-01', isUnderWay: true, started: 0, bedDays: 14, activeAtEnd: 1, ended: 0 }, 1],
      [8, { from: '2025-07-01', until: '2025-10-01', isUnderWay: true, started: 0, bedDays: 45, activeAtEnd: 1, ended: 0 }, 1],
      [3, { from: '2025-04-01', until: '2026-04-01', isUnderWay: true, started: 1, bedDays: 134, activeAtEnd: 1, ended: 0 }, 1],
    ]);
    expect((await ask(north, 'GET', '/out-of-area/measures')).items[0]).toMatchObject({ started: 0, bedDays: 0 });
    expect((await house.ask(north, 'GET', '/out-of-area/measures?trust=SOUTH')).status).toBe(404);
    expect((await house.ask(world.staff['ward-manager']!['SOUTH']!, 'GET', '/out-of-area/measures')).status).toBe(404);
    expect(rfc3339(house.platform.clock.now())).toBe('2025-08-15T11:00:00.000Z');
  });
});
