import type { AccountRole, SessionView } from '@homeward/shared/accounts/contract.ts';
import type { FrameType } from '@homeward/shared/kernel/event.ts';
import type { AlignmentView, CourseView, EffectView, StandardView } from '@homeward/shared/training/contract.ts';
import type { AlignmentState } from '@homeward/shared/training/facts.ts';
import { addDays, localDayOf, localTimeOf, sayDay, sayInstant, sayMinutes } from '@homeward/shared/kernel/local-time.ts';
import type { LocalDay } from '@homeward/shared/kernel/local-time.ts';
import type { Problem } from '@homeward/shared/kernel/wire.ts';
import type { Position } from '#lib/platform/api.ts';
import { live } from '#lib/platform/live.svelte.ts';
import type { IconName } from '#lib/ui/Icon.svelte';
import type { Tone } from '#lib/ui/Tag.svelte';

export interface List<T> {
  items: T[];
}

/** What these pages show rests on facts of many kinds, a few hundred words in all: read again when one changes rather than patched. */
const news = new Set<FrameType>([
  'alignment.changed',
  'course.changed',
  'period.changed',
  'delegation.changed',
  'ward.changed',
  'training.changed',
  'import.applied',
]);

export const followTraining = (at: Position | null) => live.follow(at, ({ type }) => void (news.has(type) && live.reloadSoon()));

/** The trusts I am training lead of. */
export const leadOf = (session: SessionView | null): string[] =>
  (session?.roles ?? []).flatMap(({ role, trust }) => (role === 'training-lead' && trust ? [trust] : []));

export const isOneOf = (session: SessionView | null, ...wanted: AccountRole[]): boolean =>
  (session?.roles ?? []).some(({ role }) => wanted.includes(role));

/** A ward by its name and, since many are called "Ward 1", the site in its code: "Ward 5, Becklin". */
export const sayPilotWard = ({ name, code }: { name: string; code: string }): string =>
  `${name}, ${code.split('/')[0]!.replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => `${dash && ' '}${letter.toUpperCase()}`)}`;

/** The end of a pilot: the end of its last day where it ends at midnight, as people set it; else the instant. */
export function sayPilotEnd(until: string): string {
  const end = Date.parse(until);
  return localTimeOf(end) === '00:00' ? `at the end of ${sayDay(addDays(localDayOf(end), -1), true)}` : `on ${sayInstant(end, true)}`;
}

export const sayMonths = (months: number): string =>
  months % 12 === 0 ? (months === 12 ? '1 year' : `${months / 12} years`) : months === 1 ? '1 month' : `${months} months`;

/** "every year, 7 h 30 min each time"; null where nothing is known. */
export function sayRefresher(rule: Pick<StandardView, 'refresherMonths' | 'refresherMinutes'>): string | null {
  const { refresherMonths, refresherMinutes } = rule;
  if (refresherMonths === null && refresherMinutes === null) return null;
  const often = refresherMonths === null ? 'How often is not known' : `Every ${sayMonths(refresherMonths).replace(/^1 /, '')}`;
  return refresherMinutes === null ? often : `${often}, ${sayMinutes(refresherMinutes)} each time`;
}

/** Hours as people type them, "7.5" or "7,5", as minutes; null for nothing typed, NaN for what isn't a number. */
export function readHours(typed: string): number | null {
  const text = typed.trim().replace(',', '.');
  return text === '' ? null : /^\d{1,4}(\.\d{1,2})?$/.test(text) ? Math.round(Number(text) * 60) : NaN;
}

export const writeHours = (minutes: number | null): string => (minutes === null ? '' : String(Math.round((minutes / 60) * 100) / 100));

/** What would change, or why that can't be said now. */
export type EffectAnswer = { effect: EffectView } | { words: string };

/** Asks what an act would change. Never answered from what was seen before: whoever decides by it must see it as it is now. */
export async function effectOf(path: string, signal: AbortSignal): Promise<EffectAnswer> {
  const response = await fetch(`/api/v1${path}`, { headers: { accept: 'application/json' }, signal }).catch(() => null);
  signal.throwIfAborted();
  if (!response) return { words: 'You are offline, so what would change cannot be worked out.' };
  const body = (await response.json().catch(() => null)) as unknown;
  if (response.ok && body) return { effect: body as EffectView };
  const problem = body as Problem | null;
  return { words: problem?.errors?.[0]?.message ?? problem?.title ?? 'Something went wrong on our side.' };
}

/** What one trust's newest course for one competency has come to; `own` means nobody has compared it with the standard yet. */
export type CourseState = AlignmentState | 'own' | 'none';

export const stateWords: Record<CourseState, { title: string; tone: Tone; icon: IconName | null; says: string }> = {
  none: { title: 'No course', tone: 'grey', icon: null, says: 'This trust teaches no course for it.' },
  own: {
    title: 'Own trust only',
    tone: 'grey',
    icon: null,
    says: 'It counts at its own trust. Nobody has compared it with the shared standard yet.',
  },
  draft: {
    title: 'Draft',
    tone: 'grey',
    icon: 'list',
    says: 'It is being compared with the shared standard. It counts at its own trust only.',
  },
  'in-review': {
    title: 'In review',
    tone: 'blue',
    icon: 'ask',
    says: 'Every trust’s training lead signs or objects. Until all have signed it counts at its own trust only.',
  },
  'stress-testing': {
    title: 'Pilot',
    tone: 'yellow',
    icon: 'clock',
    says: 'It counts on the pilot wards, for shifts that start before the pilot ends, and at its own trust.',
  },
  validated: { title: 'Validated', tone: 'green', icon: 'tick', says: 'It counts at every trust of the collaborative.' },
  withdrawn: {
    title: 'Withdrawn',
    tone: 'red',
    icon: 'cross',
    says: 'It no longer counts at other trusts. Bookings that rested on it are looked at again.',
  },
};

const soonDays = 90;

/** A use-of-force course only counts while its provider is certified: how long that still is, where it needs saying. */
export function certificateWords(course: CourseView, today: LocalDay): { words: string; isOver: boolean } | null {
  if (!course.useOfForce) return null;
  const until = course.certifiedUntil;
  if (!until) return { words: 'Provider not certified', isOver: true };
  if (until < today) return { words: `Certificate ended ${sayDay(until, true).slice(4)}`, isOver: true };
  return until <= addDays(today, soonDays) ? { words: `Certificate ends ${sayDay(until, true).slice(4)}`, isOver: false } : null;
}

export interface AlignedCourse {
  course: CourseView;
  alignment: AlignmentView | null;
  state: CourseState;
}

/** A trust's courses for a competency, the newest version first. */
export function coursesOf(
  trust: string,
  competency: string,
  courses: readonly CourseView[],
  alignments: readonly AlignmentView[],
): AlignedCourse[] {
  return courses
    .filter((course) => course.trust === trust && course.meets === competency)
    .sort((a, b) => b.version.localeCompare(a.version, 'en', { numeric: true }) || a.code.localeCompare(b.code))
    .map((course) => {
      const alignment = alignments.find((one) => one.course.id === course.id && one.competency === competency) ?? null;
      return { course, alignment, state: alignment?.state ?? 'own' };
    });
}
