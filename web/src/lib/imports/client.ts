import type { ImportKind, ImportProblem, ImportReport } from '@homeward/shared/imports/contract.ts';

/** What each kind of file brings, in the words of the page; its columns are the rules'. */
export const kinds: Record<ImportKind, { title: string; says: string }> = {
  workers: { title: 'Workers', says: 'Who is on the bank, with their registration and employment checks.' },
  courses: { title: 'Courses', says: 'What each trust teaches, in which version, and until when its provider is certified.' },
  'training-records': { title: 'Training records', says: 'Who completed which course, and when.' },
  requirements: { title: 'Ward requirements', says: 'Which training each ward asks for, of whom, and how many must hold it on a shift.' },
  roster: { title: 'Roster', says: 'Duties already worked or planned, from the trust’s own roster.' },
  wards: { title: 'Wards', says: 'The wards of each site: kind of bed, sex, age group, security and beds.' },
  beds: {
    title: 'Beds',
    says: 'What each bed is: available, occupied, on leave or closed, with the reason. A ward whose beds are all in the file is confirmed by it.',
  },
};

export const mostBytes = 50 * 1024 * 1024;

export type ImportMode = 'check' | 'apply';

/** How far the file is: on its way, or in one of the server's own phases. */
export type ImportProgress = { phase: 'sending'; sentBytes: number; totalBytes: number } | { phase: string; rows: number };

/** A refusal of the whole file: not signed in, too big, not UTF-8, too many at once. */
export interface ImportRefusal {
  code: string;
  title: string;
  detail?: string;
  retryAfterSeconds?: number;
}

export type ImportAnswer = { report: ImportReport } | { refusal: ImportRefusal } | { lost: true };

/**
 * Sends the file and tells how far it is. XMLHttpRequest, since fetch doesn't say how much of a body has gone.
 * `lost` means the line dropped before the answer: nothing is known, and sending the same file again is always safe.
 */
export function sendImport(
  kind: ImportKind,
  mode: ImportMode,
  file: File,
  idempotencyKey: string,
  onProgress: (progress: ImportProgress) => void,
  signal: AbortSignal,
): Promise<ImportAnswer> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    let read = 0;
    let last: ImportAnswer = { lost: true };
    /** Whole lines only: the last one may still be on its way. */
    const readLines = (all: boolean) => {
      const text = request.responseText;
      const end = all ? text.length : text.lastIndexOf('\n') + 1;
      for (const line of text.slice(read, end).split('\n')) {
        if (line.trim() === '') continue;
        const said = JSON.parse(line) as ImportReport | ImportRefusal | { phase: string; rows: number };
        if ('phase' in said) onProgress(said);
        // Applying a file with a problem is refused with the same report as checking it (handbook, contract section 4).
        else last = 'problems' in said ? { report: { ...said, applied: said.applied ?? false } } : { refusal: said };
      }
      read = end;
    };
    request.upload.onprogress = (event) => onProgress({ phase: 'sending', sentBytes: event.loaded, totalBytes: event.total });
    request.onprogress = () => {
      if (request.getResponseHeader('content-type')?.includes('ndjson')) readLines(false);
    };
    request.onerror = request.onabort = request.ontimeout = () => resolve({ lost: true });
    request.onload = () => {
      try {
        const type = request.getResponseHeader('content-type') ?? '';
        if (!type.includes('ndjson')) {
          const wait = Number(request.getResponseHeader('retry-after'));
          const refusal = JSON.parse(request.responseText) as ImportRefusal;
          return resolve({ refusal: { ...refusal, ...(wait > 0 ? { retryAfterSeconds: wait } : {}) } });
        }
        readLines(true);
        resolve(last);
      } catch {
        // An answer cut short isn't one: the page says so and offers to send the file again.
        resolve({ lost: true });
      }
    };
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.open('POST', `/api/v1/imports/${kind}?mode=${mode}`);
    request.setRequestHeader('content-type', 'text/csv');
    request.setRequestHeader('accept', 'application/x-ndjson');
    if (mode === 'apply') request.setRequestHeader('idempotency-key', idempotencyKey);
    request.send(file);
  });
}

/** A cell that a spreadsheet would run as a formula gets a quote before it, and quotes where CSV needs them. */
function csvCell(value: string | number): string {
  const text = String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function problemsAsCsv(problems: ImportProblem[]): string {
  const rows = problems.map((problem) => [problem.line, problem.column, problem.code, problem.message].map(csvCell).join(','));
  // The mark at the front tells a spreadsheet that this is UTF-8.
  return `\uFEFF${['line,column,code,reason', ...rows].join('\r\n')}\r\n`;
}
