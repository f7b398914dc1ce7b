import { z } from 'zod';
import { id, someWords } from '../kernel/wire.ts';
import { alignmentStates } from './facts.ts';

export const competencyView = z.object({
  code: z.string(),
  title: z.string(),
  useOfForce: z.boolean(),
  periods: z.array(z.object({ trust: z.string(), months: z.number() })),
});
export type CompetencyView = z.infer<typeof competencyView>;

export const courseView = z.object({
  id,
  trust: z.string(),
  code: z.string(),
  version: z.string(),
  title: z.string(),
  meets: z.string(),
  provider: z.string().nullable(),
  certifiedUntil: z.string().nullable(),
  useOfForce: z.boolean(),
});
export type CourseView = z.infer<typeof courseView>;

export const alignmentView = z.object({
  id,
  course: courseView,
  competency: z.string(),
  state: z.enum(alignmentStates),
  since: z.string(),
  decidedBy: z.string(),
  reason: z.string().nullable(),
  countsFrom: z.string().nullable(),
  pilotUntil: z.string().nullable(),
  pilotWards: z.array(z.object({ id, code: z.string(), name: z.string() })),
});
export type AlignmentView = z.infer<typeof alignmentView>;

export const revokeRecord = z.strictObject({ reason: someWords(500) });

export const recordView = z.object({
  id,
  course: courseView,
  completedOn: z.string(),
  evidence: z.string().nullable(),
  revoked: z.object({ at: z.string(), by: z.string(), reason: z.string() }).nullable(),
});
