import { sql } from 'kysely';
import { v7 as newId } from 'uuid';
import type { z } from 'zod';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import type { LocalDay } from '@homeward/shared/kernel/local-time.ts';
import type { changePeriod as changeShape, periodMoved } from '@homeward/shared/training/contract.ts';
import { announce } from '../platform/announce.ts';
import { changeGround } from '../platform/ground.ts';
import type { Platform } from '../platform/platform.ts';
import { badInput, ok, type Result } from '../platform/problem.ts';
import { transact, type Act, type Trx } from '../platform/transaction.ts';
import { periodChange, periods } from './period-queries.ts';
import { carryOut } from './steps.ts';

/**
 * The lead of a trust says how long a competency's training counts there from a local day on, today or later (rules-staffing, section 2:
 * validity is derived, completion date and the receiving trust's period). It takes the place of whatever would have lasted into that day;
 * what was known before stays readable. Answers whom that moves; bookings that no longer hold are marked.
 * Refused: another trust (404); a day that is over, a competency nobody shares, or the period that stands already (422).
 */
export async function changePeriod(
  platform: Platform,
  act: Act,
  asked: z.output<typeof changeShape>,
): Promise<Result<z.infer<typeof periodMoved>>> {
  return transact(platform, act.once, async (trx) => {
    const now = await changeGround(trx, platform.clock);
    const change = await periodChange(trx, act.scope, asked, now);
    if (!change.ok) return change;
    const { competency, trust, months, fromDay } = change.value;
    const { rows } = await sql<{ same: boolean }>`
      select coalesce(bool_and(months = ${months}) and bool_or(days @> ${fromDay}::date) and bool_or(upper_inf(days)), false) as same from competency_period
      where competency = ${competency} and trust = ${trust} and replaced_at is null and days && daterange(${fromDay}::date, null)`.execute(
      trx,
    );
    if (rows[0]?.same) return badInput([{ path: 'months', code: 'nothing-changes', message: `It counts for ${months} months already.` }]);
    const { title } = await trx.selectFrom('competency').select('title').where('code', '=', competency).executeTakeFirstOrThrow();
    const because = `How long ${title} counts changed.`;
    const effect = await carryOut(trx, act.scope, { change: change.value, because, now }, () =>
      replacePeriods(trx, act, { competency, trust, months, fromDay, reason: asked.reason }, now),
    );
    announce(trx, {
      type: 'period.changed',
      at: now,
      accountId: act.scope.accountId,
      data: { competency, trust, months, from: fromDay, reason: asked.reason },
    });
    return ok({ periods: await periods(trx, act.scope, { competency }), effect });
  });
}

/** Closes what would last into the day, writes again the days before it as they were said, and says the new. */
async function replacePeriods(
  trx: Trx,
  act: Act,
  next: { competency: string; trust: string; months: number; fromDay: LocalDay; reason: string },
  now: Instant,
): Promise<void> {
  const at = rfc3339(now);
  const { rows } = await sql<{
    months: number;
    firstDay: LocalDay;
    recordedBy: string | null;
    recordedByName: string | null;
    reason: string | null;
  }>`
    update competency_period set replaced_at = greatest(${at}::timestamptz, recorded_at)
    where competency = ${next.competency} and trust = ${next.trust} and replaced_at is null and days && daterange(${next.fromDay}::date, null)
    returning months, lower(days) as first_day, recorded_by, recorded_by_name, reason`.execute(trx);
  const { competency, trust } = next;
  for (const { firstDay, ...said } of rows) {
    if (firstDay >= next.fromDay) continue;
    await trx
      .insertInto('competencyPeriod')
      .values({ id: newId(), competency, trust, days: `[${firstDay},${next.fromDay})`, recordedAt: at, ...said })
      .execute();
  }
  await trx
    .insertInto('competencyPeriod')
    .values({
      id: newId(),
      competency,
      trust,
      months: next.months,
      days: `[${next.fromDay},)`,
      recordedAt: at,
      recordedBy: act.scope.accountId,
      recordedByName: act.scope.name,
      reason: next.reason,
    })
    .execute();
}
