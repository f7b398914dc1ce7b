import { z } from 'zod';
import { cursor, id, limit, listOf } from '@homeward/shared/kernel/wire.ts';
import { reviewItem, reviewSettled, settleReview as settleShape, shortShift } from '@homeward/shared/shifts/contract.ts';
import type { Door } from '../platform/operation.ts';
import { ok } from '../platform/problem.ts';
import { settleReview } from './review-commands.ts';
import { reviews } from './review-queries.ts';
import { shortShifts } from './ward-queries.ts';

export function reviewRoutes(door: Door): void {
  const { platform } = door;
  const { db, clock } = platform;

  door.add({
    method: 'get',
    path: '/api/v1/reviews',
    summary: 'Bookings whose decision no longer holds',
    rights: { who: ['ward-manager', 'bank-office'], reach: 'own-ward' },
    request: { query: z.strictObject({ limit, cursor: cursor.optional() }) },
    status: 200,
    response: listOf(reviewItem),
    handle: async ({ scope, query }) => ok(await reviews(db, scope, clock.now(), query)),
  });

  door.add({
    method: 'post',
    path: '/api/v1/bookings/{id}/review',
    summary: 'Settle a booking that needs a look: keep it, replace the worker or cancel the shift',
    rights: { who: ['ward-manager', 'bank-office'], reach: 'own-ward' },
    request: { params: z.strictObject({ id }), body: settleShape },
    status: 200,
    response: reviewSettled,
    refusals: [
      { status: 409, code: 'already-settled' },
      { status: 409, code: 'too-late' },
      { status: 422, code: 'may-not-keep' },
    ],
    handle: ({ scope, once, params, body }) => settleReview(platform, { scope, once }, params.id, body),
  });

  door.add({
    method: 'get',
    path: '/api/v1/wards/{id}/short-shifts',
    summary: 'Coming shifts of my ward with fewer PMVA holders than its minimum, and what would mend each',
    rights: { who: ['ward-manager'], reach: 'own-ward' },
    request: { params: z.strictObject({ id }) },
    status: 200,
    response: listOf(shortShift),
    handle: async ({ scope, params }) => {
      const short = await shortShifts(db, scope, params.id, clock.now());
      return short.ok ? ok({ items: short.value, nextCursor: null }) : short;
    },
  });
}
