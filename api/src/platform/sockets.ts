import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Kysely } from 'kysely';
import { Server, type Socket } from 'socket.io';
import { WebSocketServer, type ServerOptions } from 'ws';
import type { DB } from '@homeward/db/types.ts';
import type { ClientToServer, ServerToClient } from '@homeward/shared/kernel/event.ts';
import { isDatabaseAway } from './away.ts';
import type { Listener, Live } from './live.ts';
import { Outlet } from './outlet.ts';
import { isOfHost } from './same-origin.ts';
import { scopesOfTokens, sessionToken, tokenHash } from './session.ts';

type Connection = Socket<ClientToServer, ServerToClient>;
/** Connected, and not let in: they have shown no session yet. */
type Stranger = Socket['conn'] & { request: IncomingMessage };

const mostMessageBytes = 16_384;
const mostBacklogBytes = 256 * 1024;
const longestBacklogMs = 30_000;
const backlogCheckMs = 5000;
/** So many at once, each no longer than this, and one that was refused only until it can have heard so. */
const mostStrangers = 500;
const longestStrangerMs = 10_000;
const refusedMs = 1000;
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * What a browser sends is little and comes in one part, and it never pings. Each part that waits for the rest keeps the whole read it came in,
 * so thousands of tiny ones, which ws allows, would keep a gigabyte; and so would the answers to pings of somebody who doesn't read them.
 */
class Terse extends WebSocketServer {
  constructor(options: ServerOptions) {
    super({ ...options, autoPong: false, maxFragments: 4, maxBufferedChunks: 64 } as ServerOptions);
  }
}

/** The feed's own door: websocket only, our own pages, a live session at every connection. */
export function openSockets(http: HttpServer, db: Kysely<DB>, live: Live, behindProxy: boolean): Server {
  const io = new Server<ClientToServer, ServerToClient>(http, {
    path: '/socket.io',
    serveClient: false,
    transports: ['websocket'],
    perMessageDeflate: false,
    maxHttpBufferSize: mostMessageBytes,
    connectTimeout: longestStrangerMs,
    wsEngine: Terse,
    allowRequest: (request, answer) => {
      const { origin, host } = request.headers;
      answer(null, origin === undefined || isOfHost(origin, host));
    },
  });
  const strangers = new Set<Stranger>();

  io.engine.on('connection', (stranger: Stranger) => {
    strangers.add(stranger);
    // Those who mean it have shown their session long before: whoever has stood there longest goes.
    if (strangers.size > mostStrangers) cutOff(strangers.values().next().value!);
    // The library says goodbye, and would wait half a minute for the answer.
    stranger.on('close', () => strangers.delete(stranger) && cutOff(stranger));
    let hasAsked = false;
    stranger.on('data', (data: unknown) => {
      // A screen asks once to be let in, and has nothing to say after. Whatever more is answered, or kept until announced attachments come,
      // is memory to somebody who doesn't read.
      const isAsking = typeof data === 'string' && /^0(?!\/)/.test(data) && !hasAsked;
      hasAsked ||= isAsking;
      if (!isAsking && !(typeof data === 'string' && /^[12]/.test(data))) cutOff(stranger);
    });
  });

  const scopeOf = gathered((tokens: (string | undefined)[]) => scopesOfTokens(db, tokens));
  io.use((socket, next) => {
    const stranger = socket.conn as Stranger;
    const refuse = (why: string) => {
      next(new Error(why));
      setTimeout(() => cutOff(stranger), refusedMs);
    };
    const token = sessionToken(socket.handshake.headers.cookie, behindProxy);
    scopeOf(token).then(
      (scope) => {
        if (!scope || !token) return refuse('signed-out');
        (socket as Connection).data = { scope, sessionHash: tokenHash(token) } as never;
        next();
      },
      (error: unknown) => refuse(isDatabaseAway(error) ? 'database-away' : 'unexpected'),
    );
  });

  const open = new Set<{ socket: Connection; outlet: Outlet; slowSince: number | null }>();
  const watch = setInterval(() => {
    for (const one of open) {
      if (one.outlet.backlogBytes === 0) one.slowSince = null;
      else if ((one.slowSince ??= Date.now()) < Date.now() - longestBacklogMs) cutOff(one.socket.conn as Stranger);
    }
  }, backlogCheckMs);
  watch.unref();

  io.on('connection', (socket: Connection) => {
    const { scope, sessionHash } = socket.data as Pick<Listener, 'scope' | 'sessionHash'>;
    strangers.delete(socket.conn as Stranger);
    // A reader that doesn't read costs our memory: it is cut off, and goes on from its offset when it comes back.
    const outlet = new Outlet(socket, mostBacklogBytes, () => cutOff(socket.conn as Stranger));
    const listener: Listener = {
      scope,
      sessionHash,
      ready: (ready) => outlet.say('ready', ready),
      tell: (frame) => outlet.tell(frame),
      drained: () => outlet.drained(),
      close: () => void socket.disconnect(true),
    };
    const one = { socket, outlet, slowSince: null };
    open.add(one);
    socket.on('disconnect', () => {
      open.delete(one);
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

/** At once: a farewell would wait half a minute for the answer of somebody who doesn't read, with all that is kept for them. */
function cutOff(connection: Stranger): void {
  connection.request.socket.destroy();
}

/** Asks about one at a time; those who come while a question is under way are asked about together next. */
function gathered<Key, Answer>(ask: (keys: Key[]) => Promise<Answer[]>): (key: Key) => Promise<Answer> {
  let waiting: { key: Key; answered: (answer: Answer) => void; failed: (error: unknown) => void }[] = [];
  let isAsking = false;
  const askOn = async () => {
    isAsking = true;
    while (waiting.length > 0) {
      const these = waiting;
      waiting = [];
      try {
        const answers = await ask(these.map(({ key }) => key));
        these.forEach(({ answered }, at) => answered(answers[at]!));
      } catch (error) {
        for (const { failed } of these) failed(error);
      }
    }
    isAsking = false;
  };
  return (key) =>
    new Promise((answered, failed) => {
      waiting.push({ key, answered, failed });
      if (!isAsking) void askOn();
    });
}
