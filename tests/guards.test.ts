import { expect, inject, test } from 'vitest';
import { tryBuild } from './controls/broken-build.ts';
import { controlOf, guards } from './controls/rights.ts';
import { pickedFrom } from './controls/source.ts';
import { randomFrom, seed } from './figures.ts';

// Test H's own control, small: a few guards of rights are taken out of the program, and the matrix must see each. `npm run test:full` takes
// fifty, wherever they stand; these stand in one operation, so that its rows of the matrix are enough.
test('a guard of rights that is taken away is missed', async () => {
  const ofOne = guards().filter(
    ({ operations, source }) => operations.length === 1 && !/(effect|preview)-queries|audience/.test(source.file),
  );
  expect(ofOne.length).toBeGreaterThan(100);
  const waiting = pickedFrom(ofOne, 5, randomFrom(seed)).map(controlOf);
  const found: [broken: string, outcome: string][] = [];
  const next = async () => {
    for (let control = waiting.shift(); control; control = waiting.shift()) {
      const { outcome } = await tryBuild({ ...control, env: { HOMEWARD_CLUSTER: inject('clusterUrl') } });
      found.push([control.broken, outcome]);
    }
  };
  await Promise.all([next(), next()]);
  expect({ seed, notCaught: found.filter(([, outcome]) => outcome !== 'caught') }).toEqual({ seed, notCaught: [] });
}, 300_000);
