import { addDays } from '@homeward/shared/kernel/local-time.ts';
import type { LocalDay } from '@homeward/shared/kernel/local-time.ts';
import type { NoticeView } from '@homeward/shared/notices/contract.ts';
import type { PassportView, RestrictionView, WardReach } from '@homeward/shared/workers/contract.ts';
import type { EmploymentCheck } from '@homeward/shared/workers/facts.ts';
import { act, type ActOptions } from '#lib/platform/api.ts';
import type { Tone } from '#lib/ui/Tag.svelte';

/** What an act did to bookings, as everybody is told it. */
export const reviewWords = (bookings: number): string =>
  bookings === 0
    ? 'No booking is touched.'
    : bookings === 1
      ? '1 booking has to be looked at again.'
      : `${bookings} bookings have to be looked at again.`;

/** One line of what the home bank office keeps. */
export type KeptLine = EmploymentCheck | 'registration' | 'opt-out';

/** The checks that are good until a day. The others are verified once. */
export const endingChecks: readonly KeptLine[] = ['right-to-work', 'dbs'];

/** So many days ahead something that ends is told (the program's notices go by the same). */
export const soonDays = 60;

export type DatedState = 'in-date' | 'soon' | 'ended' | 'coming' | 'unknown';
export const datedWords: Record<DatedState, { words: string; tone: Tone }> = {
  'in-date': { words: 'In date', tone: 'green' },
  soon: { words: 'Ends soon', tone: 'yellow' },
  ended: { words: 'Ended', tone: 'red' },
  coming: { words: 'Not yet', tone: 'yellow' },
  unknown: { words: 'Unknown', tone: 'red' },
};

/** Where a dated fact stands on a day. No first day is unknown, and unknown is not a pass. */
export function datedState({ on, until }: { on: LocalDay | null; until: LocalDay | null }, today: LocalDay): DatedState {
  if (on === null) return 'unknown';
  if (on > today) return 'coming';
  if (until === null) return 'in-date';
  if (until < today) return 'ended';
  return until <= addDays(today, soonDays) ? 'soon' : 'in-date';
}

export type RestrictionState = 'coming' | 'in-force' | 'over' | 'lifted';

/** Where a do-not-book entry stands on a day: lifted early, past its last day, not yet begun, or in force. */
export function restrictionState({ from, until, lifted }: RestrictionView, today: LocalDay): RestrictionState {
  if (lifted) return 'lifted';
  if (until !== null && until < today) return 'over';
  return from > today ? 'coming' : 'in-force';
}

export interface TrustReach {
  trust: string;
  trustName: string;
  isHome: boolean;
  sentence: string;
  wards: WardReach[];
  /** Wards that are closed for the same reasons, the most of them first. */
  closed: { missing: WardReach['missing']; wards: WardReach[] }[];
  /** Open wards by the day their door closes, the soonest first; those that nothing ends for last. */
  open: { until: LocalDay | null; wards: WardReach[] }[];
}

/** Ward by ward is forty lines; people read it trust by trust, and within one reason by reason. The home trust first. */
export function reachByTrust(passport: PassportView): TrustReach[] {
  return passport.reach
    .map((reach) => {
      const wards = passport.wards.filter(({ ward }) => ward.trust === reach.trust);
      const closed = Map.groupBy(
        wards.filter(({ may }) => !may),
        ({ missing, sentence }) => missing.map((one) => one.sentence).join(' ') || sentence,
      );
      const open = Map.groupBy(
        wards.filter(({ may }) => may),
        ({ until }) => until,
      );
      return {
        trust: reach.trust,
        trustName: reach.trustName,
        isHome: reach.trust === passport.homeTrust,
        sentence: reach.sentence,
        wards,
        closed: [...closed.values()]
          .map((same) => ({ missing: same[0]!.missing, wards: same }))
          .sort((a, b) => b.wards.length - a.wards.length),
        open: [...open].map(([until, same]) => ({ until, wards: same })).sort((a, b) => ((a.until ?? '9') < (b.until ?? '9') ? -1 : 1)),
      };
    })
    .sort((a, b) => Number(b.isHome) - Number(a.isHome) || a.trustName.localeCompare(b.trustName));
}

/** What an act on a record answers: how many of the worker's bookings it sent to be looked at again. */
export interface RecordMoved {
  workerId: string;
  bookingsToReview: number;
}

export const giveConsent = (consents: boolean, options: ActOptions) => act<RecordMoved>('POST', '/me/consent', { consents }, options);

export const changeRecord = (workerId: string, what: 'checks' | 'registration' | 'opt-out', body: object, options: ActOptions) =>
  act<RecordMoved>('POST', `/workers/${workerId}/${what}`, body, options);

export const haveSeen = (noticeId: string) => act<NoticeView>('POST', `/me/notices/${noticeId}/seen`, {});
