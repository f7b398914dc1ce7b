import { describe, expect, test } from 'vitest';
import type { Frame, FrameData } from '../kernel/event.ts';
import type { BedView, BoardView, BoardWard, WardBeds } from './contract.ts';
import { applyToBoard, applyToWardBeds } from './live-rules.ts';
import { usualSetting } from './setting-rules.ts';

const card = (id: string, free = 1, bedType = '200'): BoardWard => ({
  ward: {
    id,
    code: `site/${id}`,
    name: id,
    trust: 'RXG',
    trustName: 'South West Yorkshire Partnership',
    site: 'site',
    siteName: 'Site',
    place: 'Wakefield',
    latitude: null,
    longitude: null,
    serviceLine: 'acute',
    bedType,
    sex: 'female',
    ageGroup: '13',
    securityLevel: 0,
    locked: false,
    independent: false,
  },
  counts: { funded: 5, staffed: 5, free, held: 0, occupied: 5 - free, onLeave: 0, closed: [] },
  sourced: 5,
  pause: null,
  confirmed: null,
  askedAt: null,
  rule: { dueTimes: usualSetting.dueTimes, freshMinutes: 240, graceMinutes: 60 },
  freshness: 'stale',
});
const board = (...items: BoardWard[]): BoardView => ({ items, nextCursor: null, places: [], now: '2026-11-20T12:00:00.000Z' });
const frame = (type: Frame['type'], data: FrameData, at = '2026-11-20T12:05:00.000Z'): Frame => ({
  offset: 2,
  previous: 1,
  type,
  at,
  data,
});

describe('the board', () => {
  const shown = board(card('a'), card('b'), card('c'));

  test('a changed card takes the place of the old one, and no other moves', () => {
    const applied = applyToBoard(shown, frame('bed.changed', { board: [card('b', 0)] }));
    expect(applied).toEqual(board(card('a'), card('b', 0), card('c')));
    if (applied === 'reload') throw new Error('it had every card');
    expect(applied.items[0]).toBe(shown.items[0]);
  });

  test('what has nothing to say about beds leaves it as it is, the very same', () => {
    expect(applyToBoard(shown, frame('allocation.changed', { requestId: 'r' }))).toBe(shown);
    expect(applyToBoard(shown, frame('allocation.changed', { board: [] }))).toBe(shown);
  });

  test('a ward that was not there is loaded, as is what a reload asks of a ward on it', () => {
    expect(applyToBoard(shown, frame('bed.changed', { board: [card('a', 0), card('d')] }))).toBe('reload');
    expect(applyToBoard(shown, frame('import.applied', { reload: true }))).toBe('reload');
    expect(applyToBoard(shown, frame('import.applied', { reload: true, wardId: '*' }))).toBe('reload');
    expect(applyToBoard(shown, frame('ward.changed', { reload: true, wardId: 'a' }))).toBe('reload');
    expect(applyToBoard(shown, frame('ward.changed', { reload: true, wardId: 'elsewhere' }))).toBe(shown);
  });

  test('loaded for one bed type, it lets a ward of another go and never takes one in', () => {
    expect(applyToBoard(shown, frame('ward.changed', { board: [card('b', 1, '202')] }), '200')).toEqual(board(card('a'), card('c')));
    expect(applyToBoard(shown, frame('bed.changed', { board: [card('z', 1, '202')] }), '200')).toEqual(shown);
    expect(applyToBoard(shown, frame('bed.changed', { board: [card('z', 1, '200')] }), '200')).toBe('reload');
  });
});

describe("a ward's page of beds", () => {
  const bed = (state: BedView['state']) => ({ id: 'bed-1', state }) as BedView;
  const page: WardBeds = {
    card: card('a'),
    beds: [bed('available')],
    nextDueAt: '2026-11-20T14:00:00.000Z',
    shifts: [],
    now: '2026-11-20T12:00:00.000Z',
  };

  test('takes its card and its beds, and when it is next due by then', () => {
    const data = { wardId: 'a', beds: [bed('held')], board: [card('b'), card('a', 0)] };
    expect(applyToWardBeds(page, frame('allocation.changed', data, '2026-11-20T14:00:00.000Z'))).toEqual({
      ...page,
      card: card('a', 0),
      beds: [bed('held')],
      nextDueAt: '2026-11-20T18:00:00.000Z',
    });
    // An event of before the load says nothing of what is due after it.
    const early = applyToWardBeds(page, frame('allocation.changed', data, '2026-11-20T09:00:00.000Z'));
    expect(early).toMatchObject({ nextDueAt: '2026-11-20T14:00:00.000Z' });
  });

  test('a card alone leaves the beds, another ward leaves all', () => {
    expect(applyToWardBeds(page, frame('ward.asked', { board: [card('a', 0)] }))).toMatchObject({ card: card('a', 0), beds: page.beds });
    expect(applyToWardBeds(page, frame('bed.changed', { wardId: 'b', beds: [bed('closed')], board: [card('b')] }))).toBe(page);
    expect(applyToWardBeds(page, frame('bed.changed', { wardId: 'b', beds: [bed('closed')], board: [card('a', 0)] }))).toMatchObject({
      beds: page.beds,
    });
    expect(applyToWardBeds(page, frame('ward.changed', { reload: true, wardId: 'b' }))).toBe(page);
  });

  test('loads afresh what the frame does not carry', () => {
    expect(applyToWardBeds(page, frame('bed.changed', { wardId: 'a', beds: [bed('held')] }))).toBe('reload');
    expect(applyToWardBeds(page, frame('import.applied', { reload: true, wardId: '*' }))).toBe('reload');
    expect(applyToWardBeds(page, frame('ward.changed', { reload: true, wardId: 'a' }))).toBe('reload');
    expect(applyToWardBeds(page, frame('rights.changed', { reload: true }))).toBe('reload');
    const data = { wardId: 'a', beds: [bed('closed')], board: [card('a', 0)] };
    expect(applyToWardBeds(page, frame('shift.posted', data))).toBe('reload');
    expect(applyToWardBeds(page, frame('booking.cancelled', data))).toBe('reload');
    expect(applyToWardBeds(page, frame('shift.posted', { wardId: 'b' }))).toBe(page);
    expect(applyToWardBeds(page, frame('shift.changed', data))).toMatchObject({ beds: [bed('closed')] });
  });
});
