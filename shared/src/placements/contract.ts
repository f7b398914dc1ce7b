import { z } from 'zod';
import { freshness, nationalCode, outcome, sexNeeded } from '../beds/contract.ts';
import { id, instant, kebab, listOf, localDay, someWords, words } from '../kernel/wire.ts';
import { trustCode, wardLine } from '../places/contract.ts';
import { ageBands, allocationStates, whereNows } from './facts.ts';

/**
 * A need as its bed manager describes it. Nothing in it says who the person is: text that holds an NHS number, a date of birth, a postcode or an
 * e-mail is refused, each with its own code.
 */
export const describeNeed = z.strictObject({
  /** Only where I am bed manager of several trusts. */
  sendingTrust: trustCode.optional(),
  homePlace: words(80).min(1, 'Choose a place.'),
  bedType: nationalCode,
  ageBand: z.enum(ageBands),
  sex: sexNeeded,
  legalStatus: nationalCode,
  securityLevel: z.number().int().min(0).max(3),
  needs: z.array(kebab).max(30).default([]),
  whereNow: z.enum(whereNows),
  neededBy: instant,
  wishes: words(500).default(''),
  notes: words(500).default(''),
  /** An earlier request about the same person: no identity is kept here, so the sender says so. */
  continues: id.optional(),
});
export type DescribeNeed = z.input<typeof describeNeed>;

export const allocationView = z.object({
  id,
  requestId: id,
  reference: z.string(),
  bedId: id,
  bedLabel: z.string(),
  ward: wardLine,
  sendingTrust: z.string(),
  state: z.enum(allocationStates),
  /** All by the database's clock. `expiresAt` is null while a referral waits: referring stops the hold's clock. */
  heldAt: z.string(),
  expiresAt: z.string().nullable(),
  expiresInSeconds: z.number().nullable(),
  extended: z.boolean(),
  usesLeaveBed: z.boolean(),
  chosenReason: z.string().nullable(),
  referredAt: z.string().nullable(),
  answerBy: z.string().nullable(),
  /** Below nought once the answer is overdue. */
  answerInSeconds: z.number().nullable(),
  escalatedAt: z.string().nullable(),
  answeredAt: z.string().nullable(),
  arrivedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  endReason: z.string().nullable(),
  /** What whoever asks may do with it now. */
  may: z.array(z.enum(['extend', 'release', 'refer', 'accept', 'decline', 'arrive'])),
  /** The need, coded: null for a ward until it is referred there (quality, section 4). */
  need: z
    .object({
      bedType: z.string(),
      ageBand: z.enum(ageBands),
      sex: sexNeeded,
      legalStatus: z.string(),
      securityLevel: z.number(),
      needs: z.array(z.string()),
      whereNow: z.enum(whereNows),
      neededBy: z.string(),
      homePlace: z.string(),
      wishes: z.string(),
      notes: z.string(),
    })
    .nullable(),
});
export type AllocationView = z.infer<typeof allocationView>;

export const criterionResult = z.object({
  code: z.string(),
  result: outcome,
  sentence: z.string(),
  words: z.string().optional(),
  version: z.number().optional(),
});
export const matchView = z.object({
  ward: wardLine.extend({ securityLevel: z.number(), locked: z.boolean().nullable(), sex: z.string().nullable() }),
  outcome,
  criteria: z.array(criterionResult),
  terms: z.array(z.object({ term: z.string(), value: z.string() })),
  freshness,
  confirmedAt: z.string().nullable(),
  distanceKm: z.number().nullable(),
  /** The ward is stale and nobody has asked it to confirm: that comes before a hold. */
  askFirst: z.boolean(),
  freeBeds: z.array(z.object({ id, label: z.string() })),
  /** Beds of people on leave: using one is a risk decision that is recorded. */
  leaveBeds: z.array(z.object({ id, label: z.string(), expectedReturn: z.string().nullable() })),
});
export type MatchView = z.infer<typeof matchView>;
export const matchesView = listOf(matchView).extend({
  /** Wards that meet or may be asked and have a bed free; and, of the rest, how many each reason stops. */
  canTake: z.number(),
  reasons: z.array(z.object({ code: z.string(), sentence: z.string(), count: z.number() })),
  now: z.string(),
});
export type MatchesView = z.infer<typeof matchesView>;

export const placementView = z.object({
  id,
  reference: z.string(),
  sendingTrust: z.string(),
  sendingTrustName: z.string(),
  homePlace: z.string(),
  bedType: z.string(),
  ageBand: z.enum(ageBands),
  sex: sexNeeded,
  legalStatus: z.string(),
  securityLevel: z.number(),
  needs: z.array(z.string()),
  whereNow: z.enum(whereNows),
  neededBy: z.string(),
  wishes: z.string(),
  notes: z.string(),
  continues: z.object({ id, reference: z.string() }).nullable(),
  continuedBy: z.object({ id, reference: z.string() }).nullable(),
  receivedOn: z.string(),
  /** What has come of it: looking, or what its live allocation says, or how it ended. */
  state: z.enum(['looking', 'held', 'referred', 'accepted', 'placed', 'unable-to-place', 'withdrawn']),
  createdAt: z.string(),
  closedAt: z.string().nullable(),
  closedReason: z.string().nullable(),
  /** The live one, or the one that ended in arrival. */
  allocation: allocationView.nullable(),
  /** All there have been, newest first. */
  allocations: z.array(allocationView),
  outOfAreaId: id.nullable(),
  timeline: z.array(z.object({ at: z.string(), type: z.string(), sentence: z.string() })),
});
export type PlacementView = z.infer<typeof placementView>;
/** One line of the list of needs. */
export const placementLine = placementView.omit({ timeline: true, allocations: true });
export type PlacementLine = z.infer<typeof placementLine>;

/** `reason`: why this ward, where it doesn't meet, stands below others, or its bed is one of somebody on leave. */
export const holdBed = z.strictObject({ bedId: id, reason: words(300).optional(), usesLeaveBed: z.boolean().optional() });
/** `decline` and `release` take a code of their list, or a few words; the others need none. */
export const actOnAllocation = z.strictObject({ reason: words(300).optional() });

export const unableToPlace = z.strictObject({ reason: words(300).optional() });
/** No ward could take them: the reasons counted, and the line of the register that says they are out of area. */
export const unablePlacedView = z.object({
  placement: placementView,
  reasons: z.array(z.object({ code: z.string(), sentence: z.string(), count: z.number() })),
  outOfAreaId: id,
});
export type UnablePlacedView = z.infer<typeof unablePlacedView>;
/** The sender says that somebody placed is out of area after all. */
export const sayOutOfArea = z.strictObject({ why: someWords(300) });
export const withdrawNeed = z.strictObject({ reason: someWords(300) });

/** What was known and decided when a bed was held, and whether the same comes out when it is decided again from what was known then. */
export const allocationExplanation = z.object({
  allocationId: id,
  decidedAt: z.string(),
  outcome,
  rank: z.number(),
  criteria: z.array(criterionResult),
  terms: z.array(z.object({ term: z.string(), value: z.string() })),
  chosenReason: z.string().nullable(),
  recomputed: z.object({ same: z.boolean(), outcome }).nullable(),
});
export type AllocationExplanation = z.infer<typeof allocationExplanation>;

export const receiverKinds = ['nhs', 'independent'] as const;
const registerFields = {
  receiver: words(120).nullable(),
  receiverKind: z.enum(receiverKinds).nullable(),
  receiverTrust: trustCode.nullable(),
  place: words(120).nullable(),
  distanceKm: z.number().int().min(0).max(2000, 'Give at most 2,000 km.').nullable(),
  reasonCode: nationalCode,
  startedOn: localDay.nullable(),
  endedOn: localDay.nullable(),
  costPerNightPence: z.number().int().min(0).max(10_000_000).nullable(),
  lastReviewedOn: localDay.nullable(),
  continuityContact: words(120),
  wishes: words(500),
  intendsReturn: z.boolean(),
};
/** The sender decides: `draft` until it is filled in, `away`, `ended`, or `not-out-of-area` after all. Every change says why and keeps what was. */
export const recordOutOfArea = z.strictObject({
  ...registerFields,
  state: z.enum(['draft', 'away', 'ended', 'not-out-of-area']),
  why: someWords(300),
});
export const outOfAreaLine = z.object({
  ...registerFields,
  id,
  requestId: id,
  reference: z.string(),
  sender: z.string(),
  bedType: z.string(),
  homePlace: z.string(),
  state: z.enum(['draft', 'away', 'ended', 'not-out-of-area']),
  receivedOn: z.string(),
  /** Nights so far, or in all. */
  nights: z.number().nullable(),
  costSoFarPence: z.number().nullable(),
  reviewDueOn: z.string().nullable(),
  reviewOverdue: z.boolean(),
  /** By national definition: reason 10. */
  inappropriate: z.boolean().nullable(),
  proposal: z.object({ outOfArea: z.boolean(), sentence: z.string() }).nullable(),
  continues: z.object({ id, reference: z.string() }).nullable(),
  recordedAt: z.string(),
});
export type OutOfAreaLine = z.infer<typeof outOfAreaLine>;
export const outOfAreaView = outOfAreaLine.extend({
  history: z.array(
    z.object({ at: z.string(), by: z.string().nullable(), why: z.string(), state: z.string(), changed: z.array(z.string()) }),
  ),
});
export type OutOfAreaView = z.infer<typeof outOfAreaView>;

const measures = z.object({ started: z.number(), bedDays: z.number(), activeAtEnd: z.number(), ended: z.number() });
/** The national measures of one trust as sender, a period a row, newest first; `until` is the day after the last. */
export const measuresView = z.object({
  trust: z.string(),
  by: z.enum(['month', 'quarter', 'year']),
  items: z.array(measures.extend({ from: z.string(), until: z.string(), isUnderWay: z.boolean() })),
  nextCursor: z.null(),
});
export type MeasuresView = z.infer<typeof measuresView>;

/** A ward with a bed, and who of my trust could come home to it. */
export const comingHomeView = z.object({
  items: z.array(
    z.object({
      ward: wardLine,
      freshness,
      confirmedAt: z.string().nullable(),
      freeBeds: z.array(z.object({ id, label: z.string() })),
      people: z.array(
        z.object({
          placementId: id,
          outOfAreaId: id,
          reference: z.string(),
          outcome,
          criteria: z.array(criterionResult),
          nightsAway: z.number(),
          /** From their home to where they are now, and how much nearer this ward is. */
          distanceKm: z.number().nullable(),
          distanceSavedKm: z.number().nullable(),
          wishes: z.string(),
          reviewOverdue: z.boolean(),
          terms: z.array(z.object({ term: z.string(), value: z.string() })),
          /** Among everyone of every trust whom this ward would fit. */
          place: z.number(),
        }),
      ),
      /** How many people of all trusts it would fit. */
      fits: z.number(),
    }),
  ),
  nextCursor: z.null(),
  /** People of my trust away, and how many of them one of these beds would fit. */
  away: z.number(),
  couldComeHome: z.number(),
  now: z.string(),
});
export type ComingHomeView = z.infer<typeof comingHomeView>;
export const bringHome = z.strictObject({
  bedId: id,
  neededBy: instant.optional(),
  legalStatus: nationalCode.optional(),
  reason: words(300).optional(),
});
