import type { Socket as TcpSocket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Socket } from 'socket.io';
import type { Frame } from '@homeward/shared/kernel/event.ts';

/** The part of the connection beneath socket.io that we lean on: where its own packets wait, and whether it still takes any. */
interface Connection {
  writeBuffer: unknown[];
  transport: { socket?: { readyState: number } };
  write(data: string, options: { wsPreEncodedFrame: Buffer[] }): void;
}
const OPEN = 1;
const drainCheckMs = 10;

const encoded = new WeakMap<Frame, Buffer>();
const leaving: Outlet[] = [];
let joined: { parts: readonly Buffer[]; whole: Buffer } = { parts: [], whole: Buffer.alloc(0) };

/**
 * Where frames leave by: each encoded once however many connections it leaves by, and all that one turn of the loop has for a connection
 * in one write, past the packets, events and callbacks that socket.io makes for every message (bench/fanout-2000.ts, fanout-burst10.ts).
 */
export class Outlet {
  readonly #connection: Connection;
  readonly #tcp: TcpSocket;
  readonly #mostBytes: number;
  readonly #overflow: () => void;
  #parts: Buffer[] = [];

  /** @param overflow told instead of writing on, while more than `mostBytes` of what was written before wait for a reader that doesn't read */
  constructor(socket: Socket, mostBytes: number, overflow: () => void) {
    this.#connection = socket.conn as unknown as Connection;
    this.#tcp = socket.request.socket;
    this.#mostBytes = mostBytes;
    this.#overflow = overflow;
  }

  /** What has left us and not the machine: the reader is slow, or gone. */
  get backlogBytes(): number {
    return this.#tcp.writableLength;
  }

  /** Resolves once nothing waits any more, or it never will. */
  async drained(): Promise<void> {
    do await sleep(drainCheckMs);
    while (this.backlogBytes > 0 && !this.#tcp.destroyed);
  }

  tell(frame: Frame): void {
    let bytes = encoded.get(frame);
    if (!bytes) encoded.set(frame, (bytes = websocketFrame('event', frame)));
    this.#leave(bytes);
  }

  say(name: string, what: unknown): void {
    this.#leave(websocketFrame(name, what));
  }

  #leave(bytes: Buffer): void {
    if (this.#parts.push(bytes) > 1) return;
    // After this turn, so that all of its frames go together.
    if (leaving.push(this) === 1) process.nextTick(flush);
  }

  flush(): void {
    const parts = this.#parts;
    this.#parts = [];
    if (this.#connection.transport.socket?.readyState !== OPEN) return;
    if (this.backlogBytes > this.#mostBytes) return this.#overflow();
    const whole = parts.length === 1 ? parts[0]! : together(parts);
    // Behind what socket.io itself has waiting, as its greeting is: nothing may overtake that.
    if (this.#connection.writeBuffer.length > 0) this.#connection.write('', { wsPreEncodedFrame: [whole] });
    else this.#tcp.write(whole);
  }
}

function flush(): void {
  for (const outlet of leaving.splice(0)) outlet.flush();
}

/** Most connections are told the same of a turn: what was joined for the last one serves the next. */
function together(parts: readonly Buffer[]): Buffer {
  const isSame = joined.parts.length === parts.length && parts.every((part, at) => part === joined.parts[at]);
  if (!isSame) joined = { parts, whole: Buffer.concat(parts) };
  return joined.whole;
}

/** A message of the feed as one whole websocket frame of text. */
function websocketFrame(name: string, what: unknown): Buffer {
  const text = Buffer.from(`42${JSON.stringify([name, what])}`);
  const head = Buffer.alloc(text.length < 126 ? 2 : text.length < 65_536 ? 4 : 10);
  head[0] = 0x81;
  head[1] = text.length < 126 ? text.length : text.length < 65_536 ? 126 : 127;
  if (head.length === 4) head.writeUInt16BE(text.length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(text.length), 2);
  return Buffer.concat([head, text]);
}
