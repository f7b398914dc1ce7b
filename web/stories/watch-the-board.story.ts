import { expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import type { BoardView, BoardWard, WardBeds } from '@homeward/shared/beds/contract.ts';
import { story, type Person } from './harness.ts';
import { opened } from './shifts.ts';

const { sit } = story({ now: '2026-11-27T14:20:00Z', holds: true });

const leeds = 'bed-manager@rgd.example';
/** Whoever looks after the beds of a ward's own trust. */
const ofTrust = ({ ward }: BoardWard) => `bed-manager@${ward.trust.toLowerCase()}.example`;

const live = (page: Page) => page.locator('.as-of').getByText('live').waitFor();
const rowOf = (page: Page, { ward }: BoardWard) => page.locator(`[data-ward="${ward.code}"]`);
const names = (page: Page) => page.locator('[data-ward]').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-ward')!));
const focused = (page: Page) => page.evaluate(() => document.activeElement?.closest('[data-ward]')?.getAttribute('data-ward') ?? null);

/** The board's cards as they stand on somebody's screen, from the top down. */
async function cardsOf(person: Person): Promise<BoardWard[]> {
  const { body } = await person.call<BoardView>('GET', '/beds/board');
  return (await names(person.page)).map((code) => body.items.find(({ ward }) => ward.code === code)!);
}

test('changes arrive while nothing moves under the focus, and the order follows when it is asked to', async () => {
  // Given a bed manager on the third ward of those for women near Leeds
  const watcher = await sit(leeds, { size: 'desktop' });
  const { page } = watcher;
  await opened(watcher, '/beds?type=200&sex=female&from=Leeds');
  await live(page);
  const cards = await cardsOf(watcher);
  const [first] = cards as [BoardWard];
  expect(first.counts?.free ?? 0).toBeGreaterThan(0);
  for (let step = 0; step < 3; step++) await page.keyboard.press('ArrowDown');
  const third = rowOf(page, cards[2]!);
  expect(await focused(page)).toBe(cards[2]!.ward.code);
  const before = await third.boundingBox();

  // When the first ward fills its beds, and then stops admitting
  const theirs = await sit(ofTrust(first), { size: 'desktop' });
  const { body: ward } = await theirs.call<WardBeds>('GET', `/wards/${first.ward.id}/beds`);
  for (const bed of ward.beds.filter(({ state }) => state === 'available'))
    expect((await theirs.call('POST', `/beds/${bed.id}/state`, { state: 'occupied' })).status).toBe(200);
  const paused = await theirs.call('POST', `/wards/${first.ward.id}/admissions/pause`, {
    reason: 'Two people need one-to-one care',
    reviewAt: '2026-11-27T18:00:00Z',
  });
  expect(paused.status).toBe(200);

  // Then its figures are right where it stands, and neither the focus nor any row has moved
  await rowOf(page, first).locator('.free .figure').getByText('0', { exact: true }).waitFor();
  await rowOf(page, first).getByText('paused', { exact: true }).waitFor();
  await rowOf(page, first).getByText('review 18:00').waitFor();
  expect(await focused(page)).toBe(cards[2]!.ward.code);
  expect(await third.boundingBox()).toEqual(before);
  expect(await names(page)).toEqual(cards.map(({ ward: each }) => each.code));
  await page.getByRole('status').getByText(`${first.ward.name}, ${first.ward.siteName}: 0 beds free.`).waitFor();

  // And the order follows when the person asks
  await page.getByRole('button', { name: 'The order has changed. Sort again' }).click();
  await expect.poll(async () => (await names(page))[0]).not.toBe(first.ward.code);
  await watcher.looksRight('beds');
});

test('a board left open for eight hours without a line shows no figure as fresh, and says how old it is', async () => {
  // Given a board with fresh figures on it
  const { page, context } = await sit(leeds, { size: 'desktop' });
  await page.clock.install({ time: new Date() });
  await page.goto('/beds');
  await live(page);
  const tag = (word: RegExp) => page.locator('[data-ward] .freshness').filter({ hasText: word });
  expect(await tag(/^Fresh/).count()).toBeGreaterThan(0);
  const free = Number(await page.locator('.summary .big').textContent());
  expect(free).toBeGreaterThan(0);

  // When the line drops, and a night passes
  await context.setOffline(true);
  await page
    .locator('.as-of')
    .getByText(/^◌ Offline: as of 14:2\d, (under 1|\d+) min ago$/)
    .waitFor();
  await page.clock.fastForward('08:00:00');

  // Then every figure has aged by itself, none counts as free, and the board says of when it is
  await page
    .locator('.as-of')
    .getByText(/^◌ Offline: as of 14:2\d, 8 h ago$/)
    .waitFor();
  await expect.poll(() => tag(/^(Fresh|Ageing)/).count()).toBe(0);
  expect(await tag(/^Stale/).count()).toBeGreaterThan(0);
  expect(await page.locator('.summary .big').textContent()).toBe('0');

  // And a device whose clock somebody sets back makes nothing young again
  await page.clock.setSystemTime(new Date());
  await page.clock.runFor(60_000);
  expect(await tag(/^(Fresh|Ageing)/).count()).toBe(0);
});

test('the board is worked by keys alone, and no key is taken from somebody who types', async () => {
  const watcher = await sit(leeds, { size: 'desktop' });
  const { page } = watcher;
  await opened(watcher, '/beds');
  await live(page);

  // One looks for a ward by its name: an N is an N, and a slash a slash
  await page.keyboard.press('/');
  await page.keyboard.type('Newsam/');
  await page.keyboard.press('Backspace');
  await page.waitForURL(/q=Newsam$/);
  expect(await page.getByRole('searchbox').inputValue()).toBe('Newsam');
  const found = await names(page);
  expect(found.length).toBeGreaterThan(1);
  expect(found.every((code) => code.startsWith('newsam/'))).toBe(true);

  // From there down into the rows, and into a ward
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  expect(await focused(page)).toBe(found[1]);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('End');
  expect(await focused(page)).toBe(found.at(-1));
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/beds\/[0-9a-f-]{36}$/);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await watcher.looksRight('beds-ward');

  // Back, the board is as it was left and the focus on the ward one came from
  await page.goBack();
  await page.waitForURL(/q=Newsam$/);
  await expect.poll(() => focused(page)).toBe(found[0]);

  // N starts a need, unless somebody wants no single keys
  const keys = page.getByText('What the words and keys mean');
  await keys.click();
  await page.getByRole('checkbox', { name: 'Single keys: N and /' }).uncheck();
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  await page.keyboard.press('n');
  await page.waitForTimeout(300);
  expect(new URL(page.url()).pathname).toBe('/beds');
  await page.getByRole('checkbox', { name: 'Single keys: N and /' }).check();
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  await page.keyboard.press('n');
  await page.waitForURL(/\/placements\/new/);
});

test('a stale ward is asked before its beds are relied on; the map and what shifts would open say the same as the board', async () => {
  const watcher = await sit(leeds, { size: 'desktop' });
  const { page } = watcher;
  await opened(watcher, '/beds');
  await live(page);
  const cards = await cardsOf(watcher);
  const stale = cards.find((card) => card.freshness === 'stale' && card.counts && !card.askedAt)!;
  const last = cards.findLastIndex((card) => card.freshness !== 'stale');
  expect(cards.indexOf(stale)).toBeGreaterThan(last);

  await rowOf(page, stale)
    .getByText(/Stale, .*ask first/)
    .waitFor();
  await rowOf(page, stale).click();
  await page.getByText('These figures are stale: ask before you rely on them.').waitFor();
  await page.getByRole('button', { name: 'Ask the ward to confirm' }).click();
  await page.getByText(/The ward was asked to confirm at 14:\d\d/).waitFor();
  await page.getByRole('link', { name: 'The board' }).click();
  await rowOf(page, stale)
    .getByText(/^asked 14:\d\d, no answer yet$/)
    .waitFor();

  // Every bed that is free by figures that count is in a circle
  const free = Number(await page.locator('.summary .big').textContent());
  await page.getByRole('link', { name: 'Map', exact: true }).click();
  await page.getByRole('heading', { name: 'Free beds by site' }).waitFor();
  const bySite = await page.locator('.map li strong').allTextContents();
  expect(bySite.reduce((sum, one) => sum + Number(one), 0)).toBe(free);
  await watcher.looksRight('beds-map');
  const site = page.locator('.map li a').first();
  const name = await site.textContent();
  await site.click();
  await page.getByRole('heading', { level: 1, name: `at ${name}` }).waitFor();

  await page.goto('/beds/openings');
  await page.getByRole('heading', { level: 1, name: 'Beds that shifts would open' }).waitFor();
  await watcher.looksRight('beds-openings');
});
