import { afterAll, beforeAll, expect, test } from 'vitest';
import fc from 'fast-check';
import { sql } from 'kysely';
import { v7 as newId } from 'uuid';
import { testDatabase } from '@homeward/db/test-database.ts';
import { dayMs, minuteMs, rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { addDays, localDayOf, startOfDay } from '@homeward/shared/kernel/local-time.ts';
import type { EffectView } from '@homeward/shared/training/contract.ts';
import type { AlignmentState } from '@homeward/shared/training/facts.ts';
import { wardReachOf } from '@homeward/shared/training/reach-rules.ts';
import { openHouse, type House } from '../../../tests/house.ts';
import { addMember, makeWorld, type Person, type World } from '../../../tests/world.ts';
import { groundFacts, wardFacts, workerFacts } from '../shifts/facts.ts';
import { decideBookings } from '../shifts/steps.ts';

// What a lead is shown before an act is what the act does: to who may work where, to bookings, and to counts of trained people on shift.
const { db, url } = await testDatabase();
let world: World;
let house: House;
let now: Instant;
const lead: Record<string, Person> = {};
const manager: Record<string, Person> = {};
const wards: { id: string; trust: string }[] = [];
const alignments: { id: string; trust: string }[] = [];
const competencies = ['pmva-team', 'resus-bls'] as const;

beforeAll(async () => {
  world = await makeWorld(db, { workers: 8 });
  now = world.now;
  const west = await addMember(db, world, 'WEST');
  const signed = {
    homeSignedAt: rfc3339(now - 400 * dayMs),
    homeSignedBy: 'Home',
    hostSignedAt: rfc3339(now - 400 * dayMs),
    hostSignedBy: 'Host',
  };
  for (const homeTrust of ['NORTH', 'SOUTH']) {
    await db
      .insertInto('sharingAgreement')
      .values({
        id: newId(),
        homeTrust,
        hostTrust: 'WEST',
        staffGroup: 'nursing',
        days: '[2020-01-01,)',
        recordedAt: rfc3339(now - 400 * dayMs),
        ...signed,
      })
      .execute();
  }
  Object.assign(lead, world.staff['training-lead'], { WEST: west.lead });
  Object.assign(manager, world.staff['ward-manager'], { WEST: west.manager });
  wards.push({ id: world.wards.north, trust: 'NORTH' }, { id: world.wards.south, trust: 'SOUTH' }, { id: west.wardId, trust: 'WEST' });

  // A second competency, with a course of NORTH and one of SOUTH, and everyone with a record or two of each kind, some soon out of date.
  const recordedAt = rfc3339(now - 399 * dayMs);
  await db
    .insertInto('competency')
    .values({ code: 'resus-bls', collaborativeId: world.collaborativeId, title: 'Basic life support', useOfForce: false })
    .execute();
  await db
    .insertInto('competencyPeriod')
    .values(
      ['NORTH', 'SOUTH', 'WEST'].map((trust) => ({
        id: newId(),
        competency: 'resus-bls',
        trust,
        months: 12,
        days: '[2020-01-01,)',
        recordedAt,
      })),
    )
    .execute();
  const lifeSupport = new Map<string, string>();
  for (const trust of ['NORTH', 'SOUTH']) {
    const [courseId, alignmentId] = [newId(), newId()];
    lifeSupport.set(trust, courseId);
    await db
      .insertInto('course')
      .values({ id: courseId, trust, code: `${trust}-BLS`, version: '1' })
      .execute();
    await db
      .insertInto('courseRevision')
      .values({ id: newId(), courseId, recordedAt, title: 'BLS', meets: 'resus-bls', useOfForce: false })
      .execute();
    await db
      .insertInto('alignment')
      .values({ id: alignmentId, collaborativeId: world.collaborativeId, courseId, competency: 'resus-bls' })
      .execute();
    await db
      .insertInto('alignmentState')
      .values({ id: newId(), alignmentId, state: 'validated', since: recordedAt, decidedBy: 'Somebody' })
      .execute();
  }
  const today = localDayOf(now);
  for (const [index, who] of world.workers.entries()) {
    const other = who.trust === 'NORTH' ? 'SOUTH' : 'NORTH';
    const records = [
      { courseId: lifeSupport.get(who.trust)!, ago: 20 + 40 * index },
      ...(index % 3 === 0 ? [{ courseId: lifeSupport.get(other)!, ago: 5 }] : []),
      ...(index % 4 === 1 ? [{ courseId: world.courseOf.get(other)!, ago: 200 + index }] : []),
    ];
    await db
      .insertInto('trainingRecord')
      .values(
        records.map(({ courseId, ago }) => ({
          id: newId(),
          workerId: who.workerId!,
          courseId,
          completedOn: addDays(today, -ago),
          source: 'test',
          recordedAt,
        })),
      )
      .execute();
  }
  const rows = await sql<{ id: string; trust: string }>`
    select a.id, c.trust from alignment a join course c on c.id = a.course_id order by a.competency, c.trust`.execute(db);
  alignments.push(...rows.rows);

  house = await openHouse(db, url, now);
  for (const { id, trust } of wards) {
    for (let day = 3; day < 8; day += 1) {
      const body = {
        wardId: id,
        role: 'hcsw',
        band: 3,
        ...world.span(day, '07:00', '15:00'),
        breakMinutes: 30,
        reason: 'vacancy',
        count: 3,
      };
      expect((await house.ask(manager[trust]!, 'POST', '/shifts', body)).status).toBe(201);
    }
  }
}, 60_000);
afterAll(() => house.live.stop());

type Step = 'validate' | 'withdraw' | 'return' | 'stress-test';
const change = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('alignment' as const),
      which: fc.nat(3),
      step: fc.constantFrom<Step>('validate', 'withdraw', 'return', 'stress-test'),
      pilots: fc.uniqueArray(fc.nat(2), { minLength: 1, maxLength: 2 }),
      inDays: fc.constantFrom(0, 0, 5),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('certificate' as const), which: fc.nat(1), ago: fc.constantFrom(null, 25, 150, -300) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('period' as const),
      trust: fc.constantFrom('NORTH', 'SOUTH', 'WEST'),
      competency: fc.constantFrom(...competencies),
      months: fc.constantFrom(1, 1, 6, 24),
      inDays: fc.constantFrom(0, 5, 5, 40),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('requirement' as const),
      ward: fc.nat(2),
      competency: fc.constantFrom(...competencies),
      role: fc.constantFrom(null, 'hcsw', 'rmn'),
      minimum: fc.constantFrom(null, 1, 2, 3),
      end: fc.boolean(),
    }),
  },
);
type Changed = typeof change extends fc.Arbitrary<infer T> ? T : never;

/** One of each kind that is sure to move somebody; the others are found by chance. */
const examples: Changed[] = [
  { kind: 'alignment', which: 1, step: 'validate', pilots: [0], inDays: 0 },
  { kind: 'alignment', which: 0, step: 'withdraw', pilots: [1], inDays: 0 },
  { kind: 'certificate', which: 0, ago: -300 },
  { kind: 'certificate', which: 1, ago: null },
  { kind: 'period', trust: 'SOUTH', competency: 'pmva-team', months: 1, inDays: 5 },
  { kind: 'requirement', ward: 0, competency: 'resus-bls', role: null, minimum: null, end: false },
];

/**
 * Puts back what earlier changes took away, so that there is something to lose: everything aligned, certified, asked for and of a year's
 * validity, but for a certificate that is about to be given back.
 */
async function restore(asked: Changed): Promise<void> {
  const at = rfc3339(now);
  const renewed = asked.kind === 'certificate' && asked.ago === -300;
  await sql`update course_revision set certified_until = ${renewed ? null : addDays(localDayOf(now), 200)} where replaced_at is null and use_of_force`.execute(
    db,
  );
  await sql`update competency_period set months = 12 where replaced_at is null`.execute(db);
  for (const { id } of alignments) {
    const { rows } = await sql<{ id: string }>`
      update alignment_state set replaced_at = ${at} where alignment_id = ${id} and replaced_at is null and state <> 'validated' returning id`.execute(
      db,
    );
    if (rows.length === 0) continue;
    await db
      .insertInto('alignmentState')
      .values({ id: newId(), alignmentId: id, state: 'validated', since: at, decidedBy: 'Somebody' })
      .execute();
  }
  await sql`update requirement set replaced_at = ${at} where replaced_at is null and ward_id = any(${wards.map((ward) => ward.id)}::uuid[])`.execute(
    db,
  );
  await db
    .insertInto('requirement')
    .values(wards.map((ward) => ({ id: newId(), wardId: ward.id, competency: 'pmva-team', minimumOnShift: 2, recordedAt: at })))
    .execute();
}

/** Puts an alignment where the step is legal, with every signature it needs, as if that had come about before. */
async function prepare(asked: Changed): Promise<void> {
  if (asked.kind !== 'alignment') return;
  const { id } = alignments[asked.which]!;
  const needs: Record<Step, AlignmentState[]> = {
    validate: ['stress-testing'],
    withdraw: ['validated', 'stress-testing'],
    return: ['stress-testing'],
    'stress-test': ['in-review'],
  };
  const current = await sql<{
    id: string;
    state: AlignmentState;
  }>`select id, state from alignment_state where alignment_id = ${id} and replaced_at is null`.execute(db);
  let at = current.rows[0]!;
  if (!needs[asked.step].includes(at.state)) {
    const state = needs[asked.step][0]!;
    await sql`update alignment_state set replaced_at = ${rfc3339(now)} where id = ${at.id}`.execute(db);
    at = { id: newId(), state };
    const pilotUntil = state === 'stress-testing' ? rfc3339(now + 6 * dayMs) : null;
    await db
      .insertInto('alignmentState')
      .values({ ...at, alignmentId: id, since: rfc3339(now), decidedBy: 'Somebody', pilotUntil })
      .execute();
    if (state === 'stress-testing') {
      await db
        .insertInto('alignmentPilotWard')
        .values(wards.slice(1).map((ward) => ({ alignmentStateId: at.id, wardId: ward.id })))
        .execute();
    }
  }
  await sql`delete from alignment_signature where alignment_state_id = ${at.id}`.execute(db);
  await db
    .insertInto('alignmentSignature')
    .values(
      ['NORTH', 'SOUTH', 'WEST'].map((trust) => ({
        id: newId(),
        alignmentStateId: at.id,
        trust,
        stance: 'signed',
        responsiblePerson: 'Somebody',
        accountId: lead[trust]!.accountId,
        byName: 'Somebody',
        at: rfc3339(now),
      })),
    )
    .execute();
}

/** Whoever may takes a shift again, so that there is something to lose. */
async function restock(): Promise<void> {
  await sql`delete from booking_decision`.execute(db);
  await sql`update shift set status = 'open', filled_at = null where id in (select shift_id from booking where status = 'needs-review')`.execute(
    db,
  );
  await sql`delete from booking where status = 'needs-review'`.execute(db);
  const open = await sql<{ id: string }>`select id from shift where status = 'open' order by starts_at, id limit 8`.execute(db);
  for (const [index, { id }] of open.rows.entries()) {
    for (const who of [world.workers[index % 8]!, world.workers[(index + 3) % 8]!]) {
      if ((await house.ask(who, 'POST', `/shifts/${id}/accept`)).status === 201) break;
    }
  }
}

/** The act: who asks, what the preview is asked, what the act is, and from when it decides where people may work. */
async function actOf(asked: Changed) {
  const today = localDayOf(now);
  switch (asked.kind) {
    case 'alignment': {
      const { id, trust } = alignments[asked.which]!;
      const who = asked.step === 'stress-test' ? lead[trust]! : lead[['NORTH', 'SOUTH', 'WEST'][asked.pilots[0]!]!]!;
      const pilotWardIds = asked.pilots.map((index) => wards[index]!.id);
      const countsFrom = addDays(today, asked.inDays);
      const until = rfc3339(now + 5 * dayMs);
      const path = `/training/alignments/${id}`;
      const query = {
        validate: `&countsFrom=${countsFrom}`,
        withdraw: '',
        return: '',
        'stress-test': `&pilotWardIds=${pilotWardIds.join(',')}&until=${until}`,
      };
      const body = {
        validate: { countsFrom },
        withdraw: { reason: 'No' },
        return: { reason: 'No' },
        'stress-test': { pilotWardIds, until },
      };
      const at = asked.step === 'validate' ? Math.max(now, startOfDay(countsFrom)) : now;
      return {
        who,
        preview: `${path}/effect?step=${asked.step}${query[asked.step]}`,
        act: `${path}/${asked.step}`,
        body: body[asked.step],
        at,
      };
    }
    case 'certificate': {
      const { rows } = await sql<{
        id: string;
        trust: string;
      }>`select c.id, c.trust from course c where code in ('NORTH-PMVA', 'SOUTH-PMVA') order by code`.execute(db);
      const { id, trust } = rows[asked.which]!;
      const body = { certifiedUntil: asked.ago === null ? null : addDays(today, -asked.ago), reason: 'The provider told us' };
      return { who: lead[trust]!, preview: null, act: `/training/courses/${id}/certificate`, body, at: now };
    }
    case 'period': {
      const { competency, months, trust } = asked;
      const from = addDays(today, asked.inDays);
      return {
        who: lead[trust]!,
        preview: `/training/periods/effect?competency=${competency}&months=${months}&from=${from}`,
        act: '/training/periods',
        body: { competency, months, from, reason: 'As others do' },
        at: Math.max(now, startOfDay(from)),
      };
    }
    case 'requirement': {
      const ward = wards[asked.ward]!;
      const { competency, role, minimum } = asked;
      const path = `/wards/${ward.id}/requirements`;
      const who = manager[ward.trust]!;
      const current = await sql<{ id: string; role: string | null }>`
        select id, role from requirement where ward_id = ${ward.id} and competency = ${competency} and replaced_at is null limit 1`.execute(
        db,
      );
      const [ended] = current.rows;
      if (asked.end && ended) {
        const query = `competency=${competency}${ended.role ? `&role=${ended.role}` : ''}&end=true`;
        return { who, preview: `${path}/effect?${query}`, act: `${path}/${ended.id}/end`, body: { reason: 'Not needed' }, at: now };
      }
      const query = `competency=${competency}${role ? `&role=${role}` : ''}${minimum ? `&minimumOnShift=${minimum}` : ''}`;
      return {
        who,
        preview: `${path}/effect?${query}`,
        act: path,
        body: { competency, role, minimumOnShift: minimum, reason: 'Needed' },
        at: now,
      };
    }
  }
}

/** Everything again from the facts, by the words of the passport: "worker ward" for each place somebody may work at an instant. */
async function placesAt(at: Instant): Promise<Set<string>> {
  const ground = await groundFacts(db, now);
  const asking = await wardFacts(db, [...wards.map((ward) => ward.id), world.wards.north2, world.wards.apart]);
  const workers = await workerFacts(
    db,
    [...world.workers, world.staff['worker']!['APART']!].map((who) => who.workerId!),
    { start: now, end: now },
  );
  const places = new Set<string>();
  for (const worker of workers.values()) {
    for (const ward of asking.values()) if (wardReachOf(worker, ward, ground, at).may) places.add(`${worker.id} ${ward.id}`);
  }
  return places;
}

const marked = async () =>
  new Set((await sql<{ id: string }>`select id from booking where status = 'needs-review'`.execute(db)).rows.map((row) => row.id));

/** Every coming booking decided afresh, whatever a change is thought to touch: those that hold, and those that don't. */
async function decided() {
  const all = await db
    .transaction()
    .execute((trx) => decideBookings(trx, sql`b.status = 'confirmed' and lower(b.period) > ${new Date(now)}`, now));
  const of = (holds: boolean) => new Set(all.filter((one) => one.holds === holds).map((one) => one.id));
  return { holding: of(true), failing: of(false) };
}

/** Shifts that have enough trained people, by their ward's own list. */
async function enough(): Promise<Map<string, boolean>> {
  const found = new Map<string, boolean>();
  for (const { trust } of wards) {
    for (const shift of (await house.ask(manager[trust]!, 'GET', '/shifts?limit=100')).body.items as {
      id: string;
      pmva: { count: number; minimum: number | null };
    }[]) {
      found.set(shift.id, shift.pmva.minimum === null || shift.pmva.count >= shift.pmva.minimum);
    }
  }
  return found;
}

const without = (some: ReadonlySet<string>, others: ReadonlySet<string>) => new Set([...some].filter((one) => !others.has(one)));

/** Places gained or lost, without whose: an effect names only some. */
const wardsOf = (moved: EffectView['gains']) => moved.items.flatMap((item) => item.wards.map((ward) => ward.id)).sort();
const wardsIn = (places: Iterable<string>) => [...places].map((place) => place.split(' ')[1]!).sort();

test('the preview is the effect, and both are what facts, bookings and boards say', async () => {
  const seen = { gains: 0, losses: 0, bookings: 0, underMinimum: 0, acts: 0 };
  await fc.assert(
    fc.asyncProperty(change, fc.boolean(), async (asked, anew) => {
      now += minuteMs;
      house.setClock(now);
      if (anew) await restore(asked);
      await prepare(asked);
      await restock();
      const { who, preview, act, body, at } = await actOf(asked);
      const shown = preview && (await house.ask(who, 'GET', preview));
      const [placesBefore, markedBefore, enoughBefore] = [await placesAt(at), await marked(), await enough()];
      const before = await decided();

      const done = await house.ask(who, 'POST', act, body);
      if (done.body.errors?.[0]?.code === 'nothing-changes') return;
      expect([done.status, done.body.title]).toEqual([200, undefined]);
      const effect = done.body.effect as EffectView;
      if (shown) expect(shown.body).toEqual(effect);

      const placesAfter = await placesAt(at);
      const [gained, lost] = [without(placesAfter, placesBefore), without(placesBefore, placesAfter)];
      expect({ gains: wardsOf(effect.gains), losses: wardsOf(effect.losses) }).toEqual({ gains: wardsIn(gained), losses: wardsIn(lost) });
      expect([effect.gains.places, effect.losses.places]).toEqual([gained.size, lost.size]);
      for (const { worker, wards: theirs } of [...effect.gains.items, ...effect.losses.items]) {
        if (worker.id === null) continue;
        for (const ward of theirs) expect(gained.has(`${worker.id} ${ward.id}`) || lost.has(`${worker.id} ${ward.id}`)).toBe(true);
      }
      const newlyMarked = without(await marked(), markedBefore);
      expect(effect.bookings.map((one) => one.id).sort()).toEqual([...newlyMarked].sort());
      // None that held before and is still confirmed fails now: nothing was overlooked.
      const after = await decided();
      expect([...after.failing].filter((id) => before.holding.has(id))).toEqual([]);
      const enoughAfter = await enough();
      expect(effect.underMinimum.map((one) => one.shiftId).sort()).toEqual(
        [...enoughBefore].flatMap(([id, had]) => (had && enoughAfter.get(id) === false ? [id] : [])).sort(),
      );
      for (const { worker, ward } of effect.bookings)
        expect(worker.name !== null).toBe(worker.homeTrust === who.trust || ward.trust === who.trust);

      seen.acts += 1;
      seen.gains += effect.gains.places;
      seen.losses += effect.losses.places;
      seen.bookings += effect.bookingCount;
      seen.underMinimum += effect.underMinimumCount;
    }),
    { numRuns: 30, endOnFailure: true, examples: examples.map((asked): [Changed, boolean] => [asked, true]) },
  );
  // A property that never sees a change holds of anything.
  for (const [what, count] of Object.entries(seen)) expect([what, count > 0]).toEqual([what, true]);
}, 120_000);
