import { sql, type Kysely } from 'kysely';
import type { Instant } from '@homeward/shared/kernel/interval.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import type { DB } from '../types.ts';
import { accountsOf } from './accounts.ts';
import { placesOf } from './places.ts';
import { insertRows, type Clock, type Rows } from './rows.ts';
import { shiftsOf } from './shifts.ts';
import { coursesOf, trainingOf } from './training.ts';
import { workersOf } from './workers.ts';
import { workingTimeOf } from './working-time.ts';

/** A table stands after those it refers to. */
const order = [
  'trust',
  'collaborative',
  'collaborativeMember',
  'place',
  'outwardCode',
  'site',
  'ward',
  'wardSex',
  'sharingAgreement',
  'trustSetting',
  'wardWave',
  'person',
  'worker',
  'workerRevision',
  'bank',
  'bankStaffGroup',
  'bankMember',
  'bankMembership',
  'restriction',
  'competency',
  'competencyPeriod',
  'course',
  'courseRevision',
  'trainingRecord',
  'trainingRevocation',
  'alignment',
  'alignmentState',
  'alignmentPilotWard',
  'requirement',
  'duty',
  'dutyRevision',
  'unavailability',
  'account',
  'accountRole',
  'shiftReason',
  'cancelReason',
  'shift',
  'booking',
  'shiftRequest',
] as const satisfies (keyof DB)[];

/** Everything the demonstration holds, worked out before anything is written: the same clock gives the same rows. */
export function demonstrationOf(now: Instant, passwordHash: string) {
  const clock: Clock = { now, today: localDayOf(now) };
  const places = placesOf(clock);
  const workers = workersOf(clock, places);
  const courses = coursesOf(clock, places);
  const training = trainingOf(clock, courses, workers);
  const workingTime = workingTimeOf(clock, places, workers);
  const accounts = accountsOf(clock, places, workers, passwordHash);
  const shifts = shiftsOf(clock, { places, workers, courses, training, workingTime, accounts });
  const rows: Rows = {
    ...places.rows,
    ...workers.rows,
    ...courses.rows,
    ...training.rows,
    ...workingTime.rows,
    ...accounts.rows,
    ...shifts.rows,
  };
  return { rows, events: shifts.events };
}

/**
 * Fills an empty, migrated database with the demonstration (contract, section 5), in one transaction: all of it is there or none.
 * @param now the program's clock, from which everything is dated
 * @param passwordHash what opens every account of the demonstration, hashed by the caller
 */
export async function fillDemonstration(db: Kysely<DB>, { now, passwordHash }: { now: Instant; passwordHash: string }): Promise<void> {
  const { rows, events } = demonstrationOf(now, passwordHash);
  await db.transaction().execute(async (trx) => {
    for (const table of order) await insertRows(trx, table, (rows[table] ?? []) as never[]);
    await sql`select append_events(${JSON.stringify(events)}::jsonb)`.execute(trx);
  });
  // Without figures about a table just filled, the planner took 0.8 s for what it does in 3 ms with them.
  await sql`analyze`.execute(db);
}
