import type { DelegationView } from '@homeward/shared/training/contract.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { read } from '#lib/platform/api.ts';
import { isOneOf, leadOf, type List } from '#lib/training/client.ts';
import { nowOf } from '#lib/platform/live.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, parent }) => {
  const [delegations, trusts, { session }] = await Promise.all([
    read<List<DelegationView>>(fetch, '/training/delegations'),
    read<List<{ code: string; name: string; independent: boolean }>>(fetch, '/trusts'),
    parent(),
  ]);
  return {
    delegations: delegations.body.items,
    trusts: trusts.body.items.filter(({ independent }) => !independent),
    mayChange: isOneOf(session, 'administrator'),
    mine: leadOf(session),
    today: localDayOf(nowOf(session)),
    at: delegations.at,
  };
};
