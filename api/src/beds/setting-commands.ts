import { isDeepStrictEqual } from 'node:util';
import { v7 as newId } from 'uuid';
import type { z } from 'zod';
import type { BedSettingsView, changeBedSetting as changeShape } from '@homeward/shared/beds/contract.ts';
import { minuteMs, rfc3339 } from '@homeward/shared/kernel/interval.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { identityErrors } from '../placements/steps.ts';
import { announce } from '../platform/announce.ts';
import { changeGround } from '../platform/ground.ts';
import type { Platform } from '../platform/platform.ts';
import { badInput, notHere } from '../platform/problem.ts';
import type { Result } from '../platform/problem.ts';
import { isOfTrust } from '../platform/scope.ts';
import { transact, type Act } from '../platform/transaction.ts';
import { settingsAt } from './facts.ts';
import { bedSettings } from './setting-queries.ts';

/** Somebody who says "from now" is not late because the request took a moment: it counts from when it arrived. */
const momentMs = minuteMs;

/**
 * A bed manager changes the clocks, sex rules and ranking terms of their own trust from an instant on, now or later. Whatever was decided stays as
 * it was: a hold keeps the end it was given, a match its outcome. What was set before stays in the history, and one that was to come still comes.
 * Minutes; `from` an instant of the program's clock. Which outcomes a trust chooses for a sex is its own affair: the reason stands beside it.
 * Refused: another trust (404); an instant that is past, what counts from then already, or a reason that says who somebody is (422).
 */
export async function changeBedSetting(
  platform: Platform,
  act: Act,
  { trust, from, reason, ...asked }: z.output<typeof changeShape>,
): Promise<Result<BedSettingsView>> {
  if (!isOfTrust(act.scope, 'bed-manager', trust)) return notHere();
  return transact(platform, act.once, async (trx) => {
    const now = await changeGround(trx, platform.clock);
    const begins = Date.parse(from);
    if (begins < now - momentMs) {
      return badInput([{ path: 'from', code: 'in-past', message: 'Choose now or later: what was decided stays as it was.' }]);
    }
    const errors = identityErrors({ reason }, localDayOf(now));
    if (errors.length > 0) return badInput(errors);
    const fromAt = Math.max(begins, now);
    const setting = { ...asked, dueTimes: [...new Set(asked.dueTimes)].sort() };
    if (isDeepStrictEqual(setting, (await settingsAt(trx, [trust], fromAt))(trust))) {
      return badInput([{ path: '', code: 'nothing-changes', message: 'This is exactly what will count then already.' }]);
    }
    await trx
      .insertInto('bedSetting')
      .values({
        id: newId(),
        trust,
        ...setting,
        sexRules: JSON.stringify(setting.sexRules),
        reason,
        fromAt: rfc3339(fromAt),
        recordedBy: act.scope.accountId,
        recordedAt: rfc3339(now),
      })
      .execute();
    announce(trx, {
      type: 'setting.changed',
      at: now,
      accountId: act.scope.accountId,
      data: { trust, from: rfc3339(fromAt), reason },
    });
    return bedSettings(trx, act.scope, trust, now);
  });
}
