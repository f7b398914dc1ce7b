/**
 * How often one account may do what costs most. Counted in this process's memory: with several processes somebody gets
 * at most that many times the figure, which harms nobody; it decides no act.
 */
export class Limit {
  readonly #most: number;
  readonly #windowMs: number;
  readonly #seen = new Map<string, number[]>();

  constructor(most: number, windowMs: number) {
    this.#most = most;
    this.#windowMs = windowMs;
  }

  /** Counts one more. @returns seconds to wait, or 0 where it may go on */
  take(who: string, now = Date.now()): number {
    const recent = this.#recent(who, now);
    if (recent.length >= this.#most) return Math.max(1, Math.ceil((recent[0]! + this.#windowMs - now) / 1000));
    recent.push(now);
    this.#seen.set(who, recent);
    if (this.#seen.size > 20_000) this.#forget(now);
    return 0;
  }

  /** Takes back what was counted last: for things that count only when they fail, yet must be counted before they are tried. */
  giveBack(who: string): void {
    this.#seen.get(who)?.pop();
  }

  #recent(who: string, now: number): number[] {
    return (this.#seen.get(who) ?? []).filter((at) => at > now - this.#windowMs);
  }

  #forget(now: number): void {
    for (const [who, times] of this.#seen) if ((times.at(-1) ?? 0) <= now - this.#windowMs) this.#seen.delete(who);
  }
}
