import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import type { Decision } from '@homeward/shared/kernel/decision.ts';
import { dayMs, overlaps, rfc3339, type Instant, type Interval } from '@homeward/shared/kernel/interval.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { distanceKm } from '@homeward/shared/places/rules.ts';
import type { WardLine } from '@homeward/shared/places/contract.ts';
import type { BookingView, Candidates, MyShift, MyShifts, RequestView, WardBoard, WardShift } from '@homeward/shared/shifts/contract.ts';
import type { GroundFacts, ShiftFacts } from '@homeward/shared/shifts/facts.ts';
import { compareMyShifts, compareBookings, compareWardShifts, type MyShiftRank } from '@homeward/shared/shifts/live-rules.ts';
import { statusOf, undoUntil } from '@homeward/shared/shifts/posting-rules.ts';
import { compareRanking, rankingTermsOf } from '@homeward/shared/shifts/ranking-rules.ts';
import { decide, decisionForHost, unlocks } from '@homeward/shared/shifts/rules.ts';
import { isRegularOf, waveAt } from '@homeward/shared/shifts/wave-rules.ts';
import { pmvaTeam, pmvaCountOf, recordCountsOn, requirementsOf } from '@homeward/shared/training/rules.ts';
import type { Role, StaffGroup } from '@homeward/shared/workers/facts.ts';
import { headRoomMinutes } from '@homeward/shared/working-time/hours-rules.ts';
import { wardLines } from '../places/queries.ts';
import { badInput, ok, notHere, type Result } from '../platform/problem.ts';
import { hasRole, isAdministrator, isOfTrust, managesWard, type Scope } from '../platform/scope.ts';
import { teamsOn, type OnDuty } from '../working-time/queries.ts';
import {
  groundFacts,
  imaginedShift,
  shiftFactsOf,
  wardFacts,
  workerFacts,
  type KnownWorker,
  type ShiftRow,
  type WardFacts,
} from './facts.ts';

/** Someone who has worked on a ward this often lately knows it: for the ranking where the ward has set no waves of its own. */
const regularWithoutWaves = { regularDuties: 3, regularWeeks: 17 };
/** What "Why don't I see more?" counts over, and says. */
const unlockAheadMs = 31 * dayMs;
const cancelsOverMs = 17 * 7 * dayMs;
const cancelsNeedShifts = 5;

export interface StoredShift extends ShiftRow {
  status: 'open' | 'filled' | 'cancelled' | 'expired';
  version: number;
  reason: string;
  notes: string;
  postedAt: Date;
  filledAt: Date | null;
  cancelledAt: Date | null;
  cancelReason: string | null;
}

const shiftColumns = sql`s.id, s.ward_id, s.role, s.band, s.staff_group, s.starts_at, s.ends_at, s.break_minutes, s.extra_competencies,
  s.preferred_worker_id, s.preferred_until, s.regulars_at, s.home_trust_at, s.collaborative_at, s.regular_duties, s.regular_weeks, s.status,
  s.version, s.reason, s.notes, s.posted_at, s.filled_at, s.cancelled_at, s.cancel_reason`;

export async function storedShifts(db: Kysely<DB>, where: RawBuilder<unknown>): Promise<StoredShift[]> {
  return (await sql<StoredShift>`select ${shiftColumns} from shift s where ${where}`.execute(db)).rows;
}

export async function storedShift(db: Kysely<DB>, id: string): Promise<StoredShift | undefined> {
  return (await storedShifts(db, sql`s.id = ${id}`))[0];
}

const spanOf = (shifts: readonly { startsAt: Date; endsAt: Date }[], now: Instant): Interval => ({
  start: Math.min(now, ...shifts.map((shift) => shift.startsAt.getTime())),
  end: Math.max(now, ...shifts.map((shift) => shift.endsAt.getTime())),
});

/** Those on the ward at some moment of the shift. */
const during = (shift: Interval, team: readonly OnDuty[]) => team.filter((member) => overlaps(member, shift));

/** The PMVA count of a shift against its ward's minimum; a ward that asks for none still counts, by its trust's own period. */
function pmvaOf(
  facts: ShiftFacts,
  ward: WardFacts,
  team: readonly OnDuty[],
  ground: GroundFacts,
): { count: number; minimum: number | null } {
  const asked = ward.requirements.filter((one) => one.competency === pmvaTeam);
  const period = ward.competencies.find((one) => one.competency === pmvaTeam);
  const requirement = asked[0] ?? {
    id: ward.id,
    competency: pmvaTeam,
    title: period?.title ?? pmvaTeam,
    role: null,
    periodMonths: period?.periodMonths ?? 0,
    minimumOnShift: null,
  };
  const minimum = asked.reduce<number | null>(
    (most, one) => (one.minimumOnShift === null ? most : Math.max(most ?? 0, one.minimumOnShift)),
    null,
  );
  return { count: pmvaCountOf(facts, requirement, during(facts, team), ground).fewest, minimum };
}

/**
 * Of the bookings of the last 17 weeks that ended, or that the ward cancelled, the share it cancelled; left out under 5, which would say
 * little. Those still to come aren't counted: each new booking would move the figure on every card of the ward.
 */
export async function cancelledPercents(db: Kysely<DB>, wardIds: readonly string[], now: Instant): Promise<Map<string, number>> {
  const { rows } = await sql<{ wardId: string; percent: number }>`
    select ward_id, round(100.0 * count(*) filter (where cancelled_by_side = 'ward') / count(*))::int as percent
    from booking where ward_id = any(${wardIds}) and upper(period) > ${new Date(now - cancelsOverMs)}
      and (cancelled_by_side = 'ward' or status <> 'cancelled' and upper(period) <= ${new Date(now)})
    group by ward_id having count(*) >= ${cancelsNeedShifts}`.execute(db);
  return new Map(rows.map((row) => [row.wardId, row.percent]));
}

// ————— What a worker sees —————

/** One open shift and what it comes to for one worker. */
export interface Offer {
  row: StoredShift;
  facts: ShiftFacts;
  ward: WardFacts;
  decision: Decision;
}

const isKeptFrom = (facts: ShiftFacts, workerId: string, now: Instant) =>
  facts.preferred !== null && facts.preferred.workerId !== workerId && facts.preferred.until > now;

/** A shift a worker could come to take: the bank, the agreement and the role allow it. Others are not theirs to see (quality, section 4). */
const couldTake = (decision: Decision) =>
  decision.checks.every((check) => !['bank', 'agreement', 'role'].includes(check.code) || check.result === 'pass');

/** May this worker see this shift at all, now? */
export function isTheirsToSee(offer: Offer, workerId: string, now: Instant): boolean {
  return !isKeptFrom(offer.facts, workerId, now) && couldTake(offer.decision);
}

/** The open shifts of a staff group that start after now, with their wards: two statements however many. */
async function openShifts(
  db: Kysely<DB>,
  staffGroup: StaffGroup,
  now: Instant,
): Promise<{ rows: StoredShift[]; wards: Map<string, WardFacts> }> {
  const rows = await storedShifts(db, sql`s.status = 'open' and s.starts_at > ${new Date(now)} and s.staff_group = ${staffGroup}`);
  return { rows, wards: await wardFacts(db, [...new Set(rows.map((row) => row.wardId))], localDayOf(now)) };
}

function decideEach(
  worker: KnownWorker,
  rows: readonly StoredShift[],
  wards: Map<string, WardFacts>,
  ground: GroundFacts,
  now: Instant,
): Offer[] {
  return rows.flatMap((row) => {
    const ward = wards.get(row.wardId);
    if (!ward) return [];
    const facts = shiftFactsOf(row, ward);
    return [{ row, facts, ward, decision: decide(worker, facts, ground, now) }];
  });
}

const regularRuleOf = (row: ShiftRow) => (row.regularDuties > 0 ? row : regularWithoutWaves);

function rankOf(worker: KnownWorker, { row, facts, ward }: Offer, now: Instant): MyShiftRank {
  return {
    id: row.id,
    preferred: facts.preferred?.workerId === worker.id,
    regular: isRegularOf(worker, row.wardId, regularRuleOf(row), now),
    distanceKm: kmBetween(worker, ward),
    startsAt: rfc3339(facts.start),
  };
}

function kmBetween(worker: KnownWorker, ward: WardFacts): number | null {
  if (!worker.home || ward.latitude === null || ward.longitude === null) return null;
  return Math.round(distanceKm(worker.home, { latitude: ward.latitude, longitude: ward.longitude }));
}

/** What each check came to, without the evidence: a list of a hundred cards is for a phone on a bus. One shift is read with all of it. */
const withoutEvidence = (decision: Decision): Decision => ({
  outcome: decision.outcome,
  checks: decision.checks.map((check) => ({ ...check, evidence: [] })),
});

/** The cards of these offers as the worker sees them in a list. */
export function myShiftCards(
  worker: KnownWorker,
  offers: readonly Offer[],
  ground: GroundFacts,
  known: CardGround,
  now: Instant,
): MyShift[] {
  return offers.map((offer): MyShift => {
    const { row, facts, ward, decision } = offer;
    const team = known.teams.get(row.wardId) ?? [];
    const others = new Map(
      during(facts, team)
        .filter((member) => member.personId !== worker.personId)
        .map((member) => [member.personId, member.role]),
    );
    return {
      ...rankOf(worker, offer, now),
      ward: known.lines.get(row.wardId)!,
      role: row.role,
      band: row.band,
      endsAt: rfc3339(facts.end),
      breakMinutes: row.breakMinutes,
      notes: row.notes,
      requirements: requirementsOf(facts).map(({ competency, title }) => ({ competency, title })),
      status: shownStatus(row, now),
      version: row.version,
      postedAt: rfc3339(row.postedAt.getTime()),
      wave: waveAt(facts, now),
      decision: withoutEvidence(decision),
      pmva: pmvaOf(facts, ward, team, ground),
      team: countByRole([...others.values()]),
      wardCancelsPercent: known.cancels.get(row.wardId) ?? null,
      requested: known.requested.has(`${row.id} ${worker.id}`),
    };
  });
}

/** What the cards of some shifts need beside the decisions: where, who is on, and which of these workers have asked for which. */
export interface CardGround {
  lines: Map<string, WardLine>;
  teams: Map<string, OnDuty[]>;
  cancels: Map<string, number>;
  /** "shift worker" */
  requested: ReadonlySet<string>;
}

/** Six statements however many shifts and workers. */
export async function cardGround(
  db: Kysely<DB>,
  rows: readonly StoredShift[],
  workerIds: readonly string[],
  now: Instant,
): Promise<CardGround> {
  if (rows.length === 0) return { lines: new Map(), teams: new Map(), cancels: new Map(), requested: new Set() };
  const wardIds = [...new Set(rows.map((row) => row.wardId))];
  const asked =
    workerIds.length === 0
      ? []
      : (
          await sql<{ shiftId: string; workerId: string }>`select shift_id, worker_id from shift_request
            where status = 'asked' and worker_id = any(${[...workerIds]}::uuid[]) and shift_id = any(${rows.map((row) => row.id)}::uuid[])`.execute(
            db,
          )
        ).rows;
  return {
    lines: await wardLines(db, wardIds),
    teams: await teamsOn(db, wardIds, {
      start: Math.min(...rows.map((row) => row.startsAt.getTime())),
      end: Math.max(...rows.map((row) => row.endsAt.getTime())),
    }),
    cancels: await cancelledPercents(db, wardIds, now),
    requested: new Set(asked.map((row) => `${row.shiftId} ${row.workerId}`)),
  };
}

function countByRole(roles: readonly Role[]): { role: Role; count: number }[] {
  return [...Map.groupBy(roles, (role) => role)]
    .map(([role, each]) => ({ role, count: each.length }))
    .sort((a, b) => b.count - a.count || (a.role < b.role ? -1 : 1));
}

const shownStatus = (row: StoredShift, now: Instant) =>
  statusOf(row.status, row.startsAt.getTime(), row.endsAt.getTime(), now) as MyShift['status'];

const cursorOf = (rank: MyShiftRank) =>
  Buffer.from(JSON.stringify([rank.preferred, rank.regular, rank.distanceKm, rank.startsAt, rank.id])).toString('base64url');

function rankFrom(cursor: string): MyShiftRank | null {
  try {
    const [preferred, regular, distance, startsAt, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [
      boolean,
      boolean,
      number | null,
      string,
      string,
    ];
    return { preferred, regular, distanceKm: distance, startsAt, id };
  } catch {
    return null;
  }
}

/**
 * The open shifts of one outcome for the worker of this scope, best first, with what else the page says: how many of each outcome,
 * hours left, and what would unlock more. A dozen statements however many shifts are open.
 */
export async function myShifts(
  db: Kysely<DB>,
  workerId: string,
  now: Instant,
  filter: { outcome: Decision['outcome']; limit: number; cursor?: string | undefined },
): Promise<MyShifts> {
  const role = await db
    .selectFrom('workerRevision')
    .select('staffGroup')
    .where('workerId', '=', workerId)
    .where('replacedAt', 'is', null)
    .executeTakeFirst();
  const { rows, wards } = await openShifts(db, (role?.staffGroup ?? 'nursing') as StaffGroup, now);
  const ground = await groundFacts(db, now);
  const worker = (await workerFacts(db, [workerId], spanOf(rows, now))).get(workerId);
  if (!worker) return { items: [], nextCursor: null, counts: { eligible: 0, override: 0, blocked: 0 }, headRoomMinutes: 0, unlocks: [] };
  const offers = decideEach(worker, rows, wards, ground, now).filter((offer) => isTheirsToSee(offer, worker.id, now));
  const counts = { eligible: 0, override: 0, blocked: 0 };
  for (const offer of offers) counts[offer.decision.outcome] += 1;
  const ranked = offers
    .filter((offer) => offer.decision.outcome === filter.outcome)
    .map((offer) => ({ offer, rank: rankOf(worker, offer, now) }))
    .sort((a, b) => compareMyShifts(a.rank, b.rank));
  const after = filter.cursor ? rankFrom(filter.cursor) : null;
  const rest = after ? ranked.filter(({ rank }) => compareMyShifts(after, rank) < 0) : ranked;
  const page = rest.slice(0, filter.limit);
  const known = await cardGround(
    db,
    page.map(({ offer }) => offer.row),
    [worker.id],
    now,
  );
  return {
    items: myShiftCards(
      worker,
      page.map(({ offer }) => offer),
      ground,
      known,
      now,
    ),
    nextCursor: rest.length > page.length ? cursorOf(page.at(-1)!.rank) : null,
    counts,
    headRoomMinutes: headRoomMinutes(worker, now),
    unlocks: unlocks(offers.filter(({ facts }) => facts.start < now + unlockAheadMs).map(({ decision }) => decision)).map(
      ({ code, sentence, count }) => ({ code, sentence, count }),
    ),
  };
}

/** One shift as this worker sees it, open or not: theirs to see while they could take it, or where they hold or asked for it. */
export async function myShift(db: Kysely<DB>, scope: Scope, id: string, now: Instant): Promise<Result<MyShift>> {
  const row = await storedShift(db, id);
  if (!row || !scope.workerId) return notHere();
  const held = await db
    .selectFrom('booking')
    .select('id')
    .where('shiftId', '=', id)
    .where('workerId', '=', scope.workerId)
    .where('status', 'in', ['confirmed', 'needs-review', 'worked'])
    .executeTakeFirst();
  const asked = await db
    .selectFrom('shiftRequest')
    .select('id')
    .where('shiftId', '=', id)
    .where('workerId', '=', scope.workerId)
    .executeTakeFirst();
  const wards = await wardFacts(db, [row.wardId], localDayOf(now));
  const ground = await groundFacts(db, now);
  const worker = (await workerFacts(db, [scope.workerId], spanOf([row], now), { ...(held && { bookingId: held.id }) })).get(scope.workerId);
  if (!worker) return notHere();
  const [offer] = decideEach(worker, [row], wards, ground, now);
  if (!offer) return notHere();
  if (!held && !asked && !isTheirsToSee(offer, worker.id, now)) return notHere();
  const [card] = myShiftCards(worker, [offer], ground, await cardGround(db, [row], [worker.id], now), now);
  return ok({ ...card!, decision: offer.decision });
}

/**
 * What the losers of a race are told: for each, up to `count` open shifts they may take now, nearest in time to the one that has gone;
 * null where that one was never theirs to see. Looks at the 60 nearest of a week around it. A fixed number of statements however many
 * have lost, so that a burst of them costs little.
 */
export async function nextShifts(
  db: Kysely<DB>,
  workerIds: readonly string[],
  gone: StoredShift,
  now: Instant,
  count = 3,
): Promise<Map<string, MyShift[] | null>> {
  const start = gone.startsAt.getTime();
  const near = (
    await sql<StoredShift>`select ${shiftColumns} from shift s where s.status = 'open' and s.id <> ${gone.id} and s.staff_group = ${gone.staffGroup}
      and s.starts_at > greatest(${new Date(now)}::timestamptz, ${new Date(start - 7 * dayMs)}::timestamptz)
      and s.starts_at < ${new Date(start + 7 * dayMs)}
      order by abs(extract(epoch from s.starts_at - ${gone.startsAt}::timestamptz)), s.id limit 60`.execute(db)
  ).rows;
  const wards = await wardFacts(db, [...new Set([gone, ...near].map((row) => row.wardId))], localDayOf(now));
  const ground = await groundFacts(db, now);
  const workers = await workerFacts(db, workerIds, spanOf([gone, ...near], now));
  const chosen = new Map<string, Offer[] | null>();
  for (const worker of workers.values()) {
    const [own] = decideEach(worker, [gone], wards, ground, now);
    const offers: Offer[] = [];
    for (const row of near) {
      if (offers.length === count) break;
      const [offer] = decideEach(worker, [row], wards, ground, now);
      if (offer?.decision.outcome === 'eligible' && isTheirsToSee(offer, worker.id, now)) offers.push(offer);
    }
    chosen.set(worker.id, own && isTheirsToSee(own, worker.id, now) ? offers : null);
  }
  const shown = new Map([...chosen.values()].flatMap((offers) => offers ?? []).map((offer) => [offer.row.id, offer.row]));
  const known = await cardGround(db, [...shown.values()], workerIds, now);
  return new Map(
    [...chosen].map(([workerId, offers]) => [workerId, offers && myShiftCards(workers.get(workerId)!, offers, ground, known, now)]),
  );
}

// ————— Bookings —————

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
      b.break_minutes, s.notes, b.booked_at, b.cancelled_at, c.title as cancel_reason, b.cancelled_by_side, b.undone, b.review_reason,
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

// ————— What a ward sees —————

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

/** These shifts as their wards' managers see them, by start: eight statements however many. */
export async function wardShifts(db: Kysely<DB>, rows: readonly StoredShift[], now: Instant): Promise<WardShift[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const wardIds = [...new Set(rows.map((row) => row.wardId))];
  const wards = await wardFacts(db, wardIds, localDayOf(now));
  const { lines, teams } = await cardGround(db, rows, [], now);
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
          cancelledAt: row.cancelledAt ? rfc3339(row.cancelledAt.getTime()) : null,
          cancelReason: reasons.find((one) => one.code === row.cancelReason)?.title ?? null,
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
  const ward = (await wardFacts(db, [wardId], localDayOf(now))).get(wardId);
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
          ? recordCountsOn(member.records, asked, { wardId, hostTrust: ward.trust, start: member.start }, localDayOf(member.start), ground)
          : false,
      })),
    cancelledPercent: (await cancelledPercents(db, [wardId], now)).get(wardId) ?? null,
  });
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
  const ward = (await wardFacts(db, [row.wardId], localDayOf(now))).get(row.wardId);
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
  const lately = new Map(
    (
      await sql<{ workerId: string; count: number }>`
      select worker_id, count(*)::int as count from booking where worker_id = any(${ids}) and booked_at > ${new Date(now - 28 * dayMs)} and status <> 'cancelled'
      group by worker_id`.execute(db)
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
        { term: 'recent-bookings', value: `${terms.recentOffers ?? 0} booked in 4 weeks`, better: (terms.recentOffers ?? 0) === 0 },
      ],
    })),
    nextCursor: from + page.length < wanted.length ? Buffer.from(String(from + page.length)).toString('base64url') : null,
    counts,
    reasons: [...reasons].map(([code, reason]) => ({ code, ...reason })).sort((a, b) => b.count - a.count),
    hidden,
  });
}

/**
 * The decision on a shift that doesn't exist yet: never a `wave` check. For the bank office of the worker's home trust with the
 * evidence, of the host trust as a host may see it, and for the administrator.
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
  const start = Date.parse(asked.startsAt);
  const end = Date.parse(asked.endsAt);
  const breakMinutes = asked.breakMinutes ?? 0;
  if (end <= start) return badInput([{ path: 'endsAt', code: 'end-not-after-start', message: 'The shift must end after it starts.' }]);
  if (end - start > dayMs) return badInput([{ path: 'endsAt', code: 'too-long', message: 'The shift must be 24 hours or less.' }]);
  if (breakMinutes * 60_000 >= end - start) {
    return badInput([{ path: 'breakMinutes', code: 'break-too-long', message: 'The break must be shorter than the shift.' }]);
  }
  const ward = (await wardFacts(db, [asked.wardId], localDayOf(now))).get(asked.wardId);
  const worker = (await workerFacts(db, [asked.workerId], { start, end })).get(asked.workerId);
  if (!ward || !worker) return notHere();
  const ofHome = isOfTrust(scope, 'bank-office', worker.homeTrust) || isAdministrator(scope);
  if (!ofHome && !isOfTrust(scope, 'bank-office', ward.trust)) return notHere();
  const facts = imaginedShift(ward, { role: asked.role, band: asked.band, start, end, breakMinutes });
  const decision = decide(worker, facts, await groundFacts(db, now), now);
  if (ofHome) return ok(decision);
  const failed = decision.checks.some((check) => (check.code === 'consent' || check.code === 'agreement') && check.result === 'fail');
  // Without consent or agreement a worker is nobody to a host elsewhere, not even by id.
  return failed ? notHere() : ok(decisionForHost(decision, { sameTrust: false }));
}

/** The reasons a shift is posted or cancelled for, as the lists on the pages. Cover for industrial action is not among them. */
export async function shiftReasons(db: Kysely<DB>, _scope: Scope) {
  const post = await db
    .selectFrom('shiftReason')
    .select(['code', 'title'])
    .where('industrialAction', '=', false)
    .orderBy('position')
    .execute();
  const cancel = await db.selectFrom('cancelReason').select(['code', 'title', 'side']).orderBy('position').execute();
  const of = (side: string) => cancel.filter((one) => one.side === side).map(({ code, title }) => ({ code, title }));
  return { post, ward: of('ward'), worker: of('worker') };
}
