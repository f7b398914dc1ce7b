import { sql, type Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import type { AccountRole, DemonstrationView, SessionView } from '@homeward/shared/accounts/contract.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { wardLines } from '../places/queries.ts';
import { managedWards, type Scope } from '../platform/scope.ts';

/** Who the scope is and what it may do. */
export async function sessionView(db: Kysely<DB>, scope: Scope, now: Instant, demonstration: boolean): Promise<SessionView> {
  const worker = scope.workerId
    ? await db
        .selectFrom('worker')
        .innerJoin('workerRevision', (join) =>
          join.onRef('workerRevision.workerId', '=', 'worker.id').on('workerRevision.replacedAt', 'is', null),
        )
        .select(['worker.id', 'worker.staffNumber', 'workerRevision.name', 'worker.trust', 'workerRevision.role', 'workerRevision.band'])
        .where('worker.id', '=', scope.workerId)
        .executeTakeFirst()
    : undefined;
  const collaboratives = new Map((await db.selectFrom('collaborative').select(['id', 'name']).execute()).map((row) => [row.id, row.name]));
  const roles = scope.grants.map(({ role, trust, collaborativeId }) => ({
    role,
    trust,
    collaborative: collaborativeId === null ? null : (collaboratives.get(collaborativeId) ?? null),
  }));
  const unique = new Map(roles.map((role) => [JSON.stringify(role), role]));
  const wards = [...(await wardLines(db, managedWards(scope))).values()].sort((a, b) => (a.code < b.code ? -1 : 1));
  return {
    account: { id: scope.accountId, email: scope.email, name: scope.name },
    worker: worker ?? null,
    roles: [...unique.values()],
    wards,
    demonstration,
    now: rfc3339(now),
  };
}

/** The demonstration's accounts, with what each of its workers is there to show. Asked for only where this is a demonstration. */
export async function demonstrationAccounts(db: Kysely<DB>, password: string): Promise<DemonstrationView> {
  const { rows } = await sql<{ email: string; name: string; role: AccountRole; trust: string | null; note: string }>`
    select a.email, a.name, min(r.role) as role, coalesce(min(r.trust), min(w.trust), min(wt.trust)) as trust,
      coalesce(min(a.note), '') as note
    from account a join account_role r on r.account_id = a.id left join ward w on w.id = r.ward_id left join worker wt on wt.id = a.worker_id
    where a.demonstration and a.disabled_at is null and (r.role <> 'worker' or a.note is not null)
    group by a.id order by min(r.role), trust nulls last, a.email limit 100`.execute(db);
  return { password, items: rows };
}
