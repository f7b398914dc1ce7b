import { sql, type Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import { dayMs, type Instant, type Interval } from '@homeward/shared/kernel/interval.ts';
import { localDayOf, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import type { AgreementFact } from '@homeward/shared/places/facts.ts';
import type { GroundFacts, ShiftFacts, WaveTimes } from '@homeward/shared/shifts/facts.ts';
import type { AlignmentFact, AskedFact, CourseFact, PeriodFact } from '@homeward/shared/training/facts.ts';
import { requirementsAt } from '@homeward/shared/training/rules.ts';
import type {
  BankFact,
  RegistrationBody,
  RegistrationField,
  RestrictionFact,
  Role,
  StaffGroup,
  WorkerFacts,
} from '@homeward/shared/workers/facts.ts';
import { staffGroupOf } from '@homeward/shared/workers/rules.ts';
import { inForce, wasKnown } from '../platform/known.ts';
import { rowsOf } from '../platform/transaction.ts';
import { recordFact, type RecordRow } from '../training/queries.ts';
import type { DutyFact, DutyKind, LocalCapFact, UnavailableFact } from '@homeward/shared/working-time/facts.ts';
import { dutiesOf } from '@homeward/shared/working-time/rules.ts';

/**
 * Loads what the rules ask, a fixed number of statements whatever the number of workers or shifts: a decision is only as
 * right as these facts, and every one of them is read here and nowhere else. With `known` they are read as they were known at that
 * instant: the rows recorded by then and not yet replaced, which is what a decision taken then saw (platform/ground.ts).
 */

interface GroundRow {
  trusts: { code: string; name: string }[] | null;
  banks: BankFact[] | null;
  agreements: AgreementFact[] | null;
  courses: CourseFact[] | null;
  alignments: (Omit<AlignmentFact, 'stateSince' | 'pilotUntil'> & { stateSince: string; pilotUntil: string | null })[] | null;
  caps: LocalCapFact[] | null;
}

/** What the trusts have agreed and set, in one statement. `now` picks the collaborative's members of that local day. */
export async function groundFacts(db: Kysely<DB>, now: Instant, known?: Instant): Promise<GroundFacts> {
  const today = localDayOf(now);
  const { rows } = await sql<GroundRow>`select
    (select json_agg(json_build_object('code', ods_code, 'name', name)) from trust) as trusts,
    (select json_agg(json_build_object('id', b.id, 'name', b.name,
        'staffGroups', (select coalesce(json_agg(g.staff_group order by g.staff_group), '[]') from bank_staff_group g
          where g.bank_id = b.id and ${wasKnown('g', known)}),
        'members', (select coalesce(json_agg(json_build_object('trust', m.trust, 'fromDay', lower(m.days), 'untilDay', upper(m.days) - 1)
          order by m.id), '[]') from bank_member m where m.bank_id = b.id and ${wasKnown('m', known)})) order by b.id)
      from bank b) as banks,
    (select json_agg(json_build_object('id', id, 'homeTrust', home_trust, 'hostTrust', host_trust, 'staffGroup', staff_group,
        'fromDay', lower(days), 'untilDay', upper(days) - 1) order by id) from sharing_agreement a
      where ${inForce('a', known)} and ${wasSigned('a', known)}) as agreements,
    (select json_agg(json_build_object('id', c.id, 'trust', c.trust, 'code', c.code, 'version', c.version, 'title', r.title,
        'competency', r.meets, 'useOfForce', r.use_of_force, 'provider', r.provider, 'certifiedUntil', r.certified_until) order by c.id)
      from course c join course_revision r on r.course_id = c.id and ${inForce('r', known)}) as courses,
    (select json_agg(json_build_object('id', a.id, 'courseId', a.course_id, 'competency', a.competency, 'state', s.state,
        'stateSince', s.since, 'decidedBy', s.decided_by, 'countsFrom', s.counts_from, 'pilotUntil', s.pilot_until, 'reason', s.reason,
        'pilotWardIds', (select coalesce(json_agg(p.ward_id order by p.ward_id), '[]') from alignment_pilot_ward p
          where p.alignment_state_id = s.id),
        'trusts', (select coalesce(json_agg(m.trust order by m.trust), '[]') from collaborative_member m
          where m.collaborative_id = a.collaborative_id and m.days @> ${today}::date and ${wasKnown('m', known)})) order by a.id)
      from alignment a join alignment_state s on s.alignment_id = a.id and ${inForce('s', known, 'since')}) as alignments,
    (select json_agg(json_build_object('trust', trust, 'fromDay', lower(days), 'untilDay', upper(days) - 1, 'capMinutes', weekly_cap_minutes)
      order by id) from trust_setting t where weekly_cap_minutes is not null and ${wasKnown('t', known)}) as caps`.execute(db);
  const row = rows[0]!;
  return {
    trustNames: new Map((row.trusts ?? []).map((trust) => [trust.code, trust.name])),
    banks: row.banks ?? [],
    agreements: row.agreements ?? [],
    courses: new Map((row.courses ?? []).map((course) => [course.id, course])),
    alignments: (row.alignments ?? []).map((alignment) => ({
      ...alignment,
      stateSince: Date.parse(alignment.stateSince),
      pilotUntil: alignment.pilotUntil === null ? null : Date.parse(alignment.pilotUntil),
    })),
    localCaps: row.caps ?? [],
  };
}

/** An agreement counts once both sides have signed it. */
const wasSigned = (row: string, known: Instant | undefined) =>
  known === undefined
    ? sql.raw(`(${row}.home_signed_at is not null and ${row}.host_signed_at is not null)`)
    : sql`(${sql.raw(`${row}.home_signed_at`)} <= ${new Date(known)} and ${sql.raw(`${row}.host_signed_at`)} <= ${new Date(known)})`;

/** One ward and what it asks of whom; how long training counts there is picked by the local day a shift starts. */
export interface WardFacts {
  id: string;
  code: string;
  name: string;
  trust: string;
  latitude: number | null;
  longitude: number | null;
  requirements: AskedFact[];
  /** The periods its trust gives each competency, for those a shift adds to the ward's own. */
  competencies: { competency: string; title: string; periods: PeriodFact[] }[];
}

/** The wards by id, in one statement; an id that names none is left out. */
export async function wardFacts(db: Kysely<DB>, wardIds: readonly string[], known?: Instant): Promise<Map<string, WardFacts>> {
  if (wardIds.length === 0) return new Map();
  const periods = sql`(select coalesce(json_agg(json_build_object('months', p.months, 'fromDay', lower(p.days), 'untilDay', upper(p.days) - 1)
      order by lower(p.days), p.id), '[]') from competency_period p where p.competency = c.code and p.trust = w.trust and ${inForce('p', known)})`;
  const { rows } = await sql<WardFacts>`
    select w.id, w.code, w.name, w.trust, s.latitude, s.longitude,
      (select coalesce(json_agg(json_build_object('id', r.id, 'competency', r.competency, 'title', c.title, 'role', r.role,
          'periods', ${periods}, 'minimumOnShift', r.minimum_on_shift) order by r.competency, r.role nulls first), '[]')
        from requirement r join competency c on c.code = r.competency where r.ward_id = w.id and ${inForce('r', known)}) as requirements,
      (select coalesce(json_agg(json_build_object('competency', c.code, 'title', c.title, 'periods', ${periods}) order by c.code), '[]')
        from competency c) as competencies
    from ward w join site s on s.code = w.site
    where w.id = any(${wardIds})`.execute(db);
  return new Map(rows.map((row) => [row.id, row]));
}

export interface ShiftRow {
  id: string;
  wardId: string;
  role: Role;
  band: number;
  staffGroup: StaffGroup;
  startsAt: Date;
  endsAt: Date;
  breakMinutes: number;
  extraCompetencies: string[];
  preferredWorkerId: string | null;
  preferredUntil: Date | null;
  regularsAt: Date;
  homeTrustAt: Date;
  collaborativeAt: Date;
  regularDuties: number;
  regularWeeks: number;
}

/** A stored shift as the rules see it. */
export function shiftFactsOf(row: ShiftRow, ward: WardFacts): ShiftFacts {
  const waves: WaveTimes = {
    regularsAt: row.regularsAt.getTime(),
    homeTrustAt: row.homeTrustAt.getTime(),
    collaborativeAt: row.collaborativeAt.getTime(),
    regularDuties: row.regularDuties,
    regularWeeks: row.regularWeeks,
  };
  return {
    id: row.id,
    wardId: ward.id,
    wardName: ward.name,
    hostTrust: ward.trust,
    role: row.role,
    band: row.band,
    staffGroup: row.staffGroup,
    start: row.startsAt.getTime(),
    end: row.endsAt.getTime(),
    breakMinutes: row.breakMinutes,
    requirements: requirementsAt(ward, row.role, row.extraCompetencies, localDayOf(row.startsAt.getTime())),
    waves,
    preferred:
      row.preferredWorkerId && row.preferredUntil ? { workerId: row.preferredWorkerId, until: row.preferredUntil.getTime() } : null,
  };
}

/** A shift that doesn't exist yet: no waves, nobody preferred, only what the ward asks. */
export function imaginedShift(
  ward: WardFacts,
  asked: { role: Role; band: number; start: Instant; end: Instant; breakMinutes: number },
): ShiftFacts {
  return {
    ...asked,
    id: null,
    wardId: ward.id,
    wardName: ward.name,
    hostTrust: ward.trust,
    staffGroup: staffGroupOf(asked.role),
    requirements: requirementsAt(ward, asked.role, [], localDayOf(asked.start)),
    waves: null,
    preferred: null,
  };
}

/**
 * How far around a shift its decision looks: 17 weeks before and after for the average, and before them a year and a month for leave
 * that drops out of it, the longest maternity leave among it.
 */
const lookBackMs = (119 + 400) * dayMs;
export const lookAheadMs = 119 * dayMs + 14 * dayMs;

interface WorkerRow {
  id: string;
  personId: string;
  trust: string;
  staffNumber: string;
  name: string;
  role: Role;
  band: number;
  staffGroup: StaffGroup;
  joinedOn: LocalDay | null;
  homeOutwardCode: string | null;
  latitude: number | null;
  longitude: number | null;
  worksDown: boolean;
  consentsToShare: boolean;
  optOutFrom: LocalDay | null;
  optOutUntil: LocalDay | null;
  registrationBody: RegistrationBody | null;
  registrationNumber: string | null;
  registrationField: RegistrationField | null;
  registrationUntil: LocalDay | null;
  identityCheckedOn: LocalDay | null;
  rightToWorkCheckedOn: LocalDay | null;
  rightToWorkUntil: LocalDay | null;
  qualificationsCheckedOn: LocalDay | null;
  referencesCheckedOn: LocalDay | null;
  dbsCheckedOn: LocalDay | null;
  dbsUntil: LocalDay | null;
  workHealthClearedOn: LocalDay | null;
}

/** A worker's facts, and roughly where they live: what a distance is measured from, kept out of every decision. */
export type KnownWorker = WorkerFacts & { home: { latitude: number; longitude: number } | null };

/**
 * Every fact the rules ask about these workers, for decisions on shifts within `around`: seven statements however many workers.
 * Duties are those of the person, at every trust. `bookingId` leaves one booking out, for deciding it afresh. With `known` a person
 * is whoever these workers were known to be then: two that were found to be one later each had their own duties.
 */
export async function workerFacts(
  db: Kysely<DB>,
  workerIds: readonly string[],
  around: Interval,
  { bookingId, known }: { bookingId?: string; known?: Instant } = {},
): Promise<Map<string, KnownWorker>> {
  if (workerIds.length === 0) return new Map();
  const then = known === undefined ? null : inForce('k', known);
  /** Whose a row with a `worker_id` is: today it says so itself, at an instant it is who that worker was then. */
  const personOf = (row: string) => (then === null ? sql.raw(`${row}.person_id`) : sql`k.person_id`);
  const whose = (row: string) =>
    then === null ? sql`` : sql`join worker_person k on k.worker_id = ${sql.raw(`${row}.worker_id`)} and ${then}`;
  const rows = (
    await sql<WorkerRow>`
    select w.id, ${then === null ? sql`w.person_id` : sql`k.person_id`}, w.trust, w.staff_number, r.name, r.role, r.band, r.staff_group,
      r.joined_on, r.home_outward_code, o.latitude, o.longitude, r.works_down, r.consents_to_share, r.opt_out_from, r.opt_out_until,
      r.registration_body, r.registration_number, r.registration_field, r.registration_until, r.identity_checked_on,
      r.right_to_work_checked_on, r.right_to_work_until, r.qualifications_checked_on, r.references_checked_on, r.dbs_checked_on, r.dbs_until,
      r.work_health_cleared_on
    from worker w join worker_revision r on r.worker_id = w.id and ${inForce('r', known)}
      ${whose('r')} left join outward_code o on o.code = r.home_outward_code
    where w.id = any(${workerIds})`.execute(db)
  ).rows;
  const persons = [...new Set(rows.map((row) => row.personId))];
  const from = new Date(around.start - lookBackMs);
  const until = new Date(around.end + lookAheadMs);

  const [memberships, records, roster, bookings, unavailable, restrictions] = await rowsOf(
    db,
    sql<{ workerId: string; bankId: string; fromDay: LocalDay | null; untilDay: LocalDay | null }>`
    select m.worker_id, m.bank_id, m.from_day, m.until_day from bank_membership m
    where m.worker_id = any(${workerIds}) and ${inForce('m', known)} order by m.id`,
    sql<RecordRow & { workerId: string }>`
    select t.worker_id, t.id, t.course_id, t.completed_on, t.evidence, v.at, v.by_name, v.reason
    from training_record t left join training_revocation v on v.record_id = t.id and ${wasKnown('v', known, 'at')}
    where t.worker_id = any(${workerIds}) and ${recordWasKnown('t', known)} order by t.id`,
    sql<DutyRow>`
    select ${personOf('d')}, d.id, d.kind, u.trust, d.ward_id, coalesce(w.name, t.name) as where_name, lower(d.period) as starts_at,
      upper(d.period) as ends_at, d.break_minutes
    from duty_revision d join duty u on u.id = d.duty_id join trust t on t.ods_code = u.trust left join ward w on w.id = d.ward_id ${whose('d')}
    where ${inForce('d', known)} and ${personOf('d')} = any(${persons}) and upper(d.period) > ${from} and lower(d.period) < ${until}`,
    sql<DutyRow>`
    select ${personOf('b')}, b.id, 'duty' as kind, w.trust, b.ward_id, w.name as where_name, lower(b.period) as starts_at,
      upper(b.period) as ends_at, b.break_minutes
    from booking b join ward w on w.id = b.ward_id ${whose('b')}
    where ${wasBooked('b', known)} and ${personOf('b')} = any(${persons})
      and upper(b.period) > ${from} and lower(b.period) < ${until}`,
    sql<{ personId: string; id: string; startsAt: Date; endsAt: Date }>`
    select a.person_id, a.id, lower(a.period) as starts_at, upper(a.period) as ends_at from unavailability a
    where ${inForce('a', known, 'recorded_at', 'withdrawn_at')} and a.person_id = any(${persons}) and upper(a.period) > ${from}
    order by a.id`,
    sql<RestrictionFact & { personId: string }>`
    select ${then === null ? sql`w.person_id` : sql`k.person_id`}, r.id, r.ward_id, r.from_day, r.until_day, r.reason, r.reviewer
    from restriction r join worker w on w.id = r.worker_id ${whose('r')}
    where ${inForce('r', known, 'recorded_at', 'lifted_at')} and ${then === null ? sql`w.person_id` : sql`k.person_id`} = any(${persons})
    order by r.id`,
  );

  const membershipsBy = Map.groupBy(memberships, (row) => row.workerId);
  const recordsBy = Map.groupBy(records, (row) => row.workerId);
  const rosterBy = Map.groupBy(roster, (row) => row.personId);
  const bookingsBy = Map.groupBy(bookings, (row) => row.personId);
  const unavailableBy = Map.groupBy(unavailable, (row) => row.personId);
  const restrictionsBy = Map.groupBy(restrictions, (row) => row.personId);

  return new Map(
    rows.map((row): [string, KnownWorker] => [
      row.id,
      {
        id: row.id,
        personId: row.personId,
        staffNumber: row.staffNumber,
        name: row.name,
        homeTrust: row.trust,
        role: row.role,
        band: row.band,
        staffGroup: row.staffGroup,
        banks: (membershipsBy.get(row.id) ?? []).map(({ bankId, fromDay, untilDay }) => ({ bankId, fromDay, untilDay })),
        registration: {
          body: row.registrationBody,
          number: row.registrationNumber,
          field: row.registrationField,
          untilDay: row.registrationUntil,
        },
        checks: {
          identity: { onDay: row.identityCheckedOn, untilDay: null },
          'right-to-work': { onDay: row.rightToWorkCheckedOn, untilDay: row.rightToWorkUntil },
          qualifications: { onDay: row.qualificationsCheckedOn, untilDay: null },
          references: { onDay: row.referencesCheckedOn, untilDay: null },
          dbs: { onDay: row.dbsCheckedOn, untilDay: row.dbsUntil },
          'work-health': { onDay: row.workHealthClearedOn, untilDay: null },
        },
        joinedOn: row.joinedOn,
        consentsToShare: row.consentsToShare,
        optOut: row.optOutFrom === null ? null : { fromDay: row.optOutFrom, untilDay: row.optOutUntil },
        worksDown: row.worksDown,
        records: (recordsBy.get(row.id) ?? []).map(recordFact),
        duties: dutiesOf(
          (rosterBy.get(row.personId) ?? []).map(dutyFact('roster')),
          (bookingsBy.get(row.personId) ?? []).map(dutyFact('booking')),
          bookingId,
        ),
        unavailable: (unavailableBy.get(row.personId) ?? []).map((one): UnavailableFact => ({
          id: one.id,
          start: one.startsAt.getTime(),
          end: one.endsAt.getTime(),
        })),
        restrictions: restrictionsBy.get(row.personId) ?? [],
        home: row.latitude === null || row.longitude === null ? null : { latitude: row.latitude, longitude: row.longitude },
      },
    ]),
  );
}

/** Those of a batch are known from the instant it was applied, however long they took to write. */
const recordWasKnown = (row: string, known: Instant | undefined) =>
  known === undefined
    ? sql`true`
    : sql`coalesce((select b.applied_at from record_batch b where b.id = ${sql.raw(`${row}.batch_id`)}), ${sql.raw(`${row}.recorded_at`)}) <= ${new Date(known)}`;

/** Live bookings. Each is the last thing its own decision saw nothing of, so the one being decided is left out by id. */
const wasBooked = (row: string, known: Instant | undefined) =>
  known === undefined
    ? sql.raw(`${row}.status in ('confirmed', 'needs-review', 'worked')`)
    : inForce(row, known, 'booked_at', 'cancelled_at');

export interface DutyRow {
  personId: string;
  id: string;
  kind: DutyKind;
  trust: string;
  wardId: string | null;
  whereName: string;
  startsAt: Date;
  endsAt: Date;
  breakMinutes: number;
}

const dutyFact =
  (source: DutyFact['source']) =>
  (row: DutyRow): DutyFact => ({
    id: row.id,
    source,
    kind: row.kind,
    trust: row.trust,
    wardId: row.wardId,
    where: row.whereName,
    start: row.startsAt.getTime(),
    end: row.endsAt.getTime(),
    breakMinutes: row.breakMinutes,
  });
