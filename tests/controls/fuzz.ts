import type { Control, Controls, Edit } from './control.ts';

const door = 'api/src/platform/operation.ts';
const wire = 'shared/src/kernel/wire.ts';

const control = (broken: string, test: string, edit: Edit, env?: Record<string, string>): Control => ({
  broken,
  edits: [edit],
  caughtBy: { file: 'tests/bad-input.test.ts', test },
  ...(env && { env }),
});

export const controls: Controls = () => [
  control('a NUL passes the door', 'POST /api/v1/placements', {
    file: door,
    find: "value.includes('\\0') || !value.isWellFormed()",
    replace: '!value.isWellFormed()',
  }),
  control('brackets may stand in brackets without end', 'POST /api/v1/shifts', {
    file: door,
    find: 'if (depth === deepest)',
    replace: 'if (depth === -deepest)',
  }),
  control('what somebody types has no longest', 'has a bound', {
    file: wire,
    find: 'z.string().max(max, `Keep this to ${max} characters.`).trim()',
    replace: 'z.string().refine(() => max > 0).trim()',
  }),
  control('a list has no largest page', 'has a bound', {
    file: wire,
    find: '.min(1).max(100).default(100)',
    replace: '.min(1).default(100)',
  }),
  control('the body of a posted shift may hold anything more', 'has a bound', {
    file: 'shared/src/shifts/contract.ts',
    find: 'export const postShift = z.strictObject({',
    replace: 'export const postShift = z.object({',
  }),
  control(
    'a time may be of any year',
    'GET /api/v1/audit',
    {
      file: wire,
      find: ".refine((text) => text >= '2000' && text < '2100', 'Give a date between the years 2000 and 2099.')",
      replace: '',
    },
    { HOMEWARD_FULL: '1' },
  ),
  control(
    'a time may have any offset',
    'GET /api/v1/audit',
    {
      file: wire,
      find: ".refine((text) => !/[+-](1[6-9]|2\\d):\\d\\d$/.test(text), 'Give an offset of less than 16 hours.')",
      replace: '',
    },
    { HOMEWARD_FULL: '1' },
  ),
  control('an answer says more than the document', 'GET /api/v1/me/shifts', {
    file: door,
    find: 'context.json(result.value as object, operation.status)',
    replace: 'context.json({ ...(result.value as object), more: 1 }, operation.status)',
  }),
  control(
    'a refusal isn’t in the document',
    'POST /api/v1/imports',
    { file: 'api/src/imports/routes.ts', find: "      { status: 415, code: 'not-csv' },\n", replace: '' },
    { HOMEWARD_FULL: '1' },
  ),
  control('what the document asks for isn’t asked', 'POST /api/v1/me/unavailability', {
    file: door,
    find: '      if (errors.length > 0) return answerRefusal(context, badInput(errors).refusal);',
    replace: '      if (errors.length > 99) return answerRefusal(context, badInput(errors).refusal);',
  }),
  control('a host is believed to be one', 'hardly HTTP', {
    file: 'api/src/server.ts',
    find: 'if (host !== undefined && !URL.canParse(`http://${host}`)) return',
    replace: 'if (host === null) return',
  }),
];
