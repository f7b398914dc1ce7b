import { createHash, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { v7 as newId } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '@homeward/db/test-database.ts';
import { hourMs, overlaps, rfc3339, type Interval } from '@homeward/shared/kernel/interval.ts';
import { complaintsOf } from './doctor.ts';
import { isFull, noteFigures, randomFrom, seed } from './figures.ts';
import { brokenHistories, type Take } from './histories.ts';
import type { Answer } from './house.ts';
import { openPair, runningClock, timed, type Pair, type Timed } from './pair.ts';
import { makeWorld, type Person, type World } from './world.ts';

// Test B of the programme: nobody is in two places, at any trust, on any device. Eight devices of one person, half of them signed in as the worker of
// another trust whom that person also is, on two processes.
const rounds = isFull ? 500 : 8;
const touchingRounds = isFull ? 50 : 1;
const persons = isFull ? 50 : 6;
const devices = 8;
const dailyRestMs = 11 * hourMs;
const random = randomFrom(seed);

const { db, url } = await testDatabase({ max: 4 });
let world: World;
let pair: Pair;
/** By person: eight devices, in turn of the one worker and of the other. */
let screens: Person[][];

beforeAll(async () => {
  world = await makeWorld(db, { workers: persons * 2, now: runningClock.now() });
  screens = [];
  for (let at = 0; at < persons; at += 1) {
    const [first, second] = [world.workers[at * 2]!, world.workers[at * 2 + 1]!];
    await sql`update worker set person_id = ${first.personId} where id = ${second.workerId}`.execute(db);
    screens.push(await Promise.all(Array.from({ length: devices }, (_, of) => another(of % 2 === 0 ? first : second))));
  }
  pair = await openPair(url);
}, 60_000);
afterAll(() => pair.close());

/** The same account, signed in once more. */
async function another(who: Person): Promise<Person> {
  const token = randomBytes(32).toString('base64url');
  const tokenHash = createHash('sha256').update(token).digest();
  await db
    .insertInto('session')
    .values({ tokenHash, accountId: who.accountId, endsAt: new Date(Date.now() + 10 * hourMs) })
    .execute();
  return { ...who, cookie: `homeward=${token}` };
}

interface Posted extends Interval {
  id: string;
  trust: 'NORTH' | 'SOUTH';
}
const managerOf = (trust: Posted['trust']) => world.staff['ward-manager']![trust]!;

/** One shift for each span and in their order, at one trust and the other in turn. */
async function post(spans: readonly Interval[]): Promise<Posted[]> {
  const posted = await Promise.all(
    (['NORTH', 'SOUTH'] as const).map(async (trust, which) => {
      const shifts = spans
        .filter((_, at) => at % 2 === which)
        .map(({ start, end }) => ({
          wardId: trust === 'NORTH' ? world.wards.north : world.wards.south,
          role: 'hcsw',
          band: 3,
          startsAt: rfc3339(start),
          endsAt: rfc3339(end),
          breakMinutes: 30,
          count: 1,
          reason: 'vacancy',
        }));
      if (shifts.length === 0) return [];
      const answer = await pair.ask(which, managerOf(trust), 'POST', '/shifts/batch', { shifts });
      expect(answer.status, JSON.stringify(answer.body)).toBe(201);
      return (answer.body.items as { id: string; startsAt: string; endsAt: string }[]).map(({ id, startsAt, endsAt }): Posted => ({
        id,
        trust,
        start: Date.parse(startsAt),
        end: Date.parse(endsAt),
      }));
    }),
  );
  return spans.map(({ start, end }, at) => {
    const ofTrust = posted[at % 2]!;
    return ofTrust.splice(
      ofTrust.findIndex((one) => one.start === start && one.end === end),
      1,
    )[0]!;
  });
}

const counted = { takes: 0, deadlocks: 0, slowestMs: 0, overlaps: 0 };

async function take(at: number, who: Person, { id }: Posted): Promise<Timed> {
  const tried = await timed(who, () => pair.ask(at, who, 'POST', `/shifts/${id}/accept`, undefined, newId()));
  counted.takes += 1;
  counted.slowestMs = Math.max(counted.slowestMs, tried.endedAt - tried.startedAt);
  // A deadlock shows as 503; 409 `overlap` is the database's last word, which nobody hears while the person's row is locked.
  if (tried.answer.status >= 500 || tried.answer.body.code === 'overlap') counted.deadlocks += 1;
  expect([201, 422], JSON.stringify(tried.answer.body)).toContain(tried.answer.status);
  return tried;
}

async function giveUp(at: number, who: Person, bookingId: string): Promise<Timed> {
  const given = await timed(who, () => pair.ask(at, who, 'POST', `/bookings/${bookingId}/undo`, undefined, newId()));
  expect(given.answer.status, JSON.stringify(given.answer.body)).toBe(200);
  return given;
}

const resultOf = ({ answer }: Timed, code: string): string =>
  answer.body.decision.checks.find((check: { code: string }) => check.code === code).result;

async function expectOnePlaceAtATime(who: Person): Promise<void> {
  const { rows } = await sql<{
    id: string;
  }>`select a.id from booking a join booking b on b.id > a.id and b.person_id = a.person_id and b.period && a.period
    where a.person_id = (select person_id from worker where id = ${who.workerId}) and a.status <> 'cancelled' and b.status <> 'cancelled'`.execute(
    db,
  );
  counted.overlaps += rows.length;
  expect(rows).toEqual([]);
}

/** Days of its own for each round, so that rest and hours of one round are nothing to the next. */
const daysOf = (round: number) => 3 + Math.floor(round / persons) * 14;
const clockTime = (hours: number) => `${String(Math.floor(hours) % 24).padStart(2, '0')}:${hours % 1 === 0 ? '00' : '30'}`;

function spanAt(day: number, fromHours: number, hours: number): Interval {
  const start = Date.parse(world.span(day + Math.floor(fromHours / 24), clockTime(fromHours), '23:59').startsAt);
  return { start, end: start + hours * hourMs };
}

test(`eight devices of one person take at once what overlaps, give it back and take again, ${rounds} times: one place at a time (HOMEWARD_SEED=${seed})`, async () => {
  for (let round = 0; round < rounds; round += 1) {
    const own = screens[round % persons]!;
    // All hold the hour from 14:00, at both trusts.
    const shifts = await post(own.map(() => spanAt(daysOf(round), 7 + Math.floor(random() * 14) / 2, 7.5)));
    const history: Take[] = [];
    const resource = `round ${round}`;
    await Promise.all(
      own.map(async (who, at) => {
        const shift = shifts[at]!;
        const asked = { resource, owner: shift.id };
        for (let again = 0; again < 2; again += 1) {
          const { answer, ...times } = await take(at + again, who, shift);
          const isTaken = answer.status === 201;
          history.push({ kind: 'take', ...asked, ...times, outcome: isTaken ? 'yes' : 'no' });
          if (!isTaken) expect(resultOf({ answer, ...times }, 'overlap')).toBe('fail');
          if (!isTaken || again > 0) continue;
          const given = await giveUp(at, who, answer.body.id as string);
          history.push({ kind: 'release', ...asked, startedAt: given.startedAt, endedAt: given.endedAt, outcome: 'yes' });
        }
      }),
    );
    expect(history.some(({ kind, outcome }) => kind === 'take' && outcome === 'yes')).toBe(true);
    expect(brokenHistories(history)).toEqual([]);
    await expectOnePlaceAtATime(own[0]!);
  }
}, 3_600_000);

test('times that touch, or leave eleven hours, or less: what was taken fits together, and each refusal names what was in the way', async () => {
  for (let round = 0; round < rounds; round += 1) {
    const own = screens[round % persons]!;
    // Starts and lengths of a coarse grid, so that some touch and some leave the rest to the minute.
    const spans = own.map(() => spanAt(daysOf(round) + 4, 6 + Math.floor(random() * 12) * 4, random() < 0.5 ? 5 : 8));
    const shifts = await post(spans);
    const tries = await Promise.all(own.map((who, at) => take(at, who, shifts[at]!)));
    const had = shifts.filter((_, at) => tries[at]!.answer.status === 201);
    expect(had.length).toBeGreaterThan(0);
    for (const [at, shift] of shifts.entries()) {
      const others = had.filter((one) => one !== shift);
      const inTheWay = others.some((one) => overlaps(one, shift));
      const tooSoon = others.some((one) => !overlaps(one, shift) && Math.max(shift.start - one.end, one.start - shift.end) < dailyRestMs);
      if (tries[at]!.answer.status === 201) expect([inTheWay, tooSoon]).toEqual([false, false]);
      else {
        // What was in the way then is still there: nobody gave anything back.
        expect(resultOf(tries[at]!, 'overlap') === 'fail' || resultOf(tries[at]!, 'daily-rest') === 'override').toBe(true);
        expect(inTheWay || tooSoon).toBe(true);
      }
    }
    await expectOnePlaceAtATime(own[0]!);
  }
}, 3_600_000);

test('the ward moves a shift: it cancels it and posts it at another time, which the devices take while it does', async () => {
  for (let round = 0; round < rounds; round += 1) {
    const own = screens[round % persons]!;
    const at = spanAt(daysOf(round) + 9, 8, 8);
    const moved = { start: at.start + hourMs, end: at.end + hourMs };
    const [before] = await post([at]);
    const first = await take(0, own[0]!, before!);
    expect(first.answer.status).toBe(201);
    const after = await post([moved, moved, moved, moved]);
    const [cancelled, ...tries] = await Promise.all([
      pair.ask(round, managerOf(before!.trust), 'POST', `/shifts/${before!.id}/cancel`, { reason: 'no-longer-needed' }),
      ...own.slice(1, 5).map((who, index) => take(index + round, who, after[index]!)),
    ]);
    expect(cancelled!.status).toBe(200);
    expect((tries as Timed[]).filter(({ answer }) => answer.status === 201).length).toBeLessThanOrEqual(1);
    await expectOnePlaceAtATime(own[0]!);
  }
}, 3_600_000);

test('two wards agree at once to times that touch and to one that overlaps both: the two that touch, or the one', async () => {
  for (let round = 0; round < touchingRounds; round += 1) {
    const own = screens[round % persons]!;
    const day = daysOf(rounds + round) + 2;
    const [early, across, late] = await post([spanAt(day, 7, 8), spanAt(day, 14, 2), spanAt(day, 15, 6)]);
    // Booked until 05:00, so that each needs the ward's agreement.
    const [night] = await post([spanAt(day - 1, 21, 8)]);
    expect((await take(round, own[0]!, night!)).answer.status).toBe(201);
    const wanted = [early!, across!, late!];
    const asked: Answer[] = [];
    for (const [at, shift] of wanted.entries()) asked.push(await pair.ask(at, own[at]!, 'POST', `/shifts/${shift.id}/requests`));
    for (const request of asked) expect(request.status, JSON.stringify(request.body)).toBe(201);
    const agreed = { reason: 'Nobody else can', compensatoryRest: 'Two days off after' };
    const answers = await Promise.all(
      wanted.map((shift, at) => pair.ask(at, managerOf(shift.trust), 'POST', `/requests/${asked[at]!.body.id}/approve`, agreed)),
    );
    const said = answers.map((answer) => answer.status);
    expect([[201, 422, 201].join(), [422, 201, 422].join()], JSON.stringify(answers.map(({ body }) => body))).toContain(said.join());
    await expectOnePlaceAtATime(own[0]!);
  }
}, 3_600_000);

test('the database alone refuses one person in two places, and lets times touch', async () => {
  const day = daysOf(rounds + touchingRounds) + 16;
  const [shift, overlapping, touching] = await post([spanAt(day, 7, 8), spanAt(day, 14, 3), spanAt(day, 15, 3)]);
  const { answer } = await take(0, screens[0]![0]!, shift!);
  const bookToo = ({ id, start, end }: Posted) => {
    const other = { id: newId(), shift_id: id, period: `[${rfc3339(start)},${rfc3339(end)})` };
    return sql`insert into booking select r.* from booking b, jsonb_populate_record(b, ${JSON.stringify(other)}::jsonb) r
      where b.id = ${answer.body.id}`;
  };
  await expect(bookToo(overlapping!).execute(db)).rejects.toMatchObject({ constraint: 'a_worker_is_in_one_place_at_a_time' });
  await db
    .transaction()
    .execute(async (trx) => {
      await bookToo(touching!).execute(trx);
      throw new Error('let in');
    })
    .catch((error: Error) => expect(error.message).toBe('let in'));
});

test('the record of all this is whole, and the doctor finds nothing', async () => {
  expect(await complaintsOf(db)).toEqual([]);
  noteFigures('B', {
    takes: counted.takes,
    overlaps: counted.overlaps,
    'deadlocks anybody saw': counted.deadlocks,
    'slowest answer, ms': Math.round(counted.slowestMs),
  });
}, 300_000);
