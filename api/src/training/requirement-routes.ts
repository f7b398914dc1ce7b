import { z } from 'zod';
import { id } from '@homeward/shared/kernel/wire.ts';
import {
  effectView,
  endRequirement as endShape,
  requirementEffect as effectAsked,
  requirementMoved,
  setRequirement as setShape,
  wardRequirements as requirementsShape,
} from '@homeward/shared/training/contract.ts';
import type { Door } from '../platform/operation.ts';
import { requirementEffect } from './preview-queries.ts';
import { endRequirement, setRequirement } from './requirement-commands.ts';
import { wardRequirements } from './requirement-queries.ts';

export function requirementRoutes(door: Door): void {
  const { platform } = door;
  const { db, clock } = platform;
  const manager = { who: ['ward-manager'], reach: 'own-ward' } as const;
  const params = z.strictObject({ id });

  door.add({
    method: 'get',
    path: '/api/v1/wards/{id}/requirements',
    summary: 'What training a ward asks, and asked before',
    rights: { who: ['ward-manager', 'training-lead', 'programme', 'auditor'], reach: 'own-trust' },
    request: { params },
    status: 200,
    response: requirementsShape,
    handle: ({ scope, params: { id } }) => wardRequirements(db, scope, id, clock.now()),
  });

  door.add({
    method: 'post',
    path: '/api/v1/wards/{id}/requirements',
    summary: 'Set what my ward asks, in place of what it asked of the same training and role',
    rights: manager,
    request: { params, body: setShape },
    status: 200,
    response: requirementMoved,
    handle: ({ scope, once, params: { id }, body }) => setRequirement(platform, { scope, once }, id, body),
  });

  door.add({
    method: 'post',
    path: '/api/v1/wards/{id}/requirements/{requirementId}/end',
    summary: 'My ward no longer asks this, with a reason',
    rights: manager,
    request: { params: z.strictObject({ id, requirementId: id }), body: endShape },
    status: 200,
    response: requirementMoved,
    handle: ({ scope, once, params: { id, requirementId }, body }) =>
      endRequirement(platform, { scope, once }, id, requirementId, body.reason),
  });

  door.add({
    method: 'get',
    path: '/api/v1/wards/{id}/requirements/effect',
    summary: 'What setting or ending a requirement of my ward would change',
    rights: manager,
    request: { params, query: effectAsked },
    status: 200,
    response: effectView,
    handle: ({ scope, params: { id }, query }) => requirementEffect(db, scope, id, query, clock.now()),
  });
}
