import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import type { Decision } from '@homeward/shared/kernel/decision.ts';
import type { Instant, Interval } from '@homeward/shared/kernel/interval.ts';
import { startOfDay } from '@homeward/shared/kernel/local-time.ts';
import type { GroundFacts } from '@homeward/shared/shifts/facts.ts';
import type { Change, EffectFacts, HeldBooking, TeamShift } from '@homeward/shared/training/effect-rules.ts';
import { pmvaTeam } from '@homeward/shared/training/rules.ts';
import { groundFacts, shiftFactsOf, wardFacts, workerFacts, type KnownWorker, type WardFacts } from '../shifts/facts.ts';
import { acceptedDecision, during, spanOf, storedShifts } from '../shifts/queries.ts';
import { teamsOn } from '../working-time/queries.ts';

/** What an effect is worked out from, with the names of whom it may touch. */
export interface LookedAt extends EffectFacts {
  wards: WardFacts[];
  workers: KnownWorker[];
}

/** Where people may work asks nothing of their hours: their facts are read around a day that nobody has duties near. */
const farDay = startOfDay('2300-01-01');
export const noHours: Interval = { start: farDay, end: farDay };

/** Which wards, about `ward w`, and which workers, about `worker k`, a change can touch; and whether the count of PMVA team training may move. */
interface Reach {
  wards: RawBuilder<unknown>;
  workers: RawBuilder<unknown>;
  team: boolean;
}

const asks = (competencies: readonly string[], now: Instant) => sql`(
  exists (select 1 from requirement q where q.ward_id = w.id and q.replaced_at is null and q.competency = any(${[...competencies]}::text[]))
  or exists (select 1 from shift s where s.ward_id = w.id and s.starts_at > ${new Date(now)} and s.extra_competencies && ${[...competencies]}::text[]))`;
const holds = (courseIds: readonly string[]) =>
  sql`exists (select 1 from training_record t where t.worker_id = k.id and t.course_id = any(${[...courseIds]}::uuid[]))`;

/** Everybody whom the agreements of today let work on a trust's wards, or who works there anyhow. */
const whoMayComeTo = (ground: GroundFacts, trust: string) => sql`(k.trust = ${trust}
  or k.trust = any(${ground.agreements.filter((one) => one.hostTrust === trust).map((one) => one.homeTrust)}::text[]))`;

function reachOf(change: Change, ground: GroundFacts, now: Instant): Reach {
  const competenciesOf = (courseId: string) => [
    ...new Set([
      ...(ground.courses.get(courseId) ? [ground.courses.get(courseId)!.competency] : []),
      ...ground.alignments.filter((one) => one.courseId === courseId).map((one) => one.competency),
    ]),
  ];
  switch (change.kind) {
    case 'alignment': {
      const { courseId, competency, trusts } = change.alignment;
      return {
        wards: sql`w.trust = any(${trusts}::text[]) and ${asks([competency], now)}`,
        workers: holds([courseId]),
        team: competency === pmvaTeam,
      };
    }
    case 'certificate': {
      const competencies = competenciesOf(change.courseId);
      return { wards: asks(competencies, now), workers: holds([change.courseId]), team: competencies.includes(pmvaTeam) };
    }
    case 'period': {
      const about = [...ground.courses.keys()].filter((courseId) => competenciesOf(courseId).includes(change.competency));
      return {
        wards: sql`w.trust = ${change.trust} and ${asks([change.competency], now)}`,
        workers: sql`${holds(about)} and ${whoMayComeTo(ground, change.trust)}`,
        team: change.competency === pmvaTeam,
      };
    }
    case 'requirement-set':
    case 'requirement-ended':
      return {
        wards: sql`w.id = ${change.wardId}`,
        workers: sql`(exists (select 1 from booking b where b.worker_id = k.id and b.ward_id = ${change.wardId} and b.status = 'confirmed')
          or exists (select 1 from ward w where w.id = ${change.wardId} and (k.trust = w.trust or exists (
            select 1 from sharing_agreement g where g.home_trust = k.trust and g.host_trust = w.trust and g.replaced_at is null))))`,
        team: true,
      };
    case 'agreement-signed':
    case 'agreement-ended': {
      const agreement =
        change.kind === 'agreement-signed' ? change.agreement : ground.agreements.find((one) => one.id === change.agreementId);
      return {
        wards: sql`w.trust = ${agreement?.hostTrust ?? ''}`,
        workers: sql`k.trust = ${agreement?.homeTrust ?? ''}`,
        team: false,
      };
    }
  }
}

/**
 * Everything a change can touch, as it is now: only the wards that ask for the competency, only the workers who hold a record of the
 * course (of any course for it, where a period changes; who may come to the ward, where a requirement does), their coming bookings there
 * and the coming shifts whose count may move. Some fifteen statements however many.
 */
export async function effectFacts(db: Kysely<DB>, change: Change, now: Instant): Promise<LookedAt> {
  const ground = await groundFacts(db, now);
  const reach = reachOf(change, ground, now);
  const idsOf = async (select: RawBuilder<{ id: string }>) => (await select.execute(db)).rows.map((row) => row.id);
  const wardIds = await idsOf(sql`select w.id from ward w where ${reach.wards} order by w.id`);
  const workerIds = wardIds.length === 0 ? [] : await idsOf(sql`select k.id from worker k where ${reach.workers} order by k.id`);
  const wards = await wardFacts(db, wardIds);
  const workers = await workerFacts(db, workerIds, noHours);
  return {
    ground,
    wards: [...wards.values()],
    workers: [...workers.values()],
    bookings: await heldBookings(db, wards, workerIds, now),
    shifts: reach.team ? await teamShifts(db, wards, change, now) : [],
  };
}

/** The same once the change is written: it moves the ground and the wards, and nothing else of what was looked at. */
export async function effectFactsAgain(db: Kysely<DB>, before: LookedAt, now: Instant): Promise<LookedAt> {
  const wards = await wardFacts(
    db,
    before.wards.map((ward) => ward.id),
  );
  return { ...before, ground: await groundFacts(db, now), wards: [...wards.values()] };
}

async function heldBookings(
  db: Kysely<DB>,
  wards: ReadonlyMap<string, WardFacts>,
  workerIds: readonly string[],
  now: Instant,
): Promise<HeldBooking[]> {
  const { rows } = await sql<{ id: string; shiftId: string; workerId: string; wardId: string; accepted: Decision }>`
    select b.id, b.shift_id, b.worker_id, b.ward_id, ${acceptedDecision} as accepted from booking b
    where b.status = 'confirmed' and lower(b.period) > ${new Date(now)} and b.ward_id = any(${[...wards.keys()]}::uuid[])
      and b.worker_id = any(${[...workerIds]}::uuid[]) order by b.id`.execute(db);
  if (rows.length === 0) return [];
  const shifts = new Map((await storedShifts(db, sql`s.id = any(${rows.map((row) => row.shiftId)})`)).map((shift) => [shift.id, shift]));
  const workers = await workerFacts(db, [...new Set(rows.map((row) => row.workerId))], spanOf([...shifts.values()], now));
  return rows.map((row) => {
    const worker = workers.get(row.workerId)!;
    const shift = shifts.get(row.shiftId)!;
    return {
      id: row.id,
      worker: { ...worker, duties: worker.duties.filter((duty) => duty.id !== row.id) },
      shift: shiftFactsOf(shift, wards.get(row.wardId)!),
      extraCompetencies: shift.extraCompetencies,
      accepted: row.accepted,
    };
  });
}

/** Coming shifts on those of the wards that ask for a minimum of PMVA team training, before the change or after. */
async function teamShifts(db: Kysely<DB>, wards: ReadonlyMap<string, WardFacts>, change: Change, now: Instant): Promise<TeamShift[]> {
  const wardIds = [...wards.values()]
    .filter(
      (ward) =>
        change.kind === 'requirement-set' ||
        ward.requirements.some((asked) => asked.competency === pmvaTeam && asked.minimumOnShift !== null),
    )
    .map((ward) => ward.id);
  if (wardIds.length === 0) return [];
  const shifts = await storedShifts(
    db,
    sql`s.status in ('open', 'filled') and s.starts_at > ${new Date(now)} and s.ward_id = any(${wardIds}::uuid[]) order by s.id`,
  );
  if (shifts.length === 0) return [];
  const teams = await teamsOn(db, wardIds, spanOf(shifts, now));
  return shifts.map((shift) => {
    const span = { start: shift.startsAt.getTime(), end: shift.endsAt.getTime() };
    return { id: shift.id, wardId: shift.wardId, ...span, team: during(span, teams.get(shift.wardId) ?? []) };
  });
}
