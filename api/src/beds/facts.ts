import { sql, type Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import type { BedSetting } from '@homeward/shared/beds/contract.ts';
import { usualSetting } from '@homeward/shared/beds/setting-rules.ts';
import type { Instant } from '@homeward/shared/kernel/interval.ts';

export type Setting = Omit<BedSetting, 'trust' | 'from' | 'reason' | 'by'>;

/**
 * What each trust has set about its beds, as in force at `at` by what was recorded by `known` (none: by now). A trust that has set nothing
 * has the usual. One statement.
 */
export async function settingsAt(
  db: Kysely<DB>,
  trusts: readonly string[],
  at: Instant,
  known?: Instant,
): Promise<(trust: string) => Setting> {
  const { rows } = await sql<Setting & { trust: string }>`
    select distinct on (trust) trust, due_times, fresh_minutes, grace_minutes, hold_minutes, extension_minutes, answer_minutes, arrival_minutes,
      asking_minutes, review_days, sex_rules, ranking_terms
    from bed_setting where trust = any(${[...trusts]}::text[]) and from_at <= ${new Date(at)}
      and (${known === undefined} or recorded_at <= ${new Date(known ?? 0)})
    order by trust, from_at desc, recorded_at desc, id desc`.execute(db);
  const set = new Map(rows.map(({ trust, ...setting }) => [trust, setting]));
  return (trust) => set.get(trust) ?? usualSetting;
}
