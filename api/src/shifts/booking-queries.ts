import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import type { Decision } from '@homeward/shared/kernel/decision.ts';
import { dayMs, rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { distanceKm } from '@homeward/shared/places/rules.ts';
import type { BookingView, RequestView } from '@homeward/shared/shifts/contract.ts';
import { compareBookings } from '@homeward/shared/shifts/live-rules.ts';
import { undoUntil } from '@homeward/shared/shifts/posting-rules.ts';
import { decisionForHost } from '@homeward/shared/shifts/rules.ts';
import type { Role } from '@homeward/shared/workers/facts.ts';
import { wardLines } from '../places/queries.ts';
import { ok, notHere, type Result } from '../platform/problem.ts';
import { hasRole, isOfTrust, managesWard, type Scope } from '../platform/scope.ts';

interface BookingRow {
  id: string;
  shiftId: string;
  workerId: string;
  status: BookingView['status'];
  wardId: string;
  role: Role;
  band: number;
  startsAt: Date;
  endsAt: Date;
  breakMinutes: number;
  notes: string;
  bookedAt: Date;
  cancelledAt: Date | null;
  cancelReason: string | null;
  cancelledBySide: 'ward' | 'worker' | null;
  undone: boolean;
  reviewReason: string | null;
  wardLatitude: number | null;
  wardLongitude: number | null;
  latitude: number | null;
  longitude: number | null;
}

async function bookingViews(db: Kysely<DB>, where: RawBuilder<unknown>): Promise<BookingView[]> {
  const { rows } = await sql<BookingRow>`
    select b.id, b.shift_id, b.worker_id, b.status, b.ward_id, s.role, s.band, lower(b.period) as starts_at, upper(b.period) as ends_at,
      b.break_minutes, s.notes, b.booked_at, b.cancelled_at, coalesce(c.title, b.cancel_reason) as cancel_reason, b.cancelled_by_side, b.undone, b.review_reason,
      site.latitude as ward_latitude, site.longitude as ward_longitude, o.latitude, o.longitude
    from booking b join shift s on s.id = b.shift_id join ward w on w.id = b.ward_id join site on site.code = w.site
      join worker_revision r on r.worker_id = b.worker_id and r.replaced_at is null
      left join outward_code o on o.code = r.home_outward_code left join cancel_reason c on c.code = b.cancel_reason
    where ${where}`.execute(db);
  const lines = await wardLines(db, [...new Set(rows.map((row) => row.wardId))]);
  return rows
    .map((row): BookingView => ({
      id: row.id,
      shiftId: row.shiftId,
      status: row.status,
      shift: {
        ward: lines.get(row.wardId)!,
        role: row.role,
        band: row.band,
        startsAt: rfc3339(row.startsAt.getTime()),
        endsAt: rfc3339(row.endsAt.getTime()),
        breakMinutes: row.breakMinutes,
        notes: row.notes,
      },
      bookedAt: rfc3339(row.bookedAt.getTime()),
      undoUntil: rfc3339(undoUntil(row.bookedAt.getTime())),
      cancelledAt: row.cancelledAt ? rfc3339(row.cancelledAt.getTime()) : null,
      cancelReason: row.undone ? 'Undone within five minutes' : row.cancelReason,
      cancelledBySide: row.cancelledBySide,
      reviewReason: row.reviewReason,
      distanceKm:
        row.latitude === null || row.longitude === null || row.wardLatitude === null || row.wardLongitude === null
          ? null
          : Math.round(
              distanceKm(
                { latitude: row.latitude, longitude: row.longitude },
                { latitude: row.wardLatitude, longitude: row.wardLongitude },
              ),
            ),
    }))
    .sort(compareBookings);
}

/** The worker's bookings from four weeks back on, soonest first. */
export async function myBookings(db: Kysely<DB>, workerId: string, now: Instant): Promise<BookingView[]> {
  return bookingViews(db, sql`b.worker_id = ${workerId} and upper(b.period) > ${new Date(now - 28 * dayMs)}`);
}

export async function bookingView(db: Kysely<DB>, id: string): Promise<BookingView | undefined> {
  return (await bookingViews(db, sql`b.id = ${id}`))[0];
}

export async function requestViews(db: Kysely<DB>, where: RawBuilder<unknown>): Promise<RequestView[]> {
  const { rows } = await sql<Omit<RequestView, 'askedAt' | 'answeredAt'> & { askedAt: Date; answeredAt: Date | null }>`
    select q.id, q.shift_id, q.worker_id, q.status, q.asked_at, q.answered_at, q.reason, q.compensatory_rest, q.decision, q.booking_id
    from shift_request q where ${where} order by q.asked_at desc, q.id limit 100`.execute(db);
  return rows.map((row) => ({
    ...row,
    askedAt: rfc3339(row.askedAt.getTime()),
    answeredAt: row.answeredAt ? rfc3339(row.answeredAt.getTime()) : null,
  }));
}

/** What the worker has asked wards, newest first. */
export async function myRequests(db: Kysely<DB>, workerId: string): Promise<RequestView[]> {
  return requestViews(db, sql`q.worker_id = ${workerId}`);
}

/**
 * The decision a booking rests on, exactly as it was stored. With its evidence to the worker, their bank office and auditors;
 * to the ward's manager as a host may see it.
 */
export async function explanation(
  db: Kysely<DB>,
  scope: Scope,
  bookingId: string,
): Promise<Result<{ bookingId: string; decidedAt: string; decision: Decision }>> {
  const row = await db
    .selectFrom('booking')
    .innerJoin('worker', 'worker.id', 'booking.workerId')
    .innerJoin('ward', 'ward.id', 'booking.wardId')
    .select([
      'booking.decision',
      'booking.decidedAt',
      'booking.workerId',
      'booking.wardId',
      'worker.trust as homeTrust',
      'ward.trust as hostTrust',
    ])
    .where('booking.id', '=', bookingId)
    .executeTakeFirst();
  if (!row) return notHere();
  const decision = row.decision as unknown as Decision;
  const answer = (shown: Decision) => ok({ bookingId, decidedAt: rfc3339(row.decidedAt.getTime()), decision: shown });
  if (scope.workerId === row.workerId || isOfTrust(scope, 'bank-office', row.homeTrust) || hasRole(scope, 'auditor'))
    return answer(decision);
  if (managesWard(scope, row.wardId)) return answer(decisionForHost(decision, { sameTrust: row.homeTrust === row.hostTrust }));
  return notHere();
}
