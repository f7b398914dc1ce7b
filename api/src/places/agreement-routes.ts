import { z } from 'zod';
import { id, listOf } from '@homeward/shared/kernel/wire.ts';
import {
  agreementEffect,
  agreementView,
  endAgreement as endShape,
  proposeAgreement as proposeShape,
} from '@homeward/shared/places/contract.ts';
import { agreementMoved, effectView } from '@homeward/shared/training/contract.ts';
import type { Door } from '../platform/operation.ts';
import { ok } from '../platform/problem.ts';
import { endAgreement, proposeAgreement, signAgreement } from './agreement-commands.ts';
import { agreements, endingEffect } from './agreement-queries.ts';

export function agreementRoutes(door: Door): void {
  const { platform } = door;
  const { db, clock } = platform;
  const rights = { who: ['bank-office'], reach: 'own-or-host-trust' } as const;
  const params = z.strictObject({ id });

  door.add({
    method: 'get',
    path: '/api/v1/agreements',
    summary: 'The sharing agreements my trust is a side of, signed, waiting and ended',
    rights: { who: ['bank-office', 'programme', 'auditor'], reach: 'own-or-host-trust' },
    status: 200,
    response: listOf(agreementView),
    handle: async ({ scope }) => ok({ items: await agreements(db, scope, clock.now()), nextCursor: null }),
  });

  door.add({
    method: 'post',
    path: '/api/v1/agreements',
    summary: 'Propose a sharing agreement, and sign it for my side',
    rights,
    request: { body: proposeShape },
    status: 201,
    response: agreementView,
    refusals: [{ status: 409, code: 'agreement-overlaps' }],
    handle: ({ scope, once, body }) => proposeAgreement(platform, { scope, once }, body),
  });

  door.add({
    method: 'post',
    path: '/api/v1/agreements/{id}/sign',
    summary: 'Sign a sharing agreement for my side',
    rights,
    request: { params },
    status: 200,
    response: agreementView,
    refusals: [
      { status: 409, code: 'not-to-sign' },
      { status: 409, code: 'agreement-overlaps' },
    ],
    handle: ({ scope, once, params }) => signAgreement(platform, { scope, once }, params.id),
  });

  door.add({
    method: 'post',
    path: '/api/v1/agreements/{id}/end',
    summary: 'End a sharing agreement early, or take a proposal back',
    rights,
    request: { params, body: endShape },
    status: 200,
    response: agreementMoved,
    refusals: [{ status: 409, code: 'already-over' }],
    handle: ({ scope, once, params, body }) => endAgreement(platform, { scope, once }, params.id, body),
  });

  door.add({
    method: 'get',
    path: '/api/v1/agreements/{id}/effect',
    summary: 'What ending a sharing agreement on a day would do',
    rights,
    request: { params, query: agreementEffect },
    status: 200,
    response: effectView,
    refusals: [{ status: 409, code: 'already-over' }],
    handle: ({ scope, params, query }) => endingEffect(db, scope, params.id, query.lastDay, clock.now()),
  });
}
