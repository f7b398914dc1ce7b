import { overlaps, type Interval } from '../kernel/interval.ts';
import { localDaysOf, saySpan, startOfDay } from '../kernel/local-time.ts';
import type { RequirementFact } from '../training/facts.ts';
import { pmvaCountOf, trainingCheck, type TeamMember } from '../training/rules.ts';
import type { GroundFacts, ShiftFacts } from './facts.ts';

/** Somebody on the ward then, by the name its board shows them with. */
export type NamedMember = TeamMember & { name: string };

type Place = Pick<ShiftFacts, 'start' | 'end' | 'wardId' | 'hostTrust'>;
type TrainingGround = Pick<GroundFacts, 'courses' | 'alignments'>;

/** The stretches of a shift in which fewer hold PMVA team training than the ward's minimum. Empty where it has no minimum. */
export function shortStretches(
  shift: Place,
  requirement: RequirementFact,
  team: readonly TeamMember[],
  ground: TrainingGround,
): Interval[] {
  const cuts = [...localDaysOf(shift).map(startOfDay), ...team.flatMap((member) => [member.start, member.end])];
  const inside = cuts.filter((at) => shift.start < at && at < shift.end);
  const edges = [...new Set([shift.start, ...inside, shift.end])].sort((a, b) => a - b);
  return edges.slice(1).flatMap((end, index) => {
    const piece = { start: edges[index]!, end };
    return pmvaCountOf({ ...shift, ...piece }, requirement, team, ground).isEnough ? [] : [piece];
  });
}

/**
 * What would bring a shift up to its ward's PMVA minimum, in words, most direct first: open shifts of the ward that run while it is short, for
 * somebody who holds the training; then people on duty then whose training was there but doesn't count, and what would make it. Where there is
 * neither, to post one. Empty where the shift isn't short (rules-staffing, section 2, PMVA count).
 * @param open the ward's open shifts, this one among them where it is open
 */
export function shortShiftFixes(
  shift: Place & { id: string },
  requirement: RequirementFact,
  team: readonly NamedMember[],
  open: readonly (Interval & { id: string })[],
  ground: TrainingGround,
): string[] {
  const short = shortStretches(shift, requirement, team, ground);
  if (short.length === 0) return [];
  const { title } = requirement;
  const isThen = (one: Interval) => short.some((piece) => overlaps(piece, one));
  const toFill = open
    .filter(isThen)
    .sort((a, b) => Number(b.id === shift.id) - Number(a.id === shift.id) || a.start - b.start || (a.id < b.id ? -1 : 1))
    .map((one) => `Fill ${one.id === shift.id ? 'this shift' : `the open shift ${saySpan(one)}`} with somebody who holds ${title}.`);
  const people = new Map<string, string>();
  for (const member of team.filter(isThen)) {
    const check = trainingCheck(member.records, requirement, { ...shift, start: member.start, end: member.end }, ground);
    // Who never had it isn't a quick mend, and most of a team may not.
    if (check.result === 'pass' || !check.evidence.some((one) => one.what === 'training record')) continue;
    people.set(member.personId, `${member.name}: ${check.sentence.slice(title.length + 2)} ${check.fix ?? ''}`.trim());
  }
  const fixes = [...new Set(toFill), ...people.values()];
  return fixes.length > 0 ? fixes : [`Post a shift for somebody who holds ${title}.`];
}
