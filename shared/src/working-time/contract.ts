import { z } from 'zod';
import { id, instant } from '../kernel/wire.ts';

export const markUnavailable = z.strictObject({ startsAt: instant, endsAt: instant });
export const unavailableView = z.object({ id, startsAt: z.string(), endsAt: z.string() });
export type UnavailableView = z.infer<typeof unavailableView>;
