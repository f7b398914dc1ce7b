import { fork, spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { connect } from '@homeward/db/connect.ts';
import { addColleagues, makeWorld, type Person, type World } from '../tests/world.ts';

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Another process of a benchmark: a crowd of screens, or a host to hold ours against. */
export const forked = (path: string, ...args: string[]): ChildProcess => fork(file(path), args);

/** A world with as many workers as there are screens, each with an account, a session and a full right to work on the wards. */
export async function worldOf(databaseUrl: string, workers: number): Promise<{ world: World; people: Person[] }> {
  const db = connect(databaseUrl, { max: 4 });
  const world = await makeWorld(db, { workers: 2, now: Date.now() });
  const people = [
    ...(await addColleagues(db, world.workers[0]!, workers / 2)),
    ...(await addColleagues(db, world.workers[1]!, workers / 2)),
  ];
  await db.destroy();
  return { world, people };
}

/** The program itself, as it is started for real, on a port that is free or the one it had. */
export async function startProgram(databaseUrl: string, port = 0): Promise<{ url: string; pid: number; kill(): Promise<void> }> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file('../api/src/server.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      LOG_LEVEL: 'silent',
      PORT: String(port),
      HOST: '127.0.0.1',
      HOMEWARD_DEMO: '0',
      DATABASE_URL: databaseUrl,
    },
  });
  process.once('exit', () => child.kill('SIGKILL'));
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    void gone.then(() => reject(new Error('the program ended before it served')));
    createInterface(child.stdout).on('line', (line) => {
      const found = /^Homeward is ready at (http:\S+)$/.exec(line);
      if (found) resolve(found[1]!);
    });
  });
  return {
    url,
    pid: child.pid!,
    kill() {
      child.kill('SIGKILL');
      return gone;
    },
  };
}

/** The machine's own clock, the same in every process, in ms. */
export const machineMs = () => Number(process.hrtime.bigint()) / 1e6;

/** One act over HTTP that must succeed; answers what came, and when. */
export async function act(url: string, who: Person, path: string, body?: unknown): Promise<{ body: unknown; at: number }> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method: 'POST',
    headers: { cookie: who.cookie, 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const at = machineMs();
  const text = await response.text();
  if (response.status !== 201) throw new Error(`${path}: ${response.status} ${text}`);
  return { body: JSON.parse(text), at };
}

/** Posts one shift that everybody in such a world may take, on a day of its own, and answers its id. */
export async function postShift(url: string, world: World, day: number): Promise<string> {
  const span = world.span(day, '07:00', '15:00');
  const shift = { wardId: world.wards.north, role: 'hcsw', band: 3, ...span, breakMinutes: 30, reason: 'vacancy' };
  const { body } = await act(url, world.staff['ward-manager']!['NORTH']!, '/shifts', shift);
  return (body as { items: { id: string }[] }).items[0]!.id;
}
