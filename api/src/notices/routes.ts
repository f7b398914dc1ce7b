import { z } from 'zod';
import { cursor, id, limit, listOf } from '@homeward/shared/kernel/wire.ts';
import { noticeView } from '@homeward/shared/notices/contract.ts';
import { trustCode } from '@homeward/shared/places/contract.ts';
import type { Door } from '../platform/operation.ts';
import { ok } from '../platform/problem.ts';
import { seeNotice } from './commands.ts';
import { notices } from './queries.ts';

export function noticesRoutes(door: Door): void {
  const { platform } = door;

  door.add({
    method: 'get',
    path: '/api/v1/notices',
    summary: 'What of mine, or of my trust’s workers, ends soon',
    rights: { who: ['worker', 'bank-office'], reach: 'own-trust' },
    request: { query: z.strictObject({ trust: trustCode.optional(), limit, cursor: cursor.optional() }) },
    status: 200,
    response: listOf(noticeView),
    handle: async ({ scope, query }) => ok(await notices(platform.db, scope, platform.clock.now(), query)),
  });

  door.add({
    method: 'post',
    path: '/api/v1/me/notices/{id}/seen',
    summary: 'I have seen this notice',
    rights: { who: ['worker'], reach: 'self' },
    request: { params: z.strictObject({ id }) },
    status: 200,
    response: noticeView,
    handle: ({ scope, once, params }) => seeNotice(platform, { scope, once }, params.id),
  });
}
