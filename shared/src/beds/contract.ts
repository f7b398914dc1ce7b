import { z } from 'zod';
import { id, instant, kebab, localDay, someWords, words } from '../kernel/wire.ts';
import { trustCode, wardLine } from '../places/contract.ts';
import { shiftStatuses } from '../shifts/posting-rules.ts';
import { bedStates, closedReasons, freshnesses, outcomes, rankingTerms, settableStates, wardSexes } from './facts.ts';

export const outcome = z.enum(outcomes);
export const freshness = z.enum(freshnesses);
export const sexNeeded = z.enum(['female', 'male']);
export const nationalCode = z
  .string()
  .max(10)
  .regex(/^[0-9]{2,3}$/, 'Use the national code, such as 200.');
export const localTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Give a time such as 14:00.');

export const codeView = z.object({
  code: z.string(),
  title: z.string(),
  detail: z.record(z.string(), z.unknown()),
  source: z.string().nullable(),
});
export type CodeView = z.infer<typeof codeView>;
/** The lists that forms choose from, in the order they are shown. */
export const codesView = z.object({
  bedTypes: z.array(codeView),
  legalStatuses: z.array(codeView),
  outOfAreaReasons: z.array(codeView),
  delayReasons: z.array(codeView),
  needs: z.array(codeView),
  declineReasons: z.array(codeView),
  releaseReasons: z.array(codeView),
});
export type CodesView = z.infer<typeof codesView>;

/** A shift whose filling would help a closed bed open. */
export const openingShift = z.object({
  id,
  wardId: id,
  role: z.string(),
  band: z.number(),
  startsAt: z.string(),
  endsAt: z.string(),
  status: z.enum(shiftStatuses),
});
export type OpeningShift = z.infer<typeof openingShift>;

/** One ward on the board: what any bed manager who shares with it may see (quality, section 4). Distance is worked out where it is shown. */
export const boardWard = z.object({
  ward: wardLine.extend({
    latitude: z.number().nullable(),
    longitude: z.number().nullable(),
    serviceLine: z.string(),
    bedType: z.string().nullable(),
    sex: z.enum(wardSexes).nullable(),
    ageGroup: z.string().nullable(),
    securityLevel: z.number(),
    locked: z.boolean().nullable(),
    independent: z.boolean(),
  }),
  /** Nobody of its trust has said yet how many beds it has: every count is null then, and `sourced` what public pages say. */
  counts: z
    .object({
      funded: z.number(),
      staffed: z.number(),
      free: z.number(),
      held: z.number(),
      occupied: z.number(),
      onLeave: z.number(),
      closed: z.array(z.object({ reason: z.enum(closedReasons), count: z.number(), shiftsToFill: z.number(), mayReopen: z.number() })),
    })
    .nullable(),
  sourced: z.number().nullable(),
  pause: z.object({ reason: z.string(), reviewAt: z.string(), since: z.string() }).nullable(),
  confirmed: z.object({ at: z.string(), by: z.enum(['ward-manager', 'bed-manager', 'import']) }).nullable(),
  /** When somebody last asked the ward to confirm, where that is after its last confirmation. */
  askedAt: z.string().nullable(),
  /** Its trust's rule, with which the page ages the figures by itself: also over a line that has dropped. */
  rule: z.object({ dueTimes: z.array(z.string()), freshMinutes: z.number(), graceMinutes: z.number() }),
  /** At the moment of the answer. */
  freshness,
});
export type BoardWard = z.infer<typeof boardWard>;
export const boardView = z.object({
  items: z.array(boardWard),
  nextCursor: z.null(),
  places: z.array(z.object({ short: z.string(), name: z.string(), latitude: z.number(), longitude: z.number(), insideIcb: z.boolean() })),
  now: z.string(),
});
export type BoardView = z.infer<typeof boardView>;

/** One bed. What only its ward and its own trust's bed managers see is null for others. */
export const bedView = z.object({
  id,
  wardId: id,
  wardCode: z.string(),
  label: z.string(),
  bedType: z.string().nullable(),
  sex: z.enum(wardSexes).nullable(),
  securityLevel: z.number(),
  state: z.enum(bedStates),
  /** What it is beneath a hold. */
  recorded: z.enum(settableStates),
  since: z.string(),
  reason: z.enum(closedReasons).nullable(),
  note: z.string().nullable(),
  expectedReturn: z.string().nullable(),
  commissionedBy: z.string().nullable(),
  /** By the database's clock: when a hold or a wait for arrival ends, and in how many seconds from this answer. Null: it doesn't end by itself. */
  held: z
    .object({
      allocationId: id.nullable(),
      by: z.string(),
      state: z.enum(['held', 'referred', 'accepted']),
      expiresAt: z.string().nullable(),
      expiresInSeconds: z.number().nullable(),
    })
    .nullable(),
  shifts: z.array(openingShift),
  mayReopen: z.boolean(),
  ready: z.object({ readyOn: z.string(), delayReasons: z.array(z.string()) }).nullable(),
  confirmedAt: z.string().nullable(),
  freshness,
});
export type BedView = z.infer<typeof bedView>;

/** A ward's own page of beds. */
export const wardBeds = z.object({
  card: boardWard,
  beds: z.array(bedView),
  /** The next time the ward is asked to confirm. */
  nextDueAt: z.string(),
  /** Shifts of the ward still to come that a closing may name. */
  shifts: z.array(openingShift),
  now: z.string(),
});
export type WardBeds = z.infer<typeof wardBeds>;

/** `closedUntilShifts` names shifts of the same ward that are still to come; only with the reason `staffing`. */
export const setBedState = z.strictObject({
  state: z.enum(settableStates),
  reason: z.enum(closedReasons).nullable().optional(),
  note: words(200).optional(),
  expectedReturn: instant.nullable().optional(),
  closedUntilShifts: z.array(id).max(20).optional(),
});
export type SetBedState = z.input<typeof setBedState>;
export const addBeds = z.strictObject({
  labels: z.array(words(40).min(1, 'Give each bed a name.')).min(1).max(100),
  commissionedBy: trustCode.nullable().default(null),
});
export const retireBed = z.strictObject({ reason: someWords(200) });
export const pauseAdmissions = z.strictObject({ reason: someWords(200), reviewAt: instant });
export const confirmedView = z.object({ wardId: id, confirmedAt: z.string(), card: boardWard });

export const readinessView = z.object({ bedId: id, readyOn: z.string().nullable(), delayReasons: z.array(z.string()) });
export const setReady = z.strictObject({
  readyOn: localDay,
  delayReasons: z.array(z.string().max(10)).min(1, 'Choose at least one reason.').max(10),
});

/** What a criterion is about: a need, a legal status, where somebody is now, an age band, or everyone. */
export const criterionAbout = ['everyone', 'need', 'legal-status', 'where-now', 'age-band'] as const;
export const criterion = z.strictObject({
  about: z.enum(criterionAbout),
  /** The code it is about; empty for everyone. */
  code: z.string().max(80).default(''),
  outcome,
  /** What the sender will read. */
  words: someWords(300),
});
export type Criterion = z.infer<typeof criterion>;
export const setCriteria = z.strictObject({ items: z.array(criterion).max(60), reason: someWords(300) });
const versionOf = <T extends z.ZodType>(item: T) =>
  z.object({
    version: z.number(),
    items: z.array(item),
    reason: z.string(),
    by: z.string().nullable(),
    from: z.string(),
    until: z.string().nullable(),
  });
/** Newest first; the first is in force. */
export const criteriaView = z.object({ ward: wardLine, mayEdit: z.boolean(), versions: z.array(versionOf(criterion)) });
export type CriteriaView = z.infer<typeof criteriaView>;

export const setSex = z.strictObject({ sex: z.enum(wardSexes), from: localDay, reason: someWords(300) });
export const sexHistory = z.object({
  wardId: id,
  items: z.array(
    z.object({ sex: z.enum(wardSexes).nullable(), from: z.string(), until: z.string().nullable(), reason: z.string().nullable() }),
  ),
});
export type SexHistory = z.infer<typeof sexHistory>;

const forSexes = z.strictObject({ female: outcome, male: outcome });
const minutes = (least: number, most: number) =>
  z.number().int().min(least, `Give at least ${least} minutes.`).max(most, `Give at most ${most} minutes.`);
const settings = {
  dueTimes: z.array(localTime).min(1).max(12),
  freshMinutes: minutes(10, 1440),
  graceMinutes: minutes(5, 720),
  holdMinutes: minutes(5, 240),
  extensionMinutes: minutes(0, 240),
  answerMinutes: minutes(5, 720),
  arrivalMinutes: minutes(30, 4320),
  askingMinutes: minutes(5, 720),
  reviewDays: z.number().int().min(1, 'Give at least 1 day.').max(60, 'Give at most 60 days.'),
  sexRules: z.strictObject({
    female: forSexes,
    male: forSexes,
    mixed: forSexes,
    flexible: forSexes,
    separate: forSexes,
    unknown: forSexes,
  }),
  rankingTerms: z
    .array(z.enum(rankingTerms))
    .length(rankingTerms.length)
    .refine((terms) => new Set(terms).size === terms.length, 'Name each term once.'),
};
export const bedSetting = z.object({ ...settings, trust: z.string(), from: z.string(), reason: z.string(), by: z.string().nullable() });
export type BedSetting = z.infer<typeof bedSetting>;
/** From an instant on, never earlier than now: what was decided stays as it was decided. */
export const changeBedSetting = z.strictObject({ ...settings, trust: trustCode, from: instant, reason: someWords(300) });
/** In force first, then those to come, then those that were. */
export const bedSettingsView = z.object({
  trust: z.string(),
  mayChange: z.boolean(),
  inForce: bedSetting,
  coming: z.array(bedSetting),
  before: z.array(bedSetting),
});
export type BedSettingsView = z.infer<typeof bedSettingsView>;

export const suiteView = z.object({
  id,
  trust: z.string(),
  site: z.string(),
  siteName: z.string(),
  name: z.string(),
  state: z.enum(['available', 'occupied', 'closed']),
  since: z.string(),
});
export type SuiteView = z.infer<typeof suiteView>;
export const setSuiteState = z.strictObject({ state: z.enum(['available', 'occupied', 'closed']) });
export const addSuite = z.strictObject({ site: kebab, name: words(80).min(1) });

/** Beds closed for staffing, the shifts that would open them, and the people away whom those wards would fit. */
export const openingsView = z.object({
  items: z.array(
    z.object({
      ward: wardLine,
      beds: z.array(z.object({ id, label: z.string() })),
      /** Those of my own trust's wards: what others post is theirs to see, so of other wards only the number is told (quality, section 4). */
      shifts: z.array(openingShift),
      shiftsToFill: z.number(),
      mayReopen: z.boolean(),
    }),
  ),
  nextCursor: z.null(),
  shiftsToFill: z.number(),
  bedsToOpen: z.number(),
  /** People away of my trust whom one of these wards would fit, best first. */
  people: z.array(
    z.object({
      placementId: id,
      reference: z.string(),
      wardId: id,
      wardName: z.string(),
      nightsAway: z.number(),
      distanceSavedKm: z.number().nullable(),
    }),
  ),
  /** How many people of all trusts these wards would fit: a number, never who. */
  peopleAway: z.number(),
});
export type OpeningsView = z.infer<typeof openingsView>;

/** A midnight census, day by day. Percent to one decimal; null where no bed was staffed. */
export const occupancyDay = z.object({
  day: z.string(),
  funded: z.number(),
  staffed: z.number(),
  occupied: z.number(),
  onLeave: z.number(),
  percent: z.number().nullable(),
  percentWithLeave: z.number().nullable(),
});
export type OccupancyDay = z.infer<typeof occupancyDay>;
export const occupancyView = z.object({
  trust: z.string(),
  linePercent: z.number(),
  /** As it is at this moment, by ward. */
  wards: z.array(z.object({ ward: wardLine, confirmedAt: z.string().nullable(), freshness, now: occupancyDay })),
  days: z.array(occupancyDay),
  ready: z.array(
    z.object({ bedId: id, label: z.string(), ward: wardLine, readyOn: z.string(), days: z.number(), delayReasons: z.array(z.string()) }),
  ),
  now: z.string(),
});
export type OccupancyView = z.infer<typeof occupancyView>;

const returnFigures = {
  coreBedBase: z.number(),
  emptyBeds: z.number(),
  fitForDischarge: z.number(),
  completedDischarges: z.number(),
  /** Closed for any reason, and empty ones of a ward that has paused admissions. */
  closedToAdmission: z.number(),
  infectionControl: z.number(),
  adultsFromOutsideTrust: z.number(),
};
/** The return of a trust as it was known at an instant of a local day; completed discharges are those of the day so far. */
export const returnView = z.object({
  trust: z.string(),
  day: z.string(),
  time: z.string(),
  at: z.string(),
  wards: z.array(z.object({ ward: wardLine, confirmedAt: z.string().nullable(), ...returnFigures })),
  /** Section 136 suites are no beds: only the total has them. */
  total: z.object({ ...returnFigures, suites: z.number(), suitesEmpty: z.number() }),
});
export type ReturnView = z.infer<typeof returnView>;

export const serviceLineView = z.object({
  id,
  code: z.string(),
  name: z.string(),
  lead: z.object({ code: z.string(), name: z.string() }).nullable(),
  partners: z.array(z.object({ code: z.string(), name: z.string(), independent: z.boolean(), wards: z.number() })),
  bedTypes: z.array(z.string()),
  mayEdit: z.boolean(),
  criteria: versionOf(someWords(300)).nullable(),
  before: z.array(versionOf(someWords(300))),
});
export type ServiceLineView = z.infer<typeof serviceLineView>;
export const setLineCriteria = z.strictObject({ items: z.array(someWords(300)).max(40), reason: someWords(300) });
