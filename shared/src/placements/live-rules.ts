import type { Frame } from '../kernel/event.ts';
import { isLive } from './allocation-rules.ts';
import type { AllocationView, PlacementLine } from './contract.ts';

/** What a page shows after an event, from what it showed before; `reload` where one fact changed what the frame doesn't carry. */
export type Applied<T> = T | 'reload';

/** Needs newest first, by when they were described; the id last, so that it is one order. For `Array.sort`. */
export function comparePlacements(a: Pick<PlacementLine, 'createdAt' | 'id'>, b: Pick<PlacementLine, 'createdAt' | 'id'>): number {
  return newestFirst(a.createdAt, b.createdAt) || newestFirst(a.id, b.id);
}

/** Allocations newest first, by when they were held. */
export function compareAllocations(a: Pick<AllocationView, 'heldAt' | 'id'>, b: Pick<AllocationView, 'heldAt' | 'id'>): number {
  return newestFirst(a.heldAt, b.heldAt) || newestFirst(a.id, b.id);
}

/**
 * The sender's needs, newest first. One that continues another is told to the one it continues, too, until it is withdrawn.
 * @param state where the list was loaded for one state only: a need in another leaves it
 */
export function applyToPlacements(
  list: readonly PlacementLine[],
  frame: Frame,
  state?: PlacementLine['state'],
): Applied<readonly PlacementLine[]> {
  const changed = frame.data.placement;
  if (!changed) return frame.data.reload ? 'reload' : list;
  const belongs = state === undefined || changed.state === state;
  const others = list.filter((item) => item.id !== changed.id).map((item) => continuedBy(item, changed));
  return belongs ? [...others, changed].sort(comparePlacements) : others;
}

function continuedBy(item: PlacementLine, changed: PlacementLine): PlacementLine {
  if (changed.continues?.id !== item.id) return item;
  if (changed.state !== 'withdrawn') return { ...item, continuedBy: { id: changed.id, reference: changed.reference } };
  return item.continuedBy?.id === changed.id ? { ...item, continuedBy: null } : item;
}

/**
 * Allocations of wards one looks after, or of one's own needs, newest first.
 * @param shown what the list was loaded for: one ward's only, live ones only
 */
export function applyToAllocations(
  list: readonly AllocationView[],
  frame: Frame,
  shown: { wardId?: string; live?: boolean } = {},
): Applied<readonly AllocationView[]> {
  const changed = frame.data.allocation;
  if (!changed) return frame.data.reload ? 'reload' : list;
  const belongs = (shown.wardId === undefined || changed.ward.id === shown.wardId) && (!shown.live || isLive(changed.state));
  const others = list.filter((item) => item.id !== changed.id);
  return belongs ? [...others, changed].sort(compareAllocations) : others;
}

// Times leave the program in one form, RFC 3339 in UTC with milliseconds, so that they compare as text.
function newestFirst(a: string, b: string): number {
  return a > b ? -1 : a < b ? 1 : 0;
}
