import { sql } from 'kysely';
import { v7 } from 'uuid';
import type { JsonValue } from '@homeward/db/types.ts';
import type { ImportKind, ImportProblem, ImportReport } from '@homeward/shared/imports/contract.ts';
import type { EventType } from '@homeward/shared/kernel/event.ts';
import type { Instant } from '@homeward/shared/kernel/interval.ts';
import { localDayOf } from '@homeward/shared/kernel/local-time.ts';
import { announce } from '../platform/announce.ts';
import type { Clock } from '../platform/clock.ts';
import { changeGround, changePeople } from '../platform/ground.ts';
import type { Once } from '../platform/idempotency.ts';
import type { Platform } from '../platform/platform.ts';
import { ok, refuse, type Result } from '../platform/problem.ts';
import { timeNow, transact, type Trx } from '../platform/transaction.ts';
import { reviewBookings } from '../shifts/steps.ts';
import { Problems, type ImportFile } from './facts.ts';
import { applyBatch, mergeOf, stage, type Touched } from './steps.ts';

/** Who brings a file: the trusts whose rows they may bring, or every trust's. */
export interface Importer {
  accountId: string | null;
  trusts: readonly string[] | 'every';
}

export interface Progress {
  phase: 'checking' | 'applying';
  rows: number;
}

const previewed = 100;
/** Up to so many people each is told of their own change; beyond it the one event of the import stands for all. */
const toldOneByOne = 200;

/**
 * Checks a file against what is known, or applies it: all of it or nothing, in one transaction. Answers how many rows there are, how
 * many can be and are already so, everything that is wrong with the others, and what would change.
 * Applying refuses a file with any problem (422 `import-has-problems`, with the same report). Rows of a trust the importer has no
 * office at are problems. Corrections are new revisions; the same file again changes nothing. Future bookings whose decision is no
 * longer a yes because of it become `needs-review`, in the same transaction (contract, section 4).
 * @param tell how far it is
 */
export async function importFile(
  platform: Platform,
  once: Once | null,
  importer: Importer,
  file: ImportFile,
  mode: 'check' | 'apply',
  tell: (progress: Progress) => void = () => {},
): Promise<Result<ImportReport>> {
  return transact(platform, once, async (trx, now) => {
    const apply = mode === 'apply' && file.problems.rows === 0;
    const merge = mergeOf(file.kind);
    let knownFrom = now;
    // A hundred thousand rows take longer than any statement of a page may.
    await sql`set local statement_timeout = '120s'`.execute(trx);
    if (apply) {
      // One import at a time, so that what a row is compared with can't change under it; then what it is about.
      await sql`select pg_advisory_xact_lock(hashtext('homeward import'))`.execute(trx);
      if (merge.about === 'ground') knownFrom = await changeGround(trx, platform.clock);
      await merge.lock?.(trx, file);
    }
    tell({ phase: 'checking', rows: 0 });
    await stage(trx, file, localDayOf(now), (rows) => tell({ phase: 'checking', rows }));
    const problems = new Problems(file.problems);
    for (const { line, values } of merge.unfit ? file.rows : [])
      for (const found of merge.unfit!(values, localDayOf(now))) problems.add({ line, ...found });
    for (const problem of await problemsOf(trx, file.kind, importer)) problems.add(problem);
    const report = await reportOf(trx, file, problems);
    if (mode === 'check') return ok(report);
    if (report.problemCount > 0) {
      const bad = report.problemCount === 1 ? 'One row has to be put right' : `${report.problemCount} rows have to be put right`;
      return refuse(422, 'import-has-problems', `${bad}. Nothing was imported.`, { more: report });
    }
    tell({ phase: 'applying', rows: report.rows });
    // Locked since before they were compared: what it waited for is dated earlier.
    if (merge.about === 'beds') knownFrom = await timeNow(trx, platform.clock);
    if (report.unchanged < report.rows || (await merge.isDue?.(trx, knownFrom))) {
      if (merge.about === 'people') {
        await merge.lockStaged?.(trx);
        knownFrom = await changePeople(trx, platform.clock);
      }
      await applyStaged(trx, platform.clock, file, importer, knownFrom);
    }
    return ok({ ...report, applied: true });
  });
}

/** What is wrong with staged rows that their own cells can't tell: other trusts' rows, and things that aren't there. */
async function problemsOf(trx: Trx, kind: ImportKind, importer: Importer): Promise<ImportProblem[]> {
  const { problems, trustFrom = 'trust' } = mergeOf(kind);
  const { rows } = await sql<ImportProblem>`select line, "column", code, message from (
      select line, ${trustFrom}::text, 'unknown-trust', format('There is no trust %s here.', trust) from staged
        where trust is not null and not exists (select 1 from trust t where t.ods_code = staged.trust)
      union all select line, ${trustFrom}::text, 'not-your-trust', format('This row is about %s. Your bank office imports only its own trust’s rows.', trust) from staged
        where ${importer.trusts !== 'every'} and trust <> all(${importer.trusts === 'every' ? [] : importer.trusts}::text[])
      union all select * from (${sql.raw(problems)}) of_kind
    ) found(line, "column", code, message) order by line`.execute(trx);
  return rows;
}

async function reportOf(trx: Trx, file: ImportFile, problems: Problems): Promise<ImportReport> {
  const bad = problems.lines;
  const counts = (
    await sql<{ unchanged: number; accepted: number }>`
      select count(*)::int as accepted, (count(*) filter (where change = 'unchanged'))::int as unchanged from staged where line <> all(${bad}::int[])`.execute(
      trx,
    )
  ).rows[0]!;
  const preview = await sql<ImportReport['preview'][number]>`
    select line, ${sql.raw(mergeOf(file.kind).what)} as what, change from staged where line <> all(${bad}::int[])
    order by change = 'unchanged', line limit ${previewed}`.execute(trx);
  return {
    kind: file.kind,
    applied: false,
    rows: file.count,
    // Rows that a later one replaces are neither staged nor bad: they change nothing.
    accepted: counts.accepted + file.replaced,
    unchanged: counts.unchanged + file.replaced,
    problems: problems.named.toSorted((a, b) => a.line - b.line),
    problemCount: problems.rows,
    preview: preview.rows,
  };
}

const changedWord: Partial<Record<ImportKind, EventType>> = {
  workers: 'worker.changed',
  roster: 'worker.changed',
  'training-records': 'training.changed',
};

/** @param knownFrom the instant the rows are known from; of a batch of records, when they were written, and they are known later */
async function applyStaged(trx: Trx, clock: Clock, file: ImportFile, importer: Importer, knownFrom: Instant): Promise<void> {
  const { accountId } = importer;
  const by = accountId && (await trx.selectFrom('account').select('name').where('id', '=', accountId).executeTakeFirst());
  const stamp = v7({ msecs: knownFrom }).slice(0, 15);
  const ground = { now: new Date(knownFrom), today: localDayOf(knownFrom), accountId, name: by ? by.name : null, stamp };
  const { workerIds, wardIds, review, batchId, beds }: Touched = await mergeOf(file.kind).write(trx, ground);
  const now = batchId === null ? knownFrom : await applyBatch(trx, clock, batchId);
  const trusts = (await sql<{ trust: string }>`select distinct trust from staged order by trust`.execute(trx)).rows.map((row) => row.trust);
  const word = changedWord[file.kind];
  const bedsOneByOne = beds !== null && beds.wards.length + beds.shifts.length <= toldOneByOne;
  const oneByOne = (word !== undefined && workerIds.length <= toldOneByOne) || bedsOneByOne;
  announce(trx, {
    type: 'import.applied',
    at: now,
    accountId,
    // A duty that moved from one ward to another changes both, and only the new one is known here: a roster is told to everyone.
    data: { kind: file.kind, rows: file.count, sha256: file.sha256, trusts, toldOneByOne: oneByOne && file.kind !== 'roster' } as {
      [key: string]: JsonValue;
    },
  });
  if (bedsOneByOne) tellOfBeds(trx, beds, accountId, now);
  if (oneByOne && word) {
    for (const workerId of workerIds) announce(trx, { type: word, at: now, accountId, workerId, data: { import: file.kind } });
  }
  if (wardIds.length <= toldOneByOne) {
    for (const wardId of wardIds) announce(trx, { type: 'ward.changed', at: now, accountId, wardId, data: { import: file.kind } });
  }
  if (review) await reviewBookings(trx, review.workerIds, review.because, accountId, now, review.within);
}

/** Each ward hears of all its beds at once, and of having been confirmed; each shift that no longer opens a bed, that its card changed. */
function tellOfBeds(trx: Trx, { wards, shifts }: NonNullable<Touched['beds']>, accountId: string | null, now: Instant): void {
  const at = { at: now, accountId };
  for (const { wardId, changed, isConfirmed } of wards) {
    if (changed > 0) announce(trx, { type: 'bed.changed', ...at, wardId, data: { import: 'beds', beds: changed } });
    if (isConfirmed) announce(trx, { type: 'ward.confirmed', ...at, wardId, data: { by: 'import' } });
  }
  for (const { wardId, shiftId } of shifts) announce(trx, { type: 'shift.changed', ...at, wardId, shiftId });
}
