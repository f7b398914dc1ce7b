import { inTurn, median, type Benchmark } from './benchmark.ts';
import { openSide, type Side } from './fanout.ts';

export const benchmark: Benchmark = {
  name: 'fanout.2000',
  workload: 'One event of 500 bytes to 2,000 sockets of one process, again and again; processor time of the server, from the wake-up on',
  baseline: 'socket.io’s own room emit of the same frame, in the same kind of process',
  inTheWay: 'the note says how far a loop goes that does nothing but write to each connection.',
  async measure(bench) {
    const screens = bench.isSmoke ? 500 : 2000;
    const events = bench.isSmoke ? 10 : 20;
    const [ours, room, loop] = await Promise.all([
      openSide(bench, 'ours', screens),
      openSide(bench, 'socket.io', screens),
      openSide(bench, 'loop', screens),
    ]);
    const each = async (side: Side) => {
      const costs: number[] = [];
      for (let event = 0; event < events; event += 1) costs.push(await side.send(1));
      return costs.reduce((sum, one) => sum + one, 0) / events;
    };
    for (const side of [ours, room, loop]) await each(side); // warm
    const floor: number[] = [];
    const cost = await inTurn(
      bench.rounds,
      () => each(ours),
      async () => {
        floor.push(await each(loop));
        return each(room);
      },
    );
    const delivered = ours.delivered();
    for (const side of [ours, room, loop]) side.stop();
    bench.note(
      `${screens} sockets, ${events} events a round. Nothing but a loop that writes the same bytes to every connection took ${median(floor).toFixed(1)} µs a delivery: ours ${(median(cost.ours) / median(floor)).toFixed(2)} × that, socket.io ${(median(cost.baseline) / median(floor)).toFixed(2)} ×.`,
    );
    return [
      { what: 'server’s CPU a delivery, µs', ...cost, target: { of: 'ratio', atMost: 0.7 } },
      { what: 'share delivered, once and in order', ours: [delivered], baseline: [], target: { of: 'ours', atLeast: 1 } },
    ];
  },
};
