// What ends soon has been told already, on the day it came within 60 days: a demonstration that has run for months has nothing to catch up on.
import { hourMs } from '@homeward/shared/kernel/interval.ts';
import { addDays, startOfDay } from '@homeward/shared/kernel/local-time.ts';
import { lapsesOf, lapsingDays } from '@homeward/shared/workers/lapse-rules.ts';
import { Chance } from './chance.ts';
import { at, type Clock, type Row, type Told } from './rows.ts';
import type { Shifts } from './shifts.ts';
import type { Courses } from './training.ts';
import type { Workers } from './workers.ts';

export function noticesOf({ now, today }: Clock, { workers, courses, shifts }: { workers: Workers; courses: Courses; shifts: Shifts }) {
  const chance = new Chance('notices');
  const titles = new Map(courses.rows.competency.map(({ code, title }) => [code, title]));
  const periods = courses.rows.competencyPeriod.map(({ trust, competency, months }) => ({
    trust,
    competency,
    months,
    title: titles.get(competency)!,
  }));
  const events: Told[] = [];
  const notice = workers.list.flatMap((worker) =>
    lapsesOf(shifts.people.factsOf(worker), periods, shifts.ground, today).map((end): Row<'notice'> => {
      const toldAt = Math.min(now - hourMs, startOfDay(addDays(end.on, -lapsingDays)) + 6 * hourMs);
      const seenAt = toldAt + chance.whole(2, 200) * hourMs;
      const id = chance.id(toldAt);
      events.push({
        type: 'notice.given',
        at: toldAt,
        accountId: null,
        workerId: worker.id,
        data: { noticeId: id, personId: worker.personId },
      });
      return {
        id,
        workerId: worker.id,
        about: end.about,
        code: end.code,
        title: end.what,
        endsOn: end.on,
        toldAt: at(toldAt),
        seenAt: seenAt < now && chance.happens(0.7) ? at(seenAt) : null,
      };
    }),
  );
  const dailyRound: Row<'dailyRound'>[] = [
    {
      name: 'notices',
      day: today,
      reached: workers.list
        .map(({ id }) => id)
        .sort()
        .at(-1)!,
      finishedAt: at(now - hourMs),
    },
  ];
  return { rows: { notice, dailyRound }, events };
}
