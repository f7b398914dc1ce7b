import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from 'kysely';
import { fillDemonstration } from '@homeward/db/demo/demonstration.ts';
import { testDatabase } from '@homeward/db/test-database.ts';
import type { BoardView } from '@homeward/shared/beds/contract.ts';
import type { ImportKind, ImportProblem, ImportReport } from '@homeward/shared/imports/contract.ts';
import { dayMs, hourMs, minuteMs, rfc3339 } from '@homeward/shared/kernel/interval.ts';
import { startSession } from '../platform/session.ts';
import { readImportFile } from './facts.ts';
import { openHouse, type House } from '../../../tests/house.ts';
import { addBeds, makeWorld, type Person, type World } from '../../../tests/world.ts';

// What each kind of file writes and refuses; files that are broken in any way are tried in tests/broken-files.test.ts.
const { db, url } = await testDatabase();
let world: World;
let house: House;
let bank: Person;
let admin: Person;

beforeAll(async () => {
  world = await makeWorld(db, { workers: 6 });
  house = await openHouse(db, url, world.now);
  bank = world.staff['bank-office']!['NORTH']!;
  admin = world.staff['administrator']!['NORTH']!;
}, 60_000);
afterAll(() => house.live.stop());

interface Sent {
  status: number;
  body: ImportReport & { code?: string; title?: string };
}

async function send(
  kind: ImportKind,
  file: string | Uint8Array<ArrayBuffer>,
  { mode = 'apply', who = bank, headers = {} }: { mode?: 'check' | 'apply'; who?: Person; headers?: Record<string, string> } = {},
): Promise<Sent> {
  const response = await house.app.request(`http://test/api/v1/imports/${kind}?mode=${mode}`, {
    method: 'POST',
    headers: { cookie: who.cookie, 'content-type': 'text/csv', ...headers },
    body: file,
  });
  return { status: response.status, body: (await response.json()) as Sent['body'] };
}

const csv = (header: string, ...rows: string[]) => [header, ...rows, ''].join('\n');
const trainingHeader = 'staff_number,trust,course_trust,course_code,course_version,completed_on,evidence';
const training = (...rows: string[]) => csv(trainingHeader, ...rows);
const record = (day: string, evidence = '', staff = 'NORTH-0001') => `${staff},NORTH,,NORTH-PMVA,1,${day},${evidence}`;
const codes = (sent: Sent) => sent.body.problems.map((problem) => [problem.line, problem.column, problem.code]);
const bytes = (text: string) => new TextEncoder().encode(text);

async function count(table: 'trainingRecord' | 'event' | 'workerRevision' | 'dutyRevision'): Promise<number> {
  const row = await db
    .selectFrom(table)
    .select((one) => one.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

describe('what a file may be', () => {
  test('UTF-8 with a byte order mark, carriage returns and quoted newlines; the lines named are the lines of the file', async () => {
    const file = `\uFEFF${trainingHeader}\r\n${record('2020-01-01', '"two\r\nlines, one cell"')}\r\n\r\n${record('2020-13-01')}\r\n`;
    const checked = await send('training-records', file, { mode: 'check' });
    expect([checked.status, checked.body.rows, checked.body.accepted]).toEqual([200, 2, 1]);
    expect(codes(checked)).toEqual([[5, 'completed_on', 'not-a-date']]);
    expect((await send('training-records', file.replace('2020-13-01', '2020-03-01'))).body).toMatchObject({ applied: true, accepted: 2 });
    const kept = await db.selectFrom('trainingRecord').select('evidence').where('completedOn', '=', '2020-01-01').executeTakeFirstOrThrow();
    expect(kept.evidence).toBe('two\nlines, one cell');
  });

  test('a character or a line end may fall on the edge between two pieces of the body', async () => {
    const file = bytes(training(record('2020-01-04', '€ 😀'), record('2020-01-05', '€')).replaceAll('\n', '\r\n'));
    for (let cut = 1; cut < file.length; cut += 1) {
      const pieces = (async function* () {
        yield file.slice(0, cut);
        yield file.slice(cut);
      })();
      const read = await readImportFile('training-records', pieces);
      expect(read.ok && read.value.rows.map((row) => [row.line, row.values['evidence']])).toEqual([
        [2, '€ 😀'],
        [3, '€'],
      ]);
    }
  });

  test('a huge cell is a problem of its row; the rest is still read', async () => {
    const sent = await send('training-records', training(record('2020-01-06', 'x'.repeat(2_500)), record('nonsense')), { mode: 'check' });
    expect(codes(sent)).toEqual([
      [2, 'evidence', 'cell-too-long'],
      [3, 'completed_on', 'not-a-date'],
    ]);
    const endless = await send('training-records', training(record('2020-01-06', 'x'.repeat(300_000))), { mode: 'check' });
    expect(codes(endless)).toEqual([[2, '', 'row-too-long']]);
  });

  test('cells that look like formulas are data like any other', async () => {
    expect(
      (
        await send(
          'training-records',
          training(record('2020-02-01', '=HYPERLINK("")'.replaceAll('"', '')), record('2020-02-02', '@SUM(A1)')),
        )
      ).status,
    ).toBe(200);
    const kept = await db
      .selectFrom('trainingRecord')
      .select('evidence')
      .where('completedOn', 'in', ['2020-02-01', '2020-02-02'])
      .orderBy('completedOn')
      .execute();
    expect(kept.map((row) => row.evidence)).toEqual(['=HYPERLINK()', '@SUM(A1)']);
  });
});

describe('whole or not at all', () => {
  test('every bad row is reported with what is wrong, and a half-bad file writes nothing', async () => {
    const before = [await count('trainingRecord'), await count('event')];
    const rows = Array.from({ length: 1_000 }, (_, at) =>
      at % 2 === 0 ? record(`2019-01-${String(1 + (at % 28)).padStart(2, '0')}`, '', `NORTH-${at}x`) : record('yesterday'),
    );
    const sent = await send('training-records', training(...rows));
    expect([sent.status, sent.body.code, sent.body.problemCount, sent.body.accepted]).toEqual([422, 'import-has-problems', 1_000, 0]);
    expect(sent.body.problems.map((problem) => problem.line)).toEqual(rows.map((_, at) => at + 2));
    expect(new Set(sent.body.problems.map((problem) => problem.code))).toEqual(new Set(['unknown-worker', 'not-a-date']));
    const oneBad = await send(
      'training-records',
      training(...rows.slice(0, 3).map((_, at) => record(`2019-02-0${at + 1}`)), record('yesterday')),
    );
    expect([oneBad.status, oneBad.body.accepted, oneBad.body.problemCount]).toEqual([422, 3, 1]);
    expect([await count('trainingRecord'), await count('event')]).toEqual(before);
  });

  test('the same file twice changes nothing: no row, no event', async () => {
    const file = training(record('2018-01-01', 'first'), record('2018-01-02'), record('2018-01-03'));
    expect((await send('training-records', file)).body).toMatchObject({ rows: 3, accepted: 3, unchanged: 0, applied: true });
    const before = [await count('trainingRecord'), await count('event')];
    expect((await send('training-records', file, { mode: 'check' })).body).toMatchObject({
      rows: 3,
      accepted: 3,
      unchanged: 3,
      applied: false,
    });
    expect((await send('training-records', file)).body).toMatchObject({ rows: 3, accepted: 3, unchanged: 3, applied: true });
    expect([await count('trainingRecord'), await count('event')]).toEqual(before);
  });

  test('two rows about the same thing: the second is a problem, except among requirements, where it counts', async () => {
    expect(codes(await send('training-records', training(record('2017-01-01'), record('2017-01-01', 'again')), { mode: 'check' }))).toEqual(
      [[3, '', 'row-twice']],
    );
    const asked = csv(
      'trust,ward_code,competency,role,minimum_on_shift',
      'NORTH,north/north2,pmva-team,,4',
      'NORTH,north/north2,pmva-team,,3',
    );
    expect((await send('requirements', asked)).body).toMatchObject({ rows: 2, accepted: 2, unchanged: 1 });
    const current = await db.selectFrom('requirement').selectAll().where('wardId', '=', world.wards.north2).orderBy('recordedAt').execute();
    expect(current.map((row) => [row.minimumOnShift, row.replacedAt === null])).toEqual([
      [2, false],
      [3, true],
    ]);
    expect((await send('requirements', asked)).body).toMatchObject({ unchanged: 2 });
  });

  test('a bank office brings only its own trust’s rows, an administrator any; others find nothing here', async () => {
    const file = training(record('2016-01-01'), 'SOUTH-0002,SOUTH,,SOUTH-PMVA,1,2016-01-01,', 'X-1,NOWHERE,,A,1,2016-01-01,');
    expect(codes(await send('training-records', file))).toEqual([
      [3, 'trust', 'not-your-trust'],
      [4, 'trust', 'unknown-trust'],
      [4, 'trust', 'not-your-trust'],
      [4, 'staff_number', 'unknown-worker'],
      [4, 'course_code', 'unknown-course'],
    ]);
    expect(codes(await send('training-records', file, { who: admin })).map(([line]) => line)).toEqual([4, 4, 4]);
    expect((await send('training-records', file, { who: world.staff['training-lead']!['NORTH']! })).status).toBe(404);
    expect((await send('training-records', file, { who: world.workers[0]! })).status).toBe(404);
  });

  test('an idempotency key stands for one file', async () => {
    const headers = { 'idempotency-key': 'import-once' };
    const file = training(record('2015-01-01'));
    const first = await send('training-records', file, { headers });
    expect(first.body).toMatchObject({ applied: true, unchanged: 0 });
    expect((await send('training-records', file, { headers })).body).toEqual(first.body);
    expect((await send('training-records', training(record('2015-01-02')), { headers })).body.code).toBe('idempotency-mismatch');
  });

  test('asked for lines, it says how far it is and ends with the report', async () => {
    const response = await house.app.request('http://test/api/v1/imports/training-records?mode=apply', {
      method: 'POST',
      headers: { cookie: bank.cookie, 'content-type': 'text/csv', accept: 'application/x-ndjson' },
      body: training(record('2014-01-01')),
    });
    const lines = (await response.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { phase?: string; applied?: boolean });
    expect(lines.map((line) => line.phase ?? 'report')).toEqual(['checking', 'applying', 'report']);
    expect(lines.at(-1)).toMatchObject({ applied: true, rows: 1 });
  });
});

describe('what each kind writes', () => {
  const workersHeader =
    'staff_number,trust,name,role,band,staff_group,registration_body,registration_number,registration_field,dbs_checked_on,consents_to_share,bank_from';

  test('a correction is a new revision; a column left out keeps what is known, an empty cell clears it', async () => {
    const row = 'NORTH-0900,NORTH,Ann Other,rmn,5,nursing,NMC,20X0900E,mental-health,2024-01-01,true,2024-02-01';
    expect((await send('workers', csv(workersHeader, row))).body).toMatchObject({ accepted: 1, unchanged: 0 });
    expect(
      (await send('workers', csv('staff_number,trust,name,role,band,staff_group', 'NORTH-0900,NORTH,Ann Other,rmn,6,nursing'))).status,
    ).toBe(200);
    const { id } = await workerOf('NORTH-0900');
    const revisions = await db.selectFrom('workerRevision').selectAll().where('workerId', '=', id).orderBy('band').execute();
    expect(revisions.map((one) => [one.band, one.dbsCheckedOn, one.consentsToShare, one.replacedAt === null])).toEqual([
      [5, '2024-01-01', true, false],
      [6, '2024-01-01', true, true],
    ]);
    expect((await send('workers', csv(workersHeader, row.replace(',5,', ',6,').replace('2024-01-01', '')))).status).toBe(200);
    const now = await db
      .selectFrom('workerRevision')
      .selectAll()
      .where('workerId', '=', id)
      .where('replacedAt', 'is', null)
      .executeTakeFirstOrThrow();
    expect([now.dbsCheckedOn, now.registrationNumber]).toEqual([null, '20X0900E']);
    const memberships = await db.selectFrom('bankMembership').selectAll().where('workerId', '=', id).execute();
    expect(memberships.map((one) => [one.fromDay, one.replacedAt])).toEqual([['2024-02-01', null]]);
  });

  test('what a worker said of sharing themselves stays, and what a trust described of a course: a file doesn’t say it for them', async () => {
    const who = world.workers[1]!;
    const { staffNumber, trust } = await db
      .selectFrom('worker')
      .select(['staffNumber', 'trust'])
      .where('id', '=', who.workerId!)
      .executeTakeFirstOrThrow();
    const current = () =>
      db
        .selectFrom('workerRevision')
        .selectAll()
        .where('workerId', '=', who.workerId!)
        .where('replacedAt', 'is', null)
        .executeTakeFirstOrThrow();
    const file = (name: string, consents: boolean) =>
      csv('staff_number,trust,name,role,band,staff_group,consents_to_share', `${staffNumber},${trust},${name},hcsw,3,nursing,${consents}`);
    await send('workers', file('First Name', false), { who: admin });
    expect(await current()).toMatchObject({ consentsToShare: false, consentSaidAt: null, because: 'Brought in from a file' });
    expect((await house.ask(who, 'POST', '/me/consent', { consents: true })).status).toBe(200);
    const { consentSaidAt } = await current();
    await send('workers', file('Second Name', false), { who: admin });
    expect(await current()).toMatchObject({ name: 'Second Name', consentsToShare: true, consentSaidAt });
    expect((await send('workers', file('Second Name', false), { who: admin })).body).toMatchObject({ unchanged: 1 });

    await sql`update course_revision r set syllabus_minutes = 600, techniques = '{holds}', certificate = 'C-1'
      from course c where c.id = r.course_id and c.trust = 'NORTH'`.execute(db);
    await send('courses', csv('trust,code,version,title,meets', 'NORTH,NORTH-PMVA,1,PMVA in five days,pmva-team'), { who: admin });
    const { rows } =
      await sql`select r.title, r.syllabus_minutes, r.techniques, r.certificate from course_revision r join course c on c.id = r.course_id
      where c.code = 'NORTH-PMVA' and r.replaced_at is null`.execute(db);
    expect(rows).toEqual([{ title: 'PMVA in five days', syllabusMinutes: 600, techniques: ['holds'], certificate: 'C-1' }]);
  });

  test('what can’t be so is said in words a person can act on', async () => {
    const sent = await send(
      'workers',
      csv(
        `${workersHeader},home_outward_code`,
        'NORTH-0901,NORTH,Bo,nurse,5,nursing,,,,,,,LS9',
        'NORTH-0902,NORTH,Bo,rmn,12,medical,,,,,,,LS9 7BE',
        'NORTH-0903,NORTH,Bo,rmn,5,medical,,,,01/02/2024,yes,,',
        'NORTH-0904,NORTH,,rmn,5,medical,,,,,,,',
        'NORTH-0905,NORTH,Bo,rmn,5,medical,NMC,,,,,,',
        'NORTH-0906,NORTH,Bo,rmn',
      ),
      { mode: 'check' },
    );
    expect(codes(sent)).toEqual([
      [2, 'role', 'not-in-list'],
      [3, 'band', 'not-a-number'],
      [3, 'home_outward_code', 'not-an-outward-code'],
      [4, 'dbs_checked_on', 'not-a-date'],
      [4, 'consents_to_share', 'not-true-or-false'],
      [5, 'name', 'missing'],
      [6, 'staff_group', 'wrong-staff-group'],
      [7, '', 'wrong-cell-count'],
    ]);
    expect(sent.body.problems.find((problem: ImportProblem) => problem.column === 'dbs_checked_on')?.message).toBe(
      '“01/02/2024” is not a date. Write it as year-month-day, such as 2026-11-28.',
    );
  });

  test('the same registration at two trusts is one person, whose bookings and duties move with them', async () => {
    const row = (staff: string, trust: string, number: string) =>
      `${staff},${trust},Cas Two,rmn,5,nursing,NMC,${number},mental-health,,true,`;
    await send('workers', csv(workersHeader, row('NORTH-0910', 'NORTH', '20X0910E'), row('SOUTH-0910', 'SOUTH', '20X0911E')), {
      who: admin,
    });
    const [north, south] = [await workerOf('NORTH-0910'), await workerOf('SOUTH-0910')];
    expect(north.personId).not.toBe(south.personId);
    const start = world.now + 9 * dayMs;
    const roster = csv(
      'staff_number,trust,starts_at,ends_at,external_id',
      `SOUTH-0910,SOUTH,${rfc3339(start)},${rfc3339(start + 8 * hourMs)},S-910`,
    );
    expect((await send('roster', roster, { who: admin })).status).toBe(200);
    // The second trust finds its number was wrong.
    expect((await send('workers', csv(workersHeader, row('SOUTH-0910', 'SOUTH', '20X0910E')), { who: admin })).status).toBe(200);
    expect((await workerOf('SOUTH-0910')).personId).toBe(north.personId);
    const duty = await db
      .selectFrom('dutyRevision')
      .select('personId')
      .where('workerId', '=', south.id)
      .where('replacedAt', 'is', null)
      .executeTakeFirstOrThrow();
    expect(duty.personId).toBe(north.personId);
    // A number corrected to one nobody holds keeps the person where it is theirs alone, and parts them where it is shared.
    await send('workers', csv(workersHeader, row('SOUTH-0910', 'SOUTH', '20X0912E')), { who: admin });
    expect((await workerOf('SOUTH-0910')).personId).not.toBe(north.personId);
    expect((await workerOf('NORTH-0910')).personId).toBe(north.personId);
  });

  test('two workers booked at the same time can’t become one person', async () => {
    const row = (staff: string, trust: string, number: string) =>
      `${staff},${trust},Di Two,rmn,5,nursing,NMC,${number},mental-health,,true,`;
    await send('workers', csv(workersHeader, row('NORTH-0920', 'NORTH', '20X0920E'), row('SOUTH-0920', 'SOUTH', '20X0921E')), {
      who: admin,
    });
    const { startsAt, endsAt } = world.span(12, '09:00', '17:00');
    for (const [staff, ward] of [
      ['NORTH-0920', world.wards.north],
      ['SOUTH-0920', world.wards.south],
    ] as const) {
      await book(await workerOf(staff), ward, startsAt, endsAt);
    }
    const sent = await send('workers', csv(workersHeader, row('SOUTH-0920', 'SOUTH', '20X0920E')), { who: admin });
    expect([sent.status, codes(sent)]).toEqual([422, [[2, 'registration_number', 'overlapping-bookings']]]);
    const together = await send(
      'workers',
      csv(workersHeader, row('NORTH-0920', 'NORTH', '20X0929E'), row('SOUTH-0920', 'SOUTH', '20X0929E')),
      { who: admin },
    );
    expect(codes(together).map(([line]) => line)).toEqual([2, 3]);
  });

  test('a course keeps its version; what changed is a new revision', async () => {
    const header = 'trust,code,version,title,meets,provider,certified_until,use_of_force';
    expect((await send('courses', csv(header, 'NORTH,N-NEW,1,New course,pmva-team,Own team,2030-01-01,true'))).body).toMatchObject({
      accepted: 1,
    });
    expect((await send('courses', csv(header, 'NORTH,N-NEW,1,New course,pmva-team,Own team,2031-01-01,true'))).body).toMatchObject({
      unchanged: 0,
    });
    expect(codes(await send('courses', csv(header, 'NORTH,N-NEW,2,New course,juggling,,,'), { mode: 'check' }))).toEqual([
      [2, 'meets', 'unknown-competency'],
    ]);
    const revisions = await db
      .selectFrom('courseRevision')
      .innerJoin('course', 'course.id', 'courseRevision.courseId')
      .select(['certifiedUntil', 'replacedAt'])
      .where('code', '=', 'N-NEW')
      .orderBy('certifiedUntil')
      .execute();
    expect(revisions.map((one) => [one.certifiedUntil, one.replacedAt === null])).toEqual([
      ['2030-01-01', false],
      ['2031-01-01', true],
    ]);
  });

  test('wards are new or put right, each on a site of its own trust, and a designation is dated', async () => {
    const header = 'trust,site,code,name,bed_type,sex,age_group,security_level,locked,beds';
    const file = (sex: string) => csv(header, `NORTH,north,north/willow,Willow,200,${sex},13,0,false,18`);
    expect((await send('wards', file('female'))).body).toMatchObject({ accepted: 1, unchanged: 0 });
    expect((await send('wards', file('female'))).body).toMatchObject({ unchanged: 1 });
    expect((await send('wards', file('male'))).body).toMatchObject({ unchanged: 0 });
    const sexes = await sql<{
      sex: string;
    }>`select sex from ward_sex d join ward w on w.id = d.ward_id where w.code = 'north/willow'`.execute(db);
    expect(sexes.rows.map((row) => row.sex)).toEqual(['male']);
    expect(
      codes(await send('wards', csv(header, 'NORTH,south,south/elm,Elm,,,,,,', 'NORTH,north,oak/elm,Elm,,,,,,'), { mode: 'check' })),
    ).toEqual([
      [2, 'site', 'unknown-site'],
      [3, 'code', 'not-of-its-site'],
    ]);
  });
});

describe('rosters and bookings', () => {
  const header = 'staff_number,trust,ward_code,starts_at,ends_at,break_minutes,kind,external_id';
  const duty = (staff: string, ward: string, startsAt: string, endsAt: string, id: string, kind = '') =>
    `${staff},NORTH,${ward},${startsAt},${endsAt},30,${kind},${id}`;

  test('a duty elsewhere at the time of a booking sends the booking to review, with its reason and its event; moved away it is no duty there', async () => {
    const worker = await workerOf('NORTH-0001');
    const { startsAt, endsAt } = world.span(3, '07:00', '15:00');
    const bookingId = await book(worker, world.wards.north, startsAt, endsAt);
    const file = csv(header, duty('NORTH-0001', '', startsAt, endsAt, 'R-1'));
    expect((await send('roster', file, { mode: 'check' })).body).toMatchObject({ accepted: 1 });
    expect((await bookingOf(bookingId)).status).toBe('confirmed');
    expect((await send('roster', file)).status).toBe(200);
    expect(await bookingOf(bookingId)).toMatchObject({
      status: 'needs-review',
      reviewReason: expect.stringMatching(/^The roster of this person’s trust changed\. Already has work at that time: /),
    });
    const told = await db
      .selectFrom('event')
      .select(['type', 'data'])
      .where('type', '=', 'booking.needs-review')
      .where('workerId', '=', worker.id)
      .execute();
    expect(told).toHaveLength(1);
    const later = world.span(5, '07:00', '15:00');
    expect((await send('roster', csv(header, duty('NORTH-0001', 'north/north', later.startsAt, later.endsAt, 'R-1')))).body).toMatchObject({
      unchanged: 0,
    });
    const revisions = await sql<{
      current: boolean;
    }>`select r.replaced_at is null as current from duty_revision r join duty d on d.id = r.duty_id
      where d.external_id = 'R-1' order by r.id`.execute(db);
    expect(revisions.rows.map((row) => row.current).sort()).toEqual([false, true]);
  });

  test('a roster row of the same person, ward, start and end is the booking', async () => {
    const worker = await workerOf('NORTH-0003');
    const { startsAt, endsAt } = world.span(4, '07:00', '15:00');
    const bookingId = await book(worker, world.wards.south, startsAt, endsAt);
    expect((await send('roster', csv(header, duty('NORTH-0003', 'south/south', startsAt, endsAt, 'R-2')))).status).toBe(200);
    expect((await bookingOf(bookingId)).status).toBe('confirmed');
    expect((await send('roster', csv(header, duty('NORTH-0003', 'north/north', startsAt, endsAt, 'R-2')))).status).toBe(200);
    expect((await bookingOf(bookingId)).status).toBe('needs-review');
  });

  test('a ward that comes to ask for more sends bookings to review that no longer hold', async () => {
    const worker = await workerOf('NORTH-0005');
    const { startsAt, endsAt } = world.span(6, '07:00', '15:00');
    const bookingId = await book(worker, world.wards.north, startsAt, endsAt);
    await db
      .insertInto('competency')
      .values({ code: 'fire-safety', collaborativeId: await collaborative(), title: 'Fire safety', useOfForce: false })
      .execute();
    const asked = csv('trust,ward_code,competency', 'NORTH,north/north,fire-safety');
    expect(codes(await send('requirements', asked))).toEqual([[2, 'competency', 'no-period']]);
    await sql`insert into competency_period (id, competency, trust, months, days, recorded_at) values (gen_random_uuid(), 'fire-safety', 'NORTH', 12, '[2020-01-01,)', now())`.execute(
      db,
    );
    expect((await send('requirements', asked)).status).toBe(200);
    expect((await bookingOf(bookingId)).status).toBe('needs-review');
    await sql`update requirement set replaced_at = now() where competency = 'fire-safety'`.execute(db);
  });
});

describe('the reference cases, through import and POST /decisions', () => {
  interface CaseFile {
    now: string;
    requirements: [trust: string, ward: string, competency: string][];
    cases: {
      name: string;
      worker: Record<string, string | number | boolean>;
      training: [code: string, version: string, completedOn: string][];
      roster: Record<string, string | number>[];
      shift: { ward: string; role: string; band: number; startsAt: string; endsAt: string; breakMinutes?: number };
      outcome?: string;
      expect: Record<string, string>;
    }[];
  }
  const read = (name: string) => JSON.parse(readFileSync(new URL(`../../../reference/${name}`, import.meta.url), 'utf8')) as CaseFile;

  /** Rows as a CSV file whose columns are those that any of them has. */
  function file(rows: Record<string, unknown>[]): string {
    const header = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    const cell = (value: unknown) =>
      /[",\n]/.test(String(value ?? '')) ? `"${String(value).replaceAll('"', '""')}"` : String(value ?? '');
    return csv(header.join(','), ...rows.map((row) => header.map((name) => cell(row[name])).join(',')));
  }

  test.each(['cases-decisions.json', 'cases-homeward.json'])(
    '%s',
    async (name) => {
      const { db: own, url: ownUrl, drop } = await testDatabase();
      const given = read(name);
      const now = Date.parse(given.now);
      await fillDemonstration(own, { now, passwordHash: 'nobody signs in' });
      const there = await openHouse(own, ownUrl, now);
      const who = await administratorOf(own);
      const bring = async (kind: ImportKind, rows: Record<string, unknown>[]) => {
        if (rows.length === 0) return;
        const answer = await there.ask(who, 'POST', `/imports/${kind}?mode=apply`, file(rows), { 'content-type': 'text/csv' });
        expect([answer.status, (answer.body as ImportReport).problems]).toEqual([200, []]);
      };
      const staffNumber = (at: number) => `CASE-${at + 1}`;
      await bring(
        'requirements',
        given.requirements.map(([trust, ward_code, competency]) => ({ trust, ward_code, competency })),
      );
      await bring(
        'workers',
        given.cases.map((one, at) => ({ staff_number: staffNumber(at), name: `Case ${at + 1}`, ...one.worker })),
      );
      await bring(
        'training-records',
        given.cases.flatMap((one, at) =>
          one.training.map(([course_code, course_version, completed_on]) => ({
            staff_number: staffNumber(at),
            trust: one.worker['trust'],
            course_trust: { LY: 'RGD', BD: 'TAD', SW: 'RXG', LC: 'RY6' }[course_code.slice(0, 2)],
            course_code,
            course_version,
            completed_on,
          })),
        ),
      );
      await bring(
        'roster',
        given.cases.flatMap((one, at) =>
          one.roster.map((row, turn) => ({
            staff_number: staffNumber(at),
            trust: one.worker['trust'],
            external_id: `${at}-${turn}`,
            ...row,
          })),
        ),
      );
      const workerIds = new Map(
        (await own.selectFrom('worker').select(['id', 'staffNumber']).where('staffNumber', 'like', 'CASE-%').execute()).map((row) => [
          row.staffNumber,
          row.id,
        ]),
      );
      const wardIds = new Map((await own.selectFrom('ward').select(['id', 'code']).execute()).map((row) => [row.code, row.id]));
      const wrong: unknown[] = [];
      for (const [at, { shift, expect: expected, outcome, name: caseName }] of given.cases.entries()) {
        const { ward, ...rest } = shift;
        const answer = await there.ask(who, 'POST', '/decisions', {
          workerId: workerIds.get(staffNumber(at)),
          wardId: wardIds.get(ward),
          ...rest,
        });
        const decided = answer.body as { outcome: string; checks: { code: string; result: string }[] };
        const got = Object.fromEntries(
          Object.keys(expected).map((code) => [code, decided.checks?.find((check) => check.code === code)?.result]),
        );
        if (outcome && decided.outcome !== outcome) wrong.push([caseName, 'outcome', decided.outcome, outcome]);
        for (const [code, result] of Object.entries(expected))
          if (got[code] !== result) wrong.push([caseName, code, got[code] ?? null, result]);
      }
      await there.live.stop();
      await drop();
      expect(wrong).toEqual([]);
    },
    60_000,
  );
});

async function administratorOf(demonstration: typeof db): Promise<Person> {
  const account = await demonstration
    .selectFrom('account')
    .select('id')
    .where('email', '=', 'admin@homeward.example')
    .executeTakeFirstOrThrow();
  const token = await startSession(demonstration, account.id);
  return { accountId: account.id, cookie: `homeward=${token}`, workerId: null, personId: null, trust: '', name: '' };
}

const workerOf = (staffNumber: string) =>
  db.selectFrom('worker').select(['id', 'personId']).where('staffNumber', '=', staffNumber).executeTakeFirstOrThrow();
const bookingOf = (id: string) =>
  db.selectFrom('booking').select(['status', 'reviewReason']).where('id', '=', id).executeTakeFirstOrThrow();
const collaborative = async () => (await db.selectFrom('collaborative').select('id').executeTakeFirstOrThrow()).id;

/** A booking as accepting leaves it, without the deciding. */
async function book(worker: { id: string; personId: string }, wardId: string, startsAt: string, endsAt: string): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    with posted as (
      insert into shift (id, ward_id, role, band, staff_group, starts_at, ends_at, break_minutes, reason, status, posted_by, posted_at, regulars_at,
        home_trust_at, collaborative_at, regular_duties, regular_weeks, filled_at)
      select gen_random_uuid(), ${wardId}, 'hcsw', 3, 'nursing', ${startsAt}, ${endsAt}, 30, 'vacancy', 'filled', gen_random_uuid(), t, t, t, t, 0, 0, t
      from (select ${new Date(world.now - 5 * minuteMs)}::timestamptz as t) times returning id)
    insert into booking (id, shift_id, worker_id, person_id, period, break_minutes, ward_id, status, decision, rules, decided_at, booked_at, booked_by)
    select gen_random_uuid(), id, ${worker.id}, ${worker.personId}, tstzrange(${startsAt}::timestamptz, ${endsAt}::timestamptz), 30, ${wardId}, 'confirmed',
      '{"outcome":"eligible","checks":[]}', 0, now(), now(), gen_random_uuid() from posted returning id`.execute(db);
  return rows[0]!.id;
}

describe('beds', () => {
  const beds = (...rows: string[]) => csv('ward_code,label,state,reason', ...rows);
  const card = async () => {
    const board = (await house.ask(world.staff['bed-manager']!['NORTH']!, 'GET', '/beds/board')).body as BoardView;
    return board.items.find((one) => one.ward.code === 'north/north')!;
  };
  const states = async () =>
    (
      await sql<{
        label: string;
        state: string;
        reason: string | null;
      }>`select b.label, s.state, s.reason from bed b join bed_state s on s.bed_id = b.id
        where b.ward_id = ${world.wards.north} and s.replaced_at is null order by b.position`.execute(db)
    ).rows.map(({ label, state, reason }) => [label, state, ...(reason ? [reason] : [])].join(' '));

  beforeAll(async () => {
    await addBeds(db, world, 2);
    await sql`delete from ward_confirmation`.execute(db);
  });

  test('are added by name and set, and a ward whose beds are all in the file is confirmed by it', async () => {
    const whole = beds('north/north,Bed 1,occupied,', 'north/north,Bed 2,closed,infection', 'north/north,Side room,available,');
    expect((await card()).freshness).toBe('stale');
    const checked = await send('beds', whole, { mode: 'check' });
    expect(checked.body.preview.map(({ what, change }) => [what, change])).toEqual([
      ['north/north, Bed 1: occupied', 'changed'],
      ['north/north, Bed 2: closed for infection', 'changed'],
      ['north/north, Side room: available', 'new'],
    ]);
    expect((await send('beds', whole)).body).toMatchObject({ applied: true, accepted: 3, unchanged: 0 });
    expect(await states()).toEqual(['Bed 1 occupied', 'Bed 2 closed infection', 'Side room available']);
    expect(await card()).toMatchObject({
      freshness: 'fresh',
      confirmed: { by: 'import' },
      counts: { funded: 3, staffed: 2, free: 1, occupied: 1 },
    });
    const before = await count('event');
    expect((await send('beds', whole)).body).toMatchObject({ unchanged: 3 });
    expect(await count('event')).toBe(before);
    // Once it is due again, the same file says so again.
    house.setClock(world.now + 3 * hourMs);
    expect((await card()).freshness).toBe('stale');
    expect((await send('beds', whole)).body).toMatchObject({ unchanged: 3 });
    expect((await card()).freshness).toBe('fresh');
    house.setClock(world.now + 8 * hourMs);
    // A file about one bed says nothing of the others.
    await send('beds', beds('north/north,Bed 1,available,'));
    expect(await card()).toMatchObject({ freshness: 'stale', counts: { free: 2 } });
    // Without the column a closed bed stays closed for the reason known.
    expect((await send('beds', csv('ward_code,label,state', 'north/north,Bed 2,closed'))).body).toMatchObject({ unchanged: 1 });
    house.setClock(world.now);
  });

  test('that are held stay so, and everything that is wrong is said by line', async () => {
    const manager = world.staff['bed-manager']!['SOUTH']!;
    const [bed] = (await house.ask(manager, 'GET', `/beds?wardId=${world.wards.north}&state=available`)).body.items as { id: string }[];
    const need = {
      homePlace: 'Southtown',
      bedType: '200',
      ageBand: 'adult',
      sex: 'female',
      legalStatus: '02',
      securityLevel: 0,
      whereNow: 'community',
      neededBy: rfc3339(world.now + hourMs),
    };
    const requestId = (await house.ask(manager, 'POST', '/placements', need)).body.id as string;
    expect((await house.ask(manager, 'POST', `/placements/${requestId}/allocations`, { bedId: bed!.id, reason: 'As agreed' })).status).toBe(
      201,
    );
    const before = await states();
    const sent = await send(
      'beds',
      beds(
        'north/north,Bed 1,occupied,',
        'south/south,Bed 1,occupied,',
        'north/nowhere,Bed 1,occupied,',
        'north/north,Bed 2,closed,',
        'north/north,Bed 9,closed,tired',
        'north/north,Joan 943 476 5919,available,',
        'north/north,Side room,available,',
      ),
    );
    expect([sent.status, sent.body.code]).toEqual([422, 'import-has-problems']);
    expect(codes(sent)).toEqual([
      [2, 'state', 'bed-taken'],
      [3, 'ward_code', 'not-your-trust'],
      [4, 'ward_code', 'unknown-ward'],
      [5, 'reason', 'missing'],
      [6, 'reason', 'not-in-list'],
      [7, 'label', 'nhs-number'],
    ]);
    expect(await states()).toEqual(before);
    // As it is beneath the hold it may stand in a file.
    expect((await send('beds', beds('north/north,Bed 1,available,'))).body).toMatchObject({ applied: true, unchanged: 1 });
  });
});
