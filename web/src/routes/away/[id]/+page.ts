import type { OutOfAreaView } from '@homeward/shared/placements/contract.ts';
import { readCodes } from '#lib/beds/client.ts';
import { read } from '#lib/platform/api.ts';
import { nowOf } from '#lib/platform/live.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, parent }) => {
  const [{ body: line, at }, codes, trusts, { session }] = await Promise.all([
    read<OutOfAreaView>(fetch, `/out-of-area/${params.id}`),
    readCodes(fetch),
    read<{ items: { code: string; name: string; independent: boolean }[] }>(fetch, '/trusts'),
    parent(),
  ]);
  return { line, at, codes, trusts: trusts.body.items, now: nowOf(session) };
};
