import type { WorkerLine } from '@homeward/shared/workers/contract.ts';
import { hasRole } from '#lib/accounts/client.ts';
import { read } from '#lib/platform/api.ts';
import { sayTrust, trustNamesOf } from '#lib/places/client.ts';
import type { PageLoad } from './$types';

/** What is asked stands in the address: a search can be sent to a colleague and survives a reload. */
const filters = ['name', 'staffNumber', 'trust'] as const;

export const load: PageLoad = async ({ fetch, url, parent }) => {
  const query = new URLSearchParams({ limit: '50' });
  for (const filter of filters) {
    const value = url.searchParams.get(filter)?.trim();
    if (value) query.set(filter, filter === 'staffNumber' ? value.toUpperCase() : value);
  }
  const [found, trusts, { session }] = await Promise.all([
    read<{ items: WorkerLine[]; nextCursor: string | null }>(fetch, `/workers?${query}`),
    read<{ items: { code: string; name: string }[] }>(fetch, '/trusts'),
    parent(),
  ]);
  return {
    isOffice: session !== null && hasRole(session, 'bank-office'),
    query: query.toString(),
    found: found.body,
    trusts: trusts.body.items.map(({ code, name }) => ({ value: code, label: sayTrust(name) })),
    trustName: trustNamesOf(trusts.body.items),
  };
};
