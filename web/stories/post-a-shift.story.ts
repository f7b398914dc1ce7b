import { expect, test } from 'vitest';
import type { MyShifts, WardBoard } from '@homeward/shared/shifts/contract.ts';
import type { SessionView } from '@homeward/shared/accounts/contract.ts';
import { story, type Person } from './harness.ts';

const { sit } = story({ now: '2026-11-27T14:00:00Z' });

const manager = 'ward-manager@rxg.example';
const worker = 'rxg-0003@demo.example';

async function elmdale(person: Person): Promise<{ id: string; path: string }> {
  const { body } = await person.call<SessionView>('GET', '/session');
  const ward = body.wards.find(({ code }) => code === 'the-dales/elmdale');
  if (!ward) throw new Error('The manager has no Elmdale.');
  return { id: ward.id, path: `/wards/${ward.id}` };
}

async function opened({ page }: Person, path: string) {
  await page.goto(path);
  await page.getByText('Live', { exact: true }).waitFor();
}

/** What the axe run and a person need alike: the page has settled. */
const board = (person: Person, id: string) => person.call<WardBoard>('GET', `/wards/${id}/board`).then(({ body }) => body);

test('a manager posts a shift, a worker sees it appear and takes it, and the board shows it filled', async () => {
  // Given a manager with the ward's board open, and a worker with the list of shifts open
  const desk = await sit(manager, { size: 'desktop' });
  const phone = await sit(worker);
  const ward = await elmdale(desk);
  await opened(desk, ward.path);
  await desk.looksRight('ward-board');
  await opened(phone, '/shifts');
  const before = new Set((await phone.call<MyShifts>('GET', '/me/shifts?limit=100')).body.items.map(({ id }) => id));

  // When the manager posts tomorrow's night: two taps for the time, one for the day
  await desk.page.getByRole('link', { name: 'Post shifts' }).click();
  await desk.page.getByRole('heading', { name: 'Post shifts' }).waitFor();
  await desk.page.getByRole('checkbox', { name: 'Fri 27 Nov' }).uncheck();
  await desk.page.getByRole('checkbox', { name: 'Sun 29 Nov' }).check();
  await desk.page.getByRole('radio', { name: /^Night/ }).check();
  await desk.looksRight('post-shifts');
  await desk.page.getByRole('button', { name: 'Post shift', exact: true }).click();
  // Something is missing: it is said, and what was typed stays
  await desk.page.getByRole('alert').getByText('Choose why the shift is needed.').waitFor();
  expect(await desk.page.getByRole('checkbox', { name: 'Sun 29 Nov' }).isChecked()).toBe(true);
  await desk.page.getByLabel('Why it is needed').selectOption({ index: 1 });
  await desk.page.getByRole('button', { name: 'Post shift', exact: true }).click();
  await desk.page.getByText('Posted 1 shift.').waitFor();

  // Then it stands in the worker's list without a reload
  await expect
    .poll(
      async () =>
        (await phone.page.locator('article a').evaluateAll((links) => links.map((link) => link.getAttribute('href')!))).some(
          (href) => href.startsWith('/shifts/') && !before.has(href.slice('/shifts/'.length)),
        ),
      { timeout: 5000 },
    )
    .toBe(true);
  const hrefs = await phone.page.locator('article a').evaluateAll((links) => links.map((link) => link.getAttribute('href')!));
  const href = hrefs.find((one) => one.startsWith('/shifts/') && !before.has(one.slice('/shifts/'.length)))!;
  const shiftId = href.slice('/shifts/'.length);
  expect((await board(desk, ward.id)).shifts.some(({ id }) => id === shiftId)).toBe(true);

  // And when the worker takes it, the board says who, by itself
  const onBoard = desk.page.locator(`.week a[href$="${shiftId}"]`);
  await expect.poll(() => onBoard.innerText()).toContain('Open');
  await phone.page.goto(href);
  await phone.page.getByRole('button', { name: 'Take this shift' }).click();
  await phone.page.getByRole('button', { name: 'Yes, book me' }).click();
  await phone.page.getByText('Booked. This shift is yours.').waitFor();
  const name = (await phone.call<SessionView>('GET', '/session')).body.worker!.name;
  await expect.poll(() => onBoard.innerText(), { timeout: 2000 }).toContain(name);

  // And the shift's own page says who and why they could
  await onBoard.click();
  await desk.page.getByText('Filled', { exact: true }).waitFor();
  await desk.page.getByText(/^Why .* could take it/).click();
  await desk.page.getByText(/^All \d+ checks pass$/).click();
  await desk.looksRight('ward-shift-filled');
});

test('with the keyboard alone: post from the board, and cancel again with a reason', async () => {
  const desk = await sit(manager, { size: 'desktop' });
  const { page } = desk;
  const ward = await elmdale(desk);
  await opened(desk, ward.path);

  // Given the plus in a day's late row
  const plus = page.getByRole('link', { name: 'Post a shift: Late, Tue 1 Dec' });
  await plus.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Post shifts' }).waitFor();
  expect(await page.getByRole('checkbox', { name: 'Tue 1 Dec' }).isChecked()).toBe(true);
  expect(await page.getByRole('radio', { name: /^Late/ }).isChecked()).toBe(true);

  // When the rest is typed: the start by hand, and the reason by its first letters
  await page.getByLabel('Start').focus();
  await page.keyboard.press('Control+A');
  await page.keyboard.type('14');
  await page.keyboard.press('Tab');
  expect(await page.getByLabel('Start').inputValue()).toBe('14:00');
  await page.getByLabel('Why it is needed').focus();
  await page.keyboard.press('ArrowDown');
  await page.getByRole('button', { name: 'Post shift', exact: true }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('Posted 1 shift.').waitFor();

  // Then it is on the board, and its page is a key away
  const posted = (await board(desk, ward.id)).shifts.find(({ startsAt }) => startsAt.startsWith('2026-12-01T14:00'))!;
  const link = page.locator(`.week a[href$="${posted.id}"]`);
  await link.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: /^Tue 1 Dec, 14:00/ }).waitFor();

  // When it is cancelled, the question keeps the focus and wants a reason
  await page.getByRole('button', { name: 'Cancel this shift' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel shift' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByRole('alert').waitFor();
  await page.getByRole('dialog').getByRole('radio').first().focus();
  await page.keyboard.press('Space');
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel shift' }).focus();
  await page.keyboard.press('Enter');

  // Then the page says so by itself
  await page.getByText('Cancelled', { exact: true }).waitFor();
});

test('last week’s pattern is posted in one act, without what is there already', async () => {
  const desk = await sit(manager, { size: 'desktop' });
  const { page } = desk;
  const ward = await elmdale(desk);
  await opened(desk, ward.path);
  // A shift a week before, so that there is something to repeat in the second week shown
  const { status } = await desk.call('POST', '/shifts', {
    wardId: ward.id,
    role: 'hcsw',
    band: 2,
    startsAt: '2026-11-30T20:00:00Z',
    endsAt: '2026-12-01T08:00:00Z',
    breakMinutes: 60,
    count: 2,
    reason: 'vacancy',
  });
  expect(status).toBe(201);

  await page.getByRole('link', { name: 'Repeat last week' }).click();
  await page.getByRole('heading', { name: 'Repeat the week before' }).waitFor();
  await page.getByRole('link', { name: 'From Fri 4 Dec' }).click();
  await page.getByRole('heading', { name: 'Mon 7 Dec' }).waitFor();
  await desk.looksRight('repeat-week');
  const button = page.getByRole('button', { name: /^Post \d+ shifts?$/ });
  const asked = Number((await button.innerText()).match(/\d+/)![0]);
  const count = async () =>
    (await board(desk, ward.id)).shifts.filter(({ startsAt }) => startsAt >= '2026-12-04' && startsAt < '2026-12-11').length;
  const before = await count();
  await button.click();
  await page.getByText(`Posted ${asked} shift`).waitFor();
  expect(await count()).toBe(before + asked);

  // Asked again, nothing is ticked that is on the board by now
  await page.goto(`${ward.path}/pattern?week=2026-12-04`);
  await page.getByText('One like it is on the board already.').first().waitFor();
  expect(await page.getByRole('checkbox', { checked: true }).count()).toBe(0);
});

test('a request that cuts rest is answered with a reason and the rest that makes up for it', async () => {
  const desk = await sit('ward-manager@tad.example', { size: 'desktop' });
  const { page } = desk;
  await page.goto('/wards');
  await page.getByRole('heading', { name: 'Your wards' }).waitFor();
  await desk.looksRight('wards');
  await page
    .getByRole('link', { name: /asked for/ })
    .first()
    .click();
  await page.getByRole('heading', { name: /^Waiting for you/ }).waitFor();
  await page
    .getByText(/^Answer /)
    .first()
    .click();
  await page.getByRole('button', { name: 'Approve and book' }).first().click();
  await page.getByRole('alert').getByText('Say why in a few words.').waitFor();
  await desk.looksRight('ward-request');

  await page.getByLabel('Why, in a few words').first().fill('Nobody else can come, and they know the ward.');
  await page.getByRole('button', { name: 'Refuse' }).first().click();
  await page.getByText(/was told no, with your reason\.$/).waitFor();

  // And another is agreed to, which books it
  await page.goto('/wards');
  await page
    .getByRole('link', { name: /asked for/ })
    .first()
    .click();
  const card = page.locator('section.card').filter({ hasText: 'asks for a shift that needs your agreement' }).first();
  const name = (await card.locator('strong').first().innerText()).replace(/ asks for .*/, '');
  await card.getByText(`Answer ${name}`).click();
  await card.getByLabel('Why, in a few words').fill('They know the ward, and nobody else can come.');
  await card.getByLabel('Compensatory rest').fill('Free until 14:00 the day after.');
  await card.getByRole('button', { name: 'Approve and book' }).click();
  await page.getByText(`${name} is booked.`).waitFor();
  await page.locator('.week a.filled').filter({ hasText: name }).waitFor();
});

test('a time that the clocks skip or repeat is never guessed', async () => {
  const desk = await sit(manager, { size: 'desktop' });
  const { page } = desk;
  const ward = await elmdale(desk);
  // The March change: 01:30 on 28 March 2027 does not happen
  await page.goto(`${ward.path}/post?day=2027-03-28`);
  await page.getByLabel('Start').fill('01:30');
  await page.getByLabel('End').fill('09:00');
  await page.getByLabel('Why it is needed').selectOption({ index: 1 });
  await page.getByRole('button', { name: 'Post shift', exact: true }).click();
  await page
    .getByRole('alert')
    .getByText(/the clocks go forward and 01:30 does not happen/)
    .waitFor();
  // The October change: it happens twice
  await page.goto(`${ward.path}/post?day=2027-10-31`);
  await page.getByLabel('Start').fill('01:30');
  await page.getByLabel('End').fill('09:00');
  await page.getByRole('group', { name: /^The clocks go back on Sun 31 Oct/ }).waitFor();
  await page.getByRole('radio', { name: /^01:30 GMT/ }).check();
  await page.getByText('Ends the same day. 7 h 30 min.').waitFor();
});
