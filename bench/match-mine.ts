import type { Decision } from '@homeward/shared/kernel/decision.ts';
import { openOffers } from '../api/src/shifts/worker-queries.ts';
import { inTurn, median, type Benchmark } from './benchmark.ts';
import { idAt } from './big-data.ts';
import { matchWorld } from './match-eligible.ts';
import { mineBySql } from './match-sql.ts';

export const benchmark: Benchmark = {
  name: 'match.mine',
  workload:
    'What every open shift that is theirs to see comes to for one worker, with each check that fails; 2,000 open shifts, fifty workers in turn who have looked before',
  baseline: 'one prepared SQL statement with the same checks over the same tables and indexes',
  async measure(bench) {
    const workers = bench.isSmoke ? 1_000 : 10_000;
    const { db, client, now } = await matchWorld(bench, { workers, shifts: 2_000 });
    // A list is read again after each thing that changes it: the answers timed are those of people who have looked before.
    let at = 0;
    const next = () => idAt('worker', (((at += 1) % 50) * 37) % workers);
    await openOffers(db, next(), now);
    const began = performance.now();
    for (let looked = 1; looked < 50; looked += 1) await openOffers(db, next(), now);
    const firstMs = (performance.now() - began) / 49;
    for (let checked = 0; checked < (bench.isSmoke ? 5 : 50); checked += 1) {
      const workerId = next();
      const open = await openOffers(db, workerId, now);
      const ours = open!.offers.map(({ row, decision }) => `${row.id} ${failuresOf(decision).join(' ')}`).sort();
      const theirs = (await mineBySql(client, workerId, new Date(now))).map(({ id, failed }) => `${id} ${failed.join(' ')}`).sort();
      const differs = ours.findIndex((line, index) => line !== theirs[index]);
      if (ours.length !== theirs.length || differs >= 0)
        throw new Error(`worker ${workerId}: ${ours.length} and ${theirs.length}; we say ${ours[differs]}, SQL says ${theirs[differs]}`);
    }
    const rate = async (ask: (workerId: string) => Promise<unknown>) => {
      const from = performance.now();
      let answers = 0;
      for (; performance.now() - from < bench.roundMs; answers += 1) await ask(next());
      return (answers * 1000) / (performance.now() - from);
    };
    const measured = await inTurn(
      bench.rounds,
      () => rate((workerId) => openOffers(db, workerId, now)),
      () => rate((workerId) => mineBySql(client, workerId, new Date(now))),
    );
    bench.note(
      'Ours gives each check as a person reads it, with its sentence and what would mend it; SQL the codes of those that fail or need the ward to agree.',
    );
    bench.note(
      `One answer: ours ${(1000 / median(measured.ours)).toFixed(2)} ms, SQL ${(1000 / median(measured.baseline)).toFixed(1)} ms. Checked for ${bench.isSmoke ? 5 : 50} workers before.`,
    );
    bench.note(`The first answer to a worker who isn’t on the roll took ${firstMs.toFixed(1)} ms.`);
    await client.end();
    await db.destroy();
    return [{ what: 'answers a second', ...measured, target: { of: 'ratio', atLeast: 20 } }];
  },
};

const failuresOf = (decision: Decision) =>
  decision.checks
    .filter((check) => check.result === 'fail' || check.result === 'override')
    .map((check) => check.code)
    .sort();
