import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { connect } from './connect.ts';
import { startEmbedded } from './embedded.ts';
import { ownServer } from './test-database.ts';
import { sql } from 'kysely';

const one = async (url: string) => {
  const db = connect(url, { max: 1 });
  try {
    return (await sql<{ one: number }>`select 1 as one`.execute(db)).rows[0]?.one;
  } finally {
    await db.destroy();
  }
};

test('a killed database is back on the same port within 10 seconds, with what it had acknowledged', async () => {
  const server = await ownServer({ keptAlive: true });
  const db = connect(server.url, { max: 3 });
  await sql`create table kept (word text)`.execute(db);
  await sql`insert into kept values ('yes')`.execute(db);
  // A backend in the middle of a sum does not notice that its server died, and holds on to the shared memory.
  const busy = sql`select count(*) from generate_series(1, 2000000000)`.execute(db).catch(() => 'cut off');
  await sleep(200);
  const pid = Number(readFileSync(join(server.dataDir, 'postmaster.pid'), 'utf8').split('\n')[0]);
  process.kill(pid, 'SIGKILL');
  const killed = Date.now();
  for (;;) {
    try {
      const { rows } = await sql<{ word: string }>`select word from kept`.execute(db);
      expect(rows).toEqual([{ word: 'yes' }]);
      break;
    } catch (error) {
      if (Date.now() - killed > 10_000) throw error;
      await sleep(100);
    }
  }
  await busy;
  await db.destroy();
});

test('a second start on the same folder adopts the running server and leaves it running', async () => {
  const first = await ownServer();
  const second = await startEmbedded({ dataDir: first.dataDir });
  expect(second.adopted).toBe(true);
  expect(second.url).toBe(first.url);
  await second.stop();
  expect(await one(first.url)).toBe(1);
});
