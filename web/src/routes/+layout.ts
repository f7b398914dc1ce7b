import { redirect } from '@sveltejs/kit';
import { browser } from '$app/env';
import { currentSession } from '#lib/accounts/client.ts';
import { bedManagerOf, liveAllocations } from '#lib/placements/client.ts';
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
  // What a bed manager's trust holds, and what a ward is asked, runs out wherever they are: it stands across the top of every page.
  const holds =
    session && (bedManagerOf(session).length > 0 || session.wards.length > 0) ? await liveAllocations(fetch).catch(() => null) : null;
  return { session, sessionAt: read?.at ?? null, holds };
};
