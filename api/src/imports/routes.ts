import { createHash } from 'node:crypto';
import { z } from 'zod';
import { importKinds, importReport, type ImportReport } from '@homeward/shared/imports/contract.ts';
import type { Once } from '../platform/idempotency.ts';
import { ok, problemDocument, refuse, type Result } from '../platform/problem.ts';
import type { Door } from '../platform/operation.ts';
import type { Platform } from '../platform/platform.ts';
import { isAdministrator, trustsAs } from '../platform/scope.ts';
import { importFile, type Importer, type Progress } from './commands.ts';
import { mostBytes, readImportFile, tooManyBytes, type ImportFile } from './facts.ts';

const lines = 'application/x-ndjson';

export function importsRoutes(door: Door): void {
  const { platform } = door;

  door.add({
    method: 'post',
    path: '/api/v1/imports/{kind}',
    summary: 'Checks a CSV file row by row, or applies it whole; asked for application/x-ndjson it says how far it is, a line at a time',
    rights: { who: ['bank-office', 'administrator'], reach: 'own-trust' },
    request: {
      params: z.strictObject({ kind: z.enum(importKinds) }),
      query: z.strictObject({ mode: z.enum(['check', 'apply']).default('check') }),
    },
    contentType: 'text/csv',
    status: 200,
    response: importReport,
    download: lines,
    refusals: [
      { status: 413, code: 'too-many-rows' },
      { status: 415, code: 'not-csv' },
      { status: 422, code: 'import-has-problems' },
      { status: 422, code: 'not-utf-8' },
      { status: 422, code: 'not-text' },
    ],
    handle: async ({ scope, once, params: { kind }, query: { mode }, context }) => {
      const type = context.req.header('content-type') ?? '';
      if (!isCsv(type)) return refuse(415, 'not-csv', 'Send the file as text/csv, in UTF-8.');
      if (Number(context.req.header('content-length') ?? 0) > mostBytes) return tooManyBytes();
      const body = (context.req.raw.body ?? []) as AsyncIterable<Uint8Array>;
      const file = await readImportFile(kind, body);
      if (!file.ok) return file;
      const importer: Importer = { accountId: scope.accountId, trusts: isAdministrator(scope) ? 'every' : trustsAs(scope, 'bank-office') };
      const act = (tell?: (progress: Progress) => void) =>
        importFile(platform, onceOfFile(once, mode, file.value), importer, file.value, mode, tell);
      if (!context.req.header('accept')?.includes(lines)) return act();
      return ok(inLines(platform, act, context.get('requestId')));
    },
  });
}

function isCsv(contentType: string): boolean {
  const [type, ...parameters] = contentType.toLowerCase().split(';');
  const charset = parameters.map((one) => one.trim()).find((one) => one.startsWith('charset='));
  return type?.trim() === 'text/csv' && (charset === undefined || /^charset="?utf-?8"?$/.test(charset));
}

/** A key stands for one file applied, not only for the address it was sent to. Checking does nothing that could be done twice. */
function onceOfFile(once: Once | null, mode: 'check' | 'apply', file: ImportFile): Once | null {
  if (!once || mode === 'check') return null;
  return { ...once, requestHash: createHash('sha256').update(once.requestHash).update(file.sha256).digest() };
}

const atMostEveryMs = 200;

/** The same act told line by line: how far it is, and last the report, or the problem document with its status. */
function inLines(
  platform: Platform,
  act: (tell: (progress: Progress) => void) => Promise<Result<ImportReport>>,
  requestId: string,
): Response {
  const text = new TextEncoder();
  let isHeard = true;
  const stream = new ReadableStream<Uint8Array>({
    async start(controller) {
      const write = (line: object) => {
        if (isHeard) controller.enqueue(text.encode(`${JSON.stringify(line)}\n`));
      };
      let phase = '';
      let toldAt = 0;
      const tell = (progress: Progress) => {
        if (progress.phase === phase && performance.now() < toldAt + atMostEveryMs) return;
        phase = progress.phase;
        toldAt = performance.now();
        write(progress);
      };
      // The answer has begun, so the app's own handler of the unexpected can no longer speak.
      const result = await act(tell).catch((error: unknown) => {
        platform.log.error({ error, requestId }, 'an import failed unexpectedly');
        return unexpected;
      });
      write(result.ok ? result.value : problemDocument(result.refusal, requestId));
      if (isHeard) controller.close();
    },
    // Whoever sent the file has gone: it is still imported or refused as a whole.
    cancel() {
      isHeard = false;
    },
  });
  // A line that waits to be squeezed with the next one would tell nothing.
  return new Response(stream, { headers: { 'content-type': lines, 'cache-control': 'no-store, no-transform' } });
}

const unexpected = refuse(503, 'unexpected', 'Something went wrong on our side. It has been noted; nothing was imported.');
