import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { addDays, localDayOf, sayDay, type LocalDay } from '@homeward/shared/kernel/local-time.ts';
import type { AgreementView } from '@homeward/shared/places/contract.ts';
import type { EffectView } from '@homeward/shared/training/contract.ts';
import type { StaffGroup } from '@homeward/shared/workers/facts.ts';
import { badInput, notHere, ok, refuse, type Result } from '../platform/problem.ts';
import { hasRole, isOfTrust, trustsAs, type Scope } from '../platform/scope.ts';
import { previewOf } from '../training/effect-queries.ts';

export interface AgreementRow {
  id: string;
  homeTrust: string;
  hostTrust: string;
  staffGroup: StaffGroup;
  from: LocalDay;
  until: LocalDay | null;
  recordedAt: Date;
  replacedAt: Date | null;
  homeSignedAt: Date | null;
  homeSignedBy: string | null;
  hostSignedAt: Date | null;
  hostSignedBy: string | null;
  endedBy: string | null;
  endedReason: string | null;
}

/** Agreements as they are stored; `where` is about agreement a. One that was ended early is listed by what took its place. */
export async function storedAgreements(db: Kysely<DB>, where: RawBuilder<unknown>): Promise<AgreementRow[]> {
  const { rows } = await sql<AgreementRow>`
    select a.id, a.home_trust, a.host_trust, a.staff_group, lower(a.days) as "from", upper(a.days) - 1 as until, a.recorded_at, a.replaced_at,
      a.home_signed_at, a.home_signed_by, a.host_signed_at, a.host_signed_by, a.ended_by, a.ended_reason
    from sharing_agreement a where ${where} order by a.home_trust, a.host_trust, a.staff_group, lower(a.days) desc, a.id`.execute(db);
  return rows;
}

/** Is it signed by both, and not replaced? Only then it counts. */
export const isSigned = (row: AgreementRow): boolean => row.homeSignedAt !== null && row.hostSignedAt !== null;

function stateOf(row: AgreementRow, today: LocalDay): AgreementView['state'] {
  if (row.replacedAt !== null) return 'ended';
  if (!isSigned(row)) return 'waiting';
  if (row.until !== null && row.until < today) return row.endedBy === null ? 'over' : 'ended';
  return row.from > today ? 'coming' : 'in-force';
}

/** An agreement as this account sees it: what it waits for from them, and whether they may end it. */
export function agreementOf(scope: Scope, row: AgreementRow, now: Instant): AgreementView {
  const state = stateOf(row, localDayOf(now));
  const isMine = (trust: string) => isOfTrust(scope, 'bank-office', trust);
  const signature = (at: Date | null, by: string | null) => at && { by: by ?? '', at: rfc3339(at.getTime()) };
  const isDue =
    state === 'waiting' && ((row.homeSignedAt === null && isMine(row.homeTrust)) || (row.hostSignedAt === null && isMine(row.hostTrust)));
  return {
    id: row.id,
    homeTrust: row.homeTrust,
    hostTrust: row.hostTrust,
    staffGroup: row.staffGroup,
    from: row.from,
    until: row.until,
    state,
    home: signature(row.homeSignedAt, row.homeSignedBy),
    host: signature(row.hostSignedAt, row.hostSignedBy),
    ended:
      row.endedBy === null ? null : { by: row.endedBy, reason: row.endedReason, at: rfc3339((row.replacedAt ?? row.recordedAt).getTime()) },
    mySignatureIsDue: isDue,
    mayEnd: (state === 'waiting' || state === 'coming' || state === 'in-force') && (isMine(row.homeTrust) || isMine(row.hostTrust)),
  };
}

/**
 * The sharing agreements that this account's bank offices are a side of, those of its members for the programme office, all for auditors.
 * Ended and over ones stay: who shared with whom, and when, is asked years later.
 */
export async function agreements(db: Kysely<DB>, scope: Scope, now: Instant): Promise<AgreementView[]> {
  const trusts = trustsAs(scope, 'bank-office');
  const collaboratives = scope.grants.flatMap((grant) =>
    grant.role === 'programme' && grant.collaborativeId ? [grant.collaborativeId] : [],
  );
  const mine = hasRole(scope, 'auditor')
    ? sql`true`
    : sql`(a.home_trust = any(${trusts}) or a.host_trust = any(${trusts}) or exists (select 1 from collaborative_member m
        where m.collaborative_id = any(${collaboratives}::uuid[]) and m.trust in (a.home_trust, a.host_trust)))`;
  const rows = await storedAgreements(db, sql`${mine} and (a.replaced_at is null or a.ended_by is not null)`);
  return rows.map((row) => agreementOf(scope, row, now));
}

/** Why an agreement can't end on that day; null where it can. Yesterday ends it at once: what it covered it has covered. */
export function endProblem(row: AgreementRow, lastDay: LocalDay, now: Instant): Result<never> | null {
  const today = localDayOf(now);
  if (row.replacedAt !== null || (row.until !== null && row.until < today))
    return refuse(409, 'already-over', 'This agreement is over already.');
  if (lastDay < addDays(today, -1))
    return badInput([{ path: 'lastDay', code: 'in-past', message: 'Give yesterday to end it at once, or a day to come.' }]);
  if (row.until !== null && lastDay >= row.until) {
    return badInput([
      { path: 'lastDay', code: 'not-earlier', message: `It ends on ${sayDay(row.until, true)} anyway. Give an earlier day.` },
    ]);
  }
  return null;
}

/**
 * What ending an agreement would do, counted and named as the act itself answers it: the same facts, the same rule, only not written.
 * Refused as ending it would be.
 */
export async function endingEffect(db: Kysely<DB>, scope: Scope, id: string, lastDay: LocalDay, now: Instant): Promise<Result<EffectView>> {
  const [row] = await storedAgreements(db, sql`a.id = ${id}`);
  const isMine = row && (isOfTrust(scope, 'bank-office', row.homeTrust) || isOfTrust(scope, 'bank-office', row.hostTrust));
  if (!row || !isMine) return notHere();
  const problem = endProblem(row, lastDay, now);
  if (problem) return problem;
  return ok(await previewOf(db, scope, { kind: 'agreement-ended', agreementId: id, lastDay }, now));
}
