import type { AccountRole, SessionView } from '@homeward/shared/accounts/contract.ts';
import type { IconName } from '#lib/ui/Icon.svelte';

export interface Place {
  href: string;
  label: string;
  icon: IconName;
}

const shifts: Place = { href: '/shifts', label: 'Shifts', icon: 'list' };
const booked: Place = { href: '/bookings', label: 'Booked', icon: 'calendar' };
const passport: Place = { href: '/passport', label: 'Passport', icon: 'passport' };
const me: Place = { href: '/me', label: 'Me', icon: 'person' };
const wards: Place = { href: '/wards', label: 'Wards', icon: 'ward' };
const workers: Place = { href: '/workers', label: 'Workers', icon: 'people' };
const training: Place = { href: '/training', label: 'Training', icon: 'book' };
const places: Place = { href: '/places', label: 'Places', icon: 'ward' };
const imports: Place = { href: '/imports', label: 'Imports', icon: 'file' };
const audit: Place = { href: '/audit', label: 'Audit', icon: 'search' };

const byRole: Record<AccountRole, Place[]> = {
  worker: [shifts, booked, passport],
  'ward-manager': [wards, places],
  'bank-office': [workers, imports, training, places],
  'training-lead': [training, workers, places],
  programme: [training, places],
  'bed-manager': [places],
  auditor: [audit, places],
  administrator: [imports, workers, places],
};

/** Where this person can go, the place they need first at the front. */
export function navigationOf(session: SessionView): Place[] {
  const found = new Map<string, Place>();
  for (const { role } of session.roles) for (const place of byRole[role]) found.set(place.href, place);
  return [...found.values(), me];
}
