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
      // A real browser against the whole program, one story after the other: two cores do not carry two browsers.
      { test: { name: 'stories', include: ['web/stories/**/*.story.ts'], fileParallelism: false, testTimeout: 60_000, ...database } },
    ],
  },
});
