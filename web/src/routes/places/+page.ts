import type { WardView } from '@homeward/shared/places/contract.ts';
import { hasRole } from '#lib/accounts/client.ts';
import { read } from '#lib/platform/api.ts';
import type { PageLoad } from './$types';

interface Trust {
  code: string;
  name: string;
  short: string;
  independent: boolean;
}

export const load: PageLoad = async ({ fetch, parent }) => {
  const trusts = await read<{ items: Trust[] }>(fetch, '/trusts');
  const wards: WardView[] = [];
  let cursor: string | null = null;
  do {
    const path: string = `/wards?limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`;
    const page: { items: WardView[]; nextCursor: string | null } = (
      await read<{ items: WardView[]; nextCursor: string | null }>(fetch, path)
    ).body;
    wards.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor);
  const { session } = await parent();
  return { trusts: trusts.body.items, wards, seesBoard: session !== null && hasRole(session, 'bed-manager') };
};
