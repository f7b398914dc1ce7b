import type { Outcome } from '@homeward/shared/kernel/decision.ts';
import { myShifts } from '#lib/shifts/client.ts';
import type { PageLoad } from './$types';

/** Enough for the first screens; the rest follows once the page has painted. */
const firstMany = 30;

const outcomes: Record<string, Outcome> = { ask: 'override', blocked: 'blocked' };

export const load: PageLoad = async ({ fetch, url }) => {
  const outcome = outcomes[url.searchParams.get('show') ?? ''] ?? 'eligible';
  const { body, at } = await myShifts(fetch, outcome, firstMany);
  return { outcome, mine: body, at };
};
