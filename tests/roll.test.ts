import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from 'kysely';
import { connect } from '@homeward/db/connect.ts';
import { testDatabase } from '@homeward/db/test-database.ts';
import { dayMs, hourMs } from '@homeward/shared/kernel/interval.ts';
import { addDays, localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { rollOf } from '../api/src/shifts/roll-queries.ts';
import { openOffers } from '../api/src/shifts/worker-queries.ts';
import { noteFigures } from './figures.ts';
import { openHouse, type Answer, type House } from './house.ts';
import { expectRollAsTables } from './rolls.ts';
import { makeWorld, type Person, type World } from './world.ts';

// The roll is a copy in the memory of one process. Whatever is done, here or in another process, the next answer must be what the tables say.
const { db, url } = await testDatabase();
const other = connect(url, { max: 4 });
let world: World;
/** Where things are done; the roll that is compared is another process's. */
let house: House;
const today = () => localDayOf(world.now);

beforeAll(async () => {
  world = await makeWorld(db, { workers: 6 });
  house = await openHouse(db, url, world.now, { keepsRoll: true });
  for (const trust of ['NORTH', 'SOUTH']) {
    await sql`insert into delegation (id, trust, account_id, responsible_person, from_day, recorded_at)
      values (gen_random_uuid(), ${trust}, ${staff('training-lead', trust).accountId}, 'Responsible person', '2020-01-01', '2020-01-01')`.execute(
      db,
    );
  }
  // Shifts of NORTH are its regulars' first, then its own people's: who has worked there is among those who may take them.
  await sql`insert into ward_wave (id, ward_id, regulars_minutes, home_trust_minutes, regular_duties, regular_weeks, days)
    values (gen_random_uuid(), ${world.wards.north}, 0, 2880, 1, 17, '[2020-01-01,)')`.execute(db);
  for (const [wardId, trust] of [
    [world.wards.north, 'NORTH'],
    [world.wards.south, 'SOUTH'],
  ] as const)
    for (const day of [3, 3, 5, 2]) await post(wardId, trust, day);
}, 60_000);
afterAll(async () => {
  await house.live.stop();
  await other.destroy();
});

const staff = (role: string, trust: string): Person => world.staff[role]![trust]!;

async function post(wardId: string, trust: string, day: number, count = 1): Promise<string> {
  const body = { wardId, role: 'hcsw', band: 3, ...world.span(day, '07:00', '15:00'), breakMinutes: 30, reason: 'vacancy', count };
  return (await done(house.ask(staff('ward-manager', trust), 'POST', '/shifts', body))).body.items[0].id;
}

async function done(asked: Promise<Answer>): Promise<Answer> {
  const answer = await asked;
  expect([answer.status < 300, answer.body]).toEqual([true, answer.body]);
  return answer;
}

const csv = (kind: string, header: string, line: string) =>
  done(
    house.ask(staff('administrator', 'NORTH'), 'POST', `/imports/${kind}?mode=apply`, `${header}\n${line}\n`, {
      'content-type': 'text/csv',
    }),
  );
const one = async (query: ReturnType<typeof sql<{ id: string }>>) => (await query.execute(db)).rows[0]!.id;

test('on another day, and with everything thrown away, it answers as the tables do', async () => {
  // From tomorrow on NORTH is no member, and what SOUTH teaches counts on none of its wards.
  await sql`update collaborative_member set days = daterange('2020-01-01', ${addDays(today(), 1)}::date) where trust = 'NORTH'`.execute(db);
  for (const days of [0, 1, 1, 0]) {
    await expectRollAsTables(other, world.now + days * dayMs);
    if (days === 1) rollOf(other).forget();
  }
  await expectRollAsTables(other, world.now);
  await expectRollAsTables(other, world.now + dayMs);
  await sql`update collaborative_member set days = '[2020-01-01,)'`.execute(db);
  rollOf(other).forget();
  // A day before it starts a shift opens to everybody by itself, and before the second the clock was put right.
  for (const hours of [44, 42, 44]) await expectRollAsTables(other, world.now + hours * hourMs);
  await post(world.wards.north, 'NORTH', 6);
  for (const hours of [44, 42]) await expectRollAsTables(other, world.now + hours * hourMs);
});

test('whatever is done, the next answer of every process is what the tables say', async () => {
  const [ada, ben, cleo, dan] = world.workers as [Person, Person, Person, Person];
  const open = () => one(sql`select id from shift where status = 'open' and ward_id = ${world.wards.north} order by id limit 1`);
  const numberOf = (who: Person) => one(sql`select staff_number as id from worker where id = ${who.workerId}`);
  const north = world.wards.north;
  let bookingId = '';
  let unavailableId = '';
  let restrictionId = '';
  const acts: [string, () => Promise<unknown>][] = [
    ['nothing yet', () => Promise.resolve()],
    ['a shift is posted', () => post(north, 'NORTH', 4)],
    ['one is taken', async () => (bookingId = (await done(house.ask(ada, 'POST', `/shifts/${await open()}/accept`))).body.id as string)],
    ['it is given back', () => done(house.ask(ada, 'POST', `/bookings/${bookingId}/undo`))],
    [
      'another is taken',
      async () => (bookingId = (await done(house.ask(ada, 'POST', `/shifts/${await open()}/accept`))).body.id as string),
    ],
    [
      'the ward cancels the booking',
      () => done(house.ask(staff('ward-manager', 'NORTH'), 'POST', `/bookings/${bookingId}/cancel`, { reason: 'no-longer-needed' })),
    ],
    [
      'a shift is cancelled',
      async () => done(house.ask(staff('ward-manager', 'NORTH'), 'POST', `/shifts/${await open()}/cancel`, { reason: 'no-longer-needed' })),
    ],
    [
      'a record is revoked',
      () =>
        done(
          house.ask(staff('training-lead', ben.trust), 'POST', `/training/records/${world.recordOf.get(ben.workerId!)}/revoke`, {
            reason: 'Not theirs',
          }),
        ),
    ],
    ['consent is taken back', () => done(house.ask(ben, 'POST', '/me/consent', { consents: false }))],
    ['consent is given', () => done(house.ask(ben, 'POST', '/me/consent', { consents: true }))],
    [
      'a check ends',
      () =>
        done(
          house.ask(staff('bank-office', cleo.trust), 'POST', `/workers/${cleo.workerId}/checks`, {
            check: 'right-to-work',
            onDay: addDays(today(), -400),
            untilDay: addDays(today(), 2),
            because: 'Looked at again',
          }),
        ),
    ],
    [
      'another check ends later',
      () =>
        done(
          house.ask(staff('bank-office', dan.trust), 'POST', `/workers/${dan.workerId}/checks`, {
            check: 'dbs',
            onDay: addDays(today(), -400),
            untilDay: addDays(today(), 4),
            because: 'Looked at again',
          }),
        ),
    ],
    [
      'time is marked as away',
      async () =>
        (unavailableId = (await done(house.ask(dan, 'POST', '/me/unavailability', world.span(3, '06:00', '20:00')))).body.id as string),
    ],
    ['that is taken back', () => done(house.ask(dan, 'POST', `/me/unavailability/${unavailableId}/withdraw`))],
    [
      'a ward asks not to be sent somebody',
      async () =>
        (restrictionId = (
          await done(
            house.ask(staff('bank-office', 'NORTH'), 'POST', '/restrictions', {
              wardId: north,
              workerId: dan.workerId,
              from: today(),
              until: addDays(today(), 9),
              reason: 'Left early',
              reviewer: 'Matron',
            }),
          )
        ).body.id as string),
    ],
    [
      'and it is lifted',
      () => done(house.ask(staff('bank-office', 'NORTH'), 'POST', `/restrictions/${restrictionId}/lift`, { reason: 'Cleared up' })),
    ],
    [
      'two workers are found to be one person',
      async () => {
        for (const who of [ada, dan])
          await done(
            house.ask(staff('bank-office', who.trust), 'POST', `/workers/${who.workerId}/registration`, {
              body: 'NMC',
              number: 'X101E',
              until: addDays(today(), 300),
              because: 'Seen',
            }),
          );
      },
    ],
    ['one of them takes a shift', async () => done(house.ask(ada, 'POST', `/shifts/${await open()}/accept`))],
    [
      'a duty is imported',
      async () => {
        const { startsAt, endsAt } = world.span(3, '10:00', '18:00');
        await csv(
          'roster',
          'staff_number,trust,starts_at,ends_at,kind,external_id',
          `${await numberOf(cleo)},${cleo.trust},${startsAt},${endsAt},duty,R-1`,
        );
      },
    ],
    [
      'a record is imported',
      async () =>
        csv(
          'training-records',
          'staff_number,trust,course_trust,course_code,course_version,completed_on',
          `${await numberOf(ben)},${ben.trust},${ben.trust},${ben.trust}-PMVA,1,${addDays(today(), -20)}`,
        ),
    ],
    [
      'a course is imported',
      () =>
        csv(
          'courses',
          'trust,code,version,title,meets,certified_until,use_of_force',
          `SOUTH,SOUTH-PMVA,1,PMVA five-day,pmva-team,${addDays(today(), -60)},true`,
        ),
    ],
    [
      'and put right',
      () =>
        csv(
          'courses',
          'trust,code,version,title,meets,certified_until,use_of_force',
          `SOUTH,SOUTH-PMVA,1,PMVA five-day,pmva-team,${addDays(today(), 900)},true`,
        ),
    ],
    [
      'a worker is imported',
      async () =>
        csv(
          'workers',
          'staff_number,trust,name,role,band,staff_group',
          `${await numberOf(cleo)},${cleo.trust},${cleo.name},hcsw,2,nursing`,
        ),
    ],
    [
      'training counts for less long',
      () =>
        done(
          house.ask(staff('training-lead', 'SOUTH'), 'POST', '/training/periods', {
            competency: 'pmva-team',
            months: 1,
            from: addDays(today(), 1),
            reason: 'Thought again',
          }),
        ),
    ],
    [
      'an alignment is withdrawn',
      async () => {
        const alignment = await one(sql`select a.id from alignment a where a.course_id = ${world.courseOf.get('NORTH')!}`);
        await done(
          house.ask(staff('training-lead', 'SOUTH'), 'POST', `/training/alignments/${alignment}/withdraw`, { reason: 'Not as ours' }),
        );
      },
    ],
    [
      'a provider’s certificate ran out',
      () =>
        done(
          house.ask(staff('training-lead', 'NORTH'), 'POST', `/training/courses/${world.courseOf.get('NORTH')}/certificate`, {
            certifiedUntil: addDays(today(), -60),
            reason: 'The provider wrote',
          }),
        ),
    ],
    [
      'a requirement ends',
      async () => {
        const asked = await one(sql`select id from requirement where ward_id = ${north} and replaced_at is null limit 1`);
        await done(
          house.ask(staff('ward-manager', 'NORTH'), 'POST', `/wards/${north}/requirements/${asked}/end`, { reason: 'Thought again' }),
        );
      },
    ],
    [
      'an agreement ends',
      async () => {
        const agreement = await one(sql`select id from sharing_agreement where home_trust = 'SOUTH' and replaced_at is null`);
        await done(
          house.ask(staff('bank-office', 'NORTH'), 'POST', `/agreements/${agreement}/end`, {
            lastDay: addDays(today(), 1),
            reason: 'Not renewed',
          }),
        );
      },
    ],
  ];
  let compared = 0;
  for (const [what, act] of acts) {
    await act();
    for (const process of [other, db]) {
      const found = await expectRollAsTables(process, world.now).catch((error: unknown) => {
        throw new Error(`after ${what}`, { cause: error });
      });
      compared += found.compared;
    }
  }
  noteFigures('N', { 'answers off the roll compared with the tables': compared });
}, 120_000);

test('many who ask at once while others act are each answered from after they asked', async () => {
  const [, , , , eve] = world.workers as [Person, Person, Person, Person, Person];
  for (let round = 0; round < 20; round += 1) {
    const consents = round % 2 === 1;
    const reading = Promise.all(Array.from({ length: 5 }, () => openOffers(other, eve.workerId!, world.now)));
    await done(house.ask(eve, 'POST', '/me/consent', { consents }));
    const [after] = await Promise.all([openOffers(other, eve.workerId!, world.now), reading]);
    expect(after!.worker.consentsToShare).toBe(consents);
  }
});
