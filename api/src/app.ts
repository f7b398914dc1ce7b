import { Hono } from 'hono';
import { compress } from 'hono/compress';
import { v7 as newId } from 'uuid';
import { accountsRoutes } from './accounts/routes.ts';
import { assuranceRoutes } from './assurance/routes.ts';
import { occupancyRoutes } from './beds/occupancy-routes.ts';
import { bedsRoutes } from './beds/routes.ts';
import { settingRoutes } from './beds/setting-routes.ts';
import { importsRoutes } from './imports/routes.ts';
import { noticesRoutes } from './notices/routes.ts';
import { registerRoutes } from './placements/register-routes.ts';
import { placementsRoutes } from './placements/routes.ts';
import { agreementRoutes } from './places/agreement-routes.ts';
import { placesRoutes } from './places/routes.ts';
import { isDatabaseAway } from './platform/away.ts';
import type { Live } from './platform/live.ts';
import { answerRefusal, Door, openApiDocument, type Documented, type Env } from './platform/operation.ts';
import type { Platform } from './platform/platform.ts';
import { busy, notHere, refuse } from './platform/problem.ts';
import { isSameOrigin } from './platform/same-origin.ts';
import { scopeOfToken, sessionToken } from './platform/session.ts';
import { shiftsRoutes } from './shifts/routes.ts';
import { trainingRoutes } from './training/routes.ts';
import { restrictionRoutes } from './workers/restriction-routes.ts';
import { workersRoutes } from './workers/routes.ts';
import { workingTimeRoutes } from './working-time/routes.ts';

const mostBytes = 64 * 1024;
const answerWithinMs = 9000;

export interface App {
  app: Hono<Env>;
  operations: readonly Documented[];
}

/** The API: what every request passes, in order, then one line a capability. */
export function makeApp(platform: Platform, live: Live): App {
  const app = new Hono<Env>();

  app.use(async (context, next) => {
    context.set('requestId', newId());
    await next();
    const { headers } = context.res;
    headers.set('x-request-id', context.get('requestId'));
    headers.set('x-content-type-options', 'nosniff');
    headers.set('referrer-policy', 'same-origin');
    headers.set('content-security-policy', "default-src 'none'; frame-ancestors 'none'; base-uri 'none'");
    headers.set('cache-control', 'no-store');
    if (platform.behindProxy) headers.set('strict-transport-security', 'max-age=31536000; includeSubDomains');
  });
  app.use(compress({ threshold: 2048 }));

  app.onError((error, context) => {
    if (isDatabaseAway(error)) {
      platform.log.warn({ error, requestId: context.get('requestId') }, 'the database is away');
      const away = refuse(503, 'database-away', 'The database is not answering. Nothing you typed is lost: try again in a moment.', {
        retryAfterSeconds: 2,
      });
      return answerRefusal(context, away.refusal);
    }
    platform.log.error({ error, requestId: context.get('requestId'), path: context.req.path }, 'unexpected error');
    context.header('content-type', 'application/problem+json');
    const problem = {
      type: 'about:blank',
      title: 'Something went wrong on our side. It has been noted.',
      status: 500,
      code: 'unexpected',
      requestId: context.get('requestId'),
    };
    return context.body(JSON.stringify(problem), 500);
  });
  app.notFound((context) => answerRefusal(context, notHere().refusal));

  // Nobody waits longer than this, whatever holds things up. An act may still be done: asked again with its key, that is answered. A file
  // to import may take as long as its line needs, and says how far it is.
  app.use('/api/*', async (context, next) => {
    if (isImport(context.req.path)) return next();
    const began = context.env?.beganAt ?? Date.now();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Response>((resolve) => {
      const answerLate = () => {
        const isArriving = !isRead(context.req.method) && context.get('rawBody') === undefined;
        // What still arrives of it is not read: the next request would begin in its middle.
        if (isArriving) context.header('connection', 'close');
        resolve(answerRefusal(context, (isArriving ? tooSlow() : busy()).refusal));
      };
      timer = setTimeout(answerLate, Math.max(0, began + answerWithinMs - Date.now()));
    });
    try {
      return await Promise.race([next(), late]);
    } finally {
      clearTimeout(timer);
    }
  });

  // A page must not be able to act for someone who only visits it: unsafe methods come from our own pages, as JSON.
  app.use('/api/*', async (context, next) => {
    if (isRead(context.req.method)) return next();
    if (!isSameOrigin(context.req.raw.headers)) {
      return answerRefusal(context, refuse(403, 'other-origin', 'This is done from Homeward’s own pages only.').refusal);
    }
    if (isImport(context.req.path)) return next();
    const type = context.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
    if (Number(context.req.header('content-length') ?? 0) > mostBytes) return answerRefusal(context, tooLarge().refusal);
    const raw = await boundedText(context.req.raw);
    if (raw === null) return answerRefusal(context, tooLarge().refusal);
    if (raw !== '' && type !== 'application/json') {
      return answerRefusal(context, refuse(415, 'not-json', 'Send application/json.').refusal);
    }
    context.set('rawBody', raw);
    return next();
  });

  app.use('/api/*', async (context, next) => {
    const token = sessionToken(context.req.header('cookie'), platform.behindProxy);
    context.set('token', token);
    context.set('scope', await scopeOfToken(platform.db, token));
    // Read before the answer is: a change that falls between is told again on the feed, never lost (contract, section 3).
    const { epoch, offset } = live.position;
    await next();
    if (context.req.method === 'GET') {
      context.res.headers.set('homeward-epoch', epoch);
      context.res.headers.set('homeward-offset', String(offset));
    }
  });

  const door = new Door(app, platform);
  accountsRoutes(door, live);
  placesRoutes(door);
  agreementRoutes(door);
  shiftsRoutes(door);
  workersRoutes(door);
  restrictionRoutes(door);
  noticesRoutes(door);
  workingTimeRoutes(door);
  trainingRoutes(door);
  bedsRoutes(door);
  settingRoutes(door);
  occupancyRoutes(door);
  // Before the routes of one placement: `coming-home` is no placement's id.
  registerRoutes(door);
  placementsRoutes(door);
  importsRoutes(door);
  assuranceRoutes(door, live);
  app.get('/api/v1/openapi.json', (context) => context.json(openApiDocument(door.operations)));

  return { app, operations: door.operations };
}

const isRead = (method: string) => method === 'GET' || method === 'HEAD';
const isImport = (path: string) => path.startsWith('/api/v1/imports/');
const tooSlow = () => refuse(408, 'too-slow', 'What you sent did not arrive in time. Try again.', { retryAfterSeconds: 1 });
const tooLarge = () => refuse(413, 'too-large', 'That is more than 64 kB, which is more than anything here needs.');

/** The body as text, or null where it is over the limit: a length that lies is cut off as it is read. */
async function boundedText(request: Request): Promise<string | null> {
  if (!request.body) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > mostBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
