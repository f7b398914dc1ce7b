import type { WardBoard } from '@homeward/shared/shifts/contract.ts';
import type { CompetencyView } from '@homeward/shared/training/contract.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { read } from '#lib/platform/api.ts';
import { nowOf } from '#lib/platform/live.svelte.ts';
import type { Reasons } from '#lib/wards/client.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, parent }) => {
  const [{ body: board, at }, reasons, competencies, { session }] = await Promise.all([
    read<WardBoard>(fetch, `/wards/${params.id}/board`),
    read<Reasons>(fetch, '/shifts/reasons'),
    read<{ items: CompetencyView[] }>(fetch, '/training/competencies'),
    parent(),
  ]);
  const now = nowOf(session);
  return { board, reasons: reasons.body.post, competencies: competencies.body.items, now, today: localDayOf(now) };
};
