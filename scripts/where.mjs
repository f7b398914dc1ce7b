// `npm run where -- beds`: every file of a feature, part by part. Folders carry the same word everywhere, so a word is enough.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const PARTS = {
  shared: 'what it says and decides',
  db: 'what is kept',
  api: 'what it does',
  web: 'what people see',
  tests: 'what is tried across parts',
  docs: 'what is written about it',
};
const word = process.argv[2]?.toLowerCase();

if (!word) {
  console.log('Say a word: npm run where -- shifts\n\nThe capabilities are:');
  for (const name of folders('shared/src')) console.log(`  ${name}`);
  process.exit(0);
}

let found = 0;
for (const [part, sentence] of Object.entries(PARTS)) {
  const files = filesBelow(part).filter(
    (path) => path.toLowerCase().includes(word) || path.toLowerCase().replaceAll('_', '-').includes(word),
  );
  if (files.length === 0) continue;
  found += files.length;
  console.log(`${part}: ${sentence}`);
  for (const path of files) console.log(`  ${path}${firstComment(path)}`);
}
if (found === 0) console.log(`No file carries the word "${word}". docs/glossary.md has the words we use.`);

function firstComment(path) {
  const line = /^\s*(?:\/\/|\/\*\*?|<!--)\s*([^\n]+?)\s*(?:\*\/|-->)?$/m.exec(readFileSync(path, 'utf8').split('\n', 1)[0] ?? '');
  return line?.[1] ? `  (${line[1]})` : '';
}

function folders(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
}

function filesBelow(folder) {
  let entries = [];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.flatMap((entry) => {
    if (['node_modules', 'build'].includes(entry.name) || entry.name.startsWith('.')) return [];
    const path = join(folder, entry.name).replaceAll('\\', '/');
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}
