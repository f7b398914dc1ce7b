import { hasRole } from '#lib/accounts/client.ts';
import { myUnavailability } from '#lib/working-time/client.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, parent }) => {
  const { session } = await parent();
  const isWorker = session !== null && hasRole(session, 'worker');
  return { unavailable: isWorker ? (await myUnavailability(fetch)).body.items : null };
};
