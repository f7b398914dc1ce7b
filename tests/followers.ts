import { setTimeout as sleep } from 'node:timers/promises';
import type { Frame } from '@homeward/shared/kernel/event.ts';
import { openScreen } from './homeward.ts';
import type { Person } from './world.ts';

/** Somebody's open screen that goes on from where it was, whatever happens to its line; and all that was wrong with what it was told. */
export interface Follower {
  who: Person;
  /** The offset it has reached. */
  after: number;
  frames: Frame[];
  /** Frames missing, twice or out of order, and places it was not taken up again at. */
  broken: string[];
  connections: number;
  stop(): Promise<void>;
}

/**
 * @param url where it connects next: any process of the program will do
 * @param stayMs how long it then stays, as a phone goes into a pocket now and then
 */
export function follow(
  who: Person,
  from: { epoch: string; after: number },
  { url, stayMs, awayMs }: { url: () => string; stayMs: () => number; awayMs: () => number },
): Follower {
  let isOver = false;
  const follower: Follower = {
    who,
    after: from.after,
    frames: [],
    broken: [],
    connections: 0,
    async stop() {
      isOver = true;
      await over;
    },
  };
  const over = (async () => {
    while (!isOver) {
      const place = { epoch: from.epoch, after: follower.after };
      const screen = openScreen(url(), who.cookie, place);
      let isFirst = true;
      screen.socket.on('ready', (ready) => {
        if (ready.resync || ready.offset !== place.after || !isFirst)
          follower.broken.push(`asked to go on from ${JSON.stringify(place)}, told ${JSON.stringify(ready)}`);
        isFirst = false;
      });
      screen.socket.on('event', (frame) => {
        if (isFirst || frame.previous !== follower.after || frame.offset <= follower.after)
          follower.broken.push(`had ${follower.after}, told ${frame.offset} after ${frame.previous}`);
        follower.after = frame.offset;
        follower.frames.push(frame);
      });
      const leavesAt = Date.now() + stayMs();
      while (screen.ended === null && Date.now() < leavesAt && !isOver) await sleep(50);
      if (!isFirst) follower.connections += 1;
      screen.close();
      if (!isOver) await sleep(awayMs());
    }
  })();
  return follower;
}
