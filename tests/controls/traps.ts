import type { Controls } from './control.ts';

const caughtBy = { file: 'tests/traps.test.ts' };
const looser = (statements: string) => [
  {
    file: 'db/migrations/20991231000000_shifts_broken.ts',
    text: `import { sql, type Kysely } from 'kysely';
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql\`${statements}\`.execute(db);
}
`,
  },
];

export const controls: Controls = () => [
  {
    broken: 'an act whose error was swallowed ends with COMMIT and nothing else',
    edits: [
      {
        file: 'api/src/platform/transaction.ts',
        find: '          else await sql`select 1`.execute(trx);\n',
        replace: '',
      },
    ],
    caughtBy,
  },
  {
    broken: 'a span that somebody is away for may be empty or without end',
    edits: looser('alter table unavailability drop constraint unavailability_is_a_bounded_half_open_time'),
    caughtBy,
  },
  {
    broken: 'the period of a booking may be missing',
    edits: looser('alter table booking alter column period drop not null'),
    caughtBy,
  },
];
