import { closedReasons, settableStates } from '../beds/facts.ts';
import { lengthMinutes, rfc3339 } from '../kernel/interval.ts';
import { isRealDay } from '../kernel/local-time.ts';
import { registrationBodies, registrationFields, roles, staffGroups } from '../workers/facts.ts';
import { staffGroupOf } from '../workers/rules.ts';
import { dutyKinds } from '../working-time/facts.ts';
import type { ImportKind, ImportProblem } from './contract.ts';

/** What a cell may hold once it is read: a day and an instant stay the text they were. */
export type Value = string | number | boolean | null;
export type RowValues = Record<string, Value>;

interface Fault {
  code: string;
  message: string;
}
type Read = { value: Value } | Fault;

/** `empty` is what an empty cell comes to; a column without it must be filled in every row. */
interface Column {
  read: (cell: string) => Read;
  empty?: Value;
}

/** No cell of any kind is longer; a longer one is a mistake in the file, such as a quote that was never closed. */
export const longestCell = 2_000;

const fault = (code: string, message: string): Fault => ({ code, message });
const shown = (cell: string) => `“${cell.length > 40 ? `${cell.slice(0, 40)}…` : cell}”`;
/** "rmn, hcsw or ot". */
const either = (list: readonly string[]) => `${list.slice(0, -1).join(', ')} or ${list.at(-1)}`;

const text =
  (most: number) =>
  (cell: string): Read =>
    cell.length <= most ? { value: cell } : fault('too-long', `This is ${cell.length} characters long; keep it to ${most}.`);

const matching =
  (pattern: RegExp, code: string, advice: string, change: (cell: string) => string = (cell) => cell) =>
  (cell: string): Read =>
    pattern.test(change(cell)) ? { value: change(cell) } : fault(code, `${shown(cell)} is not right here: ${advice}`);

const oneOf =
  (list: readonly string[]) =>
  (cell: string): Read =>
    list.includes(cell)
      ? { value: cell }
      : fault('not-in-list', `${shown(cell)} is not one of the words used here: write ${either(list)}.`);

const isNear = (text: string) => text >= '1900' && text < '2200';
const day = (cell: string): Read =>
  isRealDay(cell) && isNear(cell)
    ? { value: cell }
    : fault('not-a-date', `${shown(cell)} is not a date. Write it as year-month-day, such as 2026-11-28.`);

const instantPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/;
const instant = (cell: string): Read => {
  const at = instantPattern.test(cell) && isRealDay(cell.slice(0, 10)) && isNear(cell) ? Date.parse(cell) : Number.NaN;
  if (!Number.isNaN(at)) return { value: rfc3339(at) };
  return fault(
    'not-an-instant',
    `${shown(cell)} is not a date and time with its offset. Write it as 2026-11-28T20:00:00Z or 2026-11-28T20:00:00+00:00.`,
  );
};

const flag = (cell: string): Read =>
  cell === 'true' || cell === 'false'
    ? { value: cell === 'true' }
    : fault('not-true-or-false', `${shown(cell)} is neither true nor false.`);

const whole =
  (least: number, most: number) =>
  (cell: string): Read =>
    /^\d{1,6}$/.test(cell) && Number(cell) >= least && Number(cell) <= most
      ? { value: Number(cell) }
      : fault('not-a-number', `${shown(cell)} is not a whole number from ${least} to ${most}.`);

const trust = matching(/^[A-Z0-9]{2,8}$/, 'not-a-trust-code', 'use the ODS code of the trust, such as RGD.');
const staffNumber = matching(/^[A-Za-z0-9][A-Za-z0-9/._-]{0,39}$/, 'not-a-staff-number', 'use up to 40 letters, digits and hyphens.');
const kebab = matching(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'not-a-code', 'use the code as listed, in lower case with hyphens.');
const wardCode = matching(/^[a-z0-9-]+\/[a-z0-9-]+$/, 'not-a-ward-code', 'use the site and the ward’s name, such as becklin/ward-5.');
const courseCode = text(60);

const must = (read: Column['read']): Column => ({ read });
const may = (read: Column['read'], empty: Value = null): Column => ({ read, empty });

/** The columns of each kind (contract, section 4). Those of `must` have to be there and filled; the others may be empty or left out. */
const columns = {
  workers: {
    staff_number: must(staffNumber),
    trust: must(trust),
    name: must(text(200)),
    email: may(matching(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'not-an-email', 'write one e-mail address.', (cell) => cell.toLowerCase())),
    role: must(oneOf(roles)),
    band: must(whole(2, 9)),
    staff_group: must(oneOf(staffGroups)),
    bank_from: may(day),
    bank_until: may(day),
    registration_body: may(oneOf(registrationBodies)),
    registration_number: may(
      matching(/^[A-Z0-9]{4,12}$/, 'not-a-registration', 'use its letters and digits only.', (cell) => cell.toUpperCase()),
    ),
    registration_field: may(oneOf(registrationFields)),
    registration_until: may(day),
    identity_checked_on: may(day),
    right_to_work_checked_on: may(day),
    right_to_work_until: may(day),
    qualifications_checked_on: may(day),
    references_checked_on: may(day),
    dbs_checked_on: may(day),
    dbs_until: may(day),
    work_health_cleared_on: may(day),
    joined_on: may(day),
    home_outward_code: may(
      matching(/^[A-Z]{1,2}\d[A-Z\d]?$/, 'not-an-outward-code', 'write only the first half of the postcode, such as LS9.', (cell) =>
        cell.toUpperCase(),
      ),
    ),
    // Unknown is not consent, and nobody works down who hasn't said so.
    consents_to_share: may(flag, false),
    opt_out_from: may(day),
    opt_out_until: may(day),
    works_down: may(flag, false),
  },
  courses: {
    trust: must(trust),
    code: must(courseCode),
    version: must(text(40)),
    title: must(text(300)),
    meets: must(kebab),
    provider: may(text(200)),
    certified_until: may(day),
    use_of_force: may(flag, false),
  },
  'training-records': {
    staff_number: must(staffNumber),
    trust: must(trust),
    course_trust: may(trust),
    course_code: must(courseCode),
    course_version: must(text(40)),
    completed_on: must(day),
    evidence: may(text(500)),
  },
  requirements: {
    trust: must(trust),
    ward_code: must(wardCode),
    competency: must(kebab),
    role: may(oneOf(roles)),
    minimum_on_shift: may(whole(1, 50)),
  },
  roster: {
    staff_number: must(staffNumber),
    trust: must(trust),
    ward_code: may(wardCode),
    starts_at: must(instant),
    ends_at: must(instant),
    break_minutes: may(whole(0, 600), 0),
    kind: may(oneOf(dutyKinds), 'duty'),
    external_id: must(text(100)),
  },
  wards: {
    trust: must(trust),
    site: must(kebab),
    code: must(wardCode),
    name: must(text(200)),
    bed_type: may(matching(/^\d{3}$/, 'not-a-bed-type', 'use the national code of three digits, such as 200.')),
    sex: may(oneOf(['female', 'male', 'mixed', 'flexible', 'separate'])),
    age_group: may(matching(/^\d{2}$/, 'not-an-age-group', 'use the national code of two digits, such as 13 for adults.')),
    security_level: may(whole(0, 3), 0),
    locked: may(flag),
    beds: may(whole(1, 200)),
  },
  beds: {
    ward_code: must(wardCode),
    label: must(text(40)),
    // Held is not among them: only holding a bed makes it so.
    state: must(oneOf(settableStates)),
    reason: may(oneOf(closedReasons)),
  },
} as const satisfies Record<ImportKind, Record<string, Column>>;

export function columnsOf(kind: ImportKind): Readonly<Record<string, Column>> {
  return columns[kind];
}

/** What is wrong with a header row, which stops the file: nothing below it can be trusted. Line 1. */
export function headerProblems(kind: ImportKind, header: readonly string[]): ImportProblem[] {
  const known = columnsOf(kind);
  const problem = (column: string, code: string, message: string): ImportProblem => ({ line: 1, column, code, message });
  const [only = ''] = header;
  if (header.length === 1 && /[;\t]/.test(only)) {
    return [
      problem(
        '',
        'not-comma-separated',
        'The cells of this file are separated by something else than commas. Save it as “CSV UTF-8 (comma delimited)”.',
      ),
    ];
  }
  const names = new Set(header);
  const isRequired = (name: string) => !('empty' in known[name]!);
  return [
    ...header.flatMap((name, index) => {
      if (!(name in known)) {
        const list = Object.keys(known).join(', ');
        return [problem(name.slice(0, 60), 'unknown-column', `${shown(name)} is not a column of ${kind}. The columns are ${list}.`)];
      }
      return header.indexOf(name) < index ? [problem(name, 'column-twice', `The column ${name} is there twice. Delete one.`)] : [];
    }),
    ...Object.keys(known)
      .filter((name) => isRequired(name) && !names.has(name))
      .map((name) => problem(name, 'missing-column', `The column ${name} is missing. Add it.`)),
  ];
}

/**
 * Reads one row: every cell that is wrong is named, not just the first. A column that was left out is left out of the values too,
 * so that an import of some columns doesn't wipe what others brought.
 */
export function readRow(
  kind: ImportKind,
  header: readonly string[],
  cells: readonly string[],
  line: number,
): { values: RowValues; problems: ImportProblem[] } {
  const known = columnsOf(kind);
  const values: RowValues = {};
  const problems: ImportProblem[] = [];
  if (cells.length !== header.length) {
    const message = `This row has ${cells.length} cells and the header has ${header.length}. A comma may be missing, or a text with commas needs quotes.`;
    return { values, problems: [{ line, column: '', code: 'wrong-cell-count', message }] };
  }
  for (const [index, name] of header.entries()) {
    const cell = cells[index]!.trim();
    const column = known[name]!;
    let read: Read;
    if (cell.length > longestCell)
      read = fault(
        'cell-too-long',
        `This cell is ${cell.length} characters long; nothing here is over ${longestCell}. Is a quote missing?`,
      );
    else if (cell !== '') read = column.read(cell);
    else if (column.empty !== undefined) read = { value: column.empty };
    else read = fault('missing', `Fill in ${name}.`);
    if ('value' in read) values[name] = read.value;
    else problems.push({ line, column: name, ...read });
  }
  if (problems.length === 0) problems.push(...acrossCells(kind, values).map((found) => ({ line, ...found })));
  return { values, problems };
}

/** Longer than anybody works or is away in one go: rather a wrong month or year than a duty. */
const mostDutyDays = 31;
const mostLeaveDays = 366;

/** What can only be said of several cells of a row together. */
function acrossCells(kind: ImportKind, row: RowValues): Omit<ImportProblem, 'line'>[] {
  const found: Omit<ImportProblem, 'line'>[] = [];
  const refuse = (column: string, code: string, message: string) => found.push({ column, code, message });
  /** What isn't given is before nothing. */
  const isBackwards = (from: string, until: string) => row[until]! < row[from]!;
  const isGiven = (name: string) => (row[name] ?? null) !== null;
  switch (kind) {
    case 'workers': {
      const group = staffGroupOf(row['role'] as (typeof roles)[number]);
      if (row['staff_group'] !== group)
        refuse('staff_group', 'wrong-staff-group', `The role ${row['role']} belongs to the staff group ${group}.`);
      if (isBackwards('bank_from', 'bank_until')) refuse('bank_until', 'ends-before-it-starts', 'bank_until is before bank_from.');
      if (isBackwards('opt_out_from', 'opt_out_until'))
        refuse('opt_out_until', 'ends-before-it-starts', 'opt_out_until is before opt_out_from.');
      if (isGiven('opt_out_until') && !isGiven('opt_out_from')) {
        refuse('opt_out_from', 'missing', 'An opt-out that ends must say when it began.');
      }
      break;
    }
    case 'roster': {
      const minutes = lengthMinutes({ start: Date.parse(String(row['starts_at'])), end: Date.parse(String(row['ends_at'])) });
      const mostDays = row['kind'] === 'leave' ? mostLeaveDays : mostDutyDays;
      if (minutes <= 0) refuse('ends_at', 'ends-before-it-starts', 'This ends before, or as, it starts.');
      else if (minutes > mostDays * 24 * 60) refuse('ends_at', 'too-long', `This is longer than ${mostDays} days. Is the date right?`);
      else if (Number(row['break_minutes'] ?? 0) >= minutes)
        refuse('break_minutes', 'break-too-long', 'The break must be shorter than the duty.');
      break;
    }
    case 'wards':
      if (!String(row['code']).startsWith(`${row['site']}/`)) {
        refuse('code', 'not-of-its-site', `A ward’s code begins with its site: ${row['site']}/…`);
      }
      break;
    case 'beds':
      // Where the column is left out, a bed that is closed stays closed for the reason known.
      if (row['state'] === 'closed' && row['reason'] === null) refuse('reason', 'missing', 'Say why the bed is closed.');
      if (row['state'] !== 'closed' && isGiven('reason')) refuse('reason', 'not-closed', 'Only a closed bed has a reason.');
      break;
    case 'courses':
    case 'training-records':
    case 'requirements':
      break;
  }
  return found;
}

/** What makes two rows of a file speak of the same thing. */
export function identityOf(kind: ImportKind, row: RowValues): string {
  const of = (...names: string[]) => names.map((name) => row[name] ?? '').join('\u001f');
  switch (kind) {
    case 'workers':
      return of('trust', 'staff_number');
    case 'courses':
      return of('trust', 'code', 'version');
    case 'training-records':
      return `${of('trust', 'staff_number', 'course_code', 'course_version', 'completed_on')}\u001f${row['course_trust'] ?? row['trust']}`;
    case 'requirements':
      return of('ward_code', 'competency', 'role');
    case 'roster':
      return of('trust', 'external_id');
    case 'wards':
      return of('code');
    case 'beds':
      return of('ward_code', 'label');
  }
}

/** Of two rows about the same thing the later one counts only among requirements (contract, section 4); else the second is a mistake. */
export const laterRowReplaces = (kind: ImportKind): boolean => kind === 'requirements';
