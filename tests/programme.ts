// What is promised, and the tests that would see it broken: `npm run test:full` walks this list, docs/evidence.md is made from it.

export interface Trial {
  id: string;
  promise: string;
  /** How it is tried in the full form, in a line. */
  how: string;
  /** The test files of both forms; the full form is what HOMEWARD_FULL=1 makes of them. */
  files: string[];
  /** Controls that stand in tests/controls/<name>.ts. */
  controls: string;
}

export const programme: readonly Trial[] = [
  {
    id: 'A',
    promise: 'One shift has one winner, and everyone else is told the truth at once',
    how: '200 people race for each of 500 shifts over HTTP in two processes; a third not eligible; double clicks with one key; every loser reads the shift',
    files: ['tests/race.test.ts'],
    controls: 'race',
  },
  {
    id: 'B',
    promise: 'Nobody is in two places, at any trust, on any device',
    how: 'Eight devices of one worker take 500 times; touching times, moved times, cancelled and booked again',
    files: ['tests/overlap.test.ts'],
    controls: 'overlap',
  },
  {
    id: 'C',
    promise: 'A bed never has two people, and a hold ends when it says',
    how: '50 bed managers race for one bed 500 times; confirmed, expired and taken again within 50 ms of its end; clocks of the program ten minutes wrong',
    files: ['tests/race-beds.test.ts'],
    controls: 'bed',
  },
  {
    id: 'D',
    promise: 'Nothing acknowledged is lost, half done or done twice, and every screen catches up exactly',
    how: 'Mixed load and followers while the program and PostgreSQL are killed with -9 at random instants',
    files: ['tests/crash.test.ts'],
    controls: 'crash',
  },
  {
    id: 'E',
    promise: 'Thousands of screens are live at once, and a bad client hurts only itself',
    how: '5,000 sockets on two cores; slow readers, fragments, attachments, half-open requests; all come back at once',
    files: ['tests/sockets.test.ts'],
    controls: 'sockets',
  },
  {
    id: 'F',
    promise: 'Hours, overlaps and ends are right across both clock changes, a leap day and a wrong device clock',
    how: 'A table of cases, on the rules, in the database and through a browser in another time zone',
    files: [
      'tests/clocks.test.ts',
      'shared/src/shifts/time-rules.test.ts',
      'shared/src/kernel/local-time.test.ts',
      'shared/src/working-time/hours-rules.test.ts',
      'shared/src/working-time/rest-rules.test.ts',
      'web/stories/another-clock.story.ts',
    ],
    controls: 'time',
  },
  {
    id: 'G1',
    promise: 'No input crashes it or breaks its contract',
    how: 'At least 1,000 seeded inputs to every operation of the OpenAPI document, every response held against its schema',
    files: ['tests/bad-input.test.ts'],
    controls: 'fuzz',
  },
  {
    id: 'G2',
    promise: 'A file is brought in whole as previewed, or refused with line and reason',
    how: 'Files of every broken kind, of every kind of import; the same file twice; during a race',
    files: ['tests/broken-files.test.ts', 'api/src/imports/imports.test.ts', 'api/src/placements/register.test.ts'],
    controls: 'import',
  },
  {
    id: 'H',
    promise: 'Each role sees and does what the table says, and nothing says more',
    how: 'Role by whose thing it is, from the labels of the OpenAPI document, over HTTP, page data, exports and sockets',
    files: [
      'tests/rights.test.ts',
      'tests/rights-beds.test.ts',
      'tests/rights-events.test.ts',
      'tests/rights-pages.test.ts',
      'tests/identity.test.ts',
    ],
    controls: 'rights',
  },
  {
    id: 'I',
    promise: 'Every release upgrades with its data',
    how: 'A dump of each release is brought up to now; invariants hold and every row that was there is the same',
    files: ['tests/upgrade.test.ts'],
    controls: 'upgrade',
  },
  {
    id: 'K',
    promise: 'When the disk is full writes stop cleanly, reads go on, and it heals by itself',
    how: 'PostgreSQL on a small file system that fills up under load and is freed again',
    files: ['tests/disk-full.test.ts'],
    controls: 'disk',
  },
  {
    id: 'L',
    promise: 'When the database is away nobody has to help',
    how: 'Backends ended, connections cut and black-holed by a proxy in between, a primary made read-only; whatever is held up is answered within nine seconds',
    files: ['tests/database-away.test.ts', 'tests/late.test.ts'],
    controls: 'database',
  },
  {
    id: 'M',
    promise: 'Any sequence of commands leaves a state the rules allow, and a screen shows after events what a fresh load shows',
    how: 'Random commands against a small pure model and the real program; mutants of the rules',
    files: ['tests/model.test.ts', 'tests/history.test.ts', 'api/src/beds/live.test.ts'],
    controls: 'model',
  },
  {
    id: 'N',
    promise: 'What a process holds in memory never answers otherwise than the tables',
    how: 'After every kind of act the roll of each process beside facts read afresh: every open shift, every worker',
    files: ['tests/roll.test.ts'],
    controls: 'roll',
  },
  {
    id: 'T',
    promise: 'What was measured to go wrong on PostgreSQL stays right',
    how: 'Spans that no exclusion sees, and a COMMIT that rolls back: the traps that no other letter tries',
    files: ['tests/traps.test.ts'],
    controls: 'traps',
  },
];

/** The six promises of the handbook (quality, section 1), and the letters that hold each of them. */
export const promises: readonly { promise: string; letters: string[] }[] = [
  { promise: 'One winner: a shift has one worker, a bed one person, a worker one place at a time', letters: ['A', 'B', 'C'] },
  { promise: 'Nothing acknowledged is lost, and nothing is left half done', letters: ['D', 'I', 'K', 'L'] },
  { promise: 'Every screen is right', letters: ['D', 'E', 'M', 'N'] },
  { promise: 'Every refusal is true and explained, and bad input is never a 500', letters: ['A', 'C', 'F', 'G1', 'G2'] },
  { promise: 'Nobody sees what isn’t theirs', letters: ['H'] },
  { promise: 'Every decision can be explained later exactly as it was taken', letters: ['I', 'M'] },
];

/** What was measured to go wrong on PostgreSQL (quality, section 2), and the test that would see it come back. */
export const traps: readonly { trap: string; file: string; test: string }[] = [
  { trap: 'check, then write; SKIP LOCKED', file: 'tests/race.test.ts', test: '200 people' },
  { trap: 'an exclusion without the person’s lock', file: 'tests/overlap.test.ts', test: 'eight devices' },
  { trap: 'a record revoked while somebody books on it', file: 'tests/race.test.ts', test: 'a record revoked at the same instant' },
  {
    trap: 'now() after waiting for a lock',
    file: 'tests/race-beds.test.ts',
    test: 'an act that waits for the bed while the hold runs out',
  },
  { trap: 'empty and unbounded spans', file: 'tests/traps.test.ts', test: 'no span that an exclusion guards can be empty' },
  { trap: 'a reader of the stream that goes by ids', file: 'tests/crash.test.ts', test: 'every screen catches up' },
  { trap: 'NOTIFY taken for the news itself', file: 'tests/feed.test.ts', test: 'a lost wake-up costs a second' },
  { trap: 'COMMIT of an aborted transaction', file: 'tests/traps.test.ts', test: 'an error swallowed inside a transaction' },
  { trap: 'a connection that dies while it is used', file: 'db/connect.test.ts', test: 'a connection that dies is an error for its query' },
  { trap: '01:30 on the night the clocks go back', file: 'shared/src/kernel/local-time.test.ts', test: '01:30' },
  { trap: 'the socket library’s own recovery', file: 'tests/feed.test.ts', test: 'a screen that was away is told what it missed' },
  { trap: 'an outcome nobody knows', file: 'tests/crash.test.ts', test: 'done twice' },
  { trap: 'a loser who waits for the news', file: 'tests/feed.test.ts', test: 'one who loses a shift hears so within a second' },
];
