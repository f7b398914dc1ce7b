import { sql } from 'kysely';
import { v7 as newId } from 'uuid';
import type { z } from 'zod';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { localDayOf, sayDay } from '@homeward/shared/kernel/local-time.ts';
import type { AgreementView, endAgreement as endShape, proposeAgreement as proposeShape } from '@homeward/shared/places/contract.ts';
import { staffGroupNames } from '@homeward/shared/places/rules.ts';
import type { agreementMoved } from '@homeward/shared/training/contract.ts';
import { announce } from '../platform/announce.ts';
import { changeGround } from '../platform/ground.ts';
import type { Platform } from '../platform/platform.ts';
import { badInput, notHere, ok, refuse, type FieldError, type Result } from '../platform/problem.ts';
import { isOfTrust } from '../platform/scope.ts';
import { transact, type Act, type Trx } from '../platform/transaction.ts';
import { carryOut } from '../training/steps.ts';
import { agreementOf, endProblem, isSigned, storedAgreements, type AgreementRow } from './agreement-queries.ts';

const isSide = (act: Act, row: Pick<AgreementRow, 'homeTrust' | 'hostTrust'>) =>
  isOfTrust(act.scope, 'bank-office', row.homeTrust) || isOfTrust(act.scope, 'bank-office', row.hostTrust);

/** Holds the ground alone, then reads an agreement; null where there is none, or it isn't this account's to change. */
async function lockAgreement(trx: Trx, platform: Platform, act: Act, id: string): Promise<{ row: AgreementRow; at: Instant } | null> {
  const [seen] = await storedAgreements(trx, sql`a.id = ${id}`);
  // Asked first: a stranger's guess holds nobody up.
  if (!seen || !isSide(act, seen)) return null;
  const at = await changeGround(trx, platform.clock);
  const [row] = await storedAgreements(trx, sql`a.id = ${id}`);
  return { row: row!, at };
}

function tell(
  trx: Trx,
  act: Act,
  at: Instant,
  row: Pick<AgreementRow, 'id' | 'homeTrust' | 'hostTrust' | 'staffGroup'>,
  step: string,
): void {
  const { id: agreementId, homeTrust, hostTrust, staffGroup } = row;
  announce(trx, {
    type: 'agreement.changed',
    at,
    accountId: act.scope.accountId,
    data: { agreementId, homeTrust, hostTrust, staffGroup, step },
  });
}

async function viewOf(trx: Trx, act: Act, id: string, now: Instant): Promise<AgreementView> {
  return agreementOf(act.scope, (await storedAgreements(trx, sql`a.id = ${id}`))[0]!, now);
}

/** One of these two trusts and this staff group that has a day of these: named, so that it can be ended first. */
async function overlapping(trx: Trx, given: z.output<typeof proposeShape>, except: string | null) {
  const [row] = await storedAgreements(
    trx,
    sql`a.home_trust = ${given.homeTrust} and a.host_trust = ${given.hostTrust} and a.staff_group = ${given.staffGroup}
      and a.replaced_at is null and a.id is distinct from ${except}::uuid and a.days && daterange(${given.from}::date, ${given.until}::date, '[]')
      ${except === null ? sql`` : sql`and a.home_signed_at is not null and a.host_signed_at is not null`}`,
  );
  if (!row) return null;
  const days = `from ${sayDay(row.from, true)}${row.until ? ` until ${sayDay(row.until, true)}` : ', without an end'}`;
  const title = isSigned(row)
    ? `There is an agreement for ${staffGroupNames[row.staffGroup]} staff ${days} already. Choose days it does not cover, or end it first.`
    : `An agreement for ${staffGroupNames[row.staffGroup]} staff ${days} waits for a signature already.`;
  return refuse(409, 'agreement-overlaps', title, { more: { agreementId: row.id } });
}

/**
 * A bank office proposes that workers of one trust may come to another's wards, for a staff group and from one local day until another, both
 * included, and signs for its own side by proposing. It counts once the other side has signed.
 * Refused: trusts of which neither is theirs (404); one with itself, an unknown trust, days that are over or the wrong way round (422); days
 * that another of the same kind has (409 `agreement-overlaps`).
 */
export async function proposeAgreement(platform: Platform, act: Act, given: z.output<typeof proposeShape>): Promise<Result<AgreementView>> {
  return transact(platform, act.once, async (trx, now) => {
    if (!isSide(act, given)) return notHere();
    const { homeTrust, hostTrust, staffGroup, from, until } = given;
    const today = localDayOf(now);
    const errors: FieldError[] = [];
    if (homeTrust === hostTrust) errors.push({ path: 'hostTrust', code: 'same-trust', message: 'Choose two different trusts.' });
    const known = await trx.selectFrom('trust').select('odsCode').where('odsCode', 'in', [homeTrust, hostTrust]).execute();
    for (const path of ['homeTrust', 'hostTrust'] as const) {
      if (!known.some((one) => one.odsCode === given[path]))
        errors.push({ path, code: 'unknown-trust', message: 'Choose a trust from the list.' });
    }
    if (from < today) errors.push({ path: 'from', code: 'in-past', message: 'Give a first day that is not over.' });
    if (until !== null && until < from)
      errors.push({ path: 'until', code: 'before-start', message: 'The last day cannot be before the first.' });
    if (errors.length > 0) return badInput(errors);
    const at = await changeGround(trx, platform.clock);
    const other = await overlapping(trx, given, null);
    if (other) return other;
    const isHome = isOfTrust(act.scope, 'bank-office', homeTrust);
    const signed = { at: rfc3339(at), by: act.scope.name };
    const id = newId();
    await trx
      .insertInto('sharingAgreement')
      .values({
        id,
        homeTrust,
        hostTrust,
        staffGroup,
        days: sql<string>`daterange(${from}::date, ${until}::date, '[]')`,
        recordedAt: rfc3339(at),
        proposedBy: act.scope.name,
        homeSignedAt: isHome ? signed.at : null,
        homeSignedBy: isHome ? signed.by : null,
        hostSignedAt: isHome ? null : signed.at,
        hostSignedBy: isHome ? null : signed.by,
      })
      .execute();
    tell(trx, act, at, { id, homeTrust, hostTrust, staffGroup }, 'propose');
    return ok(await viewOf(trx, act, id, at));
  });
}

/**
 * The other side's bank office signs: from its first day on the agreement counts.
 * Refused: an agreement they are no side of (404); one that their side has signed, that is taken back or over (409 `not-to-sign`), or whose
 * days another has by now (409 `agreement-overlaps`).
 */
export async function signAgreement(platform: Platform, act: Act, id: string): Promise<Result<AgreementView>> {
  return transact(platform, act.once, async (trx) => {
    const locked = await lockAgreement(trx, platform, act, id);
    if (!locked) return notHere();
    const { row, at } = locked;
    if (!agreementOf(act.scope, row, at).mySignatureIsDue) {
      const why = row.replacedAt
        ? 'It was taken back or ended.'
        : isSigned(row)
          ? 'Both sides have signed it.'
          : 'It waits for the other side.';
      return refuse(409, 'not-to-sign', `This agreement does not wait for your signature. ${why}`);
    }
    if (row.until !== null && row.until < localDayOf(at))
      return refuse(409, 'not-to-sign', 'Its last day is over, so signing it would change nothing. Propose a new one.');
    const other = await overlapping(trx, row, id);
    if (other) return other;
    const side = row.homeSignedAt === null && isOfTrust(act.scope, 'bank-office', row.homeTrust) ? 'home' : 'host';
    await trx
      .updateTable('sharingAgreement')
      .set(
        side === 'home'
          ? { homeSignedAt: rfc3339(at), homeSignedBy: act.scope.name }
          : { hostSignedAt: rfc3339(at), hostSignedBy: act.scope.name },
      )
      .where('id', '=', id)
      .execute();
    tell(trx, act, at, row, 'sign');
    return ok(await viewOf(trx, act, id, at));
  });
}

/**
 * Either side ends an agreement early, or takes back a proposal: it stays as it was known until now, and one with fewer days, or none, takes
 * its place. In the same transaction the coming bookings it no longer covers are sent to be looked at again. `lastDay` is the last local day covered.
 * @returns the agreement as it stands, and what ending it did, counted as the preview counted it
 * Refused: an agreement they are no side of (404); a last day before yesterday, or not before its own (422); one that is over (409).
 */
export async function endAgreement(
  platform: Platform,
  act: Act,
  id: string,
  { lastDay, reason }: z.output<typeof endShape>,
): Promise<Result<z.infer<typeof agreementMoved>>> {
  return transact(platform, act.once, async (trx) => {
    const locked = await lockAgreement(trx, platform, act, id);
    if (!locked) return notHere();
    const { row, at } = locked;
    const problem = endProblem(row, lastDay, at);
    if (problem) return problem;
    const ended = { endedBy: act.scope.name, endedReason: reason };
    // What was never in force, or not yet, leaves nothing behind that could be.
    const isNothingLeft = !isSigned(row) || lastDay < row.from;
    const nextId = isNothingLeft ? id : newId();
    const because = 'The two trusts end their agreement to share staff.';
    const effect = await carryOut(
      trx,
      act.scope,
      { change: { kind: 'agreement-ended', agreementId: id, lastDay }, because, now: at },
      async () => {
        await trx
          .updateTable('sharingAgreement')
          .set({ replacedAt: rfc3339(at), ...(isNothingLeft && ended) })
          .where('id', '=', id)
          .execute();
        if (isNothingLeft) return;
        await sql`insert into sharing_agreement (id, home_trust, host_trust, staff_group, days, recorded_at, proposed_by, home_signed_at, home_signed_by,
          host_signed_at, host_signed_by, ended_by, ended_reason)
        select ${nextId}, home_trust, host_trust, staff_group, daterange(lower(days), ${lastDay}::date, '[]'), ${rfc3339(at)}, proposed_by,
          home_signed_at, home_signed_by, host_signed_at, host_signed_by, ${ended.endedBy}, ${ended.endedReason}
        from sharing_agreement where id = ${id}`.execute(trx);
      },
    );
    tell(trx, act, at, { ...row, id: nextId }, 'end');
    return ok({ agreement: await viewOf(trx, act, nextId, at), effect });
  });
}
