import { sql } from 'kysely';
import { v7 as newId } from 'uuid';
import { dayMs, rfc3339 } from '@homeward/shared/kernel/interval.ts';
import type { UnavailableView } from '@homeward/shared/working-time/contract.ts';
import { announce } from '../platform/announce.ts';
import { changePeople } from '../platform/ground.ts';
import type { Platform } from '../platform/platform.ts';
import { badInput, notHere, ok, refuse, type Result } from '../platform/problem.ts';
import { transact, type Act } from '../platform/transaction.ts';
import { lockPerson } from '../workers/steps.ts';

const longestDays = 366;

/**
 * A worker marks a time, from one instant to another, in which they don't want to be asked. It warns and never stops them from accepting.
 * Refused (422): an end not after the start, one in the past, more than a year.
 */
export async function markUnavailable(
  platform: Platform,
  act: Act,
  span: { startsAt: string; endsAt: string },
): Promise<Result<UnavailableView>> {
  const { workerId } = act.scope;
  if (!workerId) return notHere();
  return transact(platform, act.once, async (trx) => {
    const personId = await lockPerson(trx, workerId);
    if (!personId) return notHere();
    const now = await changePeople(trx, platform.clock);
    const start = Date.parse(span.startsAt);
    const end = Date.parse(span.endsAt);
    if (end <= start) return badInput([{ path: 'endsAt', code: 'end-not-after-start', message: 'The time must end after it starts.' }]);
    if (end <= now) return badInput([{ path: 'endsAt', code: 'in-past', message: 'Give a time that is still to come.' }]);
    if (end - start > longestDays * dayMs) return badInput([{ path: 'endsAt', code: 'too-long', message: 'Give at most a year.' }]);
    const id = newId();
    await sql`insert into unavailability (id, person_id, period, recorded_at)
      values (${id}, ${personId}, tstzrange(${new Date(start)}, ${new Date(end)}, '[)'), ${new Date(now)})`.execute(trx);
    announce(trx, { type: 'worker.changed', at: now, accountId: act.scope.accountId, workerId, data: { unavailable: id, personId } });
    return ok({ id, startsAt: rfc3339(start), endsAt: rfc3339(end) });
  });
}

/** Takes such a time back. Refused: another's (404), one taken back already (409). */
export async function withdrawUnavailable(platform: Platform, act: Act, id: string): Promise<Result<UnavailableView>> {
  const { workerId } = act.scope;
  if (!workerId) return notHere();
  return transact(platform, act.once, async (trx) => {
    const personId = await lockPerson(trx, workerId);
    if (!personId) return notHere();
    const now = await changePeople(trx, platform.clock);
    const { rows } = await sql<{ startsAt: Date; endsAt: Date; withdrawnAt: Date | null }>`
      select lower(period) as starts_at, upper(period) as ends_at, withdrawn_at from unavailability where id = ${id} and person_id = ${personId}`.execute(
      trx,
    );
    const [row] = rows;
    if (!row) return notHere();
    if (row.withdrawnAt) return refuse(409, 'already-withdrawn', 'This time has been taken back already.');
    await sql`update unavailability set withdrawn_at = ${new Date(now)} where id = ${id}`.execute(trx);
    announce(trx, { type: 'worker.changed', at: now, accountId: act.scope.accountId, workerId, data: { available: id, personId } });
    return ok({ id, startsAt: rfc3339(row.startsAt.getTime()), endsAt: rfc3339(row.endsAt.getTime()) });
  });
}
