import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `
    create extension if not exists btree_gist;

    create table trust (
      ods_code text primary key constraint trust_code_is_short_and_upper_case check (ods_code ~ '^[A-Z0-9]{2,8}$'),
      name text not null,
      short text not null,
      independent boolean not null default false,
      source text
    );
    comment on table trust is 'An organisation with an ODS code, or a short code of ours where it has none here (independent partners).';

    create table collaborative (
      id uuid primary key,
      code text not null constraint collaborative_code_is_unique unique,
      name text not null
    );

    create table collaborative_member (
      id uuid primary key,
      collaborative_id uuid not null references collaborative,
      trust text not null references trust,
      days daterange not null
        constraint membership_has_days check (not isempty(days) and lower(days) is not null),
      constraint a_trust_is_a_member_once_at_a_time exclude using gist (collaborative_id with =, trust with =, days with &&)
    );

    create table place (
      short text primary key,
      name text not null,
      latitude double precision not null,
      longitude double precision not null,
      inside_icb boolean not null,
      verified boolean not null,
      source text not null
    );

    create table outward_code (
      code text primary key constraint outward_code_is_upper_case check (code ~ '^[A-Z0-9]{2,4}$'),
      latitude double precision not null,
      longitude double precision not null,
      source text not null
    );
    comment on table outward_code is 'Roughly where the first half of a postcode is: what a distance to a ward is measured from. Never a home address.';

    create table site (
      code text primary key,
      trust text not null references trust,
      name text not null,
      place text references place,
      postcode text,
      latitude double precision,
      longitude double precision,
      verified boolean not null,
      source text
    );

    create table ward (
      id uuid primary key,
      code text not null constraint ward_code_is_unique unique,
      trust text not null references trust,
      site text not null references site,
      name text not null,
      service_line text not null,
      bed_type text,
      age_group text,
      security_level integer not null default 0 constraint security_level_is_0_to_3 check (security_level between 0 and 3),
      locked boolean,
      beds integer constraint a_ward_has_beds_or_none_known check (beds > 0),
      verified boolean not null,
      unverified_fields text[] not null default '{}',
      source text
    );
    create index ward_by_trust on ward (trust);

    create table ward_sex (
      id uuid primary key,
      ward_id uuid not null references ward,
      sex text constraint ward_sex_is_known_word check (sex in ('female', 'male', 'mixed', 'flexible', 'separate')),
      days daterange not null constraint designation_has_days check (not isempty(days) and lower(days) is not null),
      constraint a_ward_has_one_designation_at_a_time exclude using gist (ward_id with =, days with &&)
    );

    create table sharing_agreement (
      id uuid primary key,
      home_trust text not null references trust,
      host_trust text not null references trust,
      staff_group text not null,
      days daterange not null constraint agreement_has_days check (not isempty(days) and lower(days) is not null),
      constraint agreement_is_between_two_trusts check (home_trust <> host_trust),
      constraint one_agreement_at_a_time exclude using gist (home_trust with =, host_trust with =, staff_group with =, days with &&)
    );

    create table trust_setting (
      id uuid primary key,
      trust text not null references trust,
      short_notice_minutes integer not null default 1440 constraint short_notice_is_not_negative check (short_notice_minutes >= 0),
      weekly_cap_minutes integer constraint weekly_cap_is_positive check (weekly_cap_minutes > 0),
      days daterange not null constraint setting_has_days check (not isempty(days) and lower(days) is not null),
      constraint one_setting_of_a_trust_at_a_time exclude using gist (trust with =, days with &&)
    );

    create table ward_wave (
      id uuid primary key,
      ward_id uuid not null references ward,
      regulars_minutes integer not null constraint regulars_wave_is_not_negative check (regulars_minutes >= 0),
      home_trust_minutes integer not null constraint home_trust_wave_is_not_negative check (home_trust_minutes >= 0),
      regular_duties integer not null default 3,
      regular_weeks integer not null default 17,
      days daterange not null constraint wave_has_days check (not isempty(days) and lower(days) is not null),
      constraint one_wave_rule_of_a_ward_at_a_time exclude using gist (ward_id with =, days with &&)
    );
    comment on table ward_wave is 'How long a posted shift stays with the ward''s regulars, then with its trust, before the whole collaborative sees it. No row: everyone at once.';
  `,
    )
    .execute(db);
}
