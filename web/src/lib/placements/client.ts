import type { SessionView } from '@homeward/shared/accounts/contract.ts';
import type { CodesView } from '@homeward/shared/beds/contract.ts';
import type { Outcome } from '@homeward/shared/beds/facts.ts';
import type { Instant } from '@homeward/shared/kernel/interval.ts';
import { hourMs, minuteMs } from '@homeward/shared/kernel/interval.ts';
import type {
  AllocationExplanation,
  AllocationView,
  DescribeNeed,
  MatchesView,
  PlacementLine,
  PlacementView,
} from '@homeward/shared/placements/contract.ts';
import type { AgeBand, WhereNow } from '@homeward/shared/placements/facts.ts';
import { comparePlacements } from '@homeward/shared/placements/live-rules.ts';
import type { Identity } from '@homeward/shared/placements/identity-rules.ts';
import type { WardLine } from '@homeward/shared/places/contract.ts';
import { saySecurity } from '#lib/beds/client.ts';
import { act, read, readIf, type ActOptions, type Position } from '#lib/platform/api.ts';
import { live, nowOf } from '#lib/platform/live.svelte.ts';
import type { IconName } from '#lib/ui/Icon.svelte';
import type { Tone } from '#lib/ui/Tag.svelte';
import { sayNear } from '#lib/wards/client.ts';

type Fetch = typeof fetch;

export interface List<T> {
  items: T[];
  nextCursor: string | null;
}

type State = PlacementLine['state'];

/** The newest needs of my trust, a hundred at most of each state, or of all together. */
export async function needs(fetch: Fetch, states: readonly State[] | null = null) {
  const paths = (states ?? ['']).map((state) => `/placements?limit=100${state && `&state=${state}`}`);
  const lists = await Promise.all(paths.map((path) => read<List<PlacementLine>>(fetch, path)));
  return {
    items: lists.flatMap(({ body }) => body.items).sort(comparePlacements),
    hasMore: lists.some(({ body }) => body.nextCursor !== null),
    // From the oldest of them on: what a newer one holds already is only told again.
    at: lists.map(({ at }) => at).reduce((oldest, at) => (at && oldest && at.offset < oldest.offset ? at : oldest)),
  };
}

export const need = (fetch: Fetch, id: string) => read<PlacementView>(fetch, `/placements/${id}`);

export const matches = (fetch: Fetch, id: string) => readIf<MatchesView>(fetch, `/placements/${id}/matches`);

/** The live allocations I may see: as the sender, and as the ward that receives. */
export const liveAllocations = (fetch: Fetch) => readIf<List<AllocationView>>(fetch, '/allocations?live=true&limit=100');

export const explanationOf = (fetch: Fetch, allocationId: string) =>
  read<AllocationExplanation>(fetch, `/allocations/${allocationId}/explanation`);

export const describeNeed = (need: DescribeNeed, options: ActOptions) => act<PlacementView>('POST', '/placements', need, options);

export const holdBed = (placementId: string, hold: { bedId: string; reason?: string; usesLeaveBed?: true }, options: ActOptions) =>
  act<AllocationView>('POST', `/placements/${placementId}/allocations`, hold, options);

export type AllocationAct = AllocationView['may'][number];

export const actOn = (allocationId: string, what: AllocationAct, reason: string | undefined, options: ActOptions) =>
  act<AllocationView>('POST', `/allocations/${allocationId}/${what}`, reason ? { reason } : {}, options);

/** The trusts I am bed manager of. */
export const bedManagerOf = (session: SessionView | null | undefined): string[] =>
  (session?.roles ?? []).flatMap(({ role, trust }) => (role === 'bed-manager' && trust ? [trust] : []));

/**
 * The program's time at which something was read. What ends comes as seconds from the database's clock; added to this they make the time
 * that people are told.
 */
export const readAtOf = (at: Position | null, session: { now: string } | null | undefined): Instant =>
  live.state === 'waiting' ? nowOf(session) : live.now() - (at ? Date.now() - at.readAt : 0);

/** So many seconds after something was read, as one says it: "15:30". */
export const sayAfter = (seconds: number, readAt: Instant): string => sayNear(readAt + seconds * 1000, readAt);

/** A bed inside a sentence: wards call theirs "7", "Bed 7" or by a name. */
export const sayBed = (label: string): string => (/^\d/.test(label) ? `bed ${label}` : label.replace(/^Bed\b/, 'bed'));

/** A ward as it is told from its namesakes at other sites: "Ward 5, The Becklin Centre". What a site's name has in brackets is left out. */
export const sayWard = (ward: Pick<WardLine, 'name' | 'siteName'>): string => `${ward.name}, ${ward.siteName.replace(/ \(.*\)$/, '')}`;

export const sayWhere = ({ ward, bedLabel }: Pick<AllocationView, 'ward' | 'bedLabel'>): string => `${sayWard(ward)}, ${sayBed(bedLabel)}`;

export const ageBandTitles: Record<AgeBand, string> = {
  child: 'Child',
  'young-person': 'Young person',
  adult: 'Adult',
  'older-adult': 'Older adult',
};

export const whereTitles: Record<WhereNow, string> = {
  community: 'Community',
  'emergency-department': 'Emergency department',
  'place-of-safety': 'Place of safety',
  'another-ward': 'Another ward',
  'out-of-area': 'Out of area',
};

export const sexTitles = { female: 'Female', male: 'Male' } as const;

export const outcomeWords: Record<Outcome, { title: string; tone: Tone; icon: IconName }> = {
  meets: { title: 'Meets', tone: 'green', icon: 'tick' },
  ask: { title: 'Ask', tone: 'yellow', icon: 'ask' },
  'does-not-meet': { title: 'Doesn’t meet', tone: 'grey', icon: 'cross' },
};

export const stateWords: Record<PlacementView['state'], { title: string; tone: Tone }> = {
  looking: { title: 'Looking', tone: 'blue' },
  held: { title: 'Bed held', tone: 'purple' },
  referred: { title: 'Referred', tone: 'purple' },
  accepted: { title: 'Accepted', tone: 'green' },
  placed: { title: 'Placed', tone: 'grey' },
  'unable-to-place': { title: 'Unable to place', tone: 'red' },
  withdrawn: { title: 'Withdrawn', tone: 'grey' },
};

/** Why words are refused that say who somebody is: what was seen in them, and what to do. */
export const identityWords: Record<Identity, string> = {
  'nhs-number': 'This holds an NHS number. Take it out: nothing here may say who the person is.',
  'date-of-birth': 'This holds a date of birth. Take it out: the age band is enough.',
  postcode: 'This holds a postcode. Take it out: the home place is enough.',
  'e-mail': 'This holds an e-mail address. Take it out: nothing here may say who the person is.',
};

/** The name a code stands for; the code where the list doesn't know it. */
export const titleOf = (codes: readonly { code: string; title: string }[], code: string): string =>
  codes.find((one) => one.code === code)?.title ?? code;

/** Why something was declined or released: a code of the list, or the words that were typed. */
export const sayReason = (codes: CodesView, reason: string): string =>
  [...codes.declineReasons, ...codes.releaseReasons].find(({ code }) => code === reason)?.title ?? reason;

type NeedFacts = Pick<
  PlacementView,
  'bedType' | 'sex' | 'ageBand' | 'legalStatus' | 'securityLevel' | 'needs' | 'homePlace' | 'whereNow' | 'neededBy'
>;

/** What is looked for, in a line: "Acute adult mental health, female, adult, Section 2 assessment". */
export function sayNeed(need: NeedFacts, codes: CodesView): string {
  const security = need.securityLevel > 0 ? [saySecurity(need.securityLevel).toLowerCase()] : [];
  return [
    titleOf(codes.bedTypes, need.bedType),
    sexTitles[need.sex].toLowerCase(),
    ageBandTitles[need.ageBand].toLowerCase(),
    titleOf(codes.legalStatuses, need.legalStatus),
    ...security,
  ].join(', ');
}

/** Where from and by when: "from Leeds, now in the emergency department, needed by 18:00". */
export function sayCircumstances(need: NeedFacts, now: Instant): string {
  const where: Record<WhereNow, string> = {
    community: 'at home or in the community',
    'emergency-department': 'in an emergency department',
    'place-of-safety': 'in a place of safety',
    'another-ward': 'on another ward',
    'out-of-area': 'out of area',
  };
  return `from ${need.homePlace}, now ${where[need.whereNow]}, needed by ${sayNear(Date.parse(need.neededBy), now)}`;
}

/** What a hold, a referral or a wait for arrival counts down to; null where nothing does. */
export function clockOf(allocation: AllocationView): { seconds: number; what: 'hold' | 'answer' | 'arrival' } | null {
  if (allocation.state === 'held' && allocation.expiresInSeconds !== null) return { seconds: allocation.expiresInSeconds, what: 'hold' };
  if (allocation.state === 'referred' && allocation.answerInSeconds !== null)
    return { seconds: allocation.answerInSeconds, what: 'answer' };
  if (allocation.state === 'accepted' && allocation.expiresInSeconds !== null)
    return { seconds: allocation.expiresInSeconds, what: 'arrival' };
  return null;
}

/** What to do next about a need, and whether its time is running out. */
export function dueNext(line: PlacementLine, readAt: Instant, now: Instant): { words: string; isUrgent: boolean } {
  const { allocation, state } = line;
  const clock = allocation && clockOf(allocation);
  const left = clock ? clock.seconds * 1000 - (now - readAt) : 0;
  const until = clock ? sayNear(readAt + clock.seconds * 1000, now) : '';
  const neededBy = Date.parse(line.neededBy);
  switch (state) {
    case 'looking':
      return neededBy < now
        ? { words: `Find a bed: it was needed by ${sayNear(neededBy, now)}`, isUrgent: true }
        : { words: `Find a bed, needed by ${sayNear(neededBy, now)}`, isUrgent: neededBy - now < hourMs };
    case 'held':
      return {
        words: `${allocation?.may.includes('extend') ? 'Refer, extend or release' : 'Refer or release'} by ${until}`,
        isUrgent: left < 10 * minuteMs,
      };
    case 'referred':
      return left <= 0 || allocation?.escalatedAt
        ? { words: 'Phone the ward: no answer in time', isUrgent: true }
        : { words: `The ward answers by ${until}`, isUrgent: false };
    case 'accepted':
      return { words: `Record arrival by ${until}`, isUrgent: left < hourMs };
    case 'unable-to-place':
      return { words: 'Fill in the out-of-area record', isUrgent: false };
    case 'placed':
    case 'withdrawn':
      return { words: 'Nothing', isUrgent: false };
  }
}
