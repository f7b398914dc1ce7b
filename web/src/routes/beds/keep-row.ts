import { flushSync } from 'svelte';

/**
 * Makes a change, and where it moved the row under the mouse or with the focus scrolls by as much: it stays where it is, also where a row
 * above it grew by a line. Nobody there: nothing is measured.
 */
export function keepRow<T>(table: HTMLElement | undefined, change: () => T): T {
  const row = table && (document.activeElement?.closest<HTMLElement>('.row') ?? table.querySelector<HTMLElement>('.row:hover'));
  if (!row || !table.contains(row)) return change();
  const before = row.getBoundingClientRect().top;
  const changed = flushSync(change);
  if (!row.isConnected) return changed;
  const moved = row.getBoundingClientRect().top - before;
  if (Math.abs(moved) > 1) window.scrollBy({ top: moved, behavior: 'instant' });
  return changed;
}
