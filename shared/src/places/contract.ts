import { z } from 'zod';
import { id } from '../kernel/wire.ts';

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
