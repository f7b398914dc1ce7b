import { expect, test } from 'vitest';
import { password, story } from './harness.ts';

const { sit } = story({ now: '2026-11-27T14:00:00Z' });

const amina = 'rgd-0001@demo.example';

test('whoever follows a link signs in and comes to that page', async () => {
  const { page, looksRight } = await sit(null);
  await page.goto('/passport');
  await page.getByRole('heading', { name: 'Sign in to Homeward' }).waitFor();
  await looksRight('sign-in');
  await page.getByLabel('E-mail address').fill(amina);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'Your passport', exact: true }).waitFor();
});

test('what is tapped before the page has woken up happens once it has', async () => {
  const { page } = await sit(null);
  const slow = Promise.withResolvers<void>();
  await page.route('**/_app/**/*.js', async (route) => {
    await slow.promise;
    await route.continue();
  });
  await page.goto('/?next=/passport', { waitUntil: 'commit' });
  await page.getByLabel('E-mail address').fill(amina);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  slow.resolve();
  await page.getByRole('heading', { name: 'Your passport', exact: true }).waitFor();
});

test('in the demonstration one chooses who to be, and comes to the page that role needs', async () => {
  const { page } = await sit(null, { size: 'desktop' });
  await page.goto('/');
  await page.getByRole('heading', { name: 'Ward manager' }).waitFor();
  await page.getByRole('heading', { name: 'Ward manager' }).locator('..').getByRole('button').first().click();
  await page.waitForURL('**/wards**');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in to Homeward' }).waitFor();
  // And back is not back in
  await page.goBack();
  await page.getByRole('heading', { name: 'Sign in to Homeward' }).waitFor();
});

test('signing out everywhere ends every screen, within seconds', async () => {
  const phone = await sit(amina);
  const desk = await sit(amina, { size: 'desktop' });
  await phone.page.goto('/shifts');
  await phone.page.getByText('Live', { exact: true }).waitFor();
  await desk.page.goto('/me');
  await desk.page.getByText('Live', { exact: true }).waitFor();

  await desk.page.getByRole('button', { name: 'Sign out everywhere' }).click();

  await desk.page.getByRole('heading', { name: 'Sign in to Homeward' }).waitFor();
  await phone.page.getByRole('heading', { name: 'Sign in to Homeward' }).waitFor({ timeout: 5000 });
});

test('a link for a first password that was used, or never was, says so', async () => {
  const { page, looksRight } = await sit(null);
  await page.goto('/invitation/not-a-token');
  await page.getByLabel('Password').fill('short');
  await page.getByRole('button', { name: 'Save and go on' }).click();
  await page.getByRole('alert').getByText('Use at least 12 characters').waitFor();
  await looksRight('invitation');
  await page.getByLabel('Password').fill('three or four words');
  await page.getByRole('button', { name: 'Save and go on' }).click();
  await page.getByRole('heading', { name: 'This link can’t be used' }).waitFor();
});

test('a worker says when they are not available, and takes it back', async () => {
  const { page, looksRight } = await sit(amina);
  await page.goto('/me');
  const card = page.locator('section', { has: page.getByRole('heading', { name: 'When I’m not available' }) });
  await page.getByText('Live', { exact: true }).waitFor();

  // What isn't a day is said, and what was typed stays
  const first = page.getByRole('group', { name: 'First day' });
  await first.getByLabel('Day').fill('31');
  await first.getByLabel('Month').fill('2');
  await first.getByLabel('Year').fill('2027');
  await card.getByRole('button', { name: 'Mark as not available' }).click();
  await page
    .getByRole('alert')
    .getByText(/Type the first day as a day, month and year/)
    .waitFor();
  expect(await first.getByLabel('Day').inputValue()).toBe('31');
  await looksRight('me-with-a-mistake');

  await first.getByLabel('Day').fill('24');
  await first.getByLabel('Month').fill('12');
  await first.getByLabel('Year').fill('2026');
  const last = page.getByRole('group', { name: 'Last day' });
  await last.getByLabel('Day').fill('26');
  await last.getByLabel('Month').fill('12');
  await last.getByLabel('Year').fill('2026');
  await card.getByRole('button', { name: 'Mark as not available' }).click();
  const christmas = card.getByRole('listitem').filter({ hasText: 'Thu 24 Dec – Sat 26 Dec' });
  await christmas.waitFor();

  // A part of a day may end the next morning
  await card.getByLabel('Part of a day').check();
  const day = page.getByRole('group', { name: 'Day', exact: true });
  await day.getByLabel('Day').fill('30');
  await day.getByLabel('Month').fill('11');
  await day.getByLabel('Year').fill('2026');
  await card.getByLabel('From').fill('22:00');
  await card.getByLabel('Until').fill('06:00');
  await card.getByText('Until 06:00 the next morning.').waitFor();
  await card.getByRole('button', { name: 'Mark as not available' }).click();
  await card.getByRole('listitem').filter({ hasText: 'Mon 30 Nov, 22:00–06:00 (8 h)' }).waitFor();

  await page.reload();
  await page.getByText('Live', { exact: true }).waitFor();
  await christmas.getByRole('button', { name: /^Remove/ }).click();
  await christmas.waitFor({ state: 'detached' });
  expect(await card.getByRole('listitem').count()).toBe(1);
});
