import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const root = new URL('../..', import.meta.url).pathname;

/** A browser that is already here, else the one that came with the packages: nothing is fetched while testing. */
async function executablePath(): Promise<string> {
  const { HOMEWARD_CHROMIUM } = process.env;
  if (HOMEWARD_CHROMIUM) return HOMEWARD_CHROMIUM;
  const usual = [
    chromium.executablePath(),
    '/usr/bin/chromium',
    '/usr/bin/google-chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  ].find((path) => existsSync(path));
  if (usual) return usual;
  // It unpacks into the temporary folder and takes what lies there already: another user's file would not start.
  const folder = join(root, '.homeward/tmp');
  mkdirSync(folder, { recursive: true });
  process.env['TMPDIR'] = folder;
  const { default: packed } = await import('@sparticuz/chromium');
  return packed.executablePath();
}

// Not the packed browser's own arguments: those switch off web security and site isolation.
const quiet = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function openBrowser(): Promise<Browser> {
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: await executablePath(), args: [...asRoot, ...quiet] });
}

/** Once before all stories: two files that start together would both unpack the browser, and one would start what is half there. */
export default async function setup(): Promise<void> {
  await executablePath();
}
