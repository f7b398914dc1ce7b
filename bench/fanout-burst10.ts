import { inTurn, median, type Benchmark } from './benchmark.ts';
import { openSide, type Side } from './fanout.ts';

const burst = 10;

export const benchmark: Benchmark = {
  name: 'fanout.burst10',
  workload:
    'Ten events of 500 bytes, committed together, to 2,000 sockets of one process; processor time of the server, from the wake-up on',
  baseline: 'ten separate emits of socket.io’s own room, one after the other',
  async measure(bench) {
    const screens = bench.isSmoke ? 500 : 2000;
    const bursts = bench.isSmoke ? 2 : 4;
    const [ours, room] = await Promise.all([openSide(bench, 'ours', screens), openSide(bench, 'socket.io', screens)]);
    const together = async (side: Side) => {
      let sum = 0;
      for (let one = 0; one < bursts; one += 1) sum += await side.send(burst);
      return sum / bursts;
    };
    const apart = async (side: Side) => {
      let sum = 0;
      for (let one = 0; one < bursts * burst; one += 1) sum += await side.send(1);
      return sum / (bursts * burst);
    };
    await together(ours);
    await apart(room);
    const oneByOne: number[] = [];
    const inOneTick: number[] = [];
    const cost = await inTurn(
      bench.rounds,
      async () => {
        oneByOne.push(await apart(ours));
        return together(ours);
      },
      async () => {
        inOneTick.push(await together(room));
        return apart(room);
      },
    );
    const delivered = ours.delivered();
    for (const side of [ours, room]) side.stop();
    bench.note(
      `${screens} sockets, ${bursts} bursts a round, all delivered once and in order (${(delivered * 100).toFixed(0)} %). The same ten as ten of ours, told one by one, took ${median(oneByOne).toFixed(1)} µs a delivery, so that a burst takes ${(median(cost.ours) / median(oneByOne)).toFixed(2)} × of its parts; socket.io’s own ten emits in one tick ${median(inOneTick).toFixed(1)} µs.`,
    );
    if (delivered !== 1) throw new Error(`only ${delivered} of what was told arrived once and in order`);
    return [{ what: 'server’s CPU a delivery, µs', ...cost, target: { of: 'ratio', atMost: 0.3 } }];
  },
};
