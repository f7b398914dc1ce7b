import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `
    create table shift_reason (
      code text primary key,
      title text not null,
      position integer not null,
      industrial_action boolean not null default false
    );
    create table cancel_reason (
      code text primary key,
      title text not null,
      position integer not null,
      side text not null constraint cancel_reason_has_a_side check (side in ('ward', 'worker'))
    );

    create table shift (
      id uuid primary key,
      ward_id uuid not null references ward,
      role text not null,
      band integer not null constraint shift_band_is_2_to_9 check (band between 2 and 9),
      staff_group text not null,
      starts_at timestamptz not null,
      ends_at timestamptz not null,
      break_minutes integer not null constraint shift_break_is_not_negative check (break_minutes >= 0),
      reason text not null references shift_reason,
      notes text not null default '',
      extra_competencies text[] not null default '{}',
      preferred_worker_id uuid references worker,
      preferred_until timestamptz,
      status text not null constraint shift_status_is_known check (status in ('open', 'filled', 'cancelled', 'expired')),
      version integer not null default 1,
      posted_by uuid not null,
      posted_at timestamptz not null,
      regulars_at timestamptz not null,
      home_trust_at timestamptz not null,
      collaborative_at timestamptz not null,
      regular_duties integer not null,
      regular_weeks integer not null,
      wave text not null default 'collaborative' constraint wave_is_known check (wave in ('preferred', 'regulars', 'home-trust', 'collaborative')),
      filled_at timestamptz,
      cancelled_at timestamptz,
      cancel_reason text constraint cancel_reason_is_a_code_or_a_few_words check (length(cancel_reason) between 1 and 200),
      constraint a_shift_ends_after_it_starts check (starts_at < ends_at),
      constraint waves_open_in_order check (regulars_at <= home_trust_at and home_trust_at <= collaborative_at),
      constraint a_preference_is_whole check ((preferred_worker_id is null) = (preferred_until is null)),
      constraint a_filled_shift_says_when check (status <> 'filled' or filled_at is not null),
      constraint a_cancelled_shift_says_why check ((status = 'cancelled') = (cancelled_at is not null and cancel_reason is not null))
    );
    comment on column shift.wave is 'The widest circle it has been announced to; the rule reads the times, never this.';
    create index shift_by_ward on shift (ward_id, starts_at);
    create index shift_open_by_start on shift (starts_at) where status = 'open';

    create table booking (
      id uuid primary key,
      shift_id uuid not null references shift,
      worker_id uuid not null references worker,
      person_id uuid not null references person,
      period tstzrange not null
        constraint booking_is_a_bounded_half_open_time check (
          not isempty(period) and lower(period) is not null and upper(period) is not null and lower_inc(period) and not upper_inc(period)),
      break_minutes integer not null,
      ward_id uuid not null references ward,
      status text not null constraint booking_status_is_known check (status in ('confirmed', 'needs-review', 'cancelled', 'worked')),
      decision jsonb not null,
      decided_at timestamptz not null,
      booked_at timestamptz not null,
      booked_by uuid not null,
      review_reason text,
      cancelled_at timestamptz,
      cancelled_by uuid,
      cancel_reason text constraint booking_cancel_reason_is_a_code_or_a_few_words check (length(cancel_reason) between 1 and 200),
      cancelled_by_side text,
      undone boolean not null default false,
      constraint a_cancelled_booking_says_why check ((status = 'cancelled') = (cancelled_at is not null and (cancel_reason is not null or undone))),
      constraint a_worker_is_in_one_place_at_a_time
        exclude using gist (person_id with =, period with &&) where (status in ('confirmed', 'needs-review', 'worked'))
    );
    create unique index a_shift_has_one_live_booking on booking (shift_id) where status in ('confirmed', 'needs-review', 'worked');
    create index booking_by_worker on booking (worker_id);
    create index booking_by_person on booking (person_id, upper(period)) where status in ('confirmed', 'needs-review', 'worked');
    create index booking_by_ward on booking (ward_id, upper(period)) where status in ('confirmed', 'needs-review', 'worked');

    create table shift_request (
      id uuid primary key,
      shift_id uuid not null references shift,
      worker_id uuid not null references worker,
      status text not null constraint request_status_is_known check (status in ('asked', 'approved', 'refused', 'closed')),
      decision jsonb not null,
      asked_at timestamptz not null,
      answered_at timestamptz,
      answered_by uuid,
      reason text,
      compensatory_rest text,
      booking_id uuid references booking,
      constraint an_answer_says_who_and_when check ((status in ('approved', 'refused')) = (answered_by is not null)),
      constraint a_refusal_says_why check (status <> 'refused' or reason is not null)
    );
    create unique index one_open_request_of_a_worker on shift_request (shift_id, worker_id) where status = 'asked';
    create index shift_request_by_worker on shift_request (worker_id);
  `,
    )
    .execute(db);
}
