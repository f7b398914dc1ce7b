import type { Handle, HandleFetch } from '@sveltejs/kit/hooks';

interface WithApi {
  req?: { api?: (request: Request) => Promise<Response> };
}

// The page is drawn here and wakes up in the browser from the same answers, with the place in the stream they were taken at.
const keptHeaders = new Set(['homeward-epoch', 'homeward-offset', 'content-type']);

export const handle: Handle = async ({ event, resolve }) => {
  const response = await resolve(event, { filterSerializedResponseHeaders: (name) => keptHeaders.has(name) });
  // Pages hold personal data: no shared computer and no proxy keeps them.
  if (response.headers.get('content-type')?.startsWith('text/html')) response.headers.set('cache-control', 'no-store');
  return response;
};

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
