import { expect, test } from 'vitest';
import { aGround, anAlignment, aRecord, aRequirement, aShift, at } from '../kernel/examples.ts';
import type { TrainingRecordFact } from '../training/facts.ts';
import { shortShiftFixes, shortStretches, type NamedMember } from './short-rules.ts';

const [start, end] = [at('2026-11-10T20:00Z'), at('2026-11-11T08:00Z')];
const night = { ...aShift({ start, end }), id: 'night' };
const requirement = aRequirement({ title: 'PMVA team', minimumOnShift: 2 });
const member = (name: string, from = start, until = end, records: TrainingRecordFact[] = [aRecord()]): NamedMember => ({
  personId: name,
  name,
  start: from,
  end: until,
  records,
});
const fixes = (team: NamedMember[], open: { id: string; start: number; end: number }[] = [], ground = aGround()) =>
  shortShiftFixes(night, requirement, team, open, ground);

test('a shift is short where fewer than the minimum hold the training, and nowhere else', () => {
  const two = at('2026-11-11T02:00Z');
  expect(shortStretches(night, requirement, [member('A'), member('B')], aGround())).toEqual([]);
  expect(shortStretches(night, requirement, [member('A'), member('B', start, two)], aGround())).toEqual([{ start: two, end }]);
  expect(shortStretches(night, requirement, [member('A'), member('B', two)], aGround())).toEqual([
    { start, end: at('2026-11-11T00:00Z') },
    { start: at('2026-11-11T00:00Z'), end: two },
  ]);
  expect(shortStretches(night, requirement, [member('A', at('2026-11-10T14:00Z'), at('2026-11-11T10:00Z'))], aGround())).toEqual([
    { start, end: at('2026-11-11T00:00Z') },
    { start: at('2026-11-11T00:00Z'), end },
  ]);
  expect(fixes([member('A'), member('B')])).toEqual([]);
  expect(shortShiftFixes(night, aRequirement(), [], [], aGround())).toEqual([]);
});

test('the open shift itself first, then those that run while it is short, and none that doesn’t', () => {
  const two = at('2026-11-11T02:00Z');
  const open = [
    { id: 'early', start: at('2026-11-10T14:00Z'), end: two },
    { id: 'evening', start: at('2026-11-10T19:00Z'), end: at('2026-11-11T03:00Z') },
    { id: 'dawn', start: two, end: at('2026-11-11T10:00Z') },
    { id: 'night', start, end },
  ];
  expect(fixes([member('A'), member('B', start, two)], open)).toEqual([
    'Fill this shift with somebody who holds PMVA team.',
    'Fill the open shift Tue 10 Nov, 19:00–03:00 (8 h) with somebody who holds PMVA team.',
    'Fill the open shift Wed 11 Nov, 02:00–10:00 (8 h) with somebody who holds PMVA team.',
  ]);
});

test('open shifts that begin together stand by their ids', () => {
  const open = (...ids: string[]) => ids.map((id) => ({ id, start, end: end + (id === 'a' ? 0 : 3_600_000) }));
  const lines = (...ids: string[]) => fixes([member('A')], open(...ids)).map((line) => /08:00|09:00/.exec(line)![0]);
  expect([lines('a', 'b'), lines('b', 'a')]).toEqual([
    ['08:00', '09:00'],
    ['08:00', '09:00'],
  ]);
});

test('people on duty then whose training was there but doesn’t count, with what would make it; who never had it isn’t named', () => {
  const lapsed = member('Priya', start, end, [aRecord({ completedOn: '2025-11-01' })]);
  const never = member('Sam', start, end, []);
  expect(fixes([member('A'), lapsed, never])).toEqual(['Priya: expired on Sun 1 Nov. Renew PMVA team.']);
  const withdrawn = aGround({ alignments: [anAlignment({ state: 'withdrawn' })] });
  expect(fixes([member('A'), never], [], withdrawn)).toEqual([
    'A: the course’s alignment was withdrawn. Complete a course for PMVA team that counts on this ward.',
  ]);
});

test('where nothing there would mend it, to post a shift', () =>
  expect(fixes([member('A')])).toEqual(['Post a shift for somebody who holds PMVA team.']));
