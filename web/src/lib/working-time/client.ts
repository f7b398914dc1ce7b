import { act, read } from '#lib/platform/api.ts';

/** Time a worker has marked as not available. */
export interface Unavailable {
  id: string;
  startsAt: string;
  endsAt: string;
}

export const myUnavailability = (fetch: typeof globalThis.fetch) =>
  read<{ items: Unavailable[]; nextCursor: string | null }>(fetch, '/me/unavailability');

export const markUnavailable = (startsAt: string, endsAt: string) => act<Unavailable>('POST', '/me/unavailability', { startsAt, endsAt });

export const withdrawUnavailable = (id: string) => act<unknown>('POST', `/me/unavailability/${id}/withdraw`, {});
