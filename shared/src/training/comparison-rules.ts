import { sayDay, sayMinutes } from '../kernel/local-time.ts';
import type { LocalDay } from '../kernel/local-time.ts';
import type { CourseDetail, DifferenceView, StandardView } from './contract.ts';

/** What of a course can be held beside another. A length or refresher of null isn't known; no techniques at all = not described. */
export type ComparedCourse = Pick<
  CourseDetail,
  'provider' | 'certificate' | 'certifiedUntil' | 'useOfForce' | 'syllabusMinutes' | 'techniques' | 'refresherMonths' | 'refresherMinutes'
>;

/** The standard of a competency, and whether it is about the use of force, whose providers have to be certified. */
export type ComparedStandard = StandardView & { useOfForce: boolean };

/** The other course, and whose it is in words. */
export type OtherCourse = ComparedCourse & { trustName: string };

type TechniqueTitles = ReadonlyMap<string, string>;

const notSaid = 'Not said';
const lengthWords = (minutes: number | null) => (minutes === null ? notSaid : sayMinutes(minutes));
const monthsWords = (months: number | null) => (months === null ? notSaid : months === 1 ? 'Every month' : `Every ${months} months`);

type Said = { title: string; otherIs: string };

/** Two amounts, either of which may not be known. */
function amounts(
  aspect: DifferenceView['aspect'],
  { title, otherIs }: Said,
  ours: number | null,
  other: number | null,
  words: (amount: number | null) => string,
  moreWords: string,
  lessWords: string,
): DifferenceView {
  const shown = { aspect, title, ours: words(ours), other: words(other) };
  if (ours === null || other === null) {
    return { ...shown, verdict: 'unknown', sentence: ours === null ? 'This course does not say.' : `${otherIs} does not say.` };
  }
  if (ours === other) return { ...shown, verdict: 'same', sentence: `The same as ${lower(otherIs)}.` };
  const verdict = ours > other ? 'more' : 'less';
  return {
    ...shown,
    verdict,
    sentence: `${verdict === 'more' ? moreWords : lessWords} ${lower(otherIs)} (${words(other).toLowerCase()}).`,
  };
}

const lower = (words: string) => (words.startsWith('The ') ? `the${words.slice(3)}` : words);

/** Techniques by title, those of either side: has, lacks or the same; unknown where a side describes none. */
function techniqueDifferences(
  ours: readonly string[],
  other: readonly string[],
  titles: TechniqueTitles,
  otherIs: string,
  asks: 'asks for' | 'teaches',
): DifferenceView[] {
  const titleOf = (code: string) => titles.get(code) ?? code;
  return [...new Set([...other, ...ours])].map((code): DifferenceView => {
    const title = titleOf(code);
    const [weDo, theyDo] = [ours.includes(code), other.includes(code)];
    const words = (described: readonly string[], does: boolean) => (described.length === 0 ? notSaid : does ? 'Yes' : 'No');
    const shown = { aspect: 'technique' as const, title, ours: words(ours, weDo), other: words(other, theyDo) };
    if (ours.length === 0) return { ...shown, verdict: 'unknown', sentence: 'This course does not say what it teaches.' };
    if (other.length === 0) return { ...shown, verdict: 'unknown', sentence: `${otherIs} does not say what it ${asks}.` };
    if (weDo && theyDo) return { ...shown, verdict: 'same', sentence: `Teaches it, and ${lower(otherIs)} ${asks} it.` };
    if (weDo)
      return {
        ...shown,
        verdict: 'has',
        sentence: `Teaches it, and ${lower(otherIs)} does not${asks === 'teaches' ? '' : ' ask for it'}.`,
      };
    return { ...shown, verdict: 'lacks', sentence: `Does not teach it, and ${lower(otherIs)} ${asks} it.` };
  });
}

function certificateWords({ certificate, certifiedUntil }: ComparedCourse, today: LocalDay): string {
  if (certifiedUntil === null) return certificate ? `${certificate}, without an end: does not count` : 'None';
  return `${certificate ? `${certificate}, ` : ''}${certifiedUntil < today ? 'ended on' : 'until'} ${sayDay(certifiedUntil, true)}`;
}

// The last day is a day it is certified on; none is not certified (rules-staffing, section 2, d).
const isCertified = ({ certifiedUntil }: ComparedCourse, today: LocalDay) => certifiedUntil !== null && today <= certifiedUntil;

/**
 * A course held to the standard of its competency on `today`, aspect by aspect, for leads to judge: this decides nothing. Length and refresher
 * in minutes, said as hours; the time between refreshers in months, where fewer is more often. The certificate is asked of use-of-force
 * training alone (Restraint Reduction Network training standards; rules-staffing, section 2). No standard = nothing to hold it to.
 */
export function againstStandard(
  course: ComparedCourse,
  standard: ComparedStandard | null,
  techniqueTitles: TechniqueTitles,
  today: LocalDay,
): DifferenceView[] {
  if (!standard) return [];
  const otherIs = 'The standard';
  const certified = isCertified(course, today);
  return [
    amounts(
      'length',
      { title: 'Length', otherIs },
      course.syllabusMinutes,
      standard.minimumMinutes,
      lengthWords,
      'Longer than',
      'Shorter than',
    ),
    ...techniqueDifferences(course.techniques, standard.techniques, techniqueTitles, otherIs, 'asks for'),
    ...(standard.useOfForce
      ? [
          {
            aspect: 'certificate' as const,
            title: 'Provider’s certificate',
            verdict: certified ? ('same' as const) : ('lacks' as const),
            ours: certificateWords(course, today),
            other: 'In date',
            sentence: certified
              ? 'The provider is certified, as use-of-force training must be.'
              : 'The provider is not certified today, and use-of-force training must be.',
          },
        ]
      : []),
    ...refresherDifferences(course, standard, otherIs),
    forceDifference(course.useOfForce, standard.useOfForce, otherIs),
  ];
}

function refresherDifferences(
  course: ComparedCourse,
  other: Pick<ComparedCourse, 'refresherMonths' | 'refresherMinutes'>,
  otherIs: string,
): DifferenceView[] {
  const between = { title: 'Time between refreshers', otherIs };
  const length = { title: 'Length of a refresher', otherIs };
  return [
    amounts('refresher', between, course.refresherMonths, other.refresherMonths, monthsWords, 'Less often than', 'More often than'),
    amounts('refresher', length, course.refresherMinutes, other.refresherMinutes, lengthWords, 'Longer than', 'Shorter than'),
  ];
}

function forceDifference(ours: boolean, other: boolean, otherIs: string): DifferenceView {
  const words = (force: boolean) => (force ? 'Yes' : 'No');
  const shown = { aspect: 'use-of-force' as const, title: 'Use of force', ours: words(ours), other: words(other) };
  if (ours === other) return { ...shown, verdict: 'same', sentence: `The same as ${lower(otherIs)}.` };
  return {
    ...shown,
    verdict: 'differs',
    sentence: ours
      ? `Is about the use of force, and ${lower(otherIs)} is not.`
      : `Is not about the use of force, and ${lower(otherIs)} is.`,
  };
}

/**
 * A course held beside another trust's for the same competency on `today`: what it has, lacks and does differently. The same rows as
 * `againstStandard`, and the provider.
 */
export function besideCourse(
  course: ComparedCourse,
  other: OtherCourse,
  techniqueTitles: TechniqueTitles,
  today: LocalDay,
): DifferenceView[] {
  const otherIs = `The course of ${other.trustName}`;
  return [
    amounts(
      'length',
      { title: 'Length', otherIs },
      course.syllabusMinutes,
      other.syllabusMinutes,
      lengthWords,
      'Longer than',
      'Shorter than',
    ),
    ...techniqueDifferences(course.techniques, other.techniques, techniqueTitles, otherIs, 'teaches'),
    providerDifference(course.provider, other.provider, otherIs),
    ...(course.useOfForce || other.useOfForce ? [certificateDifference(course, other, otherIs, today)] : []),
    ...refresherDifferences(course, other, otherIs),
    forceDifference(course.useOfForce, other.useOfForce, otherIs),
  ];
}

function providerDifference(ours: string | null, other: string | null, otherIs: string): DifferenceView {
  const shown = { aspect: 'provider' as const, title: 'Provider', ours: ours ?? notSaid, other: other ?? notSaid };
  if (ours === null || other === null) {
    return { ...shown, verdict: 'unknown', sentence: ours === null ? 'This course does not say.' : `${otherIs} does not say.` };
  }
  if (ours === other) return { ...shown, verdict: 'same', sentence: `The same as ${lower(otherIs)}.` };
  return { ...shown, verdict: 'differs', sentence: `Another provider than ${lower(otherIs)}.` };
}

function certificateDifference(course: ComparedCourse, other: ComparedCourse, otherIs: string, today: LocalDay): DifferenceView {
  const shown = {
    aspect: 'certificate' as const,
    title: 'Provider’s certificate',
    ours: certificateWords(course, today),
    other: certificateWords(other, today),
  };
  const [ours, theirs] = [isCertified(course, today), isCertified(other, today)];
  if (ours && theirs) return { ...shown, verdict: 'same', sentence: 'Both providers are certified today.' };
  if (ours) return { ...shown, verdict: 'has', sentence: `The provider is certified today, and that of ${lower(otherIs)} is not.` };
  if (theirs) return { ...shown, verdict: 'lacks', sentence: `The provider is not certified today, and that of ${lower(otherIs)} is.` };
  return { ...shown, verdict: 'same', sentence: 'Neither provider is certified today.' };
}
