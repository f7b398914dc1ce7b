import { sql, type Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import type { Criterion } from '@homeward/shared/beds/contract.ts';
import type { WardSex } from '@homeward/shared/beds/facts.ts';
import { freshnessOf } from '@homeward/shared/beds/freshness-rules.ts';
import { minuteMs, type Instant } from '@homeward/shared/kernel/interval.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import type { MatchGround, WardToMatch } from '@homeward/shared/placements/facts.ts';
import type { WardLine } from '@homeward/shared/places/contract.ts';
import { settingsAt, type Setting } from '../beds/facts.ts';
import { boardTrusts } from '../places/sharing-queries.ts';
import { inForce, wasKnown } from '../platform/known.ts';

/** What the match goes by beside the need and the wards, with the board it is about. */
export interface BoardGround extends MatchGround {
  /** The trusts whose wards stand on the sender's board. */
  trusts: readonly string[];
  settingOf: (trust: string) => Setting;
}

/** A ward of the board as the match sees it, and as it is shown. */
export interface BoardedWard extends WardToMatch {
  line: WardLine;
  leaveBeds: readonly { id: string; label: string; expectedReturn: Instant | null }[];
  askedAt: Instant | null;
  /** Its figures are stale, and nobody has asked it to confirm since: that comes before a hold (rules-beds, section 1). */
  askFirst: boolean;
}

/**
 * Places, who shares and the rules of the trusts on the board of `sender`, as they stand at `at` by what was recorded by `known`
 * (none: by now). Three statements.
 */
export async function matchGround(db: Kysely<DB>, sender: string, at: Instant, known?: Instant): Promise<BoardGround> {
  const day = localDayOf(at);
  const trusts = await boardTrusts(db, [sender], day);
  const settingOf = await settingsAt(db, [...new Set([sender, ...trusts])], at, known);
  const { rows } = await sql<{
    places: { short: string; latitude: number; longitude: number; insideIcb: boolean }[];
    members: string[];
    needs: { code: string; title: string }[];
  }>`
    select
      (select coalesce(json_agg(json_build_object('short', short, 'latitude', latitude, 'longitude', longitude, 'insideIcb', inside_icb)), '[]')
        from place) as places,
      array(select distinct other.trust from collaborative_member own
        join collaborative_member other on other.collaborative_id = own.collaborative_id
        where own.trust = ${sender} and own.days @> ${day}::date and other.days @> ${day}::date) as members,
      (select coalesce(json_agg(json_build_object('code', code, 'title', title)), '[]') from code where list = 'need') as needs`.execute(
    db,
  );
  const { places, members, needs } = rows[0]!;
  return {
    trusts,
    settingOf,
    places: new Map(places.map(({ short, ...place }) => [short, place])),
    members: new Set([sender, ...members]),
    sexRules: (trust) => settingOf(trust).sexRules,
    rankingTerms: settingOf(sender).rankingTerms,
    needNames: new Map(needs.map(({ code, title }) => [code, title])),
  };
}

interface WardRow {
  id: string;
  code: string;
  name: string;
  trust: string;
  trustName: string;
  site: string;
  siteName: string;
  place: string | null;
  latitude: number | null;
  longitude: number | null;
  bedType: string | null;
  ageGroup: string | null;
  securityLevel: number;
  locked: boolean | null;
  sex: WardSex | null;
  confirmedAt: Date | null;
  askedAt: Date | null;
  pauseReason: string | null;
  reviewAt: Date | null;
  version: number | null;
  items: Criterion[] | null;
  beds: { id: string; label: string; state: 'available' | 'on-leave'; expectedReturn: string | null }[] | null;
}

/**
 * Every ward of `trusts` (those of a board: `boardTrusts`) for a bed type, or of any type where that is null, as the match sees it at `at`:
 * one statement, and one for the settings where they aren't given. Beds that a live allocation holds, by the database's clock, are neither free nor on leave.
 * @param given.known what had been recorded by then, to take a match again: beds are then what they were recorded as, held or not,
 *   since a match's outcome never rests on them
 * @param given.wardIds only these wards
 */
export async function wardsToMatch(
  db: Kysely<DB>,
  given: {
    trusts: readonly string[];
    bedType: string | null;
    at: Instant;
    known?: Instant | undefined;
    wardIds?: readonly string[] | undefined;
    settingOf?: BoardGround['settingOf'] | undefined;
  },
): Promise<BoardedWard[]> {
  const { trusts, bedType, at, known, wardIds } = given;
  const settingOf = given.settingOf ?? (await settingsAt(db, trusts, at, known));
  const day = localDayOf(at);
  const isLive = known === undefined ? sql`a.state in ('held', 'referred', 'accepted')` : sql`false`;
  const { rows } = await sql<WardRow>`
    select w.id, w.code, w.name, w.trust, t.name as trust_name, w.site, s.name as site_name, s.place, coalesce(s.latitude, p.latitude) as latitude,
      coalesce(s.longitude, p.longitude) as longitude, w.bed_type, w.age_group, w.security_level, w.locked, x.sex, c.confirmed_at, q.asked_at,
      u.reason as pause_reason, u.review_at, k.version, k.items, b.beds
    from ward w join trust t on t.ods_code = w.trust join site s on s.code = w.site left join place p on p.short = s.place
      left join lateral (select max(confirmed_at) as confirmed_at from ward_confirmation f
        where f.ward_id = w.id and ${wasKnown('f', known, 'confirmed_at')}) c on true
      left join lateral (select max(asked_at) as asked_at from ward_asking f where f.ward_id = w.id and ${wasKnown('f', known, 'asked_at')}) q on true
      left join lateral (${designation(day, known)}) x on true
      left join admission_pause u on u.ward_id = w.id and ${inForce('u', known)}
      left join admission_criteria k on k.ward_id = w.id and ${inForce('k', known)}
      left join lateral (
        select json_agg(json_build_object('id', b.id, 'label', b.label, 'state', s.state, 'expectedReturn', s.expected_return)
          order by b.position, b.label, b.id) as beds
        from bed b join bed_state s on s.bed_id = b.id and ${inForce('s', known)}
          left join allocation a on a.bed_id = b.id and ${isLive} and (a.expires_at is null or a.expires_at > clock_timestamp())
        where b.ward_id = w.id and ${inForce('b', known, 'added_at', 'retired_at')} and s.state in ('available', 'on-leave') and a.id is null) b on true
    where w.trust = any(${[...trusts]}::text[]) and (${bedType === null} or w.bed_type = ${bedType})
      and (${wardIds === undefined} or w.id = any(${[...(wardIds ?? [])]}::uuid[]))
    order by w.code`.execute(db);
  return rows.map((row) => wardOf(row, settingOf(row.trust), at));
}

/**
 * Whom ward `w` is for on a day. As it was known: the first change said after `known` that reaches back to the day has kept what stood there instead;
 * where none was, nothing about the day has changed.
 */
function designation(day: string, known: Instant | undefined) {
  const now = sql`select sex from ward_sex d where d.ward_id = w.id and d.days @> ${day}::date`;
  if (known === undefined) return now;
  return sql`
    select case when e.data is null then (${now}) else (select i->>'sex' from jsonb_array_elements(e.data->'instead') i
        where i->>'from' <= ${day} order by i->>'from' desc limit 1) end as sex
    from (select 1) one left join lateral (select e.data from event e
      where e.ward_id = w.id and e.type = 'designation.changed' and e.at > ${new Date(known)} and e.data->>'from' <= ${day}
      order by e."offset" limit 1) e on true`;
}

const instantOf = (date: Date | null): Instant | null => (date === null ? null : date.getTime());

function wardOf(row: WardRow, setting: Setting, at: Instant): BoardedWard {
  const { id, code, name, trust, trustName, site, siteName, place, bedType, ageGroup, securityLevel, locked, sex } = row;
  const beds = row.beds ?? [];
  const confirmedAt = instantOf(row.confirmedAt);
  const askedAt = instantOf(row.askedAt);
  const freshness = freshnessOf(confirmedAt, setting, at);
  const wasAsked = askedAt !== null && askedAt > (confirmedAt ?? -Infinity) && askedAt > at - setting.askingMinutes * minuteMs;
  return {
    wardId: id,
    name,
    trust,
    place,
    coordinates: row.latitude === null || row.longitude === null ? null : { latitude: row.latitude, longitude: row.longitude },
    bedType,
    sex,
    ageGroup,
    securityLevel,
    locked,
    freshness,
    confirmedAt,
    pause: row.pauseReason !== null && row.reviewAt !== null ? { reason: row.pauseReason, reviewAt: row.reviewAt.getTime() } : null,
    criteria: { version: row.version ?? 0, items: row.items ?? [] },
    freeBeds: beds.flatMap((bed) => (bed.state === 'available' ? { id: bed.id, label: bed.label } : [])),
    line: { id, code, name, trust, trustName, site, siteName, place },
    leaveBeds: beds.flatMap((bed) =>
      bed.state === 'on-leave'
        ? { id: bed.id, label: bed.label, expectedReturn: bed.expectedReturn === null ? null : Date.parse(bed.expectedReturn) }
        : [],
    ),
    askedAt,
    askFirst: freshness === 'stale' && !wasAsked,
  };
}
