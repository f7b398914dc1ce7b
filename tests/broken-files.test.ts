import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { testDatabase } from '@homeward/db/test-database.ts';
import { importKinds, mostProblems, type ImportKind, type ImportReport } from '@homeward/shared/imports/contract.ts';
import { columnsOf } from '@homeward/shared/imports/rules.ts';
import { dayMs, rfc3339 } from '@homeward/shared/kernel/interval.ts';
import { roles } from '@homeward/shared/workers/facts.ts';
import { brokenInvariants, verifyStream } from '../api/src/assurance/queries.ts';
import { watchChanges } from './changes.ts';
import { isFull, noteFigures, randomFrom, seed } from './figures.ts';
import { startHomeward, type Homeward } from './homeward.ts';
import { openHouse, type House } from './house.ts';
import { makeWorld, type Person, type World } from './world.ts';

// Test G2 of the programme: a file is brought in whole as previewed, or refused with line and reason.
console.log(`broken files: HOMEWARD_SEED=${seed}`);
const { db, url } = await testDatabase({ max: 6 });
// A process of its own has the real clock, and so a database of its own.
const real = await testDatabase({ max: 4 });
let world: World;
let house: House;
let bank: Person;
/** How much was ever written: what a file that is refused must leave as it was. */
let written: () => Promise<number>;
const counted = { files: 0, whole: 0, refused: 0 };

beforeAll(async () => {
  world = await makeWorld(db, { workers: 6 });
  house = await openHouse(db, url, world.now);
  bank = world.staff['bank-office']!['NORTH']!;
  written = await watchChanges(db, ['session', 'idempotencyKey']);
}, 60_000);
afterAll(async () => {
  await house.live.stop();
  noteFigures('G2', { 'files tried': counted.files, 'brought in whole': counted.whole, 'refused with line and reason': counted.refused });
});

type Mode = 'check' | 'apply';
type File = string | Uint8Array<ArrayBuffer>;
interface Sent {
  status: number;
  body: ImportReport & { code?: string; title?: string };
}

async function send(kind: ImportKind, file: File, mode: Mode = 'apply', headers: Record<string, string> = {}): Promise<Sent> {
  const response = await house.app.request(`http://test/api/v1/imports/${kind}?mode=${mode}`, {
    method: 'POST',
    headers: { cookie: bank.cookie, 'content-type': 'text/csv', ...headers },
    body: file,
  });
  return { status: response.status, body: (await response.json()) as Sent['body'] };
}

// ————— A file of each kind that is as it should be —————

interface Sample {
  header: string[];
  /** A row about the thing of this number, which no other row is about. */
  row(number: number): string[];
  /** A column for any text. */
  words?: string;
}
const dayOf = (number: number) => new Date(Date.UTC(1990, 0, 1) + number * dayMs).toISOString().slice(0, 10);
const samples: Record<ImportKind, Sample> = {
  workers: {
    header: ['staff_number', 'trust', 'name', 'role', 'band', 'staff_group', 'dbs_checked_on'],
    row: (number) => [`NORTH-7${number}`, 'NORTH', `Somebody ${number}`, 'hcsw', '3', 'nursing', '2024-01-01'],
    words: 'name',
  },
  courses: {
    header: ['trust', 'code', 'version', 'title', 'meets', 'provider'],
    row: (number) => ['NORTH', `N-${number}`, '1', `Course ${number}`, 'pmva-team', 'Own team'],
    words: 'title',
  },
  'training-records': {
    header: ['staff_number', 'trust', 'course_code', 'course_version', 'completed_on', 'evidence'],
    row: (number) => ['NORTH-0001', 'NORTH', 'NORTH-PMVA', '1', dayOf(number), `Seen ${number}`],
    words: 'evidence',
  },
  requirements: {
    header: ['trust', 'ward_code', 'competency', 'role', 'minimum_on_shift'],
    row: (number) => ['NORTH', number % 2 === 0 ? 'north/north' : 'north/north2', 'pmva-team', roles[number % roles.length]!, '1'],
  },
  roster: {
    header: ['staff_number', 'trust', 'ward_code', 'starts_at', 'ends_at', 'break_minutes', 'kind', 'external_id'],
    row: (number) => {
      const start = Date.parse('2020-01-01T07:00:00Z') + number * dayMs;
      return ['NORTH-0001', 'NORTH', 'north/north', rfc3339(start), rfc3339(start + dayMs / 3), '30', 'duty', `R ${number}`];
    },
    words: 'external_id',
  },
  wards: {
    header: ['trust', 'site', 'code', 'name', 'bed_type', 'sex'],
    row: (number) => ['NORTH', 'north', `north/w-${number}`, `Ward ${number}`, '200', 'female'],
    words: 'name',
  },
  beds: {
    header: ['ward_code', 'label', 'state', 'reason'],
    row: (number) => ['north/north', `Bed ${number}`, number % 2 === 0 ? 'available' : 'closed', number % 2 === 0 ? '' : 'staffing'],
    words: 'label',
  },
};
let lastNumber = 0;
/** Rows that no file before this one held; of requirements there are only so many. */
const rowsOf = (kind: ImportKind, count: number) => Array.from({ length: count }, () => samples[kind].row((lastNumber += 1)));
const textOf = (header: string[], rows: string[][]) => [header, ...rows].map((cells) => `${cells.join()}\n`).join('');
const fileOf = (kind: ImportKind, count = 3) => textOf(samples[kind].header, rowsOf(kind, count));
/** The file with these cells of its second row, which stands on line 3. */
function withCells(kind: ImportKind, cells: Record<string, string>): string {
  const { header } = samples[kind];
  const rows = rowsOf(kind, 3);
  for (const [name, cell] of Object.entries(cells)) rows[1]![header.indexOf(name)] = cell;
  return textOf(header, rows);
}
const random = randomFrom(seed);
/** All of them in the full form, else so many by chance. */
function someOf<T>(list: readonly T[], count: number): T[] {
  const left = [...list];
  return isFull ? left : Array.from({ length: Math.min(count, left.length) }, () => left.splice(Math.floor(random() * left.length), 1)[0]!);
}
const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const codes = ({ body }: Sent) => body.problems.map((problem) => [problem.line, problem.column, problem.code]);

/** Whatever the file holds: it comes in whole and as previewed, or not at all, and then the answer says where and why. */
async function holds(kind: ImportKind, file: File): Promise<Sent> {
  counted.files += 1;
  const before = await written();
  const checked = await send(kind, file, 'check');
  expect(await written()).toEqual(before);
  expect([200, 413, 422]).toContain(checked.status);
  const applied = await send(kind, file);
  const after = await written();
  if (checked.status !== 200) {
    counted.refused += 1;
    expect([applied.status, applied.body.code, applied.body.title]).toEqual([checked.status, checked.body.code, checked.body.title]);
    expect(checked.body.title).toMatch(/\S/);
    expect(after).toEqual(before);
    return applied;
  }
  const { problems, problemCount, rows, accepted, unchanged, preview } = checked.body;
  for (const problem of problems) {
    expect(problem.line).toBeGreaterThanOrEqual(1);
    expect(problem.code).toMatch(/^[a-z-]+$/);
    expect(problem.message).toMatch(/\S/);
    // On its first line a file may name any column.
    if (problem.line > 1 && problem.column !== '') expect(Object.keys(columnsOf(kind))).toContain(problem.column);
  }
  // A row is brought in or is bad; a bad header, or a quote that never closes, isn't a row.
  expect(accepted).toBeLessThanOrEqual(rows);
  if (problemCount === 0) {
    counted.whole += 1;
    expect(accepted).toBe(rows);
    expect([applied.status, applied.body]).toEqual([200, { ...checked.body, applied: true }]);
    const again = await send(kind, file);
    expect([again.body.accepted, again.body.unchanged]).toEqual([rows, rows]);
    expect(await written()).toEqual(after);
    if (rows === unchanged && kind !== 'beds') expect(after).toEqual(before);
  } else {
    counted.refused += 1;
    expect(new Set(problems.map(({ line }) => line)).size).toBe(Math.min(problemCount, mostProblems));
    expect([applied.status, applied.body.code]).toEqual([422, 'import-has-problems']);
    expect(applied.body).toMatchObject({ problems, problemCount, rows, accepted, unchanged, preview, applied: false });
    expect(after).toEqual(before);
  }
  return checked;
}

// prettier-ignore
const oddCells = ['=1+1', '+SUM(A1)', '@x', '-2', '"=HYPERLINK(""http://x.example"")"', '"two\nlines"', '"a,b"', '<b>', "' --", '\u202ex', '😀'];
const utf16 = (text: string, ...mark: number[]) => new Uint8Array([...mark, ...Buffer.from(text, 'utf16le')]);

describe.each(importKinds)('a file of %s', (kind) => {
  const { header, words } = samples[kind];
  const required = Object.entries(columnsOf(kind)).flatMap(([name, column]) => ('empty' in column ? [] : [name]));

  test('comes in with a byte order mark, with any line ends, with its columns in any order, with blank lines', async () => {
    const [first, ...others] = fileOf(kind).trimEnd().split('\n');
    const files = [
      `\ufeff${fileOf(kind)}`,
      fileOf(kind).replaceAll('\n', '\r\n'),
      `${first}\r\n${others.join('\n')}`,
      `${first}\n${others.join('\r\n')}\r\n`,
      fileOf(kind).trimEnd().replaceAll('\n', '\r'),
      `\n${first}\n\n${others.join('\n\n')}\n\n\n`,
      textOf(
        header.toReversed(),
        rowsOf(kind, 3).map((cells) => cells.toReversed()),
      ),
      `"${header.join('","')}"\n"${samples[kind].row((lastNumber += 1)).join('","')}"\n`,
      fileOf(kind, 0),
    ];
    for (const file of someOf(files, 3)) expect([file, (await holds(kind, file)).body.problems]).toEqual([file, []]);
    expect((await holds(kind, files[1]!)).body.rows).toBe(3);
  });

  test('in another encoding, cut in a character, or that is no text, is refused with the reason', async () => {
    const latin = new Uint8Array(Buffer.from(`${fileOf(kind)}é`, 'latin1'));
    const nul = fileOf(kind, 2).replace(/\n$/, '\0\n');
    const half = bytes(`${fileOf(kind, 1)}é`).slice(0, -1);
    const files = [
      [utf16(fileOf(kind), 0xff, 0xfe), 'not-utf-8'],
      [new Uint8Array(Buffer.from(utf16(`\ufeff${fileOf(kind)}`)).swap16()), 'not-utf-8'],
      [utf16(fileOf(kind)), 'not-text'],
      [latin, 'not-utf-8'],
      [nul, 'not-text'],
      [half, 'not-utf-8'],
    ] as const;
    for (const [file, code] of someOf(files, 3)) {
      const sent = await holds(kind, file);
      expect([sent.status, sent.body.code]).toEqual([422, code]);
    }
    expect((await send(kind, latin)).body.title).toMatch(/^Line 5 /);
  });

  test('with a heading missing, doubled or unknown, or with none at all, says which', async () => {
    for (const name of someOf(required, 2)) {
      const sent = await holds(kind, fileOf(kind).replace(new RegExp(`(^|,)${name}(?=[,\n])`), '$1other_name'));
      expect(codes(sent)).toEqual([
        [1, 'other_name', 'unknown-column'],
        [1, name, 'missing-column'],
      ]);
    }
    const twice = [...header, header[0]!];
    expect(codes(await holds(kind, textOf(twice, [])))).toEqual([[1, header[0], 'column-twice']]);
    expect(codes(await holds(kind, fileOf(kind).replaceAll(',', ';')))).toEqual([[1, '', 'not-comma-separated']]);
    for (const empty of someOf(['', '\n', '\ufeff', '\r\n\r\n', '   \n'], 1))
      expect([empty, codes(await holds(kind, empty))]).toEqual([empty, [[1, '', 'empty']]]);
    const noHeader = await holds(kind, fileOf(kind).split('\n').slice(1).join('\n'));
    expect(noHeader.body.problems.every(({ line }) => line === 1)).toBe(true);
    expect(noHeader.body.problemCount).toBe(1);
  });

  test('with a quote that is wrong, or a row cut off, says on which line', async () => {
    const [good, last] = [fileOf(kind), samples[kind].row((lastNumber += 1))];
    expect(codes(await holds(kind, `${good}"${last.join()}\n`))).toContainEqual([5, '', 'quote-not-closed']);
    expect(codes(await holds(kind, `${good}${last.slice(0, -1).join()},a "word" in it\n`))).toContainEqual([5, '', 'stray-quote']);
    expect(codes(await holds(kind, `${good}${last.slice(0, -1).join()}`))).toEqual([[5, '', 'wrong-cell-count']]);
    expect(codes(await holds(kind, `${good}${last.join()},one too many\n`))).toEqual([[5, '', 'wrong-cell-count']]);
  });

  test('with a cell that is missing, endless, split over lines or a formula is whole, or names the cell', async () => {
    for (const name of someOf(header, 2)) {
      const missing = await holds(kind, withCells(kind, { [name]: '' }));
      if (required.includes(name)) expect(codes(missing)).toEqual([[3, name, 'missing']]);
      expect(codes(await holds(kind, withCells(kind, { [name]: 'x'.repeat(2_500) })))).toEqual([[3, name, 'cell-too-long']]);
      for (const cell of someOf(oddCells, 1)) {
        const sent = await holds(kind, withCells(kind, { [name]: cell }));
        for (const [line] of codes(sent)) expect([name, cell, line]).toEqual([name, cell, 3]);
      }
    }
    expect(codes(await holds(kind, withCells(kind, { [header.at(-1)!]: 'x'.repeat(300_000) })))).toEqual([[3, '', 'row-too-long']]);
    if (!words) return;
    // A quoted newline moves the lines below it, and what is named is the line of the file.
    const rows = rowsOf(kind, 3);
    rows[0]![header.indexOf(words)] = '"one\n\ntwo"';
    rows[2]!.pop();
    expect(codes(await holds(kind, textOf(header, rows)))).toEqual([[6, '', 'wrong-cell-count']]);
  });

  test('cut off anywhere, or with anything in it by chance, is whole or refused', async () => {
    const whole = (count: number) => Math.floor(random() * count);
    const odd = ['"', '\n', '\r', ',', '\0', '\ufeff', 'é', '=1', '""', '\n\n', '"\n"', ';', '\t', '0', '9'.repeat(30), 'NaN'];
    for (let turn = 0; turn < (isFull ? 300 : 4); turn += 1) {
      const file = Buffer.from(fileOf(kind, 4));
      const [from, length] = [whole(file.length), whole(20)];
      const put = Buffer.from(odd[whole(odd.length)]!);
      const broken = [
        () => file.subarray(0, from),
        () => Buffer.concat([file.subarray(0, from), put, file.subarray(from)]),
        () => Buffer.concat([file.subarray(0, from), file.subarray(from + length)]),
        () => Buffer.concat([file.subarray(0, from + length), file.subarray(from)]),
        () => Buffer.from(file.map((byte, at) => (at === from ? whole(256) : byte))),
      ][turn % 5]!();
      await holds(kind, new Uint8Array(broken));
    }
  }, 300_000);

  test('sent twice at once comes in once', async () => {
    const file = fileOf(kind, 5);
    const both = await Promise.all([send(kind, file), send(kind, file)]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    const unchanged = both.map(({ body }) => body.unchanged).sort((a, b) => a - b);
    expect(unchanged[1]).toBe(5);
    if (kind !== 'requirements') expect(unchanged[0]).toBe(0);
    const before = await written();
    expect((await send(kind, file)).body).toMatchObject({ rows: 5, accepted: 5, unchanged: 5 });
    expect(await written()).toEqual(before);
  });
});

test('every bad row is reported, however many there are', async () => {
  const { header, row } = samples['training-records'];
  const rows = Array.from({ length: isFull ? 30_000 : 12_000 }, (_, at) =>
    at % 10 === 9 ? row(at) : [...row(at).slice(0, 4), 'yesterday', ''],
  );
  const { body } = await send('training-records', textOf(header, rows));
  const bad = rows.flatMap((cells, at) => (cells[4] === 'yesterday' ? [at + 2] : []));
  expect([body.problemCount, body.accepted]).toEqual([bad.length, rows.length - bad.length]);
  expect(body.problems.map(({ line }) => line)).toEqual(bad.slice(0, mostProblems));
});

test('too many rows, too many bytes, or what says it is something else is refused outright', async () => {
  const { header, row } = samples['training-records'];
  const rows = `${header.join()}\n${`${row(1).join()}\n`.repeat(200_001)}`;
  const many = await send('training-records', rows, 'check');
  expect([many.status, many.body.code]).toEqual([413, 'too-many-rows']);
  const length = { 'content-length': String(50 * 1024 * 1024 + 1) };
  expect((await send('training-records', fileOf('training-records'), 'check', length)).body.code).toBe('too-large');
  for (const type of [
    'application/json',
    'text/csv; charset=windows-1252',
    'text/csv; charset=utf-16',
    'multipart/form-data; boundary=x',
  ]) {
    expect((await send('training-records', fileOf('training-records'), 'apply', { 'content-type': type })).status).toBe(415);
  }
}, 60_000);

test.runIf(isFull)(
  'too many bytes are noticed as they come, whatever was said of their number',
  async () => {
    const { header, row } = samples['training-records'];
    const kilobyte = `${row(1).slice(0, -1).join()},${'x'.repeat(4_000)}\n`;
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(bytes(`${header.join()}\n`)),
      pull: (controller) => controller.enqueue(bytes(kilobyte.repeat(256))),
    });
    const endless = await house.app.request('http://test/api/v1/imports/training-records?mode=check', {
      method: 'POST',
      headers: { cookie: bank.cookie, 'content-type': 'text/csv' },
      body: stream,
      duplex: 'half',
    } as RequestInit);
    expect([endless.status, ((await endless.json()) as { code: string }).code]).toEqual([413, 'too-large']);
  },
  120_000,
);

test('what goes wrong in the middle of writing leaves nothing of the file, and nobody ever sees a part of it', async () => {
  const { header } = samples['training-records'];
  const file = textOf(header, rowsOf('training-records', 400));
  const before = await written();
  await sql`create function fail_now() returns trigger language plpgsql as $$ begin raise exception 'no' using errcode = '53100'; end $$`.execute(
    db,
  );
  await sql`create trigger fail_now before insert on event for each row when (new.type = 'import.applied') execute function fail_now()`.execute(
    db,
  );
  try {
    expect((await send('training-records', file)).status).toBe(503);
  } finally {
    await sql`drop trigger fail_now on event; drop function fail_now`.execute(db);
  }
  expect(await written()).toEqual(before);
  const seen = new Set<number>();
  const count = async () => (await sql<{ count: number }>`select count(*)::int as count from training_record`.execute(db)).rows[0]!.count;
  const start = await count();
  const sending = send('training-records', file);
  let isDone = false;
  void sending.finally(() => (isDone = true));
  while (!isDone) seen.add((await count()) - start);
  expect((await sending).status).toBe(200);
  for (const rows of seen) expect([0, 400]).toContain(rows);
});

// ————— Beside other acts —————

test('an import racing accepts leaves no booking that isn’t safe and isn’t under review', async () => {
  const manager = world.staff['ward-manager']!['NORTH']!;
  const { header } = samples.roster;
  let [reviewed, refused] = [0, 0];
  for (let round = 0; round < (isFull ? 200 : 24); round += 1) {
    const who = world.workers[(round % 3) * 2]!;
    const times = world.span(20 + (round % 60), round < 60 ? '07:00' : '09:00', '15:00');
    const body = { wardId: world.wards.north, role: 'hcsw', band: 3, breakMinutes: 30, reason: 'vacancy', ...times };
    const posted = (await house.ask(manager, 'POST', '/shifts', body)).body as { items: { id: string }[] };
    const shiftId = posted.items[0]!.id;
    const cells = [`NORTH-000${(round % 3) * 2 + 1}`, 'NORTH', '', times.startsAt, times.endsAt, '30', '', `RACE-${round}`];
    // From the import well ahead to the accept well ahead, and everything between.
    const ahead = ((round % 12) - 6) * 6;
    const [imported, accepted] = await Promise.all([
      after(-ahead, () => send('roster', textOf(header, [cells]))),
      after(ahead, () => house.ask(who, 'POST', `/shifts/${shiftId}/accept`)),
    ]);
    expect(imported.status).toBe(200);
    expect([201, 422]).toContain(accepted.status);
    // Nobody accepts more than sixty times a minute, and three take turns.
    if (isFull) await sleep(300);
    if (accepted.status === 422) refused += 1;
    else reviewed += 1;
    const { rows } = await sql<{
      status: string;
    }>`select status from booking where shift_id = ${shiftId} and status <> 'cancelled'`.execute(db);
    expect(rows.map((row) => row.status)).toEqual(accepted.status === 201 ? ['needs-review'] : []);
  }
  // Both ways round must have happened, or the race was none.
  expect(Math.min(reviewed, refused)).toBeGreaterThan(0);
  noteFigures('G2', { 'imports raced with an accept': reviewed + refused });
}, 240_000);

async function after<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
  if (milliseconds > 0) await sleep(milliseconds);
  return work();
}

test('after all of it nothing is stored that must never be', async () => {
  expect(await brokenInvariants(db)).toEqual([]);
  expect(await verifyStream(db)).toMatchObject({ brokenAt: null });
});

// ————— Over a real connection —————

describe('over a real connection', () => {
  let home: Homeward;
  let office: Person;
  beforeAll(async () => {
    const there = await makeWorld(real.db, { workers: 2, now: Date.now() });
    office = there.staff['bank-office']!['NORTH']!;
  }, 60_000);
  // Each a program of its own: what one test left in it would stand in the next one's memory.
  beforeEach(async () => {
    home = await startHomeward({ url: real.url });
  }, 30_000);
  afterEach(() => home.kill('SIGTERM'));
  const records = async () =>
    (await sql<{ count: number }>`select count(*)::int as count from training_record where source = 'import'`.execute(real.db)).rows[0]!
      .count;

  /** Sends the pieces as the connection takes them; `cut` hangs up before the last of them. */
  function upload(
    pieces: Iterable<string>,
    { mode, length, cut = false }: { mode: Mode; length?: number; cut?: boolean },
  ): Promise<Sent | null> {
    return new Promise((done) => {
      const asked = request(
        `${home.url}/api/v1/imports/training-records?mode=${mode}`,
        {
          method: 'POST',
          headers: { cookie: office.cookie, 'content-type': 'text/csv', ...(length !== undefined && { 'content-length': length }) },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (more: string) => (text += more));
          response.on('end', () => done({ status: response.statusCode!, body: JSON.parse(text) as Sent['body'] }));
        },
      );
      asked.on('error', () => done(null));
      void (async () => {
        for (const piece of pieces) if (!asked.write(piece)) await new Promise((resolve) => asked.once('drain', resolve));
        if (!cut) return void asked.end();
        await sleep(20);
        asked.destroy();
        done(null);
      })();
    });
  }

  test('a connection that drops while the file is on its way brings in nothing of it', async () => {
    const file = textOf(samples['training-records'].header, rowsOf('training-records', 1_000));
    for (let round = 0; round < (isFull ? 60 : 6); round += 1) {
      const cut = Math.floor(random() * file.length);
      // Cut at a line's end, what came would be a whole file, had it not said that there was more.
      const end = round % 2 === 0 ? cut : file.lastIndexOf('\n', cut) + 1;
      await upload([file.slice(0, end)], { mode: 'apply', cut: true, ...(round % 3 > 0 && { length: Buffer.byteLength(file) }) });
    }
    await sleep(300);
    expect(await records()).toBe(0);
    const sent = await upload([file], { mode: 'apply' });
    expect([sent?.status, await records()]).toEqual([200, 1_000]);
  }, 60_000);

  // What the process holds is told by Linux only, and it takes its time.
  test.runIf(isFull && process.platform === 'linux')(
    'fifty megabytes pass through without being held',
    async () => {
      const { header } = samples['training-records'];
      const held = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${home.pid}/status`, 'utf8'))![1]) / 1024;
      const most = async (heading: string[], count = 780) => {
        const pieces = function* () {
          yield `${heading.join()}\n`;
          for (let piece = 0; piece < count; piece += 1)
            yield textOf(
              rowAt(piece * 230),
              Array.from({ length: 229 }, (_, at) => rowAt(piece * 230 + at + 1)),
            );
        };
        let peak = held();
        const before = peak;
        const watch = setInterval(() => (peak = Math.max(peak, held())), 20);
        const sent = await upload(pieces(), { mode: 'check' });
        clearInterval(watch);
        expect([sent?.status, sent?.body.rows]).toEqual([200, count * 230]);
        return Math.round(peak - before);
      };
      const rowAt = (number: number) => [
        `NORTH-${number % 9_000}`,
        'NORTH',
        'NORTH-PMVA',
        '1',
        dayOf(Math.floor(number / 9_000)),
        'e'.repeat(230),
      ];
      const unread = [...header, 'more'];
      // What a process holds it keeps: only a small file may go before.
      await most(unread, 40);
      const passing = await most(unread);
      const read = await most(header);
      noteFigures('G2', {
        'memory while 50 MB pass that can’t be read, MB': passing,
        'memory while 50 MB in 179,400 rows are checked, MB': read,
      });
      expect(passing).toBeLessThan(60);
      expect(read).toBeLessThan(450);
    },
    300_000,
  );
});
