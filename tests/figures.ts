import { appendFileSync } from 'node:fs';

/**
 * Says what a test counted, under the letter of its promise: `npm run test:full` gathers these for docs/evidence.md. Counts, not
 * adjectives; a name reads as a column's heading, with its unit last. Elsewhere it does nothing but print.
 */
export function noteFigures(id: string, figures: Record<string, number | string>): void {
  console.log(`${id}: ${JSON.stringify(figures)}`);
  const file = process.env['HOMEWARD_FIGURES'];
  if (file) appendFileSync(file, `${JSON.stringify({ id, figures })}\n`);
}

export const isFull = process.env['HOMEWARD_FULL'] === '1';
/** One seed for a whole run: printed where a test starts, and HOMEWARD_SEED=… makes the same run again. */
export const seed = Number(process.env['HOMEWARD_SEED'] ?? Date.now() % 1_000_000_000);

/** The same numbers for the same seed, evenly in [0, 1). */
export function randomFrom(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
