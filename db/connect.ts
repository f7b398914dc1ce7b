import { Socket } from 'node:net';
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

const names = new Map<string, string>();
let seen = new Set<string>();
/** Each name costs every connection the memory of a plan. Ours come to some four hundred; lists that are written row by row are endless. */
const mostNames = 1000;

/** What an old process sends while a new one migrates must not change what it returns: PostgreSQL refuses that of a named statement. */
const returnsWhateverIsThere = /(?:select|returning|\.)\s*(?:"\w+"\.)?\*/i;

/** The name to send a statement by, from its second time on: most texts of a growing list never come again. */
function nameOf(text: string): string | undefined {
  const name = names.get(text);
  if (name !== undefined || names.size >= mostNames || returnsWhateverIsThere.test(text)) return name;
  if (!seen.has(text)) {
    if (seen.size >= 10 * mostNames) seen = new Set();
    seen.add(text);
    return undefined;
  }
  names.set(text, `homeward_${names.size}`);
  return names.get(text);
}

/**
 * Sends statements by name, so that a connection reads and plans each once: without names an accept cost the database about twice the
 * processor time (docs/decisions/0018).
 */
class NamingClient extends pg.Client {
  // Every way of asking that the driver has; ours, through Kysely, is a text with its parameters.
  override query = ((...asked: unknown[]): unknown => {
    const [text, values] = asked;
    const name = typeof text === 'string' && Array.isArray(values) && values.length > 0 ? nameOf(text) : undefined;
    const send = pg.Client.prototype.query as (...all: unknown[]) => unknown;
    return name === undefined ? send.apply(this, asked) : send.call(this, { name, text, values }, ...asked.slice(2));
  }) as pg.Client['query'];
}

const socketsOf = new WeakMap<Kysely<DB>, Set<Socket>>();
/** Longer than any statement of ours may take, an import's included. */
const longestSilenceMs = 150_000;

/** The one way to a database. Columns are snake_case in SQL and camelCase here; what is inside a jsonb column is left as it was stored. */
export function connect(url: string, { max = 10, patient = false, onLost = () => {} }: ConnectOptions = {}): Kysely<DB> {
  // No act waits for anything outside: a transaction that goes silent has lost its process, and may hold what every other act needs.
  const limits = patient ? {} : { statement_timeout: 15_000, lock_timeout: 8_000, idle_in_transaction_session_timeout: 5_000 };
  const sockets = new Set<Socket>();
  const pool = new pg.Pool({
    Client: NamingClient,
    connectionString: url,
    max,
    application_name: 'homeward',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    ...limits,
    stream() {
      const socket = new Socket();
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      // The server keeps these limits only where it hears us: a line that died in between would hold its place in the pool for ever.
      if (!patient) socket.setTimeout(longestSilenceMs, () => socket.destroy(silent()));
      return socket;
    },
  });
  // Without both listeners a killed backend ends this process: the pool reports idle connections, a client its own while in use.
  pool.on('error', onLost);
  pool.on('connect', (client) => void client.on('error', onLost));
  const db = new Kysely<DB>({
    dialect: new PostgresDialect({ pool }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
  socketsOf.set(db, sockets);
  return db;
}

/**
 * Ends every connection now, in use or just being made, so that whoever waits for an answer is told: for a database that has fallen
 * silent, which neither PostgreSQL's limits nor the driver would notice. What is asked next opens new ones.
 */
export function cutConnections(db: Kysely<DB>): void {
  for (const socket of socketsOf.get(db) ?? []) socket.destroy(silent());
}

const silent = () => Object.assign(new Error('The database does not answer'), { code: 'ETIMEDOUT' });
