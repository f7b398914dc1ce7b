import { z } from 'zod';
import { decision, id } from '../kernel/wire.ts';
import { wardLine } from '../places/contract.ts';
import { explanation } from '../shifts/contract.ts';
import { alignmentStateView } from '../training/contract.ts';
import { workerLine } from '../workers/contract.ts';

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

/** A booking opened years later: the decision as it was taken, and the record behind each thing it rests on. */
export const bookingRecord = z.object({
  explanation,
  booking: z.object({
    id,
    shiftId: id,
    status: z.string(),
    bookedAt: z.string(),
    startsAt: z.string(),
    endsAt: z.string(),
    ward: wardLine,
    role: z.string(),
    band: z.number(),
  }),
  worker: workerLine,
  /** The alignments it rests on, in the version that stood then. */
  alignments: z.array(z.object({ id, course: z.string(), competency: z.string(), state: alignmentStateView })),
  /** Taken again now from the dated rows, as they were known at that moment: the same, or what differs. */
  recomputed: z.object({
    same: z.boolean(),
    outcome: z.string(),
    differences: z.array(z.string()),
    rules: z.number(),
    rulesNow: z.number(),
  }),
});
export type BookingRecord = z.infer<typeof bookingRecord>;

/** Who could have worked a shift, as everything stood at `asOf`. */
export const couldHaveWorked = z.object({
  ward: wardLine,
  asOf: z.string(),
  startsAt: z.string(),
  endsAt: z.string(),
  counts: z.object({ eligible: z.number(), override: z.number(), blocked: z.number() }),
  items: z.array(z.object({ worker: workerLine, decision })),
  nextCursor: z.string().nullable(),
});
export type CouldHaveWorked = z.infer<typeof couldHaveWorked>;
