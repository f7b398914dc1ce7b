import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `
    alter table booking
      add column rules integer not null default 1,
      add column review_since timestamptz,
      add column next_check_at timestamptz;
    alter table booking alter column rules drop default;
    comment on column booking.rules is 'The version of the rules its decision was taken by: only the same version must answer the same again.';
    comment on column booking.next_check_at is 'When its decision is taken again: a day before the shift, then at its start; none = no more.';
    update booking set next_check_at = greatest(lower(period) - interval '24 hours', booked_at) where status = 'confirmed';
    update booking set review_since = coalesce((select max(e.at) from event e where e.shift_id = booking.shift_id
      and e.type = 'booking.needs-review' and e.data->>'bookingId' = booking.id::text), booked_at) where status = 'needs-review';
    alter table booking add constraint a_booking_under_review_says_since_when check (status <> 'needs-review' or review_since is not null);
    create index booking_to_check on booking (next_check_at) where status = 'confirmed' and next_check_at is not null;
    create index booking_under_review on booking (ward_id) where status = 'needs-review';

    create table booking_decision (
      id uuid primary key,
      booking_id uuid not null references booking,
      at timestamptz not null,
      kind text not null constraint decision_kind_is_known check (kind in ('review', 'kept')),
      because text not null,
      decision jsonb not null,
      rules integer not null,
      by_account uuid,
      by_name text,
      compensatory_rest text
    );
    create index booking_decision_by_booking on booking_decision (booking_id, at);
    comment on table booking_decision is 'Decisions on a booking after the first, which stays as it was: why it had to be looked at again, and on what it was kept.';
  `,
    )
    .execute(db);
}
