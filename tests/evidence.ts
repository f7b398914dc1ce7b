// Writes docs/evidence.md from what `npm run test:full` and `npm run bench` kept: promise, test, control, figure, command.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Verdict } from './controls/broken-build.ts';
import { programme, promises, traps, type Trial } from './programme.ts';

/** What the last full run of one promise came to; its two halves may be of different runs. */
export interface Evidence {
  tests?: {
    at: string;
    seed: number;
    seconds: number;
    cores: number;
    node: string;
    passed: number;
    failed: number;
    skipped: string[];
    figures: Record<string, number | string>;
  };
  controls?: { at: string; seed: number; seconds: number; tried: ({ broken: string } & Verdict)[] };
}

const page = join('docs', 'evidence.md');

export function writeEvidence(): void {
  writeFileSync(page, evidence());
}

/** The page as it must stand: `npm run check` holds the file to it. */
export function evidence(): string {
  const all = programme.map((trial) => ({ trial, kept: keptOf(trial) }));
  return `${[
    '# Evidence',
    'Each promise with the test that tries it, the builds broken on purpose that it must notice, what was counted, and the command that does it all again.',
    'This page is made by `npm run test:full` from `docs/evidence/`; nothing in it is written by hand. Speed is in [bench/RESULTS.md](../bench/RESULTS.md), made by `npm run bench`; size in [scale.md](scale.md).',
    '## The promises',
    promised(all),
    summary(all),
    ...all.map(section),
    '## Traps of PostgreSQL',
    'Each was measured to go wrong before anything was built; each has a test that would see it come back.',
    trapped(),
  ].join('\n\n')}\n`;
}

/** Of each promise, how many of its tests passed and of its broken builds were caught. */
function promised(all: Row[]): string {
  const rows = promises.map(({ promise, letters }, at) => {
    const its = all.filter(({ trial }) => letters.includes(trial.id));
    const tests = its.flatMap(({ kept }) => kept.tests ?? []);
    const controls = its.flatMap(({ kept }) => kept.controls?.tried ?? []);
    const sum = (of: 'passed' | 'failed') => tests.reduce((count, one) => count + one[of], 0);
    const links = letters.map((letter) => `[${letter}](#${letter.toLowerCase()})`).join(' ');
    const caught = controls.filter((one) => one.outcome === 'caught').length;
    return `| ${at + 1} | ${promise} | ${links} | ${sum('passed')} passed, ${sum('failed')} failed | ${caught} of ${controls.length} |`;
  });
  return ['| | promise | tried by | tests, full form | broken builds caught |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}

const missing = 'no test any more';

function trapped(): string {
  const rows = traps.map(({ trap, file, test }) => {
    const isThere = existsSync(file) && readFileSync(file, 'utf8').includes(test);
    return `| ${trap} | ${isThere ? `[${file}](../${file})` : missing} |`;
  });
  return ['| trap | seen by |', '| --- | --- |', ...rows].join('\n');
}

type Row = { trial: Trial; kept: Evidence };

function summary(all: Row[]): string {
  const rows = all.map(({ trial, kept }) => {
    const { tests, controls } = kept;
    const ran = tests
      ? `${tests.passed} passed, ${tests.failed} failed${tests.skipped.length > 0 ? `, ${tests.skipped.length} skipped` : ''}`
      : 'not run';
    const caught = controls ? `${controls.tried.filter((one) => one.outcome === 'caught').length} of ${controls.tried.length}` : 'not run';
    return `| [${trial.id}](#${trial.id.toLowerCase()}) | ${trial.promise} | ${ran} | ${caught} | ${tests ? dayOf(tests.at) : ''} |`;
  });
  return ['| | promise | tests, full form | broken builds caught | run on |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}

function section({ trial, kept }: Row): string {
  const lines = [`## ${trial.id}`, `**${trial.promise}.** ${trial.how}.`];
  lines.push(`Test: ${trial.files.map((file) => `[${file}](../${file})`).join(', ')}. Again: \`${commandOf(trial, kept)}\`.`);
  if (kept.tests) {
    const { figures, skipped, seconds, cores, node } = kept.tests;
    const counted = Object.entries(figures).map(
      ([name, value]) => `| ${name} | ${typeof value === 'number' ? value.toLocaleString('en-GB') : value} |`,
    );
    if (counted.length > 0) lines.push(['| counted | |', '| --- | ---: |', ...counted].join('\n'));
    lines.push(`Took ${seconds} s on ${cores} cores with Node ${node}.${skipped.length > 0 ? ` Skipped: ${skipped.join('; ')}.` : ''}`);
  }
  if (kept.controls) {
    const rows = kept.controls.tried
      .toSorted((one, other) => one.broken.localeCompare(other.broken))
      .map(({ broken, outcome, says }) => `| ${broken} | ${outcome} | ${says[0] ?? ''} |`);
    lines.push(
      ['| a build in which … | | noticed by |', '| --- | --- | --- |', ...rows.map((row) => row.replaceAll('\n', ' '))].join('\n'),
    );
  }
  return lines.join('\n\n');
}

const commandOf = ({ id }: Trial, { tests }: Evidence) => `${tests ? `HOMEWARD_SEED=${tests.seed} ` : ''}npm run test:full -- ${id}`;
const dayOf = (instant: string) => instant.slice(0, 10);

function keptOf({ id }: Trial): Evidence {
  const path = join('docs', 'evidence', `${id}.json`);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Evidence) : {};
}

if (import.meta.main) {
  if (!process.argv.includes('--verify')) writeEvidence();
  else if (readFileSync(page, 'utf8') !== evidence() || evidence().includes(missing)) {
    console.error(`${page} is not what docs/evidence/ says, or names a test that is gone: run "npm run check -- --generate".`);
    process.exit(1);
  }
}
