// Databases for tests: real ones, each test file its own, none of them shared or left behind.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, inject, onTestFinished } from 'vitest';
import type { Instant } from '@homeward/shared/kernel/interval.ts';
import { connect } from './connect.ts';
import { fillDemonstration } from './demo/demonstration.ts';
import { keepEmbeddedAlive, startEmbedded, type Embedded } from './embedded.ts';
import type { DB } from './types.ts';

export const TEMPLATE = 'homeward_template';

export interface TestDatabase {
  db: Kysely<DB>;
  url: string;
  /** Called by itself in the end; earlier when a test wants to. */
  drop(): Promise<void>;
}

/**
 * A fresh, migrated, empty database, dropped when it is no longer needed: `const { db, url } = await testDatabase()`
 * at the top of a file lasts for its tests, inside a test for that test. One that is `unmigrated` has no table at all.
 */
export async function testDatabase({
  max = 10,
  unmigrated = false,
  template = unmigrated ? 'template0' : TEMPLATE,
}: { max?: number; unmigrated?: boolean; template?: string } = {}): Promise<TestDatabase> {
  const clusterUrl = inject('clusterUrl');
  const name = `test_${uuidv7().replaceAll('-', '')}`;
  await administer(clusterUrl, `create database ${name} template ${template}`);
  const url = new URL(clusterUrl);
  url.pathname = name;
  const db = connect(url.href, { max });
  let dropped: Promise<void> | undefined;
  const drop = () =>
    (dropped ??= (async () => {
      await db.destroy();
      await administer(clusterUrl, `drop database if exists ${name} with (force)`);
    })());
  afterwards(drop);
  return { db, url: url.href, drop };
}

/**
 * As `testDatabase`, with the demonstration in it as it stands at `now`: made once for all test files that ask for the same, and copied. What
 * runs by the database's clock (holds, answers) has aged by as much as the copy is younger.
 */
export async function demonstrationDatabase(now: Instant, passwordHash: string): Promise<TestDatabase> {
  const clusterUrl = inject('clusterUrl');
  const template = `demonstration_${now}`;
  const admin = new pg.Client({ connectionString: clusterUrl });
  await admin.connect();
  try {
    // Two files that start at once: the second waits here and finds it made.
    await admin.query('select pg_advisory_lock(hashtext($1))', [template]);
    const { rows } = await admin.query('select from pg_database where datname = $1', [template]);
    if (rows.length === 0) {
      const filling = `${template}_filling`;
      await admin.query(`drop database if exists ${filling}`);
      await admin.query(`create database ${filling} template ${TEMPLATE}`);
      const url = new URL(clusterUrl);
      url.pathname = filling;
      const db = connect(url.href, { max: 2, patient: true });
      await fillDemonstration(db, { now, passwordHash });
      await db.destroy();
      await admin.query(`alter database ${filling} rename to ${template}`);
    }
  } finally {
    await admin.end();
  }
  return testDatabase({ template });
}

/**
 * A whole server of one's own that really writes to disk, for tests that kill it. It is empty and not migrated.
 * With `keptAlive` it comes back by itself after a kill, as it does in the running program.
 */
export async function ownServer(
  options: { keptAlive?: boolean } = {},
): Promise<Pick<Embedded, 'url' | 'port' | 'stop'> & { dataDir: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-own-'));
  chmodSync(folder, 0o755); // the database runs as another account when we are root
  const dataDir = join(folder, 'postgres');
  const server = await (options.keptAlive ? keepEmbeddedAlive : startEmbedded)({ dataDir, outlivesUs: false });
  const stop = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  afterwards(stop);
  return { url: server.url, port: server.port, dataDir, stop };
}

function afterwards(cleanUp: () => Promise<void>): void {
  try {
    onTestFinished(cleanUp);
  } catch {
    afterAll(cleanUp); // not inside a test
  }
}

async function administer(clusterUrl: string, statement: string): Promise<void> {
  const admin = new pg.Client({ connectionString: clusterUrl });
  admin.on('error', () => {});
  await admin.connect();
  try {
    await admin.query(statement);
  } finally {
    await admin.end();
  }
}
