import { describe, expect, test } from 'vitest';
import { dayMs, hourMs, minuteMs } from '../kernel/interval.ts';
import { aDuty, aShift, at, aWorker, now } from '../kernel/examples.ts';
import type { ShiftFacts } from './facts.ts';
import { isRegularOf, waveAt, waveCheck, waveTimesOf } from './wave-rules.ts';
import type { WaveRule } from './wave-rules.ts';

const rule: WaveRule = { regularDuties: 3, regularWeeks: 13, homeTrustAfterMinutes: 120, collaborativeAfterMinutes: 480 };
const notice = 24 * 60;

describe('when a shift opens to whom', () => {
  const inDays = (days: number) => waveTimesOf(rule, now, now + days * dayMs, notice);
  const times = (regulars: number, home: number, collaborative: number) => ({
    regularsAt: now + regulars * minuteMs,
    homeTrustAt: now + home * minuteMs,
    collaborativeAt: now + collaborative * minuteMs,
  });

  test('by the waves', () => expect(inDays(10)).toMatchObject(times(0, 120, 480)));
  test('a start within short notice opens to all at once', () => expect(inDays(1)).toMatchObject(times(0, 0, 0)));
  test('one that comes within it before the wave opens then, and nobody nearer waits longer', () => {
    expect(waveTimesOf(rule, now, now + 25 * hourMs, notice)).toMatchObject(times(0, 60, 60));
    expect(waveTimesOf(rule, now, now + 27 * hourMs, notice)).toMatchObject(times(0, 120, 180));
  });
  test('a start that is past opens at the posting, not before', () => expect(inDays(-1)).toMatchObject(times(0, 0, 0)));
  test('no rule opens to all at the posting', () =>
    expect(waveTimesOf(null, now, now + 10 * dayMs, notice)).toEqual({ ...times(0, 0, 0), regularDuties: 0, regularWeeks: 0 }));
});

describe('a regular of the ward', () => {
  const ward = 'the-dales/elmdale';
  const there = (days: number, change = {}) => aDuty(now - days * dayMs, 8, { wardId: ward, ...change });
  const isRegular = (...duties: ReturnType<typeof aDuty>[]) =>
    isRegularOf(aWorker({ duties: duties.sort((a, b) => a.start - b.start) }), ward, rule, now);

  test('has enough duties there', () => {
    expect(isRegular(there(1), there(2), there(3))).toBe(true);
    expect(isRegular(there(1), there(2))).toBe(false);
  });
  test('that started in the weeks before now, the first instant included', () => {
    expect(isRegular(there(1), there(2), there(91))).toBe(true);
    expect(isRegular(there(1), there(2), aDuty(now - 91 * dayMs - 1, 8, { wardId: ward }))).toBe(false);
  });
  test('not those to come, nor one that starts now', () => {
    expect(isRegular(there(1), there(2), there(-1))).toBe(false);
    expect(isRegular(there(1), there(2), there(0))).toBe(false);
  });
  test('not training, leave or another ward', () => {
    expect(isRegular(there(1), there(2), there(3, { kind: 'training' }))).toBe(false);
    expect(isRegular(there(1), there(2), there(3, { kind: 'leave' }))).toBe(false);
    expect(isRegular(there(1), there(2), there(3, { wardId: 'becklin/ward-5' }))).toBe(false);
  });
  test('wherever they are employed', () => expect(isRegular(there(1, { trust: 'TAD' }), there(2), there(3))).toBe(true));
});

describe('the wave check', () => {
  const waves = {
    regularsAt: at('2026-10-20T10:00Z'),
    homeTrustAt: at('2026-10-20T12:00Z'),
    collaborativeAt: at('2026-10-20T18:00Z'),
    regularDuties: 1,
    regularWeeks: 13,
  };
  const shift = (change: Partial<ShiftFacts> = {}) => aShift({ waves, ...change });
  const elsewhere = aWorker();
  const home = aWorker({ homeTrust: 'RXG' });
  const regular = aWorker({ duties: [aDuty('2026-10-01T08:00Z', 8, { wardId: 'the-dales/elmdale' })] });
  const result = (worker: typeof home, time: string, change: Partial<ShiftFacts> = {}) => waveCheck(worker, shift(change), at(time)).result;

  test.each([
    ['a regular', regular, '2026-10-20T10:00Z'],
    ['the home trust', home, '2026-10-20T12:00Z'],
    ['the collaborative', elsewhere, '2026-10-20T18:00Z'],
  ])('opens to %s at its time and not a moment before', (_, worker, time) => {
    expect(result(worker, time)).toBe('pass');
    expect(waveCheck(worker, shift(), at(time) - 1).result).toBe('fail');
  });

  test('the sentence names the opening time', () => {
    const check = waveCheck(elsewhere, shift(), at('2026-10-20T12:00Z'));
    expect(check.sentence).toBe('The shift opens to this worker on Tue 20 Oct, 19:00.');
    expect(check.evidence).toEqual([{ what: 'opening time', from: '2026-10-20T18:00:00.000Z' }]);
    expect(check.fix).toBe('Wait until the shift opens.');
  });

  test('the earliest wave someone belongs to counts', () => {
    const early = { waves: { ...waves, collaborativeAt: at('2026-10-20T09:00Z') } };
    for (const worker of [regular, home, elsewhere]) expect(result(worker, '2026-10-20T09:00Z', early)).toBe('pass');
  });

  test('a shift kept for someone is hidden from all others until its time', () => {
    const kept = { preferred: { workerId: 'worker-1', until: at('2026-10-20T20:00Z') } };
    const other = { ...regular, id: 'worker-2' };
    expect(result(elsewhere, '2026-10-20T09:00Z', kept)).toBe('pass');
    expect(result(other, '2026-10-20T19:59Z', kept)).toBe('fail');
    expect(result(other, '2026-10-20T20:00Z', kept)).toBe('pass');
    expect(waveCheck(other, shift(kept), at('2026-10-20T19:00Z')).sentence).toContain('21:00');
  });

  test('after that the waves still hold', () => {
    const kept = { preferred: { workerId: 'worker-9', until: at('2026-10-20T11:00Z') } };
    expect(result(elsewhere, '2026-10-20T17:59Z', kept)).toBe('fail');
    expect(result(regular, '2026-10-20T11:00Z', kept)).toBe('pass');
  });

  test('without waves it is open', () => expect(result(elsewhere, '2026-10-20T00:00Z', { waves: null })).toBe('pass'));

  test('the wave a card shows', () => {
    const kept = shift({ preferred: { workerId: 'worker-9', until: at('2026-10-20T11:00Z') } });
    const shown = ['10:59', '11:00', '12:00', '18:00'].map((time) => waveAt(kept, at(`2026-10-20T${time}Z`)));
    expect(shown).toEqual(['preferred', 'regulars', 'home-trust', 'collaborative']);
    expect(waveAt(shift({ waves: null }), now)).toBe('collaborative');
  });
});
