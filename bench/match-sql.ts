// What a good SQL engineer would write for the two questions of the match, over the same normalised tables and their indexes: the baseline,
// and the oracle that our answers are checked against. Facts that bench/big-data.ts leaves out (leave, weekly limits, pilots) are left out.
import type pg from 'pg';

/** Work of a person, rostered or booked. */
const workOf = (person: string) => `
  (select d.period, d.break_minutes, d.ward_id from duty_revision d where d.person_id = ${person} and d.replaced_at is null and d.kind <> 'leave'
   union all select b.period, b.break_minutes, b.ward_id from booking b where b.person_id = ${person} and b.status in ('confirmed', 'needs-review', 'worked'))`;

const isBelow = `(r.role in ('rmn', 'rnld') and s.role in ('nursing-associate', 'hcsw') or r.role = 'nursing-associate' and s.role = 'hcsw'
  or r.role = 'psychologist' and s.role = 'assistant-psychologist')`;
const isRegistered = `case s.role when 'rmn' then r.registration_body = 'NMC' and r.registration_field = 'mental-health'
    when 'rnld' then r.registration_body = 'NMC' and r.registration_field = 'learning-disability' when 'nursing-associate' then r.registration_body = 'NMC'
    when 'psychologist' then r.registration_body = 'HCPC' when 'ot' then r.registration_body = 'HCPC' when 'doctor' then r.registration_body = 'GMC' else true end
  and (s.role in ('hcsw', 'assistant-psychologist') or r.registration_number <> '' and r.registration_until >= s.last_day)`;
const isChecked = `r.identity_checked_on <= s.first_day and r.right_to_work_checked_on <= s.first_day and coalesce(r.right_to_work_until, 'infinity') >= s.last_day
  and r.qualifications_checked_on <= s.first_day and r.references_checked_on <= s.first_day
  and r.dbs_checked_on <= s.first_day and coalesce(r.dbs_until, 'infinity') >= s.last_day and r.work_health_cleared_on <= s.first_day`;
const days = `(s.starts_at at time zone 'Europe/London')::date as first_day, ((s.ends_at - interval '1 millisecond') at time zone 'Europe/London')::date as last_day`;
/** Seconds of a person's work in the 17 weeks before an instant; a duty that the edge cuts counts in proportion. */
const workedBefore = (end: string, person: string) => `
  (select coalesce(sum(greatest(0, extract(epoch from upper(x.period) - lower(x.period)) - 60 * x.break_minutes)
      * extract(epoch from least(upper(x.period), ${end}) - greatest(lower(x.period), ${end} - interval '119 days')) / extract(epoch from upper(x.period) - lower(x.period))), 0)
    from ${workOf(person)} x where upper(x.period) > ${end} - interval '119 days' and lower(x.period) < ${end})`;
/** Seconds of work the law allows by an instant, counted from the day of joining, from one week to seventeen. */
const allowedBy = (end: string) =>
  `(least(greatest(extract(epoch from ${end} - coalesce(r.joined_on::timestamp at time zone 'Europe/London', '-infinity')), 604800), 10281600) * 2 / 7)`;

const who = `
with s as materialized (
  select s.*, w.trust, x.latitude, x.longitude, ${days}, case when s.regular_duties > 0 then s.regular_duties else 3 end as often,
    case when s.regular_duties > 0 then s.regular_weeks else 17 end as lately
  from shift s join ward w on w.id = s.ward_id join site x on x.code = w.site where s.id = $1),
asked as materialized (
  select q.competency, min(p.months) as months from s join requirement q on q.ward_id = s.ward_id and q.replaced_at is null and (q.role is null or q.role = s.role)
    join competency_period p on p.competency = q.competency and p.trust = s.trust and p.replaced_at is null and p.days @> s.first_day group by 1),
counting as materialized (
  select a.competency, a.months, v.course_id, v.use_of_force, v.certified_until
  from s cross join asked a join course_revision v on v.replaced_at is null join course c on c.id = v.course_id
  where c.trust = s.trust and v.meets = a.competency
    or v.course_id in (select l.course_id from alignment l join alignment_state t on t.alignment_id = l.id and t.replaced_at is null
        join collaborative_member m on m.collaborative_id = l.collaborative_id and m.trust = s.trust and m.days @> ($2::timestamptz at time zone 'Europe/London')::date
      where l.competency = a.competency and t.state = 'validated' and coalesce(t.counts_from, '-infinity') <= s.first_day)),
sharing as materialized (
  select g.home_trust as trust from s join sharing_agreement g on g.host_trust = s.trust and g.staff_group = s.staff_group and g.replaced_at is null
      and g.home_signed_at is not null and g.host_signed_at is not null
    cross join generate_series(s.first_day, s.last_day, interval '1 day') day where g.days @> day::date
  group by 1, s.first_day, s.last_day having count(distinct day) = s.last_day - s.first_day + 1),
eligible as (
  select w.id, w.person_id, w.trust = s.trust as is_home, w.id = s.preferred_worker_id and s.preferred_worker_id is not null as is_preferred, r.joined_on, o.latitude, o.longitude,
    (select count(*) from ${workOf('w.person_id')} x where x.ward_id = s.ward_id and lower(x.period) < $2 and lower(x.period) >= $2 - make_interval(weeks => s.lately)) as on_ward
  from s join worker_revision r on r.replaced_at is null and r.staff_group = s.staff_group
      and (r.role = s.role and r.band >= s.band or r.works_down and ${isBelow})
    join worker w on w.id = r.worker_id left join outward_code o on o.code = r.home_outward_code
  where (w.trust = s.trust or r.consents_to_share and w.trust in (select trust from sharing))
    and ${isChecked} and ${isRegistered}
    and exists (select 1 from bank_membership m join bank_staff_group g on g.bank_id = m.bank_id and g.staff_group = s.staff_group
        join bank_member b on b.bank_id = m.bank_id and b.trust = s.trust and b.days @> s.first_day
      where m.worker_id = w.id and m.replaced_at is null and coalesce(m.from_day, '-infinity') <= s.first_day and coalesce(m.until_day, 'infinity') >= s.first_day)
    and (select count(*) from asked) = (select count(distinct c.competency) from training_record t join counting c on c.course_id = t.course_id
      where t.worker_id = w.id and t.completed_on <= s.first_day and t.completed_on + make_interval(months => c.months) > s.last_day
        and (not c.use_of_force or t.completed_on <= c.certified_until) and not exists (select 1 from training_revocation v where v.record_id = t.id))
    and not exists (select 1 from ${workOf('w.person_id')} x where x.period && tstzrange(s.starts_at - interval '11 hours', s.ends_at + interval '11 hours', '[)'))
    and not exists (select 1 from restriction n join worker k on k.id = n.worker_id where k.person_id = w.person_id and n.ward_id = s.ward_id and n.lifted_at is null
      and n.from_day <= s.last_day and coalesce(n.until_day, 'infinity') >= s.first_day)
    and (r.opt_out_from <= s.first_day and coalesce(r.opt_out_until, 'infinity') >= s.first_day
      or ${workedBefore('s.ends_at', 'w.person_id')} + extract(epoch from s.ends_at - s.starts_at) - 60 * s.break_minutes <= ${allowedBy('s.ends_at')})),
open as (
  select e.*, e.on_ward >= s.often as is_regular, s.latitude as ward_latitude, s.longitude as ward_longitude, s.trust
  from s cross join eligible e
  where e.is_preferred or coalesce(s.preferred_until, '-infinity') <= $2 and (s.collaborative_at <= $2 or e.is_home and s.home_trust_at <= $2
    or s.regulars_at <= $2 and e.on_ward >= s.regular_duties))
select r.id, count(*) over ()::int as eligible
from open r
order by r.is_preferred desc, r.is_regular desc, r.is_home desc,
  round(2 * 6371.0088 * asin(least(1, sqrt(sin(radians(r.latitude - r.ward_latitude) / 2) ^ 2
    + cos(radians(r.ward_latitude)) * cos(radians(r.latitude)) * sin(radians(r.longitude - r.ward_longitude) / 2) ^ 2)))::numeric) nulls last,
  (select greatest(0, floor(min(${allowedBy('e.at')} - ${workedBefore('e.at', 'r.person_id')}) / 60))
    from (select $2::timestamptz as at union select upper(x.period) from ${workOf('r.person_id')} x where upper(x.period) > $2 and upper(x.period) <= $2 + interval '119 days') e) desc,
  (select count(*) from booking b join ward w on w.id = b.ward_id and w.trust = r.trust where b.worker_id = r.id and b.booked_at > $2::timestamptz - interval '28 days' and b.status <> 'cancelled'),
  r.id
limit $3`;

/** The first of those who can take a shift, in order, and how many they are. */
export async function eligibleBySql(
  client: pg.Client,
  shiftId: string,
  now: Date,
  limit: number,
): Promise<{ ids: string[]; eligible: number }> {
  const { rows } = await client.query<{ id: string; eligible: number }>({
    name: 'who can take it',
    text: who,
    values: [shiftId, now, limit],
  });
  return { ids: rows.map((row) => row.id), eligible: rows[0]?.eligible ?? 0 };
}

const mine = `
with r as materialized (
  select r.*, w.person_id, w.trust, o.latitude, o.longitude from worker w join worker_revision r on r.worker_id = w.id and r.replaced_at is null
    left join outward_code o on o.code = r.home_outward_code where w.id = $1),
work as materialized (select x.* from r cross join lateral ${workOf('r.person_id')} x),
held as materialized (
  select t.course_id, t.completed_on, v.use_of_force, v.certified_until, v.meets, c.trust, exists (select 1 from training_revocation z where z.record_id = t.id) as is_revoked
  from training_record t join course c on c.id = t.course_id join course_revision v on v.course_id = c.id and v.replaced_at is null where t.worker_id = $1),
counts as materialized (
  select distinct h.course_id, h.completed_on, h.use_of_force, h.certified_until, h.is_revoked, l.competency, m.trust as host, coalesce(t.counts_from, '-infinity') as counts_from
  from held h join alignment l on l.course_id = h.course_id join alignment_state t on t.alignment_id = l.id and t.replaced_at is null and t.state = 'validated'
    join collaborative_member m on m.collaborative_id = l.collaborative_id and m.days @> ($2::timestamptz at time zone 'Europe/London')::date
  union select h.course_id, h.completed_on, h.use_of_force, h.certified_until, h.is_revoked, h.meets, h.trust, '-infinity' from held h),
s as materialized (
  select s.*, w.trust as host, ${days} from r join shift s on s.staff_group = r.staff_group join ward w on w.id = s.ward_id
  where s.status = 'open' and s.starts_at > $2
    and (s.preferred_worker_id is null or s.preferred_worker_id = $1 or s.preferred_until <= $2)
    and (r.role = s.role and r.band >= s.band or r.works_down and ${isBelow})),
seen as materialized (
  select s.* from r cross join s
  where (s.host = r.trust or not exists (select 1 from generate_series(s.first_day, s.last_day, interval '1 day') day where not exists (
        select 1 from sharing_agreement g where g.home_trust = r.trust and g.host_trust = s.host and g.staff_group = s.staff_group and g.replaced_at is null
          and g.home_signed_at is not null and g.host_signed_at is not null and g.days @> day::date)))
    and exists (select 1 from bank_membership m join bank_staff_group g on g.bank_id = m.bank_id and g.staff_group = s.staff_group
        join bank_member b on b.bank_id = m.bank_id and b.trust = s.host and b.days @> s.first_day
      where m.worker_id = $1 and m.replaced_at is null and coalesce(m.from_day, '-infinity') <= s.first_day and coalesce(m.until_day, 'infinity') >= s.first_day)),
lacking as materialized (
  select s.id, array_agg(distinct 'training:' || q.competency) as codes
  from seen s join requirement q on q.ward_id = s.ward_id and q.replaced_at is null and (q.role is null or q.role = s.role)
    left join competency_period p on p.competency = q.competency and p.trust = s.host and p.replaced_at is null and p.days @> s.first_day
  where not exists (select 1 from counts c where c.host = s.host and c.competency = q.competency and c.counts_from <= s.first_day and c.completed_on <= s.first_day
      and c.completed_on + make_interval(months => coalesce(p.months, 0)) > s.last_day and not c.is_revoked and (not c.use_of_force or c.completed_on <= c.certified_until))
  group by s.id)
select s.id, (select coalesce(array_agg(code order by code collate "C"), '{}') from (
    select 'consent' as code where s.host <> r.trust and not r.consents_to_share
    union all select 'checks' where (${isChecked}) is not true
    union all select 'registration' where (${isRegistered}) is not true
    union all select unnest(l.codes)
    union all select 'overlap' where exists (select 1 from work x where x.period && tstzrange(s.starts_at, s.ends_at, '[)'))
    union all select 'daily-rest' where exists (select 1 from work x where upper(x.period) <= s.starts_at and upper(x.period) > s.starts_at - interval '11 hours'
      or lower(x.period) >= s.ends_at and lower(x.period) < s.ends_at + interval '11 hours')
    union all select 'weekly-hours' where not coalesce(r.opt_out_from <= s.first_day and coalesce(r.opt_out_until, 'infinity') >= s.first_day, false)
      and (select coalesce(sum(greatest(0, extract(epoch from upper(x.period) - lower(x.period)) - 60 * x.break_minutes)
          * extract(epoch from least(upper(x.period), s.ends_at) - greatest(lower(x.period), s.ends_at - interval '119 days')) / extract(epoch from upper(x.period) - lower(x.period))), 0)
        from work x where upper(x.period) > s.ends_at - interval '119 days' and lower(x.period) < s.ends_at)
      + extract(epoch from s.ends_at - s.starts_at) - 60 * s.break_minutes > ${allowedBy('s.ends_at')}
    union all select 'restriction' where exists (select 1 from restriction n join worker k on k.id = n.worker_id where k.person_id = r.person_id and n.ward_id = s.ward_id
      and n.lifted_at is null and n.from_day <= s.last_day and coalesce(n.until_day, 'infinity') >= s.first_day)
    union all select 'wave' where not (coalesce(s.preferred_worker_id = $1, false) or s.collaborative_at <= $2 or s.host = r.trust and s.home_trust_at <= $2
      or s.regulars_at <= $2 and (select count(*) from work x where x.ward_id = s.ward_id and lower(x.period) < $2
        and lower(x.period) >= $2 - make_interval(weeks => s.regular_weeks)) >= s.regular_duties)) found) as failed
from r cross join seen s left join lacking l on l.id = s.id`;

/** Every open shift that is a worker's to see, and which checks stand in the way. */
export async function mineBySql(client: pg.Client, workerId: string, now: Date): Promise<{ id: string; failed: string[] }[]> {
  return (await client.query<{ id: string; failed: string[] }>({ name: 'what can I take', text: mine, values: [workerId, now] })).rows;
}
