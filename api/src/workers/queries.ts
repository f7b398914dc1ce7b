import { sql, type Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import type { WorkerLine } from '@homeward/shared/workers/contract.ts';
import { hasRole, isAdministrator, trustsAs, type Scope } from '../platform/scope.ts';

/**
 * Workers of the trusts whose bank office (or training lead) the scope is, by staff number; all for the administrator and the auditor.
 * @param filter `name`: part of a name or staff number; `after`: those after this "trust staff-number"
 */
export async function workers(
  db: Kysely<DB>,
  scope: Scope,
  filter: {
    trust?: string | undefined;
    staffNumber?: string | undefined;
    name?: string | undefined;
    limit: number;
    cursor?: string | undefined;
  },
): Promise<{ items: WorkerLine[]; nextCursor: string | null }> {
  const all = isAdministrator(scope) || hasRole(scope, 'auditor');
  const trusts = [...trustsAs(scope, 'bank-office'), ...trustsAs(scope, 'training-lead')];
  const name = filter.name?.replaceAll(/[\\%_]/g, (wild) => `\\${wild}`);
  const after = filter.cursor ? Buffer.from(filter.cursor, 'base64url').toString().replaceAll('\0', '') : null;
  const { rows } = await sql<WorkerLine>`
    select w.id, w.staff_number, r.name, w.trust as home_trust, r.role, r.band, r.staff_group
    from worker w join worker_revision r on r.worker_id = w.id and r.replaced_at is null
    where (${all} or w.trust = any(${trusts}) or w.id = ${scope.workerId}::uuid)
      and (${filter.trust ?? null}::text is null or w.trust = ${filter.trust ?? null})
      and (${filter.staffNumber ?? null}::text is null or upper(w.staff_number) = upper(${filter.staffNumber ?? null}))
      and (${name ?? null}::text is null or r.name ilike ${`%${name ?? ''}%`} or w.staff_number ilike ${`%${name ?? ''}%`})
      and (${after}::text is null or w.trust || ' ' || w.staff_number > ${after})
    order by w.trust || ' ' || w.staff_number limit ${filter.limit + 1}`.execute(db);
  const items = rows.slice(0, filter.limit);
  const last = items.at(-1);
  return {
    items,
    nextCursor: rows.length > items.length && last ? Buffer.from(`${last.homeTrust} ${last.staffNumber}`).toString('base64url') : null,
  };
}
