import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `
    create table code (
      list text not null constraint code_list_is_known check (
        list in ('bed-type', 'legal-status', 'out-of-area-reason', 'delay-reason', 'need', 'decline-reason', 'release-reason')),
      code text not null constraint a_code_is_short check (length(code) between 1 and 80),
      title text not null,
      position integer not null,
      detail jsonb not null default '{}',
      source text,
      primary key (list, code)
    );
    comment on table code is 'The national code lists, and ours where there is none: needs, why a ward declines, why a hold is let go.';

    create table bed (
      id uuid primary key,
      ward_id uuid not null references ward,
      label text not null constraint a_bed_label_is_short check (length(label) between 1 and 40),
      position integer not null,
      commissioned_by text,
      added_at timestamptz not null,
      retired_at timestamptz,
      constraint a_bed_is_retired_after_it_was_added check (retired_at > added_at)
    );
    comment on column bed.commissioned_by is 'Who decides about reopening a commissioned specialised bed; null: the ward itself.';
    create unique index a_bed_label_is_unique_on_a_ward on bed (ward_id, label) where retired_at is null;

    create table bed_state (
      id uuid primary key,
      bed_id uuid not null references bed,
      state text not null constraint bed_state_is_known check (state in ('available', 'occupied', 'on-leave', 'closed')),
      reason text constraint closed_reason_is_known check (
        reason in ('staffing', 'infection', 'damage-or-repair', 'acuity', 'sex-of-accommodation', 'commissioner', 'other')),
      note text not null default '',
      expected_return timestamptz,
      source text not null constraint bed_state_source_is_known check (source in ('ward', 'bed-manager', 'import', 'placement')),
      recorded_by uuid,
      recorded_at timestamptz not null,
      replaced_at timestamptz,
      constraint a_closed_bed_says_why check ((state = 'closed') = (reason is not null)),
      constraint only_leave_has_a_return check (expected_return is null or state = 'on-leave'),
      constraint a_bed_state_is_replaced_after_it_was_recorded check (replaced_at >= recorded_at)
    );
    comment on table bed_state is 'What a bed is, dated. Held is not among them: a live allocation says so.';
    create unique index a_bed_has_one_state_now on bed_state (bed_id) where replaced_at is null;
    create index bed_state_by_bed on bed_state (bed_id, recorded_at);

    create table closure_shift (
      bed_state_id uuid not null references bed_state,
      shift_id uuid not null references shift,
      primary key (bed_state_id, shift_id)
    );
    comment on table closure_shift is 'The shifts whose filling would let a bed closed for staffing open.';
    create index closure_shift_by_shift on closure_shift (shift_id);

    create table ward_confirmation (
      id uuid primary key,
      ward_id uuid not null references ward,
      confirmed_at timestamptz not null,
      account_id uuid,
      by_role text not null constraint confirming_role_is_known check (by_role in ('ward-manager', 'bed-manager', 'import'))
    );
    create index ward_confirmation_latest on ward_confirmation (ward_id, confirmed_at desc);

    create table ward_asking (
      id uuid primary key,
      ward_id uuid not null references ward,
      asked_at timestamptz not null,
      account_id uuid not null,
      trust text not null references trust
    );
    comment on table ward_asking is 'A bed manager asks a ward to confirm its beds: before a stale bed may be held.';
    create index ward_asking_latest on ward_asking (ward_id, asked_at desc);

    create table admission_pause (
      id uuid primary key,
      ward_id uuid not null references ward,
      reason text not null constraint a_pause_says_why check (length(reason) between 1 and 200),
      review_at timestamptz not null,
      recorded_by uuid not null,
      recorded_at timestamptz not null,
      replaced_at timestamptz,
      ended_by uuid
    );
    create unique index a_ward_is_paused_once on admission_pause (ward_id) where replaced_at is null;

    create table admission_criteria (
      id uuid primary key,
      ward_id uuid not null references ward,
      version integer not null,
      items jsonb not null,
      reason text not null,
      recorded_by uuid,
      recorded_at timestamptz not null,
      replaced_at timestamptz,
      constraint a_criteria_version_is_unique unique (ward_id, version)
    );
    comment on table admission_criteria is 'What a ward says of whom it takes, whole, version by version.';
    create unique index a_ward_has_one_version_now on admission_criteria (ward_id) where replaced_at is null;

    create table bed_setting (
      id uuid primary key,
      trust text not null references trust,
      due_times text[] not null constraint due_times_are_given check (cardinality(due_times) between 1 and 12),
      fresh_minutes integer not null constraint fresh_minutes_are_positive check (fresh_minutes > 0),
      grace_minutes integer not null constraint grace_minutes_are_positive check (grace_minutes > 0),
      hold_minutes integer not null constraint hold_minutes_are_positive check (hold_minutes > 0),
      extension_minutes integer not null constraint extension_minutes_are_not_negative check (extension_minutes >= 0),
      answer_minutes integer not null constraint answer_minutes_are_positive check (answer_minutes > 0),
      arrival_minutes integer not null constraint arrival_minutes_are_positive check (arrival_minutes > 0),
      asking_minutes integer not null constraint asking_minutes_are_positive check (asking_minutes > 0),
      review_days integer not null constraint review_days_are_positive check (review_days > 0),
      sex_rules jsonb not null,
      ranking_terms text[] not null,
      reason text not null,
      from_at timestamptz not null,
      recorded_by uuid,
      recorded_at timestamptz not null
    );
    comment on table bed_setting is 'A trust''s own clocks and orders. The one that counts at an instant is the one with the latest from_at by then, recorded last.';
    create index bed_setting_by_trust on bed_setting (trust, from_at);

    create table discharge_readiness (
      id uuid primary key,
      bed_id uuid not null references bed,
      ready_on date not null,
      delay_reasons text[] not null,
      recorded_by uuid,
      recorded_at timestamptz not null,
      replaced_at timestamptz
    );
    comment on table discharge_readiness is 'The person in this bed is clinically ready for discharge, since when and why they are still here. It ends with the stay.';
    create unique index a_stay_is_ready_once on discharge_readiness (bed_id) where replaced_at is null;

    create table suite (
      id uuid primary key,
      trust text not null references trust,
      site text not null references site,
      name text not null,
      added_at timestamptz not null,
      constraint a_suite_name_is_unique_on_a_site unique (site, name)
    );
    comment on table suite is 'A section 136 suite: a place of safety, never a bed.';
    create table suite_state (
      id uuid primary key,
      suite_id uuid not null references suite,
      state text not null constraint suite_state_is_known check (state in ('available', 'occupied', 'closed')),
      recorded_by uuid,
      recorded_at timestamptz not null,
      replaced_at timestamptz
    );
    create unique index a_suite_has_one_state_now on suite_state (suite_id) where replaced_at is null;

    create table service_line (
      id uuid primary key,
      code text not null constraint service_line_code_is_unique unique,
      name text not null,
      lead_trust text references trust,
      bed_types text[] not null,
      position integer not null,
      source text
    );
    create table service_line_partner (
      id uuid primary key,
      service_line_id uuid not null references service_line,
      trust text not null references trust,
      days daterange not null constraint partnership_has_days check (not isempty(days) and lower(days) is not null),
      constraint a_partner_is_one_once_at_a_time exclude using gist (service_line_id with =, trust with =, days with &&)
    );
    create table service_line_criteria (
      id uuid primary key,
      service_line_id uuid not null references service_line,
      version integer not null,
      items jsonb not null,
      reason text not null,
      recorded_by uuid,
      recorded_at timestamptz not null,
      replaced_at timestamptz,
      constraint a_line_criteria_version_is_unique unique (service_line_id, version)
    );
    create unique index a_line_has_one_version_now on service_line_criteria (service_line_id) where replaced_at is null;

    alter table ward_sex add column recorded_at timestamptz, add column recorded_by uuid, add column reason text;
    create index ward_by_bed_type on ward (bed_type);
  `,
    )
    .execute(db);
}
