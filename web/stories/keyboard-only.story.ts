import { expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { password, story } from './harness.ts';
import { firstShared } from './shifts.ts';

const { sit } = story({ now: '2026-11-27T14:00:00Z' });

/** Tabs on until the focus is on something called this; fails where the keyboard never gets there. */
async function tabTo(page: Page, name: RegExp, most = 60): Promise<void> {
  for (let step = 0; step < most; step++) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement | null;
      if (!element) return { words: '', seen: false };
      const label = (element as HTMLInputElement).labels?.[0]?.textContent ?? '';
      const style = getComputedStyle(element);
      const after = getComputedStyle(element, '::after');
      const seen = [style.outlineStyle, style.boxShadow, after.outlineStyle].some((value) => value !== 'none');
      return { words: `${label} ${element.getAttribute('aria-label') ?? ''} ${element.textContent}`.trim(), seen };
    });
    if (!name.test(focused.words)) continue;
    expect(focused.seen, `${focused.words}: the focus can be seen`).toBe(true);
    return;
  }
  throw new Error(`The keyboard never came to ${name}.`);
}

test('a worker signs in, finds a shift, takes it and undoes it without a mouse', async () => {
  const { page } = await sit(null, { size: 'desktop' });
  await page.goto('/');
  await page.getByRole('heading', { name: 'Sign in to Homeward' }).waitFor();

  // The first stop leads past the header
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to main content');

  await tabTo(page, /^E-mail address/);
  await page.keyboard.type('rgd-0001@demo.example');
  await tabTo(page, /^Password/);
  await page.keyboard.type('not the password');
  await page.keyboard.press('Enter');
  // What is wrong takes the focus, and what was typed stays
  const summary = page.getByRole('alert');
  await summary.waitFor();
  expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('alert');
  expect(await page.getByLabel('E-mail address').inputValue()).toBe('rgd-0001@demo.example');
  await tabTo(page, /^Password/);
  await page.keyboard.press('Control+A');
  await page.keyboard.type(password);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Shifts for you' }).waitFor();

  // Narrow it to nights, and on to the first shift
  await tabTo(page, /^Nights$/);
  await page.keyboard.press('Space');
  expect(await page.getByRole('button', { name: 'Nights' }).getAttribute('aria-pressed')).toBe('true');
  await page.keyboard.press('Space');
  await tabTo(page, /, \w{3} \d+ \w{3}, \d\d:\d\d–\d\d:\d\d/);
  await page.keyboard.press('Enter');
  const take = page.getByRole('button', { name: 'Take this shift' });
  await take.waitFor();

  // Escape leaves the question, and the focus is back where it was
  await tabTo(page, /^Take this shift$/);
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  expect(await take.evaluate((button) => button === document.activeElement)).toBe(true);

  await page.keyboard.press('Enter');
  await tabTo(page, /^Yes, book me$/, 4);
  await page.keyboard.press('Enter');
  await page.getByText('Booked. This shift is yours.').waitFor();

  await tabTo(page, /^Undo/);
  await page.keyboard.press('Enter');
  await page.getByText('Undone. You are not booked on this shift.').waitFor();
});

test('the list holds still while the focus is in a card, and says what waits', async () => {
  const reader = await sit('rgd-0001@demo.example', { size: 'desktop' });
  const { page } = reader;
  await page.goto('/shifts');
  await page.getByText('Live', { exact: true }).waitFor();
  const other = await sit('rxg-0003@demo.example');
  const shared = await firstShared(reader, other, 2);
  await tabTo(page, /, \w{3} \d+ \w{3}, \d\d:\d\d–\d\d:\d\d/);
  const count = await page.locator('article').count();

  await other.call('POST', `/shifts/${shared.id}/accept`, {});
  await page.getByText(/^Taken \d\d:\d\d$/).waitFor();
  await page.waitForTimeout(3500);
  expect(await page.locator('article').count()).toBe(count);
  await page.getByRole('button', { name: /change.* Show now/ }).waitFor();

  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  await page.getByText(/^Taken \d\d:\d\d$/).waitFor({ state: 'detached' });
});
