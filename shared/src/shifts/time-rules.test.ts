/**
 * Test F: hours, overlaps and expiry across both clock changes, leap day, midnight and month ends, whatever the device's own clock and zone.
 * Every row reads its local times through a clock. The control runs the same rows through the clock that `new Date(local)` is on a server
 * in UTC, and must be caught by many of them: a row that both clocks pass guards something else, and is here for its edge.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { lengthMinutes } from '../kernel/interval.ts';
import type { Instant, Interval } from '../kernel/interval.ts';
import { instantsOf, localDaysOf, saySpan } from '../kernel/local-time.ts';
import { aCourse, aDuty, aGround, anAgreement, aRecord, aShift, aWorker } from '../kernel/examples.ts';
import { decide } from './rules.ts';
import { mayUndo, shiftProblems, statusOf } from './posting-rules.ts';
import { waveTimesOf } from './wave-rules.ts';
import type { WorkerFacts } from '../workers/facts.ts';
import type { GroundFacts } from './facts.ts';

/** '2026-10-24 20:00' in London; with ' GMT' or ' BST' where that local time happens twice. */
type Clock = (local: string) => Instant;

const londonClock: Clock = (local) => {
  const [day, time, zone] = local.split(' ') as [string, string, string?];
  const instants = instantsOf(day, time);
  if (instants.length === 0) throw new Error(`${local} does not exist`);
  if (instants.length > 1 && !zone) throw new Error(`${local} happens twice`);
  return zone === 'GMT' ? instants.at(-1)! : instants[0]!;
};
/** What `new Date('2026-10-24T20:00')` gives on a server that keeps UTC. */
const naiveClock: Clock = (local) => Date.parse(`${local.slice(0, 10)}T${local.slice(11, 16)}Z`);

interface Row {
  name: string;
  ask: (clock: Clock) => unknown;
  answer: unknown;
}

const span = (clock: Clock, start: string, end: string): Interval => ({ start: clock(start), end: clock(end) });
const row = (name: string, answer: unknown, ask: (clock: Clock) => unknown): Row => ({ name, answer, ask });

const lengthRow = (start: string, end: string, minutes: number) =>
  row(`${start} to ${end} is ${minutes} minutes`, minutes, (clock) => lengthMinutes(span(clock, start, end)));
const daysRow = (start: string, end: string, days: string[]) =>
  row(`${start} to ${end} is on ${days.join(', ')}`, days, (clock) => localDaysOf(span(clock, start, end)));

/** What one check of a decision comes to, for a shift and perhaps one other duty. */
function checkRow(
  name: string,
  code: string,
  answer: string,
  [start, end]: [string, string],
  given: { duty?: [string, string]; kind?: 'duty' | 'leave'; worker?: Partial<WorkerFacts>; ground?: Partial<GroundFacts> } = {},
) {
  return row(`${code} is ${answer}: ${name}`, answer, (clock) => {
    const duties = given.duty ? [{ ...aDuty(0, 1, { kind: given.kind ?? 'duty' }), ...span(clock, ...given.duty) }] : [];
    const worker = aWorker({ duties, ...given.worker });
    const { checks } = decide(worker, aShift({ ...span(clock, start, end) }), aGround(given.ground), clock('2026-06-01 12:00'));
    return checks.find((check) => check.code === code)?.result;
  });
}

const lasting = (untilDay: string): Partial<WorkerFacts> => ({
  registration: { body: 'NMC', number: '1', field: 'mental-health', untilDay },
});
const completed = (completedOn: string): Partial<WorkerFacts> => ({ records: [aRecord({ completedOn })] });
const cap = (hours: number) => ({ localCaps: [{ trust: 'RGD', fromDay: '2020-01-01', untilDay: null, capMinutes: hours * 60 }] });
const octoberNight: [string, string] = ['2026-10-24 20:00', '2026-10-25 08:00'];
const marchNight: [string, string] = ['2027-03-27 20:00', '2027-03-28 08:00'];
const summerNight: [string, string] = ['2026-07-10 20:00', '2026-07-11 08:00'];
const leapCourse = { courses: new Map([['course-pmva', aCourse({ useOfForce: false })]]) };
const rule = { regularDuties: 3, regularWeeks: 13, homeTrustAfterMinutes: 60, collaborativeAfterMinutes: 10_000 };
const posting = { band: 5, count: 1, reason: 'vacancy' };

const table: Row[] = [
  // Length is elapsed time.
  lengthRow('2026-11-10 20:00', '2026-11-11 08:00', 720),
  lengthRow(...octoberNight, 780),
  lengthRow(...marchNight, 660),
  lengthRow('2026-10-25 00:30', '2026-10-25 02:30', 180),
  lengthRow('2027-03-28 00:30', '2027-03-28 02:30', 60),
  lengthRow('2026-10-25 01:30 BST', '2026-10-25 01:30 GMT', 60),
  lengthRow('2026-10-25 00:00', '2026-10-26 00:00', 1500),
  lengthRow('2027-03-28 00:00', '2027-03-29 00:00', 1380),
  lengthRow('2028-02-28 20:00', '2028-03-01 08:00', 2160),
  row('a night across the October change says so', 'Sat 24 Oct, 20:00–08:00 (13 h, clocks go back)', (clock) =>
    saySpan(span(clock, ...octoberNight)),
  ),
  row('a night across the March change says so', 'Sat 27 Mar, 20:00–08:00 (11 h, clocks go forward)', (clock) =>
    saySpan(span(clock, ...marchNight)),
  ),

  // Days are London's; an end at midnight belongs to the day before.
  daysRow('2026-07-10 23:30', '2026-07-11 07:30', ['2026-07-10', '2026-07-11']),
  daysRow('2026-07-10 12:00', '2026-07-11 00:00', ['2026-07-10']),
  daysRow('2026-07-11 00:00', '2026-07-11 08:00', ['2026-07-11']),
  daysRow('2026-11-10 12:00', '2026-11-11 00:00', ['2026-11-10']),
  daysRow('2028-02-28 20:00', '2028-02-29 08:00', ['2028-02-28', '2028-02-29']),
  daysRow('2028-02-29 20:00', '2028-03-01 08:00', ['2028-02-29', '2028-03-01']),
  daysRow('2026-12-31 20:00', '2027-01-01 08:00', ['2026-12-31', '2027-01-01']),
  daysRow('2026-10-25 00:00', '2026-10-26 00:00', ['2026-10-25']),
  daysRow('2027-03-28 12:00', '2027-03-29 00:00', ['2027-03-28']),

  // Rest is elapsed: eleven hours by the clock are twelve in October and ten in March.
  checkRow('20:00 to 07:00 in October', 'daily-rest', 'pass', ['2026-10-25 07:00', '2026-10-25 15:00'], {
    duty: ['2026-10-24 12:00', '2026-10-24 20:00'],
  }),
  checkRow('21:00 to 07:00 in October is 11 h', 'daily-rest', 'pass', ['2026-10-25 07:00', '2026-10-25 15:00'], {
    duty: ['2026-10-24 13:00', '2026-10-24 21:00'],
  }),
  checkRow('21:01 to 07:00 in October', 'daily-rest', 'override', ['2026-10-25 07:00', '2026-10-25 15:00'], {
    duty: ['2026-10-24 13:00', '2026-10-24 21:01'],
  }),
  checkRow('20:00 to 07:00 in March is 10 h', 'daily-rest', 'override', ['2027-03-28 07:00', '2027-03-28 15:00'], {
    duty: ['2027-03-27 12:00', '2027-03-27 20:00'],
  }),
  checkRow('19:00 to 07:00 in March is 11 h', 'daily-rest', 'pass', ['2027-03-28 07:00', '2027-03-28 15:00'], {
    duty: ['2027-03-27 11:00', '2027-03-27 19:00'],
  }),
  checkRow('19:01 to 07:00 in March', 'daily-rest', 'override', ['2027-03-28 07:00', '2027-03-28 15:00'], {
    duty: ['2027-03-27 11:00', '2027-03-27 19:01'],
  }),

  // The hour that happens twice is two hours.
  checkRow('the first 01:30 is before the second', 'overlap', 'pass', ['2026-10-25 01:30 GMT', '2026-10-25 08:00'], {
    duty: ['2026-10-24 20:00', '2026-10-25 01:30 BST'],
  }),
  checkRow('until the second 01:30', 'overlap', 'fail', ['2026-10-25 01:30 BST', '2026-10-25 08:00'], {
    duty: ['2026-10-24 20:00', '2026-10-25 01:30 GMT'],
  }),
  checkRow('02:00 follows 00:59 by a minute and an hour of nothing', 'overlap', 'pass', ['2027-03-28 02:00', '2027-03-28 08:00'], {
    duty: ['2027-03-27 20:00', '2027-03-28 00:59'],
  }),

  // What lasts through a day.
  checkRow('on a summer night’s second day', 'registration', 'pass', summerNight, { worker: lasting('2026-07-11') }),
  checkRow('a night from 23:30 in summer needs the next day', 'registration', 'fail', ['2026-07-10 23:30', '2026-07-11 00:30'], {
    worker: lasting('2026-07-10'),
  }),
  checkRow('an end at midnight in summer', 'registration', 'pass', ['2026-07-10 12:00', '2026-07-11 00:00'], {
    worker: lasting('2026-07-10'),
  }),
  checkRow('an end a minute after it', 'registration', 'fail', ['2026-07-10 12:00', '2026-07-11 00:01'], { worker: lasting('2026-07-10') }),
  checkRow('the last day of a month', 'registration', 'pass', ['2026-08-31 08:00', '2026-08-31 23:59'], { worker: lasting('2026-08-31') }),
  checkRow('leap day', 'registration', 'fail', ['2028-02-28 20:00', '2028-02-29 08:00'], { worker: lasting('2028-02-28') }),
  checkRow('a summer start at 00:30 is on its own day', 'bank', 'pass', ['2026-07-11 00:30', '2026-07-11 08:30'], {
    worker: { banks: [{ bankId: 'bank-nursing', fromDay: '2026-07-11', untilDay: null }] },
  }),
  checkRow('and not on the one before', 'bank', 'fail', ['2026-07-11 00:30', '2026-07-11 08:30'], {
    worker: { banks: [{ bankId: 'bank-nursing', fromDay: '2024-01-01', untilDay: '2026-07-10' }] },
  }),
  checkRow('on the day a summer shift begins, at 00:30', 'agreement', 'pass', ['2026-07-11 00:30', '2026-07-11 08:30'], {
    ground: { agreements: [anAgreement({ fromDay: '2026-07-11' })] },
  }),

  // Training lapses at London's midnight, months clamped to the month's end.
  checkRow('until 23:59 in summer', 'training:pmva-team', 'pass', ['2026-07-10 12:00', '2026-07-11 00:00'], {
    worker: completed('2025-07-11'),
  }),
  checkRow('a minute into the day it lapses', 'training:pmva-team', 'fail', ['2026-07-10 12:00', '2026-07-11 00:01'], {
    worker: completed('2025-07-11'),
  }),
  checkRow('from 00:00 of the day of completion', 'training:pmva-team', 'pass', ['2026-07-11 00:00', '2026-07-11 08:00'], {
    worker: completed('2026-07-11'),
  }),
  checkRow('of leap day, on 27 February', 'training:pmva-team', 'pass', ['2029-02-27 08:00', '2029-02-27 20:00'], {
    worker: completed('2028-02-29'),
    ground: leapCourse,
  }),
  checkRow('of leap day, on 28 February', 'training:pmva-team', 'fail', ['2029-02-28 08:00', '2029-02-28 20:00'], {
    worker: completed('2028-02-29'),
    ground: leapCourse,
  }),
  checkRow('of 28 February, on leap day', 'training:pmva-team', 'fail', ['2028-02-28 12:00', '2028-02-29 12:00'], {
    worker: completed('2027-02-28'),
    ground: leapCourse,
  }),

  // Hours and weeks.
  checkRow('a week’s cap counts the 13th hour of an October night', 'local-cap', 'fail', octoberNight, { ground: cap(12) }),
  checkRow('the night of the March change has 11', 'local-cap', 'pass', marchNight, { ground: cap(11) }),
  checkRow('Sunday 23:30 in summer is still the old week', 'local-cap', 'pass', ['2026-07-13 00:00', '2026-07-13 12:00'], {
    ground: cap(12),
    duty: ['2026-07-12 12:00', '2026-07-13 00:00'],
  }),
  checkRow('Monday 00:00 in summer is the new week', 'local-cap', 'fail', ['2026-07-13 12:00', '2026-07-13 23:00'], {
    ground: cap(11),
    duty: ['2026-07-13 00:00', '2026-07-13 00:30'],
  }),
  checkRow('exactly 48 h in the first week, across the October change', 'weekly-hours', 'pass', octoberNight, {
    worker: { joinedOn: '2026-10-20' },
    duty: ['2026-10-21 00:00', '2026-10-22 11:00'],
  }),
  checkRow('a minute more', 'weekly-hours', 'fail', octoberNight, {
    worker: { joinedOn: '2026-10-20' },
    duty: ['2026-10-21 00:00', '2026-10-22 11:01'],
  }),
  checkRow('an opt-out from the summer day that starts at 00:30', 'weekly-hours', 'pass', ['2026-07-11 00:30', '2026-07-11 08:30'], {
    worker: { joinedOn: '2026-07-06', optOut: { fromDay: '2026-07-11', untilDay: '2026-07-11' } },
    duty: ['2026-07-07 00:00', '2026-07-09 00:00'],
  }),
  checkRow('leave until midnight, a night from midnight', 'availability', 'pass', ['2026-07-11 00:00', '2026-07-11 08:00'], {
    duty: ['2026-07-10 00:00', '2026-07-11 00:00'],
    kind: 'leave',
  }),

  // A shift's life.
  row('23 h 1 min by the clock in October are 24 h 1 min, and too long', ['too-long'], (clock) => {
    const { start, end } = span(clock, '2026-10-24 20:00', '2026-10-25 19:01');
    return shiftProblems({ ...posting, startsAt: start, endsAt: end, breakMinutes: 60 }, start).map((problem) => problem.code);
  }),
  row('six hours by the clock in October are seven, and need a break', ['break-too-short'], (clock) => {
    const { start, end } = span(clock, '2026-10-24 23:00', '2026-10-25 05:00');
    return shiftProblems({ ...posting, startsAt: start, endsAt: end, breakMinutes: 0 }, start).map((problem) => problem.code);
  }),
  row('seven hours by the clock in March are six, and need none', [], (clock) => {
    const { start, end } = span(clock, '2027-03-27 23:00', '2027-03-28 06:00');
    return shiftProblems({ ...posting, startsAt: start, endsAt: end, breakMinutes: 0 }, start).map((problem) => problem.code);
  }),
  row('an open shift expires at its start, the second 01:30', ['open', 'expired'], (clock) => {
    const { start, end } = span(clock, '2026-10-25 01:30 GMT', '2026-10-25 08:00');
    return [clock('2026-10-25 01:30 BST'), start].map((now) => statusOf('open', start, end, now));
  }),
  row('an acceptance at 01:58 is past undoing at 01:02 on the other clock', false, (clock) =>
    mayUndo(clock('2026-10-25 01:58 BST'), clock('2026-10-25 01:03 GMT')),
  ),
  row('short notice of 24 h before an October night opens an hour later by the clock', true, (clock) => {
    const startsAt = clock('2026-10-25 20:00');
    return waveTimesOf(rule, clock('2026-10-20 09:00'), startsAt, 1440).collaborativeAt === clock('2026-10-24 21:00');
  }),
];

const zones = ['UTC', 'Europe/London', 'America/New_York', 'Pacific/Auckland'];
const own = process.env['TZ'];
afterEach(() => {
  if (own === undefined) delete process.env['TZ'];
  else process.env['TZ'] = own;
});

describe('test F: the table of times', () => {
  test('has at least 40 rows', () => expect(table.length).toBeGreaterThanOrEqual(40));
  test.each(table)('$name', ({ ask, answer }) => expect(ask(londonClock)).toEqual(answer));

  test.each(zones)('a device in %s gives the same answers', (zone) => {
    process.env['TZ'] = zone;
    for (const { name, ask, answer } of table) expect([name, ask(londonClock)]).toEqual([name, answer]);
  });

  test('control: new Date(local) on a server in UTC is caught by many rows', () => {
    const caught = table.filter(({ ask, answer }) => {
      try {
        expect(ask(naiveClock)).toEqual(answer);
        return false;
      } catch {
        return true;
      }
    });
    expect(caught.length).toBeGreaterThanOrEqual(20);
  });

  test('a missing or doubled local time is refused with the choices', () => {
    expect(() => londonClock('2027-03-28 01:30')).toThrow('does not exist');
    expect(() => londonClock('2026-10-25 01:30')).toThrow('happens twice');
    expect(instantsOf('2026-10-25', '01:30')).toHaveLength(2);
  });
});
