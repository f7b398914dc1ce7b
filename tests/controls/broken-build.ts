import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Control, Edit } from './control.ts';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const temporary = join(root, '.homeward', 'tmp');
const packages = ['.', 'api', 'db', 'shared', 'web'];
const notCopied = new Set(['node_modules', '.git', '.homeward', '.svelte-kit', 'build', 'test-output', 'bench', 'docs']);

export interface Verdict {
  /** `stale`: an edit found its place no more, or nothing could be run, so that nothing was shown. */
  outcome: 'caught' | 'survived' | 'stale';
  /** The first tests that went red, or why it is stale. */
  says: string[];
  seconds: number;
}

/** Runs the tests a control names in a copy of the tree that has its edits; with no edits, in one that is sound. */
export async function tryBuild({ edits, caughtBy, env = {} }: Pick<Control, 'edits' | 'caughtBy' | 'env'>): Promise<Verdict> {
  const began = performance.now();
  const ended = (outcome: Verdict['outcome'], says: string[]): Verdict => ({
    outcome,
    says,
    seconds: Math.round((performance.now() - began) / 1000),
  });
  const { folder, problem } = editedTree(edits);
  try {
    if (problem !== null) return ended('stale', [problem]);
    const report = join(folder, 'report.json');
    // One red test is enough.
    const args = [
      'node_modules/vitest/vitest.mjs',
      ...chosenTests(caughtBy, edits),
      '--bail=1',
      '--reporter=json',
      `--outputFile=${report}`,
    ];
    const { output, hung } = await run(folder, args, env, 'file' in caughtBy ? hangsAfterMs : mutantHangsAfterMs);
    if (hung) return ended(edits.length === 0 ? 'stale' : 'caught', ['the tests never ended']);
    if (!existsSync(report)) return ended('stale', [`no report: ${output.slice(-600)}`]);
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
      testResults: { status: string; message: string; assertionResults: { status: string; title: string; failureMessages: string[] }[] }[];
    };
    const tests = testResults.flatMap((file) => file.assertionResults).filter((one) => one.status === 'passed' || one.status === 'failed');
    const red = tests.filter((one) => one.status === 'failed');
    if (red.length > 0)
      return ended(
        'caught',
        red.slice(0, 3).map((one) => one.title),
      );
    // A file whose preparation fails has noticed as well; one that can't even be read has not.
    const unprepared = testResults.find((file) => file.status === 'failed' && file.assertionResults.length > 0);
    if (unprepared) return ended('caught', [unprepared.message.split('\n')[0]!]);
    if (tests.length === 0) return ended('stale', [testResults[0]?.message.split('\n')[0] ?? 'no test of that name']);
    return ended('survived', []);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Of a build that is sound there is nothing that was edited: all that any edit of the rules could reach are run. */
function chosenTests(caughtBy: Control['caughtBy'], edits: readonly Edit[]): string[] {
  if ('file' in caughtBy) return ['run', caughtBy.file, ...(caughtBy.test === undefined ? [] : ['-t', caughtBy.test])];
  if (edits.length === 0) return ['run', '--project=unit'];
  return ['related', ...edits.map(({ file }) => file), '--run', '--project=unit'];
}

/** A copy of the tree with these edits, which whoever asked removes; `problem` where one found its place no more. */
export function editedTree(edits: readonly Edit[]): { folder: string; problem: string | null } {
  const folder = copyOfTree();
  for (const edit of edits) {
    const problem = apply(folder, edit);
    if (problem) return { folder, problem };
  }
  return { folder, problem: null };
}

function apply(folder: string, edit: Edit): string | null {
  const path = join(folder, edit.file);
  if ('text' in edit) {
    writeFileSync(path, edit.text);
    return null;
  }
  const source = readFileSync(path, 'utf8');
  const found = source.split(edit.find).length - 1;
  if (found !== 1) return `${edit.file} holds ${found} times what the control replaces: ${edit.find.slice(0, 80)}`;
  writeFileSync(
    path,
    source.replace(edit.find, () => edit.replace),
  );
  return null;
}

/** Sources copied; packages from outside linked; our own packages linked to their copies, or the sound build would be tested. */
function copyOfTree(): string {
  mkdirSync(temporary, { recursive: true, mode: 0o755 });
  const folder = mkdtempSync(join(temporary, 'broken-'));
  for (const name of readdirSync(root)) {
    if (notCopied.has(name)) continue;
    cpSync(join(root, name), join(folder, name), {
      recursive: true,
      filter: (path) => !notCopied.has(path.slice(path.lastIndexOf('/') + 1)),
    });
  }
  for (const one of packages) linkPackages(join(root, one, 'node_modules'), join(folder, one, 'node_modules'), folder);
  if (existsSync(join(root, 'web/build'))) symlinkSync(join(root, 'web/build'), join(folder, 'web/build'));
  return folder;
}

function linkPackages(from: string, to: string, folder: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    if (name.startsWith('.')) continue;
    if (name.startsWith('@')) {
      linkPackages(join(from, name), join(to, name), folder);
      continue;
    }
    const real = realpathSync(join(from, name));
    const own = relative(root, real);
    const isOurs = !own.startsWith('..') && !own.includes('node_modules');
    symlinkSync(isOurs ? resolve(folder, own) : real, join(to, name));
  }
}

/** Tests that go round for ever are found out as well: nobody would merge them. */
const hangsAfterMs = 15 * 60_000;
const mutantHangsAfterMs = 3 * 60_000;

function run(cwd: string, args: string[], env: Record<string, string>, mostMs: number): Promise<{ output: string; hung: boolean }> {
  const own: NodeJS.ProcessEnv = { ...process.env, ...env, TMPDIR: temporary };
  delete own['HOMEWARD_FIGURES'];
  if (!env['HOMEWARD_FULL']) delete own['HOMEWARD_FULL'];
  // A group of its own: what goes round for ever is one of its children.
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], { cwd, env: own, detached: true });
  const end = () => {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  };
  process.once('exit', end);
  let [output, hung] = ['', false];
  const limit = setTimeout(() => {
    hung = true;
    end();
  }, mostMs);
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise((done) =>
    child.on('close', () => {
      clearTimeout(limit);
      process.off('exit', end);
      done({ output, hung });
    }),
  );
}
