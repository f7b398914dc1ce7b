import type { BedView, BoardWard } from '../beds/contract.ts';
import type { AllocationView, PlacementLine } from '../placements/contract.ts';
import type { BookingView, MyShift, RequestView, WardShift } from '../shifts/contract.ts';

/** What happened, in the past tense. The names are the outside contract's (handbook, contract section 3). */
export type EventType =
  | 'shift.posted'
  | 'shift.opened'
  | 'shift.filled'
  | 'shift.cancelled'
  | 'shift.reopened'
  | 'shift.expired'
  | 'shift.changed'
  | 'booking.confirmed'
  | 'booking.cancelled'
  | 'booking.needs-review'
  | 'request.asked'
  | 'request.answered'
  | 'booking.kept'
  | 'training.changed'
  | 'alignment.changed'
  | 'course.changed'
  | 'period.changed'
  | 'delegation.changed'
  | 'agreement.changed'
  | 'restriction.changed'
  | 'notice.given'
  | 'worker.changed'
  | 'ward.changed'
  | 'bed.changed'
  | 'ward.confirmed'
  | 'ward.asked'
  | 'admissions.changed'
  | 'criteria.changed'
  | 'designation.changed'
  | 'setting.changed'
  | 'readiness.changed'
  | 'suite.changed'
  | 'line.changed'
  | 'allocation.changed'
  | 'placement.changed'
  | 'register.changed'
  | 'import.applied'
  | 'rights.changed'
  | 'session.started'
  | 'session.ended';

/**
 * What one connection is told an event is called. A worker hears of a shift only as offered to them or withdrawn from them; of one
 * they could come to take but may not now, only that their counts have changed (`shift.noticed`).
 */
export type FrameType = EventType | 'shift.offered' | 'shift.withdrawn' | 'shift.noticed';

export interface FrameData {
  shiftId?: string;
  /** `shift.offered`: the card with this worker's own decision. */
  shift?: MyShift | WardShift;
  /** Cards of other shifts this changed for a worker who may take them: who is on the ward then is on their cards too. */
  cards?: MyShift[];
  /** `shift.withdrawn`: why, and since when. */
  reason?: 'filled' | 'cancelled' | 'expired' | 'not-eligible';
  takenAt?: string;
  /** The worker's own booking or request that changed. */
  booking?: BookingView;
  request?: RequestView;
  /** For those who manage the ward: every card this event changed. */
  wardId?: string;
  shifts?: WardShift[];
  cancelledPercent?: number | null;
  /** For bed managers: every ward of their board this event changed, as it stands now. */
  board?: BoardWard[];
  /** For those who look after the ward `wardId`: all its beds as they stand now. */
  beds?: BedView[];
  /** For the sender, and for the ward once it is referred there: as each may see it. */
  allocation?: AllocationView;
  /** For the sender's bed managers. */
  placement?: PlacementLine;
  requestId?: string;
  /** For offices: whose record changed, so that a page about somebody else need not load afresh. */
  workerId?: string;
  /** Lists must be loaded afresh: one fact changed what many shifts come to, as a booking, an import or a new requirement does. */
  reload?: true;
}

/** `previous` is the offset of the last frame of this connection, or `ready.offset`: a hole is visible. */
export interface Frame {
  offset: number;
  previous: number;
  type: FrameType;
  at: string;
  data: FrameData;
}

export interface Ready {
  epoch: string;
  offset: number;
  resync: boolean;
  /** The program's clock, so that a page with a wrong one still says "in 2 hours" truly. */
  now: string;
}

export interface ServerToClient {
  ready: (ready: Ready) => void;
  event: (frame: Frame) => void;
}
export type ClientToServer = Record<string, never>;
