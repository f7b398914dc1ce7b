import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { sql } from 'kysely';
import { fillDemonstration } from '@homeward/db/demo/demonstration.ts';
import { testDatabase } from '@homeward/db/test-database.ts';
import { homeward } from './cli.ts';
import { verifyPassword } from './platform/password.ts';

const { db, url } = await testDatabase();
const folder = mkdtempSync(join(tmpdir(), 'homeward-cli-'));
beforeAll(() => fillDemonstration(db, { now: Date.now(), passwordHash: 'nobody signs in' }), 60_000);
beforeEach(() => void vi.stubEnv('DATABASE_URL', url));
afterEach(() => void vi.unstubAllEnvs());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The command line as a person runs it: a process of its own. */
async function program(words: string[], input = '') {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'cli.ts'), ...words]);
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [out, error] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, out, error };
}

const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const account = (email: string) => db.selectFrom('account').selectAll().where('email', '=', email).executeTakeFirst();

test('as a program it answers on standard output, and says on standard error what is wrong', async () => {
  const ward = ['--role', 'ward-manager', '--ward', 'becklin/ward-5'];
  const made = await program(['user', 'create', 'ward@rgd.example', '--name', 'W', ...ward, '--password-stdin'], 'typed by a script\n');
  expect(made).toEqual({ code: 0, out: 'ward@rgd.example can sign in now.\n', error: '' });
  expect(await verifyPassword('typed by a script', (await account('ward@rgd.example'))!.passwordHash)).toBe(true);
  const misused = await program(['frobnicate']);
  expect([misused.code, misused.out]).toEqual([2, '']);
  expect(misused.error).toContain('homeward doctor');
}, 60_000);

test('what it can’t understand ends with 2 and the usage; help with 0', async () => {
  const commands = [
    ['user', 'create', 'a@b.example'],
    ['user', 'create', 'a@b.example', '--name', 'A', '--role', 'programme'],
    ['import', 'rotas', 'x.csv'],
    ['doctor', '--loud'],
  ];
  for (const words of commands) {
    expect(await homeward(words)).toEqual({ code: 2, says: expect.stringContaining('homeward doctor') as string });
  }
  expect((await homeward(['help'])).code).toBe(0);
});

test('migrate says so where there is nothing to do', async () => {
  expect(await homeward(['migrate'])).toEqual({ code: 0, says: 'The database was up to date already.' });
});

test('an account is made with a password, or with a one-use link', async () => {
  vi.stubEnv('HOMEWARD_PASSWORD', 'a long enough one');
  const one = await homeward(['user', 'create', 'First@admin.example', '--name', 'First', '--role', 'administrator']);
  expect(one).toEqual({ code: 0, says: 'First@admin.example can sign in now.' });
  expect(await verifyPassword('a long enough one', (await account('first@admin.example'))!.passwordHash)).toBe(true);
  vi.stubEnv('HOMEWARD_PASSWORD', '');
  const two = await homeward(['user', 'create', 'lead@tad.example', '--name', 'L', '--role', 'training-lead', '--trust', 'TAD']);
  expect(two.says).toMatch(/^http:\/\/127\.0\.0\.1:3000\/invitation\/[\w-]{40,}\n/);
  const again = await homeward(['user', 'invite', 'lead@tad.example']);
  expect([again.code, again.says === two.says]).toEqual([0, false]);
  const { rows } = await sql<{ open: number }>`select (count(*) filter (where used_at is null))::int as open from invitation`.execute(db);
  expect(rows[0]!.open).toBe(1);
});

test.each<[string[], RegExp]>([
  [['user', 'create', 'admin@homeward.example', '--name', 'A', '--role', 'administrator'], /already/],
  [['user', 'create', 'x@y.example', '--name', 'A', '--role', 'bank-office', '--trust', 'NOPE'], /no trust NOPE/],
  [['user', 'create', 'x@y.example', '--name', 'A', '--role', 'worker', '--trust', 'RGD', '--staff-number', 'RGD-9999'], /no worker/],
  [['user', 'invite', 'nobody@nowhere.example'], /no account/],
  [['import', 'roster', join(folder, 'missing.csv')], /no file/],
])('what can’t be is refused with 1: %s', async (words, reason) => {
  expect(await homeward(words)).toEqual({ code: 1, says: expect.stringMatching(reason) as string });
  expect(await account('x@y.example')).toBeUndefined();
});

test('a password that is too short makes no account', async () => {
  vi.stubEnv('HOMEWARD_PASSWORD', 'short');
  const refused = await homeward(['user', 'create', 'x@y.example', '--name', 'A', '--role', 'auditor']);
  expect(refused).toEqual({ code: 1, says: expect.stringMatching(/12 characters/) as string });
  expect(await account('x@y.example')).toBeUndefined();
});

test('a database that is not there, or not up to date, is said to be so', async () => {
  vi.stubEnv('DATABASE_URL', url.replace(/\/test_\w+$/, '/postgres'));
  expect(await homeward(['doctor'])).toEqual({ code: 1, says: 'This database is not up to date. Run "homeward migrate" first.' });
});

test('a file is checked, then brought in; a bad one names its lines and changes nothing', async () => {
  const header = 'staff_number,trust,course_code,course_version,completed_on';
  const good = file('good.csv', `${header}\nRGD-0001,RGD,LY-PMVA,3,2001-01-01\n`);
  expect((await homeward(['import', 'training-records', good])).says).toMatch(/^1 rows: 1 would change something, 0 are here already/);
  expect((await homeward(['import', 'training-records', good, '--apply'])).says).toMatch(/^1 rows: 1 brought in, 0 were here already/);
  expect((await homeward(['import', 'training-records', good, '--apply'])).says).toMatch(/^1 rows: 0 brought in, 1 were here already/);
  const bad = file('bad.csv', `${header}\nRGD-0001,RGD,LY-PMVA,3,2001-01-02\nRGD-0001,RGD,LY-PMVA,3,soon\n`);
  const refused = await homeward(['import', 'training-records', bad, '--apply']);
  expect(refused).toEqual({
    code: 1,
    says: expect.stringMatching(/^line 3, completed_on: .*\(not-a-date\)\n2 rows, 1 with problems/) as string,
  });
  expect(await db.selectFrom('trainingRecord').select('id').where('completedOn', '=', '2001-01-02').execute()).toEqual([]);
  const event = await db.selectFrom('event').select(['accountId', 'data']).where('type', '=', 'import.applied').executeTakeFirstOrThrow();
  expect(event).toMatchObject({ accountId: null, data: { kind: 'training-records', rows: 1, trusts: ['RGD'] } });
});

test('doctor and audit verify end with 1, naming what is wrong', async () => {
  expect((await homeward(['doctor'])).says).toMatch(
    /^\d+ checks, nothing wrong\. \d+ of \d+ decisions and \d+ of \d+ matches taken again \(sample [\da-f]{8}\), all the same\.$/,
  );
  expect((await homeward(['audit', 'verify'])).says).toMatch(/^\d+ events, and the chain is whole\.$/);
  await sql`alter table event disable trigger user`.execute(db);
  await sql`update event set at = at + interval '1 second' where "offset" = 12`.execute(db);
  expect(await homeward(['doctor'])).toEqual({
    code: 1,
    says: expect.stringMatching(/Not true: the chain of hashes is whole \(1\): 12\n/) as string,
  });
  expect(await homeward(['audit', 'verify'])).toEqual({ code: 1, says: expect.stringMatching(/breaks at offset 12/) as string });
});
