import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import type { Control, Controls, Edit } from './control.ts';
import { editAt, lineOf, nodesOf, pickedFrom, shortly, sourceOf, type Source } from './source.ts';

// Test H's controls: every guard of rights in the program, found by its syntax, taken away one at a time. Fifty picked by chance have to be
// noticed, every one of them.
const picked = Number(process.env['HOMEWARD_GUARDS'] ?? 50);

export const controls: Controls = (random) => pickedFrom(guards(), picked, random).map(controlOf);

/** One place where rights are asked for, and what would let everybody through there. */
export interface Guard {
  source: Source;
  at: number;
  was: string;
  is: string;
  edit: Edit;
  /** The operations that can come by it; empty where none does by name, as where frames are told. */
  operations: string[];
}

export const controlOf = ({ source, at, was, is, edit, operations }: Guard): Control => ({
  broken: `${source.file}:${lineOf(source, at)} says ${shortly(is)} where it said ${shortly(was)}`,
  edits: [edit],
  caughtBy: caughtBy(source.file, was, operations),
});

/** The rows of the matrix for these operations, and what is tested of more than one. */
function caughtBy(file: string, was: string, operations: readonly string[]): { file: string; test?: string } {
  const other = elsewhere.find((one) => file.endsWith(one.file) && shortly(was) === one.was);
  if (other) return { file: other.by };
  if (file.endsWith('audience.ts')) return { file: 'tests/rights-', test: 'what is said of|each event is heard' };
  // Whose names stand in an effect rests on what the rows before have done.
  if (operations.length === 0 || operations.length > 40 || /(effect|preview)-queries/.test(file)) return { file: 'tests/rights.test.ts' };
  const rows = operations.map((operation) => `${operation.replaceAll(/[{}]/g, '\\$&')}${operation.endsWith('/') ? '' : '[,:]'}`);
  const isOfBeds = /src\/(beds|placements)\//.test(file) && /queries\.ts$/.test(file);
  const words = isOfBeds ? ['what is said of', 'of a bed elsewhere'] : [];
  return { file: words.length > 0 ? 'tests/rights' : 'tests/rights.test.ts', test: [...rows, ...always, ...words].join('|') };
}
/** Guards that the tests of their own capability see. */
const elsewhere: { file: string; was: string; by: string }[] = [
  { file: 'imports/routes.ts', was: 'isAdministrator(scope)', by: 'api/src/imports/imports.test.ts' },
];
const always = [
  // The rows about a bed that is referred rest on this one.
  'POST /allocations/\\{id\\}/refer[,:]',
  'lists hold only',
  'a manager of one ward',
  'it names',
  'a look at',
  'shift is kept',
  'decision on',
  'host elsewhere',
  'what a view says',
  'add up',
  'no part in another',
  'nobody of a trust',
  'kept for one',
];

export function guards(): Guard[] {
  const sources = readdirSync('api/src', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !notOfRights.has(file))
    .sort()
    .map((file) => sourceOf(`api/src/${file}`));
  const reach = reachOf(sources);
  return sources.flatMap((source) =>
    foundIn(source)
      .filter(({ node }) => !standsBehindAnother(source, node))
      .map(({ node, is }): Guard => {
        const [start, end] = [node.start, node.end];
        const was = source.text.slice(start, end);
        return { source, at: start, was, is, edit: editAt(source, start, end, is), operations: reach(source, start) };
      }),
  );
}

/** What is run by hand, and the parts that only say what a right is: taking those away takes all guards away at once. */
const notOfRights = new Set(['cli.ts', 'server.ts', 'platform/scope.ts']);

interface Found {
  node: { start: number; end: number };
  is: string;
}

/** What answers whether somebody may: asked, each could as well answer yes. */
const asks = new Set([
  ...['hasRole', 'managesWard', 'isOfTrust', 'isAdministrator', 'looksAfter', 'manages', 'boards', 'isMine', 'isSide', 'isTheirs'],
  ...['isTheirsToSee', 'mayCancel', 'isMyWard'],
]);
const isOnesOwn = /^(act\.)?scope\.(workerId|personId|accountId)!?$|^viewer\.(workerId|personId)$/;

function foundIn(source: Source): Found[] {
  const found: Found[] = [];
  const put = (node: ts.Node, is: string) => found.push({ node: { start: node.getStart(), end: node.getEnd() }, is });
  for (const node of nodesOf(source.tree)) {
    if (ts.isPropertyAssignment(node) && node.name.getText() === 'who' && ts.isArrayLiteralExpression(node.initializer)) {
      put(node.initializer, `'signed-in'`);
    } else if (ts.isCallExpression(node)) {
      const name = ts.isPropertyAccessExpression(node.expression) ? node.expression.name.text : node.expression.getText();
      if (asks.has(name) && !ts.isTemplateSpan(node.parent)) put(ts.isAwaitExpression(node.parent) ? node.parent : node, 'true');
      else if (['includes', 'has'].includes(name) && isOfScope(node)) put(node, 'true');
    } else if (ts.isBinaryExpression(node)) {
      const sign = node.operatorToken.getText();
      const isOwn = [node.left, node.right].some((side) => isOnesOwn.test(side.getText()));
      const isNull = [node.left, node.right].some((side) => side.getText() === 'null');
      if (isOwn && !isNull && ['===', '!=='].includes(sign)) put(node, sign === '===' ? 'true' : 'false');
    } else if (ts.isTemplateExpression(node)) {
      for (const one of conditionsOf(source, node)) found.push(one);
    }
  }
  return found;
}

const ofScope = /trustsAs\(|managedWards\(|hasRole\(|isAdministrator\(|scope\.(workerId|personId|accountId|grants)/;

/** Conditions of a statement on what is theirs: `w.trust = any(${trusts})`, `n.worker_id = ${scope.workerId}`, `${all} or …`. */
function conditionsOf(source: Source, template: ts.TemplateExpression): Found[] {
  const names = namesOfScope(template);
  return template.templateSpans.flatMap((span): Found[] => {
    const words = span.expression.getText();
    if (!ofScope.test(words) && !names.has(words.replace(/!$/, ''))) return [];
    const open = span.expression.getFullStart() - 2;
    const close = span.literal.getStart() + 1;
    const before = /(?:[a-z]\w*\.)?[a-z]\w*\s*=\s*(?:any\()?$/.exec(source.text.slice(template.getStart(), open));
    if (before && /_by\s*=/.test(before[0])) return [];
    if (!before) return /hasRole|isAdministrator|^all$/.test(words) ? [{ node: { start: open, end: close }, is: 'true' }] : [];
    const after = /^(?:::\w+(?:\[\])?)?\)?(?:::\w+)?/.exec(source.text.slice(close))![0];
    const isAny = before[0].includes('any(');
    const length = isAny ? after.indexOf(')') + 1 : after.replace(/\)$/, '').length;
    return [{ node: { start: open - before[0].length, end: close + length }, is: 'true' }];
  });
}

/** Is it asked of a list that was worked out from the scope? */
function isOfScope({ expression }: ts.CallExpression): boolean {
  if (!ts.isPropertyAccessExpression(expression)) return false;
  const words = expression.expression.getText();
  return ofScope.test(words) || namesOfScope(expression).has(/^\w+/.exec(words)?.[0] ?? '');
}

/** The names, in the function around, of what is worked out from the scope. */
function namesOfScope(node: ts.Node): Set<string> {
  const names = new Set<string>();
  let around: ts.Node = node;
  while (around.parent && !ts.isFunctionDeclaration(around)) around = around.parent;
  for (const one of nodesOf(around)) {
    if (!ts.isVariableDeclaration(one) || !one.initializer) continue;
    const words = one.initializer.getText();
    if (!ofScope.test(words) && ![...names].some((name) => new RegExp(`\\b${name}\\b`).test(words))) continue;
    if (ts.isFunctionLike(one.initializer) || words.includes('sql`')) continue;
    if (ts.isIdentifier(one.name)) names.add(one.name.text);
    else for (const part of one.name.elements) if (ts.isBindingElement(part)) names.add(part.name.getText());
  }
  return names;
}

/** Which operations call, through whatever, the function that a place stands in: by the names that each file has of its own or imports. */
function reachOf(sources: readonly Source[]): (source: Source, at: number) => string[] {
  interface Span {
    file: string;
    name: string;
    start: number;
    end: number;
    names: Set<string>;
  }
  const spans: Span[] = [];
  const imported = new Map<string, Map<string, string>>();
  for (const { file, tree } of sources) {
    const from = new Map<string, string>();
    imported.set(file, from);
    const note = (name: string, node: ts.Node) => {
      const names = [...nodesOf(node)].filter((one): one is ts.Identifier => ts.isIdentifier(one) && !isOfAnother(one));
      spans.push({ file, name, start: node.getStart(), end: node.getEnd(), names: new Set(names.map(({ text }) => text)) });
    };
    for (const statement of tree.statements) {
      if (ts.isImportDeclaration(statement) && ts.isStringLiteral(statement.moduleSpecifier)) {
        const path = join(dirname(file), statement.moduleSpecifier.text);
        const named = statement.importClause?.namedBindings;
        if (named && ts.isNamedImports(named)) for (const one of named.elements) from.set(one.name.text, path);
      } else if (ts.isVariableStatement(statement)) {
        for (const one of statement.declarationList.declarations) if (ts.isIdentifier(one.name)) note(one.name.text, one);
      } else if (ts.isFunctionDeclaration(statement) && statement.name && !file.endsWith('routes.ts')) note(statement.name.text, statement);
    }
    for (const node of nodesOf(tree)) {
      if (!ts.isCallExpression(node) || !node.expression.getText().endsWith('door.add')) continue;
      const [, method] = /method: '(\w+)'/.exec(node.getText()) ?? [];
      const [, path] = /path: [`'](?:\/api\/v1)?([^`'$]+)/.exec(node.getText()) ?? [];
      if (method && path) note(`${method.toUpperCase()} ${path}`, node);
    }
  }
  const isCalledBy = (span: Span, by: Span) =>
    by !== span && by.names.has(span.name) && (by.file === span.file || imported.get(by.file)!.get(span.name) === span.file);
  return (source, at) => {
    const seen = new Set(spans.filter(({ file, start, end }) => file === source.file && start <= at && at < end));
    for (const span of seen) for (const by of spans) if (isCalledBy(span, by)) seen.add(by);
    return [...seen]
      .map(({ name }) => name)
      .filter((name) => name.includes(' '))
      .sort();
  };
}

/** The part of `one.isMine` or of `{ isMine: … }` that isn't a name of this file's. */
const isOfAnother = ({ parent, text }: ts.Identifier): boolean =>
  (ts.isPropertyAccessExpression(parent) && parent.name.text === text) ||
  (ts.isPropertyAssignment(parent) && parent.name.getText() === text);

/** Taking these away changes nothing that anybody could see, for the reason said. Each was looked at. */
const behind: { file: string; was: string; before?: string; why: string }[] = [
  { file: 'beds/audience.ts', was: "hasRole(viewer, 'bed-manager', 'ward-manager')", why: 'saves the work where nobody looks' },
  { file: 'placements/audience.ts', was: "hasRole(viewer, 'bed-manager', 'ward-manager')", why: 'saves the work where nobody looks' },
  { file: 'shifts/audience.ts', was: "hasRole(viewer, 'bank-office', 'training-lead')", why: 'saves the work where nobody looks' },
  { file: 'beds/audience.ts', was: 'id = any(${wardIds}::uuid[])', why: 'the trusts of wards: more of them are read than asked for' },
  { file: 'beds/audience.ts', was: 'one.looksAfter(wardId)', why: 'saves reading the beds of wards that nobody looks after' },
  {
    file: 'training/reach-queries.ts',
    was: 'r.collaborative_id = ${collaborativeId}',
    why: 'the collaborative was found by its own guard',
  },
  { file: 'workers/steps.ts', was: 'id = ${wardId}', why: 'the trust of the ward in a grant of the reader' },
  { file: 'beds/commands.ts', was: 'managesWard(scope, ward.wardId)', why: 'says as whom somebody speaks, not whether' },
  { file: 'training/requirement-queries.ts', was: "hasRole(scope, 'programme')", why: 'only a programme office has a collaborative' },
  {
    file: 'notices/commands.ts',
    was: 'worker_id = ${act.scope.workerId}::uuid',
    why: 'it is read back by its own guard, and nothing is kept',
  },
  {
    file: 'places/agreement-commands.ts',
    was: "isOfTrust(act.scope, 'bank-office', row.homeTrust)",
    why: 'one side has signed since it was proposed; `isSide` has the same words and is caught as a whole',
  },
  { file: 'training/alignment-commands.ts', was: 'leads.includes(trust)', why: 'says for whom somebody acts, once they may' },
  { file: 'training/delegation-commands.ts', was: 'isAdministrator(act.scope)', why: 'its label names administrators and nobody else' },
  { file: 'beds/setting-queries.ts', was: 'coming.includes(one)', why: 'which clocks are past' },
  { file: 'beds/setting-queries.ts', was: 's.trust = ${asked}', why: 'which trust was asked for, after its own guard' },
];
const standsBehindAnother = ({ file, text }: Source, { start, end }: Found['node']): boolean =>
  behind.some(
    ({ file: of, was, before = '' }) =>
      file.endsWith(of) && shortly(text.slice(start, end)) === was && text.slice(0, start).endsWith(before),
  );
