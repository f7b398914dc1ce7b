import { sql, type Kysely, type Transaction } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import type { AuditEvent } from '@homeward/shared/assurance/contract.ts';
import { rfc3339 } from '@homeward/shared/kernel/interval.ts';
import type { Scope } from '../platform/scope.ts';

export interface AuditFilter {
  type?: string | undefined;
  shiftId?: string | undefined;
  workerId?: string | undefined;
  wardId?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  before?: number | undefined;
  limit: number;
}

/** The record of acts, newest first: what happened, who did it, and the hash that chains it to what came before. */
export async function auditTrail(db: Kysely<DB>, _scope: Scope, filter: AuditFilter): Promise<AuditEvent[]> {
  const { rows } = await sql<{
    offset: number;
    type: string;
    at: Date;
    accountId: string | null;
    accountName: string | null;
    wardId: string | null;
    wardCode: string | null;
    wardName: string | null;
    workerId: string | null;
    staffNumber: string | null;
    workerName: string | null;
    shiftId: string | null;
    data: Record<string, unknown>;
    hash: string;
  }>`
    select e."offset", e.type, e.at, e.account_id, a.name as account_name, e.ward_id, w.code as ward_code, w.name as ward_name, e.worker_id,
      k.staff_number, r.name as worker_name, e.shift_id, e.data, encode(e.hash, 'hex') as hash
    from event e left join account a on a.id = e.account_id left join ward w on w.id = e.ward_id left join worker k on k.id = e.worker_id
      left join worker_revision r on r.worker_id = k.id and r.replaced_at is null
    where (${filter.type ?? null}::text is null or e.type = ${filter.type ?? null})
      and (${filter.shiftId ?? null}::uuid is null or e.shift_id = ${filter.shiftId ?? null})
      and (${filter.workerId ?? null}::uuid is null or e.worker_id = ${filter.workerId ?? null})
      and (${filter.wardId ?? null}::uuid is null or e.ward_id = ${filter.wardId ?? null})
      and (${filter.from ?? null}::timestamptz is null or e.at >= ${filter.from ?? null})
      and (${filter.to ?? null}::timestamptz is null or e.at < ${filter.to ?? null})
      and (${filter.before ?? null}::bigint is null or e."offset" < ${filter.before ?? null})
    order by e."offset" desc limit ${filter.limit}`.execute(db);
  return rows.map((row) => ({
    offset: row.offset,
    type: row.type,
    at: rfc3339(row.at.getTime()),
    account: row.accountId && row.accountName !== null ? { id: row.accountId, name: row.accountName } : null,
    ward: row.wardId && row.wardCode !== null ? { id: row.wardId, code: row.wardCode, name: row.wardName ?? '' } : null,
    worker:
      row.workerId && row.staffNumber !== null ? { id: row.workerId, staffNumber: row.staffNumber, name: row.workerName ?? '' } : null,
    shiftId: row.shiftId,
    data: row.data,
    hash: row.hash,
  }));
}

// ————— What must never be —————

/** Something that is true of the stored data at every moment between acts. `broken` selects, as `id`, whatever makes it untrue. */
export interface Invariant {
  name: string;
  broken: string;
}

const live = `status in ('confirmed', 'needs-review', 'worked')`;

/** Where each thing that has revisions keeps them. */
const revised = [
  { thing: 'a worker', table: 'worker', revision: 'worker_revision', key: 'worker_id', since: 'recorded_at' },
  { thing: 'a course', table: 'course', revision: 'course_revision', key: 'course_id', since: 'recorded_at' },
  { thing: 'a duty', table: 'duty', revision: 'duty_revision', key: 'duty_id', since: 'recorded_at' },
  { thing: 'an alignment', table: 'alignment', revision: 'alignment_state', key: 'alignment_id', since: 'since' },
];

/** What is dated without being a revision of something: each row is known from one instant, some until another. */
const replaced: { table: string; since?: string; until?: string }[] = [
  { table: 'bank_membership' },
  { table: 'competency_period' },
  { table: 'competency_standard' },
  { table: 'requirement' },
  { table: 'sharing_agreement' },
  { table: 'worker_person' },
  { table: 'restriction', until: 'lifted_at' },
  { table: 'unavailability', until: 'withdrawn_at' },
  { table: 'delegation', until: 'ended_at' },
  { table: 'booking', since: 'booked_at', until: 'cancelled_at' },
  { table: 'admission_pause' },
  { table: 'admission_criteria' },
  { table: 'service_line_criteria' },
  { table: 'discharge_readiness' },
  { table: 'suite_state' },
];

const countingAgreements = `(select * from sharing_agreement where replaced_at is null and home_signed_at is not null and host_signed_at is not null)`;

/** The states of each alignment with the one before. */
const states = `(select s.*, lag(s.id) over was as before_id, lag(s.state) over was as before, lag(s.replaced_at) over was as before_until
  from alignment_state s window was as (partition by s.alignment_id order by s.since, s.replaced_at nulls last, s.id))`;

/** Beds and what they are, from when until when (rules-beds, section 1). */
const bedInvariants: readonly Invariant[] = [
  {
    name: 'a bed in use is one thing now, and one taken away is nothing',
    broken: `select b.id from bed b left join bed_state s on s.bed_id = b.id and s.replaced_at is null
      group by b.id having count(s.id) <> case when b.retired_at is null then 1 else 0 end`,
  },
  {
    name: 'what a bed was has no gap in it',
    broken: `select id from (select s.id, s.recorded_at, lag(s.id) over was as before, lag(s.replaced_at) over was as before_until from bed_state s
      window was as (partition by s.bed_id order by s.recorded_at, s.replaced_at nulls last, s.id)) s where before is not null and before_until is distinct from recorded_at`,
  },
  {
    name: 'only a bed closed for staffing waits for shifts, and only for its ward’s',
    broken: `select c.bed_state_id as id from closure_shift c join bed_state s on s.id = c.bed_state_id join bed b on b.id = s.bed_id join shift f on f.id = c.shift_id
      where s.reason is distinct from 'staffing' or f.ward_id <> b.ward_id`,
  },
  {
    name: 'a bed kept for somebody is free, or somebody’s on leave by a recorded decision',
    broken: `select a.id from allocation a join bed b on b.id = a.bed_id left join bed_state s on s.bed_id = b.id and s.replaced_at is null
      where a.state in ('held', 'referred', 'accepted') and (a.expires_at is null or a.expires_at > clock_timestamp())
        and (b.retired_at is not null or s.state is null or s.state not in ('available', 'on-leave') or s.state = 'on-leave' and not a.uses_leave_bed)`,
  },
  {
    name: 'whoever is ready to leave is still there',
    broken: `select r.id from discharge_readiness r left join bed_state s on s.bed_id = r.bed_id and s.replaced_at is null
      where r.replaced_at is null and (s.state is null or s.state not in ('occupied', 'on-leave'))`,
  },
];

const liveAllocation = `a.state in ('held', 'referred', 'accepted')`;

/** What the stream told of allocation a; `where` is about the event e. */
const toldOf = (where: string) => `(select e.* from event e where e.data ? 'requestId' and e.data->>'requestId' = a.request_id::text
  and e.type = 'allocation.changed' and e.data->>'allocationId' = a.id::text and ${where})`;

/** Until when allocation a was kept, by what was told of it as one that is held, or that is accepted. */
const keptUntil = (state: 'held' | 'accepted') =>
  `(select max((told.data->>'expiresAt')::timestamptz) from ${toldOf(`e.data->>'state' = '${state}'`)} told)`;

/** Requests and allocations: one live allocation of a bed and of a request, and none that outlived its time (rules-beds, section 4). */
const placementInvariants: readonly Invariant[] = [
  {
    name: 'a bed has at most one live allocation',
    broken: `select a.bed_id as id from allocation a where ${liveAllocation} group by a.bed_id having count(*) > 1`,
  },
  {
    name: 'a request has at most one live allocation',
    broken: `select a.request_id as id from allocation a where ${liveAllocation} group by a.request_id having count(*) > 1`,
  },
  {
    name: 'a live allocation is of an open request',
    broken: `select a.id from allocation a join placement_request r on r.id = a.request_id where ${liveAllocation} and r.state <> 'open'`,
  },
  {
    name: 'an allocation is of its bed’s ward',
    broken: `select a.id from allocation a join bed b on b.id = a.bed_id where a.ward_id <> b.ward_id`,
  },
  {
    name: 'the allocations of a bed follow one another',
    broken: `select id from (select a.id, a.held_at, lag(a.id) over was as before, lag(a.ended_at) over was as before_ended from allocation a
      window was as (partition by a.bed_id order by a.held_at, a.id)) a where before is not null and (before_ended is null or before_ended > held_at)`,
  },
  {
    name: 'the allocations of a request follow one another',
    broken: `select id from (select a.id, a.held_at, lag(a.id) over was as before, lag(a.ended_at) over was as before_ended from allocation a
      window was as (partition by a.request_id order by a.held_at, a.id)) a where before is not null and (before_ended is null or before_ended > held_at)`,
  },
  {
    name: 'nothing was done with a hold after its time',
    broken: `select a.id from allocation a where a.referred_at >= ${keptUntil('held')} or a.extended_at >= ${keptUntil('held')}
      or a.arrived_at >= ${keptUntil('accepted')} or a.state = 'expired' and a.ended_at < a.expires_at`,
  },
  {
    name: 'an allocation was held, referred, answered and arrived in that order',
    broken: `select a.id from allocation a where a.referred_at < a.held_at or a.answered_at < a.referred_at or a.arrived_at < a.answered_at
      or a.ended_at < greatest(a.held_at, a.referred_at, a.answered_at, a.arrived_at) or a.answered_at is not null and a.referred_at is null
      or a.arrived_at is not null and a.answered_at is null`,
  },
  {
    name: 'a request is placed exactly when somebody has arrived by it',
    broken: `select r.id from placement_request r
      where (r.state = 'placed') <> exists (select 1 from allocation a where a.request_id = r.id and a.state = 'arrived')`,
  },
  {
    name: 'whoever arrived took the bed',
    broken: `select a.id from allocation a where a.state = 'arrived'
      and not exists (select 1 from bed_state s where s.bed_id = a.bed_id and s.state = 'occupied' and s.source = 'placement')`,
  },
  {
    name: 'a closed request says when',
    broken: `select id from placement_request where (state = 'open') <> (closed_at is null)`,
  },
  {
    name: 'a request goes on from one of its own trust',
    broken: `select r.id from placement_request r join placement_request e on e.id = r.continues where e.sending_trust <> r.sending_trust`,
  },
  {
    name: 'a hold rests on a stored match that comes to what its criteria do',
    broken: `select a.id from allocation a where jsonb_array_length(a.match->'criteria') is distinct from nullif(jsonb_array_length(a.match->'criteria'), 0)
      or a.match->>'outcome' is distinct from case when jsonb_path_exists(a.match, '$.criteria[*].result ? (@ == "does-not-meet")') then 'does-not-meet'
        when jsonb_path_exists(a.match, '$.criteria[*].result ? (@ == "ask")') then 'ask' else 'meets' end
      or a.match->>'outcome' = 'does-not-meet' and a.chosen_reason is null`,
  },
  {
    name: 'the stream tells of every request once',
    broken: `select r.id from placement_request r where 1 <> (select count(*) from event e where e.data ? 'requestId' and e.data->>'requestId' = r.id::text
      and e.type = 'placement.changed' and e.data->>'was' is null)`,
  },
  {
    name: 'the stream tells of every allocation once',
    broken: `select a.id from allocation a where 1 <> (select count(*) from ${toldOf(`e.data->>'was' is null`)} told)`,
  },
  {
    name: 'the stream tells of an allocation’s end exactly when it has ended',
    broken: `select a.id from allocation a where (case when ${liveAllocation} then 0 else 1 end)
      <> (select count(*) from ${toldOf(`e.data->>'state' in ('declined', 'arrived', 'released', 'expired') and e.data->>'state' = a.state`)} told)
      or ${liveAllocation} and exists ${toldOf(`e.data->>'state' in ('declined', 'arrived', 'released', 'expired')`)}`,
  },
];

/**
 * What must never be, as statements that return no row. Most of it the database refuses already: this is how a restore, a migration
 * or a hand in the tables is found out. `homeward doctor` runs them all, and so do the tests after whatever they did.
 */
export const invariants: readonly Invariant[] = [
  {
    name: 'a shift has at most one live booking',
    broken: `select shift_id as id from booking where ${live} group by shift_id having count(*) > 1`,
  },
  {
    name: 'nobody is booked in two places at once',
    broken: `select a.id from booking a join booking b on b.person_id = a.person_id and b.id <> a.id and b.period && a.period
      where a.${live} and b.${live}`,
  },
  {
    name: 'a filled shift has a live booking',
    broken: `select id from shift s where status = 'filled' and not exists (select 1 from booking b where b.shift_id = s.id and b.${live})`,
  },
  {
    name: 'a shift that is not filled has none',
    broken: `select id from shift s where status <> 'filled' and exists (select 1 from booking b where b.shift_id = s.id and b.${live})`,
  },
  {
    name: 'a booking is for the place, time and break of its shift',
    broken: `select b.id from booking b join shift s on s.id = b.shift_id
      where (b.ward_id, b.period, b.break_minutes) is distinct from (s.ward_id, tstzrange(s.starts_at, s.ends_at, '[)'), s.break_minutes)`,
  },
  {
    name: 'a booking is of its worker’s person',
    broken: `select b.id from booking b join worker w on w.id = b.worker_id where b.person_id <> w.person_id`,
  },
  {
    name: 'a duty is of its worker’s person',
    broken: `select d.duty_id as id from duty_revision d join worker w on w.id = d.worker_id where d.replaced_at is null and d.person_id <> w.person_id`,
  },
  {
    name: 'a booking was made while its shift was posted',
    broken: `select b.id from booking b join shift s on s.id = b.shift_id where b.booked_at < s.posted_at or b.booked_at >= s.ends_at`,
  },
  {
    name: 'a coming booking beside other work is under review',
    // The program's clock may be set: the stream knows how far it has come.
    broken: `select b.id from booking b join duty_revision d on d.person_id = b.person_id and d.replaced_at is null and d.kind <> 'leave' and d.period && b.period
      where b.status = 'confirmed' and (d.ward_id, d.period) is distinct from (b.ward_id, b.period)
        and lower(b.period) > greatest(now(), (select max(at) from event))`,
  },
  {
    name: 'a booking rests on a stored decision that says yes',
    broken: `select b.id from booking b where jsonb_array_length(b.decision->'checks') is distinct from nullif(jsonb_array_length(b.decision->'checks'), 0)
        or jsonb_path_exists(b.decision, '$.checks[*].result ? (@ == "fail")')
        or case b.decision->>'outcome'
          when 'eligible' then jsonb_path_exists(b.decision, '$.checks[*].result ? (@ == "override")')
          when 'override' then not exists (select 1 from shift_request q where q.booking_id = b.id and q.status = 'approved')
          else true end`,
  },
  {
    name: 'an approved request has its booking',
    broken: `select q.id from shift_request q left join booking b on b.id = q.booking_id
      where q.status = 'approved' and (b.shift_id, b.worker_id) is distinct from (q.shift_id, q.worker_id)`,
  },
  {
    name: 'a request waits only on an open shift',
    broken: `select q.id from shift_request q join shift s on s.id = q.shift_id where q.status = 'asked' and s.status <> 'open'`,
  },
  {
    name: 'the stream tells of every shift once',
    broken: `select s.id from shift s left join event e on e.shift_id = s.id and e.type = 'shift.posted' group by s.id having count(e) <> 1`,
  },
  {
    name: 'the stream tells of every booking once',
    broken: `select b.id from booking b left join event e on e.shift_id = b.shift_id and e.type = 'booking.confirmed' and e.data->>'bookingId' = b.id::text
      group by b.id having count(e) <> 1`,
  },
  {
    name: 'every booking the stream tells of is there',
    broken: `select e.data->>'bookingId' as id from event e where e.type = 'booking.confirmed'
      and not exists (select 1 from booking b where b.id = (e.data->>'bookingId')::uuid)`,
  },
  {
    name: 'the stream tells of a booking’s end exactly when it has ended',
    broken: `select b.id from booking b left join event e on e.shift_id = b.shift_id and e.type = 'booking.cancelled' and e.data->>'bookingId' = b.id::text
      group by b.id, b.status having count(e) <> case b.status when 'cancelled' then 1 else 0 end`,
  },
  {
    name: 'a booking under review says why, and the stream says so too',
    broken: `select b.id from booking b where b.status = 'needs-review' and (b.review_reason is null or not exists (
      select 1 from event e where e.shift_id = b.shift_id and e.type = 'booking.needs-review' and e.data->>'bookingId' = b.id::text))`,
  },
  {
    name: 'a booking sent to review is confirmed again only when it was kept',
    broken: `select b.id from booking b where b.status = 'confirmed' and (select d.kind from booking_decision d where d.booking_id = b.id
      order by d.at desc, d.id desc limit 1) = 'review'`,
  },
  {
    name: 'a booking is kept only on a decision that may be kept',
    broken: `select id from booking_decision where kind = 'kept' and (decision->>'outcome' = 'blocked' or jsonb_path_exists(decision, '$.checks[*].result ? (@ == "fail")'))`,
  },
  {
    name: 'a booking to come will be decided again before its shift',
    broken: `select id from booking where status = 'confirmed' and next_check_at is null and lower(period) > greatest(now(), (select max(at) from event))`,
  },
  {
    name: 'offsets follow each other without a gap',
    broken: `select "offset"::text as id from (select "offset", row_number() over (order by "offset") as place from event) e where "offset" <> place
      union all select 'head ' || head from stream where head <> (select count(*) from event)`,
  },
  {
    name: 'the chain of hashes is whole',
    broken: `select "offset"::text as id from (select e."offset", e.hash, e.previous_hash, event_hash(e) as right_hash,
        lag(e.hash, 1, ''::bytea) over (order by e."offset") as before from event e) e where hash <> right_hash or previous_hash <> before
      union all select 'last hash' from stream where last_hash <> coalesce((select hash from event order by "offset" desc limit 1), ''::bytea)`,
  },
  ...revised.flatMap(({ thing, table, revision, key, since }): Invariant[] => [
    {
      name: `${thing} is known in exactly one way now`,
      broken: `select t.id from ${table} t left join ${revision} r on r.${key} = t.id and r.replaced_at is null group by t.id having count(r.id) <> 1`,
    },
    {
      name: `what was known of ${thing} was known until it was replaced`,
      broken: `select ${key} as id from ${revision} where replaced_at < ${since}`,
    },
  ]),
  {
    name: 'nothing was replaced before it was known',
    broken: replaced
      .map(
        ({ table, since = 'recorded_at', until = 'replaced_at' }) =>
          `select '${table} ' || id as id from ${table} where ${until} < ${since}`,
      )
      .join(' union all '),
  },
  {
    name: 'a worker is the person they were last found to be',
    broken: `select w.id from worker w left join worker_person p on p.worker_id = w.id and p.replaced_at is null where p.person_id is distinct from w.person_id`,
  },
  {
    name: 'a batch of records is known once all of it is written',
    broken: `select t.id from training_record t join record_batch b on b.id = t.batch_id where b.applied_at < t.recorded_at`,
  },
  {
    name: 'a ward asks for a competency of a role once',
    broken: `select ward_id as id from requirement where replaced_at is null group by ward_id, competency, coalesce(role, '') having count(*) > 1`,
  },
  {
    name: 'a competency has one standard now',
    broken: `select competency as id from competency_standard where replaced_at is null group by competency having count(*) > 1`,
  },
  {
    name: 'a trust gives a competency one period at a time',
    broken: `select a.id from competency_period a join competency_period b on (b.competency, b.trust) = (a.competency, a.trust) and b.id <> a.id and b.days && a.days
      where a.replaced_at is null and b.replaced_at is null`,
  },
  {
    name: 'one sharing agreement covers a staff group on a day',
    broken: `select a.id from ${countingAgreements} a join ${countingAgreements} b on (b.home_trust, b.host_trust, b.staff_group) = (a.home_trust, a.host_trust, a.staff_group)
      and b.id <> a.id and b.days && a.days`,
  },
  {
    name: 'a challenge that lifted an entry left it lifted',
    broken: `select c.id from restriction_challenge c join restriction r on r.id = c.restriction_id where c.outcome = 'lifted' and r.lifted_at is null`,
  },
  {
    name: 'an alignment goes only where its steps lead',
    broken: `select id from ${states} s where decided_by_account is not null and (before_until is distinct from since and before is not null
      or (coalesce(before, 'none'), state) not in (('none', 'draft'), ('draft', 'in-review'), ('in-review', 'draft'), ('in-review', 'stress-testing'),
        ('stress-testing', 'in-review'), ('stress-testing', 'validated'), ('draft', 'withdrawn'), ('in-review', 'withdrawn'),
        ('stress-testing', 'withdrawn'), ('validated', 'withdrawn'), ('withdrawn', 'draft')))`,
  },
  {
    name: 'trusts sign only where there is something to sign',
    broken: `select g.id from alignment_signature g join alignment_state s on s.id = g.alignment_state_id
      where s.state not in ('in-review', 'stress-testing') or g.at < s.since or g.at > s.replaced_at`,
  },
  {
    name: 'nobody signs twice in a round',
    broken: `select min(id::text) as id from alignment_signature where stance = 'signed' group by alignment_state_id, trust having count(*) > 1
      union all select min(id::text) from alignment_signature where stance = 'signed' and account_id is not null
        group by alignment_state_id, account_id having count(*) > 1`,
  },
  {
    name: 'a signature rests on a delegation in force',
    broken: `select g.id from alignment_signature g left join delegation d on d.id = g.delegation_id
      where (g.trust, g.account_id) is distinct from (d.trust, d.account_id) or d.ended_at <= g.at or d.recorded_at > g.at
        or (g.at at time zone 'Europe/London')::date not between d.from_day and coalesce(d.until_day, 'infinity')`,
  },
  {
    name: 'no objection is passed over',
    broken: `select g.id from alignment_signature g join alignment_state s on s.id = g.alignment_state_id left join objection_answer o on o.signature_id = g.id
      where g.stance = 'objected' and coalesce(o.at, 'infinity') > least(
        (select min(x.at) from alignment_signature x where x.alignment_state_id = g.alignment_state_id and x.trust = g.trust and x.at > g.at),
        (select n.since from ${states} n where n.before_id = s.id and n.state in ('stress-testing', 'validated')))`,
  },
  {
    name: 'an alignment is tried, and counts, only once every trust has signed',
    // What came before signatures were kept says nobody's account, and is believed.
    broken: `select s.id from ${states} s join alignment a on a.id = s.alignment_id
        join collaborative_member m on m.collaborative_id = a.collaborative_id and m.days @> (s.since at time zone 'Europe/London')::date and m.recorded_at <= s.since
      where s.decided_by_account is not null and s.state in ('stress-testing', 'validated') and not exists (
        select 1 from alignment_signature g where g.alignment_state_id = s.before_id and g.trust = m.trust and g.stance = 'signed')`,
  },
  {
    name: 'stress testing is on named wards until a time',
    broken: `select s.id from alignment_state s where s.state = 'stress-testing' and s.decided_by_account is not null
      and (s.pilot_until is null or not exists (select 1 from alignment_pilot_ward p where p.alignment_state_id = s.id))`,
  },
  {
    name: 'a worker’s registration is their person’s',
    broken: `select r.worker_id as id from worker_revision r join worker w on w.id = r.worker_id join person p on p.id = w.person_id
      where r.replaced_at is null and r.registration_body is not null and r.registration_number is not null
        and (r.registration_body, r.registration_number) is distinct from (p.registration_body, p.registration_number)`,
  },
  {
    name: 'waves open in order, none before the posting',
    broken: `select id from shift where not (posted_at <= regulars_at and regulars_at <= home_trust_at and home_trust_at <= collaborative_at)`,
  },
  {
    name: 'a filled or cancelled shift says when',
    broken: `select id from shift where status = 'filled' and filled_at is null or status = 'cancelled' and cancelled_at is null`,
  },
  {
    name: 'a remembered request has its answer',
    broken: `select account_id as id from idempotency_key where status is null or body is null`,
  },
  {
    name: 'a worker’s account acts for a worker',
    broken: `select a.id from account a join account_role r on r.account_id = a.id where r.role = 'worker' and a.worker_id is null`,
  },
  ...bedInvariants,
  ...placementInvariants,
];

export interface Finding {
  name: string;
  /** A few of what breaks it. */
  ids: string[];
  count: number;
}

const named = 5;

/** Runs every invariant on one snapshot of the database. @returns those that are broken, with a few of what breaks them */
export async function brokenInvariants(db: Kysely<DB>): Promise<Finding[]> {
  return db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(brokenWithin);
}

/** The same, on what one transaction sees. */
export async function brokenWithin(trx: Transaction<DB>): Promise<Finding[]> {
  await sql`set local statement_timeout = 0`.execute(trx);
  const findings: Finding[] = [];
  for (const { name, broken } of invariants) {
    const { rows } = await sql<{ id: string; count: number }>`
      select id::text, count(*) over ()::int as count from (${sql.raw(broken)}) broken limit ${named}`.execute(trx);
    const [first] = rows;
    if (first) findings.push({ name, ids: rows.map((row) => row.id), count: first.count });
  }
  return findings;
}

/** Works the chain of hashes out again from the first event on. @returns how many there are, and the first that doesn't fit */
export async function verifyStream(db: Kysely<DB>): Promise<{ events: number; brokenAt: number | null }> {
  const { rows } = await sql<{ events: number; brokenAt: number | null }>`
    select count(*)::int as events, min("offset") filter (where not fits) as broken_at from (
      select e."offset", e.hash = event_hash(e) and e.previous_hash = lag(e.hash, 1, ''::bytea) over (order by e."offset")
        and e."offset" = row_number() over (order by e."offset") as fits from event e) links`.execute(db);
  const { events, brokenAt } = rows[0]!;
  const stream = await db.selectFrom('stream').select('head').executeTakeFirstOrThrow();
  // Events cut off at the end leave a chain that fits; only the counter remembers them.
  return { events, brokenAt: brokenAt ?? (stream.head === events ? null : events + 1) };
}
