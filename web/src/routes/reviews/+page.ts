import type { ReviewItem } from '@homeward/shared/shifts/contract.ts';
import { read } from '#lib/platform/api.ts';
import { trustNamesOf } from '#lib/places/client.ts';
import { nowOf } from '#lib/platform/live.svelte.ts';
import type { Reasons } from '#lib/wards/client.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, parent }) => {
  const [reviews, reasons, trusts, { session }] = await Promise.all([
    read<{ items: ReviewItem[]; nextCursor: string | null }>(fetch, '/reviews?limit=100'),
    read<Reasons>(fetch, '/shifts/reasons'),
    read<{ items: { code: string; name: string }[] }>(fetch, '/trusts'),
    parent(),
  ]);
  return {
    items: reviews.body.items,
    /** Past the first hundred: those that start last. */
    hasMore: reviews.body.nextCursor !== null,
    at: reviews.at,
    reasons: reasons.body,
    trustName: trustNamesOf(trusts.body.items),
    now: nowOf(session),
  };
};
