import { sql } from 'kysely';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { v7 as newId } from 'uuid';
import { testDatabase, type TestDatabase } from '@homeward/db/test-database.ts';
import type { OccupancyView, ReturnView } from '@homeward/shared/beds/contract.ts';
import { settableStates, type BedSpan, type SettableState } from '@homeward/shared/beds/facts.ts';
import { censusOf } from '@homeward/shared/beds/occupancy-rules.ts';
import { dayMs, hourMs, minuteMs, rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { addDays, instantsOf, localDayOf, startOfDay } from '@homeward/shared/kernel/local-time.ts';
import { openHouse, type House } from '../../../tests/house.ts';
import { addBeds, makeWorld, type Beds, type Person, type World } from '../../../tests/world.ts';

let db: TestDatabase['db'];
let world: World;
let beds: Beds;
let house: House;
const manager = (trust = 'NORTH') => world.staff['bed-manager']![trust]!;
const ward = (trust = 'NORTH') => world.staff['ward-manager']![trust]!;

beforeEach(async () => {
  const opened = await testDatabase();
  db = opened.db;
  world = await makeWorld(db);
  beds = await addBeds(db, world);
  house = await openHouse(db, opened.url, world.now);
  return () => house.live.stop();
});

/** What a bed was from an instant on, as if it had been recorded then. */
async function was(bedId: string, state: SettableState, at: Instant, given: { reason?: string; source?: string } = {}): Promise<void> {
  await sql`update bed_state set replaced_at = ${new Date(at)} where bed_id = ${bedId} and replaced_at is null`.execute(db);
  await sql`insert into bed_state (id, bed_id, state, reason, source, recorded_at)
    values (${newId()}, ${bedId}, ${state}, ${given.reason ?? null}, ${given.source ?? 'ward'}, ${new Date(at)})`.execute(db);
}

const at = (day: string, time: string) => instantsOf(day, time)[0]!;

test('the midnight census counts as it would by hand, whatever the beds have been, over both clock changes', async () => {
  const look = async (from: string, to: string): Promise<OccupancyView> => {
    const answer = await house.ask(manager(), 'GET', `/occupancy?from=${from}&to=${to}`);
    expect([answer.status, answer.body]).toEqual([200, answer.body]);
    return answer.body;
  };
  // Quarter hours of eight days, half of them a midnight, or an hour from it once the clocks have changed: what begins or ends there comes up often.
  const quarters = fc.oneof(
    fc.nat(8 * 96),
    fc.nat(8).map((days) => days * 96),
  );
  const span = fc.record({ quarters, state: fc.constantFrom(...settableStates) });
  const bed = fc.record({ changes: fc.array(span, { maxLength: 8 }), retires: fc.option(fc.integer({ min: 1, max: 8 * 96 })) });
  const first = fc.constantFrom('2026-03-26', '2026-10-22', '2026-07-01');
  await fc.assert(
    fc.asyncProperty(first, fc.array(bed, { minLength: 1, maxLength: 6 }), async (from, given) => {
      await sql`truncate bed cascade`.execute(db);
      const begin = startOfDay(from);
      const spans: BedSpan[] = [];
      for (const [index, { changes, retires }] of given.entries()) {
        const bedId = newId();
        const end = retires === null ? null : begin + retires * 15 * minuteMs;
        const sorted = changes
          .map(({ quarters, state }) => ({ start: begin + quarters * 15 * minuteMs, state }))
          .sort((a, b) => a.start - b.start)
          .filter(({ start }, at, all) => start !== all[at + 1]?.start && (end === null || start < end));
        const starts = sorted[0]?.start ?? begin;
        await sql`insert into bed (id, ward_id, label, position, added_at, retired_at) values (${bedId}, ${world.wards.north}, ${`Bed ${index}`}, 0,
          ${new Date(starts)}, ${end === null || end <= starts ? null : new Date(end)})`.execute(db);
        for (const [at, { start, state }] of sorted.entries()) {
          const reason = state === 'closed' ? 'acuity' : null;
          // The last state of a retired bed is left as it is: that there is no such bed any more is said by the bed.
          const until = sorted[at + 1]?.start ?? null;
          await sql`insert into bed_state (id, bed_id, state, reason, source, recorded_at, replaced_at) values (${newId()}, ${bedId}, ${state}, ${reason}, 'ward',
            ${new Date(start)}, ${until && new Date(until)})`.execute(db);
          spans.push({ bedId, state, closedReason: null, start, end: until ?? end });
        }
      }
      const to = addDays(from, 8);
      const days = Array.from({ length: 9 }, (_, index) => addDays(from, index));
      expect((await look(from, to)).days).toEqual(days.map((day) => censusOf(spans, day)));
    }),
    { numRuns: 40 },
  );
}, 60_000);

test('occupancy is what the wards are now and what is over; a trust’s own, and 400 days of it at most', async () => {
  const today = localDayOf(world.now);
  const [first, second, third, fourth] = beds.north as [string, string, string, string];
  await was(first, 'occupied', world.now - 3 * dayMs);
  await was(second, 'on-leave', world.now - dayMs);
  await was(third, 'closed', world.now - hourMs, { reason: 'acuity' });
  await sql`update bed set retired_at = ${new Date(world.now - hourMs)} where id = ${fourth}`.execute(db);
  const ask = (query: string, who = manager()) => house.ask(who, 'GET', `/occupancy${query}`);
  const view = (await ask(`?from=${addDays(today, -4)}&to=${addDays(today, 5)}`)).body as OccupancyView;
  // Today's midnight is still to come.
  expect(view.days.map((day) => [day.day, day.funded, day.staffed, day.occupied, day.onLeave, day.percent, day.percentWithLeave])).toEqual([
    [addDays(today, -4), 8, 8, 0, 0, 0, 0],
    [addDays(today, -3), 8, 8, 1, 0, 12.5, 12.5],
    [addDays(today, -2), 8, 8, 1, 0, 12.5, 12.5],
    [addDays(today, -1), 8, 8, 1, 1, 12.5, 25],
  ]);
  expect([view.linePercent, view.wards.map((one) => [one.ward.code, one.freshness, one.now.funded])]).toEqual([
    85,
    [
      ['north/north', 'fresh', 3],
      ['north/north2', 'fresh', 4],
    ],
  ]);
  expect(view.wards[0]!.now).toMatchObject({ day: today, staffed: 2, occupied: 1, onLeave: 1, percent: 50, percentWithLeave: 100 });
  expect((await ask('')).body.days).toHaveLength(91);
  expect((await ask(`?from=${addDays(today, -400)}&to=${addDays(today, -1)}`)).body.days).toHaveLength(400);
  expect((await ask(`?from=${addDays(today, -401)}&to=${addDays(today, -1)}`)).body.errors[0].code).toBe('too-many-days');
  expect((await ask(`?from=${today}&to=${addDays(today, -1)}`)).body.errors[0].code).toBe('before-start');
  for (const who of [manager('SOUTH'), manager('APART'), ward()]) expect((await ask('?trust=NORTH', who)).status).toBe(404);
});

test('somebody is ready to leave, since a day and for reasons of the list, for as long as they stay', async () => {
  const today = localDayOf(world.now);
  const bedId = beds.north[0]!;
  const say = (body: object, who: Person = ward(), act = 'ready') => house.ask(who, 'POST', `/beds/${bedId}/${act}`, body);
  const asked = { readyOn: addDays(today, -9), delayReasons: ['18', '04', '18'] };
  expect((await say(asked)).body.code).toBe('not-occupied');
  await was(bedId, 'occupied', world.now - 20 * dayMs);
  const wrong = await say({ readyOn: addDays(today, 1), delayReasons: ['04', '77'] });
  expect(wrong.body.errors.map((one: { path: string; code: string }) => [one.path, one.code])).toEqual([
    ['readyOn', 'in-future'],
    ['delayReasons.1', 'unknown-code'],
  ]);
  for (const who of [manager('SOUTH'), ward('SOUTH'), manager('APART')]) {
    expect((await say(asked, who)).status).toBe(404);
    expect((await say({}, who, 'not-ready')).status).toBe(404);
  }
  const ready = async () => (await house.ask(manager(), 'GET', '/occupancy')).body.ready;
  expect(await ready()).toEqual([]);
  expect((await say(asked)).body).toEqual({ bedId, readyOn: addDays(today, -9), delayReasons: ['18', '04'] });
  expect((await say(asked, manager())).status).toBe(200);
  expect(await ready()).toMatchObject([{ bedId, days: 9, delayReasons: ['18', '04'], ward: { id: world.wards.north } }]);
  expect((await say({}, manager(), 'not-ready')).body.readyOn).toBe(null);
  expect(await ready()).toEqual([]);
  // Said, said again (nothing changed), and taken back: two things happened.
  const { rows } = await sql<{ data: object }>`select data from event where type = 'readiness.changed' and ward_id = ${world.wards.north}
    order by "offset"`.execute(db);
  expect(rows.map((row) => row.data)).toMatchObject([
    { bedId, readyOn: addDays(today, -9) },
    { bedId, readyOn: null },
  ]);
});

/** Somebody placed by a trust who arrived in a bed: at the wrong time of another clock, since the two clocks needn't agree. */
async function arrived(bedId: string, sender: string, nth: number, startsAt: Instant, ageBand = 'adult'): Promise<void> {
  const requestId = newId();
  await sql`insert into placement_request (id, reference, sending_trust, home_place, bed_type, age_band, sex, legal_status, security_level, where_now,
      needed_by, received_on, state, created_by, created_at)
    values (${requestId}, ${`HW-2222${nth}`}, ${sender}, 'Southtown', '200', ${ageBand}, 'female', '02', 0, 'community', now(), current_date, 'placed',
      ${newId()}, now())`.execute(db);
  await sql`insert into allocation (id, request_id, bed_id, ward_id, state, held_by, held_at, match, arrived_at, ended_at)
    select ${newId()}, ${requestId}, id, ward_id, 'arrived', ${newId()}, now(), '{}', now() + ${nth} * interval '1 hour', now() from bed
    where id = ${bedId}`.execute(db);
  await was(bedId, 'occupied', startsAt, { source: 'placement' });
}

test('the return says what was known at its time, by ward and in total, and says it again the same', async () => {
  const day = localDayOf(world.now);
  const ten = at(day, '10:00');
  const [one, two, three, four] = beds.north as [string, string, string, string];
  const yesterday = ten - dayMs;
  // Somebody of North's own left before somebody of South's came, and went on leave and back since.
  await arrived(one, 'NORTH', 1, yesterday - 5 * dayMs);
  await was(one, 'available', yesterday - 4 * dayMs);
  await arrived(one, 'SOUTH', 2, yesterday - 3 * dayMs);
  await was(one, 'on-leave', yesterday - 2 * dayMs);
  await was(one, 'occupied', yesterday - dayMs);
  // Somebody of South's left; who lies there now came some other way.
  await arrived(two, 'SOUTH', 3, yesterday - 5 * dayMs);
  await was(two, 'available', yesterday - 4 * dayMs);
  await was(two, 'occupied', yesterday - 3 * dayMs);
  await sql`insert into discharge_readiness (id, bed_id, ready_on, delay_reasons, recorded_at)
    values (${newId()}, ${two}, ${addDays(day, -2)}, '{18}', ${new Date(yesterday)})`.execute(db);
  await was(three, 'closed', yesterday, { reason: 'infection' });
  await was(four, 'occupied', yesterday);
  await was(four, 'available', at(day, '08:00'));
  // One that left yesterday is no discharge of today, a bed that reopens is none at all, and a young person is no adult.
  const [five, six, seven, eight] = beds.north2 as [string, string, string, string];
  await was(five, 'occupied', yesterday - dayMs);
  await was(five, 'available', at(addDays(day, -1), '23:30'));
  await was(six, 'closed', yesterday, { reason: 'staffing' });
  await was(six, 'available', at(day, '09:00'));
  await arrived(seven, 'SOUTH', 4, yesterday, 'young-person');
  // Somebody of South's left, and somebody of North's own came to the bed of somebody on leave.
  await arrived(eight, 'SOUTH', 5, yesterday - 5 * dayMs);
  await was(eight, 'on-leave', yesterday - 4 * dayMs);
  await arrived(eight, 'NORTH', 6, yesterday - 3 * dayMs);
  await sql`insert into admission_pause (id, ward_id, reason, review_at, recorded_by, recorded_at)
    values (${newId()}, ${world.wards.north2}, 'Unsettled', ${new Date(world.now)}, ${newId()}, ${new Date(ten)})`.execute(db);
  const suiteId = newId();
  await sql`insert into suite (id, trust, site, name, added_at) values (${suiteId}, 'NORTH', 'north', 'Suite', ${new Date(yesterday)})`.execute(
    db,
  );
  await sql`insert into suite_state (id, suite_id, state, recorded_at) values (${newId()}, ${suiteId}, 'available', ${new Date(yesterday)})`.execute(
    db,
  );

  const ask = (query: string, who = manager()) => house.ask(who, 'GET', `/returns${query}`);
  const atTen = (await ask(`?day=${day}&time=10:00`)).body as ReturnView;
  const figures = {
    coreBedBase: 4,
    emptyBeds: 1,
    fitForDischarge: 1,
    completedDischarges: 1,
    closedToAdmission: 1,
    infectionControl: 1,
    adultsFromOutsideTrust: 1,
  };
  expect(atTen.wards).toMatchObject([
    { ward: { code: 'north/north' }, ...figures, confirmedAt: null },
    {
      ward: { code: 'north/north2' },
      ...figures,
      emptyBeds: 2,
      fitForDischarge: 0,
      completedDischarges: 0,
      closedToAdmission: 2,
      infectionControl: 0,
      adultsFromOutsideTrust: 0,
    },
  ]);
  expect(atTen).toMatchObject({ trust: 'NORTH', day, time: '10:00', at: rfc3339(ten) });
  expect(atTen.total).toEqual({
    coreBedBase: 8,
    emptyBeds: 3,
    fitForDischarge: 1,
    completedDischarges: 1,
    closedToAdmission: 3,
    infectionControl: 1,
    adultsFromOutsideTrust: 1,
    suites: 1,
    suitesEmpty: 1,
  });
  // Asked for nothing, it is the last one due. What happens afterwards changes nothing of it, only of the next.
  expect((await ask('')).body).toEqual(atTen);
  await was(one, 'available', ten + minuteMs);
  await sql`update discharge_readiness set replaced_at = ${new Date(ten + minuteMs)}`.execute(db);
  await sql`update suite_state set replaced_at = ${new Date(ten + minuteMs)}`.execute(db);
  await sql`update bed set retired_at = ${new Date(ten + minuteMs)} where id = ${four}`.execute(db);
  expect((await ask(`?day=${day}&time=10:00`)).body).toEqual(atTen);
  expect((await ask(`?day=${day}&time=12:00`)).body.total).toMatchObject({
    coreBedBase: 7,
    completedDischarges: 2,
    fitForDischarge: 0,
    adultsFromOutsideTrust: 0,
    suitesEmpty: 0,
  });

  const refusals = [`?day=${day}&time=14:00`, '?day=2026-03-29&time=01:30', `?day=${day}`, '?time=10:00'];
  const codes = await Promise.all(refusals.map(async (query) => (await ask(query)).body.errors[0].code));
  expect(codes).toEqual(['in-future', 'no-such-time', 'missing', 'missing']);
  for (const who of [manager('SOUTH'), ward()]) expect((await ask('?trust=NORTH', who)).status).toBe(404);
});

test('the return as a file has a line a ward and the total, and runs nothing in a spreadsheet', async () => {
  await sql`update ward set name = '=HYPERLINK("http://x","y")' where id = ${world.wards.north}`.execute(db);
  const answer = await house.ask(manager(), 'GET', '/returns?format=csv');
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
  const day = localDayOf(world.now);
  expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="return-north-${day}-1000.csv"`);
  expect(answer.body.split('\r\n')).toEqual([
    expect.stringMatching(/^Trust,Day,Time,.*Core bed base,Empty beds,.*Adult patients from outside trust$/),
    `NORTH,${day},10:00,north/north,"'=HYPERLINK(""http://x"",""y"")",NORTH Hospital,,4,4,,,0,0,0,0,0`,
    `NORTH,${day},10:00,north/north2,north2 ward,NORTH Hospital,,4,4,,,0,0,0,0,0`,
    `NORTH,${day},10:00,,Total,,,8,8,0,0,0,0,0,0,0`,
    '',
  ]);
});
