import { sql, type Kysely } from 'kysely';
import { z } from 'zod';
import type { DB } from '@homeward/db/types.ts';
import type { Decision } from '@homeward/shared/kernel/decision.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { id, instant } from '@homeward/shared/kernel/wire.ts';
import type { ReviewItem } from '@homeward/shared/shifts/contract.ts';
import { decisionForHost } from '@homeward/shared/shifts/rules.ts';
import { keepOf, reviewReason } from '@homeward/shared/shifts/settle-rules.ts';
import type { Role } from '@homeward/shared/workers/facts.ts';
import { wardLines } from '../places/queries.ts';
import { cursorOf, pageAfter } from '../platform/cursor.ts';
import { isOfTrust, managedWards, managesWard, trustsAs, type Scope } from '../platform/scope.ts';
import { decideBookings } from './steps.ts';

interface ReviewRow {
  id: string;
  shiftId: string;
  wardId: string;
  hostTrust: string;
  role: Role;
  band: number;
  startsAt: Date;
  endsAt: Date;
  reviewSince: Date;
  reviewReason: string | null;
  because: string | null;
  workerId: string;
  name: string;
  workerRole: Role;
  workerBand: number;
  homeTrust: string;
  registrationNumber: string | null;
}

/**
 * The bookings under review that are mine to settle, of my wards or of my trust's, and those of my trust's workers elsewhere, to see; soonest
 * start first. Each with its decision as it would be taken now. Once its shift has ended there is nothing left to settle. A fixed number of
 * statements however many.
 */
export async function reviews(
  db: Kysely<DB>,
  scope: Scope,
  now: Instant,
  filter: { limit: number; cursor?: string | undefined },
): Promise<{ items: ReviewItem[]; nextCursor: string | null }> {
  const offices = trustsAs(scope, 'bank-office');
  const after = pageAfter(filter.cursor, z.tuple([instant, id]));
  const { rows } = await sql<ReviewRow>`
    select b.id, b.shift_id, b.ward_id, w.trust as host_trust, s.role, s.band, lower(b.period) as starts_at, upper(b.period) as ends_at,
      b.review_since, b.review_reason, (select d.because from booking_decision d where d.booking_id = b.id and d.kind = 'review'
        order by d.at desc, d.id desc limit 1) as because,
      b.worker_id, r.name, r.role as worker_role, r.band as worker_band, k.trust as home_trust, r.registration_number
    from booking b join shift s on s.id = b.shift_id join ward w on w.id = b.ward_id join worker k on k.id = b.worker_id
      join worker_revision r on r.worker_id = k.id and r.replaced_at is null
    where b.status = 'needs-review' and upper(b.period) > ${new Date(now)}
      and (b.ward_id = any(${managedWards(scope)}::uuid[]) or w.trust = any(${offices}) or k.trust = any(${offices}))
      and (${after?.[0] ?? null}::timestamptz is null or (lower(b.period), b.id) > (${after?.[0] ?? null}::timestamptz, ${after?.[1] ?? null}::uuid))
    order by lower(b.period), b.id limit ${filter.limit + 1}`.execute(db);
  const page = rows.slice(0, filter.limit);
  if (page.length === 0) return { items: [], nextCursor: null };
  const lines = await wardLines(db, [...new Set(page.map((row) => row.wardId))]);
  const afresh = new Map(
    (await decideBookings(db, sql`b.id = any(${page.map((row) => row.id)}::uuid[])`, now)).map((one) => [one.id, one]),
  );
  const last = page.at(-1)!;
  return {
    // One that was settled between two statements is no longer waiting.
    items: page.flatMap((row): ReviewItem[] => {
      const one = afresh.get(row.id);
      if (!one) return [];
      const ofHome = isOfTrust(scope, 'bank-office', row.homeTrust);
      const shown: Decision = ofHome ? one.decision : decisionForHost(one.decision, one);
      return [
        {
          bookingId: row.id,
          shiftId: row.shiftId,
          ward: lines.get(row.wardId)!,
          role: row.role,
          band: row.band,
          startsAt: rfc3339(row.startsAt.getTime()),
          endsAt: rfc3339(row.endsAt.getTime()),
          worker: {
            id: row.workerId,
            name: row.name,
            role: row.workerRole,
            band: row.workerBand,
            homeTrust: row.homeTrust,
            registrationNumber: row.registrationNumber,
          },
          since: rfc3339(row.reviewSince.getTime()),
          because:
            ofHome && row.because !== null && !one.holds
              ? reviewReason(row.because, one.decision, one.accepted)
              : (row.reviewReason ?? 'Something it rests on is no longer so.'),
          decision: shown,
          keep: keepOf(shown),
          maySettle: managesWard(scope, row.wardId) || isOfTrust(scope, 'bank-office', row.hostTrust),
        },
      ];
    }),
    nextCursor: rows.length > page.length ? cursorOf(rfc3339(last.startsAt.getTime()), last.id) : null,
  };
}
