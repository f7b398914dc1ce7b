import { inTurn, median, type Benchmark } from './benchmark.ts';
import { candidatesOf, matchWorld, type MatchShift } from './match-eligible.ts';

// What one process is asked about in a day: ten areas of a hundred. What it holds of more it throws away and reads again.
const areas = 10;
const wardsOfArea = 100;

export const benchmark: Benchmark = {
  name: 'match.eligible.x100',
  workload: 'The same answer among 1,000,000 workers, 6,000,000 training records and 200,000 open shifts, of ten areas in turn',
  baseline: 'our own answer among 10,000 workers',
  async measure(bench) {
    const small = await matchWorld(bench, { workers: bench.isSmoke ? 1_000 : 10_000, shifts: 2_000 });
    const large = await matchWorld(bench, { workers: bench.isSmoke ? 2_000 : 1_000_000, shifts: bench.isSmoke ? 500 : 200_000 });
    const asked = large.shifts
      .filter((shift) => Number.parseInt(shift.wardId.slice(-12), 16) < areas * wardsOfArea)
      .slice(0, bench.isSmoke ? 100 : areas * 300);
    const began = performance.now();
    await candidatesOf(large.db, asked[0]!, large.now);
    const firstMs = performance.now() - began;
    // As in match.eligible: half have been looked at, and the others are timed.
    const halves = (shifts: readonly MatchShift[]) =>
      [shifts.filter((_, at) => at % 2 === 0), shifts.filter((_, at) => at % 2 === 1)] as const;
    const [lookedSmall, freshSmall] = halves(small.shifts);
    const [lookedLarge, freshLarge] = halves(asked);
    for (const shift of lookedSmall) await candidatesOf(small.db, shift, small.now);
    for (const shift of lookedLarge) await candidatesOf(large.db, shift, large.now);
    const time = async (world: typeof small, shifts: readonly MatchShift[]) => {
      const from = performance.now();
      let answers = 0;
      for (; performance.now() - from < bench.roundMs; answers += 1)
        await candidatesOf(world.db, shifts[Math.floor(Math.random() * shifts.length)]!, world.now);
      return (performance.now() - from) / answers;
    };
    const measured = await inTurn(
      bench.rounds,
      () => time(large, freshLarge),
      () => time(small, freshSmall),
    );
    bench.note(
      `The first answer of a process, which reads one area, took ${Math.round(firstMs)} ms among all and holds ${Math.round(process.memoryUsage().rss / 1e6)} MB after ten areas. One answer: ${median(measured.ours).toFixed(2)} ms.`,
    );
    for (const world of [small, large]) {
      await world.client.end();
      await world.db.destroy();
    }
    return [{ what: 'ms an answer', ...measured, target: { of: 'ratio', atMost: 6 } }];
  },
};
