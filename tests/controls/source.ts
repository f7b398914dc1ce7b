import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import type { Edit } from './control.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Source {
  /** Its path from the root of the tree. */
  file: string;
  text: string;
  tree: ts.SourceFile;
}

export function sourceOf(file: string): Source {
  const text = readFileSync(root + file, 'utf8');
  return { file, text, tree: ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true) };
}

/** Every node of a tree, a parent before its parts. */
export function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node;
  for (const child of node.getChildren()) yield* nodesOf(child);
}

export const lineOf = ({ tree }: Source, position: number): number => tree.getLineAndCharacterOfPosition(position).line + 1;

/** The edit that puts something else in the place of one stretch of a source, with so much around it as makes it the only one of its kind. */
export function editAt({ file, text }: Source, start: number, end: number, replacement: string): Edit {
  let [from, to] = [start, end];
  while (text.split(text.slice(from, to)).length !== 2) {
    from = Math.max(0, from - 12);
    to = Math.min(text.length, to + 12);
  }
  return { file, find: text.slice(from, to), replace: text.slice(from, start) + replacement + text.slice(end, to) };
}

/** So many of them, picked by chance. */
export function pickedFrom<T>(all: readonly T[], count: number, random: () => number): T[] {
  const left = [...all];
  return Array.from({ length: Math.min(count, left.length) }, () => left.splice(Math.floor(random() * left.length), 1)[0]!);
}

/** One line of a source, for saying what was broken. */
export const shortly = (words: string): string => {
  const line = words.replaceAll(/\s+/g, ' ');
  return line.length > 110 ? `${line.slice(0, 107)}…` : line;
};
