import { sql, type Kysely, type RawBuilder } from 'kysely';
import { z } from 'zod';
import type { DB } from '@homeward/db/types.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { id } from '@homeward/shared/kernel/wire.ts';
import { actsOf, isLive, type Sides } from '@homeward/shared/placements/allocation-rules.ts';
import type {
  AllocationExplanation,
  AllocationView,
  MatchesView,
  PlacementLine,
  PlacementView,
} from '@homeward/shared/placements/contract.ts';
import type { AgeBand, AllocationState, Match, WhereNow } from '@homeward/shared/placements/facts.ts';
import { canTake, matchesOf, matchOf, reasonsOf } from '@homeward/shared/placements/match-rules.ts';
import type { WardLine } from '@homeward/shared/places/contract.ts';
import { secondsUntil } from '../platform/clock.ts';
import { cursorOf, pageAfter } from '../platform/cursor.ts';
import { notHere, ok, type Result } from '../platform/problem.ts';
import { isOfTrust, managedWards, managesWard, trustsAs, type Scope } from '../platform/scope.ts';
import { matchGround, wardsToMatch } from './facts.ts';
import { needOf, requestColumns, storedRequest, type StoredMatch, type StoredRequest } from './steps.ts';

// ————— Allocations —————

/** Which sides of an allocation somebody stands on. */
export function sidesOf(scope: Scope, allocation: { sendingTrust: string; wardId: string; wardTrust: string }): Sides {
  return {
    sender: isOfTrust(scope, 'bed-manager', allocation.sendingTrust),
    receiver: managesWard(scope, allocation.wardId) || isOfTrust(scope, 'bed-manager', allocation.wardTrust),
    sameTrust: allocation.sendingTrust === allocation.wardTrust,
  };
}

export interface AllocationRow {
  id: string;
  requestId: string;
  reference: string;
  sendingTrust: string;
  bedId: string;
  bedLabel: string;
  wardId: string;
  wardCode: string;
  wardName: string;
  wardTrust: string;
  wardTrustName: string;
  site: string;
  siteName: string;
  place: string | null;
  /** As it counts: one whose time has passed is expired, swept or not. */
  state: AllocationState;
  heldAt: Date;
  expiresAt: Date | null;
  expiresInSeconds: number | null;
  extendedAt: Date | null;
  usesLeaveBed: boolean;
  chosenReason: string | null;
  referredAt: Date | null;
  answerBy: Date | null;
  answerInSeconds: number | null;
  escalatedAt: Date | null;
  answeredAt: Date | null;
  arrivedAt: Date | null;
  endedAt: Date | null;
  endReason: string | null;
  endedBySender: boolean;
  bedType: string;
  ageBand: AgeBand;
  sex: 'female' | 'male';
  legalStatus: string;
  securityLevel: number;
  needs: string[];
  whereNow: WhereNow;
  neededBy: Date;
  homePlace: string;
  wishes: string;
  notes: string;
}

const lapsed = sql`(a.state in ('held', 'accepted') and a.expires_at <= clock_timestamp())`;

/** Whether allocation `a` counts now, swept or not. */
const live = sql`(a.state in ('held', 'referred', 'accepted') and (a.expires_at is null or a.expires_at > clock_timestamp()))`;

/**
 * Allocations whole, newest first, in one statement: for `allocationOf` to show as somebody may see them.
 * @param where is about allocation `a`, its request `r` and its ward `w`
 */
export async function allocationRows(db: Kysely<DB>, where: RawBuilder<unknown>, most = 10_000): Promise<AllocationRow[]> {
  const { rows } = await sql<AllocationRow>`
    select a.id, a.request_id, r.reference, r.sending_trust, a.bed_id, b.label as bed_label, a.ward_id, w.code as ward_code, w.name as ward_name,
      w.trust as ward_trust, t.name as ward_trust_name, w.site, s.name as site_name, s.place,
      case when ${lapsed} then 'expired' else a.state end as state, a.held_at, a.expires_at,
      case when ${live} then ${secondsUntil('a.expires_at')} end as expires_in_seconds, a.extended_at,
      a.uses_leave_bed, a.chosen_reason, a.referred_at, a.answer_by,
      case when a.state = 'referred' then ${secondsUntil('a.answer_by')} end as answer_in_seconds,
      a.escalated_at, a.answered_at, a.arrived_at, coalesce(a.ended_at, case when ${lapsed} then a.expires_at end) as ended_at, a.end_reason,
      exists (select 1 from account_role e where e.account_id = a.ended_by and e.role = 'bed-manager' and e.trust = r.sending_trust) as ended_by_sender,
      r.bed_type, r.age_band, r.sex, r.legal_status, r.security_level, r.needs, r.where_now, r.needed_by, r.home_place, r.wishes, r.notes
    from allocation a join placement_request r on r.id = a.request_id join bed b on b.id = a.bed_id join ward w on w.id = a.ward_id
      join trust t on t.ods_code = w.trust join site s on s.code = w.site
    where ${where} order by a.held_at desc, a.id desc limit ${most}`.execute(db);
  return rows;
}

const saidAt = (date: Date | null): string | null => (date === null ? null : rfc3339(date.getTime()));

/** An allocation as one side may see it: until it is referred, the ward sees by whom and until when, not for whom or why (quality, section 4). */
export function allocationOf(row: AllocationRow, sides: Sides): AllocationView {
  const { id, requestId, reference, bedId, bedLabel, sendingTrust, state, usesLeaveBed, endReason } = row;
  const ward: WardLine = {
    id: row.wardId,
    code: row.wardCode,
    name: row.wardName,
    trust: row.wardTrust,
    trustName: row.wardTrustName,
    site: row.site,
    siteName: row.siteName,
    place: row.place,
  };
  const isToldWhy = sides.sender || row.referredAt !== null;
  const { bedType, ageBand, sex, legalStatus, securityLevel, needs, whereNow, homePlace, wishes, notes } = row;
  const need = {
    bedType,
    ageBand,
    sex,
    legalStatus,
    securityLevel,
    needs,
    whereNow,
    homePlace,
    wishes,
    notes,
    neededBy: saidAt(row.neededBy)!,
  };
  return {
    id,
    requestId,
    reference,
    bedId,
    bedLabel,
    ward,
    sendingTrust,
    state,
    heldAt: saidAt(row.heldAt)!,
    expiresAt: saidAt(row.expiresAt),
    expiresInSeconds: row.expiresInSeconds,
    extended: row.extendedAt !== null,
    usesLeaveBed,
    chosenReason: isToldWhy ? row.chosenReason : null,
    referredAt: saidAt(row.referredAt),
    answerBy: saidAt(row.answerBy),
    answerInSeconds: row.answerInSeconds,
    escalatedAt: saidAt(row.escalatedAt),
    answeredAt: saidAt(row.answeredAt),
    arrivedAt: saidAt(row.arrivedAt),
    endedAt: saidAt(row.endedAt),
    // Why its sender lets a bed go before the ward is asked is about the person; a ward’s own reason is its own.
    endReason: isToldWhy || !row.endedBySender ? endReason : null,
    may: actsOf({ state, extended: row.extendedAt !== null, isLapsed: state === 'expired' }, sides),
    need: isToldWhy ? need : null,
  };
}

/** One allocation, for its sender's bed managers and for the ward and its trust's; as each may see it. */
export async function allocation(db: Kysely<DB>, scope: Scope, id: string): Promise<Result<AllocationView>> {
  const [row] = await allocationRows(db, sql`a.id = ${id}`);
  if (!row) return notHere();
  const sides = sidesOf(scope, row);
  return sides.sender || sides.receiver ? ok(allocationOf(row, sides)) : notHere();
}

/** Allocations that I send or receive, newest first, a page at a time. */
export async function allocations(
  db: Kysely<DB>,
  scope: Scope,
  filter: { wardId?: string | undefined; live?: boolean | undefined; limit: number; cursor?: string | undefined },
): Promise<{ items: AllocationView[]; nextCursor: string | null }> {
  const trusts = trustsAs(scope, 'bed-manager');
  const after = pageAfter(filter.cursor, z.tuple([id]));
  const isMine = sql`(r.sending_trust = any(${trusts}::text[]) or w.trust = any(${trusts}::text[]) or a.ward_id = any(${managedWards(scope)}::uuid[]))`;
  const rows = await allocationRows(
    db,
    sql`${isMine} and (${filter.wardId === undefined} or a.ward_id = ${filter.wardId ?? null}::uuid) and (${filter.live !== true} or ${live})
      and (${after === null} or (a.held_at, a.id) < (select x.held_at, x.id from allocation x where x.id = ${after?.[0] ?? null}::uuid))`,
    filter.limit + 1,
  );
  const items = rows.slice(0, filter.limit);
  const last = items.at(-1);
  return {
    items: items.map((row) => allocationOf(row, sidesOf(scope, row))),
    nextCursor: rows.length > items.length && last ? cursorOf(last.id) : null,
  };
}

interface StoredAllocation {
  match: StoredMatch;
  chosenReason: string | null;
  heldAt: Date;
  wardId: string;
  requestId: string;
}

/**
 * The same match taken again, from what had been recorded when it was taken: need, criteria, pause, designation, settings, places. What was kept
 * before rules had versions of their own, or by other rules, can't be. Free beds are no part of an outcome, and rank is not asked for again.
 */
export async function retakeMatch(
  db: Kysely<DB>,
  stored: Pick<StoredAllocation, 'match' | 'wardId' | 'heldAt'>,
  request: StoredRequest,
): Promise<Match | null> {
  if (stored.match.rulesVersion !== 1) return null;
  const at = stored.match.decidedAt === undefined ? stored.heldAt.getTime() : Date.parse(stored.match.decidedAt);
  const ground = await matchGround(db, request.sendingTrust, at, at);
  const [ward] = await wardsToMatch(db, { ...ground, bedType: null, at, known: at, wardIds: [stored.wardId] });
  return ward ? matchOf(needOf(request), { ...ward, ...stored.match.ward }, ground) : null;
}

/** In what a match taken again differs from the kept one: its outcome, and each criterion with its result, sentence, words and version. */
export function differencesOf(stored: StoredMatch, again: Match): string[] {
  const said = (match: Pick<Match, 'criteria'>) =>
    new Map(
      match.criteria.map(({ code, result, sentence, words, version }) => [
        code,
        JSON.stringify([result, sentence, words ?? null, version ?? null]),
      ]),
    );
  const [was, is] = [said(stored), said(again)];
  const codes = [...new Set([...was.keys(), ...is.keys()])].filter((code) => was.get(code) !== is.get(code));
  return [
    ...(stored.outcome === again.outcome ? [] : [`outcome ${stored.outcome}, now ${again.outcome}`]),
    ...codes.map((code) => `${code}: ${was.get(code) ?? 'nothing'}, now ${is.get(code) ?? 'nothing'}`),
  ];
}

/**
 * Takes kept matches again and says which come out differently: only those kept by this version of the rules.
 * @param asked.seed which ones a sample holds: the same seed, the same matches
 * @param asked.size how many at most
 */
export async function retakenSample(
  db: Kysely<DB>,
  { seed, size }: { seed: string; size: number },
): Promise<{ of: number; taken: number; different: { id: string; differences: string[] }[] }> {
  // One snapshot: what is looked up for one match must not change halfway.
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (trx) => {
      await sql`set local statement_timeout = 0`.execute(trx);
      const { rows } = await sql<{ id: string; match: StoredMatch; wardId: string; heldAt: Date; requestId: string; of: number }>`
        select id, match, ward_id, held_at, request_id, count(*) over ()::int as of from allocation where match->>'rulesVersion' = '1'
        order by md5(id::text || ${seed}), id limit ${size}`.execute(trx);
      const different: { id: string; differences: string[] }[] = [];
      for (const { id, requestId, ...kept } of rows) {
        const again = await retakeMatch(trx, kept, (await storedRequest(trx, requestId))!);
        const differences = again ? differencesOf(kept.match, again) : ['the ward no longer stands on the board it stood on'];
        if (differences.length > 0) different.push({ id, differences });
      }
      return { of: rows[0]?.of ?? 0, taken: rows.length, different };
    });
}

/** What was known and decided when a bed was held, for the sender and, once it is referred, the ward; and the same taken again. */
export async function allocationExplanation(db: Kysely<DB>, scope: Scope, id: string): Promise<Result<AllocationExplanation>> {
  const [row] = await allocationRows(db, sql`a.id = ${id}`);
  if (!row) return notHere();
  const sides = sidesOf(scope, row);
  if (!sides.sender && !(sides.receiver && row.referredAt !== null)) return notHere();
  const { match } = await db.selectFrom('allocation').select('match').where('id', '=', id).executeTakeFirstOrThrow();
  const stored = match as unknown as StoredMatch;
  const request = (await storedRequest(db, row.requestId))!;
  const again = await retakeMatch(db, { match: stored, wardId: row.wardId, heldAt: row.heldAt }, request);
  return ok({
    allocationId: id,
    decidedAt: stored.decidedAt ?? saidAt(row.heldAt)!,
    outcome: stored.outcome,
    rank: stored.rank,
    criteria: stored.criteria,
    terms: stored.terms,
    chosenReason: row.chosenReason,
    recomputed: again && { same: differencesOf(stored, again).length === 0, outcome: again.outcome },
  });
}

// ————— Requests —————

interface RequestRow extends StoredRequest {
  sendingTrustName: string;
  shown: PlacementLine['state'];
  earlier: { id: string; reference: string } | null;
  later: { id: string; reference: string } | null;
  outOfAreaId: string | null;
}

const shown = sql`case r.state when 'open' then coalesce((select a.state from allocation a where a.request_id = r.id and ${live}), 'looking') else r.state end`;

async function requestRows(db: Kysely<DB>, where: RawBuilder<unknown>, most: number): Promise<RequestRow[]> {
  const { rows } = await sql<RequestRow>`
    select ${requestColumns}, t.name as sending_trust_name, ${shown} as shown, o.id as out_of_area_id,
      (select json_build_object('id', e.id, 'reference', e.reference) from placement_request e where e.id = r.continues) as earlier,
      (select json_build_object('id', l.id, 'reference', l.reference) from placement_request l where l.continues = r.id and l.state <> 'withdrawn') as later
    from placement_request r join trust t on t.ods_code = r.sending_trust left join out_of_area o on o.request_id = r.id
    where ${where} order by r.created_at desc, r.id desc limit ${most}`.execute(db);
  return rows;
}

function lineOf(row: RequestRow, allocations: readonly AllocationRow[], scope: Scope): PlacementLine {
  const { id, reference, sendingTrust, sendingTrustName, homePlace, bedType, ageBand, sex, legalStatus, securityLevel, needs, whereNow } =
    row;
  const { wishes, notes, receivedOn, closedReason, outOfAreaId } = row;
  const current =
    allocations.find((one) => isLive(one.state)) ??
    (row.state === 'placed' ? allocations.find((one) => one.state === 'arrived') : undefined);
  return {
    id,
    reference,
    sendingTrust,
    sendingTrustName,
    homePlace,
    bedType,
    ageBand,
    sex,
    legalStatus,
    securityLevel,
    needs,
    whereNow,
    neededBy: saidAt(row.neededBy)!,
    wishes,
    notes,
    continues: row.earlier,
    continuedBy: row.later,
    receivedOn,
    state: row.shown,
    createdAt: saidAt(row.createdAt)!,
    closedAt: saidAt(row.closedAt),
    closedReason,
    allocation: current ? allocationOf(current, sidesOf(scope, current)) : null,
    outOfAreaId,
  };
}

/**
 * Requests as their sender's bed managers see them, newest first: two statements however many.
 * @param where is about request `r`, and narrows to what `scope` may see
 */
export async function placementLines(db: Kysely<DB>, scope: Scope, where: RawBuilder<unknown>, most = 10_000): Promise<PlacementLine[]> {
  return (await placementRows(db, where, most)).map((row) => row.lineFor(scope));
}

/** The same, to be shown to several people who look. */
export async function placementRows(
  db: Kysely<DB>,
  where: RawBuilder<unknown>,
  most = 10_000,
): Promise<{ id: string; sendingTrust: string; lineFor: (scope: Scope) => PlacementLine }[]> {
  const rows = await requestRows(db, where, most);
  if (rows.length === 0) return [];
  const allocated = Map.groupBy(
    await allocationRows(db, sql`a.request_id = any(${rows.map((row) => row.id)}::uuid[]) and (${live} or a.state = 'arrived')`),
    (one) => one.requestId,
  );
  return rows.map((row) => ({
    id: row.id,
    sendingTrust: row.sendingTrust,
    lineFor: (scope) => lineOf(row, allocated.get(row.id) ?? [], scope),
  }));
}

/** My trust's requests, newest first, a page at a time. */
export async function placements(
  db: Kysely<DB>,
  scope: Scope,
  filter: { state?: PlacementLine['state'] | undefined; limit: number; cursor?: string | undefined },
): Promise<{ items: PlacementLine[]; nextCursor: string | null }> {
  const after = pageAfter(filter.cursor, z.tuple([id]));
  const found = await placementLines(
    db,
    scope,
    sql`r.sending_trust = any(${trustsAs(scope, 'bed-manager')}::text[]) and (${filter.state === undefined} or ${shown} = ${filter.state ?? ''})
      and (${after === null} or (r.created_at, r.id) < (select x.created_at, x.id from placement_request x where x.id = ${after?.[0] ?? null}::uuid))`,
    filter.limit + 1,
  );
  const items = found.slice(0, filter.limit);
  const last = items.at(-1);
  return { items, nextCursor: found.length > items.length && last ? cursorOf(last.id) : null };
}

interface TimelineRow {
  type: string;
  at: Date;
  state: string | null;
  was: string | null;
  act: string | null;
  reason: string | null;
  wardName: string | null;
  bedLabel: string | null;
}

/** What happened, in a sentence for its sender. */
function sentenceOf(row: TimelineRow): string {
  const because = row.reason ? `: ${row.reason}` : '';
  const ward = row.wardName ?? 'the ward';
  const bed = row.bedLabel === null ? 'A bed' : row.bedLabel;
  if (row.type === 'register.changed')
    return row.state === 'draft' ? 'The out-of-area record was drafted.' : 'The out-of-area record changed.';
  if (row.type === 'placement.changed') {
    if (row.state === 'open') return 'Need described.';
    if (row.state === 'withdrawn') return `Withdrawn${because}.`;
    if (row.state === 'unable-to-place') return `Unable to place${because}.`;
    return 'The request changed.';
  }
  if (row.act === 'extended') return `The hold on ${bed}, ${ward}, was extended.`;
  if (row.act === 'escalated') return `${ward} has not answered in time. The bed stays held.`;
  switch (row.state) {
    case 'held':
      return `${bed} held on ${ward}${because}.`;
    case 'referred':
      return `Referred to ${ward}.`;
    case 'accepted':
      return `${ward} accepted.`;
    case 'declined':
      return `${ward} declined${because}.`;
    case 'arrived':
      return `Arrived on ${ward}.`;
    case 'released':
      return `${bed} on ${ward} was let go${because}.`;
    default:
      return row.was === 'accepted' ? `${ward} waited for the arrival until its time ran out.` : `The hold on ${bed}, ${ward}, ran out.`;
  }
}

/** Everything about one request: for its sender's bed managers alone. */
export async function placement(db: Kysely<DB>, scope: Scope, id: string): Promise<Result<PlacementView>> {
  const [row] = await requestRows(db, sql`r.id = ${id} and r.sending_trust = any(${trustsAs(scope, 'bed-manager')}::text[])`, 1);
  if (!row) return notHere();
  const all = await allocationRows(db, sql`a.request_id = ${id}`);
  const timeline = await sql<TimelineRow>`
    select e.type, e.at, e.data->>'state' as state, e.data->>'was' as was, e.data->>'act' as act, coalesce(c.title, e.data->>'reason') as reason,
      w.name as ward_name, b.label as bed_label
    from event e left join ward w on w.id = e.ward_id left join bed b on b.id = (e.data->>'bedId')::uuid
      left join code c on c.code = e.data->>'reason' and c.list = case e.data->>'state' when 'declined' then 'decline-reason' else 'release-reason' end
    where e.data ? 'requestId' and e.data->>'requestId' = ${id} and e.type in ('placement.changed', 'allocation.changed', 'register.changed')
    order by e."offset"`.execute(db);
  return ok({
    ...lineOf(row, all, scope),
    allocations: all.map((one) => allocationOf(one, sidesOf(scope, one))),
    timeline: timeline.rows.map((event) => ({ at: saidAt(event.at)!, type: event.type, sentence: sentenceOf(event) })),
  });
}

/**
 * Every ward of the type on the sender's board against a need, best first, each criterion with its reason (rules-beds, section 3). Six statements
 * however many wards and beds.
 */
export async function matches(db: Kysely<DB>, scope: Scope, requestId: string, now: Instant): Promise<Result<MatchesView>> {
  const request = await storedRequest(db, requestId);
  if (!request || !isOfTrust(scope, 'bed-manager', request.sendingTrust)) return notHere();
  const ground = await matchGround(db, request.sendingTrust, now);
  const wards = await wardsToMatch(db, { ...ground, bedType: request.bedType, at: now });
  const wardBy = new Map(wards.map((ward) => [ward.wardId, ward]));
  const ranked = matchesOf(needOf(request), wards, ground);
  return ok({
    items: ranked.map((match) => {
      const ward = wardBy.get(match.wardId)!;
      const { outcome, criteria, terms, freshness, distanceKm, freeBeds } = match;
      const { line, securityLevel, locked, sex, confirmedAt, askFirst, leaveBeds } = ward;
      return {
        ward: { ...line, securityLevel, locked, sex },
        outcome,
        criteria,
        terms,
        freshness,
        confirmedAt: confirmedAt === null ? null : rfc3339(confirmedAt),
        distanceKm,
        askFirst,
        freeBeds: [...freeBeds],
        // When somebody on leave is due back is for those who look after the ward (quality, section 4).
        leaveBeds: leaveBeds.map(({ id, label, expectedReturn }) => ({
          ...{ id, label },
          expectedReturn: expectedReturn === null || !isOfTrust(scope, 'bed-manager', line.trust) ? null : rfc3339(expectedReturn),
        })),
      };
    }),
    nextCursor: null,
    canTake: ranked.filter(canTake).length,
    reasons: reasonsOf(ranked, ground.needNames),
    now: rfc3339(now),
  });
}
