import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { DB } from './types.ts';

const { DATE, INT8 } = pg.types.builtins;
// The list of built-in types leaves out their arrays, so these are the catalogue's own numbers.
const [DATE_ARRAY, INT8_ARRAY, TEXT_ARRAY] = [1182, 1016, 1009] as unknown as [typeof DATE, typeof DATE, typeof DATE];
const textArray = pg.types.getTypeParser(TEXT_ARRAY) as (text: string) => string[];

// A date is a day of the calendar and stays its text: as a Date it would be midnight somewhere, and move with the time zone.
pg.types.setTypeParser(DATE, (text) => text);
pg.types.setTypeParser(DATE_ARRAY, textArray);
// Offsets and pence stay far below 2^53, so they may be ordinary numbers.
pg.types.setTypeParser(INT8, Number);
pg.types.setTypeParser(INT8_ARRAY, (text) => textArray(text).map(Number));

export interface ConnectOptions {
  /** The most connections this process holds at once. */
  max?: number;
  /** true: no limits on how long a statement may take, for migrations and imports that know what they do. */
  patient?: boolean;
  /** Told of a connection that died while nobody used it; the pool replaces it by itself. */
  onLost?: (error: Error) => void;
}

/** The one way to a database. Columns are snake_case in SQL and camelCase here; what is inside a jsonb column is left as it was stored. */
export function connect(url: string, { max = 10, patient = false, onLost = () => {} }: ConnectOptions = {}): Kysely<DB> {
  const limits = patient ? {} : { statement_timeout: 15_000, lock_timeout: 10_000, idle_in_transaction_session_timeout: 30_000 };
  const pool = new pg.Pool({
    connectionString: url,
    max,
    application_name: 'homeward',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    ...limits,
  });
  // Without both listeners a killed backend ends this process: the pool reports idle connections, a client its own while in use.
  pool.on('error', onLost);
  pool.on('connect', (client) => void client.on('error', onLost));
  return new Kysely<DB>({ dialect: new PostgresDialect({ pool }), plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })] });
}
