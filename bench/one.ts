// One benchmark in a process of its own: `bench/run.ts` starts this with its name and where to write what came out.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import pg from 'pg';
import { v7 as newId } from 'uuid';
import { template, type Bench, type Benchmark } from './benchmark.ts';
import type { Result } from './results.ts';

const [name, file] = process.argv.slice(2) as [string, string];
const serverUrl = process.env['HOMEWARD_BENCH_SERVER']!;
const isSmoke = process.env['HOMEWARD_BENCH_SMOKE'] === '1';
const notes: string[] = [];
const bench: Bench = {
  isSmoke,
  rounds: isSmoke ? 1 : 5,
  roundMs: isSmoke ? 500 : 4000,
  databaseUrl: () => migrated(`bench_${newId().replaceAll('-', '')}`),
  filledDatabaseUrl,
  note: (sentence) => void notes.push(sentence),
};

const { benchmark } = (await import(`./${name.replaceAll('.', '-')}.ts`)) as { benchmark: Benchmark };
const began = Date.now();
const lines = await benchmark.measure(bench);
const result: Result = {
  name,
  workload: benchmark.workload,
  baseline: benchmark.baseline,
  ...(benchmark.inTheWay !== undefined && { inTheWay: benchmark.inTheWay }),
  at: new Date(began).toISOString(),
  cores: cpus().length,
  node: process.version,
  seconds: Math.round((Date.now() - began) / 1000),
  lines,
  notes,
};
writeFileSync(file, JSON.stringify(result));
process.exit(0);

function urlOf(database: string): string {
  return Object.assign(new URL(serverUrl), { pathname: database }).href;
}

async function filledDatabaseUrl(called: string, fill: (url: string) => Promise<void>): Promise<string> {
  const database = `bench_${called}`;
  if (await isThere(database)) return urlOf(database);
  // Under another name until it is full: one that was left half-way is never taken for whole.
  const url = await migrated(`${database}_filling`);
  await fill(url);
  await onServer((admin) => admin.query(`alter database ${database}_filling rename to ${database}`));
  return urlOf(database);
}

/** Made once by bench/run.ts, and copied for each. */
async function migrated(database: string): Promise<string> {
  await onServer((admin) => admin.query(`create database ${database} template ${template}`));
  return urlOf(database);
}

function isThere(database: string): Promise<boolean> {
  return onServer(async (admin) => (await admin.query('select 1 from pg_database where datname = $1', [database])).rowCount! > 0);
}

async function onServer<T>(work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: serverUrl });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}
