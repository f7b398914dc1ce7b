import { promises as fs } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { sql, type Kysely } from 'kysely';
import { FileMigrationProvider, Migrator } from 'kysely/migration';
import type { DB } from './types.ts';

/** Knows every migration of this version, in order; the program itself only ever goes to the latest. */
export const migrator = (db: Kysely<DB>) =>
  new Migrator({
    db,
    provider: new FileMigrationProvider({
      fs,
      path,
      migrationFolder: path.join(import.meta.dirname, 'migrations'),
      import: (file) => import(pathToFileURL(file).href),
    }),
  });

/**
 * Brings the database up to this version's schema, all or nothing, and answers the names of what it applied.
 * Any number of processes may try at once: the migrator holds an advisory lock, so use a `patient` connection.
 */
export async function migrateToLatest(db: Kysely<DB>): Promise<string[]> {
  await refuseNewerDatabase(db);
  const { error, results = [] } = await migrator(db).migrateToLatest();
  const failed = results.find((result) => result.status === 'Error');
  if (failed) throw new Error(`The migration ${failed.migrationName} failed: ${messageOf(error)}`, { cause: error });
  if (error) throw new Error(`The database could not be migrated: ${messageOf(error)}`, { cause: error });
  return results.map((result) => result.migrationName);
}

/** True when there is nothing left to apply. */
export async function isMigrated(db: Kysely<DB>): Promise<boolean> {
  return (await migrator(db).getMigrations()).every((migration) => migration.executedAt !== undefined);
}

async function refuseNewerDatabase(db: Kysely<DB>): Promise<void> {
  const applied = await appliedNames(db);
  const known = new Set((await migrator(db).getMigrations()).map((migration) => migration.name));
  const unknown = applied.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new Error(
      `This database was made by a newer version of Homeward: it has the migration ${unknown.join(', ')}, which this version does not know. Start the newer version, or use another database.`,
    );
  }
}

async function appliedNames(db: Kysely<DB>): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === 'kysely_migration')) return [];
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  return rows.map((row) => row.name);
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
