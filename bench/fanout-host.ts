// One of the servers that the fan-out benchmarks hold against one another, in a process of its own: the feed as the program runs it,
// socket.io's own room, or nothing but a loop that writes. Started by `fork()` with its kind, and told what to send by messages.
import { createServer } from 'node:http';
import type { AddressInfo, Socket as TcpSocket } from 'node:net';
import { sql } from 'kysely';
import { pino } from 'pino';
import { Server } from 'socket.io';
import { WebSocketServer } from 'ws';
import { connect } from '@homeward/db/connect.ts';
import { Live, type Audience } from '../api/src/platform/live.ts';
import { openSockets } from '../api/src/platform/sockets.ts';

/** How many events to send in one turn of the loop; 0 asks for the processor time since the last, in ms. */
export interface Sending {
  events: number;
}

const [kind, databaseUrl] = process.argv.slice(2) as ['ours' | 'socket.io' | 'loop', string];
const bytes = 500;
const at = new Date().toISOString();
const data = { shiftId: '00000000-0000-4000-8000-000000000000', reason: 'filled', takenAt: at, pad: '' };
let offset = 0;
const frame = () => ({ offset: (offset += 1), previous: offset - 1, type: 'shift.withdrawn', at, data });
data.pad = 'x'.repeat(bytes - JSON.stringify({ ...frame(), offset: 100_000, previous: 100_000 }).length);
offset = 0;

const http = createServer();
const send = await { ours: hostOurs, 'socket.io': hostSocketIo, loop: hostLoop }[kind]();
await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', 511, resolve));
let before = process.cpuUsage();
const start = () => void (before = process.cpuUsage());
process.on('message', ({ events }: Sending) => {
  if (events > 0) return void send(events).then(() => process.send!({}));
  const { user, system } = process.cpuUsage(before);
  process.send!({ cpu: (user + system) / 1000 });
});
process.on('disconnect', () => process.exit(0));
process.send!({ url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` });

type Send = (events: number) => Promise<void>;

async function hostOurs(): Promise<Send> {
  const db = connect(databaseUrl, { max: 4 });
  const telling = { type: 'shift.withdrawn' as const, data: data as never };
  // What each act costs to decide is another benchmark's: here everyone hears of everything.
  const everyone: Audience = async (_, events, viewers) => events.map(() => viewers.map(() => telling));
  const clock = { now: () => Date.now(), at: (instant: Date) => instant.getTime() };
  const live = new Live(db, databaseUrl, clock, pino({ level: 'silent' }), [everyone]);
  await live.start();
  openSockets(http, db, live, false);
  return async (events) => {
    const some = Array.from({ length: events }, () => ({ type: 'shift.filled', at }));
    await sql`select append_events(${JSON.stringify(some)}::jsonb)`.execute(db);
    // What counts from here on is what an event costs once it is committed.
    start();
    live.wake();
  };
}

async function hostSocketIo(): Promise<Send> {
  const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false, serveClient: false });
  io.on('connection', (socket) => {
    void socket.join('everyone');
    socket.emit('ready', { epoch: 'none', offset, resync: true, now: at });
  });
  return async (events) => {
    start();
    for (let left = events; left > 0; left -= 1) io.to('everyone').emit('event', frame());
  };
}

/** The least that Node can do: one frame made, the same bytes written to each connection. */
async function hostLoop(): Promise<Send> {
  const connections: TcpSocket[] = [];
  new WebSocketServer({ server: http, perMessageDeflate: false }).on('connection', (socket, request) => {
    connections.push(request.socket);
    socket.send(`42${JSON.stringify(['ready', { epoch: 'none', offset, resync: true, now: at }])}`);
  });
  return async (events) => {
    start();
    for (let left = events; left > 0; left -= 1) {
      const body = Buffer.from(`42${JSON.stringify(['event', frame()])}`);
      const whole = Buffer.concat([Buffer.from([0x81, 126, body.length >> 8, body.length & 255]), body]);
      for (const connection of connections) connection.write(whole);
    }
  };
}
