import { redirect } from '@sveltejs/kit';
import { demonstration, firstPage } from '#lib/accounts/client.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, parent, url }) => {
  const { session } = await parent();
  if (session) redirect(303, firstPage(session));
  const next = url.searchParams.get('next') ?? '';
  return {
    demonstration: await demonstration(fetch),
    // Only ever a page of ours.
    next: /^\/[a-z]/.test(next) ? next : null,
  };
};
