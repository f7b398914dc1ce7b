import { sql, type Kysely, type Transaction } from 'kysely';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DB } from '@homeward/db/types.ts';
import type { BookingRecord, CouldHaveWorked } from '@homeward/shared/assurance/contract.ts';
import type { Decision } from '@homeward/shared/kernel/decision.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { sameDecision } from '@homeward/shared/shifts/review-rules.ts';
import { decide, rulesVersion } from '@homeward/shared/shifts/rules.ts';
import { heldShift } from '@homeward/shared/shifts/settle-rules.ts';
import type { AlignmentStateView } from '@homeward/shared/training/contract.ts';
import type { WorkerLine } from '@homeward/shared/workers/contract.ts';
import type { Role, StaffGroup } from '@homeward/shared/workers/facts.ts';
import { staffGroupOf } from '@homeward/shared/workers/rules.ts';
import { wardLines } from '../places/queries.ts';
import { inForce } from '../platform/known.ts';
import { badInput, notHere, ok, type Result } from '../platform/problem.ts';
import type { Scope } from '../platform/scope.ts';
import { explanation } from '../shifts/booking-queries.ts';
import { groundFacts, imaginedShift, shiftFactsOf, wardFacts, workerFacts } from '../shifts/facts.ts';
import { storedShift } from '../shifts/queries.ts';
import { imaginedSpan } from '../shifts/ward-queries.ts';
import { statesOf } from '../training/alignment-queries.ts';

// ————— Taking an old decision again —————

/** A stored decision on a booking: the one it was made by, or a later one. */
interface Decided {
  /** What it is told by: the booking's id, with when where it is a later one. */
  name: string;
  bookingId: string;
  shiftId: string;
  workerId: string;
  at: Instant;
  decision: Decision;
  rules: number;
  /** On a booking that was there already: who may take the shift when has no more to do with it. */
  isLater: boolean;
}

/** What a decision comes to when it is taken again from the facts as they were known at its instant, without the booking itself. */
async function againFrom(db: Kysely<DB>, { bookingId, shiftId, workerId, at, isLater }: Decided): Promise<Decision | null> {
  const row = await storedShift(db, shiftId);
  const ward = row && (await wardFacts(db, [row.wardId], at)).get(row.wardId);
  if (!ward) return null;
  const facts = shiftFactsOf(row, ward);
  const worker = (await workerFacts(db, [workerId], facts, { bookingId, known: at })).get(workerId);
  return worker ? decide(worker, isLater ? heldShift(facts) : facts, await groundFacts(db, at, at), at) : null;
}

/** In what a decision differs when taken again; empty = the same. Only the same version of the rules has to answer the same. */
async function differencesOf(db: Kysely<DB>, decided: Decided): Promise<{ outcome: string; differences: string[] }> {
  const again = await againFrom(db, decided);
  if (!again) return { outcome: 'unknown', differences: ['what was known of the worker or the ward is no longer there'] };
  return { outcome: again.outcome, differences: sameDecision(decided.decision, again) };
}

const decisions = sql`
  select b.id::text as name, b.id as booking_id, b.shift_id, b.worker_id, b.decided_at as at, b.decision, b.rules, false as is_later from booking b
  union all
  select b.id || ' at ' || to_char(d.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), b.id, b.shift_id, b.worker_id, d.at, d.decision, d.rules, true
  from booking_decision d join booking b on b.id = d.booking_id`;

const decidedOf = ({ at, ...row }: Omit<Decided, 'at'> & { at: Date }): Decided => ({ ...row, at: at.getTime() });

/**
 * A booking's first decision, taken again from the dated rows as they were known when it was taken (rules-staffing, section 4: "any booking can
 * be explained later exactly as it was decided"). Null where there is no such booking.
 * @returns whether it is the same, and otherwise what differs; `rules` and `rulesNow` say whether it has to be
 */
export async function recomputed(db: Kysely<DB>, bookingId: string): Promise<BookingRecord['recomputed'] | null> {
  const { rows } = await sql<Omit<Decided, 'at'> & { at: Date }>`
    select * from (${decisions}) d where booking_id = ${bookingId} and not is_later`.execute(db);
  const [row] = rows;
  if (!row) return null;
  const { outcome, differences } = await differencesOf(db, decidedOf(row));
  return { same: differences.length === 0, outcome, differences, rules: row.rules, rulesNow: rulesVersion };
}

export interface Sample {
  /** How many decisions these rules have taken, and how many of them were taken again. */
  of: number;
  taken: number;
  different: { name: string; differences: string[] }[];
}

/**
 * Takes stored decisions again, first ones and later ones, and says which come out differently. Only those of this version of the rules.
 * @param seed which ones a sample holds: the same seed, the same decisions
 * @param size how many at most
 */
export async function recomputedSample(db: Kysely<DB>, asked: { seed: string; size: number }): Promise<Sample> {
  // One snapshot: what is looked up for one decision must not change halfway.
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute((trx) => recomputedWithin(trx, asked));
}

/** The same, on what one transaction sees. */
export async function recomputedWithin(trx: Transaction<DB>, { seed, size }: { seed: string; size: number }): Promise<Sample> {
  await sql`set local statement_timeout = 0`.execute(trx);
  const { rows } = await sql<Omit<Decided, 'at'> & { at: Date; of: number }>`
    select d.*, count(*) over ()::int as of from (${decisions}) d where rules = ${rulesVersion} order by md5(name || ${seed}), name limit ${size}`.execute(
    trx,
  );
  const different: Sample['different'] = [];
  for (const { of: _, ...row } of rows) {
    const { differences } = await differencesOf(trx, decidedOf(row));
    if (differences.length > 0) different.push({ name: row.name, differences });
  }
  return { of: rows[0]?.of ?? 0, taken: rows.length, different };
}

// ————— One booking, years later —————

/**
 * A booking as it was decided, for auditors: each check with what it rested on, the alignments in the version that stood then with who signed them,
 * and the decision taken again from the dated rows. The look is listed to the worker. Refused: 404 where there is no such booking.
 */
export async function bookingRecord(db: Kysely<DB>, scope: Scope, bookingId: string, now: Instant): Promise<Result<BookingRecord>> {
  const told = await explanation(db, scope, bookingId, now);
  const again = await recomputed(db, bookingId);
  if (!told.ok) return told;
  if (!again) return notHere();
  const { rows } = await sql<{
    shiftId: string;
    status: string;
    bookedAt: Date;
    startsAt: Date;
    endsAt: Date;
    wardId: string;
    role: string;
    band: number;
    worker: WorkerLine;
  }>`
    select b.shift_id, b.status, b.booked_at, lower(b.period) as starts_at, upper(b.period) as ends_at, b.ward_id, s.role, s.band,
      json_build_object('id', k.id, 'staffNumber', k.staff_number, 'name', r.name, 'homeTrust', k.trust, 'role', r.role, 'band', r.band,
        'staffGroup', r.staff_group) as worker
    from booking b join shift s on s.id = b.shift_id join worker k on k.id = b.worker_id
      join worker_revision r on r.worker_id = k.id and ${inForce('r', Date.parse(told.value.decidedAt))}
    where b.id = ${bookingId}`.execute(db);
  const [row] = rows;
  if (!row) return notHere();
  const { wardId, worker, bookedAt, startsAt, endsAt, ...booking } = row;
  return ok({
    explanation: told.value,
    booking: {
      ...booking,
      id: bookingId,
      bookedAt: rfc3339(bookedAt.getTime()),
      startsAt: rfc3339(startsAt.getTime()),
      endsAt: rfc3339(endsAt.getTime()),
      ward: (await wardLines(db, [wardId])).get(wardId)!,
    },
    worker,
    alignments: await alignmentsOf(db, told.value.decision, Date.parse(told.value.decidedAt)),
    recomputed: again,
  });
}

/** The alignments a decision rested on, each in the state that stood at its instant. */
async function alignmentsOf(db: Kysely<DB>, decision: Decision, at: Instant): Promise<BookingRecord['alignments']> {
  const ids = [
    ...new Set(decision.checks.flatMap((check) => check.evidence).flatMap(({ what, id }) => (what === 'alignment' && id ? [id] : []))),
  ];
  if (ids.length === 0) return [];
  const { rows } = await sql<{ id: string; competency: string; course: string }>`
    select a.id, a.competency, format('%s version %s, %s', c.code, c.version, r.title) as course
    from alignment a join course c on c.id = a.course_id join course_revision r on r.course_id = c.id and ${inForce('r', at)}
    where a.id = any(${ids}) order by a.competency, c.code, c.version`.execute(db);
  const found: BookingRecord['alignments'] = [];
  for (const row of rows) {
    const states = await statesOf(db, row.id);
    const index = states.findLastIndex((state) => Date.parse(state.since) <= at);
    const state = states[index];
    if (state) found.push({ ...row, state: { ...state, signatures: signaturesBehind(states, index, at) } });
  }
  return found;
}

/** Who had signed by then. A validation rests on what every trust signed in the stress testing before it: its own round has no more to sign. */
function signaturesBehind(states: readonly AlignmentStateView[], index: number, at: Instant): AlignmentStateView['signatures'] {
  const before = states[index]!.state === 'validated' ? (states[index - 1]?.signatures ?? []) : [];
  return [...before, ...states[index]!.signatures].filter((signature) => signature.at !== null && Date.parse(signature.at) <= at);
}

// ————— Who could have worked —————

/** Everybody decides for themselves in between: a bank is a thousand decisions. */
const atATime = 100;
const order = { eligible: 0, override: 1, blocked: 2 };

/**
 * Everyone of the role's staff group, decided on a shift on a ward at some time, with everything as it was known at `asOf`: who was on which bank,
 * what they had been trained in, what the trusts had agreed and what the ward asked. Eligible first, then by name; counts are of all of them.
 * A fixed number of statements however many workers. Refused: 404 for no such ward, 422 for an instant to come or times that can't be a shift.
 */
export async function couldHaveWorked(
  db: Kysely<DB>,
  _scope: Scope,
  asked: {
    wardId: string;
    role: Role;
    band: number;
    startsAt: string;
    endsAt: string;
    breakMinutes?: number | undefined;
    asOf: string;
    outcome?: Decision['outcome'] | undefined;
    limit: number;
    cursor?: string | undefined;
  },
  now: Instant,
): Promise<Result<CouldHaveWorked>> {
  const span = imaginedSpan(asked);
  if (!span.ok) return span;
  const asOf = Date.parse(asked.asOf);
  if (asOf > now)
    return badInput([{ path: 'asOf', code: 'in-future', message: 'Give a time that has been: nobody knows what will be known.' }]);
  const ward = (await wardFacts(db, [asked.wardId], asOf)).get(asked.wardId);
  if (!ward) return notHere();
  const shift = imaginedShift(ward, { role: asked.role, band: asked.band, ...span.value });
  const ground = await groundFacts(db, asOf, asOf);
  const group: StaffGroup = staffGroupOf(asked.role);
  const known = await sql<{
    workerId: string;
  }>`select r.worker_id from worker_revision r where r.staff_group = ${group} and ${inForce('r', asOf)}`.execute(db);
  const workers = await workerFacts(
    db,
    known.rows.map((row) => row.workerId),
    shift,
    { known: asOf },
  );
  const counts = { eligible: 0, override: 0, blocked: 0 };
  const decided: CouldHaveWorked['items'] = [];
  for (const worker of workers.values()) {
    const decision = decide(worker, shift, ground, asOf);
    counts[decision.outcome] += 1;
    const { id, staffNumber, name, homeTrust, role, band, staffGroup } = worker;
    if (asked.outcome === undefined || asked.outcome === decision.outcome) {
      decided.push({ worker: { id, staffNumber, name, homeTrust, role, band, staffGroup }, decision });
    }
    if ((counts.eligible + counts.override + counts.blocked) % atATime === 0) await nextTurn();
  }
  decided.sort(
    (a, b) =>
      order[a.decision.outcome] - order[b.decision.outcome] ||
      a.worker.name.localeCompare(b.worker.name, 'en-GB') ||
      (a.worker.id < b.worker.id ? -1 : 1),
  );
  const from = asked.cursor ? Number(asked.cursor) : 0;
  const items = decided.slice(from, from + asked.limit);
  return ok({
    ward: (await wardLines(db, [ward.id])).get(ward.id)!,
    asOf: rfc3339(asOf),
    startsAt: rfc3339(shift.start),
    endsAt: rfc3339(shift.end),
    counts,
    items,
    nextCursor: from + items.length < decided.length ? String(from + items.length) : null,
  });
}
