import { z } from 'zod';
import { cursor, id, limit, listOf } from '@homeward/shared/kernel/wire.ts';
import {
  answerChallenge,
  challengeRestriction as challengeShape,
  liftRestriction as liftShape,
  newRestriction,
  restrictionView,
} from '@homeward/shared/workers/contract.ts';
import type { Door } from '../platform/operation.ts';
import { ok } from '../platform/problem.ts';
import { answerRestriction, challengeRestriction, liftRestriction, restrictWorker } from './restriction-commands.ts';
import { restrictions } from './restriction-queries.ts';

export function restrictionRoutes(door: Door): void {
  const { platform } = door;
  const rights = { who: ['bank-office'], reach: 'own-trust' } as const;
  const params = z.strictObject({ id });

  door.add({
    method: 'get',
    path: '/api/v1/restrictions',
    summary: 'Do-not-book entries of my trust’s wards, and about my trust’s workers',
    rights: { who: ['bank-office', 'auditor'], reach: 'own-or-host-trust' },
    request: { query: z.strictObject({ limit, cursor: cursor.optional() }) },
    status: 200,
    response: listOf(restrictionView),
    handle: async ({ scope, query }) => ok(await restrictions(platform.db, scope, platform.clock.now(), query)),
  });

  door.add({
    method: 'post',
    path: '/api/v1/restrictions',
    summary: 'Record that a ward of my trust asks not to be sent a worker',
    rights,
    request: { body: newRestriction },
    status: 201,
    response: restrictionView,
    refusals: [{ status: 409, code: 'already-restricted' }],
    handle: ({ scope, once, body }) => restrictWorker(platform, { scope, once }, body),
  });

  door.add({
    method: 'post',
    path: '/api/v1/restrictions/{id}/lift',
    summary: 'Lift a do-not-book of my trust’s ward',
    rights,
    request: { params, body: liftShape },
    status: 200,
    response: restrictionView,
    refusals: [{ status: 409, code: 'already-lifted' }],
    handle: ({ scope, once, params, body }) => liftRestriction(platform, { scope, once }, params.id, body.reason),
  });

  door.add({
    method: 'post',
    path: '/api/v1/restrictions/{id}/answer',
    summary: 'Answer the worker who challenges a do-not-book of my trust’s ward',
    rights,
    request: { params, body: answerChallenge },
    status: 200,
    response: restrictionView,
    refusals: [{ status: 409, code: 'no-challenge' }],
    handle: ({ scope, once, params, body }) => answerRestriction(platform, { scope, once }, params.id, body),
  });

  door.add({
    method: 'post',
    path: '/api/v1/me/restrictions/{id}/challenge',
    summary: 'Ask for a do-not-book about me to be looked at again',
    rights: { who: ['worker'], reach: 'self' },
    request: { params, body: challengeShape },
    status: 200,
    response: restrictionView,
    refusals: [
      { status: 409, code: 'not-in-force' },
      { status: 409, code: 'already-challenged' },
    ],
    handle: ({ scope, once, params, body }) => challengeRestriction(platform, { scope, once }, params.id, body),
  });
}
