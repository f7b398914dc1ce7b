import type { OutOfAreaLine } from '@homeward/shared/placements/contract.ts';
import type { Tone } from '#lib/ui/Tag.svelte';

export const awayTabs = [
  { href: '/away', label: 'Register' },
  { href: '/away/home', label: 'Coming home' },
  { href: '/away/measures', label: 'Measures' },
];

export const registerStates: Record<OutOfAreaLine['state'], { title: string; tone: Tone }> = {
  draft: { title: 'To be filled in', tone: 'yellow' },
  away: { title: 'Away', tone: 'purple' },
  ended: { title: 'Ended', tone: 'grey' },
  'not-out-of-area': { title: 'Not out of area', tone: 'grey' },
};

export const kindTitles = { nhs: 'NHS', independent: 'Independent' } as const;

const pounds = new Intl.NumberFormat('en-GB', { style: 'currency', currency: 'GBP', trailingZeroDisplay: 'stripIfInteger' });
/** "£650", "£12.50". */
export const sayPounds = (pence: number): string => pounds.format(pence / 100);

/** Pence of what somebody typed as pounds; null for nothing, undefined for what is no amount. */
export function penceOf(typed: string): number | null | undefined {
  const text = typed.replaceAll(/[£,\s]/g, '');
  if (text === '') return null;
  if (!/^\d{1,5}(\.\d{1,2})?$/.test(text)) return undefined;
  const [whole, part = ''] = text.split('.');
  return Number(whole) * 100 + Number(part.padEnd(2, '0'));
}
