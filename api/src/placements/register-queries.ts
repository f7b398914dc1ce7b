import { sql, type Kysely, type RawBuilder } from 'kysely';
import { z } from 'zod';
import type { DB } from '@homeward/db/types.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { id } from '@homeward/shared/kernel/wire.ts';
import { areaProposal } from '@homeward/shared/placements/area-rules.ts';
import type { MeasuresView, OutOfAreaLine, OutOfAreaView } from '@homeward/shared/placements/contract.ts';
import type { Spell } from '@homeward/shared/placements/facts.ts';
import { isInappropriate, measuresOf, nightsAway, periodsOf, reviewDueOn } from '@homeward/shared/placements/measure-rules.ts';
import { settingsAt } from '../beds/facts.ts';
import { csvAnswer } from '../platform/csv.ts';
import { cursorOf, pageAfter } from '../platform/cursor.ts';
import { notHere, ok, type Result } from '../platform/problem.ts';
import { trustsAs, type Scope } from '../platform/scope.ts';

type Said = Omit<
  OutOfAreaLine,
  'nights' | 'costSoFarPence' | 'reviewDueOn' | 'reviewOverdue' | 'inappropriate' | 'proposal' | 'continues' | 'recordedAt'
>;

interface LineRow extends Said {
  continuesId: string | null;
  continuesReference: string | null;
  recordedAt: Date;
  /** The site's place of the ward where the person arrived, where that is one of ours. */
  wardPlace: string | null;
  arrived: boolean;
}

export interface KnownPlace {
  short: string;
  name: string;
  latitude: number;
  longitude: number;
  insideIcb: boolean;
}

export const knownPlaces = (db: Kysely<DB>): Promise<KnownPlace[]> =>
  db.selectFrom('place').select(['short', 'name', 'latitude', 'longitude', 'insideIcb']).orderBy('short').execute();

/** A place as somebody typed it, where we know it: by its short name or its whole one. */
export function placeNamed(places: readonly KnownPlace[], typed: string | null): KnownPlace | null {
  const asked = typed?.trim().toLowerCase();
  return (asked && places.find((place) => place.short.toLowerCase() === asked || place.name.toLowerCase() === asked)) || null;
}

function proposalOf(row: LineRow, places: readonly KnownPlace[]): OutOfAreaLine['proposal'] {
  if (row.place === null && !row.arrived) return null;
  const place = row.place === null ? row.wardPlace : (placeNamed(places, row.place)?.short ?? row.place.trim());
  return areaProposal(row.homePlace, place, new Map(places.map((one) => [one.short, one])));
}

/**
 * Lines of the register as they stand now, newest first: three statements however many. `where` is about out_of_area o, its current revision v and
 * request r, and narrows to what whoever asks may see.
 */
export async function registerLines(db: Kysely<DB>, where: RawBuilder<unknown>, now: Instant, most = 100_000): Promise<OutOfAreaLine[]> {
  const { rows } = await sql<LineRow>`
    select o.id, o.request_id, r.reference, r.sending_trust as sender, r.home_place, v.bed_type, v.state, v.receiver, v.receiver_kind, v.receiver_trust,
      v.place, v.distance_km, v.reason_code, v.received_on, v.started_on, v.ended_on, v.cost_per_night_pence, v.last_reviewed_on, v.continuity_contact,
      v.wishes, v.intends_return, v.recorded_at, e.id as continues_id, e.reference as continues_reference, a.place as ward_place, a.id is not null as arrived
    from out_of_area o join out_of_area_revision v on v.out_of_area_id = o.id and v.replaced_at is null
      join placement_request r on r.id = o.request_id
      left join placement_request e on e.id = r.continues
      left join lateral (
        select a.id, s.place from allocation a join ward w on w.id = a.ward_id join site s on s.code = w.site
        where a.request_id = r.id and a.state = 'arrived' order by a.arrived_at desc limit 1) a on true
    where ${where} order by o.id desc limit ${most}`.execute(db);
  if (rows.length === 0) return [];
  const settings = await settingsAt(db, [...new Set(rows.map((row) => row.sender))], now);
  const places = await knownPlaces(db);
  const today = localDayOf(now);
  return rows.map((row): OutOfAreaLine => {
    const { continuesId, continuesReference, recordedAt, wardPlace: _place, arrived: _arrived, ...said } = row;
    const nights = row.state === 'not-out-of-area' ? null : nightsAway(row.startedOn, row.endedOn, today);
    const dueOn = row.state === 'away' ? reviewDueOn(row.lastReviewedOn, row.startedOn, settings(row.sender).reviewDays) : null;
    return {
      ...said,
      nights,
      costSoFarPence: nights === null || row.costPerNightPence === null ? null : nights * row.costPerNightPence,
      reviewDueOn: dueOn,
      reviewOverdue: dueOn !== null && dueOn < today,
      inappropriate: isInappropriate(row.reasonCode),
      proposal: proposalOf(row, places),
      continues: continuesId === null ? null : { id: continuesId, reference: continuesReference! },
      recordedAt: rfc3339(recordedAt.getTime()),
    };
  });
}

export interface RegisterFilter {
  trust?: string | undefined;
  state?: OutOfAreaLine['state'] | undefined;
}

/** What of the register is of the trusts whose bed manager asks: of each of them, or of the one asked for. */
function ownLines(scope: Scope, { trust, state }: RegisterFilter): RawBuilder<unknown> {
  const own = trustsAs(scope, 'bed-manager').filter((one) => trust === undefined || one === trust);
  return sql`r.sending_trust = any(${own}::text[]) and (${state === undefined} or v.state = ${state ?? ''})`;
}

/** The register of my trust, the newest line first, a page at a time. */
export async function register(
  db: Kysely<DB>,
  scope: Scope,
  filter: RegisterFilter & { limit: number; cursor?: string | undefined },
  now: Instant,
): Promise<{ items: OutOfAreaLine[]; nextCursor: string | null }> {
  const after = pageAfter(filter.cursor, z.tuple([id]));
  const mine = ownLines(scope, filter);
  const found = await registerLines(db, after ? sql`${mine} and o.id < ${after[0]}::uuid` : mine, now, filter.limit + 1);
  const items = found.slice(0, filter.limit);
  const last = items.at(-1);
  return { items, nextCursor: found.length > items.length && last ? cursorOf(last.id) : null };
}

interface RevisionRow {
  at: Date;
  by: string | null;
  why: string;
  state: string;
  [field: string]: unknown;
}

/** What a revision may change, and what people call it. */
const fieldNames = {
  state: 'state',
  receiver: 'receiver',
  receiverKind: 'kind of receiver',
  receiverTrust: 'receiving trust',
  place: 'place',
  distanceKm: 'distance',
  reasonCode: 'reason',
  startedOn: 'start',
  endedOn: 'end',
  costPerNightPence: 'cost a night',
  lastReviewedOn: 'last review',
  continuityContact: 'continuity contact',
  wishes: 'wishes',
  intendsReturn: 'intent to return',
} as const;

/** One line with its history, newest first: what each revision changed of the one before it. Another trust's line isn't here. */
export async function registerLine(db: Kysely<DB>, scope: Scope, lineId: string, now: Instant): Promise<Result<OutOfAreaView>> {
  const mine = trustsAs(scope, 'bed-manager');
  const [line] = await registerLines(db, sql`o.id = ${lineId} and r.sending_trust = any(${mine}::text[])`, now, 1);
  if (!line) return notHere();
  const { rows } = await sql<RevisionRow>`
    select v.recorded_at as at, a.name as by, v.why, v.state, v.receiver, v.receiver_kind, v.receiver_trust, v.place, v.distance_km, v.reason_code,
      v.started_on, v.ended_on, v.cost_per_night_pence, v.last_reviewed_on, v.continuity_contact, v.wishes, v.intends_return
    from out_of_area_revision v left join account a on a.id = v.recorded_by
    where v.out_of_area_id = ${lineId} order by v.recorded_at desc, v.id desc`.execute(db);
  const history = rows.map((row, index) => {
    const before = rows[index + 1];
    return {
      at: rfc3339(row.at.getTime()),
      by: row.by,
      why: row.why,
      state: row.state,
      changed: before ? Object.entries(fieldNames).flatMap(([field, name]) => (row[field] === before[field] ? [] : [name])) : [],
    };
  });
  return ok({ ...line, history });
}

const stateWords: Record<OutOfAreaLine['state'], string> = {
  draft: 'draft',
  away: 'away',
  ended: 'ended',
  'not-out-of-area': 'not out of area',
};
const kindWords = { nhs: 'NHS', independent: 'independent' } as const;

/** The register of my trust as a file: every item of the register (rules-beds, section 5), the newest line first, and nothing that says who anybody is. */
export async function registerFile(db: Kysely<DB>, scope: Scope, filter: RegisterFilter, now: Instant): Promise<Response> {
  const lines = await registerLines(db, ownLines(scope, filter), now);
  const pounds = (pence: number | null) => (pence === null ? null : (pence / 100).toFixed(2));
  return csvAnswer(
    `out-of-area-${localDayOf(now)}.csv`,
    [
      'Reference',
      'State',
      'Sender',
      'Receiver',
      'Kind of receiver',
      'Receiving trust',
      'Place',
      'Distance in km',
      'Bed type',
      'Reason code',
      'Referral received',
      'Start',
      'End',
      'Bed nights',
      'Cost a night in pounds',
      'Cost in pounds',
      'Last review',
      'Review due',
      'Continuity contact',
      'Wishes',
      'Intends to return',
      'Continues',
      'Home place',
    ],
    lines.map((line) => [
      line.reference,
      stateWords[line.state],
      line.sender,
      line.receiver,
      line.receiverKind && kindWords[line.receiverKind],
      line.receiverTrust,
      line.place,
      line.distanceKm,
      line.bedType,
      line.reasonCode,
      line.receivedOn,
      line.startedOn,
      line.endedOn,
      line.nights,
      pounds(line.costPerNightPence),
      pounds(line.costSoFarPence),
      line.lastReviewedOn,
      line.reviewDueOn,
      line.continuityContact,
      line.wishes,
      line.intendsReturn ? 'yes' : 'no',
      line.continues?.reference ?? null,
      line.homePlace,
    ]),
  );
}

interface SpellRow extends Spell {
  id: string;
}

/**
 * Every line that its trust has decided is out of area, as the measures see it. A line goes on from the nearest earlier request of its chain that has a
 * line too: what lay between, such as a request that was withdrawn, breaks no chain. Two statements.
 */
export async function spellsOf(db: Kysely<DB>, trust: string): Promise<Spell[]> {
  const { rows: spells } = await sql<SpellRow>`
    select o.id, o.request_id, r.continues, v.bed_type, v.reason_code, v.received_on, v.started_on, v.ended_on
    from out_of_area o join out_of_area_revision v on v.out_of_area_id = o.id and v.replaced_at is null
      join placement_request r on r.id = o.request_id
    where r.sending_trust = ${trust} and v.state in ('away', 'ended') order by o.id`.execute(db);
  const { rows: links } = await sql<{ id: string; continues: string }>`
    select id, continues from placement_request where sending_trust = ${trust} and continues is not null`.execute(db);
  const earlier = new Map(links.map((link) => [link.id, link.continues]));
  const counted = new Set(spells.map((spell) => spell.requestId));
  return spells.map(({ id: _id, ...spell }) => {
    let before = spell.continues;
    while (before !== null && !counted.has(before)) before = earlier.get(before) ?? null;
    return { ...spell, continues: before };
  });
}

/**
 * The national measures of a trust as sender, newest first: the last 13 months, 8 quarters or 3 years, the one under way among them. Months are those of
 * the calendar; quarters and years are the financial ones, which begin in April, as the trusts report them. The national programme publishes calendar
 * months and rolling quarters: a rolling quarter is the sum of three of these months for what started, ended and was spent in bed.
 * Refused: a trust whose bed manager doesn't ask (404).
 */
export async function measuresBy(
  db: Kysely<DB>,
  scope: Scope,
  asked: { by: MeasuresView['by']; trust?: string | undefined },
  now: Instant,
): Promise<Result<MeasuresView>> {
  const trust = trustsAs(scope, 'bed-manager').find((one) => asked.trust === undefined || one === asked.trust);
  if (trust === undefined) return notHere();
  const today = localDayOf(now);
  const spells = await spellsOf(db, trust);
  const items = periodsOf(asked.by, today).map((period) => ({ ...measuresOf(spells, period, today), ...period }));
  return ok({ trust, by: asked.by, items, nextCursor: null });
}
