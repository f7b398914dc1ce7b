import type { AuditEvent } from '@homeward/shared/assurance/contract.ts';
import type { WorkerLine } from '@homeward/shared/workers/contract.ts';
import { addDays, isRealDay, startOfDay } from '@homeward/shared/kernel/local-time.ts';
import { read } from '#lib/platform/api.ts';
import type { PageLoad } from './$types';

export interface AuditPage {
  items: AuditEvent[];
  nextCursor: string | null;
}

export const load: PageLoad = async ({ fetch, url }) => {
  const asked = url.searchParams;
  const query = new URLSearchParams({ limit: '50' });
  for (const name of ['type', 'shiftId', 'workerId']) {
    const value = asked.get(name);
    if (value) query.set(name, value);
  }
  const from = asked.get('from');
  const to = asked.get('to');
  if (from && isRealDay(from)) query.set('from', new Date(startOfDay(from)).toISOString());
  // "To" is a day in the record as people say it: the whole of it.
  if (to && isRealDay(to)) query.set('to', new Date(startOfDay(addDays(to, 1))).toISOString());

  // People know a staff number; the record knows an id.
  const staffNumber = asked.get('staffNumber')?.trim().toUpperCase();
  if (staffNumber) {
    const { body } = await read<{ items: WorkerLine[] }>(fetch, `/workers?staffNumber=${encodeURIComponent(staffNumber)}&limit=1`);
    const [worker] = body.items;
    if (!worker) return { query: null, found: { items: [], nextCursor: null } as AuditPage, unknownStaffNumber: staffNumber };
    query.set('workerId', worker.id);
  }
  const { body } = await read<AuditPage>(fetch, `/audit?${query}`);
  return { query: query.toString(), found: body, unknownStaffNumber: null };
};
