// Much of everything, made by the database itself in one statement a table: areas of four trusts, a hundred wards and ten thousand
// workers each. Nothing is random: the same size is the same data, so that a figure can be had again.
import { createHash } from 'node:crypto';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import { dayMs, type Instant } from '@homeward/shared/kernel/interval.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';

export interface Size {
  workers: number;
  /** Open ones, over the six weeks to come. */
  shifts: number;
}

const workersEach = 10_000;
const trustsEach = 4;
const wardsOfTrust = 25;
const placesEach = 60;

// What stands first in an id. Ids grow as they are made, as the program's own do: indexes then grow at their end.
const kinds = ['area', 'bank', 'ward', 'course', 'alignment', 'person', 'worker', 'duty', 'shift', 'account', 'record', 'other'] as const;
type Kind = (typeof kinds)[number];
export const idAt = (kind: Kind, n: number) => `${hex(kinds.indexOf(kind) + 1, 8)}-0000-7000-8000-${hex(n, 12)}`;
const hex = (n: number, digits: number) => n.toString(16).padStart(digits, '0');

/** The cookie of an account made here: a ward's manager (n = the ward's) or a worker (n = wards + the worker's). */
export const cookieOf = (n: number) => `homeward=bench-${n}`;

const competencies = [
  { code: 'pmva-team', title: 'PMVA team', role: null },
  { code: 'life-support', title: 'Life support', role: null },
  { code: 'safeguarding', title: 'Safeguarding', role: null },
  { code: 'rapid-tranquillisation', title: 'Rapid tranquillisation', role: 'rmn' },
  { code: 'observation', title: 'Observation', role: 'hcsw' },
];

/**
 * Fills an empty, migrated database as it would stand at `now`. Rare facts are left out (leave, weekly limits, pilots); what a list
 * usually turns on is in: roles and bands, agreements that are missing, consent, checks and registrations that ran out, training that
 * lapsed, was revoked or doesn't count elsewhere, work and rest, restrictions, time marked as away, waves, preferences.
 */
export async function makeBigData(db: Kysely<DB>, { workers, shifts }: Size, now: Instant): Promise<void> {
  const areas = Math.ceil(workers / workersEach);
  const trusts = areas * trustsEach;
  const wards = trusts * wardsOfTrust;
  const courses = trusts * competencies.length;
  const today = sql`${localDayOf(now)}::date`;
  const at = sql`${new Date(now)}::timestamptz`;
  const past = sql`${new Date(now - 400 * dayMs)}::timestamptz`;
  const always = sql`daterange('2020-01-01', null)`;
  const id = (kind: Kind, n: string) => sql.raw(`pg_temp.id_of(${kinds.indexOf(kind) + 1}, ${n})`);
  // A share of 1 that is always the same for the same number and purpose.
  const chance = (n: string, purpose: number) => sql.raw(`pg_temp.chance(${n}, ${purpose})`);
  const each = (count: number) => sql`generate_series(0::bigint, ${count - 1}::bigint)`;
  await db.connection().execute(async (one) => {
    const run = (statement: RawBuilder<unknown>) => statement.execute(one);
    await run(sql`set synchronous_commit = off`);
    await run(sql`create function pg_temp.id_of(kind int, n bigint) returns uuid language sql immutable as
      $$ select (lpad(to_hex(kind), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$`);
    await run(sql`create function pg_temp.chance(n bigint, purpose int) returns double precision language sql immutable as
      $$ select (hashint8extended(n, purpose) & 1048575) / 1048576.0 $$`);
    await run(
      sql`create function pg_temp.trust_of(n bigint) returns text language sql immutable as $$ select 'T' || lpad(n::text, 5, '0') $$`,
    );
    // The hours wards keep, in local time: a long day, a night, or an early.
    await run(sql`create function pg_temp.hours_of(day date, pattern bigint) returns tstzrange language sql stable as
      $$ select case pattern when 0 then tstzrange((day + time '07:30') at time zone 'Europe/London', (day + time '20:00') at time zone 'Europe/London', '[)')
        when 1 then tstzrange((day + time '19:30') at time zone 'Europe/London', (day + 1 + time '08:00') at time zone 'Europe/London', '[)')
        else tstzrange((day + time '07:00') at time zone 'Europe/London', (day + time '15:00') at time zone 'Europe/London', '[)') end $$`);

    // ————— Places and what they have agreed —————
    await run(sql`insert into collaborative (id, code, name) select ${id('area', 'c')}, 'area-' || c, 'Area ' || c from ${each(areas)} c`);
    await run(sql`insert into trust (ods_code, name, short) select pg_temp.trust_of(t), 'Trust ' || t, 'T' || t from ${each(trusts)} t`);
    await run(sql`insert into collaborative_member (id, collaborative_id, trust, days)
      select ${id('other', 't')}, ${id('area', `t / ${trustsEach}`)}, pg_temp.trust_of(t), ${always} from ${each(trusts)} t`);
    await run(sql`insert into bank (id, code, name) select ${id('bank', 'c')}, 'bank-' || c, 'Bank of area ' || c from ${each(areas)} c`);
    await run(sql`insert into bank_staff_group (bank_id, staff_group)
      select ${id('bank', 'c')}, g from ${each(areas)} c, unnest(array['nursing', 'psychology', 'therapies']) g`);
    await run(sql`insert into bank_member (id, bank_id, trust, days)
      select ${id('other', 't')}, ${id('bank', `t / ${trustsEach}`)}, pg_temp.trust_of(t), ${always} from ${each(trusts)} t`);
    // The first trust of an area and its last have not agreed to share.
    await run(sql`insert into sharing_agreement (id, home_trust, host_trust, staff_group, days, recorded_at, home_signed_at, home_signed_by, host_signed_at, host_signed_by)
      select gen_random_uuid(), pg_temp.trust_of(h), pg_temp.trust_of(o), g, ${always}, ${past}, ${past}, 'Home office', ${past}, 'Host office'
      from ${each(trusts)} h join ${each(trusts)} o on h / ${trustsEach}::int = o / ${trustsEach}::int and h <> o and abs(h - o) < ${trustsEach - 1}::int,
        unnest(array['nursing', 'psychology', 'therapies']) g`);
    await run(sql`insert into outward_code (code, latitude, longitude, source)
      select upper(lpad(to_hex(p), 4, '0')), 51 + (p / ${placesEach}::int % 10) * 0.4 + ${chance('p', 1)} * 0.5, -3 + (p / ${placesEach}::int / 10) * 0.4 + ${chance('p', 2)} * 0.8, 'bench'
      from ${each(areas * placesEach)} p`);
    await run(sql`insert into site (code, trust, name, latitude, longitude, verified)
      select 'site-' || t, pg_temp.trust_of(t), 'Site ' || t, 51 + (t / ${trustsEach}::int % 10) * 0.4 + ${chance('t', 3)} * 0.5,
        -3 + (t / ${trustsEach}::int / 10) * 0.4 + ${chance('t', 4)} * 0.8, true from ${each(trusts)} t`);
    await run(sql`insert into ward (id, code, trust, site, name, service_line, bed_type, age_group, beds, verified)
      select ${id('ward', 'w')}, 'site-' || t || '/ward-' || w, pg_temp.trust_of(t), 'site-' || t, 'Ward ' || w, 'acute', '200', 'adult', 18, true
      from (select w, w / ${wardsOfTrust}::int as t from ${each(wards)} w) known`);
    await run(sql`insert into ward_wave (id, ward_id, regulars_minutes, home_trust_minutes, regular_duties, regular_weeks, days)
      select ${id('other', 'w')}, ${id('ward', 'w')}, 720, 2880, 1, 17, ${always} from ${each(wards)} w where w % 2 = 0`);
    await run(sql`insert into competency (code, collaborative_id, title, use_of_force)
      select code, ${id('area', '0')}, title, code like 'pmva%' from ${listed} v`);
    await run(sql`insert into competency_period (id, competency, trust, months, days, recorded_at)
      select gen_random_uuid(), c.code, t.ods_code, case when right(t.ods_code, 1) in ('1', '5') then 24 else 12 end, ${always}, ${past} from competency c, trust t`);
    await run(sql`insert into requirement (id, ward_id, competency, role, recorded_at)
      select gen_random_uuid(), w.id, v.code, v.role, ${past} from ward w, ${listed} v`);
    await run(sql`insert into shift_reason (code, title, position, industrial_action) values ('vacancy', 'Vacancy', 1, false)`);
    await run(
      sql`insert into cancel_reason (code, title, position, side) values ('not-needed', 'Not needed', 1, 'ward'), ('ill', 'Ill', 2, 'worker')`,
    );
    await run(sql`insert into course (id, trust, code, version)
      select ${id('course', 'n')}, pg_temp.trust_of(n / ${competencies.length}::int), 'COURSE-' || n % ${competencies.length}::int, '1' from ${each(courses)} n`);
    await run(sql`insert into course_revision (id, course_id, recorded_at, title, meets, provider, certified_until, use_of_force)
      select ${id('other', 'n')}, ${id('course', 'n')}, ${past}, v.title, v.code, 'A provider', ${today} + 200, v.code like 'pmva%'
      from ${each(courses)} n join ${listed} v on v.position = n % ${competencies.length}::int`);
    await run(sql`insert into alignment (id, collaborative_id, course_id, competency)
      select ${id('alignment', 'n')}, ${id('area', `n / ${trustsEach * competencies.length}`)}, ${id('course', 'n')}, v.code
      from ${each(courses)} n join ${listed} v on v.position = n % ${competencies.length}::int`);
    await run(sql`insert into alignment_state (id, alignment_id, state, since, decided_by)
      select ${id('other', 'n')}, ${id('alignment', 'n')}, case n % 10 when 3 then 'in-review' when 7 then 'withdrawn' else 'validated' end, ${past}, 'The collaborative'
      from ${each(courses)} n`);

    // ————— People —————
    await run(sql`create temp table someone as
      select n, n / ${workersEach}::int as area, n / ${workersEach}::int * ${trustsEach}::int + floor(${chance('n', 10)} * ${trustsEach}::int)::bigint as trust,
        case when n % 20 < 7 then 'rmn' when n % 20 = 7 then 'rnld' when n % 20 = 8 then 'psychologist' when n % 20 = 9 then 'nursing-associate'
          when n % 20 = 10 then 'ot' else 'hcsw' end as role from ${each(workers)} n`);
    await run(sql`insert into person (id, registration_body, registration_number)
      select ${id('person', 'n')}, ${body}, case when ${body} is not null then 'R' || n end from someone`);
    await run(sql`insert into worker (id, person_id, trust, staff_number)
      select ${id('worker', 'n')}, ${id('person', 'n')}, pg_temp.trust_of(trust), 'S' || n from someone`);
    await run(sql`insert into worker_revision (id, worker_id, recorded_at, name, role, band, staff_group, joined_on, home_outward_code, works_down,
        consents_to_share, opt_out_from, registration_body, registration_number, registration_field, registration_until, identity_checked_on,
        right_to_work_checked_on, right_to_work_until, qualifications_checked_on, references_checked_on, dbs_checked_on, dbs_until, work_health_cleared_on)
      select ${id('other', 'n')}, ${id('worker', 'n')}, ${past}, 'Worker ' || n, role,
        case role when 'rmn' then 5 + floor(${chance('n', 11)} * 3)::int when 'hcsw' then 2 + n / 20 % 2 else 5 end,
        case role when 'psychologist' then 'psychology' when 'ot' then 'therapies' else 'nursing' end,
        ${today} - 60 - (${chance('n', 12)} * 3000)::int, upper(lpad(to_hex(area * ${placesEach}::int + floor(${chance('n', 13)} * ${placesEach}::int)::bigint), 4, '0')),
        role in ('rmn', 'nursing-associate') and ${chance('n', 14)} < 0.4, ${chance('n', 15)} < 0.7, case when ${chance('n', 16)} < 0.03 then ${today} - 100 end,
        ${body}, case when ${body} is not null then 'R' || n end, case role when 'rmn' then 'mental-health' when 'rnld' then 'learning-disability' end,
        case when ${body} is not null then ${today} - 10 + (${chance('n', 17)} * 380)::int end,
        ${today} - 60, ${today} - 60, case when ${chance('n', 18)} < 0.1 then ${today} - 10 + (${chance('n', 19)} * 800)::int end, ${today} - 60, ${today} - 60,
        case when ${chance('n', 20)} < 0.97 then ${today} - 60 end, ${today} - 10 + (${chance('n', 21)} * 1100)::int, ${today} - 60
      from someone`);
    await run(sql`insert into bank_membership (id, worker_id, bank_id, from_day, recorded_at)
      select ${id('other', 'n')}, ${id('worker', 'n')}, ${id('bank', 'area')}, ${today} - 60, ${past} from someone where ${chance('n', 22)} < 0.97`);
    // One of each competency at their own trust within the last 380 days, and an older one of the first.
    await run(sql`insert into training_record (id, worker_id, course_id, completed_on, source, recorded_at)
      select ${id('record', 'n * 6 + k')}, ${id('worker', 'n')}, ${id('course', `trust * ${competencies.length} + k % ${competencies.length}`)},
        ${today} - case when k = 5 then 500 + (${chance('n', 30)} * 300)::int else 1 + (${chance('n * 6 + k', 31)} * 380)::int end, 'import', ${past}
      from someone, ${each(6)} k`);
    await run(sql`insert into training_revocation (record_id, at, by_name, reason)
      select ${id('record', 'r')}, ${past}, 'A lead', 'The assessment was set aside.' from ${each(workers * 6)} r where r % 200 = 3`);
    // Two duties each between four weeks ago and six weeks ahead.
    await run(sql`insert into duty (id, trust, external_id)
      select ${id('duty', 'n * 2 + k')}, pg_temp.trust_of(trust), 'D' || n * 2 + k from someone, ${each(2)} k`);
    await run(sql`insert into duty_revision (id, duty_id, worker_id, person_id, ward_id, kind, period, break_minutes, recorded_at)
      select ${id('other', 'n * 2 + k')}, ${id('duty', 'n * 2 + k')}, ${id('worker', 'n')}, ${id('person', 'n')},
        ${id('ward', `trust * ${wardsOfTrust} + floor(pg_temp.chance(n * 2 + k, 40) * ${wardsOfTrust})::bigint`)}, 'duty',
        pg_temp.hours_of(${today} - 28 + k::int * 35 + (${chance('n * 2 + k', 41)} * 34)::int, floor(${chance('n * 2 + k', 42)} * 3)::bigint), 60, ${past}
      from someone, ${each(2)} k`);
    await run(sql`insert into unavailability (id, person_id, period, recorded_at)
      select gen_random_uuid(), ${id('person', 'n')}, tstzrange(${at} + ${chance('n', 51)} * interval '40 days', ${at} + ${chance('n', 51)} * interval '40 days' + interval '2 days', '[)'), ${past}
      from someone where n % 17 = 0`);
    await run(sql`insert into restriction (id, worker_id, ward_id, from_day, until_day, reason, reviewer, recorded_at)
      select gen_random_uuid(), ${id('worker', 'n')}, ${id('ward', `trust * ${wardsOfTrust} + n / 40 % ${wardsOfTrust}`)}, ${today} - 30, ${today} + 30, 'Asked by the ward.', 'The matron', ${past}
      from someone where n % 40 = 0`);

    // ————— Shifts —————
    await run(sql`insert into shift (id, ward_id, role, band, staff_group, starts_at, ends_at, break_minutes, reason, status, posted_by, posted_at, regulars_at, home_trust_at,
        collaborative_at, regular_duties, regular_weeks, wave, preferred_worker_id, preferred_until)
      select ${id('shift', 's')}, ${id('ward', 'ward')}, role, case role when 'rmn' then 5 + s % 2 when 'hcsw' then 2 + s % 2 else 5 end,
        case role when 'ot' then 'therapies' else 'nursing' end, lower(hours), upper(hours), 60, 'vacancy', 'open', ${id('account', 'ward')}, posted, posted,
        case when ward % 2 = 0 then posted + interval '12 hours' else posted end, case when ward % 2 = 0 then posted + interval '2 days' else posted end,
        case when ward % 2 = 0 then 1 else 0 end, case when ward % 2 = 0 then 17 else 0 end, 'collaborative',
        case when s % 50 = 0 then ${id('worker', `ward / ${trustsEach * wardsOfTrust} * ${workersEach} + s % ${Math.min(workers, workersEach)}`)} end, case when s % 50 = 0 then ${at} + interval '1 day' end
      from (select s, ward, case when s % 20 < 9 then 'rmn' when s % 20 < 18 then 'hcsw' when s % 20 = 18 then 'nursing-associate' else 'ot' end as role,
          pg_temp.hours_of(${today} + 1 + (${chance('s', 61)} * 41)::int, floor(${chance('s', 62)} * 3)::bigint) as hours,
          ${at} - ${chance('s', 63)} * interval '7 days' as posted
        from (select s, floor(${chance('s', 60)} * ${wards}::int)::bigint as ward from ${each(shifts)} s) placed) known`);

    // ————— Accounts: a manager a ward, and every hundredth worker —————
    const { rows } = await sql<{ n: number; workerId: string | null; wardId: string | null }>`
      select w as n, null::uuid as worker_id, ${id('ward', 'w')} as ward_id from ${each(wards)} w
      union all select ${wards}::int + n, ${id('worker', 'n')}, null from someone where n % 100 = 0`.execute(one);
    const numbers = rows.map((row) => row.n);
    const hashes = numbers.map((n) => createHash('sha256').update(`bench-${n}`).digest());
    const made = sql`unnest(${numbers}::bigint[], ${rows.map((row) => row.workerId)}::uuid[], ${rows.map((row) => row.wardId)}::uuid[], ${hashes}::bytea[]) as a(n, worker_id, ward_id, hash)`;
    await run(
      sql`insert into account (id, email, name, worker_id) select ${id('account', 'n')}, 'bench-' || n || '@test.example', 'Account ' || n, worker_id from ${made}`,
    );
    await run(sql`insert into account_role (id, account_id, role, trust, ward_id, from_at)
      select ${id('other', 'n')}, ${id('account', 'n')}, case when worker_id is null then 'ward-manager' else 'worker' end, coalesce(w.trust, x.trust), a.ward_id, ${past}
      from ${made} left join worker w on w.id = a.worker_id left join ward x on x.id = a.ward_id`);
    await run(
      sql`insert into session (token_hash, account_id, ends_at) select hash, ${id('account', 'n')}, ${at} + interval '1 day' from ${made}`,
    );
    await run(sql`drop table someone`);
    await run(sql`reset synchronous_commit`);
    await run(sql`vacuum analyze`);
  });
}

const listed = sql.raw(
  `(select * from (values ${competencies.map(({ code, title, role }, position) => `('${code}', '${title}', ${role ? `'${role}'` : 'null::text'}, ${position})`).join(', ')}) c(code, title, role, position))`,
);
const body = sql.raw(
  `case when role in ('rmn', 'rnld', 'nursing-associate') then 'NMC' when role in ('psychologist', 'ot') then 'HCPC' end`,
);
