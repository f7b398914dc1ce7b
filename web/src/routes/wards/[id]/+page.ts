import type { WardBoard } from '@homeward/shared/shifts/contract.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { read } from '#lib/platform/api.ts';
import { trustNamesOf } from '#lib/places/client.ts';
import { nowOf } from '#lib/wards/client.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, parent }) => {
  const [{ body: board, at }, trusts, { session }] = await Promise.all([
    read<WardBoard>(fetch, `/wards/${params.id}/board`),
    read<{ items: { code: string; name: string }[] }>(fetch, '/trusts'),
    parent(),
  ]);
  const now = nowOf(session);
  return {
    board,
    at,
    now,
    today: localDayOf(now),
    trustName: trustNamesOf(trusts.body.items),
    hasOtherWards: (session?.wards.length ?? 0) > 1,
  };
};
