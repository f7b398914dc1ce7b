import { readBoard, readCodes } from '#lib/beds/client.ts';
import { bedManagerOf, needs } from '#lib/placements/client.ts';
import { trustNamesOf } from '#lib/places/client.ts';
import { read } from '#lib/platform/api.ts';
import { nowOf } from '#lib/platform/live.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, parent }) => {
  const [codes, board, recent, trusts, { session }] = await Promise.all([
    readCodes(fetch),
    readBoard(fetch),
    needs(fetch),
    read<{ items: { code: string; name: string }[] }>(fetch, '/trusts'),
    parent(),
  ]);
  const trustName = trustNamesOf(trusts.body.items);
  // Types that a ward of the area has come first: the others can only end out of area.
  const here = new Set(board.body.items.map(({ ward }) => ward.bedType));
  return {
    codes,
    bedTypes: [...codes.bedTypes.filter(({ code }) => here.has(code)), ...codes.bedTypes.filter(({ code }) => !here.has(code))],
    isHere: (code: string) => here.has(code),
    places: board.body.places,
    recent: recent.items,
    trusts: bedManagerOf(session).map((code) => ({ code, name: trustName(code) })),
    account: session?.account.id ?? '',
    now: nowOf(session),
  };
};
