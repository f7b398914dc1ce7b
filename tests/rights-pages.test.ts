import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '@homeward/db/test-database.ts';
import { accountRoles, type AccountRole } from '@homeward/shared/accounts/contract.ts';
import { hourMs, rfc3339 } from '@homeward/shared/kernel/interval.ts';
import { isFull, noteFigures, randomFrom, seed } from './figures.ts';
import { openHouse, type House } from './house.ts';
import { addBeds, makeWorld, type Beds, type Person, type World } from './world.ts';

// Test H, of pages: what the server puts into a page is drawn for whoever asks, by the same program for everybody. Each role of each trust
// opens each page there is, of what is theirs, what isn't and what isn't there, many at once: nobody's page holds words that aren't theirs,
// a page that isn't theirs looks as one that isn't there, and it opens for those that the labels name.
const { db, url } = await testDatabase();
let world: World;
let house: House;
let beds: Beds;
let at: string;
let close: () => void;

const trusts = ['NORTH', 'SOUTH', 'APART'] as const;
const missing = '01900000-0000-7000-8000-000000000000';
const built = fileURLToPath(new URL('../web/build/handler.js', import.meta.url));
type Handler = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

beforeAll(async () => {
  world = await makeWorld(db, { workers: 4 });
  beds = await addBeds(db, world, 4);
  house = await openHouse(db, url, world.now);
  // As api/src/server.ts serves them: a page's own calls stay in the process.
  const { handler } = (await import(/* @vite-ignore */ pathToFileURL(built).href)) as { handler: Handler };
  const server = createServer((asked, answer) => {
    Object.assign(asked, { api: (inner: Request) => house.app.fetch(inner) });
    handler(asked, answer, () => answer.writeHead(404).end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = () => server.close();
  await furnish();
}, 60_000);
afterAll(async () => {
  close();
  await house.live.stop();
});

const personOf = (role: AccountRole, trust: string) => world.staff[role]![trust]!;
const everyone = () => accountRoles.flatMap((role) => trusts.map((trust) => ({ name: `${role} ${trust}`, who: personOf(role, trust) })));
/** "bank-office NORTH", for each of the roles at each of the trusts. */
const of = (roles: string, ...where: readonly string[]) => roles.split(' ').flatMap((role) => where.map((trust) => `${role} ${trust}`));

// eslint-disable-next-line @typescript-eslint/no-explicit-any
async function made(who: Person, path: string, body: unknown = {}): Promise<any> {
  const answer = await house.ask(who, 'POST', path, body);
  expect([path, answer.status < 300, answer.body]).toEqual([path, true, answer.body]);
  return answer.body;
}

/** What stands in the brackets of a route, and words that only some may read. */
const ids: Record<string, string> = {};
const said: Record<string, { words: string; by: string[] }> = {};

async function furnish(): Promise<void> {
  const [northern, southern] = [world.workers[0]!, world.workers[1]!];
  const ward = personOf('ward-manager', 'NORTH');
  const day = (days: number) => world.span(days, '12:00', '13:00').startsAt.slice(0, 10);
  const post = async (days: number) =>
    (
      await made(ward, '/shifts', {
        ...{ wardId: world.wards.north, role: 'hcsw', band: 3, ...world.span(days, '07:00', '15:00') },
        ...{ breakMinutes: 30, reason: 'vacancy' },
      })
    ).items[0].id as string;
  const [taken, open] = [await post(3), await post(7)];
  const booking = (await made(southern, `/shifts/${taken}/accept`)).id as string;
  const away = (await made(southern, '/me/unavailability', world.span(20, '07:00', '15:00'))).id as string;
  await made(personOf('bank-office', 'NORTH'), '/restrictions', {
    ...{ wardId: world.wards.north, workerId: southern.workerId, from: day(200), until: day(210) },
    ...{ reason: 'said-of-a-do-not-book', reviewer: 'Matron' },
  });
  const lead = personOf('training-lead', 'NORTH');
  const courseOf = { code: 'NORTH-NEW', version: '1', title: 'New', meets: 'pmva-team', useOfForce: true };
  const course = (await made(lead, '/training/courses', courseOf)).course.id as string;
  const alignment = (await made(lead, '/training/alignments', { courseId: course, competency: 'pmva-team' })).id as string;
  await made(lead, `/training/alignments/${alignment}/comments`, { words: 'said-in-a-comment' });
  const agreed = { homeTrust: 'SOUTH', hostTrust: 'APART', staffGroup: 'therapies', from: day(1) };
  const agreement = (await made(personOf('bank-office', 'SOUTH'), '/agreements', agreed)).id as string;
  const [own, sender] = [personOf('bed-manager', 'NORTH'), personOf('bed-manager', 'SOUTH')];
  await made(own, `/beds/${beds.north[0]}/state`, { state: 'on-leave', note: 'said-on-the-bed' });
  await made(own, `/wards/${world.wards.north}/admissions/pause`, { reason: 'said-of-a-pause', reviewAt: rfc3339(world.now + hourMs) });
  const need = {
    ...{ homePlace: 'Southtown', bedType: '200', ageBand: 'adult', sex: 'female', legalStatus: '02', securityLevel: 0 },
    ...{ whereNow: 'community', neededBy: rfc3339(world.now + hourMs), wishes: 'said-as-wishes', notes: 'said-as-notes' },
  };
  const placement = (await made(sender, '/placements', need)).id as string;
  const gone = (await made(sender, '/placements', { ...need, wishes: '', notes: '' })).id as string;
  const line = (await made(sender, `/placements/${gone}/unable-to-place`, { reason: 'said-when-unable' })).outOfAreaId as string;
  await made(sender, `/out-of-area/${line}`, {
    ...{ state: 'away', receiver: 'said-of-the-receiver', receiverKind: 'independent', receiverTrust: null, place: null, distanceKm: 120 },
    ...{ reasonCode: '10', startedOn: day(0), endedOn: null, costPerNightPence: 91_733, lastReviewedOn: null, continuityContact: '' },
    ...{ wishes: 'said-of-going-home', intendsReturn: true, why: 'As agreed by phone' },
  });
  const held = (await made(sender, `/placements/${placement}/allocations`, { bedId: beds.south[0], reason: 'said-of-the-choice' }))
    .id as string;

  Object.assign(ids, { ward: world.wards.north, open, taken, booking, placement, line, alignment, course, worker: southern.workerId });
  const auditors = of('auditor', ...trusts);
  const members = of('training-lead bank-office ward-manager', 'NORTH', 'SOUTH');
  const ofWard = of('ward-manager bank-office', 'NORTH');
  const southernOwn = of('worker bank-office', 'SOUTH');
  const ofSender = of('bed-manager', 'SOUTH');
  const say = (name: string, words: string, ...by: string[][]) => void (said[name] = { words, by: by.flat() });
  say('an open shift', open, ofWard, of('worker', 'NORTH', 'SOUTH'), of('bed-manager', 'NORTH'), auditors);
  say('a booking', booking, ofWard, southernOwn, auditors);
  say('a time away', away, of('worker', 'SOUTH'), auditors);
  say('a do-not-book', 'said-of-a-do-not-book', of('bank-office', 'NORTH'), southernOwn, of('auditor administrator', ...trusts));
  say('a comment', 'said-in-a-comment', members, of('programme auditor administrator', ...trusts));
  say('an agreement', agreement, of('bank-office', 'SOUTH', 'APART'), of('programme', ...trusts), auditors);
  say('a bed', 'said-on-the-bed', of('bed-manager ward-manager', 'NORTH'));
  say('a pause', 'said-of-a-pause', of('bed-manager', 'NORTH', 'SOUTH'), of('ward-manager', 'NORTH'), auditors);
  say('wishes', 'said-as-wishes', ofSender);
  say('notes', 'said-as-notes', ofSender);
  say('why not placed', 'said-when-unable', ofSender, auditors);
  say('where they are', 'said-of-the-receiver', ofSender);
  say('what it costs', '91733', ofSender);
  say('going home', 'said-of-going-home', ofSender);
  say('the choice', 'said-of-the-choice', ofSender, auditors);
  say('a hold', held, ofSender, of('ward-manager', 'SOUTH'), auditors);
  // Their own, their office’s and their lead’s; and those whose wards they may come to.
  const knowing = [...of('training-lead', 'SOUTH'), ...ofWard, ...of('ward-manager', 'SOUTH'), ...of('auditor administrator', ...trusts)];
  say('a number of staff', 'SOUTH-0002', southernOwn, knowing);
  say('another’s number', 'NORTH-0001', of('worker bank-office training-lead ward-manager', 'NORTH'), of('bank-office ward-manager', 'SOUTH'), of('auditor administrator', ...trusts)); // prettier-ignore
  expect(northern.trust).toBe('NORTH');
}

const everywhere = of(accountRoles.join(' '), ...trusts);
const trained = of('training-lead bank-office ward-manager programme auditor administrator', ...trusts);
const sharedTraining = [
  ...of('training-lead bank-office ward-manager', 'NORTH', 'SOUTH'),
  ...of('programme auditor administrator', ...trusts),
];
/** The roles that the labels of all these operations name: a page that reads them opens for no other. */
function labelled(...requests: string[]): string[] {
  const labels = requests.map((one) => {
    const found = house.operations.find(({ method, path }) => `${method.toUpperCase()} ${path.replace('/api/v1', '')}` === one);
    return found!.rights.who;
  });
  return everywhere.filter((name) => labels.every((who) => !Array.isArray(who) || who.includes(name.split(' ')[0] as AccountRole)));
}
/** Whom each page opens for: by the labels of what it reads, and of a thing, those whose it is. */
const pages: Record<string, () => string[]> = {
  '/': () => [],
  '/agreements': () => labelled('GET /agreements'),
  '/audit': () => labelled('GET /audit'),
  '/audit/bookings/[booking]': () => of('auditor', ...trusts),
  '/audit/who': () => everywhere,
  '/away': () => labelled('GET /out-of-area'),
  '/away/[line]': () => of('bed-manager', 'SOUTH'),
  '/away/home': () => labelled('GET /placements/coming-home'),
  '/away/measures': () => labelled('GET /out-of-area/measures'),
  '/bed-settings': () => labelled('GET /bed-settings'),
  '/beds': () => labelled('GET /beds/board'),
  '/beds/[ward]': () => of('bed-manager', 'NORTH', 'SOUTH'),
  '/beds/openings': () => labelled('GET /beds/openings'),
  '/bookings': () => labelled('GET /me/bookings', 'GET /me/requests'),
  '/imports': () => everywhere,
  '/invitation/[token]': () => everywhere,
  '/lines': () => labelled('GET /service-lines'),
  '/me': () => everywhere,
  '/notices': () => labelled('GET /notices'),
  '/occupancy': () => labelled('GET /occupancy'),
  '/passport': () => labelled('GET /me/passport'),
  '/placements': () => labelled('GET /placements'),
  '/placements/[placement]': () => of('bed-manager', 'SOUTH'),
  '/placements/new': () => labelled('GET /placements', 'GET /beds/board'),
  '/places': () => everywhere,
  '/restrictions': () => labelled('GET /restrictions'),
  '/reviews': () => labelled('GET /reviews'),
  '/shifts': () => labelled('GET /me/shifts'),
  '/shifts/[open]': () => of('worker', 'NORTH', 'SOUTH'),
  '/training': () => trained,
  '/training/[competency]/NORTH': () => trained,
  '/training/alignments/[alignment]': () => sharedTraining,
  '/training/courses/[course]': () => trained,
  '/training/courses/new': () => of('training-lead', ...trusts),
  '/training/delegations': () => labelled('GET /training/delegations'),
  '/wards': () => everywhere,
  '/wards/[ward]': () => of('ward-manager bank-office', 'NORTH'),
  '/wards/[ward]/beds': () => of('ward-manager bed-manager', 'NORTH'),
  '/wards/[ward]/criteria': () => [...of('ward-manager bed-manager', 'NORTH'), ...of('bed-manager', 'SOUTH')],
  '/wards/[ward]/pattern': () => of('ward-manager bank-office', 'NORTH'),
  '/wards/[ward]/post': () => of('ward-manager bank-office', 'NORTH'),
  '/wards/[ward]/requirements': () => [...of('ward-manager training-lead', 'NORTH'), ...of('programme auditor', ...trusts)],
  '/wards/[ward]/shifts/[taken]': () => of('ward-manager bank-office', 'NORTH'),
  '/workers': () => labelled('GET /workers'),
  '/workers/[worker]': () => [
    ...of('worker bank-office training-lead ward-manager', 'SOUTH'),
    ...of('ward-manager bank-office', 'NORTH'),
    ...of('auditor administrator', ...trusts),
  ],
};
const fixed: Record<string, string> = { competency: 'pmva-team', token: 'no-such-invitation' };

/** Opens a page as a browser would that follows nowhere. */
function open(who: Person, path: string): Promise<{ status: number; text: string; to: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(`${at}${path}`, { headers: { cookie: who.cookie, accept: 'text/html' } }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('end', () => resolve({ status: answer.statusCode!, text, to: answer.headers.location ?? '' }));
    });
    asked.on('error', reject).end();
  });
}
const answered = /<script type="application\/json" data-sveltekit-fetched data-url="([^"]*)"[^>]*>(.*?)<\/script>\s*/gs;
/** A page as it is drawn, less what is another each time; and what its own reads of the thing were answered. */
function told(text: string, id: string, thing: string): { page: string; reads: { address: string; status: number }[] } {
  const page = text
    // Of what is read beside the thing, so much stands there as had come by then.
    .replaceAll(answered, '')
    .replaceAll(id, '…')
    // A ward manager's own ward stands in the menu of every page, whatever was asked for.
    .replaceAll(thing, '…')
    .replaceAll(/nonce="[^"]*"/g, '')
    // How long a hold still lasts stands across the top of every page.
    .replaceAll(/\d+/g, '#');
  // A list asked for by the thing is empty for those it isn't for, as it is for a thing that isn't there: the matrix of lists holds that.
  const reads = [...text.matchAll(answered)].filter(([, address]) => address!.split('?')[0]!.includes(id));
  const statusIn = (answer: string) => Number(/"status":(\d+)/.exec(answer)![1]);
  return { page, reads: reads.map(([, address, answer]) => ({ address: address!.replaceAll('&amp;', '&'), status: statusIn(answer!) })) };
}

test('every page there is stands in the table', () => {
  const found = readdirSync(new URL('../web/src/routes', import.meta.url), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('+page.svelte'))
    .map((file) => `/${file.replace(/\/?\+page\.svelte$/, '')}`);
  const plain = (route: string) => route.replaceAll(/\[\w+\]|\/NORTH$/g, (part) => (part === '/NORTH' ? '/[]' : '[]'));
  expect(Object.keys(pages).map(plain).sort()).toEqual(found.map(plain).sort());
});

test('nobody’s page holds what isn’t theirs, and a page that isn’t theirs looks as one that isn’t there', async () => {
  const random = randomFrom(seed);
  const all = Object.entries(pages).flatMap(([route, opensFor]) =>
    everyone().map(({ name, who }) => ({ route, name, who, opensFor: opensFor() })),
  );
  // In no order, so that what one was drawn stands beside what another is.
  const some = all
    .map((one) => ({ one, by: random() }))
    .sort((a, b) => a.by - b.by)
    .map(({ one }) => one)
    .slice(0, isFull ? all.length : 160);
  const counted = { opened: 0, refused: 0, words: 0 };
  const wrong: string[] = [];
  const visit = async ({ route, name, who, opensFor }: (typeof all)[number]) => {
    const path = (id: (key: string) => string) => route.replaceAll(/\[(\w+)\]/g, (_, key: string) => fixed[key] ?? id(key));
    const { status, text, to } = await open(
      who,
      path((key) => ids[key]!),
    );
    const expected = opensFor.includes(name) ? [200] : route === '/' ? [303] : [404];
    // Who has one ward is led to it.
    if (route === '/wards' && name.startsWith('ward-manager')) expected[0] = 307;
    if (!expected.includes(status)) wrong.push(`${name} ${route}: ${status} ${to}`);
    for (const [what, { words, by }] of Object.entries(said)) {
      counted.words += 1;
      // The address itself comes back in the page.
      if (!by.includes(name) && !path((key) => ids[key]!).includes(words) && text.includes(words))
        wrong.push(`${name} ${route} reads ${what}`);
    }
    counted[status === 200 ? 'opened' : 'refused'] += 1;
    const key = /\[(\w+)\](?!.*\[)/.exec(route)?.[1];
    if (status !== 404 || key === undefined || fixed[key] !== undefined) return;
    const nothing = await open(
      who,
      path((each) => (each === key ? missing : ids[each]!)),
    );
    const [here, there] = [told(text, ids[key]!, ids[key]!), told(nothing.text, missing, ids[key]!)];
    // A page that isn't theirs may read beside other things what is: a ward manager's own ward.
    const theirs = await Promise.all(here.reads.map(({ address }) => house.ask(who, 'GET', address)));
    const isTold = here.reads.some(({ status }, at) => status !== 404 && status !== theirs[at]!.status);
    if (nothing.status !== 404 || here.page !== there.page || isTold) wrong.push(`${name} ${route} is unlike a missing one`);
  };
  const waiting = [...some];
  const next = async () => {
    for (let one = waiting.shift(); one; one = waiting.shift()) await visit(one);
  };
  await Promise.all(Array.from({ length: 6 }, next));
  expect({ seed, wrong }).toEqual({ seed, wrong: [] });
  noteFigures('H', {
    'pages opened by somebody': counted.opened,
    'pages that are nobody’s or not theirs': counted.refused,
    'words looked for in pages': counted.words,
  });
}, 300_000);
