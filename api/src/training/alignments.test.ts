import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sql } from 'kysely';
import { v7 as newId } from 'uuid';
import { testDatabase } from '@homeward/db/test-database.ts';
import { dayMs, minuteMs, rfc3339 } from '@homeward/shared/kernel/interval.ts';
import { addDays, localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { alignmentDetail, alignmentMoved } from '@homeward/shared/training/contract.ts';
import { alignmentStates, alignmentSteps, type AlignmentState, type AlignmentStep } from '@homeward/shared/training/facts.ts';
import { openHouse, type House } from '../../../tests/house.ts';
import { addMember, makeWorld, type Person, type World } from '../../../tests/world.ts';

// Four trusts share; each step of an alignment is one lead's to take, in one state, once.
const { db, url } = await testDatabase();
let world: World;
let house: House;
let leads: Record<'NORTH' | 'SOUTH' | 'WEST' | 'EAST' | 'APART', Person>;
let manager: Person;
let westManager: Person;
let westWard: string;
const members = ['NORTH', 'SOUTH', 'WEST', 'EAST'] as const;

beforeAll(async () => {
  world = await makeWorld(db, { workers: 4 });
  const west = await addMember(db, world, 'WEST');
  const east = await addMember(db, world, 'EAST');
  const lead = world.staff['training-lead']!;
  leads = { NORTH: lead['NORTH']!, SOUTH: lead['SOUTH']!, APART: lead['APART']!, WEST: west.lead, EAST: east.lead };
  manager = world.staff['ward-manager']!['SOUTH']!;
  westManager = west.manager;
  westWard = west.wardId;
  house = await openHouse(db, url, world.now);
}, 60_000);
afterAll(() => house.live.stop());
beforeEach(() => house.setClock(world.now));

let versions = 1;
/** A further version of NORTH's PMVA course, which nobody holds. */
async function newVersion(): Promise<string> {
  const id = newId();
  versions += 1;
  await db
    .insertInto('course')
    .values({ id, trust: 'NORTH', code: 'NORTH-PMVA', version: String(versions) })
    .execute();
  await db
    .insertInto('courseRevision')
    .values({
      id: newId(),
      courseId: id,
      recordedAt: rfc3339(world.now - dayMs),
      title: `PMVA five-day ${versions}`,
      meets: 'pmva-team',
      certifiedUntil: addDays(localDayOf(world.now), 900),
      useOfForce: true,
    })
    .execute();
  return id;
}

/** An alignment of a new version, put straight into a state, with these stances in its round. */
async function placed(state: AlignmentState, stances: { trust: keyof typeof leads; stance?: 'objected' }[] = []): Promise<string> {
  const alignmentId = newId();
  const stateId = newId();
  const courseId = await newVersion();
  await db
    .insertInto('alignment')
    .values({ id: alignmentId, collaborativeId: world.collaborativeId, courseId, competency: 'pmva-team' })
    .execute();
  await db
    .insertInto('alignmentState')
    .values({
      id: stateId,
      alignmentId,
      state,
      since: rfc3339(world.now - dayMs),
      decidedBy: 'Somebody',
      pilotUntil: state === 'stress-testing' ? rfc3339(world.now + 90 * dayMs) : null,
    })
    .execute();
  if (state === 'stress-testing')
    await db.insertInto('alignmentPilotWard').values({ alignmentStateId: stateId, wardId: world.wards.south }).execute();
  for (const { trust, stance = 'signed' } of stances) {
    await db
      .insertInto('alignmentSignature')
      .values({
        id: newId(),
        alignmentStateId: stateId,
        trust,
        stance,
        responsiblePerson: 'Somebody',
        accountId: leads[trust].accountId,
        byName: leads[trust].name,
        at: rfc3339(world.now - dayMs),
        reason: 'As we see it',
      })
      .execute();
  }
  return alignmentId;
}

const everyone = members.map((trust) => ({ trust }));

/** A step as somebody would ask for it. */
function take(who: Person, id: string, step: AlignmentStep, more: Record<string, unknown> = {}) {
  const body: Record<AlignmentStep, Record<string, unknown>> = {
    propose: {},
    submit: {},
    sign: {},
    object: { reason: 'Shorter than ours' },
    answer: { signatureId: newId(), answer: 'It is as long as the standard asks' },
    'stress-test': { pilotWardIds: [world.wards.south], watchFor: 'Holds on the floor' },
    validate: {},
    return: { reason: 'The syllabus is not clear' },
    withdraw: { reason: 'An injury in training' },
  };
  return house.ask(who, 'POST', `/training/alignments/${id}/${step}`, { ...body[step], ...more });
}
const detailOf = async (id: string, who = leads.NORTH) => (await house.ask(who, 'GET', `/training/alignments/${id}`)).body;
const stateOf = async (id: string) => {
  const rows = await db
    .selectFrom('alignmentState')
    .select('state')
    .where('alignmentId', '=', id)
    .where('replacedAt', 'is', null)
    .execute();
  return rows.map((row) => row.state);
};

describe('every step in every state, by every lead', () => {
  // What is legal for somebody: the table of rules-staffing section 2, written down a second time.
  const legal: Record<AlignmentState, AlignmentStep[]> = {
    draft: ['submit', 'withdraw'],
    'in-review': ['sign', 'object', 'return', 'withdraw'],
    'stress-testing': ['sign', 'object', 'return', 'withdraw'],
    validated: ['withdraw'],
    withdrawn: ['propose'],
  };
  /** Whose a step is: anyone else is told that there is no such thing. */
  const isTheirs = (step: AlignmentStep, state: AlignmentState, trust: string) => {
    if (trust === 'APART') return false;
    if (step === 'submit' || step === 'answer' || step === 'stress-test') return trust === 'NORTH';
    if (step === 'withdraw') return trust === 'NORTH' || ['stress-testing', 'validated', 'withdrawn'].includes(state);
    return true;
  };
  const after: Partial<Record<AlignmentStep, AlignmentState>> = { submit: 'in-review', withdraw: 'withdrawn' };

  test.for(alignmentStates)('%s', async (state) => {
    const fixed = await placed(state);
    for (const step of alignmentSteps.filter((one) => one !== 'propose')) {
      for (const trust of ['NORTH', 'SOUTH', 'APART'] as const) {
        const may = isTheirs(step, state, trust) && legal[state].includes(step);
        const id = may ? await placed(state) : fixed;
        const answer = await take(leads[trust], id, step);
        const what = `${trust} ${step}`;
        if (!isTheirs(step, state, trust)) expect([what, answer.status, answer.body.code]).toEqual([what, 404, 'not-found']);
        else if (!may) {
          expect([what, answer.status, answer.body.code, answer.body.legal]).toEqual([what, 409, 'not-legal-now', legal[state]]);
          expect(answer.body.title).toMatch(/NORTH|to sign|nobody has to do anything/);
        } else {
          expect([what, answer.status, alignmentMoved.safeParse(answer.body).error]).toEqual([what, 200, undefined]);
          const expected = step === 'return' ? (state === 'in-review' ? 'draft' : 'in-review') : (after[step] ?? state);
          expect([what, await stateOf(id)]).toEqual([what, [expected]]);
        }
      }
    }
    // Nothing that was refused moved it.
    expect(await stateOf(fixed)).toEqual([state]);
    // Others than leads have no steps at all.
    for (const role of ['ward-manager', 'programme', 'bank-office', 'auditor', 'administrator', 'worker']) {
      expect([role, (await take(world.staff[role]!['NORTH']!, fixed, 'withdraw')).status]).toEqual([role, 404]);
    }
  });

  test('a reason is due where somebody is told no', async () => {
    const id = await placed('in-review');
    for (const step of ['object', 'return', 'withdraw'] as const) {
      const answer = await take(leads.NORTH, id, step, { reason: ' ' });
      expect([step, answer.status, answer.body.errors[0].path]).toEqual([step, 422, 'reason']);
    }
  });

  test('what a lead is shown of the steps is what they are answered', async () => {
    const worlds = [
      await placed('draft'),
      await placed('in-review', [{ trust: 'SOUTH', stance: 'objected' }]),
      await placed('in-review', everyone),
      await placed('stress-testing', [{ trust: 'NORTH' }]),
      await placed('validated'),
    ];
    for (const id of worlds) {
      for (const trust of ['NORTH', 'SOUTH', 'APART'] as const) {
        const shown = await house.ask(leads[trust], 'GET', `/training/alignments/${id}`);
        if (trust === 'APART') expect(shown.status).toBe(404);
        else {
          expect(alignmentDetail.safeParse(shown.body).error).toBeUndefined();
          for (const { step, may } of shown.body.steps as { step: AlignmentStep; may: boolean }[]) {
            if (may || step === 'propose') continue;
            const answer = await take(leads[trust], id, step);
            expect([step, trust, answer.status < 400]).toEqual([step, trust, false]);
          }
        }
      }
    }
  });
});

test('four trusts sign, try it on a ward, sign again and validate; a worker gains wards; one trust alone ends it', async () => {
  // Given a course that a NORTH worker holds and nobody has compared
  const courseId = await newVersion();
  const who = world.workers[2]!;
  await sql`delete from training_record where worker_id = ${who.workerId}`.execute(db);
  const recordId = newId();
  await db
    .insertInto('trainingRecord')
    .values({
      id: recordId,
      workerId: who.workerId!,
      courseId,
      completedOn: addDays(localDayOf(world.now), -10),
      source: 'test',
      recordedAt: rfc3339(world.now - dayMs),
    })
    .execute();
  const post = async () => {
    const body = {
      wardId: world.wards.south,
      role: 'hcsw',
      band: 3,
      ...world.span(5, '07:00', '15:00'),
      breakMinutes: 30,
      reason: 'vacancy',
    };
    return (await house.ask(manager, 'POST', '/shifts', body)).body.items[0].id as string;
  };
  const shiftId = await post();
  const outcome = async () => (await house.ask(who, 'GET', `/me/shifts/${shiftId}`)).body.decision.outcome;
  expect(await outcome()).toBe('blocked');

  // When its own trust proposes it: another trust's lead can't, and nobody twice
  const asked = { courseId, competency: 'pmva-team' };
  expect((await house.ask(leads.SOUTH, 'POST', '/training/alignments', asked)).status).toBe(404);
  expect((await house.ask(leads.NORTH, 'POST', '/training/alignments', { ...asked, competency: 'resus-ils' })).status).toBe(422);
  const proposed = await house.ask(leads.NORTH, 'POST', '/training/alignments', asked);
  expect([proposed.status, proposed.body.state, proposed.body.decidedBy]).toEqual([201, 'draft', 'training-lead of NORTH for NORTH Trust']);
  expect(alignmentDetail.safeParse(proposed.body).error).toBeUndefined();
  const again = await house.ask(leads.NORTH, 'POST', '/training/alignments', asked);
  expect([again.status, again.body.code, again.body.legal]).toEqual([409, 'not-legal-now', ['submit', 'withdraw']]);
  const id = proposed.body.id as string;

  // and sends it for review, every trust signs for itself alone, and once
  expect((await take(leads.NORTH, id, 'submit')).status).toBe(200);
  expect((await take(leads.NORTH, id, 'sign')).body.round.map((one: { stance: string }) => one.stance)).toEqual([
    null,
    'signed',
    null,
    null,
  ]);
  const twice = await take(leads.NORTH, id, 'sign');
  expect([twice.status, twice.body.code]).toEqual([409, 'already-signed']);
  expect((await take(leads.NORTH, id, 'sign', { trust: 'SOUTH' })).status).toBe(404);

  // an objection stops everything until it is answered and its trust has signed
  const objected = await take(leads.SOUTH, id, 'object');
  expect(objected.body.turn.trusts).toEqual(['NORTH', 'EAST', 'WEST']);
  expect((await take(leads.SOUTH, id, 'sign')).body.code).toBe('objection-open');
  for (const trust of ['WEST', 'EAST'] as const) expect((await take(leads[trust], id, 'sign')).status).toBe(200);
  const early = await take(leads.NORTH, id, 'stress-test');
  expect([early.status, early.body.legal]).toEqual([409, ['answer', 'return', 'withdraw']]);
  const signatureId = objected.body.round.find((one: { trust: string }) => one.trust === 'SOUTH').id as string;
  expect((await take(leads.SOUTH, id, 'answer', { signatureId })).status).toBe(404);
  expect((await take(leads.NORTH, id, 'answer')).status).toBe(404);
  expect((await take(leads.NORTH, id, 'answer', { signatureId })).status).toBe(200);
  expect((await take(leads.NORTH, id, 'answer', { signatureId })).body.code).toBe('not-legal-now');
  expect((await take(leads.NORTH, id, 'stress-test')).body.title).toMatch(/SOUTH Trust to sign/);
  expect((await take(leads.SOUTH, id, 'sign', { reason: 'Convinced' })).status).toBe(200);

  // then the pilot, on named wards of those who share
  const nowhere = await take(leads.NORTH, id, 'stress-test', { pilotWardIds: [world.wards.south, world.wards.apart] });
  expect(nowhere.body.errors.map((one: { path: string }) => one.path)).toEqual(['pilotWardIds.1']);
  expect((await take(leads.NORTH, id, 'stress-test', { until: rfc3339(world.now - minuteMs) })).body.errors[0].path).toBe('until');
  const pilot = await take(leads.NORTH, id, 'stress-test');
  expect([pilot.status, pilot.body.effect.gains.workers, pilot.body.effect.gains.places]).toEqual([200, 1, 1]);
  expect(pilot.body).toMatchObject({
    pilotUntil: rfc3339(world.now + 90 * dayMs),
    turn: { trusts: expect.arrayContaining([...members]) },
  });
  expect(await outcome()).toBe('eligible');

  // whose ward reports
  const report = { wardId: world.wards.south, verdict: 'concerns', words: 'Two people did not know the seated hold' };
  expect((await house.ask(westManager, 'POST', `/training/alignments/${id}/reports`, report)).status).toBe(404);
  expect((await house.ask(westManager, 'POST', `/training/alignments/${id}/reports`, { ...report, wardId: westWard })).status).toBe(404);
  const reported = await house.ask(manager, 'POST', `/training/alignments/${id}/reports`, report);
  expect([reported.status, reported.body.reports[0]]).toMatchObject([201, { verdict: 'concerns', round: 3 }]);
  expect((await house.ask(leads.APART, 'POST', `/training/alignments/${id}/comments`, { words: 'We too' })).status).toBe(404);
  const commented = await house.ask(world.staff['programme']!['NORTH']!, 'POST', `/training/alignments/${id}/comments`, {
    words: 'What of the hold?',
  });
  expect([commented.status, commented.body.comments]).toMatchObject([201, [{ words: 'What of the hold?', trust: null }]]);

  // and nobody validates before all four have signed anew
  for (const trust of ['WEST', 'NORTH', 'SOUTH'] as const) {
    expect((await take(leads.NORTH, id, 'validate')).body.code).toBe('not-legal-now');
    expect((await take(leads[trust], id, 'sign')).status).toBe(200);
  }
  expect((await take(leads.NORTH, id, 'validate')).body.title).toMatch(/EAST Trust to sign/);
  expect((await take(leads.EAST, id, 'sign')).status).toBe(200);
  const validated = await take(leads.WEST, id, 'validate');
  // (at SOUTH it counted on the pilot ward already, and with WEST and EAST nobody has an agreement)
  expect([validated.status, validated.body.countsFrom, validated.body.effect.gains.places]).toEqual([200, localDayOf(world.now), 0]);
  expect(validated.body.history.map((one: { state: string; signatures: unknown[] }) => [one.state, one.signatures.length])).toEqual([
    ['draft', 0],
    ['in-review', 5],
    ['stress-testing', 4],
    ['validated', 0],
  ]);
  expect((await house.ask(who, 'POST', `/shifts/${shiftId}/accept`)).status).toBe(201);

  // Then one trust may end it, and the booking that rests on it is marked in the same transaction
  const withdrawn = await take(leads.EAST, id, 'withdraw');
  expect([withdrawn.status, withdrawn.body.effect.losses.places, withdrawn.body.effect.bookingCount]).toEqual([200, 1, 1]);
  // EAST isn't told who: neither the worker nor the ward is theirs.
  expect(withdrawn.body.effect.bookings[0].worker).toEqual({ id: null, name: null, staffNumber: null, homeTrust: 'NORTH' });
  const { rows } = await sql<{ status: string; same: boolean }>`
    select b.status, b.xmin = s.xmin as same from booking b, alignment_state s
    where b.shift_id = ${shiftId} and s.alignment_id = ${id} and s.replaced_at is null`.execute(db);
  expect(rows).toEqual([{ status: 'needs-review', same: true }]);
  const events = await sql<{ type: string; data: Record<string, string> }>`
    select type, data from event where data->>'alignmentId' = ${id} or type = 'booking.needs-review' order by "offset"`.execute(db);
  expect(events.rows.map((event) => event.data['step'] ?? event.type)).toEqual(
    [
      'propose',
      'submit',
      'sign',
      'object',
      'sign',
      'sign',
      'answer',
      'sign',
      'stress-test',
      'report',
      'comment',
      'sign',
      'sign',
      'sign',
      'sign',
    ].concat(['validate', 'booking.needs-review', 'withdraw']),
  );
  expect(events.rows.at(-1)!.data).toMatchObject({
    state: 'withdrawn',
    reason: 'An injury in training',
    competency: 'pmva-team',
    courseId,
  });

  // and it may be proposed again, from the beginning
  const anew = await house.ask(leads.NORTH, 'POST', '/training/alignments', asked);
  expect([anew.status, anew.body.id, anew.body.state, anew.body.history.length]).toEqual([201, id, 'draft', 6]);
});

test('nobody signs without a delegation in force, and what was signed under one that ended stands', async () => {
  const admin = world.staff['administrator']!['NORTH']!;
  const id = await placed('in-review');
  const list = (await house.ask(leads.NORTH, 'GET', '/training/delegations')).body.items as {
    id: string;
    trust: string;
    inForce: boolean;
  }[];
  expect(list.map((one) => one.trust)).toEqual(['EAST', 'NORTH', 'SOUTH', 'WEST']);
  const west = list.find((one) => one.trust === 'WEST')!;
  expect((await take(leads.WEST, id, 'sign')).status).toBe(200);
  expect((await house.ask(leads.WEST, 'POST', `/training/delegations/${west.id}/end`, { reason: 'Moved on' })).status).toBe(404);
  const ended = await house.ask(admin, 'POST', `/training/delegations/${west.id}/end`, { reason: 'Moved on' });
  expect([ended.status, ended.body.inForce]).toEqual([200, false]);
  expect((await house.ask(admin, 'POST', `/training/delegations/${west.id}/end`, { reason: 'Moved on' })).body.code).toBe('ended-already');

  const other = await placed('in-review');
  const refused = await take(leads.WEST, other, 'sign');
  expect([refused.status, refused.body.code]).toEqual([422, 'no-delegation']);
  expect((await take(leads.WEST, other, 'object')).body.code).toBe('no-delegation');
  expect((await detailOf(id)).round.find((one: { trust: string }) => one.trust === 'WEST').stance).toBe('signed');

  const from = addDays(localDayOf(world.now), 1);
  const asked = { trust: 'WEST', email: 'training-lead.of.west@test.example', responsiblePerson: 'A. Director', from };
  expect((await house.ask(admin, 'POST', '/training/delegations', { ...asked, trust: 'EAST' })).body.errors[0].code).toBe(
    'not-a-training-lead',
  );
  expect((await house.ask(admin, 'POST', '/training/delegations', asked)).status).toBe(201);
  expect((await house.ask(admin, 'POST', '/training/delegations', asked)).body.code).toBe('delegated-already');
  expect((await take(leads.WEST, other, 'sign')).body.code).toBe('no-delegation');
  house.setClock(world.now + dayMs);
  expect((await take(leads.WEST, other, 'sign')).body.round.at(-1)).toMatchObject({
    stance: 'signed',
    responsiblePerson: 'A. Director',
  });
});

describe('two at once', () => {
  test('a trust signs once, however often it is asked at once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const id = await placed('in-review');
      const answers = await Promise.all([1, 2, 3].map(() => take(leads.SOUTH, id, 'sign')));
      expect(answers.map((one) => one.status).sort()).toEqual([200, 409, 409]);
      expect(answers.filter((one) => one.status === 409).map((one) => one.body.code)).toEqual(['already-signed', 'already-signed']);
    }
  });

  test('one is validated and one sent back, and never both', async () => {
    for (let round = 0; round < 10; round += 1) {
      const id = await placed('stress-testing', everyone);
      const [validated, returned, withdrawn] = await Promise.all([
        take(leads.NORTH, id, 'validate'),
        take(leads.SOUTH, id, 'return'),
        take(leads.WEST, id, 'withdraw'),
      ]);
      const done = [validated!.status, returned!.status, withdrawn!.status];
      const states = await db
        .selectFrom('alignmentState')
        .select(['state', 'replacedAt'])
        .where('alignmentId', '=', id)
        .orderBy('id')
        .execute();
      // Withdrawing is legal after validating, not after going back to review by another trust.
      const story = states.map((one) => one.state).join(' ');
      expect(['stress-testing validated withdrawn', 'stress-testing withdrawn', 'stress-testing in-review']).toContain(story);
      expect(done).toEqual([
        story.includes('validated') ? 200 : 409,
        story.includes('review') ? 200 : 409,
        story.includes('withdrawn') ? 200 : story.includes('review') ? 404 : 409,
      ]);
      expect(states.filter((one) => one.replacedAt === null)).toHaveLength(1);
    }
  });

  test('an objection stops the pilot, or comes too late for the signature that started it', async () => {
    for (let round = 0; round < 10; round += 1) {
      const id = await placed(
        'in-review',
        everyone.filter(({ trust }) => trust !== 'EAST'),
      );
      const [signed, objected, started] = await Promise.all([
        take(leads.EAST, id, 'sign'),
        take(leads.EAST, id, 'object'),
        take(leads.NORTH, id, 'stress-test'),
      ]);
      // In that round the trust said one thing, and only its signature let the pilot start: an objection after that is the pilot's.
      const said = await sql<{ stance: string }>`
        select g.stance from alignment_signature g join alignment_state s on s.id = g.alignment_state_id
        where s.alignment_id = ${id} and s.state = 'in-review' and g.trust = 'EAST'`.execute(db);
      expect(said.rows).toHaveLength(1);
      expect([signed.status === 200, started.status === 200 || started.status === 409]).toEqual([said.rows[0]!.stance === 'signed', true]);
      if (started.status === 200) expect(said.rows[0]!.stance).toBe('signed');
      else expect([signed.status, objected.status].sort()).toEqual([200, 409]);
      expect(await stateOf(id)).toEqual([started.status === 200 ? 'stress-testing' : 'in-review']);
    }
  });
});
