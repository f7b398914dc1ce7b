import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `
    create table duty (
      id uuid primary key,
      trust text not null references trust,
      external_id text not null
    );
    alter table duty add constraint external_id_is_unique_at_a_trust unique (trust, external_id);
    comment on table duty is 'A row of a trust''s own roster, known by the trust''s own id; what it says is in duty_revision.';

    create table duty_revision (
      id uuid primary key,
      duty_id uuid not null references duty,
      worker_id uuid not null references worker,
      person_id uuid not null references person,
      ward_id uuid references ward,
      kind text not null constraint duty_kind_is_known check (kind in ('duty', 'training', 'leave')),
      period tstzrange not null
        constraint duty_is_a_bounded_half_open_time check (
          not isempty(period) and lower(period) is not null and upper(period) is not null and lower_inc(period) and not upper_inc(period)),
      break_minutes integer not null constraint duty_break_is_not_negative check (break_minutes >= 0),
      recorded_at timestamptz not null,
      replaced_at timestamptz
    );
    create unique index one_current_revision_of_a_duty on duty_revision (duty_id) where replaced_at is null;
    create index duty_of_a_person on duty_revision (person_id, upper(period)) where replaced_at is null;
    create index duty_on_a_ward on duty_revision (ward_id, upper(period)) where replaced_at is null;

    create table unavailability (
      id uuid primary key,
      person_id uuid not null references person,
      period tstzrange not null
        constraint unavailability_is_a_bounded_half_open_time check (
          not isempty(period) and lower(period) is not null and upper(period) is not null and lower_inc(period) and not upper_inc(period)),
      recorded_at timestamptz not null,
      withdrawn_at timestamptz
    );
    create index unavailability_of_a_person on unavailability (person_id) where withdrawn_at is null;
  `,
    )
    .execute(db);
}
