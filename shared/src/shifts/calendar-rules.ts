import { roleNames } from '../workers/rules.ts';
import type { BookingView } from './contract.ts';
import { wardNameOf } from './words-rules.ts';

const stamp = (instant: string | number) => new Date(instant).toISOString().replace(/[-:]|\.\d+/g, '');

// RFC 5545: commas, semicolons, backslashes and line ends have a meaning of their own.
const text = (words: string) => words.replace(/[\\;,]/g, '\\$&').replace(/\r?\n/g, '\\n');

/** A line is 75 bytes at most and goes on after a space: cut by letters, so that none is torn apart. */
const folded = (line: string) => [...line].map((letter, index) => (index > 0 && index % 60 === 0 ? `\r\n ${letter}` : letter)).join('');

/** The booking as an iCalendar file, in UTC: whoever reads it shows it by their own clock. */
export function calendarFileOf(booking: BookingView): string {
  const { ward, startsAt, endsAt, role, band } = booking.shift;
  return [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Homeward//Booking//EN',
    'BEGIN:VEVENT',
    `UID:${booking.id}@homeward`,
    `DTSTAMP:${stamp(booking.bookedAt)}`,
    `DTSTART:${stamp(startsAt)}`,
    `DTEND:${stamp(endsAt)}`,
    `SUMMARY:${text(`Shift: ${ward.name}`)}`,
    `LOCATION:${text([wardNameOf(ward), ward.place].filter(Boolean).join(', '))}`,
    `DESCRIPTION:${text(`As ${roleNames[role]}, band ${band}, for ${ward.trustName}`)}`,
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ]
    .map(folded)
    .join('\r\n');
}
