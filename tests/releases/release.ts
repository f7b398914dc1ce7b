import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

/** The first line of a kept release: its name, and the migrations it had applied. */
export interface Release {
  name: string;
  migrations: string[];
}

/** Every other line: a table with its rows as PostgreSQL writes them, `(1,"two words",)`. */
export interface KeptTable {
  table: string;
  columns: string[];
  rows: string[];
}

/** Oldest first. */
export const releaseNames = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.br'))
  .map((file) => file.slice(0, -3))
  .sort();

export function keptRelease(name: string): Release & { tables: KeptTable[] } {
  const [first, ...rest] = brotliDecompressSync(readFileSync(join(import.meta.dirname, `${name}.br`)))
    .toString('utf8')
    .trimEnd()
    .split('\n');
  return { ...(JSON.parse(first!) as Release), tables: rest.map((line) => JSON.parse(line) as KeptTable) };
}
