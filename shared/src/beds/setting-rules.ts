import type { BedSetting } from './contract.ts';
import type { SexRules } from './facts.ts';

/**
 * What a ward of each designation answers to a need for each sex where its trust has set nothing else. Whether a mixed or flexible ward, or
 * one whose designation nobody knows, can take somebody without breaking sleeping arrangements is the ward's to say: ask (rules-beds, section 3).
 */
export const usualSexRules: SexRules = {
  female: { female: 'meets', male: 'does-not-meet' },
  male: { female: 'does-not-meet', male: 'meets' },
  mixed: { female: 'ask', male: 'ask' },
  flexible: { female: 'ask', male: 'ask' },
  separate: { female: 'ask', male: 'ask' },
  unknown: { female: 'ask', male: 'ask' },
};

/** The clocks and orders of a trust that has set none (rules-beds, sections 1, 3 and 4). Minutes, but for `reviewDays`; local times. */
export const usualSetting: Omit<BedSetting, 'trust' | 'from' | 'reason' | 'by'> = {
  dueTimes: ['10:00', '14:00', '18:00'],
  freshMinutes: 240,
  graceMinutes: 60,
  holdMinutes: 30,
  extensionMinutes: 30,
  answerMinutes: 60,
  arrivalMinutes: 720,
  askingMinutes: 60,
  reviewDays: 7,
  sexRules: usualSexRules,
  rankingTerms: ['least-restrictive', 'nearest-home', 'freshest'],
};
