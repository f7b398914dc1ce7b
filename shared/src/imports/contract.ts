import { z } from 'zod';

export const importKinds = ['workers', 'courses', 'training-records', 'requirements', 'roster', 'wards', 'beds'] as const;
export type ImportKind = (typeof importKinds)[number];

/** A report names at most so many things that are wrong; every bad row is counted. */
export const mostProblems = 10_000;

/** `line` is the line of the file the row starts on, the header being 1. `column` is empty where the whole row is at fault. */
export const importProblem = z.object({ line: z.number(), column: z.string(), code: z.string(), message: z.string() });
export type ImportProblem = z.infer<typeof importProblem>;

export const importReport = z.object({
  kind: z.string(),
  applied: z.boolean(),
  rows: z.number(),
  accepted: z.number(),
  unchanged: z.number(),
  problems: z.array(importProblem),
  /** How many rows are bad in all; `problems` names the first `mostProblems` things that are wrong with them. */
  problemCount: z.number(),
  preview: z.array(z.object({ line: z.number(), what: z.string(), change: z.enum(['new', 'changed', 'unchanged']) })),
});
export type ImportReport = z.infer<typeof importReport>;
