import type { Instant } from '@homeward/shared/kernel/interval.ts';
import { live } from '#lib/platform/live.svelte.ts';

/** What the server said the time was when this page first asked, and where the browser's running clock stood then. Nobody sets that one. */
let began: { now: Instant; at: number } | undefined;

/**
 * The program's time for figures that age, ticking while the component that asks for it stands. It begins with what the page was drawn with,
 * and never runs slower than the browser's running clock: a device whose clock somebody sets back can't make an old figure young.
 * @param first the time in the page's data
 */
export function tickingFrom(first: () => Instant, everyMs = 10_000): { readonly now: Instant } {
  const least = () => (began ? began.now + performance.now() - began.at : 0);
  let now = $derived(Math.max(first(), least()));
  $effect(() => {
    began ??= { now: first(), at: performance.now() };
    const tick = () => (now = Math.max(live.now(), least()));
    tick();
    const timer = setInterval(tick, everyMs);
    // A phone back from a pocket, a laptop that was opened: its timers slept.
    document.addEventListener('visibilitychange', tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', tick);
    };
  });
  return {
    get now() {
      return now;
    },
  };
}
