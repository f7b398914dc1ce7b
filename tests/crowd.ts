// A crowd of screens in a process of its own, so that what they cost is not counted as the server's: `fork()`ed, and told what to do by
// messages. They speak just as much of the feed's protocol as a page does, and keep count of what each was told.
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';

export type Order =
  /** Opens `count` more screens, `atOnce` at a time, each with the next cookie, going on from a place or from where each stopped. */
  | { do: 'open'; url: string; cookies: string[]; count: number; atOnce?: number; from?: { epoch: string; after: number } }
  /** Closes all; those opened next go on from where these were. */
  | { do: 'drop' }
  /** Until each has been told `frames` more, and said `silentMs` nothing more; or until `withinMs` is over. */
  | { do: 'await'; frames: number; withinMs: number }
  /** Starts counting afresh. */
  | { do: 'count' };

export interface Report {
  open: number;
  /** Why others were refused or closed, and how many. */
  ended: Record<string, number>;
  /** Frames since the count began: of all, of whoever had the fewest and of whoever had the most. */
  frames: number;
  fewest: number;
  most: number;
  /** Frames that did not follow on the one before them: lost, told twice or out of order. */
  broken: number;
  resyncs: number;
  /** By the machine's own clock (`process.hrtime`), in ms: the first and last frame since the count began. */
  firstAt: number;
  lastAt: number;
  /** From what a frame says it happened at to its arrival, in ms: the value that 99 % lie at or below, and the worst. */
  p99: number;
  worst: number;
  offset: number;
}

interface Screen {
  socket: WebSocket | null;
  cookie: string;
  epoch: string | null;
  offset: number;
  frames: number;
}

const machineMs = () => Number(process.hrtime.bigint()) / 1e6;
const screens: Screen[] = [];
let ended: Record<string, number> = {};
let broken = 0;
let resyncs = 0;
let firstAt = 0;
let lastAt = 0;
let delays: number[] = [];

function forget(): void {
  for (const screen of screens) screen.frames = 0;
  [ended, broken, resyncs, firstAt, lastAt, delays] = [{}, 0, 0, 0, 0, []];
}

function hear(screen: Screen, text: string, isReady: (ready: boolean) => void): void {
  if (text === '2') return screen.socket!.send('3');
  if (text.startsWith('0'))
    return screen.socket!.send(`40${screen.epoch ? JSON.stringify({ epoch: screen.epoch, after: screen.offset }) : ''}`);
  if (text.startsWith('44')) return end(screen, (JSON.parse(text.slice(2)) as { message: string }).message);
  if (!text.startsWith('42')) return;
  const [name, what] = JSON.parse(text.slice(2)) as [
    string,
    { epoch: string; offset: number; previous: number; resync: boolean; at: string },
  ];
  if (name === 'ready') {
    if (what.resync) resyncs += 1;
    else if (screen.epoch !== null && what.offset !== screen.offset) broken += 1;
    [screen.epoch, screen.offset] = [what.epoch, what.offset];
    return isReady(true);
  }
  lastAt = machineMs();
  if (firstAt === 0) firstAt = lastAt;
  if (what.previous !== screen.offset || what.offset <= screen.offset) broken += 1;
  screen.offset = what.offset;
  screen.frames += 1;
  delays.push(Date.now() - Date.parse(what.at));
}

function end(screen: Screen, why: string): void {
  if (screen.socket === null) return;
  ended[why] = (ended[why] ?? 0) + 1;
  screen.socket.terminate();
  screen.socket = null;
}

function open(screen: Screen, url: string): Promise<boolean> {
  return new Promise((isReady) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`, {
      headers: { cookie: screen.cookie },
      perMessageDeflate: false,
      skipUTF8Validation: true,
    });
    screen.socket = socket;
    socket.on('message', (data: Buffer) => hear(screen, data.toString(), isReady));
    socket.on('error', (error: Error) => end(screen, error.message));
    socket.on('close', (code) => {
      if (screen.socket === socket) end(screen, `closed ${code}`);
      isReady(false);
    });
  });
}

async function openMore(order: Extract<Order, { do: 'open' }>): Promise<void> {
  const away = screens.filter((screen) => screen.socket === null);
  while (away.length < order.count) {
    const { epoch, after } = order.from ?? { epoch: null, after: 0 };
    const screen: Screen = { socket: null, cookie: order.cookies[screens.length % order.cookies.length]!, epoch, offset: after, frames: 0 };
    screens.push(screen);
    away.push(screen);
  }
  const waiting = away.slice(0, order.count);
  const next = async () => {
    for (let screen = waiting.shift(); screen; screen = waiting.shift()) await open(screen, order.url);
  };
  await Promise.all(Array.from({ length: order.atOnce ?? order.count }, next));
}

async function follow(order: Order): Promise<void> {
  if (order.do === 'open') return openMore(order);
  if (order.do === 'count') return forget();
  if (order.do === 'drop') {
    for (const { socket } of screens.map((screen) => ({ socket: screen.socket, _: (screen.socket = null) }))) socket?.terminate();
    return;
  }
  const until = machineMs() + order.withinMs;
  const isDone = () => screens.every((screen) => screen.socket === null || screen.frames >= order.frames);
  while (!isDone() && machineMs() < until) await sleep(5);
}

function report(): Report {
  const live = screens.filter((screen) => screen.socket !== null);
  const frames = live.map((screen) => screen.frames);
  const sorted = delays.toSorted((one, other) => one - other);
  return {
    open: live.length,
    ended,
    frames: frames.reduce((sum, one) => sum + one, 0),
    fewest: frames.reduce((least, one) => Math.min(least, one), Number.MAX_SAFE_INTEGER),
    most: frames.reduce((most, one) => Math.max(most, one), 0),
    broken,
    resyncs,
    firstAt,
    lastAt,
    p99: sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0,
    worst: sorted.at(-1) ?? 0,
    offset: live.reduce((least, one) => Math.min(least, one.offset), Number.MAX_SAFE_INTEGER),
  };
}

process.on('message', (order: Order) => {
  void follow(order).then(() => process.send!(report()));
});
process.on('disconnect', () => process.exit(0));
