import { expect, test } from 'vitest';
import type { BookingView, MyShift, MyShifts } from '@homeward/shared/shifts/contract.ts';
import { story, type Person } from './harness.ts';
import { cardOf, firstShared, openToAll, opened } from './shifts.ts';

const { sit } = story({ now: '2026-11-27T14:00:00Z' });

const amina = 'rgd-0001@demo.example';
const joe = 'rxg-0003@demo.example';

test('one of two takes a shift in two taps; the other sees it go and is told the truth', async () => {
  // Given two people who see the same shift, one with the list open, and one of them with the shift itself open too
  const first = await sit(amina);
  const second = await sit(joe);
  await opened(second, '/shifts');
  const shift = await firstShared(second, first);
  const beside = await second.context.newPage();
  await beside.goto(`/shifts/${shift.id}`);
  await beside.getByRole('button', { name: 'Take this shift' }).waitFor();
  await cardOf(second, shift).scrollIntoViewIfNeeded();
  await opened(first, `/shifts/${shift.id}`);
  await first.looksRight('shift');

  // When one takes it: a tap, and a second that names when and where
  await first.page.getByRole('button', { name: 'Take this shift' }).click();
  const asked = first.page.getByRole('dialog', { name: 'Take this shift?' });
  await asked.getByText(shift.ward.name).waitFor();
  await first.page.getByRole('button', { name: 'Yes, book me' }).click();

  // Then it is theirs
  await first.page.getByText('Booked. This shift is yours.').waitFor();
  await first.page.getByRole('button', { name: /^Undo/ }).waitFor();

  // And the other's screens say so by themselves: the card for a moment, the open page until it is left
  await second.page
    .getByText(/^Taken \d\d:\d\d$/)
    .first()
    .waitFor({ timeout: 2000 });
  await second.page.getByText(/^Taken \d\d:\d\d$/).waitFor({ state: 'detached', timeout: 6000 });
  expect(await cardOf(second, shift).count()).toBe(0);
  await beside.getByText(/^Someone else took this shift at \d\d:\d\d$/).waitFor();
  expect(await beside.getByRole('button', { name: 'Take this shift' }).count()).toBe(0);
  await first.looksRight('shift-booked');
});

test('nothing moves under a finger: what one looks at stays, and the list waits while it is touched', async () => {
  const taker = await sit(amina);
  const reader = await sit(joe);
  const { page, context } = reader;
  await opened(reader, '/shifts');
  const links = page.locator('article a');
  const above = await firstShared(reader, taker);

  // Given somebody who has read past a card, and looks at another
  const cards = page.locator('article');
  await cardOf(reader, above).evaluate((element) => window.scrollTo(0, element.getBoundingClientRect().bottom + window.scrollY + 400));
  const href = await links.evaluateAll((all) => all.find((one) => one.getBoundingClientRect().top > 100)?.getAttribute('href'));
  const place = () => page.locator(`article a[href="${href}"]`).evaluate((element) => element.getBoundingClientRect().top);
  const before = await place();

  // When the card above is taken and closes up
  expect((await taker.call('POST', `/shifts/${above.id}/accept`, {})).status).toBe(201);
  await page.getByText(/^Taken /).waitFor({ state: 'attached' });
  await page.getByText(/^Taken /).waitFor({ state: 'detached' });

  // Then what they look at is where it was
  expect(Math.abs((await place()) - before)).toBeLessThanOrEqual(1);

  // And with a finger on the list, the next that goes says so but keeps its place until the finger leaves
  await page.evaluate(() => window.scrollTo(0, 0));
  const box = (await cards.first().boundingBox())!;
  const touch = await context.newCDPSession(page);
  await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: box.x + 20, y: box.y + 20 }] });
  const next = await firstShared(reader, taker);
  const left = await cards.count();
  const shown = () => links.evaluateAll((all) => all.map((one) => one.getAttribute('href')));
  const others = (await shown()).filter((one) => one !== `/shifts/${next.id}`);
  expect((await taker.call('POST', `/shifts/${next.id}/accept`, {})).status).toBe(201);
  await page.getByText(/^Taken /).waitFor();
  await page.waitForTimeout(3500);
  expect(await cards.count()).toBe(left);
  await touch.send('Input.dispatchTouchEvent', { type: 'touchCancel', touchPoints: [] });
  await page.getByText(/^Taken /).waitFor({ state: 'detached' });
  // A long list is shown piece by piece: the others stand as they stood, and one more may have come up behind them.
  expect((await shown()).slice(0, others.length)).toEqual(others);
});

test('who looks at a shift far down the list and goes back is where they were', async () => {
  const reader = await sit(amina);
  const { page } = reader;
  await opened(reader, '/shifts');
  await page
    .getByRole('status')
    .filter({ hasText: /shifts\s*$/ })
    .waitFor();
  // Given a card beyond the first that are read, which is drawn only once one has scrolled to it
  const links = page.locator('article a');
  const { body } = await reader.call<MyShifts>('GET', '/me/shifts?limit=100');
  const hrefs = () => links.evaluateAll((all) => all.map((one) => one.getAttribute('href')));
  await expect
    .poll(async () => {
      await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
      return page.getByText(/^Showing more as you scroll/).count();
    })
    .toBe(0);
  const drawn = await hrefs();
  expect(body.items.length).toBeGreaterThan(30);
  const href = drawn.at(-8)!;
  await page.locator(`article a[href="${href}"]`).scrollIntoViewIfNeeded();
  const place = () => page.locator(`article a[href="${href}"]`).evaluate((element) => element.getBoundingClientRect().top);
  const before = await place();

  // When they look at it and go back
  await page.locator(`article a[href="${href}"]`).click();
  await page.getByRole('button', { name: 'Take this shift' }).waitFor();
  await page.goBack();
  await page.getByRole('heading', { name: 'Shifts for you' }).waitFor();

  // Then it stands where it stood
  await page.locator(`article a[href="${href}"]`).waitFor();
  await expect.poll(async () => Math.abs((await place()) - before), { timeout: 5000 }).toBeLessThanOrEqual(1);
});

test('a tap that comes too late is answered with since when, and with what there is instead', async () => {
  const first = await sit(amina);
  const second = await sit(joe);
  const [shift] = await openToAll(first, second);
  if (!shift) throw new Error('The demonstration has no shift that both may take.');

  // Given the question is on the second person's screen when the first one's booking goes through
  await opened(second, `/shifts/${shift.id}`);
  await second.page.getByRole('button', { name: 'Take this shift' }).click();
  expect((await first.call('POST', `/shifts/${shift.id}/accept`, {})).status).toBe(201);

  // When they tap
  await second.page.getByRole('button', { name: 'Yes, book me' }).click();

  // Then they are told that it went and when, that they are not booked, and what they can take
  await second.page.getByText(/^Someone else took this shift at \d\d:\d\d$/).waitFor();
  await second.page.getByText(/You have not been booked/).waitFor();
  expect(await second.page.locator('article').count()).toBeGreaterThan(0);
  await second.looksRight('shift-taken');
  const { body } = await second.call<{ items: BookingView[] }>('GET', '/me/bookings');
  expect(body.items.filter((booking) => booking.shiftId === shift.id)).toEqual([]);
});

test('a booking undone within five minutes comes back to everyone’s list', async () => {
  const first = await sit(amina);
  const second = await sit(joe);
  // One that is drawn without scrolling
  await opened(second, '/shifts');
  const shift = await firstShared(second, first);
  await opened(first, `/shifts/${shift.id}`);
  await first.page.getByRole('button', { name: 'Take this shift' }).click();
  await first.page.getByRole('button', { name: 'Yes, book me' }).click();
  await first.page.getByText('Booked. This shift is yours.').waitFor();
  await opened(second, '/shifts');
  expect(await cardOf(second, shift).count()).toBe(0);

  await first.page.getByRole('button', { name: /^Undo/ }).click();

  await first.page.getByText('Undone. You are not booked on this shift.').waitFor();
  await cardOf(second, shift).waitFor({ state: 'attached', timeout: 3000 });
});

test('what is booked can be explained, and cancelled with a reason', async () => {
  const { page, call, looksRight } = await sit(amina);
  const { body: mine } = await call<MyShifts>('GET', '/me/shifts?limit=1');
  const [shift] = mine.items;
  expect((await call('POST', `/shifts/${shift!.id}/accept`, {})).status).toBe(201);

  await page.goto('/bookings');
  const booking = page.locator('article').first();
  await booking.getByText('Why I could take it').click();
  await booking.getByText(/^As it was decided on/).waitFor();
  await looksRight('bookings');

  await booking.getByRole('button', { name: 'Cancel this booking' }).click();
  await page.getByRole('button', { name: 'Cancel the booking' }).click();
  await page.getByRole('alert').getByText('Choose a reason').waitFor();
  await page.getByRole('dialog').getByRole('radio').first().check();
  await page.getByRole('button', { name: 'Cancel the booking' }).click();
  await page.getByText(/^Cancelled. The ward knows/).waitFor();
  await page
    .getByText('You have nothing booked')
    .or(page.getByText(/shifts? ahead/))
    .first()
    .waitFor();
});

test('a worker who would rest too little asks the ward, and hears the answer where they asked', async () => {
  // Given somebody with a shift that only the ward may let them have
  let asker: Person | undefined;
  let wanted: MyShift | undefined;
  for (let number = 1; number <= 30 && !wanted; number++) {
    asker = await sit(`rgd-${String(number).padStart(4, '0')}@demo.example`);
    wanted = (await asker.call<MyShifts>('GET', '/me/shifts?outcome=override&limit=1')).body.items[0];
    if (!wanted) await asker.context.close();
  }
  if (!asker || !wanted) throw new Error('The demonstration has nobody who has to ask.');
  const { page } = asker;
  await opened(asker, '/shifts?show=ask');
  await page.locator(`a[href="/shifts/${wanted.id}"]`).click();

  // When they ask
  await page.getByRole('button', { name: 'Ask the ward' }).click();
  await page.getByText('You have asked the ward').waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  const { body: asked } = await asker.call<{ items: { id: string; shiftId: string }[] }>('GET', '/me/requests');
  const request = asked.items.find((one) => one.shiftId === wanted.id)!;

  // It stands with what they booked, until it is answered
  await opened(asker, '/bookings');
  await page.getByText('Waiting for the ward').waitFor();
  await opened(asker, `/shifts/${wanted.id}`);

  // Then the ward manager's yes is on their screen by itself
  const manager = await sit(`ward-manager@${wanted.ward.trust.toLowerCase()}.example`);
  const answer = await manager.call('POST', `/requests/${request.id}/approve`, {
    reason: 'Agreed by phone',
    compensatoryRest: 'Starts two hours later on Monday',
  });
  expect(answer.status).toBe(201);
  await page.getByText('Booked. This shift is yours.').waitFor();
});

test('every page of a worker can be read by everyone, by day and by night', async () => {
  const { page, looksRight } = await sit(amina);
  for (const [name, path] of Object.entries({
    shifts: '/shifts',
    'shifts-to-ask-for': '/shifts?show=ask',
    'shifts-closed': '/shifts?show=blocked',
    'bookings-month': '/bookings?show=month',
    passport: '/passport',
    me: '/me',
    'not-here': '/shifts/not-a-shift',
  })) {
    await page.goto(path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await looksRight(name);
  }
});
