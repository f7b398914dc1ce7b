import type { Check, Evidence } from '../kernel/decision.ts';
import { lengthMinutes, overlaps, rfc3339 } from '../kernel/interval.ts';
import type { Interval } from '../kernel/interval.ts';
import { saySpan } from '../kernel/local-time.ts';
import type { WorkerFacts } from '../workers/facts.ts';
import type { DutyFact } from './facts.ts';

/** Minutes worked in a duty: its elapsed length less the unpaid break (rules-staffing, section 3). Never below 0. */
export function workedMinutesOf(duty: Interval & { breakMinutes: number }): number {
  return Math.max(0, lengthMinutes(duty) - duty.breakMinutes);
}

/** Leave is kept among the duties, but is none: it never overlaps and never breaks rest (section 3, `availability`). */
export function isWork(duty: Pick<DutyFact, 'kind'>): boolean {
  return duty.kind !== 'leave';
}

/**
 * One person's time from rosters and live bookings, in order of start, with nothing counted twice: a roster row for the same ward, start and
 * end as a booking is that booking, so the booking stands for both (section 3, `overlap`). Leave and rows without a ward stay as they are.
 * `exceptBookingId` leaves out one booking that is to be decided afresh, and the roster row that is the same work with it.
 */
export function dutiesOf(roster: readonly DutyFact[], bookings: readonly DutyFact[], exceptBookingId: string | null = null): DutyFact[] {
  const key = (duty: DutyFact) => `${duty.wardId} ${duty.start} ${duty.end}`;
  const booked = new Set(bookings.filter((booking) => booking.wardId !== null).map(key));
  const rows = roster.filter((row) => !isWork(row) || !booked.has(key(row)));
  const kept = bookings.filter((booking) => booking.id !== exceptBookingId);
  return [...rows, ...kept].sort((a, b) => a.start - b.start || a.end - b.end || (a.id < b.id ? -1 : 1));
}

/** A duty as evidence: where and when, for the worker, their bank office and auditors. */
export function dutyEvidence(duty: DutyFact): Evidence {
  return { what: duty.source, id: duty.id, from: rfc3339(duty.start), until: rfc3339(duty.end), detail: `${duty.kind}, ${duty.where}` };
}

/**
 * `overlap`: no booking or roster duty of this person, at any trust, overlaps the shift; touching ends don't. Else fail.
 * The sentence says when and never where: the host may read it (section 3).
 */
export function overlapCheck(worker: Pick<WorkerFacts, 'duties'>, shift: Interval): Check {
  const code = 'overlap';
  const others = worker.duties.filter((duty) => isWork(duty) && overlaps(duty, shift));
  const [first] = others;
  if (!first) return { code, result: 'pass', sentence: 'Has no other work at the time of the shift.', evidence: [] };
  return {
    code,
    result: 'fail',
    sentence: `Already has work at that time: ${saySpan(first)}.`,
    evidence: others.map(dutyEvidence),
    fix: 'Choose a shift that does not overlap, or cancel the other work first.',
  };
}

/**
 * `availability`: the worker hasn't marked any of the shift's time as not available and has no leave in it. Else warn: they may still
 * accept, and accepting is theirs to decide (section 3).
 */
export function availabilityCheck(worker: Pick<WorkerFacts, 'duties' | 'unavailable'>, shift: Interval): Check {
  const code = 'availability';
  const leave = worker.duties.filter((duty) => !isWork(duty) && overlaps(duty, shift));
  const marked = worker.unavailable.filter((time) => overlaps(time, shift));
  if (leave.length === 0 && marked.length === 0) {
    return { code, result: 'pass', sentence: 'Is not marked as away at that time.', evidence: [] };
  }
  return {
    code,
    result: 'warn',
    sentence:
      leave.length > 0
        ? 'Is on leave at that time, but may still accept.'
        : 'Is marked as not available at that time, but may still accept.',
    evidence: [
      ...leave.map(dutyEvidence),
      ...marked.map((time) => ({ what: 'not available', id: time.id, from: rfc3339(time.start), until: rfc3339(time.end) })),
    ],
    fix: 'Change the leave or the marked time, or accept anyway.',
  };
}
