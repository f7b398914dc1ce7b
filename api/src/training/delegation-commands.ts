import { sql } from 'kysely';
import { v7 as newId } from 'uuid';
import type { z } from 'zod';
import { rfc3339 } from '@homeward/shared/kernel/interval.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import type { DelegationView, newDelegation } from '@homeward/shared/training/contract.ts';
import { announce } from '../platform/announce.ts';
import type { Platform } from '../platform/platform.ts';
import { badInput, notHere, ok, refuse, type Result } from '../platform/problem.ts';
import { isAdministrator } from '../platform/scope.ts';
import { timeNow, transact, type Act } from '../platform/transaction.ts';
import { delegationViews } from './delegation-queries.ts';

/**
 * An administrator records that a trust's responsible person has said who signs for them, from a local day until another, both included
 * (Mental Health Units (Use of Force) Act 2018, s.2; rules-staffing, section 2).
 * Refused: an account that isn't a training lead of that trust (422); days that are over, or end before they begin (422); one that
 * is in force for the same lead and trust at the same time (409 `delegated-already`).
 */
export async function recordDelegation(
  platform: Platform,
  act: Act,
  asked: z.output<typeof newDelegation>,
): Promise<Result<DelegationView>> {
  if (!isAdministrator(act.scope)) return notHere();
  return transact(platform, act.once, async (trx, now) => {
    const { rows } = await sql<{ id: string }>`
      select a.id from account a where lower(a.email) = ${asked.email} and a.disabled_at is null and exists (
        select 1 from account_role r where r.account_id = a.id and r.role = 'training-lead' and r.trust = ${asked.trust}
          and (r.until_at is null or r.until_at > clock_timestamp()))
      for no key update`.execute(trx);
    const account = rows[0];
    if (!account) {
      return badInput([
        { path: 'email', code: 'not-a-training-lead', message: 'Nobody with this e-mail address is a training lead of that trust.' },
      ]);
    }
    if (asked.until !== null && (asked.until < asked.from || asked.until < localDayOf(now))) {
      return badInput([{ path: 'until', code: 'end-is-past', message: 'The last day must be today or later, and not before the first.' }]);
    }
    const { rows: others } =
      await sql`select 1 from delegation where account_id = ${account.id} and trust = ${asked.trust} and ended_at is null
      and daterange(from_day, until_day, '[]') && daterange(${asked.from}::date, ${asked.until}::date, '[]')`.execute(trx);
    if (others.length > 0) {
      return refuse(409, 'delegated-already', 'This lead may sign for that trust in those days already. End the other delegation first.');
    }
    const id = newId();
    await trx
      .insertInto('delegation')
      .values({
        id,
        trust: asked.trust,
        accountId: account.id,
        responsiblePerson: asked.responsiblePerson,
        fromDay: asked.from,
        untilDay: asked.until,
        recordedAt: rfc3339(now),
        recordedBy: act.scope.accountId,
      })
      .execute();
    announce(trx, {
      type: 'delegation.changed',
      at: now,
      accountId: act.scope.accountId,
      data: { delegationId: id, trust: asked.trust, by: account.id },
    });
    return ok((await delegationViews(trx, sql`d.id = ${id}`, now))[0]!);
  });
}

/**
 * An administrator ends a delegation, with a reason: from then on the lead signs for that trust no more; what was signed under it stands.
 * Refused: one that isn't there (404), one that was ended before (409 `ended-already`).
 */
export async function endDelegation(platform: Platform, act: Act, id: string, reason: string): Promise<Result<DelegationView>> {
  if (!isAdministrator(act.scope)) return notHere();
  return transact(platform, act.once, async (trx) => {
    // A lead who is signing by it reads it under its row's lock: the end stands wholly before that or wholly after.
    const { rows } = await sql<{
      trust: string;
      endedAt: Date | null;
    }>`select trust, ended_at from delegation where id = ${id} for update`.execute(trx);
    const delegation = rows[0];
    if (!delegation) return notHere();
    if (delegation.endedAt) return refuse(409, 'ended-already', 'This delegation was ended before.');
    const now = await timeNow(trx, platform.clock);
    await trx
      .updateTable('delegation')
      .set({ endedAt: rfc3339(now), endedBy: act.scope.accountId, endedReason: reason })
      .where('id', '=', id)
      .execute();
    announce(trx, {
      type: 'delegation.changed',
      at: now,
      accountId: act.scope.accountId,
      data: { delegationId: id, trust: delegation.trust, reason },
    });
    return ok((await delegationViews(trx, sql`d.id = ${id}`, now))[0]!);
  });
}
