import { expect, test } from 'vitest';
import type { BookingView, MyShift, MyShifts } from '@homeward/shared/shifts/contract.ts';
import { story, type Person } from './harness.ts';

const { sit } = story({ now: '2026-11-27T14:00:00Z' });

const amina = 'rgd-0001@demo.example';
const joe = 'rxg-0003@demo.example';

/** Shifts that all of them may take, the first on everyone's list first. */
async function openToAll(...people: Person[]): Promise<MyShift[]> {
  const [first = [], ...others] = await Promise.all(people.map(async (one) => (await one.call<MyShifts>('GET', '/me/shifts?limit=100')).body.items));
  return first.filter((shift) => others.every((list) => list.some((other) => other.id === shift.id)));
}

const card = (person: Person, shift: MyShift) => person.page.locator('article', { has: person.page.locator(`a[href="/shifts/${shift.id}"]`) });

/** As the card's own words go: it loses its link when it goes. */
async function opened(person: Person, path: string) {
  await person.page.goto(path);
  await person.page.getByText('Live', { exact: true }).waitFor();
}

test('one of two takes a shift in two taps; the other sees it go and is told the truth', async () => {
  // Given two people who see the same shift, one with the list open, and one of them with the shift itself open too
  const first = await sit(amina);
  const second = await sit(joe);
  const [shift] = await openToAll(first, second);
  if (!shift) throw new Error('The demonstration has no shift that both may take.');
  await opened(second, '/shifts');
  const beside = await second.context.newPage();
  await beside.goto(`/shifts/${shift.id}`);
  await beside.getByRole('button', { name: 'Take this shift' }).waitFor();
  await card(second, shift).scrollIntoViewIfNeeded();
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
  await second.page.getByText(/^Taken \d\d:\d\d$/).first().waitFor({ timeout: 2000 });
  await card(second, shift).waitFor({ state: 'detached', timeout: 6000 });
  await beside.getByText(/^Someone else took this shift at \d\d:\d\d$/).waitFor();
  expect(await beside.getByRole('button', { name: 'Take this shift' }).count()).toBe(0);
  await first.looksRight('shift-booked');
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
  const [shift] = await openToAll(first, second);
  if (!shift) throw new Error('The demonstration has no shift that both may take.');
  await opened(first, `/shifts/${shift.id}`);
  await first.page.getByRole('button', { name: 'Take this shift' }).click();
  await first.page.getByRole('button', { name: 'Yes, book me' }).click();
  await first.page.getByText('Booked. This shift is yours.').waitFor();
  await opened(second, '/shifts');
  expect(await card(second, shift).count()).toBe(0);

  await first.page.getByRole('button', { name: /^Undo/ }).click();

  await first.page.getByText('Undone. You are not booked on this shift.').waitFor();
  await card(second, shift).waitFor({ state: 'attached', timeout: 3000 });
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
  await page.getByText('You have nothing booked').or(page.getByText(/shifts? ahead/)).first().waitFor();
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
