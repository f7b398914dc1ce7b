import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { importKinds } from './contract.ts';
import { columnsOf, headerProblems, identityOf, readRow } from './rules.ts';

describe('a header', () => {
  test('may have its columns in any order, and leave the optional ones out', () => {
    for (const kind of importKinds) {
      const names = Object.keys(columnsOf(kind));
      expect(headerProblems(kind, names.toReversed())).toEqual([]);
      expect(
        headerProblems(
          kind,
          names.filter((name) => !('empty' in columnsOf(kind)[name]!)),
        ),
      ).toEqual([]);
    }
  });

  test('names what is missing, unknown or twice', () => {
    const problems = headerProblems('requirements', ['trust', 'ward_code', 'ward_code', 'Competency']);
    expect(problems.map(({ column, code }) => [column, code])).toEqual([
      ['ward_code', 'column-twice'],
      ['Competency', 'unknown-column'],
      ['competency', 'missing-column'],
    ]);
  });
});

describe('a row', () => {
  test('keeps a formula as the text it is, and trims what surrounds a cell', () => {
    const header = ['staff_number', 'trust', 'course_code', 'course_version', 'completed_on', 'evidence'];
    const { values, problems } = readRow('training-records', header, [' A-1 ', 'RGD', 'LY-PMVA', '3', '2026-06-01', ' =1+1'], 2);
    expect(problems).toEqual([]);
    expect(values).toMatchObject({ staff_number: 'A-1', evidence: '=1+1' });
  });

  test('reads an instant with any offset as the same moment, and refuses what is none', () => {
    const header = ['staff_number', 'trust', 'starts_at', 'ends_at', 'external_id'];
    const read = (startsAt: string, endsAt: string) => readRow('roster', header, ['A-1', 'RGD', startsAt, endsAt, 'x'], 2);
    expect(read('2026-10-25T01:30:00+01:00', '2026-10-25T01:30:00Z').values).toMatchObject({
      starts_at: '2026-10-25T00:30:00.000Z',
      ends_at: '2026-10-25T01:30:00.000Z',
    });
    for (const bad of ['2026-10-25 01:30', '2026-10-25T01:30:00', '2026-02-30T01:30:00Z', '2026-10-25T25:00:00Z', '25/10/2026']) {
      expect(read(bad, '2026-10-26T01:30:00Z').problems.map(({ code }) => code)).toEqual(['not-an-instant']);
    }
    expect(read('2026-10-25T10:00:00Z', '2026-10-25T10:00:00Z').problems.map(({ code }) => code)).toEqual(['ends-before-it-starts']);
  });

  test('of a closed bed says why, and no other does; held is nothing a file can say', () => {
    const faults = (state: string, reason: string) =>
      readRow('beds', ['ward_code', 'label', 'state', 'reason'], ['becklin/ward-5', 'Bed 1', state, reason], 2).problems.map(
        ({ column, code }) => `${column} ${code}`,
      );
    expect(faults('closed', 'infection')).toEqual([]);
    expect(faults('on-leave', '')).toEqual([]);
    expect(faults('closed', '')).toEqual(['reason missing']);
    expect(faults('occupied', 'infection')).toEqual(['reason not-closed']);
    expect(faults('held', '')).toEqual(['state not-in-list']);
  });

  test('of anything at all is read or refused with a reason, and never throws', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...importKinds),
        fc.array(fc.oneof(fc.string(), fc.constantFrom('RGD', '2026-02-29', 'true', '-1', '9'.repeat(3000))), { maxLength: 30 }),
        (kind, cells) => {
          const header = Object.keys(columnsOf(kind));
          const { values, problems } = readRow(kind, header, cells, 7);
          expect(problems.every((problem) => problem.line === 7 && problem.message.length > 10 && problem.message.length < 400)).toBe(true);
          if (problems.length === 0) expect(identityOf(kind, values)).not.toBe('');
        },
      ),
    );
  });
});
