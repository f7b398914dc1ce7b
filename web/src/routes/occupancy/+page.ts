import type { OccupancyView, ReturnView } from '@homeward/shared/beds/contract.ts';
import { readCodes } from '#lib/beds/client.ts';
import { bedManagerOf } from '#lib/placements/client.ts';
import { trustNamesOf } from '#lib/places/client.ts';
import { read, readIf } from '#lib/platform/api.ts';
import { nowOf } from '#lib/platform/live.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, parent, url }) => {
  const { session } = await parent();
  const mine = bedManagerOf(session);
  const trust = mine.find((one) => one === url.searchParams.get('trust')) ?? mine[0] ?? '';
  const asked = { day: url.searchParams.get('day') ?? '', time: url.searchParams.get('time') ?? '' };
  const returned = new URLSearchParams({ trust, ...(asked.day && { day: asked.day }), ...(asked.time && { time: asked.time }) });
  const [{ body: occupancy, at }, sent, codes, trusts] = await Promise.all([
    read<OccupancyView>(fetch, `/occupancy?${new URLSearchParams({ trust })}`),
    // A time that isn't there is told beside the form; the rest of the page stands.
    readIf<ReturnView>(fetch, `/returns?${returned}`).catch((error: { status?: number; body?: { message?: string } }) => ({
      problem: error.status === 422 && error.body?.message ? error.body.message : 'This return could not be read. Try it again.',
    })),
    readCodes(fetch),
    read<{ items: { code: string; name: string }[] }>(fetch, '/trusts'),
  ]);
  return {
    occupancy,
    at,
    asked,
    sent: sent && 'body' in sent ? sent.body : null,
    problem: sent && 'problem' in sent ? sent.problem : null,
    codes,
    mine,
    trust,
    trustName: trustNamesOf(trusts.body.items),
    now: nowOf(session),
  };
};
