// Needs of invented people, without anything that says who they are: some still looked for, some held, referred or accepted, some placed, and those
// away with what their trust knows of it. What a hold was decided on is decided here by the same rules that decide a real one.
import type { Criterion } from '@homeward/shared/beds/contract.ts';
import type { WardSex } from '@homeward/shared/beds/facts.ts';
import { freshnessOf } from '@homeward/shared/beds/freshness-rules.ts';
import { usualSetting } from '@homeward/shared/beds/setting-rules.ts';
import { hourMs, minuteMs, type Instant } from '@homeward/shared/kernel/interval.ts';
import { addDays, instantsOf, localDayOf, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import { distanceKm, type Coordinates } from '@homeward/shared/places/rules.ts';
import { areaProposal } from '@homeward/shared/placements/area-rules.ts';
import type { MatchGround, NeedFacts, WardToMatch } from '@homeward/shared/placements/facts.ts';
import { matchesOf } from '@homeward/shared/placements/match-rules.ts';
import type { Offices } from './accounts.ts';
import { arrivalOf, arrivals, type Beds, type KnownBed } from './beds.ts';
import { Chance } from './chance.ts';
import type { AdmissionCriteria } from './criteria.ts';
import type { Lines } from './lines.ts';
import type { Places, WardRow } from './places.ts';
import { at, type Clock, type Row, type Told } from './rows.ts';

const letters = [...'23456789ABCDEFGHJKMNPQRSTVWXYZ'];

/** Where people are when they are away: invented hospitals, in towns that are where they are. */
const receivers = {
  norfolk: {
    receiver: 'Independent hospital, Norfolk',
    kind: 'independent',
    place: 'Norwich',
    latitude: 52.63,
    longitude: 1.3,
    pence: 78_500,
  },
  darlington: {
    receiver: 'Independent hospital, Darlington',
    kind: 'independent',
    place: 'Darlington',
    latitude: 54.53,
    longitude: -1.55,
    pence: 71_000,
  },
  cheadle: {
    receiver: 'Independent hospital, Cheadle',
    kind: 'independent',
    place: 'Cheadle',
    latitude: 53.39,
    longitude: -2.21,
    pence: 74_200,
  },
  nottingham: {
    receiver: 'Independent intensive care unit, Nottingham',
    kind: 'independent',
    place: 'Nottingham',
    latitude: 52.95,
    longitude: -1.15,
    pence: 104_000,
  },
  lincoln: {
    receiver: 'NHS mental health trust, Lincolnshire',
    kind: 'nhs',
    place: 'Lincoln',
    latitude: 53.23,
    longitude: -0.54,
    pence: 56_300,
  },
  northampton: {
    receiver: 'Independent hospital, Northampton',
    kind: 'independent',
    place: 'Northampton',
    latitude: 52.24,
    longitude: -0.9,
    pence: 69_800,
  },
  manchester: {
    receiver: 'Independent hospital for young people, Manchester',
    kind: 'independent',
    place: 'Manchester',
    latitude: 53.48,
    longitude: -2.24,
    pence: 92_000,
  },
  sheffield: {
    receiver: 'NHS mental health trust, Sheffield',
    kind: 'nhs',
    place: 'Sheffield',
    latitude: 53.38,
    longitude: -1.47,
    pence: 54_900,
  },
} as const;
type Receiver = keyof typeof receivers;

const homes: Record<string, string[]> = {
  RGD: ['Leeds'],
  TAD: ['Bradford & Craven'],
  RXG: ['Wakefield', 'Kirklees', 'Calderdale', 'Barnsley'],
  RY6: ['Leeds'],
};

interface Wanted extends NeedFacts {
  trust: string;
  wishes?: string;
  notes?: string;
}
const adult = { bedType: '200', ageBand: 'adult', securityLevel: 0, needs: [], whereNow: 'community', legalStatus: '02' } as const;

/** What is looked for and under way now, newest last; `name` is only for the rest of this file. */
const underWay: (Wanted & { name: string; minutesAgo: number; neededInHours: number; withdrawn?: string; unable?: string })[] = [
  {
    ...adult,
    name: 'withdrawn',
    trust: 'RGD',
    homePlace: 'Leeds',
    sex: 'male',
    whereNow: 'emergency-department',
    legalStatus: '01',
    minutesAgo: 1600,
    neededInHours: 4,
    withdrawn: 'Home treatment took over tonight',
  },
  {
    ...adult,
    name: 'low-secure',
    trust: 'RXG',
    homePlace: 'Wakefield',
    sex: 'male',
    bedType: '206',
    securityLevel: 1,
    legalStatus: '03',
    whereNow: 'another-ward',
    minutesAgo: 1510,
    neededInHours: 96,
    notes: 'Access assessment done on Tuesday.',
  },
  {
    ...adult,
    name: 'older',
    trust: 'TAD',
    homePlace: 'Bradford & Craven',
    sex: 'male',
    bedType: '201',
    ageBand: 'older-adult',
    legalStatus: '05',
    needs: ['step-free', 'dementia-friendly'],
    whereNow: 'another-ward',
    minutesAgo: 230,
    neededInHours: 20,
    wishes: 'His wife doesn’t drive: a bus from Shipley would help.',
  },
  {
    ...adult,
    name: 'accepted',
    trust: 'RXG',
    homePlace: 'Kirklees',
    sex: 'male',
    bedType: '202',
    legalStatus: '03',
    needs: ['low-stimulus'],
    whereNow: 'another-ward',
    minutesAgo: 205,
    neededInHours: 2,
  },
  {
    ...adult,
    name: 'draft',
    trust: 'TAD',
    homePlace: 'Bradford & Craven',
    sex: 'female',
    bedType: '202',
    legalStatus: '02',
    needs: ['seclusion'],
    whereNow: 'place-of-safety',
    minutesAgo: 170,
    neededInHours: 1,
    unable: 'Both intensive care wards with a bed said no on the telephone',
  },
  {
    ...adult,
    name: 'declined',
    trust: 'RXG',
    homePlace: 'Kirklees',
    sex: 'female',
    bedType: '202',
    legalStatus: '02',
    needs: ['seclusion'],
    whereNow: 'place-of-safety',
    minutesAgo: 110,
    neededInHours: 3,
  },
  {
    ...adult,
    name: 'looking',
    trust: 'RGD',
    homePlace: 'Leeds',
    sex: 'female',
    needs: ['step-free'],
    minutesAgo: 66,
    neededInHours: 5,
    wishes: 'Near Leeds, so that her children can visit after school.',
  },
  {
    ...adult,
    name: 'young',
    trust: 'RY6',
    homePlace: 'Leeds',
    sex: 'female',
    bedType: '301',
    ageBand: 'young-person',
    legalStatus: '01',
    needs: ['eating-disorder-monitoring'],
    whereNow: 'emergency-department',
    minutesAgo: 48,
    neededInHours: 8,
    wishes: 'Her mother would like to stay the first night.',
  },
  {
    ...adult,
    name: 'referred',
    trust: 'TAD',
    homePlace: 'Bradford & Craven',
    sex: 'female',
    whereNow: 'emergency-department',
    minutesAgo: 38,
    neededInHours: 3,
  },
  {
    ...adult,
    name: 'held',
    trust: 'RGD',
    homePlace: 'Leeds',
    sex: 'male',
    legalStatus: '03',
    needs: ['en-suite'],
    whereNow: 'emergency-department',
    minutesAgo: 15,
    neededInHours: 4,
  },
];

/** What each hold came to. Minutes are before now: `held`, `extended`, `referred`, `answered`, `ended`. */
const holds: {
  name: string;
  ward: string;
  held: number;
  extended?: number;
  referred?: number;
  accepted?: number;
  ended?: { state: 'declined' | 'released' | 'expired'; minutes: number; reason?: string };
  chosen?: string;
}[] = [
  {
    name: 'withdrawn',
    ward: 'fieldhead/stanley',
    held: 1580,
    ended: { state: 'released', minutes: 1561, reason: 'no-longer-needed' },
    chosen: 'He knows the ward and asked for it',
  },
  {
    name: 'accepted',
    ward: 'lynfield-mount/clover',
    held: 190,
    referred: 182,
    accepted: 150,
    chosen: 'The ward said on the telephone that the quiet side is free',
  },
  {
    name: 'declined',
    ward: 'kendray/melton',
    held: 100,
    referred: 95,
    ended: { state: 'declined', minutes: 61, reason: 'acuity' },
    chosen: 'The nearest with a room that is quiet',
  },
  {
    name: 'looking',
    ward: 'the-dales/elmdale',
    held: 58,
    ended: { state: 'expired', minutes: 28 },
    chosen: 'Level throughout, and the bus goes there',
  },
  { name: 'referred', ward: 'becklin/ward-5', held: 27, referred: 12, chosen: 'Her sister works at this hospital’s day unit' },
  { name: 'held', ward: 'the-dales/ashdale', held: 9, extended: 3, chosen: 'His brother lives in Halifax and can visit' },
];

/** Who came to the beds that say so, in the order of `arrivals`. The one in Barnsley was proposed as out of area; the sender decided that it isn't. */
const arrived: (Wanted & { notOutOfArea?: string })[] = [
  { ...adult, trust: 'RGD', homePlace: 'Leeds', sex: 'female', whereNow: 'emergency-department' },
  {
    ...adult,
    trust: 'RXG',
    homePlace: 'Wakefield',
    sex: 'male',
    legalStatus: '03',
    notOutOfArea: 'Our own ward, with his own team, and nearer to his family than Wakefield',
  },
  { ...adult, trust: 'TAD', homePlace: 'Bradford & Craven', sex: 'male', bedType: '202', legalStatus: '03', whereNow: 'another-ward' },
];

/** Who is away now. `goesOn`: from an earlier stay elsewhere, whose line ended the day this one was asked for. */
const away: (Wanted & {
  daysAgo: number;
  receiver: Receiver;
  reason?: string;
  reviewedDaysAgo?: number;
  contact: string;
  stays?: true;
  goesOn?: { receiver: Receiver; days: number };
})[] = [
  {
    ...adult,
    trust: 'RXG',
    homePlace: 'Kirklees',
    sex: 'male',
    bedType: '201',
    ageBand: 'older-adult',
    daysAgo: 63,
    receiver: 'northampton',
    reviewedDaysAgo: 5,
    contact: 'Older people’s community team, north Kirklees',
    wishes: 'He would like to hear Yorkshire voices again.',
  },
  {
    ...adult,
    trust: 'RGD',
    homePlace: 'Leeds',
    sex: 'male',
    legalStatus: '03',
    daysAgo: 46,
    receiver: 'norfolk',
    reviewedDaysAgo: 11,
    contact: 'Assertive outreach, south Leeds',
    wishes: 'Home as soon as a bed is free; his mother can’t travel so far.',
  },
  {
    ...adult,
    trust: 'TAD',
    homePlace: 'Bradford & Craven',
    sex: 'male',
    legalStatus: '03',
    needs: ['interpreter'],
    daysAgo: 31,
    receiver: 'cheadle',
    reviewedDaysAgo: 3,
    contact: 'Community mental health team, Keighley',
    wishes: '',
  },
  {
    ...adult,
    trust: 'RY6',
    homePlace: 'Leeds',
    sex: 'female',
    bedType: '301',
    ageBand: 'young-person',
    legalStatus: '02',
    whereNow: 'emergency-department',
    daysAgo: 24,
    receiver: 'manchester',
    reviewedDaysAgo: 6,
    contact: 'Young people’s crisis team',
    wishes: 'Back in time for school in the new term.',
  },
  {
    ...adult,
    trust: 'RGD',
    homePlace: 'Leeds',
    sex: 'female',
    legalStatus: '03',
    daysAgo: 17,
    receiver: 'darlington',
    reviewedDaysAgo: 4,
    contact: 'Community mental health team, west Leeds',
    wishes: 'Any ward in Leeds.',
    goesOn: { receiver: 'cheadle', days: 13 },
  },
  {
    ...adult,
    trust: 'RXG',
    homePlace: 'Wakefield',
    sex: 'female',
    daysAgo: 12,
    receiver: 'lincoln',
    reviewedDaysAgo: 9,
    contact: 'Community team, Wakefield',
    wishes: 'Wakefield or Dewsbury, so that her daughter can come.',
  },
  {
    ...adult,
    trust: 'TAD',
    homePlace: 'Bradford & Craven',
    sex: 'female',
    bedType: '202',
    whereNow: 'place-of-safety',
    daysAgo: 6,
    receiver: 'nottingham',
    contact: 'Intensive home treatment, Bradford',
    wishes: '',
  },
  {
    ...adult,
    trust: 'RXG',
    homePlace: 'Barnsley',
    sex: 'male',
    legalStatus: '01',
    daysAgo: 9,
    receiver: 'sheffield',
    reason: '13',
    reviewedDaysAgo: 2,
    contact: 'Community team, Barnsley',
    wishes: 'To stay where none of his colleagues work.',
    stays: true,
  },
];

const endedStays = 64;

interface AllocationRow extends Row<'allocation'> {
  id: string;
}

export function placementsOf(
  clock: Clock,
  { places, offices, lines, criteria, beds }: { places: Places; offices: Offices; lines: Lines; criteria: AdmissionCriteria; beds: Beds },
  databaseNow: Instant = clock.now,
) {
  const { now, today } = clock;
  // The clocks of allocations are the database's own, whatever time the program keeps.
  const byDatabase = (instant: Instant) => at(instant - now + databaseNow);
  const chance = new Chance('placements');
  const events: Told[] = [];
  const placementRequest: (Row<'placementRequest'> & { id: string })[] = [];
  const allocation: AllocationRow[] = [];
  const outOfArea: Row<'outOfArea'>[] = [];
  const outOfAreaRevision: Row<'outOfAreaRevision'>[] = [];
  const references = new Set<string>();
  const bedManager = (trust: string) => offices.officerOf('bed-manager', trust).accountId;
  const wardManager = (ward: WardRow) => offices.officerOf('ward-manager', ward.trust).accountId;
  const placeOf = new Map(
    places.rows.place.map(({ short, latitude, longitude, insideIcb }) => [short, { latitude, longitude, insideIcb }]),
  );

  const tell = (type: Told['type'], happenedAt: Instant, accountId: string | null, data: object, wardId?: string) => {
    events.push({ type, at: happenedAt, accountId, ...(wardId !== undefined && { wardId }), data });
  };

  const newReference = (): string => {
    for (;;) {
      const reference = `HW-${Array.from({ length: 5 }, () => chance.pick(letters)).join('')}`;
      if (references.has(reference)) continue;
      references.add(reference);
      return reference;
    }
  };

  const request = (wanted: Wanted, createdAt: Instant, neededBy: Instant, continues: string | null = null) => {
    const { trust, wishes = '', notes = '' } = wanted;
    const { homePlace, bedType, ageBand, sex, legalStatus, securityLevel, needs, whereNow } = wanted;
    const row = {
      id: chance.id(createdAt),
      reference: newReference(),
      sendingTrust: trust,
      homePlace,
      bedType,
      ageBand,
      sex,
      legalStatus,
      securityLevel,
      needs: [...needs],
      whereNow,
      neededBy: at(neededBy),
      wishes,
      notes,
      continues,
      receivedOn: localDayOf(createdAt),
      state: 'open',
      createdBy: bedManager(trust),
      createdAt: at(createdAt),
      closedAt: null as string | null,
      closedReason: null as string | null,
    };
    placementRequest.push(row);
    tell('placement.changed', createdAt, row.createdBy, { requestId: row.id, was: null, state: 'open' });
    return row;
  };
  type Request = ReturnType<typeof request>;

  /** An arrival is told of by its allocation; the others by the request itself. */
  const close = (row: Request, state: 'placed' | 'withdrawn' | 'unable-to-place', closedAt: Instant, reason: string | null) => {
    Object.assign(row, { state, closedAt: at(closedAt), closedReason: reason });
    if (state !== 'placed') tell('placement.changed', closedAt, row.createdBy, { requestId: row.id, was: 'open', state, reason });
  };

  const hold = (row: Request, bed: KnownBed, heldAt: Instant, chosen: string | null) => {
    const { ward } = bed;
    const match = matchAt({ places, lines, criteria, beds }, row as Request & NeedFacts, ward, heldAt);
    const expiresAt = byDatabase(heldAt + usualSetting.holdMinutes * minuteMs);
    const held = {
      id: chance.id(heldAt),
      requestId: row.id,
      bedId: bed.id,
      wardId: ward.id,
      state: 'held',
      heldBy: row.createdBy,
      heldAt: byDatabase(heldAt),
      expiresAt: expiresAt as string | null,
      extendedAt: null as string | null,
      usesLeaveBed: false,
      // Where another stands before it, or it may not suit, its sender said why.
      chosenReason: match.rank > 1 || match.outcome !== 'meets' ? chosen : null,
      match: JSON.parse(JSON.stringify(match)) as Row<'allocation'>['match'],
      referredAt: null as string | null,
      answerBy: null as string | null,
      escalatedAt: null,
      answeredAt: null as string | null,
      answeredBy: null as string | null,
      arrivedAt: null as string | null,
      endedAt: null as string | null,
      endedBy: null as string | null,
      endReason: null as string | null,
    };
    allocation.push(held);
    const said = (state: string, was: string | null, when: Instant, accountId: string | null, more: object = {}) =>
      tell(
        'allocation.changed',
        when,
        accountId,
        { allocationId: held.id, requestId: row.id, bedId: bed.id, was, state, ...more },
        ward.id,
      );
    said('held', null, heldAt, held.heldBy, { expiresAt, reason: held.chosenReason });
    return {
      extend(when: Instant) {
        const until = heldAt + (usualSetting.holdMinutes + usualSetting.extensionMinutes) * minuteMs;
        Object.assign(held, { extendedAt: byDatabase(when), expiresAt: byDatabase(until) });
        said('held', 'held', when, held.heldBy, { act: 'extended', expiresAt: byDatabase(until) });
      },
      refer(when: Instant) {
        Object.assign(held, {
          state: 'referred',
          referredAt: byDatabase(when),
          expiresAt: null,
          answerBy: byDatabase(when + usualSetting.answerMinutes * minuteMs),
        });
        said('referred', 'held', when, held.heldBy, { answerBy: held.answerBy });
      },
      accept(when: Instant) {
        const until = byDatabase(when + usualSetting.arrivalMinutes * minuteMs);
        Object.assign(held, { state: 'accepted', answeredAt: byDatabase(when), answeredBy: wardManager(ward), expiresAt: until });
        said('accepted', 'referred', when, wardManager(ward), { expiresAt: until });
      },
      end(state: 'declined' | 'released' | 'expired', when: Instant, reason: string | null) {
        const was = held.state;
        const by = state === 'declined' ? wardManager(ward) : state === 'released' ? held.heldBy : null;
        Object.assign(held, { state, endedAt: byDatabase(when), endedBy: by, endReason: reason });
        if (state === 'declined') Object.assign(held, { answeredAt: byDatabase(when), answeredBy: by });
        said(state, was, when, by, { reason });
      },
      arrive(when: Instant) {
        Object.assign(held, { state: 'arrived', arrivedAt: byDatabase(when), endedAt: byDatabase(when) });
        said('arrived', 'accepted', when, wardManager(ward));
      },
    };
  };

  type Fields = Omit<
    Row<'outOfAreaRevision'>,
    'id' | 'outOfAreaId' | 'recordedAt' | 'recordedBy' | 'replacedAt' | 'bedType' | 'receivedOn'
  >;
  /** The line of the register of one request: each of `said` is what was known from its instant, until the next. */
  const register = (row: Request, said: { when: Instant; fields: Fields }[]) => {
    const id = chance.id(said[0]!.when);
    outOfArea.push({ id, requestId: row.id });
    for (const [index, { when, fields }] of said.entries()) {
      const next = said[index + 1];
      outOfAreaRevision.push({
        id: chance.id(when),
        outOfAreaId: id,
        bedType: row.bedType,
        receivedOn: row.receivedOn,
        continuityContact: '',
        wishes: '',
        intendsReturn: true,
        ...fields,
        recordedBy: row.createdBy,
        recordedAt: at(when),
        replacedAt: next ? at(next.when) : null,
      });
      const was = index > 0 ? said[index - 1]!.fields.state : null;
      tell('register.changed', when, row.createdBy, { requestId: row.id, outOfAreaId: id, was, state: fields.state });
    }
  };
  const drafted = (wishes: string): Fields => ({ state: 'draft', reasonCode: '10', wishes, why: 'No ward of the board could take them.' });
  const goneTo = (row: Request, where: Receiver, reasonCode: string, startedOn: LocalDay): Fields => {
    const { receiver, kind, place, latitude, longitude, pence } = receivers[where];
    return {
      state: 'away',
      receiver,
      receiverKind: kind,
      place,
      latitude,
      longitude,
      distanceKm: Math.round(distanceKm(placeOf.get(row.homePlace)!, { latitude, longitude })),
      reasonCode,
      startedOn,
      costPerNightPence: pence,
      wishes: row.wishes,
      why: 'A bed was found there.',
    };
  };
  const onDay = (day: LocalDay, time: string) => instantsOf(day, time)[0]!;

  // Those away now. The one whose stay goes on from another had been elsewhere first: one person, one spell.
  for (const { daysAgo, receiver, reason = '10', reviewedDaysAgo, contact, stays, goesOn, ...wanted } of away) {
    const first = addDays(today, -daysAgo);
    let continues: string | null = null;
    if (goesOn) {
      const from = addDays(first, -goesOn.days);
      const before = request(wanted, onDay(from, '10:25'), onDay(from, '18:00'));
      close(before, 'unable-to-place', onDay(from, '12:40'), null);
      const there = goneTo(before, goesOn.receiver, reason, from);
      register(before, [
        { when: onDay(from, '12:40'), fields: drafted(before.wishes) },
        { when: onDay(from, '17:20'), fields: there },
        {
          when: onDay(first, '19:30'),
          fields: { ...there, state: 'ended', endedOn: first, why: 'Moved on to Darlington: the first ward could not keep the bed' },
        },
      ]);
      continues = before.id;
    }
    const created = onDay(first, goesOn ? '11:10' : '13:35');
    const row = request(wanted, created, created + 5 * hourMs, continues);
    close(row, 'unable-to-place', created + 95 * minuteMs, null);
    const there: Fields = { ...goneTo(row, receiver, reason, first), continuityContact: contact, intendsReturn: !stays };
    const said = [
      { when: created + 95 * minuteMs, fields: drafted(row.wishes) },
      { when: created + 6 * hourMs, fields: there },
    ];
    if (reviewedDaysAgo !== undefined) {
      const day = addDays(today, -reviewedDaysAgo);
      said.push({
        when: onDay(day, '15:15'),
        fields: { ...there, lastReviewedOn: day, why: 'Reviewed with the ward and the community team' },
      });
    }
    register(row, said);
  }

  // Those who were away over the last 15 months, thinner of late: most for want of a bed.
  for (let one = 0; one < endedStays; one += 1) {
    const trust = chance.pick(['RGD', 'RGD', 'RGD', 'RXG', 'RXG', 'TAD', 'TAD']);
    const bedType = chance.pick(['200', '200', '200', '200', '202', '201', '206']);
    const nights = chance.whole(3, 54);
    const last = addDays(today, -Math.round(2 + 395 * (one / endedStays) + chance.whole(0, 14)));
    const first = addDays(last, -nights);
    const wanted: Wanted = {
      ...adult,
      trust,
      homePlace: chance.pick(homes[trust]!),
      sex: chance.pick(['female', 'male'] as const),
      bedType,
      ageBand: bedType === '201' ? 'older-adult' : 'adult',
      securityLevel: bedType === '206' ? 1 : 0,
      legalStatus: chance.pick(['01', '02', '02', '03', '03']),
      whereNow: chance.pick(['community', 'emergency-department', 'place-of-safety'] as const),
    };
    // Asked for the day before, now and then: the national start is the day it was received.
    const asked = chance.happens(0.2) ? addDays(first, -1) : first;
    const created = onDay(asked, `${chance.whole(10, 13)}:${chance.whole(10, 59)}`);
    const row = request(wanted, created, created + 6 * hourMs);
    close(row, 'unable-to-place', created + 80 * minuteMs, null);
    const where =
      bedType === '202' ? 'nottingham' : chance.pick(['norfolk', 'darlington', 'cheadle', 'lincoln', 'northampton', 'sheffield'] as const);
    const there: Fields = {
      ...goneTo(row, where, chance.pick(['10', '10', '10', '10', '10', '10', '14', '13', '11', '99']), first),
      continuityContact: 'Community mental health team',
      lastReviewedOn: addDays(first, Math.min(nights - 1, 6)),
    };
    register(row, [
      { when: created + 80 * minuteMs, fields: drafted('') },
      { when: onDay(first, '19:40'), fields: { ...there, lastReviewedOn: null } },
      {
        when: onDay(last, '16:10'),
        fields: {
          ...there,
          state: 'ended',
          endedOn: last,
          why: chance.pick(['Home to a ward of ours', 'Home to a ward of ours', 'Discharged home from there']),
        },
      },
    ]);
  }

  // Those who came.
  for (const [index, { ward: code, daysAgo, hour }] of arrivals.entries()) {
    const { notOutOfArea, ...wanted } = arrived[index]!;
    const cameAt = arrivalOf(clock, daysAgo, hour);
    const bed = beds.bedsByWard.get(code)!.find(({ states }) => states.at(-1)!.source === 'placement')!;
    const row = request(wanted, cameAt - 260 * minuteMs, cameAt);
    const held = hold(row, bed, cameAt - 235 * minuteMs, 'The ward knows them from an earlier stay');
    held.refer(cameAt - 225 * minuteMs);
    held.accept(cameAt - 190 * minuteMs);
    held.arrive(cameAt);
    close(row, 'placed', cameAt, null);
    if (notOutOfArea === undefined) continue;
    const site = places.rows.site.find((one) => one.code === bed.ward.site)!;
    const there: Fields = {
      state: 'draft',
      reasonCode: '10',
      receiver: places.rows.trust.find((one) => one.odsCode === bed.ward.trust)!.name,
      receiverKind: 'nhs',
      receiverTrust: bed.ward.trust,
      place: places.rows.place.find((one) => one.short === site.place)?.name ?? null,
      latitude: site.latitude ?? null,
      longitude: site.longitude ?? null,
      distanceKm: Math.round(distanceKm(placeOf.get(row.homePlace)!, site as Coordinates)),
      startedOn: localDayOf(cameAt),
      why: areaProposal(row.homePlace, site.place ?? null, placeOf).sentence,
    };
    register(row, [
      { when: cameAt, fields: there },
      { when: cameAt + 15 * hourMs, fields: { ...there, state: 'not-out-of-area', why: notOutOfArea } },
    ]);
  }

  // What is looked for and under way.
  const byName = new Map<string, Request>();
  for (const { name, minutesAgo, neededInHours, withdrawn, unable, ...wanted } of underWay) {
    const created = now - minutesAgo * minuteMs;
    const row = request(wanted, created, created + neededInHours * hourMs);
    byName.set(name, row);
    if (withdrawn !== undefined) close(row, 'withdrawn', created + 40 * minuteMs, withdrawn);
    if (unable !== undefined) {
      close(row, 'unable-to-place', created + 75 * minuteMs, unable);
      register(row, [{ when: created + 75 * minuteMs, fields: drafted(row.wishes) }]);
    }
  }
  for (const { name, ward: code, held: heldMinutes, extended, referred, accepted, ended, chosen } of holds) {
    const ago = (minutes: number) => now - minutes * minuteMs;
    // The bed that has been empty longest: it was so when it was held.
    const bed = beds.bedsByWard
      .get(code)!
      .filter(({ states }) => states.at(-1)!.state === 'available')
      .sort((a, b) => Date.parse(a.states.at(-1)!.recordedAt) - Date.parse(b.states.at(-1)!.recordedAt))[0]!;
    const held = hold(byName.get(name)!, bed, ago(heldMinutes), chosen ?? null);
    if (extended !== undefined) held.extend(ago(extended));
    if (referred !== undefined) held.refer(ago(referred));
    if (accepted !== undefined) held.accept(ago(accepted));
    if (ended) held.end(ended.state, ago(ended.minutes), ended.reason ?? null);
  }

  return { events, rows: { placementRequest, allocation, outOfArea, outOfAreaRevision } };
}

/** What the rules say of a ward for a need, from what was known at an instant: kept with the hold, to be taken again. */
function matchAt(
  { places, lines, criteria, beds }: { places: Places; lines: Lines; criteria: AdmissionCriteria; beds: Beds },
  need: NeedFacts,
  chosen: WardRow,
  known: Instant,
) {
  const wasKnown = (row: { recordedAt: unknown; replacedAt?: unknown }) =>
    Date.parse(String(row.recordedAt)) <= known && (!row.replacedAt || Date.parse(String(row.replacedAt)) > known);
  const siteOf = new Map(places.rows.site.map((site) => [site.code, site]));
  const placeOf = new Map(
    places.rows.place.map(({ short, latitude, longitude, insideIcb }) => [short, { latitude, longitude, insideIcb }]),
  );
  const onBoard = new Set([...places.members, ...lines.partners]);
  const wards = places.wards.filter((ward) => ward.bedType === need.bedType && onBoard.has(ward.trust));
  const board = wards.map((ward): WardToMatch => {
    const site = siteOf.get(ward.site)!;
    const confirmations = beds.rows.wardConfirmation.filter((row) => row.wardId === ward.id).map((row) => Date.parse(row.confirmedAt));
    const confirmedAt = confirmations.filter((confirmed) => confirmed <= known).reduce<Instant | null>((a, b) => Math.max(a ?? b, b), null);
    const pause = beds.rows.admissionPause.find((row) => row.wardId === ward.id && wasKnown(row));
    const said = criteria.rows.admissionCriteria.find((row) => row.wardId === ward.id && wasKnown(row));
    const coordinates =
      typeof site.latitude === 'number' && typeof site.longitude === 'number'
        ? (site as Coordinates)
        : site.place
          ? placeOf.get(site.place)
          : undefined;
    return {
      wardId: ward.id,
      name: ward.name,
      trust: ward.trust,
      place: site.place ?? null,
      coordinates: coordinates ?? null,
      bedType: ward.bedType,
      sex: (places.rows.wardSex.find((row) => row.wardId === ward.id)?.sex ?? null) as WardSex | null,
      ageGroup: ward.ageGroup ?? null,
      securityLevel: ward.securityLevel ?? 0,
      locked: ward.locked ?? null,
      freshness: freshnessOf(confirmedAt, usualSetting, known),
      confirmedAt,
      pause: pause ? { reason: pause.reason, reviewAt: Date.parse(String(pause.reviewAt)) } : null,
      criteria: { version: said?.version ?? 0, items: (said?.items ?? []) as unknown as Criterion[] },
      freeBeds: (beds.bedsByWard.get(ward.code) ?? []).flatMap(({ id, label, states }) =>
        states.some((state) => state.state === 'available' && wasKnown(state)) ? { id, label } : [],
      ),
    };
  });
  const ground: MatchGround = {
    places: placeOf,
    members: new Set(places.members),
    sexRules: () => usualSetting.sexRules,
    rankingTerms: usualSetting.rankingTerms,
    needNames: new Map(lines.rows.code.filter((row) => row.list === 'need').map((row) => [row.code, row.title])),
  };
  const ranked = matchesOf(need, board, ground);
  const rank = ranked.findIndex((match) => match.wardId === chosen.id) + 1;
  const { outcome, criteria: results, terms } = ranked[rank - 1]!;
  return { outcome, criteria: results, terms, rank, rulesVersion: 1, decidedAt: at(known) };
}
