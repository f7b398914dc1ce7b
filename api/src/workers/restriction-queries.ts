import { sql, type Kysely, type RawBuilder } from 'kysely';
import { z } from 'zod';
import type { DB } from '@homeward/db/types.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { localDayOf, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import { id, instant } from '@homeward/shared/kernel/wire.ts';
import type { RestrictionView, wardPerson } from '@homeward/shared/workers/contract.ts';
import { cursorOf, pageAfter } from '../platform/cursor.ts';
import { wardLines } from '../places/queries.ts';
import { notHere, ok, type Result } from '../platform/problem.ts';
import { hasRole, isOfTrust, managesWard, trustsAs, type Scope } from '../platform/scope.ts';

interface RestrictionRow {
  id: string;
  workerId: string;
  personId: string;
  name: string;
  staffNumber: string;
  homeTrust: string;
  wardId: string;
  wardTrust: string;
  from: LocalDay;
  until: LocalDay | null;
  reason: string;
  reviewer: string;
  recordedAt: Date;
  recordedByName: string | null;
  liftedAt: Date | null;
  liftedByName: string | null;
  liftedReason: string | null;
}

interface ChallengeRow {
  id: string;
  restrictionId: string;
  at: Date;
  words: string;
  answeredAt: Date | null;
  answeredByName: string | null;
  outcome: 'kept' | 'lifted' | null;
  answer: string | null;
}

/**
 * Do-not-book entries with their challenges, newest first: three statements however many. `where` is about restriction x, worker k and ward w, and
 * narrows to what the scope may see.
 */
export async function restrictionViews(
  db: Kysely<DB>,
  scope: Scope,
  where: RawBuilder<unknown>,
  now: Instant,
  limit = 200,
): Promise<RestrictionView[]> {
  const { rows } = await sql<RestrictionRow>`
    select x.id, x.worker_id, k.person_id, r.name, k.staff_number, k.trust as home_trust, x.ward_id, w.trust as ward_trust, x.from_day as "from",
      x.until_day as until, x.reason, x.reviewer, x.recorded_at, x.recorded_by_name, x.lifted_at, x.lifted_by_name, x.lifted_reason
    from restriction x join worker k on k.id = x.worker_id join ward w on w.id = x.ward_id
      join worker_revision r on r.worker_id = k.id and r.replaced_at is null
    where ${where} order by x.recorded_at desc, x.id desc limit ${limit}`.execute(db);
  if (rows.length === 0) return [];
  const challenges = Map.groupBy(
    (
      await sql<ChallengeRow>`
      select id, restriction_id, at, words, answered_at, answered_by_name, outcome, answer from restriction_challenge
      where restriction_id = any(${rows.map((row) => row.id)}::uuid[]) order by at, id`.execute(db)
    ).rows,
    (one) => one.restrictionId,
  );
  const lines = await wardLines(db, [...new Set(rows.map((row) => row.wardId))]);
  const today = localDayOf(now);
  return rows.map((row): RestrictionView => {
    const each = challenges.get(row.id) ?? [];
    const isOver = row.liftedAt !== null || (row.until !== null && row.until < today);
    const mayChallenge = row.personId === scope.personId && each.every((one) => one.answeredAt !== null);
    return {
      id: row.id,
      worker: { id: row.workerId, name: row.name, staffNumber: row.staffNumber, homeTrust: row.homeTrust },
      ward: lines.get(row.wardId)!,
      from: row.from,
      until: row.until,
      reason: row.reason,
      reviewer: row.reviewer,
      recordedAt: rfc3339(row.recordedAt.getTime()),
      recordedBy: row.recordedByName,
      lifted: row.liftedAt && { at: rfc3339(row.liftedAt.getTime()), by: row.liftedByName, reason: row.liftedReason },
      challenges: each.map((one) => ({
        id: one.id,
        at: rfc3339(one.at.getTime()),
        words: one.words,
        answer: one.answeredAt && {
          at: rfc3339(one.answeredAt.getTime()),
          by: one.answeredByName!,
          outcome: one.outcome!,
          answer: one.answer!,
        },
      })),
      mayDecide: !isOver && (mayChallenge || isOfTrust(scope, 'bank-office', row.wardTrust)),
    };
  });
}

/** Those of the wards and of the workers of the trusts whose bank office the scope is; all for auditors. Newest first. */
export async function restrictions(
  db: Kysely<DB>,
  scope: Scope,
  now: Instant,
  page: { limit: number; cursor?: string | undefined },
): Promise<{ items: RestrictionView[]; nextCursor: string | null }> {
  const trusts = trustsAs(scope, 'bank-office');
  const mine = hasRole(scope, 'auditor') ? sql`true` : sql`(w.trust = any(${trusts}) or k.trust = any(${trusts}))`;
  const after = pageAfter(page.cursor, z.tuple([instant, id]));
  const where = after ? sql`${mine} and (x.recorded_at, x.id) < (${after[0]}::timestamptz, ${after[1]}::uuid)` : mine;
  const found = await restrictionViews(db, scope, where, now, page.limit + 1);
  const items = found.slice(0, page.limit);
  const last = items.at(-1);
  return { items, nextCursor: found.length > items.length && last ? cursorOf(last.recordedAt, last.id) : null };
}

type WardPerson = z.infer<typeof wardPerson>;

/**
 * Who has worked on a ward in the last half year, or is booked or planned there, for its managers and its trust's bank office, by name.
 * Refused: another's ward, as one that isn't here (404).
 */
export async function wardPeople(
  db: Kysely<DB>,
  scope: Scope,
  wardId: string,
  now: Instant,
  page: { limit: number; cursor?: string | undefined },
): Promise<Result<{ items: WardPerson[]; nextCursor: string | null }>> {
  const ward = await db.selectFrom('ward').select('trust').where('id', '=', wardId).executeTakeFirst();
  if (!ward || !(managesWard(scope, wardId) || isOfTrust(scope, 'bank-office', ward.trust))) return notHere();
  const after = pageAfter(page.cursor, z.tuple([z.string().regex(/^[^\0]*$/), id]));
  const { rows } = await sql<Omit<WardPerson, 'lastOrNextAt'> & { lastOrNextAt: Date }>`
    select k.id, r.name, r.role, r.band, k.trust as home_trust,
      coalesce(min(t.starts_at) filter (where t.starts_at > ${new Date(now)}), max(t.starts_at)) as last_or_next_at
    from (
      select worker_id, lower(period) as starts_at from booking where ward_id = ${wardId} and status in ('confirmed', 'needs-review', 'worked')
        and upper(period) > ${new Date(now)}::timestamptz - interval '26 weeks'
      union all
      select worker_id, lower(period) from duty_revision where ward_id = ${wardId} and replaced_at is null and kind = 'duty'
        and upper(period) > ${new Date(now)}::timestamptz - interval '26 weeks'
    ) t join worker k on k.id = t.worker_id join worker_revision r on r.worker_id = k.id and r.replaced_at is null
    ${after ? sql`where (r.name, k.id) > (${after[0]}, ${after[1]}::uuid)` : sql``}
    group by k.id, r.name, r.role, r.band, k.trust order by r.name, k.id limit ${page.limit + 1}`.execute(db);
  const items = rows.slice(0, page.limit).map((row) => ({ ...row, lastOrNextAt: rfc3339(row.lastOrNextAt.getTime()) }));
  const last = items.at(-1);
  return ok({ items, nextCursor: rows.length > items.length && last ? cursorOf(last.name, last.id) : null });
}
