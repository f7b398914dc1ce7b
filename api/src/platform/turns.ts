/**
 * Those in this process who want the same thing wait here in turn, without a connection each: 200 at once would else hold every
 * connection on one row's lock. It decides nothing; the row's lock and the database do, and other processes know nothing of it.
 */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    }
  }
}
