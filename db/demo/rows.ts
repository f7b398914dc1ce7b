import { sql, type Insertable, type Transaction } from 'kysely';
import type { Instant } from '@homeward/shared/kernel/interval.ts';
import type { LocalDay } from '@homeward/shared/kernel/local-time.ts';
import type { EventType } from '@homeward/shared/kernel/event.ts';
import type { DB } from '../types.ts';

export type Row<T extends keyof DB> = Insertable<DB[T]>;

/** Rows waiting to be written, table by table. */
export type Rows = { [T in keyof DB]?: Row<T>[] };

/** The clock of one demonstration: everything in it is dated from here. */
export interface Clock {
  now: Instant;
  today: LocalDay;
}

/** An event of the past, as the program itself would have announced it. */
export interface Told {
  type: EventType;
  at: Instant;
  accountId: string | null;
  wardId?: string;
  shiftId?: string;
  workerId?: string;
  data: object;
}

export const at = (instant: Instant): string => new Date(instant).toISOString();

/** From one day to another, both included, as PostgreSQL writes it; no last day is no end. */
export const days = (from: LocalDay, until: LocalDay | null): string => `[${from},${until ?? ''}]`;

export const period = (start: Instant, end: Instant): string => `[${at(start)},${at(end)})`;

const snake = (camel: string) => camel.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** One statement a table, however many rows: the whole demonstration is in before a person would start to wait. */
export async function insertRows<T extends keyof DB>(trx: Transaction<DB>, table: T, rows: readonly Row<T>[]): Promise<void> {
  if (rows.length === 0) return;
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const names = columns.map((column) => `"${snake(column)}"`).join(', ');
  const written = rows.map((row) =>
    Object.fromEntries(columns.map((column) => [snake(column), (row as Record<string, unknown>)[column] ?? null])),
  );
  const name = `"${snake(table)}"`;
  await sql`insert into ${sql.raw(name)} (${sql.raw(names)})
    select ${sql.raw(names)} from jsonb_populate_recordset(null::${sql.raw(name)}, ${JSON.stringify(written)}::jsonb)`.execute(trx);
}
