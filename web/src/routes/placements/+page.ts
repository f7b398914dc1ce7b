import { readCodes } from '#lib/beds/client.ts';
import { needs, readAtOf } from '#lib/placements/client.ts';
import { shows } from './shows.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, url, parent }) => {
  const show = shows.find(({ name }) => name === url.searchParams.get('show')) ?? shows[0];
  const [list, codes, { session }] = await Promise.all([needs(fetch, show.states), readCodes(fetch), parent()]);
  return { ...list, readAt: readAtOf(list.at, session), show, codes };
};
