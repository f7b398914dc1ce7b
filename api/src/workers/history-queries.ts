import { sql, type Kysely, type Selectable } from 'kysely';
import { z } from 'zod';
import type { DB, WorkerRevision } from '@homeward/db/types.ts';
import { rfc3339, type Instant } from '@homeward/shared/kernel/interval.ts';
import { sayDay } from '@homeward/shared/kernel/local-time.ts';
import { id, instant } from '@homeward/shared/kernel/wire.ts';
import type { RecordHistory } from '@homeward/shared/workers/contract.ts';
import type { RegistrationField, Role } from '@homeward/shared/workers/facts.ts';
import { employmentCheckNames, fieldNames, roleNames } from '@homeward/shared/workers/rules.ts';
import { cursorOf, pageAfter } from '../platform/cursor.ts';
import { notHere, ok, type Result } from '../platform/problem.ts';
import { hasRole, isOfTrust, type Scope } from '../platform/scope.ts';
import { noteRead } from './steps.ts';

type Revision = Selectable<WorkerRevision>;

const span = (from: string | null, until: string | null) =>
  from === null ? null : `from ${sayDay(from, true)}${until === null ? '' : ` until ${sayDay(until, true)}`}`;
const check = (name: string) => `${name.charAt(0).toUpperCase()}${name.slice(1)} check`;
const yesOrNo = (yes: boolean) => (yes ? 'Yes' : 'No');

/** What a revision says, in the words of the page: each line is compared with the same line of the one before. */
const lines: { what: string; say: (row: Revision) => string | null }[] = [
  { what: 'Name', say: (row) => row.name },
  { what: 'Role', say: (row) => `${roleNames[row.role as Role].replace(/^an? /, '')}, band ${row.band}` },
  { what: 'Staff group', say: (row) => row.staffGroup },
  { what: 'Joined', say: (row) => row.joinedOn && sayDay(row.joinedOn, true) },
  { what: 'Works in roles below their own', say: (row) => yesOrNo(row.worksDown) },
  { what: 'Agrees to share the passport', say: (row) => yesOrNo(row.consentsToShare) },
  { what: '48-hour opt-out', say: (row) => span(row.optOutFrom, row.optOutUntil) },
  {
    what: 'Registration',
    say: (row) =>
      row.registrationBody === null && row.registrationNumber === null
        ? null
        : [
            [row.registrationBody, row.registrationNumber].filter((one) => one !== null).join(' '),
            row.registrationField && fieldNames[row.registrationField as RegistrationField],
            row.registrationUntil && `until ${sayDay(row.registrationUntil, true)}`,
          ]
            .filter((one) => one)
            .join(', '),
  },
  { what: check(employmentCheckNames.identity), say: (row) => span(row.identityCheckedOn, null) },
  { what: check(employmentCheckNames['right-to-work']), say: (row) => span(row.rightToWorkCheckedOn, row.rightToWorkUntil) },
  { what: check(employmentCheckNames.qualifications), say: (row) => span(row.qualificationsCheckedOn, null) },
  { what: check(employmentCheckNames.references), say: (row) => span(row.referencesCheckedOn, null) },
  { what: check(employmentCheckNames.dbs), say: (row) => span(row.dbsCheckedOn, row.dbsUntil) },
  { what: check(employmentCheckNames['work-health']), say: (row) => span(row.workHealthClearedOn, null) },
];

/** How to reach somebody, and where they live: that it changed is history, what it was is theirs (quality, section 4). */
const contact = (row: Revision) => `${row.email} ${row.homeOutwardCode}`;

/**
 * What was changed of a worker's record, newest first, each change beside what stood before it: for the worker, their bank office and
 * auditors. A look by another is noted and shown to the worker. Refused: anyone else (404).
 */
export async function history(
  db: Kysely<DB>,
  scope: Scope,
  workerId: string,
  now: Instant,
  page: { limit: number; cursor?: string | undefined },
): Promise<Result<RecordHistory>> {
  const worker = await db.selectFrom('worker').select('trust').where('id', '=', workerId).executeTakeFirst();
  const may = worker && (scope.workerId === workerId || isOfTrust(scope, 'bank-office', worker.trust) || hasRole(scope, 'auditor'));
  if (!may) return notHere();
  const after = pageAfter(page.cursor, z.tuple([instant, id]));
  let query = db.selectFrom('workerRevision').selectAll().where('workerId', '=', workerId);
  if (after) query = query.where(sql<boolean>`(recorded_at, id) < (${after[0]}::timestamptz, ${after[1]}::uuid)`);
  const rows = await query
    .orderBy('recordedAt', 'desc')
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
  await noteRead(db, scope, workerId, 'record', now);
  const shown = rows.slice(0, page.limit);
  const last = shown.at(-1);
  return ok({
    items: shown.map((row, at) => ({
      at: rfc3339(row.recordedAt.getTime()),
      by: row.recordedByName,
      because: row.because,
      changes: changesOf(rows[at + 1], row),
    })),
    nextCursor: rows.length > shown.length && last ? cursorOf(rfc3339(last.recordedAt.getTime()), last.id) : null,
  });
}

function changesOf(before: Revision | undefined, after: Revision): RecordHistory['items'][number]['changes'] {
  if (!before) return [{ what: 'Record', before: null, after: 'First recorded' }];
  const changes = lines.flatMap(({ what, say }) => {
    const [was, is] = [say(before), say(after)];
    return was === is ? [] : [{ what, before: was, after: is }];
  });
  if (contact(before) !== contact(after)) changes.push({ what: 'Contact details', before: null, after: null });
  const isSaid = after.consentSaidAt !== null && after.consentSaidAt.getTime() !== before.consentSaidAt?.getTime();
  if (isSaid && before.consentsToShare === after.consentsToShare)
    changes.push({
      what: 'Agrees to share the passport',
      before: yesOrNo(before.consentsToShare),
      after: `${yesOrNo(after.consentsToShare)}, said by the worker`,
    });
  return changes;
}
