import type { JsonValue } from '@homeward/db/types.ts';
import type { EventType } from '@homeward/shared/kernel/event.ts';
import type { Instant } from '@homeward/shared/kernel/interval.ts';
import type { Trx } from './transaction.ts';

/** What happened, whom and what it is about, and what the record must keep of it for good. */
export interface Announcement {
  type: EventType;
  at: Instant;
  accountId: string | null;
  wardId?: string;
  shiftId?: string;
  workerId?: string;
  data?: { [key: string]: JsonValue | undefined };
}

const announced = new WeakMap<Trx, Announcement[]>();

/**
 * Notes a past-tense event of this transaction. The transaction writes them all as its last statement: the counter row they
 * take their offsets from is locked until COMMIT, and every act of the whole database queues on it.
 */
export function announce(trx: Trx, event: Announcement): void {
  const events = announced.get(trx) ?? [];
  events.push(event);
  announced.set(trx, events);
}

export function eventsOf(trx: Trx) {
  return (announced.get(trx) ?? []).map(({ at, data, ...event }) => ({ ...event, at: new Date(at).toISOString(), data: data ?? {} }));
}
