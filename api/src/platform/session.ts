import { createHash, randomBytes } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import type { AccountRole } from '@homeward/shared/accounts/contract.ts';
import { isDatabaseAway } from './away.ts';
import type { Grant, Scope } from './scope.ts';

/** Without use for this long a session ends. */
export const idleMinutes = 120;
/** However much it is used, a session ends after this: a long day, the journey and a handover. */
export const absoluteMinutes = 14 * 60;

export const tokenHash = (token: string): Buffer => createHash('sha256').update(token).digest();

/** Makes a session for an account and answers its token. Only the hash is stored: a stolen table opens no door. */
export async function startSession(db: Kysely<DB>, accountId: string): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await db
    .insertInto('session')
    .values({
      tokenHash: tokenHash(token),
      accountId,
      endsAt: sql<Date>`clock_timestamp() + make_interval(mins => ${absoluteMinutes})`,
    })
    .execute();
  return token;
}

const isLive = sql<boolean>`s.ended_at is null and s.ends_at > clock_timestamp()
  and s.seen_at > clock_timestamp() - make_interval(mins => ${idleMinutes}) and a.disabled_at is null`;

interface SessionRow {
  tokenHash: Buffer;
  accountId: string;
  name: string;
  email: string;
  workerId: string | null;
  personId: string | null;
  grants: Grant[];
  stale: boolean;
}

async function liveSessions(db: Kysely<DB>, hashes: Buffer[]): Promise<SessionRow[]> {
  const { rows } = await sql<SessionRow>`
    select s.token_hash, a.id as account_id, a.name, a.email, a.worker_id, w.person_id,
      s.seen_at < clock_timestamp() - interval '1 minute' as stale,
      coalesce((select json_agg(json_build_object('role', r.role, 'trust', r.trust, 'wardId', r.ward_id, 'collaborativeId', r.collaborative_id)
          order by r.id)
        from account_role r where r.account_id = a.id and r.from_at <= clock_timestamp()
          and (r.until_at is null or r.until_at > clock_timestamp())), '[]') as grants
    from session s join account a on a.id = s.account_id left join worker w on w.id = a.worker_id
    where s.token_hash = any(${hashes}) and ${isLive}`.execute(db);
  return rows;
}

/**
 * The live sessions among these token hashes, with what their accounts may do now: one query for all the open sockets of a process.
 * Times are the database's. A screen left open is no use of its session, so it ends when it idles out.
 */
export async function liveScopes(db: Kysely<DB>, hashes: Buffer[]): Promise<Map<string, Scope>> {
  return new Map((await liveSessions(db, hashes)).map((row) => [row.tokenHash.toString('hex'), scopeOf(row)]));
}

function scopeOf(row: SessionRow): Scope {
  const grants = row.grants.filter((grant) => (grant.role as AccountRole) !== 'worker' || row.workerId !== null);
  const { accountId, name, email, workerId, personId } = row;
  return { accountId, name, email, workerId, personId, grants } as unknown as Scope;
}

/** Who the bearer of this token is, or null where the session has ended, idled out or never was. */
export async function scopeOfToken(db: Kysely<DB>, token: string | undefined): Promise<Scope | null> {
  return (await scopesOfTokens(db, [token]))[0]!;
}

/** The same of many at once. */
export async function scopesOfTokens(db: Kysely<DB>, tokens: readonly (string | undefined)[]): Promise<(Scope | null)[]> {
  const hashes = tokens.map((token) => (token && token.length <= 100 ? tokenHash(token) : null));
  const known = hashes.filter((hash) => hash !== null);
  if (known.length === 0) return tokens.map(() => null);
  const rows = await liveSessions(db, known);
  const stale = rows.filter((row) => row.stale).map((row) => row.tokenHash);
  // Written once a minute at most: every request would else write.
  // A database that can't be written, full or a standby, can still be read.
  if (stale.length > 0)
    await sql`update session set seen_at = clock_timestamp() where token_hash = any(${stale})`.execute(db).catch((error: unknown) => {
      if (!isDatabaseAway(error)) throw error;
    });
  const scopes = new Map(rows.map((row) => [row.tokenHash.toString('hex'), scopeOf(row)]));
  return hashes.map((hash) => (hash && scopes.get(hash.toString('hex'))) ?? null);
}

const cookieNames = ['__Host-homeward', 'homeward'] as const;

/** `__Host-` needs `Secure`, which a browser refuses on plain http: only behind TLS. */
export function sessionCookie(token: string, secure: boolean): string {
  const end = token ? `Max-Age=${absoluteMinutes * 60}` : 'Max-Age=0';
  return `${cookieNames[secure ? 0 : 1]}=${token}; Path=/; HttpOnly; SameSite=Lax; ${end}${secure ? '; Secure' : ''}`;
}

export function sessionToken(cookieHeader: string | null | undefined, secure: boolean): string | undefined {
  return readCookie(cookieHeader, cookieNames[secure ? 0 : 1]);
}

export function readCookie(header: string | null | undefined, name: string): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const [key, value] = part.trim().split('=');
    if (key === name) return value;
  }
  return undefined;
}
