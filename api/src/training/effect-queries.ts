import { sql, type Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import type { EffectView } from '@homeward/shared/training/contract.ts';
import { applied, effectOf, type Change, type Effect } from '@homeward/shared/training/effect-rules.ts';
import { wardLines } from '../places/queries.ts';
import { hasRole, managedWards, trustsAs, type Scope } from '../platform/scope.ts';
import { effectFacts, type LookedAt } from './facts.ts';

/** What a change would do, worked out on the facts of now (docs/decisions/0011). */
export async function previewOf(db: Kysely<DB>, scope: Scope, change: Change, now: Instant): Promise<EffectView> {
  const before = await effectFacts(db, change, now);
  return effectView(db, scope, before, effectOf(before, applied(before, change), change, now), now);
}

const mostNamed = 200;

/**
 * An effect as this scope may read it: everybody is counted; named are those of their own trust and whoever is booked on its wards (or on
 * the wards they manage), of others there is only the trust. Auditors read every name.
 */
export async function effectView(db: Kysely<DB>, scope: Scope, looked: LookedAt, effect: Effect, now: Instant): Promise<EffectView> {
  const workers = new Map(looked.workers.map((worker) => [worker.id, worker]));
  const named = await namedTo(
    db,
    scope,
    [...effect.gains, ...effect.losses].map((one) => one.workerId),
    looked,
    now,
  );
  const bookings = new Map(looked.bookings.map((booking) => [booking.id, booking]));
  const shifts = new Map(looked.shifts.map((shift) => [shift.id, shift]));
  const lines = await wardLines(
    db,
    looked.wards.map((ward) => ward.id),
  );
  const touched = (workerId: string, isNamed: boolean) => {
    const worker = workers.get(workerId)!;
    return isNamed
      ? { id: worker.id, name: worker.name, staffNumber: worker.staffNumber, homeTrust: worker.homeTrust }
      : { id: null, name: null, staffNumber: null, homeTrust: worker.homeTrust };
  };
  const moved = (each: Effect['gains']) => ({
    workers: each.length,
    places: each.reduce((sum, one) => sum + one.wardIds.length, 0),
    items: each
      .map((one) => ({
        worker: touched(one.workerId, named.workers.has(one.workerId)),
        wards: one.wardIds.map((id) => lines.get(id)!).sort((a, b) => (a.code < b.code ? -1 : 1)),
      }))
      .sort((a, b) => compare(sortKey(a.worker), sortKey(b.worker)))
      .slice(0, mostNamed),
  });
  return {
    gains: moved(effect.gains),
    losses: moved(effect.losses),
    bookingCount: effect.bookings.length,
    bookings: effect.bookings
      .map(({ bookingId, because }) => {
        const { worker, shift } = bookings.get(bookingId)!;
        return {
          id: bookingId,
          worker: touched(worker.id, named.isOwn(worker.homeTrust) || named.isOwnWard(shift.wardId, shift.hostTrust)),
          ward: lines.get(shift.wardId)!,
          startsAt: rfc3339(shift.start),
          endsAt: rfc3339(shift.end),
          because,
        };
      })
      .sort((a, b) => compare(a.startsAt, b.startsAt) || compare(a.id, b.id))
      .slice(0, mostNamed),
    underMinimumCount: effect.underMinimum.length,
    underMinimum: effect.underMinimum
      .map(({ shiftId, ...counts }) => {
        const shift = shifts.get(shiftId)!;
        return { shiftId, ward: lines.get(shift.wardId)!, startsAt: rfc3339(shift.start), endsAt: rfc3339(shift.end), ...counts };
      })
      .sort((a, b) => compare(a.startsAt, b.startsAt) || compare(a.shiftId, b.shiftId))
      .slice(0, mostNamed),
  };
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
/** Those with a name first. */
const sortKey = (worker: EffectView['gains']['items'][number]['worker']) =>
  worker.name === null ? `2 ${worker.homeTrust}` : `1 ${worker.name} ${worker.id}`;

/** Whom of these workers this scope may know by name here. */
async function namedTo(db: Kysely<DB>, scope: Scope, workerIds: readonly string[], looked: LookedAt, now: Instant) {
  const all = hasRole(scope, 'auditor');
  const wards = new Set(managedWards(scope));
  const { rows } = await sql<{ trust: string }>`select distinct trust from ward where id = any(${[...wards]}::uuid[])`.execute(db);
  const led = new Set([...trustsAs(scope, 'training-lead'), ...trustsAs(scope, 'bank-office')]);
  const trusts = new Set([...led, ...rows.map((row) => row.trust)]);
  const booked = await sql<{ workerId: string }>`
    select distinct b.worker_id from booking b join ward w on w.id = b.ward_id
    where b.worker_id = any(${[...new Set(workerIds)]}::uuid[]) and b.status in ('confirmed', 'needs-review') and upper(b.period) > ${new Date(now)}
      and (w.trust = any(${[...led]}::text[]) or w.id = any(${[...wards]}::uuid[]))`.execute(db);
  const isOwn = (homeTrust: string) => all || trusts.has(homeTrust);
  return {
    isOwn,
    isOwnWard: (wardId: string, hostTrust: string) => led.has(hostTrust) || wards.has(wardId),
    workers: new Set([
      ...looked.workers.filter((worker) => isOwn(worker.homeTrust)).map((worker) => worker.id),
      ...booked.rows.map((row) => row.workerId),
    ]),
  };
}
