import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sql } from 'kysely';
import { v7 as newId } from 'uuid';
import { testDatabase } from '@homeward/db/test-database.ts';
import { dayMs, hourMs, rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { addDays, localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { courseMoved, newCourseView, periodMoved, requirementMoved, type PeriodView } from '@homeward/shared/training/contract.ts';
import { openHouse, type House } from '../../../tests/house.ts';
import { addMember, makeWorld, type Person, type World } from '../../../tests/world.ts';
import { wardFacts } from '../shifts/facts.ts';
import { countReach } from './jobs.ts';

// What decisions rest on beside people and alignments: courses, periods, what wards ask; each change dated, and its history kept.
const { db, url } = await testDatabase();
let world: World;
let house: House;
let now: Instant;
let north: Person;
let south: Person;
let manager: Person;
let southManager: Person;

beforeAll(async () => {
  world = await makeWorld(db, { workers: 4 });
  now = world.now;
  await db
    .insertInto('technique')
    .values([
      { code: 'de-escalation', title: 'De-escalation', position: 1 },
      { code: 'wrist-release', title: 'Release from a wrist grab', position: 2 },
    ])
    .execute();
  house = await openHouse(db, url, now);
  [north, south] = [world.staff['training-lead']!['NORTH']!, world.staff['training-lead']!['SOUTH']!];
  [manager, southManager] = [world.staff['ward-manager']!['NORTH']!, world.staff['ward-manager']!['SOUTH']!];
}, 60_000);
afterAll(() => house.live.stop());
beforeEach(() => {
  now += hourMs;
  house.setClock(now);
});

const today = () => localDayOf(now);
const said = { title: 'PMVA five-day', provider: 'North team', techniques: ['de-escalation'], syllabusMinutes: 2100 };
const version = (name: string) => ({
  code: 'NORTH-PMVA',
  version: name,
  meets: 'pmva-team',
  useOfForce: true,
  certifiedUntil: addDays(today(), 300),
  ...said,
});

async function book(who: Person, wardId: string, by: Person, day: number): Promise<string> {
  const body = { wardId, role: 'hcsw', band: 3, ...world.span(day, '07:00', '15:00'), breakMinutes: 30, reason: 'vacancy' };
  const shiftId = (await house.ask(by, 'POST', '/shifts', body)).body.items[0].id as string;
  const booked = await house.ask(who, 'POST', `/shifts/${shiftId}/accept`);
  expect(booked.status).toBe(201);
  return booked.body.id as string;
}
const statusOf = async (bookingId: string) =>
  (await db.selectFrom('booking').select('status').where('id', '=', bookingId).executeTakeFirstOrThrow()).status;

describe('a new version of a course', () => {
  test('starts with no alignment, and says whom it touches', async () => {
    const made = await house.ask(north, 'POST', '/training/courses', version('2'));
    expect([made.status, newCourseView.safeParse(made.body).error]).toEqual([201, undefined]);
    expect(made.body.course).toMatchObject({ trust: 'NORTH', holders: 0, alignments: [], versions: [{ version: '1' }] });
    // Two workers of NORTH hold version 1, and nothing else counts for them at home.
    expect(made.body.touched).toEqual({ previousVersion: '1', holders: 2, onlyThat: 2 });
    const [holder] = world.workers;
    await db
      .insertInto('trainingRecord')
      .values({
        id: newId(),
        workerId: holder!.workerId!,
        courseId: world.courseOf.get('SOUTH')!,
        completedOn: addDays(today(), -5),
        source: 'test',
        recordedAt: rfc3339(now - dayMs),
      })
      .execute();
    // SOUTH's course is aligned, so one of them would still be covered.
    expect((await house.ask(north, 'POST', '/training/courses', version('3'))).body.touched).toEqual({
      previousVersion: '2',
      holders: 0,
      onlyThat: 0,
    });
    await sql`update training_record set course_id = ${made.body.course.id} where course_id = ${world.courseOf.get('NORTH')!}`.execute(db);
    await sql`delete from course_revision where course_id in (select id from course where version = '3')`.execute(db);
    await sql`delete from course where version = '3'`.execute(db);
    expect((await house.ask(north, 'POST', '/training/courses', version('3'))).body.touched).toEqual({
      previousVersion: '2',
      holders: 2,
      onlyThat: 1,
    });
    await sql`update training_record set course_id = ${world.courseOf.get('NORTH')!} where course_id = ${made.body.course.id}`.execute(db);
  });

  test('is its own trust’s to record, once, of what is known', async () => {
    const twice = await house.ask(north, 'POST', '/training/courses', version('2'));
    expect([twice.status, twice.body.code]).toEqual([409, 'version-exists']);
    expect((await house.ask(south, 'POST', '/training/courses', { ...version('9'), trust: 'NORTH' })).status).toBe(404);
    const bad = await house.ask(north, 'POST', '/training/courses', { ...version('9'), meets: 'nothing', techniques: ['juggling'] });
    expect(bad.body.errors.map((one: { path: string }) => one.path)).toEqual(['techniques.0', 'meets']);
    const both = await Promise.all([1, 2].map(() => house.ask(north, 'POST', '/training/courses', version('8'))));
    expect(both.map((one) => one.status).sort()).toEqual([201, 409]);
  });

  test('is described until others are asked about it, and its certificate goes on changing', async () => {
    const course = (await house.ask(north, 'POST', '/training/courses', version('5'))).body.course as { id: string };
    const again = { ...said, title: 'PMVA in five days', reason: 'A slip of the pen' };
    expect((await house.ask(south, 'POST', `/training/courses/${course.id}/describe`, again)).status).toBe(404);
    const described = await house.ask(north, 'POST', `/training/courses/${course.id}/describe`, again);
    expect([described.status, courseMoved.safeParse(described.body).error, described.body.course.title]).toEqual([
      200,
      undefined,
      'PMVA in five days',
    ]);
    expect(described.body.course.history.map((one: { what: string }) => one.what)).toEqual([
      'The provider is no longer certified. Changed: title',
      'Recorded',
    ]);

    const alignment = (await house.ask(north, 'POST', '/training/alignments', { courseId: course.id, competency: 'pmva-team' })).body;
    expect((await house.ask(north, 'POST', `/training/courses/${course.id}/describe`, again)).status).toBe(200);
    expect((await house.ask(north, 'POST', `/training/alignments/${alignment.id}/submit`, {})).status).toBe(200);
    const late = await house.ask(north, 'POST', `/training/courses/${course.id}/describe`, again);
    expect([late.status, late.body.code]).toEqual([409, 'described-already']);
    const renewed = await house.ask(north, 'POST', `/training/courses/${course.id}/certificate`, {
      certifiedUntil: addDays(today(), 90),
      certificate: 'RRN 12',
      provider: 'North team',
      reason: 'Renewed',
    });
    expect([renewed.status, renewed.body.course.certificate, renewed.body.course.history[0].reason]).toEqual([200, 'RRN 12', 'Renewed']);
  });

  test('whose certificate ended before somebody completed it counts for them no more, from that moment', async () => {
    const [who] = world.workers;
    await sql`delete from training_record where worker_id = ${who!.workerId} and course_id <> ${world.courseOf.get('NORTH')!}`.execute(db);
    const bookingId = await book(who!, world.wards.north, manager, 4);
    const courseId = world.courseOf.get('NORTH')!;
    const ended = { provider: null, certificate: null, certifiedUntil: addDays(today(), -60), reason: 'The certificate was never renewed' };
    const done = await house.ask(north, 'POST', `/training/courses/${courseId}/certificate`, ended);
    expect([done.body.effect.bookings.map((one: { id: string }) => one.id), await statusOf(bookingId)]).toEqual([
      [bookingId],
      'needs-review',
    ]);
    await house.ask(north, 'POST', `/training/courses/${courseId}/certificate`, { ...ended, certifiedUntil: addDays(today(), 900) });
  });
});

describe('how long training counts', () => {
  const listed = async () =>
    ((await house.ask(north, 'GET', '/training/periods?competency=pmva-team')).body.items as PeriodView[])
      .filter((one) => one.trust === 'SOUTH')
      .map(({ months, from, until, replacedAt }) => [months, from, until, replacedAt !== null]);

  test('is said by a trust’s own lead from today or a later day, and what was said before is kept', async () => {
    const change = (months: number, inDays: number) =>
      house.ask(south, 'POST', '/training/periods', {
        competency: 'pmva-team',
        months,
        from: addDays(today(), inDays),
        reason: 'We looked again',
      });
    expect(
      (
        await house.ask(north, 'POST', '/training/periods', {
          competency: 'pmva-team',
          trust: 'SOUTH',
          months: 6,
          from: today(),
          reason: 'x',
        })
      ).status,
    ).toBe(404);
    expect((await change(6, -1)).body.errors[0].code).toBe('day-is-past');
    expect((await change(12, 0)).body.errors[0].code).toBe('nothing-changes');
    const first = await change(24, 30);
    expect([first.status, periodMoved.safeParse(first.body).error]).toEqual([200, undefined]);
    const inThirty = addDays(today(), 30);
    expect(await listed()).toEqual([
      [24, inThirty, null, false],
      [12, '2020-01-01', addDays(inThirty, -1), false],
      [12, '2020-01-01', null, true],
    ]);
    // A change from an earlier day takes back the one that was to come; what stood before both is as it was said.
    now += hourMs;
    house.setClock(now);
    expect((await change(6, 10)).status).toBe(200);
    const inTen = addDays(today(), 10);
    expect(await listed()).toEqual([
      [6, inTen, null, false],
      [12, '2020-01-01', addDays(inTen, -1), false],
      [24, inThirty, null, true],
      [12, '2020-01-01', addDays(inThirty, -1), true],
      [12, '2020-01-01', null, true],
    ]);
    // What was known in between can be read back.
    const then = (await wardFacts(db, [world.wards.south], now - 1)).get(world.wards.south)!.requirements[0]!.periods;
    expect(then.map((period) => [period.months, period.fromDay])).toEqual([
      [12, '2020-01-01'],
      [24, inThirty],
    ]);
  });

  test('that is shortened from a later day marks only what starts from then on', async () => {
    // The record is 30 days old: within a month of the clock it is over a month.
    const who = world.workers[1]!;
    const [before, after] = [await book(who, world.wards.south, southManager, 8), await book(who, world.wards.south, southManager, 14)];
    const from = addDays(localDayOf(world.now), 12);
    const done = await house.ask(south, 'POST', '/training/periods', { competency: 'pmva-team', months: 1, from, reason: 'Every month' });
    expect([done.status, await statusOf(before), await statusOf(after)]).toEqual([200, 'confirmed', 'needs-review']);
    await house.ask(south, 'POST', '/training/periods', { competency: 'pmva-team', months: 12, from: today(), reason: 'As it was' });
  });
});

describe('what a ward asks', () => {
  const requirements = () => `/wards/${world.wards.north2}/requirements`;

  test('is set by its manager, replaced and ended with a reason, and its history stays', async () => {
    await db
      .insertInto('accountRole')
      .values({
        id: newId(),
        accountId: manager.accountId,
        role: 'ward-manager',
        wardId: world.wards.north2,
        fromAt: new Date(Date.now() - hourMs),
      })
      .execute();
    await db
      .insertInto('competency')
      .values({ code: 'fire-safety', collaborativeId: world.collaborativeId, title: 'Fire safety', useOfForce: false })
      .execute();
    const asked = { competency: 'pmva-team', role: null, minimumOnShift: 3, reason: 'Two new admissions' };
    expect((await house.ask(southManager, 'POST', requirements(), asked)).status).toBe(404);
    expect((await house.ask(manager, 'POST', requirements(), { ...asked, competency: 'fire-safety' })).body.errors[0].code).toBe(
      'no-period',
    );
    expect((await house.ask(manager, 'POST', requirements(), { ...asked, minimumOnShift: 2 })).body.errors[0].code).toBe('nothing-changes');
    const set = await house.ask(manager, 'POST', requirements(), asked);
    expect([set.status, requirementMoved.safeParse(set.body).error]).toEqual([200, undefined]);
    const { current, history } = set.body.requirements;
    expect([current[0].minimumOnShift, history[0].minimumOnShift, history[0].ended.reason]).toEqual([3, 2, 'Two new admissions']);
    const path = `${requirements()}/${current[0].id}/end`;
    expect((await house.ask(southManager, 'POST', path, { reason: 'No longer' })).status).toBe(404);
    const ended = await house.ask(manager, 'POST', path, { reason: 'No longer' });
    expect([ended.status, ended.body.requirements.current, ended.body.requirements.history[0].ended.by]).toEqual([200, [], manager.name]);
    expect((await house.ask(manager, 'POST', path, { reason: 'No longer' })).status).toBe(404);
  });

  test('is read by its managers, its trust’s leads, the programme and auditors', async () => {
    const readers = [manager, north, world.staff['programme']!['SOUTH']!, world.staff['auditor']!['SOUTH']!];
    for (const who of readers) expect([who.name, (await house.ask(who, 'GET', requirements())).status]).toEqual([who.name, 200]);
    for (const who of [southManager, south])
      expect([who.name, (await house.ask(who, 'GET', requirements())).status]).toEqual([who.name, 404]);
  });
});

test('at how many trusts people could work is counted once a day, and again for a month that has ended', async () => {
  await addMember(db, world, 'WEST');
  const programme = world.staff['programme']!['NORTH']!;
  const picture = async () => (await house.ask(programme, 'GET', '/training/reach')).body;
  expect((await picture()).days).toEqual([]);
  // Any number of processes at once count everybody once.
  const counted = await Promise.all([countReach(house.platform), countReach(house.platform)]);
  expect(counted[0]! + counted[1]!).toBeGreaterThanOrEqual(13);
  expect(await countReach(house.platform)).toBe(0);
  const { trusts, days } = await picture();
  expect([trusts.map((trust: { code: string }) => trust.code), days.length]).toEqual([['NORTH', 'SOUTH', 'WEST'], 11]);
  // Four workers of NORTH and SOUTH, who share; WEST has no agreement with anyone. Of days before they were recorded there is
  // nothing to draw.
  expect(days.at(-1)).toEqual({ day: today(), counts: [0, 0, 4, 0] });
  // Counted at noon on the last day of a month, an alignment withdrawn that evening: counted again once the day is over.
  const ofDay = async (day: string) => (await picture()).days.find((one: { day: string }) => one.day === day)?.counts;
  now = Date.parse('2027-01-31T12:00:00Z');
  house.setClock(now);
  expect([await countReach(house.platform), await ofDay('2027-01-31')]).toEqual([1, [0, 0, 4, 0]]);
  now += 6 * hourMs;
  house.setClock(now);
  const { rows } = await sql<{ id: string }>`select a.id from alignment a where course_id = ${world.courseOf.get('NORTH')!}`.execute(db);
  expect((await house.ask(south, 'POST', `/training/alignments/${rows[0]!.id}/withdraw`, { reason: 'No' })).status).toBe(200);
  now += dayMs;
  house.setClock(now);
  expect(await countReach(house.platform)).toBe(2);
  const counts = [await ofDay('2026-12-31'), await ofDay('2027-01-31'), await ofDay('2027-02-01')];
  expect(counts).toEqual([days.at(-2).counts, [0, 2, 2, 0], [0, 2, 2, 0]]);
});
