import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import type { ServiceLineView, SuiteView } from '@homeward/shared/beds/contract.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { boardTrusts } from '../places/sharing-queries.ts';
import { isOfTrust, trustsAs, type Scope } from '../platform/scope.ts';

interface VersionRow {
  version: number;
  items: string[];
  reason: string;
  by: string | null;
  recordedAt: string;
  replacedAt: string | null;
}
interface LineRow extends Omit<ServiceLineView, 'mayEdit' | 'criteria' | 'before'> {
  versions: VersionRow[];
}

/**
 * The service lines in their order, each with its lead, the partners of today with how many wards of the line they have here, and the referral
 * criteria: in force, and before, newest first. Who wrote them is for the lead's own bed managers. One statement.
 */
export async function serviceLines(db: Kysely<DB>, scope: Scope, now: Instant, code?: string): Promise<ServiceLineView[]> {
  const today = localDayOf(now);
  const { rows } = await sql<LineRow>`
    select l.id, l.code, l.name, case when t.ods_code is null then null else json_build_object('code', t.ods_code, 'name', t.name) end as lead, l.bed_types,
      (select coalesce(json_agg(json_build_object('code', p.trust, 'name', k.name, 'independent', k.independent,
          'wards', (select count(*) from ward w where w.trust = p.trust and w.bed_type = any(l.bed_types))) order by k.independent, k.name), '[]')
        from service_line_partner p join trust k on k.ods_code = p.trust where p.service_line_id = l.id and p.days @> ${today}::date) as partners,
      (select coalesce(json_agg(json_build_object('version', c.version, 'items', c.items, 'reason', c.reason, 'by', a.name,
          'recordedAt', c.recorded_at, 'replacedAt', c.replaced_at) order by c.version desc), '[]')
        from service_line_criteria c left join account a on a.id = c.recorded_by where c.service_line_id = l.id) as versions
    from service_line l left join trust t on t.ods_code = l.lead_trust
    where (${code ?? null}::text is null or l.code = ${code ?? null}) order by l.position, l.code`.execute(db);
  return rows.map(({ versions, ...line }) => {
    const mayEdit = line.lead !== null && isOfTrust(scope, 'bed-manager', line.lead.code);
    const said = versions.map(({ recordedAt, replacedAt, by, ...version }) => ({
      ...version,
      by: mayEdit ? by : null,
      from: rfc3339(Date.parse(recordedAt)),
      until: replacedAt && rfc3339(Date.parse(replacedAt)),
    }));
    return {
      ...line,
      mayEdit,
      criteria: said.find((one) => one.until === null) ?? null,
      before: said.filter((one) => one.until !== null),
    };
  });
}

/** The section 136 suites of the trusts on my board: places of safety, never beds. In order of site and name. */
export async function suites(db: Kysely<DB>, scope: Scope, now: Instant): Promise<SuiteView[]> {
  const trusts = await boardTrusts(db, trustsAs(scope, 'bed-manager'), localDayOf(now));
  return suiteViews(db, sql`u.trust = any(${trusts}::text[])`);
}

/** @param where selects among `suite u` */
export async function suiteViews(db: Kysely<DB>, where: RawBuilder<unknown>): Promise<SuiteView[]> {
  const { rows } = await sql<Omit<SuiteView, 'since'> & { recordedAt: Date }>`
    select u.id, u.trust, u.site, s.name as site_name, u.name, x.state, x.recorded_at
    from suite u join site s on s.code = u.site join suite_state x on x.suite_id = u.id and x.replaced_at is null
    where ${where} order by s.name, u.name, u.id`.execute(db);
  return rows.map(({ recordedAt, ...suite }) => ({ ...suite, since: rfc3339(recordedAt.getTime()) }));
}
