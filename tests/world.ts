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

async function makeAccount(
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
