import type { NoticeView } from '@homeward/shared/notices/contract.ts';
import type { PassportView } from '@homeward/shared/workers/contract.ts';
import { read } from '#lib/platform/api.ts';
import { myBookings } from '#lib/shifts/client.ts';
import { nowOf } from '#lib/platform/live.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, parent }) => {
  const [{ body, at }, bookings, notices, { session }] = await Promise.all([
    read<PassportView>(fetch, '/me/passport'),
    myBookings(fetch),
    read<{ items: NoticeView[] }>(fetch, '/notices'),
    parent(),
  ]);
  const now = nowOf(session);
  return {
    passport: body,
    at,
    now,
    elsewhere: bookings.body.items.filter(
      ({ status, shift }) =>
        (status === 'confirmed' || status === 'needs-review') && shift.ward.trust !== body.homeTrust && Date.parse(shift.startsAt) > now,
    ),
    unseen: notices.body.items.filter(({ seenAt }) => seenAt === null),
  };
};
