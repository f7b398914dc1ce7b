import { untrack } from 'svelte';
import { refreshAll } from '$app/navigation';
import type { ClientToServer, Frame, Ready, ServerToClient } from '@homeward/shared/kernel/event.ts';
import type { Instant } from '@homeward/shared/kernel/interval.ts';
import type { Socket } from 'socket.io-client';
import type { Position } from './api.ts';

/** `waiting` until the page has painted, then `live`, `offline`, or `catching-up` on the way back. */
type LiveState = 'waiting' | 'live' | 'catching-up' | 'offline';

type Apply = (frame: Frame) => void;

/** One thing on the screen that news changes. */
interface Follower {
  /** The last frame it holds, by its snapshot or since. */
  after: number;
  apply: Apply;
  /** When what it shows was last known to be true, by this device's clock. */
  provenAt: number;
}

/** So many frames are kept for a page that is still loading while they arrive. */
const mostKept = 500;

class Live {
  state = $state<LiveState>('waiting');
  /** While not live: the server's time at which what is shown was last known to be true. */
  asOf = $state<number | null>(null);

  #socket: Socket<ServerToClient, ClientToServer> | null = null;
  #started = false;
  /** Nobody tries any more, until somebody has signed in. */
  #isSignedOut = false;
  #position: { epoch: string; offset: number } | null = null;
  #recent: Frame[] = [];
  #followers = new Set<Follower>();
  #clockOffset = 0;
  #holes = 0;
  #reload: ReturnType<typeof setTimeout> | undefined;

  /** The server's time. A phone with a wrong clock still says "in 2 hours" truly. */
  now(): number {
    return Date.now() + this.#clockOffset;
  }

  setClock(serverNow: string): void {
    this.#clockOffset = Date.parse(serverNow) - Date.now();
  }

  /**
   * A page says what it loaded and how a frame changes it; from then on it is given every frame after its snapshot, in order and
   * once. Frames that came between its load and now are kept, so nothing falls between. Returns what stops it: made for `$effect`.
   */
  follow(at: Position | null, apply: Apply): () => void {
    return untrack(() => {
      if (!at) return () => {};
      const isCurrent = this.state === 'live' && (this.#position === null || at.offset >= this.#position.offset);
      const follower = { after: at.offset, apply, provenAt: isCurrent ? Date.now() : at.readAt };
      this.#followers.add(follower);
      if (this.#position?.epoch !== at.epoch) this.#goFrom(at);
      else if (at.offset < this.#position.offset) this.#catchUp(follower, at);
      this.#age();
      this.#start();
      // Somebody has signed in again, without leaving the page.
      if (this.#isSignedOut) this.#reconnect();
      return () => void this.#followers.delete(follower);
    });
  }

  /** Reads the page's data again, once for whatever asked for it meanwhile. News that doesn't stop must not put it off for ever. */
  reloadSoon(): void {
    this.#reload ??= setTimeout(() => {
      this.#reload = undefined;
      void refreshAll();
    }, 400);
  }

  /** The server is asked again for everything after this snapshot; who holds more already leaves out what they have. */
  #goFrom(at: Position): void {
    this.#position = { epoch: at.epoch, offset: at.offset };
    this.#recent = [];
    if (this.#socket?.connected) this.#reconnect();
  }

  #catchUp(follower: Follower, at: Position): void {
    const oldest = this.#recent[0];
    if (!oldest || oldest.previous > follower.after) return this.#goFrom(at);
    for (const frame of this.#recent) this.#give(follower, frame);
  }

  #give(follower: Follower, frame: Frame): void {
    if (frame.offset <= follower.after) return;
    follower.after = frame.offset;
    follower.apply(frame);
  }

  #prove(): void {
    for (const follower of this.#followers) follower.provenAt = Date.now();
  }

  #age(): void {
    const oldest = Math.min(...[...this.#followers].map((follower) => follower.provenAt));
    this.asOf = Number.isFinite(oldest) ? oldest + this.#clockOffset : null;
  }

  /** The socket's code is fetched once the page has painted: what one came to read comes first. */
  #start(): void {
    if (this.#started) return;
    this.#started = true;
    const whenIdle = window.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 200));
    whenIdle(() => void this.#connect(), { timeout: 1500 });
    window.addEventListener('offline', () => this.#lost());
    window.addEventListener('online', () => this.#reconnect());
    document.addEventListener('visibilitychange', () => {
      // A phone back from a pocket: the wait before the next try may still be long.
      if (document.visibilityState === 'visible' && !this.#socket?.connected) this.#reconnect();
    });
  }

  async #connect(): Promise<void> {
    const client = await import('./socket.ts').catch(() => null);
    if (!client) {
      this.#lost();
      setTimeout(() => void this.#connect(), 5000);
      return;
    }
    const socket: Socket<ServerToClient, ClientToServer> = client.io({
      path: '/socket.io',
      transports: ['websocket'],
      reconnectionDelay: 500,
      reconnectionDelayMax: 8000,
      // Asked again at each try: always from the last frame that was applied.
      auth: (give) => give(this.#position ? { epoch: this.#position.epoch, after: this.#position.offset } : {}),
    });
    this.#socket = socket;
    socket.on('ready', (ready) => this.#ready(ready));
    socket.on('event', (frame) => this.#frame(frame));
    socket.on('disconnect', (reason) => {
      if (reason === 'io client disconnect') return;
      this.#lost();
      // The server said goodbye (it restarts, or our rights ended): the client library doesn't come back by itself then.
      if (reason === 'io server disconnect') setTimeout(() => socket.connect(), 1000);
    });
    socket.on('connect_error', (error) => {
      this.#lost();
      if (error.message === 'signed-out') {
        // The session is over: there is nothing to try again for. Reading again leads to signing in.
        this.#isSignedOut = true;
        void refreshAll();
      }
      // Refused rather than dropped: the client library doesn't come back by itself then.
      else if (!socket.active) setTimeout(() => socket.connect(), 4000);
    });
    socket.io.on('ping', () => this.#prove());
    socket.io.on('reconnect_attempt', () => {
      if (navigator.onLine !== false && this.state === 'offline') this.state = 'catching-up';
    });
  }

  #reconnect(): void {
    if (!this.#socket) return;
    this.#isSignedOut = false;
    this.state = 'catching-up';
    this.#socket.disconnect().connect();
  }

  #lost(): void {
    this.#age();
    this.state = 'offline';
  }

  #ready(ready: Ready): void {
    this.setClock(ready.now);
    this.#position = { epoch: ready.epoch, offset: ready.offset };
    this.state = 'live';
    this.#prove();
    if (!ready.resync) return;
    // What we missed can't be replayed, or our rights changed: read everything again. Pages then follow from their new snapshots.
    this.#recent = [];
    void refreshAll();
  }

  #frame(frame: Frame): void {
    const position = this.#position;
    if (!position || frame.offset <= position.offset) return;
    if (frame.previous > position.offset) {
      // A hole: ask for everything after what we have; where that doesn't close it, read it all again.
      this.#holes += 1;
      if (this.#holes === 1) return this.#reconnect();
      position.offset = frame.offset;
      this.#recent = [];
      void refreshAll();
      return;
    }
    this.#holes = 0;
    position.offset = frame.offset;
    this.#recent.push(frame);
    if (this.#recent.length > mostKept) this.#recent.shift();
    for (const follower of this.#followers) this.#give(follower, frame);
    this.#prove();
  }
}

export const live = new Live();

/**
 * The program's time as a page loads. The first page is drawn twice, by the server and by the browser, and both say what the session
 * said; from then on the browser knows the time.
 */
export function nowOf(session: { now: string } | null | undefined): Instant {
  return live.state === 'waiting' && session ? Date.parse(session.now) : live.now();
}
