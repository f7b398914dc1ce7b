import type { Plugin } from 'vite';

/** Code that our pages never run in a browser, and a phone on a bus would fetch all the same; and what plainer means do as well. */
const leftOut = [
  // Our feed speaks websocket and nothing else…
  {
    of: 'engine.io-client',
    file: /(polling|webtransport)[-.\w]*\.js$/,
    instead: 'export class XHR {}\nexport class Fetch {}\nexport class WT {}',
  },
  // …and says everything in text.
  {
    of: 'socket.io-parser',
    file: /\/is-binary\.js$/,
    instead: 'export const isBinary = () => false;\nexport const hasBinary = () => false;',
  },
  {
    of: 'socket.io-parser',
    file: /\/binary\.js$/,
    instead:
      'export const deconstructPacket = (packet) => ({ packet, buffers: [] });\nexport const reconstructPacket = (packet) => packet;',
  },
  // What our pages leave for who comes back to them (`snapshot`) is plain JSON, and none of them loads data by the framework's server.
  { of: '@sveltejs/kit', file: /^devalue$/, instead: 'export const { stringify, parse } = JSON;\nexport const [unflatten, uneval] = [];' },
  { of: 'engine.io-parser', file: /\/base64-arraybuffer\.js$/, instead: 'export const decode = () => new ArrayBuffer(0);' },
];

export function leaveOut(): Plugin {
  const mark = '\0left-out:';
  return {
    name: 'leave-out',
    enforce: 'pre',
    applyToEnvironment: (environment) => environment.name === 'client',
    resolveId(source, importer) {
      const index = leftOut.findIndex(({ of, file }) => file.test(source) && importer?.includes(`/${of}/`));
      return index === -1 ? null : `${mark}${index}`;
    },
    load: (id) => (id.startsWith(mark) ? leftOut[Number(id.slice(mark.length))]!.instead : null),
  };
}
