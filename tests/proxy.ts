import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A line to a server that can be cut, or fall silent, while both its ends believe it is open. */
export interface Proxy {
  url: string;
  /** The ports this proxy speaks from: whose backends are the program's. */
  ports(): number[];
  /** Ends every connection, properly or as a machine does that knows nothing of them. */
  cut(how: 'end' | 'reset'): void;
  /** From now on nothing goes through: what is open stays open and is dead for good, what is new is accepted and never answered. */
  fallSilent(): void;
  /** What is new goes through again. */
  speakAgain(): void;
  close(): Promise<void>;
}

/** Stands between a program and the server of this URL, on loopback. */
export async function openProxy(toUrl: string): Promise<Proxy> {
  const to = new URL(toUrl);
  const open = new Set<Socket>();
  const upstreams = new Set<Socket>();
  let isSilent = false;
  const keep = (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => open.delete(socket));
    return socket;
  };
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
    keep(near);
    if (isSilent) return;
    const far = keep(connect({ port: Number(to.port), host: to.hostname, noDelay: true, allowHalfOpen: true }));
    upstreams.add(far);
    far.once('close', () => upstreams.delete(far));
    near.pipe(far);
    far.pipe(near);
    near.once('close', () => far.destroy());
    far.once('close', () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(toUrl);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    ports: () => [...upstreams].flatMap((far) => far.localPort ?? []),
    cut(how) {
      for (const socket of [...open]) {
        if (how === 'reset') socket.resetAndDestroy();
        else socket.end();
      }
    },
    fallSilent() {
      isSilent = true;
      for (const socket of open) {
        socket.unpipe();
        // Each end still sends, and is not told that nobody reads; neither hears of the other's leaving.
        socket.removeAllListeners('close').once('close', () => open.delete(socket));
        socket.removeAllListeners('end').resume();
      }
    },
    speakAgain() {
      isSilent = false;
    },
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
