import { z } from 'zod';
import { criteriaView, setCriteria as setShape, setSex as setSexShape, sexHistory } from '@homeward/shared/beds/contract.ts';
import { id } from '@homeward/shared/kernel/wire.ts';
import type { Door } from '../platform/operation.ts';
import { setCriteria, setSex } from './criteria-commands.ts';
import { designations, wardCriteria } from './criteria-queries.ts';

export function criteriaRoutes(door: Door): void {
  const { platform } = door;
  const { db, clock } = platform;
  const ward = z.strictObject({ id });
  const readers = { who: ['ward-manager', 'bed-manager'], reach: 'shared' } as const;
  const keepers = { who: ['ward-manager', 'bed-manager'], reach: 'own-ward' } as const;

  door.add({
    method: 'get',
    path: '/api/v1/wards/{id}/criteria',
    summary: 'Whom a ward takes: its criteria, version by version, in its own words',
    rights: readers,
    request: { params: ward },
    status: 200,
    response: criteriaView,
    handle: ({ scope, params }) => wardCriteria(db, scope, params.id, clock.now()),
  });

  door.add({
    method: 'post',
    path: '/api/v1/wards/{id}/criteria',
    summary: 'Say whom the ward takes from now on: the next version',
    rights: keepers,
    request: { params: ward, body: setShape },
    status: 201,
    response: criteriaView,
    refusals: [{ status: 409, code: 'changed-meanwhile' }],
    handle: ({ scope, once, params, body }) => setCriteria(platform, { scope, once }, params.id, body),
  });

  door.add({
    method: 'get',
    path: '/api/v1/wards/{id}/sex',
    summary: 'Whom a ward was, is and will be for, by days',
    rights: readers,
    request: { params: ward },
    status: 200,
    response: sexHistory,
    handle: ({ scope, params }) => designations(db, scope, params.id, clock.now()),
  });

  door.add({
    method: 'post',
    path: '/api/v1/wards/{id}/sex',
    summary: 'Say whom the ward is for from a day on',
    rights: keepers,
    request: { params: ward, body: setSexShape },
    status: 201,
    response: sexHistory,
    handle: ({ scope, once, params, body }) => setSex(platform, { scope, once }, params.id, body),
  });
}
