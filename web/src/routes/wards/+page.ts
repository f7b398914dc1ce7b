import { redirect } from '@sveltejs/kit';
import type { WardShift } from '@homeward/shared/shifts/contract.ts';
import { read } from '#lib/platform/api.ts';
import type { Position } from '#lib/platform/api.ts';
import { nowOf } from '#lib/platform/live.svelte.ts';
import type { PageLoad } from './$types';

interface ListOfShifts {
  items: WardShift[];
  nextCursor: string | null;
}

export const load: PageLoad = async ({ fetch, parent }) => {
  const { session } = await parent();
  const wards = session?.wards ?? [];
  // One ward needs no list of wards.
  if (wards.length === 1) redirect(307, `/wards/${wards[0]!.id}`);
  const shifts: WardShift[] = [];
  let at: Position | null = null;
  let cursor: string | null = null;
  if (wards.length > 0) {
    do {
      const path: string = `/shifts?status=open&limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`;
      const page: { body: ListOfShifts; at: Position | null } = await read<ListOfShifts>(fetch, path);
      shifts.push(...page.body.items);
      // The first page's place in the stream: what changed while the others came is told again, and a card applied twice is the same card.
      at ??= page.at;
      cursor = page.body.nextCursor;
    } while (cursor);
  }
  return { wards, shifts, at, now: nowOf(session) };
};
