import type { OpeningsView } from '@homeward/shared/beds/contract.ts';
import { read } from '#lib/platform/api.ts';
import { nowOf } from '#lib/platform/live.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, parent }) => {
  const [{ body: openings, at }, { session }] = await Promise.all([read<OpeningsView>(fetch, '/beds/openings'), parent()]);
  return { openings, at, now: nowOf(session) };
};
