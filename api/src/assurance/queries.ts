import { sql, type Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import type { AuditEvent } from '@homeward/shared/assurance/contract.ts';
import { rfc3339 } from '@homeward/shared/kernel/interval.ts';
import type { Scope } from '../platform/scope.ts';

export interface AuditFilter {
  type?: string | undefined;
  shiftId?: string | undefined;
  workerId?: string | undefined;
  wardId?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  before?: number | undefined;
  limit: number;
}

/** The record of acts, newest first: what happened, who did it, and the hash that chains it to what came before. */
export async function auditTrail(db: Kysely<DB>, _scope: Scope, filter: AuditFilter): Promise<AuditEvent[]> {
  const { rows } = await sql<{
    offset: number;
    type: string;
    at: Date;
    accountId: string | null;
    accountName: string | null;
    wardId: string | null;
    wardCode: string | null;
    wardName: string | null;
    workerId: string | null;
    staffNumber: string | null;
    workerName: string | null;
    shiftId: string | null;
    data: Record<string, unknown>;
    hash: string;
  }>`
    select e."offset", e.type, e.at, e.account_id, a.name as account_name, e.ward_id, w.code as ward_code, w.name as ward_name, e.worker_id,
      k.staff_number, r.name as worker_name, e.shift_id, e.data, encode(e.hash, 'hex') as hash
    from event e left join account a on a.id = e.account_id left join ward w on w.id = e.ward_id left join worker k on k.id = e.worker_id
      left join worker_revision r on r.worker_id = k.id and r.replaced_at is null
    where (${filter.type ?? null}::text is null or e.type = ${filter.type ?? null})
      and (${filter.shiftId ?? null}::uuid is null or e.shift_id = ${filter.shiftId ?? null})
      and (${filter.workerId ?? null}::uuid is null or e.worker_id = ${filter.workerId ?? null})
      and (${filter.wardId ?? null}::uuid is null or e.ward_id = ${filter.wardId ?? null})
      and (${filter.from ?? null}::timestamptz is null or e.at >= ${filter.from ?? null})
      and (${filter.to ?? null}::timestamptz is null or e.at < ${filter.to ?? null})
      and (${filter.before ?? null}::bigint is null or e."offset" < ${filter.before ?? null})
    order by e."offset" desc limit ${filter.limit}`.execute(db);
  return rows.map((row) => ({
    offset: row.offset,
    type: row.type,
    at: rfc3339(row.at.getTime()),
    account: row.accountId && row.accountName !== null ? { id: row.accountId, name: row.accountName } : null,
    ward: row.wardId && row.wardCode !== null ? { id: row.wardId, code: row.wardCode, name: row.wardName ?? '' } : null,
    worker: row.workerId && row.staffNumber !== null ? { id: row.workerId, staffNumber: row.staffNumber, name: row.workerName ?? '' } : null,
    shiftId: row.shiftId,
    data: row.data,
    hash: row.hash,
  }));
}
