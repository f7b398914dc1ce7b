interface Said {
  id: number;
  words: string;
}

/** What was just said, newest last. The layout shows it for a moment and reads it out politely. */
export const said = $state<Said[]>([]);

let last = 0;

/** Says something in passing: it takes no focus, moves nothing and goes by itself. For what must not be missed use a Notice. */
export function say(words: string): void {
  const id = ++last;
  said.push({ id, words });
  setTimeout(
    () =>
      said.splice(
        said.findIndex((one) => one.id === id),
        1,
      ),
    6000,
  );
}
