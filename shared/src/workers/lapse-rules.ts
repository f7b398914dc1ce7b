import { addDays } from '../kernel/local-time.ts';
import type { LocalDay } from '../kernel/local-time.ts';
import type { TrustCode } from '../places/facts.ts';
import type { GroundFacts } from '../shifts/facts.ts';
import { firstDayOut } from '../training/rules.ts';
import type { WorkerFacts } from './facts.ts';

/** How far ahead a worker and their bank office are told of an end (issue of safe sharing, 6). */
export const lapsingDays = 60;

/** Something of a worker's that ends; `on` is its last day. `code` says which one, the same as long as it is the same thing. */
export interface EndOf {
  on: LocalDay;
  what: string;
  about: 'training' | 'registration' | 'check' | 'opt-out' | 'bank' | 'restriction';
  code: string;
}

/** How many months a trust counts a competency's training today. */
export interface PeriodToday {
  trust: TrustCode;
  competency: string;
  title: string;
  months: number;
}

/** What ends last of several of a kind; null where one of them has no end. */
function lastOf(ends: readonly (LocalDay | null)[]): LocalDay | null {
  return ends.reduce((last, end) => (last === null || end === null ? null : last > end ? last : end));
}

/**
 * What of a worker's ends from `today` until `withinDays` days on, both days included, soonest first: training by the home trust's periods
 * (of each competency the record that lasts longest, revoked ones left out), registration, right to work and DBS, opt-out, bank memberships
 * (of each bank the last) and do-not-book entries. Only the last day is told, not whether it counts today: that is reach's.
 */
export function lapsesOf(
  worker: Pick<WorkerFacts, 'homeTrust' | 'records' | 'registration' | 'checks' | 'optOut' | 'banks' | 'restrictions'>,
  periods: readonly PeriodToday[],
  ground: Pick<GroundFacts, 'courses' | 'banks'>,
  today: LocalDay,
  withinDays = lapsingDays,
): EndOf[] {
  const last = addDays(today, withinDays);
  const found: EndOf[] = [];
  const add = (on: LocalDay | null, what: string, about: EndOf['about'], code: string) => {
    if (on !== null && today <= on && on <= last) found.push({ on, what, about, code });
  };

  for (const { trust, competency, title, months } of periods) {
    if (trust !== worker.homeTrust) continue;
    const ends = worker.records
      .filter((record) => record.revoked === null && ground.courses.get(record.courseId)?.competency === competency)
      .map((record) => addDays(firstDayOut(record, months), -1));
    if (ends.length > 0) add(lastOf(ends), `${title} ends`, 'training', competency);
  }
  const { body, untilDay } = worker.registration;
  add(untilDay, body === null ? 'Registration ends' : `${body} registration ends`, 'registration', body ?? 'registration');
  add(worker.checks['right-to-work'].untilDay, 'Right to work check ends', 'check', 'right-to-work');
  add(worker.checks.dbs.untilDay, 'DBS check ends', 'check', 'dbs');
  add(worker.optOut?.untilDay ?? null, '48-hour opt-out ends', 'opt-out', 'opt-out');
  for (const [bankId, memberships] of Map.groupBy(worker.banks, (membership) => membership.bankId)) {
    const name = ground.banks.find((bank) => bank.id === bankId)?.name;
    const end = lastOf(memberships.map((membership) => membership.untilDay));
    add(end, name === undefined ? 'Bank membership ends' : `Membership of ${name} ends`, 'bank', bankId);
  }
  for (const { id, untilDay: end } of worker.restrictions) add(end, 'A ward’s do-not-book ends', 'restriction', id);

  return found.sort((a, b) => (a.on !== b.on ? (a.on < b.on ? -1 : 1) : a.what < b.what ? -1 : a.what > b.what ? 1 : 0));
}
