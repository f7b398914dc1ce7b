import { afterAll, beforeAll, expect, test } from 'vitest';
import fc from 'fast-check';
import { sql } from 'kysely';
import { testDatabase } from '@homeward/db/test-database.ts';
import type { BoardView, WardBeds } from '@homeward/shared/beds/contract.ts';
import { applyToBoard, applyToWardBeds, type Applied } from '@homeward/shared/beds/live-rules.ts';
import { usualSetting } from '@homeward/shared/beds/setting-rules.ts';
import type { Frame } from '@homeward/shared/kernel/event.ts';
import { hourMs, rfc3339 } from '@homeward/shared/kernel/interval.ts';
import type { AllocationView, PlacementLine } from '@homeward/shared/placements/contract.ts';
import { applyToAllocations, applyToPlacements } from '@homeward/shared/placements/live-rules.ts';
import type { MyShifts, WardBoard } from '@homeward/shared/shifts/contract.ts';
import { applyToBoard as applyToShiftBoard, applyToMyShifts } from '@homeward/shared/shifts/live-rules.ts';
import { brokenInvariants } from '../assurance/queries.ts';
import type { Listener } from '../platform/live.ts';
import { sweepAllocations } from '../placements/jobs.ts';
import { scopeOfToken, tokenHash } from '../platform/session.ts';
import { isFull, noteFigures, seed } from '../../../tests/figures.ts';
import { openHouse, type House } from '../../../tests/house.ts';
import { addBeds, makeWorld, type Beds, type Person, type World } from '../../../tests/world.ts';

// Whatever is done to beds, needs and shifts, in whatever order: every open board and list shows what it would show loaded afresh, also of
// somebody whose line dropped for a while, and nobody hears of what isn't on theirs.
const { db, url } = await testDatabase();
let world: World;
let house: House;
let beds: Beds;

beforeAll(async () => {
  world = await makeWorld(db);
  beds = await addBeds(db, world, 3);
  house = await openHouse(db, url, world.now);
}, 60_000);
afterAll(() => house.live.stop());

// A list holds a hundred: more sequences would describe more needs than it shows.
const runs = isFull ? 40 : 4;
const places = ['north', 'south', 'north2'] as const;
const byTrust = { north: 'NORTH', south: 'SOUTH', north2: 'NORTH' } as const;

// ————— Acts —————

const place = fc.constantFrom(...places);
const bed = fc.record({ place, bed: fc.nat(2) });
const act = fc.oneof(
  {
    weight: 5,
    arbitrary: bed.chain((of) =>
      fc.record({ do: fc.constantFrom('available', 'occupied', 'on-leave', 'closed', 'staffing'), ...constants(of) }),
    ),
  },
  {
    weight: 3,
    arbitrary: place.chain((of) => fc.record({ do: fc.constantFrom('confirm', 'ask', 'pause', 'resume', 'add'), place: fc.constant(of) })),
  },
  { weight: 2, arbitrary: bed.chain((of) => fc.record({ do: fc.constantFrom('retire', 'ready', 'not-ready'), ...constants(of) })) },
  { weight: 1, arbitrary: place.chain((of) => fc.record({ do: fc.constantFrom('sex', 'criteria', 'setting'), place: fc.constant(of) })) },
  {
    weight: 3,
    arbitrary: place.chain((of) => fc.record({ do: fc.constantFrom('post', 'take', 'cancel', 'give-back'), place: fc.constant(of) })),
  },
  { weight: 5, arbitrary: bed.chain((of) => fc.record({ do: fc.constant('hold'), ...constants(of) })) },
  { weight: 1, arbitrary: bed.chain((of) => fc.record({ do: fc.constant('bring-home'), ...constants(of) })) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('unable', 'ended') }) },
  // A line that drops: of the viewer of that number, who is back two acts later.
  { weight: 3, arbitrary: fc.record({ do: fc.constant('drop'), bed: fc.nat(5) }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom('extend', 'refer', 'accept', 'decline', 'release', 'arrive', 'withdraw', 'lapse') }),
  },
);
type Act = { do: string; place?: (typeof places)[number]; bed?: number };

function constants(of: { place: (typeof places)[number]; bed: number }) {
  return { place: fc.constant(of.place), bed: fc.constant(of.bed) };
}

/** What there is to act on, as somebody at the screens would have it before them. */
interface Desk {
  shifts: { id: string; place: (typeof places)[number]; bookingId: string | null }[];
  needs: { id: string; sender: 'NORTH' | 'SOUTH' }[];
  allocations: { id: string; sender: 'NORTH' | 'SOUTH'; trust: 'NORTH' | 'SOUTH' }[];
  away: { id: string; lineId: string; sender: 'NORTH' | 'SOUTH' }[];
  labels: number;
}

const manager = (trust: string) => world.staff['bed-manager']![trust]!;

const lineOfAway = {
  ...{ receiver: 'Far Hospital', receiverKind: 'independent', receiverTrust: null, place: null, distanceKm: 120, reasonCode: '10' },
  ...{ startedOn: '2027-01-11', endedOn: null, costPerNightPence: null, lastReviewedOn: null, continuityContact: '', wishes: '' },
  ...{ intendsReturn: true, why: 'As agreed by telephone' },
};

/** Does one thing. @returns its status; null where there was nothing to do it to */
async function perform(desk: Desk, { do: what, place: of = 'north', bed: number = 0 }: Act): Promise<number | null> {
  const wardId = world.wards[of];
  const bedId = beds[of][number]!;
  const trust = byTrust[of];
  const post = (who: Person, path: string, body: unknown = {}) => house.ask(who, 'POST', path, body);
  const shift = desk.shifts.findLast((one) => one.place === of);
  const allocation = desk.allocations.at(-1);
  switch (what) {
    case 'available':
    case 'occupied':
    case 'on-leave':
      return (await post(manager(trust), `/beds/${bedId}/state`, { state: what })).status;
    case 'closed':
      return (await post(manager(trust), `/beds/${bedId}/state`, { state: 'closed', reason: 'infection' })).status;
    case 'staffing': {
      const closedUntilShifts = shift ? [shift.id] : [];
      return (await post(manager(trust), `/beds/${bedId}/state`, { state: 'closed', reason: 'staffing', closedUntilShifts })).status;
    }
    case 'confirm':
      return (await post(manager(trust), `/wards/${wardId}/beds/confirm`)).status;
    case 'ask':
      return (await post(manager('SOUTH'), `/wards/${wardId}/beds/ask`)).status;
    case 'pause': {
      const reviewAt = rfc3339(world.now + (desk.labels += 1) * hourMs);
      return (await post(manager(trust), `/wards/${wardId}/admissions/pause`, { reason: 'Unsettled', reviewAt })).status;
    }
    case 'resume':
      return (await post(manager(trust), `/wards/${wardId}/admissions/resume`)).status;
    case 'add': {
      const label = `New ${(desk.labels += 1)}`;
      return (await post(manager(trust), `/wards/${wardId}/beds`, { labels: [label] })).status;
    }
    case 'retire':
      return (await post(manager(trust), `/beds/${bedId}/retire`, { reason: 'Now an office' })).status;
    case 'ready':
      return (await post(manager(trust), `/beds/${bedId}/ready`, { readyOn: '2027-01-10', delayReasons: ['04'] })).status;
    case 'not-ready':
      return (await post(manager(trust), `/beds/${bedId}/not-ready`)).status;
    case 'sex': {
      const sex = ['female', 'male', 'mixed'][(desk.labels += 1) % 3];
      return (await post(manager(trust), `/wards/${wardId}/sex`, { sex, from: '2027-01-11', reason: 'As agreed' })).status;
    }
    case 'criteria': {
      const items = [{ about: 'everyone', code: '', outcome: 'ask', words: `Ring first, extension ${(desk.labels += 1)}` }];
      return (await post(manager(trust), `/wards/${wardId}/criteria`, { items, reason: 'Another telephone' })).status;
    }
    case 'setting': {
      const freshMinutes = 60 + (desk.labels += 1);
      return (
        await post(manager(trust), '/bed-settings', { ...usualSetting, freshMinutes, trust, from: rfc3339(world.now), reason: 'Trying it' })
      ).status;
    }
    case 'post': {
      const body = { wardId, role: 'hcsw', band: 3, ...world.span(3, '07:00', '15:00'), breakMinutes: 30, reason: 'vacancy' };
      if (of === 'north2') return null;
      const answer = await post(world.staff['ward-manager']![trust]!, '/shifts', body);
      if (answer.status === 201) desk.shifts.push({ id: answer.body.items[0].id as string, place: of, bookingId: null });
      return answer.status;
    }
    case 'take': {
      if (!shift) return null;
      const answer = await post(world.workers[desk.shifts.indexOf(shift) % 4]!, `/shifts/${shift.id}/accept`);
      if (answer.status === 201) shift.bookingId = answer.body.id as string;
      return answer.status;
    }
    case 'cancel':
      return shift
        ? (await post(world.staff['ward-manager']![trust]!, `/shifts/${shift.id}/cancel`, { reason: 'no-longer-needed' })).status
        : null;
    case 'give-back': {
      if (!shift?.bookingId) return null;
      return (await post(world.staff['ward-manager']![trust]!, `/bookings/${shift.bookingId}/cancel`, { reason: 'no-longer-needed' }))
        .status;
    }
    case 'hold': {
      const sender = number === 0 ? 'NORTH' : 'SOUTH';
      const need = {
        homePlace: 'Northtown',
        bedType: '200',
        ageBand: 'adult',
        sex: of === 'north2' ? 'male' : 'female',
        legalStatus: '02',
        securityLevel: 0,
        whereNow: 'community',
        neededBy: rfc3339(world.now + hourMs),
      };
      const described = await post(manager(sender), '/placements', need);
      expect(described.status).toBe(201);
      const requestId = described.body.id as string;
      desk.needs.push({ id: requestId, sender });
      const held = await post(manager(sender), `/placements/${requestId}/allocations`, {
        bedId,
        reason: 'As agreed by telephone',
        usesLeaveBed: true,
      });
      if (held.status === 201) desk.allocations.push({ id: held.body.id as string, sender, trust });
      return held.status;
    }
    case 'unable': {
      const need = desk.needs.at(-1);
      if (!need) return null;
      const answer = await post(manager(need.sender), `/placements/${need.id}/unable-to-place`, { reason: 'The family would rather wait' });
      if (answer.status !== 200) return answer.status;
      const lineId = answer.body.outOfAreaId as string;
      desk.away.push({ id: need.id, lineId, sender: need.sender });
      return (await post(manager(need.sender), `/out-of-area/${lineId}`, { ...lineOfAway, state: 'away' })).status;
    }
    case 'ended': {
      const gone = desk.away.at(-1);
      const ended = { ...lineOfAway, state: 'ended', endedOn: '2027-01-11' };
      return gone ? (await post(manager(gone.sender), `/out-of-area/${gone.lineId}`, ended)).status : null;
    }
    case 'bring-home': {
      const gone = desk.away.at(-1);
      if (!gone) return null;
      const held = await post(manager(gone.sender), `/placements/${gone.id}/bring-home`, { bedId, reason: 'Nearer home' });
      if (held.status === 201) {
        desk.needs.push({ id: held.body.requestId as string, sender: gone.sender });
        desk.allocations.push({ id: held.body.id as string, sender: gone.sender, trust });
      }
      return held.status;
    }
    case 'extend':
    case 'refer':
    case 'arrive':
      return allocation ? (await post(manager(allocation.sender), `/allocations/${allocation.id}/${what}`)).status : null;
    case 'accept':
      return allocation ? (await post(manager(allocation.trust), `/allocations/${allocation.id}/accept`)).status : null;
    case 'decline':
      return allocation
        ? (await post(manager(allocation.trust), `/allocations/${allocation.id}/decline`, { reason: 'acuity' })).status
        : null;
    case 'release':
      return allocation
        ? (await post(manager(allocation.sender), `/allocations/${allocation.id}/release`, { reason: 'no-longer-needed' })).status
        : null;
    case 'withdraw': {
      const need = desk.needs.at(-1);
      return need ? (await post(manager(need.sender), `/placements/${need.id}/withdraw`, { reason: 'Stays at home' })).status : null;
    }
    case 'lapse': {
      await sql`update allocation set expires_at = clock_timestamp() where state in ('held', 'accepted')`.execute(db);
      await sweepAllocations(house.platform);
      return 200;
    }
  }
  throw new Error(`nobody can ${what}`);
}

/** Every act at least once in a state that lets it happen: what chance may leave out. */
const everything: Act[] = [
  { do: 'occupied', place: 'north', bed: 0 },
  { do: 'ready', place: 'north', bed: 0 },
  { do: 'not-ready', place: 'north', bed: 0 },
  { do: 'on-leave', place: 'north', bed: 0 },
  { do: 'available', place: 'north', bed: 0 },
  { do: 'closed', place: 'south', bed: 0 },
  { do: 'confirm', place: 'north' },
  { do: 'ask', place: 'north' },
  { do: 'pause', place: 'north' },
  { do: 'pause', place: 'north' },
  { do: 'resume', place: 'north' },
  { do: 'add', place: 'north' },
  { do: 'sex', place: 'north' },
  { do: 'criteria', place: 'north' },
  { do: 'setting', place: 'south' },
  { do: 'post', place: 'north' },
  { do: 'staffing', place: 'north', bed: 0 },
  { do: 'staffing', place: 'north', bed: 1 },
  { do: 'take', place: 'north' },
  { do: 'give-back', place: 'north' },
  { do: 'available', place: 'north', bed: 1 },
  { do: 'cancel', place: 'north' },
  { do: 'hold', place: 'south', bed: 1 },
  { do: 'extend' },
  { do: 'refer' },
  { do: 'decline' },
  { do: 'withdraw' },
  { do: 'hold', place: 'south', bed: 1 },
  { do: 'release' },
  { do: 'hold', place: 'south', bed: 1 },
  { do: 'lapse' },
  { do: 'unable' },
  { do: 'bring-home', place: 'south', bed: 1 },
  { do: 'release' },
  { do: 'bring-home', place: 'south', bed: 1 },
  { do: 'withdraw' },
  { do: 'ended' },
  { do: 'on-leave', place: 'south', bed: 1 },
  { do: 'hold', place: 'south', bed: 1 },
  { do: 'refer' },
  { do: 'release' },
  { do: 'hold', place: 'north', bed: 2 },
  { do: 'refer' },
  { do: 'accept' },
  { do: 'arrive' },
  { do: 'retire', place: 'south', bed: 2 },
];

// ————— Screens —————

interface Screen {
  name: string;
  load(): Promise<void>;
  hear(frame: Frame): void;
  /** Does it show what a fresh load shows? False where it was told to load afresh. */
  agrees(): Promise<boolean>;
}

/** What a clock moves between two loads of the same. */
const withoutClocks = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, inner: unknown) => (['now', 'expiresInSeconds', 'answerInSeconds'].includes(key) ? undefined : inner)),
  ) as unknown;

async function open<T>(
  who: Person,
  path: string,
  apply: (state: T, frame: Frame) => Applied<T>,
  shown: (state: T) => unknown = (all) => all,
) {
  const read = async () => {
    const answer = await house.ask(who, 'GET', path);
    expect([path, answer.status]).toEqual([path, 200]);
    return answer.body as T;
  };
  let state: T = await read();
  let mustReload = false;
  const screen: Screen = {
    name: `${path} of ${who.name}`,
    async load() {
      state = await read();
      mustReload = false;
    },
    hear(frame) {
      const next = apply(state, frame);
      if (next === 'reload') mustReload = true;
      else state = next;
    },
    async agrees() {
      const fresh = await read();
      if (!mustReload) expect([screen.name, withoutClocks(shown(state))]).toEqual([screen.name, withoutClocks(shown(fresh))]);
      const wasKept = !mustReload;
      state = fresh;
      mustReload = false;
      return wasKept;
    },
  };
  return screen;
}

/** Somebody with pages open, whose line may drop. */
interface Viewer {
  screens: Screen[];
  isHere: boolean;
  drop(): void;
  /** Goes on from the last they heard: nothing is loaded afresh. */
  back(): Promise<void>;
}

async function follow(who: Person, screens: Screen[], heard: (frame: Frame) => void = () => {}): Promise<Viewer> {
  const token = who.cookie.slice('homeward='.length);
  const scope = (await scopeOfToken(db, token))!;
  const place: { epoch?: string; after?: number } = {};
  const listen = (): Listener => ({
    scope,
    sessionHash: tokenHash(token),
    ready({ epoch, offset, resync }) {
      expect(resync).toBe(false);
      Object.assign(place, { epoch, after: offset });
    },
    tell(frame) {
      expect(frame.previous).toBe(place.after);
      place.after = frame.offset;
      heard(frame);
      for (const screen of screens) screen.hear(frame);
    },
    close: () => {},
  });
  let listener = listen();
  await house.live.follow(listener, {});
  const viewer: Viewer = {
    screens,
    isHere: true,
    drop() {
      house.live.unfollow(listener);
      viewer.isHere = false;
    },
    async back() {
      listener = listen();
      await house.live.follow(listener, place);
      viewer.isHere = true;
    },
  };
  return viewer;
}

test('every board, ward page and shift list built from events is what a fresh load shows, after every act', async () => {
  const { wards, staff, workers } = world;
  const apartHeard: Frame[] = [];
  const wardManagerBoards: Frame[] = [];
  const board = (who: Person) => open<BoardView>(who, '/beds/board', applyToBoard);
  const wardPage = (who: Person, wardId: string) => open<WardBeds>(who, `/wards/${wardId}/beds`, applyToWardBeds);
  const northWard = staff['ward-manager']!['NORTH']!;
  const needs = (who: Person) =>
    open<{ items: readonly PlacementLine[] }>(
      who,
      '/placements?limit=100',
      ({ items }, frame) => {
        const next = applyToPlacements(items, frame);
        return next === 'reload' ? next : { items: next };
      },
      ({ items }) => items,
    );
  const allocations = (who: Person, wardId?: string) =>
    open<{ items: readonly AllocationView[] }>(
      who,
      `/allocations?limit=100${wardId ? `&live=true&wardId=${wardId}` : ''}`,
      ({ items }, frame) => {
        const next = applyToAllocations(items, frame, wardId ? { wardId, live: true } : {});
        return next === 'reload' ? next : { items: next };
      },
      ({ items }) => items,
    );
  const southWard = staff['ward-manager']!['SOUTH']!;
  const viewers = [
    await follow(manager('NORTH'), [
      await board(manager('NORTH')),
      await wardPage(manager('NORTH'), wards.north),
      await wardPage(manager('NORTH'), wards.north2),
      await needs(manager('NORTH')),
      await allocations(manager('NORTH')),
    ]),
    await follow(manager('SOUTH'), [
      await board(manager('SOUTH')),
      await wardPage(manager('SOUTH'), wards.south),
      await needs(manager('SOUTH')),
      await allocations(manager('SOUTH')),
    ]),
    await follow(
      northWard,
      [
        await wardPage(northWard, wards.north),
        await open<WardBoard>(northWard, `/wards/${wards.north}/board`, applyToShiftBoard),
        await allocations(northWard, wards.north),
      ],
      (frame) => wardManagerBoards.push(frame),
    ),
    await follow(southWard, [await wardPage(southWard, wards.south), await allocations(southWard, wards.south)]),
    await follow(workers[0]!, [await open<MyShifts>(workers[0]!, '/me/shifts?limit=100', applyToMyShifts, ({ items }) => items)]),
    await follow(manager('APART'), [await board(manager('APART')), await needs(manager('APART'))], (frame) => apartHeard.push(frame)),
  ];
  const screens = viewers.flatMap((viewer) => viewer.screens);
  const settled = async () => {
    const head = (await sql<{ head: number }>`select head from stream`.execute(db)).rows[0]!.head;
    while (house.live.position.offset < head) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  const done = new Map<string, number>();
  const kept = new Map<string, number>();
  const desk: Desk = { shifts: [], needs: [], allocations: [], away: [], labels: 0 };
  const dropped: { viewer: Viewer; after: number }[] = [];
  let acts = 0;
  const performed = async (one: Act) => {
    acts += 1;
    const viewer = viewers[one.bed ?? 0];
    if (one.do === 'drop' && viewer?.isHere) {
      viewer.drop();
      dropped.push({ viewer, after: acts + 2 });
    } else if (one.do !== 'drop') {
      const status = await perform(desk, one);
      expect([one, status === null || [200, 201, 404, 409, 422].includes(status), status]).toEqual([one, true, status]);
      if (status === 200 || status === 201) done.set(one.do, (done.get(one.do) ?? 0) + 1);
    }
    await settled();
    while (dropped[0] && dropped[0].after <= acts) await dropped.shift()!.viewer.back();
    for (const screen of viewers.flatMap((here) => (here.isHere ? here.screens : [])))
      if (await screen.agrees()) kept.set(screen.name, (kept.get(screen.name) ?? 0) + 1);
  };
  for (const [at, one] of everything.entries()) {
    // Everybody’s line drops now and then, for two acts.
    if (at % 4 === 0) await performed({ do: 'drop', bed: (at / 4) % viewers.length });
    const before = done.get(one.do) ?? 0;
    await performed(one);
    // Each of these had to happen, or nothing was seen of it.
    expect([one, done.get(one.do)]).toEqual([one, before + 1]);
  }
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 12 }), async (acts) => {
      for (const one of acts) await performed(one as Act);
    }),
    { seed, numRuns: runs, endOnFailure: true },
  );
  noteFigures('M', {
    'sequences of acts on beds and needs': runs,
    'boards and lists of beds and needs held against a fresh load': [...kept.values()].reduce((sum, count) => sum + count, 0),
  });
  // A screen that always loads afresh would agree by itself.
  for (const screen of screens) expect([screen.name, kept.get(screen.name)! > 35]).toEqual([screen.name, true]);
  expect(apartHeard).toEqual([]);
  // Whoever manages one ward hears of no other's.
  for (const frame of wardManagerBoards) {
    expect((frame.data.board ?? []).map((card) => card.ward.id).filter((id) => id !== wards.north)).toEqual([]);
    expect((frame.data.beds ?? []).map((one) => one.wardId).filter((id) => id !== wards.north)).toEqual([]);
  }
  expect(await brokenInvariants(db)).toEqual([]);
}, 900_000);
