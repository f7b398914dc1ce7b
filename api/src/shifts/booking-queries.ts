import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import type { Decision } from '@homeward/shared/kernel/decision.ts';
import { dayMs, rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { distanceKm } from '@homeward/shared/places/rules.ts';
import type { BookingView, Explanation, RequestView } from '@homeward/shared/shifts/contract.ts';
import { compareBookings } from '@homeward/shared/shifts/live-rules.ts';
import { undoUntil } from '@homeward/shared/shifts/posting-rules.ts';
import { decisionForHost } from '@homeward/shared/shifts/rules.ts';
import { reviewReason } from '@homeward/shared/shifts/settle-rules.ts';
import type { Role } from '@homeward/shared/workers/facts.ts';
import { wardLines } from '../places/queries.ts';
import { ok, notHere, type Result } from '../platform/problem.ts';
import { hasRole, isOfTrust, managesWard, type Scope } from '../platform/scope.ts';
import { noteRead } from '../workers/steps.ts';
import { acceptedDecision } from './queries.ts';

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
  /** Of a booking under review: what happened, the decision that said no, and the last one that said yes. */
  reviewed: { because: string; fresh: Decision; accepted: Decision } | null;
  wardLatitude: number | null;
  wardLongitude: number | null;
  latitude: number | null;
  longitude: number | null;
}

async function bookingViews(db: Kysely<DB>, where: RawBuilder<unknown>): Promise<BookingView[]> {
  const { rows } = await sql<BookingRow>`
    select b.id, b.shift_id, b.worker_id, b.status, b.ward_id, s.role, s.band, lower(b.period) as starts_at, upper(b.period) as ends_at,
      b.break_minutes, s.notes, b.booked_at, b.cancelled_at, coalesce(c.title, b.cancel_reason) as cancel_reason, b.cancelled_by_side, b.undone,
      case when b.status = 'needs-review' then b.review_reason end as review_reason,
      case when b.status = 'needs-review' then (
        select json_build_object('because', d.because, 'fresh', d.decision, 'accepted', ${acceptedDecision})
        from booking_decision d where d.booking_id = b.id and d.kind = 'review' order by d.at desc, d.id desc limit 1) end as reviewed,
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
      // What stands on the booking is for its ward too; its worker reads the whole of it.
      reviewReason: row.reviewed ? reviewReason(row.reviewed.because, row.reviewed.fresh, row.reviewed.accepted) : row.reviewReason,
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
 * The decision a booking rests on, exactly as it was stored, and every later one. With its evidence to the worker, their bank office and
 * auditors; to the ward's manager as a host may see it. A look by anyone but the worker is listed to them.
 */
export async function explanation(db: Kysely<DB>, scope: Scope, bookingId: string, now: Instant): Promise<Result<Explanation>> {
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
  const isWhole = scope.workerId === row.workerId || isOfTrust(scope, 'bank-office', row.homeTrust) || hasRole(scope, 'auditor');
  if (!isWhole && !managesWard(scope, row.wardId)) return notHere();
  const shown = (decision: unknown) =>
    isWhole ? (decision as Decision) : decisionForHost(decision as Decision, { sameTrust: row.homeTrust === row.hostTrust });
  const later = await db
    .selectFrom('bookingDecision')
    .select(['at', 'kind', 'because', 'byName', 'compensatoryRest', 'decision'])
    .where('bookingId', '=', bookingId)
    .orderBy('at')
    .orderBy('id')
    .execute();
  await noteRead(db, scope, row.workerId, 'booking', now);
  return ok({
    bookingId,
    decidedAt: rfc3339(row.decidedAt.getTime()),
    decision: shown(row.decision),
    later: later.map((one) => ({
      at: rfc3339(one.at.getTime()),
      kind: one.kind as 'review' | 'kept',
      because: one.because,
      by: one.byName,
      compensatoryRest: one.compensatoryRest,
      decision: shown(one.decision),
    })),
  });
}
