import type { Control, Controls, Edit } from './control.ts';

const clocks = 'shared/src/kernel/local-time.ts';
const rows = 'shared/src/shifts/time-rules.test.ts';

const control = (broken: string, file: string, edit: Edit): Control => ({ broken, edits: [edit], caughtBy: { file } });

export const controls: Controls = () => [
  control('a local time is read as new Date(local) reads it on a server in UTC', rows, {
    file: clocks,
    find: '  const reading = utcOf(day) + (Number',
    replace: '  if (isRealDay(day)) return [new Date(`${day}T${time}Z`).getTime()];\n  const reading = utcOf(day) + (Number',
  }),
  control('of the hour that happens twice the first is guessed', rows, {
    file: clocks,
    find: '    .sort((a, b) => a - b);',
    replace: '    .sort((a, b) => a - b)\n    .slice(0, 1);',
  }),
  control('the day of an instant is UTC’s', rows, {
    file: clocks,
    find: '  return dayOf(readingOf(instant));',
    replace: '  return dayOf(instant);',
  }),
  control('the day of an instant is that of the machine’s own zone', rows, {
    file: clocks,
    find: '  return dayOf(readingOf(instant));',
    replace: '  return dayOf(instant - new Date(instant).getTimezoneOffset() * minuteMs);',
  }),
  control('a day begins at midnight in UTC', 'shared/src/kernel/local-time.test.ts', {
    file: clocks,
    find: '  return utc - offsetMinutesAt(utc - hourMs) * minuteMs;',
    replace: '  return utc;',
  }),
  control('twelve months after leap day is 1 March', rows, {
    file: clocks,
    find: 'Math.min(Number(day.slice(8, 10)), lastOfMonth)',
    replace: 'lastOfMonth > 0 ? Number(day.slice(8, 10)) : 1',
  }),
  control('an end at midnight belongs to the day it begins', rows, {
    file: clocks,
    find: 'Math.max(interval.start, interval.end - 1)',
    replace: 'Math.max(interval.start, interval.end)',
  }),
  control('a night has seven hours whatever the clocks do', 'shared/src/kernel/local-time.test.ts', {
    file: clocks,
    find: 'reading - offsetMinutesAt(reading - hourMs) * minuteMs;\n  let ms',
    replace: 'reading - offsetMinutesAt(interval.start) * minuteMs;\n  let ms',
  }),
  control('a file’s offset is thrown away', 'tests/clocks.test.ts', {
    file: 'shared/src/imports/rules.ts',
    find: '  if (!Number.isNaN(at)) return { value: rfc3339(at) };',
    replace: '  if (!Number.isNaN(at)) return { value: rfc3339(Date.parse(`${cell.slice(0, 16)}Z`)) };',
  }),
  control('a duty that ends as the shift begins is in its way', 'tests/clocks.test.ts', {
    file: 'shared/src/kernel/interval.ts',
    find: 'a.start < b.end && b.start < a.end',
    replace: 'a.start <= b.end && b.start <= a.end',
  }),
];
