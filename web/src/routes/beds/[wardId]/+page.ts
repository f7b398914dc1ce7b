import { error } from '@sveltejs/kit';
import type { CriteriaView } from '@homeward/shared/beds/contract.ts';
import { hasRole } from '#lib/accounts/client.ts';
import { readBedsOf, readBoard, readCodes } from '#lib/beds/client.ts';
import { readIf } from '#lib/platform/api.ts';
import { trustNamesOf } from '#lib/places/client.ts';
import { nowOf } from '#lib/platform/live.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, parent }) => {
  const [{ body: board, at }, { beds }, criteria, codes, trusts, { session }] = await Promise.all([
    readBoard(fetch),
    readBedsOf(fetch, params.wardId),
    readIf<CriteriaView>(fetch, `/wards/${params.wardId}/criteria`),
    readCodes(fetch),
    readIf<{ items: { code: string; name: string }[] }>(fetch, '/trusts'),
    parent(),
  ]);
  const card = board.items.find(({ ward }) => ward.id === params.wardId);
  if (!card) error(404, 'This is not here, or it is not yours to see.');
  return {
    card,
    beds,
    at,
    criteria: criteria?.body ?? null,
    codes,
    trustName: trustNamesOf(trusts?.body.items ?? []),
    isMine: session !== null && hasRole(session, 'bed-manager') && session.roles.some((held) => held.trust === card.ward.trust),
    now: nowOf(session),
  };
};
