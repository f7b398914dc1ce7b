import { expect, test } from 'vitest';
import type { BookingView, Candidates, ReviewItem, WardShift } from '@homeward/shared/shifts/contract.ts';
import type { AlignmentView } from '@homeward/shared/training/contract.ts';
import type { WorkerLine } from '@homeward/shared/workers/contract.ts';
import { story, type Person } from './harness.ts';
import { opened } from './shifts.ts';

const { sit } = story({ now: '2026-11-27T14:00:00Z' });

const withdrawn = { trust: 'TAD', code: 'BD-MVA', version: '2' };

/** Open shifts of the manager's wards that ask for PMVA, each with somebody else of Bradford who may take it. */
async function takenByBradford(manager: Person, wanted: number) {
  const found: { shift: WardShift; worker: WorkerLine }[] = [];
  const { body } = await manager.call<{ items: WardShift[] }>('GET', '/shifts?status=open&limit=100');
  for (const shift of body.items.filter(({ requirements }) => requirements.some(({ competency }) => competency === 'pmva-team'))) {
    const { items } = (await manager.call<Candidates>('GET', `/shifts/${shift.id}/candidates?outcome=eligible&limit=100`)).body;
    const next = items.find(({ worker }) => worker.homeTrust === withdrawn.trust && !found.some((one) => one.worker.id === worker.id));
    if (next) found.push({ shift, worker: next.worker });
    if (found.length === wanted) return found;
  }
  throw new Error('The demonstration has too few shifts for Bradford’s workers.');
}

test('training is withdrawn: the ward and the worker hear at once, and the ward settles each booking', async () => {
  // Given a manager at the queue, and three workers of Bradford booked on the manager's wards, one with a phone in hand
  const desk = await sit('ward-manager@rgd.example', { size: 'desktop' });
  const taken = await takenByBradford(desk, 3);
  const people = await Promise.all(taken.map(({ worker }) => sit(`${worker.staffNumber.toLowerCase()}@demo.example`)));
  for (const [index, { shift }] of taken.entries())
    expect((await people[index]!.call('POST', `/shifts/${shift.id}/accept`, {})).status).toBe(201);
  const [kept, replaced, cancelled] = taken as [(typeof taken)[0], (typeof taken)[0], (typeof taken)[0]];
  const phone = people[0]!;
  await opened(desk, '/reviews');
  await opened(phone, '/bookings');
  const mine = phone.page.locator('article', { hasText: kept.shift.ward.name }).first();
  await mine.getByText('Booked', { exact: true }).waitFor();

  // When Bradford's lead withdraws the course they all rest on
  const lead = await sit('training-lead@tad.example', { size: 'desktop' });
  const { body } = await lead.call<{ items: AlignmentView[] }>('GET', '/training/alignments?limit=100');
  const alignment = body.items.find(
    ({ course }) => course.trust === withdrawn.trust && course.code === withdrawn.code && course.version === withdrawn.version,
  )!;
  const moved = await lead.call('POST', `/training/alignments/${alignment.id}/withdraw`, { reason: 'Two injuries under review.' });
  expect(moved.status).toBe(200);

  // Then all three stand in the queue, and the worker reads what changed and who decides, without a reload
  const card = (name: string) => desk.page.getByRole('listitem').filter({ has: desk.page.getByRole('heading', { name }) });
  for (const { worker } of taken) await card(worker.name).waitFor();
  await phone.page.getByText('The ward decides, and you hear at once.').first().waitFor();
  await desk.looksRight('reviews');
  await phone.looksRight('booking-under-review');
  expect(await card(kept.worker.name).getByRole('button', { name: 'Keep it' }).count()).toBe(0);

  // When the shift is given back, with a reason that is asked for
  const dialog = desk.page.getByRole('dialog');
  await card(replaced.worker.name).getByRole('button', { name: 'Find someone else' }).click();
  await dialog.getByRole('button', { name: 'Open the shift to others' }).click();
  await dialog.getByRole('alert').getByText('Say why in a few words.').waitFor();
  await dialog.getByLabel('Why, in a few words').fill('Your training no longer counts here.');
  await desk.looksRight('review-replace');
  await dialog.getByRole('button', { name: 'Open the shift to others' }).click();
  // Then it is open to others, and the one way on is to them
  await desk.page.getByRole('link', { name: 'See who can take it' }).waitFor();
  await card(replaced.worker.name).waitFor({ state: 'detached' });
  expect((await desk.call<WardShift>('GET', `/shifts/${replaced.shift.id}`)).body.status).toBe('open');

  // When another is cancelled
  await card(cancelled.worker.name).getByRole('button', { name: 'Cancel the shift' }).click();
  await dialog.getByRole('radio', { name: 'Covered by our own staff' }).check();
  await dialog.getByRole('button', { name: 'Cancel the shift' }).click();
  await card(cancelled.worker.name).waitFor({ state: 'detached' });
  const told = (await people[2]!.call<{ items: BookingView[] }>('GET', '/me/bookings')).body.items;
  expect(told.find(({ shiftId }) => shiftId === cancelled.shift.id)).toMatchObject({ status: 'cancelled', cancelledBySide: 'ward' });

  // And when the third turns out to have done the ward's own course, their booking may be kept
  const office = await sit('bank-office@tad.example', { size: 'desktop' });
  const record = await office.context.request.post('/api/v1/imports/training-records?mode=apply', {
    headers: {
      'content-type': 'text/csv',
      origin: new URL(office.page.url() === 'about:blank' ? desk.page.url() : office.page.url()).origin,
    },
    data: `staff_number,trust,course_trust,course_code,course_version,completed_on\n${kept.worker.staffNumber},TAD,RGD,LY-PMVA,3,2026-11-20\n`,
  });
  expect(record.status()).toBe(200);
  await card(kept.worker.name).getByRole('button', { name: 'Keep it' }).click();
  await dialog.getByLabel('Why they may stay').fill('Has done our own course on 20 November.');
  await dialog.getByRole('button', { name: 'Keep the booking' }).click();
  await card(kept.worker.name).waitFor({ state: 'detached' });
  await mine.getByText('Booked', { exact: true }).waitFor();

  // Then nothing of it waits any more
  const { items } = (await desk.call<{ items: ReviewItem[] }>('GET', '/reviews')).body;
  expect(items.filter((item) => taken.some(({ worker }) => worker.id === item.worker.id))).toEqual([]);
});
