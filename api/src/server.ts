import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import compression from 'compression';
import { sql, type Kysely } from 'kysely';
import { pino } from 'pino';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { connect } from '@homeward/db/connect.ts';
import { fillDemonstration } from '@homeward/db/demo/demonstration.ts';
import { keepEmbeddedAlive } from '@homeward/db/embedded.ts';
import { isMigrated, migrateToLatest } from '@homeward/db/migrate.ts';
import type { DB } from '@homeward/db/types.ts';
import { makeApp } from './app.ts';
import { audience as bedsAudience } from './beds/audience.ts';
import { tellEnds } from './notices/jobs.ts';
import { clockFrom } from './platform/clock.ts';
import { keepEpoch } from './platform/epoch.ts';
import { Live } from './platform/live.ts';
import { hashPassword } from './platform/password.ts';
import type { Platform } from './platform/platform.ts';
import { openSockets } from './platform/sockets.ts';
import { Turns } from './platform/turns.ts';
import { audience as placementsAudience } from './placements/audience.ts';
import { audience } from './shifts/audience.ts';
import { sweepAllocations } from './placements/jobs.ts';
import { recheckBookings, sweepShifts } from './shifts/jobs.ts';
import { countReach } from './training/jobs.ts';

const { PORT = '3000', HOST = '127.0.0.1', DATABASE_URL, HOMEWARD_DATA = '.homeward', HOMEWARD_NOW, TRUST_PROXY } = process.env;
const isDemonstration = (process.env['HOMEWARD_DEMO'] ?? (DATABASE_URL ? '0' : '1')) === '1';
const demonstrationPassword = process.env['HOMEWARD_DEMO_PASSWORD'] ?? 'homeward-demo';
const sweepEveryMs = 5000;
const noticesEveryMs = 60_000;
const drainMs = 7000;
const goodbyeMs = 2000;
const poolSize = 20;

const say = (sentence: string) => console.log(sentence);
const fail = (sentence: string): never => {
  console.error(sentence);
  process.exit(1);
};

if (HOMEWARD_NOW && !isDemonstration)
  fail('HOMEWARD_NOW moves the clock of a demonstration or a test; where HOMEWARD_DEMO is 0 it is refused.');
const clock = (() => {
  try {
    return clockFrom(HOMEWARD_NOW);
  } catch (error) {
    return fail((error as Error).message);
  }
})();

const log = pino({ level: process.env['LOG_LEVEL'] ?? 'warn', redact: ['*.password', '*.cookie', '*.authorization'] }, pino.destination(2));
const embedded = DATABASE_URL ? null : await keepEmbeddedAlive({ dataDir: join(HOMEWARD_DATA, 'postgres'), log: say });
const url = DATABASE_URL ?? embedded!.url;
const db = connect(url, { max: poolSize, onLost: (error) => log.warn({ error }, 'a database connection was lost') });

await prepare();
const platform: Platform = {
  db,
  clock,
  log,
  wake: () => live.wake(),
  turns: new Turns(),
  demonstrationPassword: isDemonstration ? demonstrationPassword : null,
  behindProxy: TRUST_PROXY === '1',
};
const live = new Live(db, url, clock, log, [audience, bedsAudience, placementsAudience]);
await live.start();

const registry = new Registry();
collectDefaultMetrics({ register: registry });
new Gauge({
  name: 'homeward_open_screens',
  help: 'Connections of the live feed in this process',
  registers: [registry],
  collect() {
    this.set(live.connections);
  },
});

const { app } = makeApp(platform, live);
app.get('/healthz', (context) => context.text('ok'));
app.get('/readyz', async (context) => {
  const ready = await isReady().catch(() => false);
  if (!ready) context.header('retry-after', '2');
  return context.text(ready ? 'ready' : 'not ready', ready ? 200 : 503);
});
app.get('/metrics', async (context) => context.text(await registry.metrics(), 200, { 'content-type': registry.contentType }));

// Pages are SvelteKit's. It reads the protocol from this header, and would believe a stranger's.
process.env['PROTOCOL_HEADER'] = 'x-forwarded-proto';
const { handler: pages } = (await import(new URL('../../web/build/handler.js', import.meta.url).href)) as {
  handler: (request: IncomingMessage, response: ServerResponse, next: () => void) => void;
};
const squeeze = compression();
const api = getRequestListener(app.fetch);
const ours = /^\/(api\/|healthz$|readyz$|metrics$)/;
// Who sends a request byte by byte holds a connection, no more: its head is here within ten seconds, all of it within the time that 50 MB to
// import take at 85 kB a second. Any other body must be here sooner (app.ts).
const arrival = { headersTimeout: 9000, requestTimeout: 600_000, connectionsCheckingInterval: 1000 };
// A proxy keeps idle lines for a minute, and sends into one without asking whether it is open: it must be the first to close it.
const keepAliveTimeout = platform.behindProxy ? 65_000 : 5000;
const http = createServer({ ...arrival, keepAliveTimeout }, (request, response) => {
  if (!platform.behindProxy || !request.headers['x-forwarded-proto']) request.headers['x-forwarded-proto'] = 'http';
  // "1.2.3.4.5" is a host to the parser of HTTP and no part of an address: what reads it later would throw.
  const { host } = request.headers;
  if (host !== undefined && !URL.canParse(`http://${host}`)) return void response.writeHead(400).end('Bad request');
  const path = (request.url ?? '/').split('?')[0]!;
  if (ours.test(path)) return void api(request, response);
  // A page's own reads stay in this process: web/src/hooks.server.ts takes the API from here.
  const beganAt = Date.now();
  Object.assign(request, { api: (inner: Request) => app.fetch(inner, { beganAt }) });
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'same-origin');
  if (platform.behindProxy) response.setHeader('strict-transport-security', 'max-age=31536000; includeSubDomains');
  // A list of a hundred shifts is 140 kB of page and 10 kB squeezed: the phone on the bus pays for the difference.
  squeeze(request as never, response as never, () => pages(request, response, () => response.writeHead(404).end('Not found')));
});
const io = openSockets(http, db, live, platform.behindProxy);

http.on('error', (error: NodeJS.ErrnoException) =>
  fail(error.code === 'EADDRINUSE' ? `Port ${PORT} is in use. Stop what uses it, or set PORT to another.` : error.message),
);
http.listen(Number(PORT), HOST, () => {
  const address = http.address();
  const port = typeof address === 'object' && address ? address.port : PORT;
  say(`Homeward is ready at http://${HOST}:${port}`);
});

let sweeping = false;
const sweep = setInterval(() => {
  if (sweeping) return;
  sweeping = true;
  sweepShifts(platform)
    .then(() => recheckBookings(platform))
    .then(() => sweepAllocations(platform))
    .catch((error: unknown) => log.warn({ error }, 'the sweep did not run; it will again'))
    .finally(() => {
      sweeping = false;
    });
}, sweepEveryMs);
let telling = false;
const daily = () => {
  if (telling) return;
  telling = true;
  tellEnds(platform)
    .catch((error: unknown) => log.warn({ error }, 'not everybody was told what ends soon; they will be'))
    .then(() => countReach(platform))
    .catch((error: unknown) => log.warn({ error }, 'where workers can go was not counted; it will be'))
    .finally(() => {
      telling = false;
    });
};
const notices = setInterval(daily, noticesEveryMs);
const firstNotices = setTimeout(daily, sweepEveryMs);
// Kept 7 days (contract, section 2); ended sessions a month, for questions about who was signed in.
const tidy = setInterval(() => {
  const tidied = sql`delete from idempotency_key where created_at < clock_timestamp() - interval '7 days'`
    .execute(db)
    .then(() => sql`delete from session where ends_at < clock_timestamp() - interval '30 days'`.execute(db));
  tidied.catch((error: unknown) => log.warn({ error }, 'tidying did not run; it will again'));
}, 3_600_000);

let stopping = false;
/** Finishes what is under way, closes sockets so that screens go on elsewhere, then stops the database it started. */
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  clearInterval(sweep);
  clearInterval(notices);
  clearTimeout(firstNotices);
  clearInterval(tidy);
  const drained = new Promise<void>((resolve) => http.close(() => resolve()));
  io.disconnectSockets(true);
  http.closeIdleConnections();
  await Promise.race([drained, sleep(drainMs)]);
  http.closeAllConnections();
  // A database that is away says no goodbye either.
  await Promise.race([live.stop().then(() => db.destroy()), sleep(goodbyeMs)]);
  await embedded?.stop();
  process.exit(0);
}
process.on('SIGTERM', () => void stop());
process.on('SIGINT', () => void stop());

/** Migrations, the epoch and the demonstration, before anything is served. Several processes may do this at once. */
async function prepare(): Promise<void> {
  const patient = connect(url, { max: 2, patient: true });
  try {
    const applied = await migrateToLatest(patient);
    if (applied.length > 0) say(`The database is up to date (${applied.length} migrations applied).`);
    await keepEpoch(patient);
    if (isDemonstration) await fillWhereEmpty(patient);
  } catch (error) {
    fail(`Homeward could not prepare its database: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await patient.destroy();
  }
}

async function fillWhereEmpty(patient: Kysely<DB>): Promise<void> {
  const passwordHash = await hashPassword(demonstrationPassword);
  await patient.connection().execute(async (one) => {
    // Two processes starting on one empty database: the second waits here and finds it filled.
    await sql`select pg_advisory_lock(hashtext('homeward demonstration'))`.execute(one);
    try {
      const { rows } = await sql<{
        empty: boolean;
      }>`select not exists (select 1 from trust) and not exists (select 1 from account) as empty`.execute(one);
      if (!rows[0]!.empty) return;
      say('Filling in the demonstration data…');
      await fillDemonstration(one, { now: clock.now(), passwordHash });
    } finally {
      await sql`select pg_advisory_unlock(hashtext('homeward demonstration'))`.execute(one);
    }
  });
}

async function isReady(): Promise<boolean> {
  await sql`select 1`.execute(db);
  return isMigrated(db);
}
