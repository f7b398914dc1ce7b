import { describe, expect, test } from 'vitest';
import { aGround, aRecord, aWorker } from '../kernel/examples.ts';
import type { WorkerFacts } from './facts.ts';
import { lapsesOf } from './lapse-rules.ts';

const today = '2026-10-20';
const periods = [
  { trust: 'RGD', competency: 'pmva-team', title: 'PMVA', months: 12 },
  { trust: 'RXG', competency: 'pmva-team', title: 'PMVA', months: 5 },
];
const lapses = (change: Partial<WorkerFacts>, within?: number) => lapsesOf(aWorker(change), periods, aGround(), today, within);
const said = (change: Partial<WorkerFacts>) => lapses(change).map(({ on, what }) => `${on} ${what}`);
const revoked = { at: 0, by: 'x', reason: 'y' };
const soon = aRecord({ completedOn: '2025-11-10' });

describe('what ends in the next 60 days', () => {
  test('is nothing where nothing does', () => expect(lapses({})).toEqual([]));

  test.each<[string, Partial<WorkerFacts>, string[]]>([
    ['training by the home trust’s period', { records: [soon] }, ['2026-11-09 PMVA ends']],
    ['the record that lasts longest', { records: [aRecord({ id: 'b', completedOn: '2025-11-20' }), soon] }, ['2026-11-19 PMVA ends']],
    ['not one that was renewed', { records: [soon, aRecord({ id: 'b' })] }, []],
    ['unless that one was revoked', { records: [soon, aRecord({ id: 'b', revoked })] }, ['2026-11-09 PMVA ends']],
    ['registration', { registration: { ...aWorker().registration, untilDay: '2026-12-01' } }, ['2026-12-01 NMC registration ends']],
    [
      'a registration with no body',
      { registration: { ...aWorker().registration, body: null, untilDay: '2026-12-01' } },
      ['2026-12-01 Registration ends'],
    ],
    [
      'two of the checks',
      {
        checks: {
          ...aWorker().checks,
          dbs: { onDay: null, untilDay: '2026-11-02' },
          'right-to-work': { onDay: null, untilDay: '2026-11-01' },
        },
      },
      ['2026-11-01 Right to work check ends', '2026-11-02 DBS check ends'],
    ],
    ['the opt-out', { optOut: { fromDay: '2026-01-01', untilDay: '2026-10-20' } }, ['2026-10-20 48-hour opt-out ends']],
    [
      'a bank',
      { banks: [{ bankId: 'bank-nursing', fromDay: null, untilDay: '2026-12-19' }] },
      ['2026-12-19 Membership of West Yorkshire nursing bank ends'],
    ],
    [
      'not a bank that goes on',
      {
        banks: [
          { bankId: 'bank-nursing', fromDay: null, untilDay: '2026-12-01' },
          { bankId: 'bank-nursing', fromDay: '2026-12-02', untilDay: null },
        ],
      },
      [],
    ],
    [
      'a restriction',
      { restrictions: [{ id: 'r', wardId: 'w', fromDay: '2026-01-01', untilDay: '2026-11-30', reason: '', reviewer: '' }] },
      ['2026-11-30 A ward’s do-not-book ends'],
    ],
  ])('%s', (_, change, expected) => expect(said(change)).toEqual(expected));

  test('today and the sixtieth day are in it, yesterday and the day after are not', () => {
    const on = (untilDay: string) => lapses({ optOut: { fromDay: '2026-01-01', untilDay } }).length;
    expect(['2026-10-19', '2026-10-20', '2026-12-19', '2026-12-20'].map(on)).toEqual([0, 1, 1, 0]);
    expect(lapses({ optOut: { fromDay: '2026-01-01', untilDay: '2026-10-22' } }, 1)).toEqual([]);
  });
  test('the first to end comes first, and what ends on one day goes by its words, whatever order they are known in', () => {
    const ending = (id: string, untilDay: string) => ({ id, wardId: 'w', fromDay: '2026-01-01', untilDay, reason: '', reviewer: '' });
    const restrictions = [ending('c', '2026-12-01'), ending('a', '2026-11-02'), ending('b', '2026-11-20')];
    for (const order of [restrictions, restrictions.toReversed()])
      expect(lapses({ restrictions: order }).map(({ on }) => on)).toEqual(['2026-11-02', '2026-11-20', '2026-12-01']);
    const sameDay = { optOut: { fromDay: '2026-01-01', untilDay: '2026-11-20' }, records: [aRecord({ completedOn: '2025-11-21' })] };
    expect(said({ ...sameDay, restrictions: [ending('b', '2026-11-20')] })).toEqual([
      '2026-11-20 48-hour opt-out ends',
      '2026-11-20 A ward’s do-not-book ends',
      '2026-11-20 PMVA ends',
    ]);
  });
  test('says about what and which one, so that it is told once', () => {
    expect(lapses({ records: [soon] })).toEqual([{ on: '2026-11-09', what: 'PMVA ends', about: 'training', code: 'pmva-team' }]);
  });
});
