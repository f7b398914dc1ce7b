import { connect } from '@homeward/db/connect.ts';
import { sql } from 'kysely';
import type { Report } from '../tests/crowd.ts';
import { median, type Benchmark } from './benchmark.ts';
import { ask } from './fanout.ts';
import { act, forked, machineMs, postShift, startProgram, worldOf } from './screens.ts';

export const benchmark: Benchmark = {
  name: 'fanout.e2e',
  workload:
    'One worker accepts a shift over HTTP; 2,000 screens, half on the process that was asked and half on another, hear that it has gone',
  baseline: 'commit alone: the answer to the accept, which is sent once it is committed',
  inTheWay:
    'nobody is told anything before their present right to it has been read and decided: five statements one after another (the news, the roll’s own, three to read again whoever accepted) and by a trace a few milliseconds of deciding for a thousand; while both processes, the crowd and PostgreSQL share two cores.',
  async measure(bench) {
    const screens = bench.isSmoke ? 100 : 2000;
    const accepts = bench.isSmoke ? 3 : 15;
    const databaseUrl = await bench.databaseUrl();
    const { world, people } = await worldOf(databaseUrl, screens);
    const db = connect(databaseUrl, { max: 1 });
    const here = await startProgram(databaseUrl);
    const there = await startProgram(databaseUrl);
    const sides = [here, there].map((program, at) => ({
      program,
      people: people.filter((_, nth) => nth % 2 === at),
      crowd: forked('../tests/crowd.ts'),
    }));
    for (const { program, people: own, crowd } of sides) {
      const cookies = own.map((who) => who.cookie);
      const opened = await ask<Report>(crowd, { do: 'open', url: program.url, cookies, count: own.length, atOnce: 100 });
      if (opened.open !== own.length) throw new Error(`${opened.open} of ${own.length} screens opened`);
    }
    // Nobody's second shift within a week: the hours of those who accept must not decide.
    const committed: number[] = [];
    const firsts: [number[], number[]] = [[], []];
    const lasts: [number[], number[]] = [[], []];
    const hearAll = () => Promise.all(sides.map(({ crowd }) => ask<Report>(crowd, { do: 'await', frames: 1, withinMs: 30_000 })));
    for (let nth = 0; nth <= accepts; nth += 1) {
      await Promise.all(sides.map(({ crowd }) => ask(crowd, { do: 'count' })));
      const shiftId = await postShift(here.url, world, 4 + nth);
      await hearAll();
      await Promise.all(sides.map(({ crowd }) => ask(crowd, { do: 'count' })));
      const began = machineMs();
      const { at } = await act(here.url, world.workers[nth % 2]!, `/shifts/${shiftId}/accept`);
      const heard = await hearAll();
      if (heard.some((report) => report.fewest !== 1 || report.most !== 1 || report.broken > 0))
        throw new Error('not everybody heard once');
      if (nth === 0) continue; // warm
      committed.push(at - began);
      heard.forEach((report, side) => {
        firsts[side]!.push(report.firstAt - began);
        lasts[side]!.push(report.lastAt - at);
      });
    }
    for (const { crowd } of sides) crowd.kill();
    await Promise.all([here.kill(), there.kill()]);
    const { rows } = await sql<{ count: number }>`select count(*)::int as count from event where type = 'shift.filled'`.execute(db);
    if (rows[0]!.count !== accepts + 1) throw new Error(`${rows[0]!.count} shifts were filled`);
    await db.destroy();
    bench.note(
      `${screens} screens, each of another worker to whom the shift was open, ${accepts} accepts. The last screen heard ${median(lasts[0]).toFixed(0)} ms after the answer in the process that was asked, ${median(lasts[1]).toFixed(0)} ms in the other. Before the first frame leaves, every worker’s present right to see that shift is read and decided: that, and not the wake-up, is what the time goes to.`,
    );
    return [
      { what: 'first screen hears, same process, ms', ours: firsts[0], baseline: committed, target: { of: 'difference', atMost: 2 } },
      { what: 'first screen hears, other process, ms', ours: firsts[1], baseline: committed, target: { of: 'difference', atMost: 5 } },
    ];
  },
};
