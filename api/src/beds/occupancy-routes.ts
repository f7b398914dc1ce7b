import { z } from 'zod';
import { localTime, occupancyView, readinessView, returnView, setReady as setShape } from '@homeward/shared/beds/contract.ts';
import { id, localDay } from '@homeward/shared/kernel/wire.ts';
import { trustCode } from '@homeward/shared/places/contract.ts';
import type { Door } from '../platform/operation.ts';
import { ok } from '../platform/problem.ts';
import { setNotReady, setReady } from './occupancy-commands.ts';
import { occupancy } from './occupancy-queries.ts';
import { bedReturn, returnFile } from './return-queries.ts';

export function occupancyRoutes(door: Door): void {
  const { platform } = door;
  const { db, clock } = platform;
  const keepers = { who: ['ward-manager', 'bed-manager'], reach: 'own-ward' } as const;
  const managers = { who: ['bed-manager'], reach: 'own-trust' } as const;
  const bed = z.strictObject({ id });

  door.add({
    method: 'post',
    path: '/api/v1/beds/{id}/ready',
    summary: 'Say that the person in a bed is ready for discharge, since when, and why they are still here',
    rights: keepers,
    request: { params: bed, body: setShape },
    status: 200,
    response: readinessView,
    refusals: [{ status: 409, code: 'not-occupied' }],
    handle: ({ scope, once, params, body }) => setReady(platform, { scope, once }, params.id, body),
  });

  door.add({
    method: 'post',
    path: '/api/v1/beds/{id}/not-ready',
    summary: 'Say that they aren’t ready after all',
    rights: keepers,
    request: { params: bed, body: z.strictObject({}) },
    status: 200,
    response: readinessView,
    handle: ({ scope, once, params }) => setNotReady(platform, { scope, once }, params.id),
  });

  door.add({
    method: 'get',
    path: '/api/v1/occupancy',
    summary: 'Occupancy of my trust, midnight by midnight and now, and who is ready to leave',
    rights: managers,
    request: { query: z.strictObject({ trust: trustCode.optional(), from: localDay.optional(), to: localDay.optional() }) },
    status: 200,
    response: occupancyView,
    handle: ({ scope, query }) => occupancy(db, scope, query, clock.now()),
  });

  door.add({
    method: 'get',
    path: '/api/v1/returns',
    summary: 'The 10:00, 14:00 and 18:00 return of my trust, as it was known then; as JSON, or as a CSV file to send on',
    rights: managers,
    request: {
      query: z.strictObject({
        trust: trustCode.optional(),
        day: localDay.optional(),
        time: localTime.optional(),
        format: z.enum(['json', 'csv']).default('json'),
      }),
    },
    status: 200,
    response: returnView,
    download: 'text/csv',
    handle: async ({ scope, query: { format, ...asked } }) => {
      const answer = await bedReturn(db, scope, asked, clock.now());
      return answer.ok && format === 'csv' ? ok(returnFile(answer.value)) : answer;
    },
  });
}
