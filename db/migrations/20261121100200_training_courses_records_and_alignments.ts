import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `
    create table competency (
      code text primary key constraint competency_code_is_kebab_case check (code ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
      collaborative_id uuid not null references collaborative,
      title text not null,
      use_of_force boolean not null
    );

    create table competency_period (
      id uuid primary key,
      competency text not null references competency,
      trust text not null references trust,
      months integer not null constraint period_is_1_to_120_months check (months between 1 and 120),
      days daterange not null constraint period_has_days check (not isempty(days) and lower(days) is not null),
      constraint one_period_of_a_trust_at_a_time exclude using gist (competency with =, trust with =, days with &&)
    );

    create table course (
      id uuid primary key,
      trust text not null references trust,
      code text not null,
      version text not null,
      constraint a_course_version_is_unique_at_a_trust unique (trust, code, version)
    );

    create table course_revision (
      id uuid primary key,
      course_id uuid not null references course,
      recorded_at timestamptz not null,
      replaced_at timestamptz,
      title text not null,
      meets text not null references competency,
      provider text,
      certified_until date,
      use_of_force boolean not null
    );
    create unique index one_current_revision_of_a_course on course_revision (course_id) where replaced_at is null;

    create table training_record (
      id uuid primary key,
      worker_id uuid not null references worker,
      course_id uuid not null references course,
      completed_on date not null,
      evidence text,
      source text not null,
      recorded_at timestamptz not null,
      recorded_by uuid,
      constraint a_course_is_completed_once_a_day unique (worker_id, course_id, completed_on)
    );
    create index training_record_by_course on training_record (course_id);

    create table training_revocation (
      record_id uuid primary key references training_record,
      at timestamptz not null,
      by_account uuid,
      by_name text not null,
      reason text not null
    );

    create table alignment (
      id uuid primary key,
      collaborative_id uuid not null references collaborative,
      course_id uuid not null references course,
      competency text not null references competency,
      constraint a_course_is_aligned_once_to_a_competency unique (collaborative_id, course_id, competency)
    );

    create table alignment_state (
      id uuid primary key,
      alignment_id uuid not null references alignment,
      state text not null
        constraint alignment_state_is_known check (state in ('draft', 'in-review', 'stress-testing', 'validated', 'withdrawn')),
      since timestamptz not null,
      replaced_at timestamptz,
      decided_by text not null,
      reason text,
      counts_from date,
      pilot_until timestamptz,
      constraint only_a_pilot_ends check (pilot_until is null or state = 'stress-testing')
    );
    create unique index one_current_state_of_an_alignment on alignment_state (alignment_id) where replaced_at is null;

    create table alignment_pilot_ward (
      alignment_state_id uuid not null references alignment_state,
      ward_id uuid not null references ward,
      primary key (alignment_state_id, ward_id)
    );

    create table requirement (
      id uuid primary key,
      ward_id uuid not null references ward,
      competency text not null references competency,
      role text,
      minimum_on_shift integer constraint minimum_is_positive check (minimum_on_shift > 0),
      recorded_at timestamptz not null,
      replaced_at timestamptz
    );
    create unique index one_current_requirement_of_a_ward on requirement (ward_id, competency, coalesce(role, '')) where replaced_at is null;
  `,
    )
    .execute(db);
}
