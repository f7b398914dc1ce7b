import type {
  BedView,
  BoardView,
  BoardWard,
  CodesView,
  OpeningShift,
  OpeningsView,
  ServiceLineView,
  SuiteView,
} from '@homeward/shared/beds/contract.ts';
import type { BedState, ClosedReason, Freshness, FreshnessRule } from '@homeward/shared/beds/facts.ts';
import { agesAt, freshnessOf } from '@homeward/shared/beds/freshness-rules.ts';
import { usualSetting } from '@homeward/shared/beds/setting-rules.ts';
import type { Instant } from '@homeward/shared/kernel/interval.ts';
import { dayMs, hourMs, minuteMs } from '@homeward/shared/kernel/interval.ts';
import type { ComingHomeView } from '@homeward/shared/placements/contract.ts';
import { act, read, readIf } from '#lib/platform/api.ts';
import type { Tone } from '#lib/ui/Tag.svelte';
import type { IconName } from '#lib/ui/Icon.svelte';

type Fetch = typeof fetch;

export const readBoard = (fetch: Fetch) => read<BoardView>(fetch, '/beds/board');
export const readCodes = async (fetch: Fetch) => (await read<CodesView>(fetch, '/bed-codes')).body;

/** What stands around the board. Where one of them can't be read the board stands without it. */
export const readOpenings = (fetch: Fetch) => readIf<OpeningsView>(fetch, '/beds/openings').catch(() => null);
export const readComingHome = (fetch: Fetch) => readIf<ComingHomeView>(fetch, '/placements/coming-home').catch(() => null);
export const readSuites = async (fetch: Fetch) =>
  (await readIf<{ items: SuiteView[] }>(fetch, '/suites').catch(() => null))?.body.items ?? [];
export const readLines = async (fetch: Fetch) =>
  (await readIf<{ items: ServiceLineView[] }>(fetch, '/service-lines').catch(() => null))?.body.items ?? [];

/** All the beds of a ward as I may see them. */
export async function readBedsOf(fetch: Fetch, wardId: string) {
  const beds: BedView[] = [];
  let cursor: string | null = null;
  let at = null;
  do {
    const path: string = `/beds?wardId=${wardId}&limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`;
    const page: { body: { items: BedView[]; nextCursor: string | null }; at: Awaited<ReturnType<typeof read>>['at'] } = await read(
      fetch,
      path,
    );
    beds.push(...page.body.items);
    at ??= page.at;
    cursor = page.body.nextCursor;
  } while (cursor);
  return { beds, at };
}

/** Asks a ward to confirm its beds: what comes before holding a stale one. */
export const askWard = (wardId: string, unsure?: (words: string) => void) =>
  act<{ wardId: string; askedAt: string; card: BoardWard }>('POST', `/wards/${wardId}/beds/ask`, {}, { unsure });

export const sexWords: Record<string, string> = {
  female: 'Female',
  male: 'Male',
  mixed: 'Mixed',
  flexible: 'Flexible',
  separate: 'Separate areas',
};
export const sayWardSex = (sex: string | null) => (sex === null ? 'Not known' : (sexWords[sex] ?? sex));

/** By national code of the ward's intended age group. */
export const ageGroupWords: Record<string, string> = {
  '10': 'Children',
  '11': 'Young people',
  '12': 'Children and young people',
  '13': 'Adults',
  '14': 'Older adults',
  '15': 'Adults and older adults',
};

export const securityWords = ['General', 'Low secure', 'Medium secure', 'High secure'];
export const saySecurity = (level: number) => securityWords[level] ?? `Level ${level}`;
export const sayLocked = (locked: boolean | null) => (locked === null ? 'not known if locked' : locked ? 'locked' : 'open');

export const closedWords: Record<ClosedReason, string> = {
  staffing: 'staffing',
  infection: 'infection',
  'damage-or-repair': 'repair',
  acuity: 'acuity',
  'sex-of-accommodation': 'sex of accommodation',
  commissioner: 'commissioner',
  other: 'other',
};

export const bedStateWords: Record<BedState, { title: string; tone: Tone; icon: IconName }> = {
  available: { title: 'Free', tone: 'green', icon: 'tick' },
  held: { title: 'Held', tone: 'purple', icon: 'clock' },
  occupied: { title: 'Occupied', tone: 'grey', icon: 'person' },
  'on-leave': { title: 'On leave', tone: 'blue', icon: 'right' },
  closed: { title: 'Closed', tone: 'yellow', icon: 'cross' },
};

export const freshnessWords: Record<Freshness, string> = { fresh: 'Fresh', ageing: 'Ageing', stale: 'Stale' };

export const confirmedByWords: Record<'ward-manager' | 'bed-manager' | 'import', string> = {
  'ward-manager': 'the ward',
  'bed-manager': 'bed manager',
  import: 'import',
};

/** "1 bed", "3 beds". */
export const countOf = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** "under 1 min", "12 min", "5 h", "2 days": how old something is. */
export function sayAge(since: Instant, now: Instant): string {
  const age = Math.max(0, now - since);
  if (age < minuteMs) return 'under 1 min';
  if (age < hourMs) return `${Math.floor(age / minuteMs)} min`;
  if (age < 2 * dayMs) return `${Math.floor(age / hourMs)} h`;
  return `${Math.floor(age / dayMs)} days`;
}

interface Standing {
  freshness: Freshness;
  from: Instant;
  until: Instant;
}
const standings = new WeakMap<BoardWard, Standing>();

/**
 * What a card's figures are worth at `now`, by its trust's rule: never by what the server said when the card was sent, so that figures age
 * over a line that has dropped. Kept until they next lose standing: two hundred cards are asked at every tick.
 */
export function standingOf(card: BoardWard, now: Instant): Freshness {
  const kept = standings.get(card);
  if (kept && kept.from <= now && now < kept.until) return kept.freshness;
  const confirmedAt = card.confirmed ? Date.parse(card.confirmed.at) : null;
  const freshness = freshnessOf(confirmedAt, card.rule, now);
  standings.set(card, { freshness, from: now, until: agesAt(confirmedAt, card.rule, now) ?? Infinity });
  return freshness;
}

const order: Freshness[] = ['fresh', 'ageing', 'stale'];

/**
 * What a figure is worth at `now` where only its word came along, and no rule: by the usual rule, and never better than the server said.
 */
export function standingSince(
  confirmedAt: string | null,
  rule: FreshnessRule | undefined,
  said: Freshness | undefined,
  now: Instant,
): Freshness {
  const counted = freshnessOf(confirmedAt === null ? null : Date.parse(confirmedAt), rule ?? usualSetting, now);
  if (rule || said === undefined) return counted;
  return order[Math.max(order.indexOf(counted), order.indexOf(said))]!;
}

/** Shifts still to be filled among those that a closing named. */
export const toFill = (shifts: readonly OpeningShift[]) => shifts.filter((shift) => shift.status === 'open');

const received = new WeakMap<object, number>();

/**
 * When an answer came, on the browser's running clock, which nobody sets: what counts down does so from here. What the first page brought
 * along counts from when the server sent it.
 */
export function receiptOf(answer: object): number {
  let at = received.get(answer);
  if (at === undefined) {
    const [opened] = performance.getEntriesByType?.('navigation') ?? [];
    const isFirst = performance.now() < 10_000 && document.readyState !== 'complete';
    at = isFirst && opened ? (opened as PerformanceNavigationTiming).responseStart : performance.now();
    received.set(answer, at);
  }
  return at;
}

/** "24:10", and from an hour on "11 h 40 min". */
export function sayLeft(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole >= 3600) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
