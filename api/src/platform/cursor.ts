import type { z } from 'zod';

/** Where a list goes on: the order's own columns of the last row shown, so that what is added meanwhile moves nothing. */
export const cursorOf = (...last: readonly string[]): string => Buffer.from(JSON.stringify(last)).toString('base64url');

/** The columns a cursor holds, or null where it isn't one of ours: the list then begins afresh. `shape` keeps nonsense from the database. */
export function pageAfter<T>(cursor: string | undefined, shape: z.ZodType<T>): T | null {
  if (!cursor) return null;
  try {
    const read = shape.safeParse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}
