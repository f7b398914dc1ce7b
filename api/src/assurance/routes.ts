import { z } from 'zod';
import {
  auditEvent,
  bookingRecord as bookingRecordShape,
  couldHaveWorked as couldHaveWorkedShape,
} from '@homeward/shared/assurance/contract.ts';
import { cursor, id, instant, limit, listOf } from '@homeward/shared/kernel/wire.ts';
import { role } from '@homeward/shared/workers/contract.ts';
import type { Live } from '../platform/live.ts';
import type { Door } from '../platform/operation.ts';
import { ok } from '../platform/problem.ts';
import { auditTrail } from './queries.ts';
import { bookingRecord, couldHaveWorked } from './record-queries.ts';

const frame = z.object({
  offset: z.number(),
  previous: z.number(),
  type: z.string(),
  at: z.string(),
  data: z.record(z.string(), z.unknown()),
});

export function assuranceRoutes(door: Door, live: Pick<Live, 'read'>): void {
  const { platform } = door;

  door.add({
    method: 'get',
    path: '/api/v1/events',
    summary: 'The live feed over plain HTTP: what I may see after an offset',
    rights: { who: 'signed-in', reach: 'self' },
    request: {
      query: z.strictObject({ epoch: z.guid().optional(), after: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional() }),
    },
    status: 200,
    response: z.object({ epoch: z.string(), offset: z.number(), resync: z.boolean(), now: z.string(), events: z.array(frame) }),
    handle: async ({ scope, query }) => ok(await live.read(scope, query)),
  });

  door.add({
    method: 'get',
    path: '/api/v1/audit',
    summary: 'The record of acts, newest first',
    rights: { who: ['auditor'], reach: 'everything' },
    request: {
      query: z.strictObject({
        type: z.string().max(60).optional(),
        shiftId: id.optional(),
        workerId: id.optional(),
        wardId: id.optional(),
        from: instant.optional(),
        to: instant.optional(),
        limit,
        cursor: cursor.regex(/^\d{1,15}$/).optional(),
      }),
    },
    status: 200,
    response: listOf(auditEvent),
    handle: async ({ scope, query }) => {
      const { cursor: before, limit: most, ...filter } = query;
      const items = await auditTrail(platform.db, scope, { ...filter, before: before ? Number(before) : undefined, limit: most + 1 });
      const page = items.slice(0, most);
      return ok({ items: page, nextCursor: items.length > most ? String(page.at(-1)!.offset) : null });
    },
  });
  door.add({
    method: 'get',
    path: '/api/v1/audit/bookings/{id}',
    summary: 'A booking as it was decided, with the alignments as they stood and the decision taken again',
    rights: { who: ['auditor'], reach: 'everything' },
    request: { params: z.object({ id }) },
    status: 200,
    response: bookingRecordShape,
    handle: ({ scope, params }) => bookingRecord(platform.db, scope, params.id, platform.clock.now()),
  });

  door.add({
    method: 'get',
    path: '/api/v1/audit/could-have-worked',
    summary: 'Who could have worked a shift, as everything stood at an instant',
    rights: { who: ['auditor'], reach: 'everything' },
    request: {
      query: z.strictObject({
        wardId: id,
        role,
        band: z.coerce.number().int().min(2).max(9),
        startsAt: instant,
        endsAt: instant,
        breakMinutes: z.coerce.number().int().min(0).max(600).optional(),
        asOf: instant,
        outcome: z.enum(['eligible', 'override', 'blocked']).optional(),
        limit,
        cursor: cursor.regex(/^\d{1,9}$/).optional(),
      }),
    },
    status: 200,
    response: couldHaveWorkedShape,
    handle: ({ scope, query }) => couldHaveWorked(platform.db, scope, query, platform.clock.now()),
  });
}
