import { redirect } from '@sveltejs/kit';
import type { SessionView } from '@homeward/shared/accounts/contract.ts';
import { browser } from '$app/env';
import { currentSession, hasRole } from '#lib/accounts/client.ts';
import { live } from '#lib/platform/live.svelte.ts';
import type { LayoutLoad } from './$types';

/** Pages for people who aren't signed in. */
const isOpen = (pathname: string) => pathname === '/' || pathname.startsWith('/invitation/');

export const load: LayoutLoad = async ({ fetch, url, untrack }) => {
  const read = await currentSession(fetch);
  const session = read?.body ?? null;
  if (browser && session) live.setClock(session.now);
  // Untracked: moving about doesn't ask again who one is. A session that ends is told by the next call the page makes.
  const { pathname } = untrack(() => url);
  if (!session && !isOpen(pathname)) redirect(303, `/?next=${encodeURIComponent(pathname)}`);
  return { session, sessionAt: read?.at ?? null, holds: session && isAskedForBeds(session) ? await holdsOf(fetch) : null };
};

const isAskedForBeds = (session: SessionView) => hasRole(session, 'bed-manager') || session.wards.length > 0;

/**
 * What a bed manager's trust holds, and what a ward is asked, runs out wherever they are: it stands across the top of every page. Its code is
 * theirs alone; a worker's phone never fetches it.
 */
async function holdsOf(fetch: typeof globalThis.fetch) {
  const [{ default: Bars }, { liveAllocations }] = await Promise.all([
    import('#lib/placements/Holds.svelte'),
    import('#lib/placements/client.ts'),
  ]);
  const allocations = await liveAllocations(fetch).catch(() => null);
  return allocations && { Bars, allocations };
}
