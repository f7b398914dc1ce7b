import { setTimeout as sleep } from 'node:timers/promises';
import { askOver } from './homeward.ts';
import type { Answer } from './house.ts';
import type { Person, World } from './world.ts';

/** One request as its asker saw it. */
export interface Asked {
  kind: 'read' | 'write';
  began: number;
  ended: number;
  /** Its status, or the name of the error where there was no answer. */
  status: number | string;
  code: string;
  retryAfter: number;
}

/** People who ask the program without pause, whatever happens to it, each act again under its key until it is answered. */
export interface Askers {
  /** Every answer there was, in the order they came. */
  asked: Asked[];
  /** The shifts whose posting was acknowledged. */
  posted: Set<string>;
  /** When the request began that has waited longest; now where none waits. */
  oldest(): number;
  keepReading(who: Person, path: string): void;
  keepPosting(who: Person, wardId: string): void;
  stop(): Promise<void>;
}

export function startAsking({ url, world, random }: { url: () => string; world: World; random: () => number }): Askers {
  const asked: Asked[] = [];
  const posted = new Set<string>();
  const loops: Promise<void>[] = [];
  const waiting = new Set<{ since: number }>();
  let isOver = false;
  let acts = 0;

  async function ask(kind: Asked['kind'], who: Person, path: string, body?: unknown, key?: string): Promise<Answer | null> {
    const began = Date.now();
    const mine = { since: began };
    waiting.add(mine);
    const note = (status: Asked['status'], code = '', retryAfter = 0) =>
      void asked.push({ kind, began, ended: Date.now(), status, code, retryAfter });
    try {
      const answer = await askOver(url(), who, kind === 'read' ? 'GET' : 'POST', path, body, key ? { 'idempotency-key': key } : {});
      note(answer.status, String(answer.body.code ?? ''), Number(answer.headers.get('retry-after') ?? 0));
      return answer;
    } catch (error) {
      if (!isOver) note((error as Error).name);
      return null;
    } finally {
      waiting.delete(mine);
    }
  }

  async function read(who: Person, path: string): Promise<void> {
    while (!isOver) {
      await ask('read', who, path);
      await sleep(30 + random() * 60);
    }
  }

  async function post(who: Person, wardId: string): Promise<void> {
    while (!isOver) {
      const key = `post-${(acts += 1)}`;
      const shift = aShift(world, wardId, random);
      for (;;) {
        const answer = await ask('write', who, '/shifts', shift, key);
        if (answer?.status === 201) {
          for (const { id } of answer.body.items as { id: string }[]) posted.add(id);
          break;
        }
        if (isOver) return;
        await sleep(100 + random() * 100);
      }
      await sleep(40 + random() * 80);
    }
  }

  return {
    asked,
    posted,
    oldest: () => Math.min(Date.now(), ...[...waiting].map(({ since }) => since)),
    keepReading: (who, path) => void loops.push(read(who, path)),
    keepPosting: (who, wardId) => void loops.push(post(who, wardId)),
    async stop() {
      isOver = true;
      await Promise.all(loops);
    },
  };
}

export function aShift(world: World, wardId: string, random: () => number) {
  const span = world.span(2 + Math.floor(random() * 60), '07:00', '15:00');
  return { wardId, role: 'hcsw', band: 3, ...span, breakMinutes: 30, count: 1, reason: 'vacancy' };
}

/** Answers that a fault doesn't excuse: a 503 says what is the matter and when to ask again, and nothing else goes wrong. */
export const inexcusable = (answers: readonly Asked[]): Asked[] =>
  answers.filter(({ status, code, retryAfter }) => status !== 200 && status !== 201 && !(status === 503 && code !== '' && retryAfter > 0));
