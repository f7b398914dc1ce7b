import type { WardBoard } from '@homeward/shared/shifts/contract.ts';
import { addDays, localDayOf, startOfDay } from '@homeward/shared/kernel/local-time.ts';
import { read } from '#lib/platform/api.ts';
import { nowOf } from '#lib/platform/live.svelte.ts';
import type { Reasons } from '#lib/wards/client.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, parent }) => {
  const { session } = await parent();
  const now = nowOf(session);
  const today = localDayOf(now);
  const from = new Date(startOfDay(addDays(today, -7))).toISOString();
  const to = new Date(startOfDay(addDays(today, 42))).toISOString();
  const [{ body: board, at }, reasons] = await Promise.all([
    read<WardBoard>(fetch, `/wards/${params.id}/board?from=${from}&to=${to}`),
    read<Reasons>(fetch, '/shifts/reasons'),
  ]);
  return { board, at, now, today, reasons: reasons.body.post };
};
