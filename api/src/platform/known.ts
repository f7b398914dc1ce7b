import { sql, type RawBuilder } from 'kysely';
import type { Instant } from '@homeward/shared/kernel/interval.ts';

/**
 * What was known at an instant: rows recorded by then and not replaced by then. Without an instant, what is known now, in the words of
 * the partial indexes that serve it. `row` is the row's name in the statement, `since` and `until` its columns.
 */
export function inForce(row: string, known: Instant | undefined, since = 'recorded_at', until = 'replaced_at'): RawBuilder<unknown> {
  if (known === undefined) return sql.raw(`${row}.${until} is null`);
  const [from, to] = [sql.raw(`${row}.${since}`), sql.raw(`${row}.${until}`)];
  return sql`(${from} <= ${new Date(known)} and (${to} is null or ${to} > ${new Date(known)}))`;
}

/** The same of rows that nothing replaces. */
export function wasKnown(row: string, known: Instant | undefined, since = 'recorded_at'): RawBuilder<unknown> {
  return known === undefined ? sql`true` : sql`${sql.raw(`${row}.${since}`)} <= ${new Date(known)}`;
}
