import { sql } from 'kysely';
import { afterEach, describe, expect, test } from 'vitest';
import { connect } from '@homeward/db/connect.ts';
import { testDatabase } from '@homeward/db/test-database.ts';
import { dayMs, hourMs, rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { instantsOf, localDayOf, localTimeOf } from '@homeward/shared/kernel/local-time.ts';
import { isFull, noteFigures, randomFrom, seed } from './figures.ts';
import { openHouse } from './house.ts';
import { makeWorld } from './world.ts';

// Test F of the programme, where the rules' own table (shared/src/shifts/time-rules.test.ts) ends: times that went through a file, the
// database and the API, on machines whose own clocks show another zone.

/** '2026-10-24 20:00' in London; with ' GMT' where it is the second of that name. */
function london(local: string): Instant {
  const [day, time, zone] = local.split(' ') as [string, string, string?];
  const found = instantsOf(day, time);
  return zone === 'GMT' ? found.at(-1)! : found[0]!;
}

interface Row {
  name: string;
  duty: [string, string];
  kind?: 'leave';
  shift: [string, string];
  code: string;
  result: string;
}
const row = (code: string, result: string, duty: [string, string], shift: [string, string], kind?: 'leave'): Row => ({
  name: `${code} is ${result}: ${duty.join(' to ')}, then ${shift.join(' to ')}`,
  ...{ duty, shift, code, result },
  ...(kind && { kind }),
});

const table: Row[] = [
  // Eleven hours by the clock are twelve in October and ten in March.
  row('daily-rest', 'pass', ['2026-10-24 13:00', '2026-10-24 21:00'], ['2026-10-25 07:00', '2026-10-25 15:00']),
  row('daily-rest', 'override', ['2026-10-24 13:00', '2026-10-24 21:01'], ['2026-10-25 07:00', '2026-10-25 15:00']),
  row('daily-rest', 'override', ['2027-03-27 12:00', '2027-03-27 20:00'], ['2027-03-28 07:00', '2027-03-28 15:00']),
  row('daily-rest', 'pass', ['2027-03-27 11:00', '2027-03-27 19:00'], ['2027-03-28 07:00', '2027-03-28 15:00']),
  row('daily-rest', 'override', ['2028-02-28 20:00', '2028-02-29 08:01'], ['2028-02-29 19:00', '2028-03-01 07:00']),
  row('daily-rest', 'pass', ['2028-02-28 20:00', '2028-02-29 08:00'], ['2028-02-29 19:00', '2028-03-01 07:00']),
  row('daily-rest', 'pass', ['2026-12-31 08:00', '2026-12-31 20:00'], ['2027-01-01 07:00', '2027-01-01 15:00']),
  // The hour that happens twice is two hours; the one that is skipped is none.
  row('overlap', 'pass', ['2026-10-24 20:00', '2026-10-25 01:30'], ['2026-10-25 01:30 GMT', '2026-10-25 08:00']),
  row('overlap', 'fail', ['2026-10-24 20:00', '2026-10-25 01:30 GMT'], ['2026-10-25 01:30', '2026-10-25 08:00']),
  row('overlap', 'pass', ['2026-10-24 20:00', '2026-10-25 01:30'], ['2026-10-25 01:30', '2026-10-25 08:00']),
  row('overlap', 'pass', ['2027-03-27 20:00', '2027-03-28 00:59'], ['2027-03-28 02:00', '2027-03-28 08:00']),
  row('overlap', 'fail', ['2027-03-27 20:00', '2027-03-28 02:01'], ['2027-03-28 02:00', '2027-03-28 08:00']),
  row('overlap', 'pass', ['2028-02-28 20:00', '2028-02-29 08:00'], ['2028-02-29 08:00', '2028-02-29 16:00']),
  row('overlap', 'fail', ['2028-02-28 20:00', '2028-02-29 08:00'], ['2028-02-29 07:59', '2028-02-29 16:00']),
  row('overlap', 'pass', ['2027-07-10 12:00', '2027-07-11 00:00'], ['2027-07-11 00:00', '2027-07-11 08:00']),
  row('overlap', 'pass', ['2027-12-31 12:00', '2028-01-01 00:00'], ['2028-01-01 00:00', '2028-01-01 08:00']),
  row('availability', 'pass', ['2027-07-10 00:00', '2027-07-11 00:00'], ['2027-07-11 00:00', '2027-07-11 08:00'], 'leave'),
  row('availability', 'warn', ['2027-07-10 00:00', '2027-07-11 00:00'], ['2027-07-10 23:00', '2027-07-11 08:00'], 'leave'),
  row('availability', 'pass', ['2026-10-25 00:00', '2026-10-26 00:00'], ['2026-10-26 00:00', '2026-10-26 08:00'], 'leave'),
  row('availability', 'warn', ['2026-10-25 00:00', '2026-10-26 00:00'], ['2026-10-25 23:30', '2026-10-26 08:00'], 'leave'),
];

const machines: [program: string, database: string][] = [
  ['Pacific/Auckland', 'America/New_York'],
  ['America/St_Johns', 'Asia/Kolkata'],
  ['UTC', 'UTC'],
];
const own = process.env['TZ'];
afterEach(() => {
  if (own === undefined) delete process.env['TZ'];
  else process.env['TZ'] = own;
});

describe.each(isFull ? machines : machines.slice(0, 1))('on a machine in %s with its database in %s', (program, zone) => {
  test('a duty from a file and a shift come to what London’s clocks say', async () => {
    // given a program and a database whose own clocks show other times
    process.env['TZ'] = program;
    const { db: bare, url } = await testDatabase({ max: 1 });
    await sql`alter database ${sql.id(new URL(url).pathname.slice(1))} set timezone to ${sql.lit(zone)}`.execute(bare);
    const db = connect(url, { max: 4 });
    const world = await makeWorld(db, { workers: table.length * 2, now: Date.parse('2026-06-01T12:00:00Z') });
    const house = await openHouse(db, url, world.now);
    const office = world.staff['bank-office']!['NORTH']!;
    // Every other worker is of NORTH.
    const staffNumber = (index: number) => `NORTH-${String(index * 2 + 1).padStart(4, '0')}`;
    try {
      expect((await sql<{ timezone: string }>`select current_setting('TimeZone') as timezone`.execute(db)).rows[0]!.timezone).toBe(zone);
      // when the duties come in a file, each written with the offset that London has then, and one asks about the shifts
      const lines = table.map(({ duty: [from, until], kind = 'duty' }, index) => {
        const ward = kind === 'leave' ? '' : 'north/north';
        return [staffNumber(index), 'NORTH', ward, offsetText(london(from)), offsetText(london(until)), kind, `R ${index}`].join();
      });
      const file = ['staff_number,trust,ward_code,starts_at,ends_at,kind,external_id', ...lines, ''].join('\n');
      const sent = await house.ask(office, 'POST', '/imports/roster?mode=apply', file, { 'content-type': 'text/csv' });
      expect([sent.status, sent.body.accepted]).toEqual([200, table.length]);
      const wrong: unknown[] = [];
      for (const [index, { name, shift, code, result }] of table.entries()) {
        const [startsAt, endsAt] = shift.map((local) => rfc3339(london(local)));
        const { workerId } = world.workers[index * 2]!;
        const asked = { workerId, wardId: world.wards.north, role: 'hcsw', band: 3, startsAt, endsAt, breakMinutes: 30 };
        const answer = await house.ask(office, 'POST', '/decisions', asked);
        // then the decision is London's, and so is what the database thinks of the two spans
        const found = (answer.body.checks as { code: string; result: string }[]).find((check) => check.code === code)?.result;
        if (found !== result) wrong.push([name, found]);
        const { rows } = await sql<{ overlaps: boolean }>`
          select period && tstzrange(${startsAt}, ${endsAt}) as overlaps from duty_revision where worker_id = ${workerId}`.execute(db);
        if (code !== 'daily-rest' && rows[0]!.overlaps !== (result !== 'pass')) wrong.push([name, 'in the database', rows[0]]);
      }
      expect(wrong).toEqual([]);
    } finally {
      await house.live.stop();
      await db.destroy();
    }
    noteFigures('F', { [`rows through file, database and API in ${program} and ${zone}`]: table.length });
  }, 90_000);
});

test('the database and the rules read the same day and time off any instant, whatever zone the connection has', async () => {
  const random = randomFrom(seed);
  const { db } = await testDatabase({ max: 1 });
  const instants = Array.from({ length: 2_000 }, (_, at) => {
    if (at % 2 === 0) return Math.floor(Date.UTC(1997, 0, 1) + random() * 50 * 365 * dayMs);
    // Around the Sundays on which the clocks change.
    const last = Date.UTC(2000 + Math.floor(random() * 38), random() < 0.5 ? 3 : 10, 0);
    return last - new Date(last).getUTCDay() * dayMs + Math.floor(random() * 4 * hourMs);
  });
  for (const zone of ['UTC', 'Pacific/Auckland']) {
    await sql`set timezone to ${sql.lit(zone)}`.execute(db);
    const { rows } = await sql<{ local: string }>`select to_char(at at time zone 'Europe/London', 'YYYY-MM-DD HH24:MI') as local
      from unnest(${instants.map(rfc3339)}::timestamptz[]) with ordinality as asked(at, place) order by place`.execute(db);
    expect(rows.map(({ local }) => local)).toEqual(instants.map((instant) => `${localDayOf(instant)} ${localTimeOf(instant)}`));
  }
});

/** The instant as a roster in London writes it: 2026-10-25T01:30:00+01:00. */
function offsetText(instant: Instant): string {
  const isSummer = localTimeOf(instant) !== rfc3339(instant).slice(11, 16);
  return `${localDayOf(instant)}T${localTimeOf(instant)}:00${isSummer ? '+01:00' : '+00:00'}`;
}
