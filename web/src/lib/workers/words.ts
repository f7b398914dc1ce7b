import type { Role } from '@homeward/shared/workers/facts.ts';

/** A role as a card says it, without an article. */
export const roleTitles: Record<Role, string> = {
  rmn: 'Mental-health nurse',
  rnld: 'Learning-disability nurse',
  'nursing-associate': 'Nursing associate',
  hcsw: 'Support worker',
  psychologist: 'Psychologist',
  'assistant-psychologist': 'Assistant psychologist',
  ot: 'Occupational therapist',
  doctor: 'Doctor',
};

const many: Record<Role, string> = {
  rmn: 'mental-health nurses',
  rnld: 'learning-disability nurses',
  'nursing-associate': 'nursing associates',
  hcsw: 'support workers',
  psychologist: 'psychologists',
  'assistant-psychologist': 'assistant psychologists',
  ot: 'occupational therapists',
  doctor: 'doctors',
};

/** "1 support worker", "3 support workers". */
export const countOfRole = (count: number, role: Role) => `${count} ${count === 1 ? roleTitles[role].toLowerCase() : many[role]}`;
