import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `
    alter table sharing_agreement
      add column recorded_at timestamptz not null default '2000-01-01T00:00:00Z',
      add column replaced_at timestamptz,
      add column proposed_by text,
      add column home_signed_at timestamptz default '2000-01-01T00:00:00Z',
      add column home_signed_by text default 'Agreed before this program',
      add column host_signed_at timestamptz default '2000-01-01T00:00:00Z',
      add column host_signed_by text default 'Agreed before this program',
      add column ended_by text,
      add column ended_reason text,
      drop constraint one_agreement_at_a_time,
      add constraint one_agreement_at_a_time exclude using gist (home_trust with =, host_trust with =, staff_group with =, days with &&)
        where (replaced_at is null and home_signed_at is not null and host_signed_at is not null),
      add constraint a_side_that_signed_has_a_name check ((home_signed_at is null) = (home_signed_by is null) and (host_signed_at is null) = (host_signed_by is null));
    alter table sharing_agreement
      alter column recorded_at drop default,
      alter column home_signed_at drop default,
      alter column home_signed_by drop default,
      alter column host_signed_at drop default,
      alter column host_signed_by drop default;
    comment on table sharing_agreement is 'Counts only once both sides have signed. Ended early: replaced by one with fewer days.';

    -- What an organisation file adds is known from when it was loaded.
    alter table bank_member add column recorded_at timestamptz not null default '2000-01-01T00:00:00Z';
    alter table collaborative_member add column recorded_at timestamptz not null default '2000-01-01T00:00:00Z';
    alter table trust_setting add column recorded_at timestamptz not null default '2000-01-01T00:00:00Z';
    alter table bank_staff_group add column recorded_at timestamptz not null default '2000-01-01T00:00:00Z';
  `,
    )
    .execute(db);
}
