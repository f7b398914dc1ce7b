// `npm run test:full`: every promise in its full form, then each of its controls; with letters, only those (`npm run test:full -- A D`).
// --tests or --controls runs one half. What came out is kept in docs/evidence/, from which docs/evidence.md is made.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { tryBuild, type Verdict } from './controls/broken-build.ts';
import type { Control, Controls } from './controls/control.ts';
import { writeEvidence, type Evidence } from './evidence.ts';
import { randomFrom, seed } from './figures.ts';
import { programme, type Trial } from './programme.ts';

process.env['HOMEWARD_SEED'] = String(seed);
const words = process.argv.slice(2);
const letters = words.filter((word) => !word.startsWith('--'));
const unknown = letters.find((letter) => !programme.some(({ id }) => id === letter));
if (unknown) {
  console.error(`There is no promise "${unknown}". They are ${programme.map(({ id }) => id).join(', ')}.`);
  process.exit(2);
}
const chosen = programme.filter(({ id }) => letters.length === 0 || letters.includes(id));
const [isTests, isControls] = [!words.includes('--controls'), !words.includes('--tests')];
const temporary = join('.homeward', 'tmp');
const atOnce = Math.max(1, Math.min(2, cpus().length));
const total = { passed: 0, failed: 0, skipped: 0 };
mkdirSync(temporary, { recursive: true, mode: 0o755 });

console.log(`HOMEWARD_SEED=${seed} makes this run again.`);
for (const trial of chosen) {
  if (isTests) await runTests(trial);
  if (isControls) await runControls(trial);
}
if (isTests && letters.length === 0) await runEverythingElse();
writeEvidence();
console.log(
  `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''} (HOMEWARD_SEED=${seed})`,
);
process.exit(total.failed > 0 ? 1 : 0);

async function runTests({ id, promise, files }: Trial): Promise<void> {
  const missing = files.filter((file) => !existsSync(file));
  if (missing.length > 0) {
    console.log(`\n${id}  not there yet: ${missing.join(', ')}`);
    total.failed += 1;
    return;
  }
  console.log(`\n${id}  ${promise}`);
  const figuresFile = join(temporary, `figures-${process.pid}-${id}`);
  const began = Date.now();
  const counted = await vitest(files, { HOMEWARD_FULL: '1', HOMEWARD_FIGURES: join(process.cwd(), figuresFile) });
  const figures: Record<string, number | string> = {};
  if (existsSync(figuresFile)) {
    for (const line of readFileSync(figuresFile, 'utf8').trim().split('\n')) Object.assign(figures, JSON.parse(line).figures);
    rmSync(figuresFile);
  }
  keep(id, {
    tests: { at: new Date(began).toISOString(), seed, seconds: Math.round((Date.now() - began) / 1000), ...machine(), ...counted, figures },
  });
}

async function runControls({ id, controls: name }: Trial): Promise<void> {
  const { controls: controlsOf } = (await import(`./controls/${name}.ts`)) as { controls: Controls };
  const waiting = controlsOf(randomFrom(seed));
  if (waiting.length === 0) return;
  console.log(`\n${id}  ${waiting.length} builds broken on purpose`);
  const began = Date.now();
  const tried: Tried[] = [];
  // Where the sound build doesn't pass in such a copy, a red test there says nothing.
  const sound = new Map<string, Control>();
  for (const control of waiting)
    sound.set(JSON.stringify([control.caughtBy, control.env]), { ...control, broken: 'nothing is broken', edits: [] });
  await inLanes([...sound.values()], async (control) => {
    const verdict = await tryBuild(control);
    if (verdict.outcome === 'survived') return;
    tried.push({ broken: `nothing is broken: ${placeOf(control)}`, ...verdict, outcome: 'stale' });
    say(tried.at(-1)!);
  });
  const isEnough = (share: number) => {
    const like = tried.filter((one) => one.share === share);
    return like.filter(({ outcome }) => outcome === 'caught').length >= share * like.length;
  };
  await inLanes(waiting, async (control) => {
    const { broken, share } = control;
    tried.push({ broken, ...(share !== undefined && { share }), ...(await tryBuild(control)) });
    say(tried.at(-1)!);
  });
  const caught = tried.filter(({ outcome }) => outcome === 'caught').length;
  total.passed += caught;
  const survivors = tried.filter(({ outcome }) => outcome !== 'caught');
  total.failed += survivors.filter((one) => one.share === undefined || !isEnough(one.share)).length;
  keep(id, { controls: { at: new Date(began).toISOString(), seed, seconds: Math.round((Date.now() - began) / 1000), tried } });
}

async function inLanes<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const waiting = [...all];
  const next = async () => {
    for (let one = waiting.shift(); one; one = waiting.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: atOnce }, next));
}

function placeOf({ caughtBy }: Control): string {
  return 'file' in caughtBy ? [caughtBy.file, caughtBy.test].filter(Boolean).join(', ') : 'the rules';
}

type Tried = { broken: string; share?: number } & Verdict;

function say({ broken, outcome, says, seconds }: Tried): void {
  console.log(`   ${outcome.padEnd(8)} ${broken} (${seconds} s)${says.length > 0 ? `\n            by: ${says.join('; ')}` : ''}`);
}

/** What belongs to no promise of the programme, in the form that npm test gives it. */
async function runEverythingElse(): Promise<void> {
  console.log('\nEverything else');
  await vitest(
    programme.flatMap(({ files }) => files.map((file) => `--exclude=${file}`)),
    {},
  );
}

async function vitest(args: string[], env: Record<string, string>): Promise<{ passed: number; failed: number; skipped: string[] }> {
  const report = join(temporary, `proof-${process.pid}.json`);
  const child = spawn(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', ...args, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    { stdio: 'inherit', env: { ...process.env, ...env, TMPDIR: join(process.cwd(), temporary) } },
  );
  const code = await new Promise<number>((done) => child.on('exit', (ended) => done(ended ?? 1)));
  if (!existsSync(report)) {
    total.failed += 1;
    return { passed: 0, failed: 1, skipped: [] };
  }
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
    testResults: { status: string; assertionResults: { status: string; title: string }[] }[];
  };
  rmSync(report);
  const of = (status: string[]) => testResults.flatMap((file) => file.assertionResults).filter((one) => status.includes(one.status));
  const passed = of(['passed']).length;
  const skipped = of(['skipped', 'pending', 'todo']).map(({ title }) => title);
  // A run that broke without a failing test has failed all the same.
  const failed = of(['failed']).length || (code === 0 ? 0 : 1);
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped.length;
  return { passed, failed, skipped };
}

function machine(): { cores: number; node: string } {
  return { cores: cpus().length, node: process.version };
}

function keep(id: string, part: Partial<Evidence>): void {
  const path = join('docs', 'evidence', `${id}.json`);
  mkdirSync(join('docs', 'evidence'), { recursive: true });
  const before = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Evidence) : {};
  writeFileSync(path, `${JSON.stringify({ ...before, ...part }, null, 2)}\n`);
}
