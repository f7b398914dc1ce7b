import { localDayOf, sayDay, sayTime } from '@homeward/shared/kernel/local-time.ts';
import type { Frame } from '@homeward/shared/kernel/event.ts';
import type { MyShift, MyShifts } from '@homeward/shared/shifts/contract.ts';
import type { Wanted } from '@homeward/shared/shifts/list-rules.ts';
import { applyToMyShifts, compareMyShifts } from '@homeward/shared/shifts/live-rules.ts';

/** What the worker narrowed the list to. Kept while they look at a shift and come back. */
export const wanted = $state<Wanted>({
  sort: 'best',
  withinKm: null,
  nights: false,
  myWards: false,
});

/** How long a card that goes stays to say so. */
const goingMs = 2500;

/**
 * A worker's list as it stands on the screen. `list` is the truth and takes every frame at once; `shown` follows when nothing is
 * being touched, so that no card moves under a finger or away from the focus. A card that goes first says why, where it stands.
 */
export class ShiftsOnScreen {
  list = $state.raw<MyShifts>({
    items: [],
    nextCursor: null,
    counts: { eligible: 0, override: 0, blocked: 0 },
    headRoomMinutes: 0,
    unlocks: [],
  });
  shown = $state.raw<MyShift[]>([]);
  gone = $state<Record<string, string>>({});
  /** Changes that wait for the finger or the focus to leave. */
  waiting = $state(0);

  #held = false;
  #isWhole = true;
  #going = new Map<string, { shift: MyShift; until: number }>();
  #settle: (change: () => void) => void;

  /** @param settle does the change, keeping what the person looks at where it is */
  constructor(list: MyShifts, settle: (change: () => void) => void) {
    this.#settle = settle;
    this.reset(list);
  }

  /** Another list: it is shown as it comes. */
  reset(list: MyShifts): void {
    this.list = list;
    this.#going.clear();
    this.gone = {};
    this.waiting = 0;
    this.#isWhole = true;
    this.shown = list.items;
  }

  /** The same list, read again. What is shown stays until the rest of it is there too, so that it never shrinks and grows. */
  renew(list: MyShifts): void {
    this.list = list;
    this.#isWhole = list.nextCursor === null;
    this.waiting += 1;
    this.#show();
  }

  /** More of the same list, further down the server's order. */
  add(more: MyShifts): void {
    const known = new Set(this.list.items.map((shift) => shift.id));
    const items = [...this.list.items, ...more.items.filter((shift) => !known.has(shift.id))].sort(compareMyShifts);
    this.list = { ...this.list, items, nextCursor: more.nextCursor };
    this.#isWhole ||= more.nextCursor === null;
    this.#show();
  }

  /** @returns 'reload' where only a fresh load can tell */
  apply(frame: Frame, now: number): 'reload' | undefined {
    const next = applyToMyShifts(this.list, frame);
    if (next === 'reload') return next;
    if (next === this.list) return;
    const still = new Set(next.items.map((shift) => shift.id));
    for (const shift of this.list.items) {
      if (still.has(shift.id)) continue;
      this.gone[shift.id] = goneWords(frame, now);
      this.#going.set(shift.id, { shift, until: Date.now() + goingMs });
      setTimeout(() => this.#show(), goingMs + 50);
    }
    // A shift that comes back (its booking was undone) is no longer going.
    for (const id of still) if (this.#going.delete(id)) delete this.gone[id];
    this.list = next;
    this.waiting += 1;
    this.#show();
  }

  /** What else there is beside this list, counted again. The list itself is kept right card by card. */
  recount({ counts, unlocks }: Pick<MyShifts, 'counts' | 'unlocks'>): void {
    this.list = { ...this.list, counts: { ...counts, eligible: this.list.counts.eligible }, unlocks };
  }

  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    this.#show();
  }

  #show(): void {
    if (this.#held || !this.#isWhole) return;
    const now = Date.now();
    const past = [...this.#going].filter(([, going]) => going.until <= now).map(([id]) => id);
    const items = [...this.list.items];
    for (const [id, going] of this.#going) if (going.until > now) items.push(going.shift);
    this.#settle(() => {
      for (const id of past) {
        this.#going.delete(id);
        delete this.gone[id];
      }
      this.shown = items.sort(compareMyShifts);
      this.waiting = 0;
    });
  }
}

function goneWords({ data, type }: Frame, now: number): string {
  if (type !== 'shift.withdrawn') return 'No longer open to you';
  if (data.reason === 'cancelled') return 'Cancelled by the ward';
  if (data.reason === 'expired') return 'It has started';
  if (data.reason === 'not-eligible') return 'No longer open to you';
  const takenAt = data.takenAt ? Date.parse(data.takenAt) : now;
  return `Taken ${localDayOf(takenAt) === localDayOf(now) ? sayTime(takenAt) : sayDay(localDayOf(takenAt))}`;
}
