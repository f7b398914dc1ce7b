import { sql, type Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';

/**
 * Gives the stream a new epoch where the database is another than the one it was counted in: put back from a dump, or a standby
 * that took over. Offsets after such a change may mean other events, so every page must load afresh (contract, section 3).
 * PostgreSQL's system identifier changes with a restore, its timeline with a point-in-time recovery or a promotion. The timeline
 * is read from where it writes now: its control file says the new one only after the next checkpoint. Fails where nobody may write.
 */
export async function keepEpoch(db: Kysely<DB>): Promise<void> {
  await sql`update stream set epoch = case when stream.cluster = '' then stream.epoch else gen_random_uuid() end, cluster = now_in.cluster
    from (select s.system_identifier || '/' || ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int || '/' || current_database() as cluster
      from pg_control_system() s) now_in
    where stream.cluster <> now_in.cluster`.execute(db);
}
