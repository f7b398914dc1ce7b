import type { BookingRecord } from '@homeward/shared/assurance/contract.ts';
import { read } from '#lib/platform/api.ts';
import { trustNamesOf } from '#lib/places/client.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params }) => {
  const [record, trusts] = await Promise.all([
    read<BookingRecord>(fetch, `/audit/bookings/${params.id}`),
    read<{ items: { code: string; name: string }[] }>(fetch, '/trusts'),
  ]);
  return { record: record.body, trustName: trustNamesOf(trusts.body.items) };
};
