import { sql } from 'kysely';
import { v7 as newId } from 'uuid';
import type { z } from 'zod';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { trustWords } from '@homeward/shared/shifts/words-rules.ts';
import type {
  AlignmentDetail,
  alignmentMoved,
  EffectView,
  pilotReport,
  stressTest as stressTestShape,
  validateAlignment as validateShape,
} from '@homeward/shared/training/contract.ts';
import type { AlignmentState, AlignmentStep, LeadFact } from '@homeward/shared/training/facts.ts';
import { signingTrustOf, stateAfterStep, whyNot, type TrustNames, type WhyNot } from '@homeward/shared/training/lifecycle-rules.ts';
import { announce } from '../platform/announce.ts';
import { changeGround } from '../platform/ground.ts';
import type { Platform } from '../platform/platform.ts';
import { badInput, notHere, ok, refuse, type Result } from '../platform/problem.ts';
import { managesWard, trustsAs } from '../platform/scope.ts';
import { timeNow, transact, type Act, type Trx } from '../platform/transaction.ts';
import { alignmentDetailOf, isMine, leadOf, lifecycleOf, storedAlignments, trustNames, type StoredAlignment } from './alignment-queries.ts';
import { delegationsInForce } from './delegation-queries.ts';
import { carryOut, changeTo, pilotState, validatedState, type NextState } from './steps.ts';

type Moved = z.infer<typeof alignmentMoved>;

/** The row is locked first, so that two who act at once act one after the other; what it says is read in new statements afterwards. */
async function lockAlignment(trx: Trx, id: string): Promise<boolean> {
  const { rows } = await sql`select 1 from alignment where id = ${id} for no key update`.execute(trx);
  return rows.length > 0;
}

/** Missing rights look like a missing thing; whatever else stands in the way says what would be legal. */
function refusalFor({ code, sentence, legal }: WhyNot) {
  if (code === 'not-yours') return notHere();
  return refuse(code === 'no-delegation' ? 422 : 409, code, sentence, { more: { legal } });
}

/** A step that is legal and this lead's to take, with the alignment's row locked and read since. */
interface Taking {
  trx: Trx;
  act: Act;
  at: StoredAlignment;
  /** Whom the lead acts for. */
  trust: string;
  names: TrustNames;
  lead: LeadFact;
  now: Instant;
}

const movesState = (step: AlignmentStep) => step !== 'sign' && step !== 'object' && step !== 'answer';

/** "Ruth Adeyemi for Leeds and York Partnership" */
const forTrust = (act: Act, trust: string, names: TrustNames) => `${act.scope.name} for ${trustWords(names.get(trust) ?? trust)}`;

/**
 * What every step of the lifecycle shares: the locks, the rights, the rule, the event and the answer. A step that moves the state holds the
 * ground from before it reads, since decisions rest on the state.
 */
async function takeStep(
  platform: Platform,
  act: Act,
  id: string,
  step: AlignmentStep,
  asked: { trust?: string | undefined; reason?: string | undefined },
  work: (taking: Taking) => Promise<Result<EffectView | null>>,
): Promise<Result<Moved>> {
  return transact(platform, act.once, async (trx) => {
    if (movesState(step)) await changeGround(trx, platform.clock);
    if (!(await lockAlignment(trx, id))) return notHere();
    // After both: who waited here for the last signature must not move on before it.
    const now = await timeNow(trx, platform.clock);
    const [at] = await storedAlignments(trx, sql`a.id = ${id}`, localDayOf(now));
    const names = await trustNames(trx);
    const lead = narrowed(await leadOf(trx, act.scope, now, { lock: step === 'sign' || step === 'object' }), asked.trust);
    const lifecycle = lifecycleOf(at!);
    const why = whyNot(step, lifecycle, lead, names);
    if (why) return refusalFor(why);
    const signs = step === 'sign' || step === 'object';
    const trust = signs ? signingTrustOf(lifecycle, lead)! : actingTrust(at!, lead);
    const done = await work({ trx, act, at: at!, trust, names, lead, now });
    if (!done.ok) return done;
    return ok({
      ...(await told(trx, act, id, step, { trust, ...(asked.reason ? { reason: asked.reason } : {}) }, now)),
      effect: done.value,
    });
  });
}

const narrowed = (lead: LeadFact, trust: string | undefined): LeadFact =>
  trust === undefined ? lead : { leads: lead.leads.filter((one) => one === trust), signsFor: lead.signsFor.filter((one) => one === trust) };

/** The course's own trust where they lead it, else the first of the members' that they do. */
const actingTrust = (at: StoredAlignment, { leads }: LeadFact): string =>
  [at.courseTrust, ...at.members.map((member) => member.trust)].find((trust) => leads.includes(trust))!;

/** Tells of what was done to an alignment, and answers it as it is now. */
async function told(
  trx: Trx,
  act: Act,
  id: string,
  step: AlignmentStep | 'comment' | 'report',
  more: Record<string, string>,
  now: Instant,
): Promise<AlignmentDetail> {
  const [alignment] = await storedAlignments(trx, sql`a.id = ${id}`, localDayOf(now));
  const { courseId, competency, state } = alignment!;
  announce(trx, {
    type: 'alignment.changed',
    at: now,
    accountId: act.scope.accountId,
    data: { alignmentId: id, courseId, competency, state, step, ...more },
  });
  return alignmentDetailOf(trx, act.scope, alignment!, now);
}

/** Closes the state an alignment is in, if it is in one, and begins the next: a round of its own. */
async function moveTo(
  trx: Trx,
  act: Act,
  at: { id: string; stateId: string | null },
  by: { trust: string; words: string },
  next: NextState,
  now: Instant,
): Promise<void> {
  const since = rfc3339(now);
  if (at.stateId) {
    await sql`update alignment_state set replaced_at = greatest(${since}::timestamptz, since) where id = ${at.stateId}`.execute(trx);
  }
  const stateId = newId();
  await trx
    .insertInto('alignmentState')
    .values({
      id: stateId,
      alignmentId: at.id,
      state: next.state,
      since,
      decidedBy: by.words,
      decidedByAccount: act.scope.accountId,
      decidedByTrust: by.trust,
      reason: next.reason || null,
      countsFrom: next.countsFrom ?? null,
      pilotUntil: next.pilotUntil === undefined ? null : rfc3339(next.pilotUntil),
      watchFor: next.watchFor || null,
    })
    .execute();
  if (next.pilotWardIds && next.pilotWardIds.length > 0) {
    await trx
      .insertInto('alignmentPilotWard')
      .values(next.pilotWardIds.map((wardId) => ({ alignmentStateId: stateId, wardId })))
      .execute();
  }
}

/**
 * Moves the state. Where it counted before or counts afterwards, that moves what people may do: the answer is what it did, and the
 * bookings that no longer hold are marked.
 */
async function move({ trx, act, at, trust, names, now }: Taking, next: NextState, happened: string): Promise<EffectView | null> {
  const words = forTrust(act, trust, names);
  const write = () => moveTo(trx, act, at, { trust, words }, next, now);
  if (!counts(at.state) && !counts(next.state)) {
    await write();
    return null;
  }
  const { title } = await trx.selectFrom('competency').select('title').where('code', '=', at.competency).executeTakeFirstOrThrow();
  // Not which course: where somebody trained could tell a ward elsewhere where else they work.
  const because = `A course for ${title} ${happened}.`;
  return carryOut(trx, act.scope, { change: changeTo(at, next, words, now), because, now }, write);
}

const counts = (state: AlignmentState) => state === 'stress-testing' || state === 'validated';

/**
 * `propose`: the lead of the course's trust says that this version of it meets a shared competency. It makes a draft, which counts nowhere
 * else yet; one that was withdrawn before begins again, in a new round (rules-staffing, section 2).
 * Refused: a course that isn't there or isn't theirs (404); a competency nobody shares, or of a collaborative their trust is no member of
 * today (422); one that is proposed already and not withdrawn (409 `not-legal-now`, with what would be legal).
 */
export async function proposeAlignment(
  platform: Platform,
  act: Act,
  asked: { courseId: string; competency: string },
): Promise<Result<AlignmentDetail>> {
  return transact(platform, act.once, async (trx) => {
    const now = await changeGround(trx, platform.clock);
    const today = localDayOf(now);
    const course = await trx.selectFrom('course').select('trust').where('id', '=', asked.courseId).executeTakeFirst();
    if (!course || !trustsAs(act.scope, 'training-lead').includes(course.trust)) return notHere();
    const { rows } = await sql<{ collaborativeId: string; isMember: boolean }>`
      select c.collaborative_id, exists (select 1 from collaborative_member m where m.collaborative_id = c.collaborative_id
        and m.trust = ${course.trust} and m.days @> ${today}::date) as is_member
      from competency c where c.code = ${asked.competency}`.execute(trx);
    const shared = rows[0];
    if (!shared?.isMember) {
      return badInput([{ path: 'competency', code: 'unknown-competency', message: 'Choose a standard that your trust shares.' }]);
    }
    const about = sql`a.course_id = ${asked.courseId} and a.competency = ${asked.competency} and a.collaborative_id = ${shared.collaborativeId}`;
    await sql`select 1 from alignment a where ${about} for no key update`.execute(trx);
    const [at] = await storedAlignments(trx, about, today);
    const names = await trustNames(trx);
    if (at) {
      const why = whyNot('propose', lifecycleOf(at), await leadOf(trx, act.scope, now), names);
      if (why) return refusalFor(why);
    }
    const id = at?.id ?? newId();
    if (!at) {
      await trx
        .insertInto('alignment')
        .values({ id, collaborativeId: shared.collaborativeId, ...asked })
        .execute();
    }
    const by = { trust: course.trust, words: forTrust(act, course.trust, names) };
    await moveTo(trx, act, { id, stateId: at?.stateId ?? null }, by, { state: 'draft' }, now);
    return ok(await told(trx, act, id, 'propose', { trust: course.trust }, now));
  });
}

/**
 * `submit`: the lead of the course's trust asks every trust to review a draft, and so opens the round in which each signs or objects.
 * Refused: another trust's course (404); any other state (409, with what would be legal).
 */
export function submitAlignment(
  platform: Platform,
  act: Act,
  id: string,
  asked: { reason?: string; trust?: string },
): Promise<Result<Moved>> {
  return takeStep(platform, act, id, 'submit', asked, async (taking) =>
    ok(await move(taking, { state: 'in-review', reason: asked.reason }, 'is in review')),
  );
}

/** Writes what a trust says in the open round, under the delegation it is said by. */
async function say({ trx, act, at, trust, now }: Taking, stance: 'signed' | 'objected', reason: string | undefined): Promise<void> {
  const delegation = (await delegationsInForce(trx, act.scope.accountId, now)).get(trust)!;
  await trx
    .insertInto('alignmentSignature')
    .values({
      id: newId(),
      alignmentStateId: at.stateId,
      trust,
      stance,
      delegationId: delegation.id,
      responsiblePerson: delegation.responsiblePerson,
      accountId: act.scope.accountId,
      byName: act.scope.name,
      at: rfc3339(now),
      reason: reason || null,
    })
    .execute();
}

/**
 * `sign`: a lead signs for their own trust's responsible person, under a delegation in force today, once in each round: in review and again
 * in stress testing (Mental Health Units (Use of Force) Act 2018, s.5(4); rules-staffing, section 2).
 * Refused: no member's lead (404); another state, a second signature, or an objection of theirs that waits for its answer (409); no
 * delegation in force (422 `no-delegation`).
 */
export function signAlignment(
  platform: Platform,
  act: Act,
  id: string,
  asked: { reason?: string; trust?: string },
): Promise<Result<Moved>> {
  return takeStep(platform, act, id, 'sign', asked, async (taking) => {
    await say(taking, 'signed', asked.reason);
    return ok(null);
  });
}

/**
 * `object`: a lead says for their own trust why they won't sign as it is. Nothing moves on until the course's trust has answered.
 * Refused: as signing is; and without a reason (422).
 */
export function objectToAlignment(
  platform: Platform,
  act: Act,
  id: string,
  asked: { reason: string; trust?: string },
): Promise<Result<Moved>> {
  return takeStep(platform, act, id, 'object', asked, async (taking) => {
    await say(taking, 'objected', asked.reason);
    return ok(null);
  });
}

/**
 * `answer`: the lead of the course's trust answers an objection of the open round. Whoever objected may then sign, or object again.
 * Refused: another trust's course, or an objection that isn't of this round (404); one that was answered (409 `answered-already`); none open
 * (409 `not-legal-now`).
 */
export function answerObjection(
  platform: Platform,
  act: Act,
  id: string,
  asked: { signatureId: string; answer: string },
): Promise<Result<Moved>> {
  return takeStep(platform, act, id, 'answer', { reason: asked.answer }, async ({ trx, at, trust, now }) => {
    const objection = at.signatures.find((one) => one.id === asked.signatureId && one.stance === 'objected');
    if (!objection) return notHere();
    if (objection.answer) return refuse(409, 'answered-already', 'This objection was answered before.');
    await trx
      .insertInto('objectionAnswer')
      .values({
        signatureId: asked.signatureId,
        accountId: act.scope.accountId,
        byName: act.scope.name,
        trust,
        at: rfc3339(now),
        answer: asked.answer,
      })
      .execute();
    return ok(null);
  });
}

/**
 * `stress-test`: once every trust has signed, the lead of the course's trust starts the pilot: it counts on the named wards alone, for shifts that
 * start before its end (90 days where none is given). The round of signing begins anew. Answers what that opens to whom.
 * Refused: another trust's course (404); not everyone has signed, or an objection is open (409); a ward of a trust that doesn't share by it,
 * or an end that is past (422).
 */
export function stressTestAlignment(
  platform: Platform,
  act: Act,
  id: string,
  asked: z.output<typeof stressTestShape>,
): Promise<Result<Moved>> {
  return takeStep(platform, act, id, 'stress-test', asked, async (taking) => {
    const next = await pilotState(taking.trx, taking.at, asked, taking.now);
    return next.ok ? ok(await move(taking, next.value, 'is tried on pilot wards')) : next;
  });
}

/**
 * `validate`: once every trust has signed again after the pilot, any of their leads says that it counts: at every trust of the collaborative, for
 * shifts that start on or after a local day (today where none is given). Nobody validates alone. Answers what that opens to whom; on the pilot
 * wards it stops for shifts before a later day, and those bookings are marked.
 * Refused: no member's lead (404); a signature is missing, an objection is open or one hand signed for all (409); a day that is over (422).
 */
export function validateAlignment(platform: Platform, act: Act, id: string, asked: z.output<typeof validateShape>): Promise<Result<Moved>> {
  return takeStep(platform, act, id, 'validate', asked, async (taking) => {
    const next = validatedState(asked, taking.now);
    return next.ok ? ok(await move(taking, next.value, 'was validated')) : next;
  });
}

/**
 * `return`: a lead sends it back, with a reason: from review to draft, from stress testing to review, where everyone signs anew. Back from stress
 * testing it no longer counts on the pilot wards, and bookings that rest on it are marked.
 * Refused: no member's lead (404); any other state (409); without a reason (422).
 */
export function returnAlignment(
  platform: Platform,
  act: Act,
  id: string,
  asked: { reason: string; trust?: string },
): Promise<Result<Moved>> {
  return takeStep(platform, act, id, 'return', asked, async (taking) =>
    ok(await move(taking, { state: stateAfterStep('return', taking.at.state)!, reason: asked.reason }, 'went back to review')),
  );
}

/**
 * `withdraw`: it stops counting at once and every future booking that rests on it is marked, in this transaction. A draft or one in review is
 * withdrawn by its own trust; once it counts anywhere by any trust's lead, since each responsible person judges for their own trust
 * (Mental Health Units (Use of Force) Act 2018, s.5(4)).
 * Refused: not theirs to withdraw (404); withdrawn before (409); without a reason (422).
 */
export function withdrawAlignment(
  platform: Platform,
  act: Act,
  id: string,
  asked: { reason: string; trust?: string },
): Promise<Result<Moved>> {
  return takeStep(platform, act, id, 'withdraw', asked, async (taking) =>
    ok(await move(taking, { state: 'withdrawn', reason: asked.reason }, 'was withdrawn')),
  );
}

/**
 * A lead of a trust that shares by it, or its programme office, says something about an alignment that decides nothing.
 * Refused: anyone else (404).
 */
export async function commentOnAlignment(platform: Platform, act: Act, id: string, words: string): Promise<Result<AlignmentDetail>> {
  return transact(platform, act.once, async (trx, now) => {
    const today = localDayOf(now);
    const [at] = await storedAlignments(trx, sql`a.id = ${id} and ${isMine(act.scope, today)}`, today);
    if (!at) return notHere();
    const leads = trustsAs(act.scope, 'training-lead');
    const trust = [at.courseTrust, ...at.members.map((member) => member.trust)].find((one) => leads.includes(one)) ?? null;
    const isProgramme = act.scope.grants.some((grant) => grant.role === 'programme' && grant.collaborativeId === at.collaborativeId);
    if (trust === null && !isProgramme) return notHere();
    await trx
      .insertInto('alignmentComment')
      .values({
        id: newId(),
        alignmentId: id,
        accountId: act.scope.accountId,
        byName: act.scope.name,
        trust,
        at: rfc3339(await timeNow(trx, platform.clock)),
        words,
      })
      .execute();
    return ok(await told(trx, act, id, 'comment', trust === null ? {} : { trust }, now));
  });
}

/**
 * The manager of a pilot ward reports how it goes there. Reports are read before validating; nothing waits for them.
 * Refused: a ward they don't manage, or that is no pilot ward of it (404); no pilot under way (409 `not-legal-now`).
 */
export async function reportOnPilot(
  platform: Platform,
  act: Act,
  id: string,
  asked: z.output<typeof pilotReport>,
): Promise<Result<AlignmentDetail>> {
  if (!managesWard(act.scope, asked.wardId)) return notHere();
  return transact(platform, act.once, async (trx) => {
    // Locked, so that a report belongs to the round in which it was given.
    if (!(await lockAlignment(trx, id))) return notHere();
    const now = await timeNow(trx, platform.clock);
    const { rows } = await sql`select 1 from alignment_pilot_ward p join alignment_state s on s.id = p.alignment_state_id
      where s.alignment_id = ${id} and p.ward_id = ${asked.wardId} limit 1`.execute(trx);
    if (rows.length === 0) return notHere();
    const [at] = await storedAlignments(trx, sql`a.id = ${id}`, localDayOf(now));
    if (at!.state !== 'stress-testing' || !at!.pilotWards.some((ward) => ward.id === asked.wardId)) {
      return refuse(409, 'not-legal-now', 'It is not being tried on this ward now.', { more: { legal: [] } });
    }
    await trx
      .insertInto('pilotReport')
      .values({
        id: newId(),
        alignmentStateId: at!.stateId,
        wardId: asked.wardId,
        accountId: act.scope.accountId,
        byName: act.scope.name,
        at: rfc3339(now),
        verdict: asked.verdict,
        words: asked.words,
      })
      .execute();
    return ok(await told(trx, act, id, 'report', { wardId: asked.wardId }, now));
  });
}
