import type { PlacementLine } from '@homeward/shared/placements/contract.ts';

interface Show {
  name: string;
  label: string;
  states: readonly PlacementLine['state'][];
}

/** What the list of needs can be narrowed to. The first is what a bed manager comes for. */
export const shows: readonly [Show, ...Show[]] = [
  { name: 'open', label: 'Open', states: ['looking', 'held', 'referred', 'accepted'] },
  { name: 'unable-to-place', label: 'Unable to place', states: ['unable-to-place'] },
  { name: 'placed', label: 'Placed', states: ['placed'] },
  { name: 'withdrawn', label: 'Withdrawn', states: ['withdrawn'] },
];
