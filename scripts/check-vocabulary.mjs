// One word finds a feature, because a capability's folder may hold only files with a known name. A stray is told where it belongs.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

export const CAPABILITIES = [
  'accounts',
  'assurance',
  'beds',
  'imports',
  'ledger',
  'notices',
  'placements',
  'places',
  'shifts',
  'training',
  'wards',
  'workers',
  'working-time',
];

const idea = '[a-z0-9]+(-[a-z0-9]+)*';
const component = '[A-Z][A-Za-z0-9]*\\.svelte';
const page = `\\+(page|layout|error|server)(@[a-z]*)?(\\.server)?\\.(ts|svelte)`;

// Where a folder's files are free, their names are still checked against the words that say nothing.
const FOLDERS = [
  { folder: 'shared/src/kernel', allowed: `${idea}(\\.test)?\\.ts` },
  {
    folder: 'shared/src/*',
    allowed: `contract\\.ts|facts\\.ts|(${idea}-)?rules(\\.test)?\\.ts`,
    hint: 'shapes on the wire → contract.ts, what a rule is given → facts.ts, a pure rule → rules.ts or <idea>-rules.ts; what several capabilities share → shared/src/kernel',
  },
  { folder: 'api/src/platform', allowed: `${idea}(\\.test)?\\.ts` },
  {
    folder: 'api/src/*',
    allowed: `(jobs|facts|steps|audience)\\.ts|(${idea}-)?(routes|commands|queries)\\.ts|${idea}\\.test\\.ts`,
    hint: 'HTTP → routes.ts, a change → commands.ts, a part of a transaction that other capabilities share → steps.ts, a view → queries.ts, what the rules are given → facts.ts, who hears of an event → audience.ts, work by the clock → jobs.ts; a pure rule → shared/src; plumbing of every capability → api/src/platform',
  },
  { folder: 'web/src/lib/ui', allowed: `${component}|${idea}(\\.svelte)?(\\.test)?\\.ts|${idea}\\.scss` },
  { folder: 'web/src/lib/platform', allowed: `${component}|${idea}(\\.svelte)?(\\.test)?\\.ts` },
  {
    folder: 'web/src/lib/*',
    allowed: `${component}|(client|titles)\\.ts|${idea}\\.svelte\\.ts`,
    hint: 'calls → client.ts, words that lists and headings say → titles.ts, a component → Name.svelte, state → <idea>.svelte.ts; without our domain in it → web/src/lib/ui; a rule → shared/src',
  },
  {
    folder: 'web/src/routes',
    deep: true,
    allowed: `${page}|${component}|${idea}(\\.svelte)?\\.ts`,
    hint: 'only pages and what one page alone uses; what two pages use → web/src/lib/<capability>',
  },
  { folder: 'web/stories', allowed: `${idea}(\\.story)?\\.ts`, hint: 'a story is <what-somebody-does>.story.ts' },
  { folder: 'bench', allowed: `${idea}\\.ts|package\\.json|RESULTS\\.md`, hint: 'one benchmark a file, named after it' },
  {
    folder: 'db/migrations',
    allowed: `\\d{14}_(${CAPABILITIES.join('|').replaceAll('-', '[-_]')})_[a-z0-9_]+\\.ts`,
    hint: '<timestamp>_<capability>_<what>.ts',
  },
];

const SAY_NOTHING = /(^|[-.])(utils?|helpers?|managers?|services?|common|misc|types|index)(?=[-.]|$)/;
const MAY_ALL_THE_SAME = new Set(['db/types.ts']); // generated under the name its generator is known by

const strays = [];
const complain = (path, sentence) => strays.push(`${path}: ${sentence}`);

for (const path of ['shared/src', 'api/src', 'web/src', 'web/stories', 'db', 'scripts', 'tests', 'bench'].flatMap(filesBelow)) {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const folder = path.slice(0, -name.length - 1);
  const word = SAY_NOTHING.exec(name)?.[2];
  if (word && !MAY_ALL_THE_SAME.has(path)) complain(path, `"${word}" says nothing about what is inside; name the file after that.`);
  if (!/^[^A-Z]+$/.test(name) && !/\.(svelte|md)$/.test(name)) complain(path, 'files are kebab-case; only components are PascalCase.');
  const group = FOLDERS.find((one) => matches(one, folder));
  if (group && !new RegExp(`^(${group.allowed})$`).test(name))
    complain(path, `not a name this folder knows. ${group.hint ?? 'Use kebab-case.'}`);
  const capability = /^(shared|api)\/src\/([^/]+)\/|^web\/src\/lib\/([^/]+)\//.exec(path);
  const own = capability?.[2] ?? capability?.[3];
  if (own && ![...CAPABILITIES, 'kernel', 'platform', 'ui'].includes(own))
    complain(path, `"${own}" is not a capability; a new one is a new word, agreed in docs/glossary.md and added here first.`);
  if (own && /^(shared|api)\/src\/[^/]+\/[^/]+\//.test(path)) complain(path, 'a capability has no folders inside; split by idea instead.');
}

for (const stray of strays) console.error(stray);
process.exit(strays.length > 0 ? 1 : 0);

function matches({ folder, deep }, actual) {
  if (deep) return actual === folder || actual.startsWith(`${folder}/`);
  return folder.endsWith('/*') ? new RegExp(`^${folder.slice(0, -1)}[^/]+$`).test(actual) : actual === folder;
}

function filesBelow(folder) {
  let entries = [];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // not every part exists yet
  }
  return entries.flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name.startsWith('.')) return [];
    const path = join(folder, entry.name).replaceAll('\\', '/');
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}
