import type { AuditEvent } from '@homeward/shared/assurance/contract.ts';
import type { Outcome } from '@homeward/shared/kernel/decision.ts';
import type { EventType } from '@homeward/shared/kernel/event.ts';
import { sayDay, sayInstant, saySpan } from '@homeward/shared/kernel/local-time.ts';
import type { Tone } from '#lib/ui/Tag.svelte';
import { roleTitle } from '#lib/workers/titles.ts';

/** The kinds of event an auditor filters by, in their own words. */
export const eventTitles: Record<EventType, string> = {
  'shift.posted': 'Shift posted',
  'shift.opened': 'Shift opened to more people',
  'shift.filled': 'Shift filled',
  'shift.cancelled': 'Shift cancelled',
  'shift.reopened': 'Shift open again',
  'shift.expired': 'Shift not filled in time',
  'shift.changed': 'Shift that opens a bed',
  'bed.changed': 'Bed changed',
  'ward.confirmed': 'Beds confirmed',
  'ward.asked': 'Ward asked to confirm',
  'admissions.changed': 'Admissions paused or open again',
  'criteria.changed': 'Admission criteria changed',
  'designation.changed': 'Whom a ward is for changed',
  'setting.changed': 'Bed settings changed',
  'readiness.changed': 'Ready for discharge',
  'suite.changed': 'Place of safety changed',
  'line.changed': 'Service line changed',
  'allocation.changed': 'Bed held, referred or answered',
  'placement.changed': 'Placement request changed',
  'register.changed': 'Out-of-area register changed',
  'booking.confirmed': 'Booking made',
  'booking.cancelled': 'Booking cancelled',
  'booking.needs-review': 'Booking to look at again',
  'request.asked': 'Request to a ward',
  'request.answered': 'Request answered',
  'booking.kept': 'Booking kept after a look',
  'training.changed': 'Training record changed',
  'alignment.changed': 'Alignment moved',
  'course.changed': 'Course changed',
  'period.changed': 'Validity period changed',
  'delegation.changed': 'Delegation changed',
  'agreement.changed': 'Sharing agreement changed',
  'restriction.changed': 'Do-not-book entry changed',
  'notice.given': 'Told of something that ends',
  'worker.changed': 'Worker changed',
  'ward.changed': 'Ward changed',
  'import.applied': 'Import applied',
  'rights.changed': 'Rights changed',
  'session.started': 'Signed in',
  'session.ended': 'Signed out',
};

const waveWords: Record<string, string> = { regulars: 'the ward’s regulars', 'home-trust': 'its own trust', collaborative: 'all trusts' };

/** What a lead did to an alignment. */
const stepWords: Record<string, string> = {
  propose: 'proposed',
  submit: 'sent to review',
  sign: 'signed for a trust',
  object: 'objected to',
  answer: 'answered, after an objection',
  'stress-test': 'sent to stress testing',
  validate: 'validated',
  return: 'sent back',
  withdraw: 'withdrawn',
};

/** What one event was, in a sentence; who did it stands beside it. */
export function sayEvent(event: AuditEvent): string {
  const { data } = event;
  const text = (name: string) => (typeof data[name] === 'string' ? data[name] : '');
  const ward = event.ward ? ` on ${event.ward.name}` : '';
  const who = event.worker?.name ?? 'a worker';
  switch (event.type as EventType) {
    case 'shift.posted': {
      const span = data.startsAt ? `, ${saySpan({ start: Date.parse(text('startsAt')), end: Date.parse(text('endsAt')) })}` : '';
      return `Posted a shift${ward}: ${roleTitle(text('role'))}, band ${String(data.band)}${span}.`;
    }
    case 'shift.opened':
      return `A shift${ward} opened to ${waveWords[text('wave')] ?? 'more people'}.`;
    case 'shift.filled':
      return `A shift${ward} was filled.`;
    case 'shift.cancelled':
      return `Cancelled a shift${ward}.`;
    case 'shift.reopened':
      return `A shift${ward} is open again.`;
    case 'shift.expired':
      return `A shift${ward} was not filled before its start.`;
    case 'booking.confirmed':
      return `${who} was booked${ward}${data.outcome === 'override' ? ', with the ward’s agreement' : ''}.`;
    case 'booking.cancelled':
      return data.undone
        ? `${who} undid a booking${ward}.`
        : `The booking of ${who}${ward} was cancelled by the ${text('side') || 'ward'}.`;
    case 'booking.needs-review':
      return `The booking of ${who}${ward} must be looked at again.`;
    case 'booking.kept':
      return `The booking of ${who}${ward} was kept after a look.`;
    case 'alignment.changed':
      return `An alignment for ${text('competency') || 'a competency'} was ${stepWords[text('step')] ?? 'changed'}.`;
    case 'course.changed':
      return `A course for ${text('competency') || 'a competency'} changed.`;
    case 'period.changed':
      return `How long ${text('competency') || 'training'} counts at ${text('trust') || 'a trust'} changed.`;
    case 'delegation.changed':
      return 'Who may sign for a trust changed.';
    case 'agreement.changed':
      return `What ${text('homeTrust')} and ${text('hostTrust')} share in ${text('staffGroup')} changed.`;
    case 'restriction.changed':
      return `The do-not-book entry of ${who}${ward} changed.`;
    case 'notice.given':
      return `${who} was told of something that ends.`;
    case 'request.asked':
      return `${who} asked for a shift${ward} that needs agreement.`;
    case 'request.answered':
      return `The request of ${who}${ward} was ${data.approved ? 'approved' : 'refused'}.`;
    case 'training.changed':
      return data.revoked ? `Revoked a training record of ${who}.` : 'Changed training.';
    case 'worker.changed':
      return `The record of ${who} changed.`;
    case 'ward.changed':
      return `What the ward asks for changed${ward}.`;
    case 'shift.changed':
      return `Whether a shift${ward} opens a bed changed.`;
    case 'bed.changed':
      return `A bed${ward} changed${text('was') && text('state') ? ` from ${bedWords(text('was'))} to ${bedWords(text('state'))}` : ''}.`;
    case 'ward.confirmed':
      return `The beds${ward} were confirmed.`;
    case 'ward.asked':
      return `Asked for the beds${ward} to be confirmed.`;
    case 'admissions.changed':
      return `Admissions${ward} were ${data.paused === false ? 'opened again' : 'paused'}.`;
    case 'criteria.changed':
      return `Whom a ward takes changed${ward}.`;
    case 'designation.changed':
      return `Whom the beds are for changed${ward}.`;
    case 'setting.changed':
      return `The bed settings of ${text('trust') || 'a trust'} changed.`;
    case 'readiness.changed':
      return `Whether somebody is ready for discharge changed${ward}.`;
    case 'suite.changed':
      return 'A place of safety changed.';
    case 'line.changed':
      return 'Whom a service line takes changed.';
    case 'allocation.changed':
      return `A bed${ward} is ${text('state') || 'changed'}${text('reference') ? ` for ${text('reference')}` : ''}.`;
    case 'placement.changed':
      return `A placement request changed${text('state') ? `: ${text('state').replaceAll('-', ' ')}` : ''}.`;
    case 'register.changed':
      return `A line of the out-of-area register changed${text('state') ? `: ${text('state').replaceAll('-', ' ')}` : ''}.`;
    case 'import.applied':
      return `Applied an import${text('kind') ? ` of ${text('kind').replaceAll('-', ' ')}` : ''}.`;
    case 'rights.changed':
      return 'Rights were changed.';
    case 'session.started':
      return 'Signed in.';
    case 'session.ended':
      return 'Signed out.';
    default:
      return event.type;
  }
}

const bedWords = (state: string) => ({ available: 'free', 'on-leave': 'on leave' })[state] ?? state;

/** "bookingId" → "Booking id": the names of the data as a person reads them. */
export function sayField(name: string): string {
  const words = name.replaceAll(/([A-Z])/g, ' $1').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** One value of an event's data: a date as a date, a code as its words, the rest as it is kept. */
export function sayValue(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'None';
  if (typeof value === 'boolean') return value ? 'Yes' : 'No';
  if (typeof value === 'object') return JSON.stringify(value);
  const text = String(value);
  if (/^\d{4}-\d\d-\d\dT/.test(text)) return sayInstant(Date.parse(text), true);
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return sayDay(text, true);
  return text;
}

/** The two ways an auditor asks: what happened, and what could have. */
export const auditTabs = [
  { href: '/audit', label: 'Record of acts' },
  { href: '/audit/who', label: 'Who could work' },
];

export const outcomeWords: Record<Outcome, { title: string; tone: Tone }> = {
  eligible: { title: 'Could', tone: 'green' },
  override: { title: 'Only if the ward agreed', tone: 'yellow' },
  blocked: { title: 'Could not', tone: 'red' },
};
