import { expect } from 'vitest';
import { sql, type Kysely } from 'kysely';
import type { DB } from '@homeward/db/types.ts';
import type { Decision } from '@homeward/shared/kernel/decision.ts';
import type { Instant } from '@homeward/shared/kernel/interval.ts';
import { decide, decisionForHost } from '@homeward/shared/shifts/rules.ts';
import type { Scope } from '../api/src/platform/scope.ts';
import { groundFacts, shiftFactsOf, wardFacts, workerFacts } from '../api/src/shifts/facts.ts';
import { spanOf, storedShifts } from '../api/src/shifts/queries.ts';
import { shiftCandidates } from '../api/src/shifts/ward-queries.ts';
import { isTheirsToSee, openOffers } from '../api/src/shifts/worker-queries.ts';

const bare = (decision: Decision) => ({ ...decision, checks: decision.checks.map((check) => ({ ...check, evidence: [] })) });
const byId = <T>(entries: readonly (readonly [string, T])[]) =>
  Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)));

/** What a process's roll answers is what the rules say of facts read from the tables at the same instant: of every open shift and every worker. */
export async function expectRollAsTables(db: Kysely<DB>, now: Instant): Promise<{ compared: number; eligible: number }> {
  const rows = await storedShifts(db, sql`s.status = 'open' and s.starts_at > ${new Date(now)} order by s.id`);
  const wards = await wardFacts(db, [...new Set(rows.map((row) => row.wardId))]);
  const ground = await groundFacts(db, now);
  const ids = (await db.selectFrom('worker').select('id').execute()).map((row) => row.id);
  const decided = new Map<string, Map<string, { homeTrust: string; staffGroup: string; decision: Decision }>>();
  for (const row of rows) {
    const workers = await workerFacts(db, ids, spanOf([row], now));
    const facts = shiftFactsOf(row, wards.get(row.wardId)!);
    const each = [...workers.values()].map((worker) => [worker.id, { ...worker, decision: decide(worker, facts, ground, now) }] as const);
    decided.set(row.id, new Map(each));
  }
  let compared = 0;
  let eligible = 0;

  for (const row of rows) {
    const ward = wards.get(row.wardId)!;
    const inGroup = [...decided.get(row.id)!].filter(([, one]) => one.staffGroup === row.staffGroup);
    const isHidden = ({ homeTrust, decision }: { homeTrust: string; decision: Decision }) =>
      homeTrust !== ward.trust && decision.checks.some((check) => check.result === 'fail' && ['consent', 'agreement'].includes(check.code));
    const shown = inGroup.filter(([, one]) => !isHidden(one));
    const expected = shown.map(([id, one]) => [id, decisionForHost(one.decision, { sameTrust: one.homeTrust === ward.trust })] as const);
    const scope = {
      accountId: row.id,
      workerId: null,
      personId: null,
      grants: [{ role: 'ward-manager', trust: null, wardId: row.wardId, collaborativeId: null }],
    };
    const answer = await shiftCandidates(db, scope as unknown as Scope, row.id, now, { limit: 1000 });
    if (!answer.ok) throw new Error(answer.refusal.code);
    const { items, counts, hidden, reasons } = answer.value;
    expect(byId(items.map((item) => [item.worker.id, item.decision] as const))).toEqual(byId(expected));
    const count = (outcome: Decision['outcome']) => expected.filter(([, decision]) => decision.outcome === outcome).length;
    expect({ hidden, ...counts }).toEqual({
      hidden: inGroup.length - shown.length,
      eligible: count('eligible'),
      override: count('override'),
      blocked: count('blocked'),
    });
    const order = { eligible: 0, override: 1, blocked: 2 };
    const outcomes = items.map((item) => order[item.decision.outcome]);
    expect(outcomes).toEqual(outcomes.toSorted());
    // The example of each reason is of whoever stands first among those it stops.
    const examples = new Map<string, string>();
    for (const { decision } of items) {
      const first = decision.checks.find((check) => check.result === 'fail');
      if (first && !examples.has(first.code)) examples.set(first.code, first.sentence);
    }
    expect(Object.fromEntries(reasons.map(({ code, sentence }) => [code, sentence]))).toEqual(Object.fromEntries(examples));
    compared += items.length;
    eligible += counts.eligible;
  }

  for (const id of ids) {
    const open = await openOffers(db, id, now);
    const expected = rows.flatMap((row) => {
      const one = decided.get(row.id)!.get(id)!;
      const ward = wards.get(row.wardId)!;
      const offer = { row, ward, facts: shiftFactsOf(row, ward), decision: one.decision };
      return one.staffGroup === row.staffGroup && isTheirsToSee(offer, id, now) ? [[row.id, bare(one.decision)] as const] : [];
    });
    expect(byId(open!.offers.map((offer) => [offer.row.id, bare(offer.decision)] as const))).toEqual(byId(expected));
    compared += expected.length;
  }
  return { compared, eligible };
}
