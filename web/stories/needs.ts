import type { DescribeNeed, MatchesView, MatchView, PlacementView } from '@homeward/shared/placements/contract.ts';
import type { Person } from './harness.ts';

/** A need of a trust, described over the API: a woman in Leeds who needs an acute bed now, unless told otherwise. */
export async function needOf(sender: Person, asked: Partial<DescribeNeed> = {}): Promise<PlacementView> {
  const { status, body } = await sender.call<PlacementView>('POST', '/placements', {
    homePlace: 'Leeds',
    bedType: '200',
    ageBand: 'adult',
    sex: 'female',
    legalStatus: '02',
    securityLevel: 0,
    needs: [],
    whereNow: 'emergency-department',
    neededBy: '2026-11-27T18:00:00Z',
    wishes: '',
    notes: '',
    ...asked,
  });
  if (status !== 201) throw new Error(`The need was answered with ${status}: ${JSON.stringify(body)}`);
  return body;
}

export async function matchesOf(sender: Person, need: Pick<PlacementView, 'id'>): Promise<MatchView[]> {
  return (await sender.call<MatchesView>('GET', `/placements/${need.id}/matches`)).body.items;
}

/** A ward's line in the list of matches. */
export const rowOf = ({ page }: Person, { ward }: Pick<MatchView, 'ward'>) =>
  page.getByRole('article', { name: `${ward.name}, ${ward.siteName.replace(/ \(.*\)$/, '')}`, exact: true });

/** The bar of a bed that is held for a need. */
export const barOf = ({ page }: Person, need: Pick<PlacementView, 'reference'>) =>
  page.getByRole('region', { name: `Bed for ${need.reference}` });
