import type { Control, Controls, Edit } from './control.ts';

const reading = 'api/src/imports/facts.ts';
const importing = 'api/src/imports/commands.ts';
const merging = 'api/src/imports/steps.ts';

const control = (broken: string, test: string, edit: Edit, env?: Record<string, string>): Control => ({
  broken,
  edits: [edit],
  caughtBy: { file: 'tests/broken-files.test.ts', test },
  ...(env && { env }),
});

export const controls: Controls = () => [
  control(
    'streaming is off: a file is read once all of it is there',
    'fifty megabytes',
    {
      file: reading,
      find: '  for await (const chunk of body) {',
      replace: `  const all: Uint8Array[] = [];
  for await (const part of body) all.push(part);
  for (const chunk of [Buffer.concat(all)]) {`,
    },
    { HOMEWARD_FULL: '1' },
  ),
  control('rows are committed before the file is done', 'in the middle of writing', {
    file: merging,
    find: '    // Where a certificate is kept is no fact',
    replace: '    await sql`commit`.execute(trx);\n    await sql`begin`.execute(trx);\n    // Where a certificate is kept is no fact',
  }),
  control('the good rows of a bad file are brought in', 'a file of courses', {
    file: importing,
    find: '    if (report.problemCount > 0) {',
    replace: '    if (report.problemCount > 0 && report.accepted === 0) {',
  }),
  control('a report stops at its hundredth problem', 'every bad row is reported', {
    file: reading,
    find: 'if (this.named.length < mostProblems)',
    replace: 'if (this.named.length < 100)',
  }),
  control('only rows that are named are counted', 'every bad row is reported', {
    file: reading,
    find: '    this.#lines.add(problem.line);\n    if (this.named.length < mostProblems)',
    replace: '    if (this.named.length < mostProblems) this.#lines.add(problem.line);\n    if (this.named.length < mostProblems)',
  }),
  control('another encoding is read as if it were UTF-8', 'in another encoding', {
    file: reading,
    find: '  if (isUtf8(bytes)) return null;',
    replace: '  if (bytes.length >= 0) return null;',
  }),
  control('a NUL goes through to the database', 'cut in a character, or that is no text', {
    file: reading,
    find: '  if (bytes.includes(0))',
    replace: '  if (bytes.includes(0) && bytes.length < 0)',
  }),
  control('a connection that drops ends the file', 'a connection that drops', {
    file: reading,
    find: 'async function* piecesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {',
    replace: `async function* believed(sent: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* sent;
  } catch {
    // the end
  }
}
async function* piecesOf(sent: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const body = believed(sent);`,
  }),
  control('two imports may be compared at once', 'sent twice at once', {
    file: importing,
    find: "      await sql`select pg_advisory_xact_lock(hashtext('homeward import'))`.execute(trx);",
    replace: '',
  }),
  control('a quoted newline moves no line', 'or names the cell', {
    file: reading,
    find: '    this.#lastLine = lastLine;',
    replace: '    this.#lastLine = lastLine > 0 ? line : line;',
  }),
  control('a heading may stand there twice', 'with a heading missing', {
    file: 'shared/src/imports/rules.ts',
    find: 'header.indexOf(name) < index',
    replace: 'header.indexOf(name) > index',
  }),
  control('a roster looks at no booking again', 'racing accepts', {
    file: importing,
    find: '  if (review) await reviewBookings(',
    replace: '  if (review && word === undefined) await reviewBookings(',
  }),
  {
    broken: 'a formula goes out as it came in',
    edits: [{ file: 'api/src/platform/csv.ts', find: "isFormula(cell) ? `'${cell}` : cell", replace: 'isFormula(cell) ? cell : cell' }],
    caughtBy: { file: 'api/src/placements/register.test.ts' },
  },
];
