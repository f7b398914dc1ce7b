import type { OutOfAreaLine } from '@homeward/shared/placements/contract.ts';
import { readCodes, readComingHome } from '#lib/beds/client.ts';
import { bedManagerOf, type List } from '#lib/placements/client.ts';
import { read } from '#lib/platform/api.ts';
import { nowOf } from '#lib/platform/live.svelte.ts';
import type { PageLoad } from './$types';

type Lines = List<OutOfAreaLine>;

/** Everybody of one state, or of what is over and only grows the newest hundred: the file has them all. */
async function linesOf(fetch: typeof globalThis.fetch, state: OutOfAreaLine['state'], isWhole: boolean) {
  const path: string = `/out-of-area?state=${state}&limit=100`;
  const { body, at } = await read<Lines>(fetch, path);
  const lines = [...body.items];
  let cursor = body.nextCursor;
  while (isWhole && cursor) {
    const page: Lines = (await read<Lines>(fetch, `${path}&cursor=${encodeURIComponent(cursor)}`)).body;
    lines.push(...page.items);
    cursor = page.nextCursor;
  }
  return { lines, hasMore: cursor !== null, at };
}

export const load: PageLoad = async ({ fetch, parent }) => {
  const { session } = await parent();
  const [drafts, away, ended, others, codes, home] = await Promise.all([
    linesOf(fetch, 'draft', true),
    linesOf(fetch, 'away', true),
    linesOf(fetch, 'ended', false),
    linesOf(fetch, 'not-out-of-area', false),
    readCodes(fetch),
    readComingHome(fetch),
  ]);
  return {
    drafts: drafts.lines,
    away: away.lines,
    ended,
    others,
    // From the oldest of them on: what a newer one holds already is only told again.
    at: [drafts.at, away.at, ended.at, others.at].reduce((oldest, at) => (at && oldest && at.offset < oldest.offset ? at : oldest)),
    codes,
    couldComeHome: home?.body.couldComeHome ?? 0,
    mine: bedManagerOf(session),
    now: nowOf(session),
  };
};
