// Writes db/types.ts (what TypeScript knows of the tables) and db/schema.sql (what a reviewer reads) from a database that
// has just been migrated: `node db/generate.ts`. With --verify it writes nothing and exits 1 when the committed ones differ.
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { generate, PostgresDialect as PostgresCodegen } from 'kysely-codegen';
import pg from 'pg';
import { startEmbedded } from './embedded.ts';
import { migrateToLatest } from './migrate.ts';
import type { DB } from './types.ts';

const FILES = { types: join(import.meta.dirname, 'types.ts'), schema: join(import.meta.dirname, 'schema.sql') };

export interface Description {
  types: string;
  schema: string;
}

/** The names among types.ts and schema.sql that no longer say what the migrations make. */
export function outOfDate(made: Description): string[] {
  return Object.entries(FILES)
    .filter(([name, path]) => readFileSync(path, 'utf8') !== made[name as keyof Description])
    .map(([, path]) => path.slice(path.lastIndexOf('db')));
}

/** Without the plugin of connect.ts, because kysely-codegen reads the catalogue by its own column names. */
function open(url: string): Kysely<DB> {
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  // The server stops a moment after the last answer, and a connection that is still closing then must not end us.
  pool.on('error', () => {});
  pool.on('connect', (client) => void client.on('error', () => {}));
  return new Kysely<DB>({ dialect: new PostgresDialect({ pool }) });
}

/** Describes the migrated database at `url`. */
export async function describeDatabase(url: string): Promise<Description> {
  const db = open(url);
  try {
    const types = await generate({
      db,
      dialect: new PostgresCodegen({ dateParser: 'string' }),
      camelCase: true,
      excludePattern: 'kysely_*',
      typeMapping: { int8: 'number' }, // connect.ts parses it so
    });
    return { types, schema: await schemaOf(db) };
  } finally {
    await db.destroy();
  }
}

interface Column {
  table: string;
  name: string;
  type: string;
  required: boolean;
  expression: string | null;
  generated: string;
  identity: string;
}

/** Asked of the catalogue rather than of pg_dump, which is not among the binaries and words things differently in each version. */
async function schemaOf(db: Kysely<DB>): Promise<string> {
  const extensions = await texts(
    db,
    sql`select format('create extension %s;', extname) as text from pg_extension where extname <> 'plpgsql' order by extname`,
  );
  const types = await texts(
    db,
    sql`select format('create type %s as enum (%s);', t.typname, string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder)) as text
        from pg_type t join pg_enum e on e.enumtypid = t.oid where t.typnamespace = 'public'::regnamespace group by t.typname
        union all
        select format('create domain %s as %s%s%s;', t.typname, format_type(t.typbasetype, t.typtypmod), case when t.typnotnull then ' not null' else '' end,
          (select string_agg(format(' constraint %I %s', c.conname, pg_get_constraintdef(c.oid)), '' order by c.conname) from pg_constraint c where c.contypid = t.oid and c.contype = 'c'))
        from pg_type t where t.typtype = 'd' and t.typnamespace = 'public'::regnamespace
        order by 1`,
  );
  const functions = await texts(
    db,
    sql`select pg_get_functiondef(p.oid) || ';' as text from pg_proc p
        where p.pronamespace = 'public'::regnamespace and p.prokind in ('f', 'p')
          and not exists (select from pg_depend d where d.objid = p.oid and d.classid = 'pg_proc'::regclass and d.deptype = 'e')
        order by p.proname, p.oid::regprocedure::text`,
  );
  const views = await texts(
    db,
    sql`select format(E'create view %I as\n%s', viewname, definition) as text from pg_views where schemaname = 'public' order by viewname`,
  );
  return `-- Made by db/generate.ts from the migrations; read it, but do not edit it.\n\n${[...extensions, ...types, ...(await tables(db)), ...views, ...functions].join('\n\n')}\n`;
}

async function tables(db: Kysely<DB>): Promise<string[]> {
  const { rows: columns } = await sql<Column>`
    select c.relname as table, a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as required,
      pg_get_expr(d.adbin, d.adrelid) as expression, a.attgenerated::text as generated, a.attidentity::text as identity
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relname not like 'kysely\\_%'
    order by c.relname, a.attnum`.execute(db);
  const constraints = await byTable(
    db,
    sql`select conrelid::regclass::text as table, format('  constraint %I %s', conname, pg_get_constraintdef(oid)) as text
        from pg_constraint where connamespace = 'public'::regnamespace and conrelid <> 0 and contype not in ('n', 't')
        order by array_position(array['p', 'u', 'f', 'c', 'x'], contype::text), conname`,
  );
  const indexes = await byTable(
    db,
    sql`select i.indrelid::regclass::text as table, pg_get_indexdef(i.indexrelid) || ';' as text from pg_index i join pg_class c on c.oid = i.indexrelid
        where c.relnamespace = 'public'::regnamespace and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
        order by c.relname`,
  );
  const triggers = await byTable(
    db,
    sql`select t.tgrelid::regclass::text as table, pg_get_triggerdef(t.oid) || ';' as text from pg_trigger t where not t.tgisinternal order by t.tgname`,
  );
  const comments = await byTable(
    db,
    sql`select c.oid::regclass::text as table, case when d.objsubid = 0 then format('comment on table %s is %L;', c.oid::regclass, d.description)
          else format('comment on column %s.%I is %L;', c.oid::regclass, a.attname, d.description) end as text
        from pg_description d join pg_class c on c.oid = d.objoid and d.classoid = 'pg_class'::regclass left join pg_attribute a on a.attrelid = c.oid and a.attnum = d.objsubid
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by d.objsubid`,
  );
  return [...Map.groupBy(columns, (column) => column.table)].map(([table, own]) => {
    const inside = [...own.map(columnText), ...(constraints.get(table) ?? [])].join(',\n');
    const after = [comments, indexes, triggers].flatMap((each) => each.get(table) ?? []);
    return [`create table ${table} (\n${inside}\n);`, ...after].join('\n');
  });
}

function columnText({ name, type, required, expression, generated, identity }: Column): string {
  const value =
    expression === null
      ? ''
      : generated
        ? ` generated always as (${expression}) ${generated === 'v' ? 'virtual' : 'stored'}`
        : ` default ${expression}`;
  const counted = identity ? ` generated ${identity === 'a' ? 'always' : 'by default'} as identity` : '';
  return `  ${name} ${type}${required ? ' not null' : ''}${value}${counted}`;
}

type Question = ReturnType<typeof sql<{ table: string; text: string }>>;

async function texts(db: Kysely<DB>, question: ReturnType<typeof sql>): Promise<string[]> {
  return (await (question as Question).execute(db)).rows.map((row) => row.text);
}

async function byTable(db: Kysely<DB>, question: ReturnType<typeof sql>): Promise<Map<string, string[]>> {
  const { rows } = await (question as Question).execute(db);
  return new Map([...Map.groupBy(rows, (row) => row.table)].map(([table, own]) => [table, own.map((row) => row.text)]));
}

/** A server of its own for a few seconds, so that nobody's database is ever the model. */
async function describeMigrations(): Promise<Description> {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-generate-'));
  chmodSync(folder, 0o755); // the database runs as another account when we are root
  const server = await startEmbedded({ dataDir: join(folder, 'postgres'), durable: false });
  try {
    const db = open(server.url);
    await migrateToLatest(db).finally(() => db.destroy());
    return await describeDatabase(server.url);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const made = await describeMigrations();
  if (process.argv.includes('--verify')) {
    const stale = outOfDate(made);
    if (stale.length > 0) console.error(`${stale.join(' and ')} no longer match the migrations. Run: npm run check -- --generate`);
    process.exit(stale.length > 0 ? 1 : 0);
  }
  writeFileSync(FILES.types, made.types);
  writeFileSync(FILES.schema, made.schema);
}
