import { sql } from 'kysely';
import { v7 as newId } from 'uuid';
import type { z } from 'zod';
import type {
  addBeds as addBedsShape,
  BedView,
  BoardWard,
  confirmedView,
  pauseAdmissions as pauseShape,
  setBedState as setBedStateShape,
  WardBeds,
} from '@homeward/shared/beds/contract.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { bedTaken, identityErrors, liveAllocation } from '../placements/steps.ts';
import { boardTrusts } from '../places/sharing-queries.ts';
import { announce } from '../platform/announce.ts';
import type { Platform } from '../platform/platform.ts';
import { badInput, notHere, ok, refuse, type FieldError, type Result } from '../platform/problem.ts';
import { managesWard, trustsAs, type Scope } from '../platform/scope.ts';
import { timeNow, transact, type Act, type Trx } from '../platform/transaction.ts';
import { bedView, boardCards, looksAfter, wardBeds } from './queries.ts';
import { lockBeds, recordBedState, retire, type LockedBed } from './steps.ts';

interface Ward {
  wardId: string;
  trust: string;
  bedType: string | null;
}

async function wardOf(trx: Trx, where: { wardId: string } | { bedId: string }): Promise<Ward | undefined> {
  const which = 'wardId' in where ? sql`w.id = ${where.wardId}` : sql`w.id = (select b.ward_id from bed b where b.id = ${where.bedId})`;
  return (await sql<Ward>`select w.id as ward_id, w.trust, w.bed_type from ward w where ${which}`.execute(trx)).rows[0];
}

/** As whom somebody who looks after a ward speaks of its beds: a ward's own manager before its trust's bed manager. */
const sideOf = (scope: Scope, ward: Ward): 'ward' | 'bed-manager' => (managesWard(scope, ward.wardId) ? 'ward' : 'bed-manager');

/** The ward's row, for what is said of the ward as a whole: one pause, one confirmation after the other. No bed is locked with it. */
const lockWard = (trx: Trx, wardId: string) => sql`select 1 from ward where id = ${wardId} for no key update`.execute(trx);

// ————— One bed —————

/** A bed to change, locked, where this scope looks after its ward; whoever doesn't learns nothing of it and locks nothing. */
async function lockBed(
  platform: Platform,
  trx: Trx,
  scope: Scope,
  bedId: string,
): Promise<{ bed: LockedBed; ward: Ward; now: Instant } | null> {
  const ward = await wardOf(trx, { bedId });
  if (!ward || !looksAfter(scope, ward)) return null;
  const [bed] = (await lockBeds(trx, [bedId])).values();
  return bed ? { bed, ward, now: await timeNow(trx, platform.clock) } : null;
}

type Said = z.output<typeof setBedStateShape>;

/** What is wrong with what is said of a bed, whatever the bed is now. Instants by the program's clock. */
function statedWrong(said: Said, now: Instant): FieldError[] {
  const errors = identityErrors({ note: said.note }, localDayOf(now));
  const wrong = (path: string, code: string, message: string) => errors.push({ path, code, message });
  const isClosed = said.state === 'closed';
  const hasReason = (said.reason ?? null) !== null;
  if (isClosed && !hasReason) wrong('reason', 'missing', 'Choose why the bed is closed.');
  if (!isClosed && hasReason) wrong('reason', 'not-closed', 'Only a closed bed has a reason.');
  if ((said.expectedReturn ?? null) !== null) {
    if (said.state !== 'on-leave') wrong('expectedReturn', 'not-on-leave', 'Only the bed of somebody on leave has an expected return.');
    else if (Date.parse(said.expectedReturn!) <= now) wrong('expectedReturn', 'in-past', 'Give a time of return that is still to come.');
  }
  if ((said.closedUntilShifts ?? []).length > 0 && !(isClosed && said.reason === 'staffing')) {
    wrong('closedUntilShifts', 'not-staffing', 'Only a bed closed for staffing names the shifts that would open it.');
  }
  return errors;
}

/** The shifts a closing names must be of its ward and still to come, open or filled: another could never open it. */
async function shiftsWrong(trx: Trx, wardId: string, shiftIds: readonly string[], now: Instant): Promise<FieldError[]> {
  if (shiftIds.length === 0) return [];
  const { rows } = await sql<{ id: string }>`select id from shift where id = any(${[...shiftIds]}::uuid[]) and ward_id = ${wardId}
    and status in ('open', 'filled') and starts_at > ${new Date(now)}`.execute(trx);
  const known = new Set(rows.map((row) => row.id));
  return shiftIds.flatMap((id, index) =>
    known.has(id.toLowerCase())
      ? []
      : [{ path: `closedUntilShifts.${index}`, code: 'unknown-shift', message: 'Choose shifts of this ward that are still to come.' }],
  );
}

/** Is a bed already what is said of it? A note that isn't given stays. */
function isAlready(bed: LockedBed, said: Said): boolean {
  const returns = (said.expectedReturn ?? null) === null ? null : Date.parse(said.expectedReturn!);
  const shiftIds = [...new Set((said.closedUntilShifts ?? []).map((id) => id.toLowerCase()))].sort();
  return (
    bed.state === said.state &&
    bed.reason === (said.reason ?? null) &&
    (bed.expectedReturn?.getTime() ?? null) === returns &&
    (said.note === undefined || bed.note === said.note) &&
    bed.shiftIds.join() === shiftIds.join()
  );
}

/** Closed so that opening it again is the commissioner's call, where it is a commissioned bed (rules-beds, section 6). */
const isCommissioners = (bed: LockedBed) =>
  bed.commissionedBy !== null && bed.state === 'closed' && (bed.reason === 'commissioner' || bed.reason === 'staffing');

/**
 * A ward's manager, or its trust's bed manager, says what a bed is; said again without a difference it changes nothing. Answers the bed.
 * Refused: another's bed (404); 422 closed without a reason or a reason without closing, a return for a bed that isn't of somebody on leave or in the
 * past, shifts named for another reason than staffing, of another ward or past, and identity in the note; 409 `bed-taken` while an allocation is live, by
 * which trust and until when: the ward declines or releases it first; 409 `commissioner-decides` where a ward would reopen a commissioned
 * bed that its commissioner, or staffing, closed (rules-beds, sections 1 and 6).
 */
export async function setBedState(platform: Platform, act: Act, bedId: string, said: Said): Promise<Result<BedView>> {
  return transact(platform, act.once, async (trx) => {
    const found = await lockBed(platform, trx, act.scope, bedId);
    if (!found) return notHere();
    const { bed, ward, now } = found;
    const errors = statedWrong(said, now);
    if (errors.length > 0) return badInput(errors);
    const live = await liveAllocation(trx, { bedId }, now);
    if (live) return bedTaken(live, platform.clock, now);
    if (!isAlready(bed, said)) {
      const shiftIds = [...new Set(said.closedUntilShifts ?? [])];
      const wrong = await shiftsWrong(trx, ward.wardId, shiftIds, now);
      if (wrong.length > 0) return badInput(wrong);
      const side = sideOf(act.scope, ward);
      if (side === 'ward' && isCommissioners(bed) && said.state !== 'closed') {
        return refuse(
          409,
          'commissioner-decides',
          `${bed.label} is commissioned by ${bed.commissionedBy}, who decides whether it opens again. Your trust’s bed manager opens it once they have agreed.`,
          { more: { commissionedBy: bed.commissionedBy } },
        );
      }
      const { state, reason = null, note = '', expectedReturn = null } = said;
      await recordBedState(trx, bed, { state, reason, note, expectedReturn, shiftIds, source: side }, act.scope.accountId, now);
    }
    return ok((await bedView(trx, bedId, now))!);
  });
}

/**
 * Takes a bed off its ward's list for good; what it was stays in the record. Answers the ward's beds. Refused: another's bed (404), one with a
 * live allocation (409 `bed-taken`), one somebody is in or on leave from (409 `bed-occupied`), identity in the reason (422).
 */
export async function retireBed(platform: Platform, act: Act, bedId: string, reason: string): Promise<Result<WardBeds>> {
  return transact(platform, act.once, async (trx) => {
    const found = await lockBed(platform, trx, act.scope, bedId);
    if (!found) return notHere();
    const { bed, now } = found;
    const errors = identityErrors({ reason }, localDayOf(now));
    if (errors.length > 0) return badInput(errors);
    const live = await liveAllocation(trx, { bedId }, now);
    if (live) return bedTaken(live, platform.clock, now);
    if (bed.state === 'occupied' || bed.state === 'on-leave') {
      return refuse(409, 'bed-occupied', `${bed.label} is somebody’s bed. Say first that it is available or closed.`);
    }
    await retire(trx, bed, reason, act.scope.accountId, now);
    return wardBeds(trx, act.scope, bed.wardId, now);
  });
}

/**
 * Adds beds to a ward, available, after those it has; answers the ward's beds. The figures of a ward that adds beds stay unconfirmed until
 * somebody confirms them. Refused: another's ward (404), a name twice or with identity in it (422), one the ward has (409 `label-taken`).
 * @param asked.commissionedBy who decides about reopening them once they are closed; null: the ward itself
 */
export async function addBeds(
  platform: Platform,
  act: Act,
  wardId: string,
  asked: z.output<typeof addBedsShape>,
): Promise<Result<WardBeds>> {
  const { scope } = act;
  return transact(platform, act.once, async (trx) => {
    const ward = await wardOf(trx, { wardId });
    if (!ward || !looksAfter(scope, ward)) return notHere();
    await lockWard(trx, wardId);
    const now = await timeNow(trx, platform.clock);
    const labels = asked.labels;
    const errors = identityErrors(Object.fromEntries(labels.map((label, index) => [`labels.${index}`, label])), localDayOf(now));
    labels.forEach((label, index) => {
      if (labels.indexOf(label) < index)
        errors.push({ path: `labels.${index}`, code: 'label-twice', message: 'Give each bed its own name.' });
    });
    if (errors.length > 0) return badInput(errors);
    const { rows } = await sql<{
      position: number;
    }>`select coalesce(max(position), -1)::int as position from bed where ward_id = ${wardId}`.execute(trx);
    const first = rows[0]!.position + 1;
    const beds = labels.map((label, index) => ({ id: newId(), label, position: first + index }));
    const at = rfc3339(now);
    const { commissionedBy } = asked;
    await trx
      .insertInto('bed')
      .values(beds.map((bed) => ({ ...bed, wardId, commissionedBy, addedAt: at })))
      .execute();
    const source = sideOf(scope, ward);
    await trx
      .insertInto('bedState')
      .values(beds.map((bed) => ({ id: newId(), bedId: bed.id, state: 'available', source, recordedBy: scope.accountId, recordedAt: at })))
      .execute();
    for (const bed of beds) {
      announce(trx, {
        type: 'bed.changed',
        at: now,
        accountId: scope.accountId,
        wardId,
        data: { bedId: bed.id, was: null, state: 'available', source },
      });
    }
    return wardBeds(trx, scope, wardId, now);
  });
}

// ————— A ward as a whole —————

const cardOf = async (trx: Trx, wardId: string, now: Instant): Promise<BoardWard> =>
  (await boardCards(trx, { wardIds: [wardId] }, now))[0]!;

/**
 * "Nothing changed": a ward's manager, or its trust's bed manager, says that its beds are as they stand. One tap, at the due times and whenever it
 * helps (rules-beds, section 1). Refused: another's ward (404), one with no beds (409 `no-beds`): there is nothing to confirm.
 */
export async function confirmBeds(platform: Platform, act: Act, wardId: string): Promise<Result<z.infer<typeof confirmedView>>> {
  const { scope } = act;
  return transact(platform, act.once, async (trx) => {
    const ward = await wardOf(trx, { wardId });
    if (!ward || !looksAfter(scope, ward)) return notHere();
    await lockWard(trx, wardId);
    const now = await timeNow(trx, platform.clock);
    const { rows } = await sql`select 1 from bed where ward_id = ${wardId} and retired_at is null limit 1`.execute(trx);
    if (rows.length === 0) return refuse(409, 'no-beds', 'This ward has no beds yet. Add them first.');
    const byRole = sideOf(scope, ward) === 'ward' ? 'ward-manager' : 'bed-manager';
    await trx
      .insertInto('wardConfirmation')
      .values({ id: newId(), wardId, confirmedAt: rfc3339(now), accountId: scope.accountId, byRole })
      .execute();
    announce(trx, { type: 'ward.confirmed', at: now, accountId: scope.accountId, wardId, data: { by: byRole } });
    return ok({ wardId: ward.wardId, confirmedAt: rfc3339(now), card: await cardOf(trx, wardId, now) });
  });
}

/**
 * A bed manager asks a ward of their board to confirm its beds, which comes before a stale one may be held (rules-beds, section 1).
 * Refused: a ward that isn't on the board (404).
 */
export async function askWard(
  platform: Platform,
  act: Act,
  wardId: string,
): Promise<Result<{ wardId: string; askedAt: string; card: BoardWard }>> {
  const { scope } = act;
  return transact(platform, act.once, async (trx, begun) => {
    const ward = await wardOf(trx, { wardId });
    const trust = ward && (await askingTrust(trx, scope, ward, begun));
    if (!ward || !trust) return notHere();
    await lockWard(trx, wardId);
    const now = await timeNow(trx, platform.clock);
    await trx
      .insertInto('wardAsking')
      .values({ id: newId(), wardId, askedAt: rfc3339(now), accountId: scope.accountId, trust })
      .execute();
    announce(trx, { type: 'ward.asked', at: now, accountId: scope.accountId, wardId, data: { trust } });
    return ok({ wardId: ward.wardId, askedAt: rfc3339(now), card: await cardOf(trx, wardId, now) });
  });
}

/** For which of their trusts somebody asks: the ward's own, else the first on whose board it stands. */
async function askingTrust(trx: Trx, scope: Scope, ward: Ward, now: Instant): Promise<string | undefined> {
  const own = trustsAs(scope, 'bed-manager');
  if (own.includes(ward.trust)) return ward.trust;
  if (ward.bedType === null) return undefined;
  for (const trust of own) if ((await boardTrusts(trx, [trust], localDayOf(now))).includes(ward.trust)) return trust;
  return undefined;
}

/**
 * Pauses a ward's admissions with a reason until somebody looks at it again: empty and able to admit are two facts (rules-beds, section 1).
 * Said again, the new reason and time stand in place of the old. Answers the ward's card. Refused: another's ward (404), a review in the past or
 * identity in the reason (422).
 */
export async function pauseAdmissions(
  platform: Platform,
  act: Act,
  wardId: string,
  asked: z.output<typeof pauseShape>,
): Promise<Result<BoardWard>> {
  const { scope } = act;
  return transact(platform, act.once, async (trx) => {
    const ward = await wardOf(trx, { wardId });
    if (!ward || !looksAfter(scope, ward)) return notHere();
    await lockWard(trx, wardId);
    const now = await timeNow(trx, platform.clock);
    const errors = identityErrors({ reason: asked.reason }, localDayOf(now));
    if (Date.parse(asked.reviewAt) <= now) {
      errors.push({ path: 'reviewAt', code: 'in-past', message: 'Look at it again at a time that is still to come.' });
    }
    if (errors.length > 0) return badInput(errors);
    await endPause(trx, wardId, scope.accountId, now);
    await trx
      .insertInto('admissionPause')
      .values({
        id: newId(),
        wardId,
        reason: asked.reason,
        reviewAt: asked.reviewAt,
        recordedBy: scope.accountId,
        recordedAt: rfc3339(now),
      })
      .execute();
    tellAdmissions(trx, wardId, { paused: true, reason: asked.reason, reviewAt: asked.reviewAt }, scope, now);
    return ok(await cardOf(trx, wardId, now));
  });
}

/** Opens a ward's admissions again; where they are open it changes nothing. Answers its card. Refused: another's ward (404). */
export async function resumeAdmissions(platform: Platform, act: Act, wardId: string): Promise<Result<BoardWard>> {
  const { scope } = act;
  return transact(platform, act.once, async (trx) => {
    const ward = await wardOf(trx, { wardId });
    if (!ward || !looksAfter(scope, ward)) return notHere();
    await lockWard(trx, wardId);
    const now = await timeNow(trx, platform.clock);
    if (await endPause(trx, wardId, scope.accountId, now)) tellAdmissions(trx, wardId, { paused: false }, scope, now);
    return ok(await cardOf(trx, wardId, now));
  });
}

async function endPause(trx: Trx, wardId: string, accountId: string, now: Instant): Promise<boolean> {
  const { rows } =
    await sql`update admission_pause set replaced_at = greatest(${new Date(now)}::timestamptz, recorded_at), ended_by = ${accountId}
    where ward_id = ${wardId} and replaced_at is null returning 1`.execute(trx);
  return rows.length > 0;
}

function tellAdmissions(trx: Trx, wardId: string, data: Record<string, string | boolean>, scope: Scope, now: Instant): void {
  announce(trx, { type: 'admissions.changed', at: now, accountId: scope.accountId, wardId, data });
}
