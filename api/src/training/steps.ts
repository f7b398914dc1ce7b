import type { Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import type { z } from 'zod';
import { dayMs, type Instant } from '@homeward/shared/kernel/interval.ts';
import { localDayOf, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import type { EffectView, stressTest as stressTestShape } from '@homeward/shared/training/contract.ts';
import { effectOf, type Change } from '@homeward/shared/training/effect-rules.ts';
import type { AlignmentState } from '@homeward/shared/training/facts.ts';
import { badInput, notHere, ok, type FieldError, type Result } from '../platform/problem.ts';
import { trustsAs, type Scope } from '../platform/scope.ts';
import type { Trx } from '../platform/transaction.ts';
import { reviewBookings } from '../shifts/steps.ts';
import type { StoredAlignment } from './alignment-queries.ts';
import { effectView } from './effect-queries.ts';
import { effectFacts, effectFactsAgain } from './facts.ts';

/**
 * The trust a lead acts for: the one they name, or their only one.
 * Refused: one they don't lead, or leading none (404); leading several and naming none (422).
 */
export function leadTrust(scope: Scope, asked: string | undefined): Result<string> {
  const own = [...new Set(trustsAs(scope, 'training-lead'))];
  if (asked !== undefined) return own.includes(asked) ? ok(asked) : notHere();
  const [only] = own;
  if (only === undefined) return notHere();
  if (own.length > 1) {
    return badInput([{ path: 'trust', code: 'which-trust', message: 'You lead training at more than one trust. Say which you act for.' }]);
  }
  return ok(only);
}

// ————— The state a step of an alignment leads to —————

/** The state a step leads to, as it will be written. */
export interface NextState {
  state: AlignmentState;
  reason?: string | undefined;
  countsFrom?: LocalDay;
  pilotUntil?: Instant;
  pilotWardIds?: string[];
  watchFor?: string | undefined;
}

/** The same as the rules will see it: what an effect is worked out from, before the act and for it. */
export function changeTo(at: StoredAlignment, next: NextState, decidedBy: string, now: Instant): Change {
  return {
    kind: 'alignment',
    alignment: {
      id: at.id,
      courseId: at.courseId,
      competency: at.competency,
      state: next.state,
      stateSince: now,
      decidedBy,
      countsFrom: next.countsFrom ?? null,
      pilotWardIds: [...(next.pilotWardIds ?? [])].sort(),
      pilotUntil: next.pilotUntil ?? null,
      reason: next.reason || null,
      trusts: at.members.map((member) => member.trust).sort(),
    },
  };
}

/** Without an end a pilot lasts so long. */
const pilotDays = 90;

/**
 * The state that starting stress testing leads to, from what was asked.
 * Refused: a ward that isn't of a trust that shares by it, an end that is past (422).
 */
export async function pilotState(
  db: Kysely<DB>,
  at: StoredAlignment,
  asked: Pick<z.output<typeof stressTestShape>, 'pilotWardIds' | 'until' | 'watchFor' | 'reason'>,
  now: Instant,
): Promise<Result<NextState>> {
  const pilotWardIds = [...new Set(asked.pilotWardIds)];
  const known = new Set(
    (
      await db
        .selectFrom('ward')
        .select('id')
        .where('id', 'in', pilotWardIds)
        .where('trust', 'in', ['', ...at.members.map((member) => member.trust)])
        .execute()
    ).map((row) => row.id),
  );
  const errors: FieldError[] = asked.pilotWardIds.flatMap((wardId, index) =>
    known.has(wardId) ? [] : [{ path: `pilotWardIds.${index}`, code: 'unknown-ward', message: 'Choose wards of the trusts that share.' }],
  );
  const pilotUntil = asked.until === undefined ? now + pilotDays * dayMs : Date.parse(asked.until);
  if (pilotUntil <= now) errors.push({ path: 'until', code: 'end-is-past', message: 'The pilot must end later than now.' });
  if (errors.length > 0) return badInput(errors);
  return ok({ state: 'stress-testing', pilotUntil, pilotWardIds, watchFor: asked.watchFor, reason: asked.reason });
}

/** The state that validating leads to. Refused: a day that is over (422): what was decided for it can't be changed. */
export function validatedState(asked: { countsFrom?: LocalDay | undefined; reason?: string | undefined }, now: Instant): Result<NextState> {
  const today = localDayOf(now);
  const countsFrom = asked.countsFrom ?? today;
  if (countsFrom < today)
    return badInput([{ path: 'countsFrom', code: 'day-is-past', message: 'It can count from today on, or from a later day.' }]);
  return ok({ state: 'validated', countsFrom, reason: asked.reason });
}

// ————— What a change does —————

/**
 * Makes a change and answers what it did: works out the facts before, writes, reads again what was written, and marks the bookings that no
 * longer hold as `needs-review`, all in the transaction of the change. The caller holds the ground alone.
 * @param change as a preview would be asked for it
 * @param because what happened, in words that the worker and the ward may both read
 * @param now the instant the change is known from
 */
export async function carryOut(
  trx: Trx,
  scope: Scope,
  { change, because, now }: { change: Change; because: string; now: Instant },
  write: () => Promise<void>,
): Promise<EffectView> {
  const before = await effectFacts(trx, change, now);
  await write();
  const effect = effectOf(before, await effectFactsAgain(trx, before, now), change, now);
  if (effect.bookings.length > 0) {
    await reviewBookings(trx, 'all', because, scope.accountId, now, { bookingIds: effect.bookings.map((one) => one.bookingId) });
  }
  return effectView(trx, scope, before, effect, now);
}
