import { sql, type Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import type { OpeningsView } from '@homeward/shared/beds/contract.ts';
import { openingsOf, openingTotals, shiftsToFill, type ClosedBed } from '@homeward/shared/beds/opening-rules.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { localDayOf, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import type { ComingHomeView } from '@homeward/shared/placements/contract.ts';
import type { Away, MatchGround, WardToMatch } from '@homeward/shared/placements/facts.ts';
import { rankHome, type WayHome } from '@homeward/shared/placements/home-rules.ts';
import { settingsAt } from '../beds/facts.ts';
import { bedsOfWards } from '../beds/queries.ts';
import { boardsOf, boardTrusts } from '../places/sharing-queries.ts';
import { trustsAs, type Scope } from '../platform/scope.ts';
import { matchGround, wardsToMatch } from './facts.ts';
import { needOf, requestColumns, type StoredRequest } from './steps.ts';

/** Somebody away, with whose they are and their line of the register. */
interface PersonAway extends Away {
  outOfAreaId: string;
  reference: string;
  sender: string;
}

interface AwayRow extends StoredRequest {
  outOfAreaId: string;
  startedOn: LocalDay;
  distanceKm: number | null;
  lineWishes: string;
  intendsReturn: boolean;
  lastReviewedOn: LocalDay | null;
  isComing: boolean;
}

/**
 * Everyone away, of every trust. One for whom a bed is held already, by a request that goes on from theirs, is on the way home and `isComing`.
 */
async function everyoneAway(db: Kysely<DB>): Promise<(PersonAway & { isComing: boolean })[]> {
  const { rows } = await sql<AwayRow>`
    with recursive away as (
      select o.id as out_of_area_id, o.request_id, v.started_on, v.distance_km, v.wishes as line_wishes, v.intends_return, v.last_reviewed_on
      from out_of_area_revision v join out_of_area o on o.id = v.out_of_area_id where v.replaced_at is null and v.state = 'away'),
    chain as (
      select request_id as first, request_id as id from away
      union select c.first, r.id from chain c join placement_request r on r.continues = c.id),
    coming as (
      select distinct c.first from chain c join allocation a on a.request_id = c.id
      where a.state in ('held', 'referred', 'accepted') and (a.expires_at is null or a.expires_at > clock_timestamp()))
    select ${requestColumns}, w.*, m.first is not null as is_coming
    from away w join placement_request r on r.id = w.request_id left join coming m on m.first = w.request_id order by r.id`.execute(db);
  return rows.map((row) => ({
    requestId: row.id,
    outOfAreaId: row.outOfAreaId,
    reference: row.reference,
    sender: row.sendingTrust,
    need: needOf(row),
    startedOn: row.startedOn,
    distanceKm: row.distanceKm,
    wishes: row.lineWishes,
    intendsReturn: row.intendsReturn,
    lastReviewedOn: row.lastReviewedOn,
    isComing: row.isComing,
  }));
}

/** Who is away, and how a ward ranks those of them on whose sender's board it stands. */
interface WaysHome {
  own: ReadonlySet<string>;
  away: readonly (PersonAway & { isComing: boolean })[];
  trusts: readonly string[];
  rank: (ward: WardToMatch) => WayHome<PersonAway>[];
}

/** Eight statements, for one person away as for a thousand. */
async function waysHome(db: Kysely<DB>, scope: Scope, now: Instant): Promise<WaysHome> {
  const today = localDayOf(now);
  const own = trustsAs(scope, 'bed-manager');
  const trusts = await boardTrusts(db, own, today);
  const away = await everyoneAway(db);
  const senders = [...new Set(away.map((person) => person.sender))];
  const boards = await boardsOf(db, senders, today);
  const settingOf = await settingsAt(db, [...new Set([...trusts, ...senders])], now);
  // What differs between senders are members and ranking terms, which order wards for a person; here people are ordered for a ward.
  const ground: MatchGround = { ...(await matchGround(db, own[0]!, now)), sexRules: (trust) => settingOf(trust).sexRules };
  const waiting = away.filter((person) => !person.isComing);
  return {
    own: new Set(own),
    away,
    trusts,
    rank: (ward) =>
      rankHome(
        ward,
        waiting.filter((person) => boards.get(person.sender)?.has(ward.trust)),
        ground,
        today,
        (person) => settingOf(person.sender).reviewDays,
      ),
  };
}

/**
 * Each ward of my board with a bed free, and who of my trust's people away could come home to it, best first, with their place among everyone of every
 * trust whom it would fit: others are counted, never shown (rules-beds, section 5). An offer, not a move. Wards whose figures are stale come last.
 */
export async function comingHome(db: Kysely<DB>, scope: Scope, now: Instant): Promise<ComingHomeView> {
  const { own, away, trusts, rank } = await waysHome(db, scope, now);
  const wards = (await wardsToMatch(db, { trusts, bedType: null, at: now })).filter((ward) => ward.freeBeds.length > 0);
  const ranked = wards.map((ward) => ({ ward, everyone: rank(ward) }));
  const items = ranked.flatMap(({ ward, everyone }) => {
    const mine = everyone.filter(({ person }) => own.has(person.sender));
    if (mine.length === 0) return [];
    return [
      {
        ward: ward.line,
        freshness: ward.freshness,
        confirmedAt: ward.confirmedAt === null ? null : rfc3339(ward.confirmedAt),
        freeBeds: [...ward.freeBeds],
        people: mine.map(({ person, match, terms, nightsAway, distanceSavedKm, reviewOverdue, place }) => ({
          placementId: person.requestId,
          outOfAreaId: person.outOfAreaId,
          reference: person.reference,
          outcome: match.outcome,
          criteria: match.criteria,
          nightsAway,
          distanceKm: person.distanceKm,
          distanceSavedKm,
          wishes: person.wishes,
          reviewOverdue,
          terms,
          place,
        })),
        fits: everyone.length,
      },
    ];
  });
  const people = new Set(items.flatMap((item) => item.people.map((person) => person.placementId)));
  return {
    items: items.toSorted((a, b) => Number(a.freshness === 'stale') - Number(b.freshness === 'stale')),
    nextCursor: null,
    away: away.filter((person) => own.has(person.sender)).length,
    couldComeHome: people.size,
    now: rfc3339(now),
  };
}

/**
 * What filling shifts would open: beds of my board closed for staffing whose closing names shifts, and the people away whom those wards would fit as if
 * the beds stood open (rules-beds, section 6). Each of my trust's people once, at the ward that brings them nearest home, the most distance saved first; of
 * others the number alone. Which shifts another trust has posted is theirs to see, so of its wards only how many are left to fill is told.
 */
export async function openings(db: Kysely<DB>, scope: Scope, now: Instant): Promise<OpeningsView> {
  const { own, trusts, rank } = await waysHome(db, scope, now);
  const { rows } = await sql<{ wardId: string }>`
    select distinct b.ward_id from bed b join bed_state s on s.bed_id = b.id and s.replaced_at is null join ward w on w.id = b.ward_id
    where b.retired_at is null and s.state = 'closed' and s.reason = 'staffing' and w.trust = any(${[...trusts]}::text[])
      and exists (select 1 from closure_shift c where c.bed_state_id = s.id)`.execute(db);
  const wardIds = rows.map((row) => row.wardId);
  const beds = await bedsOfWards(db, wardIds, now);
  const wards = new Map((await wardsToMatch(db, { trusts, bedType: null, at: now, wardIds })).map((ward) => [ward.wardId, ward]));
  const closed = [...beds.values()]
    .flat()
    .flatMap((bed): ClosedBed[] => (bed.recorded === 'closed' && bed.reason !== null ? [{ ...bed, reason: bed.reason }] : []));
  const found = openingsOf(closed);
  const byWard = Map.groupBy(found, (opening) => opening.wardId);
  const best = new Map<string, { way: WayHome<PersonAway>; ward: WardToMatch }>();
  for (const [wardId, each] of byWard) {
    const ward = wards.get(wardId)!;
    for (const way of rank({ ...ward, freeBeds: each.flatMap((opening) => opening.beds) })) {
      const before = best.get(way.person.requestId);
      if (!before || compareWays(way, before.way) < 0) best.set(way.person.requestId, { way, ward });
    }
  }
  const mine = [...best.values()].filter(({ way }) => own.has(way.person.sender)).sort((a, b) => compareWays(a.way, b.way));
  return {
    items: found.map((opening) => {
      const ward = wards.get(opening.wardId)!;
      return {
        ward: ward.line,
        beds: opening.beds,
        shifts: own.has(ward.trust) ? opening.shifts : [],
        shiftsToFill: shiftsToFill(opening.shifts).length,
        mayReopen: opening.mayReopen,
      };
    }),
    nextCursor: null,
    ...openingTotals(found),
    people: mine.map(({ way, ward }) => ({
      placementId: way.person.requestId,
      reference: way.person.reference,
      wardId: ward.wardId,
      wardName: ward.name,
      nightsAway: way.nightsAway,
      distanceSavedKm: way.distanceSavedKm,
    })),
    peopleAway: best.size,
  };
}

/** The most distance saved first, what isn't known last; then the longest away; then one order. */
function compareWays(a: WayHome<PersonAway>, b: WayHome<PersonAway>): number {
  const saved = (way: WayHome<PersonAway>) => way.distanceSavedKm ?? -Number.MAX_VALUE;
  return saved(b) - saved(a) || b.nightsAway - a.nightsAway || (a.person.requestId < b.person.requestId ? -1 : 1);
}
