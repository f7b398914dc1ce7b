import { z } from 'zod';
import { id } from '../kernel/wire.ts';

/** One line of the record of acts. `hash` is over this event and the hash of the one before it. */
export const auditEvent = z.object({
  offset: z.number(),
  type: z.string(),
  at: z.string(),
  account: z.object({ id, name: z.string() }).nullable(),
  ward: z.object({ id, code: z.string(), name: z.string() }).nullable(),
  worker: z.object({ id, staffNumber: z.string(), name: z.string() }).nullable(),
  shiftId: id.nullable(),
  data: z.record(z.string(), z.unknown()),
  hash: z.string(),
});
export type AuditEvent = z.infer<typeof auditEvent>;
