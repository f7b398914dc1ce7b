import { readdirSync } from 'node:fs';
import ts from 'typescript';
import type { Control, Controls, Edit } from './control.ts';
import { editAt, lineOf, nodesOf, pickedFrom, shortly, sourceOf, type Source } from './source.ts';

// Test M's controls: the rules broken in one small place at a time, as the fingers would, and the feed broken as a change of it would. The
// mutants are made from the syntax of the rules; so many are picked by chance, and nine in ten have to be caught.
const picked = Number(process.env['HOMEWARD_MUTANTS'] ?? 120);

export const controls: Controls = (random) => [
  ...builtIn,
  ...pickedFrom(rules().flatMap(mutantsOf).filter(isDifferent), picked, random).map(({ source, at, was, is, edit }): Control => ({
    broken: `${source.file}:${lineOf(source, at)} says ${shortly(is)} where it said ${shortly(was)}`,
    edits: [edit],
    caughtBy: { related: true },
    share: 0.9,
  })),
];

interface Mutant {
  source: Source;
  at: number;
  was: string;
  is: string;
  edit: Edit;
}

/** The rules, and what they count time with. Words for people are held by reading, not by these. */
function rules(): Source[] {
  const folders = readdirSync('shared/src');
  const found = folders.flatMap((folder) => readdirSync(`shared/src/${folder}`).map((name) => `shared/src/${folder}/${name}`));
  return [
    ...found.filter((file) => /(\/|-)rules\.ts$/.test(file)),
    'shared/src/kernel/interval.ts',
    'shared/src/kernel/local-time.ts',
    'shared/src/kernel/decision.ts',
  ].map(sourceOf);
}

const swapped: Partial<Record<ts.SyntaxKind, string[]>> = {
  [ts.SyntaxKind.LessThanToken]: ['<=', '>'],
  [ts.SyntaxKind.LessThanEqualsToken]: ['<', '>='],
  [ts.SyntaxKind.GreaterThanToken]: ['>=', '<'],
  [ts.SyntaxKind.GreaterThanEqualsToken]: ['>', '<='],
  [ts.SyntaxKind.EqualsEqualsEqualsToken]: ['!=='],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken]: ['==='],
  [ts.SyntaxKind.AmpersandAmpersandToken]: ['||'],
  [ts.SyntaxKind.BarBarToken]: ['&&'],
  [ts.SyntaxKind.PlusToken]: ['-'],
  [ts.SyntaxKind.MinusToken]: ['+'],
  [ts.SyntaxKind.AsteriskToken]: ['/'],
  [ts.SyntaxKind.SlashToken]: ['*'],
};
const otherCall: Record<string, string> = {
  some: 'every',
  every: 'some',
  min: 'max',
  max: 'min',
  find: 'findLast',
  floor: 'ceil',
  ceil: 'floor',
};

function mutantsOf(source: Source): Mutant[] {
  const mutants: Mutant[] = [];
  const put = (node: ts.Node, is: string, [start, end] = [node.getStart(), node.getEnd()]) =>
    mutants.push({ source, at: start, was: source.text.slice(start, end), is, edit: editAt(source, start, end, is) });
  for (const node of nodesOf(source.tree)) {
    if (ts.isTypeNode(node) || isInType(node)) continue;
    if (ts.isBinaryExpression(node)) {
      const { left, right, operatorToken } = node;
      for (const sign of swapped[operatorToken.kind] ?? []) {
        const words = `${left.getText()} ${sign} ${right.getText()}`;
        put(node, hasOther(node, sign) ? `(${words})` : words);
      }
      if (['&&', '||'].includes(operatorToken.getText())) {
        put(node, left.getText());
        put(node, right.getText());
      }
    } else if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
      put(node, node.operand.getText());
    } else if (ts.isNumericLiteral(node)) {
      // Of what an order goes by only the sign counts.
      if (isNegated(node)) continue;
      if (['0', '1'].includes(node.text) && isOrder(node)) {
        put(node, node.text === '1' ? '-1' : '1');
        continue;
      }
      put(node, String(Number(node.text.replaceAll('_', '')) + 1));
    } else if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword) {
      put(node, node.kind === ts.SyntaxKind.TrueKeyword ? 'false' : 'true');
    } else if (ts.isIfStatement(node)) {
      put(node.expression, 'true');
      put(node.expression, 'false');
    } else if (ts.isConditionalExpression(node)) {
      put(node, node.whenTrue.getText());
      put(node, node.whenFalse.getText());
    } else if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const { name, expression } = node.expression;
      const other = otherCall[name.text];
      if (other) put(name, other);
      if (['filter', 'sort', 'toSorted', 'toReversed'].includes(name.text)) put(node, expression.getText());
    } else if (ts.isArrayLiteralExpression(node)) {
      for (const element of node.elements)
        put(
          node,
          `[${node.elements
            .filter((one) => one !== element)
            .map((one) => one.getText())
            .join(', ')}]`,
        );
    }
  }
  return mutants;
}

const isNegated = ({ parent }: ts.Node): boolean =>
  ts.isPrefixUnaryExpression(parent) && parent.operator === ts.SyntaxKind.MinusToken && ts.isConditionalExpression(parent.parent);

/** Is it the 1, -1 or 0 that a comparison answers? */
function isOrder(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isPrefixUnaryExpression(parent) && parent.operator === ts.SyntaxKind.MinusToken) return false;
  return ts.isConditionalExpression(parent) && parent.condition !== node && /\? -1 :|: -1\b/.test(outermost(parent).getText());
}
const outermost = (node: ts.Node): ts.Node => (ts.isConditionalExpression(node.parent) ? outermost(node.parent) : node);

function isInType(node: ts.Node): boolean {
  for (let at = node; at; at = at.parent) {
    if (ts.isTypeNode(at) || ts.isTypeAliasDeclaration(at) || ts.isInterfaceDeclaration(at)) return !ts.isExpressionWithTypeArguments(at);
    if (ts.isStatement(at) && !ts.isBlock(at)) return false;
  }
  return false;
}

/** `a && b || c` reads otherwise once a sign is another: the whole stands in brackets then. */
const hasOther = (node: ts.BinaryExpression, sign: string) => ['&&', '||'].includes(sign) || ts.isBinaryExpression(node.parent);

/** What a mutant says stands for what was said before, in every case that the program can meet: each was looked at. */
const same: { file: string; is: string; was: string; why: string }[] = [
  { file: 'beds/freshness-rules.ts', was: 'duesByDay.size >= mostDaysKept', is: 'false', why: 'how much is remembered, not what' },
  {
    file: 'beds/freshness-rules.ts',
    was: 'duesByDay.size >= mostDaysKept',
    is: 'duesByDay.size <= mostDaysKept',
    why: 'how much is remembered, not what',
  },
  {
    file: 'beds/freshness-rules.ts',
    was: 'duesByDay.size >= mostDaysKept',
    is: 'duesByDay.size > mostDaysKept',
    why: 'how much is remembered, not what',
  },
  { file: 'beds/freshness-rules.ts', was: 'duesByDay.size >= mostDaysKept', is: 'true', why: 'how much is remembered, not what' },
  { file: 'shifts/rules.ts', was: 'a[0] < b[0]', is: 'a[0] <= b[0]', why: 'each stands there once' },
  { file: 'shifts/short-rules.ts', was: 'a.id < b.id', is: 'a.id <= b.id', why: 'each stands there once' },
  { file: 'kernel/local-time.ts', was: 'offsetByHour.size >= mostHoursKept', is: 'false', why: 'how much is remembered, not what' },
  {
    file: 'kernel/local-time.ts',
    was: '/^[1-9]\\d{3}-\\d\\d-\\d\\d$/.test(text) && dayOf(utcOf(text)) === text',
    is: 'dayOf(utcOf(text)) === text',
    why: 'a day is written back in one way only',
  },
  {
    file: 'placements/measure-rules.ts',
    was: 'spell.endedOn > last.endedOn',
    is: '(spell.endedOn >= last.endedOn)',
    why: 'the same day either way',
  },
  { file: 'training/rules.ts', was: 'find', is: 'findLast', why: 'of a trust’s periods one is in force' },
  {
    file: 'placements/identity-rules.ts',
    was: 'named === 0 && Number(month) > 12',
    is: 'Number(month) > 12',
    why: 'a month by its name is no number',
  },
  { file: 'beds/board-rules.ts', was: '2', is: '3', why: 'the last of three stays the last' },
  { file: 'training/effect-rules.ts', was: '!touched.worker(worker)', is: 'false', why: 'saves work; a test shows that it skips nothing' },
  { file: 'kernel/local-time.ts', was: '5', is: '6', why: 'the time has five characters' },
  { file: 'working-time/hours-rules.ts', was: 'caps.length > 0', is: 'true', why: 'saves work: without a cap no week has one' },
  {
    file: 'working-time/hours-rules.ts',
    was: 'planned && overlaps(planned, window)',
    is: 'planned',
    why: 'every window asked about holds what is planned',
  },
  {
    file: 'working-time/hours-rules.ts',
    was: 'duty.end > window.start',
    is: '(duty.end >= window.start)',
    why: 'what only touches adds nothing',
  },
  { file: 'working-time/hours-rules.ts', was: 'duty.end > around.end', is: '(duty.end >= around.end)', why: 'that end is there already' },
  {
    file: 'training/effect-rules.ts',
    was: 'touched.team ? before.shifts : []',
    is: 'before.shifts',
    why: 'saves work: a test shows that what was skipped would not have moved',
  },
  {
    file: 'working-time/hours-rules.ts',
    was: 'duty.start >= window.start',
    is: '(duty.start > window.start)',
    why: 'what begins with the window is all in it by its share as well',
  },
  {
    file: 'working-time/hours-rules.ts',
    was: 'duty.end <= window.end',
    is: '(duty.end < window.end)',
    why: 'what ends with the window is all in it by its share as well',
  },
  {
    file: 'shifts/wave-rules.ts',
    was: 'opens > now && isRegularOf(worker, shift.wardId, waves, now)',
    is: 'isRegularOf(worker, shift.wardId, waves, now)',
    why: 'saves work: what is open already stays so',
  },
  {
    file: 'beds/opening-rules.ts',
    was: '[bed.wardId, ...shifts.map((shift) => shift.id)]',
    is: '[...shifts.map((shift) => shift.id)]',
    why: 'a shift is of one ward',
  },
  {
    file: 'working-time/rest-rules.ts',
    was: '!after || duty.start < after.start',
    is: '!after',
    why: 'a person’s duties come in order of start; nothing rests on it here',
  },
  { file: 'imports/rules.ts', was: "text < '2200'", is: "(text <= '2200')", why: 'four figures alone are no day' },
  { file: 'placements/identity-rules.ts', was: "each >= '1900'", is: "(each > '1900')", why: 'four figures alone are no day' },
  {
    file: 'training/reach-rules.ts',
    was: 'pilotWards.has(shift.wardId) ? `${key} ${shift.wardId}` : key',
    is: '`${key} ${shift.wardId}`',
    why: 'saves work: asked for each ward, the answer is the same',
  },
  {
    file: 'workers/rules.ts',
    was: 'untilDay !== null && untilDay < lastDay',
    is: 'untilDay < lastDay',
    why: 'an end that isn’t there is before no day',
  },
  {
    file: 'training/effect-rules.ts',
    was: 'before.alignments.filter((one) => one.competency === change.competency)',
    is: 'before.alignments',
    why: 'saves work: of others nothing changes',
  },
  {
    file: 'beds/board-rules.ts',
    was: 'ward.bedType !== null && wish.lineBedTypes.includes(ward.bedType)',
    is: 'wish.lineBedTypes.includes(ward.bedType)',
    why: 'no line holds what isn’t known',
  },
  { file: 'shifts/short-rules.ts', was: 'shift.start < at', is: '(shift.start <= at)', why: 'the start is an edge already' },
  { file: 'placements/identity-rules.ts', was: "each < '2100'", is: "(each <= '2100')", why: 'four figures alone are no day' },
  { file: 'shifts/words-rules.ts', was: 'minutes < 600', is: 'minutes <= 600', why: 'ten hours are “10 h” either way' },
  { file: 'shifts/words-rules.ts', was: '600', is: '601', why: 'ten hours are “10 h” either way' },
  {
    file: 'training/rules.ts',
    was: 'a.gaps.length < b.gaps.length',
    is: 'a.gaps.length <= b.gaps.length',
    why: 'asked only where they differ',
  },
  {
    file: 'working-time/rest-rules.ts',
    was: 'before && tooLittle(restBefore)',
    is: 'tooLittle(restBefore)',
    why: 'rest after nothing has no end',
  },
  {
    file: 'working-time/rest-rules.ts',
    was: 'after && tooLittle(restAfter)',
    is: 'tooLittle(restAfter)',
    why: 'rest before nothing has no end',
  },
  {
    file: 'working-time/hours-rules.ts',
    was: 'end - referenceWeeks * weekMs',
    is: 'end + referenceWeeks * weekMs',
    why: 'a first guess, from which the same start is reached',
  },
];
const isDifferent = ({ source, was, is }: Mutant) =>
  !same.some((one) => source.file.endsWith(one.file) && shortly(was) === one.was && shortly(is) === one.is);

const model = { file: 'tests/model.test.ts' };
const boards = { file: 'api/src/beds/live.test.ts' };
const builtIn: Control[] = [
  {
    broken: 'a frame leaves out the other cards that it changed',
    edits: [
      {
        file: 'api/src/shifts/audience.ts',
        find: 'const withCards = cards.length > 0 ? { cards } : {};',
        replace: 'const withCards = {};',
      },
    ],
    caughtBy: model,
  },
  {
    broken: 'a shift opens again and nobody is told',
    edits: [
      {
        file: 'api/src/shifts/steps.ts',
        find: "announce(trx, { type: 'shift.reopened', at: now, accountId: scope.accountId, wardId: shift.wardId, shiftId: shift.id });",
        replace: '',
      },
    ],
    caughtBy: model,
  },
  {
    broken: 'a shift that has gone stays on the screen',
    edits: [
      {
        file: 'shared/src/shifts/live-rules.ts',
        find: "const gone = type === 'shift.withdrawn' ? data.shiftId : undefined;",
        replace: "const gone = type === 'shift.expired' ? data.shiftId : undefined;",
      },
    ],
    caughtBy: model,
  },
  {
    broken: 'somebody who no longer shares their passport keeps what they booked elsewhere',
    edits: [
      {
        file: 'shared/src/workers/rules.ts',
        find: "const code = 'consent';\n",
        replace: "const code = 'consent';\n  worker = { ...worker, consentsToShare: true };\n",
      },
    ],
    caughtBy: model,
  },
  {
    broken: 'a bed that changed leaves its ward’s card on the board as it was',
    edits: [{ file: 'shared/src/beds/live-rules.ts', find: 'changed.get(item.ward.id) ?? item', replace: 'item' }],
    caughtBy: boards,
  },
  {
    broken: 'a need that changed is not on its sender’s list',
    edits: [
      {
        file: 'shared/src/placements/live-rules.ts',
        find: 'return belongs ? [...others, changed].sort(comparePlacements) : others;',
        replace: 'return others;',
      },
    ],
    caughtBy: boards,
  },
];
