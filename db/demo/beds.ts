// The beds of every ward with a sourced count, what each of them was over the last weeks, and who said so when. Beds are worked out backwards from
// what they are now, so that at any hour the board shows every state, and the weeks before lead up to it.
import type { ClosedReason, SettableState } from '@homeward/shared/beds/facts.ts';
import { usualSetting } from '@homeward/shared/beds/setting-rules.ts';
import { dayMs, hourMs, minuteMs, type Instant } from '@homeward/shared/kernel/interval.ts';
import { addDays, instantsOf, localDayOf, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import type { Offices } from './accounts.ts';
import { Chance } from './chance.ts';
import type { Lines } from './lines.ts';
import type { Places, WardRow } from './places.ts';
import { at, type Clock, type Row, type Told } from './rows.ts';
import type { Posted, Shifts } from './shifts.ts';

/** How far back anybody's beds are known: the weeks that the occupancy shows. */
const daysKnown = 75;
const confirmationDays = 14;

export type Standing = 'fresh' | 'ageing' | 'stale' | 'never';
interface Plan {
  free: number;
  leave: number;
  closed?: Partial<Record<ClosedReason, number>>;
  standing: Standing;
}

/**
 * The wards that the contract's promise rests on and those with something to show. The six wards for women or for men that are fresh have 11 beds
 * free for each sex, of which no more than two are ever held here: the promise is six. The rest is left to chance.
 */
const plans: Record<string, Plan> = {
  'the-dales/elmdale': { free: 3, leave: 3, standing: 'fresh' },
  'kendray/clark': { free: 3, leave: 1, standing: 'fresh' },
  'becklin/ward-5': { free: 5, leave: 2, standing: 'fresh' },
  'fieldhead/nostell': { free: 2, leave: 1, standing: 'stale' },
  'the-dales/ashdale': { free: 4, leave: 2, closed: { 'damage-or-repair': 1 }, standing: 'fresh' },
  'fieldhead/stanley': { free: 4, leave: 1, closed: { acuity: 1 }, standing: 'fresh' },
  'kendray/beamshaw': { free: 3, leave: 1, standing: 'fresh' },
  'priestley/ward-18': { free: 1, leave: 2, closed: { 'sex-of-accommodation': 1 }, standing: 'stale' },
  'becklin/ward-1': { free: 0, leave: 3, standing: 'ageing' },
  'becklin/ward-3': { free: 1, leave: 2, standing: 'ageing' },
  'becklin/ward-4': { free: 2, leave: 1, closed: { infection: 2 }, standing: 'fresh' },
  'fieldhead/walton': { free: 2, leave: 0, closed: { acuity: 1 }, standing: 'fresh' },
  'kendray/melton': { free: 1, leave: 0, standing: 'fresh' },
  'newsam/ward-1': { free: 0, leave: 0, standing: 'ageing' },
  'lynfield-mount/clover': { free: 2, leave: 0, standing: 'fresh' },
  'newsam/eating-disorders-unit-connect': { free: 1, leave: 2, closed: { commissioner: 1 }, standing: 'fresh' },
  'st-marys/red-kite-view-general-ward': { free: 1, leave: 3, closed: { other: 1 }, standing: 'fresh' },
  'enfield-down/enfield-down': { free: 1, leave: 1, standing: 'never' },
};

const closureNotes: Record<ClosedReason, string> = {
  staffing: 'Nights are short',
  infection: 'Two people with symptoms; bay kept apart',
  'damage-or-repair': 'Window frame; estates have the part',
  acuity: 'Three on close observation',
  'sex-of-accommodation': 'The corridor is for men this week',
  commissioner: 'Two beds fewer until the physical health nurse starts',
  other: 'Used for a family stay',
};

/** What is thought of the length of a stay, in days, by bed type. */
const stayDays: Record<string, number> = { '200': 32, '201': 58, '202': 24, '203': 70, '204': 45, '301': 60, '309': 35, '212': 280 };

/** People placed by a request of the demonstration, and since when they are there: the request is told elsewhere. */
export const arrivals = [
  { ward: 'the-dales/elmdale', daysAgo: 3, hour: 16 },
  { ward: 'kendray/beamshaw', daysAgo: 9, hour: 20 },
  { ward: 'lynfield-mount/clover', daysAgo: 1, hour: 11 },
];

const paused = [
  { ward: 'fieldhead/walton', reason: 'Two people in seclusion; nobody new until they are settled', minutesAgo: 190, reviewInMinutes: 260 },
  { ward: 'becklin/ward-4', reason: 'Diarrhoea and vomiting: infection control said so', minutesAgo: 1700, reviewInMinutes: 1100 },
];

/** Asked to confirm, so that a bed may be held though the figure is old. */
const asked = { ward: 'priestley/ward-18', trust: 'TAD', minutesAgo: 17 };

export interface BedStateRow extends Row<'bedState'> {
  id: string;
  state: SettableState;
  recordedAt: string;
}
export interface KnownBed {
  id: string;
  ward: WardRow;
  label: string;
  /** Oldest first; the last is what it is now. */
  states: BedStateRow[];
}

interface Span {
  state: SettableState;
  since: Instant;
  reason?: ClosedReason;
  expectedReturn?: Instant;
  source?: 'placement';
  shifts?: readonly Posted[];
}

export function bedsOf(
  clock: Clock,
  { places, offices, lines, shifts }: { places: Places; offices: Offices; lines: Lines; shifts: Pick<Shifts, 'posted'> },
) {
  const { now } = clock;
  const known = now - daysKnown * dayMs;
  const chance = new Chance('beds');
  const events: Told[] = [];
  const bed: Row<'bed'>[] = [];
  const closureShift: Row<'closureShift'>[] = [];
  const dischargeReadiness: Row<'dischargeReadiness'>[] = [];
  const wardConfirmation: (Row<'wardConfirmation'> & { confirmedAt: string })[] = [];
  const bedsByWard = new Map<string, KnownBed[]>();

  // An independent partner has no account here: nobody of it has said yet what it has.
  const wards = places.wards.filter((ward) => ward.beds && places.members.includes(ward.trust));
  const wardManager = (ward: WardRow) => offices.officerOf('ward-manager', ward.trust).accountId;
  const bedManager = (trust: string) => offices.officerOf('bed-manager', trust).accountId;
  const closures = staffingOf(
    wards.map(({ code }) => code),
    shifts.posted,
    now,
  );
  const planOf = (ward: WardRow): Plan =>
    plans[ward.code] ?? {
      free: chance.pick([0, 0, 0, 1, 1, 2]),
      leave: ['201', '206', '207'].includes(ward.bedType) ? chance.whole(0, 1) : chance.whole(0, 2),
      standing: chance.pick(['fresh', 'fresh', 'fresh', 'fresh', 'fresh', 'ageing', 'stale']),
    };

  for (const ward of wards) {
    const plan = planOf(ward);
    const manager = wardManager(ward);
    const count = ward.beds!;
    const arrived = arrivals.filter((arrival) => arrival.ward === ward.code);
    const current: (() => Span)[] = [
      // The first has been empty for more than a day, so that a hold of yesterday found it so.
      ...Array.from({ length: plan.free }, (_, index) => () => ({
        state: 'available' as const,
        since: index === 0 ? now - chance.whole(28, 70) * hourMs : sinceEmpty(chance, now),
      })),
      ...Array.from({ length: plan.leave }, () => () => onLeave(chance, now)),
      ...Object.entries(plan.closed ?? {}).flatMap(([reason, beds]) =>
        Array.from({ length: beds }, () => () => ({
          state: 'closed' as const,
          reason: reason as ClosedReason,
          since: now - chance.whole(20, 400) * hourMs,
        })),
      ),
      ...(closures.get(ward.code) ?? []).map((named) => () => ({
        state: 'closed' as const,
        reason: 'staffing' as const,
        // Once the last of them had been posted: it was short then.
        since: Math.max(...named.map(({ postedAt }) => postedAt)) + chance.whole(2, 12) * minuteMs,
        shifts: named,
      })),
      ...arrived.map(({ daysAgo, hour }) => () => ({
        state: 'occupied' as const,
        since: arrivalOf(clock, daysAgo, hour),
        source: 'placement' as const,
      })),
    ];
    const stay = stayDays[ward.bedType] ?? 420;
    while (current.length < count)
      current.push(() => ({ state: 'occupied', since: daytime(chance, now - (chance.fraction() * stay + 0.2) * dayMs, now) }));

    const own = chance.shuffled(current).map((stateNow, position): KnownBed => {
      const id = chance.id(known);
      bed.push({
        id,
        wardId: ward.id,
        label: `Bed ${position + 1}`,
        position,
        commissionedBy: lines.leadOf(ward.bedType),
        addedAt: at(known),
        retiredAt: null,
      });
      const spans = before(chance, stateNow(), stay, { known, now });
      const states = spans.map((span, index): BedStateRow => {
        const since = Math.max(span.since, known);
        const row: BedStateRow = {
          id: chance.id(since),
          bedId: id,
          state: span.state,
          reason: span.reason ?? null,
          note: span.reason ? closureNotes[span.reason] : '',
          expectedReturn: span.expectedReturn ? at(span.expectedReturn) : null,
          source: span.source ?? 'ward',
          recordedBy: manager,
          recordedAt: at(since),
          replacedAt: index + 1 < spans.length ? at(Math.max(spans[index + 1]!.since, known)) : null,
        };
        if (index > 0) {
          const was = spans[index - 1]!.state;
          const { state, reason = null, source } = row;
          events.push({
            type: 'bed.changed',
            at: since,
            accountId: manager,
            wardId: ward.id,
            data: { bedId: id, was, state, reason, source },
          });
        }
        for (const shift of span.shifts ?? []) {
          closureShift.push({ bedStateId: row.id, shiftId: shift.row.id });
          events.push({ type: 'shift.changed', at: since, accountId: manager, wardId: ward.id, shiftId: shift.row.id, data: {} });
        }
        return row;
      });
      return { id, ward, label: `Bed ${position + 1}`, states };
    });
    bedsByWard.set(ward.code, own);
    for (const one of own) ready(one, manager);
    confirmed(ward, plan.standing, manager);
  }

  /** Now and then somebody need not be here any more; of some stays that ended, too. */
  function ready(one: KnownBed, manager: string): void {
    for (const [index, state] of one.states.entries()) {
      if (state.state !== 'occupied') continue;
      const since = Date.parse(state.recordedAt);
      const next = one.states[index + 1];
      const end = next ? Date.parse(next.recordedAt) : now;
      if (end - since < 15 * dayMs || (next && next.state !== 'available') || !chance.happens(0.14)) continue;
      const day = localDayOf(end - chance.whole(2, Math.min(40, Math.floor((end - since) / dayMs) - 10)) * dayMs);
      const recordedAt = instantsOf(day, '11:30')[0]!;
      const delayReasons = chance
        .shuffled(['04', '05', '07', '08', '09', '14', '15', '18', '24', '27', '34', '35'])
        .slice(0, chance.whole(1, 2));
      dischargeReadiness.push({
        id: chance.id(recordedAt),
        bedId: one.id,
        readyOn: day,
        delayReasons: delayReasons.sort(),
        recordedBy: manager,
        recordedAt: at(recordedAt),
        replacedAt: next ? at(end) : null,
      });
      events.push({
        type: 'readiness.changed',
        at: recordedAt,
        accountId: manager,
        wardId: one.ward.id,
        data: { bedId: one.id, readyOn: day, delayReasons },
      });
    }
  }

  /** At the due times of the last fortnight, a little before or after, now and then not at all; and last so that the ward stands as it should. */
  function confirmed(ward: WardRow, standing: Standing, manager: string): void {
    const last = lastConfirmation(chance, standing, now);
    if (last === null) return;
    const times: Instant[] = [];
    for (let back = confirmationDays; back >= 0; back -= 1) {
      for (const due of duesOf(addDays(clock.today, -back))) {
        const said = due + chance.whole(-5, 42) * minuteMs + chance.whole(0, 59) * 1000;
        if (said < last - 30 * minuteMs && !chance.happens(0.12)) times.push(said);
      }
    }
    for (const confirmedAt of [...times, last]) {
      const byBedManager = chance.happens(0.1);
      const accountId = byBedManager ? bedManager(ward.trust) : manager;
      const byRole = byBedManager ? 'bed-manager' : 'ward-manager';
      wardConfirmation.push({
        id: chance.id(confirmedAt),
        wardId: ward.id,
        confirmedAt: at(confirmedAt),
        accountId,
        byRole,
      });
      events.push({ type: 'ward.confirmed', at: confirmedAt, accountId, wardId: ward.id, data: { by: byRole } });
    }
  }

  const admissionPause: Row<'admissionPause'>[] = [];
  for (const { ward: code, reason, minutesAgo, reviewInMinutes } of paused) {
    const ward = places.wardByCode.get(code)!;
    const manager = wardManager(ward);
    const pause = (since: Instant, until: Instant | null, reviewAt: Instant, why: string) => {
      admissionPause.push({
        id: chance.id(since),
        wardId: ward.id,
        reason: why,
        reviewAt: at(reviewAt),
        recordedBy: manager,
        recordedAt: at(since),
        replacedAt: until === null ? null : at(until),
        endedBy: until === null ? null : manager,
      });
      events.push({
        type: 'admissions.changed',
        at: since,
        accountId: manager,
        wardId: ward.id,
        data: { paused: true, reason: why, reviewAt: at(reviewAt) },
      });
      if (until !== null)
        events.push({ type: 'admissions.changed', at: until, accountId: manager, wardId: ward.id, data: { paused: false } });
    };
    const earlier = now - chance.whole(16, 40) * dayMs;
    pause(earlier, earlier + 20 * hourMs, earlier + 24 * hourMs, 'Unsettled after an incident');
    pause(now - minutesAgo * minuteMs, null, now + reviewInMinutes * minuteMs, reason);
  }

  const askedAt = now - asked.minutesAgo * minuteMs;
  const wardAsking: Row<'wardAsking'>[] = [
    {
      id: chance.id(askedAt),
      wardId: places.wardByCode.get(asked.ward)!.id,
      askedAt: at(askedAt),
      accountId: bedManager(asked.trust),
      trust: asked.trust,
    },
  ];
  events.push({
    type: 'ward.asked',
    at: askedAt,
    accountId: bedManager(asked.trust),
    wardId: wardAsking[0]!.wardId,
    data: { trust: asked.trust },
  });

  return {
    bedsByWard,
    events,
    rows: {
      bed,
      bedState: [...bedsByWard.values()].flat().flatMap(({ states }) => states),
      closureShift,
      wardConfirmation,
      wardAsking,
      admissionPause,
      dischargeReadiness,
    },
  };
}
export type Beds = ReturnType<typeof bedsOf>;

/** When somebody of `arrivals` came. */
export const arrivalOf = ({ today }: Clock, daysAgo: number, hour: number): Instant =>
  instantsOf(addDays(today, -daysAgo), `${hour}:20`)[0]!;

const duesOf = (day: LocalDay): Instant[] => usualSetting.dueTimes.flatMap((time) => instantsOf(day, time));

/**
 * When the ward last said what it has, for it to stand so now. Between one and four hours after a due time nothing can be ageing, and within
 * an hour of it nothing confirmed for the one before is stale: such a ward then stands as near to it as the hour allows.
 */
export function lastConfirmation(chance: Chance, standing: Standing, now: Instant): Instant | null {
  if (standing === 'never') return null;
  const today = localDayOf(now);
  const past = [-2, -1, 0].flatMap((days) => duesOf(addDays(today, days))).filter((due) => due <= now);
  const [twoAgo, before, last] = [past.at(-3)!, past.at(-2)!, past.at(-1)!];
  const minutes = chance.whole(4, 75);
  const share = chance.fraction();
  const between = (from: Instant, until: Instant) => Math.floor(from + share * (until - from));
  if (standing === 'stale')
    return now - last >= hourMs ? between(before, Math.min(last, before + 90 * minuteMs)) : between(twoAgo, twoAgo + 90 * minuteMs);
  const agedBy = now - usualSetting.freshMinutes * minuteMs - minuteMs;
  if (standing === 'ageing' && now - last < hourMs) return between(before, before + 90 * minuteMs);
  if (standing === 'ageing' && agedBy > last) return between(Math.max(last, agedBy - 3 * hourMs), agedBy);
  return Math.max(last, now - minutes * minuteMs);
}

/** Beds closed for staffing by ward, each with the shifts it waits for: two of one ward, one of another, and one whose shift somebody has taken. */
function staffingOf(wardsWithBeds: readonly string[], posted: readonly Posted[], now: Instant): Map<string, Posted[][]> {
  const coming = posted.filter(
    ({ ward, facts }) => wardsWithBeds.includes(ward.code) && ward.bedType <= '202' && facts.start > now + hourMs,
  );
  const of = (status: string) =>
    Map.groupBy(
      coming.filter(({ row }) => row.status === status).sort((a, b) => a.facts.start - b.facts.start || (a.row.id < b.row.id ? -1 : 1)),
      ({ ward }) => ward.code,
    );
  const open = [...of('open')].sort(
    ([a, shifts], [b, others]) => Number(b === shown) - Number(a === shown) || others.length - shifts.length || (a < b ? -1 : 1),
  );
  const first = open.find(([, shifts]) => shifts.length >= 2);
  const second = open.find(([code]) => code !== first?.[0]);
  const third = [...of('filled')].find(([code]) => code !== first?.[0] && code !== second?.[0]);
  const closures = new Map<string, Posted[][]>();
  if (first) closures.set(first[0], [first[1].slice(0, 2), first[1].slice(0, 2)]);
  if (second) closures.set(second[0], [second[1].slice(0, 1)]);
  if (third) closures.set(third[0], [third[1].slice(0, 1)]);
  return closures;
}
/** Where beds are closed for staffing, if it has shifts to fill. */
const shown = 'the-dales/elmdale';

/** Most have been empty for a day or less, some for most of a week. */
const sinceEmpty = (chance: Chance, now: Instant): Instant =>
  now - Math.round(1.2 + chance.fraction() ** 2 * 130) * hourMs - chance.whole(0, 59) * minuteMs;

function onLeave(chance: Chance, now: Instant): Span {
  const since = now - Math.round(3 + chance.fraction() ** 2 * 90) * hourMs;
  // One in eight is late.
  const expectedReturn = chance.happens(0.125) ? now - chance.whole(1, 5) * hourMs : now + chance.whole(4, 60) * hourMs;
  return { state: 'on-leave', since, expectedReturn: Math.max(expectedReturn, since + hourMs) };
}

/** An instant of that day between 10:00 and 20:00, when people come and go; never within half an hour of what comes after. */
function daytime(chance: Chance, instant: Instant, after: Instant): Instant {
  const hour = chance.whole(10, 19);
  const minute = chance.whole(10, 59);
  return Math.min(instantsOf(localDayOf(instant), `${hour}:${minute}`)[0]!, after - 30 * minuteMs);
}

/** What a bed was before what it is now, back to `known`: stays, with leave in some, and the hours between them. Oldest first. */
function before(chance: Chance, current: Span, stay: number, { known, now }: { known: Instant; now: Instant }): Span[] {
  const spans = [current];
  // Some who have been here a while are just back from leave.
  if (current.state === 'occupied' && !current.source && now - current.since > 10 * dayMs && chance.happens(0.2)) {
    const back = now - chance.whole(8, 120) * hourMs;
    spans.push(
      { state: 'on-leave', since: back - chance.whole(20, 90) * hourMs, expectedReturn: back },
      { state: 'occupied', since: back },
    );
  }
  const earlier = (state: SettableState, since: Instant, more: Partial<Span> = {}) => void spans.unshift({ state, since, ...more });
  const lengthOfStay = () => Math.max(1.5, stay * (0.25 + chance.fraction() * 1.5)) * dayMs;
  if (current.source === 'placement') earlier('available', current.since - chance.whole(5, 19) * hourMs);
  if (current.state === 'on-leave') earlier('occupied', daytime(chance, current.since - lengthOfStay() / 2, current.since));
  while (spans[0]!.since > known) {
    const { state, since } = spans[0]!;
    if (state === 'occupied') {
      // It stood empty for some hours before, or for days; now and then it was closed first.
      earlier('available', daytime(chance, since - (chance.happens(0.55) ? chance.whole(2, 20) : chance.whole(20, 120)) * hourMs, since));
      if (!chance.happens(0.12)) continue;
      const reason = chance.pick(['infection', 'damage-or-repair', 'staffing', 'acuity'] as const);
      earlier('closed', daytime(chance, spans[0]!.since - chance.whole(20, 150) * hourMs, spans[0]!.since), { reason });
      continue;
    }
    const start = since - lengthOfStay();
    // A bed that was closed after somebody had left.
    if (state === 'closed') earlier('available', since - chance.whole(1, 9) * hourMs);
    // Leave once or twice in the second half of a longer stay, home before it ended.
    for (let one = since - start > 12 * dayMs ? chance.whole(0, 3) : 0; one > 0; one -= 1) {
      const back = spans[0]!.since - chance.whole(40, 130) * hourMs;
      const left = back - chance.whole(20, 110) * hourMs;
      earlier('occupied', back);
      earlier('on-leave', left, { expectedReturn: back + chance.whole(-2, 6) * hourMs });
    }
    earlier('occupied', daytime(chance, Math.min(start, spans[0]!.since - dayMs), spans[0]!.since));
  }
  // Of what began before anybody wrote it down, only the last is known.
  return spans.filter((_, index) => index + 1 === spans.length || spans[index + 1]!.since > known);
}
