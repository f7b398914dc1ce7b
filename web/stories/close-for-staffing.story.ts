import type { BedView, BoardView, WardBeds } from '@homeward/shared/beds/contract.ts';
import type { MyShift } from '@homeward/shared/shifts/contract.ts';
import { expect, test } from 'vitest';
import { story } from './harness.ts';
import { cardOf, opened } from './shifts.ts';

const { sit } = story({ now: '2026-11-27T14:00:00Z' });

test('a bed closed for staffing names a shift; a worker sees that it opens a bed and takes it; the ward is asked, reopens, and the board has it', async () => {
  const ward = await sit('ward-manager@rxg.example', { size: 'desktop' });
  const worker = await sit('rxg-0003@demo.example');
  const beds = await sit('bed-manager@rxg.example', { size: 'desktop' });
  const { page } = ward;
  const { body: session } = await ward.call<{ wards: { id: string; code: string }[] }>('GET', '/session');
  const { id } = session.wards.find(({ code }) => code === 'the-dales/elmdale')!;
  const path = `/wards/${id}/beds`;
  const card = async () => (await beds.call<BoardView>('GET', '/beds/board')).body.items.find((one) => one.ward.id === id)!;

  // Given a shift of the ward that the worker may take, posted for this
  const posted = await ward.call<{ items: { id: string }[] }>('POST', '/shifts', {
    wardId: id,
    role: 'hcsw',
    band: 3,
    startsAt: '2026-12-03T14:00:00Z',
    endsAt: '2026-12-03T20:00:00Z',
    breakMinutes: 20,
    count: 1,
    reason: 'vacancy',
    notes: '',
  });
  expect(posted.status).toBe(201);
  const shift = { id: posted.body.items[0]!.id } as MyShift;
  await opened(worker, '/shifts');
  await cardOf(worker, shift).waitFor();
  expect(await cardOf(worker, shift).getByText(/Opens/).count()).toBe(0);

  // When a free bed is closed for want of staff, and the shift is named
  await opened(ward, path);
  const { body: before } = await ward.call<WardBeds>('GET', `/wards/${id}/beds`);
  const bed = before.beds.find(({ state }) => state === 'available')!;
  await page.getByRole('button', { name: new RegExp(`^${bed.label} `) }).click();
  const question = page.getByRole('dialog', { name: bed.label });
  await question.getByRole('button', { name: 'Closed' }).click();
  await question.getByRole('radio', { name: 'Not enough staff' }).check();
  await question.getByRole('checkbox', { name: /Thu 3 Dec, 14:00/ }).check();
  await ward.looksRight('ward-close-for-staffing');
  await question.getByRole('button', { name: 'Close the bed' }).click();

  // Then the worker's card says so by itself, and the board's line counts it
  await cardOf(worker, shift)
    .getByText(/Opens a bed/)
    .waitFor();
  await worker.looksRight('shift-opens-a-bed');
  const closed = (await card()).counts!.closed.find(({ reason }) => reason === 'staffing')!;
  expect(closed.shiftsToFill).toBeGreaterThan(0);
  await opened(beds, '/beds');
  await beds.page
    .getByText(/shifts? would open/)
    .first()
    .waitFor();
  await opened(beds, '/beds/openings');
  await beds.page
    .getByText(/Thu 3 Dec/)
    .first()
    .waitFor();
  await beds.looksRight('openings');

  // When the worker takes the shift
  await worker.page.goto(`/shifts/${shift.id}`);
  await worker.page.getByRole('button', { name: 'Take this shift' }).click();
  await worker.page.getByRole('button', { name: 'Yes, book me' }).click();
  await worker.page.getByText('Booked. This shift is yours.').waitFor();

  // Then the ward is asked, and nothing opens by itself
  await page.getByText(`${bed.label} may open again`).waitFor();
  expect((await ward.call<WardBeds>('GET', `/wards/${id}/beds`)).body.beds.find((one) => one.id === bed.id)).toMatchObject({
    state: 'closed',
    mayReopen: true,
  });
  await ward.looksRight('ward-may-reopen');
  const free = (await card()).counts!.free;

  // When a person says that it can
  await page.getByRole('button', { name: `Change ${bed.label}` }).click();
  await question.getByRole('button', { name: 'Free', exact: true }).click();

  // Then the board has it
  await expect.poll(async () => (await card()).counts!.free).toBe(free + 1);
  const { body: after } = await ward.call<WardBeds>('GET', `/wards/${id}/beds`);
  expect(after.beds.find((one): one is BedView => one.id === bed.id)).toMatchObject({ state: 'available', reason: null, shifts: [] });
});
