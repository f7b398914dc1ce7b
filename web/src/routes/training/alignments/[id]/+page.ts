import type { AlignmentDetail, DelegationView } from '@homeward/shared/training/contract.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { read, readIf } from '#lib/platform/api.ts';
import { trustNamesOf } from '#lib/places/client.ts';
import { leadOf, type List } from '#lib/training/client.ts';
import { nowOf } from '#lib/platform/live.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, parent }) => {
  const [{ body: alignment, at }, trusts, { session }] = await Promise.all([
    read<AlignmentDetail>(fetch, `/training/alignments/${params.id}`),
    read<List<{ code: string; name: string }>>(fetch, '/trusts'),
    parent(),
  ]);
  const mine = leadOf(session);
  // For whom I sign: only a lead has anybody.
  const delegations = mine.length > 0 ? await readIf<List<DelegationView>>(fetch, '/training/delegations') : null;
  return {
    alignment,
    at,
    mine,
    signsFor: (delegations?.body.items ?? []).filter(({ account, inForce }) => inForce && account.id === session?.account.id),
    trustName: trustNamesOf(trusts.body.items),
    today: localDayOf(nowOf(session)),
  };
};
