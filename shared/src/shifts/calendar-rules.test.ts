import { expect, test } from 'vitest';
import { calendarFileOf } from './calendar-rules.ts';
import type { BookingView } from './contract.ts';

test('a booking becomes one event, in UTC, with nothing a calendar could misread', () => {
  const ward = {
    name: 'Ward 5',
    siteName: 'The Becklin Centre; East',
    place: 'Leeds',
    trustName: 'Leeds and York Partnership NHS Foundation Trust',
  };
  const shift = { ward, role: 'hcsw', band: 3, startsAt: '2026-06-27T20:00:00+01:00', endsAt: '2026-06-28T08:00:00+01:00' };
  const file = calendarFileOf({ id: 'b1', bookedAt: '2026-06-20T10:00:00Z', shift } as BookingView);
  expect(file.startsWith('BEGIN:VCALENDAR\r\nVERSION:2.0\r\n')).toBe(true);
  expect(file.endsWith('END:VEVENT\r\nEND:VCALENDAR\r\n')).toBe(true);
  const lines = file.split('\r\n');
  for (const line of lines) expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75);
  expect(lines.map((line) => /^[A-Z]+(?=:)/.exec(line)?.[0]).filter((name) => name !== undefined)).toEqual([
    ...['BEGIN', 'VERSION', 'PRODID', 'BEGIN', 'UID', 'DTSTAMP', 'DTSTART', 'DTEND', 'SUMMARY', 'LOCATION', 'DESCRIPTION', 'END', 'END'],
  ]);
  const unfolded = file.replaceAll('\r\n ', '').split('\r\n');
  expect(unfolded).toContain('DTSTART:20260627T190000Z');
  expect(unfolded).toContain('DTEND:20260628T070000Z');
  expect(unfolded).toContain('SUMMARY:Shift: Ward 5');
  expect(unfolded).toContain('LOCATION:Ward 5\\, The Becklin Centre\\; East\\, Leeds');
  expect(unfolded).toContain(
    'DESCRIPTION:As a health-care support worker\\, band 3\\, for Leeds and York Partnership NHS Foundation Trust',
  );
});
