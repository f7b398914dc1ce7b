import type { Outcome } from '@homeward/shared/beds/facts.ts';
import type { MatchesView, MatchView } from '@homeward/shared/placements/contract.ts';

export interface ShownMatch {
  match: MatchView;
  /** The heading it stands under: that of the last time the list was put in order. */
  under: Outcome;
}

/**
 * The wards as they stand on the screen. What is said of a ward changes at once; the order waits while a hand, a finger or the focus is on
 * the list, so that nobody holds another bed than the one they meant.
 */
export class MatchList {
  shown = $state.raw<ShownMatch[]>([]);
  /** As it was last read, in the order it has by now. */
  latest = $state.raw<MatchesView>({ items: [], nextCursor: null, canTake: 0, reasons: [], now: '' });
  /** The order has changed, and waits. */
  isWaiting = $state(false);

  #held = false;
  #settle: (change: () => void) => void;

  /** @param settle does the change, keeping what one looks at where it is */
  constructor(settle: (change: () => void) => void) {
    this.#settle = settle;
  }

  reset(view: MatchesView): void {
    this.latest = view;
    this.#order();
  }

  renew(view: MatchesView): void {
    this.latest = view;
    if (!this.#held) return this.#settle(() => this.#order());
    const by = new Map(view.items.map((match) => [match.ward.id, match]));
    this.shown = this.shown.map(({ match, under }) => ({
      match: by.get(match.ward.id) ?? { ...match, freeBeds: [], leaveBeds: [] },
      under,
    }));
    const places = ({ match, under }: ShownMatch) => `${match.ward.id} ${under}`;
    this.isWaiting = this.shown.map(places).join() !== view.items.map((match) => places({ match, under: match.outcome })).join();
  }

  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    if (this.isWaiting) this.#settle(() => this.#order());
  }

  /** Now, because somebody asked for it. */
  order(): void {
    this.#settle(() => this.#order());
  }

  #order(): void {
    this.shown = this.latest.items.map((match) => ({ match, under: match.outcome }));
    this.isWaiting = false;
  }
}
