import { sql, type RawBuilder } from 'kysely';
import type { z } from 'zod';
import type { Instant } from '@homeward/shared/kernel/interval.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { isTheirs, may, type AllocationAct } from '@homeward/shared/placements/allocation-rules.ts';
import { areaProposal } from '@homeward/shared/placements/area-rules.ts';
import type {
  AllocationView,
  describeNeed as describeShape,
  holdBed as holdShape,
  PlacementView,
} from '@homeward/shared/placements/contract.ts';
import { distanceKm } from '@homeward/shared/places/rules.ts';
import { settingsAt } from '../beds/facts.ts';
import { lockBeds, recordBedState, type LockedBed } from '../beds/steps.ts';
import { announce } from '../platform/announce.ts';
import type { Platform } from '../platform/platform.ts';
import { badInput, notHere, ok, refuse, type FieldError, type Result } from '../platform/problem.ts';
import { isOfTrust, trustsAs, type Scope } from '../platform/scope.ts';
import { timeNow, transact, type Act, type Trx } from '../platform/transaction.ts';
import { matchGround } from './facts.ts';
import { allocation, placement, sidesOf } from './queries.ts';
import {
  draftOutOfArea,
  endAway,
  expireLapsed,
  holdFor,
  identityErrors,
  lockRequest,
  recordRequest,
  storedRequest,
  type StoredRequest,
} from './steps.ts';

// ————— The need —————

type Described = z.output<typeof describeShape>;

/** The trust a bed manager sends for: the one they name, which must be theirs, or the only one they have. */
function senderOf(scope: Scope, asked: string | undefined): Result<string> {
  const own = [...new Set(trustsAs(scope, 'bed-manager'))];
  if (asked !== undefined) return own.includes(asked) ? ok(asked) : notHere();
  const [only] = own;
  if (only === undefined) return notHere();
  if (own.length > 1) {
    return badInput([{ path: 'sendingTrust', code: 'which-trust', message: 'You manage beds for more than one trust. Say which sends.' }]);
  }
  return ok(only);
}

/** What of a need names nothing we know, each by the path of its field. */
async function unknownCodes(trx: Trx, asked: Described): Promise<FieldError[]> {
  const { rows } = await sql<{ list: string; code: string }>`
    select list, code from code where list = 'bed-type' and code = ${asked.bedType} or list = 'legal-status' and code = ${asked.legalStatus}
      or list = 'need' and code = any(${asked.needs}::text[])
    union all select 'place', short from place where short = ${asked.homePlace}`.execute(trx);
  const known = new Set(rows.map((row) => `${row.list} ${row.code}`));
  const errors: FieldError[] = [];
  if (!known.has(`place ${asked.homePlace}`))
    errors.push({ path: 'homePlace', code: 'unknown-place', message: 'Choose a home place from the list.' });
  if (!known.has(`bed-type ${asked.bedType}`))
    errors.push({ path: 'bedType', code: 'unknown-bed-type', message: 'Choose a bed type from the national list.' });
  if (!known.has(`legal-status ${asked.legalStatus}`))
    errors.push({ path: 'legalStatus', code: 'unknown-legal-status', message: 'Choose a legal status from the national list.' });
  asked.needs.forEach((need, at) => {
    if (!known.has(`need ${need}`))
      errors.push({ path: `needs.${at}`, code: 'unknown-need', message: 'Choose needs from the list: this one is not on it.' });
  });
  return errors;
}

/**
 * A bed manager describes what somebody needs, coded, for their own trust; the request opens under a reference of ours and was received today.
 * Refused: another trust (404); a place or code that is on no list, or an earlier request that isn't theirs (422 `bad-input` with the field's path);
 * a text that holds an NHS number, a date of birth, a postcode or an e-mail (422, each with its own code; rules-beds, section 2); an
 * earlier request that another goes on from already (409 `already-continued`).
 */
export async function describeNeed(platform: Platform, act: Act, asked: Described): Promise<Result<PlacementView>> {
  const sender = senderOf(act.scope, asked.sendingTrust);
  if (!sender.ok) return sender;
  return transact(platform, act.once, async (trx, now) => {
    const errors = identityErrors({ wishes: asked.wishes, notes: asked.notes }, localDayOf(now));
    errors.push(...(await unknownCodes(trx, asked)));
    if (asked.continues !== undefined) {
      const earlier = await storedRequest(trx, asked.continues);
      if (earlier?.sendingTrust !== sender.value) {
        errors.push({ path: 'continues', code: 'unknown-request', message: 'Choose an earlier request of your own trust.' });
      }
    }
    if (errors.length > 0) return badInput(errors);
    const request = await recordRequest(
      trx,
      { ...asked, sendingTrust: sender.value, needs: [...new Set(asked.needs)], continues: asked.continues ?? null },
      act.scope.accountId,
      now,
    );
    return placement(trx, act.scope, request.id);
  });
}

/**
 * The bed isn't needed any more: closes a request that isn't placed, and lets go of the bed held for it.
 * Refused: another trust's request (404); one placed or withdrawn already (409 `not-open`); a reason that says who somebody is (422).
 */
export async function withdrawNeed(platform: Platform, act: Act, id: string, asked: { reason: string }): Promise<Result<PlacementView>> {
  return transact(platform, act.once, async (trx) => {
    const request = await lockRequest(trx, id);
    if (!request || !isOfTrust(act.scope, 'bed-manager', request.sendingTrust)) return notHere();
    const now = await timeNow(trx, platform.clock);
    const said = identityErrors(asked, localDayOf(now));
    if (said.length > 0) return badInput(said);
    if (request.state !== 'open' && request.state !== 'unable-to-place') return refuse(409, 'not-open', 'This request is closed already.');
    await expireLapsed(trx, sql`a.request_id = ${id}`, now);
    const { rows } = await sql<{ id: string; bedId: string; wardId: string; was: string }>`
      update allocation a set state = 'released', ended_at = clock_timestamp(), ended_by = ${act.scope.accountId}, end_reason = ${asked.reason}
      from allocation before
      where before.id = a.id and a.request_id = ${id} and a.state in ('held', 'referred', 'accepted')
      returning a.id, a.bed_id, a.ward_id, before.state as was`.execute(trx);
    for (const { id: allocationId, bedId, wardId, was } of rows) {
      announce(trx, {
        type: 'allocation.changed',
        at: now,
        accountId: act.scope.accountId,
        wardId,
        data: { allocationId, requestId: id, bedId, was, state: 'released', reason: asked.reason },
      });
    }
    await sql`update placement_request set state = 'withdrawn', closed_at = ${new Date(now)}, closed_reason = ${asked.reason} where id = ${id}`.execute(
      trx,
    );
    announce(trx, {
      type: 'placement.changed',
      at: now,
      accountId: act.scope.accountId,
      data: { requestId: id, was: request.state, state: 'withdrawn', reason: asked.reason },
    });
    return placement(trx, act.scope, id);
  });
}

// ————— Holding a bed —————

/**
 * A bed manager holds a bed for a request of their own trust. What is refused, and by whose clocks, is said at `holdFor`.
 * Refused besides: another trust's request (404).
 */
export async function holdBed(
  platform: Platform,
  act: Act,
  requestId: string,
  asked: z.output<typeof holdShape>,
): Promise<Result<AllocationView>> {
  const { bedId, reason, usesLeaveBed } = asked;
  // Fifty who want one bed wait here in turn, without a connection each; the bed's lock decides.
  return platform.turns.take(bedId, () =>
    transact(platform, act.once, async (trx) => {
      await lockBeds(trx, [bedId]);
      const request = await lockRequest(trx, requestId);
      if (!request || !isOfTrust(act.scope, 'bed-manager', request.sendingTrust)) return notHere();
      const held = await holdFor(trx, { request, bedId, reason, usesLeaveBed, accountId: act.scope.accountId }, platform.clock);
      return held.ok ? allocation(trx, act.scope, held.value) : held;
    }),
  );
}

// ————— Acts on an allocation —————

interface StoredAllocation {
  id: string;
  requestId: string;
  bedId: string;
  wardId: string;
  sendingTrust: string;
  wardTrust: string;
  state: string;
  extendedAt: Date | null;
  hasLapsed: boolean;
}

/** An allocation with its bed and request locked, in that order, and read after. */
interface LockedAllocation {
  allocation: StoredAllocation;
  bed: LockedBed;
  request: StoredRequest;
  now: Instant;
}

const hasEnded = () =>
  refuse(409, 'hold-expired', 'The time of this hold ran out, and the bed is no longer kept. Hold it again if it is still free.');

/**
 * One act on an allocation: locks its bed and its request, reads it in a new statement, and lets through whoever may do this to one in this state.
 * Refused: an allocation on neither side of which they stand, or an act that is the other side's (404); one whose time has passed by the
 * database's clock (409 `hold-expired`); one in another state (409 `wrong-state`); a reason that is asked for and missing, or says who somebody is (422).
 * @param why the reason given, and the words that ask for one; null where an act takes none
 */
async function actOn(
  platform: Platform,
  act: Act,
  id: string,
  verb: AllocationAct,
  why: { reason: string | undefined; asks: string } | null,
  work: (trx: Trx, locked: LockedAllocation) => Promise<Result<null>>,
): Promise<Result<AllocationView>> {
  return transact(platform, act.once, async (trx) => {
    const at = await trx.selectFrom('allocation').select(['bedId', 'requestId']).where('id', '=', id).executeTakeFirst();
    if (!at) return notHere();
    const bed = (await lockBeds(trx, [at.bedId])).get(at.bedId);
    const request = await lockRequest(trx, at.requestId);
    const { rows } = await sql<StoredAllocation>`
      select a.id, a.request_id, a.bed_id, a.ward_id, r.sending_trust, w.trust as ward_trust, a.state, a.extended_at,
        a.state = 'expired' or a.state in ('held', 'accepted') and a.expires_at <= clock_timestamp() as has_lapsed
      from allocation a join placement_request r on r.id = a.request_id join ward w on w.id = a.ward_id where a.id = ${id}`.execute(trx);
    const stored = rows[0]!;
    if (!isTheirs(verb, sidesOf(act.scope, stored)) || !request || !bed) return notHere();
    const now = await timeNow(trx, platform.clock);
    if (why && !why.reason) return badInput([{ path: 'reason', code: 'reason-needed', message: why.asks }]);
    const said = identityErrors({ reason: why?.reason }, localDayOf(now));
    if (said.length > 0) return badInput(said);
    if (stored.hasLapsed) return hasEnded();
    if (!may(stored.state as Parameters<typeof may>[0], verb)) return refuse(409, 'wrong-state', wrongState(stored.state));
    const done = await work(trx, { allocation: stored, bed, request, now });
    return done.ok ? allocation(trx, act.scope, id) : done;
  });
}

function wrongState(state: string): string {
  switch (state) {
    case 'held':
      return 'The ward has not been asked yet. Refer first.';
    case 'referred':
      return 'The ward has been asked and has not answered yet.';
    case 'accepted':
      return 'The ward has accepted already.';
    case 'declined':
      return 'The ward has declined.';
    case 'arrived':
      return 'The person has arrived already.';
    default:
      return 'The bed has been let go.';
  }
}

/**
 * Writes the next state of a locked allocation, and tells of it. `sets` may speak of `t.at`: the one instant of the database's clock that this
 * statement is at, by which one whose time has just passed isn't written at all.
 */
async function move(
  trx: Trx,
  act: Act,
  { allocation: stored, now }: LockedAllocation,
  state: string,
  sets: RawBuilder<unknown>,
  data: Record<string, string | null> = {},
): Promise<Result<null>> {
  const { rows } = await sql<{ expiresAt: string | null; answerBy: string | null }>`
    with t as materialized (select clock_timestamp() as at)
    update allocation a set state = ${state}, ${sets} from t
    where a.id = ${stored.id} and a.state = ${stored.state} and (a.expires_at is null or a.expires_at > t.at)
    returning to_json(a.expires_at)#>>'{}' as expires_at, to_json(a.answer_by)#>>'{}' as answer_by`.execute(trx);
  const [written] = rows;
  if (!written) return hasEnded();
  const { id: allocationId, requestId, bedId, wardId } = stored;
  announce(trx, {
    type: 'allocation.changed',
    at: now,
    accountId: act.scope.accountId,
    wardId,
    data: {
      allocationId,
      requestId,
      bedId,
      was: stored.state,
      state,
      ...(written.expiresAt !== null && { expiresAt: written.expiresAt }),
      ...(state === 'referred' && { answerBy: written.answerBy }),
      ...data,
    },
  });
  return ok(null);
}

const minutesOf = async (trx: Trx, { allocation: stored, now }: LockedAllocation) =>
  (await settingsAt(trx, [stored.wardTrust], now))(stored.wardTrust);

/**
 * The sender keeps a hold longer, once, by the extension the ward's trust has set.
 * Refused beside what `actOn` refuses: a second time, or where that trust has set none (409 `extended-already`).
 */
export async function extendHold(platform: Platform, act: Act, id: string): Promise<Result<AllocationView>> {
  return actOn(platform, act, id, 'extend', null, async (trx, locked) => {
    const { extensionMinutes } = await minutesOf(trx, locked);
    if (locked.allocation.extendedAt !== null) return refuse(409, 'extended-already', 'A hold is extended once, and this one has been.');
    if (extensionMinutes === 0) return refuse(409, 'extended-already', 'The ward’s trust extends no holds.');
    const sets = sql`extended_at = t.at, expires_at = a.expires_at + make_interval(mins => ${extensionMinutes})`;
    return move(trx, act, locked, 'held', sets, { act: 'extended' });
  });
}

/**
 * The sender asks the held ward: the hold's clock stops and the answer's starts, and from now on the ward sees the coded need (rules-beds, section 4).
 * Refused: what `actOn` refuses.
 */
export async function referHold(platform: Platform, act: Act, id: string): Promise<Result<AllocationView>> {
  return actOn(platform, act, id, 'refer', null, async (trx, locked) => {
    const { answerMinutes } = await minutesOf(trx, locked);
    const sets = sql`referred_at = t.at, answer_by = t.at + make_interval(mins => ${answerMinutes}), expires_at = null`;
    return move(trx, act, locked, 'referred', sets);
  });
}

/**
 * The ward takes somebody: the bed waits for the arrival as long as the ward's trust has set. Also after the answer's clock ran out.
 * Refused: what `actOn` refuses.
 */
export async function acceptReferral(platform: Platform, act: Act, id: string): Promise<Result<AllocationView>> {
  return actOn(platform, act, id, 'accept', null, async (trx, locked) => {
    const { arrivalMinutes } = await minutesOf(trx, locked);
    const sets = sql`answered_at = t.at, answered_by = ${act.scope.accountId}, expires_at = t.at + make_interval(mins => ${arrivalMinutes})`;
    return move(trx, act, locked, 'accepted', sets);
  });
}

/**
 * The ward doesn't take somebody, and says why: a code of the list of reasons or a few words. The bed is free and the request looks again.
 * Refused beside what `actOn` refuses: no reason (422).
 */
export async function declineReferral(
  platform: Platform,
  act: Act,
  id: string,
  { reason }: { reason?: string | undefined },
): Promise<Result<AllocationView>> {
  const asks = 'Say why the ward can’t take this person: choose a reason, or write a few words.';
  return actOn(platform, act, id, 'decline', { reason, asks }, (trx, locked) => {
    const { accountId } = act.scope;
    const sets = sql`answered_at = t.at, answered_by = ${accountId}, ended_at = t.at, ended_by = ${accountId}, end_reason = ${reason!}`;
    return move(trx, act, locked, 'declined', sets, { reason: reason! });
  });
}

/**
 * Either side lets a bed go, and says why: a code of the list of reasons or a few words. The bed is free and the request looks again.
 * Refused beside what `actOn` refuses: no reason (422).
 */
export async function releaseHold(
  platform: Platform,
  act: Act,
  id: string,
  { reason }: { reason?: string | undefined },
): Promise<Result<AllocationView>> {
  const asks = 'Say why the bed is let go: choose a reason, or write a few words.';
  return actOn(platform, act, id, 'release', { reason, asks }, (trx, locked) => {
    const sets = sql`ended_at = t.at, ended_by = ${act.scope.accountId}, end_reason = ${reason!}`;
    return move(trx, act, locked, 'released', sets, { reason: reason! });
  });
}

/**
 * The person has come: the bed is occupied, the request placed, and whoever was away by an earlier request of the chain is home. Where the ward is
 * out of the person's area by place, a line of the register is drafted: the sender decides (rules-beds, section 5).
 * Refused: what `actOn` refuses.
 */
export async function recordArrival(platform: Platform, act: Act, id: string): Promise<Result<AllocationView>> {
  return actOn(platform, act, id, 'arrive', null, async (trx, locked) => {
    const { bed, request, now } = locked;
    const { accountId } = act.scope;
    const moved = await move(trx, act, locked, 'arrived', sql`arrived_at = t.at, ended_at = t.at`);
    if (!moved.ok) return moved;
    await sql`update placement_request set state = 'placed', closed_at = ${new Date(now)} where id = ${request.id}`.execute(trx);
    await recordBedState(trx, bed, { state: 'occupied', source: 'placement' }, accountId, now);
    if (request.continues !== null) await endAway(trx, request.continues, localDayOf(now), accountId, now);
    await draftWhereOutOfArea(trx, request, bed.wardId, accountId, now);
    return ok(null);
  });
}

/** Drafts a line of the register where somebody has come to a ward that is out of their area by place. */
async function draftWhereOutOfArea(trx: Trx, request: StoredRequest, wardId: string, accountId: string, now: Instant): Promise<void> {
  const { rows } = await sql<{
    trust: string;
    trustName: string;
    independent: boolean;
    place: string | null;
    placeName: string | null;
    latitude: number | null;
    longitude: number | null;
  }>`
    select w.trust, t.name as trust_name, t.independent, s.place, p.name as place_name, coalesce(s.latitude, p.latitude) as latitude,
      coalesce(s.longitude, p.longitude) as longitude
    from ward w join trust t on t.ods_code = w.trust join site s on s.code = w.site left join place p on p.short = s.place where w.id = ${wardId}`.execute(
    trx,
  );
  const ward = rows[0]!;
  const { places } = await matchGround(trx, request.sendingTrust, now);
  const proposal = areaProposal(request.homePlace, ward.place, places);
  if (!proposal.outOfArea) return;
  const home = places.get(request.homePlace);
  const { latitude, longitude } = ward;
  const isLocated = latitude !== null && longitude !== null;
  await draftOutOfArea(
    trx,
    request,
    {
      reasonCode: '10',
      receiver: ward.trustName,
      receiverKind: ward.independent ? 'independent' : 'nhs',
      receiverTrust: ward.trust,
      place: ward.placeName ?? ward.place,
      latitude,
      longitude,
      distanceKm: home && isLocated ? Math.round(distanceKm(home, { latitude, longitude })) : null,
      startedOn: localDayOf(now),
      why: proposal.sentence,
    },
    accountId,
    now,
  );
}
