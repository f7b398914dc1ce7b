import type { CriteriaView, SexHistory } from '@homeward/shared/beds/contract.ts';
import { readCodes } from '#lib/beds/client.ts';
import { read } from '#lib/platform/api.ts';
import { nowOf } from '#lib/platform/live.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, parent }) => {
  const [{ body: criteria, at }, sex, codes, { session }] = await Promise.all([
    read<CriteriaView>(fetch, `/wards/${params.id}/criteria`),
    read<SexHistory>(fetch, `/wards/${params.id}/sex`),
    readCodes(fetch),
    parent(),
  ]);
  return { criteria, at, sex: sex.body, codes, now: nowOf(session) };
};
