import { z } from 'zod';
import { id, localDay, someWords } from '../kernel/wire.ts';
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
