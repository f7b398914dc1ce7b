import { randomUUID } from 'node:crypto';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql, type Kysely } from 'kysely';
import pg from 'pg';
import type { Logger } from 'pino';
import { cutConnections } from '@homeward/db/connect.ts';
import type { DB, JsonValue } from '@homeward/db/types.ts';
import type { EventType, Frame, FrameData, FrameType, Ready } from '@homeward/shared/kernel/event.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import type { Clock } from './clock.ts';
import { keepEpoch } from './epoch.ts';
import type { Scope } from './scope.ts';
import { liveScopes } from './session.ts';

/** An event as it is kept. */
export interface StoredEvent {
  offset: number;
  type: EventType;
  at: Date;
  recordedAt: Date;
  wardId: string | null;
  shiftId: string | null;
  workerId: string | null;
  accountId: string | null;
  data: { [key: string]: JsonValue | undefined };
}

/** What one viewer is told of one event; none where it is not theirs to hear of. */
export interface Telling {
  type: FrameType;
  data: FrameData;
}

/** Whom an event is told to and as what, for these viewers and by their rights now: tellings[event][viewer]. */
export type Audience = (
  db: Kysely<DB>,
  events: readonly StoredEvent[],
  viewers: readonly Scope[],
  now: Instant,
) => Promise<(Telling | null)[][]>;

/** The far end of one open connection. */
export interface Listener {
  sessionHash: Buffer;
  scope: Scope;
  ready(ready: Ready): void;
  tell(frame: Frame): void;
  /** Resolves once what was told has left, or will never. */
  drained?(): Promise<void>;
  close(): void;
}

interface Following extends Listener {
  previous: number;
  /** One that was far behind is told what it missed beside the queue, and until then nothing else. */
  isCatchingUp: boolean;
}

/** One that is far behind, and up to where it has been looked through what it missed. */
interface Behind {
  following: Following;
  done: number;
}

/** Where a page was loaded, or how far it had been told. */
interface From {
  epoch?: string | undefined;
  after?: number | undefined;
}

interface Joining {
  listener: Listener;
  from: From;
  joined: () => void;
  failed: (error: unknown) => void;
}

/**
 * What several capabilities tell one viewer of one event is one frame: under the first one's name, with what each has to say. The same
 * parts make the same whole, which is then encoded once for all who are told it.
 */
function togetherOnce(): (parts: readonly Telling[]) => Telling | null {
  const made = new Map<Telling, { parts: readonly Telling[]; whole: Telling }[]>();
  return (parts) => {
    const [first, ...others] = parts;
    if (!first || others.length === 0) return first ?? null;
    const known = made.get(first) ?? [];
    const same = known.find((one) => one.parts.length === parts.length && one.parts.every((part, at) => part === parts[at]));
    if (same) return same.whole;
    const whole = { type: first.type, data: Object.assign({}, ...parts.map((telling) => telling.data)) as FrameData };
    made.set(first, [...known, { parts, whole }]);
    return whole;
  };
}

const channel = 'homeward';
const pollMs = 1000;
/** A database that hasn't answered by its third second is away, and whoever waits for it is told. */
const beatMs = 1000;
const mostBeatsUnanswered = 3;
const recheckMs = 2000;
const batch = 500;
/** Behind by no more than this, a screen that comes back is told all of it at once. */
const nearby = 100;
export const replayDays = 7;
const eventColumns = sql`"offset", type, at, recorded_at, ward_id, shift_id, worker_id, account_id, data`;

/**
 * Tells every open screen of this process what was committed by any process, in the order of the stream. It keeps no truth:
 * a position in the stream and who listens, both rebuilt at start. NOTIFY only wakes it; the poll is the safety net.
 */
export class Live {
  readonly #db: Kysely<DB>;
  readonly #url: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #audiences: readonly Audience[];
  readonly #following = new Set<Following>();
  readonly #left = new WeakSet<Listener>();
  /** Told apart from other processes' wake-ups: of our own commits we know already. */
  readonly #name = randomUUID();
  #joining: Joining[] = [];
  /** In turn, those that read slowly left out. */
  #behind: Behind[] = [];
  #isCatchingUp = false;
  #epoch = '';
  #position = 0;
  #work: Promise<void> = Promise.resolve();
  #queued = false;
  #listening: Socket | null = null;
  #timers: NodeJS.Timeout[] = [];
  #notifying = false;
  readonly #stopping = new AbortController();
  #hearing: Promise<void> = Promise.resolve();

  constructor(db: Kysely<DB>, url: string, clock: Clock, log: Logger, audiences: readonly Audience[]) {
    this.#db = db;
    this.#url = url;
    this.#clock = clock;
    this.#log = log;
    this.#audiences = audiences;
  }

  /** Where the screens of this process are: everything up to here has been told. A page loaded now may safely go on from it. */
  get position(): { epoch: string; offset: number } {
    return { epoch: this.#epoch, offset: this.#position };
  }

  get #isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  get connections(): number {
    return this.#following.size;
  }

  async start(): Promise<void> {
    const stream = await this.#head();
    this.#epoch = stream.epoch;
    this.#position = stream.head;
    this.#hearing = this.#listen();
    this.#timers.push(
      setInterval(() => this.#poke(), pollMs),
      setInterval(
        () => void this.#recheck().catch((error: unknown) => this.#log.warn({ error }, 'rights could not be rechecked')),
        recheckMs,
      ),
    );
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const timer of this.#timers) clearInterval(timer);
    for (const listener of [...this.#following]) listener.close();
    this.#following.clear();
    this.#listening?.destroy();
    await Promise.all([this.#work, this.#hearing]);
  }

  /** After a commit: tell our own screens now, and wake the other processes once for all that this turn of the loop wrote. */
  wake(): void {
    this.#poke();
    if (this.#notifying || this.#isStopped) return;
    this.#notifying = true;
    setImmediate(() => {
      this.#notifying = false;
      sql`select pg_notify(${channel}, ${this.#name})`
        .execute(this.#db)
        .catch((error: unknown) => this.#log.warn({ error }, 'others were not woken; their poll will'));
    });
  }

  /**
   * Brings a connection up to date and keeps it so. `after` is the offset its page was loaded at, or that it had reached;
   * another epoch, one over 7 days old or ahead of the head, or rights that changed since mean `resync`: load afresh.
   * Those who come while others are let in are let in together next: after a restart everybody comes at once.
   */
  follow(listener: Listener, from: From): Promise<void> {
    return new Promise((joined, failed) => {
      this.#joining.push({ listener, from, joined, failed });
      if (this.#joining.length === 1) void this.#inOrder(() => this.#join(this.#joining.splice(0)));
    });
  }

  async #join(joining: readonly Joining[]): Promise<void> {
    try {
      await this.#tellAll();
      const resyncs = await this.#mustResync(joining);
      const near: Following[] = [];
      joining.forEach(({ listener, from }, at) => {
        // One that left while it was being let in would be told for ever.
        if (this.#left.has(listener)) return;
        const resync = resyncs[at]!;
        const after = from.after === undefined || resync ? this.#position : from.after;
        const isCatchingUp = this.#position - after > nearby;
        const following: Following = Object.assign(listener, { previous: after, isCatchingUp });
        this.#following.add(following);
        listener.ready({ epoch: this.#epoch, offset: after, resync, now: rfc3339(this.#clock.now()) });
        if (isCatchingUp) this.#behind.push({ following, done: after });
        else near.push(following);
      });
      void this.#catchUp();
      // Replayed before anything newer can be told: this runs in the one queue that tells.
      const after = Math.min(...near.map((following) => following.previous));
      if (after < this.#position) await this.#tell(await this.#eventsAfter(after, this.#position), near);
      for (const { joined } of joining) joined();
    } catch (error) {
      for (const { listener, failed } of joining) {
        this.#following.delete(listener as Following);
        failed(error);
      }
    }
  }

  /**
   * Brings those up to date that are far behind: beside the queue, some events at a time, each time when they have read what they were told, and
   * in turn. Whoever asks for a week of events again and again, or reads slowly, holds up nobody's news; and thousands that come back after
   * a day of which they heard little go over it together, since whoever has reached the same events is told them in the same turn.
   */
  async #catchUp(): Promise<void> {
    if (this.#isCatchingUp) return;
    this.#isCatchingUp = true;
    for (let first = this.#behind[0]; first && !this.#isStopped; first = this.#behind[0]) {
      const from = first.done;
      // The position may have gone back meanwhile, with another epoch: one that is beyond it must not be left in turn for ever.
      const upTo = Math.max(from, Math.min(this.#position, from + nearby));
      const isHere = ({ following, done }: Behind) => done >= from && done <= upTo && this.#following.has(following);
      const together = this.#behind.filter(isHere);
      this.#behind = this.#behind.filter((one) => this.#following.has(one.following) && !isHere(one));
      if (together.length === 0) continue;
      try {
        if (this.#position - from > nearby) await this.#tellSome(together, upTo);
        else await this.#inOrder(() => this.#tellRest(together));
      } catch {
        for (const { following } of together) this.#end(following);
      }
    }
    this.#isCatchingUp = false;
  }

  async #tellSome(together: readonly Behind[], upTo: number): Promise<void> {
    const from = Math.min(...together.map((one) => one.done));
    const told = together.map(({ following }) => following.previous);
    await this.#tell(
      await this.#eventsAfter(from, upTo),
      together.map(({ following }) => following),
    );
    for (const [at, one] of together.entries()) {
      one.done = upTo;
      const { following } = one;
      const isReading = following.previous !== told[at] && following.drained;
      if (!isReading) this.#behind.push(one);
      else void following.drained!().then(() => this.#inTurn(one));
    }
  }

  #inTurn(one: Behind): void {
    this.#behind.push(one);
    void this.#catchUp();
  }

  async #tellRest(together: readonly Behind[]): Promise<void> {
    for (let from = Math.min(...together.map((one) => one.done)); from < this.#position; from += batch)
      await this.#tell(
        await this.#eventsAfter(from, Math.min(this.#position, from + batch)),
        together.map(({ following }) => following),
      );
    for (const { following } of together) following.isCatchingUp = false;
  }

  unfollow(listener: Listener): void {
    this.#left.add(listener);
    this.#following.delete(listener as Following);
  }

  /** Events after an offset as one viewer may see them, for those who ask by plain HTTP. */
  async read(scope: Scope, from: From): Promise<Ready & { events: Frame[] }> {
    await this.#inOrder(() => this.#tellAll());
    const [resync] = (await this.#mustResync([{ listener: { scope }, from }])) as [boolean];
    const after = from.after === undefined || resync ? this.#position : from.after;
    const frames: Frame[] = [];
    const reader: Following = {
      scope,
      sessionHash: Buffer.alloc(0),
      previous: after,
      isCatchingUp: false,
      ready: () => {},
      tell: (frame) => void frames.push(frame),
      close: () => {},
    };
    const events = await this.#eventsAfter(after, this.#position);
    await this.#tell(events, [reader]);
    return { epoch: this.#epoch, offset: events.at(-1)?.offset ?? after, resync, now: rfc3339(this.#clock.now()), events: frames };
  }

  /** Ends every connection of these sessions: signing out closes the other tabs too. */
  closeSessions(hashes: readonly Buffer[]): void {
    for (const listener of [...this.#following]) {
      if (hashes.some((hash) => hash.equals(listener.sessionHash))) this.#end(listener);
    }
  }

  #end(listener: Following): void {
    this.#following.delete(listener);
    listener.close();
  }

  #poke(): void {
    if (this.#queued || this.#isStopped) return;
    this.#queued = true;
    void this.#inOrder(async () => {
      this.#queued = false;
      await this.#tellAll();
    }).catch((error: unknown) => this.#log.warn({ error }, 'the stream could not be read; trying again'));
  }

  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#work.then(work);
    this.#work = mine.then(
      () => {},
      () => {},
    );
    return mine;
  }

  async #head(): Promise<{ epoch: string; head: number }> {
    return this.#db.selectFrom('stream').select(['epoch', 'head']).executeTakeFirstOrThrow();
  }

  /** Everything committed since; a new epoch means the database was put back, and every page must load afresh. */
  async #tellAll(): Promise<void> {
    for (;;) {
      const { epoch, head, events } = await this.#news();
      if (epoch !== this.#epoch || head < this.#position) {
        this.#epoch = epoch;
        this.#position = head;
        for (const listener of this.#following) this.#resync(listener);
        return;
      }
      if (events.length === 0) return;
      const listening = [...this.#following].filter((following) => !following.isCatchingUp);
      if (listening.length > 0) await this.#tell(events, listening);
      this.#position = events.at(-1)!.offset;
      if (this.#position >= head) return;
    }
  }

  /** Where the stream is, and what comes after where we are, in one statement: every screen waits for its answer. */
  async #news(): Promise<{ epoch: string; head: number; events: StoredEvent[] }> {
    const { rows } = await sql<{ epoch: string; head: number } & (StoredEvent | { offset: null })>`
      select s.epoch, s.head, e.* from stream s left join lateral (
        select ${eventColumns} from event where "offset" > ${this.#position} and "offset" <= s.head order by "offset" limit ${batch}) e on true`.execute(
      this.#db,
    );
    const { epoch, head } = rows[0]!;
    return { epoch, head, events: rows.flatMap((row) => (row.offset === null ? [] : [row as StoredEvent])) };
  }

  #resync(listener: Following): void {
    // It would go on being told what it missed: it comes back, and is told to load afresh then.
    if (listener.isCatchingUp) return this.#end(listener);
    listener.previous = this.#position;
    listener.ready({ epoch: this.#epoch, offset: this.#position, resync: true, now: rfc3339(this.#clock.now()) });
  }

  async #eventsAfter(after: number, upTo: number): Promise<StoredEvent[]> {
    const { rows } = await sql<StoredEvent>`
      select ${eventColumns} from event
      where "offset" > ${after} and "offset" <= ${upTo} order by "offset" limit ${batch}`.execute(this.#db);
    return rows;
  }

  async #mustResync(joining: readonly { listener: Pick<Listener, 'scope'>; from: From }[]): Promise<boolean[]> {
    const isLost = ({ epoch, after }: From) => (epoch !== undefined && epoch !== this.#epoch) || (after ?? 0) > this.#position;
    const asking = joining.filter(({ from }) => from.after !== undefined && !isLost(from));
    if (asking.length === 0) return joining.map(({ from }) => isLost(from));
    const { rows } = await sql<{ changed: boolean; old: boolean | null }>`
      select exists (select 1 from event e, account_role r, tstzrange(e.recorded_at, clock_timestamp(), '(]') away
          where e."offset" = f.after and r.account_id = f.account_id and (away @> r.from_at or away @> r.until_at)) as changed,
        (select recorded_at < clock_timestamp() - make_interval(days => ${replayDays}) from event where "offset" = f.after + 1) as old
      from unnest(${asking.map(({ from }) => from.after!)}::bigint[], ${asking.map(({ listener }) => listener.scope.accountId)}::uuid[])
        with ordinality f(after, account_id, nth) order by nth`.execute(this.#db);
    const answers = new Map(asking.map((one, at) => [one, rows[at]!]));
    return joining.map((one) => {
      const answer = answers.get(one);
      if (!answer) return isLost(one.from);
      return answer.changed || (one.from.after! < this.#position && (answer.old ?? true));
    });
  }

  async #tell(events: readonly StoredEvent[], listeners: readonly Following[]): Promise<void> {
    const viewers = listeners.map((listener) => listener.scope);
    const now = this.#clock.now();
    const tellings = await Promise.all(this.#audiences.map((audience) => audience(this.#db, events, viewers, now)));
    events.forEach((event, at) => {
      const rows = tellings.map((told) => told[at]!).filter((row) => row.length > 0);
      const when = rfc3339(event.at.getTime());
      // One frame for all who hear the same after the same: it is encoded once.
      const frames = new Map<Telling, Map<number, Frame>>();
      const together = togetherOnce();
      listeners.forEach((listener, who) => {
        if (event.offset <= listener.previous) return;
        const telling = rows.length === 1 ? rows[0]![who] : together(rows.flatMap((row) => row[who] ?? []));
        if (!telling) return;
        const { previous } = listener;
        let after = frames.get(telling);
        if (!after) frames.set(telling, (after = new Map()));
        let frame = after.get(previous);
        if (!frame) after.set(previous, (frame = { offset: event.offset, previous, type: telling.type, at: when, data: telling.data }));
        listener.tell(frame);
        listener.previous = event.offset;
      });
    });
  }

  /** A session that ended closes its sockets; rights that changed are used from now on, and the page loads afresh. */
  async #recheck(): Promise<void> {
    if (this.#following.size === 0) return;
    const listeners = [...this.#following];
    const scopes = await liveScopes(
      this.#db,
      listeners.map((listener) => listener.sessionHash),
    );
    for (const listener of listeners) {
      const scope = scopes.get(listener.sessionHash.toString('hex'));
      if (!scope) {
        this.#end(listener);
      } else if (JSON.stringify(scope) !== JSON.stringify(listener.scope)) {
        listener.scope = scope;
        await this.#inOrder(async () => this.#resync(listener));
      }
    }
  }

  /**
   * Hears of other processes' commits, on a connection of its own that also feels the database's pulse. A line that fell silent ends
   * no connection and fails no query: after three beats without an answer every connection of this process is cut, those
   * just being made too, so that nothing hangs and what is asked after its return meets no dead one.
   */
  async #listen(): Promise<void> {
    for (let isFirst = true; !this.#isStopped; isFirst = false) {
      const socket = new Socket();
      this.#listening = socket;
      const client = new pg.Client({ connectionString: this.#url, application_name: 'homeward listener', stream: () => socket });
      client.on('error', () => {}); // the next beat fails
      // Beats are counted, not milliseconds: a process that was itself held up finds the answer waiting and cuts nothing.
      let unanswered = 0;
      const beat = setInterval(() => {
        unanswered += 1;
        if (unanswered < mostBeatsUnanswered) return;
        this.#log.warn('the database does not answer; its connections are cut');
        socket.destroy();
        cutConnections(this.#db);
      }, beatMs);
      try {
        await client.connect();
        client.on('notification', ({ payload }) => {
          if (payload !== this.#name) this.#poke();
        });
        await client.query(`listen ${channel}`);
        // A line that had to be opened again may lead to another database. One that is read-only yet is no place to stay.
        if (!isFirst) await keepEpoch(this.#db);
        for (;;) {
          unanswered = 0;
          await this.#pause(beatMs);
          unanswered = 0;
          await client.query('select 1');
        }
      } catch {
        // The database is away: the poll says so in the log, and we try again.
      }
      clearInterval(beat);
      socket.destroy();
      await this.#pause(500).catch(() => {});
    }
  }

  /** Cut short when we stop. */
  #pause(forMs: number): Promise<void> {
    return sleep(forMs, undefined, { signal: this.#stopping.signal });
  }
}
