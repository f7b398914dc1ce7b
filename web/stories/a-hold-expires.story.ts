import { sql } from 'kysely';
import type { AllocationView, PlacementView } from '@homeward/shared/placements/contract.ts';
import { expect, test } from 'vitest';
import { story } from './harness.ts';
import { barOf, matchesOf, needOf, rowOf } from './needs.ts';
import { opened } from './shifts.ts';

const { sit, database } = story({ now: '2026-11-27T14:20:00Z', holds: true });

/** Lets time pass for one hold: so many seconds are left of it by the database's clock. */
const leave = (seconds: number, allocation: AllocationView) =>
  sql`update allocation set expires_at = clock_timestamp() + ${seconds} * interval '1 second' where id = ${allocation.id}`.execute(
    database(),
  );

test('a hold that nobody refers in time ends by itself, says so where one is, and the bed is free for others', async () => {
  const sender = await sit('bed-manager@rgd.example', { size: 'desktop' });
  const rival = await sit('bed-manager@tad.example');
  const { page } = sender;
  const need = await needOf(sender);
  const [first] = (await matchesOf(sender, need)).filter((match) => match.outcome !== 'does-not-meet' && match.freeBeds.length > 0);
  if (!first) throw new Error('The demonstration has no bed for this need.');
  await opened(sender, `/placements/${need.id}`);

  // Given a hold, extended once and not twice
  await rowOf(sender, first).getByRole('button', { name: /^Hold/ }).click();
  const bar = barOf(sender, need);
  await bar.getByRole('button', { name: 'Extend' }).click();
  await bar.getByText(/^59:\d\d left$|^1 h 0 min left$/).waitFor();
  await bar.getByRole('button', { name: 'Extend' }).waitFor({ state: 'detached' });
  const { body: held } = await sender.call<PlacementView>('GET', `/placements/${need.id}`);
  const allocation = held.allocation!;
  expect((await sender.call('POST', `/allocations/${allocation.id}/extend`, {})).status).toBe(409);

  // And one who waits for the same bed
  const other = await needOf(rival, { homePlace: 'Leeds' });
  const early = await rival.call<{ code: string }>('POST', `/placements/${other.id}/allocations`, { bedId: allocation.bedId });
  expect(early).toMatchObject({ status: 409, body: { code: 'bed-taken' } });

  // When its time runs out, under the eyes of whoever holds it
  await leave(6, allocation);
  await page.reload();
  await bar.getByText(/^0?0:0\d left$/).waitFor();
  await sender.looksRight('need-hold-ends');
  await page.getByText(/is no longer held$/).waitFor();
  await bar.waitFor({ state: 'detached' });
  await page.getByText('The hold ran out before a referral').waitFor();

  // Then nothing more can be done with it, and the other has the bed
  const late = await sender.call<{ code: string }>('POST', `/allocations/${allocation.id}/refer`, {});
  expect(late).toMatchObject({ status: 409, body: { code: 'hold-expired' } });
  const now = await rival.call<AllocationView>('POST', `/placements/${other.id}/allocations`, { bedId: allocation.bedId });
  expect(now).toMatchObject({ status: 201, body: { state: 'held' } });

  // And from the list one hears of it too, without having touched anything
  const third = await needOf(sender, { sex: 'male' });
  const [free] = (await matchesOf(sender, third)).filter((match) => match.outcome !== 'does-not-meet' && match.freeBeds.length > 0);
  const { body: again } = await sender.call<AllocationView>('POST', `/placements/${third.id}/allocations`, {
    bedId: free!.freeBeds[0]!.id,
  });
  await leave(4, again);
  await opened(sender, '/placements');
  await barOf(sender, third).getByRole('timer').waitFor();
  await barOf(sender, third).waitFor({ state: 'detached', timeout: 15_000 });
  const line = page.locator('article', { hasText: third.reference });
  await line.getByText('Looking', { exact: true }).waitFor();
});

test('a referral that nobody answers is marked late to both sides, and stays held until somebody does', async () => {
  const sender = await sit('bed-manager@rgd.example', { size: 'desktop' });
  const need = await needOf(sender, { sex: 'male' });
  const [first] = (await matchesOf(sender, need)).filter((match) => match.outcome !== 'does-not-meet' && match.freeBeds.length > 0);
  const { body: held } = await sender.call<AllocationView>('POST', `/placements/${need.id}/allocations`, { bedId: first!.freeBeds[0]!.id });
  expect((await sender.call('POST', `/allocations/${held.id}/refer`, {})).status).toBe(200);

  await sql`update allocation set answer_by = clock_timestamp() + interval '3 seconds' where id = ${held.id}`.execute(database());
  await opened(sender, `/placements/${need.id}`);
  await barOf(sender, need).getByText('No answer in time: phone the ward.').waitFor({ timeout: 15_000 });
  await sender.looksRight('need-unanswered');

  // The sweep tells that it is late; the bed is still theirs, and the ward may still say no
  await expect
    .poll(async () => (await sender.call<AllocationView>('GET', `/allocations/${held.id}`)).body.escalatedAt, { timeout: 30_000 })
    .not.toBeNull();
  const ward = await sit(`ward-manager@${first!.ward.trust.toLowerCase()}.example`);
  const { body: codes } = await sender.call<{ declineReasons: { code: string; title: string }[] }>('GET', '/bed-codes');
  const [reason] = codes.declineReasons;
  expect((await ward.call('POST', `/allocations/${held.id}/decline`, { reason: reason!.code })).status).toBe(200);
  await sender.page.getByText(/ declined$/).waitFor();
  await sender.page.getByText(reason!.title).first().waitFor();
  await sender.looksRight('need-declined');
});
