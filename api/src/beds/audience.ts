import { sql, type Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import type { BedView, BoardWard } from '@homeward/shared/beds/contract.ts';
import type { FrameData } from '@homeward/shared/kernel/event.ts';
import type { Instant } from '@homeward/shared/kernel/interval.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { everyWard } from '@homeward/shared/shifts/live-rules.ts';
import { boardsOf } from '../places/sharing-queries.ts';
import type { StoredEvent, Telling } from '../platform/live.ts';
import { hasRole, managedWards, trustsAs, type Scope } from '../platform/scope.ts';
import { bedsOfWards, boardCards } from './queries.ts';

/**
 * Who hears that a ward's beds changed, and as what: bed managers whose board has the ward its card, those who look after it all its beds
 * too. Decided after the commit from what is so now: telling late, again or after later events still ends at what a fresh load shows. A
 * fixed number of statements a batch, however many events, wards and listeners.
 */

/** A ward's card and its beds. */
const changesBeds = new Set(['bed.changed', 'ward.changed', 'designation.changed', 'allocation.changed']);
/** Its card alone. */
const changesCard = new Set(['ward.confirmed', 'ward.asked', 'admissions.changed']);
/** What those who look after it see of its beds, and nobody else. */
const changesStay = new Set(['readiness.changed']);
/** What the ward could name in a closing, and what it shows of the shifts that it has named. */
const changesShift = new Set(['shift.posted', 'shift.filled', 'shift.reopened', 'shift.cancelled', 'shift.expired', 'shift.changed']);
/** What stands beside the cards, for pages that show it: they hear that it changed, and read it by their own rights. */
const changesBeside = new Set(['suite.changed', 'line.changed', 'criteria.changed']);

/** What one event changed of a ward. */
interface Touch {
  wardId: string;
  card: boolean;
  beds: boolean;
  /** One of its shifts changed, though no bed waits for it: the ward's managers hear so as of any shift. */
  shiftOnly: boolean;
}

export async function audience(
  db: Kysely<DB>,
  events: readonly StoredEvent[],
  viewers: readonly Scope[],
  now: Instant,
): Promise<(Telling | null)[][]> {
  const looking = viewers.some((viewer) => hasRole(viewer, 'bed-manager', 'ward-manager'));
  if (!looking) return events.map(() => []);
  const closures = await shiftsOfClosures(db, events);
  const touches = events.map((event) => touchOf(event, closures));
  if (!events.some((event, index) => touches[index] || isSweeping(event) || changesBeside.has(event.type))) return events.map(() => []);
  const seen = await whatTheySee(db, viewers, events, now);
  const wardIds = (which: (touch: Touch) => boolean) => [
    ...new Set(touches.flatMap((touch) => (touch && which(touch) ? [touch.wardId] : []))),
  ];
  const cards = new Map((await boardCards(db, { wardIds: wardIds((touch) => touch.card) }, now)).map((card) => [card.ward.id, card]));
  const beds = await bedsOfWards(
    db,
    wardIds((touch) => touch.beds).filter((wardId) => seen.some((one) => one.looksAfter(wardId))),
    now,
  );
  return events.map((event, index) => {
    const touch = touches[index];
    if (touch) return seen.map(tellingsOf(event, touch, cards.get(touch.wardId), beds));
    return seen.map((viewer): Telling | null => {
      const data = isSweeping(event) ? sweptOf(event, viewer) : besideOf(event, viewer);
      return data && { type: event.type, data };
    });
  });
}

function touchOf(event: StoredEvent, closures: ReadonlyMap<string, string>): Touch | null {
  const { type, wardId, shiftId } = event;
  if (!wardId) return null;
  if (changesBeds.has(type)) return { wardId, card: true, beds: true, shiftOnly: false };
  // When a ward was last confirmed stands on each of its beds.
  if (changesCard.has(type)) return { wardId, card: true, beds: type === 'ward.confirmed', shiftOnly: false };
  if (changesStay.has(type)) return { wardId, card: true, beds: true, shiftOnly: false };
  if (!changesShift.has(type) || !shiftId) return null;
  const isNamed = closures.get(shiftId) === wardId;
  return { wardId, card: isNamed, beds: isNamed, shiftOnly: !isNamed };
}

/** The ward of each of the shifts these events are about that a bed is closed until. */
async function shiftsOfClosures(db: Kysely<DB>, events: readonly StoredEvent[]): Promise<Map<string, string>> {
  const shiftIds = [...new Set(events.flatMap((event) => (changesShift.has(event.type) ? (event.shiftId ?? []) : [])))];
  if (shiftIds.length === 0) return new Map();
  const { rows } = await sql<{ shiftId: string; wardId: string }>`
    select distinct c.shift_id, b.ward_id from closure_shift c
      join bed_state s on s.id = c.bed_state_id and s.replaced_at is null and s.state = 'closed' join bed b on b.id = s.bed_id
    where c.shift_id = any(${shiftIds}::uuid[])`.execute(db);
  return new Map(rows.map((row) => [row.shiftId, row.wardId]));
}

// ————— Whose board, whose wards —————

interface Viewer {
  /** Is the trust's ward on their board? */
  boards(trust: string): boolean;
  looksAfter(wardId: string): boolean;
  manages(wardId: string): boolean;
  /** Do they look after wards of this trust, and which: one, or more than one. */
  wardsOf(trust: string): string | null;
  trustOf(wardId: string): string | undefined;
}

/** Each viewer's board and wards, by their rights now. Two statements however many. */
async function whatTheySee(db: Kysely<DB>, viewers: readonly Scope[], events: readonly StoredEvent[], now: Instant): Promise<Viewer[]> {
  const own = viewers.map((viewer) => new Set(trustsAs(viewer, 'bed-manager')));
  const managed = viewers.map((viewer) => new Set(managedWards(viewer)));
  const trusts = [...new Set(own.flatMap((each) => [...each]))];
  const boards = trusts.length === 0 ? new Map<string, Set<string>>() : await boardsOf(db, trusts, localDayOf(now));
  const wardIds = [...new Set([...events.flatMap((event) => event.wardId ?? []), ...managed.flatMap((each) => [...each])])];
  const { rows } = await sql<{ id: string; trust: string }>`select id, trust from ward where id = any(${wardIds}::uuid[])`.execute(db);
  const trustOf = new Map(rows.map((row) => [row.id, row.trust]));
  return viewers.map((_viewer, who) => {
    const onBoard = new Set([...own[who]!].flatMap((trust) => [...(boards.get(trust) ?? [])]));
    const looksAfter = (wardId: string) => managed[who]!.has(wardId) || own[who]!.has(trustOf.get(wardId) ?? '');
    return {
      boards: (trust) => onBoard.has(trust),
      looksAfter,
      manages: (wardId) => managed[who]!.has(wardId),
      trustOf: (wardId) => trustOf.get(wardId),
      wardsOf(trust) {
        if (own[who]!.has(trust)) return everyWard;
        const wards = [...managed[who]!].filter((wardId) => trustOf.get(wardId) === trust);
        return wards.length > 1 ? everyWard : (wards[0] ?? null);
      },
    };
  });
}

// ————— What each is told —————

/** What the ward's own and those whose board it is on are told: one telling each, so that it is encoded once. */
function tellingsOf(
  { type }: StoredEvent,
  { wardId, ...touch }: Touch,
  card: BoardWard | undefined,
  beds: ReadonlyMap<string, BedView[]>,
): (viewer: Viewer) => Telling | null {
  const tell = (data: FrameData): Telling => ({ type, data });
  const toOwn = touch.shiftOnly
    ? tell({ wardId })
    : tell({ wardId, ...(card && { board: [card] }), ...(touch.beds && { beds: beds.get(wardId) ?? [] }) });
  const isOnBoards = card?.ward.bedType !== null;
  // A ward that has just lost its bed type leaves every board, and no card can say so.
  const toBoards = !card ? null : isOnBoards ? tell({ board: [card] }) : type === 'ward.changed' ? tell({ reload: true }) : null;
  return (viewer) => {
    // Its managers hear of a shift as of any shift.
    if (touch.shiftOnly) return viewer.looksAfter(wardId) && !viewer.manages(wardId) ? toOwn : null;
    if (viewer.looksAfter(wardId)) return toOwn;
    return card && !changesStay.has(type) && viewer.boards(card.ward.trust) ? toBoards : null;
  };
}

/** So much may have changed at once that only a fresh load tells: a trust's clocks, a large import. */
function isSweeping(event: StoredEvent): boolean {
  if (event.type === 'import.applied') return ['wards', 'beds'].includes(String(event.data['kind'])) && event.data['toldOneByOne'] !== true;
  return event.type === 'setting.changed';
}

function sweptOf(event: StoredEvent, viewer: Viewer): FrameData | null {
  const { trust, trusts } = event.data;
  const about = [...(Array.isArray(trusts) ? trusts : []), trust].filter((one) => typeof one === 'string');
  const wards = about.map((one) => viewer.wardsOf(one)).filter((one) => one !== null);
  const wardId = wards.length > 1 ? everyWard : wards[0];
  if (wardId === undefined) return about.some((one) => viewer.boards(one)) ? { reload: true } : null;
  return { wardId, reload: true };
}

function besideOf(event: StoredEvent, viewer: Viewer): FrameData | null {
  if (!changesBeside.has(event.type)) return null;
  const { wardId } = event;
  const trust = wardId ? viewer.trustOf(wardId) : event.data['trust'];
  const isTheirs = (typeof trust === 'string' && viewer.boards(trust)) || (wardId !== null && viewer.looksAfter(wardId));
  return isTheirs ? { ...(wardId && { wardId }) } : null;
}
