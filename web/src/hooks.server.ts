import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Handle, HandleFetch } from '@sveltejs/kit/hooks';

interface WithApi {
  req?: { api?: (request: Request) => Promise<Response> };
}

// The page is drawn here and wakes up in the browser from the same answers, with the place in the stream they were taken at.
const keptHeaders = new Set(['homeward-epoch', 'homeward-offset', 'content-type']);

export const handle: Handle = async ({ event, resolve }) => {
  const response = await resolve(event, { filterSerializedResponseHeaders: (name) => keptHeaders.has(name) });
  if (!response.headers.get('content-type')?.startsWith('text/html')) return response;
  // Pages hold personal data: no shared computer and no proxy keeps them.
  response.headers.set('cache-control', 'no-store');
  return compressed(response, event.request.headers.get('accept-encoding') ?? '');
};

const brotli = promisify(brotliCompress);
const gzipped = promisify(gzip);

/** A page of thirty shifts is 150 kB of much the same words, and 12 kB on the way to a phone. */
async function compressed(response: Response, accepted: string): Promise<Response> {
  const encoding = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : null;
  if (!encoding || response.headers.has('content-encoding')) return response;
  const page = Buffer.from(await response.arrayBuffer());
  const body =
    encoding === 'br' ? await brotli(page, { params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: page.length } }) : await gzipped(page);
  const headers = new Headers(response.headers);
  headers.set('content-encoding', encoding);
  headers.set('content-length', String(body.length));
  headers.append('vary', 'accept-encoding');
  return new Response(new Uint8Array(body), { status: response.status, headers });
}

// A page asks the API by its public address. On the server that call stays inside the process: through the network it would
// leave the machine behind a proxy, and importing the API here would bundle a second copy with a database pool of its own.
export const handleFetch: HandleFetch = async ({ event, request, fetch }) => {
  const api = (event.platform as WithApi | undefined)?.req?.api;
  if (!api || !new URL(request.url).pathname.startsWith('/api/')) return fetch(request);
  const headers = new Headers(request.headers);
  const cookie = event.request.headers.get('cookie');
  if (cookie) headers.set('cookie', cookie);
  // Nothing goes over a line here, so nothing needs to be made small and large again.
  headers.delete('accept-encoding');
  return api(new Request(request, { headers }));
};
