import { z } from 'zod';
import { id, listOf } from '@homeward/shared/kernel/wire.ts';
import { competencyView, courseView, reachPicture as reachShape, revokeRecord as revokeShape } from '@homeward/shared/training/contract.ts';
import type { Door } from '../platform/operation.ts';
import { ok } from '../platform/problem.ts';
import { alignmentRoutes } from './alignment-routes.ts';
import { revokeRecord } from './commands.ts';
import { courseRoutes } from './course-routes.ts';
import { delegationRoutes } from './delegation-routes.ts';
import { periodRoutes } from './period-routes.ts';
import { competencies, courses } from './queries.ts';
import { reachPicture } from './reach-queries.ts';
import { requirementRoutes } from './requirement-routes.ts';

export function trainingRoutes(door: Door): void {
  const { platform } = door;
  const { db, clock } = platform;
  const rights = {
    who: ['training-lead', 'programme', 'bank-office', 'ward-manager', 'auditor', 'administrator'],
    reach: 'shared',
  } as const;

  door.add({
    method: 'get',
    path: '/api/v1/training/competencies',
    summary: 'The shared standards and each trust’s period',
    rights,
    status: 200,
    response: listOf(competencyView),
    handle: async ({ scope }) => ok({ items: await competencies(db, scope, clock.now()), nextCursor: null }),
  });

  door.add({
    method: 'get',
    path: '/api/v1/training/courses',
    summary: 'What each trust teaches',
    rights,
    status: 200,
    response: listOf(courseView),
    handle: async ({ scope }) => ok({ items: await courses(db, scope), nextCursor: null }),
  });

  door.add({
    method: 'post',
    path: '/api/v1/training/records/{id}/revoke',
    summary: 'Revoke a training record of my trust’s worker',
    rights: { who: ['training-lead'], reach: 'own-trust' },
    request: { params: z.strictObject({ id }), body: revokeShape },
    status: 200,
    response: z.object({ id, revokedAt: z.string(), bookingsToReview: z.number() }),
    refusals: [{ status: 409, code: 'already-revoked' }],
    handle: ({ scope, once, params, body }) => revokeRecord(platform, { scope, once }, params.id, body.reason),
  });

  door.add({
    method: 'get',
    path: '/api/v1/training/reach',
    summary: 'At how many trusts how many workers can work, today and at the end of each of the past months',
    rights: { who: ['programme', 'training-lead', 'auditor'], reach: 'shared' },
    status: 200,
    response: reachShape,
    handle: async ({ scope }) => ok(await reachPicture(db, scope, clock.now())),
  });

  courseRoutes(door);
  alignmentRoutes(door);
  delegationRoutes(door);
  periodRoutes(door);
  requirementRoutes(door);
}
