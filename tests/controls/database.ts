import type { Controls } from './control.ts';

const file = 'tests/database-away.test.ts';

export const controls: Controls = () => [
  {
    broken: 'a connection that dies while it is used has nobody listening to its error',
    edits: [{ file: 'db/connect.ts', find: "  pool.on('connect', (client) => void client.on('error', onLost));\n", replace: '' }],
    caughtBy: { file, test: 'every backend' },
  },
  {
    broken: 'a connection that dies while nobody uses it has nobody listening to its error',
    edits: [{ file: 'db/connect.ts', find: "  pool.on('error', onLost);\n", replace: '' }],
    caughtBy: { file, test: 'every backend|line is cut' },
  },
  {
    broken: 'a database that has fallen silent is waited for',
    edits: [{ file: 'api/src/platform/live.ts', find: '        cutConnections(this.#db);\n', replace: '' }],
    caughtBy: { file, test: 'falls silent' },
  },
  {
    broken: 'a transaction whose process has gone silent keeps its locks',
    edits: [
      { file: 'db/connect.ts', find: 'idle_in_transaction_session_timeout: 5_000', replace: 'idle_in_transaction_session_timeout: 60_000' },
    ],
    caughtBy: { file, test: 'falls silent' },
    env: { HOMEWARD_FULL: '1' },
  },
  {
    broken: 'somebody’s use of a session must be noted before they may read',
    edits: [{ file: 'api/src/platform/session.ts', find: 'if (!isDatabaseAway(error)) throw error;', replace: 'throw error;' }],
    caughtBy: { file, test: 'read and not written' },
    env: { HOMEWARD_FULL: '1' },
  },
  {
    broken: 'a database that takes no writes is an error of ours',
    edits: [{ file: 'api/src/platform/away.ts', find: ", '25006'", replace: '' }],
    caughtBy: { file, test: 'read and not written' },
    env: { HOMEWARD_FULL: '1' },
  },
  {
    broken: 'the feed does not look again once a reading of it failed',
    edits: [
      {
        file: 'api/src/platform/live.ts',
        find: '      this.#queued = false;\n      await this.#tellAll();\n',
        replace: '      await this.#tellAll();\n      this.#queued = false;\n',
      },
    ],
    caughtBy: { file, test: 'falls silent' },
  },
  {
    broken: 'it waits for the goodbyes of a database that is away before it stops',
    edits: [
      {
        file: 'api/src/server.ts',
        find: '  await Promise.race([live.stop().then(() => db.destroy()), sleep(goodbyeMs)]);\n',
        replace: '  await live.stop();\n  await db.destroy();\n',
      },
    ],
    caughtBy: { file, test: 'stopped while' },
  },
  {
    broken: 'a request is answered when it can be, however late',
    edits: [{ file: 'api/src/app.ts', find: 'const answerWithinMs = 9000;', replace: 'const answerWithinMs = 9_000_000;' }],
    caughtBy: { file: 'tests/late.test.ts', test: 'in time' },
  },
  {
    broken: 'whoever waits for their turn waits for ever',
    edits: [{ file: 'api/src/platform/turns.ts', find: 'const longestWaitMs = 8000;', replace: 'const longestWaitMs = 8_000_000;' }],
    caughtBy: { file: 'tests/late.test.ts', test: 'eight seconds' },
  },
  {
    broken: 'a standby that took over goes on with the offsets of another',
    edits: [{ file: 'api/src/platform/live.ts', find: '        if (!isFirst) await keepEpoch(this.#db);\n', replace: '' }],
    caughtBy: { file: 'tests/feed.test.ts', test: 'another database has taken over' },
  },
];
