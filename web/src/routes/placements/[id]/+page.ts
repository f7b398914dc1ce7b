import { readCodes } from '#lib/beds/client.ts';
import { matches, need, readAtOf } from '#lib/placements/client.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, parent }) => {
  const [placement, found, codes, { session }] = await Promise.all([
    need(fetch, params.id),
    matches(fetch, params.id),
    readCodes(fetch),
    parent(),
  ]);
  return {
    placement: placement.body,
    at: placement.at,
    readAt: readAtOf(placement.at, session),
    matches: found?.body ?? null,
    matchesAt: found?.at ?? null,
    codes,
  };
};
