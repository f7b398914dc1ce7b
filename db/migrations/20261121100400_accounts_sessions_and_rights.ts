import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `
    create table account (
      id uuid primary key,
      email text not null constraint email_is_lower_case check (email = lower(email)),
      name text not null,
      password_hash text,
      worker_id uuid references worker,
      disabled_at timestamptz,
      demonstration boolean not null default false,
      note text,
      constraint email_is_unique unique (email)
    );
    create unique index a_worker_has_one_account on account (worker_id);

    create table account_role (
      id uuid primary key,
      account_id uuid not null references account,
      role text not null constraint role_is_known check (role in (
        'worker', 'ward-manager', 'bank-office', 'training-lead', 'bed-manager', 'programme', 'auditor', 'administrator')),
      trust text references trust,
      ward_id uuid references ward,
      collaborative_id uuid references collaborative,
      from_at timestamptz not null,
      until_at timestamptz,
      constraint a_role_has_its_reach check (case role
        when 'ward-manager' then ward_id is not null
        when 'bank-office' then trust is not null
        when 'training-lead' then trust is not null
        when 'bed-manager' then trust is not null
        when 'programme' then collaborative_id is not null
        else true end)
    );
    create index account_role_by_account on account_role (account_id);

    create table session (
      token_hash bytea primary key,
      account_id uuid not null references account,
      started_at timestamptz not null default clock_timestamp(),
      seen_at timestamptz not null default clock_timestamp(),
      ends_at timestamptz not null,
      ended_at timestamptz
    );
    create index session_by_account on session (account_id);

    create table invitation (
      token_hash bytea primary key,
      account_id uuid not null references account,
      expires_at timestamptz not null,
      used_at timestamptz
    );

    create table idempotency_key (
      account_id uuid not null,
      key text not null,
      request_hash bytea not null,
      status integer,
      body jsonb,
      created_at timestamptz not null default clock_timestamp(),
      primary key (account_id, key)
    );
    create index idempotency_key_by_age on idempotency_key (created_at);
    comment on table idempotency_key is 'Written in the same transaction as the effect, so that a repeated request answers what the first one did. Kept 7 days.';
  `,
    )
    .execute(db);
}
