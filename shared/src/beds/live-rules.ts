import { rfc3339 } from '../kernel/interval.ts';
import type { Frame } from '../kernel/event.ts';
import type { BoardView, WardBeds } from './contract.ts';
import { nextDueAt } from './freshness-rules.ts';

/** What a page shows after an event, from what it showed before; `reload` where one fact changed what the frame doesn't carry. */
export type Applied<T> = T | 'reload';

/** Stands for all the wards somebody looks after, where one act may have changed any of them. */
const everyWard = '*';

/**
 * The board of the collaborative: each changed card takes the place of the old one, which keeps its own, so that nothing moves under the
 * cursor. Figures age in the page, by each card's rule.
 * @param bedType where the board was loaded for one bed type only: a ward of another type leaves it and never joins it
 * @returns `reload` for a ward that wasn't there: where it belongs is the load's to say
 */
export function applyToBoard(board: BoardView, frame: Frame, bedType?: string): Applied<BoardView> {
  const { data } = frame;
  const known = new Set(board.items.map((item) => item.ward.id));
  if (data.reload && (data.wardId === undefined || data.wardId === everyWard || known.has(data.wardId))) return 'reload';
  if (!data.board || data.board.length === 0) return board;
  const belongs = data.board.filter((card) => bedType === undefined || card.ward.bedType === bedType);
  if (belongs.some((card) => !known.has(card.ward.id))) return 'reload';
  const changed = new Map(belongs.map((card) => [card.ward.id, card]));
  const gone = new Set(data.board.map((card) => card.ward.id).filter((wardId) => !changed.has(wardId)));
  return {
    ...board,
    items: board.items.flatMap((item) => (gone.has(item.ward.id) ? [] : [changed.get(item.ward.id) ?? item])),
  };
}

/**
 * A ward's own page of beds. `reload` where the frame tells of its beds without its card, since the counts stand on the card; and where one
 * of its shifts came, went or was filled, since which of them a closing may name is the load's to say.
 */
export function applyToWardBeds(page: WardBeds, frame: Frame): Applied<WardBeds> {
  const { data, type } = frame;
  const own = page.card.ward.id;
  const card = data.board?.find((each) => each.ward.id === own);
  const isOurs = data.wardId === own;
  if (data.reload && (data.wardId === undefined || isOurs || data.wardId === everyWard)) return 'reload';
  if (isOurs && /^(shift|booking)\./.test(type) && type !== 'shift.changed') return 'reload';
  if (isOurs && data.beds && !card) return 'reload';
  if (!card) return page;
  const beds = isOurs ? (data.beds ?? page.beds) : page.beds;
  const now = Math.max(Date.parse(page.now), Date.parse(frame.at));
  return { ...page, card, beds, nextDueAt: rfc3339(nextDueAt(card.rule.dueTimes, now)) };
}
