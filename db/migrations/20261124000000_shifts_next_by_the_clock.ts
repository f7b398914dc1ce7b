import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  // The sweep asks every five seconds, in every process, which open shifts have opened to a wider circle. Among 200,000 it read each one.
  await sql
    .raw(
      `
    create index shift_open_by_widening on shift (
      (case wave when 'preferred' then preferred_until when 'regulars' then home_trust_at when 'home-trust' then collaborative_at end))
      where status = 'open' and wave <> 'collaborative';
  `,
    )
    .execute(db);
}
