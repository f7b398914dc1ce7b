import { isInForce, sayDay } from '../kernel/local-time.ts';
import type { LocalDay } from '../kernel/local-time.ts';
import type { TrustCode } from '../places/facts.ts';
import { staffGroupNames, trustNameOf } from '../places/rules.ts';
import type { GroundFacts } from '../shifts/facts.ts';
import type { WorkerFacts } from './facts.ts';

/**
 * Every field of a worker that ward managers and the bank office of another trust are shown, and when: the one list that the passport shows
 * and the tests of what leaves the API are held to (quality, section 4; rules-staffing, section 3). What isn't here isn't shown.
 */
export const fieldsSeenByHosts = {
  /** In a ward's list for an open shift (its candidates) or asked about a shift that isn't posted yet, under agreement and consent. */
  considered: [
    'name',
    'staff number',
    'home trust',
    'role, band and staff group',
    'each check of the shift, yes or no in one sentence: bank, agreement, consent, employment checks, registration, role, restriction, and each training the ward asks for with until when',
    'hours, rest and leave as one answer: available or not, never why',
    'how far you live from the ward, in km',
    'whether you know the ward',
    'how many shifts you were booked for at that trust in the last 4 weeks',
  ],
  /** Once the worker has asked for a shift of the ward or is booked there: whatever became of consent, the ward has to know who comes. */
  booked: [
    'name',
    'role and band',
    'home trust',
    'registration number',
    'time of the shift',
    'each training the ward asks for, yes or no and until when',
  ],
  /** Without consent or agreement. */
  counted: ['that there is one more person, in a number'],
} as const;

/** What a worker's own trust holds and its bank office and training leads see. */
export const fieldsSeenAtHome = ['the whole passport'] as const;

export interface Sharing {
  sees: 'nothing' | 'number' | 'passport';
  because: string;
  fields: string[];
}

const whenBooked = fieldsSeenByHosts.booked.map((field) => `on a shift you asked for or took: ${field}`);

/**
 * What a trust sees of a worker on local day `today`, and why: the home trust the whole passport; another under a live agreement for their
 * staff group and with their consent the fields of `fieldsSeenByHosts`; else a number, never a name (rules-staffing, section 3; UK GDPR,
 * art. 5(1)(c)). A trust without wards (`hasWards` false) looks for nobody and sees nothing.
 */
export function sharedWithOf(
  worker: Pick<WorkerFacts, 'homeTrust' | 'staffGroup' | 'consentsToShare'>,
  trust: TrustCode,
  ground: Pick<GroundFacts, 'trustNames' | 'agreements'>,
  today: LocalDay,
  { hasWards = true }: { hasWards?: boolean } = {},
): Sharing {
  if (trust === worker.homeTrust) {
    return { sees: 'passport', because: 'Your own trust employs you.', fields: [...fieldsSeenAtHome] };
  }
  const name = trustNameOf(ground, trust);
  if (!hasWards) return { sees: 'nothing', because: `${name} has no wards here.`, fields: [] };
  const counted = [...fieldsSeenByHosts.counted, ...whenBooked];
  const agreement = ground.agreements.find(
    (one) => one.homeTrust === worker.homeTrust && one.hostTrust === trust && one.staffGroup === worker.staffGroup && isInForce(one, today),
  );
  const staff = `${staffGroupNames[worker.staffGroup]} staff`;
  if (!agreement) {
    return { sees: 'number', because: `Your trust and ${name} have no agreement to share ${staff} today.`, fields: counted };
  }
  if (!worker.consentsToShare) {
    return { sees: 'number', because: 'You have not agreed to share your passport.', fields: counted };
  }
  const until = agreement.untilDay === null ? '' : `, until ${sayDay(agreement.untilDay, true)}`;
  return {
    sees: 'passport',
    because: `You agreed to share your passport, and your trust and ${name} share ${staff}${until}.`,
    fields: [...fieldsSeenByHosts.considered, ...whenBooked],
  };
}
