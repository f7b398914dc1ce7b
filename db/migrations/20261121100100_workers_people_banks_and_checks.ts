import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `
    create table person (
      id uuid primary key,
      registration_body text,
      registration_number text,
      constraint one_registration_is_one_person unique (registration_body, registration_number),
      constraint a_registration_is_whole check ((registration_body is null) = (registration_number is null))
    );
    comment on table person is 'A human being: the row every command about their time locks first. The same registration at two trusts is one person.';

    create table worker (
      id uuid primary key,
      person_id uuid not null references person,
      trust text not null references trust,
      staff_number text not null,
      constraint staff_number_is_unique_at_a_trust unique (trust, staff_number)
    );
    create index worker_by_person on worker (person_id);

    create table worker_revision (
      id uuid primary key,
      worker_id uuid not null references worker,
      recorded_at timestamptz not null,
      replaced_at timestamptz,
      name text not null,
      email text,
      role text not null,
      band integer not null constraint band_is_2_to_9 check (band between 2 and 9),
      staff_group text not null,
      joined_on date,
      home_outward_code text,
      works_down boolean not null,
      consents_to_share boolean not null,
      opt_out_from date,
      opt_out_until date,
      registration_body text,
      registration_number text,
      registration_field text,
      registration_until date,
      identity_checked_on date,
      right_to_work_checked_on date,
      right_to_work_until date,
      qualifications_checked_on date,
      references_checked_on date,
      dbs_checked_on date,
      dbs_until date,
      work_health_cleared_on date,
      constraint a_revision_is_replaced_after_it_is_recorded check (replaced_at >= recorded_at)
    );
    create unique index one_current_revision_of_a_worker on worker_revision (worker_id) where replaced_at is null;
    create index worker_revision_by_role on worker_revision (staff_group, role) where replaced_at is null;
    comment on table worker_revision is 'What is known of a worker, never edited: a correction is a new row, so that a past decision can be taken again.';

    create table bank (
      id uuid primary key,
      code text not null constraint bank_code_is_unique unique,
      name text not null
    );
    create table bank_staff_group (
      bank_id uuid not null references bank,
      staff_group text not null,
      primary key (bank_id, staff_group)
    );
    create table bank_member (
      id uuid primary key,
      bank_id uuid not null references bank,
      trust text not null references trust,
      days daterange not null constraint bank_member_has_days check (not isempty(days) and lower(days) is not null),
      constraint a_trust_is_on_a_bank_once_at_a_time exclude using gist (bank_id with =, trust with =, days with &&)
    );
    create table bank_membership (
      id uuid primary key,
      worker_id uuid not null references worker,
      bank_id uuid not null references bank,
      from_day date,
      until_day date,
      recorded_at timestamptz not null,
      replaced_at timestamptz
    );
    create unique index one_current_membership_of_a_bank on bank_membership (worker_id, bank_id) where replaced_at is null;

    create table restriction (
      id uuid primary key,
      worker_id uuid not null references worker,
      ward_id uuid not null references ward,
      from_day date not null,
      until_day date,
      reason text not null,
      reviewer text not null,
      recorded_at timestamptz not null,
      lifted_at timestamptz
    );
    create index restriction_by_worker on restriction (worker_id) where lifted_at is null;

    create table passport_read (
      id uuid primary key,
      worker_id uuid not null references worker,
      account_id uuid not null,
      reader_name text not null,
      reader_trust text,
      at timestamptz not null
    );
    create index passport_read_by_worker on passport_read (worker_id, at desc);
    comment on table passport_read is 'Each time somebody else opened this worker''s record: shown to the worker.';
  `,
    )
    .execute(db);
}
