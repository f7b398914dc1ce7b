import type { AccountRole, SessionView } from '@homeward/shared/accounts/contract.ts';
import type { IconName } from '#lib/ui/Icon.svelte';

export interface Place {
  href: string;
  label: string;
  icon: IconName;
  /** A page that is reached through this place and belongs to it. */
  holds?: string;
}

const shifts: Place = { href: '/shifts', label: 'Shifts', icon: 'list' };
const booked: Place = { href: '/bookings', label: 'Booked', icon: 'calendar' };
const passport: Place = { href: '/passport', label: 'Passport', icon: 'passport' };
const me: Place = { href: '/me', label: 'Me', icon: 'person' };
const wards: Place = { href: '/wards', label: 'Wards', icon: 'ward' };
const workers: Place = { href: '/workers', label: 'Workers', icon: 'people', holds: '/notices' };
const reviews: Place = { href: '/reviews', label: 'Reviews', icon: 'ask' };
const restrictions: Place = { href: '/restrictions', label: 'Do not book', icon: 'stop' };
const agreements: Place = { href: '/agreements', label: 'Agreements', icon: 'both' };
const training: Place = { href: '/training', label: 'Training', icon: 'book' };
const places: Place = { href: '/places', label: 'Places', icon: 'ward' };
const beds: Place = { href: '/beds', label: 'Beds', icon: 'bed' };
const needs: Place = { href: '/placements', label: 'Needs', icon: 'ask' };
const away: Place = { href: '/away', label: 'Away', icon: 'away' };
const occupancy: Place = { href: '/occupancy', label: 'Occupancy', icon: 'chart' };
const lines: Place = { href: '/lines', label: 'Lines', icon: 'both' };
const bedSettings: Place = { href: '/bed-settings', label: 'Settings', icon: 'settings' };
const imports: Place = { href: '/imports', label: 'Imports', icon: 'file' };
const audit: Place = { href: '/audit', label: 'Audit', icon: 'search' };

const byRole: Record<AccountRole, Place[]> = {
  worker: [shifts, booked, passport],
  'ward-manager': [wards, reviews, training, places],
  'bank-office': [workers, reviews, agreements, imports, restrictions, training, places],
  'training-lead': [training, workers, places],
  programme: [training, agreements, places],
  'bed-manager': [beds, needs, away, occupancy, lines, bedSettings, places],
  auditor: [audit, training, agreements, restrictions, places],
  administrator: [imports, workers, training, places],
};

/** A phone has room for so many beside each other. */
const mostOnPhone = 5;

/** Where this person can go, the place they need first at the front. */
export function navigationOf(session: SessionView): Place[] {
  const found = new Map<string, Place>();
  for (const { role } of session.roles) for (const place of byRole[role]) found.set(place.href, place);
  return [...found.values(), me];
}

/** The bar at the foot of a phone: what is needed first, and always oneself, where the rest can be found and one signs out. */
export function onPhone(session: SessionView): Place[] {
  const all = navigationOf(session);
  return all.length <= mostOnPhone ? all : [...all.slice(0, mostOnPhone - 1), me];
}
