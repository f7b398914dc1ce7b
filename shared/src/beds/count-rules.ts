import type { BoardWard } from './contract.ts';
import { closedReasons, type BedFact } from './facts.ts';

/**
 * What a ward has, counted from its beds in use (unretired). Staffed are those not closed; free are those available without a live
 * allocation; a held bed counts as held whatever it is beneath. Closed ones stand by reason, in the order of the list, each with how many
 * shifts are still to fill and how many beds may reopen. A shift that several beds wait for counts once where the beds name their shifts.
 * @returns null for no beds at all: nobody has said yet how many there are, which is another thing than none
 */
export function countsOf(beds: readonly BedFact[]): BoardWard['counts'] {
  if (beds.length === 0) return null;
  const count = (state: BedFact['state']) => beds.filter((bed) => bed.state === state).length;
  const closed = closedReasons.flatMap((reason) => {
    const these = beds.filter((bed) => bed.state === 'closed' && (bed.closedReason ?? 'other') === reason);
    if (these.length === 0) return [];
    const named = new Set(these.flatMap((bed) => bed.openShiftIds ?? []));
    const unnamed = these.filter((bed) => !bed.openShiftIds).reduce((sum, bed) => sum + bed.shiftsToFill, 0);
    return [{ reason, count: these.length, shiftsToFill: named.size + unnamed, mayReopen: these.filter((bed) => bed.mayReopen).length }];
  });
  return {
    funded: beds.length,
    staffed: beds.length - count('closed'),
    free: count('available'),
    held: count('held'),
    occupied: count('occupied'),
    onLeave: count('on-leave'),
    closed,
  };
}
