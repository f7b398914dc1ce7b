import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parse, type CsvError, type Parser } from 'csv-parse';
import { mostProblems, type ImportKind, type ImportProblem } from '@homeward/shared/imports/contract.ts';
import { headerProblems, identityOf, laterRowReplaces, readRow, type RowValues } from '@homeward/shared/imports/rules.ts';
import { ok, refuse, type Result } from '../platform/problem.ts';

/** Limits on what comes in (quality, section 3). */
export const mostBytes = 50 * 1024 * 1024;
export const mostRows = 200_000;
const mostRowCharacters = 200_000;
/**
 * Read in pieces this size, with a turn for everybody else between them: an import must not be felt by others. A list takes ten turns or so, and
 * each waits for a piece: of 64 KB, some 8 ms, so that a list took a tenth of a second while a file was read.
 */
const pieceBytes = 8 * 1024;

export interface FileRow {
  line: number;
  values: RowValues;
}

/** What is wrong with a file's rows: every bad row is counted, and the first `mostProblems` things are named. */
export class Problems {
  readonly named: ImportProblem[];
  readonly #lines: Set<number>;

  /** @param before problems to go on from, which stay as they are */
  constructor(before?: Problems) {
    this.named = [...(before?.named ?? [])];
    this.#lines = new Set(before?.lines);
  }

  add(problem: ImportProblem): void {
    this.#lines.add(problem.line);
    if (this.named.length < mostProblems) this.named.push(problem);
  }

  get rows(): number {
    return this.#lines.size;
  }

  get lines(): number[] {
    return [...this.#lines];
  }
}

export interface ImportFile {
  kind: ImportKind;
  header: string[];
  /** The rows that can be read, each about something else. */
  rows: FileRow[];
  /** How many rows the file has, bad ones and replaced ones included. */
  count: number;
  /** How many a later row about the same thing replaces. */
  replaced: number;
  problems: Problems;
  sha256: string;
}

export const tooManyBytes = () => refuse(413, 'too-large', 'The file is over 50 MB. Split it, and import one part after the other.');
const tooManyRows = () => refuse(413, 'too-many-rows', `The file has more than ${mostRows.toLocaleString('en-GB')} rows. Split it.`);
const notUtf8 = (what: string) => refuse(422, 'not-utf-8', `${what} Save it as “CSV UTF-8 (comma delimited)” and send it again.`);

/**
 * Reads a CSV file as it arrives: UTF-8 with or without a byte order mark, commas, a header row. Nothing is guessed.
 * Refused outright: over 50 MB or 200,000 rows (413), another encoding or NUL characters (422), each with the reason. What is wrong
 * with single rows is reported with the rest; after a quote that can't be right nothing more can be read, and the report says so.
 */
export async function readImportFile(kind: ImportKind, body: AsyncIterable<Uint8Array>): Promise<Result<ImportFile>> {
  const hash = createHash('sha256');
  const table = new Table(kind);
  const parser = parse({
    bom: true,
    relax_column_count: true,
    max_record_size: mostRowCharacters,
    // Taken as they are found, and not as a stream of objects, which takes as long again.
    on_record(record: string[], { lines }) {
      table.take(record, lines);
      return null;
    },
  });
  let broken: CsvError | null = null;
  parser.on('error', (error: CsvError) => (broken ??= error));
  parser.resume();
  const closed = new Promise<void>((resolve) => parser.on('close', resolve));

  let bytes = 0;
  let lines = 0;
  let rest = Buffer.alloc(0);
  for await (const piece of piecesOf(body)) {
    hash.update(piece);
    if (bytes === 0 && isUtf16(piece)) return notUtf8('The file is in UTF-16.');
    bytes += piece.length;
    if (bytes > mostBytes) return tooManyBytes();
    // As the bytes they are wherever that will do: each copy of fifty megabytes is there until the collector has come by.
    const whole = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const end = endOfWholeText(whole);
    rest = Buffer.from(whole.subarray(end));
    const text = whole.subarray(0, end);
    const bad = unreadable(text, lines);
    if (bad) return bad;
    lines += newlinesIn(text);
    if (table.count > mostRows) return tooManyRows();
    // Once the quotes are broken the rest is only read to say whether it is text at all.
    if (broken === null && !parser.write(withPlainNewlines(text))) await ready(parser);
    await nextTurn();
  }
  if (rest.length > 0) {
    const bad = unreadable(rest, lines);
    if (bad) return bad;
    if (broken === null) parser.write(rest.toString('utf8'));
  }
  parser.end();
  await closed;
  if (table.count > mostRows) return tooManyRows();
  table.close(broken);
  return ok({ ...table.asRead(), sha256: hash.digest('hex') });
}

function newlinesIn(text: Buffer): number {
  let count = 0;
  for (let at = text.indexOf(10); at >= 0; at = text.indexOf(10, at + 1)) count += 1;
  return count;
}

const withPlainNewlines = (text: Buffer) => (text.includes('\r\n') ? text.toString('utf8').replaceAll('\r\n', '\n') : text);

/** Until the parser takes more, or has given up. */
const ready = (parser: Parser) =>
  new Promise<void>((resolve) => {
    if (parser.destroyed) return resolve();
    parser.once('drain', resolve);
    parser.once('close', resolve);
  });

/** The rows as they come, checked one by one and against each other. */
class Table {
  readonly kind: ImportKind;
  count = 0;
  #replaced = 0;
  #header: string[] | null = null;
  #isReadable = false;
  #lastLine = 0;
  readonly #problems = new Problems();
  readonly #rows = new Map<string, FileRow>();

  constructor(kind: ImportKind) {
    this.kind = kind;
  }

  /** @param lastLine the line of the file the record ends on: a quoted newline makes it a later one than it began */
  take(record: string[], lastLine: number): void {
    const line = this.#lastLine + 1;
    this.#lastLine = lastLine;
    if (record.length === 1 && record[0]!.trim() === '') return;
    if (this.#header === null) {
      this.#header = record.map((name) => name.trim());
      const problems = headerProblems(this.kind, this.#header);
      for (const problem of problems) this.#problems.add(problem);
      this.#isReadable = problems.length === 0;
      return;
    }
    this.count += 1;
    if (!this.#isReadable) return;
    const { values, problems } = readRow(this.kind, this.#header, record, line);
    for (const problem of problems) this.#problems.add(problem);
    if (problems.length > 0) return;
    const identity = identityOf(this.kind, values);
    const before = this.#rows.get(identity);
    if (before && !laterRowReplaces(this.kind)) {
      const message = `This is the same as line ${before.line}. Delete one of the two.`;
      this.#problems.add({ line, column: '', code: 'row-twice', message });
      return;
    }
    if (before) this.#replaced += 1;
    this.#rows.set(identity, { line, values });
  }

  close(broken: CsvError | null): void {
    const line = this.#lastLine + 1;
    if (broken) this.#problems.add({ line, column: '', ...faultOf(broken.code) });
    else if (this.#header === null)
      this.#problems.add({ line: 1, column: '', code: 'empty', message: 'The file is empty. Its first row must name the columns.' });
  }

  asRead(): Omit<ImportFile, 'sha256'> {
    const { kind, count } = this;
    return { kind, header: this.#header ?? [], rows: [...this.#rows.values()], count, replaced: this.#replaced, problems: this.#problems };
  }
}

function faultOf(code: string): { code: string; message: string } {
  const stopped = 'Nothing after this could be read.';
  switch (code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return { code: 'quote-not-closed', message: `A quote opens here and never closes; the file may be cut off. ${stopped}` };
    case 'CSV_MAX_RECORD_SIZE':
      return { code: 'row-too-long', message: `This row is longer than any can be. Is a quote missing? ${stopped}` };
    default:
      return {
        code: 'stray-quote',
        message: `A quote stands where none can be. Put the whole cell in quotes, and write a quote inside it twice. ${stopped}`,
      };
  }
}

async function* piecesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of body) {
    for (let from = 0; from < chunk.length; from += pieceBytes) {
      const piece = chunk.subarray(from, from + pieceBytes);
      yield Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    }
  }
}

const isUtf16 = (bytes: Buffer) => (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);

/** Where a piece can be cut without cutting a character, or the two bytes that end a line, in half. */
function endOfWholeText(bytes: Buffer): number {
  const last = bytes.length - 1;
  if (bytes[last] === 0x0d) return last;
  for (let at = last; at >= 0 && at > last - 4; at -= 1) {
    const byte = bytes[at]!;
    if (byte < 0x80) return bytes.length;
    if (byte < 0xc0) continue;
    const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return at + length <= bytes.length ? bytes.length : at;
  }
  return bytes.length;
}

/** Why these bytes are no text, with the line; null where they are. */
function unreadable(bytes: Buffer, linesBefore: number) {
  if (bytes.includes(0))
    return refuse(
      422,
      'not-text',
      'The file holds NUL characters: it is not text, or it is in UTF-16. Save it as “CSV UTF-8 (comma delimited)”.',
    );
  if (isUtf8(bytes)) return null;
  let line = linesBefore + 1;
  for (let from = 0; from < bytes.length;) {
    const newline = bytes.indexOf(0x0a, from);
    const end = newline === -1 ? bytes.length : newline;
    if (!isUtf8(bytes.subarray(from, end))) break;
    line += 1;
    from = end + 1;
  }
  return notUtf8(`Line ${line} is not in UTF-8: the file may be in an older Windows encoding.`);
}
