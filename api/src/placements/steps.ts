import { randomInt } from 'node:crypto';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import { v7 as newId } from 'uuid';
import type { DB } from '@homeward/db/types.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { localDayOf, sayInstant, sayTime, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import type { AgeBand, AllocationState, Match, NeedFacts, WardToMatch, WhereNow } from '@homeward/shared/placements/facts.ts';
import { identityIn } from '@homeward/shared/placements/identity-rules.ts';
import { matchesOf } from '@homeward/shared/placements/match-rules.ts';
import { lockBeds } from '../beds/steps.ts';
import { announce } from '../platform/announce.ts';
import type { Clock } from '../platform/clock.ts';
import { readGround } from '../platform/ground.ts';
import { badInput, notHere, ok, refuse, type FieldError, type Refusal, type Result } from '../platform/problem.ts';
import { timeNow, type Trx } from '../platform/transaction.ts';
import { boardTrusts } from '../places/sharing-queries.ts';
import { matchGround, wardsToMatch } from './facts.ts';

// ————— No identity anywhere —————

const sayIdentity: Record<NonNullable<ReturnType<typeof identityIn>>, string> = {
  'nhs-number': 'This holds an NHS number. Take it out: the request’s own reference is all that is needed here.',
  'date-of-birth': 'This holds what reads as a date of birth. Take it out: the age band is enough.',
  postcode: 'This holds a postcode. Take it out: the home place is enough.',
  'e-mail': 'This holds an e-mail address. Take it out: nobody’s address is kept here.',
};

/** What these texts, by the path of their field, hold that would say who somebody is (rules-beds, section 2). */
export function identityErrors(fields: Record<string, string | undefined>, today: LocalDay): FieldError[] {
  return Object.entries(fields).flatMap(([path, text]) => {
    const found = text === undefined ? null : identityIn(text, today);
    return found === null ? [] : [{ path, code: found, message: sayIdentity[found] }];
  });
}

// ————— Requests —————

export interface StoredRequest {
  id: string;
  reference: string;
  sendingTrust: string;
  homePlace: string;
  bedType: string;
  ageBand: AgeBand;
  sex: 'female' | 'male';
  legalStatus: string;
  securityLevel: number;
  needs: string[];
  whereNow: WhereNow;
  neededBy: Date;
  wishes: string;
  notes: string;
  continues: string | null;
  receivedOn: LocalDay;
  state: 'open' | 'unable-to-place' | 'placed' | 'withdrawn';
  createdBy: string;
  createdAt: Date;
  closedAt: Date | null;
  closedReason: string | null;
}

export const requestColumns = sql`r.id, r.reference, r.sending_trust, r.home_place, r.bed_type, r.age_band, r.sex, r.legal_status, r.security_level, r.needs,
  r.where_now, r.needed_by, r.wishes, r.notes, r.continues, r.received_on, r.state, r.created_by, r.created_at, r.closed_at, r.closed_reason`;

/** One request as it is stored. */
export async function storedRequest(db: Kysely<DB>, id: string): Promise<StoredRequest | null> {
  const { rows } = await sql<StoredRequest>`select ${requestColumns} from placement_request r where r.id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/** Locks a request and reads it in a new statement; beds that the same act needs are locked before. */
export async function lockRequest(trx: Trx, id: string): Promise<StoredRequest | null> {
  await sql`select 1 from placement_request where id = ${id} for no key update`.execute(trx);
  return storedRequest(trx, id);
}

/** The need of a request: what a match is given of it. */
export function needOf(request: StoredRequest): NeedFacts {
  const { homePlace, bedType, ageBand, sex, legalStatus, securityLevel, needs, whereNow } = request;
  return { homePlace, bedType, ageBand, sex, legalStatus, securityLevel, needs, whereNow };
}

/** What a new request says, checked and without identity. */
export type NewRequest = Pick<
  StoredRequest,
  'sendingTrust' | 'homePlace' | 'bedType' | 'ageBand' | 'sex' | 'legalStatus' | 'securityLevel' | 'needs' | 'whereNow' | 'wishes' | 'notes'
> & { neededBy: string; continues: string | null };

/** Read aloud over a telephone: without the letters and figures that sound or look like others. */
const letters = '23456789ABCDEFGHJKMNPQRSTVWXYZ';
const referenceLength = 5;
const mostTries = 20;

/**
 * Writes a new open request, received today, under a reference of ours that nobody has had, and tells the sender.
 * Refused by the database: an earlier request that another goes on from already (409 `already-continued`).
 */
export async function recordRequest(trx: Trx, asked: NewRequest, accountId: string, now: Instant): Promise<StoredRequest> {
  const id = newId();
  for (let tries = 0; tries < mostTries; tries += 1) {
    const reference = `HW-${Array.from({ length: referenceLength }, () => letters[randomInt(letters.length)]).join('')}`;
    const { rows } = await sql`
      insert into placement_request (id, reference, sending_trust, home_place, bed_type, age_band, sex, legal_status, security_level, needs, where_now,
        needed_by, wishes, notes, continues, received_on, state, created_by, created_at)
      values (${id}, ${reference}, ${asked.sendingTrust}, ${asked.homePlace}, ${asked.bedType}, ${asked.ageBand}, ${asked.sex}, ${asked.legalStatus},
        ${asked.securityLevel}, ${asked.needs}::text[], ${asked.whereNow}, ${asked.neededBy}::timestamptz, ${asked.wishes}, ${asked.notes},
        ${asked.continues}, ${localDayOf(now)}::date, 'open', ${accountId}, ${new Date(now)})
      on conflict (reference) do nothing returning id`.execute(trx);
    if (rows.length === 0) continue;
    announce(trx, { type: 'placement.changed', at: now, accountId, data: { requestId: id, was: null, state: 'open' } });
    return (await storedRequest(trx, id))!;
  }
  throw new Error('no reference was free');
}

// ————— Live allocations —————

export interface LiveAllocation {
  id: string;
  requestId: string;
  bedId: string;
  wardId: string;
  sendingTrust: string;
  sendingTrustName: string;
  state: Extract<AllocationState, 'held' | 'referred' | 'accepted'>;
  expiresAt: Date | null;
}

/**
 * Ends the holds and waits for arrival whose time has passed by the database's clock, read in this statement and so after the locks that
 * came before it: `now()` would be the transaction's start, and the API's clock may be wrong (quality, section 2).
 * @param which is about an allocation `a`
 * @returns how many it ended
 */
export async function expireLapsed(trx: Trx, which: RawBuilder<unknown>, now: Instant): Promise<number> {
  const { rows } = await sql<{ id: string; requestId: string; bedId: string; wardId: string; was: string }>`
    update allocation a set state = 'expired', ended_at = clock_timestamp()
    from allocation before
    where before.id = a.id and a.state in ('held', 'accepted') and a.expires_at <= clock_timestamp() and (${which})
    returning a.id, a.request_id, a.bed_id, a.ward_id, before.state as was`.execute(trx);
  for (const { id, requestId, bedId, wardId, was } of rows) {
    announce(trx, {
      type: 'allocation.changed',
      at: now,
      accountId: null,
      wardId,
      data: { allocationId: id, requestId, bedId, was, state: 'expired' },
    });
  }
  return rows.length;
}

/**
 * The live allocations of locked beds or requests, in a statement of its own; those whose time has passed are ended first.
 * @param which is about an allocation `a`
 */
export async function liveAllocations(trx: Trx, which: RawBuilder<unknown>, now: Instant): Promise<LiveAllocation[]> {
  await expireLapsed(trx, which, now);
  const { rows } = await sql<LiveAllocation>`
    select a.id, a.request_id, a.bed_id, a.ward_id, r.sending_trust, t.name as sending_trust_name, a.state, a.expires_at
    from allocation a join placement_request r on r.id = a.request_id join trust t on t.ods_code = r.sending_trust
    where (${which}) and a.state in ('held', 'referred', 'accepted')`.execute(trx);
  return rows;
}

/** The live allocation of a locked bed or request; one whose time has passed is ended first. */
export async function liveAllocation(
  trx: Trx,
  of: { bedId: string } | { requestId: string },
  now: Instant,
): Promise<LiveAllocation | null> {
  const which = 'bedId' in of ? sql`a.bed_id = ${of.bedId}` : sql`a.request_id = ${of.requestId}`;
  return (await liveAllocations(trx, which, now))[0] ?? null;
}

/** "15:30", or "Sat 28 Nov, 15:30" where that isn't today: a database time in the words of the program's clock. */
export function sayUntil(expiresAt: Date, clock: Clock, now: Instant): string {
  const until = clock.at(expiresAt);
  return localDayOf(until) === localDayOf(now) ? sayTime(until) : sayInstant(until);
}

/** 409 `bed-taken`: by which trust and until when, by the database's clock; null where it doesn't end by itself. */
export function bedTaken(live: LiveAllocation, clock: Clock, now: Instant): { ok: false; refusal: Refusal } {
  const { sendingTrust, sendingTrustName: who, expiresAt, state } = live;
  const words =
    expiresAt === null
      ? `${who} has referred somebody to this bed, and the ward has not answered yet.`
      : state === 'held'
        ? `${who} holds this bed until ${sayUntil(expiresAt, clock, now)}.`
        : `This bed is kept for somebody from ${who} until ${sayUntil(expiresAt, clock, now)}.`;
  return refuse(409, 'bed-taken', words, { more: { by: sendingTrust, until: expiresAt === null ? null : rfc3339(expiresAt.getTime()) } });
}

// ————— Holding a bed —————

/** A match as an allocation keeps it: what was decided when the bed was held. `decidedAt` is the program's time, by which facts are dated. */
export interface StoredMatch extends Pick<Match, 'outcome' | 'criteria' | 'terms'> {
  /** 1 for the ward that stood first for this need. */
  rank: number;
  rulesVersion: 1;
  decidedAt: string;
  /** What of the ward went into it and has no history of its own. */
  ward: Pick<WardToMatch, 'name' | 'ageGroup' | 'securityLevel' | 'locked'>;
}

/**
 * Holds a bed for a request, in the caller's transaction, which has locked the bed and then the request: a hold by a bed manager and one that
 * brings somebody home go by these same rules (rules-beds, sections 1, 3 and 4). Everything is read in new statements after the locks, the match is taken
 * here and kept, and the hold's start and end are the database's clock in the statement that writes them. Its length is the ward's trust's setting.
 * Refused: a bed that isn't on the sender's board or is of another type (404); a request that isn't open (409 `not-open`) or has a live
 * allocation (409 `already-held`); a bed held or occupied (409 `bed-taken` with `until` and `by`) or closed (409 `bed-closed`); a stale ward that nobody
 * has asked (409 `ask-first`); a leave bed without `usesLeaveBed` and a reason (422 `leave-bed`); a ward that doesn't meet the need
 * without a reason (422 `does-not-meet` with `criteria`); a reason that says who somebody is (422 `bad-input`).
 * @param asked.reason why this bed; empty or none where nothing needs saying
 * @returns the id of the new allocation
 */
export async function holdFor(
  trx: Trx,
  asked: {
    request: StoredRequest;
    bedId: string;
    reason?: string | undefined;
    usesLeaveBed?: boolean | undefined;
    accountId: string;
  },
  clock: Clock,
): Promise<Result<string>> {
  const { request, bedId, accountId } = asked;
  const reason = asked.reason || null;
  const bed = (await lockBeds(trx, [bedId])).get(bedId);
  // Criteria, designations and settings are the ground's, a pause the ward's: the match stands wholly before a change of them or wholly after.
  await readGround(trx, clock);
  const bedType = bed && (await lockWard(trx, bed.wardId));
  const now = await timeNow(trx, clock);
  const said = identityErrors({ reason: reason ?? undefined }, localDayOf(now));
  if (said.length > 0) return badInput(said);
  const trusts = await boardTrusts(trx, [request.sendingTrust], localDayOf(now));
  if (!bed || bedType !== request.bedType || !trusts.includes(bed.trust)) return notHere();
  if (request.state !== 'open') {
    return refuse(409, 'not-open', 'This request is closed. Describe the need anew, going on from this one.');
  }
  const live = await liveAllocations(trx, sql`a.bed_id = ${bedId} or a.request_id = ${request.id}`, now);
  if (live.some((one) => one.requestId === request.id)) {
    return refuse(409, 'already-held', 'A bed is held for this person already. Let it go first.');
  }
  const [taken] = live;
  if (taken) return bedTaken(taken, clock, now);
  if (bed.state === 'occupied') {
    return refuse(409, 'bed-taken', 'Somebody is in this bed.', { more: { by: bed.trust, until: null } });
  }
  if (bed.state === 'closed') return refuse(409, 'bed-closed', 'This bed is closed. Choose another, or ask the ward when it opens.');
  const usesLeaveBed = bed.state === 'on-leave';
  if (usesLeaveBed && (asked.usesLeaveBed !== true || reason === null)) {
    return refuse(422, 'leave-bed', 'Somebody on leave may come back to this bed. Say that you use it all the same, and why.');
  }
  const ground = await matchGround(trx, request.sendingTrust, now);
  const wards = await wardsToMatch(trx, { ...ground, bedType: request.bedType, at: now });
  const ward = wards.find((one) => one.wardId === bed.wardId)!;
  if (ward.askFirst) {
    return refuse(409, 'ask-first', `The figures of ${ward.name} are stale. Ask the ward to confirm its beds, then hold one.`, {
      more: { wardId: ward.wardId },
    });
  }
  const matches = matchesOf(needOf(request), wards, ground);
  const rank = matches.findIndex((one) => one.wardId === bed.wardId) + 1;
  const match = matches[rank - 1]!;
  if (match.outcome === 'does-not-meet' && reason === null) {
    const criteria = match.criteria.filter((one) => one.result === 'does-not-meet');
    return refuse(422, 'does-not-meet', `${ward.name} does not meet this need. Say why you choose it all the same.`, {
      more: { criteria },
    });
  }
  const stored: StoredMatch = {
    outcome: match.outcome,
    criteria: match.criteria,
    terms: match.terms,
    rank,
    rulesVersion: 1,
    decidedAt: rfc3339(now),
    ward: { name: ward.name, ageGroup: ward.ageGroup, securityLevel: ward.securityLevel, locked: ward.locked },
  };
  const id = newId();
  const { rows } = await sql<{ expiresAt: string }>`
    with t as materialized (select clock_timestamp() as at)
    insert into allocation (id, request_id, bed_id, ward_id, state, held_by, held_at, expires_at, uses_leave_bed, chosen_reason, match)
    select ${id}::uuid, ${request.id}::uuid, ${bedId}::uuid, ${bed.wardId}::uuid, 'held', ${accountId}::uuid, t.at,
      t.at + make_interval(mins => ${ground.settingOf(bed.trust).holdMinutes}), ${usesLeaveBed}, ${reason}::text, ${JSON.stringify(stored)}::jsonb from t
    returning to_json(expires_at)#>>'{}' as expires_at`.execute(trx);
  announce(trx, {
    type: 'allocation.changed',
    at: now,
    accountId,
    wardId: bed.wardId,
    data: { allocationId: id, requestId: request.id, bedId, was: null, state: 'held', expiresAt: rows[0]!.expiresAt, reason },
  });
  return ok(id);
}

/** Lets nobody say anything of a ward as a whole until this transaction ends. @returns its bed type */
async function lockWard(trx: Trx, wardId: string): Promise<string | null> {
  const { rows } = await sql<{ bedType: string | null }>`select bed_type from ward where id = ${wardId} for share`.execute(trx);
  return rows[0]?.bedType ?? null;
}

// ————— The register of people out of area, as arrivals move it —————

/** What an arrival says of a placement out of area; the sender fills in the rest and decides. */
export interface DraftLine {
  reasonCode: string;
  receiver: string | null;
  receiverKind: 'nhs' | 'independent' | null;
  receiverTrust: string | null;
  place: string | null;
  latitude: number | null;
  longitude: number | null;
  distanceKm: number | null;
  startedOn: LocalDay | null;
  why: string;
}

/**
 * Drafts the line of the register of a locked request: the sender fills it in and decides whether it is out of area at all. A request has one line:
 * where there is one, it stays as it is.
 * @returns the line's id
 */
export async function draftOutOfArea(
  trx: Trx,
  request: StoredRequest,
  line: DraftLine,
  accountId: string | null,
  now: Instant,
): Promise<string> {
  const before = await trx.selectFrom('outOfArea').select('id').where('requestId', '=', request.id).executeTakeFirst();
  if (before) return before.id;
  const id = newId();
  await trx.insertInto('outOfArea').values({ id, requestId: request.id }).execute();
  await trx
    .insertInto('outOfAreaRevision')
    .values({
      id: newId(),
      outOfAreaId: id,
      state: 'draft',
      ...line,
      bedType: request.bedType,
      receivedOn: request.receivedOn,
      wishes: request.wishes,
      recordedBy: accountId,
      recordedAt: rfc3339(now),
    })
    .execute();
  announce(trx, {
    type: 'register.changed',
    at: now,
    accountId,
    data: { requestId: request.id, outOfAreaId: id, was: null, state: 'draft' },
  });
  return id;
}

/**
 * Somebody who was away has arrived by a request that goes on from theirs: the line of the register of whichever earlier request of the
 * chain says `away` ends that local day. Nothing changes where none does.
 */
export async function endAway(trx: Trx, requestId: string, day: LocalDay, accountId: string | null, now: Instant): Promise<void> {
  const chain = sql`with recursive chain as (
      select id, continues from placement_request where id = ${requestId}
      union select r.id, r.continues from placement_request r join chain c on r.id = c.continues)`;
  // The line's row, as whoever records a line locks it: of two revisions at once the second then sees the first.
  await sql`${chain} select 1 from out_of_area o where o.request_id in (select id from chain) order by o.id for no key update of o`.execute(
    trx,
  );
  const { rows } = await sql<{ id: string; outOfAreaId: string; requestId: string }>`
    ${chain} select v.id, v.out_of_area_id, o.request_id
    from out_of_area o join out_of_area_revision v on v.out_of_area_id = o.id and v.replaced_at is null
    where o.request_id in (select id from chain) and v.state = 'away' order by v.id`.execute(trx);
  for (const line of rows) {
    await sql`update out_of_area_revision set replaced_at = greatest(${new Date(now)}, recorded_at) where id = ${line.id}`.execute(trx);
    await sql`
      insert into out_of_area_revision (id, out_of_area_id, state, receiver, receiver_kind, receiver_trust, place, latitude, longitude, distance_km, bed_type,
        reason_code, received_on, started_on, ended_on, cost_per_night_pence, last_reviewed_on, continuity_contact, wishes, intends_return, why,
        recorded_by, recorded_at)
      select ${newId()}::uuid, out_of_area_id, 'ended', receiver, receiver_kind, receiver_trust, place, latitude, longitude, distance_km, bed_type, reason_code,
        received_on, started_on, greatest(${day}::date, started_on), cost_per_night_pence, last_reviewed_on, continuity_contact, wishes, intends_return,
        'Came home to a bed found here.', ${accountId}::uuid, greatest(${new Date(now)}, recorded_at) from out_of_area_revision where id = ${line.id}`.execute(
      trx,
    );
    announce(trx, {
      type: 'register.changed',
      at: now,
      accountId,
      data: { requestId: line.requestId, outOfAreaId: line.outOfAreaId, was: 'away', state: 'ended' },
    });
  }
}
