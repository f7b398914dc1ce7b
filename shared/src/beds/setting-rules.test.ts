import { expect, test } from 'vitest';
import { usualSetting } from './setting-rules.ts';

test('a trust that has set nothing has the clocks and the order of the rules', () => {
  // rules-beds, sections 1, 3 and 4
  expect(usualSetting).toEqual({
    dueTimes: ['10:00', '14:00', '18:00'],
    freshMinutes: 240,
    graceMinutes: 60,
    holdMinutes: 30,
    extensionMinutes: 30,
    answerMinutes: 60,
    arrivalMinutes: 720,
    askingMinutes: 60,
    reviewDays: 7,
    sexRules: {
      female: { female: 'meets', male: 'does-not-meet' },
      male: { female: 'does-not-meet', male: 'meets' },
      mixed: { female: 'ask', male: 'ask' },
      flexible: { female: 'ask', male: 'ask' },
      separate: { female: 'ask', male: 'ask' },
      unknown: { female: 'ask', male: 'ask' },
    },
    rankingTerms: ['least-restrictive', 'nearest-home', 'freshest'],
  });
});
