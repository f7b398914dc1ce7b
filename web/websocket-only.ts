import type { Plugin } from 'vite';

const isOther = /(polling|webtransport)[-.\w]*\.js$/;

/** Our feed speaks websocket and nothing else: the client library's other ways to connect are left out of what a phone has to fetch. */
export function websocketOnly(): Plugin {
  const none = '\0no-other-transport';
  return {
    name: 'websocket-only',
    enforce: 'pre',
    resolveId: (source, importer) => (isOther.test(source) && importer?.includes('engine.io-client') ? none : null),
    load: (id) => (id === none ? 'export class XHR {}\nexport class Fetch {}\nexport class WT {}' : null),
  };
}
