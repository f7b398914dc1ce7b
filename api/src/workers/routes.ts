import { z } from 'zod';
import { cursor, id, limit, listOf } from '@homeward/shared/kernel/wire.ts';
import { trustCode } from '@homeward/shared/places/contract.ts';
import { passportView, workerLine } from '@homeward/shared/workers/contract.ts';
import type { Door } from '../platform/operation.ts';
import { ok } from '../platform/problem.ts';
import { passport, workers } from './queries.ts';

export function workersRoutes(door: Door): void {
  const { platform } = door;
  const { db, clock } = platform;

  door.add({
    method: 'get',
    path: '/api/v1/workers',
    summary: 'Workers of my trust',
    rights: { who: ['bank-office', 'training-lead', 'administrator', 'auditor', 'worker'], reach: 'own-trust' },
    request: {
      query: z.strictObject({
        trust: trustCode.optional(),
        staffNumber: z.string().trim().max(40).optional(),
        name: z.string().trim().min(1).max(60).optional(),
        limit,
        cursor: cursor.optional(),
      }),
    },
    status: 200,
    response: listOf(workerLine),
    handle: async ({ scope, query }) => ok(await workers(db, scope, query)),
  });

  door.add({
    method: 'get',
    path: '/api/v1/workers/{id}/passport',
    summary: 'What lets this worker work elsewhere; the look is shown to them',
    rights: { who: ['worker', 'bank-office', 'training-lead', 'administrator', 'auditor'], reach: 'own-trust' },
    request: { params: z.strictObject({ id }) },
    status: 200,
    response: passportView,
    handle: ({ scope, params }) => passport(db, scope, params.id, clock.now()),
  });

  door.add({
    method: 'get',
    path: '/api/v1/me/passport',
    summary: 'My own passport, with who looked',
    rights: { who: ['worker'], reach: 'self' },
    status: 200,
    response: passportView,
    handle: ({ scope }) => passport(db, scope, scope.workerId!, clock.now()),
  });
}
