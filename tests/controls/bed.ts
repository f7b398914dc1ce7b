import type { Control, Controls, Edit } from './control.ts';
import { dropped } from './race.ts';

const file = 'tests/race-beds.test.ts';
const commands = 'api/src/placements/commands.ts';
const steps = 'api/src/placements/steps.ts';
const beds = 'api/src/beds/steps.ts';

const lock = 'select 1 from bed where id = any(${[...bedIds]}::uuid[]) order by id for no key update';
const noLock: Edit = { file: beds, find: lock, replace: 'select 1 from bed where id = any(${[...bedIds]}::uuid[]) order by id' };
const noRequestLock: Edit = {
  file: steps,
  find: 'select 1 from placement_request where id = ${id} for no key update',
  replace: 'select 1 from placement_request where id = ${id}',
};
const lapsed = "a.state in ('held', 'accepted') and a.expires_at <= clock_timestamp() as has_lapsed";
const written = 'with t as materialized (select clock_timestamp() as at)\n    update allocation a';
/** Both places where an act on a hold asks the time: before it decides, and in the statement that writes. */
const timeOfAct = (asked: string, writing = asked): Edit[] => [
  { file: commands, find: lapsed, replace: lapsed.replace('clock_timestamp()', asked) },
  { file: commands, find: written, replace: written.replace('clock_timestamp()', writing) },
];

const waits = (broken: string, edits: Edit[]): Control => ({ broken, edits, caughtBy: { file, test: 'an act that waits' } });
const managers = (broken: string, edits: Edit[]): Control => ({ broken, edits, caughtBy: { file, test: 'bed managers hold one bed' } });

export const controls: Controls = () => [
  waits('acts on a hold go by now(), the start of the transaction', timeOfAct('now()')),
  waits('acts on a hold go by the clock of the program', [
    ...timeOfAct('${new Date(platform.clock.now())}::timestamptz', '${new Date(now)}::timestamptz'),
    {
      file: 'api/src/platform/transaction.ts',
      find: '  return clock.at(rows[0]!.at);',
      replace: '  return rows.length > 0 ? clock.now() : 0;',
    },
  ]),
  waits('a hold begins when its transaction did', [
    {
      file: steps,
      find: 'with t as materialized (select clock_timestamp() as at)\n    insert into allocation',
      replace: 'with t as materialized (select now() as at)\n    insert into allocation',
    },
  ]),
  managers('a hold ends by the clock of the program', [
    {
      file: steps,
      find: 't.at + make_interval(mins => ${ground.settingOf(bed.trust).holdMinutes})',
      replace: '${new Date(clock.now())}::timestamptz + make_interval(mins => ${ground.settingOf(bed.trust).holdMinutes})',
    },
  ]),
  managers('the bed is not locked, and no index stands behind it', [noLock, dropped('drop index a_bed_has_one_live_allocation')]),
  managers('the bed is not locked', [noLock]),
  managers('whoever finds the bed locked skips it', [{ file: beds, find: lock, replace: `${lock} skip locked` }]),
  {
    broken: 'the request is not locked, and no index stands behind it',
    edits: [noRequestLock, dropped('drop index a_request_has_one_live_allocation')],
    caughtBy: { file, test: 'several beds for one person' },
  },
  {
    broken: 'the index that keeps one live allocation of a bed is gone',
    edits: [dropped('drop index a_bed_has_one_live_allocation')],
    caughtBy: { file, test: 'the database alone' },
  },
  {
    broken: 'the index that keeps one live allocation of a request is gone',
    edits: [dropped('drop index a_request_has_one_live_allocation')],
    caughtBy: { file, test: 'the database alone' },
  },
  managers('only the sweep ends a hold, not whoever wants its bed', [
    {
      file: steps,
      find: '  await expireLapsed(trx, which, now);\n  const { rows } = await sql<LiveAllocation>`',
      replace: '  const { rows } = await sql<LiveAllocation>`',
    },
  ]),
  {
    broken: 'a hold that has run out can still be referred until it is swept',
    edits: timeOfAct("'-infinity'::timestamptz"),
    caughtBy: { file, test: 'around the moment' },
  },
  {
    broken: 'a ward says what a bed is, whoever holds it',
    edits: [
      {
        file: 'api/src/beds/commands.ts',
        find: `    const live = await liveAllocation(trx, { bedId }, now);
    if (live) return bedTaken(live, platform.clock, now);
    if (!isAlready(bed, said)) {`,
        replace: '    if (!isAlready(bed, said)) {',
      },
    ],
    caughtBy: { file, test: 'a ward closes a bed' },
  },
];
