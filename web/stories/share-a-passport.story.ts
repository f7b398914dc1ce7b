import { expect, test } from 'vitest';
import type { AgreementView } from '@homeward/shared/places/contract.ts';
import type { BookingView, MyShifts } from '@homeward/shared/shifts/contract.ts';
import type { PassportView } from '@homeward/shared/workers/contract.ts';
import { story, type Person } from './harness.ts';
import { opened } from './shifts.ts';

const { sit } = story({ now: '2026-11-27T14:00:00Z' });

const office = 'bank-office@rgd.example';

const passportOf = async (worker: Person) => (await worker.call<PassportView>('GET', '/me/passport')).body;

/** What a reader sees at one glance: so many wards, and trust by trust. */
const glanceOf = ({ wards, reach }: PassportView) => {
  const open = wards.filter(({ may }) => may);
  const trusts = new Set(open.map(({ ward }) => ward.trust)).size;
  return `${open.length} of ${wards.length} wards, at ${trusts} of ${reach.length} trusts`;
};

test('a worker reads on a phone where they may work, stops sharing knowing what it touches, and sees who looked', async () => {
  // Given a support worker with a booked shift at another trust, and wards that are closed to them
  const worker = await sit('rgd-0001@demo.example');
  const { page } = worker;
  const { body: mine } = await worker.call<MyShifts>('GET', '/me/shifts?limit=100');
  const away = mine.items.find(({ ward }) => ward.trust !== 'RGD')!;
  expect((await worker.call('POST', `/shifts/${away.id}/accept`, {})).status).toBe(201);
  const before = await passportOf(worker);
  const closed = before.wards.find(({ may, ward }) => !may && ward.trust !== 'RGD')!;
  const [opening] = before.openings;

  // When they open the passport, one glance says how many wards are open, each trust says why some aren't, and what a course would open
  await opened(worker, '/passport');
  const where = page.locator('section', { has: page.getByRole('heading', { name: 'Where you can work' }) });
  await where.getByText(glanceOf(before)).waitFor();
  const line = where.getByRole('listitem').filter({ hasText: closed.ward.trustName.replace(/ NHS.*/, '') });
  await line.getByText(closed.missing[0]!.sentence).first().waitFor();
  await line.locator('summary').first().click();
  await line.getByText(`${closed.ward.name}, ${closed.ward.siteName}`).waitFor();
  const more = page.locator('section', { has: page.getByRole('heading', { name: 'What would open more' }) });
  await more.getByText(`+${opening!.wards} ward`).first().waitFor();

  // Then they stop sharing: the question names the booking it touches, and the answer says that it did
  await page.getByRole('button', { name: 'Stop sharing' }).click();
  const asked = page.getByRole('dialog', { name: 'Stop sharing your passport?' });
  await asked.getByText(away.ward.name).waitFor();
  await worker.looksRight('passport-stop-sharing');
  const count = await asked.getByRole('listitem').count();
  await asked.getByRole('button', { name: 'Stop sharing' }).click();
  await page.getByText(/(has|have) to be looked at again\. See/).waitFor();
  const { body } = await worker.call<{ items: BookingView[] }>('GET', '/me/bookings');
  const touched = body.items.filter(({ status }) => status === 'needs-review');
  expect(touched.length).toBe(count);
  expect(touched.map(({ shiftId }) => shiftId)).toContain(away.id);
  const without = await passportOf(worker);
  expect(without.wards.filter(({ may, ward }) => may && ward.trust !== 'RGD')).toEqual([]);
  await where.getByText(glanceOf(without)).waitFor();
  await worker.looksRight('passport-not-shared');

  // And share again, as easily
  await page.getByRole('button', { name: 'Share my passport' }).click();
  await page.getByText('You share your passport now.').waitFor();
  await where.getByText(glanceOf(before)).waitFor();

  // When their bank office has opened the record, the worker reads who, when and at what
  const desk = await sit(office, { size: 'desktop' });
  const looked = page.locator('section', { has: page.getByRole('heading', { name: 'Who looked' }) });
  const { account } = (await desk.call<{ account: { name: string } }>('GET', '/session')).body;
  await desk.page.goto(`/workers/${before.id}`);
  await desk.page.getByRole('heading', { name: before.name, exact: true }).waitFor();
  await page.reload();
  await looked
    .getByRole('listitem')
    .first()
    .filter({ hasText: account.name })
    .filter({ hasText: '27 Nov 2026' })
    .filter({ hasText: 'the passport' })
    .waitFor();
});

test('a bank office renews a check that had ended, and the worker’s shifts open by themselves', async () => {
  // Given a worker whose DBS check ended, so that nothing is open to them
  const desk = await sit(office, { size: 'desktop' });
  const worker = await sit('rgd-0003@demo.example');
  const { id } = await passportOf(worker);
  const lapsed = { check: 'dbs', onDay: '2023-11-20', untilDay: '2026-11-20', because: 'The certificate says three years.' };
  expect((await desk.call('POST', `/workers/${id}/checks`, lapsed)).status).toBe(200);
  await opened(worker, '/shifts');
  await worker.page.getByText('Nothing you can take is open just now').waitFor();

  // When the office renews it where it stands
  const { page } = desk;
  await opened(desk, `/workers/${id}`);
  const dbs = page.locator('li#dbs');
  await dbs.getByText('Ended', { exact: true }).waitFor();
  await dbs.getByRole('button', { name: 'Renew Criminal record (DBS)' }).click();
  await dbs.getByRole('group', { name: 'Checked on' }).getByLabel('Day').fill('');
  await dbs.getByRole('button', { name: 'Record', exact: true }).click();
  await dbs.getByRole('alert').getByText('Give the whole date of the check.').waitFor();
  await desk.looksRight('record-renew');
  await dbs.getByRole('group', { name: 'Checked on' }).getByLabel('Day').fill('27');
  await dbs.getByRole('button', { name: 'Record', exact: true }).click();

  // Then it says what that did, the history has it, and the worker's list fills without a touch
  await dbs.getByText('Recorded. No booking is touched.').waitFor();
  await dbs.getByText('In date', { exact: true }).waitFor();
  await worker.page.locator('article').first().waitFor({ timeout: 5000 });
  await page.getByText('What was changed in this record, by whom and why').click();
  await page.getByText('The certificate says three years.').waitFor();
  for (const path of ['notices', 'restrictions']) {
    await page.goto(`/${path}`);
    await page.getByRole('heading', { name: 'Workers', exact: true }).waitFor();
    await desk.looksRight(path);
  }
});

test('a bank office ends an agreement knowing what it touches, and a worker’s passport closes there at once', async () => {
  // Given an agreement in force, and a worker who reads where they may work
  const desk = await sit(office, { size: 'desktop' });
  const worker = await sit('rgd-0001@demo.example');
  const { page } = desk;
  const isIt = (one: AgreementView) => one.homeTrust === 'RGD' && one.hostTrust === 'RXG' && one.staffGroup === 'nursing';
  await opened(worker, '/passport');
  const before = await passportOf(worker);
  const atHost = before.wards.filter(({ ward }) => ward.trust === 'RXG');
  expect(atHost.some(({ may }) => may)).toBe(true);

  // When the office asks to end it, what it would do stands there before it can be done
  await opened(desk, '/agreements');
  await desk.looksRight('agreements');
  await page.getByRole('button', { name: 'End Leeds and York Partnership to South West Yorkshire Partnership' }).click();
  const asked = page.getByRole('dialog', { name: /^End: Leeds and York Partnership to South West Yorkshire/ });
  for (const [part, value] of Object.entries({ Day: '26', Month: '11', Year: '2026' }))
    await asked.getByRole('group', { name: 'The last day it covers' }).getByLabel(part).fill(value);
  const preview = asked.getByRole('region', { name: 'What would change' });
  await preview.getByText(/would lose/).waitFor();
  const numbers = async (from: typeof asked) => (await from.locator('summary strong').allInnerTexts()).join(' · ');
  const told = await numbers(preview);
  await asked.getByLabel('Why').fill('The two trusts part for now.');
  await desk.looksRight('agreement-end');
  await asked.getByRole('button', { name: 'End the agreement' }).click();

  // Then it did exactly that, and the worker's open page says so
  const done = page.getByRole('status').filter({ hasText: 'Ended. This is what it did' });
  await done.waitFor();
  expect(await numbers(done)).toBe(told);
  const line = worker.page.getByRole('listitem').filter({ hasText: 'South West Yorkshire Partnership' }).first();
  await line.getByText(`None of ${atHost.length} wards`).waitFor({ timeout: 5000 });
  const { body: after } = await desk.call<{ items: AgreementView[] }>('GET', '/agreements');
  expect(after.items.find((one) => isIt(one) && one.state === 'in-force')).toBeUndefined();
});
