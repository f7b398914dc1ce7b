import type { CourseDetail } from '@homeward/shared/training/contract.ts';
import { isRealDay } from '@homeward/shared/kernel/local-time.ts';
import { readHours, writeHours } from '#lib/training/client.ts';
import type { FormError } from '#lib/ui/ErrorSummary.svelte';

/** A description as it is typed: lengths in hours, everything a string until it is sent. */
export interface Described {
  title: string;
  provider: string;
  certificate: string;
  certifiedUntil: string;
  /** 'yes' while a day is being typed that isn't one yet would otherwise be sent as "not certified". */
  isCertified: string;
  hours: string;
  techniques: string[];
  refresherMonths: string;
  refresherHours: string;
}

export const describedOf = (course: CourseDetail | null): Described => ({
  title: course?.title ?? '',
  provider: course?.provider ?? '',
  certificate: course?.certificate ?? '',
  certifiedUntil: course?.certifiedUntil ?? '',
  isCertified: course ? (course.certifiedUntil ? 'yes' : 'no') : '',
  hours: writeHours(course?.syllabusMinutes ?? null),
  techniques: [...(course?.techniques ?? [])],
  refresherMonths: course?.refresherMonths ? String(course.refresherMonths) : '',
  refresherHours: writeHours(course?.refresherMinutes ?? null),
});

const orNull = (text: string) => text.trim() || null;
const readMonths = (typed: string) => (typed.trim() === '' ? null : /^\d{1,3}$/.test(typed.trim()) ? Number(typed.trim()) : NaN);

/** What is sent, under the names the API gives its fields. */
export const bodyOf = (form: Described, useOfForce: boolean) => ({
  title: form.title.trim(),
  provider: orNull(form.provider),
  certificate: useOfForce ? orNull(form.certificate) : null,
  certifiedUntil: useOfForce && form.isCertified === 'yes' ? orNull(form.certifiedUntil) : null,
  syllabusMinutes: readHours(form.hours),
  techniques: form.techniques,
  refresherMonths: readMonths(form.refresherMonths),
  refresherMinutes: readHours(form.refresherHours),
});

export function checkDescribed(form: Described, useOfForce: boolean): FormError[] {
  const errors: FormError[] = [];
  if (!form.title.trim()) errors.push({ field: 'title', message: 'Say what the course is called.' });
  if (Number.isNaN(readHours(form.hours)))
    errors.push({ field: 'syllabusMinutes', message: 'Type the length as hours, such as 30 or 7.5.' });
  if (Number.isNaN(readHours(form.refresherHours)))
    errors.push({ field: 'refresherMinutes', message: 'Type the length of the refresher as hours, such as 7.5.' });
  if (Number.isNaN(readMonths(form.refresherMonths)))
    errors.push({ field: 'refresherMonths', message: 'Type how often as a number of months, such as 12.' });
  if (useOfForce && !form.isCertified) errors.push({ field: 'isCertified', message: 'Say whether the provider is certified.' });
  if (useOfForce && form.isCertified === 'yes' && !isRealDay(form.certifiedUntil))
    errors.push({ field: 'certifiedUntil', message: 'Type the last day of the certificate as day, month and year.' });
  return errors;
}
