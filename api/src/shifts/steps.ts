import { sql } from 'kysely';
import type { JsonValue } from '@homeward/db/types.ts';
import type { Instant } from '@homeward/shared/kernel/interval.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { decide } from '@homeward/shared/shifts/rules.ts';
import { announce } from '../platform/announce.ts';
import type { Trx } from '../platform/transaction.ts';
import { groundFacts, shiftFactsOf, wardFacts, workerFacts } from './facts.ts';
import { storedShifts } from './queries.ts';

/**
 * Marks the live, future bookings of these workers whose decision is no longer a yes as `needs-review`, in the transaction that
 * took the fact away, and tells of each. The caller holds the persons' locks. `because` says what happened, in plain words.
 */
export async function reviewBookings(
  trx: Trx,
  workerIds: readonly string[],
  because: string,
  accountId: string | null,
  now: Instant,
): Promise<number> {
  const { rows } = await sql<{ id: string; shiftId: string; workerId: string; personId: string; wardId: string }>`
    select id, shift_id, worker_id, person_id, ward_id from booking
    where status = 'confirmed' and worker_id = any(${[...workerIds]}::uuid[]) and lower(period) > ${new Date(now)} order by id`.execute(
    trx,
  );
  if (rows.length === 0) return 0;
  const shifts = await storedShifts(trx, sql`s.id = any(${rows.map((row) => row.shiftId)})`);
  const wards = await wardFacts(trx, [...new Set(rows.map((row) => row.wardId))], localDayOf(now));
  const ground = await groundFacts(trx, now);
  const span = {
    start: Math.min(...shifts.map((shift) => shift.startsAt.getTime())),
    end: Math.max(...shifts.map((shift) => shift.endsAt.getTime())),
  };
  const workers = await workerFacts(trx, [...new Set(rows.map((row) => row.workerId))], span);
  let marked = 0;
  for (const row of rows) {
    const shift = shifts.find((one) => one.id === row.shiftId)!;
    const worker = workers.get(row.workerId)!;
    const without = { ...worker, duties: worker.duties.filter((duty) => duty.id !== row.id) };
    const decision = decide(without, shiftFactsOf(shift, wards.get(row.wardId)!), ground, now);
    if (decision.outcome !== 'blocked') continue;
    marked += 1;
    await sql`update booking set status = 'needs-review', review_reason = ${because} where id = ${row.id}`.execute(trx);
    announce(trx, {
      type: 'booking.needs-review',
      at: now,
      accountId,
      wardId: row.wardId,
      shiftId: row.shiftId,
      workerId: row.workerId,
      data: { bookingId: row.id, personId: row.personId, because, decision: decision as unknown as JsonValue },
    });
  }
  return marked;
}
