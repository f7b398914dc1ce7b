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
  edited(
    'only the worker an event names is read again, not who else they are',
    'where person_id in (select person_id from worker where id = any(${workerIds}))',
    'where id = any(${workerIds})',
  ),
  edited('what somebody answered is kept although they changed', 'answers[place] = 0;', 'void answers;'),
  edited('what was answered is kept although the ground changed', 'if (ground !== this.#ground) {', 'if (!this.#ground) {'),
  edited(
    'whoever comes late joins the step that is under way',
    'this.#next = null;\n        return this.#step(wanted);',
    'return this.#step(wanted);',
  ),
  ...[
    [
      'what a shift comes to is kept before it is open to all',
      "if (waveAt(facts, now) === 'collaborative') decisions.set",
      'decisions.set',
    ],
    ['what a shift came to later is used for before', '!known || known.from > now', '!known'],
  ].map(([broken, find, replace]): Control => ({
    broken: broken!,
    edits: [{ file: 'api/src/shifts/worker-queries.ts', find: find!, replace: replace! }],
    caughtBy,
  })),
  edited('the ground of another day is used', 'if (this.#rolled?.day !== day) {', 'if (!this.#rolled) {'),
  edited(
    'a question is asked without saying for which hours',
    'JSON.stringify(question.about)',
    'JSON.stringify({ ...question.about, start: 0, end: 0 })',
  ),
];
