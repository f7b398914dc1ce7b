import { sql, type Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import type { OccupancyDay, OccupancyView } from '@homeward/shared/beds/contract.ts';
import { freshnessOf } from '@homeward/shared/beds/freshness-rules.ts';
import { occupancyPercent } from '@homeward/shared/beds/occupancy-rules.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { addDays, daysBetween, localDayOf, startOfDay, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import { wardLines } from '../places/queries.ts';
import { badInput, notHere, ok, type FieldError, type Result } from '../platform/problem.ts';
import { trustsAs, type Scope } from '../platform/scope.ts';
import { settingsAt } from './facts.ts';

/** Above this a ward has no room left to admit, and care gets worse: the line that occupancy is drawn against (rules-beds, section 1). */
const linePercent = 85;
const mostDays = 400;
const usualDays = 91;

type Counted = Omit<OccupancyDay, 'percent' | 'percentWithLeave'>;
const withPercent = (day: Counted): OccupancyDay => ({
  ...day,
  percent: occupancyPercent(day.occupied, day.staffed),
  percentWithLeave: occupancyPercent(day.occupied + day.onLeave, day.staffed),
});

/** The trust that is asked about, which must be one I am bed manager of; none asked: my first. */
export function ownTrust(scope: Scope, asked: string | undefined): string | null {
  const mine = trustsAs(scope, 'bed-manager');
  return asked === undefined ? (mine[0] ?? null) : mine.includes(asked) ? asked : null;
}

/**
 * Occupancy of a trust: the midnight census of the local days from one until another, what its wards are now, and who in them is ready to leave.
 * A day whose midnight is still to come has no census yet and is left out.
 * @param asked local days, both included; none: the last 91 days that are over
 * Refused: a trust I am no bed manager of (404); days in the wrong order or more than 400 of them (422).
 */
export async function occupancy(
  db: Kysely<DB>,
  scope: Scope,
  asked: { trust?: string | undefined; from?: LocalDay | undefined; to?: LocalDay | undefined },
  now: Instant,
): Promise<Result<OccupancyView>> {
  const trust = ownTrust(scope, asked.trust);
  if (trust === null) return notHere();
  const yesterday = addDays(localDayOf(now), -1);
  const to = asked.to ?? yesterday;
  const from = asked.from ?? addDays(to, 1 - usualDays);
  const errors: FieldError[] = [];
  if (from > to) errors.push({ path: 'to', code: 'before-start', message: 'The last day cannot be before the first.' });
  else if (daysBetween(from, to) >= mostDays) {
    errors.push({ path: 'from', code: 'too-many-days', message: `Ask for at most ${mostDays} days at once.` });
  }
  if (errors.length > 0) return badInput(errors);
  return ok({
    trust,
    linePercent,
    wards: await wardsNow(db, trust, now),
    days: from > yesterday ? [] : (await censuses(db, trust, from, to < yesterday ? to : yesterday)).map(withPercent),
    ready: await readyToLeave(db, trust, now),
    now: rfc3339(now),
  });
}

/**
 * The midnight census of each day: what a bed was as its last moment passed, so that what begins at midnight is the next day's (`censusOf` is the
 * same by hand). One statement, which reads every span once however many days: a span counts at the midnights after its start up to its end,
 * and so adds at the first of them and takes away after the last.
 */
async function censuses(db: Kysely<DB>, trust: string, from: LocalDay, to: LocalDay): Promise<Counted[]> {
  const days = Array.from({ length: daysBetween(from, to) + 1 }, (_, index) => addDays(from, index));
  const midnights = days.map((day) => rfc3339(startOfDay(addDays(day, 1))));
  const { rows } = await sql<Counted & { closed: number }>`
    with given as (select ${midnights}::timestamptz[] as midnights, ${days}::text[] as days),
    spans as (
      select s.state, width_bucket(greatest(s.recorded_at, b.added_at), midnights) + 1 as first,
        coalesce(width_bucket(least(s.replaced_at, b.retired_at), midnights), cardinality(midnights)) + 1 as after
      from given, ward w join bed b on b.ward_id = w.id join bed_state s on s.bed_id = b.id
      where w.trust = ${trust} and s.recorded_at < midnights[cardinality(midnights)] and (s.replaced_at is null or s.replaced_at >= midnights[1])),
    steps as (
      select first as midnight, state, 1 as step from spans where first < after
      union all select after, state, -1 from spans where first < after
      union all select generate_series(1, cardinality(midnights)), 'none', 0 from given),
    moved as (
      select midnight, sum(step) filter (where state <> 'none') as funded, sum(step) filter (where state = 'closed') as closed,
        sum(step) filter (where state = 'occupied') as occupied, sum(step) filter (where state = 'on-leave') as on_leave
      from steps group by midnight),
    counted as (
      select midnight, coalesce(sum(funded) over so_far, 0)::int as funded, coalesce(sum(closed) over so_far, 0)::int as closed,
        coalesce(sum(occupied) over so_far, 0)::int as occupied, coalesce(sum(on_leave) over so_far, 0)::int as on_leave
      from moved window so_far as (order by midnight))
    select days[midnight] as day, funded, funded - closed as staffed, occupied, on_leave
    from counted, given where midnight <= cardinality(midnights) order by midnight`.execute(db);
  return rows;
}

async function wardsNow(db: Kysely<DB>, trust: string, now: Instant): Promise<OccupancyView['wards']> {
  const { rows } = await sql<Omit<Counted, 'day'> & { wardId: string; confirmedAt: Date | null }>`
    select w.id as ward_id, count(*)::int as funded, (count(*) filter (where s.state <> 'closed'))::int as staffed,
      (count(*) filter (where s.state = 'occupied'))::int as occupied, (count(*) filter (where s.state = 'on-leave'))::int as on_leave,
      (select max(c.confirmed_at) from ward_confirmation c where c.ward_id = w.id) as confirmed_at
    from ward w join bed b on b.ward_id = w.id and b.retired_at is null join bed_state s on s.bed_id = b.id and s.replaced_at is null
    where w.trust = ${trust} group by w.id, w.code order by w.code`.execute(db);
  const lines = await wardLines(
    db,
    rows.map((row) => row.wardId),
  );
  const rule = (await settingsAt(db, [trust], now))(trust);
  const day = localDayOf(now);
  return rows.map(({ wardId, confirmedAt, ...counts }) => ({
    ward: lines.get(wardId)!,
    confirmedAt: confirmedAt && rfc3339(confirmedAt.getTime()),
    freshness: freshnessOf(confirmedAt && confirmedAt.getTime(), rule, now),
    now: withPercent({ day, ...counts }),
  }));
}

/** Who is ready for discharge and still here, longest first. */
async function readyToLeave(db: Kysely<DB>, trust: string, now: Instant): Promise<OccupancyView['ready']> {
  const { rows } = await sql<{ bedId: string; label: string; wardId: string; readyOn: LocalDay; delayReasons: string[] }>`
    select b.id as bed_id, b.label, b.ward_id, r.ready_on, r.delay_reasons
    from discharge_readiness r join bed b on b.id = r.bed_id and b.retired_at is null join ward w on w.id = b.ward_id
    where w.trust = ${trust} and r.replaced_at is null order by r.ready_on, w.code, b.position, b.label`.execute(db);
  const lines = await wardLines(db, [...new Set(rows.map((row) => row.wardId))]);
  const today = localDayOf(now);
  return rows.map(({ wardId, ...row }) => ({ ...row, ward: lines.get(wardId)!, days: daysBetween(row.readyOn, today) }));
}
