import type { BoardView, BoardWard } from '@homeward/shared/beds/contract.ts';
import { compareSeen, isWanted, kmTo, totalsOf, type BoardWish, type SeenWard } from '@homeward/shared/beds/board-rules.ts';
import { applyToBoard } from '@homeward/shared/beds/live-rules.ts';
import type { Frame } from '@homeward/shared/kernel/event.ts';
import type { Instant } from '@homeward/shared/kernel/interval.ts';
import { standingOf } from '#lib/beds/client.ts';

/** One row: a change of its card redraws this row and no other, however many there are. */
class RowOnScreen {
  readonly id: string;
  card = $state.raw() as BoardWard;
  /** It has changed a moment ago. */
  isNew = $state(false);

  constructor(card: BoardWard) {
    this.id = card.ward.id;
    this.card = card;
  }
}

/**
 * The board as it stands on the screen. Every card is true at once; the order of the rows follows only while nobody points at them or has the
 * focus among them, so that none moves from under a cursor. What changes the order meanwhile is said (`isWaiting`) and waits.
 */
export class BoardOnScreen {
  /** From the top down. */
  shown = $state.raw<readonly RowOnScreen[]>([]);
  totals = $state.raw(totalsOf([]));
  isWaiting = $state(false);

  #board: BoardView;
  #rows = new Map<string, RowOnScreen>();
  #wish: BoardWish;
  #now: Instant;
  #isHeld = false;

  constructor(board: BoardView, wish: BoardWish, now: Instant) {
    this.#board = board;
    this.#wish = wish;
    this.#now = now;
    this.#take(board);
    this.#arrange(true);
  }

  /** Somebody asked for other wards: they see them at once. */
  ask(wish: BoardWish): void {
    this.#wish = wish;
    this.#arrange(true);
  }

  /** The same board, read again. */
  renew(board: BoardView): void {
    if (board === this.#board) return;
    this.#take(board);
    this.#arrange(false);
  }

  /**
   * Each card that changed stands in its row at once; what follows from it for the whole board is `settle`'s, which may come a moment later.
   * @returns the wards that changed, each with what it showed before; `reload` where only a fresh load can tell
   */
  apply(frame: Frame): { before: BoardWard; after: BoardWard }[] | 'reload' {
    const next = applyToBoard(this.#board, frame);
    if (next === 'reload') return next;
    const changed = next === this.#board ? [] : this.#take(next);
    for (const { after } of changed) this.#rows.get(after.ward.id)!.isNew = true;
    return changed;
  }

  /** The order and the totals, after what was applied and by the time it is: stale figures stand last, by the clock alone. */
  settle(now: Instant): void {
    this.#now = now;
    this.#arrange(false);
  }

  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    if (this.isWaiting) this.#arrange(false);
  }

  sortAgain(): void {
    this.#arrange(true);
  }

  #take(board: BoardView): { before: BoardWard; after: BoardWard }[] {
    const changed: { before: BoardWard; after: BoardWard }[] = [];
    this.#board = board;
    for (const card of board.items) {
      const row = this.#rows.get(card.ward.id);
      if (!row) this.#rows.set(card.ward.id, new RowOnScreen(card));
      else if (row.card !== card) {
        changed.push({ before: row.card, after: card });
        row.card = card;
      }
    }
    return changed;
  }

  /** Nothing is new any more. */
  unmark(): void {
    for (const row of this.#rows.values()) row.isNew = false;
  }

  #arrange(isAsked: boolean): void {
    const seen: SeenWard[] = [];
    for (const card of this.#board.items) {
      const km = kmTo(this.#wish.from, card);
      if (isWanted({ card, km }, this.#wish)) seen.push({ card, km, freshness: standingOf(card, this.#now) });
    }
    const totals = totalsOf(seen);
    if (JSON.stringify(totals) !== JSON.stringify(this.totals)) this.totals = totals;
    const next = seen.sort(compareSeen).map(({ card }) => this.#rows.get(card.ward.id)!);
    if (isSame(next, this.shown)) {
      this.isWaiting = false;
    } else if (isAsked || !this.#isHeld) {
      this.shown = next;
      this.isWaiting = false;
    } else {
      // A ward that is on the board no more has nothing left to show.
      const onBoard = new Set(this.#board.items.map(({ ward }) => ward.id));
      if (!this.shown.every(({ id }) => onBoard.has(id))) this.shown = this.shown.filter(({ id }) => onBoard.has(id));
      this.isWaiting = true;
    }
  }
}

const isSame = (a: readonly RowOnScreen[], b: readonly RowOnScreen[]) => a.length === b.length && a.every((row, index) => row === b[index]);
