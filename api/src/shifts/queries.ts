import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import { dayMs, overlaps, type Instant, type Interval } from '@homeward/shared/kernel/interval.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import type { WardLine } from '@homeward/shared/places/contract.ts';
import type { MyShift } from '@homeward/shared/shifts/contract.ts';
import type { GroundFacts, ShiftFacts } from '@homeward/shared/shifts/facts.ts';
import { statusOf } from '@homeward/shared/shifts/posting-rules.ts';
import { pmvaCountOf, teamRequirementOn } from '@homeward/shared/training/rules.ts';
import type { Role } from '@homeward/shared/workers/facts.ts';
import { wardLines } from '../places/queries.ts';
import type { Scope } from '../platform/scope.ts';
import { teamsOn, type OnDuty } from '../working-time/queries.ts';
import { type ShiftRow, type WardFacts } from './facts.ts';

/** Someone who has worked on a ward this often lately knows it: for the ranking where the ward has set no waves of its own. */
const regularWithoutWaves = { regularDuties: 3, regularWeeks: 17 };
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

export const shiftColumns = sql`s.id, s.ward_id, s.role, s.band, s.staff_group, s.starts_at, s.ends_at, s.break_minutes, s.extra_competencies,
  s.preferred_worker_id, s.preferred_until, s.regulars_at, s.home_trust_at, s.collaborative_at, s.regular_duties, s.regular_weeks, s.status,
  s.version, s.reason, s.notes, s.posted_at, s.filled_at, s.cancelled_at, s.cancel_reason`;

/** The last decision on booking b that said yes: the one it was kept on, else the one it was made on. */
export const acceptedDecision = sql`coalesce(
  (select k.decision from booking_decision k where k.booking_id = b.id and k.kind = 'kept' order by k.at desc, k.id desc limit 1), b.decision)`;

export async function storedShifts(db: Kysely<DB>, where: RawBuilder<unknown>): Promise<StoredShift[]> {
  return (await sql<StoredShift>`select ${shiftColumns} from shift s where ${where}`.execute(db)).rows;
}

export async function storedShift(db: Kysely<DB>, id: string): Promise<StoredShift | undefined> {
  return (await storedShifts(db, sql`s.id = ${id}`))[0];
}

export const spanOf = (shifts: readonly { startsAt: Date; endsAt: Date }[], now: Instant): Interval => ({
  start: Math.min(now, ...shifts.map((shift) => shift.startsAt.getTime())),
  end: Math.max(now, ...shifts.map((shift) => shift.endsAt.getTime())),
});

/** Those on the ward at some moment of the shift. */
export const during = (shift: Interval, team: readonly OnDuty[]) => team.filter((member) => overlaps(member, shift));

/** The PMVA count of a shift against its ward's minimum; a ward that asks for none still counts, by its trust's own period. */
export function pmvaOf(
  facts: ShiftFacts,
  ward: WardFacts,
  team: readonly OnDuty[],
  ground: GroundFacts,
): { count: number; minimum: number | null } {
  const requirement = teamRequirementOn(ward, localDayOf(facts.start));
  return { count: pmvaCountOf(facts, requirement, during(facts, team), ground).fewest, minimum: requirement.minimumOnShift };
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

export const regularRuleOf = (row: ShiftRow) => (row.regularDuties > 0 ? row : regularWithoutWaves);

/** What the cards of some shifts need beside the decisions: where, who is on, and which of these workers have asked for which. */
export interface CardGround {
  lines: Map<string, WardLine>;
  teams: Map<string, OnDuty[]>;
  cancels: Map<string, number>;
  /** "shift worker" */
  requested: ReadonlySet<string>;
  /** By shift: how many beds stay closed until it is filled. */
  opensBeds: ReadonlyMap<string, number>;
}

/** Of these shifts, those that beds of their ward are closed until: by how many. */
async function bedsOpenedBy(db: Kysely<DB>, shiftIds: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await sql<{ shiftId: string; beds: number }>`
    select c.shift_id, count(*)::int as beds from closure_shift c join bed_state s on s.id = c.bed_state_id
    where c.shift_id = any(${[...shiftIds]}::uuid[]) and s.replaced_at is null and s.state = 'closed' group by c.shift_id`.execute(db);
  return new Map(rows.map((row) => [row.shiftId, row.beds]));
}

/** Some statements side by side, as many however many shifts and workers: not within a transaction. */
export async function cardGround(
  db: Kysely<DB>,
  rows: readonly StoredShift[],
  workerIds: readonly string[],
  now: Instant,
): Promise<CardGround> {
  if (rows.length === 0) return { lines: new Map(), teams: new Map(), cancels: new Map(), requested: new Set(), opensBeds: new Map() };
  const wardIds = [...new Set(rows.map((row) => row.wardId))];
  const shiftIds = rows.map((row) => row.id);
  const span = {
    start: Math.min(...rows.map((row) => row.startsAt.getTime())),
    end: Math.max(...rows.map((row) => row.endsAt.getTime())),
  };
  const asked = async () => {
    if (workerIds.length === 0) return new Set<string>();
    const found = await sql<{ shiftId: string; workerId: string }>`select shift_id, worker_id from shift_request
      where status = 'asked' and worker_id = any(${[...workerIds]}::uuid[]) and shift_id = any(${shiftIds}::uuid[])`.execute(db);
    return new Set(found.rows.map((row) => `${row.shiftId} ${row.workerId}`));
  };
  const [lines, teams, cancels, requested, opensBeds] = await Promise.all([
    wardLines(db, wardIds),
    teamsOn(db, wardIds, span),
    cancelledPercents(db, wardIds, now),
    asked(),
    bedsOpenedBy(db, shiftIds),
  ]);
  return { lines, teams, cancels, requested, opensBeds };
}

export function countByRole(roles: readonly Role[]): { role: Role; count: number }[] {
  return [...Map.groupBy(roles, (role) => role)]
    .map(([role, each]) => ({ role, count: each.length }))
    .sort((a, b) => b.count - a.count || (a.role < b.role ? -1 : 1));
}

export const shownStatus = (row: StoredShift, now: Instant) =>
  statusOf(row.status, row.startsAt.getTime(), row.endsAt.getTime(), now) as MyShift['status'];

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
