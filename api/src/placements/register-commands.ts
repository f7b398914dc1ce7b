import { sql } from 'kysely';
import { v7 as newId } from 'uuid';
import type { z } from 'zod';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { localDayOf, sayDay, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import { canTake, matchesOf, reasonsOf } from '@homeward/shared/placements/match-rules.ts';
import type { Match } from '@homeward/shared/placements/facts.ts';
import type { OutOfAreaView, recordOutOfArea as recordShape, UnablePlacedView } from '@homeward/shared/placements/contract.ts';
import { distanceKm } from '@homeward/shared/places/rules.ts';
import { announce } from '../platform/announce.ts';
import type { Clock } from '../platform/clock.ts';
import type { Platform } from '../platform/platform.ts';
import { badInput, notHere, ok, refuse, type FieldError, type Result } from '../platform/problem.ts';
import { isOfTrust } from '../platform/scope.ts';
import { timeNow, transact, type Act, type Trx } from '../platform/transaction.ts';
import { matchGround, wardsToMatch } from './facts.ts';
import { placement } from './queries.ts';
import { knownPlaces, placeNamed, registerLine } from './register-queries.ts';
import { draftOutOfArea, identityErrors, liveAllocation, lockRequest, needOf, type DraftLine, type StoredRequest } from './steps.ts';

type Recorded = z.output<typeof recordShape>;

/** A line of the register with what is said of it now. */
interface StoredLine {
  id: string;
  requestId: string;
  sender: string;
  homePlace: string;
  state: OutOfAreaView['state'];
  bedType: string;
  receivedOn: LocalDay;
  place: string | null;
  latitude: number | null;
  longitude: number | null;
  distanceKm: number | null;
}

/** Locks a line and reads it in a new statement: what waited for the lock is seen (quality, section 2). */
async function lockLine(trx: Trx, id: string): Promise<StoredLine | undefined> {
  await sql`select 1 from out_of_area where id = ${id} for no key update`.execute(trx);
  const { rows } = await sql<StoredLine>`
    select o.id, o.request_id, r.sending_trust as sender, r.home_place, v.state, v.bed_type, v.received_on, v.place, v.latitude, v.longitude, v.distance_km
    from out_of_area o join out_of_area_revision v on v.out_of_area_id = o.id and v.replaced_at is null
      join placement_request r on r.id = o.request_id where o.id = ${id}`.execute(trx);
  return rows[0];
}

/**
 * What of a line can't be so: days that are still to come or out of order, somebody away without a receiver, its kind and a first day, an end
 * without its day. A line that is a draft, or not out of area after all, may leave out what nobody knows.
 */
function lineErrors(asked: Recorded, receivedOn: LocalDay, today: LocalDay): FieldError[] {
  const { state, startedOn, endedOn, lastReviewedOn } = asked;
  const errors: FieldError[] = [];
  const add = (path: keyof Recorded, code: string, message: string) => errors.push({ path, code, message });
  if (state === 'away' || state === 'ended') {
    if (!asked.receiver) add('receiver', 'receiver-missing', 'Say which provider they went to.');
    if (asked.receiverKind === null) add('receiverKind', 'kind-missing', 'Say whether the receiver is of the NHS or independent.');
  }
  if (state === 'away' && startedOn === null) add('startedOn', 'start-missing', 'Give the day their stay began.');
  if (state === 'away' && endedOn !== null)
    add('endedOn', 'not-away-any-more', 'Somebody still away has no last day. Choose “ended”, or leave the end empty.');
  if (state === 'ended' && endedOn === null) add('endedOn', 'end-missing', 'Give the day it ended.');
  for (const [path, day] of Object.entries({ startedOn, endedOn, lastReviewedOn })) {
    if (day !== null && day > today) add(path as keyof Recorded, 'in-the-future', 'This day is still to come. Record what has happened.');
  }
  if (startedOn !== null && startedOn < receivedOn) {
    add(
      'startedOn',
      'starts-before-it-was-asked',
      `The referral was received on ${sayDay(receivedOn, true)}: a stay can’t begin before it.`,
    );
  }
  if (endedOn !== null && endedOn < (startedOn ?? receivedOn)) add('endedOn', 'ends-before-it-starts', 'This is before the stay began.');
  return errors;
}

async function unknownCodes(trx: Trx, asked: Recorded): Promise<FieldError[]> {
  const { rows } = await sql<{ reason: boolean; trust: boolean }>`
    select exists (select 1 from code where list = 'out-of-area-reason' and code = ${asked.reasonCode}) as reason,
      exists (select 1 from trust where ods_code = ${asked.receiverTrust}) as trust`.execute(trx);
  const known = rows[0]!;
  return [
    ...(known.reason ? [] : [{ path: 'reasonCode', code: 'unknown-reason', message: 'Choose a reason from the national list.' }]),
    ...(known.trust || asked.receiverTrust === null
      ? []
      : [{ path: 'receiverTrust', code: 'unknown-trust', message: 'Choose a trust from the list, or leave this empty.' }]),
  ];
}

/**
 * The sender says how a line of the register stands: a draft, away, ended, or not out of area after all. Any of them may follow any other, since
 * it is how mistakes are put right; each says why, is dated, and keeps what was (rules-beds, section 5). Where the place is one we know and no distance is
 * given, it is measured from the person's home place.
 * Refused: another trust's line (404); a reason or trust nobody knows, days still to come or out of order, somebody away or ended without what that
 * needs, text that says who somebody is (422 `bad-input`).
 */
export async function recordOutOfArea(platform: Platform, act: Act, lineId: string, asked: Recorded): Promise<Result<OutOfAreaView>> {
  return transact(platform, act.once, async (trx) => {
    const line = await lockLine(trx, lineId);
    if (!line || !isOfTrust(act.scope, 'bed-manager', line.sender)) return notHere();
    const now = await timeNow(trx, platform.clock);
    const today = localDayOf(now);
    const { receiver, place, continuityContact, wishes, why } = asked;
    const errors = [
      ...lineErrors(asked, line.receivedOn, today),
      ...(await unknownCodes(trx, asked)),
      ...identityErrors({ receiver: receiver ?? undefined, place: place ?? undefined, continuityContact, wishes, why }, today),
    ];
    if (errors.length > 0) return badInput(errors);
    await revise(trx, act, line, asked, now);
    return registerLine(trx, act.scope, lineId, now);
  });
}

/** Closes what was said of a locked line and says it anew. */
async function revise(trx: Trx, act: Act, line: StoredLine, asked: Recorded, now: Instant): Promise<void> {
  const places = await knownPlaces(trx);
  const home = placeNamed(places, line.homePlace);
  const known = placeNamed(places, asked.place);
  // The coordinates of a ward where they arrived are closer than its place's, and stay as long as nobody names another place.
  const where =
    asked.place === line.place && line.latitude !== null && line.longitude !== null
      ? { latitude: line.latitude, longitude: line.longitude }
      : known;
  const measured = home && where ? Math.round(distanceKm(home, where)) : null;
  await sql`update out_of_area_revision set replaced_at = greatest(${new Date(now)}, recorded_at) where out_of_area_id = ${line.id} and replaced_at is null`.execute(
    trx,
  );
  await trx
    .insertInto('outOfAreaRevision')
    .values({
      id: newId(),
      outOfAreaId: line.id,
      bedType: line.bedType,
      receivedOn: line.receivedOn,
      ...asked,
      receiver: asked.receiver || null,
      place: asked.place || null,
      latitude: where?.latitude ?? null,
      longitude: where?.longitude ?? null,
      // A form sends back what it was given: the distance to the place before says nothing of another one.
      distanceKm: asked.place !== line.place && asked.distanceKm === line.distanceKm ? measured : (asked.distanceKm ?? measured),
      recordedBy: act.scope.accountId,
      recordedAt: rfc3339(now),
    })
    .execute();
  announce(trx, {
    type: 'register.changed',
    at: now,
    accountId: act.scope.accountId,
    data: { requestId: line.requestId, outOfAreaId: line.id, was: line.state, state: asked.state },
  });
}

/** The line of the nearest request of the chain, this one or an earlier, that says its person is away. */
async function awayLineOf(trx: Trx, requestId: string): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`
    with recursive chain as (
      select id, continues from placement_request where id = ${requestId}
      union select r.id, r.continues from placement_request r join chain c on r.id = c.continues)
    select o.id from out_of_area o join out_of_area_revision v on v.out_of_area_id = o.id and v.replaced_at is null
    where o.request_id in (select id from chain) and v.state = 'away' order by o.id desc limit 1`.execute(trx);
  return rows[0]?.id ?? null;
}

const nowhere: Omit<DraftLine, 'reasonCode' | 'why'> = {
  receiver: null,
  receiverKind: null,
  receiverTrust: null,
  place: null,
  latitude: null,
  longitude: null,
  distanceKm: null,
  startedOn: null,
};

/** Why wards that could take somebody didn't, counted: those whose figures nobody can rely on, and those the sender decided against. */
function reasonsOfRemaining(remaining: readonly Match[]): { code: string; sentence: string; count: number }[] {
  const stale = remaining.filter((match) => match.freshness === 'stale').length;
  return [
    { code: 'stale', sentence: 'A bed may be free, but the figures are stale', count: stale },
    { code: 'not-chosen', sentence: 'A bed is free; the sender says why not there', count: remaining.length - stale },
  ].filter((reason) => reason.count > 0);
}

/**
 * The sender gives up looking on the board: no ward meets the need, or none has a bed. Closes the request, keeps the reasons counted, and drafts the line of
 * the register with reason 10, no bed (rules-beds, section 3). Somebody who is away already and was only looked for again keeps the line they have.
 * Refused: another trust's request (404); one that isn't open (409 `not-open`) or has a bed held (409 `already-held`); while a ward that meets
 * or may be asked has a bed free, unless a reason is given (422 `beds-remain` with the wards); a reason that says who somebody is (422 `bad-input`).
 */
export async function giveUpPlacing(
  platform: Platform,
  act: Act,
  requestId: string,
  said: string | undefined,
): Promise<Result<UnablePlacedView>> {
  return transact(platform, act.once, async (trx) => {
    const request = await lockRequest(trx, requestId);
    if (!request || !isOfTrust(act.scope, 'bed-manager', request.sendingTrust)) return notHere();
    const now = await timeNow(trx, platform.clock);
    const errors = identityErrors({ reason: said }, localDayOf(now));
    if (errors.length > 0) return badInput(errors);
    if (request.state !== 'open') return refuse(409, 'not-open', 'This request is closed already.');
    if (await liveAllocation(trx, { requestId }, now)) {
      return refuse(409, 'already-held', 'A bed is held for this person. Let it go first, if it is not for them.');
    }
    const ground = await matchGround(trx, request.sendingTrust, now);
    const wards = await wardsToMatch(trx, { ...ground, bedType: request.bedType, at: now });
    const matches = matchesOf(needOf(request), wards, ground);
    const remaining = matches.filter(canTake);
    const reason = said || null;
    if (remaining.length > 0 && reason === null) {
      const lines = new Map(wards.map((ward) => [ward.wardId, ward.line]));
      return refuse(
        422,
        'beds-remain',
        remaining.length === 1
          ? `${lines.get(remaining[0]!.wardId)!.name} could still take this person. Hold a bed there, or say why not.`
          : `${remaining.length} wards could still take this person. Hold a bed on one, or say why not.`,
        {
          more: { wards: remaining.map((match) => ({ ...lines.get(match.wardId)!, outcome: match.outcome, free: match.freeBeds.length })) },
        },
      );
    }
    const reasons = [...reasonsOf(matches, ground.needNames), ...reasonsOfRemaining(remaining)];
    await sql`update placement_request set state = 'unable-to-place', closed_at = ${new Date(now)}, closed_reason = ${reason} where id = ${requestId}`.execute(
      trx,
    );
    announce(trx, {
      type: 'placement.changed',
      at: now,
      accountId: act.scope.accountId,
      data: { requestId, was: 'open', state: 'unable-to-place', reason, reasons: reasons.map(({ code, count }) => ({ code, count })) },
    });
    const line = { ...nowhere, reasonCode: '10', why: 'No ward of the board could take them.' };
    const outOfAreaId = (await awayLineOf(trx, requestId)) ?? (await draftOutOfArea(trx, request, line, act.scope.accountId, now));
    const view = await placement(trx, act.scope, requestId);
    return view.ok ? ok({ placement: view.value, reasons, outOfAreaId }) : view;
  });
}

interface Arrival {
  receiver: string;
  independent: boolean;
  trust: string;
  place: string | null;
  latitude: number | null;
  longitude: number | null;
  arrivedAt: Date;
}

/** Where the person of a placed request is, and since when. */
async function arrivalOf(trx: Trx, clock: Clock, request: StoredRequest): Promise<typeof nowhere | null> {
  const { rows } = await sql<Arrival>`
    select t.name as receiver, t.independent, w.trust, coalesce(p.name, s.place) as place, coalesce(s.latitude, p.latitude) as latitude,
      coalesce(s.longitude, p.longitude) as longitude, a.arrived_at
    from allocation a join ward w on w.id = a.ward_id join trust t on t.ods_code = w.trust join site s on s.code = w.site
      left join place p on p.short = s.place
    where a.request_id = ${request.id} and a.state = 'arrived' order by a.arrived_at desc limit 1`.execute(trx);
  const [arrival] = rows;
  if (!arrival) return null;
  const { receiver, independent, trust, place, latitude, longitude, arrivedAt } = arrival;
  const home = placeNamed(await knownPlaces(trx), request.homePlace);
  const where = latitude === null || longitude === null ? null : { latitude, longitude };
  const startedOn = localDayOf(clock.at(arrivedAt));
  return {
    receiver,
    receiverKind: independent ? 'independent' : 'nhs',
    receiverTrust: trust,
    place,
    latitude,
    longitude,
    distanceKm: home && where ? Math.round(distanceKm(home, where)) : null,
    startedOn: startedOn < request.receivedOn ? request.receivedOn : startedOn,
  };
}

/**
 * The sender says that somebody placed is out of area after all, where the program proposed nothing: the sender decides, not the program (rules-beds,
 * section 5). Drafts the line with where they are and since when; why they went is theirs to say, so the reason starts as not known. Also for a request
 * given up whose person was away already, and is now to have a line of its own.
 * Refused: another trust's request (404); one whose person hasn't arrived anywhere (409 `not-placed`); one with a line already, to be corrected
 * there (409 `in-the-register` with `outOfAreaId`); words that say who somebody is (422 `bad-input`).
 */
export async function sayOutOfArea(platform: Platform, act: Act, requestId: string, why: string): Promise<Result<OutOfAreaView>> {
  return transact(platform, act.once, async (trx) => {
    const request = await lockRequest(trx, requestId);
    if (!request || !isOfTrust(act.scope, 'bed-manager', request.sendingTrust)) return notHere();
    const now = await timeNow(trx, platform.clock);
    const errors = identityErrors({ why }, localDayOf(now));
    if (errors.length > 0) return badInput(errors);
    const before = await trx.selectFrom('outOfArea').select('id').where('requestId', '=', requestId).executeTakeFirst();
    if (before) {
      return refuse(409, 'in-the-register', 'This placement is in the register already. Change its line there.', {
        more: { outOfAreaId: before.id },
      });
    }
    const arrived = request.state === 'placed' ? await arrivalOf(trx, platform.clock, request) : null;
    if (request.state !== 'unable-to-place' && arrived === null) {
      return refuse(409, 'not-placed', 'Nobody has arrived by this request yet.');
    }
    const line = arrived ? { ...arrived, reasonCode: '99', why } : { ...nowhere, reasonCode: '10', why };
    const lineId = await draftOutOfArea(trx, request, line, act.scope.accountId, now);
    return registerLine(trx, act.scope, lineId, now);
  });
}
