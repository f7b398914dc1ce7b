import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countsOf } from './count-rules.ts';
import { bedStates, closedReasons, type BedFact } from './facts.ts';

const bed = (change: Partial<BedFact> = {}): BedFact => ({
  state: 'available',
  closedReason: null,
  shiftsToFill: 0,
  mayReopen: false,
  ...change,
});
const closed = (change: Partial<BedFact> = {}) => bed({ state: 'closed', closedReason: 'staffing', ...change });

test('a ward that nobody has given beds has no counts, which is another thing than none', () => {
  expect(countsOf([])).toBeNull();
});

test('counts each bed once, under what it is', () => {
  const counts = countsOf([
    bed(),
    bed(),
    bed({ state: 'held' }),
    bed({ state: 'occupied' }),
    bed({ state: 'occupied' }),
    bed({ state: 'occupied' }),
    bed({ state: 'on-leave' }),
    closed({ closedReason: 'infection' }),
    closed({ shiftsToFill: 2 }),
    closed({ mayReopen: true }),
  ]);
  expect(counts).toEqual({
    funded: 10,
    staffed: 7,
    free: 2,
    held: 1,
    occupied: 3,
    onLeave: 1,
    closed: [
      { reason: 'staffing', count: 2, shiftsToFill: 2, mayReopen: 1 },
      { reason: 'infection', count: 1, shiftsToFill: 0, mayReopen: 0 },
    ],
  });
});

test('a shift that two beds wait for counts once where they name it, and is summed where they only number it', () => {
  const named = [closed({ shiftsToFill: 2, openShiftIds: ['a', 'b'] }), closed({ shiftsToFill: 1, openShiftIds: ['b'] })];
  expect(countsOf(named)!.closed[0]!.shiftsToFill).toBe(2);
  expect(countsOf([...named, closed({ shiftsToFill: 3 })])!.closed[0]!.shiftsToFill).toBe(5);
});

test('the parts add up, whatever the beds', () => {
  const beds = fc.array(
    fc.record({
      state: fc.constantFrom(...bedStates),
      closedReason: fc.constantFrom(...closedReasons),
      shiftsToFill: fc.nat(3),
      mayReopen: fc.boolean(),
    }),
    { minLength: 1, maxLength: 40 },
  );
  fc.assert(
    fc.property(beds, (some) => {
      const counts = countsOf(some)!;
      expect(counts.free + counts.held + counts.occupied + counts.onLeave).toBe(counts.staffed);
      expect(counts.closed.reduce((sum, each) => sum + each.count, 0)).toBe(counts.funded - counts.staffed);
      expect(counts.closed.every((each) => each.count > 0 && each.mayReopen <= each.count)).toBe(true);
      expect(countsOf([...some].reverse())).toEqual(counts);
    }),
  );
});
