import { z } from 'zod';
import { id, localDay, someWords, words } from '../kernel/wire.ts';
import { wardLine } from '../places/contract.ts';
import { recordView } from '../training/contract.ts';
import { employmentChecks, registrationBodies, registrationFields, roles, staffGroups } from './facts.ts';

export const role = z.enum(roles);
export const staffGroup = z.enum(staffGroups);

/** One line of a list of workers. */
export const workerLine = z.object({
  id,
  staffNumber: z.string(),
  name: z.string(),
  homeTrust: z.string(),
  role,
  band: z.number(),
  staffGroup,
});
export type WorkerLine = z.infer<typeof workerLine>;

/** Where a worker may work: one line a trust, with the words for why not. */
export const passportReach = z.object({
  trust: z.string(),
  trustName: z.string(),
  competencies: z.array(
    z.object({ code: z.string(), title: z.string(), counts: z.boolean(), until: z.string().nullable(), sentence: z.string() }),
  ),
  agreementUntil: z.string().nullable(),
  open: z.boolean(),
  sentence: z.string(),
});

/** One ward: may this worker work there today by their training, bank, agreement and consent, until when, and what stands in the way. */
export const wardReach = z.object({
  ward: wardLine,
  may: z.boolean(),
  /** Last local day on which all of it still holds; null where nothing of it ends, or where it doesn't hold. */
  until: z.string().nullable(),
  sentence: z.string(),
  /** What is missing, one line each; empty where they may. */
  missing: z.array(z.object({ code: z.string(), sentence: z.string(), fix: z.string().nullable() })),
});
export type WardReach = z.infer<typeof wardReach>;

/** What one course would open: "Renew breakaway training: 9 wards, 31 open shifts". */
export const opening = z.object({ competency: z.string(), title: z.string(), wards: z.number(), shifts: z.number(), sentence: z.string() });
export type Opening = z.infer<typeof opening>;

/** Something that ends, and the booked shifts that come after it. */
export const lapse = z.object({
  on: z.string(),
  what: z.string(),
  about: z.enum(['training', 'registration', 'check', 'opt-out', 'bank', 'restriction']),
  code: z.string(),
  bookings: z.array(z.object({ id, shiftId: id, ward: wardLine, startsAt: z.string() })),
});
export type Lapse = z.infer<typeof lapse>;

/** What another trust may see of this worker, and when: the words of one list that page and API share. */
export const sharedWith = z.object({
  trust: z.string(),
  trustName: z.string(),
  sees: z.enum(['nothing', 'number', 'passport']),
  because: z.string(),
  fields: z.array(z.string()),
});
export type SharedWith = z.infer<typeof sharedWith>;

export const restrictionView = z.object({
  id,
  worker: z.object({ id, name: z.string(), staffNumber: z.string(), homeTrust: z.string() }),
  ward: wardLine,
  from: z.string(),
  until: z.string().nullable(),
  reason: z.string(),
  reviewer: z.string(),
  recordedAt: z.string(),
  recordedBy: z.string().nullable(),
  lifted: z.object({ at: z.string(), by: z.string().nullable(), reason: z.string().nullable() }).nullable(),
  challenges: z.array(
    z.object({
      id,
      at: z.string(),
      words: z.string(),
      answer: z.object({ at: z.string(), by: z.string(), outcome: z.enum(['kept', 'lifted']), answer: z.string() }).nullable(),
    }),
  ),
  /** May I answer, lift or challenge it. */
  mayDecide: z.boolean(),
});
export type RestrictionView = z.infer<typeof restrictionView>;
export const newRestriction = z.strictObject({
  wardId: id,
  workerId: id,
  from: localDay,
  until: localDay.nullable().default(null),
  reason: someWords(500),
  reviewer: someWords(200),
});
export const liftRestriction = z.strictObject({ reason: someWords(500) });
export const challengeRestriction = z.strictObject({ words: someWords(1000) });
export const answerChallenge = z.strictObject({ outcome: z.enum(['kept', 'lifted']), answer: someWords(1000) });

export const giveConsent = z.strictObject({ consents: z.boolean() });
/** One of the six employment checks, verified on a day and good through another, or without an end. `onDay` null: it turned out not to be verified. */
export const recordCheck = z.strictObject({
  check: z.enum(employmentChecks),
  onDay: localDay.nullable(),
  untilDay: localDay.nullable().default(null),
  because: words(500).default(''),
});
export const recordRegistration = z.strictObject({
  body: z.enum(registrationBodies).nullable(),
  number: z.string().trim().min(1).max(40).nullable(),
  field: z.enum(registrationFields).nullable().default(null),
  until: localDay.nullable(),
  because: words(500).default(''),
});
/** A written opt-out of the 48 hours, or its end: `until` is its last day (Working Time Regulations 1998, reg. 4 and 5). */
export const recordOptOut = z.strictObject({
  from: localDay.nullable(),
  until: localDay.nullable().default(null),
  because: words(500).default(''),
});

/** What was changed of a worker's record, when, by whom and why; newest first. */
export const recordHistory = z.object({
  items: z.array(
    z.object({
      at: z.string(),
      by: z.string().nullable(),
      because: z.string().nullable(),
      changes: z.array(z.object({ what: z.string(), before: z.string().nullable(), after: z.string().nullable() })),
    }),
  ),
  nextCursor: z.string().nullable(),
});
export type RecordHistory = z.infer<typeof recordHistory>;
/** The record as it is after an act, and how many of the worker's bookings it sent to be looked at again. */
export const recordMoved = z.object({ workerId: id, bookingsToReview: z.number() });

/** Somebody who has worked on a ward or is booked there. */
export const wardPerson = z.object({ id, name: z.string(), role, band: z.number(), homeTrust: z.string(), lastOrNextAt: z.string() });

/** What a host may see of a worker from elsewhere: what its own wards ask, yes or no, and until when (quality, section 4). */
export const hostPassport = z.object({
  view: z.literal('host'),
  id,
  name: z.string(),
  role,
  band: z.number(),
  homeTrust: z.string(),
  registrationNumber: z.string().nullable(),
  trust: z.string(),
  agreementUntil: z.string().nullable(),
  competencies: z.array(z.object({ code: z.string(), title: z.string(), counts: z.boolean(), until: z.string().nullable() })),
});
export type HostPassport = z.infer<typeof hostPassport>;

export const passportView = workerLine.extend({
  view: z.literal('whole'),
  email: z.string().nullable(),
  joinedOn: z.string().nullable(),
  consentsToShare: z.boolean(),
  worksDown: z.boolean(),
  optOut: z.object({ from: z.string(), until: z.string().nullable() }).nullable(),
  banks: z.array(z.object({ name: z.string(), from: z.string().nullable(), until: z.string().nullable() })),
  registration: z.object({
    body: z.string().nullable(),
    number: z.string().nullable(),
    field: z.string().nullable(),
    until: z.string().nullable(),
  }),
  checks: z.array(z.object({ code: z.enum(employmentChecks), on: z.string().nullable(), until: z.string().nullable() })),
  training: z.array(recordView),
  reach: z.array(passportReach),
  wards: z.array(wardReach),
  openings: z.array(opening),
  /** What ends in the next 60 days, soonest first, with the booked shifts it touches. */
  comingUp: z.array(lapse),
  sharedWith: z.array(sharedWith),
  consentSaidAt: z.string().nullable(),
  restrictions: z.array(restrictionView),
  hours: z.object({
    /** Minutes worked in the 17 weeks to now, and the most this average allows. */
    workedMinutes: z.number(),
    limitMinutes: z.number(),
    headRoomMinutes: z.number(),
    /** The earliest start that keeps 11 hours of rest after the last duty under way or done, and the next duty's start. */
    restUntil: z.string().nullable(),
    nextDutyAt: z.string().nullable(),
  }),
  readBy: z
    .array(
      z.object({
        at: z.string(),
        name: z.string(),
        trust: z.string().nullable(),
        what: z.enum(['passport', 'decision', 'booking', 'record']),
      }),
    )
    .optional(),
});
export type PassportView = z.infer<typeof passportView>;

export const anyPassport = z.discriminatedUnion('view', [passportView, hostPassport]);
