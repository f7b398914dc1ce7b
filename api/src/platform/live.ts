import { sql, type Kysely } from 'kysely';
import pg from 'pg';
import type { Logger } from 'pino';
import type { DB, JsonValue } from '@homeward/db/types.ts';
import type { EventType, Frame, FrameData, FrameType, Ready } from '@homeward/shared/kernel/event.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import type { Clock } from './clock.ts';
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
  close(): void;
}

interface Following extends Listener {
  previous: number;
}

/** What several capabilities tell one viewer of one event is one frame: under the first one's name, with what each has to say. */
function together(tellings: readonly Telling[]): Telling | null {
  const [first, ...others] = tellings;
  if (!first || others.length === 0) return first ?? null;
  return { type: first.type, data: Object.assign({}, ...tellings.map((telling) => telling.data)) as FrameData };
}

const channel = 'homeward';
const pollMs = 1000;
const recheckMs = 2000;
const batch = 500;
export const replayDays = 7;

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
  #epoch = '';
  #position = 0;
  #work: Promise<void> = Promise.resolve();
  #queued = false;
  #listening: pg.Client | null = null;
  #timers: NodeJS.Timeout[] = [];
  #notifying = false;
  #stopped = false;

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

  get connections(): number {
    return this.#following.size;
  }

  async start(): Promise<void> {
    const stream = await this.#head();
    this.#epoch = stream.epoch;
    this.#position = stream.head;
    void this.#listen();
    this.#timers.push(
      setInterval(() => this.#poke(), pollMs),
      setInterval(
        () => void this.#recheck().catch((error: unknown) => this.#log.warn({ error }, 'rights could not be rechecked')),
        recheckMs,
      ),
    );
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearInterval(timer);
    for (const listener of [...this.#following]) listener.close();
    this.#following.clear();
    await this.#listening?.end().catch(() => {});
    await this.#work;
  }

  /** After a commit: tell our own screens now, and wake the other processes once for all that this turn of the loop wrote. */
  wake(): void {
    this.#poke();
    if (this.#notifying || this.#stopped) return;
    this.#notifying = true;
    setImmediate(() => {
      this.#notifying = false;
      sql`select pg_notify(${channel}, '')`
        .execute(this.#db)
        .catch((error: unknown) => this.#log.warn({ error }, 'others were not woken; their poll will'));
    });
  }

  /**
   * Brings a connection up to date and keeps it so. `after` is the offset its page was loaded at, or that it had reached;
   * another epoch, one over 7 days old or ahead of the head, or rights that changed since mean `resync`: load afresh.
   */
  follow(listener: Listener, from: { epoch?: string | undefined; after?: number | undefined }): Promise<void> {
    return this.#inOrder(async () => {
      await this.#tellAll();
      const following: Following = Object.assign(listener, { previous: this.#position });
      const resync = await this.#mustResync(listener.scope, from);
      const after = from.after === undefined || resync ? this.#position : from.after;
      following.previous = after;
      listener.ready({ epoch: this.#epoch, offset: after, resync, now: rfc3339(this.#clock.now()) });
      // Replayed before anything newer can be told: this runs in the one queue that tells.
      for (let done = after; done < this.#position;) {
        const events = await this.#eventsAfter(done, this.#position);
        if (events.length === 0) break;
        await this.#tell(events, [following]);
        done = events.at(-1)!.offset;
      }
      // One that left while it was being brought up to date would be told for ever.
      if (!this.#left.has(listener)) this.#following.add(following);
    });
  }

  unfollow(listener: Listener): void {
    this.#left.add(listener);
    this.#following.delete(listener as Following);
  }

  /** Events after an offset as one viewer may see them, for those who ask by plain HTTP. */
  async read(scope: Scope, from: { epoch?: string | undefined; after?: number | undefined }): Promise<Ready & { events: Frame[] }> {
    await this.#inOrder(() => this.#tellAll());
    const resync = await this.#mustResync(scope, from);
    const after = from.after === undefined || resync ? this.#position : from.after;
    const frames: Frame[] = [];
    const reader: Following = {
      scope,
      sessionHash: Buffer.alloc(0),
      previous: after,
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
    if (this.#queued || this.#stopped) return;
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
    const { epoch, head } = await this.#head();
    if (epoch !== this.#epoch || head < this.#position) {
      this.#epoch = epoch;
      this.#position = head;
      for (const listener of this.#following) this.#resync(listener);
      return;
    }
    while (this.#position < head) {
      const events = await this.#eventsAfter(this.#position, head);
      if (events.length === 0) return;
      if (this.#following.size > 0) await this.#tell(events, [...this.#following]);
      this.#position = events.at(-1)!.offset;
    }
  }

  #resync(listener: Following): void {
    listener.previous = this.#position;
    listener.ready({ epoch: this.#epoch, offset: this.#position, resync: true, now: rfc3339(this.#clock.now()) });
  }

  async #eventsAfter(after: number, upTo: number): Promise<StoredEvent[]> {
    const { rows } = await sql<StoredEvent>`
      select "offset", type, at, recorded_at, ward_id, shift_id, worker_id, account_id, data from event
      where "offset" > ${after} and "offset" <= ${upTo} order by "offset" limit ${batch}`.execute(this.#db);
    return rows;
  }

  async #mustResync(scope: Scope, from: { epoch?: string | undefined; after?: number | undefined }): Promise<boolean> {
    if (from.epoch !== undefined && from.epoch !== this.#epoch) return true;
    if (from.after === undefined) return false;
    if (from.after > this.#position) return true;
    const { rows } = await sql<{ changed: boolean; old: boolean | null }>`
      select exists (select 1 from event e, account_role r, tstzrange(e.recorded_at, clock_timestamp(), '(]') away
          where e."offset" = ${from.after} and r.account_id = ${scope.accountId} and (away @> r.from_at or away @> r.until_at)) as changed,
        (select recorded_at < clock_timestamp() - make_interval(days => ${replayDays}) from event where "offset" = ${from.after + 1}) as old`.execute(
      this.#db,
    );
    return rows[0]!.changed || (from.after < this.#position && (rows[0]!.old ?? true));
  }

  async #tell(events: readonly StoredEvent[], listeners: readonly Following[]): Promise<void> {
    const viewers = listeners.map((listener) => listener.scope);
    const now = this.#clock.now();
    const tellings: (Telling | null)[][][] = [];
    for (const audience of this.#audiences) tellings.push(await audience(this.#db, events, viewers, now));
    events.forEach((event, at) => {
      listeners.forEach((listener, who) => {
        const telling = together(tellings.flatMap((told) => told[at]?.[who] ?? []));
        if (!telling) return;
        listener.tell({
          offset: event.offset,
          previous: listener.previous,
          type: telling.type,
          at: rfc3339(event.at.getTime()),
          data: telling.data,
        });
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

  async #listen(): Promise<void> {
    while (!this.#stopped) {
      const client = new pg.Client({ connectionString: this.#url, application_name: 'homeward listener', keepAlive: true });
      const lost = new Promise<void>((resolve) => {
        client.on('error', () => resolve());
        client.on('end', () => resolve());
      });
      try {
        await client.connect();
        client.on('notification', () => this.#poke());
        await client.query(`listen ${channel}`);
        this.#listening = client;
        await lost;
      } catch {
        // The database is away: the poll says so in the log, and we try again.
      }
      this.#listening = null;
      await client.end().catch(() => {});
      if (!this.#stopped) await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}
