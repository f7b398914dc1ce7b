import { sql } from 'kysely';
import { v7 as newId } from 'uuid';
import type { z } from 'zod';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { isInForce, localDayOf, sayDay, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import type {
  answerChallenge,
  challengeRestriction as challengeShape,
  newRestriction,
  RestrictionView,
} from '@homeward/shared/workers/contract.ts';
import { announce } from '../platform/announce.ts';
import { changePeople } from '../platform/ground.ts';
import type { Platform } from '../platform/platform.ts';
import { badInput, notHere, ok, refuse, type FieldError, type Result } from '../platform/problem.ts';
import { isOfTrust } from '../platform/scope.ts';
import { transact, type Act, type Trx } from '../platform/transaction.ts';
import { groundFacts, workerFacts } from '../shifts/facts.ts';
import { reviewBookings } from '../shifts/steps.ts';
import { restrictionViews } from './restriction-queries.ts';
import { lockPerson } from './steps.ts';

const viewOf = async (trx: Trx, act: Act, id: string, now: Instant): Promise<RestrictionView> =>
  (await restrictionViews(trx, act.scope, sql`x.id = ${id}`, now))[0]!;

/**
 * A ward asks not to be sent a worker, with a reason, a reviewer and an end where there is one: its trust's bank office records it, and
 * the worker's coming bookings there have to be looked at again. Local days, both included.
 * Refused: another trust's ward (404); a worker this trust may not know of, as one who doesn't exist, and days that can't be (422); one that
 * the ward has already for any of those days (409 `already-restricted`).
 */
export async function restrictWorker(
  platform: Platform,
  act: Act,
  given: z.output<typeof newRestriction>,
): Promise<Result<RestrictionView>> {
  return transact(platform, act.once, async (trx, now) => {
    const { wardId, workerId, from, until, reason, reviewer } = given;
    const ward = await trx.selectFrom('ward').select('trust').where('id', '=', wardId).executeTakeFirst();
    if (!ward || !isOfTrust(act.scope, 'bank-office', ward.trust)) return notHere();
    const errors: FieldError[] = [];
    if (until !== null && until < from)
      errors.push({ path: 'until', code: 'before-start', message: 'The last day cannot be before the first.' });
    else if (until !== null && until < localDayOf(now))
      errors.push({ path: 'until', code: 'in-past', message: 'Give a last day that is still to come.' });
    if (errors.length > 0) return badInput(errors);
    if (!(await mayKnowOf(trx, ward.trust, workerId, now))) {
      return badInput([{ path: 'workerId', code: 'unknown-worker', message: 'There is no such worker.' }]);
    }
    const personId = await lockPerson(trx, workerId);
    if (!personId) return badInput([{ path: 'workerId', code: 'unknown-worker', message: 'There is no such worker.' }]);
    const at = await changePeople(trx, platform.clock);
    const { rows: live } = await sql<{ until: LocalDay | null }>`
      select x.until_day as until from restriction x join worker k on k.id = x.worker_id
      where x.ward_id = ${wardId} and k.person_id = ${personId} and x.lifted_at is null
        and x.from_day <= coalesce(${until}::date, 'infinity') and coalesce(x.until_day, 'infinity') >= ${from}::date limit 1`.execute(trx);
    if (live[0]) {
      const ends = live[0].until === null ? 'without an end' : `until ${sayDay(live[0].until, true)}`;
      return refuse(409, 'already-restricted', `This ward already has a do-not-book for this worker, ${ends}. Lift that one first.`);
    }
    const id = newId();
    await trx
      .insertInto('restriction')
      .values({
        id,
        workerId,
        wardId,
        fromDay: from,
        untilDay: until,
        reason,
        reviewer,
        recordedAt: rfc3339(at),
        recordedBy: act.scope.accountId,
        recordedByName: act.scope.name,
      })
      .execute();
    tell(trx, act, at, { id, workerId, wardId, personId, change: 'made' });
    const workerIds = (await trx.selectFrom('worker').select('id').where('personId', '=', personId).execute()).map((row) => row.id);
    await reviewBookings(trx, workerIds, 'The ward asked not to be sent this worker.', act.scope.accountId, at, { wardIds: [wardId] });
    return ok(await viewOf(trx, act, id, at));
  });
}

/**
 * Whom a trust's bank office may name: its own workers, whoever works or has worked on its wards, and those who share the passport with it
 * under an agreement that is in force (quality, section 4). Anyone else is nobody there.
 */
async function mayKnowOf(trx: Trx, trust: string, workerId: string, now: Instant): Promise<boolean> {
  const worker = (await workerFacts(trx, [workerId], { start: now, end: now })).get(workerId);
  if (!worker) return false;
  if (worker.homeTrust === trust) return true;
  const { rows } = await sql`
    select 1 from booking b join ward w on w.id = b.ward_id where b.worker_id = ${workerId} and w.trust = ${trust} and b.status <> 'cancelled'
    union all
    select 1 from duty_revision d join ward w on w.id = d.ward_id where d.worker_id = ${workerId} and d.replaced_at is null and w.trust = ${trust}
    limit 1`.execute(trx);
  if (rows.length > 0) return true;
  if (!worker.consentsToShare) return false;
  const today = localDayOf(now);
  return (await groundFacts(trx, now)).agreements.some(
    (one) => one.homeTrust === worker.homeTrust && one.hostTrust === trust && one.staffGroup === worker.staffGroup && isInForce(one, today),
  );
}

interface Locked {
  id: string;
  workerId: string;
  wardId: string;
  personId: string;
  wardTrust: string;
  fromDay: LocalDay;
  untilDay: LocalDay | null;
  liftedAt: Date | null;
  challengeId: string | null;
}

/** A restriction read after its person is locked, as everything about it is changed, with its challenge that waits for an answer. */
async function lockRestriction(trx: Trx, id: string): Promise<Locked | null> {
  const seen = await trx.selectFrom('restriction').select('workerId').where('id', '=', id).executeTakeFirst();
  const personId = seen && (await lockPerson(trx, seen.workerId));
  if (!personId) return null;
  const { rows } = await sql<Omit<Locked, 'personId'>>`
    select x.id, x.worker_id, x.ward_id, w.trust as ward_trust, x.from_day, x.until_day, x.lifted_at,
      (select c.id from restriction_challenge c where c.restriction_id = x.id and c.answered_at is null) as challenge_id
    from restriction x join ward w on w.id = x.ward_id where x.id = ${id}`.execute(trx);
  return { ...rows[0]!, personId };
}

type Change = 'made' | 'lifted' | 'challenged' | 'kept';

function tell(
  trx: Trx,
  act: Act,
  at: Instant,
  about: { id: string; workerId: string; wardId: string; personId: string; change: Change },
): void {
  announce(trx, {
    type: 'restriction.changed',
    at,
    accountId: act.scope.accountId,
    workerId: about.workerId,
    wardId: about.wardId,
    data: { restrictionId: about.id, personId: about.personId, change: about.change },
  });
}

const alreadyLifted = () => refuse(409, 'already-lifted', 'This do-not-book has been lifted already.');

async function lift(trx: Trx, act: Act, at: Instant, one: Locked, reason: string): Promise<void> {
  await sql`update restriction set lifted_at = ${rfc3339(at)}, lifted_by_name = ${act.scope.name}, lifted_reason = ${reason}
    where id = ${one.id}`.execute(trx);
  tell(trx, act, at, { ...one, change: 'lifted' });
}

async function answer(trx: Trx, act: Act, at: Instant, one: Locked, outcome: 'kept' | 'lifted', words: string): Promise<void> {
  await sql`update restriction_challenge set answered_at = ${rfc3339(at)}, answered_by = ${act.scope.accountId},
    answered_by_name = ${act.scope.name}, outcome = ${outcome}, answer = ${words} where id = ${one.challengeId}`.execute(trx);
}

/**
 * The bank office of the ward's trust lifts a do-not-book, with a reason. A challenge that still waits is answered by it.
 * Refused: another trust's ward (404); one that is lifted already (409).
 */
export async function liftRestriction(platform: Platform, act: Act, id: string, reason: string): Promise<Result<RestrictionView>> {
  return transact(platform, act.once, async (trx) => {
    const one = await lockRestriction(trx, id);
    if (!one || !isOfTrust(act.scope, 'bank-office', one.wardTrust)) return notHere();
    if (one.liftedAt) return alreadyLifted();
    const at = await changePeople(trx, platform.clock);
    if (one.challengeId) await answer(trx, act, at, one, 'lifted', reason);
    await lift(trx, act, at, one, reason);
    return ok(await viewOf(trx, act, id, at));
  });
}

/**
 * A worker asks for a do-not-book about them to be looked at again, in their own words (rules-staffing, section 3: the route to challenge it).
 * Refused: one about somebody else (404); one that is over or lifted (409 `not-in-force`); while an earlier challenge waits (409
 * `already-challenged`). Answered and kept, it may be challenged again.
 */
export async function challengeRestriction(
  platform: Platform,
  act: Act,
  id: string,
  { words }: z.output<typeof challengeShape>,
): Promise<Result<RestrictionView>> {
  return transact(platform, act.once, async (trx) => {
    const one = await lockRestriction(trx, id);
    if (!one || one.personId !== act.scope.personId) return notHere();
    const at = await changePeople(trx, platform.clock);
    if (one.liftedAt || (one.untilDay !== null && one.untilDay < localDayOf(at)))
      return refuse(409, 'not-in-force', 'This do-not-book no longer stands, so there is nothing to challenge.');
    if (one.challengeId)
      return refuse(409, 'already-challenged', 'Your challenge is with the ward’s bank office. You will hear what they decide.');
    await trx
      .insertInto('restrictionChallenge')
      .values({ id: newId(), restrictionId: id, at: rfc3339(at), words })
      .execute();
    tell(trx, act, at, { ...one, change: 'challenged' });
    return ok(await viewOf(trx, act, id, at));
  });
}

/**
 * The bank office of the ward's trust answers the worker's challenge: the do-not-book is kept, or lifted at once.
 * Refused: another trust's ward (404); without a challenge that waits (409 `no-challenge`).
 */
export async function answerRestriction(
  platform: Platform,
  act: Act,
  id: string,
  given: z.output<typeof answerChallenge>,
): Promise<Result<RestrictionView>> {
  return transact(platform, act.once, async (trx) => {
    const one = await lockRestriction(trx, id);
    if (!one || !isOfTrust(act.scope, 'bank-office', one.wardTrust)) return notHere();
    if (!one.challengeId) return refuse(409, 'no-challenge', 'Nobody’s challenge waits for an answer here.');
    const at = await changePeople(trx, platform.clock);
    await answer(trx, act, at, one, given.outcome, given.answer);
    if (given.outcome === 'lifted' && !one.liftedAt) await lift(trx, act, at, one, given.answer);
    else tell(trx, act, at, { ...one, change: 'kept' });
    return ok(await viewOf(trx, act, id, at));
  });
}
