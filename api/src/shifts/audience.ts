import { sql, type Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import { dayMs, rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { everyWard } from '@homeward/shared/shifts/live-rules.ts';
import { decide } from '@homeward/shared/shifts/rules.ts';
import type { MyShift, WardShift } from '@homeward/shared/shifts/contract.ts';
import type { StoredEvent, Telling } from '../platform/live.ts';
import { hasRole, managedWards, type Scope } from '../platform/scope.ts';
import { groundFacts, shiftFactsOf, wardFacts, workerFacts } from './facts.ts';
import { bookingView, requestViews } from './booking-queries.ts';
import { cardGround, cancelledPercents, storedShifts, type StoredShift } from './queries.ts';
import { wardShifts } from './ward-queries.ts';
import { isTheirsToSee, myShiftCards } from './worker-queries.ts';

/**
 * Who hears of an event, and as what. Decided after the commit from rights and facts as they are now: what is told is the card
 * as it stands, so that telling late, again or after later events still ends at what a fresh load shows.
 */

/** A worker hears that a shift is offered, or that it has gone; never that it was posted, or by whom it was taken. */
const opens = new Set(['shift.posted', 'shift.opened', 'shift.reopened']);
const goes: Record<string, 'filled' | 'cancelled' | 'expired'> = {
  'shift.filled': 'filled',
  'shift.cancelled': 'cancelled',
  'shift.expired': 'expired',
};
/** About one worker: their own facts changed, and with them what any shift comes to for them. */
const personal = new Set([
  'booking.confirmed',
  'booking.cancelled',
  'booking.needs-review',
  'request.asked',
  'request.answered',
  'training.changed',
  'worker.changed',
]);
/** What a person holds or is counts on the ward they are on duty on, for everyone who looks at it. */
const changesPerson = new Set(['training.changed', 'worker.changed']);
/** So much may have changed that only a fresh load tells: an import whose people weren't each told of their own change. */
const isSweeping = (event: StoredEvent) => event.type === 'import.applied' && event.data['toldOneByOne'] !== true;
const onWards = new Set([...opens, ...Object.keys(goes), 'booking.needs-review', 'request.asked', 'request.answered', 'ward.changed']);
const boardAheadMs = 100 * dayMs;

export async function audience(
  db: Kysely<DB>,
  events: readonly StoredEvent[],
  viewers: readonly Scope[],
  now: Instant,
): Promise<(Telling | null)[][]> {
  const shiftIds = [...new Set(events.flatMap((event) => event.shiftId ?? []))];
  const shifts = shiftIds.length === 0 ? [] : await storedShifts(db, sql`s.id = any(${shiftIds})`);
  const worker = await workerTellings(db, events, viewers, shifts, now);
  const ward = await wardTellings(db, events, viewers, shifts, now);
  return events.map((event, at) =>
    viewers.map((viewer, who) => {
      const toWorker = worker[at]![who] ?? null;
      const toWard = ward[at]![who] ?? null;
      if (toWorker && toWard) return { type: event.type, data: { ...toWorker.data, ...toWard.data } };
      return toWard ?? toWorker ?? toOffice(event, viewer);
    }),
  );
}

/** Offices that look at what was imported hear that something was, and load it by their own rights. */
function toOffice(event: StoredEvent, viewer: Scope): Telling | null {
  const looks = hasRole(viewer, 'bank-office', 'training-lead', 'programme', 'administrator');
  return event.type === 'import.applied' && looks ? { type: event.type, data: { reload: true } } : null;
}

const nobody = (events: readonly StoredEvent[]): (Telling | null)[][] => events.map(() => []);

/** What every worker among the viewers hears. */
async function workerTellings(
  db: Kysely<DB>,
  events: readonly StoredEvent[],
  viewers: readonly Scope[],
  shifts: readonly StoredShift[],
  now: Instant,
): Promise<(Telling | null)[][]> {
  const workerIds = [...new Set(viewers.flatMap((viewer) => viewer.workerId ?? []))];
  if (workerIds.length === 0) return nobody(events);
  const touched = await touchedShifts(db, events, shifts, now);
  const spoken = new Map(
    shifts.filter((shift) => events.some((event) => event.shiftId === shift.id && movesShift(event))).map((shift) => [shift.id, shift]),
  );
  for (const shift of touched.flat()) spoken.set(shift.id, shift);
  const cards = await cardsFor(db, [...spoken.values()], workerIds, now);
  const tellings: (Telling | null)[][] = [];
  for (const [at, event] of events.entries()) {
    const row: (Telling | null)[] = [];
    for (const viewer of viewers) row.push(viewer.workerId === null ? null : await toWorker(db, event, viewer, cards, touched[at]!));
    tellings.push(row);
  }
  return tellings;
}

const movesShift = (event: StoredEvent) => opens.has(event.type) || event.type in goes;

/**
 * For each event, the other open shifts whose cards it changed for the workers who may take them: those it overlaps on its ward, since
 * who is on then is on their cards; all of the ward where its own cancelling counts on each; all of the wards on which a person works
 * whose training changed. Never more than one statement of shifts.
 */
async function touchedShifts(
  db: Kysely<DB>,
  events: readonly StoredEvent[],
  shifts: readonly StoredShift[],
  now: Instant,
): Promise<StoredShift[][]> {
  const wardsOfPeople = await wardsOf(db, events, now);
  const wardIds = new Set([
    ...events.flatMap((event) => (movesShift(event) || event.type === 'booking.cancelled' ? (event.wardId ?? []) : [])),
    ...[...wardsOfPeople.values()].flatMap((wards) => [...wards]),
  ]);
  if (wardIds.size === 0) return events.map(() => []);
  const open = await storedShifts(
    db,
    sql`s.status = 'open' and s.starts_at > ${new Date(now)} and s.ward_id = any(${[...wardIds]}::uuid[])`,
  );
  return events.map((event) => {
    if (wardsOfPeople.size > 0 && event.workerId && changesPerson.has(event.type)) {
      const wards = wardsOfPeople.get(event.workerId);
      return open.filter((shift) => wards?.has(shift.wardId));
    }
    if (event.type === 'booking.cancelled')
      return event.data['side'] === 'ward' ? open.filter((shift) => shift.wardId === event.wardId) : [];
    const own = movesShift(event) ? shifts.find((shift) => shift.id === event.shiftId) : undefined;
    if (!own) return [];
    return open.filter(
      (shift) => shift.id !== own.id && shift.wardId === own.wardId && shift.startsAt < own.endsAt && own.startsAt < shift.endsAt,
    );
  });
}

async function toWorker(
  db: Kysely<DB>,
  event: StoredEvent,
  viewer: Scope,
  seen: Map<string, Seen>,
  touched: readonly StoredShift[],
): Promise<Telling | null> {
  const workerId = viewer.workerId!;
  if (isSweeping(event)) return { type: event.type, data: { reload: true } };
  const aboutMe = event.workerId === workerId || (event.data['personId'] !== undefined && event.data['personId'] === viewer.personId);
  if (personal.has(event.type) && aboutMe) {
    const bookingId = event.workerId === workerId ? event.data['bookingId'] : undefined;
    const requestId = event.workerId === workerId ? event.data['requestId'] : undefined;
    const booking = typeof bookingId === 'string' ? await bookingView(db, bookingId) : undefined;
    const request = typeof requestId === 'string' ? (await requestViews(db, sql`q.id = ${requestId}`))[0] : undefined;
    return {
      type: event.type,
      data: { ...(event.shiftId && { shiftId: event.shiftId }), ...(booking && { booking }), ...(request && { request }), reload: true },
    };
  }
  const mayTake = (shiftId: string) => {
    const one = seen.get(`${shiftId} ${workerId}`);
    return one?.isOpen && one.card.decision.outcome === 'eligible' ? one.card : null;
  };
  const cards = touched.flatMap((shift) => mayTake(shift.id) ?? []);
  const withCards = cards.length > 0 ? { cards } : {};
  const own = event.shiftId && movesShift(event) ? seen.get(`${event.shiftId} ${workerId}`) : undefined;
  const shiftId = event.shiftId ?? undefined;
  if (own && shiftId && opens.has(event.type) && own.isOpen) {
    const shift = mayTake(shiftId);
    return shift
      ? { type: 'shift.offered', data: { shiftId, shift, ...withCards } }
      : { type: 'shift.noticed', data: { shiftId, ...withCards } };
  }
  const reason = goes[event.type];
  // Whoever took it hears so by their booking; the others that it has gone, and since when.
  if (own && shiftId && reason !== undefined && !own.isOpen && !own.isMine) {
    return {
      type: 'shift.withdrawn',
      data: { shiftId, reason, ...(reason === 'filled' && { takenAt: rfc3339(event.at.getTime()) }), ...withCards },
    };
  }
  return cards.length > 0 ? { type: 'shift.noticed', data: withCards } : null;
}

interface Seen {
  card: MyShift;
  isOpen: boolean;
  isMine: boolean;
}

/** For each of these shifts and workers who could see it, its card as it stands now: a fixed number of statements however many of either. */
async function cardsFor(
  db: Kysely<DB>,
  shifts: readonly StoredShift[],
  workerIds: readonly string[],
  now: Instant,
): Promise<Map<string, Seen>> {
  const seen = new Map<string, Seen>();
  if (shifts.length === 0) return seen;
  const wards = await wardFacts(db, [...new Set(shifts.map((shift) => shift.wardId))], localDayOf(now));
  const ground = await groundFacts(db, now);
  const span = {
    start: Math.min(...shifts.map((shift) => shift.startsAt.getTime())),
    end: Math.max(...shifts.map((shift) => shift.endsAt.getTime())),
  };
  const staffGroups = [...new Set(shifts.map((shift) => shift.staffGroup))];
  const inGroup = await db
    .selectFrom('workerRevision')
    .select('workerId')
    .where('replacedAt', 'is', null)
    .where(sql<boolean>`worker_id = any(${[...workerIds]}) and staff_group = any(${staffGroups})`)
    .execute();
  const ids = inGroup.map((row) => row.workerId);
  const workers = await workerFacts(db, ids, span);
  const known = await cardGround(db, shifts, ids, now);
  const holders = await sql<{ shiftId: string; personId: string }>`
    select shift_id, person_id from booking where shift_id = any(${shifts.map((shift) => shift.id)}) and status in ('confirmed', 'needs-review', 'worked')`.execute(
    db,
  );
  for (const worker of workers.values()) {
    const offers = shifts.flatMap((row) => {
      if (row.staffGroup !== worker.staffGroup) return [];
      const ward = wards.get(row.wardId)!;
      const facts = shiftFactsOf(row, ward);
      const offer = { row, ward, facts, decision: decide(worker, facts, ground, now) };
      const isMine = holders.rows.some((one) => one.shiftId === row.id && one.personId === worker.personId);
      return isMine || isTheirsToSee(offer, worker.id, now) ? [{ offer, isMine }] : [];
    });
    const cards = myShiftCards(
      worker,
      offers.map(({ offer }) => offer),
      ground,
      known,
      now,
    );
    offers.forEach(({ offer: { row }, isMine }, at) => {
      const isOpen = row.status === 'open' && row.startsAt.getTime() > now;
      seen.set(`${row.id} ${worker.id}`, { card: cards[at]!, isOpen, isMine });
    });
  }
  return seen;
}

/** What those who manage a ward hear: every card on its board that the event changed. */
async function wardTellings(
  db: Kysely<DB>,
  events: readonly StoredEvent[],
  viewers: readonly Scope[],
  shifts: readonly StoredShift[],
  now: Instant,
): Promise<(Telling | null)[][]> {
  const managed = viewers.map((viewer) => new Set(managedWards(viewer)));
  if (managed.every((wards) => wards.size === 0)) return nobody(events);
  const isManaged = (wardId: string) => managed.some((wards) => wards.has(wardId));
  const spoken = shifts.filter((shift) => isManaged(shift.wardId));
  // A shift that fills or opens changes who is around it: the PMVA counts of those it overlaps on its ward.
  const around =
    spoken.length === 0
      ? []
      : await storedShifts(
          db,
          sql`exists (select 1 from shift o where o.id = any(${spoken.map((shift) => shift.id)}) and o.ward_id = s.ward_id
            and o.starts_at < s.ends_at and s.starts_at < o.ends_at)`,
        );
  const cards = await wardShifts(db, around, now);
  const percents = await cancelledPercents(db, [...new Set(spoken.map((shift) => shift.wardId))], now);
  const wardsOfPeople = await wardsOf(db, events, now);
  return events.map((event) => {
    let toBoard: Telling | null = null;
    let wardIds: ReadonlySet<string> = new Set();
    if (isSweeping(event)) {
      toBoard = { type: event.type, data: { reload: true } };
    } else if (changesPerson.has(event.type) && event.workerId) {
      wardIds = wardsOfPeople.get(event.workerId) ?? new Set();
      toBoard = { type: event.type, data: { reload: true } };
    } else if (event.wardId && onWards.has(event.type)) {
      wardIds = new Set([event.wardId]);
      const changed = changedBy(event, cards);
      toBoard = {
        type: event.type,
        data:
          event.type === 'ward.changed'
            ? { reload: true }
            : {
                ...(event.shiftId && { shiftId: event.shiftId }),
                ...withShift(changed.find((card) => card.id === event.shiftId)),
                shifts: changed,
                cancelledPercent: percents.get(event.wardId) ?? null,
              },
      };
    }
    if (!toBoard) return [];
    const telling = toBoard;
    return managed.map((wards) => {
      if (wards.size === 0) return null;
      if (isSweeping(event)) return { ...telling, data: { ...telling.data, wardId: everyWard } };
      const wardId = [...wardIds].find((one) => wards.has(one));
      return wardId ? { ...telling, data: { ...telling.data, wardId } } : null;
    });
  });
}

const withShift = (shift: WardShift | undefined): { shift?: WardShift } => (shift ? { shift } : {});

function changedBy(event: StoredEvent, cards: readonly WardShift[]): WardShift[] {
  const own = cards.find((card) => card.id === event.shiftId);
  if (!own) return [];
  return cards.filter((card) => card.wardId === own.wardId && card.startsAt < own.endsAt && own.startsAt < card.endsAt);
}

/** The wards whose boards show the workers these events are about: what they hold counts there. */
async function wardsOf(db: Kysely<DB>, events: readonly StoredEvent[], now: Instant): Promise<Map<string, Set<string>>> {
  const workerIds = events.filter((event) => changesPerson.has(event.type)).flatMap((event) => event.workerId ?? []);
  if (workerIds.length === 0) return new Map();
  const { rows } = await sql<{ workerId: string; wardId: string }>`
    select worker_id, ward_id from booking where worker_id = any(${workerIds}) and status in ('confirmed', 'needs-review', 'worked')
      and upper(period) > ${new Date(now - dayMs)} and lower(period) < ${new Date(now + boardAheadMs)}
    union
    select worker_id, ward_id from duty_revision where worker_id = any(${workerIds}) and replaced_at is null and ward_id is not null
      and upper(period) > ${new Date(now - dayMs)} and lower(period) < ${new Date(now + boardAheadMs)}`.execute(db);
  const wards = new Map<string, Set<string>>();
  for (const row of rows) wards.set(row.workerId, (wards.get(row.workerId) ?? new Set()).add(row.wardId));
  return wards;
}
