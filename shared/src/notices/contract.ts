import { z } from 'zod';
import { id } from '../kernel/wire.ts';
import { lapse, workerLine } from '../workers/contract.ts';

/** Something of a worker's that ends within 60 days: told to them and to their bank office once. */
export const noticeView = z.object({
  id,
  worker: workerLine,
  about: lapse.shape.about,
  title: z.string(),
  endsOn: z.string(),
  toldAt: z.string(),
  seenAt: z.string().nullable(),
});
export type NoticeView = z.infer<typeof noticeView>;
