import { z } from 'zod';
import { cursor, id, limit, listOf } from '@homeward/shared/kernel/wire.ts';
import {
  actOnAllocation,
  allocationExplanation as explanationShape,
  allocationView,
  describeNeed as describeShape,
  holdBed as holdShape,
  matchesView,
  placementLine,
  placementView,
  withdrawNeed as withdrawShape,
} from '@homeward/shared/placements/contract.ts';
import { minuteMs } from '@homeward/shared/kernel/interval.ts';
import { Limit } from '../platform/limits.ts';
import type { Door } from '../platform/operation.ts';
import { ok } from '../platform/problem.ts';
import {
  acceptReferral,
  declineReferral,
  describeNeed,
  extendHold,
  holdBed,
  recordArrival,
  referHold,
  releaseHold,
  withdrawNeed,
} from './commands.ts';
import { allocation, allocationExplanation, allocations, matches, placement, placements } from './queries.ts';

export function placementsRoutes(door: Door): void {
  const { platform } = door;
  const { db } = platform;
  const sender = { who: ['bed-manager'], reach: 'own-trust' } as const;
  const receiver = { who: ['ward-manager', 'bed-manager'], reach: 'own-trust' } as const;
  const eitherSide = { who: ['bed-manager', 'ward-manager'], reach: 'own-trust' } as const;
  const params = z.strictObject({ id });
  const needs = new Limit(120, minuteMs);
  const searches = new Limit(120, minuteMs);

  door.add({
    method: 'post',
    path: '/api/v1/placements',
    summary: 'Describe what somebody needs, coded and without identity',
    rights: sender,
    request: { body: describeShape },
    status: 201,
    response: placementView,
    refusals: [{ status: 409, code: 'already-continued' }],
    limit: needs,
    handle: ({ scope, once, body }) => describeNeed(platform, { scope, once }, body),
  });

  door.add({
    method: 'get',
    path: '/api/v1/placements',
    summary: 'My trust’s placement requests, newest first',
    rights: sender,
    request: { query: z.strictObject({ state: placementLine.shape.state.optional(), limit, cursor: cursor.optional() }) },
    status: 200,
    response: listOf(placementLine),
    handle: async ({ scope, query }) => ok(await placements(db, scope, query)),
  });

  door.add({
    method: 'get',
    path: '/api/v1/placements/{id}',
    summary: 'One placement request, its allocations and what happened',
    rights: sender,
    request: { params },
    status: 200,
    response: placementView,
    handle: ({ scope, params: { id } }) => placement(db, scope, id),
  });

  door.add({
    method: 'get',
    path: '/api/v1/placements/{id}/matches',
    summary: 'Every ward of the type against the need, ranked, each criterion with its reason',
    rights: sender,
    request: { params },
    status: 200,
    response: matchesView,
    limit: searches,
    handle: ({ scope, params: { id } }) => matches(db, scope, id, platform.clock.now()),
  });

  door.add({
    method: 'post',
    path: '/api/v1/placements/{id}/withdraw',
    summary: 'Close a request whose bed is no longer needed, and let go of what is held for it',
    rights: sender,
    request: { params, body: withdrawShape },
    status: 200,
    response: placementView,
    refusals: [{ status: 409, code: 'not-open' }],
    handle: ({ scope, once, params: { id }, body }) => withdrawNeed(platform, { scope, once }, id, body),
  });

  door.add({
    method: 'post',
    path: '/api/v1/placements/{id}/allocations',
    summary: 'Hold a bed for a request',
    rights: sender,
    request: { params, body: holdShape },
    status: 201,
    response: allocationView,
    refusals: [
      { status: 409, code: 'bed-taken' },
      { status: 409, code: 'bed-closed' },
      { status: 409, code: 'ask-first' },
      { status: 409, code: 'already-held' },
      { status: 409, code: 'not-open' },
      { status: 422, code: 'leave-bed' },
      { status: 422, code: 'does-not-meet' },
    ],
    handle: ({ scope, once, params: { id }, body }) => holdBed(platform, { scope, once }, id, body),
  });

  door.add({
    method: 'get',
    path: '/api/v1/allocations',
    summary: 'Allocations that I send or receive, newest first',
    rights: eitherSide,
    request: {
      query: z.strictObject({ wardId: id.optional(), live: z.enum(['true', 'false']).optional(), limit, cursor: cursor.optional() }),
    },
    status: 200,
    response: listOf(allocationView),
    handle: async ({ scope, query: { live, ...query } }) => ok(await allocations(db, scope, { ...query, live: live === 'true' })),
  });

  door.add({
    method: 'get',
    path: '/api/v1/allocations/{id}',
    summary: 'One allocation, as its sender or its ward may see it',
    rights: eitherSide,
    request: { params },
    status: 200,
    response: allocationView,
    handle: ({ scope, params: { id } }) => allocation(db, scope, id),
  });

  door.add({
    method: 'get',
    path: '/api/v1/allocations/{id}/explanation',
    summary: 'What was known and decided when the bed was held',
    rights: eitherSide,
    request: { params },
    status: 200,
    response: explanationShape,
    handle: ({ scope, params: { id } }) => allocationExplanation(db, scope, id),
  });

  const act = { method: 'post', request: { params, body: actOnAllocation }, status: 200, response: allocationView } as const;
  const refusals = [
    { status: 409, code: 'hold-expired' },
    { status: 409, code: 'wrong-state' },
  ] as const;

  door.add({
    ...act,
    path: '/api/v1/allocations/{id}/extend',
    summary: 'Keep a hold longer, once',
    rights: sender,
    refusals: [...refusals, { status: 409, code: 'extended-already' }],
    handle: ({ scope, once, params: { id } }) => extendHold(platform, { scope, once }, id),
  });

  door.add({
    ...act,
    path: '/api/v1/allocations/{id}/refer',
    summary: 'Ask the ward whose bed is held to take the person',
    rights: sender,
    refusals: [...refusals],
    handle: ({ scope, once, params: { id } }) => referHold(platform, { scope, once }, id),
  });

  door.add({
    ...act,
    path: '/api/v1/allocations/{id}/accept',
    summary: 'The ward takes the person',
    rights: receiver,
    refusals: [...refusals],
    handle: ({ scope, once, params: { id } }) => acceptReferral(platform, { scope, once }, id),
  });

  door.add({
    ...act,
    path: '/api/v1/allocations/{id}/decline',
    summary: 'The ward does not take the person, and says why',
    rights: receiver,
    refusals: [...refusals],
    handle: ({ scope, once, params: { id }, body }) => declineReferral(platform, { scope, once }, id, body),
  });

  door.add({
    ...act,
    path: '/api/v1/allocations/{id}/release',
    summary: 'Let the bed go, and say why',
    rights: eitherSide,
    refusals: [...refusals],
    handle: ({ scope, once, params: { id }, body }) => releaseHold(platform, { scope, once }, id, body),
  });

  door.add({
    ...act,
    path: '/api/v1/allocations/{id}/arrive',
    summary: 'The person has arrived: the bed is occupied and the request placed',
    rights: eitherSide,
    refusals: [...refusals],
    handle: ({ scope, once, params: { id } }) => recordArrival(platform, { scope, once }, id),
  });
}
