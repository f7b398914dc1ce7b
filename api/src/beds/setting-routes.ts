import { z } from 'zod';
import { bedSettingsView, changeBedSetting as changeShape, codesView } from '@homeward/shared/beds/contract.ts';
import { trustCode } from '@homeward/shared/places/contract.ts';
import type { Door } from '../platform/operation.ts';
import { ok } from '../platform/problem.ts';
import { criteriaRoutes } from './criteria-routes.ts';
import { lineRoutes } from './line-routes.ts';
import { changeBedSetting } from './setting-commands.ts';
import { bedCodes, bedSettings } from './setting-queries.ts';

export function settingRoutes(door: Door): void {
  const { platform } = door;
  const { db, clock } = platform;

  door.add({
    method: 'get',
    path: '/api/v1/bed-codes',
    summary: 'The lists that needs, answers and the register are described in',
    rights: { who: 'signed-in', reach: 'shared' },
    status: 200,
    response: codesView,
    handle: async ({ scope }) => ok(await bedCodes(db, scope)),
  });

  door.add({
    method: 'get',
    path: '/api/v1/bed-settings',
    summary: 'The clocks, sex rules and ranking terms of a trust: in force, coming and before',
    rights: { who: ['bed-manager'], reach: 'shared' },
    request: { query: z.strictObject({ trust: trustCode.optional() }) },
    status: 200,
    response: bedSettingsView,
    handle: ({ scope, query }) => bedSettings(db, scope, query.trust, clock.now()),
  });

  door.add({
    method: 'post',
    path: '/api/v1/bed-settings',
    summary: 'Change them for my trust, from an instant on',
    rights: { who: ['bed-manager'], reach: 'own-trust' },
    request: { body: changeShape },
    status: 201,
    response: bedSettingsView,
    handle: ({ scope, once, body }) => changeBedSetting(platform, { scope, once }, body),
  });

  criteriaRoutes(door);
  lineRoutes(door);
}
