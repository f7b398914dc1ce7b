import type { Controls, Edit } from './control.ts';

const file = 'tests/race.test.ts';
const commands = 'api/src/shifts/commands.ts';

/** Whatever index guards the thing is gone, as after a careless migration. */
export const dropped = (statement: string): Edit => ({
  file: 'db/migrations/20991231000000_shifts_broken.ts',
  text: `import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(\`${statement}\`).execute(db);
}
`,
});
const noIndex = dropped('drop index a_shift_has_one_live_booking');
const lock = 'select 1 from shift where id = ${shiftId} for no key update`.execute(trx);\n  const personId';

export const controls: Controls = () => [
  {
    broken: 'an accept checks, then writes: no lock on the shift, no index behind it',
    edits: [{ file: commands, find: lock, replace: 'select 1 from shift where id = ${shiftId}`.execute(trx);\n  const personId' }, noIndex],
    caughtBy: { file, test: '200 people' },
  },
  {
    broken: 'a shift is read before it is locked, and there is no index behind it',
    edits: [
      {
        file: commands,
        find: `  await sql\`${lock}`,
        replace: `  const shift = await storedShift(trx, shiftId);\n  await sql\`${lock}`,
      },
      { file: commands, find: '  const shift = await storedShift(trx, shiftId);\n  return shift ? {', replace: '  return shift ? {' },
      noIndex,
    ],
    caughtBy: { file, test: '200 people' },
  },
  {
    broken: 'whoever finds the shift locked skips it and is told that it is taken',
    edits: [
      {
        file: commands,
        find: `      const locked = await lockForBooking(trx, platform.clock, shiftId, workerId);
      if (!locked) return notHere();
      const { shift, personId, now } = locked;
      const afresh`,
        replace: `      const { rows: free } = await sql\`select 1 from shift where id = \${shiftId} for no key update skip locked\`.execute(trx);
      if (free.length === 0) return shiftTaken();
      const locked = await lockForBooking(trx, platform.clock, shiftId, workerId);
      if (!locked) return notHere();
      const { shift, personId, now } = locked;
      const afresh`,
      },
    ],
    caughtBy: { file, test: '200 people' },
  },
  {
    broken: 'the index that keeps one live booking of a shift is gone',
    edits: [noIndex],
    caughtBy: { file, test: 'the database alone' },
  },
  {
    broken: 'an idempotency key is ignored',
    edits: [
      { file: 'api/src/platform/operation.ts', find: '        key && scope ? onceOf(', replace: "        key === '' && scope ? onceOf(" },
    ],
    caughtBy: { file, test: '200 people' },
  },
  {
    broken: 'the second click of the winner is taken for a loss',
    edits: [{ file: commands, find: 'and k.key = ${act.once?.key ?? null})`', replace: 'and false)`' }],
    caughtBy: { file, test: '200 people' },
  },
  {
    broken: 'whoever is first gets it, eligible or not',
    edits: [
      { file: commands, find: "      if (afresh.decision.outcome !== 'eligible') return notEligible(afresh.decision);\n", replace: '' },
    ],
    caughtBy: { file, test: '200 people' },
  },
  {
    broken: 'a loser is told a time that is read after the answer, when the shift may be open again',
    edits: [{ file: commands, find: '...answer.refusal.more, next });', replace: 'next });' }],
    caughtBy: { file, test: 'given back' },
  },
];
