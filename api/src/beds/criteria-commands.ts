import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import { v7 as newId } from 'uuid';
import type { z } from 'zod';
import type {
  CriteriaView,
  Criterion,
  setCriteria as setShape,
  setSex as setSexShape,
  sexHistory,
} from '@homeward/shared/beds/contract.ts';
import type { WardSex } from '@homeward/shared/beds/facts.ts';
import { rfc3339 } from '@homeward/shared/kernel/interval.ts';
import { addDays, localDayOf, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import { ageBands, whereNows } from '@homeward/shared/placements/facts.ts';
import { identityErrors } from '../placements/steps.ts';
import { announce } from '../platform/announce.ts';
import { changeGround } from '../platform/ground.ts';
import type { Platform } from '../platform/platform.ts';
import { badInput, notHere, type FieldError, type Result } from '../platform/problem.ts';
import type { Scope } from '../platform/scope.ts';
import { transact, type Act, type Trx } from '../platform/transaction.ts';
import { designations, wardCriteria } from './criteria-queries.ts';
import { looksAfter } from './queries.ts';

async function isTheirs(trx: Trx, scope: Scope, wardId: string): Promise<boolean> {
  const ward = await trx.selectFrom('ward').select('trust').where('id', '=', wardId).executeTakeFirst();
  return ward !== undefined && looksAfter(scope, { wardId, trust: ward.trust });
}

/** What is wrong with criteria as they were sent: a code that nobody describes a need in, or the same thing said twice. */
async function badCriteria(trx: Trx, items: readonly Criterion[]): Promise<FieldError[]> {
  const listed = await trx.selectFrom('code').select(['list', 'code']).where('list', 'in', ['need', 'legal-status']).execute();
  const codesOf = (list: string) => new Set(listed.flatMap((row) => (row.list === list ? [row.code] : [])));
  const known: Record<Criterion['about'], ReadonlySet<string>> = {
    everyone: new Set(['']),
    need: codesOf('need'),
    'legal-status': codesOf('legal-status'),
    'where-now': new Set(whereNows),
    'age-band': new Set(ageBands),
  };
  const said = new Set<string>();
  return items.flatMap(({ about, code }, at): FieldError[] => {
    if (!known[about].has(code)) {
      const message = about === 'everyone' ? 'A rule for everyone is about no code.' : 'Choose from the list: this is not on it.';
      return [{ path: `items.${at}.code`, code: 'unknown-code', message }];
    }
    const key = `${about} ${code}`;
    if (about !== 'everyone' && said.has(key)) {
      return [{ path: `items.${at}.code`, code: 'said-twice', message: 'The ward says something about this already: say it once.' }];
    }
    said.add(key);
    return [];
  });
}

/**
 * A ward's manager, or a bed manager of its trust, says whom the ward takes: the whole list, as the next version from now on. Each line is
 * three-valued, with the words that a sender will read (rules-beds, section 3). Matches that were decided keep the version they were decided by. Of two
 * who save at once each makes a version, one after the other, and both stay to be read.
 * Refused: a ward they don't look after (404); a code that isn't on its list or a thing said twice, words that say who somebody is, or nothing that
 * differs (422).
 */
export async function setCriteria(
  platform: Platform,
  act: Act,
  wardId: string,
  { items, reason }: z.output<typeof setShape>,
): Promise<Result<CriteriaView>> {
  return transact(platform, act.once, async (trx) => {
    const now = await changeGround(trx, platform.clock);
    if (!(await isTheirs(trx, act.scope, wardId))) return notHere();
    const texts = Object.fromEntries(items.map((item, at) => [`items.${at}.words`, item.words]));
    const errors = [...(await badCriteria(trx, items)), ...identityErrors({ ...texts, reason }, localDayOf(now))];
    if (errors.length > 0) return badInput(errors);
    const { rows } = await sql<{ version: number; items: Criterion[] }>`
      select version, items from admission_criteria where ward_id = ${wardId} and replaced_at is null`.execute(trx);
    const before = rows[0] ?? { version: 0, items: [] };
    if (isDeepStrictEqual(before.items, items)) {
      return badInput([{ path: 'items', code: 'nothing-changes', message: 'The ward says exactly this already.' }]);
    }
    const version = before.version + 1;
    await sql`update admission_criteria set replaced_at = ${new Date(now)} where ward_id = ${wardId} and replaced_at is null`.execute(trx);
    await trx
      .insertInto('admissionCriteria')
      .values({
        id: newId(),
        wardId,
        version,
        items: JSON.stringify(items),
        reason,
        recordedBy: act.scope.accountId,
        recordedAt: rfc3339(now),
      })
      .execute();
    announce(trx, { type: 'criteria.changed', at: now, accountId: act.scope.accountId, wardId, data: { version, reason } });
    return wardCriteria(trx, act.scope, wardId, now);
  });
}

/**
 * The same people say whom the ward is for, from a local day on, today or later. It ends what was in force the day before, and takes the place of
 * whatever was to come after.
 * Refused: a ward they don't look after (404); a day that is past or more than five years away, a reason that says who somebody is, or what counts from
 * then already (422).
 */
export async function setSex(
  platform: Platform,
  act: Act,
  wardId: string,
  { sex, from, reason }: z.output<typeof setSexShape>,
): Promise<Result<z.infer<typeof sexHistory>>> {
  return transact(platform, act.once, async (trx) => {
    const now = await changeGround(trx, platform.clock);
    if (!(await isTheirs(trx, act.scope, wardId))) return notHere();
    const today = localDayOf(now);
    const errors = identityErrors({ reason }, today);
    if (from < today || from > addDays(today, 5 * 366)) {
      errors.push({ path: 'from', code: 'day-is-past', message: 'Choose today or a day of the next five years.' });
    }
    if (errors.length > 0) return badInput(errors);
    const { rows } = await sql<{ sex: WardSex | null; firstDay: LocalDay; lasts: boolean }>`
      select sex, lower(days) as first_day, upper_inf(days) as lasts from ward_sex
      where ward_id = ${wardId} and days && daterange(${from}::date, null) order by lower(days)`.execute(trx);
    if (rows.length === 1 && rows[0]!.sex === sex && rows[0]!.firstDay <= from && rows[0]!.lasts) {
      return badInput([{ path: 'sex', code: 'nothing-changes', message: 'The ward is for exactly that from then on already.' }]);
    }
    await sql`delete from ward_sex where ward_id = ${wardId} and lower(days) >= ${from}::date`.execute(trx);
    await sql`update ward_sex set days = daterange(lower(days), ${from}::date) where ward_id = ${wardId} and days @> ${from}::date`.execute(
      trx,
    );
    await trx
      .insertInto('wardSex')
      .values({ id: newId(), wardId, sex, days: `[${from},)`, recordedAt: rfc3339(now), recordedBy: act.scope.accountId, reason })
      .execute();
    announce(trx, {
      type: 'designation.changed',
      at: now,
      accountId: act.scope.accountId,
      wardId,
      data: { sex, from, reason, instead: rows.map((row) => ({ sex: row.sex, from: row.firstDay })) },
    });
    return designations(trx, act.scope, wardId, now);
  });
}
