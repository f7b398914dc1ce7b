import type { AgreementView } from '@homeward/shared/places/contract.ts';
import type { Tone } from '#lib/ui/Tag.svelte';
import type { IconName } from '#lib/ui/Icon.svelte';

/** A trust as people say it: "Leeds and York Partnership", without the words that all of them end with. */
export function sayTrust(name: string): string {
  return name.replace(/ (NHS )?(Foundation )?(Trust)$/i, '').replace(/ NHS$/, '');
}

/** Names by ODS code, for lists that carry only the code. */
export function trustNamesOf(trusts: readonly { code: string; name: string }[]): (code: string) => string {
  const names = new Map(trusts.map((trust) => [trust.code, sayTrust(trust.name)]));
  return (code) => names.get(code) ?? code;
}

/** What an agreement has come to, in the words its page uses everywhere. */
export const agreementWords: Record<AgreementView['state'], { title: string; tone: Tone; icon: IconName }> = {
  'in-force': { title: 'In force', tone: 'green', icon: 'tick' },
  waiting: { title: 'Waiting', tone: 'purple', icon: 'ask' },
  coming: { title: 'Coming', tone: 'blue', icon: 'clock' },
  over: { title: 'Over', tone: 'grey', icon: 'cross' },
  ended: { title: 'Ended', tone: 'grey', icon: 'cross' },
};
