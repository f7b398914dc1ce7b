import { sql } from 'kysely';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import type { Trx } from '../platform/transaction.ts';

/**
 * Time marked as not available is the person's: where a worker is found to be another person, and nobody is left of the one they were
 * taken for, it goes along. It is taken back there and marked anew here, so that what was known of either at any instant stays as it was.
 * The caller holds both persons' locks and has moved the workers.
 * @param moved pairs of persons: whom the worker was taken for, and who they are
 */
export async function moveUnavailable(trx: Trx, moved: readonly { from: string; to: string }[], at: Instant): Promise<void> {
  await sql`
    with taken as (
      update unavailability a set withdrawn_at = greatest(${rfc3339(at)}::timestamptz, a.recorded_at)
      from (select distinct on (u.was) u.was, u.is_now
        from unnest(${moved.map((one) => one.from)}::uuid[], ${moved.map((one) => one.to)}::uuid[]) as u(was, is_now) order by u.was, u.is_now) m
      where a.person_id = m.was and a.withdrawn_at is null and not exists (select 1 from worker w where w.person_id = m.was)
      returning m.is_now, a.period, a.withdrawn_at)
    insert into unavailability (id, person_id, period, recorded_at) select gen_random_uuid(), is_now, period, withdrawn_at from taken`.execute(
    trx,
  );
}
