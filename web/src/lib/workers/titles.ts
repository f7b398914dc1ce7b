import type { EmploymentCheck, RegistrationField, Role, StaffGroup } from '@homeward/shared/workers/facts.ts';

/** A role as a list says it; `roleNames` of the shared rules has it as a sentence does, with its article. */
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

export function roleTitle(role: string): string {
  return roleTitles[role as Role] ?? role;
}

export const staffGroupTitles: Record<StaffGroup, string> = {
  nursing: 'Nursing',
  psychology: 'Psychology',
  therapies: 'Therapies',
  medical: 'Medical',
};

export const fieldTitles: Record<RegistrationField, string> = {
  'mental-health': 'mental health',
  'learning-disability': 'learning disability',
  adult: 'adult',
  children: 'children',
};

export const checkTitles: Record<EmploymentCheck, string> = {
  identity: 'Identity',
  'right-to-work': 'Right to work',
  qualifications: 'Qualifications',
  references: 'Employment history and references',
  dbs: 'Criminal record (DBS)',
  'work-health': 'Work health',
};
