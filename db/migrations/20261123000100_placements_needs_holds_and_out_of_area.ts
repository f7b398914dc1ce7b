import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `
    create table placement_request (
      id uuid primary key,
      reference text not null constraint a_reference_is_unique unique constraint a_reference_is_ours check (reference ~ '^HW-[0-9A-Z]{5,8}$'),
      sending_trust text not null references trust,
      home_place text not null references place,
      bed_type text not null,
      age_band text not null constraint age_band_is_known check (age_band in ('child', 'young-person', 'adult', 'older-adult')),
      sex text not null constraint sex_is_known check (sex in ('female', 'male')),
      legal_status text not null,
      security_level integer not null constraint needed_security_is_0_to_3 check (security_level between 0 and 3),
      needs text[] not null default '{}',
      where_now text not null constraint where_now_is_known check (
        where_now in ('community', 'emergency-department', 'place-of-safety', 'another-ward', 'out-of-area')),
      needed_by timestamptz not null,
      wishes text not null default '' constraint wishes_are_short check (length(wishes) <= 500),
      notes text not null default '' constraint notes_are_short check (length(notes) <= 500),
      continues uuid references placement_request,
      received_on date not null,
      state text not null constraint request_state_is_known check (state in ('open', 'unable-to-place', 'placed', 'withdrawn')),
      created_by uuid not null,
      created_at timestamptz not null,
      closed_at timestamptz,
      closed_reason text,
      constraint a_request_does_not_continue_itself check (continues <> id)
    );
    create index placement_request_by_trust on placement_request (sending_trust, created_at);
    create unique index a_request_is_continued_once on placement_request (continues) where continues is not null and state <> 'withdrawn';

    create table allocation (
      id uuid primary key,
      request_id uuid not null references placement_request,
      bed_id uuid not null references bed,
      ward_id uuid not null references ward,
      state text not null constraint allocation_state_is_known check (
        state in ('held', 'referred', 'accepted', 'declined', 'arrived', 'released', 'expired')),
      held_by uuid not null,
      held_at timestamptz not null,
      expires_at timestamptz,
      extended_at timestamptz,
      uses_leave_bed boolean not null default false,
      chosen_reason text,
      match jsonb not null,
      referred_at timestamptz,
      answer_by timestamptz,
      escalated_at timestamptz,
      answered_at timestamptz,
      answered_by uuid,
      arrived_at timestamptz,
      ended_at timestamptz,
      ended_by uuid,
      end_reason text,
      constraint a_hold_ends_when_it_says check ((state in ('held', 'accepted')) <= (expires_at is not null)),
      constraint a_referral_has_an_answer_clock check (state <> 'referred' or answer_by is not null),
      constraint an_ended_allocation_says_when check ((state in ('declined', 'arrived', 'released', 'expired')) = (ended_at is not null)),
      constraint a_decline_says_why check (state <> 'declined' or end_reason is not null),
      constraint a_leave_bed_is_used_for_a_reason check (not uses_leave_bed or chosen_reason is not null)
    );
    comment on column allocation.held_at is 'This and every other clock of an allocation is the database''s own, never the program''s.';
    create unique index a_bed_has_one_live_allocation on allocation (bed_id) where state in ('held', 'referred', 'accepted');
    create unique index a_request_has_one_live_allocation on allocation (request_id) where state in ('held', 'referred', 'accepted');
    create index allocation_by_request on allocation (request_id);
    create index allocation_by_bed on allocation (bed_id);
    create index allocation_due on allocation (expires_at) where state in ('held', 'accepted');
    create index allocation_unanswered on allocation (answer_by) where state = 'referred' and escalated_at is null;

    create table out_of_area (
      id uuid primary key,
      request_id uuid not null references placement_request
    );
    create unique index a_request_has_one_register_line on out_of_area (request_id);
    comment on table out_of_area is 'A line of the register; what is known of it is in its revisions.';

    create table out_of_area_revision (
      id uuid primary key,
      out_of_area_id uuid not null references out_of_area,
      state text not null constraint register_state_is_known check (state in ('draft', 'away', 'ended', 'not-out-of-area')),
      receiver text,
      receiver_kind text constraint receiver_kind_is_known check (receiver_kind in ('nhs', 'independent')),
      receiver_trust text references trust,
      place text,
      latitude double precision,
      longitude double precision,
      distance_km integer constraint distance_is_not_negative check (distance_km >= 0),
      bed_type text not null,
      reason_code text not null,
      received_on date not null,
      started_on date,
      ended_on date,
      cost_per_night_pence integer constraint cost_is_not_negative check (cost_per_night_pence >= 0),
      last_reviewed_on date,
      continuity_contact text not null default '',
      wishes text not null default '',
      intends_return boolean not null default true,
      why text not null,
      recorded_by uuid,
      recorded_at timestamptz not null,
      replaced_at timestamptz,
      constraint someone_away_is_somewhere check (state not in ('away', 'ended') or (receiver is not null and receiver_kind is not null)),
      constraint someone_away_has_started check (state <> 'away' or (started_on is not null and ended_on is null)),
      constraint a_stay_ends_after_it_starts check (ended_on >= started_on),
      constraint a_stay_starts_after_it_was_asked_for check (started_on >= received_on)
    );
    create unique index a_register_line_has_one_revision_now on out_of_area_revision (out_of_area_id) where replaced_at is null;
    create index out_of_area_away on out_of_area_revision (out_of_area_id) where replaced_at is null and state = 'away';

    create index event_by_request on event ((data->>'requestId')) where data ? 'requestId';
    create index event_by_ward on event (ward_id, "offset") where ward_id is not null;
  `,
    )
    .execute(db);
}
