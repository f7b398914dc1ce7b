import { sql, type Kysely } from 'kysely';
import { z } from 'zod';
import type { DB } from '@homeward/db/types.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { addDays, localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { id, localDay } from '@homeward/shared/kernel/wire.ts';
import type { NoticeView } from '@homeward/shared/notices/contract.ts';
import { lapsesOf, lapsingDays, type EndOf } from '@homeward/shared/workers/lapse-rules.ts';
import { cursorOf, pageAfter } from '../platform/cursor.ts';
import { trustsAs, type Scope } from '../platform/scope.ts';
import { groundFacts, workerFacts } from '../shifts/facts.ts';
import { noHours } from '../training/facts.ts';
import { periodsToday } from '../workers/passport-queries.ts';

/** What ended lately stays on the list so long, unless it was renewed: nobody renews what has gone from the list. */
const lateDays = 30;

/** What of these workers' ends in the next 60 days, or ended up to `lateDays` ago: nine statements however many workers. */
export async function endsOf(
  db: Kysely<DB>,
  workerIds: readonly string[],
  now: Instant,
  late = 0,
): Promise<(EndOf & { workerId: string })[]> {
  if (workerIds.length === 0) return [];
  const ground = await groundFacts(db, now);
  const periods = await periodsToday(db, now);
  const workers = await workerFacts(db, workerIds, noHours);
  const from = addDays(localDayOf(now), -late);
  return [...workers.values()].flatMap((worker) =>
    lapsesOf(worker, periods, ground, from, lapsingDays + late).map((end) => ({ ...end, workerId: worker.id })),
  );
}

interface NoticeRow {
  id: string;
  workerId: string;
  staffNumber: string;
  name: string;
  homeTrust: string;
  role: NoticeView['worker']['role'];
  band: number;
  staffGroup: NoticeView['worker']['staffGroup'];
  about: NoticeView['about'];
  code: string;
  title: string;
  endsOn: string;
  toldAt: Date;
  seenAt: Date | null;
}

async function storedNotices(db: Kysely<DB>, where: ReturnType<typeof sql>, limit: number): Promise<NoticeRow[]> {
  const { rows } = await sql<NoticeRow>`
    select n.id, n.worker_id, k.staff_number, r.name, k.trust as home_trust, r.role, r.band, r.staff_group, n.about, n.code, n.title, n.ends_on,
      n.told_at, n.seen_at
    from notice n join worker k on k.id = n.worker_id join worker_revision r on r.worker_id = k.id and r.replaced_at is null
    where ${where} order by n.ends_on, n.id limit ${limit}`.execute(db);
  return rows;
}

const viewOf = (row: NoticeRow): NoticeView => ({
  id: row.id,
  worker: {
    id: row.workerId,
    staffNumber: row.staffNumber,
    name: row.name,
    homeTrust: row.homeTrust,
    role: row.role,
    band: row.band,
    staffGroup: row.staffGroup,
  },
  about: row.about,
  title: row.title,
  endsOn: row.endsOn,
  toldAt: rfc3339(row.toldAt.getTime()),
  seenAt: row.seenAt && rfc3339(row.seenAt.getTime()),
});

/**
 * What this worker, or the workers of this account's bank offices, have been told ends, soonest first. What was renewed since isn't shown: it was
 * told and is true no more. A page may so hold fewer than asked for.
 */
export async function notices(
  db: Kysely<DB>,
  scope: Scope,
  now: Instant,
  page: { trust?: string | undefined; limit: number; cursor?: string | undefined },
): Promise<{ items: NoticeView[]; nextCursor: string | null }> {
  const after = pageAfter(page.cursor, z.tuple([localDay, id]));
  const rows = await storedNotices(
    db,
    sql`(n.worker_id = ${scope.workerId}::uuid or k.trust = any(${trustsAs(scope, 'bank-office')}))
      and (${page.trust ?? null}::text is null or k.trust = ${page.trust ?? null})
      and n.ends_on >= ${addDays(localDayOf(now), -lateDays)}::date
      ${after ? sql`and (n.ends_on, n.id) > (${after[0]}::date, ${after[1]}::uuid)` : sql``}`,
    page.limit + 1,
  );
  const shown = rows.slice(0, page.limit);
  const last = shown.at(-1);
  const ends = await endsOf(db, [...new Set(shown.map((row) => row.workerId))], now, lateDays);
  const standing = new Set(ends.map((end) => `${end.workerId} ${end.about} ${end.code} ${end.on}`));
  return {
    items: shown.filter((row) => standing.has(`${row.workerId} ${row.about} ${row.code} ${row.endsOn}`)).map(viewOf),
    nextCursor: rows.length > shown.length && last ? cursorOf(last.endsOn, last.id) : null,
  };
}

/** One notice as its own worker sees it. */
export async function ownNotice(db: Kysely<DB>, scope: Scope, noticeId: string): Promise<NoticeView | undefined> {
  const [row] = await storedNotices(db, sql`n.id = ${noticeId} and n.worker_id = ${scope.workerId}::uuid`, 1);
  return row && viewOf(row);
}
