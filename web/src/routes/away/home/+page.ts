import type { ComingHomeView } from '@homeward/shared/placements/contract.ts';
import { readCodes } from '#lib/beds/client.ts';
import { read } from '#lib/platform/api.ts';
import { nowOf } from '#lib/platform/live.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, parent }) => {
  const [{ body, at }, codes, { session }] = await Promise.all([
    read<ComingHomeView>(fetch, '/placements/coming-home'),
    readCodes(fetch),
    parent(),
  ]);
  return { home: body, at, codes, now: nowOf(session) };
};
