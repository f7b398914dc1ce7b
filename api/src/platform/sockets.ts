import type { Server as HttpServer } from 'node:http';
import type { Kysely } from 'kysely';
import { Server, type Socket } from 'socket.io';
import type { DB } from '@homeward/db/types.ts';
import type { ClientToServer, ServerToClient } from '@homeward/shared/kernel/event.ts';
import { isDatabaseAway } from './away.ts';
import type { Listener, Live } from './live.ts';
import { isOfHost } from './same-origin.ts';
import { scopeOfToken, sessionToken, tokenHash } from './session.ts';

type Connection = Socket<ClientToServer, ServerToClient>;

const mostBacklogBytes = 256 * 1024;
const longestBacklogMs = 30_000;
const backlogCheckMs = 5000;
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The feed's own door: websocket only, our own pages, a live session at every connection. */
export function openSockets(http: HttpServer, db: Kysely<DB>, live: Live, behindProxy: boolean): Server {
  const io = new Server<ClientToServer, ServerToClient>(http, {
    path: '/socket.io',
    serveClient: false,
    transports: ['websocket'],
    perMessageDeflate: false,
    maxHttpBufferSize: 16_384,
    allowRequest: (request, answer) => {
      const { origin, host } = request.headers;
      answer(null, origin === undefined || isOfHost(origin, host));
    },
  });

  io.use((socket, next) => {
    const token = sessionToken(socket.handshake.headers.cookie, behindProxy);
    scopeOfToken(db, token).then(
      (scope) => {
        if (!scope || !token) return next(new Error('signed-out'));
        (socket as Connection).data = { scope, sessionHash: tokenHash(token) } as never;
        next();
      },
      (error: unknown) => next(new Error(isDatabaseAway(error) ? 'database-away' : 'unexpected')),
    );
  });

  io.on('connection', (socket: Connection) => {
    const { scope, sessionHash } = socket.data as Pick<Listener, 'scope' | 'sessionHash'>;
    let backlogSince: number | null = null;
    const backlog = () => (socket.conn.transport as unknown as { socket?: { bufferedAmount?: number } }).socket?.bufferedAmount ?? 0;
    const listener: Listener = {
      scope,
      sessionHash,
      ready: (ready) => void socket.emit('ready', ready),
      tell: (frame) => {
        // A reader that doesn't read costs our memory: it is closed, and goes on from its offset when it comes back.
        if (backlog() > mostBacklogBytes) socket.disconnect(true);
        else socket.emit('event', frame);
      },
      close: () => void socket.disconnect(true),
    };
    const watch = setInterval(() => {
      if (backlog() === 0) backlogSince = null;
      else if (backlogSince === null) backlogSince = Date.now();
      else if (Date.now() - backlogSince > longestBacklogMs) socket.disconnect(true);
    }, backlogCheckMs);
    socket.on('disconnect', () => {
      clearInterval(watch);
      live.unfollow(listener);
    });
    const { epoch, after } = socket.handshake.auth as { epoch?: unknown; after?: unknown };
    const from = {
      epoch: typeof epoch === 'string' && guid.test(epoch) ? epoch : undefined,
      after: typeof after === 'number' && Number.isSafeInteger(after) && after >= 0 ? after : undefined,
    };
    live.follow(listener, from).catch(() => socket.disconnect(true));
  });
  return io;
}
