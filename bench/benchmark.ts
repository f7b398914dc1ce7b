/** One thing measured, round by round, beside what it is held against. */
export interface Line {
  /** What is counted, with its unit: "accepts a second", "CPU ms a delivery". */
  what: string;
  ours: number[];
  baseline: number[];
  target: Target;
}

/**
 * `ratio`: ours divided by the baseline, round by round. `difference`: ours less the baseline, where a promise is an amount on top.
 * `ours`: what is promised outright (bytes, none lost); its baseline is shown for scale, and may be empty.
 */
export interface Target {
  of: 'ratio' | 'difference' | 'ours';
  atLeast?: number;
  atMost?: number;
}

export interface Benchmark {
  /** As in the handbook's table: `accept.http`. Its file is the same with a dash. */
  name: string;
  workload: string;
  baseline: string;
  /** Where a target isn't met: what stands in the way. */
  inTheWay?: string;
  /** Checks the answers before it times them, and throws where one is wrong. */
  measure(bench: Bench): Promise<Line[]>;
}

/** The migrated database that those of the benchmarks are copies of. */
export const template = 'bench_template';

export interface Bench {
  /** A minute for all of them: fewer and shorter rounds, smaller volumes. */
  isSmoke: boolean;
  rounds: number;
  /** How long one side of one round may take. */
  roundMs: number;
  /** An empty, migrated database on a server with production settings. */
  databaseUrl(): Promise<string>;
  /** One that is filled once for all the benchmarks of a run that use it; only the last of them may change it. */
  filledDatabaseUrl(name: string, fill: (url: string) => Promise<void>): Promise<string>;
  /** Something that a reader of the table must know: a volume, what was checked. */
  note(sentence: string): void;
}

/** Baseline and subject in turn, so that what else the machine does meets both; who goes first changes every round. */
export async function inTurn(
  rounds: number,
  ours: (round: number) => Promise<number>,
  baseline: (round: number) => Promise<number>,
): Promise<{ ours: number[]; baseline: number[] }> {
  const measured = { ours: [] as number[], baseline: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    if (round % 2 === 0) measured.baseline.push(await baseline(round));
    measured.ours.push(await ours(round));
    if (round % 2 === 1) measured.baseline.push(await baseline(round));
  }
  return measured;
}

/** The value that `share` of them lie at or below: 0.5 is the median. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * share) - 1))] ?? Number.NaN;
}
export const median = (values: readonly number[]) => quantile(values, 0.5);
