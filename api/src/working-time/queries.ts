import { sql, type Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import { rfc3339, type Instant, type Interval } from '@homeward/shared/kernel/interval.ts';
import type { UnavailableView } from '@homeward/shared/working-time/contract.ts';
import { recordFact, type RecordRow } from '../training/queries.ts';
import { pmvaTeam, type TeamMember } from '@homeward/shared/training/rules.ts';
import type { Role } from '@homeward/shared/workers/facts.ts';

/** Somebody on duty on a ward: by its own roster or by a booking. */
export interface OnDuty extends TeamMember {
  id: string;
  source: 'roster' | 'booking';
  workerId: string;
  wardId: string;
  name: string;
  role: Role;
  band: number;
}

/** Who is on these wards at any moment of `span`, with their PMVA team training: two statements however many wards. In order of start. */
export async function teamsOn(db: Kysely<DB>, wardIds: readonly string[], span: Interval): Promise<Map<string, OnDuty[]>> {
  if (wardIds.length === 0) return new Map();
  const from = new Date(span.start);
  const until = new Date(span.end);
  const rows = (
    await sql<Omit<OnDuty, 'start' | 'end' | 'records'> & { startsAt: Date; endsAt: Date }>`
    select x.*, r.name, r.role, r.band from (
      select d.id, 'roster' as source, d.worker_id, d.person_id, d.ward_id, lower(d.period) as starts_at, upper(d.period) as ends_at
      from duty_revision d
      where d.replaced_at is null and d.kind = 'duty' and d.ward_id = any(${wardIds}) and upper(d.period) > ${from} and lower(d.period) < ${until}
      union all
      select b.id, 'booking', b.worker_id, b.person_id, b.ward_id, lower(b.period), upper(b.period)
      from booking b
      where b.status in ('confirmed', 'needs-review', 'worked') and b.ward_id = any(${wardIds})
        and upper(b.period) > ${from} and lower(b.period) < ${until}
    ) x join worker_revision r on r.worker_id = x.worker_id and r.replaced_at is null
    order by starts_at, id`.execute(db)
  ).rows;
  const workerIds = [...new Set(rows.map((row) => row.workerId))];
  const records = (
    await sql<RecordRow & { workerId: string }>`
    select t.worker_id, t.id, t.course_id, t.completed_on, t.evidence, v.at, v.by_name, v.reason
    from training_record t left join training_revocation v on v.record_id = t.id
    where t.worker_id = any(${workerIds}) and t.course_id in (
      select course_id from course_revision where replaced_at is null and meets = ${pmvaTeam}
      union select course_id from alignment where competency = ${pmvaTeam})`.execute(db)
  ).rows;
  const recordsBy = Map.groupBy(records, (row) => row.workerId);
  const members = rows.map(({ startsAt, endsAt, ...row }): OnDuty => ({
    ...row,
    start: startsAt.getTime(),
    end: endsAt.getTime(),
    records: (recordsBy.get(row.workerId) ?? []).map(recordFact),
  }));
  return Map.groupBy(members, (member) => member.wardId);
}

/** The times a person has marked as not available that are not over, soonest first. */
export async function unavailableTimes(db: Kysely<DB>, personId: string, now: Instant): Promise<UnavailableView[]> {
  const { rows } = await sql<{ id: string; startsAt: Date; endsAt: Date }>`
    select id, lower(period) as starts_at, upper(period) as ends_at from unavailability
    where person_id = ${personId} and withdrawn_at is null and upper(period) > ${new Date(now)} order by lower(period), id`.execute(db);
  return rows.map((row) => ({ id: row.id, startsAt: rfc3339(row.startsAt.getTime()), endsAt: rfc3339(row.endsAt.getTime()) }));
}
