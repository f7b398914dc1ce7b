import { busy, type Result } from './problem.ts';

const longestWaitMs = 8000;

/**
 * Those in this process who want the same thing wait here in turn, without a connection each: 200 at once would else hold every
 * connection on one row's lock. It decides nothing; the row's lock and the database do, and other processes know nothing of it.
 */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Refused: 503 `busy` where the turn comes so late that the asker has been told to ask again; then nothing is begun. */
  async take<T>(key: string, work: () => Promise<Result<T>>): Promise<Result<T>> {
    const asked = Date.now();
    const inTurn = async () => (Date.now() - asked > longestWaitMs ? busy() : work());
    const before = this.#last.get(key) ?? Promise.resolve();
    const mine = before.then(inTurn, inTurn);
    this.#last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    }
  }
}
