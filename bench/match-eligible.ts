import type { Kysely } from 'kysely';
import pg from 'pg';
import { connect } from '@homeward/db/connect.ts';
import type { DB } from '@homeward/db/types.ts';
import type { Candidates } from '@homeward/shared/shifts/contract.ts';
import type { Scope } from '../api/src/platform/scope.ts';
import { shiftCandidates } from '../api/src/shifts/ward-queries.ts';
import { inTurn, median, type Bench, type Benchmark } from './benchmark.ts';
import { makeBigData } from './big-data.ts';
import { eligibleBySql } from './match-sql.ts';

// What the page of a shift shows at first.
const shown = 20;

export const benchmark: Benchmark = {
  name: 'match.eligible',
  workload:
    'Who can take this shift: the first 20 in ranking and how many; 10,000 workers, 60,000 training records, 20,000 duties, 2,000 open shifts',
  baseline: 'one prepared SQL statement over the same tables and indexes, the same people in the same order',
  async measure(bench) {
    const workers = bench.isSmoke ? 1_000 : 10_000;
    const { db, client, shifts, now } = await matchWorld(bench, { workers, shifts: 2_000 });
    // A day's use: half the shifts have been looked at. The others have not, and those are timed.
    const [looked, fresh] = [shifts.filter((_, at) => at % 2 === 0), shifts.filter((_, at) => at % 2 === 1)];
    const began = performance.now();
    await candidatesOf(db, looked[0]!, now);
    const firstMs = performance.now() - began;
    for (const shift of looked) await candidatesOf(db, shift, now);
    for (const shift of fresh.slice(0, bench.isSmoke ? 10 : 50)) {
      const ours = await candidatesOf(db, shift, now);
      const theirs = await eligibleBySql(client, shift.id, new Date(now), shown);
      const [one, other] = [ours.items.map((item) => item.worker.id).join(), theirs.ids.join()];
      if (one !== other || ours.counts.eligible !== theirs.eligible) throw new Error(`shift ${shift.id}: we say ${one}, SQL says ${other}`);
    }
    let at = bench.isSmoke ? 10 : 50;
    const rate = async (ask: (shift: MatchShift) => Promise<unknown>) => {
      const from = performance.now();
      let answers = 0;
      for (; performance.now() - from < bench.roundMs; answers += 1) await ask(fresh[(at += 1) % fresh.length]!);
      return (answers * 1000) / (performance.now() - from);
    };
    const measured = await inTurn(
      bench.rounds,
      () => rate((shift) => candidatesOf(db, shift, now)),
      () => rate((shift) => eligibleBySql(client, shift.id, new Date(now), shown)),
    );
    bench.note(
      `${workers.toLocaleString('en-GB')} workers. Ours also counts who may ask, who can’t and why, with an example of each. The first answer of a process, which reads everybody, took ${Math.round(firstMs)} ms.`,
    );
    bench.note(
      `One answer: ours ${(1000 / median(measured.ours)).toFixed(2)} ms, SQL ${(1000 / median(measured.baseline)).toFixed(1)} ms. Checked on ${bench.isSmoke ? 10 : 50} shifts before.`,
    );
    await client.end();
    await db.destroy();
    // Among a tenth of the people SQL has a tenth of the work, and we much the same.
    return [{ what: 'answers a second', ...measured, target: { of: 'ratio', atLeast: bench.isSmoke ? 2 : 20 } }];
  },
};

export interface MatchShift {
  id: string;
  wardId: string;
}

/** A database of the size asked for, and its open shifts in an order that has nothing to do with when they are. */
export async function matchWorld(bench: Bench, size: { workers: number; shifts: number }) {
  const now = Date.now();
  const url = await bench.filledDatabaseUrl(`of_${size.workers}_and_${size.shifts}`, async (empty) => {
    const patient = connect(empty, { patient: true });
    await makeBigData(patient, size, now);
    await patient.destroy();
  });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<MatchShift>(`select id, ward_id as "wardId" from shift order by md5(id::text)`);
  return { url, db: connect(url), client, shifts: rows, now };
}

/** As the manager of its ward reads them. */
export async function candidatesOf(db: Kysely<DB>, { id, wardId }: MatchShift, now: number): Promise<Candidates> {
  const scope = {
    accountId: id,
    workerId: null,
    personId: null,
    grants: [{ role: 'ward-manager', trust: null, wardId, collaborativeId: null }],
  };
  const answer = await shiftCandidates(db, scope as unknown as Scope, id, now, { outcome: 'eligible', limit: shown });
  if (!answer.ok) throw new Error(`shift ${id}: ${answer.refusal.code}`);
  return answer.value;
}
