import { z } from 'zod';
import { id, kebab, localDay, words } from '../kernel/wire.ts';
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

const from = localDay;
const until = localDay.nullable().default(null).meta({ description: 'Last local day, included; none = no end' });
const name = words(200).min(1);
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
  competencies: z
    .array(
      z.strictObject({
        code: kebab,
        title: name,
        useOfForce: z.boolean(),
        collaborative: kebab,
        periods: z.array(z.strictObject({ trust: trustCode, months: z.number().int().min(1).max(120), from, until })),
      }),
    )
    .default([]),
  shiftReasons: z.array(z.strictObject({ code: kebab, title: name, industrialAction: z.boolean().default(false) })).default([]),
  cancelReasons: z.array(z.strictObject({ code: kebab, title: name, side: z.enum(['ward', 'worker']) })).default([]),
});
export type Organisations = z.output<typeof organisations>;
