import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { io, type Socket } from 'socket.io-client';
import type { Frame, Ready, ServerToClient } from '@homeward/shared/kernel/event.ts';
import type { Answer } from './house.ts';
import type { Person } from './world.ts';

/** The real program in a process of its own. */
export interface Homeward {
  url: string;
  pid: number;
  /** What it ended with: its exit code, or the signal that killed it. */
  exited: Promise<number | NodeJS.Signals>;
  /** Everything it has said on either output. */
  said(): string;
  kill(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

const server = fileURLToPath(new URL('../api/src/server.ts', import.meta.url));
const pages = fileURLToPath(new URL('../web/build/handler.js', import.meta.url));
const startWithinMs = 30_000;

/**
 * Starts the program as `npm start` does, on a database of the test's and a free port, and answers once it serves.
 * @param given.program another tree's server.ts, where that is what is tried
 */
export async function startHomeward(given: { url: string; env?: Record<string, string>; program?: string }): Promise<Homeward> {
  const { url, env = {}, program = server } = given;
  if (!existsSync(pages)) throw new Error('The pages are not built: start the tests with "npm test", which builds them first.');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      LOG_LEVEL: 'silent',
      PORT: '0',
      HOST: '127.0.0.1',
      HOMEWARD_DEMO: '0',
      DATABASE_URL: url,
      ...env,
    },
  });
  const orphaned = () => void child.kill('SIGKILL');
  process.once('exit', orphaned);
  const exited = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('exit', (code, signal) => {
      process.off('exit', orphaned);
      resolve(signal ?? code ?? 1);
    });
  });
  let said = '';
  const hear = (line: string) => void (said += `${line}\n`);
  createInterface(child.stderr).on('line', hear);
  const ready = new Promise<string>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      hear(line);
      const found = /^Homeward is ready at (http:\S+)$/.exec(line);
      if (found) resolve(found[1]!);
    });
  });
  const tooLate = new Promise<never>((_, reject) =>
    setTimeout(() => reject(new Error(`not ready in time:\n${said}`)), startWithinMs).unref(),
  );
  const ended = exited.then((how) => Promise.reject(new Error(`Homeward ended with ${how} before it served:\n${said}`)));
  try {
    return {
      url: await Promise.race([ready, ended, tooLate]),
      pid: child.pid!,
      exited,
      said: () => said,
      kill(signal = 'SIGKILL') {
        child.kill(signal);
        return exited;
      },
    };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    ended.catch(() => {});
  }
}

/** A request over the network, as this person's browser would make it; null is somebody signed out. */
export async function askOver(
  url: string,
  who: Person | null,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`${url}${path.startsWith('/api') ? path : `/api/v1${path}`}`, {
    method,
    headers: { ...(who && { cookie: who.cookie }), ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    // No request may hang for ten seconds: one that does is an error of this name.
    signal: AbortSignal.timeout(12_000),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, body: isJson && text ? (JSON.parse(text) as unknown) : text, headers: response.headers };
}

/** One open screen of somebody's: all it was told, in the order it was told. */
export interface Screen {
  socket: Socket<ServerToClient>;
  frames: Frame[];
  readies: Ready[];
  /** Why it was refused, or why it was closed. */
  ended: string | null;
  close(): void;
}

export function openScreen(
  url: string,
  cookie: string | null,
  from: { epoch?: string; after?: number } = {},
  headers: Record<string, string> = {},
): Screen {
  const socket: Socket<ServerToClient> = io(url, {
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    auth: from,
    extraHeaders: { ...(cookie !== null && { cookie }), ...headers },
  });
  const screen: Screen = { socket, frames: [], readies: [], ended: null, close: () => void socket.disconnect() };
  socket.on('ready', (ready) => void screen.readies.push(ready));
  socket.on('event', (frame) => void screen.frames.push(frame));
  socket.on('connect_error', (error) => void (screen.ended ??= error.message));
  socket.on('disconnect', (reason) => void (screen.ended ??= reason));
  return screen;
}

/** Where a page was loaded: what its socket goes on from. */
export function placeOf(answer: Answer): { epoch: string; after: number } {
  return { epoch: answer.headers.get('homeward-epoch')!, after: Number(answer.headers.get('homeward-offset')) };
}
