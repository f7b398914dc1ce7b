import { z } from 'zod';
import { openingsView } from '@homeward/shared/beds/contract.ts';
import { cursor, id, limit, listOf } from '@homeward/shared/kernel/wire.ts';
import {
  allocationView,
  bringHome as bringHomeShape,
  comingHomeView,
  measuresView,
  outOfAreaLine,
  outOfAreaView,
  recordOutOfArea as recordShape,
  sayOutOfArea as sayShape,
  unablePlacedView,
  unableToPlace,
} from '@homeward/shared/placements/contract.ts';
import { trustCode } from '@homeward/shared/places/contract.ts';
import type { Door } from '../platform/operation.ts';
import { ok } from '../platform/problem.ts';
import { bringHome } from './home-commands.ts';
import { comingHome, openings } from './home-queries.ts';
import { giveUpPlacing, recordOutOfArea, sayOutOfArea } from './register-commands.ts';
import { measuresBy, register, registerFile, registerLine } from './register-queries.ts';

export function registerRoutes(door: Door): void {
  const { platform } = door;
  const { db, clock } = platform;
  const rights = { who: ['bed-manager'], reach: 'own-trust' } as const;
  const params = z.strictObject({ id });
  const which = { trust: trustCode.optional(), state: z.enum(['draft', 'away', 'ended', 'not-out-of-area']).optional() };

  door.add({
    method: 'get',
    path: '/api/v1/out-of-area',
    summary: 'The register of people of my trust out of area, the newest line first',
    rights,
    request: { query: z.strictObject({ ...which, limit, cursor: cursor.optional() }) },
    status: 200,
    response: listOf(outOfAreaLine),
    handle: async ({ scope, query }) => ok(await register(db, scope, query, clock.now())),
  });

  door.add({
    method: 'get',
    path: '/api/v1/out-of-area/export',
    summary: 'The register of my trust as a CSV file',
    rights,
    request: { query: z.strictObject(which) },
    status: 200,
    response: null,
    download: 'text/csv',
    handle: async ({ scope, query }) => ok(await registerFile(db, scope, query, clock.now())),
  });

  door.add({
    method: 'get',
    path: '/api/v1/out-of-area/measures',
    summary: 'The national out-of-area measures of my trust, by month, quarter or year',
    rights,
    request: { query: z.strictObject({ by: z.enum(['month', 'quarter', 'year']).default('month'), trust: trustCode.optional() }) },
    status: 200,
    response: measuresView,
    handle: ({ scope, query }) => measuresBy(db, scope, query, clock.now()),
  });

  door.add({
    method: 'get',
    path: '/api/v1/out-of-area/{id}',
    summary: 'One line of the register, with its history',
    rights,
    request: { params },
    status: 200,
    response: outOfAreaView,
    handle: ({ scope, params: { id } }) => registerLine(db, scope, id, clock.now()),
  });

  door.add({
    method: 'post',
    path: '/api/v1/out-of-area/{id}',
    summary: 'Say how a line of the register stands now, and why it changes',
    rights,
    request: { params, body: recordShape },
    status: 200,
    response: outOfAreaView,
    handle: ({ scope, once, params: { id }, body }) => recordOutOfArea(platform, { scope, once }, id, body),
  });

  door.add({
    method: 'post',
    path: '/api/v1/placements/{id}/out-of-area',
    summary: 'Say that somebody placed is out of area after all',
    rights,
    request: { params, body: sayShape },
    status: 201,
    response: outOfAreaView,
    refusals: [
      { status: 409, code: 'not-placed' },
      { status: 409, code: 'in-the-register' },
    ],
    handle: ({ scope, once, params: { id }, body }) => sayOutOfArea(platform, { scope, once }, id, body.why),
  });

  door.add({
    method: 'post',
    path: '/api/v1/placements/{id}/unable-to-place',
    summary: 'No ward of the board can take this person: count why, and draft the out-of-area record',
    rights,
    request: { params, body: unableToPlace },
    status: 200,
    response: unablePlacedView,
    refusals: [
      { status: 409, code: 'not-open' },
      { status: 409, code: 'already-held' },
      { status: 422, code: 'beds-remain' },
    ],
    handle: ({ scope, once, params: { id }, body }) => giveUpPlacing(platform, { scope, once }, id, body.reason),
  });

  door.add({
    method: 'get',
    path: '/api/v1/placements/coming-home',
    summary: 'Wards with a bed free, and who of my trust’s people away could come home to them',
    rights,
    status: 200,
    response: comingHomeView,
    handle: async ({ scope }) => ok(await comingHome(db, scope, clock.now())),
  });

  door.add({
    method: 'post',
    path: '/api/v1/placements/{id}/bring-home',
    summary: 'Hold a bed for somebody of my trust who is away, by a request that goes on from theirs',
    rights,
    request: { params, body: bringHomeShape },
    status: 201,
    response: allocationView,
    refusals: [
      { status: 409, code: 'not-away' },
      { status: 409, code: 'moved-already' },
      { status: 409, code: 'already-held' },
      { status: 409, code: 'already-continued' },
      { status: 409, code: 'bed-taken' },
      { status: 409, code: 'bed-closed' },
      { status: 409, code: 'ask-first' },
      { status: 422, code: 'leave-bed' },
      { status: 422, code: 'does-not-meet' },
    ],
    handle: ({ scope, once, params: { id }, body }) => bringHome(platform, { scope, once }, id, body),
  });

  door.add({
    method: 'get',
    path: '/api/v1/beds/openings',
    summary: 'Beds closed for staffing, the shifts that would open them, and the people away whom those wards would fit',
    rights: { who: ['bed-manager'], reach: 'shared' },
    status: 200,
    response: openingsView,
    handle: async ({ scope }) => ok(await openings(db, scope, clock.now())),
  });
}
