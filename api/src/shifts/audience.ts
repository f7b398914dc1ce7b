import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import type { AccountRole } from '@homeward/shared/accounts/contract.ts';
import { dayMs, rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { everyWard } from '@homeward/shared/shifts/live-rules.ts';
import { decide, questionsOf } from '@homeward/shared/shifts/rules.ts';
import { pmvaTeam } from '@homeward/shared/training/rules.ts';
import type { MyShift, WardShift } from '@homeward/shared/shifts/contract.ts';
import type { StoredEvent, Telling } from '../platform/live.ts';
import { hasRole, isOfTrust, managedWards, type Scope } from '../platform/scope.ts';
import { shiftFactsOf } from './facts.ts';
import { bookingView, requestViews } from './booking-queries.ts';
import { cardGround, cancelledPercents, storedShifts, type StoredShift } from './queries.ts';
import { rollOf, seenUntil, type RolledGround, type RolledWorker } from './roll-queries.ts';
import { wardShifts } from './ward-queries.ts';
import { cardMaker, isKeptFrom, isTheirs, questionsOfWhose } from './worker-queries.ts';

/**
 * Who hears of an event, and as what. Decided after the commit from rights and facts as they are now: what is told is the card
 * as it stands, so that telling late, again or after later events still ends at what a fresh load shows.
 */

/**
 * A worker hears that a shift is offered, or that it has gone; never that it was posted, or by whom it was taken. One whose card changed, as
 * when a bed is closed until it is filled, is offered again as it now stands.
 */
const opens = new Set(['shift.posted', 'shift.opened', 'shift.reopened', 'shift.changed']);
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
  'booking.kept',
  'request.asked',
  'request.answered',
  'training.changed',
  'worker.changed',
  'restriction.changed',
  'notice.given',
]);
/** What a person holds or is counts on the ward they are on duty on, for everyone who looks at it. */
const changesPerson = new Set(['training.changed', 'worker.changed']);
/** So much may have changed that only a fresh load tells: an import whose people weren't each told of their own change. */
const isSweeping = (event: StoredEvent) => event.type === 'import.applied' && event.data['toldOneByOne'] !== true;
const onWards = new Set([
  ...opens,
  ...Object.keys(goes),
  'booking.needs-review',
  'booking.kept',
  'request.asked',
  'request.answered',
  'ward.changed',
  'restriction.changed',
]);
/** What a ward is told of these is only that its page must load afresh. */
const reloadsWard = new Set(['ward.changed', 'restriction.changed']);
const boardAheadMs = 100 * dayMs;

export async function audience(
  db: Kysely<DB>,
  events: readonly StoredEvent[],
  viewers: readonly Scope[],
  now: Instant,
): Promise<(Telling | null)[][]> {
  const shiftIds = [...new Set(events.flatMap((event) => event.shiftId ?? []))];
  const workerIds = [...new Set(viewers.flatMap((viewer) => viewer.workerId ?? []))];
  const wardIds = [...new Set(events.flatMap((event) => event.wardId ?? []))];
  // Every screen waits for these: side by side.
  const [shifts, reaches, trusts, people, around, holders] = await Promise.all([
    shiftIds.length === 0 ? [] : storedShifts(db, sql`s.id = any(${shiftIds})`),
    reachesOf(db, events, viewers, now),
    trustsOf(db, events, viewers),
    shiftIds.length === 0 || workerIds.length === 0 ? null : peopleOf(db, workerIds, wardIds, now),
    workerIds.length === 0 ? nothingAround : shiftsAround(db, events, now),
    workerIds.length === 0 ? [] : holdersOf(db, shiftIds),
  ]);
  const [worker, ward] = await Promise.all([
    workerTellings(db, events, viewers, { shifts, reaches, people, around, holders }, now),
    wardTellings(db, events, viewers, shifts, reaches, now),
  ]);
  return events.map((event, at) => {
    const toOffice = officeTelling(event, trusts);
    return viewers.map((viewer, who) => {
      const toWorker = worker[at]![who] ?? null;
      const toWard = ward[at]![who] ?? null;
      if (toWorker && toWard) return { type: event.type, data: { ...toWorker.data, ...toWard.data } };
      return toWard ?? toWorker ?? toOffice?.(viewer) ?? null;
    });
  });
}

/** The trust of each ward and worker that some events are about, by its id. */
type Trusts = ReadonlyMap<string, string>;

/** Whose offices hear that somebody's record or booking changed; of a booking, those of the ward's trust as well. */
const toHome: Record<string, readonly AccountRole[]> = {
  'worker.changed': ['bank-office'],
  'training.changed': ['bank-office', 'training-lead'],
  'notice.given': ['bank-office'],
  'restriction.changed': ['bank-office'],
  'booking.needs-review': ['bank-office'],
  'booking.kept': ['bank-office'],
  'booking.cancelled': ['bank-office'],
};
const toHost = new Set(['restriction.changed', 'booking.needs-review', 'booking.kept', 'booking.cancelled']);
/** What the collaborative has agreed is told to all who look after it. */
const toAll: Record<string, readonly AccountRole[]> = {
  'import.applied': ['bank-office', 'training-lead', 'programme', 'administrator'],
  'alignment.changed': ['training-lead', 'programme', 'bank-office', 'administrator', 'auditor'],
  'course.changed': ['training-lead', 'programme', 'bank-office', 'administrator', 'auditor'],
  'period.changed': ['training-lead', 'programme', 'bank-office', 'administrator', 'auditor'],
  'delegation.changed': ['training-lead', 'programme', 'administrator', 'auditor'],
  'agreement.changed': ['programme', 'auditor'],
  'ward.changed': ['programme'],
};

async function trustsOf(db: Kysely<DB>, events: readonly StoredEvent[], viewers: readonly Scope[]): Promise<Trusts> {
  if (!viewers.some((viewer) => hasRole(viewer, 'bank-office', 'training-lead'))) return new Map();
  const wardIds = [...new Set(events.flatMap((event) => event.wardId ?? []))];
  const workerIds = [...new Set(events.flatMap((event) => event.workerId ?? []))];
  const { rows } = await sql<{ id: string; trust: string }>`
    select id, trust from ward where id = any(${wardIds}::uuid[]) union all select id, trust from worker where id = any(${workerIds}::uuid[])`.execute(
    db,
  );
  return new Map(rows.map((row) => [row.id, row.trust]));
}

/** Offices hear that something of theirs changed, and load it by their own rights. Of most events none does. */
function officeTelling(event: StoredEvent, trusts: Trusts): ((viewer: Scope) => Telling | null) | null {
  const { type } = event;
  if (!(type in toAll) && !(type in toHome)) return null;
  const changed: Telling = { type, data: { reload: true } };
  const reload: Telling = { type, data: { ...(event.workerId && { workerId: event.workerId }), reload: true } };
  const { homeTrust, hostTrust } = event.data;
  const home = event.workerId ? trusts.get(event.workerId) : undefined;
  const host = event.wardId ? trusts.get(event.wardId) : undefined;
  return (viewer) => {
    if (hasRole(viewer, ...(toAll[type] ?? []))) return changed;
    if (home !== undefined && toHome[type]?.some((role) => isOfTrust(viewer, role, home))) return reload;
    if (host !== undefined && toHost.has(type) && isOfTrust(viewer, 'bank-office', host)) return reload;
    if (host !== undefined && type === 'ward.changed' && isOfTrust(viewer, 'training-lead', host)) return reload;
    const isSide = [homeTrust, hostTrust].some((trust) => typeof trust === 'string' && isOfTrust(viewer, 'bank-office', trust));
    return type === 'agreement.changed' && isSide ? reload : null;
  };
}

const nobody = (events: readonly StoredEvent[]): (Telling | null)[][] => events.map(() => []);

/** What every worker among the viewers hears. */
async function workerTellings(
  db: Kysely<DB>,
  events: readonly StoredEvent[],
  viewers: readonly Scope[],
  read: {
    shifts: readonly StoredShift[];
    reaches: readonly (Reach | null)[];
    people: People | null;
    around: Around;
    holders: readonly Holder[];
  },
  now: Instant,
): Promise<(Telling | null)[][]> {
  const { shifts, reaches, people, around, holders } = read;
  const workerIds = [...new Set(viewers.flatMap((viewer) => viewer.workerId ?? []))];
  if (workerIds.length === 0) return nobody(events);
  const touched = touchedShifts(events, shifts, around);
  const spoken = new Map(
    shifts.filter((shift) => events.some((event) => event.shiftId === shift.id && movesShift(event))).map((shift) => [shift.id, shift]),
  );
  for (const shift of touched.flat()) spoken.set(shift.id, shift);
  const cards = await cardsFor(db, [...spoken.values()], workerIds, people, holders, now);
  const tellings: (Telling | null)[][] = [];
  for (const [at, event] of events.entries()) {
    const reload: Telling = { type: event.type, data: { reload: true } };
    const reach = reaches[at]?.workerIds;
    const toThemselves = personal.has(event.type) ? await personally(db, event, viewers) : null;
    const gone = withdrawal(event);
    // No turn of the loop for each: a crowd waits for the last of them.
    tellings.push(
      viewers.map((viewer) => {
        const { workerId } = viewer;
        if (workerId === null) return null;
        if (isSweeping(event) || reach?.has(workerId)) return reload;
        const theirs = cards.get(workerId);
        return toThemselves?.(viewer) ?? (theirs ? toWorker(event, theirs, touched[at]!, gone) : null);
      }),
    );
  }
  return tellings;
}

const movesShift = (event: StoredEvent) => opens.has(event.type) || event.type in goes;

/** The open shifts of the wards that some events are about, and on which wards the people stand whom they are about. */
interface Around {
  open: readonly StoredShift[];
  wardsOfPeople: ReadonlyMap<string, ReadonlySet<string>>;
}
const nothingAround: Around = { open: [], wardsOfPeople: new Map() };

async function shiftsAround(db: Kysely<DB>, events: readonly StoredEvent[], now: Instant): Promise<Around> {
  const wardsOfPeople = await wardsOf(db, events, now);
  const wardIds = new Set([
    ...events.flatMap((event) => (movesShift(event) || event.type === 'booking.cancelled' ? (event.wardId ?? []) : [])),
    ...[...wardsOfPeople.values()].flatMap((wards) => [...wards]),
  ]);
  if (wardIds.size === 0) return nothingAround;
  const open = await storedShifts(
    db,
    sql`s.status = 'open' and s.starts_at > ${new Date(now)} and s.ward_id = any(${[...wardIds]}::uuid[])`,
  );
  return { open, wardsOfPeople };
}

/**
 * For each event, the other open shifts whose cards it changed for the workers who may take them: those it overlaps on its ward, since
 * who is on then is on their cards; all of the ward where its own cancelling counts on each; all of the wards on which a person works
 * whose training changed.
 */
function touchedShifts(events: readonly StoredEvent[], shifts: readonly StoredShift[], { open, wardsOfPeople }: Around): StoredShift[][] {
  if (open.length === 0) return events.map(() => []);
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

/** That it has gone, and since when: the same to all to whom it was open, so that it is encoded once for them. */
function withdrawal({ type, shiftId, at }: StoredEvent): Telling | null {
  const reason = goes[type];
  if (!shiftId || reason === undefined) return null;
  return { type: 'shift.withdrawn', data: { shiftId, reason, ...(reason === 'filled' && { takenAt: rfc3339(at.getTime()) }) } };
}

/**
 * What those hear whom an event is about: the worker their booking or request as it stands now; who is the same person under another number
 * that something changed.
 */
async function personally(db: Kysely<DB>, event: StoredEvent, viewers: readonly Scope[]): Promise<(viewer: Scope) => Telling | null> {
  const { type, shiftId, workerId } = event;
  const { personId, bookingId, requestId } = event.data;
  const isTheWorker = (viewer: Scope) => workerId !== null && viewer.workerId === workerId;
  const isLooking = viewers.some(isTheWorker);
  const booking = isLooking && typeof bookingId === 'string' ? await bookingView(db, bookingId) : undefined;
  const request = isLooking && typeof requestId === 'string' ? (await requestViews(db, sql`q.id = ${requestId}`))[0] : undefined;
  const changed: Telling = { type, data: { ...(shiftId && { shiftId }), reload: true } };
  const asItStands: Telling = { type, data: { ...changed.data, ...(booking && { booking }), ...(request && { request }) } };
  return (viewer) => {
    if (isTheWorker(viewer)) return asItStands;
    return personId !== undefined && personId === viewer.personId ? changed : null;
  };
}

/** What a worker hears of shifts. `theirs` are those of them that they see. */
function toWorker(
  event: StoredEvent,
  theirs: ReadonlyMap<string, Seen>,
  touched: readonly StoredShift[],
  gone: Telling | null,
): Telling | null {
  const mayTake = (shiftId: string) => {
    const card = theirs.get(shiftId)?.card;
    return card?.decision.outcome === 'eligible' ? card : null;
  };
  const cards = touched.flatMap((shift) => mayTake(shift.id) ?? []);
  const withCards = cards.length > 0 ? { cards } : {};
  const own = event.shiftId && movesShift(event) ? theirs.get(event.shiftId) : undefined;
  const shiftId = event.shiftId ?? undefined;
  if (own && shiftId && opens.has(event.type) && own.card) {
    const shift = mayTake(shiftId);
    return shift
      ? { type: 'shift.offered', data: { shiftId, shift, ...withCards } }
      : { type: 'shift.noticed', data: { shiftId, ...withCards } };
  }
  const reason = goes[event.type];
  // Whoever took it hears so by their booking; the others that it has gone, and since when.
  if (own && shiftId && reason !== undefined && !own.card && !own.isMine) {
    if (cards.length === 0) return gone;
    return {
      type: 'shift.withdrawn',
      data: { ...gone!.data, ...withCards },
    };
  }
  return cards.length > 0 ? { type: 'shift.noticed', data: withCards } : null;
}

interface Seen {
  /** None where it is no longer open. */
  card: MyShift | null;
  isMine: boolean;
}
/** By worker, then shift. Whoever sees none isn't there. */
type SeenBy = Map<string, Map<string, Seen>>;

/** Who has booked a shift. */
interface Holder {
  shiftId: string;
  personId: string;
}
async function holdersOf(db: Kysely<DB>, shiftIds: readonly string[]): Promise<Holder[]> {
  if (shiftIds.length === 0) return [];
  const { rows } = await sql<Holder>`select shift_id, person_id from booking
    where shift_id = any(${[...shiftIds]}) and status in ('confirmed', 'needs-review', 'worked')`.execute(db);
  return rows;
}

/** People, and what the trusts have agreed, read off the roll: it has heard of everything that is told here. */
interface People {
  rolled: RolledGround;
  workers: RolledWorker[];
}
function peopleOf(db: Kysely<DB>, workerIds: readonly string[], wardIds: readonly string[], now: Instant): Promise<People> {
  return rollOf(db).read(now, async (page) => ({
    workers: [...(await page.workers(workerIds)).values()],
    rolled: await page.ground(wardIds),
  }));
}

/**
 * For each of these shifts and workers who could see it, its card as it stands now: a fixed number of statements however many of either.
 * `people` were read for the wards of the events, and a shift may be of another; `holders` are of their shifts, and of others that are open
 * there are none.
 */
async function cardsFor(
  db: Kysely<DB>,
  shifts: readonly StoredShift[],
  workerIds: readonly string[],
  people: People | null,
  holders: readonly Holder[],
  now: Instant,
): Promise<SeenBy> {
  const seen: SeenBy = new Map();
  if (shifts.length === 0) return seen;
  const staffGroups = new Set(shifts.map((shift) => shift.staffGroup));
  const isRead = people !== null && shifts.every((shift) => people.rolled.wards.has(shift.wardId));
  const wardIds = shifts.map((shift) => shift.wardId);
  const { rolled, workers: everybody } = isRead ? people : await peopleOf(db, workerIds, wardIds, now);
  const workers = everybody.filter((worker) => staffGroups.has(worker.staffGroup));
  const { ground, wards } = rolled;
  const lastEnd = Math.max(...shifts.map((shift) => shift.endsAt.getTime()));
  const ids = workers.map((worker) => worker.id);
  const isOpen = (row: StoredShift) => row.status === 'open' && row.startsAt.getTime() > now;
  const cardOf = cardMaker(ground, await cardGround(db, shifts.filter(isOpen), ids, now), now);
  const held = Map.groupBy(holders, (row) => row.shiftId);
  const asked = shifts.map((row) => {
    const ward = wards.get(row.wardId)!;
    const facts = shiftFactsOf(row, ward);
    const whose = questionsOfWhose(questionsOf(facts, ground));
    const about = whose.map((question) => question.about).join();
    return { row, ward, facts, whose, about, isOpen: isOpen(row), holders: held.get(row.id) ?? [] };
  });
  for (const rolledWorker of workers) {
    const worker = seenUntil(rolledWorker, lastEnd);
    // Twenty shifts posted together ask the same: whose they are is asked once.
    const answers = new Map<string, boolean>();
    const isOf = ({ about, whose }: (typeof asked)[number]) => {
      if (!answers.has(about)) answers.set(about, isTheirs(worker, whose));
      return answers.get(about)!;
    };
    const theirs = asked.flatMap((shift) => {
      if (shift.row.staffGroup !== worker.staffGroup) return [];
      const isMine = shift.holders.some((one) => one.personId === worker.personId);
      return isMine || (!isKeptFrom(shift.facts, worker.id, now) && isOf(shift)) ? [{ shift, isMine }] : [];
    });
    if (theirs.length === 0) continue;
    // Of one that has gone only that is told: whether they might have taken it is nobody's question any more.
    const seenOf = ({ row, ward, facts, isOpen: isStillOpen }: (typeof asked)[number], isMine: boolean): Seen => ({
      card: isStillOpen ? cardOf(worker, { row, ward, facts, decision: decide(worker, facts, ground, now) }) : null,
      isMine,
    });
    seen.set(worker.id, new Map(theirs.map(({ shift, isMine }) => [shift.row.id, seenOf(shift, isMine)])));
  }
  return seen;
}

/** What those who manage a ward hear: every card on its board that the event changed. */
async function wardTellings(
  db: Kysely<DB>,
  events: readonly StoredEvent[],
  viewers: readonly Scope[],
  shifts: readonly StoredShift[],
  reaches: readonly (Reach | null)[],
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
  return events.map((event, at) => {
    let toBoard: Telling | null = null;
    let wardIds: ReadonlySet<string> = new Set();
    if (isSweeping(event)) {
      toBoard = { type: event.type, data: { reload: true } };
    } else if (reaches[at]) {
      wardIds = reaches[at].wardIds;
      toBoard = { type: event.type, data: { reload: true } };
    } else if (changesPerson.has(event.type) && event.workerId) {
      wardIds = wardsOfPeople.get(event.workerId) ?? new Set();
      toBoard = { type: event.type, data: { reload: true } };
    } else if (event.wardId && onWards.has(event.type)) {
      wardIds = new Set([event.wardId]);
      const changed = changedBy(event, cards);
      toBoard = {
        type: event.type,
        data: reloadsWard.has(event.type)
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
    const { type, data } = toBoard;
    // One for all who manage the ward, so that it is encoded once.
    const tellings = new Map<string, Telling>();
    const tellingOf = (wardId: string) => {
      let telling = tellings.get(wardId);
      if (!telling) tellings.set(wardId, (telling = { type, data: { ...data, wardId } }));
      return telling;
    };
    return managed.map((wards) => {
      if (wards.size === 0) return null;
      if (isSweeping(event)) return tellingOf(everyWard);
      const own = [...wardIds].filter((one) => wards.has(one));
      // Somebody who manages several of them has more than one board to load afresh.
      const wardId = own.length > 1 ? everyWard : own[0];
      return wardId ? tellingOf(wardId) : null;
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
  const rows = await wardsShowing(db, sql`worker_id = any(${workerIds})`, now);
  const wards = new Map<string, Set<string>>();
  for (const row of rows) wards.set(row.workerId, (wards.get(row.workerId) ?? new Set()).add(row.wardId));
  return wards;
}

/** Whose lists and which boards a change of the ground may have changed: so many at once that only a fresh load tells. */
interface Reach {
  /** Of those who look. */
  workerIds: ReadonlySet<string>;
  wardIds: ReadonlySet<string>;
}

/**
 * For each event that changes what decisions stand on, how far it reaches. A course or an alignment: those who hold a record of it, the wards
 * whose boards show them and those it is piloted on; where it counts as PMVA team training, everybody who may see a shift of these wards, since the
 * count is on their cards. A period or a requirement: the wards it is asked on, and who may see their shifts. An agreement: the
 * home trust's workers and the host's wards.
 */
async function reachesOf(
  db: Kysely<DB>,
  events: readonly StoredEvent[],
  viewers: readonly Scope[],
  now: Instant,
): Promise<(Reach | null)[]> {
  const reaching = new Set(['alignment.changed', 'course.changed', 'period.changed', 'agreement.changed', 'ward.changed']);
  if (!events.some((event) => reaching.has(event.type))) return events.map(() => null);
  const viewing = [...new Set(viewers.flatMap((viewer) => viewer.workerId ?? []))];
  const wardTrusts = new Map((await db.selectFrom('ward').select(['id', 'trust']).execute()).map((row) => [row.id, row.trust]));
  const homes = await db
    .selectFrom('worker')
    .select(['id', 'trust'])
    .where(sql<boolean>`id = any(${viewing}::uuid[])`)
    .execute();
  // Any agreement there ever was: one that has just ended is why somebody must load afresh.
  const shares = await db.selectFrom('sharingAgreement').select(['homeTrust', 'hostTrust']).execute();
  const reachable = new Map<string, Set<string>>();
  for (const trust of new Set(wardTrusts.values())) reachable.set(trust, new Set([trust]));
  for (const { homeTrust, hostTrust } of shares) reachable.get(hostTrust)?.add(homeTrust);
  const wardsAt = (trust: unknown) => new Set([...wardTrusts].flatMap(([id, one]) => (one === trust ? [id] : [])));
  const workersFor = (trusts: Iterable<string>) => {
    const from = new Set([...trusts].flatMap((trust) => [...(reachable.get(trust) ?? [])]));
    return homes.flatMap((worker) => (from.has(worker.trust) ? [worker.id] : []));
  };
  const reaches: (Reach | null)[] = [];
  for (const event of events) {
    const { courseId, alignmentId, competency, trust, homeTrust, hostTrust } = event.data;
    if (!reaching.has(event.type)) reaches.push(null);
    else if (event.type === 'ward.changed') {
      const wards = event.wardId ? [event.wardId] : [];
      reaches.push({ wardIds: new Set(wards), workerIds: new Set(workersFor(wards.flatMap((id) => wardTrusts.get(id) ?? []))) });
    } else if (event.type === 'period.changed') {
      reaches.push({ wardIds: wardsAt(trust), workerIds: new Set(typeof trust === 'string' ? workersFor([trust]) : []) });
    } else if (event.type === 'agreement.changed') {
      const ofHome = homes.flatMap((worker) => (worker.trust === homeTrust ? [worker.id] : []));
      reaches.push({ wardIds: wardsAt(hostTrust), workerIds: new Set(ofHome) });
    } else {
      const course = typeof courseId === 'string' ? courseId : null;
      const alignment = typeof alignmentId === 'string' ? alignmentId : null;
      const holders = await sql<{ workerId: string }>`select distinct worker_id from training_record
        where course_id = ${course}::uuid and worker_id = any(${viewing}::uuid[])`.execute(db);
      const holding = sql`worker_id in (select worker_id from training_record where course_id = ${course}::uuid)`;
      const boards = await wardsShowing(db, holding, now);
      const pilots = await sql<{ wardId: string }>`select distinct p.ward_id from alignment_pilot_ward p
        join alignment_state s on s.id = p.alignment_state_id where s.alignment_id = ${alignment}::uuid`.execute(db);
      const wardIds = new Set([...boards.map((row) => row.wardId), ...pilots.rows.map((row) => row.wardId)]);
      const onCards = competency === pmvaTeam ? workersFor([...wardIds].flatMap((id) => wardTrusts.get(id) ?? [])) : [];
      reaches.push({ wardIds, workerIds: new Set([...holders.rows.map((row) => row.workerId), ...onCards]) });
    }
  }
  return reaches;
}

/** On which wards' boards some workers stand. `whose` is about a row with a `worker_id`. */
async function wardsShowing(db: Kysely<DB>, whose: RawBuilder<unknown>, now: Instant): Promise<{ workerId: string; wardId: string }[]> {
  const { rows } = await sql<{ workerId: string; wardId: string }>`
    select worker_id, ward_id from booking where ${whose} and status in ('confirmed', 'needs-review', 'worked')
      and upper(period) > ${new Date(now - dayMs)} and lower(period) < ${new Date(now + boardAheadMs)}
    union
    select worker_id, ward_id from duty_revision where ${whose} and replaced_at is null and ward_id is not null
      and upper(period) > ${new Date(now - dayMs)} and lower(period) < ${new Date(now + boardAheadMs)}`.execute(db);
  return rows;
}
