import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { connect } from './connect.ts';
import { testDatabase } from './test-database.ts';

const { db, url } = await testDatabase();

test('dates stay days, whole numbers are numbers, and stored JSON keeps its own names', async () => {
  const { rows } =
    await sql`select date '2026-10-25' as "on", array[date '2026-10-25'] as days, 9007199254740991::bigint as pence, array[1::bigint] as many, '{"a_b": 1}'::jsonb as some_json`.execute(
      db,
    );
  expect(rows[0]).toEqual({ on: '2026-10-25', days: ['2026-10-25'], pence: 9007199254740991, many: [1], someJson: { a_b: 1 } });
});

test('a connection that dies is an error for its query and nothing worse', async () => {
  const lost: string[] = [];
  const own = connect(url, { max: 1, onLost: (error) => void lost.push(error.message) });
  const pid = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(own).then(({ rows }) => rows[0]!.pid);
  const dying = sql`select pg_sleep(5)`.execute(own).then(
    () => 'answered',
    () => 'failed',
  );
  await sql`select pg_terminate_backend(${pid})`.execute(db);
  expect(await dying).toBe('failed');
  // The pool may hand out the dead connection once more before it hears of its end.
  await expect.poll(() => sql`select 1 as one`.execute(own).then(({ rows }) => rows, String)).toEqual([{ one: 1 }]);
  await own.destroy();
});

test('a statement goes by name from its second time on; one that returns whatever is there never does', async () => {
  const own = connect(url, { max: 1 });
  const named = () =>
    sql<{
      statement: string;
    }>`select statement from pg_prepared_statements where statement like ${'select%from trust where ods_code = $1%'}`
      .execute(own)
      .then(({ rows }) => rows.map(({ statement }) => statement));
  for (let times = 0; times < 3; times += 1) {
    await sql`select name from trust where ods_code = ${`T${times}`}`.execute(own);
    await sql`select * from trust where ods_code = ${`T${times}`}`.execute(own);
  }
  expect(await named()).toEqual(['select name from trust where ods_code = $1']);
  await own.destroy();
});
