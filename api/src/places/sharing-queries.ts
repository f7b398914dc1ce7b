import { sql, type Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import type { LocalDay } from '@homeward/shared/kernel/local-time.ts';

/**
 * For each of some trusts, the trusts whose wards stand on its board on a day: members of the same collaborative, and the partners
 * of the service lines that those members lead. A trust that shares with nobody has a board of its own. One statement.
 */
export async function boardsOf(db: Kysely<DB>, trusts: readonly string[], day: LocalDay): Promise<Map<string, Set<string>>> {
  const { rows } = await sql<{ board: string; trust: string }>`
    with mine as (
      select board, board as trust from unnest(${[...trusts]}::text[]) as board
      union
      select own.trust, other.trust from collaborative_member own join collaborative_member other on other.collaborative_id = own.collaborative_id
      where own.trust = any(${[...trusts]}::text[]) and own.days @> ${day}::date and other.days @> ${day}::date)
    select board, trust from mine
    union
    select m.board, p.trust from mine m join service_line l on l.lead_trust = m.trust join service_line_partner p on p.service_line_id = l.id
    where p.days @> ${day}::date`.execute(db);
  const boards = new Map<string, Set<string>>();
  for (const { board, trust } of rows) boards.set(board, (boards.get(board) ?? new Set()).add(trust));
  return boards;
}

/** The trusts whose wards stand on one board with those of `trusts` on a day: all that any of them shares with. */
export async function boardTrusts(db: Kysely<DB>, trusts: readonly string[], day: LocalDay): Promise<string[]> {
  if (trusts.length === 0) return [];
  return [...new Set([...(await boardsOf(db, trusts, day)).values()].flatMap((board) => [...board]))];
}
