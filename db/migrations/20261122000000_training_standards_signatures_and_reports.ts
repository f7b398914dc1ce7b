import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `
    create table technique (
      code text primary key constraint technique_code_is_kebab_case check (code ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
      title text not null,
      position integer not null
    );
    comment on table technique is 'One list of what courses may teach, so that two courses can be held beside each other word for word.';

    create table competency_standard (
      id uuid primary key,
      competency text not null references competency,
      minimum_minutes integer constraint a_standard_takes_time check (minimum_minutes > 0),
      techniques text[] not null default '{}',
      refresher_months integer constraint a_standard_refreshes_within_months check (refresher_months > 0),
      refresher_minutes integer constraint a_standard_refresher_takes_time check (refresher_minutes > 0),
      source text,
      recorded_at timestamptz not null,
      replaced_at timestamptz
    );
    create unique index one_current_standard_of_a_competency on competency_standard (competency) where replaced_at is null;

    alter table course_revision
      add column syllabus_minutes integer constraint a_syllabus_takes_time check (syllabus_minutes > 0),
      add column techniques text[] not null default '{}',
      add column certificate text,
      add column refresher_months integer constraint a_refresher_is_due_within_months check (refresher_months > 0),
      add column refresher_minutes integer constraint a_refresher_takes_time check (refresher_minutes > 0),
      add column recorded_by uuid,
      add column recorded_by_name text,
      add column reason text;

    -- A period may be replaced by another from a later day; what was known before stays readable as it was.
    alter table competency_period
      add column recorded_at timestamptz not null default '2000-01-01T00:00:00Z',
      add column replaced_at timestamptz,
      add column recorded_by uuid,
      add column recorded_by_name text,
      add column reason text,
      drop constraint one_period_of_a_trust_at_a_time,
      add constraint one_period_of_a_trust_at_a_time exclude using gist (competency with =, trust with =, days with &&) where (replaced_at is null);
    alter table competency_period alter column recorded_at drop default;

    alter table requirement
      add column recorded_by uuid,
      add column recorded_by_name text,
      add column reason text,
      add column replaced_by uuid,
      add column replaced_by_name text,
      add column replaced_reason text;

    -- Many records may come at once, and nobody may wait for them: they are all known from the one instant their batch is.
    create table record_batch (
      id uuid primary key,
      applied_at timestamptz not null
    );
    alter table training_record add column batch_id uuid references record_batch;
    comment on column training_record.batch_id is 'Known from the instant this batch was applied; none = from recorded_at.';

    create table delegation (
      id uuid primary key,
      trust text not null references trust,
      account_id uuid not null references account,
      responsible_person text not null,
      from_day date not null,
      until_day date,
      recorded_at timestamptz not null,
      recorded_by uuid,
      ended_at timestamptz,
      ended_by uuid,
      ended_reason text,
      constraint a_delegation_has_days check (until_day >= from_day),
      constraint an_ended_delegation_says_why check ((ended_at is null) = (ended_reason is null))
    );
    create index delegation_by_account on delegation (account_id);
    comment on table delegation is 'A training lead signs for the responsible person of the trust (Mental Health Units (Use of Force) Act 2018, s.2), who said so, from when until when.';

    alter table alignment_state
      add column decided_by_account uuid,
      add column decided_by_trust text references trust,
      add column watch_for text;

    create table alignment_signature (
      id uuid primary key,
      alignment_state_id uuid not null references alignment_state,
      trust text not null references trust,
      stance text not null constraint stance_is_known check (stance in ('signed', 'objected')),
      delegation_id uuid references delegation,
      responsible_person text not null,
      account_id uuid,
      by_name text not null,
      at timestamptz not null,
      reason text,
      constraint an_objection_says_why check (stance <> 'objected' or reason is not null)
    );
    create unique index a_trust_signs_once_a_round on alignment_signature (alignment_state_id, trust) where stance = 'signed';
    create index alignment_signature_by_state on alignment_signature (alignment_state_id);

    create table objection_answer (
      signature_id uuid primary key references alignment_signature,
      account_id uuid,
      by_name text not null,
      trust text not null references trust,
      at timestamptz not null,
      answer text not null
    );

    create table alignment_comment (
      id uuid primary key,
      alignment_id uuid not null references alignment,
      account_id uuid,
      by_name text not null,
      trust text,
      at timestamptz not null,
      words text not null
    );
    create index alignment_comment_by_alignment on alignment_comment (alignment_id, at);

    create table pilot_report (
      id uuid primary key,
      alignment_state_id uuid not null references alignment_state,
      ward_id uuid not null references ward,
      account_id uuid,
      by_name text not null,
      at timestamptz not null,
      verdict text not null constraint verdict_is_known check (verdict in ('as-expected', 'concerns')),
      words text not null
    );
    create index pilot_report_by_state on pilot_report (alignment_state_id, at);

    create table reach_count (
      collaborative_id uuid not null references collaborative,
      day date not null,
      trusts integer not null,
      workers integer not null,
      counted_at timestamptz not null,
      primary key (collaborative_id, day, trusts)
    );
    comment on table reach_count is 'On that local day, how many workers could work at so many trusts. Worked out once a day from the dated rows; a copy, to draw from.';
  `,
    )
    .execute(db);
}
