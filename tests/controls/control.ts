/** A build broken on purpose, which the tests named must not let pass. */
export interface Control {
  /** What is broken, as the end of "a build in which …". */
  broken: string;
  edits: Edit[];
  /** The tests that must go red: a file or a folder, and of it those whose name holds the words; or those that reach what was edited. */
  caughtBy: { file: string; test?: string } | { related: true };
  env?: Record<string, string>;
  /** One of many, of which it is enough that this share is caught. Without it, it has to be caught. */
  share?: number;
}

/** `find` stands in the file exactly once, so that a control whose place has moved says so instead of breaking nothing; or a whole new file. */
export type Edit = { file: string; find: string; replace: string } | { file: string; text: string };

/** The controls of one promise; those that are picked by chance are picked with `random`, so that a seed picks them again. */
export type Controls = (random: () => number) => Control[];
