import { sql, type Kysely } from 'kysely';
import type { Instant } from '@homeward/shared/kernel/interval.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import type { DB } from '../types.ts';
import { accountsOf, officesOf } from './accounts.ts';
import { bedsOf } from './beds.ts';
import { criteriaOf } from './criteria.ts';
import { historyOf } from './history.ts';
import { linesOf } from './lines.ts';
import { noticesOf } from './notices.ts';
import { placementsOf } from './placements.ts';
import { placesOf } from './places.ts';
import { reviewsOf } from './reviews.ts';
import { at, insertRows, type Clock, type Rows } from './rows.ts';
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
  'account',
  'accountRole',
  'restriction',
  'restrictionChallenge',
  'passportRead',
  'competency',
  'competencyPeriod',
  'technique',
  'competencyStandard',
  'course',
  'courseRevision',
  'trainingRecord',
  'trainingRevocation',
  'alignment',
  'alignmentState',
  'alignmentPilotWard',
  'delegation',
  'alignmentSignature',
  'objectionAnswer',
  'alignmentComment',
  'pilotReport',
  'requirement',
  'duty',
  'dutyRevision',
  'unavailability',
  'shiftReason',
  'cancelReason',
  'shift',
  'booking',
  'bookingDecision',
  'shiftRequest',
  'notice',
  'dailyRound',
  'code',
  'serviceLine',
  'serviceLinePartner',
  'serviceLineCriteria',
  'bedSetting',
  'suite',
  'suiteState',
  'admissionCriteria',
  'bed',
  'bedState',
  'closureShift',
  'wardConfirmation',
  'wardAsking',
  'admissionPause',
  'dischargeReadiness',
  'placementRequest',
  'allocation',
  'outOfArea',
  'outOfAreaRevision',
] as const satisfies (keyof DB)[];

/**
 * Everything the demonstration holds, worked out before anything is written: the same clock gives the same rows.
 * @param databaseNow the database's time at that moment, which holds and their ends are dated by
 */
export function demonstrationOf(now: Instant, passwordHash: string, databaseNow: Instant = now) {
  const clock: Clock = { now, today: localDayOf(now) };
  const places = placesOf(clock);
  const offices = officesOf(clock, places, passwordHash);
  const workers = workersOf(clock, places, offices);
  const courses = coursesOf(clock, places, offices);
  const training = trainingOf(clock, courses, workers);
  const workingTime = workingTimeOf(clock, places, workers);
  const accounts = accountsOf(clock, places, offices, workers, passwordHash);
  const shifts = shiftsOf(clock, { places, workers, courses, training, workingTime, accounts });
  const reviews = reviewsOf(clock, { shifts, workers, workingTime, offices });
  const notices = noticesOf(clock, { workers, courses, shifts });
  const history = historyOf(clock, { places, offices, workers, accounts });
  const lines = linesOf(clock, places, offices);
  const criteria = criteriaOf(clock, places, offices);
  const beds = bedsOf(clock, { places, offices, lines, shifts });
  const placements = placementsOf(clock, { places, offices, lines, criteria, beds }, databaseNow);
  const rows: Rows = {};
  for (const part of [
    places.rows,
    workers.rows,
    { workerRevision: workers.before },
    courses.rows,
    courses.before,
    training.rows,
    workingTime.rows,
    accounts.rows,
    shifts.rows,
    reviews.rows,
    notices.rows,
    history.rows,
    lines.rows,
    criteria.rows,
    beds.rows,
    placements.rows,
  ] as Rows[]) {
    for (const [table, more] of Object.entries(part)) Object.assign(rows, { [table]: [...(rows[table as keyof Rows] ?? []), ...more] });
  }
  const events = [
    ...courses.events,
    ...shifts.events,
    ...reviews.events,
    ...notices.events,
    ...lines.events,
    ...criteria.events,
    ...beds.events,
    ...placements.events,
  ]
    .sort((a, b) => a.at - b.at)
    .map((event) => ({ ...event, at: at(event.at) }));
  return { rows, events };
}

/**
 * Fills an empty, migrated database with the demonstration (contract, section 5), in one transaction: all of it is there or none.
 * @param now the program's clock, from which everything is dated
 * @param passwordHash what opens every account of the demonstration, hashed by the caller
 */
export async function fillDemonstration(db: Kysely<DB>, { now, passwordHash }: { now: Instant; passwordHash: string }): Promise<void> {
  // Asked at once: what is dated by the database's clock is as long ago by it as the rest is by the program's.
  const clocks = await sql<{ at: Date }>`select clock_timestamp() as at`.execute(db);
  const { rows, events } = demonstrationOf(now, passwordHash, clocks.rows[0]!.at.getTime());
  await db.transaction().execute(async (trx) => {
    for (const table of order) await insertRows(trx, table, (rows[table] ?? []) as never[]);
    await sql`select append_events(${JSON.stringify(events)}::jsonb)`.execute(trx);
  });
  // Without figures about a table just filled, the planner took 0.8 s for what it does in 3 ms with them.
  await sql`analyze`.execute(db);
}
