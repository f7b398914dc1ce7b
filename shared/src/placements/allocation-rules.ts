import { liveStates, type AllocationState } from './facts.ts';

/** What people do with an allocation. */
export const allocationActs = ['extend', 'release', 'refer', 'accept', 'decline', 'arrive'] as const;
export type AllocationAct = (typeof allocationActs)[number];

/** What each act, and the clock (`expire`), makes of each state (rules-beds, section 4). What isn't here can't be done. */
const moves: Record<AllocationState, Partial<Record<AllocationAct | 'expire', AllocationState>>> = {
  held: { extend: 'held', refer: 'referred', release: 'released', expire: 'expired' },
  // Referring stopped the hold's clock: a referral waits until it is answered or released, also once it has escalated.
  referred: { accept: 'accepted', decline: 'declined', release: 'released' },
  accepted: { arrive: 'arrived', release: 'released', expire: 'expired' },
  declined: {},
  arrived: {},
  released: {},
  expired: {},
};

/** What an allocation is after an act; null where the act can't be done in that state. */
export function nextState(state: AllocationState, act: AllocationAct | 'expire'): AllocationState | null {
  return moves[state][act] ?? null;
}

/** May an act be done in a state at all, whoever asks? */
export function may(state: AllocationState, act: AllocationAct | 'expire'): boolean {
  return nextState(state, act) !== null;
}

/** Does it keep a bed and a request from any other? Only by its state: whether its time has passed, the database says. */
export function isLive(state: AllocationState): boolean {
  return (liveStates as readonly AllocationState[]).includes(state);
}

/** Which sides somebody is on: bed manager of the sender; the ward's manager or its trust's bed manager. `sameTrust`: the two are one trust. */
export interface Sides {
  sender: boolean;
  receiver: boolean;
  sameTrust: boolean;
}

/** Who does what: holding, extending and referring are the sender's; the answer is the ward's; either side sees somebody arrive. */
export function isTheirs(act: AllocationAct, sides: Sides): boolean {
  switch (act) {
    case 'extend':
    case 'refer':
      return sides.sender;
    case 'accept':
    case 'decline':
      return sides.receiver;
    case 'arrive':
      return sides.sender || sides.receiver;
    case 'release':
      // Within one trust its bed managers settle between themselves; a ward of another gets its bed back by itself.
      return sides.sender || (sides.receiver && !sides.sameTrust);
  }
}

/**
 * What somebody may do now, in the order of the list. A hold is extended once.
 * @param allocation `isLapsed`: its time has passed by the database's clock, swept or not; nothing can be done with it then
 */
export function actsOf(allocation: { state: AllocationState; extended: boolean; isLapsed: boolean }, sides: Sides): AllocationAct[] {
  if (allocation.isLapsed) return [];
  return allocationActs.filter((act) => may(allocation.state, act) && isTheirs(act, sides) && !(act === 'extend' && allocation.extended));
}
