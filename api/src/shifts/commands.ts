import { sql } from 'kysely';
import { v7 as newId } from 'uuid';
import type { Decision } from '@homeward/shared/kernel/decision.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import type { z } from 'zod';
import type { BookingView, MyShift, postShift, RequestView, WardShift } from '@homeward/shared/shifts/contract.ts';
import { mayUndo, shiftProblems, statusOf } from '@homeward/shared/shifts/posting-rules.ts';
import { decide, decisionForHost, rulesVersion } from '@homeward/shared/shifts/rules.ts';
import { nextCheckAt } from '@homeward/shared/shifts/settle-rules.ts';
import { waveAt, waveTimesOf } from '@homeward/shared/shifts/wave-rules.ts';
import { agreementCheck } from '@homeward/shared/places/rules.ts';
import { consentCheck, staffGroupOf } from '@homeward/shared/workers/rules.ts';
import { announce } from '../platform/announce.ts';
import type { Clock } from '../platform/clock.ts';
import { changePeople, readGround } from '../platform/ground.ts';
import type { Platform } from '../platform/platform.ts';
import { badInput, notHere, ok, refuse, type FieldError, type Result } from '../platform/problem.ts';
import { managesWard, type Scope } from '../platform/scope.ts';
import { transact, type Act, type Trx } from '../platform/transaction.ts';
import { groundFacts, imaginedShift, shiftFactsOf, wardFacts, workerFacts, type WardFacts } from './facts.ts';
import { lockPerson } from '../workers/steps.ts';
import { cancelStored, endBooking, isCancelReason, liveBooking, lockBooking, reopen, unknownReason } from './steps.ts';
import { bookingView, requestViews } from './booking-queries.ts';
import { storedShift, storedShifts, type StoredShift } from './queries.ts';
import { wardShifts } from './ward-queries.ts';
import { isTheirsToSee, nextShifts } from './worker-queries.ts';

type Posting = z.output<typeof postShift>;

/**
 * Posts shifts on wards the scope manages, each `count` times, all or none; answers them as the ward sees them.
 * Refused: another's ward (404), what `shiftProblems` refuses, an unknown reason or competency, cover for industrial action,
 * a preference that is half given or ends in the past (422). Times are instants; the break is in minutes (rules-staffing, section 4).
 */
export async function postShifts(platform: Platform, act: Act, postings: Posting[]): Promise<Result<{ items: WardShift[] }>> {
  return transact(platform, act.once, async (trx, now) => {
    if (!postings.every((posting) => managesWard(act.scope, posting.wardId))) return notHere();
    const wards = await wardFacts(trx, [...new Set(postings.map((posting) => posting.wardId))]);
    const reasons = new Map((await trx.selectFrom('shiftReason').selectAll().execute()).map((reason) => [reason.code, reason]));
    const errors = postings.flatMap((posting, index) => {
      const ward = wards.get(posting.wardId);
      const reason = reasons.get(posting.reason);
      const problems: FieldError[] = shiftProblems(
        {
          ...posting,
          reason: reason?.industrialAction ? 'industrial-action' : posting.reason,
          startsAt: Date.parse(posting.startsAt),
          endsAt: Date.parse(posting.endsAt),
        },
        now,
      );
      if (!reason && posting.reason !== 'industrial-action') {
        problems.push({ path: 'reason', code: 'unknown-reason', message: 'Choose a reason from the list.' });
      }
      const known = new Set(ward?.competencies.map((one) => one.competency));
      for (const competency of posting.requirements ?? []) {
        if (!known.has(competency)) {
          problems.push({
            path: 'requirements',
            code: 'unknown-competency',
            message: `"${competency}" is not a competency of the collaborative.`,
          });
        }
      }
      if ((posting.preferredWorkerId === undefined) !== (posting.preferredUntil === undefined)) {
        problems.push({
          path: 'preferredUntil',
          code: 'preference-incomplete',
          message: 'Say who is preferred and until when, or neither.',
        });
      } else if (posting.preferredUntil !== undefined && Date.parse(posting.preferredUntil) <= now) {
        problems.push({ path: 'preferredUntil', code: 'in-past', message: 'Keep the shift until a time that is still to come.' });
      }
      return postings.length === 1 ? problems : problems.map((one) => ({ ...one, path: `shifts.${index}.${one.path}` }));
    });
    if (errors.length > 0) return badInput(errors);
    if (!(await mayAskByName(trx, postings, wards, now))) {
      return badInput([{ path: 'preferredWorkerId', code: 'unknown-worker', message: 'There is no such worker.' }]);
    }
    const rules = await waveRules(trx, [...wards.keys()], now);
    const ids: string[] = [];
    for (const posting of postings) {
      const ward = wards.get(posting.wardId)!;
      const rule = rules.get(posting.wardId)!;
      const waves = waveTimesOf(rule.wave, now, Date.parse(posting.startsAt), rule.shortNoticeMinutes);
      const { preferredWorkerId, preferredUntil } = posting;
      const preferred = preferredWorkerId && preferredUntil ? { workerId: preferredWorkerId, until: Date.parse(preferredUntil) } : null;
      const rows = Array.from({ length: posting.count }, () => ({
        id: newId(),
        wardId: posting.wardId,
        role: posting.role,
        band: posting.band,
        staffGroup: staffGroupOf(posting.role),
        startsAt: posting.startsAt,
        endsAt: posting.endsAt,
        breakMinutes: posting.breakMinutes,
        reason: posting.reason,
        notes: posting.notes,
        extraCompetencies: posting.requirements ?? [],
        preferredWorkerId: posting.preferredWorkerId ?? null,
        preferredUntil: posting.preferredUntil ?? null,
        status: 'open',
        postedBy: act.scope.accountId,
        postedAt: rfc3339(now),
        regularsAt: rfc3339(waves.regularsAt),
        homeTrustAt: rfc3339(waves.homeTrustAt),
        collaborativeAt: rfc3339(waves.collaborativeAt),
        regularDuties: waves.regularDuties,
        regularWeeks: waves.regularWeeks,
        wave: waveAt({ waves, preferred }, now),
      }));
      await trx.insertInto('shift').values(rows).execute();
      for (const row of rows) {
        ids.push(row.id);
        announce(trx, {
          type: 'shift.posted',
          at: now,
          accountId: act.scope.accountId,
          wardId: ward.id,
          shiftId: row.id,
          data: {
            role: row.role,
            band: row.band,
            startsAt: row.startsAt,
            endsAt: row.endsAt,
            breakMinutes: row.breakMinutes,
            reason: row.reason,
          },
        });
      }
    }
    return ok({ items: await wardShifts(trx, await storedShifts(trx, sql`s.id = any(${ids}) order by s.starts_at, s.id`), now) });
  });
}

/**
 * Does every posting that keeps a shift for somebody name one this ward may know of: of its own trust, or sharing their passport with it
 * under an agreement? Anyone else is nobody there, not even by id (quality, section 4).
 */
async function mayAskByName(trx: Trx, postings: Posting[], wards: Map<string, WardFacts>, now: Instant): Promise<boolean> {
  const named = postings.flatMap((posting) => (posting.preferredWorkerId ? [{ posting, workerId: posting.preferredWorkerId }] : []));
  if (named.length === 0) return true;
  const workers = await workerFacts(trx, [...new Set(named.map(({ workerId }) => workerId))], { start: now, end: now });
  const ground = await groundFacts(trx, now);
  return named.every(({ posting, workerId }) => {
    const worker = workers.get(workerId);
    if (!worker) return false;
    const { role, band, breakMinutes } = posting;
    const asked = { role, band, breakMinutes, start: Date.parse(posting.startsAt), end: Date.parse(posting.endsAt) };
    const shift = imaginedShift(wards.get(posting.wardId)!, asked);
    return consentCheck(worker, shift).result === 'pass' && agreementCheck(worker, shift, ground).result === 'pass';
  });
}

interface WardWaves {
  wave: { regularDuties: number; regularWeeks: number; homeTrustAfterMinutes: number; collaborativeAfterMinutes: number } | null;
  shortNoticeMinutes: number;
}

async function waveRules(trx: Trx, wardIds: string[], now: Instant): Promise<Map<string, WardWaves>> {
  const { rows } = await sql<{
    id: string;
    regularsMinutes: number | null;
    homeTrustMinutes: number | null;
    regularDuties: number;
    regularWeeks: number;
    shortNoticeMinutes: number;
  }>`
    select w.id, v.regulars_minutes, v.home_trust_minutes, v.regular_duties, v.regular_weeks, coalesce(t.short_notice_minutes, 1440) as short_notice_minutes
    from ward w left join ward_wave v on v.ward_id = w.id and v.days @> ${localDayOf(now)}::date
      left join trust_setting t on t.trust = w.trust and t.days @> ${localDayOf(now)}::date
    where w.id = any(${wardIds})`.execute(trx);
  return new Map(
    rows.map((row) => [
      row.id,
      {
        shortNoticeMinutes: row.shortNoticeMinutes,
        wave:
          row.regularsMinutes === null || row.homeTrustMinutes === null
            ? null
            : {
                regularDuties: row.regularDuties,
                regularWeeks: row.regularWeeks,
                homeTrustAfterMinutes: row.regularsMinutes,
                collaborativeAfterMinutes: row.regularsMinutes + row.homeTrustMinutes,
              },
      },
    ]),
  );
}

// ————— Taking a shift —————

/** A shift and the person of a worker, both locked, and the instant from which what is read of them is decided on. */
interface Locked {
  shift: StoredShift;
  personId: string;
  now: Instant;
}

/**
 * Locks a shift, then its worker's person, then the ground to read it, in the one order every command keeps (quality, section 2; the
 * ground's lock stands for the agreement's row too). Everything is read after: what was read before may be what somebody has just changed.
 */
async function lockForBooking(trx: Trx, clock: Clock, shiftId: string, workerId: string): Promise<Locked | null> {
  await sql`select 1 from shift where id = ${shiftId} for no key update`.execute(trx);
  const personId = await lockPerson(trx, workerId);
  if (!personId) return null;
  const at = await readGround(trx, clock);
  const shift = await storedShift(trx, shiftId);
  return shift ? { shift, personId, now: await afterTheirLast(trx, personId, at) } : null;
}

/**
 * A booking is a decision and a fact of the next one in one: two of one person must not bear the same instant, or neither could be
 * told from what the other saw. Everything else that changes facts waits past the decisions before it (platform/ground.ts).
 */
async function afterTheirLast(trx: Trx, personId: string, at: Instant): Promise<Instant> {
  const { rows } = await sql<{ last: Date | null }>`select max(booked_at) as last from booking
    where person_id = ${personId} and booked_at >= ${new Date(at)}`.execute(trx);
  const last = rows[0]?.last;
  return last ? last.getTime() + 1 : at;
}

/** The decision on a worker and a shift, from facts read now. */
async function decideAfresh(trx: Trx, shift: StoredShift, workerId: string, now: Instant) {
  const ward = (await wardFacts(trx, [shift.wardId])).get(shift.wardId)!;
  const facts = shiftFactsOf(shift, ward);
  const ground = await groundFacts(trx, now);
  const worker = (await workerFacts(trx, [workerId], { start: facts.start, end: facts.end })).get(workerId)!;
  return { worker, ward, facts, decision: decide(worker, facts, ground, now), row: shift };
}

/** Why a shift that isn't open can't be taken, in words that are true of it. */
function notOpen(shift: StoredShift, now: Instant) {
  const status = statusOf(shift.status, shift.startsAt.getTime(), shift.endsAt.getTime(), now);
  if (status === 'open') return null;
  if (status === 'cancelled') return refuse(409, 'shift-cancelled', 'The ward has cancelled this shift.');
  if (status === 'expired') return refuse(409, 'shift-expired', 'This shift has already started.');
  return shiftTaken({ takenAt: rfc3339((shift.filledAt ?? shift.startsAt).getTime()) });
}

/** Writes the booking with the decision it rests on, fills the shift and tells of both. The caller holds the locks. */
async function book(
  trx: Trx,
  taken: { shift: StoredShift; personId: string; workerId: string; decision: Decision; scope: Scope; now: Instant },
): Promise<string> {
  const { shift, personId, workerId, decision, scope, now } = taken;
  const id = newId();
  const checkAt = nextCheckAt(shift.startsAt.getTime(), now);
  await trx
    .insertInto('booking')
    .values({
      id,
      shiftId: shift.id,
      workerId,
      personId,
      period: sql<string>`tstzrange(${shift.startsAt}, ${shift.endsAt}, '[)')`,
      breakMinutes: shift.breakMinutes,
      wardId: shift.wardId,
      status: 'confirmed',
      decision: JSON.stringify(decision),
      rules: rulesVersion,
      decidedAt: rfc3339(now),
      bookedAt: rfc3339(now),
      bookedBy: scope.accountId,
      nextCheckAt: checkAt === null ? null : rfc3339(checkAt),
    })
    .execute();
  await sql`update shift set status = 'filled', filled_at = ${new Date(now)}, version = version + 1 where id = ${shift.id}`.execute(trx);
  await sql`update shift_request set status = 'closed', answered_at = ${new Date(now)} where shift_id = ${shift.id} and status = 'asked'`.execute(
    trx,
  );
  announce(trx, {
    type: 'booking.confirmed',
    at: now,
    accountId: scope.accountId,
    wardId: shift.wardId,
    shiftId: shift.id,
    workerId,
    data: { bookingId: id, personId, outcome: decision.outcome },
  });
  announce(trx, {
    type: 'shift.filled',
    at: now,
    accountId: scope.accountId,
    wardId: shift.wardId,
    shiftId: shift.id,
    data: { bookingId: id, personId },
  });
  return id;
}

/**
 * A worker takes a shift: the decision is taken afresh under locks, stored with its evidence, and one wins.
 * Refused: 404 where the shift isn't theirs to see; 409 `already-yours`, `shift-taken` with when and up to three next shifts, `shift-cancelled`,
 * `shift-expired`; 422 `not-eligible` with the decision, its checks naming what would fix each (rules-staffing, section 4).
 */
export async function acceptShift(platform: Platform, act: Act, shiftId: string): Promise<Result<BookingView>> {
  const { scope } = act;
  const workerId = scope.workerId;
  if (!workerId) return notHere();
  const lost = async () => {
    const wentAt = await lostAt(platform, act, shiftId);
    return wentAt && shiftTaken({ takenAt: rfc3339(wentAt.getTime()) });
  };
  const take = () =>
    transact(platform, act.once, async (trx): Promise<Result<BookingView>> => {
      const locked = await lockForBooking(trx, platform.clock, shiftId, workerId);
      if (!locked) return notHere();
      const { shift, personId, now } = locked;
      const afresh = await decideAfresh(trx, shift, workerId, now);
      // Whether it is gone is told only to those who could have taken it.
      if (!isTheirsToSee(afresh, workerId, now)) return notHere();
      const gone = notOpen(shift, now);
      if (gone) return gone;
      if (afresh.decision.outcome !== 'eligible') return notEligible(afresh.decision);
      const bookingId = await book(trx, { shift, personId, workerId, decision: afresh.decision, scope, now });
      return ok((await bookingView(trx, bookingId))!);
    });
  const answer = await platform.turns.take<BookingView>(shiftId, async () => (await lost()) ?? take(), lost);
  if (answer.ok || answer.refusal.code !== 'shift-taken') return answer;
  const { gone, holder, next: nextOf } = await whatLosersHear(platform, shiftId, workerId);
  if (holder?.workerId === workerId)
    return refuse(409, 'already-yours', 'You have booked this shift already.', { more: { bookingId: holder.id } });
  const next = nextOf.get(workerId);
  if (!gone || !next) return notHere();
  // When it went, as they were told under the lock: read now it may have been given back, and be open again.
  return shiftTaken({ takenAt: rfc3339((gone.filledAt ?? gone.startsAt).getTime()), ...answer.refusal.more, next });
}

/** Whose a shift is now that others have lost it, and what each of them may take instead. */
interface Lost {
  gone: StoredShift | undefined;
  holder: { id: string; workerId: string } | undefined;
  next: Map<string, MyShift[] | null>;
}

const gathering = new Map<string, { workerIds: Set<string>; answers: Promise<Lost> }>();
const gatherMs = 4;

/** Those who lose the same shift in the same few milliseconds are looked up together. */
function whatLosersHear(platform: Platform, shiftId: string, workerId: string): Promise<Lost> {
  let together = gathering.get(shiftId);
  if (!together) {
    const workerIds = new Set<string>();
    const answers = new Promise((resolve) => setTimeout(resolve, gatherMs)).then(() => {
      gathering.delete(shiftId);
      return lostBy(platform, shiftId, [...workerIds]);
    });
    gathering.set(shiftId, (together = { workerIds, answers }));
  }
  together.workerIds.add(workerId);
  return together.answers;
}

async function lostBy({ db, clock }: Platform, shiftId: string, workerIds: readonly string[]): Promise<Lost> {
  const live = sql<{ id: string; workerId: string }>`select id, worker_id from booking
    where shift_id = ${shiftId} and status in ('confirmed', 'needs-review', 'worked')`;
  const [gone, { rows }] = await Promise.all([storedShift(db, shiftId), live.execute(db)]);
  return { gone, holder: rows[0], next: gone ? await nextShifts(db, workerIds, gone, clock.now()) : new Map() };
}

const shiftTaken = (more: Record<string, unknown> = {}) => refuse(409, 'shift-taken', 'Somebody else took this shift.', { more });

/**
 * When somebody else's booking of this shift was committed; null where none is. One statement, so that one's own earlier yes, whose key was
 * committed with it, is never taken for a loss. Saves the losers of a race a transaction and a lock each.
 */
async function lostAt(platform: Platform, act: Act, shiftId: string): Promise<Date | null> {
  const { rows } = await sql<{ filledAt: Date | null }>`
    select s.filled_at from shift s where s.id = ${shiftId} and s.status = 'filled' and not exists (select 1 from idempotency_key k
      where k.account_id = ${act.once?.accountId ?? null}::uuid and k.key = ${act.once?.key ?? null})`.execute(platform.db);
  return rows[0]?.filledAt ?? null;
}

const notEligible = (decision: Decision) =>
  refuse(
    422,
    'not-eligible',
    decision.checks.find((check) => check.result !== 'pass' && check.result !== 'warn')?.sentence ?? 'You cannot take this shift.',
    {
      more: { decision },
    },
  );

/**
 * A worker whose outcome is `override` asks the ward. Refused: 409 where the shift has gone or was asked for already, 422
 * `may-accept` where no asking is needed, 422 `not-eligible` where no ward could say yes.
 */
export async function askWard(platform: Platform, act: Act, shiftId: string): Promise<Result<RequestView>> {
  const { scope } = act;
  const workerId = scope.workerId;
  if (!workerId) return notHere();
  return transact(platform, act.once, async (trx) => {
    const locked = await lockForBooking(trx, platform.clock, shiftId, workerId);
    if (!locked) return notHere();
    const { now } = locked;
    const afresh = await decideAfresh(trx, locked.shift, workerId, now);
    if (!isTheirsToSee(afresh, workerId, now)) return notHere();
    const gone = notOpen(locked.shift, now);
    if (gone) return gone;
    if (afresh.decision.outcome === 'eligible') return refuse(422, 'may-accept', 'You may take this shift without asking.');
    if (afresh.decision.outcome === 'blocked') return notEligible(afresh.decision);
    const id = newId();
    await trx
      .insertInto('shiftRequest')
      .values({ id, shiftId, workerId, status: 'asked', decision: JSON.stringify(afresh.decision), askedAt: rfc3339(now) })
      .execute();
    announce(trx, {
      type: 'request.asked',
      at: now,
      accountId: scope.accountId,
      wardId: locked.shift.wardId,
      shiftId,
      workerId,
      data: { requestId: id },
    });
    return ok((await requestViews(trx, sql`q.id = ${id}`))[0]!);
  });
}

/**
 * The host's ward manager approves, which decides afresh and books, or refuses. Both need a reason; approving where rest is cut
 * needs the compensatory rest. Refused: 404 for another's ward, 409 where the request or the shift has gone, 422 where the
 * decision is now blocked (rules-staffing, section 4; Working Time Regulations 1998, reg. 24).
 */
export async function answerRequest(
  platform: Platform,
  act: Act,
  requestId: string,
  answer: { approve: boolean; reason: string; compensatoryRest: string | undefined },
): Promise<Result<RequestView>> {
  return transact(platform, act.once, async (trx) => {
    const asked = await trx.selectFrom('shiftRequest').select(['shiftId', 'workerId']).where('id', '=', requestId).executeTakeFirst();
    const locked = asked && (await lockForBooking(trx, platform.clock, asked.shiftId, asked.workerId));
    if (!asked || !locked || !managesWard(act.scope, locked.shift.wardId)) return notHere();
    const { shift, personId, now } = locked;
    const request = await trx.selectFrom('shiftRequest').select('status').where('id', '=', requestId).executeTakeFirstOrThrow();
    if (request.status !== 'asked') return refuse(409, 'already-answered', 'This request has been answered already.');
    let bookingId: string | null = null;
    if (answer.approve) {
      const gone = notOpen(shift, now);
      if (gone) return gone;
      const { decision, worker, ward } = await decideAfresh(trx, shift, asked.workerId, now);
      if (decision.outcome === 'blocked') return notEligible(decisionForHost(decision, { sameTrust: worker.homeTrust === ward.trust }));
      const restIsCut = decision.checks.some((check) => check.result === 'override' && check.code.endsWith('-rest'));
      if (restIsCut && !answer.compensatoryRest) {
        return badInput([
          { path: 'compensatoryRest', code: 'compensatory-rest-needed', message: 'Rest is cut short: say when this person gets it back.' },
        ]);
      }
      await sql`update shift_request set status = 'approved', answered_at = ${new Date(now)}, answered_by = ${act.scope.accountId},
        reason = ${answer.reason}, compensatory_rest = ${answer.compensatoryRest ?? null}, decision = ${JSON.stringify(decision)}::jsonb
        where id = ${requestId}`.execute(trx);
      bookingId = await book(trx, { shift, personId, workerId: asked.workerId, decision, scope: act.scope, now });
      await sql`update shift_request set booking_id = ${bookingId} where id = ${requestId}`.execute(trx);
    } else {
      await sql`update shift_request set status = 'refused', answered_at = ${new Date(now)}, answered_by = ${act.scope.accountId},
        reason = ${answer.reason} where id = ${requestId}`.execute(trx);
    }
    announce(trx, {
      type: 'request.answered',
      at: now,
      accountId: act.scope.accountId,
      wardId: shift.wardId,
      shiftId: shift.id,
      workerId: asked.workerId,
      data: { requestId, approved: answer.approve, reason: answer.reason, compensatoryRest: answer.compensatoryRest ?? null, bookingId },
    });
    const [view] = await requestViews(trx, sql`q.id = ${requestId}`);
    const trusts = await trx
      .selectFrom('worker')
      .innerJoin('ward', (join) => join.on('ward.id', '=', shift.wardId))
      .select(['worker.trust as home', 'ward.trust as host'])
      .where('worker.id', '=', asked.workerId)
      .executeTakeFirstOrThrow();
    return ok({ ...view!, decision: decisionForHost(view!.decision, { sameTrust: trusts.home === trusts.host }) });
  });
}

// ————— Giving a shift up —————

/**
 * The ward cancels a shift with a reason, a code of its list or a few words; a live booking on it is cancelled with it, and its worker told.
 * Refused: another's ward (404), a shift that has started or gone (409), a reason that is the worker's to give (422).
 */
export async function cancelShift(platform: Platform, act: Act, shiftId: string, reason: string): Promise<Result<WardShift>> {
  return transact(platform, act.once, async (trx) => {
    const seen = await storedShift(trx, shiftId);
    if (!seen || !managesWard(act.scope, seen.wardId)) return notHere();
    if (!(await isCancelReason(trx, reason, 'ward'))) return unknownReason();
    await sql`select 1 from shift where id = ${shiftId} for no key update`.execute(trx);
    const booked = await liveBooking(trx, sql`b.shift_id = ${shiftId}`);
    if (booked) await lockPerson(trx, booked.workerId);
    const now = await changePeople(trx, platform.clock);
    const shift = (await storedShift(trx, shiftId))!;
    const status = statusOf(shift.status, shift.startsAt.getTime(), shift.endsAt.getTime(), now);
    if (status !== 'open' && status !== 'filled') return refuse(409, 'too-late', `This shift is already ${status}.`);
    const booking = await liveBooking(trx, sql`b.shift_id = ${shiftId}`);
    if (booking) await endBooking(trx, booking, { scope: act.scope, side: 'ward', reason, undone: false, now });
    await cancelStored(trx, shift, reason, act.scope, now);
    return ok((await wardShifts(trx, [(await storedShift(trx, shiftId))!], now))[0]!);
  });
}

/**
 * Either side gives a booking up, with a reason, a code of its list or a few words; the shift opens again. Always possible until the shift has ended;
 * sickness is a reason like any other and never counts against anyone (rules-staffing, section 4).
 * Refused: 404 for anyone but the worker and the ward's manager, 409 where it was cancelled already, 422 for a reason of the other side's list.
 */
export async function cancelBooking(platform: Platform, act: Act, bookingId: string, reason: string): Promise<Result<BookingView>> {
  return transact(platform, act.once, async (trx) => {
    const side = await sideOf(trx, act.scope, bookingId);
    if (!side) return notHere();
    if (!(await isCancelReason(trx, reason, side))) return unknownReason();
    const locked = await lockBooking(trx, bookingId);
    if (locked === null) return notHere();
    const now = await changePeople(trx, platform.clock);
    if (locked === 'gone') return refuse(409, 'already-cancelled', 'This booking has been cancelled already.');
    if (locked.shift.endsAt.getTime() <= now) return refuse(409, 'too-late', 'This shift has ended.');
    await endBooking(trx, locked.booking, { scope: act.scope, side, reason, undone: false, now });
    await reopen(trx, locked.shift, act.scope, now);
    return ok((await bookingView(trx, bookingId))!);
  });
}

/** Takes an acceptance back without a reason, within five minutes of it and before the shift starts; only the worker. */
export async function undoBooking(platform: Platform, act: Act, bookingId: string): Promise<Result<BookingView>> {
  return transact(platform, act.once, async (trx) => {
    if ((await sideOf(trx, act.scope, bookingId)) !== 'worker') return notHere();
    const locked = await lockBooking(trx, bookingId);
    if (locked === null) return notHere();
    const now = await changePeople(trx, platform.clock);
    if (locked === 'gone') return refuse(409, 'already-cancelled', 'This booking has been cancelled already.');
    if (!mayUndo(locked.booking.bookedAt.getTime(), now) || locked.booking.startsAt.getTime() <= now) {
      return refuse(409, 'too-late', 'The five minutes to undo have passed. You can still cancel with a reason.');
    }
    await endBooking(trx, locked.booking, { scope: act.scope, side: 'worker', reason: null, undone: true, now });
    await reopen(trx, locked.shift, act.scope, now);
    return ok((await bookingView(trx, bookingId))!);
  });
}

/** Whose booking it is to give up: the worker's own, or one on a ward the scope manages. */
async function sideOf(trx: Trx, scope: Scope, bookingId: string): Promise<'worker' | 'ward' | null> {
  const booking = await trx.selectFrom('booking').select(['workerId', 'wardId']).where('id', '=', bookingId).executeTakeFirst();
  if (!booking) return null;
  if (scope.workerId === booking.workerId) return 'worker';
  return managesWard(scope, booking.wardId) ? 'ward' : null;
}
