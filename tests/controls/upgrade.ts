import type { Control, Controls } from './control.ts';

/** A release to come, whose migration does this. */
function migrating(broken: string, statement: string, env?: Record<string, string>): Control {
  const text = `import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(${JSON.stringify(statement)}).execute(db);
}
`;
  return {
    broken: `a migration ${broken}`,
    edits: [{ file: 'db/migrations/20991231000000_shifts_broken.ts', text }],
    caughtBy: { file: 'tests/upgrade.test.ts' },
    ...(env && { env }),
  };
}

export const controls: Controls = () => [
  migrating(
    'rewrites what somebody did',
    `update duty_revision set break_minutes = break_minutes + 1 where replaced_at is null and kind = 'duty'`,
  ),
  migrating('tidies away what was withdrawn', 'delete from unavailability where withdrawn_at is not null'),
  migrating('rounds the instants of the record of acts', 'alter table event alter column recorded_at type timestamptz(0)'),
  migrating('asks of every row what old ones don’t have', 'alter table shift add column cost_centre text not null'),
  migrating('gives old rows a new id', `update notice set id = gen_random_uuid()`, { HOMEWARD_FULL: '1' }),
];
