import { sql, type Kysely } from 'kysely';
import type { z } from 'zod';
import type { DB } from '@homeward/db/types.ts';
import type { Instant } from '@homeward/shared/kernel/interval.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { id as idShape } from '@homeward/shared/kernel/wire.ts';
import type {
  alignmentEffect as alignmentShape,
  EffectView,
  periodEffect as periodShape,
  requirementEffect as requirementShape,
} from '@homeward/shared/training/contract.ts';
import { stateAfterStep } from '@homeward/shared/training/lifecycle-rules.ts';
import { badInput, notHere, ok, type Result } from '../platform/problem.ts';
import { hasRole, managesWard, trustsAs, type Scope } from '../platform/scope.ts';
import { storedAlignments, type StoredAlignment } from './alignment-queries.ts';
import { previewOf } from './effect-queries.ts';
import { periodChange } from './period-queries.ts';
import { endingChange, settingChange } from './requirement-queries.ts';
import { changeTo, pilotState, validatedState, type NextState } from './steps.ts';

/**
 * What a step would do to who may work where, to bookings and to counts, whether or not it is legal yet: whoever signs may know what it leads to.
 * For those who share by the alignment. Refused: wards or days that the step itself would refuse (422).
 */
export async function alignmentEffect(
  db: Kysely<DB>,
  scope: Scope,
  id: string,
  asked: z.output<typeof alignmentShape>,
  now: Instant,
): Promise<Result<EffectView>> {
  const today = localDayOf(now);
  const [at] = await storedAlignments(db, sql`a.id = ${id}`, today);
  if (!at || !mayLookAhead(scope, at)) return notHere();
  const next = await stateAsked(db, at, asked, now);
  return next.ok ? ok(await previewOf(db, scope, changeTo(at, next.value, scope.name, now), now)) : next;
}

/** Leads of those who share, their programme office and auditors: another role at a member, and a lead's elsewhere, don't add up to it. */
function mayLookAhead(scope: Scope, at: StoredAlignment): boolean {
  const leads = trustsAs(scope, 'training-lead');
  return (
    hasRole(scope, 'auditor') ||
    at.members.some((member) => leads.includes(member.trust)) ||
    scope.grants.some((grant) => grant.role === 'programme' && grant.collaborativeId === at.collaborativeId)
  );
}

async function stateAsked(
  db: Kysely<DB>,
  at: StoredAlignment,
  asked: z.output<typeof alignmentShape>,
  now: Instant,
): Promise<Result<NextState>> {
  switch (asked.step) {
    case 'stress-test': {
      const pilotWardIds = (asked.pilotWardIds ?? '').split(',').filter((one) => one !== '');
      if (pilotWardIds.length === 0 || pilotWardIds.some((one) => !idShape.safeParse(one).success)) {
        return badInput([{ path: 'pilotWardIds', code: 'unknown-ward', message: 'Name at least one ward to try it on.' }]);
      }
      return pilotState(db, at, { pilotWardIds, until: asked.until }, now);
    }
    case 'validate':
      return validatedState({ countsFrom: asked.countsFrom }, now);
    case 'return':
      return ok({ state: stateAfterStep('return', at.state)! });
    case 'withdraw':
      return ok({ state: 'withdrawn' });
  }
}

/** What another period would do, for the lead of that trust. Refused as the act itself is. */
export async function periodEffect(
  db: Kysely<DB>,
  scope: Scope,
  asked: z.output<typeof periodShape>,
  now: Instant,
): Promise<Result<EffectView>> {
  const change = await periodChange(db, scope, asked, now);
  return change.ok ? ok(await previewOf(db, scope, change.value, now)) : change;
}

/**
 * What setting a requirement, or with `end` ending it, would do, for those who manage the ward.
 * Refused: another ward, or ending what it doesn't ask (404); what setting it would refuse (422).
 */
export async function requirementEffect(
  db: Kysely<DB>,
  scope: Scope,
  wardId: string,
  asked: z.output<typeof requirementShape>,
  now: Instant,
): Promise<Result<EffectView>> {
  if (!managesWard(scope, wardId)) return notHere();
  const { competency, role = null, minimumOnShift = null } = asked;
  const { rows } = await sql<{ id: string }>`select id from requirement
    where ward_id = ${wardId} and competency = ${competency} and role is not distinct from ${role} and replaced_at is null`.execute(db);
  if (asked.end === 'true') {
    return rows[0] ? ok(await previewOf(db, scope, endingChange(wardId, rows[0].id), now)) : notHere();
  }
  const change = await settingChange(db, wardId, { id: rows[0]?.id ?? wardId, competency, role, minimumOnShift }, now);
  return change.ok ? ok(await previewOf(db, scope, change.value, now)) : change;
}
