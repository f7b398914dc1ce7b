import { z } from 'zod';
import {
  addBeds as addBedsShape,
  bedView,
  boardView,
  boardWard,
  confirmedView,
  nationalCode,
  pauseAdmissions as pauseShape,
  retireBed as retireShape,
  setBedState as setBedStateShape,
  wardBeds as wardBedsShape,
} from '@homeward/shared/beds/contract.ts';
import { bedStates } from '@homeward/shared/beds/facts.ts';
import { cursor, id, limit, listOf } from '@homeward/shared/kernel/wire.ts';
import type { Door } from '../platform/operation.ts';
import { ok } from '../platform/problem.ts';
import { addBeds, askWard, confirmBeds, pauseAdmissions, resumeAdmissions, retireBed, setBedState } from './commands.ts';
import { bedList, board, wardBeds } from './queries.ts';

export function bedsRoutes(door: Door): void {
  const { platform } = door;
  const { db, clock } = platform;
  const byId = z.strictObject({ id });
  const nothing = z.strictObject({});
  const lookingAfter = { who: ['ward-manager', 'bed-manager'], reach: 'own-ward' } as const;

  door.add({
    method: 'get',
    path: '/api/v1/beds/board',
    summary: 'The wards of the collaborative and its partners: what is free, held, on leave and closed, who confirmed it and when',
    rights: { who: ['bed-manager'], reach: 'shared' },
    request: { query: z.strictObject({ bedType: nationalCode.optional() }) },
    status: 200,
    response: boardView,
    handle: async ({ scope, query }) => ok(await board(db, scope, clock.now(), query)),
  });

  door.add({
    method: 'get',
    path: '/api/v1/beds',
    summary: 'Beds of my wards, my trust and the wards of my board; of other trusts only type, sex, security, state and freshness',
    rights: { who: ['ward-manager', 'bed-manager'], reach: 'shared' },
    request: {
      query: z.strictObject({
        wardId: id.optional(),
        bedType: nationalCode.optional(),
        state: z.enum(bedStates).optional(),
        limit,
        cursor: cursor.optional(),
      }),
    },
    status: 200,
    response: listOf(bedView),
    handle: ({ scope, query }) => bedList(db, scope, clock.now(), query),
  });

  door.add({
    method: 'get',
    path: '/api/v1/wards/{id}/beds',
    summary: 'A ward’s beds, when it next confirms them, and the shifts a closing may name',
    rights: lookingAfter,
    request: { params: byId },
    status: 200,
    response: wardBedsShape,
    handle: ({ scope, params }) => wardBeds(db, scope, params.id, clock.now()),
  });

  door.add({
    method: 'post',
    path: '/api/v1/wards/{id}/beds',
    summary: 'Add beds to a ward',
    rights: lookingAfter,
    request: { params: byId, body: addBedsShape },
    status: 201,
    response: wardBedsShape,
    refusals: [{ status: 409, code: 'label-taken' }],
    handle: ({ scope, once, params, body }) => addBeds(platform, { scope, once }, params.id, body),
  });

  door.add({
    method: 'post',
    path: '/api/v1/beds/{id}/state',
    summary: 'Say what a bed is',
    rights: lookingAfter,
    request: { params: byId, body: setBedStateShape },
    status: 200,
    response: bedView,
    refusals: [
      { status: 409, code: 'bed-taken' },
      { status: 409, code: 'commissioner-decides' },
      { status: 409, code: 'changed-meanwhile' },
    ],
    handle: ({ scope, once, params, body }) => setBedState(platform, { scope, once }, params.id, body),
  });

  door.add({
    method: 'post',
    path: '/api/v1/beds/{id}/retire',
    summary: 'Take a bed off its ward’s list for good',
    rights: lookingAfter,
    request: { params: byId, body: retireShape },
    status: 200,
    response: wardBedsShape,
    refusals: [
      { status: 409, code: 'bed-taken' },
      { status: 409, code: 'bed-occupied' },
    ],
    handle: ({ scope, once, params, body }) => retireBed(platform, { scope, once }, params.id, body.reason),
  });

  door.add({
    method: 'post',
    path: '/api/v1/wards/{id}/beds/confirm',
    summary: 'Confirm that a ward’s beds are as they stand',
    rights: lookingAfter,
    request: { params: byId, body: nothing },
    status: 200,
    response: confirmedView,
    refusals: [{ status: 409, code: 'no-beds' }],
    handle: ({ scope, once, params }) => confirmBeds(platform, { scope, once }, params.id),
  });

  door.add({
    method: 'post',
    path: '/api/v1/wards/{id}/beds/ask',
    summary: 'Ask a ward to confirm its beds',
    rights: { who: ['bed-manager'], reach: 'shared' },
    request: { params: byId, body: nothing },
    status: 200,
    response: z.object({ wardId: id, askedAt: z.string(), card: boardWard }),
    handle: ({ scope, once, params }) => askWard(platform, { scope, once }, params.id),
  });

  door.add({
    method: 'post',
    path: '/api/v1/wards/{id}/admissions/pause',
    summary: 'Pause a ward’s admissions, to be looked at again at a time',
    rights: lookingAfter,
    request: { params: byId, body: pauseShape },
    status: 200,
    response: boardWard,
    refusals: [{ status: 409, code: 'changed-meanwhile' }],
    handle: ({ scope, once, params, body }) => pauseAdmissions(platform, { scope, once }, params.id, body),
  });

  door.add({
    method: 'post',
    path: '/api/v1/wards/{id}/admissions/resume',
    summary: 'Open a ward’s admissions again',
    rights: lookingAfter,
    request: { params: byId, body: nothing },
    status: 200,
    response: boardWard,
    handle: ({ scope, once, params }) => resumeAdmissions(platform, { scope, once }, params.id),
  });
}
