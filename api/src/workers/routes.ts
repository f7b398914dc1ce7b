import { z } from 'zod';
import { cursor, id, limit, listOf } from '@homeward/shared/kernel/wire.ts';
import { trustCode } from '@homeward/shared/places/contract.ts';
import {
  anyPassport,
  giveConsent,
  passportView,
  recordCheck,
  recordHistory,
  recordMoved,
  recordOptOut,
  recordRegistration,
  wardPerson,
  workerLine,
} from '@homeward/shared/workers/contract.ts';
import type { Door } from '../platform/operation.ts';
import { ok } from '../platform/problem.ts';
import { recordCheckOf, recordOptOutOf, recordRegistrationOf, setConsent } from './commands.ts';
import { history } from './history-queries.ts';
import { passport } from './passport-queries.ts';
import { workers } from './queries.ts';
import { wardPeople } from './restriction-queries.ts';

const page = z.strictObject({ limit, cursor: cursor.optional() });

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
    summary: 'What lets this worker work elsewhere, whole or as a host may see it; the look is shown to them',
    rights: { who: ['worker', 'bank-office', 'ward-manager', 'training-lead', 'administrator', 'auditor'], reach: 'own-or-host-trust' },
    request: { params: z.strictObject({ id }) },
    status: 200,
    response: anyPassport,
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

  door.add({
    method: 'post',
    path: '/api/v1/me/consent',
    summary: 'Agree to share my passport with other trusts, or take that back',
    rights: { who: ['worker'], reach: 'self' },
    request: { body: giveConsent },
    status: 200,
    response: recordMoved,
    handle: ({ scope, once, body }) => setConsent(platform, { scope, once }, body.consents),
  });

  door.add({
    method: 'post',
    path: '/api/v1/workers/{id}/checks',
    summary: 'Record, renew or take back an employment check of my trust’s worker',
    rights: { who: ['bank-office'], reach: 'own-trust' },
    request: { params: z.strictObject({ id }), body: recordCheck },
    status: 200,
    response: recordMoved,
    handle: ({ scope, once, params, body }) => recordCheckOf(platform, { scope, once }, params.id, body),
  });

  door.add({
    method: 'post',
    path: '/api/v1/workers/{id}/registration',
    summary: 'Record or renew the registration of my trust’s worker',
    rights: { who: ['bank-office'], reach: 'own-trust' },
    request: { params: z.strictObject({ id }), body: recordRegistration },
    status: 200,
    response: recordMoved,
    refusals: [
      { status: 409, code: 'overlapping-bookings' },
      { status: 409, code: 'registration-taken' },
    ],
    handle: ({ scope, once, params, body }) => recordRegistrationOf(platform, { scope, once }, params.id, body),
  });

  door.add({
    method: 'post',
    path: '/api/v1/workers/{id}/opt-out',
    summary: 'Record a written opt-out of the 48 hours of my trust’s worker, or its end',
    rights: { who: ['bank-office'], reach: 'own-trust' },
    request: { params: z.strictObject({ id }), body: recordOptOut },
    status: 200,
    response: recordMoved,
    handle: ({ scope, once, params, body }) => recordOptOutOf(platform, { scope, once }, params.id, body),
  });

  door.add({
    method: 'get',
    path: '/api/v1/workers/{id}/history',
    summary: 'What was changed of this worker’s record, when, by whom and why',
    rights: { who: ['worker', 'bank-office', 'auditor'], reach: 'own-trust' },
    request: { params: z.strictObject({ id }), query: page },
    status: 200,
    response: recordHistory,
    handle: ({ scope, params, query }) => history(db, scope, params.id, clock.now(), query),
  });

  door.add({
    method: 'get',
    path: '/api/v1/wards/{id}/people',
    summary: 'Who has worked on this ward lately, or is to',
    rights: { who: ['ward-manager', 'bank-office'], reach: 'own-ward' },
    request: { params: z.strictObject({ id }), query: page },
    status: 200,
    response: listOf(wardPerson),
    handle: ({ scope, params, query }) => wardPeople(db, scope, params.id, clock.now(), query),
  });
}
