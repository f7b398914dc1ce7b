import { z } from 'zod';
import { decision, id, instant, kebab, listOf, someWords, words } from '../kernel/wire.ts';
import { wardLine } from '../places/contract.ts';
import { role, workerLine } from '../workers/contract.ts';

export const shiftStatuses = ['open', 'filled', 'started', 'finished', 'cancelled', 'expired'] as const;
export const waves = ['preferred', 'regulars', 'home-trust', 'collaborative'] as const;

export const postShift = z.strictObject({
  wardId: id,
  role,
  // Wider than the rules, which say in words what they take; bounded, as is whatever reaches a column.
  band: z.number().int().min(0).max(1000),
  startsAt: instant,
  endsAt: instant,
  breakMinutes: z.number().int().min(0).max(600).default(0),
  count: z.number().int().min(0).max(1000).default(1),
  reason: kebab,
  /** Competencies asked for beside the ward's own; the ward's own always stand. */
  requirements: z.array(kebab).max(20).optional(),
  notes: words(500).default(''),
  preferredWorkerId: id.optional(),
  preferredUntil: instant.optional(),
});
export type PostShift = z.input<typeof postShift>;

/** Several different shifts in one act, all or none: what "last week's pattern" posts. */
export const postShifts = z.strictObject({ shifts: z.array(postShift).min(1).max(200) });

/** A code of the list for that side, or a few words of one's own. */
const cancelReason = someWords(200);
export const cancelShift = z.strictObject({ reason: cancelReason });
export const cancelBooking = z.strictObject({ reason: cancelReason });
export const answerRequest = z.strictObject({ reason: someWords(500), compensatoryRest: words(500).optional() });

/** `count` is the fewest holders of a valid team course at any moment of the shift; `minimum` is what the ward asks, if it asks. */
export const pmva = z.object({ count: z.number(), minimum: z.number().nullable() });

/** How many beds are closed for staffing until this shift, alone or with others, is filled: a number, never which. */
const opensBeds = z.number();

export const bookedWorker = z.object({
  id,
  name: z.string(),
  role,
  band: z.number(),
  homeTrust: z.string(),
  registrationNumber: z.string().nullable(),
});

/** A shift as its ward sees it. */
export const wardShift = z.object({
  id,
  wardId: id,
  ward: wardLine,
  role,
  band: z.number(),
  startsAt: z.string(),
  endsAt: z.string(),
  breakMinutes: z.number(),
  reason: z.string(),
  notes: z.string(),
  requirements: z.array(z.object({ competency: z.string(), title: z.string() })),
  status: z.enum(shiftStatuses),
  version: z.number(),
  postedAt: z.string(),
  wave: z.object({ now: z.enum(waves), regularsAt: z.string(), homeTrustAt: z.string(), collaborativeAt: z.string() }),
  preferred: z.object({ workerId: id, name: z.string(), until: z.string() }).nullable(),
  booking: z.object({ id, status: z.string(), worker: bookedWorker, bookedAt: z.string(), reviewReason: z.string().nullable() }).nullable(),
  requests: z.array(z.object({ id, worker: bookedWorker, askedAt: z.string(), decision })),
  pmva,
  opensBeds,
  cancelledAt: z.string().nullable(),
  cancelReason: z.string().nullable(),
});
export type WardShift = z.infer<typeof wardShift>;

/** Somebody the ward's own roster puts on duty. */
export const rosteredDuty = z.object({
  id,
  name: z.string(),
  role,
  band: z.number(),
  startsAt: z.string(),
  endsAt: z.string(),
  pmva: z.boolean(),
});

export const wardBoard = z.object({
  ward: wardLine,
  from: z.string(),
  to: z.string(),
  requirements: z.array(
    z.object({ competency: z.string(), title: z.string(), role: z.string().nullable(), minimumOnShift: z.number().nullable() }),
  ),
  shifts: z.array(wardShift),
  roster: z.array(rosteredDuty),
  cancelledPercent: z.number().nullable(),
});
export type WardBoard = z.infer<typeof wardBoard>;

/** A shift as a worker sees it: with what decides whether they may take it. */
export const myShift = z.object({
  id,
  ward: wardLine,
  role,
  band: z.number(),
  startsAt: z.string(),
  endsAt: z.string(),
  breakMinutes: z.number(),
  notes: z.string(),
  requirements: z.array(z.object({ competency: z.string(), title: z.string() })),
  /** Straight line from the worker's home outward code; null where either end is unknown. */
  distanceKm: z.number().nullable(),
  status: z.enum(shiftStatuses),
  version: z.number(),
  postedAt: z.string(),
  wave: z.enum(waves),
  decision,
  pmva,
  /** Others on the ward during the shift, as counts by role, never as names. */
  team: z.array(z.object({ role, count: z.number() })),
  opensBeds,
  /** Share of this ward's filled shifts it cancelled in the last 17 weeks; null under 5 shifts. */
  wardCancelsPercent: z.number().nullable(),
  regular: z.boolean(),
  preferred: z.boolean(),
  requested: z.boolean(),
});
export type MyShift = z.infer<typeof myShift>;

export const unlock = z.object({ code: z.string(), sentence: z.string(), count: z.number() });
export type Unlock = z.infer<typeof unlock>;

export const myShifts = listOf(myShift).extend({
  /** How many there are of each outcome among all the open shifts this worker may see. */
  counts: z.object({ eligible: z.number(), override: z.number(), blocked: z.number() }),
  headRoomMinutes: z.number(),
  unlocks: z.array(unlock),
});
export type MyShifts = z.infer<typeof myShifts>;

export const bookingView = z.object({
  id,
  shiftId: id,
  status: z.enum(['confirmed', 'needs-review', 'cancelled', 'worked']),
  shift: z.object({
    ward: wardLine,
    role,
    band: z.number(),
    startsAt: z.string(),
    endsAt: z.string(),
    breakMinutes: z.number(),
    notes: z.string(),
  }),
  bookedAt: z.string(),
  /** Until when the acceptance can be taken back without a reason. */
  undoUntil: z.string(),
  cancelledAt: z.string().nullable(),
  cancelReason: z.string().nullable(),
  cancelledBySide: z.enum(['ward', 'worker']).nullable(),
  reviewReason: z.string().nullable(),
  distanceKm: z.number().nullable(),
});
export type BookingView = z.infer<typeof bookingView>;

export const requestView = z.object({
  id,
  shiftId: id,
  workerId: id,
  status: z.enum(['asked', 'approved', 'refused', 'closed']),
  askedAt: z.string(),
  answeredAt: z.string().nullable(),
  reason: z.string().nullable(),
  compensatoryRest: z.string().nullable(),
  decision,
  bookingId: id.nullable(),
});
export type RequestView = z.infer<typeof requestView>;

export const candidate = z.object({
  worker: workerLine,
  decision,
  terms: z.array(z.object({ term: z.string(), value: z.string(), better: z.boolean() })),
});
export type Candidate = z.infer<typeof candidate>;

export const candidates = listOf(candidate).extend({
  counts: z.object({ eligible: z.number(), override: z.number(), blocked: z.number() }),
  /** "Can't, and why": how many of the blocked each check stops. */
  reasons: z.array(z.object({ code: z.string(), sentence: z.string(), count: z.number() })),
  /** People of other trusts who don't consent or have no agreement: a number, never a name. */
  hidden: z.number(),
});
export type Candidates = z.infer<typeof candidates>;

export const decisionRequest = z.strictObject({
  workerId: id,
  wardId: id,
  role,
  band: z.number().int().min(2).max(9),
  startsAt: instant,
  endsAt: instant,
  breakMinutes: z.number().int().min(0).max(600).optional(),
});

/** The decision a booking rests on as it was stored, and every later one: why it was looked at again, and on what it was kept. */
export const explanation = z.object({
  bookingId: id,
  decidedAt: z.string(),
  decision,
  later: z.array(
    z.object({
      at: z.string(),
      kind: z.enum(['review', 'kept']),
      because: z.string(),
      by: z.string().nullable(),
      compensatoryRest: z.string().nullable(),
      decision,
    }),
  ),
});
export type Explanation = z.infer<typeof explanation>;

/** A booking whose decision no longer holds, as those who have to settle it see it. */
export const reviewItem = z.object({
  bookingId: id,
  shiftId: id,
  ward: wardLine,
  role,
  band: z.number(),
  startsAt: z.string(),
  endsAt: z.string(),
  worker: bookedWorker,
  since: z.string(),
  because: z.string(),
  /** The decision as it would be taken now, with what each side may see of it. */
  decision,
  /** May it be kept as it is: where the decision is a yes again, or one a ward manager may override; why not otherwise. */
  keep: z.object({ may: z.boolean(), because: z.string(), needsRest: z.boolean() }),
  /** Only the ward's manager settles it; a bank office of the ward's trust may too. */
  maySettle: z.boolean(),
});
export type ReviewItem = z.infer<typeof reviewItem>;

export const reviewResolutions = ['keep', 'replace', 'cancel'] as const;
/** `replace` gives the shift back to everyone who may take it; `cancel` cancels the shift too. */
export const settleReview = z.strictObject({
  resolution: z.enum(reviewResolutions),
  reason: someWords(500),
  compensatoryRest: words(500).optional(),
});
export const reviewSettled = z.object({
  bookingId: id,
  resolution: z.enum(reviewResolutions),
  bookingStatus: z.string(),
  shiftStatus: z.string(),
});

/** A shift to come whose PMVA count is under its ward's minimum, and who could mend it. */
export const shortShift = z.object({
  shiftId: id,
  startsAt: z.string(),
  endsAt: z.string(),
  count: z.number(),
  minimum: z.number(),
  /** What would fix it, most direct first: "Fill the open shift at 20:00 with someone who holds it", "Priya holds it until Friday: renew". */
  fixes: z.array(z.string()),
});
export type ShortShift = z.infer<typeof shortShift>;
