// A fortnight of duties behind the clock and ahead of it, seventeen weeks of them for those who work near the limit, and the
// days people can't come. Times are local, so that a night stays 20:00–08:00 when the clocks change.
import { dayMs, hourMs, minuteMs, overlaps, type Instant, type Interval } from '@homeward/shared/kernel/interval.ts';
import { addDays, instantsOf, mondayOf, daysBetween, startOfDay, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import { Chance } from './chance.ts';
import type { Places, WardRow } from './places.ts';
import { at, period, type Clock, type Row } from './rows.ts';
import type { Worker, Workers } from './workers.ts';

/** The times wards really work to, with the unpaid break in minutes. */
export const turns = {
  early: { from: '07:00', to: '15:00', breakMinutes: 30 },
  late: { from: '13:30', to: '21:30', breakMinutes: 30 },
  long: { from: '07:30', to: '20:00', breakMinutes: 60 },
  night: { from: '20:00', to: '08:00', breakMinutes: 60 },
} as const;
export type Turn = keyof typeof turns;

/** When a turn of a local day begins and ends. None of these times is ever missing or doubled. */
export function turnOf(day: LocalDay, turn: Turn): Interval & { breakMinutes: number } {
  const { from, to, breakMinutes } = turns[turn];
  const [start] = instantsOf(day, from);
  const [end] = instantsOf(to < from ? addDays(day, 1) : day, to);
  if (start === undefined || end === undefined) throw new Error(`${day} has no ${from}–${to}.`);
  return { start, end, breakMinutes };
}

/** A fortnight of somebody's rota, day by day: (E)arly, (L)ate, long (D)ay, (N)ight, a dot for a day off. Eleven hours lie between any two. */
const rotas = ['DD..NN...DD...', 'EEE..LLL..EE..', 'NNN....NNN....', 'LL.NNN...EEE..', '..DD.EE..DD..L', 'EE...NNN...LL.'];
const letters: Record<string, Turn> = { E: 'early', L: 'late', D: 'long', N: 'night' };

export interface Duty extends Interval {
  worker: Worker;
  ward: WardRow | null;
  kind: 'duty' | 'training' | 'leave';
  breakMinutes: number;
}

/** Everything a person does or can't do, so that nothing is given to them twice. */
export class Diary {
  readonly #byPerson = new Map<string, Interval[]>();

  add(personId: string, interval: Interval): void {
    const own = this.#byPerson.get(personId) ?? [];
    own.push(interval);
    this.#byPerson.set(personId, own);
  }

  /** Is there nothing within `restHours` before or after? */
  isFree(personId: string, { start, end }: Interval, restHours = 11): boolean {
    const wide = { start: start - restHours * hourMs, end: end + restHours * hourMs };
    return !(this.#byPerson.get(personId) ?? []).some((taken) => overlaps(taken, wide));
  }
}

export function workingTimeOf({ now, today }: Clock, places: Places, workers: Workers) {
  const chance = new Chance('working-time');
  const diary = new Diary();
  const duties: Duty[] = [];
  const unavailability: Row<'unavailability'>[] = [];
  const firstDay = addDays(today, -14);
  const lastDay = addDays(today, 14);

  const give = (
    worker: Worker,
    interval: Interval & { breakMinutes?: number },
    kind: Duty['kind'] = 'duty',
    ward: WardRow | null = worker.ward,
  ) => {
    diary.add(worker.personId, interval);
    duties.push({
      worker,
      ward: kind === 'duty' ? ward : null,
      kind,
      start: interval.start,
      end: interval.end,
      breakMinutes: interval.breakMinutes ?? 0,
    });
  };
  const giveIfFree = (
    worker: Worker,
    interval: Interval & { breakMinutes: number },
    kind: Duty['kind'] = 'duty',
    ward: WardRow | null = worker.ward,
  ) => {
    if (diary.isFree(worker.personId, interval)) give(worker, interval, kind, ward);
  };
  const somewhereAtHome = (worker: Worker): WardRow | null => {
    const wards = places.wards.filter((ward) => ward.trust === worker.trust);
    return wards.length === 0 ? null : chance.pick(wards);
  };

  for (const [index, worker] of workers.list.entries()) {
    // Gaps first: their days are then left alone.
    if (worker.gap === 'on leave') {
      const from = addDays(today, chance.whole(0, 3));
      for (let day = 0; day < 9; day += 1)
        give(worker, { start: startOfDay(addDays(from, day)), end: startOfDay(addDays(from, day + 1)) }, 'leave');
    }
    if (worker.gap === 'unavailable') {
      for (const day of [1, 2, 3, 4, 5, 6, 7, 8, 9].filter(() => chance.happens(0.8))) {
        const interval = { start: startOfDay(addDays(today, day)), end: startOfDay(addDays(today, day + 1)) };
        diary.add(worker.personId, interval);
        unavailability.push({
          id: chance.id(now - 3 * dayMs),
          personId: worker.personId,
          period: period(interval.start, interval.end),
          recordedAt: at(now - 3 * dayMs),
          withdrawnAt: null,
        });
      }
    }
    if (worker.gap === 'short rest') {
      // A late tonight and another tomorrow: the early after either is 9 h 30 min away.
      for (const day of [today, addDays(today, 1)]) give(worker, turnOf(day, 'late'), 'duty', somewhereAtHome(worker));
      continue;
    }
    if (worker.gap?.startsWith('near 48 hours')) {
      nearTheLimit(worker, index, today, (interval) => giveIfFree(worker, interval, 'duty', worker.ward ?? somewhereAtHome(worker)));
      continue;
    }
    if (worker.ward) {
      const rota = rotas[index % rotas.length]!;
      const offset = chance.whole(0, 13);
      for (let day = firstDay; day <= lastDay; day = addDays(day, 1)) {
        const turn = letters[rota[(daysBetween(firstDay, day) + offset) % rota.length]!];
        if (turn) giveIfFree(worker, turnOf(day, turn));
      }
      continue;
    }
    // Bank-only people have a few duties behind them and mostly free days ahead.
    if (worker.gap === 'new starter') continue;
    for (let day = firstDay; day <= lastDay; day = addDays(day, 1)) {
      const chanceOfDuty = day < today ? 0.16 : 0.07;
      if (chance.happens(chanceOfDuty))
        giveIfFree(worker, turnOf(day, chance.pick(['early', 'late', 'long', 'night'] as const)), 'duty', somewhereAtHome(worker));
    }
    if (chance.happens(0.12)) {
      const day = addDays(today, chance.whole(-12, 12));
      const interval = { start: instantsOf(day, '09:00')[0]!, end: instantsOf(day, '16:30')[0]!, breakMinutes: 30 };
      giveIfFree(worker, interval, 'training');
    }
  }

  const serial = new Map<string, number>();
  const duty: (Row<'duty'> & { id: string })[] = [];
  const dutyRevision: (Row<'dutyRevision'> & { id: string })[] = [];
  for (const known of duties) {
    const { trust } = known.worker;
    const number = (serial.get(trust) ?? 0) + 1;
    serial.set(trust, number);
    const recordedAt: Instant = Math.min(now - dayMs, known.start - 28 * dayMs);
    const id = chance.id(recordedAt);
    duty.push({ id, trust, externalId: `R-${String(number).padStart(6, '0')}` });
    dutyRevision.push({
      id: chance.id(recordedAt),
      dutyId: id,
      workerId: known.worker.id,
      personId: known.worker.personId,
      wardId: known.ward?.id ?? null,
      kind: known.kind,
      period: period(known.start, known.end),
      breakMinutes: known.breakMinutes,
      recordedAt: at(recordedAt),
      replacedAt: null,
    });
  }
  return {
    // As the rules know a duty: by its revision, and since it was recorded.
    duties: duties.map((known, index) => ({
      ...known,
      id: dutyRevision[index]!.id,
      recordedAt: Date.parse(String(dutyRevision[index]!.recordedAt)),
    })),
    diary,
    rows: { duty, dutyRevision, unavailability },
  };
}
export type WorkingTime = ReturnType<typeof workingTimeOf>;

/**
 * Nineteen weeks of four twelve-hour days, with a break that leaves between nothing and some nine hours under the average of
 * 48 hours a week: some may still take an early, and none a night.
 */
function nearTheLimit(worker: Worker, index: number, today: LocalDay, give: (interval: Interval & { breakMinutes: number }) => void): void {
  const unpaid = [30, 45, 38, 42][index % 4]!;
  const firstMonday = mondayOf(addDays(today, -17 * 7));
  for (let week = 0; week < 19; week += 1) {
    for (const day of [
      [0, 1, 3, 4],
      [0, 2, 3, 6],
      [1, 2, 4, 5],
    ][(week + index) % 3]!) {
      give({ ...turnOf(addDays(firstMonday, week * 7 + day), 'long'), breakMinutes: unpaid });
    }
  }
}

/** The next time a turn begins that people could still be asked for, at least `soonest` after the clock. */
export function nextTurn({ now, today }: Clock, turn: Turn, soonestMinutes = 45): LocalDay {
  const starts = turnOf(today, turn).start;
  return starts >= now + soonestMinutes * minuteMs ? today : addDays(today, 1);
}
