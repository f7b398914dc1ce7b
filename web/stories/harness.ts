// What every story stands on: the whole program on a database of its own, and people at real browsers.
//
//   const { sit } = story();                                   at the top of a *.story.ts: the program and the browser start once for the file
//   const amina = await sit('rgd-0001@demo.example');          somebody signed in, on a phone; { size: 'desktop' } at a desk
//   await amina.page.getByRole('button', …).click();           Playwright's page
//   await amina.looksRight('shifts');                          axe: a phone by day, a desk by night
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Kysely } from 'kysely';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { demonstrationDatabase, testDatabase } from '@homeward/db/test-database.ts';
import type { DB } from '@homeward/db/types.ts';
// The test cluster says what it provides to tests.
import type {} from '../../tests/cluster.ts';
import { openBrowser } from './browser.ts';

const root = new URL('../..', import.meta.url).pathname;
const pictures = join(root, '.homeward/screenshots');
/** HOMEWARD_PICTURES=1: for people to look at. They cost time and check nothing by themselves. */
const wantsPictures = process.env['HOMEWARD_PICTURES'] === '1';

export const password = 'homeward-demo';
/** Of that password, by the least of costs: signing in is a story of its own, and otherwise only what comes first. */
const passwordHash = '$argon2id$v=19$m=64,t=1,p=1$c3RvcmllcyBvZiBhIGRheQ$tvXBJwztgM6wPOq6B1QY36aackqwItQeqiUT1IlB0cQ';

const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 900 } };
type Size = keyof typeof sizes;

export interface Program {
  url: string;
  /** Stops the process at once, as a crash would. Its database stays. */
  kill(): Promise<void>;
  /** The same program again: same port, same database. */
  again(): Promise<void>;
}

export interface Person {
  page: Page;
  context: BrowserContext;
  /** A call of the API as this person, from their browser's session. */
  call<T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }>;
  /** No accessibility fault and nothing wider than the screen: a phone by day, a desk by night. With HOMEWARD_PICTURES=1 also pictures of all four, in .homeward/screenshots. */
  looksRight(name: string): Promise<void>;
}

interface StoryOptions {
  /** The program's clock at its start, RFC 3339. */
  now: string;
  /** It is about what runs by the database's clock, as holds do: the demonstration is filled in for it alone, that moment. */
  holds?: boolean;
}

export function story({ now, holds = false }: StoryOptions) {
  let browser: Browser;
  let running: Running;
  let db: Kysely<DB>;
  let people: { person: Person; faults: string[] }[] = [];

  beforeAll(async () => {
    if (!existsSync(join(root, 'web/build/handler.js')))
      throw new Error('Build the pages first: `npm test` does, or `pnpm --filter web exec vite build`.');
    // Filled a moment after the clock's start, as by the program itself: no fact is dated to a whole minute, which people type.
    const database = holds ? await testDatabase() : await demonstrationDatabase(Date.parse(now) + 100, passwordHash);
    const { url } = database;
    db = database.db;
    [running, browser] = await Promise.all([startProgram(url, now), openBrowser()]);
  }, 90_000);

  // Whatever a story is about, no page may throw, break our content security policy or ask anything of another origin.
  afterEach(async () => {
    const faults = people.flatMap((one) => one.faults);
    await Promise.all(people.map((one) => one.person.context.close()));
    people = [];
    expect(faults).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await running?.kill();
  });

  const program: Program = {
    get url() {
      return running.url;
    },
    kill: () => running.kill(),
    again: async () => void (running = await running.again()),
  };

  async function sit(email: string | null, { size = 'phone', timeZone }: { size?: Size; timeZone?: string } = {}): Promise<Person> {
    const isPhone = size === 'phone';
    const context = await browser.newContext({
      viewport: sizes[size],
      hasTouch: isPhone,
      baseURL: program.url,
      acceptDownloads: true,
      reducedMotion: 'no-preference',
      ...(timeZone && { timezoneId: timeZone }),
    });
    context.setDefaultTimeout(10_000);
    const page = await context.newPage();
    if (email) awaken(page);
    const faults = watch(page, program.url);
    const person: Person = {
      page,
      context,
      call: async <T>(method: string, path: string, body?: unknown) => {
        const response = await context.request.fetch(`/api/v1${path}`, {
          method,
          headers: { origin: program.url, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' },
          ...(body === undefined ? {} : { data: JSON.stringify(body) }),
        });
        const text = await response.text();
        return { status: response.status(), body: (text ? JSON.parse(text) : null) as T };
      },
      looksRight: (name) => looksRight(page, name),
    };
    people.push({ person, faults });
    if (email) {
      const { status } = await person.call('POST', '/session', { email, password });
      expect(status, `signing in as ${email}`).toBe(200);
    }
    return person;
  }

  return {
    sit,
    program,
    /** The story's own database, for what no person can do: let time pass by its clock. */
    database: () => db,
  };
}

/**
 * Goes on only once a page that was opened has woken up and says how old it is: a busy machine may take seconds, and what is tapped before
 * that, nobody hears. Pages without a live bar, and lines that are down, don't hold a story up for long.
 */
function awaken(page: Page): void {
  const open = page.goto.bind(page);
  page.goto = async (...asked) => {
    const response = await open(...asked);
    await page
      .locator('.live span')
      .first()
      .waitFor({ timeout: 4000 })
      .catch(() => {});
    return response;
  };
}

interface Running {
  url: string;
  kill(): Promise<void>;
  again(): Promise<Running>;
}

async function startProgram(databaseUrl: string, now: string, port = '0'): Promise<Running> {
  const child = spawn(process.execPath, [join(root, 'api/src/server.ts')], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PORT: port,
      DATABASE_URL: databaseUrl,
      HOMEWARD_DEMO: '1',
      HOMEWARD_DEMO_PASSWORD: password,
      LOG_LEVEL: 'error',
      HOMEWARD_NOW: now,
    },
  });
  const url = await readyAt(child);
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  return { url, kill, again: () => startProgram(databaseUrl, now, new URL(url).port) };
}

async function readyAt(child: ChildProcess): Promise<string> {
  let said = '';
  return new Promise((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      said += chunk.toString();
      const url = /Homeward is ready at (\S+)/.exec(said)?.[1];
      if (url) resolve(url);
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.on('exit', (code) => reject(new Error(`The program ended with ${code} before it was ready:\n${said}`)));
  });
}

/** What goes wrong on a page without anybody looking. */
function watch(page: Page, origin: string): string[] {
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(`error on ${page.url()}: ${error.message}`));
  page.on('console', (message) => {
    if (/Content Security Policy|violates the following/i.test(message.text())) faults.push(`policy: ${message.text()}`);
    if (/hydrat/i.test(message.text())) faults.push(`drawn differently on the server: ${message.text()}`);
  });
  page.on('request', (request) => {
    const { protocol, origin: asked } = new URL(request.url());
    if (protocol.startsWith('http') && asked !== origin) faults.push(`left the origin: ${request.url()}`);
  });
  return faults;
}

async function looksRight(page: Page, name: string): Promise<void> {
  if (wantsPictures) mkdirSync(pictures, { recursive: true });
  const before = page.viewportSize();
  const looks = [
    { size: 'phone', scheme: 'light', isChecked: true },
    { size: 'phone', scheme: 'dark', isChecked: false },
    { size: 'desktop', scheme: 'light', isChecked: false },
    { size: 'desktop', scheme: 'dark', isChecked: true },
  ] as const;
  for (const { size, scheme, isChecked } of looks) {
    if (!isChecked && !wantsPictures) continue;
    const where = `${name}, ${size}, ${scheme}`;
    await page.setViewportSize(sizes[size]);
    await page.emulateMedia({ colorScheme: scheme });
    if (wantsPictures) await page.screenshot({ path: join(pictures, `${name}-${size}-${scheme}.png`), animations: 'disabled' });
    if (!isChecked) continue;
    const { violations } = await new AxeBuilder({ page })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
      .analyze();
    const found = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.target.join(' ')).join(' | ')}`);
    expect(found, where).toEqual([]);
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(wider, `${where}: pixels wider than the screen`).toBeLessThanOrEqual(0);
  }
  await page.emulateMedia({ colorScheme: null });
  if (before) await page.setViewportSize(before);
}
