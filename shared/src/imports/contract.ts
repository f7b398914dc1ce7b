import { z } from 'zod';
import { changeBedSetting, nationalCode } from '../beds/contract.ts';
import { codeLists } from '../beds/facts.ts';
import { kebab, localDay, words } from '../kernel/wire.ts';
import { trustCode } from '../places/contract.ts';
import { staffGroups } from '../workers/facts.ts';

export const importKinds = ['workers', 'courses', 'training-records', 'requirements', 'roster', 'wards', 'beds'] as const;
export type ImportKind = (typeof importKinds)[number];

/** A report names at most so many things that are wrong; every bad row is counted. */
export const mostProblems = 10_000;

/** `line` is the line of the file the row starts on, the header being 1. `column` is empty where the whole row is at fault. */
export const importProblem = z.object({ line: z.number(), column: z.string(), code: z.string(), message: z.string() });
export type ImportProblem = z.infer<typeof importProblem>;

export const importReport = z.object({
  kind: z.string(),
  applied: z.boolean(),
  rows: z.number(),
  accepted: z.number(),
  unchanged: z.number(),
  problems: z.array(importProblem),
  /** How many rows are bad in all; `problems` names the first `mostProblems` things that are wrong with them. */
  problemCount: z.number(),
  preview: z.array(z.object({ line: z.number(), what: z.string(), change: z.enum(['new', 'changed', 'unchanged']) })),
});
export type ImportReport = z.infer<typeof importReport>;

const from = localDay;
const until = localDay.nullable().default(null).meta({ description: 'Last local day, included; none = no end' });
const name = words(200).min(1);
/** What the shared standard asks of a course: minutes of teaching, what is taught, how often and how long it is refreshed. */
const standard = z.strictObject({
  minimumMinutes: z.number().int().positive().max(60_000).nullable().default(null),
  techniques: z.array(kebab).max(100).default([]),
  refresherMonths: z.number().int().positive().max(120).nullable().default(null),
  refresherMinutes: z.number().int().positive().max(60_000).nullable().default(null),
  source: words(500).nullable().default(null),
});
const codeList = z
  .array(
    z.strictObject({
      code: words(80).min(1),
      title: name,
      detail: z.record(z.string().max(80), z.json()).default({}),
      source: words(1000).nullable().default(null),
    }),
  )
  .max(500);
const memberOf = z.strictObject({ trust: trustCode, from, until });

/**
 * What an operator loads before anything else: who shares with whom and by what standards, all of it dated. Another collaborative, with
 * other trusts and any number of them, is another file.
 */
export const organisations = z.strictObject({
  trusts: z
    .array(z.strictObject({ code: trustCode, name, short: name, independent: z.boolean().default(false), source: words(500).optional() }))
    .default([]),
  collaboratives: z.array(z.strictObject({ code: kebab, name, members: z.array(memberOf) })).default([]),
  places: z
    .array(z.strictObject({ short: name, name, latitude: z.number(), longitude: z.number(), insideIcb: z.boolean(), source: words(500) }))
    .default([]),
  outwardCodes: z
    .array(z.strictObject({ code: z.string().regex(/^[A-Z0-9]{2,4}$/), latitude: z.number(), longitude: z.number(), source: words(500) }))
    .default([]),
  sites: z
    .array(
      z.strictObject({
        code: kebab,
        trust: trustCode,
        name,
        place: name.nullable().default(null),
        postcode: words(10).nullable().default(null),
        latitude: z.number().nullable().default(null),
        longitude: z.number().nullable().default(null),
        source: words(500).nullable().default(null),
      }),
    )
    .default([]),
  banks: z
    .array(z.strictObject({ code: kebab, name, staffGroups: z.array(z.enum(staffGroups)).min(1), members: z.array(memberOf) }))
    .default([]),
  agreements: z
    .array(z.strictObject({ homeTrust: trustCode, hostTrust: trustCode, staffGroup: z.enum(staffGroups), from, until }))
    .default([]),
  settings: z
    .array(
      z.strictObject({
        trust: trustCode,
        shortNoticeMinutes: z.number().int().min(0).default(1440),
        weeklyCapMinutes: z.number().int().positive().nullable().default(null),
        from,
        until,
      }),
    )
    .default([]),
  /** One list of what courses may teach, in the order it is shown. */
  techniques: z
    .array(z.strictObject({ code: kebab, title: name }))
    .max(500)
    .default([]),
  competencies: z
    .array(
      z.strictObject({
        code: kebab,
        title: name,
        useOfForce: z.boolean(),
        collaborative: kebab,
        periods: z.array(z.strictObject({ trust: trustCode, months: z.number().int().min(1).max(120), from, until })),
        /** Left out: whatever standard it has stays. Another one than it has becomes the standard from when the file is loaded. */
        standard: standard.optional(),
      }),
    )
    .default([]),
  shiftReasons: z.array(z.strictObject({ code: kebab, title: name, industrialAction: z.boolean().default(false) })).default([]),
  cancelReasons: z.array(z.strictObject({ code: kebab, title: name, side: z.enum(['ward', 'worker']) })).default([]),
  /** What a need, a register line and a stay are described in: national codes, and ours where there is none. In the order they are shown. */
  codes: z.partialRecord(z.enum(codeLists), codeList).default({}),
  /** In the order they are shown. A line may have no lead. */
  serviceLines: z
    .array(
      z.strictObject({
        code: kebab,
        name,
        lead: trustCode.nullable().default(null),
        bedTypes: z.array(nationalCode).min(1).max(40),
        source: words(500).nullable().default(null),
        partners: z.array(memberOf).default([]),
      }),
    )
    .default([]),
  /** Clocks and orders of trusts that have other than the usual ones. */
  bedSettings: z.array(changeBedSetting).default([]),
});
export type Organisations = z.output<typeof organisations>;
