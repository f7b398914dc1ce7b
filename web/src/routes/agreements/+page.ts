import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import type { AgreementView, WardView } from '@homeward/shared/places/contract.ts';
import { read } from '#lib/platform/api.ts';
import { sayTrust, trustNamesOf } from '#lib/places/client.ts';
import { nowOf } from '#lib/platform/live.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, parent }) => {
  const [agreements, trusts, wards, { session }] = await Promise.all([
    read<{ items: AgreementView[] }>(fetch, '/agreements'),
    read<{ items: { code: string; name: string; independent: boolean }[] }>(fetch, '/trusts'),
    read<{ items: WardView[] }>(fetch, '/wards?limit=100'),
    parent(),
  ]);
  const items = agreements.body.items;
  const withWards = new Set(wards.body.items.map(({ trust }) => trust));
  return {
    agreements: items,
    at: agreements.at,
    today: localDayOf(nowOf(session)),
    trusts: trusts.body.items.map(({ code, name, independent }) => ({
      code,
      name: sayTrust(name),
      /** Who takes part in the picture: those that share already, and those that could. */
      inPicture: !independent || items.some(({ homeTrust, hostTrust }) => homeTrust === code || hostTrust === code),
      isHost: withWards.has(code) || items.some(({ hostTrust }) => hostTrust === code),
    })),
    trustName: trustNamesOf(trusts.body.items),
    myTrusts: session?.roles.flatMap(({ role, trust }) => (role === 'bank-office' && trust ? [trust] : [])) ?? [],
  };
};
