import { test } from 'vitest';
import { testDatabase } from '@homeward/db/test-database.ts';
import { makeWorld } from './world.ts';
import { startHomeward, askOver } from './homeward.ts';
import { spawnSync } from 'node:child_process';
import { connect as tcp } from 'node:net';
test('probe', async () => {
  const { db, url } = await testDatabase();
  let t = performance.now();
  const world = await makeWorld(db, { workers: 4 });
  console.log('world', performance.now() - t);
  t = performance.now();
  const home = await startHomeward({ url, env: { LOG_LEVEL: 'warn' } });
  console.log('start', performance.now() - t);
  for (const path of ['/', '/sign-in', '/shifts', '/bookings', '/api/v1/session', '/healthz', '/%E0%A4%A', '/api/v1/%E0%A4%A', '//evil', '/_app/version.json', '/favicon.svg']) {
    const r = await fetch(home.url + path, { redirect: 'manual', headers: { cookie: world.workers[0]!.cookie } });
    console.log(path, r.status, Object.fromEntries(r.headers), (await r.text()).slice(0, 200));
  }
  const raw = (text: string) => new Promise<string>((res) => { const s = tcp(Number(new URL(home.url).port), '127.0.0.1'); let out = ''; s.on('data', (d) => (out += d)); s.on('close', () => res(out)); s.on('error', (e) => res(out + 'ERR ' + e.message)); s.write(text); setTimeout(() => { s.destroy(); }, 1500); });
  console.log('TRACE', await raw('TRACE /api/v1/session HTTP/1.1\r\nHost: a\r\n\r\n'));
  console.log('badhost', await raw('GET /api/v1/session HTTP/1.1\r\nHost: a b\r\n\r\n'));
  console.log('nohost', await raw('GET /api/v1/session HTTP/1.0\r\n\r\n'));
  console.log('abs', await raw('GET http://evil/api/v1/session HTTP/1.1\r\nHost: a\r\n\r\n'));
  console.log('page badhost', await raw('GET / HTTP/1.1\r\nHost: a b\r\n\r\n'));
  console.log('page nohost', await raw('GET / HTTP/1.0\r\n\r\n'));
  console.log('weird', await raw('PROPFIND /api/v1/session HTTP/1.1\r\nHost: a\r\n\r\n'));
  console.log('page TRACE', await raw('TRACE / HTTP/1.1\r\nHost: a\r\n\r\n'));
  console.log('lying', await raw('POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n' + '{"email":"' + 'a'.repeat(300)));
  console.log('long', (await raw('POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{"a":' )).slice(0, 600));
  console.log('short', (await raw('POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a":' )).slice(0, 600));
  console.log('upgrade', (await raw('GET /api/v1/session HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n' )).slice(0, 600));
  console.log(await askOver(home.url, null, 'POST', '/session', { email: 'a', password: 'b' }));
  console.log(home.said());
  console.log(await home.kill('SIGTERM'));
}, 60000);
