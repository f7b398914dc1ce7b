import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { isInForce, localDayOf, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import type { DelegationView } from '@homeward/shared/training/contract.ts';
import { hasRole, trustsAs, type Scope } from '../platform/scope.ts';

interface DelegationRow {
  id: string;
  trust: string;
  trustName: string;
  accountId: string;
  name: string;
  email: string;
  responsiblePerson: string;
  fromDay: LocalDay;
  untilDay: LocalDay | null;
  endedAt: Date | null;
  endedReason: string | null;
}

/** @param where selects among `delegation d` joined to its `account a`; newest first */
export async function delegationViews(db: Kysely<DB>, where: RawBuilder<unknown>, now: Instant): Promise<DelegationView[]> {
  const { rows } = await sql<DelegationRow>`
    select d.id, d.trust, t.name as trust_name, d.account_id, a.name, a.email, d.responsible_person, d.from_day, d.until_day, d.ended_at, d.ended_reason
    from delegation d join account a on a.id = d.account_id join trust t on t.ods_code = d.trust
    where ${where} order by t.name, d.recorded_at desc, d.id desc`.execute(db);
  return rows.map((row) => ({
    id: row.id,
    trust: row.trust,
    trustName: row.trustName,
    account: { id: row.accountId, name: row.name, email: row.email },
    responsiblePerson: row.responsiblePerson,
    from: row.fromDay,
    until: row.untilDay,
    inForce: row.endedAt === null && isInForce(row, localDayOf(now)),
    ended: row.endedAt && { at: rfc3339(row.endedAt.getTime()), reason: row.endedReason! },
  }));
}

/**
 * Who may sign for which trust's responsible person, and since when. For leads, of every trust they share with: each may see by
 * what right another signed; for the programme office of its collaborative; auditors and administrators see all.
 */
export async function delegations(db: Kysely<DB>, scope: Scope, now: Instant): Promise<DelegationView[]> {
  const today = localDayOf(now);
  return delegationViews(
    db,
    sql`(${hasRole(scope, 'auditor', 'administrator')} or d.trust = any(${trustsAs(scope, 'training-lead')}::text[])
      or exists (select 1 from collaborative_member m where m.trust = d.trust
        and (m.collaborative_id = any(${scope.grants.flatMap((grant) => grant.collaborativeId ?? [])}::uuid[])
          or exists (select 1 from collaborative_member o where o.collaborative_id = m.collaborative_id and o.days @> ${today}::date
            and o.trust = any(${trustsAs(scope, 'training-lead')}::text[])))))`,
    now,
  );
}

/**
 * By trust, the delegation by which an account may sign for it on the local day of `now`.
 * With `lock` the rows are held until the transaction ends, so that nobody ends one while it is signed by.
 */
export async function delegationsInForce(
  db: Kysely<DB>,
  accountId: string,
  now: Instant,
  { lock = false }: { lock?: boolean } = {},
): Promise<Map<string, { id: string; trust: string; responsiblePerson: string }>> {
  const today = localDayOf(now);
  const { rows } = await sql<{ id: string; trust: string; responsiblePerson: string }>`
    select id, trust, responsible_person from delegation
    where account_id = ${accountId} and ended_at is null and from_day <= ${today}::date and (until_day is null or until_day >= ${today}::date)
    order by recorded_at, id ${lock ? sql`for share` : sql``}`.execute(db);
  return new Map(rows.map((row) => [row.trust, row]));
}
