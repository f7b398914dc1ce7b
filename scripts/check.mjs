// `npm run check`: everything that can be found without running the program, each step one line when it is well.
// `npm run check -- --fix` first writes what a machine can write: the format, the simple corrections, the generated files.
// `npm run check -- --generate` does only the last of these. Any other word picks the steps whose name holds it.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

const bin = (path) => join(process.cwd(), 'node_modules', path);
const PRETTIER = bin('prettier/bin/prettier.cjs');
const ESLINT = bin('eslint/bin/eslint.js');
const chosen = process.argv.slice(2);
mkdirSync('.homeward/tmp', { recursive: true });

const steps = [
  { name: 'types of shared, db and api', args: [bin('typescript/bin/tsc'), '--noEmit'] },
  {
    name: 'types of the pages',
    cwd: 'web',
    args: [bin('svelte-check/bin/svelte-check'), '--tsconfig', 'tsconfig.json', '--fail-on-warnings'],
  },
  { name: 'lint', args: [ESLINT, '.', '--max-warnings', '0'] },
  { name: 'format', args: [PRETTIER, '--check', '--log-level', 'warn', '.', '--cache', '--cache-location', '.homeward/prettier'] },
  {
    name: 'architecture',
    args: [
      bin('dependency-cruiser/bin/dependency-cruiser.mjs'),
      '--config',
      '.dependency-cruiser.js',
      '--output-type',
      'err-long',
      'shared/src',
      'api/src',
      'db',
      'web/src',
      'tests',
      'bench',
    ],
  },
  { name: 'vocabulary', args: ['scripts/check-vocabulary.mjs'] },
  { name: 'nothing unused', args: [bin('knip/bin/knip.js'), '--no-progress', '--no-config-hints'] },
  { name: 'generated files', args: ['db/generate.ts', '--verify'] },
  { name: 'page of evidence', args: ['tests/evidence.ts', '--verify'] },
  { name: 'page of results', args: ['bench/results.ts', '--verify'] },
];

if (chosen.includes('--fix') || chosen.includes('--generate')) {
  for (const generator of ['db/generate.ts', 'tests/evidence.ts', 'bench/results.ts']) await must([generator]);
  if (chosen.includes('--generate')) process.exit(0);
  await must([ESLINT, '.', '--fix', '--quiet'], true);
  await must([PRETTIER, '--write', '--log-level', 'warn', '.']);
}

// The pages' types are made from their routes, and both the linter and the type check read them.
await must([join(process.cwd(), 'web/node_modules/@sveltejs/kit/svelte-kit.js'), 'sync'], false, 'web');

const words = chosen.filter((word) => !word.startsWith('--'));
const waiting = steps.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
let failed = 0;
// Two at a time: most machines this runs on have two cores.
await Promise.all([work(), work()]);
console.log(failed === 0 ? 'All is well.' : `${failed} of the checks failed.`);
process.exit(failed === 0 ? 0 : 1);

async function work() {
  for (let step = waiting.shift(); step; step = waiting.shift()) {
    const began = Date.now();
    const { code, output } = await run(step);
    const seconds = ((Date.now() - began) / 1000).toFixed(1);
    if (code === 0) console.log(`ok  ${step.name} (${seconds} s)`);
    else console.log(`\nNOT ok  ${step.name}\n${output.trimEnd()}\n`);
    if (code !== 0) failed += 1;
  }
}

async function must(args, mayComplain = false, cwd = '.') {
  const { code, output } = await run({ args, cwd });
  if (code === 0 || mayComplain) return;
  console.error(output.trimEnd());
  process.exit(1);
}

function run({ args, cwd = '.' }) {
  const env = { ...process.env, TMPDIR: join(process.cwd(), '.homeward/tmp') };
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], { cwd, env });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  return new Promise((done) => child.on('close', (code) => done({ code, output })));
}
