import { sql, type Kysely } from 'kysely';
import pg from 'pg';
import { v7 as newId } from 'uuid';
import { connect } from '@homeward/db/connect.ts';
import type { DB } from '@homeward/db/types.ts';
import type { MatchesView } from '@homeward/shared/placements/contract.ts';
import { askOver, startHomeward } from '../tests/homeward.ts';
import { addBeds, makeAccount, makeWorld, type Person } from '../tests/world.ts';
import { inTurn, median, type Benchmark } from './benchmark.ts';
import { Loader, type Question } from './loader.ts';

const wards = 1089;
const bedsEach = 17;

/**
 * What somebody who knows SQL would write for this one search: the need, its sender's board, each ward's outcome by the same criteria, its
 * free beds, its distance and freshness, in the same order. It gives neither reasons nor words.
 */
const searchText = `
  with need as (
    select r.*, p.latitude, p.longitude,
      case r.age_band when 'child' then '{10,12,99}' when 'young-person' then '{11,12,99}' when 'adult' then '{13,15,99}' else '{14,15,99}' end::text[] as ages
    from placement_request r left join place p on p.short = r.home_place where r.id = $1),
  today as (select (now() at time zone 'Europe/London')::date as day),
  member as (
    select need.sending_trust as trust from need
    union
    select other.trust from need cross join today cross join collaborative_member own
      join collaborative_member other on other.collaborative_id = own.collaborative_id
    where own.trust = need.sending_trust and own.days @> today.day and other.days @> today.day),
  board as (
    select trust from member
    union
    select p.trust from today cross join member m join service_line l on l.lead_trust = m.trust join service_line_partner p on p.service_line_id = l.id
    where p.days @> today.day),
  fitting as (
    select w.id, w.security_level, w.locked, w.age_group, s.place, coalesce(s.latitude, q.latitude) as latitude,
      coalesce(s.longitude, q.longitude) as longitude, x.sex, u.id is not null as paused, coalesce(k.items, '[]') as items, c.confirmed_at,
      w.trust in (select trust from member) as of_ours, coalesce(f.beds, '{}') as beds, coalesce(t.due_times, '{10:00,14:00,18:00}') as due_times,
      coalesce(t.fresh_minutes, 240) as fresh_minutes, coalesce(t.grace_minutes, 60) as grace_minutes, t.sex_rules
    from need cross join today cross join ward w join site s on s.code = w.site left join place q on q.short = s.place
      left join lateral (select z.* from bed_setting z where z.trust = w.trust and z.from_at <= now() order by z.from_at desc, z.recorded_at desc limit 1) t on true
      left join ward_sex x on x.ward_id = w.id and x.days @> today.day
      left join admission_pause u on u.ward_id = w.id and u.replaced_at is null
      left join admission_criteria k on k.ward_id = w.id and k.replaced_at is null
      left join lateral (select confirmed_at from ward_confirmation o where o.ward_id = w.id order by confirmed_at desc limit 1) c on true
      left join lateral (
        select array_agg(b.id::text order by b.position, b.label, b.id) as beds
        from bed b join bed_state n on n.bed_id = b.id and n.replaced_at is null and n.state = 'available'
          left join allocation a on a.bed_id = b.id and a.state in ('held', 'referred', 'accepted')
            and (a.expires_at is null or a.expires_at > clock_timestamp())
        where b.ward_id = w.id and b.retired_at is null and a.id is null) f on true
    where w.bed_type = need.bed_type and w.trust in (select trust from board)),
  judged as materialized (
    select w.*, greatest(
        case when w.paused then 2 else 0 end,
        case when w.sex = need.sex then 0 when w.sex in ('female', 'male') then 2 else 1 end,
        case when w.age_group is null then 1 when w.age_group = any(need.ages) then 0 else 2 end,
        case when w.security_level >= need.security_level then 0 else 2 end,
        case when need.legal_status in ('05', '06') and need.where_now = 'another-ward' then 1 else 0 end,
        (select max(coalesce((select max(array_position('{meets,ask,does-not-meet}', i->>'outcome') - 1) from jsonb_array_elements(w.items) i
            where i->>'about' = 'need' and i->>'code' = n), 1)) from unnest(need.needs) n),
        (select max(array_position('{meets,ask,does-not-meet}', i->>'outcome') - 1) from jsonb_array_elements(w.items) i
          where i->>'about' = 'everyone' or (i->>'about', i->>'code') in
            (('legal-status', need.legal_status), ('where-now', need.where_now), ('age-band', need.age_band)))) as outcome,
      round((2 * 6371.0088 * asin(least(1, sqrt(sin(radians(w.latitude - need.latitude) / 2) ^ 2 + cos(radians(need.latitude)) * cos(radians(w.latitude))
        * sin(radians(w.longitude - need.longitude) / 2) ^ 2))))::numeric, 1) as km,
      case when w.confirmed_at is null or now() >= d.due + make_interval(mins => w.grace_minutes) then 2
        when now() >= least(d.due, w.confirmed_at + make_interval(mins => w.fresh_minutes)) then 1 else 0 end as freshness,
      w.place is not distinct from need.home_place as same_place
    from need cross join fitting w left join lateral (
      select min(due) as due from unnest(w.due_times) as o(clock), generate_series(0, 1) as n(days),
        lateral (select (((w.confirmed_at at time zone 'Europe/London')::date + n.days) + o.clock::time) at time zone 'Europe/London' as due) e
      where due > w.confirmed_at) d on true)
  select id, (array['meets', 'ask', 'does-not-meet'])[outcome + 1] as outcome, (array['fresh', 'ageing', 'stale'])[freshness + 1] as freshness,
    km::float8 as km, beds
  from judged j order by j.outcome, (beds = '{}' or paused), j.freshness = 2, security_level, case when locked is null then 2 else locked::int end,
    not same_place, not of_ours, j.km nulls last, j.freshness, confirmed_at desc nulls last, id`;

interface Found {
  id: string;
  outcome: string;
  freshness: string;
  km: number | null;
  beds: string[];
}

export const benchmark: Benchmark = {
  name: 'beds.search',
  workload: `A need against the board of 50 trusts with ${(wards * bedsEach).toLocaleString('en-GB')} beds, ranked, each criterion with its reason, over HTTP`,
  baseline:
    'one prepared statement by the plain driver that finds the same wards in the same order, with the same free beds and no reasons',
  async measure(bench) {
    const url = await bench.databaseUrl();
    const db = connect(url, { max: 4, patient: true });
    const { managers, requestIds } = await fill(db, bench.isSmoke ? 2 : 20);
    const homeward = await startHomeward({ url });
    const plain = new pg.Client({ connectionString: url });
    await plain.connect();
    const outcomes = new Map<string, number>();
    for (const requestId of requestIds) await check(homeward.url, managers[0]!, plain, requestId, outcomes);
    await plain.end();
    const loader = new Loader();
    const asked = bench.isSmoke ? 40 : 200;
    const turns = Array.from({ length: asked }, (_, at) => requestIds[at % requestIds.length]!);
    let round = 0;
    const ours = async () => {
      // In turn by many managers: one of them may not search so often.
      const questions = turns.map((id, at): Question => {
        const who = managers[(round * asked + at) % managers.length]!;
        return { method: 'GET', url: `${homeward.url}/api/v1/placements/${id}/matches`, cookie: who.cookie };
      });
      round += 1;
      const { statuses, latencies } = await loader.run({ questions, clients: 1 });
      if (statuses.some((status) => status !== 200)) throw new Error(`a search was answered ${statuses.find((status) => status !== 200)}`);
      return median(latencies);
    };
    const baseline = async () => {
      const statements = [{ text: searchText, values: [requestIds[0]] }];
      const { latencies } = await loader.run({
        databaseUrl: url,
        clients: 1,
        statements,
        from: [requestIds[0]!],
        turns: turns.map((id) => [id]),
        tokens: [],
      });
      return median(latencies);
    };
    await ours();
    await baseline();
    const measured = await inTurn(bench.rounds, ours, baseline);
    loader.stop();
    await homeward.kill();
    await db.destroy();
    const found = [...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
    bench.note(
      `${asked} searches a round in turn for ${requestIds.length} needs, one at a time; ${found}. Wards, order, outcomes, freshness, distances and free beds were the same on both sides before anything was timed.`,
    );
    return [{ what: 'a search, p50, ms', ...measured, target: { of: 'ratio', atMost: 3 } }];
  },
};

/** Both sides' answers to one need must be the same. */
async function check(url: string, manager: Person, plain: pg.Client, requestId: string, outcomes: Map<string, number>): Promise<void> {
  const { rows } = await plain.query<Found>(searchText, [requestId]);
  const answer = await askOver(url, manager, 'GET', `/placements/${requestId}/matches`);
  const ours = (answer.body as MatchesView).items.map((item): Found => ({
    id: item.ward.id,
    outcome: item.outcome,
    freshness: item.freshness,
    km: item.distanceKm,
    beds: item.freeBeds.map((bed) => bed.id),
  }));
  if (ours.length < 20) throw new Error(`only ${ours.length} wards were found`);
  for (const [at, ward] of rows.entries()) {
    if (JSON.stringify(ward) !== JSON.stringify(ours[at]))
      throw new Error(`${JSON.stringify(ours[at])} stands where SQL has ${JSON.stringify(ward)}`);
  }
  if (rows.length !== ours.length) throw new Error(`${ours.length} wards, ${rows.length} by SQL`);
  for (const { outcome } of ours) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
}

/**
 * 26 bed types on 1,089 wards of 50 trusts; every bed with so many states of the past, every ward with three times as many confirmations;
 * a tenth of the free beds held.
 */
async function fill(db: Kysely<DB>, past: number): Promise<{ managers: Person[]; requestIds: string[] }> {
  const world = await makeWorld(db, { workers: 0, now: Date.now() });
  await addBeds(db, world);
  const { collaborativeId } = world;
  await sql`insert into code (list, code, title, position) select 'bed-type', (200 + i)::text, 'Type ' || i, 100 + i from generate_series(0, 25) i
    on conflict do nothing`.execute(db);
  await sql`insert into trust (ods_code, name, short) select 'T' || i, 'Trust ' || i, 'T' || i from generate_series(1, 50) i`.execute(db);
  await sql`insert into collaborative_member (id, collaborative_id, trust, days)
    select gen_random_uuid(), ${collaborativeId}, 'T' || i, '[2020-01-01,)' from generate_series(1, 50) i`.execute(db);
  await sql`insert into site (code, trust, name, verified, latitude, longitude)
    select 't' || i, 'T' || i, 'Site ' || i, true, 53 + i * 0.02, -1.5 - (i % 7) * 0.03 from generate_series(1, 50) i`.execute(db);
  await sql`insert into ward (id, code, trust, site, name, service_line, bed_type, age_group, security_level, locked, beds, verified)
    select gen_random_uuid(), 't' || (i % 50 + 1) || '/w' || i, 'T' || (i % 50 + 1), 't' || (i % 50 + 1), 'Ward ' || i, 'acute', (200 + i % 26)::text,
      case when i % 5 = 0 then '14' when i % 11 = 0 then null else '13' end, i % 3, i % 2 = 0, ${bedsEach}::int, true
    from generate_series(1, ${wards}::int) i`.execute(db);
  const added = sql`w.code like 't%'`;
  await sql`insert into ward_sex (id, ward_id, sex, days) select gen_random_uuid(), w.id,
    case substr(md5(w.code), 1, 1) > '7' when true then 'female' else 'mixed' end, '[2020-01-01,)' from ward w where ${added}`.execute(db);
  await sql`insert into bed (id, ward_id, label, position, added_at)
    select gen_random_uuid(), w.id, 'Bed ' || n, n, '2026-01-01' from ward w, generate_series(1, ${bedsEach}::int) n where ${added}`.execute(
    db,
  );
  await sql`insert into bed_state (id, bed_id, state, source, recorded_at) select gen_random_uuid(), b.id,
      case when random() < 0.1 then 'available' when random() < 0.1 then 'on-leave' else 'occupied' end, 'ward', now() - interval '1 day'
    from bed b where not exists (select 1 from bed_state s where s.bed_id = b.id)`.execute(db);
  await sql`insert into bed_state (id, bed_id, state, source, recorded_at, replaced_at)
    select gen_random_uuid(), b.id, 'occupied', 'ward', now() - make_interval(days => n + 2), now() - make_interval(days => n + 1)
    from bed b, generate_series(1, ${past}::int) n`.execute(db);
  await sql`insert into ward_confirmation (id, ward_id, confirmed_at, by_role)
    select gen_random_uuid(), w.id, now() - make_interval(mins => 10 + (abs(hashtext(w.code)) % 7) * 120) - n * interval '6 hours', 'ward-manager'
    from ward w, generate_series(0, ${3 * past}::int) n where ${added}`.execute(db);
  await sql`insert into admission_criteria (id, ward_id, version, items, reason, recorded_at) select gen_random_uuid(), w.id, 1,
      (select jsonb_agg(jsonb_build_object('about', 'need', 'code', c, 'outcome', case when c = 'en-suite' and w.security_level = 1 then 'ask' else 'meets' end,
        'words', 'We can do this here on most days')) from unnest('{step-free,en-suite,a,b,c,d}'::text[]) c), 'x', now() - interval '90 days'
    from ward w where ${added}`.execute(db);
  const managers: Person[] = [];
  for (let number = 0; number < 30; number += 1)
    managers.push(await makeAccount(db, { name: `searcher ${number}`, trust: 'NORTH', role: 'bed-manager', grants: [{ trust: 'NORTH' }] }));
  const manager = managers[0]!;
  const requestIds: string[] = [];
  for (const [at, bedType] of ['203', '208', '213', '219'].entries()) {
    const id = newId();
    requestIds.push(id);
    await sql`insert into placement_request (id, reference, sending_trust, home_place, bed_type, age_band, sex, legal_status, security_level, needs,
        where_now, needed_by, received_on, state, created_by, created_at)
      values (${id}, ${`HW-9000${at}`}, 'NORTH', 'Northtown', ${bedType}, 'adult', 'female', '02', ${at % 2}, '{step-free,en-suite}', 'community', now(),
        current_date, 'open', ${manager.accountId}, now())`.execute(db);
  }
  await sql`with f as (
      select b.id, b.ward_id, row_number() over (order by b.id) as n
      from bed b join bed_state s on s.bed_id = b.id and s.replaced_at is null and s.state = 'available' where random() < 0.1),
    r as (
      insert into placement_request (id, reference, sending_trust, home_place, bed_type, age_band, sex, legal_status, security_level, where_now, needed_by,
        received_on, state, created_by, created_at)
      select gen_random_uuid(), 'HW-' || lpad(n::text, 5, '0'), 'NORTH', 'Northtown', '203', 'adult', 'female', '02', 0, 'community', now(), current_date,
        'open', ${manager.accountId}, now() from f returning id, reference)
    insert into allocation (id, request_id, bed_id, ward_id, state, held_by, held_at, expires_at, match)
    select gen_random_uuid(), r.id, f.id, f.ward_id, 'held', ${manager.accountId}, now(), now() + interval '3 hours', '{}'
    from f join r on r.reference = 'HW-' || lpad(f.n::text, 5, '0')`.execute(db);
  await sql`vacuum analyze`.execute(db);
  return { managers, requestIds };
}
