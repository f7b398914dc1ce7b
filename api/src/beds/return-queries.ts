import { sql, type Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import type { ReturnView } from '@homeward/shared/beds/contract.ts';
import { lastDueAt } from '@homeward/shared/beds/freshness-rules.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { instantsOf, localDayOf, localTimeOf, startOfDay, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import { wardLines } from '../places/queries.ts';
import { csvAnswer } from '../platform/csv.ts';
import { inForce } from '../platform/known.ts';
import { badInput, notHere, ok, type Result } from '../platform/problem.ts';
import type { Scope } from '../platform/scope.ts';
import { settingsAt } from './facts.ts';
import { ownTrust } from './occupancy-queries.ts';

type Figures = Omit<ReturnView['wards'][number], 'ward' | 'confirmedAt'>;
const none: Figures = {
  coreBedBase: 0,
  emptyBeds: 0,
  fitForDischarge: 0,
  completedDischarges: 0,
  closedToAdmission: 0,
  infectionControl: 0,
  adultsFromOutsideTrust: 0,
};
const names = Object.keys(none) as (keyof Figures)[];

/**
 * The return that goes out at 10:00, 14:00 and 18:00, by ward and in total, as it was known at that instant: asked for again it says the same.
 * Empty is not able to admit, so an empty bed of a ward that has paused admissions is in two columns. A time that the October change repeats is
 * the first of the two.
 * @param asked a local day and time; neither: the last due time of the trust
 * Refused: a trust I am no bed manager of (404); one of day and time alone, a time that day hasn't, or one still to come (422).
 */
export async function bedReturn(
  db: Kysely<DB>,
  scope: Scope,
  asked: { trust?: string | undefined; day?: LocalDay | undefined; time?: string | undefined },
  now: Instant,
): Promise<Result<ReturnView>> {
  const trust = ownTrust(scope, asked.trust);
  if (trust === null) return notHere();
  const at = await instantAsked(db, trust, asked, now);
  if (!at.ok) return at;
  const { wards, suites } = { wards: await wardsAt(db, trust, at.value), suites: await suitesAt(db, trust, at.value) };
  const total = { ...none, ...suites };
  for (const ward of wards) for (const name of names) total[name] += ward[name];
  return ok({ trust, day: localDayOf(at.value), time: localTimeOf(at.value), at: rfc3339(at.value), wards, total });
}

async function instantAsked(
  db: Kysely<DB>,
  trust: string,
  { day, time }: { day?: LocalDay | undefined; time?: string | undefined },
  now: Instant,
): Promise<Result<Instant>> {
  if (day === undefined && time === undefined) return ok(lastDueAt((await settingsAt(db, [trust], now))(trust).dueTimes, now));
  if (day === undefined) return badInput([{ path: 'day', code: 'missing', message: 'Give the day with the time.' }]);
  if (time === undefined) return badInput([{ path: 'time', code: 'missing', message: 'Give the time with the day.' }]);
  const at = instantsOf(day, time)[0];
  if (at === undefined) return badInput([{ path: 'time', code: 'no-such-time', message: 'The clocks went forward over that time.' }]);
  if (at > now) return badInput([{ path: 'time', code: 'in-future', message: 'This is still to come: choose a time that has passed.' }]);
  return ok(at);
}

/**
 * One statement. A discharge is a bed that went from occupied or on leave to free. Who came from another trust: whoever was placed last since the bed
 * was last empty, also where somebody on leave gave it up. The bed's placements and the allocations that arrived in it are the same in the same
 * order; they aren't matched by time, which the one keeps by the program's clock and the other by the database's.
 */
async function wardsAt(db: Kysely<DB>, trust: string, at: Instant): Promise<ReturnView['wards']> {
  const instant = new Date(at);
  const { rows } = await sql<Figures & { wardId: string; confirmedAt: Date | null }>`
    with beds as materialized (
      select b.id, b.ward_id, w.code, s.state, s.reason, s.recorded_at, p.id is not null as is_paused
      from ward w join bed b on b.ward_id = w.id and ${inForce('b', at, 'added_at', 'retired_at')}
        join bed_state s on s.bed_id = b.id and ${inForce('s', at)}
        left join admission_pause p on p.ward_id = w.id and ${inForce('p', at)}
      where w.trust = ${trust}),
    ready as (
      select distinct r.bed_id from discharge_readiness r join beds b on b.id = r.bed_id
      where b.state in ('occupied', 'on-leave') and ${inForce('r', at)}),
    left_today as (
      select b.ward_id, count(*)::int as discharges
      from ward w join bed b on b.ward_id = w.id join bed_state s on s.bed_id = b.id and s.state = 'available'
        and s.recorded_at >= ${new Date(startOfDay(localDayOf(at)))} and s.recorded_at <= ${instant}
      where w.trust = ${trust} and exists (
        select 1 from bed_state was where was.bed_id = s.bed_id and was.replaced_at = s.recorded_at and was.id <> s.id
          and was.recorded_at < was.replaced_at and was.state in ('occupied', 'on-leave'))
      group by b.ward_id),
    stays as (
      select b.id as bed_id, f.id as began_with
      from beds b join lateral (
        select s.id from bed_state s where s.bed_id = b.id and s.recorded_at <= ${instant} and s.state = 'occupied' and s.source = 'placement'
          and s.recorded_at >= coalesce((select max(e.replaced_at) from bed_state e
            where e.bed_id = b.id and e.replaced_at <= ${instant} and e.state in ('available', 'closed')), '-infinity')
        order by s.recorded_at desc, s.id desc limit 1) f on true
      where b.state = 'occupied'),
    placements as (
      select s.id, s.bed_id, row_number() over (partition by s.bed_id order by s.recorded_at, s.id) as nth
      from bed_state s where s.source = 'placement' and s.state = 'occupied' and s.bed_id in (select bed_id from stays)),
    arrivals as (
      select a.bed_id, r.sending_trust, r.age_band, row_number() over (partition by a.bed_id order by a.arrived_at, a.id) as nth
      from allocation a join placement_request r on r.id = a.request_id where a.state = 'arrived' and a.bed_id in (select bed_id from stays)),
    outside as (
      select y.bed_id from stays y join placements p on p.id = y.began_with join arrivals a on a.bed_id = y.bed_id and a.nth = p.nth
      where a.sending_trust <> ${trust} and a.age_band in ('adult', 'older-adult'))
    select b.ward_id, count(*)::int as core_bed_base, (count(*) filter (where b.state = 'available'))::int as empty_beds,
      (count(*) filter (where b.id in (select bed_id from ready)))::int as fit_for_discharge,
      coalesce((select discharges from left_today t where t.ward_id = b.ward_id), 0) as completed_discharges,
      (count(*) filter (where b.state = 'closed' or (b.state = 'available' and b.is_paused)))::int as closed_to_admission,
      (count(*) filter (where b.state = 'closed' and b.reason = 'infection'))::int as infection_control,
      (count(*) filter (where b.id in (select bed_id from outside)))::int as adults_from_outside_trust,
      (select max(c.confirmed_at) from ward_confirmation c where c.ward_id = b.ward_id and c.confirmed_at <= ${instant}) as confirmed_at
    from beds b group by b.ward_id, b.code order by b.code`.execute(db);
  const lines = await wardLines(
    db,
    rows.map((row) => row.wardId),
  );
  return rows.map(({ wardId, confirmedAt, ...figures }) => ({
    ward: lines.get(wardId)!,
    confirmedAt: confirmedAt && rfc3339(confirmedAt.getTime()),
    ...figures,
  }));
}

async function suitesAt(db: Kysely<DB>, trust: string, at: Instant): Promise<{ suites: number; suitesEmpty: number }> {
  const { rows } = await sql<{ suites: number; suitesEmpty: number }>`
    select count(*)::int as suites, (count(*) filter (where x.state = 'available'))::int as suites_empty
    from suite u join suite_state x on x.suite_id = u.id and ${inForce('x', at)} where u.trust = ${trust}`.execute(db);
  return rows[0]!;
}

/** The return as the file that is sent on: a line a ward, then the total, in the national form's words. */
export function returnFile({ trust, day, time, wards, total }: ReturnView): Response {
  const figures = (of: Figures, suites: readonly (number | null)[]) => [
    of.coreBedBase,
    of.emptyBeds,
    ...suites,
    of.fitForDischarge,
    of.completedDischarges,
    of.closedToAdmission,
    of.infectionControl,
    of.adultsFromOutsideTrust,
  ];
  return csvAnswer(
    `return-${trust.toLowerCase()}-${day}-${time.replace(':', '')}.csv`,
    [
      'Trust',
      'Day',
      'Time',
      'Ward code',
      'Ward',
      'Site',
      'Confirmed',
      'Core bed base',
      'Empty beds',
      'Section 136 core',
      'Section 136 empty',
      'Fit for discharge',
      'Completed discharges',
      'Beds closed to admission',
      'Infection control',
      'Adult patients from outside trust',
    ],
    [
      ...wards.map((ward) => [
        trust,
        day,
        time,
        ward.ward.code,
        ward.ward.name,
        ward.ward.siteName,
        ward.confirmedAt,
        ...figures(ward, [null, null]),
      ]),
      [trust, day, time, null, 'Total', null, null, ...figures(total, [total.suites, total.suitesEmpty])],
    ],
  );
}
