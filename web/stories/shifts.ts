import type { MyShift, MyShifts } from '@homeward/shared/shifts/contract.ts';
import type { Person } from './harness.ts';

/** Shifts that all of them may take, the first on the first person's list first. */
export async function openToAll(...people: Person[]): Promise<MyShift[]> {
  const [first = [], ...others] = await Promise.all(
    people.map(async (one) => (await one.call<MyShifts>('GET', '/me/shifts?limit=100')).body.items),
  );
  return first.filter((shift) => others.every((list) => list.some((other) => other.id === shift.id)));
}

/** The first card on somebody's screen, from the `from`th on, that the other may take too. A screen is in the order of days. */
export async function firstShared(reader: Person, other: Person, from = 0): Promise<MyShift> {
  const shared = await openToAll(reader, other);
  const hrefs = await reader.page.locator('article a').evaluateAll((all) => all.map((one) => one.getAttribute('href')));
  const [first] = hrefs.slice(from).flatMap((href) => shared.filter((shift) => href === `/shifts/${shift.id}`));
  if (!first) throw new Error('The demonstration has no shift that both may take.');
  return first;
}

/** The card of a shift. It loses its link, and so this name, as it goes. */
export const cardOf = ({ page }: Person, shift: MyShift) => page.locator('article', { has: page.locator(`a[href="/shifts/${shift.id}"]`) });

/** Opens a page and waits until it is live. */
export async function opened({ page }: Person, path: string): Promise<void> {
  await page.goto(path);
  await page.getByText('Live', { exact: true }).waitFor();
}
