import { describe, expect, test } from 'vitest';
import { actsOf, allocationActs, isLive, isTheirs, may, nextState, type AllocationAct, type Sides } from './allocation-rules.ts';
import { allocationStates, liveStates, type AllocationState } from './facts.ts';

const acts = [...allocationActs, 'expire'] as const;

// Every state against every act: a dot can't be done.
const table: Record<AllocationState, (AllocationState | '.')[]> = {
  // extend, release, refer, accept, decline, arrive, expire
  held: ['held', 'released', 'referred', '.', '.', '.', 'expired'],
  referred: ['.', 'released', '.', 'accepted', 'declined', '.', '.'],
  accepted: ['.', 'released', '.', '.', '.', 'arrived', 'expired'],
  declined: ['.', '.', '.', '.', '.', '.', '.'],
  arrived: ['.', '.', '.', '.', '.', '.', '.'],
  released: ['.', '.', '.', '.', '.', '.', '.'],
  expired: ['.', '.', '.', '.', '.', '.', '.'],
};

describe('what becomes of an allocation', () => {
  test.each(allocationStates.flatMap((state) => acts.map((act, at) => [state, act, table[state][at]!] as const)))(
    '%s, %s → %s',
    (state, act, next) => {
      expect(nextState(state, act)).toBe(next === '.' ? null : next);
      expect(may(state, act)).toBe(next !== '.');
    },
  );

  test('only what is live can become anything, and every end is reached', () => {
    const reached = new Set<AllocationState>(['held']);
    for (const state of reached) for (const act of acts) if (nextState(state, act)) reached.add(nextState(state, act)!);
    expect([...reached].sort()).toEqual([...allocationStates].sort());
    for (const state of allocationStates) {
      expect(isLive(state)).toBe((liveStates as readonly string[]).includes(state));
      expect(acts.some((act) => may(state, act))).toBe(isLive(state));
    }
  });
});

describe('who may do what', () => {
  const sender: Sides = { sender: true, receiver: false, sameTrust: false };
  const ward: Sides = { sender: false, receiver: true, sameTrust: false };
  const ownWard: Sides = { sender: false, receiver: true, sameTrust: true };
  const both: Sides = { sender: true, receiver: true, sameTrust: true };
  const nobody: Sides = { sender: false, receiver: false, sameTrust: false };

  test.each<[string, Sides, AllocationState, AllocationAct[]]>([
    ['the sender', sender, 'held', ['extend', 'release', 'refer']],
    ['the sender', sender, 'referred', ['release']],
    ['the sender', sender, 'accepted', ['release', 'arrive']],
    ['the sender', sender, 'arrived', []],
    ['a ward of another trust', ward, 'held', ['release']],
    ['a ward of another trust', ward, 'referred', ['release', 'accept', 'decline']],
    ['a ward of another trust', ward, 'accepted', ['release', 'arrive']],
    ['a ward of another trust', ward, 'expired', []],
    ["a ward of the sender's own trust", ownWard, 'held', []],
    ["a ward of the sender's own trust", ownWard, 'referred', ['accept', 'decline']],
    ["a ward of the sender's own trust", ownWard, 'accepted', ['arrive']],
    ['a bed manager of both', both, 'held', ['extend', 'release', 'refer']],
    ['a bed manager of both', both, 'referred', ['release', 'accept', 'decline']],
    ['a bed manager of both', both, 'accepted', ['release', 'arrive']],
    ['anybody else', nobody, 'held', []],
    ['anybody else', nobody, 'referred', []],
    ['anybody else', nobody, 'accepted', []],
  ])('%s (%#), %s', (_, sides, state, expected) => {
    expect(actsOf({ state, extended: false, isLapsed: false }, sides)).toEqual(expected);
    expect(expected.every((act) => isTheirs(act, sides))).toBe(true);
    expect(actsOf({ state, extended: false, isLapsed: true }, sides)).toEqual([]);
    expect(actsOf({ state, extended: true, isLapsed: false }, sides)).toEqual(expected.filter((act) => act !== 'extend'));
  });
});
