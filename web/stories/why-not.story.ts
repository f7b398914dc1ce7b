import { expect, test } from 'vitest';
import type { Candidates, WardShift } from '@homeward/shared/shifts/contract.ts';
import type { PassportView, WorkerLine } from '@homeward/shared/workers/contract.ts';
import { story, type Person } from './harness.ts';

const { sit } = story({ now: '2026-11-27T14:00:00Z' });

/** An open shift that some can take and some can't, with one of each. */
async function contested(person: Person) {
  const { body } = await person.call<{ items: WardShift[] }>('GET', '/shifts?status=open&limit=100');
  for (const shift of body.items) {
    const can = (await person.call<Candidates>('GET', `/shifts/${shift.id}/candidates?outcome=eligible&limit=1`)).body;
    const cannot = (await person.call<Candidates>('GET', `/shifts/${shift.id}/candidates?outcome=blocked&limit=100`)).body;
    const trained = cannot.items.find(({ decision }) =>
      decision.checks.some(({ code, result }) => code.startsWith('training:') && result === 'fail'),
    );
    if (can.items[0] && trained) return { shift, able: can.items[0], stopped: trained };
  }
  throw new Error('The demonstration has no shift that somebody lacks the training for.');
}

test('“why not this person?” is answered by name, in plain words', async () => {
  const desk = await sit('ward-manager@rgd.example', { size: 'desktop' });
  const { page } = desk;
  const { shift, able, stopped } = await contested(desk);

  // Given the shift's page with those who can take it first
  await page.goto(`/wards/${shift.wardId}/shifts/${shift.id}`);
  await page.getByRole('heading', { name: /^Can take it/ }).waitFor();
  await page.getByRole('rowheader', { name: able.worker.name }).first().waitFor();
  await desk.looksRight('ward-shift-open');

  // When somebody is looked up, by keyboard
  await page.getByRole('textbox', { name: 'Name' }).focus();
  await page.keyboard.type(stopped.worker.name);
  await page.keyboard.press('Enter');

  // Then each thing that stops them is said, and what would change it
  const found = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: stopped.worker.name }) });
  await found.getByText('Cannot take it').waitFor();
  for (const check of stopped.decision.checks.filter(({ result }) => result === 'fail'))
    await found.getByText(check.sentence, { exact: true }).waitFor();
  await desk.looksRight('why-not');

  // And a name nobody has is answered too
  await page.getByRole('textbox', { name: 'Name' }).fill('Nobody Atall');
  await page.keyboard.press('Enter');
  await page.getByText(/^Nobody called “Nobody Atall” is yours to see/).waitFor();
});

test('“can’t, and why” groups people by what stops them', async () => {
  const desk = await sit('ward-manager@rgd.example', { size: 'desktop' });
  const { page } = desk;
  const { shift, stopped } = await contested(desk);
  await page.goto(`/wards/${shift.wardId}/shifts/${shift.id}`);
  const heading = page.getByRole('heading', { name: /^Cannot, and why/ });
  await heading.waitFor();
  const counts = (await desk.call<Candidates>('GET', `/shifts/${shift.id}/candidates?limit=1`)).body;
  expect(await heading.innerText()).toBe(`Cannot, and why (${counts.counts.blocked})`);
  for (const summary of await page.locator('.reasons summary').all()) await summary.click();
  await page.locator('.reasons').getByText(stopped.worker.name, { exact: true }).first().waitFor();
  expect(await page.locator('.reasons .people > li').count()).toBe(counts.counts.blocked);
});

test('the bank office asks about a shift that does not exist yet, and reads a passport', async () => {
  const desk = await sit('bank-office@rgd.example', { size: 'desktop' });
  const { page } = desk;
  await page.goto('/workers');
  await desk.looksRight('workers');
  const { body } = await desk.call<{ items: WorkerLine[] }>('GET', '/workers?limit=1');
  const [worker] = body.items;
  await page.getByLabel('Staff number').fill(worker!.staffNumber.toLowerCase());
  await page.getByRole('button', { name: 'Find' }).click();
  await page.getByRole('link', { name: worker!.name }).click();
  await page.getByRole('heading', { name: worker!.name, exact: true }).waitFor();
  await page.getByRole('heading', { name: 'Hours and rest' }).waitFor();
  await desk.looksRight('worker');

  await page.getByText('Ask about a shift that does not exist yet').click();
  await page.getByRole('button', { name: 'Could they take it?' }).click();
  await page.getByRole('alert').getByText('Choose a ward.').waitFor();
  await page.getByLabel('Ward', { exact: true }).selectOption({ index: 1 });
  await page.getByRole('button', { name: 'Could they take it?' }).click();
  await page.getByRole('heading', { name: /^(Yes, they may|Only if|No, they may not)/ }).waitFor();
  await desk.looksRight('worker-asked');

  // And the worker is told who looked
  const reader = await sit(`${worker!.staffNumber.toLowerCase()}@demo.example`);
  const { body: passport } = await reader.call<PassportView>('GET', '/me/passport');
  expect(passport.readBy?.length).toBeGreaterThan(0);
});

test('a training lead revokes a record with a reason, and it stops counting', async () => {
  const desk = await sit('training-lead@rgd.example', { size: 'desktop' });
  const { page } = desk;
  await page.goto('/training');
  await page.getByRole('heading', { name: 'Which training counts where' }).waitFor();
  await desk.looksRight('training');
  await page.getByRole('link', { name: /^Validated PMVA five-day/ }).click();
  await page.getByRole('heading', { name: 'PMVA team interventions, Leeds and York Partnership' }).waitFor();
  await desk.looksRight('training-course');

  const { body } = await desk.call<{ items: WorkerLine[] }>('GET', '/workers?limit=20');
  let person: PassportView | null = null;
  for (const { id } of body.items) {
    const passport = (await desk.call<PassportView>('GET', `/workers/${id}/passport`)).body;
    if (passport.training.some((record) => !record.revoked)) {
      person = passport;
      break;
    }
  }
  await page.goto(`/workers/${person!.id}`);
  await page.getByText(/^The courses behind this/).click();
  await page
    .getByRole('button', { name: /^Revoke/ })
    .first()
    .click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Revoke', exact: true }).click();
  await dialog.getByRole('alert').getByText('Say why in a few words.').waitFor();
  await dialog.getByLabel('Why').fill('The certificate was for another person.');
  await dialog.getByRole('button', { name: 'Revoke', exact: true }).click();
  await page.getByText(/no longer counts for/).waitFor();
  await page.getByText(/^Revoked on .* The certificate was for another person\.$/).waitFor();
});

test('places and the record of acts can be read by everyone whose they are', async () => {
  const beds = await sit('bed-manager@rgd.example', { size: 'desktop' });
  await beds.page.goto('/places');
  await beds.page.getByRole('link', { name: 'Which of their beds are free now' }).waitFor();
  await beds.page
    .getByText(/^20, unconfirmed$/)
    .first()
    .waitFor();
  await beds.looksRight('places');
  await beds.page.getByLabel('For', { exact: true }).selectOption('female');
  await beds.page.waitForURL(/sex=female/);

  const auditor = await sit('auditor@collaborative.example', { size: 'desktop' });
  await auditor.page.goto('/audit?type=booking.confirmed');
  await auditor.page.locator('summary').first().click();
  await auditor.page.getByRole('heading', { name: 'The decision the booking rests on, as it was taken' }).waitFor();
  await auditor.page.getByText(/^Decided /).waitFor();
  await auditor.looksRight('audit');
  await auditor.page.getByRole('link', { name: 'Everything that happened to this shift' }).click();
  await auditor.page
    .getByText(/^Posted a shift/)
    .first()
    .waitFor();
});
