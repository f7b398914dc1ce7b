import type { BoardView, ServiceLineView } from '@homeward/shared/beds/contract.ts';
import type { BoardWish } from '@homeward/shared/beds/board-rules.ts';

/** What the address of a board may hold. Each is left out where nothing was chosen. */
export const asks = ['q', 'type', 'sex', 'security', 'line', 'from', 'within', 'site', 'free'] as const;
export type Ask = (typeof asks)[number];
/** The address as the page has it: to read only. */
export type Asked = Pick<URLSearchParams, 'get'> & Iterable<[string, string]>;

/** The board one came from, as one had narrowed it: where a page of a ward leads back to. */
export const cameFrom = { board: '/beds' };

/** How far is asked for in steps: nobody places by the kilometre. */
export const steps = [5, 10, 20, 40, 60];

/** What an address asks for. What it holds and nobody knows is as if it weren't there. */
export function wishOf(asked: Asked, places: BoardView['places'], lines: readonly ServiceLineView[]): BoardWish {
  const place = places.find(({ short }) => short === asked.get('from'));
  const sex = asked.get('sex');
  const security = asked.get('security');
  const within = Number(asked.get('within'));
  return {
    text: (asked.get('q') ?? '').trim(),
    bedType: asked.get('type') || null,
    sex: sex === 'female' || sex === 'male' ? sex : null,
    securityLevel: security !== null && /^[0-3]$/.test(security) ? Number(security) : null,
    lineBedTypes: lines.find(({ code }) => code === asked.get('line'))?.bedTypes ?? null,
    site: asked.get('site') || null,
    freeOnly: asked.get('free') === '1',
    from: place ?? null,
    withinKm: place && within > 0 ? within : null,
  };
}

/** The address of the board with one thing asked otherwise; an empty value asks for nothing. */
export function addressOf(asked: Asked, changes: Partial<Record<Ask | 'view', string>>): string {
  const query = new URLSearchParams([...asked]);
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  // From nowhere nothing is near.
  if (!query.get('from')) query.delete('within');
  return query.size > 0 ? `/beds?${query}` : '/beds';
}
