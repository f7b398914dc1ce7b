import { randomBytes } from 'node:crypto';
import { createReadStream, realpathSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import type { Kysely } from 'kysely';
import { connect } from '@homeward/db/connect.ts';
import { startEmbedded } from '@homeward/db/embedded.ts';
import { isMigrated, migrateToLatest } from '@homeward/db/migrate.ts';
import type { DB } from '@homeward/db/types.ts';
import { accountRoles, type AccountRole } from '@homeward/shared/accounts/contract.ts';
import { importKinds, type ImportKind, type ImportReport } from '@homeward/shared/imports/contract.ts';
import { organisations } from '@homeward/shared/imports/contract.ts';
import { createAccount, inviteAccount } from './accounts/commands.ts';
import { brokenInvariants, invariants, verifyStream } from './assurance/queries.ts';
import { recomputedSample } from './assurance/record-queries.ts';
import { importFile } from './imports/commands.ts';
import { readImportFile } from './imports/facts.ts';
import { retakenSample } from './placements/queries.ts';
import { loadOrganisations } from './places/commands.ts';
import { clockFrom } from './platform/clock.ts';
import type { Platform } from './platform/platform.ts';
import type { Refusal } from './platform/problem.ts';
import { Turns } from './platform/turns.ts';

const usage = `homeward migrate
    Brings the database up to this version.
homeward user create EMAIL --name NAME --role ROLE [--trust CODE] [--ward CODE] [--collaborative CODE] [--staff-number NUMBER]
    Makes an account with one role (${accountRoles.join(', ')}).
    Its password is HOMEWARD_PASSWORD, or read with --password-stdin, or asked for; with none a one-use link is printed.
homeward user invite EMAIL
    Prints a one-use link, good for 7 days, with which somebody sets a password of their own.
homeward organisations FILE
    Loads trusts, collaboratives, sites, banks, agreements, competencies and reasons from a JSON file, all of it or nothing. The first
    thing a new installation needs; reference/organisations.json is West Yorkshire's.
homeward import KIND FILE [--apply]
    Checks a CSV file (${importKinds.join(', ')}), or with --apply brings it in, whole or not at all.
homeward audit verify
    Works the chain of hashes of the record of acts out again.
homeward doctor [--sample WORD]
    Checks that nothing is stored that must never be, and that a random sample of decisions comes out the same from what was known then:
    a sample of its own each time, or the one it named.

The database is DATABASE_URL, or else the embedded one in HOMEWARD_DATA.
Exits with 0, with 1 where it was refused or something is wrong, with 2 where the command itself is.`;

/** What a command says and how it ends. */
interface Ended {
  says: string;
  code: 0 | 1 | 2;
}
const done = (says: string): Ended => ({ says, code: 0 });
const failed = (says: string): Ended => ({ says, code: 1 });
const misused = (says: string): Ended => ({ says: `${says}\n\n${usage}`, code: 2 });
const refused = ({ title, errors }: Refusal): Ended =>
  failed([title, ...(errors ?? []).map((one) => `${one.path}: ${one.message}`)].join('\n'));

const options = {
  name: { type: 'string' },
  role: { type: 'string' },
  trust: { type: 'string' },
  ward: { type: 'string' },
  collaborative: { type: 'string' },
  'staff-number': { type: 'string' },
  'password-stdin': { type: 'boolean' },
  apply: { type: 'boolean' },
  sample: { type: 'string' },
  help: { type: 'boolean' },
} as const;
type Options = ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>['values'];

async function run(words: string[], given: Options): Promise<Ended> {
  const [first, second, third] = words;
  if (given.help || first === undefined || first === 'help') return done(usage);
  if (first === 'migrate') return withDatabase(migrate, { mustBeMigrated: false });
  if (first === 'doctor') return withDatabase(({ db }) => doctor(db, given.sample ?? randomBytes(4).toString('hex')));
  if (first === 'audit' && second === 'verify') return withDatabase(({ db }) => audit(db));
  if (first === 'user' && second === 'create' && third) return withDatabase((platform) => createUser(platform, third, given));
  if (first === 'user' && second === 'invite' && third) return withDatabase(({ db }) => invite(db, third));
  if (first === 'organisations' && second) return withDatabase((platform) => organisationsFrom(platform, second));
  if (first === 'import' && second && third) {
    if (!isKind(second)) return misused(`"${second}" is not a kind of import.`);
    return withDatabase((platform) => importFrom(platform, second, third, given.apply ?? false));
  }
  return misused(`There is no command "${words.join(' ')}".`);
}

const isKind = (word: string): word is ImportKind => (importKinds as readonly string[]).includes(word);
const isRole = (word: string): word is AccountRole => (accountRoles as readonly string[]).includes(word);

/** Connects, starting the embedded database or joining the one that runs, and leaves everything as it was found. */
async function withDatabase(command: (platform: Platform) => Promise<Ended>, { mustBeMigrated = true } = {}): Promise<Ended> {
  const { DATABASE_URL, HOMEWARD_DATA = '.homeward', HOMEWARD_NOW, LOG_LEVEL = 'warn' } = process.env;
  const embedded = DATABASE_URL
    ? null
    : await startEmbedded({ dataDir: join(HOMEWARD_DATA, 'postgres'), log: (sentence) => console.error(sentence) });
  const db = connect(DATABASE_URL ?? embedded!.url, { max: 2, patient: true });
  try {
    if (mustBeMigrated && !(await isMigrated(db))) return failed('This database is not up to date. Run "homeward migrate" first.');
    const log = pino({ level: LOG_LEVEL }, pino.destination(2));
    return await command({
      db,
      log,
      clock: clockFrom(HOMEWARD_NOW),
      // A running server's poll finds within a second what was done here.
      wake: () => {},
      turns: new Turns(),
      demonstrationPassword: null,
      behindProxy: false,
    });
  } finally {
    await db.destroy();
    await embedded?.stop();
  }
}

async function migrate({ db }: Platform): Promise<Ended> {
  const applied = await migrateToLatest(db);
  return done(applied.length === 0 ? 'The database was up to date already.' : `Applied ${applied.join(', ')}.`);
}

const sampled = 200;

/**
 * Runs every invariant, and takes a random sample of the stored decisions and of the matches of allocations again from what was known when they were taken; what is broken or comes
 * out differently is named, and it ends with 1.
 */
async function doctor(db: Kysely<DB>, seed: string): Promise<Ended> {
  const broken = await brokenInvariants(db);
  const { taken, of, different } = await recomputedSample(db, { seed, size: sampled });
  const matches = await retakenSample(db, { seed, size: sampled });
  const again = `${taken} of ${of} decisions and ${matches.taken} of ${matches.of} matches taken again (sample ${seed})`;
  const unlike = different.length + matches.different.length;
  if (broken.length + unlike === 0) return done(`${invariants.length} checks, nothing wrong. ${again}, all the same.`);
  return failed(
    [
      ...broken.map(({ name, ids, count }) => `Not true: ${name} (${count}): ${ids.join(', ')}${count > ids.length ? ' …' : ''}`),
      ...different.map(({ name, differences }) => `Not the same: the decision on booking ${name}: ${differences.join('; ')}`),
      ...matches.different.map(({ id, differences }) => `Not the same: the match of allocation ${id}: ${differences.join('; ')}`),
      `${invariants.length} checks, ${broken.length} not true. ${again}, ${unlike} not the same.`,
    ].join('\n'),
  );
}

async function audit(db: Kysely<DB>): Promise<Ended> {
  const { events, brokenAt } = await verifyStream(db);
  if (brokenAt === null) return done(`${events} events, and the chain is whole.`);
  return failed(`${events} events. The chain breaks at offset ${brokenAt}: it, or what came before it, was changed or is missing.`);
}

async function organisationsFrom(platform: Platform, path: string): Promise<Ended> {
  let given: unknown;
  try {
    given = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    return failed(`${path} can’t be read as JSON: ${(error as Error).message}`);
  }
  const parsed = organisations.safeParse(given);
  if (!parsed.success) return failed(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'));
  const loaded = await loadOrganisations(platform, parsed.data);
  if (!loaded.ok) return refused(loaded.refusal);
  return done(loaded.value.added === 0 ? 'Nothing to change.' : `${loaded.value.added} rows added or brought up to date.`);
}

/**
 * Makes an account with one role. The reach is given by what people call things: a trust's ODS code, a ward's or collaborative's code, a
 * staff number at a trust. Refused: an address that has an account, a reach that isn't there, a password under 12 characters.
 */
async function createUser(platform: Platform, email: string, given: Options): Promise<Ended> {
  const { name, role } = given;
  if (!name || !role) return misused('Give --name and --role.');
  if (!isRole(role)) return misused(`"${role}" is not a role.`);
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) return failed(`"${email}" is not an e-mail address.`);
  const { db } = platform;
  const trust =
    given.trust === undefined ? null : await db.selectFrom('trust').select('odsCode').where('odsCode', '=', given.trust).executeTakeFirst();
  if (trust === undefined) return failed(`There is no trust ${given.trust}.`);
  const ward = given.ward === undefined ? null : await db.selectFrom('ward').select('id').where('code', '=', given.ward).executeTakeFirst();
  if (ward === undefined) return failed(`There is no ward ${given.ward}.`);
  const collaborative =
    given.collaborative === undefined
      ? null
      : await db.selectFrom('collaborative').select('id').where('code', '=', given.collaborative).executeTakeFirst();
  if (collaborative === undefined) return failed(`There is no collaborative ${given.collaborative}.`);
  const worker =
    given['staff-number'] === undefined
      ? null
      : await db
          .selectFrom('worker')
          .select('id')
          .where('staffNumber', '=', given['staff-number'])
          .where('trust', '=', given.trust ?? '')
          .executeTakeFirst();
  if (worker === undefined) return failed(`There is no worker ${given['staff-number']} at ${given.trust ?? 'no trust: give --trust'}.`);
  const missing = missingReach(role, { trust, ward, collaborative, worker });
  if (missing) return misused(missing);

  const password = await passwordFor(given);
  if (password !== null && password.length < 12) return failed('Use at least 12 characters for the password.');
  const made = await createAccount(platform, {
    email,
    name,
    password,
    role,
    trust: trust?.odsCode ?? null,
    wardId: ward?.id ?? null,
    collaborativeId: collaborative?.id ?? null,
    workerId: worker?.id ?? null,
  });
  if (!made.ok) return refused(made.refusal);
  return password === null ? invite(db, email) : done(`${email} can sign in now.`);
}

function missingReach(role: AccountRole, reach: Record<'trust' | 'ward' | 'collaborative' | 'worker', unknown>): string | null {
  switch (role) {
    case 'worker':
      return reach.worker ? null : 'A worker’s account needs --trust and --staff-number.';
    case 'ward-manager':
      return reach.ward ? null : 'A ward manager needs --ward, such as becklin/ward-5.';
    case 'bank-office':
    case 'training-lead':
    case 'bed-manager':
      return reach.trust ? null : `The role ${role} needs --trust, such as RGD.`;
    case 'programme':
      return reach.collaborative ? null : 'The role programme needs --collaborative.';
    case 'auditor':
    case 'administrator':
      return null;
  }
}

/** From HOMEWARD_PASSWORD, standard input or a person at a terminal; null makes a link instead. Never from an argument, which others can see. */
async function passwordFor(given: Options): Promise<string | null> {
  const { HOMEWARD_PASSWORD } = process.env;
  if (HOMEWARD_PASSWORD) return HOMEWARD_PASSWORD;
  if (given['password-stdin']) return (await text(process.stdin)).trimEnd() || null;
  if (!process.stdin.isTTY) return null;
  process.stderr.write('Password (leave empty for a one-use link): ');
  const unseen = new Writable({ write: (_chunk, _encoding, taken) => taken() });
  const terminal = createInterface({ input: process.stdin, output: unseen, terminal: true });
  const typed = await terminal.question('');
  terminal.close();
  process.stderr.write('\n');
  return typed || null;
}

async function invite(db: Kysely<DB>, email: string): Promise<Ended> {
  const token = await inviteAccount(db, email);
  if (token === null) return failed(`There is no account for ${email}.`);
  const { HOST = '127.0.0.1', PORT = '3000' } = process.env;
  return done(`http://${HOST}:${PORT}/invitation/${token}\nGood once, for 7 days.`);
}

/** Brings a file in as whoever runs the machine: the rows of every trust. Ends with 1 where any row is wrong. */
async function importFrom(platform: Platform, kind: ImportKind, path: string, apply: boolean): Promise<Ended> {
  const found = await stat(path).catch(() => null);
  if (!found?.isFile()) return failed(`There is no file ${path}.`);
  const file = await readImportFile(kind, createReadStream(path) as AsyncIterable<Buffer>);
  if (!file.ok) return refused(file.refusal);
  const result = await importFile(platform, null, { accountId: null, trusts: 'every' }, file.value, apply ? 'apply' : 'check');
  if (!result.ok && result.refusal.code !== 'import-has-problems') return refused(result.refusal);
  const { rows, accepted, unchanged, problems, problemCount } = result.ok ? result.value : (result.refusal.more as unknown as ImportReport);
  if (problemCount > 0) {
    const lines = problems.map(({ line, column, message, code }) => `line ${line}${column && `, ${column}`}: ${message} (${code})`);
    return failed([...lines, `${rows} rows, ${problemCount} with problems. Nothing was imported.`].join('\n'));
  }
  const changed = accepted - unchanged;
  if (apply) return done(`${rows} rows: ${changed} brought in, ${unchanged} were here already.`);
  return done(`${rows} rows: ${changed} would change something, ${unchanged} are here already. Add --apply to bring them in.`);
}

/** One command line: what it says and how it ends. */
export async function homeward(words: string[]): Promise<Ended> {
  const read = readWords(words);
  if ('says' in read) return read;
  return run(read.positionals, read.values).catch((error: Error) => failed(error.message));
}

function readWords(args: string[]): { values: Options; positionals: string[] } | Ended {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    return misused((error as Error).message);
  }
}

// As a program: the answer to standard output, so that it may be piped, and whatever is wrong to standard error.
if (process.argv[1] && realpathSync(process.argv[1]) === import.meta.filename) {
  const { says, code } = await homeward(process.argv.slice(2));
  (code === 0 ? console.log : console.error)(says);
  process.exitCode = code;
}
