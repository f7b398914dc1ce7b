import type { CodesView, Criterion } from '@homeward/shared/beds/contract.ts';
import { ageBands, whereNows } from '@homeward/shared/placements/facts.ts';
import { ageBandTitles, titleOf, whereTitles } from '#lib/placements/client.ts';

export const aboutTitles: Record<Criterion['about'], string> = {
  everyone: 'Everyone',
  need: 'A need',
  'legal-status': 'A legal status',
  'where-now': 'Where somebody is now',
  'age-band': 'An age band',
};

/** What a criterion of each kind can be about; everyone has no code. */
export function codesAbout(codes: CodesView, about: Criterion['about']): { value: string; label: string }[] {
  switch (about) {
    case 'everyone':
      return [];
    case 'need':
      return codes.needs.map(({ code, title }) => ({ value: code, label: title }));
    case 'legal-status':
      return codes.legalStatuses.map(({ code, title }) => ({ value: code, label: title }));
    case 'where-now':
      return whereNows.map((code) => ({ value: code, label: whereTitles[code] }));
    case 'age-band':
      return ageBands.map((code) => ({ value: code, label: ageBandTitles[code] }));
  }
}

/** "Section 2 assessment", "Everyone". */
export function sayAbout(codes: CodesView, { about, code }: Pick<Criterion, 'about' | 'code'>): string {
  if (about === 'everyone') return aboutTitles.everyone;
  return codesAbout(codes, about).find(({ value }) => value === code)?.label ?? titleOf(codes.needs, code);
}
