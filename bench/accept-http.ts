import { createHash } from 'node:crypto';
import { v7 as newId } from 'uuid';
import { connect } from '@homeward/db/connect.ts';
import { clockFrom } from '../api/src/platform/clock.ts';
import { startHomeward } from '../tests/homeward.ts';
import { openHouse } from '../tests/house.ts';
import { acceptOf, checkBooked, eventsSoFar, makeAcceptWorld, reopenAll, type AcceptWorld } from './accept-world.ts';
import { inTurn, type Benchmark } from './benchmark.ts';
import { Loader, recorded, type Replay } from './loader.ts';

const clients = 16;

export const benchmark: Benchmark = {
  name: 'accept.http',
  workload: '16 clients take distinct shifts over HTTP with keep-alive, the whole accept with its decision, durable',
  baseline: 'the plain driver sending the statements such an accept was seen to send, prepared and named, on 16 connections',
  async measure(bench) {
    const url = await bench.databaseUrl();
    const db = connect(url, { max: 4, patient: true });
    const people = bench.isSmoke ? 48 : 480;
    const given = await makeAcceptWorld(db, { people });
    const replay = await replayOf(given, url);
    await reopenAll(db);
    const homeward = await startHomeward({ url });
    const loader = new Loader();
    const { workers } = given.world;
    const round = async (work: () => Promise<{ ms: number; statuses: number[] }>, count: number) => {
      const before = await eventsSoFar(db);
      const { ms, statuses } = await work();
      if (statuses.some((status) => status !== 201))
        throw new Error(`not everybody was answered 201: ${[...new Set(statuses)].join(', ')}`);
      await checkBooked(db, count, before);
      await reopenAll(db);
      return (count / ms) * 1000;
    };
    const questions = workers.map((who, at) => acceptOf(homeward.url, who, given.shiftIds[at]!));
    const ours = (count: number) => round(() => loader.run({ questions: questions.slice(0, count), clients }), count);
    const baseline = (count: number) => round(() => loader.run({ ...replay, turns: replay.turns.slice(0, count) }), count);
    // The first accepts compile the program and prepare the statements.
    const warm = Math.min(people, 160);
    await ours(warm);
    await baseline(warm);
    const measured = await inTurn(
      bench.rounds,
      () => ours(people),
      () => baseline(people),
    );
    loader.stop();
    await homeward.kill();
    await db.destroy();
    bench.note(
      `${people} accepts a round by as many people, each with 20 duties worked; ${replay.statements.length} statements an accept. Checked after every round of either side: one booking of each shift and person with its decision, two events, the key with its answer.`,
    );
    return [{ what: 'accepts a second', ...measured, target: { of: 'ratio', atLeast: 0.25 } }];
  },
};

/** One accept in this process, recorded, and whose ids stand in it for each of the others. */
async function replayOf({ world, shiftIds }: AcceptWorld, databaseUrl: string): Promise<Replay> {
  const db = connect(databaseUrl, { max: 4 });
  const house = await openHouse(db, databaseUrl, clockFrom(undefined));
  await house.live.stop();
  const [who] = world.workers;
  const key = newId();
  const accept = () => house.ask(who!, 'POST', `/shifts/${shiftIds[0]}/accept`, undefined, { 'idempotency-key': key });
  let bookingId = '';
  const statements = await recorded(async () => {
    const answer = await accept();
    if (answer.status !== 201) throw new Error(`the recorded accept was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    bookingId = (answer.body as { id: string }).id;
  });
  await db.destroy();
  return {
    databaseUrl,
    clients,
    statements,
    from: [shiftIds[0]!, who!.workerId!, who!.personId!, who!.accountId, bookingId, key],
    turns: world.workers.map((one, at) => [shiftIds[at]!, one.workerId!, one.personId!, one.accountId, newId(), newId()]),
    tokens: world.workers.map((one) => createHash('sha256').update(one.cookie.slice('homeward='.length)).digest()),
  };
}
