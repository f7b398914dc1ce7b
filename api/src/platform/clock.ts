import { sql, type RawBuilder } from 'kysely';
import type { Instant } from '@homeward/shared/kernel/interval.ts';

/** The program's clock: what the rules and the demonstration go by. Sessions and holds ask the database's instead (contract, section 1). */
export interface Clock {
  now(): Instant;
  /**
   * The program's time at a moment of the database's own clock. What is written is stamped with it, after its locks: several
   * processes then agree on what came first, whatever their own clocks say.
   */
  at(databaseTime: Date): Instant;
}

/**
 * @param startsAt an RFC 3339 instant at which the clock starts, then runs (`HOMEWARD_NOW`); none = real time.
 * Refused: text that is no instant, since a clock that is silently wrong decides wrongly.
 */
export function clockFrom(startsAt: string | undefined): Clock {
  if (!startsAt) return { now: () => Date.now(), at: (databaseTime) => databaseTime.getTime() };
  const begin = Date.parse(startsAt);
  if (Number.isNaN(begin) || !/(Z|[+-]\d\d:\d\d)$/i.test(startsAt)) {
    throw new Error(`HOMEWARD_NOW is "${startsAt}": give an instant with its offset, such as 2026-11-28T19:40:00Z.`);
  }
  const started = Date.now();
  const since = (moment: number) => begin + Math.max(0, moment - started);
  return { now: () => since(Date.now()), at: (databaseTime) => since(databaseTime.getTime()) };
}

/**
 * Whole seconds from now to an instant of the database's own clock, below nought once it has passed, null where there is none: what pages
 * count down from, so that no other clock matters.
 */
export const secondsUntil = (column: string): RawBuilder<number | null> =>
  sql`ceil(extract(epoch from ${sql.ref(column)} - clock_timestamp()))::int`;
