import { expect, test } from 'vitest';
import { aMatchGround } from '../kernel/examples.ts';
import { areaProposal } from './area-rules.ts';

const { places } = aMatchGround();

test.each<[string, string | null, boolean, string]>([
  ['Leeds', 'Leeds', false, 'the home place itself'],
  ['Barnsley', 'Barnsley', false, 'the home place itself, though outside the board'],
  ['Elsewhere', 'Elsewhere', false, 'the home place itself, though nobody knows where that is'],
  ['Leeds', 'Wakefield', false, 'another place of the same board'],
  ['Leeds', 'Barnsley', true, 'Barnsley is outside, though its trust is the same as that of Wakefield'],
  ['Barnsley', 'Wakefield', true, 'from outside into the board'],
  ['Leeds', 'Elsewhere', true, 'a place nobody knows'],
  ['Elsewhere', 'Leeds', true, 'from a place nobody knows'],
  ['Leeds', null, true, 'a ward whose place nobody knows'],
  ['Elsewhere', 'Barnsley', true, 'both outside'],
])('home %s, ward in %s: out of area %s (%s)', (home, ward, outOfArea) => {
  const proposal = areaProposal(home, ward, places);
  expect(proposal.outOfArea).toBe(outOfArea);
  expect(proposal.sentence).toContain(home);
  expect(proposal.sentence).toMatch(/^[A-Z].*\.$/);
});

test('says which place is outside', () => {
  expect(areaProposal('Leeds', 'Barnsley', places).sentence).toBe(
    'The ward is in Barnsley, not Leeds; Barnsley is outside the integrated care board.',
  );
  expect(areaProposal('Elsewhere', 'Barnsley', places).sentence).toContain('Elsewhere and Barnsley are outside');
});
