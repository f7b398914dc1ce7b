import type { Check } from '../kernel/decision.ts';
import { dayMs, minuteMs, rfc3339 } from '../kernel/interval.ts';
import type { Instant } from '../kernel/interval.ts';
import { sayInstant } from '../kernel/local-time.ts';
import type { WorkerFacts } from '../workers/facts.ts';
import type { ShiftFacts, WaveTimes } from './facts.ts';

/** A ward's release waves, counted from the posting (data per ward; rules-staffing, section 4). */
export interface WaveRule {
  /** Who is a regular: this many duties on the ward in this many weeks. */
  regularDuties: number;
  regularWeeks: number;
  homeTrustAfterMinutes: number;
  collaborativeAfterMinutes: number;
}

/**
 * When a shift opens to whom. Regulars at once, the home trust and the collaborative after the rule's minutes; a start within the trust's
 * short-notice limit opens the collaborative at once, and one that comes within it later opens it then. A wider group never waits for a
 * narrower one. No rule: everyone at the posting (section 4, release waves).
 */
export function waveTimesOf(rule: WaveRule | null, postedAt: Instant, startsAt: Instant, shortNoticeMinutes: number): WaveTimes {
  if (!rule) return { regularsAt: postedAt, homeTrustAt: postedAt, collaborativeAt: postedAt, regularDuties: 0, regularWeeks: 0 };
  const { regularDuties, regularWeeks } = rule;
  const shortNoticeAt = Math.max(postedAt, startsAt - shortNoticeMinutes * minuteMs);
  const collaborativeAt = Math.min(postedAt + rule.collaborativeAfterMinutes * minuteMs, shortNoticeAt);
  const homeTrustAt = Math.min(postedAt + rule.homeTrustAfterMinutes * minuteMs, collaborativeAt);
  return { regularsAt: postedAt, homeTrustAt, collaborativeAt, regularDuties, regularWeeks };
}

/** Is the worker one of the ward's regulars: enough duties there that started in the weeks before now? Training and leave are no duties on a ward. */
export function isRegularOf(
  worker: Pick<WorkerFacts, 'duties'>,
  wardId: string,
  rule: Pick<WaveRule, 'regularDuties' | 'regularWeeks'>,
  now: Instant,
): boolean {
  const since = now - rule.regularWeeks * 7 * dayMs;
  let count = 0;
  for (const duty of worker.duties) {
    if (duty.start >= now) break;
    if (duty.kind === 'duty' && duty.wardId === wardId && duty.start >= since) count++;
  }
  return count >= rule.regularDuties;
}

/**
 * When a shift opens to one worker. The preferred person may take it from the start, since it is kept for them; for everyone else it is
 * hidden until the preference ends, and then the earliest wave they belong to counts.
 */
export function opensAt(
  worker: Pick<WorkerFacts, 'id' | 'homeTrust' | 'duties'>,
  shift: Pick<ShiftFacts, 'wardId' | 'hostTrust' | 'waves' | 'preferred'>,
  now: Instant,
): Instant {
  const { waves, preferred } = shift;
  if (preferred?.workerId === worker.id) return -Infinity;
  const keptUntil = preferred ? preferred.until : -Infinity;
  if (!waves) return keptUntil;
  let opens = waves.collaborativeAt;
  if (worker.homeTrust === shift.hostTrust) opens = Math.min(opens, waves.homeTrustAt);
  // Counting duties is the dear part: only for someone the other waves keep waiting.
  if (opens > now && isRegularOf(worker, shift.wardId, waves, now)) opens = Math.min(opens, waves.regularsAt);
  return Math.max(opens, keptUntil);
}

/** `wave`: the shift has opened to this worker by `now`. Else fail, with its opening time (rules-staffing, section 4). Only for shifts that exist. */
export function waveCheck(
  worker: Pick<WorkerFacts, 'id' | 'homeTrust' | 'duties'>,
  shift: Pick<ShiftFacts, 'wardId' | 'hostTrust' | 'waves' | 'preferred'>,
  now: Instant,
): Check {
  const code = 'wave';
  const opens = opensAt(worker, shift, now);
  if (opens <= now) return { code, result: 'pass', sentence: 'The shift is open to this worker.', evidence: [] };
  return {
    code,
    result: 'fail',
    sentence: `The shift opens to this worker on ${sayInstant(opens)}.`,
    evidence: [{ what: 'opening time', from: rfc3339(opens) }],
    fix: 'Wait until the shift opens.',
  };
}

/** The wave a shift is in at `now`, for its card: who may see it. Without waves it is open to the whole collaborative once the preference ends. */
export function waveAt(
  shift: Pick<ShiftFacts, 'waves' | 'preferred'>,
  now: Instant,
): 'preferred' | 'regulars' | 'home-trust' | 'collaborative' {
  if (shift.preferred && now < shift.preferred.until) return 'preferred';
  if (!shift.waves || now >= shift.waves.collaborativeAt) return 'collaborative';
  return now >= shift.waves.homeTrustAt ? 'home-trust' : 'regulars';
}
