import type { Controls } from './control.ts';

const caughtBy = { file: 'tests/disk-full.test.ts' };
const env = { HOMEWARD_FULL: '1' };

export const controls: Controls = () => [
  {
    broken: 'a disk that is full is an error of ours',
    edits: [{ file: 'api/src/platform/away.ts', find: "new Set(['08', '53'])", replace: "new Set(['08'])" }],
    caughtBy,
    env,
  },
  {
    broken: 'a database that stopped for want of room is not started again',
    edits: [{ file: 'db/embedded.ts', find: 'current.onExit(() => void (restarting = restart()));', replace: 'void restart;' }],
    caughtBy,
    env,
  },
];
