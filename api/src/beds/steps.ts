import { sql } from 'kysely';
import { v7 as newId } from 'uuid';
import type { ClosedReason, SettableState } from '@homeward/shared/beds/facts.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { announce } from '../platform/announce.ts';
import type { Trx } from '../platform/transaction.ts';

export interface LockedBed {
  id: string;
  wardId: string;
  trust: string;
  label: string;
  commissionedBy: string | null;
  state: SettableState;
  reason: ClosedReason | null;
  note: string;
  expectedReturn: Date | null;
  /** The shifts that its closing names. */
  shiftIds: string[];
  stateId: string;
}

/**
 * Locks beds by id, in that order, and reads them in a new statement: what waited for the lock is seen (quality, section 2). Beds come before
 * requests in the order of locks. A retired bed isn't there.
 */
export async function lockBeds(trx: Trx, bedIds: readonly string[]): Promise<Map<string, LockedBed>> {
  await sql`select 1 from bed where id = any(${[...bedIds]}::uuid[]) order by id for no key update`.execute(trx);
  const { rows } = await sql<LockedBed>`
    select b.id, b.ward_id, w.trust, b.label, b.commissioned_by, s.state, s.reason, s.note, s.expected_return, s.id as state_id,
      array(select c.shift_id from closure_shift c where c.bed_state_id = s.id order by c.shift_id)::text[] as shift_ids
    from bed b join ward w on w.id = b.ward_id join bed_state s on s.bed_id = b.id and s.replaced_at is null
    where b.id = any(${[...bedIds]}::uuid[]) and b.retired_at is null`.execute(trx);
  return new Map(rows.map((row) => [row.id, row]));
}

export interface NewState {
  state: SettableState;
  reason?: ClosedReason | null;
  note?: string;
  expectedReturn?: string | null;
  shiftIds?: readonly string[];
  source: 'ward' | 'bed-manager' | 'import' | 'placement';
}

/** Ends what a locked bed is. @returns the instant: never before that state began, whatever a clock says */
async function endState(trx: Trx, bed: LockedBed, now: Instant): Promise<Date> {
  const { rows } = await sql<{
    at: Date;
  }>`update bed_state set replaced_at = greatest(${new Date(now)}::timestamptz, recorded_at) where id = ${bed.stateId} returning replaced_at as at`.execute(
    trx,
  );
  return rows[0]!.at;
}

/** The person in this bed is no longer in it, or no longer waits to leave it. */
async function endReadiness(trx: Trx, bed: LockedBed, at: Date): Promise<void> {
  await sql`update discharge_readiness set replaced_at = greatest(${at}::timestamptz, recorded_at) where bed_id = ${bed.id} and replaced_at is null`.execute(
    trx,
  );
}

/** The cards of these shifts say how many beds each opens: they have changed. */
function tellShifts(trx: Trx, wardId: string, shiftIds: Iterable<string>, accountId: string | null, now: Instant): void {
  for (const shiftId of new Set(shiftIds)) announce(trx, { type: 'shift.changed', at: now, accountId, wardId, shiftId });
}

/**
 * Records what a locked bed is from now on, keeps what it was, and tells the boards. A stay that ends takes with it that somebody was ready to
 * leave. Shifts that an earlier or this closing names are told of too: their cards say that they open a bed.
 * @param now the instant after the bed was locked
 */
export async function recordBedState(trx: Trx, bed: LockedBed, next: NewState, accountId: string | null, now: Instant): Promise<void> {
  const at = await endState(trx, bed, now);
  const id = newId();
  await trx
    .insertInto('bedState')
    .values({
      id,
      bedId: bed.id,
      state: next.state,
      reason: next.reason ?? null,
      note: next.note ?? '',
      expectedReturn: next.expectedReturn ?? null,
      source: next.source,
      recordedBy: accountId,
      recordedAt: rfc3339(at.getTime()),
    })
    .execute();
  const shiftIds = [...new Set(next.shiftIds ?? [])];
  if (shiftIds.length > 0) {
    await trx
      .insertInto('closureShift')
      .values(shiftIds.map((shiftId) => ({ bedStateId: id, shiftId })))
      .execute();
  }
  // Somebody else is in the bed once a placement arrives, also where it was the bed of a person on leave.
  if (next.state === 'available' || next.state === 'closed' || next.source === 'placement') await endReadiness(trx, bed, at);
  announce(trx, {
    type: 'bed.changed',
    at: now,
    accountId,
    wardId: bed.wardId,
    data: { bedId: bed.id, was: bed.state, state: next.state, reason: next.reason ?? null, source: next.source },
  });
  tellShifts(trx, bed.wardId, [...bed.shiftIds, ...shiftIds], accountId, now);
}

/** Takes a locked bed away for good: its state ends with it, and shifts no longer open it. What it was stays. */
export async function retire(trx: Trx, bed: LockedBed, reason: string, accountId: string, now: Instant): Promise<void> {
  const at = await endState(trx, bed, now);
  await endReadiness(trx, bed, at);
  // A bed added a moment ago is there for a moment.
  await sql`update bed set retired_at = greatest(${at}::timestamptz, added_at + interval '1 millisecond') where id = ${bed.id}`.execute(
    trx,
  );
  announce(trx, {
    type: 'bed.changed',
    at: now,
    accountId,
    wardId: bed.wardId,
    data: { bedId: bed.id, was: bed.state, state: 'retired', reason },
  });
  tellShifts(trx, bed.wardId, bed.shiftIds, accountId, now);
}
