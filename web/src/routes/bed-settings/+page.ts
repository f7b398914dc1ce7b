import type { BedSettingsView } from '@homeward/shared/beds/contract.ts';
import { bedManagerOf } from '#lib/placements/client.ts';
import { trustNamesOf } from '#lib/places/client.ts';
import { read } from '#lib/platform/api.ts';
import { nowOf } from '#lib/platform/live.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, parent, url }) => {
  const { session } = await parent();
  const mine = bedManagerOf(session);
  const asked = url.searchParams.get('trust');
  const trust = asked && mine.includes(asked) ? asked : (mine[0] ?? asked ?? '');
  const [{ body, at }, trusts] = await Promise.all([
    read<BedSettingsView>(fetch, `/bed-settings?trust=${encodeURIComponent(trust)}`),
    read<{ items: { code: string; name: string }[] }>(fetch, '/trusts'),
  ]);
  return { settings: body, at, mine, trust, trustName: trustNamesOf(trusts.body.items), now: nowOf(session) };
};
