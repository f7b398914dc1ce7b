import { z } from 'zod';
import { cursor, limit, listOf } from '@homeward/shared/kernel/wire.ts';
import { siteView, trustCode, trustView, wardView } from '@homeward/shared/places/contract.ts';
import type { Door } from '../platform/operation.ts';
import { ok } from '../platform/problem.ts';
import { sites, trusts, wards } from './queries.ts';

export function placesRoutes(door: Door): void {
  const { platform } = door;
  const rights = { who: 'signed-in', reach: 'shared' } as const;

  door.add({
    method: 'get',
    path: '/api/v1/trusts',
    summary: 'The trusts that share',
    rights,
    status: 200,
    response: listOf(trustView),
    handle: async ({ scope }) => ok({ items: await trusts(platform.db, scope), nextCursor: null }),
  });

  door.add({
    method: 'get',
    path: '/api/v1/sites',
    summary: 'Their sites',
    rights,
    status: 200,
    response: listOf(siteView),
    handle: async ({ scope }) => ok({ items: await sites(platform.db, scope), nextCursor: null }),
  });

  door.add({
    method: 'get',
    path: '/api/v1/wards',
    summary: 'Their wards, with what is not confirmed said so',
    rights,
    request: { query: z.strictObject({ trust: trustCode.optional(), limit, cursor: cursor.optional() }) },
    status: 200,
    response: listOf(wardView),
    handle: async ({ scope, query }) => {
      const items = await wards(platform.db, scope, platform.clock.now(), {
        trust: query.trust,
        after: query.cursor,
        limit: query.limit + 1,
      });
      const more = items.length > query.limit;
      return ok({ items: items.slice(0, query.limit), nextCursor: more ? items[query.limit - 1]!.code : null });
    },
  });
}
