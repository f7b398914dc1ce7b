import type { AlignmentView, CourseView } from '@homeward/shared/training/contract.ts';
import type { AlignmentState } from '@homeward/shared/training/facts.ts';
import { addDays, sayDay } from '@homeward/shared/kernel/local-time.ts';
import type { LocalDay } from '@homeward/shared/kernel/local-time.ts';
import type { IconName } from '#lib/ui/Icon.svelte';
import type { Tone } from '#lib/ui/Tag.svelte';

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
