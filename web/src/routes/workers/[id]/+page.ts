import type { WardView } from '@homeward/shared/places/contract.ts';
import type { HostPassport, PassportView } from '@homeward/shared/workers/contract.ts';
import { read } from '#lib/platform/api.ts';
import { trustNamesOf } from '#lib/places/client.ts';
import { nowOf } from '#lib/platform/live.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, parent }) => {
  const [{ body: passport, at }, trusts, { session }] = await Promise.all([
    read<PassportView | HostPassport>(fetch, `/workers/${params.id}/passport`),
    read<{ items: { code: string; name: string }[] }>(fetch, '/trusts'),
    parent(),
  ]);
  const may = (role: string) => session?.roles.some((one) => one.role === role) ?? false;
  const mayAsk = passport.view === 'whole' && (may('bank-office') || may('administrator'));
  const wards = mayAsk ? (await read<{ items: WardView[] }>(fetch, '/wards?limit=100')).body.items : [];
  return {
    passport,
    at,
    wards,
    mayAsk,
    mayRevoke: may('training-lead'),
    /** The record is kept by the bank office of the worker's own trust. */
    mayKeep: session?.roles.some(({ role, trust }) => role === 'bank-office' && trust === passport.homeTrust) ?? false,
    trustName: trustNamesOf(trusts.body.items),
    now: nowOf(session),
  };
};
