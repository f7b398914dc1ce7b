import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { story } from './harness.ts';

const { sit } = story({ now: '2026-11-27T14:00:00Z' });

const header = 'staff_number,trust,name,role,band,staff_group,bank_from,joined_on';
const row = (number: number, band = '3') => `RGD-N${number},RGD,"Newcomer, ${number}",hcsw,${band},nursing,2026-01-01,2026-01-01`;
const file = (name: string, rows: string[]) => ({ name, mimeType: 'text/csv', buffer: Buffer.from([header, ...rows].join('\n')) });

async function problemsTakenHome(page: Page, name: RegExp): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()]);
  return readFile(await download.path(), 'utf8');
}

test('a file with mistakes is refused row by row, the mended one goes in whole, and once', async () => {
  const desk = await sit('bank-office@rgd.example', { size: 'desktop' });
  const { page } = desk;
  await page.goto('/imports');
  await page.getByRole('heading', { name: 'Bring in a file' }).waitFor();
  await page.getByText(/^The \d+ columns of workers$/).click();
  await desk.looksRight('imports');

  // Given a file in which two rows are wrong: a band that isn't one, another trust's worker with a cell that a spreadsheet would run
  await page
    .getByLabel('Choose a file')
    .setInputFiles(file('newcomers.csv', [row(1), row(2, 'three'), '=1+1,RXG,Other,hcsw,3,nursing,,', row(4)]));
  await page.getByText('2 rows of 4 cannot be applied').waitFor();
  const problem = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: '3', exact: true }) });
  await problem.getByText('band', { exact: true }).waitFor();
  await desk.looksRight('import-problems');

  // When the problems are taken home, each is a line
  const text = await problemsTakenHome(page, /^Download all 2 problems$/);
  expect(text.trim().split('\r\n')).toHaveLength(3);
  expect(await page.getByRole('button', { name: /^Apply/ }).count()).toBe(0);

  // And a cell that a spreadsheet would run as a formula is only text there
  await page.getByLabel('Choose a file').setInputFiles({ ...file('sly.csv', []), buffer: Buffer.from(`${header},=1+1\n`) });
  await page.getByText(/is not a column of workers/).waitFor();
  const sly = await problemsTakenHome(page, /^Download the problem$/);
  expect(sly).toContain(",'=1+1,");

  // When the mended file comes, it says what would change and waits
  const mended = file('newcomers.csv', [row(1), row(2), row(4)]);
  await page.getByLabel('Choose a file').setInputFiles(mended);
  await page.getByText('All 3 rows are good').waitFor();
  await desk.looksRight('import-preview');
  const nobodyYet = await desk.call<{ items: unknown[] }>('GET', '/workers?staffNumber=RGD-N1');
  expect(nobodyYet.body.items).toEqual([]);
  await page.getByRole('button', { name: 'Apply all 3 rows' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('Applied all 3 rows').waitFor();
  const there = await desk.call<{ items: { name: string }[] }>('GET', '/workers?staffNumber=RGD-N1');
  expect(there.body.items.map(({ name }) => name)).toEqual(['Newcomer, 1']);

  // And the same file again has nothing to change
  await page.getByRole('button', { name: 'Bring in another file' }).click();
  await page.getByLabel('Choose a file').setInputFiles(mended);
  await page.getByText('Nothing to change').waitFor();
  expect(await page.getByRole('button', { name: /^Apply/ }).count()).toBe(0);
  await desk.looksRight('import-nothing-to-change');
});

test('a hundred thousand rows are checked with words for the wait, and the wrong kind of file is named', async () => {
  const desk = await sit('bank-office@rgd.example', { size: 'desktop' });
  const { page } = desk;
  await page.goto('/imports');
  await page.getByRole('heading', { name: 'Bring in a file' }).waitFor();
  const rows = Array.from(
    { length: 100_000 },
    (_, index) => `RGD-0001,RGD,,2026-01-01T07:00:00Z,2026-01-01T15:00:00Z,30,duty,big-${index}`,
  );
  await page.getByLabel('1. What is in the file?').selectOption('roster');
  await page.getByLabel('Choose a file').setInputFiles({
    name: 'roster.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(['staff_number,trust,ward_code,starts_at,ends_at,break_minutes,kind,external_id', ...rows].join('\n')),
  });
  await page.getByText('Checking. Nothing is written yet.').waitFor();
  await page
    .getByText(/^(Sending|Checking): /)
    .first()
    .waitFor();
  await page
    .getByText(/100,000/)
    .first()
    .waitFor({ timeout: 50_000 });

  await page
    .getByLabel('Choose a file')
    .setInputFiles({ name: 'old.csv', mimeType: 'text/csv', buffer: Buffer.from([0x6e, 0x61, 0x6d, 0x65, 0x0a, 0xe9, 0x0a]) });
  await page.getByRole('alert').getByText(/UTF-8/).waitFor();
});

test('a line that drops while a file is on its way is said, and sending it again is safe', async () => {
  const desk = await sit('bank-office@rgd.example', { size: 'desktop' });
  const { page } = desk;
  await page.goto('/imports');
  await page.getByRole('heading', { name: 'Bring in a file' }).waitFor();
  await page.route('**/api/v1/imports/**', (route) => route.abort());
  await page.getByLabel('Choose a file').setInputFiles(file('newcomers.csv', [row(7)]));
  await page.getByText('The line dropped before the answer came').waitFor();
  await page.unroute('**/api/v1/imports/**');
  await page.getByRole('button', { name: 'Check again' }).click();

  // Applied, but the answer is lost: nobody knows, and asking again tells the truth
  await page.route('**/api/v1/imports/**', async (route) => {
    await route.fetch();
    await route.abort();
  });
  await page.getByRole('button', { name: 'Apply the row' }).click();
  await page.getByText(/^We do not know yet whether it was applied/).waitFor();
  await page.unroute('**/api/v1/imports/**');
  await page.getByRole('button', { name: 'Send it again' }).click();
  await page.getByText(/^(Applied the row|Nothing to change)$/).waitFor();
  const { body } = await desk.call<{ items: unknown[] }>('GET', '/workers?staffNumber=RGD-N7');
  expect(body.items).toHaveLength(1);
});
