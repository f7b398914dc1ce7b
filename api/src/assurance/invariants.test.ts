import { beforeAll, describe, expect, test } from 'vitest';
import { sql, type RawBuilder } from 'kysely';
import { fillDemonstration } from '@homeward/db/demo/demonstration.ts';
import { testDatabase } from '@homeward/db/test-database.ts';
import { brokenInvariants, brokenWithin, invariants, verifyStream, type Finding } from './queries.ts';

// Each invariant is seen to fail: what it guards is broken by hand, behind the program's back, and put back.
const { db } = await testDatabase();

beforeAll(async () => {
  await fillDemonstration(db, { now: Date.now(), passwordHash: 'nobody signs in' });
}, 60_000);

const rolledBack = new Error('rolled back');

async function brokenAfter(...statements: string[]): Promise<Finding[]> {
  let findings: Finding[] = [];
  await db
    .transaction()
    .execute(async (trx) => {
      for (const statement of statements) await (sql.raw(statement) as RawBuilder<unknown>).execute(trx);
      findings = await brokenWithin(trx);
      throw rolledBack;
    })
    .catch((error: unknown) => {
      if (error !== rolledBack) throw error;
    });
  return findings;
}

const booked = `(select b.id from booking b where b.status = 'confirmed' and lower(b.period) > now() order by b.id limit 1)`;
const bookedShift = `(select b.shift_id from booking b where b.id = ${booked})`;
const open = `(select id from shift where status = 'open' order by id limit 1)`;
/** One that led on. */
const signature = `(select g.id from alignment_signature g join alignment_state s on s.id = g.alignment_state_id
  where g.stance = 'signed' and s.state = 'stress-testing' and s.replaced_at is not null order by g.id limit 1)`;
const live = (nth: number) =>
  `(select id from allocation where state in ('held', 'referred', 'accepted') order by id limit 1 offset ${nth})`;
const ended = `(select id from allocation where ended_at > held_at order by id limit 1)`;
const unguarded = 'alter table event disable trigger user';
const free = 'alter table booking drop constraint a_worker_is_in_one_place_at_a_time';
const another = (
  worker: string,
  shift: string,
) => `insert into booking (id, shift_id, worker_id, person_id, period, break_minutes, ward_id, status, decision,
    rules, decided_at, booked_at, booked_by) select gen_random_uuid(), ${shift}, ${worker}, b.person_id, b.period, b.break_minutes, b.ward_id, 'confirmed', b.decision,
    b.rules, b.decided_at, b.booked_at, b.booked_by from booking b where b.id = ${booked}`;

const stateNow = (state: string) => `(select id from bed_state where replaced_at is null and state = '${state}' order by id limit 1)`;

const breaks: [name: string, ...statements: string[]][] = [
  ['a shift has at most one live booking', free, 'drop index a_shift_has_one_live_booking', another('b.worker_id', 'b.shift_id')],
  ['nobody is booked in two places at once', free, another('b.worker_id', open)],
  ['a filled shift has a live booking', `update shift set status = 'filled', filled_at = now() where id = ${open}`],
  ['a shift that is not filled has none', `update shift set status = 'open', filled_at = null where id = ${bookedShift}`],
  [
    'a booking is for the place, time and break of its shift',
    `update shift set ends_at = ends_at + interval '1 hour' where id = ${bookedShift}`,
  ],
  [
    'a booking is of its worker’s person',
    free,
    `update booking set person_id = (select id from person where id <> person_id limit 1) where id = ${booked}`,
  ],
  [
    'a duty is of its worker’s person',
    `update duty_revision set person_id = (select id from person where id <> person_id limit 1) where id = (select min(id::text)::uuid from duty_revision)`,
  ],
  ['a booking was made while its shift was posted', `update booking set booked_at = booked_at - interval '1 year' where id = ${booked}`],
  [
    'a coming booking beside other work is under review',
    `insert into duty (id, trust, external_id) values ('00000000-0000-7000-8000-000000000001', 'RGD', 'BESIDE')`,
    `insert into duty_revision (id, duty_id, worker_id, person_id, kind, period, break_minutes, recorded_at)
      select gen_random_uuid(), '00000000-0000-7000-8000-000000000001', worker_id, person_id, 'duty', period, 0, now() from booking where id = ${booked}`,
  ],
  [
    'a booking rests on a stored decision that says yes',
    `update booking set decision = jsonb_set(decision, '{checks,0,result}', '"fail"') where id = ${booked}`,
  ],
  [
    'a booking rests on a stored decision that says yes',
    `update booking set decision = jsonb_set(decision, '{outcome}', '"override"') where id = ${booked}`,
  ],
  [
    'an approved request has its booking',
    `update shift_request set status = 'approved', answered_by = gen_random_uuid() where id = (select id from shift_request limit 1)`,
  ],
  ['a request waits only on an open shift', `update shift set status = 'expired' where id = (select shift_id from shift_request limit 1)`],
  ['the stream tells of every shift once', unguarded, `delete from event where type = 'shift.posted' and shift_id = ${open}`],
  [
    'the stream tells of every booking once',
    unguarded,
    `update event set type = 'notice.given' where type = 'booking.confirmed' and shift_id = ${bookedShift}`,
  ],
  ['every booking the stream tells of is there', `update shift_request set booking_id = null`, `delete from booking where id = ${booked}`],
  [
    'the stream tells of a booking’s end exactly when it has ended',
    `update booking set status = 'cancelled', cancelled_at = now(), undone = true where id = ${booked}`,
  ],
  [
    'a booking under review says why, and the stream says so too',
    `update booking set status = 'needs-review', review_reason = 'x', review_since = now() where id = ${booked}`,
  ],
  ['offsets follow each other without a gap', unguarded, `delete from event where "offset" = 7`],
  ['offsets follow each other without a gap', unguarded, `delete from event where "offset" = (select head from stream)`],
  ['the chain of hashes is whole', unguarded, `update event set data = data || '{"reason":"another"}' where "offset" = 7`],
  [
    'a worker is known in exactly one way now',
    `update worker_revision set replaced_at = recorded_at where worker_id = (select id from worker limit 1)`,
  ],
  ['a course is known in exactly one way now', `delete from course_revision where course_id = (select id from course limit 1)`],
  [
    'a duty is known in exactly one way now',
    'drop index one_current_revision_of_a_duty',
    `update duty_revision set duty_id = (select id from duty limit 1) where duty_id = (select id from duty offset 1 limit 1)`,
  ],
  ['an alignment is known in exactly one way now', `update alignment_state set replaced_at = since where replaced_at is null`],
  [
    'what was known of an alignment was known until it was replaced',
    `update alignment_state set replaced_at = since - interval '1 day' where replaced_at is not null`,
  ],
  [
    'a ward asks for a competency of a role once',
    'drop index one_current_requirement_of_a_ward',
    `insert into requirement select gen_random_uuid(), ward_id, competency, role, minimum_on_shift, recorded_at from requirement limit 1`,
  ],
  [
    'a booking sent to review is confirmed again only when it was kept',
    `update booking set status = 'confirmed' where id = (select booking_id from booking_decision where kind = 'review' limit 1)`,
  ],
  [
    'a booking is kept only on a decision that may be kept',
    `update booking_decision set kind = 'kept' where id = (select id from booking_decision where decision->>'outcome' = 'blocked' limit 1)`,
  ],
  ['a booking to come will be decided again before its shift', `update booking set next_check_at = null where id = ${booked}`],
  ['nothing was replaced before it was known', `update restriction set lifted_at = recorded_at - interval '1 second'`],
  [
    'nothing was replaced before it was known',
    `update worker_person set replaced_at = recorded_at - interval '1 day' where worker_id = (select id from worker limit 1)`,
  ],
  [
    'a worker is the person they were last found to be',
    `update worker_person set replaced_at = now() where worker_id = (select id from worker limit 1)`,
  ],
  [
    'a batch of records is known once all of it is written',
    `insert into record_batch values ('00000000-0000-7000-8000-000000000002', '2000-01-01')`,
    `update training_record set batch_id = '00000000-0000-7000-8000-000000000002' where id = (select id from training_record limit 1)`,
  ],
  [
    'a competency has one standard now',
    'drop index one_current_standard_of_a_competency',
    `insert into competency_standard (id, competency, recorded_at) select gen_random_uuid(), competency, now() from competency_standard limit 1`,
  ],
  [
    'a trust gives a competency one period at a time',
    'alter table competency_period drop constraint one_period_of_a_trust_at_a_time',
    `insert into competency_period (id, competency, trust, months, days, recorded_at)
      select gen_random_uuid(), competency, trust, 99, days, now() from competency_period where replaced_at is null limit 1`,
  ],
  [
    'one sharing agreement covers a staff group on a day',
    'alter table sharing_agreement drop constraint one_agreement_at_a_time',
    `insert into sharing_agreement (id, home_trust, host_trust, staff_group, days, recorded_at, home_signed_at, home_signed_by, host_signed_at, host_signed_by)
      select gen_random_uuid(), home_trust, host_trust, staff_group, days, now(), now(), 'A', now(), 'B' from sharing_agreement where replaced_at is null limit 1`,
  ],
  [
    'a challenge that lifted an entry left it lifted',
    `insert into restriction_challenge (id, restriction_id, at, words, answered_at, answered_by_name, outcome, answer)
      select gen_random_uuid(), id, now(), 'x', now(), 'A', 'lifted', 'y' from restriction where lifted_at is null limit 1`,
  ],
  [
    'an alignment goes only where its steps lead',
    `update alignment_state set state = 'validated' where state = 'in-review' and replaced_at is null`,
  ],
  ['an alignment goes only where its steps lead', `update alignment_state set since = since + interval '1 hour' where state = 'validated'`],
  [
    'trusts sign only where there is something to sign',
    `update alignment_signature set alignment_state_id = (select id from alignment_state where state = 'validated' limit 1) where id = ${signature}`,
  ],
  [
    'nobody signs twice in a round',
    `update alignment_signature g set account_id = (select account_id from alignment_signature where id = ${signature})
      where alignment_state_id = (select alignment_state_id from alignment_signature where id = ${signature})`,
  ],
  [
    'nobody signs twice in a round',
    'drop index a_trust_signs_once_a_round',
    `insert into alignment_signature (id, alignment_state_id, trust, stance, delegation_id, responsible_person, account_id, by_name, at)
      select gen_random_uuid(), alignment_state_id, trust, stance, delegation_id, responsible_person, null, by_name, at from alignment_signature where id = ${signature}`,
  ],
  [
    'a signature rests on a delegation in force',
    `update delegation set until_day = from_day where id = (select delegation_id from alignment_signature where id = ${signature})`,
  ],
  ['a signature rests on a delegation in force', `update alignment_signature set delegation_id = null where id = ${signature}`],
  ['no objection is passed over', `update alignment_signature set stance = 'objected', reason = 'x' where id = ${signature}`],
  [
    'an alignment is tried, and counts, only once every trust has signed',
    `delete from objection_answer`,
    `delete from alignment_signature where trust = 'TAD'`,
  ],
  ['stress testing is on named wards until a time', `delete from alignment_pilot_ward`],
  [
    'a worker’s registration is their person’s',
    `update person set registration_number = 'ZZZZ' where id = (select person_id from worker where staff_number = 'RGD-0002')`,
  ],
  ['waves open in order, none before the posting', `update shift set regulars_at = posted_at - interval '1 hour' where id = ${open}`],
  [
    'a filled or cancelled shift says when',
    'alter table shift drop constraint a_filled_shift_says_when',
    `update shift set filled_at = null where id = ${bookedShift}`,
  ],
  [
    'a remembered request has its answer',
    `insert into idempotency_key (account_id, key, request_hash) values (gen_random_uuid(), 'k', 'h')`,
  ],
  [
    'a bed in use is one thing now, and one taken away is nothing',
    `update bed_state set replaced_at = now() where id = ${stateNow('available')}`,
  ],
  [
    'a bed in use is one thing now, and one taken away is nothing',
    `update bed set retired_at = now() where id = (select bed_id from bed_state where id = ${stateNow('available')})`,
  ],
  [
    'what a bed was has no gap in it',
    `update bed_state set replaced_at = replaced_at + interval '1 second' where id = (select id from bed_state where replaced_at is not null order by id limit 1)`,
  ],
  [
    'only a bed closed for staffing waits for shifts, and only for its ward’s',
    `update bed_state set reason = 'acuity' where id = (select bed_state_id from closure_shift limit 1)`,
  ],
  [
    'a bed kept for somebody is free, or somebody’s on leave by a recorded decision',
    `update bed_state set state = 'occupied' where replaced_at is null and bed_id = (select bed_id from allocation where state = 'referred' limit 1)`,
  ],
  [
    'whoever is ready to leave is still there',
    `update bed_state set state = 'available' where replaced_at is null and bed_id = (select bed_id from discharge_readiness where replaced_at is null limit 1)`,
  ],
  ['a worker’s account acts for a worker', `update account set worker_id = null where email = 'rgd-0001@demo.example'`],
  [
    'a bed has at most one live allocation',
    'drop index a_bed_has_one_live_allocation',
    `update allocation set (bed_id, ward_id) = (select bed_id, ward_id from allocation where id = ${live(1)}) where id = ${live(0)}`,
  ],
  [
    'a request has at most one live allocation',
    'drop index a_request_has_one_live_allocation',
    `update allocation set request_id = (select request_id from allocation where id = ${live(1)}) where id = ${live(0)}`,
  ],
  [
    'a live allocation is of an open request',
    `update placement_request set state = 'withdrawn', closed_at = now() where id = (select request_id from allocation where id = ${live(0)})`,
  ],
  [
    'an allocation is of its bed’s ward',
    `update allocation a set ward_id = (select id from ward w where w.id <> a.ward_id limit 1) where id = ${live(0)}`,
  ],
  [
    'the allocations of a bed follow one another',
    `update allocation set (bed_id, ward_id, held_at) = (select bed_id, ward_id, held_at + (ended_at - held_at) / 2 from allocation where id = ${ended})
      where id = ${live(0)}`,
  ],
  [
    'the allocations of a request follow one another',
    `update allocation set (request_id, held_at) = (select request_id, held_at + (ended_at - held_at) / 2 from allocation where id = ${ended}) where id = ${live(0)}`,
  ],
  [
    'nothing was done with a hold after its time',
    `update allocation set referred_at = referred_at + interval '1 day' where id = (select id from allocation where state = 'referred' limit 1)`,
  ],
  [
    'an allocation was held, referred, answered and arrived in that order',
    `update allocation set referred_at = held_at - interval '1 second' where id = (select id from allocation where state = 'referred' limit 1)`,
  ],
  [
    'a request is placed exactly when somebody has arrived by it',
    `update placement_request set state = 'open', closed_at = null where id = (select id from placement_request where state = 'placed' limit 1)`,
  ],
  ['whoever arrived took the bed', `update bed_state set source = 'ward' where source = 'placement'`],
  ['a closed request says when', `update placement_request set closed_at = null where state = 'placed'`],
  [
    'a request goes on from one of its own trust',
    `update placement_request r set continues = (select id from placement_request e where e.sending_trust <> r.sending_trust
        and not exists (select 1 from placement_request l where l.continues = e.id) limit 1)
      where id = (select id from placement_request where continues is null limit 1)`,
  ],
  [
    'a hold rests on a stored match that comes to what its criteria do',
    `update allocation set match = jsonb_set(match, '{criteria,0,result}', '"does-not-meet"') where id = ${live(0)}`,
  ],
  ['the stream tells of every request once', unguarded, `delete from event where type = 'placement.changed' and data->>'was' is null`],
  ['the stream tells of every allocation once', unguarded, `delete from event where type = 'allocation.changed' and data->>'was' is null`],
  [
    'the stream tells of an allocation’s end exactly when it has ended',
    `update allocation set state = 'released', ended_at = now(), end_reason = 'x' where id = ${live(0)}`,
  ],
];

test('nothing is wrong with the demonstration', async () => {
  expect(await brokenInvariants(db)).toEqual([]);
  expect(await verifyStream(db)).toMatchObject({ brokenAt: null });
});

describe('what must never be is found', () => {
  test.each(breaks)('%s', async (name, ...statements) => {
    const findings = await brokenAfter(...statements);
    expect(findings.map((finding) => finding.name)).toContain(name);
    expect(findings.find((finding) => finding.name === name)?.ids.length).toBeGreaterThan(0);
  });

  test('every invariant that a hand in the tables can break is among these', () => {
    const broken = new Set(breaks.map(([name]) => name));
    // A constraint holds these even for a hand in the tables; dropping it is all the break there is.
    const held = [
      'what was known of a worker was known until it was replaced',
      'what was known of a course was known until it was replaced',
      'what was known of a duty was known until it was replaced',
    ];
    expect(invariants.map(({ name }) => name).filter((name) => !broken.has(name) && !held.includes(name))).toEqual([]);
  });
});
