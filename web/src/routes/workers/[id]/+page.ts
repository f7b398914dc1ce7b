import type { WardView } from '@homeward/shared/places/contract.ts';
import type { PassportView } from '@homeward/shared/workers/contract.ts';
import { read } from '#lib/platform/api.ts';
import { nowOf } from '#lib/wards/client.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, parent }) => {
  const [{ body: passport, at }, { session }] = await Promise.all([read<PassportView>(fetch, `/workers/${params.id}/passport`), parent()]);
  const may = (role: string) => session?.roles.some((one) => one.role === role) ?? false;
  const mayAsk = may('bank-office') || may('administrator');
  const wards = mayAsk ? (await read<{ items: WardView[] }>(fetch, '/wards?limit=100')).body.items : [];
  return { passport, at, wards, mayAsk, mayRevoke: may('training-lead'), now: nowOf(session) };
};
