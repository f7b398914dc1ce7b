import type { Control, Controls } from './control.ts';

const file = 'tests/sockets.test.ts';
const sockets = 'api/src/platform/sockets.ts';
const outlet = 'api/src/platform/outlet.ts';
const live = 'api/src/platform/live.ts';

const broken: Control[] = [
  {
    broken: 'nobody looks how much waits for a reader',
    edits: [{ file: outlet, find: 'if (this.backlogBytes > this.#mostBytes) return this.#overflow();', replace: '' }],
    caughtBy: { file, test: 'a reader that stops reading' },
  },
  {
    broken: 'nobody looks how long something has waited for a reader',
    edits: [{ file: sockets, find: 'if ((one.slowSince ??= Date.now()) < Date.now() - longestBacklogMs)', replace: 'if (Date.now() < 0)' }],
    caughtBy: { file, test: 'a reader for whom nothing new comes' },
    env: { HOMEWARD_PATIENT: '1' },
  },
  {
    broken: 'a message may be as large as it likes',
    edits: [{ file: sockets, find: 'maxHttpBufferSize: mostMessageBytes,', replace: 'maxHttpBufferSize: 1_000_000_000,' }],
    caughtBy: { file, test: 'what no screen sends' },
  },
  {
    broken: 'a message may come in any number of pieces',
    edits: [{ file: sockets, find: 'maxFragments: 4, maxBufferedChunks: 64', replace: '' }],
    caughtBy: { file, test: 'what no screen sends' },
  },
  {
    broken: 'a client may say anything',
    edits: [{ file: sockets, find: "if (!isAsking && !(typeof data === 'string' && /^[12]/.test(data))) cutOff(stranger);", replace: '' }],
    caughtBy: { file, test: 'what no screen sends' },
  },
  {
    broken: 'whoever shows no session is let in',
    edits: [
      {
        file: sockets,
        find: "if (!scope || !token) return refuse('signed-out');",
        replace:
          "if (!scope || !token) { socket.data = { scope: { accountId: '00000000-0000-4000-8000-000000000000', name: '', email: '', workerId: null, personId: null, grants: [] }, sessionHash: Buffer.alloc(32) } as never; return next(); }",
      },
    ],
    caughtBy: { file, test: 'without a session' },
  },
  {
    broken: 'whoever was refused may stay',
    edits: [{ file: sockets, find: 'setTimeout(() => cutOff(stranger), refusedMs);', replace: '' }],
    caughtBy: { file, test: 'without a session' },
  },
  {
    broken: 'whoever comes back goes on from now, wherever they were',
    edits: [
      {
        file: live,
        find: 'const after = from.after === undefined || resync ? this.#position : from.after;\n        const isCatchingUp',
        replace: 'const after = this.#position;\n        const isCatchingUp',
      },
    ],
    caughtBy: { file, test: 'lose their line' },
  },
  {
    broken: 'whoever is far behind is told the newest first',
    edits: [{ file: live, find: 'const isCatchingUp = this.#position - after > nearby;', replace: 'const isCatchingUp = false;' }],
    caughtBy: { file, test: 'a thousand events behind' },
  },
];

export const controls: Controls = () => broken;
