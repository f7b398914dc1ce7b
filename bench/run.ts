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
// What asks for milliseconds, and what takes nearly every connection there is.
const alone = ['accept.race200', 'fanout.e2e', 'import.100k', 'web.journey'];
let failed = 0;
try {
  const admin = connect(server.url, { max: 1 });
  await sql`create database ${sql.ref(template)}`.execute(admin);
  await admin.destroy();
  const db = connect(Object.assign(new URL(server.url), { pathname: template }).href, { max: 1, patient: true });
  await migrateToLatest(db);
  await db.destroy();
  const chosen = order.filter((one) => (names.length === 0 ? !(isSmoke && forScale.includes(one)) : names.includes(one)));
  // A smoke test is over within a minute, so two go side by side where both sides of a ratio suffer alike. Figures that are kept are taken alone.
  const together = chosen.filter((name) => isSmoke && !alone.includes(name));
  const others = chosen.filter((name) => !together.includes(name));
  // A family stays together: the first of it fills the database that the next one uses.
  const families = [...Map.groupBy(together, (name) => name.split('.')[0]).values()];
  await Promise.all([runEach(families), runEach(families)]);
  await runEach([others]);
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
results.sort((one, other) => order.indexOf(one.name) - order.indexOf(other.name));
console.log(`\n${tableOf(results)}`);
if (!isSmoke) writeResults();
const missed = results.flatMap(({ name, lines }) =>
  lines.filter((line) => verdictOf(line).isMissedByHalf).map(({ what }) => `${name} (${what})`),
);
if (missed.length > 0) console.log(`Missed by half or more: ${missed.join('; ')}.`);
process.exit(failed > 0 || (isSmoke && missed.length > 0) ? 1 : 0);

async function runEach(waiting: string[][]): Promise<void> {
  for (let family = waiting.shift(); family; family = waiting.shift()) for (const name of family) await runKept(name);
}

async function runKept(name: string): Promise<void> {
  const file = join(folder, `${name}.json`);
  const code = await runOne(name, file);
  if (code !== 0 || !existsSync(file)) {
    console.error(`${name}: could not be measured.`);
    failed += 1;
    return;
  }
  const result = JSON.parse(readFileSync(file, 'utf8')) as Result;
  results.push(result);
  console.log(`\n${name}, ${result.seconds} s\n${tableOf([result])}\n${result.notes.map((note) => `  ${note}`).join('\n')}`);
  if (!isSmoke) keepResult(result);
}

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
