import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { connect } from '@homeward/db/connect.ts';
import { startEmbedded } from '@homeward/db/embedded.ts';
import { migrateToLatest } from '@homeward/db/migrate.ts';
import { TEMPLATE } from '@homeward/db/test-database.ts';

declare module 'vitest' {
  interface ProvidedContext {
    clusterUrl: string;
  }
}

interface Cluster {
  url: string;
  stop(): Promise<void>;
}

// Vitest loads this file once for each project that asks for it, in the same process: the first brings the cluster
// and the last to leave takes it down. Projects without a database never come here.
const shared = globalThis as { homewardCluster?: { users: number; started: Promise<Cluster> } };

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = (shared.homewardCluster ??= { users: 0, started: startCluster() });
  cluster.users += 1;
  const { url, stop } = await cluster.started;
  project.provide('clusterUrl', url);
  return async () => {
    cluster.users -= 1;
    if (cluster.users > 0) return;
    delete shared.homewardCluster;
    await stop();
  };
}

async function startCluster(): Promise<Cluster> {
  // Tests that are run by a test: its cluster has the template already.
  const given = process.env['HOMEWARD_CLUSTER'];
  if (given !== undefined) return { url: given, stop: async () => {} };
  const folder = mkdtempSync(join(tmpdir(), 'homeward-cluster-'));
  chmodSync(folder, 0o755); // the database runs as another account when we are root
  const embedded = await startEmbedded({ dataDir: join(folder, 'postgres'), durable: false });
  await makeTemplate(embedded.url);
  return {
    url: embedded.url,
    async stop() {
      await embedded.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Migrated once; each test file then gets a copy, which takes a tenth of a second. */
async function makeTemplate(url: string): Promise<void> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query(`create database ${TEMPLATE}`);
  await admin.end();
  const templateUrl = new URL(url);
  templateUrl.pathname = TEMPLATE;
  const db = connect(templateUrl.href, { max: 2, patient: true });
  try {
    await migrateToLatest(db);
  } finally {
    await db.destroy();
  }
}
