import type { Controls } from './control.ts';
import { dropped } from './race.ts';

const file = 'tests/overlap.test.ts';
const constraint = 'a_worker_is_in_one_place_at_a_time';
const noConstraint = dropped(`alter table booking drop constraint ${constraint}`);
const noLock = {
  file: 'api/src/workers/steps.ts',
  find: 'select 1 from person where id = ${personId} for no key update',
  replace: 'select 1 from person where id = ${personId}',
};

export const controls: Controls = () => [
  {
    broken: 'the person is not locked, and no constraint stands behind it',
    edits: [noLock, noConstraint],
    caughtBy: { file, test: 'eight devices' },
  },
  { broken: 'the person is not locked', edits: [noLock], caughtBy: { file, test: 'eight devices' } },
  {
    broken: 'the constraint that keeps a person in one place is gone',
    edits: [noConstraint],
    caughtBy: { file, test: 'the database alone' },
  },
  {
    broken: 'what somebody has booked as the worker of another trust is not theirs',
    edits: [
      {
        file: 'api/src/shifts/facts.ts',
        find: "${wasBooked('b', known)} and ${personOf('b')} = any(${persons})",
        replace: "${wasBooked('b', known)} and b.worker_id = any(${workerIds})",
      },
    ],
    caughtBy: { file, test: 'eight devices' },
  },
  {
    broken: 'a booking that was given back still stands in the way',
    edits: [
      dropped(
        `alter table booking drop constraint ${constraint}; alter table booking add constraint ${constraint} exclude using gist (person_id with =, period with &&)`,
      ),
    ],
    caughtBy: { file, test: 'eight devices' },
  },
  {
    broken: 'times that touch overlap',
    edits: [
      {
        file: 'shared/src/kernel/interval.ts',
        find: 'a.start < b.end && b.start < a.end',
        replace: 'a.start <= b.end && b.start <= a.end',
      },
    ],
    caughtBy: { file, test: 'two wards agree' },
  },
];
