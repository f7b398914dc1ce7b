import { sql, type Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import type { z } from 'zod';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { addDays, localDayOf, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import type { periodEffect as periodShape, PeriodView } from '@homeward/shared/training/contract.ts';
import type { Change } from '@homeward/shared/training/effect-rules.ts';
import { badInput, ok, type FieldError, type Result } from '../platform/problem.ts';
import type { Scope } from '../platform/scope.ts';
import { leadTrust } from './steps.ts';

interface PeriodRow {
  id: string;
  competency: string;
  trust: string;
  months: number;
  fromDay: LocalDay;
  /** The first day after it. */
  endDay: LocalDay | null;
  recordedAt: Date;
  by: string | null;
  reason: string | null;
  replacedAt: Date | null;
}

/**
 * How long training counts at each trust, and counted before: what stands first, newest decision first; then what was replaced.
 * @param filter `competency`, `trust`: only of that one
 */
export async function periods(
  db: Kysely<DB>,
  _scope: Scope,
  filter: { competency?: string | undefined; trust?: string | undefined },
): Promise<PeriodView[]> {
  const { competency = null, trust = null } = filter;
  const { rows } = await sql<PeriodRow>`
    select id, competency, trust, months, lower(days) as from_day, upper(days) as end_day, recorded_at, recorded_by_name as by, reason, replaced_at
    from competency_period
    where (${competency}::text is null or competency = ${competency}) and (${trust}::text is null or trust = ${trust})
    order by competency, trust, replaced_at desc nulls first, lower(days) desc, recorded_at desc, id`.execute(db);
  return rows.map(({ fromDay, endDay, recordedAt, replacedAt, ...row }) => ({
    ...row,
    from: fromDay,
    until: endDay && addDays(endDay, -1),
    recordedAt: rfc3339(recordedAt.getTime()),
    replacedAt: replacedAt && rfc3339(replacedAt.getTime()),
  }));
}

/**
 * What a lead asks of a period, as the change it is.
 * Refused: another trust (404); a day that is over or more than five years away, or a competency nobody shares (422).
 */
export async function periodChange(
  db: Kysely<DB>,
  scope: Scope,
  asked: z.output<typeof periodShape>,
  now: Instant,
): Promise<Result<Extract<Change, { kind: 'period' }>>> {
  const trust = leadTrust(scope, asked.trust);
  if (!trust.ok) return trust;
  const today = localDayOf(now);
  const errors: FieldError[] = [];
  if (asked.from < today || asked.from > addDays(today, 5 * 366)) {
    errors.push({ path: 'from', code: 'day-is-past', message: 'Choose today or a later day: what counted before stays as it was.' });
  }
  const known = await db.selectFrom('competency').select('code').where('code', '=', asked.competency).executeTakeFirst();
  if (!known) errors.push({ path: 'competency', code: 'unknown-competency', message: 'Choose a shared standard from the list.' });
  if (errors.length > 0) return badInput(errors);
  return ok({ kind: 'period', competency: asked.competency, trust: trust.value, months: asked.months, fromDay: asked.from });
}
