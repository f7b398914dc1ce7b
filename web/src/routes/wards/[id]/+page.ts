import type { ShortShift, WardBoard } from '@homeward/shared/shifts/contract.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { read, readIf } from '#lib/platform/api.ts';
import { trustNamesOf } from '#lib/places/client.ts';
import { nowOf } from '#lib/platform/live.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, parent }) => {
  const [{ body: board, at }, short, trusts, { session }] = await Promise.all([
    read<WardBoard>(fetch, `/wards/${params.id}/board`),
    readIf<{ items: ShortShift[] }>(fetch, `/wards/${params.id}/short-shifts`),
    read<{ items: { code: string; name: string }[] }>(fetch, '/trusts'),
    parent(),
  ]);
  const now = nowOf(session);
  return {
    board,
    short: short?.body.items ?? [],
    at,
    now,
    today: localDayOf(now),
    trustName: trustNamesOf(trusts.body.items),
    hasOtherWards: (session?.wards.length ?? 0) > 1,
  };
};
