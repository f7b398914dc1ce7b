import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { isMigrated, migrateToLatest } from './migrate.ts';
import { testDatabase } from './test-database.ts';

test('a migrated database has nothing left to apply, however many ask at once', async () => {
  const { db } = await testDatabase();
  expect(await isMigrated(db)).toBe(true);
  expect(await Promise.all([migrateToLatest(db), migrateToLatest(db)])).toEqual([[], []]);
});

test('a database from a newer version is refused in a sentence', async () => {
  const { db } = await testDatabase();
  await sql`insert into kysely_migration (name, timestamp) values ('29990101000000_tomorrow', '')`.execute(db);
  await expect(migrateToLatest(db)).rejects.toThrow('made by a newer version of Homeward: it has the migration 29990101000000_tomorrow');
});
