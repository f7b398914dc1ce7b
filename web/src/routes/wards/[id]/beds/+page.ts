import type { WardBeds } from '@homeward/shared/beds/contract.ts';
import type { AllocationView } from '@homeward/shared/placements/contract.ts';
import { readCodes } from '#lib/beds/client.ts';
import { read } from '#lib/platform/api.ts';
import { readAtOf, type List } from '#lib/placements/client.ts';
import { trustNamesOf } from '#lib/places/client.ts';
import { nowOf } from '#lib/platform/live.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, parent }) => {
  const [{ body: ward, at }, asked, codes, trusts, { session }] = await Promise.all([
    read<WardBeds>(fetch, `/wards/${params.id}/beds`),
    read<List<AllocationView>>(fetch, `/allocations?wardId=${params.id}&live=true&limit=100`),
    readCodes(fetch),
    read<{ items: { code: string; name: string }[] }>(fetch, '/trusts'),
    parent(),
  ]);
  return {
    ward,
    at,
    allocations: asked.body.items,
    allocationsAt: asked.at,
    readAt: readAtOf(asked.at, session),
    codes,
    trustName: trustNamesOf(trusts.body.items),
    now: nowOf(session),
    isManager: session?.wards.some(({ id }) => id === params.id) ?? false,
  };
};
