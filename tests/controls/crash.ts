import type { Controls } from './control.ts';

const caughtBy = { file: 'tests/crash.test.ts' };

export const controls: Controls = () => [
  {
    broken: 'PostgreSQL says done before it is on the disk',
    edits: [
      {
        file: 'db/embedded.ts',
        find: "    TimeZone: 'UTC',\n",
        replace: "    TimeZone: 'UTC',\n    synchronous_commit: 'off',\n    wal_writer_delay: '10s',\n",
      },
    ],
    caughtBy,
  },
  {
    broken: 'events are written after the commit of what they tell of',
    edits: [
      {
        file: 'api/src/platform/transaction.ts',
        find: 'await sql`select append_events(${JSON.stringify(events)}::jsonb)`.execute(trx);',
        replace:
          'setTimeout(() => void sql`select append_events(${JSON.stringify(events)}::jsonb)`.execute(platform.db).catch(() => {}), 50);',
      },
    ],
    caughtBy,
  },
  {
    broken: 'a screen that comes back is not told what it missed',
    edits: [
      {
        file: 'api/src/platform/live.ts',
        find: '      if (after < this.#position) await this.#tell(await this.#eventsAfter(after, this.#position), near);\n',
        replace: '',
      },
    ],
    caughtBy,
  },
  {
    broken: 'offsets are given out before the commit they belong to is next, and the feed reads what is beyond the last',
    edits: [
      {
        file: 'db/migrations/20991231000000_events_broken.ts',
        text: `import { sql, type Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql\`create sequence broken_offset\`.execute(db);
  await sql\`create or replace function append_events(events jsonb) returns bigint language plpgsql as $$
    declare
      item jsonb;
      written event%rowtype;
    begin
      for item in select * from jsonb_array_elements(events) loop
        written."offset" := nextval('broken_offset');
        written.type := item->>'type';
        written.at := (item->>'at')::timestamptz;
        written.recorded_at := clock_timestamp();
        written.account_id := (item->>'accountId')::uuid;
        written.ward_id := (item->>'wardId')::uuid;
        written.shift_id := (item->>'shiftId')::uuid;
        written.worker_id := (item->>'workerId')::uuid;
        written.data := coalesce(item->'data', '{}');
        written.previous_hash := '';
        written.hash := event_hash(written);
        insert into event select written.*;
      end loop;
      perform pg_sleep(random() * 0.05);
      return written."offset";
    end $$\`.execute(db);
}
`,
      },
      {
        file: 'api/src/platform/live.ts',
        find: "return this.#db.selectFrom('stream').select(['epoch', 'head']).executeTakeFirstOrThrow();",
        replace:
          'return (await sql<{ epoch: string; head: number }>`select epoch, coalesce((select max("offset") from event), 0) as head from stream`.execute(this.#db)).rows[0]!;',
      },
      {
        file: 'api/src/platform/live.ts',
        find: 'select s.epoch, s.head, e.* from stream s left join lateral (',
        replace:
          'select s.epoch, s.head, e.* from (select epoch, coalesce((select max("offset") from event), 0) as head from stream) s left join lateral (',
      },
      // The chain of hashes would notice as well; here it is the screens that have to.
      { file: 'tests/crash.test.ts', find: '    expect((await verifyStream(db)).brokenAt).toBeNull();\n', replace: '' },
    ],
    caughtBy,
  },
  {
    broken: 'an act that is asked again under its key is done again',
    edits: [
      {
        file: 'api/src/platform/transaction.ts',
        find: '            if (done.value) return done.value.body as T;\n',
        replace: '',
      },
    ],
    caughtBy,
  },
];
