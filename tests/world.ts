import { createHash, randomBytes } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import { v7 as newId } from 'uuid';
import type { DB } from '@homeward/db/types.ts';
import type { AccountRole } from '@homeward/shared/accounts/contract.ts';
import { dayMs, hourMs, rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { addDays, instantsOf, localDayOf } from '@homeward/shared/kernel/local-time.ts';

/** Somebody signed in: the cookie their browser would send. */
export interface Person {
  accountId: string;
  cookie: string;
  workerId: string | null;
  personId: string | null;
  trust: string;
  name: string;
}

export interface World {
  now: Instant;
  wards: Record<'north' | 'north2' | 'south' | 'apart', string>;
  workers: Person[];
  /** By role, then trust. */
  staff: Record<string, Record<string, Person>>;
  recordOf: Map<string, string>;
  collaborativeId: string;
  bankId: string;
  /** By trust: its PMVA course. */
  courseOf: Map<string, string>;
  /** Tomorrow's local night and other spans, as instants. */
  span(day: number, from: string, to: string): { startsAt: string; endsAt: string };
}

/**
 * A small world of three trusts: NORTH and SOUTH share nursing, APART shares with nobody. Everyone in `workers` is a band 3
 * support worker, alternately of NORTH and SOUTH, who may take any support shift on the wards of both. Its clock stands at noon of
 * an ordinary Monday unless asked otherwise: no test may depend on the hour it runs at.
 */
export async function makeWorld(
  db: Kysely<DB>,
  { workers: count = 4, now = Date.parse('2027-01-11T12:00:00Z') }: { workers?: number; now?: Instant } = {},
): Promise<World> {
  const today = localDayOf(now);
  const always = '[2020-01-01,)';
  const recordedAt = rfc3339(now - 400 * dayMs);
  const signed = {
    recordedAt,
    homeSignedAt: recordedAt,
    homeSignedBy: 'Home office',
    hostSignedAt: recordedAt,
    hostSignedBy: 'Host office',
  };
  const trusts = ['NORTH', 'SOUTH', 'APART'];
  const collaborativeId = newId();
  const bankId = newId();
  const apartBankId = newId();
  await db
    .insertInto('trust')
    .values(trusts.map((code) => ({ odsCode: code, name: `${code} Trust`, short: code })))
    .execute();
  await db.insertInto('collaborative').values({ id: collaborativeId, code: 'test', name: 'Test collaborative' }).execute();
  await db
    .insertInto('collaborativeMember')
    .values(['NORTH', 'SOUTH'].map((trust) => ({ id: newId(), collaborativeId, trust, days: always })))
    .execute();
  await db
    .insertInto('bank')
    .values([
      { id: bankId, code: 'shared', name: 'Shared bank' },
      { id: apartBankId, code: 'apart', name: 'Apart bank' },
    ])
    .execute();
  await db
    .insertInto('bankStaffGroup')
    .values([bankId, apartBankId].map((id) => ({ bankId: id, staffGroup: 'nursing' })))
    .execute();
  await db
    .insertInto('bankMember')
    .values(trusts.map((trust) => ({ id: newId(), bankId: trust === 'APART' ? apartBankId : bankId, trust, days: always })))
    .execute();
  await db
    .insertInto('sharingAgreement')
    .values([
      { id: newId(), homeTrust: 'NORTH', hostTrust: 'SOUTH', staffGroup: 'nursing', days: always, ...signed },
      { id: newId(), homeTrust: 'SOUTH', hostTrust: 'NORTH', staffGroup: 'nursing', days: always, ...signed },
    ])
    .execute();
  await db
    .insertInto('site')
    .values(trusts.map((trust) => ({ code: trust.toLowerCase(), trust, name: `${trust} Hospital`, verified: true })))
    .execute();
  const wards = { north: newId(), north2: newId(), south: newId(), apart: newId() };
  const wardTrust: Record<string, string> = {
    [wards.north]: 'NORTH',
    [wards.north2]: 'NORTH',
    [wards.south]: 'SOUTH',
    [wards.apart]: 'APART',
  };
  await db
    .insertInto('ward')
    .values(
      Object.entries(wards).map(([name, id]) => ({
        id,
        code: `${wardTrust[id]!.toLowerCase()}/${name}`,
        trust: wardTrust[id]!,
        site: wardTrust[id]!.toLowerCase(),
        name: `${name} ward`,
        serviceLine: 'acute',
        verified: true,
      })),
    )
    .execute();
  await db.insertInto('competency').values({ code: 'pmva-team', collaborativeId, title: 'PMVA team', useOfForce: true }).execute();
  await db
    .insertInto('competencyPeriod')
    .values(trusts.map((trust) => ({ id: newId(), competency: 'pmva-team', trust, months: 12, days: always, recordedAt })))
    .execute();
  const courses = new Map(trusts.map((trust) => [trust, newId()]));
  for (const [trust, id] of courses) {
    await db
      .insertInto('course')
      .values({ id, trust, code: `${trust}-PMVA`, version: '1' })
      .execute();
    await db
      .insertInto('courseRevision')
      .values({
        id: newId(),
        courseId: id,
        recordedAt,
        title: 'PMVA five-day',
        meets: 'pmva-team',
        certifiedUntil: addDays(today, 900),
        useOfForce: true,
      })
      .execute();
    if (trust === 'APART') continue;
    const alignmentId = newId();
    await db.insertInto('alignment').values({ id: alignmentId, collaborativeId, courseId: id, competency: 'pmva-team' }).execute();
    await db
      .insertInto('alignmentState')
      .values({ id: newId(), alignmentId, state: 'validated', since: recordedAt, decidedBy: 'Test lead' })
      .execute();
  }
  await db
    .insertInto('requirement')
    .values(Object.values(wards).map((wardId) => ({ id: newId(), wardId, competency: 'pmva-team', minimumOnShift: 2, recordedAt })))
    .execute();
  await db
    .insertInto('shiftReason')
    .values([
      { code: 'vacancy', title: 'Vacancy', position: 1 },
      { code: 'strike-cover', title: 'Industrial action', position: 2, industrialAction: true },
    ])
    .execute();
  await db
    .insertInto('cancelReason')
    .values([
      { code: 'no-longer-needed', title: 'No longer needed', position: 1, side: 'ward' },
      { code: 'sickness', title: 'I am ill', position: 2, side: 'worker' },
    ])
    .execute();

  const people: Person[] = [];
  const recordOf = new Map<string, string>();
  for (let i = 0; i < count; i += 1)
    people.push(
      await makeWorker(
        db,
        { trust: i % 2 === 0 ? 'NORTH' : 'SOUTH', number: i + 1, now, bankId, courseId: courses.get(i % 2 === 0 ? 'NORTH' : 'SOUTH')! },
        recordOf,
      ),
    );
  const apart = await makeWorker(db, { trust: 'APART', number: 1, now, bankId: apartBankId, courseId: courses.get('APART')! }, recordOf);

  const staff: World['staff'] = { worker: { NORTH: people[0]!, SOUTH: people[1] ?? people[0]!, APART: apart } };
  const reach: Record<string, (trust: string) => { trust?: string; wardId?: string; collaborativeId?: string }[]> = {
    'ward-manager': (trust) =>
      Object.values(wards)
        .filter((id) => wardTrust[id] === trust && id !== wards.north2)
        .map((wardId) => ({ wardId })),
    'bank-office': (trust) => [{ trust }],
    'training-lead': (trust) => [{ trust }],
    'bed-manager': (trust) => [{ trust }],
    programme: () => [{ collaborativeId }],
    auditor: () => [{}],
    administrator: () => [{}],
  };
  for (const [role, grants] of Object.entries(reach)) {
    staff[role] = {};
    for (const trust of trusts)
      staff[role][trust] = await makeAccount(db, { name: `${role} of ${trust}`, trust, role: role as AccountRole, grants: grants(trust) });
  }
  await db
    .insertInto('delegation')
    .values(trusts.map((trust) => delegationOf(staff['training-lead']![trust]!, now)))
    .execute();
  await sql`analyze`.execute(db);
  return {
    now,
    wards,
    workers: people,
    staff,
    recordOf,
    collaborativeId,
    bankId,
    courseOf: courses,
    span(day, from, to) {
      const start = instantsOf(addDays(today, day), from)[0]!;
      let end = instantsOf(addDays(today, day), to)[0]!;
      if (end <= start) end = instantsOf(addDays(today, day + 1), to)[0]!;
      return { startsAt: rfc3339(start), endsAt: rfc3339(end) };
    },
  };
}

/** A training lead signs for the responsible person of their trust. */
const delegationOf = (lead: Person, now: Instant) => ({
  id: newId(),
  trust: lead.trust,
  accountId: lead.accountId,
  responsiblePerson: `Responsible person of ${lead.trust}`,
  fromDay: addDays(localDayOf(now), -200),
  recordedAt: rfc3339(now - 200 * dayMs),
});

/**
 * Another member of the collaborative of NORTH and SOUTH, with a training lead who may sign for it, one ward that asks for PMVA team training,
 * its manager, and no course, agreement or worker of its own.
 */
export async function addMember(db: Kysely<DB>, world: World, trust: string): Promise<{ lead: Person; manager: Person; wardId: string }> {
  const recordedAt = rfc3339(world.now - 400 * dayMs);
  const always = '[2020-01-01,)';
  const wardId = newId();
  await db
    .insertInto('trust')
    .values({ odsCode: trust, name: `${trust} Trust`, short: trust })
    .execute();
  await db.insertInto('collaborativeMember').values({ id: newId(), collaborativeId: world.collaborativeId, trust, days: always }).execute();
  await db.insertInto('bankMember').values({ id: newId(), bankId: world.bankId, trust, days: always }).execute();
  await db
    .insertInto('site')
    .values({ code: trust.toLowerCase(), trust, name: `${trust} Hospital`, verified: true })
    .execute();
  await db
    .insertInto('ward')
    .values({
      id: wardId,
      code: `${trust.toLowerCase()}/only`,
      trust,
      site: trust.toLowerCase(),
      name: `${trust} ward`,
      serviceLine: 'acute',
      verified: true,
    })
    .execute();
  await db
    .insertInto('competencyPeriod')
    .values({ id: newId(), competency: 'pmva-team', trust, months: 12, days: always, recordedAt })
    .execute();
  await db.insertInto('requirement').values({ id: newId(), wardId, competency: 'pmva-team', recordedAt }).execute();
  const account = (role: AccountRole, grants: { trust?: string; wardId?: string }[]) =>
    makeAccount(db, { name: `${role} of ${trust}`, trust, role, grants });
  const lead = await account('training-lead', [{ trust }]);
  const manager = await account('ward-manager', [{ wardId }]);
  await db.insertInto('delegation').values(delegationOf(lead, world.now)).execute();
  return { lead, manager, wardId };
}

/** The beds of a furnished world, by ward, in order of their labels. */
export type Beds = Record<keyof World['wards'], string[]>;

/**
 * Gives the wards of the world beds: acute for adults, `each` on every ward, all free and confirmed a minute ago. North's are for women and stand
 * in Northtown, those of `north2` for men; South's for women in Southtown, 20 km off; Apart's for women in Farville, outside the area. With the codes that a
 * need is described in. Nobody has set clocks or criteria: the usual ones count.
 */
export async function addBeds(db: Kysely<DB>, world: World, each = 4): Promise<Beds> {
  const places = [
    { short: 'Northtown', site: 'north', latitude: 53.8, longitude: -1.55, insideIcb: true },
    { short: 'Southtown', site: 'south', latitude: 53.62, longitude: -1.55, insideIcb: true },
    { short: 'Farville', site: 'apart', latitude: 52.5, longitude: -1.9, insideIcb: false },
  ];
  for (const { short, site, latitude, longitude, insideIcb } of places) {
    await db
      .insertInto('place')
      .values({ short, name: `${short} and around`, latitude, longitude, insideIcb, verified: true, source: 'test' })
      .execute();
    await db.updateTable('site').set({ place: short, latitude, longitude }).where('code', '=', site).execute();
  }
  await db
    .insertInto('code')
    .values([
      ...['200', '201', '202', '206'].map((code, position) => ({ list: 'bed-type', code, title: `Bed type ${code}`, position })),
      ...['01', '02', '03', '05', '06', '20'].map((code, position) => ({ list: 'legal-status', code, title: `Status ${code}`, position })),
      ...['10', '11', '12', '13', '14', '99'].map((code, position) => ({
        list: 'out-of-area-reason',
        code,
        title: `Reason ${code}`,
        position,
      })),
      ...['04', '18'].map((code, position) => ({ list: 'delay-reason', code, title: `Delay ${code}`, position })),
      ...['step-free', 'en-suite'].map((code, position) => ({ list: 'need', code, title: code.replace('-', ' '), position })),
      { list: 'decline-reason', code: 'acuity', title: 'The ward is too unsettled now', position: 0 },
      { list: 'release-reason', code: 'no-longer-needed', title: 'No longer needed', position: 0 },
    ])
    .execute();
  const recordedAt = rfc3339(world.now - 30 * dayMs);
  const beds = {} as Beds;
  for (const [name, wardId] of Object.entries(world.wards) as [keyof World['wards'], string][]) {
    await db.updateTable('ward').set({ bedType: '200', ageGroup: '13', locked: false, beds: each }).where('id', '=', wardId).execute();
    await db
      .insertInto('wardSex')
      .values({ id: newId(), wardId, sex: name === 'north2' ? 'male' : 'female', days: '[2020-01-01,)' })
      .execute();
    beds[name] = Array.from({ length: each }, () => newId());
    await db
      .insertInto('bed')
      .values(beds[name].map((id, position) => ({ id, wardId, label: `Bed ${position + 1}`, position, addedAt: recordedAt })))
      .execute();
    await db
      .insertInto('bedState')
      .values(beds[name].map((bedId) => ({ id: newId(), bedId, state: 'available', source: 'ward', recordedAt })))
      .execute();
    await db
      .insertInto('wardConfirmation')
      .values({ id: newId(), wardId, confirmedAt: rfc3339(world.now - 60_000), byRole: 'ward-manager' })
      .execute();
  }
  await sql`analyze`.execute(db);
  return beds;
}

async function makeWorker(
  db: Kysely<DB>,
  given: { trust: string; number: number; now: Instant; bankId: string; courseId: string },
  recordOf: Map<string, string>,
): Promise<Person> {
  const { trust, number, now, bankId, courseId } = given;
  const personId = newId();
  const workerId = newId();
  const recordedAt = rfc3339(now - 300 * dayMs);
  const name = `${trust} worker ${number}`;
  const checked = addDays(localDayOf(now), -400);
  await db.insertInto('person').values({ id: personId }).execute();
  await db
    .insertInto('worker')
    .values({ id: workerId, personId, trust, staffNumber: `${trust}-${String(number).padStart(4, '0')}` })
    .execute();
  await db
    .insertInto('workerRevision')
    .values({
      id: newId(),
      workerId,
      recordedAt,
      name,
      role: 'hcsw',
      band: 3,
      staffGroup: 'nursing',
      joinedOn: checked,
      worksDown: false,
      consentsToShare: true,
      identityCheckedOn: checked,
      rightToWorkCheckedOn: checked,
      qualificationsCheckedOn: checked,
      referencesCheckedOn: checked,
      dbsCheckedOn: checked,
      workHealthClearedOn: checked,
    })
    .execute();
  await db.insertInto('bankMembership').values({ id: newId(), workerId, bankId, fromDay: checked, recordedAt }).execute();
  const recordId = newId();
  recordOf.set(workerId, recordId);
  await db
    .insertInto('trainingRecord')
    .values({ id: recordId, workerId, courseId, completedOn: addDays(localDayOf(now), -30), source: 'test', recordedAt })
    .execute();
  const person = await makeAccount(db, { name, trust, role: 'worker', grants: [{ trust }], workerId });
  return { ...person, workerId, personId };
}

/** As many more people like one worker: the same trust, checks and training, each a person with an account of their own, signed in. */
export async function addColleagues(db: Kysely<DB>, like: Person, count: number): Promise<Person[]> {
  const people = Array.from({ length: count }, (_, at) => ({
    ...like,
    accountId: newId(),
    workerId: newId(),
    personId: newId(),
    name: `${like.name} colleague ${at}`,
    token: randomBytes(32).toString('base64url'),
  }));
  const copies = JSON.stringify(people);
  const from = sql`jsonb_to_recordset(${copies}::jsonb) as p("accountId" uuid, "workerId" uuid, "personId" uuid, name text, token text)`;
  /** A row of the worker they are like, as it would be theirs. */
  const copy = (table: string, whose: string, own: string) =>
    sql`insert into ${sql.table(table)} select (jsonb_populate_record(t, jsonb_build_object(${sql.raw(own)}))).*
      from ${sql.table(table)} t, ${from} where t.${sql.raw(whose)} = ${table === 'account' || table === 'account_role' ? like.accountId : like.workerId}`.execute(
      db,
    );
  await sql`insert into person (id) select "personId" from ${from}`.execute(db);
  await copy('worker', 'id', `'id', p."workerId", 'person_id', p."personId", 'staff_number', p.token`);
  for (const table of ['worker_revision', 'bank_membership', 'training_record'])
    await copy(table, 'worker_id', `'id', gen_random_uuid(), 'worker_id', p."workerId"`);
  await copy('account', 'id', `'id', p."accountId", 'worker_id', p."workerId", 'email', p."accountId" || '@test.example', 'name', p.name`);
  await copy('account_role', 'account_id', `'id', gen_random_uuid(), 'account_id', p."accountId"`);
  await sql`insert into session (token_hash, account_id, ends_at)
    select sha256(convert_to(p.token, 'UTF8')), p."accountId", clock_timestamp() + interval '10 hours' from ${from}`.execute(db);
  await sql`analyze`.execute(db);
  return people.map(({ token, ...person }) => ({ ...person, cookie: `homeward=${token}` }));
}

export async function makeAccount(
  db: Kysely<DB>,
  given: {
    name: string;
    trust: string;
    role: AccountRole;
    grants: { trust?: string; wardId?: string; collaborativeId?: string }[];
    workerId?: string;
  },
): Promise<Person> {
  const accountId = newId();
  const token = randomBytes(32).toString('base64url');
  const email = `${given.name.toLowerCase().replaceAll(' ', '.')}@test.example`;
  await db
    .insertInto('account')
    .values({ id: accountId, email, name: given.name, workerId: given.workerId ?? null })
    .execute();
  await db
    .insertInto('accountRole')
    .values(
      given.grants.map((grant) => ({
        id: newId(),
        accountId,
        role: given.role,
        trust: grant.trust ?? null,
        wardId: grant.wardId ?? null,
        collaborativeId: grant.collaborativeId ?? null,
        fromAt: new Date(Date.now() - hourMs),
      })),
    )
    .execute();
  await db
    .insertInto('session')
    .values({ tokenHash: createHash('sha256').update(token).digest(), accountId, endsAt: new Date(Date.now() + 10 * hourMs) })
    .execute();
  return { accountId, cookie: `homeward=${token}`, workerId: null, personId: null, trust: given.trust, name: given.name };
}
