import { sql, type Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import type { BedSetting, BedSettingsView, CodesView, CodeView } from '@homeward/shared/beds/contract.ts';
import type { codeLists } from '@homeward/shared/beds/facts.ts';
import { usualSetting } from '@homeward/shared/beds/setting-rules.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { boardTrusts } from '../places/sharing-queries.ts';
import { notHere, ok, type Result } from '../platform/problem.ts';
import { trustsAs, type Scope } from '../platform/scope.ts';

const nameOf: Record<(typeof codeLists)[number], keyof CodesView> = {
  'bed-type': 'bedTypes',
  'legal-status': 'legalStatuses',
  'out-of-area-reason': 'outOfAreaReasons',
  'delay-reason': 'delayReasons',
  need: 'needs',
  'decline-reason': 'declineReasons',
  'release-reason': 'releaseReasons',
};

/** Every list that forms choose from, each in its order. */
export async function bedCodes(db: Kysely<DB>, _scope: Scope): Promise<CodesView> {
  const { rows } = await sql<CodeView & { list: keyof typeof nameOf }>`
    select list, code, title, detail, source from code order by list, position, code`.execute(db);
  const codes: CodesView = {
    bedTypes: [],
    legalStatuses: [],
    outOfAreaReasons: [],
    delayReasons: [],
    needs: [],
    declineReasons: [],
    releaseReasons: [],
  };
  for (const { list, ...code } of rows) codes[nameOf[list]].push(code);
  return codes;
}

interface SettingRow extends Omit<BedSetting, 'from' | 'by'> {
  fromAt: Date;
  by: string | null;
}

/**
 * What a trust has set about its beds: in force at `now`, coming (soonest first), and before (newest first). Every trust of the board may be
 * asked about, since its clocks decide about holds of others; only its own bed managers may change it, and see who did.
 * @param trust none: my own
 */
export async function bedSettings(db: Kysely<DB>, scope: Scope, trust: string | undefined, now: Instant): Promise<Result<BedSettingsView>> {
  const mine = trustsAs(scope, 'bed-manager');
  const asked = trust ?? mine[0];
  if (asked === undefined || !(await boardTrusts(db, mine, localDayOf(now))).includes(asked)) return notHere();
  const mayChange = mine.includes(asked);
  const { rows } = await sql<SettingRow>`
    select s.trust, s.due_times, s.fresh_minutes, s.grace_minutes, s.hold_minutes, s.extension_minutes, s.answer_minutes, s.arrival_minutes,
      s.asking_minutes, s.review_days, s.sex_rules, s.ranking_terms, s.reason, s.from_at, a.name as by
    from bed_setting s left join account a on a.id = s.recorded_by
    where s.trust = ${asked} order by s.from_at desc, s.recorded_at desc, s.id desc limit 200`.execute(db);
  const settings = rows.map(({ fromAt, by, ...row }): BedSetting & { at: Instant } => ({
    ...row,
    from: rfc3339(fromAt.getTime()),
    by: mayChange ? by : null,
    at: fromAt.getTime(),
  }));
  // Of two that begin together the one recorded last counts: the other never comes.
  const begins = settings.filter((one, index) => settings.findIndex((other) => other.at === one.at) === index);
  const coming = begins.filter((one) => one.at > now).reverse();
  const inForce = begins.find((one) => one.at <= now);
  const before = settings.filter((one) => one !== inForce && !coming.includes(one));
  const shown = ({ at: _at, ...setting }: BedSetting & { at: Instant }): BedSetting => setting;
  return ok({
    trust: asked,
    mayChange,
    inForce: inForce ? shown(inForce) : { ...usualSetting, trust: asked, from: rfc3339(always), reason: nothingSet, by: null },
    coming: coming.map(shown),
    before: before.map(shown),
  });
}

/** A trust that has set nothing has had the usual for as long as anything here reaches back. */
const always = Date.UTC(2000, 0, 1);
const nothingSet = 'The usual: this trust has set nothing else yet.';
