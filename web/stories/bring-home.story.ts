import type { BedSettingsView, BedView, WardBeds } from '@homeward/shared/beds/contract.ts';
import type { MeasuresView, OutOfAreaView, PlacementLine, PlacementView } from '@homeward/shared/placements/contract.ts';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { story, type Person } from './harness.ts';
import { barOf, matchesOf, needOf } from './needs.ts';
import { opened } from './shifts.ts';

/** What of a line is sent back to change it. */
const fields = [
  'receiver',
  'receiverKind',
  'receiverTrust',
  'place',
  'distanceKm',
  'reasonCode',
  'startedOn',
  'endedOn',
  'costPerNightPence',
  'lastReviewedOn',
  'continuityContact',
  'wishes',
  'intendsReturn',
] as const satisfies (keyof OutOfAreaView)[];

/** What has the focus, in words, once the page has come to rest. */
const focused = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<string>((resolve) =>
        requestAnimationFrame(() =>
          resolve((document.activeElement?.textContent ?? '').replace(/[↑↓]/g, '').replace(/\s+/g, ' ').trim().replace(' :', ':')),
        ),
      ),
  );

const { sit } = story({ now: '2026-11-27T09:20:00Z', holds: true });

/** Every free bed of wards that could take a need is occupied, by its wards: the night nobody wants. */
async function fillBeds(managers: Person[], sender: Person, need: PlacementView): Promise<string[]> {
  const taken: string[] = [];
  for (const match of await matchesOf(sender, need)) {
    if (match.outcome === 'does-not-meet') continue;
    for (const bed of match.freeBeds) {
      const answers = await Promise.all(managers.map((one) => one.call('POST', `/beds/${bed.id}/state`, { state: 'occupied' })));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      taken.push(bed.id);
    }
  }
  return taken;
}

test('nobody can take somebody; they go away and the register has it; a bed frees, and they are brought home', async () => {
  const sender = await sit('bed-manager@rgd.example', { size: 'desktop' });
  const { page } = sender;
  const managers = await Promise.all(['rgd', 'tad', 'rxg'].map((trust) => sit(`bed-manager@${trust}.example`)));
  const measures = async () => (await sender.call<MeasuresView>('GET', '/out-of-area/measures?by=month')).body.items[0]!;
  const before = await measures();

  // Given a need for which no bed is left
  const need = await needOf(sender, { bedType: '202', sex: 'male', legalStatus: '03', whereNow: 'another-ward' });
  const beds = await fillBeds(managers, sender, need);
  expect(beds.length).toBeGreaterThan(0);
  await opened(sender, `/placements/${need.id}`);

  // When the bed manager says so, the reasons are counted and the register has a draft
  await page.getByRole('button', { name: /^Unable to place/ }).click();
  const question = page.getByRole('dialog');
  await question.getByRole('button', { name: /unable to place/i }).click();
  await question.waitFor({ state: 'hidden' });
  const { body: unable } = await sender.call<PlacementView>('GET', `/placements/${need.id}`);
  expect(unable).toMatchObject({ state: 'unable-to-place', outOfAreaId: expect.any(String) });
  await sender.looksRight('need-unable');

  // And it is filled in
  await opened(sender, `/away/${unable.outOfAreaId}`);
  await page.getByLabel('Where they are').fill('Independent hospital');
  await page.getByLabel('Kind').selectOption('independent');
  await page.getByLabel('Place', { exact: true }).fill('Norwich');
  await page.getByLabel('Kilometres from home').fill('230');
  await page.getByLabel('Cost a night, in pounds').fill('650');
  const since = page.getByRole('group', { name: 'There since' });
  await since.getByLabel('Day').fill('27');
  await since.getByLabel('Month').fill('11');
  await since.getByLabel('Year').fill('2026');
  await page.getByLabel('Who keeps in touch').fill('Leeds crisis team');
  await page.getByRole('button', { name: 'Record it' }).click();
  await page.getByRole('alert').getByText('Say why in a few words.').waitFor();
  await page.getByLabel('Why it changes').fill('Admitted this morning');
  await sender.looksRight('away-form');
  await page.getByRole('button', { name: 'Record it' }).click();
  await page.getByRole('button', { name: 'Change it' }).waitFor();
  await page.getByText('Admitted this morning').waitFor();
  await sender.looksRight('away-line');
  expect(await measures()).toMatchObject({ started: before.started + 1, activeAtEnd: before.activeAtEnd + 1 });

  // And on the list it stands among those away
  await opened(sender, '/away');
  await page.getByRole('link', { name: need.reference }).waitFor();
  await sender.looksRight('away');
  const register = page.waitForEvent('download');
  await page.getByRole('link', { name: /^Download the register/ }).click();
  expect((await register).suggestedFilename()).toMatch(/^out-of-area-.*\.csv$/);
  await opened(sender, '/away/home');
  expect(await page.getByRole('heading', { name: need.reference }).count()).toBe(0);

  // When a bed of a ward that suits is free again, and its ward has confirmed
  const freed = beds[0]!;
  const holder = await Promise.all(managers.map((one) => one.call<BedView>('POST', `/beds/${freed}/state`, { state: 'available' })));
  const { body: bed } = holder.find(({ status }) => status === 200)!;
  await Promise.all(managers.map((one) => one.call('POST', `/wards/${bed.wardId}/beds/confirm`, {})));

  // Then the page says who could come home, by itself
  await page.getByRole('heading', { name: need.reference }).waitFor();
  await sender.looksRight('coming-home');

  // When they are brought home: the bed is held by a request that goes on from theirs
  await page
    .getByRole('button', { name: new RegExp(`^Bring home ${need.reference} to `) })
    .first()
    .click();
  await page.getByRole('dialog').getByRole('button', { name: 'Hold the bed' }).click();
  await page.waitForURL(/\/placements\/[0-9a-f-]+$/);
  const back = (await sender.call<PlacementView>('GET', `/placements/${page.url().split('/').at(-1)}`)).body;
  expect(back).toMatchObject({ state: 'held', whereNow: 'out-of-area', continues: { id: need.id } });
  await barOf(sender, back)
    .getByText(/held for/)
    .waitFor();
  await barOf(sender, back).getByRole('button', { name: 'Refer' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Refer' }).click();
  await barOf(sender, back)
    .getByText(/answer due by/)
    .waitFor();

  // And the ward accepts, and they arrive
  const accepted = await Promise.all(managers.map((one) => one.call('POST', `/allocations/${back.allocation!.id}/accept`, {})));
  expect(accepted.filter(({ status }) => status === 200)).toHaveLength(1);
  await barOf(sender, back).getByRole('button', { name: 'Record arrival' }).click();
  await page.getByRole('button', { name: 'Yes, arrived' }).click();
  await page.getByText(/^Placed at /).waitFor();

  // Then they are home: the line has ended, and the measures say so
  const { body: line } = await sender.call<OutOfAreaView>('GET', `/out-of-area/${unable.outOfAreaId}`);
  expect(line).toMatchObject({ state: 'ended', endedOn: '2026-11-27' });
  const after = await measures();
  expect(after).toMatchObject({ started: before.started + 1, ended: before.ended + 1, activeAtEnd: before.activeAtEnd });
  await opened(sender, '/away/measures');
  await page.getByRole('table').getByText(String(after.started)).first().waitFor();
  await sender.looksRight('away-measures');
  const ward = await managers[0]!.call<WardBeds>('GET', `/wards/${bed.wardId}/beds`);
  if (ward.status === 200) expect(ward.body.beds.find(({ id }) => id === freed)?.state).toBe('occupied');
}, 120_000);

test('what a trust looks after: occupancy against the line, the return as it was known, its service lines and its clocks', async () => {
  const sender = await sit('bed-manager@rgd.example', { size: 'desktop' });
  const { page } = sender;

  await opened(sender, '/occupancy');
  await page.getByText(/at the last midnight/).waitFor();
  await sender.looksRight('occupancy');
  const file = page.waitForEvent('download');
  await page.getByRole('link', { name: /^Download as a file/ }).click();
  expect((await file).suggestedFilename()).toMatch(/\.csv$/);

  await opened(sender, '/lines');
  await page
    .getByRole('heading', { name: /secure/i })
    .first()
    .waitFor();
  await page
    .getByRole('button', { name: /^Change whom it takes/ })
    .first()
    .click();
  await page.getByRole('dialog').getByLabel('Referral criteria').fill('Adults with an eating disorder\nReferred by a community team');
  await page.getByRole('dialog').getByLabel('Why it changes').fill('Agreed by the partners');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByText('Referred by a community team').waitFor();
  await sender.looksRight('service-lines');

  await opened(sender, '/bed-settings');
  await sender.looksRight('bed-settings');
  await page.getByRole('button', { name: 'Change the settings' }).click();
  await page.getByLabel(/^A hold lasts/).fill('3');
  // By keyboard: who moves a term goes on from where it went, also where it can go no further
  await page.getByRole('button', { name: /^Later\s*: Least restrictive/ }).focus();
  await page.keyboard.press('Enter');
  expect(await focused(page)).toBe('Later: Least restrictive');
  await page.keyboard.press('Enter');
  expect(await focused(page)).toBe('Later: Least restrictive');
  expect(await page.getByRole('group', { name: 'Matches are ordered by' }).getByRole('listitem').allTextContents()).toEqual([
    expect.stringContaining('Nearest home'),
    expect.stringContaining('Freshest figures'),
    expect.stringContaining('Least restrictive'),
  ]);
  await page.getByLabel('Why it changes').fill('Nights take longer');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('alert').getByText('A hold lasts: give a whole number from 5 to 240.').waitFor();
  await sender.looksRight('bed-settings-form');
  await page.getByLabel(/^A hold lasts/).fill('45');

  // A line that drops as it is saved: it is asked for again until it is known, and done once
  await sender.context.setOffline(true);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText(/You are offline/).waitFor();
  await sender.context.setOffline(false);
  await page.getByText('Nights take longer').waitFor();
  await page.getByText('45 min').waitFor();
  const { body: settings } = await sender.call<BedSettingsView>('GET', '/bed-settings');
  expect(settings.inForce).toMatchObject({ reason: 'Nights take longer', holdMinutes: 45 });
  expect([...settings.coming, ...settings.before].filter(({ reason }) => reason === 'Nights take longer')).toEqual([]);
});

test('somebody placed is out of area after all; what is being filled in stays as others change the same line', async () => {
  const sender = await sit('bed-manager@rgd.example', { size: 'desktop' });
  const { page } = sender;
  const { body: placed } = await sender.call<{ items: PlacementLine[] }>('GET', '/placements?state=placed');
  const one = placed.items.find(({ outOfAreaId }) => outOfAreaId === null)!;

  // Given somebody placed for whom the program proposed nothing, when the sender says otherwise
  await opened(sender, '/away');
  await page.getByRole('button', { name: 'Record somebody placed as out of area' }).click();
  const question = page.getByRole('dialog');
  await question.getByLabel('Who', { exact: true }).selectOption(one.id);
  await question.getByLabel('Why it is out of area').fill('Their family of LS9 7BE is elsewhere');
  await question.getByRole('button', { name: 'Start the line' }).click();
  await question
    .getByRole('alert')
    .getByText(/postcode/)
    .waitFor();
  await sender.looksRight('away-after-all');
  await question.getByLabel('Why it is out of area').fill('Their continuity team can’t go there');
  await question.getByRole('button', { name: 'Start the line' }).click();

  // Then a line is there to fill in, with where they are
  await page.waitForURL(/\/away\/[0-9a-f-]+$/);
  const id = page.url().split('/').at(-1)!;
  expect(await page.getByLabel('Where they are').inputValue()).toBe(one.allocation!.ward.trustName);
  await page.getByLabel('Who keeps in touch').fill('Crisis team');

  // And when somebody else changes it meanwhile, what was typed stays, and they are told
  const { body: line } = await sender.call<OutOfAreaView>('GET', `/out-of-area/${id}`);
  const asked = Object.fromEntries(fields.map((field) => [field, line[field]]));
  const other = await sender.call('POST', `/out-of-area/${id}`, { ...asked, state: 'away', why: 'The cost is agreed' });
  expect(other.status).toBe(200);
  await page.getByText('This line was changed while you were filling this in').waitFor();
  expect(await page.getByLabel('Who keeps in touch').inputValue()).toBe('Crisis team');

  // A day that can't be is told at its field, and nothing is lost
  const since = page.getByRole('group', { name: 'Last reviewed' });
  for (const [box, typed] of Object.entries({ Day: '28', Month: '11', Year: '2026' })) await since.getByLabel(box).fill(typed);
  await page.getByLabel('Why it changes').fill('Agreed with the team');
  await page.getByRole('button', { name: 'Record it' }).click();
  await page
    .getByRole('alert')
    .getByText(/still to come/)
    .waitFor();
  await since.getByText(/still to come/).waitFor();
  await since.getByLabel('Day').fill('27');
  await page.getByRole('button', { name: 'Record it' }).click();
  await page.getByRole('button', { name: 'Change it' }).waitFor();
  expect(await focused(page)).toBe('As it stands');
  expect((await sender.call<OutOfAreaView>('GET', `/out-of-area/${id}`)).body).toMatchObject({
    state: 'away',
    continuityContact: 'Crisis team',
    lastReviewedOn: '2026-11-27',
  });
});
