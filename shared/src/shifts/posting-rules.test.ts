import { describe, expect, test } from 'vitest';
import { hourMs, minuteMs } from '../kernel/interval.ts';
import { at, now } from '../kernel/examples.ts';
import { mayUndo, shiftProblems, shiftStatuses, statusOf, undoUntil } from './posting-rules.ts';
import type { ShiftPosting } from './posting-rules.ts';

const startsAt = at('2026-11-10T07:30Z');
const posting = (change: Partial<ShiftPosting> = {}): ShiftPosting => ({
  startsAt,
  endsAt: startsAt + 12 * hourMs,
  band: 5,
  breakMinutes: 60,
  count: 1,
  reason: 'vacancy',
  ...change,
});
const codes = (change: Partial<ShiftPosting>) => shiftProblems(posting(change), now).map((problem) => `${problem.path}: ${problem.code}`);
const minutes = (count: number) => startsAt + count * minuteMs;

describe('posting a shift', () => {
  test('an ordinary one has no problem', () => expect(codes({})).toEqual([]));

  test.each<[string, Partial<ShiftPosting>, string[]]>([
    ['ends as it starts', { endsAt: startsAt, breakMinutes: 0 }, ['endsAt: end-not-after-start']],
    ['ends before', { endsAt: startsAt - 1, breakMinutes: 0 }, ['endsAt: end-not-after-start']],
    ['starts now', { startsAt: now, endsAt: now + hourMs, breakMinutes: 0 }, []],
    ['started a moment ago', { startsAt: now - 1, endsAt: now + hourMs, breakMinutes: 0 }, ['startsAt: start-in-past']],
    ['lasts 24 h', { endsAt: minutes(1440) }, []],
    ['lasts a minute more', { endsAt: minutes(1441) }, ['endsAt: too-long']],
    ['is 6 h without a break', { endsAt: minutes(360), breakMinutes: 0 }, []],
    ['is 6 h 1 min without one', { endsAt: minutes(361), breakMinutes: 0 }, ['breakMinutes: break-too-short']],
    ['is 6 h 1 min with 19 minutes', { endsAt: minutes(361), breakMinutes: 19 }, ['breakMinutes: break-too-short']],
    ['is 6 h 1 min with 20', { endsAt: minutes(361), breakMinutes: 20 }, []],
    ['is all break', { endsAt: minutes(60), breakMinutes: 60 }, ['breakMinutes: break-too-long']],
    ['is nearly all break', { endsAt: minutes(60), breakMinutes: 59 }, []],
    ['has less than no break', { breakMinutes: -1 }, ['breakMinutes: not-a-break']],
    ['has half a minute of it', { breakMinutes: 30.5 }, ['breakMinutes: not-a-break']],
    ['is band 1', { band: 1 }, ['band: not-a-band']],
    ['is band 2', { band: 2 }, []],
    ['is band 9', { band: 9 }, []],
    ['is band 10', { band: 10 }, ['band: not-a-band']],
    ['is band 5½', { band: 5.5 }, ['band: not-a-band']],
    ['is for nobody', { count: 0 }, ['count: not-a-count']],
    ['is for 50', { count: 50 }, []],
    ['is for 51', { count: 51 }, ['count: not-a-count']],
    ['is for one and a half', { count: 1.5 }, ['count: not-a-count']],
    ['covers a strike', { reason: 'industrial-action' }, ['reason: industrial-action']],
    [
      'is wrong in three ways',
      { band: 0, count: 0, reason: 'industrial-action' },
      ['band: not-a-band', 'count: not-a-count', 'reason: industrial-action'],
    ],
  ])('one that %s', (_, change, found) => expect(codes(change)).toEqual(found));

  test('each problem says what to do', () => {
    for (const { message } of shiftProblems(posting({ band: 0, count: 0, endsAt: 0, reason: 'industrial-action' }), now)) {
      expect(message).toMatch(/^[A-Z].*\.$/);
    }
  });
});

describe('a shift’s life', () => {
  const endsAt = startsAt + 12 * hourMs;
  const at3 = [startsAt - 1, startsAt, endsAt - 1, endsAt];
  const life = (stored: (typeof shiftStatuses)[number]) => at3.map((instant) => statusOf(stored, startsAt, endsAt, instant));

  test('goes by these names', () =>
    expect(shiftStatuses.join(' ')).toBe('draft open filled started finished signed charged cancelled expired'));
  test('open until its start, then expired', () => expect(life('open')).toEqual(['open', 'expired', 'expired', 'expired']));
  test('filled, started, finished', () => expect(life('filled')).toEqual(['filled', 'started', 'started', 'finished']));
  test('stored as started, it finishes', () => expect(life('started').at(-1)).toBe('finished'));
  test.each(['draft', 'finished', 'signed', 'charged', 'cancelled', 'expired'] as const)('%s stays', (stored) =>
    expect(new Set(life(stored))).toEqual(new Set([stored])),
  );
});

test('an acceptance can be undone for 5 minutes', () => {
  expect(mayUndo(now, now)).toBe(true);
  expect(mayUndo(now, now + 5 * minuteMs - 1)).toBe(true);
  expect(mayUndo(now, now + 5 * minuteMs)).toBe(false);
  expect(undoUntil(now)).toBe(now + 5 * minuteMs);
});
