import { describe, expect, test } from 'vitest';
import { outcomeOf } from '../kernel/decision.ts';
import type { Check, Decision } from '../kernel/decision.ts';
import { aGround, aShift, aWorker, now } from '../kernel/examples.ts';
import { sameDecision, stillHolds } from './review-rules.ts';
import { decide } from './rules.ts';

const decision = (results: Record<string, Check['result']>): Decision => {
  const checks = Object.entries(results).map(([code, result]): Check => ({ code, result, sentence: code, evidence: [] }));
  return { outcome: outcomeOf(checks), checks };
};

describe('a booking still holds by a decision taken afresh', () => {
  test.each<[Record<string, Check['result']>, Record<string, Check['result']>, boolean]>([
    [{ bank: 'pass' }, { bank: 'pass' }, true],
    [{ bank: 'fail' }, { bank: 'pass' }, false],
    [{ 'daily-rest': 'override' }, { 'daily-rest': 'pass' }, false],
    [{ 'daily-rest': 'override' }, { 'daily-rest': 'override' }, true],
    [{ 'daily-rest': 'override', 'weekly-rest': 'override' }, { 'daily-rest': 'override', 'weekly-rest': 'pass' }, false],
    [{ 'daily-rest': 'pass' }, { 'daily-rest': 'override' }, true],
    [{ availability: 'warn' }, { availability: 'pass' }, true],
    [{ 'daily-rest': 'override', bank: 'fail' }, { 'daily-rest': 'override', bank: 'pass' }, false],
  ])('%j, accepted on %j: %s', (fresh, accepted, holds) => expect(stillHolds(decision(fresh), decision(accepted))).toBe(holds));
});

describe('the same decision again', () => {
  const stored = decide(aWorker(), aShift(), aGround(), now);
  const changed = (change: (check: Check) => Check): Decision => ({ ...stored, checks: stored.checks.map(change) });
  const bank = (change: (check: Check) => Partial<Check>) =>
    changed((check) => (check.code === 'bank' ? { ...check, ...change(check) } : check));

  test('is the same from the same facts, and however it came back from the database', () => {
    expect(sameDecision(stored, structuredClone(stored))).toEqual([]);
    expect(
      sameDecision(
        stored,
        changed((check) => ({ ...check, evidence: check.evidence.toReversed() })),
      ),
    ).toEqual([]);
  });
  test('in other words or under other names is the same', () => {
    const reworded = changed((check) => ({
      ...check,
      sentence: 'x',
      fix: 'y',
      evidence: check.evidence.map((item) => ({ ...item, by: 'z', detail: 'w' })),
    }));
    expect(sameDecision(stored, reworded)).toEqual([]);
  });
  test.each<[string, Decision, string[]]>([
    ['outcome', { ...stored, outcome: 'blocked' }, ['outcome: eligible then, blocked now']],
    ['result', bank(() => ({ result: 'fail' })), ['bank: pass then, fail now']],
    [
      'which one it rests on',
      bank(({ evidence }) => ({ evidence: [{ ...evidence[0]!, id: 'other' }] })),
      ['bank: rested on bank membership bank-nursing from 2024-01-01 then, bank membership other from 2024-01-01 now'],
    ],
    [
      'nothing to rest on',
      bank(() => ({ evidence: [] })),
      ['bank: rested on bank membership bank-nursing from 2024-01-01 then, nothing now'],
    ],
    ['a check less', { ...stored, checks: stored.checks.slice(1) }, ['bank: not asked now']],
  ])('%s differs', (_, again, differences) => expect(sameDecision(stored, again)).toEqual(differences));
  test('from, until, what and a check more differ too', () => {
    for (const key of ['from', 'until', 'what'] as const) {
      expect(
        sameDecision(
          stored,
          bank(({ evidence }) => ({ evidence: [{ ...evidence[0]!, [key]: '2026-01-01' }] })),
        ),
      ).toHaveLength(1);
    }
    expect(sameDecision({ ...stored, checks: stored.checks.slice(1) }, stored)).toEqual(['bank: not asked then']);
  });
});
