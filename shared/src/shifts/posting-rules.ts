import { lengthMinutes, minuteMs } from '../kernel/interval.ts';
import type { Instant } from '../kernel/interval.ts';

/** What a ward manager asks for when posting. `reason` is a code of the reason table. */
export interface ShiftPosting {
  startsAt: Instant;
  endsAt: Instant;
  band: number;
  breakMinutes: number;
  count: number;
  reason: string;
}

/** One thing wrong with what was asked, as the API's `errors` carry it (contract, section 2). */
export interface PostingProblem {
  path: string;
  code: string;
  message: string;
}

const longestShiftMinutes = 24 * 60;
const longestWithoutBreakMinutes = 6 * 60;
const shortestBreakMinutes = 20;

/**
 * Why a shift can't be posted; empty when it can. Refused: an end not after the start, a start in the past, more than 24 h, over 6 h without a
 * break of 20 minutes (Working Time Regulations 1998, reg. 12), a band outside 2–9, a count outside 1–50, and cover for industrial
 * action (Conduct of Employment Agencies and Employment Businesses Regulations 2003, reg. 7). rules-staffing, section 4.
 */
export function shiftProblems(posting: ShiftPosting, now: Instant): PostingProblem[] {
  const problems: PostingProblem[] = [];
  const refuse = (path: string, code: string, message: string) => problems.push({ path, code, message });
  const { startsAt, endsAt, band, breakMinutes, count, reason } = posting;
  const minutes = lengthMinutes({ start: startsAt, end: endsAt });
  if (endsAt <= startsAt) refuse('endsAt', 'end-not-after-start', 'The shift must end after it starts.');
  if (startsAt < now) refuse('startsAt', 'start-in-past', 'The shift must not start in the past.');
  if (minutes > longestShiftMinutes) refuse('endsAt', 'too-long', 'The shift must be 24 hours or less.');
  if (!Number.isInteger(breakMinutes) || breakMinutes < 0) {
    refuse('breakMinutes', 'not-a-break', 'The break must be a whole number of minutes, 0 or more.');
  } else if (minutes > longestWithoutBreakMinutes && breakMinutes < shortestBreakMinutes) {
    refuse('breakMinutes', 'break-too-short', 'A shift of more than 6 hours needs a break of at least 20 minutes.');
  } else if (minutes > 0 && breakMinutes >= minutes) {
    refuse('breakMinutes', 'break-too-long', 'The break must be shorter than the shift.');
  }
  if (!Number.isInteger(band) || band < 2 || band > 9) refuse('band', 'not-a-band', 'The band must be from 2 to 9.');
  if (!Number.isInteger(count) || count < 1 || count > 50) refuse('count', 'not-a-count', 'Ask for 1 to 50 people.');
  if (reason === 'industrial-action') {
    refuse('reason', 'industrial-action', 'Bank workers may not cover for people who are taking industrial action.');
  }
  return problems;
}

export const shiftStatuses = ['draft', 'open', 'filled', 'started', 'finished', 'signed', 'charged', 'cancelled', 'expired'] as const;
export type ShiftStatus = (typeof shiftStatuses)[number];

/** What a shift is at `now`: an open one expires at its start, a filled one starts and finishes. No job has to run for it to be true (section 4). */
export function statusOf(stored: ShiftStatus, startsAt: Instant, endsAt: Instant, now: Instant): ShiftStatus {
  if (stored === 'open') return now < startsAt ? 'open' : 'expired';
  if (stored !== 'filled' && stored !== 'started') return stored;
  if (now >= endsAt) return 'finished';
  return now >= startsAt ? 'started' : stored;
}

const undoMinutes = 5;

/** Until when an acceptance can be undone: 5 minutes after it, that instant excluded (section 4). */
export function undoUntil(bookedAt: Instant): Instant {
  return bookedAt + undoMinutes * minuteMs;
}

/** May the worker still undo an acceptance at `now`? */
export function mayUndo(bookedAt: Instant, now: Instant): boolean {
  return now < undoUntil(bookedAt);
}
