import { sql } from 'kysely';
import { v7 as newId } from 'uuid';
import type { z } from 'zod';
import type { Selectable } from 'kysely';
import type { WorkerRevision } from '@homeward/db/types.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { localDayOf, sayDay, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import type { recordCheck, recordMoved, recordOptOut, recordRegistration } from '@homeward/shared/workers/contract.ts';
import type { EmploymentCheck } from '@homeward/shared/workers/facts.ts';
import { employmentCheckNames } from '@homeward/shared/workers/rules.ts';
import { announce } from '../platform/announce.ts';
import { changePeople } from '../platform/ground.ts';
import type { Platform } from '../platform/platform.ts';
import { badInput, notHere, ok, refuse, type FieldError, type Result } from '../platform/problem.ts';
import { isOfTrust } from '../platform/scope.ts';
import { transact, type Act, type Trx } from '../platform/transaction.ts';
import { reviewBookings } from '../shifts/steps.ts';
import { lockPerson, reviseWorker } from './steps.ts';
import { moveUnavailable } from '../working-time/steps.ts';

type Moved = z.infer<typeof recordMoved>;
type Revision = Selectable<WorkerRevision>;

const current = (trx: Trx, workerId: string): Promise<Revision> =>
  trx.selectFrom('workerRevision').selectAll().where('workerId', '=', workerId).where('replacedAt', 'is', null).executeTakeFirstOrThrow();

/** Is this worker of a trust whose bank office the scope is? Anyone else's is not here. */
async function isMine(trx: Trx, act: Act, workerId: string): Promise<boolean> {
  const worker = await trx.selectFrom('worker').select('trust').where('id', '=', workerId).executeTakeFirst();
  return worker !== undefined && isOfTrust(act.scope, 'bank-office', worker.trust);
}

function tell(trx: Trx, act: Act, at: Instant, workerId: string, personId: string, what: string): void {
  announce(trx, { type: 'worker.changed', at, accountId: act.scope.accountId, workerId, data: { personId, what } });
}

// ————— Consent —————

/**
 * A worker consents to share the passport with other trusts, or takes that back (UK GDPR, art. 6 and 7(3): as easily as it was given).
 * Taking it back sends every future booking of theirs at another trust to be looked at again, in this transaction. Saying again what they
 * have said changes nothing; the first time they say it themselves is kept, since an import can't say it for them from then on.
 * @returns how many bookings need review. Refused: somebody who is no worker (404).
 */
export async function setConsent(platform: Platform, act: Act, consents: boolean): Promise<Result<Moved>> {
  return transact(platform, act.once, async (trx) => {
    const { workerId } = act.scope;
    const personId = workerId && (await lockPerson(trx, workerId));
    if (!workerId || !personId) return notHere();
    const at = await changePeople(trx, platform.clock);
    const before = await current(trx, workerId);
    if (before.consentsToShare === consents && before.consentSaidAt !== null) return ok({ workerId, bookingsToReview: 0 });
    const said = { at, accountId: act.scope.accountId, name: act.scope.name, because: null };
    await reviseWorker(trx, workerId, { consentsToShare: consents, consentSaidAt: rfc3339(at) }, said);
    tell(trx, act, at, workerId, personId, 'consent');
    const bookingsToReview = consents
      ? 0
      : await reviewBookings(trx, [workerId], 'The worker no longer agrees to share the passport.', act.scope.accountId, at);
    return ok({ workerId, bookingsToReview });
  });
}

// ————— What the home bank office keeps —————

/** Where a check is kept. Those without an end have none: identity, qualifications, references and work health are verified once. */
const checkColumns = {
  identity: { on: 'identityCheckedOn', until: null },
  'right-to-work': { on: 'rightToWorkCheckedOn', until: 'rightToWorkUntil' },
  qualifications: { on: 'qualificationsCheckedOn', until: null },
  references: { on: 'referencesCheckedOn', until: null },
  dbs: { on: 'dbsCheckedOn', until: 'dbsUntil' },
  'work-health': { on: 'workHealthClearedOn', until: null },
} as const satisfies Record<EmploymentCheck, { on: keyof Revision; until: keyof Revision | null }>;

const problem = (path: string, code: string, message: string): FieldError => ({ path, code, message });

/** Said where more would tell the ward of a booking about hours or work elsewhere, which aren't its to know (quality, section 4). */
const changedRecord = 'What is known of this worker changed.';

/** Does something that held from one day until another now hold for less? No first day: it doesn't hold; no last: it has no end. */
function isLess(before: { on: LocalDay | null; until: LocalDay | null }, after: { on: LocalDay | null; until: LocalDay | null }): boolean {
  if (before.on === null) return false;
  if (after.on === null || after.on > before.on) return true;
  return after.until !== null && (before.until === null || after.until < before.until);
}

/** Writes a change of a worker's record, tells of it, and has their bookings looked at where it took something away. */
async function record(
  platform: Platform,
  trx: Trx,
  act: Act,
  change: {
    workerId: string;
    facts: (before: Revision, today: LocalDay) => Partial<Revision>;
    what: string;
    because: string;
    takesAway: (before: Revision) => string | null;
  },
): Promise<Result<Moved>> {
  const { workerId } = change;
  const personId = await lockPerson(trx, workerId);
  if (!personId) return notHere();
  const at = await changePeople(trx, platform.clock);
  const before = await current(trx, workerId);
  const facts = change.facts(before, localDayOf(at));
  if (Object.entries(facts).every(([name, value]) => before[name as keyof Revision] === value))
    return ok({ workerId, bookingsToReview: 0 });
  await reviseWorker(trx, workerId, facts, { at, accountId: act.scope.accountId, name: act.scope.name, because: change.because || null });
  tell(trx, act, at, workerId, personId, change.what);
  const gone = change.takesAway(before);
  return ok({ workerId, bookingsToReview: gone ? await reviewBookings(trx, [workerId], gone, act.scope.accountId, at) : 0 });
}

/**
 * The home bank office records that one of the six NHS employment checks was made, renews it, or takes it back (NHS Employment Check
 * Standards; rules-staffing, section 3). Local days, both included. The same again changes nothing.
 * Refused: another trust's worker (404); a day still to come, an end before it, an end of a check that has none, an end without a day,
 * taking a check back without saying why (422).
 */
export async function recordCheckOf(
  platform: Platform,
  act: Act,
  workerId: string,
  given: z.output<typeof recordCheck>,
): Promise<Result<Moved>> {
  return transact(platform, act.once, async (trx, now) => {
    if (!(await isMine(trx, act, workerId))) return notHere();
    const { check, onDay, untilDay, because } = given;
    const title = `The ${employmentCheckNames[check]} check`;
    const columns = checkColumns[check];
    const errors: FieldError[] = [];
    if (onDay !== null && onDay > localDayOf(now))
      errors.push(problem('onDay', 'in-future', 'Give the day the check was made, not one still to come.'));
    if (untilDay !== null && columns.until === null) errors.push(problem('untilDay', 'has-no-end', `${title} has no end date.`));
    if (untilDay !== null && onDay === null) errors.push(problem('untilDay', 'no-start', 'Give the day the check was made as well.'));
    if (untilDay !== null && onDay !== null && untilDay < onDay)
      errors.push(problem('untilDay', 'before-start', 'The last day cannot be before the day the check was made.'));
    if (onDay === null && because === '') errors.push(problem('because', 'reason-due', 'Say why the check no longer stands.'));
    if (errors.length > 0) return badInput(errors);
    return record(platform, trx, act, {
      workerId,
      what: 'check',
      because,
      facts: () => ({ [columns.on]: onDay, ...(columns.until && { [columns.until]: untilDay }) }),
      takesAway: (before) =>
        isLess({ on: before[columns.on], until: columns.until && before[columns.until] }, { on: onDay, until: untilDay })
          ? // The ward reads this too: yes or no and until when, never since when (quality, section 4).
            `${title} changed${onDay === null ? ': not verified' : untilDay ? `: until ${sayDay(untilDay, true)}` : ''}.`
          : null,
    });
  });
}

/**
 * The home bank office records a written opt-out of the 48-hour average, changes its days or takes it away (Working Time Regulations 1998,
 * reg. 4 and 5). Local days, both included; it may begin on a day to come.
 * Refused: another trust's worker (404); an end before its first day, or without one (422).
 */
export async function recordOptOutOf(
  platform: Platform,
  act: Act,
  workerId: string,
  given: z.output<typeof recordOptOut>,
): Promise<Result<Moved>> {
  return transact(platform, act.once, async (trx) => {
    if (!(await isMine(trx, act, workerId))) return notHere();
    const { from, until, because } = given;
    if (until !== null && from === null) return badInput([problem('until', 'no-start', 'Give the first day of the opt-out as well.')]);
    if (from !== null && until !== null && until < from)
      return badInput([problem('until', 'before-start', 'The last day cannot be before the first.')]);
    return record(platform, trx, act, {
      workerId,
      what: 'opt-out',
      because,
      facts: () => ({ optOutFrom: from, optOutUntil: until }),
      takesAway: (before) => (isLess({ on: before.optOutFrom, until: before.optOutUntil }, { on: from, until }) ? changedRecord : null),
    });
  });
}

/**
 * The home bank office records a worker's registration, renews it or takes it away. The same body and number is one person (rules-staffing,
 * section 1): where they are another worker's already, this worker is found to be that person, and their duties count together from now on.
 * `until` is its last local day.
 * Refused: another trust's worker (404); half a registration, a field that isn't the NMC's (422); two workers found to be one person while
 * both are booked at one time (409 `overlapping-bookings`).
 */
export async function recordRegistrationOf(
  platform: Platform,
  act: Act,
  workerId: string,
  given: z.output<typeof recordRegistration>,
): Promise<Result<Moved>> {
  return transact(platform, act.once, async (trx) => {
    if (!(await isMine(trx, act, workerId))) return notHere();
    const { body, field, until, because } = given;
    const number = given.number?.toUpperCase() ?? null;
    const errors: FieldError[] = [];
    if (number !== null && !/^[A-Z0-9]{4,12}$/.test(number))
      errors.push(problem('number', 'not-a-registration', 'Give the number’s 4 to 12 letters and digits only.'));
    if ((body === null) !== (number === null))
      errors.push(
        problem(body === null ? 'body' : 'number', 'registration-incomplete', 'Give the body and the number together, or neither.'),
      );
    if (field !== null && body !== 'NMC') errors.push(problem('field', 'no-field', 'Only a registration with the NMC has a field.'));
    if (until !== null && body === null)
      errors.push(problem('until', 'registration-incomplete', 'Give the registration this is the end of.'));
    if (body === null && because === '') errors.push(problem('because', 'reason-due', 'Say why there is no registration any more.'));
    if (errors.length > 0) return badInput(errors);

    const found = await lockRegistered(trx, workerId, body !== null && number !== null ? { body, number } : null);
    if (!found) return notHere();
    const at = await changePeople(trx, platform.clock);
    const before = await current(trx, workerId);
    const facts = { registrationBody: body, registrationNumber: number, registrationField: field, registrationUntil: until };
    const isSame = Object.entries(facts).every(([name, value]) => before[name as keyof Revision] === value);
    const personId = await personFor(trx, workerId, found, body !== null && number !== null ? { body, number } : null);
    const isMoving = personId !== found.own;
    if (isSame && !isMoving) return ok({ workerId, bookingsToReview: 0 });
    if (isMoving) {
      const { rows } = await sql`
        select 1 from booking b join booking o on o.person_id = ${personId} and o.period && b.period and o.status in ('confirmed', 'needs-review', 'worked')
        where b.worker_id = ${workerId} and b.status in ('confirmed', 'needs-review', 'worked') limit 1`.execute(trx);
      if (rows.length > 0) {
        return refuse(
          409,
          'overlapping-bookings',
          'By this registration two workers are one person, and both are booked at the same time. Cancel one of the bookings first.',
        );
      }
      await moveWorker(trx, workerId, found.own, personId, at);
    }
    const said = { at, accountId: act.scope.accountId, name: act.scope.name, because: because || null };
    if (!isSame) await reviseWorker(trx, workerId, facts, said);
    // Whose duties now count together, or no longer do: every worker of either person.
    const { rows: touched } = await sql<{ id: string; personId: string }>`
      select id, person_id from worker where id = ${workerId} or ${isMoving} and person_id in (${found.own}, ${personId}) order by id`.execute(
      trx,
    );
    for (const one of touched) tell(trx, act, at, one.id, one.personId, 'registration');
    const workerIds = touched.map((one) => one.id);
    const why = isMoving ? changedRecord : 'The registration of this worker changed.';
    return ok({ workerId, bookingsToReview: await reviewBookings(trx, workerIds, why, act.scope.accountId, at) });
  });
}

interface Registration {
  body: string;
  number: string;
}

/** Locks, in order of id, the worker's own person and the one this registration belongs to, and answers both as they are under the locks. */
async function lockRegistered(
  trx: Trx,
  workerId: string,
  registration: Registration | null,
): Promise<{ own: string; registered: string | null } | null> {
  const read = async () => {
    const worker = await trx.selectFrom('worker').select('personId').where('id', '=', workerId).executeTakeFirst();
    const person =
      registration &&
      (await trx
        .selectFrom('person')
        .select('id')
        .where('registrationBody', '=', registration.body)
        .where('registrationNumber', '=', registration.number)
        .executeTakeFirst());
    return worker ? { own: worker.personId, registered: person?.id ?? null } : null;
  };
  for (let known = await read(); known !== null;) {
    const persons = [...new Set([known.own, known.registered ?? known.own])];
    await sql`select 1 from person where id = any(${persons}::uuid[]) order by id for no key update`.execute(trx);
    const now = await read();
    if (now?.own === known.own && now.registered === known.registered) return now;
    known = now;
  }
  return null;
}

/**
 * Which person a worker with this registration is: the one that has it; else the worker's own, where that has none yet or is this worker
 * alone; else a new one, so that no two registrations ever share a person. Without a registration they stay who they are.
 */
async function personFor(
  trx: Trx,
  workerId: string,
  found: { own: string; registered: string | null },
  registration: Registration | null,
): Promise<string> {
  if (!registration) return found.own;
  if (found.registered) return found.registered;
  const { rows } = await sql<{ isFree: boolean }>`
    select p.registration_number is null or not exists (select 1 from worker w where w.person_id = p.id and w.id <> ${workerId}) as is_free
    from person p where p.id = ${found.own}`.execute(trx);
  const named = { registrationBody: registration.body, registrationNumber: registration.number };
  if (rows[0]!.isFree) {
    await trx.updateTable('person').set(named).where('id', '=', found.own).execute();
    return found.own;
  }
  const id = newId();
  await trx
    .insertInto('person')
    .values({ id, ...named })
    .execute();
  return id;
}

/** Moves a worker to the person they were found to be, with their duties, bookings and time (as imports do with many at once). */
async function moveWorker(trx: Trx, workerId: string, from: string, to: string, at: Instant): Promise<void> {
  // Read by the trigger that keeps which person a worker was when.
  await sql`select set_config('homeward.recorded_at', ${rfc3339(at)}, true)`.execute(trx);
  await sql`update worker set person_id = ${to} where id = ${workerId}`.execute(trx);
  await sql`update duty_revision set person_id = ${to} where worker_id = ${workerId} and replaced_at is null`.execute(trx);
  await sql`update booking set person_id = ${to} where worker_id = ${workerId}`.execute(trx);
  await moveUnavailable(trx, [{ from, to }], at);
}
