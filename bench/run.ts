// `npm run bench`: every benchmark beside its baseline, in one run on one machine; names choose, --smoke takes a minute and fails where
// a target is missed by half or more. Each runs in a process of its own, so that none pays for another's memory.
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { connect } from '@homeward/db/connect.ts';
import { startEmbedded } from '@homeward/db/embedded.ts';
import { migrateToLatest } from '@homeward/db/migrate.ts';
import { template } from './benchmark.ts';
import { forScale, keepResult, order, tableOf, verdictOf, writeResults, type Result } from './results.ts';

const words = process.argv.slice(2);
const isSmoke = words.includes('--smoke');
const names = words.filter((word) => !word.startsWith('--'));
const unknown = names.find((name) => !order.includes(name));
if (unknown) {
  console.error(`There is no benchmark "${unknown}". They are ${order.join(', ')}.`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'homeward-bench-'));
chmodSync(folder, 0o755); // the database runs as another account when we are root
const server = await startEmbedded({ dataDir: join(folder, 'postgres'), durable: true, outlivesUs: false });
const results: Result[] = [];
let failed = 0;
try {
  const admin = connect(server.url, { max: 1 });
  await sql`create database ${sql.ref(template)}`.execute(admin);
  await admin.destroy();
  const db = connect(Object.assign(new URL(server.url), { pathname: template }).href, { max: 1, patient: true });
  await migrateToLatest(db);
  await db.destroy();
  for (const name of order.filter((one) => (names.length === 0 ? !(isSmoke && forScale.includes(one)) : names.includes(one)))) {
    const file = join(folder, `${name}.json`);
    const code = await runOne(name, file);
    if (code !== 0 || !existsSync(file)) {
      console.error(`${name}: could not be measured.`);
      failed += 1;
      continue;
    }
    const result = JSON.parse(readFileSync(file, 'utf8')) as Result;
    results.push(result);
    console.log(`\n${name}, ${result.seconds} s\n${tableOf([result])}\n${result.notes.map((note) => `  ${note}`).join('\n')}`);
    if (!isSmoke) keepResult(result);
  }
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
console.log(`\n${tableOf(results)}`);
if (!isSmoke) writeResults();
const missed = results.flatMap(({ name, lines }) =>
  lines.filter((line) => verdictOf(line).isMissedByHalf).map(({ what }) => `${name} (${what})`),
);
if (missed.length > 0) console.log(`Missed by half or more: ${missed.join('; ')}.`);
process.exit(failed > 0 || (isSmoke && missed.length > 0) ? 1 : 0);

function runOne(name: string, file: string): Promise<number> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--max-old-space-size=12000', 'bench/one.ts', name, file],
    {
      stdio: 'inherit',
      env: {
        ...process.env,
        HOMEWARD_BENCH_SERVER: server.url,
        HOMEWARD_BENCH_SMOKE: isSmoke ? '1' : '',
        NODE_COMPILE_CACHE: join(folder, 'compiled'),
      },
    },
  );
  return new Promise((done) => child.on('exit', (code) => done(code ?? 1)));
}
