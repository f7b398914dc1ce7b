import { z } from 'zod';
import { id, listOf } from '@homeward/shared/kernel/wire.ts';
import { delegationView, endDelegation as endShape, newDelegation } from '@homeward/shared/training/contract.ts';
import type { Door } from '../platform/operation.ts';
import { ok } from '../platform/problem.ts';
import { endDelegation, recordDelegation } from './delegation-commands.ts';
import { delegations } from './delegation-queries.ts';

export function delegationRoutes(door: Door): void {
  const { platform } = door;
  const { db, clock } = platform;
  const administrator = { who: ['administrator'], reach: 'everything' } as const;

  door.add({
    method: 'get',
    path: '/api/v1/training/delegations',
    summary: 'Who may sign for which trust’s responsible person, from when until when',
    rights: { who: ['training-lead', 'programme', 'auditor', 'administrator'], reach: 'shared' },
    status: 200,
    response: listOf(delegationView),
    handle: async ({ scope }) => ok({ items: await delegations(db, scope, clock.now()), nextCursor: null }),
  });

  door.add({
    method: 'post',
    path: '/api/v1/training/delegations',
    summary: 'Record that a trust’s responsible person lets a lead sign',
    rights: administrator,
    request: { body: newDelegation },
    status: 201,
    response: delegationView,
    refusals: [{ status: 409, code: 'delegated-already' }],
    handle: ({ scope, once, body }) => recordDelegation(platform, { scope, once }, body),
  });

  door.add({
    method: 'post',
    path: '/api/v1/training/delegations/{id}/end',
    summary: 'End a delegation, with a reason',
    rights: administrator,
    request: { params: z.strictObject({ id }), body: endShape },
    status: 200,
    response: delegationView,
    refusals: [{ status: 409, code: 'ended-already' }],
    handle: ({ scope, once, params: { id }, body }) => endDelegation(platform, { scope, once }, id, body.reason),
  });
}
