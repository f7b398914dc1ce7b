import { expect, test } from 'vitest';
import type { SessionView } from '@homeward/shared/accounts/contract.ts';
import type { EffectView } from '@homeward/shared/training/contract.ts';
import { story } from './harness.ts';
import { opened } from './shifts.ts';

const { sit } = story({ now: '2026-11-27T14:00:00Z' });

test('a new version of a course says whom it touches, and starts with no alignment', async () => {
  const lead = await sit('training-lead@tad.example', { size: 'desktop' });
  const { page } = lead;
  const programme = await sit('programme@collaborative.example', { size: 'desktop' });
  await opened(programme, '/training');
  await programme.page.getByRole('heading', { name: /^Who is holding what up/ }).waitFor();
  await programme.looksRight('training-programme');
  await opened(lead, '/training');
  await lead.looksRight('training');
  await page.getByRole('link', { name: 'Managing violence and aggression' }).click();
  await page.getByRole('heading', { name: 'What the standard asks' }).waitFor();
  await lead.looksRight('training-course-list');
  await page.getByRole('link', { name: 'The course itself' }).first().click();

  // Given the version that is taught: who holds it is said before anything is typed, and its description is there already
  await page.getByRole('link', { name: 'New version' }).click();
  const held = await page.getByText(/^Version 2 is held by \d+ workers\.$/).innerText();
  expect(await page.getByLabel('Version').inputValue()).toBe('3');
  await page.getByLabel('Title').fill('');
  await page.getByRole('button', { name: 'Save the course' }).click();
  await page.getByRole('alert').getByText('Say what the course is called.').waitFor();
  await lead.looksRight('course-new-version');
  await page.getByLabel('Title').fill('Managing violence and aggression, five days');
  await page.getByLabel('Length of the syllabus, in hours').fill('37.5');

  // When it is saved
  await page.getByRole('button', { name: 'Save the course' }).click();
  await page.getByRole('heading', { name: /, version 3, is described$/ }).waitFor();

  // Then it says whom that touches, and nothing was moved for them; it is no more than its own trust's
  await page.getByText(held).waitFor();
  await page.getByRole('link', { name: 'Look it over and propose it' }).click();
  await page.getByText('37 h 30 min').waitFor();
  await page.getByText('Own trust only').waitFor();
  await lead.looksRight('course');
  await page.getByRole('button', { name: /^Propose it for/ }).click();
  await page.getByRole('heading', { name: 'Your turn' }).waitFor();
  await page.getByText('Bradford District Care to send it for review').first().waitFor();
}, 120_000);

test('a ward asks for more people with team training, and sees before and after which shifts fall short', async () => {
  const manager = await sit('ward-manager@tad.example', { size: 'desktop' });
  const { page } = manager;
  const { body: session } = await manager.call<SessionView>('GET', '/session');
  // A ward with shifts posted that have enough people now
  const wouldFallShort = async (id: string) =>
    (await manager.call<EffectView>('GET', `/wards/${id}/requirements/effect?competency=pmva-team&minimumOnShift=9`)).body
      .underMinimumCount > 0;
  let ward = session.wards[0]!;
  for (const one of session.wards) if (await wouldFallShort(one.id)) ward = one;
  await opened(manager, `/wards/${ward.id}/requirements`);
  await manager.looksRight('requirements');

  // Given another minimum, typed: what it would do is on the screen before it can be done
  await page.getByRole('button', { name: /^Change PMVA team/ }).click();
  const asked = page.getByRole('dialog');
  await asked.getByLabel('At least so many on every shift').fill('9');
  await asked.getByLabel('Why').fill('Two people on close observation.');
  const short = asked.getByText(/shifts? would be under/);
  await short.waitFor();
  const foretold = Number((await short.innerText()).match(/\d+/)![0]);
  expect(foretold).toBeGreaterThan(0);
  await short.click();
  await asked
    .getByText(/at least 9 asked for/)
    .first()
    .waitFor();
  await manager.looksRight('requirements-preview');

  // When it is changed
  await asked.getByRole('button', { name: 'Change it' }).click();

  // Then it did what was foretold, and what was asked before stays in the history
  const did = page.getByText(/shifts? now under/);
  await did.waitFor();
  expect(Number((await did.innerText()).match(/\d+/)![0])).toBe(foretold);
  await page.getByText('Two people on close observation.').first().waitFor();
  await page.getByRole('heading', { name: 'What it asked for before' }).waitFor();
  await page.getByText(/^PMVA team interventions, everyone, at least \d on every shift/).waitFor();
}, 120_000);

test('a period is changed with its effect in sight; who signs for whom is recorded and ended', async () => {
  const lead = await sit('training-lead@rgd.example', { size: 'desktop' });
  await opened(lead, '/training/resus-bls/RGD');
  await lead.page.getByRole('button', { name: /^Change how long it counts/ }).click();
  const asked = lead.page.getByRole('dialog');
  await asked.getByLabel('Months it counts').fill('3');
  await asked.getByLabel('Why').fill('Advice of the resuscitation group');
  await asked.getByText(/workers? would lose/).waitFor();
  await lead.looksRight('period-preview');
  await asked.getByRole('button', { name: 'Change it' }).click();
  await lead.page.getByText(/workers? lost/).waitFor();
  await lead.page.getByText(/1 year, then 3 months from 28 Nov 2026/).waitFor();

  // Given the administrator ends who signs for Leeds and York, the lead is told what that means
  const administrator = await sit('admin@homeward.example', { size: 'desktop' });
  const { page } = administrator;
  await opened(administrator, '/training/delegations');
  await administrator.looksRight('delegations');
  await page.getByRole('button', { name: /^End Ruth Adeyemi/ }).click();
  await page.getByLabel('Why').fill('She moves to another post.');
  await opened(lead, '/training/delegations');
  await page.getByRole('button', { name: 'End it' }).click();
  await lead.page.getByText('Nobody can sign for Leeds and York Partnership now.').waitFor();

  // And adds another, which the lead sees at once
  await page.getByRole('button', { name: 'Add who signs' }).click();
  await page.getByLabel('Trust').selectOption('RGD');
  await page.getByLabel('Training lead’s e-mail address').fill('training-lead@rgd.example');
  await page.getByLabel('Responsible person').fill('Andrew Peel, director of nursing');
  await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click();
  await lead.page.getByText('Andrew Peel, director of nursing').waitFor();
  expect(await lead.page.getByText('Nobody can sign for').count()).toBe(0);
}, 120_000);
