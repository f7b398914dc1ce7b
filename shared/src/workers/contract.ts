import { z } from 'zod';
import { id } from '../kernel/wire.ts';
import { recordView } from '../training/contract.ts';
import { employmentChecks, roles, staffGroups } from './facts.ts';

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

export const passportView = workerLine.extend({
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
  /** Dates in the next 60 days, soonest first. */
  comingUp: z.array(z.object({ on: z.string(), what: z.string() })),
  hours: z.object({
    /** Minutes worked in the 17 weeks to now, and the most this average allows. */
    workedMinutes: z.number(),
    limitMinutes: z.number(),
    headRoomMinutes: z.number(),
    /** The earliest start that keeps 11 hours of rest after the last duty under way or done, and the next duty's start. */
    restUntil: z.string().nullable(),
    nextDutyAt: z.string().nullable(),
  }),
  readBy: z.array(z.object({ at: z.string(), name: z.string(), trust: z.string().nullable() })).optional(),
});
export type PassportView = z.infer<typeof passportView>;
