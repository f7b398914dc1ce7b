// How a release is kept, so that tests/upgrade.test.ts can bring it up to whatever comes after it. In a clone of that release, started
// with `npm start` so that its own code and its own packages run:
//
//   PORT=4600 HOMEWARD_DATA=/tmp/kept npm start
//   node tests/releases/make.ts 3-beds http://127.0.0.1:4600 "$(DATABASE_URL of that start)"
//
// It acts for some people of the demonstration, then writes tests/releases/<name>.br: first what the release had applied, then a line a
// table, each after those it refers to, with every row as PostgreSQL writes it. A dump is kept below 700 kB; the one of beds was
// made with 21 days of beds and 3 of confirmations (the constants of db/demo/beds.ts) in place of 75 and 14.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import pg from 'pg';
import type { KeptTable, Release } from './release.ts';

const [name, url, database] = process.argv.slice(2);
if (!name || !url || !database) {
  console.error('node tests/releases/make.ts NAME URL-OF-THE-RUNNING-RELEASE DATABASE_URL');
  process.exit(2);
}

const { paths } = (await answer(await fetch(`${url}/api/v1/openapi.json`))) as { paths: Record<string, unknown> };
const demonstration = await answer(await fetch(`${url}/api/v1/session/demonstration`));
const cookies = new Map<string, string>();
await act();
writeFileSync(join(import.meta.dirname, `${name}.br`), squeezed(await dump(database)));

// ————— Some acts, each by the operations that the release has —————

async function act(): Promise<void> {
  const workers = (demonstration.items as { email: string; role: string }[])
    .filter(({ role }) => role === 'worker')
    .map((one) => one.email);
  const taken: { email: string; bookingId: string }[] = [];
  for (const email of workers) {
    const [shift] = (await ask(email, 'GET', '/me/shifts?outcome=eligible&limit=1')).items;
    if (shift) taken.push({ email, bookingId: (await ask(email, 'POST', `/shifts/${shift.id}/accept`, {})).id });
    if (taken.length === 4) break;
  }
  await ask(taken[0]!.email, 'POST', `/bookings/${taken[0]!.bookingId}/cancel`, { reason: 'sickness' });
  const away = await ask(workers[1]!, 'POST', '/me/unavailability', { startsAt: inHours(400), endsAt: inHours(412) });
  await ask(workers[1]!, 'POST', '/me/unavailability', { startsAt: inHours(500), endsAt: inHours(512) });
  await ask(workers[1]!, 'POST', `/me/unavailability/${away.id}/withdraw`, {});

  const [ward] = (await ask('ward-manager@rgd.example', 'GET', '/session')).wards;
  const wanted = { wardId: ward.id, role: 'hcsw', band: 3, startsAt: inHours(200), endsAt: inHours(208), breakMinutes: 30 };
  const posted = await ask('ward-manager@rgd.example', 'POST', '/shifts', { ...wanted, reason: 'vacancy', count: 2 });
  await ask('ward-manager@rgd.example', 'POST', `/shifts/${posted.items[0].id}/cancel`, { reason: 'no-longer-needed' });

  const [worker] = (await ask('bank-office@rgd.example', 'GET', '/workers?limit=1')).items;
  const [course] = (await ask('training-lead@rgd.example', 'GET', '/training/courses?limit=1')).items;
  const file = `staff_number,trust,course_code,course_version,completed_on\n${worker.staffNumber},RGD,${course.code},${course.version},2026-11-20\n`;
  await ask('bank-office@rgd.example', 'POST', '/imports/training-records?mode=apply', file);

  if (paths['/api/v1/training/alignments/{id}/sign']) await signSomething();
  if (paths['/api/v1/agreements']) {
    const proposed = { homeTrust: 'RGD', hostTrust: 'TAD', staffGroup: 'psychology', from: '2028-01-01' };
    const { id } = await ask('bank-office@rgd.example', 'POST', '/agreements', proposed);
    await ask('bank-office@tad.example', 'POST', `/agreements/${id}/sign`, {});
    await ask(workers[2]!, 'POST', '/me/consent', { consents: true });
  }
  if (paths['/api/v1/placements']) await holdSomething();
}

async function signSomething(): Promise<void> {
  const lead = 'training-lead@rgd.example';
  const { items } = await ask(lead, 'GET', '/training/alignments?limit=100');
  const inReview = (items as { id: string; state: string; turn: { trusts: string[] } }[]).filter(({ state }) => state === 'in-review');
  for (const { id } of inReview) await ask(lead, 'POST', `/training/alignments/${id}/comments`, { words: 'Read and compared.' });
  for (const { id } of inReview) {
    for (const trust of ['rgd', 'rxg', 'ry6', 'tad']) {
      const signed = await ask(`training-lead@${trust}.example`, 'POST', `/training/alignments/${id}/sign`, {}, { mayRefuse: true });
      if (signed) return;
    }
  }
  throw new Error('There was no alignment that a trust could sign.');
}

async function holdSomething(): Promise<void> {
  const bedManager = 'bed-manager@rgd.example';
  const need = { homePlace: 'Leeds', bedType: '200', ageBand: 'adult', legalStatus: '02', securityLevel: 0, whereNow: 'community' };
  const acts = [['refer', 'accept', 'arrive'], ['refer', 'decline'], ['release'], []];
  for (const [index, after] of acts.entries()) {
    const request = { ...need, sex: index % 2 === 0 ? 'female' : 'male', neededBy: inHours(4) };
    const { id } = await ask(bedManager, 'POST', '/placements', request);
    const matches = await ask(bedManager, 'GET', `/placements/${id}/matches`);
    const [match] = (matches.items as { outcome: string; freeBeds: { id: string }[] }[]).filter(
      (one) => one.outcome === 'meets' && one.freeBeds.length > 0,
    );
    const held = await ask(bedManager, 'POST', `/placements/${id}/allocations`, {
      bedId: match!.freeBeds[0]!.id,
      reason: 'Nearest to home',
    });
    const receiver = `bed-manager@${(held.ward.trust as string).toLowerCase()}.example`;
    for (const word of after) {
      const isWards = word === 'accept' || word === 'decline';
      const body = word === 'decline' || word === 'release' ? { reason: 'As agreed by phone' } : {};
      await ask(isWards ? receiver : bedManager, 'POST', `/allocations/${held.id}/${word}`, body);
    }
  }
}

function inHours(hours: number): string {
  return new Date(Math.ceil(Date.now() / 3_600_000 + hours) * 3_600_000).toISOString();
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any
async function answer(response: Response): Promise<any> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${text}`);
  return text === '' ? null : JSON.parse(text);
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any
async function ask(email: string, method: string, path: string, body?: unknown, { mayRefuse = false } = {}): Promise<any> {
  if (!cookies.has(email)) {
    const signedIn = await fetch(`${url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password: demonstration.password }),
    });
    await answer(signedIn.clone());
    cookies.set(email, signedIn.headers.getSetCookie()[0]!.split(';')[0]!);
  }
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { cookie: cookies.get(email)!, 'content-type': typeof body === 'string' ? 'text/csv' : 'application/json' },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return mayRefuse && !response.ok ? null : answer(response);
}

// ————— What is kept —————

async function dump(connectionString: string): Promise<string[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query("begin isolation level repeatable read read only; set local timezone to 'UTC'");
    const migrations = (await client.query<{ name: string }>('select name from kysely_migration order by name')).rows.map(
      (row) => row.name,
    );
    const tables = await client.query<{ table: string; columns: string[]; after: string[] }>(`
      select c.relname as table, array(select attname::text from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped order by attnum) as columns,
        array(select f.relname::text from pg_constraint k join pg_class f on f.oid = k.confrelid where k.conrelid = c.oid and k.contype = 'f' and f.oid <> c.oid) as after
      from pg_class c where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and c.relname not like 'kysely%' order by 1`);
    const lines: string[] = [JSON.stringify({ name: name!, migrations } satisfies Release)];
    const waiting = new Map(tables.rows.map((row) => [row.table, row]));
    while (waiting.size > 0) {
      const next = [...waiting.values()].find(({ after }) => after.every((one) => !waiting.has(one)));
      if (!next) throw new Error(`These refer to each other: ${[...waiting.keys()].join(', ')}`);
      waiting.delete(next.table);
      const { rows } = await client.query<{ row: string }>(`select t::text as row from "${next.table}" t order by 1`);
      const { table, columns } = next;
      lines.push(JSON.stringify({ table, columns, rows: rows.map(({ row }) => row) } satisfies KeptTable));
    }
    return lines;
  } finally {
    await client.end();
  }
}

function squeezed(lines: string[]): Buffer {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };
  return brotliCompressSync(`${lines.join('\n')}\n`, { params });
}
