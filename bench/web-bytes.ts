import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page, Request } from 'playwright-core';
import type { Benchmark, Line } from './benchmark.ts';
import { openPages } from './web-pages.ts';

// A thousand bytes to the kilobyte: the stricter of the two readings of the promise.
const kilobyte = 1000;
const mostScript = 60;
const mostInAll = 100;

const entryPages = ['/shifts', '/bookings'];
const otherPages = ['/passport', '/me', '/notices'];

export const benchmark: Benchmark = {
  name: 'web.bytes',
  workload: 'first load of a page by a worker, nothing in the cache, until its feed is live: bodies as they come over the wire',
  baseline: 'an empty SvelteKit page, built by the same tools',
  inTheWay:
    'the framework is nearly half of the script and the client of the feed a seventh. A client of our own for the part that we use would meet the target on every page; a well-kept library was preferred.',
  async measure(bench) {
    const homeward = await openPages(bench);
    const loadOf = async (path: string): Promise<[string, Bytes]> => [path, await firstLoad(await homeward.phone(), path, isLive)];
    try {
      const entries: [string, Bytes][] = [];
      for (const path of entryPages) entries.push(await loadOf(path));
      if (!bench.isSmoke) {
        const others: [string, Bytes][] = [await loadOf(await aShift(await homeward.phone()))];
        for (const path of otherPages) others.push(await loadOf(path));
        const heaviest = others.reduce((one, other) => (other[1].script > one[1].script ? other : one))[1];
        entries.push(['the heaviest other page', { ...heaviest, all: Math.max(...others.map(([, { all }]) => all)) }]);
        bench.note(`Other pages, script and everything: ${others.map(([path, bytes]) => `${nameOf(path)} ${inWords(bytes)}`).join('; ')}.`);
        for (const [path, bytes] of entries.slice(0, 2))
          bench.note(
            `${path}: ${Object.entries(bytes.kinds)
              .map(([kind, { count, bytes: size }]) => `${count} × ${kind} ${size.toFixed(1)}`)
              .join(', ')} kB.`,
          );
      }
      const empty = bench.isSmoke ? null : await emptyPage(await homeward.browser.newContext());
      const against = (value: number | undefined) => (value === undefined ? [] : [value]);
      return entries.flatMap(([path, { script, all }]): Line[] => [
        { what: `${path}: script, kB`, ours: [script], baseline: against(empty?.script), target: { of: 'ours', atMost: mostScript } },
        { what: `${path}: everything, kB`, ours: [all], baseline: against(empty?.all), target: { of: 'ours', atMost: mostInAll } },
      ]);
    } finally {
      await homeward.close();
    }
  },
};

/** In kilobytes, as they came over the wire. */
interface Bytes {
  script: number;
  all: number;
  kinds: Record<string, { count: number; bytes: number }>;
}

const inWords = ({ script, all }: Bytes) => `${script.toFixed(1)} and ${all.toFixed(1)} kB`;
const nameOf = (path: string) => path.replace(/[0-9a-f-]{36}$/, 'a shift');
const isLive = (page: Page) => page.getByText('Live', { exact: true }).waitFor({ state: 'attached' });

async function firstLoad(context: BrowserContext, path: string, until: (page: Page) => Promise<unknown>): Promise<Bytes> {
  const page = await context.newPage();
  const finished: Request[] = [];
  page.on('requestfinished', (request) => void finished.push(request));
  await page.goto(path);
  await until(page);
  await page.waitForLoadState('networkidle');
  const kinds: Bytes['kinds'] = {};
  for (const request of finished) {
    const response = (await request.response())!;
    const { responseBodySize } = await request.sizes();
    const kind = request.resourceType();
    if (!response.ok()) throw new Error(`${request.url()} was answered with ${response.status()}.`);
    const isSqueezed = kind === 'fetch' ? 'gzip' : 'br';
    if (responseBodySize > 2048 && response.headers()['content-encoding'] !== isSqueezed)
      throw new Error(`${request.url()} did not come as ${isSqueezed}.`);
    const sum = (kinds[kind] ??= { count: 0, bytes: 0 });
    sum.count += 1;
    sum.bytes += responseBodySize / kilobyte;
  }
  await context.close();
  if (!kinds['document'] || !kinds['script']) throw new Error(`${path} came without a document or a script.`);
  return { script: kinds['script'].bytes, all: Object.values(kinds).reduce((sum, { bytes }) => sum + bytes, 0), kinds };
}

async function aShift(context: BrowserContext): Promise<string> {
  const response = await context.request.get('/api/v1/me/shifts?limit=1');
  const { items } = (await response.json()) as { items: { id: string }[] };
  await context.close();
  return `/shifts/${items[0]!.id}`;
}

/** A heading and nothing else, built and served as our own pages are. */
async function emptyPage(context: BrowserContext): Promise<Bytes> {
  const folder = mkdtempSync(join(tmpdir(), 'homeward-empty-'));
  try {
    mkdirSync(join(folder, 'src/routes'), { recursive: true });
    symlinkSync(join(process.cwd(), 'web/node_modules'), join(folder, 'node_modules'));
    for (const [file, text] of Object.entries({
      'package.json': '{ "type": "module" }',
      'vite.config.js':
        "import adapter from '@sveltejs/adapter-node';\nimport { sveltekit } from '@sveltejs/kit/vite';\nexport default { plugins: [sveltekit({ adapter: adapter() })] };",
      'src/app.html': '<!doctype html><html lang="en"><head>%sveltekit.head%</head><body>%sveltekit.body%</body></html>',
      'src/routes/+page.svelte': '<h1>Empty</h1>',
    }))
      writeFileSync(join(folder, file), text);
    const build = spawn(process.execPath, ['node_modules/vite/bin/vite.js', 'build'], { cwd: folder, stdio: 'ignore' });
    const [code] = (await once(build, 'exit')) as [number | null];
    if (code !== 0) throw new Error('The empty page could not be built.');
    const { handler } = (await import(join(folder, 'build/handler.js'))) as { handler: RequestListener };
    const server = createServer(handler).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      return await firstLoad(context, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, () => Promise.resolve());
    } finally {
      server.closeAllConnections();
      server.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
