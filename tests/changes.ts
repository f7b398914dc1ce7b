import { sql, type Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';

/**
 * Counts every row that is committed as new, changed or gone, in any table but those excepted. The answer tells how many so far: the same
 * twice is nothing written between. Asking costs a fraction of counting the tables.
 */
export async function watchChanges(db: Kysely<DB>, except: (keyof DB)[] = []): Promise<() => Promise<number>> {
  const left = except.map((table) => table.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
  await sql
    .raw(
      `
    create schema watched;
    create table watched.change (id bigint generated always as identity primary key);
    create function watched.note() returns trigger language plpgsql as $$ begin insert into watched.change default values; return null; end $$;
    do $$ declare one text; begin
      for one in select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> all('{${left.join()}}') loop
        execute format('create trigger a_change_is_noted after insert or update or delete on %I for each row execute function watched.note()', one);
      end loop;
    end $$`,
    )
    .execute(db);
  return async () => (await sql<{ count: number }>`select coalesce(max(id), 0) as count from watched.change`.execute(db)).rows[0]!.count;
}
