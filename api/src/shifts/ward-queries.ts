import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import type { Decision } from '@homeward/shared/kernel/decision.ts';
import { dayMs, rfc3339, type Instant, type Interval } from '@homeward/shared/kernel/interval.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import type { Candidates, ShortShift, WardBoard, WardShift } from '@homeward/shared/shifts/contract.ts';
import { compareWardShifts } from '@homeward/shared/shifts/live-rules.ts';
import { compareRanking, rankingTermsOf } from '@homeward/shared/shifts/ranking-rules.ts';
import { decide, decisionForHost } from '@homeward/shared/shifts/rules.ts';
import { shortShiftFixes } from '@homeward/shared/shifts/short-rules.ts';
import { waveAt } from '@homeward/shared/shifts/wave-rules.ts';
import { pmvaTeam, recordCountsOn, requirementOn, requirementsOf, teamRequirementOn } from '@homeward/shared/training/rules.ts';
import type { Role } from '@homeward/shared/workers/facts.ts';
import { wardLines } from '../places/queries.ts';
import { badInput, ok, notHere, type Result } from '../platform/problem.ts';
import { isAdministrator, isOfTrust, managesWard, type Scope } from '../platform/scope.ts';
import { noteRead } from '../workers/steps.ts';
import { teamsOn } from '../working-time/queries.ts';
import {
  type StoredShift,
  storedShifts,
  storedShift,
  spanOf,
  during,
  pmvaOf,
  cancelledPercents,
  regularRuleOf,
  cardGround,
  shownStatus,
} from './queries.ts';
import { groundFacts, imaginedShift, shiftFactsOf, wardFacts, workerFacts } from './facts.ts';

interface BookedRow {
  id: string;
  shiftId: string;
  status: string;
  bookedAt: Date;
  reviewReason: string | null;
  workerId: string;
  name: string;
  role: Role;
  band: number;
  trust: string;
  registrationNumber: string | null;
}

/** These shifts as their wards' managers see them, by start: nine statements however many. */
export async function wardShifts(db: Kysely<DB>, rows: readonly StoredShift[], now: Instant): Promise<WardShift[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const wardIds = [...new Set(rows.map((row) => row.wardId))];
  const wards = await wardFacts(db, wardIds);
  const { lines, teams, opensBeds } = await cardGround(db, rows, [], now);
  const ground = await groundFacts(db, now);
  const booked = (
    await sql<BookedRow>`
    select b.id, b.shift_id, b.status, b.booked_at, b.review_reason, b.worker_id, r.name, r.role, r.band, w.trust, r.registration_number
    from booking b join worker w on w.id = b.worker_id join worker_revision r on r.worker_id = w.id and r.replaced_at is null
    where b.shift_id = any(${ids}) and b.status in ('confirmed', 'needs-review', 'worked')`.execute(db)
  ).rows;
  const asked = (
    await sql<BookedRow & { decision: Decision; askedAt: Date }>`
    select q.id, q.shift_id, q.decision, q.asked_at, q.worker_id, r.name, r.role, r.band, w.trust, r.registration_number
    from shift_request q join worker w on w.id = q.worker_id join worker_revision r on r.worker_id = w.id and r.replaced_at is null
    where q.shift_id = any(${ids}) and q.status = 'asked' order by q.asked_at, q.id`.execute(db)
  ).rows;
  const preferredIds = rows.flatMap((row) => (row.preferredWorkerId ? [row.preferredWorkerId] : []));
  const names =
    preferredIds.length === 0
      ? []
      : await db
          .selectFrom('workerRevision')
          .select(['workerId', 'name'])
          .where(sql<boolean>`worker_id = any(${preferredIds})`)
          .where('replacedAt', 'is', null)
          .execute();
  const reasons = await db.selectFrom('cancelReason').select(['code', 'title']).execute();
  const workerOf = (row: BookedRow) => ({
    id: row.workerId,
    name: row.name,
    role: row.role,
    band: row.band,
    homeTrust: row.trust,
    registrationNumber: row.registrationNumber,
  });
  return rows
    .flatMap((row): WardShift[] => {
      const ward = wards.get(row.wardId);
      const line = lines.get(row.wardId);
      if (!ward || !line) return [];
      const facts = shiftFactsOf(row, ward);
      const booking = booked.find((one) => one.shiftId === row.id);
      return [
        {
          id: row.id,
          wardId: row.wardId,
          ward: line,
          role: row.role,
          band: row.band,
          startsAt: rfc3339(row.startsAt.getTime()),
          endsAt: rfc3339(row.endsAt.getTime()),
          breakMinutes: row.breakMinutes,
          reason: row.reason,
          notes: row.notes,
          requirements: requirementsOf(facts).map(({ competency, title }) => ({ competency, title })),
          status: shownStatus(row, now),
          version: row.version,
          postedAt: rfc3339(row.postedAt.getTime()),
          wave: {
            now: waveAt(facts, now),
            regularsAt: rfc3339(row.regularsAt.getTime()),
            homeTrustAt: rfc3339(row.homeTrustAt.getTime()),
            collaborativeAt: rfc3339(row.collaborativeAt.getTime()),
          },
          preferred:
            row.preferredWorkerId && row.preferredUntil
              ? {
                  workerId: row.preferredWorkerId,
                  name: names.find((one) => one.workerId === row.preferredWorkerId)?.name ?? '',
                  until: rfc3339(row.preferredUntil.getTime()),
                }
              : null,
          booking: booking
            ? {
                id: booking.id,
                status: booking.status,
                worker: workerOf(booking),
                bookedAt: rfc3339(booking.bookedAt.getTime()),
                reviewReason: booking.reviewReason,
              }
            : null,
          requests: asked
            .filter((one) => one.shiftId === row.id)
            .map((one) => ({
              id: one.id,
              worker: workerOf(one),
              askedAt: rfc3339(one.askedAt.getTime()),
              decision: decisionForHost(one.decision, { sameTrust: one.trust === ward.trust }),
            })),
          pmva: pmvaOf(facts, ward, teams.get(row.wardId) ?? [], ground),
          opensBeds: opensBeds.get(row.id) ?? 0,
          cancelledAt: row.cancelledAt ? rfc3339(row.cancelledAt.getTime()) : null,
          cancelReason: reasons.find((one) => one.code === row.cancelReason)?.title ?? row.cancelReason,
        },
      ];
    })
    .sort(compareWardShifts);
}

const seesWard = (scope: Scope, wardId: string, trust: string) => managesWard(scope, wardId) || isOfTrust(scope, 'bank-office', trust);

/** One shift for those who manage its ward, or its trust's bank office. */
export async function wardShift(db: Kysely<DB>, scope: Scope, id: string, now: Instant): Promise<Result<WardShift>> {
  const row = await storedShift(db, id);
  if (!row) return notHere();
  const [shift] = await wardShifts(db, [row], now);
  return shift && seesWard(scope, row.wardId, shift.ward.trust) ? ok(shift) : notHere();
}

/** Shifts of the wards this scope manages (or of its bank office's trust), by start, then id. */
export async function wardShiftList(
  db: Kysely<DB>,
  scope: Scope,
  now: Instant,
  filter: {
    wardId?: string | undefined;
    status?: string | undefined;
    from?: string | undefined;
    to?: string | undefined;
    limit: number;
    cursor?: string | undefined;
  },
): Promise<Result<{ items: WardShift[]; nextCursor: string | null }>> {
  const wardIds = scope.grants.flatMap((grant) => (grant.role === 'ward-manager' && grant.wardId ? [grant.wardId] : []));
  const trusts = scope.grants.flatMap((grant) => (grant.role === 'bank-office' && grant.trust ? [grant.trust] : []));
  const visible = (
    await db
      .selectFrom('ward')
      .select('id')
      .where(sql<boolean>`(id = any(${wardIds}::uuid[]) or trust = any(${trusts}))`)
      .$if(filter.wardId !== undefined, (query) => query.where('id', '=', filter.wardId!))
      .execute()
  ).map((row) => row.id);
  if (filter.wardId !== undefined && visible.length === 0) return notHere();
  const after = filter.cursor ? readKey(filter.cursor) : null;
  const rows = await storedShifts(
    db,
    sql`s.ward_id = any(${visible}::uuid[])
      and (${filter.from ?? null}::timestamptz is null or s.ends_at > ${filter.from ?? null})
      and (${filter.to ?? null}::timestamptz is null or s.starts_at < ${filter.to ?? null})
      and (${after?.[0] ?? null}::timestamptz is null or (s.starts_at, s.id) > (${after?.[0] ?? null}::timestamptz, ${after?.[1] ?? null}::uuid))
      and ${statusSql(filter.status, now)}
      order by s.starts_at, s.id limit ${filter.limit + 1}`,
  );
  const page = rows.slice(0, filter.limit);
  const last = page.at(-1);
  return ok({
    items: await wardShifts(db, page, now),
    nextCursor:
      rows.length > page.length && last ? Buffer.from(`${rfc3339(last.startsAt.getTime())} ${last.id}`).toString('base64url') : null,
  });
}

function readKey(cursor: string): [string, string] | null {
  const [at, id] = Buffer.from(cursor, 'base64url').toString().split(' ');
  const isInstant = at && /^[1-9]\d{3}-\d\d-\d\dT[\d:.]+Z$/.test(at) && !Number.isNaN(Date.parse(at));
  return isInstant && id && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) ? [at, id] : null;
}

/** The stored status and the clock together say what a shift is; a filter must say the same as `statusOf`. */
function statusSql(status: string | undefined, now: Instant): RawBuilder<unknown> {
  const at = new Date(now);
  switch (status) {
    case undefined:
      return sql`true`;
    case 'open':
      return sql`s.status = 'open' and s.starts_at > ${at}`;
    case 'expired':
      return sql`(s.status = 'expired' or (s.status = 'open' and s.starts_at <= ${at}))`;
    case 'filled':
      return sql`s.status = 'filled' and s.starts_at > ${at}`;
    case 'started':
      return sql`s.status = 'filled' and s.starts_at <= ${at} and s.ends_at > ${at}`;
    case 'finished':
      return sql`s.status = 'filled' and s.ends_at <= ${at}`;
    default:
      return sql`s.status = ${status}`;
  }
}

/** A ward's board: its shifts and its own roster between two instants. */
export async function wardBoard(db: Kysely<DB>, scope: Scope, wardId: string, span: Interval, now: Instant): Promise<Result<WardBoard>> {
  const ward = (await wardFacts(db, [wardId])).get(wardId);
  if (!ward || !seesWard(scope, wardId, ward.trust)) return notHere();
  const rows = await storedShifts(
    db,
    sql`s.ward_id = ${wardId} and s.ends_at > ${new Date(span.start)} and s.starts_at < ${new Date(span.end)} order by s.starts_at, s.id`,
  );
  const ground = await groundFacts(db, now);
  const team = (await teamsOn(db, [wardId], span)).get(wardId) ?? [];
  const booked = new Set(
    team.filter((member) => member.source === 'booking').map((member) => `${member.personId} ${member.start} ${member.end}`),
  );
  const asked = ward.requirements.find((one) => one.competency === pmvaTeam);
  return ok({
    ward: (await wardLines(db, [wardId])).get(wardId)!,
    from: rfc3339(span.start),
    to: rfc3339(span.end),
    requirements: ward.requirements.map(({ competency, title, role, minimumOnShift }) => ({ competency, title, role, minimumOnShift })),
    shifts: await wardShifts(db, rows, now),
    roster: team
      // A roster row that is a booking stands on the board as the booking.
      .filter((member) => member.source === 'roster' && !booked.has(`${member.personId} ${member.start} ${member.end}`))
      .map((member) => ({
        id: member.id,
        name: member.name,
        role: member.role,
        band: member.band,
        startsAt: rfc3339(member.start),
        endsAt: rfc3339(member.end),
        pmva: asked
          ? recordCountsOn(
              member.records,
              requirementOn(asked, localDayOf(member.start)),
              { wardId, hostTrust: ward.trust, start: member.start },
              localDayOf(member.start),
              ground,
            )
          : false,
      })),
    cancelledPercent: (await cancelledPercents(db, [wardId], now)).get(wardId) ?? null,
  });
}

const shortAheadMs = 42 * dayMs;

/**
 * The shifts of a ward in the next six weeks whose PMVA count is under its minimum, soonest first, with what would mend each; for those who
 * manage the ward, who see the names on its board (rules-staffing, section 2).
 */
export async function shortShifts(db: Kysely<DB>, scope: Scope, wardId: string, now: Instant): Promise<Result<ShortShift[]>> {
  const ward = managesWard(scope, wardId) ? (await wardFacts(db, [wardId])).get(wardId) : undefined;
  if (!ward) return notHere();
  const rows = await storedShifts(
    db,
    sql`s.ward_id = ${wardId} and s.status in ('open', 'filled') and s.starts_at > ${new Date(now)}
      and s.starts_at < ${new Date(now + shortAheadMs)} order by s.starts_at, s.id`,
  );
  if (rows.length === 0) return ok([]);
  const ground = await groundFacts(db, now);
  const team = (await teamsOn(db, [wardId], spanOf(rows, now))).get(wardId) ?? [];
  const open = rows
    .filter((row) => row.status === 'open')
    .map((row) => ({ id: row.id, start: row.startsAt.getTime(), end: row.endsAt.getTime() }));
  return ok(
    rows.flatMap((row): ShortShift[] => {
      const facts = shiftFactsOf(row, ward);
      const { count, minimum } = pmvaOf(facts, ward, team, ground);
      if (minimum === null || count >= minimum) return [];
      const requirement = teamRequirementOn(ward, localDayOf(facts.start));
      return [
        {
          shiftId: row.id,
          startsAt: rfc3339(facts.start),
          endsAt: rfc3339(facts.end),
          count,
          minimum,
          fixes: shortShiftFixes({ ...facts, id: row.id }, requirement, during(facts, team), open, ground),
        },
      ];
    }),
  );
}

const nameMax = 60;

/**
 * Everyone who might take a shift, eligible first in ranking with the terms, then who may ask, then who can't and why. With `name`,
 * anyone the asker may know of by that name, so that "why not this person?" has an answer. People of other trusts without consent or
 * agreement are only part of a count.
 */
export async function shiftCandidates(
  db: Kysely<DB>,
  scope: Scope,
  shiftId: string,
  now: Instant,
  filter: { outcome?: Decision['outcome'] | undefined; name?: string | undefined; limit: number; cursor?: string | undefined },
): Promise<Result<Candidates>> {
  const row = await storedShift(db, shiftId);
  if (!row) return notHere();
  const ward = (await wardFacts(db, [row.wardId])).get(row.wardId);
  if (!ward || !seesWard(scope, row.wardId, ward.trust)) return notHere();
  const facts = shiftFactsOf(row, ward);
  const ground = await groundFacts(db, now);
  const name = filter.name?.slice(0, nameMax).replaceAll(/[\\%_]/g, (wild) => `\\${wild}`);
  const ids = (
    await sql<{ workerId: string }>`
    select r.worker_id from worker_revision r join worker w on w.id = r.worker_id
    where r.replaced_at is null and (${name ?? null}::text is null and r.staff_group = ${row.staffGroup} or r.name ilike ${`%${name ?? ''}%`} and ${name ?? null}::text is not null)
      and not exists (select 1 from booking b where b.shift_id = ${shiftId} and b.worker_id = r.worker_id and b.status in ('confirmed', 'needs-review', 'worked'))`.execute(
      db,
    )
  ).rows.map((one) => one.workerId);
  const workers = await workerFacts(db, ids, spanOf([row], now));
  // At this trust alone: how much somebody works elsewhere is not the host's to know.
  const lately = new Map(
    (
      await sql<{ workerId: string; count: number }>`
      select b.worker_id, count(*)::int as count from booking b join ward w on w.id = b.ward_id and w.trust = ${ward.trust}
      where b.worker_id = any(${ids}) and b.booked_at > ${new Date(now - 28 * dayMs)} and b.status <> 'cancelled' group by b.worker_id`.execute(
        db,
      )
    ).rows.map((one) => [one.workerId, one.count]),
  );
  let hidden = 0;
  const known = [...workers.values()].flatMap((worker) => {
    const decision = decide(worker, facts, ground, now);
    const sameTrust = worker.homeTrust === ward.trust;
    const failed = new Set(decision.checks.filter((check) => check.result === 'fail').map((check) => check.code));
    if (!sameTrust && (failed.has('consent') || failed.has('agreement'))) {
      hidden += 1;
      return [];
    }
    const terms = rankingTermsOf(
      worker,
      facts,
      {
        regular: regularRuleOf(row),
        workerPlace: worker.home,
        wardPlace: ward.latitude === null || ward.longitude === null ? null : { latitude: ward.latitude, longitude: ward.longitude },
        recentOffers: lately.get(worker.id) ?? 0,
      },
      now,
    );
    // Evidence is for the worker's own bank office; a ward manager of the same trust reads the sentences.
    const shown = isOfTrust(scope, 'bank-office', worker.homeTrust) ? decision : decisionForHost(decision, { sameTrust });
    return [{ worker, shown, terms, sameTrust }];
  });
  const order = { eligible: 0, override: 1, blocked: 2 };
  known.sort((a, b) => order[a.shown.outcome] - order[b.shown.outcome] || compareRanking(a.terms, b.terms));
  const counts = { eligible: 0, override: 0, blocked: 0 };
  const reasons = new Map<string, { sentence: string; count: number }>();
  for (const { shown } of known) {
    counts[shown.outcome] += 1;
    const first = shown.checks.find((check) => check.result === 'fail');
    if (!first) continue;
    const reason = reasons.get(first.code) ?? { sentence: first.sentence, count: 0 };
    reasons.set(first.code, { ...reason, count: reason.count + 1 });
  }
  const wanted = filter.outcome ? known.filter(({ shown }) => shown.outcome === filter.outcome) : known;
  const from = filter.cursor ? Number.parseInt(Buffer.from(filter.cursor, 'base64url').toString(), 10) || 0 : 0;
  const page = wanted.slice(from, from + filter.limit);
  return ok({
    items: page.map(({ worker, shown, terms, sameTrust }) => ({
      worker: {
        id: worker.id,
        staffNumber: worker.staffNumber,
        name: worker.name,
        homeTrust: worker.homeTrust,
        role: worker.role,
        band: worker.band,
        staffGroup: worker.staffGroup,
      },
      decision: shown,
      terms: [
        ...(terms.preferred ? [{ term: 'preferred', value: 'Asked for by name', better: true }] : []),
        ...(terms.wardRegular ? [{ term: 'ward-regular', value: 'Knows the ward', better: true }] : []),
        {
          term: 'home-trust',
          value: sameTrust ? 'Own trust' : (ground.trustNames.get(worker.homeTrust) ?? worker.homeTrust),
          better: sameTrust,
        },
        ...(terms.distanceKm === null ? [] : [{ term: 'distance', value: `${terms.distanceKm} km away`, better: terms.distanceKm <= 10 }]),
        // Hours left would tell a host elsewhere how much someone works.
        ...(sameTrust && terms.headRoomMinutes !== null
          ? [
              {
                term: 'head-room',
                value: `${Math.floor(terms.headRoomMinutes / 60)} h left in 17 weeks`,
                better: terms.headRoomMinutes > 24 * 60,
              },
            ]
          : []),
        { term: 'recent-bookings', value: `${terms.recentOffers ?? 0} booked here in 4 weeks`, better: (terms.recentOffers ?? 0) === 0 },
      ],
    })),
    nextCursor: from + page.length < wanted.length ? Buffer.from(String(from + page.length)).toString('base64url') : null,
    counts,
    reasons: [...reasons].map(([code, reason]) => ({ code, ...reason })).sort((a, b) => b.count - a.count),
    hidden,
  });
}

/** When a shift that doesn't exist yet would be. Refused (422): an end that isn't after the start, over 24 hours, a break as long as the shift. */
export function imaginedSpan(asked: {
  startsAt: string;
  endsAt: string;
  breakMinutes?: number | undefined;
}): Result<Interval & { breakMinutes: number }> {
  const start = Date.parse(asked.startsAt);
  const end = Date.parse(asked.endsAt);
  const breakMinutes = asked.breakMinutes ?? 0;
  if (end <= start) return badInput([{ path: 'endsAt', code: 'end-not-after-start', message: 'The shift must end after it starts.' }]);
  if (end - start > dayMs) return badInput([{ path: 'endsAt', code: 'too-long', message: 'The shift must be 24 hours or less.' }]);
  if (breakMinutes * 60_000 >= end - start) {
    return badInput([{ path: 'breakMinutes', code: 'break-too-long', message: 'The break must be shorter than the shift.' }]);
  }
  return ok({ start, end, breakMinutes });
}

/**
 * The decision on a shift that doesn't exist yet: never a `wave` check. For the bank office of the worker's home trust with the
 * evidence, of the host trust as a host may see it, and for the administrator. The look is listed to the worker.
 * Refused: 404 for any other trust's, 422 where the end isn't after the start or it is longer than 24 hours.
 */
export async function imaginedDecision(
  db: Kysely<DB>,
  scope: Scope,
  asked: {
    workerId: string;
    wardId: string;
    role: Role;
    band: number;
    startsAt: string;
    endsAt: string;
    breakMinutes?: number | undefined;
  },
  now: Instant,
): Promise<Result<Decision>> {
  const span = imaginedSpan(asked);
  if (!span.ok) return span;
  const { start, end, breakMinutes } = span.value;
  const ward = (await wardFacts(db, [asked.wardId])).get(asked.wardId);
  const worker = (await workerFacts(db, [asked.workerId], { start, end })).get(asked.workerId);
  if (!ward || !worker) return notHere();
  const ofHome = isOfTrust(scope, 'bank-office', worker.homeTrust) || isAdministrator(scope);
  if (!ofHome && !isOfTrust(scope, 'bank-office', ward.trust)) return notHere();
  const facts = imaginedShift(ward, { role: asked.role, band: asked.band, start, end, breakMinutes });
  const decision = decide(worker, facts, await groundFacts(db, now), now);
  const failed = decision.checks.some((check) => (check.code === 'consent' || check.code === 'agreement') && check.result === 'fail');
  // Without consent or agreement a worker is nobody to a host elsewhere, not even by id.
  if (failed && !ofHome) return notHere();
  await noteRead(db, scope, asked.workerId, 'decision', now);
  return ok(ofHome ? decision : decisionForHost(decision, { sameTrust: false }));
}
