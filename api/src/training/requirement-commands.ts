import { sql } from 'kysely';
import { v7 as newId } from 'uuid';
import type { z } from 'zod';
import { rfc3339 } from '@homeward/shared/kernel/interval.ts';
import type { requirementMoved, setRequirement as setShape } from '@homeward/shared/training/contract.ts';
import { announce } from '../platform/announce.ts';
import { changeGround } from '../platform/ground.ts';
import type { Platform } from '../platform/platform.ts';
import { badInput, notHere, ok, type Result } from '../platform/problem.ts';
import { managesWard } from '../platform/scope.ts';
import { transact, type Act, type Trx } from '../platform/transaction.ts';
import { endingChange, settingChange, wardRequirements } from './requirement-queries.ts';
import { carryOut } from './steps.ts';

type Moved = z.infer<typeof requirementMoved>;

async function endRow(trx: Trx, act: Act, id: string, reason: string, at: string): Promise<void> {
  await trx
    .updateTable('requirement')
    .set({
      replacedAt: sql<Date>`greatest(${at}::timestamptz, recorded_at)`,
      replacedBy: act.scope.accountId,
      replacedByName: act.scope.name,
      replacedReason: reason,
    })
    .where('id', '=', id)
    .execute();
}

/**
 * A ward's manager sets what it asks: a competency, of one role or of everyone, and how many on a shift at least have to hold it. What it asked
 * of the same competency and role before is replaced and stays in its history. Answers whom that moves; bookings that no longer hold are
 * marked.
 * Refused: a ward they don't manage (404); a competency its trust has no period for, so that nobody could meet it, or what it asks already (422).
 */
export async function setRequirement(
  platform: Platform,
  act: Act,
  wardId: string,
  asked: z.output<typeof setShape>,
): Promise<Result<Moved>> {
  if (!managesWard(act.scope, wardId)) return notHere();
  return transact(platform, act.once, async (trx) => {
    const now = await changeGround(trx, platform.clock);
    const id = newId();
    const change = await settingChange(trx, wardId, { ...asked, id }, now);
    if (!change.ok) return change;
    const before = await trx
      .selectFrom('requirement')
      .select(['id', 'minimumOnShift'])
      .where('wardId', '=', wardId)
      .where('competency', '=', asked.competency)
      .where(sql<boolean>`role is not distinct from ${asked.role}`)
      .where('replacedAt', 'is', null)
      .executeTakeFirst();
    if (before && before.minimumOnShift === asked.minimumOnShift) {
      return badInput([{ path: 'minimumOnShift', code: 'nothing-changes', message: 'The ward asks for exactly this already.' }]);
    }
    const at = rfc3339(now);
    const because = `The ward changed what it asks of ${change.value.asked.title}.`;
    const effect = await carryOut(trx, act.scope, { change: change.value, because, now }, async () => {
      if (before) await endRow(trx, act, before.id, asked.reason, at);
      await trx
        .insertInto('requirement')
        .values({
          id,
          wardId,
          competency: asked.competency,
          role: asked.role,
          minimumOnShift: asked.minimumOnShift,
          recordedAt: at,
          recordedBy: act.scope.accountId,
          recordedByName: act.scope.name,
          reason: asked.reason,
        })
        .execute();
    });
    tell(trx, act, wardId, asked.competency, asked.reason, now);
    const requirements = await wardRequirements(trx, act.scope, wardId, now);
    return requirements.ok ? ok({ requirements: requirements.value, effect }) : requirements;
  });
}

/**
 * A ward's manager ends a requirement, with a reason; it stays in the ward's history. Answers whom that moves.
 * Refused: a ward they don't manage, a requirement that isn't its or has ended (404).
 */
export async function endRequirement(
  platform: Platform,
  act: Act,
  wardId: string,
  requirementId: string,
  reason: string,
): Promise<Result<Moved>> {
  if (!managesWard(act.scope, wardId)) return notHere();
  return transact(platform, act.once, async (trx) => {
    const now = await changeGround(trx, platform.clock);
    const { rows } = await sql<{ competency: string; title: string }>`
      select q.competency, c.title from requirement q join competency c on c.code = q.competency
      where q.id = ${requirementId} and q.ward_id = ${wardId} and q.replaced_at is null`.execute(trx);
    const [ended] = rows;
    if (!ended) return notHere();
    const because = `The ward changed what it asks of ${ended.title}.`;
    const effect = await carryOut(trx, act.scope, { change: endingChange(wardId, requirementId), because, now }, () =>
      endRow(trx, act, requirementId, reason, rfc3339(now)),
    );
    tell(trx, act, wardId, ended.competency, reason, now);
    const requirements = await wardRequirements(trx, act.scope, wardId, now);
    return requirements.ok ? ok({ requirements: requirements.value, effect }) : requirements;
  });
}

function tell(trx: Trx, act: Act, wardId: string, competency: string, reason: string, now: number): void {
  announce(trx, { type: 'ward.changed', at: now, accountId: act.scope.accountId, wardId, data: { competency, reason } });
}
