import { z } from 'zod';
import { id, listOf } from '@homeward/shared/kernel/wire.ts';
import {
  courseDetail as detailShape,
  courseMoved,
  describeCourse as describeShape,
  newCourse,
  newCourseView,
  renewCertificate as renewShape,
  techniqueView,
} from '@homeward/shared/training/contract.ts';
import type { Door } from '../platform/operation.ts';
import { ok } from '../platform/problem.ts';
import { describeCourse, recordCourse, renewCertificate } from './course-commands.ts';
import { courseDetail, techniques } from './course-queries.ts';

export function courseRoutes(door: Door): void {
  const { platform } = door;
  const { db } = platform;
  const rights = {
    who: ['training-lead', 'programme', 'bank-office', 'ward-manager', 'auditor', 'administrator'],
    reach: 'shared',
  } as const;
  const lead = { who: ['training-lead'], reach: 'own-trust' } as const;
  const params = z.strictObject({ id });

  door.add({
    method: 'get',
    path: '/api/v1/training/techniques',
    summary: 'What courses may teach',
    rights,
    status: 200,
    response: listOf(techniqueView),
    handle: async ({ scope }) => ok({ items: await techniques(db, scope), nextCursor: null }),
  });

  door.add({
    method: 'get',
    path: '/api/v1/training/courses/{id}',
    summary: 'One course version, how it is described and was',
    rights,
    request: { params },
    status: 200,
    response: detailShape,
    handle: ({ scope, params: { id } }) => courseDetail(db, scope, id),
  });

  door.add({
    method: 'post',
    path: '/api/v1/training/courses',
    summary: 'Record a course of my trust, or a new version of one, and whom that touches',
    rights: lead,
    request: { body: newCourse },
    status: 201,
    response: newCourseView,
    refusals: [{ status: 409, code: 'version-exists' }],
    handle: ({ scope, once, body }) => recordCourse(platform, { scope, once }, body),
  });

  door.add({
    method: 'post',
    path: '/api/v1/training/courses/{id}/describe',
    summary: 'Put right how a course version is described, before others are asked about it',
    rights: lead,
    request: { params, body: describeShape },
    status: 200,
    response: courseMoved,
    refusals: [{ status: 409, code: 'described-already' }],
    handle: ({ scope, once, params: { id }, body }) => describeCourse(platform, { scope, once }, id, body),
  });

  door.add({
    method: 'post',
    path: '/api/v1/training/courses/{id}/certificate',
    summary: 'The provider’s certificate was renewed, changed or ended',
    rights: lead,
    request: { params, body: renewShape },
    status: 200,
    response: courseMoved,
    handle: ({ scope, once, params: { id }, body }) => renewCertificate(platform, { scope, once }, id, body),
  });
}
