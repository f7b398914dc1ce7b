import type { Report } from '../tests/crowd.ts';
import { median, type Benchmark } from './benchmark.ts';
import { ask } from './fanout.ts';
import { forked, machineMs, postShift, startProgram, worldOf } from './screens.ts';

export const benchmark: Benchmark = {
  name: 'replay.storm',
  workload:
    'The program is killed and started again; 2,000 screens, each of another worker, come back 20 events behind, 100 at a time, and are told what they missed: wall clock from the first handshake to the last frame',
  baseline: 'plain websocket handshakes of the same number, answered with one short message, in the same kind of process',
  inTheWay:
    'who comes back is told each shift as the card it is for them now: by a profile of the feed alone 33 µs for each, to decide and to encode 2.6 kB, which is 1.3 s for all. The rest was not taken apart: a hundred megabytes are written and read, by a program that has just started.',
  async measure(bench) {
    const screens = bench.isSmoke ? 100 : 2000;
    const missed = bench.isSmoke ? 5 : 20;
    const atOnce = 100;
    const databaseUrl = await bench.databaseUrl();
    const { world, people } = await worldOf(databaseUrl, screens);
    const cookies = people.map((who) => who.cookie);
    let program = await startProgram(databaseUrl);
    const crowd = forked('../tests/crowd.ts');
    const first = await ask<Report>(crowd, { do: 'open', url: program.url, cookies, count: screens, atOnce });
    if (first.open !== screens) throw new Error(`${first.open} of ${screens} screens opened: ${JSON.stringify(first.ended)}`);
    const rounds = Math.min(bench.rounds, 3);
    const [ours, plain, wrong]: number[][] = [[], [], []];
    let day = 3;
    for (let round = 0; round < rounds; round += 1) {
      const host = forked('fanout-host.ts', 'loop', '');
      const { url } = await ask<{ url: string }>(host);
      const visitors = forked('../tests/crowd.ts');
      const began = machineMs();
      const opened = await ask<Report>(visitors, { do: 'open', url, cookies: [''], count: screens, atOnce });
      plain!.push(machineMs() - began);
      if (opened.open !== screens) throw new Error('not every plain websocket opened');
      visitors.kill();
      host.kill();

      await ask(crowd, { do: 'drop' });
      await ask(crowd, { do: 'count' });
      for (let one = 0; one < missed; one += 1) await postShift(program.url, world, (day = day > 90 ? 4 : day + 1));
      await program.kill();
      program = await startProgram(databaseUrl);
      const start = machineMs();
      await ask<Report>(crowd, { do: 'open', url: program.url, cookies, count: screens, atOnce });
      const back = await ask<Report>(crowd, { do: 'await', frames: missed, withinMs: 120_000 });
      ours!.push(back.lastAt - start);
      wrong!.push(back.broken + back.resyncs + (screens * missed - back.frames) + (screens - back.open));
    }
    crowd.kill();
    await program.kill();
    bench.note(
      `${screens} screens, ${missed} shifts posted while they were away: ${screens * missed} cards decided and told, ${((1000 * median(ours!)) / (screens * missed)).toFixed(0)} µs each with the handshakes. A plain handshake decides nothing, and asks no database who is there.`,
    );
    return [
      { what: 'until all are where they would be, ms', ours: ours!, baseline: plain!, target: { of: 'ratio', atMost: 2 } },
      { what: 'frames lost, told twice or out of order', ours: wrong!, baseline: [], target: { of: 'ours', atMost: 0 } },
    ];
  },
};
