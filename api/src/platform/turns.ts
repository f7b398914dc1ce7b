import { busy, type Result } from './problem.ts';

const longestWaitMs = 8000;

/**
 * Those in this process who want the same thing wait here in turn, without a connection each: 200 at once would else hold every
 * connection on one row's lock. It decides nothing; the row's lock and the database do, and other processes know nothing of it.
 */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();
  readonly #underWay = new Map<string, Promise<unknown>>();

  /**
   * Waits for a turn, then works. Whoever comes while another works first waits for that one alone: `glance` then says whether there is
   * anything left to wait for, to all of them side by side.
   * Refused: 503 `busy` where the turn comes so late that the asker has been told to ask again; then nothing is begun.
   */
  async take<T>(key: string, work: () => Promise<Result<T>>, glance?: () => Promise<Result<T> | null>): Promise<Result<T>> {
    const asked = Date.now();
    const before = this.#underWay.get(key);
    if (before && glance) {
      await before.catch(() => {});
      const seen = await glance();
      if (seen) return seen;
    }
    const inTurn = async () => (Date.now() - asked > longestWaitMs ? busy() : this.#working(key, work()));
    const mine = (this.#last.get(key) ?? Promise.resolve()).then(inTurn, inTurn);
    this.#last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    }
  }

  async #working<T>(key: string, work: Promise<T>): Promise<T> {
    this.#underWay.set(key, work);
    try {
      return await work;
    } finally {
      this.#underWay.delete(key);
    }
  }
}
