import { sql, type Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import type { z } from 'zod';
import type { siteView, trustView, WardLine, WardView } from '@homeward/shared/places/contract.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import type { Instant } from '@homeward/shared/kernel/interval.ts';
import type { Scope } from '../platform/scope.ts';

/** The wards by id as cards name them, in one statement. */
export async function wardLines(db: Kysely<DB>, wardIds: readonly string[]): Promise<Map<string, WardLine>> {
  if (wardIds.length === 0) return new Map();
  const { rows } = await sql<WardLine>`
    select w.id, w.code, w.name, w.trust, t.name as trust_name, w.site, s.name as site_name, s.place
    from ward w join site s on s.code = w.site join trust t on t.ods_code = w.trust
    where w.id = any(${wardIds})`.execute(db);
  return new Map(rows.map((row) => [row.id, row]));
}

/** Places are no secret among those who share: everyone signed in sees the trusts, sites and wards. */
export async function trusts(db: Kysely<DB>, _scope: Scope): Promise<z.infer<typeof trustView>[]> {
  return db.selectFrom('trust').select(['odsCode as code', 'name', 'short', 'independent']).orderBy('name').execute();
}

export async function sites(db: Kysely<DB>, _scope: Scope): Promise<z.infer<typeof siteView>[]> {
  return db.selectFrom('site').select(['code', 'trust', 'name', 'place', 'latitude', 'longitude']).orderBy('name').execute();
}

/** @param filter `trust`: only that trust's wards; `after`: those after this ward code; in order of code */
export async function wards(
  db: Kysely<DB>,
  _scope: Scope,
  now: Instant,
  filter: { trust?: string | undefined; after?: string | undefined; limit: number },
): Promise<WardView[]> {
  const { rows } = await sql<WardView>`
    select w.id, w.code, w.name, w.trust, t.name as trust_name, w.site, s.name as site_name, s.place, w.service_line, x.sex, w.age_group,
      w.security_level, w.locked, w.beds, w.verified, w.unverified_fields
    from ward w join site s on s.code = w.site join trust t on t.ods_code = w.trust
      left join ward_sex x on x.ward_id = w.id and x.days @> ${localDayOf(now)}::date
    where (${filter.trust ?? null}::text is null or w.trust = ${filter.trust ?? null})
      and (${filter.after ?? null}::text is null or w.code > ${filter.after ?? null})
    order by w.code limit ${filter.limit}`.execute(db);
  return rows;
}
