import { sql, type Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import type { Check, Decision } from '@homeward/shared/kernel/decision.ts';
import type { EventType } from '@homeward/shared/kernel/event.ts';
import { dayMs, type Instant } from '@homeward/shared/kernel/interval.ts';
import { localDayOf, numberOfDay, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import type { GroundFacts, ShiftFacts } from '@homeward/shared/shifts/facts.ts';
import { wholeKm } from '@homeward/shared/shifts/ranking-rules.ts';
import { questionsOf, type Question } from '@homeward/shared/shifts/rules.ts';
import type { StaffGroup } from '@homeward/shared/workers/facts.ts';
import { groundFacts, lookAheadMs, shiftFactsOf, wardFacts, workerFacts, type KnownWorker, type WardFacts } from './facts.ts';
import { storedShifts, type StoredShift } from './queries.ts';

/**
 * The roll: what this process has read of the facts that the match turns on, so that ten thousand people need not be read for each answer.
 * A copy and never the truth: the stream says what changed, and nothing is answered before everything announced until it was asked
 * for has been heard of. Whoever accepts is decided on afresh from the tables, under their locks. It may be thrown away at any time.
 */

/** What an event makes stale. Everything that changes a fact announces one of these: `tests/roll.test.ts` compares the roll with the tables. */
const staleBy: Record<EventType, 'person' | 'shift' | 'ground' | 'everything' | null> = {
  'shift.posted': 'shift',
  'shift.opened': 'shift',
  'shift.filled': 'shift',
  'shift.cancelled': 'shift',
  'shift.reopened': 'shift',
  'shift.expired': 'shift',
  'shift.changed': 'shift',
  'booking.confirmed': 'person',
  'booking.cancelled': 'person',
  'booking.needs-review': 'person',
  'booking.kept': 'person',
  'request.asked': null,
  'request.answered': null,
  'training.changed': 'person',
  'worker.changed': 'person',
  'restriction.changed': 'person',
  'alignment.changed': 'ground',
  'course.changed': 'ground',
  'period.changed': 'ground',
  'agreement.changed': 'ground',
  'ward.changed': 'ground',
  'import.applied': 'everything',
  'delegation.changed': null,
  'notice.given': null,
  'bed.changed': null,
  'ward.confirmed': null,
  'ward.asked': null,
  'admissions.changed': null,
  'criteria.changed': null,
  'designation.changed': null,
  'setting.changed': null,
  'readiness.changed': null,
  'suite.changed': null,
  'line.changed': null,
  'allocation.changed': null,
  'placement.changed': null,
  'register.changed': null,
  'rights.changed': null,
  'session.started': null,
  'session.ended': null,
};
function staleOf({ type, importKind, workerId, shiftId }: HeardEvent): (typeof staleBy)[EventType] {
  if (type === 'import.applied' && importKind === 'beds') return null;
  const stale = staleBy[type];
  return (stale === 'person' && !workerId) || (stale === 'shift' && !shiftId) ? 'everything' : stale;
}

/** Further behind than this, reading everything again is cheaper than hearing of it. */
const mostEvents = 2_000;
/** Beyond it everything is forgotten: about a gigabyte. */
const mostWorkers = 250_000;
const mostShifts = 250_000;
const readAtOnce = 5_000;

/** A worker on the roll, and when they were booked of late, by the trust: whom work went to comes after others. */
export type RolledWorker = KnownWorker & { bookedAt: readonly { trust: string; at: Instant }[] };
export const latelyMs = 28 * dayMs;

export interface OpenShift {
  row: StoredShift;
  ward: WardFacts;
  facts: ShiftFacts;
  questions: NumberedQuestion[];
}
/** By id. Another map where any of them has changed. */
export type OpenShifts = ReadonlyMap<string, OpenShift>;

/** One open shift and what it comes to for one worker. */
export interface Offer {
  row: StoredShift;
  facts: ShiftFacts;
  ward: WardFacts;
  decision: Decision;
}
/** Questions that are about the same have one number. */
export type NumberedQuestion = Question & { number: number };

/** What all answers rest on. Another object where any of it has changed. */
export interface RolledGround {
  ground: GroundFacts;
  wards: Map<string, WardFacts>;
  numbers: Map<string, number>;
}

/**
 * One answer, as a byte, for each place of a cell: 0 where nobody has asked yet. Where it goes by the day, from which it holds and until
 * which; of each place a few such answers, since what turns among the shifts that are open is asked now before and now after that day.
 */
type Kept = Lasted[] | Uint8Array;
interface Lasted {
  bytes: Uint8Array;
  from: Int32Array;
  until: Int32Array;
}
const mostLasted = 3;

/** Everybody of one trust and staff group, each at a place of their own, and what was found out about them. */
export class Cell {
  readonly trust: string;
  readonly workers: RolledWorker[] = [];
  readonly #placeOf = new Map<string, number>();
  #answers = new Map<string, Kept>();
  #kilometres = new Map<string, Float32Array>();
  #onWard: Map<string, Set<number>> | null = null;
  #restricted: Set<number> | null = null;
  #ground: RolledGround | null = null;

  constructor(trust: string) {
    this.trust = trust;
  }

  /** What everybody here has answered. Another ground, and nobody has asked anything. */
  answers(question: Question, ground: RolledGround): Kept {
    if (ground !== this.#ground) {
      this.#answers.clear();
      this.#ground = ground;
    }
    const about = question.lasting?.about ?? question.about;
    let kept = this.#answers.get(about);
    if (!kept) this.#answers.set(about, (kept = question.lasting ? [] : new Uint8Array(this.workers.length)));
    return kept;
  }

  /** Those who have or had a duty on a ward: nobody else can be one of its regulars. */
  onWard(wardId: string): ReadonlySet<number> {
    if (!this.#onWard) {
      this.#onWard = new Map();
      for (const [place, worker] of this.workers.entries()) {
        for (const duty of worker.duties) {
          if (duty.wardId === null) continue;
          const places = this.#onWard.get(duty.wardId);
          if (places) places.add(place);
          else this.#onWard.set(duty.wardId, new Set([place]));
        }
      }
    }
    return this.#onWard.get(wardId) ?? nobody;
  }

  /** Whole kilometres from each home to a ward, not a number where they aren't known. */
  kilometres(ward: WardFacts): Float32Array {
    let kilometres = this.#kilometres.get(ward.id);
    if (!kilometres) {
      const place = placeOf(ward);
      kilometres = Float32Array.from(this.workers, (worker) => wholeKm(worker.home, place) ?? Number.NaN);
      this.#kilometres.set(ward.id, kilometres);
    }
    return kilometres;
  }

  /** Those with any restriction: of the others no ward has one. */
  get restricted(): ReadonlySet<number> {
    return (this.#restricted ??= new Set(this.workers.flatMap((worker, place) => (worker.restrictions.length > 0 ? place : []))));
  }

  place(workerId: string | null): number | undefined {
    return workerId === null ? undefined : this.#placeOf.get(workerId);
  }

  has(workerId: string): boolean {
    return this.#placeOf.has(workerId);
  }

  worker(workerId: string): RolledWorker | undefined {
    const place = this.#placeOf.get(workerId);
    return place === undefined ? undefined : this.workers[place];
  }

  put(worker: RolledWorker): void {
    const place = this.#placeOf.get(worker.id);
    this.#onWard = null;
    this.#restricted = null;
    this.#kilometres.clear();
    if (place === undefined) {
      this.#placeOf.set(worker.id, this.workers.length);
      this.workers.push(worker);
      this.#answers.clear();
      return;
    }
    this.workers[place] = worker;
    for (const kept of this.#answers.values()) {
      if (kept instanceof Uint8Array) kept[place] = 0;
      else for (const { bytes } of kept) bytes[place] = 0;
    }
  }
}
const nobody: ReadonlySet<number> = new Set();

export const placeOf = ({ latitude, longitude }: WardFacts) => (latitude === null || longitude === null ? null : { latitude, longitude });

/** A worker as a decision about a shift that ends then sees them: not what lies further ahead than any decision looks. */
export function seenUntil(worker: RolledWorker, end: Instant): RolledWorker {
  const until = end + lookAheadMs;
  const last = worker.duties.at(-1);
  return !last || last.start < until ? worker : { ...worker, duties: worker.duties.filter((duty) => duty.start < until) };
}

/** The questions of a shift with their numbers; two of the same number are answered alike. */
export function numberedQuestions(shift: ShiftFacts, { ground, numbers }: RolledGround): NumberedQuestion[] {
  return questionsOf(shift, ground).map((question) => {
    let number = numbers.get(question.about);
    if (number === undefined) numbers.set(question.about, (number = numbers.size));
    return { ...question, number };
  });
}

// A kept answer; from `firstFailing` on it says which check is the first to fail.
const passes = 1;
const needsAgreement = 2;
const firstFailing = 3;
const failingCodes: string[] = [];

function byteOf(checks: readonly Check[]): number {
  const failing = checks.find((check) => check.result === 'fail');
  if (!failing) return checks.some((check) => check.result === 'override') ? needsAgreement : passes;
  const known = failingCodes.indexOf(failing.code);
  return firstFailing + (known >= 0 ? known : failingCodes.push(failing.code) - 1);
}

/** What a kept answer says: the first check somebody fails, if any. */
export const failedCode = (answer: number): string | null => (answer >= firstFailing ? failingCodes[answer - firstFailing]! : null);
export const isOverride = (answer: number): boolean => answer === needsAgreement;
/** Said of those whom agreement or consent keeps from the host: they are only part of a count. */
export const hiddenFromHost = 0;

/**
 * Asks everybody of a cell about one shift, and nobody what they have answered for another shift that asks the same. The questions go in the
 * order of a decision's checks, until one fails; `wave` isn't among them.
 */
export function answersIn(cell: Cell, shift: ShiftFacts, rolled: RolledGround): (place: number) => number {
  const size = cell.workers.length;
  const asked = questionsOf(shift, rolled.ground).map((question) => ({
    question,
    // So few have one, and so many wards could ask for it, that keeping the answers would cost more than asking.
    kept: question.of === 'restriction' ? null : cell.answers(question, rolled),
    first: question.lasting ? numberOfDay(question.lasting.first) : 0,
    last: question.lasting ? numberOfDay(question.lasting.last) : 0,
  }));
  const ask = ({ question, kept, first, last }: (typeof asked)[number], place: number): number => {
    const worker = seenUntil(cell.workers[place]!, shift.end);
    const byte = byteOf(question.ask(worker));
    if (!kept || byte > 255) return byte;
    if (kept instanceof Uint8Array) kept[place] = byte;
    else keep(kept, size, place, byte, first, last, question.lasting!.turns(worker));
    return byte;
  };
  const answered = (one: (typeof asked)[number], place: number): number => {
    const { kept, first, last } = one;
    if (kept instanceof Uint8Array) return kept[place] || ask(one, place);
    for (const { bytes, from, until } of kept ?? []) if (from[place]! <= first && last < until[place]! && bytes[place]) return bytes[place];
    return ask(one, place);
  };
  let unrestricted = 0;
  const sharing = asked.find(({ question }) => question.of === 'sharing')!;
  const { restricted } = cell;
  return (place) => {
    if (answered(sharing, place) >= firstFailing) return hiddenFromHost;
    let answer = passes;
    for (const one of asked) {
      // Whoever has no restriction at all passes that question, as they are told by the first of them.
      if (one.kept === null && unrestricted !== 0 && !restricted.has(place)) continue;
      const byte = answered(one, place);
      if (one.kept === null && !restricted.has(place) && byte === passes) unrestricted = byte;
      if (byte >= firstFailing) return byte;
      if (byte === needsAgreement) answer = needsAgreement;
    }
    return answer;
  };
}

const everLater = 2 ** 31 - 1;

/** Keeps an answer about a shift's days for as long as it holds; one that turns within the shift itself holds for no other. */
function keep(kept: Lasted[], size: number, place: number, byte: number, first: number, last: number, turns: readonly LocalDay[]): void {
  let [start, end] = [-everLater, everLater];
  for (const turn of turns) {
    const day = numberOfDay(turn);
    if (day <= first) start = Math.max(start, day);
    else end = Math.min(end, day);
  }
  if (last >= end) return;
  let free = kept.find(({ bytes }) => bytes[place] === 0);
  if (!free && kept.length === mostLasted) free = kept.at(-1)!;
  if (!free) kept.push((free = { bytes: new Uint8Array(size), from: new Int32Array(size), until: new Int32Array(size) }));
  free.bytes[place] = byte;
  free.from[place] = start;
  free.until[place] = end;
}

/** What one worker has answered. */
export interface Answers {
  /** By the number of the question. */
  checks: (Check[] | undefined)[];
  lists: WeakMap<OpenShifts, AnsweredList>;
}
/** What some open shifts came to for a worker from an instant on: those that are theirs and that time alone can't change, and those it may. */
export interface AnsweredList {
  from: Instant;
  settled: Offer[];
  /** When the first of these starts. */
  soonest: Instant;
  unsettled: { shift: OpenShift; lasting: Check[] }[];
}
/** Of so many workers it is kept, about a megabyte each: whoever looks at their list looks again soon, and pages read it again by themselves. */
const mostAnswering = 100;

const rolls = new WeakMap<Kysely<DB>, Roll>();

/** This process's roll of a database. */
export function rollOf(db: Kysely<DB>): Roll {
  let roll = rolls.get(db);
  if (!roll) rolls.set(db, (roll = new Roll(db)));
  return roll;
}

export class Roll {
  readonly #db: Kysely<DB>;
  #epoch = '';
  #position = 0;
  #now: Instant = 0;
  #running: Promise<void> = Promise.resolve();
  #next: { done: Promise<void>; wanted: (() => Promise<void>)[] } | null = null;
  #rolled: { day: string; of: RolledGround } | null = null;
  #sizes = new Map<string, Map<string, number>>();
  #cells = new Map<string, Cell>();
  #alone = new Map<string, RolledWorker>();
  #shifts = new Map<string, OpenShifts>();
  /** Those that started before it were not read. */
  #shiftsFrom: Instant = 0;
  #answering = new Map<RolledWorker, { rolled: RolledGround; answers: Answers }>();

  constructor(db: Kysely<DB>) {
    this.#db = db;
  }

  /** Everything is read again when it is next asked for: for who writes to the tables without announcing it, as tests do. */
  forget(): void {
    this.#epoch = '';
  }

  #clear(): void {
    this.#rolled = null;
    this.#sizes = new Map();
    this.#cells = new Map();
    this.#alone = new Map();
    this.#shifts = new Map();
    this.#answering = new Map();
  }

  /**
   * Answers with what `read` finds on the roll once everything has been heard that was announced until now. One step at a time hears and
   * reads: a step under way may have looked at the stream before we were asked, so whoever comes waits for the next one, all together.
   * Nothing on the roll changes under `read` but by its own reading, until it has answered.
   */
  read<T>(now: Instant, read: (page: Page) => Promise<T>): Promise<T> {
    if (!this.#next) {
      const wanted: (() => Promise<void>)[] = [];
      const done = this.#running.then(() => {
        this.#next = null;
        return this.#step(wanted);
      });
      this.#running = done.then(
        () => {},
        () => {},
      );
      this.#next = { done, wanted };
    }
    const { done, wanted } = this.#next;
    return new Promise((resolve, reject) => {
      wanted.push(() => read(this.#page(now)).then(resolve, reject));
      this.#now = now;
      done.catch(reject);
    });
  }

  async #step(wanted: readonly (() => Promise<void>)[]): Promise<void> {
    await this.#hear();
    const people = [...this.#cells.values()].reduce((sum, cell) => sum + cell.workers.length, this.#alone.size);
    const shifts = [...this.#shifts.values()].reduce((sum, open) => sum + open.size, 0);
    if (people > mostWorkers || shifts > mostShifts) this.#clear();
    for (const one of wanted) await one();
  }

  /** Reads the stream to its head and what it says has changed, once more from the tables. */
  async #hear(): Promise<void> {
    const { epoch, head, events } = await this.#news();
    const isLost = epoch !== this.#epoch || head < this.#position || events.length > mostEvents;
    if (isLost || events.some((event) => staleOf(event) === 'everything')) {
      if (epoch !== this.#epoch || head !== this.#position) this.#clear();
    } else {
      const about = (what: 'person' | 'shift' | 'ground') => events.filter((event) => staleOf(event) === what);
      if (about('ground').length > 0) {
        this.#rolled = null;
        this.#shifts = new Map();
      }
      await Promise.all([
        this.#readAgain(about('person').flatMap((event) => event.workerId ?? [])),
        this.#readShiftsAgain(about('shift').flatMap((event) => event.shiftId ?? [])),
      ]);
    }
    this.#epoch = epoch;
    this.#position = head;
  }

  /** Where the stream is, and what it has said since, but for more than is worth hearing of. */
  async #news(): Promise<{ epoch: string; head: number; events: HeardEvent[] }> {
    const { rows } = await sql<{ epoch: string; head: number } & (HeardEvent | { type: null })>`
      select s.epoch, s.head, e.* from stream s left join lateral (
        select type, worker_id, shift_id, data->>'kind' as import_kind from event
        where "offset" > ${this.#position} and "offset" <= s.head order by "offset" limit ${mostEvents + 1}) e on true`.execute(this.#db);
    const { epoch, head } = rows[0]!;
    return { epoch, head, events: rows.flatMap((row) => (row.type === null ? [] : [row])) };
  }

  /** Duties, restrictions and time away are the person's: everybody who is one of these persons. */
  async #readAgain(workerIds: readonly string[]): Promise<void> {
    if (workerIds.length === 0) return;
    const cells = [...this.#cells.values()];
    const cellOf = (id: string) => cells.find((cell) => cell.has(id));
    const readKnown = async (ids: readonly string[]) => {
      const known = ids.filter((id) => cellOf(id) ?? this.#alone.has(id));
      for (const worker of await rolledWorkers(this.#db, known, this.#now)) {
        cellOf(worker.id)?.put(worker);
        if (this.#alone.has(worker.id)) this.#alone.set(worker.id, worker);
      }
    };
    const named = new Set(workerIds);
    // Few work under two numbers, and every screen waits for this: who else they are is asked while they themselves are read.
    const [{ rows: others }] = await Promise.all([
      sql<{ id: string }>`select id from worker where person_id in (select person_id from worker where id = any(${[...named]}))
        and id <> all(${[...named]})`.execute(this.#db),
      readKnown([...named]),
    ]);
    await readKnown(others.map((row) => row.id));
  }

  async #readShiftsAgain(shiftIds: readonly string[]): Promise<void> {
    if (shiftIds.length === 0 || this.#shifts.size === 0) return;
    const rolled = this.#rolled!.of;
    const rows = await storedShifts(this.#db, sql`s.id = any(${shiftIds})`);
    await this.#readWards(rolled, rows);
    for (const [key, changed] of Map.groupBy(rows, (row) => cellKey(rolled.wards.get(row.wardId)!.trust, row.staffGroup))) {
      const known = this.#shifts.get(key);
      if (known) this.#shifts.set(key, openNow(known, changed, rolled));
    }
  }

  async #readWards(rolled: RolledGround, rows: readonly { wardId: string }[]): Promise<void> {
    const missing = new Set(rows.map((row) => row.wardId).filter((id) => !rolled.wards.has(id)));
    for (const [id, ward] of await wardFacts(this.#db, [...missing])) rolled.wards.set(id, ward);
  }

  async #workers(ids: readonly string[], now: Instant): Promise<Map<string, RolledWorker>> {
    const found = new Map<string, RolledWorker>();
    const cells = [...this.#cells.values()];
    const missing = ids.filter((id) => {
      const known = this.#alone.get(id) ?? cells.find((cell) => cell.has(id))?.worker(id);
      if (known) found.set(id, known);
      return !known;
    });
    for (const worker of await rolledWorkers(this.#db, missing, now)) {
      this.#alone.set(worker.id, worker);
      found.set(worker.id, worker);
    }
    return found;
  }

  #page(now: Instant): Page {
    const ground = async () => {
      const day = localDayOf(now);
      // The ground says who is a member on the day it was read for.
      if (this.#rolled?.day !== day) {
        this.#rolled = { day, of: { ground: await groundFacts(this.#db, now), wards: new Map(), numbers: new Map() } };
        this.#shifts = new Map();
      }
      return this.#rolled.of;
    };
    return {
      ground: async (wardIds) => {
        const rolled = await ground();
        await this.#readWards(
          rolled,
          wardIds.map((wardId) => ({ wardId })),
        );
        return rolled;
      },
      sizes: async (staffGroup) => {
        let sizes = this.#sizes.get(staffGroup);
        if (!sizes) {
          const { rows } = await sql<{ trust: string; size: number }>`select w.trust, count(*)::int as size
            from worker_revision r join worker w on w.id = r.worker_id where r.replaced_at is null and r.staff_group = ${staffGroup} group by w.trust`.execute(
            this.#db,
          );
          this.#sizes.set(staffGroup, (sizes = new Map(rows.map((row) => [row.trust, row.size]))));
        }
        return sizes;
      },
      cell: async (trust, staffGroup) => {
        const key = cellKey(trust, staffGroup);
        let cell = this.#cells.get(key);
        if (!cell) {
          const { rows } = await sql<{
            id: string;
          }>`select w.id from worker w join worker_revision r on r.worker_id = w.id and r.replaced_at is null
            where w.trust = ${trust} and r.staff_group = ${staffGroup} order by w.id`.execute(this.#db);
          cell = cellWith(
            trust,
            await rolledWorkers(
              this.#db,
              rows.map((row) => row.id),
              now,
            ),
          );
          this.#cells.set(key, cell);
        }
        return cell;
      },
      worker: async (id) => (await this.#workers([id], now)).get(id),
      workers: (ids) => this.#workers(ids, now),
      answersOf: (worker, rolled) => {
        const kept = this.#answering.get(worker);
        // A worker whose facts changed is another object, and so is another ground.
        const current = kept?.rolled === rolled ? kept : { rolled, answers: { checks: [], lists: new WeakMap() } };
        this.#answering.delete(worker);
        this.#answering.set(worker, current);
        if (this.#answering.size > mostAnswering) this.#answering.delete(this.#answering.keys().next().value!);
        const { checks } = current.answers;
        if (checks.length < rolled.numbers.size) checks.length = rolled.numbers.size;
        return current.answers;
      },
      openShifts: async (trusts, staffGroup) => {
        const rolled = await ground();
        // The clock was put right.
        if (now < this.#shiftsFrom) this.#shifts = new Map();
        const missing = trusts.filter((trust) => !this.#shifts.has(cellKey(trust, staffGroup)));
        if (missing.length > 0) {
          const rows = await storedShifts(
            this.#db,
            sql`s.status = 'open' and s.staff_group = ${staffGroup} and s.starts_at > ${new Date(now)}
              and s.ward_id in (select id from ward where trust = any(${missing}))`,
          );
          await this.#readWards(rolled, rows);
          this.#shiftsFrom = now;
          const byTrust = Map.groupBy(rows, (row) => rolled.wards.get(row.wardId)!.trust);
          for (const trust of missing) this.#shifts.set(cellKey(trust, staffGroup), openNow(new Map(), byTrust.get(trust) ?? [], rolled));
        }
        return trusts.map((trust) => this.#shifts.get(cellKey(trust, staffGroup))!);
      },
    };
  }
}

interface HeardEvent {
  type: EventType;
  workerId: string | null;
  shiftId: string | null;
  importKind: string | null;
}

/** What can be looked up on the roll; whatever isn't there yet is read and stays. */
export interface Page {
  ground(wardIds: readonly string[]): Promise<RolledGround>;
  /** How many workers of a staff group each trust has. */
  sizes(staffGroup: StaffGroup): Promise<ReadonlyMap<string, number>>;
  cell(trust: string, staffGroup: StaffGroup): Promise<Cell>;
  worker(id: string): Promise<RolledWorker | undefined>;
  workers(ids: readonly string[]): Promise<ReadonlyMap<string, RolledWorker>>;
  /** What a worker on the roll has answered; whoever asks them more adds it. */
  answersOf(worker: RolledWorker, rolled: RolledGround): Answers;
  /** The open shifts of a staff group at these trusts that start after now, and some that have begun since. */
  openShifts(trusts: readonly string[], staffGroup: StaffGroup): Promise<OpenShifts[]>;
}

const cellKey = (trust: string, staffGroup: StaffGroup) => `${trust} ${staffGroup}`;

export function cellWith(trust: string, workers: readonly RolledWorker[]): Cell {
  const cell = new Cell(trust);
  for (const worker of workers) cell.put(worker);
  return cell;
}

function openNow(known: OpenShifts, changed: readonly StoredShift[], rolled: RolledGround): OpenShifts {
  const open = new Map(known);
  for (const row of changed) {
    if (row.status === 'open') open.set(row.id, openShift(row, rolled));
    else open.delete(row.id);
  }
  return open;
}

function openShift(row: StoredShift, rolled: RolledGround): OpenShift {
  const ward = rolled.wards.get(row.wardId)!;
  const facts = shiftFactsOf(row, ward);
  return { row, ward, facts, questions: numberedQuestions(facts, rolled) };
}

/** Work as far ahead as anybody has any: what a decision looks at of it depends on the shift (`seenUntil`). */
const everAhead = 100 * 365 * dayMs;

/** These workers from the tables. */
export async function rolledWorkers(db: Kysely<DB>, workerIds: readonly string[], now: Instant): Promise<RolledWorker[]> {
  const workers: RolledWorker[] = [];
  for (let from = 0; from < workerIds.length; from += readAtOnce) {
    const ids = workerIds.slice(from, from + readAtOnce);
    const [facts, { rows }] = await Promise.all([
      workerFacts(db, ids, { start: now, end: now + everAhead }),
      sql<{ workerId: string; trust: string; at: Date }>`select b.worker_id, w.trust, b.booked_at as at
        from booking b join ward w on w.id = b.ward_id where b.worker_id = any(${ids}) and b.status <> 'cancelled' and b.booked_at > ${new Date(now - latelyMs)}`.execute(
        db,
      ),
    ]);
    const booked = Map.groupBy(rows, (row) => row.workerId);
    for (const worker of facts.values()) {
      const bookedAt = (booked.get(worker.id) ?? []).map((row) => ({ trust: row.trust, at: row.at.getTime() }));
      workers.push({ ...worker, bookedAt });
    }
  }
  return workers;
}
