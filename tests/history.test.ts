import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql, type Kysely } from 'kysely';
import { connect } from '@homeward/db/connect.ts';
import { fillDemonstration } from '@homeward/db/demo/demonstration.ts';
import { testDatabase } from '@homeward/db/test-database.ts';
import type { DB } from '@homeward/db/types.ts';
import { dayMs, rfc3339 } from '@homeward/shared/kernel/interval.ts';
import { addDays, localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { brokenInvariants } from '../api/src/assurance/queries.ts';
import { recomputedSample, recomputedWithin } from '../api/src/assurance/record-queries.ts';
import { clockFrom } from '../api/src/platform/clock.ts';
import { isFull, noteFigures, randomFrom, seed } from './figures.ts';
import { openHouse, type Answer, type House } from './house.ts';
import { makeWorld, type Person, type World } from './world.ts';

// "Any past decision can be recomputed and must equal the stored one": whatever was done, in whatever order and at once, every decision ever stored
// comes out the same from the rows as they were known at its instant. On a clock that runs, since a clock that stands can't tell before from after.
const bursts = isFull ? 1500 : 110;
const everything = { seed: 'all', size: 100_000 };

test('every decision of the demonstration comes out the same from what was known when it was taken', async () => {
  const { db, drop } = await testDatabase();
  await fillDemonstration(db, { now: Date.parse('2026-11-28T19:40:00Z'), passwordHash: 'nobody signs in' });
  const { of, taken, different } = await recomputedSample(db, everything);
  expect(of).toBeGreaterThan(80);
  expect(taken).toBe(of);
  expect(different).toEqual([]);
  await drop();
}, 60_000);

describe('in a world of its own', () => {
  let db: Kysely<DB>;
  let second: Kysely<DB>;
  let world: World;
  let houses: [House, House];
  let today: string;

  beforeAll(async () => {
    const made = await testDatabase({ max: 20 });
    db = made.db;
    second = connect(made.url, { max: 20 });
    world = await makeWorld(db, { workers: 10 });
    today = localDayOf(world.now);
    const clock = clockFrom(rfc3339(world.now));
    houses = [await openHouse(db, made.url, clock), await openHouse(second, made.url, clock)];
    await addFireSafety();
    for (const trust of ['NORTH', 'SOUTH']) {
      await sql`insert into delegation (id, trust, account_id, responsible_person, from_day, recorded_at)
        values (gen_random_uuid(), ${trust}, ${staff('training-lead', trust).accountId}, 'Responsible person', '2020-01-01', '2020-01-01')`.execute(
        db,
      );
    }
  }, 60_000);
  afterAll(async () => {
    await Promise.all(houses.map((house) => house.live.stop()));
    await second.destroy();
  });

  /** A second competency, which NORTH teaches and both trusts count, and half the workers have learnt. */
  async function addFireSafety(): Promise<void> {
    const { collaborativeId } = await db.selectFrom('competency').select('collaborativeId').executeTakeFirstOrThrow();
    const before = rfc3339(world.now - 300 * dayMs);
    await db.insertInto('competency').values({ code: 'fire-safety', collaborativeId, title: 'Fire safety', useOfForce: false }).execute();
    for (const trust of ['NORTH', 'SOUTH']) {
      await sql`insert into competency_period (id, competency, trust, months, days, recorded_at)
        values (gen_random_uuid(), 'fire-safety', ${trust}, 12, '[2020-01-01,)', ${before})`.execute(db);
    }
    await sql`with c as (insert into course (id, trust, code, version) values (gen_random_uuid(), 'NORTH', 'NORTH-FIRE', '1') returning id),
      r as (insert into course_revision (id, course_id, recorded_at, title, meets, use_of_force)
        select gen_random_uuid(), id, ${before}, 'Fire safety', 'fire-safety', false from c),
      a as (insert into alignment (id, collaborative_id, course_id, competency) select gen_random_uuid(), ${collaborativeId}, id, 'fire-safety' from c returning id),
      s as (insert into alignment_state (id, alignment_id, state, since, decided_by) select gen_random_uuid(), id, 'validated', ${before}, 'Test' from a)
      insert into training_record (id, worker_id, course_id, completed_on, source, recorded_at)
        select gen_random_uuid(), k.id, c.id, ${addDays(today, -60)}, 'test', ${before} from worker k, c where right(k.staff_number, 1) in ('1', '2', '5', '6', '9')`.execute(
      db,
    );
  }

  const staff = (role: string, trust: string) => world.staff[role]![trust]!;

  test('any history: every decision comes out the same from what was known at its instant', async () => {
    const chance = randomFrom(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(chance() * list.length)]!;
    const whole = (from: number, to: number) => from + Math.floor(chance() * (to - from + 1));
    const house = () => pick(houses);
    const trust = () => pick(['NORTH', 'SOUTH']);
    // Most of a burst is about one worker, so that what is decided of them and what changes of them meet.
    let hot = pick(world.workers);
    const worker = () => (chance() < 0.6 ? hot : pick(world.workers));
    const ward = () => pick([world.wards.north, world.wards.north2, world.wards.south]);
    const trustOf = (wardId: string) => (wardId === world.wards.south ? 'SOUTH' : 'NORTH');
    const managerOf = (wardId: string) => staff('ward-manager', trustOf(wardId));
    const numberOf = new Map(
      (await db.selectFrom('worker').select(['id', 'staffNumber', 'trust']).execute()).map((row) => [
        row.id,
        `${row.staffNumber},${row.trust}`,
      ]),
    );
    const named = (who: Person) => numberOf.get(who.workerId!)!;
    const one = async <T>(query: ReturnType<typeof sql>): Promise<T | undefined> => {
      const rows = (await query.execute(db)).rows as T[];
      return rows.length > 0 ? pick(rows) : undefined;
    };
    const person = (workerId: string) => world.workers.find((one) => one.workerId === workerId)!;
    // Times that touch, overlap and leave too little rest, over few days and wards, so that most of it meets.
    const span = () => {
      const [from, to] = pick([
        ['07:00', '15:00'],
        ['14:00', '22:00'],
        ['20:00', '08:00'],
        ['01:00', '06:00'],
        ['07:30', '20:00'],
      ] as const);
      return world.span(whole(2, 11), from, to);
    };
    const csv = (kind: string, header: string, ...lines: string[]) =>
      house().ask(staff('administrator', 'NORTH'), 'POST', `/imports/${kind}?mode=apply`, `${[header, ...lines].join('\n')}\n`, {
        'content-type': 'text/csv',
      });

    type Act = () => Promise<Answer | null>;
    const acts: Record<string, [weight: number, act: Act]> = {
      post: [
        8,
        () => {
          const wardId = ward();
          return house().ask(managerOf(wardId), 'POST', '/shifts', {
            wardId,
            role: 'hcsw',
            band: 3,
            breakMinutes: 30,
            reason: 'vacancy',
            count: 2,
            ...span(),
          });
        },
      ],
      accept: [
        24,
        async () => {
          const shift = await one<{ id: string }>(sql`select id from shift where status = 'open'`);
          return shift ? house().ask(worker(), 'POST', `/shifts/${shift.id}/accept`) : null;
        },
      ],
      ask: [
        4,
        async () => {
          const shift = await one<{ id: string }>(sql`select id from shift where status = 'open'`);
          return shift ? house().ask(worker(), 'POST', `/shifts/${shift.id}/requests`) : null;
        },
      ],
      approve: [
        4,
        async () => {
          const asked = await one<{ id: string; wardId: string }>(
            sql`select q.id, s.ward_id from shift_request q join shift s on s.id = q.shift_id where q.status = 'asked'`,
          );
          return asked
            ? house().ask(managerOf(asked.wardId), 'POST', `/requests/${asked.id}/approve`, {
                reason: 'Known here',
                compensatoryRest: 'Sunday',
              })
            : null;
        },
      ],
      undo: [
        1,
        async () => {
          const booking = await one<{ id: string; workerId: string }>(sql`select id, worker_id from booking where status = 'confirmed'`);
          return booking ? house().ask(person(booking.workerId), 'POST', `/bookings/${booking.id}/undo`) : null;
        },
      ],
      cancel: [
        3,
        async () => {
          const booking = await one<{ id: string; wardId: string }>(
            sql`select id, ward_id from booking where status in ('confirmed', 'needs-review')`,
          );
          return booking
            ? house().ask(managerOf(booking.wardId), 'POST', `/bookings/${booking.id}/cancel`, { reason: 'no-longer-needed' })
            : null;
        },
      ],
      'cancel shift': [
        1,
        async () => {
          const shift = await one<{ id: string; wardId: string }>(sql`select id, ward_id from shift where status in ('open', 'filled')`);
          return shift ? house().ask(managerOf(shift.wardId), 'POST', `/shifts/${shift.id}/cancel`, { reason: 'no-longer-needed' }) : null;
        },
      ],
      settle: [
        4,
        async () => {
          const booking = await one<{ id: string; wardId: string }>(sql`select id, ward_id from booking where status = 'needs-review'`);
          const body = { resolution: pick(['keep', 'keep', 'replace', 'cancel']), reason: 'Talked it over', compensatoryRest: 'Sunday' };
          return booking ? house().ask(managerOf(booking.wardId), 'POST', `/bookings/${booking.id}/review`, body) : null;
        },
      ],
      revoke: [
        1,
        async () => {
          const record = await one<{ id: string; trust: string }>(
            sql`select t.id, k.trust from training_record t join worker k on k.id = t.worker_id where not exists (select 1 from training_revocation v where v.record_id = t.id)`,
          );
          return record
            ? house().ask(staff('training-lead', record.trust), 'POST', `/training/records/${record.id}/revoke`, { reason: 'Not theirs' })
            : null;
        },
      ],
      'import records': [
        5,
        () => {
          const who = worker();
          const course = pick([`${who.trust},${who.trust}-PMVA`, 'NORTH,NORTH-FIRE']);
          return csv(
            'training-records',
            'staff_number,trust,course_trust,course_code,course_version,completed_on',
            `${named(who)},${course},1,${addDays(today, -whole(1, 200))}`,
          );
        },
      ],
      'import roster': [
        2,
        () => {
          const { startsAt, endsAt } = span();
          return csv(
            'roster',
            'staff_number,trust,starts_at,ends_at,kind,external_id',
            `${named(worker())},${startsAt},${endsAt},${pick(['duty', 'training', 'leave'])},R-${whole(1, 8)}`,
          );
        },
      ],
      'import courses': [
        1,
        () => {
          const home = trust();
          return csv(
            'courses',
            'trust,code,version,title,meets,certified_until,use_of_force',
            `${home},${home}-PMVA,1,PMVA five-day,pmva-team,${pick([addDays(today, 900), addDays(today, 901), addDays(today, -20)])},true`,
          );
        },
      ],
      'import requirements': [
        1,
        () =>
          csv(
            'requirements',
            'trust,ward_code,competency,minimum_on_shift',
            `NORTH,north/${pick(['north', 'north2'])},fire-safety,${whole(1, 3)}`,
          ),
      ],
      'import workers': [
        2,
        () => {
          const who = worker();
          return csv(
            'workers',
            'staff_number,trust,name,role,band,staff_group,consents_to_share,dbs_checked_on,dbs_until,registration_body,registration_number',
            `${named(who)},${who.name},hcsw,3,nursing,${chance() < 0.8},${addDays(today, -400)},${chance() < 0.3 ? addDays(today, whole(2, 11)) : ''},${pick(['', 'NMC'])},X${whole(100, 104)}E`.replace(
              /,,X\d+E$/,
              ',,',
            ),
          );
        },
      ],
      consent: [2, () => house().ask(worker(), 'POST', '/me/consent', { consents: chance() < 0.85 })],
      check: [
        2,
        () => {
          const who = worker();
          return house().ask(staff('bank-office', who.trust), 'POST', `/workers/${who.workerId}/checks`, {
            check: 'right-to-work',
            onDay: addDays(today, -400),
            untilDay: chance() < 0.4 ? addDays(today, whole(2, 11)) : null,
            because: 'Looked at again',
          });
        },
      ],
      'opt-out': [
        1,
        () => {
          const who = worker();
          const from = chance() < 0.5 ? addDays(today, -10) : null;
          return house().ask(staff('bank-office', who.trust), 'POST', `/workers/${who.workerId}/opt-out`, {
            from,
            because: 'Asked for it',
          });
        },
      ],
      registration: [
        2,
        () => {
          const who = worker();
          return house().ask(staff('bank-office', who.trust), 'POST', `/workers/${who.workerId}/registration`, {
            body: 'NMC',
            number: `X${whole(100, 104)}E`,
            until: addDays(today, 300),
            because: 'Seen',
          });
        },
      ],
      'mark unavailable': [2, () => house().ask(worker(), 'POST', '/me/unavailability', span())],
      'withdraw unavailable': [
        1,
        async () => {
          const marked = await one<{ id: string; workerId: string }>(
            sql`select a.id, w.id as worker_id from unavailability a join worker w on w.person_id = a.person_id where a.withdrawn_at is null`,
          );
          return marked ? house().ask(person(marked.workerId), 'POST', `/me/unavailability/${marked.id}/withdraw`) : null;
        },
      ],
      restrict: [
        2,
        () => {
          const wardId = ward();
          return house().ask(staff('bank-office', trustOf(wardId)), 'POST', '/restrictions', {
            wardId,
            workerId: worker().workerId,
            from: addDays(today, whole(0, 6)),
            until: addDays(today, whole(7, 12)),
            reason: 'Left early',
            reviewer: 'Matron',
          });
        },
      ],
      lift: [
        2,
        async () => {
          const entry = await one<{ id: string; trust: string }>(
            sql`select r.id, w.trust from restriction r join ward w on w.id = r.ward_id where r.lifted_at is null`,
          );
          return entry
            ? house().ask(staff('bank-office', entry.trust), 'POST', `/restrictions/${entry.id}/lift`, { reason: 'Cleared up' })
            : null;
        },
      ],
      'set requirement': [
        2,
        () => {
          const wardId = ward();
          return house().ask(managerOf(wardId), 'POST', `/wards/${wardId}/requirements`, {
            competency: pick(['fire-safety', 'pmva-team']),
            minimumOnShift: whole(1, 3),
            reason: 'Thought again',
          });
        },
      ],
      'end requirement': [
        2,
        async () => {
          const asked = await one<{ id: string; wardId: string }>(
            sql`select q.id, q.ward_id from requirement q join ward w on w.id = q.ward_id where q.replaced_at is null and w.trust <> 'APART'`,
          );
          return asked
            ? house().ask(managerOf(asked.wardId), 'POST', `/wards/${asked.wardId}/requirements/${asked.id}/end`, {
                reason: 'Thought again',
              })
            : null;
        },
      ],
      period: [
        2,
        () => {
          const host = trust();
          return house().ask(staff('training-lead', host), 'POST', '/training/periods', {
            competency: pick(['fire-safety', 'pmva-team']),
            months: pick([1, 12, 12, 18, 24]),
            from: addDays(today, whole(0, 8)),
            reason: 'Thought again',
          });
        },
      ],
      certificate: [
        1,
        async () => {
          const course = await one<{ id: string; trust: string }>(sql`select id, trust from course where trust <> 'APART'`);
          return house().ask(staff('training-lead', course!.trust), 'POST', `/training/courses/${course!.id}/certificate`, {
            certifiedUntil: pick([addDays(today, 900), addDays(today, 900), addDays(today, 900), addDays(today, -20)]),
            reason: 'The provider wrote',
          });
        },
      ],
      alignment: [
        8,
        async () => {
          const at = await one<{ id: string; courseId: string; competency: string; trust: string; state: string }>(
            sql`select a.id, a.course_id, a.competency, c.trust, s.state from alignment a join course c on c.id = a.course_id
              join alignment_state s on s.alignment_id = a.id and s.replaced_at is null order by s.state = 'validated' limit 2`,
          );
          const { id, courseId, competency, trust: own, state } = at!;
          const step = (lead: string, name: string, body: object = {}) =>
            house().ask(staff('training-lead', lead), 'POST', `/training/alignments/${id}/${name}`, body);
          switch (state) {
            case 'validated':
              return chance() < 0.25 ? step(trust(), 'withdraw', { reason: 'Not as ours' }) : null;
            case 'withdrawn':
              return house().ask(staff('training-lead', own), 'POST', '/training/alignments', { courseId, competency });
            case 'draft':
              return step(own, 'submit');
            case 'in-review':
              return chance() < 0.7
                ? step(trust(), 'sign')
                : step(own, 'stress-test', { pilotWardIds: [pick([world.wards.north, world.wards.south])] });
            default:
              return chance() < 0.7
                ? step(trust(), 'sign')
                : step(own, pick(['validate', 'validate', 'return']), { reason: 'Seen enough' });
          }
        },
      ],
      agreement: [
        4,
        async () => {
          const at = await one<{ id: string; homeTrust: string; hostTrust: string; isSigned: boolean }>(
            sql`select id, home_trust, host_trust, home_signed_at is not null and host_signed_at is not null as is_signed from sharing_agreement
              where replaced_at is null and (upper(days) is null or upper(days) > ${addDays(today, 1)}::date)`,
          );
          if (at && !at.isSigned) return house().ask(staff('bank-office', at.hostTrust), 'POST', `/agreements/${at.id}/sign`);
          if (at && chance() < 0.3) {
            const lastDay = addDays(today, pick([-1, whole(2, 11)]));
            return house().ask(staff('bank-office', trust()), 'POST', `/agreements/${at.id}/end`, { lastDay, reason: 'Not renewed' });
          }
          const [homeTrust, hostTrust] = pick([
            ['NORTH', 'SOUTH'],
            ['SOUTH', 'NORTH'],
          ] as const);
          return house().ask(staff('bank-office', homeTrust), 'POST', '/agreements', {
            homeTrust,
            hostTrust,
            staffGroup: 'nursing',
            from: today,
          });
        },
      ],
    };
    const deck = Object.entries(acts).flatMap(([name, [weight]]) => Array.from({ length: weight }, () => name));
    const done = new Map<string, number>();
    for (let burst = 0; burst < bursts; burst += 1) {
      hot = pick(world.workers);
      await Promise.all(
        Array.from({ length: whole(1, 5) }, async (_, index) => {
          const name = index === 0 ? 'accept' : pick(deck);
          const answer = await acts[name]![1]();
          if (!answer) return;
          if (answer.status >= 500) throw new Error(`${name}, seed ${seed}: ${answer.status} ${JSON.stringify(answer.body)}`);
          if (answer.status < 300) done.set(name, (done.get(name) ?? 0) + 1);
        }),
      );
    }
    const { of, taken, different } = await recomputedSample(db, everything);
    expect({ seed, different }).toEqual({ seed, different: [] });
    expect(taken).toBe(of);
    expect({ seed, broken: await brokenInvariants(db) }).toEqual({ seed, broken: [] });
    // Enough of it has happened to mean something: decisions were stored, and nearly every kind of change was made.
    expect(of).toBeGreaterThan(bursts / 10);
    noteFigures('M', {
      'changes made in bursts of up to five at once': [...done.values()].reduce((sum, count) => sum + count, 0),
      'decisions taken again as they were': taken,
      'decisions that came out otherwise': different.length,
    });
    const missed = Object.keys(acts).filter((name) => !done.has(name));
    expect(missed.length, `seed ${seed}: none of ${missed.join(', ')}`).toBeLessThanOrEqual(isFull ? 0 : 12);
  }, 600_000);

  test('a fact that is dated otherwise than it was known is found out', async () => {
    for (const misdated of [
      `update worker_revision set recorded_at = recorded_at + interval '2 years', replaced_at = replaced_at + interval '2 years'`,
      `update requirement set recorded_at = recorded_at + interval '2 years', replaced_at = replaced_at + interval '2 years'`,
      `update booking set decision = jsonb_set(decision, '{outcome}', '"blocked"')`,
    ]) {
      const undo = new Error('undone');
      await db
        .transaction()
        .execute(async (trx) => {
          await sql.raw(misdated).execute(trx);
          const { different } = await recomputedWithin(trx, { seed: 'few', size: 40 });
          expect(different.length).toBeGreaterThan(5);
          throw undo;
        })
        .catch((error: unknown) => {
          if (error !== undo) throw error;
        });
    }
  });
});
