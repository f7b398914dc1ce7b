import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { median, type Line, type Target } from './benchmark.ts';

/** What the last run of one benchmark came to. */
export interface Result {
  name: string;
  workload: string;
  baseline: string;
  inTheWay?: string;
  at: string;
  cores: number;
  node: string;
  seconds: number;
  lines: Line[];
  notes: string[];
}

export interface Verdict {
  value: number;
  least: number;
  most: number;
  isMet: boolean;
  /** By half of the target or more. */
  isMissedByHalf: boolean;
}

/** As in the handbook's table. */
export const order = [
  'accept.http',
  'accept.race200',
  'accept.stalled-listener',
  'match.eligible',
  'match.mine',
  'match.eligible.x100',
  'scale',
  'fanout.2000',
  'fanout.burst10',
  'fanout.e2e',
  'wake.nodes',
  'stream.counter',
  'replay.storm',
  'beds.search',
  'import.100k',
  'web.bytes',
  'web.journey',
];

/** What docs/scale.md asks for beyond the handbook's table: no part of the smoke test, unless it is named. */
export const forScale: readonly string[] = ['scale', 'wake.nodes', 'stream.counter'];

const folder = join('bench', 'results');
const page = join('bench', 'RESULTS.md');

export function verdictOf({ ours, baseline, target }: Line): Verdict {
  const values = ours.map((value, round) => {
    if (target.of === 'ours') return value;
    return target.of === 'ratio' ? value / baseline[round]! : value - baseline[round]!;
  });
  const value = median(values);
  const { atLeast, atMost } = target;
  const isMet = (atLeast === undefined || value >= atLeast) && (atMost === undefined || value <= atMost);
  const isMissedByHalf =
    (atLeast !== undefined && value <= atLeast / 2) || (atMost !== undefined && value >= atMost * 1.5 && value > atMost);
  return { value, least: Math.min(...values), most: Math.max(...values), isMet, isMissedByHalf };
}

export function tableOf(results: readonly Result[]): string {
  const rows = results.flatMap(({ name, lines }) =>
    lines.map((line) => {
      const { value, least, most, isMet } = verdictOf(line);
      const unit = line.target.of === 'ratio' ? ' ×' : '';
      return [
        name,
        line.what,
        short(median(line.ours)),
        line.baseline.length > 0 ? short(median(line.baseline)) : '',
        `${short(value)}${unit}`,
        `${short(least)}–${short(most)}`,
        wordsOf(line.target),
        isMet ? 'met' : 'not met',
      ];
    }),
  );
  const heading = ['benchmark', 'what', 'ours', 'baseline', 'result', 'spread', 'target', ''];
  const widths = heading.map((_, at) => Math.max(...[heading, ...rows].map((row) => row[at]!.length)));
  const line = (cells: string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at]!)).join(' | ')} |`;
  return [line(heading), line(widths.map((width) => '-'.repeat(Math.max(3, width)))), ...rows.map(line)].join('\n');
}

export function keepResult(result: Result): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${result.name}.json`), `${JSON.stringify(result, null, 2)}\n`);
}

export function writeResults(): void {
  writeFileSync(page, results());
}

/** bench/RESULTS.md from everything that was kept, in the order of the handbook's table. */
function results(): string {
  const kept = existsSync(folder) ? readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Result) : [];
  const sorted = kept.toSorted((one, other) => order.indexOf(one.name) - order.indexOf(other.name));
  const sections = sorted.map(({ name, workload, baseline, inTheWay, at, cores, node, seconds, lines, notes }) => {
    const isMet = lines.every((line) => verdictOf(line).isMet);
    return [
      `## ${name}`,
      `${workload}. Against: ${baseline}. Run on ${at.slice(0, 10)}, ${cores} cores, Node ${node}, ${seconds} s.`,
      ...(notes.length > 0 ? [notes.map((note) => `- ${note}`).join('\n')] : []),
      ...(isMet || inTheWay === undefined ? [] : [`In the way of what is not met: ${inTheWay}`]),
    ].join('\n\n');
  });
  const text = [
    '# Results',
    'Made by `npm run bench`; nothing here is written by hand. Both sides ran in turn in one run: ours and baseline are medians of the rounds, the result is the median of the rounds’ own ratios (differences, amounts), the spread its least and most.',
    tableOf(sorted),
    ...sections,
  ];
  return `${text.join('\n\n')}\n`;
}

function wordsOf({ of, atLeast, atMost }: Target): string {
  const unit = of === 'ratio' ? ' ×' : '';
  const sign = of === 'difference' ? '+' : '';
  return [atLeast !== undefined && `≥ ${sign}${atLeast}${unit}`, atMost !== undefined && `≤ ${sign}${atMost}${unit}`]
    .filter(Boolean)
    .join(', ');
}

function short(value: number): string {
  if (!Number.isFinite(value)) return '—';
  const size = Math.abs(value);
  return size >= 1000
    ? Math.round(value).toLocaleString('en-GB')
    : size >= 10
      ? value.toFixed(1)
      : size >= 0.1 || size === 0
        ? value.toFixed(2)
        : value.toPrecision(2);
}

if (import.meta.main) {
  if (!process.argv.includes('--verify')) writeResults();
  else if (readFileSync(page, 'utf8') !== results()) {
    console.error(`${page} is not what bench/results/ says: run "npm run check -- --generate".`);
    process.exit(1);
  }
}
