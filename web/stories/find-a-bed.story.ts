import type { AllocationView, PlacementView } from '@homeward/shared/placements/contract.ts';
import { expect, test } from 'vitest';
import { story, type Person } from './harness.ts';
import { barOf, matchesOf, needOf, rowOf } from './needs.ts';
import { opened } from './shifts.ts';

const { sit } = story({ now: '2026-11-27T14:20:00Z', holds: true });

/** Fills in what has no usual answer, and no more. */
async function describe({ page }: Person): Promise<void> {
  await page.getByRole('radio', { name: 'Female' }).check();
  await page.getByRole('radio', { name: 'Leeds' }).check();
  await page.getByLabel('Legal status').selectOption('02');
  await page.getByRole('radio', { name: 'Emergency department' }).check();
}

test('a need is described by keyboard and without identity, and what was typed survives a reload', async () => {
  const sender = await sit('bed-manager@rgd.example', { size: 'desktop' });
  const { page } = sender;

  // Given a form that one came to from the list, by a key
  await opened(sender, '/placements');
  await sender.looksRight('needs');
  await page.keyboard.press('n');
  await page.getByRole('heading', { name: 'New need', level: 1 }).waitFor();
  expect(await page.getByLabel('Bed type').evaluate((field) => field === document.activeElement)).toBe(true);
  await describe(sender);

  // What says who somebody is is refused as it is typed, at its field; what is left of the draft survives a reload
  const notes = page.getByLabel('Anything a ward must know');
  await notes.fill('NHS no 943 476 5919');
  await page.locator('.nhsuk-error-message', { hasText: 'This holds an NHS number.' }).waitFor();
  await page.getByRole('button', { name: 'See which wards can take it' }).click();
  await page.getByRole('alert').getByText('This holds an NHS number.').waitFor();
  await sender.looksRight('need-with-identity');
  await notes.fill('Calmer with few people about');
  await page.locator('.nhsuk-error-message').waitFor({ state: 'detached' });
  await page.reload();
  await page.getByText('What you typed before is still here.').waitFor();
  expect(await notes.inputValue()).toBe('Calmer with few people about');
  expect(await page.getByRole('radio', { name: 'Female' }).isChecked()).toBe(true);
  await sender.looksRight('need-new');

  // Then it is there under a reference of ours, and the draft is gone
  await page.getByRole('button', { name: 'See which wards can take it' }).click();
  await page.getByRole('heading', { name: /^HW-/, level: 1 }).waitFor();
  await page.getByText('Calmer with few people about').waitFor();
  expect(await page.evaluate(() => sessionStorage.getItem('homeward.need'))).toBeNull();
});

test(
  'a need is matched, its bed held against another who wants it, referred, accepted, and the person arrives',
  { timeout: 120_000 },
  async () => {
    const sender = await sit('bed-manager@rgd.example', { size: 'desktop' });
    const rival = await sit('bed-manager@tad.example');
    const { page } = sender;
    await opened(sender, '/placements/new');
    await describe(sender);
    await page.getByLabel('Anything a ward must know').fill('Calmer with few people about');
    await page.getByRole('button', { name: 'See which wards can take it' }).click();

    // Given every ward of the type stands under what it answers, the best one with a bed first
    await page.getByRole('heading', { name: 'Wards for this need' }).waitFor();
    const id = new URL(page.url()).pathname.split('/').at(-1)!;
    const { body: need } = await sender.call<PlacementView>('GET', `/placements/${id}`);
    expect(need).toMatchObject({ state: 'looking', sex: 'female', notes: 'Calmer with few people about' });
    const [first] = (await matchesOf(sender, need)).filter((match) => match.outcome !== 'does-not-meet' && match.freeBeds.length > 0);
    if (!first || first.askFirst) throw new Error('The demonstration has no bed on a fresh ward for this need.');
    const row = rowOf(sender, first);
    await row.getByText(/^All \d+ criteria/).click();
    for (const { sentence } of first.criteria) await row.getByText(sentence).first().waitFor();
    await sender.looksRight('need-matches');

    // And somebody at another trust looks at the same bed, over a slow line
    const other = await needOf(rival, { homePlace: 'Leeds' });
    await opened(rival, `/placements/${other.id}`);
    const theirs = rowOf(rival, first);
    await theirs.getByRole('button', { name: /^Hold/ }).waitFor();
    const [bed] = first.freeBeds;
    let letGo = () => {};
    const slow = new Promise<void>((resolve) => (letGo = resolve));
    await rival.page.route('**/matches', async (route) => {
      await slow;
      await route.continue();
    });

    // When one holds it
    await row.getByRole('button', { name: /^Hold/ }).click();

    // Then it is theirs, with a clock that runs down, and the focus is there
    const bar = barOf(sender, need);
    await bar.getByText(/held for/).waitFor();
    const left = await bar.getByRole('timer').innerText();
    expect(left).toMatch(/^(29|30):\d\d left$/);
    await expect.poll(() => bar.getByRole('timer').innerText(), { timeout: 5000 }).not.toBe(left);
    expect(await bar.evaluate((region) => region === document.activeElement)).toBe(true);
    await sender.looksRight('need-held');

    // And the other one's tap is answered with by whom and until when, and with what there is instead
    await theirs.getByRole('button', { name: /^Hold/ }).click();
    letGo();
    await rival.page.getByText(/^You don’t have /).waitFor();
    await rival.page
      .getByText(/until \d\d:\d\d/)
      .first()
      .waitFor();
    await rival.page
      .getByRole('button', { name: /^(Hold|Ask the ward, then hold) bed .*, / })
      .first()
      .waitFor();
    const { body: stillLooking } = await rival.call<PlacementView>('GET', `/placements/${other.id}`);
    expect(stillLooking).toMatchObject({ state: 'looking', allocation: null });
    await rival.looksRight('need-bed-taken');

    // When the bed is referred, from any page, and the ward reads the coded need and accepts it
    await opened(sender, '/placements');
    await bar.getByRole('button', { name: 'Refer' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Refer' }).click();
    await page.getByText(/The ward answers by/).waitFor();
    await opened(sender, `/placements/${need.id}`);
    await sender.looksRight('need-referred');
    const ward = await sit(`ward-manager@${first.ward.trust.toLowerCase()}.example`);
    await opened(ward, `/wards/${first.ward.id}/beds`);
    await ward.page.getByText(need.reference).first().waitFor();
    await ward.page.getByText('Calmer with few people about').waitFor();
    await ward.page.locator(`#referral-${need.reference}`).getByRole('button', { name: 'Accept' }).click();
    await ward.page.getByRole('dialog').getByRole('button', { name: 'Accept' }).click();

    // Then the sender sees the answer by itself, and records the arrival
    await bar.getByText(/accepted for/).waitFor();
    await page.getByText(`has accepted ${need.reference}.`).waitFor();
    await sender.looksRight('need-accepted');
    await bar.getByRole('button', { name: 'Record arrival' }).click();
    await page.getByRole('button', { name: 'Yes, arrived' }).click();
    await page.getByText(/^Placed at /).waitFor();
    expect(await bar.count()).toBe(0);
    await page.getByText(`Why ${first.ward.name}, as it was decided`).click();
    await page.getByText(/number\s+1\s+of the list/).waitFor();
    await sender.looksRight('need-placed');
    const { body: beds } = await ward.call<{ beds: { id: string; state: string }[] }>('GET', `/wards/${first.ward.id}/beds`);
    expect(beds.beds.find((one) => one.id === bed!.id)?.state).toBe('occupied');
  },
);

test('another ward than the first, a stale one and the bed of somebody on leave are held with a reason, the stale one asked first', async () => {
  const sender = await sit('bed-manager@rgd.example', { size: 'desktop' });
  const { page } = sender;
  const need = await needOf(sender);
  const matches = await matchesOf(sender, need);
  const stale = matches.find((match) => match.askFirst && match.outcome !== 'does-not-meet' && match.freeBeds.length > 0);
  const away = matches.find((match) => match.outcome !== 'does-not-meet' && match.leaveBeds.length > 0 && !match.askFirst);
  if (!stale || !away) throw new Error('The demonstration has no stale ward with a bed, or nobody on leave.');
  await opened(sender, `/placements/${need.id}`);

  // Given a stale ward that stands below others: its button says that asking comes first, and it wants to know why
  await rowOf(sender, stale)
    .getByRole('button', { name: /^Ask the ward, then hold/ })
    .click();
  const question = page.getByRole('dialog');
  await question.getByText('Its figures are stale').waitFor();
  await question.getByRole('button', { name: 'Ask the ward, then hold' }).click();
  await question.getByRole('alert').getByText('Say why in a few words.').waitFor();
  await question.getByLabel('Why this ward and not the first').fill('Her consultant works there');
  await question.getByRole('button', { name: 'Ask the ward, then hold' }).click();

  // Then the ward has been asked and the bed is held, with the reason
  await barOf(sender, need)
    .getByText(/held for/)
    .waitFor();
  const { body: held } = await sender.call<PlacementView>('GET', `/placements/${need.id}`);
  expect(held.allocation).toMatchObject({ ward: { id: stale.ward.id }, chosenReason: 'Her consultant works there' });
  const { body: board } = await sender.call<{ items: { ward: { id: string }; askedAt: string | null }[] }>('GET', '/beds/board');
  expect(board.items.find(({ ward }) => ward.id === stale.ward.id)?.askedAt).not.toBeNull();

  // And released again, with a reason of the list, it goes back to looking
  await barOf(sender, need).getByRole('button', { name: 'Release' }).click();
  await question.getByRole('radio').first().check();
  await question.getByRole('button', { name: 'Release the bed' }).click();
  await page.getByText(/is no longer held$/).waitFor();

  // Given the bed of somebody on leave: a risk decision, with its reason
  const row = rowOf(sender, away);
  await row.getByText(/beds? of people on leave$/).click();
  await row.getByRole('button', { name: /^Use / }).first().click();
  await question.getByText('Using it is a risk decision').waitFor();
  await sender.looksRight('need-leave-bed');
  await question
    .getByLabel('Why this bed, and what was decided about the risk')
    .fill('On leave until Monday, agreed with the consultant on call');
  await question.getByRole('button', { name: 'Hold it' }).click();
  await barOf(sender, need)
    .getByText(/held for/)
    .waitFor();
  const { body: used } = await sender.call<PlacementView>('GET', `/placements/${need.id}`);
  expect(used.allocation).toMatchObject({ usesLeaveBed: true, ward: { id: away.ward.id } });
  await page.getByText('The bed of somebody on leave: On leave until Monday, agreed with the consultant on call').waitFor();
  const { body: all } = await sender.call<{ items: AllocationView[] }>('GET', '/allocations?live=true');
  expect(all.items.filter(({ requestId }) => requestId === need.id)).toHaveLength(1);
});

test('where none will do, the reasons are counted and the out-of-area record is drafted; a need nobody has any more is withdrawn', async () => {
  const sender = await sit('bed-manager@rgd.example', { size: 'desktop' });
  const { page } = sender;

  // Given a type of bed that no ward here has
  const need = await needOf(sender, { bedType: '211' });
  await opened(sender, `/placements/${need.id}`);
  await page.getByText('No ward of this type in the area.').waitFor();
  await page.getByRole('button', { name: 'Unable to place' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Unable to place' }).click();
  await page.getByRole('heading', { name: 'Unable to place here' }).waitFor();
  const { body: unplaced } = await sender.call<PlacementView>('GET', `/placements/${need.id}`);
  expect(unplaced.state).toBe('unable-to-place');
  expect(await page.getByRole('link', { name: 'Complete the out-of-area record' }).getAttribute('href')).toBe(
    `/away/${unplaced.outOfAreaId}`,
  );
  await sender.looksRight('need-unable-to-place');

  // Where wards could still take somebody, it wants to know why none of them will do
  const other = await needOf(sender);
  await opened(sender, `/placements/${other.id}`);
  await page.getByRole('button', { name: 'Unable to place' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Unable to place' }).click();
  await page.getByRole('alert').getByText('Say why in a few words.').waitFor();
  await page.getByRole('button', { name: 'Keep looking' }).click();

  // And withdrawn it leaves the list of open needs
  await page.getByRole('button', { name: 'Withdraw the need' }).click();
  await page.getByRole('dialog').getByLabel('Why').fill('Went home with the crisis team');
  await page.getByRole('button', { name: 'Withdraw it' }).click();
  await page.getByText('Went home with the crisis team').first().waitFor();
  await opened(sender, '/placements?show=withdrawn');
  await page.getByRole('link', { name: other.reference }).waitFor();
  await opened(sender, '/placements');
  expect(await page.getByRole('link', { name: other.reference }).count()).toBe(0);
});
