import { z } from 'zod';

/** A UUIDv7 as the program writes them; any UUID is read, in small letters, as the database gives them back. */
export const id = z.guid().toLowerCase().meta({ description: 'UUID', example: '019a0000-0000-7000-8000-000000000000' });

/** RFC 3339 with an offset, at most 40 characters, between 2000 and 2100: anything else is a typing error, not a time. */
export const instant = z.iso
  .datetime({ offset: true, error: 'Give a date and time with its offset, such as 2026-11-28T20:00:00Z.' })
  .max(40)
  .refine((text) => text >= '2000' && text < '2100', 'Give a date between the years 2000 and 2099.')
  // The world's clocks are at most 14 hours from Greenwich; PostgreSQL reads offsets of less than 16.
  .refine((text) => !/[+-](1[6-9]|2\d):\d\d$/.test(text), 'Give an offset of less than 16 hours.')
  .meta({ description: 'RFC 3339 instant with an offset' });

export const localDay = z.iso
  .date({ error: 'Give a day such as 2026-11-28.' })
  // PostgreSQL knows no year 0, and nobody's record begins before 1900.
  .refine((text) => text >= '1900' && text < '2200', 'Give a day between the years 1900 and 2199.')
  .meta({ description: 'Local day, Europe/London' });

/** One line or a short paragraph a person typed: trimmed, bounded before anything else looks at it. */
export const words = (max: number) => z.string().max(max, `Keep this to ${max} characters.`).trim();
export const someWords = (max: number) => words(max).min(1, 'Say why in a few words.');

export const kebab = z
  .string()
  .max(80)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'Use the code as listed, in lower case with hyphens.');

export const limit = z.coerce.number().int().min(1).max(100).default(100);
export const cursor = z.string().max(400);

export const listOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), nextCursor: z.string().nullable() });

export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    code: z.string(),
    detail: z.string().optional(),
    requestId: z.string(),
    errors: z.array(z.object({ path: z.string(), code: z.string(), message: z.string() })).optional(),
  })
  .loose()
  .meta({ description: 'RFC 9457 problem with a stable code' });
export type Problem = z.infer<typeof problem>;

export const evidence = z.object({
  what: z.string(),
  id: z.string().optional(),
  from: z.string().optional(),
  until: z.string().optional(),
  by: z.string().optional(),
  detail: z.string().optional(),
});
export const decision = z.object({
  outcome: z.enum(['eligible', 'override', 'blocked']),
  checks: z.array(
    z.object({
      code: z.string(),
      result: z.enum(['pass', 'warn', 'override', 'fail']),
      sentence: z.string(),
      evidence: z.array(evidence),
      fix: z.string().optional(),
    }),
  ),
});
