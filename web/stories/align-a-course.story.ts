import { expect, test } from 'vitest';
import type { SessionView } from '@homeward/shared/accounts/contract.ts';
import type { MyShift, MyShifts, WardShift } from '@homeward/shared/shifts/contract.ts';
import type { AlignmentDetail, AlignmentView, CourseView, EffectView } from '@homeward/shared/training/contract.ts';
import { story, type Person } from './harness.ts';
import { opened } from './shifts.ts';

const { sit } = story({ now: '2026-11-27T14:00:00Z' });

/** Leeds and York teach it and nobody has compared it with the standard yet. */
async function breakawayCourse(lead: Person): Promise<CourseView> {
  const { body } = await lead.call<{ items: CourseView[] }>('GET', '/training/courses');
  return body.items.find(({ code }) => code === 'LY-BRK')!;
}

/** A ward of Bradford's asks for breakaway training, and has shifts posted that somebody of Leeds and York could take but for that. */
async function blockedWorker(manager: Person, lead: Person, courseId: string) {
  const { body: session } = await manager.call<SessionView>('GET', '/session');
  const ward = session.wards.find(({ code }) => code === 'lynfield-mount/clover')!;
  await manager.call('POST', `/wards/${ward.id}/requirements`, { competency: 'pmva-breakaway', reason: 'Two injuries in October' });
  const { body: draft } = await lead.call<AlignmentDetail>('POST', '/training/alignments', { courseId, competency: 'pmva-breakaway' });
  const { body: effect } = await lead.call<EffectView>('GET', `/training/alignments/${draft.id}/effect?step=validate`);
  const named = effect.gains.items.filter(({ worker, wards }) => worker.staffNumber && wards.some(({ id }) => id === ward.id));
  for (const { worker } of named.slice(0, 8)) {
    const person = await sit(`${worker.staffNumber!.toLowerCase()}@demo.example`);
    const { body: who } = await person.call<SessionView>('GET', '/session');
    const { role, band } = who.worker!;
    const posts = [6, 7, 8].map((day) => ({
      wardId: ward.id,
      role,
      band,
      startsAt: `2026-12-${String(day).padStart(2, '0')}T09:00:00Z`,
      endsAt: `2026-12-${String(day).padStart(2, '0')}T13:00:00Z`,
      breakMinutes: 0,
      count: 1,
      reason: 'vacancy',
    }));
    const { body: posted } = await manager.call<{ items: WardShift[] }>('POST', '/shifts/batch', { shifts: posts });
    const { body: mine } = await person.call<MyShifts>('GET', '/me/shifts?outcome=blocked&limit=100');
    const only = (shift: MyShift) =>
      shift.decision.checks
        .filter(({ result }) => result === 'fail')
        .map(({ code }) => code)
        .join();
    const shift = mine.items.find((one) => posted.items.some(({ id }) => id === one.id) && only(one) === 'training:pmva-breakaway');
    if (shift) return { person, shift, ward };
    await person.context.close();
  }
  throw new Error('The demonstration has nobody whom only breakaway training keeps from a shift at Bradford.');
}

test('four trusts review a course, try it and validate it, and a worker gains shifts on an open page', async () => {
  const ruth = await sit('training-lead@rgd.example', { size: 'desktop' });
  const gurpreet = await sit('training-lead@tad.example', { size: 'desktop' });
  const others = [await sit('training-lead@rxg.example'), await sit('training-lead@ry6.example')];
  const manager = await sit('ward-manager@tad.example', { size: 'desktop' });
  const course = await breakawayCourse(ruth);
  const { person: worker, shift } = await blockedWorker(manager, ruth, course.id);
  const { body: alignments } = await ruth.call<{ items: AlignmentView[] }>('GET', '/training/alignments');
  const { id } = alignments.items.find((one) => one.course.id === course.id)!;
  const path = `/training/alignments/${id}`;
  const everyone = [ruth, gurpreet, ...others];
  const answers = async (people: Person[], step: string) => {
    for (const one of people) expect((await one.call('POST', `${path}/${step}`, {})).status, step).toBe(200);
  };

  // Given a proposal: whose turn it is stands first, also in the list of the lead whose turn it is
  await ruth.page.goto('/training');
  await ruth.page.getByRole('link', { name: /^Breakaway one-day, version 1/ }).click();
  await ruth.page.getByRole('heading', { name: 'Your turn' }).waitFor();
  // Another lead reads it meanwhile, and is writing a comment
  await opened(gurpreet, path);
  const comment = gurpreet.page.getByLabel('Your comment');
  await comment.fill('The bite release is new to us');

  // When the trusts are asked to review it
  await ruth.page.getByRole('button', { name: 'Ask the trusts to review it' }).click();
  await ruth.page.getByRole('dialog').getByRole('button', { name: 'Ask the trusts' }).click();
  await ruth.page.getByText('Every trust is asked to sign or object.').waitFor();

  // Then the other's page says so by itself, and what they were writing and where they were stays
  await gurpreet.page.getByRole('heading', { name: 'Your turn' }).waitFor();
  expect(await comment.inputValue()).toBe('The bite release is new to us');
  expect(await comment.evaluate((element) => element === document.activeElement)).toBe(true);
  await gurpreet.looksRight('alignment-in-review');

  // One objects, which wants a reason; it is answered; then the same lead signs
  await gurpreet.page.getByRole('button', { name: 'Object' }).click();
  const asked = gurpreet.page.getByRole('dialog');
  await asked.getByRole('button', { name: 'Object' }).click();
  await asked.getByRole('alert').getByText('Say why in a few words.').waitFor();
  await asked.getByLabel('Why').fill('There is no release from a strangle hold.');
  await asked.getByRole('button', { name: 'Object' }).click();
  await gurpreet.page.getByText('Your objection is on record.').waitFor();
  await ruth.page.getByRole('button', { name: 'Answer the objection' }).click();
  await ruth.page.getByRole('dialog').getByText('There is no release from a strangle hold.').waitFor();
  await ruth.page.getByLabel('Your answer').fill('It is taught in the second hour; the description says so now.');
  await ruth.page.getByRole('button', { name: 'Send the answer' }).click();
  await gurpreet.page.getByRole('button', { name: 'Sign', exact: true }).click();
  await asked.getByText('Yasmin Iqbal').waitFor();
  await asked.getByRole('button', { name: 'Sign' }).click();
  await gurpreet.page.getByText('You have signed.').waitFor();
  await answers([ruth, ...others], 'sign');

  // Once all have signed it goes on a ward, with what to watch for; nothing is done before what would change is shown
  await ruth.page.getByRole('heading', { name: 'Signatures, 4 of 4' }).waitFor();
  await ruth.page.getByRole('button', { name: 'Start the pilot' }).click();
  const starts = ruth.page.getByRole('dialog');
  await starts.getByLabel('Find a ward').fill('becklin');
  await starts.getByRole('checkbox', { name: /^Ward 5, / }).check();
  await starts.getByLabel('What to watch for').fill('Does everybody know the same releases?');
  await starts.getByLabel('Day').fill('20');
  await starts.getByText(/would gain|Nobody gains/).waitFor();
  // What others do meanwhile shows behind it, and leaves alone what was typed
  expect((await gurpreet.call('POST', `${path}/comments`, { words: 'Good luck with it.' })).status).toBe(201);
  await ruth.page.getByText('Good luck with it.').waitFor();
  expect(await starts.getByLabel('Day').inputValue()).toBe('20');
  expect(await starts.getByLabel('What to watch for').inputValue()).toBe('Does everybody know the same releases?');
  await starts.getByRole('button', { name: 'Start the pilot' }).click();
  await ruth.page.getByText('The pilot has started.').waitFor();
  await ruth.page.getByText('No report yet').waitFor();
  const reporter = await sit('ward-manager@rgd.example');
  await opened(reporter, path);
  await reporter.page.getByRole('radio', { name: 'As expected' }).check();
  await reporter.page.getByLabel('What you saw').fill('Three shifts, one release from a grab, all as ours do it.');
  await reporter.page.getByRole('button', { name: 'Send report' }).click();
  await ruth.page.getByText('one release from a grab').waitFor();
  await reporter.looksRight('alignment-pilot-ward');

  // Nobody validates before all have signed again
  expect(await ruth.page.getByRole('button', { name: 'Validate' }).count()).toBe(0);
  await answers(everyone, 'sign');
  await opened(worker, '/shifts');
  const card = worker.page.locator(`a[href="/shifts/${shift.id}"]`);
  expect(await card.count()).toBe(0);
  await ruth.page.getByRole('button', { name: 'Validate' }).click();
  const counts = ruth.page.getByRole('dialog').getByText(/workers? would gain/);
  await counts.waitFor();
  const foretold = (await counts.innerText()).match(/[\d,]+/g);
  await ruth.looksRight('alignment-validate');
  await ruth.page.getByRole('dialog').getByRole('button', { name: 'Validate' }).click();

  // Then what happened is what was foretold, and the worker's open page has the shift
  const did = ruth.page.getByText(/workers? gained/);
  await did.waitFor();
  expect((await did.innerText()).match(/[\d,]+/g)).toEqual(foretold);
  await card.waitFor();
  await gurpreet.page.getByText('Validated: nobody has to do anything', { exact: true }).waitFor();
}, 120_000);
