import type { Candidates, WardShift } from '@homeward/shared/shifts/contract.ts';
import { read } from '#lib/platform/api.ts';
import { trustNamesOf } from '#lib/places/client.ts';
import { nowOf } from '#lib/platform/live.svelte.ts';
import type { Reasons } from '#lib/wards/client.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, parent }) => {
  const [{ body: shift, at }, candidates, reasons, trusts, { session }] = await Promise.all([
    read<WardShift>(fetch, `/shifts/${params.shiftId}`),
    read<Candidates>(fetch, `/shifts/${params.shiftId}/candidates?outcome=eligible&limit=20`),
    read<Reasons>(fetch, '/shifts/reasons'),
    read<{ items: { code: string; name: string }[] }>(fetch, '/trusts'),
    parent(),
  ]);
  return {
    shift,
    at,
    now: nowOf(session),
    candidates: candidates.body,
    reasons: reasons.body,
    trustName: trustNamesOf(trusts.body.items),
    manages: session?.wards.some((ward) => ward.id === shift.wardId) ?? false,
  };
};
