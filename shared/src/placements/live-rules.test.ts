import { describe, expect, test } from 'vitest';
import type { Frame, FrameData } from '../kernel/event.ts';
import type { AllocationView, PlacementLine } from './contract.ts';
import { applyToAllocations, applyToPlacements } from './live-rules.ts';

const frame = (data: FrameData, type: Frame['type'] = 'placement.changed'): Frame => ({
  offset: 2,
  previous: 1,
  type,
  at: '2026-11-20T12:00:00.000Z',
  data,
});
const need = (id: string, minute: number, change: Partial<PlacementLine> = {}): PlacementLine =>
  ({
    id,
    reference: `HW-${id}`,
    createdAt: `2026-11-20T12:0${minute}:00.000Z`,
    state: 'looking',
    continues: null,
    continuedBy: null,
    ...change,
  }) as PlacementLine;
const allocation = (id: string, minute: number, change: Partial<AllocationView> = {}): AllocationView =>
  ({ id, heldAt: `2026-11-20T12:0${minute}:00.000Z`, state: 'held', ward: { id: 'walton' }, ...change }) as AllocationView;

describe('needs', () => {
  const list = [need('c', 3), need('b', 2), need('a', 1)];

  test('a changed one takes its place, a new one the first: newest first', () => {
    const held = need('b', 2, { state: 'held' });
    expect(applyToPlacements(list, frame({ placement: held }))).toEqual([list[0], held, list[2]]);
    expect(applyToPlacements(list, frame({ placement: need('d', 4) }))).toEqual([need('d', 4), ...list]);
    expect(applyToPlacements(list, frame({ placement: need('bb', 2) }))).toEqual([list[0], need('bb', 2), list[1], list[2]]);
  });

  test('what says nothing of a need leaves them, and a reload loads them', () => {
    expect(applyToPlacements(list, frame({ requestId: 'a' }))).toBe(list);
    expect(applyToPlacements(list, frame({ reload: true }))).toBe('reload');
    expect(applyToPlacements(list, frame({ reload: true, placement: need('d', 4) }))).toHaveLength(4);
  });

  test('loaded for one state, it lets one in another state go', () => {
    expect(applyToPlacements(list, frame({ placement: need('b', 2, { state: 'held' }) }), 'looking')).toEqual([list[0], list[2]]);
    expect(applyToPlacements(list, frame({ placement: need('d', 4) }), 'looking')).toHaveLength(4);
  });

  test('one that continues another is told to it, until it is withdrawn', () => {
    const continuing = need('d', 4, { continues: { id: 'a', reference: 'HW-a' } });
    const after = applyToPlacements(list, frame({ placement: continuing })) as PlacementLine[];
    expect(after.at(-1)).toEqual(need('a', 1, { continuedBy: { id: 'd', reference: 'HW-d' } }));
    expect(after[1]).toBe(list[0]);
    const withdrawn = { ...continuing, state: 'withdrawn' as const };
    expect((applyToPlacements(after, frame({ placement: withdrawn })) as PlacementLine[]).at(-1)).toEqual(need('a', 1));
    const other = [need('a', 1, { continuedBy: { id: 'e', reference: 'HW-e' } })];
    expect((applyToPlacements(other, frame({ placement: withdrawn })) as PlacementLine[]).at(-1)).toBe(other[0]);
  });
});

describe('allocations', () => {
  const list = [allocation('b', 2), allocation('a', 1)];

  test('a changed one takes its place, a new one stands by when it was held', () => {
    const referred = allocation('b', 2, { state: 'referred' });
    expect(applyToAllocations(list, frame({ allocation: referred }))).toEqual([referred, list[1]]);
    expect(applyToAllocations(list, frame({ allocation: allocation('c', 3) }))).toEqual([allocation('c', 3), ...list]);
    expect(applyToAllocations(list, frame({ allocation: allocation('aa', 1) }))).toEqual([list[0], allocation('aa', 1), list[1]]);
    expect(applyToAllocations(list, frame({ allocation: allocation('z', 0) }))).toEqual([...list, allocation('z', 0)]);
    // Of two held in the same millisecond the later id is the newer, whichever of them changes.
    const together = [allocation('b', 1), allocation('a', 1)];
    for (const changed of together) expect(applyToAllocations(together, frame({ allocation: changed }))).toEqual(together);
    expect(applyToAllocations(list, frame({ requestId: 'r' }))).toBe(list);
    expect(applyToAllocations(list, frame({ reload: true }))).toBe('reload');
  });

  test('loaded for one ward, or live ones only, it keeps to that', () => {
    const elsewhere = allocation('c', 3, { ward: { id: 'elmdale' } as AllocationView['ward'] });
    expect(applyToAllocations(list, frame({ allocation: elsewhere }), { wardId: 'walton' })).toEqual(list);
    expect(applyToAllocations(list, frame({ allocation: elsewhere }))).toHaveLength(3);
    const here = allocation('b', 2, { state: 'referred' });
    expect(applyToAllocations(list, frame({ allocation: here }), { wardId: here.ward.id })).toEqual([here, list[1]]);
    const declined = allocation('b', 2, { state: 'declined' });
    expect(applyToAllocations(list, frame({ allocation: declined }), { live: true })).toEqual([list[1]]);
    expect(applyToAllocations(list, frame({ allocation: declined }), { live: false })).toEqual([declined, list[1]]);
  });
});
