import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import type { Decision } from '@homeward/shared/kernel/decision.ts';
import { dayMs, rfc3339, type Instant, type Interval } from '@homeward/shared/kernel/interval.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import type { Candidates, ShortShift, WardBoard, WardShift } from '@homeward/shared/shifts/contract.ts';
import type { GroundFacts } from '@homeward/shared/shifts/facts.ts';
import { compareWardShifts } from '@homeward/shared/shifts/live-rules.ts';
import {
  compareFirstTerms,
  compareRanking,
  rankingTermsOf,
  type FirstTerms,
  type RankingTerms,
} from '@homeward/shared/shifts/ranking-rules.ts';
import { codeForHost, decide, decisionForHost } from '@homeward/shared/shifts/rules.ts';
import { shortShiftFixes } from '@homeward/shared/shifts/short-rules.ts';
import { waveAt, waveCheck } from '@homeward/shared/shifts/wave-rules.ts';
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
  shiftColumns,
  spanOf,
  during,
  pmvaOf,
  cancelledPercents,
  regularRuleOf,
  cardGround,
  shownStatus,
} from './queries.ts';
import { groundFacts, imaginedShift, shiftFactsOf, wardFacts, workerFacts, type WardFacts } from './facts.ts';
import {
  answersIn,
  cellWith,
  failedCode,
  hiddenFromHost,
  isOverride,
  latelyMs,
  placeOf,
  rolledWorkers,
  rollOf,
  seenUntil,
  type Cell,
  type RolledWorker,
} from './roll-queries.ts';

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

/**
 * These shifts as their wards' managers see them, by start: a fixed number of statements however many.
 * @param read the wards and the ground, from whoever has read them already
 */
export async function wardShifts(
  db: Kysely<DB>,
  rows: readonly StoredShift[],
  now: Instant,
  read?: { wards: ReadonlyMap<string, WardFacts>; ground: GroundFacts },
): Promise<WardShift[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const wards = read?.wards ?? (await wardFacts(db, [...new Set(rows.map((row) => row.wardId))]));
  const { lines, teams, opensBeds } = await cardGround(db, rows, [], now);
  const ground = read?.ground ?? (await groundFacts(db, now));
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
  const wards = await wardFacts(db, [wardId]);
  const ward = wards.get(wardId);
  if (!ward || !seesWard(scope, wardId, ward.trust)) return notHere();
  const [rows, ground, teams, lines, percents] = await Promise.all([
    storedShifts(
      db,
      sql`s.ward_id = ${wardId} and s.ends_at > ${new Date(span.start)} and s.starts_at < ${new Date(span.end)} order by s.starts_at, s.id`,
    ),
    groundFacts(db, now),
    teamsOn(db, [wardId], span),
    wardLines(db, [wardId]),
    cancelledPercents(db, [wardId], now),
  ]);
  const team = teams.get(wardId) ?? [];
  const booked = new Set(
    team.filter((member) => member.source === 'booking').map((member) => `${member.personId} ${member.start} ${member.end}`),
  );
  const asked = ward.requirements.find((one) => one.competency === pmvaTeam);
  return ok({
    ward: lines.get(wardId)!,
    from: rfc3339(span.start),
    to: rfc3339(span.end),
    requirements: ward.requirements.map(({ competency, title, role, minimumOnShift }) => ({ competency, title, role, minimumOnShift })),
    shifts: await wardShifts(db, rows, now, { wards, ground }),
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
    cancelledPercent: percents.get(wardId) ?? null,
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

/** Somebody who might take a shift, what they come to for it, and where they stand among the others. */
interface Candidate {
  worker: RolledWorker;
  outcome: Decision['outcome'];
  terms: RankingTerms;
}

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
  const stored = sql<StoredShift & { holderId: string | null; holderTrust: string | null; holderGroup: string | null }>`
    select ${shiftColumns}, h.id as holder_id, h.trust as holder_trust, r.staff_group as holder_group from shift s
      left join booking b on b.shift_id = s.id and b.status in ('confirmed', 'needs-review', 'worked')
      left join worker h on h.id = b.worker_id left join worker_revision r on r.worker_id = h.id and r.replaced_at is null
    where s.id = ${shiftId}`.execute(db);
  return rollOf(db).read(now, async (page): Promise<Result<Candidates>> => {
    const row = (await stored).rows[0];
    if (!row) return notHere();
    const rolled = await page.ground([row.wardId]);
    const { ground } = rolled;
    const ward = rolled.wards.get(row.wardId);
    if (!ward || !seesWard(scope, row.wardId, ward.trust)) return notHere();
    const facts = shiftFactsOf(row, ward);
    const { staffGroup } = row;
    let hidden = 0;
    let cells: Cell[] = [];
    if (filter.name === undefined) {
      // Of a trust that never agreed to share with this one, everybody is hidden: nobody there need be asked.
      const shares = new Set([
        ward.trust,
        ...ground.agreements.flatMap((one) => (one.hostTrust === ward.trust && one.staffGroup === staffGroup ? one.homeTrust : [])),
      ]);
      // The ward's own people first: whoever comes later then seldom has to be looked at twice.
      const sizes = await page.sizes(staffGroup);
      for (const trust of shares) if (sizes.has(trust)) cells.push(await page.cell(trust, staffGroup));
      for (const [trust, size] of sizes) if (!shares.has(trust)) hidden += size;
      if (row.holderGroup === staffGroup && !shares.has(row.holderTrust!)) hidden -= 1;
    } else {
      cells = await namedWorkers(db, filter.name, now);
    }

    const bankOfficeOf = (trust: string) => isOfTrust(scope, 'bank-office', trust);
    const regular = regularRuleOf(row);
    const termsOf = (worker: RolledWorker) => {
      // At this trust alone: how much somebody works elsewhere is not the host's to know.
      const lately = worker.bookedAt.filter((booked) => booked.trust === ward.trust && booked.at > now - latelyMs);
      return rankingTermsOf(
        worker,
        facts,
        { regular, workerPlace: worker.home, wardPlace: placeOf(ward), recentOffers: lately.length },
        now,
      );
    };
    const counts = { eligible: 0, override: 0, blocked: 0 };
    const reasons = new Map<string, { best: Candidate; count: number }>();
    const from = filter.cursor ? Number.parseInt(Buffer.from(filter.cursor, 'base64url').toString(), 10) || 0 : 0;
    const best: Candidate[] = [];
    for (const cell of cells) {
      const seesAll = cell.trust === ward.trust || bankOfficeOf(cell.trust);
      const answer = answersIn(cell, facts, rolled);
      const holder = cell.place(row.holderId);
      const preferred = cell.place(facts.preferred?.workerId ?? null);
      const onWard = cell.onWard(ward.id);
      const kilometres = cell.kilometres(ward);
      // Whom the shift isn't kept for and who has no duty on the ward: to all of them it opens at once, and none is one of its regulars.
      const isOpenTo = (worker: Parameters<typeof waveCheck>[0]) => waveCheck(worker, facts, now).result === 'pass';
      const isOpenToMost = isOpenTo({ id: '', homeTrust: cell.trust, duties: [] });
      const first: FirstTerms = { preferred: false, wardRegular: false, homeTrust: cell.trust === ward.trust, distanceKm: null };
      for (let place = 0; place < cell.workers.length; place += 1) {
        if (place === holder) continue;
        const answered = answer(place);
        if (answered === hiddenFromHost) {
          hidden += 1;
          continue;
        }
        first.preferred = place === preferred;
        first.wardRegular = onWard.has(place);
        const km = kilometres[place]!;
        first.distanceKm = Number.isNaN(km) ? null : km;
        const isOpen = first.preferred || first.wardRegular ? isOpenTo(cell.workers[place]!) : isOpenToMost;
        const failed = failedCode(answered) ?? (isOpen ? null : 'wave');
        const outcome = failed !== null ? 'blocked' : isOverride(answered) ? 'override' : 'eligible';
        counts[outcome] += 1;
        let candidate: Candidate | undefined;
        const terms = () => (candidate ??= { worker: cell.workers[place]!, outcome, terms: termsOf(cell.workers[place]!) });
        // Most are never looked at more closely: they come after the last that is wanted, and after the example of their reason.
        if (filter.outcome === undefined || filter.outcome === outcome) {
          const last = best[from + filter.limit - 1];
          if (!last || byOutcome[outcome] < byOutcome[last.outcome] || compareFirstTerms(first, last.terms) <= 0)
            keepBest(best, terms(), from + filter.limit);
        }
        if (failed === null) continue;
        const code = seesAll ? failed : codeForHost(failed);
        const reason = reasons.get(code);
        if (!reason) {
          reasons.set(code, { best: terms(), count: 1 });
          continue;
        }
        reason.count += 1;
        if (compareFirstTerms(first, reason.best.terms) <= 0 && compareRanking(terms().terms, reason.best.terms) < 0) reason.best = terms();
      }
    }

    // Whatever is shown is decided whole.
    const shownDecision = ({ worker }: Candidate): Decision => {
      const decision = decide(seenUntil(worker, facts.end), facts, ground, now);
      // Evidence is for the worker's own bank office; a ward manager of the same trust reads the sentences.
      if (bankOfficeOf(worker.homeTrust)) return decision;
      return decisionForHost(decision, { sameTrust: worker.homeTrust === ward.trust });
    };
    const wanted = filter.outcome ? counts[filter.outcome] : counts.eligible + counts.override + counts.blocked;
    const items = best.slice(from);
    return ok({
      items: items.map((candidate) => {
        const { worker, terms } = candidate;
        const sameTrust = worker.homeTrust === ward.trust;
        return {
          worker: {
            id: worker.id,
            staffNumber: worker.staffNumber,
            name: worker.name,
            homeTrust: worker.homeTrust,
            role: worker.role,
            band: worker.band,
            staffGroup: worker.staffGroup,
          },
          decision: shownDecision(candidate),
          terms: [
            ...(terms.preferred ? [{ term: 'preferred', value: 'Asked for by name', better: true }] : []),
            ...(terms.wardRegular ? [{ term: 'ward-regular', value: 'Knows the ward', better: true }] : []),
            {
              term: 'home-trust',
              value: sameTrust ? 'Own trust' : (ground.trustNames.get(worker.homeTrust) ?? worker.homeTrust),
              better: sameTrust,
            },
            ...(terms.distanceKm === null
              ? []
              : [{ term: 'distance', value: `${terms.distanceKm} km away`, better: terms.distanceKm <= 10 }]),
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
            {
              term: 'recent-bookings',
              value: `${terms.recentOffers ?? 0} booked here in 4 weeks`,
              better: (terms.recentOffers ?? 0) === 0,
            },
          ],
        };
      }),
      nextCursor: from + items.length < wanted ? Buffer.from(String(from + items.length)).toString('base64url') : null,
      counts,
      reasons: [...reasons]
        .sort(([, one], [, other]) => other.count - one.count || compareRanking(one.best.terms, other.best.terms))
        .map(([code, { best: example, count }]) => ({
          code,
          sentence: shownDecision(example).checks.find((check) => check.result === 'fail')!.sentence,
          count,
        })),
      hidden,
    });
  });
}

/** Everybody by a name, whatever their role and trust: few, and read for this answer alone. */
async function namedWorkers(db: Kysely<DB>, name: string, now: Instant): Promise<Cell[]> {
  const part = name.slice(0, nameMax).replaceAll(/[\\%_]/g, (wild) => `\\${wild}`);
  const { rows } = await sql<{ workerId: string }>`
    select worker_id from worker_revision where replaced_at is null and name ilike ${`%${part}%`}`.execute(db);
  const workers = await rolledWorkers(
    db,
    rows.map((row) => row.workerId),
    now,
  );
  return [...Map.groupBy(workers, (worker) => worker.homeTrust)].map(([trust, each]) => cellWith(trust, each));
}

const byOutcome = { eligible: 0, override: 1, blocked: 2 };

/** Keeps the first `most` in order: nobody is ranked further than is asked for. */
function keepBest(best: Candidate[], candidate: Candidate, most: number): void {
  const isBefore = (other: Candidate) =>
    (byOutcome[candidate.outcome] - byOutcome[other.outcome] || compareRanking(candidate.terms, other.terms)) < 0;
  if (best.length === most && !isBefore(best.at(-1)!)) return;
  let low = 0;
  for (let high = best.length; low < high;) {
    const middle = (low + high) >> 1;
    if (isBefore(best[middle]!)) high = middle;
    else low = middle + 1;
  }
  best.splice(low, 0, candidate);
  if (best.length > most) best.pop();
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
