import { sql } from 'kysely';
import type { z } from 'zod';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import type { AllocationView, bringHome as bringHomeShape } from '@homeward/shared/placements/contract.ts';
import { lockBeds } from '../beds/steps.ts';
import { announce } from '../platform/announce.ts';
import type { Platform } from '../platform/platform.ts';
import { badInput, notHere, refuse, type Result } from '../platform/problem.ts';
import { isOfTrust } from '../platform/scope.ts';
import { timeNow, transact, type Act, type Trx } from '../platform/transaction.ts';
import { allocation } from './queries.ts';
import { holdFor, liveAllocation, lockRequest, recordRequest, type StoredRequest } from './steps.ts';

type Asked = z.output<typeof bringHomeShape>;

/** The last request about the same person: the one nothing goes on from. Read after the first is locked, and locked itself. */
async function lastOfChain(trx: Trx, first: StoredRequest): Promise<StoredRequest> {
  const { rows } = await sql<{ id: string }>`
    with recursive chain as (
      select id, 0 as step from placement_request where id = ${first.id}
      union all select r.id, c.step + 1 from placement_request r join chain c on r.continues = c.id where r.state <> 'withdrawn')
    select id from chain order by step desc limit 1`.execute(trx);
  const last = rows[0]!.id;
  return last === first.id ? first : (await lockRequest(trx, last))!;
}

/**
 * Starts somebody's way home: a request with the need of the one they went away by, which it continues, and a hold on the bed for it, both or neither.
 * The hold goes by the rules of any other (`holdFor`); on arrival the line of the register ends that day. A request about them that is still open, since a
 * bed before was declined or let go, is taken up again; where their legal status has changed since, it is withdrawn and described anew.
 * Refused: another trust's request (404); somebody whom the register doesn't say is away (409 `not-away`), or who has arrived elsewhere since (409
 * `moved-already`); one for whom a bed is held (409 `already-held`); a legal status nobody knows (422 `bad-input`); and all that a hold refuses.
 */
export async function bringHome(platform: Platform, act: Act, requestId: string, asked: Asked): Promise<Result<AllocationView>> {
  const { accountId } = act.scope;
  return platform.turns.take(asked.bedId, () =>
    transact(platform, act.once, async (trx) => {
      await lockBeds(trx, [asked.bedId]);
      const away = await lockRequest(trx, requestId);
      if (!away || !isOfTrust(act.scope, 'bed-manager', away.sendingTrust)) return notHere();
      const now = await timeNow(trx, platform.clock);
      const wishes = await wishesOfAway(trx, requestId);
      if (wishes === null) return refuse(409, 'not-away', 'The register does not say that this person is away.');
      if (asked.legalStatus !== undefined && !(await isLegalStatus(trx, asked.legalStatus))) {
        return badInput([{ path: 'legalStatus', code: 'unknown-status', message: 'Choose a legal status from the national list.' }]);
      }
      const last = await lastOfChain(trx, away);
      if (last.id !== away.id) {
        if (last.state === 'placed') return refuse(409, 'moved-already', `This person has arrived by ${last.reference} since.`);
        if (await liveAllocation(trx, { requestId: last.id }, now)) {
          return refuse(409, 'already-held', 'A bed is held for this person already. Let it go first.');
        }
      }
      const request = await requestHome(trx, { away, last, wishes, asked, accountId, now });
      const held = await holdFor(trx, { request, bedId: asked.bedId, reason: asked.reason, accountId }, platform.clock);
      if (!held.ok) return held;
      return allocation(trx, act.scope, held.value);
    }),
  );
}

/** The request by which somebody comes home: the open one about them, or a new one. */
async function requestHome(
  trx: Trx,
  {
    away,
    last,
    wishes,
    asked,
    accountId,
    now,
  }: { away: StoredRequest; last: StoredRequest; wishes: string; asked: Asked; accountId: string; now: Instant },
): Promise<StoredRequest> {
  let before = last;
  if (last.id !== away.id && last.state === 'open') {
    if (asked.legalStatus === undefined || asked.legalStatus === last.legalStatus) return last;
    before = (await lockRequest(trx, last.continues!))!;
    const reason = 'Described anew: the legal status has changed.';
    await sql`update placement_request set state = 'withdrawn', closed_at = ${new Date(now)}, closed_reason = ${reason} where id = ${last.id}`.execute(
      trx,
    );
    announce(trx, { type: 'placement.changed', at: now, accountId, data: { requestId: last.id, was: 'open', state: 'withdrawn', reason } });
  }
  const { sendingTrust, homePlace, bedType, ageBand, sex, securityLevel, needs, notes } = away;
  return recordRequest(
    trx,
    {
      sendingTrust,
      homePlace,
      bedType,
      ageBand,
      sex,
      securityLevel,
      needs,
      notes,
      wishes,
      legalStatus: asked.legalStatus ?? last.legalStatus,
      whereNow: 'out-of-area',
      neededBy: asked.neededBy ?? rfc3339(now),
      continues: before.id,
    },
    accountId,
    now,
  );
}

/** What somebody away and their family wish, as the register has it; null where it doesn't say that they are away. */
async function wishesOfAway(trx: Trx, requestId: string): Promise<string | null> {
  const { rows } = await sql<{ wishes: string }>`
    select v.wishes from out_of_area o join out_of_area_revision v on v.out_of_area_id = o.id and v.replaced_at is null
    where o.request_id = ${requestId} and v.state = 'away'`.execute(trx);
  return rows[0]?.wishes ?? null;
}

async function isLegalStatus(trx: Trx, code: string): Promise<boolean> {
  const known = await trx.selectFrom('code').select('code').where('list', '=', 'legal-status').where('code', '=', code).executeTakeFirst();
  return known !== undefined;
}
