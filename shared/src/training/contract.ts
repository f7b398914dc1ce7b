import { z } from 'zod';
import { id, instant, kebab, localDay, someWords, words } from '../kernel/wire.ts';
import { agreementView, trustCode, wardLine } from '../places/contract.ts';
import { roles } from '../workers/facts.ts';
import { alignmentSteps, alignmentStates, aspects, pilotVerdicts } from './facts.ts';

/** What the shared standard asks of any course that would meet it. Minutes of syllabus and refresher; months between refreshers. */
export const standardView = z.object({
  minimumMinutes: z.number().nullable(),
  techniques: z.array(z.string()),
  refresherMonths: z.number().nullable(),
  refresherMinutes: z.number().nullable(),
  source: z.string().nullable(),
  since: z.string(),
});
export type StandardView = z.infer<typeof standardView>;

export const techniqueView = z.object({ code: z.string(), title: z.string() });

export const competencyView = z.object({
  code: z.string(),
  title: z.string(),
  useOfForce: z.boolean(),
  /** In force today. */
  periods: z.array(z.object({ trust: z.string(), months: z.number() })),
  standard: standardView.nullable(),
});
export type CompetencyView = z.infer<typeof competencyView>;

export const courseView = z.object({
  id,
  trust: z.string(),
  code: z.string(),
  version: z.string(),
  title: z.string(),
  meets: z.string(),
  provider: z.string().nullable(),
  certifiedUntil: z.string().nullable(),
  useOfForce: z.boolean(),
});
export type CourseView = z.infer<typeof courseView>;

/** A course as its training lead describes it, beyond the line every list shows. */
export const courseDescription = z.object({
  syllabusMinutes: z.number().nullable(),
  techniques: z.array(z.string()),
  certificate: z.string().nullable(),
  refresherMonths: z.number().nullable(),
  refresherMinutes: z.number().nullable(),
});
export const courseDetail = courseView.extend(courseDescription.shape).extend({
  /** How many workers hold a record of this version that isn't revoked. */
  holders: z.number(),
  /** Where its alignments stand. */
  alignments: z.array(z.object({ id, competency: z.string(), state: z.enum(alignmentStates), since: z.string() })),
  /** Earlier and later versions of the same course, newest first. */
  versions: z.array(z.object({ id, version: z.string() })),
  history: z.array(z.object({ recordedAt: z.string(), by: z.string().nullable(), reason: z.string().nullable(), what: z.string() })),
});
export type CourseDetail = z.infer<typeof courseDetail>;

const minutes = z.number().int().positive().max(60_000);
const months = z.number().int().positive().max(120);

/** What a training lead says of a course version. Leaving something out says it isn't known. */
const described = {
  title: someWords(200),
  provider: words(200).nullable().default(null),
  certificate: words(200).nullable().default(null),
  certifiedUntil: localDay.nullable().default(null),
  syllabusMinutes: minutes.nullable().default(null),
  techniques: z.array(kebab).max(100).default([]),
  refresherMonths: months.nullable().default(null),
  refresherMinutes: minutes.nullable().default(null),
};
/** A new course, or a new version of one: it starts with no alignment. `trust` only where I am lead of more than one. */
export const newCourse = z.strictObject({
  trust: trustCode.optional(),
  code: z.string().trim().min(1).max(40),
  version: z.string().trim().min(1).max(20),
  meets: kebab,
  useOfForce: z.boolean(),
  ...described,
});
/** Of another version of the same course: how many hold that one and would have to be trained again, and how many of them nothing else covers. */
export const newCourseView = z.object({
  course: courseDetail,
  touched: z.object({ previousVersion: z.string().nullable(), holders: z.number(), onlyThat: z.number() }),
});
/** Putting a description right, while no other trust has been asked to look at it. */
export const describeCourse = z.strictObject({ ...described, reason: someWords(500) });
/** The provider's certificate was renewed, changed or ended: the one thing about a version that may change once it is in review. */
export const renewCertificate = z.strictObject({
  provider: words(200).nullable().default(null),
  certificate: words(200).nullable().default(null),
  certifiedUntil: localDay.nullable(),
  reason: someWords(500),
});

export const alignmentView = z.object({
  id,
  course: courseView,
  competency: z.string(),
  state: z.enum(alignmentStates),
  since: z.string(),
  decidedBy: z.string(),
  reason: z.string().nullable(),
  countsFrom: z.string().nullable(),
  pilotUntil: z.string().nullable(),
  pilotWards: z.array(z.object({ id, code: z.string(), name: z.string() })),
  /** Whose turn it is: trusts, and the same in words ("Bradford and Leeds Community to sign"). Nobody's once it is settled. */
  turn: z.object({ trusts: z.array(z.string()), sentence: z.string() }),
});
export type AlignmentView = z.infer<typeof alignmentView>;

export const proposeAlignment = z.strictObject({ courseId: id, competency: kebab });
/** `trust` only where I lead more than one. */
export const alignmentStep = z.strictObject({ reason: words(1000).optional(), trust: trustCode.optional() });
export const alignmentReasonedStep = z.strictObject({ reason: someWords(1000), trust: trustCode.optional() });
/** Without an end the pilot lasts 90 days. */
export const stressTest = z.strictObject({
  reason: words(1000).optional(),
  trust: trustCode.optional(),
  pilotWardIds: z.array(id).min(1, 'Name at least one ward to try it on.').max(20),
  until: instant.optional(),
  watchFor: words(1000).optional(),
});
/** Without a date it counts for shifts from today on. */
export const validateAlignment = z.strictObject({
  reason: words(1000).optional(),
  trust: trustCode.optional(),
  countsFrom: localDay.optional(),
});
export const answerObjection = z.strictObject({ signatureId: id, answer: someWords(1000) });
export const commentOnAlignment = z.strictObject({ words: someWords(2000) });
export const pilotReport = z.strictObject({ wardId: id, verdict: z.enum(pilotVerdicts), words: someWords(2000) });

/** One trust's place in a round of signing. `stance` is its latest; null = not yet. */
export const signatureView = z.object({
  trust: z.string(),
  trustName: z.string(),
  stance: z.enum(['signed', 'objected']).nullable(),
  id: id.nullable(),
  by: z.string().nullable(),
  responsiblePerson: z.string().nullable(),
  at: z.string().nullable(),
  reason: z.string().nullable(),
  answer: z.object({ by: z.string(), trust: z.string(), at: z.string(), answer: z.string() }).nullable(),
});
export type SignatureView = z.infer<typeof signatureView>;

/** One thing two courses, or a course and its standard, can be held beside each other in. `other`: the standard's or the other trust's. */
export const differenceView = z.object({
  aspect: z.enum(aspects),
  title: z.string(),
  verdict: z.enum(['same', 'has', 'lacks', 'more', 'less', 'differs', 'unknown']),
  ours: z.string(),
  other: z.string(),
  sentence: z.string(),
});
export type DifferenceView = z.infer<typeof differenceView>;

export const alignmentStateView = z.object({
  id,
  /** 1 for the first state this alignment was in, and so on: "version 4 of the alignment". */
  version: z.number(),
  state: z.enum(alignmentStates),
  since: z.string(),
  until: z.string().nullable(),
  decidedBy: z.string(),
  trust: z.string().nullable(),
  reason: z.string().nullable(),
  countsFrom: z.string().nullable(),
  pilotUntil: z.string().nullable(),
  pilotWards: z.array(z.object({ id, code: z.string(), name: z.string() })),
  watchFor: z.string().nullable(),
  /** Every stance of the round, oldest first: an objection that was answered and the signature that followed. */
  signatures: z.array(signatureView),
});
export type AlignmentStateView = z.infer<typeof alignmentStateView>;

export const alignmentDetail = alignmentView.extend({
  competencyTitle: z.string(),
  course: courseDetail,
  standard: standardView.nullable(),
  /** The course held to the standard, then to each other trust's newest course for it. */
  againstStandard: z.array(differenceView),
  others: z.array(
    z.object({
      trust: z.string(),
      trustName: z.string(),
      course: courseDetail.nullable(),
      state: z.enum(alignmentStates).nullable(),
      alignmentId: id.nullable(),
      differences: z.array(differenceView),
    }),
  ),
  /** The round of signing that is open now, one line a trust; empty where none is. */
  round: z.array(signatureView),
  /** What I may do now, and why not the rest. */
  steps: z.array(z.object({ step: z.enum(alignmentSteps), may: z.boolean(), because: z.string().nullable() })),
  history: z.array(alignmentStateView),
  comments: z.array(z.object({ id, at: z.string(), by: z.string(), trust: z.string().nullable(), words: z.string() })),
  reports: z.array(
    z.object({ id, at: z.string(), by: z.string(), ward: wardLine, verdict: z.enum(pilotVerdicts), words: z.string(), round: z.number() }),
  ),
});
export type AlignmentDetail = z.infer<typeof alignmentDetail>;

export const delegationView = z.object({
  id,
  trust: z.string(),
  trustName: z.string(),
  account: z.object({ id, name: z.string(), email: z.string() }),
  responsiblePerson: z.string(),
  from: z.string(),
  until: z.string().nullable(),
  inForce: z.boolean(),
  ended: z.object({ at: z.string(), reason: z.string() }).nullable(),
});
export type DelegationView = z.infer<typeof delegationView>;
export const newDelegation = z.strictObject({
  trust: trustCode,
  email: z.string().max(200).trim().toLowerCase(),
  responsiblePerson: someWords(200),
  from: localDay,
  until: localDay.nullable().default(null),
});
export const endDelegation = z.strictObject({ reason: someWords(500) });

/** How long training counts at a trust, each with when it was decided, by whom and why; newest first. */
export const periodView = z.object({
  id,
  competency: z.string(),
  trust: z.string(),
  months: z.number(),
  from: z.string(),
  until: z.string().nullable(),
  recordedAt: z.string(),
  by: z.string().nullable(),
  reason: z.string().nullable(),
  /** Replaced by a later decision: kept, so that an old one can be explained. */
  replacedAt: z.string().nullable(),
});
export type PeriodView = z.infer<typeof periodView>;
const periodChange = { competency: kebab, trust: trustCode.optional(), months: z.coerce.number().int().min(1).max(120), from: localDay };
export const changePeriod = z.strictObject({ ...periodChange, reason: someWords(500) });
export const periodEffect = z.strictObject(periodChange);

/** What a ward asks, and asked. */
export const requirementView = z.object({
  id,
  competency: z.string(),
  title: z.string(),
  role: z.string().nullable(),
  minimumOnShift: z.number().nullable(),
  since: z.string(),
  by: z.string().nullable(),
  reason: z.string().nullable(),
  ended: z.object({ at: z.string(), by: z.string().nullable(), reason: z.string().nullable() }).nullable(),
});
export type RequirementView = z.infer<typeof requirementView>;
export const wardRequirements = z.object({
  ward: wardLine,
  current: z.array(requirementView),
  /** What it asked before, newest first. */
  history: z.array(requirementView),
  /** The competencies its trust has a period for: what it may ask. */
  mayAsk: z.array(z.object({ code: z.string(), title: z.string(), months: z.number() })),
});
export type WardRequirements = z.infer<typeof wardRequirements>;
const minimum = z.coerce.number().int().min(1).max(20);
export const setRequirement = z.strictObject({
  competency: kebab,
  role: z.enum(roles).nullable().default(null),
  minimumOnShift: minimum.nullable().default(null),
  reason: someWords(500),
});
export const endRequirement = z.strictObject({ reason: someWords(500) });
/** What setting a requirement, or with `end` ending it, would do. */
export const requirementEffect = z.strictObject({
  competency: kebab,
  role: z.enum(roles).optional(),
  minimumOnShift: minimum.optional(),
  end: z.enum(['true', 'false']).default('false'),
});

export const alignmentEffect = z.strictObject({
  step: z.enum(['stress-test', 'validate', 'withdraw', 'return']),
  /** Comma-separated ward ids, for a pilot. */
  pilotWardIds: z.string().max(1000).optional(),
  until: instant.optional(),
  countsFrom: localDay.optional(),
});

/** Somebody an effect touches. Only who and where is mine to see is named: of others their trust alone. */
export const touchedWorker = z.object({
  id: id.nullable(),
  name: z.string().nullable(),
  staffNumber: z.string().nullable(),
  homeTrust: z.string(),
});

const moved = z.object({
  workers: z.number(),
  /** Pairs of a worker and a ward. */
  places: z.number(),
  items: z.array(z.object({ worker: touchedWorker, wards: z.array(wardLine) })),
});

/**
 * What would change, and after the act what did: who may work at which wards, which future bookings have to be looked at again, and which
 * shifts would have fewer holders of PMVA team training than their ward's minimum. Lists name at most 200; the counts are whole.
 */
export const effectView = z.object({
  gains: moved,
  losses: moved,
  bookingCount: z.number(),
  bookings: z.array(z.object({ id, worker: touchedWorker, ward: wardLine, startsAt: z.string(), endsAt: z.string(), because: z.string() })),
  underMinimumCount: z.number(),
  underMinimum: z.array(
    z.object({
      shiftId: id,
      ward: wardLine,
      startsAt: z.string(),
      endsAt: z.string(),
      before: z.number(),
      after: z.number(),
      minimum: z.number(),
    }),
  ),
});
export type EffectView = z.infer<typeof effectView>;

/** An act that moves what people may do answers what it did, counted as the preview counted it. */
export const alignmentMoved = alignmentDetail.extend({ effect: effectView.nullable() });
/** Two trusts no longer share as they did: what that did. */
export const agreementMoved = z.object({ agreement: agreementView, effect: effectView });
export const courseMoved = z.object({ course: courseDetail, effect: effectView });
export const periodMoved = z.object({ periods: z.array(periodView), effect: effectView });
export const requirementMoved = z.object({ requirements: wardRequirements, effect: effectView });

/** How many workers can work at one, two, three… trusts, today and over the last year. */
export const reachPicture = z.object({
  trusts: z.array(z.object({ code: z.string(), name: z.string() })),
  /** Oldest first; `counts[n]` workers could work at n trusts that day, n from 0. */
  days: z.array(z.object({ day: z.string(), counts: z.array(z.number()) })),
});
export type ReachPicture = z.infer<typeof reachPicture>;

export const revokeRecord = z.strictObject({ reason: someWords(500) });

export const recordView = z.object({
  id,
  course: courseView,
  completedOn: z.string(),
  evidence: z.string().nullable(),
  revoked: z.object({ at: z.string(), by: z.string(), reason: z.string() }).nullable(),
});
