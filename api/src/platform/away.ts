import pg from 'pg';

const awayCodes = new Set(['57P01', '57P02', '57P03', '57014', '25006', '25P03']);
// Connection exceptions, and resources that ran out: too many connections, no memory, no disk.
const awayClasses = new Set(['08', '53']);
const socketCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN']);
const driverWords =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable|Query read timeout/;

/**
 * Is the database away, restarting, full, read-only or too slow, rather than the request or the program wrong?
 * The driver has no one class for it: server codes, socket codes and its own words.
 */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return awayCodes.has(error.code ?? '') || awayClasses.has((error.code ?? '').slice(0, 2));
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway);
  return socketCodes.has((error as NodeJS.ErrnoException).code ?? '') || driverWords.test(error.message) || isDatabaseAway(error.cause);
}
