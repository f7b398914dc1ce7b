// What the three benchmarks of accepting share: people who may all take the same shifts.
import { sql, type Kysely } from 'kysely';
import { v7 as newId } from 'uuid';
import type { DB } from '@homeward/db/types.ts';
import { makeWorld, type Person, type World } from '../tests/world.ts';
import type { Question } from './loader.ts';

export interface AcceptWorld {
  world: World;
  /** As many as people: all open, all at one time, so that one of them is all a person can take. */
  shiftIds: string[];
  span: { startsAt: string; endsAt: string };
}

const dutiesEach = 20;

/** In one transaction, or a thousand people would be a thousand flushes. Each has worked twenty duties, which every decision reads. */
export async function makeAcceptWorld(
  db: Kysely<DB>,
  { people, shifts = people }: { people: number; shifts?: number },
): Promise<AcceptWorld> {
  return db.transaction().execute(async (trx) => {
    const world = await makeWorld(trx, { workers: people, now: Date.now() });
    const span = world.span(5, '07:00', '15:00');
    const shiftIds = await addShifts(trx, world, world.wards.north, span, shifts);
    await addShifts(trx, world, world.wards.south, world.span(6, '09:00', '17:00'), 20);
    await sql`
      with made as (
        insert into duty (id, trust, external_id)
        select gen_random_uuid(), w.trust, w.staff_number || '/' || n from worker w, generate_series(1, ${dutiesEach}::int) n
        where w.trust in ('NORTH', 'SOUTH') returning id, trust, external_id)
      insert into duty_revision (id, duty_id, worker_id, person_id, ward_id, kind, period, break_minutes, recorded_at)
      select gen_random_uuid(), m.id, w.id, w.person_id, case w.trust when 'NORTH' then ${world.wards.north}::uuid else ${world.wards.south}::uuid end, 'duty',
        tstzrange(day + interval '7 hours', day + interval '15 hours', '[)'), 30, now()
      from made m join worker w on w.trust = m.trust and w.staff_number = split_part(m.external_id, '/', 1)
        cross join lateral (select date_trunc('day', now()) - make_interval(days => 5 * split_part(m.external_id, '/', 2)::int) as day) d`.execute(
      trx,
    );
    await sql`analyze`.execute(trx);
    return { world, shiftIds, span };
  });
}

async function addShifts(db: Kysely<DB>, world: World, wardId: string, span: { startsAt: string; endsAt: string }, count: number) {
  const posted = new Date(world.now - 3_600_000);
  const rows = Array.from({ length: count }, () => ({
    id: newId(),
    wardId,
    role: 'hcsw',
    band: 3,
    staffGroup: 'nursing',
    ...span,
    breakMinutes: 30,
    reason: 'vacancy',
    status: 'open',
    postedBy: world.staff['ward-manager']!['NORTH']!.accountId,
    postedAt: posted,
    regularsAt: posted,
    homeTrustAt: posted,
    collaborativeAt: posted,
    regularDuties: 0,
    regularWeeks: 0,
  }));
  await db.insertInto('shift').values(rows).execute();
  return rows.map(({ id }) => id);
}

/** Every shift open again and nobody booked, so that each round and each side does the same work on the same rows. */
export async function reopenAll(db: Kysely<DB>): Promise<void> {
  await sql`delete from booking`.execute(db);
  await sql`update shift set status = 'open', filled_at = null where status = 'filled'`.execute(db);
  await sql`delete from idempotency_key`.execute(db);
  await sql`vacuum analyze booking, shift, idempotency_key`.execute(db);
}

/** What a round must have left: so many bookings, each of its own shift and its own person, two events each, every key with its answer. */
export async function checkBooked(db: Kysely<DB>, count: number, eventsBefore: number): Promise<void> {
  const { rows } = await sql<Record<string, number>>`
    select (select count(*) from booking where status = 'confirmed' and decision->>'outcome' = 'eligible')::int as bookings,
      (select count(distinct shift_id) from booking)::int as shifts, (select count(distinct person_id) from booking)::int as people,
      (select count(*) from shift where status = 'filled')::int as filled,
      (select count(*) from idempotency_key where status = 201 and body->>'status' = 'confirmed')::int as keys,
      (select head from stream)::int - ${eventsBefore}::int as events`.execute(db);
  const found = JSON.stringify(rows[0]);
  const due = JSON.stringify({ bookings: count, shifts: count, people: count, filled: count, keys: count, events: 2 * count });
  if (found !== due) throw new Error(`a round of accepts left ${found}, not ${due}`);
}

export async function eventsSoFar(db: Kysely<DB>): Promise<number> {
  return (await db.selectFrom('stream').select('head').executeTakeFirstOrThrow()).head;
}

export const acceptOf = (url: string, who: Person, shiftId: string): Question => ({
  method: 'POST',
  url: `${url}/api/v1/shifts/${shiftId}/accept`,
  cookie: who.cookie,
  key: newId(),
});
