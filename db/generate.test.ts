import { expect, test } from 'vitest';
import { describeDatabase, outOfDate } from './generate.ts';
import { testDatabase } from './test-database.ts';

const { url } = await testDatabase();

test('types.ts and schema.sql say what the migrations make', async () => {
  expect(outOfDate(await describeDatabase(url)), 'run: npm run check -- --generate').toEqual([]);
});
