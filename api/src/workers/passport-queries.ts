import { sql, type Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import { minuteMs, rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { addDays, isInForce, lastLocalDayOf, localDayOf, sayDay } from '@homeward/shared/kernel/local-time.ts';
import type { GroundFacts } from '@homeward/shared/shifts/facts.ts';
import { openingsOf, wardReachOf } from '@homeward/shared/training/reach-rules.ts';
import { firstDayOut, recordCountsOn, requirementsAt, trainingCheck } from '@homeward/shared/training/rules.ts';
import type { HostPassport, PassportView } from '@homeward/shared/workers/contract.ts';
import { lapsesOf, type EndOf, type PeriodToday } from '@homeward/shared/workers/lapse-rules.ts';
import { sharedWithOf } from '@homeward/shared/workers/sharing-rules.ts';
import { decide } from '@homeward/shared/shifts/rules.ts';
import { heldShift } from '@homeward/shared/shifts/settle-rules.ts';
import { employmentChecks } from '@homeward/shared/workers/facts.ts';
import { headRoomMinutes, hoursNow } from '@homeward/shared/working-time/hours-rules.ts';
import { restedAt } from '@homeward/shared/working-time/rest-rules.ts';
import { isWork } from '@homeward/shared/working-time/rules.ts';
import { notHere, ok, type Result } from '../platform/problem.ts';
import { hasRole, isOfTrust, managedWards, trustsAs, type Scope } from '../platform/scope.ts';
import { wardLines } from '../places/queries.ts';
import { groundFacts, shiftFactsOf, wardFacts, workerFacts, type KnownWorker, type WardFacts } from '../shifts/facts.ts';
import { storedShifts } from '../shifts/queries.ts';
import { openOffers } from '../shifts/worker-queries.ts';
import { courses } from '../training/queries.ts';
import { restrictionViews } from './restriction-queries.ts';
import { noteRead, type ReadOf } from './steps.ts';

const mostReads = 200;

/**
 * What lets a worker work elsewhere. Whole for the worker and the bank office (or training lead) of their trust, the administrator and
 * auditors; for a ward's manager or bank office where they come to work, only what a host may see (quality, section 4). A look by anyone
 * but the worker is noted and shown to them; whoever may not look is told that it isn't here.
 */
export async function passport(db: Kysely<DB>, scope: Scope, workerId: string, now: Instant): Promise<Result<PassportView | HostPassport>> {
  const known = await db.selectFrom('worker').select('trust').where('id', '=', workerId).executeTakeFirst();
  if (!known) return notHere();
  const isWhole =
    scope.workerId === workerId ||
    isOfTrust(scope, 'bank-office', known.trust) ||
    isOfTrust(scope, 'training-lead', known.trust) ||
    hasRole(scope, 'auditor', 'administrator');
  const view = isWhole ? await wholePassport(db, scope, workerId, now) : await hostPassport(db, scope, workerId, now);
  if (!view) return notHere();
  await noteRead(db, scope, workerId, 'passport', now);
  return ok(view);
}

/**
 * What a host sees: whether its own wards' training is in date, and until when. Theirs to see under a live agreement and with consent, or
 * while the worker is booked on a ward of theirs; their own trust's workers always. Null: not theirs to see.
 */
async function hostPassport(db: Kysely<DB>, scope: Scope, workerId: string, now: Instant): Promise<HostPassport | null> {
  const worker = (await workerFacts(db, [workerId], { start: now, end: now })).get(workerId);
  if (!worker) return null;
  const [managed, offices] = [managedWards(scope), trustsAs(scope, 'bank-office')];
  const { rows: own } = await sql<{ id: string; trust: string; isBooked: boolean }>`
    select w.id, w.trust, exists (select 1 from booking b where b.ward_id = w.id and b.worker_id = ${worker.id}
      and b.status in ('confirmed', 'needs-review') and upper(b.period) > ${new Date(now)}) as is_booked
    from ward w where w.id = any(${managed}::uuid[]) or w.trust = any(${offices}) order by w.code`.execute(db);
  const ground = await groundFacts(db, now);
  const today = localDayOf(now);
  const agreementWith = (trust: string) =>
    ground.agreements.find(
      (one) =>
        one.homeTrust === worker.homeTrust && one.hostTrust === trust && one.staffGroup === worker.staffGroup && isInForce(one, today),
    );
  const isShared = (trust: string) => trust === worker.homeTrust || (worker.consentsToShare && agreementWith(trust) !== undefined);
  const trust = own.find((ward) => isShared(ward.trust))?.trust ?? own.find((ward) => ward.isBooked)?.trust;
  if (trust === undefined) return null;
  // Without agreement and consent only the wards they are booked on see them, and only what those ask.
  const seen = own.filter((ward) => ward.trust === trust && (isShared(trust) || ward.isBooked));
  const wards = await wardFacts(
    db,
    seen.map((ward) => ward.id),
  );
  const asked = [...wards.values()].flatMap((ward) =>
    requirementsAt(ward, worker.role, [], today).map((requirement) => {
      const place = { start: now, wardId: ward.id, hostTrust: ward.trust };
      const ends = worker.records
        .filter((record) => recordCountsOn([record], requirement, place, today, ground))
        .map((record) => addDays(firstDayOut(record, requirement.periodMonths), -1));
      return { code: requirement.competency, title: requirement.title, until: ends.sort().at(-1) ?? null };
    }),
  );
  return {
    view: 'host',
    id: worker.id,
    name: worker.name,
    role: worker.role,
    band: worker.band,
    homeTrust: worker.homeTrust,
    // A ward knows the registration of whom it has booked; to others the check is told, not the number.
    registrationNumber: seen.some((ward) => ward.isBooked) ? worker.registration.number : null,
    trust,
    agreementUntil: agreementWith(trust)?.untilDay ?? null,
    competencies: [...Map.groupBy(asked, (one) => one.code)]
      .map(([code, each]) => {
        // What counts on one ward's pilot alone doesn't count on all of them: the answer is for every ward they asked from.
        const counts = each.every((one) => one.until !== null);
        const until = counts ? (each.map((one) => one.until!).sort()[0] ?? null) : null;
        return { code, title: each[0]!.title, counts, until };
      })
      .sort((a, b) => (a.code < b.code ? -1 : 1)),
  };
}

async function wholePassport(db: Kysely<DB>, scope: Scope, workerId: string, now: Instant): Promise<PassportView | null> {
  const open = await openOffers(db, workerId, now);
  if (!open) return null;
  const { worker, ground, offers } = open;
  const mine = scope.workerId === workerId;
  const details = await db
    .selectFrom('workerRevision')
    .select(['email', 'joinedOn', 'consentSaidAt'])
    .where('workerId', '=', workerId)
    .where('replacedAt', 'is', null)
    .executeTakeFirstOrThrow();
  const periods = await periodsToday(db, now);
  const byCourse = new Map((await courses(db, scope)).map((course) => [course.id, course]));
  const reads = mine
    ? await db
        .selectFrom('passportRead')
        .select(['at', 'readerName', 'readerTrust', 'what'])
        .where('workerId', '=', workerId)
        .orderBy('at', 'desc')
        .orderBy('id', 'desc')
        .limit(mostReads)
        .execute()
    : null;
  const wards = await wardsServed(db, worker, ground, now);
  const withWards = new Set(wards.map((ward) => ward.trust));
  const partners = trustsServed(worker, ground, now)
    .filter((trust) => trust !== worker.homeTrust)
    .sort();
  const lines = await wardLines(
    db,
    wards.map((ward) => ward.id),
  );
  // A do-not-book is evidence for the worker, their bank office and auditors; a training lead has no part in it (rules-staffing, section 3).
  const isEvidence = mine || isOfTrust(scope, 'bank-office', worker.homeTrust) || hasRole(scope, 'auditor', 'administrator');
  const restrictions = isEvidence ? await restrictionViews(db, scope, sql`k.person_id = ${worker.personId}`, now) : [];
  return {
    view: 'whole',
    id: worker.id,
    staffNumber: worker.staffNumber,
    name: worker.name,
    homeTrust: worker.homeTrust,
    role: worker.role,
    band: worker.band,
    staffGroup: worker.staffGroup,
    email: details.email,
    joinedOn: details.joinedOn,
    consentsToShare: worker.consentsToShare,
    worksDown: worker.worksDown,
    optOut: worker.optOut && { from: worker.optOut.fromDay, until: worker.optOut.untilDay },
    banks: worker.banks.map((one) => ({
      name: ground.banks.find((bank) => bank.id === one.bankId)?.name ?? '',
      from: one.fromDay,
      until: one.untilDay,
    })),
    registration: {
      body: worker.registration.body,
      number: worker.registration.number,
      field: worker.registration.field,
      until: worker.registration.untilDay,
    },
    checks: employmentChecks.map((code) => ({ code, on: worker.checks[code].onDay, until: worker.checks[code].untilDay })),
    training: worker.records
      .map(({ id, courseId, completedOn, evidence, revoked }) => ({
        id,
        course: byCourse.get(courseId)!,
        completedOn,
        evidence,
        revoked: revoked && { ...revoked, at: rfc3339(revoked.at) },
      }))
      .sort((a, b) => (a.completedOn < b.completedOn ? 1 : -1)),
    reach: reachOf(
      worker,
      ground,
      periods.filter((period) => period.hasWards),
      now,
    ),
    wards: wards.map((ward) => ({ ward: lines.get(ward.id)!, ...wardReachOf(worker, ward, ground, now) })),
    openings: openingsOf(
      worker,
      wards,
      offers.map((offer) => ({ wardId: offer.row.wardId, decision: offer.decision })),
      ground,
      now,
    ),
    comingUp: await comingUp(db, worker, ground, periods, now),
    sharedWith: partners.map((trust) => ({
      trust,
      trustName: ground.trustNames.get(trust) ?? trust,
      ...sharedWithOf(worker, trust, ground, localDayOf(now), { hasWards: withWards.has(trust) }),
    })),
    consentSaidAt: details.consentSaidAt && rfc3339(details.consentSaidAt.getTime()),
    restrictions,
    hours: hoursOf(worker, now),
    ...(reads && {
      readBy: reads.map((read) => ({
        at: rfc3339(read.at.getTime()),
        name: read.readerName,
        trust: read.readerTrust,
        what: read.what as ReadOf,
      })),
    }),
  };
}

/** The trusts that a bank of theirs serves today for their staff group: those who may come to ask for them. */
function trustsServed(worker: KnownWorker, ground: GroundFacts, now: Instant): string[] {
  const today = localDayOf(now);
  const banks = ground.banks.filter(
    (bank) => bank.staffGroups.includes(worker.staffGroup) && worker.banks.some((one) => one.bankId === bank.id),
  );
  const members = banks.flatMap((bank) => bank.members.filter((member) => isInForce(member, today)));
  return [...new Set(members.map((member) => member.trust))];
}

/** Their wards and the home trust's, in order of code: two statements however many. */
async function wardsServed(db: Kysely<DB>, worker: KnownWorker, ground: GroundFacts, now: Instant): Promise<WardFacts[]> {
  const trusts = [...trustsServed(worker, ground, now), worker.homeTrust];
  const { rows } = await sql<{ id: string }>`select id from ward where trust = any(${trusts}) order by trust, code`.execute(db);
  const ids = rows.map((row) => row.id);
  const wards = await wardFacts(db, ids);
  return ids.flatMap((id) => wards.get(id) ?? []);
}

/** How long every trust counts each competency today, and whether it has wards to work on. */
export async function periodsToday(db: Kysely<DB>, now: Instant): Promise<(PeriodToday & { hasWards: boolean })[]> {
  const { rows } = await sql<PeriodToday & { hasWards: boolean }>`
    select p.trust, p.competency, c.title, p.months, exists (select 1 from ward w where w.trust = p.trust) as has_wards
    from competency_period p join competency c on c.code = p.competency
    where p.days @> ${localDayOf(now)}::date and p.replaced_at is null order by p.trust, p.competency`.execute(db);
  return rows;
}

/** Trust by trust: may this worker be shared with it today, and which competencies count there, until when. */
function reachOf(worker: KnownWorker, ground: GroundFacts, periods: readonly PeriodToday[], now: Instant): PassportView['reach'] {
  const today = localDayOf(now);
  return [...new Set(periods.map((period) => period.trust))].map((trust) => {
    const trustName = ground.trustNames.get(trust) ?? trust;
    const home = trust === worker.homeTrust;
    const agreement = ground.agreements.find(
      (one) =>
        one.homeTrust === worker.homeTrust && one.hostTrust === trust && one.staffGroup === worker.staffGroup && isInForce(one, today),
    );
    const open = home || (agreement !== undefined && worker.consentsToShare);
    const sentence = home
      ? 'The home trust.'
      : !agreement
        ? 'No sharing agreement for this staff group today.'
        : !worker.consentsToShare
          ? 'Needs your consent to share the passport.'
          : agreement.untilDay
            ? `Shared under an agreement until ${sayDay(agreement.untilDay, true)}.`
            : 'Shared under an agreement.';
    const competencies = periods
      .filter((period) => period.trust === trust)
      .map((period) => {
        const requirement = {
          id: period.competency,
          competency: period.competency,
          title: period.title,
          role: null,
          periodMonths: period.months,
          minimumOnShift: null,
        };
        // A moment on any ward of the trust but a pilot's: where training counts everywhere, or why it doesn't.
        const moment = { start: now, end: now + minuteMs, wardId: '', hostTrust: trust };
        const counting = worker.records.filter((record) => recordCountsOn([record], requirement, moment, today, ground));
        const until =
          counting
            .map((record) => addDays(firstDayOut(record, period.months), -1))
            .sort()
            .at(-1) ?? null;
        const check = trainingCheck(worker.records, requirement, moment, ground);
        return {
          code: period.competency,
          title: period.title,
          counts: until !== null,
          until,
          sentence: besideTitle(check.sentence, period.title),
        };
      });
    return { trust, trustName, competencies, agreementUntil: agreement?.untilDay ?? null, open, sentence };
  });
}

/** "Fire safety: the course is not aligned here." stands beside its title: "The course is not aligned here." */
function besideTitle(sentence: string, title: string): string {
  const rest = sentence.startsWith(`${title}: `) ? sentence.slice(title.length + 2) : sentence;
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

/**
 * What ends in the next 60 days, soonest first, by the home trust's periods, each with the booked shifts after it whose decision it would turn:
 * four statements however many.
 */
async function comingUp(
  db: Kysely<DB>,
  worker: KnownWorker,
  ground: GroundFacts,
  periods: readonly PeriodToday[],
  now: Instant,
): Promise<PassportView['comingUp']> {
  const ends = lapsesOf(worker, periods, ground, localDayOf(now));
  if (ends.length === 0) return [];
  const { rows } = await sql<{ id: string; shiftId: string }>`
    select id, shift_id from booking where worker_id = ${worker.id} and status in ('confirmed', 'needs-review')
      and upper(period) > ${new Date(now)} order by lower(period)`.execute(db);
  const shifts = await storedShifts(db, sql`s.id = any(${rows.map((row) => row.shiftId)}::uuid[])`);
  const wardIds = [...new Set(shifts.map((shift) => shift.wardId))];
  const wards = await wardFacts(db, wardIds);
  const lines = await wardLines(db, wardIds);
  const held = rows.map((row) => {
    const shift = shifts.find((one) => one.id === row.shiftId)!;
    const facts = heldShift(shiftFactsOf(shift, wards.get(shift.wardId)!));
    const without = { ...worker, duties: worker.duties.filter((duty) => duty.id !== row.id) };
    const failing = decide(without, facts, ground, now).checks.filter((check) => check.result !== 'pass');
    return { ...row, shift, lastDay: lastLocalDayOf(facts), failing: new Set(failing.map((check) => check.code)) };
  });
  return ends.map((end) => ({
    ...end,
    bookings: held
      .filter((one) => one.lastDay > end.on && one.failing.has(checkOf(end)))
      .map((one) => ({
        id: one.id,
        shiftId: one.shiftId,
        ward: lines.get(one.shift.wardId)!,
        startsAt: rfc3339(one.shift.startsAt.getTime()),
      })),
  }));
}

/** The check of a decision that something's end turns; a do-not-book's end turns none. */
function checkOf({ about, code }: EndOf): string {
  switch (about) {
    case 'training':
      return `training:${code}`;
    case 'check':
      return 'checks';
    case 'opt-out':
      return 'weekly-hours';
    case 'restriction':
      return '';
    case 'registration':
    case 'bank':
      return about;
  }
}

function hoursOf(worker: KnownWorker, now: Instant): PassportView['hours'] {
  const work = worker.duties.filter(isWork);
  const lastEnd = work.filter((duty) => duty.start <= now).reduce((end, duty) => Math.max(end, duty.end), -Infinity);
  const next = work.find((duty) => duty.start > now);
  const restUntil = restedAt(lastEnd);
  return {
    ...hoursNow(worker, now),
    headRoomMinutes: headRoomMinutes(worker, now),
    restUntil: restUntil > now ? rfc3339(restUntil) : null,
    nextDutyAt: next ? rfc3339(next.start) : null,
  };
}
