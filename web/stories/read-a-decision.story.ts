import { expect, test } from 'vitest';
import type { AuditEvent, BookingRecord } from '@homeward/shared/assurance/contract.ts';
import { localDayOf, localTimeOf } from '@homeward/shared/kernel/local-time.ts';
import type { Explanation } from '@homeward/shared/shifts/contract.ts';
import { story, type Person } from './harness.ts';
import { opened } from './shifts.ts';

const { sit } = story({ now: '2026-11-27T14:00:00Z' });

/** A booking whose decision rests on another trust's course, which four trusts signed. */
async function crossTrust(auditor: Person): Promise<BookingRecord> {
  const { body } = await auditor.call<{ items: AuditEvent[] }>('GET', '/audit?type=booking.confirmed&limit=100');
  for (const { data } of body.items) {
    const id = String(data.bookingId);
    const { decision } = (await auditor.call<Explanation>('GET', `/bookings/${id}/explanation`)).body;
    const team = decision.checks.find(({ code }) => code === 'training:pmva-team');
    if (team?.evidence.some(({ what }) => what === 'alignment')) {
      return (await auditor.call<BookingRecord>('GET', `/audit/bookings/${id}`)).body;
    }
  }
  throw new Error('The demonstration has no booking that rests on an alignment.');
}

test('an auditor opens a booking, reads its decision and who signed, and asks who else could have worked', async () => {
  const auditor = await sit('auditor@collaborative.example', { size: 'desktop' });
  const { page } = auditor;
  const { booking, worker, alignments, explanation } = await crossTrust(auditor);

  // Given the record of acts, narrowed to what happened to one shift
  await opened(auditor, `/audit?type=booking.confirmed&shiftId=${booking.shiftId}`);
  await page.locator('summary').first().click();
  await page.getByRole('link', { name: 'The booking, with each check and who signed' }).click();

  // When the booking is opened, then each check stands there as it was taken
  await page.getByRole('heading', { name: `Booking of ${worker.name}` }).waitFor();
  for (const check of explanation.decision.checks) await page.getByText(check.sentence, { exact: true }).first().waitFor();
  await page.getByText('Taken again today, it comes out the same').waitFor();
  // And every trust's signature, with for whom it was given
  const [alignment] = alignments.filter(({ competency }) => competency === 'pmva-team');
  const signed = page.locator(`#alignment-${alignment!.id}`);
  expect(new Set(alignment!.state.signatures.map(({ trust }) => trust)).size).toBe(4);
  for (const { by, responsiblePerson } of alignment!.state.signatures)
    await signed.getByRole('cell', { name: `${by}, for ${responsiblePerson}` }).waitFor();
  await auditor.looksRight('audit-booking');

  // When the auditor asks who could have worked that shift, as things stood when it was booked
  await page.goto('/audit/who');
  await page.getByLabel('Ward', { exact: true }).selectOption(booking.ward.id);
  await page.getByLabel('Role').selectOption(booking.role);
  await page.getByLabel('Band').selectOption(String(booking.band));
  const type = async (group: string, day: string) => {
    const [year, month, date] = day.split('-');
    const boxes = page.getByRole('group', { name: group });
    await boxes.getByLabel('Day').fill(date!);
    await boxes.getByLabel('Month').fill(month!);
    await boxes.getByLabel('Year').fill(year!);
  };
  const at = (instant: string) => ({ day: localDayOf(Date.parse(instant)), time: localTimeOf(Date.parse(instant)) });
  await type('Day of the shift', at(booking.startsAt).day);
  await page.getByLabel('Start').fill(at(booking.startsAt).time);
  await page.getByLabel('End').fill(at(booking.endsAt).time);
  await type('As things stood on', at(explanation.decidedAt).day);
  await page.getByLabel('At', { exact: true }).fill(at(explanation.decidedAt).time);
  await page.getByRole('button', { name: 'Look back' }).click();

  // Then the worker is among those who could
  await page.getByRole('link', { name: /^Could \d/ }).waitFor();
  const more = page.getByRole('button', { name: 'Show more people' });
  const person = page.getByRole('heading', { name: `${worker.name} ${worker.staffNumber}` });
  while ((await person.count()) === 0 && (await more.count()) > 0) {
    const before = await page.locator('.people > li').count();
    await more.click();
    await expect.poll(() => page.locator('.people > li').count()).toBeGreaterThan(before);
  }
  await page.getByRole('listitem').filter({ has: person }).locator('summary').click();
  await page.getByText(explanation.decision.checks[0]!.sentence, { exact: true }).waitFor();
  await auditor.looksRight('audit-who');

  // But not as things stood two years ago, before anybody was known here
  await type('As things stood on', '2024-11-27');
  await page.getByRole('button', { name: 'Look back' }).click();
  await page.getByText('Nobody, as things stood then.').waitFor();
});
