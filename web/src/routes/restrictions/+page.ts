import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import type { WardView } from '@homeward/shared/places/contract.ts';
import type { RestrictionView } from '@homeward/shared/workers/contract.ts';
import { read } from '#lib/platform/api.ts';
import { trustNamesOf } from '#lib/places/client.ts';
import { nowOf } from '#lib/platform/live.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, parent }) => {
  const [restrictions, wards, trusts, { session }] = await Promise.all([
    read<{ items: RestrictionView[] }>(fetch, '/restrictions'),
    read<{ items: WardView[] }>(fetch, '/wards?limit=100'),
    read<{ items: { code: string; name: string }[] }>(fetch, '/trusts'),
    parent(),
  ]);
  const myTrusts = session?.roles.flatMap(({ role, trust }) => (role === 'bank-office' && trust ? [trust] : [])) ?? [];
  return {
    restrictions: restrictions.body.items,
    at: restrictions.at,
    myTrusts,
    wards: wards.body.items.filter(({ trust }) => myTrusts.includes(trust)),
    today: localDayOf(nowOf(session)),
    trustName: trustNamesOf(trusts.body.items),
  };
};
