import { describe, expect, test } from 'vitest';
import { againstStandard, besideCourse } from './comparison-rules.ts';
import type { ComparedCourse } from './comparison-rules.ts';
import type { DifferenceView } from './contract.ts';

const aCourse = (change: Partial<ComparedCourse> = {}): ComparedCourse => ({
  provider: 'Leeds training team',
  certificate: 'BILD ACT',
  certifiedUntil: '2027-06-30',
  useOfForce: true,
  syllabusMinutes: 2250,
  techniques: ['breakaway', 'team-hold'],
  refresherMonths: 12,
  refresherMinutes: 450,
  ...change,
});
const standard = {
  minimumMinutes: 1800,
  techniques: ['breakaway', 'de-escalation'],
  refresherMonths: 12,
  refresherMinutes: 450,
  source: null,
  since: '2026-01-01T00:00:00Z',
  useOfForce: true,
};
const titles = new Map([
  ['breakaway', 'Breaking away'],
  ['team-hold', 'Holding as a team'],
  ['de-escalation', 'Calming a situation'],
]);
const today = '2026-10-20';
const said = (rows: DifferenceView[]) =>
  rows.map(({ title, verdict, ours, other, sentence }) => `${title} | ${verdict} | ${ours} | ${other} | ${sentence}`);
const rowOf = (rows: DifferenceView[], title: string) => said(rows.filter((row) => row.title === title))[0];

describe('held to the standard', () => {
  test('aspect by aspect', () => {
    expect(said(againstStandard(aCourse(), standard, titles, today))).toEqual([
      'Length | more | 37 h 30 min | 30 h | Longer than the standard (30 h).',
      'Breaking away | same | Yes | Yes | Teaches it, and the standard asks for it.',
      'Calming a situation | lacks | No | Yes | Does not teach it, and the standard asks for it.',
      'Holding as a team | has | Yes | No | Teaches it, and the standard does not ask for it.',
      'Provider’s certificate | same | BILD ACT, until Wed 30 Jun 2027 | In date | The provider is certified, as use-of-force training must be.',
      'Time between refreshers | same | Every 12 months | Every 12 months | The same as the standard.',
      'Length of a refresher | same | 7 h 30 min | 7 h 30 min | The same as the standard.',
      'Use of force | same | Yes | Yes | The same as the standard.',
    ]);
  });

  test.each<[Partial<ComparedCourse>, string]>([
    [{ syllabusMinutes: 900 }, 'Length | less | 15 h | 30 h | Shorter than the standard (30 h).'],
    [{ syllabusMinutes: null }, 'Length | unknown | Not said | 30 h | This course does not say.'],
    [{ techniques: [] }, 'Breaking away | unknown | Not said | Yes | This course does not say what it teaches.'],
    [
      { refresherMonths: 24 },
      'Time between refreshers | more | Every 24 months | Every 12 months | Less often than the standard (every 12 months).',
    ],
    [
      { refresherMonths: 1 },
      'Time between refreshers | less | Every month | Every 12 months | More often than the standard (every 12 months).',
    ],
    [{ refresherMinutes: 60 }, 'Length of a refresher | less | 1 h | 7 h 30 min | Shorter than the standard (7 h 30 min).'],
    [{ useOfForce: false }, 'Use of force | differs | No | Yes | Is not about the use of force, and the standard is.'],
  ])('%j', (change, row) => {
    expect(rowOf(againstStandard(aCourse(change), standard, titles, today), row.split(' | ')[0]!)).toBe(row);
  });

  test('the certificate is in date until its last day, and asked of use-of-force training alone', () => {
    const certificate = (change: Partial<ComparedCourse>, on = today) =>
      rowOf(againstStandard(aCourse(change), standard, titles, on), 'Provider’s certificate');
    expect(certificate({}, '2027-06-30')).toContain('| same | BILD ACT, until Wed 30 Jun 2027 |');
    expect(certificate({}, '2027-07-01')).toContain('| lacks | BILD ACT, ended on Wed 30 Jun 2027 |');
    expect(certificate({ certifiedUntil: null })).toContain('| lacks | BILD ACT, without an end: does not count |');
    expect(certificate({ certifiedUntil: null, certificate: null })).toContain('| lacks | None |');
    const peaceful = againstStandard(aCourse(), { ...standard, useOfForce: false }, titles, today);
    expect(rowOf(peaceful, 'Provider’s certificate')).toBeUndefined();
  });

  test('a standard that says nothing is not known, and none is nothing to hold it to', () => {
    const silent = { ...standard, minimumMinutes: null, techniques: [] };
    const rows = againstStandard(aCourse(), silent, titles, today);
    expect(rowOf(rows, 'Length')).toBe('Length | unknown | 37 h 30 min | Not said | The standard does not say.');
    expect(rowOf(rows, 'Breaking away')).toContain('| unknown | Yes | Not said | The standard does not say');
    expect(againstStandard(aCourse(), null, titles, today)).toEqual([]);
  });
});

describe('beside another trust’s', () => {
  const beside = (ours: Partial<ComparedCourse>, other: Partial<ComparedCourse> = {}) =>
    besideCourse(aCourse(ours), { ...aCourse(other), trustName: 'Bradford District Care' }, titles, today);

  test('the same course is the same in everything', () => {
    expect(new Set(beside({}).map((row) => row.verdict))).toEqual(new Set(['same']));
    expect(beside({}).map((row) => row.title)).toEqual([
      'Length',
      'Breaking away',
      'Holding as a team',
      'Provider',
      'Provider’s certificate',
      'Time between refreshers',
      'Length of a refresher',
      'Use of force',
    ]);
  });
  test.each<[Partial<ComparedCourse>, Partial<ComparedCourse>, string]>([
    [{}, { syllabusMinutes: 3000 }, 'Length | less | 37 h 30 min | 50 h | Shorter than the course of Bradford District Care (50 h).'],
    [
      {},
      { techniques: ['breakaway'] },
      'Holding as a team | has | Yes | No | Teaches it, and the course of Bradford District Care does not.',
    ],
    [
      { techniques: ['breakaway'] },
      {},
      'Holding as a team | lacks | No | Yes | Does not teach it, and the course of Bradford District Care teaches it.',
    ],
    [
      {},
      { techniques: [] },
      'Breaking away | unknown | Yes | Not said | The course of Bradford District Care does not say what it teaches.',
    ],
    [{ provider: null }, {}, 'Provider | unknown | Not said | Leeds training team | This course does not say.'],
    [
      {},
      { provider: 'Another' },
      'Provider | differs | Leeds training team | Another | Another provider than the course of Bradford District Care.',
    ],
    [
      {},
      { certifiedUntil: '2026-10-19' },
      'Provider’s certificate | has | BILD ACT, until Wed 30 Jun 2027 | BILD ACT, ended on Mon 19 Oct 2026 | The provider is certified today, and that of the course of Bradford District Care is not.',
    ],
    [
      { certifiedUntil: null, certificate: null },
      {},
      'Provider’s certificate | lacks | None | BILD ACT, until Wed 30 Jun 2027 | The provider is not certified today, and that of the course of Bradford District Care is.',
    ],
  ])('%#', (ours, other, row) => expect(rowOf(beside(ours, other), row.split(' | ')[0]!)).toBe(row));
  test('neither certified is the same, and nobody is asked where no force is used', () => {
    expect(rowOf(beside({ certifiedUntil: null }, { certifiedUntil: null }), 'Provider’s certificate')).toContain(
      'Neither provider is certified',
    );
    expect(rowOf(beside({ useOfForce: false }, { useOfForce: false }), 'Provider’s certificate')).toBeUndefined();
    expect(rowOf(beside({ useOfForce: false }), 'Provider’s certificate')).toBeDefined();
  });
});
