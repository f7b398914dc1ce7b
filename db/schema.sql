-- Made by db/generate.ts from the migrations; read it, but do not edit it.

create extension btree_gist;

create table account (
  id uuid not null,
  email text not null,
  name text not null,
  password_hash text,
  worker_id uuid,
  disabled_at timestamp with time zone,
  demonstration boolean not null default false,
  note text,
  constraint account_pkey PRIMARY KEY (id),
  constraint email_is_unique UNIQUE (email),
  constraint account_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES worker(id),
  constraint email_is_lower_case CHECK ((email = lower(email)))
);
CREATE UNIQUE INDEX a_worker_has_one_account ON public.account USING btree (worker_id);

create table account_role (
  id uuid not null,
  account_id uuid not null,
  role text not null,
  trust text,
  ward_id uuid,
  collaborative_id uuid,
  from_at timestamp with time zone not null,
  until_at timestamp with time zone,
  constraint account_role_pkey PRIMARY KEY (id),
  constraint account_role_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id),
  constraint account_role_collaborative_id_fkey FOREIGN KEY (collaborative_id) REFERENCES collaborative(id),
  constraint account_role_trust_fkey FOREIGN KEY (trust) REFERENCES trust(ods_code),
  constraint account_role_ward_id_fkey FOREIGN KEY (ward_id) REFERENCES ward(id),
  constraint a_role_has_its_reach CHECK (
CASE role
    WHEN 'ward-manager'::text THEN (ward_id IS NOT NULL)
    WHEN 'bank-office'::text THEN (trust IS NOT NULL)
    WHEN 'training-lead'::text THEN (trust IS NOT NULL)
    WHEN 'bed-manager'::text THEN (trust IS NOT NULL)
    WHEN 'programme'::text THEN (collaborative_id IS NOT NULL)
    ELSE true
END),
  constraint role_is_known CHECK ((role = ANY (ARRAY['worker'::text, 'ward-manager'::text, 'bank-office'::text, 'training-lead'::text, 'bed-manager'::text, 'programme'::text, 'auditor'::text, 'administrator'::text])))
);
CREATE INDEX account_role_by_account ON public.account_role USING btree (account_id);

create table admission_criteria (
  id uuid not null,
  ward_id uuid not null,
  version integer not null,
  items jsonb not null,
  reason text not null,
  recorded_by uuid,
  recorded_at timestamp with time zone not null,
  replaced_at timestamp with time zone,
  constraint admission_criteria_pkey PRIMARY KEY (id),
  constraint a_criteria_version_is_unique UNIQUE (ward_id, version),
  constraint admission_criteria_ward_id_fkey FOREIGN KEY (ward_id) REFERENCES ward(id)
);
comment on table admission_criteria is 'What a ward says of whom it takes, whole, version by version.';
CREATE UNIQUE INDEX a_ward_has_one_version_now ON public.admission_criteria USING btree (ward_id) WHERE (replaced_at IS NULL);

create table admission_pause (
  id uuid not null,
  ward_id uuid not null,
  reason text not null,
  review_at timestamp with time zone not null,
  recorded_by uuid not null,
  recorded_at timestamp with time zone not null,
  replaced_at timestamp with time zone,
  ended_by uuid,
  constraint admission_pause_pkey PRIMARY KEY (id),
  constraint admission_pause_ward_id_fkey FOREIGN KEY (ward_id) REFERENCES ward(id),
  constraint a_pause_says_why CHECK (((length(reason) >= 1) AND (length(reason) <= 200)))
);
CREATE UNIQUE INDEX a_ward_is_paused_once ON public.admission_pause USING btree (ward_id) WHERE (replaced_at IS NULL);

create table alignment (
  id uuid not null,
  collaborative_id uuid not null,
  course_id uuid not null,
  competency text not null,
  constraint alignment_pkey PRIMARY KEY (id),
  constraint a_course_is_aligned_once_to_a_competency UNIQUE (collaborative_id, course_id, competency),
  constraint alignment_collaborative_id_fkey FOREIGN KEY (collaborative_id) REFERENCES collaborative(id),
  constraint alignment_competency_fkey FOREIGN KEY (competency) REFERENCES competency(code),
  constraint alignment_course_id_fkey FOREIGN KEY (course_id) REFERENCES course(id)
);

create table alignment_comment (
  id uuid not null,
  alignment_id uuid not null,
  account_id uuid,
  by_name text not null,
  trust text,
  at timestamp with time zone not null,
  words text not null,
  constraint alignment_comment_pkey PRIMARY KEY (id),
  constraint alignment_comment_alignment_id_fkey FOREIGN KEY (alignment_id) REFERENCES alignment(id)
);
CREATE INDEX alignment_comment_by_alignment ON public.alignment_comment USING btree (alignment_id, at);

create table alignment_pilot_ward (
  alignment_state_id uuid not null,
  ward_id uuid not null,
  constraint alignment_pilot_ward_pkey PRIMARY KEY (alignment_state_id, ward_id),
  constraint alignment_pilot_ward_alignment_state_id_fkey FOREIGN KEY (alignment_state_id) REFERENCES alignment_state(id),
  constraint alignment_pilot_ward_ward_id_fkey FOREIGN KEY (ward_id) REFERENCES ward(id)
);

create table alignment_signature (
  id uuid not null,
  alignment_state_id uuid not null,
  trust text not null,
  stance text not null,
  delegation_id uuid,
  responsible_person text not null,
  account_id uuid,
  by_name text not null,
  at timestamp with time zone not null,
  reason text,
  constraint alignment_signature_pkey PRIMARY KEY (id),
  constraint alignment_signature_alignment_state_id_fkey FOREIGN KEY (alignment_state_id) REFERENCES alignment_state(id),
  constraint alignment_signature_delegation_id_fkey FOREIGN KEY (delegation_id) REFERENCES delegation(id),
  constraint alignment_signature_trust_fkey FOREIGN KEY (trust) REFERENCES trust(ods_code),
  constraint an_objection_says_why CHECK (((stance <> 'objected'::text) OR (reason IS NOT NULL))),
  constraint stance_is_known CHECK ((stance = ANY (ARRAY['signed'::text, 'objected'::text])))
);
CREATE UNIQUE INDEX a_trust_signs_once_a_round ON public.alignment_signature USING btree (alignment_state_id, trust) WHERE (stance = 'signed'::text);
CREATE INDEX alignment_signature_by_state ON public.alignment_signature USING btree (alignment_state_id);

create table alignment_state (
  id uuid not null,
  alignment_id uuid not null,
  state text not null,
  since timestamp with time zone not null,
  replaced_at timestamp with time zone,
  decided_by text not null,
  reason text,
  counts_from date,
  pilot_until timestamp with time zone,
  decided_by_account uuid,
  decided_by_trust text,
  watch_for text,
  constraint alignment_state_pkey PRIMARY KEY (id),
  constraint alignment_state_alignment_id_fkey FOREIGN KEY (alignment_id) REFERENCES alignment(id),
  constraint alignment_state_decided_by_trust_fkey FOREIGN KEY (decided_by_trust) REFERENCES trust(ods_code),
  constraint alignment_state_is_known CHECK ((state = ANY (ARRAY['draft'::text, 'in-review'::text, 'stress-testing'::text, 'validated'::text, 'withdrawn'::text]))),
  constraint only_a_pilot_ends CHECK (((pilot_until IS NULL) OR (state = 'stress-testing'::text)))
);
CREATE UNIQUE INDEX one_current_state_of_an_alignment ON public.alignment_state USING btree (alignment_id) WHERE (replaced_at IS NULL);

create table allocation (
  id uuid not null,
  request_id uuid not null,
  bed_id uuid not null,
  ward_id uuid not null,
  state text not null,
  held_by uuid not null,
  held_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  extended_at timestamp with time zone,
  uses_leave_bed boolean not null default false,
  chosen_reason text,
  match jsonb not null,
  referred_at timestamp with time zone,
  answer_by timestamp with time zone,
  escalated_at timestamp with time zone,
  answered_at timestamp with time zone,
  answered_by uuid,
  arrived_at timestamp with time zone,
  ended_at timestamp with time zone,
  ended_by uuid,
  end_reason text,
  constraint allocation_pkey PRIMARY KEY (id),
  constraint allocation_bed_id_fkey FOREIGN KEY (bed_id) REFERENCES bed(id),
  constraint allocation_request_id_fkey FOREIGN KEY (request_id) REFERENCES placement_request(id),
  constraint allocation_ward_id_fkey FOREIGN KEY (ward_id) REFERENCES ward(id),
  constraint a_decline_says_why CHECK (((state <> 'declined'::text) OR (end_reason IS NOT NULL))),
  constraint a_hold_ends_when_it_says CHECK (((state = ANY (ARRAY['held'::text, 'accepted'::text])) <= (expires_at IS NOT NULL))),
  constraint a_leave_bed_is_used_for_a_reason CHECK (((NOT uses_leave_bed) OR (chosen_reason IS NOT NULL))),
  constraint a_referral_has_an_answer_clock CHECK (((state <> 'referred'::text) OR (answer_by IS NOT NULL))),
  constraint allocation_state_is_known CHECK ((state = ANY (ARRAY['held'::text, 'referred'::text, 'accepted'::text, 'declined'::text, 'arrived'::text, 'released'::text, 'expired'::text]))),
  constraint an_ended_allocation_says_when CHECK (((state = ANY (ARRAY['declined'::text, 'arrived'::text, 'released'::text, 'expired'::text])) = (ended_at IS NOT NULL)))
);
comment on column allocation.held_at is 'This and every other clock of an allocation is the database''s own, never the program''s.';
CREATE UNIQUE INDEX a_bed_has_one_live_allocation ON public.allocation USING btree (bed_id) WHERE (state = ANY (ARRAY['held'::text, 'referred'::text, 'accepted'::text]));
CREATE UNIQUE INDEX a_request_has_one_live_allocation ON public.allocation USING btree (request_id) WHERE (state = ANY (ARRAY['held'::text, 'referred'::text, 'accepted'::text]));
CREATE INDEX allocation_by_bed ON public.allocation USING btree (bed_id);
CREATE INDEX allocation_by_request ON public.allocation USING btree (request_id);
CREATE INDEX allocation_due ON public.allocation USING btree (expires_at) WHERE (state = ANY (ARRAY['held'::text, 'accepted'::text]));
CREATE INDEX allocation_unanswered ON public.allocation USING btree (answer_by) WHERE ((state = 'referred'::text) AND (escalated_at IS NULL));

create table bank (
  id uuid not null,
  code text not null,
  name text not null,
  constraint bank_pkey PRIMARY KEY (id),
  constraint bank_code_is_unique UNIQUE (code)
);

create table bank_member (
  id uuid not null,
  bank_id uuid not null,
  trust text not null,
  days daterange not null,
  recorded_at timestamp with time zone not null default '2000-01-01 00:00:00+00'::timestamp with time zone,
  constraint bank_member_pkey PRIMARY KEY (id),
  constraint bank_member_bank_id_fkey FOREIGN KEY (bank_id) REFERENCES bank(id),
  constraint bank_member_trust_fkey FOREIGN KEY (trust) REFERENCES trust(ods_code),
  constraint bank_member_has_days CHECK (((NOT isempty(days)) AND (lower(days) IS NOT NULL))),
  constraint a_trust_is_on_a_bank_once_at_a_time EXCLUDE USING gist (bank_id WITH =, trust WITH =, days WITH &&)
);

create table bank_membership (
  id uuid not null,
  worker_id uuid not null,
  bank_id uuid not null,
  from_day date,
  until_day date,
  recorded_at timestamp with time zone not null,
  replaced_at timestamp with time zone,
  constraint bank_membership_pkey PRIMARY KEY (id),
  constraint bank_membership_bank_id_fkey FOREIGN KEY (bank_id) REFERENCES bank(id),
  constraint bank_membership_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES worker(id)
);
CREATE INDEX membership_of_a_worker ON public.bank_membership USING btree (worker_id);
CREATE UNIQUE INDEX one_current_membership_of_a_bank ON public.bank_membership USING btree (worker_id, bank_id) WHERE (replaced_at IS NULL);

create table bank_staff_group (
  bank_id uuid not null,
  staff_group text not null,
  recorded_at timestamp with time zone not null default '2000-01-01 00:00:00+00'::timestamp with time zone,
  constraint bank_staff_group_pkey PRIMARY KEY (bank_id, staff_group),
  constraint bank_staff_group_bank_id_fkey FOREIGN KEY (bank_id) REFERENCES bank(id)
);

create table bed (
  id uuid not null,
  ward_id uuid not null,
  label text not null,
  position integer not null,
  commissioned_by text,
  added_at timestamp with time zone not null,
  retired_at timestamp with time zone,
  constraint bed_pkey PRIMARY KEY (id),
  constraint bed_ward_id_fkey FOREIGN KEY (ward_id) REFERENCES ward(id),
  constraint a_bed_is_retired_after_it_was_added CHECK ((retired_at > added_at)),
  constraint a_bed_label_is_short CHECK (((length(label) >= 1) AND (length(label) <= 40)))
);
comment on column bed.commissioned_by is 'Who decides about reopening a commissioned specialised bed; null: the ward itself.';
CREATE UNIQUE INDEX a_bed_label_is_unique_on_a_ward ON public.bed USING btree (ward_id, label) WHERE (retired_at IS NULL);

create table bed_setting (
  id uuid not null,
  trust text not null,
  due_times text[] not null,
  fresh_minutes integer not null,
  grace_minutes integer not null,
  hold_minutes integer not null,
  extension_minutes integer not null,
  answer_minutes integer not null,
  arrival_minutes integer not null,
  asking_minutes integer not null,
  review_days integer not null,
  sex_rules jsonb not null,
  ranking_terms text[] not null,
  reason text not null,
  from_at timestamp with time zone not null,
  recorded_by uuid,
  recorded_at timestamp with time zone not null,
  constraint bed_setting_pkey PRIMARY KEY (id),
  constraint bed_setting_trust_fkey FOREIGN KEY (trust) REFERENCES trust(ods_code),
  constraint answer_minutes_are_positive CHECK ((answer_minutes > 0)),
  constraint arrival_minutes_are_positive CHECK ((arrival_minutes > 0)),
  constraint asking_minutes_are_positive CHECK ((asking_minutes > 0)),
  constraint due_times_are_given CHECK (((cardinality(due_times) >= 1) AND (cardinality(due_times) <= 12))),
  constraint extension_minutes_are_not_negative CHECK ((extension_minutes >= 0)),
  constraint fresh_minutes_are_positive CHECK ((fresh_minutes > 0)),
  constraint grace_minutes_are_positive CHECK ((grace_minutes > 0)),
  constraint hold_minutes_are_positive CHECK ((hold_minutes > 0)),
  constraint review_days_are_positive CHECK ((review_days > 0))
);
comment on table bed_setting is 'A trust''s own clocks and orders. The one that counts at an instant is the one with the latest from_at by then, recorded last.';
CREATE INDEX bed_setting_by_trust ON public.bed_setting USING btree (trust, from_at);

create table bed_state (
  id uuid not null,
  bed_id uuid not null,
  state text not null,
  reason text,
  note text not null default ''::text,
  expected_return timestamp with time zone,
  source text not null,
  recorded_by uuid,
  recorded_at timestamp with time zone not null,
  replaced_at timestamp with time zone,
  constraint bed_state_pkey PRIMARY KEY (id),
  constraint bed_state_bed_id_fkey FOREIGN KEY (bed_id) REFERENCES bed(id),
  constraint a_bed_state_is_replaced_after_it_was_recorded CHECK ((replaced_at >= recorded_at)),
  constraint a_closed_bed_says_why CHECK (((state = 'closed'::text) = (reason IS NOT NULL))),
  constraint bed_state_is_known CHECK ((state = ANY (ARRAY['available'::text, 'occupied'::text, 'on-leave'::text, 'closed'::text]))),
  constraint bed_state_source_is_known CHECK ((source = ANY (ARRAY['ward'::text, 'bed-manager'::text, 'import'::text, 'placement'::text]))),
  constraint closed_reason_is_known CHECK ((reason = ANY (ARRAY['staffing'::text, 'infection'::text, 'damage-or-repair'::text, 'acuity'::text, 'sex-of-accommodation'::text, 'commissioner'::text, 'other'::text]))),
  constraint only_leave_has_a_return CHECK (((expected_return IS NULL) OR (state = 'on-leave'::text)))
);
comment on table bed_state is 'What a bed is, dated. Held is not among them: a live allocation says so.';
CREATE UNIQUE INDEX a_bed_has_one_state_now ON public.bed_state USING btree (bed_id) WHERE (replaced_at IS NULL);
CREATE INDEX bed_state_by_bed ON public.bed_state USING btree (bed_id, recorded_at);

create table booking (
  id uuid not null,
  shift_id uuid not null,
  worker_id uuid not null,
  person_id uuid not null,
  period tstzrange not null,
  break_minutes integer not null,
  ward_id uuid not null,
  status text not null,
  decision jsonb not null,
  decided_at timestamp with time zone not null,
  booked_at timestamp with time zone not null,
  booked_by uuid not null,
  review_reason text,
  cancelled_at timestamp with time zone,
  cancelled_by uuid,
  cancel_reason text,
  cancelled_by_side text,
  undone boolean not null default false,
  rules integer not null,
  review_since timestamp with time zone,
  next_check_at timestamp with time zone,
  constraint booking_pkey PRIMARY KEY (id),
  constraint booking_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id),
  constraint booking_shift_id_fkey FOREIGN KEY (shift_id) REFERENCES shift(id),
  constraint booking_ward_id_fkey FOREIGN KEY (ward_id) REFERENCES ward(id),
  constraint booking_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES worker(id),
  constraint a_booking_under_review_says_since_when CHECK (((status <> 'needs-review'::text) OR (review_since IS NOT NULL))),
  constraint a_cancelled_booking_says_why CHECK (((status = 'cancelled'::text) = ((cancelled_at IS NOT NULL) AND ((cancel_reason IS NOT NULL) OR undone)))),
  constraint booking_cancel_reason_is_a_code_or_a_few_words CHECK (((length(cancel_reason) >= 1) AND (length(cancel_reason) <= 200))),
  constraint booking_is_a_bounded_half_open_time CHECK (((NOT isempty(period)) AND (lower(period) IS NOT NULL) AND (upper(period) IS NOT NULL) AND lower_inc(period) AND (NOT upper_inc(period)))),
  constraint booking_status_is_known CHECK ((status = ANY (ARRAY['confirmed'::text, 'needs-review'::text, 'cancelled'::text, 'worked'::text]))),
  constraint a_worker_is_in_one_place_at_a_time EXCLUDE USING gist (person_id WITH =, period WITH &&) WHERE ((status = ANY (ARRAY['confirmed'::text, 'needs-review'::text, 'worked'::text])))
);
comment on column booking.rules is 'The version of the rules its decision was taken by: only the same version must answer the same again.';
comment on column booking.next_check_at is 'When its decision is taken again: a day before the shift, then at its start; none = no more.';
CREATE UNIQUE INDEX a_shift_has_one_live_booking ON public.booking USING btree (shift_id) WHERE (status = ANY (ARRAY['confirmed'::text, 'needs-review'::text, 'worked'::text]));
CREATE INDEX booking_by_person ON public.booking USING btree (person_id, upper(period)) WHERE (status = ANY (ARRAY['confirmed'::text, 'needs-review'::text, 'worked'::text]));
CREATE INDEX booking_by_ward ON public.booking USING btree (ward_id, upper(period)) WHERE (status = ANY (ARRAY['confirmed'::text, 'needs-review'::text, 'worked'::text]));
CREATE INDEX booking_by_worker ON public.booking USING btree (worker_id);
CREATE INDEX booking_to_check ON public.booking USING btree (next_check_at) WHERE ((status = 'confirmed'::text) AND (next_check_at IS NOT NULL));
CREATE INDEX booking_under_review ON public.booking USING btree (ward_id) WHERE (status = 'needs-review'::text);

create table booking_decision (
  id uuid not null,
  booking_id uuid not null,
  at timestamp with time zone not null,
  kind text not null,
  because text not null,
  decision jsonb not null,
  rules integer not null,
  by_account uuid,
  by_name text,
  compensatory_rest text,
  constraint booking_decision_pkey PRIMARY KEY (id),
  constraint booking_decision_booking_id_fkey FOREIGN KEY (booking_id) REFERENCES booking(id),
  constraint decision_kind_is_known CHECK ((kind = ANY (ARRAY['review'::text, 'kept'::text])))
);
comment on table booking_decision is 'Decisions on a booking after the first, which stays as it was: why it had to be looked at again, and on what it was kept.';
CREATE INDEX booking_decision_by_booking ON public.booking_decision USING btree (booking_id, at);

create table cancel_reason (
  code text not null,
  title text not null,
  position integer not null,
  side text not null,
  constraint cancel_reason_pkey PRIMARY KEY (code),
  constraint cancel_reason_has_a_side CHECK ((side = ANY (ARRAY['ward'::text, 'worker'::text])))
);

create table closure_shift (
  bed_state_id uuid not null,
  shift_id uuid not null,
  constraint closure_shift_pkey PRIMARY KEY (bed_state_id, shift_id),
  constraint closure_shift_bed_state_id_fkey FOREIGN KEY (bed_state_id) REFERENCES bed_state(id),
  constraint closure_shift_shift_id_fkey FOREIGN KEY (shift_id) REFERENCES shift(id)
);
comment on table closure_shift is 'The shifts whose filling would let a bed closed for staffing open.';
CREATE INDEX closure_shift_by_shift ON public.closure_shift USING btree (shift_id);

create table code (
  list text not null,
  code text not null,
  title text not null,
  position integer not null,
  detail jsonb not null default '{}'::jsonb,
  source text,
  constraint code_pkey PRIMARY KEY (list, code),
  constraint a_code_is_short CHECK (((length(code) >= 1) AND (length(code) <= 80))),
  constraint code_list_is_known CHECK ((list = ANY (ARRAY['bed-type'::text, 'legal-status'::text, 'out-of-area-reason'::text, 'delay-reason'::text, 'need'::text, 'decline-reason'::text, 'release-reason'::text])))
);
comment on table code is 'The national code lists, and ours where there is none: needs, why a ward declines, why a hold is let go.';

create table collaborative (
  id uuid not null,
  code text not null,
  name text not null,
  constraint collaborative_pkey PRIMARY KEY (id),
  constraint collaborative_code_is_unique UNIQUE (code)
);

create table collaborative_member (
  id uuid not null,
  collaborative_id uuid not null,
  trust text not null,
  days daterange not null,
  recorded_at timestamp with time zone not null default '2000-01-01 00:00:00+00'::timestamp with time zone,
  constraint collaborative_member_pkey PRIMARY KEY (id),
  constraint collaborative_member_collaborative_id_fkey FOREIGN KEY (collaborative_id) REFERENCES collaborative(id),
  constraint collaborative_member_trust_fkey FOREIGN KEY (trust) REFERENCES trust(ods_code),
  constraint membership_has_days CHECK (((NOT isempty(days)) AND (lower(days) IS NOT NULL))),
  constraint a_trust_is_a_member_once_at_a_time EXCLUDE USING gist (collaborative_id WITH =, trust WITH =, days WITH &&)
);

create table competency (
  code text not null,
  collaborative_id uuid not null,
  title text not null,
  use_of_force boolean not null,
  constraint competency_pkey PRIMARY KEY (code),
  constraint competency_collaborative_id_fkey FOREIGN KEY (collaborative_id) REFERENCES collaborative(id),
  constraint competency_code_is_kebab_case CHECK ((code ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text))
);

create table competency_period (
  id uuid not null,
  competency text not null,
  trust text not null,
  months integer not null,
  days daterange not null,
  recorded_at timestamp with time zone not null,
  replaced_at timestamp with time zone,
  recorded_by uuid,
  recorded_by_name text,
  reason text,
  constraint competency_period_pkey PRIMARY KEY (id),
  constraint competency_period_competency_fkey FOREIGN KEY (competency) REFERENCES competency(code),
  constraint competency_period_trust_fkey FOREIGN KEY (trust) REFERENCES trust(ods_code),
  constraint period_has_days CHECK (((NOT isempty(days)) AND (lower(days) IS NOT NULL))),
  constraint period_is_1_to_120_months CHECK (((months >= 1) AND (months <= 120))),
  constraint one_period_of_a_trust_at_a_time EXCLUDE USING gist (competency WITH =, trust WITH =, days WITH &&) WHERE ((replaced_at IS NULL))
);

create table competency_standard (
  id uuid not null,
  competency text not null,
  minimum_minutes integer,
  techniques text[] not null default '{}'::text[],
  refresher_months integer,
  refresher_minutes integer,
  source text,
  recorded_at timestamp with time zone not null,
  replaced_at timestamp with time zone,
  constraint competency_standard_pkey PRIMARY KEY (id),
  constraint competency_standard_competency_fkey FOREIGN KEY (competency) REFERENCES competency(code),
  constraint a_standard_refresher_takes_time CHECK ((refresher_minutes > 0)),
  constraint a_standard_refreshes_within_months CHECK ((refresher_months > 0)),
  constraint a_standard_takes_time CHECK ((minimum_minutes > 0))
);
CREATE UNIQUE INDEX one_current_standard_of_a_competency ON public.competency_standard USING btree (competency) WHERE (replaced_at IS NULL);

create table course (
  id uuid not null,
  trust text not null,
  code text not null,
  version text not null,
  constraint course_pkey PRIMARY KEY (id),
  constraint a_course_version_is_unique_at_a_trust UNIQUE (trust, code, version),
  constraint course_trust_fkey FOREIGN KEY (trust) REFERENCES trust(ods_code)
);

create table course_revision (
  id uuid not null,
  course_id uuid not null,
  recorded_at timestamp with time zone not null,
  replaced_at timestamp with time zone,
  title text not null,
  meets text not null,
  provider text,
  certified_until date,
  use_of_force boolean not null,
  syllabus_minutes integer,
  techniques text[] not null default '{}'::text[],
  certificate text,
  refresher_months integer,
  refresher_minutes integer,
  recorded_by uuid,
  recorded_by_name text,
  reason text,
  constraint course_revision_pkey PRIMARY KEY (id),
  constraint course_revision_course_id_fkey FOREIGN KEY (course_id) REFERENCES course(id),
  constraint course_revision_meets_fkey FOREIGN KEY (meets) REFERENCES competency(code),
  constraint a_refresher_is_due_within_months CHECK ((refresher_months > 0)),
  constraint a_refresher_takes_time CHECK ((refresher_minutes > 0)),
  constraint a_syllabus_takes_time CHECK ((syllabus_minutes > 0))
);
CREATE UNIQUE INDEX one_current_revision_of_a_course ON public.course_revision USING btree (course_id) WHERE (replaced_at IS NULL);

create table daily_round (
  name text not null,
  day date not null,
  reached text,
  finished_at timestamp with time zone,
  constraint daily_round_pkey PRIMARY KEY (name, day)
);
comment on table daily_round is 'How far the work of one local day has come, so that any number of processes do it once between them.';

create table delegation (
  id uuid not null,
  trust text not null,
  account_id uuid not null,
  responsible_person text not null,
  from_day date not null,
  until_day date,
  recorded_at timestamp with time zone not null,
  recorded_by uuid,
  ended_at timestamp with time zone,
  ended_by uuid,
  ended_reason text,
  constraint delegation_pkey PRIMARY KEY (id),
  constraint delegation_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id),
  constraint delegation_trust_fkey FOREIGN KEY (trust) REFERENCES trust(ods_code),
  constraint a_delegation_has_days CHECK ((until_day >= from_day)),
  constraint an_ended_delegation_says_why CHECK (((ended_at IS NULL) = (ended_reason IS NULL)))
);
comment on table delegation is 'A training lead signs for the responsible person of the trust (Mental Health Units (Use of Force) Act 2018, s.2), who said so, from when until when.';
CREATE INDEX delegation_by_account ON public.delegation USING btree (account_id);

create table discharge_readiness (
  id uuid not null,
  bed_id uuid not null,
  ready_on date not null,
  delay_reasons text[] not null,
  recorded_by uuid,
  recorded_at timestamp with time zone not null,
  replaced_at timestamp with time zone,
  constraint discharge_readiness_pkey PRIMARY KEY (id),
  constraint discharge_readiness_bed_id_fkey FOREIGN KEY (bed_id) REFERENCES bed(id)
);
comment on table discharge_readiness is 'The person in this bed is clinically ready for discharge, since when and why they are still here. It ends with the stay.';
CREATE UNIQUE INDEX a_stay_is_ready_once ON public.discharge_readiness USING btree (bed_id) WHERE (replaced_at IS NULL);

create table duty (
  id uuid not null,
  trust text not null,
  external_id text not null,
  constraint duty_pkey PRIMARY KEY (id),
  constraint external_id_is_unique_at_a_trust UNIQUE (trust, external_id),
  constraint duty_trust_fkey FOREIGN KEY (trust) REFERENCES trust(ods_code)
);
comment on table duty is 'A row of a trust''s own roster, known by the trust''s own id; what it says is in duty_revision.';

create table duty_revision (
  id uuid not null,
  duty_id uuid not null,
  worker_id uuid not null,
  person_id uuid not null,
  ward_id uuid,
  kind text not null,
  period tstzrange not null,
  break_minutes integer not null,
  recorded_at timestamp with time zone not null,
  replaced_at timestamp with time zone,
  constraint duty_revision_pkey PRIMARY KEY (id),
  constraint duty_revision_duty_id_fkey FOREIGN KEY (duty_id) REFERENCES duty(id),
  constraint duty_revision_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id),
  constraint duty_revision_ward_id_fkey FOREIGN KEY (ward_id) REFERENCES ward(id),
  constraint duty_revision_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES worker(id),
  constraint duty_break_is_not_negative CHECK ((break_minutes >= 0)),
  constraint duty_is_a_bounded_half_open_time CHECK (((NOT isempty(period)) AND (lower(period) IS NOT NULL) AND (upper(period) IS NOT NULL) AND lower_inc(period) AND (NOT upper_inc(period)))),
  constraint duty_kind_is_known CHECK ((kind = ANY (ARRAY['duty'::text, 'training'::text, 'leave'::text])))
);
CREATE INDEX duty_of_a_person ON public.duty_revision USING btree (person_id, upper(period)) WHERE (replaced_at IS NULL);
CREATE INDEX duty_of_a_worker ON public.duty_revision USING btree (worker_id, upper(period));
CREATE INDEX duty_on_a_ward ON public.duty_revision USING btree (ward_id, upper(period)) WHERE (replaced_at IS NULL);
CREATE UNIQUE INDEX one_current_revision_of_a_duty ON public.duty_revision USING btree (duty_id) WHERE (replaced_at IS NULL);

create table event (
  offset bigint not null,
  type text not null,
  at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  account_id uuid,
  ward_id uuid,
  shift_id uuid,
  worker_id uuid,
  data jsonb not null,
  previous_hash bytea not null,
  hash bytea not null,
  constraint event_pkey PRIMARY KEY ("offset")
);
CREATE INDEX event_by_recorded ON public.event USING btree (recorded_at);
CREATE INDEX event_by_request ON public.event USING btree (((data ->> 'requestId'::text))) WHERE (data ? 'requestId'::text);
CREATE INDEX event_by_shift ON public.event USING btree (shift_id) WHERE (shift_id IS NOT NULL);
CREATE INDEX event_by_ward ON public.event USING btree (ward_id, "offset") WHERE (ward_id IS NOT NULL);
CREATE INDEX event_by_worker ON public.event USING btree (worker_id) WHERE (worker_id IS NOT NULL);
CREATE TRIGGER events_are_never_changed BEFORE DELETE OR UPDATE OR TRUNCATE ON public.event FOR EACH STATEMENT EXECUTE FUNCTION events_are_never_changed();

create table idempotency_key (
  account_id uuid not null,
  key text not null,
  request_hash bytea not null,
  status integer,
  body jsonb,
  created_at timestamp with time zone not null default clock_timestamp(),
  constraint idempotency_key_pkey PRIMARY KEY (account_id, key)
);
comment on table idempotency_key is 'Written in the same transaction as the effect, so that a repeated request answers what the first one did. Kept 7 days.';
CREATE INDEX idempotency_key_by_age ON public.idempotency_key USING btree (created_at);

create table invitation (
  token_hash bytea not null,
  account_id uuid not null,
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone,
  constraint invitation_pkey PRIMARY KEY (token_hash),
  constraint invitation_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id)
);

create table notice (
  id uuid not null,
  worker_id uuid not null,
  about text not null,
  code text not null,
  title text not null,
  ends_on date not null,
  told_at timestamp with time zone not null,
  seen_at timestamp with time zone,
  constraint notice_pkey PRIMARY KEY (id),
  constraint an_end_is_told_once UNIQUE (worker_id, about, code, ends_on),
  constraint notice_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES worker(id),
  constraint notice_is_about_known CHECK ((about = ANY (ARRAY['training'::text, 'registration'::text, 'check'::text, 'opt-out'::text, 'bank'::text, 'restriction'::text])))
);
CREATE INDEX notice_by_end ON public.notice USING btree (ends_on);

create table objection_answer (
  signature_id uuid not null,
  account_id uuid,
  by_name text not null,
  trust text not null,
  at timestamp with time zone not null,
  answer text not null,
  constraint objection_answer_pkey PRIMARY KEY (signature_id),
  constraint objection_answer_signature_id_fkey FOREIGN KEY (signature_id) REFERENCES alignment_signature(id),
  constraint objection_answer_trust_fkey FOREIGN KEY (trust) REFERENCES trust(ods_code)
);

create table out_of_area (
  id uuid not null,
  request_id uuid not null,
  constraint out_of_area_pkey PRIMARY KEY (id),
  constraint out_of_area_request_id_fkey FOREIGN KEY (request_id) REFERENCES placement_request(id)
);
comment on table out_of_area is 'A line of the register; what is known of it is in its revisions.';
CREATE UNIQUE INDEX a_request_has_one_register_line ON public.out_of_area USING btree (request_id);

create table out_of_area_revision (
  id uuid not null,
  out_of_area_id uuid not null,
  state text not null,
  receiver text,
  receiver_kind text,
  receiver_trust text,
  place text,
  latitude double precision,
  longitude double precision,
  distance_km integer,
  bed_type text not null,
  reason_code text not null,
  received_on date not null,
  started_on date,
  ended_on date,
  cost_per_night_pence integer,
  last_reviewed_on date,
  continuity_contact text not null default ''::text,
  wishes text not null default ''::text,
  intends_return boolean not null default true,
  why text not null,
  recorded_by uuid,
  recorded_at timestamp with time zone not null,
  replaced_at timestamp with time zone,
  constraint out_of_area_revision_pkey PRIMARY KEY (id),
  constraint out_of_area_revision_out_of_area_id_fkey FOREIGN KEY (out_of_area_id) REFERENCES out_of_area(id),
  constraint out_of_area_revision_receiver_trust_fkey FOREIGN KEY (receiver_trust) REFERENCES trust(ods_code),
  constraint a_stay_ends_after_it_starts CHECK ((ended_on >= started_on)),
  constraint a_stay_starts_after_it_was_asked_for CHECK ((started_on >= received_on)),
  constraint cost_is_not_negative CHECK ((cost_per_night_pence >= 0)),
  constraint distance_is_not_negative CHECK ((distance_km >= 0)),
  constraint receiver_kind_is_known CHECK ((receiver_kind = ANY (ARRAY['nhs'::text, 'independent'::text]))),
  constraint register_state_is_known CHECK ((state = ANY (ARRAY['draft'::text, 'away'::text, 'ended'::text, 'not-out-of-area'::text]))),
  constraint someone_away_has_started CHECK (((state <> 'away'::text) OR ((started_on IS NOT NULL) AND (ended_on IS NULL)))),
  constraint someone_away_is_somewhere CHECK (((state <> ALL (ARRAY['away'::text, 'ended'::text])) OR ((receiver IS NOT NULL) AND (receiver_kind IS NOT NULL))))
);
CREATE UNIQUE INDEX a_register_line_has_one_revision_now ON public.out_of_area_revision USING btree (out_of_area_id) WHERE (replaced_at IS NULL);
CREATE INDEX out_of_area_away ON public.out_of_area_revision USING btree (out_of_area_id) WHERE ((replaced_at IS NULL) AND (state = 'away'::text));

create table outward_code (
  code text not null,
  latitude double precision not null,
  longitude double precision not null,
  source text not null,
  constraint outward_code_pkey PRIMARY KEY (code),
  constraint outward_code_is_upper_case CHECK ((code ~ '^[A-Z0-9]{2,4}$'::text))
);
comment on table outward_code is 'Roughly where the first half of a postcode is: what a distance to a ward is measured from. Never a home address.';

create table passport_read (
  id uuid not null,
  worker_id uuid not null,
  account_id uuid not null,
  reader_name text not null,
  reader_trust text,
  at timestamp with time zone not null,
  what text not null,
  constraint passport_read_pkey PRIMARY KEY (id),
  constraint passport_read_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES worker(id),
  constraint what_was_read_is_known CHECK ((what = ANY (ARRAY['passport'::text, 'decision'::text, 'booking'::text, 'record'::text])))
);
comment on table passport_read is 'Each time somebody else opened this worker''s record: shown to the worker.';
CREATE INDEX passport_read_by_worker ON public.passport_read USING btree (worker_id, at DESC);

create table person (
  id uuid not null,
  registration_body text,
  registration_number text,
  constraint person_pkey PRIMARY KEY (id),
  constraint one_registration_is_one_person UNIQUE (registration_body, registration_number),
  constraint a_registration_is_whole CHECK (((registration_body IS NULL) = (registration_number IS NULL)))
);
comment on table person is 'A human being: the row every command about their time locks first. The same registration at two trusts is one person.';

create table pilot_report (
  id uuid not null,
  alignment_state_id uuid not null,
  ward_id uuid not null,
  account_id uuid,
  by_name text not null,
  at timestamp with time zone not null,
  verdict text not null,
  words text not null,
  constraint pilot_report_pkey PRIMARY KEY (id),
  constraint pilot_report_alignment_state_id_fkey FOREIGN KEY (alignment_state_id) REFERENCES alignment_state(id),
  constraint pilot_report_ward_id_fkey FOREIGN KEY (ward_id) REFERENCES ward(id),
  constraint verdict_is_known CHECK ((verdict = ANY (ARRAY['as-expected'::text, 'concerns'::text])))
);
CREATE INDEX pilot_report_by_state ON public.pilot_report USING btree (alignment_state_id, at);

create table place (
  short text not null,
  name text not null,
  latitude double precision not null,
  longitude double precision not null,
  inside_icb boolean not null,
  verified boolean not null,
  source text not null,
  constraint place_pkey PRIMARY KEY (short)
);

create table placement_request (
  id uuid not null,
  reference text not null,
  sending_trust text not null,
  home_place text not null,
  bed_type text not null,
  age_band text not null,
  sex text not null,
  legal_status text not null,
  security_level integer not null,
  needs text[] not null default '{}'::text[],
  where_now text not null,
  needed_by timestamp with time zone not null,
  wishes text not null default ''::text,
  notes text not null default ''::text,
  continues uuid,
  received_on date not null,
  state text not null,
  created_by uuid not null,
  created_at timestamp with time zone not null,
  closed_at timestamp with time zone,
  closed_reason text,
  constraint placement_request_pkey PRIMARY KEY (id),
  constraint a_reference_is_unique UNIQUE (reference),
  constraint placement_request_continues_fkey FOREIGN KEY (continues) REFERENCES placement_request(id),
  constraint placement_request_home_place_fkey FOREIGN KEY (home_place) REFERENCES place(short),
  constraint placement_request_sending_trust_fkey FOREIGN KEY (sending_trust) REFERENCES trust(ods_code),
  constraint a_reference_is_ours CHECK ((reference ~ '^HW-[0-9A-Z]{5,8}$'::text)),
  constraint a_request_does_not_continue_itself CHECK ((continues <> id)),
  constraint age_band_is_known CHECK ((age_band = ANY (ARRAY['child'::text, 'young-person'::text, 'adult'::text, 'older-adult'::text]))),
  constraint needed_security_is_0_to_3 CHECK (((security_level >= 0) AND (security_level <= 3))),
  constraint notes_are_short CHECK ((length(notes) <= 500)),
  constraint request_state_is_known CHECK ((state = ANY (ARRAY['open'::text, 'unable-to-place'::text, 'placed'::text, 'withdrawn'::text]))),
  constraint sex_is_known CHECK ((sex = ANY (ARRAY['female'::text, 'male'::text]))),
  constraint where_now_is_known CHECK ((where_now = ANY (ARRAY['community'::text, 'emergency-department'::text, 'place-of-safety'::text, 'another-ward'::text, 'out-of-area'::text]))),
  constraint wishes_are_short CHECK ((length(wishes) <= 500))
);
CREATE UNIQUE INDEX a_request_is_continued_once ON public.placement_request USING btree (continues) WHERE ((continues IS NOT NULL) AND (state <> 'withdrawn'::text));
CREATE INDEX placement_request_by_trust ON public.placement_request USING btree (sending_trust, created_at);

create table reach_count (
  collaborative_id uuid not null,
  day date not null,
  trusts integer not null,
  workers integer not null,
  counted_at timestamp with time zone not null,
  constraint reach_count_pkey PRIMARY KEY (collaborative_id, day, trusts),
  constraint reach_count_collaborative_id_fkey FOREIGN KEY (collaborative_id) REFERENCES collaborative(id)
);
comment on table reach_count is 'On that local day, how many workers could work at so many trusts. Worked out once a day from the dated rows; a copy, to draw from.';

create table record_batch (
  id uuid not null,
  applied_at timestamp with time zone not null,
  constraint record_batch_pkey PRIMARY KEY (id)
);

create table requirement (
  id uuid not null,
  ward_id uuid not null,
  competency text not null,
  role text,
  minimum_on_shift integer,
  recorded_at timestamp with time zone not null,
  replaced_at timestamp with time zone,
  recorded_by uuid,
  recorded_by_name text,
  reason text,
  replaced_by uuid,
  replaced_by_name text,
  replaced_reason text,
  constraint requirement_pkey PRIMARY KEY (id),
  constraint requirement_competency_fkey FOREIGN KEY (competency) REFERENCES competency(code),
  constraint requirement_ward_id_fkey FOREIGN KEY (ward_id) REFERENCES ward(id),
  constraint minimum_is_positive CHECK ((minimum_on_shift > 0))
);
CREATE UNIQUE INDEX one_current_requirement_of_a_ward ON public.requirement USING btree (ward_id, competency, COALESCE(role, ''::text)) WHERE (replaced_at IS NULL);

create table restriction (
  id uuid not null,
  worker_id uuid not null,
  ward_id uuid not null,
  from_day date not null,
  until_day date,
  reason text not null,
  reviewer text not null,
  recorded_at timestamp with time zone not null,
  lifted_at timestamp with time zone,
  recorded_by uuid,
  recorded_by_name text,
  lifted_by_name text,
  lifted_reason text,
  constraint restriction_pkey PRIMARY KEY (id),
  constraint restriction_ward_id_fkey FOREIGN KEY (ward_id) REFERENCES ward(id),
  constraint restriction_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES worker(id)
);
CREATE INDEX restriction_by_ward ON public.restriction USING btree (ward_id);
CREATE INDEX restriction_by_worker ON public.restriction USING btree (worker_id) WHERE (lifted_at IS NULL);

create table restriction_challenge (
  id uuid not null,
  restriction_id uuid not null,
  at timestamp with time zone not null,
  words text not null,
  answered_at timestamp with time zone,
  answered_by uuid,
  answered_by_name text,
  outcome text,
  answer text,
  constraint restriction_challenge_pkey PRIMARY KEY (id),
  constraint restriction_challenge_restriction_id_fkey FOREIGN KEY (restriction_id) REFERENCES restriction(id),
  constraint an_answered_challenge_is_whole CHECK ((((answered_at IS NULL) = (outcome IS NULL)) AND ((answered_at IS NULL) = (answer IS NULL)) AND ((answered_at IS NULL) = (answered_by_name IS NULL)))),
  constraint challenge_outcome_is_known CHECK ((outcome = ANY (ARRAY['kept'::text, 'lifted'::text])))
);
CREATE UNIQUE INDEX one_open_challenge_of_a_restriction ON public.restriction_challenge USING btree (restriction_id) WHERE (answered_at IS NULL);

create table service_line (
  id uuid not null,
  code text not null,
  name text not null,
  lead_trust text,
  bed_types text[] not null,
  position integer not null,
  source text,
  constraint service_line_pkey PRIMARY KEY (id),
  constraint service_line_code_is_unique UNIQUE (code),
  constraint service_line_lead_trust_fkey FOREIGN KEY (lead_trust) REFERENCES trust(ods_code)
);

create table service_line_criteria (
  id uuid not null,
  service_line_id uuid not null,
  version integer not null,
  items jsonb not null,
  reason text not null,
  recorded_by uuid,
  recorded_at timestamp with time zone not null,
  replaced_at timestamp with time zone,
  constraint service_line_criteria_pkey PRIMARY KEY (id),
  constraint a_line_criteria_version_is_unique UNIQUE (service_line_id, version),
  constraint service_line_criteria_service_line_id_fkey FOREIGN KEY (service_line_id) REFERENCES service_line(id)
);
CREATE UNIQUE INDEX a_line_has_one_version_now ON public.service_line_criteria USING btree (service_line_id) WHERE (replaced_at IS NULL);

create table service_line_partner (
  id uuid not null,
  service_line_id uuid not null,
  trust text not null,
  days daterange not null,
  constraint service_line_partner_pkey PRIMARY KEY (id),
  constraint service_line_partner_service_line_id_fkey FOREIGN KEY (service_line_id) REFERENCES service_line(id),
  constraint service_line_partner_trust_fkey FOREIGN KEY (trust) REFERENCES trust(ods_code),
  constraint partnership_has_days CHECK (((NOT isempty(days)) AND (lower(days) IS NOT NULL))),
  constraint a_partner_is_one_once_at_a_time EXCLUDE USING gist (service_line_id WITH =, trust WITH =, days WITH &&)
);

create table session (
  token_hash bytea not null,
  account_id uuid not null,
  started_at timestamp with time zone not null default clock_timestamp(),
  seen_at timestamp with time zone not null default clock_timestamp(),
  ends_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  constraint session_pkey PRIMARY KEY (token_hash),
  constraint session_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id)
);
CREATE INDEX session_by_account ON public.session USING btree (account_id);

create table sharing_agreement (
  id uuid not null,
  home_trust text not null,
  host_trust text not null,
  staff_group text not null,
  days daterange not null,
  recorded_at timestamp with time zone not null,
  replaced_at timestamp with time zone,
  proposed_by text,
  home_signed_at timestamp with time zone,
  home_signed_by text,
  host_signed_at timestamp with time zone,
  host_signed_by text,
  ended_by text,
  ended_reason text,
  constraint sharing_agreement_pkey PRIMARY KEY (id),
  constraint sharing_agreement_home_trust_fkey FOREIGN KEY (home_trust) REFERENCES trust(ods_code),
  constraint sharing_agreement_host_trust_fkey FOREIGN KEY (host_trust) REFERENCES trust(ods_code),
  constraint a_side_that_signed_has_a_name CHECK ((((home_signed_at IS NULL) = (home_signed_by IS NULL)) AND ((host_signed_at IS NULL) = (host_signed_by IS NULL)))),
  constraint agreement_has_days CHECK (((NOT isempty(days)) AND (lower(days) IS NOT NULL))),
  constraint agreement_is_between_two_trusts CHECK ((home_trust <> host_trust)),
  constraint one_agreement_at_a_time EXCLUDE USING gist (home_trust WITH =, host_trust WITH =, staff_group WITH =, days WITH &&) WHERE (((replaced_at IS NULL) AND (home_signed_at IS NOT NULL) AND (host_signed_at IS NOT NULL)))
);
comment on table sharing_agreement is 'Counts only once both sides have signed. Ended early: replaced by one with fewer days.';

create table shift (
  id uuid not null,
  ward_id uuid not null,
  role text not null,
  band integer not null,
  staff_group text not null,
  starts_at timestamp with time zone not null,
  ends_at timestamp with time zone not null,
  break_minutes integer not null,
  reason text not null,
  notes text not null default ''::text,
  extra_competencies text[] not null default '{}'::text[],
  preferred_worker_id uuid,
  preferred_until timestamp with time zone,
  status text not null,
  version integer not null default 1,
  posted_by uuid not null,
  posted_at timestamp with time zone not null,
  regulars_at timestamp with time zone not null,
  home_trust_at timestamp with time zone not null,
  collaborative_at timestamp with time zone not null,
  regular_duties integer not null,
  regular_weeks integer not null,
  wave text not null default 'collaborative'::text,
  filled_at timestamp with time zone,
  cancelled_at timestamp with time zone,
  cancel_reason text,
  constraint shift_pkey PRIMARY KEY (id),
  constraint shift_preferred_worker_id_fkey FOREIGN KEY (preferred_worker_id) REFERENCES worker(id),
  constraint shift_reason_fkey FOREIGN KEY (reason) REFERENCES shift_reason(code),
  constraint shift_ward_id_fkey FOREIGN KEY (ward_id) REFERENCES ward(id),
  constraint a_cancelled_shift_says_why CHECK (((status = 'cancelled'::text) = ((cancelled_at IS NOT NULL) AND (cancel_reason IS NOT NULL)))),
  constraint a_filled_shift_says_when CHECK (((status <> 'filled'::text) OR (filled_at IS NOT NULL))),
  constraint a_preference_is_whole CHECK (((preferred_worker_id IS NULL) = (preferred_until IS NULL))),
  constraint a_shift_ends_after_it_starts CHECK ((starts_at < ends_at)),
  constraint cancel_reason_is_a_code_or_a_few_words CHECK (((length(cancel_reason) >= 1) AND (length(cancel_reason) <= 200))),
  constraint shift_band_is_2_to_9 CHECK (((band >= 2) AND (band <= 9))),
  constraint shift_break_is_not_negative CHECK ((break_minutes >= 0)),
  constraint shift_status_is_known CHECK ((status = ANY (ARRAY['open'::text, 'filled'::text, 'cancelled'::text, 'expired'::text]))),
  constraint wave_is_known CHECK ((wave = ANY (ARRAY['preferred'::text, 'regulars'::text, 'home-trust'::text, 'collaborative'::text]))),
  constraint waves_open_in_order CHECK (((regulars_at <= home_trust_at) AND (home_trust_at <= collaborative_at)))
);
comment on column shift.wave is 'The widest circle it has been announced to; the rule reads the times, never this.';
CREATE INDEX shift_by_ward ON public.shift USING btree (ward_id, starts_at);
CREATE INDEX shift_open_by_start ON public.shift USING btree (starts_at) WHERE (status = 'open'::text);
CREATE INDEX shift_open_by_widening ON public.shift USING btree ((
CASE wave
    WHEN 'preferred'::text THEN preferred_until
    WHEN 'regulars'::text THEN home_trust_at
    WHEN 'home-trust'::text THEN collaborative_at
    ELSE NULL::timestamp with time zone
END)) WHERE ((status = 'open'::text) AND (wave <> 'collaborative'::text));

create table shift_reason (
  code text not null,
  title text not null,
  position integer not null,
  industrial_action boolean not null default false,
  constraint shift_reason_pkey PRIMARY KEY (code)
);

create table shift_request (
  id uuid not null,
  shift_id uuid not null,
  worker_id uuid not null,
  status text not null,
  decision jsonb not null,
  asked_at timestamp with time zone not null,
  answered_at timestamp with time zone,
  answered_by uuid,
  reason text,
  compensatory_rest text,
  booking_id uuid,
  constraint shift_request_pkey PRIMARY KEY (id),
  constraint shift_request_booking_id_fkey FOREIGN KEY (booking_id) REFERENCES booking(id),
  constraint shift_request_shift_id_fkey FOREIGN KEY (shift_id) REFERENCES shift(id),
  constraint shift_request_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES worker(id),
  constraint a_refusal_says_why CHECK (((status <> 'refused'::text) OR (reason IS NOT NULL))),
  constraint an_answer_says_who_and_when CHECK (((status = ANY (ARRAY['approved'::text, 'refused'::text])) = (answered_by IS NOT NULL))),
  constraint request_status_is_known CHECK ((status = ANY (ARRAY['asked'::text, 'approved'::text, 'refused'::text, 'closed'::text])))
);
CREATE UNIQUE INDEX one_open_request_of_a_worker ON public.shift_request USING btree (shift_id, worker_id) WHERE (status = 'asked'::text);
CREATE INDEX shift_request_by_worker ON public.shift_request USING btree (worker_id);

create table site (
  code text not null,
  trust text not null,
  name text not null,
  place text,
  postcode text,
  latitude double precision,
  longitude double precision,
  verified boolean not null,
  source text,
  constraint site_pkey PRIMARY KEY (code),
  constraint site_place_fkey FOREIGN KEY (place) REFERENCES place(short),
  constraint site_trust_fkey FOREIGN KEY (trust) REFERENCES trust(ods_code)
);

create table stream (
  only_row boolean not null default true,
  epoch uuid not null,
  head bigint not null,
  last_hash bytea not null,
  cluster text not null default ''::text,
  constraint stream_pkey PRIMARY KEY (only_row),
  constraint there_is_one_stream CHECK (only_row)
);
comment on column stream.cluster is 'Which database cluster and timeline the epoch belongs to: another one means a restore, and gets a new epoch.';

create table suite (
  id uuid not null,
  trust text not null,
  site text not null,
  name text not null,
  added_at timestamp with time zone not null,
  constraint suite_pkey PRIMARY KEY (id),
  constraint a_suite_name_is_unique_on_a_site UNIQUE (site, name),
  constraint suite_site_fkey FOREIGN KEY (site) REFERENCES site(code),
  constraint suite_trust_fkey FOREIGN KEY (trust) REFERENCES trust(ods_code)
);
comment on table suite is 'A section 136 suite: a place of safety, never a bed.';

create table suite_state (
  id uuid not null,
  suite_id uuid not null,
  state text not null,
  recorded_by uuid,
  recorded_at timestamp with time zone not null,
  replaced_at timestamp with time zone,
  constraint suite_state_pkey PRIMARY KEY (id),
  constraint suite_state_suite_id_fkey FOREIGN KEY (suite_id) REFERENCES suite(id),
  constraint suite_state_is_known CHECK ((state = ANY (ARRAY['available'::text, 'occupied'::text, 'closed'::text])))
);
CREATE UNIQUE INDEX a_suite_has_one_state_now ON public.suite_state USING btree (suite_id) WHERE (replaced_at IS NULL);

create table technique (
  code text not null,
  title text not null,
  position integer not null,
  constraint technique_pkey PRIMARY KEY (code),
  constraint technique_code_is_kebab_case CHECK ((code ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text))
);
comment on table technique is 'One list of what courses may teach, so that two courses can be held beside each other word for word.';

create table training_record (
  id uuid not null,
  worker_id uuid not null,
  course_id uuid not null,
  completed_on date not null,
  evidence text,
  source text not null,
  recorded_at timestamp with time zone not null,
  recorded_by uuid,
  batch_id uuid,
  constraint training_record_pkey PRIMARY KEY (id),
  constraint a_course_is_completed_once_a_day UNIQUE (worker_id, course_id, completed_on),
  constraint training_record_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES record_batch(id),
  constraint training_record_course_id_fkey FOREIGN KEY (course_id) REFERENCES course(id),
  constraint training_record_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES worker(id)
);
comment on column training_record.batch_id is 'Known from the instant this batch was applied; none = from recorded_at.';
CREATE INDEX training_record_by_course ON public.training_record USING btree (course_id);

create table training_revocation (
  record_id uuid not null,
  at timestamp with time zone not null,
  by_account uuid,
  by_name text not null,
  reason text not null,
  constraint training_revocation_pkey PRIMARY KEY (record_id),
  constraint training_revocation_record_id_fkey FOREIGN KEY (record_id) REFERENCES training_record(id)
);

create table trust (
  ods_code text not null,
  name text not null,
  short text not null,
  independent boolean not null default false,
  source text,
  constraint trust_pkey PRIMARY KEY (ods_code),
  constraint trust_code_is_short_and_upper_case CHECK ((ods_code ~ '^[A-Z0-9]{2,8}$'::text))
);
comment on table trust is 'An organisation with an ODS code, or a short code of ours where it has none here (independent partners).';

create table trust_setting (
  id uuid not null,
  trust text not null,
  short_notice_minutes integer not null default 1440,
  weekly_cap_minutes integer,
  days daterange not null,
  recorded_at timestamp with time zone not null default '2000-01-01 00:00:00+00'::timestamp with time zone,
  constraint trust_setting_pkey PRIMARY KEY (id),
  constraint trust_setting_trust_fkey FOREIGN KEY (trust) REFERENCES trust(ods_code),
  constraint setting_has_days CHECK (((NOT isempty(days)) AND (lower(days) IS NOT NULL))),
  constraint short_notice_is_not_negative CHECK ((short_notice_minutes >= 0)),
  constraint weekly_cap_is_positive CHECK ((weekly_cap_minutes > 0)),
  constraint one_setting_of_a_trust_at_a_time EXCLUDE USING gist (trust WITH =, days WITH &&)
);

create table unavailability (
  id uuid not null,
  person_id uuid not null,
  period tstzrange not null,
  recorded_at timestamp with time zone not null,
  withdrawn_at timestamp with time zone,
  constraint unavailability_pkey PRIMARY KEY (id),
  constraint unavailability_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id),
  constraint unavailability_is_a_bounded_half_open_time CHECK (((NOT isempty(period)) AND (lower(period) IS NOT NULL) AND (upper(period) IS NOT NULL) AND lower_inc(period) AND (NOT upper_inc(period))))
);
CREATE INDEX unavailability_at_any_time ON public.unavailability USING btree (person_id);
CREATE INDEX unavailability_of_a_person ON public.unavailability USING btree (person_id) WHERE (withdrawn_at IS NULL);

create table ward (
  id uuid not null,
  code text not null,
  trust text not null,
  site text not null,
  name text not null,
  service_line text not null,
  bed_type text,
  age_group text,
  security_level integer not null default 0,
  locked boolean,
  beds integer,
  verified boolean not null,
  unverified_fields text[] not null default '{}'::text[],
  source text,
  constraint ward_pkey PRIMARY KEY (id),
  constraint ward_code_is_unique UNIQUE (code),
  constraint ward_site_fkey FOREIGN KEY (site) REFERENCES site(code),
  constraint ward_trust_fkey FOREIGN KEY (trust) REFERENCES trust(ods_code),
  constraint a_ward_has_beds_or_none_known CHECK ((beds > 0)),
  constraint security_level_is_0_to_3 CHECK (((security_level >= 0) AND (security_level <= 3)))
);
CREATE INDEX ward_by_bed_type ON public.ward USING btree (bed_type);
CREATE INDEX ward_by_trust ON public.ward USING btree (trust);

create table ward_asking (
  id uuid not null,
  ward_id uuid not null,
  asked_at timestamp with time zone not null,
  account_id uuid not null,
  trust text not null,
  constraint ward_asking_pkey PRIMARY KEY (id),
  constraint ward_asking_trust_fkey FOREIGN KEY (trust) REFERENCES trust(ods_code),
  constraint ward_asking_ward_id_fkey FOREIGN KEY (ward_id) REFERENCES ward(id)
);
comment on table ward_asking is 'A bed manager asks a ward to confirm its beds: before a stale bed may be held.';
CREATE INDEX ward_asking_latest ON public.ward_asking USING btree (ward_id, asked_at DESC);

create table ward_confirmation (
  id uuid not null,
  ward_id uuid not null,
  confirmed_at timestamp with time zone not null,
  account_id uuid,
  by_role text not null,
  constraint ward_confirmation_pkey PRIMARY KEY (id),
  constraint ward_confirmation_ward_id_fkey FOREIGN KEY (ward_id) REFERENCES ward(id),
  constraint confirming_role_is_known CHECK ((by_role = ANY (ARRAY['ward-manager'::text, 'bed-manager'::text, 'import'::text])))
);
CREATE INDEX ward_confirmation_latest ON public.ward_confirmation USING btree (ward_id, confirmed_at DESC);

create table ward_sex (
  id uuid not null,
  ward_id uuid not null,
  sex text,
  days daterange not null,
  recorded_at timestamp with time zone,
  recorded_by uuid,
  reason text,
  constraint ward_sex_pkey PRIMARY KEY (id),
  constraint ward_sex_ward_id_fkey FOREIGN KEY (ward_id) REFERENCES ward(id),
  constraint designation_has_days CHECK (((NOT isempty(days)) AND (lower(days) IS NOT NULL))),
  constraint ward_sex_is_known_word CHECK ((sex = ANY (ARRAY['female'::text, 'male'::text, 'mixed'::text, 'flexible'::text, 'separate'::text]))),
  constraint a_ward_has_one_designation_at_a_time EXCLUDE USING gist (ward_id WITH =, days WITH &&)
);

create table ward_wave (
  id uuid not null,
  ward_id uuid not null,
  regulars_minutes integer not null,
  home_trust_minutes integer not null,
  regular_duties integer not null default 3,
  regular_weeks integer not null default 17,
  days daterange not null,
  constraint ward_wave_pkey PRIMARY KEY (id),
  constraint ward_wave_ward_id_fkey FOREIGN KEY (ward_id) REFERENCES ward(id),
  constraint home_trust_wave_is_not_negative CHECK ((home_trust_minutes >= 0)),
  constraint regulars_wave_is_not_negative CHECK ((regulars_minutes >= 0)),
  constraint wave_has_days CHECK (((NOT isempty(days)) AND (lower(days) IS NOT NULL))),
  constraint one_wave_rule_of_a_ward_at_a_time EXCLUDE USING gist (ward_id WITH =, days WITH &&)
);
comment on table ward_wave is 'How long a posted shift stays with the ward''s regulars, then with its trust, before the whole collaborative sees it. No row: everyone at once.';

create table worker (
  id uuid not null,
  person_id uuid not null,
  trust text not null,
  staff_number text not null,
  constraint worker_pkey PRIMARY KEY (id),
  constraint staff_number_is_unique_at_a_trust UNIQUE (trust, staff_number),
  constraint worker_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id),
  constraint worker_trust_fkey FOREIGN KEY (trust) REFERENCES trust(ods_code)
);
CREATE INDEX worker_by_person ON public.worker USING btree (person_id);
CREATE TRIGGER a_worker_is_kept_with_its_person AFTER INSERT ON public.worker FOR EACH ROW EXECUTE FUNCTION a_worker_keeps_its_persons();
CREATE TRIGGER a_worker_moves_with_its_history AFTER UPDATE OF person_id ON public.worker FOR EACH ROW WHEN ((old.person_id IS DISTINCT FROM new.person_id)) EXECUTE FUNCTION a_worker_keeps_its_persons();

create table worker_person (
  id uuid not null,
  worker_id uuid not null,
  person_id uuid not null,
  recorded_at timestamp with time zone not null,
  replaced_at timestamp with time zone,
  constraint worker_person_pkey PRIMARY KEY (id),
  constraint worker_person_person_id_fkey FOREIGN KEY (person_id) REFERENCES person(id),
  constraint worker_person_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES worker(id)
);
CREATE UNIQUE INDEX a_worker_is_one_person_at_a_time ON public.worker_person USING btree (worker_id) WHERE (replaced_at IS NULL);
CREATE INDEX worker_person_by_person ON public.worker_person USING btree (person_id);

create table worker_revision (
  id uuid not null,
  worker_id uuid not null,
  recorded_at timestamp with time zone not null,
  replaced_at timestamp with time zone,
  name text not null,
  email text,
  role text not null,
  band integer not null,
  staff_group text not null,
  joined_on date,
  home_outward_code text,
  works_down boolean not null,
  consents_to_share boolean not null,
  opt_out_from date,
  opt_out_until date,
  registration_body text,
  registration_number text,
  registration_field text,
  registration_until date,
  identity_checked_on date,
  right_to_work_checked_on date,
  right_to_work_until date,
  qualifications_checked_on date,
  references_checked_on date,
  dbs_checked_on date,
  dbs_until date,
  work_health_cleared_on date,
  recorded_by uuid,
  recorded_by_name text,
  because text,
  consent_said_at timestamp with time zone,
  constraint worker_revision_pkey PRIMARY KEY (id),
  constraint worker_revision_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES worker(id),
  constraint a_revision_is_replaced_after_it_is_recorded CHECK ((replaced_at >= recorded_at)),
  constraint band_is_2_to_9 CHECK (((band >= 2) AND (band <= 9)))
);
comment on table worker_revision is 'What is known of a worker, never edited: a correction is a new row, so that a past decision can be taken again.';
comment on column worker_revision.consent_said_at is 'When the worker last said so themselves: from then on an import cannot say it for them.';
CREATE UNIQUE INDEX one_current_revision_of_a_worker ON public.worker_revision USING btree (worker_id) WHERE (replaced_at IS NULL);
CREATE INDEX revision_of_a_worker ON public.worker_revision USING btree (worker_id, recorded_at);
CREATE INDEX worker_revision_by_role ON public.worker_revision USING btree (staff_group, role) WHERE (replaced_at IS NULL);

CREATE OR REPLACE FUNCTION public.a_worker_keeps_its_persons()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    declare
      at timestamptz := coalesce(nullif(current_setting('homeward.recorded_at', true), '')::timestamptz, '2000-01-01T00:00:00Z');
    begin
      if tg_op = 'UPDATE' then
        update worker_person set replaced_at = greatest(at, recorded_at) where worker_id = new.id and replaced_at is null;
      end if;
      insert into worker_person (id, worker_id, person_id, recorded_at) values (gen_random_uuid(), new.id, new.person_id, at);
      return null;
    end $function$
;

CREATE OR REPLACE FUNCTION public.append_events(events jsonb)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
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
    end $function$
;

CREATE OR REPLACE FUNCTION public.event_hash(e event)
 RETURNS bytea
 LANGUAGE sql
 IMMUTABLE
AS $function$
      select sha256(e.previous_hash || convert_to(concat_ws('|', e."offset", e.type, extract(epoch from e.at), extract(epoch from e.recorded_at),
        coalesce(e.account_id::text, '-'), coalesce(e.ward_id::text, '-'), coalesce(e.shift_id::text, '-'), coalesce(e.worker_id::text, '-'),
        e.data::text), 'UTF8'))
    $function$
;

CREATE OR REPLACE FUNCTION public.events_are_never_changed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    begin
      raise exception 'an event is never changed or removed' using errcode = 'integrity_constraint_violation';
    end $function$
;
