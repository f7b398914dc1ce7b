import { sql, type Kysely } from 'kysely';
import { v7 as newId } from 'uuid';
import type { DB } from '@homeward/db/types.ts';
import { minuteMs, rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { addDays, isInForce, localDayOf, sayDay, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import type { GroundFacts } from '@homeward/shared/shifts/facts.ts';
import { firstDayOut, recordCountsOn, trainingCheck } from '@homeward/shared/training/rules.ts';
import { employmentChecks } from '@homeward/shared/workers/facts.ts';
import type { PassportView, WorkerLine } from '@homeward/shared/workers/contract.ts';
import { headRoomMinutes, hoursNow } from '@homeward/shared/working-time/hours-rules.ts';
import { restedAt } from '@homeward/shared/working-time/rest-rules.ts';
import { isWork } from '@homeward/shared/working-time/rules.ts';
import { notHere, ok, type Result } from '../platform/problem.ts';
import { hasRole, isAdministrator, isOfTrust, trustsAs, type Scope } from '../platform/scope.ts';
import { groundFacts, workerFacts, type KnownWorker } from '../shifts/facts.ts';
import { courses } from '../training/queries.ts';

const comingUpDays = 60;

/**
 * Workers of the trusts whose bank office (or training lead) the scope is, by staff number; all for the administrator and the auditor.
 * @param filter `name`: part of a name or staff number; `after`: those after this "trust staff-number"
 */
export async function workers(
  db: Kysely<DB>,
  scope: Scope,
  filter: {
    trust?: string | undefined;
    staffNumber?: string | undefined;
    name?: string | undefined;
    limit: number;
    cursor?: string | undefined;
  },
): Promise<{ items: WorkerLine[]; nextCursor: string | null }> {
  const all = isAdministrator(scope) || hasRole(scope, 'auditor');
  const trusts = [...trustsAs(scope, 'bank-office'), ...trustsAs(scope, 'training-lead')];
  const name = filter.name?.replaceAll(/[\\%_]/g, (wild) => `\\${wild}`);
  const after = filter.cursor ? Buffer.from(filter.cursor, 'base64url').toString().replaceAll('\0', '') : null;
  const { rows } = await sql<WorkerLine>`
    select w.id, w.staff_number, r.name, w.trust as home_trust, r.role, r.band, r.staff_group
    from worker w join worker_revision r on r.worker_id = w.id and r.replaced_at is null
    where (${all} or w.trust = any(${trusts}) or w.id = ${scope.workerId}::uuid)
      and (${filter.trust ?? null}::text is null or w.trust = ${filter.trust ?? null})
      and (${filter.staffNumber ?? null}::text is null or upper(w.staff_number) = upper(${filter.staffNumber ?? null}))
      and (${name ?? null}::text is null or r.name ilike ${`%${name ?? ''}%`} or w.staff_number ilike ${`%${name ?? ''}%`})
      and (${after}::text is null or w.trust || ' ' || w.staff_number > ${after})
    order by w.trust || ' ' || w.staff_number limit ${filter.limit + 1}`.execute(db);
  const items = rows.slice(0, filter.limit);
  const last = items.at(-1);
  return {
    items,
    nextCursor: rows.length > items.length && last ? Buffer.from(`${last.homeTrust} ${last.staffNumber}`).toString('base64url') : null,
  };
}

/**
 * What lets a worker work elsewhere, for the worker and the bank office (or training lead) of their trust, the administrator and auditors.
 * A look by anyone but the worker is noted and shown to them; whoever may not look is told that it isn't here.
 */
export async function passport(db: Kysely<DB>, scope: Scope, workerId: string, now: Instant): Promise<Result<PassportView>> {
  const worker = (await workerFacts(db, [workerId], { start: now, end: now })).get(workerId);
  if (!worker) return notHere();
  const mine = scope.workerId === workerId;
  const may =
    mine ||
    isOfTrust(scope, 'bank-office', worker.homeTrust) ||
    isOfTrust(scope, 'training-lead', worker.homeTrust) ||
    hasRole(scope, 'auditor', 'administrator');
  if (!may) return notHere();
  if (!mine) {
    const [grant] = scope.grants;
    await db
      .insertInto('passportRead')
      .values({
        id: newId(),
        workerId,
        accountId: scope.accountId,
        readerName: scope.name,
        readerTrust: grant?.trust ?? null,
        at: rfc3339(now),
      })
      .execute();
  }
  const ground = await groundFacts(db, now);
  const details = await db
    .selectFrom('workerRevision')
    .select(['email', 'joinedOn'])
    .where('workerId', '=', workerId)
    .where('replacedAt', 'is', null)
    .executeTakeFirstOrThrow();
  const periods = await hostPeriods(db, now);
  const byCourse = new Map((await courses(db, scope)).map((course) => [course.id, course]));
  const reads = mine
    ? await db
        .selectFrom('passportRead')
        .select(['at', 'readerName', 'readerTrust'])
        .where('workerId', '=', workerId)
        .orderBy('at', 'desc')
        .limit(50)
        .execute()
    : null;
  return ok({
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
    reach: reachOf(worker, ground, periods, now),
    comingUp: comingUp(worker, ground, periods, now),
    hours: hoursOf(worker, now),
    ...(reads && { readBy: reads.map((read) => ({ at: rfc3339(read.at.getTime()), name: read.readerName, trust: read.readerTrust })) }),
  });
}

interface HostPeriod {
  trust: string;
  competency: string;
  title: string;
  months: number;
}

/** The periods of every trust that has wards of its own to work on. */
async function hostPeriods(db: Kysely<DB>, now: Instant): Promise<HostPeriod[]> {
  const { rows } = await sql<HostPeriod>`
    select p.trust, p.competency, c.title, p.months from competency_period p join competency c on c.code = p.competency
    where p.days @> ${localDayOf(now)}::date and exists (select 1 from ward w where w.trust = p.trust) order by p.trust, p.competency`.execute(
    db,
  );
  return rows;
}

/** Trust by trust: may this worker be shared with it today, and which competencies count there, until when. */
function reachOf(worker: KnownWorker, ground: GroundFacts, periods: readonly HostPeriod[], now: Instant): PassportView['reach'] {
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

/** What ends in the next 60 days, soonest first, by the home trust's periods. */
function comingUp(worker: KnownWorker, ground: GroundFacts, periods: readonly HostPeriod[], now: Instant): PassportView['comingUp'] {
  const today = localDayOf(now);
  const last = addDays(today, comingUpDays);
  const dates: { on: LocalDay | null; what: string }[] = [
    { on: worker.registration.untilDay, what: 'Registration ends' },
    { on: worker.checks['right-to-work'].untilDay, what: 'Right to work check ends' },
    { on: worker.checks.dbs.untilDay, what: 'DBS check ends' },
    { on: worker.optOut?.untilDay ?? null, what: '48-hour opt-out ends' },
    ...worker.banks.map((one) => ({ on: one.untilDay, what: 'Bank membership ends' })),
  ];
  const months = new Map(periods.filter((one) => one.trust === worker.homeTrust).map((one) => [one.competency, one]));
  const newest = new Map<string, LocalDay>();
  for (const record of worker.records) {
    const competency = ground.courses.get(record.courseId)?.competency;
    const period = competency === undefined ? undefined : months.get(competency);
    if (!period || record.revoked !== null) continue;
    const until = addDays(firstDayOut(record, period.months), -1);
    if ((newest.get(period.title) ?? '') < until) newest.set(period.title, until);
  }
  for (const [title, until] of newest) dates.push({ on: until, what: `${title} ends` });
  return dates
    .flatMap(({ on, what }) => (on !== null && on >= today && on <= last ? [{ on, what }] : []))
    .sort((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : a.what < b.what ? -1 : 1));
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
