import type { Control, Controls } from './control.ts';

// Test N's controls: a kind of event that the roll no longer hears of, and its own bookkeeping broken in each place.
const file = 'api/src/shifts/roll-queries.ts';
const caughtBy = { file: 'tests/roll.test.ts' };

const heard = {
  'shift.posted': 'shift',
  'shift.filled': 'shift',
  'shift.cancelled': 'shift',
  'shift.reopened': 'shift',
  'booking.confirmed': 'person',
  'booking.cancelled': 'person',
  'training.changed': 'person',
  'worker.changed': 'person',
  'restriction.changed': 'person',
  'alignment.changed': 'ground',
  'course.changed': 'ground',
  'period.changed': 'ground',
  'agreement.changed': 'ground',
  'ward.changed': 'ground',
  'import.applied': 'everything',
};

const edited = (broken: string, find: string, replace: string): Control => ({ broken, edits: [{ file, find, replace }], caughtBy });

export const controls: Controls = () => [
  ...Object.entries(heard).map(([type, stale]) => edited(`the roll doesn't hear of ${type}`, `'${type}': '${stale}',`, `'${type}': null,`)),
  edited('nobody listens before the roll is read', 'await this.#hear();', ''),
  edited('only the worker an event names is read again, not who else they are', 'await readKnown(others.map((row) => row.id));', ''),
  edited('what somebody answered is kept although they changed', 'else for (const { bytes } of kept) bytes[place] = 0;', ''),
  edited('what was answered is kept although the ground changed', 'if (ground !== this.#ground) {', 'if (!this.#ground) {'),
  edited(
    'whoever comes late joins the step that is under way',
    'this.#next = null;\n        return this.#step(wanted);',
    'return this.#step(wanted);',
  ),
  ...[
    ['what a shift comes to is kept before it is open to all', "if (waveAt(shift.facts, now) === 'collaborative') list", 'if (list) list'],
    ['what shifts came to later is used for before', 'known && known.from <= now', 'known'],
  ].map(([broken, find, replace]): Control => ({
    broken: broken!,
    edits: [{ file: 'api/src/shifts/worker-queries.ts', find: find!, replace: replace! }],
    caughtBy,
  })),
  edited(
    'what shifts came to is kept although one of them changed',
    'this.#shifts.set(key, openNow(known, changed, rolled));',
    'for (const [id, shift] of openNow(known, changed, rolled)) (known as Map<string, OpenShift>).set(id, shift);',
  ),
  edited('the ground of another day is used', 'if (this.#rolled?.day !== day) {', 'if (!this.#rolled) {'),
  edited('an answer is used for days before it holds', 'start = Math.max(start, day);', 'void day;'),
  edited('an answer is used for days on which it holds no more', 'else end = Math.min(end, day);', 'else void day;'),
  {
    broken: 'a question is asked without saying for which hours',
    edits: [
      {
        file: 'shared/src/shifts/rules.ts',
        find: '`${of} ${JSON.stringify(asking)}`, lasting: null',
        replace: '`${of} ${JSON.stringify({ ...asking, start: 0, end: 0 })}`, lasting: null',
      },
    ],
    caughtBy,
  },
  ...[
    ['shared/src/kernel/local-time.ts', '[addDays(dated.untilDay, 1)]', '[dated.untilDay]'],
    ['shared/src/training/rules.ts', 'return [record.completedOn, firstDayOut', 'return [firstDayOut'],
    ['shared/src/training/rules.ts', '...alignments.flatMap(({ countsFrom }) => countsFrom ?? [])]', ']'],
    [
      'shared/src/workers/rules.ts',
      'return [...made, ...turnsOf({ fromDay: null, untilDay: worker.registration.untilDay })];',
      'return made;',
    ],
    ['shared/src/workers/rules.ts', 'return [membership, ...(bank', 'return [...(bank'],
  ].map(([where, find, replace]): Control => ({
    broken: `a day is forgotten on which an answer turns: ${find}`,
    edits: [{ file: where!, find: find!, replace: replace! }],
    caughtBy: { file: 'shared/src/shifts/rules.test.ts' },
  })),
];
