import type { CouldHaveWorked } from '@homeward/shared/assurance/contract.ts';
import { addDays, localDayOf, localTimeOf } from '@homeward/shared/kernel/local-time.ts';
import type { WardView } from '@homeward/shared/places/contract.ts';
import { read, readIf } from '#lib/platform/api.ts';
import { trustNamesOf } from '#lib/places/client.ts';
import { nowOf } from '#lib/platform/live.svelte.ts';
import { fields, instantsAsked, type WhoForm } from './asked.ts';
import type { PageLoad } from './$types';

const outcomes = ['eligible', 'override', 'blocked'] as const;

export const load: PageLoad = async ({ fetch, url, parent }) => {
  const [wards, trusts, { session }] = await Promise.all([
    read<{ items: WardView[] }>(fetch, '/wards?limit=100'),
    read<{ items: { code: string; name: string }[] }>(fetch, '/trusts'),
    parent(),
  ]);
  const now = nowOf(session);
  const today = localDayOf(now);
  const typed = (name: string) => url.searchParams.get(name)?.trim() ?? '';
  const isAsked = fields.some((name) => url.searchParams.has(name));
  const first: WhoForm = {
    wardId: '',
    role: 'rmn',
    band: '5',
    day: addDays(today, -1),
    start: '20:00',
    end: '08:00',
    breakMinutes: '60',
    asOfDay: today,
    asOfTime: localTimeOf(now),
  };
  const form = Object.fromEntries(fields.map((name) => [name, isAsked ? typed(name) : first[name]])) as WhoForm;
  const { errors, asked } = isAsked ? instantsAsked(form, now) : { errors: [], asked: null };
  const outcome = outcomes.find((one) => one === typed('outcome')) ?? 'eligible';
  let query: string | null = null;
  let found: CouldHaveWorked | null = null;
  if (asked) {
    const at = (instant: number) => new Date(instant).toISOString();
    query = new URLSearchParams({
      wardId: form.wardId,
      role: form.role,
      band: form.band,
      startsAt: at(asked.startsAt),
      endsAt: at(asked.endsAt),
      breakMinutes: form.breakMinutes,
      asOf: at(asked.asOf),
      outcome,
      limit: '50',
    }).toString();
    found = (await readIf<CouldHaveWorked>(fetch, `/audit/could-have-worked?${query}`))?.body ?? null;
    if (!found) errors.push({ field: 'wardId', message: 'That ward was not known then.' });
  }
  return { wards: wards.body.items, trustName: trustNamesOf(trusts.body.items), form, errors, outcome, query, found };
};
