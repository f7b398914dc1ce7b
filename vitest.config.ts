import { defineConfig } from 'vitest/config';

const database = { globalSetup: ['tests/cluster.ts'], hookTimeout: 60_000 };

export default defineConfig({
  test: {
    projects: [
      // Pure functions: no database, no network, all at once.
      { test: { name: 'unit', include: ['shared/**/*.test.ts', 'scripts/**/*.test.ts'] } },
      // Each file in a process of its own, with a database of its own.
      {
        test: {
          name: 'integration',
          include: ['api/**/*.test.ts', 'db/**/*.test.ts', 'tests/**/*.test.ts'],
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: 20_000,
          ...database,
        },
      },
      // A real browser against the whole program, after everything else and two files at a time: one story waits more than it works.
      {
        test: {
          name: 'stories',
          include: ['web/stories/**/*.story.ts'],
          pool: 'forks',
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          expect: { poll: { timeout: 10_000 } },
          ...database,
          globalSetup: [...database.globalSetup, 'web/stories/browser.ts'],
        },
      },
    ],
  },
});
