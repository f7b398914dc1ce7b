import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import { v7 as newId } from 'uuid';
import type { z } from 'zod';
import type {
  addSuite as addSuiteShape,
  ServiceLineView,
  setLineCriteria as setShape,
  setSuiteState as setSuiteShape,
  SuiteView,
} from '@homeward/shared/beds/contract.ts';
import { rfc3339 } from '@homeward/shared/kernel/interval.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { identityErrors } from '../placements/steps.ts';
import { announce } from '../platform/announce.ts';
import type { Platform } from '../platform/platform.ts';
import { badInput, notHere, ok, refuse, type Result } from '../platform/problem.ts';
import { isOfTrust } from '../platform/scope.ts';
import { timeNow, transact, type Act } from '../platform/transaction.ts';
import { serviceLines, suiteViews } from './line-queries.ts';

/**
 * A bed manager of a service line's lead provider says what a referral to it has to show: the whole list, as the next version from now on
 * (rules-beds, section 7).
 * Refused: a line that another trust leads, or nobody (404); words that say who somebody is, or nothing that differs (422).
 */
export async function setLineCriteria(
  platform: Platform,
  act: Act,
  code: string,
  { items, reason }: z.output<typeof setShape>,
): Promise<Result<ServiceLineView>> {
  return transact(platform, act.once, async (trx) => {
    const { rows: lines } = await sql<{ id: string; leadTrust: string | null }>`
      select id, lead_trust from service_line where code = ${code} for no key update`.execute(trx);
    const line = lines[0];
    if (!line || line.leadTrust === null || !isOfTrust(act.scope, 'bed-manager', line.leadTrust)) return notHere();
    const now = await timeNow(trx, platform.clock);
    const texts = Object.fromEntries(items.map((item, at) => [`items.${at}`, item]));
    const errors = identityErrors({ ...texts, reason }, localDayOf(now));
    if (errors.length > 0) return badInput(errors);
    const { rows } = await sql<{ version: number; items: string[] }>`
      select version, items from service_line_criteria where service_line_id = ${line.id} and replaced_at is null`.execute(trx);
    const before = rows[0] ?? { version: 0, items: [] };
    if (isDeepStrictEqual(before.items, items)) {
      return badInput([{ path: 'items', code: 'nothing-changes', message: 'The line says exactly this already.' }]);
    }
    const version = before.version + 1;
    await sql`update service_line_criteria set replaced_at = ${new Date(now)} where service_line_id = ${line.id} and replaced_at is null`.execute(
      trx,
    );
    await trx
      .insertInto('serviceLineCriteria')
      .values({
        id: newId(),
        serviceLineId: line.id,
        version,
        items: JSON.stringify(items),
        reason,
        recordedBy: act.scope.accountId,
        recordedAt: rfc3339(now),
      })
      .execute();
    announce(trx, {
      type: 'line.changed',
      at: now,
      accountId: act.scope.accountId,
      data: { serviceLine: code, trust: line.leadTrust, version, reason },
    });
    const [view] = await serviceLines(trx, act.scope, now, code);
    return ok(view!);
  });
}

/**
 * A bed manager adds a section 136 suite to a site of their trust; it stands there free.
 * Refused: a site that isn't their trust's (404); a name the site has already (409 `name-taken`) or that says who somebody is (422).
 */
export async function addSuite(platform: Platform, act: Act, { site, name }: z.output<typeof addSuiteShape>): Promise<Result<SuiteView>> {
  return transact(platform, act.once, async (trx) => {
    const known = await trx.selectFrom('site').select('trust').where('code', '=', site).executeTakeFirst();
    if (!known || !isOfTrust(act.scope, 'bed-manager', known.trust)) return notHere();
    const taken = await trx.selectFrom('suite').select('id').where('site', '=', site).where('name', '=', name).executeTakeFirst();
    if (taken) return refuse(409, 'name-taken', 'The site has a suite of that name already.');
    const id = newId();
    const now = await timeNow(trx, platform.clock);
    const errors = identityErrors({ name }, localDayOf(now));
    if (errors.length > 0) return badInput(errors);
    const at = rfc3339(now);
    await trx.insertInto('suite').values({ id, trust: known.trust, site, name, addedAt: at }).execute();
    await trx
      .insertInto('suiteState')
      .values({ id: newId(), suiteId: id, state: 'available', recordedBy: act.scope.accountId, recordedAt: at })
      .execute();
    announce(trx, {
      type: 'suite.changed',
      at: now,
      accountId: act.scope.accountId,
      data: { suiteId: id, trust: known.trust, state: 'available', was: null },
    });
    const [view] = await suiteViews(trx, sql`u.id = ${id}`);
    return ok(view!);
  });
}

/**
 * A bed manager says what a suite of their trust is: free, occupied or closed. The same again changes nothing.
 * Refused: another trust's suite (404).
 */
export async function setSuiteState(
  platform: Platform,
  act: Act,
  id: string,
  { state }: z.output<typeof setSuiteShape>,
): Promise<Result<SuiteView>> {
  return transact(platform, act.once, async (trx) => {
    await sql`select 1 from suite where id = ${id} for no key update`.execute(trx);
    const [suite] = await suiteViews(trx, sql`u.id = ${id}`);
    if (!suite || !isOfTrust(act.scope, 'bed-manager', suite.trust)) return notHere();
    if (suite.state === state) return ok(suite);
    const now = await timeNow(trx, platform.clock);
    await sql`update suite_state set replaced_at = ${new Date(now)} where suite_id = ${id} and replaced_at is null`.execute(trx);
    await trx
      .insertInto('suiteState')
      .values({ id: newId(), suiteId: id, state, recordedBy: act.scope.accountId, recordedAt: rfc3339(now) })
      .execute();
    announce(trx, {
      type: 'suite.changed',
      at: now,
      accountId: act.scope.accountId,
      data: { suiteId: id, trust: suite.trust, was: suite.state, state },
    });
    return ok({ ...suite, state, since: rfc3339(now) });
  });
}
