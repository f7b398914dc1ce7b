import { createHash } from 'node:crypto';
import { connect as dial } from 'node:net';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { testDatabase } from '@homeward/db/test-database.ts';
import { createAccount, inviteAccount } from '../api/src/accounts/commands.ts';
import { startHomeward, type Homeward } from './homeward.ts';
import { openHouse, type Answer, type House } from './house.ts';

// Who is let in, for how long, and what a page of somebody else's can't make a browser do (quality, section 3).
const { db, url } = await testDatabase();
const password = 'a long enough password';
let house: House;
let home: Homeward;
let behindProxy: Homeward;
let count = 0;

beforeAll(async () => {
  house = await openHouse(db, url, Date.now());
  [home, behindProxy] = await Promise.all([startHomeward({ url }), startHomeward({ url, env: { TRUST_PROXY: '1' } })]);
}, 60_000);
afterAll(() => Promise.all([house.live.stop(), home.kill(), behindProxy.kill()]));
afterEach(() => void vi.useRealTimers());

/** Somebody new with an account, so that no test meets the failures of another. */
async function somebody(given: { password: string | null } = { password }): Promise<string> {
  const email = `somebody.${(count += 1)}@test.example`;
  const made = await createAccount(house.platform, { email, name: `Somebody ${count}`, role: 'administrator', ...given });
  expect(made.ok).toBe(true);
  return email;
}

const cookiesOf = (answer: { headers: Headers }) => answer.headers.getSetCookie();
/** What a browser would send back of the cookies it was given. */
const jarOf = (answer: { headers: Headers }) =>
  cookiesOf(answer)
    .map((cookie) => cookie.split(';')[0]!)
    .join('; ');
const tokenOf = (jar: string) => /(?:^|; )homeward=([^;]*)/.exec(jar)![1]!;

const signIn = (email: string, word = password, cookie = '') =>
  house.ask(null, 'POST', '/session', { email, password: word }, cookie ? { cookie } : {});
const whoAmI = (jar: string) => house.ask(null, 'GET', '/session', undefined, { cookie: jar });
const sessions = async () =>
  (await sql<{ count: number }>`select count(*)::int as count from session where ended_at is null`.execute(db)).rows[0]!.count;

/** A request to a real process, as any program may make it. */
const send = (to: Homeward, method: string, path: string, headers: Record<string, string> = {}, body?: unknown) =>
  fetch(`${to.url}${path}`, {
    method,
    redirect: 'manual',
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

describe('signing in', () => {
  test('gives a cookie no script can read, and keeps of it and of the password only what opens nothing', async () => {
    const email = await somebody();
    const answer = await signIn(` ${email.toUpperCase()} `);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ account: { email }, roles: [{ role: 'administrator' }], demonstration: false });
    const [session, device] = cookiesOf(answer);
    expect(session).toMatch(/^homeward=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=50400$/);
    expect(device).toMatch(/^homeward-device=[\w-]{43}; Path=\/api\/v1\/session; HttpOnly; SameSite=Strict; Max-Age=31536000$/);
    expect((await whoAmI(jarOf(answer))).body.account.email).toBe(email);

    const token = tokenOf(jarOf(answer));
    const { rows } = await sql<{ tokenHash: Buffer; hours: number }>`
      select token_hash, extract(epoch from ends_at - started_at) / 3600 as hours from session where token_hash = ${createHash('sha256').update(token).digest()}`.execute(
      db,
    );
    expect(rows).toHaveLength(1);
    expect(Number(rows[0]!.hours)).toBeCloseTo(14, 2);
    const kept = await sql<{ text: string }>`
      select to_json(s)::text as text from session s union all select to_json(a)::text from account a union all select to_json(e)::text from event e`.execute(
      db,
    );
    const everything = kept.rows.map((row) => row.text).join('\n');
    for (const secret of [token, Buffer.from(token).toString('hex'), Buffer.from(token, 'base64url').toString('hex'), password])
      expect(everything).not.toContain(secret);
    const stored = await sql<{ passwordHash: string }>`select password_hash from account where email = ${email}`.execute(db);
    expect(stored.rows[0]!.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  test('ends the session the browser had, and never takes over a token somebody else chose', async () => {
    const email = await somebody();
    const before = jarOf(await signIn(email));
    const after = jarOf(await signIn(email, password, before));
    expect(tokenOf(after)).not.toBe(tokenOf(before));
    expect((await whoAmI(before)).status).toBe(401);
    expect((await whoAmI(after)).status).toBe(200);
    const planted = `homeward=${'a'.repeat(43)}`;
    expect(tokenOf(jarOf(await signIn(email, password, planted)))).not.toBe('a'.repeat(43));
    expect((await whoAmI(planted)).status).toBe(401);
  });

  test('says the same, after the same work, for a wrong password as for nobody at all', async () => {
    const known = await somebody();
    const withoutPassword = await somebody({ password: null });
    const disabled = await somebody();
    await sql`update account set disabled_at = clock_timestamp() where email = ${disabled}`.execute(db);
    const told = (answer: Answer) => {
      const { requestId: _, ...rest } = answer.body as Record<string, unknown>;
      const { 'x-request-id': __, ...headers } = Object.fromEntries(answer.headers);
      return { status: answer.status, rest, headers };
    };
    const wrong = await signIn(known, 'not the password');
    expect(told(wrong)).toMatchObject({ status: 401, rest: { code: 'wrong-sign-in' } });
    for (const [email, word] of [
      ['nobody@test.example', password],
      [withoutPassword, ''.padEnd(12, 'x')],
      [disabled, password],
    ] as const) {
      expect(told(await signIn(email, word))).toEqual(told(wrong));
    }

    // In processor time: on a busy machine the clock on the wall says more of the others.
    const cost = { known: 0, unknown: 0 };
    const tryOn = async (which: 'known' | 'unknown', email: string) => {
      const before = process.cpuUsage();
      expect((await signIn(email, 'not the password')).status).toBe(401);
      const { user, system } = process.cpuUsage(before);
      cost[which] += user + system;
    };
    for (let round = 0; round < 8; round += 1) {
      await tryOn('known', known);
      await tryOn('unknown', `stranger.${round}@test.example`);
    }
    expect(cost.unknown / cost.known).toBeGreaterThan(0.7);
    expect(cost.unknown / cost.known).toBeLessThan(1.4);
  });

  test('after ten failures it has to wait, but nobody else has to, and a browser that has been in before gets in', async () => {
    const [email, colleague] = [await somebody(), await somebody()];
    const device = jarOf(await signIn(email)).replace(/homeward=[^;]*; /, '');
    for (let attempt = 0; attempt < 10; attempt += 1) expect((await signIn(email, 'a guess')).status).toBe(401);
    for (const word of ['another guess', password]) {
      const refused = await signIn(email, word);
      expect([refused.status, refused.body.code]).toEqual([429, 'too-many']);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(200);
      expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(300);
    }
    expect((await signIn(colleague)).status).toBe(200);
    expect((await signIn(email, password, device)).status).toBe(200);
    // A device is no password: guesses from it are counted too, and another account's opens nothing.
    expect((await signIn(email, password, jarOf(await signIn(colleague)))).status).toBe(429);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5 * 60_000 });
    expect((await signIn(email)).status).toBe(200);
  });

  test('guesses sent all at once are counted like guesses sent one by one', async () => {
    const email = await somebody();
    const answers = await Promise.all(Array.from({ length: 25 }, (_, attempt) => signIn(email, `guess ${attempt}`)));
    expect(answers.filter((answer) => answer.status === 401)).toHaveLength(10);
    expect(answers.filter((answer) => answer.status === 429)).toHaveLength(15);
  });
});

describe('a session', () => {
  const aged = async (jar: string, column: 'seen_at' | 'ends_at', minutes: number) => {
    const hash = createHash('sha256').update(tokenOf(jar)).digest();
    await sql`update session set ${sql.ref(column)} = clock_timestamp() - make_interval(mins => ${minutes}) where token_hash = ${hash}`.execute(
      db,
    );
  };

  test('ends after two hours without use; use keeps it', async () => {
    const jar = jarOf(await signIn(await somebody()));
    await aged(jar, 'seen_at', 119);
    expect((await whoAmI(jar)).status).toBe(200);
    const seen = await sql<{ recent: boolean }>`select seen_at > clock_timestamp() - interval '10 seconds' as recent from session
      where token_hash = ${createHash('sha256').update(tokenOf(jar)).digest()}`.execute(db);
    expect(seen.rows[0]!.recent).toBe(true);
    await aged(jar, 'seen_at', 121);
    expect((await whoAmI(jar)).status).toBe(401);
    expect((await whoAmI(jar)).status).toBe(401);
  });

  test('ends after fourteen hours however much it is used', async () => {
    const jar = jarOf(await signIn(await somebody()));
    await aged(jar, 'ends_at', 0);
    expect((await whoAmI(jar)).status).toBe(401);
  });

  test('ends with its account, at once', async () => {
    const email = await somebody();
    const jar = jarOf(await signIn(email));
    await sql`update account set disabled_at = clock_timestamp() where email = ${email}`.execute(db);
    expect((await whoAmI(jar)).status).toBe(401);
  });

  test('is ended here by signing out, and everywhere by asking so', async () => {
    const email = await somebody();
    const [phone, desk, home] = [jarOf(await signIn(email)), jarOf(await signIn(email)), jarOf(await signIn(email))];
    const signedOut = await house.ask(null, 'DELETE', '/session', undefined, { cookie: phone });
    expect(signedOut.status).toBe(204);
    expect(cookiesOf(signedOut)).toEqual(['homeward=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0']);
    expect(await Promise.all([phone, desk, home].map(async (jar) => (await whoAmI(jar)).status))).toEqual([401, 200, 200]);
    expect((await house.ask(null, 'DELETE', '/session?everywhere=true', undefined, { cookie: desk })).status).toBe(204);
    expect(await Promise.all([phone, desk, home].map(async (jar) => (await whoAmI(jar)).status))).toEqual([401, 401, 401]);
  });

  test('is opened by nothing but its own token', async () => {
    const jar = jarOf(await signIn(await somebody()));
    const token = tokenOf(jar);
    const hash = createHash('sha256').update(token).digest();
    for (const cookie of [
      `homeward=${hash.toString('base64url')}`,
      `homeward=${hash.toString('hex')}`,
      `homeward=${token}x`,
      `homeward=${token.slice(1)}`,
      'homeward=',
      `__Host-homeward=${token}`,
      `homeward=${'a'.repeat(5000)}`,
      `homeward=%00`,
    ]) {
      expect((await whoAmI(cookie)).status).toBe(401);
    }
  });
});

describe('an invitation', () => {
  const accept = (token: string, word = password) => house.ask(null, 'POST', '/session/invitation', { token, password: word });

  test('lets its person choose a password once', async () => {
    const email = await somebody({ password: null });
    const token = (await inviteAccount(db, email))!;
    const short = await accept(token, 'short');
    expect([short.status, short.body.errors[0].path]).toEqual([422, 'password']);
    const used = await accept(token);
    expect([used.status, used.body.account.email]).toEqual([200, email]);
    expect((await whoAmI(jarOf(used))).status).toBe(200);
    const again = await accept(token, 'another long password');
    expect([again.status, again.body.errors[0].code]).toEqual([422, 'link-ended']);
    expect((await signIn(email)).status).toBe(200);
    expect((await signIn(email, 'another long password')).status).toBe(401);
  });

  test('is used by one of two who try at once, ends after seven days, and ends when a newer one is made', async () => {
    const email = await somebody({ password: null });
    const raced = (await inviteAccount(db, email))!;
    const both = await Promise.all([accept(raced, 'the first long password'), accept(raced, 'the other long password')]);
    expect(both.map((answer) => answer.status).sort()).toEqual([200, 422]);
    const old = (await inviteAccount(db, email))!;
    await sql`update invitation set expires_at = expires_at - interval '7 days' where used_at is null`.execute(db);
    expect((await accept(old)).status).toBe(422);
    const earlier = (await inviteAccount(db, email))!;
    const newer = (await inviteAccount(db, email))!;
    expect((await accept(earlier)).status).toBe(422);
    expect((await accept(newer)).status).toBe(200);
    expect(await inviteAccount(db, 'nobody@test.example')).toBeNull();
    const tokens = await sql<{ text: string }>`select to_json(i)::text as text from invitation i`.execute(db);
    expect(tokens.rows.map((row) => row.text).join()).not.toContain(Buffer.from(newer, 'base64url').toString('hex'));
  });

  test('ends what the old password opened: every session, and every browser’s own count of failures', async () => {
    const email = await somebody();
    const jar = jarOf(await signIn(email));
    expect((await accept((await inviteAccount(db, email))!, 'quite another password')).status).toBe(200);
    expect((await whoAmI(jar)).status).toBe(401);
    const device = jar.replace(/homeward=[^;]*; /, '');
    for (let attempt = 0; attempt < 10; attempt += 1) expect((await signIn(email, 'a guess')).status).toBe(401);
    expect((await signIn(email, 'quite another password', device)).status).toBe(429);
  });
});

describe('what goes out', () => {
  test('every answer of the API says not to keep, frame or guess at it', async () => {
    const jar = jarOf(await signIn(await somebody()));
    const answers = [
      await whoAmI(jar),
      await whoAmI(''),
      await house.ask(null, 'GET', '/nowhere'),
      await house.ask(null, 'POST', '/session', 'not json'),
      await house.ask(null, 'POST', '/session', 'a=1', { 'content-type': 'text/plain' }),
      await house.ask(null, 'GET', '/openapi.json'),
      await house.ask(null, 'DELETE', '/session', undefined, { cookie: jar }),
    ];
    expect(answers.map((answer) => answer.status)).toEqual([200, 401, 404, 422, 415, 200, 204]);
    for (const { headers } of answers) {
      expect(Object.fromEntries(headers)).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'same-origin',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
        'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      });
      expect(headers.get('strict-transport-security')).toBeNull();
    }
  });

  test('every page runs only its own scripts, stands in nobody’s frame and is kept by no cache', async () => {
    const jar = jarOf(await signIn(await somebody()));
    const nonces = new Set<string>();
    for (const [path, headers] of [
      ['/', {}],
      ['/', { cookie: jar }],
      ['/nowhere', {}],
      ['/', {}],
    ] as const) {
      let page = await send(home, 'GET', path, headers);
      if (page.status === 303) page = await send(home, 'GET', page.headers.get('location')!, headers);
      expect(page.headers.get('content-type')).toMatch(/^text\/html/);
      expect(page.headers.get('cache-control')).toBe('no-store');
      expect(page.headers.get('x-content-type-options')).toBe('nosniff');
      const policy = new Map(
        page.headers
          .get('content-security-policy')!
          .split('; ')
          .map((part) => [part.split(' ')[0]!, part.split(' ').slice(1)]),
      );
      expect(policy.get('default-src')).toEqual(["'self'"]);
      for (const none of ['object-src', 'base-uri', 'frame-ancestors']) expect(policy.get(none)).toEqual(["'none'"]);
      const scripts = policy.get('script-src')!;
      expect(scripts.filter((source) => !/^'(self|nonce-[\w+/=]+)'$/.test(source))).toEqual([]);
      expect(policy.get('style-src')).toEqual(["'self'"]);
      const nonce = scripts.find((source) => source.startsWith("'nonce-"))!.slice(7, -1);
      nonces.add(nonce);
      const html = await page.text();
      const inline = [...html.matchAll(/<script\b([^>]*)>/g)].filter((tag) => !tag[1]!.includes('application/json')).map((tag) => tag[1]!);
      expect(inline.length).toBeGreaterThan(0);
      for (const tag of inline) expect(tag).toContain(`nonce="${nonce}"`);
    }
    expect(nonces.size).toBe(4);
  });
});

describe('what comes in', () => {
  test('another site’s page cannot act for somebody who visits it', async () => {
    const email = await somebody();
    const jar = jarOf(await signIn(email));
    const open = await sessions();
    const forged: Record<string, string>[] = [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'cross-site', origin: home.url },
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `${home.url}.evil.example` },
      { origin: home.url.replace(/\d+$/, '1') },
      { origin: 'https://evil.example', 'x-forwarded-host': 'evil.example' },
    ];
    for (const headers of forged) {
      for (const [method, body] of [
        ['DELETE', undefined],
        ['POST', { email, password }],
      ] as const) {
        const answer = await send(home, method, '/api/v1/session', { cookie: jar, ...headers }, body);
        expect([headers, answer.status, ((await answer.json()) as { code: string }).code]).toEqual([headers, 403, 'other-origin']);
        expect(answer.headers.getSetCookie()).toEqual([]);
      }
    }
    expect(await sessions()).toBe(open);
    const ours: Record<string, string>[] = [{ 'sec-fetch-site': 'same-origin' }, { origin: home.url }];
    for (const headers of ours) {
      const answer = await send(home, 'POST', '/api/v1/session', headers, { email, password });
      expect(answer.status).toBe(200);
    }
    // A link from elsewhere may be followed, and a method that changes nothing may come from anywhere: no answer can be read there.
    const followed = await send(home, 'GET', '/api/v1/session', {
      cookie: jar,
      'sec-fetch-site': 'cross-site',
      origin: 'https://evil.example',
    });
    expect(followed.status).toBe(200);
    expect(followed.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('only JSON is read', async () => {
    const email = await somebody();
    const body = JSON.stringify({ email, password });
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/jsonp',
      'text/json',
      '',
    ]) {
      const answer = await house.ask(null, 'POST', '/session', body, { 'content-type': type });
      expect([type, answer.status, answer.body.code]).toEqual([type, 415, 'not-json']);
    }
    for (const type of ['application/json', 'Application/JSON; charset=utf-8']) {
      expect((await house.ask(null, 'POST', '/session', body, { 'content-type': type })).status).toBe(200);
    }
  });

  test('nothing over 64 kB is read, whatever its length says', async () => {
    const email = await somebody();
    const sized = (bytes: number) => {
      const body = JSON.stringify({ email, password, more: '' });
      return body.replace('"more":""', `"more":"${'x'.repeat(bytes - Buffer.byteLength(body))}"`);
    };
    expect((await house.ask(null, 'POST', '/session', sized(65_536))).status).toBe(422);
    const over = await house.ask(null, 'POST', '/session', sized(65_537));
    expect([over.status, over.body.code]).toEqual([413, 'too-large']);
    // A length that says less than comes, and a body without one.
    for (const length of [{ 'content-length': '20' }, {}]) {
      const stream = new Blob([sized(300_000)]).stream();
      const request = new Request('http://test/api/v1/session', {
        method: 'POST',
        body: stream,
        duplex: 'half',
        headers: { 'content-type': 'application/json', ...length },
      });
      expect((await house.app.request(request)).status).toBe(413);
    }
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(10_000).fill(97)) });
    const answer = await fetch(`${home.url}/api/v1/session`, {
      method: 'POST',
      body: endless,
      duplex: 'half',
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.status).toBe(413);
    // Over the wire, what is beyond the said length is no part of the request.
    const raw = await say(
      home,
      `POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}${'x'.repeat(100_000)}`,
    );
    expect(raw).toMatch(/^HTTP\/1\.1 4/);
    expect((await send(home, 'GET', '/healthz')).status).toBe(200);
  });

  test('without a proxy before us nobody chooses their own address or protocol', async () => {
    const email = await somebody();
    const from = (to: Homeward, address: string, word: string) =>
      send(
        to,
        'POST',
        '/api/v1/session',
        { 'x-forwarded-for': address, 'x-real-ip': address, forwarded: `for=${address}`, 'x-forwarded-proto': 'https' },
        { email, password: word },
      );
    for (let attempt = 0; attempt < 10; attempt += 1) expect((await from(home, `10.0.0.${attempt}`, 'a guess')).status).toBe(401);
    expect((await from(home, '10.0.1.1', 'a guess')).status).toBe(429);
    const honest = await somebody();
    const answer = await send(home, 'POST', '/api/v1/session', { 'x-forwarded-proto': 'https' }, { email: honest, password });
    expect(cookiesOf(answer)[0]).toMatch(/^homeward=[^;]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/);
    expect(answer.headers.get('strict-transport-security')).toBeNull();

    // Behind one, the address is the one the proxy wrote, which is the last.
    for (let attempt = 0; attempt < 10; attempt += 1)
      expect((await from(behindProxy, `10.0.0.${attempt}, 192.0.2.7`, 'a guess')).status).toBe(401);
    expect((await from(behindProxy, '10.9.9.9, 192.0.2.7', password)).status).toBe(429);
    expect((await from(behindProxy, '192.0.2.7, 192.0.2.8', password)).status).toBe(200);
  });

  test('behind a proxy that ends TLS the cookie is locked to this host and to TLS', async () => {
    const email = await somebody();
    const answer = await send(behindProxy, 'POST', '/api/v1/session', {}, { email, password });
    const [session, device] = cookiesOf(answer);
    expect(session).toMatch(/^__Host-homeward=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=50400; Secure$/);
    expect(device).toMatch(/; HttpOnly; SameSite=Strict; .*; Secure$/);
    expect(answer.headers.get('strict-transport-security')).toMatch(/^max-age=31536000/);
    expect((await send(behindProxy, 'GET', '/')).headers.get('strict-transport-security')).toMatch(/^max-age=31536000/);
    const jar = jarOf(answer);
    expect((await send(behindProxy, 'GET', '/api/v1/session', { cookie: jar })).status).toBe(200);
    // One that another host of the domain may have planted is not even looked at.
    expect((await send(behindProxy, 'GET', '/api/v1/session', { cookie: jar.replace('__Host-', '') })).status).toBe(401);
  });

  test('a proxy may keep its line a minute without being hung up on; a stranger’s is not kept that long', async () => {
    const asked = 'GET /healthz HTTP/1.1\r\nHost: homeward.example\r\n\r\n';
    expect(await say(behindProxy, asked)).toMatch(/^Keep-Alive: timeout=65\r$/im);
    expect(await say(home, asked)).toMatch(/^Keep-Alive: timeout=5\r$/im);
  });
});

/** Bytes as they are, and what comes back until the other side closes or falls silent. */
function say(to: Homeward, text: string): Promise<string> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = dial(Number(new URL(to.url).port), '127.0.0.1', () => void socket.write(text));
    socket.setTimeout(1000, () => socket.destroy());
    socket.on('data', (bytes) => void (heard += bytes.toString()));
    socket.on('error', () => {});
    socket.on('close', () => resolve(heard));
  });
}
