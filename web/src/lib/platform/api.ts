import { error, redirect } from '@sveltejs/kit';
import type { Problem } from '@homeward/shared/kernel/wire.ts';
import type { FormError } from '#lib/ui/ErrorSummary.svelte';

type Fetch = typeof fetch;

/** Where in the stream of events a snapshot was taken: the socket goes on from there. `readAt` is by this device's clock. */
export interface Position {
  epoch: string;
  offset: number;
  readAt: number;
}

export interface Snapshot<T> {
  body: T;
  at: Position | null;
}

/** The server answered, and the answer is no. Nothing was changed. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  readonly body: Problem & Record<string, unknown>;

  constructor(status: number, body: Problem & Record<string, unknown>) {
    super(body.title);
    this.status = status;
    this.code = body.code;
    this.body = body;
  }
}

/** A refusal as a form shows it: beside the fields it names, or over the whole form. */
export function formErrors(refused: unknown): FormError[] {
  if (!(refused instanceof Refused)) throw refused;
  const errors = refused.body.errors ?? [];
  if (errors.length === 0) return [{ message: sentenceOf(refused) }];
  return errors.map(({ path, message }) => ({ field: path.split('.')[0], message }));
}

/** What happened, what was kept, what to do: for the refusals that any call may meet. */
export function sentenceOf(refused: Refused): string {
  if (refused.status === 429) return 'That was a lot in a short time. Wait a minute, then try again.';
  if (refused.status >= 500)
    return `Something went wrong on our side. Look whether it was done before you try again. (${refused.body.requestId})`;
  return refused.message;
}

/** What this page has read, so that on a dropped line one can still go back to what was seen. Kept in memory only; gone with the page. */
const kept = new Map<string, Snapshot<unknown>>();
const mostKept = 30;

function keep(path: string, snapshot: Snapshot<unknown>): void {
  if (typeof window === 'undefined') return;
  kept.delete(path);
  kept.set(path, snapshot);
  if (kept.size > mostKept) kept.delete(kept.keys().next().value!);
}

function positionOf(response: Response): Position | null {
  const epoch = response.headers.get('homeward-epoch');
  const offset = response.headers.get('homeward-offset');
  return epoch && offset ? { epoch, offset: Number(offset), readAt: Date.now() } : null;
}

/** In the browser a read is tried three times before the line counts as dropped. */
async function tryToRead(fetch: Fetch, path: string): Promise<Response | null> {
  for (const wait of typeof window === 'undefined' ? [0] : [0, 400, 1200]) {
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const response = await fetch(`/api/v1${path}`, { headers: { accept: 'application/json' } }).catch(() => null);
    if (response && response.status !== 502 && response.status !== 504) return response;
    if (typeof navigator !== 'undefined' && navigator.onLine === false) return null;
  }
  return null;
}

/** Reads for a page: `const { body, at } = await read<MyShifts>(fetch, '/me/shifts')`. Failures become the designed error page. */
export async function read<T>(fetch: Fetch, path: string): Promise<Snapshot<T>> {
  const snapshot = await readIf<T>(fetch, path);
  if (!snapshot) error(404, 'This is not here, or it is not yours to see.');
  return snapshot;
}

/** As `read`, but null where there is nothing: for what may rightly be missing. */
export async function readIf<T>(fetch: Fetch, path: string): Promise<Snapshot<T> | null> {
  const response = await tryToRead(fetch, path);
  if (response?.status === 401)
    redirect(303, typeof window === 'undefined' ? '/' : `/?next=${encodeURIComponent(location.pathname + location.search)}`);
  return snapshotOf<T>(response, path);
}

/** As `read`, but null for somebody who isn't signed in. */
export async function readIfSignedIn<T>(fetch: Fetch, path: string): Promise<Snapshot<T> | null> {
  const response = await tryToRead(fetch, path);
  return response?.status === 401 ? null : snapshotOf<T>(response, path);
}

async function snapshotOf<T>(response: Response | null, path: string): Promise<Snapshot<T> | null> {
  // What was seen before stays in sight, with its age; the feed brings it up to date from where it was.
  const before = !response || response.status >= 500 ? kept.get(path) : undefined;
  if (before) return before as Snapshot<T>;
  if (!response) error(503, 'offline');
  if (response.status === 404) return null;
  if (!response.ok) {
    const problem = (await response.json().catch(() => null)) as Problem | null;
    error(response.status, problem?.title ?? 'Something went wrong on our side.');
  }
  const snapshot = { body: (await response.json()) as T, at: positionOf(response) };
  keep(path, snapshot);
  return snapshot;
}

/** What makes one act one act, however often it is sent. */
export const newKey = (): string =>
  // Only a secure page has randomUUID; a phone on the ward's own network may come by plain http.
  crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

export interface ActOptions {
  /** Keeps one key over a reload of the page; otherwise each call has its own. */
  key?: string;
  /** Called while the outcome isn't known, with the words to show. Never say "failed" then: it may have been done. */
  unsure?: (words: string) => void;
  signal?: AbortSignal;
}

/**
 * Does something. The answer is known or it is asked for again: a request whose outcome is unknown (no answer, or none that
 * tells) is sent again with the same Idempotency-Key, under which the server does it once and repeats what it answered.
 */
export async function act<T>(
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  options: ActOptions = {},
): Promise<T> {
  const { key = newKey(), unsure, signal } = options;
  const init: RequestInit = {
    method,
    headers: { accept: 'application/json', 'content-type': 'application/json', 'idempotency-key': key },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal,
  };
  for (let attempt = 1; ; attempt++) {
    const answer = await answerOf<T>(`/api/v1${path}`, init, attempt);
    if (answer.known) {
      if (answer.refused) throw answer.refused;
      return answer.value as T;
    }
    signal?.throwIfAborted();
    unsure?.(
      navigator.onLine === false
        ? 'You are offline. We will check as soon as you are back.'
        : attempt < 4
          ? 'Checking…'
          : 'Still checking. We keep asking until we know.',
    );
    await untilNextTry(attempt, answer.waitSeconds, signal);
  }
}

type Answer<T> = { known: true; value?: T; refused?: Refused } | { known: false; waitSeconds: number };

async function answerOf<T>(url: string, init: RequestInit, attempt: number): Promise<Answer<T>> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, init);
    // An answer that breaks off is no answer.
    text = await response.text();
  } catch {
    return { known: false, waitSeconds: 0 };
  }
  if (response.ok) return { known: true, value: text ? (JSON.parse(text) as T) : undefined };
  const waitSeconds = Number(response.headers.get('retry-after') ?? 0);
  const isGateway = response.status === 502 || response.status === 503 || response.status === 504;
  if (isGateway || (response.status === 500 && attempt < 3)) return { known: false, waitSeconds };
  return { known: true, refused: new Refused(response.status, problemOf(response, text)) };
}

function problemOf(response: Response, text: string): Problem & Record<string, unknown> {
  try {
    return JSON.parse(text) as Problem & Record<string, unknown>;
  } catch {
    const title = 'Something went wrong on our side.';
    return { type: 'about:blank', title, status: response.status, code: 'unknown', requestId: response.headers.get('x-request-id') ?? '' };
  }
}

/** Waits longer each time, up to 8 s, but no longer than until the line comes back. */
function untilNextTry(attempt: number, waitSeconds: number, signal?: AbortSignal): Promise<void> {
  const wait = Math.max(waitSeconds * 1000, Math.min(8000, 500 * 2 ** (attempt - 1)));
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      window.removeEventListener('online', go);
      signal?.removeEventListener('abort', go);
      resolve();
    };
    const timer = setTimeout(go, wait);
    window.addEventListener('online', go);
    signal?.addEventListener('abort', go);
  });
}
