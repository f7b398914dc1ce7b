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

const mostRemembered = 100_000;

/**
 * The same function, its answers kept: a match reads the same few days and hours ten thousand times. The bound keeps a caller with wild
 * dates from filling the memory; forgetting everything costs microseconds. Nothing is kept of one that throws.
 */
export function remembered<Key extends number | string, Value extends number | string>(find: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, Value>();
  return (key) => {
    let value = known.get(key);
    if (value === undefined) {
      value = find(key);
      if (known.size >= mostRemembered) known.clear();
      known.set(key, value);
    }
    return value;
  };
}

/** The instant as it leaves the program: RFC 3339 in UTC. Throws RangeError on a number that is no instant. */
export const rfc3339 = remembered((instant: Instant): string => new Date(instant).toISOString());
