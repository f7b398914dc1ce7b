import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `
    create table stream (
      only_row boolean primary key default true constraint there_is_one_stream check (only_row),
      epoch uuid not null,
      head bigint not null,
      last_hash bytea not null,
      cluster text not null default ''
    );
    comment on column stream.cluster is 'Which database cluster and timeline the epoch belongs to: another one means a restore, and gets a new epoch.';
    insert into stream (epoch, head, last_hash) values (gen_random_uuid(), 0, '\\x');

    create table event (
      "offset" bigint primary key,
      type text not null,
      at timestamptz not null,
      recorded_at timestamptz not null,
      account_id uuid,
      ward_id uuid,
      shift_id uuid,
      worker_id uuid,
      data jsonb not null,
      previous_hash bytea not null,
      hash bytea not null
    );
    create index event_by_shift on event (shift_id) where shift_id is not null;
    create index event_by_worker on event (worker_id) where worker_id is not null;
    create index event_by_recorded on event (recorded_at);

    create function event_hash(e event) returns bytea language sql immutable as $$
      select sha256(e.previous_hash || convert_to(concat_ws('|', e."offset", e.type, extract(epoch from e.at), extract(epoch from e.recorded_at),
        coalesce(e.account_id::text, '-'), coalesce(e.ward_id::text, '-'), coalesce(e.shift_id::text, '-'), coalesce(e.worker_id::text, '-'),
        e.data::text), 'UTF8'))
    $$;

    create function append_events(events jsonb) returns bigint language plpgsql as $$
    declare
      counter stream%rowtype;
      item jsonb;
      written event%rowtype;
    begin
      -- The counter's row lock is held until COMMIT, so offsets become visible in the order they are given out.
      select * into strict counter from stream for update;
      for item in select * from jsonb_array_elements(events) loop
        counter.head := counter.head + 1;
        written."offset" := counter.head;
        written.type := item->>'type';
        written.at := (item->>'at')::timestamptz;
        written.recorded_at := clock_timestamp();
        written.account_id := (item->>'accountId')::uuid;
        written.ward_id := (item->>'wardId')::uuid;
        written.shift_id := (item->>'shiftId')::uuid;
        written.worker_id := (item->>'workerId')::uuid;
        written.data := coalesce(item->'data', '{}');
        written.previous_hash := counter.last_hash;
        written.hash := event_hash(written);
        insert into event select written.*;
        counter.last_hash := written.hash;
      end loop;
      update stream set head = counter.head, last_hash = counter.last_hash;
      return counter.head;
    end $$;

    create function events_are_never_changed() returns trigger language plpgsql as $$
    begin
      raise exception 'an event is never changed or removed' using errcode = 'integrity_constraint_violation';
    end $$;
    create trigger events_are_never_changed before update or delete or truncate on event
      for each statement execute function events_are_never_changed();
  `,
    )
    .execute(db);
}
