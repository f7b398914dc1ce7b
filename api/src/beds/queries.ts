import { sql, type Kysely, type RawBuilder } from 'kysely';
import { z } from 'zod';
import type { DB } from '@homeward/db/types.ts';
import type { BedView, BoardView, BoardWard, OpeningShift, WardBeds } from '@homeward/shared/beds/contract.ts';
import type { BedFact, BedState, ClosedReason, SettableState, WardSex } from '@homeward/shared/beds/facts.ts';
import { countsOf } from '@homeward/shared/beds/count-rules.ts';
import { freshnessOf, nextDueAt } from '@homeward/shared/beds/freshness-rules.ts';
import { mayReopen, shiftsToFill } from '@homeward/shared/beds/opening-rules.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import type { WardLine } from '@homeward/shared/places/contract.ts';
import { statusOf } from '@homeward/shared/shifts/posting-rules.ts';
import { boardTrusts } from '../places/sharing-queries.ts';
import { secondsUntil } from '../platform/clock.ts';
import { cursorOf, pageAfter } from '../platform/cursor.ts';
import { notHere, ok, type Result } from '../platform/problem.ts';
import { isOfTrust, managedWards, managesWard, trustsAs, type Scope } from '../platform/scope.ts';
import { settingsAt } from './facts.ts';

const at = (time: Date | null): string | null => time && rfc3339(time.getTime());
const instantOf = (time: Date | null): Instant | null => time && time.getTime();

/** The live allocation `a` of bed `b`. One whose time has passed is none, whether or not the sweep has come by (quality, section 2). */
const liveHold = sql`a.bed_id = b.id and a.state in ('held', 'referred', 'accepted') and (a.expires_at is null or a.expires_at > clock_timestamp())`;

/** The last time ward `w` said that its beds are as they stand. */
const lastConfirmation = sql`select f.confirmed_at, f.by_role from ward_confirmation f where f.ward_id = w.id order by f.confirmed_at desc limit 1`;

/** The shifts `f` that a closing names, soonest first. */
const shiftsJson = sql`jsonb_agg(jsonb_build_object('id', f.id, 'wardId', f.ward_id, 'role', f.role, 'band', f.band, 'startsAt', f.starts_at,
  'endsAt', f.ends_at, 'status', f.status) order by f.starts_at, f.id)`;

/** Does this scope look after the ward: as its manager, or as bed manager of its trust? Everything of its beds is theirs to see and to say. */
export const looksAfter = (scope: Scope, ward: { wardId: string; trust: string }): boolean =>
  managesWard(scope, ward.wardId) || isOfTrust(scope, 'bed-manager', ward.trust);

// ————— The board —————

interface CardRow extends Omit<WardLine, 'id'> {
  id: string;
  latitude: number | null;
  longitude: number | null;
  serviceLine: string;
  bedType: string | null;
  sex: WardSex | null;
  ageGroup: string | null;
  securityLevel: number;
  locked: boolean | null;
  independent: boolean;
  sourced: number | null;
  /** Beds that are alike, and how many there are. */
  alike: AlikeBeds[] | null;
  pauseReason: string | null;
  reviewAt: Date | null;
  pausedAt: Date | null;
  confirmedAt: Date | null;
  byRole: 'ward-manager' | 'bed-manager' | 'import' | null;
  askedAt: Date | null;
}

interface AlikeBeds {
  state: BedState;
  reason: ClosedReason | null;
  commissionedBy: string | null;
  shifts: NamedShift[] | null;
  count: number;
}

/** Which wards a board or a telling is about. */
type WhichWards = { wardIds: readonly string[] } | { trusts: readonly string[]; bedType?: string | undefined };

/**
 * The cards of some wards as every board shows them at `now`: the query and the feed both make them here, so that they can't differ. Asked by
 * trust, those with a bed type, in order of code. Two statements however many wards and beds.
 */
export async function boardCards(db: Kysely<DB>, which: WhichWards, now: Instant): Promise<BoardWard[]> {
  const chosen =
    'wardIds' in which
      ? sql`w.id = any(${[...which.wardIds]}::uuid[])`
      : sql`w.trust = any(${[...which.trusts]}::text[]) and w.bed_type is not null and (${which.bedType ?? null}::text is null or w.bed_type = ${which.bedType ?? null})`;
  const { rows } = await sql<CardRow>`
    with chosen as materialized (select w.* from ward w where ${chosen}),
    beds as materialized (
      select b.ward_id, b.commissioned_by, s.id as state_id, s.reason, case when a.id is not null then 'held' else s.state end as state
      from bed b join bed_state s on s.bed_id = b.id and s.replaced_at is null left join allocation a on ${liveHold}
      where b.retired_at is null and b.ward_id in (select id from chosen)),
    named as (
      select b.state_id, ${shiftsJson} as shifts from beds b join closure_shift c on c.bed_state_id = b.state_id join shift f on f.id = c.shift_id
      where b.state = 'closed' group by b.state_id),
    alike as (
      select b.ward_id, b.state, b.reason, b.commissioned_by, n.shifts, count(*) as count
      from beds b left join named n on n.state_id = b.state_id
      group by 1, 2, 3, 4, 5),
    by_ward as (
      select ward_id, jsonb_agg(jsonb_build_object('state', state, 'reason', reason, 'commissionedBy', commissioned_by, 'shifts', shifts, 'count', count)) as alike
      from alike group by ward_id)
    select w.id, w.code, w.name, w.trust, t.name as trust_name, w.site, s.name as site_name, s.place,
      coalesce(s.latitude, p.latitude) as latitude, coalesce(s.longitude, p.longitude) as longitude, w.service_line, w.bed_type, x.sex, w.age_group,
      w.security_level, w.locked, t.independent, w.beds as sourced, g.alike,
      u.reason as pause_reason, u.review_at, u.recorded_at as paused_at, l.confirmed_at, l.by_role, k.asked_at
    from chosen w join site s on s.code = w.site join trust t on t.ods_code = w.trust left join place p on p.short = s.place
      left join ward_sex x on x.ward_id = w.id and x.days @> ${localDayOf(now)}::date
      left join by_ward g on g.ward_id = w.id
      left join admission_pause u on u.ward_id = w.id and u.replaced_at is null
      left join lateral (${lastConfirmation}) l on true
      left join lateral (select q.asked_at from ward_asking q where q.ward_id = w.id order by q.asked_at desc limit 1) k on true
    order by w.code`.execute(db);
  if (rows.length === 0) return [];
  const setting = await settingsAt(db, [...new Set(rows.map((row) => row.trust))], now);
  return rows.map((row) => {
    const { dueTimes, freshMinutes, graceMinutes } = setting(row.trust);
    const rule = { dueTimes, freshMinutes, graceMinutes };
    const isAskedSince = row.askedAt !== null && (row.confirmedAt === null || row.askedAt > row.confirmedAt);
    return {
      ward: {
        id: row.id,
        code: row.code,
        name: row.name,
        trust: row.trust,
        trustName: row.trustName,
        site: row.site,
        siteName: row.siteName,
        place: row.place,
        latitude: row.latitude,
        longitude: row.longitude,
        serviceLine: row.serviceLine,
        bedType: row.bedType,
        sex: row.sex,
        ageGroup: row.ageGroup,
        securityLevel: row.securityLevel,
        locked: row.locked,
        independent: row.independent,
      },
      counts: countsOf((row.alike ?? []).flatMap((alike) => Array<BedFact>(alike.count).fill(factOf(alike, now)))),
      sourced: row.sourced,
      pause: row.pauseReason === null ? null : { reason: row.pauseReason, reviewAt: at(row.reviewAt) ?? '', since: at(row.pausedAt) ?? '' },
      confirmed: row.confirmedAt && row.byRole ? { at: rfc3339(row.confirmedAt.getTime()), by: row.byRole } : null,
      askedAt: isAskedSince ? at(row.askedAt) : null,
      rule,
      freshness: freshnessOf(instantOf(row.confirmedAt), rule, now),
    };
  });
}

function factOf({ state, reason, commissionedBy, shifts }: AlikeBeds, now: Instant): BedFact {
  const named = (shifts ?? []).map((one) => openingShiftOf(one, now));
  const open = shiftsToFill(named);
  return {
    state,
    closedReason: reason,
    shiftsToFill: open.length,
    mayReopen: mayReopen({ reason, commissionedBy, shifts: named }),
    openShiftIds: open.map((one) => one.id),
  };
}

/** The whole board of a bed manager: the wards with a bed type of every trust theirs shares with. The same cards for all who share. */
export async function board(db: Kysely<DB>, scope: Scope, now: Instant, filter: { bedType?: string | undefined } = {}): Promise<BoardView> {
  const trusts = await boardTrusts(db, trustsAs(scope, 'bed-manager'), localDayOf(now));
  const items = await boardCards(db, { trusts, ...filter }, now);
  const places = await db.selectFrom('place').select(['short', 'name', 'latitude', 'longitude', 'insideIcb']).orderBy('short').execute();
  return { items, nextCursor: null, places, now: rfc3339(now) };
}

// ————— Beds —————

interface BedRow {
  id: string;
  wardId: string;
  wardCode: string;
  trust: string;
  label: string;
  position: number;
  bedType: string | null;
  sex: WardSex | null;
  securityLevel: number;
  recorded: SettableState;
  since: Date;
  reason: ClosedReason | null;
  note: string;
  expectedReturn: Date | null;
  commissionedBy: string | null;
  allocationId: string | null;
  allocationState: 'held' | 'referred' | 'accepted' | null;
  sendingTrust: string | null;
  expiresAt: Date | null;
  expiresInSeconds: number | null;
  readyOn: string | null;
  delayReasons: string[] | null;
  confirmedAt: Date | null;
  shifts: NamedShift[] | null;
}

/** A shift as the table has it. */
interface NamedShift {
  id: string;
  wardId: string;
  role: string;
  band: number;
  startsAt: string | Date;
  endsAt: string | Date;
  status: 'open' | 'filled' | 'cancelled' | 'expired';
}

function openingShiftOf(row: NamedShift, now: Instant): OpeningShift {
  const [start, end] = [new Date(row.startsAt).getTime(), new Date(row.endsAt).getTime()];
  return {
    id: row.id,
    wardId: row.wardId,
    role: row.role,
    band: row.band,
    startsAt: rfc3339(start),
    endsAt: rfc3339(end),
    status: statusOf(row.status, start, end, now),
  };
}

/** The beds `b` of wards `w` that `where` chooses, in the order of their wards' lists. */
async function bedRows(db: Kysely<DB>, where: RawBuilder<unknown>, now: Instant, most: number | null = null): Promise<BedRow[]> {
  const { rows } = await sql<BedRow>`
    select b.id, b.ward_id, w.code as ward_code, w.trust, b.label, b.position, w.bed_type, x.sex, w.security_level, s.state as recorded,
      s.recorded_at as since, s.reason, s.note, s.expected_return, b.commissioned_by, a.id as allocation_id, a.state as allocation_state,
      q.sending_trust, a.expires_at, ${secondsUntil('a.expires_at')} as expires_in_seconds,
      r.ready_on, r.delay_reasons, l.confirmed_at, n.shifts
    from bed b join ward w on w.id = b.ward_id join bed_state s on s.bed_id = b.id and s.replaced_at is null
      left join ward_sex x on x.ward_id = w.id and x.days @> ${localDayOf(now)}::date
      left join allocation a on ${liveHold} left join placement_request q on q.id = a.request_id
      left join discharge_readiness r on r.bed_id = b.id and r.replaced_at is null
      left join lateral (${lastConfirmation}) l on true
      left join lateral (select ${shiftsJson} as shifts from closure_shift c join shift f on f.id = c.shift_id where c.bed_state_id = s.id) n
        on s.state = 'closed'
    where b.retired_at is null and ${where}
    order by w.code, b.position, b.id limit ${most}`.execute(db);
  return rows;
}

/**
 * Beds as one side sees them. Who doesn't look after the ward sees type, sex, security, state and freshness (quality, section 4): that a bed is
 * closed and why, that it is held and by which trust until when; never the note, the person's return or discharge, nor whose it is to open.
 */
async function viewsOf(db: Kysely<DB>, rows: readonly BedRow[], side: (row: BedRow) => 'own' | 'other', now: Instant): Promise<BedView[]> {
  if (rows.length === 0) return [];
  const setting = await settingsAt(db, [...new Set(rows.map((row) => row.trust))], now);
  return rows.map((row): BedView => {
    const isOwn = side(row) === 'own';
    const { reason, commissionedBy } = row;
    const shifts = isOwn ? (row.shifts ?? []).map((one) => openingShiftOf(one, now)) : [];
    const state: BedState = row.allocationId === null ? row.recorded : 'held';
    return {
      id: row.id,
      wardId: row.wardId,
      wardCode: row.wardCode,
      label: row.label,
      bedType: row.bedType,
      sex: row.sex,
      securityLevel: row.securityLevel,
      state,
      recorded: row.recorded,
      since: rfc3339(row.since.getTime()),
      reason,
      note: isOwn && row.note !== '' ? row.note : null,
      expectedReturn: isOwn ? at(row.expectedReturn) : null,
      commissionedBy: isOwn ? commissionedBy : null,
      held:
        row.allocationState === null
          ? null
          : {
              allocationId: isOwn ? row.allocationId : null,
              by: row.sendingTrust!,
              state: row.allocationState,
              expiresAt: at(row.expiresAt),
              expiresInSeconds: row.expiresInSeconds,
            },
      shifts,
      // For who sees no shifts it isn't so: what is told of the ward as a whole stands on its card.
      mayReopen: mayReopen({ reason, commissionedBy, shifts }),
      ready: isOwn && row.readyOn !== null ? { readyOn: row.readyOn, delayReasons: row.delayReasons ?? [] } : null,
      confirmedAt: at(row.confirmedAt),
      freshness: freshnessOf(instantOf(row.confirmedAt), setting(row.trust), now),
    };
  });
}

/** All the beds of these wards as those who look after them see them, by ward, in the order of its list: two statements. */
export async function bedsOfWards(db: Kysely<DB>, wardIds: readonly string[], now: Instant): Promise<Map<string, BedView[]>> {
  if (wardIds.length === 0) return new Map();
  const rows = await bedRows(db, sql`b.ward_id = any(${[...wardIds]}::uuid[])`, now);
  return Map.groupBy(await viewsOf(db, rows, () => 'own', now), (bed) => bed.wardId);
}

/** One bed as those who look after its ward see it; none once it is retired. */
export async function bedView(db: Kysely<DB>, bedId: string, now: Instant): Promise<BedView | undefined> {
  return (await viewsOf(db, await bedRows(db, sql`b.id = ${bedId}`, now), () => 'own', now))[0];
}

const afterBed = z.tuple([z.string().max(400), z.coerce.number().int().min(0).max(1_000_000), z.guid()]);

/**
 * Beds that are mine to see, by ward and the order of its list: those of the wards I manage and of my trust whole, those of the other wards of my
 * board as a trust elsewhere sees them. A ward that is named and not mine to see isn't there (404).
 */
export async function bedList(
  db: Kysely<DB>,
  scope: Scope,
  now: Instant,
  filter: {
    wardId?: string | undefined;
    bedType?: string | undefined;
    state?: BedState | undefined;
    limit: number;
    cursor?: string | undefined;
  },
): Promise<Result<{ items: BedView[]; nextCursor: string | null }>> {
  const own = trustsAs(scope, 'bed-manager');
  const shared = own.length === 0 ? [] : await boardTrusts(db, own, localDayOf(now));
  const visible = sql`(w.id = any(${managedWards(scope)}::uuid[]) or w.trust = any(${own}::text[]) or (w.trust = any(${shared}::text[]) and w.bed_type is not null))`;
  if (filter.wardId !== undefined) {
    const { rows } = await sql`select 1 from ward w where w.id = ${filter.wardId} and ${visible}`.execute(db);
    if (rows.length === 0) return notHere();
  }
  const after = pageAfter(filter.cursor, afterBed);
  const ofState =
    filter.state === undefined
      ? sql`true`
      : filter.state === 'held'
        ? sql`a.id is not null`
        : sql`a.id is null and s.state = ${filter.state}`;
  const rows = await bedRows(
    db,
    sql`${visible} and (${filter.wardId ?? null}::uuid is null or w.id = ${filter.wardId ?? null}::uuid)
      and (${filter.bedType ?? null}::text is null or w.bed_type = ${filter.bedType ?? null}) and ${ofState}
      and (${after === null} or (w.code, b.position, b.id) > (${after?.[0] ?? ''}, ${after?.[1] ?? 0}::int, ${after?.[2] ?? null}::uuid))`,
    now,
    filter.limit + 1,
  );
  const page = rows.slice(0, filter.limit);
  const last = page.at(-1);
  return ok({
    items: await viewsOf(db, page, (row) => (looksAfter(scope, row) ? 'own' : 'other'), now),
    nextCursor: rows.length > page.length && last ? cursorOf(last.wardCode, String(last.position), last.id) : null,
  });
}

/** A ward's own page of beds, for its managers and its trust's bed managers. Seven statements. */
export async function wardBeds(db: Kysely<DB>, scope: Scope, wardId: string, now: Instant): Promise<Result<WardBeds>> {
  const [card] = await boardCards(db, { wardIds: [wardId] }, now);
  if (!card || !looksAfter(scope, { wardId: card.ward.id, trust: card.ward.trust })) return notHere();
  const beds = await bedsOfWards(db, [card.ward.id], now);
  const { rows } = await sql<NamedShift>`
    select s.id, s.ward_id, s.role, s.band, s.starts_at, s.ends_at, s.status from shift s
    where s.ward_id = ${wardId} and s.status in ('open', 'filled') and s.starts_at > ${new Date(now)} order by s.starts_at, s.id`.execute(
    db,
  );
  return ok({
    card,
    beds: beds.get(card.ward.id) ?? [],
    nextDueAt: rfc3339(nextDueAt(card.rule.dueTimes, now)),
    shifts: rows.map((row) => openingShiftOf(row, now)),
    now: rfc3339(now),
  });
}
