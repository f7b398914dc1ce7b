import type { PassportView } from '@homeward/shared/workers/contract.ts';
import { read } from '#lib/platform/api.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch }) => {
  const { body, at } = await read<PassportView>(fetch, '/me/passport');
  return { passport: body, at };
};
