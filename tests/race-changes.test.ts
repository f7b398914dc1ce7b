import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql, type Kysely } from 'kysely';
import { connect } from '@homeward/db/connect.ts';
import { testDatabase } from '@homeward/db/test-database.ts';
import type { DB } from '@homeward/db/types.ts';
import { rfc3339 } from '@homeward/shared/kernel/interval.ts';
import { addDays, localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { clockFrom } from '../api/src/platform/clock.ts';
import { decideBookings } from '../api/src/shifts/steps.ts';
import { openHouse, type Answer, type House } from './house.ts';
import { makeWorld, type Person, type World } from './world.ts';

// Whatever takes a fact away from under a booking, at the instant it is made: two processes on one database, held where it would hurt. One of
// the two has done all it does but tell of it, and the other begins; a third of the rounds they only start together.
const isFull = process.env['HOMEWARD_FULL'] === '1';
const rounds = isFull ? 400 : 6;
// Nobody may take more than so many shifts a minute: the rounds go round among these.
const people = isFull ? 200 : 30;
const { db, url } = await testDatabase({ max: 20 });
let world: World;
let houses: [House, House];
let second: Kysely<DB>;
/** Of SOUTH, so that at NORTH everything counts: the alignment, the agreement and the consent too. */
let guests: Person[];
let today: string;

beforeAll(async () => {
  world = await makeWorld(db, { workers: people });
  second = connect(url, { max: 20 });
  const clock = clockFrom(rfc3339(world.now));
  houses = [await openHouse(db, url, clock), await openHouse(second, url, clock)];
  guests = world.workers.filter((one) => one.trust === 'SOUTH');
  today = localDayOf(world.now);
  const { collaborativeId } = await db.selectFrom('competency').select('collaborativeId').executeTakeFirstOrThrow();
  await db.insertInto('competency').values({ code: 'fire-safety', collaborativeId, title: 'Fire safety', useOfForce: false }).execute();
  await sql`insert into competency_period (id, competency, trust, months, days, recorded_at)
    values (gen_random_uuid(), 'fire-safety', 'NORTH', 12, '[2020-01-01,)', '2020-01-01')`.execute(db);
}, 60_000);
afterAll(async () => {
  await Promise.all(houses.map((house) => house.live.stop()));
  await second.destroy();
});

const staff = (role: string, trust: string) => world.staff[role]![trust]!;

/** Until so many wait for a lock that somebody else holds, or have been answered already. */
async function untilHeld(begun: readonly Promise<Answer>[]): Promise<void> {
  let answered = 0;
  for (const one of begun) void one.finally(() => (answered += 1));
  for (let waiting = 0; waiting + answered < begun.length;) {
    const { rows } = await sql<{ count: number }>`select count(*)::int as count from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(second);
    waiting = rows[0]!.count;
  }
}

/**
 * Both begin while the stream can't be written: the first does all it does but tell of it, then the other begins, and whether that one waits for the
 * first is its locks' doing.
 */
async function forced(first: () => Promise<Answer>, then: () => Promise<Answer>): Promise<[Answer, Answer]> {
  const begun: Promise<Answer>[] = [];
  await db.transaction().execute(async (trx) => {
    await sql`select 1 from stream for update`.execute(trx);
    for (const begin of [first, then]) {
      begun.push(begin());
      await untilHeld(begun);
    }
  });
  return (await Promise.all(begun)) as [Answer, Answer];
}

interface Change {
  /** What takes the fact away. */
  act: (who: Person, shift: { id: string; startsAt: string; endsAt: string }) => Promise<Answer>;
  /** Puts it back for the next round. */
  back: (who: Person) => Promise<unknown>;
}

const courseOf = (trust: string) => sql`(select id from course where trust = ${trust})`;
const other = () => houses[1];
const numberOf = (who: Person) => `SOUTH-${who.name.split(' ').at(-1)!.padStart(4, '0')}`;
const csv = (house: House, kind: string, ...lines: string[]) =>
  house.ask(staff('administrator', 'NORTH'), 'POST', `/imports/${kind}?mode=apply`, `${lines.join('\n')}\n`, {
    'content-type': 'text/csv',
  });
const fireSafety = (house: House) =>
  house.ask(staff('ward-manager', 'NORTH'), 'POST', `/wards/${world.wards.north}/requirements`, {
    competency: 'fire-safety',
    reason: 'Two fires',
  });
const endFireSafety = () =>
  sql`update requirement set replaced_at = now() where competency = 'fire-safety' and replaced_at is null`.execute(db);

const changes: Record<string, Change> = {
  'a record revoked': {
    act: (who) =>
      other().ask(staff('training-lead', 'SOUTH'), 'POST', `/training/records/${world.recordOf.get(who.workerId!)}/revoke`, {
        reason: 'Not theirs',
      }),
    back: () => sql`delete from training_revocation`.execute(db),
  },
  'an alignment withdrawn': {
    act: async () => {
      const { rows } = await sql<{ id: string }>`select id from alignment where course_id = ${courseOf('SOUTH')}`.execute(second);
      return other().ask(staff('training-lead', 'NORTH'), 'POST', `/training/alignments/${rows[0]!.id}/withdraw`, {
        reason: 'Not as ours',
      });
    },
    back: async () => {
      await sql`delete from alignment_state where state = 'withdrawn'`.execute(db);
      await sql`update alignment_state set replaced_at = null`.execute(db);
    },
  },
  'a requirement made': { act: () => fireSafety(other()), back: endFireSafety },
  'a period made shorter': {
    act: () =>
      other().ask(staff('training-lead', 'NORTH'), 'POST', '/training/periods', {
        competency: 'pmva-team',
        months: 1,
        from: today,
        reason: 'Yearly is too long',
      }),
    back: async () => {
      await sql`delete from competency_period where months = 1`.execute(db);
      await sql`delete from competency_period where competency = 'pmva-team' and trust = 'NORTH' and replaced_at is null`.execute(db);
      await sql`update competency_period set replaced_at = null`.execute(db);
    },
  },
  'an agreement ended': {
    act: async () => {
      const { rows } = await sql<{
        id: string;
      }>`select id from sharing_agreement where home_trust = 'SOUTH' and replaced_at is null`.execute(second);
      return other().ask(staff('bank-office', 'NORTH'), 'POST', `/agreements/${rows[0]!.id}/end`, {
        lastDay: addDays(today, -1),
        reason: 'Not renewed',
      });
    },
    back: async () => {
      await sql`delete from sharing_agreement where replaced_at is null and home_trust = 'SOUTH'`.execute(db);
      await sql`update sharing_agreement set replaced_at = null`.execute(db);
    },
  },
  'a consent taken back': {
    act: (who) => other().ask(who, 'POST', '/me/consent', { consents: false }),
    back: (who) => houses[0].ask(who, 'POST', '/me/consent', { consents: true }),
  },
  'a check that ended': {
    act: (who) =>
      other().ask(staff('bank-office', 'SOUTH'), 'POST', `/workers/${who.workerId}/checks`, {
        check: 'dbs',
        onDay: addDays(today, -400),
        untilDay: addDays(today, -1),
        because: 'Not renewed',
      }),
    back: (who) =>
      houses[0].ask(staff('bank-office', 'SOUTH'), 'POST', `/workers/${who.workerId}/checks`, {
        check: 'dbs',
        onDay: addDays(today, -400),
        because: 'Renewed',
      }),
  },
  'a worker not wanted back': {
    act: (who) =>
      other().ask(staff('bank-office', 'NORTH'), 'POST', '/restrictions', {
        wardId: world.wards.north,
        workerId: who.workerId,
        from: today,
        reason: 'Left early',
        reviewer: 'Matron',
      }),
    back: () => sql`delete from restriction`.execute(db),
  },
  'a roster imported': {
    act: (who, { id, startsAt, endsAt }) =>
      csv(other(), 'roster', 'staff_number,trust,starts_at,ends_at,external_id', `${numberOf(who)},SOUTH,${startsAt},${endsAt},${id}`),
    back: () => sql`update duty_revision set replaced_at = recorded_at`.execute(db),
  },
  'a requirement imported': {
    act: () => csv(other(), 'requirements', 'trust,ward_code,competency', 'NORTH,north/north,fire-safety'),
    back: endFireSafety,
  },
};

let next = 0;
test.each(Object.entries(changes))(
  '%s while a shift is taken: never a booking that stands and should not',
  async (_what, { act, back }) => {
    const seen = { reviewed: 0, refused: 0, unsafe: 0 };
    for (let round = 0; round < rounds; round += 1) {
      const span = world.span(3 + (round % 20), '07:00', '15:00');
      const posted = await houses[0].ask(staff('ward-manager', 'NORTH'), 'POST', '/shifts', {
        wardId: world.wards.north,
        role: 'hcsw',
        band: 3,
        breakMinutes: 30,
        reason: 'vacancy',
        ...span,
      });
      const shiftId = posted.body.items[0].id as string;
      const who = guests[next++ % guests.length]!;
      const accept = () => houses[0].ask(who, 'POST', `/shifts/${shiftId}/accept`);
      const change = () => act(who, { id: shiftId, ...span });
      const [accepted, changed] = await [
        () => forced(accept, change),
        async () => (await forced(change, accept)).reverse(),
        () => Promise.all([accept(), change()]),
      ][round % 3]!();
      expect([200, 201]).toContain(changed!.status);
      // Where the change comes first the shift may not be theirs to see any more.
      expect([201, 404, 422]).toContain(accepted!.status);
      const left = await db
        .transaction()
        .execute((trx) => decideBookings(trx, sql`b.shift_id = ${shiftId} and b.status = 'confirmed'`, Date.now()));
      seen.unsafe += left.filter((one) => !one.holds).length;
      const { rows } = await sql<{ status: string }>`select status from booking where shift_id = ${shiftId}`.execute(db);
      expect(rows).toHaveLength(accepted!.status === 201 ? 1 : 0);
      seen[accepted!.status === 201 ? 'reviewed' : 'refused'] += 1;
      await sql`update booking set status = 'cancelled', cancelled_at = booked_at, undone = true where shift_id = ${shiftId}`.execute(db);
      await back(who);
    }
    expect(`${seen.unsafe} of ${rounds} unsafe`).toBe(`0 of ${rounds} unsafe`);
    // Forced both ways round, each must have happened.
    expect(Math.min(seen.reviewed, seen.refused)).toBeGreaterThanOrEqual(Math.floor(rounds / 3));
  },
  600_000,
);
