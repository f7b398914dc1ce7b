import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { DB } from '@homeward/db/types.ts';
import type { Clock } from './clock.ts';
import type { Turns } from './turns.ts';

/** What one process stands on. Commands and queries take it, or its `db`, first. */
export interface Platform {
  db: Kysely<DB>;
  clock: Clock;
  log: Logger;
  /** Says that events were written, after their commit: a hint, the poll is the safety net. */
  wake(): void;
  /** Who in this process waits for the same shift. */
  turns: Turns;
  /** The password of every demonstration account; null where this is no demonstration. */
  demonstrationPassword: string | null;
  /** Behind a proxy that ends TLS: cookies are `Secure`, HSTS is sent, and the proxy's client address is believed. */
  behindProxy: boolean;
}
