import { createHmac, randomBytes } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import { v7 as newId } from 'uuid';
import type { DB } from '@homeward/db/types.ts';
import type { AccountRole } from '@homeward/shared/accounts/contract.ts';
import { announce } from '../platform/announce.ts';
import { Limit } from '../platform/limits.ts';
import { tooMany } from '../platform/operation.ts';
import { hashPassword, verifyPassword } from '../platform/password.ts';
import type { Platform } from '../platform/platform.ts';
import { badInput, ok, refuse, type Result } from '../platform/problem.ts';
import { startSession, tokenHash } from '../platform/session.ts';
import { transact } from '../platform/transaction.ts';

/**
 * Failed attempts, counted for one account from one place: a whole trust comes from one address, so an address alone is never
 * counted. A browser in which this account has signed in before has a count of its own, so that a stranger's guesses, even from
 * the same address, don't lock its owner out.
 */
const failures = new Limit(10, 5 * 60_000);

/**
 * Starts a session and answers its token; any session the browser had is ended (rotation).
 * Refused: 401 `wrong-sign-in` alike for a wrong password, an unknown address and an account without a password or disabled;
 * 429 after 10 failures in 5 minutes for this account from this place.
 */
export async function signIn(
  platform: Platform,
  given: { email: string; password: string; from: string; device: string | undefined; replaces: string | undefined },
): Promise<Result<{ token: string; accountId: string; device: string; ended: Buffer[] }>> {
  const account = await platform.db
    .selectFrom('account')
    .select(['id', 'passwordHash', 'disabledAt'])
    .where('email', '=', given.email)
    .executeTakeFirst();
  const usable = account && account.disabledAt === null ? account : null;
  const who = `${given.email} ${usable && given.device === deviceOf(usable) ? 'known device' : given.from}`;
  // Counted before it is tried: a hundred guesses sent at once are a hundred, not one.
  const wait = failures.take(who);
  if (wait > 0) return tooMany(wait);
  // Derived even where there is no such account: how long it takes must not say which addresses exist.
  const right = await verifyPassword(given.password, usable?.passwordHash ?? null);
  if (!usable || !right) {
    return refuse(401, 'wrong-sign-in', 'That e-mail address and password do not go together.');
  }
  failures.giveBack(who);
  const token = await startSession(platform.db, usable.id);
  const ended = given.replaces ? await endSessions(platform, { token: given.replaces }) : [];
  await transact(platform, null, async (trx, now) => {
    announce(trx, { type: 'session.started', at: now, accountId: usable.id });
    return ok(null);
  });
  return ok({ token, accountId: usable.id, device: deviceOf(usable), ended });
}

/** What a browser keeps to show that this account has signed in there; made from the password's hash, so that a new password ends it. */
function deviceOf(account: { id: string; passwordHash: string | null }): string {
  return createHmac('sha256', account.passwordHash ?? '')
    .update(`device ${account.id}`)
    .digest('base64url');
}

/** Ends one session, or every session of an account. @returns the hashes of those that ended, so that their sockets can be closed */
export async function endSessions(platform: Platform, which: { token: string } | { accountId: string }): Promise<Buffer[]> {
  const { rows } = await sql<{ tokenHash: Buffer; accountId: string }>`
    update session set ended_at = clock_timestamp() where ended_at is null
      and ${'token' in which ? sql`token_hash = ${tokenHash(which.token)}` : sql`account_id = ${which.accountId}`}
    returning token_hash, account_id`.execute(platform.db);
  if (rows.length > 0) {
    await transact(platform, null, async (trx, now) => {
      announce(trx, { type: 'session.ended', at: now, accountId: rows[0]!.accountId, data: { sessions: rows.length } });
      return ok(null);
    });
  }
  return rows.map((row) => row.tokenHash);
}

const invitationDays = 7;

/**
 * Makes a one-use link's token for an account, good for 7 days by the database's clock; earlier ones stop working.
 * Refused: an address without an account (returns null).
 */
export async function inviteAccount(db: Kysely<DB>, email: string): Promise<string | null> {
  const account = await db.selectFrom('account').select('id').where('email', '=', email.toLowerCase()).executeTakeFirst();
  if (!account) return null;
  const token = randomBytes(32).toString('base64url');
  await sql`update invitation set used_at = clock_timestamp() where account_id = ${account.id} and used_at is null`.execute(db);
  await sql`insert into invitation (token_hash, account_id, expires_at)
    values (${tokenHash(token)}, ${account.id}, clock_timestamp() + make_interval(days => ${invitationDays}))`.execute(db);
  return token;
}

/**
 * Uses a one-use link: sets the password, ends every session of the account and starts one.
 * Refused: 422 where the link was used or has ended; the password must have 12 characters (the contract checks it).
 */
export async function useInvitation(
  platform: Platform,
  given: { token: string; password: string },
): Promise<Result<{ token: string; accountId: string }>> {
  const passwordHash = await hashPassword(given.password);
  const used = await transact(platform, null, async (trx, now) => {
    const { rows } = await sql<{ accountId: string }>`update invitation set used_at = clock_timestamp()
      where token_hash = ${tokenHash(given.token)} and used_at is null and expires_at > clock_timestamp() returning account_id`.execute(
      trx,
    );
    const accountId = rows[0]?.accountId;
    if (!accountId)
      return badInput([{ path: 'token', code: 'link-ended', message: 'This link was used already or has ended. Ask for a new one.' }]);
    await trx.updateTable('account').set({ passwordHash }).where('id', '=', accountId).execute();
    await sql`update session set ended_at = clock_timestamp() where account_id = ${accountId} and ended_at is null`.execute(trx);
    announce(trx, { type: 'session.started', at: now, accountId, data: { by: 'invitation' } });
    return ok(accountId);
  });
  if (!used.ok) return used;
  return ok({ token: await startSession(platform.db, used.value), accountId: used.value });
}

/**
 * Makes an account with one role. For the command line: the first administrator, and anyone a trust names.
 * `reach` is the trust, ward or collaborative the role is for, as the role asks (the database refuses a role without it).
 */
export async function createAccount(
  platform: Platform,
  given: {
    email: string;
    name: string;
    password: string | null;
    role: AccountRole;
    workerId?: string | null;
    trust?: string | null;
    wardId?: string | null;
    collaborativeId?: string | null;
  },
): Promise<Result<{ accountId: string }>> {
  const passwordHash = given.password === null ? null : await hashPassword(given.password);
  return transact(platform, null, async (trx, now) => {
    const email = given.email.toLowerCase();
    const existing = await trx.selectFrom('account').select('id').where('email', '=', email).executeTakeFirst();
    if (existing) return refuse(409, 'account-exists', 'There is an account with this e-mail address already.');
    const accountId = newId();
    await trx
      .insertInto('account')
      .values({ id: accountId, email, name: given.name, passwordHash, workerId: given.workerId ?? null })
      .execute();
    await trx
      .insertInto('accountRole')
      .values({
        id: newId(),
        accountId,
        role: given.role,
        trust: given.trust ?? null,
        wardId: given.wardId ?? null,
        collaborativeId: given.collaborativeId ?? null,
        fromAt: sql<Date>`clock_timestamp()`,
      })
      .execute();
    announce(trx, { type: 'rights.changed', at: now, accountId, data: { role: given.role, created: true } });
    return ok({ accountId });
  });
}
