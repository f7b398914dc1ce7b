import { connect } from '@homeward/db/connect.ts';
import { fillDemonstration } from '@homeward/db/demo/demonstration.ts';
import type { Browser, BrowserContext } from 'playwright-core';
import { startHomeward } from '../tests/homeward.ts';
import { openBrowser } from '../web/stories/browser.ts';
import type { Bench } from './benchmark.ts';

const now = '2026-11-27T14:00:00Z';
const password = 'homeward-demo';
// Of that password, by the least of costs.
const passwordHash = '$argon2id$v=19$m=64,t=1,p=1$c3RvcmllcyBvZiBhIGRheQ$tvXBJwztgM6wPOq6B1QY36aackqwItQeqiUT1IlB0cQ';
const worker = 'rgd-0001@demo.example';

/** The whole program with the demonstration in it, and a browser to look at its pages with. */
export interface Pages {
  url: string;
  databaseUrl: string;
  browser: Browser;
  /** Somebody signed in on a phone, a worker unless told otherwise; nothing in its cache. */
  phone(email?: string): Promise<BrowserContext>;
  /** After a change of its database that no event told of. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function openPages(bench: Bench): Promise<Pages> {
  const databaseUrl = await bench.databaseUrl();
  const db = connect(databaseUrl, { max: 2, patient: true });
  await fillDemonstration(db, { now: Date.parse(now), passwordHash });
  await db.destroy();
  const start = () => startHomeward({ url: databaseUrl, env: { HOMEWARD_DEMO: '1', HOMEWARD_NOW: now } });
  const [first, browser] = await Promise.all([start(), openBrowser()]);
  let program = first;
  return {
    get url() {
      return program.url;
    },
    databaseUrl,
    browser,
    async phone(email = worker) {
      const context = await browser.newContext({
        viewport: { width: 390, height: 844 },
        hasTouch: true,
        isMobile: true,
        baseURL: program.url,
      });
      const { ok, status } = await context.request
        .post('/api/v1/session', { headers: { origin: program.url, 'sec-fetch-site': 'same-origin' }, data: { email, password } })
        .then((response) => ({ ok: response.ok(), status: response.status() }));
      if (!ok) throw new Error(`Signing in was answered with ${status}.`);
      return context;
    },
    async restart() {
      await program.kill();
      program = await start();
    },
    async close() {
      await browser.close();
      await program.kill();
    },
  };
}
