import { expect, test } from 'vitest';
import { dayMs, hourMs } from '@homeward/shared/kernel/interval.ts';
import type { MyShifts, WardBoard } from '@homeward/shared/shifts/contract.ts';
import type { SessionView } from '@homeward/shared/accounts/contract.ts';
import { story, type Person } from './harness.ts';

const now = '2026-11-27T14:00:00Z';
const { sit } = story({ now });

const worker = 'rgd-0001@demo.example';
const manager = 'ward-manager@rxg.example';

/** Somebody whose device shows another zone's time, and not even that one right. */
async function sitAbroad(email: string, aheadMs: number): Promise<Person> {
  const person = await sit(email, { timeZone: 'Pacific/Auckland' });
  await person.page.clock.install({ time: new Date(Date.parse(now) + aheadMs) });
  return person;
}

/** The first cards of a list, which draws more as it is read and scrolled; of any other page all of it. */
const shown = async ({ page }: Person, path: string) => {
  await page.goto(path);
  await page.getByText('Live', { exact: true }).waitFor();
  const texts = path === '/shifts' ? await page.locator('main article').allInnerTexts() : [await page.locator('main').innerText()];
  return texts.slice(0, 5);
};

test('a device in another zone with a wrong clock shows what everybody sees', async () => {
  // Given one person at three devices: at home, a day fast and abroad, and half a day slow
  const devices = [await sit(worker), await sitAbroad(worker, dayMs), await sitAbroad(worker, -12 * hourMs)];
  const [first] = (await devices[0]!.call<MyShifts>('GET', '/me/shifts?outcome=eligible&limit=1')).body.items;
  for (const path of ['/shifts', `/shifts/${first!.id}`, '/passport']) {
    // When the same page is opened on each, then they read the same: days, times, what is open and how long it has been
    const texts = [];
    for (const device of devices) texts.push(await shown(device, path));
    expect(texts[0]!.join()).toMatch(/\d\d:\d\d|\d{4}/);
    expect([path, texts[1]]).toEqual([path, texts[0]]);
    expect([path, texts[2]]).toEqual([path, texts[0]]);
  }
});

test('what is typed on such a device is London’s time', async () => {
  const desk = await sitAbroad(manager, dayMs);
  const { page } = desk;
  const { wards } = (await desk.call<SessionView>('GET', '/session')).body;
  const ward = wards.find(({ code }) => code === 'the-dales/elmdale')!;
  const posted = async () => (await desk.call<WardBoard>('GET', `/wards/${ward.id}/board`)).body.shifts.map(({ id }) => id);
  const before = await posted();
  await page.goto(`/wards/${ward.id}/post?day=2026-11-29`);
  await page.getByLabel('Start').fill('20:00');
  await page.getByLabel('End').fill('08:00');
  await page.getByLabel('Why it is needed').selectOption({ index: 1 });
  await page.getByRole('button', { name: 'Post shift', exact: true }).click();
  await page.getByText('Posted 1 shift.').waitFor();
  const { shifts } = (await desk.call<WardBoard>('GET', `/wards/${ward.id}/board`)).body;
  const [shift] = shifts.filter(({ id }) => !before.includes(id));
  expect([shift?.startsAt, shift?.endsAt]).toEqual(['2026-11-29T20:00:00.000Z', '2026-11-30T08:00:00.000Z']);
});
