import { sql, type Kysely } from 'kysely';
import { expect, test } from 'vitest';
import { migrateToLatest, migrator } from '@homeward/db/migrate.ts';
import { testDatabase } from '@homeward/db/test-database.ts';
import type { DB } from '@homeward/db/types.ts';
import { brokenInvariants, verifyStream } from '../api/src/assurance/queries.ts';
import { recomputedSample } from '../api/src/assurance/record-queries.ts';
import { retakenSample } from '../api/src/placements/queries.ts';
import { isFull, noteFigures, seed } from './figures.ts';
import { startHomeward } from './homeward.ts';
import { keptRelease, releaseNames, type KeptTable } from './releases/release.ts';

// Test I of the programme: every release upgrades with its data. Each was kept as its own code left it (tests/releases/make.ts).

/** `table.column`: what a migration means to change of what was there, and why. Everything else must stay to the letter. */
const meantToChange: Record<string, string> = {};

const sampled = isFull ? 100_000 : 25;

// The oldest passes every migration there has been since.
test.each(isFull ? releaseNames : releaseNames.slice(0, 1))(
  'release %s is brought up to now: what was there is the same, and nothing is as it must never be',
  async (name) => {
    // given a database as that release left it
    const release = keptRelease(name);
    const { db, url } = await testDatabase({ unmigrated: true, max: 2 });
    await bringTo(db, release.migrations.at(-1)!);
    expect(await applied(db)).toEqual(release.migrations);
    await load(db, release.tables);
    for (const kept of release.tables) expect(await rowsOf(db, kept, kept.columns)).toEqual(kept.rows);
    const before = new Map<string, string[]>();
    for (const kept of release.tables) before.set(kept.table, await rowsOf(db, kept, staying(kept)));

    // when this version finds it
    const migrations = await migrateToLatest(db);

    // then every row is there, with the values it had
    const changed: string[] = [];
    for (const kept of release.tables) {
      const now = await rowsOf(db, kept, staying(kept));
      changed.push(...differences(kept.table, before.get(kept.table)!, now));
    }
    expect(changed).toEqual([]);
    // and what must never be isn't
    expect(await brokenInvariants(db)).toEqual([]);
    const stream = await verifyStream(db);
    expect(stream.brokenAt).toBeNull();
    const decisions = await recomputedSample(db, { seed: String(seed), size: sampled });
    expect(decisions.different).toEqual([]);
    const matches = await retakenSample(db, { seed: String(seed), size: sampled });
    expect(matches.different).toEqual([]);
    noteFigures('I', {
      [`rows of release ${name} held against what they were`]: release.tables.reduce((sum, { rows }) => sum + rows.length, 0),
      [`migrations since release ${name}`]: migrations.length,
      [`decisions and matches of release ${name} taken again`]: decisions.taken + matches.taken,
    });
    if (isFull) await serves(url);
  },
  60_000,
);

async function bringTo(db: Kysely<DB>, migration: string): Promise<void> {
  const { error } = await migrator(db).migrateTo(migration);
  if (error) throw error instanceof Error ? error : new Error(JSON.stringify(error));
}

async function applied(db: Kysely<DB>): Promise<string[]> {
  return (await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)).rows.map((row) => row.name);
}

/** As a restore does: tables after those they refer to, which is checked, while what acts set off stays quiet. */
async function load(db: Kysely<DB>, tables: KeptTable[]): Promise<void> {
  await db.transaction().execute(async (trx) => {
    for (const { table } of tables.toReversed()) {
      await sql`alter table ${sql.table(table)} disable trigger user`.execute(trx);
      await sql`delete from ${sql.table(table)}`.execute(trx);
    }
    for (const { table, rows } of tables) {
      await sql`insert into ${sql.table(table)} select (kept.one).* from
        (select r::${sql.table(table)} as one from unnest(${rows}::text[]) r offset 0) kept`.execute(trx);
    }
    for (const { table } of tables) await sql`alter table ${sql.table(table)} enable trigger user`.execute(trx);
  });
}

const staying = ({ table, columns }: KeptTable) => columns.filter((column) => !meantToChange[`${table}.${column}`]);

async function rowsOf(db: Kysely<DB>, { table }: KeptTable, columns: string[]): Promise<string[]> {
  const { rows } = await sql<{ row: string }>`select row(${sql.join(columns.map((column) => sql.ref(column)))})::text as row
    from ${sql.table(table)} order by 1`.execute(db);
  return rows.map(({ row }) => row);
}

/** The first rows of a table that went, came or changed. */
function differences(table: string, before: string[], now: string[]): string[] {
  const [was, is] = [new Set(before), new Set(now)];
  const gone = before.filter((row) => !is.has(row)).map((row) => `${table} no longer has ${row.slice(0, 300)}`);
  const come = now.filter((row) => !was.has(row)).map((row) => `${table} now has ${row.slice(0, 300)}`);
  const count = before.length === now.length ? [] : [`${table} had ${before.length} rows and has ${now.length}`];
  return [...count, ...gone.slice(0, 3), ...come.slice(0, 3)];
}

/** The program itself starts on what was brought up, and somebody of that release signs in and finds their bookings. */
async function serves(url: string): Promise<void> {
  const home = await startHomeward({ url });
  try {
    expect(await (await fetch(`${home.url}/readyz`)).text()).toBe('ready');
    const body = JSON.stringify({ email: 'rgd-0001@demo.example', password: 'homeward-demo' });
    const headers = { 'content-type': 'application/json' };
    const signedIn = await fetch(`${home.url}/api/v1/session`, { method: 'POST', headers, body });
    expect(signedIn.status).toBeLessThan(300);
    const cookie = signedIn.headers.getSetCookie()[0]!.split(';')[0]!;
    const bookings = (await (await fetch(`${home.url}/api/v1/me/bookings`, { headers: { cookie } })).json()) as { items: unknown[] };
    expect(bookings.items.length).toBeGreaterThan(0);
  } finally {
    await home.kill('SIGTERM');
  }
}
