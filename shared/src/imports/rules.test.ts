import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { importKinds, type ImportKind } from './contract.ts';
import { columnsOf, headerProblems, identityOf, laterRowReplaces, longestCell, readRow, type RowValues } from './rules.ts';

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

  test('separated by something else than commas is said once, whatever the columns', () => {
    for (const header of ['trust;ward_code', 'trust\tward_code'])
      expect(headerProblems('requirements', [header]).map(({ code }) => code)).toEqual(['not-comma-separated']);
    const two = headerProblems('requirements', ['trust;', 'ward_code']).map(({ code }) => code);
    expect(two).toEqual(['unknown-column', 'missing-column', 'missing-column']);
    expect(headerProblems('requirements', ['nothing']).map(({ code }) => code)).not.toContain('not-comma-separated');
  });

  test('names what is missing, unknown or twice', () => {
    const problems = headerProblems('requirements', ['trust', 'ward_code', 'ward_code', 'Competency']);
    expect(problems.map(({ line, column, code }) => [line, column, code])).toEqual([
      [1, 'ward_code', 'column-twice'],
      [1, 'Competency', 'unknown-column'],
      [1, 'competency', 'missing-column'],
    ]);
  });
});

/** A good row of each kind, that a test changes one cell of. */
const good: Record<ImportKind, Record<string, string>> = {
  workers: { staff_number: 'A-1', trust: 'RGD', name: 'Ada', role: 'rmn', band: '5', staff_group: 'nursing' },
  courses: { trust: 'RGD', code: 'PMVA', version: '1', title: 'PMVA', meets: 'pmva-team' },
  'training-records': { staff_number: 'A-1', trust: 'RGD', course_code: 'PMVA', course_version: '1', completed_on: '2026-06-01' },
  requirements: { trust: 'RGD', ward_code: 'becklin/ward-5', competency: 'pmva-team' },
  roster: { staff_number: 'A-1', trust: 'RGD', starts_at: '2026-06-01T08:00:00Z', ends_at: '2026-06-01T20:00:00Z', external_id: 'x' },
  wards: { trust: 'RGD', site: 'becklin', code: 'becklin/ward-5', name: 'Ward 5' },
  beds: { ward_code: 'becklin/ward-5', label: 'Bed 1', state: 'available' },
};
const read = (kind: ImportKind, change: Record<string, string> = {}) => {
  const row = { ...good[kind], ...change };
  return readRow(kind, Object.keys(row), Object.values(row), 2);
};
const faultsOf = (kind: ImportKind, change: Record<string, string>) =>
  read(kind, change).problems.map(({ column, code }) => `${column} ${code}`);
const long = (length: number) => 'a'.repeat(length);

describe('a cell holds what its column takes, to the last character', () => {
  // prettier-ignore
  test.each<[ImportKind, string, taken: string[], refused: string[], code: string]>([
    ['workers', 'trust', ['RG', 'RGD12345'], ['R', 'RGD123456', 'rgd'], 'not-a-trust-code'],
    ['workers', 'staff_number', ['1', `A${long(39)}`, 'a/b.c_d-e'], [`A${long(40)}`, '-1', 'a b'], 'not-a-staff-number'],
    ['workers', 'name', [long(200)], [long(201)], 'too-long'],
    ['workers', 'email', ['A@b.c'], ['a@b', 'a b@c.d', '@b.c'], 'not-an-email'],
    ['workers', 'band', ['2', '9', '05'], ['1', '10', '5.5', '-2', 'x', '0000005'], 'not-a-number'],
    ['workers', 'bank_from', ['1900-01-01', '2199-12-31'], ['1899-12-31', '2200-01-01', '2026-02-29', '1/6/2026'], 'not-a-date'],
    ['workers', 'registration_number', ['abcd', '123456789012'], ['abc', '1234567890123', 'ab-cd'], 'not-a-registration'],
    ['workers', 'home_outward_code', ['ls9', 'LS12', 'EC1A'], ['LS9 7', '9LS', 'LS123'], 'not-an-outward-code'],
    ['workers', 'consents_to_share', ['true', 'false'], ['yes', '1', 'TRUE'], 'not-true-or-false'],
    ['workers', 'works_down', ['true', 'false'], ['no'], 'not-true-or-false'],
    ['courses', 'code', [long(60)], [long(61)], 'too-long'],
    ['courses', 'version', [long(40)], [long(41)], 'too-long'],
    ['courses', 'title', [long(300)], [long(301)], 'too-long'],
    ['courses', 'provider', [long(200)], [long(201)], 'too-long'],
    ['courses', 'meets', ['a', 'a-1'], ['A', 'a_b', '-a'], 'not-a-code'],
    ['training-records', 'course_version', [long(40)], [long(41)], 'too-long'],
    ['training-records', 'evidence', [long(500)], [long(501)], 'too-long'],
    ['requirements', 'minimum_on_shift', ['1', '50'], ['0', '51'], 'not-a-number'],
    ['requirements', 'ward_code', ['a/b'], ['a', 'a/b/c', 'A/b'], 'not-a-ward-code'],
    ['roster', 'break_minutes', ['0', '600'], ['601'], 'not-a-number'],
    ['roster', 'external_id', [long(100)], [long(101)], 'too-long'],
    ['roster', 'ends_at', ['2026-06-01T20:00Z', '2026-06-01T20:00:00.5+01:00'], ['2200-01-01T00:00:00Z', '1899-12-31T23:00:00Z'], 'not-an-instant'],
    ['wards', 'name', [long(200)], [long(201)], 'too-long'],
    ['wards', 'bed_type', ['200'], ['20', '2000'], 'not-a-bed-type'],
    ['wards', 'age_group', ['13'], ['1', '133'], 'not-an-age-group'],
    ['wards', 'security_level', ['0', '3'], ['4'], 'not-a-number'],
    ['wards', 'beds', ['1', '200'], ['0', '201'], 'not-a-number'],
    ['wards', 'sex', ['female', 'male', 'mixed', 'flexible', 'separate'], ['women'], 'not-in-list'],
    ['beds', 'label', [long(40)], [long(41)], 'too-long'],
  ])('%s: %s', (kind, column, taken, refused, code) => {
    for (const cell of taken) expect([cell, faultsOf(kind, { [column]: cell })]).toEqual([cell, []]);
    for (const cell of refused) expect([cell, faultsOf(kind, { [column]: cell })]).toEqual([cell, [`${column} ${code}`]]);
  });

  test('a flag is what it says; who says nothing has not consented, and doesn’t work down', () => {
    const values = (change: Record<string, string>) => read('workers', change).values;
    expect(values({ consents_to_share: 'true', works_down: 'true' })).toMatchObject({ consents_to_share: true, works_down: true });
    expect(values({ consents_to_share: 'false', works_down: 'false' })).toMatchObject({ consents_to_share: false, works_down: false });
    expect(values({ consents_to_share: '', works_down: '' })).toMatchObject({ consents_to_share: false, works_down: false });
    expect(read('courses', { use_of_force: '' }).values).toMatchObject({ use_of_force: false });
    expect(read('roster', { break_minutes: '', kind: '' }).values).toMatchObject({ break_minutes: 0, kind: 'duty' });
    expect(read('wards', { security_level: '', locked: '' }).values).toMatchObject({ security_level: 0, locked: null });
    expect(values({})).not.toHaveProperty('consents_to_share');
  });

  test('no cell is over the longest, and a message repeats only the beginning of one', () => {
    expect(faultsOf('courses', { title: long(longestCell) })).toEqual(['title too-long']);
    expect(faultsOf('courses', { title: long(longestCell + 1) })).toEqual(['title cell-too-long']);
    const said = (cell: string) => read('courses', { meets: cell }).problems[0]!.message;
    expect(said(`${long(39)}!`)).toContain(`“${long(39)}!”`);
    expect(said(`${long(40)}!`)).toContain(`“${long(40)}…”`);
  });
});

describe('the cells of a row agree', () => {
  // prettier-ignore
  test.each<[ImportKind, Record<string, string>, string[]]>([
    ['workers', { staff_group: 'medical' }, ['staff_group wrong-staff-group']],
    ['workers', { bank_from: '2026-06-02', bank_until: '2026-06-01' }, ['bank_until ends-before-it-starts']],
    ['workers', { bank_from: '2026-06-01', bank_until: '2026-06-01' }, []],
    ['workers', { bank_until: '2026-06-01' }, []],
    ['workers', { opt_out_from: '2026-06-02', opt_out_until: '2026-06-01' }, ['opt_out_until ends-before-it-starts']],
    ['workers', { opt_out_from: '2026-06-01', opt_out_until: '2026-06-01' }, []],
    ['workers', { opt_out_from: '2026-06-01' }, []],
    ['workers', { opt_out_until: '2026-06-01' }, ['opt_out_from missing']],
    ['roster', { ends_at: '2026-06-01T07:59:00Z' }, ['ends_at ends-before-it-starts']],
    ['roster', { ends_at: '2026-07-02T08:00:00Z' }, []],
    ['roster', { ends_at: '2026-07-02T08:01:00Z' }, ['ends_at too-long']],
    ['roster', { ends_at: '2027-06-02T08:00:00Z', kind: 'leave' }, []],
    ['roster', { ends_at: '2027-06-02T08:01:00Z', kind: 'leave' }, ['ends_at too-long']],
    ['roster', { ends_at: '2026-06-01T08:30:00Z', break_minutes: '29' }, []],
    ['roster', { ends_at: '2026-06-01T08:30:00Z', break_minutes: '30' }, ['break_minutes break-too-long']],
    ['wards', { site: 'other' }, ['code not-of-its-site']],
  ])('%s %j', (kind, change, expected) => {
    expect(faultsOf(kind, change)).toEqual(expected);
  });

  test('a row has as many cells as the header, and what has to be there is', () => {
    expect(readRow('courses', ['trust', 'code'], ['RGD'], 2).problems.map(({ code }) => code)).toEqual(['wrong-cell-count']);
    expect(readRow('courses', ['trust'], ['RGD', 'x'], 2).problems.map(({ code }) => code)).toEqual(['wrong-cell-count']);
    expect(faultsOf('courses', { title: ' ' })).toEqual(['title missing']);
  });

  test('two rows speak of the same thing where all that names it is the same', () => {
    // prettier-ignore
    const naming: Record<ImportKind, string[]> = {
      workers: ['trust', 'staff_number'], courses: ['trust', 'code', 'version'],
      'training-records': ['trust', 'staff_number', 'course_code', 'course_version', 'completed_on', 'course_trust'],
      requirements: ['ward_code', 'competency', 'role'], roster: ['trust', 'external_id'], wards: ['code'], beds: ['ward_code', 'label'],
    };
    for (const kind of importKinds) {
      const row: RowValues = Object.fromEntries(Object.keys(columnsOf(kind)).map((name) => [name, 'x']));
      const changing = Object.keys(row).filter((name) => identityOf(kind, { ...row, [name]: 'y' }) !== identityOf(kind, row));
      expect([kind, changing.sort()]).toEqual([kind, naming[kind].toSorted()]);
      expect([kind, laterRowReplaces(kind)]).toEqual([kind, kind === 'requirements']);
    }
    const own = { ...good['training-records'] };
    expect(identityOf('training-records', own)).toBe(identityOf('training-records', { ...own, course_trust: 'RGD' }));
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
