import { z } from 'zod';
import { dayMs } from '@homeward/shared/kernel/interval.ts';
import { localDayOf, startOfDay } from '@homeward/shared/kernel/local-time.ts';
import { cursor, id, instant, limit, listOf } from '@homeward/shared/kernel/wire.ts';
import {
  answerRequest as answerShape,
  bookingView,
  cancelBooking as cancelBookingShape,
  cancelShift as cancelShiftShape,
  candidates,
  decisionRequest,
  explanation as explanationShape,
  myShift as myShiftShape,
  myShifts as myShiftsShape,
  postShift,
  postShifts as postShiftsShape,
  requestView,
  shiftStatuses,
  wardBoard as wardBoardShape,
  wardShift as wardShiftShape,
} from '@homeward/shared/shifts/contract.ts';
import { decision } from '@homeward/shared/kernel/wire.ts';
import { Limit } from '../platform/limits.ts';
import type { Door } from '../platform/operation.ts';
import { badInput, ok } from '../platform/problem.ts';
import { acceptShift, answerRequest, askWard, cancelBooking, cancelShift, postShifts, undoBooking } from './commands.ts';
import { explanation, myBookings, myRequests } from './booking-queries.ts';
import { shiftReasons } from './queries.ts';
import { reviewRoutes } from './review-routes.ts';
import { imaginedDecision, shiftCandidates, wardBoard, wardShift, wardShiftList } from './ward-queries.ts';
import { myShift, myShifts } from './worker-queries.ts';

const outcome = z.enum(['eligible', 'override', 'blocked']);
const minute = 60_000;
const boardDays = 42;

export function shiftsRoutes(door: Door): void {
  const { platform } = door;
  const { db, clock } = platform;
  const accepts = new Limit(60, minute);
  const searches = new Limit(120, minute);
  // A page reads its list again after what changed it: many a minute on a busy evening, and no search of anybody's.
  const reads = new Limit(1200, minute);
  const byId = z.strictObject({ id });

  door.add({
    method: 'post',
    path: '/api/v1/shifts',
    summary: 'Post one shift, or several alike',
    rights: { who: ['ward-manager'], reach: 'own-ward' },
    request: { body: postShift },
    status: 201,
    response: z.object({ items: z.array(wardShiftShape) }),
    handle: ({ scope, once, body }) => postShifts(platform, { scope, once }, [body]),
  });

  door.add({
    method: 'post',
    path: '/api/v1/shifts/batch',
    summary: 'Post different shifts in one act, all or none',
    rights: { who: ['ward-manager'], reach: 'own-ward' },
    request: { body: postShiftsShape },
    status: 201,
    response: z.object({ items: z.array(wardShiftShape) }),
    handle: ({ scope, once, body }) => postShifts(platform, { scope, once }, body.shifts),
  });

  door.add({
    method: 'get',
    path: '/api/v1/shifts/reasons',
    summary: 'The coded reasons to post and to cancel',
    rights: { who: 'signed-in', reach: 'shared' },
    status: 200,
    response: z.object({
      post: z.array(z.object({ code: z.string(), title: z.string() })),
      ward: z.array(z.object({ code: z.string(), title: z.string() })),
      worker: z.array(z.object({ code: z.string(), title: z.string() })),
    }),
    handle: async ({ scope }) => ok(await shiftReasons(db, scope)),
  });

  door.add({
    method: 'get',
    path: '/api/v1/shifts',
    summary: 'Shifts of my wards',
    rights: { who: ['ward-manager', 'bank-office'], reach: 'own-ward' },
    request: {
      query: z.strictObject({
        wardId: id.optional(),
        status: z.enum(shiftStatuses).optional(),
        from: instant.optional(),
        to: instant.optional(),
        limit,
        cursor: cursor.optional(),
      }),
    },
    status: 200,
    response: listOf(wardShiftShape),
    handle: ({ scope, query }) => wardShiftList(db, scope, clock.now(), query),
  });

  door.add({
    method: 'get',
    path: '/api/v1/shifts/{id}',
    summary: 'One shift of my ward',
    rights: { who: ['ward-manager', 'bank-office'], reach: 'own-ward' },
    request: { params: byId },
    status: 200,
    response: wardShiftShape,
    handle: ({ scope, params }) => wardShift(db, scope, params.id, clock.now()),
  });

  door.add({
    method: 'get',
    path: '/api/v1/shifts/{id}/candidates',
    summary: 'Who could take it, ranked, and why the others cannot',
    rights: { who: ['ward-manager', 'bank-office'], reach: 'own-ward' },
    request: {
      params: byId,
      query: z.strictObject({
        outcome: outcome.optional(),
        name: z.string().trim().min(1).max(60).optional(),
        limit,
        cursor: cursor.optional(),
      }),
    },
    status: 200,
    response: candidates,
    limit: searches,
    handle: ({ scope, params, query }) => shiftCandidates(db, scope, params.id, clock.now(), query),
  });

  door.add({
    method: 'post',
    path: '/api/v1/shifts/{id}/accept',
    summary: 'Take a shift',
    rights: { who: ['worker'], reach: 'self' },
    request: { params: byId },
    status: 201,
    response: bookingView,
    refusals: [
      { status: 409, code: 'already-yours' },
      { status: 409, code: 'shift-taken' },
      { status: 409, code: 'shift-cancelled' },
      { status: 409, code: 'shift-expired' },
      { status: 409, code: 'overlap' },
      { status: 422, code: 'not-eligible' },
    ],
    limit: accepts,
    handle: ({ scope, once, params }) => acceptShift(platform, { scope, once }, params.id),
  });

  door.add({
    method: 'post',
    path: '/api/v1/shifts/{id}/requests',
    summary: 'Ask the ward for a shift that needs its agreement',
    rights: { who: ['worker'], reach: 'self' },
    request: { params: byId },
    status: 201,
    response: requestView,
    refusals: [
      { status: 409, code: 'already-asked' },
      { status: 409, code: 'shift-taken' },
      { status: 409, code: 'shift-cancelled' },
      { status: 409, code: 'shift-expired' },
      { status: 422, code: 'may-accept' },
      { status: 422, code: 'not-eligible' },
    ],
    handle: ({ scope, once, params }) => askWard(platform, { scope, once }, params.id),
  });

  for (const approve of [true, false]) {
    door.add({
      method: 'post',
      path: `/api/v1/requests/{id}/${approve ? 'approve' : 'refuse'}`,
      summary: approve ? 'Agree to a request, which books the shift' : 'Refuse a request with a reason',
      rights: { who: ['ward-manager'], reach: 'own-ward' },
      request: { params: byId, body: answerShape },
      status: 201,
      response: requestView,
      refusals: [
        { status: 409, code: 'already-answered' },
        { status: 409, code: 'shift-taken' },
        { status: 409, code: 'shift-cancelled' },
        { status: 409, code: 'shift-expired' },
        { status: 409, code: 'overlap' },
        { status: 422, code: 'not-eligible' },
      ],
      handle: ({ scope, once, params, body }) =>
        answerRequest(platform, { scope, once }, params.id, { approve, reason: body.reason, compensatoryRest: body.compensatoryRest }),
    });
  }

  door.add({
    method: 'post',
    path: '/api/v1/shifts/{id}/cancel',
    summary: 'Cancel a shift of my ward',
    rights: { who: ['ward-manager'], reach: 'own-ward' },
    request: { params: byId, body: cancelShiftShape },
    status: 200,
    response: wardShiftShape,
    refusals: [{ status: 409, code: 'too-late' }],
    handle: ({ scope, once, params, body }) => cancelShift(platform, { scope, once }, params.id, body.reason),
  });

  door.add({
    method: 'get',
    path: '/api/v1/wards/{id}/board',
    summary: 'A ward’s shifts and roster, six weeks unless asked otherwise',
    rights: { who: ['ward-manager', 'bank-office'], reach: 'own-ward' },
    request: { params: byId, query: z.strictObject({ from: instant.optional(), to: instant.optional() }) },
    status: 200,
    response: wardBoardShape,
    handle: async ({ scope, params, query }) => {
      const now = clock.now();
      const start = query.from ? Date.parse(query.from) : startOfDay(localDayOf(now));
      const end = query.to ? Date.parse(query.to) : start + boardDays * dayMs;
      if (end <= start || end - start > 100 * dayMs) {
        return badInput([{ path: 'to', code: 'bad-span', message: 'Ask for up to 100 days, the end after the start.' }]);
      }
      return wardBoard(db, scope, params.id, { start, end }, now);
    },
  });

  door.add({
    method: 'get',
    path: '/api/v1/me/shifts',
    summary: 'Open shifts with my decision, best first',
    rights: { who: ['worker'], reach: 'self' },
    request: { query: z.strictObject({ outcome: outcome.default('eligible'), limit, cursor: cursor.optional() }) },
    status: 200,
    response: myShiftsShape,
    limit: reads,
    handle: async ({ scope, query }) => ok(await myShifts(db, scope.workerId!, clock.now(), query)),
  });

  door.add({
    method: 'get',
    path: '/api/v1/me/shifts/{id}',
    summary: 'One shift with every check of my decision',
    rights: { who: ['worker'], reach: 'self' },
    request: { params: byId },
    status: 200,
    response: myShiftShape,
    handle: ({ scope, params }) => myShift(db, scope, params.id, clock.now()),
  });

  door.add({
    method: 'get',
    path: '/api/v1/me/bookings',
    summary: 'My bookings from four weeks back on',
    rights: { who: ['worker'], reach: 'self' },
    status: 200,
    response: listOf(bookingView),
    handle: async ({ scope }) => ok({ items: await myBookings(db, scope.workerId!, clock.now()), nextCursor: null }),
  });

  door.add({
    method: 'get',
    path: '/api/v1/me/requests',
    summary: 'What I have asked wards, newest first',
    rights: { who: ['worker'], reach: 'self' },
    status: 200,
    response: listOf(requestView),
    handle: async ({ scope }) => ok({ items: await myRequests(db, scope.workerId!), nextCursor: null }),
  });

  door.add({
    method: 'post',
    path: '/api/v1/bookings/{id}/cancel',
    summary: 'Give a booking up, from either side',
    rights: { who: ['worker', 'ward-manager'], reach: 'self' },
    request: { params: byId, body: cancelBookingShape },
    status: 200,
    response: bookingView,
    refusals: [
      { status: 409, code: 'already-cancelled' },
      { status: 409, code: 'too-late' },
    ],
    handle: ({ scope, once, params, body }) => cancelBooking(platform, { scope, once }, params.id, body.reason),
  });

  door.add({
    method: 'post',
    path: '/api/v1/bookings/{id}/undo',
    summary: 'Take an acceptance back within five minutes',
    rights: { who: ['worker'], reach: 'self' },
    request: { params: byId },
    status: 200,
    response: bookingView,
    refusals: [
      { status: 409, code: 'already-cancelled' },
      { status: 409, code: 'too-late' },
    ],
    handle: ({ scope, once, params }) => undoBooking(platform, { scope, once }, params.id),
  });

  door.add({
    method: 'get',
    path: '/api/v1/bookings/{id}/explanation',
    summary: 'The decision a booking rests on, as it was stored',
    rights: { who: ['worker', 'ward-manager', 'bank-office', 'auditor'], reach: 'self' },
    request: { params: byId },
    status: 200,
    response: explanationShape,
    handle: ({ scope, params }) => explanation(db, scope, params.id, clock.now()),
  });

  door.add({
    method: 'post',
    path: '/api/v1/decisions',
    summary: 'Could this worker take a shift that doesn’t exist yet?',
    rights: { who: ['bank-office', 'administrator'], reach: 'own-or-host-trust' },
    request: { body: decisionRequest },
    status: 200,
    response: decision,
    limit: reads,
    handle: ({ scope, body }) => imaginedDecision(db, scope, body, clock.now()),
  });

  reviewRoutes(door);
}
