import type { BedView, BoardView, WardBeds } from '@homeward/shared/beds/contract.ts';
import type { AllocationView } from '@homeward/shared/placements/contract.ts';
import { expect, test } from 'vitest';
import { story, type Person } from './harness.ts';
import { matchesOf, needOf } from './needs.ts';
import { opened } from './shifts.ts';

const { sit } = story({ now: '2026-11-27T13:55:00Z' });

const manager = 'ward-manager@rxg.example';

/** Elmdale as its manager sees it. */
async function elmdale(person: Person): Promise<{ id: string; path: string; beds: BedView[] }> {
  const { body } = await person.call<{ wards: { id: string; code: string }[] }>('GET', '/session');
  const { id } = body.wards.find(({ code }) => code === 'the-dales/elmdale')!;
  const { body: page } = await person.call<WardBeds>('GET', `/wards/${id}/beds`);
  return { id, path: `/wards/${id}/beds`, beds: page.beds };
}

test('a ward confirms in one tap, changes a bed in two, closes one with a reason and pauses; every bed manager sees it', async () => {
  const ward = await sit(manager);
  const watcher = await sit('bed-manager@rgd.example', { size: 'desktop' });
  const { page } = ward;
  const { id, path, beds } = await elmdale(ward);
  const card = async () => (await watcher.call<BoardView>('GET', '/beds/board')).body.items.find((one) => one.ward.id === id)!;

  // Given a ward whose figures a bed manager asked about
  await opened(ward, path);
  expect((await watcher.call('POST', `/wards/${id}/beds/ask`, {})).status).toBe(200);
  await page.getByRole('heading', { name: /^A bed manager asked at .*: are these right\?$/ }).waitFor();
  await ward.looksRight('ward-beds-asked');

  // When nothing has changed: one tap
  await page.getByRole('button', { name: 'Nothing has changed' }).click();
  await page.getByRole('heading', { name: 'Your figures are fresh' }).waitFor();
  expect((await card()).freshness).toBe('fresh');

  // When a bed is taken: the bed, then what it is
  const before = (await card()).counts!;
  const free = beds.find(({ state }) => state === 'available')!;
  await page.getByRole('button', { name: new RegExp(`^${free.label} `) }).click();
  const question = page.getByRole('dialog', { name: free.label });
  await ward.looksRight('ward-bed-change');
  await question.getByRole('button', { name: 'Occupied' }).click();
  await question.waitFor({ state: 'detached' }).catch(() => {});
  await expect.poll(async () => (await card()).counts!.free).toBe(before.free - 1);

  // When another is closed: it wants to know why
  const occupied = page.getByRole('button', { name: new RegExp(`^${free.label} `) });
  await occupied.click();
  await question.getByRole('button', { name: 'Closed' }).click();
  await question.getByRole('button', { name: 'Close the bed' }).click();
  await question.getByRole('alert').getByText('Choose why the bed is closed.').waitFor();
  await question.getByRole('radio', { name: 'Damage or repair' }).check();
  await question.getByLabel(/^A note/).fill('Ring 07700 900123 or born 4 March 1986');
  await question.locator('.nhsuk-error-message', { hasText: 'date of birth' }).waitFor();
  await question.getByLabel(/^A note/).fill('The window does not shut');
  await question.getByRole('button', { name: 'Close the bed' }).click();
  await expect.poll(async () => (await card()).counts!.closed.some(({ reason }) => reason === 'damage-or-repair')).toBe(true);

  // When admissions pause, empty beds stay on the board with the reason beside them
  await page.getByRole('button', { name: 'Pause admissions' }).click();
  await page.getByRole('dialog').getByLabel('Why').fill('Two people need somebody with them all the time');
  await page.getByRole('dialog').getByRole('button', { name: 'Pause', exact: true }).click();
  await page.getByText('Paused', { exact: true }).waitFor();
  expect((await card()).pause?.reason).toBe('Two people need somebody with them all the time');
  await ward.looksRight('ward-beds');
  await page.getByRole('button', { name: 'Admit again' }).click();
  await page.getByRole('button', { name: 'Pause admissions' }).waitFor();
  expect((await card()).pause).toBeNull();
});

test('a referral comes by itself, with its clock, and is declined with a reason of the list', async () => {
  const ward = await sit(manager, { size: 'desktop' });
  const sender = await sit('bed-manager@rgd.example');
  const { page } = ward;
  const { id, path } = await elmdale(ward);
  await opened(ward, path);
  expect((await ward.call('POST', `/wards/${id}/beds/confirm`, {})).status).toBe(200);

  // Given a need that the ward knows nothing of while its bed is only held
  const need = await needOf(sender, { wishes: 'Near her sister', needs: [] });
  const match = (await matchesOf(sender, need)).find((one) => one.ward.id === id)!;
  const held = await sender.call<AllocationView>('POST', `/placements/${need.id}/allocations`, { bedId: match.freeBeds[0]!.id });
  expect(held.status).toBe(201);
  await page.getByText('Held by').first().waitFor();
  expect(await page.getByText('Near her sister').count()).toBe(0);

  // When it is referred
  expect((await sender.call('POST', `/allocations/${held.body.id}/refer`, {})).status).toBe(200);

  // Then it stands at the top, coded, with the time there is to answer
  await page.getByRole('heading', { name: new RegExp(`^Referred to you: ${need.reference}`) }).waitFor();
  await page.getByText('Near her sister').waitFor();
  expect(await page.getByRole('timer').first().innerText()).toMatch(/^(59:\d\d|1 h 0 min) left$/);
  await ward.looksRight('ward-referral');

  // When it is declined: a reason is asked for
  await page.getByRole('button', { name: 'Decline' }).click();
  const question = page.getByRole('dialog', { name: `Decline ${need.reference}?` });
  await question.getByRole('button', { name: 'Decline' }).click();
  await question.getByRole('alert').getByText('Choose a reason.').waitFor();
  await question.getByRole('radio').first().check();
  await question.getByRole('button', { name: 'Decline' }).click();

  // Then the bed is free again and the sender is looking again, and reads why
  await page.getByRole('heading', { name: /^Referred to you/ }).waitFor({ state: 'detached' });
  const after = await sender.call<{ state: string; allocations: AllocationView[] }>('GET', `/placements/${need.id}`);
  expect(after.body).toMatchObject({ state: 'looking', allocations: [{ state: 'declined', endReason: expect.any(String) }] });
});

test('whom a ward takes is written version by version, and the sender reads the words', async () => {
  const ward = await sit(manager, { size: 'desktop' });
  const sender = await sit('bed-manager@tad.example');
  const { page } = ward;
  const { id } = await elmdale(ward);
  const words = 'The strengthened bed is away for repair until spring.';

  await opened(ward, `/wards/${id}/criteria`);
  await page.getByRole('button', { name: /^(Change|Write) them$/ }).click();
  await page.getByRole('button', { name: 'Add a criterion' }).click();
  const last = page.getByRole('group', { name: /^Criterion \d+$/ }).last();
  await last.getByLabel('Which').selectOption('bariatric');
  await last.getByLabel('Answer').selectOption('does-not-meet');
  await page.getByLabel('Why it changes').fill('The bed broke');
  await page.getByRole('button', { name: /^Save as version/ }).click();
  await page
    .getByRole('alert')
    .getByText(/^Write what the sender reads/)
    .waitFor();
  await last.getByLabel('What the sender reads').fill(words);
  await ward.looksRight('ward-criteria-form');
  await page.getByRole('button', { name: /^Save as version/ }).click();
  await page.getByRole('button', { name: 'Change them' }).waitFor();
  await page.getByText(words).waitFor();
  await ward.looksRight('ward-criteria');

  const need = await needOf(sender, { needs: ['bariatric'] });
  const match = (await matchesOf(sender, need)).find((one) => one.ward.id === id)!;
  expect(match).toMatchObject({ outcome: 'does-not-meet' });
  expect(match.criteria.find(({ code }) => code === 'need:bariatric')).toMatchObject({ result: 'does-not-meet', words });
});
