import type { WardRequirements } from '@homeward/shared/training/contract.ts';
import { read } from '#lib/platform/api.ts';
import { trustNamesOf } from '#lib/places/client.ts';
import type { List } from '#lib/training/client.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, parent }) => {
  const [{ body: asked, at }, trusts, { session }] = await Promise.all([
    read<WardRequirements>(fetch, `/wards/${params.id}/requirements`),
    read<List<{ code: string; name: string }>>(fetch, '/trusts'),
    parent(),
  ]);
  return {
    asked,
    at,
    mayChange: session?.wards.some(({ id }) => id === params.id) ?? false,
    trustName: trustNamesOf(trusts.body.items),
  };
};
