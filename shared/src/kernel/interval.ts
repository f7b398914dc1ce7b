/** A moment in UTC, in milliseconds since 1970: what the rules count in. Written as RFC 3339 wherever it leaves the program. */
export type Instant = number;

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** Half-open: `start` belongs to it, `end` doesn't, so that touching duties never overlap. */
export interface Interval {
  start: Instant;
  end: Instant;
}

export function overlaps(a: Interval, b: Interval): boolean {
  return a.start < b.end && b.start < a.end;
}

export function contains(interval: Interval, instant: Instant): boolean {
  return interval.start <= instant && instant < interval.end;
}

/** Elapsed minutes, so that a night is 13 h on the October change and 11 h in March. */
export function lengthMinutes(interval: Interval): number {
  return (interval.end - interval.start) / minuteMs;
}

/** The instant as it leaves the program: RFC 3339 in UTC. */
export function rfc3339(instant: Instant): string {
  return new Date(instant).toISOString();
}
