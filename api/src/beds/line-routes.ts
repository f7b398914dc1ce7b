import { z } from 'zod';
import {
  addSuite as addSuiteShape,
  serviceLineView,
  setLineCriteria as setShape,
  setSuiteState as setSuiteShape,
  suiteView,
} from '@homeward/shared/beds/contract.ts';
import { id, kebab, listOf } from '@homeward/shared/kernel/wire.ts';
import type { Door } from '../platform/operation.ts';
import { ok } from '../platform/problem.ts';
import { addSuite, setLineCriteria, setSuiteState } from './line-commands.ts';
import { serviceLines, suites } from './line-queries.ts';

export function lineRoutes(door: Door): void {
  const { platform } = door;
  const { db, clock } = platform;
  const own = { who: ['bed-manager'], reach: 'own-trust' } as const;

  door.add({
    method: 'get',
    path: '/api/v1/service-lines',
    summary: 'The service lines: who leads each, who takes part, and what a referral has to show',
    rights: { who: 'signed-in', reach: 'shared' },
    status: 200,
    response: listOf(serviceLineView),
    handle: async ({ scope }) => ok({ items: await serviceLines(db, scope, clock.now()), nextCursor: null }),
  });

  door.add({
    method: 'post',
    path: '/api/v1/service-lines/{code}/criteria',
    summary: 'Say what a referral to a line that my trust leads has to show, from now on',
    rights: own,
    request: { params: z.strictObject({ code: kebab }), body: setShape },
    status: 201,
    response: serviceLineView,
    handle: ({ scope, once, params, body }) => setLineCriteria(platform, { scope, once }, params.code, body),
  });

  door.add({
    method: 'get',
    path: '/api/v1/suites',
    summary: 'The section 136 suites of the trusts on my board',
    rights: { who: ['bed-manager'], reach: 'shared' },
    status: 200,
    response: listOf(suiteView),
    handle: async ({ scope }) => ok({ items: await suites(db, scope, clock.now()), nextCursor: null }),
  });

  door.add({
    method: 'post',
    path: '/api/v1/suites',
    summary: 'Add a section 136 suite to a site of my trust',
    rights: own,
    request: { body: addSuiteShape },
    status: 201,
    response: suiteView,
    refusals: [{ status: 409, code: 'name-taken' }],
    handle: ({ scope, once, body }) => addSuite(platform, { scope, once }, body),
  });

  door.add({
    method: 'post',
    path: '/api/v1/suites/{id}/state',
    summary: 'Say whether a suite of my trust is free, occupied or closed',
    rights: own,
    request: { params: z.strictObject({ id }), body: setSuiteShape },
    status: 200,
    response: suiteView,
    handle: ({ scope, once, params, body }) => setSuiteState(platform, { scope, once }, params.id, body),
  });
}
