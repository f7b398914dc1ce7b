import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import { v7 as newId } from 'uuid';
import type { z } from 'zod';
import type { readinessView, setReady as setShape } from '@homeward/shared/beds/contract.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { localDayOf, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import { announce } from '../platform/announce.ts';
import type { Platform } from '../platform/platform.ts';
import { badInput, notHere, ok, refuse, type FieldError, type Result } from '../platform/problem.ts';
import { timeNow, transact, type Act, type Trx } from '../platform/transaction.ts';
import { looksAfter } from './queries.ts';
import { lockBeds, type LockedBed } from './steps.ts';

type Readiness = z.infer<typeof readinessView>;

interface Stay {
  bed: LockedBed;
  now: Instant;
  readiness: { readyOn: LocalDay; delayReasons: string[] } | null;
}

/** A bed that this account looks after, locked, with what is known of the person's readiness. Refused: another's bed (404). */
async function lockStay(platform: Platform, trx: Trx, act: Act, bedId: string): Promise<Result<Stay>> {
  const bed = (await lockBeds(trx, [bedId])).get(bedId);
  if (!bed || !looksAfter(act.scope, bed)) return notHere();
  const now = await timeNow(trx, platform.clock);
  const { rows } = await sql<{ readyOn: LocalDay; delayReasons: string[] }>`
    select ready_on, delay_reasons from discharge_readiness where bed_id = ${bedId} and replaced_at is null`.execute(trx);
  return ok({ bed, now, readiness: rows[0] ?? null });
}

/** Ends what was said of the stay, and says the next where there is one. */
async function replaceReadiness(trx: Trx, act: Act, { bed, now }: Stay, next: Stay['readiness']): Promise<void> {
  await sql`update discharge_readiness set replaced_at = ${new Date(now)} where bed_id = ${bed.id} and replaced_at is null`.execute(trx);
  if (next) {
    await trx
      .insertInto('dischargeReadiness')
      .values({ id: newId(), bedId: bed.id, ...next, recordedBy: act.scope.accountId, recordedAt: rfc3339(now) })
      .execute();
  }
  announce(trx, {
    type: 'readiness.changed',
    at: now,
    accountId: act.scope.accountId,
    wardId: bed.wardId,
    data: { bedId: bed.id, readyOn: next?.readyOn ?? null, delayReasons: next?.delayReasons ?? [] },
  });
}

/**
 * Whoever looks after a bed says since which local day the person in it is clinically ready for discharge, and why they are still here: codes of the
 * national list. The same again changes nothing; the stay's end ends it too.
 * Refused: a bed they don't look after (404); one that nobody stays in (409 `not-occupied`); a day still to come, or a reason that isn't on the list (422).
 */
export async function setReady(platform: Platform, act: Act, bedId: string, asked: z.output<typeof setShape>): Promise<Result<Readiness>> {
  return transact(platform, act.once, async (trx) => {
    const stay = await lockStay(platform, trx, act, bedId);
    if (!stay.ok) return stay;
    const { bed, now, readiness } = stay.value;
    if (bed.state !== 'occupied' && bed.state !== 'on-leave') {
      return refuse(409, 'not-occupied', 'Nobody stays in this bed, so nobody in it can be ready to leave.');
    }
    const errors: FieldError[] = [];
    if (asked.readyOn > localDayOf(now)) {
      errors.push({ path: 'readyOn', code: 'in-future', message: 'Choose today or an earlier day.' });
    }
    const listed = await trx.selectFrom('code').select('code').where('list', '=', 'delay-reason').execute();
    const known = new Set(listed.map((row) => row.code));
    asked.delayReasons.forEach((code, at) => {
      if (!known.has(code)) errors.push({ path: `delayReasons.${at}`, code: 'unknown-code', message: 'Choose reasons from the list.' });
    });
    if (errors.length > 0) return badInput(errors);
    const next = { readyOn: asked.readyOn, delayReasons: [...new Set(asked.delayReasons)] };
    if (!isDeepStrictEqual(readiness, next)) await replaceReadiness(trx, act, stay.value, next);
    return ok({ bedId, ...next });
  });
}

/**
 * The person isn't ready for discharge after all. Where nobody said that they were, nothing changes.
 * Refused: a bed they don't look after (404).
 */
export async function setNotReady(platform: Platform, act: Act, bedId: string): Promise<Result<Readiness>> {
  return transact(platform, act.once, async (trx) => {
    const stay = await lockStay(platform, trx, act, bedId);
    if (!stay.ok) return stay;
    if (stay.value.readiness) await replaceReadiness(trx, act, stay.value, null);
    return ok({ bedId, readyOn: null, delayReasons: [] });
  });
}
