import { sql, type Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import { outcomeOf, type Check, type Decision } from '@homeward/shared/kernel/decision.ts';
import { dayMs, rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import type { MyShift, MyShifts } from '@homeward/shared/shifts/contract.ts';
import type { GroundFacts, ShiftFacts } from '@homeward/shared/shifts/facts.ts';
import { compareMyShifts, type MyShiftRank } from '@homeward/shared/shifts/live-rules.ts';
import { wholeKm } from '@homeward/shared/shifts/ranking-rules.ts';
import { decide, unlocks, type Question } from '@homeward/shared/shifts/rules.ts';
import { isRegularOf, waveAt, waveCheck } from '@homeward/shared/shifts/wave-rules.ts';
import { requirementsOf } from '@homeward/shared/training/rules.ts';
import { headRoomMinutes } from '@homeward/shared/working-time/hours-rules.ts';
import { ok, notHere, type Result } from '../platform/problem.ts';
import type { Scope } from '../platform/scope.ts';
import {
  type StoredShift,
  shiftColumns,
  storedShift,
  spanOf,
  during,
  pmvaOf,
  regularRuleOf,
  type CardGround,
  cardGround,
  countByRole,
  shownStatus,
} from './queries.ts';
import type { OnDuty } from '../working-time/queries.ts';
import { groundFacts, shiftFactsOf, wardFacts, workerFacts, type KnownWorker, type WardFacts } from './facts.ts';
import {
  placeOf,
  rollOf,
  seenUntil,
  type AnsweredList,
  type NumberedQuestion,
  type Offer,
  type OpenShift,
  type OpenShifts,
} from './roll-queries.ts';

/** What "Why don't I see more?" counts over, and says. */
const unlockAheadMs = 31 * dayMs;

export const isKeptFrom = (facts: ShiftFacts, workerId: string, now: Instant) =>
  facts.preferred !== null && facts.preferred.workerId !== workerId && facts.preferred.until > now;

/** A shift a worker could come to take: the bank, the agreement and the role allow it. Others are not theirs to see (quality, section 4). */
const couldTake = (checks: readonly Check[]) =>
  checks.every((check) => !['bank', 'agreement', 'role'].includes(check.code) || check.result === 'pass');
const decidesWhose = new Set<Question['of']>(['bank', 'sharing', 'role']);

/** May this worker see this shift at all, now? */
export function isTheirsToSee(offer: Offer, workerId: string, now: Instant): boolean {
  return !isKeptFrom(offer.facts, workerId, now) && couldTake(offer.decision.checks);
}

/** Of a shift's questions, those that say whose it is: they cost little, and most of a crowd of workers need be asked no more. */
export const questionsOfWhose = (questions: readonly Question[]) => questions.filter((question) => decidesWhose.has(question.of));

/** The same before the rest is decided. */
export function isTheirs(worker: KnownWorker, whose: readonly Question[]): boolean {
  return whose.every((question) => couldTake(question.ask(worker)));
}

type Asked = Pick<Offer, 'row' | 'ward' | 'facts'>;

/** Shifts as the rules see them, made once for all who are asked about them; one whose ward isn't there is left out. */
function askedOf(rows: readonly StoredShift[], wards: ReadonlyMap<string, WardFacts>): Asked[] {
  return rows.flatMap((row) => {
    const ward = wards.get(row.wardId);
    return ward ? [{ row, ward, facts: shiftFactsOf(row, ward) }] : [];
  });
}

const offerOf = (worker: KnownWorker, asked: Asked, ground: GroundFacts, now: Instant): Offer => ({
  ...asked,
  decision: decide(worker, asked.facts, ground, now),
});

function rankOf(worker: KnownWorker, { row, facts, ward }: Offer, now: Instant): MyShiftRank {
  return {
    id: row.id,
    preferred: facts.preferred?.workerId === worker.id,
    regular: isRegularOf(worker, row.wardId, regularRuleOf(row), now),
    distanceKm: wholeKm(worker.home, placeOf(ward)),
    startsAt: rfc3339(facts.start),
  };
}

/** What each check came to, without the evidence: a list of a hundred cards is for a phone on a bus. One shift is read with all of it. */
const withoutEvidence = (decision: Decision): Decision => ({
  outcome: decision.outcome,
  checks: decision.checks.map((check) => ({ ...check, evidence: [] })),
});

type CommonCard = Omit<MyShift, keyof MyShiftRank | 'decision' | 'requested'>;

/**
 * Makes the card of an offer as a worker sees it in a list. What everybody who sees a shift reads of it is worked out once, however many
 * workers are shown it.
 */
export function cardMaker(ground: GroundFacts, known: CardGround, now: Instant): (worker: KnownWorker, offer: Offer) => MyShift {
  const made = new Map<string, { there: readonly OnDuty[]; common: CommonCard }>();
  const commonOf = ({ row, facts, ward }: Offer) => {
    const team = known.teams.get(row.wardId) ?? [];
    const there = during(facts, team);
    const common: CommonCard = {
      ward: known.lines.get(row.wardId)!,
      role: row.role,
      band: row.band,
      endsAt: rfc3339(facts.end),
      breakMinutes: row.breakMinutes,
      notes: row.notes,
      requirements: requirementsOf(facts).map(({ competency, title }) => ({ competency, title })),
      status: shownStatus(row, now),
      version: row.version,
      postedAt: rfc3339(row.postedAt.getTime()),
      wave: waveAt(facts, now),
      pmva: pmvaOf(facts, ward, team, ground),
      team: peopleByRole(there),
      opensBeds: known.opensBeds.get(row.id) ?? 0,
      wardCancelsPercent: known.cancels.get(row.wardId) ?? null,
    };
    return { there, common };
  };
  return (worker, offer) => {
    const { id } = offer.row;
    let shared = made.get(id);
    if (!shared) made.set(id, (shared = commonOf(offer)));
    const { there, common } = shared;
    const others = there.filter((member) => member.personId !== worker.personId);
    return {
      ...rankOf(worker, offer, now),
      ...common,
      team: others.length === there.length ? common.team : peopleByRole(others),
      decision: withoutEvidence(offer.decision),
      requested: known.requested.has(`${id} ${worker.id}`),
    };
  };
}

/** How many people of each role, however many rows they have. */
const peopleByRole = (team: readonly OnDuty[]) => countByRole([...new Map(team.map((member) => [member.personId, member.role])).values()]);

const cursorOf = (rank: MyShiftRank) =>
  Buffer.from(JSON.stringify([rank.preferred, rank.regular, rank.distanceKm, rank.startsAt, rank.id])).toString('base64url');

function rankFrom(cursor: string): MyShiftRank | null {
  try {
    const [preferred, regular, distance, startsAt, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [
      boolean,
      boolean,
      number | null,
      string,
      string,
    ];
    return { preferred, regular, distanceKm: distance, startsAt, id };
  } catch {
    return null;
  }
}

/** A worker, and what each open shift that is theirs to see comes to for them, evidence apart. Read off the roll (roll-queries.ts). */
export async function openOffers(
  db: Kysely<DB>,
  workerId: string,
  now: Instant,
): Promise<{ worker: KnownWorker; ground: GroundFacts; offers: Offer[] } | null> {
  return rollOf(db).read(now, async (page) => {
    const worker = await page.worker(workerId);
    if (!worker) return null;
    const rolled = await page.ground([]);
    const { ground } = rolled;
    const { homeTrust, staffGroup } = worker;
    // A trust that never agreed to take this one's people has no shift that is theirs to see.
    const hosts = ground.agreements.flatMap((one) => (one.homeTrust === homeTrust && one.staffGroup === staffGroup ? one.hostTrust : []));
    const open = await page.openShifts([...new Set([homeTrust, ...hosts])], staffGroup);
    const { checks, lists } = page.answersOf(worker, rolled);
    // Shifts that ask the same are answered once.
    const answer = (question: NumberedQuestion, end: Instant) => (checks[question.number] ??= question.ask(seenUntil(worker, end)));
    /** What time alone can't change of a shift that is theirs. */
    const lastingOf = ({ facts, questions }: OpenShift): Check[] | null => {
      if (questions.some((question) => decidesWhose.has(question.of) && !couldTake(answer(question, facts.end)))) return null;
      return questions.flatMap((question) => answer(question, facts.end));
    };
    const offersOf = ({ row, ward, facts }: OpenShift, lasting: readonly Check[]): Offer[] => {
      if (isKeptFrom(facts, worker.id, now)) return [];
      const checks = [...lasting, waveCheck(worker, facts, now)];
      return [{ row, ward, facts, decision: { outcome: outcomeOf(checks), checks } }];
    };
    const listOf = (shifts: OpenShifts): AnsweredList => {
      const known = lists.get(shifts);
      if (known && known.from <= now) return known;
      const list: AnsweredList = { from: now, settled: [], soonest: Infinity, unsettled: [] };
      for (const shift of shifts.values()) {
        const lasting = lastingOf(shift);
        if (lasting === null) continue;
        // Until a shift is open to all, it opens to more as time goes by.
        if (waveAt(shift.facts, now) === 'collaborative') list.settled.push(...offersOf(shift, lasting));
        else list.unsettled.push({ shift, lasting });
      }
      list.soonest = list.settled.reduce((soonest, { facts }) => Math.min(soonest, facts.start), Infinity);
      lists.set(shifts, list);
      return list;
    };
    const offers = open
      .map(listOf)
      .flatMap(({ settled, soonest, unsettled }) => [
        ...(now < soonest ? settled : settled.filter(({ facts }) => facts.start > now)),
        ...unsettled.flatMap(({ shift, lasting }) => (shift.facts.start > now ? offersOf(shift, lasting) : [])),
      ]);
    return { worker, ground, offers };
  });
}

/**
 * The open shifts of one outcome for the worker of this scope, best first, with what else the page says: how many of each outcome,
 * hours left, and what would unlock more. A dozen statements however many shifts are open.
 */
export async function myShifts(
  db: Kysely<DB>,
  workerId: string,
  now: Instant,
  filter: { outcome: Decision['outcome']; limit: number; cursor?: string | undefined },
): Promise<MyShifts> {
  const open = await openOffers(db, workerId, now);
  if (!open) return { items: [], nextCursor: null, counts: { eligible: 0, override: 0, blocked: 0 }, headRoomMinutes: 0, unlocks: [] };
  const { worker, ground, offers } = open;
  const counts = { eligible: 0, override: 0, blocked: 0 };
  for (const offer of offers) counts[offer.decision.outcome] += 1;
  const ranked = offers
    .filter((offer) => offer.decision.outcome === filter.outcome)
    .map((offer) => ({ offer, rank: rankOf(worker, offer, now) }))
    .sort((a, b) => compareMyShifts(a.rank, b.rank));
  const after = filter.cursor ? rankFrom(filter.cursor) : null;
  const rest = after ? ranked.filter(({ rank }) => compareMyShifts(after, rank) < 0) : ranked;
  const page = rest.slice(0, filter.limit);
  const known = await cardGround(
    db,
    page.map(({ offer }) => offer.row),
    [worker.id],
    now,
  );
  const cardOf = cardMaker(ground, known, now);
  return {
    items: page.map(({ offer }) => cardOf(worker, offer)),
    nextCursor: rest.length > page.length ? cursorOf(page.at(-1)!.rank) : null,
    counts,
    headRoomMinutes: headRoomMinutes(worker, now),
    unlocks: unlocks(offers.filter(({ facts }) => facts.start < now + unlockAheadMs).map(({ decision }) => decision)).map(
      ({ code, sentence, count }) => ({ code, sentence, count }),
    ),
  };
}

/** One shift as this worker sees it, open or not: theirs to see while they could take it, or where they hold or asked for it. */
export async function myShift(db: Kysely<DB>, scope: Scope, id: string, now: Instant): Promise<Result<MyShift>> {
  const row = await storedShift(db, id);
  if (!row || !scope.workerId) return notHere();
  const held = await db
    .selectFrom('booking')
    .select('id')
    .where('shiftId', '=', id)
    .where('workerId', '=', scope.workerId)
    .where('status', 'in', ['confirmed', 'needs-review', 'worked'])
    .executeTakeFirst();
  const asked = await db
    .selectFrom('shiftRequest')
    .select('id')
    .where('shiftId', '=', id)
    .where('workerId', '=', scope.workerId)
    .executeTakeFirst();
  const wards = await wardFacts(db, [row.wardId]);
  const ground = await groundFacts(db, now);
  const worker = (await workerFacts(db, [scope.workerId], spanOf([row], now), { ...(held && { bookingId: held.id }) })).get(scope.workerId);
  if (!worker) return notHere();
  const [shift] = askedOf([row], wards);
  if (!shift) return notHere();
  const offer = offerOf(worker, shift, ground, now);
  if (!held && !asked && !isTheirsToSee(offer, worker.id, now)) return notHere();
  const card = cardMaker(ground, await cardGround(db, [row], [worker.id], now), now)(worker, offer);
  return ok({ ...card, decision: offer.decision });
}

/**
 * What the losers of a race are told: for each, up to `count` open shifts they may take now, nearest in time to the one that has gone;
 * null where that one was never theirs to see. Looks at the 60 nearest of a week around it. A fixed number of statements however many
 * have lost, so that a burst of them costs little. Not within a transaction.
 */
export async function nextShifts(
  db: Kysely<DB>,
  workerIds: readonly string[],
  gone: StoredShift,
  now: Instant,
  count = 3,
): Promise<Map<string, MyShift[] | null>> {
  const start = gone.startsAt.getTime();
  const near = (
    await sql<StoredShift>`select ${shiftColumns} from shift s where s.status = 'open' and s.id <> ${gone.id} and s.staff_group = ${gone.staffGroup}
      and s.starts_at > greatest(${new Date(now)}::timestamptz, ${new Date(start - 7 * dayMs)}::timestamptz)
      and s.starts_at < ${new Date(start + 7 * dayMs)}
      order by abs(extract(epoch from s.starts_at - ${gone.startsAt}::timestamptz)), s.id limit 60`.execute(db)
  ).rows;
  const [wards, ground, workers] = await Promise.all([
    wardFacts(db, [...new Set([gone, ...near].map((row) => row.wardId))]),
    groundFacts(db, now),
    workerFacts(db, workerIds, spanOf([gone, ...near], now)),
  ]);
  const [lost] = askedOf([gone], wards);
  const others = askedOf(near, wards);
  const chosen = new Map<string, Offer[] | null>();
  for (const worker of workers.values()) {
    if (!lost || !isTheirsToSee(offerOf(worker, lost, ground, now), worker.id, now)) {
      chosen.set(worker.id, null);
      continue;
    }
    const offers: Offer[] = [];
    for (const other of others) {
      if (offers.length === count) break;
      const offer = offerOf(worker, other, ground, now);
      // Whoever may take it may see it: bank, agreement, role and whom it is kept for are among the checks.
      if (offer.decision.outcome === 'eligible') offers.push(offer);
    }
    chosen.set(worker.id, offers);
  }
  const shown = new Map([...chosen.values()].flatMap((offers) => offers ?? []).map((offer) => [offer.row.id, offer.row]));
  const known = await cardGround(db, [...shown.values()], workerIds, now);
  const cardOf = cardMaker(ground, known, now);
  return new Map(
    [...chosen].map(([workerId, offers]) => [workerId, offers && offers.map((offer) => cardOf(workers.get(workerId)!, offer))]),
  );
}
