import type { WardShift } from '@homeward/shared/shifts/contract.ts';
import { dayMs, hourMs, minuteMs } from '@homeward/shared/kernel/interval.ts';
import type { Instant, Interval } from '@homeward/shared/kernel/interval.ts';
import { localDayOf, sayInstant, saySpan, sayTime } from '@homeward/shared/kernel/local-time.ts';
import { sayTrust } from '#lib/places/client.ts';
import { roleTitle } from '#lib/workers/titles.ts';

export interface Reason {
  code: string;
  title: string;
}

/** Why a shift is posted, and why a ward or a worker cancels: GET /shifts/reasons. */
export interface Reasons {
  post: Reason[];
  ward: Reason[];
  worker: Reason[];
}

export function spanOf(timed: { startsAt: string; endsAt: string }): Interval {
  return { start: Date.parse(timed.startsAt), end: Date.parse(timed.endsAt) };
}

/** "Support worker, band 3". */
export function workOf(shift: { role: string; band: number }): string {
  return `${roleTitle(shift.role)}, band ${shift.band}`;
}

/** "Support worker, Sat 28 Nov, 20:00–08:00 (12 h)": one shift in a sentence about it. */
export function sayShift(shift: { role: string; startsAt: string; endsAt: string }): string {
  return `${roleTitle(shift.role)}, ${saySpan(spanOf(shift))}`;
}

/** A time as one says it beside now: only "18:00" when it is today. */
export function sayNear(instant: Instant, now: Instant): string {
  return localDayOf(instant) === localDayOf(now) ? sayTime(instant) : sayInstant(instant);
}

/** "10 min", "5 h", "2 days": how long something has lasted, in its largest unit. */
export function sayLasting(since: Instant, now: Instant): string {
  const lasted = Math.max(0, now - since);
  if (lasted < hourMs) return `${Math.floor(lasted / minuteMs)} min`;
  if (lasted < 2 * dayMs) return `${Math.floor(lasted / hourMs)} h`;
  return `${Math.floor(lasted / dayMs)} days`;
}

/** Who may take it now, and who next: "with Leeds and York Partnership until 18:00, then all trusts". */
export function sayWave(shift: WardShift, now: Instant): string {
  const trust = sayTrust(shift.ward.trustName);
  const at = (time: string) => sayNear(Date.parse(time), now);
  const { wave, preferred } = shift;
  switch (wave.now) {
    case 'preferred':
      return preferred ? `kept for ${preferred.name} until ${at(preferred.until)}` : 'kept for one person';
    case 'regulars':
      return wave.homeTrustAt === wave.collaborativeAt
        ? `with the ward’s regulars until ${at(wave.homeTrustAt)}, then all trusts`
        : `with the ward’s regulars until ${at(wave.homeTrustAt)}, then ${trust}, then all trusts`;
    case 'home-trust':
      return `with ${trust} until ${at(wave.collaborativeAt)}, then all trusts`;
    case 'collaborative':
      return 'open to all trusts';
  }
}

/** A time as it is typed: "7", "730", "7.30" and "07:30" are all half past or the hour; anything else stays as it is and is refused. */
export function readTime(typed: string): string {
  const [, hour, minute = '00'] = /^\s*(\d{1,2}?)(?:[:.]?(\d\d))?\s*$/.exec(typed) ?? [];
  return hour === undefined ? typed : `${hour.padStart(2, '0')}:${minute}`;
}

const hurdles: Record<string, string> = {
  bank: 'Not on a bank that serves this ward',
  checks: 'An employment check is missing or out of date',
  registration: 'Registration missing or out of date',
  role: 'Another role, or a lower band',
  overlap: 'Not free at that time',
  'not-available': 'Not free at that time',
  'weekly-hours': 'Over 48 hours a week on average',
  'local-cap': 'Over the limit of their own trust',
  restriction: 'The ward asked not to have them',
  wave: 'Not open to them yet',
  agreement: 'No agreement between the trusts',
  consent: 'Does not share the passport',
};

/** What a failed check means for many people at once: the heading they stand under. */
export function sayHurdle(code: string, competencies: readonly { competency: string; title: string }[]): string {
  if (!code.startsWith('training:')) return hurdles[code] ?? code;
  const competency = code.slice('training:'.length);
  const title = competencies.find((one) => one.competency === competency)?.title ?? competency;
  return `${title}: missing, out of date or does not count here`;
}
