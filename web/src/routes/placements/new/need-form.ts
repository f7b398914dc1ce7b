import type { Instant } from '@homeward/shared/kernel/interval.ts';
import { hourMs } from '@homeward/shared/kernel/interval.ts';
import { addDays, instantsOf, isRealDay, localDayOf, sayTime } from '@homeward/shared/kernel/local-time.ts';
import type { DescribeNeed, PlacementLine } from '@homeward/shared/placements/contract.ts';
import { ageBands, whereNows, type AgeBand, type WhereNow } from '@homeward/shared/placements/facts.ts';
import { identityIn } from '@homeward/shared/placements/identity-rules.ts';
import { identityWords } from '#lib/placements/client.ts';
import type { FormError } from '#lib/ui/ErrorSummary.svelte';
import { readTime } from '#lib/wards/client.ts';

/** What is chosen and typed, as it is: nothing of it says who the person is. */
export interface NeedForm {
  sendingTrust: string;
  bedType: string;
  sex: string;
  ageBand: string;
  securityLevel: string;
  homePlace: string;
  legalStatus: string;
  whereNow: string;
  when: When;
  day: string;
  time: string;
  /** Which of the two is meant where the clocks show the time twice. */
  which: string;
  needs: string[];
  wishes: string;
  notes: string;
  continues: string;
}

type When = 'now' | 'four-hours' | 'tonight' | 'tomorrow' | 'own';

const tonightAt = '22:00';
const tomorrowAt = '12:00';

/** The usual answers to "needed by", as far as they still lie ahead. */
export function whensAt(now: Instant): { value: When; label: string }[] {
  const today = localDayOf(now);
  const tonight = instantsOf(today, tonightAt)[0]!;
  return [
    { value: 'now', label: 'Now' },
    { value: 'four-hours', label: 'In 4 hours' },
    ...(tonight > now + hourMs ? [{ value: 'tonight' as const, label: `Tonight ${tonightAt}` }] : []),
    { value: 'tomorrow', label: `Tomorrow ${tomorrowAt}` },
    { value: 'own', label: 'Another time' },
  ];
}

/** The age band that people in a bed of this type are of: types of the 300s are for children and young people. */
export function ageBandFor(bedType: string): AgeBand {
  if (bedType === '300') return 'child';
  if (bedType.startsWith('3')) return 'young-person';
  return bedType === '201' ? 'older-adult' : 'adult';
}

const secure: Record<string, string> = { '206': '1', '303': '1', '306': '1', '207': '2', '304': '2', '307': '2', '208': '3' };

/** The security a bed of this type has by its name. */
export const securityFor = (bedType: string): string => secure[bedType] ?? '0';

function mostCommon(values: string[]): string {
  const groups = [...Map.groupBy(values, (value) => value).values()];
  return groups.sort((a, b) => b.length - a.length)[0]?.[0] ?? '';
}

/** What is chosen before anybody has chosen: the commonest answers, and nothing where a wrong guess would find the wrong ward. */
export function usualNeed(given: { bedTypes: readonly string[]; places: readonly string[]; recent: readonly PlacementLine[] }): NeedForm {
  const bedType = given.bedTypes.includes('200') ? '200' : (given.bedTypes[0] ?? '');
  const home = mostCommon(given.recent.map((one) => one.homePlace));
  return {
    sendingTrust: '',
    bedType,
    sex: '',
    ageBand: ageBandFor(bedType),
    securityLevel: securityFor(bedType),
    homePlace: given.places.includes(home) ? home : '',
    legalStatus: '',
    whereNow: '',
    when: 'now',
    day: '',
    time: '',
    which: '',
    needs: [],
    wishes: '',
    notes: '',
    continues: '',
  };
}

/** A need that goes on from another is of the same person, so most of it is the same. */
export function goingOnFrom(form: NeedForm, before: PlacementLine): NeedForm {
  const { bedType, sex, ageBand, homePlace, legalStatus, needs, wishes, id, sendingTrust } = before;
  const away = before.state === 'unable-to-place' || before.outOfAreaId !== null;
  return {
    ...form,
    sendingTrust,
    bedType,
    sex,
    ageBand,
    homePlace,
    legalStatus,
    needs: [...needs],
    wishes,
    securityLevel: String(before.securityLevel),
    whereNow: away ? 'out-of-area' : form.whereNow,
    continues: id,
  };
}

/** What somebody was looking for on the board when they began to describe it. */
export function lookedFor(
  form: NeedForm,
  asked: Pick<URLSearchParams, 'get'>,
  given: { bedTypes: readonly string[]; places: readonly string[] },
): NeedForm {
  const [bedType, sex, homePlace] = [asked.get('bedType') ?? '', asked.get('sex') ?? '', asked.get('homePlace') ?? ''];
  return {
    ...form,
    ...(given.bedTypes.includes(bedType) && { bedType, ageBand: ageBandFor(bedType), securityLevel: securityFor(bedType) }),
    ...((sex === 'female' || sex === 'male') && { sex }),
    ...(given.places.includes(homePlace) && { homePlace }),
  };
}

interface Checked {
  need: DescribeNeed | null;
  errors: FormError[];
  /** Where the clocks show the time that was typed twice. */
  doubled: { value: string; label: string }[];
}

function neededBy(form: NeedForm, now: Instant): { at: Instant | null; error?: FormError; doubled: Checked['doubled'] } {
  const today = localDayOf(now);
  const one = (at: Instant) => ({ at, doubled: [] });
  if (form.when === 'now') return one(now);
  if (form.when === 'four-hours') return one(now + 4 * hourMs);
  if (form.when === 'tonight') return one(Math.max(now, instantsOf(today, tonightAt)[0]!));
  if (form.when === 'tomorrow') return one(instantsOf(addDays(today, 1), tomorrowAt)[0]!);
  if (!isRealDay(form.day)) return { at: null, error: { field: 'day', message: 'Give the day the bed is needed by.' }, doubled: [] };
  const instants = instantsOf(form.day, readTime(form.time));
  if (instants.length === 0)
    return { at: null, error: { field: 'time', message: 'Give the time the bed is needed by, such as 14:00.' }, doubled: [] };
  const doubled = instants.length > 1 ? instants.map((at) => ({ value: String(at), label: sayTime(at) })) : [];
  const at = instants.length === 1 ? instants[0]! : (instants.find((instant) => String(instant) === form.which) ?? null);
  return at === null
    ? { at, error: { field: 'which', message: 'The clocks show that time twice. Choose which you mean.' }, doubled }
    : { at, doubled };
}

/** What the form comes to: the need to send, or what is missing from it, field by field. */
export function check(form: NeedForm, now: Instant, trusts: readonly string[]): Checked {
  const errors: FormError[] = [];
  const missing = (field: string, message: string) => void errors.push({ field, message });
  if (trusts.length > 1 && !form.sendingTrust) missing('sendingTrust', 'Choose which trust sends.');
  if (!form.bedType) missing('bedType', 'Choose the bed type.');
  if (form.sex !== 'female' && form.sex !== 'male') missing('sex', 'Choose female or male accommodation.');
  if (!form.homePlace) missing('homePlace', 'Choose the home place.');
  if (!form.legalStatus) missing('legalStatus', 'Choose the legal status.');
  const ageBand = ageBands.find((one) => one === form.ageBand);
  if (!ageBand) missing('ageBand', 'Choose the age band.');
  const whereNow = whereNows.find((one): one is WhereNow => one === form.whereNow);
  if (!whereNow) missing('whereNow', 'Choose where the person is now.');
  const { at, error, doubled } = neededBy(form, now);
  if (error) errors.push(error);
  for (const field of ['wishes', 'notes'] as const) {
    const found = identityIn(form[field], localDayOf(now));
    if (found) missing(field, identityWords[found]);
  }
  if (errors.length > 0 || !ageBand || !whereNow || at === null) return { need: null, errors, doubled };
  return {
    errors,
    doubled,
    need: {
      ...(trusts.length > 1 ? { sendingTrust: form.sendingTrust } : {}),
      bedType: form.bedType,
      sex: form.sex as 'female' | 'male',
      ageBand,
      securityLevel: Number(form.securityLevel),
      homePlace: form.homePlace,
      legalStatus: form.legalStatus,
      whereNow,
      neededBy: new Date(at).toISOString(),
      needs: form.needs,
      wishes: form.wishes.trim(),
      notes: form.notes.trim(),
      ...(form.continues ? { continues: form.continues } : {}),
    },
  };
}
