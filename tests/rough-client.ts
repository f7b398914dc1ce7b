import { connect, type Socket } from 'node:net';

/** Somebody who speaks to the feed by hand, and badly on purpose. */
export interface RoughClient {
  tcp: Socket;
  /** All it was told, as text. */
  heard(): string;
  isClosed(): boolean;
  /** A text message, or a piece of one: `final: false` leaves it unfinished. */
  say(text: string, piece?: { final?: boolean; isContinued?: boolean }): void;
  sendBinary(bytes: Buffer): void;
  raw(bytes: Buffer): void;
}

/** Without a session where `cookie` is null. Resolves when the websocket is open, and with `asks` once it has asked to be let in. */
export async function roughClient(url: string, cookie: string | null, { asks = true }: { asks?: boolean } = {}): Promise<RoughClient> {
  const { hostname, port } = new URL(url);
  const tcp = connect(Number(port), hostname);
  let heard = '';
  let isClosed = false;
  tcp.on('error', () => {});
  tcp.on('close', () => (isClosed = true));
  tcp.on('data', (data) => (heard += data.toString('latin1')));
  tcp.write(
    `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nhost: ${hostname}:${port}\r\nupgrade: websocket\r\nconnection: upgrade\r\n` +
      `sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n${cookie === null ? '' : `cookie: ${cookie}\r\n`}\r\n`,
  );
  const client: RoughClient = {
    tcp,
    heard: () => heard,
    isClosed: () => isClosed,
    say: (text, { final = true, isContinued = false } = {}) =>
      void tcp.write(frame((final ? 0x80 : 0) | (isContinued ? 0 : 1), Buffer.from(text))),
    sendBinary: (bytes) => void tcp.write(frame(0x82, bytes)),
    raw: (bytes) => void tcp.write(bytes),
  };
  await until(() => isClosed || heard.includes('"sid"'));
  if (asks && !isClosed) client.say('40');
  return client;
}

/** A frame of a client's, masked with nothing. */
export function frame(first: number, payload: Buffer, announced = payload.length): Buffer {
  const head = Buffer.alloc(announced < 126 ? 6 : announced < 65_536 ? 8 : 14);
  head[0] = first;
  head[1] = 0x80 | (announced < 126 ? announced : announced < 65_536 ? 126 : 127);
  if (announced >= 65_536) head.writeBigUInt64BE(BigInt(announced), 2);
  else if (announced >= 126) head.writeUInt16BE(announced, 2);
  return Buffer.concat([head, payload]);
}

async function until(isSo: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!isSo() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
}
