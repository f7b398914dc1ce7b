import { sql, type Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import type { FrameData } from '@homeward/shared/kernel/event.ts';
import type { StoredEvent, Telling } from '../platform/live.ts';
import { hasRole, isOfTrust, type Scope } from '../platform/scope.ts';
import { allocationOf, allocationRows, placementRows, sidesOf } from './queries.ts';

const heard = new Set(['allocation.changed', 'placement.changed', 'register.changed']);

const idIn = (event: StoredEvent, key: string): string[] => {
  const id = event.data[key];
  return typeof id === 'string' ? [id] : [];
};

/**
 * Who hears of a request and its allocations, and as what: the sender's bed managers both; the ward that an allocation is on and its trust's bed
 * managers the allocation, without the need until it is referred. Each card as it stands now, so that telling late ends at what a fresh
 * load shows. Three statements however many events and viewers.
 */
export async function audience(db: Kysely<DB>, events: readonly StoredEvent[], viewers: readonly Scope[]): Promise<(Telling | null)[][]> {
  const about = events.filter((event) => heard.has(event.type));
  if (about.length === 0 || !viewers.some((viewer) => hasRole(viewer, 'bed-manager', 'ward-manager'))) return events.map(() => []);
  const allocationIds = [...new Set(about.flatMap((event) => idIn(event, 'allocationId')))];
  const requestIds = [...new Set(about.flatMap((event) => idIn(event, 'requestId')))];
  const told = allocationIds.length === 0 ? [] : await allocationRows(db, sql`a.id = any(${allocationIds}::uuid[])`);
  const allocations = new Map(told.map((row) => [row.id, row]));
  const requests = new Map((await placementRows(db, sql`r.id = any(${requestIds}::uuid[])`)).map((row) => [row.id, row]));
  return events.map((event) => {
    if (!heard.has(event.type)) return [];
    const [allocationId] = idIn(event, 'allocationId');
    const [requestId] = idIn(event, 'requestId');
    const allocation = allocationId === undefined ? undefined : allocations.get(allocationId);
    const request = requestId === undefined ? undefined : requests.get(requestId);
    return viewers.map((viewer): Telling | null => {
      const sides = allocation ? sidesOf(viewer, allocation) : { sender: false, receiver: false, sameTrust: false };
      const isSender = request !== undefined && isOfTrust(viewer, 'bed-manager', request.sendingTrust);
      if (!isSender && !sides.receiver) return null;
      const data: FrameData = {
        ...(allocation && { allocation: allocationOf(allocation, sides) }),
        ...(isSender && { requestId: request.id, placement: request.lineFor(viewer) }),
        // What a line of the register says is loaded by those who look at one.
        ...(event.type === 'register.changed' && { reload: true as const }),
      };
      return { type: event.type, data };
    });
  });
}
