import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `
    alter table worker_revision
      add column recorded_by uuid,
      add column recorded_by_name text,
      add column because text,
      add column consent_said_at timestamptz;
    comment on column worker_revision.consent_said_at is 'When the worker last said so themselves: from then on an import cannot say it for them.';

    -- Which person a worker is may be found out later; a past decision counted the duties of whom it knew then.
    create table worker_person (
      id uuid primary key,
      worker_id uuid not null references worker,
      person_id uuid not null references person,
      recorded_at timestamptz not null,
      replaced_at timestamptz
    );
    create unique index a_worker_is_one_person_at_a_time on worker_person (worker_id) where replaced_at is null;
    create index worker_person_by_person on worker_person (person_id);
    insert into worker_person (id, worker_id, person_id, recorded_at)
      select gen_random_uuid(), id, person_id, '2000-01-01T00:00:00Z' from worker;
    create function a_worker_keeps_its_persons() returns trigger language plpgsql as $$
    declare
      at timestamptz := coalesce(nullif(current_setting('homeward.recorded_at', true), '')::timestamptz, '2000-01-01T00:00:00Z');
    begin
      if tg_op = 'UPDATE' then
        update worker_person set replaced_at = greatest(at, recorded_at) where worker_id = new.id and replaced_at is null;
      end if;
      insert into worker_person (id, worker_id, person_id, recorded_at) values (gen_random_uuid(), new.id, new.person_id, at);
      return null;
    end $$;
    create trigger a_worker_is_kept_with_its_person after insert on worker
      for each row execute function a_worker_keeps_its_persons();
    create trigger a_worker_moves_with_its_history after update of person_id on worker
      for each row when (old.person_id is distinct from new.person_id) execute function a_worker_keeps_its_persons();
    comment on function a_worker_keeps_its_persons is 'Whoever moves a worker to another person first sets homeward.recorded_at for the transaction.';

    -- What was known of somebody at an instant is found by the worker, whoever they were taken for then.
    create index duty_of_a_worker on duty_revision (worker_id, upper(period));
    create index revision_of_a_worker on worker_revision (worker_id, recorded_at);
    create index membership_of_a_worker on bank_membership (worker_id);
    create index unavailability_at_any_time on unavailability (person_id);

    alter table restriction
      add column recorded_by uuid,
      add column recorded_by_name text,
      add column lifted_by_name text,
      add column lifted_reason text;
    create index restriction_by_ward on restriction (ward_id);

    create table restriction_challenge (
      id uuid primary key,
      restriction_id uuid not null references restriction,
      at timestamptz not null,
      words text not null,
      answered_at timestamptz,
      answered_by uuid,
      answered_by_name text,
      outcome text constraint challenge_outcome_is_known check (outcome in ('kept', 'lifted')),
      answer text,
      constraint an_answered_challenge_is_whole check (
        (answered_at is null) = (outcome is null) and (answered_at is null) = (answer is null) and (answered_at is null) = (answered_by_name is null))
    );
    create unique index one_open_challenge_of_a_restriction on restriction_challenge (restriction_id) where answered_at is null;

    alter table passport_read add column what text not null default 'passport'
      constraint what_was_read_is_known check (what in ('passport', 'decision', 'booking', 'record'));
    alter table passport_read alter column what drop default;

    create table notice (
      id uuid primary key,
      worker_id uuid not null references worker,
      about text not null constraint notice_is_about_known check (about in ('training', 'registration', 'check', 'opt-out', 'bank', 'restriction')),
      code text not null,
      title text not null,
      ends_on date not null,
      told_at timestamptz not null,
      seen_at timestamptz,
      constraint an_end_is_told_once unique (worker_id, about, code, ends_on)
    );
    create index notice_by_end on notice (ends_on);

    create table daily_round (
      name text not null,
      day date not null,
      reached text,
      finished_at timestamptz,
      primary key (name, day)
    );
    comment on table daily_round is 'How far the work of one local day has come, so that any number of processes do it once between them.';
  `,
    )
    .execute(db);
}
