import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

export interface Question {
  method: 'GET' | 'POST';
  url: string;
  cookie: string;
  key?: string;
}

/** Questions over HTTP with keep-alive, `clients` of them at a time: each once, or for `forMs` again and again. */
export interface Load {
  questions: Question[];
  clients: number;
  forMs?: number;
}

export interface Answered {
  /** From the first question to the last answer. */
  ms: number;
  /** In the order of the questions, as are the bodies; of questions that were repeated, the last. */
  statuses: number[];
  bodies: string[];
  /** How long each answer took, ms. */
  latencies: number[];
}

/** A process of its own that asks: what it costs to ask is then nobody's whose time is taken. */
export class Loader {
  readonly #child = fork(fileURLToPath(new URL('asking-load.ts', import.meta.url)), { serialization: 'advanced' });

  run(load: Load | Replay): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const died = (code: number | null) => reject(new Error(`the load ended with ${code}`));
      this.#child.once('exit', died);
      this.#child.once('message', (answer: Answered | { error: string }) => {
        this.#child.off('exit', died);
        if ('error' in answer) reject(new Error(answer.error));
        else resolve(answer);
      });
      this.#child.send(load);
    });
  }

  stop(): void {
    this.#child.disconnect();
  }
}

// ————— The same SQL without us —————

/** One statement as the program sent it. */
export interface Statement {
  text: string;
  values: unknown[];
}

/** An accept again and again by the plain driver: for each of `turns` the recorded statements, `from` in them being that turn's `to`. */
export interface Replay {
  databaseUrl: string;
  clients: number;
  statements: Statement[];
  from: string[];
  turns: string[][];
  /** The session’s token hash of each turn, in the place of the recorded one. */
  tokens: Buffer[];
}

/** Every statement that this process sends while `work` goes on, in their order. */
export async function recorded(work: () => Promise<void>): Promise<Statement[]> {
  const statements: Statement[] = [];
  const original = pg.Client.prototype.query;
  pg.Client.prototype.query = function (this: pg.Client, ...args: never[]) {
    const [query, values] = args as unknown as [string | { text: string; values?: unknown[] }, unknown[] | undefined];
    const text = typeof query === 'string' ? query : query.text;
    if (!text.includes('pg_notify'))
      statements.push({ text, values: [...((typeof query === 'string' ? values : (query.values ?? values)) ?? [])] });
    return (original as (...all: never[]) => never).apply(this, args);
  } as typeof original;
  try {
    await work();
  } finally {
    pg.Client.prototype.query = original;
  }
  return statements;
}
