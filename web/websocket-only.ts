import type { Plugin } from 'vite';

/** Our feed speaks websocket and nothing else: the client library's other ways to connect are left out of what a phone has to fetch. */
export function websocketOnly(): Plugin {
  const id = '\0websocket-only';
  return {
    name: 'websocket-only',
    enforce: 'pre',
    resolveId(source, importer) {
      if (source === './transports/index.js' && importer?.includes('/engine.io-client/')) return `${id}:${importer}`;
      return null;
    },
    load(resolved) {
      if (!resolved.startsWith(id)) return null;
      const folder = resolved.slice(id.length + 1).replace(/[^/]+$/, '');
      return `import { WS } from ${JSON.stringify(`${folder}transports/websocket.js`)};\nexport const transports = { websocket: WS };`;
    },
  };
}
