import type { ServiceLineView } from '@homeward/shared/beds/contract.ts';
import { readCodes } from '#lib/beds/client.ts';
import { read } from '#lib/platform/api.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch }) => {
  const [{ body, at }, codes] = await Promise.all([read<{ items: ServiceLineView[] }>(fetch, '/service-lines'), readCodes(fetch)]);
  return { lines: body.items, at, codes };
};
