import { readBoard, readCodes, readComingHome, readLines, readOpenings, readSuites } from '#lib/beds/client.ts';
import { nowOf } from '#lib/platform/live.svelte.ts';
import type { PageLoad } from './$types';

// What the board is narrowed to stands in the address, and nothing of it is asked of the server: the load doesn't read it.
export const load: PageLoad = async ({ fetch, parent }) => {
  const [{ body: board, at }, codes, lines, suites, openings, home, { session }] = await Promise.all([
    readBoard(fetch),
    readCodes(fetch),
    readLines(fetch),
    readSuites(fetch),
    readOpenings(fetch),
    readComingHome(fetch),
    parent(),
  ]);
  return { board, at, bedTypes: codes.bedTypes, lines, suites, openings, home, now: nowOf(session) };
};
