import { z } from 'zod';
import { id, listOf } from '@homeward/shared/kernel/wire.ts';
import { markUnavailable as markShape, unavailableView } from '@homeward/shared/working-time/contract.ts';
import type { Door } from '../platform/operation.ts';
import { ok } from '../platform/problem.ts';
import { markUnavailable, withdrawUnavailable } from './commands.ts';
import { unavailableTimes } from './queries.ts';

export function workingTimeRoutes(door: Door): void {
  const { platform } = door;
  const rights = { who: ['worker'], reach: 'self' } as const;

  door.add({
    method: 'get',
    path: '/api/v1/me/unavailability',
    summary: 'The times I have marked as not available',
    rights,
    status: 200,
    response: listOf(unavailableView),
    handle: async ({ scope }) =>
      ok({ items: await unavailableTimes(platform.db, scope.personId!, platform.clock.now()), nextCursor: null }),
  });

  door.add({
    method: 'post',
    path: '/api/v1/me/unavailability',
    summary: 'Mark a time as not available',
    rights,
    request: { body: markShape },
    status: 201,
    response: unavailableView,
    handle: ({ scope, once, body }) => markUnavailable(platform, { scope, once }, body),
  });

  door.add({
    method: 'post',
    path: '/api/v1/me/unavailability/{id}/withdraw',
    summary: 'Take it back',
    rights,
    request: { params: z.strictObject({ id }) },
    status: 200,
    response: unavailableView,
    refusals: [{ status: 409, code: 'already-withdrawn' }],
    handle: ({ scope, once, params }) => withdrawUnavailable(platform, { scope, once }, params.id),
  });
}
