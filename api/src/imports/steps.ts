import { sql, type RawBuilder } from 'kysely';
import type { ImportKind } from '@homeward/shared/imports/contract.ts';
import { freshnessOf } from '@homeward/shared/beds/freshness-rules.ts';
import { columnsOf, type RowValues } from '@homeward/shared/imports/rules.ts';
import type { Instant } from '@homeward/shared/kernel/interval.ts';
import type { LocalDay } from '@homeward/shared/kernel/local-time.ts';
import { settingsAt } from '../beds/facts.ts';
import { identityErrors } from '../placements/steps.ts';
import type { Clock } from '../platform/clock.ts';
import { changeGround } from '../platform/ground.ts';
import type { Trx } from '../platform/transaction.ts';
import type { Within } from '../shifts/steps.ts';
import { moveUnavailable } from '../working-time/steps.ts';
import type { ImportFile } from './facts.ts';

/**
 * How a file becomes rows of the program. A file is staged in a temporary table with what each row refers to and what is known of it
 * already, set by set and never row by row; then what is new or changed is written from there.
 */

/** What a merge knows beside the file: the instant its rows are known from. `stamp` begins every new id: those of one import follow each other. */
export interface Ground {
  now: Date;
  today: LocalDay;
  accountId: string | null;
  /** Who brought it, as the history names them. */
  name: string | null;
  stamp: string;
}

/** What was touched: whose facts changed, and which bookings have to be looked at again because of it. */
export interface Touched {
  workerIds: string[];
  wardIds: string[];
  review: { workerIds: string[] | 'all'; within?: Within; because: string } | null;
  /** Of training records: what they are known by, once it is applied. */
  batchId: string | null;
  /** Of beds: how many changed on each ward and whether the file confirms it, and the shifts that no longer open one of them. */
  beds: { wards: { wardId: string; changed: number; isConfirmed: boolean }[]; shifts: { shiftId: string; wardId: string }[] } | null;
}

interface Merge {
  /**
   * What its rows are facts of, and so under which locks the instant is taken that they are known from (platform/ground.ts). Of people,
   * whose rows are locked first; of the ground, which is locked before anything is compared; training records, written while everybody
   * goes on and known from one instant that comes last; places, on which no decision rests; or beds, locked by id as whoever holds one does.
   */
  about: 'people' | 'ground' | 'records' | 'places' | 'beds';
  /** The column that says whose a row is, where that isn't `trust`: `staged` finds the trust from it. */
  trustFrom?: string;
  /** The file's columns as PostgreSQL has them. */
  types: Record<string, string>;
  /**
   * The select that stages the rows of `u`: `u.line`, the columns, what they refer to, and `change` (new, changed, unchanged).
   * @param cell a column of the file (or what it refers to), or where the file leaves it out, what is known already
   */
  staged: (cell: (column: string, known: string, given?: string) => string, today: LocalDay) => string;
  /** Selects line, column, code and message of staged rows that refer to something that isn't there, or can't be so. */
  problems: string;
  /** A staged row in a few words. */
  what: string;
  /** Locks taken before anything is compared, where others than imports may change what a row is compared with. */
  lock?: (trx: Trx, file: ImportFile) => Promise<void>;
  /** What a single row must not hold, by column: what only a rule can see. */
  unfit?: (row: RowValues, today: LocalDay) => { column: string; code: string; message: string }[];
  /** Is there something to write though no row changes anything? */
  isDue?: (trx: Trx, now: Instant) => Promise<boolean>;
  /** The persons that staged rows turn out to be about, locked before the instant is taken. */
  lockStaged?: (trx: Trx) => Promise<void>;
  write: (trx: Trx, ground: Ground) => Promise<Touched>;
}

/** What the history of a fact says of how it came. */
const broughtIn = 'Brought in from a file';

const untouched: Touched = { workerIds: [], wardIds: [], review: null, batchId: null, beds: null };

const newId = (stamp: string) => sql`overlay(gen_random_uuid()::text placing ${sql.lit(stamp)} from 1)::uuid`;

async function ids(trx: Trx, select: RawBuilder<{ id: string }>): Promise<string[]> {
  return (await select.execute(trx)).rows.map((row) => row.id);
}

const changedWorkers = (trx: Trx) => ids(trx, sql`select distinct worker_id as id from staged where change <> 'unchanged' order by id`);

/** Everybody who is one of these persons: their duties count together. */
const workersOf = (trx: Trx, persons: RawBuilder<unknown>) =>
  ids(trx, sql`select id from worker where person_id in (${persons}) order by id`);

/**
 * The persons' rows, always in the order of their ids, as every command locks them (quality, section 2). While it waited somebody may have
 * been found to be another person: then that one is locked too.
 */
async function lockPersons(trx: Trx, persons: RawBuilder<unknown>): Promise<void> {
  for (let locked = ''; ;) {
    const now = (await ids(trx, sql`select id from person where id in (${persons}) order by id for no key update`)).join();
    if (now === locked) return;
    locked = now;
  }
}

const valuesOf = (file: ImportFile, column: string) => file.rows.map((row) => row.values[column] ?? null);

/** The persons of the workers a file names. */
const personsNamed = (file: ImportFile) =>
  sql`select w.person_id from worker w join unnest(${valuesOf(file, 'trust')}::text[], ${valuesOf(file, 'staff_number')}::text[]) as named(trust, staff_number)
    on w.trust = named.trust and w.staff_number = named.staff_number`;

// ————— Training records —————

const trainingRecords: Merge = {
  about: 'records',
  types: {
    staff_number: 'text',
    trust: 'text',
    course_trust: 'text',
    course_code: 'text',
    course_version: 'text',
    completed_on: 'date',
    evidence: 'text',
  },
  staged: (cell) => `
    select u.line, u.trust, u.staff_number, coalesce(u.course_trust, u.trust) as course_trust, u.course_code, u.course_version, u.completed_on,
      ${cell('evidence', 't.evidence')} as evidence, w.id as worker_id, c.id as course_id, t.id as record_id,
      case when t.id is null then 'new' when t.evidence is distinct from ${cell('evidence', 't.evidence')} then 'changed' else 'unchanged' end as change
    from u left join worker w on w.trust = u.trust and w.staff_number = u.staff_number
      left join course c on c.trust = coalesce(u.course_trust, u.trust) and c.code = u.course_code and c.version = u.course_version
      left join training_record t on t.worker_id = w.id and t.course_id = c.id and t.completed_on = u.completed_on`,
  problems: `
    select line, 'staff_number', 'unknown-worker', format('There is no worker %s at %s. Import the worker first.', staff_number, trust)
      from staged where worker_id is null
    union all select line, 'course_code', 'unknown-course', format('%s has no course %s version %s. Import the course first.', course_trust, course_code, course_version)
      from staged where course_id is null`,
  what: `format('%s: %s version %s, completed on %s', staff_number, course_code, course_version, completed_on)`,
  // No lock: one more record can only help somebody, so a decision taken beside this can be no less safe for not having seen it.
  write: async (trx, { now, accountId, stamp }) => {
    const { rows } = await sql<{
      id: string;
    }>`insert into record_batch (id, applied_at) values (${newId(stamp)}, ${now}) returning id`.execute(trx);
    await sql`insert into training_record (id, worker_id, course_id, completed_on, evidence, source, recorded_at, recorded_by, batch_id)
      select ${newId(stamp)}, worker_id, course_id, completed_on, evidence, 'import', ${now}, ${accountId}, ${rows[0]!.id} from staged where change = 'new'`.execute(
      trx,
    );
    // Where a certificate is kept is no fact a decision rests on; what was learnt, by whom and when is never edited.
    await sql`update training_record t set evidence = s.evidence from staged s where t.id = s.record_id and s.change = 'changed'`.execute(
      trx,
    );
    return { ...untouched, workerIds: await changedWorkers(trx), batchId: rows[0]!.id };
  },
};

// ————— Roster —————

const roster: Merge = {
  about: 'people',
  types: {
    staff_number: 'text',
    trust: 'text',
    ward_code: 'text',
    starts_at: 'timestamptz',
    ends_at: 'timestamptz',
    break_minutes: 'int',
    kind: 'text',
    external_id: 'text',
  },
  staged: (cell) => `
    select v.*, case when v.revision_id is null then 'new'
        when (v.worker_id, v.person_id, v.ward_id, v.kind, v.period, v.break_minutes) is distinct from
          (v.was_worker_id, v.was_person_id, v.was_ward_id, v.was_kind, v.was_period, v.was_break_minutes) then 'changed' else 'unchanged' end as change
    from (select u.line, u.trust, u.staff_number, u.ward_code, u.external_id, u.starts_at, u.ends_at, ${cell('kind', 'r.kind')} as kind,
        ${cell('break_minutes', 'r.break_minutes')} as break_minutes, tstzrange(u.starts_at, u.ends_at, '[)') as period,
        w.id as worker_id, w.person_id, ${cell('ward_code', 'r.ward_id', 'x.id')} as ward_id, d.id as duty_id, r.id as revision_id,
        r.worker_id as was_worker_id, r.person_id as was_person_id, r.ward_id as was_ward_id, r.kind as was_kind, r.period as was_period,
        r.break_minutes as was_break_minutes
      from u left join worker w on w.trust = u.trust and w.staff_number = u.staff_number
        left join ward x on x.code = u.ward_code
        left join duty d on d.trust = u.trust and d.external_id = u.external_id
        left join duty_revision r on r.duty_id = d.id and r.replaced_at is null) v`,
  problems: `
    select line, 'staff_number', 'unknown-worker', format('There is no worker %s at %s. Import the worker first.', staff_number, trust)
      from staged where worker_id is null
    union all select line, 'ward_code', 'unknown-ward', format('There is no ward %s. Wards are named as site/ward, such as becklin/ward-5.', ward_code)
      from staged where ward_code is not null and ward_id is null`,
  what: `format('%s: %s on %s, row %s', staff_number, kind, (starts_at at time zone 'Europe/London')::date, external_id)`,
  lockStaged: async (trx) => {
    for (let moved = 1; moved > 0;) {
      await lockPersons(trx, personsOfDuties);
      // Somebody may have been found to be another person since their rows were staged.
      const { rows } = await sql`update staged s set person_id = w.person_id, was_person_id = r.person_id
        from staged o join worker w on w.id = o.worker_id left join duty_revision r on r.id = o.revision_id
        where o.line = s.line and (s.person_id, s.was_person_id) is distinct from (w.person_id, r.person_id) returning 1`.execute(trx);
      moved = rows.length;
    }
  },
  write: async (trx, { now, stamp }) => {
    await sql`update staged set duty_id = ${newId(stamp)} where duty_id is null`.execute(trx);
    await sql`insert into duty (id, trust, external_id) select duty_id, trust, external_id from staged where revision_id is null
      on conflict (trust, external_id) do nothing`.execute(trx);
    await sql`update duty_revision r set replaced_at = greatest(${now}, r.recorded_at) from staged s where r.id = s.revision_id and s.change = 'changed'`.execute(
      trx,
    );
    await sql`insert into duty_revision (id, duty_id, worker_id, person_id, ward_id, kind, period, break_minutes, recorded_at)
      select ${newId(stamp)}, duty_id, worker_id, person_id, ward_id, kind, period, break_minutes, ${now} from staged where change <> 'unchanged'`.execute(
      trx,
    );
    const workerIds = await workersOf(trx, personsOfDuties);
    return { ...untouched, workerIds, review: { workerIds, because: 'The roster of this person’s trust changed.' } };
  },
};

const personsOfDuties = sql`select person_id from staged where change <> 'unchanged' union select was_person_id from staged where change = 'changed'`;

// ————— Courses —————

const courses: Merge = {
  about: 'ground',
  types: {
    trust: 'text',
    code: 'text',
    version: 'text',
    title: 'text',
    meets: 'text',
    provider: 'text',
    certified_until: 'date',
    use_of_force: 'boolean',
  },
  staged: (cell) => `
    select v.*, case when v.revision_id is null then 'new'
        when (v.title, v.meets, v.provider, v.certified_until, v.use_of_force) is distinct from
          (v.was_title, v.was_meets, v.was_provider, v.was_certified_until, v.was_use_of_force) then 'changed' else 'unchanged' end as change
    from (select u.line, u.trust, u.code, u.version, u.title, u.meets, ${cell('provider', 'r.provider')} as provider,
        ${cell('certified_until', 'r.certified_until')} as certified_until, ${cell('use_of_force', 'r.use_of_force')} as use_of_force,
        c.id as course_id, r.id as revision_id, y.code as competency, r.title as was_title, r.meets as was_meets, r.provider as was_provider,
        r.certified_until as was_certified_until, r.use_of_force as was_use_of_force
      from u left join course c on c.trust = u.trust and c.code = u.code and c.version = u.version
        left join course_revision r on r.course_id = c.id and r.replaced_at is null
        left join competency y on y.code = u.meets) v`,
  problems: `
    select line, 'meets', 'unknown-competency', format('%s is not a competency of the collaborative.', meets) from staged where competency is null`,
  what: `format('%s version %s, %s', code, version, title)`,
  write: async (trx, { now, accountId, name, stamp }) => {
    await sql`update staged set course_id = ${newId(stamp)} where course_id is null`.execute(trx);
    await sql`insert into course (id, trust, code, version) select course_id, trust, code, version from staged where revision_id is null
      on conflict (trust, code, version) do nothing`.execute(trx);
    await sql`update course_revision r set replaced_at = greatest(${now}, r.recorded_at) from staged s where r.id = s.revision_id and s.change = 'changed'`.execute(
      trx,
    );
    // What a file doesn't say of a course stays as its trust described it.
    await sql`insert into course_revision (id, course_id, recorded_at, title, meets, provider, certified_until, use_of_force,
        syllabus_minutes, techniques, certificate, refresher_months, refresher_minutes, recorded_by, recorded_by_name, reason)
      select ${newId(stamp)}, s.course_id, ${now}, s.title, s.meets, s.provider, s.certified_until, s.use_of_force,
        r.syllabus_minutes, coalesce(r.techniques, '{}'), r.certificate, r.refresher_months, r.refresher_minutes, ${accountId}::uuid, ${name}::text, ${broughtIn}
      from staged s left join course_revision r on r.id = s.revision_id where s.change <> 'unchanged'`.execute(trx);
    const workerIds = await ids(
      trx,
      sql`select distinct t.worker_id as id from staged s join training_record t on t.course_id = s.course_id where s.change = 'changed' order by id`,
    );
    return { ...untouched, workerIds, review: { workerIds, because: 'A course this person holds was changed.' } };
  },
};

// ————— What wards ask —————

const requirements: Merge = {
  about: 'ground',
  types: { trust: 'text', ward_code: 'text', competency: 'text', role: 'text', minimum_on_shift: 'int' },
  staged: (cell, today) => `
    select v.*, case when v.requirement_id is null then 'new'
        when v.minimum_on_shift is distinct from v.was_minimum then 'changed' else 'unchanged' end as change
    from (select u.line, u.trust, u.ward_code, u.competency, u.role, ${cell('minimum_on_shift', 'q.minimum_on_shift')} as minimum_on_shift,
        x.id as ward_id, y.code as known_competency, p.months, q.id as requirement_id, q.minimum_on_shift as was_minimum
      from u left join ward x on x.code = u.ward_code and x.trust = u.trust
        left join competency y on y.code = u.competency
        left join competency_period p on p.competency = u.competency and p.trust = u.trust and p.days @> '${today}'::date and p.replaced_at is null
        left join requirement q on q.ward_id = x.id and q.competency = u.competency and coalesce(q.role, '') = coalesce(u.role, '') and q.replaced_at is null) v`,
  problems: `
    select line, 'ward_code', 'unknown-ward', format('%s has no ward %s.', trust, ward_code) from staged where ward_id is null
    union all select line, 'competency', 'unknown-competency', format('%s is not a competency of the collaborative.', competency)
      from staged where known_competency is null
    union all select line, 'competency', 'no-period', format('%s has not said how long %s stays valid, so nobody could meet this.', trust, competency)
      from staged where known_competency is not null and months is null`,
  what: `format('%s asks for %s%s%s', ward_code, competency, coalesce(' of ' || role, ''), coalesce(', at least ' || minimum_on_shift || ' on shift', ''))`,
  write: async (trx, { now, accountId, name, stamp }) => {
    await sql`update requirement q set replaced_at = greatest(${now}, q.recorded_at), replaced_by = ${accountId}::uuid, replaced_by_name = ${name},
        replaced_reason = ${broughtIn} from staged s where q.id = s.requirement_id and s.change = 'changed'`.execute(trx);
    await sql`insert into requirement (id, ward_id, competency, role, minimum_on_shift, recorded_at, recorded_by, recorded_by_name, reason)
      select ${newId(stamp)}, ward_id, competency, role, minimum_on_shift, ${now}, ${accountId}::uuid, ${name}::text, ${broughtIn}
      from staged where change <> 'unchanged'`.execute(trx);
    const changed = (which: RawBuilder<unknown>) => ids(trx, sql`select distinct ward_id as id from staged where ${which} order by id`);
    return {
      ...untouched,
      wardIds: await changed(sql`change <> 'unchanged'`),
      review: {
        workerIds: 'all',
        within: { wardIds: await changed(sql`change = 'new'`) },
        because: 'The ward now asks for more training.',
      },
    };
  },
};

// ————— Wards —————

const wards: Merge = {
  about: 'places',
  types: {
    trust: 'text',
    site: 'text',
    code: 'text',
    name: 'text',
    bed_type: 'text',
    sex: 'text',
    age_group: 'text',
    security_level: 'int',
    locked: 'boolean',
    beds: 'int',
  },
  staged: (cell, today) => `
    select v.*, case when v.ward_id is null then 'new'
        when (v.name, v.bed_type, v.sex, v.age_group, v.security_level, v.locked, v.beds) is distinct from
          (v.was_name, v.was_bed_type, v.was_sex, v.was_age_group, v.was_security_level, v.was_locked, v.was_beds) then 'changed' else 'unchanged' end as change
    from (select u.line, u.trust, u.site, u.code, u.name, ${cell('bed_type', 'x.bed_type')} as bed_type, ${cell('sex', 'd.sex')} as sex,
        ${cell('age_group', 'x.age_group')} as age_group, ${cell('security_level', 'x.security_level')} as security_level,
        ${cell('locked', 'x.locked')} as locked, ${cell('beds', 'x.beds')} as beds, x.id as ward_id, x.trust as ward_trust, s.trust as site_trust,
        d.id as designation_id, x.name as was_name, x.bed_type as was_bed_type, d.sex as was_sex, x.age_group as was_age_group,
        x.security_level as was_security_level, x.locked as was_locked, x.beds as was_beds
      from u left join ward x on x.code = u.code left join site s on s.code = u.site
        left join ward_sex d on d.ward_id = x.id and d.days @> '${today}'::date) v`,
  problems: `
    select line, 'site', 'unknown-site', format('%s has no site %s.', trust, site) from staged where site_trust is distinct from trust
    union all select line, 'code', 'ward-of-another-trust', format('The ward %s belongs to %s.', code, ward_trust) from staged where ward_trust <> trust`,
  what: `format('%s, %s', code, name)`,
  write: async (trx, { today, stamp }) => {
    await sql`insert into ward (id, code, trust, site, name, service_line, bed_type, age_group, security_level, locked, beds, verified, source)
      select ${newId(stamp)}, code, trust, site, name,
        coalesce((select k.service_line from ward k where k.bed_type = staged.bed_type order by k.code limit 1), 'Bed type ' || bed_type, 'Not said'),
        bed_type, age_group, security_level, locked, beds, true, 'import of ' || ${today} from staged where change = 'new'`.execute(trx);
    await sql`update ward w set name = s.name, bed_type = s.bed_type, age_group = s.age_group, security_level = s.security_level, locked = s.locked,
        beds = s.beds, verified = true, unverified_fields = '{}', source = 'import of ' || ${today}
      from staged s where w.id = s.ward_id and s.change = 'changed'`.execute(trx);
    // A designation ends the day before the next one begins; one that began today is put right.
    await sql`delete from ward_sex d using staged s where d.id = s.designation_id and s.sex is distinct from s.was_sex and lower(d.days) >= ${today}::date`.execute(
      trx,
    );
    await sql`update ward_sex d set days = daterange(lower(d.days), ${today}::date) from staged s
      where d.id = s.designation_id and s.sex is distinct from s.was_sex`.execute(trx);
    await sql`insert into ward_sex (id, ward_id, sex, days) select ${newId(stamp)}, w.id, s.sex, daterange(${today}::date, null)
      from staged s join ward w on w.code = s.code where s.sex is not null and s.sex is distinct from s.was_sex`.execute(trx);
    return {
      ...untouched,
      wardIds: await ids(trx, sql`select w.id from staged s join ward w on w.code = s.code where s.change <> 'unchanged' order by w.id`),
    };
  },
};

// ————— Beds —————

/** The wards whose every bed is in the file: it says what there is as a confirmation would. Of the others it says only something. */
async function wardsListedWhole(trx: Trx, now: Instant): Promise<{ wardId: string; changed: number; isConfirmed: boolean }[]> {
  const { rows } = await sql<{ wardId: string; trust: string; changed: number; isWhole: boolean; confirmedAt: Date | null }>`
    select s.ward_id, s.trust, (count(*) filter (where s.change <> 'unchanged'))::int as changed,
      count(*) >= (select count(*) from bed b where b.ward_id = s.ward_id and b.retired_at is null) as is_whole,
      (select max(f.confirmed_at) from ward_confirmation f where f.ward_id = s.ward_id) as confirmed_at
    from staged s group by s.ward_id, s.trust order by s.ward_id`.execute(trx);
  const setting = await settingsAt(trx, [...new Set(rows.map((row) => row.trust))], now);
  return rows.map(({ wardId, trust, changed, isWhole, confirmedAt }) => {
    // The same file again changes nothing, until the ward is due to confirm.
    const isNews = changed > 0 || freshnessOf(confirmedAt && confirmedAt.getTime(), setting(trust), now) !== 'fresh';
    return { wardId, changed, isConfirmed: isWhole && isNews };
  });
}

const beds: Merge = {
  about: 'beds',
  trustFrom: 'ward_code',
  types: { ward_code: 'text', label: 'text', state: 'text', reason: 'text' },
  staged: (cell) => `
    select v.*, case when v.bed_id is null then 'new' when (v.state, v.reason) is distinct from (v.was_state, v.was_reason) then 'changed' else 'unchanged' end as change
    from (select u.line, u.ward_code, u.label, u.state, case when u.state = 'closed' then ${cell('reason', 's.reason')} end as reason, x.trust, x.id as ward_id,
        b.id as bed_id, s.id as state_id, s.state as was_state, s.reason as was_reason, h.name as held_by
      from u left join ward x on x.code = u.ward_code
        left join bed b on b.ward_id = x.id and b.label = u.label and b.retired_at is null
        left join bed_state s on s.bed_id = b.id and s.replaced_at is null
        left join lateral (select t.name from allocation a join placement_request q on q.id = a.request_id join trust t on t.ods_code = q.sending_trust
          where a.bed_id = b.id and a.state in ('held', 'referred', 'accepted') and (a.expires_at is null or a.expires_at > clock_timestamp())) h on true) v`,
  problems: `
    select line, 'ward_code', 'unknown-ward', format('There is no ward %s. Wards are named as site/ward, such as becklin/ward-5.', ward_code)
      from staged where ward_id is null
    union all select line, 'reason', 'missing', 'Say why the bed is closed.' from staged where state = 'closed' and reason is null
    union all select line, 'state', 'bed-taken', format('%s holds this bed. Release or decline it first, or leave its row as it is.', held_by)
      from staged where held_by is not null and change <> 'unchanged'`,
  what: `format('%s, %s: %s%s', ward_code, label, state, coalesce(' for ' || reason, ''))`,
  lock: async (trx, file) => {
    await sql`select 1 from bed where id in (
        select b.id from bed b join ward w on w.id = b.ward_id
          join unnest(${valuesOf(file, 'ward_code')}::text[], ${valuesOf(file, 'label')}::text[]) as named(code, label) on named.code = w.code and named.label = b.label
        where b.retired_at is null)
      order by id for no key update`.execute(trx);
  },
  unfit: ({ label }, today) =>
    identityErrors({ label: String(label) }, today).map(({ path, code, message }) => ({ column: path, code, message })),
  isDue: async (trx, now) => (await wardsListedWhole(trx, now)).some((ward) => ward.isConfirmed),
  write: async (trx, { now, accountId, stamp }) => {
    const { rows: shifts } = await sql<{ shiftId: string; wardId: string }>`
      select distinct c.shift_id, s.ward_id from staged s join closure_shift c on c.bed_state_id = s.state_id where s.change = 'changed' order by 1`.execute(
      trx,
    );
    await sql`update staged set bed_id = ${newId(stamp)} where change = 'new'`.execute(trx);
    await sql`insert into bed (id, ward_id, label, position, added_at)
      select s.bed_id, s.ward_id, s.label, coalesce(o.next, 0) + row_number() over (partition by s.ward_id order by s.line) - 1, ${now}
      from staged s left join (select ward_id, max(position) + 1 as next from bed group by ward_id) o on o.ward_id = s.ward_id
      where s.change = 'new'`.execute(trx);
    await sql`update bed_state d set replaced_at = greatest(${now}, d.recorded_at) from staged s where d.id = s.state_id and s.change = 'changed'`.execute(
      trx,
    );
    await sql`insert into bed_state (id, bed_id, state, reason, source, recorded_by, recorded_at)
      select ${newId(stamp)}, s.bed_id, s.state, s.reason, 'import', ${accountId}::uuid, greatest(${now}, d.recorded_at)
      from staged s left join bed_state d on d.id = s.state_id where s.change <> 'unchanged'`.execute(trx);
    await sql`update discharge_readiness r set replaced_at = greatest(${now}, r.recorded_at) from staged s
      where r.bed_id = s.bed_id and r.replaced_at is null and s.change = 'changed' and s.state in ('available', 'closed')`.execute(trx);
    const wards = await wardsListedWhole(trx, now.getTime());
    await sql`insert into ward_confirmation (id, ward_id, confirmed_at, account_id, by_role)
      select ${newId(stamp)}, ward_id, ${now}, ${accountId}::uuid, 'import'
      from unnest(${wards.flatMap((ward) => (ward.isConfirmed ? ward.wardId : []))}::uuid[]) as ward_id`.execute(trx);
    return { ...untouched, beds: { wards: wards.filter((ward) => ward.changed > 0 || ward.isConfirmed), shifts } };
  },
};

// ————— Workers —————

const facts = [
  'name',
  'email',
  'role',
  'band',
  'staff_group',
  'joined_on',
  'home_outward_code',
  'works_down',
  'consents_to_share',
  'opt_out_from',
  'opt_out_until',
  'registration_body',
  'registration_number',
  'registration_field',
  'registration_until',
  'identity_checked_on',
  'right_to_work_checked_on',
  'right_to_work_until',
  'qualifications_checked_on',
  'references_checked_on',
  'dbs_checked_on',
  'dbs_until',
  'work_health_cleared_on',
] as const;
/** What a worker has said of sharing themselves, nobody says for them. */
const unlessSaid = (name: string, value: string) =>
  name === 'consents_to_share' ? `case when r.consent_said_at is null then ${value} else r.consents_to_share end` : value;
const days = facts.filter((name) => /_(on|from|until)$/.test(name));
const listed = (names: readonly string[], of = '') => names.map((name) => `${of}${name}`).join(', ');

const workers: Merge = {
  about: 'people',
  types: {
    staff_number: 'text',
    trust: 'text',
    ...Object.fromEntries(facts.map((name) => [name, 'text'])),
    ...Object.fromEntries([...days, 'bank_from', 'bank_until'].map((name) => [name, 'date'])),
    band: 'int',
    works_down: 'boolean',
    consents_to_share: 'boolean',
  },
  staged: (cell, today) => `
    select v.*, p.id as registered_person_id, v.own_person_id as person_id,
      case when v.revision_id is null then 'new'
        when (${listed(facts, 'v.')}) is distinct from (${facts.map((name) => `v.was_${name}`).join(', ')})
          or v.bank_id is not null and (v.membership_id is null or (v.bank_from, v.bank_until) is distinct from (v.was_bank_from, v.was_bank_until))
          or v.is_registered and p.id is distinct from v.own_person_id then 'changed' else 'unchanged' end as change
    from (select u.line, u.trust, u.staff_number, ${facts.map((name) => `${unlessSaid(name, cell(name, `r.${name}`))} as ${name}, r.${name} as was_${name}`).join(', ')},
        ${cell('bank_from', 'm.from_day')} as bank_from, m.from_day as was_bank_from, ${cell('bank_until', 'm.until_day')} as bank_until, m.until_day as was_bank_until,
        w.id as worker_id, w.person_id as own_person_id, r.id as revision_id, r.consent_said_at,
        ${cell('registration_body', 'r.registration_body')} is not null and ${cell('registration_number', 'r.registration_number')} is not null as is_registered, k.bank_id, m.id as membership_id
      from u left join worker w on w.trust = u.trust and w.staff_number = u.staff_number
        left join worker_revision r on r.worker_id = w.id and r.replaced_at is null
        left join lateral (select b.id as bank_id from bank b join bank_staff_group g on g.bank_id = b.id join bank_member n on n.bank_id = b.id
          where g.staff_group = u.staff_group and n.trust = u.trust and n.days @> '${today}'::date order by b.code limit 1) k on true
        left join bank_membership m on m.worker_id = w.id and m.bank_id = k.bank_id and m.replaced_at is null) v
      left join person p on p.registration_body = v.registration_body and p.registration_number = v.registration_number`,
  problems: `
    with moving as (select * from staged where worker_id is not null and is_registered and registered_person_id is distinct from own_person_id)
    select line, 'staff_group', 'no-bank', format('No bank serves %s for the staff group %s.', trust, staff_group)
      from staged where bank_id is null and (bank_from is not null or bank_until is not null)
    union all
    select m.line, 'registration_number', 'overlapping-bookings',
        'By this registration two workers are one person, and both are booked at the same time. Cancel one of the bookings first.'
      from moving m join booking b on b.worker_id = m.worker_id and b.status in ('confirmed', 'needs-review', 'worked')
      where exists (select 1 from booking o where o.id <> b.id and o.period && b.period and o.status in ('confirmed', 'needs-review', 'worked')
        and (o.person_id = m.registered_person_id or o.worker_id in (select n.worker_id from moving n
          where n.line <> m.line and (n.registration_body, n.registration_number) = (m.registration_body, m.registration_number))))
      group by m.line`,
  what: `format('%s %s, %s band %s', staff_number, name, role, band)`,
  lock: (trx, file) =>
    lockPersons(
      trx,
      sql`${personsNamed(file)} union
        select p.id from person p join unnest(${valuesOf(file, 'registration_body')}::text[], ${valuesOf(file, 'registration_number')}::text[]) as named(body, number)
          on p.registration_body = named.body and p.registration_number = named.number`,
    ),
  write: async (trx, { now, accountId, name, stamp }) => {
    await findPersons(trx, stamp);
    const joined = await moveWorkers(trx, now);
    await sql`insert into worker (id, person_id, trust, staff_number) select ${newId(stamp)}, person_id, trust, staff_number from staged where worker_id is null`.execute(
      trx,
    );
    await sql`update staged s set worker_id = w.id from worker w where s.worker_id is null and w.trust = s.trust and w.staff_number = s.staff_number`.execute(
      trx,
    );
    const names = sql.raw(listed(facts));
    await sql`update worker_revision r set replaced_at = greatest(${now}, r.recorded_at) from staged s where r.id = s.revision_id and s.change = 'changed'`.execute(
      trx,
    );
    await sql`insert into worker_revision (id, worker_id, recorded_at, ${names}, consent_said_at, recorded_by, recorded_by_name, because)
      select ${newId(stamp)}, worker_id, ${now}, ${names}, consent_said_at, ${accountId}::uuid, ${name}::text, ${broughtIn}
      from staged where change <> 'unchanged'`.execute(trx);
    const rejoined = sql`s.bank_id is not null and (s.membership_id is null or (s.bank_from, s.bank_until) is distinct from (s.was_bank_from, s.was_bank_until))`;
    await sql`update bank_membership m set replaced_at = greatest(${now}, m.recorded_at) from staged s where m.id = s.membership_id and ${rejoined}`.execute(
      trx,
    );
    await sql`insert into bank_membership (id, worker_id, bank_id, from_day, until_day, recorded_at)
      select ${newId(stamp)}, s.worker_id, s.bank_id, s.bank_from, s.bank_until, ${now} from staged s where ${rejoined}`.execute(trx);
    const workerIds = await workersOf(
      trx,
      sql`select person_id from staged where change <> 'unchanged' union select id from person where id = any(${joined}::uuid[])`,
    );
    return { ...untouched, workerIds, review: { workerIds, because: 'What is known of this worker changed.' } };
  },
};

/**
 * Gives every staged row its person: the one with its registration, else the worker's own. A registration nobody has yet goes to a person
 * who is this worker alone, or has none; else to a new one, so that no two registrations ever share a person.
 */
async function findPersons(trx: Trx, stamp: string): Promise<void> {
  await sql`create temp table found on commit drop as
    select registration_body, registration_number, case when turn = 1 and own_person_id is not null then own_person_id else ${newId(stamp)} end as person_id,
      turn = 1 and own_person_id is not null as is_kept
    from (select f.*, row_number() over (partition by own_person_id order by line) as turn from (
      select distinct on (s.registration_body, s.registration_number) s.line, s.registration_body, s.registration_number,
        case when (p.registration_number is null or (select count(*) from worker w where w.person_id = p.id) = 1)
          and not exists (select 1 from staged q where q.registered_person_id = p.id) then p.id end as own_person_id
      from staged s left join person p on p.id = s.own_person_id
      where s.is_registered and s.registered_person_id is null
      order by s.registration_body, s.registration_number, s.line) f) g`.execute(trx);
  await sql`update person p set registration_body = f.registration_body, registration_number = f.registration_number
    from found f where f.is_kept and p.id = f.person_id`.execute(trx);
  await sql`insert into person (id, registration_body, registration_number)
    select person_id, registration_body, registration_number from found where not is_kept`.execute(trx);
  await sql`update staged s set person_id = coalesce(s.registered_person_id, f.person_id)
    from staged o left join found f on f.registration_body = o.registration_body and f.registration_number = o.registration_number
    where o.line = s.line and s.is_registered`.execute(trx);
  await sql`update staged set person_id = ${newId(stamp)} where person_id is null`.execute(trx);
  await sql`insert into person (id) select person_id from staged s where not exists (select 1 from person p where p.id = s.person_id)`.execute(
    trx,
  );
}

/** Moves workers whose registration turns out to be another person's, with their duties, bookings and time. @returns the persons joined or left */
async function moveWorkers(trx: Trx, now: Date): Promise<string[]> {
  const moved = sql`select worker_id, own_person_id, person_id from staged where worker_id is not null and person_id <> own_person_id`;
  const pairs = (await sql<{ ownPersonId: string; personId: string }>`${moved}`.execute(trx)).rows;
  if (pairs.length === 0) return [];
  // Read by the trigger that keeps which person a worker was when.
  await sql`select set_config('homeward.recorded_at', ${now.toISOString()}, true)`.execute(trx);
  await sql`update worker w set person_id = m.person_id from (${moved}) m where w.id = m.worker_id`.execute(trx);
  await sql`update duty_revision r set person_id = m.person_id from (${moved}) m where r.worker_id = m.worker_id and r.replaced_at is null`.execute(
    trx,
  );
  await sql`update booking b set person_id = m.person_id from (${moved}) m where b.worker_id = m.worker_id`.execute(trx);
  await moveUnavailable(
    trx,
    pairs.map((one) => ({ from: one.ownPersonId, to: one.personId })),
    now.getTime(),
  );
  return [...new Set(pairs.flatMap((one) => [one.ownPersonId, one.personId]))];
}

const merges: Record<ImportKind, Merge> = { workers, courses, 'training-records': trainingRecords, requirements, roster, wards, beds };

export const mergeOf = (kind: ImportKind): Merge => merges[kind];

/**
 * Makes the records of a batch known, all from one instant: the last thing before the events of the transaction that wrote them, so that
 * those who decide wait for a commit and not for a hundred thousand rows.
 */
export async function applyBatch(trx: Trx, clock: Clock, batchId: string): Promise<Instant> {
  const at = await changeGround(trx, clock);
  await sql`update record_batch set applied_at = ${new Date(at)} where id = ${batchId}`.execute(trx);
  return at;
}

const chunk = 2_000;

/** Stages the file's rows, a few thousand a statement. `tell`: how many are staged. */
export async function stage(trx: Trx, file: ImportFile, today: LocalDay, tell: (rows: number) => void): Promise<void> {
  const { types, staged } = mergeOf(file.kind);
  const given = Object.keys(types).filter((name) => file.header.includes(name));
  const leftOut = Object.keys(types).filter((name) => !file.header.includes(name));
  const defaults = leftOut.map((name) => `, ${literal(columnsOf(file.kind)[name]?.empty ?? null)}::${types[name]} as ${name}`).join('');
  // A column the file leaves out keeps what is known, where something is.
  const cell = (name: string, known: string, own = `u.${name}`) => (given.includes(name) ? own : `coalesce(${known}, ${own})`);
  const select = staged(cell, today);
  const nothing = ['null::int as line', ...given.map((name) => `null::${types[name]} as ${name}`)].join(', ');
  await sql`create temp table staged on commit drop as with u as (select ${sql.raw(nothing + defaults)} where false) ${sql.raw(select)}`.execute(
    trx,
  );
  for (let from = 0; from < file.rows.length; from += chunk) {
    const rows = file.rows.slice(from, from + chunk);
    const arrays = [
      sql`${rows.map((row) => row.line)}::int[]`,
      ...given.map((name) => sql`${rows.map((row) => row.values[name])}::${sql.raw(types[name]!)}[]`),
    ];
    await sql`insert into staged with u as (select u.* ${sql.raw(defaults)} from unnest(${sql.join(arrays)}) as u(${sql.raw(['line', ...given].join(', '))}))
      ${sql.raw(select)}`.execute(trx);
    tell(from + rows.length);
  }
  // How many rows, and what they roughly are: the usual sample takes as long as staging a third of the file.
  await sql`set local default_statistics_target = 10`.execute(trx);
  await sql`analyze staged`.execute(trx);
}

const literal = (value: string | number | boolean | null) =>
  typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
