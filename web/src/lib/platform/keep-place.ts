import { flushSync } from 'svelte';

/**
 * Makes a change and scrolls by as much as it moved what the person looks at, so that it stays where it is. At the top of the
 * page it lets the change be seen instead.
 */
export function keepPlace(selector: string, change: () => void): void {
  const anchor = window.scrollY > 80 ? topMost(selector) : null;
  const before = anchor?.getBoundingClientRect().top ?? 0;
  flushSync(change);
  if (!anchor) return;
  // Drawn anew elsewhere, as a card that moves to the next stretch of its list, it is still what the person looks at.
  const there = anchor.isConnected ? anchor : document.getElementById(anchor.id);
  if (!there) return;
  const moved = there.getBoundingClientRect().top - before;
  if (Math.abs(moved) > 1) window.scrollBy({ top: moved, behavior: 'instant' });
}

function topMost(selector: string): Element | null {
  for (const element of document.querySelectorAll(selector)) if (element.getBoundingClientRect().top >= 0) return element;
  return null;
}
