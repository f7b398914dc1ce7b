import { z } from 'zod';
import { id, listOf } from '@homeward/shared/kernel/wire.ts';
import {
  alignmentDetail as detailShape,
  alignmentEffect as effectAsked,
  alignmentMoved,
  alignmentReasonedStep,
  alignmentStep,
  alignmentView,
  answerObjection as answerShape,
  commentOnAlignment as commentShape,
  effectView,
  pilotReport,
  proposeAlignment as proposeShape,
  stressTest,
  validateAlignment as validateShape,
} from '@homeward/shared/training/contract.ts';
import type { Door } from '../platform/operation.ts';
import { ok } from '../platform/problem.ts';
import {
  answerObjection,
  commentOnAlignment,
  objectToAlignment,
  proposeAlignment,
  reportOnPilot,
  returnAlignment,
  signAlignment,
  stressTestAlignment,
  submitAlignment,
  validateAlignment,
  withdrawAlignment,
} from './alignment-commands.ts';
import { alignmentDetail, alignments } from './alignment-queries.ts';
import { alignmentEffect } from './preview-queries.ts';

export function alignmentRoutes(door: Door): void {
  const { platform } = door;
  const { db, clock } = platform;
  const rights = {
    who: ['training-lead', 'programme', 'bank-office', 'ward-manager', 'auditor', 'administrator'],
    reach: 'shared',
  } as const;
  const params = z.strictObject({ id });

  door.add({
    method: 'get',
    path: '/api/v1/training/alignments',
    summary: 'Which course meets which standard, how far that has come and whose turn it is',
    rights,
    status: 200,
    response: listOf(alignmentView),
    handle: async ({ scope }) => ok({ items: await alignments(db, scope, clock.now()), nextCursor: null }),
  });

  door.add({
    method: 'get',
    path: '/api/v1/training/alignments/{id}',
    summary: 'One alignment: the course beside its standard and the other trusts’, who signed, what was said',
    rights,
    request: { params },
    status: 200,
    response: detailShape,
    handle: ({ scope, params: { id } }) => alignmentDetail(db, scope, id, clock.now()),
  });

  door.add({
    method: 'get',
    path: '/api/v1/training/alignments/{id}/effect',
    summary: 'What a step would change: who gains or loses which wards, which bookings need review, which shifts fall under their minimum',
    rights: { who: ['training-lead', 'programme', 'auditor'], reach: 'shared' },
    request: { params, query: effectAsked },
    status: 200,
    response: effectView,
    handle: ({ scope, params: { id }, query }) => alignmentEffect(db, scope, id, query, clock.now()),
  });

  const lead = { who: ['training-lead'], reach: 'own-trust' } as const;
  const notLegal = { status: 409, code: 'not-legal-now' } as const;

  door.add({
    method: 'post',
    path: '/api/v1/training/alignments',
    summary: 'Propose that a course of my trust meets a shared competency',
    rights: lead,
    request: { body: proposeShape },
    status: 201,
    response: detailShape,
    refusals: [notLegal],
    handle: ({ scope, once, body }) => proposeAlignment(platform, { scope, once }, body),
  });

  door.add({
    method: 'post',
    path: '/api/v1/training/alignments/{id}/submit',
    summary: 'Ask every trust to review a draft',
    rights: lead,
    request: { params, body: alignmentStep },
    status: 200,
    response: alignmentMoved,
    refusals: [notLegal],
    handle: ({ scope, once, params: { id }, body }) => submitAlignment(platform, { scope, once }, id, body),
  });

  door.add({
    method: 'post',
    path: '/api/v1/training/alignments/{id}/sign',
    summary: 'Sign for my trust’s responsible person',
    rights: lead,
    request: { params, body: alignmentStep },
    status: 200,
    response: alignmentMoved,
    refusals: [
      notLegal,
      { status: 409, code: 'already-signed' },
      { status: 409, code: 'objection-open' },
      { status: 422, code: 'no-delegation' },
    ],
    handle: ({ scope, once, params: { id }, body }) => signAlignment(platform, { scope, once }, id, body),
  });

  door.add({
    method: 'post',
    path: '/api/v1/training/alignments/{id}/object',
    summary: 'Object for my trust, with a reason',
    rights: lead,
    request: { params, body: alignmentReasonedStep },
    status: 200,
    response: alignmentMoved,
    refusals: [
      notLegal,
      { status: 409, code: 'already-signed' },
      { status: 409, code: 'objection-open' },
      { status: 422, code: 'no-delegation' },
    ],
    handle: ({ scope, once, params: { id }, body }) => objectToAlignment(platform, { scope, once }, id, body),
  });

  door.add({
    method: 'post',
    path: '/api/v1/training/alignments/{id}/answer',
    summary: 'Answer an objection to my trust’s course',
    rights: lead,
    request: { params, body: answerShape },
    status: 200,
    response: alignmentMoved,
    refusals: [notLegal, { status: 409, code: 'answered-already' }],
    handle: ({ scope, once, params: { id }, body }) => answerObjection(platform, { scope, once }, id, body),
  });

  door.add({
    method: 'post',
    path: '/api/v1/training/alignments/{id}/stress-test',
    summary: 'Start the pilot on named wards',
    rights: lead,
    request: { params, body: stressTest },
    status: 200,
    response: alignmentMoved,
    refusals: [notLegal],
    handle: ({ scope, once, params: { id }, body }) => stressTestAlignment(platform, { scope, once }, id, body),
  });

  door.add({
    method: 'post',
    path: '/api/v1/training/alignments/{id}/validate',
    summary: 'Say that it counts at every trust of the collaborative',
    rights: lead,
    request: { params, body: validateShape },
    status: 200,
    response: alignmentMoved,
    refusals: [notLegal, { status: 409, code: 'alone' }],
    handle: ({ scope, once, params: { id }, body }) => validateAlignment(platform, { scope, once }, id, body),
  });

  door.add({
    method: 'post',
    path: '/api/v1/training/alignments/{id}/return',
    summary: 'Send it back, with a reason',
    rights: lead,
    request: { params, body: alignmentReasonedStep },
    status: 200,
    response: alignmentMoved,
    refusals: [notLegal],
    handle: ({ scope, once, params: { id }, body }) => returnAlignment(platform, { scope, once }, id, body),
  });

  door.add({
    method: 'post',
    path: '/api/v1/training/alignments/{id}/withdraw',
    summary: 'Stop it counting at once, with a reason',
    rights: lead,
    request: { params, body: alignmentReasonedStep },
    status: 200,
    response: alignmentMoved,
    refusals: [notLegal],
    handle: ({ scope, once, params: { id }, body }) => withdrawAlignment(platform, { scope, once }, id, body),
  });

  door.add({
    method: 'post',
    path: '/api/v1/training/alignments/{id}/comments',
    summary: 'Say something about an alignment that decides nothing',
    rights: { who: ['training-lead', 'programme'], reach: 'shared' },
    request: { params, body: commentShape },
    status: 201,
    response: detailShape,
    handle: ({ scope, once, params: { id }, body }) => commentOnAlignment(platform, { scope, once }, id, body.words),
  });

  door.add({
    method: 'post',
    path: '/api/v1/training/alignments/{id}/reports',
    summary: 'Report how a pilot goes on my ward',
    rights: { who: ['ward-manager'], reach: 'own-ward' },
    request: { params, body: pilotReport },
    status: 201,
    response: detailShape,
    refusals: [notLegal],
    handle: ({ scope, once, params: { id }, body }) => reportOnPilot(platform, { scope, once }, id, body),
  });
}
