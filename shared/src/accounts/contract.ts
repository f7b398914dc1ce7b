import { z } from 'zod';
import { id } from '../kernel/wire.ts';
import { wardLine } from '../places/contract.ts';

export const accountRoles = [
  'worker',
  'ward-manager',
  'bank-office',
  'training-lead',
  'bed-manager',
  'programme',
  'auditor',
  'administrator',
] as const;
export type AccountRole = (typeof accountRoles)[number];

export const signIn = z.strictObject({
  email: z.string().max(200).trim().toLowerCase().min(3, 'Type your e-mail address.'),
  password: z.string().min(1, 'Type your password.').max(200),
});

export const sessionView = z.object({
  account: z.object({ id, email: z.string(), name: z.string() }),
  worker: z.object({ id, staffNumber: z.string(), name: z.string(), trust: z.string(), role: z.string(), band: z.number() }).nullable(),
  /** What I may do, and where. */
  roles: z.array(z.object({ role: z.enum(accountRoles), trust: z.string().nullable(), collaborative: z.string().nullable() })),
  /** The wards I manage. */
  wards: z.array(wardLine),
  demonstration: z.boolean(),
  now: z.string(),
});
export type SessionView = z.infer<typeof sessionView>;

/** The accounts of the demonstration, offered on its first page. */
export const demonstrationView = z.object({
  password: z.string(),
  items: z.array(
    z.object({ email: z.string(), name: z.string(), role: z.enum(accountRoles), trust: z.string().nullable(), note: z.string() }),
  ),
});
export type DemonstrationView = z.infer<typeof demonstrationView>;

export const acceptInvitation = z.strictObject({
  token: z.string().max(100),
  password: z.string().min(12, 'Use at least 12 characters.').max(200),
});
