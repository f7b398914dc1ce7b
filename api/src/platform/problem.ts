/** What a command answers when it expectedly won't: a value, never an exception. `more` is added to the problem document. */
export interface Refusal {
  status: 400 | 401 | 403 | 404 | 408 | 409 | 413 | 415 | 422 | 429 | 503;
  code: string;
  title: string;
  errors?: FieldError[];
  more?: Record<string, unknown>;
  retryAfterSeconds?: number;
}
export interface FieldError {
  path: string;
  code: string;
  message: string;
}

export type Result<T> = { ok: true; value: T } | { ok: false; refusal: Refusal };

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });

export function refuse(
  status: Refusal['status'],
  code: string,
  title: string,
  rest: Omit<Refusal, 'status' | 'code' | 'title'> = {},
): { ok: false; refusal: Refusal } {
  return { ok: false, refusal: { status, code, title, ...rest } };
}

/** Forbidden and missing look the same, so that nobody learns what exists by asking (quality, section 4). */
export const notHere = () => refuse(404, 'not-found', 'This is not here, or it is not yours to see.');

export const badInput = (errors: FieldError[]) =>
  refuse(422, 'bad-input', errors.length === 1 ? errors[0]!.message : `${errors.length} things need to be put right.`, { errors });

/** For one who waited for others too long: what they asked was not begun, or may still be done, so it is asked again with its key. */
export const busy = () => refuse(503, 'busy', 'Many people are doing this at once. Try again in a moment.', { retryAfterSeconds: 1 });

/** RFC 9457. Never holds a stack, SQL or a path of the machine: only what the refusal says. */
export function problemDocument(refusal: Refusal, requestId: string): Record<string, unknown> {
  const { status, code, title, errors, more } = refusal;
  return { ...more, type: 'about:blank', title, status, code, requestId, ...(errors && { errors }) };
}
