import { z } from 'zod';
import { id, kebab, localDay, someWords, words } from '../kernel/wire.ts';
import { staffGroups } from '../workers/facts.ts';

export const trustCode = z.string().regex(/^[A-Z0-9]{2,8}$/, 'Use the ODS code of the trust, such as RGD.');

export const trustView = z.object({ code: z.string(), name: z.string(), short: z.string(), independent: z.boolean() });
export const siteView = z.object({
  code: z.string(),
  trust: z.string(),
  name: z.string(),
  place: z.string().nullable(),
  latitude: z.number().nullable(),
  longitude: z.number().nullable(),
});

/** Where a ward is, in the few words a card needs. */
export const wardLine = z.object({
  id,
  code: z.string(),
  name: z.string(),
  trust: z.string(),
  trustName: z.string(),
  site: z.string(),
  siteName: z.string(),
  place: z.string().nullable(),
});
export type WardLine = z.infer<typeof wardLine>;

export const wardView = wardLine.extend({
  serviceLine: z.string(),
  sex: z.string().nullable(),
  ageGroup: z.string().nullable(),
  securityLevel: z.number(),
  locked: z.boolean().nullable(),
  beds: z.number().nullable(),
  verified: z.boolean(),
  unverifiedFields: z.array(z.string()),
});
export type WardView = z.infer<typeof wardView>;

/** One way: workers of the home trust on the host's wards. It counts from its first day once both sides have signed. */
export const agreementView = z.object({
  id,
  homeTrust: z.string(),
  hostTrust: z.string(),
  staffGroup: z.enum(staffGroups),
  from: z.string(),
  until: z.string().nullable(),
  state: z.enum(['waiting', 'coming', 'in-force', 'over', 'ended']),
  home: z.object({ by: z.string(), at: z.string() }).nullable(),
  host: z.object({ by: z.string(), at: z.string() }).nullable(),
  ended: z.object({ by: z.string().nullable(), reason: z.string().nullable(), at: z.string() }).nullable(),
  /** Whose signature it waits for, where I could give it. */
  mySignatureIsDue: z.boolean(),
  mayEnd: z.boolean(),
});
export type AgreementView = z.infer<typeof agreementView>;
/** My trust is one of the two, and signs by proposing. Last day included; none = no end. */
export const proposeAgreement = z.strictObject({
  homeTrust: trustCode,
  hostTrust: trustCode,
  staffGroup: z.enum(staffGroups),
  from: localDay,
  until: localDay.nullable().default(null),
});
/** The last day it covers: yesterday ends it at once, never earlier. A proposal nobody has signed yet is taken back the same way. */
export const endAgreement = z.strictObject({ lastDay: localDay, reason: someWords(500) });
export const agreementEffect = z.strictObject({ lastDay: localDay });

const from = localDay;
const until = localDay.nullable().default(null).meta({ description: 'Last local day, included; none = no end' });
const name = words(200).min(1);
/** What the shared standard asks of a course: minutes of teaching, what is taught, how often and how long it is refreshed. */
const standard = z.strictObject({
  minimumMinutes: z.number().int().positive().max(60_000).nullable().default(null),
  techniques: z.array(kebab).max(100).default([]),
  refresherMonths: z.number().int().positive().max(120).nullable().default(null),
  refresherMinutes: z.number().int().positive().max(60_000).nullable().default(null),
  source: words(500).nullable().default(null),
});
const memberOf = z.strictObject({ trust: trustCode, from, until });

/**
 * What an operator loads before anything else: who shares with whom and by what standards, all of it dated. Another collaborative, with
 * other trusts and any number of them, is another file.
 */
export const organisations = z.strictObject({
  trusts: z
    .array(z.strictObject({ code: trustCode, name, short: name, independent: z.boolean().default(false), source: words(500).optional() }))
    .default([]),
  collaboratives: z.array(z.strictObject({ code: kebab, name, members: z.array(memberOf) })).default([]),
  places: z
    .array(z.strictObject({ short: name, name, latitude: z.number(), longitude: z.number(), insideIcb: z.boolean(), source: words(500) }))
    .default([]),
  outwardCodes: z
    .array(z.strictObject({ code: z.string().regex(/^[A-Z0-9]{2,4}$/), latitude: z.number(), longitude: z.number(), source: words(500) }))
    .default([]),
  sites: z
    .array(
      z.strictObject({
        code: kebab,
        trust: trustCode,
        name,
        place: name.nullable().default(null),
        postcode: words(10).nullable().default(null),
        latitude: z.number().nullable().default(null),
        longitude: z.number().nullable().default(null),
        source: words(500).nullable().default(null),
      }),
    )
    .default([]),
  banks: z
    .array(z.strictObject({ code: kebab, name, staffGroups: z.array(z.enum(staffGroups)).min(1), members: z.array(memberOf) }))
    .default([]),
  agreements: z
    .array(z.strictObject({ homeTrust: trustCode, hostTrust: trustCode, staffGroup: z.enum(staffGroups), from, until }))
    .default([]),
  settings: z
    .array(
      z.strictObject({
        trust: trustCode,
        shortNoticeMinutes: z.number().int().min(0).default(1440),
        weeklyCapMinutes: z.number().int().positive().nullable().default(null),
        from,
        until,
      }),
    )
    .default([]),
  /** One list of what courses may teach, in the order it is shown. */
  techniques: z
    .array(z.strictObject({ code: kebab, title: name }))
    .max(500)
    .default([]),
  competencies: z
    .array(
      z.strictObject({
        code: kebab,
        title: name,
        useOfForce: z.boolean(),
        collaborative: kebab,
        periods: z.array(z.strictObject({ trust: trustCode, months: z.number().int().min(1).max(120), from, until })),
        /** Left out: whatever standard it has stays. Another one than it has becomes the standard from when the file is loaded. */
        standard: standard.optional(),
      }),
    )
    .default([]),
  shiftReasons: z.array(z.strictObject({ code: kebab, title: name, industrialAction: z.boolean().default(false) })).default([]),
  cancelReasons: z.array(z.strictObject({ code: kebab, title: name, side: z.enum(['ward', 'worker']) })).default([]),
});
export type Organisations = z.output<typeof organisations>;
