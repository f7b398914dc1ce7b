import { z } from 'zod';
import { kebab, listOf } from '@homeward/shared/kernel/wire.ts';
import {
  changePeriod as changeShape,
  effectView,
  periodEffect as effectAsked,
  periodMoved,
  periodView,
} from '@homeward/shared/training/contract.ts';
import type { Door } from '../platform/operation.ts';
import { ok } from '../platform/problem.ts';
import { changePeriod } from './period-commands.ts';
import { periods } from './period-queries.ts';
import { periodEffect } from './preview-queries.ts';

export function periodRoutes(door: Door): void {
  const { platform } = door;
  const { db, clock } = platform;
  const lead = { who: ['training-lead'], reach: 'own-trust' } as const;

  door.add({
    method: 'get',
    path: '/api/v1/training/periods',
    summary: 'How long training counts at each trust, and counted before',
    rights: { who: ['training-lead', 'programme', 'bank-office', 'ward-manager', 'auditor', 'administrator'], reach: 'shared' },
    request: { query: z.strictObject({ competency: kebab.optional() }) },
    status: 200,
    response: listOf(periodView),
    handle: async ({ scope, query }) => ok({ items: await periods(db, scope, query), nextCursor: null }),
  });

  door.add({
    method: 'post',
    path: '/api/v1/training/periods',
    summary: 'Say how long a competency’s training counts at my trust from a day on',
    rights: lead,
    request: { body: changeShape },
    status: 200,
    response: periodMoved,
    handle: ({ scope, once, body }) => changePeriod(platform, { scope, once }, body),
  });

  door.add({
    method: 'get',
    path: '/api/v1/training/periods/effect',
    summary: 'What another period would change',
    rights: lead,
    request: { query: effectAsked },
    status: 200,
    response: effectView,
    handle: ({ scope, query }) => periodEffect(db, scope, query, clock.now()),
  });
}
