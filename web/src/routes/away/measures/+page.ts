import type { MeasuresView } from '@homeward/shared/placements/contract.ts';
import { bedManagerOf } from '#lib/placements/client.ts';
import { trustNamesOf } from '#lib/places/client.ts';
import { read } from '#lib/platform/api.ts';
import { nowOf } from '#lib/platform/live.svelte.ts';
import type { PageLoad } from './$types';

const spans = ['month', 'quarter', 'year'] as const;

export const load: PageLoad = async ({ fetch, parent, url }) => {
  const { session } = await parent();
  const mine = bedManagerOf(session);
  const by = spans.find((one) => one === url.searchParams.get('by')) ?? 'month';
  const trust = mine.find((one) => one === url.searchParams.get('trust')) ?? mine[0] ?? '';
  const [{ body, at }, trusts] = await Promise.all([
    read<MeasuresView>(fetch, `/out-of-area/measures?${new URLSearchParams({ by, trust })}`),
    read<{ items: { code: string; name: string }[] }>(fetch, '/trusts'),
  ]);
  return { measures: body, at, by, mine, trust, trustName: trustNamesOf(trusts.body.items), now: nowOf(session) };
};
