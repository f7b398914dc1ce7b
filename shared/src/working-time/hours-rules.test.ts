import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { dayMs, hourMs, minuteMs } from '../kernel/interval.ts';
import type { Interval } from '../kernel/interval.ts';
import { startOfDay } from '../kernel/local-time.ts';
import { aDuty, aGround, aShift, at, aWorker } from '../kernel/examples.ts';
import type { WorkerFacts } from '../workers/facts.ts';
import type { DutyFact, LocalCapFact } from './facts.ts';
import { headRoomMinutes, hoursNow, hoursWindowsOf, localCapCheck, nightLimitCheck, weeklyHoursCheck } from './hours-rules.ts';
import { dutiesOf } from './rules.ts';

// 07:30–19:30 on Tuesday 10 November.
const shift = aShift();
const withDuties = (duties: DutyFact[], change: Partial<WorkerFacts> = {}) => aWorker({ duties: dutiesOf(duties, []), ...change });
const weekly = (duties: DutyFact[], change: Partial<WorkerFacts> = {}, to = shift) => weeklyHoursCheck(withDuties(duties, change), to);

/** So many duties of 12 h, every 36 h, the last of them ending a day before the shift. */
const twelves = (count: number, change: Partial<DutyFact> = {}) =>
  Array.from({ length: count }, (_, index) => aDuty(shift.start - 36 * hourMs - index * 36 * hourMs, 12, change));

describe('weekly hours: 48 h a week over 17 weeks', () => {
  test('816 h exactly pass; a minute more fails', () => {
    const exactly = twelves(67);
    expect(weekly(exactly).result).toBe('pass');
    const [last, ...rest] = exactly;
    expect(weekly([{ ...last!, start: last!.start - minuteMs }, ...rest]).result).toBe('fail');
    // Less than a minute is still more.
    expect(weekly([{ ...last!, start: last!.start - 1 }, ...rest]).result).toBe('fail');
  });

  test('unpaid breaks are not worked', () => {
    const [last, ...rest] = twelves(67);
    const longer = { ...last!, start: last!.start - 30 * minuteMs };
    expect(weekly([{ ...longer, breakMinutes: 30 }, ...rest]).result).toBe('pass');
    expect(weekly([{ ...longer, breakMinutes: 29 }, ...rest]).result).toBe('fail');
    expect(weekly(twelves(68)).result).toBe('fail');
    expect(weeklyHoursCheck(withDuties(twelves(68, { breakMinutes: 60 })), shift).result).toBe('pass');
  });

  test('training counts, leave does not', () => {
    const extra = (kind: 'training' | 'leave') => aDuty(shift.start - 20 * hourMs, 1, { kind });
    expect(weekly([...twelves(67), extra('training')]).result).toBe('fail');
    expect(weekly([...twelves(67), extra('leave')]).result).toBe('pass');
  });

  test('what ended before the window is past; what its edge cuts counts in proportion', () => {
    const edge = shift.end - 119 * dayMs;
    const full = twelves(66);
    // 66 duties and the shift are 804 h: 12 h are left.
    expect(weekly([...full, aDuty(edge - 24 * hourMs, 24)]).result).toBe('pass');
    expect(weekly([...full, aDuty(edge - 12 * hourMs, 24)]).result).toBe('pass');
    expect(weekly([...full, aDuty(edge - 12 * hourMs + minuteMs, 24)]).result).toBe('fail');
    // A break is spread over the duty: half of it inside is half of its 23 worked hours.
    expect(weekly([...full, aDuty(edge - 12 * hourMs, 24, { breakMinutes: 60 })]).result).toBe('pass');
    expect(weekly([...full, aDuty(edge - 11.4 * hourMs, 24, { breakMinutes: 60 })]).result).toBe('fail');
  });

  test('a third of a minute cut off is neither lost nor rounded up', () => {
    const edge = shift.end - 119 * dayMs;
    // 7 h with 1 h of break, a seventh outside: 6 h × 6/7 are 5 1/7 h = 308 4/7 minutes, and the others come to 816 h less 308 or 309 minutes.
    const cut = aDuty(edge - hourMs, 7, { breakMinutes: 60 });
    const others = (minutes: number) => {
      const [last, ...rest] = twelves(67);
      return [{ ...last!, start: last!.start + minutes * minuteMs }, ...rest];
    };
    expect(weekly([cut, ...others(308)]).result).toBe('fail');
    expect(weekly([cut, ...others(309)]).result).toBe('pass');
    // Nor of two that are cut: 10 2/7 h are 617 1/7 minutes.
    expect(weekly([cut, cut, ...others(617)]).result).toBe('fail');
    expect(weekly([cut, cut, ...others(618)]).result).toBe('pass');
  });

  test('a later duty has a window too, when it still contains the shift’s start', () => {
    // 40 duties before and 28 after: 68 and the shift are 828 h in the window that ends with the last.
    const after = (count: number, from = 36) =>
      Array.from({ length: count }, (_, index) => aDuty(shift.start + (from + index * 36) * hourMs, 12));
    expect(weekly([...twelves(39), ...after(28)]).result).toBe('pass');
    expect(weekly([...twelves(40), ...after(28)]).result).toBe('fail');
    // A heavy stretch so late that no window of 17 weeks holds both it and the shift.
    const lastEnd = (first: number) => first + 67 * 36 * hourMs + 12 * hourMs;
    const heavy = (first: number) => Array.from({ length: 68 }, (_, index) => aDuty(first + index * 36 * hourMs, 12));
    const late = shift.start + 119 * dayMs - (lastEnd(0) - 0);
    expect(weekly(heavy(late + minuteMs).map((duty) => ({ ...duty, start: duty.start }))).result).toBe('pass');
    expect(weekly(heavy(late)).result).toBe('fail');
  });
});

describe('who joined lately', () => {
  // 00:00 on the day of joining, so that weeks are easy to see: joined on Tuesday 27 October, 14 days and 19:30 before the shift's end.
  const joinedOn = '2026-10-27';
  const weeks = (shift.end - at('2026-10-27T00:00Z')) / (7 * dayMs);

  test('has 48 h for each week and part of a week since then', () => {
    const most = Math.floor(weeks * 48 * 60) - 720;
    const duty = (minutes: number) => [aDuty('2026-11-01T00:00Z', minutes / 60)];
    expect(weekly(duty(most), { joinedOn }).result).toBe('pass');
    expect(weekly(duty(most + 1), { joinedOn }).result).toBe('fail');
  });

  test('exactly at a fraction of a week passes', () => {
    // 10.5 days are 72 h.
    const to = aShift({ start: at('2026-11-06T02:00Z'), end: at('2026-11-06T12:00Z') });
    expect(weekly([aDuty('2026-11-01T00:00Z', 62)], { joinedOn }, to).result).toBe('pass');
    expect(weekly([aDuty('2026-11-01T00:00Z', 62 + 1 / 60)], { joinedOn }, to).result).toBe('fail');
  });

  test('has one whole week at least, also before joining', () => {
    for (const day of ['2026-11-10', '2026-11-04', '2026-12-01']) {
      expect(weekly([aDuty('2026-11-08T00:00Z', 36)], { joinedOn: day }).result).toBe('pass');
      expect(weekly([aDuty('2026-11-08T00:00Z', 36 + 1 / 60)], { joinedOn: day }).result).toBe('fail');
    }
  });

  test('in summer the day of joining starts at 23:00 UTC', () => {
    const to = aShift({ start: at('2026-07-20T13:00Z'), end: at('2026-07-20T23:00Z') });
    // Joined on 7 July: exactly 14 local days.
    expect(weekly([aDuty('2026-07-10T00:00Z', 86)], { joinedOn: '2026-07-07' }, to).result).toBe('pass');
    expect(weekly([aDuty('2026-07-10T00:00Z', 86 + 1 / 60)], { joinedOn: '2026-07-07' }, to).result).toBe('fail');
  });

  test('and 17 weeks at most, as does someone whose day of joining is not known', () => {
    expect(weekly(twelves(67), { joinedOn: '2001-01-01' }).result).toBe('pass');
    expect(weekly(twelves(68), { joinedOn: '2001-01-01' }).result).toBe('fail');
    expect(weekly(twelves(67), { joinedOn: null }).result).toBe('pass');
    expect(weekly(twelves(68), { joinedOn: null }).result).toBe('fail');
    expect(weekly([], { joinedOn: null }).evidence[0]?.detail).toContain('the day of joining is not recorded');
  });
});

describe('leave days drop out, and the window reaches back by as many', () => {
  const edge = shift.end - 119 * dayMs;
  const leave = (start: number, days: number) => aDuty(start, days * 24, { kind: 'leave' });
  const old = aDuty(edge - 30 * hourMs, 24);

  test('two days of leave bring in what two days more hold', () => {
    const local = at('2026-09-01T00:00+01:00');
    expect(weekly([...twelves(67), old]).result).toBe('pass');
    expect(weekly([...twelves(67), old, leave(local, 2)]).result).toBe('fail');
    // Leave that lies ahead ends no window, and brings nothing in.
    expect(weekly([...twelves(67), old, aDuty(shift.end, 1, { kind: 'leave' })]).result).toBe('pass');
    // One day reaches back 24 h, to 6 h before that duty's end: less of it, and still too much.
    expect(weekly([...twelves(66), old, leave(local, 1)]).result).toBe('fail');
    expect(weekly([...twelves(65), old, leave(local, 1)]).result).toBe('pass');
  });

  test('the leave met on the way back counts as well', () => {
    // One day inside, and one just outside that the first brings in: together they reach the old duty.
    const reach = aDuty(edge - 47 * hourMs, 12);
    const inside = leave(at('2026-09-01T00:00+01:00'), 1);
    const outside = leave(edge - 20 * hourMs, 0.1);
    expect(weekly([...twelves(67), reach, inside]).result).toBe('pass');
    expect(weekly([...twelves(67), reach, outside]).result).toBe('pass');
    expect(weekly([...twelves(67), reach, inside, outside]).result).toBe('fail');
  });

  test('a day with two rows of leave is one day', () => {
    const morning = aDuty('2026-09-01T08:00Z', 4, { kind: 'leave' });
    const afternoon = aDuty('2026-09-01T13:00Z', 4, { kind: 'leave' });
    const [window] = hoursWindowsOf(withDuties([morning, afternoon]), shift);
    expect(window!.start).toBe(edge - dayMs);
  });

  test('leave outside the window changes nothing', () => {
    const [window] = hoursWindowsOf(withDuties([leave(edge - 10 * dayMs, 2), leave(shift.end, 3)]), shift);
    expect(window!.start).toBe(edge);
  });

  test('the days are London’s: two hours across midnight are two days', () => {
    const across = aDuty('2026-08-31T22:00Z', 2, { kind: 'leave' });
    const [window] = hoursWindowsOf(withDuties([across]), shift);
    expect(window!.start).toBe(edge - 2 * dayMs);
  });
});

describe('the opt-out', () => {
  const over = twelves(68);
  test.each([
    ['in force on the day', { fromDay: '2026-11-10', untilDay: '2026-11-10' }, 'pass'],
    ['from the day after', { fromDay: '2026-11-11', untilDay: null }, 'fail'],
    ['until the day before', { fromDay: '2026-01-01', untilDay: '2026-11-09' }, 'fail'],
    ['without an end', { fromDay: '2026-01-01', untilDay: null }, 'pass'],
  ])('%s', (_, optOut, result) => {
    const check = weekly(over, { optOut });
    expect(check.result).toBe(result);
    if (result === 'pass') expect(check.evidence.at(-1)).toMatchObject({ what: 'opt-out', from: optOut.fromDay });
  });
  test('a night that starts on its last day is covered', () => {
    const night = aShift({ start: at('2026-11-10T20:00Z'), end: at('2026-11-11T08:00Z') });
    expect(weekly(over, { optOut: { fromDay: '2026-01-01', untilDay: '2026-11-10' } }, night).result).toBe('pass');
  });
  test('in words', () => {
    expect(weekly(over).sentence).toBe('Would work more than 48 h a week on average (48 h 43 min).');
    expect(weekly(over).fix).toBe('Work fewer hours first, or give the bank office a written opt-out.');
    expect(weekly(over).evidence[0]).toEqual({
      what: 'hours averaged over 17 weeks',
      from: '2026-07-14T19:30:00.000Z',
      until: '2026-11-10T19:30:00.000Z',
      detail: '828 h worked, at most 816 h in 17 weeks',
    });
  });
});

describe('the night limit', () => {
  const night = aShift({ start: at('2026-11-10T20:00Z'), end: at('2026-11-11T08:00Z') });
  /** Every 36 h from the night back; `nightly` of them from 20:00, the others from 08:00. */
  const mix = (count: number, nightly: number) =>
    Array.from({ length: count }, (_, index) => {
      const start = night.start - (index + 1) * 36 * hourMs;
      const wantsNight = index < nightly;
      const isNight = new Date(start).getUTCHours() === 20;
      return aDuty(isNight === wantsNight ? start : start - 12 * hourMs, 12);
    });
  const result = (duties: DutyFact[], change: Partial<WorkerFacts> = {}, to = night) =>
    nightLimitCheck(withDuties(duties, change), to).result;

  test('816 h pass, more warn, and an opt-out does not help', () => {
    expect(result(mix(67, 67))).toBe('pass');
    expect(result(mix(68, 68))).toBe('warn');
    expect(result(mix(68, 68), { optOut: { fromDay: '2020-01-01', untilDay: null } })).toBe('warn');
  });

  test('is not pro-rated: someone who joined last week has 816 h too', () => {
    expect(result(mix(20, 20), { joinedOn: '2026-11-01' })).toBe('pass');
    expect(weekly(mix(20, 20), { joinedOn: '2026-11-01' }, night).result).toBe('fail');
  });

  test('half of the duties at night, the shift among them, make a night worker', () => {
    // 69 duties and the shift: 34 nights and this one are half of 70.
    expect(result(mix(69, 34))).toBe('warn');
    expect(result(mix(69, 33))).toBe('pass');
  });

  test('a duty is night work from 3 h between 23:00 and 06:00 on', () => {
    // 66 late shifts of 12 h 30 min, one a day, and this night: 837 h.
    const ending = (last: string) => Array.from({ length: 66 }, (_, index) => aDuty(at(last) - index * dayMs - 12.5 * hourMs, 12.5));
    // Clocks went back on 25 October: the older half ends an hour later by the clock, so 02:00 here is 3 h of night or more for all.
    expect(result(ending('2026-11-08T02:00Z'))).toBe('warn');
    expect(result(ending('2026-11-08T01:59Z'))).toBe('warn');
    expect(result(ending('2026-11-08T00:59Z'))).toBe('pass');
    // In summer time alone, 3 h exactly and a minute less.
    const summerNight = aShift({ start: at('2026-10-20T19:00Z'), end: at('2026-10-21T07:00Z') });
    expect(result(ending('2026-10-18T01:00Z'), {}, summerNight)).toBe('warn');
    expect(result(ending('2026-10-18T00:59Z'), {}, summerNight)).toBe('pass');
    // And from 03:00, which leaves 3 h until 06:00.
    const starting = (last: string) => Array.from({ length: 66 }, (_, index) => aDuty(at(last) - index * dayMs, 12.5));
    expect(result(starting('2026-10-18T02:00Z'), {}, summerNight)).toBe('warn');
    expect(result(starting('2026-10-18T02:01Z'), {}, summerNight)).toBe('pass');
  });

  test('a later duty’s window counts too', () => {
    const after = Array.from({ length: 2 }, (_, index) => aDuty(night.start + (36 + index * 36) * hourMs, 12));
    expect(result([...mix(65, 65), ...after])).toBe('pass');
    expect(result([...mix(66, 66), ...after])).toBe('warn');
  });
});

describe('a home trust’s own cap', () => {
  const cap = (hours: number, change: Partial<LocalCapFact> = {}): LocalCapFact => ({
    trust: 'RGD',
    fromDay: '2026-01-01',
    untilDay: null,
    capMinutes: hours * 60,
    ...change,
  });
  const result = (caps: LocalCapFact[], duties: DutyFact[], to = shift) =>
    localCapCheck(withDuties(duties), to, aGround({ localCaps: caps })).result;
  // 48 h in the week from Monday 9 November, beside the shift's 12.
  const week = ['2026-11-09', '2026-11-11', '2026-11-12', '2026-11-13'].map((day) => aDuty(`${day}T08:00Z`, 12));

  test('exactly at the cap passes', () => {
    expect(result([cap(60)], week)).toBe('pass');
    expect(result([cap(60 - 1 / 60)], week)).toBe('fail');
  });
  test('where none is set nothing is capped, nor by another trust’s', () => {
    expect(result([], week)).toBe('pass');
    expect(result([cap(1, { trust: 'RXG' })], week)).toBe('pass');
  });
  test('only a cap in force on a day of the shift', () => {
    expect(result([cap(1, { untilDay: '2026-11-09' })], week)).toBe('pass');
    expect(result([cap(1, { untilDay: '2026-11-10' })], week)).toBe('fail');
    expect(result([cap(1, { fromDay: '2026-11-11' })], week)).toBe('pass');
  });
  test('the lower of two, in either order', () => {
    expect(result([cap(72), cap(59)], week)).toBe('fail');
    expect(result([cap(59), cap(72)], week)).toBe('fail');
  });
  test('weeks are Monday to Sunday: other weeks do not count', () => {
    const around = [aDuty('2026-11-08T08:00Z', 12), aDuty('2026-11-16T00:00Z', 12)];
    expect(result([cap(60)], [...week, ...around])).toBe('pass');
    expect(result([cap(60)], [...week, aDuty('2026-11-15T23:00Z', 1)])).toBe('fail');
  });
  test('a night from Sunday to Monday has half a share in each week, and both are looked at', () => {
    const sunday = aShift({ start: at('2026-11-15T18:00Z'), end: at('2026-11-16T06:00Z') });
    expect(result([cap(54)], week, sunday)).toBe('pass');
    expect(result([cap(54 - 1 / 60)], week, sunday)).toBe('fail');
    const next = [aDuty('2026-11-17T00:00Z', 50)];
    expect(result([cap(56)], next, sunday)).toBe('pass');
    expect(result([cap(56 - 1 / 60)], next, sunday)).toBe('fail');
  });
  test('a week with the October change is an hour longer', () => {
    // The week of 19 October ends on Sunday 25 at 24:00 GMT; it began at 00:00 BST.
    const inside = aShift({ start: at('2026-10-25T14:00Z'), end: at('2026-10-25T24:00Z') });
    expect(result([cap(11)], [aDuty('2026-10-18T22:00Z', 2)], inside)).toBe('pass');
    expect(result([cap(11)], [aDuty('2026-10-18T22:30Z', 2)], inside)).toBe('fail');
  });
  test('in words', () => {
    const check = localCapCheck(withDuties(week), shift, aGround({ localCaps: [cap(48)] }));
    expect(check.sentence).toBe('Would work 60 h in the week from Mon 9 Nov; the home trust’s limit is 48 h.');
    // Of two weeks that are over, the first.
    const sunday = aShift({ start: at('2026-11-15T19:00Z'), end: at('2026-11-16T07:00Z') });
    const both = localCapCheck(withDuties([...week, aDuty('2026-11-17T08:00Z', 12)]), sunday, aGround({ localCaps: [cap(12)] }));
    expect(both.sentence).toMatch(/in the week from Mon 9 Nov;/);
  });
});

describe('head-room', () => {
  const now = shift.start;
  test('is what 17 weeks still allow', () => {
    expect(headRoomMinutes(withDuties([]), now)).toBe(48_960);
    expect(headRoomMinutes(withDuties(twelves(60)), now)).toBe(48_960 - 60 * 720);
    expect(headRoomMinutes(withDuties(twelves(75)), now)).toBe(0);
  });
  test('counts what is already planned, where a window holds it and now', () => {
    expect(headRoomMinutes(withDuties([aDuty(now + 10 * dayMs, 12)]), now)).toBe(48_960 - 720);
    expect(headRoomMinutes(withDuties([aDuty(now + 119 * dayMs, 12)]), now)).toBe(48_960);
  });
  test('and beside it what was worked of what', () => {
    expect(hoursNow(withDuties([...twelves(10), aDuty(now + 10 * dayMs, 12)]), now)).toEqual({ workedMinutes: 7200, limitMinutes: 48_960 });
    expect(hoursNow(withDuties([], { joinedOn: '2026-11-09' }), now)).toEqual({ workedMinutes: 0, limitMinutes: 2880 });
  });
  test('in whole minutes, never one more than is allowed', () => {
    // Twenty seconds past a minute: the weeks so far allow a part of one.
    const later = now + 20_000;
    const joinedAt = startOfDay('2026-10-27');
    const allowedMs = ((later - joinedAt) / (7 * dayMs)) * 48 * hourMs;
    expect(allowedMs % minuteMs).not.toBe(0);
    const room = headRoomMinutes(withDuties([], { joinedOn: '2026-10-27' }), later);
    expect(room * minuteMs).toBeLessThanOrEqual(allowedMs);
    expect((room + 1) * minuteMs).toBeGreaterThan(allowedMs);
  });
  test('someone new has a week’s', () => expect(headRoomMinutes(withDuties([], { joinedOn: '2026-11-09' }), now)).toBe(2880));
  test('leave takes none of it', () => expect(headRoomMinutes(withDuties(twelves(10, { kind: 'leave' })), now)).toBe(48_960));
});

// Temporal is slow and the same half hours come again and again.
const remembered = new Map<number, { day: string; hour: number }>();
function clockAt(instant: number): { day: string; hour: number } {
  let clock = remembered.get(instant);
  if (!clock) {
    const there = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO('Europe/London');
    remembered.set(instant, (clock = { day: there.toPlainDate().toString(), hour: there.hour }));
  }
  return clock;
}

/**
 * Weekly hours and the night limit asked of a picture with one cell a minute. Every minute of a duty carries the same share of its worked
 * time, in units of 1/1440 minute, so that proportion needs no rule. Windows are found by trying, leave days by asking Temporal of each hour.
 */
function pictured(worker: Pick<WorkerFacts, 'duties' | 'joinedOn'>, planned: Interval & { breakMinutes: number }) {
  const unit = 1440;
  const before = 200 * 1440;
  const size = before + 140 * 1440;
  const origin = planned.start - before * minuteMs;
  const index = (instant: number) => (instant - origin) / minuteMs;
  const work = [...worker.duties.filter((duty) => duty.kind !== 'leave'), planned];
  const worked = new Float64Array(size);
  for (const duty of work) {
    const length = (duty.end - duty.start) / minuteMs;
    const share = ((length - duty.breakMinutes) * unit) / length;
    for (let minute = index(duty.start); minute < index(duty.end); minute++) worked[minute]! += share;
  }
  const sumBefore = new Float64Array(size + 1);
  for (let minute = 0; minute < size; minute++) sumBefore[minute + 1] = sumBefore[minute]! + worked[minute]!;

  const leaveHours: { instant: number; day: string }[] = [];
  for (const leave of worker.duties.filter((duty) => duty.kind === 'leave')) {
    for (let instant = leave.start; instant < leave.end; instant += 30 * minuteMs) {
      leaveHours.push({ instant, day: clockAt(instant).day });
    }
  }
  const startOf = (end: number) => {
    for (let days = 0; ; days++) {
      const start = end - (119 + days) * dayMs;
      const found = new Set(leaveHours.filter((hour) => start <= hour.instant && hour.instant < end).map((hour) => hour.day));
      if (found.size <= days) return start;
    }
  };
  const nightMinutes = (duty: Interval) => {
    let minutes = 0;
    for (let instant = duty.start; instant < duty.end; instant += 30 * minuteMs) {
      const { hour } = clockAt(instant);
      if (hour >= 23 || hour < 6) minutes += 30;
    }
    return minutes;
  };

  const isNight = new Map(work.map((duty) => [duty, nightMinutes(duty) >= 180]));
  let over = false;
  let overAtNight = false;
  const ends = [planned.end, ...work.map((duty) => duty.end).filter((end) => end > planned.end)];
  for (const end of ends) {
    const start = startOf(end);
    if (start > planned.start) continue;
    const sum = sumBefore[index(end)]! - sumBefore[index(start)]!;
    const joined =
      worker.joinedOn === null ? -Infinity : Temporal.PlainDate.from(worker.joinedOn).toZonedDateTime('Europe/London').epochMilliseconds;
    const minutesSince = Math.min(Math.max((end - joined) / minuteMs, 7 * 1440), 17 * 7 * 1440);
    if (sum * 7 > minutesSince * 2 * unit) over = true;
    const inside = work.filter((duty) => duty.start < end && start < duty.end);
    const nights = inside.filter((duty) => isNight.get(duty));
    if (sum > 816 * 60 * unit && nights.length * 2 >= inside.length) overAtNight = true;
  }
  return { weekly: over ? 'fail' : 'pass', night: overAtNight ? 'warn' : 'pass' };
}

describe('hours agree with a picture of every minute', { timeout: 60_000 }, () => {
  // Half-hour starts in two seasons, lengths that divide 1440 so that shares are whole.
  const plan = fc
    .record({
      start: fc.constantFrom('2026-11-10T07:30Z', '2026-11-10T20:00Z', '2027-04-05T19:00Z', '2026-08-20T06:30Z').map(at),
      every: fc.constantFrom(24, 25, 26, 30, 32, 33.5, 36),
      back: fc.integer({ min: 60, max: 115 }),
      forth: fc.integer({ min: 0, max: 25 }),
      lengths: fc.array(fc.constantFrom(12, 12, 8, 8, 6, 24), { minLength: 7, maxLength: 7 }),
      breaks: fc.array(fc.constantFrom(0, 0, 30, 60), { minLength: 5, maxLength: 5 }),
      leave: fc.array(
        fc.record({
          day: fc.integer({ min: -130, max: 30 }),
          halfHours: fc.integer({ min: 0, max: 47 }),
          hours: fc.constantFrom(4, 8, 24, 72, 168),
        }),
        { maxLength: 5 },
      ),
      joinedOn: fc.constantFrom(null, null, '2020-01-01', '2020-01-01', '2026-07-20', '2026-10-01', '2026-10-25', '2026-11-09'),
    })
    .map(({ start, every, back, forth, lengths, breaks, leave, joinedOn }) => {
      const planned = { start, end: start + 12 * hourMs, breakMinutes: 0 };
      const duties: DutyFact[] = [];
      for (let index = -back; index <= forth; index++) {
        const at = start + index * every * hourMs;
        const wanted = { breakMinutes: breaks[Math.abs(index) % 5]! };
        if (index !== 0) duties.push(aDuty(at, lengths[Math.abs(index) % 7]!, wanted));
      }
      for (const { day, halfHours, hours } of leave) {
        duties.push(aDuty(start + day * dayMs + halfHours * 30 * minuteMs, hours, { kind: 'leave' }));
      }
      return { worker: aWorker({ duties: dutiesOf(duties, []), joinedOn }), planned };
    });

  test('weekly hours and the night limit', () => {
    const seen: Record<string, number> = {};
    fc.assert(
      fc.property(plan, ({ worker, planned }) => {
        const found = { weekly: weeklyHoursCheck(worker, planned).result, night: nightLimitCheck(worker, planned).result };
        expect(found).toEqual(pictured(worker, planned));
        for (const key of [`weekly ${found.weekly}`, `night ${found.night}`]) seen[key] = (seen[key] ?? 0) + 1;
      }),
      { numRuns: 120 },
    );
    // The picture proves nothing unless every answer came up.
    expect(Math.min(...['weekly pass', 'weekly fail', 'night pass', 'night warn'].map((key) => seen[key] ?? 0))).toBeGreaterThan(4);
  });

  test('another duty never makes them better', () => {
    const more = fc.record({
      day: fc.integer({ min: -125, max: 20 }),
      hours: fc.constantFrom(4, 8, 12, 24),
      kind: fc.constantFrom('duty' as const, 'training' as const),
    });
    fc.assert(
      fc.property(plan, more, ({ worker, planned }, { day, hours, kind }) => {
        const busier = { ...worker, duties: dutiesOf([...worker.duties, aDuty(planned.start + day * dayMs, hours, { kind })], []) };
        if (weeklyHoursCheck(worker, planned).result === 'fail') expect(weeklyHoursCheck(busier, planned).result).toBe('fail');
        expect(headRoomMinutes(busier, planned.start)).toBeLessThanOrEqual(headRoomMinutes(worker, planned.start));
      }),
      { numRuns: 100 },
    );
  });

  test('moving everything by whole weeks inside the same offset changes nothing', () => {
    // From spring to autumn only summer time: the picture 17 weeks back from mid-September, moved by up to four weeks.
    const start = at('2026-08-24T07:00Z');
    const duties = Array.from({ length: 70 }, (_, index) =>
      aDuty(start - (index + 1) * 36 * hourMs, 12, index % 9 === 0 ? { kind: 'leave' } : {}),
    );
    fc.assert(
      fc.property(fc.integer({ min: 60, max: 70 }), fc.integer({ min: 0, max: 8 }), (count, weeks) => {
        const by = weeks * 7 * dayMs;
        const kept = duties.slice(0, count);
        const moved = kept.map((duty) => ({ ...duty, start: duty.start + by, end: duty.end + by }));
        const planned = { start, end: start + 12 * hourMs, breakMinutes: 0 };
        const later = { start: planned.start + by, end: planned.end + by, breakMinutes: 0 };
        expect(weeklyHoursCheck(withDuties(moved), later).sentence).toBe(weeklyHoursCheck(withDuties(kept), planned).sentence);
        expect(nightLimitCheck(withDuties(moved), later).result).toBe(nightLimitCheck(withDuties(kept), planned).result);
      }),
    );
  });
});
