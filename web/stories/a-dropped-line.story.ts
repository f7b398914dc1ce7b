import { expect, test } from 'vitest';
import type { BookingView, MyShift, MyShifts } from '@homeward/shared/shifts/contract.ts';
import { story } from './harness.ts';
import { cardOf, firstShared, opened } from './shifts.ts';

const { sit, program } = story({ now: '2026-11-27T14:00:00Z' });

const amina = 'rgd-0001@demo.example';
const joe = 'rxg-0003@demo.example';

test('in a tunnel the list stays, says its age, and catches up by itself', async () => {
  // Given a list on a phone on a bus
  const onTheBus = await sit(amina);
  const elsewhere = await sit(joe);
  const { page, context } = onTheBus;
  await opened(onTheBus, '/shifts');
  const shift = await firstShared(onTheBus, elsewhere);
  const card = cardOf(onTheBus, shift);

  // When the line drops, and somebody takes a shift meanwhile
  await context.setOffline(true);
  await page.getByText(/^Offline, as of \d\d:\d\d$/).waitFor();
  expect((await elsewhere.call('POST', `/shifts/${shift.id}/accept`, {})).status).toBe(201);

  // Then everything stays in sight with its age
  expect(await card.count()).toBe(1);
  await onTheBus.looksRight('offline');

  // And when the line is back, the list is right again, with nobody touching it
  await context.setOffline(false);
  await page.getByText('Live', { exact: true }).waitFor();
  await card.waitFor({ state: 'detached' });
});

test('a tap in a tunnel books once, and never says that it failed', async () => {
  const { page, context, call } = await sit(amina);
  const { body: mine } = await call<MyShifts>('GET', '/me/shifts?limit=1');
  const [shift] = mine.items as [MyShift];
  await page.goto(`/shifts/${shift.id}`);
  await page.getByText('Live', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Take this shift' }).click();

  // The server does it, and the answer is lost on the way back
  let isLost = true;
  await page.route('**/accept', async (route) => {
    if (!isLost) return route.continue();
    isLost = false;
    // First the line, else the feed may say so before it is gone, and there is nothing left to ask.
    await context.setOffline(true);
    await page.getByText(/^Offline/).waitFor();
    await route.fetch();
    await route.abort();
  });
  await page.getByRole('button', { name: 'Yes, book me' }).click();
  await page
    .getByText(/Checking…|You are offline. We will check/)
    .first()
    .waitFor();
  await page.getByText(/You will be booked once or not at all/).waitFor();
  expect(await page.getByText(/failed|went wrong|error/i).count()).toBe(0);

  await context.setOffline(false);
  await page.getByText('Booked. This shift is yours.').waitFor();
  const { body } = await call<{ items: BookingView[] }>('GET', '/me/bookings');
  expect(body.items.filter((booking) => booking.shiftId === shift.id)).toHaveLength(1);
});

test('without a line one can go back to what was seen, and a new page opens by itself later', async () => {
  const { page, context } = await sit(amina);
  await page.goto('/bookings');
  await page.getByRole('link', { name: 'Shifts' }).first().click();
  await page.getByRole('heading', { name: 'Shifts for you' }).waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  // The code of the other pages follows a few seconds after the page.
  await page.waitForTimeout(5500);

  await context.setOffline(true);
  await page.getByText(/^Offline/).waitFor();
  const nav = page.getByRole('navigation', { name: 'Main' }).last();
  await nav.getByRole('link', { name: 'Booked' }).click();
  await page.getByRole('heading', { name: 'Booked', exact: true }).waitFor();
  await nav.getByRole('link', { name: 'Passport' }).click();
  await page.getByRole('heading', { name: 'You are offline' }).waitFor();

  await context.setOffline(false);
  await page.getByRole('heading', { name: 'Your passport', exact: true }).waitFor();
});

test('when the program is killed and comes back, open pages come back with it', async () => {
  const { page } = await sit(amina);
  await page.goto('/shifts');
  await page.getByText('Live', { exact: true }).waitFor();
  // The rest of the list is read after its first cards, and may come before some of them.
  await page
    .getByRole('status')
    .filter({ hasText: /shifts\s*$/ })
    .waitFor();
  const before = await page.locator('article').count();

  await program.kill();
  await page.getByText(/^(Offline|Catching up), as of/).waitFor();
  expect(await page.locator('article').count()).toBe(before);
  await program.again();

  await page.getByText('Live', { exact: true }).waitFor({ timeout: 20_000 });
  expect(await page.locator('article').count()).toBe(before);
});

test('a piece of news lost on the way is noticed, and asked for again', async () => {
  const reader = await sit(amina);
  const taker = await sit(joe);
  const { page } = reader;
  // Given a line that swallows the first news
  let swallowed = 0;
  await page.routeWebSocket(/socket\.io/, (socket) => {
    socket.connectToServer().onMessage((message) => {
      if (swallowed === 0 && String(message).startsWith('42["event"')) swallowed += 1;
      else socket.send(message);
    });
  });
  await opened(reader, '/shifts');
  const first = await firstShared(reader, taker);

  // When two shifts go, and only the second is heard of
  expect((await taker.call('POST', `/shifts/${first.id}/accept`, {})).status).toBe(201);
  await expect.poll(() => swallowed, { timeout: 5000 }).toBe(1);
  expect(await cardOf(reader, first).count()).toBe(1);
  // Further down: the first is still on the screen, and what it leaves beside it may be closed to who has it
  const second = await firstShared(reader, taker, 1);
  expect((await taker.call('POST', `/shifts/${second.id}/accept`, {})).status).toBe(201);

  // Then both are gone from the screen
  await cardOf(reader, second).waitFor({ state: 'detached' });
  await cardOf(reader, first).waitFor({ state: 'detached' });
});
