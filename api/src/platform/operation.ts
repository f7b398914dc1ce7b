import type { Context, Hono } from 'hono';
import { z } from 'zod';
import type { AccountRole } from '@homeward/shared/accounts/contract.ts';
import { onceOf, type Once } from './idempotency.ts';
import type { Limit } from './limits.ts';
import { badInput, notHere, problemDocument, refuse, type FieldError, type Refusal, type Result } from './problem.ts';
import type { Platform } from './platform.ts';
import { hasRole, type Scope } from './scope.ts';

/**
 * Who may use an operation, printed in the OpenAPI document as `x-rights` and enforced from the same label.
 * `reach` says whose things: the command or query narrows to it, and the rights test walks it.
 */
export interface Rights {
  who: 'anyone' | 'signed-in' | readonly AccountRole[];
  reach: 'public' | 'self' | 'own-ward' | 'own-trust' | 'own-or-host-trust' | 'shared' | 'everything';
}

interface Shapes {
  params?: z.ZodType;
  query?: z.ZodType;
  body?: z.ZodType;
}
type Read<T> = T extends z.ZodType ? z.output<T> : undefined;

export interface Asked<S extends Shapes, R extends Rights> {
  scope: R['who'] extends 'anyone' ? Scope | null : Scope;
  once: Once | null;
  params: Read<S['params']>;
  query: Read<S['query']>;
  body: Read<S['body']>;
  context: Context<Env>;
}

export interface Env {
  /** When a page began to be drawn: what it reads in this process is answered within the time that page has. */
  Bindings: { beganAt?: number } | undefined;
  Variables: { requestId: string; scope: Scope | null; token: string | undefined; rawBody: string };
}

export interface Operation<S extends Shapes, R extends Rights> {
  method: 'get' | 'post' | 'delete';
  path: string;
  summary: string;
  rights: R;
  request?: S;
  /** Status and shape of success, and the refusals it may answer beside the common ones. */
  status: 200 | 201 | 202 | 204;
  response: z.ZodType | null;
  refusals?: { status: Refusal['status']; code: string }[];
  limit?: Limit;
  /** A body that isn't JSON and is read by the operation itself. */
  contentType?: string;
  /** Answered instead of JSON where that is asked for: a file to keep, or lines as they come. */
  download?: string;
  handle: (asked: Asked<S, R>) => Promise<Result<unknown>>;
}

export type Documented = Operation<Shapes, Rights>;

/** Gathers the operations of every capability: they are routes, they are the OpenAPI document, and the tests walk them. */
export class Door {
  readonly operations: Documented[] = [];
  readonly #app: Hono<Env>;
  readonly platform: Platform;

  constructor(app: Hono<Env>, platform: Platform) {
    this.#app = app;
    this.platform = platform;
  }

  add<const R extends Rights, S extends Shapes = Shapes>(operation: Operation<S, R>): void {
    this.operations.push(operation as unknown as Documented);
    const { method, path, rights, request = {} as S } = operation;
    this.#app.on(method.toUpperCase(), path.replaceAll(/\{(\w+)\}/g, ':$1'), async (context) => {
      const scope = context.get('scope');
      if (rights.who !== 'anyone') {
        if (!scope) return answerRefusal(context, refuse(401, 'signed-out', 'Sign in to go on. Nothing you typed is lost.').refusal);
        if (rights.who !== 'signed-in' && !hasRole(scope, ...rights.who)) return answerRefusal(context, notHere().refusal);
      }
      if (operation.limit && scope) {
        const wait = operation.limit.take(scope.accountId);
        if (wait > 0) return answerRefusal(context, tooMany(wait).refusal);
      }
      const params = read(request.params, context.req.param(), 'path');
      const query = read(request.query, context.req.query(), 'query');
      const body = operation.contentType ? readNothing : readBody(request.body, context.get('rawBody'));
      // A malformed id in a path is a thing that isn't here, as any other id that names nothing.
      if (params.errors.length > 0) return answerRefusal(context, notHere().refusal);
      const errors = [...query.errors, ...body.errors];
      if (errors.length > 0) return answerRefusal(context, badInput(errors).refusal);
      const key = method === 'get' ? undefined : context.req.header('idempotency-key');
      if (key !== undefined && !/^[\x21-\x7e]{1,200}$/.test(key)) {
        return answerRefusal(context, refuse(400, 'bad-idempotency-key', 'An Idempotency-Key is 1 to 200 visible characters.').refusal);
      }
      const once =
        key && scope ? onceOf(scope.accountId, key, method, context.req.path, context.get('rawBody') ?? '', operation.status) : null;
      const result = await operation.handle({
        scope: scope as Asked<S, R>['scope'],
        once,
        params: params.value as Read<S['params']>,
        query: query.value as Read<S['query']>,
        body: body.value as Read<S['body']>,
        context,
      });
      if (!result.ok) return answerRefusal(context, result.refusal);
      if (result.value instanceof Response) return result.value;
      if (operation.status === 204) return context.body(null, 204);
      return context.json(result.value as object, operation.status);
    });
  }
}

export const tooMany = (retryAfterSeconds: number) =>
  refuse(429, 'too-many', `That is a lot at once. Try again in ${retryAfterSeconds} seconds.`, { retryAfterSeconds });

export function answerRefusal(context: Context, refusal: Refusal): Response {
  if (refusal.retryAfterSeconds) context.header('retry-after', String(refusal.retryAfterSeconds));
  context.header('content-type', 'application/problem+json');
  return context.body(JSON.stringify(problemDocument(refusal, context.get('requestId') ?? '')), refusal.status);
}

interface ReadResult {
  value: unknown;
  errors: FieldError[];
}
const readNothing: ReadResult = { value: undefined, errors: [] };

function read(shape: z.ZodType | undefined, value: unknown, where: string): ReadResult {
  if (!shape) return readNothing;
  const unsafe = unsafeText(value, where);
  if (unsafe) return { value: undefined, errors: [unsafe] };
  const parsed = shape.safeParse(value);
  if (parsed.success) return { value: parsed.data, errors: [] };
  return {
    value: undefined,
    errors: parsed.error.issues.slice(0, 100).map((issue) => ({
      path: shortened((issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path).join('.')),
      code: issue.code.replaceAll('_', '-'),
      message: issue.code === 'unrecognized_keys' ? `"${issue.keys[0]?.slice(0, 60)}" is not something this takes.` : issue.message,
    })),
  };
}

/** A name may be as long as the body: an answer repeats only so much of it. */
const shortened = (path: string) => path.slice(0, 200);

function readBody(shape: z.ZodType | undefined, raw: string | undefined): ReadResult {
  if (!shape) return readNothing;
  let value: unknown;
  try {
    value = JSON.parse(raw || '{}');
  } catch {
    return { value: undefined, errors: [{ path: '', code: 'not-json', message: 'The request is not readable JSON.' }] };
  }
  return read(shape, value, 'body');
}

const deepest = 20;

/**
 * NUL can't be stored by PostgreSQL and a lone surrogate can't be sent to it: both are refused at the door, not as a 500. So is
 * what is nested deeper than anything we take: 64 kB of brackets would be more than the stack holds.
 */
function unsafeText(value: unknown, path: string, depth = 0): FieldError | null {
  if (typeof value === 'string') {
    return value.includes('\0') || !value.isWellFormed()
      ? { path: shortened(path), code: 'unsafe-text', message: 'This holds a character that is not text. Delete it and type it again.' }
      : null;
  }
  if (value && typeof value === 'object') {
    if (depth === deepest) return { path: shortened(path), code: 'too-deep', message: 'This is nested deeper than anything here.' };
    for (const [key, inner] of Object.entries(value)) {
      const found = unsafeText(key, path) ?? unsafeText(inner, depth === 0 ? key : `${path}.${key}`, depth + 1);
      if (found) return found;
    }
  }
  return null;
}

/** The OpenAPI 3.1 document of what the door really opens, made from the same shapes that check each request. */
export function openApiDocument(operations: readonly Documented[]): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  const problem = { $ref: '#/components/schemas/Problem' };
  for (const operation of operations) {
    const { request = {}, rights } = operation;
    const statuses = new Map<number, string[]>();
    const may = (status: number, code: string) => statuses.set(status, [...(statuses.get(status) ?? []), code]);
    if (rights.who !== 'anyone') may(401, 'signed-out');
    if (rights.who !== 'anyone' || request.params) may(404, 'not-found');
    if (request.query || request.body) may(422, 'bad-input');
    if (operation.method !== 'get') {
      may(400, 'bad-idempotency-key');
      may(403, 'other-origin');
      may(415, 'not-json');
      may(413, 'too-large');
      may(408, 'too-slow');
      may(422, 'idempotency-mismatch');
    }
    if (operation.limit) may(429, 'too-many');
    may(503, 'busy');
    for (const refusal of operation.refusals ?? []) may(refusal.status, refusal.code);
    const responses: Record<string, unknown> = {
      [operation.status]: {
        description: operation.summary,
        ...((operation.response ?? operation.download) && {
          content: {
            ...(operation.response && { 'application/json': { schema: jsonSchema(operation.response, 'output') } }),
            ...(operation.download && { [operation.download]: { schema: { type: 'string' } } }),
          },
        }),
      },
    };
    for (const [status, codes] of statuses) {
      responses[status] = { description: [...new Set(codes)].join(', '), content: { 'application/problem+json': { schema: problem } } };
    }
    (paths[operation.path] ??= {})[operation.method] = {
      operationId: `${operation.method}${operation.path.replace('/api/v1', '').replaceAll(/[^A-Za-z]+(\w)?/g, (_, letter: string) => (letter ?? '').toUpperCase())}`,
      summary: operation.summary,
      'x-rights': rights,
      parameters: [...parametersOf(request.params, 'path'), ...parametersOf(request.query, 'query')],
      ...(request.body && {
        requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(request.body, 'input') } } },
      }),
      ...(operation.contentType && {
        requestBody: { required: true, content: { [operation.contentType]: { schema: { type: 'string' } } } },
      }),
      responses,
    };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Homeward', version: '1', description: 'Shifts, bookings and training shared between mental-health trusts.' },
    paths,
    components: {
      schemas: {
        Problem: {
          type: 'object',
          required: ['title', 'status', 'code', 'requestId'],
          properties: {
            type: { type: 'string' },
            title: { type: 'string' },
            status: { type: 'integer' },
            code: { type: 'string' },
            requestId: { type: 'string' },
            errors: {
              type: 'array',
              items: {
                type: 'object',
                required: ['path', 'code', 'message'],
                properties: { path: { type: 'string' }, code: { type: 'string' }, message: { type: 'string' } },
              },
            },
          },
        },
      },
    },
  };
}

type Json = Record<string, unknown>;
const jsonSchema = (shape: z.ZodType, io: 'input' | 'output') => {
  const { $schema: _, ...schema } = z.toJSONSchema(shape, { io, unrepresentable: 'any' }) as Json;
  return schema;
};

function parametersOf(shape: z.ZodType | undefined, place: 'path' | 'query'): Json[] {
  if (!shape) return [];
  const schema = jsonSchema(shape, 'input') as { properties?: Record<string, Json>; required?: string[] };
  return Object.entries(schema.properties ?? {}).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || (schema.required ?? []).includes(name),
    schema: property,
  }));
}
